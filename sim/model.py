"""The life of a case, told in the order in which the customer lives it.

This is the reference engine. `Service.case` is the story: a customer asks for help, meets a bot perhaps, waits, speaks
to an agent or hangs up, comes back or gives up; then the back office does its part. The other processes are the clock
on the wall: customers appear, agents come and go, channels close. Nothing here is random; the workload holds
everybody's luck.

Things that happen at the same moment happen in a fixed order: conversations end, the timetable changes (closing first,
then agents going and coming), new customers appear, earlier ones return, bots hand over, back-office steps end, work
overflows to other teams, patience ends; within a kind by row number. SimPy runs its own zero-delay events before any
of them.
"""

from __future__ import annotations

import gc
from functools import partial
from math import inf

import simpy

from sim import outcomes, plan, routing
from sim.centre import Centre
from sim.life import Life, Moment, Steps, Turn
from sim.log import CALLED_BACK, GIVEN_UP, SOLVED, Log
from sim.order import (
    CASE_APPEARS,
    CUSTOMER_RETURNS,
    HAND_OVER,
    OVERFLOWS,
    PATIENCE_ENDS,
    SERVICE_ENDS,
    STEP_ENDS,
    TIMETABLE,
    first_from,
    on_grid,
)
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import (
    ABANDONED,
    BLOCKED,
    CONTAINED,
    CONTAINS,
    ENQUIRY,
    HANDS_OVER_WITH_CONTEXT,
    LEFT_BOT,
    LOSES,
    NONE,
    SEEMS_TO_CONTAIN,
    SERVED,
    TURNED_AWAY,
    Workload,
)

# What ends a wait in the queue, if not an agent (whose number is 0 or more), and the outcome that it leads to.
HUNG_UP, LINE_CLOSED = -2, -3
HOW_A_WAIT_ENDS = {HUNG_UP: ABANDONED, LINE_CLOSED: TURNED_AWAY}

# What follows an attempt in vain, if not another attempt (whose row is 0 or more).
GAVE_UP, RESCUED = -2, -3


def run(scenario: Scenario, workload: Workload) -> Log:
    """Let the workload's customers live through the scenario.

    Parameters
    ----------
    scenario : Scenario
    workload : Workload
        Drawn from the same scenario.

    Returns
    -------
    Log
        Everything that happened before the end of the last day.
    """
    centre = Service(scenario, workload)
    collecting = gc.isenabled()
    gc.disable()  # a long run holds many live events, which the collector would walk again and again
    try:
        centre.env.run(until=scenario.horizon_minutes)
    finally:
        if collecting:
            gc.enable()
    return centre.log()


class Service(Centre):
    """A service centre at work."""

    def __init__(self, scenario: Scenario, workload: Workload) -> None:
        super().__init__(scenario, workload)
        self.plan, self.openings = plan.planned(scenario, workload.roster), plan.opening_times(scenario)
        Life(self.timetable())
        Life(self.customers())

    def case(self, case: int) -> Steps:
        """One customer's problem, from the first call for help until it is solved or given up."""
        if self.tries_self_service[case]:
            yield Moment(self.env, float(self.self_service_minutes[case]), HAND_OVER, case)
            if self.self_service_solves[case]:
                return self.close(case, SOLVED)

        contact = case
        while True:
            outcome = yield from self.contact(contact)
            if self.solved[contact]:
                if outcome == SERVED and self.follow_up_of[contact] != NONE:
                    Life(self.follow_up(self.follow_up_of[contact]))
                break
            contact = yield from self.what_next(contact, outcome)
            if contact == GAVE_UP:
                return self.close(case, GIVEN_UP)
            if contact == RESCUED:
                break
        if self.steps[case]:
            yield from self.back_office(case)
        return self.close(case, SOLVED)

    def contact(self, contact: int) -> Steps:
        """One attempt to be helped, through one channel. Returns its outcome."""
        channel = self.channel_of[contact]
        self.arrived[contact] = now = self.env.now
        if self.bookings and channel in self.bookings:
            yield from self.wait_for_appointment(contact, channel)
            now = self.env.now
        if self.bot_result[contact] != NONE and self.bot_is_there():
            yield from self.bot_session(contact)
            now = self.env.now
            if self.bot_result[contact] in (CONTAINS, SEEMS_TO_CONTAIN):
                self.solved[contact] = self.bot_result[contact] == CONTAINS
                return self.over(contact, CONTAINED)
            if self.bot_result[contact] == LOSES:
                return self.over(contact, LEFT_BOT)

        if not self.is_open[channel]:
            return self.over(contact, TURNED_AWAY)
        if self.lines_free[channel] == 0:
            return self.over(contact, BLOCKED)
        self.queued[contact] = now
        self.lines_free[channel] -= 1
        agent = self.floor.agent_for(self.queue_of[contact], now)
        if agent == NONE and self.callback_limit[channel] < inf and self.prefers_a_callback(contact):
            self.lines_free[channel] += 1
            yield from self.work(contact)
            self.over(contact, CALLED_BACK)
            return SERVED  # what follows is as after any conversation
        if agent == NONE:
            turn = self.join_queue(contact)
            yield turn
            agent = turn.value
        if agent < 0:
            self.floor.leaves(self.queue_of[contact], contact)
            self.lines_free[channel] += 1
            return self.over(contact, HOW_A_WAIT_ENDS[agent])
        yield self.conversation(contact, agent)
        self.is_done(contact, agent)
        self.lines_free[channel] += 1
        return SERVED

    def what_next(self, contact: int, outcome: int) -> Steps:
        """After an attempt in vain: the row of the next one when its time has come, GAVE_UP, or RESCUED by a call."""
        again, delay = self.next_attempt[contact], float(self.delay_after[outcome][contact])
        returns = again != NONE and delay < inf
        time = self.env.now + delay
        if returns and outcome == TURNED_AWAY:
            time = self.next_opening(self.channel_of[contact]) + delay
        if outcome != SERVED or self.follow_up_of[contact] == NONE:
            if not returns:
                return GAVE_UP
            yield Moment(self.env, time - self.env.now, CUSTOMER_RETURNS, again)
            return again

        first = Turn()
        Life(self.follow_up(self.follow_up_of[contact], first, again if returns else NONE))
        if returns:
            Moment(self.env, time - self.env.now, CUSTOMER_RETURNS, again, lambda _: first.happens(again))
        yield first
        return first.value

    def follow_up(self, row: int, first: Turn | None = None, again: int = NONE) -> Steps:
        """The company calls back to ask whether all is well, and helps if it is not and the customer still waits."""
        yield Moment(self.env, float(self.delay_of[row]), STEP_ENDS, row)
        self.arrived[row] = self.env.now
        yield from self.work(row)
        if first is not None and outcomes.solves(self.solve_draw[row], self.solve_odds[row], self.odds_factor[row]):
            first.happens(RESCUED)
        elif first is not None and again == NONE:
            first.happens(GAVE_UP)

    def back_office(self, case: int) -> Steps:
        """What the company still owes after the conversation: parcels on their way, checks, repairs, the refund."""
        self.waits_for_company.add(case)
        if self.enquiries[case]:
            Life(self.status_enquiries(case))
        first = int(self.first_step[case])
        for row in range(first, first + self.steps[case]):
            self.arrived[row] = self.env.now
            if self.works_on[row]:
                if self.visit_of(row) != NONE:
                    yield from self.wait_for_appointment(row, self.visit_of(row))
                yield from self.work(row)
            else:
                yield from self.delay(row)
            self.over(row, SERVED)
        self.waits_for_company.remove(case)

    def status_enquiries(self, case: int) -> Steps:
        """A customer who hears nothing asks: where is my refund?"""
        first = int(self.first_enquiry[case])
        for row in range(first, first + int(self.enquiries[case])):
            yield Moment(self.env, float(self.delay_of[row]), CUSTOMER_RETURNS, row)
            if case not in self.waits_for_company:
                return
            yield from self.contact(row)

    def customers(self) -> Steps:
        """Customers appear, each with a life of their own."""
        before = 0.0
        for case, time in enumerate(self.appears_at):
            yield Moment(self.env, time - before, CASE_APPEARS, case)
            Life(self.case(case))
            before = time

    def timetable(self) -> Steps:
        """Channels close and open, agents go and come, as planned."""
        what_changes = {
            plan.CLOSES: self.closes,
            plan.OPENS: self.opens,
            plan.BOT_COMES: self.bot_comes,
            plan.BOT_GOES: self.bot_goes,
            plan.GOES_OFF_DUTY: self.goes_off_duty,
            plan.COMES_ON_DUTY: self.comes_on_duty,
        }
        changes = zip(self.plan.minutes.tolist(), self.plan.change.tolist(), self.plan.subject.tolist(), strict=True)
        for row, (time, change, subject) in enumerate(changes):
            if time > self.env.now:
                yield Moment(self.env, time - self.env.now, TIMETABLE, row)
            what_changes[change](subject)

    # Ways to be helped

    def bot_is_there(self) -> bool:
        """Whether a bot would take a session now."""
        return self.bot_open and self.bot_sessions > 0

    def bot_session(self, contact: int) -> Steps:
        """The customer talks to the bot, which keeps the case or hands it over."""
        self.bot_sessions -= 1
        self.met_bot[contact] = True
        yield Moment(self.env, float(self.bot_minutes[contact]), HAND_OVER, contact)
        self.bot_sessions += 1

    def wait_for_appointment(self, row: int, channel: int) -> Steps:
        """The customer takes the first free place that is far enough away, and comes at that time."""
        self.booked[row] = self.env.now
        yield Moment(self.env, self.bookings[channel].take(self.env.now) - self.env.now, HAND_OVER, row)

    def work(self, row: int) -> Steps:
        """Work without a customer on the line: it waits as long as it takes, then an agent does it."""
        self.queued[row] = self.env.now
        agent = self.floor.agent_for(self.queue_of[row], self.env.now)
        if agent == NONE:
            turn = self.join_queue(row, patient=True)
            yield turn
            agent = turn.value
        yield self.conversation(row, agent)
        self.is_done(row, agent)

    def delay(self, row: int) -> Steps:
        """Time passes: a parcel is on its way, a bank transfers money."""
        yield Moment(self.env, self.handle_time[row], STEP_ENDS, row)

    def visit_of(self, row: int) -> int:
        """The service centre at which a step takes place, or NONE."""
        return self.step_visit[self.workload.case_type[self.case_of[row]]][self.workload.number[row] - 1]

    def prefers_a_callback(self, contact: int) -> bool:
        """Where callbacks are offered: whether one is accepted, as the wait would be long."""
        if not self.accepts_callback[contact]:
            return False
        queue = self.queue_of[contact]
        channel = self.channel_of[contact]
        agents = sum(self.floor.agents_on_duty[team] for team in self.rules.teams_for[queue])
        return outcomes.wait_is_long(
            self.floor.waiting_in[queue], self.mean_handle_time[channel], agents, self.callback_limit[channel]
        )

    # The queue

    def join_queue(self, row: int, patient: bool = False) -> Turn | Moment:
        """The turn of who waits: an agent comes, or the line is closed, or else patience ends at its time."""
        queue = self.queue_of[row]
        turn: Turn | Moment
        if patient or self.patience[row] == inf:
            turn = Turn()
        else:
            turn = Moment(self.env, self.patience[row], PATIENCE_ENDS, row)
            turn.value = HUNG_UP
        self.floor.joins(queue, self.place_of(row), turn)
        for minutes, overflow in self.rules.overflow[queue]:
            Moment(self.env, minutes, OVERFLOWS, row, partial(self.overflows, row, overflow))
        if patient:
            self.off_the_line.add(row)
        return turn

    def place_of(self, row: int) -> routing.Waiting:
        """The place in a queue: by priority and by time (the head start counted), or the other way round."""
        case = self.case_of[row]
        priority, head_start = self.standing[case]
        since = self.queued[row] - head_start
        return (since, priority, case, row) if self.waiting_first else (priority, since, case, row)

    def overflows(self, row: int, overflow: int, _: simpy.Event) -> None:
        """Work has waited so long that other teams may take it."""
        if row in self.floor.waits:
            agent = self.floor.agent_for(overflow, self.env.now)
            if agent != NONE:
                self.end_wait(row, agent)
            else:
                self.floor.overflows(overflow, self.place_of(row))

    def end_wait(self, row: int, verdict: int) -> None:
        """The wait is over, unless it was over before."""
        turn = self.floor.leaves(self.queue_of[row], row)
        if turn is not None:
            if self.off_the_line:
                self.off_the_line.discard(row)
            turn.happens(verdict)

    # Conversations

    def conversation(self, row: int, agent: int) -> Moment | Turn:
        """Talk and wrap-up, or a task: the moment when it is done."""
        now, team = self.env.now, self.team_of[agent]
        self.answered[row], self.agent[row] = now, agent
        work = self.handle_time[row]
        if self.met_bot[row] or not self.is_plain[team]:
            factor, self.odds_factor[row] = self.factors(row, agent)
            work = on_grid(work * factor)
        if self.hold[self.queue_of[row]] == 0:
            return Moment(self.env, work, SERVICE_ENDS, row)
        done = self.done[row] = Turn()
        self.work_left[row] = work
        self.share_attention(agent, joins=row)
        return done

    def factors(self, row: int, agent: int) -> tuple[float, float]:
        """What team, experience, pressure and the bot's hand-over make of the handle time and the odds of solving."""
        team = self.team_of[agent]
        day = int(self.env.now // MINUTES_A_DAY)
        handle, odds = outcomes.factors(
            self.handle_factor[team],
            self.solve_factor[team],
            self.experience[agent][day],
            self.sureness[agent][day],
            self.solve_drop[team],
            self.floor.busy_share(team),
        )
        if self.met_bot[row] and self.bot_result[row] == HANDS_OVER_WITH_CONTEXT:
            handle, odds = handle * self.context_handle_factor, odds * self.context_solve_factor
        return handle, odds

    def share_attention(self, agent: int, joins: int | None = None) -> None:
        """The number of an agent's conversations has changed: bring the work up to date and move every end."""
        now, talks = self.env.now, self.talks.setdefault(agent, {})
        for row, (since, speed) in talks.items():
            self.work_left[row] = outcomes.work_left(self.work_left[row], now - since, speed)
        if joins is not None:
            talks[joins] = (now, 1.0)
        speeds = self.rules.patterns[self.floor.agents[agent].pattern].speed
        for row in talks:
            speed = speeds[self.rules.hold[self.queue_of[row]]]
            talks[row] = (now, speed)
            left = outcomes.minutes_left(self.work_left[row], speed)
            self.end_of[row] = Moment(self.env, left, SERVICE_ENDS, row, partial(self.ends, row))

    def ends(self, row: int, end: simpy.Event) -> None:
        """A conversation among several is over, unless its end has been moved since."""
        if self.end_of.get(row) is end:
            self.done[row].happens()

    def is_done(self, row: int, agent: int) -> None:
        """The agent has a hand free: takes the next in line, goes home if duty is over, or waits for work."""
        now = self.env.now
        self.ended[row], self.outcome[row] = now, SERVED
        if self.kind[row] <= ENQUIRY:
            self.solved[row] = outcomes.solves(self.solve_draw[row], self.solve_odds[row], self.odds_factor[row])
        self.floor.lets_go(agent, self.queue_of[row], now)
        if self.done and row in self.done:
            del self.talks[agent][row], self.done[row], self.end_of[row]
            self.share_attention(agent)
        self.looks_for_work(agent, now)

    def looks_for_work(self, agent: int, now: float) -> None:
        """An agent with a hand free takes what waits, as long as there is room for more, or goes home if off duty."""
        while (row := self.floor.next_for(agent, now)) != NONE:
            self.end_wait(row, agent)
        hands = self.floor.agents[agent]
        if not hands.on_duty and hands.pattern == 0:
            self.goes_home(agent)

    def over(self, row: int, outcome: int) -> int:
        """The attempt, or the step, ends here."""
        self.ended[row], self.outcome[row] = self.env.now, outcome
        return outcome

    def close(self, case: int, state: int) -> None:
        """The case ends here."""
        self.closed[case], self.state[case] = self.env.now, state

    def next_opening(self, channel: int) -> float:
        """When the channel opens again: the time from which a customer who was turned away counts the delay."""
        openings = self.openings[channel]
        place = first_from(openings, self.env.now)
        return openings[place] if place < len(openings) else inf

    # The timetable

    def comes_on_duty(self, agent: int) -> None:
        """An agent begins; one who is still in a last conversation just stays on."""
        self.floor.comes_on_duty(agent, self.env.now)
        if agent not in self.duty_start:
            self.duty_start[agent] = self.env.now
        self.looks_for_work(agent, self.env.now)

    def goes_off_duty(self, agent: int) -> None:
        """An idle agent goes home now, a busy one after the conversation."""
        self.floor.goes_off_duty(agent)
        if self.floor.agents[agent].pattern == 0:
            self.goes_home(agent)

    def goes_home(self, agent: int) -> None:
        """The spell of duty is over."""
        self.duty.append((agent, self.duty_start.pop(agent), self.env.now))

    def opens(self, channel: int) -> None:
        """A live channel takes calls from now on."""
        self.is_open[channel] = True

    def closes(self, channel: int) -> None:
        """A live channel takes no more calls; those who still wait are turned away unless they are to be served."""
        self.is_open[channel] = False
        if not self.served_until_empty[channel]:
            for row in sorted(self.floor.waits):
                if self.channel_of[row] == channel and row not in self.off_the_line:
                    self.end_wait(row, LINE_CLOSED)

    def bot_comes(self, _: int) -> None:
        """The bot opens, or works again."""
        self.bot_open = True

    def bot_goes(self, _: int) -> None:
        """The bot closes, or is out of order; sessions that are going on end as they would have."""
        self.bot_open = False
