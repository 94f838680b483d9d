"""Who works which shift: the shifts of a plan dealt out to named people, with their wishes, by CP-SAT of OR-Tools.

Rules hold without exception: every shift is worked by people who know the team's work, one shift a day, hours and days
of each person's week, days on which somebody cannot work, and rest between two shifts. Wishes cost their weight each
time they are not kept, and so do unpopular shifts that fall on the same person again: of the rosters within the rules
the cheapest is taken. The week repeats, so Sunday's evening is followed by Monday's morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base import ScenarioError, is_number, show
from sim.staffing.dealing import Deal, Impossible, Job, clock_minute, kept_and_broken
from sim.staffing.people import Wish, read_people, read_wishes
from sim.staffing.requirement import write_excel
from sim.staffing.shifts import ShiftPlan
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Roster:
    """Shifts with names.

    Attributes
    ----------
    given : dict of str to tuple of Job
        By person, the shifts of the week.
    wished : tuple of (Wish, int, int)
        Each wish with how often it was kept and broken.
    penalty : float
        Weights of what was not kept, and of unpopular shifts on the same person again.
    bound : float
        No roster within the rules has a smaller penalty.
    optimal : bool
        Whether this is known to be the best, rather than the best that was found in time.
    """

    given: dict[str, tuple[Job, ...]]
    wished: tuple[tuple[Wish, int, int], ...]
    penalty: float
    bound: float
    optimal: bool

    @property
    def table(self) -> pd.DataFrame:
        """One row a shift of a person: person, weekday, team, contract, start, end, break."""
        import pandas as pd

        rows = [
            {
                "person": person,
                "weekday": WEEKDAYS[job.shift.weekday],
                "team": job.team,
                "contract": job.shift.contract.name,
                "start": clock(job.shift.start),
                "end": _end(job),
                "break": "" if job.shift.break_start is None else clock(job.shift.break_start),
            }
            for person, jobs in self.given.items()
            for job in jobs
        ]
        return pd.DataFrame(rows, columns=["person", "weekday", "team", "contract", "start", "end", "break"])

    @property
    def week(self) -> pd.DataFrame:
        """One row a person and a column a weekday: the shift, or nothing on a day off."""
        import pandas as pd

        rows = {
            person: dict.fromkeys(WEEKDAYS, "")
            | {WEEKDAYS[job.shift.weekday]: f"{clock(job.shift.start)}-{_end(job)}" for job in jobs}
            for person, jobs in self.given.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(WEEKDAYS)).rename_axis("person")

    @property
    def people(self) -> pd.DataFrame:
        """One row a person: shifts, hours of work, and unpopular shifts (see `fairness` of `roster`)."""
        import pandas as pd

        rows = {
            person: {
                "shifts": len(jobs),
                "hours": sum(job.shift.contract.work_hours for job in jobs),
                "unpopular": sum(job.unpopular(person, [wish for wish, _, _ in self.wished]) for job in jobs),
            }
            for person, jobs in self.given.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("person")

    @property
    def wishes(self) -> pd.DataFrame:
        """One row a wish: person, wish, day, weight, kept and broken (times), met (never broken)."""
        import pandas as pd

        rows = [
            {
                "person": wish.person,
                "wish": wish.kind,
                "day": ",".join(WEEKDAYS[day] for day in sorted(wish.days)) if len(wish.days) < 7 else "",
                "weight": wish.weight,
                "kept": kept,
                "broken": broken,
                "met": broken == 0,
            }
            for wish, kept, broken in self.wished
        ]
        return pd.DataFrame(rows, columns=["person", "wish", "day", "weight", "kept", "broken", "met"])

    @property
    def wishes_met(self) -> int:
        """Wishes that were never broken, out of ``len(roster.wishes)``."""
        return sum(broken == 0 for _, _, broken in self.wished)

    def to_csv(self, path: str | Path) -> None:
        """Write `table` for a spreadsheet."""
        self.table.to_csv(path, index=False)

    def to_excel(self, path: str | Path) -> None:
        """Write a workbook with the sheets week, shifts, people and wishes. Needs the package openpyxl."""
        sheets = {"week": self.week.reset_index(), "shifts": self.table, "people": self.people.reset_index()}
        write_excel(path, sheets | {"wishes": self.wishes})


def roster(
    plan: ShiftPlan,
    people: Any,
    wishes: Any = None,
    *,
    rest_hours: float = 11.0,
    early_before: str = "10:00",
    late_after: str = "18:00",
    fairness: float = 1.0,
    seconds: float = 30.0,
    seed: int = 1,
) -> Roster:
    """Give the shifts of a plan to named people.

    Parameters
    ----------
    plan : ShiftPlan
        From `sim.staffing.shifts`.
    people : pandas.DataFrame or list of mappings
        A row a person: ``person``; ``team``, one or several (``"phone_desk, chat_desk"``), of which all those of a
        cross-trained group are needed for its shifts; and if wanted ``contract`` (works only such shifts),
        ``hours_a_week`` and ``days_a_week`` (at most; otherwise those of the contract, or 40 and 5, assumed) and
        ``cannot_work`` (weekdays, such as ``"sat, sun"``).
    wishes : pandas.DataFrame or list of mappings, optional
        A row a wish: ``person``; ``wish``, one of early, late, day off, not alone; ``day`` (for a day off always, for
        others if it is about some weekdays only); ``weight`` (1 unless given). Somebody is alone who has a minute of
        work at which nobody else of the team is at work.
    rest_hours : float, default 11
        Between the end of a shift and the next one, from one week to the next as well (assumed; daily rest in the EU,
        Directive 2003/88/EC, article 3).
    early_before, late_after : str
        A shift is early that begins before the one, and late that ends after the other (assumed).
    fairness : float, default 1
        Weight of sharing unpopular shifts evenly (all on Saturday and Sunday, and late ones but for those who wish
        them): the second of a person costs it once, the third twice, and so on.
    seconds : float, default 30
        When the search stops at the latest, about, and for each rule that is looked at when there is no roster. It is
        measured in steps and not by the clock, so that the same input gives the same roster.
    seed : int, default 1
        Which of several equally good rosters is found.

    Returns
    -------
    Roster

    Raises
    ------
    ScenarioError
        For people or wishes that cannot be read, or when nobody can be found for all shifts: the message says which
        rule stands in the way.
    ImportError
        Without OR-Tools, which ``pip install "after-sales-workbook[roster]"`` brings.

    Examples
    --------
    >>> import sim
    >>> rules = sim.staffing.Rules(contracts=[sim.staffing.Contract(name="half days", shift_hours=4)])
    >>> plan = sim.staffing.shifts({"desk": {"mon-tue": {"08:00-12:00": 1, "16:00-20:00": 1}}}, rules)
    >>> people = [{"person": "Ann", "team": "desk"}, {"person": "Ben", "team": "desk"}]
    >>> names = sim.staffing.roster(plan, people, [{"person": "Ben", "wish": "late"}])  # doctest: +SKIP
    >>> names.week[["mon", "tue"]]  # doctest: +SKIP
                    mon          tue
    person
    Ann     08:00-12:00  08:00-12:00
    Ben     16:00-20:00  16:00-20:00
    """
    if not isinstance(plan, ShiftPlan):
        raise ScenarioError(f"plan holds {show(plan)}; it may hold shifts, as sim.staffing.shifts makes them")
    for name, value, most in (("rest_hours", rest_hours, 24.0), ("fairness", fairness, 1000.0)):
        if isinstance(value, bool) or not is_number(value, 0) or value > most:
            raise ScenarioError(f"{name} holds {show(value)}; it may hold a number from 0 to {most:g}")
    if isinstance(seconds, bool) or not is_number(seconds, 1e-3):
        raise ScenarioError(f"seconds holds {show(seconds)}; it may hold a number above 0")
    jobs = Job.of(plan, clock_minute("early_before", early_before), clock_minute("late_after", late_after))
    contracts = {one.name: (one.most_hours_a_week, one.days_a_week) for one in plan.rules.contracts}
    teams = list(dict.fromkeys([*plan.needs, *(group.name for group in plan.groups)]))
    able = read_people(people, teams, contracts)
    asked = [] if wishes is None else read_wishes(wishes, able)
    cp_model = _cp_model()
    deal = Deal(cp_model, jobs, able, asked, 60 * float(rest_hours), float(fairness), float(seconds), seed)
    try:
        given, penalty, bound, optimal = deal.best()
    except Impossible as error:
        raise ScenarioError(
            "no roster within the rules gives every shift to somebody:\n  " + "\n  ".join(error.reasons)
        ) from None
    mine = {one.name: tuple(given[one.name]) for one in able}
    wished = tuple((wish, *kept_and_broken(wish, mine[wish.person])) for wish in asked)
    return Roster(mine, wished, penalty, bound, optimal)


def _end(job: Job) -> str:
    return "24:00" if job.shift.end == MINUTES_A_DAY else clock(job.shift.end)


def _cp_model() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        raise ImportError(
            'rosters of named people need OR-Tools: pip install "after-sales-workbook[roster]"; without it '
            "plan.roster deals the shifts out in turn"
        ) from None
    return cp_model
