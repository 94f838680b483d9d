"""Figures of measures with their intervals: through the day, and between plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.base import unknown_name
from sim.experiment import Comparison, Replications, Run
from sim.measures import MEASURES
from sim.plots import sentences
from sim.plots.page import (
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
from sim.plots.sentences import capital, heading, percent, unit
from sim.plots.tables import (
    INTERVAL,
    by_scenario,
    known_measure,
    largest,
    needs,
    part,
    places,
    small_print,
    with_interval,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BY = ("hour", "slot", "day", "weekday")


def curve(
    source: Run | Replications | Comparison | pd.DataFrame,
    measure: str = "service_level",
    by: str = "hour",
    *,
    colours: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    **window: Any,
) -> Picture:
    """How a measure moves through the day or the week: one line a scenario, its interval as a band.

    Parameters
    ----------
    source : Run, Replications, Comparison or DataFrame
        A table is like ``runs.measures(by="hour")``: columns estimate, low and high, indexed by `by` and measure,
        with the scenario as first level if there are several.
    measure : str, default "service_level"
    by : {"hour", "slot", "day", "weekday"}
    colours : mapping of str to str, optional
        Colours of scenarios by name, to keep them the same from figure to figure. By default the first scenario
        is dark and the others follow in `SCENARIO_COLOURS`.
    confidence : float, default 0.95
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For an unknown measure, or one that has no value by these groups.

    Examples
    --------
    >>> import sim
    >>> runs = sim.replicate("baseline", replications=3, progress=False)
    >>> sim.plots.curve(runs, "abandonment", by="hour")
    <Figure: Abandonment runs from ... % at ... to ... % at ...>
    """
    known_measure(measure)
    if by not in BY:
        raise ValueError(unknown_name(by, BY, "way to draw a curve"))
    tables = by_scenario(source, measure, by, confidence, window)
    chosen = _colours(list(tables), colours)
    everything = pd.concat(list(tables.values()))
    factor, unit_name = unit(measure, everything["estimate"])
    target = _target(source, measure)

    with page(4.2) as figure:
        axes = figure.subplots()
        for number, (name, table) in enumerate(tables.items()):
            x, rows = places(table, by)
            y = factor * rows
            axes.fill_between(x, y["low"], y["high"], color=chosen[name], alpha=0.18, linewidth=0)
            axes.plot(x, y["estimate"], color=chosen[name], marker=MARKERS[number], markersize=4.5, label=name)
        whole = unit_name == "%" and factor * largest(everything[["estimate"]]) > 50
        axes.set_ylim(0, 100 if whole else 1.08 * factor * largest(everything) or 1)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
        _time_axis(axes, tables, by)
        named = [(name, factor * tables[name]["estimate"].iloc[-1], chosen[name]) for name in tables if len(tables) > 1]
        if target is not None:
            axes.axhline(factor * target, color=FAINT, linewidth=1, dashes=(5, 3), label="target")
            named.append((f"target {percent(target)}", factor * target, QUIET))
        labels_at_right(axes, named)
        axes.set_title(f"{heading(measure, unit_name)} by {by}")

        differences = {}
        if isinstance(source, Comparison) and len(tables) > 1 and everything["low"].notna().any():
            pairs = part(source.differences(by, confidence=confidence, **window), measure, "measure")
            differences = {name: part(pairs, name, "scenario") for name in list(tables)[1:]}
        message = sentences.of_curve(tables, measure, by, target, differences)
        only = " · ".join(name for name in tables if name and len(tables) == 1)
        figure.says(message, note=" · ".join(filter(None, [only, small_print(source, everything, confidence)])))
    return figure


def comparison(
    source: Comparison | pd.DataFrame,
    measures: str | Sequence[str] = ("service_level", "abandonment", "asa_minutes", "occupancy"),
    *,
    colours: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    **window: Any,
) -> Picture:
    """How scenarios differ from the base: a dot and its interval for each measure.

    Where the interval holds 0 the dot is hollow and the words beside it are "more luck than effect".

    Parameters
    ----------
    source : Comparison or DataFrame
        A table is like ``duel.differences()``: columns estimate, low and high, indexed by scenario and measure.
    measures : str or sequence of str
        What to show, from top to bottom.
    colours, confidence, **window
        As in `curve`; colours may name the base too.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For an unknown measure, or a comparison of one scenario with nothing.

    Examples
    --------
    >>> import sim
    >>> base = sim.load("baseline").with_(days=1)
    >>> more = base.with_(name="two more", teams={"phone_desk": {"extra_agents": 2}})
    >>> duel = sim.compare([base, more], replications=5, progress=False)
    >>> sim.plots.comparison(duel, "abandonment")
    <Figure: “two more” lowers abandonment by ... points>
    """
    shown = [measures] if isinstance(measures, str) else list(measures)
    for measure in shown:
        known_measure(measure)
    base, differences = _differences(source, confidence, window)
    names = [str(name) for name in differences.index.get_level_values("scenario").unique()]
    chosen = _colours([base, *names], colours)

    with page(0.75 + len(shown) * (0.55 + 0.25 * len(names))) as figure:
        panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axes, measure in zip(panels, shown, strict=True):
            rows = part(differences, measure, "measure").loc[names, INTERVAL]
            factor, unit_name = unit(measure, rows)
            heights = np.arange(len(names))[::-1]
            axes.axvline(0, color=INK, linewidth=1)
            intervals = rows.to_numpy(dtype=float)
            for number, (height, name, interval) in enumerate(zip(heights, names, intervals, strict=True), start=1):
                estimate, low, high = interval
                sure = sentences.sure(low, high)
                axes.hlines(height, factor * low, factor * high, color=chosen[name], linewidth=2)
                axes.plot(
                    factor * estimate,
                    height,
                    MARKERS[number],
                    color=chosen[name],
                    markeredgewidth=1.5,
                    label=name,
                    markerfacecolor=chosen[name] if sure else "white",
                )
                axes.annotate(
                    sentences.change(measure, estimate, low, high),
                    (1, height),
                    (10, 0),
                    va="center",
                    xycoords=axes.get_yaxis_transform(),
                    textcoords="offset points",
                    color=INK if sure else QUIET,
                )
            reach = 1.15 * factor * largest(rows.abs()) or 1
            axes.set_xlim(-reach, reach)
            axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
            axes.set_ylim(-0.6, len(names) - 0.4)
            axes.set_yticks(heights, names if len(names) > 1 else [""])
            better = {True: " (higher is better)", False: " (lower is better)", None: ""}
            wish = better[MEASURES[measure].higher_is_better]
            axes.set_title(heading(measure, sentences.points(unit_name)) + wish)
        message = sentences.of_comparison(differences, names, shown)
        detail = f"Difference from “{base}” with the same customers" if base else ""
        figure.says(message, detail, small_print(source, differences, confidence))
    return figure


def _differences(source: object, confidence: float, window: dict[str, Any]) -> tuple[str, pd.DataFrame]:
    """Name of the base, and the table of differences from it."""
    if isinstance(source, Comparison):
        if len(source.names) < 2:
            raise ValueError("the comparison holds one scenario; give sim.compare at least two, the base first")
        return source.names[0], source.differences(confidence=confidence, **window)
    if isinstance(source, pd.DataFrame):
        needs(source, ["estimate"], "comparison")
        return "", with_interval(source)
    raise TypeError(f"comparison shows what sim.compare returns, or its differences(), not {type(source).__name__}")


def _colours(names: Sequence[str], given: Mapping[str, str] | None) -> dict[str, str]:
    if len(names) > len(SCENARIO_COLOURS):
        raise ValueError(
            f"a figure keeps {len(SCENARIO_COLOURS)} scenarios apart, the base included; here are {len(names)}: "
            "show fewer at once"
        )
    given = given or {}
    return {name: given.get(name, colour) for name, colour in zip(names, SCENARIO_COLOURS, strict=False)}


def _target(source: object, measure: str) -> float | None:
    """The target that the scenario sets for this measure, if its channels agree on one."""
    kind = {"service_level": "live", "answered_in_target": "deferred"}.get(measure)
    source = source.replications[0] if isinstance(source, Comparison) else source
    if not isinstance(source, (Run, Replications)):
        return None
    targets = {way.target for way in source.scenario.channels.values() if way.kind == kind}
    return targets.pop() if len(targets) == 1 else None


def _time_axis(axes: Axes, tables: Mapping[str, pd.DataFrame], by: str) -> None:
    each = [places(table, by) for table in tables.values()]
    if by in ("hour", "slot"):
        first, last = min(x[0] for x, _ in each), max(x[-1] for x, _ in each)
        clock_axis(axes, 60 * np.floor(first / 60), 60 * np.ceil(last / 60))
    else:
        x, rows = max(each, key=lambda one: len(one[0]))
        axes.set_xlim(-0.3, len(x) - 0.7)
        axes.set_xticks(x, [capital(str(label)) if by == "weekday" else f"day {label}" for label in rows.index])
