"""Compiled twins of the adding up of a log, which NumPy does in many passes, each in one: equal bit for bit.

`sim.measures` says what is added up, and does it without Numba. Sums are taken in the order of the rows, as
`numpy.bincount` takes them. Products of matrices stay in NumPy.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import config, njit, types

from sim import quick
from sim.kernel.columns import (
    NEW,
    NEW_TABLE,
    NEW_WHOLES,
    NUMBER,
    NUMBERS,
    PLACE,
    PLACES,
    RUN,
    TABLE_OF_FLAGS,
    TINY,
    WHOLE,
    WHOLES,
    Columns,
    columns,
    like,
    named,
    need_columns,
    nth,
    parts,
    several,
)
from sim.kernel.compiled import PASS
from sim.timetable import MINUTES_A_DAY

__all__ = ["cases", "columns", "contacts", "deferred", "parts", "told"]

need_columns(0x5167D862)


@njit(forceinline=True, **PASS)
def _choose(
    sums: np.ndarray, here: np.uint64, first: int, choices: np.ndarray, table: np.ndarray, counts: np.ndarray
) -> None:
    """Twin of `sim.measures.grid.Choice`: from one sum on each the total over its kinds, in the order of the kinds."""
    for kind in range(len(counts)):
        if counts[kind]:
            for which in range(len(choices)):
                if choices[which, kind]:
                    sums[nth(first + which), here] += table[kind]


@njit(
    NEW_TABLE(
        RUN,
        PLACES,
        PLACE,
        PLACE,
        WHOLES,
        NUMBERS,
        TINY,
        NUMBERS,
        WHOLES,
        WHOLES,
        like(TABLE_OF_FLAGS, 3),
        WHOLE,
        WHOLE,
        types.boolean,
    ),
    **PASS,
)
def contacts(
    run: Columns,
    places: np.ndarray,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    limits: np.ndarray,
    deferred: np.ndarray,
    targets: np.ndarray,
    target: np.ndarray,
    judged: np.ndarray,
    choices: tuple[np.ndarray, np.ndarray, np.ndarray],
    groups: int,
    days: int,
    has_bot: bool,
) -> np.ndarray:
    """Twin of `sim.measures.contacts._in_numpy`: without places those from `first` to `last`, without groups one."""
    log, work, _, code = named(run)
    kinds = len(judged)
    count, waits, handled = np.zeros(groups * kinds), np.zeros(groups * kinds), np.zeros(groups * kinds)
    by_target = np.zeros((groups, days * len(targets) * 3), np.int64)
    tallies = np.zeros((groups, 6), np.int64)
    for which in range(len(places) if len(places) else last - first):
        at = places[which] if len(places) else first + nth(which)
        if len(group) and group[which] < 0:
            continue
        here = nth(group[which] if len(group) else 0)
        row, how = log.row[at], np.int64(log.outcome[at])
        way = work.channel[row]
        wait = (log.ended[at] if how == code.abandoned else log.answered[at]) - log.queued[at]
        kind = how << 3 | np.int64(deferred[way]) << 2 | np.int64(wait <= limits[way]) << 1 | np.int64(wait == 0)
        cell = here * nth(kinds) + nth(kind)
        count[cell] += 1
        waits[cell] += wait
        handled[cell] += log.ended[at] - log.answered[at]
        day = np.int64(log.arrived[at]) // MINUTES_A_DAY if days > 1 else 0
        by_target[here, nth((day * len(targets) + target[way]) * 3 + judged[nth(kind)])] += 1
        # To add nothing is quicker than to ask whether there is anything to add.
        tallies[here, nth(0)] += (work.number[row] > 1) | (work.kind[row] == code.enquiry)
        if has_bot:
            tallies[here, nth(1)] += log.met_bot[at]
            tallies[here, nth(3) - nth(log.solved[at])] += how == code.contained
    counted, waited, took = choices
    after_waits = len(counted) + len(waited)
    tallied = after_waits + len(took)
    sums = np.zeros((tallied + tallies.shape[1], groups))
    for own in range(groups):
        these = slice(own * kinds, (own + 1) * kinds)
        _choose(sums, nth(own), 0, counted, count[these], count[these])
        _choose(sums, nth(own), len(counted), waited, waits[these], count[these])
        _choose(sums, nth(own), after_waits, took, handled[these], count[these])
        for day in range(days):
            soon, late, strictest = 0, 0, 0.0
            for one in range(len(targets)):
                first_of = (day * len(targets) + one) * 3
                in_time, not_in_time = by_target[own, first_of + 2], by_target[own, first_of + 1]
                soon, late = soon + in_time, late + not_in_time
                if in_time + not_in_time > 0:
                    strictest = max(strictest, targets[one])
            if soon + late > 0:
                tallies[own, 4] += 1
                tallies[own, 5] += soon >= strictest * (soon + late) - 1e-9
        for one in range(tallies.shape[1]):
            sums[tallied + one, own] = tallies[own, one]
    return sums


@njit(forceinline=True, **PASS)
def _open_by(moment: float, moments: np.ndarray, grown: np.ndarray) -> float:
    """How long a channel has been open by then: it opens at the even ones of these moments and closes at the odd."""
    after = np.searchsorted(moments, moment, side="right")
    if after == 0:
        return 0.0
    return grown[after - 1] + (moment - moments[after - 1] if after % 2 == 1 else 0.0)


@njit(
    NEW_TABLE(*(RUN, PLACES, PLACE, PLACE, WHOLES, WHOLES, NUMBERS, NUMBERS, NUMBERS, NUMBER, NUMBER, NUMBER, WHOLE)),
    **PASS,
)
def deferred(
    run: Columns,
    places: np.ndarray,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    moments_of: np.ndarray,
    moments: np.ndarray,
    grown: np.ndarray,
    limit: np.ndarray,
    start: float,
    end: float,
    horizon: float,
    groups: int,
) -> np.ndarray:
    """Twin of `sim.measures.deferred._in_numpy`: without places those from `first` to `last`, without groups one."""
    log, work, _, code = named(run)
    sums = np.zeros((7, groups))
    for which in range(len(places) if len(places) else last - first):
        at = places[which] if len(places) else first + nth(which)
        way = work.channel[log.row[at]]
        if np.isnan(limit[way]) or (len(group) and group[which] < 0):
            continue
        here = nth(group[which] if len(group) else 0)
        arrived, ended = log.arrived[at], log.ended[at]
        if arrived >= start:
            until = horizon if np.isnan(ended) else ended
            done, late = log.outcome[at] == code.served, until - arrived > limit[way]
            if late:
                these = slice(moments_of[way], moments_of[way + nth(1)])
                known, since = moments[these], grown[these]
                late = _open_by(until, known, since) - _open_by(arrived, known, since) > limit[way]
            sums[0, here] += done
            sums[1, here] += ended - arrived if done else 0.0
            sums[2, here] += done & (not late)
            sums[3, here] += done | late
        if not ended <= end:
            sums[4, here] += 1
            sums[5, here] += end - arrived
            sums[6, here] = max(sums[6, here], end - arrived)
    return sums


@njit(
    several((types.int8[::1], NEW_WHOLES, NEW_WHOLES, NEW))(RUN, PLACES, PLACES, TABLE_OF_FLAGS, NUMBER, NUMBER),
    **PASS,
)
def told(
    run: Columns,
    contacts_at: np.ndarray,
    tasks_at: np.ndarray,
    is_refund: np.ndarray,
    within: float,
    horizon: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.measures.cases._follow`."""
    log, work, _, code = named(run)
    count = len(log.state)
    first, again, refunded = work.appears_minutes.copy(), np.zeros(count, np.int8), np.full(count, np.nan)
    contacts, enquiries = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for which in range(len(contacts_at)):
        at = contacts_at[which]
        row, arrived = log.row[at], log.arrived[at]
        case = work.case[row]
        if arrived >= horizon:
            break
        if contacts[case] == 0:
            first[case] = arrived
        else:
            again[case] |= np.int8(arrived <= first[case] + within)
        contacts[case] += 1
        enquiries[case] += work.kind[row] == code.enquiry
    for which in range(len(tasks_at)):
        at = tasks_at[which]
        row = log.row[at]
        case = work.case[row]
        if work.kind[row] == code.step and is_refund[work.case_type[case], work.number[row]]:
            refunded[case] = log.ended[at]
    kind = np.empty(count, np.int8)
    for case in range(count):
        followed = np.int8(first[case] + within <= horizon)
        kind[case] = log.state[case] << 3 | again[case] << 2 | followed << 1 | np.int8(work.self_service_solves[case])
    return kind, contacts, enquiries, refunded


@njit(
    NEW_TABLE(RUN, PLACE, PLACE, PLACES, TINY, WHOLES, WHOLES, NUMBERS, TABLE_OF_FLAGS, TABLE_OF_FLAGS, WHOLE),
    **PASS,
)
def cases(
    run: Columns,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    kind_of: np.ndarray,
    contacts: np.ndarray,
    enquiries: np.ndarray,
    refunded: np.ndarray,
    counted: np.ndarray,
    resolved: np.ndarray,
    groups: int,
) -> np.ndarray:
    """Twin of `sim.measures.cases._in_numpy`: without groups all cases are in one."""
    log, work, _, _ = named(run)
    kinds = counted.shape[1]
    count, minutes = np.zeros(groups * kinds), np.zeros(groups * kinds)
    tallies, until_refund = np.zeros((groups, 3), np.int64), np.zeros(groups)
    for case in range(first, last):
        here, appears = group[case - first] if len(group) else nth(0), work.appears_minutes[case]
        cell = here * nth(kinds) + nth(kind_of[case])
        count[cell] += 1
        minutes[cell] += log.closed[case] - appears
        tallies[here, 0] += contacts[case]
        if enquiries[case]:
            tallies[here, 1] += enquiries[case]
        if not np.isnan(refunded[case]):
            tallies[here, 2] += 1
            until_refund[here] += refunded[case] - appears
    tallied = len(counted) + len(resolved)
    sums = np.zeros((tallied + 4, groups))
    for own in range(groups):
        these = slice(own * kinds, (own + 1) * kinds)
        _choose(sums, nth(own), 0, counted, count[these], count[these])
        _choose(sums, nth(own), len(counted), resolved, minutes[these], count[these])
        for one in range(3):
            sums[tallied + one, own] = tallies[own, one]
        sums[tallied + 3, own] = until_refund[own]
    return sums


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("sums", sys.modules[__name__])
