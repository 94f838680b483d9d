"""Figures of why two scenarios differ: what each change brings, step by step and as the bones of a fish."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.drivers import Explanation, rounded
from sim.plots import sentences
from sim.plots.page import FAINT, INK, QUIET, SCENARIO_COLOURS, STEPS, Picture, page
from sim.plots.sentences import amount, capital, name, points, sure, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Apart also in grey: the one dark, the other light.
RAISES, LOWERS, END = SCENARIO_COLOURS[1], SCENARIO_COLOURS[2], SCENARIO_COLOURS[0]


def drivers(source: Explanation) -> Picture:
    """How the parts lead from one scenario to the other: a bar a part, each beginning where the last one ends.

    A hollow diamond shows where a part would lead by itself. A bar far from its diamond acts through others.

    Parameters
    ----------
    source : Explanation
        What `sim.drivers.explain` returned.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=30, handle_minutes=6, agents=3, patience_minutes=3, name="now")
    >>> plan = desk.with_(name="plan", teams={"agents": {"extra_agents": 1}}, demand={"factor": 1.1})
    >>> sim.plots.drivers(sim.drivers.explain(desk, plan, "abandonment", replications=5, progress=False))
    <Figure: Abandonment falls by ... points; most of it comes from staffing, −... points>
    """
    _checked(source, "drivers")
    factor, words = unit(source.measure, source.values)
    share, alone = (factor * source.table[column].to_numpy() for column in ("share", "alone"))
    low, high = (factor * source.table[column].to_numpy() for column in ("low", "high"))
    before, after = (factor * value for value in source.values)
    starts = before + np.concatenate([[0.0], np.cumsum(share)[:-1]])
    count = len(share)
    with page(2.1 + 0.42 * (count + 2)) as figure:
        axes = figure.subplots()
        heights = np.arange(count, 0, -1)
        colours = [RAISES if one > 0 else LOWERS for one in share]
        axes.barh(heights, share, left=starts, height=0.58, color=colours, label="parts")
        axes.hlines(heights, starts + low, starts + high, color=INK, linewidth=1.3, label="intervals")
        axes.plot(starts + alone, heights, "D", color=INK, markerfacecolor="white", markersize=6, label="alone")
        # What joins the bars: the height that one leaves is where the next begins.
        for row, reached in enumerate([before, *(starts + share)]):
            axes.vlines(reached, count - row + 0.29 - 0.58, count + 1 - row + 0.29 - 0.58, color=FAINT, linewidth=0.8)
        axes.plot([before, after], [count + 1, 0], "o", color=END, markersize=9, label="scenarios")
        ends = [f"“{source.names[0]}”", *source.table.index, f"“{source.names[1]}”"]
        axes.set_yticks(np.arange(count + 1, -1, -1), [textwrap.fill(str(text), 34) for text in ends])
        axes.set_ylim(-0.6, count + 1.6)
        ends_of_all = np.concatenate([starts + low, starts + high, starts + alone, [before, after]])
        room = 0.03 * float(np.ptp(ends_of_all)) or 1.0
        axes.set_xlim(ends_of_all.min() - room, ends_of_all.max() + room)
        axes.grid(visible=False)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
        told = [amount(source.measure, source.values[0])]
        told += [_with_interval(*row) for row in zip(share, low, high, strict=True)]
        told.append(amount(source.measure, source.values[1]))
        certain = [True, *_known(source).tolist(), True]
        for height, text, known in zip(np.arange(count + 1, -1, -1), told, certain, strict=True):
            axes.annotate(
                text,
                (1, height),
                (7, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                color=INK if known else FAINT,
                size=9,
            )
        axes.set_title(f"{sentences.heading(source.measure, words)} · right: {points(words)} (interval)")
        handles: list[Any] = [
            Patch(color=RAISES, label="raises it"),
            Patch(color=LOWERS, label="lowers it"),
            Line2D([], [], color=INK, marker="D", markerfacecolor="white", linestyle="", label="the part alone"),
        ]
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.09), ncols=3)
        doubt = "" if all(certain) else " · grey: more luck than effect"
        figure.says(_message(source), _together(source), _note(source) + doubt)
    return figure


def fishbone(source: Explanation) -> Picture:
    """A cause-and-effect diagram (Ishikawa) whose bones are measured: thick ones carry much of the difference.

    At the head stands the difference, at the end of each large bone a group of causes with the sum of its parts, and on
    the small bones the parts. Groups with the largest effects are nearest to the head.

    Parameters
    ----------
    source : Explanation
        What `sim.drivers.explain` returned.

    Returns
    -------
    Picture

    Notes
    -----
    The form: Ishikawa, *Guide to Quality Control* (Asian Productivity Organization, 1976), ch. 3. Shapley values may be
    added up, so that the effects of a group's parts make that of the group.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=30, handle_minutes=6, agents=3, patience_minutes=3, name="now")
    >>> plan = desk.with_(name="plan", teams={"agents": {"extra_agents": 1}}, demand={"factor": 1.1})
    >>> sim.plots.fishbone(sim.drivers.explain(desk, plan, "abandonment", replications=5, progress=False))
    <Figure: Abandonment falls by ... points; most of it comes from staffing, −... points>
    """
    _checked(source, "fishbone")
    factor, words = unit(source.measure, source.values)
    table = source.table.assign(size=factor * source.table["share"])
    groups = table.groupby("group", sort=False)["size"].sum()
    groups = groups.loc[groups.abs().sort_values(ascending=False, kind="stable").index]
    largest = float(max(groups.abs().max(), table["size"].abs().max())) or 1.0
    columns = (len(groups) + 1) // 2
    fullest = max(len(table[table["group"] == group]) for group in groups.index)
    reach = max(1.0, 0.62 * fullest + 0.35)
    with page(1.5 + 2 * (reach + 0.55)) as figure:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        axes.set_xlim(0, 1)
        axes.set_ylim(-reach - 0.45, reach + 0.45)
        head, width = 0.84, 0.84 / columns
        axes.annotate("", (head, 0), (0.0, 0), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2.5})
        before, after = (amount(source.measure, value) for value in source.values)
        axes.text(
            head + 0.01,
            0,
            f"{textwrap.fill(capital(name(source.measure)), 15)}\n{before} → {after}\n"
            f"{_signed(factor * source.total.estimate)} {points(words)}",
            va="center",
            ha="left",
            weight="bold",
            size=10,
            linespacing=1.5,
        )
        for place, (group, size) in enumerate(groups.items()):
            side = 1 if place % 2 == 0 else -1
            foot = head - 0.02 - width * (place // 2)
            _bone(axes, str(group), float(size), table[table["group"] == group], (foot, side * reach), largest)
        handles = [
            Line2D([], [], color=RAISES, linewidth=5, label="raises it"),
            Line2D([], [], color=LOWERS, linewidth=5, label="lowers it"),
        ]
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2)
        detail = f"Numbers are {points(words)}; the thicker a bone, the more it carries."
        doubt = " · ?: more luck than effect" if any(" ?" in text.get_text() for text in axes.texts) else ""
        figure.says(_message(source), f"{detail} {_together(source)}", _note(source) + doubt)
    return figure


def _bone(
    axes: Axes, group: str, size: float, parts: Any, end: tuple[float, float], largest: float, lean: float = 0.07
) -> None:
    """A group's bone from its end down to the spine at `end`'s place, with its parts' small bones to the left."""
    foot, top = end
    tip = foot - lean
    axes.plot([tip, foot], [top, 0], color=_colour(size), linewidth=_width(size, largest), solid_capstyle="round")
    axes.annotate(
        f"{capital(group)} {_signed(size)}",
        (tip, top),
        (0, 7 if top > 0 else -7),
        textcoords="offset points",
        ha="center",
        va="bottom" if top > 0 else "top",
        weight="bold",
        size=9.5,
    )
    for place, (part, row) in enumerate(parts.iterrows()):
        height = top * (1 - (place + 0.55) / (len(parts) + 0.4))
        on_bone = tip + lean * (1 - height / top)
        left = on_bone - 0.05
        value = float(row["size"])
        axes.plot([left, on_bone], [height, height], color=_colour(value), linewidth=_width(value, largest))
        known = sure(row["low"], row["high"])
        doubt = " ?" if row["low"] < row["high"] and not known else ""
        axes.annotate(
            f"{textwrap.fill(str(part), 20)}\n{_signed(value)}{doubt}",
            (left, height),
            (-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            size=8.5,
            color=INK if known else QUIET,
        )


def _checked(source: object, figure: str) -> None:
    if not isinstance(source, Explanation):
        raise TypeError(
            f"{figure} shows what sim.drivers.explain returns, not {type(source).__name__}; give it two scenarios first"
        )


def _message(source: Explanation) -> str:
    title, total, first = capital(name(source.measure)), source.total, source.table.iloc[0]
    if not sure(total.low, total.high):
        return f"Whether {name(source.measure)} differs between “{source.names[0]}” and “{source.names[1]}” is luck"
    size = source.signed(total.estimate).lstrip("+−")
    told = f"{title} {'rises' if total.estimate > 0 else 'falls'} by {size}"
    if not sure(first["low"], first["high"]) or first["share"] * total.estimate < 0:
        return told
    most = "most of it" if abs(first["share"]) > abs(total.estimate) / 2 else "the largest part"
    return f"{told}; {most} comes from {first.name}, {source.signed(first['share'])}"


def _together(source: Explanation) -> str:
    one, low, high = source.interaction
    if len(source.table) == 1:
        return ""
    if not sure(low, high):
        return "The parts do together what they do alone, but for luck."
    alone = source.signed(source.total.estimate - one)
    return f"Alone the parts make {alone}, acting together adds {source.signed(one)}."


def _note(source: Explanation) -> str:
    runs = sentences.of_runs(source.replications, source.confidence)
    orders = f"mean over {source.orders or 'all'} orders of making the changes (Shapley values)"
    return f"{runs} · “{source.names[0]}” to “{source.names[1]}” · {orders}"


def _known(source: Explanation) -> np.ndarray:
    """Of each part, whether its share is more than luck."""
    return ((source.table["low"] > 0) | (source.table["high"] < 0)).to_numpy()


def _with_interval(value: float, low: float, high: float) -> str:
    return f"{_signed(value)} ({_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    size = rounded(abs(value))
    return "0" if value == 0 else size if size == "0.00" else f"{'+' if value > 0 else '−'}{size}"


def _colour(size: float) -> str:
    return RAISES if size > 0 else LOWERS


def _width(size: float, largest: float) -> float:
    return 1.0 + 9.0 * abs(size) / largest
