"""Conversations in the compiled engine: how long they take, several at once, and what the agent does next."""

from __future__ import annotations

from math import inf

from sim import order, outcomes
from sim.kernel.compiled import part, surely
from sim.kernel.floor import goes_home, leaves, next_for, rests, turns
from sim.kernel.row import ends, later, solve_odds
from sim.kernel.state import Service
from sim.log import IN_SERVICE
from sim.order import SERVICE_ENDS
from sim.timetable import MINUTES_A_DAY
from sim.workload import ENQUIRY, HANDS_OVER_WITH_CONTEXT, NONE, SERVED


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
def shares_attention(s: Service, agent: int, now: float) -> None:
    """The work that is left of each conversation is brought up to date; it goes on at the speed of their number.

    When one ends, the ends of all others move: so only the one that ends first is noted, and stands in the calendar.
    """
    me, soonest, who = s.agents[agent], inf, NONE
    for n in range(me.talks):
        talk = s.talks[agent, n]
        talk.left = outcomes.work_left(talk.left, now - talk.since, talk.speed)
        talk.since, talk.speed = now, s.hands[me.pattern, talk.hold].speed
        minutes = outcomes.minutes_left(talk.left, talk.speed)
        if minutes < soonest or (minutes == soonest and talk.row < who):
            soonest, who = minutes, talk.row
    me.next_end, me.next_to_end = now + soonest, who
    if who != NONE:
        later(s, now, soonest, SERVICE_ENDS | surely(who))


@part
def leaves_talks(s: Service, row: int, agent: int, now: float) -> None:
    """One conversation fewer shares the agent's attention."""
    n = 0
    while s.talks[agent, n].row != row:
        n += 1
    s.agents[agent].talks -= 1
    gone, last = s.talks[agent, n], s.talks[agent, s.agents[agent].talks]
    gone.row, gone.hold, gone.left, gone.since, gone.speed = last.row, last.hold, last.left, last.since, last.speed
    shares_attention(s, agent, now)


@part
def is_answered(s: Service, row: int, now: float) -> None:
    """Talk and wrap-up, or a task, begins."""
    me = s.rows[row]
    agent, minutes, at = me.agent, s.work.handle_minutes[row], me.told_at
    s.told.answered[at], s.told.agent[at], s.told.outcome[at] = now, agent, IN_SERVICE
    me.odds_factor = 1.0
    if s.told.met_bot[at] or not s.teams[s.agents[agent].team].is_plain:
        longer, surer = factors(s, row, agent, now)
        me.odds_factor = surer
        minutes = order.on_grid(minutes * longer)
    hold = s.queues[me.queue].hold
    if hold == 0:
        later(s, now, minutes, SERVICE_ENDS | row)
    else:
        talk = s.talks[agent, s.agents[agent].talks]
        talk.row, talk.hold, talk.left, talk.since, talk.speed = row, hold, minutes, now, 1.0
        s.agents[agent].talks += 1
        shares_attention(s, agent, now)


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
