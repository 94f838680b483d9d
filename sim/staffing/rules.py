"""What shifts may look like: contracts, opening and closing of the house, breaks, days off, who knows two trades."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.base import Frozen, NonNegative, Positive, Whole
from sim.timetable import MINUTES_A_DAY


class Contract(Frozen):
    """One way of working: how long a shift is, with which break, and how much of it a week may have.

    All numbers are assumed, and to be replaced by those of the house. The break is unpaid unless ``paid_break``; it
    begins between ``break_from_hours`` and ``break_to_hours`` after the start of the shift.

    Examples
    --------
    >>> Contract(name="full time", shift_hours=8.5, break_minutes=30).days
    5
    """

    name: str = Field(min_length=1, description="give the contract a name")
    shift_hours: Annotated[Positive, Field(le=16)] = Field(description="say how long a shift is, break included")
    break_minutes: NonNegative = 0.0
    paid_break: bool = False
    break_from_hours: NonNegative = 3.0
    break_to_hours: NonNegative = 5.0
    days_a_week: Annotated[Whole, Field(ge=1, le=7)] = 5
    most_hours_a_week: Positive = 40.0
    wage_factor: Positive = 1.0
    most_people: Annotated[Whole, Field(ge=0)] | None = None
    teams: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.break_minutes and not self.break_from_hours <= self.break_to_hours:
            raise ValueError("break_from_hours is above break_to_hours; a break begins between the two")
        if self.break_minutes and self.break_from_hours + self.break_minutes / 60 > self.shift_hours:
            raise ValueError(
                f"the break begins {self.break_from_hours:g} hours after the start at the earliest, which a shift of "
                f"{self.shift_hours:g} hours has no room for; give a smaller break_from_hours, or break_minutes 0"
            )
        if self.days == 0:
            raise ValueError(
                f"one shift is {self.work_hours:g} hours of work and most_hours_a_week {self.most_hours_a_week:g}; "
                "nobody could work a single day"
            )
        return self

    @property
    def work_hours(self) -> float:
        """Hours of work in a shift."""
        return self.shift_hours - self.break_minutes / 60

    @property
    def paid_hours(self) -> float:
        """Hours that a shift is paid for."""
        return self.shift_hours if self.paid_break else self.work_hours

    @property
    def days(self) -> int:
        """Days a week that one person may work."""
        return min(self.days_a_week, int(self.most_hours_a_week / self.work_hours + 1e-9))


class CrossTrained(Frozen):
    """People who can work in several teams, in one at a time."""

    name: str = Field(min_length=1, description="give the group a name")
    teams: tuple[str, ...] = Field(min_length=2, description="list the teams that they can work in")
    most_people: Annotated[Whole, Field(ge=0)] | None = None
    wage_per_hour: Positive = 22.0


FULL_TIME = Contract(name="full time", shift_hours=8.5, break_minutes=30)
PART_TIME = Contract(name="part time", shift_hours=4, most_hours_a_week=20)


class Rules(Frozen):
    """The rules of the house.

    Parameters
    ----------
    contracts : tuple of Contract
        Unless given: 8 hours and a half-hour break five days a week, and 4 hours five days a week (assumed).
    earliest_start, latest_end : str
        Between these all shifts lie, such as ``"06:00"`` and ``"22:00"``. Shifts do not go past midnight.
    start_every_minutes : int, default 30
        Shifts and breaks begin at multiples of this.
    most_people : dict of str to int
        People that a team has, of all contracts together; without an entry there is no limit.
    cross_trained : tuple of CrossTrained
        Groups beside the teams.

    Examples
    --------
    >>> rules = Rules(latest_end="20:00", most_people={"phone_desk": 12})
    >>> [contract.name for contract in rules.contracts]
    ['full time', 'part time']
    """

    contracts: tuple[Contract, ...] = Field(
        default=(FULL_TIME, PART_TIME), min_length=1, description="give at least one contract"
    )
    earliest_start: str = "06:00"
    latest_end: str = "24:00"
    start_every_minutes: Annotated[Whole, Field(ge=5, le=240)] = 30
    most_people: dict[str, Annotated[Whole, Field(ge=0)]] = Field(default={})
    cross_trained: tuple[CrossTrained, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.first_minute >= self.last_minute:
            raise ValueError(f"earliest_start {self.earliest_start} is not before latest_end {self.latest_end}")
        for name, kind in (("contracts", self.contracts), ("cross_trained", self.cross_trained)):
            names = [one.name for one in kind]
            if len(set(names)) < len(names):
                raise ValueError(f"{name}: a name comes twice: {', '.join(names)}")
        if MINUTES_A_DAY % self.start_every_minutes:
            raise ValueError(f"start_every_minutes holds {self.start_every_minutes}; it must divide a day")
        return self

    @property
    def first_minute(self) -> int:
        """When the first shift may begin, in minutes since midnight."""
        return _minute("earliest_start", self.earliest_start)

    @property
    def last_minute(self) -> int:
        """When the last shift must be over."""
        return _minute("latest_end", self.latest_end)


def _minute(name: str, text: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_A_DAY + 1
    if not match or int(match[2]) > 59 or minute > MINUTES_A_DAY:
        raise ValueError(f'{name} holds {text!r}; it may hold a time of day, such as "08:00", in quotes')
    return minute
