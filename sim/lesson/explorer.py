"""Sliders that redraw a figure, and leave one behind on a page without a kernel."""

from __future__ import annotations

import html
import importlib.util
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.lesson.answers import short_error
from sim.lesson.words import Note, Text, Voice, magnitude


@dataclass(frozen=True)
class Lever:
    """What one slider or menu offers; made by `Lesson.slider` and `Lesson.menu`.

    Raises
    ------
    ValueError
        If the start is not on offer, or a slider cannot move.
    """

    label: Text
    start: Any
    low: float = 0
    high: float = 0
    step: float = 1
    unit: str = ""
    options: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if self.options:
            if self.start not in self.options:
                raise ValueError(f"menu {self.label!r} starts at {self.start!r}; it offers {list(self.options)}")
        elif not (self.low <= self.start <= self.high and self.low < self.high and self.step > 0):
            raise ValueError(
                f"slider {self.label!r} goes from {self.low} to {self.high} by {self.step} and starts at {self.start}; "
                "it needs low < high, a start between them, and a step above 0"
            )


class Explorer:
    """A function's figure with a slider or a menu for each argument.

    The figure is an ordinary output of the cell, not a widget's: a page without a kernel keeps it, and a lever
    that moves replaces it.

    Parameters
    ----------
    function : callable
        Takes a value for each lever, by name, and returns what to show: a figure (or axes), a table, a text, a
        `Note`, or a tuple of these that is always as long.
    levers : dict of str to Lever
        What may be moved.
    voice : Voice
        In which language.

    Attributes
    ----------
    widgets : dict of str to widget
        The sliders and menus; empty without ipywidgets. Setting the ``value`` of one does what moving it does.
    values : dict
        What the levers are set to.
    result : object
        What the function returned for the last values that could be shown.
    problem : str
        Why the present values cannot be shown, or "".

    Raises
    ------
    ValueError
        If the function returns nothing.
    """

    def __init__(self, function: Callable[..., Any], levers: dict[str, Lever], voice: Voice) -> None:
        self.function, self.levers, self.voice = function, levers, voice
        self.values = {name: lever.start for name, lever in levers.items()}
        self.problem = ""
        self._outputs: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._displays: list[str] = []
        self._draw()
        self.widgets: dict[str, Any] = {}
        if importlib.util.find_spec("ipywidgets"):
            from ipywidgets import HTML

            self.widgets = {name: self._widget(name, lever) for name, lever in levers.items()}
            self._status = HTML()

    def __repr__(self) -> str:
        voice, parts = self.voice, []
        for lever in self.levers.values():
            label = voice.text(lever.label)
            if lever.options:
                parts.append(voice.say("one_of", label=label, start=lever.start, options=voice.series(lever.options)))
            else:
                low, high = (voice.number(end, "%" if lever.unit == "%" else "") for end in (lever.low, lever.high))
                start = voice.number(lever.start, lever.unit)
                parts.append(voice.say("from_to", label=label, start=start, low=low, high=high))
        return voice.say("levers", levers="; ".join(parts))

    def _ipython_display_(self) -> None:
        note = Note("note", repr(self))
        bundle: dict[str, Any] = {"text/plain": repr(note), "text/html": note._repr_html_()}
        if self.widgets:
            from ipywidgets import VBox

            # With a kernel the sliders are shown, without one the note.
            box = VBox([*self.widgets.values(), self._status])
            bundle = {**box._repr_mimebundle_(), **bundle}
        publish = _shell().display_pub.publish
        publish(bundle)
        self._displays = [uuid.uuid4().hex for _ in self._outputs]
        for (data, metadata), display in zip(self._outputs, self._displays, strict=True):
            publish(data, metadata, transient={"display_id": display})

    def _widget(self, name: str, lever: Lever) -> Any:
        from ipywidgets import Dropdown, FloatSlider, IntSlider

        label, unit = self.voice.text(lever.label), self.voice.unit(lever.unit)
        look: dict[str, Any] = {
            "description": f"{label} ({unit})" if unit not in ("", "%") else label,
            "style": {"description_width": "15em"},
            "layout": {"width": "36em", "max_width": "98%"},
        }
        scale = {"min": lever.low, "max": lever.high, "step": lever.step, "value": lever.start}
        if lever.options:
            widget = Dropdown(options=lever.options, value=lever.start, **look)
        elif all(isinstance(number, int) for number in scale.values()):
            widget = IntSlider(**scale, continuous_update=False, **look)
        else:
            decimals = max(0, -magnitude(lever.step * (100 if unit == "%" else 1)))
            form = f".{decimals}{'%' if unit == '%' else 'f'}"
            widget = FloatSlider(**scale, continuous_update=False, readout_format=form, **look)
        widget.observe(lambda change: self._move(name, change["new"]), names="value")
        return widget

    def _move(self, name: str, value: Any) -> None:
        """Set one lever and redraw. If these values cannot be shown, say so and leave the figure as it is."""
        self.values[name] = value
        self._status.value = self.voice.say("working")
        try:
            self._draw()
            self.problem = ""
        except Exception as error:
            self.problem = self.voice.say("cannot_show", error=short_error(error))
        else:
            for (data, metadata), display in zip(self._outputs, self._displays, strict=False):
                _shell().display_pub.publish(data, metadata, transient={"display_id": display}, update=True)
        self._status.value = html.escape(self.problem)

    def _draw(self) -> None:
        """Call the function, keep what it returns, and bring that into the forms that a notebook shows."""
        result = self.function(**self.values)
        parts = result if isinstance(result, tuple) else (result,)
        if any(part is None for part in parts):
            raise ValueError("the function returns nothing to show; it may return a figure, a table or a text")
        self.result, self._outputs, shell = result, [], _shell()
        for part in parts:
            shown = getattr(part, "figure", part)
            if isinstance(shown, str):
                self._outputs.append(({"text/plain": shown}, {}))
            elif shell is not None:
                self._outputs.append(shell.display_formatter.format(shown))
            if hasattr(shown, "savefig") and "matplotlib.pyplot" in sys.modules:
                # Left open, it would be shown a second time at the end of the cell.
                sys.modules["matplotlib.pyplot"].close(shown)


def _shell() -> Any:
    """Return the IPython that runs this code, or None in plain Python."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
