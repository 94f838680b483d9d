"""What each customer lived through, in the terms in which they judge it: waits, repeats, delays, manners.

Read off the log after the run, case by case, without any judgement yet. Waits are counted against what is expected of
the channel and enter by their logarithm, as a second ten minutes annoy less than the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import ABANDONED, BLOCKED, CALLED_BACK, CONTAINED, GIVEN_UP, LEFT_BOT, OPEN, SOLVED, TURNED_AWAY, Log
from sim.opinions import WEIGHTS, Expectations, Satisfaction, Weights
from sim.scenario import Scenario
from sim.service import DeferredChannel, VisitChannel
from sim.timetable import MINUTES_A_DAY
from sim.workload import FOLLOW_UP_CALL, STEP

if TYPE_CHECKING:
    import pandas as pd

DRIVERS = tuple(weight.name for weight in WEIGHTS)
# What can only harm, and what a forgiving customer counts less.
HARMS = frozenset(weight.name for weight in WEIGHTS if isinstance(weight.default, float) and weight.default < 0)


class HasLog(Protocol):
    """A run."""

    @property
    def log(self) -> Log:
        """What happened in it."""


@dataclass(frozen=True)
class Lived:
    """What the customers of a run lived through.

    Attributes
    ----------
    drivers : ndarray of float, shape (cases, len(DRIVERS))
        How much of each driver, in the units of `sim.opinions.WEIGHTS`.
    forgives : ndarray of float, shape (cases,)
        The share of every harm that the customer does not count.
    """

    drivers: np.ndarray
    forgives: np.ndarray

    @property
    def felt(self) -> np.ndarray:
        """The drivers after forgiveness, shape (cases, len(DRIVERS)): what the weights apply to."""
        return felt(self.drivers, self.forgives)


def felt(drivers: np.ndarray, forgives: np.ndarray) -> np.ndarray:
    """Drivers, of which a forgiving customer counts what harms only in part; rudeness is a harm too."""
    if not forgives.any():
        return drivers
    found, counts = drivers.copy(order="K"), 1 - forgives
    for place, name in enumerate(DRIVERS):
        if name in HARMS:
            found[:, place] *= counts
        elif name == "courtesy":
            found[:, place] = np.where(found[:, place] < 0, found[:, place] * counts, found[:, place])
    return found


def points(weights: Weights) -> np.ndarray:
    """The weights in the order of `DRIVERS`, shape (len(DRIVERS),)."""
    return np.array([getattr(weights, name) for name in DRIVERS], dtype=float)


def experiences(run: Log | HasLog, satisfaction: Satisfaction | None = None) -> pd.DataFrame:
    """What each customer lived through.

    Parameters
    ----------
    run : Run or Log
    satisfaction : Satisfaction, optional
        Whose expectations count; by default those of the scenario.

    Returns
    -------
    pandas.DataFrame
        A row a case, in the order of ``run.cases``: case, type, segment, state, forgives, and a column for each
        driver in the unit that `sim.opinions.WEIGHTS` names. Of cases that are still open: what happened so far.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> table = sim.satisfaction.experiences(sim.simulate(desk, seed=1))
    >>> table["live_wait"].min(), table["unsolved"].max()
    (np.float64(0.0), np.float64(0.0))
    """
    import pandas as pd

    log = log_of(run)
    found = lived(log, satisfaction)
    table = log.cases[["case", "type", "segment", "state"]].assign(forgives=found.forgives)
    return pd.concat([table, pd.DataFrame(found.drivers, columns=list(DRIVERS))], axis=1)


def log_of(run: Log | HasLog) -> Log:
    """The log of a run; of a log itself."""
    found = getattr(run, "log", run)
    if not isinstance(found, Log):
        raise TypeError(
            f"customers are rated in one run, not in {type(run).__name__}; give what sim.simulate returned, or runs[0]"
        )
    return found


class Standards(NamedTuple):
    """What customers of a scenario judge by, as arrays.

    Attributes
    ----------
    courtesy : ndarray, shape (teams,)
        How courteous each team is when it is not busy.
    expected_minutes, deferred : ndarray, shape (channels,)
        What is expected of each channel, and whether its work is deferred.
    expected_days, informed_share : ndarray, shape (types,)
        How long a case is expected to take, and how many are told how it goes.
    goes_first, forgives : ndarray, shape (segments,)
        Who stands before others in the queue, and the share of every harm that each segment does not count.
    harms : ndarray of bool, shape (len(DRIVERS),)
        What can only harm.
    weights : ndarray, shape (len(DRIVERS),)
        What each driver counts, in points.
    off_the_line_minutes : float
        What is expected of callbacks.
    angrier : int
        The type of those who come back angrier; -1 if there is none.
    horizon_minutes : float
        The end of the run.
    """

    courtesy: np.ndarray
    expected_minutes: np.ndarray
    deferred: np.ndarray
    expected_days: np.ndarray
    informed_share: np.ndarray
    goes_first: np.ndarray
    forgives: np.ndarray
    harms: np.ndarray
    weights: np.ndarray
    off_the_line_minutes: float
    angrier: int
    horizon_minutes: float


def standards(scenario: Scenario, satisfaction: Satisfaction | None = None) -> Standards:
    """What customers of a scenario judge by; another judgement may be given than its own."""
    return _own_standards(scenario) if satisfaction is None else _standards(scenario, satisfaction)


@remembered
def _own_standards(scenario: Scenario) -> Standards:
    return _standards(scenario, scenario.satisfaction)


def _standards(scenario: Scenario, satisfaction: Satisfaction) -> Standards:
    expects, angrier = satisfaction.expects, scenario.coming_back.angrier
    types, segments, ways = scenario.case_types, scenario.segments.values(), scenario.channels.items()
    found = Standards(
        courtesy=np.array([team.courtesy for team in scenario.teams.values()], dtype=float),
        expected_minutes=np.array([_expected_minutes(name, way, expects) for name, way in ways], dtype=float),
        deferred=np.array([isinstance(way, DeferredChannel) for _, way in ways], dtype=bool),
        expected_days=np.array([expects.type_days.get(name, expects.days) for name in types], dtype=float),
        informed_share=np.array([kind.kept_informed_share for kind in types.values()], dtype=float),
        goes_first=_goes_first(scenario),
        forgives=np.array([segment.forgives for segment in segments], dtype=float),
        harms=np.array([name in HARMS for name in DRIVERS]),
        weights=points(satisfaction.weights),
        off_the_line_minutes=expects.deferred_hours * 60,
        angrier=-1 if angrier is None else list(types).index(angrier.type),
        horizon_minutes=float(scenario.horizon_minutes),
    )
    for column in found:
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    return found


def lived(log: Log, satisfaction: Satisfaction | None = None) -> Lived:
    """What each customer lived through, as arrays."""
    by = standards(log.scenario, satisfaction)
    drivers = (_in_numpy if quick.twins("ratings") is None else _compiled)(log, by)
    return Lived(drivers.T, by.forgives.take(log.workload.segment))


def _in_numpy(log: Log, by: Standards) -> np.ndarray:
    """The drivers of each case, shape (len(DRIVERS), cases)."""
    work = log.workload
    case, contact = work.case[log.row], log.is_contact

    def count(which: np.ndarray, amount: np.ndarray | None = None) -> np.ndarray:
        # A weight of 0 is quicker than leaving out.
        return np.bincount(case, which if amount is None else np.where(which, amount, 0.0), work.cases)

    live_wait, deferred_wait = _relative_waits(log, by)
    owed = count(work.kind[log.row] == STEP) > 0
    sessions = count(contact & log.met_bot)
    first = log.row < work.cases
    in_vain = (log.outcome == CONTAINED) & ~log.solved
    by_bot = first & (log.outcome == CONTAINED) & log.solved
    by_portal = (log.state == SOLVED) & work.self_service_solves
    met = contact & ~np.isnan(log.answered)
    answers = count(met)
    late = np.maximum(_days(log) - by.expected_days[work.case_type], 0)
    found = {
        "live_wait": np.log1p(count(contact, live_wait)),
        "deferred_wait": np.log1p(count(contact, deferred_wait)),
        "late_days": np.log1p(np.where(owed, late, 0.0)),
        "hang_ups": count(contact & (log.outcome == ABANDONED)),
        "refusals": count(contact & ((log.outcome == BLOCKED) | (log.outcome == TURNED_AWAY))),
        "unsolved": log.state == GIVEN_UP,
        "repeats": np.maximum(count(contact) - 1, 0),
        "courtesy": count(met, _courtesy(log)) / np.maximum(answers, 1),
        "uninformed": owed & ~(told(log) < by.informed_share.take(work.case_type)),
        "recognised": (by.goes_first[work.segment] & (answers > 0)) | (count(met & _by_own_team(log)) > 0),
        "bot_failures": count(contact & (in_vain | (log.outcome == LEFT_BOT))),
        "bot_again": np.maximum(sessions - 1, 0),
        "quick": by_portal | (count(by_bot) > 0),
        "followed_up": count((work.kind[log.row] == FOLLOW_UP_CALL) & ~np.isnan(log.ended)) > 0,
        "angry": _angry(log),
    }
    drivers = np.zeros((len(DRIVERS), work.cases))
    for name, amount in found.items():
        drivers[DRIVERS.index(name)] = amount
    return drivers


def _compiled(log: Log, by: Standards) -> np.ndarray:
    """The same in one pass."""
    ratings = quick.twins("ratings")
    assert ratings is not None
    found: np.ndarray = ratings.drivers(ratings.columns(log), gathered(log, by))
    return found


def scored(log: Log, by: Standards) -> np.ndarray:
    """The drivers times their weights without a table of drivers, shape (cases,), where that is compiled."""
    ratings = quick.twins("ratings")
    assert ratings is not None
    found: np.ndarray = ratings.scored(ratings.columns(log), gathered(log, by))
    return found


def gathered(log: Log, by: Standards) -> tuple[object, ...]:
    """What the compiled passes over the cases need to know of each: how often and how long it met what."""
    ratings = quick.twins("ratings")
    assert ratings is not None
    often, manners, lasted = ratings.gathered(
        ratings.columns(log),
        *ratings.parts(log),
        ratings.ADDED,
        tuple(by),
        _courtesy(log) if _courtesy_changes(log.scenario) else _NONE,
        _by_own_team(log) if _has_own_teams(log.scenario) else _NOBODY,
    )
    np.log1p(lasted, out=lasted)
    return often, manners, lasted, tuple(by), told(log)


_NONE, _NOBODY = np.zeros(0), np.zeros(0, dtype=bool)


def _relative_waits(log: Log, by: Standards) -> tuple[np.ndarray, np.ndarray]:
    """Waits on the line and time until an answer, each as a multiple of what is expected, shape (happened,)."""
    end = by.horizon_minutes
    channel = log.workload.channel[log.row]
    expected, deferred = by.expected_minutes[channel], by.deferred[channel]
    called_back = log.outcome == CALLED_BACK
    # What the end of the run cut off has lasted until then.
    wait = np.where(np.isnan(log.wait), end - log.queued, log.wait)
    whole = np.where(np.isnan(log.ended), end, log.ended) - log.arrived
    live = np.where(deferred | called_back, 0.0, np.nan_to_num(wait) / expected)
    off_the_line = np.where(called_back, np.nan_to_num(wait) / by.off_the_line_minutes, 0.0)
    return live, np.where(deferred, whole / expected, off_the_line)


def _expected_minutes(name: str, way: object, expects: Expectations) -> float:
    if name in expects.channel_minutes:
        return expects.channel_minutes[name]
    if isinstance(way, DeferredChannel):
        return expects.deferred_hours * 60
    return expects.visit_minutes if isinstance(way, VisitChannel) else expects.live_minutes


def _days(log: Log) -> np.ndarray:
    """Days from asking until the case was closed, or until the end of the run, shape (cases,)."""
    until = np.where(log.state == OPEN, log.scenario.horizon_minutes, log.closed)
    return (until - log.workload.appears_minutes) / MINUTES_A_DAY


def _courtesy(log: Log) -> np.ndarray:
    """How courteous the agent of each row was, shape (happened,); 0 where there was none."""
    team = log.team
    teams = log.scenario.teams.values()
    found = np.array([*(one.courtesy for one in teams), 0.0], dtype=float)[team]  # nobody's is the last, at -1
    for code, one in enumerate(teams):
        if one.courtesy_drop_when_busy:
            here = np.flatnonzero(team == code)
            found[here] -= one.courtesy_drop_when_busy * _busy_share(log, code, log.answered[here])
    return found


@remembered
def _courtesy_changes(scenario: Scenario) -> bool:
    """Whether a team is less courteous when it is busy."""
    return any(team.courtesy_drop_when_busy > 0 for team in scenario.teams.values())


def _busy_share(log: Log, team: int, moments: np.ndarray) -> np.ndarray:
    """Share of a team's agents on duty who have something in hand from each moment on, shape of `moments`."""
    mine = (log.team == team) & ~np.isnan(log.answered)
    ended = np.where(np.isnan(log.ended), log.scenario.horizon_minutes, log.ended)
    ours = log.workload.roster.agent_team[log.duty_agent] == team
    busy = _spells_at(moments, *_with_something_in_hand(log.agent[mine], log.answered[mine], ended[mine]))
    return np.minimum(1.0, busy / np.maximum(_spells_at(moments, log.duty_start[ours], log.duty_end[ours]), 1))


def _with_something_in_hand(agent: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When agents became busy and when they were free again: chats that overlap make one spell of an agent."""
    time, change = np.concatenate([start, end]), np.repeat([1, -1], len(start))
    order = np.lexsort((change, time, np.tile(agent, 2)))
    time, change = time[order], change[order]
    in_hand = np.cumsum(change)  # 0 after the last conversation of each agent
    return time[(change == 1) & (in_hand == 1)], time[(change == -1) & (in_hand == 0)]


def _spells_at(moments: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    begun = np.searchsorted(np.sort(start), moments, side="right")
    return begun - np.searchsorted(np.sort(end), moments, side="right")


def told(log: Log) -> np.ndarray:
    """The number that decides whether the customer is told how the case goes, and whether they ask, shape (cases,)."""
    return log.workload.own("kept informed", lambda: log.workload.uniforms("kept informed"))


def _goes_first(scenario: Scenario) -> np.ndarray:
    """Whether customers of each segment stand before others in the queue, shape (segments,)."""
    priority = np.array([segment.priority for segment in scenario.segments.values()])
    head_start = np.array([segment.head_start_minutes for segment in scenario.segments.values()])
    return (priority < priority.max()) | (head_start > head_start.min())


@remembered
def _has_own_teams(scenario: Scenario) -> bool:
    """Whether a team has a skill for one segment alone."""
    return any(skill.segment is not None for team in scenario.teams.values() for skill in team.skills)


def _by_own_team(log: Log) -> np.ndarray:
    """Whether who answered each contact has a skill for the customer's segment alone, shape (happened,)."""
    scenario, work = log.scenario, log.workload
    own = np.zeros(len(log.row), dtype=bool)
    if not _has_own_teams(scenario):
        return own
    types, channels, segments = list(scenario.case_types), list(scenario.channels), list(scenario.segments)
    teams = list(scenario.teams.values())
    answered = np.flatnonzero(log.is_contact & ~np.isnan(log.answered))
    row = log.row[answered]
    ways = np.column_stack([log.team[answered], work.channel[row], work.type[row], work.segment[work.case[row]]])
    found, which = np.unique(ways, axis=0, return_inverse=True)
    special = []
    for team, channel, kind, segment in found.tolist():
        names = channels[channel], types[kind], segments[segment]
        special.append(next(skill for skill in teams[team].skills if skill.covers(*names)).segment is not None)
    own[answered] = np.array(special, dtype=bool)[which.reshape(-1)]
    return own


def _angry(log: Log) -> np.ndarray:
    """Whether the customer came as, or became, the type of those who come back angrier, shape (cases,)."""
    work, angrier = log.workload, log.scenario.coming_back.angrier
    if angrier is None:
        return np.zeros(work.cases)
    type = list(log.scenario.case_types).index(angrier.type)
    came = np.bincount(work.case[log.row[log.is_contact & (work.type[log.row] == type)]], minlength=work.cases)
    return (came > 0) | (work.case_type == type)
