"""What happened, from the engine's rows into the columns of a log, in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernel.compiled import AS_ONE


class Columns(NamedTuple):
    """Columns of `sim.log.Log`, a place for each row that happened."""

    row: np.ndarray
    booked: np.ndarray
    arrived: np.ndarray
    queued: np.ndarray
    answered: np.ndarray
    ended: np.ndarray
    outcome: np.ndarray
    solved: np.ndarray
    met_bot: np.ndarray
    agent: np.ndarray


KINDS = (np.int64, *[np.float64] * 5, np.int8, np.bool_, np.bool_, np.int32)


def columns(rows: np.ndarray, begun: np.ndarray) -> Columns:
    """The columns of the rows that have begun, in the order in which they began."""
    into = Columns(*(np.empty(len(begun), dtype=kind) for kind in KINDS))
    _write(rows, begun, into)
    return into


@njit(cache=True, **AS_ONE)
def _write(rows: np.ndarray, begun: np.ndarray, into: Columns) -> None:
    for place, row in enumerate(begun):
        found = rows[row]
        into.row[place] = row
        into.booked[place], into.arrived[place], into.queued[place] = found.booked, found.arrived, found.queued
        into.answered[place], into.ended[place] = found.answered, found.ended
        into.outcome[place], into.solved[place] = found.outcome, found.solved
        into.met_bot[place], into.agent[place] = found.met_bot, found.agent
