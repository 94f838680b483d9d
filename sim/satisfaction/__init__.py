"""How satisfied customers are, case by case, and why.

After a run, `experiences` tells what each customer lived through, `scores` adds it up with the scenario's weights, and
`ratings` gives the 1 to 5 that the customer would answer; `survey` is what the shop gets to see of it. `fit` takes the
weights from a survey of your own, `sensitivity` says which conclusions hang on them. `docs/satisfaction.md` has the
formulas, and every assumption with its range and source.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim.satisfaction.experience import DRIVERS, experiences
from sim.satisfaction.judging import SUMS, chances, ratings, scores, sums, survey

# These work on whole experiments, which themselves count ratings: they load when they are asked for.
_HOMES = {
    **dict.fromkeys(("Fitted", "fit"), "fitting"),
    **dict.fromkeys(("Sensitivity", "sensitivity"), "robustness"),
}

if TYPE_CHECKING:
    from sim.satisfaction.fitting import Fitted, fit
    from sim.satisfaction.robustness import Sensitivity, sensitivity

__all__ = [
    "DRIVERS",
    "SUMS",
    "Fitted",
    "Sensitivity",
    "chances",
    "experiences",
    "fit",
    "ratings",
    "scores",
    "sensitivity",
    "sums",
    "survey",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"sim.satisfaction.{_HOMES[name]}"), name)
    return value
