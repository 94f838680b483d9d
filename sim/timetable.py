"""Numbers that repeat every week: arrival rates, head-counts, opening hours.

A planner thinks "Monday to Friday, eight to twelve: six people". A `Weekly` keeps that sentence as it was
written, so that a scenario file reads back the way its author wrote it, and offers it as an array with one
value a minute of the week, so that slots of any length can be mixed freely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import ConfigDict, RootModel, model_validator

from sim.base import plain, show, unquoted

MINUTES_A_DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = "every_day"
# Word processors turn hyphens into dashes.
_RANGE = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})\s*$", re.ASCII)


class _WeekPattern(RootModel[Any]):
    """Something that repeats every week, kept as it was written and compared by that."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _as_plain_data(cls, data: Any) -> Any:
        return plain(data)

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.minutes  # noqa: B018  parsing is the check
        return self

    @cached_property
    def minutes(self) -> np.ndarray:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.root == other.root

    __hash__ = None  # type: ignore[assignment]


class Weekly(_WeekPattern):
    """A number for every minute of the week.

    Written as a number (the same always), a list with one value a slot of the day (24 values are hours, 48
    half hours, any count that divides 1,440 minutes), ranges of the day (``{"08:00-12:00": 6}``), or any of
    these by weekday (``{"mon-fri": ..., "sat": ...}``). Days and hours that are not named hold 0.

    Examples
    --------
    >>> week = Weekly({"mon-fri": {"08:00-12:00": 6, "12:00-20:00": 7.5}, "sat": 2})
    >>> week.minutes.shape
    (7, 1440)
    >>> float(week.minutes[0, 8 * 60]), float(week.minutes[5, 0]), float(week.minutes[6, 0])
    (6.0, 2.0, 0.0)
    """

    @cached_property
    def minutes(self) -> np.ndarray:
        """Values, shape (7, 1440): a row a weekday from Monday, a column a minute."""
        return _week(self.root, _day_of_numbers)


class OpenHours(_WeekPattern):
    """When a channel is open: ``always``, ``"08:00-20:00"``, a list of such ranges, or these by weekday.

    Examples
    --------
    >>> hours = OpenHours({"mon-fri": ["08:00-12:00", "13:00-18:00"], "sun": "closed"})
    >>> float(hours.minutes[0].sum() / 60)
    9.0
    """

    @cached_property
    def minutes(self) -> np.ndarray:
        """True where open, shape (7, 1440): a row a weekday from Monday, a column a minute."""
        return _week(self.root, _day_of_hours) > 0


def openings(hours: np.ndarray) -> tuple[list[float], list[float]]:
    """Minutes at which something opens, and at which it closes.

    Parameters
    ----------
    hours : ndarray of bool, shape (minutes,)
        Whether it is open, minute by minute.

    Examples
    --------
    >>> openings(np.array([False, True, True, False, True]))
    ([1.0, 4.0], [3.0])
    """
    change = np.diff(np.concatenate([[False], hours]).astype(int))
    return np.flatnonzero(change == 1).astype(float).tolist(), np.flatnonzero(change == -1).astype(float).tolist()


def clock(minutes: float) -> str:
    """A time since the first midnight as people write it.

    Examples
    --------
    >>> clock(9 * 60 + 5), clock(1440 + 30)
    ('09:05', 'day 1 00:30')
    """
    day, rest = divmod(int(minutes), MINUTES_A_DAY)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"day {day} {text}" if day else text


def _week(value: Any, parse_day: Any) -> np.ndarray:
    """A (7, 1440) array from either a sentence about every day or a mapping of weekdays."""
    week = np.zeros((7, MINUTES_A_DAY))
    if not isinstance(value, dict) or _looks_like_ranges(value):
        week[:] = parse_day(value)
        return week
    seen: dict[int, str] = {}
    for key, day_value in value.items():
        days = list(named_weekdays(key))
        with _at(key):
            row = parse_day(day_value)
        for day in days:
            if day in seen:
                raise ValueError(f"{WEEKDAYS[day]} is given twice, by {seen[day]!r} and by {key!r}; name each day once")
            seen[day] = str(key)
            week[day] = row
    return week


@contextmanager
def _at(place: Any) -> Iterator[None]:
    """Says in an error's message where in the timetable it was found."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _looks_like_ranges(value: dict[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) and ":" in key for key in value)


def named_weekdays(key: Any) -> Iterator[int]:
    """The days that a key such as 'mon-fri', 'sat,sun' or 'every_day' names."""
    if key == _EVERY_DAY:
        yield from range(7)
        return
    for part in str(key).split(","):
        ends = [_weekday(name, key) for name in re.split("[-–—]", part)]
        if len(ends) > 2:
            raise ValueError(f"{show(key)} is not a day or a range of days; write 'mon', 'mon-fri' or 'sat,sun'")
        yield ends[0]
        while ends[0] != ends[-1]:
            ends[0] = (ends[0] + 1) % 7
            yield ends[0]


def _weekday(name: str, key: Any) -> int:
    short = name.strip().lower()
    for number, weekday in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")):
        if len(short) >= 3 and weekday.startswith(short):
            return number
    hint = ". Hours go inside a day: {mon-fri: {'08:00-12:00': 5}}" if any(map(str.isdigit, str(key))) else ""
    raise ValueError(
        f"{show(key)} names no weekday; use {', '.join(WEEKDAYS)}, a range such as mon-fri, or {_EVERY_DAY}{hint}"
    )


def _day_of_numbers(value: Any) -> np.ndarray:
    """One day, 1,440 values, from a number, a list of slots or ranges of the day."""
    if isinstance(value, dict):
        day = np.zeros(MINUTES_A_DAY)
        taken = np.zeros(MINUTES_A_DAY, dtype=bool)
        for key, number in value.items():
            first, last = _range(key)
            if taken[first:last].any():
                raise ValueError(f"{key!r} overlaps another range of the same day")
            taken[first:last] = True
            with _at(key):
                day[first:last] = _number(number)
        return day
    if isinstance(value, list):
        if not value or MINUTES_A_DAY % len(value):
            raise ValueError(
                f"holds a list of {len(value)} values; the slots must divide a day of 1,440 minutes: "
                "24 values are hours, 48 half hours, 96 quarters"
            )
        slots = np.empty(len(value))
        for place, number in enumerate(value):
            with _at(f"value {place + 1} of {len(value)}"):
                slots[place] = _number(number)
        return np.repeat(slots, MINUTES_A_DAY // len(value))
    return np.full(MINUTES_A_DAY, _number(value))


def _day_of_hours(value: Any) -> np.ndarray:
    """One day, 1 where open, from 'always', 'closed', a range or a list of ranges."""
    day = np.zeros(MINUTES_A_DAY)
    if value == "always":
        return day + 1
    if value == "closed":
        return day
    for text in value if isinstance(value, list) else [value]:
        first, last = _range(text, ', "always" or "closed"')
        if day[first:last].any():
            raise ValueError(f"{text!r} overlaps another range of the same day")
        day[first:last] = 1
    return day


def _range(text: Any, others: str = "") -> tuple[int, int]:
    match = _RANGE.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'{show(text)} is not a range of the day; write "08:00-17:30"{others}, in quotes')
    hour, minute, end_hour, end_minute = map(int, match.groups())
    first, last = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or last > MINUTES_A_DAY:
        raise ValueError(f"{text!r} is not a time of day; hours run from 00:00 to 24:00")
    if last == first:
        raise ValueError(f'{text!r} ends when it starts; a whole day is "00:00-24:00"')
    if last < first:
        raise ValueError(
            f'{text!r} ends before it starts; a night has two ranges, "22:00-24:00" and, on the next day, "00:00-06:00"'
        )
    return first, last


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"holds {show(value)}; it may hold a number of at least 0{unquoted(value)}")
    if not 0 <= value <= 1e12:
        raise ValueError(f"holds {show(value)}; it may hold a number from 0 to 1e12")
    return float(value)
