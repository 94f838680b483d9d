"""From a log of calls to a scenario that behaves like them.

`read_calls` turns an export into a tidy table, `fit` estimates a scenario from it, and `validate` lets that
scenario live through the same dates and puts what was observed beside what was simulated. How each part is
estimated:

- **Demand**: calls offered by type, weekday and slot, over the days that the log really has, lightly smoothed.
- **Day factor**: how much successive weeks differ beyond Poisson chance.
- **Handle time**: time with the agent plus wrap-up, by type; the family whose shape is nearest.
- **Patience**: from the waits of those who had to wait, by type; being answered censors it.
- **Head-count**: agents talking, in wrap-up or ready (see `sim.presence`), counted in agents of average speed:
  in hours in which the same types of call are shorter, fewer people do the same. For tickets, which wait in a
  backlog, it is the agents at work on them, and the handle time has no wrap-up.

Nothing is tuned to the waits or to the share who hung up, so these can judge the result.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import presence
from sim.calllog import ABANDONED, SERVED, read_calls
from sim.estimate import (
    ENOUGH_ABANDONED,
    day_factor_cv,
    figures,
    nearest_family,
    patience,
    relative_patience,
    smooth_week,
)
from sim.mapping import CallLogError, ColumnMapping, mappings, read_mapping
from sim.scenario import Scenario, load
from sim.timetable import MINUTES_A_DAY, WEEKDAYS
from sim.validate import Validation, validate

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CallLogError",
    "ColumnMapping",
    "Validation",
    "fit",
    "mappings",
    "read_calls",
    "read_mapping",
    "validate",
]

RENEWABLE = {"demand": "demand", "agents": "head-count"}
_ENOUGH_CALLS = 30
# As many calls at the average pace are added to each hour, so that a few calls cannot make a team look fast.
_CALLS_AT_USUAL_PACE = 200


def fit(
    calls: pd.DataFrame,
    *,
    name: str = "fitted",
    keep: Scenario | str | None = None,
    renew: Collection[str] = tuple(RENEWABLE),
    desks: Mapping[str, Sequence[str]] | None = None,
    slot_minutes: int = 30,
    wrap_up_limit_seconds: float = 60.0,
) -> Scenario:
    """Estimate a scenario from calls.

    Parameters
    ----------
    calls : pandas.DataFrame
        From `read_calls`; also some of its rows, such as one month.
    name : str, default "fitted"
        Name of the scenario.
    keep : Scenario or str, optional
        A scenario fitted before, or what `sim.load` takes. Its customers are kept: handle times, patience,
        segments, day factor. Only what `renew` names is taken from the calls, and types that it does not know.
    renew : collection of {"demand", "agents"}
        What to estimate anew when `keep` is given; both by default.
    desks : mapping of str to list of str, optional
        Types that have agents of their own, such as ``{"support": ["internet"]}``. Each desk becomes a channel
        and a team; the other types stay together. An agent belongs to the desk of most of their calls.
    slot_minutes : int, default 30
        Length of the slots of rates and head-counts.
    wrap_up_limit_seconds : float, default 60
        Time that an agent is not ready after a call is wrap-up up to this limit; what goes beyond is absence.

    Returns
    -------
    Scenario
        Seven days from the log's first day. Its story says what it was made from.

    Raises
    ------
    CallLogError
        When the table is not from `read_calls`, or too little is left of it.

    Examples
    --------
    >>> calls = read_calls(["january.csv", "february.csv"], mapping="bank_1999")  # doctest: +SKIP
    >>> bank = fit(calls, name="bank")  # doctest: +SKIP
    >>> print(validate(bank, calls))  # doctest: +SKIP

    What would next autumn's demand do to them, with the team of that time?

    >>> autumn = fit(read_calls("october.csv", "bank_1999"), keep=bank)  # doctest: +SKIP
    """
    for part in renew:
        if part not in RENEWABLE:
            raise ValueError(f"renew names {part!r}; it may name {' and '.join(RENEWABLE)}")
    if not isinstance(slot_minutes, int) or slot_minutes < 1 or MINUTES_A_DAY % slot_minutes:
        raise ValueError(f"slot_minutes holds {slot_minutes!r}; a slot must divide a day of 1,440 minutes")
    mapping = calls.attrs.get("mapping")
    if not isinstance(mapping, ColumnMapping):
        raise CallLogError("calls must be a table from sim.calibrate.read_calls, or some of its rows")
    if calls.empty:
        raise CallLogError("there are no calls in this table")
    kept = None if keep is None else load(keep)
    needs_agents = kept is None or "agents" in renew
    dates = _Dates(calls, slot_minutes)
    segments = _segments(calls, mapping)
    content: dict[str, Any] = {
        "name": name,
        "first_day": dates.first_day,
        "days": 7,
        "slot_minutes": slot_minutes,
        "demand": {
            "day_factor_cv": figures(day_factor_cv(dates.calls_a_day, dates.weekdays, dates.seen)),
            "cases_per_hour": {},
        },
        "case_types": {},
        "segments": segments,
        "channels": {},
        "teams": {},
    }
    used = 0
    for channel, (types, of_desk) in _desks(calls, mapping, desks).items():
        desk = _Desk(of_desk, types, dates, mapping, segments, wrap_up_limit_seconds / 60, needs_agents)
        content["channels"][channel] = desk.channel()
        content["teams"][f"{channel}_team"] = {"skills": [channel], "agents": desk.agents()}
        content["case_types"] |= desk.case_types(channel)
        content["demand"]["cases_per_hour"] |= desk.rates()
        used += len(desk.calls)
    if kept is not None:
        content = _with_kept(content, kept, renew)
    return load(content | {"story": _story(calls, dates, used, kept, renew)})


class _Dates:
    """The calendar of a log: which days it has, and moments in minutes since its first midnight."""

    def __init__(self, calls: pd.DataFrame, slot_minutes: int) -> None:
        self.midnight = calls["arrived"].min().normalize()
        self.first_day = self.midnight.date()
        self.slot_minutes = slot_minutes
        self.slots = MINUTES_A_DAY // slot_minutes
        day = self.slot_of(calls) // self.slots
        self.calls_a_day = np.bincount(day).astype(float)
        self.days = len(self.calls_a_day)
        self.seen = self.calls_a_day > 0
        self.weekdays = (np.arange(self.days) + self.first_day.weekday()) % 7

    def minutes(self, moments: pd.Series) -> np.ndarray:
        """Moments in minutes."""
        return ((moments - self.midnight).dt.total_seconds() / 60).to_numpy()

    def slot_of(self, calls: pd.DataFrame) -> np.ndarray:
        """Slot in which each call arrived, counted from the first midnight."""
        return (self.minutes(calls["arrived"]) // self.slot_minutes).astype(int)

    def counts(self, calls: pd.DataFrame) -> np.ndarray:
        """Calls by day and slot, shape (days, slots)."""
        counts = np.bincount(self.slot_of(calls), minlength=self.days * self.slots)
        return counts.reshape(self.days, self.slots).astype(float)

    def smooth(self, per_day: np.ndarray, is_open: np.ndarray) -> np.ndarray:
        """`smooth_week` on this calendar."""
        return smooth_week(per_day, self.weekdays, self.seen, is_open)


class _Desk:
    """The types of call that one team takes, and what their calls tell about customers and team."""

    def __init__(
        self,
        calls: pd.DataFrame,
        types: Sequence[str],
        dates: _Dates,
        mapping: ColumnMapping,
        segments: Mapping[str, Mapping[str, Any]],
        wrap_up_limit: float,
        needs_agents: bool,
    ) -> None:
        self.types, self.dates, self.mapping = types, dates, mapping
        self.patience_factors = {name: segment["patience_factor"] for name, segment in segments.items()}
        own = calls[calls["type"].isin(types)]
        self.hours = self._open_slots(own)
        # Tickets come in and are worked on at any hour; for calls the day ends when the line closes.
        self.is_open = self.hours if mapping.channel.kind == "live" else np.ones_like(self.hours)
        self.calls = own[self.is_open[dates.weekdays].ravel()[dates.slot_of(own)]]
        self.served = self.calls[self.calls["outcome"] == SERVED]
        if self.served.empty:
            raise CallLogError(f"no call of type {' or '.join(types)} was served within opening hours")
        self.present: presence.Presence | None = None
        if calls["agent"].notna().any():
            moments = {column: dates.minutes(calls[column]) for column in ("arrived", "answered", "ended")}
            # Between two tickets an agent has other work to do; only between calls is a pause wrap-up.
            limit = wrap_up_limit if mapping.channel.kind == "live" else 0.0
            self.present = presence.estimate(calls, moments, dates.days, dates.slot_minutes, limit)
        elif needs_agents:
            raise CallLogError(
                f"no call names an agent of those who serve {' or '.join(types)}, so nobody can be counted; name "
                "the agent column in the mapping, or leave these types with the others"
            )

    def channel(self) -> dict[str, Any]:
        """The channel, with the patience of all its customers."""
        way = self.mapping.channel
        hours = {WEEKDAYS[day]: self._ranges(row) for day, row in enumerate(self.hours) if row.any()}
        content: dict[str, Any] = {"kind": way.kind, "open_hours": hours, "target": way.target}
        if way.kind == "deferred":
            return content | {"answer_within_hours": way.answer_within_hours}
        queued = self.calls[self.calls["waited"]]
        at_once = (queued["outcome"] == ABANDONED) & (queued["wait_minutes"] <= 0)
        return content | {
            "answer_within_seconds": way.answer_within_seconds,
            "patience": self._patience(queued),
            "no_patience_share": figures(at_once.mean()) if len(queued) else 0.0,
        }

    def case_types(self, channel: str) -> dict[str, dict[str, Any]]:
        """Handle time, patience and segments of each type; what a type has too few calls for is that of all."""
        found = {}
        for name, of_type in self._by_type():
            served = self.served[self.served["type"] == name]
            content: dict[str, Any] = {
                "channels": {channel: 1.0},
                "handle_time": self._handle_time(served if len(served) >= _ENOUGH_CALLS else self.served),
            }
            queued = of_type[of_type["waited"]]
            enough = (queued["outcome"] == ABANDONED).sum() >= ENOUGH_ABANDONED
            if self.mapping.channel.kind == "live" and enough:
                content["patience"] = self._patience(queued)
            segments = of_type["segment"].dropna()
            if self.mapping.segment is not None and len(segments) >= _ENOUGH_CALLS:
                content["segments"] = _shares(segments)
            found[name] = content
        return found

    def rates(self) -> dict[str, dict[str, list[float]]]:
        """Calls per hour of each type, by weekday and slot."""
        an_hour = 60 / self.dates.slot_minutes
        return {
            name: _weekly(self.dates.smooth(self.dates.counts(of_type), self.is_open) * an_hour)
            for name, of_type in self._by_type()
        }

    def agents(self) -> dict[str, list[float]]:
        """Agents of average speed at work, by weekday and slot."""
        if self.present is None:
            return {}
        return _weekly(self.dates.smooth(self.present.agents, self.is_open) * self._speed())

    def _by_type(self) -> Iterator[tuple[str, pd.DataFrame]]:
        for name in self.types:
            of_type = self.calls[self.calls["type"] == name]
            if len(of_type):
                yield name, of_type

    def _open_slots(self, calls: pd.DataFrame) -> np.ndarray:
        """Which slots of the week are open, shape (7, slots).

        Without hours in the mapping: from the first to the last slot in which somebody is served on at least half
        of the weekday's days and there are at least a tenth as many calls as in the busiest slot.
        """
        dates = self.dates
        if self.mapping.channel.open_hours is not None:
            minutes = self.mapping.channel.open_hours.minutes.reshape(7, dates.slots, -1)
            return np.asarray(minutes.any(axis=2))
        offered = dates.counts(calls)
        served = dates.counts(calls[calls["outcome"] == SERVED]) > 0
        is_open = np.zeros((7, dates.slots), dtype=bool)
        for day in np.unique(dates.weekdays[dates.seen]):
            rows = (dates.weekdays == day) & dates.seen
            mean = offered[rows].mean(axis=0)
            used = np.flatnonzero((served[rows].mean(axis=0) >= 0.5) & (mean >= mean.max() / 10))
            if len(used):
                is_open[day, used[0] : used[-1] + 1] = True
        return is_open

    def _ranges(self, is_open: np.ndarray) -> list[str]:
        """Open slots of a day as ranges such as 07:00-24:00."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], is_open * 1, [0]]))) * self.dates.slot_minutes
        text = [f"{edge // 60:02d}:{edge % 60:02d}" for edge in edges]
        return [f"{first}-{last}" for first, last in zip(text[::2], text[1::2], strict=True)]

    def _patience(self, queued: pd.DataFrame) -> dict[str, Any] | str:
        """Patience of these customers, had they the patience factor 1."""
        factor = queued["segment"].map(self.patience_factors).fillna(1.0).to_numpy(dtype=float)
        wait, gone = queued["wait_minutes"].to_numpy(), (queued["outcome"] == ABANDONED).to_numpy()
        known = (wait > 0) & (gone | (queued["outcome"] == SERVED).to_numpy())
        return patience((wait / factor)[known], gone[known])

    def _handle_time(self, served: pd.DataFrame) -> dict[str, Any]:
        """Time with the agent plus wrap-up, by mean and cv.

        Calls that an agent cut off do not tell how long help takes, so they have no say in the family. They did
        occupy the agent for some seconds, so they count in mean and cv.
        """
        minutes = served["handle_minutes"].to_numpy()
        whole = minutes[minutes * 60 >= self.mapping.shortest_service_seconds]
        mean, variance = float(minutes.mean()), float(minutes.var())
        if self.present is not None:
            mean += self.present.wrap_up_mean_minutes
            variance += self.present.wrap_up_variance
        mean = max(mean, 1 / 60)
        return {
            "distribution": nearest_family(whole if len(whole) > 1 else minutes),
            "mean_minutes": figures(mean),
            "cv": figures(math.sqrt(variance) / mean),
        }

    def _speed(self) -> np.ndarray:
        """How much faster than over the whole day the same types of call are served, by slot."""
        assert self.present is not None
        took = self.served["handle_minutes"] + self.present.wrap_up_mean_minutes
        usual = took.groupby(self.served["type"]).transform("mean")
        hour = self.served["arrived"].dt.hour
        extra = _CALLS_AT_USUAL_PACE * took.mean()
        expected, found = (np.bincount(hour, weights=minutes, minlength=24) + extra for minutes in (usual, took))
        return (expected / found)[np.arange(self.dates.slots) * self.dates.slot_minutes // 60]


def _desks(
    calls: pd.DataFrame, mapping: ColumnMapping, desks: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[list[str], pd.DataFrame]]:
    """For each desk its types and the calls that concern it, in which only its own agents are named."""
    types = [str(name) for name in calls["type"].value_counts().index]
    grouped = {desk: list(names) for desk, names in (desks or {}).items()}
    taken = [name for names in grouped.values() for name in names]
    for name in taken:
        if name not in types or taken.count(name) > 1:
            raise CallLogError(f"desks names the type {name!r}; name each at most once, of {', '.join(types)}")
    if set(types) - set(taken):
        grouped = {mapping.channel.name: [name for name in types if name not in taken]} | grouped
    desk_of = calls["type"].map({name: desk for desk, names in grouped.items() for name in names})
    most_calls = desk_of.groupby(calls["agent"]).agg(lambda served: served.mode().iloc[0])
    home = calls["agent"].map(most_calls)
    return {
        desk: (names, calls.assign(agent=calls["agent"].where(home == desk))[(home == desk) | (desk_of == desk)])
        for desk, names in grouped.items()
    }


def _segments(calls: pd.DataFrame, mapping: ColumnMapping) -> dict[str, dict[str, Any]]:
    """Share and treatment of each segment, the largest first, and how patient it is next to that."""
    rules = mapping.segment
    names = calls["segment"].dropna()
    if rules is None or names.empty:
        return {"regular": {"share": 1.0, "patience_factor": 1.0}}
    shares = _shares(names)
    queued = calls[calls["waited"] & calls["segment"].notna() & calls["outcome"].isin([SERVED, ABANDONED])]
    by_type = queued.assign(gone=queued["outcome"] == ABANDONED).groupby(["type", "segment"])
    waited, gone = (
        by_type[column].sum().unstack(fill_value=0).reindex(columns=list(shares), fill_value=0).to_numpy(dtype=float)
        for column in ("wait_minutes", "gone")
    )
    return {
        name: {
            "share": share,
            "priority": rules.priority.get(name, 2),
            "head_start_minutes": rules.head_start_minutes.get(name, 0.0),
            "patience_factor": figures(factor),
        }
        for (name, share), factor in zip(shares.items(), relative_patience(waited, gone), strict=True)
    }


def _shares(names: pd.Series) -> dict[str, float]:
    """Shares by name, the largest first, which sum to 1 after rounding."""
    shares = {str(name): round(float(share), 4) for name, share in names.value_counts(normalize=True).items()}
    largest = next(iter(shares))
    shares[largest] = round(shares[largest] + 1 - sum(shares.values()), 4)
    return shares


def _weekly(week: np.ndarray) -> dict[str, list[float]]:
    """A week of slots as a scenario takes it; closed days are left out."""
    return {WEEKDAYS[day]: [round(float(value), 2) for value in row] for day, row in enumerate(week) if row.any()}


def _with_kept(content: dict[str, Any], kept: Scenario, renew: Collection[str]) -> dict[str, Any]:
    """The new content, with the customers of the kept scenario and whatever is not renewed."""
    old = kept.model_dump(exclude_defaults=True)
    for part in ("channels", "teams"):
        if set(old[part]) != set(content[part]):
            raise CallLogError(
                f"keep: scenario {kept.name!r} has the {part} {', '.join(old[part])}, the calls give "
                f"{', '.join(content[part])}; fit both with the same channel name and desks"
            )
    demand = old["demand"]
    if "demand" in renew:
        demand = demand | {"cases_per_hour": content["demand"]["cases_per_hour"], "factor": 1.0}
    teams, channels = dict(old["teams"]), dict(old["channels"])
    if "agents" in renew:
        for name, new in content["teams"].items():
            teams[name] = teams[name] | {"agents": new["agents"]}
        for name, new in content["channels"].items():
            channels[name] = channels[name] | {"open_hours": new["open_hours"]}
    known = {name: kind for name, kind in content["case_types"].items() if name in demand["cases_per_hour"]}
    return content | {
        "demand": demand,
        "case_types": known | old["case_types"],
        "segments": old.get("segments", {"regular": {}}),
        "channels": channels,
        "teams": teams,
    }


def _story(calls: pd.DataFrame, dates: _Dates, used: int, kept: Scenario | None, renew: Collection[str]) -> str:
    """Where the scenario comes from, in a few sentences."""
    text = (
        f"Fitted to {used:,} calls on {dates.seen.sum():,} days from {dates.first_day} to "
        f"{calls['arrived'].max().date()}; {len(calls) - used:,} calls outside opening hours are left out."
    )
    left_out = calls.attrs.get("left_out")
    if left_out:
        rows = "; ".join(f"{count:,} rows: {why}" for why, count in left_out.items())
        text += f" Not counted as calls when the log was read: {rows}."
    if kept is not None:
        new = " and ".join(what for part, what in RENEWABLE.items() if part in renew)
        text += f" Taken from these calls: {new or 'the calendar'}; kept from {kept.name!r}: the rest."
    return text
