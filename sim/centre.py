"""What a run reads and what it leaves: a service centre's records.

The workload and the scenario as lists that are quick to look into, and the columns that the journey fills in. The
journey itself is told in `sim.model`.
"""

from __future__ import annotations

from array import array
from math import inf, nan
from typing import Any

import numpy as np
import simpy

from sim import routing
from sim.base import remembered
from sim.bookings import Bookings
from sim.demand import cases_per_minute
from sim.floor import Floor
from sim.life import Moment, Turn
from sim.log import BOOKED, IN_SERVICE, OPEN, WAITING, WITH_BOT, Log
from sim.scenario import DeferredChannel, Scenario, VisitChannel
from sim.workload import LEFT_BOT, NONE, PLACE, Workload


class Centre:
    """A service centre on its first morning: nobody at work, nobody waiting, every customer still to come."""

    def __init__(self, scenario: Scenario, workload: Workload) -> None:
        self.env = simpy.Environment()
        self.scenario, self.workload = scenario, workload
        self.rules = routing.rules(scenario)
        self.hold = self.rules.hold
        self._read_workload(workload)
        self._read_scenario(scenario)
        self._clear_records(workload)

    def _read_workload(self, workload: Workload) -> None:
        """Columns that every contact asks for as lists: reading one item of an array costs many times more."""
        self.kind = _listed(workload.kind)
        self.appears_at = workload.appears_minutes.tolist()
        self.case_of = workload.case.tolist()
        self.channel_of = _listed(workload.channel)
        self.patience = workload.patience_minutes.tolist()
        self.handle_time = workload.handle_minutes.tolist()
        self.solve_draw = workload.solve_draw.tolist()
        self.next_attempt = workload.next_attempt.tolist()
        self.delay_after = [workload.delay_after(outcome) for outcome in range(LEFT_BOT + 1)]
        self.delay_of = workload.before_minutes
        self.bot_result = _listed(workload.bot_result)
        self.bot_minutes = workload.bot_minutes
        self.accepts_callback = workload.accepts_callback
        self.follow_up_of = _listed(workload.follow_up)
        self.works_on = workload.task >= 0
        self.tries_self_service = _listed(~np.isnan(workload.self_service_minutes))
        self.self_service_minutes = workload.self_service_minutes
        self.self_service_solves = workload.self_service_solves
        self.first_step, self.steps = workload.first_step, _listed(workload.steps)
        self.first_enquiry, self.enquiries = workload.first_enquiry, workload.enquiries
        roster = workload.roster
        self.team_of = roster.agent_team.tolist()
        self.experience, self.sureness = roster.handle_factor.tolist(), roster.solve_factor.tolist()

    def _read_scenario(self, scenario: Scenario) -> None:
        workload, types = self.workload, list(scenario.case_types.values())
        channels = list(scenario.channels.items())
        contact = workload.channel >= 0
        odds = np.array([[kind.solved_in(name) if kind.knows(name) else 0.0 for name, _ in channels] for kind in types])
        follow_up = 0.0 if scenario.follow_up is None else scenario.follow_up.solves
        self.solve_odds = _listed(np.where(contact, odds[workload.type, workload.channel], follow_up))
        segment = workload.segment[workload.case]
        by_contact = np.array(self.rules.queue_of)[workload.type, workload.channel, segment]
        by_task = np.array([*(self.rules.task_queue[name] for name in scenario.task_names()), NONE])[workload.task]
        self.queue_of = _listed(np.where(contact, by_contact, by_task))
        standing = [(segment.priority, segment.head_start_minutes) for segment in scenario.segments.values()]
        self.standing = [standing[segment] for segment in workload.segment.tolist()]
        self.waiting_first = scenario.serve_first == routing.WAITING_TIME

        teams = list(scenario.teams.values())
        self.handle_factor = [team.handle_factor for team in teams]
        self.solve_factor = [team.solve_factor for team in teams]
        self.is_plain = [team.is_plain for team in teams]
        self.solve_drop = [team.solve_drop_when_busy for team in teams]
        bot = scenario.bot
        self.context_handle_factor = 1.0 if bot is None else bot.context_handle_factor
        self.context_solve_factor = 1.0 if bot is None else bot.context_solve_factor
        self.bot_sessions = inf if bot is None or bot.sessions is None else bot.sessions
        self.bot_open = False

        self.is_open = [isinstance(way, DeferredChannel) for _, way in channels]
        self.lines_free = [inf] * len(channels)
        self.served_until_empty = [False] * len(channels)
        self.callback_limit = [inf] * len(channels)
        self.bookings: dict[int, Bookings] = {}
        self.mean_handle_time = [0.0] * len(channels)
        for code, (name, way) in enumerate(channels):
            if isinstance(way, DeferredChannel):
                continue
            self.lines_free[code] = way.lines or inf
            self.served_until_empty[code] = way.serve_until_empty
            if way.callback is not None:
                self.callback_limit[code] = way.callback.when_wait_above_minutes
                self.mean_handle_time[code] = mean_handle_minutes(scenario)[name]
            if isinstance(way, VisitChannel):
                self.bookings[code] = Bookings(way, scenario)
        self.step_visit = [
            [list(scenario.channels).index(step.appointment) if step.appointment else NONE for step in kind.steps]
            for kind in types
        ]

    def _clear_records(self, workload: Workload) -> None:
        rows = workload.rows
        self.floor = Floor(self.rules, self.team_of, self.scenario.serve_first == routing.PREFERENCE)
        self.off_the_line: set[int] = set()
        self.waits_for_company: set[int] = set()
        self.done: dict[int, Turn] = {}
        self.end_of: dict[int, Moment] = {}
        self.work_left: dict[int, float] = {}
        self.talks: dict[int, dict[int, tuple[float, float]]] = {}
        self.odds_factor = [1.0] * rows
        self.duty_start: dict[int, float] = {}
        self.duty: list[tuple[int, float, float]] = []
        # Python's own arrays: as quick to fill in as lists, and NumPy reads them where they are.
        never = array("d", [nan])
        self.booked, self.arrived, self.queued = never * rows, never * rows, never * rows
        self.answered, self.ended = never * rows, never * rows
        self.outcome, self.agent = array("b", [NONE]) * rows, array("i", [NONE]) * rows
        self.solved, self.met_bot = bytearray(rows), bytearray(rows)
        self.closed, self.state = never * workload.cases, array("b", [OPEN]) * workload.cases

    def log(self) -> Log:
        """What happened."""
        at_work = [(agent, start, self.scenario.horizon_minutes) for agent, start in self.duty_start.items()]
        agent, start, end = np.array(sorted(self.duty + at_work), dtype=float).reshape(-1, 3).T.copy()
        names = ("booked", "arrived", "queued", "answered", "ended", "outcome", "agent")
        records = {name: np.asarray(getattr(self, name)) for name in names}
        records |= {name: np.frombuffer(getattr(self, name), dtype=bool) for name in ("solved", "met_bot")}
        begun = np.flatnonzero(~np.isnan(records["arrived"]))
        begun = begun[np.argsort(records["arrived"][begun], kind="stable")]
        records = {name: values[begun] for name, values in records.items()}
        _mark_unfinished(records)
        return Log(
            scenario=self.scenario,
            workload=self.workload,
            row=begun.astype(PLACE),
            **records,
            state=np.asarray(self.state),
            closed=np.asarray(self.closed),
            duty_agent=agent.astype(np.int32),
            duty_start=start,
            duty_end=end,
        )


def _mark_unfinished(records: dict[str, np.ndarray]) -> None:
    """The outcome of what the end of the run cut off says how far it had come."""
    going_on = np.flatnonzero(records["outcome"] == NONE)
    booked, queued, answered = (~np.isnan(records[name][going_on]) for name in ("booked", "queued", "answered"))
    records["outcome"][going_on] = np.select([answered, queued, booked], [IN_SERVICE, WAITING, BOOKED], WITH_BOT)


def _listed(column: np.ndarray) -> list[Any]:
    """A column as a list; many hold one value throughout, which is quicker to repeat than to convert."""
    if len(column) and (column == column[0]).all():
        return [column[0].item()] * len(column)
    return column.tolist()


@remembered
def mean_handle_minutes(scenario: Scenario) -> dict[str, float]:
    """Mean handle time of first attempts through each channel, by their expected numbers."""
    trace = scenario.demand.trace
    come = {
        name: cases_per_minute(scenario, name).sum() if trace is None else trace.ways[name, ""]
        for name in scenario.case_types
    }

    def mean(channel: str) -> float:
        weights = {
            name: come[name] * kind.channels.get(channel, 0.0) + (0 if trace is None else trace.ways[name, channel])
            for name, kind in scenario.case_types.items()
        }
        total = sum(weights.values())
        minutes = [
            weight * scenario.case_types[name].handle_time_in(channel).mean_minutes
            for name, weight in weights.items()
            if weight
        ]
        return sum(minutes) / total if total else 0.0

    return {channel: mean(channel) for channel in scenario.channels}
