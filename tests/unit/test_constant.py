"""Columns that hold one value are shared, and nobody can write into them."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from sim import constant as module
from sim.constant import constant, counting

LONG = module._MOST_KEPT + 5


@pytest.mark.parametrize("length", [0, 1, 7, 1024, LONG])
@pytest.mark.parametrize(("value", "dtype"), [(-1, np.int64), (0, np.int8), (np.nan, float), (False, bool)])
def test_every_row_holds_the_value(value, dtype, length):
    column = constant(value, dtype, length)
    assert column.dtype == dtype
    assert column.shape == (length,)
    assert column.flags.c_contiguous
    assert np.array_equal(column, np.full(length, value, dtype=dtype), equal_nan=dtype is float)
    assert counting(np.int32, length).tolist() == list(range(length))


@pytest.mark.parametrize("length", [7, LONG])
def test_columns_of_one_value_are_one_and_nobody_writes_into_it(length):
    one, other = constant(-1, np.int64, length), constant(-1, np.int64, length)
    assert np.shares_memory(one, other)
    assert not np.shares_memory(one, constant(-2, np.int64, length))
    assert constant(-1, np.int8, length).dtype == np.int8
    for column in (one, counting(np.int32, length)):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 3


def test_runs_of_about_the_same_length_share_one():
    assert np.shares_memory(constant(5, np.int16, 900), constant(5, np.int16, 1000))


def test_long_columns_go_when_nobody_reads_them():
    column = constant(9, np.int64, LONG)
    assert len(module._long) > 0
    del column
    gc.collect()
    assert not any(key[1:] == (9, np.int64, LONG) for key in module._long)
