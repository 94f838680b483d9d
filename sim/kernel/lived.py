"""A whole run as one piece of machine code: from the first morning over all that happens to what remains of it.

Some eighty tables are made for a run, however short it is; here they cost next to nothing, and only those that are
kept ever become NumPy's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from math import isnan
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from sim.kernel import passes, payoff, ratings, spells, sums  # noqa: F401  loaded with the engine
from sim.kernel import told as t
from sim.kernel.compiled import as_read, fingerprint
from sim.kernel.floor import goes_home
from sim.kernel.journey import live
from sim.kernel.state import BEGUN, SPELLS, Brought, Service, Staff, bytes_needed, first_morning
from sim.kernel.tables import Book, book
from sim.roster import Roster
from sim.scenario import Scenario
from sim.workload import Workload


class Lived(NamedTuple):
    """What remains of a run: columns of `sim.log.Log`, which says what they are."""

    source: int  # of the engine: machine code of another one is not taken from the disk
    begun: int  # how many rows; their columns are in the block that was given
    in_order: bool  # whether those about rows are in a log's order
    state: np.ndarray
    closed: np.ndarray
    duty_agent: np.ndarray
    duty_start: np.ndarray
    duty_end: np.ndarray


# The types in which the engine is compiled for the columns that come with a run; of those that are not here, a float.
_TYPES = {
    np.int16: "channel task agent_team steps enquiries",
    np.uint16: "case_type segment number type",
    np.int8: "kind bot_result delay_row",
    np.bool_: "self_service_solves accepts_callback duty_on",
    np.int32: "duty_agent case next_attempt follow_up first_step first_enquiry",
}
_TYPE_OF = {name: np.dtype(kind) for kind, names in _TYPES.items() for name in names.split()}


def _reader(names: tuple[str, ...]) -> Callable[[Workload | Roster], Iterable[np.ndarray]]:
    """A function that gives columns of these names as the engine is compiled for them."""
    columns, types = attrgetter(*names), [_TYPE_OF.get(name, np.dtype(float)) for name in names]
    return lambda source: map(as_read, columns(source), types)


_work, _staff = _reader(Brought._fields), _reader(Staff._fields)


class Needed(NamedTuple):
    """What `lived` takes for a run; in plain tuples, whose kinds Numba tells quicker than those of named ones."""

    given: tuple[Any, ...]
    work: tuple[Any, ...]
    staff: tuple[Any, ...]
    for_log: np.ndarray
    for_run: np.ndarray


# The memory of the last run, which the next one takes: each thread has its own. To get it anew from the system may take
# as long as the run itself. Of large runs, which last long anyway, it is given back.
_kept = threading.local()
_MOST_KEPT_BYTES = 2**26


def _room(size: int) -> np.ndarray:
    """Memory of so many bytes that nobody else uses, in which anything may stand."""
    if size > _MOST_KEPT_BYTES:
        return np.empty(size, dtype=np.uint8)
    room: np.ndarray | None = getattr(_kept, "room", None)
    if room is None or len(room) < size:
        room = _kept.room = np.empty(size, dtype=np.uint8)
    return room[:size]


def needed(scenario: Scenario, workload: Workload) -> Needed:
    """What it takes to live through a workload, until the next one is lived through in this thread."""
    given, rows = book(scenario), workload.rows
    return Needed(
        tuple(given),
        workload.own("as the engine reads it", lambda: tuple(_work(workload))),
        tuple(_staff(workload.roster)),
        np.empty(rows * t.BYTES, dtype=np.uint8),
        _room(bytes_needed(given, rows)),
    )


@register_jitable
def _duty(s: Service) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spells of duty by agent, then time: who, from when, until when."""
    for who in range(len(s.agents)):
        if not isnan(s.agents[who].came_at):
            goes_home(s, who, s.horizon)
    done = s.spells[: s.tally[SPELLS]]
    agent, start, end = np.empty(len(done), np.int32), np.empty(len(done)), np.empty(len(done))
    # Those of one agent stand in the order of time, and this leaves them so.
    order = np.argsort(done["agent"], kind="mergesort")
    for place in range(len(done)):
        spell = done[order[place]]
        agent[place], start[place], end[place] = spell.agent, spell.start, spell.end
    return agent, start, end


def _engine(source: int) -> Callable[..., Lived]:
    """The whole run, compiled and kept on disk for this source of the engine (`sim.kernel.compiled.fingerprint`)."""

    @njit(cache=True, error_model="numpy", nogil=True)
    def lived(
        given: tuple[Any, ...],
        work: tuple[Any, ...],
        staff: tuple[Any, ...],
        for_log: np.ndarray,
        for_run: np.ndarray,
    ) -> Lived:
        s = first_morning(Book(*given), Brought(*work), Staff(*staff), for_log, for_run)
        live(s)
        agent, start, end = _duty(s)
        begun = s.tally[BEGUN]
        return Lived(source, begun, t.is_in_order(s.told, begun), s.state, s.closed, agent, start, end)

    return lived


lived = _engine(fingerprint())
