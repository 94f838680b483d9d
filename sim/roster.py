"""Who is at work when: the planned head-count less absence and outages, as comings and goings of single agents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim import quick
from sim.base import Latest
from sim.luck import Luck, addresses, block_codes, key_of, uniforms
from sim.scenario import Scenario
from sim.service import Newcomers
from sim.timetable import MINUTES_A_DAY


@dataclass(frozen=True, eq=False)
class Roster:
    """The agents of a run and their duty.

    Attributes
    ----------
    agent_team : ndarray of int, shape (agents,)
        The team of each agent; agents of a team have neighbouring numbers.
    duty_minutes, duty_agent, duty_on : ndarray, shape (changes,)
        When which agent comes on duty or goes, ordered by time, then agent.
    absent_agent, absent_start, absent_end : ndarray, shape (spells,)
        Planned duty that agents miss, in minutes: paid all the same.
    handle_factor, solve_factor : ndarray of float, shape (agents, days)
        What an agent's experience makes of handle times and odds of solving, beside the team's own factors.
    """

    agent_team: np.ndarray
    duty_minutes: np.ndarray
    duty_agent: np.ndarray
    duty_on: np.ndarray
    absent_agent: np.ndarray
    absent_start: np.ndarray
    absent_end: np.ndarray
    handle_factor: np.ndarray
    solve_factor: np.ndarray


_ALL_EXPERIENCED = Newcomers(share=0)


class _Plan:
    """What all runs of a scenario share: the planned head-count, constant between some minutes, and whom it takes."""

    def __init__(self, scenario: Scenario) -> None:
        teams = list(scenario.teams.values())
        by_week = np.array([team.head_count for team in teams])
        begins = np.ones((7, MINUTES_A_DAY), dtype=bool)
        begins[:, 1:] = (by_week[:, :, 1:] != by_week[:, :, :-1]).any(axis=0)
        # Every day begins a step too, as the luck of agents changes.
        begins[:, 0] = True
        starts = begins[scenario.weekdays].ravel()
        down = np.zeros(scenario.days * MINUTES_A_DAY, dtype=bool)
        for event in scenario.events:
            down[event.start_minutes : event.end_minutes] |= event.system_down
        starts[1:] |= down[1:] != down[:-1]
        steps = np.flatnonzero(starts)
        self.works = ~down[steps]
        # When each step begins, and when the last one ends.
        self.minutes = np.append(steps, scenario.horizon_minutes)
        self.day, minute = np.divmod(steps, MINUTES_A_DAY)
        # Shape (teams, steps).
        count = by_week[:, scenario.weekdays[self.day], minute]
        sizes = np.ceil(count.max(axis=1)).astype(int)
        self.names = tuple(scenario.teams)
        self.blocks = block_codes(self.names, scenario.days)
        self.team = np.repeat(np.arange(len(sizes)), sizes)
        self.agent_team = self.team.astype(np.int16)
        self.place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        # By agent and step: an agent with a place below the head-count is planned, one at a fraction on that share of
        # days.
        self.room = np.ascontiguousarray(count[self.team] - self.place[:, None], dtype=float)
        self.absence = np.array([team.absence for team in teams])[self.team]
        learners = [team.newcomers or _ALL_EXPERIENCED for team in teams]
        self.newcomers, self.learning_days, handle_factor, solve_factor = np.array(
            [(new.share, new.learning_days, new.handle_factor, new.solve_factor) for new in learners]
        ).T.take(self.team, axis=1)
        # What no experience at all adds to the two factors, by agent and day.
        at_first = np.array([handle_factor, solve_factor]) - 1
        self.at_first = np.repeat(at_first[:, :, None], scenario.days, axis=2)
        # Where nothing is left to chance, all runs have one roster.
        self.is_certain = not ((count % 1).any() or self.absence.any() or self.newcomers.any())
        # Those that were drawn last, and how many there may be.
        self.rosters: dict[tuple[int, int], Roster] = {}
        self.most_rosters = 1


# The plans of the last eight scenarios.
_plans: Latest[_Plan] = Latest(lambda _: 1 / 8)


# Memory of the rosters that a plan keeps, so that runs which differ in other things than staffing have the same.
_MOST_BYTES = 2**22
_EMPTY_BYTES = 2000  # about what one takes in which nobody is


def draw_roster(scenario: Scenario, luck: Luck) -> Roster:
    """Draw absence, fractions of agents and tenure, and lay the plan out agent by agent."""
    return _roster(_plan(scenario), luck)


def draw_ahead(scenario: Scenario, lucks: Iterable[Luck]) -> None:
    """Draw the rosters of some runs, as many as are kept: one after the other they take less than each between runs."""
    plan = _plan(scenario)
    for drawn, luck in enumerate(lucks):
        if drawn >= plan.most_rosters:
            break
        _roster(plan, luck)


def _plan(scenario: Scenario) -> _Plan:
    parts = (scenario.days, scenario.first_day, tuple(scenario.teams), scenario.events, scenario.teams)
    return _plans.get(parts, lambda: _Plan(scenario))


def _roster(plan: _Plan, luck: Luck) -> Roster:
    """The roster of one run, drawn now or before."""
    which = (0, 0) if plan.is_certain else (luck.seed, luck.replication)
    known = plan.rosters.get(which)
    if known is None:
        known = _drawn(plan, luck)
        size = _EMPTY_BYTES + sum(column.nbytes for column in vars(known).values())
        plan.most_rosters = max(1, _MOST_BYTES // size)
        if len(plan.rosters) >= plan.most_rosters:
            plan.rosters = {}
        plan.rosters[which] = known
    return known


# The streams of chance that decide who is there, and who is new since when.
_STREAMS = _FRACTION, _ABSENCE, _NEWCOMERS, _TENURE = "fractional agents", "absence", "newcomers", "tenure"
_KEYS = np.array([key_of(stream) for stream in _STREAMS])


def _drawn(plan: _Plan, luck: Luck) -> Roster:
    """The roster of one run."""
    *duty, since = _people(plan, luck)
    # The same rule for all agents: nothing of what was missing is left with those who have always been there.
    factors = plan.at_first * np.exp(since)
    factors += 1
    roster = Roster(plan.agent_team, *duty, *factors)
    for column in vars(roster).values():
        column.flags.writeable = False  # as several runs may get it
    return roster


def _people(plan: _Plan, luck: Luck) -> tuple[np.ndarray, ...]:
    """When who comes on duty or goes, and when who is missed: six columns of a roster.

    And since when each agent has been there, by day: the time over the learning time, negative.
    """
    passes = quick.twins("passes")
    if passes is not None:
        return passes.people(
            luck.root,
            plan.blocks,
            _KEYS,
            plan.team,
            plan.place,
            plan.room,
            plan.absence,
            plan.works,
            plan.day,
            plan.minutes,
            plan.newcomers,
            plan.learning_days,
        )
    each = addresses(luck.blocks(plan.names, plan.blocks.shape[1])[plan.team], plan.place[:, None])
    return *_duty(plan, each), _since(plan, each)


def _duty(plan: _Plan, each: np.ndarray) -> tuple[np.ndarray, ...]:
    """When who comes on duty or goes, and when who is missed: six columns of a roster."""
    planned = plan.room > uniforms(_FRACTION, each)[:, plan.day]
    here = plan.works & (uniforms(_ABSENCE, each) >= plan.absence[:, None])[:, plan.day]
    # Whether an agent is at work, and is missed, in each step; and nothing before the first and after the last one.
    agents, steps = planned.shape
    at_work, missed = state = np.zeros((2, agents, steps + 2), dtype=bool)
    np.logical_and(planned, here, out=at_work[:, 1:-1])
    np.logical_xor(planned, at_work[:, 1:-1], out=missed[:, 1:-1])
    turns = state[:, :, 1:] != state[:, :, :-1]
    # Who is at work at the end of the run does not leave.
    step, agent = np.nonzero(turns[0, :, :-1].T)
    # By agent and time each start of a spell is followed by its end.
    who, turn = np.divmod(np.flatnonzero(turns[1]), steps + 1)
    spell = plan.minutes[turn]
    return (
        plan.minutes[step],
        agent.astype(np.int32),
        at_work[agent, step + 1],
        who[::2].astype(np.int32),
        spell[::2],
        spell[1::2],
    )


def _since(plan: _Plan, each: np.ndarray) -> np.ndarray:
    """Since when each agent has been there, by day: the time over the learning time, negative."""
    first = each[:, 0]
    tenure = uniforms(_TENURE, first) * (2 * plan.learning_days)
    tenure[uniforms(_NEWCOMERS, first) >= plan.newcomers] = np.inf
    return (tenure[:, None] + np.arange(each.shape[1])) / -plan.learning_days[:, None]
