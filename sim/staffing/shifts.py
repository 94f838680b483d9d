"""Shifts that cover a requirement at least cost: a mixed-integer programme, solved by HiGHS in SciPy.

Every shift that the rules allow on a day (contract, start, place of the break) is a column, and its variable the number
of people who work it; the rows say that in every quarter or half hour enough of them are there (Dantzig 1954, "A
comment on Edie's traffic delays at toll booths"). A person works at most one shift a day and so many days a week. As
all shifts of a contract are equally long, the plan can be given to P people exactly if no day has more than P shifts
and the week no more than P × days: dealt out in turn, nobody gets more. People who can work in two teams are counted
once: in each piece of time they are divided among their teams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from sim.base import ScenarioError, explain, unknown_name
from sim.scenario import Scenario
from sim.service import Skill, Team
from sim.staffing.programme import Group, Infeasible, Solution, solve
from sim.staffing.requirement import Requirement, write_excel
from sim.staffing.rules import Rules
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, Weekly, clock

if TYPE_CHECKING:
    import pandas as pd

WAGE_PER_HOUR = 20.0


@dataclass(frozen=True)
class ShiftPlan:
    """Shifts, the people they take, and what they cover.

    Attributes
    ----------
    rules : Rules
    needs : dict of str to ndarray, shape (7, 1440)
        Planned agents that each team needs, by weekday and minute.
    groups : tuple of Group
        Teams and cross-trained groups, and what each of them works.
    source : Requirement or None
        What the needs came from.
    cost_per_week : float
        Wages of the shifts.
    bound : float
        No plan within the rules costs less than this.
    """

    rules: Rules
    needs: dict[str, np.ndarray]
    groups: tuple[Group, ...]
    source: Requirement | None
    cost_per_week: float
    bound: float

    @property
    def table(self) -> pd.DataFrame:
        """One row a shift that somebody works: team (or group), contract, weekday, start, end, break, people."""
        import pandas as pd

        rows = []
        for group in self.groups:
            for shift, people in group.worked:
                rows.append(
                    {
                        "team": group.name,
                        "contract": shift.contract.name,
                        "weekday": WEEKDAYS[shift.weekday],
                        "start": clock(shift.start),
                        "end": "24:00" if shift.end == MINUTES_A_DAY else clock(shift.end),
                        "break": "" if shift.break_start is None else clock(shift.break_start),
                        "people": people,
                    }
                )
        return pd.DataFrame(rows, columns=["team", "contract", "weekday", "start", "end", "break", "people"])

    @property
    def people(self) -> pd.DataFrame:
        """People by team (or group) and contract, the shifts and paid hours of their week."""
        import pandas as pd

        rows = []
        for group in self.groups:
            for contract, count in group.people.items():
                shifts = sum(people for shift, people in group.worked if shift.contract.name == contract.name)
                if count:
                    rows.append(
                        {
                            "team": group.name,
                            "contract": contract.name,
                            "people": count,
                            "shifts": shifts,
                            "paid_hours": shifts * contract.paid_hours,
                            "cost": shifts * contract.paid_hours * contract.wage_factor * group.wage_per_hour,
                        }
                    )
        return pd.DataFrame(rows, columns=["team", "contract", "people", "shifts", "paid_hours", "cost"])

    @property
    def roster(self) -> pd.DataFrame:
        """One row a person and a column a weekday: the shift, or nothing on a day off.

        Shifts are dealt out in turn, earliest first. Rest between an evening and the next morning is not looked at.
        """
        import pandas as pd

        rows: dict[tuple[str, str, int], dict[str, str]] = {}
        for group in self.groups:
            for contract, count in group.people.items():
                turn = 0
                for number in range(1, count + 1):
                    rows[group.name, contract.name, number] = dict.fromkeys(WEEKDAYS, "")
                mine = [(s, n) for s, n in group.worked if s.contract.name == contract.name]
                for shift, people in sorted(mine, key=lambda one: (one[0].weekday, one[0].start)):
                    for _ in range(people):
                        text = f"{clock(shift.start)}-{'24:00' if shift.end == MINUTES_A_DAY else clock(shift.end)}"
                        rows[group.name, contract.name, turn % count + 1][WEEKDAYS[shift.weekday]] = text
                        turn += 1
        index = pd.MultiIndex.from_tuples(rows, names=["team", "contract", "person"]) if rows else None
        return pd.DataFrame(list(rows.values()), index=index, columns=list(WEEKDAYS))

    @cached_property
    def cover(self) -> dict[str, np.ndarray]:
        """Planned agents by team (and by group), weekday and minute, shape (7, 1440) each, breaks taken off."""
        found = {}
        for group in self.groups:
            minutes = np.zeros((7, MINUTES_A_DAY))
            for shift, people in group.worked:
                minutes[shift.weekday] += people * shift.at_work()
            found[group.name] = minutes
        return found

    @property
    def coverage(self) -> pd.DataFrame:
        """One row a team and half hour with work: needed, covered by the team, by cross-trained people, and over."""
        import pandas as pd

        rows = []
        step = 30
        for team, need in self.needs.items():
            shared = sum((g.shared.get(team, np.zeros((7, MINUTES_A_DAY))) for g in self.groups), np.zeros(need.shape))
            for day in range(7):
                for start in range(0, MINUTES_A_DAY, step):
                    window = slice(start, start + step)
                    needed = need[day, window].max()
                    own = self.cover[team][day, window]
                    if needed or own.any():
                        spare = (own + shared[day, window] - need[day, window]).min()
                        rows.append(
                            {
                                "team": team,
                                "weekday": WEEKDAYS[day],
                                "slot": clock(start),
                                "needed": float(needed),
                                "own": float(own.min()),
                                "cross_trained": float(shared[day, window].min()),
                                "over": float(spare),
                            }
                        )
        return pd.DataFrame(rows)

    def as_changes(self, scenario: Scenario | None = None) -> dict[str, Any]:
        """The plan as changes for `Scenario.with_`; cross-trained groups become teams with the skills of all theirs."""
        base = self._scenario(scenario)
        teams: dict[str, Any] = {}
        for group in self.groups:
            week = timetable(self.cover[group.name])
            if group.name in base.teams:
                teams[group.name] = {"agents": week or 0, "extra_agents": 0}
            elif week:
                skills = [skill for name in group.teams for skill in base.teams[name].skills]
                # What two of their teams can do is named once, as the first of them has it.
                kept: dict[tuple[str | None, ...], Skill] = {}
                for skill in skills:
                    kept.setdefault((skill.channel, skill.type, skill.segment, skill.task), skill)
                absence = max(base.teams[name].absence for name in group.teams)
                teams[group.name] = Team(
                    skills=tuple(kept.values()),
                    agents=week,
                    absence=absence,
                    wage_per_hour=group.wage_per_hour,
                )
        return {"teams": teams}

    def staffed(self, scenario: Scenario | None = None, name: str | None = None) -> Scenario:
        """The scenario with these shifts, ready to be simulated."""
        base = self._scenario(scenario)
        return base.with_(name=name or f"{base.name}, in shifts", **self.as_changes(base))

    def _scenario(self, scenario: Scenario | None) -> Scenario:
        chosen = scenario or (self.source.scenario if self.source else None)
        if chosen is None:
            raise ValueError("these shifts were made from a timetable; give the scenario that they are for")
        return chosen

    def to_csv(self, path: str | Path) -> None:
        """Write `table` for a spreadsheet."""
        self.table.to_csv(path, index=False)

    def to_excel(self, path: str | Path) -> None:
        """Write a workbook with the sheets shifts, people, roster and coverage. Needs the package openpyxl."""
        sheets = {"shifts": self.table, "people": self.people, "roster": self.roster.reset_index()}
        write_excel(path, sheets | {"coverage": self.coverage})


def shifts(
    needs: Requirement | Mapping[str, Any],
    rules: Rules | None = None,
    *,
    wages_per_hour: Mapping[str, float] | None = None,
    relative_gap: float = 0.005,
    seconds: float = 60.0,
) -> ShiftPlan:
    """Cover a requirement with shifts at least cost.

    Parameters
    ----------
    needs : Requirement or mapping
        A requirement, whose paid heads are to be covered; or planned agents by team as a timetable, such as
        ``{"desk": {"mon-fri": {"08:00-18:00": 4}}}``.
    rules : Rules, optional
        The rules of the house; see `sim.staffing.Rules` for what holds without.
    wages_per_hour : mapping of str to float, optional
        By team. Otherwise those of the scenario, or 20 (assumed) for a timetable.
    relative_gap : float, default 0.005
        How far above the bound the cost may be when the search stops.
    seconds : float, default 60
        When the search stops at the latest, for each set of teams that share people.

    Returns
    -------
    ShiftPlan

    Raises
    ------
    ScenarioError
        When no plan fits the rules; the message says which rules stand in the way and by how much.

    Examples
    --------
    >>> import sim
    >>> rules = sim.staffing.Rules(contracts=[sim.staffing.Contract(name="half days", shift_hours=4)])
    >>> plan = sim.staffing.shifts({"desk": {"mon": {"08:00-12:00": 2, "12:00-16:00": 3}}}, rules)
    >>> plan.table[["start", "end", "people"]].to_numpy().tolist()
    [['08:00', '12:00', 2], ['12:00', '16:00', 3]]
    >>> plan.cost_per_week
    400.0
    """
    rules = Rules() if rules is None else rules
    wanted, wage = _wanted(needs, wages_per_hour or {})
    for name in [*rules.most_people, *(t for c in rules.contracts for t in c.teams)]:
        if name not in wanted and name not in [one.name for one in rules.cross_trained]:
            raise ScenarioError(f"the rules name a team: {unknown_name(name, wanted, 'team')}")
    for cross in rules.cross_trained:
        for name in cross.teams:
            if name not in wanted:
                raise ScenarioError(f"cross_trained {cross.name}: {unknown_name(name, wanted, 'team')}")
        if cross.name in wanted:
            raise ScenarioError(f"cross_trained {cross.name}: there is a team of this name; give the group its own")
    step = _step(rules, wanted)
    solutions: list[Solution] = []
    problems: list[str] = []
    for teams in _together(wanted, rules):
        try:
            part = {name: wanted[name] for name in teams}
            solutions.append(solve(part, rules, wage, step, relative_gap, seconds))
        except Infeasible as error:
            problems += error.reasons
    if problems:
        raise ScenarioError("no shifts within the rules cover this requirement:\n  " + "\n  ".join(problems))
    groups = tuple(group for solution in solutions for group in solution.groups)
    return ShiftPlan(
        rules,
        wanted,
        groups,
        needs if isinstance(needs, Requirement) else None,
        sum(solution.cost for solution in solutions),
        sum(solution.bound for solution in solutions),
    )


def _wanted(
    needs: Requirement | Mapping[str, Any], wages: Mapping[str, float]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Needs by team, weekday and minute, and wages."""
    if isinstance(needs, Requirement):
        teams = needs.as_changes()["teams"]
        wanted = {name: Weekly(change["agents"]).minutes for name, change in teams.items()}
        known = {name: team.wage_per_hour for name, team in needs.scenario.teams.items()}
    elif isinstance(needs, Mapping) and needs:
        wanted, known = {}, dict.fromkeys(needs, WAGE_PER_HOUR)
        for name, timetable in needs.items():
            try:
                wanted[name] = Weekly(timetable).minutes
            except ValidationError as error:
                raise explain(error, Weekly, f"what is needed of {name}") from None
    else:
        raise ScenarioError("needs must be a requirement, or head-counts by team, such as {'desk': {'mon-fri': 4}}")
    for name, wage in wages.items():
        if name not in wanted:
            raise ScenarioError(f"wages_per_hour: {unknown_name(name, wanted, 'team')}")
        if isinstance(wage, bool) or not isinstance(wage, (int, float)) or not 0 < wage < float("inf"):
            raise ScenarioError(f"wages_per_hour: {name} holds {wage!r}; it may hold a number above 0")
    if not wanted or not any(need.any() for need in wanted.values()):
        raise ScenarioError("nobody is needed at any time; there is nothing to plan")
    return {name: np.ceil(np.round(need, 6)) for name, need in wanted.items()}, known | dict(wages)


def _step(rules: Rules, wanted: Mapping[str, np.ndarray]) -> int:
    """Minutes in which nothing changes: needs, shifts and breaks begin and end at multiples of it."""
    step = rules.start_every_minutes
    for contract in rules.contracts:
        for minutes in (60 * contract.shift_hours, contract.break_minutes):
            if abs(minutes - round(minutes)) > 1e-9 or round(minutes) % 5:
                raise ScenarioError(f"contract {contract.name}: shifts and breaks must be multiples of 5 minutes long")
            step = gcd(step, round(minutes))
    for need in wanted.values():
        for minute in np.flatnonzero(np.diff(need, axis=1).any(axis=0)) + 1:
            step = gcd(step, int(minute))
    return step


def _together(wanted: Mapping[str, np.ndarray], rules: Rules) -> list[list[str]]:
    """Teams that share people, directly or through others; the others can be planned each alone."""
    sets = [{name} for name in wanted]
    for cross in rules.cross_trained:
        touched = [one for one in sets if one & set(cross.teams)]
        sets = [one for one in sets if not one & set(cross.teams)] + [set().union(*touched)]
    return [[name for name in wanted if name in one] for one in sets]


def timetable(minutes: np.ndarray) -> dict[str, dict[str, int]]:
    """Whole head-counts by weekday and minute, shape (7, 1440), as a scenario writes them."""
    week: dict[str, dict[str, int]] = {}
    for weekday, day in enumerate(minutes):
        borders = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist(), MINUTES_A_DAY]
        ranges = {
            f"{clock(first)}-{'24:00' if last == MINUTES_A_DAY else clock(last)}": int(day[first])
            for first, last in pairwise(borders)
            if day[first] > 0
        }
        if ranges:
            week[WEEKDAYS[weekday]] = ranges
    return week
