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

_SUMS = ("busy", "worked", "staffed", "paid", "chat_minutes", "chat_staffed", "window")


class Spells(NamedTuple):
    """Stretches of agents' time: who, from when, until when (minutes); shape (spells,) each."""

    agent: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def and_those_of(self, other: Spells) -> Spells:
        """These spells and others."""
        return Spells(*(np.concatenate(both) for both in zip(self, other, strict=True)))


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> dict[str, np.ndarray]:
    """Agents' minutes in the window, shape (groups,) each.

    The time limit of the service levels, `within_seconds`, does not concern them.
    """
    if not grid.has("team", *OF_TIME):
        return {name: grid.nothing() for name in _SUMS}
    roster, minutes = log.workload.roster, _Cutter(log, grid, start, end)
    several, duty = _several_at_once(log.scenario), _duty(log)
    worked, overlapping, part = (_talks if quick.sums() is None or minutes.piece else _compiled_talks)(log, minutes)
    staffed = minutes.of(duty)
    totals = {"busy": worked, "worked": worked, "staffed": staffed, "paid": staffed, "window": minutes.window()}
    if len(roster.absent_agent):
        totals["paid"] = minutes.of(paid_spells(log))
    if not several.any():
        return totals | {"chat_minutes": np.zeros(grid.count), "chat_staffed": np.zeros(grid.count)}
    return totals | {
        "busy": worked - minutes.of(overlapping) + minutes.of(_kept_merged(log, "busy", lambda: overlapping)),
        "chat_minutes": minutes.of(overlapping, part),
        "chat_staffed": minutes.of(duty, several[roster.agent_team][duty.agent].astype(float)),
    }


def _talks(log: Log, minutes: _Cutter) -> tuple[np.ndarray, Spells, np.ndarray]:
    """Minutes of conversations by group; those that may overlap, and what part of an agent each of these takes.

    These are of teams that may have several conversations at once.
    """
    several, team = _several_at_once(log.scenario), log.workload.roster.agent_team
    taken = np.flatnonzero(~np.isnan(log.answered))
    overlap = taken[several[team].take(log.agent[taken])] if several.any() else taken[:0]
    talks = _conversations(log, taken)
    worked = minutes.of(talks) if minutes.piece else minutes.in_groups(minutes.by_team(talks))
    part = _part_of_agent(log.scenario).take(log.workload.channel[log.row[overlap]])
    return worked, _conversations(log, overlap), part


def _compiled_talks(log: Log, minutes: _Cutter) -> tuple[np.ndarray, Spells, np.ndarray]:
    """The same in one pass, where nothing is cut by time."""
    sums, scenario = quick.sums(), log.scenario
    assert sums is not None
    times = float(minutes.start), float(minutes.end), scenario.horizon_minutes
    worked, spells, part = sums.talks(*sums.columns(log), _several_at_once(scenario), _part_of_agent(scenario), *times)
    return minutes.in_groups(worked), Spells(*spells), part


def paid_spells(log: Log) -> Spells:
    """The times for which agents are paid: on duty, finishing a conversation, or planned and absent."""
    roster, duty = log.workload.roster, _duty(log)
    if not len(roster.absent_agent):
        return duty
    # Who finishes a conversation while the system is down is both at work and away, and paid once.
    away = Spells(roster.absent_agent, roster.absent_start, roster.absent_end)
    return _kept_merged(log, "paid", lambda: duty.and_those_of(away))


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


class _Cutter:
    """Cuts spells at the borders of the window, of slots and hours, and adds the minutes up by group."""

    def __init__(self, log: Log, grid: Grid, start: float, end: float) -> None:
        scenario = log.scenario
        self.grid, self.start, self.end = grid, start, end
        self.agent_team = log.workload.roster.agent_team
        self.teams = len(scenario.teams) if "team" in grid.by else 1
        self.whole_run = start == 0 and end == scenario.horizon_minutes
        self.piece = 0
        if not grid.has("team"):
            # Pieces of the clock, of which slots and hours are made.
            self.piece = int(np.gcd(scenario.slot_minutes, 60))
            self.borders = np.arange(0, int(scenario.horizon_minutes) + 1, self.piece)

    def of(self, spells: Spells, weight: np.ndarray | None = None) -> np.ndarray:
        """Minutes of the spells in the window by group, each times its weight, shape (groups,)."""
        start, end = self._inside(spells)
        team = self.agent_team[spells.agent] if "team" in self.grid.by else None
        if self.piece:
            return self._by_time(start, end, team, weight)
        minutes = end - start if weight is None else (end - start) * weight
        if team is None:
            return np.array([minutes.sum()])
        return np.bincount(team, weights=minutes, minlength=self.teams).astype(float, copy=False)

    def by_team(self, spells: Spells) -> np.ndarray:
        """Minutes of the spells in the window by team, shape (teams,)."""
        start, end = self._inside(spells)
        teams = len(self.grid.scenario.teams)
        return np.bincount(self.agent_team[spells.agent], weights=end - start, minlength=teams).astype(float)

    def in_groups(self, by_team: np.ndarray) -> np.ndarray:
        """Minutes by team as minutes by group, where groups are teams or there is one of everything."""
        return by_team if self.grid.by else np.array([by_team.sum()])

    def _inside(self, spells: Spells) -> tuple[np.ndarray, np.ndarray]:
        """Where the spells begin and end in the window."""
        if self.whole_run:
            return spells.start, spells.end
        return np.clip(spells.start, self.start, self.end), np.clip(spells.end, self.start, self.end)

    def window(self) -> np.ndarray:
        """Minutes of the window by group, for each team its own."""
        if not self.piece:
            return np.full(self.grid.count, float(self.end - self.start))
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
