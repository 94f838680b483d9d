"""What will be read soon is asked for in time: memory answers slowly, but while it does other things can be done.

Customers come in their order, but whom an event is about is as good as random. The processor cannot foresee that; who
plans the event can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

# So many numbers come from memory together; what is read or written in order is asked for so far ahead.
AT_ONCE, AHEAD = 8, 24


def fetch(columns: tuple[np.ndarray, ...], place: int) -> None:
    """Of these columns this place will be read soon, or written.

    Nothing is read yet, so it may even lie behind their end. Plain Python goes without.
    """


@overload(fetch)
def _fetch(columns: types.BaseTuple, place: types.Integer) -> Callable[[types.BaseTuple, types.Integer], None]:
    def compiled(columns: types.BaseTuple, place: types.Integer) -> None:
        _ask_for(columns, place)

    return compiled


def _asking_for(typing: Any, columns: Any, place: Any) -> tuple[Any, Callable[..., Any]]:
    """One instruction for each column."""
    address, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    to_read, to_keep, data = number(0), number(3), number(1)

    def instructions(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [address, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [address], kind)
        where = context.cast(builder, given[1], place, types.intp)
        for n, column in enumerate(columns):
            array = context.make_array(column)(context, builder, builder.extract_value(given[0], n))
            first = builder.bitcast(array.data, address)
            there = builder.gep(first, [builder.mul(where, array.itemsize)])
            builder.call(prefetch, [there, to_read, to_keep, data])
        return context.get_dummy_value()

    return types.void(columns, place), instructions


_ask_for: Any = intrinsic(_asking_for)
