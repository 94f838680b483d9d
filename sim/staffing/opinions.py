"""CSAT as a target: judged by simulation alone, as no formula knows what customers make of it all.

The plan that reaches all other goals comes first. If its CSAT is too low, plenty of people (three times as many, and
two) show how far people can lift it; where even they do not reach it, the wish is refused, as waiting is then not what
spoils the ratings. Otherwise all teams grow by the same part of the way there, as little as reaches it; and then each
team, the dearest first, gives back what CSAT does not need. All rounds meet the same customers (common random numbers).

The value compared is an estimate from the customers that chose the plan: judge it by `sim.staffing.check_plan`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sim import measures as _measures
from sim.experiment import Estimate, Replications, replicate
from sim.staffing.iterative import busier
from sim.staffing.requirement import Requirement
from sim.staffing.targets import ALL, OPINION, Goal

PLENTY = 3
_HALVINGS = 6


def satisfied(plan: Requirement, *, replications: int, seed: int, engine: str = "auto") -> Requirement:
    """The plan with as many more agents as its goals for CSAT take. Parameters as in `requirement`.

    Raises
    ------
    ValueError
        Where plenty of people do not reach it, or where no case is rated.
    """
    base = plan.heads
    if not any(heads.any() for heads in base.values()):
        return plan
    plenty = {team: np.where(heads > 0, PLENTY * heads + 2, 0.0) for team, heads in base.items()}
    trials: list[dict[str, Any]] = list(plan.trials)
    known: dict[bytes, dict[str, float]] = {}

    def lived(parts: dict[str, float]) -> tuple[dict[str, np.ndarray], dict[str, float]]:
        """Heads that are a part of the way to plenty, by team, and the CSAT that came of them."""
        heads = {team: few + _spread(parts[team] * (plenty[team] - few)) for team, few in base.items()}
        key = b"".join(each.tobytes() for each in heads.values())
        if key in known:
            return heads, known[key]
        staffed = busier(plan, replace(plan, heads=heads).staffed(whole=False))
        runs = replicate(staffed, replications, seed, engine=engine, progress=False)
        values = known[key] = {cases: seen(runs, cases)[0] for cases in plan.opinions}
        hours = sum(float(each.sum()) for each in heads.values()) * plan.scenario.slot_minutes / 60
        lacking = {f"{cases}: {OPINION}": goal.lacking(values[cases]) for cases, goal in plan.opinions.items()}
        trials.append({"round": len(trials) + 1, "agent_hours": hours} | lacking)
        return heads, values

    def enough(parts: dict[str, float]) -> bool:
        _, values = lived(parts)
        return all(goal.reached(values[cases]) for cases, goal in plan.opinions.items())

    parts = dict.fromkeys(base, 0.0)
    if not enough(parts):
        _, most = lived(dict.fromkeys(base, 1.0))
        for cases, goal in plan.opinions.items():
            if np.isnan(most[cases]) or not goal.reached(most[cases]):
                raise beyond_reach(cases, goal, most[cases])
        parts = dict.fromkeys(base, _least(lambda part: enough(dict.fromkeys(base, part)), 1.0))
        for team in sorted(base, key=lambda name: -_wages(plan, name)) if len(base) > 1 else ():
            parts[team] = _least(lambda part, team=team: enough(parts | {team: part}), parts[team])  # type: ignore[misc]
    heads, _ = lived(parts)
    notes = dict(plan.notes)
    why = " and ".join(f"{goal} of {cases} cases" for cases, goal in plan.opinions.items())
    for team, mine in heads.items():
        for slot in np.flatnonzero(mine > base[team]):
            before = notes.get((team, int(slot)))
            notes[team, int(slot)] = f"{before}; {why}" if before else why
    return replace(plan, heads=heads, trials=tuple(trials), notes=notes)


def seen(runs: Replications, cases: str, level: float = 0.95) -> tuple[float, float, float]:
    """CSAT over the whole run with the ends of its interval, of all cases or of those that began in a channel."""
    import pandas as pd

    one = _measures.MEASURES[OPINION]
    each = [_measures.sums(run.log, None if cases == ALL else "channel", measures=OPINION) for run in runs]
    here = np.array([cases == ALL or group[-1] == cases for group in each[0].groups])
    over, under = (np.array([[s.values[name][here].sum()] for s in each]) for name in (one.over, one.under))
    row = Estimate.of(over, under).table(pd.Index([OPINION]), level).to_numpy()[0]
    return float(row[0]), float(row[1]), float(row[2])


def beyond_reach(cases: str, goal: Goal, value: float) -> ValueError:
    """What to say where plenty of people do not help."""
    what = "all cases" if cases == ALL else f"cases by {cases}"
    if np.isnan(value):
        return ValueError(f"target: {goal.measure} of {what} has no value, as none is rated; simulate more days")
    return ValueError(
        f"target: more people do not reach {goal} of {what}; with {PLENTY} times as many it is {100 * value:.1f} %. "
        "Ask for less, or change what customers are unhappy with beside waiting, such as cases not solved at once "
        "(sim.levers names what can be changed)"
    )


def _spread(more: np.ndarray) -> np.ndarray:
    """Whole agents in the place of fractions, evenly over the slots: the next slot gets what rounding left."""
    return np.diff(np.round(np.cumsum(more)), prepend=0.0)


def _least(enough: Callable[[float], bool], most: float) -> float:
    """The smallest part that is enough, to one 64th of `most`, which is known to be."""
    if most == 0 or enough(0.0):
        return 0.0
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _wages(plan: Requirement, team: str) -> float:
    about = plan.scenario.teams[team]
    return float(plan.heads[team].sum()) * (0.0 if about.paid_by == "contact" else about.wage_per_hour)
