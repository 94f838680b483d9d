"""Timetables as arithmetic needs them: from minutes of the week back to what a person would write."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from sim.timetable import MINUTES_A_DAY, WEEKDAYS


def as_numbers(minutes: np.ndarray) -> dict[str, Any]:
    """A timetable of numbers, such as a head-count, from its minutes.

    Parameters
    ----------
    minutes : ndarray of float, shape (7, 1440)

    Returns
    -------
    dict
        What `sim.timetable.Weekly` reads; days alike stand together.

    Examples
    --------
    >>> week = np.zeros((7, 1440))
    >>> week[:5, 480:720] = 2
    >>> as_numbers(week)
    {'mon-fri': {'08:00-12:00': 2}, 'sat-sun': 0}
    """
    return _by_weekday(np.round(minutes, 6), _day_of_numbers)


def as_hours(minutes: np.ndarray) -> dict[str, Any]:
    """Opening hours from minutes, shape (7, 1440), true where open.

    Examples
    --------
    >>> week = np.zeros((7, 1440), dtype=bool)
    >>> week[:6, 480:720] = True
    >>> as_hours(week)
    {'mon-sat': ['08:00-12:00'], 'sun': 'closed'}
    """
    return _by_weekday(minutes > 0, _day_of_hours)


def _by_weekday(minutes: np.ndarray, written: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    week: dict[str, Any] = {}
    first = 0
    for day in range(1, 8):
        if day == 7 or (minutes[day] != minutes[first]).any():
            name = WEEKDAYS[first] if day - first == 1 else f"{WEEKDAYS[first]}-{WEEKDAYS[day - 1]}"
            week[name] = written(minutes[first])
            first = day
    return week


def _day_of_numbers(day: np.ndarray) -> dict[str, float] | int:
    return {_range(a, b): _plain(day[a]) for a, b in _spells(day) if day[a] > 0} or 0


def _day_of_hours(day: np.ndarray) -> list[str] | str:
    return [_range(a, b) for a, b in _spells(day) if day[a]] or "closed"


def _spells(day: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of a day in which nothing changes."""
    borders = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist(), MINUTES_A_DAY]
    return list(pairwise(borders))


def _range(first: int, last: int) -> str:
    return f"{first // 60:02d}:{first % 60:02d}-{last // 60:02d}:{last % 60:02d}"


def _plain(number: float) -> float:
    return int(number) if number == int(number) else float(number)
