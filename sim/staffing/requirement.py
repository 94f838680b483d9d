"""How many agents each team needs in each slot to reach the targets.

Formulas say it in a second; the simulation checks, and puts right what formulas cannot see. Heads are agents at work.
Absence comes last: of ten planned agents with 8 % absence 9.2 are there, so `paid_heads` are heads / (1 - absence).
Dividing arrivals or service levels by it, as is sometimes done, would be wrong: absence takes people away, it does not
bring customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.base import show, unknown_name
from sim.scenario import Scenario, load
from sim.staffing import formula
from sim.staffing.targets import Goal, read_days, read_opinions, read_targets
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock

if TYPE_CHECKING:
    import pandas as pd

MOST_DAYS = 92
_SHOWN = ("service_level", "abandonment", "asa_minutes", "wait_probability", "occupancy")


@dataclass(frozen=True)
class Requirement:
    """Agents by team and slot.

    Attributes
    ----------
    scenario : Scenario
        What was planned for.
    goals : dict of str to tuple of Goal
        By channel.
    on : float or None
        The share of days, or None for the average.
    parts : tuple of Part
        By team and kind of work, as the formulas see it.
    heads : dict of str to ndarray, shape (slots,)
        Agents at work that each team needs, over all slots of the run.
    trials : tuple of dict
        What the simulation tried, if it was asked; see `trial_table`.
    notes : dict of (str, int) to str
        By team and slot, why simulation and formula differ.
    simulated : bool
        Whether the heads come from the simulation.
    tasks_within_hours, tasks_target : float
        What tasks of the back office were planned for.
    opinions : dict of str to Goal
        What CSAT has to reach: of a channel's cases, or under ``"all"`` of all.
    """

    scenario: Scenario
    goals: dict[str, tuple[Goal, ...]]
    on: float | None
    parts: tuple[formula.Part, ...]
    heads: dict[str, np.ndarray]
    trials: tuple[dict[str, Any], ...] = ()
    notes: dict[tuple[str, int], str] = field(default_factory=dict)
    simulated: bool = False
    tasks_within_hours: float = 8.0
    tasks_target: float = 0.9
    opinions: dict[str, Goal] = field(default_factory=dict)

    @property
    def formula_heads(self) -> dict[str, np.ndarray]:
        """Agents at work by formula alone: the parts of each team added up, then rounded up."""
        return formula_heads(self.parts)

    @property
    def table(self) -> pd.DataFrame:
        """One row a team and slot with work.

        Columns: day, weekday, slot, team, offered_load (agents' worth of work that comes in), formula_heads, and after
        a simulation simulated_heads, gap and why; heads, paid_heads, cost (wages of the slot).
        """
        import pandas as pd

        rows = []
        by_formula = self.formula_heads
        for team, heads in self.heads.items():
            about = self.scenario.teams[team]
            load = np.sum([part.load for part in self.parts if part.team == team], axis=0)
            for n in np.flatnonzero((heads > 0) | (by_formula[team] > 0)):
                row = _when(self.scenario, int(n)) | {
                    "team": team,
                    "offered_load": float(load[n]),
                    "formula_heads": int(by_formula[team][n]),
                }
                if self.simulated:
                    row |= {"simulated_heads": int(heads[n]), "gap": int(heads[n] - by_formula[team][n])}
                    row |= {"why": self.notes.get((team, int(n)), "")}
                paid = float(heads[n]) / (1 - about.absence)
                wage = 0.0 if about.paid_by == "contact" else about.wage_per_hour
                row |= {"heads": int(heads[n]), "paid_heads": paid}
                rows.append(row | {"cost": paid * wage * self.scenario.slot_minutes / 60})
        return pd.DataFrame(rows)

    @property
    def part_table(self) -> pd.DataFrame:
        """One row a team, kind of work and slot: what the formulas see, and what they promise.

        Columns: day, weekday, slot, team, work (a channel, or tasks), arrivals_per_hour, offered_load, formula_heads
        (with fractions for deferred work), square_root_heads, and the promised measures of live channels.
        """
        import pandas as pd

        rows = []
        for part in self.parts:
            for n in np.flatnonzero((part.heads > 0) | (part.arrivals_per_hour > 1e-9)):
                rows.append(
                    _when(self.scenario, int(n))
                    | {
                        "team": part.team,
                        "work": part.work,
                        "arrivals_per_hour": part.arrivals_per_hour[n],
                        "offered_load": part.load[n],
                        "formula_heads": part.heads[n],
                        "square_root_heads": part.square_root[n],
                    }
                    | {name: part.measures[name][n] if name in part.measures else np.nan for name in _SHOWN}
                )
        return pd.DataFrame(rows)

    @property
    def promised(self) -> pd.DataFrame:
        """What the formulas promise over the whole run: a row a kind of work, a column a measure."""
        import pandas as pd

        index = pd.MultiIndex.from_tuples([(part.team, part.work) for part in self.parts], names=["team", "work"])
        return pd.DataFrame([part.overall for part in self.parts], index=index)

    @property
    def trial_table(self) -> pd.DataFrame:
        """What the simulation tried, round by round: agent hours, the worst slot, and how far each channel was off."""
        import pandas as pd

        return pd.DataFrame(list(self.trials))

    @property
    def cost(self) -> float:
        """Wages of the paid heads over the run."""
        return float(self.table["cost"].sum()) if any(heads.any() for heads in self.heads.values()) else 0.0

    def as_changes(self, *, whole: bool = True) -> dict[str, Any]:
        """The plan as changes for `Scenario.with_`: paid heads by weekday and hour.

        Parameters
        ----------
        whole : bool, default True
            Round paid heads up to whole people. With False 4.26 planned agents are four, and a fifth on 26 % of days.

        Examples
        --------
        The run begins with an empty desk, which gets by with one agent fewer for half an hour.

        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=200, handle_minutes=3, agents=1)
        >>> sim.staffing.requirement(desk).as_changes()["teams"]["agents"]["agents"]["mon"]
        {'00:00-00:30': 13, '00:30-24:00': 14}
        """
        teams = {}
        for name, heads in self.heads.items():
            paid = heads / (1 - self.scenario.teams[name].absence)
            planned = np.ceil(np.round(paid, 6)) if whole else np.round(paid, 4)
            if planned.any():
                teams[name] = {"agents": weekly(self.scenario, planned), "extra_agents": 0}
        return {"teams": teams}

    def staffed(self, name: str | None = None, *, whole: bool = True) -> Scenario:
        """The scenario with this plan in it, ready to be simulated."""
        return self.scenario.with_(name=name or f"{self.scenario.name}, staffed", **self.as_changes(whole=whole))

    def to_csv(self, path: str | Path) -> None:
        """Write `table` for a spreadsheet."""
        self.table.to_csv(path, index=False)

    def to_excel(self, path: str | Path) -> None:
        """Write a workbook with the sheets requirement, parts and promised. Needs the package openpyxl."""
        write_excel(
            path, {"requirement": self.table, "parts": self.part_table, "promised": self.promised.reset_index()}
        )


def requirement(
    scenario: Scenario | str,
    target: float | Mapping[str, Any] | None = None,
    *,
    on: str | float = "average",
    method: Literal["formula", "simulation"] = "formula",
    served_by: Mapping[str, str] | None = None,
    tasks_within_hours: float = 8.0,
    tasks_target: float = 0.9,
    replications: int = 10,
    rounds: int = 12,
    seed: int = 1,
    engine: str = "auto",
) -> Requirement:
    """The fewest agents by team and slot that reach the targets.

    Parameters
    ----------
    scenario : Scenario or str
        Demand, handle times, patience, channels, teams and their skills. Its own head-counts play no part, but the
        hours in which a team has any are the hours in which its tasks are done.
    target : number, mapping or None
        Service level of all live channels, or measures with their limits, or these by channel; see
        `sim.staffing.targets`. None takes the targets in the scenario. CSAT is for ``method="simulation"`` only.
    on : str or float, default "average"
        ``"average"`` over busy and quiet days together, or a share such as ``"90 % of days"``: the plan then suits a
        day that is busier than that share of days (by `day_factor_cv`).
    method : {"formula", "simulation"}
        By formula alone, or then put right by simulation, with both beside each other in the table.
    served_by : mapping of str to str, optional
        The team that is planned for a channel or a task, such as ``{"email": "back_office"}``. Otherwise the team that
        ranks it highest.
    tasks_within_hours : float, default 8
        Working hours of the team within which tasks of the back office are to be done (assumed; 4 to 24).
    tasks_target : float, default 0.9
        Share of tasks done in that time (assumed; 0.8 to 0.95).
    replications, rounds, seed, engine
        For the simulation: runs a round, rounds at most, and as in `sim.replicate`.

    Returns
    -------
    Requirement

    Raises
    ------
    ValueError
        For targets that do not exist or cannot be reached, CSAT by formula, or CSAT that more people do not reach,
        unknown names, or a run of more than 92 days.

    Notes
    -----
    Live channels: Erlang A or C at the modified offered load (`sim.staffing.load`), chat by its own chain
    (`sim.staffing.desks`); slot by slot, minute by minute, over the distribution of the day factor. The channels of a
    team are sized one by one and added up, and every channel is left to one team: sharing agents between channels
    shows in the simulation only. Deferred work: `sim.staffing.deferred`. Handle times count with their mean alone once
    the load is known; priorities, callbacks, lines, overflow and outages do not count.

    Examples
    --------
    A hundred calls in half an hour, three minutes each, 80 % within 20 seconds:

    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=200, handle_minutes=3, agents=1)
    >>> plan = sim.staffing.requirement(desk, 0.8)
    >>> int(plan.table["formula_heads"].iloc[-1])
    14
    """
    scenario = load(scenario)
    goals, opinions, share = read_targets(scenario, target), read_opinions(scenario, target), read_days(on)
    if method not in ("formula", "simulation"):
        raise ValueError(f"method holds {show(method)}; it may hold formula or simulation")
    if opinions and method == "formula":
        raise ValueError(
            "target: no formula knows csat, which hangs on everything that a customer lives through; add "
            'method="simulation" (on the command line --by-simulation), or leave csat out'
        )
    if scenario.days > MOST_DAYS:
        raise ValueError(
            f"{scenario.name!r} runs for {scenario.days} days; plan at most {MOST_DAYS} at a time, such as "
            "scenario.with_(days=28)"
        )
    _check_served_by(scenario, served_by)
    _check_number("tasks_within_hours", tasks_within_hours, 0, 24 * 92)
    _check_number("tasks_target", tasks_target, 0, 1)
    parts = formula.parts(scenario, goals, share, served_by, tasks_within_hours, tasks_target)
    plan = Requirement(
        scenario,
        goals,
        share,
        tuple(parts),
        formula_heads(parts),
        tasks_within_hours=tasks_within_hours,
        tasks_target=tasks_target,
        opinions=opinions,
    )
    if method == "formula":
        return plan
    from sim.staffing.iterative import improved
    from sim.staffing.opinions import satisfied

    plan = improved(plan, replications=replications, rounds=rounds, seed=seed, engine=engine)
    return satisfied(plan, replications=replications, seed=seed, engine=engine) if opinions else plan


def formula_heads(parts: tuple[formula.Part, ...] | list[formula.Part]) -> dict[str, np.ndarray]:
    """Heads of each team: its parts added up, then rounded up."""
    total: dict[str, np.ndarray] = {}
    for part in parts:
        total[part.team] = total.get(part.team, 0.0) + part.heads
    return {team: np.ceil(np.round(heads, 6)) for team, heads in total.items()}


def weekly(scenario: Scenario, heads: np.ndarray) -> dict[str, dict[str, float]]:
    """Heads by slot of the run as a timetable; of several same weekdays the largest counts."""
    by_day = heads.reshape(scenario.days, -1)
    week: dict[str, dict[str, float]] = {}
    for weekday in sorted({int(day) for day in scenario.weekdays}):
        day = by_day[scenario.weekdays == weekday].max(axis=0)
        borders = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist(), len(day)]
        ranges = {}
        for first, last in pairwise(borders):
            if day[first] > 0:
                end = "24:00" if last == len(day) else clock(last * scenario.slot_minutes)
                number = float(day[first])
                ranges[f"{clock(first * scenario.slot_minutes)}-{end}"] = int(number) if number.is_integer() else number
        if ranges:
            week[WEEKDAYS[weekday]] = ranges
    return week


def write_excel(path: str | Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as sheets of an Excel workbook."""
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise ImportError(
            'Excel files need the package openpyxl: pip install "after-sales-workbook[excel]"; or write CSV, which '
            "spreadsheets open as well"
        ) from None
    import pandas as pd

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in sheets.items():
            table.to_excel(book, sheet_name=name, index=False)


def _when(scenario: Scenario, slot: int) -> dict[str, Any]:
    day, rest = divmod(slot * scenario.slot_minutes, MINUTES_A_DAY)
    return {"day": day, "weekday": WEEKDAYS[scenario.weekdays[day]], "slot": clock(rest)}


def _check_served_by(scenario: Scenario, served_by: Mapping[str, str] | None) -> None:
    for work, team in (served_by or {}).items():
        known = [*scenario.channels, *scenario.task_names()]
        if work not in known:
            raise ValueError(f"served_by: {unknown_name(work, known, 'channel or task')}")
        if team not in scenario.teams:
            raise ValueError(f"served_by: {unknown_name(team, scenario.teams, 'team')}")
        if not any(work in (skill.channel, skill.task) for skill in scenario.teams[team].skills):
            able = [
                name
                for name, one in scenario.teams.items()
                if any(work in (skill.channel, skill.task) for skill in one.skills)
            ]
            raise ValueError(f"served_by: {team} has no skill for {work}; those who have it: {', '.join(able)}")


def _check_number(name: str, value: object, above: float, below: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not above < value < below:
        raise ValueError(f"{name} holds {show(value)}; it may hold a number above {above:g} and below {below:g}")
