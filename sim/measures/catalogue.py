"""All measures, and the families of sums from which they are made.

A new family is a module with a dictionary of measures, the names of its sums and a function that adds them up, and one
line in each list here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sim import money, satisfaction
from sim.base import unknown_name
from sim.log import Log
from sim.measures import agents, cases, contacts, deferred, of_contacts
from sim.measures.grid import Grid
from sim.measures.measure import Measure
from sim.satisfaction import measured
from sim.scenario import Scenario

Sums = dict[str, np.ndarray]


class Family(NamedTuple):
    """Sums that are added up together.

    Attributes
    ----------
    names : tuple of str
        Of what is added up in each run.
    add_up : callable
        From a log, groups, the window's start and end in minutes and the time limit of the service levels in seconds:
        these sums, shape (names, groups). NaN where a sum has no meaning for such groups.
    with_totals : callable, optional
        From these sums of one run or several by name, the scenario, groups and the window: all sums of the family.
    """

    names: tuple[str, ...]
    add_up: Callable[[Log, Grid, float, float, float | None], np.ndarray]
    with_totals: Callable[[Sums, Scenario, Grid, float, float], Sums] | None = None


FAMILIES: dict[str, Family] = {
    "contacts": Family(contacts.SUMS, contacts.sums),
    "agents": Family(agents.SUMS, agents.sums),
    "deferred": Family(deferred.SUMS, deferred.sums),
    "cases": Family(cases.SUMS, cases.sums),
    "satisfaction": Family(satisfaction.SUMS, satisfaction.sums),
    "money": Family(money.SUMS, money.sums, money.with_totals),
}

MEASURES: dict[str, Measure] = {
    **of_contacts.MEASURES,
    **agents.MEASURES,
    **deferred.MEASURES,
    **cases.MEASURES,
    **measured.MEASURES,
    **money.MEASURES,
}


def chosen(names: str | Sequence[str] | None) -> list[str]:
    """The measures that somebody names, each once; all for None.

    Raises
    ------
    ValueError
        For a name that no measure has, or none at all.

    Examples
    --------
    >>> chosen("abandonment"), chosen(["solved", "cases", "solved"])
    (['abandonment'], ['solved', 'cases'])
    """
    if names is None:
        return list(MEASURES)
    if not isinstance(names, (str, Sequence)) or not names:
        raise ValueError(
            f"measures holds {names!r}; it may hold the name of a measure, a list of them, or None for all"
        )
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if name not in MEASURES:
            raise ValueError(unknown_name(name, MEASURES, "measure"))
    return list(dict.fromkeys(listed))
