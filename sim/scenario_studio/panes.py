"""Parts of the page that change with what is set up: the levers of a group, and the pins."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from sim.policies import Lever
from sim.policies.kinds import GROUPS
from sim.scenario import Scenario
from sim.scenario_studio import controls, markup
from sim.scenario_studio.session import Session
from sim.scenario_studio.state import MOST_PINS, Setup
from sim.scenario_studio.words import Words, shown_times


class Quiet:
    """On while the studio itself sets widgets, which then is no action of the visitor."""

    def __init__(self) -> None:
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1


class LeverPane:
    """The levers of one group at a time: those that are asked for first, the moved, and those that were added.

    Parameters
    ----------
    session : Session
    words : Words
    quiet : Quiet
    moved : callable
        What to do when a visitor moves a lever: name, value.
    group : str
        The group to begin with.

    Attributes
    ----------
    group, pane, more : widget
        The choice of a group, its levers, and the menu of those that are not shown.
    """

    def __init__(
        self, session: Session, words: Words, quiet: Quiet, moved: Callable[[str, float], None], group: str = GROUPS[0]
    ) -> None:
        from ipywidgets import Dropdown, Layout, ToggleButtons, VBox

        self._session, self._words, self._quiet, self._moved = session, words, quiet, moved
        self._rows: dict[str, tuple[Any, Any]] = {}
        self._added: list[str] = []
        self._of: tuple[Scenario, object] | None = None
        self._shown: list[str] = []
        self.group = ToggleButtons(
            options=[(words.say(f"group {one}"), one) for one in GROUPS], value=group, style={"button_width": "auto"}
        )
        self.pane = VBox()
        self.more = Dropdown(
            description=words.say("more_levers"),
            layout=Layout(width="98%", max_width="380px"),
            style={"description_width": "auto"},
        )
        self.group.observe(lambda _: self._show(), names="value")
        self.more.observe(lambda change: self._add(change["new"]), names="value")

    def bring_up_to_date(self) -> None:
        """Put every lever where the session says that it stands."""
        session, start = self._session, self._session.now.start
        if self._of is None or self._of[1] is not session.levers:
            if self._of is None or self._of[0] != start:
                self._rows, self._added = {}, []
            self._of = (start, session.levers)
            self._show()
        with self._quiet:
            for name, (widget, row) in self._rows.items():
                if name in session.levers:
                    lever, standing = session.levers[name], session.standing(name)
                    widget.value = bool(standing) if lever.unit == "switch" else _shown(lever, standing, widget)
                    (row.add_class if name in dict(session.now.moves) else row.remove_class)("studio-moved")
        if any(name not in self._shown for name, _ in session.now.moves if self._is_here(name)):
            self._show()

    def widget(self, name: str) -> Any:
        """The slider or check box of a lever; made when it is asked for."""
        return self._row(name)[0]

    def _is_here(self, name: str) -> bool:
        return name in self._session.levers and self._session.levers[name].group == self.group.value

    def _show(self) -> None:
        from ipywidgets import HTML

        words, more, moves = self._words, self.more, dict(self._session.now.moves)
        mine = {name: lever for name, lever in self._session.levers.items() if self._is_here(name)}
        self._shown = [
            name for name, one in mine.items() if controls.is_first(one) or name in moves or name in self._added
        ]
        rest = [name for name in mine if name not in self._shown]
        self.pane.children = [self._row(name)[1] for name in self._shown] or [HTML(words.say("nothing_here"))]
        hint = words.say("choose", count=len(rest)) if rest else words.say("no_more")
        more.options = [(hint, ""), *((words.lever(mine[name]), name) for name in rest)]
        more.value, more.disabled = "", not rest

    def _add(self, name: str) -> None:
        if name:
            self._added.append(name)
            self._show()

    def _row(self, name: str) -> tuple[Any, Any]:
        """A lever's widget, and its row with the explanation."""
        if name not in self._rows:
            from ipywidgets import HTML, HBox, Layout

            lever = self._session.levers[name]
            widget = self._made(lever)
            text = html.escape(self._words.help(lever).replace("`", ""))
            # Only an opened explanation takes a line of its own.
            explanation = HTML(
                f'<details><summary title="{text}">?</summary><p>{text}</p></details>', layout=Layout(flex="0 1 auto")
            )
            explanation.add_class("studio-help")
            row = HBox([widget, explanation], layout=Layout(flex_flow="row wrap", align_items="center"))
            row.add_class("studio-lever")
            row.add_class("studio-lever-" + re.sub(r"\W", "-", name))
            if name in dict(self._session.now.moves):
                row.add_class("studio-moved")
            widget.observe(lambda change: self._slide(name, change["new"]), names="value")
            self._rows[name] = (widget, row)
        return self._rows[name]

    def _made(self, lever: Lever) -> Any:
        """A check box for a switch, a slider for all else; shares in per cent."""
        from ipywidgets import Checkbox, FloatSlider, IntSlider, Layout

        standing = self._session.standing(lever.name)
        look: dict[str, Any] = {
            "description": self._words.lever(lever),
            "layout": Layout(width="auto", flex="1 1 240px", min_width="0"),
        }
        if lever.unit == "switch":
            return Checkbox(value=bool(standing), indent=False, **look)
        times = shown_times(lever)
        low, high, step, value = (_round(times * number) for number in (lever.low, lever.high, lever.step, standing))
        look["description"] += f", {self._words.lever_unit(lever)}"
        look |= {"continuous_update": False, "style": {"description_width": "auto"}}
        if all(number.is_integer() for number in (low, high, step, value)):
            return IntSlider(min=int(low), max=int(high), step=int(step), value=int(value), **look)
        decimals = max(len(f"{number:g}".partition(".")[2]) for number in (step, value))
        return FloatSlider(min=low, max=high, step=step, value=value, readout_format=f".{min(decimals, 3)}f", **look)

    def _slide(self, name: str, shown: float) -> None:
        if not self._quiet:
            lever = self._session.levers[name]
            # The end of a slider's grid need not be the end of the range.
            self._moved(name, min(max(_round(shown / shown_times(lever)), lever.low), lever.high))


def pin_rows(
    pins: Sequence[Setup], words: Words, show: Callable[[int], None], remove: Callable[[int], None]
) -> list[Any]:
    """A row for each pin, with buttons to look at it again and to remove it."""
    from ipywidgets import HTML, Button, HBox, Layout

    if not pins:
        return [HTML(f'<p class="quiet">{words.say("no_pins", most=MOST_PINS)}</p>')]
    rows = []
    for number, pin in enumerate(pins):
        title = html.escape(pin.title)
        name = HTML(f"{markup.MARKS[number]} <b>{title}</b>", layout=Layout(min_width="10em"))
        buttons = []
        for key, full, action in (("show_again", "show_this", show), ("remove", "remove_this", remove)):
            button = Button(
                description=words.say(key), tooltip=words.say(full, name=pin.title), layout=Layout(width="auto")
            )
            button.on_click(lambda _, action=action, number=number: action(number))
            buttons.append(button)
        rows.append(HBox([name, *buttons], layout=Layout(flex_flow="row wrap")))
    return rows


def _round(number: float) -> float:
    """Without the dust of floating point: 7 % is 0.07, not 0.07000000000000001."""
    return float(f"{number:.9g}")


def _shown(lever: Lever, standing: float, slider: Any) -> float:
    """Where a slider stands when its lever stands there."""
    rounded = _round(standing * shown_times(lever))
    return min(max(int(rounded) if isinstance(slider.min, int) else rounded, slider.min), slider.max)
