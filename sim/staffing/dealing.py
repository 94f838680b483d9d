"""The constraint programme behind rosters, and what to say when it has no solution.

A variable for every person and shift that fit together. Where no roster exists, each kind of rule is let go in turn, as
little as possible: those that make a roster possible by themselves are named, with what would have to give.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.base import ScenarioError, show
from sim.staffing.people import Person, Wish
from sim.staffing.programme import Shift
from sim.staffing.shifts import ShiftPlan
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock

_UNIT = 1000
_EMPTY, _CANNOT, _CONTRACT, _HOURS, _DAYS, _REST = "empty", "cannot_work", "contract", "hours", "days", "rest"


class Impossible(Exception):
    """There is no roster, or none was found in time."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Job:
    """A shift and how many people work it.

    Attributes
    ----------
    team : str
        Team or cross-trained group.
    needs : tuple of str
        Teams whose work one has to know for it.
    shift : Shift
    people : int
    early, late, alone : bool
        What wishes are about; `alone` is a shift with a minute at which nobody else of the team is at work.
    """

    team: str
    needs: tuple[str, ...]
    shift: Shift
    people: int
    early: bool
    late: bool
    alone: bool

    @staticmethod
    def of(plan: ShiftPlan, early_before: int, late_after: int) -> list[Job]:
        """All shifts of a plan, in the order of the week."""
        found = []
        for group in plan.groups:
            near = [other.name for other in plan.groups if set(other.teams) & set(group.teams)]
            there = np.sum([plan.cover[name] for name in near], axis=0)
            for shift, people in group.worked:
                alone = bool((there[shift.weekday][shift.at_work() > 0] < 2).any())
                early, late = shift.start < early_before, shift.end > late_after
                found.append(Job(group.name, group.teams, shift, people, early, late, alone))
        return sorted(found, key=lambda job: (job.shift.weekday, job.shift.start, job.team, job.shift.end))

    def unpopular(self, person: str, wishes: Iterable[Wish]) -> bool:
        """Whether it is on a weekend, or late and this person does not wish that."""
        day = self.shift.weekday
        likes = any(wish.person == person and wish.kind == "late" and day in wish.days for wish in wishes)
        return day >= 5 or (self.late and not likes)

    def suits(self, person: Person) -> bool:
        """Whether a person knows the work."""
        return self.team in person.teams or set(self.needs) <= set(person.teams)

    def breaks(self, wish: Wish) -> bool:
        """Whether working this shift goes against a wish of the person."""
        against = {"early": not self.early, "late": not self.late, "day off": True, "not alone": self.alone}
        return self.shift.weekday in wish.days and against[wish.kind]

    def __str__(self) -> str:
        end = "24:00" if self.shift.end == MINUTES_A_DAY else clock(self.shift.end)
        return f"{self.team} {WEEKDAYS[self.shift.weekday]} {clock(self.shift.start)}-{end}"


def kept_and_broken(wish: Wish, jobs: tuple[Job, ...]) -> tuple[int, int]:
    """How often a wish was kept and broken: by shifts, and for a day off by days."""
    broken = sum(job.breaks(wish) for job in jobs)
    chances = len(wish.days) if wish.kind == "day off" else sum(job.shift.weekday in wish.days for job in jobs)
    return chances - broken, broken


def clock_minute(name: str, text: object) -> int:
    """Minutes since midnight of a time of day."""
    match = re.fullmatch(r"\s*(\d{1,2}):([0-5]\d)\s*", text) if isinstance(text, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_A_DAY + 1
    if minute > MINUTES_A_DAY:
        raise ScenarioError(f'{name} holds {show(text)}; it may hold a time of day, such as "10:00"')
    return minute


class Deal:
    """Shifts, people, wishes and rules, and the search for the best way to deal out."""

    def __init__(
        self,
        cp_model: Any,
        jobs: list[Job],
        people: list[Person],
        wishes: list[Wish],
        rest_minutes: float,
        fairness: float,
        seconds: float,
        seed: int,
    ) -> None:
        self.cp_model, self.jobs, self.people, self.wishes = cp_model, jobs, people, wishes
        self.rest_minutes, self.fairness, self.seconds, self.seed = rest_minutes, fairness, seconds, seed

    def best(self) -> tuple[dict[str, list[Job]], float, float, bool]:
        """Shifts by person, their penalty, its bound, and whether nothing better exists.

        Raises
        ------
        Impossible
            With a sentence for each rule that would have to give.
        """
        for job in self.jobs:
            able = sum(job.suits(person) for person in self.people)
            if able < job.people:
                knows = " and ".join(job.needs)
                raise Impossible([f"{job} takes {job.people} people, and {able} of those named know {knows}"])
        model, given, _ = self._model(())
        cost = self._cost(model, given)
        model.minimize(sum(weight * variable for weight, variable in cost))
        solver, status = self._solved(model)
        if status == self.cp_model.INFEASIBLE:
            raise Impossible(self._reasons())
        if status not in (self.cp_model.OPTIMAL, self.cp_model.FEASIBLE):
            raise Impossible([f"none was found in {self.seconds:g} seconds, nor shown that there is none; give more"])
        found: dict[str, list[Job]] = {person.name: [] for person in self.people}
        for (name, number), variable in given.items():
            if solver.value(variable):
                found[name].append(self.jobs[number])
        optimal = bool(status == self.cp_model.OPTIMAL)
        return found, solver.objective_value / _UNIT, solver.best_objective_bound / _UNIT, optimal

    def _solved(self, model: Any) -> tuple[Any, Any]:
        solver = self.cp_model.CpSolver()
        # One worker and steps in the place of seconds make the answer the same on every run and machine.
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed
        solver.parameters.max_deterministic_time = self.seconds
        return solver, solver.solve(model)

    def _model(self, free: Collection[str]) -> tuple[Any, dict[tuple[str, int], Any], list[tuple[str, Any]]]:
        """The rules; those named `free` may give, at the price of variables that say who or what gives how much."""
        model = self.cp_model.CpModel()
        given: dict[tuple[str, int], Any] = {}
        gives: list[tuple[str, Any]] = []

        def slack(what: str, rule: str, most: int) -> Any:
            if rule not in free:
                return 0
            gives.append((what, model.new_int_var(0, most, "")))
            return gives[-1][1]

        for person in self.people:
            for number, job in enumerate(self.jobs):
                day, contract = job.shift.weekday, job.shift.contract.name
                other = person.contract not in (None, contract)
                away = day in person.cannot_work
                if not job.suits(person) or (other and _CONTRACT not in free) or (away and _CANNOT not in free):
                    continue
                variable = given[person.name, number] = model.new_bool_var("")
                if other:
                    gives.append((f"{person.name} a shift of {contract}", variable))
                if away:
                    gives.append((f"{person.name} on {WEEKDAYS[day]}", variable))
            self._week_of(model, person, given, slack)
        for number, job in enumerate(self.jobs):
            able = [given[person.name, number] for person in self.people if (person.name, number) in given]
            model.add(sum(able) + slack(str(job), _EMPTY, job.people) == job.people)
        return model, given, gives

    def _week_of(self, model: Any, person: Person, given: dict[tuple[str, int], Any], slack: Any) -> None:
        days: dict[int, list[tuple[Job, Any]]] = defaultdict(list)
        for number, job in enumerate(self.jobs):
            if (person.name, number) in given:
                days[job.shift.weekday].append((job, given[person.name, number]))
        for mine in days.values():
            model.add_at_most_one(variable for _, variable in mine)
        each = [one for mine in days.values() for one in mine]
        minutes = sum(round(60 * job.shift.contract.work_hours) * variable for job, variable in each)
        most = int(60 * person.hours_a_week + 1e-6)
        model.add(minutes <= most + 60 * slack(f"{person.name}: {{}} hours more", _HOURS, 168))
        model.add(
            sum(variable for _, variable in each)
            <= person.days_a_week + slack(f"{person.name}: {{}} days more", _DAYS, 7)
        )
        for day, mine in days.items():
            give = None
            for job, variable in mine:
                near = [
                    other
                    for following, other in days.get((day + 1) % 7, [])
                    if following.shift.start + MINUTES_A_DAY - job.shift.end < self.rest_minutes - 1e-6
                ]
                if near:
                    if give is None:
                        night = f"{WEEKDAYS[day]} and {WEEKDAYS[(day + 1) % 7]}"
                        give = slack(f"less rest for {person.name} between {night}", _REST, 1)
                    model.add(variable + sum(near) <= 1 + give)

    def _cost(self, model: Any, given: dict[tuple[str, int], Any]) -> Iterator[tuple[int, Any]]:
        """Weights, as whole numbers, and the variables that cost them."""
        for wish in self.wishes:
            for number, job in enumerate(self.jobs):
                if (wish.person, number) in given and job.breaks(wish):
                    yield round(_UNIT * wish.weight), given[wish.person, number]
        for person in self.people:
            bad = [
                variable
                for (name, number), variable in given.items()
                if name == person.name and self.jobs[number].unpopular(name, self.wishes)
            ]
            again = [model.new_bool_var("") for _ in range(min(len(bad), 7))]
            # As each costs more than the one before, the solver takes the cheap ones first.
            model.add(sum(bad) == sum(again))
            for times, variable in enumerate(again):
                yield round(_UNIT * self.fairness) * times, variable

    def _reasons(self) -> list[str]:
        """What to say of a deal that cannot be made."""
        words = {
            _CANNOT: "cannot_work: it could be done with {}",
            _CONTRACT: "contract: it could be done with {}",
            _HOURS: "hours_a_week: it could be done with {}",
            _DAYS: "days_a_week: it could be done with {}",
            _REST: f"rest_hours is {self.rest_minutes / 60:g}: it could be done with {{}}",
        }
        found = []
        for rule, sentence in words.items():
            gave = self._giving([rule])
            if gave:
                found.append(sentence.format(_listed(gave)))
        together = [] if found else self._giving(list(words))
        if together:
            found.append(f"no single rule: it could be done with {_listed(together)} together")
        empty = self._giving([_EMPTY])
        if empty:
            count, total = sum(times for _, times in empty), sum(job.people for job in self.jobs)
            which = _listed([(name, 0) for name, _ in empty])
            found.append(f"people: within all rules {count} of {total} shifts stay empty, such as {which}")
        return found or [f"not found out in {self.seconds:g} seconds which rule stands in the way; give more"]

    def _giving(self, rules: Collection[str]) -> list[tuple[str, int]]:
        """Who or what gives how much if these kinds of rules may give; nothing if that does not help."""
        model, _, gives = self._model(rules)
        if not gives:
            return []
        model.minimize(sum(variable for _, variable in gives))
        solver, status = self._solved(model)
        if status not in (self.cp_model.OPTIMAL, self.cp_model.FEASIBLE):
            return []
        return [(what, solver.value(variable)) for what, variable in gives if solver.value(variable)]


def _listed(gave: list[tuple[str, int]], most: int = 4) -> str:
    names = [what.format(times) for what, times in gave]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
