"""A figure of overload: why a desk with more work than it can do survives, and at what price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.plots.page import BLUE, DARK, OUTCOME_COLOURS, Picture, labels_at_right, page, readable
from sim.plots.sentences import NBSP, percent
from sim.plots.tables import largest, needs, small_print, with_interval

_WHAT = "the table of {} for overload"


def overload(waits: pd.DataFrame, hang_ups: pd.DataFrame, for_ever: pd.DataFrame | None = None) -> Picture:
    """Waits and hang-ups against load, below and above what the agents can do.

    Under the share who hang up lies the part that nothing can prevent: of 110 calls, agents who have time for 100
    cannot answer more than those.

    Parameters
    ----------
    waits, hang_ups : DataFrame
        Columns load (work that arrives / work that the agents can do), estimate, low and high: the mean wait in
        minutes, the share who hang up.
    for_ever : DataFrame, optional
        Columns load and wait_minutes: the curve if nobody hung up, for loads below 1.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If a table lacks a column or a row, or no load has both a wait and a share.

    Examples
    --------
    >>> import pandas as pd, sim
    >>> waits = pd.DataFrame({"load": [0.9, 1.1], "estimate": [0.1, 0.3], "low": [0.08, 0.2], "high": [0.12, 0.4]})
    >>> hang_ups = pd.DataFrame({"load": [0.9, 1.1], "estimate": [0.08, 0.17], "low": [0.07, 0.1], "high": [0.1, 0.2]})
    >>> sim.plots.overload(waits, hang_ups)
    <Figure: At a load of 110 % the mean wait is 18 seconds, because 17 % hang up>
    """
    for table, what in ((waits, "waits"), (hang_ups, "hang-ups")):
        needs(table, ["load", "estimate"], _WHAT.format(what))
        if table["estimate"].isna().all():
            raise ValueError(f"{_WHAT.format(what)} has no {'rows' if table.empty else 'value'}")
    waits, hang_ups = (
        with_interval(table[table["estimate"].notna()]).sort_values("load", ignore_index=True)
        for table in (waits, hang_ups)
    )
    highest = waits.merge(hang_ups, on="load", suffixes=("", "_lost")).tail(1)
    if highest.empty:
        raise ValueError("overload needs a load at which the mean wait and the share who hang up are both known")
    longest = 60 * largest(waits[["estimate", "high"]])
    left, right = 100 * waits["load"].min() - 1, 100 * waits["load"].max() + 1

    with page(5.2) as figure:
        above, below = figure.subplots(2, 1, sharex=True)
        for axes, table, factor in ((above, waits, 60), (below, hang_ups, 100)):
            x = 100 * table["load"]
            axes.plot(x, factor * table["estimate"], "o-", color=DARK, linewidth=1, label="simulated", clip_on=False)
            axes.vlines(x, factor * table["low"], factor * table["high"], color=DARK, linewidth=2)
            axes.axvline(100, color=OUTCOME_COLOURS["turned_away"], linewidth=1, dashes=(5, 3))
        above.set_ylim(0, 1.6 * longest or 1)
        labels_at_right(above, [("some hang up", 60 * waits["estimate"].iloc[-1], DARK)])
        if for_ever is not None:
            needs(for_ever, ["load", "wait_minutes"], "the curve for_ever of overload")
            line = for_ever[for_ever["load"] < 1].sort_values("load")
            above.plot(100 * line["load"], 60 * line["wait_minutes"], color=BLUE, label="for ever")
            seen = line[60 * line["wait_minutes"] <= 1.6 * longest]
            if len(seen):
                top = (100 * seen["load"].iloc[-1], 60 * seen["wait_minutes"].iloc[-1])
                above.annotate(
                    "if nobody hung up", top, (8, -2), textcoords="offset points", va="top", color=readable(BLUE)
                )
        most = np.linspace(max(left, 1), right, 200)
        lost = np.maximum(0, 100 - 100 * 100 / most)
        below.fill_between(most, 0, lost, color=OUTCOME_COLOURS["abandoned"], alpha=0.35, linewidth=0, label="must")
        below.set_ylim(0, 1.2 * max(100 * largest(hang_ups[["estimate", "high"]]), lost.max()))
        named = [("hang up", 100 * hang_ups["estimate"].iloc[-1], DARK)]
        if lost[-1]:
            named.append(("more than the agents can do", lost[-1] / 2, OUTCOME_COLOURS["abandoned"]))
        labels_at_right(below, named)
        below.set_xlim(left, right)
        above.set_title("Mean wait of all callers, seconds")
        below.set_title("Callers who hang up, %")
        below.set_xlabel("load: work that arrives, % of what the agents can do")
        load, wait, share = highest[["load", "estimate", "estimate_lost"]].to_numpy()[0]
        figure.says(
            f"At a load of {100 * load:.0f}{NBSP}% the mean wait is {60 * wait:.0f} seconds, "
            f"because {percent(share)} hang up",
            note=small_print(waits, waits, 0),
        )
    return figure
