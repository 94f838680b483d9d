"""From single runs to statements one can stand by: replications, intervals, paired comparisons.

One run is one possible week. `replicate` lives through many and gives every measure an interval; `compare` lets
several scenarios meet the same customers and puts the interval on the difference, where most of the luck cancels.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim import engines
from sim import measures as _measures
from sim.base import unknown_name
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
    engine : {"auto", "simpy"}
        What runs the model. There is one engine so far.

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


@dataclass(frozen=True)
class Estimate:
    """A measure over replications, by group: the estimate, and how far each replication pulls it.

    The interval is the classical one for a ratio of sums (delta method; Cochran, *Sampling Techniques*, 3rd ed.,
    1977, ch. 6). With x and y the sums of one replication and R = sum x / sum y, the spread of
    (x - R y) / mean(y) over the replications tells the error of R. The difference of two estimates on the same
    replications has the differences of these pulls, so one rule serves single scenarios and pairs.

    Attributes
    ----------
    value : ndarray, shape (groups,)
    pull : ndarray, shape (replications, groups)
    """

    value: np.ndarray
    pull: np.ndarray

    @classmethod
    def of(cls, over: np.ndarray, under: np.ndarray | None) -> Estimate:
        """From sums of shape (replications, groups); `under` None estimates the mean of `over`."""
        under = np.ones_like(over) if under is None else under
        mean = under.mean(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(mean > 0, over.mean(axis=0) / mean, np.nan)
            return cls(value, (over - value * under) / mean)

    def __sub__(self, other: Estimate) -> Estimate:
        return Estimate(self.value - other.value, self.pull - other.pull)

    def table(self, rows: pd.Index, confidence: float) -> pd.DataFrame:
        """Columns estimate, low and high; the interval is NaN with fewer than two replications."""
        import pandas as pd
        from scipy.special import stdtrit

        count = len(self.pull)
        half = np.full(self.value.shape, np.nan)
        if count > 1:
            half = stdtrit(count - 1, (1 + confidence) / 2) * self.pull.std(axis=0, ddof=1) / np.sqrt(count)
        return pd.DataFrame({"estimate": self.value, "low": self.value - half, "high": self.value + half}, index=rows)


@dataclass(frozen=True)
class Replications:
    """Many runs of one scenario, each in an independent world.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    runs : tuple of Run
        Each can be looked at by itself: ``runs[0].contacts``.
    """

    scenario: Scenario
    seed: int
    runs: tuple[Run, ...]

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, number: int) -> Run:
        return self.runs[number]

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def measures(
        self, by: str | Sequence[str] | None = None, *, confidence: float = 0.95, **window: Any
    ) -> pd.DataFrame:
        """Every measure with its interval.

        Parameters
        ----------
        by : str or sequence of str, optional
            Dimensions to group by; see `sim.measures.sums`.
        confidence : float, default 0.95
            The share of experiments in which the interval covers the truth.
        **window
            measures, from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

        Returns
        -------
        pandas.DataFrame
            Columns estimate, low and high; a row a measure, or a row a group and measure. Counts are means a run.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
        >>> runs = sim.replicate(desk, replications=5, progress=False)
        >>> runs.measures().loc["abandonment", "estimate"]
        np.float64(0.0)
        """
        sums, estimates = self._estimates(by, window)
        return _tidy(
            sums,
            {name: one.table(_measures.index(sums), _checked(confidence)) for name, one in estimates.items()},
        )

    def measure(
        self, name: str, by: str | Sequence[str] | None = None, *, confidence: float = 0.95, **window: Any
    ) -> pd.DataFrame:
        """One measure with its interval: columns estimate, low and high, a row a group."""
        return _one(self.measures(by, confidence=confidence, measures=[name], **window), name, by)

    def _estimates(
        self, by: str | Sequence[str] | None, window: dict[str, Any]
    ) -> tuple[_measures.Sums, dict[str, Estimate]]:
        """Sums over all replications by group, and the estimate of every measure."""
        each = [_measures.sums(run.log, by, **window) for run in self.runs]
        stacked = {name: np.array([one.values[name] for one in each]) for name in each[0].values}
        total = _measures.Sums(each[0].by, each[0].groups, {name: sums.sum(axis=0) for name, sums in stacked.items()})
        return total, {
            name: Estimate.of(stacked[measure.over], stacked[measure.under] if measure.under else None)
            for name, measure in ((name, _measures.MEASURES[name]) for name in _measures.chosen(window.get("measures")))
        }


@dataclass(frozen=True)
class Comparison:
    """Several scenarios that met the same customers.

    Attributes
    ----------
    replications : tuple of Replications
        One for each scenario; the first is the base that the others are compared with.
    """

    replications: tuple[Replications, ...]

    @property
    def names(self) -> list[str]:
        """Names of the scenarios; a name that comes twice gets a number."""
        given = [runs.scenario.name for runs in self.replications]
        return [
            f"{name} ({given[: n + 1].count(name)})" if given.count(name) > 1 else name for n, name in enumerate(given)
        ]

    def measures(
        self, by: str | Sequence[str] | None = None, *, confidence: float = 0.95, **window: Any
    ) -> pd.DataFrame:
        """Every measure of every scenario with its interval, the scenario as first level of the index."""
        import pandas as pd

        tables = [runs.measures(by, confidence=confidence, **window) for runs in self.replications]
        return pd.concat(tables, keys=self.names, names=["scenario"])

    def estimates(self, measure: str, by: str | Sequence[str] | None = None, **window: Any) -> list[Estimate]:
        """A measure of each scenario as an `Estimate`, in the order of the scenarios."""
        if measure not in _measures.MEASURES:
            raise ValueError(unknown_name(measure, _measures.MEASURES, "measure"))
        return [runs._estimates(by, window)[1][measure] for runs in self.replications]

    def differences(
        self, by: str | Sequence[str] | None = None, *, confidence: float = 0.95, **window: Any
    ) -> pd.DataFrame:
        """How each scenario differs from the base, pair by pair, the scenario as first level of the index.

        An interval that does not hold 0 says that the difference is more than luck.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, name="two agents")
        >>> more = desk.with_(name="three agents", teams={"agents": {"agents": 3}})
        >>> duel = sim.compare([desk, more], replications=10, progress=False)
        >>> bool(duel.differences().loc[("three agents", "asa_minutes"), "high"] < 0)
        True
        """
        import pandas as pd

        if len(self.replications) < 2:
            raise ValueError("there is one scenario only; give compare at least two to have differences")
        base_sums, base = self.replications[0]._estimates(by, window)
        tables = []
        for other in self.replications[1:]:
            sums, estimates = other._estimates(by, window)
            if sums.groups != base_sums.groups:
                raise ValueError(
                    "the scenarios have different groups here (names, days or slots), so they cannot be paired"
                )
            rows = _measures.index(sums)
            pairs = {name: (one - base[name]).table(rows, _checked(confidence)) for name, one in estimates.items()}
            tables.append(_tidy(sums, pairs))
        return pd.concat(tables, keys=self.names[1:], names=["scenario"])


def replicate(
    scenario: Scenario | str,
    replications: int = 30,
    seed: int = 1,
    *,
    engine: str = "auto",
    progress: bool = True,
) -> Replications:
    """Run a scenario many times, each time with other customers and other luck.

    Stopping it (Ctrl-C, or the stop button of a notebook) keeps the runs that are finished.

    Parameters
    ----------
    scenario : Scenario or str
    replications : int, default 30
        At least 2 are needed for intervals.
    seed : int, default 1
    engine : {"auto", "simpy"}
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    Replications
    """
    return compare([scenario], replications, seed, engine=engine, progress=progress).replications[0]


def compare(
    scenarios: Sequence[Scenario | str],
    replications: int = 30,
    seed: int = 1,
    *,
    engine: str = "auto",
    progress: bool = True,
) -> Comparison:
    """Let several scenarios meet the same customers, many times. Parameters as in `replicate`.

    Returns
    -------
    Comparison
        Its ``differences()`` are against the first scenario.
    """
    from tqdm.auto import tqdm

    if not isinstance(scenarios, (list, tuple)) or not scenarios:
        raise ValueError("compare needs a list of scenarios, such as [base, more]; for a single one use replicate")
    if isinstance(replications, bool) or not isinstance(replications, (int, np.integer)) or replications < 1:
        raise ValueError(f"replications holds {replications!r}; it must be a whole number of at least 1")
    chosen = [load(scenario) for scenario in scenarios]
    finished: list[list[Run]] = []
    # Short work shows no bar. Where lessons are built TQDM_DISABLE is set, which tqdm itself forgets in notebooks.
    hidden = not progress or os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
    with tqdm(total=replications * len(chosen), leave=False, unit="run", delay=1, disable=hidden) as bar:
        try:
            for replication in range(replications):
                row = []
                for scenario in chosen:
                    row.append(simulate(scenario, seed, replication=replication, engine=engine))
                    bar.update()
                finished.append(row)
        except KeyboardInterrupt:
            if not finished:
                raise
            warnings.warn(f"stopped after {len(finished)} of {replications} replications; these are kept", stacklevel=2)
    return Comparison(
        tuple(
            Replications(scenario, seed, runs)
            for scenario, runs in zip(chosen, zip(*finished, strict=True), strict=True)
        )
    )


def _tidy(sums: _measures.Sums, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One table from a table a measure: rows by group, then measure."""
    import pandas as pd

    if not sums.by:
        return pd.concat(list(tables.values())).set_axis(pd.Index(list(tables), name="measure"))
    seen = _measures.something_happened(sums)
    by_measure = pd.concat({name: table[seen] for name, table in tables.items()}, names=["measure"])
    rows = _measures.index(sums)[seen]
    order = [(*(row if isinstance(row, tuple) else (row,)), name) for row in rows for name in tables]
    return by_measure.reorder_levels([*sums.by, "measure"]).loc[order]


def _one(table: pd.DataFrame, name: str, by: object) -> pd.DataFrame:
    if name not in _measures.MEASURES:
        raise ValueError(unknown_name(name, _measures.MEASURES, "measure"))
    return table.loc[[name]] if not by else cast("pd.DataFrame", table.xs(name, level="measure"))


def _checked(confidence: float) -> float:
    if not isinstance(confidence, (int, float)) or not 0 < confidence < 1:
        raise ValueError(f"confidence holds {confidence!r}; it must lie between 0 and 1, such as 0.95")
    return confidence
