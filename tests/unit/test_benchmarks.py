"""The benchmarks run, and say so when their contenders do not simulate the same thing. Nothing here is about speed."""

import dataclasses
import gc
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from benchmarks import __main__ as program
from benchmarks import day, growth, memory, mm20, native, package, race, report, slider, start
from sim import engines, workload

CUSTOMERS = 9600
ROOT = Path(__file__).parents[2]


def quiet(_line):
    pass


@pytest.fixture(autouse=True, scope="module")
def _once():
    """No short run is repeated: that is for the sake of the times, which do not matter here.

    And what pytest has in memory is not walked through again before each run.
    """
    gc.freeze()
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(race, "LEAST_SECONDS", 0.0)
        yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def compiler():
    """Skips where there is no C compiler. The benchmarks then leave the C program out, so CI may be without one."""
    try:
        return native.compiler()
    except race.NotThereError as reason:
        pytest.skip(str(reason))


# The queue


@pytest.fixture(scope="module")
def queue():
    return mm20.measure(CUSTOMERS, 1, quiet)


def test_every_contender_of_the_queue_that_is_here_ran(queue):
    always = {mm20.TEXTBOOK, mm20.HEAPQ, package.SIMPY}
    assert always <= set(queue["rows"]) <= always | {mm20.CIW, mm20.C, package.COMPILED}
    assert all(0.9 * CUSTOMERS < row["contacts"] < 1.1 * CUSTOMERS for row in queue["rows"].values())


def test_abandonment_is_compared_with_erlang_a_and_sharp_enough_to_tell(queue):
    # One agent more or less would change the share by a third; four standard errors are less than that.
    exact = queue["exact_abandonment"]
    other = sim.theory.erlang_a(400, 3, 21, 5).abandonment
    for row in queue["rows"].values():
        assert 0 < row["standard_error"] < 0.1 * exact
        assert abs(row["abandonment"] - exact) < abs(other - exact)


def test_the_c_program_ran_where_there_is_a_compiler(compiler, queue):
    assert mm20.C in queue["rows"]


@pytest.mark.parametrize("agents", [18, 22])
def test_a_contender_with_another_queue_is_noticed(monkeypatch, agents):
    with monkeypatch.context() as changed:
        changed.setattr(mm20, "AGENTS", agents)
        served = np.array(mm20.event_loop(CUSTOMERS))
    with pytest.raises(race.DisagreementError, match=r"a loop.*Erlang A says 0\.07"):
        mm20.need_erlang_a("a loop", 1 - served)


def test_a_wrong_contender_stops_the_case(monkeypatch):
    all_served = {"a loop": lambda: race.Heat(CUSTOMERS, {"all": 1.0}, np.zeros(CUSTOMERS))}
    monkeypatch.setattr(mm20, "contenders", lambda _: all_served)
    with pytest.raises(race.DisagreementError, match="a loop"):
        mm20.measure(CUSTOMERS, 1, quiet)


def missing(*_):
    raise race.NotThereError("it needs something")


# The reference day


@pytest.fixture(scope="module")
def reference():
    scenario = day.scenario()
    customers = workload.draw(scenario, 1)
    return scenario, customers, engines.run(scenario, customers, "simpy")


def test_the_reference_day_is_what_it_is_called(reference):
    scenario, _, log = reference
    contacts, repeats = len(log.row), (log.workload.number[log.row] > 1).mean()
    assert 4800 < contacts < 5200
    assert 0.11 < repeats < 0.14
    assert {way.at_once for way in scenario.channels.values()} == {1, 3}
    assert len({segment.priority for segment in scenario.segments.values()}) == 2
    # Everything that makes the day hard happens: waits, hang-ups, three chats at once, closing time.
    assert {"served", "abandoned", "turned_away"} <= {sim.log.OUTCOMES[code] for code in np.unique(log.outcome)}


def test_the_c_program_leaves_the_log_of_the_package_to_the_tick(compiler, reference):
    scenario, _, log = reference
    heat = day.c_program(scenario)()
    day.need_same_day(log, heat.result)
    assert heat.contacts == len(log.row)
    assert np.nansum(heat.result["answered"] - heat.result["queued"]) == np.nansum(log.answered - log.queued) > 0


def test_days_in_a_row_agree_as_well(compiler):
    scenario = day.scenario(3)
    log = engines.run(scenario, workload.draw(scenario, 1), "simpy")
    day.need_same_day(log, day.c_program(scenario)().result)


def test_one_tick_of_difference_is_noticed(compiler, reference):
    scenario, _, log = reference
    found = dict(day.c_program(scenario)().result)
    late = found["answered"].copy()
    late[np.flatnonzero(~np.isnan(late))[100]] += 2.0**-20
    with pytest.raises(race.DisagreementError, match="column answered"):
        day.need_same_day(log, found | {"answered": late})


def test_engines_with_different_logs_are_noticed(reference):
    scenario, _, log = reference
    again = engines.run(scenario, workload.draw(scenario, 1), "simpy")
    package.need_equal_logs({"one": log, "two": again})
    late = log.ended.copy()
    late[np.flatnonzero(~np.isnan(late))[100]] += 2.0**-20
    with pytest.raises(race.DisagreementError, match="one and two differ in the log's column ended"):
        package.need_equal_logs({"one": log, "two": dataclasses.replace(log, ended=late)})


def test_a_second_engine_is_raced_compared_and_judged(monkeypatch):
    pytest.importorskip("numba")
    real = engines.run
    monkeypatch.setattr(engines, "ENGINES", ("auto", "simpy", "compiled"))
    monkeypatch.setattr(engines, "run", lambda scenario, customers, _: real(scenario, customers, "simpy"))
    monkeypatch.setattr(day, "c_program", lambda _: missing)
    found = day.measure(1, 1, quiet)
    assert set(found["rows"]) == {package.SIMPY, package.COMPILED}
    assert found["goals"][0]["found"]["rounds"] == 1
    assert "found" not in found["goals"][1], "there is no C program to compare with"

    def another_seed(scenario, customers, engine):
        return real(scenario, workload.draw(scenario, 2 if engine == "compiled" else 1), "simpy")

    monkeypatch.setattr(engines, "run", another_seed)
    with pytest.raises(race.DisagreementError, match="SimPy engine and compiled engine differ"):
        day.measure(1, 1, quiet)


# Races


def stepping(*seconds):
    """A contender whose runs take these times, one after the other; the first two runs are the warm-up."""
    left = list(seconds)
    return lambda: race.Heat(10, {"a": left.pop(0), "b": 1.0})


def test_contenders_take_turns_and_ratios_are_of_the_same_round():
    lanes = race.race({"slow": stepping(9, 9, 2, 4, 12), "fast": stepping(9, 9, 1, 1, 2), "none": missing}, 3, quiet)
    assert list(lanes) == ["slow", "fast"]
    assert lanes["slow"].seconds("a") == [2, 4, 12]
    assert lanes["slow"].seconds() == [3, 5, 13]
    assert lanes["slow"].microseconds_a_contact() == 5 / 10 * 1e6
    found = race.ratio(lanes["slow"].seconds("a"), lanes["fast"].seconds("a"))
    assert found == {"median": 4, "low": 2, "high": 6, "rounds": 3}


def test_short_runs_are_repeated_and_the_median_repeat_counts(monkeypatch):
    monkeypatch.setattr(race, "LEAST_SECONDS", 0.05)
    # After the warm-up a run of 0.02 s is repeated twice (0.05 / 0.02 = 2.5, which Python rounds to even).
    left = [0.02, 0.02, 0.01, 0.03]
    lanes = race.race({"short": lambda: race.Heat(1, {"all": left.pop(0)})}, 1, quiet)
    assert lanes["short"].seconds() == [pytest.approx(0.02)]
    assert not left


def test_an_engine_that_is_not_there_is_left_out_with_a_reason(monkeypatch):
    monkeypatch.setattr(engines, "ENGINES", ("auto", "simpy"))
    told = []
    lanes = race.race({"compiled": package.whole_run(growth.desk(100), "compiled")}, 1, told.append)
    assert not lanes
    assert "not there" in told[0]


def test_a_missing_compiler_is_told(monkeypatch):
    monkeypatch.setattr(native.shutil, "which", lambda _: None)
    with pytest.raises(race.NotThereError, match="no C compiler"):
        native.compiler()


# The other cases


@pytest.mark.parametrize(("contacts", "agents"), [(1000, 20), (30_000, 20), (50_000, 1000), (1000, 10)])
def test_queues_of_any_size_have_the_same_load(contacts, agents):
    desk = growth.desk(contacts, agents)
    assert desk.expected_cases() == pytest.approx(contacts, rel=0.02)
    rate = desk.demand.cases_per_hour["call"].minutes.max()
    assert rate * 3 / 60 / agents == pytest.approx(1)


def test_cost_is_reported_by_size_and_team():
    found = growth.measure(1000, 1, quiet)
    assert [row["contacts"] for row in found["by_contacts"][package.SIMPY]] == ["1,000"]
    assert [row["agents"] for row in found["by_agents"][package.SIMPY]] == ["10", "100", "1,000"]


def test_memory_holds_at_least_what_the_arrays_hold():
    if not memory.PEAK.exists():
        pytest.skip("this system does not tell the peak of a process's memory")
    row = memory.measure(2000, 1, quiet)["rows"][package.SIMPY]
    # A customer and a contact have at least handle time, patience, outcome number, six delays; four times in the log.
    assert row["customers"] >= 9 * 8
    assert row["log"] >= 4 * 8
    assert row["contacts"] == pytest.approx(2000, rel=0.1)


def test_what_was_asked_for_is_taken_off_the_peak(monkeypatch, capsys):
    class Mebibytes:
        most = 64 * 2**20

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(memory, "_Growth", Mebibytes)
    memory.main("simpy", 2000)
    row = json.loads(capsys.readouterr().out)
    peak = 64 * 2**20 / row["contacts"]
    assert row["customers"] + row["sampling beside them"] == pytest.approx(peak)
    assert row["log"] + row["engine beside its log"] == pytest.approx(peak)


def test_the_peak_of_memory_is_seen():
    if not memory.PEAK.exists():
        pytest.skip("this system does not tell the peak of a process's memory")
    # In a process of its own, as in the benchmark: in one that has run for long other memory comes and goes.
    rise = """
import numpy as np
from benchmarks import memory
with memory._Growth() as growing:
    for _ in range(2):
        np.ones(2**23)  # 64 MiB, gone again at once
print(growing.most)
"""
    told = subprocess.run([sys.executable, "-c", rise], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(told.stdout) == pytest.approx(64 * 2**20, rel=0.2)


def test_a_moved_slider_gives_every_measure():
    table = slider.moved("simpy", 2, iter([1]))().result
    assert set(sim.measures.MEASURES) <= set(table.index)


def test_nobody_moves_a_slider_to_a_place_where_somebody_has_been(monkeypatch):
    """Who does would find the plan of that place and its rosters."""
    pytest.importorskip("numba")
    seen = []
    true_replicate = sim.replicate

    def replicate(scenario, *arguments, **options):
        seen.append(scenario.teams["phone_desk"].absence)
        return true_replicate(scenario.with_(days=1), *arguments, **options)

    monkeypatch.setattr(slider.sim, "replicate", replicate)
    found = slider.measure(2, 2, quiet)
    assert found["goals"]
    assert len(set(seen)) == len(seen) - 1  # but for the comparison, which is at one place


def test_starts_are_timed_in_fresh_processes(monkeypatch):
    monkeypatch.setattr(start, "STARTS", {"import sim": "import time\nwhile time.process_time() < 0.3: pass"})
    monkeypatch.setattr(start.package, "need_engine", missing)
    assert start.measure(0, 1, quiet)["rows"]["import sim"] >= 0.3


# The program


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        ({"least": 30, "found": {"median": 30.0}}, "met"),
        ({"least": 30, "found": {"median": 29.9}}, "not met"),
        ({"most": 2, "found": {"median": 2.0}}, "met"),
        ({"most": 2, "found": {"median": 2.1}}, "not met"),
        ({"most": 2}, "not measured"),
    ],
)
def test_a_goal_is_judged_by_its_median(goal, said):
    assert report.verdict(goal) == said


def test_one_case_by_name_gives_a_table_and_the_same_as_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(program.CASES, "day", (lambda *_: found_day(), 1, 1, "a stand-in"))
    file = tmp_path / "found.json"
    assert program.main(["day", "--quick", "--json", str(file)]) == 0
    table = capsys.readouterr().out
    assert "Reference day (12.3% repeats" in table
    assert "not met      twice as fast: 1.5 (1 to 2, 3 rounds)" in table
    assert json.loads(file.read_text())["cases"]["day"]["rows"]["one"]["parts"]["engine"] == 1.235
    assert program.main(["--show", str(file)]) == 0
    assert capsys.readouterr().out == table


def found_day():
    row = {"contacts": 5000, "microseconds_a_contact": 2.0, "milliseconds": 10.0, "parts": {"engine": 1.23456}}
    spread = {"median": 1.5, "low": 1.0, "high": 2.0, "rounds": 3}
    return {
        "share_of_repeats": 0.123,
        "abandonment": 0.05,
        "rows": {"one": row},
        "ratios": {"one / other": spread},
        "goals": [{"goal": "twice as fast", "least": 2, "found": spread}],
    }


def test_disagreement_is_the_exit_code_and_ends_no_other_case(tmp_path, capsys, monkeypatch):
    def wrong(*_):
        raise race.DisagreementError("one and two differ")

    monkeypatch.setitem(program.CASES, "mm20", (wrong, 1, 1, "a stand-in"))
    monkeypatch.setitem(program.CASES, "day", (lambda *_: found_day(), 1, 1, "a stand-in"))
    assert program.main(["mm20", "day", "--json", str(tmp_path / "found.json")]) == 1
    told = capsys.readouterr().out
    assert "WRONG: mm20: one and two differ" in told
    assert "Reference day" in told


@pytest.mark.parametrize(("arguments", "said"), [(["dya"], "Did you mean 'day'?"), (["--rounds", "0"], "at least 1")])
def test_a_slip_in_the_arguments_is_told(capsys, arguments, said):
    with pytest.raises(SystemExit, match="2"):
        program.main(arguments)
    assert said in capsys.readouterr().err


def test_the_machine_is_described_without_its_name():
    told = report.machine()
    assert {"processor", "cores", "system", "python", "numpy", "simpy"} <= set(told)
    assert report.platform.node() not in " ".join(told.values()).split()


def test_it_runs_as_a_program(root):
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0
    assert all(name in done.stdout for name in program.CASES)
