"""When cases come: a Poisson process of exactly the expected rate, or a trace of cases as they came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim import quick
from sim.demand import cases_per_minute
from sim.distributions import MeanCv
from sim.luck import TICKS_A_MINUTE, Luck, addresses, key_of, on_grid, poisson_quantile, uniforms
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import NONE

_TICKS_A_DAY = int(MINUTES_A_DAY * TICKS_A_MINUTE)

# Equal parts of [0, 1) for which the first minutes to look at are kept.
_PARTS = 128


@dataclass(frozen=True)
class Arrivals:
    """Cases in the order of time.

    Attributes
    ----------
    case_type : ndarray of int, shape (cases,)
    appears_minutes : ndarray of float, shape (cases,)
    address : ndarray of uint64, shape (cases,)
        The address of each case's luck: that of its type, its day and its place among the draws of that day.
    segment, channel : ndarray of int, shape (cases,), or None
        What a trace says; -1 where chance decides, and None where it decides for all.
    """

    case_type: np.ndarray
    appears_minutes: np.ndarray
    address: np.ndarray
    segment: np.ndarray | None = None
    channel: np.ndarray | None = None


class Rates:
    """Arrivals at a rate that is constant between some minutes.

    The number of cases of a type and day is a Poisson quantile, and each of them comes at the moment up to which the
    share of the day's expected cases is its own uniform number.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._names, self._days = list(scenario.case_types), scenario.days
        cv = scenario.demand.day_factor_cv
        self._day_factor = MeanCv(mean_minutes=1.0, cv=cv) if cv else None
        totals, pieces = [], []
        for code, name in enumerate(self._names):
            rate = cases_per_minute(scenario, name)
            expected = np.cumsum(rate, axis=1)
            begins = np.ones(rate.shape, dtype=bool)
            begins[:, 1:] = np.diff(rate, axis=1) != 0
            day, minute = np.nonzero(begins & (rate > 0))
            before = np.where(minute > 0, expected[day, minute - 1], 0.0)
            totals.append(expected[:, -1])
            pieces.append((code * self._days + day, minute, before, rate[day, minute]))
        self._total = np.array(totals)
        self._block, self._minute, self._before, self._rate = (
            np.concatenate(part) for part in zip(*pieces, strict=True)
        )
        last = np.append(self._block[1:] != self._block[:-1], True)[: len(self._block)]
        self._end = np.where(last, np.inf, np.append(self._before[1:], 0.0)[: len(last)])
        self._hint = self._hints()

    def _hints(self) -> np.ndarray:
        """From which piece on to look, by type and day and the part of [0, 1); shape (blocks, parts)."""
        total = self._total.ravel()
        start = np.cumsum(total) - total
        # A little too early does no harm.
        wanted = start[:, None] + total[:, None] * np.maximum(np.arange(_PARTS) / _PARTS - 1e-6, 0)
        hint = np.searchsorted(start[self._block] + self._before, wanted, side="right") - 1
        first = np.searchsorted(self._block, np.arange(len(total)))
        return np.clip(hint, first[:, None], None)

    def draw(self, luck: Luck) -> Arrivals:
        """The cases of one run."""
        blocks = luck.blocks(self._names, self._days)
        mean = self._total
        if self._day_factor is not None:
            mean = mean * self._day_factor.quantile(uniforms("day factor", luck.blocks([""], self._days)))
        counts = poisson_quantile(uniforms("arrival counts", blocks), mean).ravel()
        return Arrivals(*self._cases(blocks.ravel(), counts))

    def _cases(self, blocks: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Type, moment and address of each case, from how many there are by type and day."""
        passes = quick.twins("passes")
        if passes is not None:
            pieces = (self._total.ravel(), self._hint, self._end, self._minute, self._before, self._rate)
            return passes.arrivals(blocks, counts, key_of("arrivals"), *pieces, self._days)
        block = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
        address = addresses(blocks[block], place)
        # Rounding must carry nobody over midnight.
        minute = np.minimum(self._minutes(block, uniforms("arrivals", address)), MINUTES_A_DAY - 1 / TICKS_A_MINUTE)
        ticks = block % self._days * _TICKS_A_DAY + np.rint(minute * TICKS_A_MINUTE).astype(np.int64)
        order = _by_time(ticks, self._days)
        case_type = np.repeat(np.arange(len(self._names), dtype=np.int16), self._days)
        return case_type.take(block.take(order)), ticks.take(order) / TICKS_A_MINUTE, address.take(order)

    def _minutes(self, block: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Minutes after midnight before which the share u of the block's cases is expected."""
        share = u * self._total.ravel()[block]
        piece = self._hint[block, (u * _PARTS).astype(np.intp)]
        late = np.flatnonzero(self._end[piece] <= share)
        while len(late):
            piece[late] += 1
            late = late[self._end[piece[late]] <= share[late]]
        return self._minute[piece] + (share - self._before[piece]) / self._rate[piece]


class Trace:
    """Arrivals as they came; chance gives them the rest of their luck."""

    def __init__(self, scenario: Scenario) -> None:
        trace = scenario.demand.trace
        assert trace is not None
        self._names, self._days = list(scenario.case_types), scenario.days
        time = on_grid(np.array(trace.minutes))
        case_type = _codes(trace.types, self._names)
        block = case_type * self._days + (time // MINUTES_A_DAY).astype(np.intp)
        # Cases of a type and day have places in the order of the trace.
        drawn = np.argsort(block, kind="stable")
        counts = np.bincount(block, minlength=len(self._names) * self._days)
        order = drawn[np.argsort(time[drawn], kind="stable")]
        place = np.empty(len(time), dtype=np.intp)
        place[drawn] = np.arange(len(time)) - np.repeat(np.cumsum(counts) - counts, counts)
        self._block, self._place = block[order], place[order]
        self._case_type, self._time = case_type[order].astype(np.int16), time[order]
        self._segment = _codes(trace.segments, scenario.segments)[order] if trace.segments else None
        self._channel = _codes(trace.channels, scenario.channels)[order] if trace.channels else None

    def draw(self, luck: Luck) -> Arrivals:
        """The cases of one run."""
        address = addresses(luck.blocks(self._names, self._days).ravel()[self._block], self._place)
        return Arrivals(self._case_type, self._time, address, self._segment, self._channel)


def _codes(column: Iterable[str], names: Iterable[str]) -> np.ndarray:
    places = {name: code for code, name in enumerate(names)}
    return np.array([places.get(name, NONE) for name in column], dtype=np.intp)


def _by_time(ticks: np.ndarray, days: int) -> np.ndarray:
    """Positions in the order of time; cases of the same moment stay in the order of their types and draws."""
    bits = len(ticks).bit_length()
    if (days * _TICKS_A_DAY).bit_length() + bits > 63:
        return np.argsort(ticks, kind="stable")
    # Sorting whole numbers that end in the position is several times quicker than a stable sort.
    return np.sort((ticks << bits) | np.arange(len(ticks))) & ((1 << bits) - 1)
