"""The customers' side of a scenario: who comes, when, why, and what they do when they are not helped."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from sim.base import Cv, Frozen, NonNegative, Positive, Share, Whole
from sim.distributions import Distribution, Empirical, MeanCv, Patience
from sim.timetable import MINUTES_A_DAY, Weekly


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
ShareByName = Annotated[
    Annotated[Share, Tag("<as_one>")] | Annotated[dict[str, Share], Tag("<by_channel>")],
    Discriminator(_one_share_or_several),
]


class Lagged(Frozen):
    """Cases of a type that follow orders: how many, how many days later, and at what hours."""

    per_100: NonNegative = Field(description="say how many cases follow from 100 orders")
    lag: Distribution = Field(description="say how long after the order, such as {mean_days: 2.5, cv: 0.4}")
    hours: Weekly | None = None


class Orders(Frozen):
    """Demand that follows orders: a promotion today is a peak of tracking questions in two days' time.

    Orders before the first day are as many as on any such weekday, so that the run starts in full swing.
    """

    per_day: Weekly = Field(description="give the orders of a day, such as {mon-thu: 3000, fri-sun: 3500}")
    hours: Weekly = Field(
        description="give the weights of the hours at which customers ask, such as {'08:00-22:00': 1}"
    )
    cases: dict[str, Lagged] = Field(
        min_length=1, description="say what follows, such as {return: {per_100: 8, lag: {mean_days: 6, cv: 0.4}}}"
    )

    @model_validator(mode="after")
    def _whole_days(self) -> Self:
        if (np.ptp(self.per_day.minutes, axis=1) > 0).any():
            raise ValueError("per_day: holds hours; orders are given for whole days, such as {mon-fri: 3000}")
        for name, hours in {
            "hours": self.hours,
            **{f"cases.{n}.hours": c.hours for n, c in self.cases.items()},
        }.items():
            if hours is not None and (hours.minutes.sum(axis=1) == 0).any():
                raise ValueError(f"{name}: a weekday has no hours; give every day some, however light")
        return self


class Trace(Frozen):
    """Cases as they really came: yesterday played again. Columns of equal length; an empty text is left to chance."""

    minutes: tuple[NonNegative, ...] = Field(min_length=1, description="give the times of the cases, in minutes")
    types: tuple[str, ...] = Field(min_length=1, description="give the case type of each")
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        for name in ("types", "segments", "channels"):
            column = getattr(self, name)
            if column and len(column) != len(self.minutes):
                raise ValueError(f"{name} holds {len(column)} entries for {len(self.minutes)} cases; give one for each")
        return self

    @cached_property
    def ways(self) -> Counter[tuple[str, str]]:
        """How many cases come by type and channel; the channel is empty where chance decides."""
        return Counter(zip(self.types, self.channels or [""] * len(self.types), strict=True))


class Demand(Frozen):
    """How many cases of each type appear, and when.

    By rate (``cases_per_hour``), by what follows from ``orders``, or both together; or else by a ``trace`` of cases as
    they came. Cases arrive as a Poisson process with exactly the rate that follows, times ``factor``, times the day's
    own factor, which is Gamma distributed with mean 1: whole days are busier or quieter than forecast.
    """

    cases_per_hour: dict[str, Weekly] = Field(
        default={},
        description="give a rate for each case type, such as {return: {mon-fri: {'08:00-20:00': 12}}}",
    )
    orders: Orders | None = None
    trace: Trace | None = None
    factor: NonNegative = 1.0
    day_factor_cv: Annotated[Cv, Field(le=2)] = 0.0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if not self.cases_per_hour and self.orders is None and self.trace is None:
            raise ValueError(
                "says nothing of how many cases come; give cases_per_hour, such as "
                "{return: {mon-fri: {'08:00-20:00': 12}}}, or orders, or a trace"
            )
        if self.trace is not None and (self.cases_per_hour or self.orders or self.factor != 1 or self.day_factor_cv):
            raise ValueError("holds a trace, and cases come as in it; leave out the other keys")
        return self


class Event(Frozen):
    """Something that happens on a day: a sale, a promotion, a late carrier, a faulty product, an outage.

    It multiplies orders, or the cases of some types, or takes the bot or all agents away while it lasts. One that
    lies after the last day of the run has no effect: a shorter run of a scenario leaves out what comes later.
    """

    name: str = Field(min_length=1, description="give the event a name")
    day: Annotated[Whole, Field(ge=0)] = Field(description="give its day, counted from 0")
    start: str = "00:00"
    hours: Positive = Field(description="say how many hours it lasts")
    orders_factor: NonNegative = 1.0
    case_factors: dict[str, NonNegative] = Field(default={})
    bot_down: Annotated[bool, Field(strict=True)] = False
    system_down: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _clock(self) -> Self:
        parts = self.start.split(":")
        if len(parts) != 2 or not all(p.isdigit() for p in parts) or int(parts[0]) > 23 or int(parts[1]) > 59:
            raise ValueError(f'start holds {self.start!r}; it may hold a time of day, such as "20:00", in quotes')
        return self

    @property
    def start_minutes(self) -> int:
        """When it starts, in minutes since the first midnight."""
        hour, minute = self.start.split(":")
        return self.day * MINUTES_A_DAY + int(hour) * 60 + int(minute)

    @property
    def end_minutes(self) -> int:
        """When it is over."""
        return self.start_minutes + round(self.hours * 60)


class SelfService(Frozen):
    """Help without people, tried before any contact: the portal, the manual, the knowledge base."""

    share: Share = Field(description="give the share of customers who try it first")
    solves: Share = Field(description="give the odds that it solves the case")
    minutes: Distribution = Field(
        default=MeanCv(mean_minutes=3), description="say how long they try, such as {mean_minutes: 3}"
    )


class Step(Frozen):
    """Something the company still owes after the conversation: a delay, or work by a team.

    A parcel on its way is a ``delay``; a check, a repair or a refund is ``work`` by a team with the skill
    ``{task: <name>}``. ``appointment`` names a visit channel at which a place must be booked before the work.
    """

    name: str = Field(min_length=1, description="give the step a name")
    delay: Distribution | None = None
    work: Distribution | None = None
    odds: Share = 1.0
    freight: Annotated[bool, Field(strict=True)] = False
    skipped_by_instant_refund: Annotated[bool, Field(strict=True)] = False
    appointment: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.delay is None) == (self.work is None):
            raise ValueError("a step has either a delay, such as {mean_days: 2}, or work, such as {mean_minutes: 10}")
        if self.appointment and self.work is None:
            raise ValueError("an appointment belongs to a step with work")
        return self


class CaseType(Frozen):
    """Why customers come: through which channels, how long it takes to help them, how often that solves it."""

    channels: dict[str, Share] = Field(
        min_length=1, description="give the share of each channel, such as {phone: 0.7, email: 0.3}"
    )
    handle_time: PerChannelTime = Field(
        description="give the time a case takes an agent, such as {distribution: lognormal, mean_minutes: 4, cv: 0.8}"
    )
    solved: ShareByName = 1.0
    segments: dict[str, Share] | None = Field(
        default=None,
        min_length=1,
        description="leave it out, or give the share of each segment, such as {regular: 0.7, vip: 0.3}",
    )
    patience: Patience | None = None
    self_service: SelfService | None = None
    steps: tuple[Step, ...] = ()
    instant_refund_share: Share = 0.0
    status_enquiries_per_day: NonNegative = 0.0
    kept_informed_share: Share = 0.0
    freight_factor: Positive = 1.0
    demand_factor: NonNegative = 1.0

    def handle_time_in(self, channel: str) -> MeanCv | Empirical:
        """Handle time when the case comes through `channel`."""
        return self.handle_time[channel] if isinstance(self.handle_time, dict) else self.handle_time

    def solved_in(self, channel: str) -> float:
        """Odds that one conversation in `channel` solves the case."""
        return self.solved[channel] if isinstance(self.solved, dict) else self.solved

    def knows(self, channel: str) -> bool:
        """Whether handle time and odds are given for `channel`."""
        return all(not isinstance(given, dict) or channel in given for given in (self.handle_time, self.solved))


class Segment(Frozen):
    """Who the customers are: a share of them, and how they are treated in the queue."""

    share: Share = 1.0
    priority: Annotated[Whole, Field(ge=1, le=9)] = 2
    head_start_minutes: NonNegative = 0.0
    patience_factor: Positive = 1.0
    forgives: Share = 0.0
    yearly_margin: NonNegative | None = None


class Return(Frozen):
    """Whether and when a customer tries again after an attempt that did not help."""

    odds: Share
    delay: Distribution = Field(description="say how long they wait before they try again, such as {mean_hours: 24}")


class Angrier(Frozen):
    """Customers who come back as another type, a complaint say, with these odds."""

    odds: Share
    type: str


class ComingBack(Frozen):
    """What customers do after an attempt that did not help. Without an entry they give up."""

    after_no_solution: Return | None = None
    after_abandonment: Return | None = None
    after_blocking: Return | None = None
    after_turned_away: Return | None = None
    after_false_containment: Return | None = None
    after_leaving_the_bot: Return | None = None
    angrier: Angrier | None = None
    switch_channel: dict[str, dict[str, Share]] = Field(default={})
    max_attempts: Annotated[Whole, Field(ge=1, le=20)] = 5

    @model_validator(mode="after")
    def _odds(self) -> Self:
        for name, others in self.switch_channel.items():
            if sum(others.values()) > 1 + 1e-9:
                raise ValueError(
                    f"switch_channel.{name}: the odds sum to {sum(others.values()):g}; they may sum to 1 at most"
                )
        return self
