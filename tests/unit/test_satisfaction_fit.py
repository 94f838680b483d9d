"""Weights from a survey: known ones are found again, mistakes are explained, real reviews agree with one of them."""

import builtins
import importlib.util
from math import log1p

import numpy as np
import pandas as pd
import pytest

import sim
from sim.opinions import WEIGHTS, Satisfaction
from sim.satisfaction import DRIVERS, chances, fit
from sim.satisfaction.judging import response_shares

if importlib.util.find_spec("statsmodels") is None:
    pytest.skip("needs statsmodels, the extra fit", allow_module_level=True)

TRUE = Satisfaction(weights={"live_wait": -0.8, "repeats": -0.5, "courtesy": 1.2}, rating_cuts=(-2.0, -1.2, -0.4, 0.6))
NAMES = ["live_wait", "repeats", "courtesy"]


def answered(size, seed, judged=TRUE, names=NAMES):
    """Answers of customers with random waits, repeats and agents, by the ordered logit model."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "live_wait": np.log1p(rng.exponential(3, size)),
            "repeats": rng.poisson(0.6, size).astype(float),
            "courtesy": rng.uniform(-1, 1, size),
        }
    )
    score = sum(table[name] * getattr(judged.weights, name) for name in names)
    below = np.cumsum(chances(score.to_numpy(), judged.rating_cuts), axis=1)
    return table[names].assign(rating=1 + (rng.random(size)[:, None] > below[:, :-1]).sum(axis=1))


def truth(judged=TRUE, names=NAMES):
    return [*(getattr(judged.weights, name) for name in names), *judged.rating_cuts]


@pytest.fixture(scope="module")
def large():
    survey = answered(3000, 1)
    return survey, fit(survey)


class TestKnownWeights:
    def test_weights_and_cuts_are_found_again(self, large):
        _, found = large
        assert found.table.index.tolist() == [*NAMES, "cut 1|2", "cut 2|3", "cut 3|4", "cut 4|5"]
        off = (found.table["estimate"] - truth()) / found.table["standard_error"]
        assert (abs(off) < 4).all(), off
        assert (found.table["standard_error"] < 0.13).all()
        assert found.answers == 3000

    def test_intervals_are_the_normal_ones(self, large):
        table = large[1].table
        assert np.allclose(table["high"] - table["estimate"], 1.959964 * table["standard_error"])
        assert np.allclose(table["low"] + table["high"], 2 * table["estimate"])

    def test_what_is_fitted_replaces_what_was_assumed_and_nothing_else(self, large):
        _, found = large
        for name in DRIVERS:
            expected = found.table.at[name, "estimate"] if name in NAMES else getattr(Satisfaction().weights, name)
            assert getattr(found.satisfaction.weights, name) == expected
        assert found.satisfaction.rating_cuts == tuple(found.table["estimate"].iloc[3:])
        assert found.satisfaction.nps_cuts == Satisfaction().nps_cuts
        assert found.table["before"].tolist() == truth(Satisfaction())
        shop = sim.load("baseline").with_(satisfaction=found.satisfaction)
        assert sim.load(shop.model_dump(exclude_unset=True)) == shop

    def test_the_likelihood_is_that_of_the_model(self, large):
        survey, found = large
        score = survey[NAMES].to_numpy() @ found.table["estimate"].iloc[:3].to_numpy()
        each = chances(score, found.satisfaction.rating_cuts)[np.arange(len(survey)), survey["rating"] - 1]
        assert found.log_likelihood == pytest.approx(np.log(each).sum(), rel=1e-6)

    def test_standard_errors_are_those_of_the_likelihood_s_curvature(self, large):
        survey, found = large
        middle, step = found.table["estimate"].to_numpy(), 1e-3

        def likelihood(at):
            score = survey[NAMES].to_numpy() @ at[:3]
            return np.log(chances(score, at[3:])[np.arange(len(survey)), survey["rating"] - 1]).sum()

        moves = step * np.eye(len(middle))
        curvature = np.array(
            [
                [
                    sum(a * b * likelihood(middle + a * one + b * other) for a in (1, -1) for b in (1, -1))
                    / (2 * step) ** 2
                    for other in moves
                ]
                for one in moves
            ]
        )
        errors = np.sqrt(np.diag(np.linalg.inv(-curvature)))
        assert found.table["standard_error"].to_numpy() == pytest.approx(errors, rel=0.02)

    def test_standard_errors_tell_how_far_estimates_scatter(self):
        judged, names = Satisfaction(weights={"repeats": -1.0}, rating_cuts=(-3.0, -1.0, -0.8, 1.0)), ["repeats"]
        found = [fit(answered(250, seed, judged, names)).table for seed in range(25)]
        off = np.array([(table["estimate"] - truth(judged, names)) / table["standard_error"] for table in found])
        # The mean square of 25 standard normal numbers has mean 1 and standard deviation sqrt(2 / 25) = 0.28.
        assert (abs((off**2).mean(axis=0) - 1) < 4 * 0.283).all(), (off**2).mean(axis=0)
        assert (abs(off.mean(axis=0)) < 4 / 5).all()

    def test_a_survey_of_simulated_customers_gives_back_the_scenario_s_weights(self):
        judged = {"weights": {"unsolved": -1.5, "repeats": -0.9}, "survey": {"share": 0.9}}
        shop = sim.load("baseline").with_(days=5, satisfaction=judged)
        names = ["unsolved", "repeats", "uninformed", "angry", "refusals"]
        others = {one.name: 0.0 for one in WEIGHTS if one.name not in names}
        shop = shop.with_(
            satisfaction={"weights": others, "survey": {"odds_by_rating": [1, 1, 1, 1, 1]}},
            segments={"regular": {"forgives": 0.4}},
        )
        survey = sim.satisfaction.survey(sim.simulate(shop, seed=8))
        found = fit(survey, names).table
        off = (found["estimate"] - truth(shop.satisfaction, names)) / found["standard_error"]
        assert (abs(off) < 4).all(), off
        # Who takes forgiveness for no matter finds weights that are too small.
        careless = fit(survey.drop(columns="forgives"), names).table["estimate"]
        assert careless["repeats"] > found.at["repeats", "high"]

    def test_answers_only_of_the_unhappy_move_the_cuts_and_hardly_the_weights(self):
        everybody = answered(9000, 3)
        rng = np.random.default_rng(4)
        survey = sim.opinions.Survey(share=0.3, odds_by_rating=[6, 3, 1, 1, 1])
        some = everybody[rng.random(len(everybody)) < response_shares(survey)[everybody["rating"] - 1]]
        found = fit(some).table
        assert (found["estimate"] - truth())["cut 1|2"] > 6 * found.at["cut 1|2", "standard_error"]
        assert (abs(found["estimate"] - truth())[NAMES] < 0.2).all()


class TestMistakes:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda t: t.drop(columns="rating"), "the survey lacks rating; it needs the column rating"),
            (lambda t: t[["rating"]], "lacks what customers lived through"),
            (lambda t: t.assign(rating=t["rating"] - 1), "rating holds 0 in row"),
            (lambda t: t.assign(rating=4.5), "rating holds 4.5 in row 1"),
            (lambda t: t.assign(rating="good"), "rating holds 'good' in row 1, and 300 such"),
            (lambda t: t.assign(repeats=np.nan), "repeats holds .*nan.* in row 1"),
            (lambda t: t.iloc[:50], "50 answers are too few for 7 numbers"),
            (lambda t: t[t["rating"] != 2], "nobody gave a rating of 2"),
            (lambda t: t.iloc[:0], "same in all 0 answers"),
            (lambda t: t.assign(hang_ups=2 * t["repeats"]), "repeats follows from live_wait, hang_ups"),
            (lambda t: t.assign(unsolved=t["rating"] == 1), "no finite weight to .*unsolved"),
            (lambda t: t.to_dict(), "needs a table .* not dict"),
        ],
    )
    def test_of_the_table(self, change, message):
        with pytest.raises((ValueError, TypeError), match=message):
            fit(change(answered(300, 2)))

    def test_of_the_drivers(self):
        table = answered(300, 2)
        with pytest.raises(ValueError, match=r"no such driver as 'repeat'\. Did you mean 'repeats'"):
            fit(table, ["repeat"])
        with pytest.raises(ValueError, match="the survey lacks angry"):
            fit(table, ["repeats", "angry"])
        with pytest.raises(ValueError, match="angry is the same in all 300 answers"):
            fit(table.assign(angry=1), ["repeats", "angry"])
        with pytest.raises(ValueError, match="confidence holds 95"):
            fit(table, confidence=95)
        assert fit(table.assign(angry=1), "repeats").table.index[0] == "repeats"

    def test_a_driver_that_is_the_same_for_all_is_left_out_unless_asked_for(self):
        assert "angry" not in fit(answered(300, 2).assign(angry=1)).table.index

    def test_without_statsmodels_it_says_what_to_install(self, monkeypatch):
        real = builtins.__import__

        def missing(name, *args, **kwargs):
            if name.startswith("statsmodels"):
                raise ModuleNotFoundError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", missing)
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'after-sales-workbook\[fit\]'"):
            fit(answered(300, 2))


@pytest.fixture(scope="module")
def reviews(shared_data):
    path = shared_data / "olist_delay_vs_review.csv"
    if not path.is_file():
        pytest.skip("needs the reviews, in ../shared/data/olist_delay_vs_review.csv")
    table = pd.read_csv(path)
    return table[table["delivered"]].sort_values("avg_delay")


class TestOlist:
    """Reviews of 98,673 orders by how late they came: averages of a marketplace, not cases of a service."""

    def test_the_weight_of_lateness_is_the_one_that_fits_best(self, reviews):
        from scipy.optimize import minimize

        late, bad, orders = (reviews[name].to_numpy() for name in ("avg_delay", "bad_review_rate", "orders"))
        driver = np.log1p(np.maximum(late, 0))

        def misfit(numbers):
            odds = numbers[0] - numbers[1] * driver  # of a rating of 1 or 2: the second cut less the score
            return (orders * (np.logaddexp(0, odds) - bad * odds)).sum()

        cut, weight = minimize(misfit, (-2.0, -1.0)).x
        default = next(one for one in WEIGHTS if one.name == "late_days")
        assert default.default == pytest.approx(weight, abs=0.05)
        assert default.low < weight < default.high
        assert Satisfaction().rating_cuts[1] == pytest.approx(cut, abs=0.05)

    def test_how_well_the_curve_agrees(self, reviews):
        judged = Satisfaction()
        for row in reviews.itertuples():
            chance = chances(judged.weights.late_days * log1p(max(row.avg_delay, 0)), judged.rating_cuts)
            assert chance[:2].sum() == pytest.approx(row.bad_review_rate, abs=0.13), row.delay_bucket
            assert chance @ np.arange(1, 6) == pytest.approx(row.avg_review, abs=0.35), row.delay_bucket

    def test_later_is_never_better(self, reviews):
        late = reviews[reviews["avg_delay"] > 0]
        assert (np.diff(late["bad_review_rate"]) > 0).all()
        assert (np.diff(late["avg_review"]) < 0).all()

    def test_orders_in_time_set_the_cuts(self, reviews):
        on_time = reviews[reviews["avg_delay"] <= 0]
        share = np.average(on_time["bad_review_rate"], weights=on_time["orders"])
        mean = np.average(on_time["avg_review"], weights=on_time["orders"])
        chance = chances(0.0, Satisfaction().rating_cuts)
        assert on_time["orders"].sum() == 88168
        assert chance[:2].sum() == pytest.approx(share, abs=0.001)
        assert chance @ np.arange(1, 6) == pytest.approx(mean, abs=0.005)
