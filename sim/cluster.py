"""A cluster of machines as workers, by Dask: the same tasks, handed to its scheduler.

A scenario travels once to each machine that needs it. If a machine is lost, the scheduler gives its tasks to others;
as a task gives the same wherever it runs, nothing but time is lost. `docs/cluster.md` tells how to start a cluster.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future
from typing import Any, cast

from sim.batch import Batch, Task, work
from sim.scenario import Scenario
from sim.workers import Pool

# How long to wait for the first worker of a cluster that is just starting.
PATIENCE_SECONDS = 60


class Cluster(Pool):
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client or str
        A client, which stays open, or the address of a scheduler, such as ``"tcp://10.0.0.5:8786"``.

    Raises
    ------
    ImportError
        If Dask is not installed.
    ValueError
        If there is nobody at this address.
    """

    local = False

    def __init__(self, client: Any) -> None:
        super().__init__()
        try:
            import distributed
        except ImportError:
            raise ImportError(
                "client= needs Dask, which is not installed; install it with: "
                'pip install "after-sales-workbook[cluster]"'
            ) from None
        if not isinstance(client, (str, distributed.Client)):
            raise ValueError(
                f"client holds {client!r}; it may hold a distributed.Client or the address of a Dask scheduler, such "
                'as "tcp://10.0.0.5:8786"'
            )
        self._given = client
        self._client: Any = None
        self._scenarios: dict[int, tuple[Scenario, Any]] = {}
        self._threads, self._asked = 1, 0.0

    @property
    def count(self) -> int:
        """How many tasks are done at once: the threads of all workers, which may become more or fewer."""
        if time.monotonic() > self._asked + 2:
            self._threads = max(1, sum(self._client.nthreads().values()))
            self._asked = time.monotonic()
        return self._threads

    def close(self, *, now: bool = False) -> None:
        """Take back what is not done; a client that was given stays open."""
        if self._running is not None:
            self._running.shutdown(wait=False)
            self._running = None
            self._scenarios.clear()
            if isinstance(self._given, str):
                self._client.close()

    def _start(self) -> Executor:
        import distributed

        if isinstance(self._given, str):
            connect: Any = distributed.Client
            try:
                self._client = connect(self._given, set_as_default=False)
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"there is no Dask scheduler at {self._given!r} ({str(error).splitlines()[0]}); start one with: "
                    "dask scheduler"
                ) from None
        else:
            self._client = self._given
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        except TimeoutError:
            raise ValueError(
                f"the cluster has had no worker for {PATIENCE_SECONDS} seconds; start one with: dask worker ADDRESS"
            ) from None
        return cast("Executor", self._client.get_executor(pure=False))

    def _submit(self, running: Executor, scenario: Scenario, task: Task) -> Future[Batch]:
        if id(scenario) not in self._scenarios:
            # A task that gives the scenario, and not data put on a worker, which would be lost with that worker.
            there = self._client.submit(_itself, scenario, pure=False)
            self._scenarios[id(scenario)] = scenario, there
        return running.submit(work, cast("Scenario", self._scenarios[id(scenario)][1]), task)


def _itself(scenario: Scenario) -> Scenario:
    return scenario
