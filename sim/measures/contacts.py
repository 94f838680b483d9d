"""The family of contacts: what became of them, how long they waited, how long they took.

Every contact is of one of a few dozen kinds: its outcome, live or deferred, waited within the limit or not, waited at
all or not. Counting the kinds once gives all counts: each sum is a choice of kinds, written down in `_COUNTS`.
"""

from __future__ import annotations

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import (
    ABANDONED,
    BLOCKED,
    CALLED_BACK,
    CONTAINED,
    IN_SERVICE,
    LEFT_BOT,
    OUTCOMES,
    SERVED,
    TURNED_AWAY,
    WAITING,
    Log,
)
from sim.measures.grid import Choice, Grid, Where
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import ENQUIRY

# Who hung up, or found no line, had no team: what counts them cannot be told by team.
_NOT_BY_TEAM = (
    "offered",
    "abandoned",
    "blocked",
    "turned_away",
    "called_back",
    "bot_sessions",
    "offered_or_blocked",
    "live_offered",
    "live_wait_known",
    "live_not_gone_early",
    "days_with_calls",
)

# The kinds of contact; `_kind` gives the number of a contact's kind.
_SHAPE = (len(OUTCOMES), 2, 2, 2)
_KINDS = len(OUTCOMES) * 8
_outcome, _deferred, _soon, _at_once = np.indices(_SHAPE).reshape(4, _KINDS)
_live, _soon, _at_once = _deferred == 0, _soon == 1, _at_once == 1
_served = np.isin(_outcome, (SERVED, IN_SERVICE))
_gone = _outcome == ABANDONED
_offered = _served | _gone | (_outcome == WAITING)

_finished = (_outcome == SERVED) | (_outcome == CALLED_BACK)

_COUNTS = {
    "contacts": np.ones(_KINDS, dtype=bool),
    "offered": _offered,
    "served": _served,
    "abandoned": _gone,
    "blocked": _outcome == BLOCKED,
    "turned_away": _outcome == TURNED_AWAY,
    "called_back": _outcome == CALLED_BACK,
    "contained": _outcome == CONTAINED,
    "left_bot": _outcome == LEFT_BOT,
    "offered_or_blocked": _live & (_offered | (_outcome == BLOCKED)),
    "live_offered": _live & _offered,
    "live_served": _live & _served,
    "live_wait_known": _live & (_served | _gone),
    "live_not_gone_early": _live & _offered & ~(_gone & _soon),
    "in_time": _live & _served & _soon,
    "in_time_or_gone": _live & (_served | _gone) & _soon,
    "waited": _live & _offered & ~(_served & _at_once),
    "finished": _finished,
}
_WAITS = {"wait_served": _live & _served, "wait_all": _live & (_served | _gone)}
_HANDLE = {"handle": _finished}
# How a day's target sees a kind: 0 not at all, 1 as not in time, 2 as in time.
_JUDGED = _COUNTS["live_not_gone_early"].astype(np.int64) + _COUNTS["in_time"]
_TALLIES = (
    *("repeats", "bot_sessions", "truly_contained", "falsely_contained"),
    *("days_with_calls", "days_on_target"),
)
_COUNT, _WAIT, _HANDLED = Choice(_COUNTS), Choice(_WAITS), Choice(_HANDLE)
_NOWHERE, _ONE_GROUP = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
SUMS = (*_COUNT.names, *_WAIT.names, *_HANDLED.names, *_TALLIES)
_UNKNOWN_BY_TEAM = [SUMS.index(name) for name in _NOT_BY_TEAM]


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """Sums over the contacts that arrived in the window, shape (SUMS, groups).

    Parameters
    ----------
    log : Log
    grid : Grid
    start, end : float
        The window, in minutes.
    within_seconds : float, optional
        The time limit of the service levels; by default each channel's own.
    """
    where, days = contacts_between(log, start, end), 1 if "day" in grid.by else log.scenario.days
    found = (_in_numpy if quick.twins("sums") is None else _compiled)(log, grid, where, within_seconds, days)
    if "team" in grid.by:
        found[_UNKNOWN_BY_TEAM] = np.nan
    return found


def _in_numpy(log: Log, grid: Grid, where: Where, within_seconds: float | None, days: int) -> np.ndarray:
    """The sums over the contacts of some places; the targets are looked at on so many days."""
    scenario, work, row = log.scenario, log.workload, log.row[where]
    outcome, channel, solved = log.outcome[where], work.channel[row], log.solved[where]
    queued, answered, ended = log.queued[where], log.answered[where], log.ended[where]
    group = grid.of_contacts(log, where)
    # Of those who neither hung up nor were answered nothing is said about the wait.
    wait = np.where(outcome == ABANDONED, ended, answered) - queued
    kind = _kind(scenario, outcome, channel, wait, within_seconds)
    cell = grid.cells(group, kind, _KINDS) if grid.by else kind
    contained = outcome == CONTAINED
    tallies = [
        (work.number[row] > 1) | (work.kind[row] == ENQUIRY),
        log.met_bot[where],
        contained & solved,
        contained & ~solved,
    ]
    targets, target = _targets(scenario)
    verdict = 3 * target.take(channel) + _JUDGED.take(kind)
    if days > 1:
        verdict += 3 * len(targets) * (log.arrived[where].astype(np.int64) // MINUTES_A_DAY)
    size = days * len(targets) * 3
    judged = grid.table(grid.cells(group, verdict, size) if grid.by else verdict, size)
    return np.vstack(
        [
            _COUNT.of(grid.table(cell, _KINDS)),
            _WAIT.of(grid.table(cell, _KINDS, wait)),
            _HANDLED.of(grid.table(cell, _KINDS, ended - answered)),
            *(grid.total(group, one) for one in tallies),
            *_days_on_target(judged.reshape(grid.count, days, len(targets), 3), targets),
        ]
    )


def _compiled(log: Log, grid: Grid, where: Where, within_seconds: float | None, days: int) -> np.ndarray:
    """The same in one pass."""
    scenario, compiled = log.scenario, quick.twins("sums")
    assert compiled is not None
    limits, deferred = _of_channels(scenario)
    found: np.ndarray = compiled.contacts(
        compiled.columns(log),
        *as_compiled(log, grid, where),
        limits if within_seconds is None else np.full(len(limits), within_seconds / 60),
        deferred,
        *_targets(scenario),
        _JUDGED,
        (_COUNT.chosen, _WAIT.chosen, _HANDLED.chosen),
        grid.count,
        days,
        scenario.bot is not None,
    )
    return found


def contacts_between(log: Log, start: float, end: float) -> Where:
    """Places in the log's arrays of the contacts that arrived in a window: a slice where no tasks lie between."""
    if "contacts" not in log.kept:
        work = log.workload
        some_tasks = work.own("some tasks", lambda: bool(work.kind.max(initial=ENQUIRY) > ENQUIRY))
        log.kept["contacts"] = _contacts(log) if some_tasks else None
    places: np.ndarray | None = log.kept["contacts"]
    if start <= 0 and end >= log.scenario.horizon_minutes:
        return slice(0, len(log.row)) if places is None else places
    first, last = log.arrived.searchsorted((start, end)).tolist()
    return slice(first, last) if places is None else places[slice(*places.searchsorted((first, last)))]


def as_compiled(log: Log, grid: Grid, where: Where) -> tuple[np.ndarray, int, int, np.ndarray]:
    """Such places as the compiled sums take them: one by one, or from the first to the last; and their groups."""
    places = (_NOWHERE, where.start, where.stop) if isinstance(where, slice) else (where.view(np.uint64), 0, 0)
    return *places, grid.of_contacts(log, where) if grid.by else _ONE_GROUP


def _contacts(log: Log) -> np.ndarray:
    """Places in the log's arrays of all contacts."""
    sums = quick.twins("sums")
    return np.flatnonzero(log.is_contact) if sums is None else sums.parts(log)[0].view(np.int64)


def _kind(
    scenario: Scenario, outcome: np.ndarray, channel: np.ndarray, wait: np.ndarray, within_seconds: float | None
) -> np.ndarray:
    """Number of each contact's kind, its place in an array of `_SHAPE`."""
    limits, deferred = _of_channels(scenario)
    limit = limits.take(channel) if within_seconds is None else within_seconds / 60
    # Small whole numbers, and True and False as 1 and 0, are quick to shift and to join.
    kind = outcome << 3
    kind |= deferred.take(channel) << 2
    kind |= (wait <= limit).view(np.int8) << 1
    kind |= (wait == 0).view(np.int8)
    return kind.astype(np.int64)


@remembered
def _of_channels(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """The time limit of each channel's service level in minutes, and whether its work is deferred (1) or live (0)."""
    ways = scenario.channels.values()
    limits = np.array([way.answer_within_minutes for way in ways], dtype=float)
    return limits, np.array([isinstance(way, DeferredChannel) for way in ways], dtype=np.int8)


@remembered
def _targets(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """The targets of live channels, rising; and the place of each channel's own among them.

    That of deferred channels judges nothing.
    """
    ways = scenario.channels.values()
    targets = sorted({way.target for way in ways if not isinstance(way, DeferredChannel)}) or [0.0]
    own = [targets.index(way.target) if way.target in targets else 0 for way in ways]
    return np.array(targets, dtype=float), np.array(own, dtype=np.int64)


def _days_on_target(judged: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days with calls, and those that reach their target, shape (groups,) each.

    Of each day and target `judged` says how many contacts the target does not see, sees as not in time and as in time,
    shape (groups, days, targets, 3).
    """
    late, soon = judged[..., 1], judged[..., 2]
    over, under = soon.sum(axis=2), (soon + late).sum(axis=2)
    target = np.where(soon + late > 0, targets, 0.0).max(axis=2)
    with_calls = under > 0
    return with_calls.sum(axis=1), (with_calls & (over >= target * under - 1e-9)).sum(axis=1)
