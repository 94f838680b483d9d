"""Compiled twins of steps that NumPy does in many passes, each in one: equal bit for bit.

`sim.luck`, `sim.arrivals`, `sim.rows`, `sim.sampling` and `sim.roster` say what they do, and do it without Numba. Here
is nothing that could round in another way: whole numbers, comparisons, single additions, multiplications and divisions.
Logarithms and the like stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import config, njit, types

from sim import quick
from sim.kernel.compiled import PASS, given
from sim.luck import TICKS_A_MINUTE
from sim.workload import CONTAINS, HANDS_OVER, HANDS_OVER_WITH_CONTEXT, LOSES, NONE, PLACE, SEEMS_TO_CONTAIN

_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31, _ONE = (np.uint64(n) for n in (11, 27, 30, 31, 1))
_UNIT = 2.0**-53
# Numbers that are mixed at a time: in a loop of their own the processor mixes several at once.
_AT_A_TIME = 512

_U, _I, _F, _B = (given(kind) for kind in (types.uint64, types.int64, types.float64, types.int8))
_F2, _I2 = given(types.float64, 2), given(types.int64, 2)
_several: Any = types.Tuple


@njit(inline="always")
def _output(state: Any) -> Any:
    """An output of SplitMix64."""
    state ^= state >> _30
    state *= _FIRST
    state ^= state >> _27
    state *= _SECOND
    return state ^ (state >> _31)


@njit(inline="always")
def _number(state: Any) -> Any:
    return np.int64(_output(state) >> _11) * _UNIT


@njit(types.uint64[::1](_U, types.uint64), **PASS)
def outputs(state: np.ndarray, offset: np.uint64) -> np.ndarray:
    """Twin of `sim.luck._outputs`."""
    found = np.empty(len(state), np.uint64)
    for place in range(len(state)):
        found[place] = _output(state[place] + offset)
    return found


@njit(types.float64[::1](_U, types.uint64), **PASS)
def numbers(address: np.ndarray, key: np.uint64) -> np.ndarray:
    """Twin of `sim.luck._numbers`."""
    found = np.empty(len(address), np.float64)
    for place in range(len(address)):
        found[place] = _number(address[place] + key)
    return found


@njit(inline="always")
def _fill(number: Any, address: Any, key: Any, start: Any, stop: Any) -> None:
    """The numbers of a stream at some of the addresses."""
    for place in range(start, stop):
        number[place - start] = _number(address[place] + key)


@njit(types.int16[::1](_U, types.uint64, _F2, _I), **PASS)
def options(address: np.ndarray, key: np.uint64, upper: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Twin of `sim.luck.choose`."""
    code, number = np.empty(len(address), np.int16), np.empty(_AT_A_TIME)
    for start in range(0, len(address), _AT_A_TIME):
        stop = min(start + _AT_A_TIME, len(address))
        _fill(number, address, key, start, stop)
        if upper.shape[1] == 1:
            code[start:stop] = 0
            for option in range(len(upper)):
                edge = upper[option, 0]
                for place in range(start, stop):
                    code[place] += number[place - start] >= edge
            continue
        for place in range(start, stop):
            found = 0
            for option in range(len(upper)):
                found += number[place - start] >= upper[option, which[place]]
            code[place] = found
    return code


@njit(types.boolean[::1](_U, types.uint64, _F, _I), **PASS)
def below(address: np.ndarray, key: np.uint64, odds: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Twin of `sim.luck.happens`."""
    found, number = np.empty(len(address), np.bool_), np.empty(_AT_A_TIME)
    for start in range(0, len(address), _AT_A_TIME):
        stop = min(start + _AT_A_TIME, len(address))
        _fill(number, address, key, start, stop)
        for place in range(start, stop):
            found[place] = number[place - start] < odds[which[place]]
    return found


@njit(inline="always")
def _sorted(keys: Any, spare: Any, seen: Any) -> Any:
    """The keys by the 33 bits from bit 32 on, equal ones as they stand, digit by digit from the last one on."""
    seen[:] = 0
    for place in range(len(keys)):
        for digit in range(3):
            seen[digit, keys[place] >> (32 + 11 * digit) & 2047] += 1
    for digit in range(3):
        so_far = 0
        for value in range(2048):
            so_far, seen[digit, value] = so_far + seen[digit, value], so_far
        for place in range(len(keys)):
            value = keys[place] >> (32 + 11 * digit) & 2047
            spare[seen[digit, value]] = keys[place]
            seen[digit, value] += 1
        keys, spare = spare, keys
    return keys


@njit(
    _several((types.int16[::1], types.float64[::1], types.uint64[::1]))(
        _U, _I, types.uint64, _F, _I2, _F, _I, _F, _F, types.int64
    ),
    **PASS,
)
def arrivals(
    blocks: np.ndarray,
    counts: np.ndarray,
    key: np.uint64,
    total: np.ndarray,
    hint: np.ndarray,
    end: np.ndarray,
    minute: np.ndarray,
    before: np.ndarray,
    rate: np.ndarray,
    days: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.arrivals.Rates._cases`, day by day, as a day fits into the processor's cache."""
    many, kinds, parts, latest = counts.sum(), len(counts) // days, hint.shape[1], 1440 - 1 / TICKS_A_MINUTE
    case_type, appears, address = np.empty(many, np.int16), np.empty(many), np.empty(many, np.uint64)
    most = 0
    for day in range(days):
        most = max(most, counts[day::days].sum())
    there, number, seen = np.empty(most, np.uint64), np.empty(most), np.empty((3, 2048), np.int32)
    keys, spare, kind_of = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int16)
    done = 0
    for day in range(days):
        place = 0
        for kind in range(kinds):
            block = kind * days + day
            first, place = place, place + counts[block]
            for case in range(first, place):
                there[case] = _output(blocks[block] + np.uint64(case - first + 1) * _STRIDE)
            for case in range(first, place):
                number[case] = _number(there[case] + key)
            for case in range(first, place):
                share = number[case] * total[block]
                piece = hint[block, np.int64(number[case] * parts)]
                while end[piece] <= share:
                    piece += 1
                moment = min(minute[piece] + (share - before[piece]) / rate[piece], latest)
                keys[case] = np.int64(np.rint(moment * TICKS_A_MINUTE)) << 32 | case
                kind_of[case] = kind
        order = _sorted(keys[:place], spare[:place], seen)
        for rank in range(place):
            case = order[rank] & 0xFFFFFFFF
            appears[done + rank] = day * 1440 + (order[rank] >> 32) / TICKS_A_MINUTE
            address[done + rank], case_type[done + rank] = there[case], kind_of[case]
        done += place
    return case_type, appears, address


# By profile: the tables and shares of `sim.chances.Chances.front`.
_FRONT = _several((given(types.boolean), _F, _F2, types.float64, types.boolean, types.float64, types.float64))


@njit(inline="always")
def _bot_result(front: Any, profile: Any, state: Any, again: Any, keys: Any) -> Any:
    """What the bot makes of a contact; the keys of its streams come last."""
    in_front, right, answers, meets_share, meets_again, context_share, leaves_share = front
    if not in_front[profile] or (again and not meets_again) or not _number(state + keys[-5]) < meets_share:
        return NONE
    is_right = _number(state + keys[-4]) < right[profile]
    if _number(state + keys[-3]) < answers[int(is_right), profile]:
        return CONTAINS if is_right else SEEMS_TO_CONTAIN
    if _number(state + keys[-1]) < leaves_share:
        return LOSES
    return HANDS_OVER_WITH_CONTEXT if _number(state + keys[-2]) < context_share else HANDS_OVER


@njit(types.int8[::1](_FRONT, _I, _U, given(types.boolean), _U), **PASS)
def bot_results(
    front: tuple[Any, ...], profile: np.ndarray, address: np.ndarray, again: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """Twin of `sim.rows.bot_results`."""
    found = np.empty(len(profile), np.int8)
    for row in range(len(profile)):
        found[row] = _bot_result(front, profile[row], address[row], again[row], keys)
    return found


@njit(inline="always")
def _longer(column: Any, room: Any) -> Any:
    """The column with more room."""
    longer = np.empty(room, column.dtype)
    for place in range(len(column)):
        longer[place] = column[place]
    return longer


@njit
def _who_may_return(
    address: Any, profile: Any, again: Any, back: Any, front: Any, keys: Any, found: Any, drawn: Any
) -> Any:
    """How many may come back; their places and what was drawn for them are written down."""
    anyway, surely_solved, hangs_up, after, patience_decides = back
    served, abandoned, contained, left_bot = after[0], after[1], after[2], after[3]
    worst = max(contained, left_bot)
    returns, solves, count = np.empty(_AT_A_TIME), np.empty(_AT_A_TIME), 0
    for start in range(0, len(address), _AT_A_TIME):
        stop = min(start + _AT_A_TIME, len(address))
        _fill(returns, address, keys[0], start, stop)
        _fill(solves, address, keys[1], start, stop)
        for place in range(start, stop):
            what, draw, solve = profile[place], returns[place - start], solves[place - start]
            comes = (draw < anyway[what]) | ((draw < served) & (solve >= surely_solved[what]))
            if patience_decides:
                comes |= (draw < abandoned) & (_number(address[place] + keys[2]) < hangs_up[what])
            if draw < worst:
                result = _bot_result(front, what, address[place], again, keys)
                comes |= (draw < contained) & (result == SEEMS_TO_CONTAIN) | (draw < left_bot) & (result == LOSES)
            found[count], drawn[count] = place, draw
            count += comes
    return count


@njit
def _return_as(as_what: Any, profile: Any, address: Any, keys: Any) -> None:
    """Whoever comes back may do so as another type, and through another channel."""
    angrier, anger, switch_edges, switched = as_what
    if anger > 0:
        for row in range(len(profile)):
            if _number(address[row] + keys[3]) < anger:
                profile[row] = angrier[profile[row]]
    if len(switch_edges):
        for row in range(len(profile)):
            option, number = 0, _number(address[row] + keys[4])
            for edge in range(len(switch_edges)):
                option += number >= switch_edges[edge, profile[row]]
            profile[row] = switched[option, profile[row]]


# What `sim.chances.Chances` holds about coming back: the odds, and as what.
_BACK = _several((_F, _F, _F, _F, types.boolean))
_AS_WHAT = _several((_I, types.float64, _F2, _I2))


@njit(
    _several(
        (types.int32[::1], types.int16[::1], types.int64[::1], types.uint64[::1], types.int64[::1], types.float64[::1])
    )(_U, _I, types.int64, _BACK, _AS_WHAT, _FRONT, _U),
    **PASS,
)
def attempts(
    first_address: np.ndarray,
    first_profile: np.ndarray,
    most: int,
    back: tuple[Any, ...],
    as_what: tuple[Any, ...],
    front: tuple[Any, ...],
    keys: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.rows._attempts`."""
    # Room that is not used costs nothing.
    start, end, count, room = 0, len(first_address), 0, 3 * len(first_address)
    case, number, profile = np.empty(room, PLACE), np.empty(room, np.int16), np.empty(room, np.int64)
    address, before, drawn = np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room)
    for row in range(end):
        case[row], number[row], profile[row], address[row] = row, 1, first_profile[row], first_address[row]
    for turn in range(2, most + 1):
        # Perhaps all of the last ones come again.
        room = 2 * end - start
        if room > len(case):
            case, number, profile = _longer(case, room), _longer(number, room), _longer(profile, room)
            address, before, drawn = _longer(address, room), _longer(before, room), _longer(drawn, room)
        last = slice(start, end)
        more = _who_may_return(address[last], profile[last], turn > 2, back, front, keys, before[count:], drawn[count:])
        for place in range(more):
            earlier, row = start + before[count + place], end + place
            before[count + place], case[row], number[row] = earlier, case[earlier], turn
            profile[row], address[row] = profile[earlier], address[earlier] + _STRIDE
        start, end, count = end, end + more, count + more
        if more == 0:
            break
        _return_as(as_what, profile[start:end], address[start:end], keys)
    return (
        case[:end].copy(),
        number[:end].copy(),
        profile[:end].copy(),
        address[:end].copy(),
        before[:count].copy(),
        drawn[:count].copy(),
    )


@njit(types.void(types.float64[::1], _I, _F, types.float64, _F), **PASS)
def delays(found: np.ndarray, before: np.ndarray, drawn: np.ndarray, odds: float, minutes: np.ndarray) -> None:
    """Twin of `sim.sampling._put_delays`."""
    for place in range(len(before)):
        if drawn[place] < odds:
            found[before[place]] = np.rint(minutes[place] * TICKS_A_MINUTE) / TICKS_A_MINUTE


@njit(types.int32[::1](_I, types.int64, types.int64), **PASS)
def followers(before: np.ndarray, first: int, rows: int) -> np.ndarray:
    """Twin of `sim.sampling._followers`."""
    found = np.full(rows, NONE, PLACE)
    for place in range(len(before)):
        found[before[place]] = first + place
    return found


@njit(inline="always")
def _states(each: Any, keys: Any, room: Any, absence: Any, works: Any, day: Any) -> Any:
    """Whether each agent is at work, and is missed, in each step; not before the first nor after the last one."""
    agents, steps = room.shape
    at_work, missed = np.zeros((steps + 2, agents), np.bool_), np.zeros((steps + 2, agents), np.bool_)
    for agent in range(agents):
        fraction, presence = 0.0, 0.0
        for step in range(steps):
            if step == 0 or day[step] != day[step - 1]:
                fraction = _number(each[agent, day[step]] + keys[0])
                presence = _number(each[agent, day[step]] + keys[1])
            planned, here = room[agent, step] > fraction, works[step] and presence >= absence[agent]
            at_work[step + 1, agent], missed[step + 1, agent] = planned and here, planned and not here
    return at_work, missed


@njit
def _duty(each: Any, keys: Any, room: Any, absence: Any, works: Any, day: Any, minutes: Any) -> Any:
    """Twin of `sim.roster._duty`."""
    at_work, missed = _states(each, keys, room, absence, works, day)
    agents, steps = room.shape
    when, who, on = np.empty(room.size), np.empty(room.size, np.int32), np.empty(room.size, np.bool_)
    turns = 0
    for step in range(steps):
        for agent in range(agents):
            if at_work[step + 1, agent] != at_work[step, agent]:
                when[turns], who[turns], on[turns] = minutes[step], agent, at_work[step + 1, agent]
                turns += 1
    away, start, end, spells = np.empty(room.size, np.int32), np.empty(room.size), np.empty(room.size), 0
    for agent in range(agents):
        for step in range(steps + 1):
            if missed[step + 1, agent] and not missed[step, agent]:
                away[spells], start[spells] = agent, minutes[step]
            elif missed[step, agent] and not missed[step + 1, agent]:
                end[spells] = minutes[step]
                spells += 1
    return (
        when[:turns].copy(),
        who[:turns].copy(),
        on[:turns].copy(),
        away[:spells].copy(),
        start[:spells].copy(),
        end[:spells].copy(),
    )


_PEOPLE = (
    types.float64[::1],
    types.int32[::1],
    types.boolean[::1],
    types.int32[::1],
    types.float64[::1],
    types.float64[::1],
    types.float64[:, ::1],
)


@njit(
    _several(_PEOPLE)(types.uint64, given(types.uint64, 2), _U, _I, _I, _F2, _F, given(types.boolean), _I, _F, _F, _F),
    **PASS,
)
def people(
    root: np.uint64,
    blocks: np.ndarray,
    keys: np.ndarray,
    team: np.ndarray,
    place: np.ndarray,
    room: np.ndarray,
    absence: np.ndarray,
    works: np.ndarray,
    day: np.ndarray,
    minutes: np.ndarray,
    newcomers: np.ndarray,
    learning_days: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Twin of `sim.roster._people`."""
    agents, days = len(team), blocks.shape[1]
    each, since = np.empty((agents, days), np.uint64), np.empty((agents, days))
    for agent in range(agents):
        for today in range(days):
            block = _output(blocks[team[agent], today] + root)
            each[agent, today] = _output(np.uint64(place[agent] + 1) * _STRIDE + block)
        is_new = _number(each[agent, 0] + keys[2]) < newcomers[agent]
        tenure = _number(each[agent, 0] + keys[3]) * (2 * learning_days[agent]) if is_new else np.inf
        for today in range(days):
            since[agent, today] = (tenure + today) / -learning_days[agent]
    when, who, on, away, start, end = _duty(each, keys, room, absence, works, day, minutes)
    return when, who, on, away, start, end, since


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("passes", sys.modules[__name__])
