"""What is planned to change during a run: lines close and open, the bot comes and goes, agents begin and end duty.

At one moment closings come first, then openings, the bot, the agents; what else happens at that moment finds all of
them done.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.base import remembered
from sim.roster import Roster
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import openings

CLOSES, OPENS, BOT_COMES, BOT_GOES, GOES_OFF_DUTY, COMES_ON_DUTY = range(6)


class Plan(NamedTuple):
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


def planned(scenario: Scenario, roster: Roster) -> Plan:
    """All changes of a run."""
    house = house_plan(scenario)
    changes = len(house.minutes) + len(roster.duty_minutes)
    plan = Plan(np.empty(changes), np.empty(changes, dtype=int), np.empty(changes, dtype=int))
    add_duty(plan, house, roster.duty_minutes, roster.duty_agent, roster.duty_on)
    return plan


def add_duty(plan: Plan, house: Plan, minutes: np.ndarray, agent: np.ndarray, on: np.ndarray) -> None:
    """Fill in a plan: what happens to channels and bot, and the duty of a roster, each in order of time already.

    Both engines ask this; what it takes and gives back are arrays of numbers.
    """
    done = 0  # of the house
    for place in range(len(plan.minutes)):
        turn = place - done
        if done < len(house.minutes) and (turn == len(minutes) or house.minutes[done] <= minutes[turn]):
            plan.minutes[place], plan.change[place] = house.minutes[done], house.change[done]
            plan.subject[place] = house.subject[done]
            done += 1
        else:
            plan.minutes[place], plan.subject[place] = minutes[turn], agent[turn]
            plan.change[place] = COMES_ON_DUTY if on[turn] else GOES_OFF_DUTY


@remembered
def opening_times(scenario: Scenario) -> list[list[float]]:
    """When each channel opens, in minutes; nothing for deferred channels, which are always open."""
    return [
        [] if isinstance(way, DeferredChannel) else openings(way.open_hours.minutes[scenario.weekdays].ravel())[0]
        for way in scenario.channels.values()
    ]


@remembered
def house_plan(scenario: Scenario) -> Plan:
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
