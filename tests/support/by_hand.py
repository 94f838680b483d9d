"""Scenarios and customers written down by hand, for tests whose answers are worked out on paper."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
from support.both_engines import both

import sim
from sim.log import Log
from sim.luck import Luck
from sim.roster import draw_roster
from sim.workload import ATTEMPT, ENQUIRY, FOLLOW_UP_CALL, NONE, STEP, Workload


def desk(**changes: Any) -> sim.Scenario:
    """One phone line group, always open, one type, one team of one agent who solves everything."""
    base = sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1, name="desk")
    return base.with_(**changes)


NEVER_BACK = (inf,) * 6


def customer(
    at: float,
    handle: float = 10.0,
    *,
    patience: float = inf,
    type: str = "call",
    segment: str = "regular",
    channel: str = "phone",
    solve_draw: float = 0.0,
    comes_back: tuple[float, ...] = NEVER_BACK,
    bot: int = NONE,
    bot_minutes: float = 0.0,
    accepts_callback: bool = False,
    self_service: tuple[float, bool] | None = None,
    again: list[dict[str, Any]] | None = None,
    steps: list[float | None] | None = None,
    enquiries: list[dict[str, Any]] | None = None,
    follow_ups: dict[int, tuple[float, float, float]] | None = None,
) -> dict[str, Any]:
    """One customer: when they ask for help, what they need, and `again`, what differs on each further attempt.

    `comes_back` holds the delays after being served in vain, abandoning, being blocked, being turned away, being
    contained in vain and leaving the bot. `steps` holds the length of each back-office step of the type, None for one
    that is not needed. `enquiries` are contacts with the key `before`; `follow_ups` gives for the number of an attempt
    the delay, the work and the draw of its follow-up call.
    """
    first = {
        "type": type,
        "handle": handle,
        "patience": patience,
        "channel": channel,
        "solve_draw": solve_draw,
        "comes_back": (*comes_back, *NEVER_BACK[len(comes_back) :]),
        "bot": bot,
        "bot_minutes": bot_minutes,
        "accepts": accepts_callback,
    }
    return {
        "at": at,
        "type": type,
        "segment": segment,
        "self_service": self_service or (nan, False),
        "attempts": [first, *({**first, **more} for more in again or [])],
        "steps": steps or [],
        "enquiries": [{**first, "before": 0.0, **more} for more in enquiries or []],
        "follow_ups": follow_ups or {},
    }


def workload(scenario: sim.Scenario, customers: list[dict[str, Any]]) -> Workload:
    """The workload of these customers, who must be given in the order in which they ask for help."""
    types, segments, channels = list(scenario.case_types), list(scenario.segments), list(scenario.channels)
    tasks = scenario.task_names()
    rows: list[tuple[int, int, int, dict[str, Any]]] = []
    for case, one in enumerate(customers):
        rows += [(ATTEMPT, case, number, attempt) for number, attempt in enumerate(one["attempts"], start=1)]
        rows += [(ENQUIRY, case, number, contact) for number, contact in enumerate(one["enquiries"], start=1)]
        plan = zip(scenario.case_types[one["type"]].steps, one["steps"], strict=False)
        for number, (step, length) in enumerate(plan, start=1):
            if length is not None:
                task = tasks.index(step.name) if step.work else NONE
                rows.append((STEP, case, number, {"type": one["type"], "handle": length, "task": task}))
        for number, (delay, work, draw) in one["follow_ups"].items():
            call = {"type": one["type"], "handle": work, "before": delay, "solve_draw": draw}
            rows.append((FOLLOW_UP_CALL, case, number, {**call, "task": tasks.index("follow_up")}))
    rows.sort(key=lambda row: (row[0], row[2], row[1]) if row[0] == ATTEMPT else (row[0], row[1], row[2]))
    place = {(kind, case, number): at for at, (kind, case, number, _) in enumerate(rows)}
    cases = range(len(customers))

    def column(name: str, otherwise: Any, dtype: Any = float) -> np.ndarray:
        return np.array([row.get(name, otherwise) for *_, row in rows], dtype=dtype)

    def block(kind: int) -> tuple[np.ndarray, np.ndarray]:
        mine = [[at for at, row in enumerate(rows) if row[:2] == (kind, case)] for case in cases]
        return np.array([(at or [0])[0] for at in mine]), np.array([len(at) for at in mine])

    first_step, steps = block(STEP)
    first_enquiry, enquiries = block(ENQUIRY)
    return Workload(
        case_type=np.array([types.index(one["type"]) for one in customers], dtype=np.int16),
        segment=np.array([segments.index(one["segment"]) for one in customers], dtype=np.int16),
        appears_minutes=np.array([float(one["at"]) for one in customers]),
        self_service_minutes=np.array([one["self_service"][0] for one in customers], dtype=float),
        self_service_solves=np.array([one["self_service"][1] for one in customers], dtype=bool),
        kind=np.array([kind for kind, *_ in rows], dtype=np.int8),
        case=np.array([case for _, case, *_ in rows]),
        number=np.array([number for _, _, number, _ in rows], dtype=np.int16),
        type=np.array([types.index(row["type"]) for *_, row in rows], dtype=np.int16),
        channel=np.array([channels.index(row["channel"]) if "channel" in row else NONE for *_, row in rows]),
        task=column("task", NONE, np.int16),
        handle_minutes=column("handle", 0.0),
        patience_minutes=column("patience", inf),
        solve_draw=column("solve_draw", 0.0),
        delay_minutes=np.array([row.get("comes_back", NEVER_BACK) for *_, row in rows], dtype=float).T.reshape(6, -1),
        next_attempt=np.array(
            [
                place.get((ATTEMPT, case, number + 1), NONE) if kind == ATTEMPT else NONE
                for kind, case, number, _ in rows
            ]
        ),
        before_minutes=column("before", 0.0),
        bot_result=column("bot", NONE, np.int8),
        bot_minutes=column("bot_minutes", 0.0),
        accepts_callback=column("accepts", False, bool),
        follow_up=np.array(
            [
                place.get((FOLLOW_UP_CALL, case, number), NONE) if kind == ATTEMPT else NONE
                for kind, case, number, _ in rows
            ]
        ),
        first_step=first_step,
        steps=steps,
        first_enquiry=first_enquiry,
        enquiries=enquiries,
        roster=draw_roster(scenario, Luck(1)),
    )


def play(scenario: sim.Scenario, customers: list[dict[str, Any]]) -> Log:
    """What happens to these customers, whichever engine runs them."""
    return both(scenario, workload(scenario, customers))


def story(log: Log, case: int) -> list[tuple[float, str]]:
    """What a customer lives through: the time of each thing that happens, and what it is."""
    table = log.journey[log.journey["case"] == case]
    return list(table[["time_minutes", "happening"]].itertuples(index=False, name=None))


def work_done(log: Log) -> list[tuple[int, str, float, float, float]]:
    """Each task: case, name, when it began, when an agent took it (NaN for delays), when it was done."""
    columns = ["case", "name", "began_minutes", "answered_minutes", "ended_minutes"]
    return list(log.tasks[columns].itertuples(index=False, name=None))


def told(log: Log) -> list[tuple[int, int, str, float, float, int]]:
    """The story of each contact: case, attempt, outcome, arrival, wait and agent (-1 for nobody)."""
    table = log.contacts
    columns = ["case", "attempt", "outcome", "arrived_minutes", "wait_minutes", "agent"]
    return list(table[columns].itertuples(index=False, name=None))
