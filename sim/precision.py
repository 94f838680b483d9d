"""Replications until a measure is known well enough: a rule for stopping, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.base import Frozen, Positive, Whole, unknown_name
from sim.batch import View
from sim.interval import Estimate
from sim.measures import MEASURES


class Precision(Frozen):
    """How well a measure has to be known before no more replications are run.

    After `at_least` replications, and then after every further `every`, the interval of the measure is looked at; the
    first time that it is short enough is the last. The looks do not depend on who does the work, so the result does
    not either.

    Looking again and again costs a little: the rule stops a bit too early when the spread happens to look small, so
    that intervals of 95 % cover the truth somewhat less often than that, the less often the fewer replications there
    are at the first look (Chow and Robbins 1965 show that the loss vanishes as the intervals get shorter; Law,
    *Simulation Modeling and Analysis*, 5th ed., 2015, section 9.4.1, advises at least 10 replications). Several groups
    or differences are judged each by itself, without a correction for their number.

    Parameters
    ----------
    measure : str
    half_width : float
        Half the length that the interval may have, in the measure's unit; with `relative` as a share of the value.
    relative : bool, default False
        A relative width g is held to be reached when half-width / |estimate| <= g / (1 + g), because the estimate
        itself may be off by g (Law 2015, section 9.4.1).
    by : str, optional
        Every group has to be known so well; groups without a value do not count.
    of : {"values", "differences"}, optional
        What has to be known: the measure in every scenario, or how the others differ from the base. By default the
        differences where there are several scenarios.
    at_least, at_most : int, default 10 and 500
        Replications.
    every : int, default 10
        Replications between two looks.
    confidence : float, default 0.95
    from_day, to_day, answer_within_seconds : float, optional
        See `sim.measures.sums`.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)
    >>> goal = sim.Precision(measure="abandonment", half_width=0.01, at_most=200)
    >>> runs = sim.replicate(desk, until=goal, progress=False)
    >>> runs.precision.reached
    True
    >>> bool(runs.measure("abandonment").eval("high - low").item() <= 0.02)
    True
    """

    measure: str = Field(description="name a measure, such as service_level")
    half_width: Positive = Field(description="say how wide half the interval may be")
    relative: Annotated[bool, Field(strict=True)] = False
    by: str | tuple[str, ...] | None = None
    of: Literal["values", "differences"] | None = None
    at_least: Annotated[Whole, Field(ge=2)] = 10
    at_most: Annotated[Whole, Field(ge=2)] = 500
    every: Annotated[Whole, Field(ge=1)] = 10
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    from_day: float = 0
    to_day: float | None = None
    answer_within_seconds: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.measure not in MEASURES:
            raise ValueError(f"measure: {unknown_name(self.measure, MEASURES, 'measure')}")
        if self.at_most < self.at_least:
            raise ValueError(
                f"at_most holds {self.at_most}, less than at_least, {self.at_least}; it may hold at least as many"
            )
        return self

    @property
    def view(self) -> View:
        """What has to be counted for it."""
        names = ("from_day", "to_day", "answer_within_seconds")
        return View.of(self.by, {name: getattr(self, name) for name in names})

    def judged(self, estimates: Sequence[Estimate]) -> Judgement:
        """What the rule makes of the estimates of all scenarios, the base first."""
        if (self.of or ("differences" if len(estimates) > 1 else "values")) == "differences":
            base = estimates[0].value
            judged = [one - estimates[0] for one in estimates[1:]]
        else:
            base, judged = np.full(1, np.nan), list(estimates)
        half = np.array([one.half_width(self.confidence) for one in judged])
        value = np.array([one.value for one in judged])
        allowed = np.full(half.shape, float(self.half_width))
        if self.relative:
            # A difference is small or large against the base, for it may be nothing at all.
            against = np.abs(value if np.isnan(base).all() else np.broadcast_to(base, value.shape))
            allowed = self.half_width / (1 + self.half_width) * against
        known = ~np.isnan(value)
        if not known.any():
            raise ValueError(f"{self.measure} has no value here, so no precision of it can be reached")
        enough = bool((half[known] <= allowed[known]).all())
        return Judgement(self, enough, float(half[known].max()), len(estimates[0].pull))


@dataclass(frozen=True)
class Judgement:
    """What came of a rule for stopping.

    Attributes
    ----------
    goal : Precision
    reached : bool
    half_width : float
        The largest half-width at the end, in the measure's unit.
    replications : int
    """

    goal: Precision
    reached: bool
    half_width: float
    replications: int

    def __str__(self) -> str:
        wish = f"{self.goal.half_width:g}{' of the value' if self.goal.relative else ''}"
        return (
            f"{self.goal.measure} is known to within {self.half_width:.3g} after {self.replications} replications; the "
            f"goal of {wish} was {'reached' if self.reached else 'not reached'}"
        )


def checked(until: Any) -> Precision:
    """A rule for stopping, from what the caller gave."""
    if isinstance(until, Precision):
        return until
    if isinstance(until, dict):
        return Precision(**until)
    raise ValueError(
        f"until holds {until!r}; it may hold sim.Precision(...) or a dictionary such as "
        '{"measure": "service_level", "half_width": 0.01}'
    )
