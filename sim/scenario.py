"""What is simulated: a shop's after-sales service, written down completely.

A `Scenario` is a value: validated when it is made, frozen afterwards, equal to another with the same content.
`with_` makes a changed copy, `to_yaml` a file that a person can read, and `load` reads it back. Everything the
run does follows from the scenario and a seed, and from nothing else.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, model_serializer, model_validator

from sim.base import (
    Cv,
    Date,
    Frozen,
    NonNegative,
    Number,
    Positive,
    ScenarioError,
    Share,
    Whole,
    explain,
    plain,
    show,
    unknown_name,
)
from sim.distributions import NEVER, Distribution, Empirical, MeanCv, Patience
from sim.timetable import MINUTES_A_DAY, OpenHours, Weekly

MOST_CASES = 50_000_000
MOST_AGENT_DAYS = 2_000_000


def _one_time_or_several(value: Any) -> str:
    """A mapping whose values are durations says them channel by channel; numbers are parts of a single one."""
    several = isinstance(value, dict) and any(isinstance(part, (dict, MeanCv, Empirical)) for part in value.values())
    return "<by_channel>" if several else "<as_one>"


def _one_share_or_several(value: Any) -> str:
    return "<by_channel>" if isinstance(value, dict) else "<as_one>"


PerChannelTime = Annotated[
    Annotated[Distribution, Tag("<as_one>")] | Annotated[dict[str, Distribution], Tag("<by_channel>")],
    Discriminator(_one_time_or_several),
]
PerChannelShare = Annotated[
    Annotated[Share, Tag("<as_one>")] | Annotated[dict[str, Share], Tag("<by_channel>")],
    Discriminator(_one_share_or_several),
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
    day_factor_cv: Annotated[Cv, Field(le=2)] = 0.0


class CaseType(Frozen):
    """Why customers come: through which channels, how long it takes to help them, how often that solves it."""

    channels: dict[str, Share] = Field(
        min_length=1, description="give the share of each channel, such as {phone: 0.7, email: 0.3}"
    )
    handle_time: PerChannelTime = Field(
        description="give the time a case takes an agent, such as {distribution: lognormal, mean_minutes: 4, cv: 0.8}"
    )
    solved: PerChannelShare = 1.0
    segments: dict[str, Share] | None = Field(
        default=None,
        min_length=1,
        description="leave it out, or give the share of each segment, such as {regular: 0.7, vip: 0.3}",
    )
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
    open_hours: OpenHours = Field(description="a channel needs hours, such as {mon-fri: '08:00-20:00'}, or always")
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

    @model_serializer
    def _as_written(self) -> str | dict[str, str]:
        return self.channel if self.type is None else {"channel": self.channel, "type": self.type}

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
    delay: Distribution = Field(description="say how long they wait before they try again, such as {mean_hours: 24}")


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
        return load(_merged(self, plain(changes), ""))

    def to_yaml(self, path: str | Path | None = None) -> str:
        """The scenario as YAML text that `sim.load` reads back; written to `path` when one is given."""
        text = yaml.dump(
            {"name": self.name, "story": self.story, "first_day": self.first_day, "days": self.days}
            | self.model_dump(exclude_unset=True),
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
        content, what = dict(source), f"scenario {show(source.get('name', 'without a name'))}"
    elif isinstance(source, (str, Path)):
        content, what = _read(source)
    else:
        raise ScenarioError(
            f"{str(source)[:80]} is not a scenario; give the name of a shipped one ({', '.join(scenarios())}), the "
            "path of a YAML file, or its content as a dictionary"
        )
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise explain(error, Scenario, what) from None


def scenarios() -> list[str]:
    """Names of the scenarios that are shipped with the package."""
    folder = resources.files("sim") / "scenarios"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


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
            f"demand: asks for about {scenario.expected_cases():,.0f} cases in {_days(scenario)}; a run may have "
            f"{MOST_CASES:,} at most. Check cases_per_hour and factor, or simulate fewer days"
        )
    for name, team in scenario.teams.items():
        most = np.ceil(team.head_count.max())
        if most * scenario.days > MOST_AGENT_DAYS:
            yield (
                f"teams.{name}: asks for {most:,.0f} agents for {_days(scenario)}; a run may have "
                f"{MOST_AGENT_DAYS:,} agents times days in a team at most"
            )


def _days(scenario: Scenario) -> str:
    return f"{scenario.days} day{'s' if scenario.days > 1 else ''}"


def _unserved(scenario: Scenario) -> Iterable[str]:
    for name, case_type in scenario.case_types.items():
        for channel, share in case_type.channels.items():
            able = {
                team_name: team
                for team_name, team in scenario.teams.items()
                if any(skill.covers(channel, name) for skill in team.skills)
            }
            if share == 0 or channel not in scenario.channels:
                continue
            if not able:
                yield f"case_types.{name}: no team can serve it in {channel!r}; add the skill to a team"
                continue
            way = scenario.channels[channel]
            # Deferred work waits for whoever comes; a live channel needs somebody while it is open.
            hours = way.open_hours.minutes if isinstance(way, LiveChannel) else np.True_
            if hours.any() and not any(((team.head_count > 0) & hours).any() for team in able.values()):
                yield (
                    f"case_types.{name}: no agents all week for {channel!r} while it is open; raise the head-count of "
                    f"{' or '.join(able)}"
                )
    for name, way in scenario.channels.items():
        if not way.open_hours.minutes.any():
            yield f"channels.{name}.open_hours: it is never open; give its hours, such as {{mon-fri: '08:00-20:00'}}"


def _share_sum(where: str, shares: Mapping[str, float]) -> Iterable[str]:
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        listed = " + ".join(f"{share:g}" for share in shares.values())
        yield f"{where}: the shares must sum to 1; they are {listed}{f' = {total:g}' if len(shares) > 1 else ''}"


def _merged(now: Any, change: Any, where: str) -> Any:
    """`change` laid over `now`, as plain data and model parts that `load` validates."""
    if isinstance(change, BaseModel) or not isinstance(change, Mapping):
        return change
    if isinstance(now, (MeanCv, Empirical)):
        if isinstance(now, Empirical) or "distribution" in change:
            return dict(change)
        kept = now.model_dump(exclude_unset=True)
        if any(str(key).startswith("mean_") for key in change):
            del kept["mean_minutes"]
        return kept | dict(change)
    if isinstance(now, Frozen):
        if "kind" in change and change["kind"] != getattr(now, "kind", None):
            return dict(change)
        there = {name: getattr(now, name) for name in type(now).model_fields}
        # What the author left out stays left out, and out of the YAML.
        parts = {name: part for name, part in there.items() if name in now.model_fields_set}
    elif isinstance(now, dict):
        there, parts = now, dict(now)
    else:
        return dict(change)
    named_parts = isinstance(now, Frozen) or any(isinstance(part, Frozen) for part in there.values())
    for key, value in change.items():
        path = f"{where}.{key}" if where else str(key)
        new = key not in there
        if new and ((named_parts and not isinstance(value, BaseModel)) or (value is None and there is now)):
            raise ScenarioError((f"{where}: " if where else "") + _no_such_part(key, there, now, value))
        if value is None and there is now:
            del parts[key]
        else:
            parts[key] = _merged(there.get(key), value, path)
    return parts


def _no_such_part(key: Any, there: Mapping[str, Any], now: Any, value: Any) -> str:
    if isinstance(now, Frozen):
        return unknown_name(key, there)
    hint = "" if value is None else f". To add it, give a whole sim.{type(next(iter(there.values()))).__name__}"
    return unknown_name(key, there, "name") + hint


def _read(source: str | Path) -> tuple[dict[str, Any], str]:
    """Content of a shipped scenario or of a file, and what to call it in a message."""
    if str(source) in scenarios():
        shipped = resources.files("sim") / "scenarios" / f"{source}.yaml"
        raw, what = shipped.read_bytes(), f"scenario {str(source)!r}"
    else:
        what = f"file {str(source)!r}"
        try:
            raw = Path(source).expanduser().read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
            near = difflib.get_close_matches(Path(source).stem.strip().lower(), scenarios(), n=1)
            raise ScenarioError(
                f"there is no scenario and no file called {show(str(source))}. "
                f"{f'Did you mean {near[0]!r}? ' if near else ''}Shipped scenarios: {', '.join(scenarios())}. "
                "A file of your own is given by its path, such as 'shop.yaml'"
            ) from None
        except (OSError, RuntimeError) as error:
            raise ScenarioError(f"{what} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        content = yaml.load(raw.decode("utf-8-sig"), Loader=_OnceLoader)
    except UnicodeDecodeError:
        raise ScenarioError(f"{what} is not text in UTF-8, so it is no scenario") from None
    except RecursionError:
        raise ScenarioError(f"{what} is nested too deeply to be a scenario") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ScenarioError(f"{what} is not YAML{place}: {error.problem or error.context}") from None
    # The library lets errors of its parts through, such as those of a date with a thirteenth month.
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ScenarioError(f"{what} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise ScenarioError(
            f"{what} is not a scenario: it holds {show(content)} where a mapping with a name, demand, case_types, "
            "channels and teams is expected"
        )
    return content, what


class _OnceLoader(yaml.SafeLoader):
    """Safe YAML in which a key may stand only once: a second one would silently win."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if key is not None and isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {show(key)} is given twice in one mapping", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


_MERGE = "tag:yaml.org,2002:merge"


class _PlainDumper(yaml.SafeDumper):
    """YAML without aliases; lists and mappings that hold nothing but numbers and words stand on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _on_one_line(items: Iterable[Any]) -> bool:
    return all(item is None or isinstance(item, (bool, int, float, str)) for item in items)


def _represent_list(dumper: yaml.SafeDumper, data: Sequence[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_on_one_line(data))


def _represent_dict(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=_on_one_line(data.values()))


def _represent_text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    # PyYAML reads these rare line breaks back as blanks unless they are escaped.
    style = '"' if set(data) & set("\r\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_PlainDumper.add_representer(str, _represent_text)
_PlainDumper.add_representer(list, _represent_list)
_PlainDumper.add_representer(tuple, _represent_list)
_PlainDumper.add_representer(dict, _represent_dict)
