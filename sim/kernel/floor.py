"""Agents and those who wait for them, in the compiled engine.

Agents who are ready for work stand in a list for each team and pattern, the longest unchanged first: they join at its
end, as time only goes forward. So does work that waits: each queue has a line for each segment of customers, in which
all have the same priority and head start; the first of a queue is the first of one of its lines. Nothing here costs
more with more agents or a longer queue.
"""

from __future__ import annotations

from math import nan

import numpy as np

from sim import routing
from sim.kernel.compiled import part, surely
from sim.kernel.row import case_of, channel_of
from sim.kernel.state import NOT_WAITING, ON_THE_LINE, SPELLS, WAITING, Service
from sim.workload import NONE

ELSEWHERE = -2  # where an entry has nobody ahead because it stands in no line


@part
def stands_behind(line: np.record, links: np.ndarray, ahead: int, who: int) -> None:
    """Somebody, or NONE, is the next in a line after this one; after NONE the first."""
    if ahead == NONE:
        line.first = who
    else:
        links[surely(ahead)].behind = who


@part
def stands_before(line: np.record, links: np.ndarray, who: int, behind: int) -> None:
    """Somebody, or NONE, is the next in a line before this one; before NONE the last."""
    if behind == NONE:
        line.last = who
    else:
        links[surely(behind)].ahead = who


@part
def link(line: np.record, links: np.ndarray, who: int, ahead: int, behind: int) -> None:
    """Somebody stands in a line, between these two."""
    links[who].ahead, links[who].behind = ahead, behind
    stands_behind(line, links, ahead, who)
    stands_before(line, links, who, behind)


@part
def unlink(line: np.record, links: np.ndarray, who: int) -> None:
    """Somebody leaves a line."""
    ahead, behind = links[who].ahead, links[who].behind
    stands_behind(line, links, ahead, behind)
    stands_before(line, links, ahead, behind)


@part
def rests(s: Service, agent: int) -> None:
    """Nothing that waits is for this agent, who is ready for what comes if there is room for more."""
    me = s.agents[agent]
    if s.full[me.pattern] or me.is_ready:
        return
    crew = s.crews[me.team, me.pattern]
    # Of those who changed at this same moment the lowest number goes first.
    ahead, behind = crew.last, NONE
    while ahead != NONE and s.agents[surely(ahead)].since == me.since and ahead > agent:
        ahead, behind = s.agents[surely(ahead)].ahead, ahead
    link(crew, s.agents, agent, ahead, behind)
    me.is_ready = True


@part
def is_not_ready(s: Service, agent: int) -> None:
    """The agent leaves the list of those who are ready."""
    me = s.agents[agent]
    if not me.is_ready:
        return
    unlink(s.crews[me.team, me.pattern], s.agents, agent)
    me.is_ready = False


@part
def turns(s: Service, agent: int, pattern: int, now: float) -> None:
    """What an agent has in hand becomes this pattern."""
    is_not_ready(s, agent)
    me = s.agents[agent]
    if me.on_duty:
        s.agents_in[me.team, me.pattern] -= 1
        s.agents_in[me.team, pattern] += 1
        me.since = now
    me.pattern = pattern


@part
def comes_on_duty(s: Service, agent: int, now: float) -> None:
    """An agent can take work from now on."""
    team = s.agents[agent].team
    s.agents[agent].on_duty = True
    s.teams[team].on_duty += 1
    s.agents_in[team, s.agents[agent].pattern] += 1
    s.agents[agent].since = now


@part
def goes_off_duty(s: Service, agent: int) -> None:
    """An agent takes nothing new; what is in hand goes on."""
    team = s.agents[agent].team
    is_not_ready(s, agent)
    s.agents[agent].on_duty = False
    s.teams[team].on_duty -= 1
    s.agents_in[team, s.agents[agent].pattern] -= 1


@part
def goes_home(s: Service, agent: int, now: float) -> None:
    """The spell of duty is over."""
    n = s.tally[SPELLS]
    s.spells[n].agent, s.spells[n].start, s.spells[n].end = agent, s.agents[agent].came_at, now
    s.agents[agent].came_at = nan
    s.tally[SPELLS] = n + 1


@part
def agent_for(s: Service, queue: int, now: float) -> int:
    """The agent who takes arriving work at once, or NONE: of its team the least loaded, then longest unchanged."""
    hold = s.queues[queue].hold
    patterns = s.part_busy[hold, : s.part_busy_count[hold]]
    teams = s.teams_for[queue, : s.queues[queue].teams]
    found = routing.team_for(teams, s.agents_in, patterns, s.reserve, queue)
    if found == NONE:
        return NONE
    team, pattern = surely(found), surely(0)
    if s.agents_in[team, 0] == 0:
        for busy in patterns:
            who = s.crews[team, busy].first
            if who != NONE:
                s.longest_in[busy, 0], s.longest_in[busy, 1] = s.agents[surely(who)].since, who
        pattern = surely(routing.least_loaded(patterns, s.agents_in[team], s.pieces, s.longest_in))
    agent = surely(s.crews[team, pattern].first)
    turns(s, agent, surely(s.hands[pattern, hold].more), now)
    if hold:
        rests(s, agent)  # who has taken one of several at once may have room for another
    return agent


@part
def row_of(s: Service, entry: int) -> int:
    """The row that an entry in a line is for; most have one entry only."""
    return surely(entry if entry < len(s.rows) else entry % len(s.rows))


@part
def goes_first(s: Service, row: int, other: int) -> bool:
    """Whether a row goes before another one of the same line."""
    mine, theirs = s.rows[row].since, s.rows[other].since
    if mine != theirs:
        return mine < theirs
    if case_of(s, row) != case_of(s, other):
        return case_of(s, row) < case_of(s, other)
    return row < other


@part
def stands_in(s: Service, queue: int, entry: int) -> None:
    """Work stands in a queue, behind all but those who came at the same moment and go after it."""
    row = row_of(s, entry)
    line = s.lines[queue, s.work.segment[case_of(s, row)]]
    ahead, behind = line.last, NONE
    while ahead != NONE and goes_first(s, row, row_of(s, ahead)):
        ahead, behind = s.entries[surely(ahead)].ahead, ahead
    s.queues[queue].is_head_known &= ahead != NONE
    link(line, s.entries, entry, ahead, behind)


@part
def stands_no_more_in(s: Service, queue: int, entry: int) -> None:
    """Work leaves a queue."""
    s.queues[queue].is_head_known &= s.entries[entry].ahead != NONE
    unlink(s.lines[queue, s.work.segment[case_of(s, row_of(s, entry))]], s.entries, entry)


@part
def overflow_entry(s: Service, row: int, which: int) -> int:
    """The entry of a row for one of its overflow queues."""
    return surely(row + len(s.rows) * (which + 1))


@part
def find_head(s: Service, queue: int) -> None:
    """Who is first in a queue becomes its head, if that is not known."""
    if s.queues[queue].is_head_known:
        return
    s.queues[queue].is_head_known = True
    head, rival = s.heads[queue], s.heads[len(s.queues)]
    head[3] = NONE
    for which in range(len(s.segments)):
        first = s.lines[queue, which].first
        if first != NONE:
            row, segment = row_of(s, first), s.segments[which]
            rank_first, since_when = segment.priority, s.rows[row].since - segment.head_start
            rival[0] = since_when if s.waiting_first else rank_first
            rival[1] = rank_first if s.waiting_first else since_when
            rival[2], rival[3] = case_of(s, row), row
            if head[3] == NONE or routing.goes_before(rival, 0, head, 0, False):
                head[0], head[1], head[2], head[3] = rival[0], rival[1], rival[2], rival[3]


@part
def joins(s: Service, queue: int, row: int, how: int, now: float) -> None:
    """Work waits for its turn."""
    me = s.rows[row]
    me.since = now
    me.waits = how
    s.tally[WAITING] += 1
    s.queues[queue].waiting_in += 1
    if how == ON_THE_LINE:
        channel = s.channels[channel_of(s, row)]
        link(channel, s.rows, row, channel.last, NONE)
    stands_in(s, queue, row)
    for n in range(s.queues[queue].overflows):
        s.entries[overflow_entry(s, row, n)].ahead = ELSEWHERE


@part
def leaves(s: Service, queue: int, row: int) -> None:
    """Work waits no more."""
    me = s.rows[row]
    if me.waits == ON_THE_LINE:
        unlink(s.channels[channel_of(s, row)], s.rows, row)
    me.waits = NOT_WAITING
    s.tally[WAITING] -= 1
    s.queues[queue].waiting_in -= 1
    stands_no_more_in(s, queue, row)
    for n in range(s.queues[queue].overflows):
        entry = overflow_entry(s, row, n)
        if s.entries[entry].ahead != ELSEWHERE:
            stands_no_more_in(s, s.overflows[queue, n].to, entry)


@part
def on_the_line(s: Service, channel: int) -> int:
    """Rows that wait on the line of a channel are put into `leaving`, in their order; how many there are."""
    row, count = s.channels[channel].last, 0
    while row != NONE:
        place = count
        while place > 0 and s.leaving[place - 1] < row:
            s.leaving[place] = s.leaving[place - 1]
            place -= 1
        s.leaving[place] = row
        row, count = s.rows[surely(row)].ahead, count + 1
    return count


@part
def next_for(s: Service, agent: int) -> int:
    """The row that waits and goes to this agent next, or NONE."""
    pattern = s.agents[agent].pattern
    if s.tally[WAITING] == 0 or s.full[pattern] or not s.agents[agent].on_duty:
        return NONE
    team = s.agents[agent].team
    queues = s.queues_for[team, : s.teams[team].queues]
    for queue in queues:
        find_head(s, queue)
    queue = routing.next_queue(
        queues,
        s.rank[team],
        s.heads,
        s.room[pattern],
        s.reserve[team],
        s.agents_in[team, 0],
        s.preference_first,
    )
    return NONE if queue == NONE else np.int64(s.heads[surely(queue), 3])
