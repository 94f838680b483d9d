"""What happened, as the compiled engine tells it: columns of a log, a place for each row that begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from sim.kernel.records import piece
from sim.workload import PLACE


class Told(NamedTuple):
    """Columns of `sim.log.Log`. The outcome says what is going on, until it has ended."""

    row: np.ndarray
    booked: np.ndarray
    arrived: np.ndarray
    queued: np.ndarray
    answered: np.ndarray
    ended: np.ndarray
    agent: np.ndarray
    outcome: np.ndarray
    solved: np.ndarray
    met_bot: np.ndarray


_ROW, _MINUTES, _AGENT, _CODE, _YES = (np.dtype(kind) for kind in (PLACE, float, np.int32, np.int8, bool))


# Of the columns in a block, the widest first, so that all lie as they must.
_KINDS = {
    **dict.fromkeys(("booked", "arrived", "queued", "answered", "ended"), _MINUTES),
    "row": _ROW,
    "agent": _AGENT,
    "outcome": _CODE,
    "solved": _YES,
    "met_bot": _YES,
}
BYTES = sum(kind.itemsize for kind in _KINDS.values())


@register_jitable
def nothing_yet(block: np.ndarray, most: int) -> Told:
    """Columns for so many rows in a block of memory, in the order of `_KINDS`."""
    booked, end = piece(block, 0, most, _MINUTES)
    arrived, end = piece(block, end, most, _MINUTES)
    queued, end = piece(block, end, most, _MINUTES)
    answered, end = piece(block, end, most, _MINUTES)
    ended, end = piece(block, end, most, _MINUTES)
    row, end = piece(block, end, most, _ROW)
    agent, end = piece(block, end, most, _AGENT)
    outcome, end = piece(block, end, most, _CODE)
    solved, end = piece(block, end, most, _YES)
    met_bot, end = piece(block, end, most, _YES)
    return Told(row, booked, arrived, queued, answered, ended, agent, outcome, solved, met_bot)


@register_jitable
def is_in_order(told: Told, many: int) -> bool:
    """Whether rows that began at one moment are in the order of their numbers, as a log has them."""
    row, arrived, late = told.row, told.arrived, 0
    for place in range(1, many):
        late += arrived[place] == arrived[place - 1] and row[place] < row[place - 1]
    return late == 0


def in_short(block: np.ndarray, most: int, many: int) -> dict[str, np.ndarray]:
    """The columns of those that have begun; on their own if three quarters of the block would be kept for nothing."""
    told, end = {}, 0
    for name, kind in _KINDS.items():
        told[name] = np.ndarray(many, kind, block, end)
        end += most * kind.itemsize
    return told if 4 * many >= most else {name: column.copy() for name, column in told.items()}
