"""Figures of a second opinion: the simulation beside a formula, and beside what really happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.plots import sentences
from sim.plots.page import BLUE, DARK, Picture, clock_axis, labels_at_right, page
from sim.plots.sentences import amount, capital, heading, percent, unit
from sim.plots.tables import INTERVAL, known_measure, largest, needs, overlap, places, small_print, with_interval

BESIDE = ["observed", "observed_low", "observed_high", "simulated", "low", "high"]


def hockey_stick(simulated: pd.DataFrame, theory: pd.DataFrame | None = None) -> Picture:
    """Waits against utilisation: flat for long, then steep.

    Parameters
    ----------
    simulated : DataFrame
        Columns utilisation (a share), estimate, low and high (waits in minutes); a row a point.
    theory : DataFrame, optional
        Columns utilisation and wait_minutes: points of the formula's curve, as many as make it smooth.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import pandas as pd, sim
    >>> points = pd.DataFrame(
    ...     {"utilisation": [0.5, 0.8, 0.95], "estimate": [0.2, 0.9, 5.1], "low": [0.1, 0.8, 4], "high": [0.3, 1, 6.2]}
    ... )
    >>> sim.plots.hockey_stick(points)
    <Figure: At 80 % busy callers wait 54 seconds, at 95 % 5.1 minutes>
    """
    needs(simulated, ["utilisation", "estimate"], "hockey_stick")
    points = with_interval(simulated).sort_values("utilisation", ignore_index=True)
    factor, unit_name = unit("mean_wait_minutes", points["estimate"])
    x, y = 100 * points["utilisation"], factor * points[INTERVAL]
    right, named = x.iloc[-1], [("simulated", y["estimate"].iloc[-1], DARK)]

    with page(4.2) as figure:
        axes = figure.subplots()
        axes.set_ylim(0, 1.1 * largest(y) or 1)
        if theory is not None:
            needs(theory, ["utilisation", "wait_minutes"], "the theory of hockey_stick")
            line = theory.sort_values("utilisation")
            curve = pd.DataFrame({"x": 100 * line["utilisation"], "y": factor * line["wait_minutes"]})
            axes.plot(curve["x"], curve["y"], color=BLUE, label="theory")
            end = curve[curve["y"] <= axes.get_ylim()[1]].iloc[-1]
            right = max(right, end["x"])
            named.append(("theory", end["y"], BLUE))
        axes.vlines(x, y["low"], y["high"], color=DARK, linewidth=1.5)
        axes.plot(x, y["estimate"], "o", color=DARK, label="simulated", clip_on=False, zorder=3)
        axes.set_xlim(x.min() - 1, right + 1)
        labels_at_right(axes, named)
        axes.set_title(heading("mean_wait_minutes", unit_name))
        axes.set_xlabel("utilisation: busy time, % of working time")
        middle, last = points.iloc[len(points) // 2], points.iloc[-1]
        figure.says(
            f"At {percent(middle['utilisation'])} busy callers wait {amount('mean_wait_minutes', middle['estimate'])}, "
            f"at {percent(last['utilisation'])} {amount('mean_wait_minutes', last['estimate'])}",
            note=small_print(points, points, 0),
        )
    return figure


def observed_beside_simulated(table: pd.DataFrame) -> Picture:
    """What really happened beside what the model says, by hour, both with their intervals.

    Parameters
    ----------
    table : DataFrame
        Columns hour (8, or "08:30"), measure, observed, observed_low, observed_high, simulated, low and high; hour
        and measure may be the index instead. A panel a measure, in the order of the table. A column fits says where
        the two agree; without one they do where their intervals overlap.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import pandas as pd, sim
    >>> table = pd.DataFrame(
    ...     {
    ...         "hour": [8, 9],
    ...         "measure": "abandonment",
    ...         "observed": [0.1, 0.2],
    ...         "observed_low": [0.08, 0.18],
    ...         "observed_high": [0.12, 0.22],
    ...         "simulated": [0.11, 0.3],
    ...         "low": [0.1, 0.28],
    ...         "high": [0.12, 0.32],
    ...     }
    ... )
    >>> sim.plots.observed_beside_simulated(table)
    <Figure: Abandonment: model and reality agree in 1 of 2 hours>
    """
    if {"hour", "measure"} <= set(table.index.names):
        table = table.reset_index()
    needs(table, ["hour", "measure", "observed", "simulated"], "observed_beside_simulated")
    table = with_interval(table, BESIDE)
    table = table[table[["observed", "simulated"]].notna().all(axis=1)]
    agree = table["fits"] if "fits" in table else overlap(table)
    rule = "the difference is no more than luck explains" if "fits" in table else "their intervals overlap"
    measures = list(table["measure"].unique())
    for measure in measures:
        known_measure(measure)
    rows = -(-len(measures) // 2)

    with page(1.0 + 2.3 * rows) as figure:
        panels = figure.subplots(rows, min(2, len(measures)), squeeze=False).ravel()
        for axes, measure in zip(panels, measures, strict=False):
            mine = table["measure"] == measure
            here = table[mine].set_index("hour")[BESIDE]
            x, here = places(here, "slot" if isinstance(here.index[0], str) else "hour")
            factor, unit_name = unit(measure, here[["observed", "simulated"]])
            y = factor * here
            axes.fill_between(x, y["low"], y["high"], color=BLUE, alpha=0.25, linewidth=0)
            axes.plot(x, y["simulated"], color=BLUE, label="simulated")
            axes.vlines(x, y["observed_low"], y["observed_high"], color=DARK, linewidth=1.2)
            axes.plot(x, y["observed"], "o", color=DARK, markersize=4, label="observed", clip_on=False)
            whole = unit_name == "%" and largest(y[["observed", "simulated"]]) > 50
            axes.set_ylim(0, 100 if whole else 1.08 * largest(y) or 1)
            axes.set_title(f"{heading(measure, unit_name)} · {agree[mine].sum()} of {mine.sum()} agree")
            clock_axis(axes, 60 * np.floor(x[0] / 60), 60 * np.ceil(x[-1] / 60), labels=5)
        for axes in panels[len(measures) :]:
            axes.set_visible(False)
        where = f"{capital(sentences.name(measures[0]))}: " if len(measures) == 1 else ""
        what = "hours" if len(measures) == 1 else "hourly values"
        figure.says(
            capital(f"{where}model and reality agree in {agree.sum()} of {len(table)} {what}"),
            f"Dots and bars: observed. Line and band: simulated. They agree where {rule}.",
            small_print(table, table, 0),
        )
    return figure
