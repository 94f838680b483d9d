"""Figures of luck: how much single runs differ, what a ranking of them is worth, and how many runs end the guessing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.base import unknown_name
from sim.batch import View
from sim.experiment import Replications
from sim.goals import goal_of
from sim.interval import Estimate, checked_confidence
from sim.measures import MEASURES
from sim.plots import sentences
from sim.plots.page import BLUE, DARK, MARKERS, QUIET, SCENARIO_COLOURS, STEPS, Picture, labels_at_right, page
from sim.plots.sentences import NBSP, amount, capital, heading, name, number, unit
from sim.plots.tables import known_measure


def each_run(
    source: Replications, measure: str = "abandonment", channel: str | None = None, *, confidence: float = 0.95
) -> Picture:
    """How much single runs differ, and how well many of them together know the mean.

    Parameters
    ----------
    source : Replications
        At least two runs.
    measure : str, default "abandonment"
    channel : str, optional
        One channel; by default all together.
    confidence : float, default 0.95
        Of the interval.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For an unknown measure, or fewer than two runs.

    Examples
    --------
    >>> import sim
    >>> runs = sim.replicate(sim.load("baseline").with_(days=1), replications=5, progress=False)
    >>> sim.plots.each_run(runs)
    <Figure: Abandonment goes from ... % to ... % in single runs; its mean is ... % (... % to ... %)>
    """
    known_measure(measure)
    if not isinstance(source, Replications) or len(source) < 2:
        raise ValueError("each_run shows the runs of sim.replicate, two or more of them")
    by, group = (None, "all") if channel is None else ("channel", channel)
    runs = source.each(measure, by)[group].to_numpy()
    row = measure if channel is None else channel
    interval = source.measure(measure, by=by, confidence=confidence)
    estimate, low, high = np.asarray(interval.loc[row], dtype=float).tolist()
    factor, unit_name = unit(measure, runs)

    with page(2.4) as figure:
        axes = figure.subplots()
        axes.plot(factor * runs, np.ones(len(runs)), "o", color=BLUE, alpha=0.6, markersize=8, label="runs")
        axes.hlines(0, factor * low, factor * high, color=DARK, linewidth=3, label="interval")
        axes.plot(factor * estimate, 0, "o", color=DARK, markersize=8, label="mean")
        axes.set_ylim(-0.6, 1.6)
        axes.margins(x=0.04)
        axes.set_yticks([1, 0], [f"{len(runs)} single runs", f"their mean, {confidence:.0%} interval"], color=QUIET)
        axes.grid(False)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=STEPS))
        axes.set_title(heading(measure, unit_name))
        least, most, mean = (amount(measure, value) for value in (runs.min(), runs.max(), estimate))
        figure.says(
            f"{capital(name(measure))} goes from {least} to {most} in single runs; its mean is {mean} "
            f"({amount(measure, low)} to {amount(measure, high)})",
            note=" · ".join(filter(None, [source.scenario.name, channel, sentences.of_runs(len(runs), confidence)])),
        )
    return figure


def rankings(rounds: pd.DataFrame, measure: str = "abandonment", *, goal: str | None = None, most: int = 12) -> Picture:
    """Who came first, second, third … in each round of single runs.

    Parameters
    ----------
    rounds : DataFrame
        A row a round, a column a plan (two to five of them); values of the measure, one run each.
    measure : str, default "abandonment"
    goal : {"highest", "lowest"}, optional
        Which value comes first; can be left out where it goes without saying.
    most : int, default 12
        So many rounds are drawn, from the first.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For fewer than two rounds or plans, more than five plans, an unknown measure, or a missing value.

    Examples
    --------
    >>> import pandas as pd, sim
    >>> rounds = pd.DataFrame({"A": [0.10, 0.12, 0.09], "B": [0.11, 0.08, 0.13]})
    >>> sim.plots.rankings(rounds)
    <Figure: “A”, first in round 1, came first in 1 of the next 2 rounds>
    """
    wanted = goal_of(measure, goal)
    # The lightest colour is too faint for a line that has to be followed; a ranking has no base that would be dark.
    colours = (*SCENARIO_COLOURS[1:5], DARK)
    if not isinstance(rounds, pd.DataFrame) or len(rounds) < 2 or not 2 <= rounds.shape[1] <= len(colours):
        raise ValueError(
            f"rankings shows a table of two rounds or more (rows) and two to {len(colours)} plans (columns)"
        )
    shown = rounds.iloc[: max(2, most)]
    if shown.isna().to_numpy().any():
        raise ValueError(f"{measure} has no value in some round; leave that round out")
    places = shown.rank(axis=1, method="first", ascending=wanted == "lowest").to_numpy()
    x, names = np.arange(1, len(shown) + 1), [str(plan) for plan in shown.columns]

    with page(3.0) as figure:
        axes = figure.subplots()
        winner = int(np.argmin(places[0]))
        for plan, (label, colour) in enumerate(zip(names, colours, strict=False)):
            (drawn,) = axes.plot(x, places[:, plan], MARKERS[plan] + "-", color=colour, markersize=8, label=label)
            drawn.set(linewidth=1.5, zorder=2, clip_on=False)
            if plan == winner:
                drawn.set(linewidth=3.5, zorder=3)
        axes.set_ylim(len(names) + 0.4, 0.6)
        axes.set_yticks(range(1, len(names) + 1), ["first", *map(str, range(2, len(names))), "last"])
        axes.set_xlim(0.8, len(shown) + 0.2)
        axes.set_xticks(x)
        axes.set_xlabel("round")
        axes.grid(False)
        ends = zip(names, places[-1], colours, strict=False)
        labels_at_right(axes, [(plan, float(place), colour) for plan, place, colour in ends])
        axes.set_title(f"Place by {name(measure)}, {wanted} first")
        again = int((places[1:, winner] == 1).sum())
        figure.says(
            f"“{names[winner]}”, first in round 1, came first in {again} of the next {len(shown) - 1} rounds",
            note=f"each place rests on {sentences.ONE_RUN}",
        )
    return figure


def narrowing(
    source: Replications, measure: str = "abandonment", channel: str | None = None, *, confidence: float = 0.95
) -> Picture:
    """How the interval of a mean gets shorter with more runs, beside the rule of the square root.

    Parameters
    ----------
    source : Replications
        At least 40 runs; the figure looks at the first 10, 15, 20 and so on.
    measure : str, default "abandonment"
    channel : str, optional
        One channel; by default all together.
    confidence : float, default 0.95

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        For an unknown measure, one without a value here, or fewer than 40 runs.

    Notes
    -----
    The half-width of a mean of n independent runs is Student's t times their standard deviation over the root of n,
    so that four times the runs make it half as wide (Law, *Simulation Modeling and Analysis*, 5th ed., 2015, section
    4.5). The curve has the standard deviation of all runs.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)
    >>> sim.plots.narrowing(sim.replicate(desk, replications=80, progress=False))
    <Figure: After 20 runs abandonment is known to ± ... points, after 80 to ± ... points>
    """
    known_measure(measure)
    if not isinstance(source, Replications) or len(source) < 40:
        raise ValueError("narrowing shows the runs of sim.replicate, 40 or more of them")
    checked_confidence(confidence)
    if channel is not None and channel not in source.scenario.channels:
        raise ValueError(unknown_name(channel, source.scenario.channels, "channel"))
    counts = np.unique([*range(10, len(source), 5), len(source) // 4, len(source)])
    halves = np.array([_half_width(source, measure, channel, int(count), confidence) for count in counts])
    if not np.isfinite(halves[-1]):
        raise ValueError(f"{measure} has no value here, so there is no interval to draw")
    if not halves[-1]:
        raise ValueError(f"{measure} is the same in every run, so its interval has no length to draw")
    factor, unit_name = unit(measure, halves)
    unit_name = sentences.points(unit_name)
    smooth = np.linspace(counts[0], len(source), 200)
    rule = halves[-1] * np.sqrt(len(source) / smooth)
    quarter, whole = (int(np.flatnonzero(counts == count)[0]) for count in (len(source) // 4, len(source)))

    with page(3.4) as figure:
        axes = figure.subplots()
        axes.plot(smooth, factor * rule, color=BLUE, label="rule")
        axes.plot(counts, factor * halves, "o", color=DARK, markersize=4, label="runs", clip_on=False)
        for place in (quarter, whole):
            end = (counts[place], factor * halves[place])
            axes.plot(*end, "o", color=DARK, markersize=9, clip_on=False)
            axes.annotate(
                f"{counts[place]} runs: ± {number(end[1])}", end, (0, 12), textcoords="offset points", ha="center"
            )
        axes.set_ylim(0, 1.1 * factor * max(halves.max(), rule[0]))
        axes.set_xlim(0, 1.06 * len(source))
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=STEPS, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
        axes.set_xlabel("runs")
        axes.set_title(f"Half of the {100 * confidence:g}\N{NO-BREAK SPACE}% interval, {unit_name}")
        said = [f"±{NBSP}{number(factor * halves[place])} {unit_name}" for place in (quarter, whole)]
        figure.says(
            f"After {counts[quarter]} runs {name(measure)} is known to {said[0]}, after {len(source)} to {said[1]}",
            detail="Dots: after so many runs. Line: the square-root rule, four times the runs for half the interval.",
            note=" · ".join(filter(None, [source.scenario.name, channel, sentences.of_runs(len(source), confidence)])),
        )
    return figure


def _half_width(source: Replications, measure: str, channel: str | None, count: int, confidence: float) -> float:
    """Half the length of the interval after the first runs."""
    counted = source.study.counted([source.number], View.of("channel" if channel else None, {}, [measure]))[0]
    part, ratio = counted.part(0, count), MEASURES[measure]
    estimate = Estimate.of(part.values[ratio.over], part.values[ratio.under] if ratio.under else None)
    place = part.groups.index((channel,)) if channel else 0
    return float(estimate.half_width(confidence)[place])
