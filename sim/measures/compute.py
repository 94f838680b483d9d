"""From a log to sums by group, and from sums to measures."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.base import is_number
from sim.interval import labels
from sim.log import Log
from sim.measures.catalogue import FAMILIES, MEASURES, chosen
from sim.measures.grid import Grid, dimensions
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sums:
    """Sums of one run by group, from which measures are made.

    Attributes
    ----------
    by : tuple of str
        Dimensions of the groups; empty for one group of everything.
    groups : list of tuple
        Labels of each group.
    values : dict of str to ndarray, shape (groups,)
        The sums. NaN where a sum has no meaning for such groups.
    """

    by: tuple[str, ...]
    groups: list[tuple[object, ...]]
    values: dict[str, np.ndarray]


def sums(
    log: Log,
    by: str | Sequence[str] | None = None,
    *,
    measures: str | Sequence[str] | None = None,
    from_day: float = 0,
    to_day: float | None = None,
    answer_within_seconds: float | None = None,
) -> Sums:
    """Add up a run by group.

    Parameters
    ----------
    log : Log
    by : str or sequence of str, optional
        Dimensions: slot, hour, day, weekday, channel, team, type, segment. None puts everything in one group.
        By team only contacts that the team took are counted, and measures that need the others are NaN.
    measures : str or sequence of str, optional
        The measures that are wanted; only the families of sums that they need are added up. None is all.
    from_day, to_day : float
        The window, in days since the start; `from_day` leaves out a warm-up. `to_day` None is the end.
    answer_within_seconds : float, optional
        The T of the service levels; by default each channel's own.

    Returns
    -------
    Sums

    Raises
    ------
    ValueError
        For an unknown dimension or measure, or an empty window.
    """
    adder = Adder(
        log.scenario,
        by,
        measures=measures,
        from_day=from_day,
        to_day=to_day,
        answer_within_seconds=answer_within_seconds,
    )
    adder.add(log)
    added = adder.sums(1)
    return Sums(added.by, added.groups, {name: of_run for name, (of_run,) in added.values.items()})


class Adder:
    """Adds up one run of a scenario after the other. The parameters are those of `sums`."""

    def __init__(
        self,
        scenario: Scenario,
        by: str | Sequence[str] | None = None,
        *,
        measures: str | Sequence[str] | None = None,
        from_day: float = 0,
        to_day: float | None = None,
        answer_within_seconds: float | None = None,
    ) -> None:
        self._scenario, self._grid = scenario, Grid(scenario, dimensions(by))
        needed = _families(None if measures is None else tuple(chosen(measures)))
        self._families = [FAMILIES[name] for name in needed]
        self._window, self._within_seconds = _window(scenario, from_day, to_day), answer_within_seconds
        if answer_within_seconds is not None and not is_number(answer_within_seconds, least=0):
            raise ValueError(
                f"answer_within_seconds holds {answer_within_seconds!r}; it may hold a number of at least 0"
            )
        self._found: list[list[np.ndarray]] = [[] for _ in self._families]

    def add(self, *logs: Log) -> None:
        """Add runs up, one family after the other: the processor keeps what it works with, rather than the logs."""
        for family, found in zip(self._families, self._found, strict=True):
            for log in logs:
                found.append(family.add_up(log, self._grid, *self._window, self._within_seconds))

    def sums(self, runs: int) -> Sums:
        """What was added up in so many, from the first on, with values of shape (runs, groups)."""
        values: dict[str, np.ndarray] = {}
        for family, found in zip(self._families, self._found, strict=True):
            # In one layout whatever came, as it decides in which order NumPy adds numbers up.
            tables = np.ascontiguousarray(np.stack(found[:runs], axis=1))
            added = dict(zip(family.names, tables, strict=True))
            if family.with_totals is not None:
                added = family.with_totals(added, self._scenario, self._grid, *self._window)
            values |= added
        return Sums(self._grid.by, self._grid.labels(), values)


def measures(
    log: Log,
    by: str | Sequence[str] | None = None,
    measures: str | Sequence[str] | None = None,
    *,
    from_day: float = 0,
    to_day: float | None = None,
    answer_within_seconds: float | None = None,
) -> pd.DataFrame:
    """Measures of one run, one row a group. See `sums` for the parameters, `MEASURES` for the columns.

    Returns
    -------
    pandas.DataFrame
        NaN where a measure has no meaning for a group or nothing happened. These numbers are of one run: they
        carry no interval. `sim.replicate` gives intervals.

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate(sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2), seed=1)
    >>> run.measures(measures=["abandonment", "occupancy"]).columns.tolist()
    ['abandonment', 'occupancy']
    """
    import pandas as pd

    added = sums(
        log,
        by,
        measures=measures,
        from_day=from_day,
        to_day=to_day,
        answer_within_seconds=answer_within_seconds,
    )
    names = tuple(chosen(measures))
    table = pd.DataFrame(ratios(added.values, names).T, index=index(added), columns=labels(names))
    return table[something_happened(added)] if added.by else table


def ratio(values: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A measure from sums, shape (groups,); NaN where its lower sum is 0."""
    return ratios(values, [name])[0]


def ratios(values: dict[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """Measures from sums, shape (names, groups); NaN where the lower sum is 0."""
    over = np.array([values[MEASURES[name].over] for name in names])
    one = np.ones(over.shape[1:])
    under = np.array([values[MEASURES[name].under] if MEASURES[name].under else one for name in names])
    return np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)


def index(added: Sums) -> pd.Index:
    """Row labels of a table by these groups."""
    if not added.by:
        return labels(("all",))
    import pandas as pd

    if len(added.by) == 1:
        return pd.Index([label for (label,) in added.groups], name=added.by[0])
    return pd.MultiIndex.from_tuples(added.groups, names=added.by)


def something_happened(added: Sums) -> np.ndarray:
    """True for groups with anything above 0 among what was added up, shape (groups,)."""
    # Time alone, the length of the window, is nothing that happened; NaN, which stands for no meaning, is not above 0.
    signs = [numbers > 0 for name, numbers in added.values.items() if name != "window"]
    return np.any(signs, axis=0) | (not added.by)


@functools.lru_cache(maxsize=256)
def _families(measures: tuple[str, ...] | None) -> tuple[str, ...]:
    """The families of sums that these measures need; all for None."""
    return tuple(FAMILIES if measures is None else dict.fromkeys(MEASURES[name].family for name in measures))


def _window(scenario: Scenario, from_day: float, to_day: float | None) -> tuple[float, float]:
    last = scenario.days if to_day is None else to_day
    for name, day in (("from_day", from_day), ("to_day", last)):
        if not is_number(day):
            raise ValueError(f"{name} holds {day!r}; it may hold a number of days from 0 to {scenario.days}")
    if not 0 <= from_day < last <= scenario.days:
        raise ValueError(
            f"the window from day {from_day:g} to day {last:g} is empty or outside the run of {scenario.days} days; "
            f"choose 0 <= from_day < to_day <= {scenario.days}"
        )
    return from_day * MINUTES_A_DAY, last * MINUTES_A_DAY
