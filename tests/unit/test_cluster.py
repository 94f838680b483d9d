"""A real Dask cluster of two processes gives the same bytes, also when one of them is killed in the middle."""

import os
import signal
import sys

import dask
import distributed
import pytest

import sim
from sim import study
from sim.cluster import Cluster


@pytest.fixture(scope="module")
def pair():
    """Two plans for a desk where some hang up."""
    desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="two")
    return [desk, desk.with_(name="three", teams={"agents": {"extra_agents": 1}})]


@pytest.fixture(scope="module")
def client():
    """A client of a cluster of two processes on this machine, without a dashboard."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as machines,
        distributed.Client(machines, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def short_tasks(monkeypatch):
    """Many tasks of one replication."""
    monkeypatch.setattr(study, "SECONDS_A_TASK", 0.0)


def all_bytes(duel):
    return [table.to_numpy().tobytes() for table in (duel.measures(), duel.differences(by="hour"))]


@pytest.fixture(scope="module")
def alone(pair):
    """The bytes of twelve replications on this machine."""
    return all_bytes(sim.compare(pair, 12, engine="simpy", workers=1, progress=False))


def test_a_cluster_gives_the_same_bytes(pair, alone, client):
    duel = sim.compare(pair, 12, engine="simpy", client=client, progress=False)
    assert all_bytes(duel) == alone
    assert not duel.replications[0].study._logs, "logs do not travel unless they are asked for"


def test_an_address_is_enough_and_one_worker_gives_the_same(pair, alone, client):
    one = list(client.scheduler_info()["workers"])[:1]

    class OneWorker(Cluster):
        def _start(self):
            executor = super()._start()
            executor._kwargs["workers"] = one
            return executor

    with OneWorker(client.scheduler.address) as team:
        assert all_bytes(sim.compare(pair, 12, engine="simpy", workers=team, progress=False)) == alone
    assert client.status == "running"


@pytest.mark.parametrize("killed", [1, 2])
def test_killed_workers_cost_nothing_but_time(pair, alone, client, killed):
    before = client.run(os.getpid).values()
    finished = []

    class Watched(Cluster):
        def results(self, jobs):
            for result in super().results(jobs):
                finished.append(result)
                if len(finished) == 4:
                    for victim in list(before)[:killed]:
                        os.kill(victim, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
                yield result

    with Watched(client) as team:
        assert all_bytes(sim.compare(pair, 12, engine="simpy", workers=team, progress=False)) == alone
    assert len(finished) >= 24
    # How soon the cluster replaces them, and whether all, is its own affair.
    client.wait_for_workers(1)
    assert not set(list(before)[:killed]) & set(client.run(os.getpid, on_error="ignore").values()), "they were killed"


def test_stopping_keeps_finished_replications_and_the_cluster(pair, client):
    class Stopped(Cluster):
        def results(self, jobs):
            done = sorted(super().results(jobs), key=lambda result: (result[1].first, result[0]))
            yield from done[:7]
            raise KeyboardInterrupt

    with Stopped(client) as team, pytest.warns(UserWarning, match="stopped after 3 of 12 replications"):
        duel = sim.compare(pair, 12, engine="simpy", workers=team, progress=False)
    assert [len(runs) for runs in duel.replications] == [3, 3]
    assert duel.measures().equals(sim.compare(pair, 3, engine="simpy", workers=1, progress=False).measures())
    assert client.submit(sum, [1, 2]).result() == 3


def test_an_error_on_the_cluster_is_told_as_if_it_had_been_made_here(pair, client):
    runs = sim.replicate(pair[0], 2, engine="simpy", client=client, progress=False)
    with pytest.raises(ValueError, match="the window from day 5 to day 1 is empty or outside the run"):
        runs.measures(from_day=5)


def test_workers_with_other_software_are_found(pair, client, monkeypatch):
    monkeypatch.setattr(study, "versions", lambda: (("numpy", "0.0"),))
    with pytest.raises(RuntimeError, match=r"a worker runs other software .* instead of 0\.0\. Install the same"):
        sim.replicate(pair[0], 2, engine="simpy", client=client, progress=False)


def test_what_a_cluster_has_done_is_kept_on_disk(pair, alone, client, tmp_path, monkeypatch):
    sim.compare(pair, 12, engine="simpy", client=client, folder=tmp_path, progress=False)
    monkeypatch.setattr(study, "work", lambda *_: pytest.fail("it ran again"))
    duel = sim.compare(pair, 12, engine="simpy", workers=1, folder=tmp_path, progress=False)
    assert duel.measures().to_numpy().tobytes() == alone[0]


@pytest.mark.parametrize("wrong", [5, ["tcp://10.0.0.5:8786"], object])
def test_what_is_no_client_is_refused(pair, wrong):
    with pytest.raises(ValueError, match=r"client holds .*; it may hold a distributed\.Client or the address"):
        sim.replicate(pair[0], 2, engine="simpy", client=wrong)


def test_nobody_at_the_address_is_told(pair):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.5s"}),
        pytest.raises(ValueError, match=r"there is no Dask scheduler at 'tcp://127\.0\.0\.1:9' .*dask scheduler"),
    ):
        sim.replicate(pair[0], 2, engine="simpy", client="tcp://127.0.0.1:9", progress=False)


def test_without_dask_it_says_what_to_install(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'pip install "after-sales-workbook\[cluster\]"'):
        sim.replicate(pair[0], 2, engine="simpy", client="tcp://127.0.0.1:9")
