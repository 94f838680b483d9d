"""A figure of two aims at once: what is left to choose among, and what is beaten in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from sim.front import CERTAINLY_BEATEN, NOT_BEATEN, SEEMS_BEATEN, Front
from sim.plots import sentences
from sim.plots.page import BLUE, DARK, FAINT, QUIET, STEPS, Picture, page
from sim.plots.sentences import heading, name, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

# Told apart by shape as well as by colour.
LOOKS = {
    NOT_BEATEN: {"marker": "o", "color": DARK, "markerfacecolor": BLUE, "markersize": 9},
    SEEMS_BEATEN: {"marker": "o", "color": QUIET, "markerfacecolor": "white", "markersize": 8},
    CERTAINLY_BEATEN: {"marker": "X", "color": FAINT, "markerfacecolor": FAINT, "markersize": 8},
}
# Where a name may stand beside its point: shift in points, and how it is aligned.
SPOTS = (
    (8, 5, "left", "bottom"),
    (8, -5, "left", "top"),
    (-8, 5, "right", "bottom"),
    (-8, -5, "right", "top"),
    (0, 11, "center", "bottom"),
    (0, -11, "center", "top"),
)


def pareto(front: Front) -> Picture:
    """Scenarios by two measures, with the interval of each both ways.

    Filled circles are not beaten, and a line joins them; hollow ones seem beaten, which may be luck; crosses certainly
    are. Names of beaten scenarios are left out where there is no room for them.

    Parameters
    ----------
    front : Front
        What `sim.pareto` returned.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=3, patience_minutes=3)
    >>> plans = [desk.with_(name=f"{n} agents", teams={"agents": {"agents": n}}) for n in (3, 4)]
    >>> duel = sim.compare(plans, replications=10, progress=False)
    >>> sim.plots.pareto(sim.pareto(duel, "agents", "abandonment", goals=("lowest", None)))
    <Figure: None of 2 scenarios is beaten in both agents at work and abandonment>
    """
    if not isinstance(front, Front):
        raise TypeError(f"plots.pareto draws what sim.pareto returns, not {type(front).__name__}")
    scale = {measure: unit(measure, front.table[measure]) for measure in front.measures}
    x, y = (
        scale[measure][0] * front.table[[measure, f"{measure}_low", f"{measure}_high"]].to_numpy(dtype=float)
        for measure in front.measures
    )
    verdicts = front.table["verdict"].to_numpy()

    with page(4.8) as figure:
        axes = figure.subplots()
        axes.margins(0.12)
        for one, verdict in enumerate(verdicts):
            colour = LOOKS[verdict]["color"]
            axes.hlines(y[one, 0], x[one, 1], x[one, 2], color=colour, linewidth=1.2)
            axes.vlines(x[one, 0], y[one, 1], y[one, 2], color=colour, linewidth=1.2)
        kept = verdicts == NOT_BEATEN
        axes.plot(x[kept, 0], y[kept, 0], color=BLUE, linewidth=1, dashes=(4, 3), label="front")
        for verdict, look in LOOKS.items():
            if (verdicts == verdict).any():
                mine = verdicts == verdict
                look = look | {"zorder": 4 if verdict == NOT_BEATEN else 3}
                axes.plot(x[mine, 0], y[mine, 0], linestyle="", label=verdict, markeredgewidth=1.3, **look)  # type: ignore[arg-type]
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=STEPS))
        wish = {
            measure: f"{heading(measure, scale[measure][1])} ({'higher' if goal == 'highest' else 'lower'} is better)"
            for measure, goal in zip(front.measures, front.goals, strict=True)
        }
        axes.set_xlabel(wish[front.measures[0]])
        axes.set_title(wish[front.measures[1]])
        shown = [line for line in axes.lines if line.get_label() in LOOKS]
        if len(shown) > 1:
            axes.legend(handles=shown, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(shown))
        figure.says(
            _message(front),
            note=sentences.of_runs(front.replications, front.confidence)
            + "; “certainly beaten” holds for all such scenarios together",
        )
        figure.draw_without_rendering()
        first = np.argsort(~kept, kind="stable")
        points = np.column_stack([x[:, 0], y[:, 0]])
        _name_points(axes, [str(front.table.index[one]) for one in first], points[first], int(kept.sum()))
    return figure


def _message(front: Front) -> str:
    left, gone = front.names(NOT_BEATEN), front.names(CERTAINLY_BEATEN)
    both = f"both {name(front.measures[0])} and {name(front.measures[1])}"
    count = len(front.table)
    if len(left) == count:
        return f"None of {count} scenarios is beaten in {both}"
    if len(left) == 1:
        certainly = ", certainly" if len(gone) == count - 1 else ""
        return f"“{left[0]}” beats {'the other' if count == 2 else 'all others'} in {both}{certainly}"
    told = f"{len(gone)} of the others certainly {'is' if len(gone) == 1 else 'are'}" if gone else "the others may be"
    return f"{len(left)} of {count} scenarios are not beaten in {both}; {told}"


def _name_points(axes: Axes, names: list[str], points: np.ndarray, always: int) -> None:
    """Write each name where it meets the fewest points and names; after the first ones, `always`, only if none."""
    places = axes.transData.transform(points)
    taken = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in places]
    inside = axes.get_window_extent()
    for number, (text, point) in enumerate(zip(names, points, strict=True)):
        tried: list[tuple[int, int, Annotation, Bbox]] = []
        for dx, dy, across, along in SPOTS:
            label = axes.annotate(text, tuple(point), (dx, dy), textcoords="offset points", ha=across, va=along, size=9)
            box = label.get_window_extent()
            hits = sum(box.overlaps(other) for other in taken)
            outside = box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1
            tried.append((hits + 10 * outside, len(tried), label, box))
        best = min(tried, key=lambda one: one[:2])
        best[2].set_color(DARK if number < always else QUIET)
        fits = number < always or best[0] == 0
        for one in tried:
            if one is not best or not fits:
                one[2].remove()
        if fits:
            taken.append(best[3])
