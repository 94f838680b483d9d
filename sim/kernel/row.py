"""One of the workload's rows in the compiled engine: what it brings, and what is told of it."""

from __future__ import annotations

from math import nan

from sim.kernel.calendar import add
from sim.kernel.compiled import part, surely
from sim.kernel.memory import AHEAD, AT_ONCE, fetch
from sim.kernel.state import BEGUN, NOT_WAITING, Service
from sim.log import WITH_BOT
from sim.workload import NONE


@part
def later(s: Service, now: float, delay: float, place: int) -> None:
    """Something will happen after a delay, unless the run ends before; its place is its kind and row."""
    if now + delay < s.horizon:
        add(s.calendar, now + delay, place)


@part
def comes_soon(s: Service, row: int) -> None:
    """A row will begin: what it brings is on its way."""
    w = s.work
    fetch((w.kind, w.case, w.number, w.type, w.channel, w.task, w.bot_result), row)
    fetch((w.handle_minutes, w.bot_minutes, w.patience_minutes, w.solve_draw, w.next_attempt, w.follow_up), row)


@part
def begins(s: Service, row: int, now: float) -> None:
    """A contact, a step or a call begins."""
    at = surely(s.tally[BEGUN])
    s.tally[BEGUN] = at + 1
    told, me = s.told, s.rows[row]
    me.told_at, me.called_back, me.waits = at, False, NOT_WAITING
    s.has_begun[row] = True
    if at % AT_ONCE == 0:
        fetch(told, surely(at + AHEAD))
    told.row[at], told.arrived[at] = row, now
    told.booked[at] = told.queued[at] = told.answered[at] = told.ended[at] = nan
    told.agent[at], told.outcome[at] = NONE, WITH_BOT
    told.solved[at] = told.met_bot[at] = False


@part
def case_of(s: Service, row: int) -> int:
    """The case to which a row belongs."""
    return surely(s.work.case[row])


@part
def channel_of(s: Service, row: int) -> int:
    """The channel of a contact."""
    return surely(s.work.channel[row])


@part
def queue_of(s: Service, row: int) -> int:
    """The queue in which a row waits, if it must."""
    if s.work.channel[row] == NONE:
        return surely(s.task_queue[surely(s.work.task[row])])
    return surely(s.queue_of[s.work.type[row], channel_of(s, row), s.work.segment[case_of(s, row)]])


@part
def solve_odds(s: Service, row: int) -> float:
    """The odds that a conversation with an ordinary agent helps."""
    if s.work.channel[row] == NONE:
        return s.follow_up_odds
    return s.odds[s.work.type[row], channel_of(s, row)]


@part
def ends(s: Service, row: int, outcome: int, now: float) -> None:
    """The contact, the step or the call is over."""
    at = s.rows[row].told_at
    s.told.ended[at], s.told.outcome[at] = now, outcome


@part
def close(s: Service, case: int, state: int, now: float) -> None:
    """The case ends here."""
    s.closed[case], s.state[case] = now, state
