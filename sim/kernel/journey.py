"""The life of a case, compiled: one loop over events, and what each means to the customer.

`sim.model` tells the same life as a story, customer by customer. Here it is told from the calendar: something happens
to somebody, and what follows at that moment is done before the next event is looked at. Names are the same.
"""

from __future__ import annotations

from math import inf, isnan, nan

from sim import bookings, order, outcomes
from sim.kernel.calendar import SOON, drop_first
from sim.kernel.compiled import part, surely
from sim.kernel.floor import (
    agent_for,
    comes_on_duty,
    goes_home,
    goes_off_duty,
    joins,
    leaves,
    on_the_line,
    overflow_entry,
    stands_in,
)
from sim.kernel.memory import AHEAD, AT_ONCE, fetch
from sim.kernel.row import begins, case_of, channel_of, close, comes_soon, ends, later, queue_of, solve_odds
from sim.kernel.state import (
    BOT_OPEN,
    BOT_SESSIONS,
    NOT_WAITING,
    OFF_THE_LINE,
    ON_THE_LINE,
    Service,
)
from sim.kernel.talk import is_answered, is_stale, looks_for_work, service_ends
from sim.log import BOOKED, CALLED_BACK, GIVEN_UP, SOLVED
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
from sim.workload import (
    ABANDONED,
    ATTEMPT,
    BLOCKED,
    CONTAINED,
    CONTAINS,
    ENQUIRY,
    FOLLOW_UP_CALL,
    LEFT_BOT,
    LOSES,
    NONE,
    SEEMS_TO_CONTAIN,
    SERVED,
    STEP,
    TURNED_AWAY,
)

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


# The journey: each part says what happens to the row next, at this same moment


@part
def over(s: Service, row: int, outcome: int, now: float) -> int:
    """The attempt ends here, without an agent."""
    ends(s, row, outcome, now)
    return IS_OVER


@part
def appear_soon(s: Service, case: int) -> None:
    """What customers bring who appear soon, and their first attempts, is on its way."""
    if case % AT_ONCE == 0:
        w, there = s.work, surely(case + AHEAD)
        comes_soon(s, there)
        fetch((w.appears_minutes, w.self_service_minutes, w.self_service_solves, w.case_type, w.segment), there)
        fetch((w.first_step, w.steps, w.first_enquiry, w.enquiries), there)
        for rule in range(len(w.delay_minutes)):
            fetch((w.delay_minutes[rule],), there)


@part
def asks_for_help(s: Service, case: int, now: float) -> int:
    """A customer appears, and tries self-service or calls."""
    appear_soon(s, case)
    minutes = s.work.self_service_minutes[case]
    if isnan(minutes):
        return CALLS
    if not s.work.self_service_solves[case]:
        later(s, now, minutes, HAND_OVER | case)
    elif now + minutes < s.horizon:
        close(s, case, SOLVED, now + minutes)  # which concerns nobody else: no event is needed
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
        attempt = surely(again)
        later(s, moment, delay, CUSTOMER_RETURNS | attempt)
        comes_soon(s, attempt)
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
    comes_soon(s, surely(s.work.first_step[case]))
    fetch((s.work.kind, s.work.case, s.work.before_minutes), surely(s.work.first_enquiry[case]))
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
        return CALLS
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


@part
def live(s: Service) -> None:
    """One event after the other, until the run ends."""
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
                return
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
                is_answered(s, row, now)
                act = NOTHING
