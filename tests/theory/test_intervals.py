"""Whether intervals keep what they promise: they cover a known truth in as many of many experiments as they say.

Every share of experiments has a binomial error of its own; tolerances are multiples of it, and there are so many
experiments that 90 % in the place of 95 % would be seen. What `docs/experiments.md` says of few replications is held
to the percent.
"""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sim
from sim.choose import with_the_best
from sim.experiment import Estimate
from sim.measures import MEASURES
from sim.measures import sums as add_up
from sim.race import race

CONFIDENCE = 0.95
EXPERIMENTS = 20_000


def binomial_error(share, experiments):
    return math.sqrt(share * (1 - share) / experiments)


def coverage(over, under, truth):
    """Share of experiments, one a column, whose interval covers the truth."""
    table = Estimate.of(over, under).table(pd.RangeIndex(over.shape[1]), CONFIDENCE)
    return ((table["low"] <= truth) & (truth <= table["high"])).mean()


# The estimator, on sums whose truth is known.


def steady_counts(rng, shape):
    """Calls of a day with a day factor, as in a scenario: mean 200, coefficient of variation 0.26."""
    return rng.poisson(rng.gamma(16, 200 / 16, shape)).astype(float)


def plain_means(rng, shape):
    return rng.normal(10, 2, shape), None, 10.0


def service_levels(rng, shape):
    """The odds to be answered in time, 80 %, fall by 1 point when 5 % more call."""
    calls = steady_counts(rng, shape)
    answered = rng.binomial(calls.astype(int), np.clip(0.8 - 0.2 * (calls / 200 - 1), 0, 1))
    # E[y] = 200 and E[y p] = 0.8 * 200 - 0.2 * Var(y) / 200, with Var(y) = 200 + 200^2 / 16.
    return answered.astype(float), calls, (0.8 * 200 - 0.2 * (200 + 200**2 / 16) / 200) / 200


def abandonments(rng, shape):
    """The odds to hang up, 5 %, grow with the square of the calls: skewed, as at a busy desk."""
    calls = steady_counts(rng, shape)
    gone = rng.binomial(calls.astype(int), np.minimum(0.05 * (calls / 200) ** 2, 1))
    # E[y^3] of a Poisson whose mean is gamma distributed with shape k and scale t: third moments, second and first.
    k, t = 16, 200 / 16
    third = k * (k + 1) * (k + 2) * t**3 + 3 * k * (k + 1) * t**2 + k * t
    return gone.astype(float), calls, 0.05 * third / 200**2 / 200


def long_waits(rng, shape):
    """Mean waits of a day are lognormal, 0.5 minutes with a coefficient of variation of 1.3: a few bad days make it."""
    calls = steady_counts(rng, shape)
    return calls * 0.5 * np.exp(rng.normal(-0.5, 1, shape)), calls, 0.5


# The table in docs/experiments.md: coverage in percent of nominal 95 %, by kind of sums and replications.
KINDS = {
    "means": plain_means,
    "service level": service_levels,
    "abandonment": abandonments,
    "long waits": long_waits,
}
NUMBERS = (5, 10, 20, 30, 100)


@pytest.fixture(scope="module")
def documented(root):
    """Coverage by kind and number of replications, as the page tells it."""
    lines = (root / "docs" / "experiments.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    (header,) = [row for row in rows if row[0] == "sums of a replication"]
    assert [int(cell) for cell in header[1:]] == list(NUMBERS)
    found = {row[0].split(":")[0]: [float(cell) / 100 for cell in row[1:]] for row in rows if row[1].isdigit()}
    return {(kind, number): found[kind][place] for kind in KINDS for place, number in enumerate(NUMBERS)}


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_as_often_as_the_page_says(kind, documented):
    for number in NUMBERS:
        experiments = EXPERIMENTS if number < 100 else EXPERIMENTS // 4
        rng = np.random.default_rng([number, *kind.encode()])
        covered = coverage(*KINDS[kind](rng, (number, experiments)))
        told = documented[kind, number]
        # The page tells whole percents.
        assert abs(covered - told) < 0.005 + 4 * binomial_error(told, experiments), (number, covered)


def test_means_of_normal_sums_are_covered_exactly():
    for number in (2, 3, 10):
        covered = coverage(*plain_means(np.random.default_rng(number), (number, EXPERIMENTS)))
        assert abs(covered - CONFIDENCE) < 4 * binomial_error(CONFIDENCE, EXPERIMENTS)


def test_pairs_on_common_numbers_are_covered_and_know_more():
    """Two desks answer the same calls; one loses a fifth fewer."""
    number = 20
    rng = np.random.default_rng(8)
    calls = steady_counts(rng, (number, EXPERIMENTS))
    gone = rng.binomial(calls.astype(int), np.minimum(0.05 * calls / 200, 1))
    fewer = rng.binomial(gone, 0.8).astype(float)
    # E[y^2] / 200 = 200 + 200 / 16 + 1 at a mean of 200.
    truth = 0.05 * (200 + 200 / 16 + 1) / 200
    one, other = Estimate.of(gone.astype(float), calls), Estimate.of(fewer, calls)
    table = (other - one).table(pd.RangeIndex(EXPERIMENTS), CONFIDENCE)
    covered = ((table["low"] <= -0.2 * truth) & (-0.2 * truth <= table["high"])).mean()
    assert 0.93 < covered < CONFIDENCE + 4 * binomial_error(CONFIDENCE, EXPERIMENTS)


# The best of several: the chance that all that is said of them together is right.


def together(rng, replications, means, rho):
    """Normal replications on common random numbers (correlation rho), with unlike spreads."""
    scenarios = len(means)
    common, own = rng.normal(size=(replications, 1)), rng.normal(size=(replications, scenarios))
    return means + (math.sqrt(rho) * common + math.sqrt(1 - rho) * own) * np.linspace(0.5, 1.5, scenarios)


@pytest.mark.parametrize(
    ("replications", "means", "rho"),
    [(10, [0, 0], 0.5), (10, [0, 0, 0, 0, 0], 0.0), (5, [0, 0.1, 0.3, 0.6], 0.8), (20, [1, 0, 0, 0, 0.9], 0.5)],
)
def test_the_subset_holds_the_best_and_the_intervals_cover(replications, means, rho):
    experiments, means = 1500, np.array(means, dtype=float)
    # Of equal ones any may be called the best; the last is.
    best = len(means) - 1 - int(means[::-1].argmax())
    gaps = [mean - np.delete(means, one).max() for one, mean in enumerate(means)]
    rng = np.random.default_rng([replications, len(means)])
    held = covered = 0
    for _ in range(experiments):
        estimate = Estimate.of(together(rng, replications, means, rho), None)
        _, low, high = with_the_best(estimate.value, estimate.pull, CONFIDENCE)
        held += high[best] >= 0
        covered += bool(((low <= gaps) & (gaps <= np.maximum(high, 0))).all())
    least = CONFIDENCE - 3 * binomial_error(CONFIDENCE, experiments)
    assert held / experiments > least
    assert covered / experiments > least
    if len(means) == 2:
        # Of two equal ones there is nothing to spare: the statement is as sharp as it can be.
        assert held / experiments < CONFIDENCE + 3 * binomial_error(CONFIDENCE, experiments)


def test_the_race_selects_the_best_as_often_as_it_says():
    """All others are behind by exactly what is worthwhile, which is hardest."""
    experiments, scenarios, worthwhile = 400, 5, 0.5
    right = spent = 0
    means = np.array([0, 0, 0, 0, worthwhile])
    for experiment in range(experiments):
        rng = np.random.default_rng([1, experiment])

        def draw(those, _, rng=rng):
            return together(rng, 1, means, 0.5)[0, those], np.ones(len(those))

        state = race(draw, scenarios, 1, worthwhile, CONFIDENCE, 10, 10_000)
        assert state.decided
        right += state.leader == scenarios - 1
        spent += state.spent.sum()
    assert right / experiments > CONFIDENCE - 3 * binomial_error(CONFIDENCE, experiments)
    assert spent / experiments < 5 * 100, "losers leave early"


def test_the_race_keeps_its_promise_for_ratios_of_skewed_sums():
    """Abandonment of 5 and 6 %, as in `abandonments`, on days that differ: nothing in common, no help from pairs."""
    experiments, worthwhile = 600, 0.01
    _, _, at_5 = abandonments(np.random.default_rng(), (1, 1))
    odds = 0.05 / at_5 * np.array([0.06, 0.05])
    right = 0
    for experiment in range(experiments):
        rng = np.random.default_rng([2, experiment])

        def draw(those, _, rng=rng):
            calls = steady_counts(rng, len(those))
            gone = rng.binomial(calls.astype(int), np.minimum(odds[those] * (calls / 200) ** 2, 1))
            return gone.astype(float), calls

        state = race(draw, 2, -1, worthwhile, CONFIDENCE, 20, 10_000)
        right += state.leader == 1
    assert right / experiments > CONFIDENCE - 3 * binomial_error(CONFIDENCE, experiments)


# Real simulations: days of a desk with two or three agents, whose long-run values are known (Erlang A). Runs of many
# days are quicker than many runs. From 6 to 22 h the days know nothing of each other: at this desk an hour is long.

RUN_DAYS, RUNS, PER_EXPERIMENT = 64, 80, 8
DAYS = RUN_DAYS * RUNS
EXPERIMENTS_OF_DAYS = DAYS // PER_EXPERIMENT
MEASURED = ("abandonment", "service_level", "service_level_offered", "wait_probability", "occupancy")


@pytest.fixture(scope="module")
def days():
    """Sums of each day, over and under, of both desks on the same customers; and what the theory says of each."""
    rate, handle, patience, within = 3, 30, 20, 60
    found, exact = [], []
    for agents in (2, 3):
        desk = sim.one_queue(
            arrivals_per_hour=rate,
            handle_minutes=handle,
            patience_minutes=patience,
            answer_within_seconds=within,
            agents=agents,
            days=RUN_DAYS,
        )
        exact.append(sim.theory.erlang_a(rate, handle, agents, patience, within))
        by_hour = [
            add_up(sim.simulate(desk, 21, replication=replication).log, ["day", "hour"]).values
            for replication in range(RUNS)
        ]
        wanted = {name for measure in MEASURED for name in (MEASURES[measure].over, MEASURES[measure].under)}
        found.append(
            {
                name: np.concatenate([one[name].reshape(RUN_DAYS, 24)[:, 6:22].sum(axis=1) for one in by_hour])
                for name in wanted
            }
        )
    return found, exact


def estimates(sums, measure, per_experiment):
    """One column an experiment."""
    names = MEASURES[measure]
    over, under = (sums[name].reshape(-1, per_experiment).T for name in (names.over, names.under))
    return Estimate.of(over, under)


def covers(estimate, truth):
    table = estimate.table(pd.RangeIndex(estimate.pull.shape[1]), CONFIDENCE)
    return ((table["low"] <= truth) & (truth <= table["high"])).mean()


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("desk", [0, 1])
def test_intervals_of_simulated_measures_cover_the_exact_value(days, measure, desk):
    sums, exact = days
    covered = covers(estimates(sums[desk], measure, PER_EXPERIMENT), getattr(exact[desk], measure))
    # Four errors are 3.4 %: coverage of 90 % would be seen in 24 of 25 cases, and ten are looked at.
    assert abs(covered - CONFIDENCE) < 4 * binomial_error(CONFIDENCE, EXPERIMENTS_OF_DAYS)


@pytest.mark.parametrize("measure", MEASURED)
def test_intervals_of_paired_differences_cover_the_exact_value(days, measure):
    sums, exact = days
    pair = estimates(sums[1], measure, PER_EXPERIMENT) - estimates(sums[0], measure, PER_EXPERIMENT)
    covered = covers(pair, getattr(exact[1], measure) - getattr(exact[0], measure))
    assert abs(covered - CONFIDENCE) < 4 * binomial_error(CONFIDENCE, EXPERIMENTS_OF_DAYS)


@pytest.mark.parametrize("measure", MEASURED)
def test_the_same_customers_halve_the_interval_of_a_difference(days, measure):
    """Against days that have nothing in common: each of the one desk with the next of the other."""
    one, other = (estimates(part, measure, DAYS).pull[:, 0] for part in days[0])
    same, apart = other - one, other - np.roll(one, 1)
    width = np.std(same, ddof=1) / np.std(apart, ddof=1)
    # The logarithm of a standard deviation has a standard error of sqrt((excess kurtosis + 2) / 4 n).
    error = math.sqrt(sum((stats.kurtosis(part) + 2) / 4 / DAYS for part in (same, apart)))
    assert error < 0.05
    # The page says: about half as wide, which is worth four times the runs.
    assert width * math.exp(4 * error) < 0.7, width
