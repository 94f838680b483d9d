"""A service centre before its first morning: all arrays that the compiled engine reads and fills in."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from sim.kernel import records as r
from sim.kernel.compiled import part
from sim.kernel.records import records
from sim.kernel.tables import Book, book
from sim.log import OPEN
from sim.plan import planned
from sim.routing import NONE
from sim.scenario import Scenario
from sim.workload import Workload

# Whether a row waits, and how.
NOT_WAITING, ON_THE_LINE, OFF_THE_LINE = range(3)

# Places in `Service.tally`.
BEGUN, SPELLS, BOT_OPEN, BOT_SESSIONS, WAITING = range(5)


class Service(NamedTuple):
    """A service centre. What stands beside a table is what it is looked up by; `sim.kernel.records` has its fields."""

    horizon: float
    preference_first: bool
    waiting_first: bool
    follow_up_odds: float
    context_handle: float
    context_solve: float

    rows: np.ndarray  # row
    delay_row: np.ndarray  # outcome: row of `delays`
    delays: np.ndarray  # which, attempt: minutes
    cases: np.ndarray  # case
    agents: np.ndarray  # agent
    talks: np.ndarray  # agent, which
    tenure: np.ndarray  # agent, day
    teams: np.ndarray  # team
    crews: np.ndarray  # team, pattern
    agents_in: np.ndarray  # team, pattern
    longest_in: np.ndarray  # pattern: since when, and who
    queues: np.ndarray  # queue
    overflows: np.ndarray  # queue, which
    entries: np.ndarray  # entry
    heads: np.ndarray  # queue, place as in routing.Waiting
    teams_for: np.ndarray  # queue, which
    queues_for: np.ndarray  # team, which
    rank: np.ndarray  # team, queue
    reserve: np.ndarray  # team, queue
    ways: np.ndarray  # case type, channel
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
    begun: np.ndarray  # rows in the order in which they began
    leaving: np.ndarray  # rows that a closing line turns away, the last one first
    tally: np.ndarray  # see above
    event_at: np.ndarray  # events to come, see sim.kernel.calendar
    event_place: np.ndarray
    events: np.ndarray


def first_morning(scenario: Scenario, workload: Workload) -> Service:
    """Nobody at work, nobody waiting, every customer still to come."""
    given: Book = book(scenario)
    roster, changes = workload.roster, planned(scenario, workload.roster)
    rows, agents, several = workload.rows, len(roster.agent_team), max(int(given.pieces.max()), 1)
    entries, times = rows * (1 + int(given.queues["overflows"].max())), given.appointments.shape[1]
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
        rows=_rows(workload),
        delay_row=_read_only(workload.delay_row, np.int64),
        delays=_read_only(workload.delay_minutes, float),
        cases=records(
            r.CASES,
            workload.cases,
            appears=workload.appears_minutes,
            self_service=workload.self_service_minutes,
            self_service_solves=workload.self_service_solves,
            case_type=workload.case_type,
            segment=workload.segment,
            first_step=workload.first_step,
            steps=workload.steps,
            first_enquiry=workload.first_enquiry,
            enquiries=workload.enquiries,
            closed=nan,
            state=OPEN,
            waits_for_company=False,
            rescued=False,
        ),
        agents=records(
            r.AGENTS,
            agents,
            team=roster.agent_team,
            came_at=nan,
            next_end=nan,
            next_to_end=NONE,
            talks=0,
            pattern=0,
            on_duty=False,
            is_ready=False,
        ),
        talks=np.empty((agents, several), dtype=r.TALKS),
        tenure=records(
            r.TENURE, roster.handle_factor.shape, experience=roster.handle_factor, sureness=roster.solve_factor
        ),
        teams=given.teams.copy(),
        crews=records(r.CREWS, (len(given.teams), len(given.pieces)), longest=NONE, latest=NONE),
        agents_in=np.zeros((len(given.teams), len(given.pieces)), dtype=np.int64),
        longest_in=np.empty((len(given.pieces), 2)),
        queues=given.queues.copy(),
        overflows=given.overflows,
        entries=np.empty(entries, dtype=r.ENTRIES),
        heads=np.zeros((len(given.queues), 4)),
        teams_for=given.teams_for,
        queues_for=given.queues_for,
        rank=given.rank,
        reserve=given.reserve,
        ways=given.ways,
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
        places=np.repeat(given.places[:, None], times, axis=1),
        first_free=np.tile(np.arange(times + 1), (len(given.places), 1)),
        segments=given.segments,
        plan=records(
            r.PLAN, len(changes.minutes), minutes=changes.minutes, change=changes.change, subject=changes.subject
        ),
        spells=np.empty(len(changes.minutes) + agents, dtype=r.SPELLS),
        begun=np.empty(rows, dtype=np.int64),
        leaving=np.empty(rows, dtype=np.int64),
        tally=np.array([0, 0, 0, given.bot_sessions, 0]),
        event_at=np.empty(most_events),
        event_place=np.empty(most_events, dtype=np.int64),
        events=np.zeros(1, dtype=np.int64),
    )


def _rows(workload: Workload) -> np.ndarray:
    table = np.empty(workload.rows, dtype=r.ROWS)
    columns = {
        "handle": workload.handle_minutes,
        "patience": workload.patience_minutes,
        "solve_draw": workload.solve_draw,
        "before": workload.before_minutes,
        "bot_minutes": workload.bot_minutes,
        "case": workload.case,
        "next_attempt": workload.next_attempt,
        "follow_up": workload.follow_up,
        "type": workload.type,
        "channel": workload.channel,
        "task": workload.task,
        "number": workload.number,
        "kind": workload.kind,
        "bot_result": workload.bot_result,
        "accepts_callback": workload.accepts_callback,
    }
    _bring(table, *(_read_only(column, _given_as(name)) for name, column in columns.items()))
    return table


def _read_only(column: np.ndarray, kind: DTypeLike) -> np.ndarray:
    """A column in this type; read-only, as drawn workloads are, since machine code is made for one or the other."""
    column = np.ascontiguousarray(column, dtype=kind).view()
    column.flags.writeable = False
    return column


def _given_as(name: str) -> np.dtype:
    """The type of a workload's column; row numbers are 64-bit there."""
    return np.dtype(np.int64) if name in ("case", "next_attempt", "follow_up") else r.ROWS[name]


@part
def _bring(
    rows: np.ndarray,
    handle: np.ndarray,
    patience: np.ndarray,
    solve_draw: np.ndarray,
    before: np.ndarray,
    bot_minutes: np.ndarray,
    case: np.ndarray,
    next_attempt: np.ndarray,
    follow_up: np.ndarray,
    type: np.ndarray,
    channel: np.ndarray,
    task: np.ndarray,
    number: np.ndarray,
    kind: np.ndarray,
    bot_result: np.ndarray,
    accepts_callback: np.ndarray,
) -> None:
    """Put the columns side by side, with nothing happened yet."""
    for n in range(len(rows)):
        row = rows[n]
        row.handle, row.patience, row.solve_draw = handle[n], patience[n], solve_draw[n]
        row.before, row.bot_minutes = before[n], bot_minutes[n]
        row.case, row.next_attempt, row.follow_up = case[n], next_attempt[n], follow_up[n]
        row.type, row.channel, row.task, row.number = type[n], channel[n], task[n], number[n]
        row.kind, row.bot_result, row.accepts_callback = kind[n], bot_result[n], accepts_callback[n]
        row.booked = row.arrived = row.queued = row.answered = row.ended = nan
        row.agent = row.outcome = NONE
        row.solved = row.met_bot = row.called_back = False
        row.waits = NOT_WAITING
