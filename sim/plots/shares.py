"""A figure of shares that sound alike: what one log says when it is counted in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.base import is_number
from sim.measures import MEASURES
from sim.plots.page import INK, MARKERS, SCENARIO_COLOURS, Picture, page, readable
from sim.plots.sentences import NBSP, ONE_RUN, percent
from sim.plots.tables import needs, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = 0.3  # of scenarios within a row


def levels(table: pd.DataFrame, target: float | None = None) -> Picture:
    """Several shares as points with intervals, below each other on one axis from 0 to 100 %.

    Parameters
    ----------
    table : DataFrame
        Column estimate, and low and high if there are intervals, as `sim.two_views` and the measures of runs have
        them. The last level of the index names the rows: measures, or texts. A level view groups them; a level
        scenario gives each scenario its colour.
    target : float, optional
        A share to reach, drawn as a dashed line.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the table has no such columns, or a value that is no share, or a row twice; or if the target is no share.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=4, patience_minutes=2)
    >>> runs = sim.replicate(desk, replications=5, progress=False)
    >>> sim.plots.levels(runs.measures(measures=["service_level_offered", "service_level_answered"]), target=0.8)
    <Figure: 80 % is reached in none of 2 ways to count>
    """
    if target is not None and not (is_number(target, least=0) and target <= 1):
        raise ValueError(f"target holds {target!r}; it may hold a share from 0 to 1, such as 0.8")
    shown = _shown(table)
    rows = list(dict.fromkeys(zip(shown["view"], shown["row"], strict=True)))
    names = list(dict.fromkeys(shown["scenario"]))
    heights, labels, headings = _places(rows)
    bottom = max(heights.values())

    line = 0.42 if len(names) == 1 else 0.27 * len(names)
    with page(1.25 + line * (bottom + 1) + 0.25 * (len(names) > 1)) as figure:
        axes = figure.subplots()
        for number, scenario in enumerate(names):
            mine = shown[shown["scenario"] == scenario]
            middle = np.array([heights[row] for row in zip(mine["view"], mine["row"], strict=True)])
            y = middle + _APART * (number - (len(names) - 1) / 2)
            colour, marker = SCENARIO_COLOURS[number % 6], MARKERS[number % 6]
            axes.hlines(y, 0, 100 * mine["estimate"], color=colour, linewidth=1, alpha=0.35)
            axes.hlines(y, 100 * mine["low"], 100 * mine["high"], color=colour, linewidth=5, alpha=0.5)
            axes.plot(100 * mine["estimate"], y, marker, color=colour, label=scenario or "share", clip_on=False)
            for height, *ends in zip(y, mine["estimate"], mine["low"], mine["high"], strict=True):
                axes.annotate(
                    _in_words(*ends), (103, height), va="center", color=readable(colour), annotation_clip=False
                )
        if len(names) > 1:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names))
        if target is not None:
            axes.axvline(100 * target, color=INK, linewidth=1, dashes=(5, 3), label="target", zorder=0)
        axes.set_xlim(0, 100)
        axes.set_ylim(bottom + 0.6, -0.6)
        axes.grid(False)
        _name(axes, labels, headings)
        axes.set_xlabel("%" if target is None else f"%; dashed: the target, {percent(target)}")
        one_run = shown["low"].isna().all()
        figure.says(
            _message(shown, names, target),
            note=ONE_RUN if one_run else "thick bars and brackets: intervals as given in the table",
        )
    return figure


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table with columns scenario, view and row in the place of its index."""
    needs(table, ["estimate"], "levels")
    shown = with_interval(table)[["estimate", "low", "high"]].astype(float)
    if shown.empty or not shown["estimate"].between(0, 1).all():
        raise ValueError("levels shows shares from 0 to 1, and at least one: choose such rows of the table")

    def labels(level: str) -> list[str]:
        known = level in table.index.names[:-1]
        return [str(label) for label in table.index.get_level_values(level)] if known else [""] * len(table)

    row = [str(label) for label in table.index.get_level_values(-1)]
    shown = shown.assign(scenario=labels("scenario"), view=labels("view"), row=row).reset_index(drop=True)
    twice = shown[shown.duplicated(["scenario", "view", "row"])]
    if len(twice):
        raise ValueError(
            f"{twice['row'].iloc[0]!r} comes twice in the table; only the levels scenario and view of its index tell "
            f"rows apart, and it has {', '.join(map(str, table.index.names))}"
        )
    return shown


def _places(rows: list[tuple[str, str]]) -> tuple[dict[tuple[str, str], float], dict[float, str], dict[float, str]]:
    """Where each row stands, what is written there, and the headings of the views between them."""
    heights: dict[tuple[str, str], float] = {}
    headings: dict[float, str] = {}
    at, before = 0.0, ""
    for view, row in rows:
        if view != before:
            headings[at] = view
            at, before = at + 1, view
        heights[view, row] = at
        at += 1.25 if row in MEASURES else 1
    labels = {at: f"{row}\n{MEASURES[row].meaning}" if row in MEASURES else row for (_, row), at in heights.items()}
    return heights, labels, headings


def _name(axes: Axes, labels: dict[float, str], headings: dict[float, str]) -> None:
    """Write names and headings beside the rows."""
    written = labels | headings
    axes.set_yticks(list(written), list(written.values()))
    for label, at in zip(axes.get_yticklabels(), written, strict=True):
        label.set(color=INK, fontweight="bold" if at in headings else "normal")


def _in_words(estimate: float, low: float, high: float) -> str:
    """A share with its interval, and with a decimal where the interval is narrow."""
    if np.isnan(low) or low == high:
        return percent(estimate)
    decimals = 1 if high - low < 0.03 else 0
    middle, *ends = (f"{100 * value:.{decimals}f}" for value in (estimate, low, high))
    return f"{middle}{NBSP}% ({' to '.join(ends)})"


def _message(shown: pd.DataFrame, names: list[str], target: float | None) -> str:
    """What the figure shows in one sentence; intervals decide what is called reached, higher or lower."""
    shown = shown.fillna({"low": shown["estimate"], "high": shown["estimate"]})
    views = list(dict.fromkeys(shown["view"]))
    if target is not None:
        return f"{percent(target)} is reached in " + " and in ".join(
            _reached(shown[shown["scenario"] == name], target) + (f" with “{name}”" if len(names) > 1 else "")
            for name in names
        )
    if len(names) == 2:
        told = [
            (f"for {view} " if len(views) > 1 else "") + _moved(shown[shown["view"] == view], names) for view in views
        ]
        return f"With “{names[1]}” {'; '.join(told)}"
    if len(views) == 2:
        by_view = shown.groupby("view")["estimate"]
        return (
            f"Up to {percent(by_view.max()[views[0]])} in the view of {views[0]}, "
            f"down to {percent(by_view.min()[views[1]])} in that of {views[1]}"
        )
    least, most = percent(shown["estimate"].min()), percent(shown["estimate"].max())
    return f"Between {least} and {most}: it depends on what is counted"


def _moved(shown: pd.DataFrame, names: list[str]) -> str:
    """How many shares the second scenario surely has higher, and lower, than the first."""
    base, other = (shown[shown["scenario"] == name].set_index(["view", "row"]) for name in names)
    base, other = base.align(other, join="inner", axis=0)
    counts = {"higher": (other["low"] > base["high"]).sum(), "lower": (other["high"] < base["low"]).sum()}
    told = [f"{count} {word}" for word, count in counts.items() if count]
    if not told:
        return "no share is surely higher or lower"
    return " and ".join(told).replace(" ", f" of {len(base)} shares are ", 1)


def _reached(mine: pd.DataFrame, target: float) -> str:
    """In how many ways to count the target is surely reached, and in how many nobody can tell."""
    sure, close = (mine["low"] >= target).sum(), ((mine["low"] < target) & (mine["high"] >= target)).sum()
    told = f"{sure or 'none'} of {len(mine)} ways to count"
    return f"{told} ({close} too close to call)" if close else told
