"""Stretches of agents' time: put together where they overlap, and added up between given moments."""

from __future__ import annotations

import numpy as np


def merged(agent: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spells of which those of the same agent no longer overlap.

    Parameters
    ----------
    agent : ndarray of int, shape (spells,)
    start, end : ndarray of float, shape (spells,)

    Returns
    -------
    agent, start, end : ndarray, shape (merged spells,)

    Examples
    --------
    >>> merged(np.array([0, 0, 1]), np.array([0.0, 5, 2]), np.array([6.0, 8, 3]))
    (array([0, 1]), array([0., 2.]), array([8., 3.]))
    """
    if not len(agent):
        return agent, start, end
    order = np.lexsort((start, agent))
    agent, start, end = agent[order], start[order], end[order]
    # The latest end so far of the same agent; agents are kept apart by an offset beyond every time.
    apart = agent * (2 * (end.max() + 1))
    reach = np.maximum.accumulate(end + apart)
    begins = np.flatnonzero(np.append(True, (start + apart)[1:] > reach[:-1]))
    last = np.append(begins[1:], len(end)) - 1
    return agent[begins], start[begins], (reach - apart)[last]


def minutes_between(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Total length of the spells between neighbouring edges, shape (edges - 1,).

    Examples
    --------
    >>> minutes_between(np.array([0.0, 10, 20]), np.array([5.0, 8]), np.array([12.0, 9]))
    array([6., 2.])
    """

    def since(moments: np.ndarray) -> np.ndarray:
        moments = np.sort(moments)
        before = np.concatenate([[0.0], np.cumsum(moments)])
        count = np.searchsorted(moments, edges)
        return count * edges - before[count]

    return np.diff(since(start) - since(end))
