"""A service centre before its first morning: all arrays that the compiled engine reads and fills in."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np

from sim.kernel import records as r
from sim.kernel.calendar import Calendar, empty_calendar
from sim.kernel.records import as_found, records
from sim.kernel.tables import Book, book
from sim.kernel.told import Told, nothing_yet
from sim.log import OPEN
from sim.plan import planned
from sim.scenario import Scenario
from sim.workload import NONE, Workload

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


# The types in which the engine is compiled for them.
_CODES: dict[str, type] = dict.fromkeys(("channel", "task"), np.int16)
_WHICH = dict.fromkeys(("case_type", "segment", "number", "type"), np.uint16)
_SMALL = dict.fromkeys(("kind", "bot_result", "delay_row"), np.int8)
_YES = dict.fromkeys(("self_service_solves", "accepts_callback"), np.bool_)
_PLACES = dict.fromkeys(
    ("case", "next_attempt", "follow_up", "first_step", "steps", "first_enquiry", "enquiries"), np.int64
)
_NUMBER = np.dtype(float)
_TYPES: dict[str, np.dtype] = {
    name: np.dtype((_CODES | _WHICH | _SMALL | _YES | _PLACES).get(name, float)) for name in Brought._fields
}


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


def first_morning(scenario: Scenario, workload: Workload) -> Service:
    """Nobody at work, nobody waiting, every customer still to come."""
    given: Book = book(scenario)
    roster, changes = workload.roster, planned(scenario, workload.roster)
    rows, cases, agents = workload.rows, workload.cases, len(roster.agent_team)
    entries = rows * (1 + given.most_overflows)
    # A row has one event of its own to come, one of its patience, one for each overflow; and where it shares an agent
    # its coming and going leave two more behind.
    most_events = entries + 3 * rows + 1
    return Service(
        horizon=scenario.horizon_minutes,
        preference_first=given.preference_first,
        waiting_first=given.waiting_first,
        follow_up_odds=given.follow_up_odds,
        context_handle=given.context_handle,
        context_solve=given.context_solve,
        work=Brought(*[_as_compiled(getattr(workload, name), dtype) for name, dtype in _TYPES.items()]),
        told=nothing_yet(rows),
        rows=records(r.ROWS, rows),
        has_begun=np.zeros(rows, dtype=bool),
        state=np.full(cases, OPEN, dtype=np.int8),
        closed=np.full(cases, nan),
        waits_for_company=np.zeros(cases, dtype=bool),
        rescued=np.zeros(cases, dtype=bool),
        agents=_agents(roster.agent_team),
        talks=records(r.TALKS, (agents, given.most_pieces)),
        experience=_as_compiled(roster.handle_factor, _NUMBER),
        sureness=_as_compiled(roster.solve_factor, _NUMBER),
        teams=given.teams.copy(),
        crews=given.crews.copy(),
        agents_in=np.zeros(given.crews.shape, dtype=np.int64),
        longest_in=np.empty((len(given.pieces), 2)),
        queues=given.queues.copy(),
        overflows=given.overflows,
        lines=records(r.LINES, (len(given.queues), len(given.segments)), first=NONE, last=NONE),
        entries=records(r.ENTRIES, entries),
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
        plan=records(
            r.PLAN, len(changes.minutes), minutes=changes.minutes, change=changes.change, subject=changes.subject
        ),
        spells=records(r.SPELLS, len(changes.minutes) + agents),
        leaving=np.empty(rows, dtype=np.int64),
        tally=np.array([0, 0, 0, given.bot_sessions, 0]),
        calendar=empty_calendar(scenario.horizon_minutes, rows + 1, most_events),
    )


def _as_compiled(column: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A column as the engine is compiled for it: read-only, in one piece and of this type."""
    if column.dtype.itemsize == dtype.itemsize and dtype.kind == "u":
        column = column.view(dtype)
    if column.dtype == dtype and column.flags.c_contiguous and not column.flags.writeable:
        return column
    column = np.ascontiguousarray(column, dtype=dtype).view()
    column.flags.writeable = False
    return column


def _agents(teams: np.ndarray) -> np.ndarray:
    """All agents off duty, with nothing in hand."""
    agents = np.zeros(len(teams), dtype=r.AGENTS)
    agents["team"], agents["came_at"] = teams, nan
    return as_found(agents)
