"""An onlooker on the floor: reads from a log alone who waited, who had what in hand, and what the rules allowed.

Written from the rules in docs/model.md and not from the code that follows them, so that each can find the other wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np

import sim
from sim.log import Log
from sim.luck import TICKS_A_MINUTE
from sim.workload import ENQUIRY, HANDS_OVER_WITH_CONTEXT


@dataclass(frozen=True)
class Way:
    """How a team may serve some work: the team, the place among its skills, after which wait, with what reserve."""

    team: int
    rank: int
    after: float
    reserve: int


class Watch:
    """What can be seen in a log. Rows are numbered by their place in it."""

    def __init__(self, log: Log) -> None:
        self.log, self.scenario, self.work = log, log.scenario, log.workload
        self.end_of_run = log.scenario.horizon_minutes
        self.case = log.workload.case[log.row]
        self.ended = np.where(np.isnan(log.ended), self.end_of_run, log.ended)
        # When the wait in the queue was over, however it ended.
        self.until = np.where(np.isnan(log.answered), self.ended, log.answered)
        self.queued = ~np.isnan(log.queued)
        self.answered = ~np.isnan(log.answered)
        self.team_of = log.workload.roster.agent_team

    # The work

    def channel(self, place: int) -> str | None:
        """The channel of a contact; None for tasks."""
        code = self.work.channel[self.log.row[place]]
        return list(self.scenario.channels)[code] if code >= 0 else None

    def at_once(self, place: int) -> int:
        """How many pieces of such work an agent can hold."""
        channel = self.channel(place)
        return getattr(self.scenario.channels[channel], "at_once", 1) if channel else 1

    def ways(self, place: int) -> list[Way]:
        """The teams that may serve a row, best first: the higher skill, then the order in the scenario."""
        row = self.log.row[place]
        task = self.scenario.task_names()[self.work.task[row]] if self.work.task[row] >= 0 else None
        channel, kind = self.channel(place), list(self.scenario.case_types)[self.work.type[row]]
        segment = list(self.scenario.segments)[self.work.segment[self.case[place]]]
        found = []
        for team, one in enumerate(self.scenario.teams.values()):
            for rank, skill in enumerate(one.skills):
                if (task and skill.task == task) or (channel and skill.covers(channel, kind, segment)):
                    after = round(skill.after_minutes * TICKS_A_MINUTE) / TICKS_A_MINUTE
                    found.append(Way(team, rank, after, skill.reserve))
                    break
        return sorted(found, key=lambda way: (way.rank, way.team))

    def standing(self, place: int, rank: int) -> tuple[float, ...]:
        """Smaller goes first when an agent chooses, for a team that has this work at this place of its skills."""
        segment = list(self.scenario.segments.values())[self.work.segment[self.case[place]]]
        since = self.log.queued[place] - segment.head_start_minutes
        order = {
            "preference": (rank, segment.priority, since),
            "priority": (segment.priority, rank, since),
            "waiting": (since, rank, segment.priority),
        }[self.scenario.serve_first]
        return (*order, self.case[place])

    # The agents

    @cached_property
    def of_agent(self) -> list[np.ndarray]:
        """Rows that each agent served."""
        return [np.flatnonzero(self.log.agent == agent) for agent in range(len(self.team_of))]

    @cached_property
    def duty(self) -> list[list[tuple[float, float]]]:
        """When each agent may take new work: from, to."""
        found: list[list[tuple[float, float]]] = [[] for _ in self.team_of]
        roster = self.work.roster
        start: dict[int, float] = {}
        for time, agent, on in zip(
            roster.duty_minutes.tolist(), roster.duty_agent.tolist(), roster.duty_on.tolist(), strict=True
        ):
            if on:
                start[agent] = time
            else:
                found[agent].append((start.pop(agent), time))
        for agent, time in start.items():
            found[agent].append((time, inf))
        return found

    def on_duty(self, agent: int, moment: float) -> bool:
        """Whether an agent may take new work, once all is done that happens at this moment."""
        return any(start <= moment < end for start, end in self.duty[agent])

    def in_hand(self, agent: int, moment: float) -> list[int]:
        """What an agent has in hand, once all is done that happens at this moment."""
        mine = self.of_agent[agent]
        return mine[(self.log.answered[mine] <= moment) & (moment < self.ended[mine])].tolist()

    def fits(self, held: list[int]) -> bool:
        """Whether an agent can hold these rows at once."""
        if len(held) < 2:
            return True
        together = len({self.channel(place) for place in held}) == 1 or self.scenario.mix_channels
        return together and sum(1 / self.at_once(place) for place in held) <= 1 + 1e-9

    def team(self, number: int) -> range:
        """The agents of a team."""
        mine = np.flatnonzero(self.team_of == number)
        return range(mine[0], mine[-1] + 1) if len(mine) else range(0)

    def could_take(self, way: Way, place: int, moment: float) -> list[int]:
        """Agents of a team who may take this row, given what they have in hand at this moment."""
        agents = [agent for agent in self.team(way.team) if self.on_duty(agent, moment)]
        held = {agent: self.in_hand(agent, moment) for agent in agents}
        if way.reserve and sum(not held[agent] for agent in agents) <= way.reserve:
            return []
        if way.reserve:
            return [agent for agent in agents if not held[agent]]
        return [agent for agent in agents if self.fits([*held[agent], place])]

    def last_change(self, agent: int, moment: float) -> float:
        """When an agent's hands last changed before this moment, or duty began."""
        mine = self.of_agent[agent]
        times = [*self.log.answered[mine], *self.ended[mine], *(start for start, _ in self.duty[agent])]
        return max(time for time in times if time < moment)

    # Conversations

    def work_of(self, place: int) -> float:
        """Minutes of work that a row asks of the agent who served it."""
        log, row = self.log, self.log.row[place]
        agent = log.agent[place]
        team = list(self.scenario.teams.values())[self.team_of[agent]]
        factor = team.handle_factor * self.work.roster.handle_factor[agent, int(log.answered[place] // 1440)]
        if log.met_bot[place] and self.work.bot_result[row] == HANDS_OVER_WITH_CONTEXT:
            assert self.scenario.bot is not None
            factor *= self.scenario.bot.context_handle_factor
        return self.work.handle_minutes[row] * factor

    def work_done(self, place: int) -> tuple[float, int]:
        """Minutes of work done on a row: the speed added up over time; and over how many pieces of time."""
        channel = self.channel(place)
        speed = getattr(self.scenario.channels[channel], "speed", (1.0,)) if channel else (1.0,)
        mine = self.of_agent[self.log.agent[place]]
        start, end = self.log.answered[place], self.ended[place]
        times = np.concatenate([self.log.answered[mine], self.ended[mine], [start, end]])
        edges = np.unique(times[(times >= start) & (times <= end)])
        held = [
            ((self.log.answered[mine] <= first) & (first < self.ended[mine])).sum() for first in edges[:-1].tolist()
        ]
        done = sum(
            length * speed[min(n, len(speed)) - 1] for length, n in zip(np.diff(edges).tolist(), held, strict=True)
        )
        return done, len(held)

    @cached_property
    def is_contact(self) -> np.ndarray:
        """Whether rows are contacts."""
        return self.work.kind[self.log.row] <= ENQUIRY


def watch(scenario: sim.Scenario, seed: int) -> Watch:
    """The onlooker on a run of this scenario."""
    return Watch(sim.simulate(scenario, seed=seed).log)
