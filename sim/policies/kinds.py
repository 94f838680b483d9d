"""What a lever is: one named change of a scenario, with a range, a unit and a help text.

A `Policy` is a kind of lever, such as "agents". It says at which places of a scenario it can be pulled (one for each
team, say), where it stands now, and which keys change when it is set. A `Lever` is a policy at one place of one
scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sim.base import show, unknown_name
from sim.scenario import Scenario

GROUPS = ("demand", "people", "channels", "bot", "returns and refunds", "policies")

# A scenario in, or a scenario and a place.
Places = Callable[[Scenario], Iterable[str]]
Now = Callable[[Scenario, str], float]
Changes = Callable[[Scenario, str, float], dict[str, Any]]
Limits = Callable[[Scenario, str], tuple[float, float]]


@dataclass(frozen=True)
class Policy:
    """A kind of lever.

    Attributes
    ----------
    name : str
        First part of the names of its levers.
    group : str
        One of `GROUPS`.
    label, label_zh : str
        Short, for a slider; English and Chinese.
    unit : str
        What the value counts; a ``switch`` is off at 0 and on at 1.
    low, high, step : float
        Range and grid of sensible values.
    help, help_zh : str
        What it does, and which of its effects are assumed.
    places : callable
        Scenario -> places at which it can be pulled; a single empty name where there is no choice.
    now : callable
        Scenario, place -> where it stands.
    changes : callable
        Scenario, place, value -> what to give to `Scenario.with_`.
    limits : callable, optional
        Scenario, place -> a narrower range.
    """

    name: str
    group: str
    label: str
    label_zh: str
    unit: str
    low: float
    high: float
    step: float
    help: str
    help_zh: str
    places: Places
    now: Now
    changes: Changes
    limits: Limits | None = None

    def at(self, scenario: Scenario, place: str) -> Lever:
        """The lever at one place."""
        low, high = self.limits(scenario, place) if self.limits else (self.low, self.high)
        now = self.now(scenario, place)
        named = f" ({place})" if place else ""
        return Lever(
            name=f"{self.name}.{place}" if place else self.name,
            label=self.label + named,
            label_zh=self.label_zh + named,
            group=self.group,
            unit=self.unit,
            low=min(low, now),
            high=max(high, now),
            step=self.step,
            now=now,
            help=self.help,
            help_zh=self.help_zh,
            policy=self,
            place=place,
        )


@dataclass(frozen=True)
class Lever:
    """One policy as one named change of a scenario.

    Attributes
    ----------
    name : str
        Such as ``agents.phone_desk``.
    label, label_zh, group, unit, step, help, help_zh
        See `Policy`.
    low, high : float
        Range of the value in this scenario; where it stands now is always within.
    now : float
        Where it stands in the scenario in which it was found.
    """

    name: str
    label: str
    label_zh: str
    group: str
    unit: str
    low: float
    high: float
    step: float
    now: float
    help: str
    help_zh: str
    policy: Policy = field(repr=False)
    place: str = field(repr=False)

    def changes(self, scenario: Scenario, value: float) -> dict[str, Any]:
        """What setting it changes, as `Scenario.with_` understands it.

        Parameters
        ----------
        scenario : Scenario
            Whose keys are changed; it need not be the one in which the lever was found.
        value : float
            Within the range.

        Returns
        -------
        dict
            Empty if it stands there already.

        Raises
        ------
        ValueError
            If this scenario has no such lever, or the value lies outside the range.
        """
        places = list(self.policy.places(scenario))
        if self.place not in places:
            raise ValueError(
                f"{scenario.name!r} has no lever {self.name!r}; its places are {', '.join(places) or 'none at all'}"
            )
        here = self.policy.at(scenario, self.place)
        if isinstance(value, bool):
            value = float(value)
        if not isinstance(value, (int, float)) or not here.low <= value <= here.high:
            range_ = "0 (off) or 1 (on)" if here.unit == "switch" else f"{here.low:g} to {here.high:g} {here.unit}"
            raise ValueError(f"the lever {self.name!r} cannot be set to {show(value)}; it goes from {range_}")
        if here.unit == "switch" and value not in (0, 1):
            raise ValueError(f"the lever {self.name!r} is a switch; set it to 0 (off) or 1 (on), not {value:g}")
        return {} if value == here.now else self.policy.changes(scenario, self.place, value)

    def apply(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with the lever set to this value; parameters and errors as in `changes`.

        Examples
        --------
        >>> import sim
        >>> base = sim.load("baseline")
        >>> sim.lever("agents.phone_desk").apply(base, 2).teams["phone_desk"].extra_agents
        2
        """
        changes = self.changes(scenario, value)
        return scenario.with_(**changes) if changes else scenario


def one_place(scenario: Scenario) -> list[str]:
    """For levers that exist once."""
    return [""]


def no_such(name: str, names: Iterable[str]) -> ValueError:
    """The error for a lever that is not there."""
    near = [known for known in names if known.split(".")[0] == str(name).split(".")[0]]
    return ValueError(unknown_name(name, near or names, "lever"))
