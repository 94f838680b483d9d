"""Compiled twins of steps that NumPy does in many passes, each in one: equal bit for bit.

`sim.luck`, `sim.arrivals`, `sim.rows` and `sim.measures` say what they do, and do it without Numba. Here is nothing
that could round in another way: whole numbers, comparisons, single additions, multiplications and divisions. Logarithms
and the like stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import config, njit, types

from sim import quick

_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_11, _27, _30, _31, _ONE = (np.uint64(n) for n in (11, 27, 30, 31, 1))
_UNIT = 2.0**-53

# Nothing is looked for that cannot happen, as in the engine.
_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}


def _given(kind: types.Type, dimensions: int = 1) -> types.Array:
    """An array that is only read."""
    return types.Array(kind, dimensions, "C", readonly=True)


_U, _I, _F, _B = (_given(kind) for kind in (types.uint64, types.int64, types.float64, types.int8))
_F2, _I2 = _given(types.float64, 2), _given(types.int64, 2)
_several: Any = types.Tuple
_like: Any = types.UniTuple


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


@njit(types.uint64[::1](_U, types.uint64), **_OPTIONS)
def outputs(state: np.ndarray, offset: np.uint64) -> np.ndarray:
    """Twin of `sim.luck._outputs`."""
    found = np.empty(len(state), np.uint64)
    for place in range(len(state)):
        found[place] = _output(state[place] + offset)
    return found


@njit(types.float64[::1](_U, types.uint64), **_OPTIONS)
def numbers(address: np.ndarray, key: np.uint64) -> np.ndarray:
    """Twin of `sim.luck._numbers`."""
    found = np.empty(len(address), np.float64)
    for place in range(len(address)):
        found[place] = _number(address[place] + key)
    return found


@njit(types.int16[::1](_U, types.uint64, _F2, _I), **_OPTIONS)
def options(address: np.ndarray, key: np.uint64, upper: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Twin of `sim.luck.choose`."""
    code = np.empty(len(address), np.int16)
    for place in range(len(address)):
        number = _number(address[place] + key)
        table = which[place] if upper.shape[1] > 1 else 0
        found = 0
        for option in range(len(upper)):
            found += number >= upper[option, table]
        code[place] = found
    return code


@njit(types.boolean[::1](_U, types.uint64, _F, _I), **_OPTIONS)
def below(address: np.ndarray, key: np.uint64, odds: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Twin of `sim.luck.happens`."""
    found = np.empty(len(address), np.bool_)
    for place in range(len(address)):
        found[place] = _number(address[place] + key) < odds[which[place]]
    return found


@njit(
    _several((types.int64[::1], types.int64[::1], types.uint64[::1]))(
        _U, _I, types.uint64, _F, _I2, _F, _I, _F, _F, types.int64, types.float64
    ),
    **_OPTIONS,
)
def cases(
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
    ticks_a_minute: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.arrivals.Rates._cases`."""
    many, place = counts.sum(), 0
    block_of, ticks, address = np.empty(many, np.int64), np.empty(many, np.int64), np.empty(many, np.uint64)
    ticks_a_day = np.int64(1440 * ticks_a_minute)
    latest, parts = 1440 - 1 / ticks_a_minute, hint.shape[1]
    for block in range(len(counts)):
        midnight, state = (block % days) * ticks_a_day, blocks[block]
        for _ in range(counts[block]):
            state += _STRIDE
            address[place] = _output(state)
            number = _number(address[place] + key)
            share = number * total[block]
            piece = hint[block, np.int64(number * parts)]
            while end[piece] <= share:
                piece += 1
            moment = min(minute[piece] + (share - before[piece]) / rate[piece], latest)
            ticks[place] = midnight + np.int64(np.rint(moment * ticks_a_minute))
            block_of[place] = block
            place += 1
    return block_of, ticks, address


@njit(
    _several((types.float64[::1], types.float64[::1], types.int64[::1]))(
        _U, _I, _B, _like(types.uint64, 3), _F, _F, _F, _F, types.boolean, _like(types.int64, 2)
    ),
    **_OPTIONS,
)
def attempts(
    address: np.ndarray,
    profile: np.ndarray,
    bot_result: np.ndarray,
    keys: tuple[int, int, int],
    anyway: np.ndarray,
    surely_solved: np.ndarray,
    hangs_up: np.ndarray,
    after: np.ndarray,
    patience_decides: bool,
    bot_ends: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twin of `sim.rows._tries`."""
    many, count = len(address), 0
    solve_draw, return_draw = np.empty(many), np.empty(many)
    again = np.empty(many, np.int64)
    for row in range(many):
        what, state = profile[row], address[row]
        solves, returns = _number(state + keys[0]), _number(state + keys[1])
        solve_draw[row], return_draw[row] = solves, returns
        comes = (returns < anyway[what]) | ((returns < after[0]) & (solves >= surely_solved[what]))
        if patience_decides and returns < after[1]:
            comes |= _number(state + keys[2]) < hangs_up[what]
        for end in range(2):
            comes |= (bot_result[row] == bot_ends[end]) & (returns < after[2 + end])
        again[count] = row
        count += comes
    return solve_draw, return_draw, again[:count].copy()


_S = _given(types.int16)


@njit(
    _several((types.int64[::1], types.float64[::1], types.float64[::1], types.float64[::1]))(
        _I, _B, _S, _F, _F, _F, _F, _B, types.int64, types.int64, types.int64
    ),
    **_OPTIONS,
)
def contacts(
    group: np.ndarray,
    outcome: np.ndarray,
    channel: np.ndarray,
    queued: np.ndarray,
    answered: np.ndarray,
    ended: np.ndarray,
    limits: np.ndarray,
    deferred: np.ndarray,
    abandoned: int,
    groups: int,
    kinds: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Twin of what `sim.measures.contacts._tables` does in NumPy."""
    kind = np.empty(len(outcome), np.int64)
    count, waits, handled = np.zeros(groups * kinds), np.zeros(groups * kinds), np.zeros(groups * kinds)
    for place in range(len(outcome)):
        way, how = channel[place], np.int64(outcome[place])
        wait = (ended[place] if how == abandoned else answered[place]) - queued[place]
        found = how << 3 | np.int64(deferred[way]) << 2 | np.int64(wait <= limits[way]) << 1 | np.int64(wait == 0)
        kind[place] = found
        if group[place] >= 0:
            cell = group[place] * kinds + found
            count[cell] += 1
            waits[cell] += wait
            handled[cell] += ended[place] - answered[place]
    return kind, count, waits, handled


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use(sys.modules[__name__])
