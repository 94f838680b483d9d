"""The studio's page, made of ipywidgets: it hands actions to a `Session` and shows its answers.

A move is answered in steps. The action itself only changes the state and returns; a task of the kernel's event loop
works out the first answer, draws, and adds replications, a little at a time. Between two of its steps the next action
can come in, which ends the task: what is shown always belongs to what is set up.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.experiment import Comparison
from sim.lesson.words import Note
from sim.policies.kinds import GROUPS
from sim.scenario import Scenario, load, scenarios
from sim.scenario_studio import exports, figures, layout, markup, reading
from sim.scenario_studio.estimating import CURVES
from sim.scenario_studio.panes import LeverPane, Quiet, pin_rows
from sim.scenario_studio.session import Session
from sim.scenario_studio.state import Setup, State, StudioError
from sim.scenario_studio.words import Words

if TYPE_CHECKING:
    import pandas as pd

# Between two steps, so that actions that wait can come in.
BREATH_SECONDS = 0.002
LONGEST_MESSAGE = 600


class Studio:
    """The scenario studio; made by `sim.studio`.

    Parameters
    ----------
    session : Session
    language : {"en", "zh"}

    Attributes
    ----------
    widgets : mapping of str to widget
        By name: every lever ("agents.phone_desk"; shares in per cent), and "scenario", "file", "group", "more", "undo",
        "redo", "reset", "name", "pin", "make_base", "curve", "language", "status", "measures", "pinned", "downloads",
        "day" and "front". Empty without ipywidgets. Setting a value, or ``click()``, does what a visitor would do.
    problem : str
        Why the last action could not be done, or "".
    """

    def __init__(self, session: Session, language: str = "en") -> None:
        self.session, self.words = session, Words(language)
        self.problem = ""
        self._note = ""
        self._curve = CURVES[0]
        self._shown = False
        self._task: asyncio.Task[None] | None = None
        self._quiet = Quiet()
        self._parts: dict[str, Any] = {}
        self._start_shown: Scenario | None = None
        self._pins_shown: tuple[Setup, ...] | None = None
        # Scenarios that are not shipped, by what the menu calls them.
        start = session.now.start
        self._own: dict[str, Scenario] = {}
        if start.name not in scenarios() or load(start.name) != start:
            self._own[self._free_name(start)] = start
        if importlib.util.find_spec("ipywidgets"):
            from ipywidgets import VBox

            self._root = VBox()
            self._root.add_class("studio")
            self._build()
        self.widgets: Mapping[str, Any] = _Widgets(self)

    # For plain Python

    @property
    def scenario(self) -> Scenario:
        """The scenario that is looked at, with its levers as they stand."""
        return self.session.now.scenario

    @property
    def base(self) -> Scenario:
        """The scenario that it is compared with."""
        return self.session.base.scenario

    @property
    def moves(self) -> dict[str, float]:
        """Where the levers stand that were moved; `sim.pull` takes the same."""
        return dict(self.session.now.moves)

    @property
    def seed(self) -> int:
        """The seed of all replications."""
        return self.session.worlds.seed

    @property
    def replications(self) -> int:
        """How many replications the table rests on at the moment."""
        self._answered()
        return self.session.count

    @property
    def comparison(self) -> Comparison:
        """What is looked at beside the base, as `sim.compare` returns it."""
        self._answered()
        return self.session.worlds.comparison([self.session.base, self.session.now])

    @property
    def table(self) -> pd.DataFrame:
        """A row a measure: base, now, their difference with its interval, and whether it is sure.

        ``sim.compare([studio.base, studio.scenario], studio.replications, studio.seed)`` gives the same numbers.
        """
        self._answered()
        return self.session.table()

    def move(self, lever: str, value: float) -> None:
        """Set a lever, in the lever's own unit: a share of 0.1 is 0.1.

        Raises
        ------
        ValueError
            If there is no such lever, or it cannot stand there.
        """
        self.session.act(lambda state: state.moved(lever, value))
        self._changed()

    def finish(self) -> None:
        """Add all replications now, instead of little by little."""
        self._stop()
        while not self.session.finished:
            self.session.refine(1.0)
        self._show()

    def __repr__(self) -> str:
        return f"<Studio: {self.session.now.title!r} against {self.session.base.title!r}>"

    def _ipython_display_(self) -> None:
        note = Note("note", self.words.say("run_the_cell" if self._parts else "no_widgets"))
        bundle: dict[str, Any] = {"text/plain": repr(note), "text/html": note._repr_html_()}
        if self._parts:
            self._answered()
            self._show()
            # With a kernel the page is shown, without one the note.
            bundle = {**self._root._repr_mimebundle_(), **bundle}
            self._shown = True
        sys.modules["IPython"].get_ipython().display_pub.publish(bundle)
        if self._parts:
            self._start()

    # Answers, step by step

    def _answered(self) -> None:
        """See that there is an answer to what is set up, and where nothing can be refined later, the whole one."""
        if not self._refines_later():
            while not self.session.finished:
                self.session.refine(1.0)
        elif self.session.count < self.session.worlds.replications:
            self.session.answer(0.0)

    def _refines_later(self) -> bool:
        return self._shown and _running_loop() is not None

    def _changed(self) -> None:
        """After an action: bring the controls up to date, and answer."""
        if not self._parts:
            return
        self._show_controls()
        if self._refines_later():
            self._set("status", markup.line("quiet", self.words.say("working")))
            self._start()
        elif self._shown:
            self._answered()
            self._show()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _start(self) -> None:
        self._stop()
        loop = _running_loop()
        if loop is not None:
            self._task = loop.create_task(self._refine())

    async def _refine(self) -> None:
        """The first answer, then more replications, with a breath between two steps in which an action ends it."""
        try:
            await asyncio.sleep(BREATH_SECONDS)
            self.session.answer()
            first = self.session.count
            await self._show_all()
            shown = self.session.count
            while self.session.count < self.session.worlds.replications:
                self.session.refine()
                await asyncio.sleep(BREATH_SECONDS)
                # Figures take their time, numbers do not: halfway there are numbers only.
                if self.session.count >= 2 * shown:
                    shown = self.session.count
                    self._show_numbers()
                elif self.session.count < self.session.worlds.replications:
                    self._show_status()
            if shown < self.session.count:
                self._show_numbers()
            while not self.session.finished:
                self.session.refine()
                await asyncio.sleep(BREATH_SECONDS)
            if self.session.count > first:
                await self._show_all()
            self._show_downloads()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._refuse(error)
            self._show_status()

    # What is shown

    async def _show_all(self) -> None:
        for show in (self._show_numbers, self._show_day, self._show_front):
            show()
            await asyncio.sleep(BREATH_SECONDS)

    def _show(self) -> None:
        if self._parts:
            self._show_controls()
            self._show_numbers()
            self._show_day()
            self._show_front()
            self._show_downloads()

    def _show_numbers(self) -> None:
        session, words = self.session, self.words
        alone = session.base.key == session.now.key
        table = markup.measures_table(session.table(), session.now.start, words, session.count, alone=alone)
        self._set("measures", table)
        pins = [(pin.title, words.moves(pin)) for pin in session.state.pins]
        self._set("pinned", markup.pins_table(session.base.title, pins, session.pinned(), words) if pins else "")
        self._show_status()

    def _show_status(self) -> None:
        self._set("status", markup.status(self.session, self.words, self._note, self.problem))

    def _show_day(self) -> None:
        self._draw("day", figures.day(self.session.comparison(), self._curve, self._letters()))

    def _show_front(self) -> None:
        self._draw("front", figures.front(*self.session.front(), self._letters()))

    def _draw(self, name: str, drawing: figures.Drawing) -> None:
        self._drawings[name] = drawing
        self._set(name, markup.picture(drawing))

    def _letters(self) -> Words:
        return self.words if figures.letters_for(self.words.language) else Words("en")

    def _show_downloads(self) -> None:
        self._set("downloads", exports.downloads(self.session, self._drawings, self.words))

    def _set(self, name: str, content: str) -> None:
        if self._parts[name].value != content:
            self._parts[name].value = content

    # What a visitor does

    def _do(self, change: Callable[[State], State]) -> None:
        """An action that may be refused: then it is said why, and everything stays as it is."""
        if self._quiet:
            return
        before = self.session.state
        self.problem = self._note = ""
        try:
            self.session.act(change)
        except Exception as error:
            self._refuse(error)
        if self.session.base not in (before.base, before.now):
            self._note = self.words.say("base_changed", name=self.session.now.title)
        self._changed()

    def _slide(self, lever: str, value: float) -> None:
        self._do(lambda state: state.moved(lever, value))

    def _refuse(self, error: Exception) -> None:
        text = self.words.say(error.key, **error.values) if isinstance(error, StudioError) else str(error)
        self.problem = text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " …"

    def _go(self, step: Callable[[], None]) -> None:
        """Undo or redo."""
        self.problem = self._note = ""
        step()
        self._changed()

    def _read(self, change: dict[str, Any]) -> None:
        """Look at the scenario of a visitor's file."""
        if self._quiet or not change["new"]:
            return
        file = change["new"][0]

        def read(state: State) -> State:
            scenario = reading.read(file["content"], file["name"])
            self._own[self._free_name(scenario)] = scenario
            return state.picked(scenario)

        self._do(read)
        with self._quiet:
            self._parts["file"].value = ()

    def _free_name(self, scenario: Scenario) -> str:
        """What the menu calls a scenario of one's own; the shipped ones keep their names."""
        name, number = scenario.name, 2
        while (name in scenarios() or name in self._own) and self._own.get(name) != scenario:
            name, number = f"{scenario.name} ({number})", number + 1
        return name

    def _speak(self, language: str) -> None:
        """Say everything in another language."""
        if language == self.words.language:
            return
        self.words = Words(language)
        self._note = self.problem = ""
        self._build(self._parts["group"].value)
        if self._shown:
            self._answered()
            self._show()
            self._start()

    def _draw_curve(self, measure: str) -> None:
        self._curve = measure
        if self._shown:
            self._answered()
            self._show_day()
            self._show_downloads()

    # The page

    def _build(self, group: str = GROUPS[0]) -> None:
        """Make all widgets in the present language."""
        words = self.words
        self._levers = LeverPane(self.session, words, self._quiet, self._slide, group)
        levers = {"group": self._levers.group, "pane": self._levers.pane, "more": self._levers.more}
        self._parts = parts = layout.made(words, self._curve, levers)
        self._drawings: dict[str, figures.Drawing] = {}
        self._start_shown, self._pins_shown = None, None

        def chosen(name: str, action: Callable[[Any], None]) -> None:
            parts[name].observe(lambda change: action(change["new"]), names="value")

        chosen("scenario", lambda name: self._do(lambda state: state.picked(self._own.get(name) or load(name))))
        chosen("name", lambda name: self._do(lambda state: state.named(name)))
        chosen("language", self._speak)
        chosen("curve", self._draw_curve)
        parts["file"].observe(self._read, names="value")
        parts["undo"].on_click(lambda _: self._go(self.session.undo))
        parts["redo"].on_click(lambda _: self._go(self.session.redo))
        parts["reset"].on_click(lambda _: self._do(State.reset))
        parts["pin"].on_click(lambda _: self._do(lambda state: state.pinned(words.say("plan"))))
        parts["make_base"].on_click(lambda _: self._do(State.based))
        self._root.children = layout.arranged(parts, words)
        self._show_controls()

    def _show_controls(self) -> None:
        """Bring every control to where the session says that it stands."""
        session, words, parts = self.session, self.words, self._parts
        self._levers.bring_up_to_date()
        with self._quiet:
            if session.now.start is not self._start_shown:
                self._start_shown = session.now.start
                self._show_library()
                parts["story"].value = markup.story(session.now.start, words)
            parts["undo"].disabled = not session.history.past
            parts["redo"].disabled = not session.history.future
            parts["reset"].disabled = not session.now.moves
            parts["make_base"].disabled = session.base == session.now
            parts["name"].value = session.now.name
            parts["moves"].value = markup.moves(session, words)
        if self._pins_shown != session.state.pins:
            self._pins_shown = session.state.pins
            parts["pins"].children = pin_rows(
                self._pins_shown,
                words,
                show=lambda number: self._do(lambda state: state.back_to(number)),
                remove=lambda number: self._do(lambda state: state.unpinned(number)),
            )

    def _show_library(self) -> None:
        names = [*self._own, *(name for name in scenarios() if name not in self._own)]
        start, menu = self.session.now.start, self._parts["scenario"]
        menu.options = [(self.words.scenario(name), name) for name in names]
        menu.value = next((name for name, one in self._own.items() if one == start), start.name)


class _Widgets(Mapping[str, Any]):
    """The studio's widgets by name; a lever's slider is made when it is asked for."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def __getitem__(self, name: str) -> Any:
        studio = self._studio
        if name in studio._parts:
            return studio._parts[name]
        if studio._parts and name in studio.session.levers:
            return studio._levers.widget(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        if self._studio._parts:
            yield from self._studio._parts
            yield from self._studio.session.levers

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
