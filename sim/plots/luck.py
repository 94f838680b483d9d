"""A figure of luck: every run as a dot, and the mean of all with its interval."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from sim.experiment import Replications
from sim.plots import sentences
from sim.plots.page import QUIET, SCENARIO_COLOURS, STEPS, Picture, page
from sim.plots.sentences import amount, capital, heading, name, unit
from sim.plots.tables import known_measure

DARK, BLUE = SCENARIO_COLOURS[:2]


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
