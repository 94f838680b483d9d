"""What is simulated: a shop's after-sales service, written down completely.

A `Scenario` is a value: validated when it is made, frozen afterwards, equal to another with the same content.
`with_` makes a changed copy, `to_yaml` a file that a person can read, and `load` reads it back. Everything the
run does follows from the scenario and a seed, and from nothing else.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, model_validator

from sim.base import Frozen, NonNegative, Number, Positive, ScenarioError, Share, Whole, explain, unknown_name
from sim.distributions import NEVER, Distribution, Empirical, MeanCv, Patience
from sim.timetable import MINUTES_A_DAY, OpenHours, Weekly

MOST_CASES = 50_000_000


def _as_one(value: Any) -> str:
    if isinstance(value, (MeanCv, Empirical)) or not isinstance(value, dict):
        return "<as_one>"
    return (
        "<as_one>"
        if {"distribution", "cv"} & set(value) or any(str(k).startswith("mean_") for k in value)
        else ("<by_channel>")
    )


PerChannelTime = Annotated[
    Annotated[Distribution, Tag("<as_one>")] | Annotated[dict[str, Distribution], Tag("<by_channel>")],
    Discriminator(_as_one),
]


class Demand(Frozen):
    """How many cases of each type appear, and when.

    Cases arrive as a Poisson process whose rate is ``cases_per_hour`` times ``factor`` times the day's own
    factor, which is Gamma distributed with mean 1: whole days are busier or quieter than forecast.
    """

    cases_per_hour: dict[str, Weekly] = Field(
        min_length=1,
        description="give a rate for each case type, such as {return: {mon-fri: {'08:00-20:00': 12}}}",
    )
    factor: NonNegative = 1.0
    day_factor_cv: Annotated[Number, Field(ge=0, le=2)] = 0.0


class CaseType(Frozen):
    """Why customers come: through which channels, how long it takes to help them, how often that solves it."""

    channels: dict[str, Share] = Field(
        min_length=1, description="give the share of each channel, such as {phone: 0.7, email: 0.3}"
    )
    handle_time: PerChannelTime = Field(
        description="give the time a case takes an agent, such as {distribution: lognormal, mean_minutes: 4, cv: 0.8}"
    )
    solved: Share | dict[str, Share] = 1.0
    segments: dict[str, Share] | None = None
    patience: Patience | None = None

    def handle_time_in(self, channel: str) -> MeanCv | Empirical:
        """Handle time when the case comes through `channel`."""
        return self.handle_time[channel] if isinstance(self.handle_time, dict) else self.handle_time

    def solved_in(self, channel: str) -> float:
        """Odds that one conversation in `channel` solves the case."""
        return self.solved[channel] if isinstance(self.solved, dict) else self.solved


class Segment(Frozen):
    """Who the customers are: a share of them, and how they are treated in the queue."""

    share: Share = 1.0
    priority: Annotated[Whole, Field(ge=1, le=9)] = 2
    head_start_minutes: NonNegative = 0.0
    patience_factor: Positive = 1.0


class LiveChannel(Frozen):
    """A channel where the customer waits on the line and may hang up, such as the phone."""

    kind: Literal["live"]
    open_hours: OpenHours = Field(
        description="a channel needs hours, such as {mon-fri: '08:00-20:00'}, or always"
    )
    patience: Patience = Field(
        description="say how long customers wait before they hang up, such as {mean_minutes: 5}, or never"
    )
    no_patience_share: Share = 0.0
    lines: Annotated[Whole, Field(ge=1)] | None = None
    serve_until_empty: Annotated[bool, Field(strict=True)] = False
    answer_within_seconds: Positive = 20.0
    target: Share = 0.8

    @property
    def answer_within_minutes(self) -> float:
        """The time T of the service level, in minutes of waiting."""
        return self.answer_within_seconds / 60


class DeferredChannel(Frozen):
    """A channel whose customers do not wait on the line, such as e-mail: work waits in a backlog.

    Messages come in at any hour. ``open_hours`` are the hours that count in the answering target.
    """

    kind: Literal["deferred"]
    open_hours: OpenHours = Field(
        description="a channel needs hours: those that count in its target, such as {mon-fri: '08:00-20:00'}, or always"
    )
    answer_within_hours: Positive = 8.0
    target: Share = 0.9

    @property
    def answer_within_minutes(self) -> float:
        """The time within which an answer is due, in open minutes."""
        return self.answer_within_hours * 60


def _live_or_deferred(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if kind in ("live", "deferred") else None


Channel = Annotated[
    Annotated[LiveChannel, Tag("<live>")] | Annotated[DeferredChannel, Tag("<deferred>")],
    Discriminator(
        _live_or_deferred,
        custom_error_type="channel_kind",
        custom_error_message="a channel needs kind: live (customers wait on the line) or kind: deferred (e-mail)",
    ),
]


class Skill(Frozen):
    """Work that a team can do: a whole channel, or one case type in a channel."""

    channel: str
    type: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _channel_alone(cls, data: Any) -> Any:
        return {"channel": data} if isinstance(data, str) else data

    def covers(self, channel: str, case_type: str) -> bool:
        """Whether a contact of this type in this channel is such work."""
        return self.channel == channel and self.type in (None, case_type)


class Team(Frozen):
    """A group of agents with the same skills, in order of preference, and the same weekly head-count.

    A head-count may have a fraction: 7.4 is seven people, and an eighth on 40 % of days. Every agent is absent
    on a day with odds ``absence``, independently of the others.
    """

    skills: tuple[Skill, ...] = Field(
        min_length=1, description="list the channels it serves in order of preference, such as [phone, email]"
    )
    agents: Weekly = Field(description="give a head-count: a number, or hours and weekdays")
    extra_agents: Whole = 0
    absence: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    handle_factor: Positive = 1.0
    solve_factor: NonNegative = 1.0
    wage_per_hour: NonNegative = 20.0

    @property
    def head_count(self) -> np.ndarray:
        """Planned agents by weekday and minute, shape (7, 1440); ``extra_agents`` join wherever somebody works."""
        planned = self.agents.minutes
        return np.where(planned > 0, np.maximum(planned + self.extra_agents, 0), 0)


class Return(Frozen):
    """Whether and when a customer tries again after an attempt that did not help."""

    odds: Share
    delay: Distribution = Field(
        description="say how long they wait before they try again, such as {mean_hours: 24}"
    )


class ComingBack(Frozen):
    """What customers do after an attempt that did not help. Without an entry they give up."""

    after_no_solution: Return | None = None
    after_abandonment: Return | None = None
    after_blocking: Return | None = None
    after_turned_away: Return | None = None
    max_attempts: Annotated[Whole, Field(ge=1, le=20)] = 5


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
    first_day: datetime.date = datetime.date(2026, 3, 2)
    days: Annotated[Whole, Field(ge=1, le=3660)] = 7
    slot_minutes: Annotated[Whole, Field(ge=1, le=MINUTES_A_DAY)] = 30
    demand: Demand = Field(description="say how many cases come: {cases_per_hour: {...}}")
    case_types: dict[str, CaseType] = Field(min_length=1, description="describe at least one case type")
    segments: dict[str, Segment] = Field(default={"regular": Segment()}, min_length=1)
    channels: dict[str, Channel] = Field(min_length=1, description="describe at least one channel")
    teams: dict[str, Team] = Field(min_length=1, description="describe at least one team")
    coming_back: ComingBack = ComingBack()

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        found = list(_misfits(self))
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
        per_weekday = np.bincount(self.weekdays, minlength=7)
        rates = sum(rate.minutes.sum(axis=1) / 60 for rate in self.demand.cases_per_hour.values())
        return float(self.demand.factor * (per_weekday * rates).sum())

    def segment_shares(self, case_type: str) -> dict[str, float]:
        """Share of each segment among the customers of a case type."""
        own = self.case_types[case_type].segments
        return {
            name: segment.share if own is None else own.get(name, 0.0)
            for name, segment in self.segments.items()
        }

    def with_(self, **changes: Any) -> Scenario:
        """A changed copy: each change is merged into what is there.

        Parameters
        ----------
        **changes
            New values by key, nested as in the scenario. Timetables (`agents`, `open_hours`, rates) are replaced
            as a whole. A change to a distribution keeps what it does not name, unless it names a family. To add
            a team, a channel, a type or a segment, give a whole `sim.Team` (or other part); None removes one.

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
        return load(_merged(self, changes, ""))

    def to_yaml(self, path: str | Path | None = None) -> str:
        """The scenario as YAML text that `sim.load` reads back; written to `path` when one is given."""
        text = yaml.dump(
            {"name": self.name, "story": self.story, "first_day": self.first_day, "days": self.days}
            | self.model_dump(exclude_defaults=True),
            Dumper=_PlainDumper,
            sort_keys=False,
            allow_unicode=True,
            width=110,
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
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        content, what = dict(source), f"scenario {source.get('name', 'without a name')!r}"
    else:
        content, what = _read(source)
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise explain(error, Scenario, what) from None


def scenarios() -> list[str]:
    """Names of the scenarios that are shipped with the package."""
    folder = resources.files("sim") / "scenarios"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


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
    return load(
        {
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
    )


def _misfits(scenario: Scenario) -> Iterable[str]:
    """Everything that is wrong between parts that are each right by themselves."""
    types, channels, segments = scenario.case_types, scenario.channels, scenario.segments
    if MINUTES_A_DAY % scenario.slot_minutes:
        yield (
            f"slot_minutes: holds {scenario.slot_minutes}; a slot must divide a day of 1,440 minutes: "
            "5, 10, 15, 20, 30 or 60, say"
        )
    for name in scenario.demand.cases_per_hour:
        if name not in types:
            yield f"demand.cases_per_hour: {unknown_name(name, types, 'case type')}"
    yield from _share_sum("segments", {name: segment.share for name, segment in segments.items()})
    for name, case_type in types.items():
        where = f"case_types.{name}"
        for key, given in (
            ("channels", case_type.channels),
            ("handle_time", case_type.handle_time),
            ("solved", case_type.solved),
        ):
            if isinstance(given, dict):
                yield from (
                    f"{where}.{key}: {unknown_name(other, channels, 'channel')}"
                    for other in given
                    if other not in channels
                )
                yield from (
                    f"{where}.{key}: has no entry for {channel!r}, a channel that this type uses"
                    for channel in case_type.channels
                    if channel not in given
                )
        yield from _share_sum(f"{where}.channels", case_type.channels)
        if case_type.segments is not None:
            yield from (
                f"{where}.segments: {unknown_name(other, segments, 'segment')}"
                for other in case_type.segments
                if other not in segments
            )
            yield from _share_sum(f"{where}.segments", case_type.segments)
    for name, team in scenario.teams.items():
        for skill in team.skills:
            if skill.channel not in channels:
                yield f"teams.{name}.skills: {unknown_name(skill.channel, channels, 'channel')}"
            if skill.type is not None and skill.type not in types:
                yield f"teams.{name}.skills: {unknown_name(skill.type, types, 'case type')}"
    yield from _unserved(scenario)
    if scenario.expected_cases() > MOST_CASES:
        yield (
            f"demand: asks for about {scenario.expected_cases():,.0f} cases in {scenario.days} days; a run may have "
            f"{MOST_CASES:,} at most. Check cases_per_hour and factor, or simulate fewer days"
        )


def _unserved(scenario: Scenario) -> Iterable[str]:
    for name, case_type in scenario.case_types.items():
        for channel, share in case_type.channels.items():
            able = [
                team
                for team in scenario.teams.values()
                if any(skill.covers(channel, name) for skill in team.skills)
            ]
            if share == 0 or channel not in scenario.channels:
                continue
            if not able:
                yield f"case_types.{name}: no team can serve it in {channel!r}; add the skill to a team"
            elif not any((team.head_count > 0).any() for team in able):
                yield (
                    f"case_types.{name}: no agents all week for {channel!r}; raise the head-count of "
                    f"{' or '.join(team_name for team_name, team in scenario.teams.items() if team in able)}"
                )
    for name, channel in scenario.channels.items():
        if not channel.open_hours.minutes.any():
            yield f"channels.{name}.open_hours: it is never open; give its hours, such as {{mon-fri: '08:00-20:00'}}"


def _share_sum(where: str, shares: Mapping[str, float]) -> Iterable[str]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        listed = " + ".join(f"{share:g}" for share in shares.values())
        yield f"{where}: the shares must sum to 1, but {listed} = {total:g}"


def _merged(now: Any, change: Any, where: str) -> Any:
    """`change` laid over `now`, as plain data and model parts that `load` validates."""
    if isinstance(change, BaseModel) or not isinstance(change, Mapping):
        return change
    if isinstance(now, (MeanCv, Empirical)):
        if isinstance(now, Empirical) or "distribution" in change:
            return dict(change)
        kept = now.model_dump()
        if any(str(key).startswith("mean_") for key in change):
            del kept["mean_minutes"]
        return kept | dict(change)
    if isinstance(now, Frozen):
        parts = {name: getattr(now, name) for name in type(now).model_fields}
        kind = "key"
    elif isinstance(now, dict):
        parts, kind = dict(now), "name"
    else:
        return dict(change)
    named_parts = isinstance(now, Frozen) or any(isinstance(part, Frozen) for part in parts.values())
    for key, value in change.items():
        path = f"{where}.{key}" if where else str(key)
        if key not in parts and named_parts and not isinstance(value, BaseModel):
            raise ScenarioError((f"{where}: " if where else "") + unknown_name(key, parts, kind))
        if value is None and isinstance(now, dict):
            del parts[key]
        else:
            parts[key] = _merged(parts.get(key), value, path)
    return parts


def _read(source: str | Path) -> tuple[dict[str, Any], str]:
    """Content of a shipped scenario or of a file, and what to call it in a message."""
    shipped = resources.files("sim") / "scenarios" / f"{source}.yaml"
    if str(source) in scenarios():
        text, what = shipped.read_text(encoding="utf-8"), f"scenario {str(source)!r}"
    else:
        path = Path(source)
        if not path.is_file():
            raise ScenarioError(
                f"there is no scenario and no file called {str(source)!r}. Shipped scenarios: "
                f"{', '.join(scenarios())}. A file of your own is given by its path, such as 'shop.yaml'"
            )
        try:
            text, what = path.read_text(encoding="utf-8-sig"), f"file {str(source)!r}"
        except UnicodeDecodeError:
            raise ScenarioError(f"file {str(source)!r} is not text in UTF-8, so it is no scenario") from None
    try:
        content = yaml.load(text, Loader=_OnceLoader)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{what} is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{what} is not a scenario: it must be a mapping that starts with a name")
    return content, what


class _OnceLoader(yaml.SafeLoader):
    """Safe YAML in which a key may stand only once: a second one would silently win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


class _PlainDumper(yaml.SafeDumper):
    """YAML without aliases, lists of numbers on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_list(dumper: yaml.SafeDumper, data: Iterable[Any]) -> yaml.Node:
    items = list(data)
    flow = all(isinstance(item, (int, float, str)) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flow)


_PlainDumper.add_representer(list, _represent_list)
_PlainDumper.add_representer(tuple, _represent_list)
