"""The unit of work of an experiment: some replications of one scenario, run and counted.

A `Task` says which replications, a `View` says what to count in them, and `work` does it. Nothing else is needed, so
a task can be done in this process, in another one or on another machine, and the result is the same bytes: what
travels back are the sums of every replication, from which measures and intervals are made at home.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim import measures as _measures
from sim.log import Log
from sim.luck import Luck
from sim.measures.grid import dimensions
from sim.roster import draw_ahead
from sim.run import simulate
from sim.scenario import Scenario

# Sums that say whether anything happened in a group; every view has them.
ALWAYS = ("contacts", "cases", "staffed")


@dataclass(frozen=True)
class View:
    """What to count in a run: the groups, the window, and for which measures.

    Attributes
    ----------
    by : tuple of str
        Dimensions to group by; empty for one group of everything.
    window : tuple of (str, value)
        What `sim.measures.sums` takes besides, without what it takes anyway.
    measures : tuple of str, optional
        The measures that are wanted; None is all of them.
    """

    by: tuple[str, ...] = ()
    window: tuple[tuple[str, Any], ...] = ()
    measures: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls, by: str | Sequence[str] | None, window: Mapping[str, Any], measures: str | Sequence[str] | None = None
    ) -> View:
        """The view that the arguments of a table ask for; views that ask for the same are equal."""
        asked = {name: value.item() if isinstance(value, np.generic) else value for name, value in window.items()}
        said = [
            (name, value)
            for name, value in sorted(asked.items())
            if not (value is None and name != "from_day") and not (name == "from_day" and value == 0)
        ]
        names = None if measures is None else tuple(sorted(set(_measures.chosen(measures))))
        return cls(dimensions(by), tuple(said), names)

    @property
    def everything(self) -> View:
        """The same view with all measures."""
        return View(self.by, self.window)

    def sums(self) -> tuple[str, ...] | None:
        """Names of the sums that the measures are made of; None is all of them."""
        if self.measures is None:
            return None
        wanted = [_measures.MEASURES[name] for name in self.measures]
        return tuple(dict.fromkeys([*ALWAYS, *(name for one in wanted for name in (one.over, one.under) if name)]))


# Counts nothing but that it was run: for runs whose logs are kept, so that each measure waits until it is asked for.
RAN = View(measures=())


@dataclass(frozen=True)
class Counted:
    """What was counted in some replications in a row.

    Attributes
    ----------
    by : tuple of str
    groups : list of tuple
        Labels of each group.
    values : dict of str to ndarray, shape (replications, groups)
    """

    by: tuple[str, ...]
    groups: list[tuple[object, ...]]
    values: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    @classmethod
    def joined(cls, parts: Sequence[Counted]) -> Counted:
        """Several stretches of replications, one after the other."""
        if len(parts) == 1:
            return parts[0]
        names = parts[0].values
        return cls(
            parts[0].by, parts[0].groups, {name: np.concatenate([one.values[name] for one in parts]) for name in names}
        )

    def part(self, first: int, last: int) -> Counted:
        """The replications from the first up to and without the last, counted from 0."""
        if (first, last) == (0, len(self)):
            return self
        return Counted(self.by, self.groups, {name: sums[first:last].copy() for name, sums in self.values.items()})

    @property
    def nbytes(self) -> int:
        """Memory of the sums."""
        return sum(sums.nbytes for sums in self.values.values())

    def total(self) -> _measures.Sums:
        """Sums over all replications."""
        return _measures.Sums(self.by, self.groups, {name: sums.sum(axis=0) for name, sums in self.values.items()})


@dataclass(frozen=True)
class Task:
    """Replications `first` to `last` - 1 of a scenario, and what to bring home from them.

    `made_by` are the versions that the asker has; a worker with others refuses, as its numbers could differ.
    """

    seed: int
    first: int
    last: int
    views: tuple[View, ...]
    engine: str = "auto"
    logs: bool = False
    made_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Batch:
    """A task that is done.

    Attributes
    ----------
    first : int
    counted : dict of View to Counted
    logs : tuple of Log
        One a replication if they were asked for.
    seconds : float
        How long it took.
    stopped : bool
        Whether the user stopped it before the last replication.
    """

    first: int
    counted: dict[View, Counted]
    logs: tuple[Log, ...]
    seconds: float
    stopped: bool = False


def work(scenario: Scenario, task: Task) -> Batch:
    """Run the replications of a task and count what was asked for."""
    from sim.versions import versions

    if task.made_by and task.made_by != (mine := versions()):
        raise RuntimeError(_other_versions(dict(task.made_by), dict(mine)))
    began = time.perf_counter()
    counters = {view: Counter(scenario, view) for view in task.views}
    logs, done, stopped = [], 0, False
    draw_ahead(scenario, (Luck(task.seed, replication) for replication in range(task.first, task.last)))
    try:
        for replication in range(task.first, task.last):
            log = simulate(scenario, task.seed, replication=replication, engine=task.engine).log
            for counter in counters.values():
                counter.add(log)
            if task.logs:
                logs.append(log)
            done += 1
    except KeyboardInterrupt:
        if not done:
            raise
        stopped = True
    counted = {view: counter.counted(done) for view, counter in counters.items()}
    return Batch(task.first, counted, tuple(logs[:done]), time.perf_counter() - began, stopped)


class Counter:
    """Counts what a view asks for in one run of a scenario after the other."""

    def __init__(self, scenario: Scenario, view: View) -> None:
        self._view, self._adder = view, None  # whoever asks only whether it was run needs nothing added up
        if view != RAN:
            self._adder = _measures.Adder(scenario, view.by or None, measures=view.measures, **dict(view.window))

    def add(self, *logs: Log) -> None:
        """Count some runs."""
        if self._adder is not None:
            self._adder.add(*logs)

    def counted(self, runs: int) -> Counted:
        """What was counted in so many, from the first on."""
        if self._adder is None:
            return Counted((), [("all",)], {"runs": np.ones((runs, 1))})
        added, names = self._adder.sums(runs), self._view.sums()
        values = added.values if names is None else {name: added.values[name] for name in names if name in added.values}
        return Counted(added.by, added.groups, values)


def count(logs: Sequence[Log], view: View) -> Counted:
    """What a view counts in some runs of a scenario."""
    counter = Counter(logs[0].scenario, view)
    counter.add(*logs)
    return counter.counted(len(logs))


def size_of(log: Log) -> int:
    """Memory of a log with its workload, in bytes."""
    seen: dict[int, int] = {}

    def look(part: Any) -> None:
        if isinstance(part, np.ndarray):
            while isinstance(part.base, np.ndarray):
                part = part.base  # it keeps all of the memory of which it is a piece
            seen[id(part)] = part.nbytes
        elif hasattr(part, "__dataclass_fields__") and id(part) not in seen:
            seen[id(part)] = 0
            for field in fields(part):
                look(getattr(part, field.name))

    look(log)
    return sum(seen.values())


def _other_versions(wanted: dict[str, str], here: dict[str, str]) -> str:
    wrong = [
        f"{name} {here.get(name, 'missing')} instead of {version}"
        for name, version in wanted.items()
        if here.get(name) != version
    ]
    return (
        f"a worker runs other software than this computer, so its numbers could differ: it has {', '.join(wrong)}. "
        "Install the same versions on all machines and start the workers again"
    )
