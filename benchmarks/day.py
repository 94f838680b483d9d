"""The reference day: twelve hours of phone and chat, 5,000 contacts, with priorities, patience and repeats.

The textbook's way has no counterpart here. The limit is `day.c`, written for this one day; it reads the same customers
as the engines and must leave the same log, to the tick.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import sim
from benchmarks import native, package
from benchmarks.race import Contender, DisagreementError, Heat, race, ratio
from sim import workload
from sim.log import Log

C = "C program"
SCENARIO = Path(__file__).with_name("day.yaml")
MOST_AT_ONCE = 8
CLOSES, OPENS, COMES, GOES = range(4)


def scenario(days: int = 1) -> sim.Scenario:
    """The reference day, or several of them."""
    return sim.load(SCENARIO).with_(days=days)


def write(day: sim.Scenario, customers: workload.Workload, path: Path) -> None:
    """What day.c reads, as arrays one after the other: the customers and the timetable, in numbers."""
    assert list(day.teams) == list(day.channels), "each channel has the team of the same place"
    assert np.isinf(_delays(customers, workload.TURNED_AWAY)).all(), "who is turned away does not come back"
    roster, channels = customers.roster, list(day.channels.values())
    changes: list[tuple[float, int, int]] = []
    for what, edge in ((CLOSES, -1), (OPENS, 1)):
        for code, way in enumerate(channels):
            is_open = way.open_hours.minutes[day.weekdays].ravel().astype(int)
            changes += [(float(time), what, code) for time in np.flatnonzero(np.diff(is_open, prepend=0) == edge)]
    duty = zip(roster.duty_minutes, roster.duty_agent, roster.duty_on, strict=True)
    changes += [(float(time), COMES if comes else GOES, int(agent)) for time, agent, comes in duty]
    changes.sort(key=lambda change: change[0])
    time, what, subject = zip(*changes, strict=True)
    (kind,) = day.case_types.values()
    speeds = [list(way.speed)[:MOST_AT_ONCE] for way in channels]
    priority = np.array([segment.priority for segment in day.segments.values()])
    sizes = [customers.cases, customers.rows, len(channels), len(roster.agent_team), len(changes)]
    columns: list[tuple[str, object]] = [
        ("i8", sizes),
        ("f8", [day.horizon_minutes]),
        ("f8", customers.appears_minutes),
        ("i8", priority[customers.segment]),
        ("i8", customers.case),
        ("i8", customers.channel),
        ("i8", customers.next_attempt),
        ("f8", customers.handle_minutes),
        ("f8", customers.patience_minutes),
        ("f8", customers.solve_draw),
        ("f8", _delays(customers, workload.SERVED)),
        ("f8", _delays(customers, workload.ABANDONED)),
        ("i8", [way.at_once for way in channels]),
        ("f8", [kind.solved_in(name) for name in day.channels]),
        ("f8", [speed + speed[-1:] * (MOST_AT_ONCE - len(speed)) for speed in speeds]),
        ("i8", roster.agent_team),
        ("f8", time),
        ("i8", what),
        ("i8", subject),
    ]
    path.write_bytes(b"".join(np.asarray(values).astype(kind).tobytes() for kind, values in columns))


def _delays(customers: workload.Workload, outcome: int) -> np.ndarray:
    """How long after such an end each row tries again, shape (rows,); infinite for never."""
    delays = np.full(customers.rows, np.inf)
    known = customers.delay_after(outcome)
    delays[: len(known)] = known
    return delays


def read(path: Path, customers: workload.Workload) -> dict[str, np.ndarray]:
    """What day.c leaves, by the names that the log's columns have."""
    content, place = path.read_bytes(), 0

    def take(kind: str, count: int) -> np.ndarray:
        nonlocal place
        found = np.frombuffer(content, kind, count, place)
        place += found.nbytes
        return found

    happened, spells = take("i8", 2)
    found = {"row": take("i8", happened)}
    found |= {name: take("f8", happened) for name in ("arrived", "queued", "answered", "ended")}
    found |= {"agent": take("i4", happened), "outcome": take("i1", happened), "solved": take("i1", happened)}
    found |= {"state": take("i1", customers.cases), "closed": take("f8", customers.cases)}
    duty = take("f8", 3 * spells).reshape(-1, 3)
    duty = duty[np.lexsort(duty.T[::-1])]
    return found | dict(zip(("duty_agent", "duty_start", "duty_end"), duty.T, strict=True))


def c_program(day: sim.Scenario) -> Contender:
    """day.c on the customers that the engines get."""
    runs, customers = 25, workload.draw(day, 1)

    def run() -> Heat:
        native.compiler()
        given, left = native.folder() / "day.in", native.folder() / "day.out"
        write(day, customers, given)
        seconds = native.numbers("day", given, left, runs)
        result = read(left, customers)
        return Heat(len(result["row"]), {"all": float(np.median(seconds))}, result)

    return run


def need_same_day(log: Log, found: dict[str, np.ndarray]) -> None:
    """Compare the C program's day with an engine's, column by column."""
    for name, column in found.items():
        own = getattr(log, name).astype(column.dtype)
        if not np.array_equal(own, column, equal_nan=column.dtype.kind == "f"):
            raise DisagreementError(f"the C program and the package differ in the column {name}")


def measure(days: int, rounds: int, say: Callable[[str], None]) -> dict:
    """Let all contenders run, check that they agree, and return times, ratios and goals."""
    day = scenario(days)
    contenders = {name: package.whole_run(day, engine) for name, engine in package.ENGINES.items()}
    lanes = race({**contenders, C: c_program(day)}, rounds, say)
    logs = {name: lanes[name].result for name in package.ENGINES if name in lanes}
    package.need_equal_logs(logs)
    log = logs[package.SIMPY]
    if C in lanes:
        need_same_day(log, lanes[C].result)
    rows = {
        name: {
            "contacts": lane.contacts,
            "milliseconds": float(np.median(lane.seconds())) * 1e3,
            "microseconds_a_contact": lane.microseconds_a_contact(),
            "parts": {part: lane.microseconds_a_contact(part) for part in lane.rounds},
        }
        for name, lane in lanes.items()
    }
    ratios = {}
    goals: list[dict] = [
        {"goal": "compiled 30 times as fast as the SimPy engine, sampling and measures included", "least": 30},
        {"goal": "compiled engine alone at most 2 times the C program", "most": 2},
    ]
    if package.COMPILED in lanes:
        simpy, compiled = lanes[package.SIMPY], lanes[package.COMPILED]
        goals[0]["found"] = ratio(simpy.seconds(), compiled.seconds())
        ratios["SimPy engine / compiled engine, engines alone"] = ratio(
            simpy.seconds(package.ENGINE), compiled.seconds(package.ENGINE)
        )
        if C in lanes:
            goals[1]["found"] = ratio(compiled.seconds(package.ENGINE), lanes[C].seconds())
    if C in lanes:
        ratios["SimPy engine alone / C program"] = ratio(
            lanes[package.SIMPY].seconds(package.ENGINE), lanes[C].seconds()
        )
    return {
        "share_of_repeats": float((log.workload.number[log.row] > 1).mean()),
        "abandonment": float((log.outcome == workload.ABANDONED).mean()),
        "rows": rows,
        "ratios": ratios,
        "goals": goals,
    }
