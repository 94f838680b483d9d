"""The page that every figure is drawn on: one quiet style, fixed colours, a title that says the message.

A picture is a plain value. It is made without pyplot, so that nothing keeps it open and nothing shows it twice: as
the last value of a notebook's cell it shows itself, in a script `savefig` writes it to a file. Its text form is
its message, which is also what a screen reader says.
"""

from __future__ import annotations

import io
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from PIL import Image

from sim.plots.sentences import NBSP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = Path(__file__).parents[1] / "sim.mplstyle"
WIDTH_INCHES = 8.0
LINE_INCHES = 0.19
STEPS = [1, 2, 5, 10]
INK, QUIET, FAINT, CLOSED = "#222222", "#555555", "#888888", "#F3F3F1"

# Told apart with any kind of colour vision, and by their lightness alone when printed in grey.
OUTCOME_COLOURS = {
    "served": "#A9CBE4",
    "called_back": "#311B90",
    "contained": "#D3EFC3",
    "abandoned": "#B8301F",
    "left_bot": "#6A3B6A",
    "blocked": "#1E1E1E",
    "turned_away": "#868686",
    "waiting": "#E3A008",
}
OUTCOME_WORDS = {
    "served": "answered",
    "called_back": "called back",
    "contained": "contained",
    "abandoned": "hung up",
    "left_bot": "left at bot",
    "blocked": "lines taken",
    "turned_away": "turned away",
    "waiting": "waiting",
}
DARK, BLUE, AMBER = "#222A33", "#1675B5", "#E8A200"
SCENARIO_COLOURS = (DARK, BLUE, AMBER, "#8F1D55", "#2E9E7E", "#A6D9F2")
MARKERS = ("o", "s", "^", "D", "v", "P")


class Picture(Figure):
    """A figure that shows itself once, and whose text form is its message.

    Attributes
    ----------
    message : str
        The title: a sentence computed from the data.
    """

    message = ""

    def says(self, message: str, detail: str = "", note: str = "") -> None:
        """Write the message above the panels, what is shown below it in grey, and the small print at the foot."""
        self.message = message.replace(NBSP, " ")
        height = self.get_figheight()
        count = len(textwrap.wrap(message, 74))
        lines = next(lines for width in range(30, 75) if len(lines := textwrap.wrap(message, width)) <= count)
        self.suptitle("\n".join(lines), x=0.01, y=1 - 0.08 / height, ha="left", va="top", size=12.5, weight="bold")
        used = 0.14 + 0.225 * len(lines)
        small = textwrap.wrap(detail, 100)
        self.text(0.01, 1 - used / height, "\n".join(small), va="top", color=QUIET, size=9.5)
        used += 0.18 * len(small) + 0.08
        foot = textwrap.wrap(note, 115)
        self.text(0.01, 0.07 / height, "\n".join(foot), va="bottom", color=FAINT, size=8)
        foot_height = (0.08 + 0.15 * len(foot)) / height
        layout: Any = self.get_layout_engine()
        layout.set(rect=(0, foot_height, 1, 1 - used / height - foot_height), w_pad=0.08, h_pad=0.06)

    def __repr__(self) -> str:
        return f"<Figure: {self.message}>"

    __str__ = __repr__

    def _repr_png_(self) -> tuple[bytes, dict[str, object]]:
        """The picture for notebooks: sharp on fine screens, and small, as few colours need few bytes."""
        width, height = self.get_size_inches() * self.dpi
        full, small = io.BytesIO(), io.BytesIO()
        self.savefig(full, format="png", dpi=2 * self.dpi)
        Image.open(full).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
        return small.getvalue(), {"width": round(width), "height": round(height), "alt": self.message}


@contextmanager
def page(height_inches: float) -> Iterator[Picture]:
    """A blank picture, and the style for all that is drawn on it inside the `with`.

    Characters that DejaVu Sans lacks, Chinese ones for instance, come from the fonts in
    ``matplotlib.rcParams["font.family"]``.
    """
    families = ["DejaVu Sans", *(name for name in mpl.rcParams["font.family"] if name != "sans-serif")]
    _shows_itself()
    with matplotlib.style.context([STYLE, {"font.family": list(dict.fromkeys(families))}]):
        yield Picture(figsize=(WIDTH_INCHES, height_inches), layout="constrained")


def _shows_itself() -> None:
    """Let notebooks use the picture's own form also after pyplot has told them how to show any figure."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Picture, Picture._repr_png_)


def clock_axis(axes: Axes, first: float, last: float, labels: int = 12) -> None:
    """Make the horizontal axis the time of day, in minutes since midnight, with up to so many labels like 08:00."""
    axes.set_xlim(first, last)
    step = next(step for step in (15, 30, 60, 120, 180, 240, 360) if step == 360 or (last - first) / step < labels)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda minute, _: clock(minute)))


def clock(minute: float) -> str:
    """A time of day; the end of a day is 24:00."""
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def labels_at_right(axes: Axes, named: Sequence[tuple[str, float, str]]) -> None:
    """Write each text beside the panel, at its height and in its colour, moved as little as keeps them apart."""
    texts = [textwrap.fill(text, 20) for text, _, _ in named]
    bottom, top = axes.get_ylim()
    line = LINE_INCHES * axes.figure.dpi / axes.bbox.height * (top - bottom)
    sizes = [line * (1 + text.count("\n")) for text in texts]
    heights = _apart([height for _, height, _ in named], sizes)
    for text, height, (_, _, colour) in zip(texts, heights, named, strict=True):
        axes.annotate(
            text,
            (1, height),
            (7, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            color=readable(colour),
        )


def readable(colour: str) -> np.ndarray:
    """The colour, darkened as far as text on white needs: a contrast of 4.5 (WCAG 2.2, success criterion 1.4.3)."""
    rgb = np.array(to_rgb(colour))
    while True:
        light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)
        if 1.05 / (light + 0.05) >= 4.5:
            return rgb
        rgb = 0.97 * rgb


def _apart(heights: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Places near the given heights, at least half of both sizes apart."""
    order = np.argsort(heights, kind="stable")
    places = np.array(heights, dtype=float)
    for _ in range(50):
        for lower, upper in pairwise(order):
            overlap = (sizes[lower] + sizes[upper]) / 2 - (places[upper] - places[lower])
            if overlap > 0:
                places[lower] -= overlap / 2
                places[upper] += overlap / 2
    return places.tolist()
