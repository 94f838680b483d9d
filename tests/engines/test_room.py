"""Runs take the memory of those before them, and nothing of what stands in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.both_engines import same

import sim
from sim import kernel, model
from sim.workload import draw

pytest.importorskip("numba")
SHOP = sim.load("baseline").with_(days=2)
SMALL = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)


@pytest.fixture
def lived():
    from sim.kernel import lived

    return lived


@pytest.mark.parametrize("rubbish", [0, 1, 0x7F, 0xFF])
def test_what_stands_in_the_room_does_not_matter(lived, rubbish):
    workload = draw(SHOP, 3)
    told = model.run(SHOP, workload)
    for _ in range(2):
        lived.needed(SHOP, workload).for_run[:] = rubbish
        same(told, kernel.run(SHOP, workload))


def test_runs_of_one_thread_share_it_and_logs_stay(lived):
    large, small = draw(SHOP, 3), draw(SMALL, 3)
    log = kernel.run(SHOP, large)
    before = {name: column.copy() for name, column in vars(log).items() if isinstance(column, np.ndarray)}
    rooms = [lived.needed(*given).for_run for given in ((SHOP, large), (SMALL, small))]
    assert np.shares_memory(*rooms)
    kernel.run(SMALL, small)
    rooms[0][:] = 0xFF
    for name, column in before.items():
        np.testing.assert_array_equal(getattr(log, name), column)


def test_threads_have_rooms_of_their_own(lived):
    workloads = [draw(SHOP, seed) for seed in range(12)]
    alone = [kernel.run(SHOP, workload) for workload in workloads]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(lambda workload: kernel.run(SHOP, workload), workloads), strict=True):
            same(one, other)
        elsewhere = pool.submit(lambda: lived.needed(SHOP, workloads[0]).for_run).result()
    assert not np.shares_memory(elsewhere, lived.needed(SHOP, workloads[0]).for_run)


def test_a_large_one_is_not_kept(lived, monkeypatch):
    workload = draw(SHOP, 3)
    size = len(lived.needed(SHOP, workload).for_run)
    monkeypatch.setattr(lived, "_MOST_KEPT_BYTES", size - 1)
    assert not np.shares_memory(*(lived.needed(SHOP, workload).for_run for _ in range(2)))
