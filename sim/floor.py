"""The service floor: who is at work, what each agent has in hand, who waits, and who serves whom next.

The floor keeps the state that the rule book is asked about. It knows agents and queues but no customers: the model
tells it that work arrives or is done, and learns which agent takes it. Nothing here costs more with more agents or
a longer queue than a step in a heap.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import nan
from typing import Any

from sim import outcomes, routing
from sim.routing import Rules
from sim.workload import NONE


class Agent:
    """Who serves: a member of a team with something in hand, a pattern, which last changed at a time (nan off duty).

    `crew` has the number of the team's agents on duty by what they have in hand.
    """

    __slots__ = ("crew", "on_duty", "pattern", "since", "team")

    def __init__(self, team: int, crew: list[int]) -> None:
        self.team, self.crew = team, crew
        self.pattern, self.on_duty, self.since = 0, False, nan

    def turns(self, pattern: int, now: float) -> None:
        """What is in hand changes."""
        if self.on_duty:
            self.crew[self.pattern] -= 1
            self.crew[pattern] += 1
            self.since = now
        self.pattern = pattern


class Floor:
    """Agents and queues during a run.

    Parameters
    ----------
    rules : Rules
    team_of : list of int
        Team of each agent.
    preference_first : bool
        Whether a team's preference comes before priority or waiting time.
    """

    def __init__(self, rules: Rules, team_of: list[int], preference_first: bool) -> None:
        self.rules, self.preference_first = rules, preference_first
        self.queues: list[list[routing.Waiting]] = [[] for _ in rules.hold]
        self.waits: dict[int, Any] = {}
        self.waiting_in = [0] * len(rules.hold)

        self.queues_for, self.rank, self.reserve = rules.queues_for, rules.rank, rules.reserve
        self.teams_for, self.hold = rules.teams_for, rules.hold
        teams, patterns = len(rules.queues_for), rules.patterns
        self.agents_on_duty = [0] * teams
        self.agents_in = [[0] * len(patterns) for _ in range(teams)]
        self.agents = [Agent(team, self.agents_in[team]) for team in team_of]
        self._ready: list[list[list[tuple[float, int]]]] = [[[] for _ in patterns] for _ in range(teams)]
        holds = range(len(patterns[0].more))
        # An idle agent, pattern 0, has room for everything. Of the others the least loaded come first: patterns are
        # found in the order of their number of pieces.
        self._part_busy = [
            [n for n, pattern in enumerate(patterns) if n and pattern.more[hold] != NONE] for hold in holds
        ]
        self._room = [[pattern.more[hold] != NONE for hold in rules.hold] for pattern in patterns]
        self.more, self.less = [pattern.more for pattern in patterns], [pattern.less for pattern in patterns]
        self.full = [not any(room) for room in self._room]
        self._count = [pattern.count for pattern in patterns]
        self._longest_in = [(nan, NONE)] * len(patterns)
        self._heads = [routing.NOBODY] * len(rules.hold)

    # Work

    def agent_for(self, queue: int, now: float) -> int:
        """The agent who takes arriving work at once, or NONE: of its team the least loaded, then longest unchanged."""
        hold = self.hold[queue]
        team = routing.team_for(self.teams_for[queue], self.agents_in, self._part_busy[hold], self.reserve, queue)
        if team == NONE:
            return NONE
        agents_in, pattern = self.agents_in[team], 0
        if agents_in[0] == 0:
            for pattern in self._part_busy[hold]:
                if agents_in[pattern]:
                    self._longest_in[pattern] = self._longest(team, pattern)
            pattern = routing.least_loaded(self._part_busy[hold], agents_in, self._count, self._longest_in)
        number = self._longest(team, pattern)[1]
        agent = self.agents[number]
        agent.turns(self.more[agent.pattern][hold], now)
        if hold and not self.full[agent.pattern]:  # who has taken one of several at once may have room for another
            heappush(self._ready[team][agent.pattern], (now, number))
        return number

    def joins(self, queue: int, place: routing.Waiting, turn: Any) -> None:
        """Work waits for its turn."""
        heappush(self.queues[queue], place)
        self.waits[place[3]] = turn
        self.waiting_in[queue] += 1

    def overflows(self, queue: int, place: routing.Waiting) -> None:
        """Work that waits stands in an overflow queue as well."""
        heappush(self.queues[queue], place)

    def leaves(self, queue: int, row: int) -> Any:
        """Work waits no more. Returns its turn, or None if it did not wait."""
        turn = self.waits.pop(row, None)
        if turn is not None:
            self.waiting_in[queue] -= 1
        return turn

    def next_for(self, number: int, now: float) -> int:
        """The row that waits and goes to this agent now, or NONE: who has room is then ready for what comes."""
        agent = self.agents[number]
        if self.full[agent.pattern] or not agent.on_duty:
            return NONE
        if self.waits:
            queue = self._next_queue(agent.team, agent.pattern)
            if queue != NONE:
                agent.turns(self.more[agent.pattern][self.hold[queue]], now)
                return self.queues[queue][0][3]
        heappush(self._ready[agent.team][agent.pattern], (agent.since, number))
        return NONE

    def _next_queue(self, team: int, pattern: int) -> int:
        """The queue whose head goes to an agent of this team with this in hand, or NONE."""
        queues = self.queues_for[team]
        for queue in queues:
            # Those who wait no more stay in a queue until they come to its head.
            line = self.queues[queue]
            while line and line[0][3] not in self.waits:
                heappop(line)
            self._heads[queue] = line[0] if line else routing.NOBODY
        return routing.next_queue(
            queues,
            self.rank[team],
            self._heads,
            self._room[pattern],
            self.reserve[team],
            self.agents_in[team][0],
            self.preference_first,
        )

    # Agents

    def lets_go(self, number: int, queue: int, now: float) -> None:
        """An agent is done with a piece of work of this queue."""
        agent = self.agents[number]
        agent.turns(self.less[agent.pattern][self.hold[queue]], now)

    def comes_on_duty(self, number: int, now: float) -> None:
        """An agent can take work from now on."""
        agent = self.agents[number]
        agent.on_duty, agent.since = True, now
        agent.crew[agent.pattern] += 1
        self.agents_on_duty[agent.team] += 1

    def goes_off_duty(self, number: int) -> None:
        """An agent takes nothing new; what is in hand goes on."""
        agent = self.agents[number]
        agent.on_duty, agent.since = False, nan
        agent.crew[agent.pattern] -= 1
        self.agents_on_duty[agent.team] -= 1

    def busy_share(self, team: int) -> float:
        """Share of the team's agents who have something in hand."""
        return outcomes.busy_share(self.agents_in[team][0], self.agents_on_duty[team])

    def _longest(self, team: int, pattern: int) -> tuple[float, int]:
        """Of the agents with this in hand, the one for whom that has been so longest, then the lowest number."""
        ready = self._ready[team][pattern]
        while (agent := self.agents[ready[0][1]]).since != ready[0][0] or agent.pattern != pattern:
            heappop(ready)
        return ready[0]
