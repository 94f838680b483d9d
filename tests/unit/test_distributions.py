"""Distributions have the mean and spread that they claim, and luck keeps its order.

The exact answers come from `scipy.stats`, made from textbook parameters, and from numerical integration of the
quantile function: the mean is its integral over (0, 1).
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import sim
from sim.distributions import Empirical, MeanCv, Quantiles, quantiles

FAMILIES = {
    "gamma": (0.1, 0.5, 1.0, 1.5, 3.0),
    "exponential": (1.0,),
    "lognormal": (0.1, 0.5, 1.0, 1.5),
    "erlang": (1.0, 1 / math.sqrt(2), 0.5),
    "weibull": (0.2, 0.5, 1.0, 2.0),
    "hyperexponential": (1.0, 1.5, 4.0),
    "uniform": (0.1, 1 / math.sqrt(3)),
    "constant": (0.0,),
}
CASES = [(family, cv) for family, cvs in FAMILIES.items() for cv in cvs]
PROBABILITIES = np.concatenate([[1e-12, 1e-6], np.linspace(0.001, 0.999, 333), [1 - 1e-6, 1 - 1e-12]])


def make(family, cv, mean=4.0):
    return MeanCv(distribution=family, mean_minutes=mean, cv=cv)


def moment(duration, power):
    """The mean of a power of the duration, with u = 1 - exp(-x) so that the tail is resolved."""

    def integrand(x):
        return float(duration.quantile(np.array(-math.expm1(-x)))) ** power * math.exp(-x)

    pieces = [0, 1e-6, 1e-3, 0.1, 1, 5, 15, 35]
    return sum(integrate.quad(integrand, a, b, limit=200)[0] for a, b in itertools.pairwise(pieces))


@pytest.mark.parametrize(("family", "cv"), CASES)
def test_mean_and_coefficient_of_variation_are_as_claimed(family, cv):
    duration = make(family, cv)
    mean = moment(duration, 1)
    assert mean == pytest.approx(4.0, rel=1e-6)
    assert moment(duration, 2) / mean**2 - 1 == pytest.approx(cv**2, rel=1e-4, abs=1e-6)


TEXTBOOK = {
    ("gamma", 0.5): stats.gamma(a=4, scale=1),
    ("gamma", 2.0): stats.gamma(a=0.25, scale=16),
    ("exponential", 1.0): stats.expon(scale=4),
    ("gamma", 1.0): stats.expon(scale=4),
    ("erlang", 0.5): stats.erlang(a=4, scale=1),
    ("lognormal", 1.0): stats.lognorm(s=math.sqrt(math.log(2)), scale=4 / math.sqrt(2)),
    # A Weibull with shape 1/2 has mean 2 scale and cv sqrt(5); with shape 2 mean sqrt(pi)/2 and cv sqrt(4/pi - 1).
    ("weibull", math.sqrt(5)): stats.weibull_min(c=0.5, scale=2),
    ("weibull", math.sqrt(4 / math.pi - 1)): stats.weibull_min(c=2, scale=8 / math.sqrt(math.pi)),
    ("uniform", 1 / math.sqrt(3)): stats.uniform(loc=0, scale=8),
    ("uniform", 0.25 / math.sqrt(3)): stats.uniform(loc=3, scale=2),
}


@pytest.mark.parametrize(("case", "exact"), TEXTBOOK.items(), ids=[f"{family} {cv:.3g}" for family, cv in TEXTBOOK])
def test_quantiles_are_those_of_the_textbook(case, exact):
    np.testing.assert_allclose(make(*case).quantile(PROBABILITIES), exact.ppf(PROBABILITIES), rtol=1e-9)


@pytest.mark.parametrize("cv", [1.0001, 1.5, 4.0, 20.0])
def test_hyperexponential_is_two_exponentials_with_balanced_means(cv):
    p = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    quick, slow = stats.expon(scale=4 / (2 * p)), stats.expon(scale=4 / (2 * (1 - p)))
    x = make("hyperexponential", cv).quantile(PROBABILITIES)
    survival = p * quick.sf(x) + (1 - p) * slow.sf(x)
    np.testing.assert_allclose(survival, 1 - PROBABILITIES, rtol=1e-9)


@pytest.mark.parametrize(("case", "exact"), TEXTBOOK.items(), ids=[f"{family} {cv:.3g}" for family, cv in TEXTBOOK])
def test_a_sample_follows_the_distribution(case, exact):
    draws = make(*case).quantile(np.random.default_rng(1).random(4000))
    assert stats.kstest(draws, exact.cdf).pvalue > 1e-4


@given(
    st.sampled_from(CASES),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
    st.floats(0.01, 1e4),
)
def test_luck_keeps_its_order(case, u, v, mean):
    low, high = make(*case, mean=mean).quantile(np.array(sorted([u, v])))
    assert 0 <= low <= high < math.inf


@given(st.sampled_from(CASES), st.floats(0, 1, exclude_max=True), st.sampled_from([0.125, 2.0, 64.0]))
def test_a_longer_mean_makes_every_duration_longer_in_proportion(case, u, factor):
    u = np.array([u])
    assert make(*case, mean=4.0 * factor).quantile(u) == factor * make(*case).quantile(u)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
@pytest.mark.parametrize(("family", "cv"), [(family, cvs[0]) for family, cvs in FAMILIES.items()])
def test_quantiles_have_the_shape_of_the_probabilities(family, cv, shape):
    assert np.shape(make(family, cv).quantile(np.full(shape, 0.5))) == shape


def test_a_gamma_with_cv_1_is_what_one_gets_without_asking():
    assert MeanCv(mean_minutes=3) == MeanCv(distribution="gamma", mean_minutes=3, cv=1)
    assert MeanCv(distribution="uniform", mean_minutes=3).cv == pytest.approx(1 / math.sqrt(3))
    assert MeanCv(distribution="constant", mean_minutes=3).cv == 0


@pytest.mark.parametrize(
    ("key", "value"), [("mean_seconds", 90), ("mean_minutes", 1.5), ("mean_hours", 0.025), ("mean_days", 1.5 / 1440)]
)
def test_the_mean_may_be_given_in_any_unit(key, value):
    assert MeanCv(**{key: value}).mean_minutes == pytest.approx(1.5, rel=1e-15)
    assert MeanCv(**{key: np.float32(value)}).mean_minutes == pytest.approx(1.5, rel=1e-6)


EMPIRICAL = {
    "distribution": "empirical",
    "probabilities": [0, 0.25, 0.75],
    "minutes": [1, 2, 2],
    "tail_mean_minutes": 8,
}


def test_empirical_is_linear_between_points_and_exponential_above_the_last():
    patience = Empirical(**EMPIRICAL)
    np.testing.assert_array_equal(patience.quantile(np.array([0, 0.125, 0.25, 0.5, 0.75])), [1, 1.5, 2, 2, 2])
    # Half of those above the last point stay less than 8 ln 2 longer.
    assert patience.quantile(np.array(0.875)) == pytest.approx(2 + 8 * math.log(2), rel=1e-14)
    above = np.linspace(0.75, 0.9999, 50)
    np.testing.assert_allclose(
        patience.quantile(above), 2 + stats.expon(scale=8).ppf((above - 0.75) / 0.25), rtol=1e-12
    )


def test_empirical_knows_its_mean():
    patience = Empirical(**EMPIRICAL)
    assert patience.mean_minutes == 0.25 * 1.5 + 0.5 * 2 + 0.25 * (2 + 8)
    assert moment(patience, 1) == pytest.approx(patience.mean_minutes, rel=1e-6)


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_empirical_luck_keeps_its_order(u, v):
    low, high = Empirical(**EMPIRICAL).quantile(np.array(sorted([u, v])))
    assert 1 <= low <= high


WRONG = {
    "no mean": ({"cv": 1}, "mean_minutes: is missing; give the mean with its unit: mean_seconds, mean_minutes,"),
    "two means": ({"mean_minutes": 1, "mean_hours": 1}, "gives the mean more than once (mean_minutes, mean_hours)"),
    "negative": ({"mean_seconds": -5}, "mean_seconds holds -5; it may hold a number from 0 up to ten years"),
    "NaN": ({"mean_minutes": float("nan")}, "mean_minutes holds nan; it may hold a number from 0"),
    "infinite": ({"mean_hours": float("inf")}, "mean_hours holds inf; it may hold a number from 0"),
    "endless": ({"mean_days": 3661}, "mean_days holds 3661; it may hold a number from 0 up to ten years"),
    "huge": ({"mean_minutes": 10**400}, "it may hold a number from 0 up to ten years"),
    "boolean": ({"mean_minutes": True}, "mean_minutes holds True; it may hold a number"),
    "text": (
        {"mean_hours": "2"},
        "mean_hours holds '2'; it may hold a number from 0 up to ten years: write 2, without",
    ),
    "nothing": ({"mean_hours": None}, "mean_hours holds nothing; it may hold a number"),
    "zero": (
        {"mean_minutes": 0},
        "the mean is 0; it must be above 0, or write {distribution: constant, mean_minutes: 0}",
    ),
    "unknown key": ({"mean_minutes": 1, "sd": 2}, "sd: no such key as 'sd'. Allowed: distribution, mean_minutes, cv"),
    "typo": ({"mean_minuts": 1}, "no such key as 'mean_minuts'. Did you mean 'mean_minutes'?"),
    "family": (
        {"distribution": "normal", "mean_minutes": 1},
        "distribution: holds 'normal'; it may hold 'gamma', 'expo",
    ),
    "cv below 0": ({"mean_minutes": 1, "cv": -1}, "cv: holds -1; it may hold a number of at least 0"),
    "cv in percent": ({"mean_minutes": 1, "cv": 80}, "cv: holds 80; it may hold a number of at most 20"),
    "cv NaN": ({"mean_minutes": 1, "cv": float("nan")}, "cv: holds nan; it may hold a finite number"),
    "cv almost 0": ({"mean_minutes": 1, "cv": 1e-9}, "cv: holds 1e-09; it may hold 0, which is no variation, or 0.001"),
    "cv text": ({"mean_minutes": 1, "cv": "0,8"}, "cv: holds '0,8'; it may hold a number: write 0.8, without quotes"),
    "exponential": (
        {"distribution": "exponential", "mean_minutes": 1, "cv": 2},
        "an exponential distribution has cv 1",
    ),
    "constant": ({"distribution": "constant", "mean_minutes": 1, "cv": 1}, "a constant has cv 0; leave cv out"),
    "hyper": ({"distribution": "hyperexponential", "mean_minutes": 1, "cv": 0.5}, "cv 1 or more; below 1 take gamma"),
    "uniform": ({"distribution": "uniform", "mean_minutes": 1, "cv": 0.6}, "has cv at most 0.577"),
    "erlang": ({"distribution": "erlang", "mean_minutes": 1, "cv": 0.8}, "an Erlang distribution of k phases has cv"),
    "erlang 0": ({"distribution": "erlang", "mean_minutes": 1, "cv": 0}, "an Erlang distribution of k phases has cv"),
    "weibull": ({"distribution": "weibull", "mean_minutes": 1, "cv": 0.005}, "has cv from 0.01 to 20"),
    "no points": ({"distribution": "empirical"}, "probabilities: is missing"),
    "one point": (EMPIRICAL | {"probabilities": [0]}, "probabilities: holds [0]; it may hold 2 or more values"),
    "unequal": (EMPIRICAL | {"minutes": [1, 2]}, "has 3 probabilities and 2 minutes; each point needs both"),
    "start": (EMPIRICAL | {"probabilities": [0.1, 0.25, 0.75]}, "probabilities must start at 0"),
    "above 1": (EMPIRICAL | {"probabilities": [0, 0.25, 1.5]}, "end at 1 or below"),
    "order": (EMPIRICAL | {"probabilities": [0, 0.5, 0.5]}, "rise from point to point"),
    "falling": (EMPIRICAL | {"minutes": [1, 3, 2]}, "minutes must not fall from one point to the next"),
    "negative point": (EMPIRICAL | {"minutes": [-1, 2, 2]}, "minutes.0: holds -1; it may hold a number of at least 0"),
    "infinite point": (EMPIRICAL | {"minutes": [1, 2, float("inf")]}, "minutes.2: holds inf; it may hold a finite num"),
    "no tail": (
        EMPIRICAL | {"tail_mean_minutes": None},
        "the probabilities end at 0.75; end them at 1, or give tail_m",
    ),
    "a mean": (EMPIRICAL | {"mean_minutes": 3}, "no such key as 'mean_minutes'. Did you mean 'tail_mean_minutes'?"),
    "number": (5, "holds 5; write a distribution such as {mean_minutes: 4, cv: 0.8}, with the unit in the key"),
    "word": ("often", "holds 'often'; write a distribution such as {mean_minutes: 4, cv: 0.8}"),
    "never": ("never", "holds 'never'; write a distribution such as {mean_minutes: 4, cv: 0.8}"),
    "list": ([4, 0.8], "holds [4, 0.8]; write a distribution such as"),
    "none": (None, "holds nothing; write a distribution such as"),
}


@pytest.mark.parametrize(("value", "message"), WRONG.values(), ids=WRONG)
def test_wrong_distributions_are_refused(value, message):
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    whole = {"channels": {"phone": 1.0}, "handle_time": value}
    with pytest.raises(sim.ScenarioError) as error:
        sim.load({**desk.model_dump(exclude_unset=True), "case_types": {"call": whole}})
    text = str(error.value)
    assert "  case_types.call.handle_time" in text
    assert message in text


SHAPES = [0.05, 0.1, 0.35, 0.5, 0.8, 1.2, 2.0]


@pytest.mark.parametrize("cv", SHAPES)
def test_gamma_quantiles_from_the_curve_are_nearly_exact(cv):
    u = np.concatenate([np.logspace(-15, -2, 400), np.linspace(0.01, 0.99, 4001), 1 - np.logspace(-13, -2, 400)])
    exact = stats.gamma(a=1 / cv**2, scale=cv**2).ppf(u)
    assert np.abs(make("gamma", cv, mean=1.0).quantile(u) / exact - 1).max() < 2e-10


@pytest.mark.parametrize("cv", [0.05, 0.5, 2.0])
def test_the_least_and_greatest_probabilities_have_gamma_quantiles_too(cv):
    ends = make("gamma", cv, mean=1.0).quantile(np.array([0.0, 2**-53, 1 - 2**-53]))
    assert np.isfinite(ends).all()
    assert 0 <= ends[0] <= ends[1] < 1 < ends[2]


def test_many_distributions_at_once_are_each_as_alone():
    measured = Empirical(distribution="empirical", probabilities=(0, 0.5, 0.9), minutes=(0, 2, 8), tail_mean_minutes=3)
    several = [
        *(make(family, cv, mean) for mean, (family, cv) in enumerate(CASES, start=1)),
        measured,
        make("lognormal", 0.7, 9.0),
        None,
        "never",
    ]
    u = np.random.default_rng(1).random(20_000)
    which = np.random.default_rng(2).choice([code for code, one in enumerate(several) if one is not None], len(u))
    found = Quantiles(several)(u, which)
    for code, one in enumerate(several):
        mine = which == code
        if one == "never":
            assert np.isinf(found[mine]).all()
        elif one is not None:
            assert found[mine] == pytest.approx(one.quantile(u[mine]), rel=1e-14)
    alone = Quantiles([None, make("weibull", 0.5)])
    assert alone(u, np.ones(len(u), dtype=int)).tolist() == make("weibull", 0.5).quantile(u).tolist()
    assert np.isinf(Quantiles(["never", "never"])(u, which % 2)).all()


def test_a_hyperexponential_duration_does_not_depend_on_what_else_is_asked_for():
    u = np.random.default_rng(3).random(500)
    together = make("hyperexponential", 4.0).quantile(u)
    assert together.tolist() == [make("hyperexponential", 4.0).quantile(u[n : n + 1]).item() for n in range(500)]


def test_distributions_of_one_shape_share_the_work_and_keep_their_means():
    measured = Empirical(distribution="empirical", probabilities=(0, 1), minutes=(0, 2))
    several = [make("gamma", 0.5, 2.0), measured, make("gamma", 0.5, 8.0), make("gamma", 0.7), make("exponential", 1.0)]
    u = np.linspace(0.01, 0.99, 50)
    for one, found in zip(several, quantiles(several, u), strict=True):
        assert found.tolist() == one.quantile(u).tolist()
