"""The mixed-integer programme behind shifts, and what to say when it has no solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.base import ScenarioError
from sim.staffing.rules import Contract, Rules
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock

_PERSON = 1e-6


@dataclass(frozen=True)
class Shift:
    """A shift that could be worked: times in minutes since midnight."""

    contract: Contract
    weekday: int
    start: int
    end: int
    break_start: int | None

    def at_work(self) -> np.ndarray:
        """1 in the minutes of work, shape (1440,)."""
        minutes = np.zeros(MINUTES_A_DAY)
        minutes[self.start : self.end] = 1
        if self.break_start is not None:
            minutes[self.break_start : self.break_start + round(self.contract.break_minutes)] = 0
        return minutes


@dataclass(frozen=True)
class Group:
    """A team or a cross-trained group, and what it works in the plan.

    Attributes
    ----------
    name : str
    teams : tuple of str
        The teams in which they can work; of a team, itself.
    wage_per_hour : float
    worked : tuple of (Shift, int)
        Shifts with the number of people who work them.
    people : dict of Contract to int
        People under each contract.
    shared : dict of str to ndarray, shape (7, 1440)
        Of a cross-trained group: how many of them work in each team.
    """

    name: str
    teams: tuple[str, ...]
    wage_per_hour: float
    worked: tuple[tuple[Shift, int], ...]
    people: dict[Contract, int]
    shared: dict[str, np.ndarray]


@dataclass(frozen=True)
class Solution:
    """Groups with their shifts, what these cost a week, and the least that any plan could cost."""

    groups: tuple[Group, ...]
    cost: float
    bound: float


class Infeasible(Exception):
    """No plan fits the rules."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def solve(
    needs: Mapping[str, np.ndarray],
    rules: Rules,
    wages: Mapping[str, float],
    step: int,
    relative_gap: float,
    seconds: float,
) -> Solution:
    """Cover the needs of some teams at least cost.

    Raises
    ------
    Infeasible
        With a sentence for each rule that would have to give.
    """
    programme = _Programme(needs, rules, wages, step)
    programme.check_reach()
    solution = programme.solve(relative_gap, seconds)
    if solution is None:
        raise Infeasible(programme.reasons(seconds))
    return solution


@dataclass(frozen=True)
class _Limit:
    """A limit on people: the columns of their numbers, how many there may be, and how a person says it."""

    columns: list[int]
    most: int
    name: str


class _Programme:
    """Columns: people by group and contract, shifts, and where cross-trained people work. Rows: see `shifts`."""

    def __init__(self, needs: Mapping[str, np.ndarray], rules: Rules, wages: Mapping[str, float], step: int) -> None:
        self.needs, self.rules, self.step = needs, rules, step
        # By weekday and step, shape (7, steps).
        self.wanted = {name: need.reshape(7, -1, step).max(axis=2) for name, need in needs.items()}
        cross = [one for one in rules.cross_trained if set(one.teams) <= set(needs)]
        self.teams_of = {name: (name,) for name in needs} | {one.name: one.teams for one in cross}
        self.wage = {name: wages[name] for name in needs} | {one.name: one.wage_per_hour for one in cross}
        self.columns: list[tuple[Any, ...]] = []
        self.cost: list[float] = []
        self.rows: list[dict[int, float]] = []
        self.low: list[float] = []
        self.people: dict[tuple[str, str], int] = {}
        self.covers: dict[str, dict[tuple[int, int], list[int]]] = {}
        self.limits: list[_Limit] = []
        for name in self.teams_of:
            self._add_group(name)
        self._divide(cross)
        self._add_cover(cross)
        self._add_limits(cross)

    def _column(self, what: tuple[Any, ...], cost: float) -> int:
        self.columns.append(what)
        self.cost.append(cost)
        return len(self.columns) - 1

    def _row(self, entries: dict[int, float], least: float) -> None:
        self.rows.append(entries)
        self.low.append(least)

    def _add_group(self, name: str) -> None:
        covers: dict[tuple[int, int], list[int]] = {}
        wanted = np.sum([self.wanted[team] for team in self.teams_of[name]], axis=0)
        for contract in self.rules.contracts:
            if contract.teams and name not in contract.teams:
                continue
            # People cost a little beyond their hours, so that no more are named than are needed.
            price = contract.paid_hours * contract.wage_factor * self.wage[name]
            person = self._column(("people", name, contract), _PERSON * price)
            self.people[name, contract.name] = person
            week: dict[int, float] = {person: float(contract.days)}
            for day in range(7):
                of_day: dict[int, float] = {person: 1.0}
                for shift in self._shifts(contract, day, wanted[day]):
                    column = self._column(("shift", name, shift), price)
                    of_day[column] = week[column] = -1.0
                    for place in np.flatnonzero(shift.at_work()[:: self.step]):
                        covers.setdefault((day, int(place)), []).append(column)
                self._row(of_day, 0.0)
            self._row(week, 0.0)
        self.covers[name] = covers

    def _shifts(self, contract: Contract, day: int, wanted: np.ndarray) -> list[Shift]:
        """Shifts of a contract on a day that are of any use."""
        rules, length = self.rules, round(60 * contract.shift_hours)
        found = []
        every = rules.start_every_minutes
        first = -(-rules.first_minute // every) * every
        for start in range(first, rules.last_minute - length + 1, every):
            if not wanted[start // self.step : -(-(start + length) // self.step)].any():
                continue
            if contract.break_minutes == 0:
                found.append(Shift(contract, day, start, start + length, None))
                continue
            early = -(-round(60 * contract.break_from_hours) // self.step) * self.step
            late = min(round(60 * contract.break_to_hours), length - round(contract.break_minutes))
            found += [
                Shift(contract, day, start, start + length, start + after)
                for after in range(early, late + 1, max(self.step, every if early % every == 0 else self.step))
            ]
        return found

    def _divide(self, cross: list[Any]) -> None:
        """Where cross-trained people work: no more than are there, each in one team."""
        self.shared: dict[tuple[str, str, int, int], int] = {}
        for one in cross:
            for (day, place), columns in self.covers[one.name].items():
                entries = dict.fromkeys(columns, 1.0)
                for team in one.teams:
                    if self.wanted[team][day, place] > 0:
                        column = self._column(("shared", one.name, team, day, place), 0.0)
                        self.shared[one.name, team, day, place] = column
                        entries[column] = -1.0
                self._row(entries, 0.0)

    def _helpers(self, team: str, day: int, place: int, cross: list[Any]) -> list[int]:
        own = self.covers[team].get((day, place), [])
        return own + [
            self.shared[one.name, team, day, place] for one in cross if (one.name, team, day, place) in self.shared
        ]

    def _add_cover(self, cross: list[Any]) -> None:
        self.uncovered: list[tuple[str, int, int]] = []
        for team, wanted in self.wanted.items():
            for day, place in zip(*np.nonzero(wanted), strict=True):
                columns = self._helpers(team, int(day), int(place), cross)
                if not columns:
                    self.uncovered.append((team, int(day), int(place)))
                self._row(dict.fromkeys(columns, 1.0), float(wanted[day, place]))

    def _add_limits(self, cross: list[Any]) -> None:
        for name, most in self.rules.most_people.items():
            columns = [column for (group, _), column in self.people.items() if group == name]
            if columns:
                self.limits.append(_Limit(columns, most, f"most_people of {name}"))
        for one in cross:
            if one.most_people is not None:
                columns = [column for (group, _), column in self.people.items() if group == one.name]
                self.limits.append(_Limit(columns, one.most_people, f"most_people of the cross-trained {one.name}"))
        for contract in self.rules.contracts:
            if contract.most_people is not None:
                columns = [column for (_, kind), column in self.people.items() if kind == contract.name]
                self.limits.append(_Limit(columns, contract.most_people, f"most_people under {contract.name}"))

    def check_reach(self) -> None:
        """Refuse needs at times that no shift reaches."""
        if not self.uncovered:
            return
        rules, reasons = self.rules, []
        for team in dict.fromkeys(team for team, _, _ in self.uncovered):
            places = [(day, place) for name, day, place in self.uncovered if name == team]
            day, place = places[0]
            when = f"{WEEKDAYS[day]} {clock(place * self.step)}"
            minute = place * self.step
            if minute < rules.first_minute or minute >= rules.last_minute:
                why = f"shifts lie between earliest_start {rules.earliest_start} and latest_end {rules.latest_end}"
            elif not any(name == team for name, _ in self.people):
                why = f"no contract is for {team} (contracts.teams)"
            else:
                why = "no contract fits there with its length, its break and the times at which shifts start"
            reasons.append(f"{team} needs somebody on {when} ({len(places)} such times in all), but {why}")
        raise Infeasible(reasons)

    def solve(
        self, relative_gap: float, seconds: float, ease: _Limit | None = None, all_week: bool = False
    ) -> Solution | None:
        """The cheapest plan, None if there is none; `ease` leaves a limit out and asks for its least value instead."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        cost = np.array(self.cost)
        matrix = self._matrix(all_week)
        constraints = [LinearConstraint(matrix, np.array(self.low), np.inf)]
        for limit in self.limits:
            if limit is not ease:
                row = np.zeros((1, len(cost)))
                row[0, limit.columns] = 1
                constraints.append(LinearConstraint(row, -np.inf, limit.most))
        if ease is not None:
            cost = 1e-6 * cost / max(cost.max(), 1e-9)
            cost[ease.columns] += 1.0
        result = milp(
            cost,
            integrality=np.ones(len(cost), dtype=int),
            bounds=Bounds(0, np.inf),
            constraints=constraints,
            options={"mip_rel_gap": relative_gap, "time_limit": seconds},
        )
        if result.x is None:
            if result.status == 2:
                return None
            raise ScenarioError(
                f"no plan was found for {', '.join(self.needs)} within {seconds:g} seconds; give more seconds, fewer "
                "contracts, or a larger start_every_minutes"
            )
        return self._read(np.round(result.x), float(result.mip_dual_bound))

    def _matrix(self, all_week: bool) -> Any:
        from scipy.sparse import coo_array

        where = [(row, column, value) for row, entries in enumerate(self.rows) for column, value in entries.items()]
        rows, columns, values = (np.array(part) for part in zip(*where, strict=True))
        if all_week:
            # What if everybody could work every day?
            values = np.where(values > 1, 7.0, values)
        return coo_array((values, (rows, columns)), shape=(len(self.rows), len(self.columns))).tocsr()

    def _read(self, x: np.ndarray, bound: float) -> Solution:
        groups, total = [], 0.0
        for name, teams in self.teams_of.items():
            worked = [
                (what[2], int(x[column]))
                for column, what in enumerate(self.columns)
                if what[0] == "shift" and what[1] == name and x[column] > 0
            ]
            total += sum(
                people * shift.contract.paid_hours * shift.contract.wage_factor * self.wage[name]
                for shift, people in worked
            )
            people = {
                contract: int(x[self.people[name, contract.name]])
                for contract in self.rules.contracts
                if (name, contract.name) in self.people
            }
            shared = {}
            for team in teams if name not in self.needs else ():
                minutes = np.zeros((7, MINUTES_A_DAY // self.step))
                for (group, to, day, place), column in self.shared.items():
                    if (group, to) == (name, team):
                        minutes[day, place] = x[column]
                shared[team] = np.repeat(minutes, self.step, axis=1)
            groups.append(Group(name, teams, self.wage[name], tuple(worked), people, shared))
        # People add less to the programme's cost than this part of their shifts.
        return Solution(tuple(groups), total, min(bound / (1 + _PERSON), total))

    def reasons(self, seconds: float) -> list[str]:
        """For each rule on its own: would it be enough to ease it, and by how much?"""
        found = []
        for limit in self.limits:
            eased = self.solve(0.0, seconds, ease=limit)
            if eased is not None:
                count = sum(
                    people
                    for group in eased.groups
                    for contract, people in group.people.items()
                    if self.people[group.name, contract.name] in limit.columns
                )
                found.append(f"{limit.name} is {limit.most}; with {count} it could be done")
        week = self.solve(0.05, seconds, all_week=True)
        if week is not None:
            found.append("days_a_week and most_hours_a_week: if people worked all seven days it could be done")
        if not found:
            found = [
                f"{' and '.join(limit.name for limit in self.limits)} stand in the way together; easing one of them "
                "is not enough"
            ]
        return found
