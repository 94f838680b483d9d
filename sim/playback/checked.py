"""What may be given to the player, and a sentence for each thing that may not."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from sim.base import is_number, show
from sim.experiment import Comparison, Replications
from sim.run import Run
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY

# Two runs may stand beside each other if at least this share of the customers of the one comes in the other as well.
SHARED = 0.5


def checked_run(given: Any, name: str) -> Run:
    """The run, if it is one; `name` is what the argument is called."""
    if isinstance(given, Run):
        return given
    hint = "make one with sim.simulate(scenario, seed=1)"
    if isinstance(given, Replications):
        hint = "these are many runs; take one of them, such as runs[0]"
    elif isinstance(given, Comparison):
        hint = (
            "of a comparison take two runs with the same number: a, b = duel.replications[:2], then "
            "sim.replay(a[0], other=b[0])"
        )
    elif isinstance(given, (Scenario, str)):
        hint = "a scenario has to be run first: sim.simulate(scenario, seed=1)"
    raise TypeError(f"{name} has to be one run, not {type(given).__name__}; {hint}")


def checked_day(day: Any, *runs: Run) -> int:
    """The day, if all runs have it."""
    days = min(run.scenario.days for run in runs)
    if isinstance(day, bool) or not isinstance(day, (int, np.integer)) or not 0 <= day < days:
        there = f"days 0 to {days - 1}" if days > 1 else "day 0 only"
        raise ValueError(f"there is no day {show(day)}; the simulation has {there}, counted from its first day")
    return int(day)


def checked_minute(start: Any, name: str) -> float:
    """Minutes since 00:00, from such a number or a time like "10:30"."""
    match = re.fullmatch(r"\s*(\d{1,2}):([0-5]\d)\s*", start) if isinstance(start, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else start
    if isinstance(minute, (str, bool)) or not is_number(minute) or not 0 <= minute <= MINUTES_A_DAY:
        raise ValueError(f'{name} is {start!r}; it may be a time from "00:00" to "24:00", or minutes from 0 to 1440')
    return float(minute)


def check_same_customers(run: Run, other: Run, day: int) -> None:
    """Refuse runs whose customers the eye could not compare."""
    for name in ("seed", "replication"):
        mine, theirs = getattr(run, name), getattr(other, name)
        if mine != theirs:
            raise ValueError(
                f"the two runs met different customers: {name} {mine} and {name} {theirs}; simulate both with the same "
                f"seed, such as sim.simulate(other_scenario, seed={run.seed})"
            )
    if run.scenario.first_day != other.scenario.first_day:
        raise ValueError(
            f"the two runs begin on different days, {run.scenario.first_day} and {other.scenario.first_day}, so their "
            "day 0 is not the same; give both scenarios the same first_day"
        )
    found = []
    for each in (run, other):
        work = each.log.workload
        today = work.appears_minutes < (day + 1) * MINUTES_A_DAY
        address = np.arange(work.cases) if work.address is None else work.address
        found.append(np.stack([address[today], work.appears_minutes[today].view(np.uint64)], axis=1))
    mine, theirs = ({tuple(row) for row in rows.tolist()} for rows in found)
    least = min(len(mine), len(theirs))
    if len(mine & theirs) < SHARED * max(least, 1) and least:
        raise ValueError(
            f"the two runs met different customers: of {least:,} in the smaller one only {len(mine & theirs):,} come "
            "in both; replay two scenarios with the same demand"
        )
