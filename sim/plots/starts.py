"""A figure of the start of a run: from when on it is what it will be."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.measures import MEASURES
from sim.plots import sentences
from sim.plots.page import BLUE, CLOSED, DARK, QUIET, STEPS, Picture, page
from sim.plots.sentences import capital, heading, name, number, unit
from sim.plots.tables import INTERVAL, largest
from sim.warming import NONE_NEEDED, OVERLOADED, SETTLES, WarmUp


def warm_up(advice: WarmUp) -> Picture:
    """The measure by hour or day, its moving average, and the part to leave out.

    Parameters
    ----------
    advice : WarmUp
        What `sim.warm_up` returned.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=6, handle_minutes=12, agents=1, days=5)
    >>> sim.plots.warm_up(sim.warm_up(sim.replicate(desk, replications=10, progress=False)))
    <Figure: Work in progress grows without end, by ... contacts a day: no warm-up helps>
    """
    if not isinstance(advice, WarmUp):
        raise TypeError(f"plots.warm_up draws what sim.warm_up returns, not {type(advice).__name__}")
    table = advice.series
    if advice.measure in MEASURES:
        factor, unit_name = unit(advice.measure, table["estimate"])
    else:
        factor, unit_name = 1.0, "cases" if advice.measure == "open_cases" else "contacts"
    y = factor * table

    with page(4.2) as figure:
        axes = figure.subplots()
        axes.fill_between(y.index, y["low"], y["high"], color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(y.index, y["estimate"], color=BLUE, linewidth=1, label="mean of the runs")
        axes.plot(y.index, y["smooth"], color=DARK, label="moving average")
        axes.set_xlim(0, 2 * y.index[-1] - y.index[-2] + (y.index[-2] - y.index[-1]) / 2)
        axes.set_ylim(min(0.0, float(np.nanmin(y["smooth"]))), 1.08 * largest(y[INTERVAL]) or 1)
        if advice.from_day:
            axes.axvspan(0, advice.from_day, color=CLOSED, zorder=0)
            axes.axvline(advice.from_day, color=QUIET, linewidth=1, dashes=(5, 3), label="cut")
            axes.annotate(
                f"from_day={advice.from_day:g}",
                (advice.from_day, 0),
                (6, 8),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                color=QUIET,
            )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(8 if axis is axes.xaxis else 5, steps=STEPS))
        axes.set_title(heading(advice.measure, unit_name))
        axes.set_xlabel("days since the start")
        axes.legend(handles=axes.lines[:2], loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        figure.says(
            _message(advice, factor, "points" if unit_name == "%" else unit_name),
            note=" · ".join(
                filter(None, [sentences.of_runs(advice.replications, advice.confidence), capital(advice.note)])
            ),
        )
    return figure


def _message(advice: WarmUp, factor: float, unit_name: str) -> str:
    known = "number of open cases" if advice.measure == "open_cases" else name(advice.measure)
    what = capital(known + (f" of {advice.channel}" if advice.channel else ""))
    rise = advice.rise_per_day
    if advice.verdict == NONE_NEEDED:
        return f"{what} needs no warm-up: its start moves the mean by no more than luck"
    if advice.verdict == SETTLES:
        lower = "lower" if advice.start[0] < 0 else "higher"
        gap = f"{number(abs(factor * advice.start[0]))} {unit_name}"
        return f"{what} settles by day {advice.from_day:g}; before, it is {gap} {lower} than after"
    if advice.verdict == OVERLOADED:
        return f"{what} grows without end, by {number(factor * rise[0])} {unit_name} a day: no warm-up helps"
    if sentences.sure(rise[1], rise[2]):
        moves = "rises" if rise[0] > 0 else "falls"
        return (
            f"{what} still {moves} at the end, by {number(abs(factor * rise[0]))} {unit_name} a day: simulate more days"
        )
    return f"{what} settles in the second half of the run, if at all: simulate more days"
