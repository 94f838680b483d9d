"""What was observed beside what is simulated, on the same dates.

A scenario that was fitted to a log need not behave like it: the model may lack something that mattered. Here
the scenario lives through the very dates of the log, many times, and every measure is put beside the log's, by
hour and overall, each with its own uncertainty. Days that the log does not have are left out on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import measures
from sim.calllog import ABANDONED, SERVED
from sim.experiment import simulate
from sim.scenario import LiveChannel, Scenario, load
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd

    from sim.plots import Picture

MEASURES = ("offered", "abandonment", "mean_wait_minutes", "asa_minutes", "wait_probability", "service_level")
SHOWN = ("offered", "abandonment", "mean_wait_minutes", "service_level")
_TITLES = {
    "offered": "Calls a day",
    "abandonment": "Abandonment",
    "mean_wait_minutes": "Mean wait of all offered, minutes",
    "asa_minutes": "Mean wait of the served, minutes",
    "wait_probability": "Share who had to wait",
    "service_level": "Service level",
}
_SUMS = tuple(
    dict.fromkeys(
        name
        for measure in MEASURES
        for name in (measures.MEASURES[measure].over, measures.MEASURES[measure].under)
        if name
    )
)


@dataclass(frozen=True)
class Validation:
    """Observed beside simulated.

    Attributes
    ----------
    table : pandas.DataFrame
        Indexed by ``hour`` ("all", or the start of an hour, such as "07:00") and ``measure``. ``observed`` with
        ``observed_low`` and ``observed_high``: how far the log's own days pull its measures (jackknife over days,
        within weekdays). ``simulated`` with ``low`` and ``high``: where one such period of a world like the
        scenario would lie. ``fits``: the difference is within the root of the two half-widths' squares, so that
        luck alone explains it. ``offered`` counts calls a day.
    scenario : str
        Its name.
    days, left_out, replications : int
        Days compared; calls that fell outside the scenario's opening hours; runs.
    answer_within_seconds : float
        The T of the service level.
    """

    table: pd.DataFrame
    scenario: str
    days: int
    left_out: int
    replications: int
    answer_within_seconds: float

    def __str__(self) -> str:
        hours, overall = self.table.drop("all", level="hour"), self.table.xs("all", level="hour")
        lines = [
            f"Scenario {self.scenario!r} beside the log: {self.days} days, {self.replications} replications; "
            f"{self.left_out:,} calls outside its opening hours are left out.",
            "",
            f"{'':36}{'observed':>24}{'simulated':>24}   fits   hours that fit",
        ]
        for name in MEASURES:
            row = overall.loc[name]
            fits = hours.xs(name, level="measure")["fits"]
            observed, simulated = (
                _with_range(name, row, "observed", "observed_"),
                _with_range(name, row, "simulated", ""),
            )
            verdict = "yes" if row["fits"] else "no"
            title = self._title(name)
            lines.append(f"{title:36}{observed:>24}{simulated:>24}   {verdict:<7}{fits.sum():>3} of {len(fits)}")
        lines += [
            "",
            "Ranges are 95 %: of the observed by the differences among its days, of the simulated for one such period.",
            "What fits: a difference that the luck behind both ranges explains.",
        ]
        return "\n".join(lines)

    def plot(self) -> Picture:
        """A figure by hour: the log as points, the simulation as a line, both with their intervals."""
        from sim.plots import observed_beside_simulated

        shown = self.table.index.get_level_values("measure").isin(SHOWN)
        return observed_beside_simulated(self.table[shown].drop("all", level="hour"))

    def _title(self, name: str) -> str:
        return f"Answered within {self.answer_within_seconds:g} s" if name == "service_level" else _TITLES[name]


def validate(
    scenario: Scenario | str, calls: pd.DataFrame, replications: int = 30, seed: int = 1, *, progress: bool = False
) -> Validation:
    """Run a scenario on the dates of a log and compare, by hour and overall.

    Parameters
    ----------
    scenario : Scenario or str
        Its week is repeated over the dates of the calls, whatever its own first day.
    calls : pandas.DataFrame
        From `sim.calibrate.read_calls`. Calls outside the scenario's opening hours are left out.
    replications : int, default 30
        At least 2.
    seed : int, default 1
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    Validation
        ``print`` it, look at its ``table``, or ``plot()`` it.

    Notes
    -----
    The two intervals answer for two kinds of luck: the log is one draw of its days, and the scenario, estimated
    from days like them, carries that of another. For a scenario that was fitted to the same calls they are wide;
    the sharper test is calls that it has not seen.
    """
    if isinstance(replications, bool) or not isinstance(replications, (int, np.integer)) or replications < 2:
        raise ValueError(f"replications holds {replications!r}; at least 2 are needed to see how runs differ")
    scenario = load(scenario)
    for name, channel in scenario.channels.items():
        if not isinstance(channel, LiveChannel):
            raise ValueError(f"channel {name!r} is deferred; only live channels, where customers wait, are compared")
    observed = observed_sums(scenario, calls)
    simulated = simulate_dates(scenario, calls, int(replications), seed, progress)
    weekdays = observed["weekday"]
    hours = np.flatnonzero(observed["open_hours"])
    tables = {"all": hours} | {f"{hour:02d}:00": np.array([hour]) for hour in hours}
    table = _table(tables, observed, simulated, weekdays)
    way = next(iter(scenario.channels.values()))
    return Validation(
        table=table,
        scenario=scenario.name,
        days=len(weekdays),
        left_out=int(observed["left_out"]),
        replications=int(replications),
        answer_within_seconds=way.answer_within_minutes * 60,
    )


def observed_sums(scenario: Scenario, calls: pd.DataFrame) -> dict[str, Any]:
    """The sums of `sim.measures` from the log: arrays of shape (24, days), over the days that it has.

    Also ``weekday`` of these days, ``left_out``, the calls outside opening hours, and ``open_hours`` of the day.
    """
    _, day_of_call, minute = _calendar(calls)
    days = np.flatnonzero(np.bincount(day_of_call))
    weekday = (days + calls["arrived"].min().weekday()) % 7
    channels = list(scenario.channels)
    channel_of = {name: channels.index(next(iter(kind.channels))) for name, kind in scenario.case_types.items()}
    channel = calls["type"].map(channel_of)
    known = channel.notna().to_numpy()
    code = channel.fillna(0).to_numpy(dtype=int)
    hours = np.array([way.open_hours.minutes for way in scenario.channels.values()])
    inside = known & hours[code, calls["arrived"].dt.day_of_week.to_numpy(), minute.astype(int)]
    place = (minute // 60).astype(int) * len(days) + np.searchsorted(days, day_of_call)

    wait = np.nan_to_num(calls["wait_minutes"].to_numpy())
    limit = np.array([way.answer_within_minutes for way in scenario.channels.values()])[code]
    served = (calls["outcome"] == SERVED).to_numpy()
    gone = (calls["outcome"] == ABANDONED).to_numpy()
    amounts = {
        "offered": inside,
        "live_offered": inside,
        "abandoned": gone,
        "live_wait_known": served | gone,
        "live_served": served,
        "wait_all": wait * (served | gone),
        "wait_served": wait * served,
        "waited": calls["waited"].to_numpy(),
        "in_time": served & (wait <= limit),
        "live_not_gone_early": ~(gone & (wait <= limit)),
    }
    sums: dict[str, Any] = {
        name: np.bincount(place[inside], amount[inside].astype(float), 24 * len(days)).reshape(24, -1)
        for name, amount in amounts.items()
    }
    on_these_days = hours[:, np.unique(weekday)].any(axis=(0, 1))
    return sums | {
        "weekday": weekday,
        "left_out": int((~inside).sum()),
        "open_hours": on_these_days.reshape(24, 60).any(axis=1),
    }


def simulate_dates(
    scenario: Scenario, calls: pd.DataFrame, replications: int, seed: int, progress: bool = False
) -> dict[str, np.ndarray]:
    """The sums of `sim.measures` from runs on the dates of the log, shape (replications, 24)."""
    from tqdm.auto import tqdm

    first_day, day_of_call, _ = _calendar(calls)
    seen = np.bincount(day_of_call) > 0
    dated = scenario.with_(first_day=first_day, days=len(seen))
    sums = np.zeros((len(_SUMS), replications, 24))
    for replication in tqdm(range(replications), disable=not progress, leave=False, unit="run"):
        log = simulate(dated, seed, replication=replication).log
        added = measures.sums(log, ("hour", "day"), measures=MEASURES).values
        for row, name in enumerate(_SUMS):
            sums[row, replication] = added[name].reshape(24, -1)[:, seen].sum(axis=1)
    return dict(zip(_SUMS, sums, strict=True))


def _calendar(calls: pd.DataFrame) -> tuple[Any, np.ndarray, np.ndarray]:
    first = calls["arrived"].min().normalize()
    minutes = ((calls["arrived"] - first).dt.total_seconds() / 60).to_numpy()
    return first.date(), (minutes // MINUTES_A_DAY).astype(int), minutes % MINUTES_A_DAY


def _table(
    groups: dict[str, np.ndarray], observed: dict[str, Any], simulated: dict[str, np.ndarray], weekdays: np.ndarray
) -> pd.DataFrame:
    import pandas as pd
    from scipy.special import stdtrit

    rows = {}
    days = len(weekdays)
    for hour, group in groups.items():
        for name in MEASURES:
            measure = measures.MEASURES[name]
            over = observed[measure.over][group].sum(axis=0)
            under = observed[measure.under][group].sum(axis=0) if measure.under else np.ones(days)
            value, error = _ratio_over_days(over, under, weekdays)
            runs_over = simulated[measure.over][:, group].sum(axis=1)
            runs_under = (
                simulated[measure.under][:, group].sum(axis=1) if measure.under else np.full(len(runs_over), days)
            )
            with np.errstate(invalid="ignore", divide="ignore"):
                center = runs_over.sum() / runs_under.sum()
                spread = ((runs_over - center * runs_under) / runs_under.mean()).std(ddof=1)
            spread *= np.sqrt(1 + 1 / len(runs_over))
            half, error = stdtrit(len(runs_over) - 1, 0.975) * spread, 1.96 * error
            rows[hour, name] = {
                "observed": value,
                "observed_low": max(value - error, 0),
                "observed_high": value + error,
                "simulated": center,
                "low": max(center - half, 0),
                "high": center + half,
                "fits": bool(abs(value - center) <= np.hypot(error, half)),
            }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["hour", "measure"])
    return table


def _ratio_over_days(over: np.ndarray, under: np.ndarray, weekdays: np.ndarray) -> tuple[float, float]:
    """A ratio of sums over days and its standard error by the (linear) jackknife, within weekdays.

    A weekday that occurs once has no spread of its own; it lends its whole pull.
    """
    total = under.sum()
    if total <= 0:
        return float("nan"), float("nan")
    value = over.sum() / total
    pull = (over - value * under) / total
    variance = 0.0
    for weekday in np.unique(weekdays):
        own = pull[weekdays == weekday]
        variance += len(own) * own.var(ddof=1) if len(own) > 1 else own[0] ** 2
    return float(value), float(np.sqrt(variance))


def _shown(name: str, value: float) -> str:
    unit = measures.MEASURES[name].unit
    if unit == "share":
        return f"{value:.1%}".replace("%", " %")
    return f"{value:,.0f}" if unit == "contacts" else f"{value:.2f}"


def _with_range(name: str, row: Any, kind: str, ends: str) -> str:
    low, high = _shown(name, row[f"{ends}low"]), _shown(name, row[f"{ends}high"])
    return f"{_shown(name, row[kind])} ({low.removesuffix(' %')} - {high.removesuffix(' %')})"
