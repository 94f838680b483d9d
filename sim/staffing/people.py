"""Named people and their wishes, read from a table or a list as somebody typed it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.base import ScenarioError, plain, show, unknown_name
from sim.timetable import WEEKDAYS, named_weekdays

PEOPLE = ("person", "team", "contract", "hours_a_week", "days_a_week", "cannot_work")
WISHES = ("person", "wish", "day", "weight")
KINDS = ("early", "late", "day off", "not alone")
HOURS_A_WEEK = 40.0
DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Person:
    """Somebody who can be given shifts.

    Attributes
    ----------
    name : str
    teams : tuple of str
        Teams whose work this person knows.
    contract : str or None
        The only contract whose shifts this person works, or None for any.
    hours_a_week : float
        Hours of work at most.
    days_a_week : int
        Days at most.
    cannot_work : frozenset of int
        Weekdays, 0 for Monday.
    """

    name: str
    teams: tuple[str, ...]
    contract: str | None
    hours_a_week: float
    days_a_week: int
    cannot_work: frozenset[int]


@dataclass(frozen=True)
class Wish:
    """What somebody would like: early or late shifts, days off, or never to be alone; on some weekdays or all."""

    person: str
    kind: str
    days: frozenset[int]
    weight: float


def read_people(given: Any, teams: Iterable[str], contracts: Mapping[str, tuple[float, int]]) -> list[Person]:
    """The people; `contracts` are hours and days a week by name.

    Examples
    --------
    >>> read_people([{"person": "Ann", "team": "desk", "cannot_work": "sat, sun"}], ["desk"], {})[0].cannot_work
    frozenset({5, 6})
    """
    found: list[Person] = []
    for where, row in _rows("people", given, PEOPLE, ("person", "team")):
        name = _text(row["person"])
        if name in [one.name for one in found]:
            raise ScenarioError(f"{where}: {name!r} comes twice; give every person one row, and a name of their own")
        known = [_text(team) for team in _list(row["team"])]
        for team in known:
            if team not in teams:
                raise ScenarioError(f"{where} ({name}), team: {unknown_name(team, teams, 'team')}")
        contract = _text(row["contract"]) if "contract" in row else None
        if contract is not None and contract not in contracts:
            raise ScenarioError(f"{where} ({name}), contract: {unknown_name(contract, contracts, 'contract')}")
        usual_hours, usual_days = contracts[contract] if contract else (HOURS_A_WEEK, DAYS_A_WEEK)
        hours = _number(where, "hours_a_week", row.get("hours_a_week", usual_hours), 168)
        days = _number(where, "days_a_week", row.get("days_a_week", usual_days), 7)
        if days != int(days):
            raise ScenarioError(f"{where} ({name}): days_a_week holds {days:g}; it may hold a whole number of days")
        off = _days(where, "cannot_work", row["cannot_work"]) if "cannot_work" in row else frozenset()
        found.append(Person(name, tuple(known), contract, hours, int(days), off))
    if not found:
        raise ScenarioError("people is empty; give a row with person and team for everybody who can work")
    return found


def read_wishes(given: Any, people: list[Person]) -> list[Wish]:
    """The wishes of these people."""
    found = []
    names = [one.name for one in people]
    for where, row in _rows("wishes", given, WISHES, ("person", "wish")):
        person, kind = _text(row["person"]), _text(row["wish"]).lower().replace("_", " ").replace("-", " ")
        if person not in names:
            raise ScenarioError(f"{where}: {unknown_name(person, names, 'person')}")
        if kind not in KINDS:
            raise ScenarioError(f"{where} ({person}): {unknown_name(row['wish'], KINDS, 'wish')}")
        if kind == "day off" and "day" not in row:
            raise ScenarioError(f"{where} ({person}): a day off needs its day, such as day: sat")
        days = _days(where, "day", row["day"]) if "day" in row else frozenset(range(7))
        found.append(Wish(person, kind, days, _number(where, "weight", row.get("weight", 1.0), 1000)))
    return found


def _rows(
    what: str, given: Any, allowed: tuple[str, ...], needed: tuple[str, ...]
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Rows with what they are called in messages; empty cells are left out."""
    if hasattr(given, "to_dict"):
        given = given.to_dict("records")
    if isinstance(given, Mapping) or not isinstance(given, Iterable) or isinstance(given, str):
        raise ScenarioError(
            f"{what} holds {show(given)}; give a table, or a list with a mapping for each row, such as "
            f"[{{{', '.join(repr(key) + ': ...' for key in needed)}}}]"
        )
    for number, row in enumerate(given, 1):
        where = f"{what}, row {number}"
        if not isinstance(row, Mapping):
            raise ScenarioError(f"{where} holds {show(row)}; give a mapping with the keys {', '.join(allowed)}")
        for key in row:
            if key not in allowed:
                raise ScenarioError(f"{where}: {unknown_name(key, allowed, 'key')}")
        filled = {str(key): plain(value) for key, value in row.items() if not _empty(value)}
        for key in needed:
            if key not in filled:
                raise ScenarioError(f"{where} has no {key}; the keys {' and '.join(needed)} are needed")
        yield where, filled


def _empty(value: Any) -> bool:
    if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, (str, list, tuple, set, frozenset)) and not (
        value.strip() if isinstance(value, str) else value
    )


def _text(value: Any) -> str:
    return str(value).strip()


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part for part in value.split(",") if part.strip()]
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _days(where: str, key: str, value: Any) -> frozenset[int]:
    try:
        return frozenset(day for part in _list(value) for day in named_weekdays(str(part).strip()))
    except ValueError as error:
        raise ScenarioError(f"{where}, {key}: {error}; the weekdays are {', '.join(WEEKDAYS)}") from None


def _number(where: str, key: str, value: Any, most: float) -> float:
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    if not 0 < number <= most:
        raise ScenarioError(f"{where}: {key} holds {show(value)}; it may hold a number above 0, at most {most:g}")
    return float(number)
