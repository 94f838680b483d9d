"""A plan lived through: what was promised beside what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import need_whole
from sim.experiment import replicate
from sim.scenario import Scenario
from sim.staffing.iterative import busier
from sim.staffing.opinions import seen
from sim.staffing.requirement import Requirement
from sim.staffing.shifts import ShiftPlan
from sim.staffing.wages import wages

if TYPE_CHECKING:
    import pandas as pd


def check_plan(
    plan: Requirement | ShiftPlan, replications: int = 30, seed: int = 1001, *, engine: str = "auto"
) -> pd.DataFrame:
    """A plan simulated: each goal over the whole run, promised and lived through, and the wages.

    Parameters
    ----------
    plan : Requirement or ShiftPlan
        A requirement is staffed with whole people (paid heads rounded up), shifts as they are.
    replications, seed
        As in `sim.replicate`. The seed differs from that of `requirement`, so that the plan meets customers it was not
        made for.
    engine : str

    Returns
    -------
    pandas.DataFrame
        A row a channel and goal, and one for the wages of the run: goal, promised (by formula; for wages the planned
        hours at work), simulated, low, high.

    Raises
    ------
    ValueError
        For shifts that were made from a timetable: they have no scenario to be simulated in.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=1, patience_minutes=3)
    >>> plan = sim.staffing.requirement(desk, 0.8)
    >>> table = sim.staffing.check_plan(plan, replications=4)
    >>> bool(table.loc[("phone", "service_level"), "simulated"] > 0.75)
    True
    """
    import pandas as pd

    need_whole("replications", replications, 1)
    source = plan if isinstance(plan, Requirement) else plan.source
    if source is None:
        raise ValueError(
            "these shifts were made from a timetable, without customers; simulate sim.staffing's "
            "plan.staffed(scenario) instead"
        )
    staffed = plan.staffed()
    runs = replicate(busier(source, staffed), replications, seed, engine=engine, progress=False)
    asked = {goal.measure for goals in source.goals.values() for goal in goals}
    # Who came to a channel, and who was at work in a team, is asked for too: then no row of theirs is left out.
    by_channel = runs.measures("channel", measures=["contacts", "cases", *sorted(asked - {"occupancy"})])
    by_team = runs.measures("team", measures="occupancy")
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for part in source.parts:
        for goal in source.goals.get(part.work, ()):
            table, group = (by_team, part.team) if goal.measure == "occupancy" else (by_channel, part.work)
            lived = dict(zip(table.columns, table.loc[[(group, goal.measure)]].to_numpy()[0], strict=True))
            rows[part.work, goal.measure] = {
                "goal": goal.value,
                "promised": part.overall.get(goal.measure, np.nan),
                "simulated": lived["estimate"],
                "low": lived["low"],
                "high": lived["high"],
            }
    for cases, goal in source.opinions.items():
        estimate, low, high = seen(runs, cases)
        rows[cases, goal.measure] = {
            "goal": goal.value,
            "promised": np.nan,
            "simulated": estimate,
            "low": low,
            "high": high,
        }
    rows["all", "wages"] = {"goal": np.nan, "promised": planned_wages(staffed), **wages(runs)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["work", "measure"])


def planned_wages(scenario: Scenario) -> float:
    """Wages of the planned hours at work of all teams that are paid by the hour."""
    return sum(
        float(team.head_count[scenario.weekdays].sum()) / 60 * team.wage_per_hour
        for team in scenario.teams.values()
        if team.paid_by == "hour"
    )
