"""Volumes of the next weeks from those of the past, with an honest range.

Daily volumes follow the weekday, drift, and jump on days that one knows beforehand. The model says so: the logarithm of
a day's volume is a level, plus an effect of its weekday, of its known events and (given two years) of the season, plus
an error that fades from day to day. It is a regression with autocorrelated errors (SARIMAX of statsmodels, which also
copes with missing days). What it cannot know becomes the range, and the day factor of a scenario: staffing for
``"90 % of days"`` then covers what the forecast leaves open.

Sources: Ibrahim, Ye, L'Ecuyer and Shen (2016), "Modeling and forecasting call center arrivals: a literature survey",
International Journal of Forecasting 32; Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd ed.,
2021), chapter 10, for regression with ARIMA errors.
"""

from __future__ import annotations

import datetime
import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import show
from sim.customers import Event
from sim.demand import cases_per_minute
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    import pandas as pd

LEAST_DAYS = 21
MOST_DAYS_AHEAD = 366
_YEAR = 365.25
_HARMONICS = 3


@dataclass(frozen=True)
class Forecast:
    """Volumes of days to come.

    Attributes
    ----------
    first_day : datetime.date
        The first of them.
    mean, low, high : ndarray, shape (days,)
        Expected volume, and the range that holds `level` of the days; 0 on weekdays that are always closed.
    day_cv : ndarray, shape (days,)
        Coefficient of variation of the rate of the day, without the chance of single customers (Poisson).
    level : float
        Share of days that the range should hold.
    effects : dict of str to float
        What a known event multiplies the volume by, as learnt from the past.
    """

    first_day: datetime.date
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    day_cv: np.ndarray
    level: float
    effects: dict[str, float]

    @property
    def table(self) -> pd.DataFrame:
        """One row a day: date (the index), mean, low, high, day_cv."""
        import pandas as pd

        dates = pd.date_range(self.first_day, periods=len(self.mean), name="date")
        columns = {"mean": self.mean, "low": self.low, "high": self.high, "day_cv": self.day_cv}
        return pd.DataFrame(columns, index=dates)

    def into(self, scenario: Scenario | str, name: str | None = None) -> Scenario:
        """The scenario with the volumes of the forecast, day by day, and its uncertainty as the day factor.

        Hours of the day, types, customers and teams stay. Every day gets an event that multiplies its cases so that
        their expected number is the mean of the forecast; the coefficient of variation of the day factor is that of the
        forecast, averaged (as a root mean square) over the days.

        Raises
        ------
        ValueError
            For a trace, which has volumes of its own, or where cases are forecast on a day on which the scenario has
            none.
        """
        base = load(scenario)
        if base.demand.trace is not None:
            raise ValueError(f"{base.name!r} plays a trace; a forecast needs demand by rate or by orders")
        moved = base.with_(name=name or f"{base.name}, forecast", first_day=self.first_day, days=len(self.mean))
        expected = np.sum([cases_per_minute(moved, kind).sum(axis=1) for kind in moved.case_types], axis=0)
        empty = np.flatnonzero((self.mean > 0) & (expected <= 0))
        if len(empty):
            day = self.first_day + datetime.timedelta(days=int(empty[0]))
            raise ValueError(
                f"the forecast has {self.mean[empty[0]]:.0f} on {day:%a} {day}, a day on which {base.name!r} has no "
                "cases; give its demand hours on that weekday"
            )
        factors = np.where(expected > 0, self.mean / np.where(expected > 0, expected, 1.0), 1.0)
        scaled = [
            Event(
                name=f"forecast of day {day}",
                day=day,
                hours=24.0,
                case_factors=dict.fromkeys(moved.case_types, float(factor)),
            )
            for day, factor in enumerate(factors)
        ]
        open_days = self.mean > 0
        cv = float(np.sqrt((self.day_cv[open_days] ** 2).mean())) if open_days.any() else 0.0
        cv = 0.0 if cv < 0.001 else min(cv, 2.0)
        return moved.with_(events=[*moved.events, *scaled], demand={"day_factor_cv": cv})


def forecast(
    history: pd.Series[Any] | Mapping[Any, float],
    days: int = 28,
    *,
    events: Mapping[str, Iterable[Any]] | None = None,
    level: float = 0.9,
) -> Forecast:
    """Forecast daily volumes.

    Parameters
    ----------
    history : pandas.Series or mapping
        Volume by date. Days that are missing, or have no volume on a weekday that otherwise has some, are taken as
        unknown (a holiday, a lost file), not as days without customers.
    days : int, default 28
        Days to forecast, from the day after the last of the history.
    events : mapping of str to dates, optional
        Days of each known kind of event, past and to come, such as ``{"promotion": ["2026-03-06", "2026-04-03"]}``. Its
        effect is learnt from the past ones.
    level : float, default 0.9
        Share of days that the range should hold.

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        For less than three weeks of history, volumes that are no numbers of at least 0, dates that cannot be read, an
        event to come whose like is not in the history.
    ImportError
        Without statsmodels, which the extra ``forecast`` installs.

    Examples
    --------
    >>> import pandas as pd
    >>> dates = pd.date_range("2026-01-05", periods=56)
    >>> past = pd.Series([120, 110, 100, 100, 90, 40, 30] * 8, index=dates) + [n % 5 for n in range(56)]
    >>> ahead = forecast(past, days=7)
    >>> ahead.first_day, [round(float(value), -1) for value in ahead.mean]
    (datetime.date(2026, 3, 2), [120.0, 110.0, 100.0, 100.0, 90.0, 40.0, 30.0])
    """
    volumes, first = _volumes(history)
    _check_whole("days", days, MOST_DAYS_AHEAD)
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise ValueError(f"level holds {show(level)}; it may hold a share between 0 and 1, such as 0.9")
    size = len(volumes)
    regressors, is_open, names = _regressors(volumes, first, days, events or {})
    logs = np.full(size, np.nan)
    logs[volumes > 0] = np.log(volumes[volumes > 0])
    mean, spread, weights = _fitted(logs, regressors[:size], regressors[size:])
    ahead_open = is_open[size:]
    # The mean of a lognormal lies above its median.
    expected = np.where(ahead_open, np.exp(mean + spread**2 / 2), 0.0)
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2))
    total_cv2 = np.expm1(spread**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_cv2 = np.where(expected > 0, np.maximum(total_cv2 - 1 / expected, 0.0), 0.0)
    return Forecast(
        first_day=first + datetime.timedelta(days=size),
        mean=expected,
        low=np.where(ahead_open, np.exp(mean - reach * spread), 0.0),
        high=np.where(ahead_open, np.exp(mean + reach * spread), 0.0),
        day_cv=np.sqrt(rate_cv2),
        level=float(level),
        effects={name: float(math.exp(weights[place])) for place, name in names.items()},
    )


def seasonal_naive(history: pd.Series[Any] | Mapping[Any, float], days: int = 28) -> np.ndarray:
    """The last known volume of the same weekday: what every forecast has to beat. Shape (days,)."""
    volumes, _ = _volumes(history)
    known = np.where(volumes > 0, volumes, np.nan)
    last = np.zeros(7)
    for place in range(7):
        same = known[len(known) - 7 + place :: -7]
        seen = same[~np.isnan(same)]
        last[place] = seen[0] if len(seen) else 0.0
    return np.resize(last, days)


def accuracy(
    history: pd.Series[Any] | Mapping[Any, float],
    days: int = 14,
    *,
    origins: int = 3,
    events: Mapping[str, Iterable[Any]] | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """How good forecasts of this series would have been: on days that were held out.

    Parameters
    ----------
    history : pandas.Series or mapping
    days : int, default 14
        How far each forecast looks ahead.
    origins : int, default 3
        How many times it is made, each time a week earlier than the one before.
    events, level
        As in `forecast`.

    Returns
    -------
    pandas.DataFrame
        A row each for ``forecast`` and ``seasonal naive`` (the same weekday of the last week): ``wape``, the sum of the
        absolute errors over the sum of the volumes; ``bias``, the sum of the errors over that of the volumes; and
        ``in_range``, the share of the held-out days inside the range.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(3)
    >>> past = pd.Series(rng.poisson([400, 300, 300, 300, 300, 100, 80] * 10), pd.date_range("2026-01-05", periods=70))
    >>> table = accuracy(past)
    >>> bool(table.loc["forecast", "wape"] < table.loc["seasonal naive", "wape"])
    True
    """
    import pandas as pd

    _check_whole("days", days, MOST_DAYS_AHEAD)
    _check_whole("origins", origins, 52)
    volumes, first = _volumes(history)
    dates = pd.date_range(first, periods=len(volumes))
    errors: dict[str, list[np.ndarray]] = {"forecast": [], "seasonal naive": []}
    actual, inside = [], []
    for back in range(origins):
        end = len(volumes) - days - 7 * back
        if end < LEAST_DAYS:
            raise ValueError(
                f"{len(volumes)} days are too few for {origins} forecasts of {days} days with {LEAST_DAYS} days before "
                "each; ask for fewer origins or days"
            )
        past = pd.Series(volumes[:end], index=dates[:end])
        real = volumes[end : end + days]
        known = real > 0
        ahead = forecast(past, days, events=events, level=level)
        actual.append(real[known])
        errors["forecast"].append((ahead.mean - real)[known])
        errors["seasonal naive"].append((seasonal_naive(past, days) - real)[known])
        inside.append(((ahead.low <= real) & (real <= ahead.high))[known])
    total = np.concatenate(actual).sum()
    rows = {
        name: {"wape": np.abs(np.concatenate(each)).sum() / total, "bias": np.concatenate(each).sum() / total}
        for name, each in errors.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table["in_range"] = [float(np.concatenate(inside).mean()), np.nan]
    return table


def daily(calls: pd.DataFrame) -> pd.Series[Any]:
    """Volume by date of a log of calls as `sim.calibrate.read_calls` gives it."""
    return calls.groupby(calls["arrived"].dt.normalize()).size()


def _fitted(logs: np.ndarray, past: np.ndarray, ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and standard deviation of the logarithms ahead, and the weights of the regressors."""
    try:
        from statsmodels.tools.sm_exceptions import ConvergenceWarning
        from statsmodels.tsa.statespace.sarimax import SARIMAX
    except ImportError:
        raise ImportError(
            'forecasts need the package statsmodels: pip install "after-sales-workbook[forecast]"'
        ) from None
    # The weights are part of the state: their uncertainty, large after a few weeks, is then part of the range.
    model = SARIMAX(logs, exog=past, order=(1, 0, 0), trend="n", mle_regression=False)
    with warnings.catch_warnings():
        # A series with hardly any error left has a flat likelihood; the answer is as good as any then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        fit = model.fit(disp=False, maxiter=200)
    future = fit.get_forecast(len(ahead), exog=ahead)
    weights = np.asarray(fit.filtered_state)[-past.shape[1] :, -1]
    return np.asarray(future.predicted_mean), np.sqrt(np.asarray(future.var_pred_mean)), weights


def _regressors(
    volumes: np.ndarray, first: datetime.date, days: int, events: Mapping[str, Iterable[Any]]
) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Columns of weekdays, season and events for the past and the days ahead; the open days; the columns of events."""
    size = len(volumes)
    place = np.arange(size + days)
    weekday = (place + first.weekday()) % 7
    busy = [day for day in range(7) if (volumes[weekday[:size] == day] > 0).any()]
    columns = [(weekday == day).astype(float) for day in busy]
    if size >= 2 * _YEAR:
        for k in range(1, _HARMONICS + 1):
            columns += [np.sin(2 * np.pi * k * place / _YEAR), np.cos(2 * np.pi * k * place / _YEAR)]
    names = {}
    for name, dates in events.items():
        column = np.zeros(size + days)
        for date in [dates] if isinstance(dates, str) else dates:
            where = (_date(date, f"events: {name}") - first).days
            if 0 <= where < size + days:
                column[where] = 1
        if not (column[:size] * (volumes > 0)).any():
            if column[size:].any():
                raise ValueError(
                    f"events: {name!r} lies ahead, but no such day is in the history to learn its effect from; leave "
                    "it out and give the scenario an event with a factor"
                )
            continue
        names[len(columns)] = str(name)
        columns.append(column)
    return np.column_stack(columns), np.isin(weekday, busy), names


def _volumes(history: pd.Series[Any] | Mapping[Any, float]) -> tuple[np.ndarray, datetime.date]:
    """Volumes of successive days, NaN where there is none, and the first day."""
    items = dict(history.items())
    if not items:
        raise ValueError("history is empty; give volumes by date")
    by_date: dict[datetime.date, float] = {}
    for key, value in items.items():
        date = _date(key, "history")
        number = float(value) if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) else -1.0
        if not (number >= 0 or math.isnan(number)) or math.isinf(number):
            raise ValueError(f"history: {date} holds {show(value)}; it may hold a number of at least 0")
        if date in by_date:
            raise ValueError(f"history: {date} comes twice; add its volumes up first")
        by_date[date] = number
    first, last = min(by_date), max(by_date)
    size = (last - first).days + 1
    known = sum(value > 0 for value in by_date.values())
    if known < LEAST_DAYS:
        raise ValueError(f"history has {known} days with volumes; a forecast needs at least {LEAST_DAYS}, three weeks")
    if size > 40 * 366:
        raise ValueError(f"history reaches from {first} to {last}; check the dates")
    volumes = np.full(size, np.nan)
    for date, number in by_date.items():
        volumes[(date - first).days] = number
    return volumes, first


def _date(value: Any, where: str) -> datetime.date:
    try:
        if isinstance(value, str):
            return datetime.date.fromisoformat(value.strip()[:10])
        if isinstance(value, datetime.datetime):  # pandas' timestamps too
            return value.date()
        if isinstance(value, datetime.date):
            return value
        if isinstance(value, np.datetime64):
            return datetime.date.fromisoformat(str(value.astype("datetime64[D]")))
    except ValueError:
        pass
    raise ValueError(f"{where}: {show(value)} is not a date; write it as 2026-03-02")


def _check_whole(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
        raise ValueError(f"{name} holds {show(value)}; it may hold a whole number from 1 to {most}")
