"""A figure of a scenario itself: how cases flow from customers through channels and bot to teams."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from sim.demand import cases_per_minute
from sim.plots.page import AMBER, BLUE, FAINT, INK, QUIET, Picture, page
from sim.plots.sentences import number
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where each column of boxes stands, and how wide boxes are, as shares of the width.
COLUMNS = {"type": 0.11, "channel": 0.42, "team": 0.68, "task": 0.91}
WIDTH = 0.165
FILLS = {"type": "#F1F4F6", "channel": "#DCEBF6", "team": "#E4F1EC", "task": "#FBF0D9"}
HEADINGS = {
    "type": "why customers come",
    "channel": "through which channel",
    "team": "who serves",
    "task": "back office",
}


def flow(scenario: Scenario | str) -> Picture:
    """How cases flow through a scenario: types, channels, bot, teams and the work of the back office.

    The lines from types to channels are as thick as the expected number of cases; a solid line to a team is its first
    choice of work, a dashed one what it does besides.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or what `sim.load` takes.

    Returns
    -------
    Picture

    Examples
    --------
    >>> import sim
    >>> sim.plots.flow("baseline")
    <Figure: baseline: ... cases a day through 5 channels to 5 teams>
    """
    scenario = load(scenario)
    days = scenario.days
    volume = {name: cases_per_minute(scenario, name).sum() / days for name in scenario.case_types}
    boxes = {
        "type": [(name, f"{number(cases)} a day") for name, cases in volume.items()],
        "channel": [(name, _kind(scenario, name)) for name in scenario.channels],
        "team": [
            (name, f"up to {_many(math.ceil(team.head_count.max()), 'agent')}") for name, team in scenario.teams.items()
        ],
        "task": [(name, "") for name in scenario.task_names()],
    }
    most = max(len(column) for column in boxes.values())
    with page(0.9 + 0.62 * most) as figure:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(-most + 0.4, 1.1)
        place = {
            (kind, name): (COLUMNS[kind], -(row + 0.5) * most / len(column) + 0.5)
            for kind, column in boxes.items()
            for row, (name, _) in enumerate(column)
        }
        _lines(axes, scenario, volume, place)
        for kind, column in boxes.items():
            if column:
                axes.text(COLUMNS[kind], 0.85, HEADINGS[kind], ha="center", color=QUIET, size=9)
            for name, detail in column:
                _box(axes, place[kind, name], name, detail, FILLS[kind])
        if scenario.bot is not None:
            _bot(axes, scenario, place)
        figure.says(
            f"{scenario.name}: {number(sum(volume.values()))} cases a day through "
            f"{_many(len(scenario.channels), 'channel')} to {_many(len(scenario.teams), 'team')}",
            note="thickness: expected cases; dashed: what a team does besides its first choice",
        )
    return figure


def _lines(
    axes: Axes, scenario: Scenario, volume: dict[str, float], place: dict[tuple[str, str], tuple[float, float]]
) -> None:
    largest = max(volume.values(), default=1) or 1
    for name, kind in scenario.case_types.items():
        for channel, share in kind.channels.items():
            if share > 0:
                width = 0.4 + 7 * share * volume[name] / largest
                _line(axes, place["type", name], place["channel", channel], BLUE, width)
    for name, team in scenario.teams.items():
        for rank, skill in enumerate(team.skills):
            dashes = "-" if rank == 0 else (0, (4, 3))
            if skill.channel is not None:
                _line(axes, place["channel", skill.channel], place["team", name], INK, 1.1, dashes)
            elif skill.task is not None:
                _line(axes, place["team", name], place["task", skill.task], INK, 1.1, dashes)


def _line(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: float,
    dashes: object = "-",
) -> None:
    (x0, y0), (x1, y1) = start, end
    x0, x1 = x0 + WIDTH / 2, x1 - WIDTH / 2
    middle = (x0 + x1) / 2
    path = Path([(x0, y0), (middle, y0), (middle, y1), (x1, y1)], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    patch = PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, alpha=0.55, capstyle="butt")
    patch.set_linestyle(dashes)  # type: ignore[arg-type]
    axes.add_patch(patch)


def _box(axes: Axes, at: tuple[float, float], name: str, detail: str, fill: str) -> None:
    x, y = at
    axes.add_patch(
        FancyBboxPatch(
            (x - WIDTH / 2, y - 0.3),
            WIDTH,
            0.6,
            boxstyle="round,pad=0,rounding_size=0.02",
            mutation_aspect=8,
            facecolor=fill,
            edgecolor=FAINT,
            linewidth=0.8,
            zorder=3,
        )
    )
    axes.text(
        x, y + (0.07 if detail else 0), name.replace("_", " "), ha="center", va="center", size=9, color=INK, zorder=4
    )
    if detail:
        axes.text(x, y - 0.16, detail, ha="center", va="center", size=7.5, color=QUIET, zorder=4)


def _bot(axes: Axes, scenario: Scenario, place: dict[tuple[str, str], tuple[float, float]]) -> None:
    """A mark at the entrance of each channel that has a bot."""
    assert scenario.bot is not None
    for channel in scenario.bot.channels:
        x, y = place["channel", channel]
        axes.text(
            x - WIDTH / 2,
            y,
            "bot",
            ha="center",
            va="center",
            size=8,
            color=INK,
            zorder=5,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": AMBER, "edgecolor": "none"},
        )


def _kind(scenario: Scenario, channel: str) -> str:
    way = scenario.channels[channel]
    at_once = getattr(way, "at_once", 1)
    return {"live": "live", "deferred": "deferred", "visit": "by appointment"}[way.kind] + (
        f", {at_once} at once" if at_once > 1 else ""
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
