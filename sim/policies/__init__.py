"""Policies as levers: each one named change with a range, a unit and a help text.

Levers act through `Scenario.with_` alone, on keys that a person could write as well, so that a lever is never more than
its changes: ``lever.changes(scenario, value)`` shows them. What nobody can know, such as how many more returns a longer
window brings, is assumed, and the help text says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.policies import bot, care, channels, demand, people, returns
from sim.policies.kinds import GROUPS, Lever, Policy, no_such
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GROUPS", "POLICIES", "Lever", "Policy", "lever", "levers", "pull", "table"]

POLICIES: dict[str, Policy] = {
    policy.name: policy for part in (demand, people, channels, bot, returns, care) for policy in part.POLICIES
}


def levers(scenario: Scenario | str = "baseline") -> dict[str, Lever]:
    """The levers that a scenario has, by name, with their ranges and where they stand.

    Parameters
    ----------
    scenario : Scenario or str, default "baseline"

    Returns
    -------
    dict of str to Lever
        In the order of the groups.

    Examples
    --------
    >>> import sim
    >>> lever = sim.levers("baseline")["agents.phone_desk"]
    >>> lever.label, lever.low, lever.now, lever.unit
    ('More agents (phone_desk)', -3, 0, 'agents')
    """
    shop = load(scenario)
    found = [policy.at(shop, place) for policy in POLICIES.values() for place in policy.places(shop)]
    return {one.name: one for one in found}


def lever(name: str, scenario: Scenario | str = "baseline") -> Lever:
    """One lever by its name.

    Parameters
    ----------
    name : str
        Such as ``agents.phone_desk``; `levers` lists them.
    scenario : Scenario or str, default "baseline"
        Where to look for it. `Lever.apply` then takes any scenario that has it.

    Returns
    -------
    Lever

    Raises
    ------
    ValueError
        If the scenario has no such lever.

    Examples
    --------
    >>> import sim
    >>> sim.lever("bot_boldness").now
    -0.3
    >>> sim.lever("agents.fone_desk")
    Traceback (most recent call last):
    ValueError: no such lever as 'agents.fone_desk'. Did you mean 'agents.phone_desk'? Allowed: ...
    """
    shop = load(scenario)
    kind, _, place = str(name).partition(".")
    policy = POLICIES.get(kind)
    if policy is None or place not in policy.places(shop):
        raise no_such(name, levers(shop))
    return policy.at(shop, place)


def pull(scenario: Scenario | str, values: Mapping[str, float]) -> Scenario:
    """A scenario with several levers set, one after the other.

    Parameters
    ----------
    scenario : Scenario or str
    values : mapping of str to float
        Where each lever is to stand.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> import sim
    >>> shop = sim.pull("baseline", {"agents.phone_desk": 1, "instant_refund.return": 0.5})
    >>> shop.teams["phone_desk"].extra_agents, shop.case_types["return"].instant_refund_share
    (1, 0.5)
    """
    shop = load(scenario)
    for name, value in values.items():
        shop = lever(name, shop).apply(shop, value)
    return shop


def table(scenario: Scenario | str = "baseline") -> pd.DataFrame:
    """The levers of a scenario as a table, one row each: group, label, unit, low, high, step, now, help."""
    import pandas as pd

    columns = ("group", "label", "unit", "low", "high", "step", "now", "help")
    found = levers(scenario)
    rows = [[getattr(one, column) for column in columns] for one in found.values()]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(found, name="lever"))
