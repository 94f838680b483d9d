"""Agents by slot from formulas: the fewest that reach every goal, and what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.gamma import unit_gamma
from sim.scenario import Scenario
from sim.service import DeferredChannel
from sim.staffing import desks
from sim.staffing.deferred import Backlog, heads
from sim.staffing.flows import Stream, streams
from sim.staffing.load import Load, live_loads
from sim.staffing.targets import OF_LIVE, SERVICE_LEVELS, Goal
from sim.timetable import MINUTES_A_DAY

TASKS = "tasks"
_MOST_AGENTS = 100_000
_POINTS = (np.arange(20_000) + 0.5) / 20_000


@dataclass(frozen=True)
class Part:
    """One kind of work of one team, slot by slot.

    Attributes
    ----------
    team, work : str
        The team, and the channel or ``"tasks"``.
    arrivals_per_hour, load, heads, square_root : ndarray, shape (slots,)
        Slots of the whole run. `heads` are whole agents for a live channel; for deferred work they have fractions.
        `square_root` is NaN where that rule says nothing.
    measures : dict of str to ndarray, shape (slots,)
        What these heads promise in each slot; empty for deferred work.
    overall : dict of str to float
        The same over the whole run.
    """

    team: str
    work: str
    arrivals_per_hour: np.ndarray
    load: np.ndarray
    heads: np.ndarray
    square_root: np.ndarray
    measures: dict[str, np.ndarray]
    overall: dict[str, float]


def parts(
    scenario: Scenario,
    goals: Mapping[str, tuple[Goal, ...]],
    on: float | None,
    served_by: Mapping[str, str] | None,
    task_hours: float,
    task_target: float,
) -> list[Part]:
    """Size every kind of work of every team. Parameters as in `sim.staffing.requirement`."""
    factors, weights = _days(scenario.demand.day_factor_cv, on)
    gone: dict[str, float] = {}
    found: list[Part] = []
    # Who hangs up may call again, which depends on the plan: once round without, then with the hang-ups of that plan.
    for _ in range(3):
        work = streams(scenario, gone, served_by)
        found = [_live(scenario, load, goals[load.channel], factors, weights) for load in live_loads(scenario, work)]
        before, gone = gone, {part.work: part.overall["abandonment"] for part in found}
        if all(abs(share - before.get(name, 0.0)) < 0.002 for name, share in gone.items()):
            break
    for backlog in _backlogs(scenario, work, task_hours):
        target = task_target if backlog.work == TASKS else goals[backlog.work][0].value
        found.append(_deferred(scenario, backlog, target, on))
    return found


def _days(cv: float, on: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Day factors to look at, and how much each counts."""
    if cv == 0:
        return np.ones(1), np.ones(1)
    if on is not None:
        return unit_gamma(1 / cv**2)(np.array([on])), np.ones(1)
    count = 16
    factors = unit_gamma(1 / cv**2)((np.arange(count) + 0.5) / count)
    return factors / factors.mean(), np.full(count, 1 / count)


def _live(scenario: Scenario, load: Load, goals: tuple[Goal, ...], factors: np.ndarray, weights: np.ndarray) -> Part:
    slot = scenario.slot_minutes
    arrivals, offered = load.arrivals.reshape(-1, slot), load.offered.reshape(-1, slot)
    curve, count = desks.Curve(load.desk), len(arrivals)
    agents = np.zeros(count)
    square_root = np.full(count, np.nan)
    promised = {name: np.full(count, np.nan) for name in OF_LIVE}
    total, customers, time = np.zeros(7), 0.0, 0.0
    level = next((goal.value for goal in goals if goal.measure in SERVICE_LEVELS), None)
    known: dict[tuple[float, ...], tuple[int, np.ndarray, float, float]] = {}
    guess = 1
    for n in np.flatnonzero(arrivals.sum(axis=1) > 1e-9):
        key = (*np.round(arrivals[n], 9), *np.round(offered[n], 6))
        if key not in known:
            busy = arrivals[n] > 0
            points = _Points(curve, arrivals[n][busy], offered[n][busy], factors, weights)
            guess = _fewest(points, goals, max(guess, 1), f"{load.team}, {load.channel}")
            known[key] = (guess, *points.sums(guess))
        guess, sums, calls, span = known[key]
        agents[n] = guess
        for name in OF_LIVE:
            promised[name][n] = desks.measure(name, sums, calls, span)
        mean = float(np.average(offered[n], weights=arrivals[n])) * float(factors @ weights)
        if level is not None and len(load.desk.speed) == 1:
            square_root[n] = desks.square_root_heads(mean, load.desk.handle_minutes, load.desk.within_seconds, level)
        # Occupancy of the whole run goes by agents, not by customers or by slots.
        total[: desks.OCCUPANCY] += sums[: desks.OCCUPANCY]
        total[desks.OCCUPANCY] += sums[desks.OCCUPANCY] / span * guess
        customers, time = customers + calls, time + guess
    return Part(
        load.team,
        load.channel,
        arrivals.sum(axis=1) * 60 / slot,
        offered.mean(axis=1),
        agents,
        square_root,
        promised,
        {name: desks.measure(name, total, customers, time) for name in OF_LIVE},
    )


class _Points:
    """A slot as moments with their customers and loads, on busier and quieter days."""

    def __init__(
        self, curve: desks.Curve, arrivals: np.ndarray, offered: np.ndarray, factors: np.ndarray, weights: np.ndarray
    ) -> None:
        self.curve = curve
        self.customers = (arrivals[:, None] * factors * weights).ravel()
        self.load = np.outer(offered, factors).ravel()
        self.time = np.outer(np.ones(len(offered)), weights).ravel()

    def sums(self, agents: int) -> tuple[np.ndarray, float, float]:
        """Expectations added up, the customers, and the time."""
        each = self.curve.at(agents, self.load)
        sums = (each[: desks.OCCUPANCY] * self.customers).sum(axis=1)
        occupancy = (each[desks.OCCUPANCY] * self.time).sum()
        return np.append(sums, occupancy), float(self.customers.sum()), float(self.time.sum())

    def reach(self, agents: int, goals: tuple[Goal, ...]) -> bool:
        sums, customers, time = self.sums(agents)
        return all(goal.reached(desks.measure(goal.measure, sums, customers, time)) for goal in goals)


def _fewest(points: _Points, goals: tuple[Goal, ...], guess: int, where: str) -> int:
    """Fewest agents that reach the goals, found from a guess: every measure here improves with each agent."""
    low = 0
    if points.reach(guess, goals):
        high, step = guess, 1
        while high - step > 0 and points.reach(high - step, goals):
            high, step = high - step, 2 * step
        low = max(high - step, 0)
    else:
        low, step = guess, 1
        while not points.reach(low + step, goals):
            low, step = low + step, 2 * step
            if low > _MOST_AGENTS:
                raise ValueError(
                    f"{where}: even {_MOST_AGENTS:,} agents would not reach {', '.join(map(str, goals))}; "
                    "ask for less, or check the volumes and handle times"
                )
        high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if points.reach(middle, goals) else (middle, high)
    return high


def _backlogs(scenario: Scenario, work: list[Stream], task_hours: float) -> list[Backlog]:
    """Deferred channels of each team one by one, and all its tasks together."""
    groups: dict[tuple[str, str], list[Stream]] = {}
    for one in work:
        way = scenario.channels.get(one.work)
        if way is None or isinstance(way, DeferredChannel):
            groups.setdefault((one.team, TASKS if way is None else one.work), []).append(one)
    found = []
    for (team, name), mine in groups.items():
        way = scenario.channels.get(name)
        if isinstance(way, DeferredChannel):
            hours, within = way.open_hours.minutes, way.answer_within_minutes
        else:
            hours, within = scenario.teams[team].head_count > 0, task_hours * 60
        pieces = np.array([one.per_minute.sum() for one in mine])
        means = np.array([one.factor * one.time.mean_minutes for one in mine])
        squares = np.array([one.factor**2 * (one.time.quantile(_POINTS) ** 2).mean() for one in mine])
        arrivals = np.sum([one.per_minute for one in mine], axis=0)
        mean, square = (float(pieces @ each / pieces.sum()) for each in (means, squares))
        found.append(Backlog(team, name, arrivals, mean, square, hours[scenario.weekdays].ravel() > 0, within))
    return found


def _deferred(scenario: Scenario, backlog: Backlog, target: float, on: float | None) -> Part:
    cv = scenario.demand.day_factor_cv
    factors, _ = _days(cv, on)
    busy = on is not None
    by_day = heads(backlog, target, 0.0 if busy else cv, float(factors[0]) if busy else 1.0)
    slots = backlog.arrivals.reshape(-1, scenario.slot_minutes)
    is_open = backlog.is_open.reshape(-1, scenario.slot_minutes).mean(axis=1) > 0
    agents = np.repeat(by_day, MINUTES_A_DAY // scenario.slot_minutes) * is_open
    per_hour = slots.sum(axis=1) * 60 / scenario.slot_minutes
    return Part(
        backlog.team,
        backlog.work,
        per_hour,
        per_hour * backlog.handle_minutes / 60,
        agents,
        np.full(len(agents), np.nan),
        {},
        {"answered_in_target": target},
    )
