"""What if? One change at a time, for managers: what it does to each measure, and what it costs.

Each change meets the same customers as the plan itself, so the difference is that of the change, and its interval is
narrow. The usual questions are ready: one agent more or fewer an hour in each team, absence doubled, volume, handle
times, the bot down for a morning. Others are scenarios that one makes with `with_`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import measures as _measures
from sim.base import show, unknown_name
from sim.experiment import Comparison, Estimate, compare
from sim.interval import checked_confidence
from sim.scenario import Scenario, load
from sim.staffing.wages import wages_estimate

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("service_level", "abandonment", "asa_minutes", "occupancy", "answered_in_target")
WAGES = "wages"


@dataclass(frozen=True)
class WhatIf:
    """What changes do.

    Attributes
    ----------
    comparison : Comparison
        The runs; the first scenario is the base.
    measures : tuple of str
        What is compared, beside the wages.
    """

    comparison: Comparison
    measures: tuple[str, ...]

    def table(self, *, confidence: float = 0.95) -> pd.DataFrame:
        """One row a change and measure.

        Columns: base, changed, difference, low, high (the interval of the difference), and ``more_than_luck``, whether
        the interval leaves out 0. Wages are for the whole run. Measures that mean nothing here are left out.
        """
        import pandas as pd

        checked_confidence(confidence)
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        estimates = {name: self._estimates(name) for name in (*self.measures, WAGES)}
        for place, label in enumerate(self.comparison.names[1:], start=1):
            for name, each in estimates.items():
                was, now = each[0], each[place]
                if np.isnan(was.value[0]) and np.isnan(now.value[0]):
                    continue
                change = (now - was).table(pd.Index([name]), confidence).to_numpy()[0]
                rows[label, name] = {
                    "base": float(was.value[0]),
                    "changed": float(now.value[0]),
                    "difference": float(change[0]),
                    "low": float(change[1]),
                    "high": float(change[2]),
                    "more_than_luck": bool(change[1] > 0 or change[2] < 0),
                }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["change", "measure"])

    def _estimates(self, name: str) -> list[Estimate]:
        if name == WAGES:
            return [wages_estimate(runs) for runs in self.comparison.replications]
        return self.comparison.estimates(name)


def what_if(
    scenario: Scenario | str,
    changes: Mapping[str, Scenario] | None = None,
    *,
    measures: Sequence[str] = MEASURES,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    progress: bool = False,
) -> WhatIf:
    """What changes of a plan do to its measures, and what they cost.

    Parameters
    ----------
    scenario : Scenario or str
        The plan, such as ``requirement(...).staffed()``.
    changes : mapping of str to Scenario, optional
        By the words that the table shall use. Unless given those of `usual_changes`.
    measures : sequence of str
        Names from `sim.measures.MEASURES`.
    replications, seed, engine, progress
        As in `sim.compare`.

    Returns
    -------
    WhatIf

    Raises
    ------
    ValueError
        For unknown measures, no changes, or changes that are no scenarios.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=5, patience_minutes=3)
    >>> table = sim.staffing.what_if(desk, replications=4).table()
    >>> bool(table.loc[("one more in agents", "abandonment"), "difference"] < 0)
    True
    >>> float(table.loc[("one more in agents", "wages"), "difference"].round(-1))  # 24 hours at 20
    480.0
    """
    base = load(scenario)
    for name in [measures] if isinstance(measures, str) else measures:
        if name not in _measures.MEASURES:
            raise ValueError(unknown_name(name, _measures.MEASURES, "measure"))
    asked = usual_changes(base) if changes is None else dict(changes)
    if not asked:
        raise ValueError("changes is empty; give scenarios by name, or leave it out for the usual questions")
    for label, changed in asked.items():
        if not isinstance(changed, Scenario):
            raise ValueError(
                f"changes: {label!r} holds {show(changed)}; it must be a scenario, such as "
                "scenario.with_(demand={'factor': 1.1})"
            )
    named = [changed.with_(name=label) for label, changed in asked.items()]
    duel = compare([base, *named], replications, seed, engine=engine, progress=progress)
    return WhatIf(duel, (measures,) if isinstance(measures, str) else tuple(measures))


def usual_changes(scenario: Scenario | str) -> dict[str, Scenario]:
    """The questions that managers ask, as far as they make sense for a scenario.

    Examples
    --------
    >>> import sim
    >>> list(usual_changes("baseline"))[-4:]
    ['absence doubled', 'volume +10 %', 'handle times +5 %', 'bot down for a morning']
    """
    base = load(scenario)
    found: dict[str, Scenario] = {}
    for name, team in base.teams.items():
        if team.paid_by == "contact":
            continue
        found[f"one more in {name}"] = _agents(base, name, 1)
        if team.head_count.max() > 1:
            found[f"one fewer in {name}"] = _agents(base, name, -1)
    absent = {name: min(2 * team.absence, 0.99) for name, team in base.teams.items() if team.absence > 0}
    if absent:
        found["absence doubled"] = base.with_(teams={name: {"absence": share} for name, share in absent.items()})
    if base.demand.trace is None:
        found["volume +10 %"] = base.with_(demand={"factor": 1.1 * base.demand.factor})
    found["handle times +5 %"] = base.with_(
        teams={name: {"handle_factor": 1.05 * team.handle_factor} for name, team in base.teams.items()}
    )
    if base.bot is not None:
        outage = {"name": "bot down", "day": 0, "start": "08:00", "hours": 4.0, "bot_down": True}
        found["bot down for a morning"] = base.with_(events=[*base.events, outage])
    return found


def _agents(base: Scenario, team: str, more: int) -> Scenario:
    return base.with_(teams={team: {"extra_agents": base.teams[team].extra_agents + more}})
