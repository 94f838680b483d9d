"""Uniform random numbers with fixed addresses, and the time grid.

Luck is addressed, not consumed. Every named stream (arrivals, patience, ...) is one long sequence of uniform numbers,
spawned from the seed and the stream's name; the k-th customer of a case type on a day reads the k-th number of the
block that belongs to that type, day and attempt. More demand adds customers and changes none; another week, another
type or another team leaves everybody's luck alone.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

TICKS_A_MINUTE = 2.0**20


def on_grid(minutes: np.ndarray) -> np.ndarray:
    """Times rounded to the 2^-20-minute grid, on which sums and differences are exact."""
    return np.round(np.asarray(minutes) * TICKS_A_MINUTE) / TICKS_A_MINUTE


class Luck:
    """Uniform numbers in [0, 1), each with a fixed address.

    Parameters
    ----------
    seed : int
        The seed of the experiment, 0 or more.
    replication : int, default 0
        Which of the experiment's independent worlds.
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        self._root = (seed, replication)
        self._streams: dict[str, tuple[np.random.PCG64DXSM, np.random.Generator]] = {}
        self._places: dict[str, int] = {}

    def uniforms(self, stream: str, count: int, *, block: str = "", day: int = 0, attempt: int = 0) -> np.ndarray:
        """The first `count` numbers of a block of a stream, shape (count,)."""
        if stream not in self._streams:
            seed, replication = self._root
            sequence = np.random.SeedSequence(seed, spawn_key=(replication, crc32(stream.encode())))
            bits = np.random.PCG64DXSM(sequence)
            self._streams[stream] = (bits, np.random.Generator(bits))
            self._places[stream] = 0
        bits, generator = self._streams[stream]
        address = (((crc32(block.encode()) << 16) | day) << 8 | attempt) << 40
        bits.advance((address - self._places[stream]) % 2**128)
        self._places[stream] = address + count
        return generator.random(count)


def pick(u: np.ndarray, shares: list[float]) -> np.ndarray:
    """Code of the option whose part of [0, 1) holds u."""
    edges = np.cumsum(shares)
    last = max(code for code, share in enumerate(shares) if share > 0)
    return np.minimum(np.searchsorted(edges, u, side="right"), last).astype(np.int16)


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Smallest n with P(N <= n) >= u, so that a higher mean never gives fewer arrivals."""
    from scipy.special import pdtr, pdtrik

    with np.errstate(invalid="ignore"):
        n = np.where(mean > 0, np.ceil(pdtrik(u, mean)), 0.0)
    n = np.nan_to_num(np.maximum(n, 0))
    n = np.where((n > 0) & (pdtr(np.maximum(n - 1, 0), mean) >= u), n - 1, n)
    return np.where(mean > 0, n, 0).astype(np.int64)


def gamma_quantile(u: np.ndarray, cv: float) -> np.ndarray:
    """Quantiles of the Gamma distribution with mean 1 and this coefficient of variation."""
    if cv == 0:
        return np.ones_like(u)
    from scipy.special import gammaincinv

    shape = 1 / cv**2
    return gammaincinv(shape, u) / shape
