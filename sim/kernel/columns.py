"""What the compiled sums read: the columns of a log, of its customers and of its agents, and the codes in them.

`sim.kernel.sums`, `spells`, `ratings` and `payoff` go over them. They are handed over as plain tuples, whose kinds
Numba tells faster than those of named ones, and `named` gives the columns their names again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, njit, typeof, types
from numba.extending import register_jitable

from sim.base import remembered
from sim.kernel.compiled import PASS, as_read, given
from sim.log import CALLED_BACK, GIVEN_UP, OPEN, SOLVED, Log
from sim.roster import Roster
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
nth = np.uint64


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
    duty_agent: Any = "i4"
    duty_start: Any = "f8"
    duty_end: Any = "f8"


class Brought(NamedTuple):
    """Columns of `sim.workload.Workload`."""

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


class Staff(NamedTuple):
    """Columns of `sim.roster.Roster`."""

    agent_team: Any = "i2"
    absent_agent: Any = "i4"
    absent_start: Any = "f8"
    absent_end: Any = "f8"


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
# Those of a log, its customers and its agents, and the codes.
Columns = tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...], tuple[int, ...]]
_UNSIGNED = {"i2": "u2", "i4": "u4", "i8": "u8"}


def _kinds(columns: Any) -> dict[str, np.dtype]:
    """As what kind of number columns are read, by their names: what is an index without its sign."""
    return {name: np.dtype(_UNSIGNED.get(kind, kind)) for name, kind in columns()._asdict().items()}


_OF_LOG, _OF_WORK, _OF_STAFF = _kinds(Happened), _kinds(Brought), _kinds(Staff)


def _read(source: object, columns: dict[str, np.dtype]) -> tuple[np.ndarray, ...]:
    """The columns of a log, customers or agents; one is copied if it is of another kind."""
    there = vars(source)
    return tuple([as_read(there[name], kind) for name, kind in columns.items()])


@remembered
def _staff(roster: Roster) -> tuple[np.ndarray, ...]:
    return _read(roster, _OF_STAFF)


def columns(log: Log) -> Columns:
    """The columns of a log, its customers and its agents as the compiled sums read them, and the codes in them."""
    if "columns" not in log.kept:
        work: Workload = log.workload
        of_work = work.own("as sums read it", lambda: _read(work, _OF_WORK))
        log.kept["columns"] = _read(log, _OF_LOG), of_work, _staff(work.roster), tuple(CODES)
    found: Columns = log.kept["columns"]
    return found


@register_jitable
def named(run: Columns) -> tuple[Happened, Brought, Staff, Codes]:
    """The columns and codes by name."""
    log, work, staff, code = run
    return Happened(*log), Brought(*work), Staff(*staff), Codes(*code)


several: Any = types.Tuple
like: Any = types.UniTuple
_typeof: Any = typeof
_LOG, _WORK, _STAFF = (
    several([given(from_dtype(kind)) for kind in each.values()]) for each in (_OF_LOG, _OF_WORK, _OF_STAFF)
)
RUN = several((_LOG, _WORK, _STAFF, _typeof(tuple(CODES))))
NUMBER, WHOLE, PLACE = types.float64, types.int64, types.uint64
# What is given, by what it holds.
NUMBERS, WHOLES, PLACES, TINY, FLAGS = (given(kind) for kind in (NUMBER, WHOLE, PLACE, types.int8, types.boolean))
TABLE_OF_NUMBERS, TABLE_OF_FLAGS, TABLE_OF_PLACES = (given(kind, 2) for kind in (NUMBER, types.boolean, PLACE))
# What is made.
NEW, NEW_WHOLES, NEW_PLACES, NEW_TABLE = NUMBER[::1], WHOLE[::1], PLACE[::1], NUMBER[:, ::1]


def parts_of(what: Any, **kinds: types.Type) -> types.Type:
    """The type of the parts of a named tuple in their order, which is how it is handed over."""
    need_order(what, kinds)
    return several(list(kinds.values()))


def need_order(what: Any, names: Iterable[str]) -> None:
    """Refuse named tuples whose parts stand in another order than where they are used.

    Numba keeps the compiled code of a file until that very file changes, and the places of parts are compiled in.
    """
    if what._fields != tuple(names):
        raise ImportError(f"{what.__name__} holds {', '.join(what._fields)}; here it is {', '.join(names)}")


# Changes with the names, the order and the kinds of the columns, and with those of the codes.
ORDER = zlib.crc32(repr([one()._asdict() for one in (Happened, Brought, Staff)] + [Codes._fields]).encode())


def need_columns(order: int) -> None:
    """Refuse what was written for other columns: the number has to be changed there, and with it the file."""
    if order != ORDER:
        raise ImportError(f"the columns of logs have the order {ORDER:#x}; this was compiled for {order:#x}")


@njit(like(NEW_PLACES, 2)(RUN), **PASS)
def _parts(run: Columns) -> tuple[np.ndarray, np.ndarray]:
    log, work, _, code = named(run)
    contacts, tasks = np.empty(len(log.row), np.uint64), np.empty(len(log.row), np.uint64)
    here, there = nth(0), nth(0)
    for at in range(len(log.row)):
        # To write it in both lists, and to keep it in one, is quicker than to ask which.
        contacts[here], tasks[there] = at, at
        is_contact = work.kind[log.row[at]] <= code.enquiry
        here += nth(is_contact)
        there += nth(not is_contact)
    return contacts[:here].copy(), tasks[:there].copy()


def parts(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Where the log has its contacts, and where its tasks."""
    if "parts" not in log.kept:
        log.kept["parts"] = _parts(columns(log))
    found: tuple[np.ndarray, np.ndarray] = log.kept["parts"]
    return found
