"""Who is at work when: the planned head-count less absence and outages, as comings and goings of single agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.base import Latest
from sim.luck import Luck, addresses, uniforms
from sim.scenario import Scenario
from sim.service import Team
from sim.timetable import MINUTES_A_DAY


@dataclass(frozen=True)
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


class _Plan:
    """The planned head-count of all teams, constant between some minutes, and the agents whom it takes."""

    def __init__(self, scenario: Scenario) -> None:
        by_week = np.array([team.head_count for team in scenario.teams.values()])
        begins = np.ones((7, MINUTES_A_DAY), dtype=bool)
        begins[:, 1:] = (np.diff(by_week, axis=2) != 0).any(axis=0)
        # Every day begins a step too, as the luck of agents changes.
        begins[:, 0] = True
        starts = begins[scenario.weekdays].ravel()
        down = np.zeros(scenario.days * MINUTES_A_DAY, dtype=bool)
        for event in scenario.events:
            down[event.start_minutes : event.end_minutes] |= event.system_down
        starts[1:] |= down[1:] != down[:-1]
        self.steps = np.flatnonzero(starts)
        self.down = down[self.steps]
        self.day, minute = np.divmod(self.steps, MINUTES_A_DAY)
        # Shape (teams, steps).
        self.count = by_week[:, scenario.weekdays[self.day], minute]
        sizes = np.ceil(self.count.max(axis=1)).astype(int)
        self.team = np.repeat(np.arange(len(sizes)), sizes)
        self.place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.has_fractions = bool((self.count % 1).any())
        teams = list(scenario.teams.values())
        # Where nothing is left to chance, all runs have one roster.
        self.is_certain = not self.has_fractions and all(not team.absence and team.newcomers is None for team in teams)
        self.roster: Roster | None = None


# The plans of the last eight scenarios.
_plans: Latest[_Plan] = Latest(lambda _: 1 / 8)


def draw_roster(scenario: Scenario, luck: Luck) -> Roster:
    """Draw absence, fractions of agents and tenure, and lay the plan out agent by agent."""
    parts = (scenario.days, scenario.first_day, tuple(scenario.teams), scenario.events, scenario.teams)
    plan = _plans.get(parts, lambda: _Plan(scenario))
    if not plan.is_certain:
        return _drawn(scenario, luck, plan)
    if plan.roster is None:
        roster = _drawn(scenario, luck, plan)
        for column in vars(roster).values():
            column.flags.writeable = False  # as every run gets this one
        plan.roster = roster
    return plan.roster


def _drawn(scenario: Scenario, luck: Luck, plan: _Plan) -> Roster:
    """The roster of one run."""
    teams = list(scenario.teams.values())
    each = addresses(luck.blocks(list(scenario.teams), scenario.days)[plan.team], plan.place[:, None])
    # By agent and step: an agent with a place below the head-count is planned, one at a fraction on that share of days.
    room = plan.count[plan.team] - plan.place[:, None]
    planned = room > (uniforms("fractional agents", each)[:, plan.day] if plan.has_fractions else 0)
    odds = np.array([team.absence for team in teams])
    absent = np.broadcast_to(plan.down, planned.shape)
    if odds.any():
        absent = absent | (uniforms("absence", each) < odds[plan.team][:, None])[:, plan.day]
    at_work = planned & ~absent
    step, agent = np.nonzero(_changes(at_work).T)
    who, away = np.nonzero(_changes(planned & absent))
    # By agent and time starts and ends alternate; a spell that lasts to the end of the run has no end.
    starts = (planned & absent)[who, away]
    ends = np.append(plan.steps[away[1:]], 0).astype(float)[: len(who)]
    ends[np.append(starts[1:], True)[: len(who)]] = scenario.horizon_minutes
    handle_factor, solve_factor = _experience(teams, plan, each[:, 0], scenario.days)
    return Roster(
        agent_team=plan.team.astype(np.int16),
        duty_minutes=plan.steps[step].astype(float),
        duty_agent=agent.astype(np.int32),
        duty_on=at_work[agent, step],
        absent_agent=who[starts].astype(np.int32),
        absent_start=plan.steps[away[starts]].astype(float),
        absent_end=ends[starts],
        handle_factor=handle_factor,
        solve_factor=solve_factor,
    )


def _changes(by_step: np.ndarray) -> np.ndarray:
    """Where each agent's row changes; nothing holds before the first step."""
    changes = by_step.copy()
    changes[:, 1:] ^= by_step[:, :-1]
    return changes


def _experience(teams: list[Team], plan: _Plan, each: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors on handle time and odds of solving, shape (agents, days) each; 1 for who is no newcomer."""
    handle, solve = np.ones((2, len(each), days))
    for code, team in enumerate(teams):
        new = team.newcomers
        if new is not None:
            mine = np.flatnonzero(plan.team == code)
            mine = mine[uniforms("newcomers", each[mine]) < new.share]
            tenure = uniforms("tenure", each[mine]) * 2 * new.learning_days
            still = np.exp(-(tenure[:, None] + np.arange(days)) / new.learning_days)
            handle[mine] += (new.handle_factor - 1) * still
            solve[mine] += (new.solve_factor - 1) * still
    return handle, solve
