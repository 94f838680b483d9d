"""The tables of the compiled engine: what each row of each holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import config, types
from numba.extending import overload, register_jitable

# Who or what may be NONE, and who may not: of the latter the compiler knows that they do not count from the end.
NUMBER, PERHAPS, WHICH, COUNT, YES = "f8", "i4", "u4", "u4", "?"
PLACE = "i8"  # of an event: its kind and row

# What of one of the workload's rows has to be known while it goes on; the log has the rest. Nothing is written before
# it begins, but whom a follow-up call follows.
ROWS = np.dtype(
    [
        ("odds_factor", NUMBER),
        ("since", NUMBER),  # when it began to wait
        ("told_at", WHICH),  # its place in the log
        ("queue", WHICH),
        ("agent", WHICH),
        ("follows", PERHAPS),  # a follow-up call: the attempt in vain that it follows
        ("ahead", PERHAPS),  # on the line of the same channel
        ("behind", PERHAPS),
        ("waits", "i1"),  # not, on the line, or off the line
        ("called_back", YES),
    ],
    align=True,
)
AGENTS = np.dtype(
    [
        ("came_at", NUMBER),  # when this spell of duty began; NaN off duty
        ("since", NUMBER),  # when the agent's hands last changed
        ("next_end", NUMBER),  # when the first of several conversations ends
        ("next_to_end", PERHAPS),  # which row that is
        ("talks", COUNT),  # conversations among several
        ("ahead", PERHAPS),  # in the list of those who are ready
        ("behind", PERHAPS),
        ("team", WHICH),
        ("pattern", WHICH),
        ("on_duty", YES),
        ("is_ready", YES),
    ],
    align=True,
)
TALKS = np.dtype([("row", WHICH), ("hold", WHICH), ("left", NUMBER), ("since", NUMBER), ("speed", NUMBER)], align=True)
TEAMS = np.dtype(
    [
        ("handle_factor", NUMBER),
        ("solve_factor", NUMBER),
        ("solve_drop", NUMBER),
        ("on_duty", COUNT),
        ("queues", COUNT),  # how many it watches
        ("is_plain", YES),
    ],
    align=True,
)
QUEUES = np.dtype(
    [
        ("waiting_in", COUNT),
        ("overflows", COUNT),  # how many
        ("hold", WHICH),
        ("teams", COUNT),  # how many watch it
        ("is_head_known", YES),  # no line has another first since it was looked up
    ],
    align=True,
)
OVERFLOWS = np.dtype([("after", NUMBER), ("to", WHICH)])
# First and last: agents of a team who are ready, the longest unchanged first; entries of one segment in a queue.
LINES = np.dtype([("first", PERHAPS), ("last", PERHAPS)])
# A row has one entry for its queue and one for each overflow queue.
ENTRIES = np.dtype([("ahead", PERHAPS), ("behind", PERHAPS)])
HANDS = np.dtype([("speed", NUMBER), ("more", PERHAPS), ("less", PERHAPS)])
CHANNELS = np.dtype(
    [
        ("lines_free", NUMBER),
        ("callback_limit", NUMBER),
        ("mean_handle", NUMBER),
        ("lead", NUMBER),
        ("first", PERHAPS),  # of those on the line, as they joined it
        ("last", PERHAPS),
        ("openings", COUNT),  # how many
        ("appointments", COUNT),  # how many
        ("is_open", YES),
        ("until_empty", YES),
        ("booked_by", YES),  # by appointment or not
    ],
    align=True,
)
SEGMENTS = np.dtype([("priority", NUMBER), ("head_start", NUMBER)])
SPELLS = np.dtype([("start", NUMBER), ("end", NUMBER), ("agent", WHICH)])
EVENTS = np.dtype([("minutes", NUMBER), ("place", PLACE)])
KNOTS = np.dtype([("minutes", NUMBER), ("place", PLACE), ("following", WHICH)], align=True)
PLAN = np.dtype([("minutes", NUMBER), ("change", WHICH), ("subject", WHICH)])


def records(dtype: np.dtype, shape: int | tuple[int, ...], **fields: object) -> np.ndarray:
    """A table with these fields filled in; others hold nothing yet."""
    table = np.empty(shape, dtype=dtype)
    for name, values in fields.items():
        table[name] = values
    return as_found(table)


def as_found(table: np.ndarray) -> np.ndarray:
    """A table whose fields the engine finds by their names; compiled it always does, as plain Python only in a view."""
    return table.view(np.recarray) if vars(config)["DISABLE_JIT"] and table.dtype.names else table


@overload(as_found)
def _as_found(table: types.Array) -> Callable[[types.Array], types.Array]:
    def compiled(table: types.Array) -> types.Array:
        return table

    return compiled


@register_jitable
def piece(block: np.ndarray, start: int, many: int, dtype: np.dtype) -> tuple[np.ndarray, int]:
    """So many records or numbers in a block of memory, from this byte on, and where they end.

    NumPy asks the system for large blocks in a way that is quicker to fill than what the machine code could get; and
    one block costs less to get than many small ones.
    """
    stop = start + many * block[:0].view(dtype).itemsize
    return as_found(block[start:stop].view(dtype)), stop
