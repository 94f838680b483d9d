"""M/M/20+M: 400 calls an hour, 3 minutes each, 20 agents, customers who hang up after 5 minutes on average.

Small enough to be written in every way: as SimPy's own examples do it, in Ciw, as a plain loop over a heap in Python
and in C, and in this package. All must find the share of abandoned calls that Erlang A gives.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable

import numpy as np
import simpy

import sim
from benchmarks import native, package
from benchmarks.race import Contender, DisagreementError, Heat, NotThereError, Stopwatch, race, ratio
from sim import theory
from sim.log import ABANDONED

CALLS_PER_HOUR, HANDLE_MINUTES, AGENTS, PATIENCE_MINUTES = 400, 3, 20, 5
GAP_MINUTES = 60 / CALLS_PER_HOUR
BATCHES = 20
TEXTBOOK, HEAPQ, CIW, C = "textbook SimPy", "heapq loop", "Ciw", "C program"
SERVICE_ENDS, PATIENCE_ENDS = range(2)


def textbook(customers: int, seed: int = 1) -> list[bool]:
    """A `Resource`, and a customer who takes whatever comes first of a turn and the end of patience.

    Returns who was served, in the order in which waits ended.
    """
    env, luck, served = simpy.Environment(), random.Random(seed), []
    desk = simpy.Resource(env, AGENTS)

    def call():
        with desk.request() as turn:
            found = yield turn | env.timeout(luck.expovariate(1 / PATIENCE_MINUTES))
            served.append(turn in found)
            if turn in found:
                yield env.timeout(luck.expovariate(1 / HANDLE_MINUTES))

    def calls():
        for _ in range(customers):
            yield env.timeout(luck.expovariate(1 / GAP_MINUTES))
            env.process(call())

    env.process(calls())
    env.run()
    return served


def event_loop(customers: int, seed: int = 1) -> bytearray:
    """The loop of mm20.c in plain Python. Returns who was served, in the order of arrival."""
    draw = random.Random(seed).expovariate
    events: list[tuple[float, int, int]] = []
    line: deque[int] = deque()
    waits, served = bytearray(customers), bytearray(customers)
    push, pop, free = heapq.heappush, heapq.heappop, AGENTS
    came, arrival = 0, draw(1 / GAP_MINUTES)
    while came < customers or events:
        if came < customers and (not events or arrival <= events[0][0]):
            if free:
                free -= 1
                served[came] = True
                push(events, (arrival + draw(1 / HANDLE_MINUTES), SERVICE_ENDS, came))
            else:
                waits[came] = True
                line.append(came)
                push(events, (arrival + draw(1 / PATIENCE_MINUTES), PATIENCE_ENDS, came))
            came += 1
            arrival += draw(1 / GAP_MINUTES)
            continue
        now, kind, customer = pop(events)
        if kind == PATIENCE_ENDS:
            waits[customer] = False
            continue
        while line and not waits[line[0]]:
            line.popleft()
        if line:
            customer = line.popleft()
            waits[customer] = False
            served[customer] = True
            push(events, (now + draw(1 / HANDLE_MINUTES), SERVICE_ENDS, customer))
        else:
            free += 1
    return served


def contenders(customers: int) -> dict[str, Contender]:
    """All ways to simulate the queue, for about so many customers."""
    days = max(math.ceil(customers / (24 * CALLS_PER_HOUR)), 1)
    desk = sim.one_queue(
        arrivals_per_hour=CALLS_PER_HOUR,
        handle_minutes=HANDLE_MINUTES,
        agents=AGENTS,
        patience_minutes=PATIENCE_MINUTES,
        days=days,
    )

    def timed(work: Callable[[int], list[bool] | bytearray]) -> Contender:
        def run() -> Heat:
            watch = Stopwatch()
            with watch("all"):
                served = work(customers)
            return Heat(customers, watch.parts, 1 - np.array(served, dtype=float))

        return run

    return {
        TEXTBOOK: timed(textbook),
        HEAPQ: timed(event_loop),
        CIW: lambda: _ciw(customers),
        C: lambda: _c(customers),
        **{name: package.whole_run(desk, engine) for name, engine in package.ENGINES.items()},
    }


def measure(customers: int, rounds: int, say: Callable[[str], None]) -> dict:
    """Let all contenders run, check that they agree, and return times, ratios and goals."""
    lanes = race(contenders(customers), rounds, say)
    rows = {
        name: {
            "contacts": lane.contacts,
            "microseconds_a_contact": lane.microseconds_a_contact(),
            "parts": {part: lane.microseconds_a_contact(part) for part in lane.rounds},
            **need_erlang_a(name, lane.result.outcome == ABANDONED if name in package.ENGINES else lane.result),
        }
        for name, lane in lanes.items()
    }
    package.need_equal_logs({name: lanes[name].result for name in package.ENGINES if name in lanes})

    def per_contact(name: str, *parts: str) -> list[float]:
        return [seconds / lanes[name].contacts for seconds in lanes[name].seconds(*parts)]

    ratios, goals = {}, []
    for name in lanes:
        if name not in package.ENGINES:
            ratios[f"{name} / SimPy engine alone"] = ratio(
                per_contact(name), per_contact(package.SIMPY, package.ENGINE)
            )
    half = ratio(per_contact(package.SIMPY, package.ENGINE), per_contact(TEXTBOOK))
    goals.append({"goal": "SimPy engine alone at most 0.5 of textbook SimPy", "found": half, "most": 0.5})
    for other, least in ((TEXTBOOK, 60), (CIW, 100)):
        goal = {"goal": f"compiled, sampling and measures included, {least} times as fast as {other}", "least": least}
        if package.COMPILED in lanes and other in lanes:
            goal["found"] = ratio(per_contact(other), per_contact(package.COMPILED))
            alone = ratio(per_contact(other), per_contact(package.COMPILED, package.ENGINE))
            ratios[f"{other} / compiled engine alone"] = alone
        goals.append(goal)
    if package.COMPILED in lanes:
        ratios["SimPy engine / compiled engine, engines alone"] = ratio(
            per_contact(package.SIMPY, package.ENGINE), per_contact(package.COMPILED, package.ENGINE)
        )
    if package.COMPILED in lanes and C in lanes:
        ratios["compiled engine alone / C program"] = ratio(
            per_contact(package.COMPILED, package.ENGINE), per_contact(C)
        )
    return {"exact_abandonment": exact_abandonment(), "rows": rows, "ratios": ratios, "goals": goals}


def exact_abandonment() -> float:
    """By Erlang A."""
    return theory.erlang_a(CALLS_PER_HOUR, HANDLE_MINUTES, AGENTS, PATIENCE_MINUTES).abandonment


def need_erlang_a(name: str, hung_up: np.ndarray) -> dict[str, float]:
    """Compare the share of those who hung up, one number a customer or a batch, with Erlang A.

    Neighbours share their luck, so the error follows from the spread of batches, not of customers.
    """
    batches = np.array([batch.mean() for batch in np.array_split(hung_up, BATCHES)])
    share, error = float(batches.mean()), float(batches.std(ddof=1) / math.sqrt(BATCHES))
    if not abs(share - exact_abandonment()) <= 4 * error:
        raise DisagreementError(
            f"{name}: {share:.4f} of the calls are abandoned; Erlang A says {exact_abandonment():.4f}, and "
            f"{4 * error:.4f} more or less could be luck"
        )
    return {"abandonment": share, "standard_error": error}


def _ciw(customers: int) -> Heat:
    try:
        import ciw
    except ImportError:
        raise NotThereError("it needs the package ciw") from None
    watch = Stopwatch()
    ciw.seed(1)
    with watch("all"):
        exponential = ciw.dists.Exponential
        network = ciw.create_network(
            arrival_distributions=[exponential(rate=1 / GAP_MINUTES)],
            service_distributions=[exponential(rate=1 / HANDLE_MINUTES)],
            reneging_time_distributions=[exponential(rate=1 / PATIENCE_MINUTES)],
            number_of_servers=[AGENTS],
        )
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_customers(customers, method="Finish")
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)
    return Heat(customers, watch.parts, np.array([record.record_type == "renege" for record in records]))


def _c(customers: int) -> Heat:
    runs = 3
    given = (customers, 1, runs, GAP_MINUTES, HANDLE_MINUTES, PATIENCE_MINUTES, AGENTS, BATCHES)
    found = native.numbers("mm20", *given)
    sizes = np.diff([customers * batch // BATCHES for batch in range(BATCHES + 1)])
    return Heat(customers, {"all": float(np.median(found[:runs]))}, np.array(found[runs:]) / sizes)
