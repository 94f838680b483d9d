"""The family of deferred work: e-mails and the like, which wait in a backlog until somebody has time.

An answer is due within a number of *open* hours. The backlog is what has come and is not answered; its age says more
about the customers in it than its length.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim import quick
from sim.base import is_number, remembered
from sim.log import SERVED, Log
from sim.measures.contacts import as_compiled, contacts_between
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

_BACKLOG = slice(4, 7)
SUMS = ("deferred_done", "response_hours", "done_in_target", "due", "backlog", "backlog_hours", "backlog_oldest_hours")
_HOURS = [place for place, name in enumerate(SUMS) if name.endswith("_hours")]


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """Sums over the deferred contacts of the window and over the backlog at its end, shape (SUMS, groups).

    What is neither answered nor late is not judged yet. The backlog had arrived, at any time, and was not answered at
    the end of the window. The time limit of the service levels, `within_seconds`, does not concern deferred work.
    """
    if not len(_open_time(log.scenario).of_channel):
        found = np.zeros((len(SUMS), grid.count))
    else:
        found = (_in_numpy if quick.twins("sums") is None else _compiled)(log, grid, start, end)
        for hours in _HOURS:
            found[hours] /= 60
    if not grid.has("channel", "type", "segment"):
        found[_BACKLOG] = np.nan  # it is there at one moment
    return found


def _in_numpy(log: Log, grid: Grid, start: float, end: float) -> np.ndarray:
    """The sums, times in minutes."""
    open_time = _open_time(log.scenario)
    where = _deferred(log, open_time.is_deferred, end)
    arrived, ended, group = log.arrived[where], log.ended[where], grid.of_contacts(log, where)
    channel, inside = log.workload.channel[log.row[where]], arrived >= start
    done = inside & (log.outcome[where] == SERVED)
    until = np.where(np.isnan(ended), log.scenario.horizon_minutes, ended)
    late = np.zeros(len(where), dtype=bool)
    for code, (moments, grown, limit) in open_time.of_channel.items():
        here = np.flatnonzero(inside & (channel == code))
        if len(moments):
            open_for = np.interp(until[here], moments, grown) - np.interp(arrived[here], moments, grown)
            late[here] = (until[here] - arrived[here] > limit) & (open_for > limit)
    waits = ~(ended <= end)
    age = np.where(waits & (group >= 0), end - arrived, 0.0)
    oldest = np.zeros(grid.count)
    np.maximum.at(oldest, group, age)
    return np.vstack(
        [
            grid.total(group, done),
            grid.total(group, np.where(done, ended - arrived, 0.0)),
            grid.total(group, done & ~late),
            grid.total(group, done | late),
            grid.total(group, waits),
            grid.total(group, age),
            oldest,
        ]
    )


def _compiled(log: Log, grid: Grid, start: float, end: float) -> np.ndarray:
    """The same in one pass."""
    compiled, opening = quick.twins("sums"), _open_time(log.scenario)
    assert compiled is not None
    found: np.ndarray = compiled.deferred(
        compiled.columns(log),
        *as_compiled(log, grid, contacts_between(log, 0.0, end)),
        *(opening.first, opening.moments, opening.grown, opening.limit),
        *(float(start), float(end), log.scenario.horizon_minutes),
        grid.count,
    )
    return found


def _deferred(log: Log, channels: np.ndarray, end: float) -> np.ndarray:
    """Places in the log's arrays of the contacts through some channels (True) that arrived before the end."""
    where = contacts_between(log, 0.0, end)
    places = np.flatnonzero(channels.take(log.workload.channel[log.row[where]]))
    return places if isinstance(where, slice) else where[places]


class _OpenTime(NamedTuple):
    """How the open time of deferred channels grows, in minutes: with the clock while they are open.

    Attributes
    ----------
    is_deferred : ndarray of bool, shape (channels,)
    of_channel : dict
        By the number of a deferred channel the moments at which it opens and closes, how long it has been open by
        then, and the limit for its answers.
    first : ndarray of int, shape (channels + 1,)
        Where the moments of each channel begin in `moments`, and at last their number.
    moments, grown : ndarray of float, shape (moments,)
        Those of all channels, one after the other.
    limit : ndarray of float, shape (channels,)
        NaN for live channels.
    """

    is_deferred: np.ndarray
    of_channel: dict[int, tuple[np.ndarray, np.ndarray, float]]
    first: np.ndarray
    moments: np.ndarray
    grown: np.ndarray
    limit: np.ndarray


@remembered
def _open_time(scenario: Scenario) -> _OpenTime:
    """How the open time of each deferred channel grows, from each opening to the next closing."""
    found, ways = {}, list(scenario.channels.values())
    for code, way in enumerate(ways):
        if isinstance(way, DeferredChannel):
            opens, closes = openings(way.open_hours.minutes[scenario.weekdays].ravel())
            closes += [scenario.horizon_minutes] * (len(opens) - len(closes))
            moments = np.column_stack([opens, closes]).astype(float).ravel()
            grown = np.column_stack([np.zeros(len(opens)), np.subtract(closes, opens)]).ravel().cumsum()
            found[code] = moments, grown, way.answer_within_minutes
    nothing = np.zeros(0), np.zeros(0), np.nan
    each = [found.get(code, nothing) for code in range(len(ways))]
    return _OpenTime(
        is_deferred=np.array([code in found for code in range(len(ways))]),
        of_channel=found,
        first=np.cumsum([0, *(len(moments) for moments, _, _ in each)]),
        moments=np.concatenate([moments for moments, _, _ in each]),
        grown=np.concatenate([grown for _, grown, _ in each]),
        limit=np.array([limit for *_, limit in each]),
    )


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
