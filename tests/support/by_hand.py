"""Scenarios and customers written down by hand, for tests whose answers are worked out on paper."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

import sim
from sim import model
from sim.log import Log
from sim.workload import NONE, Luck, Workload, duty


def desk(**changes: Any) -> sim.Scenario:
    """One phone line group, always open, one type, one team of one agent who solves everything."""
    base = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1, name="desk")
    return base.with_(**changes)


def customer(
    at: float,
    handle: float = 10.0,
    *,
    patience: float = inf,
    type: str = "call",
    segment: str = "regular",
    channel: str = "phone",
    solve_draw: float = 0.0,
    comes_back: tuple[float, float, float, float] = (inf, inf, inf, inf),
    again: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """One customer: when they call, what they need, and `again`, what differs on each further attempt.

    `comes_back` holds the delays after being served in vain, abandoning, being blocked and being turned away.
    """
    first = {
        "handle": handle,
        "patience": patience,
        "channel": channel,
        "solve_draw": solve_draw,
        "comes_back": comes_back,
    }
    return {
        "at": at,
        "type": type,
        "segment": segment,
        "attempts": [first, *({**first, **more} for more in again or [])],
    }


def workload(scenario: sim.Scenario, customers: list[dict[str, Any]]) -> Workload:
    """The workload of these customers, who must be given in the order in which they call."""
    types, segments, channels = list(scenario.case_types), list(scenario.segments), list(scenario.channels)
    rows = [
        (number, case, attempt)
        for case, one in enumerate(customers)
        for number, attempt in enumerate(one["attempts"], start=1)
    ]
    rows.sort(key=lambda row: (row[0], row[1]))
    place = {(case, number): row for row, (number, case, _) in enumerate(rows)}
    return Workload(
        case_type=np.array([types.index(one["type"]) for one in customers], dtype=np.int16),
        segment=np.array([segments.index(one["segment"]) for one in customers], dtype=np.int16),
        appears_minutes=np.array([float(one["at"]) for one in customers]),
        case=np.array([case for _, case, _ in rows]),
        attempt=np.array([number for number, _, _ in rows], dtype=np.int16),
        channel=np.array([channels.index(attempt["channel"]) for *_, attempt in rows], dtype=np.int16),
        handle_minutes=np.array([float(attempt["handle"]) for *_, attempt in rows]),
        patience_minutes=np.array([float(attempt["patience"]) for *_, attempt in rows]),
        solve_draw=np.array([float(attempt["solve_draw"]) for *_, attempt in rows]),
        delay_minutes=np.array([attempt["comes_back"] for *_, attempt in rows], dtype=float).T.reshape(4, -1),
        next_attempt=np.array([place.get((case, number + 1), NONE) for number, case, _ in rows]),
        **duty(scenario, Luck(1)),
    )


def play(scenario: sim.Scenario, customers: list[dict[str, Any]]) -> Log:
    """What happens to these customers."""
    return model.run(scenario, workload(scenario, customers))


def told(log: Log) -> list[tuple[int, int, str, float, float, int]]:
    """The story of each contact: case, attempt, outcome, arrival, wait and agent (-1 for nobody)."""
    table = log.contacts
    columns = ["case", "attempt", "outcome", "arrived_minutes", "wait_minutes", "agent"]
    return list(table[columns].itertuples(index=False, name=None))
