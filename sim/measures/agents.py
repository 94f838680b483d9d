"""The family of agents: minutes busy, at work and paid, cut at the borders of the slots in which they were worked.

A spell is a stretch of one agent's time: of duty, of absence, of one conversation or of having anything in hand. Spells
are cut by counting: how many run through a whole piece of the clock, and how much of it those take that begin or end
in it. That needs no loop over pieces and no sorting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import Log
from sim.measures.grid import OF_TIME, Grid
from sim.measures.measure import Measure
from sim.scenario import DeferredChannel, Scenario

_measure = partial(Measure, family="agents")

MEASURES = {
    "occupancy": _measure(
        "busy", "staffed", "busy time / staffed time", "share", title="occupancy", title_zh="工时占用率"
    ),
    "utilisation": _measure(
        "busy",
        "paid",
        "busy time / paid time, which includes absence",
        "share",
        title="utilisation",
        title_zh="工时利用率",
    ),
    "concurrency": _measure(
        "worked",
        "busy",
        "conversations at once of a busy agent",
        "conversations",
        title="concurrency",
        label="conversations at once",
        short="at once",
        title_zh="平均并发会话数",
    ),
    "chat_slots_in_use": _measure(
        "chat_minutes",
        "chat_staffed",
        "agents who may have several conversations at once: share of their slots in use",
        "share",
        title="share of chat slots in use",
        label="chat slots in use",
        title_zh="会话席位占用率",
    ),
    "agents": _measure(
        "staffed", "window", "mean number of agents at work", "agents", title="agents at work", title_zh="平均在岗人数"
    ),
}

SUMS = ("busy", "worked", "staffed", "paid", "chat_minutes", "chat_staffed", "window")
_WINDOW = SUMS.index("window")


class Spells(NamedTuple):
    """Stretches of agents' time: who, from when, until when (minutes); shape (spells,) each."""

    agent: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def and_those_of(self, other: Spells) -> Spells:
        """These spells and others."""
        return Spells(*(np.concatenate(both) for both in zip(self, other, strict=True)))


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """Agents' minutes in the window, shape (SUMS, groups).

    The time limit of the service levels, `within_seconds`, does not concern them.
    """
    if not grid.has("team", *OF_TIME):
        return np.full((len(SUMS), grid.count), np.nan)
    minutes, several, duty = _Cutter(log, grid, start, end), _several_at_once(log.scenario), _duty(log)
    (worked, overlapping, in_parts), spells = _talks(log, minutes)
    staffed = minutes.of(duty)
    paid = minutes.of(paid_spells(log)) if minutes.piece else paid_by_team(log, start, end)
    nothing = np.zeros(len(staffed))
    busy, chat_staffed = worked, nothing
    if several.any():
        busy = worked - overlapping + minutes.of(_kept_merged(log, "busy", lambda: spells))
        if not minutes.piece:
            chat_staffed = np.where(several, staffed, 0.0)
        else:
            chat_staffed = minutes.of(duty, several[minutes.agent_team][duty.agent].astype(float))
    found = np.array([busy, worked, staffed, paid, in_parts, chat_staffed, nothing])
    if not grid.by:
        found = found.sum(axis=1, keepdims=True)
    found[_WINDOW] = minutes.window()
    return found


def _talks(log: Log, minutes: _Cutter) -> tuple[np.ndarray, Spells]:
    """Minutes of conversations, and those that may overlap.

    Minutes by team or by group, shape (3, teams or groups): of all; of those that may overlap, which are those of teams
    that may have several at once; and of these again, each times the part of an agent that it takes.
    """
    scenario, compiled = log.scenario, quick.sums()
    several, part = _several_at_once(scenario), _part_of_agent(scenario)
    if compiled is not None and not minutes.piece:
        times = float(minutes.start), float(minutes.end), scenario.horizon_minutes
        found, spells = compiled.talks(compiled.columns(log), several, part, *times)
        return found, Spells(*spells)
    taken = np.flatnonzero(~np.isnan(log.answered))
    overlap = taken[several[log.workload.roster.agent_team].take(log.agent[taken])] if several.any() else taken[:0]
    overlapping = _conversations(log, overlap)
    parts = part.take(log.workload.channel[log.row[overlap]])
    each = minutes.of(_conversations(log, taken)), minutes.of(overlapping), minutes.of(overlapping, parts)
    return np.vstack(each), overlapping


def paid_spells(log: Log) -> Spells:
    """The times for which agents are paid: on duty, finishing a conversation, or planned and absent."""
    roster, duty = log.workload.roster, _duty(log)
    if not len(roster.absent_agent):
        return duty
    # Who finishes a conversation while the system is down is both at work and away, and paid once.
    away = Spells(roster.absent_agent, roster.absent_start, roster.absent_end)
    return _kept_merged(log, "paid", lambda: duty.and_those_of(away))


def paid_by_team(log: Log, start: float, end: float) -> np.ndarray:
    """Paid minutes of each team in a window, shape (teams,)."""
    name = f"paid from {start} to {end}"
    if name not in log.kept:
        log.kept[name] = _by_team(log, paid_spells(log), start, end)
    found: np.ndarray = log.kept[name]
    return found


def _duty(log: Log) -> Spells:
    return Spells(log.duty_agent, log.duty_start, log.duty_end)


def _conversations(log: Log, taken: np.ndarray) -> Spells:
    """The work that agents took, contacts and tasks; what goes on at the end of the run ends with it."""
    end = log.ended[taken]
    end[np.isnan(end)] = log.scenario.horizon_minutes
    return Spells(log.agent[taken], log.answered[taken], end)


@remembered
def _part_of_agent(scenario: Scenario) -> np.ndarray:
    """What part of an agent a conversation takes, by channel: 1 / `at_once`; at -1, the channel of tasks, the whole."""
    ways = scenario.channels.values()
    return np.array([*(1.0 if isinstance(way, DeferredChannel) else 1 / way.at_once for way in ways), 1.0])


@remembered
def _several_at_once(scenario: Scenario) -> np.ndarray:
    """Teams that serve a channel of which an agent may have several conversations at once, shape (teams,)."""
    names = {
        name for name, way in scenario.channels.items() if not isinstance(way, DeferredChannel) and way.at_once > 1
    }
    return np.array([any(skill.channel in names for skill in team.skills) for team in scenario.teams.values()])


def _kept_merged(log: Log, name: str, spells: Callable[[], Spells]) -> Spells:
    """Merged spells of the whole run, which every window and grouping of the same log needs again."""
    if name not in log.kept:
        log.kept[name] = merged(spells(), log.scenario.horizon_minutes)
    return log.kept[name]


def merged(spells: Spells, horizon_minutes: float) -> Spells:
    """The times that an agent's spells cover together, ordered by agent and time.

    With an agent's n starts and n ends each in order, nothing goes on between the i-th end and the next start if
    that comes later: as many spells are over as have begun.

    Examples
    --------
    >>> import numpy as np
    >>> merged(Spells(np.array([0, 0, 0]), np.array([1.0, 2.0, 9.0]), np.array([5.0, 4.0, 9.5])), 10)
    Spells(agent=array([0, 0]), start=array([1., 9.]), end=array([5. , 9.5]))
    """
    # Agents are kept apart by a power of 2 beyond every time, which leaves times exact.
    apart = 2.0 ** int(horizon_minutes).bit_length()
    offset = spells.agent * apart
    start, end = np.sort(offset + spells.start), np.sort(offset + spells.end)
    sums = quick.sums()
    if sums is not None:
        return Spells(*sums.unions(start, end, apart))
    idle = np.ones(len(start) + 1, dtype=bool)
    idle[1:-1] = start[1:] > end[:-1]
    start, end = start[idle[:-1]], end[idle[1:]]
    agent = (start * (1 / apart)).astype(np.int64)
    return Spells(agent, start - agent * apart, end - agent * apart)


def _inside(log: Log, spells: Spells, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the spells begin and end in the window."""
    if start == 0 and end == log.scenario.horizon_minutes:
        return spells.start, spells.end
    return np.clip(spells.start, start, end), np.clip(spells.end, start, end)


def _by_team(log: Log, spells: Spells, start: float, end: float, weight: np.ndarray | None = None) -> np.ndarray:
    """Minutes of the spells in the window by team, each times its weight, shape (teams,)."""
    begun, over = _inside(log, spells, start, end)
    minutes = over - begun if weight is None else (over - begun) * weight
    found = np.bincount(log.workload.roster.agent_team.take(spells.agent), minutes, len(log.scenario.teams))
    return found.astype(float, copy=False)


class _Cutter:
    """Cuts spells at the borders of the window, of slots and hours, and adds the minutes up by group."""

    def __init__(self, log: Log, grid: Grid, start: float, end: float) -> None:
        scenario = log.scenario
        self.log, self.grid, self.start, self.end = log, grid, start, end
        self.agent_team = log.workload.roster.agent_team
        self.teams = 1 if grid.by and "team" not in grid.by else len(scenario.teams)
        self.piece = 0
        if not grid.has("team"):
            # Pieces of the clock, of which slots and hours are made.
            self.piece = int(np.gcd(scenario.slot_minutes, 60))
            self.borders = np.arange(0, int(scenario.horizon_minutes) + 1, self.piece)

    def of(self, spells: Spells, weight: np.ndarray | None = None) -> np.ndarray:
        """Minutes of the spells in the window, each times its weight: by group, without dimensions of time by team."""
        if not self.piece:
            return _by_team(self.log, spells, self.start, self.end, weight)
        start, end = _inside(self.log, spells, self.start, self.end)
        team = self.agent_team[spells.agent] if "team" in self.grid.by else None
        return self._by_time(start, end, team, weight)

    def window(self) -> np.ndarray | float:
        """Minutes of the window by group, for each team its own; one number if they are the same for all."""
        if not self.piece:
            return float(self.end - self.start)
        length = np.diff(np.clip(self.borders, self.start, self.end))
        return self.grid.total(self.group, np.tile(length, self.teams))

    @cached_property
    def group(self) -> np.ndarray:
        """Group of each team's pieces, shape (teams * pieces,)."""
        pieces = len(self.borders) - 1
        team = np.repeat(np.arange(self.teams), pieces)
        return self.grid.numbers(np.tile(self.borders[:-1], self.teams), team=team)

    def _by_time(
        self, start: np.ndarray, end: np.ndarray, team: np.ndarray | None, weight: np.ndarray | None
    ) -> np.ndarray:
        pieces = len(self.borders)  # one more than there are, for what ends with the run
        lead = 0 if team is None else team.astype(np.int64) * pieces

        def since(moment: np.ndarray) -> np.ndarray:
            """Minutes in each piece that lie behind these moments, shape (teams, pieces)."""
            piece = moment.astype(np.int64) // self.piece + lead
            amount = moment if weight is None else moment * weight
            shape = self.teams, pieces
            count = np.bincount(piece, weights=weight, minlength=self.teams * pieces).reshape(shape)
            total = np.bincount(piece, weights=amount, minlength=self.teams * pieces).reshape(shape)
            before = np.cumsum(count, axis=1) - count
            return before * self.piece + count * (self.borders + self.piece) - total

        return self.grid.total(self.group, (since(start) - since(end))[:, :-1].ravel())
