"""The events to come, the next one first: a binary heap of times and places in the order of `sim.order`.

The heap is three arrays: the time of each event, its kind and row, and in the third their number.
"""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import part


@part
def add(event_at: np.ndarray, event_place: np.ndarray, events: np.ndarray, minutes: float, place: int) -> None:
    """Something will happen."""
    hole = events[0]
    events[0] += 1
    while hole > 0:
        above = (hole - 1) >> 1
        later = event_at[above]
        if later < minutes or (later == minutes and event_place[above] < place):
            break
        event_at[hole], event_place[hole] = later, event_place[above]
        hole = above
    event_at[hole], event_place[hole] = minutes, place


@part
def drop_first(event_at: np.ndarray, event_place: np.ndarray, events: np.ndarray) -> None:
    """The first event has happened."""
    last = events[0] - 1
    events[0] = last
    minutes, place = event_at[last], event_place[last]
    hole = 0
    while True:
        below = 2 * hole + 1
        if below >= last:
            break
        if below + 1 < last:
            left, right = event_at[below], event_at[below + 1]
            if right < left or (right == left and event_place[below + 1] < event_place[below]):
                below += 1
        sooner = event_at[below]
        if minutes < sooner or (minutes == sooner and place < event_place[below]):
            break
        event_at[hole], event_place[hole] = sooner, event_place[below]
        hole = below
    event_at[hole], event_place[hole] = minutes, place
