"""How many days at the start of a run do not count: a run begins with no calls, no backlog and no open cases.

For a desk that clears its work every evening that is as it should be. Where work lies over night, the first days are
too good to be true, and measures should leave them out. `warm_up` finds out how many, or says that no number helps
because the work grows without end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sim.base import unknown_name
from sim.choose import channel_place
from sim.demand import cases_per_minute
from sim.experiment import Comparison, Replications
from sim.interval import checked_confidence
from sim.log import Log
from sim.measures import MEASURES
from sim.scenario import DeferredChannel, Scenario
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd

# What is open at a time, beside the measures: mean numbers over each hour or day.
LEVELS = {
    "backlog": "deferred contacts unanswered",
    "work_in_progress": "contacts under way: with the bot, waiting or with an agent",
    "open_cases": "cases that appeared and are neither solved nor given up",
}
# Measures of cases count in the day in which the case appeared, and are known only when it is over: at the end of the
# run they are cut off, which looks like a change.
CUT_AT_THE_END = (
    "first_contact_resolution",
    "contacts_per_case",
    "status_enquiries",
    "solved",
    "given_up",
    "resolution_hours",
    "refund_hours",
    "response_hours",
)
Verdict = Literal["no warm-up needed", "settles", "run too short", "overloaded"]
NONE_NEEDED: Final = "no warm-up needed"
SETTLES: Final = "settles"
TOO_SHORT: Final = "run too short"
OVERLOADED: Final = "overloaded"

# Assumed. A rise over the second half of the run below this share of the level there is of no practical interest.
SMALL_RISE = 0.1
# Assumed. What slows down on the way to a steady level rises in the second half less than half as fast as in the first:
# 1 - exp(-t) does in a run longer than 1.4 time constants, and a queue at exactly full load, which grows like the root
# of the time, rises at 0.41 times the pace. Where more comes than can be done it rises as fast as before.
SAME_PACE = 0.5
BATCH = 5
FEWEST_STEPS_IN_BATCHES = 50


@dataclass(frozen=True)
class WarmUp:
    """What is known of the start of a run. Its text form says it in a sentence.

    Attributes
    ----------
    measure : str
    channel : str or None
    from_day : float or None
        What to give as ``measures(from_day=...)``; None where no warm-up helps, or the run is too short to tell.
    verdict : {"no warm-up needed", "settles", "run too short", "overloaded"}
    series : pandas.DataFrame
        The measure by hour or day, indexed by ``day`` (the middle of each): the mean over replications, ``estimate``,
        with its interval ``low`` to ``high``, and ``smooth``, its moving average less what repeats by hour or weekday.
    start : tuple of float
        How much the part before the suggested cut is above the rest: estimate, low, high. NaN without a cut.
    rise_per_day : tuple of float
        By how much it rises a day in the second half of the run: estimate, low, high.
    replications : int
    confidence : float
    note : str
        What the reader should know beside; may be empty.
    """

    measure: str
    channel: str | None
    from_day: float | None
    verdict: Verdict
    series: pd.DataFrame
    start: tuple[float, float, float]
    rise_per_day: tuple[float, float, float]
    replications: int
    confidence: float
    note: str

    def __str__(self) -> str:
        what = self.measure + (f" of {self.channel}" if self.channel else "")
        rise = "{:+.3g} a day ({:.3g} to {:.3g})".format(*self.rise_per_day)
        if self.verdict == NONE_NEEDED:
            told = f"{what} needs no warm-up: its start moves the mean by no more than luck"
        elif self.verdict == SETTLES:
            told = f"{what} settles after {_days(self.from_day or 0)}: use measures(from_day={self.from_day:g})"
        elif self.verdict == OVERLOADED:
            told = (
                f"{what} never settles, {rise} and no slower than at first: no warm-up helps, the agents cannot keep up"
            )
        elif _sure(self.rise_per_day):
            told = f"{what} has not settled by the end of the run, {rise}: simulate more days"
        else:
            told = f"{what} settles in the second half of the run, if at all: simulate more days"
        return f"{told} ({self.replications} replications){'; ' + self.note if self.note else ''}"

    __repr__ = __str__


def warm_up(
    runs: Replications,
    measure: str | None = None,
    *,
    channel: str | None = None,
    every: Literal["hour", "day"] | None = None,
    confidence: float = 0.95,
) -> WarmUp:
    """Suggest from which day on to measure, or say that no warm-up helps.

    Parameters
    ----------
    runs : Replications
        At least two; ten or more see small things too.
    measure : str, optional
        A measure, or what is open at a time: backlog, work_in_progress, open_cases. By default the backlog if there is
        a deferred channel, else work_in_progress.
    channel : str, optional
        One channel; by default all together.
    every : {"hour", "day"}, optional
        The step of the series. By default an hour where the run is short, a day where it is long.
    confidence : float, default 0.95

    Returns
    -------
    WarmUp
        `sim.plots.warm_up` draws it.

    Raises
    ------
    ValueError
        For an unknown measure or channel, one replication only, a measure without values by hour or day, or a run that
        is too short to tell its start from the pattern of its days.

    Notes
    -----
    1. The series is averaged over replications (Welch, in Lavenberg, *Computer Performance Modeling Handbook*, 1983, p.
       268), and what repeats by hour or weekday, as far as the scenario's demand and staffing do, is taken out. It is
       estimated from the second half of the run, together with a slope.
    2. If that slope is not 0 beyond its error, and its rise over the second half more than a tenth of the level, the
       run has not settled. It is overloaded if the slope certainly is more than half of that of the first half. (Both
       limits are assumed.)
    3. Else the cut is the one by which the mean of the rest is known best: the least standard error as if the rest were
       independent, with cuts in the first half only (MSER; White, Simulation 69, 1997, p. 323), of means of five steps
       (MSER-5; Franklin and White, Winter Simulation Conference, 2008, p. 541) where there are fifty steps or more.
       Hoad, Robinson and Davies (Journal of the Operational Research Society 61, 2010, p. 1389) find it the best of
       many rules, also on means over replications.
    4. MSER alone cuts something off every third series that is steady from the start, and often too much. So the cut
       moves back to the first step from which on no stretch differs from the rest by more than luck, replication by
       replication: Student's t for stretches of one, two, four, ... such steps (Bonferroni). Then something is cut off
       about one steady series in fifteen.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=4, handle_minutes=12, agents=1, days=10)
    >>> runs = sim.replicate(desk, replications=20, progress=False)
    >>> sim.warm_up(runs).verdict
    'settles'
    >>> busier = desk.with_(demand={"factor": 1.5})
    >>> sim.warm_up(sim.replicate(busier, replications=10, progress=False))
    work_in_progress never settles, +... a day (... to ...) and no slower than at first: no warm-up helps, ...
    """
    import pandas as pd

    if not isinstance(runs, Replications):
        raise TypeError(f"warm_up takes what sim.replicate returns, not {type(runs).__name__}")
    if len(runs) < 2:
        raise ValueError("one replication cannot tell a slow start from luck; give sim.replicate 10 or more")
    checked_confidence(confidence)
    scenario = runs.scenario
    if measure is None:
        deferred = any(isinstance(way, DeferredChannel) for way in scenario.channels.values())
        measure = "backlog" if deferred and channel is None else "work_in_progress"
    if measure not in MEASURES and measure not in LEVELS:
        raise ValueError(unknown_name(measure, [*LEVELS, *MEASURES], "measure"))
    if measure in CUT_AT_THE_END:
        raise ValueError(
            f"{measure} of a day is known only later, so that the end of the run looks like a change of its own; look "
            "at the open_cases or the backlog instead"
        )
    if every not in (None, "hour", "day"):
        raise ValueError(unknown_name(every, ("hour", "day"), "step of a series"))
    cycle_days = _pattern_days(scenario)
    step_days = {"hour": 1 / 24, "day": 1.0}[every or ("hour" if scenario.days < 28 else "day")]
    note = ""
    if cycle_days == 7 and scenario.days < 28:
        cycle_days = 1
        note = f"a run of {scenario.days} days cannot tell its start from the pattern of the week; 28 days can"
    cycle = max(1, round(cycle_days / step_days))
    if scenario.days / step_days < max(8, 4 * cycle):
        raise ValueError(
            f"a run of {scenario.days} days is too short to tell its start from its daily pattern; simulate at least "
            f"{8 if step_days == 1 else 4} days, better many more"
        )
    each = _by_step(runs, measure, channel, step_days)
    seen = np.isfinite(each).all(axis=0)
    places = np.flatnonzero(seen)
    if len(places) < 8:
        raise ValueError(f"{measure} has no value by {'hour' if step_days < 1 else 'day'} here")
    found = judge(each[:, places], places, cycle, confidence)
    cut = places[found.cut] * step_days if found.cut else 0.0
    # Whole days where hours differ, else hundredths of a day, which people can type; both upwards.
    unit = 1 if cycle > 1 else 100
    cut = max(0.0, np.ceil(unit * cut - 1e-9) / unit)
    interval = _interval(each, confidence)
    series = pd.DataFrame(
        {"estimate": interval[0], "low": interval[1], "high": interval[2]},
        index=pd.Index((np.arange(each.shape[1]) + 0.5) * step_days, name="day"),
    )
    series["smooth"] = np.nan
    series.iloc[places, 3] = found.smooth
    settled = found.verdict in (NONE_NEEDED, SETTLES)
    return WarmUp(
        measure,
        channel,
        float(cut) if settled else None,
        found.verdict,
        series,
        found.start,
        tuple(float(end) / step_days for end in found.rise),  # type: ignore[arg-type]
        len(runs),
        confidence,
        note,
    )


@dataclass(frozen=True)
class Finding:
    """What a series shows: the cut in steps, the verdict, the start against the rest, the rise a step, the curve."""

    cut: int
    verdict: Verdict
    start: tuple[float, float, float]
    rise: tuple[float, float, float]
    smooth: np.ndarray


def judge(each: np.ndarray, places: np.ndarray, cycle: int, confidence: float) -> Finding:
    """Apply the rule to a series.

    Parameters
    ----------
    each : ndarray, shape (replications, steps)
    places : ndarray of int, shape (steps,)
        When each step was; gaps are steps without a value.
    cycle : int
        After how many steps the pattern repeats; 1 if there is none.
    confidence : float

    Returns
    -------
    Finding
    """
    phase, time = places % cycle, places.astype(float)
    second = places >= (places[0] + places[-1] + 1) / 2
    pattern, rise = _pattern(each[:, second], phase[second], time[second], cycle)
    even = each - pattern[:, phase]
    even[:, ~np.isin(phase, phase[second])] = np.nan
    even, time, second = (part[..., np.isfinite(even).all(axis=0)] for part in (even, time, second))
    first_rise = _slope(even[:, ~second], time[~second])
    slope = _interval(rise[:, None], confidence)[:, 0]
    level = abs(even[:, second].mean())
    length = time[second][-1] - time[second][0]
    width = max(1, even.shape[1] // 20)
    curve = even.mean(axis=0)
    smooth = np.full(len(places), np.nan)
    smooth[np.isin(places, time.astype(int))] = _moving_average(curve, width)

    batch = BATCH if len(curve) >= FEWEST_STEPS_IN_BATCHES else 1
    latest = batch * mser(curve[: len(curve) // batch * batch].reshape(-1, batch).mean(axis=1))

    rest = even[:, latest:].mean(axis=1)

    def differs(first: int) -> bool:
        """Whether a stretch from here on, short or long, is unlike the rest beyond luck (Bonferroni over stretches)."""
        lengths = [length for length in batch * 2 ** np.arange(32) if first + length < latest]
        ends = [first + length for length in lengths] + [latest]
        apart = np.column_stack([even[:, first:end].mean(axis=1) - rest for end in ends])
        return any(_sure(one) for one in _interval(apart, 1 - (1 - confidence) / len(ends)).T)

    cut = next((first for first in range(0, latest, batch) if not differs(first)), latest)
    start = np.full(3, np.nan)
    if cut:
        start = _interval((even[:, :cut].mean(axis=1) - rest)[:, None], confidence)[:, 0]
    verdict: Verdict
    if _sure(slope) and abs(slope[0]) * length > SMALL_RISE * level:
        pace = np.sign(slope[0]) * (rise - SAME_PACE * first_rise)
        no_slower = slope[0] > 0 and _interval(pace[:, None], confidence)[1, 0] > 0
        verdict = OVERLOADED if no_slower else TOO_SHORT
    elif cut == 0:
        verdict = NONE_NEEDED
    else:
        verdict = SETTLES if cut < second.argmax() - batch else TOO_SHORT
    cut = int(np.searchsorted(places, time[cut])) if verdict == SETTLES else 0
    return Finding(cut, verdict, tuple(start.tolist()), tuple(slope.tolist()), smooth)


def mser(series: np.ndarray) -> int:
    """How many values at the start to leave out, at most half, so that the mean of the rest is known best.

    Parameters
    ----------
    series : ndarray, shape (values,)

    Returns
    -------
    int

    Notes
    -----
    White (1997): the least sum of squares around the mean of the rest, divided by its number squared.

    Examples
    --------
    >>> mser(np.array([0, 4, 10, 11, 9, 10, 11, 9, 10, 10]))
    2
    """
    left = len(series) - np.arange(len(series) // 2 + 1)
    centred = series - series[-1]
    total, squares = (np.cumsum(part[::-1])[::-1][: len(left)] for part in (centred, centred**2))
    return int(np.argmin((squares - total**2 / left) / left**2))


def _pattern(each: np.ndarray, phase: np.ndarray, time: np.ndarray, cycle: int) -> tuple[np.ndarray, np.ndarray]:
    """What repeats, shape (replications, cycle), and the slope beside it, shape (replications,): by least squares."""
    counts = np.bincount(phase, minlength=cycle).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_time = np.bincount(phase, weights=time, minlength=cycle) / counts
        means = np.array([np.bincount(phase, weights=row, minlength=cycle) for row in each]) / counts
    within_time = time - mean_time[phase]
    slope = (each - means[:, phase]) @ within_time / (within_time @ within_time)
    level = means - slope[:, None] * (mean_time - time.mean())
    return np.nan_to_num(level - np.nanmean(level, axis=1, keepdims=True)), slope


def _slope(each: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Least-squares slope of each row, shape (replications,)."""
    centred = time - time.mean()
    return each @ centred / (centred @ centred)


def _interval(each: np.ndarray, confidence: float) -> np.ndarray:
    """Mean over replications of every column, and its interval: shape (3, columns)."""
    from scipy.special import stdtrit

    mean = each.mean(axis=0)
    half = stdtrit(len(each) - 1, (1 + confidence) / 2) * each.std(axis=0, ddof=1) / np.sqrt(len(each))
    return np.array([mean, mean - half, mean + half])


def _sure(interval: Any) -> bool:
    return bool(interval[1] > 0 or interval[2] < 0)


def _moving_average(series: np.ndarray, width: int) -> np.ndarray:
    """Mean of each value and up to `width` neighbours on each side, fewer near the ends (Welch 1983)."""
    total = np.concatenate([[0.0], np.cumsum(series)])
    place = np.arange(len(series))
    reach = np.minimum(width, np.minimum(place, len(series) - 1 - place))
    return (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)


def _pattern_days(scenario: Scenario) -> int:
    """After how many days the expected course of things repeats: 0 if every hour is like any other, 1 or 7."""
    usual = scenario.with_(events=[])
    weeks = [team.head_count for team in scenario.teams.values()]
    weeks += [way.open_hours.minutes * 1.0 for way in scenario.channels.values()]
    weeks += [scenario.bot.open_hours.minutes * 1.0] if scenario.bot else []
    weeks = [week[scenario.weekdays[:7]] for week in weeks]
    weeks += [cases_per_minute(usual, kind)[:7] for kind in scenario.case_types]
    # Demand that follows orders adds up many small numbers, so equal days are equal but for rounding.
    if not all(np.allclose(week, week[:1], rtol=1e-6) for week in weeks):
        return 7
    return 0 if all(np.allclose(week, week.flat[0], rtol=1e-6) for week in weeks) and not scenario.demand.trace else 1


def _by_step(runs: Replications, measure: str, channel: str | None, step_days: float) -> np.ndarray:
    """The measure by hour or day of each replication, shape (replications, steps); NaN where it has no value."""
    if measure in LEVELS:
        edges = np.arange(0, runs.scenario.days / step_days + 0.5) * step_days * MINUTES_A_DAY
        code = channel_place(runs.scenario, channel) if channel else None
        return np.array([_mean_open(run.log, measure, code, edges) for run in runs])
    by = ["day"] if step_days == 1 else ["day", "hour"]
    place = channel_place(runs.scenario, channel)
    (estimate,) = Comparison((runs,)).estimates(measure, [*by, "channel"] if channel else by)
    each = estimate.value + estimate.pull
    return each.reshape(len(each), -1, len(runs.scenario.channels))[:, :, place] if channel else each


def _mean_open(log: Log, level: str, channel: int | None, edges: np.ndarray) -> np.ndarray:
    """Mean number open between neighbouring edges, shape (edges - 1,)."""
    work, ways = log.workload, list(log.scenario.channels.values())
    if level == "open_cases":
        came, went, through = work.appears_minutes, log.closed, work.channel[: work.cases]
        counted = np.ones(len(came), dtype=bool)
    else:
        came, went, through = log.arrived, log.ended, work.channel[log.row]
        counted = log.is_contact.copy()
        if level == "backlog":
            counted &= np.array([isinstance(way, DeferredChannel) for way in ways])[through]
    if channel is not None:
        counted &= through == channel
    went = np.where(np.isnan(went), edges[-1], went)[counted]
    return np.diff(_minutes_since(came[counted], edges) - _minutes_since(went, edges)) / np.diff(edges)


def _minutes_since(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Minutes that have passed at each edge since those moments that lie before it, added up, shape (edges,)."""
    moments = np.sort(moments)
    before = np.searchsorted(moments, edges)
    return before * edges - np.concatenate([[0.0], np.cumsum(moments)])[before]


def _days(count: float) -> str:
    return f"{count:g} day{'' if count == 1 else 's'}" if count >= 1 else f"{24 * count:.2g} hours"
