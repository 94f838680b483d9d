"""What a bot really takes off people's hands.

Containment counts the contacts that a bot keeps. Some of these customers come back, angrier or through another
channel, so the contacts that reach people fall by less. How much less only a second run without the bot can tell, with
the same customers and the same luck: that fall is the net deflection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import measures
from sim.experiment import Estimate, Replications
from sim.interval import checked_confidence

if TYPE_CHECKING:
    import pandas as pd

# Who is called back has reached people as well, a little later.
_REACHING = ["offered", "called_back"]


def net_deflection(
    with_bot: Replications,
    without_bot: Replications,
    by: str | Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
    **window: Any,
) -> pd.DataFrame:
    """The fall in contacts that reach agents, as a share of those that reach them without the bot.

    Parameters
    ----------
    with_bot, without_bot : Replications
        Runs of two scenarios that met the same customers, as from `sim.compare`.
    by : str or sequence of str, optional
        Dimensions to group by, but not team; see `sim.measures.sums`.
    confidence : float, default 0.95
        The share of experiments in which the interval covers the truth.
    **window
        from_day, to_day; see `sim.measures.sums`.

    Returns
    -------
    pandas.DataFrame
        Columns estimate, low and high; a row a group, or one row ``all``. NaN where nobody reaches agents without the
        bot. Negative where the bot brings more contacts than it keeps.

    Raises
    ------
    ValueError
        If the runs did not meet the same customers, or for contacts by team: those that no team took have none.

    Notes
    -----
    With x and y the contacts that reach agents with and without the bot in a replication, it is the ratio estimator
    of y - x over y.

    Examples
    --------
    >>> import sim
    >>> from sim.deflection import net_deflection
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=3)
    >>> bot = sim.Bot(channels=("phone",), contains=0.5)
    >>> duel = sim.compare([desk.with_(bot=bot, name="bot"), desk], replications=5, progress=False)
    >>> bool(0.4 < net_deflection(*duel.replications).loc["all", "estimate"] < 0.6)
    True
    """
    checked_confidence(confidence)
    if by == "team" or "team" in (by or ()):
        raise ValueError("contacts that no team took belong to no team; group net deflection by something else")
    first, groups = _reaching(without_bot, by, window)
    second, others = _reaching(with_bot, by, window)
    if groups.groups != others.groups or len(first) != len(second) or not _same_customers(with_bot, without_bot):
        raise ValueError(
            "net deflection needs runs that met the same customers; make both with sim.compare([with_bot, without_bot])"
        )
    return Estimate.of(first - second, first).table(measures.index(groups), confidence)


def _reaching(
    runs: Replications, by: str | Sequence[str] | None, window: dict[str, Any]
) -> tuple[np.ndarray, measures.Sums]:
    """Contacts that reach agents, shape (replications, groups), and the groups."""
    each = [measures.sums(run.log, by, measures=_REACHING, **window) for run in runs]
    return np.array([sum(one.values[name] for name in _REACHING) for one in each]), each[0]


def _same_customers(one: Replications, other: Replications) -> bool:
    pairs = zip(one, other, strict=True)
    return all(
        np.array_equal(a.log.workload.appears_minutes, b.log.workload.appears_minutes)
        and np.array_equal(a.log.workload.case_type, b.log.workload.case_type)
        for a, b in pairs
    )
