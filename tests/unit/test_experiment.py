"""Replications, their intervals, and comparisons on the same customers."""

import math
import re

import numpy as np
import pandas as pd
import pytest
import tqdm.auto
from scipy import stats

import sim
from sim import batch
from sim.batch import View
from sim.experiment import Estimate


@pytest.fixture(scope="module")
def busy():
    """A desk where some hang up, on days that differ a lot."""
    desk = sim.one_queue(
        arrivals_per_hour=30, handle_minutes=6, agents=3, patience_minutes=4, answer_within_seconds=30, name="busy"
    )
    return desk.with_(demand={"day_factor_cv": 0.25})


@pytest.fixture(scope="module")
def relieved(busy):
    """The same with one more agent."""
    return busy.with_(name="relieved", teams={"agents": {"extra_agents": 1}})


@pytest.fixture(scope="module")
def duel(busy, relieved):
    """Both on the same customers."""
    return sim.compare([busy, relieved], replications=8, seed=5, progress=False)


@pytest.fixture(scope="module")
def runs(duel):
    """The replications of the busy desk."""
    return duel.replications[0]


# Intervals, against sums made by hand from the tables of contacts.


def of_ratio(over, under):
    """Estimate and 95 % interval of a ratio of means, by the formula in Cochran (1977), chapter 6."""
    x, y = np.array(over, dtype=float), np.array(under, dtype=float)
    ratio = x.sum() / y.sum()
    covariance = np.cov(x, y, ddof=1)
    variance = covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
    half = stats.t.ppf(0.975, len(x) - 1) * math.sqrt(variance / len(x)) / y.mean()
    return ratio, ratio - half, ratio + half


def count(runs, rows):
    """How many contacts of each run are of that kind."""
    return [int(rows(run.contacts).sum()) for run in runs]


def offered(contacts):
    return contacts["outcome"].isin(["served", "abandoned", "waiting", "in_service"])


def in_time(contacts):
    return contacts["outcome"].isin(["served", "in_service"]) & (contacts["wait_minutes"] <= 0.5)


def gone_early(contacts):
    return (contacts["outcome"] == "abandoned") & (contacts["wait_minutes"] <= 0.5)


@pytest.mark.parametrize(
    ("measure", "over", "under"),
    [
        ("abandonment", lambda table: table["outcome"] == "abandoned", offered),
        ("service_level_offered", in_time, offered),
        ("service_level", in_time, lambda table: offered(table) & ~gone_early(table)),
        ("service_level_credited", lambda table: in_time(table) | gone_early(table), offered),
        ("service_level_answered", in_time, lambda table: table["outcome"].isin(["served", "in_service"])),
    ],
)
def test_intervals_of_ratios_are_those_of_the_formula(runs, measure, over, under):
    expected = of_ratio(count(runs, over), count(runs, under))
    np.testing.assert_allclose(runs.measures().loc[measure], expected, rtol=1e-12)
    np.testing.assert_allclose(runs.measure(measure).iloc[0], expected, rtol=1e-12)


def test_intervals_of_counts_are_those_of_a_mean(runs):
    counts = np.array(count(runs, offered))
    half = stats.t.ppf(0.95, len(runs) - 1) * counts.std(ddof=1) / math.sqrt(len(runs))
    expected = [counts.mean(), counts.mean() - half, counts.mean() + half]
    np.testing.assert_allclose(runs.measures(confidence=0.9).loc["offered"], expected, rtol=1e-12)


def test_an_interval_worked_out_by_hand():
    # x = 1, 2, 6 and y = 2, 4, 6: R = 9 / 12; x - R y = -1/2, -1, 3/2; divided by the mean of y: -1/8, -1/4, 3/8.
    estimate = Estimate.of(np.array([[1.0], [2.0], [6.0]]), np.array([[2.0], [4.0], [6.0]]))
    assert estimate.value == [0.75]
    np.testing.assert_allclose(estimate.pull, [[-0.125], [-0.25], [0.375]])
    # Their variance is (1/64 + 1/16 + 9/64) / 2 = 7/64; t with 2 degrees of freedom at 97.5 % is 4.302653.
    row = estimate.table(pd.Index(["all"]), 0.95).loc["all"]
    assert row["high"] - row["estimate"] == pytest.approx(4.302653 * math.sqrt(7 / 64 / 3), rel=1e-6)
    assert row["estimate"] - row["low"] == pytest.approx(row["high"] - row["estimate"])


def test_groups_have_intervals_of_their_own(runs):
    by_slot = runs.measure("abandonment", by="slot")
    nine = by_slot.loc["09:00"]
    morning = [run.contacts[run.contacts["arrived_minutes"].between(540, 570, inclusive="left")] for run in runs]
    expected = of_ratio(
        [(table["outcome"] == "abandoned").sum() for table in morning], [offered(table).sum() for table in morning]
    )
    np.testing.assert_allclose(nine, expected, rtol=1e-12)


def test_what_never_happens_has_no_value(runs):
    table = runs.measures()
    assert table.loc["answered_in_target"].isna().all(), "there is no deferred channel"
    assert table.loc["blocked"].tolist() == [0, 0, 0]


def test_each_table_has_labels_of_its_own(runs):
    table = runs.measures()
    table.index.name, table.columns.name = "other", "another"
    assert (runs.measures().index.name, runs.measures().columns.name) == ("measure", None)


def test_one_replication_has_no_interval(busy):
    table = sim.replicate(busy, 1, progress=False).measures()
    assert table["estimate"].notna().any()
    assert table[["low", "high"]].isna().all(axis=None)


def test_intervals_cover_the_truth_as_often_as_they_say():
    # 4,000 experiments of 12 replications; in each, y calls of which each is answered in time with odds 0.8, the
    # odds themselves moving with the number of calls as they do when a desk is busy.
    experiments, replications = 4000, 12
    rng = np.random.default_rng(2)
    calls = rng.poisson(rng.gamma(16, 200 / 16, (replications, experiments)))
    odds = np.clip(0.8 - 0.2 * (calls / 200 - 1), 0, 1)
    answered = rng.binomial(calls, odds)
    # E[y] = 200 and E[y p] = 0.8 * 200 - 0.2 * Var(y) / 200, with Var(y) = 200 + 200^2 / 16.
    truth = (0.8 * 200 - 0.2 * (200 + 200**2 / 16) / 200) / 200
    table = Estimate.of(answered.astype(float), calls.astype(float)).table(pd.RangeIndex(experiments), 0.95)
    covered = ((table["low"] <= truth) & (truth <= table["high"])).mean()
    # A ratio's interval is a little too short in small samples; a wrong formula misses by far more.
    assert 0.93 < covered < 0.95 + 4 * math.sqrt(0.95 * 0.05 / experiments)


def test_intervals_of_simulated_measures_cover_the_truth():
    # The truth is known without simulation: 4 customers an hour, 3 minutes each. 150 experiments of 6 days.
    quiet = sim.one_queue(arrivals_per_hour=4, handle_minutes=3, agents=6)
    sums = sim.replicate(quiet, 900, seed=11, keep_logs=False, progress=False)
    covered = {"contacts": 0, "mean_handle_minutes": 0}
    truth = {"contacts": 96, "mean_handle_minutes": 3}
    for first in range(0, 900, 6):
        few = sums.study.counted([0], View())[0].part(first, first + 6).values
        for measure, over, under in (("contacts", "contacts", None), ("mean_handle_minutes", "handle", "finished")):
            estimate = Estimate.of(few[over], few[under] if under else None)
            covered[measure] += abs(estimate.value[0] - truth[measure]) <= estimate.half_width(0.95)[0]
    # Within four standard errors of a binomial: 95 % of 150, give or take 11.
    assert all(150 * 0.95 - 11 <= times <= 150 for times in covered.values()), covered


# Comparisons.


def test_on_the_same_customers_a_difference_is_known_better_than_its_parts(duel):
    one, other = (runs.measures() for runs in duel.replications)
    paired = duel.differences().loc["relieved"]
    for measure in ("abandonment", "service_level", "asa_minutes"):
        apart = math.hypot(*(table.loc[measure, "high"] - table.loc[measure, "estimate"] for table in (one, other)))
        together = paired.loc[measure, "high"] - paired.loc[measure, "estimate"]
        assert together < 0.7 * apart
        assert paired.loc[measure, "estimate"] == pytest.approx(
            other.loc[measure, "estimate"] - one.loc[measure, "estimate"]
        )


def test_the_interval_of_a_difference_of_counts_is_that_of_the_differences(duel):
    pairs = [
        int((after.contacts["outcome"] == "abandoned").sum()) - int((before.contacts["outcome"] == "abandoned").sum())
        for before, after in zip(*duel.replications, strict=True)
    ]
    half = stats.t.ppf(0.975, len(pairs) - 1) * np.std(pairs, ddof=1) / math.sqrt(len(pairs))
    expected = [np.mean(pairs), np.mean(pairs) - half, np.mean(pairs) + half]
    np.testing.assert_allclose(duel.differences().loc[("relieved", "abandoned")], expected, rtol=1e-12)


def test_scenarios_that_are_alike_differ_by_nothing_at_all(busy):
    # An event after the last day changes nothing, but the scenarios are not equal, so both are run.
    later = busy.with_(name="again", events=[{"name": "sale", "day": 9, "hours": 2, "case_factors": {"call": 2.0}}])
    same = sim.compare([busy, later], replications=3, progress=False)
    difference = same.differences(by="slot")
    assert (difference.fillna(0) == 0).all(axis=None)
    assert difference["estimate"].notna().any()


def test_the_same_customers_come_whatever_the_plan(duel):
    assert (duel.differences().loc["relieved"].loc["cases"] == 0).all()
    for before, after in zip(*duel.replications, strict=True):
        pd.testing.assert_series_equal(before.cases["appears_minutes"], after.cases["appears_minutes"])


def test_differences_can_be_grouped(duel):
    by_slot = duel.differences(by="slot")
    assert by_slot.index.names == ["scenario", "slot", "measure"]
    parts = by_slot.xs("offered", level="measure")["estimate"].sum()
    assert parts == pytest.approx(duel.differences().loc[("relieved", "offered"), "estimate"])


def test_a_comparison_shows_all_scenarios(duel):
    table = duel.measures()
    for runs in duel.replications:
        pd.testing.assert_frame_equal(table.loc[runs.scenario.name], runs.measures())


def test_names_that_come_twice_get_numbers(busy):
    twice = sim.compare([busy, busy], replications=2, progress=False)
    assert twice.names == ["busy (1)", "busy (2)"]
    assert twice.differences().index.get_level_values("scenario").unique().tolist() == ["busy (2)"]


def test_scenarios_with_other_groups_cannot_be_paired(busy):
    longer = sim.compare([busy, busy.with_(days=2)], replications=2, progress=False)
    assert longer.differences().loc[("busy (2)", "cases"), "estimate"] > 0
    with pytest.raises(ValueError, match="different groups here"):
        longer.differences(by="day")


def test_a_single_scenario_has_no_differences(busy):
    with pytest.raises(ValueError, match="one scenario only; give compare at least two"):
        sim.compare([busy], replications=1, progress=False).differences()


# Replications.


def test_a_replication_can_be_seen_again_by_itself(runs, busy):
    assert len(runs) == 8
    again = sim.simulate(busy, seed=5, replication=3)
    pd.testing.assert_frame_equal(runs[3].contacts, again.contacts)
    assert [run.replication for run in runs] == list(range(8))
    assert not runs[2].contacts.equals(runs[3].contacts)


def test_replications_are_the_same_alone_and_in_company(runs, busy):
    alone = sim.replicate(busy, 3, seed=5, progress=False)
    for run, same in zip(alone, runs, strict=False):
        pd.testing.assert_frame_equal(run.contacts, same.contacts)


def test_a_warm_up_is_a_filter_on_the_log(busy):
    runs = sim.replicate(busy.with_(days=3), 2, progress=False)
    parts = [runs.measures(from_day=day, to_day=day + 1).loc["offered", "estimate"] for day in range(3)]
    assert runs.measures(from_day=1).loc["offered", "estimate"] == pytest.approx(sum(parts[1:]))
    assert runs.measures().loc["offered", "estimate"] == pytest.approx(sum(parts))


def interrupt_at(monkeypatch, call):
    """Let the nth simulation be stopped by the user."""
    calls = iter(range(10_000))
    true_simulate = batch.simulate

    def simulate(*arguments, **options):
        if next(calls) == call:
            raise KeyboardInterrupt
        return true_simulate(*arguments, **options)

    monkeypatch.setattr(batch, "simulate", simulate)


def test_stopping_keeps_the_replications_that_are_finished(busy, monkeypatch):
    interrupt_at(monkeypatch, 3)
    with pytest.warns(UserWarning, match="stopped after 3 of 10 replications; these are kept"):
        runs = sim.replicate(busy, 10, progress=False)
    assert len(runs) == 3
    assert runs.measures().loc["abandonment", "high"] > 0


def test_stopping_a_comparison_keeps_whole_pairs(busy, relieved, monkeypatch):
    interrupt_at(monkeypatch, 5)
    with pytest.warns(UserWarning, match="stopped after 2 of 10 replications"):
        duel = sim.compare([busy, relieved], 10, progress=False)
    assert [len(runs) for runs in duel.replications] == [2, 2]


def test_stopping_before_anything_is_finished_stops(busy, monkeypatch):
    interrupt_at(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        sim.replicate(busy, 10, progress=False)


@pytest.mark.parametrize("progress", [True, False])
def test_progress_is_shown_if_asked_for_and_on_standard_error_only(busy, progress, capsys, monkeypatch):
    patient = tqdm.auto.tqdm
    monkeypatch.setattr(tqdm.auto, "tqdm", lambda **options: patient(**{**options, "delay": 0}))
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    sim.replicate(busy, 2, progress=progress)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("run" in shown.err) == progress


# What a tired person might type.

WRONG = {
    "seed in quotes": (
        lambda desk: sim.simulate(desk, seed="1"),
        "seed holds '1'; it must be a whole number of 0 or m",
    ),
    "seed with a fraction": (lambda desk: sim.simulate(desk, seed=1.5), "seed holds 1.5; it must be a whole number"),
    "negative seed": (
        lambda desk: sim.simulate(desk, seed=-1),
        "seed holds -1; it must be a whole number of 0 or more",
    ),
    "no seed": (lambda desk: sim.simulate(desk, seed=None), "seed holds None; it must be a whole number"),
    "true seed": (lambda desk: sim.simulate(desk, seed=True), "seed holds True; it must be a whole number"),
    "negative seed of several": (
        lambda desk: sim.replicate(desk, 2, seed=-1),
        "seed holds -1; it must be a whole number",
    ),
    "replication in quotes": (
        lambda desk: sim.simulate(desk, replication="2"),
        "replication holds '2'; it must be a w",
    ),
    "negative replication": (
        lambda desk: sim.simulate(desk, replication=-1),
        "replication holds -1; it must be a whole",
    ),
    "engine": (lambda desk: sim.simulate(desk, engine="simpi"), "no such engine as 'simpi'. Did you mean 'simpy'?"),
    "no replications": (
        lambda desk: sim.replicate(desk, 0),
        "replications holds 0; it must be a whole number of at least",
    ),
    "replications in quotes": (
        lambda desk: sim.replicate(desk, "30"),
        "replications holds '30'; it must be a whole num",
    ),
    "half a replication": (lambda desk: sim.replicate(desk, 2.5), "replications holds 2.5; it must be a whole number"),
    "several at once": (
        lambda desk: sim.replicate([desk, desk], 2),
        "is not a scenario; give the name of a shipped one",
    ),
    "compare one": (
        lambda desk: sim.compare(desk),
        "compare needs a list of scenarios, such as [base, more]; for a sin",
    ),
    "compare two": (lambda desk: sim.compare(desk, desk), "compare needs a list of scenarios, such as [base, more]"),
    "compare a name": (lambda desk: sim.compare("baseline"), "compare needs a list of scenarios"),
    "compare nothing": (lambda desk: sim.compare([]), "compare needs a list of scenarios"),
    "compare none": (lambda desk: sim.compare(None), "compare needs a list of scenarios"),
    "compare a mapping": (lambda desk: sim.compare({"a": desk}), "compare needs a list of scenarios"),
    "compare a typo": (lambda desk: sim.compare([desk, "basline"]), "Did you mean 'baseline'?"),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_experiment_is_refused(busy, call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(busy)


WRONG_VIEWS = {
    "typo": (
        {"by": "chanel"},
        "no such dimension to group by as 'chanel'. Did you mean 'channel'? Allowed: slot, hour",
    ),
    "number": (
        {"by": 3},
        "by holds 3; it may hold slot, hour, day, weekday, channel, team, type, segment or a list of",
    ),
    "number in a list": ({"by": ["channel", 3]}, "no such dimension to group by as 3. Allowed: slot"),
    "twice": ({"by": ["team", "team"]}, "by names a dimension twice: team, team"),
    "no days left": (
        {"from_day": 1},
        "the window from day 1 to day 1 is empty or outside the run of 1 days; choose 0 <=",
    ),
    "before the start": ({"from_day": -1}, "the window from day -1 to day 1 is empty or outside"),
    "beyond the end": ({"to_day": 2}, "the window from day 0 to day 2 is empty or outside the run"),
    "NaN": ({"to_day": math.nan}, "to_day holds nan; it may hold a number of days from 0 to 1"),
    "text": ({"from_day": "0"}, "from_day holds '0'; it may hold a number of days from 0 to 1"),
    "seconds in quotes": (
        {"answer_within_seconds": "20"},
        "answer_within_seconds holds '20'; it may hold a number of at",
    ),
    "negative seconds": (
        {"answer_within_seconds": -1},
        "answer_within_seconds holds -1; it may hold a number of at least",
    ),
    "seconds NaN": ({"answer_within_seconds": math.nan}, "answer_within_seconds holds nan"),
}


@pytest.mark.parametrize(("options", "message"), WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_a_wrong_view_is_refused(runs, duel, options, message):
    for table in (runs.measures, runs[0].measures, duel.differences):
        with pytest.raises(ValueError, match=re.escape(message)):
            table(**options)


@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5, math.nan, "0.9", None])
def test_a_wrong_confidence_is_refused(runs, confidence):
    with pytest.raises(ValueError, match=r"confidence holds .*; it must lie between 0 and 1, such as 0\.95"):
        runs.measures(confidence=confidence)


def test_a_wrong_measure_is_refused(runs):
    with pytest.raises(ValueError, match=r"no such measure as 'servicelevel'\. Did you mean 'service_level'\?"):
        runs.measure("servicelevel")


@pytest.mark.parametrize("step", [0, -5, "60", math.nan, math.inf])
def test_a_wrong_step_of_the_backlog_is_refused(runs, step):
    with pytest.raises(ValueError, match=r"every_minutes holds .*; it may hold a number above 0"):
        runs[0].backlog(step)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("simulat", "Did you mean 'simulate'?"), ("Load", "Did you mean 'load'?"), ("nonexistent", "Allowed:")],
)
def test_what_sim_does_not_have_is_answered_with_what_it_has(name, hint):
    with pytest.raises(AttributeError, match="sim offers no such thing as") as error:
        getattr(sim, name)
    assert hint in str(error.value)
    assert not hasattr(sim, "__wrapped__")
