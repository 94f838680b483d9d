"""Which engine runs, what it says, and that runs leave each other and their customers alone."""

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from support.both_engines import differences, same

import sim
from sim import engines, kernel, model
from sim.workload import draw

DESK = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)

# The compiled engine as plain Python, without the wait for machine code.
PLAIN_PYTHON = {"NUMBA_DISABLE_JIT": "1"}
TOLD, QUIET = {"TQDM_DISABLE": "0"}, {"TQDM_DISABLE": "1"}


@pytest.fixture
def ran(monkeypatch):
    """Names of the engines that have run, in order."""
    found = []
    for module in (kernel, model):
        run = module.run

        def noted(scenario, workload, module=module, run=run):
            found.append(module.__name__)
            return run(scenario, workload)

        monkeypatch.setattr(module, "run", noted)
    return found


def python(program, monkeypatch, **environment):
    """What a fresh Python prints, and what it says on the side."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


class TestTheChoice:
    def test_simpy_runs_when_asked_for(self, ran):
        engines.run(DESK, draw(DESK), "simpy")
        assert ran == ["sim.model"]

    def test_without_numba_simpy_runs(self, ran, monkeypatch):
        monkeypatch.setattr(kernel, "available", lambda: False)
        engines.run(DESK, draw(DESK))
        sim.simulate(DESK, engine="auto")
        assert ran == ["sim.model"] * 2

    def test_with_numba_machine_code_runs(self, ran, need):
        need(kernel.available(), "needs Numba")
        engines.run(DESK, draw(DESK))
        engines.run(DESK, draw(DESK), "compiled")
        sim.simulate(DESK)
        assert ran == ["sim.kernel"] * 3

    def test_without_numba_nobody_gets_machine_code(self, ran, monkeypatch):
        monkeypatch.setattr(kernel, "available", lambda: False)
        with pytest.raises(ModuleNotFoundError, match=r"needs Numba.*pip install numba.*engine='simpy'"):
            engines.run(DESK, draw(DESK), "compiled")
        assert ran == []

    def test_numba_is_found_where_it_is(self, monkeypatch):
        there = kernel.importlib.util.find_spec
        monkeypatch.setattr(kernel.importlib.util, "find_spec", lambda name: None if name == "numba" else there(name))
        assert not kernel.available()
        monkeypatch.setattr(kernel.importlib.util, "find_spec", lambda name: there("json"))
        assert kernel.available()

    @pytest.mark.parametrize("engine", ["numba", "Compiled", "", None, 1])
    def test_an_engine_that_does_not_exist(self, engine):
        with pytest.raises(ValueError, match=r"no such engine as .*auto, simpy, compiled"):
            engines.run(DESK, draw(DESK), engine)


class TestTheFirstRun:
    RUN = """
import sim, sys
from sim import engines, kernel
from sim.workload import draw
assert "numba" not in sys.modules and "sim.kernel.lived" not in sys.modules
kernel.PATIENCE_SECONDS = {seconds}
desk = sim.one_queue(arrivals_per_hour=1, handle_minutes=5, agents=1)
engines.run(desk, draw(desk), "compiled")
kernel.PATIENCE_SECONDS = 0
engines.run(desk, draw(desk), "compiled")
"""

    @pytest.mark.parametrize(("seconds", "wish", "times"), [(0, TOLD, 1), (1000, TOLD, 0), (0, QUIET, 0)])
    def test_says_why_it_is_slow_if_it_is(self, seconds, wish, times, monkeypatch, need):
        need(kernel.available(), "needs Numba")
        _, told = python(self.RUN.format(seconds=seconds), monkeypatch, **PLAIN_PYTHON, **wish)
        assert told.count("Preparing the fast engine") == times

    def test_a_run_on_simpy_does_not_touch_numba(self, monkeypatch):
        program = "import sim, sys; sim.simulate('baseline', engine='simpy'); print('numba' in sys.modules)"
        assert python(program, monkeypatch) == ("False\n", "")

    def test_one_compilation_serves_every_scenario(self, need):
        """Arrays of another layout or type would take another half minute, for each kind of scenario once."""
        need(kernel.available(), "needs Numba")
        chats = DESK.with_(channels={"phone": {"at_once": 3, "speed": [1, 0.8, 0.7]}})
        for scenario in (DESK, chats, sim.load("baseline").with_(days=1)):
            engines.run(scenario, draw(scenario), "compiled")
        from sim.kernel.lived import lived

        # None if Numba's compiler is switched off.
        assert len(getattr(lived, "signatures", [None])) == 1


class TestTheArraysOfAScenario:
    """`sim.kernel.tables.book`: what is looked up while agents come and go need not be written again for one more."""

    BASE = sim.load("baseline")

    @pytest.fixture
    def book(self, need):
        need(kernel.available(), "needs Numba")
        from sim.kernel.tables import book

        return book

    def test_are_shared_by_scenarios_that_differ_in_staffing_alone(self, book):
        more = self.BASE.with_(teams={"phone_desk": {"extra_agents": 2, "absence": 0.2}})
        assert book(more) is book(self.BASE)

    @pytest.mark.parametrize(
        "changes",
        [
            {"days": 3},
            {"serve_first": "waiting"},
            {"teams": {"phone_desk": {"handle_factor": 1.1}}},
            {"channels": {"phone": {"lines": 7}}},
        ],
    )
    def test_are_their_own_for_others(self, book, changes):
        assert book(self.BASE.with_(**changes)) is not book(self.BASE)

    @pytest.mark.parametrize("part", ["case_types", "segments", "channels", "teams"])
    def test_are_their_own_for_the_same_names_in_another_order(self, book, part):
        content = {name: getattr(self.BASE, name) for name in self.BASE.model_fields_set}
        turned = sim.load(content | {part: dict(reversed(content[part].items()))})
        assert turned == self.BASE
        assert book(turned) is not book(self.BASE)


@pytest.fixture(scope="module")
def shops():
    """Two scenarios with a workload each; one ends its days at rest, the other with agents at work and a queue."""
    busy = sim.one_queue(arrivals_per_hour=40, handle_minutes=5, agents=2, patience_minutes=10, lines=9)
    busy = busy.with_(channels={"phone": {"callback": {"when_wait_above_minutes": 6, "accepted_share": 0.5}}})
    return [(shop, draw(shop, 5)) for shop in (sim.load("baseline").with_(days=2), busy)]


class TestRunsLeaveEachOtherAlone:
    @pytest.mark.parametrize("engine", ["simpy", "compiled"])
    def test_one_after_the_other_and_in_turn(self, shops, engine, need):
        need(kernel.available() or engine == "simpy", "needs Numba")
        first, second = (engines.run(*shop, engine) for shop in shops)
        assert differences(first, second)
        for shop, log in [(shops[0], first), (shops[1], second), (shops[1], second), (shops[0], first)]:
            same(log, engines.run(*shop, engine))

    @pytest.mark.parametrize("engine", ["simpy", "compiled"])
    def test_a_run_changes_neither_its_customers_nor_an_earlier_log(self, shops, engine, need):
        need(kernel.available() or engine == "simpy", "needs Numba")
        scenario, work = shops[0]
        log = engines.run(scenario, work, engine)

        def bytes_of(value):
            found = {one.name: getattr(value, one.name) for one in fields(value)}
            return {name: column.tobytes() for name, column in found.items() if isinstance(column, np.ndarray)}

        before = [bytes_of(value) for value in (work, work.roster, log)]
        engines.run(scenario, work, engine)
        assert [bytes_of(value) for value in (work, work.roster, log)] == before
        assert sum(map(len, before)) > 30

    def test_at_the_same_time(self, need):
        need(kernel.available(), "needs Numba")
        shop = sim.load("baseline").with_(days=2)
        works = [draw(shop, seed) for seed in range(1, 13)]
        alone = [engines.run(shop, work, "compiled") for work in works]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda work: engines.run(shop, work, "compiled"), works))
        for one, other in zip(alone, together, strict=True):
            same(one, other)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in their own way")
def test_memory_that_one_run_gives_back_is_there_for_the_next():
    code = """
import resource
import numpy as np
import sim.engines

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def a_run():  # 20 MB in columns of 0.4 MB
    columns = [np.ones(50_000) for _ in range(50)]

a_run()
before = pages()
a_run()
print(pages() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000  # of 5,000 pages
