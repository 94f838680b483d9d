"""What a visitor takes home: the scenario, the table and the figures, as links that the browser itself saves.

The content stands in the link (a ``data:`` address), so nothing is written on the computer that the studio runs on, and
the links work in JupyterLab and Voilà alike.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures import MEASURES

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario_studio.figures import Drawing
    from sim.scenario_studio.session import Session
    from sim.scenario_studio.words import Words

COLUMNS = ("base", "now", "now_low", "now_high", "difference", "low", "high", "sure")


@dataclass(frozen=True)
class Download:
    """A file for the browser to save.

    Attributes
    ----------
    name : str
        With its ending.
    kind : str
        Its media type.
    content : bytes
    """

    name: str
    kind: str
    content: bytes

    def link(self, text: str, class_name: str) -> str:
        """An HTML link that saves it."""
        data = base64.b64encode(self.content).decode("ascii")
        return (
            f'<a class="{class_name}" download="{html.escape(self.name, quote=True)}" '
            f'href="data:{self.kind};base64,{data}">{html.escape(text)}</a>'
        )


def downloads(session: Session, drawings: Mapping[str, Drawing], words: Words) -> str:
    """Links to all that can be saved: the scenario, the table with those of the pins, the figures."""
    title = session.now.title
    pins = zip(session.state.pins, session.pinned(), strict=True)
    tables = [(title, session.table()), *((pin.title, table) for pin, table in pins if len(table))]
    yaml = session.now.scenario.to_yaml().encode("utf-8")
    files = {
        "scenario_file": Download(file_name(title, "yaml"), "application/yaml", yaml),
        "table_file": Download(file_name(title, "csv"), "text/csv", table_as_csv(session.base.title, tables)),
    }
    for name, drawing in drawings.items():
        files[f"{name}_file"] = Download(file_name(f"{title}_{name}", "png"), "image/png", drawing.png)
    links = "".join(file.link("⬇ " + words.say(key), f"studio-download-{key}") for key, file in files.items())
    return f"<b>{words.say('save')}:</b> {links}"


def file_name(title: str, ending: str) -> str:
    """A file's name from a visitor's title, with nothing in it that any system minds.

    Examples
    --------
    >>> file_name("Two more: <b>phone</b>", "yaml"), file_name("夜班 +2", "csv"), file_name("…", "png")
    ('Two_more_b_phone_b.yaml', '夜班_2.csv', 'scenario.png')
    """
    plain = re.sub(r"[^\w-]+", "_", title).strip("_-")[:60].rstrip("_-")
    return f"{plain or 'scenario'}.{ending}"


def table_as_csv(base: str, tables: Sequence[tuple[str, pd.DataFrame]]) -> bytes:
    """Tables of `sim.scenario_studio.estimating.table` one below the other, for spreadsheets.

    Parameters
    ----------
    base : str
        The name of the base.
    tables : sequence of (str, DataFrame)
        The name of each scenario, and its table.

    Returns
    -------
    bytes
        CSV in UTF-8 with a mark by which Excel knows it. Shares are fractions.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["scenario", "base_scenario", "measure", "unit", *COLUMNS])
    for name, table in tables:
        for measure, row in table.iterrows():
            numbers = ["" if row[column] != row[column] else row[column] for column in COLUMNS]
            writer.writerow([_harmless(name), _harmless(base), measure, MEASURES[str(measure)].unit, *numbers])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
