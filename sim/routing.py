"""Who serves whom: the one rule book.

Two questions decide everything. A contact arrives: which team takes it? An agent becomes free: which of the
waiting contacts is next? The answers here are plain functions of sequences of numbers, so that any engine can
ask them. The scenario's names are turned into numbers once, in `Rules`.

Contacts that every team ranks alike wait in one queue, in the order priority, longest waiting (less the head
start of their segment), lowest case number. An engine therefore only ever compares the heads of queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.scenario import Scenario

NONE = -1

# One who waits: priority, time of joining less head start, case number, contact. Smaller tuples go first.
Waiting = tuple[int, float, int, int]


@dataclass(frozen=True)
class Rules:
    """A scenario's skills as numbers.

    Attributes
    ----------
    queue_of : list of list of int
        Queue of a contact, by case type and channel; -1 where nobody of that type comes that way.
    teams_for : list of list of int
        For each queue the teams that can serve it: those that rank the skill highest first, then by their order
        in the scenario.
    queues_for : list of list of int
        For each team the queues that it can serve, preferred skills first.
    rank : list of list of int
        Place of a queue among a team's skills, by team and queue, 0 is preferred; -1 if it cannot serve it.
    """

    queue_of: list[list[int]]
    teams_for: list[list[int]]
    queues_for: list[list[int]]
    rank: list[list[int]]


def rules(scenario: Scenario) -> Rules:
    """The rule book of a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Rules
    """
    teams = list(scenario.teams.values())
    queues: dict[tuple[int, ...], int] = {}
    queue_of = []
    for type_name, case_type in scenario.case_types.items():
        row = []
        for channel in scenario.channels:
            ranks = tuple(
                next(
                    (place for place, skill in enumerate(team.skills) if skill.covers(channel, type_name)),
                    NONE,
                )
                for team in teams
            )
            comes = case_type.channels.get(channel, 0) > 0
            row.append(queues.setdefault(ranks, len(queues)) if comes else NONE)
        queue_of.append(row)
    rank = [[ranks[team] for ranks in queues] for team in range(len(teams))]
    return Rules(
        queue_of=queue_of,
        teams_for=[_ranked([row[queue] for row in rank]) for queue in range(len(queues))],
        queues_for=[_ranked(row) for row in rank],
        rank=rank,
    )


def _ranked(ranks: Sequence[int]) -> list[int]:
    """Places of the ranks in order; of equal ones the first; those without a rank are left out."""
    return [place for rank, place in sorted((rank, place) for place, rank in enumerate(ranks)) if rank != NONE]


def team_for(teams: Sequence[int], idle_agents: Sequence[int]) -> int:
    """The team that takes an arriving contact, or -1 if it must wait.

    Parameters
    ----------
    teams : sequence of int
        Teams that can serve it, `Rules.teams_for` of its queue.
    idle_agents : sequence of int
        Number of idle agents by team.
    """
    for team in teams:
        if idle_agents[team] > 0:
            return team
    return NONE


def next_queue(queues: Sequence[int], rank: Sequence[int], waiting: Sequence[Sequence[Waiting]]) -> int:
    """The queue whose head a free agent serves next, or -1 if nobody waits for this team.

    Parameters
    ----------
    queues : sequence of int
        Queues that the team can serve, `Rules.queues_for` of the team.
    rank : sequence of int
        The team's rank by queue, `Rules.rank` of the team.
    waiting : sequence of sequence of Waiting
        Those who wait, by queue; the first of each is its head.
    """
    chosen = NONE
    for queue in queues:
        if waiting[queue]:
            if chosen == NONE:
                chosen = queue
            elif rank[queue] > rank[chosen]:
                break
            elif waiting[queue][0] < waiting[chosen][0]:
                chosen = queue
    return chosen
