"""The compiled engine run as plain Python: no machine code hides a wrong place in an array, and its lines are counted.

Numba does not look whether a place lies within its array; Python does.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim import kernel

# What each program begins with.
PLAIN = """
from hypothesis import given, settings, strategies as st
from numba import config
import sim
from sim import engines
from sim.workload import draw
from support.both_engines import coarse, same
from support.random_scenarios import scenarios

assert config.DISABLE_JIT

def told_alike(scenario, work):
    same(engines.run(scenario, work, "simpy"), engines.run(scenario, work, "compiled"))
"""


@pytest.fixture
def plain_python(need, root):
    """A function plain_python(program): runs it in a Python in which Numba compiles nothing."""
    need(kernel.available(), "needs Numba")
    places = [str(Path(sim.__file__).parents[1]), str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, places))}

    def run(program):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PLAIN + program],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=root,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]

    return run


def test_the_edges(plain_python):
    plain_python("""
import pytest

edges = "tests/engines/test_edges.py"
assert pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", "-k", "not 500", edges]) == 0
""")


def test_random_scenarios(plain_python):
    plain_python("""
@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(scenarios(), st.sampled_from([None, 1.0, 30.0]))
def test(scenario, minutes):
    work = draw(scenario, 8)
    told_alike(scenario, work if minutes is None else coarse(work, minutes))

test()
""")


def test_a_day_of_the_shop(plain_python):
    plain_python("""
day = sim.load("baseline").with_(days=1)
told_alike(day, draw(day, 1))
""")
