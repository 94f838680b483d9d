"""Figures of a fair comparison: two plans run by run, and how often intervals of their difference hold the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.experiment import Replications
from sim.plots import sentences
from sim.plots.page import BLUE, DARK, FAINT, INK, OUTCOME_COLOURS, STEPS, Picture, page
from sim.plots.sentences import amount, capital, heading, name, number, unit
from sim.plots.tables import INTERVAL, known_measure, needs

MISSED = OUTCOME_COLOURS["abandoned"]


def pairs(panels: Mapping[str, Sequence[Replications]], measure: str = "abandonment") -> Picture:
    """Two plans run by run: one dot a run, the first plan across and the second upwards.

    Parameters
    ----------
    panels : mapping of str to pair of Replications
        What stands over a panel, and the two plans in it, both with as many runs: ``{"own customers": (one, other),
        "same customers": duel.replications}``.
    measure : str, default "abandonment"

    Returns
    -------
    Picture
        On the diagonal both plans are equal; the scale is the same in all panels.

    Raises
    ------
    ValueError
        For an unknown measure, one without a value or without any spread, or panels that are not pairs of three runs or
        more.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3, name="two")
    >>> more = desk.with_(name="three", teams={"agents": {"agents": 3}})
    >>> duel = sim.compare([desk, more], replications=20, progress=False)
    >>> alone = sim.replicate(more, replications=20, seed=2, progress=False)
    >>> sim.plots.pairs({"own": (duel.replications[0], alone), "same": duel.replications})
    <Figure: Correlation of the two plans run by run: ... (own), ... (same)>
    """
    known_measure(measure)
    for label, pair in panels.items():
        if len(pair) != 2 or not all(isinstance(one, Replications) for one in pair):
            raise ValueError(f"{label!r} holds no pair; give two results of sim.replicate, or those of a comparison")
        if len(pair[0]) != len(pair[1]) or len(pair[0]) < 3:
            raise ValueError(f"{label!r} holds {len(pair[0])} and {len(pair[1])} runs; it needs as many, 3 or more")
    if not panels:
        raise ValueError("pairs needs a panel, such as {'same customers': duel.replications}")
    values = {label: _both_known(label, pair, measure) for label, pair in panels.items()}
    every = np.concatenate([both.ravel() for both in values.values()])
    factor, unit_name = unit(measure, every)
    top, bottom = 1.05 * factor * every.max(initial=0), 1.05 * factor * every.min(initial=0)

    with page(4.3) as figure:
        told = []
        for axes, (label, (across, upwards)) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], values.items(), strict=True
        ):
            together = number(float(np.corrcoef(across, upwards)[0, 1]))
            axes.plot([bottom, top], [bottom, top], color=FAINT, linewidth=1, label="equal")
            axes.plot(factor * across, factor * upwards, "o", color=BLUE, alpha=0.6, label="runs")
            axes.set(xlim=(bottom, top), ylim=(bottom, top), aspect="equal")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(MaxNLocator(5, steps=STEPS))
            first, second = (one.scenario.name for one in panels[label])
            axes.set_xlabel(f"“{first}”")
            axes.set_ylabel(f"“{second}”")
            axes.set_title(f"{capital(label)}: correlation {together}")
            told.append(f"{together} ({label})")
        runs = " and ".join(dict.fromkeys(str(len(pair[0])) for pair in panels.values()))
        figure.says(
            f"Correlation of the two plans run by run: {', '.join(told)}",
            detail=f"{heading(measure, unit_name)}, of single runs. On the grey line both plans are equal. "
            "Correlation 0 means nothing in common, 1 means in step.",
            note=f"each dot is {sentences.ONE_RUN}; {runs} runs a panel",
        )
    return figure


def _both_known(label: str, pair: Sequence[Replications], measure: str) -> np.ndarray:
    """The measure of both plans in the runs in which both have a value, shape (2, runs)."""
    both = np.array([one.each(measure)["all"].to_numpy() for one in pair])
    both = both[:, np.isfinite(both).all(axis=0)]
    if both.shape[1] < 3 or (np.ptp(both, axis=1) == 0).any():
        raise ValueError(f"{measure} has no value, or the same in every run, with a plan of {label!r}")
    return both


def intervals(
    table: pd.DataFrame, truth: float, measure: str = "abandonment", *, reach: float | None = None
) -> Picture:
    """Many experiments, each with its interval of a difference, and the true difference behind them.

    Parameters
    ----------
    table : DataFrame
        Columns estimate, low and high of a difference; a row an experiment.
    truth : float
        The true difference, by a formula for instance.
    measure : str, default "abandonment"
        For unit and words.
    reach : float, optional
        How far the axis goes to both sides, in the measure's unit, so that figures can be compared; by default as far
        as the intervals.

    Returns
    -------
    Picture
        Intervals that miss the truth are red.

    Raises
    ------
    ValueError
        For an unknown measure, or a table without rows or these columns.

    Examples
    --------
    >>> import pandas as pd, sim
    >>> table = pd.DataFrame({"estimate": [-0.02, 0.01], "low": [-0.04, -0.01], "high": [0.0, 0.03]})
    >>> sim.plots.intervals(table, truth=-0.015)
    <Figure: 1 of 2 intervals holds the true difference of −1.5 points; 0 are clear of zero>
    """
    known_measure(measure)
    needs(table, INTERVAL, "intervals")
    if table.empty:
        raise ValueError("intervals needs a table with a row an experiment; this one is empty")
    # An experiment without a value would be counted among those that miss the truth.
    if not (np.isfinite(truth) and np.isfinite(table[INTERVAL].to_numpy(dtype=float)).all()):
        raise ValueError("intervals needs numbers: the truth or a row of the table has no value; leave such rows out")
    factor, unit_name = unit(measure, table[INTERVAL])
    estimate, low, high = factor * table[INTERVAL].to_numpy(dtype=float).T
    holds = (low <= factor * truth) & (factor * truth <= high)
    clear = (low > 0) | (high < 0)
    heights = np.arange(len(table), 0, -1)

    with page(max(2.2, 1.5 + 0.035 * len(table)) if len(table) > 30 else 1.5 + 0.09 * len(table)) as figure:
        axes = figure.subplots()
        for these, colour, label in ((holds, BLUE, "holds"), (~holds, MISSED, "misses")):
            axes.hlines(heights[these], low[these], high[these], color=colour, linewidth=1.5, label=label)
            axes.plot(estimate[these], heights[these], "o", color=colour, markersize=3)
        axes.axvline(0, color=INK, linewidth=1)
        axes.axvline(factor * truth, color=DARK, linewidth=1.5, dashes=(4, 2), label="truth")
        left, right = (0.0, *low, factor * truth), (0.0, *high, factor * truth)
        edge = 0.05 * (max(right) - min(left)) or 1.0
        axes.set_xlim(min(left) - edge, max(right) + edge)
        if reach is not None:
            axes.set_xlim(-factor * reach, factor * reach)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=STEPS))
        axes.set_ylim(0, len(table) + 1)
        axes.set_yticks([])
        axes.grid(False)
        axes.set_title(f"Difference of {name(measure)}, {sentences.points(unit_name)}")
        size = amount(measure, truth) if unit_name != "%" else f"{number(100 * truth)} points"
        figure.says(
            f"{holds.sum()} of {len(table)} intervals {'holds' if holds.sum() == 1 else 'hold'} the true difference of "
            f"{size}; {clear.sum()} {'is' if clear.sum() == 1 else 'are'} clear of zero",
            detail="One line an experiment. Dashed: the true difference. Red: the interval misses it.",
            note="intervals as given in the table",
        )
    return figure
