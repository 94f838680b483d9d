"""Measures as text: a table for people, JSON and CSV for programs.

The table chooses: it leaves out what has no meaning for a group or never happened, and picks units that read
well. JSON and CSV hold every measure under its name, shares as fractions, times in the unit that the name says,
null or nothing where there is no value.
"""

from __future__ import annotations

import csv
import io
import json
import math
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.measures import MEASURES

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison, Replications
    from sim.policies import Lever
    from sim.sweeps import Sweep

CONFIDENCE = 0.95
MOST_SECTIONS = 6

# The columns of a table with many groups, in the order in which they are tried.
_COLUMNS = (
    "contacts",
    "service_level",
    "abandonment",
    "asa_minutes",
    "occupancy",
    "containment",
    "concurrency",
    "answered_in_target",
    "response_hours",
    "mean_handle_minutes",
    "first_contact_resolution",
    "solved",
    "refund_hours",
)

# What these hold where there is nothing of the kind: no chat, no self-service, no back office.
_AS_NOTHING = {"concurrency": 1.0, "self_service": 0.0, "status_enquiries": 0.0}


def of_replications(
    runs: Replications,
    form: str = "text",
    *,
    by: Sequence[str] | None = None,
    from_day: float = 0,
    to_day: float | None = None,
    width: int = 80,
) -> str:
    """The measures of one scenario.

    Parameters
    ----------
    runs : Replications
    form : {"text", "json", "csv"}
    by : sequence of str, optional
        Dimensions to group by; see `sim.measures.sums`.
    from_day, to_day : float
        The window.
    width : int, default 80
        Columns of the terminal.

    Returns
    -------
    str
        Ends with a line break.
    """
    table = runs.measures(by, confidence=CONFIDENCE, from_day=from_day, to_day=to_day)
    about = _about(runs, by, from_day, to_day)
    if form == "json":
        return _json({"scenario": runs.scenario.name} | about | {"measures": _records(table)})
    if form == "csv":
        return _csv([*(by or ()), *_FIELDS], _records(table))
    lines = _wrapped([runs.scenario.name, *_preamble(runs, from_day, to_day)], width)
    groups = _groups(table, by)
    if len(groups) > MOST_SECTIONS:
        lines += ["", *_grid(groups, by or (), width)]
    for label, rows in groups.items() if len(groups) <= MOST_SECTIONS else ():
        lines += ["", *([label] if label else [])]
        lines += [_row(name, row) for name, row in rows.items() if _worth_showing(name, row)]
    return "\n".join(lines) + "\n"


def of_comparison(
    duel: Comparison,
    form: str = "text",
    *,
    by: Sequence[str] | None = None,
    from_day: float = 0,
    to_day: float | None = None,
    width: int = 80,
) -> str:
    """The measures of several scenarios and their differences from the first. Parameters as in `of_replications`."""
    window: dict[str, Any] = {"confidence": CONFIDENCE, "from_day": from_day, "to_day": to_day}
    base = duel.replications[0]
    differences, levels = duel.differences(by, **window), duel.measures(by, **window)
    if form in ("json", "csv"):
        against = [record | {"minus": duel.names[0]} for record in _records(differences)]
        if form == "csv":
            both = [record | {"minus": None} for record in _records(levels)] + against
            return _csv(["scenario", "minus", *(by or ()), *_FIELDS], both)
        parts = {"measures": _records(levels), "differences": against}
        return _json({"scenarios": duel.names} | _about(base, by, from_day, to_day) | parts)
    letters = [chr(ord("A") + number) for number in range(len(duel.names))]
    lines = [f"{letter}  {name}" for letter, name in zip(letters, duel.names, strict=True)]
    lines += _preamble(base, from_day, to_day)
    note = "All meet the same customers. A * marks a difference that is more than luck: its interval leaves out 0."
    lines = _wrapped([*lines, note], width)
    before = _groups(levels.xs(duel.names[0], level="scenario"), by)
    for letter, name in zip(letters[1:], duel.names[1:], strict=True):
        after = _groups(levels.xs(name, level="scenario"), by)
        change = _groups(differences.xs(name, level="scenario"), by)
        if len(change) > MOST_SECTIONS:
            lines += ["", f"{letter} - A", *_grid(change, by or (), width, signed=True)]
            continue
        for label, rows in change.items():
            lines += ["", f"  {_pad(label, 25)}{'A':>10}{letter:>11}   {letter} - A"]
            for measure, row in rows.items():
                a, b = before.get(label, {}).get(measure), after.get(label, {}).get(measure)
                if a and b and (_worth_showing(measure, a) or _worth_showing(measure, b)):
                    lines.append(_row_of_two(measure, a, b, row))
    return "\n".join(lines) + "\n"


def of_sweep(
    plans: Sweep,
    form: str = "text",
    *,
    measures: Sequence[str] = (),
    by: Sequence[str] | None = None,
    from_day: float = 0,
    to_day: float | None = None,
    width: int = 80,
) -> str:
    """The measures of every setting of a sweep, a line each. Parameters as in `of_replications`.

    `measures` chooses which; by default the table shows what fits, JSON and CSV hold all.
    """
    window: dict[str, Any] = {"from_day": from_day, "to_day": to_day}
    base, paths = plans.replications[0], list(plans.columns()[0])
    table = plans.table(measures, by, confidence=CONFIDENCE, **window)
    records = _records(table.set_index("measure"))
    if form == "json":
        about = {"scenario": base.scenario.name, "settings": paths} | _about(base, by, from_day, to_day)
        return _json(about | {"measures": records})
    if form == "csv":
        return _csv([*paths, *(by or ()), *_FIELDS], records)
    lines = _wrapped([base.scenario.name, *_preamble(base, from_day, to_day), "All meet the same customers."], width)
    groups: _Groups = {}
    for name, runs in zip(plans.names[1:], plans.replications[1:], strict=True):
        rows = _groups(runs.measures(by, confidence=CONFIDENCE, **window), by)
        groups |= {f"{name}, {label}" if label else name: row for label, row in rows.items()}
    return "\n".join([*lines, "", *_grid(groups, ["setting", *(by or ())], width, columns=measures or _COLUMNS)]) + "\n"


def of_measures(width: int = 80) -> str:
    """What every measure is called here and in JSON and CSV, and how it is defined."""
    lines = []
    for name, measure in MEASURES.items():
        lines.append(f"{measure.label.strip()}  [{name}, {measure.unit}]")
        lines.append(textwrap.fill(measure.meaning, width, initial_indent="  ", subsequent_indent="  "))
    return "\n".join(lines) + "\n"


def of_lever(lever: Lever, wide: int) -> str:
    """A line for a lever: its name, in a column of so many characters, where it stands, its range and what it is."""
    range_ = "off or on" if lever.unit == "switch" else f"{lever.low:g} to {lever.high:g} {lever.unit}"
    now = ("off", "on")[int(lever.now)] if lever.unit == "switch" else f"{lever.now:.4g}"
    return f"  {lever.name:<{wide}}  {now:>6}  ({range_})"


class _Interval(NamedTuple):
    """An estimate and how sure it is."""

    estimate: float
    low: float
    high: float


_FIELDS = ("measure", "unit", "estimate", "low", "high")
_Groups = dict[str, dict[str, _Interval]]


def _about(runs: Replications, by: Sequence[str] | None, from_day: float, to_day: float | None) -> dict[str, Any]:
    """What a result has to say about itself to be made again."""
    return {
        "replications": len(runs),
        "seed": runs.seed,
        "days": runs.scenario.days,
        "from_day": float(from_day),
        "to_day": float(runs.scenario.days if to_day is None else to_day),
        "by": list(by or ()),
        "confidence": CONFIDENCE,
    }


def _preamble(runs: Replications, from_day: float, to_day: float | None) -> list[str]:
    scenario, count = runs.scenario, len(runs)
    first = f"{scenario.first_day:%a} {scenario.first_day}"
    span = f"the days from {first}" if scenario.days > 1 else first
    lines = [
        f"{count} replication{'s' if count > 1 else ''} of {scenario.days} day{'s' if scenario.days > 1 else ''}"
        f" ({span}), seed {runs.seed}"
    ]
    if from_day > 0 or to_day is not None:
        last = scenario.days if to_day is None else to_day
        lines.append(f"Counted: from day {from_day:g} to day {last:g} after the start")
    if count > 1:
        lines.append(f"Counts are means a replication; intervals are {CONFIDENCE:.0%}".replace("%", " %"))
    else:
        lines.append("One replication is one possible course of events: no intervals")
    return lines


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="   ")]


def _groups(table: pd.DataFrame | pd.Series[Any], by: Sequence[str] | None) -> _Groups:
    """The rows of a tidy table by group and measure; the group of everything is called ''."""
    groups: _Groups = {}
    for key, row in zip(table.index, table.to_numpy(), strict=True):
        *group, measure = key if by else ("", key)
        groups.setdefault(", ".join(map(str, group)), {})[measure] = _Interval(*map(float, row))
    return groups


def _worth_showing(measure: str, row: _Interval) -> bool:
    """Not for what has no meaning here, nor for what never happened or is not there."""
    never = MEASURES[measure].is_count and row.estimate == 0
    return not (math.isnan(row.estimate) or never or _says_nothing(measure, row.estimate))


def _says_nothing(measure: str, value: float, signed: bool = False) -> bool:
    nothing = 0.0 if signed else _AS_NOTHING.get(measure, math.nan)
    return measure in _AS_NOTHING and math.isclose(value, nothing, abs_tol=1e-9)


def _row(measure: str, row: _Interval) -> str:
    style = _Style.fitting(measure, [row.estimate])
    # An interval around a small number may reach below 0, but few things can.
    least, most = -math.inf if MEASURES[measure].may_be_negative else 0.0, 1.0 if style.unit == "%" else math.inf
    value, low, high = (style(number) for number in (row.estimate, max(row.low, least), min(row.high, most)))
    interval = "" if math.isnan(row.low) else f"  ({low} to {high})"
    return f"  {MEASURES[measure].label:<26}{value:>10} {style.unit:<4}{interval}".rstrip()


def _row_of_two(measure: str, a: _Interval, b: _Interval, difference: _Interval) -> str:
    style = _Style.fitting(measure, [a.estimate, b.estimate])
    change, low, high = (style(number, signed=True) for number in difference)
    interval = "" if math.isnan(difference.low) else f" ({low} to {high})"
    mark = " *" if difference.low > 0 or difference.high < 0 else ""
    label = f"{MEASURES[measure].label}{f', {style.unit}' if style.unit else ''}"
    return f"  {_pad(label, 29)}{style(a.estimate):>9}{style(b.estimate):>10}{change:>9}{interval}{mark}"


def _grid(
    groups: _Groups, by: Sequence[str], width: int, signed: bool = False, columns: Sequence[str] = _COLUMNS
) -> list[str]:
    """One line a group; as many measures beside each other as fit."""
    found = []
    for measure in columns:
        cells = [rows.get(measure, _NOTHING) for rows in groups.values()]
        if not all(math.isnan(cell.estimate) or _says_nothing(measure, cell.estimate, signed) for cell in cells):
            style = _Style.fitting(measure, [cell.estimate for cell in cells])
            texts = [_cell(cell, style, signed) for cell in cells]
            found.append(_column([MEASURES[measure].short, style.unit, *texts], right=True))
    labels = _column([", ".join(by), "", *groups], right=False)
    shown = [labels]
    for column in found:
        if sum(len(part[0]) + 2 for part in [*shown, column]) <= width:
            shown.append(column)
    return ["  ".join(parts).rstrip() for parts in zip(*shown, strict=True)]


def _column(texts: list[str], right: bool) -> list[str]:
    width = max(map(_columns_taken, texts))
    return [_pad(text, width, right) for text in texts]


def _cell(cell: _Interval, style: _Style, signed: bool) -> str:
    if math.isnan(cell.estimate):
        return "-"
    half = (cell.high - cell.low) / 2
    return style(cell.estimate, signed) + ("" if math.isnan(half) else f" ±{style(half)}")


_NOTHING = _Interval(math.nan, math.nan, math.nan)


_SYMBOLS = {"%": "%", "seconds": "s", "minutes": "min", "hours": "h"}


class _Style(NamedTuple):
    """How the values of a row or a column are written: all in one unit, with the same decimals."""

    unit: str
    factor: float
    decimals: int

    @classmethod
    def fitting(cls, measure: str, values: Iterable[float]) -> _Style:
        """What suits the largest of the values."""
        size = max((abs(value) for value in values if not math.isnan(value)), default=0.0)
        factor, unit = MEASURES[measure].scale(size)
        if unit in _SYMBOLS:
            decimals = 1 if factor > 1 else 2 if size < 10 else 1
            return cls(_SYMBOLS[unit], factor, decimals)
        return cls("", factor, 0 if size >= 100 else 1 if MEASURES[measure].is_count else 2)

    def __call__(self, value: float, signed: bool = False) -> str:
        if math.isnan(value):
            return "-"
        text = f"{self.factor * value:{'+' if signed else ''},.{self.decimals}f}"
        return text.replace("-", "") if not text.strip("-0.") else text


def _columns_taken(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _pad(text: str, width: int, right: bool = False) -> str:
    space = " " * (width - _columns_taken(text))
    return space + text if right else text + space


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a tidy table as plain values; None where there is no number."""
    records = []
    for row in table.reset_index().to_dict("records"):
        plain = {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        unit = MEASURES[plain["measure"]].unit
        numbers = {name: plain.pop(name) for name in ("estimate", "low", "high")}
        records.append(
            plain | {"unit": unit} | {name: None if math.isnan(number) else number for name, number in numbers.items()}
        )
    return records


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _csv(fields: Iterable[str], records: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
