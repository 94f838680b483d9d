"""One simulated stretch of days: run a scenario once and look at what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim import engines
from sim import measures as _measures
from sim.log import Log
from sim.scenario import Scenario, load
from sim.workload import draw

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run:
    """One simulated stretch of days: what happened, as tables, and how good it was.

    Attributes
    ----------
    scenario : Scenario
    seed, replication : int
        What to give `simulate` to see the same run again.
    log : Log
        The record, as arrays.
    """

    scenario: Scenario
    seed: int
    replication: int
    log: Log

    @property
    def contacts(self) -> pd.DataFrame:
        """One row a contact; `docs/tables.md` explains the columns."""
        return self.log.contacts

    @property
    def tasks(self) -> pd.DataFrame:
        """One row a step of the back office or follow-up call; `docs/tables.md` explains the columns."""
        return self.log.tasks

    @property
    def journey(self) -> pd.DataFrame:
        """One row a thing that happened to a customer, in order; `docs/tables.md` explains the columns."""
        return self.log.journey

    @property
    def cases(self) -> pd.DataFrame:
        """One row a case; `docs/tables.md` explains the columns."""
        return self.log.cases

    @property
    def staffing(self) -> pd.DataFrame:
        """One row a spell of duty; `docs/tables.md` explains the columns."""
        return self.log.staffing

    def measures(
        self, by: str | Sequence[str] | None = None, measures: str | Sequence[str] | None = None, **window: Any
    ) -> pd.DataFrame:
        """Measures of this run, one row a group; see `sim.measures.sums` for `by`, `measures` and the window.

        Examples
        --------
        >>> import sim
        >>> run = sim.simulate(sim.load("baseline"), seed=1)
        >>> bool(run.measures(by="channel").loc["phone", "abandonment"] < 1)
        True
        """
        return _measures.measures(self.log, by, measures, **window)

    def backlog(self, every_minutes: float = 60) -> pd.DataFrame:
        """Unanswered deferred contacts through time; see `sim.measures.backlog`."""
        return _measures.backlog(self.log, every_minutes)


def simulate(scenario: Scenario | str, seed: int = 1, *, replication: int = 0, engine: str = "auto") -> Run:
    """Run a scenario once.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or what `sim.load` takes.
    seed : int, default 1
        The same scenario and seed give the same run.
    replication : int, default 0
        Which of the seed's independent worlds; `replicate` uses 0, 1, 2, …
    engine : {"auto", "simpy", "compiled"}
        What runs the model; see `sim.engines.run`.

    Returns
    -------
    Run

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate("baseline", seed=1)
    >>> int(run.cases["state"].value_counts().sum()) == len(run.cases)
    True
    """
    scenario = load(scenario)
    log = engines.run(scenario, draw(scenario, seed, replication), engine)
    return Run(scenario, seed, replication, log)
