"""The weights that your own customers' answers show, in the place of those assumed.

A survey export with a rating and what each customer lived through is enough: the ordered logit model (McCullagh 1980,
see `sim.satisfaction.judging`) is fitted by maximum likelihood with statsmodels, and what comes out goes straight into
a scenario.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import unknown_name
from sim.interval import checked_confidence
from sim.opinions import Satisfaction
from sim.satisfaction.experience import DRIVERS, felt
from sim.satisfaction.judging import RATINGS

if TYPE_CHECKING:
    import pandas as pd

# Fewer answers than this for each number to be estimated say little (P. Peduzzi et al., "A simulation study of the
# number of events per variable in logistic regression analysis", Journal of Clinical Epidemiology 49, 1996).
ANSWERS_A_NUMBER = 10
MOST_POINTS = 20.0


@dataclass(frozen=True)
class Fitted:
    """What a survey says about the weights.

    Attributes
    ----------
    satisfaction : Satisfaction
        The judgement with the fitted weights and rating cuts; all else as before.
    table : DataFrame
        A row a fitted weight, then a row a cut: estimate, standard_error, low and high (of the interval), and before,
        what it was.
    answers : int
        How many answers were used.
    log_likelihood : float
    """

    satisfaction: Satisfaction
    table: pd.DataFrame
    answers: int
    log_likelihood: float


def fit(
    survey: pd.DataFrame,
    drivers: Sequence[str] | None = None,
    *,
    before: Satisfaction | None = None,
    confidence: float = 0.95,
) -> Fitted:
    """Fit weights and rating cuts to a survey.

    Parameters
    ----------
    survey : DataFrame
        A row an answer: ``rating`` (1 to 5), a column for each driver in the unit of `sim.opinions.WEIGHTS`, and
        perhaps ``forgives``. `sim.satisfaction.survey` makes such a table.
    drivers : sequence of str, optional
        Which weights to fit; by default those whose columns the table has and in which customers differ. The others
        stay as they were.
    before : Satisfaction, optional
        What to start from; by default the assumptions.
    confidence : float, default 0.95

    Returns
    -------
    Fitted

    Raises
    ------
    ValueError
        When the table lacks a column, a rating is none of 1 to 5, nobody gave one of them, the answers are too few for
        so many weights, a driver is the same for everybody or follows from others.
    ModuleNotFoundError
        Without statsmodels, which ``pip install 'after-sales-workbook[fit]'`` brings.

    Notes
    -----
    The answers are taken as they are. If happy and unhappy customers answer more, the cuts move with the answers; the
    weights move less. Cuts of the other scales (NPS, CES) stay as they were.

    Examples
    --------
    >>> import sim
    >>> shop = sim.load("baseline").with_(satisfaction={"survey": {"share": 0.9}})
    >>> fitted = sim.satisfaction.fit(sim.satisfaction.survey(sim.simulate(shop, seed=1)), ["repeats", "unsolved"])
    >>> bool(fitted.table.loc["unsolved", "high"] < 0)
    True
    >>> tuned = shop.with_(satisfaction=fitted.satisfaction)
    """
    before = before or Satisfaction()
    checked_confidence(confidence)
    rating, matrix, names = _checked(survey, drivers)
    estimates, covariance, likelihood = _ordered_logit(rating, matrix, names)
    weights = dict(zip(names, estimates[: len(names)].tolist(), strict=True))
    cuts = tuple(estimates[len(names) :].tolist())
    found = Satisfaction.model_validate(
        before.model_dump() | {"weights": before.weights.model_dump() | weights, "rating_cuts": cuts}
    )
    return Fitted(found, _table(names, estimates, covariance, before, confidence), len(rating), likelihood)


def _checked(survey: pd.DataFrame, drivers: Sequence[str] | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Ratings, drivers as felt, and their names, of a table that can be used."""
    import pandas as pd

    if not isinstance(survey, pd.DataFrame):
        raise TypeError(f"fit needs a table (a pandas DataFrame) with a row an answer, not {type(survey).__name__}")
    known = [name for name in DRIVERS if name in survey.columns]
    if isinstance(drivers, str):
        drivers = [drivers]
    for name in drivers or ():
        if name not in DRIVERS:
            raise ValueError(unknown_name(name, DRIVERS, "driver"))
    missing = [name for name in ("rating", *(drivers or ())) if name not in survey.columns]
    if missing or not (known or drivers):
        raise ValueError(
            f"the survey lacks {', '.join(missing) or 'what customers lived through'}; it needs the column rating and "
            f"one for each driver to be fitted, of: {', '.join(DRIVERS)}. It has: {', '.join(map(str, survey.columns))}"
        )
    columns = {name: _numbers(survey, name) for name in ["rating", *known]}
    rating = columns["rating"]
    wrong = ~np.isin(rating, RATINGS)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"rating holds {rating[row]:g} in row {row + 1}, and {int(wrong.sum())} such in all; it may hold 1, 2, 3, "
            "4 or 5"
        )
    everything = np.column_stack([columns.get(name, np.zeros(len(rating))) for name in DRIVERS])
    forgives = _numbers(survey, "forgives") if "forgives" in survey.columns else np.zeros(len(rating))
    everything = felt(everything, forgives)
    varies = [name for name in known if np.ptp(everything[:, DRIVERS.index(name)], axis=0) > 0] if len(rating) else []
    names = list(dict.fromkeys(drivers)) if drivers is not None else varies
    constant = [name for name in names if name not in varies]
    if constant or not names:
        raise ValueError(
            f"{', '.join(constant) or 'every driver'} is the same in all {len(rating)} answers, so nobody can tell "
            "what it weighs; leave it out of drivers, or gather answers from customers who differ"
        )
    _enough(rating, len(names) + len(RATINGS) - 1)
    matrix = everything[:, [DRIVERS.index(name) for name in names]]
    for last in range(1, len(names) + 1):
        if np.linalg.matrix_rank(matrix[:, :last] - matrix[:, :last].mean(axis=0)) < last:
            raise ValueError(
                f"{names[last - 1]} follows from {', '.join(names[: last - 1])} in these answers, so their weights "
                "cannot be told apart; leave one out of drivers"
            )
    return rating.astype(int), matrix, names


def _numbers(survey: pd.DataFrame, name: str) -> np.ndarray:
    import pandas as pd

    found = pd.to_numeric(survey[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(found)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{name} holds {survey[name].iloc[row]!r} in row {row + 1}, and {int(bad.sum())} such in all; it may hold "
            "numbers. Leave out the rows without them"
        )
    return found


def _enough(rating: np.ndarray, numbers: int) -> None:
    if len(rating) < ANSWERS_A_NUMBER * numbers:
        raise ValueError(
            f"{len(rating)} answers are too few for {numbers} numbers ({numbers - 4} weights and 4 cuts); gather at "
            f"least {ANSWERS_A_NUMBER * numbers}, or name fewer drivers"
        )
    nobody = [str(one) for one in RATINGS if not (rating == one).any()]
    if nobody:
        raise ValueError(f"nobody gave a rating of {' or '.join(nobody)}, so its cuts are unknown; gather more answers")


def _ordered_logit(rating: np.ndarray, matrix: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray, float]:
    """Weights and cuts with their covariance, and the log-likelihood."""
    try:
        from statsmodels.miscmodels.ordinal_model import OrderedModel
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "fit needs statsmodels; install it with: pip install 'after-sales-workbook[fit]'"
        ) from error

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they would say is checked below
        model = OrderedModel(rating, matrix, distr="logit")
        result: Any = model.fit(method="bfgs", maxiter=500, disp=False)
        raw, spread = np.asarray(result.params), np.asarray(result.cov_params())
    cuts = model.transform_threshold_params(raw)[1:-1]
    weights = len(names)
    # statsmodels estimates the first cut and the logarithms of the gaps between cuts: the delta method leads back.
    slope = np.eye(len(raw))
    slope[weights:, weights:] = np.tril(np.concatenate([[1.0], np.diff(cuts)])[None, :].repeat(len(cuts), axis=0))
    covariance = slope @ spread @ slope.T
    large = [name for name, value in zip(names, raw, strict=False) if not abs(value) < MOST_POINTS]
    if large or not np.isfinite(covariance).all() or not (np.diag(covariance) > 0).all():
        raise ValueError(
            f"these answers give no finite weight to {', '.join(large or names)}: whoever lived through it always gave "
            "the same rating, perhaps. Leave it out of drivers, or gather more answers"
        )
    return np.concatenate([raw[:weights], cuts]), covariance, float(result.llf)


def _table(
    names: list[str], estimates: np.ndarray, covariance: np.ndarray, before: Satisfaction, confidence: float
) -> pd.DataFrame:
    import pandas as pd
    from scipy.special import ndtri

    error = np.sqrt(np.diag(covariance))
    half = ndtri((1 + confidence) / 2) * error
    cuts = [f"cut {low}|{high}" for low, high in pairwise(RATINGS)]
    return pd.DataFrame(
        {
            "estimate": estimates,
            "standard_error": error,
            "low": estimates - half,
            "high": estimates + half,
            "before": [getattr(before.weights, name) for name in names] + list(before.rating_cuts),
        },
        index=pd.Index([*names, *cuts], name="weight"),
    )
