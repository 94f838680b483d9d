"""A figure of people by time of day: how many are needed, and how many are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.base import unknown_name
from sim.plots.page import AMBER, BLUE, DARK, OUTCOME_COLOURS, STEPS, Picture, clock_axis, page
from sim.plots.sentences import NBSP, percent
from sim.staffing.requirement import Requirement
from sim.staffing.shifts import ShiftPlan
from sim.timetable import MINUTES_A_DAY, WEEKDAYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALE = OUTCOME_COLOURS["served"]
Plan = Requirement | ShiftPlan


@dataclass(frozen=True)
class _Day:
    """People of one team on one day by minute, shape (1440,) each; None where a plan does not say it."""

    needed: np.ndarray
    load: np.ndarray | None = None
    planned: np.ndarray | None = None
    there: np.ndarray | None = None

    @property
    def most(self) -> np.ndarray:
        """Of needed, planned and present people the largest number, by minute."""
        return np.max([one for one in (self.needed, self.planned, self.there) if one is not None], axis=0)


def heads(plan: Plan | Mapping[str, Plan], weekday: str | None = None, team: str | None = None) -> Picture:
    """People by time of day: a panel a plan, all on the same axes.

    Of a requirement it shows the work that comes in, counted in agents who are never idle, the agents needed at work
    and, where some are absent, those to be planned. Of shifts it shows the people to be planned, and those on a shift
    beyond them, who are paid as well.

    Parameters
    ----------
    plan : Requirement, ShiftPlan, or mapping of str to these
        What `sim.staffing.requirement` or `sim.staffing.shifts` returned; several by name.
    weekday : str, optional
        Such as "mon". By default the first on which somebody is needed.
    team : str, optional
        By default the first of which somebody is needed.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For no plan, or a team or weekday that is unknown or without need.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=1)
    >>> desk = desk.with_(channels={"phone": {"open_hours": {"mon-fri": "08:00-18:00"}}})
    >>> sim.plots.heads(sim.staffing.requirement(desk, 0.8))
    <Figure: 6 to 7 agents are needed at a time: 69.5 hours a day for 40 hours of work>
    """
    plans = dict(plan) if isinstance(plan, Mapping) else {"": plan}
    if not plans:
        raise ValueError("heads shows what sim.staffing.requirement or sim.staffing.shifts returned; there is no plan")
    days = {name: _day(one, weekday, team) for name, one in plans.items()}
    most = np.max([one.most for one in days.values()], axis=0)
    somebody = np.flatnonzero(most > 0)

    with page(1.3 + 2.4 * len(days)) as figure:
        panels = figure.subplots(len(days), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
        for axes, (name, one) in zip(panels, days.items(), strict=True):
            _draw(axes, one)
            axes.set_title(f"Agents, {name}" if name else "Agents")
        panels[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
        panels[0].set_ylim(0, 1.08 * most.max())
        panels[0].yaxis.set_major_locator(MaxNLocator(5, steps=STEPS, integer=True))
        clock_axis(panels[0], 60 * float(somebody[0] // 60), 60 * float(somebody[-1] // 60 + 1), labels=14)
        figure.says(_message(days))
    return figure


def _day(plan: Plan, weekday: str | None, team: str | None) -> _Day:
    """One day of one team of a plan."""
    if isinstance(plan, Requirement):
        weeks = {name: heads.reshape(plan.scenario.days, -1) for name, heads in plan.heads.items()}
        labels = [WEEKDAYS[day] for day in plan.scenario.weekdays]
    elif isinstance(plan, ShiftPlan):
        weeks, labels = plan.needs, list(WEEKDAYS)
    else:
        raise TypeError(f"heads shows a requirement or shifts, not {type(plan).__name__}")
    if team is not None and team not in weeks:
        raise ValueError(unknown_name(team, weeks, "team"))
    if weekday is not None and weekday not in labels:
        raise ValueError(unknown_name(weekday, labels, "weekday"))
    days = range(len(labels)) if weekday is None else [labels.index(weekday)]
    found = [(name, day) for name in ([team] if team else weeks) for day in days if weeks[name][day].any()]
    if not found:
        raise ValueError(f"nobody is needed{f' in {team}' if team else ''}{f' on {weekday}' if weekday else ''}")
    name, day = found[0]
    if isinstance(plan, ShiftPlan):
        there = sum((group.shared[name][day] for group in plan.groups if name in group.shared), plan.cover[name][day])
        return _Day(plan.needs[name][day], there=there)
    slot = plan.scenario.slot_minutes
    load = np.sum([part.load for part in plan.parts if part.team == name], axis=0).reshape(weeks[name].shape)
    needed, absence = np.repeat(weeks[name][day], slot), plan.scenario.teams[name].absence
    planned = np.ceil(np.round(needed / (1 - absence), 6)) if absence else None
    return _Day(needed, np.repeat(load[day], slot), planned)


def _draw(axes: Axes, one: _Day) -> None:
    edges = np.arange(MINUTES_A_DAY + 1)
    if one.there is not None:
        used = np.minimum(one.needed, one.there)
        axes.stairs(used, edges, fill=True, color=PALE, label="on a shift, needed")
        axes.stairs(one.there, edges, baseline=used, fill=True, color=AMBER, label="on a shift, beyond the need")
    if one.load is not None:
        axes.stairs(one.load, edges, fill=True, color=PALE, label="work that comes in")
    axes.stairs(one.needed, edges, color=DARK, linewidth=2, label="needed" if one.load is None else "needed at work")
    if one.planned is not None:
        axes.stairs(one.planned, edges, color=BLUE, linewidth=2, label="to be planned")


def _hours(people: np.ndarray) -> float:
    return float(people.sum()) / 60


def _told(hours: float) -> str:
    return f"{hours:,.1f}".removesuffix(".0") + f"{NBSP}hours"


def _message(days: Mapping[str, _Day]) -> str:
    """What the plans come to, in a sentence."""
    said = []
    for name, one in days.items():
        needed = _hours(one.needed)
        if one.there is not None:
            more = _hours(one.there) / needed - 1
            what = f"{_told(_hours(one.there))} on shifts for a need of {_told(needed)}"
            said.append(
                (name, what, f"{percent(more)} more hours than needed" if more > 0 else "no more hours than needed")
            )
        elif one.load is not None:
            least, most = int(one.needed[one.needed > 0].min()), int(one.needed.max())
            count = f"{least} to {most}" if least < most else f"{most}"
            what = f"{count} agents are needed at a time"
            said.append((name, what, f"{_told(needed)} a day for {_told(_hours(one.load))} of work"))
    if len(said) == 1:
        return f"{said[0][1]}: {said[0][2]}"
    return "; ".join(f"“{name}”: {short}" for name, _, short in said)
