"""The family of deferred work: e-mails and the like, which wait in a backlog until somebody has time.

An answer is due within a number of *open* hours. The backlog is what has come and is not answered; its age says more
about the customers in it than its length.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.base import is_number, remembered
from sim.log import SERVED, Log
from sim.measures.contacts import contacts_between
from sim.measures.grid import Grid
from sim.measures.measure import Measure
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import openings

if TYPE_CHECKING:
    import pandas as pd

_measure = partial(Measure, family="deferred")

MEASURES = {
    "answered_in_target": _measure(
        "done_in_target",
        "due",
        "deferred: answered within the target, in open hours",
        "share",
        title="share answered in the target time",
        label="answered within target",
        short="in target",
        title_zh="时限内答复率",
        higher_is_better=True,
    ),
    "response_hours": _measure(
        "response_hours",
        "deferred_done",
        "deferred: mean time to the answer",
        "hours",
        title="mean time to the answer",
        label="time to the answer",
        title_zh="平均答复时长",
        higher_is_better=False,
    ),
    "backlog": _measure(
        "backlog",
        "",
        "deferred contacts unanswered at the end of the window",
        "contacts",
        title="backlog",
        label="backlog at the end",
        title_zh="积压量",
        higher_is_better=False,
    ),
    "backlog_age_hours": _measure(
        "backlog_hours",
        "backlog",
        "mean time that the backlog has waited by the end of the window",
        "hours",
        title="mean age of the backlog",
        label="  its mean age",
        title_zh="积压平均时长",
        higher_is_better=False,
    ),
    "backlog_oldest_hours": _measure(
        "backlog_oldest_hours",
        "",
        "time that the oldest of the backlog has waited by the end of the window",
        "hours",
        title="age of the oldest in the backlog",
        label="  age of the oldest",
        title_zh="最久积压时长",
        higher_is_better=False,
    ),
}

_ANSWERS = ("deferred_done", "response_hours", "done_in_target", "due")
_BACKLOG = ("backlog", "backlog_hours", "backlog_oldest_hours")


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> dict[str, np.ndarray]:
    """Sums over the deferred contacts of the window and over the backlog at its end, shape (groups,) each.

    The time limit of the service levels, `within_seconds`, does not concern deferred work.
    """
    deferred = np.array([isinstance(way, DeferredChannel) for way in log.scenario.channels.values()])
    at_one_moment = grid.has("channel", "type", "segment")
    if not deferred.any():
        totals = {name: np.zeros(grid.count) for name in (*_ANSWERS, *_BACKLOG)}
    else:
        where = _deferred(log, deferred, end)
        totals = _answer_sums(log, grid, where[log.arrived[where].searchsorted(start) :])
        if at_one_moment:
            totals |= _backlog_sums(log, grid, where, end)
    return totals if at_one_moment else totals | {name: grid.nothing() for name in _BACKLOG}


def _deferred(log: Log, channels: np.ndarray, end: float) -> np.ndarray:
    """Places in the log's arrays of the contacts through some channels (True) that arrived before the end."""
    where = contacts_between(log, 0.0, end)
    places = np.flatnonzero(channels.take(log.workload.channel[log.row[where]]))
    return places if isinstance(where, slice) else where[places]


def _answer_sums(log: Log, grid: Grid, where: np.ndarray) -> dict[str, np.ndarray]:
    """How soon contacts were answered. What is neither answered nor late is not judged yet."""
    scenario = log.scenario
    arrived, ended = log.arrived[where], log.ended[where]
    channel = log.workload.channel[log.row[where]]
    done = log.outcome[where] == SERVED
    until = np.where(np.isnan(ended), scenario.horizon_minutes, ended)
    late = np.zeros(len(where), dtype=bool)
    for code, (moments, grown, limit) in _open_time(scenario).items():
        here = np.flatnonzero(channel == code)
        if len(moments):
            open_for = np.interp(until[here], moments, grown) - np.interp(arrived[here], moments, grown)
            late[here] = open_for > limit
    group = grid.of_contacts(log, where)
    return {
        "deferred_done": grid.total(group, done),
        "response_hours": grid.total(group, np.where(done, ended - arrived, 0.0)) / 60,
        "done_in_target": grid.total(group, done & ~late),
        "due": grid.total(group, done | late),
    }


def _backlog_sums(log: Log, grid: Grid, where: np.ndarray, end: float) -> dict[str, np.ndarray]:
    """What had arrived, at any time, and was not answered at the end of the window."""
    where = where[~(log.ended[where] <= end)]
    group = grid.of_contacts(log, where)
    age = end - log.arrived[where]
    oldest = np.zeros(grid.count)
    np.maximum.at(oldest, group, age)
    return {
        "backlog": grid.total(group, np.ones(len(where), dtype=bool)),
        "backlog_hours": grid.total(group, age) / 60,
        "backlog_oldest_hours": oldest / 60,
    }


@remembered
def _open_time(scenario: Scenario) -> dict[int, tuple[np.ndarray, np.ndarray, float]]:
    """How the open time of each deferred channel grows, in minutes, and the limit for its answers.

    It grows with the clock from each opening to the next closing, and stands still between: moments, and how long the
    channel has been open by then.
    """
    found = {}
    for code, way in enumerate(scenario.channels.values()):
        if isinstance(way, DeferredChannel):
            opens, closes = openings(way.open_hours.minutes[scenario.weekdays].ravel())
            closes += [scenario.horizon_minutes] * (len(opens) - len(closes))
            moments = np.column_stack([opens, closes]).astype(float).ravel()
            grown = np.column_stack([np.zeros(len(opens)), np.subtract(closes, opens)]).ravel().cumsum()
            found[code] = moments, grown, way.answer_within_minutes
    return found


def backlog(log: Log, every_minutes: float = 60) -> pd.DataFrame:
    """Unanswered deferred contacts through time.

    Parameters
    ----------
    log : Log
    every_minutes : float, default 60
        Step between the moments that are looked at.

    Returns
    -------
    pandas.DataFrame
        A row a moment, indexed by ``time_minutes``; for each deferred channel a column with the number of open
        contacts and one, ``<channel>_oldest_hours``, with the age of the oldest.
    """
    import pandas as pd

    if not is_number(every_minutes) or not 0 < every_minutes < np.inf:
        raise ValueError(f"every_minutes holds {every_minutes!r}; it may hold a number above 0")
    times = np.arange(0, log.scenario.horizon_minutes + 1e-9, every_minutes)
    columns: dict[str, np.ndarray] = {}
    for code, (name, way) in enumerate(log.scenario.channels.items()):
        if not isinstance(way, DeferredChannel):
            continue
        where = _deferred(log, np.arange(len(log.scenario.channels)) == code, log.scenario.horizon_minutes)
        arrived, ended = log.arrived[where], np.nan_to_num(log.ended[where], nan=np.inf)
        came = arrived.searchsorted(times, side="right")
        columns[name] = came - np.sort(ended).searchsorted(times, side="right")
        # The oldest still open is the first whose end, or that of one before it, lies ahead.
        oldest = np.maximum.accumulate(ended).searchsorted(times, side="right")
        since = np.append(arrived, np.inf)[np.minimum(oldest, len(arrived))]
        columns[f"{name}_oldest_hours"] = np.where(oldest < came, times - since, 0.0) / 60
    return pd.DataFrame(columns, index=pd.Index(times, name="time_minutes"))
