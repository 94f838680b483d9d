"""What the SimPy engine costs a contact, beside the way that SimPy's own examples build a queue with reneging.

    python benchmarks/simpy_engine.py

One queue, M/M/20+M: 400 calls an hour, 3 minutes each, 20 agents, mean patience 5 minutes. Both run in turn in one
process; times are CPU seconds of this process, ratios are taken pair by pair, and medians are printed. The engine's
time includes its log; the customers are drawn beforehand, as they are for every engine.
"""

from __future__ import annotations

import random
import statistics
import time

import simpy

import sim
from sim import model, workload

CALLS_PER_HOUR, HANDLE_MINUTES, AGENTS, PATIENCE_MINUTES, DAYS, ROUNDS = 400, 3, 20, 5, 4, 9


def textbook() -> int:
    """A `Resource`, and a customer who takes whatever comes first of a turn and the end of patience."""
    env, luck, served = simpy.Environment(), random.Random(1), []
    desk = simpy.Resource(env, AGENTS)

    def call():
        with desk.request() as turn:
            found = yield turn | env.timeout(luck.expovariate(1 / PATIENCE_MINUTES))
            if turn in found:
                yield env.timeout(luck.expovariate(1 / HANDLE_MINUTES))
            served.append(turn in found)

    def calls():
        while True:
            yield env.timeout(luck.expovariate(CALLS_PER_HOUR / 60))
            env.process(call())

    env.process(calls())
    env.run(until=DAYS * 1440)
    return len(served)


def engine(scenario: sim.Scenario, customers: workload.Workload) -> int:
    """The same queue in this project's SimPy engine."""
    return len(model.run(scenario, customers).row)


def microseconds(work, *arguments) -> float:
    """CPU time a contact."""
    start = time.process_time()
    contacts = work(*arguments)
    return (time.process_time() - start) / contacts * 1e6


def main() -> None:
    """Measure and print."""
    desk = sim.one_queue(
        arrivals_per_hour=CALLS_PER_HOUR,
        handle_minutes=HANDLE_MINUTES,
        agents=AGENTS,
        patience_minutes=PATIENCE_MINUTES,
        days=DAYS,
    )
    customers = workload.draw(desk, seed=1)
    pairs = [(microseconds(textbook), microseconds(engine, desk, customers)) for _ in range(ROUNDS)]
    ratios = [ours / theirs for theirs, ours in pairs]
    print(f"textbook SimPy   {statistics.median(theirs for theirs, _ in pairs):6.2f} us a contact")
    print(f"SimPy engine     {statistics.median(ours for _, ours in pairs):6.2f} us a contact")
    print(
        f"ratio            {statistics.median(ratios):6.2f}    ({min(ratios):.2f} to {max(ratios):.2f}, {ROUNDS} pairs)"
    )


if __name__ == "__main__":
    main()
