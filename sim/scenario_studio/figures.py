"""The studio's figures: how the day goes, and what satisfaction costs.

Drawn small and fast, for they are drawn again after every move. The base is dark with a full line, what is looked at
blue with a dashed line, and each pin has a marker of its own, so that nothing rests on colour. Titles are computed.
"""

from __future__ import annotations

import importlib.util
import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.experiment import Comparison
from sim.front import NOT_BEATEN, pareto
from sim.measures import MEASURES
from sim.plots.page import FAINT, INK, QUIET, SCENARIO_COLOURS, STEPS, STYLE, clock_axis
from sim.plots.tables import part, places
from sim.scenario_studio.estimating import FRONT, STAFFING
from sim.scenario_studio.words import Words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BASE, NOW, *PIN_COLOURS = (*SCENARIO_COLOURS, "#B9B9B9")
WIDTH_INCHES, DAY_INCHES, FRONT_INCHES = 5.2, 4.0, 3.5
LEGEND_LINE_INCHES = 0.21
PIN_MARKERS = ("^", "D", "v", "P", "*")
# Half hours with a smaller share of the agents of the busiest one are left out of a measure's curve.
MANNED = 0.05
# Twice what a screen shows, so that letters stay sharp.
DOTS_AN_INCH = 170


@dataclass(frozen=True)
class Drawing:
    """A figure as a browser shows it.

    Attributes
    ----------
    png : bytes
    alt : str
        The same in words, for those who cannot see it.
    """

    png: bytes
    alt: str


def day(comparison: Comparison, measure: str, words: Words) -> Drawing:
    """A measure and the agents at work by half hour: what is looked at beside its base.

    Parameters
    ----------
    comparison : Comparison
        The base and what is looked at; only the base if they are the same.
    measure : str
        One of `sim.scenario_studio.estimating.CURVES`.
    words : Words
    """
    tables = [part(comparison.measures("slot", measures=name), name, "measure") for name in (measure, STAFFING)]
    names = comparison.names
    # Where next to nobody works, next to nobody asks, and a mean of a handful of contacts is no news.
    staff = tables[1]["estimate"].groupby(level="slot").max()
    manned = staff.index[staff >= MANNED * staff.max()]
    tables[0] = tables[0][tables[0].index.get_level_values("slot").isin(manned)]
    with _page(DAY_INCHES, words) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        top = float(np.nanmax(tables[0]["high"].fillna(tables[0]["estimate"]).to_numpy(), initial=0))
        factor, unit = MEASURES[measure].scale(top)
        ends = []
        for number, name in enumerate(names):
            look = {"color": (BASE, NOW)[number], "linestyle": ("-", (0, (4, 1.2)))[number]}
            label = words.say(("base", "now")[number])
            x, rows = places(part(tables[0], name, "scenario"), "slot")
            known = rows["estimate"].notna().to_numpy()
            if known.any():
                ends += [x[known][0], x[known][-1]]
                low, high = (factor * rows[side].to_numpy() for side in ("low", "high"))
                upper.fill_between(x, low, high, color=look["color"], alpha=0.16, linewidth=0)
                upper.plot(x, factor * rows["estimate"].to_numpy(), label=label, **look)
            x, rows = places(part(tables[1], name, "scenario"), "slot")
            at_work = rows["estimate"].fillna(0).to_numpy()
            half = (x[1] - x[0]) / 2 if len(x) > 1 else 15
            lower.step(np.append(x - half, x[-1] + half), np.append(at_work, at_work[-1]), where="post", **look)
        if ends:
            clock_axis(lower, 60 * (min(ends) // 60), 60 * -(-max(ends) // 60), labels=9)
        upper.set_ylim(bottom=0)
        lower.set_ylim(bottom=0)
        for axes in (upper, lower):
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
            axes.yaxis.grid(True)
        upper.set_title(
            ", ".join(filter(None, [words.say("by_half_hour", measure=_name(words, measure)), _unit(words, unit)]))
        )
        lower.set_title(words.say("staffing"))
        if len(names) > 1:
            upper.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, handlelength=2.2)
        message = _message_of_day(comparison, tables[0], measure, words)
        _says(figure, message, words.say("runs_note", count=len(comparison.replications[0])))
        return _drawing(figure, message)


def front(comparison: Comparison, roles: Sequence[str], titles: Sequence[str], words: Words) -> Drawing:
    """Everything tried so far, by what it costs and how content customers are.

    Parameters
    ----------
    comparison : Comparison
        All that was tried.
    roles : sequence of str
        What each is: "base", "now", "0" to "4" for a pin, or "" for what was only tried.
    titles : sequence of str
        What to call those that have a role.
    words : Words
    """
    (x_measure, y_measure), count = FRONT, len(comparison.names)
    values = [part(comparison.measures(measures=name), name, "measure") for name in FRONT]
    known = np.isfinite(np.column_stack([table["estimate"].to_numpy() for table in values])).all(axis=1)
    kept = known.copy()
    if known.sum() > 1:
        left = Comparison(tuple(runs for runs, yes in zip(comparison.replications, known, strict=True) if yes))
        verdicts = pareto(left, x_measure, y_measure).table["verdict"].reindex(left.names)
        kept[known] = (verdicts == NOT_BEATEN).to_numpy()
    x, y = values[0].to_numpy(dtype=float), 100 * values[1].to_numpy(dtype=float)
    named = [one for one, role in enumerate(roles) if role and known[one]]
    named.sort(
        key=lambda one: ("base", "now").index(roles[one]) if roles[one] in ("base", "now") else 2 + int(roles[one])
    )
    lines = -(-len(named) // 2)

    with _page(FRONT_INCHES + LEGEND_LINE_INCHES * lines, words, "".join(titles)) as figure:
        axes = figure.subplots()
        axes.grid(True, axis="both")
        order = np.flatnonzero(kept)[np.argsort(x[kept, 0])]
        axes.plot(x[order, 0], y[order, 0], color=FAINT, linewidth=1.2, dashes=(4, 3), zorder=2)
        # What is looked at lies on top.
        for one in [*(other for other in range(count) if known[other] and other not in named), *reversed(named)]:
            _point(axes, x[one], y[one], roles[one], bool(kept[one]))
        axes.margins(0.12, 0.12)
        axes.autoscale_view()
        handles = [
            Line2D([], [], **_look(roles[one], True), label=_label(roles[one], titles[one], words)) for one in named
        ]
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.1, 0.07), ncols=2, columnspacing=2.5)
        shop = comparison.replications[0].scenario
        axes.set_xlabel(words.say("front_x", currency=shop.money.currency, days=shop.days))
        axes.set_title(words.say("front_y"))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))
        left_count = int(kept.sum())
        key = "front_one" if count == 1 else "front_all" if left_count == count else "front_best"
        message = words.say(key, left=left_count, count=count)
        note = words.say("front_note", count=len(comparison.replications[0]))
        _says(figure, message, note, LEGEND_LINE_INCHES * lines)
        return _drawing(figure, message)


def letters_for(language: str) -> bool:
    """Whether figures can be labelled in this language."""
    return language != "zh" or _chinese() is not None


@cache
def _chinese() -> str | None:
    """The family name of a font with Chinese letters, made known to Matplotlib; None if there is none."""
    from matplotlib import font_manager

    # Importing the package would change the font of every figure, so its font is only looked up.
    found = importlib.util.find_spec("zhplot")
    folders = found.submodule_search_locations if found else None
    for file in sorted(path for folder in folders or () for path in Path(folder).glob("fonts/*.ttf")):
        font_manager.fontManager.addfont(file)
        return font_manager.FontProperties(fname=file).get_name()
    return None


@contextmanager
def _page(height_inches: float, words: Words, texts: str = "") -> Iterator[Figure]:
    # A visitor's own names may be in Chinese, whatever the language is.
    font = _chinese() if words.chinese or any(ord(letter) > 0x2E80 for letter in texts) else None
    family = ["DejaVu Sans", *([font] if font else [])]
    with matplotlib.style.context([STYLE, {"font.family": family}]), warnings.catch_warnings():
        # Letters that no font has are drawn as boxes; a visitor can do nothing about it.
        warnings.filterwarnings("ignore", message="Glyph")
        yield Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_AN_INCH)


def _says(figure: Figure, message: str, note: str, legend_inches: float = 0.0) -> None:
    """The message above the panels and the small print at the foot; fixed margins are quicker than a layout engine."""
    height = float(figure.get_figheight())
    # Chinese letters are twice as wide.
    width = 54 if message.isascii() else 58 - 28 * sum(ord(letter) > 0x2E80 for letter in message) // len(message)
    lines = textwrap.wrap(message, width)
    figure.text(0.015, 1 - 0.08 / height, "\n".join(lines), va="top", weight="bold", size=11.5)
    figure.text(0.015, 0.05 / height, "\n".join(textwrap.wrap(note, 96)), va="bottom", color=QUIET, size=7.5)
    has_label = any(axes.get_xlabel() for axes in figure.axes)
    figure.subplots_adjust(
        left=0.12,
        right=0.96,
        top=1 - (0.45 + 0.2 * len(lines)) / height,
        bottom=((0.72 if has_label else 0.52) + legend_inches) / height,
        hspace=0.42,
    )


def _message_of_day(comparison: Comparison, table: pd.DataFrame, measure: str, words: Words) -> str:
    name, names = _name(words, measure), comparison.names
    values = {one: part(table, one, "scenario")["estimate"].dropna() for one in names}
    if any(series.empty for series in values.values()):
        return words.say("day_none", measure=name)
    if len(names) == 1:
        series = values[names[0]]
        return words.say("day_same", measure=name, time=series.idxmax(), value=words.amount(measure, series.max()))
    rows = comparison.differences("slot", measures=measure).xs(measure, level="measure").droplevel("scenario")
    sure = rows[((rows["low"] > 0) | (rows["high"] < 0)) & rows.index.isin(table.index.get_level_values("slot"))]
    if sure.empty:
        return words.say("day_luck", measure=name)
    time = str(sure["estimate"].abs().idxmax())
    base, now = (values[one].get(time, np.nan) for one in names)
    like = max(abs(base), abs(now))
    told = {"base": words.amount(measure, base, like), "now": words.amount(measure, now, like)}
    return words.say("day_up" if sure["low"].get(time, 0.0) > 0 else "day_down", measure=name, time=time, **told)


def _name(words: Words, measure: str) -> str:
    return words.measure(measure)


def _unit(words: Words, unit: str) -> str:
    return "" if unit in ("contacts",) else words.unit(unit)


def _colour(role: str) -> str:
    return {"base": BASE, "now": NOW, "": FAINT}.get(role) or PIN_COLOURS[int(role)]


def _look(role: str, kept: bool) -> dict[str, Any]:
    """A point's marker: each role has its own; hollow is beaten."""
    colour = _colour(role)
    marker = {"base": "s", "now": "o", "": "."}.get(role) or PIN_MARKERS[int(role)]
    return {
        "marker": marker,
        "linestyle": "",
        "color": INK if role else FAINT,
        "markerfacecolor": colour if kept else "white",
        "markersize": 8 if role else 7,
        "markeredgewidth": 1.2,
    }


def _point(axes: Axes, x: np.ndarray, y: np.ndarray, role: str, kept: bool) -> None:
    if role:
        axes.hlines(y[0], x[1], x[2], color=_colour(role), linewidth=1.2, zorder=3)
        axes.vlines(x[0], y[1], y[2], color=_colour(role), linewidth=1.2, zorder=3)
    axes.plot(x[0], y[0], **_look(role, kept), zorder=5 if role else 4)


def _label(role: str, title: str, words: Words) -> str:
    """What the legend calls a point."""
    if role in ("base", "now"):
        return words.say(role)
    return _plain(title if len(title) <= 30 else title[:29] + "…")


def _plain(text: str) -> str:
    """A visitor's text, in which no dollar sign begins a formula."""
    return text.replace("$", r"\$")


def _drawing(figure: Figure, alt: str) -> Drawing:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=DOTS_AN_INCH, pil_kwargs={"compress_level": 3})
    return Drawing(buffer.getvalue(), alt)
