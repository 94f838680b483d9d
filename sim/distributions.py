"""Distributions of durations, each used through its quantile function.

Every random duration in a run is `quantile(u)` of a number u between 0 and 1 that was drawn beforehand. The
same customer therefore keeps the same luck when a mean changes: a longer mean makes every duration longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from sim.base import Cv, Frozen, NonNegative, Positive, plain, show, unquoted

_UNITS = {"mean_seconds": 1 / 60, "mean_minutes": 1.0, "mean_hours": 60.0, "mean_days": 1440.0}

LONGEST_MEAN_MINUTES = 10 * 366 * 1440.0

NEVER: Literal["never"] = "never"

Family = Literal["gamma", "exponential", "lognormal", "erlang", "weibull", "hyperexponential", "uniform", "constant"]


class MeanCv(Frozen):
    """A duration given by its mean and coefficient of variation (standard deviation / mean).

    The mean is written with its unit: ``mean_seconds``, ``mean_minutes``, ``mean_hours`` or ``mean_days``.
    The family is a gamma unless another is named, and ``cv`` is 1 unless given: the exponential distribution.

    Examples
    --------
    >>> import numpy as np
    >>> MeanCv(mean_minutes=4).quantile(np.array([0.5]))  # 4 ln 2
    array([2.77258872])
    >>> MeanCv(distribution="constant", mean_seconds=90).quantile(np.array([0.1, 0.9]))
    array([1.5, 1.5])
    """

    distribution: Family = "gamma"
    mean_minutes: NonNegative = Field(
        description="give the mean with its unit: mean_seconds, mean_minutes, mean_hours or mean_days"
    )
    cv: Annotated[Cv, Field(le=20)] = 1.0

    @model_validator(mode="before")
    @classmethod
    def _in_minutes(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError(
                f"holds {show(data)}; write a distribution such as {{mean_minutes: 4, cv: 0.8}}, with the unit in the "
                "key (patience may also be never)"
            )
        given = [key for key in _UNITS if key in data]
        if len(given) > 1:
            raise ValueError(f"gives the mean more than once ({', '.join(given)}); keep one of them")
        data = plain(data)
        if given:
            mean = data.pop(given[0])
            if type(mean) not in (int, float) or not 0 <= mean <= LONGEST_MEAN_MINUTES / _UNITS[given[0]]:
                raise ValueError(
                    f"{given[0]} holds {show(mean)}; it may hold a number from 0 up to ten years{unquoted(mean)}"
                )
            data["mean_minutes"] = mean * _UNITS[given[0]]
        if data.get("distribution") in ("constant", "uniform") and "cv" not in data:
            data["cv"] = 0.0 if data["distribution"] == "constant" else 1 / math.sqrt(3)
        return data

    @model_validator(mode="after")
    def _possible(self) -> MeanCv:
        if self.mean_minutes == 0 and self.distribution != "constant":
            raise ValueError("the mean is 0; it must be above 0, or write {distribution: constant, mean_minutes: 0}")
        cv, allowed = self.cv, ""
        if self.distribution == "exponential" and cv != 1:
            allowed = "an exponential distribution has cv 1; leave cv out, or take gamma or lognormal"
        elif self.distribution == "constant" and cv != 0:
            allowed = "a constant has cv 0; leave cv out"
        elif self.distribution == "hyperexponential" and cv < 1:
            allowed = "a hyperexponential distribution has cv 1 or more; below 1 take gamma or erlang"
        elif self.distribution == "uniform" and cv > 1 / math.sqrt(3) + 1e-12:
            allowed = "a uniform distribution from 0 up has cv at most 0.577"
        elif self.distribution == "erlang" and (cv == 0 or abs(_phases(cv) - 1 / cv**2) > 0.05 / cv**2):
            near = "1, 0.707, 0.577 or 0.5 (1, 2, 3 or 4 phases)"
            allowed = f"an Erlang distribution of k phases has cv 1/sqrt(k): {near}; take gamma for any other cv"
        elif self.distribution == "weibull" and not 0.01 <= cv <= 20:
            allowed = "a Weibull distribution here has cv from 0.01 to 20"
        if allowed:
            raise ValueError(f"cv holds {cv:.4g} with distribution {self.distribution}; {allowed}")
        return self

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Durations in minutes at the probabilities `u` (any shape, in [0, 1))."""
        if self.cv == 0:
            return np.full(np.shape(u), self.mean_minutes)
        return self.mean_minutes * _UNIT_MEAN[self.distribution](np.asarray(u, dtype=float), self.cv)


class Empirical(Frozen):
    """A duration given by points of its distribution function, as measured.

    Between the points the quantile function is linear. Above the last probability, when that is below 1,
    durations go on as an exponential with mean ``tail_mean_minutes``: measured patience rarely tells how the
    most patient would have waited, because they were answered first.

    Examples
    --------
    >>> import numpy as np
    >>> walk = Empirical(distribution="empirical", probabilities=[0, 0.5, 1], minutes=[0, 1, 5])
    >>> walk.quantile(np.array([0.25, 0.75])), walk.mean_minutes
    (array([0.5, 3. ]), 1.75)
    """

    distribution: Literal["empirical"]
    probabilities: tuple[NonNegative, ...] = Field(min_length=2)
    minutes: tuple[NonNegative, ...] = Field(min_length=2)
    tail_mean_minutes: Positive | None = None

    @model_validator(mode="after")
    def _possible(self) -> Empirical:
        p, t = np.array(self.probabilities), np.array(self.minutes)
        if len(p) != len(t):
            raise ValueError(f"has {len(p)} probabilities and {len(t)} minutes; each point needs both")
        if p[0] != 0 or p[-1] > 1 or (np.diff(p) <= 0).any():
            raise ValueError("probabilities must start at 0, rise from point to point, and end at 1 or below")
        if (np.diff(t) < 0).any():
            raise ValueError("minutes must not fall from one point to the next")
        if p[-1] < 1 and self.tail_mean_minutes is None:
            raise ValueError(
                f"the probabilities end at {p[-1]:g}; end them at 1, or give tail_mean_minutes for what lies above"
            )
        return self

    @property
    def mean_minutes(self) -> float:
        """Mean in minutes, the tail included."""
        p, t = np.array(self.probabilities), np.array(self.minutes)
        tail = (1 - p[-1]) * (t[-1] + (self.tail_mean_minutes or 0.0))
        return float((np.diff(p) * (t[1:] + t[:-1]) / 2).sum() + tail)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Durations in minutes at the probabilities `u` (any shape, in [0, 1))."""
        u = np.asarray(u, dtype=float)
        inside = np.interp(u, self.probabilities, self.minutes)
        last = self.probabilities[-1]
        if last == 1:
            return inside
        tail = -np.log1p(-np.clip((u - last) / (1 - last), 0, None)) * (self.tail_mean_minutes or 0.0)
        return inside + np.where(u > last, tail, 0.0)


def _which(value: Any) -> str:
    if value == NEVER:
        return "<never>"
    kind = value.get("distribution") if isinstance(value, dict) else getattr(value, "distribution", None)
    return "<empirical>" if kind == "empirical" else "<mean_cv>"


# The tags in angle brackets are pydantic's; messages leave them out.
_MeanCv = Annotated[MeanCv, Tag("<mean_cv>")]
_Empirical = Annotated[Empirical, Tag("<empirical>")]
Distribution = Annotated[_MeanCv | _Empirical, Discriminator(_which)]
Patience = Annotated[_MeanCv | _Empirical | Annotated[Literal["never"], Tag("<never>")], Discriminator(_which)]


def _phases(cv: float) -> int:
    return max(1, round(1 / cv**2))


def _exponential(u: np.ndarray, cv: float) -> np.ndarray:
    return -np.log1p(-u)


def _gamma(u: np.ndarray, cv: float) -> np.ndarray:
    if cv == 1:
        return _exponential(u, cv)
    from scipy.special import gammaincinv

    shape = 1 / cv**2
    return gammaincinv(shape, u) / shape


def _erlang(u: np.ndarray, cv: float) -> np.ndarray:
    return _gamma(u, 1 / math.sqrt(_phases(cv)))


def _lognormal(u: np.ndarray, cv: float) -> np.ndarray:
    from scipy.special import ndtri

    variance = math.log1p(cv**2)
    return np.exp(math.sqrt(variance) * ndtri(u) - variance / 2)


def _weibull(u: np.ndarray, cv: float) -> np.ndarray:
    shape = _weibull_shape(cv)
    return _exponential(u, cv) ** (1 / shape) / math.gamma(1 + 1 / shape)


def _weibull_shape(cv: float) -> float:
    """Shape with this cv: 1 + cv^2 = Gamma(1 + 2/k) / Gamma(1 + 1/k)^2, which falls in k."""
    from scipy.optimize import brentq

    def gap(shape: float) -> float:
        return math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape) - math.log1p(cv**2)

    return float(brentq(gap, 0.05, 500))


def _uniform(u: np.ndarray, cv: float) -> np.ndarray:
    half_width = math.sqrt(3) * cv
    return 1 - half_width + 2 * half_width * u


def _hyperexponential(u: np.ndarray, cv: float) -> np.ndarray:
    """Two exponentials with balanced means; the quantile by Newton's method.

    The survival function is convex, so from a point below the root Newton climbs to it without overshooting.
    """
    p = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    rates = np.array([2 * p, 2 * (1 - p)])
    weights = np.array([p, 1 - p])
    survival = 1 - u
    x = np.max([-np.log(survival / w) / r for w, r in zip(weights, rates, strict=True)], axis=0)
    x = np.maximum(x, 0.0)
    for _ in range(60):
        terms = [w * np.exp(-r * x) for w, r in zip(weights, rates, strict=True)]
        step = (terms[0] + terms[1] - survival) / (rates[0] * terms[0] + rates[1] * terms[1])
        x = x + step
        if np.all(np.abs(step) <= 1e-13 * (1 + x)):
            break
    return np.maximum(x, 0.0)


_UNIT_MEAN: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "gamma": _gamma,
    "exponential": _exponential,
    "lognormal": _lognormal,
    "erlang": _erlang,
    "weibull": _weibull,
    "hyperexponential": _hyperexponential,
    "uniform": _uniform,
    "constant": lambda u, cv: np.ones_like(u),
}
