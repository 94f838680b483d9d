"""The studio's tables as HTML, and the one style sheet of the page.

Everything that a visitor wrote is escaped. Every verdict is a sign and a word, never a colour alone.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sim.measures import MEASURES
from sim.scenario import Scenario
from sim.scenario_studio.estimating import SHOWN, verdict
from sim.scenario_studio.figures import Drawing, letters_for
from sim.scenario_studio.session import Session
from sim.scenario_studio.words import Words

if TYPE_CHECKING:
    import pandas as pd

# As the pins are marked in the frontier.
MARKS = ("△", "◇", "▽", "✚", "☆")
SIGNS = {"better": "▲", "worse": "▼", "differs": "◆", "luck": "○", "same": "=", "": ""}

STYLE = """<style>
/* The figures are white, so the page is, whatever the notebook's theme. */
.studio { max-width: 1400px; color: #222; background: #fff; font-size: 14px; padding: 4px;
  --jp-ui-font-color1: #222; --jp-ui-font-color0: #000; --jp-content-font-color1: #222; --jp-layout-color1: #fff;
  --jp-layout-color2: #eee; --jp-layout-color3: #bbb; --jp-border-color1: #bbb; --jp-widgets-color: #222;
  --jp-widgets-label-color: #222; --jp-widgets-readout-color: #222; --jp-widgets-input-color: #222;
  --jp-widgets-input-background-color: #fff; --jp-widgets-input-border-color: #999;
  --jp-widgets-slider-handle-background-color: #fff; --jp-widgets-slider-handle-border-color: #767676; }
.studio *:focus-visible, .studio .noUi-handle:focus { outline: 3px solid #1675B5 !important; outline-offset: 1px; }
.studio h3 { font-size: 15px; margin: 6px 0 2px; }
.studio .widget-inline-hbox .widget-label { white-space: normal; line-height: 1.25; height: auto; }
.studio-lever { flex: 0 0 auto; border-bottom: 1px solid #eee; padding: 2px 0; }
.studio-lever .widget-slider { flex-wrap: wrap; height: auto; }
.studio-lever .widget-slider > .widget-label { width: 100% !important; max-width: none; text-align: left; }
.studio-moved > .widget-slider > .widget-label, .studio-moved > .widget-checkbox label { font-weight: bold; }
.studio-moved { border-left: 4px solid #1675B5; padding-left: 6px; }
.studio-help:has(details[open]) { flex: 1 1 100% !important; }
.studio-help summary { cursor: pointer; width: 1.4em; height: 1.4em; line-height: 1.4em; text-align: center;
  border: 1px solid #767676; border-radius: 50%; list-style: none; font-weight: bold; font-size: 12px; }
.studio-help summary::-webkit-details-marker { display: none; }
.studio-help p { margin: 2px 0 6px; line-height: 1.35; color: #444; }
.studio-groups .widget-toggle-buttons-container { flex-wrap: wrap; }
.studio-groups .jupyter-button { width: auto; padding: 0 9px; margin: 1px; }
.studio-groups .jupyter-button.mod-active { font-weight: bold; text-decoration: underline; }
.studio table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; line-height: 1.3; }
.studio table { font-size: 13px; } .studio .change { white-space: nowrap; }
.studio th, .studio td { padding: 2px 5px; text-align: right; vertical-align: baseline; }
.studio th[scope=row], .studio th:first-child, .studio .none { text-align: left; }
.studio th[scope=row] { font-weight: normal; } .studio thead th { border-bottom: 2px solid #222; }
.studio tbody tr { border-bottom: 1px solid #e6e6e6; } .studio th.group { font-weight: bold; padding-top: 7px; }
.studio .interval { color: #555; font-size: 12px; white-space: nowrap; }
.studio .sure { font-weight: bold; } .studio .better { color: #00624a; } .studio .worse { color: #9c3300; }
.studio .luck, .studio .same { color: #555; } .studio .key, .studio .quiet { color: #555; font-size: 12px; }
.studio .scroll { overflow-x: auto; } .studio img { max-width: 100%; height: auto; }
.studio .problem { border-left: 4px solid #9c3300; padding: 2px 8px; background: #fdf3ee; }
.studio .note { border-left: 4px solid #1675B5; padding: 2px 8px; background: #eef5fb; }
.studio-downloads a { display: inline-block; border: 1px solid #767676; border-radius: 3px; padding: 1px 9px;
  margin: 2px 4px 2px 0; color: #222; text-decoration: none; background: #f3f3f3; }
.studio-downloads a:hover { background: #e2e2e2; }
.studio-status { min-height: 1.5em; } .studio .verdict { white-space: nowrap; }
.studio .studio-language { margin-left: auto; } .studio details p { margin: 2px 0 4px; max-width: 70em; }
.studio p.quiet { margin: 2px 0; line-height: 1.5; } .studio p.key { margin: 4px 0; line-height: 1.35; }
.studio .moves { display: inline-block; max-width: 17em; font-weight: normal; font-size: 12px; color: #555; }
.studio thead th { vertical-align: top; }
@media (max-width: 720px) { .studio .change, .studio .interval { white-space: normal; }
  .studio table { font-size: 12px; }
  .studio th, .studio td { padding: 2px 3px; }
  .studio-pane { max-height: 42vh; overflow-y: auto; border: 1px solid #ccc; padding: 0 4px; } }
@media print {
  .studio-controls, .studio-downloads, .studio-curve, .studio-pins .jupyter-button { display: none !important; } }
</style>"""


def measures_table(table: pd.DataFrame, shop: Scenario, words: Words, runs: int, *, alone: bool) -> str:
    """What is looked at against the base, a row a measure; `alone` if there is only the base.

    For programs that read the page, each row holds its numbers in full (``data-base``, ``data-now``).
    """
    heads = ["measure", "now", "interval"] if alone else ["measure", "base", "now", "difference"]
    rows = []
    for group, measures in SHOWN.items():
        known = [measure for measure in measures if measure in table.index]
        if known:
            told = words.say(group, currency=html.escape(shop.money.currency), days=shop.days)
            rows.append(f'<tr><th class="group" scope="rowgroup" colspan="{len(heads)}">{told}</th></tr>')
        rows += [_row(measure, cast("pd.Series[float]", table.loc[measure]), words, alone) for measure in known]
    head = "".join(f'<th scope="col">{words.say(name)}</th>' for name in heads)
    note = words.say("is_the_base" if alone else "key")
    return (
        f'<div class="scroll"><table data-replications="{runs}"><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table></div><p class="key">{note}</p>'
    )


def pins_table(base: str, pins: Sequence[tuple[str, str]], tables: Sequence[pd.DataFrame], words: Words) -> str:
    """The pins side by side, each with its title and its moves: values, and whether they differ from the base."""
    first = next((table for table in tables if len(table)), None)
    if first is None:
        return ""
    rows = []
    for measure in first.index:
        like = float(max(abs(table.loc[measure, ["base", "now"]]).max() for table in tables if measure in table.index))
        cells = [f"<td>{words.amount(measure, first.loc[measure, 'base'], like)}</td>"]
        for table in tables:
            if measure not in table.index:
                cells.append("<td>–</td>")
                continue
            row = table.loc[measure]
            kind = verdict(measure, row["low"], row["high"], row["difference"])
            sign = f' <span class="{kind}" title="{words.say(kind)}">{SIGNS[kind]}</span>' if kind else ""
            sure = ' class="sure"' if row["sure"] else ""
            cells.append(f"<td{sure}>{words.amount(measure, row['now'], like)}{sign}</td>")
        rows.append(f'<tr><th scope="row">{words.measure(measure)}</th>{"".join(cells)}</tr>')
    heads = [("", ""), (words.say("base"), base)]
    heads += [(f"{mark} {title}", moves) for mark, (title, moves) in zip(MARKS, pins, strict=False)]
    head = "".join(
        f'<th scope="col">{html.escape(title)}<br><span class="moves">{html.escape(moves)}</span></th>'
        for title, moves in heads
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def status(session: Session, words: Words, note: str, problem: str) -> str:
    """What the studio is doing, on how many replications the numbers rest, and what a visitor should know."""
    count, every = session.count, session.worlds.replications
    if count < every:
        lines = [("quiet", "⟳ " + words.say("refining", count=count, all=every))]
    else:
        lines = [("quiet", "✔ " + words.say("replications", count=count))]
    if not session.worlds.is_fast:
        lines.append(("quiet", words.say("slow", count=session.worlds.first)))
    if not letters_for(words.language):
        lines.append(("quiet", words.say("no_font")))
    if note:
        lines.append(("note", note))
    if problem:
        lines.append(("problem", words.say("cannot", error=problem)))
    return f'<div role="status">{"".join(line(kind, text) for kind, text in lines)}</div>'


def moves(session: Session, words: Words) -> str:
    """The base, what was moved, and which moves have no effect."""
    now, told = session.now, words.moves(session.now)
    lines = [words.say("base_is", base=session.base.title)]
    lines.append(words.say("moved", moves=told) if told else words.say("not_moved"))
    gone = [words.lever(session.levers[name]) for name in now.without_effect if name in session.levers]
    if gone:
        lines.append(words.say("without_effect", levers=words.series(gone)))
    return f'<p class="quiet">{"<br>".join(html.escape(text) for text in lines)}</p>'


def story(scenario: Scenario, words: Words) -> str:
    """What the scenario is about, folded away."""
    told = html.escape(scenario.story)
    return f"<details><summary>{words.say('about')}</summary><p>{told}</p></details>" if told else ""


def picture(drawing: Drawing) -> str:
    """A figure, with its message for those who cannot see it."""
    data = base64.b64encode(drawing.png).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(drawing.alt, quote=True)}" width="520">'


def line(kind: str, text: str) -> str:
    """A line of text of a kind: "quiet", "note" or "problem"."""
    return f'<div class="{kind}">{html.escape(text)}</div>'


def _row(measure: str, row: pd.Series[float], words: Words, alone: bool) -> str:
    title = f'<th scope="row">{words.measure(measure)}</th>'
    like = max(abs(row["now"]), abs(row["base"]))
    now = f"<td>{words.amount(measure, row['now'], like)}</td>"
    if alone:
        ends = "" if row["now_low"] != row["now_low"] else _ends(measure, row["now_low"], row["now_high"], like, words)
        interval = f'<td class="interval">{ends}</td>'
        return f'<tr data-measure="{measure}" data-now="{float(row["now"])!r}">{title}{now}{interval}</tr>'
    base = f"<td>{words.amount(measure, row['base'], like)}</td>"
    difference, low, high = row["difference"], row["low"], row["high"]
    kind = verdict(measure, low, high, difference)
    told = ""
    if kind not in ("", "same"):
        size = max(abs(difference), abs(low), abs(high))
        ends = _ends(measure, low, high, size, words, signed=True)
        told = f'{words.amount(measure, difference, size, difference=True)} <br><span class="interval">({ends})</span>'
    opening = f'<tr data-measure="{measure}" data-base="{float(row["base"])!r}" data-now="{float(row["now"])!r}">'
    sure = " sure" if row["sure"] else ""
    said = f"{SIGNS[kind]} {words.say(kind)}" if kind else ""
    return (
        f'{opening}{title}{base}{now}<td class="change{sure}">'
        f'<span class="verdict {kind}">{said}</span> {told}</td></tr>'
    )


def _ends(measure: str, low: float, high: float, like: float, words: Words, *, signed: bool = False) -> str:
    """An interval without its unit, which stands before it."""
    factor, _ = MEASURES[measure].scale(like)
    ends = [words.number(factor * end, factor * like, signed=signed) for end in (low, high)]
    return words.say("to", low=ends[0], high=ends[1])
