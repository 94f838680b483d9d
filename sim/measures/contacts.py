"""The family of contacts: what became of them, how long they waited, how long they took.

Every contact is of one of a few dozen kinds: its outcome, live or deferred, waited within the limit or not, waited at
all or not. Counting the kinds once gives all counts: each sum is a choice of kinds, written down in `_COUNTS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim import quick
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
_COUNT, _WAIT, _HANDLED = Choice(_COUNTS), Choice(_WAITS), Choice(_HANDLE)


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> dict[str, np.ndarray]:
    """Sums over the contacts that arrived in the window, shape (groups,) each.

    Parameters
    ----------
    log : Log
    grid : Grid
    start, end : float
        The window, in minutes.
    within_seconds : float, optional
        The time limit of the service levels; by default each channel's own.
    """
    where = contacts_between(log, start, end)
    group = grid.of_contacts(log, where)
    channel = log.workload.channel[log.row[where]]
    outcome = log.outcome[where]
    times = log.queued[where], log.answered[where], log.ended[where]
    kind, count, waits, handled = _tables(log.scenario, grid, group, outcome, channel, times, within_seconds)
    totals = _COUNT.of(count) | _WAIT.of(waits) | _HANDLED.of(handled)
    totals |= _bot_sums(log, grid, where, group, outcome)
    totals["repeats"] = grid.total(group, _comes_again(log, where))
    totals |= _day_target_sums(log, grid, where, group, kind, totals)
    if "team" in grid.by:
        totals |= {name: grid.nothing() for name in _NOT_BY_TEAM}
    return totals


def _tables(
    scenario: Scenario,
    grid: Grid,
    group: np.ndarray,
    outcome: np.ndarray,
    channel: np.ndarray,
    times: tuple[np.ndarray, np.ndarray, np.ndarray],
    within_seconds: float | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Kind of each contact; and by group and kind how many there are, their waits and their handle times."""
    passes = quick.passes()
    if passes is not None:
        ways = scenario.channels.values()
        limits = [way.answer_within_minutes if within_seconds is None else within_seconds / 60 for way in ways]
        deferred = [isinstance(way, DeferredChannel) for way in ways]
        of_channels = np.array(limits, dtype=float), np.array(deferred, dtype=np.int8)
        outcome, channel = outcome.astype(np.int8, copy=False), channel.astype(np.int16, copy=False)
        kind, *tables = passes.contacts(group, outcome, channel, *times, *of_channels, ABANDONED, grid.count, _KINDS)
        count, waits, handled = (table.reshape(grid.count, _KINDS) for table in tables)
        return kind, count, waits, handled
    queued, answered, ended = times
    # Of those who neither hung up nor were answered nothing is said about the wait.
    wait = np.where(outcome == ABANDONED, ended, answered) - queued
    kind = _kind(scenario, outcome, channel, wait, within_seconds)
    cell = grid.cells(group, kind, _KINDS) if grid.by else kind
    waits, handled = grid.table(cell, _KINDS, wait), grid.table(cell, _KINDS, ended - answered)
    return kind, grid.table(cell, _KINDS), waits, handled


def contacts_between(log: Log, start: float, end: float) -> Where:
    """Places in the log's arrays of the contacts that arrived in a window: a slice where no tasks lie between."""
    first, last = log.arrived.searchsorted((start, end))
    if "contacts" not in log.kept:
        is_contact = log.is_contact
        log.kept["contacts"] = None if is_contact.all() else np.flatnonzero(is_contact)
    places: np.ndarray | None = log.kept["contacts"]
    return slice(first, last) if places is None else places[slice(*places.searchsorted((first, last)))]


def _kind(
    scenario: Scenario, outcome: np.ndarray, channel: np.ndarray, wait: np.ndarray, within_seconds: float | None
) -> np.ndarray:
    """Number of each contact's kind, its place in an array of `_SHAPE`."""
    ways = scenario.channels.values()
    if within_seconds is None:
        limit = _of_channel([way.answer_within_minutes for way in ways], channel)
    else:
        limit = within_seconds / 60
    # Small whole numbers, and True and False as 1 and 0, are quick to shift and to join.
    kind = outcome << 3
    kind |= _of_channel([np.int8(4 if isinstance(way, DeferredChannel) else 0) for way in ways], channel)
    kind |= (wait <= limit).view(np.int8) << 1
    kind |= (wait == 0).view(np.int8)
    return kind.astype(np.int64)


def _of_channel(values: Sequence[Any], channel: np.ndarray) -> Any:
    """What each contact's channel has, shape of `channel`; one value if all channels have the same."""
    return values[0] if len(set(values)) == 1 else np.array(values).take(channel)


def _comes_again(log: Log, where: Where) -> np.ndarray:
    """Whether contacts are second or later attempts, or status enquiries."""
    work, row = log.workload, log.row[where]
    return (work.number[row] > 1) | (work.kind[row] == ENQUIRY)


def _bot_sums(log: Log, grid: Grid, where: Where, group: np.ndarray, outcome: np.ndarray) -> dict[str, np.ndarray]:
    """Sessions with the bot, and what the contained ones were worth."""
    if log.scenario.bot is None:
        return {name: np.zeros(grid.count) for name in ("bot_sessions", "truly_contained", "falsely_contained")}
    contained, solved = outcome == CONTAINED, log.solved[where]
    return {
        "bot_sessions": grid.total(group, log.met_bot[where]),
        "truly_contained": grid.total(group, contained & solved),
        "falsely_contained": grid.total(group, contained & ~solved),
    }


def _day_target_sums(
    log: Log, grid: Grid, where: Where, group: np.ndarray, kind: np.ndarray, totals: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Days with calls, and those that reach the target of the channel (the strictest of several)."""
    ways = log.scenario.channels.values()
    targets = sorted({way.target for way in ways if not isinstance(way, DeferredChannel)}) or [0.0]
    days = 1 if "day" in grid.by else log.scenario.days
    if days * len(targets) == 1:
        over, under = totals["in_time"][:, None], totals["live_not_gone_early"][:, None]
        target = np.array(targets)
    else:
        judged = _JUDGED.take(kind)
        if len(targets) > 1:
            places = [targets.index(way.target) if way.target in targets else 0 for way in ways]
            judged += 3 * _of_channel(places, log.workload.channel[log.row[where]])
        if days > 1:
            judged += 3 * len(targets) * (log.arrived[where].astype(np.int64) // MINUTES_A_DAY)
        size = days * len(targets) * 3
        table = grid.table(grid.cells(group, judged, size) if grid.by else judged, size)
        soon, late = (table.reshape(grid.count, days, len(targets), 3)[..., how] for how in (2, 1))
        over, under = soon.sum(axis=2), (soon + late).sum(axis=2)
        target = np.where(soon + late > 0, targets, 0.0).max(axis=2)
    with_calls = under > 0
    return {
        "days_with_calls": with_calls.sum(axis=1, dtype=float),
        "days_on_target": (with_calls & (over >= target * under - 1e-9)).sum(axis=1, dtype=float),
    }
