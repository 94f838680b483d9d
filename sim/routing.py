"""Who serves whom: the one rule book.

Two questions decide everything. Work arrives: which team takes it, and which of its agents? An agent has a hand
free: which of the waiting work is next? The answers here are plain functions of sequences of numbers, so that any
engine can ask them. The scenario's names are turned into numbers once, in `Rules`.

Work that every team treats alike waits in one queue, in the order priority, longest waiting (less the head start of
the segment), lowest case number, so an engine only ever compares the heads of queues. Work that other teams may take
only after a while waits, from then on, in a second queue as well, the overflow queue that those teams watch.

What an agent has in hand is a *pattern*: nothing, a call, one chat, two chats. The rule book knows which patterns
there are and which work each has room for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.luck import on_grid
from sim.scenario import DeferredChannel, Scenario
from sim.service import Skill, Team
from sim.workload import NONE

# Which comes first when an agent chooses between queues.
PREFERENCE, PRIORITY, WAITING_TIME = "preference", "priority", "waiting"

# One who waits: priority, time of joining less head start, case number, row. Smaller tuples go first.
Waiting = tuple[float, float, int, int]
NOBODY: Waiting = (0.0, 0.0, NONE, NONE)


@dataclass(frozen=True)
class Rules:
    """A scenario's skills as numbers.

    Attributes
    ----------
    queue_of : list of list of list of int
        Queue of a contact, by case type, channel and segment; one without teams where nobody can serve it.
    task_queue : dict of str to int
        Queue of the work of each back-office step, by its name.
    overflow : list of list of (float, int)
        For each queue the overflow queues that its work joins later: after how many minutes, and which.
    hold : list of int
        For each queue how an agent holds its work: 0 takes the whole agent, others stand for channels of which an
        agent can serve several at once.
    teams_for : list of list of int
        For each queue the teams that watch it: those that rank the skill highest first, then by their order in the
        scenario.
    queues_for : list of list of int
        For each team the queues that it watches, preferred skills first.
    rank : list of list of int
        Place of a queue among a team's skills, by team and queue, 0 is preferred; -1 if it does not watch it.
    reserve : list of list of int
        Free agents that a team keeps back from a queue, by team and queue.
    patterns : list of Pattern
        What an agent can have in hand; pattern 0 is nothing.
    """

    queue_of: list[list[list[int]]]
    task_queue: dict[str, int]
    overflow: list[list[tuple[float, int]]]
    hold: list[int]
    teams_for: list[list[int]]
    queues_for: list[list[int]]
    rank: list[list[int]]
    reserve: list[list[int]]
    patterns: list[Pattern]


@dataclass(frozen=True)
class Pattern:
    """What an agent has in hand.

    Attributes
    ----------
    held : tuple of int
        How many pieces of work of each hold.
    more : list of int
        The pattern with one more of each hold; -1 if there is no room.
    less : list of int
        The pattern with one fewer of each hold; -1 if there is none.
    speed : list of float
        How fast the work of each hold goes on in this pattern; 1 is the speed of an agent who has nothing else.
    """

    held: tuple[int, ...]
    more: list[int]
    less: list[int]
    speed: list[float]

    @property
    def count(self) -> int:
        """Pieces of work in hand."""
        return sum(self.held)


def rules(scenario: Scenario) -> Rules:
    """The rule book of a scenario."""
    several = [
        name for name, way in scenario.channels.items() if not isinstance(way, DeferredChannel) and way.at_once > 1
    ]
    hold_of = {name: number for number, name in enumerate(several, start=1)}
    book = _Book(list(scenario.teams.values()))

    def contacts(case_type: str, channel: str, segment: str) -> Callable[[Skill], bool]:
        return lambda skill: skill.covers(channel, case_type, segment)

    def tasks(task: str) -> Callable[[Skill], bool]:
        return lambda skill: skill.task == task

    queue_of = [
        [
            [book.queue(contacts(case_type, name, segment), hold_of.get(name, 0)) for segment in scenario.segments]
            for name in scenario.channels
        ]
        for case_type in scenario.case_types
    ]
    task_queue = {task: book.queue(tasks(task), 0) for task in scenario.task_names()}
    return book.closed(queue_of, task_queue, _patterns(scenario, several))


# How the teams treat some work: rank, reserve and minutes of waiting, by team; rank -1 for those who cannot do it.
_Treatment = tuple[tuple[int, int, float], ...]


class _Book:
    """Queues as they are found, one for all work that every team treats alike."""

    def __init__(self, teams: list[Team]) -> None:
        self.teams = teams
        self.numbers: dict[tuple[int, _Treatment], int] = {}
        self.watch: list[list[tuple[int, int]]] = []
        self.overflow: list[list[tuple[float, int]]] = []
        self.hold: list[int] = []

    def queue(self, covers: Callable[[Skill], bool], hold: int) -> int:
        """The queue of some work, with its overflow queues, made when it is first met."""
        treatment = tuple(_treatment(team, covers) for team in self.teams)
        if (hold, treatment) not in self.numbers:
            self.numbers[hold, treatment] = number = self._open(treatment, 0.0, hold)
            for after in sorted({after for rank, _, after in treatment if rank != NONE and after > 0}):
                self.overflow[number].append((float(on_grid(np.array(after))), self._open(treatment, after, hold)))
        return self.numbers[hold, treatment]

    def _open(self, treatment: _Treatment, after: float, hold: int) -> int:
        self.watch.append([(rank if then == after else NONE, reserve) for rank, reserve, then in treatment])
        self.overflow.append([])
        self.hold.append(hold)
        return len(self.watch) - 1

    def closed(self, queue_of: list[list[list[int]]], task_queue: dict[str, int], patterns: list[Pattern]) -> Rules:
        """The finished rules."""
        rank = [[watch[team][0] for watch in self.watch] for team in range(len(self.teams))]
        return Rules(
            queue_of=queue_of,
            task_queue=task_queue,
            overflow=self.overflow,
            hold=self.hold,
            teams_for=[_ranked([row[queue] for row in rank]) for queue in range(len(self.watch))],
            queues_for=[_ranked(row) for row in rank],
            rank=rank,
            reserve=[[watch[team][1] for watch in self.watch] for team in range(len(self.teams))],
            patterns=patterns,
        )


def _treatment(team: Team, covers: Callable[[Skill], bool]) -> tuple[int, int, float]:
    for rank, skill in enumerate(team.skills):
        if covers(skill):
            return rank, skill.reserve, skill.after_minutes
    return NONE, 0, 0.0


def _ranked(ranks: Sequence[int]) -> list[int]:
    """Places of the ranks in order; of equal ones the first; those without a rank are left out."""
    return [place for rank, place in sorted((rank, place) for place, rank in enumerate(ranks)) if rank != NONE]


def _patterns(scenario: Scenario, several: list[str]) -> list[Pattern]:
    """Everything an agent can have in hand: one thing that takes all, or several that leave each other room.

    A conversation in a channel of which an agent can serve k at once takes 1/k of the agent. Conversations of
    different channels go together only where the scenario says that agents mix channels.
    """
    ways = [scenario.channels[name] for name in several]
    size = [1] + [way.at_once for way in ways if not isinstance(way, DeferredChannel)]
    curves = [(1.0,)] + [way.speed for way in ways if not isinstance(way, DeferredChannel)]

    def fits(held: tuple[int, ...]) -> bool:
        alone = sum(n > 0 for n in held) <= 1
        return (alone or scenario.mix_channels) and sum(n / k for n, k in zip(held, size, strict=True)) <= 1 + 1e-9

    holds = range(len(size))
    nothing = (0,) * len(size)
    found, numbers = [nothing], {nothing: 0}
    for held in found:
        for hold in holds:
            more = tuple(n + (i == hold) for i, n in enumerate(held))
            if fits(more) and more not in numbers:
                numbers[more] = len(found)
                found.append(more)

    def step(held: tuple[int, ...], hold: int, by: int) -> int:
        return numbers.get(tuple(n + by * (i == hold) for i, n in enumerate(held)), NONE)

    def speed(held: tuple[int, ...], hold: int) -> float:
        return curves[hold][min(max(sum(held), 1), len(curves[hold])) - 1]

    return [
        Pattern(
            held=held,
            more=[step(held, hold, 1) for hold in holds],
            less=[step(held, hold, -1) for hold in holds],
            speed=[speed(held, hold) for hold in holds],
        )
        for held in found
    ]


def team_for(
    teams: Sequence[int],
    agents_in: Sequence[Sequence[int]],
    part_busy: Sequence[int],
    reserve: Sequence[Sequence[int]],
    queue: int,
) -> int:
    """The team that takes arriving work, or -1 if it must wait.

    Parameters
    ----------
    teams : sequence of int
        Teams that watch the work's queue, `Rules.teams_for`.
    agents_in : sequence of sequence of int
        Number of agents who can take work, by team and pattern.
    part_busy : sequence of int
        Patterns, besides that of an idle agent, with room for the work.
    reserve : sequence of sequence of int
        `Rules.reserve`, by team and queue.
    queue : int
    """
    for team in teams:
        kept_back = reserve[team][queue]
        if agents_in[team][0] > kept_back:
            return team
        if kept_back == 0:
            for pattern in part_busy:
                if agents_in[team][pattern] > 0:
                    return team
    return NONE


def next_queue(
    queues: Sequence[int],
    rank: Sequence[int],
    heads: Sequence[Waiting],
    room: Sequence[bool],
    reserve: Sequence[int],
    idle_agents: int,
    preference_first: bool,
) -> int:
    """The queue whose head an agent serves next, or -1 if nothing that waits is for this agent.

    Parameters
    ----------
    queues : sequence of int
        Queues that the team watches, `Rules.queues_for`.
    rank : sequence of int
        The team's rank by queue.
    heads : sequence of Waiting
        The first of those who wait, by queue; `NOBODY` where nobody waits.
    room : sequence of bool
        Whether the agent has room for work of each queue.
    reserve : sequence of int
        Free agents that the team keeps back, by queue.
    idle_agents : int
        Free agents of the team, this one included if there is nothing in hand.
    preference_first : bool
        Whether the team's preference comes before what orders the heads (priority or waiting time).
    """
    chosen = NONE
    for queue in queues:
        nobody = heads[queue][3] == NONE
        if nobody or not room[queue] or (reserve[queue] > 0 and idle_agents <= reserve[queue]):
            continue
        if chosen == NONE or goes_before(heads[queue], rank[queue], heads[chosen], rank[chosen], preference_first):
            chosen = queue
    return chosen


def goes_before(head: Waiting, rank: int, other: Waiting, other_rank: int, preference_first: bool) -> bool:
    """Whether the head of one queue comes before that of another, for a team that ranks their skills so."""
    if preference_first and rank != other_rank:
        return rank < other_rank
    if head[0] != other[0]:
        return head[0] < other[0]
    if rank != other_rank:
        return rank < other_rank
    if head[1] != other[1]:
        return head[1] < other[1]
    return head[3] < other[3] if head[2] == other[2] else head[2] < other[2]


def least_loaded(
    patterns: Sequence[int],
    agents_in: Sequence[int],
    count: Sequence[int],
    longest: Sequence[tuple[float, int]],
) -> int:
    """The pattern whose longest unchanged agent takes arriving work, among agents who have something in hand.

    The agent with least in hand, of equals the one for whom that has been so longest, then the lowest number.

    Parameters
    ----------
    patterns : sequence of int
        Patterns with room for the work, those with fewer pieces first.
    agents_in : sequence of int
        The team's agents who can take work, by pattern.
    count : sequence of int
        Pieces of work in hand, by pattern.
    longest : sequence of (float, int)
        For each pattern with agents: since when the longest unchanged has had it, and who that is.
    """
    chosen = NONE
    for pattern in patterns:
        if agents_in[pattern] == 0:
            continue
        if chosen == NONE:
            chosen = pattern
        elif count[pattern] > count[chosen]:
            break
        elif longest[pattern][0] != longest[chosen][0]:
            if longest[pattern][0] < longest[chosen][0]:
                chosen = pattern
        elif longest[pattern][1] < longest[chosen][1]:
            chosen = pattern
    return chosen
