"""The life of a case, compiled: one loop over events, and what each means to the customer.

`sim.model` tells the same life as a story, customer by customer. Here it is told from the calendar: something happens
to somebody, and what follows at that moment is done before the next event is looked at. Names are the same.

Agents who are ready for work stand in a list for each team and pattern, the longest unchanged first: they join at its
end, as time only goes forward. So does work that waits: each queue has a line for each segment of customers, in which
all have the same priority and head start; the first of a queue is the first of one of its lines. Nothing here costs
more with more agents or a longer queue.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isnan, nan

import numpy as np
from numba import njit

from sim import bookings, order, outcomes, routing
from sim.kernel.calendar import SOON, add, drop_first
from sim.kernel.compiled import AS_ONE, fingerprint, part, surely
from sim.kernel.state import (
    BEGUN,
    BOT_OPEN,
    BOT_SESSIONS,
    NOT_WAITING,
    OFF_THE_LINE,
    ON_THE_LINE,
    SPELLS,
    WAITING,
    Service,
)
from sim.log import BOOKED, CALLED_BACK, GIVEN_UP, IN_SERVICE, SOLVED, WITH_BOT
from sim.log import WAITING as STILL_WAITING
from sim.order import (
    CASE_APPEARS,
    CUSTOMER_RETURNS,
    HAND_OVER,
    OVERFLOWS,
    PATIENCE_ENDS,
    SERVICE_ENDS,
    STEP_ENDS,
    TIMETABLE,
)
from sim.plan import BOT_COMES, BOT_GOES, CLOSES, COMES_ON_DUTY, GOES_OFF_DUTY, OPENS
from sim.timetable import MINUTES_A_DAY
from sim.workload import (
    ABANDONED,
    ATTEMPT,
    BLOCKED,
    CONTAINED,
    CONTAINS,
    ENQUIRY,
    FOLLOW_UP_CALL,
    HANDS_OVER_WITH_CONTEXT,
    LEFT_BOT,
    LOSES,
    NONE,
    SEEMS_TO_CONTAIN,
    SERVED,
    STEP,
    TURNED_AWAY,
)

ELSEWHERE = -2  # where an entry has nobody ahead because it stands in no line
ROW = (1 << 40) - 1  # the part of an event's place that holds the row

# What may happen to a row next.
(
    NOTHING,
    CALLS,
    IS_THERE,
    WANTS_A_PERSON,
    IS_OFFERED,
    OVERFLOWS_NOW,
    IS_ANSWERED,
    IS_SERVED,
    IS_OVER,
    BACK_OFFICE,
    FIRST_STEP,
    NEXT_STEP,
    BOOKS,
) = range(13)


@part
def later(s: Service, now: float, delay: float, place: int) -> None:
    """Something will happen after a delay, unless the run ends before; its place is its kind and row."""
    if now + delay < s.horizon:
        add(s.calendar, now + delay, place)


@part
def begins(s: Service, row: int, now: float) -> None:
    """A contact, a step or a call begins."""
    at = surely(s.tally[BEGUN])
    s.tally[BEGUN] = at + 1
    told, me = s.told, s.rows[row]
    me.told_at, me.called_back, me.waits = at, False, NOT_WAITING
    s.has_begun[row] = True
    told.row[at], told.arrived[at] = row, now
    told.booked[at] = told.queued[at] = told.answered[at] = told.ended[at] = nan
    told.agent[at], told.outcome[at] = NONE, WITH_BOT
    told.solved[at] = told.met_bot[at] = False


@part
def case_of(s: Service, row: int) -> int:
    """The case to which a row belongs."""
    return surely(s.work.case[row])


@part
def channel_of(s: Service, row: int) -> int:
    """The channel of a contact."""
    return surely(s.work.channel[row])


@part
def queue_of(s: Service, row: int) -> int:
    """The queue in which a row waits, if it must."""
    if s.work.channel[row] == NONE:
        return surely(s.task_queue[surely(s.work.task[row])])
    return surely(s.queue_of[s.work.type[row], channel_of(s, row), s.work.segment[case_of(s, row)]])


@part
def solve_odds(s: Service, row: int) -> float:
    """The odds that a conversation with an ordinary agent helps."""
    if s.work.channel[row] == NONE:
        return s.follow_up_odds
    return s.odds[s.work.type[row], channel_of(s, row)]


@part
def ends(s: Service, row: int, outcome: int, now: float) -> None:
    """The contact, the step or the call is over."""
    at = s.rows[row].told_at
    s.told.ended[at], s.told.outcome[at] = now, outcome


@part
def close(s: Service, case: int, state: int, now: float) -> None:
    """The case ends here."""
    s.closed[case], s.state[case] = now, state


# Agents


@part
def rests(s: Service, agent: int) -> None:
    """Nothing that waits is for this agent, who is ready for what comes if there is room for more."""
    me = s.agents[agent]
    if s.full[me.pattern] or me.is_ready:
        return
    crew = s.crews[me.team, me.pattern]
    # Of those who changed at this same moment the lowest number goes first.
    ahead, behind = crew.latest, NONE
    while ahead != NONE and s.agents[surely(ahead)].since == me.since and ahead > agent:
        ahead, behind = s.agents[surely(ahead)].ahead, ahead
    me.ahead, me.behind = ahead, behind
    if ahead == NONE:
        crew.longest = agent
    else:
        s.agents[surely(ahead)].behind = agent
    if behind == NONE:
        crew.latest = agent
    else:
        s.agents[surely(behind)].ahead = agent
    me.is_ready = True


@part
def is_not_ready(s: Service, agent: int) -> None:
    """The agent leaves the list of those who are ready."""
    me = s.agents[agent]
    if not me.is_ready:
        return
    crew, ahead, behind = s.crews[me.team, me.pattern], me.ahead, me.behind
    if ahead == NONE:
        crew.longest = behind
    else:
        s.agents[surely(ahead)].behind = behind
    if behind == NONE:
        crew.latest = ahead
    else:
        s.agents[surely(behind)].ahead = ahead
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
            who = s.crews[team, busy].longest
            if who != NONE:
                s.longest_in[busy, 0], s.longest_in[busy, 1] = s.agents[surely(who)].since, who
        pattern = surely(routing.least_loaded(patterns, s.agents_in[team], s.pieces, s.longest_in))
    agent = surely(s.crews[team, pattern].longest)
    turns(s, agent, surely(s.hands[pattern, hold].more), now)
    if hold:
        rests(s, agent)  # who has taken one of several at once may have room for another
    return agent


# Queues


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
    s.entries[entry].ahead, s.entries[entry].behind = ahead, behind
    if ahead == NONE:
        line.first = entry
    else:
        s.entries[surely(ahead)].behind = entry
    if behind == NONE:
        line.last = entry
    else:
        s.entries[surely(behind)].ahead = entry


@part
def stands_no_more_in(s: Service, queue: int, entry: int) -> None:
    """Work leaves a queue."""
    line = s.lines[queue, s.work.segment[case_of(s, row_of(s, entry))]]
    ahead, behind = s.entries[entry].ahead, s.entries[entry].behind
    if ahead == NONE:
        line.first = behind
    else:
        s.entries[surely(ahead)].behind = behind
    if behind == NONE:
        line.last = ahead
    else:
        s.entries[surely(behind)].ahead = ahead


@part
def overflow_entry(s: Service, row: int, which: int) -> int:
    """The entry of a row for one of its overflow queues."""
    return surely(row + len(s.rows) * (which + 1))


@part
def find_head(s: Service, queue: int) -> None:
    """Who is first in a queue becomes its head."""
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
        me.caller_before, me.caller_after = channel.last_caller, NONE
        if channel.last_caller != NONE:
            s.rows[surely(channel.last_caller)].caller_after = row
        channel.last_caller = row
    stands_in(s, queue, row)
    for n in range(s.queues[queue].overflows):
        s.entries[overflow_entry(s, row, n)].ahead = ELSEWHERE


@part
def leaves(s: Service, queue: int, row: int) -> None:
    """Work waits no more."""
    me = s.rows[row]
    if me.waits == ON_THE_LINE:
        if me.caller_before != NONE:
            s.rows[surely(me.caller_before)].caller_after = me.caller_after
        if me.caller_after == NONE:
            s.channels[channel_of(s, row)].last_caller = me.caller_before
        else:
            s.rows[surely(me.caller_after)].caller_before = me.caller_before
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
    row, count = s.channels[channel].last_caller, 0
    while row != NONE:
        place = count
        while place > 0 and s.leaving[place - 1] < row:
            s.leaving[place] = s.leaving[place - 1]
            place -= 1
        s.leaving[place] = row
        row, count = s.rows[surely(row)].caller_before, count + 1
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


# Conversations


@part
def factors(s: Service, row: int, agent: int, now: float) -> tuple[float, float]:
    """What team, experience, pressure and the bot's hand-over make of the handle time and the odds of solving."""
    team = s.agents[agent].team
    day = surely(now / MINUTES_A_DAY)  # times are on a grid so wide that this is never rounded up to a whole number
    longer, surer = outcomes.factors(
        s.teams[team].handle_factor,
        s.teams[team].solve_factor,
        s.experience[agent, day],
        s.sureness[agent, day],
        s.teams[team].solve_drop,
        outcomes.busy_share(s.agents_in[team, 0], s.teams[team].on_duty),
    )
    if s.work.bot_result[row] == HANDS_OVER_WITH_CONTEXT and s.told.met_bot[s.rows[row].told_at]:
        longer, surer = longer * s.context_handle, surer * s.context_solve
    return longer, surer


@part
def work_goes_on(s: Service, agent: int, now: float) -> None:
    """The work that is left of each conversation is brought up to date."""
    for n in range(s.agents[agent].talks):
        minutes = now - s.talks[agent, n].since
        s.talks[agent, n].left = outcomes.work_left(s.talks[agent, n].left, minutes, s.talks[agent, n].speed)


@part
def shares_attention(s: Service, agent: int, now: float) -> None:
    """Each conversation goes on at the speed of their number; the one that ends first is noted.

    When one ends, the ends of all others move: so only the first needs a place in the calendar.
    """
    pattern, soonest, who = s.agents[agent].pattern, inf, NONE
    for n in range(s.agents[agent].talks):
        row = s.talks[agent, n].row
        speed = s.hands[pattern, s.queues[s.rows[row].queue].hold].speed
        s.talks[agent, n].since, s.talks[agent, n].speed = now, speed
        minutes = outcomes.minutes_left(s.talks[agent, n].left, speed)
        if minutes < soonest or (minutes == soonest and row < who):
            soonest, who = minutes, row
    s.agents[agent].next_end, s.agents[agent].next_to_end = now + soonest, who
    if who != NONE:
        later(s, now, soonest, SERVICE_ENDS | surely(who))


@part
def leaves_talks(s: Service, row: int, agent: int, now: float) -> None:
    """One conversation fewer shares the agent's attention."""
    n = 0
    while s.talks[agent, n].row != row:
        n += 1
    last = s.agents[agent].talks - 1
    s.talks[agent, n].row, s.talks[agent, n].left = s.talks[agent, last].row, s.talks[agent, last].left
    s.talks[agent, n].since, s.talks[agent, n].speed = s.talks[agent, last].since, s.talks[agent, last].speed
    s.agents[agent].talks = last
    work_goes_on(s, agent, now)
    shares_attention(s, agent, now)


@part
def is_answered(s: Service, row: int, now: float) -> int:
    """Talk and wrap-up, or a task, begins."""
    me = s.rows[row]
    agent, minutes, at = me.agent, s.work.handle_minutes[row], me.told_at
    s.told.answered[at], s.told.agent[at], s.told.outcome[at] = now, agent, IN_SERVICE
    me.odds_factor = 1.0
    if s.told.met_bot[at] or not s.teams[s.agents[agent].team].is_plain:
        longer, surer = factors(s, row, agent, now)
        me.odds_factor = surer
        minutes = order.on_grid(minutes * longer)
    if s.queues[me.queue].hold == 0:
        later(s, now, minutes, SERVICE_ENDS | row)
    else:
        n = s.agents[agent].talks
        work_goes_on(s, agent, now)
        s.talks[agent, n].row, s.talks[agent, n].left = row, minutes
        s.agents[agent].talks = n + 1
        shares_attention(s, agent, now)
    return NOTHING


@part
def is_stale(s: Service, row: int, now: float) -> bool:
    """Whether this end of a conversation among several has been moved since it was foreseen."""
    agent = s.rows[row].agent
    among_several = s.queues[s.rows[row].queue].hold != 0
    return among_several and (s.agents[agent].next_to_end != row or s.agents[agent].next_end != now)


@part
def service_ends(s: Service, row: int, now: float) -> None:
    """The agent is done with it and has a hand free."""
    me = s.rows[row]
    agent, hold = me.agent, s.queues[me.queue].hold
    ends(s, row, SERVED, now)
    if s.work.kind[row] <= ENQUIRY:
        s.told.solved[me.told_at] = outcomes.solves(s.work.solve_draw[row], solve_odds(s, row), me.odds_factor)
    turns(s, agent, surely(s.hands[s.agents[agent].pattern, hold].less), now)
    if hold:
        leaves_talks(s, row, agent, now)


@part
def looks_for_work(s: Service, agent: int, now: float) -> int:
    """Of what waits the row that an agent with a hand free takes; without any, NONE: who rests or goes home."""
    found = next_for(s, agent)
    if found != NONE:
        row = surely(found)
        queue = s.rows[row].queue
        turns(s, agent, surely(s.hands[s.agents[agent].pattern, s.queues[queue].hold].more), now)
        leaves(s, queue, row)
        s.rows[row].agent = agent
    elif s.agents[agent].on_duty:
        rests(s, agent)
    elif s.agents[agent].pattern == 0:
        goes_home(s, agent, now)
    return found


# The journey: each part says what happens to the row next, at this same moment


@part
def over(s: Service, row: int, outcome: int, now: float) -> int:
    """The attempt ends here, without an agent."""
    ends(s, row, outcome, now)
    return IS_OVER


@part
def asks_for_help(s: Service, case: int, now: float) -> int:
    """A customer appears, and tries self-service or calls."""
    if isnan(s.work.self_service_minutes[case]):
        return CALLS
    later(s, now, s.work.self_service_minutes[case], HAND_OVER | case)
    return NOTHING


@part
def calls(s: Service, row: int, now: float) -> int:
    """One attempt to be helped, through one channel, begins."""
    begins(s, row, now)
    return BOOKS if s.channels[channel_of(s, row)].booked_by else IS_THERE


@part
def is_there(s: Service, row: int, now: float) -> int:
    """The customer is on the line, or at the door: the bot first, where there is one."""
    if s.work.bot_result[row] == NONE or not s.tally[BOT_OPEN] or s.tally[BOT_SESSIONS] == 0:
        return WANTS_A_PERSON
    s.tally[BOT_SESSIONS] -= 1
    s.told.met_bot[s.rows[row].told_at] = True
    later(s, now, s.work.bot_minutes[row], HAND_OVER | row)
    return NOTHING


@part
def bot_hands_over(s: Service, row: int, now: float) -> int:
    """The session with the bot is over."""
    s.tally[BOT_SESSIONS] += 1
    result = s.work.bot_result[row]
    if result == CONTAINS or result == SEEMS_TO_CONTAIN:
        s.told.solved[s.rows[row].told_at] = result == CONTAINS
        return over(s, row, CONTAINED, now)
    return over(s, row, LEFT_BOT, now) if result == LOSES else WANTS_A_PERSON


@part
def wants_a_person(s: Service, row: int, now: float) -> int:
    """Onto the line, if it is open and not full."""
    channel = channel_of(s, row)
    if not s.channels[channel].is_open:
        return over(s, row, TURNED_AWAY, now)
    if s.channels[channel].lines_free == 0:
        return over(s, row, BLOCKED, now)
    s.channels[channel].lines_free -= 1
    return IS_OFFERED


@part
def is_offered_a_callback(s: Service, queue: int, channel: int) -> bool:
    """Whether the wait would be so long that a callback is offered."""
    if s.channels[channel].callback_limit == inf:
        return False
    agents = 0
    for team in s.teams_for[queue, : s.queues[queue].teams]:
        agents += s.teams[team].on_duty
    return outcomes.wait_is_long(
        s.queues[queue].waiting_in, s.channels[channel].mean_handle, agents, s.channels[channel].callback_limit
    )


@part
def joins_queue(s: Service, row: int, queue: int, now: float) -> None:
    """Waits until an agent comes; a customer on the line, until it is closed or patience ends."""
    how = OFF_THE_LINE
    if s.work.channel[row] != NONE:
        how, channel = ON_THE_LINE, channel_of(s, row)
        if s.work.accepts_callback[row] and is_offered_a_callback(s, queue, channel):
            how, s.rows[row].called_back = OFF_THE_LINE, True
            s.channels[channel].lines_free += 1
    joins(s, queue, row, how, now)
    if how == ON_THE_LINE:
        later(s, now, s.work.patience_minutes[row], PATIENCE_ENDS | row)
    for n in range(s.queues[queue].overflows):
        later(s, now, s.overflows[queue, n].after, OVERFLOWS | row)


@part
def is_offered(s: Service, act: int, row: int, now: float) -> int:
    """An agent at once, or the queue; `act` says whether this is work that has waited long, for other teams."""
    n, me = 0, s.rows[row]
    if act == OVERFLOWS_NOW:
        queue = me.queue
        while s.told.queued[me.told_at] + s.overflows[queue, n].after != now:
            n += 1
        overflow = s.overflows[queue, n].to
    else:
        queue = overflow = queue_of(s, row)
        s.told.queued[me.told_at], s.told.outcome[me.told_at], me.queue = now, STILL_WAITING, queue
    agent = agent_for(s, overflow, now)
    if agent != NONE:
        if act == OVERFLOWS_NOW:
            leaves(s, queue, row)
        me.agent = agent
        return IS_ANSWERED
    if act == OVERFLOWS_NOW:
        stands_in(s, overflow, overflow_entry(s, row, n))
    else:
        joins_queue(s, row, queue, now)
    return NOTHING


@part
def wait_ends_in_vain(s: Service, row: int, outcome: int, now: float) -> int:
    """The customer hangs up, or the line is closed."""
    leaves(s, s.rows[row].queue, row)
    s.channels[channel_of(s, row)].lines_free += 1
    return over(s, row, outcome, now)


@part
def asks_again(s: Service, case: int, row: int, now: float) -> None:
    """A customer who hears nothing will ask: where is my refund?"""
    if row < s.work.first_enquiry[case] + s.work.enquiries[case]:
        later(s, now, s.work.before_minutes[row], CUSTOMER_RETURNS | row)


@part
def next_opening(s: Service, channel: int, now: float) -> float:
    """When the channel opens again."""
    times = s.opens_at[channel, : s.channels[channel].openings]
    place = order.first_from(times, now)
    return times[place] if place < len(times) else inf


@part
def delay_after(s: Service, outcome: int, row: int) -> float:
    """How long after such an end of an attempt the customer tries again; infinite for never."""
    rule = s.work.delay_row[surely(outcome)]
    return inf if rule == NONE else s.work.delay_minutes[surely(rule), row]


@part
def is_over(s: Service, row: int, now: float) -> int:
    """What follows an attempt, or a question how the case is going."""
    case, at = case_of(s, row), s.rows[row].told_at
    if s.work.kind[row] == ENQUIRY:
        asks_again(s, case, surely(row + 1), now)
        return NOTHING
    # After a callback all goes on as usual.
    outcome = SERVED if s.told.outcome[at] == CALLED_BACK else s.told.outcome[at]
    follow_up = s.work.follow_up[row] if outcome == SERVED else NONE
    if follow_up != NONE:
        call = surely(follow_up)
        s.rows[call].follows = NONE if s.told.solved[at] else row
        later(s, now, s.work.before_minutes[call], STEP_ENDS | call)
    if s.told.solved[at]:
        return BACK_OFFICE
    # After an attempt in vain the customer comes back, or gives up, or is called by the company before.
    again, delay = s.work.next_attempt[row], delay_after(s, outcome, row)
    if again != NONE and delay < inf:
        moment = next_opening(s, channel_of(s, row), now) if outcome == TURNED_AWAY else now
        later(s, moment, delay, CUSTOMER_RETURNS | again)
    elif follow_up == NONE:
        close(s, case, GIVEN_UP, now)
    return NOTHING


# What the company does on its own account


@part
def back_office(s: Service, row: int, now: float) -> int:
    """What the company still owes after the conversation: parcels on their way, checks, repairs, the refund."""
    case = case_of(s, row)
    if s.work.steps[case] == 0:
        close(s, case, SOLVED, now)
        return NOTHING
    s.waits_for_company[case] = True
    asks_again(s, case, surely(s.work.first_enquiry[case]), now)
    return FIRST_STEP


@part
def visit_of(s: Service, row: int) -> int:
    """The service centre at which a step takes place, or NONE."""
    return s.step_visit[s.work.case_type[case_of(s, row)], surely(s.work.number[row] - 1)]


@part
def step_begins(s: Service, row: int, now: float) -> int:
    """Time passes, or somebody has to do something, perhaps at an appointment."""
    begins(s, row, now)
    if s.work.task[row] == NONE:
        later(s, now, s.work.handle_minutes[row], STEP_ENDS | row)
        return NOTHING
    return IS_OFFERED if visit_of(s, row) == NONE else BOOKS


@part
def step_is_done(s: Service, row: int, now: float) -> int:
    """One step after another, until all are done."""
    case = case_of(s, row)
    if row + 1 < s.work.first_step[case] + s.work.steps[case]:
        return NEXT_STEP
    s.waits_for_company[case] = False
    close(s, case, SOLVED, now)
    return NOTHING


@part
def books(s: Service, row: int, now: float) -> int:
    """The customer takes the first free place that is far enough away, and comes at that time."""
    channel = surely(visit_of(s, row)) if s.work.kind[row] == STEP else channel_of(s, row)
    at = s.rows[row].told_at
    s.told.booked[at], s.told.outcome[at] = now, BOOKED
    count = s.channels[channel].appointments
    moment = bookings.take(
        s.appointments[channel, :count],
        s.places[channel, :count],
        s.first_free[channel, : count + 1],
        now + s.channels[channel].lead,
    )
    later(s, now, moment - now, HAND_OVER | row)
    return NOTHING


@part
def follow_up_ends(s: Service, row: int, now: float) -> int:
    """The call has helped a customer who still waited for help, or not."""
    if s.rows[row].follows == NONE:
        return NOTHING
    attempt = surely(s.rows[row].follows)
    again = s.work.next_attempt[attempt]
    comes_back = again != NONE and delay_after(s, SERVED, attempt) < inf
    if comes_back and s.has_begun[surely(again)]:
        return NOTHING
    if outcomes.solves(s.work.solve_draw[row], solve_odds(s, row), s.rows[row].odds_factor):
        s.rescued[case_of(s, row)] = True
        return BACK_OFFICE
    if not comes_back:
        close(s, case_of(s, row), GIVEN_UP, now)
    return NOTHING


@part
def is_served(s: Service, row: int, now: float) -> int:
    """The conversation or the task is done: what follows for the customer."""
    kind = s.work.kind[row]
    if kind == STEP:
        return step_is_done(s, row, now)
    if kind == FOLLOW_UP_CALL:
        return follow_up_ends(s, row, now)
    if s.rows[row].called_back:
        s.told.outcome[s.rows[row].told_at] = CALLED_BACK
    else:
        s.channels[channel_of(s, row)].lines_free += 1
    return IS_OVER


# What an event means


@part
def customer_returns(s: Service, row: int) -> int:
    """A customer tries again, unless helped since, or asks how the case is going, unless it has gone."""
    case = case_of(s, row)
    still_waits = not s.rescued[case] if s.work.kind[row] == ATTEMPT else s.waits_for_company[case]
    return CALLS if still_waits else NOTHING


@part
def hand_over(s: Service, row: int, now: float) -> int:
    """Self-service, the bot or the way to an appointment is behind the customer."""
    if not s.has_begun[row]:
        if not s.work.self_service_solves[row]:
            return CALLS
        close(s, row, SOLVED, now)
        return NOTHING
    if s.told.met_bot[s.rows[row].told_at]:
        return bot_hands_over(s, row, now)
    return IS_OFFERED if s.work.kind[row] == STEP else IS_THERE


@part
def step_ends(s: Service, row: int, now: float) -> int:
    """Time has passed: a parcel has arrived, or a call to follow up is due."""
    if s.work.kind[row] == STEP:
        ends(s, row, SERVED, now)
        return step_is_done(s, row, now)
    begins(s, row, now)
    return IS_OFFERED


@part
def changes(s: Service, change: int, subject: int, now: float) -> int:
    """Channels open, the bot comes and goes, agents too, as planned. An agent who now looks for work, or NONE."""
    if change == OPENS:
        s.channels[subject].is_open = True
    elif change == BOT_COMES or change == BOT_GOES:
        s.tally[BOT_OPEN] = change == BOT_COMES
    elif change == COMES_ON_DUTY:
        comes_on_duty(s, subject, now)
        if isnan(s.agents[subject].came_at):
            s.agents[subject].came_at = now
        return subject
    elif change == GOES_OFF_DUTY:
        goes_off_duty(s, subject)
        if s.agents[subject].pattern == 0:
            goes_home(s, subject, now)
    return NONE


@part
def next_event(s: Service, case: int, change: int) -> tuple[float, int]:
    """The sooner of the next planned change, new customer and event of the calendar: when, and its kind and row."""
    now, place = s.horizon, 0
    if change < len(s.plan) and s.plan[change].minutes < now:
        now, place = s.plan[change].minutes, TIMETABLE
    if case < len(s.closed):
        moment = s.work.appears_minutes[case]
        if moment < now or (moment == now and place > CASE_APPEARS):
            now, place = moment, CASE_APPEARS | case
    if s.calendar.tally[SOON] > 0:
        first = s.calendar.soon[0]
        if first.minutes < now or (first.minutes == now and first.place < place):
            now, place = first.minutes, first.place
    return now, place


def _engine(source: int) -> Callable[[Service], int]:
    """The loop, compiled and kept on disk for this source of the engine (`sim.kernel.compiled.fingerprint`)."""

    @njit(cache=True, **AS_ONE)
    def live(s: Service) -> int:
        case, change, changing = 0, 0, nan  # the next of each, and the moment whose changes are being made
        leaving = 0
        while True:
            agent, row, act, now = NONE, surely(0), NOTHING, changing
            if leaving > 0:
                leaving -= 1
                row = surely(s.leaving[leaving])
                act = wait_ends_in_vain(s, row, TURNED_AWAY, now)
            elif change < len(s.plan) and s.plan[change].minutes == changing:
                subject = s.plan[change].subject
                if s.plan[change].change == CLOSES:
                    s.channels[subject].is_open = False
                    if not s.channels[subject].until_empty:
                        leaving = on_the_line(s, subject)
                else:
                    agent = changes(s, s.plan[change].change, subject, now)
                change += 1
            else:
                now, place = next_event(s, case, change)
                kind, row = place & ~ROW, surely(place & ROW)
                if kind == TIMETABLE:
                    changing = now
                elif kind == CASE_APPEARS:
                    act, case = asks_for_help(s, row, now), case + 1
                elif kind == 0:
                    return source
                else:
                    drop_first(s.calendar)
                    if kind == SERVICE_ENDS:
                        if not is_stale(s, row, now):
                            service_ends(s, row, now)
                            agent, act = int(s.rows[row].agent), IS_SERVED
                    elif kind == PATIENCE_ENDS:
                        if s.rows[row].waits != NOT_WAITING:
                            act = wait_ends_in_vain(s, row, ABANDONED, now)
                    elif kind == CUSTOMER_RETURNS:
                        act = customer_returns(s, row)
                    elif kind == HAND_OVER:
                        act = hand_over(s, row, now)
                    elif kind == STEP_ENDS:
                        act = step_ends(s, row, now)
                    elif s.rows[row].waits != NOT_WAITING:
                        act = OVERFLOWS_NOW
            # An agent with a hand free takes what waits, as long as there is room for more.
            while agent != NONE:
                taken = looks_for_work(s, surely(agent), now)
                if taken == NONE:
                    agent = NONE
                else:
                    is_answered(s, surely(taken), now)
            # Then the row goes on, mostly to something further down.
            while act != NOTHING:
                if act == CALLS:
                    act = calls(s, row, now)
                if act == IS_THERE:
                    act = is_there(s, row, now)
                if act == WANTS_A_PERSON:
                    act = wants_a_person(s, row, now)
                if act == IS_SERVED:
                    act = is_served(s, row, now)
                if act == IS_OVER:
                    act = is_over(s, row, now)
                if act == BACK_OFFICE:
                    act = back_office(s, row, now)
                if act == FIRST_STEP or act == NEXT_STEP:
                    row = surely(s.work.first_step[case_of(s, row)] if act == FIRST_STEP else row + 1)
                    act = step_begins(s, row, now)
                if act == BOOKS:
                    act = books(s, row, now)
                if act == IS_OFFERED or act == OVERFLOWS_NOW:
                    act = is_offered(s, act, row, now)
                if act == IS_ANSWERED:
                    act = is_answered(s, row, now)

    return live


live = _engine(fingerprint())
