"""The life of a case, told in the order in which the customer lives it.

This is the reference engine. `Centre.case` is the story: a customer asks for help, waits, speaks to an agent or
hangs up, and perhaps comes back. The other processes are the clock on the wall: customers appear, agents come and
go, channels close. Nothing here is random; the workload holds everybody's luck.

Things that happen at the same moment happen in a fixed order: conversations end, the timetable changes (channels
close, channels open, then agents go and come by number), new customers appear, earlier ones return, patience ends;
within a kind by row number. SimPy runs its own zero-delay events before any of them.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from math import inf, isnan, nan
from typing import Any

import numpy as np
import simpy

from sim import routing
from sim.log import ABANDONED, BLOCKED, GIVEN_UP, IN_SERVICE, OPEN, SERVED, SOLVED, TURNED_AWAY, WAITING, Log
from sim.routing import NONE
from sim.scenario import LiveChannel, Scenario
from sim.workload import TICKS_A_MINUTE, Workload

# The order of events at one moment. SimPy keeps the priorities 0 and 1 to itself.
SERVICE_ENDS, TIMETABLE, CASE_APPEARS, CUSTOMER_RETURNS, PATIENCE_ENDS = range(1, 6)

# What ends a wait in the queue, if not an agent (whose number is 0 or more).
HUNG_UP, LINE_CLOSED = -2, -3

Steps = Generator[simpy.Event, Any, Any]


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
    centre = Centre(scenario, workload)
    collecting = gc.isenabled()
    gc.disable()  # a long run holds many live events, which the collector would walk again and again
    try:
        centre.env.run(until=scenario.horizon_minutes)
    finally:
        if collecting:
            gc.enable()
    return centre.log()


class Moment(simpy.Event):
    """An event at an exact time, with its place among the events of that time."""

    def __init__(self, env: simpy.Environment, time: float, kind: int, row: int) -> None:
        # As SimPy's own Timeout does: it has happened as soon as the clock gets there, so it holds its value now.
        self.env, self.callbacks, self._ok, self._value = env, [], True, None
        env.schedule(self, priority=kind << 40 | row, delay=time - env.now)  # type: ignore[arg-type]


class Centre:
    """A service centre on its first morning: nobody at work, nobody waiting, every customer still to come."""

    def __init__(self, scenario: Scenario, workload: Workload) -> None:
        self.env = simpy.Environment()
        self.scenario, self.workload = scenario, workload
        self._read_workload(workload)
        self._read_scenario(scenario)
        self._clear_records(workload)
        self.env.process(self.new_cases())
        self.env.process(self.timetable())

    def case(self, case: int) -> Steps:
        """One customer's problem, from the first call for help until it is solved or given up."""
        contact = case
        while True:
            outcome = yield from self.contact(contact)
            if self.solved[contact]:
                return self.close(case, SOLVED)

            delay = self.delay_after[outcome][contact]
            if self.next_attempt[contact] == NONE or delay == inf:
                return self.close(case, GIVEN_UP)
            tries_again = self.env.now + delay
            if outcome == TURNED_AWAY:
                tries_again = self.next_opening(contact) + delay
            contact = self.next_attempt[contact]
            yield Moment(self.env, tries_again, CUSTOMER_RETURNS, contact)

    def contact(self, contact: int) -> Steps:
        """One attempt to be helped, through one channel. Returns its outcome."""
        channel = self.channel_of[contact]
        self.arrived[contact] = self.env.now
        if not self.is_open[channel]:
            return self.over(contact, TURNED_AWAY)
        if self.lines_free[channel] == 0:
            return self.over(contact, BLOCKED)

        self.lines_free[channel] -= 1
        agent = self.idle_agent_for(contact)
        if agent == NONE:
            agent = yield self.join_queue(contact)
        if agent >= 0:
            yield self.conversation(contact, agent)
            self.solved[contact] = self.solves(contact, agent)
            self.is_free(agent)
        self.lines_free[channel] += 1

        if agent == HUNG_UP:
            return self.over(contact, ABANDONED)
        if agent == LINE_CLOSED:
            return self.over(contact, TURNED_AWAY)
        return self.over(contact, SERVED)

    def new_cases(self) -> Steps:
        """Customers appear, each with a life of their own."""
        for case, time in enumerate(self.workload.appears_minutes.tolist()):
            yield Moment(self.env, time, CASE_APPEARS, case)
            self.env.process(self.case(case))

    def timetable(self) -> Steps:
        """Channels close and open, agents go and come, as planned."""
        for row, (time, change, subject) in enumerate(self.plan):
            if time > self.env.now:
                yield Moment(self.env, time, TIMETABLE, row)
            change(subject)

    # Customers and the queue

    def idle_agent_for(self, contact: int) -> int:
        """The agent who takes an arriving contact at once, or NONE: of the team, the longest idle."""
        team = routing.team_for(self.teams_for[self.queue_of[contact]], self.idle_agents)
        if team == NONE:
            return NONE
        while True:
            since, agent = heappop(self.idle[team])
            if self.idle_since[agent] == since:
                break  # the others in the heap have gone home since
        self.idle_agents[team] -= 1
        self.idle_since[agent] = nan
        return agent

    def join_queue(self, contact: int) -> simpy.Event:
        """The customer's turn: an event that brings an agent, or HUNG_UP, or LINE_CLOSED."""
        now = self.env.now
        case = self.case_of[contact]
        priority, head_start = self.standing[case]
        heappush(self.queues[self.queue_of[contact]], (priority, now - head_start, case, contact))
        turn = self.turn[contact] = simpy.Event(self.env)
        if self.patience[contact] < inf:
            patience = Moment(self.env, now + self.patience[contact], PATIENCE_ENDS, contact)
            patience.callbacks.append(lambda _: self.end_wait(contact, HUNG_UP))
        return turn

    def end_wait(self, contact: int, verdict: int) -> None:
        """The wait is over, unless it was over before."""
        turn = self.turn.pop(contact, None)
        if turn is not None:
            turn.succeed(verdict)

    def conversation(self, contact: int, agent: int) -> Moment:
        """Talk and wrap-up: the moment when both are done."""
        now = self.env.now
        self.answered[contact], self.agent[contact] = now, agent
        factor = self.handle_factor[self.team_of[agent]]
        work = round(self.handle_time[contact] * factor * TICKS_A_MINUTE) / TICKS_A_MINUTE
        return Moment(self.env, now + work, SERVICE_ENDS, contact)

    def solves(self, contact: int, agent: int) -> bool:
        """Whether this conversation with this agent solves the case."""
        return self.solve_draw[contact] < self.solve_odds[contact] * self.solve_factor[self.team_of[agent]]

    def over(self, contact: int, outcome: int) -> int:
        """The attempt ends here."""
        self.ended[contact], self.outcome[contact] = self.env.now, outcome
        return outcome

    def close(self, case: int, state: int) -> None:
        """The case ends here."""
        self.closed[case], self.state[case] = self.env.now, state

    def next_opening(self, contact: int) -> float:
        """When the channel opens again: the time from which a customer who was turned away counts the delay."""
        openings = self.openings[self.channel_of[contact]]
        place = bisect_left(openings, self.env.now)
        return openings[place] if place < len(openings) else inf

    # Agents

    def is_free(self, agent: int) -> None:
        """An agent has nothing to do: goes home if duty is over, else takes the next in line, else idles."""
        if not self.on_duty[agent]:
            return self.goes_home(agent)
        team = self.team_of[agent]
        for queue in self.queues_for[team]:
            self.forget_leavers(queue)
        queue = routing.next_queue(self.queues_for[team], self.rules.rank[team], self.queues)
        if queue == NONE:
            self.idle_since[agent] = self.env.now
            self.idle_agents[team] += 1
            heappush(self.idle[team], (self.env.now, agent))
        else:
            self.end_wait(heappop(self.queues[queue])[3], agent)

    def forget_leavers(self, queue: int) -> None:
        """Those who left the queue stay in it until they come to its head."""
        waiting = self.queues[queue]
        while waiting and waiting[0][3] not in self.turn:
            heappop(waiting)

    def comes_on_duty(self, agent: int) -> None:
        """An agent begins; one who is still in yesterday's last conversation just stays on."""
        self.on_duty[agent] = True
        if agent not in self.duty_start:
            self.duty_start[agent] = self.env.now
            self.is_free(agent)

    def goes_off_duty(self, agent: int) -> None:
        """An idle agent goes home now, a busy one after the conversation."""
        self.on_duty[agent] = False
        if not isnan(self.idle_since[agent]):
            self.idle_since[agent] = nan
            self.idle_agents[self.team_of[agent]] -= 1
            self.goes_home(agent)

    def goes_home(self, agent: int) -> None:
        """The spell of duty is over."""
        self.duty.append((agent, self.duty_start.pop(agent), self.env.now))

    # Channels

    def opens(self, channel: int) -> None:
        """A live channel takes calls from now on."""
        self.is_open[channel] = True

    def closes(self, channel: int) -> None:
        """A live channel takes no more calls; those who still wait are turned away unless they are to be served."""
        self.is_open[channel] = False
        if not self.served_until_empty[channel]:
            for contact in sorted(self.turn):
                if self.channel_of[contact] == channel:
                    self.end_wait(contact, LINE_CLOSED)

    # What the run reads and what it leaves

    def _read_workload(self, workload: Workload) -> None:
        """Columns as lists: reading one item of an array costs many times more."""
        self.case_of = workload.case.tolist()
        self.channel_of = workload.channel.tolist()
        self.patience = workload.patience_minutes.tolist()
        self.handle_time = workload.handle_minutes.tolist()
        self.solve_draw = workload.solve_draw.tolist()
        self.next_attempt = workload.next_attempt.tolist()
        self.delay_after = workload.delay_minutes.tolist()
        self.team_of = workload.agent_team.tolist()

    def _read_scenario(self, scenario: Scenario) -> None:
        workload = self.workload
        types, channels = list(scenario.case_types.values()), list(scenario.channels.items())
        type_of = workload.case_type[workload.case]
        odds = [[kind.solved_in(name) if kind.channels.get(name) else 0.0 for name, _ in channels] for kind in types]
        self.solve_odds = np.array(odds)[type_of, workload.channel].tolist()
        self.rules = routing.rules(scenario)
        self.queue_of = np.array(self.rules.queue_of)[type_of, workload.channel].tolist()
        self.teams_for, self.queues_for = self.rules.teams_for, self.rules.queues_for
        standing = [(segment.priority, segment.head_start_minutes) for segment in scenario.segments.values()]
        self.standing = [standing[segment] for segment in workload.segment.tolist()]
        self.handle_factor = [team.handle_factor for team in scenario.teams.values()]
        self.solve_factor = [team.solve_factor for team in scenario.teams.values()]
        live = {code: way for code, (_, way) in enumerate(channels) if isinstance(way, LiveChannel)}
        self.lines_free = [live[code].lines or inf if code in live else inf for code in range(len(channels))]
        self.is_open = [code not in live for code in range(len(channels))]
        self.served_until_empty = [code in live and live[code].serve_until_empty for code in range(len(channels))]

        closings: list[tuple[float, Callable[[int], None], int]] = []
        openings: list[tuple[float, Callable[[int], None], int]] = []
        self.openings: list[list[float]] = [[] for _ in channels]
        for code, way in live.items():
            hours = way.open_hours.minutes[scenario.weekdays].ravel()
            change = np.diff(np.concatenate([[False], hours]).astype(int))
            self.openings[code] = np.flatnonzero(change == 1).astype(float).tolist()
            closings += [(float(time), self.closes, code) for time in np.flatnonzero(change == -1)]
            openings += [(time, self.opens, code) for time in self.openings[code]]
        duty = zip(workload.duty_minutes.tolist(), workload.duty_agent.tolist(), workload.duty_on, strict=True)
        shifts: list[tuple[float, Callable[[int], None], int]] = [
            (time, self.comes_on_duty if on else self.goes_off_duty, agent) for time, agent, on in duty
        ]
        self.plan = sorted(closings + openings + shifts, key=lambda change: change[0])

    def _clear_records(self, workload: Workload) -> None:
        contacts, agents = workload.contacts, len(self.team_of)
        self.queues: list[list[routing.Waiting]] = [[] for _ in self.teams_for]
        self.turn: dict[int, simpy.Event] = {}
        self.idle: list[list[tuple[float, int]]] = [[] for _ in self.queues_for]
        self.idle_agents = [0] * len(self.queues_for)
        self.idle_since = [nan] * agents
        self.on_duty = [False] * agents
        self.duty_start: dict[int, float] = {}
        self.duty: list[tuple[int, float, float]] = []
        self.arrived, self.answered, self.ended = [nan] * contacts, [nan] * contacts, [nan] * contacts
        self.outcome, self.agent, self.solved = [NONE] * contacts, [NONE] * contacts, [False] * contacts
        self.closed, self.state = [nan] * workload.cases, [OPEN] * workload.cases

    def log(self) -> Log:
        """What happened, with what was still going on at the end of the run marked as such."""
        arrived, answered, ended = (np.array(column) for column in (self.arrived, self.answered, self.ended))
        outcome = np.array(self.outcome, dtype=np.int8)
        outcome[(outcome == NONE) & ~np.isnan(arrived)] = WAITING
        outcome[(outcome == WAITING) & ~np.isnan(answered)] = IN_SERVICE
        row = np.flatnonzero(~np.isnan(arrived))
        row = row[np.lexsort((row, arrived[row]))]
        duty = self.duty + [(agent, start, self.scenario.horizon_minutes) for agent, start in self.duty_start.items()]
        duty_agent, duty_start, duty_end = np.array(sorted(duty)).reshape(-1, 3).T
        return Log(
            scenario=self.scenario,
            workload=self.workload,
            row=row,
            arrived=arrived[row],
            answered=answered[row],
            ended=ended[row],
            outcome=outcome[row],
            solved=np.array(self.solved, dtype=bool)[row],
            agent=np.array(self.agent, dtype=np.int32)[row],
            state=np.array(self.state, dtype=np.int8),
            closed=np.array(self.closed),
            duty_agent=duty_agent.astype(np.int32),
            duty_start=duty_start,
            duty_end=duty_end,
        )
