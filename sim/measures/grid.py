"""Groups: which hour, channel, team or type a thing belongs to, and sums by these.

A group is a number, row-major over the dimensions asked for. Without dimensions everything is in group 0.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from sim.base import unknown_name
from sim.log import Log
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock

DIMENSIONS = ("slot", "hour", "day", "weekday", "channel", "team", "type", "segment")
OF_TIME = ("slot", "hour", "day", "weekday")

Where = slice | np.ndarray


class Grid:
    """Group numbers of things, by the dimensions asked for.

    Parameters
    ----------
    scenario : Scenario
    by : tuple of str
        Names from `DIMENSIONS`; empty for one group of everything.

    Attributes
    ----------
    shape : tuple of int
        Number of labels of each dimension.
    count : int
        Number of groups.
    """

    def __init__(self, scenario: Scenario, by: tuple[str, ...]) -> None:
        self.scenario, self.by = scenario, by
        self.names = [self._names(name) for name in by]
        self.shape = tuple(map(len, self.names))
        self.count = math.prod(self.shape)

    def _names(self, dimension: str) -> Sequence[object]:
        scenario = self.scenario
        match dimension:
            case "slot":
                return [clock(minute) for minute in range(0, MINUTES_A_DAY, scenario.slot_minutes)]
            case "hour":
                return range(24)
            case "day":
                return range(scenario.days)
            case "weekday":
                return WEEKDAYS
            case "channel":
                return list(scenario.channels)
            case "team":
                return list(scenario.teams)
            case "type":
                return list(scenario.case_types)
        return list(scenario.segments)

    def labels(self) -> list[tuple[object, ...]]:
        """Labels of each group."""
        return list(itertools.product(*self.names))

    def has(self, *dimensions: str) -> bool:
        """Whether the groups use no other dimensions than these."""
        return set(self.by) <= set(dimensions)

    def numbers(self, time: np.ndarray, **codes: np.ndarray | Callable[[], np.ndarray]) -> np.ndarray:
        """Group of each thing, shape of `time`; -1 for those that belong to none.

        Parameters
        ----------
        time : ndarray of float, shape (things,)
            Minutes, 0 or more.
        **codes : ndarray of int or function
            Position in the scenario's mappings by dimension, -1 for none, or a function that gives them, which is
            called only for a dimension asked for.
        """
        group = np.zeros(len(time), dtype=np.int64)
        nobody = None
        for name, size in zip(self.by, self.shape, strict=True):
            given = self._of_time(time, name) if name in OF_TIME else codes[name]
            code = given() if callable(given) else given
            group = group * size + code
            if len(code) and code.min() < 0:
                nobody = code < 0 if nobody is None else nobody | (code < 0)
        if nobody is not None:
            group[nobody] = -1
        return group

    def _of_time(self, time: np.ndarray, name: str) -> np.ndarray:
        # Whole numbers divide several times faster than others.
        minute = time.astype(np.int64)
        day = minute // MINUTES_A_DAY
        if name == "day":
            return day
        if name == "weekday":
            return (day + self.scenario.first_day.weekday()) % 7
        return (minute - day * MINUTES_A_DAY) // (self.scenario.slot_minutes if name == "slot" else 60)

    def of_contacts(self, log: Log, where: Where) -> np.ndarray:
        """Groups of contacts of a log, by their own time, channel, team and type and the segment of their customer.

        Parameters
        ----------
        log : Log
        where : slice or ndarray of int
            Their places in the log's arrays.
        """
        if not self.by:
            return np.zeros(where.stop - where.start if isinstance(where, slice) else len(where), dtype=np.int64)
        work, row = log.workload, log.row[where]
        return self.numbers(
            log.arrived[where],
            channel=lambda: work.channel[row],
            team=lambda: _team(log, where),
            type=lambda: work.type[row],
            segment=lambda: work.segment[work.case[row]],
        )

    def of_cases(self, log: Log, where: Where) -> np.ndarray:
        """Groups of cases, by the time at which they appear, their type, segment and first channel; none has a team."""
        work = log.workload
        return self.numbers(
            work.appears_minutes[where],
            channel=lambda: work.channel[: work.cases][where],
            type=lambda: work.case_type[where],
            segment=lambda: work.segment[where],
        )

    def total(self, group: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """Sum of `amount` by group in its order, shape (groups,); True counts 1, group -1 counts nowhere."""
        group, weights = (group[amount], None) if amount.dtype == bool else (group, amount)
        return self.table(self.cells(group), 1, weights)[:, 0]

    def cells(self, group: np.ndarray, kind: np.ndarray | int = 0, kinds: int = 1) -> np.ndarray:
        """A number for each pair of a group and a kind from 0 to `kinds` - 1, for `table`; one more for group -1."""
        cell = group * kinds + kind if kinds > 1 else group
        if len(group) and group.min() < 0:
            cell = np.where(group < 0, self.count * kinds, cell)
        return cell

    def table(self, cell: np.ndarray, kinds: int, amount: np.ndarray | None = None) -> np.ndarray:
        """How many things there are of each group and kind, or the sum of their amounts, shape (groups, kinds)."""
        size = self.count * kinds
        added = np.bincount(cell, weights=amount, minlength=size)[:size]
        return added.reshape(self.count, kinds).astype(float, copy=False)

    def nothing(self) -> np.ndarray:
        """NaN for each group: a sum that has no meaning for such groups."""
        return np.full(self.count, np.nan)


class Choice:
    """Sums as choices of kinds: things are counted once by kind, and each sum is the total over some kinds.

    Parameters
    ----------
    kinds : dict of str to ndarray of bool, shape (kinds,)
        By the name of a sum, whether it takes a kind in.

    Attributes
    ----------
    names : tuple of str
    chosen : ndarray of bool, shape (names, kinds)
    """

    def __init__(self, kinds: dict[str, np.ndarray]) -> None:
        self.names = tuple(kinds)
        self.chosen = np.array(list(kinds.values()))
        self.chosen.flags.writeable = False

    def of(self, table: np.ndarray) -> np.ndarray:
        """Each sum's total over its kinds, shape (names, groups), from a table of shape (groups, kinds).

        It is added up in the order of the kinds. Those that no sum takes in may hold NaN: the wait of somebody who
        still waits.
        """
        found = np.zeros((len(self.names), len(table)))
        for kind in np.flatnonzero(self.chosen.any(axis=0)):
            found[self.chosen[:, kind]] += table[:, kind]
        return found


def dimensions(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The dimensions that somebody asks for, checked.

    Raises
    ------
    ValueError
        For an unknown dimension or one that is named twice.
    """
    if by is not None and not isinstance(by, (str, Sequence)):
        raise ValueError(f"by holds {by!r}; it may hold {', '.join(DIMENSIONS)} or a list of them")
    names = (by,) if isinstance(by, str) else tuple(by or ())
    for name in names:
        if name not in DIMENSIONS:
            raise ValueError(unknown_name(name, DIMENSIONS, "dimension to group by"))
    if len(set(names)) < len(names):
        raise ValueError(f"by names a dimension twice: {', '.join(names)}")
    return names


def _team(log: Log, where: Where) -> np.ndarray:
    """Team that served each of these rows; -1 for nobody."""
    agent, team = log.agent[where], log.workload.roster.agent_team
    # The last of the appended codes is found at -1.
    return np.append(team, -1)[agent]
