"""Who does the work of an experiment: this process, threads, other processes, or a cluster of machines.

Workers take tasks and hand back batches, in any order. They never change a result: what a task gives depends on
nothing but the task. Threads help an engine that lets others run beside it (a compiled one does), processes help one
that is plain Python, and a cluster helps where one machine is too slow.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Self

import numpy as np

from sim import engines
from sim.batch import Batch, Task, work
from sim.scenario import Scenario

Job = tuple[int, Scenario, Task]

# How long workers take to be ready: a process imports the package first. Measured on two busy cores.
SECONDS_TO_START = {"threads": 0.05, "processes": 2.0}

# Which workers an engine gains most from.
FASTEST = {"simpy": "processes", "compiled": "threads"}


class Workers:
    """Something that does tasks: a context manager that lets its workers go at the end.

    Attributes
    ----------
    local : bool
        Whether the workers are on this machine, so that whole logs come home cheaply.
    """

    local = True

    @property
    def count(self) -> int:
        """How many tasks are done at once."""
        return 1

    def results(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Batch]]:
        """Do the jobs, and yield the number of each with its batch, as they are finished."""
        raise NotImplementedError

    def close(self, *, now: bool = False) -> None:
        """Let the workers go; `now` does not wait for work that nobody wants any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(now=kind is not None)


class Serial(Workers):
    """The calling process alone, one task after the other."""

    def results(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Batch]]:
        """Do the jobs one by one."""
        for number, scenario, task in jobs:
            yield number, work(scenario, task)


class Pool(Workers):
    """Workers behind an executor of the standard library's kind, kept busy with a few tasks in hand."""

    def __init__(self) -> None:
        self._running: Executor | None = None

    def results(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Batch]]:
        """Do the jobs side by side. Few are handed out ahead, however many there are."""
        if self._running is None:
            self._running = self._start()
        waiting = iter(jobs)
        hands: dict[Future[Batch], int] = {}
        try:
            while True:
                for number, scenario, task in itertools.islice(waiting, max(0, 2 * self.count + 1 - len(hands))):
                    hands[self._submit(self._running, scenario, task)] = number
                if not hands:
                    return
                # A wait without end could not be interrupted on Windows.
                for done in wait(hands, timeout=0.5, return_when=FIRST_COMPLETED).done:
                    yield hands.pop(done), done.result()
        finally:
            for future in hands:
                future.cancel()

    def close(self, *, now: bool = False) -> None:
        """Let the workers go."""
        running, self._running = self._running, None
        if running is not None:
            running.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> Executor:
        raise NotImplementedError

    def _submit(self, running: Executor, scenario: Scenario, task: Task) -> Future[Batch]:
        return running.submit(work, scenario, task)


class Threads(Pool):
    """Threads of this process. They help as far as the engine lets others run beside it.

    Parameters
    ----------
    count : int, optional
        How many; by default one for each processor.
    """

    def __init__(self, count: int | None = None) -> None:
        super().__init__()
        self._count = processors() if count is None else whole(count)

    @property
    def count(self) -> int:
        """How many threads."""
        return self._count

    def _start(self) -> Executor:
        return ThreadPoolExecutor(self._count, thread_name_prefix="sim-worker")


class Processes(Threads):
    """Other processes on this machine, each with its own Python. They end with this process, however it ends.

    Parameters
    ----------
    count : int, optional
        How many; by default one for each processor.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> with Processes(1) as workers:
    ...     runs = sim.replicate(desk, replications=3, workers=workers, progress=False)
    >>> len(runs)
    3
    """

    def _start(self) -> Executor:
        from sim.processes import Crew

        self._crew = Crew()
        return super()._start()

    def _submit(self, running: Executor, scenario: Scenario, task: Task) -> Future[Batch]:
        return running.submit(self._crew.work, scenario, task)

    def close(self, *, now: bool = False) -> None:
        """Let the processes go; `now` stops them in the middle of their work."""
        if self._running is not None:
            if now:
                self._crew.dismiss(now=True)
            super().close()
            self._crew.dismiss()


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def whole(count: object) -> int:
    """A number of workers, if it is one."""
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise ValueError(
            f"workers holds {count!r}; it may hold a whole number of at least 1, None for what is fastest, or workers "
            "such as sim.workers.Processes(2)"
        )
    return int(count)


def chosen(count: int | None, engine: str, seconds: float) -> Workers:
    """Workers on this machine for so much work.

    Parameters
    ----------
    count : int, optional
        How many; None takes as many as pay: with n of them the work takes 1/n of the time, and their start costs some.
    engine : str
        What runs the model.
    seconds : float
        How long the work would take in this process.
    """
    kind = FASTEST[engines.resolved(engine)]
    if count is None:
        count = min(processors(), math.ceil(seconds))
        saved = seconds * (1 - 1 / count) if count > 1 else 0.0
        count = count if saved > 1.5 * SECONDS_TO_START[kind] else 1
    if count == 1:
        return Serial()
    return Threads(count) if kind == "threads" else Processes(count)
