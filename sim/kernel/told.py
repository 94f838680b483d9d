"""What happened, as the compiled engine tells it: columns of a log, a place for each row that begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


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


# The widest first, so that side by side all lie as they must.
_KINDS = (np.int64, *[np.float64] * 5, np.int32, np.int8, np.bool_, np.bool_)


def nothing_yet(most: int) -> Told:
    """Columns for so many rows."""
    return Told(*_side_by_side(most))


def in_short(told: Told, many: int) -> Told:
    """The columns of those that have begun; on their own if they would keep much memory for nothing."""
    columns = Told(*(column[:many] for column in told))
    if 2 * many >= len(told.row):
        return columns
    short = nothing_yet(many)
    for column, into in zip(columns, short, strict=True):
        into[:] = column
    return short


def _side_by_side(many: int) -> Iterator[np.ndarray]:
    """Columns in one piece of memory, which costs less to get than many small ones."""
    block, start = np.empty(many * sum(np.dtype(kind).itemsize for kind in _KINDS), dtype=np.uint8), 0
    for kind in _KINDS:
        end = start + many * np.dtype(kind).itemsize
        yield block[start:end].view(kind)
        start = end
