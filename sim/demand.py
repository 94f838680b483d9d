"""How many cases to expect when: rates, orders with their lags, and events.

The result is a rate for every minute of the run, before the day's own factor. Cases are then drawn from exactly this
rate (`sim.workload`), so a figure of it is a forecast, and its sum an exact mean.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.base import Latest
from sim.customers import Event, Lagged
from sim.distributions import Empirical, MeanCv
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    from sim.scenario import Scenario


def cases_per_minute(scenario: Scenario, case_type: str) -> np.ndarray:
    """Expected cases of a type a minute, without the day's own factor.

    Parameters
    ----------
    scenario : Scenario
    case_type : str

    Returns
    -------
    ndarray, shape (days, 1440)
    """
    return _rate(scenario, case_type, _cases_by_day)


def most_cases(scenario: Scenario) -> float:
    """At least the mean number of cases: as if every day's lagged cases came from the best day's orders.

    Lags need thousands of quantiles and the library that has them. A check of a scenario's size can do without.
    """
    if scenario.demand.trace is not None:
        return float(len(scenario.demand.trace.minutes))
    factors = [(name, kind.demand_factor) for name, kind in scenario.case_types.items()]
    parts = (scenario.days, scenario.first_day, scenario.demand, scenario.events, factors)
    return _most.get(parts, lambda: float(sum(_rate(scenario, name, _most_by_day).sum() for name, _ in factors)))


# Of the last sixteen scenarios; of those that differ in something else it need not be worked out again.
_most: Latest[float] = Latest(lambda _: 1 / 16)


def _rate(scenario: Scenario, case_type: str, by_day: Callable[[Scenario, Lagged], np.ndarray]) -> np.ndarray:
    demand = scenario.demand
    rate = np.zeros((scenario.days, MINUTES_A_DAY))
    if case_type in demand.cases_per_hour:
        rate += demand.cases_per_hour[case_type].minutes[scenario.weekdays] / 60
    if demand.orders is not None and case_type in demand.orders.cases:
        lagged = demand.orders.cases[case_type]
        hours = (demand.orders.hours if lagged.hours is None else lagged.hours).minutes[scenario.weekdays]
        of_day = hours / hours.sum(axis=1, keepdims=True)
        rate += by_day(scenario, lagged)[:, None] * of_day
    rate *= demand.factor * scenario.case_types[case_type].demand_factor
    for event in scenario.events:
        factor = event.case_factors.get(case_type, 1.0)
        if factor != 1:
            rate.ravel()[_window(scenario, event)] *= factor
    return rate


def orders_by_day(scenario: Scenario, before: int = 0) -> np.ndarray:
    """Expected orders a day, shape (before + days,): those of the `before` days are as usual, without events."""
    orders = scenario.demand.orders
    if orders is None:
        return np.zeros(before + scenario.days)
    weekdays = (np.arange(-before, scenario.days) + scenario.first_day.weekday()) % 7
    count = orders.per_day.minutes[weekdays, 0]
    extra = np.ones((scenario.days, MINUTES_A_DAY))
    for event in scenario.events:
        extra.ravel()[_window(scenario, event)] *= event.orders_factor
    # Orders of a day are spread over it as its cases are; an event of two evening hours counts with their share.
    hours = orders.hours.minutes[scenario.weekdays]
    count[before:] *= (extra * hours).sum(axis=1) / hours.sum(axis=1)
    return count


def lag_shares(lagged: Lagged) -> np.ndarray:
    """Share of cases that come 0, 1, 2, ... days after the order; sums to 1.

    A lag counts as the nearest number of days, which leaves its mean nearly as it is.
    """
    return _lag_shares(lagged.lag)


@lru_cache(maxsize=512)
def _lag_shares(lag: MeanCv | Empirical) -> np.ndarray:
    """The shares, kept: every run of a scenario asks for them again, and they take thousands of quantiles."""
    steps = 20_000
    days = np.floor(lag.quantile((np.arange(steps) + 0.5) / steps) / MINUTES_A_DAY + 0.5).astype(int)
    shares = np.bincount(days) / steps
    shares.setflags(write=False)
    return shares


def _cases_by_day(scenario: Scenario, lagged: Lagged) -> np.ndarray:
    shares = lag_shares(lagged)
    orders = orders_by_day(scenario, before=len(shares) - 1)
    return np.convolve(orders, shares, mode="valid") * lagged.per_100 / 100


def _most_by_day(scenario: Scenario, lagged: Lagged) -> np.ndarray:
    # Orders before the run are those of usual weeks, so one week of them shows their best day.
    best = orders_by_day(scenario, before=7).max()
    return np.full(scenario.days, best * lagged.per_100 / 100)


def _window(scenario: Scenario, event: Event) -> slice:
    start = event.start_minutes
    return slice(
        min(start, scenario.days * MINUTES_A_DAY), min(start + round(event.hours * 60), scenario.days * MINUTES_A_DAY)
    )
