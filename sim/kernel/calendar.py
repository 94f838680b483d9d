"""The events to come, the next one first: a binary heap of times and places in the order of `sim.order`.

An event's place is its kind and row. How many events there are stands in a tally, next to other counts of the engine.
"""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import part

EVENTS = 0  # where their number stands in the tally


@part
def add(events: np.ndarray, tally: np.ndarray, minutes: float, place: int) -> None:
    """Something will happen."""
    hole = tally[EVENTS]
    tally[EVENTS] = hole + 1
    while hole > 0:
        above = events[(hole - 1) >> 1]
        if above.minutes < minutes or (above.minutes == minutes and above.place < place):
            break
        events[hole].minutes, events[hole].place = above.minutes, above.place
        hole = (hole - 1) >> 1
    events[hole].minutes, events[hole].place = minutes, place


@part
def drop_first(events: np.ndarray, tally: np.ndarray) -> None:
    """The first event has happened."""
    last = tally[EVENTS] - 1
    tally[EVENTS] = last
    minutes, place, hole = events[last].minutes, events[last].place, 0
    while True:
        below = 2 * hole + 1
        if below >= last:
            break
        # Which of the two is sooner is as good as random, so it is found without a branch. The second may be the event
        # that is being moved, still at its old place: if it is the sooner one it belongs here.
        left, right = events[below], events[below + 1]
        below += (right.minutes < left.minutes) | ((right.minutes == left.minutes) & (right.place < left.place))
        sooner = events[below]
        if minutes < sooner.minutes or (minutes == sooner.minutes and place <= sooner.place):
            break
        events[hole].minutes, events[hole].place = sooner.minutes, sooner.place
        hole = below
    events[hole].minutes, events[hole].place = minutes, place
