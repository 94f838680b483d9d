"""How many agents were really there, from the calls that they took.

Counting everybody who took a call in a half hour overstates a team: people come, go, finish notes and take
breaks. An agent counts here while talking, in wrap-up and while ready for the next call. The first is in the
log; the other two are worked out from the pauses between an agent's calls.

The pause after a call begins with a time in which the agent is not ready: wrap-up, a word with a colleague, a
break. If the next call had been waiting, the agent took it the moment they were ready, and the pause is that
time exactly. If it had not, the agent became ready at some moment before it; but not before anybody last waited
for them, or that customer would have been taken. So every pause gives the time exactly or between two bounds,
and the distribution with the highest likelihood is found by Turnbull's self-consistency (B. W. Turnbull, "The
empirical distribution function with arbitrarily grouped, censored and truncated data", JRSS B 38, 1976).

Not-ready time up to a limit is wrap-up, part of the handle time. What goes beyond is absence: those minutes are
not counted. A pause longer than an hour ends a spell of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd

LONGEST_PAUSE_MINUTES = 60.0
# The clocks of queue and agent may differ by this much.
_CLOCK_SLACK_MINUTES = 2 / 60
# An agent can serve a type if it makes up at least this part of its share among all calls.
_LEAST_RELATIVE_SHARE = 0.3
_GRID = np.concatenate([np.arange(0, 120, 2), np.arange(120, 600, 20), np.arange(600, 3601, 60)]) / 60


@dataclass(frozen=True)
class Presence:
    """Agents at work, as estimated from their calls.

    Attributes
    ----------
    agents : ndarray of float, shape (days, slots)
        Mean number of agents talking, in wrap-up or ready.
    wrap_up_mean_minutes, wrap_up_variance : float
        Of the wrap-up after a call.
    not_ready : ndarray of float, shape (points, 2)
        Distribution of the not-ready time after a call: minutes, and the share up to them.
    """

    agents: np.ndarray
    wrap_up_mean_minutes: float
    wrap_up_variance: float
    not_ready: np.ndarray


def estimate(
    calls: pd.DataFrame, minutes: dict[str, np.ndarray], days: int, slot_minutes: int, wrap_up_limit_minutes: float
) -> Presence:
    """Estimate the agents at work in each slot of each day.

    Parameters
    ----------
    calls : pandas.DataFrame
        From `sim.calibrate.read_calls`, with agents.
    minutes : dict of str to ndarray
        ``arrived``, ``answered`` and ``ended`` of the calls, in minutes since the first midnight.
    days, slot_minutes : int
        Extent and grid of the result.
    wrap_up_limit_minutes : float
        Not-ready time up to this is wrap-up; what goes beyond is absence.

    Returns
    -------
    Presence
    """
    pauses, spells = _pauses(calls, minutes)
    share = turnbull(pauses["earliest"], pauses["latest"], _GRID)
    cdf = np.concatenate([[0.0], np.cumsum(share)])
    lasts = np.minimum((_GRID[1:] + _GRID[:-1]) / 2, wrap_up_limit_minutes)
    mean = float((lasts * share).sum())
    table = np.zeros(days * MINUTES_A_DAY // slot_minutes)

    talks = spells["talk"]
    _spread(table, talks[:, 0], talks[:, 1] - talks[:, 0], slot_minutes)
    counted = _Counted(pauses, cdf, wrap_up_limit_minutes)
    _spread(table, pauses["start"], pauses["length"], slot_minutes, counted)
    ready = counted.ready(pauses["length"])
    unqueued = ~pauses["queued"]
    typical = float(ready[unqueued].mean()) if unqueued.any() else 0.0
    share_ready = ready.sum() / max(ready.sum() + (talks[:, 1] - talks[:, 0]).sum(), 1e-9)
    # Whoever logs on while nobody waits is ready, before the first call, as long as between calls. Whoever logs
    # off does so while ready as often as agents are ready, and has been so for as long.
    first, last = spells["first"], spells["last"]
    _spread(table, first - typical, np.full(len(first), typical), slot_minutes)
    _spread(table, last, np.full(len(last), typical * share_ready), slot_minutes)
    return Presence(
        agents=(table / slot_minutes).reshape(days, -1),
        wrap_up_mean_minutes=mean,
        wrap_up_variance=float((lasts**2 * share).sum() - mean**2),
        not_ready=np.column_stack([_GRID, cdf]),
    )


def turnbull(earliest: np.ndarray, latest: np.ndarray, grid: np.ndarray, rounds: int = 300) -> np.ndarray:
    """Distribution of durations of which only bounds are known, by Turnbull's self-consistent estimate.

    Parameters
    ----------
    earliest, latest : ndarray of float, shape (observations,)
        Each duration lies in (earliest, latest], or is known exactly where the two are equal.
    grid : ndarray of float, shape (cells + 1,)
        Edges of the cells that the distribution is put into; the first is 0.
    rounds : int, default 300
        Steps of the iteration.

    Returns
    -------
    ndarray of float, shape (cells,)
        Share in each cell; all of it in the first if there are no observations.

    Examples
    --------
    Two durations below 1 and one somewhere below 2: nothing speaks for the second cell.

    >>> turnbull(np.array([0.0, 0, 0]), np.array([1.0, 1, 2]), np.array([0.0, 1, 2])).round(3)
    array([1., 0.])
    """
    cells = len(grid) - 1
    if not len(latest):
        return np.eye(1, cells)[0]
    last = np.clip(np.searchsorted(grid, latest, side="left") - 1, 0, cells - 1)
    first = np.clip(np.searchsorted(grid, earliest, side="right") - 1, 0, cells - 1)
    first = np.where(earliest == latest, last, np.minimum(first, last))
    pairs, counts = np.unique(first * cells + last, return_counts=True)
    first, last = np.divmod(pairs, cells)
    share = np.full(cells, 1 / cells)
    for _ in range(rounds):
        below = np.concatenate([[0.0], np.cumsum(share)])
        weight = counts / np.maximum(below[last + 1] - below[first], 1e-300)
        change = np.zeros(cells + 1)
        np.add.at(change, first, weight)
        np.add.at(change, last + 1, -weight)
        share = share * np.cumsum(change)[:-1] / counts.sum()
    return share


class _Counted:
    """Minutes of a pause that count as work, up to an age of the pause: ready, or not ready within the limit."""

    def __init__(self, pauses: dict[str, np.ndarray], cdf: np.ndarray, limit: float) -> None:
        self.limit = limit
        self.earliest, self.latest = pauses["earliest"], pauses["latest"]
        self.cdf = cdf
        # Integral of the distribution function, which is linear between the points of the grid.
        self.area = np.concatenate([[0.0], np.cumsum(np.diff(_GRID) * (cdf[1:] + cdf[:-1]) / 2)])
        self.at_earliest, self.at_latest = self._cdf(self.earliest), self._cdf(self.latest)

    def _cdf(self, t: np.ndarray) -> np.ndarray:
        return np.interp(t, _GRID, self.cdf)

    def _area(self, t: np.ndarray) -> np.ndarray:
        cell = np.clip(np.searchsorted(_GRID, t, side="right") - 1, 0, len(_GRID) - 2)
        over = t - _GRID[cell]
        slope = (self.cdf[cell + 1] - self.cdf[cell]) / (_GRID[cell + 1] - _GRID[cell])
        return self.area[cell] + over * (self.cdf[cell] + slope * over / 2)

    def ready(self, age: np.ndarray, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Expected ready minutes up to each age, given the bounds on when the agent became ready."""
        low, high = self.earliest[which], self.latest[which]
        start, mass = self.at_earliest[which], self.at_latest[which] - self.at_earliest[which]
        age = np.clip(age, low, high)
        inside = self._area(age) - self._area(low) - start * (age - low)
        # Without a clue from other pauses, any moment between the bounds is as likely as another.
        even = (age - low) ** 2 / np.maximum(2 * (high - low), 1e-9)
        return np.where(mass > 1e-9, inside / np.maximum(mass, 1e-9), even)

    def __call__(self, age: np.ndarray, which: np.ndarray) -> np.ndarray:
        early = np.minimum(age, self.limit)
        return self.ready(age, which) + early - self.ready(early, which)


def _spread(
    table: np.ndarray, start: np.ndarray, length: np.ndarray, slot: int, counted: _Counted | None = None
) -> None:
    """Add intervals to the slots in which they lie; with `counted`, only the minutes that it counts."""
    which = np.arange(len(start))
    done = np.zeros(len(start))
    while len(which):
        place = np.floor((start[which] + done) / slot + 1e-9)
        until = np.minimum((place + 1) * slot - start[which], length[which])
        amount = until - done if counted is None else counted(until, which) - counted(done, which)
        inside = (place >= 0) & (place < len(table))
        np.add.at(table, place[inside].astype(int), amount[inside])
        goes_on = until < length[which] - 1e-9
        which, done = which[goes_on], until[goes_on]


def _pauses(calls: pd.DataFrame, minutes: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Pauses between an agent's calls with bounds on the not-ready time, and the spells of work around them."""
    import pandas as pd

    by_agent = calls["agent"].notna().to_numpy()
    worked = pd.DataFrame({name: column[by_agent] for name, column in minutes.items()})
    worked["agent"] = calls["agent"].to_numpy()[by_agent]
    worked["queued"] = calls["waited"].to_numpy()[by_agent]
    worked = worked.sort_values(["agent", "answered"], kind="stable", ignore_index=True)
    # Who has two calls or tickets at once is one agent; only the time that an earlier one leaves over is added.
    busy_until = worked.groupby("agent")["ended"].cummax()
    worked["start"] = busy_until.groupby(worked["agent"]).shift()
    talk_start = worked[["answered", "start"]].max(axis=1).to_numpy()
    talk_end = np.maximum(worked["ended"].to_numpy(), talk_start)
    length = (worked["answered"] - worked["start"]).to_numpy()
    begins = ~(length <= LONGEST_PAUSE_MINUTES)  # an agent's first call too, whose pause is unknown
    ends = np.append(begins[1:], True)
    inside = ~begins & (length >= 0)

    before = np.zeros(len(worked))
    for codes, types in _skills(calls[by_agent]):
        mine = inside & worked["agent"].isin(codes).to_numpy()
        can = calls["type"].isin(types).to_numpy() & calls["waited"].to_numpy()
        gone = minutes["arrived"] + calls["wait_minutes"].to_numpy()
        moment = worked["answered"].to_numpy()[mine] - _CLOCK_SLACK_MINUTES
        before[mine] = _last_waiting(minutes["arrived"][can], gone[can], moment)
    length = np.maximum(length, 1 / 60)
    exact = worked["queued"].to_numpy()
    earliest = np.where(exact, length, np.clip(before - worked["start"].to_numpy(), 0, length))[inside]
    pauses = {
        "start": worked["start"].to_numpy()[inside],
        "length": length[inside],
        "earliest": earliest,
        "latest": length[inside],
        "queued": exact[inside],
    }
    spells = {
        "talk": np.column_stack([talk_start, talk_end]),
        "first": worked["answered"].to_numpy()[begins & ~exact],
        "last": busy_until.to_numpy()[ends],
    }
    return pauses, spells


def _skills(calls: pd.DataFrame) -> list[tuple[list[str], list[str]]]:
    """Agents grouped by the types that they serve: nobody is kept waiting by an agent who cannot help."""
    counts = calls.groupby(["agent", "type"], observed=True).size().unstack(fill_value=0)
    usual = counts.sum(axis=0) / counts.to_numpy().sum()
    serves = counts.div(counts.sum(axis=1), axis=0) >= _LEAST_RELATIVE_SHARE * usual
    groups: dict[tuple[str, ...], list[str]] = {}
    for agent, row in serves.iterrows():
        groups.setdefault(tuple(str(name) for name in serves.columns[row]), []).append(str(agent))
    return [(agents, list(types)) for types, agents in groups.items()]


def _last_waiting(joined: np.ndarray, left: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """The last time up to each moment at which somebody was waiting; minus infinity if nobody ever was."""
    order = np.argsort(joined, kind="stable")
    joined, left = joined[order], left[order]
    if not len(joined):
        return np.full(len(moments), -np.inf)
    longest = np.maximum.accumulate(left)
    row = np.searchsorted(joined, moments, side="right") - 1
    return np.where(row >= 0, np.minimum(longest[np.maximum(row, 0)], moments), -np.inf)
