"""The one mechanism under replications, comparisons and sweeps: worlds lived through, and what was counted in them.

A `Study` holds scenarios that meet the same customers, replication by replication. It hands tasks to workers, puts
what comes back in order, and keeps the sums; logs it keeps only where they are small and near. What it is asked
later it counts in the logs, or runs the same worlds again, for a run can be repeated exactly.
"""

from __future__ import annotations

import contextlib
import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from sim import workers as _workers
from sim.base import is_quiet
from sim.batch import RAN, Batch, Counted, Task, View, count, size_of, work
from sim.engines import resolved
from sim.log import Log
from sim.luck import Luck
from sim.precision import Judgement
from sim.run import Run, simulate
from sim.scenario import Scenario
from sim.versions import content, versions
from sim.workers import Job, Workers

# How much memory logs, and sums besides the plain ones, may take.
MOST_BYTES = 256 * 2**20

# How long a task should last: long against what it costs to hand out, short against the patience of a reader.
SECONDS_A_TASK = 0.5
# In this process it costs less to hand out; and the bar is to move.
SECONDS_ALONE = 0.02

_Parts = list[tuple[int, Counted]]


class Keeper(Protocol):
    """Where finished batches outlive this process; `sim.store.Store` is one."""

    def get(self, scenario: Scenario, seed: int, view: View, first: int, last: int) -> _Parts:
        """What is there of these replications: the first of each stretch, and what was counted."""

    def put(self, scenario: Scenario, seed: int, view: View, first: int, counted: Counted) -> None:
        """Keep a stretch."""


class Study:
    """Scenarios, and their replications so far.

    Parameters
    ----------
    scenarios : sequence of Scenario
    seed : int
    engine : str, default "auto"
    workers : int or Workers, optional
        None takes what is fastest; workers that are given stay open.
    client : distributed.Client or str, optional
        A Dask cluster, or the address of its scheduler.
    store : Keeper, optional
        Where finished batches are kept.
    keep_logs : bool, optional
        None keeps them if they are small and come from this machine.
    progress : bool, default True
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        seed: int,
        *,
        engine: str = "auto",
        workers: int | Workers | None = None,
        client: Any = None,
        store: Keeper | None = None,
        keep_logs: bool | None = None,
        progress: bool = True,
    ) -> None:
        resolved(engine)
        Luck(seed)  # refuses what is no seed
        if workers is not None and client is not None:
            raise ValueError("workers are of this machine and client is a cluster; give one of them")
        if workers is not None and not isinstance(workers, Workers):
            _workers.whole(workers)
        if client is not None:
            from sim.cluster import Cluster

            workers = Cluster(client)
        self.scenarios, self.seed, self.engine, self.count = tuple(scenarios), seed, engine, 0
        # Scenarios that differ in their names only are run once.
        same: dict[str, int] = {}
        # One alone needs no comparison.
        told = map(content, self.scenarios) if len(self.scenarios) > 1 else [""]
        self._like = [same.setdefault(text, number) for number, text in enumerate(told)]
        self._workers, self._store, self._progress = workers, store, progress
        self._keep_logs = keep_logs if keep_logs is not None or store is None else False
        self._seconds: float | None = None
        self._looks = 0
        self._counted: dict[tuple[int, View], Counted] = {}
        self._logs: dict[tuple[int, int], Log] = {}
        self._recent: dict[tuple[int, int], Run] = {}
        self._open: contextlib.ExitStack | None = None
        self._held: Workers | None = None
        self.precision: Judgement | None = None

    # What it is asked

    def extend(self, to: int, views: Sequence[View] = (), *, most: int | None = None) -> bool:
        """Run replications until there are `to`; False if the user stopped it, who keeps what is finished.

        `views` are counted on the way; `most` says how many replications there may be in the end.
        """
        if self._keep_logs is None:
            self._keep_logs = self._near() and self._first_look() * (most or to) * len(set(self._like)) <= MOST_BYTES
        # Where logs are kept, each measure is counted when it is asked for.
        wanted = tuple(dict.fromkeys([RAN if self._keep_logs else View(), *views]))
        numbers = sorted(set(self._like))
        # What was counted before has to cover what is added now, so it starts where all views stand.
        done, found = self._gather(numbers, wanted, self.count, to)
        if done == 0:
            raise KeyboardInterrupt
        for place, counted in found.items():
            before = [self._counted[place]] if self.count and place in self._counted else []
            if before or not self.count:
                self._counted[place] = Counted.joined([*before, counted])
        self.count = done
        return done == to

    def counted(self, numbers: Sequence[int], view: View) -> list[Counted]:
        """What a view counts in all replications of some scenarios; worked out if it is not known yet."""
        alike = [self._like[number] for number in numbers]
        for wide in (view.everything, view):
            if all(len(self._counted.get((number, wide), ())) == self.count for number in alike):
                break
        else:
            # What is kept for others, and for later, is kept whole.
            wide = view = view if self._store is None else view.everything
            self._count_again(sorted(set(alike)), view)
        found = [self._counted.pop((number, wide), None) for number in dict.fromkeys(alike)]
        by_number = dict(zip(dict.fromkeys(alike), found, strict=True))
        # What was asked for last is forgotten last.
        for number, counted in by_number.items():
            assert counted is not None
            self._counted[number, wide] = counted
        self._forget()
        return [by_number[number] for number in alike]  # type: ignore[misc]

    def take(self, counted: Mapping[tuple[int, View], Counted]) -> None:
        """Take over what was counted elsewhere: by scenario and view, the same first replications of all.

        What is asked for besides is worked out in as many replications.
        """
        (self.count,) = {len(one) for one in counted.values()}
        self._counted = {(self._like[number], view): one for (number, view), one in counted.items()}

    def run(self, number: int, replication: int) -> Run:
        """A replication of a scenario as a run to look into."""
        scenario, place = self.scenarios[number], (self._like[number], replication)
        if place in self._logs:
            return Run(scenario, self.seed, replication, self._logs[place])
        if place not in self._recent:
            while len(self._recent) >= 4:
                del self._recent[next(iter(self._recent))]
            self._recent[place] = simulate(scenario, self.seed, replication=replication, engine=self.engine)
        return replace(self._recent[place], scenario=scenario)

    # How it finds out

    def _near(self) -> bool:
        """Whether the work is done on this machine."""
        return not isinstance(self._workers, Workers) or self._workers.local

    def _first_look(self) -> int:
        """Run the very first replication, to see how long it takes; the memory of its log in bytes."""
        look = work(self.scenarios[0], Task(self.seed, 0, 1, (RAN,), self.engine, logs=True))
        (self._logs[0, 0],), self._seconds, self._looks = look.logs, look.seconds, 1
        return size_of(self._logs[0, 0])

    def _count_again(self, numbers: list[int], view: View) -> None:
        done, found = self._gather(numbers, (view,), 0, self.count)
        if done < self.count:
            raise KeyboardInterrupt
        self._counted |= found

    def _gather(
        self, numbers: Sequence[int], views: tuple[View, ...], first: int, last: int
    ) -> tuple[int, dict[tuple[int, View], Counted]]:
        """Count replications first to last - 1; how far it came without a gap, and what was counted until there."""
        parts: dict[tuple[int, View], _Parts] = {(number, view): [] for number in numbers for view in views}
        missing = _Missing()
        for number in numbers:
            missing.add(number, first, self._kept(number, parts, first, last))

        def take(number: int, batch: Batch) -> None:
            for view, counted in batch.counted.items():
                parts[number, view].append((batch.first, counted))
                if self._store:
                    self._store.put(self.scenarios[number], self.seed, view, batch.first, counted)
            for replication, log in enumerate(batch.logs, start=batch.first):
                self._logs[number, replication] = log

        # Whoever stops it keeps what is finished.
        with contextlib.suppress(KeyboardInterrupt):
            self._work(missing, parts, take)
        reached = {place: _in_a_row(found, first, last) for place, found in parts.items()}
        done = min(at for at, _ in reached.values())
        kept = max(done, self.count) if self._keep_logs else 0
        self._logs = {place: log for place, log in self._logs.items() if place[1] < kept}
        if done == first:
            return done, {}
        return done, {place: Counted.joined(found).part(0, done - first) for place, (_, found) in reached.items()}

    def _kept(self, number: int, parts: dict[tuple[int, View], _Parts], first: int, last: int) -> np.ndarray:
        """Which replications are in memory, or in the store for all views, shape (last - first,).

        What is found is added to `parts`.
        """
        known = np.full(last - first, self._store is not None)
        for (owner, view), found in parts.items():
            if owner == number and self._store is not None:
                here = np.zeros(last - first, dtype=bool)
                for begin, counted in self._store.get(self.scenarios[number], self.seed, view, first, last):
                    found.append((begin, counted))
                    here[max(begin - first, 0) : max(begin + len(counted) - first, 0)] = True
                known &= here
        in_memory = np.array([(number, replication) in self._logs for replication in range(first, last)], dtype=bool)
        for begin, end in _stretches(in_memory & ~known):
            known[begin:end] = True
            logs = [self._logs[number, replication] for replication in range(first + begin, first + end)]
            for (owner, view), found in parts.items():
                if owner == number:
                    found.append((first + begin, count(logs, view)))
        return known

    def _work(
        self,
        missing: _Missing,
        parts: dict[tuple[int, View], _Parts],
        take: Callable[[int, Batch], None],
    ) -> None:
        if not missing:
            return
        from tqdm.auto import tqdm

        # Short work shows no bar.
        hidden = not self._progress or is_quiet()
        views = tuple(dict.fromkeys(view for _, view in parts))
        task = Task(self.seed, 0, 0, views, self.engine, bool(self._keep_logs), () if self._near() else versions())
        with tqdm(total=len(missing), leave=False, unit="run", delay=1, disable=hidden) as bar:

            def finish(number: int, batch: Batch) -> None:
                runs = len(next(iter(batch.counted.values())))
                each = batch.seconds / runs
                self._seconds = each if self._seconds is None else min(each, self._seconds)
                take(number, batch)
                bar.update(runs)
                if batch.stopped:
                    raise KeyboardInterrupt

            # The first runs tell how long the others will take; the very first may be slow only because it loads much.
            while missing and self._workers is None and self._looks < (2 if (self._seconds or 0) < 3 else 1):
                number, begin, end = missing.take(1)
                finish(number, work(self.scenarios[number], replace(task, first=begin, last=end)))
                self._looks += 1
            with contextlib.ExitStack() as stack:
                team = self._team((self._seconds or 0.0) * len(missing), stack)
                jobs = self._jobs(missing, parts, task, team)
                with contextlib.closing(team.results(jobs)) as results:  # type: ignore[type-var]
                    for number, batch in results:
                        finish(number, batch)

    def _team(self, seconds: float, stack: contextlib.ExitStack) -> Workers:
        """Workers for so much work, which leave with the stack, or stay while the study is kept open."""
        if isinstance(self._workers, Workers):
            return self._workers
        if self._open is None:
            return stack.enter_context(_workers.chosen(self._workers, self.engine, seconds))
        # Who does not know how much will come can expect as much as there was.
        if self._held is None or isinstance(self._held, _workers.Serial):
            likely = max(seconds, (self._seconds or 0.0) * self.count * len(self.scenarios))
            self._held = self._open.enter_context(_workers.chosen(self._workers, self.engine, likely))
        return self._held

    @contextlib.contextmanager
    def kept_open(self) -> Iterator[None]:
        """Let the workers stay from one extension to the next."""
        with contextlib.ExitStack() as self._open:
            try:
                yield
            finally:
                self._held = None
        self._open = None

    def _jobs(
        self, missing: _Missing, parts: dict[tuple[int, View], _Parts], task: Task, team: Workers
    ) -> Iterator[Job]:
        alone = isinstance(team, _workers.Serial) and self._store is None
        while missing:
            size = 1
            # Alone, scenarios that are compared take turns, so that pairs are whole when somebody stops it.
            if self._seconds is not None and not (alone and len(set(self._like)) > 1):
                fair = len(missing) if alone else math.ceil(len(missing) / (4 * team.count))
                wanted = SECONDS_ALONE if alone else SECONDS_A_TASK
                size = max(1, min(round(wanted / max(self._seconds, 1e-6)), fair))
            number, begin, end = missing.take(size)
            # Another process that shares the folder may have done it by now.
            if self._store is not None and self._kept(number, parts, begin, end).all():
                continue
            yield number, self.scenarios[number], replace(task, first=begin, last=end)

    def _forget(self) -> None:
        """Leave what was asked for least recently, if it is too much; the plain view stays."""
        total = sum(counted.nbytes for counted in self._counted.values())
        for place in list(self._counted)[:-1]:
            if total <= MOST_BYTES:
                break
            if place[1] not in (View(), RAN):
                total -= self._counted.pop(place).nbytes


class _Missing:
    """Replications that are still to be run, handed out in stretches: all scenarios' first ones first."""

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int, int]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, number: int, first: int, known: np.ndarray) -> None:
        """Note those of a scenario that are not known; `known` begins with the replication `first`."""
        for begin, end in _stretches(~known):
            heapq.heappush(self._stretches, (first + begin, number, first + end))
            self._count += end - begin

    def take(self, most: int) -> tuple[int, int, int]:
        """Number of a scenario, and the first and last + 1 of up to `most` of its replications."""
        begin, number, end = heapq.heappop(self._stretches)
        cut = min(end, begin + most)
        if cut < end:
            heapq.heappush(self._stretches, (cut, number, end))
        self._count -= cut - begin
        return number, begin, cut


def _stretches(which: np.ndarray) -> list[tuple[int, int]]:
    """The first and last + 1 of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(int)))
    return [(begin, end) for begin, end in edges.reshape(-1, 2).tolist()]


def _in_a_row(parts: _Parts, first: int, last: int) -> tuple[int, list[Counted]]:
    """Up to where the stretches cover the replications without a gap, and those replications."""
    at, taken = first, []
    for begin, counted in sorted(parts, key=lambda part: part[0]):
        end = min(begin + len(counted), last)
        if begin <= at < end:
            taken.append(counted.part(at - begin, end - begin))
            at = end
    return at, taken
