"""Compiled twins of the adding up of a log, which NumPy does in many passes, each in one: equal bit for bit.

`sim.measures` says what is added up, and does it without Numba. Sums are taken in the order of the rows, as
`numpy.bincount` takes them. Products of matrices stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numba import config, from_dtype, njit, typeof, types
from numba.extending import register_jitable

from sim import quick
from sim.base import remembered
from sim.kernel.compiled import PASS, given
from sim.log import CALLED_BACK, GIVEN_UP, OPEN, SOLVED, Log
from sim.timetable import MINUTES_A_DAY
from sim.workload import (
    ABANDONED,
    BLOCKED,
    CONTAINED,
    ENQUIRY,
    LEFT_BOT,
    SERVED,
    STEP,
    TURNED_AWAY,
    Workload,
)

# Numba looks whether an index is negative, and then counts from the end; one without a sign is used as it is.
_at = np.uint64


class Happened(NamedTuple):
    """Columns of `sim.log.Log`."""

    row: Any = "i4"
    arrived: Any = "f8"
    queued: Any = "f8"
    answered: Any = "f8"
    ended: Any = "f8"
    outcome: Any = "i1"
    solved: Any = "?"
    met_bot: Any = "?"
    agent: Any = "i4"
    state: Any = "i1"
    closed: Any = "f8"


class Brought(NamedTuple):
    """Columns of `sim.workload.Workload`, and of its roster."""

    kind: Any = "i1"
    case: Any = "i4"
    number: Any = "i2"
    type: Any = "i2"
    channel: Any = "i2"
    case_type: Any = "i2"
    segment: Any = "i2"
    appears_minutes: Any = "f8"
    self_service_minutes: Any = "f8"
    self_service_solves: Any = "?"
    agent_team: Any = "i2"


class Codes(NamedTuple):
    """Numbers that stand for what rows are, how they end and how cases stand.

    What is compiled is given them: it is not compiled again when another source than its own changes.
    """

    enquiry: int = ENQUIRY
    step: int = STEP
    served: int = SERVED
    abandoned: int = ABANDONED
    blocked: int = BLOCKED
    turned_away: int = TURNED_AWAY
    contained: int = CONTAINED
    left_bot: int = LEFT_BOT
    called_back: int = CALLED_BACK
    solved: int = SOLVED
    given_up: int = GIVEN_UP
    open: int = OPEN


CODES = Codes()
Columns = tuple[tuple[Any, ...], tuple[Any, ...], tuple[int, ...]]  # those of a log and its workload, and the codes
_UNSIGNED = {"i2": "u2", "i4": "u4", "i8": "u8"}


def _kinds(columns: Any) -> list[tuple[str, np.dtype, np.dtype]]:
    """The columns' names, their kinds of number, and as what they are read: what is an index without its sign."""
    kinds = columns()._asdict().items()
    return [(name, np.dtype(kind), np.dtype(_UNSIGNED.get(kind, kind))) for name, kind in kinds]


_OF_LOG, _OF_WORK = _kinds(Happened), _kinds(Brought)


def _read(column: np.ndarray, kind: np.dtype, read: np.dtype) -> np.ndarray:
    """A column to be read only; it is copied if it is of another kind."""
    if column.dtype is not kind or not column.flags.c_contiguous:
        column = np.ascontiguousarray(column, dtype=kind)
    if read is not kind or column.flags.writeable:
        column = column.view() if read is kind else column.view(read)
        column.flags.writeable = False
    return column


@remembered
def _brought(workload: Workload) -> tuple[np.ndarray, ...]:
    brought = vars(workload) | {"agent_team": workload.roster.agent_team}
    return tuple([_read(brought[name], kind, read) for name, kind, read in _OF_WORK])


def columns(log: Log) -> Columns:
    """The columns of a log and of its workload as the compiled sums read them, and the codes in them."""
    if "columns" not in log.kept:
        happened = vars(log)
        of_log = tuple([_read(happened[name], kind, read) for name, kind, read in _OF_LOG])
        log.kept["columns"] = of_log, _brought(log.workload), tuple(CODES)
    found: Columns = log.kept["columns"]
    return found


@register_jitable
def named(run: Columns) -> tuple[Happened, Brought, Codes]:
    """The columns and codes by name. They are handed over without, as Numba tells the kinds of plain tuples faster."""
    log, work, code = run
    return Happened(*log), Brought(*work), Codes(*code)


def parts(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Where the log has its contacts, and where its tasks."""
    if "parts" not in log.kept:
        log.kept["parts"] = _parts(columns(log))
    found: tuple[np.ndarray, np.ndarray] = log.kept["parts"]
    return found


_several: Any = types.Tuple
_like: Any = types.UniTuple
_typeof: Any = typeof
_LOG, _WORK = (_several([given(from_dtype(read)) for *_, read in kinds]) for kinds in (_OF_LOG, _OF_WORK))
_RUN = _several((_LOG, _WORK, _typeof(tuple(CODES))))
_NUMBER, _WHOLE, _PLACE = types.float64, types.int64, types.uint64
_F, _I, _P, _TINY, _B, _F2, _B2 = (
    *(given(kind) for kind in (_NUMBER, _WHOLE, _PLACE, types.int8, types.boolean)),
    *(given(kind, 2) for kind in (_NUMBER, types.boolean)),
)
_NEW, _NEW_WHOLE, _NEW_TABLE = _NUMBER[::1], _WHOLE[::1], _WHOLE[:, ::1]


@njit(_like(_PLACE[::1], 2)(_RUN), **PASS)
def _parts(run: Columns) -> tuple[np.ndarray, np.ndarray]:
    log, work, code = named(run)
    contacts, tasks = np.empty(len(log.row), np.uint64), np.empty(len(log.row), np.uint64)
    here, there = _at(0), _at(0)
    for at in range(len(log.row)):
        # To write it in both lists, and to keep it in one, is quicker than to ask which.
        contacts[here], tasks[there] = at, at
        is_contact = work.kind[log.row[at]] <= code.enquiry
        here += _at(is_contact)
        there += _at(not is_contact)
    return contacts[:here].copy(), tasks[:there].copy()


@njit(forceinline=True, **PASS)
def _choose(
    sums: np.ndarray, here: np.uint64, first: int, choices: np.ndarray, table: np.ndarray, counts: np.ndarray
) -> None:
    """Twin of `sim.measures.grid.Choice`: from one sum on each the total over its kinds, in the order of the kinds."""
    for kind in range(len(counts)):
        if counts[kind]:
            for which in range(len(choices)):
                if choices[which, kind]:
                    sums[_at(first + which), here] += table[kind]


@njit(
    _NUMBER[:, ::1](_RUN, _P, _PLACE, _PLACE, _I, _F, _TINY, _F, _I, _I, _like(_B2, 3), _WHOLE, _WHOLE, types.boolean),
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
    log, work, code = named(run)
    kinds = len(judged)
    count, waits, handled = np.zeros(groups * kinds), np.zeros(groups * kinds), np.zeros(groups * kinds)
    by_target = np.zeros((groups, days * len(targets) * 3), np.int64)
    tallies = np.zeros((groups, 6), np.int64)
    for which in range(len(places) if len(places) else last - first):
        at = places[which] if len(places) else first + _at(which)
        if len(group) and group[which] < 0:
            continue
        here = _at(group[which] if len(group) else 0)
        row, how = log.row[at], np.int64(log.outcome[at])
        way = work.channel[row]
        wait = (log.ended[at] if how == code.abandoned else log.answered[at]) - log.queued[at]
        kind = how << 3 | np.int64(deferred[way]) << 2 | np.int64(wait <= limits[way]) << 1 | np.int64(wait == 0)
        cell = here * _at(kinds) + _at(kind)
        count[cell] += 1
        waits[cell] += wait
        handled[cell] += log.ended[at] - log.answered[at]
        day = np.int64(log.arrived[at]) // MINUTES_A_DAY if days > 1 else 0
        by_target[here, _at((day * len(targets) + target[way]) * 3 + judged[_at(kind)])] += 1
        # To add nothing is quicker than to ask whether there is anything to add.
        tallies[here, _at(0)] += (work.number[row] > 1) | (work.kind[row] == code.enquiry)
        if has_bot:
            tallies[here, _at(1)] += log.met_bot[at]
            tallies[here, _at(3) - _at(log.solved[at])] += how == code.contained
    counted, waited, took = choices
    after_waits = len(counted) + len(waited)
    tallied = after_waits + len(took)
    sums = np.zeros((tallied + tallies.shape[1], groups))
    for own in range(groups):
        these = slice(own * kinds, (own + 1) * kinds)
        _choose(sums, _at(own), 0, counted, count[these], count[these])
        _choose(sums, _at(own), len(counted), waited, waits[these], count[these])
        _choose(sums, _at(own), after_waits, took, handled[these], count[these])
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
    _NUMBER[:, ::1](*(_RUN, _P, _PLACE, _PLACE, _I, _I, _F, _F, _F, _NUMBER, _NUMBER, _NUMBER, _WHOLE)),
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
    log, work, code = named(run)
    sums = np.zeros((7, groups))
    for which in range(len(places) if len(places) else last - first):
        at = places[which] if len(places) else first + _at(which)
        way = work.channel[log.row[at]]
        if np.isnan(limit[way]) or (len(group) and group[which] < 0):
            continue
        here = _at(group[which] if len(group) else 0)
        arrived, ended = log.arrived[at], log.ended[at]
        if arrived >= start:
            until = horizon if np.isnan(ended) else ended
            done, late = log.outcome[at] == code.served, until - arrived > limit[way]
            if late:
                these = slice(moments_of[way], moments_of[way + _at(1)])
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


@njit(_several((_NUMBER[:, ::1], _several((_NEW_WHOLE, _NEW, _NEW))))(_RUN, _B, _F, *[_NUMBER] * 3), **PASS)
def talks(
    run: Columns, several: np.ndarray, part: np.ndarray, start: float, end: float, horizon: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Twin of `sim.measures.agents._talks`; the part of tasks comes last."""
    log, work, _ = named(run)
    minutes, some, room = np.zeros((3, len(several))), 0, len(log.row) if several.any() else 1
    agent, begun, over = np.empty(room, np.int64), np.empty(room), np.empty(room)
    for at in range(len(log.row)):
        begins, ends = log.answered[at], log.ended[at]
        if np.isnan(begins):
            continue
        if np.isnan(ends):
            ends = horizon
        who = log.agent[at]
        team = work.agent_team[who]
        took = min(max(ends, start), end) - min(max(begins, start), end)
        minutes[0, team] += took
        if several[team]:
            here = _at(some)
            agent[here], begun[here], over[here] = who, begins, ends
            minutes[1, team] += took
            minutes[2, team] += took * part[min(work.channel[log.row[at]], _at(len(part) - 1))]
            some += 1
    return minutes, (agent[:some].copy(), begun[:some].copy(), over[:some].copy())


@njit(_several((_NEW_WHOLE, _NEW, _NEW))(_F, _F, _NUMBER), **PASS)
def unions(start: np.ndarray, end: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twin of what `sim.measures.agents.merged` does with times in order."""
    agent, begun, over = np.empty(len(start), np.int64), np.empty(len(start)), np.empty(len(start))
    some, begins = 0, 0.0
    for at in range(len(start)):
        if at == 0 or start[at] > end[at - 1]:
            begins = start[at]
        if at == len(start) - 1 or start[at + 1] > end[at]:
            who = np.int64(begins * (1 / apart))
            agent[some], begun[some], over[some] = who, begins - who * apart, end[at] - who * apart
            some += 1
    return agent[:some].copy(), begun[:some].copy(), over[:some].copy()


@njit(
    _several((types.int8[::1], _NEW_WHOLE, _NEW_WHOLE, _NEW))(_RUN, _P, _P, _B2, _NUMBER, _NUMBER),
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
    log, work, code = named(run)
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
    _NUMBER[:, ::1](_RUN, _PLACE, _PLACE, _P, _TINY, _I, _I, _F, _B2, _B2, _WHOLE),
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
    log, work, _ = named(run)
    kinds = counted.shape[1]
    count, minutes = np.zeros(groups * kinds), np.zeros(groups * kinds)
    tallies, until_refund = np.zeros((groups, 3), np.int64), np.zeros(groups)
    for case in range(first, last):
        here, appears = group[case - first] if len(group) else _at(0), work.appears_minutes[case]
        cell = here * _at(kinds) + _at(kind_of[case])
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
        _choose(sums, _at(own), 0, counted, count[these], count[these])
        _choose(sums, _at(own), len(counted), resolved, minutes[these], count[these])
        for one in range(3):
            sums[tallied + one, own] = tallies[own, one]
        sums[tallied + 3, own] = until_refund[own]
    return sums


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("sums", sys.modules[__name__])
