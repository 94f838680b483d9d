"""The requirement put right by simulation: try, look at every slot, add or take away, try again.

The formulas size each channel alone, in the long run of its slot. The simulation has agents who change between
channels, queues that last into the next half hour, absence by chance, priorities, overflow. Every round lives through
the same customers (common random numbers), so a change of plan shows and not a change of luck. A slot in which a goal
is missed gets more agents, one in which all are reached is tried with fewer, and a bracket of what was too few and what
was enough closes in. The idea is that of iterative staffing (Feldman, Mandelbaum, Massey and Whitt, 2008, "Staffing of
time-varying queues to achieve time-stable performance", Management Science 54), with measured goals in the place of the
chance to wait.

The plan is chosen by the luck of its own replications, which flatters it: judge it by `sim.staffing.check_plan`, on
other customers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim import measures as _measures
from sim.base import need_whole
from sim.experiment import Replications, replicate
from sim.gamma import unit_gamma
from sim.scenario import Scenario
from sim.service import DeferredChannel, VisitChannel
from sim.staffing.formula import TASKS
from sim.staffing.requirement import Requirement
from sim.staffing.targets import OF_DEFERRED, Goal
from sim.timetable import MINUTES_A_DAY


def improved(plan: Requirement, *, replications: int, rounds: int, seed: int, engine: str = "auto") -> Requirement:
    """The plan after as many rounds of simulation as it takes, or `rounds`. Parameters as in `requirement`."""
    need_whole("replications", replications, 2)
    need_whole("rounds", rounds, 1)
    search = _Search(plan)
    for _ in range(rounds):
        runs = replicate(search.scenario(), replications, seed, engine=engine, progress=False)
        if not search.learn(runs):
            break
    heads = search.best
    return replace(plan, heads=heads, trials=tuple(search.trials), notes=_notes(plan, heads), simulated=True)


def busier(plan: Requirement, scenario: Scenario) -> Scenario:
    """The scenario with days as busy as the plan is for."""
    cv = scenario.demand.day_factor_cv
    if plan.on is None or cv == 0:
        return scenario
    factor = float(unit_gamma(1 / cv**2)(np.array([plan.on]))[0]) * scenario.demand.factor
    return scenario.with_(demand={"factor": factor, "day_factor_cv": 0.0})


class _Search:
    """Heads by team, weekday and slot, and what is known about them."""

    def __init__(self, plan: Requirement) -> None:
        self.plan = plan
        self.slots = MINUTES_A_DAY // plan.scenario.slot_minutes
        self.weekdays = plan.scenario.weekdays
        self.now = {team: self._by_weekday(heads) for team, heads in plan.formula_heads.items()}
        self.used = {team: heads > 0 for team, heads in self.now.items()}
        self.low = {team: np.zeros_like(heads) for team, heads in self.now.items()}
        self.high = {team: np.full(heads.shape, np.inf) for team, heads in self.now.items()}
        self.trials: list[dict[str, Any]] = []
        self.best = plan.formula_heads
        self.rank: tuple[float, float] = (np.inf, np.inf)

    def _by_weekday(self, heads: np.ndarray) -> np.ndarray:
        by_day = heads.reshape(-1, self.slots)
        week = np.zeros((7, self.slots))
        np.maximum.at(week, self.weekdays, by_day)
        return week

    def heads(self) -> dict[str, np.ndarray]:
        """Heads over the slots of the run."""
        return {team: week[self.weekdays].ravel() for team, week in self.now.items()}

    def scenario(self) -> Scenario:
        """The scenario of the next round."""
        return busier(self.plan, replace(self.plan, heads=self.heads()).staffed(whole=False))

    def learn(self, runs: Replications) -> bool:
        """Look at the runs of the present heads and choose the next ones; False when there is nothing left to try."""
        lacking = {team: np.full(heads.shape, -np.inf) for team, heads in self.now.items()}
        worst: dict[str, float] = {}
        seen = _Seen(runs)
        for part in self.plan.parts:
            for goal, lacks in self._judged(part.team, part.work, seen):
                lacking[part.team] = np.fmax(lacking[part.team], np.where(self.used[part.team], lacks, -np.inf))
                key = f"{part.work}: {goal.measure}"
                worst[key] = max(
                    worst.get(key, -np.inf), float(np.fmax.reduce(lacks[self.used[part.team]], initial=-np.inf))
                )
        missed = sum(int((lacks > 1e-12).sum()) for lacks in lacking.values())
        hours = sum(float(heads.sum()) for heads in self.heads().values()) * self.plan.scenario.slot_minutes / 60
        self.trials.append({"round": len(self.trials) + 1, "agent_hours": hours, "slots_missed": missed} | worst)
        if (missed, hours) < self.rank:
            self.rank, self.best = (missed, hours), self.heads()
        moved = [self._move(team, lacks) for team, lacks in lacking.items()]
        return any(moved)

    def _move(self, team: str, lacks: np.ndarray) -> bool:
        now, low, high, used = self.now[team], self.low[team], self.high[team], self.used[team]
        step = np.maximum(1, np.round(np.sqrt(now) / 3))
        short = used & (lacks > 1e-12)
        fine = used & (lacks <= 1e-12) & np.isfinite(lacks)
        low[short] = np.maximum(low, now)[short]
        # Enough yesterday and too little today: the neighbours changed, so the bracket opens again.
        high[short & (high <= now)] = np.inf
        high[fine] = np.minimum(high, now)[fine]
        low[fine & (low >= now)] = np.maximum(now - 1, 0)[fine & (low >= now)]
        up = np.where(np.isinf(high), now + step, np.floor((now + np.where(np.isinf(high), now, high) + 1) / 2))
        down = np.where(now - low > 1, np.maximum(now - step, np.ceil((low + now) / 2)), now)
        following = np.where(short, up, np.where(fine, np.maximum(down, 1), now))
        changed = bool((following != now).any())
        self.now[team] = following
        return changed

    def _judged(self, team: str, work: str, seen: _Seen) -> list[tuple[Goal, np.ndarray]]:
        """How far each weekday and slot is from each goal, shape (7, slots); NaN where nobody came."""
        if work == TASKS:
            in_time, due = _tasks_in_time(seen.runs, team, self.plan)
            goal = Goal(OF_DEFERRED[0], self.plan.tasks_target)
            return [(goal, self._whole_day(goal, in_time, due))]
        found = []
        way = self.plan.scenario.channels[work]
        for goal in self.plan.goals[work]:
            if isinstance(way, DeferredChannel):
                in_time, due = seen.sums(goal.measure, work, "weekday", "channel")
                found.append((goal, self._whole_day(goal, in_time, due)))
            elif goal.measure == "occupancy":
                found.append((goal, self._by_slot(goal, *seen.sums(goal.measure, team, "weekday", "slot", "team"))))
            elif isinstance(way, VisitChannel):
                # Visitors count when they book, days before they come: only the whole run can be judged.
                lacks = _lacking(goal, *seen.sums(goal.measure, work, "channel"))
                found.append((goal, np.full((7, self.slots), lacks[0])))
            else:
                found.append((goal, self._by_slot(goal, *seen.sums(goal.measure, work, "weekday", "slot", "channel"))))
        return found

    def _by_slot(self, goal: Goal, over: np.ndarray, under: np.ndarray) -> np.ndarray:
        return _lacking(goal, over, under).reshape(7, self.slots)

    def _whole_day(self, goal: Goal, over: np.ndarray, under: np.ndarray) -> np.ndarray:
        # Work of a day may be late for want of agents on that day or on the next.
        own = _lacking(goal, over, under)
        return np.repeat(np.fmax(own, np.roll(own, 1))[:, None], self.slots, axis=1)


def _lacking(goal: Goal, over: np.ndarray, under: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(under > 0, over / under, np.nan)
    return np.array([goal.lacking(float(each)) for each in value])


class _Seen:
    """Sums over runs, added up once for each measure and grouping."""

    def __init__(self, runs: Replications) -> None:
        self.runs = runs
        self.known: dict[tuple[str, tuple[str, ...]], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def sums(self, measure: str, name: str, *by: str) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower sum for the groups whose last label is `name`, such as a channel by weekday and slot."""
        one = _measures.MEASURES[measure]
        key = measure, by
        if key not in self.known:
            each = [_measures.sums(run.log, by, measures=measure) for run in self.runs]
            labels = np.array([str(group[-1]) for group in each[0].groups])
            over, under = (np.sum([sums.values[part] for sums in each], axis=0) for part in (one.over, one.under))
            self.known[key] = labels, over, under
        labels, over, under = self.known[key]
        return over[labels == name], under[labels == name]


def _tasks_in_time(runs: Replications, team: str, plan: Requirement) -> tuple[np.ndarray, np.ndarray]:
    """Tasks of a team done in time, and those whose time is over, by the weekday on which they came, shape (7,)."""
    scenario = plan.scenario
    is_open = (scenario.teams[team].head_count > 0)[scenario.weekdays].ravel()
    open_before = np.concatenate([[0.0], np.cumsum(is_open)])
    minutes = np.arange(len(open_before))
    done, due = np.zeros(7), np.zeros(7)
    mine = {part for part in scenario.task_names() if any(skill.task == part for skill in scenario.teams[team].skills)}
    for run in runs:
        tasks = run.tasks
        tasks = tasks[tasks["name"].isin(mine)]
        came, ended = (
            tasks["began_minutes"].to_numpy(),
            tasks["ended_minutes"].fillna(scenario.horizon_minutes).to_numpy(),
        )
        age = np.interp(ended, minutes, open_before) - np.interp(came, minutes, open_before)
        late = age > 60 * plan.tasks_within_hours
        finished = tasks["ended_minutes"].notna().to_numpy()
        weekday = (came // MINUTES_A_DAY + scenario.first_day.weekday()).astype(int) % 7
        done += np.bincount(weekday, finished & ~late, 7)
        due += np.bincount(weekday, finished | late, 7)
    return done, due


def _notes(plan: Requirement, heads: dict[str, np.ndarray]) -> dict[tuple[str, int], str]:
    """Why the simulation differs from the formula, slot by slot: what it sees here that the formula does not."""
    notes = {}
    formula = plan.formula_heads
    for team, planned in heads.items():
        about = plan.scenario.teams[team]
        works = [part for part in plan.parts if part.team == team]
        helpers = [
            name
            for name, other in plan.scenario.teams.items()
            if name != team and {s.channel for s in other.skills if s.channel} & {part.work for part in works}
        ]
        load = np.sum([part.load for part in works], axis=0)
        for n in np.flatnonzero(planned != formula[team]):
            busy = [part.work for part in works if part.heads[n] > 0]
            reasons = []
            if planned[n] < formula[team][n]:
                if len(busy) > 1:
                    reasons.append(f"the same agents do {', '.join(busy)}: idle time of one serves the other")
                if helpers:
                    reasons.append(f"{', '.join(helpers)} can help")
                reasons = reasons or ["a quiet start of the slot, or handle times less varied than exponential"]
            else:
                if len(busy) > 1:
                    reasons.append(f"{', '.join(busy)} get in each other's way")
                if n > 0 and load[n - 1] > load[n]:
                    reasons.append("customers left over from the slot before")
                if about.absence > 0:
                    reasons.append("absence comes by chance, not evenly")
                if plan.scenario.coming_back.after_no_solution or plan.scenario.coming_back.after_abandonment:
                    reasons.append("waves of customers who come back")
                reasons = reasons or ["handle times more varied than exponential, or few calls and much chance"]
            notes[team, int(n)] = "; ".join(reasons)
    return notes
