"""What differs between two scenarios, in named parts, and the scenarios in between that have only some of the parts.

Two scenarios differ at places, such as ``case_types.return.steps``. Places that a manager would think of together make
a part, such as "review time". A mixture is the first scenario with the second one's content at the places of some
parts. Not every mixture can be simulated, a team without its channel for instance: parts that need each other are
put together.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sim.base import ScenarioError, show
from sim.policies.kinds import GROUPS
from sim.scenario import Scenario, load

DEMAND, PEOPLE, CHANNELS, BOT, RETURNS, POLICIES = GROUPS
# What a scenario is called, and where its levers stand, changes no run.
WITHOUT_EFFECT = ("name", "story", "policies")
# Parts by the places that they gather, in each group the most telling first. The first that fits a place takes it.
TOPICS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("number of cases", DEMAND, ("demand", "events", "case_types.*.demand_factor", "case_types.*.segments")),
    ("self-service", DEMAND, ("case_types.*.self_service",)),
    ("customers", DEMAND, ("segments", "case_types.*.patience")),
    ("period", DEMAND, ("first_day", "days", "slot_minutes")),
    ("review time", RETURNS, ("case_types.*.steps",)),
    ("instant refunds", RETURNS, ("case_types.*.instant_refund_share",)),
    ("who pays the freight", RETURNS, ("case_types.*.freight_factor", "money.parcel_paid_share")),
    ("courtesy", PEOPLE, ("teams.*.courtesy", "teams.*.courtesy_drop_when_busy")),
    ("staffing", PEOPLE, tuple(f"teams.*.{key}" for key in ("agents", "extra_agents", "absence", "skills"))),
    (
        "training and turnover",
        PEOPLE,
        tuple(f"teams.*.{key}" for key in ("newcomers", "solve_factor", "solve_drop_when_busy", "handle_factor")),
    ),
    ("handle time", PEOPLE, ("case_types.*.handle_time",)),
    (
        "wages",
        PEOPLE,
        tuple(f"teams.*.{key}" for key in ("outsourced", "paid_by", "wage_per_hour", "price_per_contact")),
    ),
    ("bot", BOT, ("bot",)),
    (
        "channels",
        CHANNELS,
        ("channels", "case_types.*.channels", "serve_first", "mix_channels", "coming_back.switch_channel"),
    ),
    ("clear answers", POLICIES, ("case_types.*.solved",)),
    (
        "keeping customers informed",
        POLICIES,
        ("case_types.*.status_enquiries_per_day", "case_types.*.kept_informed_share"),
    ),
    ("coming back", POLICIES, ("coming_back",)),
    ("follow-up", POLICIES, ("follow_up",)),
    ("prices", POLICIES, ("money",)),
    ("tastes", POLICIES, ("satisfaction", "loyalty")),
    # What is new or gone as a whole.
    ("number of cases", DEMAND, ("case_types",)),
    ("staffing", PEOPLE, ("teams",)),
    ("other changes", POLICIES, ("*",)),
)
_ABSENT = object()


@dataclass(frozen=True)
class Part:
    """One named part of what differs.

    Attributes
    ----------
    name : str
    group : str
        One of `sim.policies.GROUPS`.
    places : tuple of str
        What changes with it: paths of the scenario, or names of levers.
    """

    name: str
    group: str
    places: tuple[str, ...]


def places(base: Scenario, other: Scenario) -> list[str]:
    """Paths at which two scenarios differ, as deep as both have the same keys.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> places(desk, desk.with_(name="more", teams={"agents": {"extra_agents": 1}}))
    ['teams.agents.extra_agents']
    """
    found = _differing(base.model_dump(), other.model_dump(), ())
    return [".".join(path) for path in found if path[0] not in WITHOUT_EFFECT]


def _differing(one: Any, two: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(one, dict) and isinstance(two, dict):
        for key in dict.fromkeys([*one, *two]):
            yield from _differing(one.get(key, _ABSENT), two.get(key, _ABSENT), (*path, str(key)))
    elif one is _ABSENT or two is _ABSENT or one != two:
        yield path


def found_parts(changed: Sequence[str], most: int) -> list[Part]:
    """The places in parts by topic; where there are too many, the least telling of the fullest groups are joined."""
    topics: dict[str, tuple[str, list[str]]] = {name: (group, []) for name, group, _ in TOPICS}
    for place in changed:
        topics[_topic(place)[0]][1].append(place)
    parts = [Part(name, group, tuple(own)) for name, (group, own) in topics.items() if own]
    while len(parts) > most:
        groups = [part.group for part in parts]
        fullest = max(dict.fromkeys(groups), key=groups.count)
        crowd = [part for part in parts if part.group == fullest][-2:]
        parts = joined(parts, crowd if len(crowd) == 2 else parts[-2:])
    return parts


def named_parts(changed: Sequence[str], wanted: Mapping[str, Sequence[str] | str]) -> list[Part]:
    """The places in the parts that a caller names, by the start of their paths; what is left is a part of its own."""
    parts, left = [], list(changed)
    for name, starts in wanted.items():
        starts = [starts] if isinstance(starts, str) else list(starts)
        own: list[str] = []
        for start in starts:
            mine = [place for place in changed if _within(place, start) or _within(start, place)]
            if not mine:
                raise ValueError(
                    f"the part {show(name)}: the scenarios do not differ at {show(start)}; they differ at "
                    f"{', '.join(changed)}"
                )
            if taken := [place for place in mine if place not in left and place not in own]:
                raise ValueError(f"{taken[0]} is in the part {show(name)} and in one before it; keep it in one of them")
            own += [place for place in mine if place not in own]
        if not own:
            raise ValueError(f"the part {show(name)} names no place; give it one such as {changed[0]}")
        left = [place for place in left if place not in own]
        parts.append(Part(str(name), _group(own), tuple(own)))
    if left:
        rest = "all the rest" if "the rest" in wanted else "the rest"
        parts.append(Part(rest, _group(left), tuple(left)))
    return parts


def joined(parts: Sequence[Part], few: Sequence[Part]) -> list[Part]:
    """The parts with some of them as one, where the first of them stood."""
    names = [name for part in few for name in part.name.split(" + ")]
    own = tuple(place for part in few for place in part.places)
    largest = max(few, key=lambda part: len(part.places))
    one = Part(" + ".join(names), largest.group, own)
    return [one if part == few[0] else part for part in parts if part == few[0] or part not in few]


def mixer(base: Scenario, other: Scenario) -> Callable[[Sequence[Part]], Scenario]:
    """What makes a scenario with some parts of the other one; without any it is the base."""
    from_, to = base.model_dump(), other.model_dump()
    paths = {".".join(path): path for path in _differing(from_, to, ())}

    def mixture(chosen: Sequence[Part]) -> Scenario:
        content = from_
        for place in (place for part in chosen for place in part.places):
            content = _with_place(content, to, paths[place])
        return load({**content, "name": " + ".join([base.name, *(part.name for part in chosen)])})

    return mixture


def _with_place(one: Any, two: Any, path: Sequence[str]) -> Any:
    """A copy of the one with what the other holds at a path, or without it if the other does not have it."""
    if not path:
        return two
    key = next(key for key in (*one, *two) if str(key) == path[0])
    if key not in two:
        return {known: value for known, value in one.items() if known != key}
    inner = _with_place(one[key], two[key], path[1:]) if key in one else two[key]
    return {**one, key: inner}


def that_fit(
    parts: Sequence[Part],
    mixture: Callable[[Sequence[Part]], Scenario],
    wanted: Callable[[int], Iterable[frozenset[int]]],
) -> tuple[list[Part], dict[frozenset[int], Scenario], list[str]]:
    """The mixtures that are wanted; parts that cannot be changed without each other are joined first.

    Parameters
    ----------
    parts : sequence of Part
    mixture : callable
        Parts -> scenario, or a `ScenarioError`.
    wanted : callable
        Number of parts -> which sets of them are needed, by number.

    Returns
    -------
    parts : list of Part
    mixtures : dict of frozenset to Scenario
    merged : list of str
        Names of the parts that were joined.
    """
    parts = list(parts)
    merged: list[str] = []
    while True:
        made: dict[frozenset[int], Scenario] = {}
        wrong = None
        for chosen in sorted(wanted(len(parts)), key=lambda one: (len(one), sorted(one))):
            try:
                made[chosen] = mixture([parts[number] for number in sorted(chosen)])
            except ScenarioError:
                wrong = chosen
                break
        if wrong is None:
            return parts, made, merged
        needed = _smallest_that_fits(wrong, parts, mixture)
        few = [parts[number] for number in sorted(needed)]
        merged = [name for name in merged if all(name != part.name for part in few)]
        parts = joined(parts, few)
        merged.append(parts[min(needed)].name)


def _smallest_that_fits(
    wrong: frozenset[int], parts: Sequence[Part], mixture: Callable[[Sequence[Part]], Scenario]
) -> frozenset[int]:
    others = [number for number in range(len(parts)) if number not in wrong]
    for size in range(1, len(others)):
        for more in itertools.combinations(others, size):
            try:
                mixture([parts[number] for number in sorted(wrong.union(more))])
            except ScenarioError:
                continue
            return wrong.union(more)
    return frozenset(range(len(parts)))


def _topic(place: str) -> tuple[str, str]:
    return next(
        (name, group)
        for name, group, patterns in TOPICS
        if any(fnmatchcase(place, pattern) or fnmatchcase(place, f"{pattern}.*") for pattern in patterns)
    )


def _group(own: Sequence[str]) -> str:
    """The group to which most of the places belong."""
    groups = [_topic(place)[1] for place in own]
    return max(dict.fromkeys(groups), key=groups.count)


def _within(place: str, start: str) -> bool:
    return place == start or place.startswith(f"{start}.")
