"""Who is at work when: the planned head-count less absence and outages, as comings and goings of single agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.luck import Luck
from sim.scenario import Scenario
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


def draw_roster(scenario: Scenario, luck: Luck) -> Roster:
    """Draw absence, fractions of agents and tenure, and lay the plan out agent by agent."""
    came: list[tuple[np.ndarray, ...]] = []
    missed: list[tuple[np.ndarray, ...]] = []
    agent_team: list[int] = []
    factors: list[tuple[np.ndarray, np.ndarray]] = []
    down = np.zeros(scenario.days * MINUTES_A_DAY, dtype=bool)
    for event in scenario.events:
        down[event.start_minutes : event.end_minutes] |= event.system_down
    for code, (name, team) in enumerate(scenario.teams.items()):
        plan = team.head_count[scenario.weekdays].ravel()
        size = int(np.ceil(plan.max()))
        # Head-count, absence and outages are constant between these minutes.
        borders = np.concatenate([np.flatnonzero(np.diff(plan)), np.flatnonzero(np.diff(down))]) + 1
        steps = np.union1d(borders, np.arange(0, len(plan), MINUTES_A_DAY))
        day = steps // MINUTES_A_DAY

        def by_day(stream: str, name: str = name, size: int = size) -> np.ndarray:
            return np.array([luck.uniforms(stream, size, block=name, day=d) for d in range(scenario.days)])

        planned = plan[steps][:, None] - np.arange(size) > by_day("fractional agents")[day]
        absent = (by_day("absence") < team.absence)[day] | down[steps][:, None]
        came.append(_changes(steps, planned & ~absent, len(agent_team)))
        missed.append(_changes(steps, planned & absent, len(agent_team)))
        agent_team += [code] * size
        factors.append(_experience(scenario, luck, name, size))
    moment, agent, on = (np.concatenate(column) for column in zip(*came, strict=True))
    order = np.lexsort((agent, moment))
    away, who, starts = (np.concatenate(column) for column in zip(*missed, strict=True))
    # By agent and time starts and ends alternate; a spell that lasts to the end of the run has no end.
    by_agent = np.lexsort((away, who))
    away, who, starts = away[by_agent], who[by_agent], starts[by_agent]
    ends = np.append(away[1:], scenario.horizon_minutes)
    ends[np.append(starts[1:], True)] = scenario.horizon_minutes
    return Roster(
        agent_team=np.array(agent_team, dtype=np.int16),
        duty_minutes=moment[order],
        duty_agent=agent[order].astype(np.int32),
        duty_on=on[order],
        absent_agent=who[starts].astype(np.int32),
        absent_start=away[starts],
        absent_end=ends[starts],
        handle_factor=np.concatenate([handle for handle, _ in factors]),
        solve_factor=np.concatenate([solve for _, solve in factors]),
    )


def _changes(steps: np.ndarray, at_work: np.ndarray, first_agent: int) -> tuple[np.ndarray, ...]:
    """Moments, agents and directions of change in `at_work`, shape (steps, agents)."""
    before = np.vstack([np.zeros(at_work.shape[1], dtype=bool), at_work[:-1]])
    step, agent = np.nonzero(at_work != before)
    return steps[step].astype(float), agent + first_agent, at_work[step, agent]


def _experience(scenario: Scenario, luck: Luck, team: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors on handle time and odds of solving, shape (agents, days) each; 1 for who is no newcomer."""
    new = scenario.teams[team].newcomers
    handle = np.ones((size, scenario.days))
    solve = np.ones((size, scenario.days))
    if new is not None:
        is_new = luck.uniforms("newcomers", size, block=team) < new.share
        tenure = luck.uniforms("tenure", size, block=team) * 2 * new.learning_days
        still = np.exp(-(tenure[:, None] + np.arange(scenario.days)) / new.learning_days) * is_new[:, None]
        handle += (new.handle_factor - 1) * still
        solve += (new.solve_factor - 1) * still
    return handle, solve
