"""From what was lived through to a score, and from the score to answers: 1 to 5, 0 to 10, 1 to 7, and the survey.

The score of a case is the sum of what its customer lived through, each times its weight. The customer's own noise is
added, a number from the logistic distribution, and the sum falls between two of the rising cuts of a scale: that is
the answer. This is the ordered logit, or proportional odds, model (P. McCullagh, "Regression models for ordinal data",
*Journal of the Royal Statistical Society B* 42, 1980, 109-142). One point of the score multiplies the odds of a better
answer by e, on every scale and at every cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import OPEN, Log
from sim.measures.cases import cases_between
from sim.opinions import Satisfaction, Survey
from sim.satisfaction.experience import HasLog, experiences, lived, log_of, scored, standards
from sim.scenario import Scenario
from sim.workload import Workload

if TYPE_CHECKING:
    import pandas as pd

    from sim.measures import Grid

RATINGS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Answers:
    """What customers would answer on each scale, and who of them does. All arrays have shape (cases,).

    Attributes
    ----------
    rating, nps, ces : ndarray of int
        From 1 to 5, 0 to 10 and 1 to 7; more is better.
    surveyed : ndarray of bool
        Whether the customer answers the survey.
    """

    rating: np.ndarray
    nps: np.ndarray
    ces: np.ndarray
    surveyed: np.ndarray


def scores(run: Log | HasLog, satisfaction: Satisfaction | None = None) -> np.ndarray:
    """The satisfaction score of each case, before the customer's own noise.

    Parameters
    ----------
    run : Run or Log
    satisfaction : Satisfaction, optional
        The judgement; by default that of the scenario.

    Returns
    -------
    ndarray of float, shape (cases,)
        In points: 0 when all was as expected. Of open cases: as things stand.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> bool((sim.satisfaction.scores(sim.simulate(desk, seed=1)) <= 0).all())
    True
    """
    log = log_of(run)
    if satisfaction is not None:
        return _scores(log, satisfaction)
    if "scores" not in log.kept:
        log.kept["scores"] = _scores(log)
        log.kept["scores"].flags.writeable = False
    return log.kept["scores"]


def _scores(log: Log, satisfaction: Satisfaction | None = None) -> np.ndarray:
    if quick.twins("ratings") is not None:
        return scored(log, standards(log.scenario, satisfaction))
    return weighed(lived(log, satisfaction).felt, standards(log.scenario, satisfaction).weights)


def weighed(felt: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each case's drivers times their weights, shape (cases,): added up in their order, on any machine the same."""
    columns, ratings = np.ascontiguousarray(felt.T), quick.twins("ratings")
    if ratings is not None:
        compiled: np.ndarray = ratings.weighed(columns, weights)
        return compiled
    found = np.zeros(len(felt))
    for amount, weight in zip(columns, weights, strict=True):
        found += amount * weight
    return found


def chances(score: float | np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    """How likely each answer of a scale is for customers with this score.

    Parameters
    ----------
    score : float or ndarray, shape (n,)
    cuts : tuple of float, length k
        The rising cuts of the scale.

    Returns
    -------
    ndarray of float, shape (k + 1,) or (n, k + 1)
        P(answer j) = F(cut j - score) - F(cut (j - 1) - score), F the logistic distribution (McCullagh, 1980).

    Examples
    --------
    >>> chances(0.0, (-1.0986, 0.0)).round(2)
    array([0.25, 0.25, 0.5 ])
    """
    score = np.asarray(score, dtype=float)
    below = _below(score, cuts)
    found = np.empty((*score.shape, len(cuts) + 1))
    found[..., 0], found[..., -1] = below[0], 1 - below[-1]
    for answer in range(1, len(cuts)):
        found[..., answer] = below[answer] - below[answer - 1]
    return found


def expected(score: np.ndarray, cuts: tuple[float, ...], values: Sequence[float]) -> np.ndarray:
    """What an answer is worth on average for customers with this score, if each answer of a scale has a value.

    Parameters
    ----------
    score : ndarray, shape (n,)
    cuts : tuple of float, length k
    values : sequence of float, length k + 1

    Returns
    -------
    ndarray of float, shape (n,)
        The sum of `chances` times values, written as the last value and what each cut takes off or adds.

    Examples
    --------
    >>> expected(np.zeros(1), (-1.0986, 0.0), (0.0, 0.0, 1.0))
    array([0.5])
    """
    found = np.full(len(score), float(values[-1]))
    for below, value, better in zip(_below(score, cuts), values[:-1], values[1:], strict=True):
        below *= value - better
        found += below
    return found


def _below(score: np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    """How likely an answer below each cut is: one cut after the other, in long rows, shape (cuts, ...)."""
    above_zero, of_cuts = odds(score, cuts)
    above = np.multiply.outer(of_cuts, above_zero)
    above += 1
    return np.divide(1, above, out=above)


def odds(score: np.ndarray, cuts: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The odds of an answer above a cut at 0, shape of `score`, and by what each cut multiplies them, shape (cuts,)."""
    return np.exp(score), np.exp(np.negative(cuts, dtype=float))


def luck(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's own noise (logistic, in points), and the number that decides who answers, shape (cases,) each."""
    return log.workload.own("ratings", lambda: _luck(log.workload))


def _luck(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    u = workload.uniforms("ratings")
    with np.errstate(divide="ignore"):
        return np.log(u) - np.log1p(-u), workload.uniforms("survey")


def answers(score: np.ndarray, own: tuple[np.ndarray, np.ndarray], judged: Satisfaction) -> Answers:
    """What customers with these scores answer, each with their own luck.

    Parameters
    ----------
    score : ndarray of float, shape (cases,)
    own : tuple of ndarray, shape (cases,)
        As `luck` gives it.
    judged : Satisfaction

    Returns
    -------
    Answers
    """
    noise, asked = own
    opinion = score + noise
    rating = 1 + _cuts_below(opinion, judged.rating_cuts)
    return Answers(
        rating,
        _cuts_below(opinion, judged.nps_cuts),
        1 + _cuts_below(opinion, judged.ces_cuts),
        asked < response_shares(judged.survey)[rating - 1],
    )


def _cuts_below(opinion: np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    """How many cuts each opinion lies above, shape (cases,): a scale has few, so to compare with each is quickest."""
    found = np.zeros(len(opinion), dtype=np.int8)
    for cut in cuts:
        found += opinion > cut
    return found.astype(np.intp)


def response_shares(survey: Survey) -> np.ndarray:
    """The share of customers with each rating who answer the survey, shape (5,).

    Examples
    --------
    >>> from sim.opinions import Survey
    >>> response_shares(Survey(share=0.2, odds_by_rating=[4, 1, 1, 1, 2])).round(3)
    array([0.5  , 0.2  , 0.2  , 0.2  , 0.333])
    """
    odds = survey.share / (1 - survey.share) * np.array(survey.odds_by_rating)
    return odds / (1 + odds)


def ratings(run: Log | HasLog, satisfaction: Satisfaction | None = None) -> pd.DataFrame:
    """How the customers rate their cases.

    A case is rated once it is closed. Cases that are open at the end of the run have no rating yet; leave a few days
    at the end out of the window (``to_day``) if many are.

    Parameters
    ----------
    run : Run or Log
    satisfaction : Satisfaction, optional
        The judgement; by default that of the scenario.

    Returns
    -------
    pandas.DataFrame
        A row a closed case: case, type, segment, score (points), rating (1 to 5), nps (0 to 10), ces (1 to 7) and
        whether it is ``surveyed``.

    Examples
    --------
    >>> import sim
    >>> table = sim.satisfaction.ratings(sim.simulate("baseline", seed=1))
    >>> sorted(table["rating"].unique().tolist())
    [1, 2, 3, 4, 5]
    """
    log = log_of(run)
    judged = satisfaction or log.scenario.satisfaction
    score = scores(log, judged)
    given = answers(score, luck(log), judged)
    table = log.cases[["case", "type", "segment"]].assign(
        score=score, rating=given.rating, nps=given.nps, ces=given.ces, surveyed=given.surveyed
    )
    return table[log.state != OPEN].reset_index(drop=True)


def survey(run: Log | HasLog, satisfaction: Satisfaction | None = None) -> pd.DataFrame:
    """The survey as the shop would export it: who answered, what they answered and what they had lived through.

    Parameters
    ----------
    run : Run or Log
    satisfaction : Satisfaction, optional

    Returns
    -------
    pandas.DataFrame
        A row an answer: case, rating, nps, ces and the columns of `experiences`. `sim.satisfaction.fit` reads it.

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate("baseline", seed=1)
    >>> table = sim.satisfaction.survey(run)
    >>> len(table) < len(sim.satisfaction.ratings(run))
    True
    """
    given = ratings(run, satisfaction)
    told = given.loc[given["surveyed"], ["case", "rating", "nps", "ces"]]
    return told.merge(experiences(run, satisfaction), on="case")


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """Sums over the cases that appeared in a window, by group, from which `sim.measures` makes CSAT, NPS and CES.

    Parameters
    ----------
    log : Log
    grid : groups of `sim.measures`
    start, end : float
        The window, in minutes.
    within_seconds : float, optional
        The time limit of service levels, which does not concern ratings.

    Returns
    -------
    ndarray of float, shape (SUMS, groups)
        NaN by team: a case may meet several.
    """
    if "team" in grid.by:
        return np.full((len(SUMS), grid.count), np.nan)
    here = cases_between(log, start, end)
    return (_in_numpy if quick.twins("ratings") is None else _compiled)(log, grid, here).T


def _in_numpy(log: Log, grid: Grid, here: slice) -> np.ndarray:
    """Sums over the cases from one number to another."""
    group = grid.of_cases(log, here)
    closed = np.flatnonzero(log.state[here] != OPEN)
    noise, asked = luck(log)
    own = noise[here][closed], asked[here][closed]
    amounts = tallies(answers(scores(log)[here][closed], own, log.scenario.satisfaction))
    totals = [grid.total(group[closed], amount) for amount in amounts.values()]
    return np.column_stack([*totals, grid.total(group, np.ones(len(group)))])


def _compiled(log: Log, grid: Grid, here: slice) -> np.ndarray:
    """The same in one pass."""
    ratings = quick.twins("ratings")
    assert ratings is not None
    group = grid.of_cases(log, here).view(np.uint64) if grid.by else _ONE_GROUP
    given = here.start, here.stop, group, grid.count, scores(log), *luck(log), *_scales(log.scenario)
    table: np.ndarray = ratings.opinions(ratings.columns(log), *given)
    return table


_ONE_GROUP = np.zeros(0, dtype=np.uint64)


@remembered
def _scales(scenario: Scenario) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], np.ndarray]:
    """The cuts of ratings; those of the other scales; and how likely a customer with each rating answers the survey."""
    judged = scenario.satisfaction
    rating, nps, ces = (tuple(map(float, cuts)) for cuts in (judged.rating_cuts, judged.nps_cuts, judged.ces_cuts))
    shares = response_shares(judged.survey)
    shares.flags.writeable = False
    return rating, nps, ces, shares


def tallies(given: Answers) -> dict[str, np.ndarray]:
    """What each case adds to the sums of a run, shape (cases,) each."""
    satisfied, promotes = given.rating >= 4, 100.0 * (given.nps >= 9) - 100.0 * (given.nps <= 6)
    return {
        "rated_cases": np.ones(len(satisfied)),
        "satisfied_cases": satisfied.astype(float),
        "rating_points": given.rating.astype(float),
        "promoters_less_detractors": promotes,
        "ease_points": given.ces.astype(float),
        "surveyed_cases": given.surveyed.astype(float),
        "surveyed_satisfied": (given.surveyed & satisfied).astype(float),
        "surveyed_promoters_less_detractors": np.where(given.surveyed, promotes, 0.0),
    }


SUMS = (*tallies(Answers(*(np.zeros(0, dtype=int),) * 3, np.zeros(0, dtype=bool))), "cases_to_rate")
