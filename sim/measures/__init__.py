"""How good the service was: pure functions of a log and a window of days.

Every measure is a ratio of two sums over the contacts, the cases or the agents' minutes of a group. Keeping the
sums apart until the end makes a month's service level the month's calls in time over the month's calls, not a
mean of daily percentages, and lets replications be put together by a ratio estimator.

A contact belongs to the slot and day in which it arrived, a case to those of its first contact, working time to
those in which it was worked.

Sums come in families (contacts, agents, deferred work, cases), each in a module of its own with the measures that it
serves; `sim.measures.catalogue` lists them. Only the families that the wanted measures need are added up.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Names load with the module that holds them, so that a family may live outside this package and still use its parts.
_HOMES = {
    "Measure": "measure",
    **dict.fromkeys(("DIMENSIONS", "Grid"), "grid"),
    **dict.fromkeys(("FAMILIES", "MEASURES", "chosen"), "catalogue"),
    **dict.fromkeys(("Adder", "Sums", "index", "measures", "ratio", "ratios", "something_happened", "sums"), "compute"),
    "backlog": "deferred",
}

if TYPE_CHECKING:
    from sim.measures.catalogue import FAMILIES, MEASURES, chosen
    from sim.measures.compute import Adder, Sums, index, measures, ratio, ratios, something_happened, sums
    from sim.measures.deferred import backlog
    from sim.measures.grid import DIMENSIONS, Grid
    from sim.measures.measure import Measure

__all__ = [
    "DIMENSIONS",
    "FAMILIES",
    "MEASURES",
    "Adder",
    "Grid",
    "Measure",
    "Sums",
    "backlog",
    "chosen",
    "index",
    "measures",
    "ratio",
    "ratios",
    "something_happened",
    "sums",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"sim.measures.{_HOMES[name]}"), name)
    return value
