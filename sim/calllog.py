"""From the export of a telephone system or a ticket tool to a tidy table of calls.

The rest of `sim` knows only this table; a column mapping (see `sim.mapping`) says how an export becomes one. What
cannot be read is an error that names the rows. What is left out on purpose is counted, in
``calls.attrs["left_out"]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import unknown_name
from sim.mapping import CallLogError, Clock, ColumnMapping, Length, Marker, Names, SegmentNames, read_mapping

if TYPE_CHECKING:
    import pandas as pd

_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_HALF_A_DAY = 43_200.0

SERVED, ABANDONED, OPEN = "served", "abandoned", "open"


def read_calls(
    paths: str | Path | Sequence[str | Path], mapping: str | Path | Mapping[str, Any] | ColumnMapping
) -> pd.DataFrame:
    """Read the export of a telephone system or ticket tool.

    Parameters
    ----------
    paths : str, Path or a list of them
        CSV files in UTF-8, with a header. Several are read one after the other.
    mapping : str, Path, mapping or ColumnMapping
        Which columns hold what: a shipped name such as ``"bank_1999"``, a YAML file, or a dictionary.

    Returns
    -------
    pandas.DataFrame
        A row for each call offered to the queue, by time: ``arrived`` (joined the queue), ``answered`` and
        ``ended`` (local time; empty if it did not happen), ``waited`` (had to queue), ``wait_minutes``,
        ``handle_minutes``, ``type``, ``segment`` and ``agent`` (empty if unknown), ``outcome`` (served,
        abandoned or open). ``attrs`` holds the mapping and, as ``left_out``, how many rows were left out and why.

    Raises
    ------
    CallLogError
        For missing columns, unreadable dates or numbers, mixed time zones, ends before starts, unknown codes
        and empty files. It names the first rows.

    Examples
    --------
    >>> calls = read_calls("our_calls.csv", mapping="our_desk.yaml")  # doctest: +SKIP
    """
    import pandas as pd

    known = read_mapping(mapping)
    files = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not files:
        raise CallLogError("no file was given; name at least one CSV file")
    raw = pd.concat([_read_file(Path(file), known) for file in files], ignore_index=True)
    calls = _tidy(raw, known)
    calls.attrs["files"] = [Path(file).name for file in files]
    return calls


def _read_file(path: Path, mapping: ColumnMapping) -> pd.DataFrame:
    import pandas as pd

    if not path.is_file():
        raise CallLogError(f"there is no file {str(path)!r}")
    try:
        raw = pd.read_csv(path, sep=mapping.separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise CallLogError(f"{path.name} is empty; it needs a header and a row for each call") from None
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise CallLogError(f"{path.name} cannot be read as CSV in UTF-8: {error}") from None
    missing = [column for column in mapping.columns if column not in raw]
    if missing:
        told = "\n  ".join(unknown_name(column, raw.columns, "column") for column in missing)
        raise CallLogError(
            f"{path.name} lacks columns that the mapping names; correct the mapping or the separator:\n  {told}"
        )
    if raw.empty:
        raise CallLogError(f"{path.name} has a header but no calls")
    raw = raw[mapping.columns].apply(lambda column: column.str.strip())
    # Rows are counted as a text editor counts lines: the header is line 1.
    raw["<place>"] = [f"{path.name} line {line}" for line in range(2, len(raw) + 2)]
    return raw


def _tidy(raw: pd.DataFrame, mapping: ColumnMapping) -> pd.DataFrame:
    """The tidy table; rows that the mapping leaves out are dropped before anything in them is read."""
    import pandas as pd

    left_out: dict[str, int] = {}

    def leave_out(rows: pd.Series, why: str) -> None:
        nonlocal raw
        if rows.any():
            left_out[why] = int(rows.sum())
            raw = raw[~rows]

    outcome = mapping.outcome
    if outcome is not None:
        leave_out(raw[outcome.column].isin(outcome.ignored), f"{outcome.column} to be ignored")
        known = dict.fromkeys(outcome.served, SERVED) | dict.fromkeys(outcome.abandoned, ABANDONED)
        known |= dict.fromkeys(outcome.open, OPEN)
        _refuse_unknown(raw, outcome.column, known, "outcome")
        raw = raw.assign(**{"<outcome>": raw[outcome.column].map(known)})
    elif mapping.answered is not None:
        answered = raw[mapping.answered.column] != ""
        raw = raw.assign(
            **{"<outcome>": np.where(answered, SERVED, ABANDONED if mapping.channel.kind == "live" else OPEN)}
        )
    else:
        raise CallLogError("the mapping needs outcome (or answered), to know which calls were served")
    if mapping.queued is not None:
        leave_out((raw["<outcome>"] == ABANDONED) & ~_queued(raw, mapping.queued), "hung up before joining the queue")
    for names, what in ((mapping.type, "type"), (mapping.segment, "segment")):
        if names is not None:
            leave_out(raw[names.column].isin(names.ignored), f"{what} to be ignored")
            if names.names and names.others == "leave_out":
                leave_out(~raw[names.column].isin(list(names.names)), f"{what} without a name in the mapping")
            elif names.names:
                _refuse_unknown(raw, names.column, names.names, what)
    if raw.empty:
        raise CallLogError("no call is left after the mapping's rules; " + _told(left_out))

    state = raw["<outcome>"]
    served = (state == SERVED).to_numpy()
    arrived = _moments(raw, mapping.joined, mapping, None)
    wait = _wait_seconds(raw, mapping, arrived, served, state.to_numpy())
    handled = _handle_seconds(raw, mapping, arrived + wait, served)
    waited = wait > 0 if mapping.queued is None else _queued(raw, mapping.queued)
    start = np.datetime64("1970-01-01", "us")

    def as_dates(seconds: np.ndarray) -> np.ndarray:
        whole = np.round(np.nan_to_num(seconds) * 1e6).astype("timedelta64[us]")
        return np.where(np.isnan(seconds), np.datetime64("NaT", "us"), start + whole)

    agent: Any = None
    if mapping.agent is not None:
        named = raw[mapping.agent.column]
        agent = named.mask(named.isin(["", *mapping.agent.nobody]) | ~served).to_numpy()
    answered_at = np.where(served, arrived + wait, np.nan)
    calls = pd.DataFrame(
        {
            "arrived": as_dates(arrived),
            "answered": as_dates(answered_at),
            "ended": as_dates(np.where(served, answered_at + handled, arrived + wait)),
            "waited": waited,
            "wait_minutes": wait / 60,
            "handle_minutes": np.where(served, handled, np.nan) / 60,
            "type": _named(raw, mapping.type),
            "segment": _segments(raw, mapping.segment, waited),
            "outcome": state.to_numpy(),
            "agent": agent,
        }
    )
    calls = calls.sort_values("arrived", kind="stable", ignore_index=True)
    calls.attrs["mapping"] = mapping
    calls.attrs["left_out"] = left_out
    return calls


def _wait_seconds(
    raw: pd.DataFrame, mapping: ColumnMapping, arrived: np.ndarray, served: np.ndarray, state: np.ndarray
) -> np.ndarray:
    """Seconds in the queue; NaN for those still open."""
    if mapping.wait is not None:
        return np.where(state == OPEN, np.nan, _lengths(raw, mapping.wait))
    assert mapping.answered is not None
    wait = np.full(len(raw), np.nan)
    wait[served] = _moments(raw[served], mapping.answered, mapping, arrived[served]) - arrived[served]
    _refuse(raw[served], wait[served] < 0, f"{mapping.answered.column} lies before {mapping.joined.column}")
    gone = state == ABANDONED
    if gone.any():
        if mapping.ended is None:
            raise CallLogError("the mapping needs wait or ended, to know how long those who hung up had waited")
        wait[gone] = _moments(raw[gone], mapping.ended, mapping, arrived[gone]) - arrived[gone]
        _refuse(raw[gone], wait[gone] < 0, f"{mapping.ended.column} lies before {mapping.joined.column}")
    return wait


def _handle_seconds(raw: pd.DataFrame, mapping: ColumnMapping, answered: np.ndarray, served: np.ndarray) -> np.ndarray:
    """Seconds with the agent; NaN for those not served."""
    handled = np.full(len(raw), np.nan)
    if mapping.handled is not None:
        handled[served] = _lengths(raw[served], mapping.handled)
        return handled
    assert mapping.ended is not None
    handled[served] = _moments(raw[served], mapping.ended, mapping, answered[served]) - answered[served]
    before = mapping.answered.column if mapping.answered else "the answer"
    _refuse(raw[served], handled[served] < 0, f"{mapping.ended.column} lies before {before}")
    return handled


def _moments(raw: pd.DataFrame, clock: Clock, mapping: ColumnMapping, after: np.ndarray | None) -> np.ndarray:
    """Seconds since 1970 in local time, shape (rows,); `after` is what the moment must follow."""
    import pandas as pd

    text = raw[clock.column]
    if clock.date is None:
        return _timestamps(raw, text, clock, mapping)
    day = _parsed(raw, raw[clock.date], clock.date, clock.date_format)
    seconds = pd.to_timedelta(text, errors="coerce").dt.total_seconds().to_numpy()
    _refuse(raw, np.isnan(seconds), f"{clock.column} holds no time of day such as 9:05:30", text)
    if after is not None:
        behind = after - (day + seconds)
    elif clock.follows is not None:
        first = pd.to_timedelta(raw[clock.follows], errors="coerce").dt.total_seconds().to_numpy()
        behind = np.nan_to_num(first) - seconds
    else:
        behind = np.zeros(len(raw))
    return day + seconds + np.where(behind > _HALF_A_DAY, 86_400.0, 0.0)


def _timestamps(raw: pd.DataFrame, text: pd.Series, clock: Clock, mapping: ColumnMapping) -> np.ndarray:
    offset = text.str.extract(f"({_OFFSET.pattern})", expand=False).fillna("").str.replace("Z", "+00:00")
    kinds = sorted(set(offset))
    if len(kinds) > 1 and "" in kinds:
        odd = (offset == "") if (offset == "").mean() < 0.5 else (offset != "")
        _refuse(raw, odd.to_numpy(), f"{clock.column} mixes times with and without a time zone; make them alike", text)
    if len(kinds) > 1 and mapping.time_zone is None:
        raise CallLogError(
            f"{clock.column} mixes time zones ({', '.join(kinds)}); add time_zone to the mapping, such as "
            "time_zone: Europe/Berlin, and all times are turned into that zone"
        )
    return _parsed(raw, text, clock.column, clock.format, mapping.time_zone if kinds != [""] else None)


def _parsed(raw: pd.DataFrame, text: pd.Series, column: str, form: str | None, zone: str | None = None) -> np.ndarray:
    """Seconds since 1970, the clock on the wall of `zone` (of the text itself without one)."""
    import pandas as pd

    if form is None and zone is None:
        text = text.str.replace(_OFFSET, "", regex=True) if text.str.contains(":").any() else text
    try:
        when = pd.to_datetime(text, format=form or "ISO8601", errors="coerce", utc=zone is not None)
    except (ValueError, TypeError) as error:
        raise CallLogError(f"{column}: the format {form!r} cannot be used: {error}") from None
    wanted = f"written as {form}" if form else "such as 2026-03-02 09:05:30 (else give its format in the mapping)"
    _refuse(raw, when.isna().to_numpy(), f"{column} holds no date {wanted}", text)
    if zone is not None:
        try:
            when = when.dt.tz_convert(zone)
        except (KeyError, ValueError, OSError):
            raise CallLogError(f"time_zone holds {zone!r}; give a name such as Europe/Berlin") from None
    if when.dt.tz is not None:
        when = when.dt.tz_localize(None)
    return (when - pd.Timestamp("1970-01-01")).dt.total_seconds().to_numpy()


def _lengths(raw: pd.DataFrame, length: Length) -> np.ndarray:
    import pandas as pd

    text = raw[length.column]
    seconds = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float) * _SECONDS[length.unit]
    _refuse(raw, pd.isna(seconds), f"{length.column} holds no number of {length.unit}", text)
    _refuse(raw, seconds < 0, f"{length.column} is negative: the end lies before the start", text)
    return seconds


def _queued(raw: pd.DataFrame, marker: Marker) -> np.ndarray:
    return (~raw[marker.column].isin(["", *marker.never])).to_numpy()


def _named(raw: pd.DataFrame, names: Names | None) -> Any:
    if names is None:
        return "call"
    codes = raw[names.column]
    return (codes.map(names.names) if names.names else codes.mask(codes == "", "unknown")).to_numpy()


def _segments(raw: pd.DataFrame, names: SegmentNames | None, waited: np.ndarray) -> Any:
    import pandas as pd

    if names is None:
        return "regular"
    found = pd.Series(_named(raw, names))
    return found.where(waited).to_numpy() if names.known_if_waited else found.to_numpy()


def _refuse_unknown(raw: pd.DataFrame, column: str, known: Mapping[str, str], what: str) -> None:
    odd = ~raw[column].isin(list(known))
    _refuse(
        raw,
        odd.to_numpy(),
        f"{column} holds values that the mapping does not know as {what}; name them there, or list them under "
        f"ignored. It knows {', '.join(known)}",
        raw[column],
    )


def _refuse(raw: pd.DataFrame, bad: np.ndarray, what: str, text: pd.Series | None = None) -> None:
    """Stop with a message that names the first rows, if any is bad."""
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    places = raw["<place>"].to_numpy()[rows[:3]]
    values = [""] * 3 if text is None else [f": {value!r}" for value in text.to_numpy()[rows[:3]]]
    shown = "\n  ".join(f"{place}{value}" for place, value in zip(places, values, strict=False))
    more = f"\n  and {len(rows) - 3:,} more" if len(rows) > 3 else ""
    raise CallLogError(f"{len(rows):,} of {len(raw):,} rows: {what}\n  {shown}{more}")


def _told(left_out: dict[str, int]) -> str:
    return "; ".join(f"{rows:,} left out ({why})" for why, rows in left_out.items()) or "nothing left out"
