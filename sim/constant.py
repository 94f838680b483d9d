"""Columns that hold one value, or count from 0 up: shared by all who read them, as nobody writes into them.

Most scenarios lack some feature, such as a bot or a back office, and then whole columns of a workload say "none". They
need no memory of their own, and no time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from weakref import WeakValueDictionary

import numpy as np

# Columns up to this length are parts of a longer one that is kept for the next run; 2 MB at most for each value.
_MOST_KEPT = 2**18

# Longer ones live as long as somebody reads them.
_long: WeakValueDictionary[tuple[object, ...], np.ndarray] = WeakValueDictionary()


def constant(value: float, dtype: type, length: int) -> np.ndarray:
    """A read-only column of one value, shape (length,).

    Examples
    --------
    >>> constant(-1, np.int64, 3)
    array([-1, -1, -1])
    """
    return _column(_filled, (value, dtype), length)


def counting(dtype: type, length: int) -> np.ndarray:
    """The read-only column 0, 1, 2, ..., shape (length,)."""
    return _column(_counted, (dtype,), length)


def _column(make: Callable[..., np.ndarray], what: tuple[object, ...], length: int) -> np.ndarray:
    if length <= _MOST_KEPT:
        # Runs of about the same length share one.
        return _kept(make, what, 1 << length.bit_length())[:length]
    key = (make, *what, length)
    column = _long.get(key)
    if column is None:
        column = _long[key] = make(*what, length)
    return column


@lru_cache(maxsize=128)
def _kept(make: Callable[..., np.ndarray], what: tuple[object, ...], length: int) -> np.ndarray:
    return make(*what, length)


def _filled(value: float, dtype: type, length: int) -> np.ndarray:
    # Zeros take no memory until somebody writes.
    column: np.ndarray = np.zeros(length, dtype) if value == 0 else np.full(length, value, dtype)
    column.flags.writeable = False
    return column


def _counted(dtype: type, length: int) -> np.ndarray:
    column: np.ndarray = np.arange(length, dtype=dtype)
    column.flags.writeable = False
    return column
