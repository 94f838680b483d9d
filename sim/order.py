"""What happens first when several things happen at one moment, and the grid that makes moments exact.

An event's place among those of its moment follows from what it is (its kind) and whom it concerns (its row), never from
which was made first. Any engine that keeps to it tells the same story.
"""

from __future__ import annotations

from sim.luck import TICKS_A_MINUTE

# Kinds in their order, as numbers with room below for row numbers. The numbers 0 and 1 are SimPy's own.
(
    SERVICE_ENDS,
    TIMETABLE,
    CASE_APPEARS,
    CUSTOMER_RETURNS,
    HAND_OVER,
    STEP_ENDS,
    OVERFLOWS,
    PATIENCE_ENDS,
) = (place << 40 for place in range(1, 9))


def on_grid(minutes: float) -> float:
    """A time on the 2^-20-minute grid."""
    return round(minutes * TICKS_A_MINUTE) / TICKS_A_MINUTE


def first_from(times: list[float], moment: float) -> int:
    """Place of the first of these rising times that is not before a moment; their number if there is none."""
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        if times[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low
