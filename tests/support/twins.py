"""Compiled twins of NumPy's work (`sim.quick`), taken or left while something is tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim import quick


@contextmanager
def numpy_alone(*names: str) -> Iterator[None]:
    """Without these modules of compiled twins; afterwards as before."""
    before = {name: quick.twins(name) for name in names}
    for name in names:
        quick.use(name, None)
    try:
        yield
    finally:
        for name, module in before.items():
            quick.use(name, module)
