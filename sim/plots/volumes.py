"""Figures of demand: the shape of a day, days that differ more than chance, and what an event brings when."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.base import is_number, show, unknown_name
from sim.demand import cases_per_minute, orders_by_day
from sim.plots.page import (
    BLUE,
    DARK,
    FAINT,
    INK,
    MARKERS,
    QUIET,
    SCENARIO_COLOURS,
    STEPS,
    Picture,
    clock_axis,
    labels_at_right,
    page,
)
from sim.plots.sentences import NBSP, number
from sim.plots.tables import largest, needs
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from matplotlib.axes import Axes

USUAL, ADDED = "#C9CED3", "#5B6B7A"
TYPE_COLOURS = (*SCENARIO_COLOURS[1:], "#6A3B6A")
HALF_A_SLOT = 15


def day_shape(
    calls: pd.DataFrame, groups: Mapping[str, Sequence[str]] | None = None, even: float | None = None
) -> Picture:
    """Mean calls by half hour for groups of weekdays, with 95 % intervals.

    Parameters
    ----------
    calls : DataFrame
        Columns date, weekday, slot (such as 16:30) and calls, as `sim.datasets.bank_1999` returns them.
    groups : mapping of str to sequence of str, optional
        Which weekdays each line shows, by its name; by default one line for all days.
    even : float, optional
        Calls a half hour of a plan that spreads them evenly: a dashed line.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For weekdays without calls in the table, more groups than there are colours, or an `even` that is no number.

    Examples
    --------
    >>> import sim
    >>> calls = sim.datasets.bank_1999()
    >>> sim.plots.day_shape(calls, {"Friday": ["fri"], "Saturday": ["sat"]}, even=32)
    <Figure: The busiest half hour begins at 08:30: 43 calls, against 32 if they came evenly>
    """
    needs(calls, ["date", "weekday", "slot", "calls"], "day_shape")
    seen = list(dict.fromkeys(calls["weekday"]))
    empty = [name for name, weekdays in (groups or {"all days": seen}).items() if not len(weekdays)]
    if empty:
        raise ValueError(f"day_shape has no day to show for {', '.join(empty)}")
    groups = groups or {"all days": seen}
    if len(groups) > len(SCENARIO_COLOURS):
        raise ValueError(f"day_shape keeps {len(SCENARIO_COLOURS)} groups apart; here are {len(groups)}")
    shapes = {name: _shape(calls, weekdays, seen) for name, weekdays in groups.items()}
    silent = [name for name, shape in shapes.items() if shape.empty]
    if silent:
        raise ValueError(f"day_shape knows no number of calls for {', '.join(silent)}")
    if even is not None and not is_number(even, 0):
        raise ValueError(f"even holds {show(even)}; it may hold calls a half hour, 0 or more")
    busiest = max(shapes.values(), key=lambda shape: shape["mean"].max())
    slot = busiest["mean"].idxmax()
    most = float(busiest["mean"].max())

    with page(4.2) as figure:
        axes = figure.subplots()
        axes.set_ylim(
            0, 1.08 * max(max(largest(shape[["mean", "high"]]) for shape in shapes.values()), even or 0, 1e-9)
        )
        for (name, shape), colour, marker in zip(shapes.items(), SCENARIO_COLOURS, MARKERS, strict=False):
            x = [_minutes(start) + HALF_A_SLOT for start in shape.index]
            axes.fill_between(x, shape["low"], shape["high"], color=colour, alpha=0.18, linewidth=0)
            axes.plot(x, shape["mean"], color=colour, marker=marker, markersize=3.5, label=name)
        if even is not None:
            axes.axhline(even, color=FAINT, linewidth=1.5, dashes=(5, 3), label="evenly spread")
            labels_at_right(axes, [("evenly spread", even, QUIET)])
        clock_axis(axes, 0, 24 * 60)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
        axes.legend(loc="upper left")
        axes.set_title("Mean calls in half an hour")
        against = "" if even is None else f", against {number(even)} if they came evenly"
        days = ", ".join(f"{name}: {shape.attrs['days']} days" for name, shape in shapes.items())
        figure.says(
            f"The busiest half hour begins at {slot}: {number(most)} calls{against}",
            note=f"Real calls · {days} · bands: 95{NBSP}% intervals of the mean",
        )
    return figure


def _shape(calls: pd.DataFrame, weekdays: Sequence[str], seen: Sequence[str]) -> pd.DataFrame:
    """Mean by slot with its interval, from the spread among the days of these weekdays."""
    from scipy.stats import t

    for weekday in weekdays:
        if weekday not in seen:
            raise ValueError(unknown_name(weekday, seen, "weekday in the table"))
    by_day = calls[calls["weekday"].isin(weekdays)].pivot_table(index="date", columns="slot", values="calls")
    days = len(by_day)
    mean = by_day.mean()
    margin = t.ppf(0.975, days - 1) * by_day.std() / np.sqrt(days) if days > 1 else np.nan * mean
    shape = pd.DataFrame({"mean": mean, "low": (mean - margin).clip(lower=0), "high": mean + margin})
    shape.attrs["days"] = days
    return shape


def _minutes(slot: str) -> int:
    hours, minutes = slot.split(":")
    return 60 * int(hours) + int(minutes)


def busy_days(days: pd.DataFrame) -> Picture:
    """How far each day is from what was expected, and the band that pure chance would fill.

    If customers decide independently of each other, the number on a day has a Poisson distribution, and about 95 of
    100 days lie within two square roots of the expected number.

    Parameters
    ----------
    days : DataFrame
        Columns date, calls and expected (above 0).

    Returns
    -------
    Picture

    Examples
    --------
    >>> import pandas as pd, sim
    >>> days = pd.DataFrame({"date": ["1999-02-01", "1999-02-02"], "calls": [905, 1210], "expected": [900, 900]})
    >>> sim.plots.busy_days(days)
    <Figure: 1 of 2 days lies within the reach of chance; with chance alone about 2 would>
    """
    needs(days, ["date", "calls", "expected"], "busy_days")
    if days.empty or not (days["expected"] > 0).all():
        raise ValueError("busy_days needs at least one day, and expects more than 0 calls on each")
    days = days.assign(date=pd.to_datetime(days["date"])).sort_values("date", ignore_index=True)
    off = 100 * (days["calls"] / days["expected"] - 1)
    chance = 200 / np.sqrt(days["expected"])
    inside = (days["calls"] - days["expected"]).abs() <= 2 * np.sqrt(days["expected"])
    with page(4.2) as figure:
        axes = figure.subplots()
        reach = 1.15 * max(off.abs().max(), chance.max())
        axes.set_ylim(-reach, reach)
        at = np.array([day.toordinal() for day in days["date"]])
        axes.fill_between(at, -chance, chance, color=BLUE, alpha=0.18, linewidth=0, label="chance")
        axes.axhline(0, color=INK, linewidth=1)
        for rows, colour, marker, label in (
            (inside, BLUE, "o", "within the reach of chance"),
            (~inside, DARK, "D", "beyond it"),
        ):
            axes.plot(at[rows], off[rows], marker, color=colour, markersize=6, label=label)
        axes.margins(x=0.03)
        _date_labels(axes, days["date"])
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=STEPS))
        axes.set_title(f"Calls of the day: above or below the expected number,{NBSP}%")
        axes.legend(handles=axes.lines[1:], loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        found, likely = int(inside.sum()), round(0.95 * len(days))
        figure.says(
            f"{found} of {len(days)} days {'lies' if found == 1 else 'lie'} within the reach of chance; "
            f"with chance alone about {likely} would",
            note=f"A mark is a day · band: two square roots of the expected number, 95{NBSP}% of days if chance is all",
        )
    return figure


def _date_labels(axes: Axes, dates: pd.Series[pd.Timestamp]) -> None:
    """Label about seven of the days, evenly spaced."""
    first, last = dates.iloc[0], dates.iloc[-1]
    step = max(1, round((last - first).days / 7))
    ticks = pd.date_range(first, last, freq=f"{step}D")
    axes.set_xticks([day.toordinal() for day in ticks], [_day_label(day.date()) for day in ticks])


def _day_label(day: datetime.date, month: bool = True) -> str:
    return f"{day:%a}\n{day.day}{NBSP}{day:%b}" if month else f"{day:%a}\n{day.day}"


def expected_cases(
    scenario: Scenario | str, beside: Scenario | str | None = None, *, room_for: Scenario | str | None = None
) -> Picture:
    """Orders and expected new cases by day; beside another scenario, also what this one adds, by case type.

    The bars are exact means, no run. The thin lines hold nine days of ten: chance, and the day factor of
    `demand.day_factor_cv`, which together make the number of a day negative binomial.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or what `sim.load` takes: demand by rates or orders.
    beside : Scenario or str, optional
        The same days without the event: its cases are grey.
    room_for : Scenario or str, optional
        The axes leave room for this one, too: so they stay the same from figure to figure.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For a trace, or scenarios of different days.

    Examples
    --------
    >>> import sim
    >>> shop = sim.load("baseline").with_(days=14)
    >>> stream = sim.Event(name="live stream", day=3, start="20:00", hours=2, orders_factor=16)
    >>> sim.plots.expected_cases(shop.with_(name="with a stream", events=[stream]), beside=shop)
    <Figure: “with a stream” brings ... more cases in 14 days; their peak is on Sat 7 Mar>
    """
    scenario = load(scenario)
    beside, room_for = (None if one is None else load(one) for one in (beside, room_for))
    for one in (scenario, beside, room_for):
        if one is not None and one.demand.trace is not None:
            raise ValueError(f"{one.name!r} plays a trace, which has no expected cases; give demand by rate or orders")
        if one is not None and (one.first_day, one.days) != (scenario.first_day, scenario.days):
            raise ValueError(f"{scenario.name!r} and {one.name!r} have different days; give all the same")
    none = np.zeros(scenario.days)
    mine, other = _by_type(scenario), {} if beside is None else _by_type(beside)
    widest = mine if room_for is None else _by_type(room_for)
    orders, total, usual = _orders(scenario), sum(mine.values(), none), sum(other.values(), none)
    low, high = _nine_of_ten(total, scenario.demand.day_factor_cv)
    _, reach = _nine_of_ten(sum(widest.values(), none), (room_for or scenario).demand.day_factor_cv)
    dates = [scenario.first_day + datetime.timedelta(days=day) for day in range(scenario.days)]
    heights = [1.0] * bool(orders.any()) + [1.8] + [1.6] * bool(other)

    with page(1.6 + 1.15 * sum(heights)) as figure:
        panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0].tolist()
        if orders.any():
            _bars(panels[0], "Orders of the day", {"": orders}, [USUAL], [orders, _orders(room_for or scenario)])
        axes = panels[-1 - bool(other)]
        if beside is None:
            _bars(axes, "New cases of the day", _largest(mine), TYPE_COLOURS, [high, reach])
        else:
            parts = {f"“{beside.name}”": np.minimum(usual, total), "added": np.clip(total - usual, 0, None)}
            _bars(axes, "New cases of the day", parts, [USUAL, ADDED], [high, reach, usual])
            more, most = (_added(cases, other) for cases in (mine, widest))
            sums = [sum(cases.values(), none) for cases in (more, most)]
            _bars(panels[-1], "Added cases, by type", _largest(more), TYPE_COLOURS, sums)
        axes.vlines(np.arange(scenario.days), low, high, color=INK, linewidth=1, label="nine days of ten")
        panels[-1].set_xlim(-0.6, scenario.days - 0.4)
        every = -(-scenario.days // 16)
        labels = [_day_label(day, month=number == 0 or day.day <= every) for number, day in enumerate(dates)]
        panels[-1].set_xticks(range(0, scenario.days, every), labels[::every])
        differ = f"{100 * scenario.demand.day_factor_cv:.0f}{NBSP}%"
        figure.says(
            _message(scenario, beside, total, total - usual, dates),
            note=f"Expected numbers, no run · thin lines: nine days of ten, if days differ by {differ} and by chance",
        )
    return figure


def _orders(scenario: Scenario) -> np.ndarray:
    return orders_by_day(scenario) * scenario.demand.factor


def _added(cases: Mapping[str, np.ndarray], usual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.clip(count - usual.get(name, 0.0), 0, None) for name, count in cases.items()}


def _by_type(scenario: Scenario) -> dict[str, np.ndarray]:
    return {name: cases_per_minute(scenario, name).sum(axis=1) for name in scenario.case_types}


def _nine_of_ten(mean: np.ndarray, cv: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends between which nine of ten days lie: Poisson, with a mean that a gamma factor multiplies."""
    from scipy.stats import nbinom, poisson

    law: Any = nbinom(cv**-2, 1 / (1 + cv**2 * mean)) if cv else poisson(mean)
    low, high = (np.nan_to_num(law.ppf(share)) for share in (0.05, 0.95))
    return low, high


def _largest(cases: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Case types with at least one case, the largest first; what is beyond the colours becomes "others"."""
    there = {name.replace("_", " "): counts for name, counts in cases.items() if counts.sum() >= 1}
    order = sorted(there, key=lambda name: -float(there[name].sum()))
    named = order if len(order) <= len(TYPE_COLOURS) else order[: len(TYPE_COLOURS) - 1]
    shown = {name: there[name] for name in named}
    if len(order) > len(named):
        shown["others"] = np.sum([there[name] for name in order[len(named) :]], axis=0)
    return shown


def _bars(
    axes: Axes, title: str, parts: Mapping[str, np.ndarray], colours: Sequence[str], room: Sequence[np.ndarray]
) -> None:
    """Stacked bars by day; the parts are named beside the title if there are several."""
    bottom: Any = 0.0
    for (name, counts), colour in zip(parts.items(), colours, strict=False):
        axes.bar(np.arange(len(counts)), counts, width=0.75, bottom=bottom, color=colour, label=name)
        bottom = bottom + counts
    axes.set_ylim(0, 1.08 * max(float(np.max(one)) for one in room) or 1)
    axes.yaxis.set_major_locator(MaxNLocator(4 if any(parts) else 2, steps=STEPS))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_title(title)
    if any(parts):
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(TYPE_COLOURS))


def _message(
    scenario: Scenario, beside: Scenario | None, total: np.ndarray, more: np.ndarray, dates: Sequence[datetime.date]
) -> str:
    def on(day: int) -> str:
        return f"{dates[day]:%a} {dates[day].day} {dates[day]:%b}"

    days = f"in {scenario.days} days" if scenario.days > 1 else "in one day"
    if beside is None:
        return f"{number(total.sum())} cases are expected {days}; the peak is on {on(int(total.argmax()))}"
    if abs(more).max() < 0.5:
        return f"“{scenario.name}” brings as many cases as “{beside.name}”"
    if more.sum() < 0:
        return f"“{scenario.name}” brings {number(-more.sum())} fewer cases {days}"
    return f"“{scenario.name}” brings {number(more.sum())} more cases {days}; their peak is on {on(int(more.argmax()))}"
