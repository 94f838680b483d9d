"""The events to come, the next one first: a calendar queue (Brown, 1988) in the order of `sim.order`.

A run is cut into slots of time, so short that few events share one. Events of later slots are strung together as they
come; when their slot's turn has come they go into a binary heap, which sorts them. So what an event costs does not
depend on how many others are to come. An event's place is its kind and row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from sim.kernel.compiled import part, surely

# Places in `Calendar.tally`: how many events are in the heap, how many on strings, the slot whose turn it is, the first
# of the knots that are free again, how many knots have been used.
SOON, LATER, SLOT, FREE, USED = range(5)
NO_KNOT = 0  # their numbers begin with 1


class Calendar(NamedTuple):
    """Events to come."""

    slots_a_minute: float
    soon: np.ndarray  # events of the slot whose turn it is and of those before: a heap
    knots: np.ndarray  # events of later slots
    strings: np.ndarray  # slot: its first knot
    tally: np.ndarray  # see above


@register_jitable
def empty_calendar(horizon: float, slots: int, soon: np.ndarray, knots: np.ndarray) -> Calendar:
    """Nothing to come before the horizon, in minutes; `soon` and `knots` are room for it."""
    return Calendar(slots / horizon, soon, knots, np.zeros(slots + 1, np.uint32), np.zeros(5, np.int64))


@part
def rises(c: Calendar, minutes: float, place: int) -> None:
    """An event goes into the heap."""
    hole = surely(c.tally[SOON])
    c.tally[SOON] += 1
    while hole > 0:
        above = surely((hole - 1) >> 1)
        later = c.soon[above]
        if later.minutes < minutes or (later.minutes == minutes and later.place < place):
            break
        c.soon[hole].minutes, c.soon[hole].place = later.minutes, later.place
        hole = above
    c.soon[hole].minutes, c.soon[hole].place = minutes, place


@part
def leaves_heap(c: Calendar) -> None:
    """The first event of the heap goes; the last one sinks from there to where it belongs."""
    last = surely(c.tally[SOON] - 1)
    c.tally[SOON] = last
    minutes, place, hole, below = c.soon[last].minutes, c.soon[last].place, surely(0), surely(1)
    while below < last:
        # Which of the two is sooner is as good as random, so it is found without a branch. The second may be the event
        # that is being moved, still at its old place: if it is the sooner one it belongs here.
        left, right = c.soon[below], c.soon[surely(below + 1)]
        tie = right.minutes == left.minutes
        below = surely(below + ((right.minutes < left.minutes) | (tie & (right.place < left.place))))
        sooner = c.soon[below]
        if minutes < sooner.minutes or (minutes == sooner.minutes and place <= sooner.place):
            break
        c.soon[hole].minutes, c.soon[hole].place = sooner.minutes, sooner.place
        hole, below = below, surely(2 * below + 1)
    c.soon[hole].minutes, c.soon[hole].place = minutes, place


@part
def add(c: Calendar, minutes: float, place: int) -> None:
    """Something will happen."""
    slot = surely(minutes * c.slots_a_minute)
    if c.tally[SOON] == 0:
        c.tally[SLOT] = slot
    if slot <= c.tally[SLOT]:
        rises(c, minutes, place)
        return
    knot = surely(c.tally[FREE])
    if knot == NO_KNOT:
        c.tally[USED] += 1
        knot = surely(c.tally[USED])
    else:
        c.tally[FREE] = c.knots[knot].following
    me = c.knots[knot]
    me.minutes, me.place, me.following = minutes, place, c.strings[slot]
    c.strings[slot] = knot
    c.tally[LATER] += 1


@part
def drop_first(c: Calendar) -> None:
    """The first event has happened. The heap is only empty when nothing is to come."""
    leaves_heap(c)
    if c.tally[SOON] == 0 and c.tally[LATER] > 0:
        next_slot(c)


@part
def next_slot(c: Calendar) -> None:
    """The next slot with events has its turn; their knots are free again."""
    slot = surely(c.tally[SLOT] + 1)
    while c.strings[slot] == NO_KNOT:
        slot = surely(slot + 1)
    c.tally[SLOT] = slot
    knot = last = c.strings[slot]
    while knot != NO_KNOT:
        last, me = knot, c.knots[knot]
        rises(c, me.minutes, me.place)
        c.tally[LATER] -= 1
        knot = me.following
    c.knots[last].following, c.tally[FREE] = c.tally[FREE], c.strings[slot]
    c.strings[slot] = NO_KNOT
