"""All measures, and the families of sums from which they are made.

A new family is a module with a dictionary of measures and a function `sums`, and one line in each list here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim import money, satisfaction
from sim.base import unknown_name
from sim.log import Log
from sim.measures import agents, cases, contacts, deferred, of_contacts
from sim.measures.grid import Grid
from sim.measures.measure import Measure
from sim.satisfaction import measured

# From a log, groups, the window's start and end in minutes and the time limit of the service levels in seconds: sums
# by name, shape (groups,) each.
Family = Callable[[Log, Grid, float, float, float | None], dict[str, np.ndarray]]

FAMILIES: dict[str, Family] = {
    "contacts": contacts.sums,
    "agents": agents.sums,
    "deferred": deferred.sums,
    "cases": cases.sums,
    "satisfaction": satisfaction.sums,
    "money": money.sums,
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
