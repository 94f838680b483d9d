"""A day of a log as a short list of timed changes, small enough to send to a browser.

Whoever plays the changes in order knows at any minute who is where; nothing else is needed, and no count is sent. What
began before the day and still goes on at 00:00 stands at the front, at minute 0, as if it had just got there: it is
there, but it did not come today. What happens at 24:00 sharp belongs to the next day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.log import CALLED_BACK, SOLVED, Log
from sim.satisfaction.judging import answers, luck, scores
from sim.timetable import MINUTES_A_DAY
from sim.workload import ATTEMPT, ENQUIRY, NONE

# What may happen, in the order in which it can happen to one subject at one moment. The player's `state.js` has the
# same numbers.
(
    TRIES_PORTAL,  # subject
    ARRIVES,  # subject
    BOOKS,  # subject
    MEETS_BOT,  # subject
    QUEUES,  # subject
    ANSWERED,  # subject; value: the agent
    LEAVES,  # subject; value: outcome + 8 if the case is solved + 16 x the rating of a case that closes with it
    CLOSES,  # value: rating + 8 if the case is solved
    COMES_ON_DUTY,  # value: the agent
    GOES_OFF_DUTY,  # value: the agent
    WAY_BEGINS,  # value: how many delays of the back office, such as parcels on their way, begin
    WAY_ENDS,  # value: how many end
) = range(12)

# Times in a log are multiples of this part of a minute, so that whole numbers hold them exactly.
TICKS_A_MINUTE = 2**20

# What becomes of a subject, beside the first seven `sim.log.OUTCOMES`. Work of the back office counts as served.
SELF_SERVED = 7

# Bits of `Day.flags`.
TAKES_CALLBACK, IS_TASK, IS_ENQUIRY, GOES_FIRST = 1, 2, 4, 8


@dataclass(frozen=True)
class Day:
    """A day as timed changes. A subject is a contact, a visit to the portal, or a piece of back-office work.

    Attributes
    ----------
    tick : ndarray of int, shape (events,)
        When, in parts of a minute since 00:00 of the day (`TICKS_A_MINUTE`); not decreasing.
    what : ndarray of int, shape (events,)
        TRIES_PORTAL, ARRIVES, …
    subject : ndarray of int, shape (events,)
        Position in the columns below; 0 where an event is nobody's.
    value : ndarray of int, shape (events,)
        What belongs to the kind of event: see the comments above.
    who : ndarray of uint64, shape (subjects,)
        Whose: the same number in all runs that meet the same customer.
    case : ndarray of int, shape (subjects,)
        The number of the case in this run.
    attempt : ndarray of int, shape (subjects,)
        1 for the first attempt of a case, …; 0 for what is none.
    lane : ndarray of int, shape (subjects,)
        Where it waits: position among the channels and, behind them, the tasks of the scenario.
    kind : ndarray of int, shape (subjects,)
        The case type.
    flags : ndarray of int, shape (subjects,)
        TAKES_CALLBACK, IS_TASK, IS_ENQUIRY and GOES_FIRST, added up.
    carried : int
        How many of the events stand for what began before the day.
    """

    tick: np.ndarray
    what: np.ndarray
    subject: np.ndarray
    value: np.ndarray
    who: np.ndarray
    case: np.ndarray
    attempt: np.ndarray
    lane: np.ndarray
    kind: np.ndarray
    flags: np.ndarray
    carried: int


def day_of(log: Log, day: int) -> Day:
    """The events of one day of a log.

    Parameters
    ----------
    log : Log
    day : int
        Day of the run, from 0.

    Returns
    -------
    Day

    Examples
    --------
    >>> import sim
    >>> day = day_of(sim.simulate("baseline", seed=1).log, 0)
    >>> bool((np.diff(day.tick.astype(int)) >= 0).all())
    True
    """
    start = float(day * MINUTES_A_DAY)
    time, what, row, value, until = (np.concatenate(parts) for parts in zip(*_changes(log, start), strict=True))
    carried = (time < start) & ~(until < start)
    today = (time >= start) & (time < start + MINUTES_A_DAY)
    keep = np.flatnonzero(carried | today)
    order = keep[np.lexsort([row[keep], what[keep], time[keep]])]
    tick = (np.maximum(time[order] - start, 0.0) * TICKS_A_MINUTE).astype(np.uint32)
    named = row[order] >= 0
    rows, place = np.unique(row[order][named], return_inverse=True)
    subject = np.zeros(len(order), dtype=np.uint32)
    subject[named] = place
    return Day(
        tick=tick,
        what=what[order].astype(np.uint8),
        subject=subject,
        value=value[order],
        **_subjects(log, rows),
        carried=int(carried.sum()),
    )


_Change = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _changes(log: Log, start: float) -> list[_Change]:
    """All changes of the log: when, what, to which row of the workload, its value, and when the next one undoes it."""
    work, row, contact = log.workload, log.row, log.is_contact
    ended, answered, queued = (np.nan_to_num(column, nan=np.inf) for column in (log.ended, log.answered, log.queued))
    rating = answers(scores(log), luck(log), log.scenario.satisfaction).rating
    closes_case = contact & (log.ended == log.closed[work.case[row]])
    # Work of the back office has no outcome: it is done.
    left = np.where(contact, np.maximum(log.outcome, 0), 0) + 8 * log.solved
    left = left + 16 * np.where(closes_case, rating[work.case[row]], 0)

    tried = np.flatnonzero(~np.isnan(work.self_service_minutes))
    stops = work.appears_minutes[tried] + work.self_service_minutes[tried]
    helped = np.where(work.self_service_solves[tried], stops, np.nan)

    delay = ~contact & (work.task[row] == NONE)
    begun = np.where(delay, log.arrived, np.nan)
    on_way = (begun < start) & ~(ended < start)
    return [
        _change(TRIES_PORTAL, work.appears_minutes[tried], stops, tried),
        _change(ARRIVES, np.where(contact, log.arrived, np.nan), None, row),
        _change(BOOKS, log.booked, np.minimum(queued, ended), row),
        _change(MEETS_BOT, np.where(log.met_bot, log.arrived, np.nan), np.minimum(queued, ended), row),
        _change(QUEUES, log.queued, np.minimum(answered, ended), row),
        _change(ANSWERED, log.answered, ended, row, log.agent),
        _change(LEAVES, np.where(delay, np.nan, log.ended), None, row, left),
        _change(LEAVES, helped, None, tried, SELF_SERVED + 8 + 16 * rating[tried]),
        _change(CLOSES, log.closed, None, None, rating + 8 * (log.state == SOLVED)),
        _change(COMES_ON_DUTY, log.duty_start, log.duty_end, None, log.duty_agent),
        _change(GOES_OFF_DUTY, log.duty_end, None, None, log.duty_agent),
        # Parcels on their way are many and look alike: they are counted, and those of the days before come at once.
        _change(WAY_BEGINS, np.array([start - 1]), np.array([np.inf]), None, int(on_way.sum())),
        _change(WAY_BEGINS, begun, None, None, 1),
        _change(WAY_ENDS, np.where(delay, log.ended, np.nan), None, None, 1),
    ]


def _change(
    what: int, time: np.ndarray, until: np.ndarray | None, row: np.ndarray | None, value: np.ndarray | int = 0
) -> _Change:
    """Changes of one kind at all times that are numbers; without `until` they leave nothing behind that could last."""
    here = np.isfinite(time)
    count = int(here.sum())
    return (
        time[here],
        np.full(count, what),
        np.full(count, NONE) if row is None else row[here],
        np.broadcast_to(value, time.shape)[here].astype(np.int64),
        np.full(count, -np.inf) if until is None else until[here],
    )


def _subjects(log: Log, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of `Day` about some rows of the workload."""
    work, scenario = log.workload, log.scenario
    case, kind = work.case[rows], work.kind[rows]
    place = np.full(work.rows, len(log.row))
    place[log.row] = np.arange(len(log.row))
    # A visit to the portal that solved the case has no contact in the log.
    called_back = np.append(log.outcome == CALLED_BACK, False)[place[rows]]
    priority = np.array([segment.priority for segment in scenario.segments.values()])[work.segment[case]]
    first = (priority == priority.min(initial=1)) & (len({s.priority for s in scenario.segments.values()}) > 1)
    is_task = kind > ENQUIRY
    address = np.arange(work.cases, dtype=np.uint64) if work.address is None else work.address
    return {
        "who": address[case],
        "case": case.astype(np.uint32),
        "attempt": np.where(kind == ATTEMPT, work.number[rows], 0).astype(np.uint16),
        "lane": np.where(is_task, len(scenario.channels) + work.task[rows], work.channel[rows]).astype(np.uint8),
        "kind": work.type[rows].astype(np.uint8),
        "flags": (
            TAKES_CALLBACK * called_back + IS_TASK * is_task + IS_ENQUIRY * (kind == ENQUIRY) + GOES_FIRST * first
        ).astype(np.uint8),
    }
