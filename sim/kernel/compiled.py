"""How the compiled engine is compiled: small functions put into one another, and the shared rules as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

from sim import bookings, order, outcomes, plan, routing

# The engine is one piece of machine code: its parts are put into one another. Numba does not count references here
# (`_nrt`): nothing is made or let go while the engine runs, and counting would take most of the time. Division by zero
# does not occur; with NumPy's error model it is not looked for.
AS_ONE = {"error_model": "numpy", "nogil": True, "_nrt": False}
part = njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **AS_ONE)

# Passes over columns, which Python calls and Numba keeps on disk one by one. They look for nothing that cannot happen
# either.
PASS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}


def given(kind: types.Type, dimensions: int = 1) -> types.Array:
    """The type of an array that a pass only reads."""
    return types.Array(kind, dimensions, "C", readonly=True)


def as_read(column: np.ndarray, kind: np.dtype) -> np.ndarray:
    """A column read-only, in one piece and of this kind of number; what is of the same width is not copied."""
    if column.dtype is not kind and column.itemsize == kind.itemsize and kind.kind == "u":
        column = column.view(kind)
    if column.dtype is kind and not column.flags.writeable and column.flags.c_contiguous:
        return column
    column = np.ascontiguousarray(column, dtype=kind).view()
    column.flags.writeable = False
    return column


def surely(place: float) -> int:
    """A place of a row, an agent, a queue ... that is not NONE.

    Python counts negative places from the end. That this one is not negative the compiler has to be told, or it looks
    each time.
    """
    if place < 0:
        raise IndexError(f"NONE where a place is needed: {place}")
    return int(place)


@overload(surely)
def _surely(place: types.Number) -> Callable[[types.Number], int]:
    def compiled(place: types.Number) -> int:
        return np.uint32(place)

    return compiled


# The rules that both engines ask: plain Python for the one, compiled for the other.
for rule in (
    routing.team_for,
    routing.next_queue,
    routing.goes_before,
    routing.least_loaded,
    outcomes.factors,
    outcomes.busy_share,
    outcomes.solves,
    outcomes.work_left,
    outcomes.minutes_left,
    outcomes.wait_is_long,
    order.on_grid,
    order.first_from,
    bookings.take,
    plan.add_duty,
):
    register_jitable(rule)


def fingerprint() -> int:
    """A number that changes with the source of the engine or of a rule: compiled code of older sources is not used."""
    package = Path(__file__).parent
    sources = [
        *sorted(package.glob("*.py")),
        *(Path(module.__file__) for module in (routing, outcomes, order, bookings, plan)),
    ]
    return int.from_bytes(hashlib.sha256(b"".join(path.read_bytes() for path in sources)).digest()[:7])
