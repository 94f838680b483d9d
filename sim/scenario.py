"""What is simulated: a shop's after-sales service, written down completely.

A `Scenario` is a value: validated when it is made, frozen afterwards, equal to another with the same content.
`with_` makes a changed copy, `to_yaml` a file that a person can read, and `load` reads it back. Everything the
run does follows from the scenario and a seed, and from nothing else. Its parts are described in `sim.customers` and
`sim.service`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from sim import yamlfile
from sim.base import Date, Frozen, ScenarioError, Whole, explain, plain, show, unknown_name
from sim.changes import merged
from sim.checks import misfits
from sim.customers import CaseType, ComingBack, Demand, Event, Return, Segment
from sim.distributions import NEVER
from sim.opinions import Loyalty, Satisfaction
from sim.prices import Money
from sim.service import (
    FOLLOW_UP,
    Bot,
    Channel,
    DeferredChannel,
    FollowUp,
    LiveChannel,
    Policies,
    Skill,
    Team,
    VisitChannel,
)
from sim.timetable import MINUTES_A_DAY
from sim.yamlfile import scenarios

__all__ = [
    "CaseType",
    "Channel",
    "ComingBack",
    "DeferredChannel",
    "Demand",
    "LiveChannel",
    "Return",
    "Scenario",
    "Segment",
    "Skill",
    "Team",
    "VisitChannel",
    "load",
    "one_queue",
    "scenarios",
]


class Scenario(Frozen):
    """A complete description of a shop's after-sales service over a number of days.

    Read one with `sim.load`, change one with `with_`. `docs/scenario.md` explains every key.

    Examples
    --------
    >>> import sim
    >>> base = sim.load("baseline")
    >>> more = base.with_(teams={"phone_desk": {"extra_agents": 2}})
    >>> more.teams["phone_desk"].extra_agents, base.teams["phone_desk"].extra_agents
    (2, 0)
    """

    name: Annotated[str, Field(min_length=1, description="give the scenario a short name")]
    story: str = ""
    first_day: Date = datetime.date(2026, 3, 2)
    days: Annotated[Whole, Field(ge=1, le=3660)] = 7
    slot_minutes: Annotated[Whole, Field(ge=1, le=MINUTES_A_DAY)] = 30
    demand: Demand = Field(description="say how many cases come: {cases_per_hour: {...}}")
    case_types: dict[str, CaseType] = Field(min_length=1, description="describe at least one case type")
    segments: dict[str, Segment] = Field(
        default={"regular": Segment()},
        min_length=1,
        description="leave it out, or describe at least one segment",
    )
    channels: dict[str, Channel] = Field(min_length=1, description="describe at least one channel")
    teams: dict[str, Team] = Field(min_length=1, description="describe at least one team")
    bot: Bot | None = None
    follow_up: FollowUp | None = None
    coming_back: ComingBack = ComingBack()
    events: tuple[Event, ...] = ()
    serve_first: Literal["preference", "priority", "waiting"] = "preference"
    mix_channels: Annotated[bool, Field(strict=True)] = False
    satisfaction: Satisfaction = Satisfaction()
    loyalty: Loyalty = Loyalty()
    money: Money = Money()
    policies: Policies = Policies()

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        found = list(misfits(self))
        if found:
            raise ValueError("\n  ".join(found))
        return self

    @property
    def horizon_minutes(self) -> float:
        """Length of the run in minutes."""
        return float(self.days * MINUTES_A_DAY)

    @property
    def weekdays(self) -> np.ndarray:
        """Weekday of each simulated day, shape (days,), Monday is 0."""
        return (np.arange(self.days) + self.first_day.weekday()) % 7

    def expected_cases(self) -> float:
        """Mean number of cases over the whole run, before anyone comes back."""
        from sim.demand import cases_per_minute

        if self.demand.trace is not None:
            return float(len(self.demand.trace.minutes))
        return float(sum(cases_per_minute(self, name).sum() for name in self.case_types))

    def task_names(self) -> list[str]:
        """Names of all work that is not a contact: back-office steps with work, and follow-up."""
        names = [step.name for case_type in self.case_types.values() for step in case_type.steps if step.work]
        return list(dict.fromkeys(names + ([FOLLOW_UP] if self.follow_up else [])))

    def live_channel(self, name: str | None = None) -> tuple[str, LiveChannel]:
        """The live channel of this name, by default the first, with its name."""
        live = {known: way for known, way in self.channels.items() if isinstance(way, LiveChannel)}
        chosen = next(iter(live), None) if name is None else name
        if chosen not in list(live):  # whatever is asked for, a list of names perhaps
            raise ValueError(unknown_name(chosen, live, "live channel"))
        return chosen, live[chosen]

    def may_use(self, case_type: str, channel: str) -> bool:
        """Whether a customer of this type may come through this channel, at first or after a failed attempt."""
        return channel in self.channels_of(case_type)

    def channels_of(self, case_type: str) -> set[str]:
        """The channels through which customers of this type may come, at first or after a failed attempt."""
        back, trace = self.coming_back, self.demand.trace
        angrier = back.angrier is not None and back.angrier.type == case_type and back.angrier.odds > 0
        before = self.case_types if angrier else {case_type: self.case_types[case_type]}
        reached = {name for kind in before.values() for name, share in kind.channels.items() if share > 0}
        if trace is not None:
            reached |= {channel for kind, channel in trace.ways if kind in before and channel}
        while True:
            more = {to for name in reached for to, odds in back.switch_channel.get(name, {}).items() if odds > 0}
            if more <= reached:
                return reached
            reached |= more

    def segments_of(self, case_type: str) -> list[str]:
        """The segments of the customers who may come with this type, at first or after a failed attempt."""
        back, trace = self.coming_back, self.demand.trace
        angrier = back.angrier is not None and back.angrier.type == case_type and back.angrier.odds > 0
        before = list(self.case_types) if angrier else [case_type]
        found = {name for kind in before for name, share in self.segment_shares(kind).items() if share > 0}
        if trace is not None:
            found |= {name for kind, name in zip(trace.types, trace.segments, strict=False) if name and kind in before}
        return [name for name in self.segments if name in found]

    def segment_shares(self, case_type: str) -> dict[str, float]:
        """Share of each segment among the customers of a case type."""
        own = self.case_types[case_type].segments
        return {name: segment.share if own is None else own.get(name, 0.0) for name, segment in self.segments.items()}

    def with_(self, **changes: Any) -> Scenario:
        """A changed copy: each change is merged into what is there.

        Parameters
        ----------
        **changes
            New values by key, nested as in the scenario. Timetables (`agents`, `open_hours`, rates) are replaced
            as a whole. A change to a distribution keeps what it does not name, unless it names a family. To add
            a team, a channel, a type or a segment, give a whole `sim.Team` (or other part); None removes one.
            A channel that changes its kind is replaced as a whole.

        Returns
        -------
        Scenario
            The changed copy; the original stays as it was.

        Raises
        ------
        ScenarioError
            When a name does not exist or the result does not fit together.

        Examples
        --------
        >>> import sim
        >>> desk = sim.one_queue(arrivals_per_hour=50, handle_minutes=4, agents=4)
        >>> desk.with_(case_types={"call": {"handle_time": {"mean_minutes": 5}}}).name
        'one queue'
        >>> desk.with_(team={})
        Traceback (most recent call last):
        sim.base.ScenarioError: no such key as 'team'. Did you mean 'teams'? Allowed: name, story, ...
        """
        return load(merged(self, plain(changes), ""))

    def to_yaml(self, path: str | Path | None = None) -> str:
        """The scenario as YAML text that `sim.load` reads back; written to `path` when one is given."""
        text = yamlfile.write(
            {"name": self.name, "story": self.story, "first_day": self.first_day, "days": self.days}
            | self.model_dump(exclude_unset=True)
        )
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text


def load(source: str | Path | Mapping[str, Any] | Scenario) -> Scenario:
    """Read a scenario and check it.

    Parameters
    ----------
    source : str, Path, mapping or Scenario
        The name of a shipped scenario (`sim.scenarios()` lists them), the path of a YAML file, or the same
        content as a mapping.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        When there is no such scenario, the file is not YAML, or its content cannot be simulated.

    Examples
    --------
    >>> import sim
    >>> sim.load("baseline").days
    7
    """
    return _load(source, ())


def _load(source: object, under: tuple[str | Path, ...]) -> Scenario:
    """A scenario on which those `under` it are based, from the first that was asked for."""
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        content, what = dict(source), f"scenario {show(source.get('name', 'without a name'))}"
    elif isinstance(source, (str, Path)):
        content, what = yamlfile.read(source)
    else:
        raise ScenarioError(
            f"{str(source)[:80]} is not a scenario; give the name of a shipped one ({', '.join(scenarios())}), the "
            "path of a YAML file, or its content as a dictionary"
        )
    if "based_on" in content:
        content = _laid_over(content, source, what, under)
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise explain(error, Scenario, what) from None


def _laid_over(content: dict[str, Any], source: object, what: str, under: tuple[str | Path, ...]) -> dict[str, Any]:
    """The content of a scenario that says only in what it differs from another one."""
    base = content.pop("based_on")
    if not isinstance(base, str):
        raise ScenarioError(f"{what}: based_on holds {show(base)}; it may hold the name or path of another scenario")
    beside = Path(source).expanduser().parent / base if isinstance(source, (str, Path)) else Path(base)
    if base not in scenarios() and beside.is_file():
        base = str(beside)
    if isinstance(source, (str, Path)):
        under = (*under, _place(source))
    if under and _place(base) == under[-1]:
        raise ScenarioError(f"{what} is based on itself; name the scenario from which it differs")
    if _place(base) in under:
        raise ScenarioError(f"{what} is based on a scenario that is based on it; break the circle")
    try:
        return dict(merged(_load(base, under), plain(content), "", new_parts=True))
    except ScenarioError as error:
        raise ScenarioError(f"{what}, based on {base!r}: {error}") from None


def _place(source: str | Path) -> str | Path:
    """What tells one scenario from another: a shipped name, or where a file really is."""
    if str(source) in scenarios():
        return str(source)
    try:
        return Path(source).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):  # reading it will say why
        return str(source)


def one_queue(
    *,
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    patience_minutes: float | None = None,
    lines: int | None = None,
    handle_cv: float = 1.0,
    answer_within_seconds: float = 20.0,
    days: int = 1,
    name: str = "one queue",
) -> Scenario:
    """A single phone queue, open day and night: the world of the Erlang formulas.

    Parameters
    ----------
    arrivals_per_hour : float
        Poisson arrivals.
    handle_minutes : float
        Mean handle time; exponential unless `handle_cv` says otherwise (then gamma; 0 is constant).
    agents : int
        Head-count.
    patience_minutes : float, optional
        Mean of exponential patience; None waits for ever.
    lines : int, optional
        Contacts that fit in, in service or waiting; None is no limit.
    handle_cv : float, default 1
        Coefficient of variation of the handle time.
    answer_within_seconds : float, default 20
        The T of the service level.
    days : int, default 1
        Length of the run.
    name : str, default "one queue"

    Returns
    -------
    Scenario

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> len(sim.simulate(desk, seed=1).contacts) > 400
    True
    """
    content = {
        "name": name,
        "days": days,
        "demand": {"cases_per_hour": {"call": arrivals_per_hour}},
        "case_types": {
            "call": {
                "channels": {"phone": 1.0},
                "handle_time": {"mean_minutes": handle_minutes, "cv": handle_cv},
            }
        },
        "channels": {
            "phone": {
                "kind": "live",
                "open_hours": "always",
                "patience": NEVER if patience_minutes is None else {"mean_minutes": patience_minutes},
                "lines": lines,
                "answer_within_seconds": answer_within_seconds,
            }
        },
        "teams": {"agents": {"skills": ["phone"], "agents": agents}},
    }
    try:
        return load(content)
    except ScenarioError as error:
        text = str(error)
        for place, argument in _ONE_QUEUE_ARGUMENTS.items():
            text = text.replace(f"  {place}: ", f"  {argument}: ")
        raise ScenarioError(text.replace(": mean_minutes holds", ": holds")) from None


# Where the arguments of `one_queue` stand in its scenario, so that errors can name what the caller gave.
_ONE_QUEUE_ARGUMENTS = {
    "demand": "arrivals_per_hour",
    "demand.cases_per_hour.call": "arrivals_per_hour",
    "case_types.call": "agents",
    "case_types.call.handle_time": "handle_minutes",
    "case_types.call.handle_time.cv": "handle_cv",
    "channels.phone.patience": "patience_minutes",
    "channels.phone.lines": "lines",
    "channels.phone.answer_within_seconds": "answer_within_seconds",
    "teams.agents": "agents",
    "teams.agents.agents": "agents",
}
