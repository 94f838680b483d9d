"""What the studio works out, and in which steps: first few replications, then more, until there are enough.

Every scenario that was looked at keeps what was counted in its replications, so that going back costs nothing and an
interrupted refinement goes on where it stopped. All scenarios live through the same numbered worlds of one seed.
Estimates, differences and their intervals are those of `sim.compare`: a `Worlds` only hands it what it has counted
already.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sim.base import need_whole
from sim.batch import Counted, Task, View, work
from sim.engines import resolved
from sim.experiment import Comparison, Replications
from sim.measures import MEASURES
from sim.scenario_studio.state import Setup
from sim.study import Study

if TYPE_CHECKING:
    import pandas as pd

REPLICATIONS = 30
# With fewer than two there is no interval; with fewer than four it is so wide that it says nothing.
LEAST, BETTER_LEAST = 2, 4

# What the table shows, by heading. The time to a refund is not among it: a week shows only those that came quickly.
SHOWN = {
    "waiting": ("mean_wait_minutes", "service_level", "abandonment", "answered_in_target", "backlog"),
    "people": ("occupancy",),
    "customers": ("first_contact_resolution", "csat", "nps"),
    "money": ("cost", "cost_per_contact", "profit"),
}
MEASURES_SHOWN = tuple(measure for group in SHOWN.values() for measure in group)

# What may be drawn by half hour; the agents at work are drawn below it in any case.
CURVES = ("mean_wait_minutes", "abandonment", "service_level", "offered", "occupancy")
STAFFING = "agents"

# The two aims of the frontier.
FRONT = ("cost", "csat")

_TABLE = View.of(None, {}, MEASURES_SHOWN)
_DAY = View.of("slot", {}, (*CURVES, STAFFING))


@dataclass
class _Tally:
    """What was counted in the first replications of one scenario."""

    parts: dict[View, list[Counted]] = field(default_factory=lambda: {_TABLE: [], _DAY: []})
    count: int = 0

    def add(self, counted: dict[View, Counted], runs: int) -> None:
        for view, one in counted.items():
            # Joined from time to time, so that neither adding nor reading takes long.
            self.parts[view].append(one)
        self.count += runs

    def first(self, view: View, count: int) -> Counted:
        joined = Counted.joined(self.parts[view])
        self.parts[view] = [joined]
        return joined.part(0, count)


class Worlds:
    """The replications of all scenarios that were looked at.

    Parameters
    ----------
    seed : int, default 1
    replications : int, default 30
        How many there are in the end.
    engine : {"auto", "simpy", "compiled"}

    Attributes
    ----------
    is_fast : bool
        Whether it is the compiled engine.
    first : int
        How many the first answer rests on at least: fewer where the fast engine is missing.
    """

    def __init__(self, seed: int = 1, replications: int = REPLICATIONS, engine: str = "auto") -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed holds {seed!r}; it must be a whole number of 0 or more")
        need_whole("replications", replications, LEAST)
        self.seed, self.replications, self.engine = seed, replications, engine
        self.is_fast = resolved(engine) == "compiled"
        self.first = min(replications, BETTER_LEAST if self.is_fast else LEAST)
        self._tallies: dict[str, _Tally] = {}

    def count(self, *setups: Setup) -> int:
        """How many replications all these set-ups have."""
        return min(self._tallies[one.key].count if one.key in self._tallies else 0 for one in setups)

    def advance(self, setups: Sequence[Setup], to: int, seconds: float = float("inf")) -> bool:
        """Run replications until all these set-ups have `to`, or the time is up; whether they have.

        Each has `first` before the time counts.
        """
        to, began = min(to, self.replications), time.perf_counter()
        while True:
            lagging = min(setups, key=self.count)
            count = self.count(lagging)
            if count >= to:
                return True
            if count >= self.first and time.perf_counter() - began >= seconds:
                return False
            self._run(lagging, count)

    def comparison(self, setups: Sequence[Setup], *, at_most: int | None = None) -> Comparison:
        """The set-ups compared in the replications that all of them have, as `sim.compare` does it."""
        count = min(self.count(*setups), at_most or self.replications)
        study = Study([one.scenario for one in setups], self.seed, engine=self.engine, workers=1, progress=False)
        counted: dict[tuple[int, View], Counted] = {}
        for number, one in enumerate(setups):
            table, day = (self._tallies[one.key].first(view, count) for view in (_TABLE, _DAY))
            counted |= {(number, _TABLE): table, (number, _DAY): day}
            # A measure by itself is made of some of the same sums.
            counted |= {(number, View.of(None, {}, name)): table for name in MEASURES_SHOWN}
            counted |= {(number, View.of("slot", {}, name)): day for name in (*CURVES, STAFFING)}
        study.take(counted)
        return Comparison(tuple(Replications(study, number) for number in range(len(setups))))

    def forget(self, kept: Sequence[Setup]) -> None:
        """Keep what was counted in these set-ups alone."""
        keys = {one.key for one in kept}
        self._tallies = {key: tally for key, tally in self._tallies.items() if key in keys}

    def _run(self, setup: Setup, number: int) -> None:
        batch = work(setup.scenario, Task(self.seed, number, number + 1, (_TABLE, _DAY), self.engine))
        self._tallies.setdefault(setup.key, _Tally()).add(batch.counted, 1)


def table(comparison: Comparison) -> pd.DataFrame:
    """A base and what is compared with it: a row a measure that has a value.

    Parameters
    ----------
    comparison : Comparison
        Of two scenarios, the base first.

    Returns
    -------
    pandas.DataFrame
        Columns ``base`` and ``now``, their estimates; ``now_low`` to ``now_high``, the 95 % interval of the latter;
        ``difference`` with its 95 % interval ``low`` to ``high``; and ``sure``: whether that leaves out 0.
    """
    whole = comparison.table(MEASURES_SHOWN)
    base, now = comparison.names
    found = cast("pd.DataFrame", whole[now]).rename(columns={"estimate": "now"})
    found.insert(0, "base", whole[base, "estimate"])
    alone = comparison.replications[1].measures(measures=MEASURES_SHOWN)
    found.insert(2, "now_low", alone["low"])
    found.insert(3, "now_high", alone["high"])
    found["sure"] = (found["low"] > 0) | (found["high"] < 0)
    return found.dropna(how="all", subset=["base", "now"])


def verdict(measure: str, low: float, high: float, difference: float) -> str:
    """What can be said of a difference: "better", "worse", "differs", "luck", "same", or "" where there is none.

    Examples
    --------
    >>> verdict("abandonment", -0.03, -0.01, -0.02), verdict("occupancy", 0.1, 0.2, 0.15), verdict("csat", -1, 1, 0.1)
    ('better', 'differs', 'luck')
    """
    if difference != difference or low != low:
        return ""
    if difference == low == high == 0:
        return "same"
    if low <= 0 <= high:
        return "luck"
    better = MEASURES[measure].higher_is_better
    if better is None:
        return "differs"
    return "better" if better == (difference > 0) else "worse"
