"""The calendar of the compiled engine gives events back in the order in which a sorted list holds them."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import kernel

HORIZON = 100.0


@pytest.fixture(scope="module")
def told(need):
    """A function told(steps, slots): what a calendar answers to steps; an event to add, or None: who is first?"""
    need(kernel.available(), "needs Numba")
    from numba import njit

    from sim.kernel import records as r
    from sim.kernel.calendar import SOON, add, drop_first, empty_calendar
    from sim.kernel.records import records

    @njit
    def tell(calendar, minutes, places):
        firsts = np.empty((len(minutes), 2))
        for step in range(len(minutes)):
            firsts[step] = np.nan
            if not np.isnan(minutes[step]):
                add(calendar, minutes[step], places[step])
            elif calendar.tally[SOON] > 0:
                firsts[step, 0], firsts[step, 1] = calendar.soon[0].minutes, calendar.soon[0].place
                drop_first(calendar)
        return firsts

    def told(steps, slots):
        minutes = np.array([np.nan if step is None else step[0] for step in steps], dtype=float)
        places = np.array([0 if step is None else step[1] for step in steps], dtype=np.int64)
        soon, knots = records(r.EVENTS, len(steps) + 1), records(r.KNOTS, len(steps) + 2)
        return tell(empty_calendar(HORIZON, slots, soon, knots), minutes, places)

    return told


def expected(steps):
    heap, firsts = [], []
    for step in steps:
        if step is None:
            firsts.append(heapq.heappop(heap) if heap else (np.nan, np.nan))
        else:
            heapq.heappush(heap, step)
            firsts.append((np.nan, np.nan))
    return np.array(firsts, dtype=float).reshape(-1, 2)


moments = st.one_of(st.integers(0, 6).map(float), st.floats(0, HORIZON, exclude_max=True))
steps = st.lists(st.one_of(st.none(), st.tuples(moments, st.integers(0, 9))), max_size=60)


@settings(max_examples=300, deadline=None)
@given(steps, st.sampled_from([1, 3, 50, 1000]))
def test_events_come_back_in_order_ties_included(told, steps, slots):
    np.testing.assert_array_equal(told(steps, slots), expected(steps))


@pytest.mark.parametrize("slots", [1, 7, 5000, 100_000])
def test_thousands_of_events_near_and_far_come_back_in_order(told, slots):
    """Each event brings up to two later ones, as in a run; a third of the places are used again."""
    chance, waiting, steps = np.random.default_rng(1), [(0.0, 0)], [(0.0, 0)]
    for place in range(1, 4000):
        if waiting:
            steps.append(None)
            now = heapq.heappop(waiting)[0]
        for _ in range(chance.integers(0, 3) + (len(waiting) < 5)):
            event = (now + min(chance.exponential(0.02) ** 3, 1) * (HORIZON - now) * 0.999, place % 1300)
            heapq.heappush(waiting, event)
            steps.append(event)
    steps += [None] * (len(waiting) + 1)
    np.testing.assert_array_equal(told(steps, slots), expected(steps))
    assert len(steps) > 5000
