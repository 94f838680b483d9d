"""The appointment book of a service centre."""

from __future__ import annotations

from bisect import bisect_left
from math import inf

import numpy as np

from sim.scenario import Scenario
from sim.service import VisitChannel
from sim.timetable import openings


class Bookings:
    """The appointment book of a service centre."""

    def __init__(self, way: VisitChannel, scenario: Scenario) -> None:
        opened, closed = openings(way.open_hours.minutes[scenario.weekdays].ravel())
        closed += [scenario.horizon_minutes] * (len(opened) - len(closed))
        slots = [np.arange(first, last, way.slot_minutes) for first, last in zip(opened, closed, strict=True)]
        self.times = [float(start) for of_opening in slots for start in of_opening]
        self.places, self.lead = [way.places] * len(self.times), way.lead_hours * 60
        self.free = list(range(len(self.times) + 1))  # the first slot from here on that may have a place

    def take(self, now: float) -> float:
        """The time of the first free place that is far enough away, now taken; infinite if there is none."""
        slot = self._first_free(bisect_left(self.times, now + self.lead))
        if slot == len(self.times):
            return inf
        self.places[slot] -= 1
        if self.places[slot] == 0:
            self.free[slot] = slot + 1
        return self.times[slot]

    def _first_free(self, slot: int) -> int:
        while self.free[slot] != slot:
            self.free[slot] = self.free[self.free[slot]]
            slot = self.free[slot]
        return slot
