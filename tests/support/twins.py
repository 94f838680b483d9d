"""Compiled twins of NumPy's work (`sim.quick`), taken or left while something is tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim import quick


@contextmanager
def numpy_alone(name: str) -> Iterator[None]:
    """Without the compiled "passes" or "sums"; afterwards as before."""
    before = getattr(quick, name)()
    quick.use(name, None)
    try:
        yield
    finally:
        quick.use(name, before)
