"""From single runs to statements one can stand by: replications, intervals, paired comparisons.

One run is one possible week. `replicate` lives through many and gives every measure an interval; `compare` lets
several scenarios meet the same customers and puts the interval on the difference, where most of the luck cancels.
How the work is shared among processors or machines is told in `sim.study` and `sim.workers`; it changes no result.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np

from sim import measures as _measures
from sim.base import need_whole
from sim.batch import Counted, View
from sim.interval import Estimate, checked_confidence, labels
from sim.precision import Judgement, Precision, checked
from sim.run import Run, simulate
from sim.scenario import Scenario, load
from sim.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sim.workers import Workers

__all__ = ["Comparison", "Estimate", "Replications", "Run", "compare", "replicate", "simulate"]


@dataclass(frozen=True)
class Replications:
    """Many runs of one scenario, each in an independent world.

    What is asked of them is counted when it is asked for. Each run can be looked at by itself: ``runs[0].contacts``.
    Logs of long experiments are not kept; what needs them runs the same worlds again.

    Attributes
    ----------
    study : Study
        What holds the runs, of this scenario and of those that it is compared with.
    number : int
        Which scenario of the study.
    """

    study: Study
    number: int = 0

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.study.scenarios[self.number]

    @property
    def seed(self) -> int:
        """The seed of all replications."""
        return self.study.seed

    @property
    def precision(self) -> Judgement | None:
        """What came of the rule for stopping, if there was one."""
        return self.study.precision

    def __repr__(self) -> str:
        return f"<{len(self)} replications of {self.scenario.name!r}, seed {self.seed}>"

    def __len__(self) -> int:
        return self.study.count

    @overload
    def __getitem__(self, number: int) -> Run: ...
    @overload
    def __getitem__(self, number: slice) -> list[Run]: ...
    def __getitem__(self, number: int | slice) -> Run | list[Run]:
        if isinstance(number, slice):
            return [self.study.run(self.number, one) for one in range(len(self))[number]]
        return self.study.run(self.number, range(len(self))[number])

    def __iter__(self) -> Iterator[Run]:
        return (self[number] for number in range(len(self)))

    def measures(
        self,
        by: str | Sequence[str] | None = None,
        *,
        measures: str | Sequence[str] | None = None,
        confidence: float = 0.95,
        **window: Any,
    ) -> pd.DataFrame:
        """Every measure with its interval.

        Parameters
        ----------
        by : str or sequence of str, optional
            Dimensions to group by; see `sim.measures.sums`.
        measures : str or sequence of str, optional
            Only these; by default all.
        confidence : float, default 0.95
            The share of experiments in which the interval covers the truth.
        **window
            from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

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
        return _table(self._counted(View.of(by, window, measures)), _measures.chosen(measures), confidence)

    def measure(
        self, name: str, by: str | Sequence[str] | None = None, *, confidence: float = 0.95, **window: Any
    ) -> pd.DataFrame:
        """One measure with its interval: columns estimate, low and high, a row a group."""
        table = _table(self._counted(View.of(by, window, [name])), [name], confidence)
        return table if not by else cast("pd.DataFrame", table.xs(name, level="measure"))

    def estimate(self, name: str, by: str | Sequence[str] | None = None, **window: Any) -> Estimate:
        """One measure before it becomes a table: its value by group, and how each replication pulls it."""
        return _estimate(self._counted(View.of(by, window, [name])), name)

    def each(self, name: str, by: str | Sequence[str] | None = None, **window: Any) -> pd.DataFrame:
        """One measure in every single run.

        Returns
        -------
        pandas.DataFrame
            A row a replication, a column a group; NaN where a run has no value.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
        >>> sim.replicate(desk, replications=3, progress=False).each("abandonment")["all"].tolist()
        [0.0, 0.0, 0.0]
        """
        import pandas as pd

        counted = self._counted(View.of(by, window, [name]))
        rows = pd.RangeIndex(len(counted), name="replication")
        return pd.DataFrame(_measures.ratio(counted.values, name), index=rows, columns=_measures.index(counted.total()))

    def save(self, path: str | Path, by: str | Sequence[str] | None = None, **options: Any) -> Path:
        """Save the measures with all that it takes to repeat them; see `sim.saved.save`."""
        from sim.saved import save

        return save(self, path, by, **options)

    def _counted(self, view: View) -> Counted:
        return self.study.counted([self.number], view)[0]


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
        return distinct_names([runs.scenario for runs in self.replications])

    @property
    def precision(self) -> Judgement | None:
        """What came of the rule for stopping, if there was one."""
        return self.replications[0].precision

    def measures(
        self,
        by: str | Sequence[str] | None = None,
        *,
        measures: str | Sequence[str] | None = None,
        confidence: float = 0.95,
        **window: Any,
    ) -> pd.DataFrame:
        """Every measure of every scenario with its interval, the scenario as first level of the index."""
        import pandas as pd

        names = _measures.chosen(measures)
        tables = [_table(one, names, confidence) for one in self._counted(View.of(by, window, measures))]
        return pd.concat(tables, keys=self.names, names=["scenario"])

    def differences(
        self,
        by: str | Sequence[str] | None = None,
        *,
        measures: str | Sequence[str] | None = None,
        confidence: float = 0.95,
        **window: Any,
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
        base, *others = self._counted(View.of(by, window, measures))
        tables = [_table(other, _measures.chosen(measures), confidence, minus=base) for other in others]
        return pd.concat(tables, keys=self.names[1:], names=["scenario"])

    def estimates(self, measure: str, by: str | Sequence[str] | None = None, **window: Any) -> list[Estimate]:
        """One measure of every scenario, with how each replication pulls it, for statistics across scenarios.

        Parameters
        ----------
        measure : str
        by : str or sequence of str, optional
            Dimensions to group by.
        **window
            from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

        Returns
        -------
        list of Estimate
            One a scenario: ``value`` of shape (groups,), ``pull`` of shape (replications, groups).
        """
        return [_estimate(one, measure) for one in self._counted(View.of(by, window, [measure]))]

    def table(self, measures: Sequence[str] | str = (), *, confidence: float = 0.95, **window: Any) -> pd.DataFrame:
        """The comparison on one page: a row a measure; each scenario's value, and its difference from the base.

        Parameters
        ----------
        measures : sequence of str, optional
            Which measures; by default all that have a value.
        confidence : float, default 0.95
        **window
            from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

        Returns
        -------
        pandas.DataFrame
            Two levels of columns: the scenario, and ``estimate`` with, for all but the base, ``difference``, ``low``
            and ``high`` of the difference's interval.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, name="two agents")
        >>> more = desk.with_(name="three agents", teams={"agents": {"agents": 3}})
        >>> duel = sim.compare([desk, more], replications=10, progress=False)
        >>> duel.table("asa_minutes")["three agents"].columns.tolist()
        ['estimate', 'difference', 'low', 'high']
        """
        import pandas as pd

        chosen = _measures.chosen(measures or None)
        counted = self._counted(View.of(None, window, measures or None))
        parts = {}
        for number, (name, one) in enumerate(zip(self.names, counted, strict=True)):
            part = _table(one, chosen, confidence)[["estimate"]]
            if number:
                against = _table(one, chosen, confidence, minus=counted[0])
                part = part.join(against.rename(columns={"estimate": "difference"}))
            parts[name] = part
        table = pd.concat(parts, axis=1, names=["scenario"])
        return table if measures else table.dropna(how="all")

    def plot(self, measures: Sequence[str] | str | None = None, **options: Any) -> Any:
        """How the scenarios differ from the base, as a figure; see `sim.plots.comparison`."""
        from sim import plots

        return plots.comparison(self, **options) if measures is None else plots.comparison(self, measures, **options)

    def save(self, path: str | Path, by: str | Sequence[str] | None = None, **options: Any) -> Path:
        """Save measures and differences with all that it takes to repeat them; see `sim.saved.save`."""
        from sim.saved import save

        return save(self, path, by, **options)

    def _counted(self, view: View) -> list[Counted]:
        """What a view counts in each scenario; scenarios of one study are counted together."""
        if len({id(runs.study) for runs in self.replications}) == 1:
            return self.replications[0].study.counted([runs.number for runs in self.replications], view)
        return [runs._counted(view) for runs in self.replications]


def replicate(
    scenario: Scenario | str,
    replications: int | None = None,
    seed: int = 1,
    *,
    engine: str = "auto",
    workers: int | Workers | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    keep_logs: bool | None = None,
    until: Precision | dict[str, Any] | None = None,
    progress: bool = True,
) -> Replications:
    """Run a scenario many times, each time with other customers and other luck.

    Stopping it (Ctrl-C, or the stop button of a notebook) keeps the runs that are finished. Neither the engine nor
    the workers change a result.

    Parameters
    ----------
    scenario : Scenario or str
    replications : int, default 30
        At least 2 are needed for intervals. With `until` they follow from that rule.
    seed : int, default 1
    engine : {"auto", "simpy", "compiled"}
    workers : int or Workers, optional
        How many work at once on this machine; 1 is this process alone. By default as many as pay for their start.
        Workers of `sim.workers` can be used by several calls.
    client : distributed.Client or str, optional
        A Dask cluster, or the address of its scheduler: `docs/cluster.md`.
    folder : str or Path, optional
        Where finished batches are kept, so that the same call goes on where it was interrupted; see `sim.store`.
    keep_logs : bool, optional
        Whether single runs stay in memory. By default they do while all of them are small.
    until : Precision or dict, optional
        Run until a measure is known well enough: ``sim.Precision(measure="service_level", half_width=0.01)``. What
        came of it is in ``runs.precision``.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    Replications
    """
    how = {"engine": engine, "workers": workers, "client": client, "keep_logs": keep_logs, "progress": progress}
    return experiment([load(scenario)], replications, seed, until=until, folder=folder, **how)[0]


def compare(
    scenarios: Sequence[Scenario | str],
    replications: int | None = None,
    seed: int = 1,
    *,
    engine: str = "auto",
    workers: int | Workers | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    keep_logs: bool | None = None,
    until: Precision | dict[str, Any] | None = None,
    progress: bool = True,
) -> Comparison:
    """Let several scenarios meet the same customers, many times. Parameters as in `replicate`.

    Returns
    -------
    Comparison
        Its ``differences()`` are against the first scenario.
    """
    if not isinstance(scenarios, (list, tuple)) or not scenarios:
        raise ValueError("compare needs a list of scenarios, such as [base, more]; for a single one use replicate")
    chosen = [load(scenario) for scenario in scenarios]
    how = {"engine": engine, "workers": workers, "client": client, "keep_logs": keep_logs, "progress": progress}
    return Comparison(experiment(chosen, replications, seed, until=until, folder=folder, **how))


def experiment(
    scenarios: Sequence[Scenario],
    replications: int | None = None,
    seed: int = 1,
    *,
    until: Precision | dict[str, Any] | None = None,
    folder: str | Path | None = None,
    **how: Any,
) -> tuple[Replications, ...]:
    """The replications of several scenarios, one for each; what `replicate`, `compare` and `sweep` have in common."""
    if replications is not None and until is not None:
        raise ValueError(
            "replications and until both say how many; give one of them (sim.Precision has at_least and at_most)"
        )
    replications = 30 if replications is None and until is None else replications
    if until is None:
        need_whole("replications", replications, 1)
    goal = None if until is None else checked(until)
    store = None
    if folder is not None:
        from sim.store import Store

        store = Store(folder)
    study = Study(scenarios, seed, store=store, **how)
    every = tuple(Replications(study, number) for number in range(len(scenarios)))
    if goal is not None:
        _until(study, goal)
    elif not study.extend(int(cast("int", replications))):
        warnings.warn(f"stopped after {study.count} of {replications} replications; these are kept", stacklevel=3)
    return every


def _until(study: Study, goal: Precision) -> None:
    """Extend a study until the goal is reached, there are enough replications, or the user stops it."""
    numbers, to = range(len(study.scenarios)), goal.at_least
    with study.kept_open():
        while True:
            whole = study.extend(to, [goal.view], most=goal.at_most)
            if study.count < 2:
                break
            estimates = [_estimate(one, goal.measure) for one in study.counted(numbers, goal.view)]
            study.precision = goal.judged(estimates)
            if study.precision.reached or not whole or to == goal.at_most:
                break
            to = min(to + goal.every, goal.at_most)
    if not whole:
        warnings.warn(f"stopped after {study.count} replications; these are kept", stacklevel=4)
    elif study.precision is not None and not study.precision.reached:
        warnings.warn(f"{study.precision}; allow more with at_most, or a wider interval", stacklevel=4)


def distinct_names(scenarios: Sequence[Scenario]) -> list[str]:
    """Names of scenarios; a name that comes twice gets a number."""
    given = [scenario.name for scenario in scenarios]
    return [f"{name} ({given[: n + 1].count(name)})" if given.count(name) > 1 else name for n, name in enumerate(given)]


def _estimate(counted: Counted, name: str) -> Estimate:
    measure = _measures.MEASURES[name]
    return Estimate.of(counted.values[measure.over], counted.values[measure.under] if measure.under else None)


def _side_by_side(counted: Counted, names: Sequence[str]) -> Estimate:
    """Measures of everything in one group, each in the place of a group: many times quicker than one by one."""
    once = np.ones((len(counted), 1))
    measures = [_measures.MEASURES[name] for name in names]
    over = [counted.values[one.over][:, 0] for one in measures]
    under = [(counted.values[one.under] if one.under else once)[:, 0] for one in measures]
    # The replications of a measure lie next to each other, and so add up as they do for one measure alone.
    return Estimate.of(np.array(over).T, np.array(under).T)


def _table(counted: Counted, names: Sequence[str], confidence: float, *, minus: Counted | None = None) -> pd.DataFrame:
    """One tidy table of measures, or of their differences from a base: rows by group, then measure."""
    import pandas as pd

    checked_confidence(confidence)
    if minus is not None and counted.groups != minus.groups:
        raise ValueError("the scenarios have different groups here (names, days or slots), so they cannot be paired")
    if not counted.by:
        found = _side_by_side(counted, names)
        if minus is not None:
            found = found - _side_by_side(minus, names)
        return found.table(labels(tuple(names), "measure"), confidence)
    total = counted.total()
    rows = _measures.index(total)
    estimates = {name: _estimate(counted, name) for name in names}
    if minus is not None:
        estimates = {name: estimate - _estimate(minus, name) for name, estimate in estimates.items()}
    tables = {name: estimate.table(rows, confidence) for name, estimate in estimates.items()}
    seen = _measures.something_happened(total)
    by_measure = pd.concat({name: table[seen] for name, table in tables.items()}, names=["measure"])
    order = [(*(row if isinstance(row, tuple) else (row,)), name) for row in rows[seen] for name in tables]
    return by_measure.reorder_levels([*counted.by, "measure"]).loc[order]
