"""Which conclusions survive when the assumed weights move within their ranges.

Satisfaction is worked out after the run, so the same runs can be judged again and again by other weights. Each one
moves by itself to both ends of its range, and then all move together. What counts is not by how much CSAT changes
but whether another plan comes out best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import need_whole, unknown_name
from sim.experiment import Comparison, Estimate, compare
from sim.log import OPEN, Log
from sim.opinions import EXPECTATIONS, WEIGHTS, Assumption, Satisfaction
from sim.satisfaction.experience import lived, points
from sim.satisfaction.judging import answers, luck, tallies, weighed
from sim.satisfaction.measured import MEASURES
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd

# Measures of which more is better, and which follow from the weights.
JUDGED = ("csat", "mean_rating", "nps", "ces", "csat_surveyed", "nps_surveyed")

Pair = tuple[float, float]


@dataclass(frozen=True)
class Sensitivity:
    """How far a ranking of scenarios hangs on the assumptions.

    Attributes
    ----------
    measure : str
    ranking : tuple of str
        Scenarios from best to worst, with every assumption at its value.
    lead : tuple of float
        By how much the best is ahead of the second, and the ends of the interval of that; NaN with one replication.
    table : DataFrame
        A row an assumption, the one that moves the lead most first: low and high (the ends of its range), at_low and
        at_high (the lead there), swing (the distance of these), flips (whether the order of the scenarios is another
        at either end), best_at_low, best_at_high, and sure (whether the lead is more than luck at both ends).
    best_share : Series
        For each scenario, the share of joint draws of all weights in which it is the best.
    leads : ndarray, shape (samples,)
        The lead in each joint draw.
    """

    measure: str
    ranking: tuple[str, ...]
    lead: tuple[float, float, float]
    table: pd.DataFrame
    best_share: pd.Series
    leads: np.ndarray

    @property
    def conclusion(self) -> str:
        """What the assumptions leave standing, in a sentence."""
        best, second = self.ranking[:2]
        loses = (self.table[["best_at_low", "best_at_high"]] != best).any(axis=1)
        turns = self.table.index[loses].tolist()
        share = f"{100 * self.best_share[best]:.0f} % of joint draws"
        if not turns:
            return f"“{best}” stays ahead of “{second}” whichever assumption moves, and in {share}"
        told = ", ".join(turns[:3]) + (" and others" if len(turns) > 3 else "")
        return f"That “{best}” is the best hangs on {told}; it is so in {share}"


def sensitivity(
    source: Comparison | Sequence[Scenario | str],
    measure: str = "csat",
    *,
    satisfaction: Satisfaction | None = None,
    ranges: Mapping[str, Pair] | pd.DataFrame | None = None,
    samples: int = 100,
    replications: int = 10,
    seed: int = 1,
    confidence: float = 0.95,
    from_day: float = 0,
    to_day: float | None = None,
) -> Sensitivity:
    """Move the assumptions within their ranges and see whether the ranking of scenarios holds.

    Parameters
    ----------
    source : Comparison or sequence of Scenario
        What `sim.compare` returned, or scenarios to compare.
    measure : str, default "csat"
        csat, mean_rating, nps, ces, csat_surveyed or nps_surveyed.
    satisfaction : Satisfaction, optional
        The judgement to start from, for all scenarios; by default that of the first.
    ranges : mapping of str to (low, high), or DataFrame with columns low and high, optional
        Ranges of some weights in the place of those in `sim.opinions.WEIGHTS`; the table of `fit` can be given.
    samples : int, default 100
        Joint draws of all weights, by a Latin hypercube (McKay, Beckman and Conover, *Technometrics* 21, 1979).
    replications, seed : int
        For scenarios that have not been run.
    confidence : float, default 0.95
    from_day, to_day : float
        The window in which the cases appeared, in days.

    Returns
    -------
    Sensitivity
        `sim.plots.tornado` draws it.

    Raises
    ------
    ValueError
        For a measure that does not follow from the weights, fewer than two scenarios, or a range without a low and a
        high end.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, name="two agents")
    >>> more = desk.with_(name="three agents", teams={"agents": {"agents": 3}})
    >>> found = sim.satisfaction.sensitivity([desk, more], replications=3, samples=20)
    >>> found.conclusion
    '“three agents” stays ahead of “two agents” whichever assumption moves, and in 100 % of joint draws'
    """
    import pandas as pd

    if measure not in JUDGED:
        raise ValueError(unknown_name(measure, JUDGED, "measure of satisfaction"))
    need_whole("samples", samples, 1)
    duel = source if isinstance(source, Comparison) else compare(source, replications, seed, progress=False)
    if len(duel.names) < 2:
        raise ValueError("there is one scenario only; a ranking needs at least two")
    judged = satisfaction or duel.replications[0].scenario.satisfaction
    chosen = _ranges(judged, ranges)

    crowds = [[_Crowd(run.log, judged, from_day, to_day) for run in runs] for runs in duel.replications]
    weights = points(judged.weights)
    usual = _Judgement(crowds, measure, weights)
    order = usual.order()
    best, second = order[:2]

    rows: dict[str, tuple[Pair, list[_Judgement]]] = {}
    for place, weight in enumerate(WEIGHTS):
        ends = []
        for end in chosen[weight.name]:
            moved = weights.copy()
            moved[place] = end
            ends.append(_Judgement(crowds, measure, moved))
        rows[weight.name] = chosen[weight.name], ends
    for one in EXPECTATIONS:
        low, high = _range(one, getattr(judged.expects, one.name))
        moved_crowds = []
        for end in (low, high):
            other = judged.model_copy(update={"expects": judged.expects.model_copy(update={one.name: end})})
            moved_crowds.append([[crowd.expecting(other) for crowd in each] for each in crowds])
        rows[f"expects.{one.name}"] = (low, high), [_Judgement(other, measure, weights) for other in moved_crowds]

    def described(ends: Pair, judgements: list[_Judgement]) -> dict[str, Any]:
        at_low, at_high = judgements
        leads = [end.lead(best, second) for end in judgements]
        return {
            "low": ends[0],
            "high": ends[1],
            "at_low": leads[0].value[0],
            "at_high": leads[1].value[0],
            "swing": abs(leads[1].value[0] - leads[0].value[0]),
            "flips": at_low.order() != order or at_high.order() != order,
            "best_at_low": duel.names[at_low.order()[0]],
            "best_at_high": duel.names[at_high.order()[0]],
            "sure": all(_interval(lead, confidence)[1] > 0 for lead in leads),
        }

    table = pd.DataFrame({name: described(*row) for name, row in rows.items()}).T
    table = table.astype(dict.fromkeys(("low", "high", "at_low", "at_high", "swing"), float))
    table = table.astype({"flips": bool, "sure": bool}).sort_values("swing", ascending=False, kind="stable")
    table.index.name = "assumption"

    joint = [_Judgement(crowds, measure, drawn) for drawn in _hypercube(chosen, samples, seed)]
    winners = np.bincount([one.order()[0] for one in joint], minlength=len(crowds)) / samples
    return Sensitivity(
        measure,
        tuple(duel.names[code] for code in order),
        _interval(usual.lead(best, second), confidence),
        table,
        pd.Series(winners, index=pd.Index(duel.names, name="scenario"), name="best_share"),
        np.array([one.lead(best, second).value[0] for one in joint]),
    )


class _Crowd:
    """The customers of one run who can be judged: those whose case appeared in the window and is closed."""

    def __init__(self, log: Log, judged: Satisfaction, from_day: float, to_day: float | None) -> None:
        days = log.scenario.days
        last = days if to_day is None else to_day
        if not 0 <= from_day < last <= days:
            raise ValueError(f"the window from day {from_day:g} to day {last:g} is empty or outside the {days} days")
        day = log.workload.appears_minutes / MINUTES_A_DAY
        self.inside = (day >= from_day) & (day < last) & (log.state != OPEN)
        noise, asked = luck(log)
        self.own = noise[self.inside], asked[self.inside]
        self.log, self.judged = log, judged
        self.felt = np.asfortranarray(lived(log, judged).felt[self.inside])

    def expecting(self, judged: Satisfaction) -> _Crowd:
        """The same customers with other expectations."""
        other = copy(self)
        other.judged, other.felt = judged, np.asfortranarray(lived(self.log, judged).felt[self.inside])
        return other

    def sums(self, weights: np.ndarray) -> dict[str, float]:
        """The sums of this run when judged by these weights."""
        found = tallies(answers(weighed(self.felt, weights), self.own, self.judged))
        return {name: float(amounts.sum()) for name, amounts in found.items()}


class _Judgement:
    """A measure of all scenarios under one set of weights."""

    def __init__(self, crowds: list[list[_Crowd]], measure: str, weights: np.ndarray) -> None:
        rule = MEASURES[measure]
        self.estimates = []
        for each in crowds:
            found = [crowd.sums(weights) for crowd in each]
            over, under = (np.array([[one[name]] for one in found]) for name in (rule.over, rule.under))
            self.estimates.append(Estimate.of(over, under))

    def order(self) -> list[int]:
        """Scenarios from best to worst; of equals the first."""
        values = [one.value[0] for one in self.estimates]
        return sorted(range(len(values)), key=lambda code: -np.nan_to_num(values[code], nan=-np.inf))

    def lead(self, best: int, second: int) -> Estimate:
        """By how much one scenario is ahead of another."""
        return self.estimates[best] - self.estimates[second]


def _interval(lead: Estimate, confidence: float) -> tuple[float, float, float]:
    import pandas as pd

    estimate, low, high = lead.table(pd.Index(["lead"]), confidence).iloc[0]
    return float(estimate), float(low), float(high)


def _range(assumption: Assumption, now: float) -> Pair:
    """The range of an assumption, widened so far that it holds the value in use."""
    assert isinstance(assumption.low, float)
    assert isinstance(assumption.high, float)
    return min(assumption.low, now), max(assumption.high, now)


def _ranges(judged: Satisfaction, given: Mapping[str, Pair] | pd.DataFrame | None) -> dict[str, Pair]:
    found = {one.name: _range(one, getattr(judged.weights, one.name)) for one in WEIGHTS}
    rows: Iterable[tuple[Any, Any]] = ()
    if given is not None and not isinstance(given, Mapping):
        lacking = [name for name in ("low", "high") if name not in getattr(given, "columns", ())]
        if lacking:
            raise ValueError(f"ranges needs the columns low and high; {' and '.join(lacking)} is missing")
        rows = [(name, (row["low"], row["high"])) for name, row in given.iterrows() if not str(name).startswith("cut ")]
    elif given is not None:
        rows = given.items()
    for name, ends in rows:
        if name not in found:
            raise ValueError(unknown_name(name, found, "weight"))
        if not (isinstance(ends, (tuple, list)) and len(ends) == 2 and ends[0] <= ends[1] and np.isfinite(ends).all()):
            raise ValueError(f"ranges: {name} holds {ends!r}; it may hold a low and a high end, such as (-0.7, -0.2)")
        found[name] = float(ends[0]), float(ends[1])
    return found


def _hypercube(ranges: Mapping[str, Pair], samples: int, seed: int) -> np.ndarray:
    """Joint draws of all weights, shape (samples, weights): each range is covered evenly by every one of them."""
    from scipy.stats import qmc

    ends = np.array(list(ranges.values()))
    unit = qmc.LatinHypercube(len(ends), seed=np.random.default_rng(seed)).random(samples)
    return ends[:, 0] + unit * (ends[:, 1] - ends[:, 0])
