"""Compiled twins of the adding up of a log, which NumPy does in many passes, each in one: equal bit for bit.

`sim.measures`, `sim.satisfaction` and `sim.ledger` say what is added up, and do it without Numba. Sums are taken in the
order of the rows, as `numpy.bincount` takes them. Logarithms, exponentials and products of matrices stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numba import config, from_dtype, njit, typeof, types

from sim import quick
from sim.base import remembered
from sim.log import CALLED_BACK, GIVEN_UP, OPEN, SOLVED, Log
from sim.satisfaction.experience import DRIVERS
from sim.timetable import MINUTES_A_DAY
from sim.workload import (
    ABANDONED,
    BLOCKED,
    CONTAINED,
    ENQUIRY,
    FOLLOW_UP_CALL,
    LEFT_BOT,
    SERVED,
    STEP,
    TURNED_AWAY,
    Workload,
)

# Nothing is looked for that cannot happen, as in the engine.
_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}

# Numba looks whether an index is negative, and then counts from the end; one without a sign is used as it is.
_at = np.uint64


class Happened(NamedTuple):
    """Columns of `sim.log.Log`."""

    row: Any = "i8"
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
    case: Any = "i8"
    number: Any = "i2"
    type: Any = "i2"
    channel: Any = "i2"
    case_type: Any = "i2"
    segment: Any = "i2"
    appears_minutes: Any = "f8"
    self_service_solves: Any = "?"
    first_step: Any = "i8"
    steps: Any = "i8"
    agent_team: Any = "i2"


class Codes(NamedTuple):
    """Numbers that stand for what rows are, how they end and how cases stand.

    What is compiled is given them: it is not compiled again when another source than its own changes.
    """

    enquiry: int = ENQUIRY
    step: int = STEP
    follow_up_call: int = FOLLOW_UP_CALL
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


class Places(NamedTuple):
    """In which columns of the drivers of satisfaction those are that a pass gathers, given as the codes are."""

    live_wait: int
    deferred_wait: int
    hang_ups: int
    refusals: int
    unsolved: int
    repeats: int
    late_days: int
    courtesy: int
    uninformed: int
    recognised: int
    bot_failures: int
    bot_again: int
    quick: int
    followed_up: int
    angry: int


CODES, DRIVER = Codes(), Places(*map(DRIVERS.index, Places._fields))
_UNSIGNED = {"i2": "u2", "i4": "u4", "i8": "u8"}


def _kinds(columns: Any) -> list[tuple[str, np.dtype, np.dtype]]:
    """The columns' names, their kinds of number, and as what they are read: what is an index without its sign."""
    kinds = columns()._asdict().items()
    return [(name, np.dtype(kind), np.dtype(_UNSIGNED.get(kind, kind))) for name, kind in kinds]


_OF_LOG, _OF_WORK = _kinds(Happened), _kinds(Brought)


def _read(column: np.ndarray, kind: np.dtype, read: np.dtype) -> np.ndarray:
    """A column to be read only; it is copied if it is of another kind."""
    if column.dtype != kind or not column.flags.c_contiguous:
        column = np.ascontiguousarray(column, dtype=kind)
    column = column.view(read)
    column.setflags(write=False)
    return column


@remembered
def _brought(workload: Workload) -> Brought:
    brought = vars(workload) | {"agent_team": workload.roster.agent_team}
    return Brought(*[_read(brought[name], kind, read) for name, kind, read in _OF_WORK])


def columns(log: Log) -> tuple[Happened, Brought]:
    """The columns of a log and of its workload as the compiled sums read them."""
    if "columns" not in log.kept:
        happened = vars(log)
        log.kept["columns"] = (
            Happened(*[_read(happened[name], kind, read) for name, kind, read in _OF_LOG]),
            _brought(log.workload),
        )
    found: tuple[Happened, Brought] = log.kept["columns"]
    return found


def parts(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Where the log has its contacts, and where its tasks."""
    if "parts" not in log.kept:
        log.kept["parts"] = _parts(*columns(log), CODES)
    found: tuple[np.ndarray, np.ndarray] = log.kept["parts"]
    return found


def _given(kind: types.Type, dimensions: int = 1) -> types.Array:
    """An array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


_several: Any = types.Tuple
_like: Any = types.UniTuple
_named: Any = types.NamedTuple
_typeof: Any = typeof
_LOG, _WORK = (
    _named([_given(from_dtype(read)) for _, _, read in kinds], columns)
    for columns, kinds in ((Happened, _OF_LOG), (Brought, _OF_WORK))
)
_CODES, _DRIVERS = _typeof(CODES), _typeof(DRIVER)
_NUMBER, _WHOLE, _PLACE = types.float64, types.int64, types.uint64
_F, _I, _P, _TINY, _B, _F2, _B2 = (
    *(_given(kind) for kind in (_NUMBER, _WHOLE, _PLACE, types.int8, types.boolean)),
    *(_given(kind, 2) for kind in (_NUMBER, types.boolean)),
)
_NEW, _NEW_WHOLE, _NEW_TABLE = _NUMBER[::1], _WHOLE[::1], _WHOLE[:, ::1]


@njit(_like(_PLACE[::1], 2)(_LOG, _WORK, _CODES), **_OPTIONS)
def _parts(log: Happened, work: Brought, code: Codes) -> tuple[np.ndarray, np.ndarray]:
    contacts, tasks = np.empty(len(log.row), np.uint64), np.empty(len(log.row), np.uint64)
    here, there = _at(0), _at(0)
    for at in range(len(log.row)):
        # To write it in both lists, and to keep it in one, is quicker than to ask which.
        contacts[here], tasks[there] = at, at
        is_contact = work.kind[log.row[at]] <= code.enquiry
        here += _at(is_contact)
        there += _at(not is_contact)
    return contacts[:here].copy(), tasks[:there].copy()


@njit(
    _several((_NEW, _NEW, _NEW, _NEW_TABLE))(
        _LOG, _WORK, _CODES, _P, _PLACE, _PLACE, _I, _F, _TINY, _F, _I, _I, _like(_WHOLE, 3), types.boolean
    ),
    **_OPTIONS,
)
def contacts(
    log: Happened,
    work: Brought,
    code: Codes,
    places: np.ndarray,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    limits: np.ndarray,
    deferred: np.ndarray,
    targets: np.ndarray,
    target: np.ndarray,
    judged: np.ndarray,
    sizes: tuple[int, int, int],
    has_bot: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.measures.contacts._in_numpy`: without places those from `first` to `last`, without groups one."""
    groups, kinds, days = sizes
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
    for group_of_days in range(groups):
        for day in range(days):
            soon, late, strictest = 0, 0, 0.0
            for one in range(len(targets)):
                first_of = (day * len(targets) + one) * 3
                in_time, not_in_time = by_target[group_of_days, first_of + 2], by_target[group_of_days, first_of + 1]
                soon, late = soon + in_time, late + not_in_time
                if in_time + not_in_time > 0:
                    strictest = max(strictest, targets[one])
            if soon + late > 0:
                tallies[group_of_days, 4] += 1
                tallies[group_of_days, 5] += soon >= strictest * (soon + late) - 1e-9
    return count, waits, handled, tallies


@njit(_several((_NEW, _several((_NEW_WHOLE, _NEW, _NEW)), _NEW))(_LOG, _WORK, _B, _F, *[_NUMBER] * 3), **_OPTIONS)
def talks(
    log: Happened, work: Brought, several: np.ndarray, part: np.ndarray, start: float, end: float, horizon: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Twin of `sim.measures.agents._talks`; the part of tasks comes last."""
    worked, some, room = np.zeros(len(several)), 0, len(log.row) if several.any() else 1
    agent, begun, over, share = np.empty(room, np.int64), np.empty(room), np.empty(room), np.empty(room)
    for at in range(len(log.row)):
        begins, ends = log.answered[at], log.ended[at]
        if np.isnan(begins):
            continue
        if np.isnan(ends):
            ends = horizon
        who = log.agent[at]
        team = work.agent_team[who]
        worked[team] += min(max(ends, start), end) - min(max(begins, start), end)
        # To write it in any case, and to keep it or not, is quicker than to ask first.
        way, here = work.channel[log.row[at]], _at(some)
        agent[here], begun[here], over[here] = who, begins, ends
        share[here] = part[min(way, _at(len(part) - 1))]
        some += several[team]
    return worked, (agent[:some].copy(), begun[:some].copy(), over[:some].copy()), share[:some].copy()


@njit(_several((_NEW_WHOLE, _NEW, _NEW))(_F, _F, _NUMBER), **_OPTIONS)
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
    _several((types.int8[::1], _NEW_WHOLE, _NEW_WHOLE, _NEW))(_LOG, _WORK, _P, _P, _CODES, _B2, _NUMBER, _NUMBER),
    **_OPTIONS,
)
def told(
    log: Happened,
    work: Brought,
    contacts_at: np.ndarray,
    tasks_at: np.ndarray,
    code: Codes,
    is_refund: np.ndarray,
    within: float,
    horizon: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.measures.cases._follow`."""
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
    _several((_NEW, _NEW, _NEW_TABLE, _NEW))(_LOG, _WORK, _PLACE, _PLACE, _P, _TINY, _I, _I, _F, _WHOLE, _WHOLE),
    **_OPTIONS,
)
def cases(
    log: Happened,
    work: Brought,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    kind_of: np.ndarray,
    contacts: np.ndarray,
    enquiries: np.ndarray,
    refunded: np.ndarray,
    groups: int,
    kinds: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.measures.cases._tables`: without groups all cases are in one."""
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
    return count, minutes, tallies, until_refund


@njit(
    _NUMBER[:, ::1](
        *(_LOG, _WORK, _P, _P, _CODES, _DRIVERS),
        *(_F, _F, _B),
        *(_F, _B, _F, _B, _B),
        *(_NUMBER, _NUMBER, _WHOLE, _WHOLE),
    ),
    **_OPTIONS,
)
def lived(
    log: Happened,
    work: Brought,
    contacts: np.ndarray,
    tasks: np.ndarray,
    code: Codes,
    driver: Places,
    courtesy_of_team: np.ndarray,
    courtesy: np.ndarray,
    by_own_team: np.ndarray,
    expected: np.ndarray,
    deferred: np.ndarray,
    expected_days: np.ndarray,
    goes_first: np.ndarray,
    informed: np.ndarray,
    off_the_line: float,
    horizon: float,
    angrier: int,
    drivers: int,
) -> np.ndarray:
    """Twin of `sim.satisfaction.experience._in_numpy`; `courtesy` is empty where that of teams never changes."""
    count = len(log.state)
    of, waited = np.empty((drivers, count)), np.zeros((count, 2))
    # Counts stand in the columns of their drivers: sessions with the bot, answers and steps in those made of them.
    found, manners = np.zeros((count, drivers), np.int16), np.zeros(count)
    # To add nothing is quicker than to ask whether there is anything to add.
    for which in range(len(contacts)):
        at = contacts[which]
        row, how, answered = log.row[at], log.outcome[at], log.answered[at]
        case, way = work.case[row], work.channel[row]
        # What the end of the run cut off has lasted until then.
        until = horizon if np.isnan(log.ended[at]) else log.ended[at]
        wait = (until if np.isnan(answered) else answered) - log.queued[at]
        is_deferred, off = deferred[way], how == code.called_back
        amount = until - log.arrived[at] if is_deferred else (0.0 if np.isnan(wait) else wait)
        waited[case, _at(is_deferred | off)] += amount / (off_the_line if off and not is_deferred else expected[way])
        contained = how == code.contained
        found[case, driver.repeats] += 1
        found[case, driver.hang_ups] += how == code.abandoned
        found[case, driver.refusals] += (how == code.blocked) | (how == code.turned_away)
        found[case, driver.bot_failures] += (how == code.left_bot) | (contained & (not log.solved[at]))
        found[case, driver.quick] += contained & log.solved[at] & (row < _at(count))
        found[case, driver.angry] += work.type[row] == angrier
        found[case, driver.bot_again] += log.met_bot[at]
        if not np.isnan(answered):
            found[case, driver.courtesy] += 1
            manners[case] += courtesy[at] if len(courtesy) else courtesy_of_team[work.agent_team[log.agent[at]]]
            found[case, driver.recognised] += by_own_team[at]
    for which in range(len(tasks)):
        at = tasks[which]
        case, is_step = work.case[log.row[at]], work.kind[log.row[at]] == code.step
        found[case, driver.uninformed] += is_step
        found[case, driver.followed_up] += (not is_step) & (not np.isnan(log.ended[at]))
    for case in range(count):
        type, state = work.case_type[case], log.state[case]
        answers, steps = found[case, driver.courtesy], found[case, driver.uninformed]
        until = horizon if state == code.open else log.closed[case]
        late = (until - work.appears_minutes[case]) / MINUTES_A_DAY - expected_days[type]
        of[driver.live_wait, case], of[driver.deferred_wait, case] = waited[case, 0], waited[case, 1]
        of[driver.late_days, case] = max(late, 0.0) if steps > 0 else 0.0
        of[driver.hang_ups, case] = found[case, driver.hang_ups]
        of[driver.refusals, case] = found[case, driver.refusals]
        of[driver.unsolved, case] = state == code.given_up
        of[driver.repeats, case] = max(found[case, driver.repeats] - 1, 0)
        of[driver.courtesy, case] = manners[case] / max(answers, 1)
        of[driver.uninformed, case] = (steps > 0) & (not informed[case])
        first = goes_first[work.segment[case]] & (answers > 0)
        of[driver.recognised, case] = first | (found[case, driver.recognised] > 0)
        of[driver.bot_failures, case] = found[case, driver.bot_failures]
        of[driver.bot_again, case] = max(found[case, driver.bot_again] - 1, 0)
        by_portal = (state == code.solved) & work.self_service_solves[case]
        of[driver.quick, case] = by_portal | (found[case, driver.quick] > 0)
        of[driver.followed_up, case] = found[case, driver.followed_up] > 0
        of[driver.angry, case] = (type == angrier) | (found[case, driver.angry] > 0)
    return of


@njit(_NEW(_F2, _F), **_OPTIONS)
def weighed(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Twin of `sim.satisfaction.judging.weighed`, of one driver after the other."""
    found = np.zeros(columns.shape[1])
    for which in range(len(weights)):
        for case in range(len(found)):
            found[case] += columns[which, case] * weights[which]
    return found


@njit(
    _NEW_TABLE(_LOG, _WORK, _CODES, _PLACE, _PLACE, _P, _WHOLE, *[_F] * 7),
    **_OPTIONS,
)
def opinions(
    log: Happened,
    work: Brought,
    code: Codes,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    groups: int,
    score: np.ndarray,
    noise: np.ndarray,
    asked: np.ndarray,
    rating_cuts: np.ndarray,
    nps_cuts: np.ndarray,
    ces_cuts: np.ndarray,
    shares: np.ndarray,
) -> np.ndarray:
    """Twin of `sim.satisfaction.judging._in_numpy`: without groups all cases are in one."""
    found = np.zeros((groups, 9), np.int64)
    for case in range(first, last):
        here = group[case - first] if len(group) else _at(0)
        found[here, 8] += 1
        if log.state[case] == code.open:
            continue
        opinion, rating, promoter, ease = score[case] + noise[case], 1, 0, 1
        for cut in rating_cuts:
            rating += opinion > cut
        for cut in nps_cuts:
            promoter += opinion > cut
        for cut in ces_cuts:
            ease += opinion > cut
        satisfied, surveyed = rating >= 4, asked[case] < shares[_at(rating - 1)]
        promotes = 100 * (promoter >= 9) - 100 * (promoter <= 6)
        found[here, 0] += 1
        found[here, 1] += satisfied
        found[here, 2] += rating
        found[here, 3] += promotes
        found[here, 4] += ease
        found[here, 5] += surveyed
        found[here, 6] += surveyed & satisfied
        found[here, 7] += promotes * surveyed
    return found


@njit(_NEW(_F, _F, _F), **_OPTIONS)
def minutes(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Twin of what `sim.ledger.minutes_between` does with times in order."""
    found, before = np.empty(max(len(edges) - 1, 0)), 0.0
    begun, over, sum_begun, sum_over = _at(0), _at(0), 0.0, 0.0
    for at in range(len(edges)):
        edge = edges[at]
        while begun < len(start) and start[begun] < edge:
            sum_begun += start[begun]
            begun += _at(1)
        while over < len(end) and end[over] < edge:
            sum_over += end[over]
            over += _at(1)
        since = (begun * edge - sum_begun) - (over * edge - sum_over)
        if at > 0:
            found[_at(at - 1)] = since - before
        before = since
    return found


class Paid(NamedTuple):
    """What rows cause, one sum after the other: amounts, and places in the log.

    Then where each sum begins and ends, shape (sums, 2); and by case the odds of an instant refund, and when.
    """

    amount: np.ndarray
    at: np.ndarray
    ends: np.ndarray
    instant: np.ndarray
    began: np.ndarray


_OUTSOURCED, _ON_LINE, _WITH_BOT, _SENT, _USED, _SOLD = range(6)


@njit(forceinline=True, **_OPTIONS)
def _note(
    amounts: np.ndarray,
    places: np.ndarray,
    ends: np.ndarray,
    which: int,
    amount: float,
    time: float,
    window: tuple[float, float],
    at: int,
) -> None:
    """Write an amount down, to be written over if it is none or not one of the window."""
    here = _at(ends[which, 1])
    amounts[here], places[here] = amount, at
    ends[which, 1] += (amount != 0) & (window[0] <= time) & (time < window[1])


@njit(
    _named([_NEW, _NEW_WHOLE, _NEW_TABLE, _NEW, _NEW], Paid)(
        _LOG, _WORK, _P, _P, _CODES, _F, _F, _F, _NUMBER, _F2, _F2, _F, _B2, _B, _like(_NUMBER, 2)
    ),
    **_OPTIONS,
)
def paid(
    log: Happened,
    work: Brought,
    contacts: np.ndarray,
    tasks: np.ndarray,
    code: Codes,
    of_agent: np.ndarray,
    line: np.ndarray,
    sale: np.ndarray,
    bot: float,
    freight: np.ndarray,
    used_up: np.ndarray,
    instant_of: np.ndarray,
    skippable: np.ndarray,
    some: np.ndarray,
    window: tuple[float, float],
) -> Paid:
    """Twin of `sim.ledger._in_numpy`; in prices by agent that of nobody comes last."""
    count, room = len(log.state), 0
    ends, instant, began = np.empty((len(some), 2), np.int64), np.zeros(count), np.full(count, np.nan)
    for which in range(len(some)):
        ends[which, 0] = ends[which, 1] = room
        rows = len(log.row) if which == _OUTSOURCED else len(tasks) if which in (_SENT, _USED) else len(contacts)
        # There is always room for one amount that is thrown away.
        room += rows * some[which] + 1
    amounts, places = np.empty(room), np.empty(room, np.int64)
    for at in range(len(log.row)):
        agent = min(log.agent[at], _at(len(of_agent) - 1))
        _note(amounts, places, ends, _OUTSOURCED, of_agent[agent], log.answered[at], window, at)
    for which in range(len(contacts)):
        at = contacts[which]
        way, how = work.channel[log.row[at]], log.outcome[at]
        _note(amounts, places, ends, _WITH_BOT, bot if log.met_bot[at] else 0.0, log.arrived[at], window, at)
        _note(amounts, places, ends, _ON_LINE, line[way], log.queued[at], window, at)
        sold = (how == code.served) | (how == code.called_back)
        _note(amounts, places, ends, _SOLD, sale[way] if sold else 0.0, log.ended[at], window, at)
    for which in range(len(tasks)):
        at = tasks[which]
        row = log.row[at]
        if work.kind[row] == code.step:
            case, number = work.case[row], work.number[row]
            type = work.case_type[case]
            _note(amounts, places, ends, _SENT, freight[type, number], log.arrived[at], window, at)
            _note(amounts, places, ends, _USED, used_up[type, number], log.ended[at], window, at)
            if np.isnan(began[case]):
                began[case] = log.arrived[at]
    for case in range(len(log.state)):
        type, closed = work.case_type[case], log.closed[case]
        if log.state[case] == code.solved and not work.self_service_solves[case]:
            began[case] = closed if np.isnan(began[case]) else min(began[case], closed)
        if instant_of[type] > 0 and not np.isnan(began[case]):
            first, skips = work.first_step[case], True
            for row in range(first, first + _at(work.steps[case])):
                skips &= not skippable[type, work.number[row]]
            instant[case] = instant_of[type] * skips
    return Paid(amounts, places, ends, instant, began)


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("sums", sys.modules[__name__])
