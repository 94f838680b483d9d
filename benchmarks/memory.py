"""Memory a contact: the customers, the log, and what the work needs beside them.

Each engine runs in a process of its own, which asks the system for the largest memory that it held (Linux: the peak is
set back before each part, so sampling does not hide what the engine needs).
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import growth, package
from benchmarks.race import NotThereError
from sim import engines, measures, workload

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
# What may be held beside what was asked for.
GOAL_BYTES = 120


def measure(contacts: int, _rounds: int, say: Callable[[str], None]) -> dict:
    """Bytes a contact of each engine."""
    rows = {}
    for name, engine in package.ENGINES.items():
        # SimPy's events are large: fewer of them tell the same.
        size = min(contacts, 100_000) if engine == "simpy" else contacts
        try:
            package.need_engine(engine)
            rows[name] = _in_a_process(engine, size)
        except NotThereError as reason:
            say(f"  {name}: not there ({reason})")
    goal: dict = {"goal": "compiled engine: bytes a contact beside customers and log", "most": GOAL_BYTES}
    if package.COMPILED in rows:
        goal["found"] = {"median": rows[package.COMPILED]["engine beside its log"]}
    return {"contacts": contacts, "rows": rows, "goals": [goal]}


def _in_a_process(engine: str, contacts: int) -> dict[str, float]:
    if not PEAK.exists():
        raise NotThereError("this system does not tell the peak of a process's memory")
    command = [sys.executable, "-m", "benchmarks.memory", engine, str(contacts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise NotThereError(f"the measuring process failed: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def _status(entry: str) -> int:
    found = re.search(rf"^{entry}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found.group(1)) * 1024


class _Growth:
    """How far the memory rose above where it was, at its highest."""

    def __enter__(self) -> _Growth:
        PEAK.write_text("5", encoding="ascii")
        self.before = _status("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.most = _status("VmHWM") - self.before


def held(record: object) -> int:
    """Bytes in the arrays of a record; what several columns share counts once."""
    found: dict[int, int] = {}
    for field in dataclasses.fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            where = value.__array_interface__["data"][0]
            found[where] = max(value.nbytes, found.get(where, 0))
        elif dataclasses.is_dataclass(value) and field.name == "roster":
            found[id(value)] = held(value)
    return sum(found.values())


def main(engine: str, contacts: int) -> None:
    """Measure one engine in this process and print the result."""
    small = growth.desk(1000)
    measures.sums(engines.run(small, workload.draw(small), engine))
    desk = growth.desk(contacts)
    with _Growth() as sampling:
        customers = workload.draw(desk)
    with _Growth() as running:
        log = engines.run(desk, customers, engine)
    with _Growth() as adding:
        measures.sums(log)
    count = int(log.is_contact.sum())
    found = {
        "customers": held(customers),
        "sampling beside them": sampling.most - held(customers),
        "log": held(log),
        "engine beside its log": running.most - held(log),
        "measures": adding.most,
    }
    print(json.dumps({name: max(size, 0) / count for name, size in found.items()} | {"contacts": count}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
