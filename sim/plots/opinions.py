"""Figures of what customers think: on which assumptions a ranking hangs, and where their loyalty leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.base import need_whole
from sim.loyalty import Projection
from sim.plots import sentences
from sim.plots.page import FAINT, INK, QUIET, SCENARIO_COLOURS, STEPS, Picture, labels_at_right, page
from sim.plots.sentences import capital, number, percent
from sim.satisfaction import Sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOW_COLOUR, HIGH_COLOUR = SCENARIO_COLOURS[1], SCENARIO_COLOURS[2]
PANELS = {
    "orders": ("Orders a week", 1.0),
    "wait_minutes": ("Mean wait on live channels, minutes", 1.0),
    "csat": ("CSAT, % of ratings 4 or 5", 100.0),
}


def tornado(source: Sensitivity, most: int = 10) -> Picture:
    """How the lead of the best scenario moves with each assumption, the one that moves it most on top.

    A bar reaches from the lead at the low end of the assumption's range to that at the high end. A bar that crosses
    the line at 0 means that the second would come out ahead.

    Parameters
    ----------
    source : Sensitivity
        What `sim.satisfaction.sensitivity` returned.
    most : int, default 10
        How many assumptions to show.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, name="two agents")
    >>> more = desk.with_(name="three agents", teams={"agents": {"agents": 3}})
    >>> sim.plots.tornado(sim.satisfaction.sensitivity([desk, more], replications=3, samples=20))
    <Figure: “three agents” stays ahead of “two agents” whichever assumption moves, and in 100 % of joint draws>
    """
    if not isinstance(source, Sensitivity):
        raise TypeError(
            f"tornado shows what sim.satisfaction.sensitivity returns, not {type(source).__name__}; give it there first"
        )
    need_whole("most", most, 1)
    rows = source.table[source.table["swing"] > 0].head(most)
    lead = source.lead[0]
    factor, words = sentences.unit(source.measure, [lead, *rows["at_low"], *rows["at_high"]])
    best, second = source.ranking[:2]
    with page(1.5 + 0.32 * max(len(rows), 1)) as figure:
        axes = figure.subplots()
        heights = np.arange(len(rows))[::-1]
        for ends, colour, label in (
            ("at_low", LOW_COLOUR, "at the low end of the range"),
            ("at_high", HIGH_COLOUR, "at the high end"),
        ):
            reach = factor * (rows[ends].to_numpy() - lead)
            axes.barh(heights, reach, left=factor * lead, height=0.62, color=colour, label=label)
        for height, flips in zip(heights, rows["flips"], strict=True):
            if flips:
                axes.annotate(
                    "another order",
                    (1, height),
                    (7, 0),
                    xycoords=axes.get_yaxis_transform(),
                    textcoords="offset points",
                    va="center",
                    color=INK,
                )
        axes.axvline(factor * lead, color=INK, linewidth=1)
        axes.axvline(0, color=FAINT, linewidth=1, dashes=(5, 3))
        names = [f"{name} ({number(low)} to {number(high)})" for name, low, high in rows[["low", "high"]].itertuples()]
        axes.set_yticks(heights, names)
        axes.set_ylim(-0.6, max(len(rows), 1) - 0.4)
        axes.margins(x=0.06)
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
        heading = f"Lead of “{best}” over “{second}” in {sentences.name(source.measure)}, {sentences.points(words)}"
        axes.set_title(heading)
        if len(rows):
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
        share = percent(float(source.best_share[best]))
        detail = f"{share} of {len(source.leads)} joint draws of all weights have “{best}” as the best"
        middle, low, high = (factor * value for value in source.lead)
        note = f"line: lead as assumed, {number(middle)}"
        if np.isfinite(low):
            note += f" (interval {number(low)} to {number(high)})"
        figure.says(source.conclusion, detail, f"{note} · dashed: no lead · assumptions that move nothing are left out")
    return figure


def loop(source: Projection | Mapping[str, Projection], *, confidence: float = 0.95) -> Picture:
    """The loop of service and orders, week by week: orders, waits and CSAT, with bands; lines mark hiring.

    Parameters
    ----------
    source : Projection or mapping of str to Projection
        What `sim.loyalty.project` returned; several by name, the first is what the others are compared with.
    confidence : float, default 0.95

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> sim.plots.loop(sim.loyalty.project("baseline", weeks=2, replications=2, progress=False))
    <Figure: Orders go from ... a week to ..., CSAT from ... % to ... %>
    """
    futures = {source.scenario.name: source} if isinstance(source, Projection) else source
    if not isinstance(futures, Mapping) or not futures:
        raise TypeError(f"loop shows what sim.loyalty.project returns, or several by name, not {type(source).__name__}")
    for name, future in futures.items():
        if not isinstance(future, Projection):
            raise TypeError(f"loop: {name!r} is no projection; give what sim.loyalty.project returns")
    if len(futures) > len(SCENARIO_COLOURS):
        raise ValueError(f"a figure keeps {len(SCENARIO_COLOURS)} policies apart; here are {len(futures)}")
    colours = dict(zip(futures, SCENARIO_COLOURS, strict=False))
    with page(6.3) as figure:
        panels = figure.subplots(len(PANELS), 1, sharex=True)
        for axes, (quantity, (title, factor)) in zip(panels, PANELS.items(), strict=True):
            ends = []
            for name, future in futures.items():
                table = factor * future.table(quantity, confidence=confidence)
                weeks = table.index.to_numpy()
                axes.fill_between(weeks, table["low"], table["high"], color=colours[name], alpha=0.18, linewidth=0)
                axes.plot(weeks, table["estimate"], color=colours[name], label=name)
                if len(futures) > 1:
                    ends.append((name, float(table["estimate"].iloc[-1]), colours[name]))
            axes.set_title(title)
            axes.set_xlim(0, max(future.weeks for future in futures.values()) - 1 or 1)
            axes.set_ylim(0, 100 if quantity == "csat" else None)
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
            labels_at_right(axes, ends if axes is panels[0] else [])
        for name, future in futures.items():
            _mark_hiring(panels, future, colours[name])
        panels[-1].xaxis.set_major_locator(MaxNLocator(8, integer=True))
        panels[-1].set_xlabel("week")
        some = next(iter(futures.values()))
        marks = "vertical lines: hiring" if any(future.hired for future in futures.values()) else ""
        note = " · ".join(filter(None, [sentences.of_runs(some.replications, confidence), marks]))
        figure.says(_message(futures, confidence), note=note)
    return figure


def _mark_hiring(panels: np.ndarray, future: Projection, colour: str) -> None:
    for week, change in future.hired.items():
        for axes in panels:
            axes.axvline(week, color=colour, linewidth=1, dashes=(2, 2))
        told = ", ".join(
            f"{count:+d} {team.replace('_', ' ')}".replace("-", "−") for team, count in change.items() if count
        )
        _write_beside(panels[0], week, told)


def _write_beside(axes: Axes, week: int, told: str) -> None:
    """The words at the foot of a line, on the side where there is room."""
    left = week > np.mean(axes.get_xlim())
    axes.annotate(
        told,
        (week, 0),
        (-5 if left else 5, 4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="right" if left else "left",
        color=QUIET,
    )


def _message(futures: Mapping[str, Projection], confidence: float) -> str:
    """The end of the story: how far orders came, or who has more of them in the end."""
    first_name, first = next(iter(futures.items()))
    if len(futures) == 1:
        orders, csat = first.table("orders")["estimate"], first.table("csat")["estimate"].dropna()
        told = f"Orders go from {number(orders.iloc[0])} a week to {number(orders.iloc[-1])}"
        return told + (f", CSAT from {percent(csat.iloc[0])} to {percent(csat.iloc[-1])}" if len(csat) else "")
    parts = []
    for name, other in list(futures.items())[1:]:
        try:
            gap = other.less(first, "orders", confidence=confidence).iloc[-1]
        except ValueError:
            parts.append(f"“{name}” comes to {number(other.table('orders')['estimate'].iloc[-1])} orders a week")
            continue
        if not sentences.sure(gap["low"], gap["high"]):
            parts.append(f"“{name}” has as many orders a week as “{first_name}”, but for luck")
        else:
            more = "more" if gap["estimate"] > 0 else "fewer"
            parts.append(f"“{name}” has {number(abs(gap['estimate']))} {more} orders a week than “{first_name}”")
    return capital(f"in week {first.weeks - 1} {'; '.join(parts)}")
