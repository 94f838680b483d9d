"""Distributions of durations, each used through its quantile function.

Every random duration in a run is `quantile(u)` of a number u between 0 and 1 that was drawn beforehand. The
same customer therefore keeps the same luck when a mean changes: a longer mean makes every duration longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from sim.base import Cv, Frozen, NonNegative, Positive, plain, show, unquoted
from sim.gamma import unit_gamma

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
        unit, parameters = _unit_mean(self.distribution, self.cv)
        return self.mean_minutes * unit(np.asarray(u, dtype=float), *parameters)


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


_Unit = Callable[..., np.ndarray]
_Number = float | np.ndarray


@lru_cache(maxsize=1024)
def _unit_mean(family: Family, cv: float) -> tuple[_Unit, tuple[float, ...]]:
    """Quantile function of the family with mean 1, and the parameters that it takes after u for this cv."""
    if cv == 0:
        return _constant, ()
    if family == "lognormal":
        variance = math.log1p(cv**2)
        return _lognormal, (math.sqrt(variance), -variance / 2)
    if family == "weibull":
        shape = _weibull_shape(cv)
        return _weibull, (1 / shape, 1 / math.gamma(1 + 1 / shape))
    if family == "hyperexponential":
        return _hyperexponential, ((1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2,)
    if family == "uniform":
        return _uniform, (math.sqrt(3) * cv,)
    shape = _phases(cv) if family == "erlang" else 1 / cv**2
    return (_exponential if shape == 1 else unit_gamma(shape)), ()


def _constant(u: np.ndarray) -> np.ndarray:
    return np.ones_like(u)


def _exponential(u: np.ndarray) -> np.ndarray:
    return -np.log1p(-u)


def _lognormal(u: np.ndarray, sigma: _Number, mu: _Number) -> np.ndarray:
    from scipy.special import ndtri

    score = ndtri(u)
    score *= sigma
    score += mu
    return np.exp(score)


def _weibull(u: np.ndarray, power: _Number, scale: _Number) -> np.ndarray:
    return _exponential(u) ** power * scale


def _weibull_shape(cv: float) -> float:
    """Shape with this cv: 1 + cv^2 = Gamma(1 + 2/k) / Gamma(1 + 1/k)^2, which falls in k."""
    from scipy.optimize import brentq

    def gap(shape: float) -> float:
        return math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape) - math.log1p(cv**2)

    return float(brentq(gap, 0.05, 500))


def _uniform(u: np.ndarray, half_width: _Number) -> np.ndarray:
    return 1 - half_width + 2 * half_width * u


def _hyperexponential(u: np.ndarray, p: _Number) -> np.ndarray:
    """Two exponentials with balanced means, the first with weight p; the quantile by Newton's method.

    The survival function is convex, so from a point below the root Newton climbs to it without overshooting.
    """
    survival = 1 - u
    branches = ((p, 2 * p), (1 - p, 2 * (1 - p)))
    x = np.maximum(0.0, np.max([-np.log(survival / weight) / rate for weight, rate in branches], axis=0))
    going = np.ones(np.shape(x), dtype=bool)
    for _ in range(60):
        terms = [(weight * np.exp(-rate * x), rate) for weight, rate in branches]
        step = (sum(t for t, _ in terms) - survival) / sum(t * rate for t, rate in terms)
        # Each stops by itself, so that none depends on what else is asked for.
        x = np.where(going, x + step, x)
        going &= np.abs(step) > 1e-13 * (1 + x)
        if not going.any():
            break
    return np.maximum(x, 0.0)


class Quantiles:
    """Quantile functions of several distributions at once, for numbers that each follow one of them.

    Distributions of one family are calculated together, whatever their means and coefficients of variation.

    Parameters
    ----------
    distributions : sequence of MeanCv, Empirical, "never" or None
        "never" is infinite; None stands for one that nobody will ask for.

    Examples
    --------
    >>> import numpy as np
    >>> short, long = MeanCv(mean_minutes=4), MeanCv(mean_minutes=8)
    >>> Quantiles([short, "never", long])(np.array([0.5, 0.5, 0.5]), np.array([2, 1, 0]))
    array([5.54517744,        inf, 2.77258872])
    """

    def __init__(self, distributions: Sequence[MeanCv | Empirical | Literal["never"] | None]) -> None:
        known = [one for one in distributions if one is not None]
        self._only = known[0] if len(set(known)) == 1 and not isinstance(known[0], str) else None
        self._complete = NEVER not in known
        members: dict[_Unit, list[tuple[int, float, tuple[float, ...]]]] = {}
        for code, one in enumerate(distributions):
            if isinstance(one, MeanCv):
                unit, parameters = _unit_mean(one.distribution, one.cv)
                members.setdefault(unit, []).append((code, one.mean_minutes, parameters))
            elif isinstance(one, Empirical):
                members.setdefault(one.quantile, []).append((code, 1.0, ()))
        self._families: list[tuple[_Unit, list[_Number]]] = []
        self._family_of = np.full(len(distributions), -1, dtype=np.int16)
        for unit, found in members.items():
            codes = [code for code, _, _ in found]
            table = np.zeros((1 + len(found[0][2]), len(distributions)))
            table[:, codes] = np.transpose([(mean, *parameters) for _, mean, parameters in found])
            self._family_of[codes] = len(self._families)
            # What all have is one number; but NumPy raises to a power that is one number in another way.
            alike = [unit is not _weibull and len(set(row[codes])) == 1 for row in table]
            rows: list[_Number] = [float(row[codes[0]]) if one else row for one, row in zip(alike, table, strict=True)]
            self._families.append((unit, rows))

    def __call__(self, u: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Durations in minutes at the probabilities `u`, each of distribution `which`; both of shape (n,)."""
        if self._only is not None:
            return self._only.quantile(u)
        if len(self._families) == 1 and self._complete:
            return self._durations(0, u, which)
        found = np.full(len(u), np.inf)
        family_of = self._family_of[which]
        for family in range(len(self._families)):
            rows = np.flatnonzero(family_of == family)
            if len(rows):
                found[rows] = self._durations(family, u[rows], which[rows])
        return found

    def _durations(self, family: int, u: np.ndarray, which: np.ndarray) -> np.ndarray:
        unit, table = self._families[family]
        mean, *parameters = (row.take(which) if isinstance(row, np.ndarray) else row for row in table)
        minutes = unit(u, *parameters)
        minutes *= mean
        return minutes


def quantiles(distributions: Sequence[MeanCv | Empirical], u: np.ndarray) -> Iterator[np.ndarray]:
    """Durations in minutes at the same probabilities `u` for each distribution; those of one shape share the work."""
    shapes: dict[object, np.ndarray] = {}
    for one in distributions:
        if isinstance(one, Empirical):
            yield one.quantile(u)
            continue
        unit, parameters = shape = _unit_mean(one.distribution, one.cv)
        if shape not in shapes:
            shapes[shape] = unit(u, *parameters)
        yield one.mean_minutes * shapes[shape]
