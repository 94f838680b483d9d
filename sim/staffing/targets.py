"""What a plan has to reach: measures with their limits, by channel.

A target is written as a planner says it. ``0.8`` is a service level of 80 % on every live channel. ``{"service_level":
0.8, "abandonment": 0.05}`` asks for both at once. ``{"phone": {"asa_minutes": 0.5}, "email": 0.95}`` is about single
channels, and comes on top of what is said for all. A channel of which nothing is said keeps the scenario's own target.

CSAT (``{"csat": 0.8}``, of all cases together, or ``{"phone": {"csat": 0.8}}``, of those that began there) comes on top
of all these, and takes none of their places: it is what customers make of everything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.base import show, unknown_name
from sim.scenario import Scenario
from sim.service import DeferredChannel

SERVICE_LEVELS = (
    "service_level",
    "service_level_offered",
    "service_level_credited",
    "service_level_answered",
)
AT_MOST = ("abandonment", "wait_probability", "occupancy", "asa_minutes", "mean_wait_minutes")
OF_LIVE = (*SERVICE_LEVELS, *AT_MOST)
OF_DEFERRED = ("answered_in_target",)
OPINION = "csat"
ALL = "all"
_MINUTES = ("asa_minutes", "mean_wait_minutes")


@dataclass(frozen=True)
class Goal:
    """A measure and the value that it has to reach: at least, or for waits, hang-ups and occupancy at most."""

    measure: str
    value: float

    def reached(self, value: float) -> bool:
        """Whether a value of the measure is good enough; where nobody came (NaN) it is."""
        return not self.lacking(value) > 1e-12

    def lacking(self, value: float) -> float:
        """How far a value is from the goal, in units of the measure; 0 or below when it is reached."""
        return value - self.value if self.measure in AT_MOST else self.value - value

    def __str__(self) -> str:
        limit = f"{self.value:g}" if self.measure in _MINUTES else f"{100 * self.value:g} %"
        return f"{self.measure} {'at most' if self.measure in AT_MOST else 'at least'} {limit}"


def read_targets(scenario: Scenario, target: object = None) -> dict[str, tuple[Goal, ...]]:
    """The goals of every channel.

    Parameters
    ----------
    scenario : Scenario
    target : number, mapping or None
        See the top of this module. None takes the targets that the channels carry.

    Returns
    -------
    dict of str to tuple of Goal
        By channel; each has at least one.

    Raises
    ------
    ValueError
        For unknown channels or measures, a measure that the channel does not have, or a value that nobody can reach.

    Examples
    --------
    >>> import sim
    >>> goals = read_targets(sim.load("baseline"), {"phone": {"service_level": 0.9, "occupancy": 0.85}})
    >>> [str(goal) for goal in goals["phone"]]
    ['service_level at least 90 %', 'occupancy at most 85 %']
    >>> str(goals["email"][0])
    'answered_in_target at least 90 %'
    """
    deferred = {name: isinstance(way, DeferredChannel) for name, way in scenario.channels.items()}
    goals: dict[str, tuple[Goal, ...]] = {
        name: (Goal(OF_DEFERRED[0] if deferred[name] else SERVICE_LEVELS[0], way.target),)
        for name, way in scenario.channels.items()
    }
    if target is None:
        for name, (goal, *_) in goals.items():
            _reachable(f"channels.{name}.target", goal.measure, goal.value)
        return goals
    if not isinstance(target, Mapping):
        target = {"service_level": target}
    if not target:
        raise ValueError("target is empty; leave it out, or give a measure and its value, such as 0.8")
    general = {name: value for name, value in target.items() if name not in goals and name != OPINION}
    for measure in general:
        if measure not in (*OF_LIVE, *OF_DEFERRED):
            allowed = [*OF_LIVE, *OF_DEFERRED, OPINION, *goals]
            raise ValueError(f"target: {unknown_name(measure, allowed, 'measure or channel')}")
    for name in goals:
        known = OF_DEFERRED if deferred[name] else OF_LIVE
        own = {measure: _goal("target", measure, value) for measure, value in general.items() if measure in known}
        given = target.get(name, {})
        asked = given if isinstance(given, Mapping) else {known[0]: given}
        own |= {
            measure: _goal(f"target for {name}", measure, value, known)
            for measure, value in asked.items()
            if measure != OPINION
        }
        goals[name] = tuple(own.values()) or goals[name]
    return goals


def read_opinions(scenario: Scenario, target: object = None) -> dict[str, Goal]:
    """The goals for CSAT: of a channel's cases, or under ``"all"`` of all cases together.

    The target is written as for `read_targets`.

    Examples
    --------
    >>> import sim
    >>> goals = read_opinions(sim.load("baseline"), {"phone": {"csat": 0.75}, "csat": 0.8, "service_level": 0.7})
    >>> {cases: str(goal) for cases, goal in goals.items()}
    {'all': 'csat at least 80 %', 'phone': 'csat at least 75 %'}
    """
    if not isinstance(target, Mapping):
        return {}
    asked = {ALL: target} | {name: target.get(name) for name in scenario.channels}
    return {
        cases: Goal(OPINION, _reachable("target" if cases == ALL else f"target for {cases}", OPINION, given[OPINION]))
        for cases, given in asked.items()
        if isinstance(given, Mapping) and OPINION in given
    }


def read_days(on: object) -> float | None:
    """The share of days on which the target is to be met; None for the average over busy and quiet days.

    Examples
    --------
    >>> read_days("average"), read_days("90 % of days"), read_days(0.9)
    (None, 0.9, 0.9)
    """
    if on == "average":
        return None
    share = float("nan")
    if isinstance(on, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%(?:\s+of\s+(?:all\s+)?days)?\s*", on)
        share = float(match[1]) / 100 if match else share
    elif isinstance(on, (int, float)) and not isinstance(on, bool):
        share = float(on)
    if not 0 < share < 1:
        raise ValueError(f'on holds {show(on)}; it may hold "average", or a share of days such as "90 % of days"')
    return share


def _goal(where: str, measure: str, value: object, known: tuple[str, ...] = (*OF_LIVE, *OF_DEFERRED)) -> Goal:
    if measure not in known:
        raise ValueError(f"{where}: {unknown_name(measure, [*known, OPINION], 'measure of such a channel')}")
    return Goal(measure, _reachable(where, measure, value))


def _reachable(where: str, measure: str, value: Any) -> float:
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")
    if measure in _MINUTES:
        if 0 < number < float("inf"):
            return number
        raise ValueError(f"{where}: {measure} holds {show(value)}; it may hold a number of minutes above 0")
    if 0 < number < 1:
        return number
    hint = f"; write {number / 100:g} for {number:g} %" if 1 < number < 100 else ""
    extreme = (
        "; with chance in play no finite team reaches that, ask for a little less than everybody" if number == 1 else ""
    )
    raise ValueError(f"{where}: {measure} holds {show(value)}; it may hold a share above 0 and below 1{hint}{extreme}")
