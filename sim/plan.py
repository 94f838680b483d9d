"""What is planned to change during a run: lines close and open, the bot comes and goes, agents begin and end duty.

At one moment closings come first, then openings, the bot, the agents; what else happens at that moment finds all of
them done.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.base import Latest, remembered
from sim.roster import Roster
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import openings

CLOSES, OPENS, BOT_COMES, BOT_GOES, GOES_OFF_DUTY, COMES_ON_DUTY = range(6)


@dataclass(frozen=True, eq=False)
class Plan:
    """Changes in order of time.

    Attributes
    ----------
    minutes : ndarray of float, shape (changes,)
    change : ndarray of int, shape (changes,)
        CLOSES, OPENS, BOT_COMES, BOT_GOES, GOES_OFF_DUTY or COMES_ON_DUTY.
    subject : ndarray of int, shape (changes,)
        The channel or agent that is concerned; 0 for the bot.
    """

    minutes: np.ndarray
    change: np.ndarray
    subject: np.ndarray


# The last eight plans.
_plans: Latest[Plan] = Latest(lambda _: 1 / 8)


def planned(scenario: Scenario, roster: Roster) -> Plan:
    """All changes of a run."""
    house = _house(scenario)
    # Where nothing about the staffing is left to chance, all runs have the same roster.
    return _plans.get((house, roster), lambda: _with_duty(house, roster))


def _with_duty(house: Plan, roster: Roster) -> Plan:
    """What happens to channels, bot and agents, in order."""
    minutes = np.concatenate([house.minutes, roster.duty_minutes])
    order = np.argsort(minutes, kind="stable")
    duty = np.where(roster.duty_on, COMES_ON_DUTY, GOES_OFF_DUTY)
    return Plan(
        minutes[order],
        np.concatenate([house.change, duty])[order],
        np.concatenate([house.subject, roster.duty_agent])[order],
    )


@remembered
def opening_times(scenario: Scenario) -> list[list[float]]:
    """When each channel opens, in minutes; nothing for deferred channels, which are always open."""
    return [
        [] if isinstance(way, DeferredChannel) else openings(way.open_hours.minutes[scenario.weekdays].ravel())[0]
        for way in scenario.channels.values()
    ]


@remembered
def _house(scenario: Scenario) -> Plan:
    """What does not depend on the roster: channels and bot."""
    found: list[tuple[float, int, int]] = []
    for code, (way, times) in enumerate(zip(scenario.channels.values(), opening_times(scenario), strict=True)):
        if not isinstance(way, DeferredChannel):
            found += [(time, OPENS, code) for time in times]
            found += [(time, CLOSES, code) for time in openings(way.open_hours.minutes[scenario.weekdays].ravel())[1]]
    if scenario.bot is not None:
        there = scenario.bot.open_hours.minutes[scenario.weekdays].ravel().copy()
        for event in scenario.events:
            there[event.start_minutes : event.end_minutes] &= not event.bot_down
        comes, goes = openings(there)
        found += [(time, BOT_COMES, 0) for time in comes] + [(time, BOT_GOES, 0) for time in goes]
    found.sort(key=lambda change: change[:2])
    minutes, change, subject = zip(*found, strict=True) if found else ((), (), ())
    return Plan(np.array(minutes, dtype=float), np.array(change, dtype=int), np.array(subject, dtype=int))
