"""Who is at work when: the planned head-count less absence and outages, as comings and goings of single agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.base import Latest
from sim.luck import Luck, addresses, uniforms
from sim.scenario import Scenario
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


class _Plan:
    """What all runs of a scenario share: the planned head-count, constant between some minutes, and whom it takes."""

    def __init__(self, scenario: Scenario) -> None:
        teams = list(scenario.teams.values())
        by_week = np.array([team.head_count for team in teams])
        begins = np.ones((7, MINUTES_A_DAY), dtype=bool)
        begins[:, 1:] = (np.diff(by_week, axis=2) != 0).any(axis=0)
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
        self.team = np.repeat(np.arange(len(sizes)), sizes)
        self.agent_team = self.team.astype(np.int16)
        self.agent_team.flags.writeable = False  # as every run gets it
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.place = place[:, None]
        # By agent and step: an agent with a place below the head-count is planned, one at a fraction on that share of
        # days.
        self.room = count[self.team] - self.place
        self.planned = None if (count % 1).any() else self.room > 0
        absence = np.array([team.absence for team in teams])
        self.absence = absence[self.team][:, None] if absence.any() else None
        self.newcomers = [
            (team.newcomers, np.flatnonzero(self.team == code)) for code, team in enumerate(teams) if team.newcomers
        ]
        # Where nothing is left to chance, all runs have one roster.
        self.is_certain = self.planned is not None and self.absence is None and not self.newcomers
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
    each = addresses(luck.blocks(list(scenario.teams), scenario.days)[plan.team], plan.place)
    planned = plan.planned
    if planned is None:
        planned = plan.room > uniforms("fractional agents", each)[:, plan.day]
    # Whether an agent is at work, and is missed, in each step; and nothing before the first and after the last one.
    agents, steps = planned.shape
    at_work, missed = state = np.zeros((2, agents, steps + 2), dtype=bool)
    here = plan.works
    if plan.absence is not None:
        here = here & (uniforms("absence", each) >= plan.absence)[:, plan.day]
    np.logical_and(planned, here, out=at_work[:, 1:-1])
    np.logical_xor(planned, at_work[:, 1:-1], out=missed[:, 1:-1])
    turns = state[:, :, 1:] != state[:, :, :-1]
    # Who is at work at the end of the run does not leave.
    step, agent = np.nonzero(turns[0, :, :-1].T)
    # By agent and time each start of a spell is followed by its end.
    who, turn = np.divmod(np.flatnonzero(turns[1]), steps + 1)
    spell = plan.minutes[turn]
    handle_factor, solve_factor = _experience(plan, each[:, 0], scenario.days)
    return Roster(
        agent_team=plan.agent_team,
        duty_minutes=plan.minutes[step],
        duty_agent=agent.astype(np.int32),
        duty_on=at_work[agent, step + 1],
        absent_agent=who[::2].astype(np.int32),
        absent_start=spell[::2],
        absent_end=spell[1::2],
        handle_factor=handle_factor,
        solve_factor=solve_factor,
    )


def _experience(plan: _Plan, each: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors on handle time and odds of solving, shape (agents, days) each; 1 for who is no newcomer."""
    handle, solve = np.ones((2, len(each), days))
    for new, mine in plan.newcomers:
        mine = mine[uniforms("newcomers", each[mine]) < new.share]
        if len(mine):
            tenure = uniforms("tenure", each[mine]) * 2 * new.learning_days
            still = np.exp(-(tenure[:, None] + np.arange(days)) / new.learning_days)
            handle[mine] = 1 + (new.handle_factor - 1) * still
            solve[mine] = 1 + (new.solve_factor - 1) * still
    return handle, solve
