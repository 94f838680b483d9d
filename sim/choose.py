"""The best of several scenarios, and how sure one can be of it.

The scenario with the best estimate need not be the best: with luck another one comes out in front. So `best` says which
scenarios may be the best, which certainly are not, and how much one can lose at most by taking the one in front. All
of it holds together with the stated confidence, however many scenarios there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import unknown_name
from sim.experiment import Comparison, Estimate
from sim.goals import Goal, goal_of, in_words
from sim.interval import checked_confidence

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Scenario

CERTAINLY, MAY_BE, CERTAINLY_NOT, AS_GOOD = (
    "certainly the best",
    "may be the best",
    "certainly not the best",
    "as good as the best",
)


@dataclass(frozen=True)
class Best:
    """What is known about the best of several scenarios. Its text form says it in a sentence.

    Attributes
    ----------
    measure : str
    goal : {"highest", "lowest"}
    chosen : str
        The scenario with the best estimate.
    may_be_best : list of str
        The best scenario is one of these, with the confidence.
    most_lost : float
        With the same confidence, choosing `chosen` loses at most this against the best, in the measure's unit.
    table : pandas.DataFrame
        A row a scenario, the best estimate first: its ``estimate``; its ``difference`` from the best of the others with
        the interval ``low`` to ``high``, which reaches 0 where the scenario may be the best; and the ``verdict``.
    confidence : float
        With which all rows of the table hold together.
    worthwhile : float
        The smallest difference that matters.
    replications : int
    """

    measure: str
    goal: Goal
    chosen: str
    may_be_best: list[str]
    most_lost: float
    table: pd.DataFrame
    confidence: float
    worthwhile: float
    replications: int

    def __str__(self) -> str:
        others = [name for name in self.may_be_best if name != self.chosen]
        sure = f"with {100 * self.confidence:g} % confidence"
        has = f"“{self.chosen}” has the {self.goal} {self.measure}"
        if not others:
            return f"{has}, {sure} ({self.replications} replications)"
        rivals = " or ".join(f"“{name}”" for name in others)
        if self.most_lost == 0:
            return f"{has} in {self.replications} replications, equal to {rivals.replace(' or ', ' and ')} in each"
        lost = in_words(self.measure, self.most_lost, difference=True)
        enough = ", which is not worth more runs" if self.most_lost <= self.worthwhile else ""
        return f"{has} in {self.replications} replications; {rivals} may be better, {sure} by at most {lost}{enough}"

    __repr__ = __str__


def best(
    comparison: Comparison,
    measure: str,
    *,
    goal: str | None = None,
    confidence: float = 0.95,
    worthwhile: float = 0.0,
    channel: str | None = None,
    **window: Any,
) -> Best:
    """Say which scenarios may be the best, and which certainly are not.

    Parameters
    ----------
    comparison : Comparison
        What `sim.compare` returns: at least two scenarios that met the same customers in at least two replications.
    measure : str
    goal : {"highest", "lowest"}, optional
        Can be left out where it goes without saying.
    confidence : float, default 0.95
        With which everything that the result says holds together.
    worthwhile : float, default 0
        The smallest difference that matters, in the measure's unit (0.01 is a point of a share). A scenario that
        certainly is not worse than the best by more than this is "as good as the best".
    channel : str, optional
        One channel; by default all together.
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Best

    Raises
    ------
    ValueError
        For an unknown measure, a goal that must be said, one scenario or one replication only, or a measure that has no
        value in one of the scenarios.

    Notes
    -----
    Intervals of multiple comparisons with the best: the constrained ones of Hsu (Annals of Statistics 12, 1984, p.
    1136), in the form for unequal variances (Hsu, *Multiple Comparisons*, 1996, ch. 4). For each scenario the paired
    differences from all others, on the same customers, are compared with Student's t at 1 - (1 - confidence) / (k - 1)
    (Bonferroni, which needs nothing of how scenarios depend on each other; so do Nelson and Matejcik, Management
    Science 41, 1995, p. 1935, and Nelson, Swann, Goldsman and Song, Operations Research 49, 2001, p. 950, whose subset
    that holds the best is the same as here). Exact for means of normal replications; `docs/experiments.md` says what
    is left of it in few replications of skewed ones.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=3, patience_minutes=3, name="3 agents")
    >>> plans = [desk.with_(name=f"{n} agents", teams={"agents": {"agents": n}}) for n in (2, 3, 4)]
    >>> trio = sim.compare(plans, replications=10, progress=False)
    >>> sim.best(trio, "abandonment")
    “4 agents” has the lowest abandonment, with 95 % confidence (10 replications)
    >>> sim.best(trio, "abandonment").table["verdict"].tolist()
    ['certainly the best', 'certainly not the best', 'certainly not the best']
    """
    import pandas as pd

    wanted = goal_of(measure, goal)
    checked_confidence(confidence)
    if not _is_size(worthwhile):
        raise ValueError(f"worthwhile holds {worthwhile!r}; it may hold a number of at least 0, in the measure's unit")
    names, value, pull = side_by_side(comparison, measure, channel, window)
    sign = 1 if wanted == "highest" else -1
    middle, low, high = with_the_best(sign * value, sign * pull, confidence)
    possible = high >= 0
    verdicts = np.where(possible, MAY_BE, CERTAINLY_NOT).astype(object)
    verdicts[low >= -worthwhile] = AS_GOOD
    if possible.sum() == 1:
        verdicts[possible] = CERTAINLY
    ends = np.sort([sign * low, sign * np.maximum(high, 0)], axis=0) + 0.0
    order = np.argsort(-sign * value, kind="stable")
    table = pd.DataFrame(
        {"estimate": value, "difference": sign * middle, "low": ends[0], "high": ends[1], "verdict": verdicts},
        index=pd.Index(names, name="scenario"),
    ).iloc[order]
    return Best(
        measure,
        wanted,
        names[order[0]],
        [names[place] for place in order if possible[place]],
        float(-low[order[0]]),
        table,
        confidence,
        float(worthwhile),
        len(pull),
    )


def with_the_best(value: np.ndarray, pull: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far each scenario is from the best of the others, where more is better.

    Parameters
    ----------
    value : ndarray, shape (scenarios,)
    pull : ndarray, shape (replications, scenarios)
        How far each replication pulls each value; see `sim.experiment.Estimate`.
    confidence : float
        With which all intervals cover together.

    Returns
    -------
    middle, low, high : ndarray, shape (scenarios,)
        The interval goes from `low`, which is at most 0, to `high` or 0, whichever is more: it is returned uncut, as a
        scenario certainly is not the best where `high` is below 0.
    """
    scenarios = pull.shape[1]
    apart = value[:, None] - value[None, :]
    reach = margin(pull, 1 - (1 - confidence) / (scenarios - 1))
    np.fill_diagonal(apart, np.inf)
    middle, high = apart.min(axis=1), (apart + reach).min(axis=1)
    possible = high >= 0
    low = np.where(possible[None, :], apart - reach, np.inf).min(axis=1)
    low = np.where(np.isfinite(low), np.minimum(low, 0), 0)
    return middle, low, high


def margin(pull: np.ndarray, one_sided: float) -> np.ndarray:
    """What luck can add to each paired difference, shape (scenarios, scenarios): a one-sided limit of Student's t."""
    from scipy.special import stdtrit

    return stdtrit(len(pull) - 1, one_sided) * np.sqrt(variances(pull) / len(pull))


def variances(pull: np.ndarray) -> np.ndarray:
    """Variance of the paired difference of each two scenarios, shape (scenarios, scenarios).

    From the differences themselves, not from covariances: where scenarios are nearly alike, those lose all digits.
    """
    return np.array([np.var(pull[:, [one]] - pull, axis=0, ddof=1) for one in range(pull.shape[1])])


def side_by_side(
    comparison: Comparison, measure: str, channel: str | None, window: dict[str, Any]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names of the scenarios, their values, shape (scenarios,), and pulls, shape (replications, scenarios)."""
    if not isinstance(comparison, Comparison):
        raise TypeError(
            f"what sim.compare returns is needed here, not {type(comparison).__name__}: sim.compare([base, more])"
        )
    names = comparison.names
    if len(names) < 2:
        raise ValueError("the comparison holds one scenario only; give sim.compare at least two")
    scenarios = [runs.scenario for runs in comparison.replications]
    places = [channel_place(scenario, channel) for scenario in scenarios]
    estimates: Sequence[Estimate] = comparison.estimates(measure, "channel" if channel else None, **window)
    value = np.array([one.value[place] for one, place in zip(estimates, places, strict=True)])
    pull = np.column_stack([one.pull[:, place] for one, place in zip(estimates, places, strict=True)])
    if len(pull) < 2:
        raise ValueError("one replication says nothing about luck; give sim.compare at least 2, better 20 or more")
    has_a_value(names, value, measure, channel)
    return names, value, pull


def channel_place(scenario: Scenario, channel: str | None) -> int:
    """Where the channel stands among the scenario's; 0 for all channels together."""
    if channel is None:
        return 0
    if channel not in scenario.channels:
        raise ValueError(f"in {scenario.name!r} there is {unknown_name(channel, scenario.channels, 'channel')}")
    return list(scenario.channels).index(channel)


def has_a_value(names: Sequence[str], value: np.ndarray, measure: str, channel: str | None = None) -> None:
    """Refuse a measure that does not exist in one of the scenarios."""
    for name, number in zip(names, value, strict=True):
        if not np.isfinite(number):
            where = f" by {channel}" if channel else ""
            raise ValueError(f"{measure} has no value{where} in {name!r}: what it is a share or mean of never happened")


def _is_size(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value < np.inf
