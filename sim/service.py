"""The company's side of a scenario: channels, bot, teams and what they do on their own account."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Discriminator, Field, Tag, model_serializer, model_validator

from sim.base import Frozen, NonNegative, Number, Positive, Share, Whole, remembered
from sim.customers import ShareByName
from sim.distributions import Distribution, MeanCv, Patience
from sim.timetable import OpenHours, Weekly


class Callback(Frozen):
    """An offer to call back instead of waiting, made when the expected wait is long.

    The wait is expected to be the conversations ahead times the channel's mean handle time, divided by the agents on
    duty who can serve the queue.
    """

    when_wait_above_minutes: NonNegative = Field(description="give the expected wait above which it is offered")
    accepted_share: Share = Field(description="give the share of customers who accept")


class LiveChannel(Frozen):
    """A channel where the customer waits on the line and may hang up, such as the phone.

    Of a channel with ``at_once`` above 1, such as chat, an agent serves several conversations at a time. With n of
    them each goes on at ``speed[n - 1]``; 1 is the speed of a single one.
    """

    kind: Literal["live"]
    open_hours: OpenHours = Field(description="a channel needs hours, such as {mon-fri: '08:00-20:00'}, or always")
    patience: Patience = Field(
        description="say how long customers wait before they hang up, such as {mean_minutes: 5}, or never"
    )
    no_patience_share: Share = 0.0
    lines: Annotated[Whole, Field(ge=1)] | None = None
    serve_until_empty: Annotated[bool, Field(strict=True)] = False
    at_once: Annotated[Whole, Field(ge=1, le=10)] = 1
    speed: tuple[Positive, ...] = (1.0,)
    callback: Callback | None = None
    answer_within_seconds: Positive = 20.0
    target: Share = 0.8

    @model_validator(mode="after")
    def _speeds(self) -> Self:
        if len(self.speed) not in (1, self.at_once) or self.speed[0] != 1 or (np.diff(self.speed) > 0).any():
            raise ValueError(
                f"speed holds {list(self.speed)} with at_once {self.at_once}; it may hold one number for each number "
                "of conversations, starting with 1 and not rising, such as [1, 0.8, 0.65]"
            )
        return self

    @property
    def answer_within_minutes(self) -> float:
        """The time T of the service level, in minutes of waiting."""
        return self.answer_within_seconds / 60


class VisitChannel(LiveChannel):
    """A service centre that customers visit by appointment.

    Customers book the first free place that is at least ``lead_hours`` away. Every ``slot_minutes`` from each opening
    on there are ``places``. At their time they wait like callers.
    """

    kind: Literal["visit"]  # type: ignore[assignment]
    places: Annotated[Whole, Field(ge=1)] = Field(description="give the number of customers who can come at a time")
    slot_minutes: Annotated[Whole, Field(ge=1, le=1440)] = 30
    lead_hours: NonNegative = 0.0
    patience: Patience = "never"


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


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if kind in ("live", "deferred", "visit") else None


Channel = Annotated[
    Annotated[LiveChannel, Tag("<live>")]
    | Annotated[DeferredChannel, Tag("<deferred>")]
    | Annotated[VisitChannel, Tag("<visit>")],
    Discriminator(
        _kind,
        custom_error_type="channel_kind",
        custom_error_message=(
            "a channel needs kind: live (customers wait on the line), kind: deferred (e-mail) "
            "or kind: visit (a service centre, by appointment)"
        ),
    ),
]


class BotSkill(Frozen):
    """How well a bot can tell what it can solve (d'), and how boldly it answers (threshold; lower is bolder).

    Of the cases that it could solve it answers Phi(d'/2 - threshold), of the others Phi(-d'/2 - threshold), and gets
    those wrong. This is signal detection theory (Green and Swets, 1966).
    """

    d_prime: NonNegative
    threshold: Number = 0.0
    solvable: ShareByName = Field(description="give the share of cases that it could solve, or one by case type")


class Bot(Frozen):
    """An automatic assistant in front of some channels.

    Described by ``contains`` (odds that it keeps a contact from people) and ``truly_solved`` (odds that a contained
    case is solved), or by ``skill``.
    """

    channels: tuple[str, ...] = Field(min_length=1, description="list the channels it stands in front of")
    open_hours: OpenHours = OpenHours("always")
    sessions: Annotated[Whole, Field(ge=1)] | None = None
    meets_share: Share = 1.0
    meets_again: Annotated[bool, Field(strict=True)] = True
    minutes: Distribution = MeanCv(mean_minutes=2.0)
    contains: ShareByName | None = None
    truly_solved: ShareByName = 1.0
    skill: BotSkill | None = None
    leaves_share: Share = 0.0
    context_share: Share = 1.0
    context_handle_factor: Positive = 1.0
    context_solve_factor: NonNegative = 1.0

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.contains is None) == (self.skill is None):
            raise ValueError("say how well it does in one way: contains (and truly_solved), or skill")
        if self.skill is not None and self.truly_solved != 1:
            raise ValueError("truly_solved goes with contains; with skill it follows from d_prime and threshold")
        return self


class Skill(Frozen):
    """Work that a team can do: a whole channel, one case type or one segment's customers in it, or a back-office task.

    With ``after_minutes`` the team takes only work that has waited so long (overflow); with ``reserve`` it keeps so
    many agents free for its other work.
    """

    channel: str | None = None
    type: str | None = None
    segment: str | None = None
    task: str | None = None
    after_minutes: NonNegative = 0.0
    reserve: Annotated[Whole, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _channel_alone(cls, data: Any) -> Any:
        return {"channel": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _channel_or_task(self) -> Self:
        if (self.channel is None) == (self.task is None) or (self.task and (self.type or self.segment)):
            raise ValueError("a skill names either a channel (and perhaps a type and a segment), or a task")
        return self

    @model_serializer
    def _as_written(self) -> str | dict[str, Any]:
        given = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return self.channel if set(given) == {"channel"} and self.channel else given

    @property
    def is_whole_channel(self) -> bool:
        """Whether it covers everybody who comes through its channel."""
        return self.channel is not None and self.type is None and self.segment is None

    def covers(self, channel: str, case_type: str, segment: str) -> bool:
        """Whether a contact of this type and segment in this channel is such work."""
        return self.channel == channel and self.type in (None, case_type) and self.segment in (None, segment)


class Newcomers(Frozen):
    """Agents who are still learning: at first slower and less sure, then less so day by day.

    An agent's tenure at the start of the run is drawn evenly between 0 and twice ``learning_days``. After t days the
    handle time is 1 + (handle_factor - 1) * exp(-t / learning_days) times as long, the odds of solving likewise.
    """

    share: Share = Field(description="give the share of agents who are new")
    handle_factor: Positive = 1.3
    solve_factor: NonNegative = 0.9
    learning_days: Positive = 30.0


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
    solve_drop_when_busy: Share = 0.0
    courtesy: Annotated[Number, Field(ge=-1, le=1)] = 0.0
    courtesy_drop_when_busy: Annotated[Number, Field(ge=0, le=2)] = 0.0
    newcomers: Newcomers | None = None
    outsourced: Annotated[bool, Field(strict=True)] = False
    paid_by: Literal["hour", "contact"] = "hour"
    wage_per_hour: NonNegative = 20.0
    price_per_contact: NonNegative = 0.0

    @property
    def head_count(self) -> np.ndarray:
        """Planned agents by weekday and minute, shape (7, 1440); ``extra_agents`` join wherever somebody works."""
        return _head_count(self)

    @property
    def somebody_works(self) -> np.ndarray:
        """Whether anybody is planned, by weekday and minute, shape (7, 1440)."""
        return _somebody_works(self)

    @property
    def is_plain(self) -> bool:
        """Whether nothing about its agents changes handle times or the odds of solving."""
        as_usual = self.handle_factor == 1 and self.solve_factor == 1
        return as_usual and self.newcomers is None and self.solve_drop_when_busy == 0


@remembered
def _head_count(team: Team) -> np.ndarray:
    planned = team.agents.minutes
    heads = np.where(planned > 0, np.maximum(planned + team.extra_agents, 0), 0)
    heads.flags.writeable = False
    return heads


@remembered
def _somebody_works(team: Team) -> np.ndarray:
    works = team.head_count > 0
    works.flags.writeable = False
    return works


class FollowUp(Frozen):
    """A call after the conversation, by a team with the skill ``{task: follow_up}``, to ask whether all is well.

    It finds customers whose case was not solved before they come back, and solves it with odds ``solves``.
    """

    share: Share = Field(description="give the share of conversations that are followed up")
    delay: Distribution = Field(description="say how long after, such as {mean_hours: 24}")
    work: Distribution = Field(description="say how long it takes, such as {mean_minutes: 4}")
    solves: Share = 0.8


class Policies(Frozen):
    """Where the levers stand whose effects are written in other keys; it changes nothing by itself.

    A longer return window shows as a higher ``demand_factor``, training as better factors of a team. `sim.levers` moves
    both together, and needs to know from where. The defaults are the position without any effect.
    """

    return_window_days: Positive = 14.0
    repair_at_home_share: Annotated[Share, Field(le=0.9)] = 0.0
    prevented_share: dict[str, Annotated[Share, Field(le=0.9)]] = Field(default={})
    training_hours: dict[str, NonNegative] = Field(default={})
    checked_share: dict[str, Share] = Field(default={})
    common_standard: Annotated[Share, Field(le=0.9)] = 0.0


FOLLOW_UP = "follow_up"
