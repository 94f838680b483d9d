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
    minutes = _Cutter(log, grid, start, end)
    found = _in_numpy(minutes) if minutes.piece or quick.twins("spells") is None else _compiled(log, start, end)
    if not grid.by:
        found = found.sum(axis=1, keepdims=True)
    found[_WINDOW] = minutes.window()
    return found


def _in_numpy(minutes: _Cutter) -> np.ndarray:
    """The sums by team or by group, but for the window."""
    log, scenario = minutes.log, minutes.log.scenario
    several, part, duty = _several_at_once(scenario), _part_of_agent(scenario), _duty(log)
    taken = np.flatnonzero(~np.isnan(log.answered))
    # Conversations of teams that may have several at once may overlap.
    overlap = taken[several[log.workload.roster.agent_team].take(log.agent[taken])] if several.any() else taken[:0]
    spells, parts = _conversations(log, overlap), part.take(log.workload.channel[log.row[overlap]])
    worked = minutes.of(_conversations(log, taken))
    busy = worked - minutes.of(spells) + minutes.of(_kept_merged(log, "busy", lambda: spells))
    if minutes.piece:
        staffed, paid = minutes.of(duty), minutes.of(paid_spells(log))
        in_chat = several[minutes.agent_team][duty.agent].astype(float)
        chat_staffed = minutes.of(duty, in_chat) if several.any() else np.zeros(len(staffed))
    else:
        staffed, paid = on_duty(log, minutes.start, minutes.end)
        chat_staffed = np.where(several, staffed, 0.0)
    return np.array([busy, worked, staffed, paid, minutes.of(spells, parts), chat_staffed, np.zeros(len(staffed))])


def _compiled(log: Log, start: float, end: float) -> np.ndarray:
    """The same by team, in a few passes."""
    scenario, compiled = log.scenario, quick.twins("spells")
    assert compiled is not None
    run, several, part = compiled.columns(log), _several_at_once(scenario), _part_of_agent(scenario)
    horizon, apart = scenario.horizon_minutes, _apart(scenario.horizon_minutes)
    minutes, begun, over = compiled.talks(run, several, part, float(start), float(end), horizon, apart)
    begun.sort()
    over.sort()
    found: np.ndarray = compiled.shifts(
        run, minutes, begun, over, on_duty(log, start, end), several, float(start), float(end), apart
    )
    return found


def paid_spells(log: Log) -> Spells:
    """The times for which agents are paid: on duty, finishing a conversation, or planned and absent."""
    roster, duty = log.workload.roster, _duty(log)
    if not len(roster.absent_agent):
        return duty
    # Who finishes a conversation while the system is down is both at work and away, and paid once.
    away = Spells(roster.absent_agent, roster.absent_start, roster.absent_end)
    return _kept_merged(log, "paid", lambda: duty.and_those_of(away))


def on_duty(log: Log, start: float, end: float) -> np.ndarray:
    """Minutes of a window in which the agents of each team are on duty, and are paid, shape (2, teams)."""
    name = f"on duty from {start} to {end}"
    if name not in log.kept:
        compiled = quick.twins("spells")
        if compiled is None:
            found = np.array([_by_team(log, spells, start, end) for spells in (_duty(log), paid_spells(log))])
        else:
            found = compiled.duty(compiled.columns(log), len(log.scenario.teams), float(start), float(end))
        found.flags.writeable = False
        log.kept[name] = found
    kept: np.ndarray = log.kept[name]
    return kept


def paid_by_team(log: Log, start: float, end: float) -> np.ndarray:
    """Paid minutes of each team in a window, shape (teams,)."""
    return on_duty(log, start, end)[1]


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
    apart = _apart(horizon_minutes)
    offset = spells.agent * apart
    start, end = np.sort(offset + spells.start), np.sort(offset + spells.end)
    compiled = quick.twins("spells")
    if compiled is not None:
        return Spells(*compiled.unions(start, end, apart))
    idle = np.ones(len(start) + 1, dtype=bool)
    idle[1:-1] = start[1:] > end[:-1]
    start, end = start[idle[:-1]], end[idle[1:]]
    agent = (start * (1 / apart)).astype(np.int64)
    return Spells(agent, start - agent * apart, end - agent * apart)


def _apart(horizon_minutes: float) -> float:
    """How far agents are kept apart in time: a power of 2 beyond every time, which leaves times exact."""
    return 2.0 ** int(horizon_minutes).bit_length()


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
