"""A scenario as the compiled engine reads it: arrays of numbers, made once for each scenario."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from sim import routing
from sim.base import Latest, remembered
from sim.bookings import appointments
from sim.centre import mean_handle_minutes
from sim.kernel import records as r
from sim.kernel.records import records
from sim.plan import Plan, house_plan, opening_times
from sim.scenario import DeferredChannel, Scenario, VisitChannel
from sim.workload import NONE

# Ragged tables have NONE behind the end of each row.


class Book(NamedTuple):
    """A scenario as arrays; `sim.kernel.state.Service` takes them over, as copies where a run changes them."""

    horizon: float
    preference_first: bool
    waiting_first: bool
    follow_up_odds: float
    context_handle: float
    context_solve: float
    bot_sessions: int
    most_overflows: int
    most_pieces: int
    teams: np.ndarray
    crews: np.ndarray
    queues: np.ndarray
    lines: np.ndarray
    overflows: np.ndarray
    teams_for: np.ndarray
    queues_for: np.ndarray
    rank: np.ndarray
    reserve: np.ndarray
    odds: np.ndarray
    queue_of: np.ndarray
    task_queue: np.ndarray
    step_visit: np.ndarray
    hands: np.ndarray
    pieces: np.ndarray
    full: np.ndarray
    room: np.ndarray
    part_busy: np.ndarray
    part_busy_count: np.ndarray
    channels: np.ndarray
    opens_at: np.ndarray
    appointments: np.ndarray
    places: np.ndarray
    first_free: np.ndarray
    segments: np.ndarray
    house: Plan


# What of a team is no rule, but says who is there.
_STAFFING = {"agents", "extra_agents", "absence"}
# The books of the last eight.
_books: Latest[Book] = Latest(lambda _: 1 / 8)


@remembered
def book(scenario: Scenario) -> Book:
    """The arrays of a scenario, kept for the next one too that differs in its staffing alone."""
    named = scenario.case_types, scenario.segments, scenario.channels, scenario.teams
    rules = [value for name, value in scenario if name != "teams"]
    teams = [value for team in scenario.teams.values() for name, value in team if name not in _STAFFING]
    # Mappings are equal whatever the order of their names; here it says which number each has.
    return _books.get((*map(tuple, named), rules, teams), lambda: _written(scenario))


def _written(scenario: Scenario) -> Book:
    """The arrays of a scenario."""
    rules = routing.rules(scenario)
    types, teams = list(scenario.case_types.values()), list(scenario.teams.values())
    segments, patterns, bot = list(scenario.segments.values()), rules.patterns, scenario.bot
    names, ways = list(scenario.channels), list(scenario.channels.values())
    live = [None if isinstance(way, DeferredChannel) else way for way in ways]
    visits = [way if isinstance(way, VisitChannel) else None for way in live]
    times = [np.empty(0) if way is None else appointments(way, scenario) for way in visits]
    most_times = max([1, *(len(of) for of in times)])
    places = np.array([0 if way is None else way.places for way in visits], dtype=np.int32)
    callbacks = [None if way is None else way.callback for way in live]
    more = np.array([pattern.more for pattern in patterns])
    part_busy = [[n for n in range(1, len(patterns)) if more[n, hold] != NONE] for hold in range(more.shape[1])]
    odds = [[kind.solved_in(name) if kind.knows(name) else 0.0 for name in names] for kind in types]
    return Book(
        horizon=scenario.horizon_minutes,
        preference_first=scenario.serve_first == routing.PREFERENCE,
        waiting_first=scenario.serve_first == routing.WAITING_TIME,
        follow_up_odds=0.0 if scenario.follow_up is None else float(scenario.follow_up.solves),
        context_handle=1.0 if bot is None else float(bot.context_handle_factor),
        context_solve=1.0 if bot is None else float(bot.context_solve_factor),
        bot_sessions=2**62 if bot is None or bot.sessions is None else bot.sessions,
        most_overflows=max(len(of) for of in rules.overflow),
        most_pieces=max(1, *(pattern.count for pattern in patterns)),
        crews=records(r.LINES, (len(teams), len(patterns)), first=NONE, last=NONE),
        teams=records(
            r.TEAMS,
            len(teams),
            handle_factor=[team.handle_factor for team in teams],
            solve_factor=[team.solve_factor for team in teams],
            solve_drop=[team.solve_drop_when_busy for team in teams],
            is_plain=[team.is_plain for team in teams],
            queues=_lengths(rules.queues_for),
            on_duty=0,
        ),
        queues=records(
            r.QUEUES,
            len(rules.hold),
            hold=rules.hold,
            overflows=_lengths(rules.overflow),
            teams=_lengths(rules.teams_for),
            waiting_in=0,
            is_head_known=False,
        ),
        lines=records(r.LINES, (len(rules.hold), len(segments)), first=NONE, last=NONE),
        overflows=_side_by_side(
            r.OVERFLOWS,
            after=_ragged([[minutes for minutes, _ in of] for of in rules.overflow], inf),
            to=_whole([[queue for _, queue in of] for of in rules.overflow]),
        ),
        teams_for=_which(rules.teams_for),
        queues_for=_which(rules.queues_for),
        rank=_whole(rules.rank),
        reserve=_whole(rules.reserve),
        odds=np.array(odds, dtype=float),
        queue_of=np.array(rules.queue_of, dtype=np.int32),
        task_queue=np.array([rules.task_queue[name] for name in scenario.task_names()], dtype=np.int32),
        step_visit=_whole(
            [[names.index(step.appointment) if step.appointment else NONE for step in kind.steps] for kind in types]
        ),
        hands=_side_by_side(
            r.HANDS,
            speed=np.array([pattern.speed for pattern in patterns]),
            more=more,
            less=np.array([pattern.less for pattern in patterns]),
        ),
        pieces=np.array([pattern.count for pattern in patterns], dtype=np.int32),
        full=(more == NONE).all(axis=1),
        room=np.ascontiguousarray(more[:, rules.hold] != NONE),
        part_busy=_which(part_busy),
        part_busy_count=_lengths(part_busy),
        channels=records(
            r.CHANNELS,
            len(ways),
            is_open=[way is None for way in live],
            lines_free=[inf if way is None else way.lines or inf for way in live],
            until_empty=[way is not None and way.serve_until_empty for way in live],
            callback_limit=[inf if offer is None else offer.when_wait_above_minutes for offer in callbacks],
            mean_handle=[
                0.0 if offer is None else mean_handle_minutes(scenario)[name]
                for name, offer in zip(names, callbacks, strict=True)
            ],
            openings=_lengths(opening_times(scenario)),
            booked_by=[way is not None for way in visits],
            lead=[0.0 if way is None else way.lead_hours * 60 for way in visits],
            appointments=_lengths(times),
            first=NONE,
            last=NONE,
        ),
        opens_at=_ragged(opening_times(scenario), inf),
        appointments=_ragged(times, inf),
        places=np.repeat(places[:, None], most_times, axis=1),
        first_free=np.tile(np.arange(most_times + 1), (len(places), 1)),
        segments=records(
            r.SEGMENTS,
            len(segments),
            priority=[segment.priority for segment in segments],
            head_start=[segment.head_start_minutes for segment in segments],
        ),
        house=house_plan(scenario),
    )


def _side_by_side(dtype: np.dtype, **columns: np.ndarray) -> np.ndarray:
    """Tables of one shape as one table."""
    return records(dtype, next(iter(columns.values())).shape, **columns)


def _ragged(rows: Sequence[Sequence[float] | np.ndarray], behind: float) -> np.ndarray:
    """Rows of different lengths as a table, at least one column wide."""
    table = np.full((len(rows), max([1, *(len(row) for row in rows)])), behind)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def _whole(rows: Sequence[Sequence[int]]) -> np.ndarray:
    return _ragged(rows, NONE).astype(np.int32)


def _which(rows: Sequence[Sequence[int]]) -> np.ndarray:
    return _whole(rows).view(np.uint32)


def _lengths(rows: Sequence[Sequence[object] | np.ndarray]) -> np.ndarray:
    return np.array([len(row) for row in rows], dtype=np.int32)
