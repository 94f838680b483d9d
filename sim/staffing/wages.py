"""What the people of a run cost: paid hours × wage, or contacts × price for a team that is paid by contact."""

from __future__ import annotations

import numpy as np

from sim import measures as _measures
from sim.experiment import Estimate, Replications
from sim.log import Log


def wages_of(log: Log) -> float:
    """Wages of one run.

    Paid hours include absence and the end of a last conversation. A team that is outsourced and paid by contact costs
    its price for each contact that it served.
    """
    sums = _measures.sums(log, "team", measures=["served", "utilisation"])
    cost = 0.0
    for (name,), paid, served in zip(sums.groups, sums.values["paid"], sums.values["served"], strict=True):
        team = log.scenario.teams[str(name)]
        cost += served * team.price_per_contact if team.paid_by == "contact" else paid / 60 * team.wage_per_hour
    return float(cost)


def wages(runs: Replications, confidence: float = 0.95) -> dict[str, float]:
    """Wages a run over replications: simulated (the mean), low and high."""
    import pandas as pd

    each = wages_estimate(runs)
    row = each.table(pd.Index(["wages"]), confidence).iloc[0]
    return {"simulated": float(row["estimate"]), "low": float(row["low"]), "high": float(row["high"])}


def wages_estimate(runs: Replications) -> Estimate:
    """Wages as an estimate that can be paired with that of another plan."""
    return Estimate.of(np.array([[wages_of(run.log)] for run in runs]), None)
