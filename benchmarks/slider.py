"""A slider has moved: one more agent in the shop `baseline`, thirty replications, every measure with its interval."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator

import sim
from benchmarks import package
from benchmarks.race import Contender, Heat, Stopwatch, race, ratio


def moved(engine: str, replications: int, places: Iterator[int]) -> Contender:
    """What happens between the move to the next of these places and the new table."""
    base = sim.load("baseline")
    absence = base.teams["phone_desk"].absence
    # One process on one core, so that CPU seconds count everything.
    alone = {"workers": 1} if "workers" in inspect.signature(sim.replicate).parameters else {}

    def run() -> Heat:
        package.need_engine(engine)
        watch = Stopwatch()
        moves = {"extra_agents": 1, "absence": absence + next(places) * 1e-9}
        with watch("all"):
            more = base.with_(teams={"phone_desk": moves})
            runs = sim.replicate(more, replications, engine=engine, progress=False, **alone)
            table = runs.measures()
        return Heat(round(table.loc["contacts", "estimate"] * replications), watch.parts, table)

    return run


def measure(replications: int, rounds: int, say: Callable[[str], None]) -> dict:
    """Both engines: seconds from the move to the table."""
    # Nobody moves to a place where one of them has been, so that nothing is known of it from before.
    places = itertools.count(1)
    contenders = {name: moved(engine, replications, places) for name, engine in package.ENGINES.items()}
    lanes = race(contenders, rounds, say)
    goal: dict = {
        "goal": f"{replications} replications after a slider move: at most 1/30 of the SimPy engine",
        "most": 1 / 30,
    }
    if package.COMPILED in lanes:
        goal["found"] = ratio(lanes[package.COMPILED].seconds(), lanes[package.SIMPY].seconds())
        # But what they find is compared at the same place.
        tables = [moved(package.ENGINES[name], replications, iter([0]))().result for name in lanes]
        package.need_equal(tables[0].equals(tables[1]), "the engines' tables of measures")
    rows = {
        name: {
            "contacts": lane.contacts,
            "milliseconds": sorted(lane.seconds())[len(lane.seconds()) // 2] * 1e3,
            "microseconds_a_contact": lane.microseconds_a_contact(),
            "parts": {},
        }
        for name, lane in lanes.items()
    }
    return {"replications": replications, "rows": rows, "ratios": {}, "goals": [goal]}
