"""The tables behind figures: what a source holds, brought into one form, with clear words for what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.base import unknown_name
from sim.experiment import Comparison, Replications, Run
from sim.measures import MEASURES
from sim.plots.sentences import of_runs
from sim.timetable import WEEKDAYS

INTERVAL = ["estimate", "low", "high"]


def by_scenario(
    source: object, measure: str, by: str, confidence: float, window: dict[str, Any]
) -> dict[str, pd.DataFrame]:
    """One table a scenario: columns estimate, low and high; a row an hour, slot or day that has a value."""
    if isinstance(source, Run):
        table = source.measures(by, **window)[[measure]].set_axis(["estimate"], axis=1)
        tables = {source.scenario.name: with_interval(table)}
    elif isinstance(source, Replications):
        tables = {source.scenario.name: source.measure(measure, by, confidence=confidence, **window)}
    else:
        if isinstance(source, Comparison):
            source = source.measures(by, confidence=confidence, **window)
        if not isinstance(source, pd.DataFrame):
            raise TypeError(
                f"curve shows a run, runs, a comparison or a table of measures, not {type(source).__name__}"
            )
        needs(source, ["estimate"], "curve")
        table = with_interval(source)[INTERVAL]
        if "measure" in table.index.names:
            table = part(table, measure, "measure")
        if "scenario" in table.index.names:
            names = table.index.get_level_values("scenario").unique()
            tables = {str(name): part(table, name, "scenario") for name in names}
        else:
            tables = {"": table}
    tables = {name: table[table["estimate"].notna()] for name, table in tables.items()}
    for name, table in tables.items():
        if table.empty:
            raise ValueError(f"{measure} has no value by {by}{f' in {name!r}' if name else ''}")
    return tables


def part(table: pd.DataFrame, label: object, level: str) -> pd.DataFrame:
    """The rows with this label, without the index level that holds it."""
    return table[table.index.get_level_values(level) == label].droplevel(level)


def largest(table: pd.DataFrame) -> float:
    """The largest number in a table, and 0 where there is none."""
    values = table.to_numpy(dtype=float)
    return float(np.max(values, where=np.isfinite(values), initial=0.0))


def places(table: pd.DataFrame, by: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Where to draw each row, and the rows with gaps where there are none.

    Hours and slots lie at their middle, in minutes since midnight; days and weekdays at 0, 1, 2, …
    """
    if by == "weekday":
        order: Iterable[Any] = [day for day in WEEKDAYS if day in table.index]
    elif by == "day":
        order = range(int(table.index.min()), int(table.index.max()) + 1)
    else:
        starts = [_minutes(label) for label in table.index]
        width = 60.0 if by == "hour" else float(np.diff(np.sort(starts)).min(initial=60))
        grid = np.arange(min(starts), max(starts) + width / 2, width)
        return grid + width / 2, table.set_axis(pd.Index(starts)).reindex(grid)
    rows = table.reindex(list(order))
    return np.arange(len(rows), dtype=float), rows


def _minutes(label: Any) -> float:
    """Start of an hour (8) or a slot ("08:30"), in minutes since midnight."""
    if isinstance(label, str):
        hour, minute = label.split(":")
        return 60.0 * int(hour) + int(minute)
    return 60.0 * float(label)


def overlap(table: pd.DataFrame) -> pd.Series:
    """True where observed and simulated intervals overlap; a side without interval counts as a point."""
    low, high = table["low"].fillna(table["simulated"]), table["high"].fillna(table["simulated"])
    seen_low = table["observed_low"].fillna(table["observed"])
    seen_high = table["observed_high"].fillna(table["observed"])
    return (low <= seen_high) & (seen_low <= high)


def known_measure(measure: str) -> None:
    """Refuse the name of a measure that does not exist."""
    if measure not in MEASURES:
        raise ValueError(unknown_name(measure, MEASURES, "measure"))


def needs(table: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    """Refuse a table without these columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"the table for {what} needs the columns {', '.join(columns)}; {', '.join(missing)} is missing, "
            f"it has {', '.join(map(str, table.columns))}"
        )


def with_interval(table: pd.DataFrame, columns: Sequence[str] = ("low", "high")) -> pd.DataFrame:
    """The table, with NaN in those of the interval's columns that it lacks."""
    return table.assign(**{column: np.nan for column in columns if column not in table.columns})


def small_print(source: object, table: pd.DataFrame, confidence: float) -> str:
    """How many runs a figure shows, and what its intervals are."""
    runs = source.replications[0] if isinstance(source, Comparison) else source
    if table["low"].isna().all():
        return of_runs(1, confidence)
    return of_runs(len(runs), confidence) if isinstance(runs, Replications) else "intervals as given in the table"
