"""Two views of the same days: the company counts contacts, customers know only how their own problem went.

A service level forgets who hung up, and counts one customer who calls three times as three. Counted by customers, the
same log asks: was my first contact answered, was it quick, did it solve my problem, was I satisfied?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.experiment import Comparison, Replications, Run
from sim.interval import Estimate, checked_confidence
from sim.measures import sums

if TYPE_CHECKING:
    import pandas as pd

COMPANY, CUSTOMERS = "the company", "its customers"
_ANSWERED = ("served", "in_service", "contained")


def two_views(
    source: Run | Replications | Comparison, channel: str | None = None, *, confidence: float = 0.95
) -> pd.DataFrame:
    """The company's view and the customers' view of a live channel, side by side.

    The company divides by contacts: those answered, and those offered. The customers' rows divide by the customers
    whose first contact came through this channel. A first contact is answered by an agent or, if it never reached one,
    by the bot; not if the customer was called back, blocked or turned away. Customers whose case is still open at the
    end of the run have no rating yet, and are left out of the last row.

    Parameters
    ----------
    source : Run, Replications or Comparison
    channel : str, optional
        A live channel; by default the scenario's first.
    confidence : float, default 0.95
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns estimate, low and high, shares; low and high are NaN for a single run. Index: view and counted, for a
        comparison the scenario before them.

    Raises
    ------
    TypeError
        For anything but runs.
    ValueError
        For a channel that is no live channel of the scenario.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=4, patience_minutes=2)
    >>> views = sim.two_views(sim.replicate(desk, replications=5, progress=False))
    >>> views.loc["its customers"].index.tolist()[:2]
    ['first call answered', 'first call answered within 20 seconds']
    """
    import pandas as pd

    checked_confidence(confidence)
    if isinstance(source, Comparison):
        tables = [two_views(runs, channel, confidence=confidence) for runs in source.replications]
        return pd.concat(tables, keys=source.names, names=["scenario"])
    if not isinstance(source, (Run, Replications)):
        raise TypeError(
            f"two_views counts what sim.simulate, sim.replicate or sim.compare returned, not {type(source).__name__}"
        )
    runs = [source] if isinstance(source, Run) else source
    scenario = source.scenario
    channel, way = scenario.live_channel(channel)
    within_seconds = way.answer_within_seconds
    counted = np.array([[*_contacts(run, channel), *_customers(run, channel, within_seconds)] for run in runs])
    rows = pd.MultiIndex.from_tuples(_rows(channel, within_seconds), names=["view", "counted"])
    return Estimate.of(counted[..., 0], counted[..., 1]).table(rows, confidence)


def _rows(channel: str, within_seconds: float) -> list[tuple[str, str]]:
    """What the rows count, in words."""
    call, calls = ("call", "calls") if channel == "phone" else ("contact", "contacts")
    soon = f"answered within {within_seconds:g} seconds"
    return [
        (COMPANY, f"of the answered {calls}, within {within_seconds:g} seconds"),
        (COMPANY, f"of all {calls}, {soon}"),
        (CUSTOMERS, f"first {call} answered"),
        (CUSTOMERS, f"first {call} {soon}"),
        (CUSTOMERS, "… and it solved the problem"),
        (CUSTOMERS, "satisfied: rating 4 or 5"),
    ]


def _contacts(run: Run, channel: str) -> list[tuple[float, float]]:
    """Contacts in time, and those that the company divides them by."""
    added = sums(run.log, by="channel", measures="service_level_answered")
    place = list(run.scenario.channels).index(channel)
    in_time, served, offered = (float(added.values[name][place]) for name in ("in_time", "live_served", "live_offered"))
    return [(in_time, served), (in_time, offered)]


def _customers(run: Run, channel: str, within_seconds: float) -> list[tuple[float, float]]:
    """Customers who fared so well, and those that they are counted among."""
    from sim.satisfaction import ratings

    contacts = run.contacts
    first = contacts[(contacts["attempt"] == 1) & (contacts["channel"] == channel)].set_index("case")
    answered = first["outcome"].isin(_ANSWERED)
    soon = answered & (first["wait_minutes"] <= within_seconds / 60)
    rated = ratings(run).set_index("case")["rating"]
    rated = rated[rated.index.isin(first.index)]
    met = [(float(one.sum()), float(len(first))) for one in (answered, soon, soon & first["solved"])]
    return [*met, (float((rated >= 4).sum()), float(len(rated)))]
