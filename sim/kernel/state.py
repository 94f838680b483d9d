"""A service centre before its first morning: all arrays that the compiled engine reads and fills in."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from sim.kernel import records as r
from sim.kernel.calendar import Calendar, empty_calendar
from sim.kernel.records import as_found, piece
from sim.kernel.tables import Book
from sim.kernel.told import Told, nothing_yet
from sim.log import OPEN
from sim.plan import Plan, add_duty

# Whether a row waits, and how.
NOT_WAITING, ON_THE_LINE, OFF_THE_LINE = range(3)

# Places in `Service.tally`.
BEGUN, SPELLS, BOT_OPEN, BOT_SESSIONS, WAITING = range(5)


class Brought(NamedTuple):
    """What the customers bring: columns of `sim.workload.Workload`, which says what they are."""

    case_type: np.ndarray
    segment: np.ndarray
    appears_minutes: np.ndarray
    self_service_minutes: np.ndarray
    self_service_solves: np.ndarray
    kind: np.ndarray
    case: np.ndarray
    number: np.ndarray
    type: np.ndarray
    channel: np.ndarray
    task: np.ndarray
    handle_minutes: np.ndarray
    patience_minutes: np.ndarray
    solve_draw: np.ndarray
    delay_minutes: np.ndarray
    delay_row: np.ndarray
    next_attempt: np.ndarray
    before_minutes: np.ndarray
    bot_result: np.ndarray
    bot_minutes: np.ndarray
    accepts_callback: np.ndarray
    follow_up: np.ndarray
    first_step: np.ndarray
    steps: np.ndarray
    first_enquiry: np.ndarray
    enquiries: np.ndarray


class Staff(NamedTuple):
    """Who is there when: columns of `sim.roster.Roster`, which says what they are."""

    agent_team: np.ndarray
    handle_factor: np.ndarray
    solve_factor: np.ndarray
    duty_minutes: np.ndarray
    duty_agent: np.ndarray
    duty_on: np.ndarray


class Service(NamedTuple):
    """A service centre. What stands beside a table is what it is looked up by; `sim.kernel.records` has its fields."""

    horizon: float
    preference_first: bool
    waiting_first: bool
    follow_up_odds: float
    context_handle: float
    context_solve: float

    work: Brought
    told: Told  # what happened, in the order in which it began
    rows: np.ndarray  # row
    has_begun: np.ndarray  # row
    state: np.ndarray  # case
    closed: np.ndarray  # case: minutes
    waits_for_company: np.ndarray  # case
    rescued: np.ndarray  # case: helped by a follow-up call
    agents: np.ndarray  # agent
    talks: np.ndarray  # agent, which
    experience: np.ndarray  # agent, day
    sureness: np.ndarray  # agent, day
    teams: np.ndarray  # team
    crews: np.ndarray  # team, pattern
    agents_in: np.ndarray  # team, pattern
    longest_in: np.ndarray  # pattern: since when, and who
    queues: np.ndarray  # queue
    overflows: np.ndarray  # queue, which
    lines: np.ndarray  # queue, segment
    entries: np.ndarray  # entry
    heads: np.ndarray  # queue, and one to compare with; place as in routing.Waiting
    teams_for: np.ndarray  # queue, which
    queues_for: np.ndarray  # team, which
    rank: np.ndarray  # team, queue
    reserve: np.ndarray  # team, queue
    odds: np.ndarray  # case type, channel
    queue_of: np.ndarray  # case type, channel, segment
    task_queue: np.ndarray  # task
    step_visit: np.ndarray  # case type, step: channel
    hands: np.ndarray  # pattern, hold
    pieces: np.ndarray  # pattern: how many
    full: np.ndarray  # pattern
    room: np.ndarray  # pattern, queue
    part_busy: np.ndarray  # hold, which
    part_busy_count: np.ndarray  # hold
    channels: np.ndarray  # channel
    opens_at: np.ndarray  # channel, which: minutes
    appointments: np.ndarray  # channel, which: minutes
    places: np.ndarray  # channel, which: free places
    first_free: np.ndarray  # channel, which: see bookings.take
    segments: np.ndarray  # segment
    plan: np.ndarray  # change
    spells: np.ndarray  # spell of duty
    leaving: np.ndarray  # rows that a closing line turns away, the last one first
    tally: np.ndarray  # see above
    calendar: Calendar  # events to come


def bytes_needed(given: Book, rows: int) -> int:
    """Memory of the largest tables."""
    entries, events = _most(given, rows)
    return rows * (r.ROWS.itemsize + _PLACE.itemsize) + entries * r.ENTRIES.itemsize + events * _EVENT


_PLACE = np.dtype(np.int64)
_EVENT = r.EVENTS.itemsize + r.KNOTS.itemsize


@register_jitable
def _most(given: Book, rows: int) -> tuple[int, int]:
    """Entries and events, at most."""
    entries = rows * (1 + given.most_overflows)
    # A row has one event of its own to come, one of its patience, one for each overflow; and where it shares an agent
    # its coming and going leave two more behind. One more is room to sort in.
    return entries, entries + 3 * rows + 2


@register_jitable
def first_morning(given: Book, work: Brought, staff: Staff, for_log: np.ndarray, block: np.ndarray) -> Service:
    """Nobody at work, nobody waiting, every customer still to come; the largest tables lie in blocks of memory."""
    rows, cases, agents = len(work.case), len(work.case_type), len(staff.agent_team)
    plan = _plan(given.house, staff)
    most_entries, most_events = _most(given, rows)
    all_rows, end = piece(block, 0, rows, r.ROWS)
    entries, end = piece(block, end, most_entries, r.ENTRIES)
    soon, end = piece(block, end, most_events, r.EVENTS)
    knots, end = piece(block, end, most_events, r.KNOTS)
    leaving, end = piece(block, end, rows, _PLACE)
    return Service(
        horizon=given.horizon,
        preference_first=given.preference_first,
        waiting_first=given.waiting_first,
        follow_up_odds=given.follow_up_odds,
        context_handle=given.context_handle,
        context_solve=given.context_solve,
        work=work,
        told=nothing_yet(for_log, rows),
        rows=all_rows,
        has_begun=np.zeros(rows, np.bool_),
        state=np.full(cases, OPEN, np.int8),
        closed=np.full(cases, nan),
        waits_for_company=np.zeros(cases, np.bool_),
        rescued=np.zeros(cases, np.bool_),
        agents=_agents(staff.agent_team),
        talks=as_found(np.empty((agents, given.most_pieces), r.TALKS)),
        experience=staff.handle_factor,
        sureness=staff.solve_factor,
        teams=given.teams.copy(),
        crews=given.crews.copy(),
        agents_in=np.zeros(given.crews.shape, np.int64),
        longest_in=np.empty((len(given.pieces), 2)),
        queues=given.queues.copy(),
        overflows=given.overflows,
        lines=given.lines.copy(),
        entries=entries,
        heads=np.empty((len(given.queues) + 1, 4)),
        teams_for=given.teams_for,
        queues_for=given.queues_for,
        rank=given.rank,
        reserve=given.reserve,
        odds=given.odds,
        queue_of=given.queue_of,
        task_queue=given.task_queue,
        step_visit=given.step_visit,
        hands=given.hands,
        pieces=given.pieces,
        full=given.full,
        room=given.room,
        part_busy=given.part_busy,
        part_busy_count=given.part_busy_count,
        channels=given.channels.copy(),
        opens_at=given.opens_at,
        appointments=given.appointments,
        places=given.places.copy(),
        first_free=given.first_free.copy(),
        segments=given.segments,
        plan=plan,
        spells=as_found(np.empty(len(plan) + agents, r.SPELLS)),
        leaving=leaving,
        tally=np.array([0, 0, 0, given.bot_sessions, 0]),
        calendar=empty_calendar(given.horizon, rows + 1, soon, knots),
    )


@register_jitable
def _agents(teams: np.ndarray) -> np.ndarray:
    """All agents off duty, with nothing in hand."""
    agents = as_found(np.zeros(len(teams), r.AGENTS))
    for agent in range(len(teams)):
        agents[agent].team, agents[agent].came_at = teams[agent], nan
    return agents


@register_jitable
def _plan(house: Plan, staff: Staff) -> np.ndarray:
    """What is planned to change."""
    plan = np.empty(len(house.minutes) + len(staff.duty_minutes), r.PLAN)
    columns = Plan(plan["minutes"], plan["change"], plan["subject"])
    add_duty(columns, house, staff.duty_minutes, staff.duty_agent, staff.duty_on)
    return as_found(plan)
