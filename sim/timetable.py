"""Numbers that repeat every week: arrival rates, head-counts, opening hours.

A planner thinks "Monday to Friday, eight to twelve: six people". A `Weekly` keeps that sentence as it was
written, so that a scenario file reads back the way its author wrote it, and offers it as an array with one
value a minute of the week, so that slots of any length can be mixed freely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import ConfigDict, RootModel, model_validator

MINUTES_A_DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = "every_day"
_RANGE = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$")


class _WeekPattern(RootModel[Any]):
    """Something that repeats every week, kept as it was written and compared by that."""

    model_config = ConfigDict(frozen=True)

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
        row = parse_day(day_value)
        for day in _weekdays(key):
            if day in seen:
                raise ValueError(
                    f"{WEEKDAYS[day]} is given twice, by {seen[day]!r} and by {key!r}; name each day once"
                )
            seen[day] = str(key)
            week[day] = row
    return week


def _looks_like_ranges(value: dict[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) and ":" in key for key in value)


def _weekdays(key: Any) -> Iterator[int]:
    """The days that a key such as 'mon-fri', 'sat,sun' or 'every_day' names."""
    if key == _EVERY_DAY:
        yield from range(7)
        return
    for part in str(key).split(","):
        ends = [_weekday(name, key) for name in part.split("-")]
        if len(ends) > 2:
            raise ValueError(f"{key!r} is not a day or a range of days; write 'mon', 'mon-fri' or 'sat,sun'")
        yield ends[0]
        while ends[0] != ends[-1]:
            ends[0] = (ends[0] + 1) % 7
            yield ends[0]


def _weekday(name: str, key: Any) -> int:
    short = name.strip().lower()
    for number, weekday in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ):
        if len(short) >= 3 and weekday.startswith(short):
            return number
    raise ValueError(
        f"{key!r} names no weekday; use {', '.join(WEEKDAYS)}, a range such as mon-fri, or {_EVERY_DAY}"
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
            day[first:last] = _number(number)
        return day
    if isinstance(value, (list, tuple)):
        if not value or MINUTES_A_DAY % len(value):
            raise ValueError(
                f"holds a list of {len(value)} values; the slots must divide a day of 1,440 minutes: "
                "24 values are hours, 48 half hours, 96 quarters"
            )
        return np.repeat([_number(number) for number in value], MINUTES_A_DAY // len(value))
    return np.full(MINUTES_A_DAY, _number(value))


def _day_of_hours(value: Any) -> np.ndarray:
    """One day, 1 where open, from 'always', 'closed', a range or a list of ranges."""
    day = np.zeros(MINUTES_A_DAY)
    if value == "always":
        return day + 1
    if value == "closed":
        return day
    for text in [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]:
        first, last = _range(text)
        day[first:last] = 1
    return day


def _range(text: Any) -> tuple[int, int]:
    match = _RANGE.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'{text!r} is not a range of the day; write it as "08:00-17:30", in quotes')
    hour, minute, end_hour, end_minute = map(int, match.groups())
    first, last = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or last > MINUTES_A_DAY:
        raise ValueError(f"{text!r} is not a time of day; hours run from 00:00 to 24:00")
    if last <= first:
        raise ValueError(
            f'{text!r} ends before it starts; a night has two ranges, "22:00-24:00" and, on the next day, "00:00-06:00"'
        )
    return first, last


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"holds {value!r} where a number is expected")
    if not 0 <= value < float("inf"):
        raise ValueError(f"holds {value!r}; numbers here must be 0 or more, and finite")
    return float(value)
