"""A simulation against exact numbers. Tolerances are four standard errors, which the runs must keep small."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

import sim
from sim.experiment import Replications
from sim.measures import MEASURES


def agrees(
    scenario: sim.Scenario,
    expected: Mapping[Any, float],
    *,
    replications: int = 20,
    from_day: float = 0.25,
    to_day: float | None = None,
    sharp: float = 0.1,
    seed: int = 11,
    by: str | list[str] | None = None,
) -> Replications:
    """Assert that each measure lies within four standard errors of its exact value; returns the runs.

    `sharp` is the largest standard error allowed, as a share of the exact value (for a share, of its distance from 1
    where that is smaller): a run too short to tell right from wrong fails instead of passing.
    """
    runs = sim.replicate(scenario, replications, seed=seed, progress=False)
    table = runs.measures(by=by, from_day=from_day, to_day=to_day, confidence=0.5)
    standard_errors = stdtrit(replications - 1, 0.75)
    for name, exact in expected.items():
        estimate, low, high = table.loc[name]
        is_share = MEASURES[name if by is None else name[-1]].unit == "share"
        small = min(exact, 1 - exact) if is_share else exact
        _within_reach(name, exact, estimate, (high - low) / 2 / standard_errors, sharp * small)
    return runs


def near(name: Hashable, exact: float, over: ArrayLike, under: ArrayLike = 1.0, *, sharp: float = 0.1) -> None:
    """Assert the same of a ratio of sums, one value of each a replication: Cochran (1977), chapter 6."""
    over = np.asarray(over, dtype=float)
    under = np.broadcast_to(np.asarray(under, dtype=float), over.shape)
    estimate = over.sum() / under.sum()
    error = np.std(over - estimate * under, ddof=1) / np.sqrt(len(over)) / under.mean()
    _within_reach(name, exact, estimate, error, sharp * exact)


def _within_reach(name: Hashable, exact: float, estimate: float, error: float, largest: float) -> None:
    assert error <= largest, (name, exact, error)
    assert abs(estimate - exact) <= 4 * error, (name, exact, estimate, error)
