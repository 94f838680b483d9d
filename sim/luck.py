"""Uniform random numbers with fixed addresses, and the time grid.

Luck is addressed, not consumed. A number is a function of the seed, the replication, the name of its stream (arrivals,
patience, ...) and an address: the k-th case of a type on a day, say, and which attempt of that case. More demand adds
customers and changes none; another week, another type or another team leaves everybody's luck alone.

The function is the SplitMix64 generator of Steele, Lea and Flood (2014), with the output function that Stafford (2011)
tuned and they name variant 13: n steps on from a state, an output is a mix of state + n times a constant. NumPy's own
generators give their numbers in a row, one row a block, and a week has thousands of short blocks; here the numbers of
any addresses come from one call on whole arrays, whatever their order.

References
----------
Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA 2014, 453-472.
Stafford, D. (2011). Better bit mixing: improving on MurmurHash3's 64-bit finalizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np

from sim import quick
from sim.constant import constant

TICKS_A_MINUTE = 2.0**20

# The constants of SplitMix64: how far apart its states are, and the multipliers of its output function.
_STRIDE = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ALL_BITS = 2**64 - 1
_NOTHING, _NOWHERE = np.uint64(0), np.zeros(0, dtype=np.int64)
# Numbers that are mixed at a time, so that the work stays in the processor's cache.
_AT_A_TIME = 2**14
# Kinds of turns lie so many steps apart: more than any case has attempts, enquiries or steps.
_MOST_TURNS = 2**16


def on_grid(minutes: np.ndarray, found: np.ndarray | None = None) -> np.ndarray:
    """Times rounded to the 2^-20-minute grid, on which sums and differences are exact; written to `found` if given."""
    ticks = np.asarray(np.multiply(minutes, TICKS_A_MINUTE, out=found))
    np.rint(ticks, out=ticks)
    ticks *= 1 / TICKS_A_MINUTE
    return ticks


class Luck:
    """Uniform numbers in [0, 1), each with a fixed address.

    An address is made from outside to inside: `blocks` by name and day, `addresses` of the places in a block, `turn`
    for what happens at one place again and again. `uniforms` reads the number of a stream at any address.

    Parameters
    ----------
    seed : int
        The seed of the experiment, 0 or more.
    replication : int, default 0
        Which of the experiment's independent worlds.

    Attributes
    ----------
    root : uint64
        What sets this world's luck apart.

    Raises
    ------
    ValueError
        If `seed` or `replication` is not a whole number of 0 or more.

    Examples
    --------
    >>> import numpy as np
    >>> monday, tuesday = Luck(seed=1).blocks(["return"], days=2)[0]
    >>> first_three = addresses(tuesday, np.arange(3))
    >>> u = uniforms("patience", first_three)
    >>> bool(u[2] == uniforms("patience", addresses(tuesday, np.array([2])))[0])
    True
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        for name, value in (("seed", seed), ("replication", replication)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise ValueError(f"{name} holds {value!r}; it must be a whole number of 0 or more")
        self.seed, self.replication = int(seed), int(replication)
        self.root = _root(self.seed, self.replication)

    def blocks(self, names: Sequence[str], days: int) -> np.ndarray:
        """Where the places of each name and day begin, shape (names, days)."""
        return _outputs(block_codes(tuple(names), days), self.root)


@lru_cache(maxsize=64)
def block_codes(names: tuple[str, ...], days: int) -> np.ndarray:
    """What sets the blocks of each name and day apart, shape (names, days); with a luck's root they become its own."""
    codes = np.array([crc32(name.encode()) << 32 for name in names], dtype=np.uint64)
    return codes[:, None] + np.arange(days, dtype=np.uint64)


@lru_cache(maxsize=4096)
def _root(seed: int, replication: int) -> np.uint64:
    return np.random.SeedSequence(seed, spawn_key=(replication,)).generate_state(1, np.uint64)[0]


def addresses(block: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Address of the k-th place of a block; shapes broadcast."""
    return _outputs((place.astype(np.uint64) + np.uint64(1)) * _STRIDE + block)


def turn(address: np.ndarray, number: int | np.ndarray, kind: int = 0) -> np.ndarray:
    """Address of the n-th turn of a kind at each place: an attempt, an enquiry, a step; n is 0 or more."""
    if isinstance(number, np.ndarray):
        return address + (number.astype(np.uint64) + np.uint64(kind * _MOST_TURNS)) * _STRIDE
    return address + np.uint64((number + kind * _MOST_TURNS) * int(_STRIDE) & _ALL_BITS)


def uniforms(stream: str, address: np.ndarray) -> np.ndarray:
    """The numbers of a stream at these addresses, in [0, 1), in steps of 2^-53; of the same shape."""
    key, passes = key_of(stream), quick.twins("passes")
    if passes is not None:
        return passes.numbers(address.ravel(), key).reshape(address.shape)
    if address.size <= _AT_A_TIME:
        return _numbers(address, key)
    numbers = np.empty(address.shape)
    flat, source = numbers.reshape(-1), address.reshape(-1)
    for start in range(0, len(flat), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        flat[part] = _numbers(source[part], key)
    return numbers


def _numbers(address: np.ndarray, key: np.uint64) -> np.ndarray:
    bits = _outputs(address, key)
    bits >>= 11
    return bits.view(np.int64) * 2.0**-53


def _outputs(state: np.ndarray, offset: np.uint64 = _NOTHING) -> np.ndarray:
    """Outputs of SplitMix64 for the states `state + offset`, of the same shape."""
    passes = quick.twins("passes")
    if passes is not None:
        return passes.outputs(state.ravel(), offset).reshape(state.shape)
    bits = state + offset
    over = bits >> 30
    bits ^= over
    bits *= _FIRST
    np.right_shift(bits, 27, out=over)
    bits ^= over
    bits *= _SECOND
    np.right_shift(bits, 31, out=over)
    bits ^= over
    return bits


@lru_cache(maxsize=256)
def key_of(stream: str) -> np.uint64:
    """What sets the stream apart from the others."""
    return _outputs(np.array([crc32(stream.encode())], dtype=np.uint64), _STRIDE)[0]


def edges(shares: np.ndarray) -> np.ndarray:
    """Upper edges of the parts of [0, 1) that belong to options with these shares, along the first axis.

    What rounding leaves above the last option belongs to it, and nothing to an option without a share. Edges that no
    number passes, such as those of the last option, are left out.
    """
    shares = np.asarray(shares, dtype=float)
    upper = np.cumsum(shares, axis=0)
    later = np.cumsum(shares[::-1], axis=0)[::-1] - shares
    upper[later <= 0] = np.inf
    return upper[np.isfinite(upper).any(axis=1)]


def choose(stream: str, address: np.ndarray, upper: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Codes of the options whose parts of [0, 1) hold the numbers of a stream, shape (n,).

    Parameters
    ----------
    stream : str
    address : ndarray of uint64, shape (n,)
    upper : ndarray, shape (options, tables)
        Upper edges of the options; see `edges`.
    which : ndarray of int, shape (n,)
        The table that each address follows.
    """
    if len(upper) == 0:
        return constant(0, np.int16, len(address))
    passes = quick.twins("passes")
    if passes is not None:
        which = np.ascontiguousarray(which, dtype=np.int64) if upper.shape[1] > 1 else _NOWHERE
        return passes.options(np.ascontiguousarray(address), key_of(stream), np.ascontiguousarray(upper), which)
    code = np.zeros(len(address), dtype=np.int16)
    u = uniforms(stream, address)
    for edge in upper:
        code += u >= (edge[which] if len(edge) > 1 else edge)
    return code


def happens(stream: str, address: np.ndarray, odds: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Whether the numbers of a stream lie below the odds that each address follows, shape (n,).

    Parameters
    ----------
    stream : str
    address : ndarray of uint64, shape (n,)
    odds : ndarray of float, shape (tables,)
    which : ndarray of int, shape (n,)
        The place of its odds for each address.
    """
    passes = quick.twins("passes")
    if passes is not None:
        which = np.ascontiguousarray(which, dtype=np.int64)
        return passes.below(np.ascontiguousarray(address), key_of(stream), odds, which)
    return uniforms(stream, address) < odds[which]


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Smallest n with P(N <= n) >= u, so that a higher mean never gives fewer arrivals."""
    from scipy.special import pdtr, pdtrik

    comes = mean > 0
    mean = np.where(comes, mean, 1.0)
    n = np.maximum(np.ceil(pdtrik(u, mean)), 0)
    n -= (n > 0) & (pdtr(n - 1, mean) >= u)
    return (n * comes).astype(np.int64)
