"""How good the service was: pure functions of a log and a window of days.

Every measure is a ratio of two sums over the contacts, the cases or the agents' minutes of a group. Keeping the
sums apart until the end makes a month's service level the month's calls in time over the month's calls, not a
mean of daily percentages, and lets replications be put together by a ratio estimator.

A contact belongs to the slot and day in which it arrived, a case to those of its first contact, working time to
those in which it was worked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.base import unknown_name
from sim.log import (
    ABANDONED,
    BLOCKED,
    CALLED_BACK,
    CONTAINED,
    GIVEN_UP,
    IN_SERVICE,
    LEFT_BOT,
    SERVED,
    SOLVED,
    TURNED_AWAY,
    WAITING,
    Log,
)
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import MINUTES_A_DAY, WEEKDAYS, clock
from sim.workload import ENQUIRY, STEP

if TYPE_CHECKING:
    import pandas as pd

REPEAT_WINDOW_DAYS = 7.0


@dataclass(frozen=True)
class Measure:
    """A named ratio: the sum `over` divided by the sum `under`; a plain count if `under` is empty."""

    over: str
    under: str
    meaning: str
    unit: str


MEASURES: dict[str, Measure] = {
    "contacts": Measure("contacts", "", "contacts that arrived", "contacts"),
    "offered": Measure("offered", "", "contacts offered to agents: served, hung up or waiting", "contacts"),
    "served": Measure("served", "", "contacts that an agent took, callbacks left out", "contacts"),
    "abandoned": Measure("abandoned", "", "contacts whose customer hung up while waiting", "contacts"),
    "blocked": Measure("blocked", "", "contacts that found all lines taken", "contacts"),
    "turned_away": Measure(
        "turned_away", "", "contacts outside opening hours, or still waiting at closing", "contacts"
    ),
    "called_back": Measure("called_back", "", "contacts that took the offer of a callback and got it", "contacts"),
    "bot_sessions": Measure("bot_sessions", "", "contacts that met the bot", "contacts"),
    "service_level": Measure(
        "in_time", "live_not_gone_early", "answered in time / (offered - hung up in time)", "share"
    ),
    "service_level_offered": Measure("in_time", "live_offered", "answered in time / offered", "share"),
    "service_level_credited": Measure(
        "in_time_or_gone", "live_offered", "(answered + hung up in time) / offered", "share"
    ),
    "service_level_answered": Measure("in_time", "live_served", "answered in time / answered", "share"),
    "day_target_met": Measure(
        "days_on_target", "days_with_calls", "days whose service level reaches the target", "share"
    ),
    "abandonment": Measure("abandoned", "live_offered", "hung up / offered", "share"),
    "blocking": Measure("blocked", "offered_or_blocked", "blocked / (offered + blocked)", "share"),
    "asa_minutes": Measure("wait_served", "live_served", "average speed of answer: mean wait of the served", "minutes"),
    "mean_wait_minutes": Measure("wait_all", "live_wait_known", "mean wait of all offered", "minutes"),
    "wait_probability": Measure("waited", "live_offered", "share of the offered who had to wait", "share"),
    "containment": Measure("contained", "bot_sessions", "contained by the bot / bot sessions", "share"),
    "true_containment": Measure("truly_contained", "bot_sessions", "contained and solved / bot sessions", "share"),
    "false_containment": Measure(
        "falsely_contained", "bot_sessions", "contained and not solved / bot sessions", "share"
    ),
    "left_at_bot": Measure("left_bot", "bot_sessions", "customers who left at the bot / bot sessions", "share"),
    "mean_handle_minutes": Measure("handle", "finished", "mean handle time", "minutes"),
    "occupancy": Measure("busy", "staffed", "busy time / staffed time", "share"),
    "utilisation": Measure("busy", "paid", "busy time / paid time, which includes absence", "share"),
    "concurrency": Measure("worked", "busy", "conversations at once of a busy agent", "conversations"),
    "agents": Measure("staffed", "window", "mean number of agents at work", "agents"),
    "answered_in_target": Measure(
        "done_in_target", "due", "deferred: answered within the target, in open hours", "share"
    ),
    "response_hours": Measure("response_hours", "deferred_done", "deferred: mean time to the answer", "hours"),
    "backlog": Measure("backlog", "", "deferred contacts unanswered at the end of the window", "contacts"),
    "cases": Measure("cases", "", "cases that appeared in the window", "cases"),
    "first_contact_resolution": Measure(
        "one_contact_cases", "cases", "cases without another contact within 7 days of the first", "share"
    ),
    "contacts_per_case": Measure("contacts_of_cases", "cases", "contacts / cases", "contacts"),
    "repeat_rate": Measure("repeats", "contacts", "contacts after the first / contacts", "share"),
    "status_enquiries": Measure("enquiries", "cases", "questions how the case is going / cases", "contacts"),
    "self_service": Measure("self_served", "cases", "cases solved without any contact / cases", "share"),
    "solved": Measure("solved_cases", "cases", "cases solved by the end of the run", "share"),
    "given_up": Measure("given_up_cases", "cases", "cases given up by the end of the run", "share"),
    "resolution_hours": Measure(
        "resolution_hours", "solved_cases", "mean time from the first sign of a case to solved", "hours"
    ),
    "refund_hours": Measure(
        "refund_hours", "refunds", "mean time from the first sign of a case to the end of a step named refund", "hours"
    ),
}

_NOT_BY_TEAM = (
    "offered",
    "abandoned",
    "blocked",
    "turned_away",
    "called_back",
    "bot_sessions",
    "offered_or_blocked",
    "live_offered",
    "live_wait_known",
    "live_not_gone_early",
    "days_with_calls",
)

DIMENSIONS = ("slot", "hour", "day", "weekday", "channel", "team", "type", "segment")
_OF_TIME = ("slot", "hour", "day", "weekday")


@dataclass(frozen=True)
class Sums:
    """Sums of one run by group, from which measures are made.

    Attributes
    ----------
    by : tuple of str
        Dimensions of the groups; empty for one group of everything.
    groups : list of tuple
        Labels of each group.
    values : dict of str to ndarray, shape (groups,)
        The sums. NaN where a sum has no meaning for such groups.
    """

    by: tuple[str, ...]
    groups: list[tuple[object, ...]]
    values: dict[str, np.ndarray]


def sums(
    log: Log,
    by: str | Sequence[str] | None = None,
    *,
    from_day: float = 0,
    to_day: float | None = None,
    answer_within_seconds: float | None = None,
) -> Sums:
    """Add up a run by group.

    Parameters
    ----------
    log : Log
    by : str or sequence of str, optional
        Dimensions: slot, hour, day, weekday, channel, team, type, segment. None puts everything in one group.
        By team only contacts that the team took are counted, and measures that need the others are NaN.
    from_day, to_day : float
        The window, in days since the start; `from_day` leaves out a warm-up. `to_day` None is the end.
    answer_within_seconds : float, optional
        The T of the service levels; by default each channel's own.

    Returns
    -------
    Sums

    Raises
    ------
    ValueError
        For an unknown dimension or an empty window.
    """
    if by is not None and not isinstance(by, (str, Sequence)):
        raise ValueError(f"by holds {by!r}; it may hold {', '.join(DIMENSIONS)} or a list of them")
    names = (by,) if isinstance(by, str) else tuple(by or ())
    for name in names:
        if name not in DIMENSIONS:
            raise ValueError(unknown_name(name, DIMENSIONS, "dimension to group by"))
    if len(set(names)) < len(names):
        raise ValueError(f"by names a dimension twice: {', '.join(names)}")
    start, end = _window(log.scenario, from_day, to_day)
    if answer_within_seconds is not None and not _is_number(answer_within_seconds, least=0):
        raise ValueError(f"answer_within_seconds holds {answer_within_seconds!r}; it may hold a number of at least 0")
    grid = _Groups(log.scenario, names)
    values = _contact_sums(log, grid, start, end, answer_within_seconds)
    values |= _case_sums(log, grid, start, end)
    values |= _agent_sums(log, grid, start, end)
    return Sums(names, grid.labels(), values)


def measures(log: Log, by: str | Sequence[str] | None = None, **window: float | None) -> pd.DataFrame:
    """All measures of one run, one row a group. See `sums` for the parameters, `MEASURES` for the columns.

    Returns
    -------
    pandas.DataFrame
        NaN where a measure has no meaning for a group or nothing happened. These numbers are of one run: they
        carry no interval. `sim.replicate` gives intervals.
    """
    import pandas as pd

    added = sums(log, by, **window)  # type: ignore[arg-type]
    table = pd.DataFrame({name: ratio(added.values, name) for name in MEASURES}, index=index(added))
    return table[something_happened(added)]


def ratio(values: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A measure from sums, shape (groups,); NaN where its lower sum is 0."""
    measure = MEASURES[name]
    if not measure.under:
        return values[measure.over]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values[measure.under] > 0, values[measure.over] / values[measure.under], np.nan)


def index(added: Sums) -> pd.Index:
    """Row labels of a table by these groups."""
    import pandas as pd

    if not added.by:
        return pd.Index(["all"])
    if len(added.by) == 1:
        return pd.Index([label for (label,) in added.groups], name=added.by[0])
    return pd.MultiIndex.from_tuples(added.groups, names=added.by)


def something_happened(added: Sums) -> np.ndarray:
    """True for groups with contacts, cases or agents at work, shape (groups,)."""
    some = [np.nan_to_num(added.values[name]) > 0 for name in ("contacts", "cases", "staffed")]
    return np.any(some, axis=0) | (not added.by)


def backlog(log: Log, every_minutes: float = 60) -> pd.DataFrame:
    """Unanswered deferred contacts through time.

    Parameters
    ----------
    log : Log
    every_minutes : float, default 60
        Step between the moments that are looked at.

    Returns
    -------
    pandas.DataFrame
        A row a moment, indexed by ``time_minutes``; for each deferred channel a column with the number of open
        contacts and one, ``<channel>_oldest_hours``, with the age of the oldest.
    """
    import pandas as pd

    if not _is_number(every_minutes) or not 0 < every_minutes < np.inf:
        raise ValueError(f"every_minutes holds {every_minutes!r}; it may hold a number above 0")
    times = np.arange(0, log.scenario.horizon_minutes + 1e-9, every_minutes)
    columns: dict[str, np.ndarray | list[float]] = {}
    channel = np.where(log.is_contact, log.workload.channel[log.row], -1)
    for code, (name, way) in enumerate(log.scenario.channels.items()):
        if not isinstance(way, DeferredChannel):
            continue
        arrived = log.arrived[channel == code]
        ended = np.nan_to_num(log.ended[channel == code], nan=np.inf)
        came, went = (
            np.searchsorted(arrived, times, side="right"),
            np.searchsorted(np.sort(ended), times, side="right"),
        )
        columns[name] = came - went
        columns[f"{name}_oldest_hours"] = [
            (time - open_[0]) / 60 if len(open_ := arrived[:n][ended[:n] > time]) else 0.0
            for time, n in zip(times, came, strict=True)
        ]
    return pd.DataFrame(columns, index=pd.Index(times, name="time_minutes"))


class _Groups:
    """Group numbers of things, by the dimensions asked for."""

    def __init__(self, scenario: Scenario, by: tuple[str, ...]) -> None:
        self.scenario, self.by = scenario, by
        slots = MINUTES_A_DAY // scenario.slot_minutes
        self.names: dict[str, list[object]] = {
            "slot": [clock(slot * scenario.slot_minutes) for slot in range(slots)],
            "hour": list(range(24)),
            "day": list(range(scenario.days)),
            "weekday": list(WEEKDAYS),
            "channel": list(scenario.channels),
            "team": list(scenario.teams),
            "type": list(scenario.case_types),
            "segment": list(scenario.segments),
        }
        self.shape = tuple(len(self.names[name]) for name in by)
        self.count = int(np.prod(self.shape, dtype=int))

    def labels(self) -> list[tuple[object, ...]]:
        places = np.unravel_index(np.arange(self.count), self.shape) if self.by else ()
        return [
            tuple(self.names[name][place[row]] for name, place in zip(self.by, places, strict=True))
            for row in range(self.count)
        ]

    def numbers(self, time: np.ndarray, **codes: np.ndarray) -> np.ndarray:
        """Group of each thing; -1 for those that belong to none."""
        scenario = self.scenario
        day = (time // MINUTES_A_DAY).astype(int)
        minute = time % MINUTES_A_DAY
        codes |= {
            "slot": (minute // scenario.slot_minutes).astype(int),
            "hour": (minute // 60).astype(int),
            "day": day,
            "weekday": (day + scenario.first_day.weekday()) % 7,
        }
        group = np.zeros(len(time), dtype=int)
        nobody = np.zeros(len(time), dtype=bool)
        for name, size in zip(self.by, self.shape, strict=True):
            group = group * size + codes[name]
            nobody |= codes[name] < 0
        return np.where(nobody, -1, group)

    def has(self, *dimensions: str) -> bool:
        return set(self.by) <= set(dimensions)

    def total(self, group: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """Sum of `amount` by group, shape (groups,)."""
        belongs = group >= 0
        return np.bincount(group[belongs], weights=amount[belongs].astype(float), minlength=self.count)

    def nothing(self) -> np.ndarray:
        return np.full(self.count, np.nan)


def _window(scenario: Scenario, from_day: float, to_day: float | None) -> tuple[float, float]:
    last = scenario.days if to_day is None else to_day
    for name, day in (("from_day", from_day), ("to_day", last)):
        if not _is_number(day):
            raise ValueError(f"{name} holds {day!r}; it may hold a number of days from 0 to {scenario.days}")
    if not 0 <= from_day < last <= scenario.days:
        raise ValueError(
            f"the window from day {from_day:g} to day {last:g} is empty or outside the run of {scenario.days} days; "
            f"choose 0 <= from_day < to_day <= {scenario.days}"
        )
    return from_day * MINUTES_A_DAY, last * MINUTES_A_DAY


def _is_number(value: object, least: float = -np.inf) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and bool(value >= least)


def _contact_sums(
    log: Log, grid: _Groups, start: float, end: float, within_seconds: float | None
) -> dict[str, np.ndarray]:
    work, scenario = log.workload, log.scenario
    inside = log.is_contact & (log.arrived >= start) & (log.arrived < end)
    row, arrived, outcome = log.row[inside], log.arrived[inside], log.outcome[inside]
    answered, ended, wait = log.answered[inside], log.ended[inside], log.wait[inside]
    case, channel = work.case[row], work.channel[row]
    group = grid.numbers(
        arrived,
        channel=channel.astype(int),
        team=log.team[inside].astype(int),
        type=work.type[row].astype(int),
        segment=work.segment[case].astype(int),
    )
    ways = list(scenario.channels.values())
    live = np.array([not isinstance(way, DeferredChannel) for way in ways])[channel]
    due_within = np.array([way.answer_within_minutes for way in ways])[channel]
    within = due_within if within_seconds is None else np.full(len(row), within_seconds / 60)

    served = (outcome == SERVED) | (outcome == IN_SERVICE)
    gone = outcome == ABANDONED
    offered = served | gone | (outcome == WAITING)
    in_time = served & live & (wait <= within)
    gone_early = gone & (wait <= within)
    known = live & (served | gone)
    done = ~live & (outcome == SERVED)
    finished = (outcome == SERVED) | (outcome == CALLED_BACK)
    age = np.where(np.isnan(ended), scenario.horizon_minutes, ended)
    open_age = np.zeros(len(row))
    for code, way in enumerate(ways):
        here = channel == code
        if isinstance(way, DeferredChannel) and here.any():
            open_age[here] = _open_minutes(scenario, code, arrived[here], age[here])
    late = ~live & (open_age > due_within)
    amounts = {
        "contacts": np.ones(len(row)),
        "offered": offered,
        "served": served,
        "abandoned": gone,
        "blocked": outcome == BLOCKED,
        "turned_away": outcome == TURNED_AWAY,
        "offered_or_blocked": live & (offered | (outcome == BLOCKED)),
        "live_offered": live & offered,
        "live_served": live & served,
        "live_wait_known": known,
        "live_not_gone_early": live & offered & ~gone_early,
        "in_time": in_time,
        "in_time_or_gone": in_time | gone_early,
        "wait_served": np.where(live & served, wait, 0),
        "wait_all": np.where(known, wait, 0),
        "waited": live & offered & ~(served & (wait == 0)),
        "handle": np.where(finished, ended - answered, 0),
        "finished": finished,
        "done_in_target": done & ~late,
        "due": done | late,
        "response_hours": np.where(done, ended - arrived, 0) / 60,
        "deferred_done": done,
        "repeats": (work.number[row] > 1) | (work.kind[row] == ENQUIRY),
        "called_back": outcome == CALLED_BACK,
        "bot_sessions": log.met_bot[inside],
        "contained": outcome == CONTAINED,
        "truly_contained": (outcome == CONTAINED) & log.solved[inside],
        "falsely_contained": (outcome == CONTAINED) & ~log.solved[inside],
        "left_bot": outcome == LEFT_BOT,
    }
    totals = {name: grid.total(group, amount) for name, amount in amounts.items()}
    totals |= _day_target_sums(log, grid, inside, group, in_time, live & offered & ~gone_early)
    totals |= _backlog_sums(log, grid, end)
    if "team" in grid.by:
        # Who hung up, or found no line, had no team: what counts them cannot be told by team.
        totals |= {name: grid.nothing() for name in _NOT_BY_TEAM}
    return totals


def _day_target_sums(
    log: Log, grid: _Groups, inside: np.ndarray, group: np.ndarray, in_time: np.ndarray, counted: np.ndarray
) -> dict[str, np.ndarray]:
    """Days with calls, and those that reach the target of the channel (the strictest of several)."""
    scenario = log.scenario
    targets = np.array(
        [way.target if not isinstance(way, DeferredChannel) else 0 for way in scenario.channels.values()]
    )
    channel = log.workload.channel[log.row[inside]]
    day = (log.arrived[inside] // MINUTES_A_DAY).astype(int)
    cell = np.where(group >= 0, group * scenario.days + day, 0)
    counted = counted & (group >= 0)
    size = grid.count * scenario.days
    under = np.bincount(cell, weights=counted, minlength=size).reshape(grid.count, -1)
    over = np.bincount(cell, weights=in_time & counted, minlength=size).reshape(grid.count, -1)
    target = np.zeros(size)
    np.maximum.at(target, cell[counted], targets[channel[counted]])
    reached = over >= target.reshape(under.shape) * under - 1e-9
    return {
        "days_with_calls": (under > 0).sum(axis=1) * 1.0,
        "days_on_target": ((under > 0) & reached).sum(axis=1) * 1.0,
    }


def _backlog_sums(log: Log, grid: _Groups, end: float) -> dict[str, np.ndarray]:
    """Deferred contacts that had arrived and were not answered at the end of the window."""
    if not grid.has("channel", "type", "segment"):
        return {"backlog": grid.nothing()}
    work = log.workload
    deferred = np.array([isinstance(way, DeferredChannel) for way in log.scenario.channels.values()])
    open_ = log.is_contact & deferred[work.channel[log.row]] & (log.arrived < end) & ~(log.ended <= end)
    row = log.row[open_]
    case = work.case[row]
    group = grid.numbers(
        log.arrived[open_],
        channel=work.channel[row].astype(int),
        type=work.type[row].astype(int),
        segment=work.segment[case].astype(int),
    )
    return {"backlog": grid.total(group, np.ones(len(row)))}


def _case_sums(log: Log, grid: _Groups, start: float, end: float) -> dict[str, np.ndarray]:
    names = (
        "cases",
        "contacts_of_cases",
        "one_contact_cases",
        "enquiries",
        "self_served",
        "solved_cases",
        "given_up_cases",
        "resolution_hours",
        "refund_hours",
        "refunds",
    )
    if "team" in grid.by:
        return {name: grid.nothing() for name in names}
    work = log.workload
    first = work.appears_minutes
    inside = (first >= start) & (first < end)
    rows, times = log.row[log.is_contact], log.arrived[log.is_contact]
    contacts = np.bincount(work.case[rows], minlength=work.cases)
    # Contacts stand in the order of time; a stable sort by case puts each case's second behind its first.
    by_case = np.argsort(work.case[rows], kind="stable")
    begins = np.concatenate([[0], np.cumsum(contacts)[:-1]]).astype(int)
    second, initial = np.full(work.cases, np.inf), np.full(work.cases, np.inf)
    initial[contacts > 0] = times[by_case[begins[contacts > 0]]]
    second[contacts > 1] = times[by_case[begins[contacts > 1] + 1]]
    group = grid.numbers(
        first[inside],
        channel=work.channel[: work.cases][inside].astype(int),
        type=work.case_type[inside].astype(int),
        segment=work.segment[inside].astype(int),
    )
    solved = log.state == SOLVED
    refunded = _refund_times(log)
    amounts = {
        "cases": np.ones(work.cases),
        "contacts_of_cases": contacts,
        "one_contact_cases": (contacts == 0) | (second > initial + REPEAT_WINDOW_DAYS * MINUTES_A_DAY),
        "enquiries": np.bincount(work.case[rows[work.kind[rows] == ENQUIRY]], minlength=work.cases),
        "self_served": solved & work.self_service_solves,
        "solved_cases": solved,
        "given_up_cases": log.state == GIVEN_UP,
        "resolution_hours": np.where(solved, log.closed - first, 0) / 60,
        "refund_hours": np.nan_to_num(refunded - first) / 60,
        "refunds": ~np.isnan(refunded),
    }
    return {name: grid.total(group, amounts[name][inside]) for name in names}


def _refund_times(log: Log) -> np.ndarray:
    """When the money was back: the end of a step named refund, shape (cases,); NaN without one."""
    work = log.workload
    times = np.full(work.cases, np.nan)
    for code, kind in enumerate(log.scenario.case_types.values()):
        for number, step in enumerate(kind.steps, start=1):
            if step.name == "refund":
                here = (work.kind[log.row] == STEP) & (work.number[log.row] == number)
                here &= work.case_type[work.case[log.row]] == code
                times[work.case[log.row[here]]] = log.ended[here]
    return times


def _agent_sums(log: Log, grid: _Groups, start: float, end: float) -> dict[str, np.ndarray]:
    """Agents' minutes: busy, at work and paid, cut at the borders of the slots in which they were worked."""
    if not grid.has("team", *_OF_TIME):
        return {name: grid.nothing() for name in ("busy", "worked", "staffed", "paid", "window")}
    work, scenario = log.workload, log.scenario
    step = np.gcd(scenario.slot_minutes, 60)
    edges = np.unique(np.clip(np.arange(0, scenario.horizon_minutes + step, step), start, end))
    roster = work.roster
    team = roster.agent_team
    answered = ~np.isnan(log.answered)
    talk_end = np.where(np.isnan(log.ended), scenario.horizon_minutes, log.ended)[answered]
    agent, busy_start, busy_end = _busy_spells(log.agent[answered], log.answered[answered], talk_end)
    # Who finishes a conversation while the system is down is both at work and away, and paid once.
    paid, paid_start, paid_end = _busy_spells(
        np.concatenate([log.duty_agent, roster.absent_agent]),
        np.concatenate([log.duty_start, roster.absent_start]),
        np.concatenate([log.duty_end, roster.absent_end]),
    )
    spells = {
        "busy": (team[agent], busy_start, busy_end),
        "worked": (team[log.agent[answered]], log.answered[answered], talk_end),
        "staffed": (team[log.duty_agent], log.duty_start, log.duty_end),
        "paid": (team[paid], paid_start, paid_end),
    }
    totals = {}
    for name, (owner, first, last) in spells.items():
        totals[name] = np.zeros(grid.count)
        for code in range(len(scenario.teams)):
            worked = np.diff(_minutes_before(edges, first[owner == code], last[owner == code]))
            group = grid.numbers(edges[:-1], team=np.full(len(worked), code))
            totals[name] += grid.total(group, worked)
    length = np.diff(edges)
    window = np.zeros(grid.count)
    for code in range(len(scenario.teams) if "team" in grid.by else 1):
        window += grid.total(grid.numbers(edges[:-1], team=np.full(len(length), code)), length)
    return {
        "busy": totals["busy"],
        "worked": totals["worked"],
        "staffed": totals["staffed"],
        "paid": totals["paid"],
        "window": window,
    }


def _busy_spells(agent: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times with something in hand, from conversations that may overlap: agent, start and end of each spell."""
    order = np.lexsort((start, agent))
    agent, start, end = agent[order], start[order], end[order]
    # The latest end so far of the same agent; agents are kept apart by an offset beyond every time.
    apart = agent * (2 * (end.max(initial=0) + 1))
    reach = np.maximum.accumulate(end + apart) if len(end) else end
    first = np.ones(len(end), dtype=bool)
    first[1:] = (start + apart)[1:] > reach[:-1]
    begins = np.flatnonzero(first)
    last = np.append(begins[1:], len(end)) - 1
    return agent[begins], start[begins], (reach - apart)[last] if len(end) else end


def _minutes_before(edges: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Total length of the spells up to each edge, shape (edges,)."""

    def since(moments: np.ndarray) -> np.ndarray:
        moments = np.sort(moments)
        sums_before = np.concatenate([[0.0], np.cumsum(moments)])
        n = np.searchsorted(moments, edges)
        return n * edges - sums_before[n]

    return since(first) - since(last)


def _open_minutes(scenario: Scenario, channel: int, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Minutes between two times during which the channel was open, shape of `first`."""
    hours = list(scenario.channels.values())[channel].open_hours.minutes[scenario.weekdays].ravel()
    open_before = np.concatenate([[0.0], np.cumsum(hours)])
    minutes = np.arange(len(open_before))
    return np.interp(last, minutes, open_before) - np.interp(first, minutes, open_before)
