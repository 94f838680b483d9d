"""The player as a widget for JupyterLab and Voilà."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.languages import in_language
from sim.playback.counts import counts
from sim.playback.message import message
from sim.playback.page import page, script, style
from sim.playback.words import RUN_TO_PLAY
from sim.run import Run
from sim.scenario import LiveChannel

try:
    import anywidget
    import traitlets
except ImportError:
    raise ImportError(
        'the replay needs the package anywidget: pip install "after-sales-workbook[lab]"; without it, '
        "sim.plots.service_day(run) draws the day as a figure"
    ) from None


class Replay(anywidget.AnyWidget):
    """A day of a run, or of two beside each other, that plays itself.

    Attributes
    ----------
    minute : float
        Where it stands, in minutes since 00:00 of the day; setting it jumps there.
    scene : dict
        What the player is told of channels, teams and words.
    data, other_data : bytes
        The events of the day, of each run.
    """

    _esm = script()
    _css = style()

    minute = traitlets.Float().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    other_data = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        runs: Sequence[Run],
        day: int,
        start: float,
        speed: float,
        plays: bool,
        language: str,
        figure: bool = True,
    ) -> None:
        self._runs, self._day, self._language, self._figure = tuple(runs), day, language, figure
        scene, data = message(list(runs), day, language)
        scene |= {"start": start, "speed": speed, "plays": plays}
        super().__init__(scene=scene, minute=start, data=data[0], other_data=data[1] if len(data) > 1 else b"")

    def save(self, path: str | Path) -> Path:
        """Write the player to a page of its own, which plays in any browser, also without the net and without Python.

        Parameters
        ----------
        path : str or Path
            Where to; a name that ends in ``.html`` opens by a double click.

        Returns
        -------
        Path
        """
        path = Path(path)
        data = [self.data, self.other_data][: len(self._runs)]
        path.write_text(page(self.scene, data), encoding="utf-8")
        return path

    def __repr__(self) -> str:
        date = self._runs[0].scenario.first_day + datetime.timedelta(days=self._day)
        told = [
            f"{name}, {date:%a} {date.day} {date:%B %Y}: {found['arrived']:,} contacts arrive, {found['served']:,} "
            f"served, {found['abandoned']:,} hang up"
            for name, found in zip(
                [side["name"] for side in self.scene["sides"]],
                [counts(run, self._day) for run in self._runs],
                strict=True,
            )
        ]
        return f"<Replay of {' | '.join(told)}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The player; for pages without a kernel the day as a figure as well, or how to play it."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        if not self._figure:
            bundle["text/html"] = f"<p>▸ {in_language(RUN_TO_PLAY, self._language)}</p>"
        elif any(isinstance(way, LiveChannel) for way in self._runs[0].scenario.channels.values()):
            bundle["image/png"], metadata["image/png"] = _figures(self._runs, self._day)
        return bundle, metadata


def _figures(runs: Sequence[Run], day: int) -> tuple[bytes, dict[str, Any]]:
    """The figures of the day, one below the other, and what a notebook has to know of them."""
    from PIL import Image

    from sim import plots

    drawn = [plots.service_day(run, day)._repr_png_() for run in runs]
    if len(drawn) == 1:
        return drawn[0]
    parts = [Image.open(io.BytesIO(png)).convert("RGB") for png, _ in drawn]
    whole = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    packed = io.BytesIO()
    whole.quantize(64, dither=Image.Dither.NONE).save(packed, "png", optimize=True)
    first = drawn[0][1]
    return packed.getvalue(), {
        "width": first["width"],
        "height": round(whole.height * int(str(first["width"])) / whole.width),
        "alt": " | ".join(str(about["alt"]) for _, about in drawn),
    }
