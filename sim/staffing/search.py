"""The cheapest staffing that meets several targets, found by trying plans in the simulation.

Where teams help each other no formula adds up, but the simulation can be asked. The search changes the number of agents
of each *step* (a team in some hours) by one: it adds where an agent mends most for the wage until all goals are met,
takes away what is not needed, and exchanges an agent here for cheaper ones there. Every plan meets the same customers
(common random numbers), so that plans are compared without luck, and none is tried twice.

A goal counts as met when the lower end of its one-sided interval reaches it, so with the given confidence a plan that
is called good is good. Trying many plans and keeping the best flatters the best; it is therefore lived through once
more with other customers. The result need not be the cheapest of all: it is one that no single removal and no single
exchange makes cheaper, and the record tells which cheaper plans could not be ruled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import measures as _measures
from sim.base import need_whole, show, unknown_name
from sim.experiment import Estimate, Replications, replicate
from sim.scenario import Scenario, load
from sim.staffing.checked import planned_wages
from sim.staffing.opinions import PLENTY, beyond_reach, seen
from sim.staffing.shifts import timetable
from sim.staffing.targets import OPINION, Goal, read_opinions, read_targets
from sim.timetable import Weekly

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Trial:
    """A plan that was tried.

    Attributes
    ----------
    agents : dict of str to int
        By step.
    cost : float
        Wages of the planned hours of the run.
    value, low, high : dict of (str, str) to float
        By channel and measure; `low` and `high` are ends of one-sided intervals.
    met, possible : bool
        Whether all goals are met with confidence, and whether none is missed with confidence.
    move : str
        Why it was tried.
    """

    agents: dict[str, int]
    cost: float
    value: dict[tuple[str, str], float]
    low: dict[tuple[str, str], float]
    high: dict[tuple[str, str], float]
    met: bool
    possible: bool
    shortfall: float
    move: str


@dataclass(frozen=True)
class Cheapest:
    """The result of a search.

    Attributes
    ----------
    scenario : Scenario
        The scenario with the plan in it.
    best : Trial
        The plan, as it did in the search.
    confirmed : Trial
        The same plan with other customers, which it was not chosen for.
    trials : tuple of Trial
        Everything that was tried, in order.
    finished : bool
        False if the search stopped because `most_trials` were made.
    """

    scenario: Scenario
    best: Trial
    confirmed: Trial
    trials: tuple[Trial, ...]
    finished: bool

    @property
    def table(self) -> pd.DataFrame:
        """One row a trial: agents by step, cost, each goal's measure, met, possible, move."""
        import pandas as pd

        return pd.DataFrame(
            [
                one.agents
                | {"cost": one.cost}
                | {f"{channel}: {measure}": value for (channel, measure), value in one.value.items()}
                | {"met": one.met, "possible": one.possible, "move": one.move}
                for one in self.trials
            ]
        )

    @property
    def frontier(self) -> pd.DataFrame:
        """Trials that no other beats in both cost and shortfall, cheapest first: what more money buys."""
        table = self.table.assign(shortfall=[one.shortfall for one in self.trials])
        table = table.sort_values(["cost", "shortfall"], kind="stable")
        best_before = table["shortfall"].cummin().shift(fill_value=np.inf)
        return table[table["shortfall"] < best_before].reset_index(drop=True)

    @property
    def not_ruled_out(self) -> float:
        """Cost of the cheapest plan tried that the intervals leave possible: what more replications may still save."""
        return min(one.cost for one in self.trials if one.possible)


def cheapest(
    scenario: Scenario | str,
    target: float | Mapping[str, Any] | None = None,
    *,
    steps: Mapping[str, tuple[str, Any]] | None = None,
    fewest: int = 1,
    confidence: float = 0.95,
    replications: int = 10,
    most_trials: int = 150,
    seed: int = 1,
    engine: str = "auto",
) -> Cheapest:
    """The cheapest staffing of a multi-skill desk that meets several targets, by simulation.

    Parameters
    ----------
    scenario : Scenario or str
        The desk. Its own head-counts are where the search begins.
    target : number, mapping or None
        As in `requirement`; goals are judged over the whole run.
    steps : mapping of str to (str, timetable), optional
        What may be changed: a name, the team, and the hours in which one agent more or fewer works, such as
        ``{"evening": ("phone_desk", {"mon-fri": {"17:00-20:00": 1}})}``. Hours of a team's steps must not overlap.
        Unless given, every team that is paid by the hour, in all its hours.
    fewest : int, default 1
        Agents that every step keeps.
    confidence : float, default 0.95
        With which a goal must be met.
    replications, most_trials, seed, engine
        Runs a trial, trials at most, and as in `sim.replicate`.

    Returns
    -------
    Cheapest

    Raises
    ------
    ValueError
        For unknown names, when no plan of `most_trials` met the goals, or when more people do not reach a CSAT.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=4, patience_minutes=3)
    >>> answer = sim.staffing.cheapest(desk, 0.8, replications=4)
    >>> answer.best.agents, answer.best.met
    ({'agents': 6}, True)
    """
    base = load(scenario)
    goals = {name: each for name, each in read_targets(base, target).items() if _used(base, name)}
    opinions = read_opinions(base, target)
    for cases, goal in opinions.items():
        goals[cases] = (*goals.get(cases, ()), goal)
    need_whole("replications", replications, 2)
    need_whole("most_trials", most_trials, 1)
    need_whole("fewest", fewest, 0)
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0.5 <= confidence < 1:
        raise ValueError(f"confidence holds {show(confidence)}; it may hold a number from 0.5 to below 1, such as 0.95")
    desk = _Desk(base, goals, _windows(base, steps), confidence, replications, seed, engine)
    if opinions:
        desk.check_reach(opinions)
    search = _Search(desk, fewest, most_trials)
    finished = search.run()
    met = [one for one in search.trials if one.met]
    if not met:
        nearest = min(search.trials, key=lambda one: one.shortfall)
        raise ValueError(
            f"no plan of {len(search.trials)} met all goals; the nearest was {nearest.agents}. Allow more trials, more "
            "replications or more steps, or ask for less"
        )
    best = min(met, key=lambda one: one.cost)
    fresh = desk.tried(tuple(best.agents.values()), "confirmed", seed + 1000, 2 * replications)
    return Cheapest(desk.scenario(tuple(best.agents.values())), best, fresh, tuple(search.trials), finished)


def _used(scenario: Scenario, channel: str) -> bool:
    return any(scenario.may_use(name, channel) for name in scenario.case_types)


def _windows(scenario: Scenario, steps: Mapping[str, tuple[str, Any]] | None) -> dict[str, tuple[str, np.ndarray]]:
    """Team and hours, shape (7, 1440), of each step."""
    if steps is None:
        teams = {name: team for name, team in scenario.teams.items() if team.paid_by == "hour"}
        return {name: (name, team.head_count > 0) for name, team in teams.items()}
    if not steps:
        raise ValueError("steps is empty; give a team and hours for each, or leave it out for all teams")
    windows: dict[str, tuple[str, np.ndarray]] = {}
    for name, given in steps.items():
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise ValueError(
                f"steps: {name!r} holds {show(given)}; give a team and hours, such as "
                "('phone_desk', {'mon-fri': {'17:00-20:00': 1}})"
            )
        if given[0] not in scenario.teams:
            raise ValueError(f"steps: {name!r}: {unknown_name(given[0], scenario.teams, 'team')}")
        hours = Weekly(given[1]).minutes > 0
        if any(team == given[0] and (hours & other).any() for team, other in windows.values()):
            raise ValueError(
                f"steps: {name!r} overlaps other hours of {given[0]}; give every hour of a team to one step"
            )
        windows[name] = (given[0], hours)
    return windows


class _Desk:
    """Plans as numbers of agents by step, and what the simulation says of them."""

    def __init__(
        self,
        base: Scenario,
        goals: Mapping[str, tuple[Goal, ...]],
        windows: dict[str, tuple[str, np.ndarray]],
        confidence: float,
        replications: int,
        seed: int,
        engine: str,
    ) -> None:
        self.base, self.goals, self.windows = base, goals, windows
        self.confidence, self.replications, self.seed, self.engine = confidence, replications, seed, engine
        self.names = list(windows)

    def start(self) -> tuple[int, ...]:
        """The plan that is nearest to the scenario's own: in each step its largest head-count."""
        return tuple(
            int(np.ceil(self.base.teams[team].head_count[hours].max(initial=0)))
            for team, hours in self.windows.values()
        )

    def scenario(self, agents: tuple[int, ...]) -> Scenario:
        changes: dict[str, Any] = {}
        for team in dict.fromkeys(team for team, _ in self.windows.values()):
            heads = self.base.teams[team].head_count.copy()
            for count, (owner, hours) in zip(agents, self.windows.values(), strict=True):
                if owner == team:
                    heads[hours] = count
            changes[team] = {"agents": timetable(heads) or 0, "extra_agents": 0}
        return self.base.with_(teams=changes)

    def check_reach(self, opinions: Mapping[str, Goal]) -> None:
        """Refuse CSAT that plenty of people miss with confidence: the search would add agents without end."""
        plenty = tuple(PLENTY * max(count, 1) for count in self.start())
        runs = replicate(self.scenario(plenty), self.replications, self.seed, engine=self.engine, progress=False)
        for cases, goal in opinions.items():
            value, _, high = seen(runs, cases, max(2 * self.confidence - 1, 1e-9))
            if np.isnan(value) or not goal.reached(high):
                raise beyond_reach(cases, goal, value)

    def cost(self, agents: tuple[int, ...]) -> float:
        return planned_wages(self.scenario(agents))

    def tried(
        self, agents: tuple[int, ...], move: str, seed: int | None = None, replications: int | None = None
    ) -> Trial:
        scenario = self.scenario(agents)
        seed, count = self.seed if seed is None else seed, replications or self.replications
        runs = replicate(scenario, count, seed, engine=self.engine, progress=False)
        value, low, high, met, possible, shortfall = {}, {}, {}, True, True, 0.0
        for channel, goals in self.goals.items():
            for goal in goals:
                key = (channel, goal.measure)
                value[key], low[key], high[key] = _one_sided(runs, *key, self.confidence)
                ends = [goal.lacking(end) for end in (low[key], high[key]) if not np.isnan(end)]
                lacks = goal.lacking(value[key])
                met &= max(ends, default=-1.0) <= 0
                possible &= min(ends, default=-1.0) <= 0
                shortfall += max(max(ends, default=0.0), 0.0) / goal.value if not np.isnan(lacks) else 0.0
        named = dict(zip(self.names, agents, strict=True))
        return Trial(named, planned_wages(scenario), value, low, high, met, possible, shortfall, move)


def _one_sided(runs: Replications, channel: str, measure: str, confidence: float) -> tuple[float, float, float]:
    """A measure of a channel over the whole run, with the ends of its one-sided intervals."""
    import pandas as pd

    if measure == OPINION:
        return seen(runs, channel, max(2 * confidence - 1, 1e-9))
    one = _measures.MEASURES[measure]
    by = "team" if measure == "occupancy" else "channel"
    each = [_measures.sums(run.log, by, measures=measure) for run in runs]
    if by == "team":
        here = np.ones(len(each[0].groups), dtype=bool)
    else:
        here = np.array([group[0] == channel for group in each[0].groups])
    over, under = (np.array([[s.values[name][here].sum()] for s in each]) for name in (one.over, one.under))
    # The ends of a two-sided interval at 2c - 1 are those of one-sided intervals at c.
    row = Estimate.of(over, under).table(pd.Index([measure]), max(2 * confidence - 1, 1e-9)).to_numpy()[0]
    return float(row[0]), float(row[1]), float(row[2])


class _Search:
    """Add, take away, exchange."""

    def __init__(self, desk: _Desk, fewest: int, most_trials: int) -> None:
        self.desk, self.fewest, self.most = desk, fewest, most_trials
        self.known: dict[tuple[int, ...], Trial] = {}
        self.trials: list[Trial] = []

    def run(self) -> bool:
        """Search until nothing gets cheaper; False if the trials ran out."""
        try:
            self._descend(self._climb(tuple(max(n, self.fewest) for n in self.desk.start())))
        except _Spent:
            return False
        return True

    def _try(self, agents: tuple[int, ...], move: str) -> Trial:
        if agents not in self.known:
            if len(self.trials) >= self.most:
                raise _Spent
            self.known[agents] = self.desk.tried(agents, move)
            self.trials.append(self.known[agents])
        return self.known[agents]

    def _climb(self, agents: tuple[int, ...]) -> tuple[int, ...]:
        """Add agents where they mend most for their wage, until all goals are met."""
        now = self._try(agents, "start")
        while not now.met:
            best, gain = None, 0.0
            for place in range(len(agents)):
                more = _changed(agents, {place: 1})
                trial = self._try(more, f"one more in {self.desk.names[place]}")
                mends = (now.shortfall - trial.shortfall) / max(trial.cost - now.cost, 1e-9)
                if trial.met:
                    mends += 1e6 / max(trial.cost, 1e-9)
                if best is None or mends > gain:
                    best, gain = more, mends
            assert best is not None
            # Where nothing mends by itself, all grow: two teams may need each other.
            agents = best if gain > 0 else tuple(n + 1 for n in agents)
            now = self._try(agents, "one more everywhere")
        return agents

    def _descend(self, agents: tuple[int, ...]) -> None:
        """Remove and exchange as long as that is cheaper and all goals are met."""
        while True:
            moves = sorted(self._cheaper(agents), key=lambda move: self.desk.cost(move[0]))
            for other, move in moves:
                if self._try(other, move).met:
                    agents = other
                    break
            else:
                return

    def _cheaper(self, agents: tuple[int, ...]) -> list[tuple[tuple[int, ...], str]]:
        names, cost = self.desk.names, self.desk.cost(agents)
        found = []
        for out, name in enumerate(names):
            if agents[out] > self.fewest:
                found.append((_changed(agents, {out: -1}), f"one fewer in {name}"))
            for into, other in enumerate(names):
                for count in (1, 2):
                    if into != out and agents[out] - count >= self.fewest:
                        move = f"{count} of {name} for one in {other}"
                        found.append((_changed(agents, {out: -count, into: 1}), move))
        return [move for move in found if self.desk.cost(move[0]) < cost - 1e-9]


class _Spent(Exception):
    """All trials are made."""


def _changed(agents: tuple[int, ...], by: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(n + by.get(place, 0) for place, n in enumerate(agents))
