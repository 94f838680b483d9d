"""One workload, two engines: their logs must be equal bit for bit; where they are not, the first difference is told.

Also workloads whose times are made coarse, so that much happens at one moment: only the order within it then decides.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

import sim
from sim import engines, kernel
from sim.log import Log
from sim.workload import Workload

KINDS = ("attempt", "enquiry", "step", "follow-up call")
COLUMNS = [one.name for one in fields(Log) if one.name not in ("scenario", "workload")]
OF_CASES = ("state", "closed")
TIMES = (
    "appears_minutes",
    "self_service_minutes",
    "handle_minutes",
    "patience_minutes",
    "delay_minutes",
    "before_minutes",
    "bot_minutes",
)


def both(scenario: sim.Scenario, workload: Workload) -> Log:
    """The log of a workload, the same from every engine that can run here."""
    log = engines.run(scenario, workload, "simpy")
    if kernel.available():
        same(log, engines.run(scenario, workload, "compiled"))
    return log


def same(log: Log, other: Log) -> None:
    """Assert that two logs of one workload are equal bit for bit, types and NaNs included."""
    __tracebackhide__ = True  # the message says it all; whole logs would hide it
    assert not (told := differences(log, other)), told


def differences(log: Log, other: Log) -> str:
    """Where two logs differ, a line for each column, the one that differs earliest in the log first; "" if nowhere."""
    found = []
    for name in COLUMNS:
        one, two = getattr(log, name), getattr(other, name)
        if one.dtype != two.dtype:
            found.append((-1, f"{name} has the type {one.dtype} in the one and {two.dtype} in the other"))
        shared = min(len(one), len(two))
        places = np.flatnonzero(_bits(one[:shared]) != _bits(two[:shared]))
        if len(places):
            place = int(places[0])
            found.append(
                (
                    place,
                    f"{name} differs first at {_who(log, name, place)}: {one[place].item()} and {two[place].item()}",
                )
            )
        elif len(one) != len(two):
            found.append((shared, f"{name} has {len(one)} and {len(two)} entries"))
    return "\n".join(line for _, line in sorted(found, key=lambda one: one[0]))


def _bits(column: np.ndarray) -> np.ndarray:
    """A column as whole numbers; of NaNs there is one here."""
    if column.dtype.kind == "f":
        return np.where(np.isnan(column), np.nan, column).astype(float).view(np.int64)
    return column.astype(np.int64)


def _who(log: Log, column: str, place: int) -> str:
    if column in OF_CASES:
        return f"case {place}"
    if column.startswith("duty"):
        return f"spell of duty {place} (agent {log.duty_agent[place]} from {log.duty_start[place]})"
    row, work = log.row[place], log.workload
    return (
        f"place {place} of the log (row {row}, {KINDS[work.kind[row]]} {work.number[row]} of case {work.case[row]}, "
        f"begun at {log.arrived[place]})"
    )


def coarse(workload: Workload, minutes: float) -> Workload:
    """The workload with every time on a grid so coarse that much happens at one moment."""
    return replace(workload, **{name: np.round(getattr(workload, name) / minutes) * minutes for name in TIMES})
