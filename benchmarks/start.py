"""How long one waits before anything runs: importing the package, and compiling the compiled engine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import package
from benchmarks.race import NotThereError

ROOT = Path(__file__).parents[1]
GOAL_SECONDS = 0.5
# Python's own start is included: that, too, one waits for.
CLOCK = "{}\nimport time; print(time.process_time())"
STARTS = {
    "import sim": "import sim",
    "import sim, load a scenario": "import sim; sim.load('baseline')",
    "list the scenarios (python -m sim scenarios)": (
        "import contextlib, io, sys; sys.argv = ['sim', 'scenarios']\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    import runpy; runpy.run_module('sim', run_name='__main__')"
    ),
    "import sim, one run with the SimPy engine": "import sim; sim.simulate('baseline', engine='simpy')",
}
COMPILE = (
    "import time; from sim import engines, workload, one_queue\n"
    "desk = one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)\n"
    "customers = workload.draw(desk)\n"
    "start = time.process_time(); engines.run(desk, customers, 'compiled'); first = time.process_time() - start\n"
    "start = time.process_time(); engines.run(desk, customers, 'compiled')\n"
    "print(first - (time.process_time() - start))"
)


def measure(_size: int, rounds: int, say: Callable[[str], None]) -> dict:
    """CPU seconds, medians. Nothing here uses a second core, so on a free machine these are seconds by the clock."""
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    for code in STARTS.values():
        _seconds(CLOCK.format(code))
    for number in range(rounds):
        say(f"  round {number + 1} of {rounds}")
        for name, code in STARTS.items():
            times[name].append(_seconds(CLOCK.format(code)))
    rows = {name: statistics.median(each) for name, each in times.items()}
    try:
        package.need_engine("compiled")
        with tempfile.TemporaryDirectory() as cache:
            rows["first run compiled, nothing in the cache"] = _seconds(COMPILE, NUMBA_CACHE_DIR=cache)
            rows["first run compiled, from the cache"] = _seconds(COMPILE, NUMBA_CACHE_DIR=cache)
    except NotThereError as reason:
        say(f"  {package.COMPILED}: not there ({reason})")
    goal = {"goal": "import sim, seconds", "most": GOAL_SECONDS, "found": {"median": rows["import sim"]}}
    return {"rows": rows, "goals": [goal]}


def _seconds(code: str, **variables: str) -> float:
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env={**os.environ, **variables}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])
