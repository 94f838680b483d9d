"""The appointment book of a service centre."""

from __future__ import annotations

from math import inf

import numpy as np

from sim.order import first_from
from sim.scenario import Scenario
from sim.service import VisitChannel
from sim.timetable import openings


class Bookings:
    """The appointment book of a service centre."""

    def __init__(self, way: VisitChannel, scenario: Scenario) -> None:
        self.times, self.lead = appointments(way, scenario).tolist(), way.lead_hours * 60
        self.places = [way.places] * len(self.times)
        self.free = list(range(len(self.times) + 1))

    def take(self, now: float) -> float:
        """The time of the first free place that is far enough away, now taken; infinite if there is none."""
        return take(self.times, self.places, self.free, now + self.lead)


def appointments(way: VisitChannel, scenario: Scenario) -> np.ndarray:
    """All times for which customers can book, in minutes, rising."""
    opened, closed = openings(way.open_hours.minutes[scenario.weekdays].ravel())
    closed += [scenario.horizon_minutes] * (len(opened) - len(closed))
    slots = [np.arange(first, last, way.slot_minutes) for first, last in zip(opened, closed, strict=True)]
    return np.concatenate(slots).astype(float) if slots else np.empty(0)


def take(times: list[float], places: list[int], free: list[int], earliest: float) -> float:
    """The first time with a free place, now taken; infinite if there is none.

    Parameters
    ----------
    times : list of float
        The times, rising.
    places : list of int
        Free places at each time.
    free : list of int, one more than times
        From each time on the first that may have a place; at the beginning its own number.
    earliest : float
        How early the customer can come.
    """
    slot = first_from(times, earliest)
    while free[slot] != slot:
        free[slot] = free[free[slot]]
        slot = free[slot]
    if slot == len(times):
        return inf
    places[slot] -= 1
    if places[slot] == 0:
        free[slot] = slot + 1
    return times[slot]
