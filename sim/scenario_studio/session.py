"""One visit to the studio, without the page: what was done, and what there is to show.

Here an action meets the results that follow from it. The page (`sim.scenario_studio.view`) calls the actions and shows
the answers; tests and plain Python do the same without a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sim.experiment import Comparison
from sim.policies import Lever
from sim.scenario import Scenario
from sim.scenario_studio import controls, estimating, reading
from sim.scenario_studio.estimating import Worlds
from sim.scenario_studio.state import History, Setup, State, comparable

if TYPE_CHECKING:
    import pandas as pd

# So many of the last set-ups are in the frontier; pins and the base besides.
MOST_TRIED = 40

# How long the first answer may be worked out, and each step of the refinement, in which no action can interrupt.
FIRST_SECONDS = 0.12
STEP_SECONDS = 0.05


class Session:
    """What a visitor has done, and the results so far.

    Parameters
    ----------
    scenario : Scenario
        What to begin with, and to compare with.
    worlds : Worlds
        The replications.

    Attributes
    ----------
    history : History
        The present state, and those to which undo and redo go.
    tried : list of Setup
        All that was looked at, each once.
    """

    def __init__(self, scenario: Scenario, worlds: Worlds) -> None:
        self.worlds = worlds
        self.history = History(State.of(reading.checked(scenario)))
        self.tried: list[Setup] = [self.now]
        self._levers: tuple[object, dict[str, Lever]] | None = None

    # What there is

    @property
    def state(self) -> State:
        """What is set up at present."""
        return self.history.present

    @property
    def now(self) -> Setup:
        """What is looked at."""
        return self.state.now

    @property
    def base(self) -> Setup:
        """What it is compared with."""
        return self.state.base

    @property
    def levers(self) -> dict[str, Lever]:
        """What can be moved, with where it stood when the scenario was picked."""
        # Only a team that a lever has made brings new levers, so they are not looked for after every move.
        teams = self.now.scenario.teams.keys() - self.now.start.teams.keys()
        known = (id(self.now.start), frozenset(teams))
        if self._levers is None or self._levers[0] != known:
            found = controls.all_levers(self.now.start)
            if teams:
                later = controls.all_levers(self.now.scenario)
                found |= {name: one for name, one in later.items() if name not in found and one.place in teams}
            self._levers = (known, found)
        return self._levers[1]

    def standing(self, name: str) -> float:
        """Where a lever stands now."""
        return dict(self.now.moves).get(name, self.levers[name].now)

    @property
    def count(self) -> int:
        """How many replications the present answer rests on."""
        return self.worlds.count(self.base, self.now)

    @property
    def finished(self) -> bool:
        """Whether everything on the page has all its replications."""
        return self.worlds.count(*self.everything) >= self.worlds.replications

    @property
    def everything(self) -> list[Setup]:
        """All set-ups on the page, what is looked at first; each once."""
        found = {one.key: one for one in [*self.tried, *self.state.pins, self.base, self.now]}
        found = {key: one for key, one in found.items() if comparable(one, self.now)}
        return list(reversed(found.values()))

    # What is done

    def act(self, change: Callable[[State], State]) -> None:
        """Change the state by one action, which can be undone."""
        self._go(self.history.then(change(self.state)))

    def undo(self) -> None:
        """Take the last action back."""
        self._go(self.history.undone())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go(self.history.redone())

    def _go(self, history: History) -> None:
        self.history = history
        others = [one for one in self.tried if one.key != self.now.key]
        self.tried = [*others[1 - MOST_TRIED :], self.now]
        if len(history.past) % 20 == 0:
            states = (*history.past, history.present, *history.future)
            kept = [one for state in states for one in (state.now, state.base, *state.pins)]
            self.worlds.forget([*kept, *self.tried])

    # What comes out

    def answer(self, seconds: float = FIRST_SECONDS) -> None:
        """Work on what is looked at and its base, up to so many seconds."""
        self.worlds.advance([self.now, self.base], self.worlds.replications, seconds)

    def refine(self, seconds: float = STEP_SECONDS) -> None:
        """Add replications: to the present answer, then to everything else on the page."""
        if self.count < self.worlds.replications:
            self.answer(seconds)
        else:
            self.worlds.advance(self.everything, self.worlds.replications, seconds)

    def comparison(self) -> Comparison:
        """What is looked at beside its base; the base alone if they are the same."""
        same = self.base.key == self.now.key
        return self.worlds.comparison([self.base] if same else [self.base, self.now])

    def table(self) -> pd.DataFrame:
        """The table of `sim.scenario_studio.estimating.table`."""
        return estimating.table(self.worlds.comparison([self.base, self.now]))

    def pinned(self) -> list[pd.DataFrame]:
        """A table for each pin, against the base; empty for a pin that cannot be compared."""
        tables = []
        for pin in self.state.pins:
            if comparable(pin, self.base):
                self.worlds.advance([self.base, pin], self.count)
                tables.append(estimating.table(self.worlds.comparison([self.base, pin])))
            else:
                self.worlds.advance([pin], self.count)
                tables.append(estimating.table(self.worlds.comparison([pin, pin])).iloc[:0])
        return tables

    def front(self) -> tuple[Comparison, Sequence[str], Sequence[str]]:
        """All that was tried, with the role and the title of each; see `sim.scenario_studio.figures.front`."""
        ready = [one for one in self.everything if self.worlds.count(one) >= min(self.count, self.worlds.replications)]
        keys = {pin.key: str(number) for number, pin in enumerate(self.state.pins)}
        keys |= {self.now.key: "now"}
        keys |= {self.base.key: "base"}
        return (
            self.worlds.comparison(ready),
            [keys.get(one.key, "") for one in ready],
            [next((pin.title for pin in self.state.pins if pin.key == one.key), one.title) for one in ready],
        )
