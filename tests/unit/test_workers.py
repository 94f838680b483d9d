"""Workers never change a result, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim import batch, study, workers
from sim.batch import Task, View
from sim.workers import Processes, Serial, Threads


@pytest.fixture(scope="module")
def pair():
    """Two plans for a desk where some hang up."""
    desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="two")
    return [desk, desk.with_(name="three", teams={"agents": {"extra_agents": 1}})]


def all_bytes(duel):
    """What a comparison says in all, byte for byte."""
    tables = [duel.measures(), duel.differences(), duel.differences(by="slot"), duel.measures(by="hour", from_day=0.25)]
    return [table.to_numpy().tobytes() for table in tables]


@pytest.fixture(scope="module")
def alone(pair):
    """The bytes of 13 replications in this process, with every log kept."""
    duel = sim.compare(pair, 13, seed=3, workers=1, keep_logs=True, progress=False)
    return all_bytes(duel)


@pytest.fixture(scope="module")
def processes():
    """Two worker processes for several tests."""
    with Processes(2) as crew:
        yield crew


@pytest.fixture
def short_tasks(monkeypatch):
    """Many small tasks, so that they come back in any order."""
    monkeypatch.setattr(study, "SECONDS_A_TASK", 0.0)


@pytest.mark.parametrize("keep_logs", [None, True, False])
def test_threads_give_the_same_bytes(pair, alone, short_tasks, keep_logs):
    for count in (1, 3):
        with Threads(count) as team:
            duel = sim.compare(pair, 13, seed=3, workers=team, keep_logs=keep_logs, progress=False)
            assert all_bytes(duel) == alone


@pytest.mark.parametrize("keep_logs", [None, False])
def test_processes_give_the_same_bytes(pair, alone, short_tasks, processes, keep_logs):
    duel = sim.compare(pair, 13, seed=3, engine="simpy", workers=processes, keep_logs=keep_logs, progress=False)
    assert all_bytes(duel) == alone


def test_the_order_in_which_work_is_finished_does_not_matter(pair, alone, short_tasks, monkeypatch):
    finished = []

    class Backwards(Serial):
        def results(self, jobs):
            done = list(super().results(jobs))[::-1]
            finished.extend(batch.first for _, batch in done)
            yield from done

    duel = sim.compare(pair, 13, seed=3, workers=Backwards(), progress=False)
    assert finished == sorted(finished, reverse=True) != []
    assert all_bytes(duel) == alone


def test_the_size_of_tasks_does_not_matter(pair, alone, monkeypatch):
    sizes = set()

    class Watched(Threads):
        def _submit(self, running, scenario, task):
            sizes.add(task.last - task.first)
            return super()._submit(running, scenario, task)

    monkeypatch.setattr(study, "SECONDS_A_TASK", 60.0)
    with Watched(1) as team:
        assert all_bytes(sim.compare(pair, 13, seed=3, workers=team, progress=False)) == alone
    assert max(sizes) > 2


def test_worker_processes_really_do_the_work(pair, processes):
    before = Task(1, 0, 2, (View(),), "simpy")
    jobs = [(number, pair[0], replace(before, seed=number)) for number in range(4)]
    here = {number: batch.work(scenario, task) for number, scenario, task in jobs}
    there = dict(processes.results(jobs))
    assert {number: result.first for number, result in there.items()} == dict.fromkeys(range(4), 0)
    for number, result in there.items():
        for name, sums in result.counted[View()].values.items():
            assert sums.tobytes() == here[number].counted[View()].values[name].tobytes()
    assert len(processes._crew._members) == 2


def test_an_error_in_a_worker_is_told_as_if_it_had_been_made_here(pair, processes):
    jobs = [(0, pair[0], Task(1, 0, 1, (View(("chanel",)),), "simpy"))]
    with pytest.raises(ValueError, match=r"no such dimension to group by as 'chanel'\. Did you mean 'channel'"):
        list(processes.results(jobs))
    assert len(list(processes.results([(0, pair[0], Task(1, 0, 1, (View(),), "simpy"))]))) == 1, "they go on after it"


def test_a_worker_process_that_dies_is_replaced(pair, alone, short_tasks):
    with Processes(1) as team:
        sim.replicate(pair[0], 3, engine="simpy", workers=team, progress=False)
        (member,) = team._crew._members
        member.kill()
        member.wait()
        duel = sim.compare(pair, 13, seed=3, engine="simpy", workers=team, progress=False)
        assert all_bytes(duel) == alone
        assert team._crew._members[-1].pid != member.pid


def test_workers_that_die_again_and_again_are_told_of(pair, monkeypatch):
    from sim import processes

    monkeypatch.setattr(processes, "_PROGRAM", "raise SystemExit(3)")
    with (
        Processes(1) as team,
        pytest.raises(RuntimeError, match="two worker processes in a row ended while they ran replication 1 of 'two'"),
    ):
        sim.replicate(pair[0], 3, workers=team, progress=False)


def test_no_process_outlives_its_team(pair):
    with Processes(2) as team:
        sim.replicate(pair[0], 8, engine="simpy", workers=team, progress=False)
        members = list(team._crew._members)
        assert members
        assert all(member.poll() is None for member in members)
    assert all(member.poll() is not None for member in members)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_process_outlives_a_killed_caller(tmp_path):
    program = (
        "import sim, time\n"
        "from sim.workers import Processes\n"
        "desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2)\n"
        "team = Processes(1)\n"
        "sim.replicate(desk, 3, engine='simpy', workers=team, progress=False)\n"
        "print(team._crew._members[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    worker = int(caller.stdout.readline())
    caller.kill()
    caller.communicate()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
            if Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return  # ended, and nobody has asked how
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker process lives on")


def test_a_script_without_a_main_guard_can_use_processes(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text(
        "print('once')\n"
        "import sim\n"
        "desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2)\n"
        "print(len(sim.replicate(desk, 5, engine='simpy', workers=2, progress=False)))\n",
        encoding="utf-8",
    )
    told = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("once\n5\n", "")


# Stopping


class Stopped(Threads):
    """Threads whose user presses Ctrl-C when some tasks are done: all of replications 0 to 5, but one of number 3."""

    def results(self, jobs):
        done = sorted(super().results(jobs), key=lambda result: (result[1].first, result[0]))
        yield from [(number, batch) for number, batch in done if batch.first <= 5 and (number, batch.first) != (1, 3)]
        raise KeyboardInterrupt


def test_stopping_keeps_what_all_scenarios_have_without_a_gap(pair, short_tasks):
    with Stopped(2) as team, pytest.warns(UserWarning, match="stopped after 3 of 13 replications; these are kept"):
        duel = sim.compare(pair, 13, seed=3, workers=team, keep_logs=True, progress=False)
    assert [len(runs) for runs in duel.replications] == [3, 3]
    assert set(duel.replications[0].study._logs) == {(plan, number) for plan in (0, 1) for number in range(3)}
    assert all_bytes(duel) == all_bytes(sim.compare(pair, 3, seed=3, workers=1, progress=False))


def test_stopping_lets_the_workers_go(pair, short_tasks, monkeypatch):
    members = []

    class Interrupted(Processes):
        def results(self, jobs):
            yield from list(super().results(jobs))[:20]
            members.extend(self._crew._members)
            raise KeyboardInterrupt

    monkeypatch.setattr(workers, "Processes", Interrupted)
    before = set(threading.enumerate())
    with pytest.warns(UserWarning, match="stopped after"):
        sim.compare(pair, 13, engine="simpy", workers=2, progress=False)
    assert members
    assert all(member.returncode is not None for member in members)
    assert set(threading.enumerate()) <= before


def test_stopping_does_not_wait_for_the_work_in_hand(pair):
    short, long = Task(1, 0, 1, (View(),), "simpy"), Task(1, 0, 1500, (View(),), "simpy")
    team = Processes(1)
    results = team.results([(0, pair[0], short), (1, pair[0], long)])
    assert next(results)[0] == 0
    (member,) = team._crew._members
    results.close()
    team.close(now=True)
    assert member.returncode not in (None, 0), "it was ended, it had not finished"


# Memory


def test_logs_that_are_large_together_are_not_kept(pair, monkeypatch):
    small = sim.replicate(pair[0], 4, workers=1, progress=False)
    assert len(small.study._logs) == 4
    size = batch.size_of(small[0].log)
    assert size > len(small[0].contacts) * 17 * 8 / 2, "a log holds some columns of eight bytes a contact"
    monkeypatch.setattr(study, "MOST_BYTES", int(3.5 * size))
    large = sim.replicate(pair[0], 4, workers=1, progress=False)
    assert not large.study._logs
    assert large[3].contacts.equals(small[3].contacts)
    assert large.measures(by="hour").equals(small.measures(by="hour"))
    assert [run.replication for run in large] == [0, 1, 2, 3]
    assert len(large.study._recent) <= 4


def test_views_that_are_large_together_are_forgotten_and_counted_again(pair, monkeypatch):
    runs = sim.replicate(pair[0], 4, workers=1, keep_logs=False, progress=False)
    by_hour = runs.measures(by="hour")
    monkeypatch.setattr(study, "MOST_BYTES", 1)
    runs.measures(by="slot")
    assert set(runs.study._counted) == {(0, View()), (0, View(("slot",)))}
    assert runs.measures(by="hour").equals(by_hour)


def test_what_is_known_is_not_run_again(pair, monkeypatch):
    runs = sim.replicate(pair[0], 3, workers=1, keep_logs=False, progress=False)
    runs.measures(by="hour")
    monkeypatch.setattr(batch, "simulate", lambda *_, **__: pytest.fail("it ran again"))
    runs.measures(confidence=0.5)
    runs.measure("abandonment", by="hour")
    runs.each("abandonment")


def test_scenarios_that_differ_in_name_only_are_run_once(pair, monkeypatch):
    ran = []
    true_simulate = batch.simulate
    monkeypatch.setattr(batch, "simulate", lambda *a, **o: ran.append(o["replication"]) or true_simulate(*a, **o))
    duel = sim.compare([pair[0], pair[1], pair[0].with_(name="again")], 3, workers=1, progress=False)
    assert sorted(ran) == [0, 0, 1, 1, 2, 2]
    assert duel.replications[2][0].scenario.name == "again"
    assert duel.differences().loc["again", "estimate"].abs().max() == 0


# Choosing


@pytest.mark.parametrize(
    ("engine", "count", "seconds", "kind", "workers_there"),
    [
        ("simpy", None, 0.5, Serial, 1),
        ("simpy", None, 1000.0, Processes, 4),
        ("simpy", None, 4.0, Serial, 1),  # 3 s would be saved, 3 s are what a start is held to cost
        ("simpy", None, 4.1, Processes, 4),
        ("simpy", 1, 1000.0, Serial, 1),
        ("simpy", 3, 0.0, Processes, 3),
        ("compiled", None, 0.5, Serial, 1),
        ("compiled", None, 4.0, Threads, 4),
        ("compiled", 3, 0.0, Threads, 3),
    ],
)
def test_more_workers_are_taken_when_they_pay(monkeypatch, engine, count, seconds, kind, workers_there):
    monkeypatch.setattr(workers, "processors", lambda: 4)
    monkeypatch.setattr(workers.engines, "resolved", lambda engine: engine)
    monkeypatch.setattr(workers, "SECONDS_TO_START", {"processes": 2.0, "threads": 0.0})
    team = workers.chosen(count, engine, seconds)
    assert type(team) is kind
    assert team.count == workers_there


def test_one_processor_works_alone(monkeypatch):
    monkeypatch.setattr(workers, "processors", lambda: 1)
    assert type(workers.chosen(None, "simpy", 1e6)) is Serial


def test_a_slow_start_is_not_taken_for_slow_runs(pair, monkeypatch):
    asked = []

    def chosen(count, engine, seconds):
        asked.append(seconds)
        return Serial()

    def slow_at_first(scenario, task):
        return replace(batch.work(scenario, task), seconds=2.9 if task.first == 0 else 0.01)

    monkeypatch.setattr(study, "work", slow_at_first)
    monkeypatch.setattr(workers, "chosen", chosen)
    sim.replicate(pair[0], 12, progress=False)
    assert asked == [pytest.approx(10 * 0.01)], "ten runs are left after two looks"


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "2", True])
def test_a_wrong_number_of_workers_is_refused(pair, wrong):
    with pytest.raises(ValueError, match=r"workers holds .*; it may hold a whole number of at least 1, None for what"):
        sim.replicate(pair[0], 2, workers=wrong)


def test_workers_and_a_cluster_are_not_asked_for_together(pair):
    with pytest.raises(ValueError, match="give one of them"):
        sim.replicate(pair[0], 2, workers=2, client="tcp://127.0.0.1:1")


def test_a_worker_with_other_software_refuses(pair):
    task = Task(1, 0, 1, (View(),), made_by=(("numpy", "0.0"),))
    with pytest.raises(RuntimeError, match=r"runs other software .*: it has numpy .* instead of 0\.0"):
        batch.work(pair[0], task)
