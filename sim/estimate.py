"""What a log of calls tells about customers and demand: pure functions of arrays.

Most of it is about things that a log shows only in part. Customers who were answered would have waited longer; a
busy Monday may be a busy week; a half hour of eight Mondays is a small sample.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.distributions import Family, MeanCv

ENOUGH_ABANDONED = 30
FAMILIES: tuple[Family, ...] = ("lognormal", "gamma", "weibull")


def figures(value: float) -> float:
    """A number with four significant figures: more would claim an accuracy that no log has."""
    return float(f"{float(value):.4g}")


def patience(wait_minutes: np.ndarray, abandoned: np.ndarray, points: int = 24) -> dict[str, Any] | str:
    """Patience from the waits of customers who had to wait, as a scenario's distribution.

    Being answered censors patience, so this is the estimate of Kaplan and Meier ("Nonparametric estimation from
    incomplete observations", JASA 53, 1958), as long as at least 30 who hung up (and a twentieth of them) waited
    longer still. From there an exponential tail: its mean is the time waited beyond that point over the number
    who hung up beyond it. With too few who hung up it is an exponential, estimated in the same way, and with
    none ``never``.

    Customers who were answered at once tell nothing, and must be left out.

    Parameters
    ----------
    wait_minutes : ndarray of float, shape (customers,)
        Above 0.
    abandoned : ndarray of bool, shape (customers,)
        True for those who hung up; the others were answered.
    points : int, default 24
        Points of the distribution, besides the start.

    Returns
    -------
    dict or str
        What a scenario takes under ``patience``.

    Examples
    --------
    Nine wait a minute each and are answered, the tenth hangs up: ten minutes of waiting to one who gave up.

    >>> patience(np.ones(10), np.arange(10) == 0)
    {'distribution': 'exponential', 'mean_minutes': 10.0}
    """
    wait, gone = np.asarray(wait_minutes, dtype=float), np.asarray(abandoned, dtype=bool)
    if not gone.any():
        return "never"
    times = np.sort(wait[gone])
    after = len(times) - np.searchsorted(times, times, side="right")
    inner = times[after >= max(ENOUGH_ABANDONED, len(times) / 20)]
    if not len(inner):
        return {"distribution": "exponential", "mean_minutes": figures(wait.sum() / len(times))}
    from scipy.stats import CensoredData, ecdf

    survival = ecdf(CensoredData(uncensored=wait[gone], right=wait[~gone])).sf
    last, steps = inner[-1], np.unique(inner)
    reached = 1 - survival.evaluate(steps)
    p = np.linspace(0, reached[-1], points + 1)
    t = np.interp(p, np.concatenate([[0.0], reached]), np.concatenate([[0.0], steps]))
    beyond = np.maximum(wait - last, 0)
    return {
        "distribution": "empirical",
        "probabilities": [round(float(value), 6) for value in p],
        "minutes": [round(float(value), 4) for value in t],
        "tail_mean_minutes": figures(beyond.sum() / (times > last).sum()),
    }


def relative_patience(waited_minutes: np.ndarray, abandoned: np.ndarray) -> np.ndarray:
    """How many times as patient as the first segment each segment is.

    If patience is exponential, time waited over the number who hung up estimates its mean. The ratio is taken
    within types, so that a segment does not look patient because the types that it asks for are: hang-ups that
    would be expected at the first segment's rates, over those that happened.

    Parameters
    ----------
    waited_minutes : ndarray of float, shape (types, segments)
        Total time waited.
    abandoned : ndarray of float, shape (types, segments)
        Number who hung up.

    Returns
    -------
    ndarray of float, shape (segments,)
        1 for the first segment, and for those of whom fewer than 30 hung up.

    Examples
    --------
    >>> relative_patience(np.array([[100.0, 300.0]]), np.array([[50, 75]]))
    array([1., 2.])
    """
    waited, gone = np.asarray(waited_minutes, dtype=float), np.asarray(abandoned, dtype=float)
    told = waited[:, 0] > 0
    rate = gone[told, :1] / waited[told, :1]
    expected, happened = (rate * waited[told]).sum(axis=0), gone[told].sum(axis=0)
    enough = (happened >= ENOUGH_ABANDONED) & (expected > 0)
    return np.where(enough, expected / np.maximum(happened, 1), 1.0)


def nearest_family(minutes: np.ndarray) -> Family:
    """The family that, with the sample's mean and cv, has the quantiles nearest to it (Kolmogorov's distance).

    Parameters
    ----------
    minutes : ndarray of float, shape (calls,)
    """
    mean = float(minutes.mean())
    cv = float(minutes.std() / mean) if mean > 0 else 0.0
    if not 0.01 <= cv <= 20:
        return "gamma"
    u = np.arange(1, 200) / 200
    ordered = np.sort(minutes)

    def distance(family: Family) -> float:
        at = MeanCv(distribution=family, mean_minutes=mean, cv=cv).quantile(u)
        return float(np.abs(np.searchsorted(ordered, at, side="right") / len(ordered) - u).max())

    return min(FAMILIES, key=distance)


def day_factor_cv(per_day: np.ndarray, weekdays: np.ndarray, seen: np.ndarray) -> float:
    """Coefficient of variation of the day factor: how much weeks differ beyond Poisson chance.

    Let x and y be the calls on a weekday in successive weeks. Then (x - y)^2 / 2 - (x + y) / 2 estimates the
    squared expected number times the squared cv, and x y the squared expected number. Comparing neighbours keeps
    a season or a trend from looking like chance.

    Parameters
    ----------
    per_day : ndarray of float, shape (days,)
    weekdays : ndarray of int, shape (days,)
    seen : ndarray of bool, shape (days,)
        False for days that the log does not have.

    Examples
    --------
    >>> day_factor_cv(np.array([90.0, 110.0]), np.array([0, 0]), np.array([True, True]))  # 200 - 100 = 10^2
    0.10050378152592121
    """
    excess = square = 0.0
    for weekday in range(7):
        x = per_day[(weekdays == weekday) & seen]
        excess += float(((x[1:] - x[:-1]) ** 2 / 2 - (x[1:] + x[:-1]) / 2).sum())
        square += float((x[1:] * x[:-1]).sum())
    return math.sqrt(max(excess, 0.0) / square) if square > 0 else 0.0


def smooth_week(per_day: np.ndarray, weekdays: np.ndarray, seen: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """Mean by weekday and slot, smoothed where the days cannot tell the weekdays apart.

    The weekdays with the same hours are drawn towards the daily profile that they share: by the part of their
    differences that is expected from the spread among the days of each weekday. Then every slot is averaged with
    its open neighbours, with weights 1, 2, 1.

    Parameters
    ----------
    per_day : ndarray of float, shape (days, slots)
    weekdays : ndarray of int, shape (days,)
    seen : ndarray of bool, shape (days,)
        False for days that the log does not have; they do not count.
    is_open : ndarray of bool, shape (7, slots)
        Other slots hold 0 in the result.

    Returns
    -------
    ndarray of float, shape (7, slots)
        Every weekday keeps its total over the open slots.
    """
    rows = [np.flatnonzero((weekdays == weekday) & seen) for weekday in range(7)]
    mean, noise = np.zeros(is_open.shape), np.zeros(is_open.shape)
    for weekday, row in enumerate(rows):
        if len(row):
            mean[weekday] = per_day[row].mean(axis=0) * is_open[weekday]
        if len(row) > 1:
            noise[weekday] = per_day[row].var(axis=0, ddof=1) / len(row) * is_open[weekday]
    drawn = mean.copy()
    for hours in {tuple(day) for day in is_open}:
        alike = [weekday for weekday in range(7) if tuple(is_open[weekday]) == hours and len(rows[weekday])]
        if len(alike) < 2 or not mean[alike].any():
            continue
        shared = mean[alike].sum(axis=1, keepdims=True) * mean[alike].sum(axis=0) / mean[alike].sum()
        apart = ((mean[alike] - shared) ** 2).sum()
        by_chance = noise[alike].sum() * (1 - 1 / len(alike))
        drawn[alike] += (min(1.0, by_chance / apart) if apart > 0 else 0.0) * (shared - mean[alike])
    blurred = _one_two_one(drawn) / np.maximum(_one_two_one(is_open * 1.0), 1e-9) * is_open
    scale = mean.sum(axis=1) / np.maximum(blurred.sum(axis=1), 1e-12)
    return blurred * scale[:, None]


def _one_two_one(week: np.ndarray) -> np.ndarray:
    padded = np.pad(week, ((0, 0), (1, 1)))
    return (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
