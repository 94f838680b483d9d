"""Figures of luck and of fair comparison: rankings, shrinking intervals, pairs, and intervals against the truth."""

import re

import numpy as np
import pandas as pd
import pytest

import sim
from sim.plots import SCENARIO_COLOURS

ROUNDS = pd.DataFrame(
    {"one": [0.10, 0.30, 0.10, 0.20], "two": [0.20, 0.10, 0.20, 0.10], "three": [0.30, 0.20, 0.05, 0.30]}
)


@pytest.fixture(scope="module")
def desk():
    return sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3, name="two agents")


@pytest.fixture(scope="module")
def runs(desk):
    return sim.replicate(desk, replications=60, progress=False)


@pytest.fixture(scope="module")
def duel(desk):
    slower = desk.with_(name="slower", case_types={"call": {"handle_time": {"mean_minutes": 5.5}}})
    return sim.compare([desk, slower], replications=30, progress=False)


def drawn(axes):
    """The labelled lines of a panel: their points."""
    return {line.get_label(): line.get_xydata() for line in axes.lines if not line.get_label().startswith("_")}


class TestRankings:
    def test_the_lowest_comes_first(self):
        lines = drawn(sim.plots.rankings(ROUNDS).axes[0])
        assert lines["one"].tolist() == [[1, 1], [2, 3], [3, 2], [4, 2]]
        assert lines["two"].tolist() == [[1, 2], [2, 1], [3, 3], [4, 1]]
        assert lines["three"].tolist() == [[1, 3], [2, 2], [3, 1], [4, 3]]

    def test_or_the_highest(self):
        for figure in (sim.plots.rankings(ROUNDS, goal="highest"), sim.plots.rankings(ROUNDS, "service_level")):
            lines = drawn(figure.axes[0])
            assert lines["three"][:, 1].tolist() == [1, 2, 3, 1]
            assert figure.message == "“three”, first in round 1, came first in 1 of the next 3 rounds"

    def test_the_first_is_at_the_top(self):
        bottom, top = sim.plots.rankings(ROUNDS).axes[0].get_ylim()
        assert top < 1 < 3 < bottom

    def test_the_winner_of_the_first_round_stands_out(self):
        for order in (["one", "two", "three"], ["three", "two", "one"]):
            axes = sim.plots.rankings(ROUNDS[order]).axes[0]
            widths = {line.get_label(): line.get_linewidth() for line in axes.lines}
            assert max(widths, key=widths.get) == "one"
            assert widths["two"] == widths["three"] < widths["one"]

    def test_only_so_many_rounds_are_drawn_and_counted(self):
        figure = sim.plots.rankings(ROUNDS, most=3)
        assert len(drawn(figure.axes[0])["one"]) == 3
        assert figure.message == "“one”, first in round 1, came first in 0 of the next 2 rounds"

    def test_five_plans_have_colours_of_their_own_and_no_faint_one(self):
        five = pd.DataFrame(np.arange(10.0).reshape(2, 5), columns=list("abcde"))
        colours = [line.get_color() for line in sim.plots.rankings(five).axes[0].lines]
        assert len(set(colours)) == 5
        assert set(colours) < set(SCENARIO_COLOURS)
        assert SCENARIO_COLOURS[5] not in colours

    @pytest.mark.parametrize(
        "table", [ROUNDS.iloc[:1], ROUNDS[["one"]], pd.DataFrame(np.ones((3, 6))), [[1, 2], [3, 4]], None]
    )
    def test_what_is_no_contest(self, table):
        with pytest.raises(ValueError, match="two rounds or more"):
            sim.plots.rankings(table)

    def test_a_round_without_a_value(self):
        with pytest.raises(ValueError, match="no value in some round"):
            sim.plots.rankings(ROUNDS.where(ROUNDS < 0.3))

    def test_a_measure_without_a_goal(self):
        with pytest.raises(ValueError, match="goal='highest'"):
            sim.plots.rankings(ROUNDS, "occupancy")


class TestNarrowing:
    def test_dots_are_the_intervals_of_shorter_experiments(self, desk, runs):
        dots = drawn(sim.plots.narrowing(runs).axes[0])["runs"]
        assert dots[0, 0] == 10
        assert dots[-1, 0] == 60
        assert {15, 20, 55} <= set(dots[:, 0])
        for count in (10, 15, 60):
            row = sim.replicate(desk, replications=count, progress=False).measure("abandonment").iloc[0]
            height = dots[dots[:, 0] == count, 1].item()
            assert height == pytest.approx(50 * (row["high"] - row["low"]), rel=1e-9)

    def test_the_line_is_the_square_root_rule_through_the_last_dot(self, runs):
        lines = drawn(sim.plots.narrowing(runs).axes[0])
        x, y = lines["rule"].T
        np.testing.assert_allclose(y * np.sqrt(x), lines["runs"][-1, 1] * np.sqrt(60))

    def test_the_title_names_a_quarter_of_the_runs_and_all(self, runs):
        figure = sim.plots.narrowing(runs)
        dots = {round(x): y for x, y in drawn(figure.axes[0])["runs"]}
        told = re.fullmatch(
            r"After 15 runs abandonment is known to ± ([\d.]+) points, after 60 to ± ([\d.]+) points", figure.message
        )
        assert [float(number) for number in told.groups()] == pytest.approx([dots[15], dots[60]], abs=0.06)

    def test_confidence_and_channel(self, runs):
        sure, usual = (
            drawn(sim.plots.narrowing(runs, channel="phone", confidence=level).axes[0])["runs"] for level in (0.99, 0.9)
        )
        assert (sure[:, 1] > 1.3 * usual[:, 1]).all()
        np.testing.assert_allclose(
            drawn(sim.plots.narrowing(runs, channel="phone").axes[0])["runs"],
            drawn(sim.plots.narrowing(runs).axes[0])["runs"],
        )

    def test_a_channel_is_not_the_whole(self):
        shop = sim.replicate(sim.load("baseline").with_(days=1), replications=40, progress=False)
        row = shop.measure("abandonment", by="channel").loc["chat"]
        dots = drawn(sim.plots.narrowing(shop, channel="chat").axes[0])["runs"]
        assert dots[-1, 1] == pytest.approx(50 * (row["high"] - row["low"]), rel=1e-9)

    def test_a_count_of_customers(self, runs):
        row = runs.measure("abandoned").iloc[0]
        dots = drawn(sim.plots.narrowing(runs, "abandoned").axes[0])["runs"]
        assert dots[-1, 1] == pytest.approx((row["high"] - row["low"]) / 2, rel=1e-9)

    def test_too_few_runs(self, desk, runs, duel):
        for source in (duel.replications[0], duel, runs[0]):
            with pytest.raises(ValueError, match="40 or more"):
                sim.plots.narrowing(source)

    def test_a_measure_without_a_value(self, runs):
        with pytest.raises(ValueError, match="no value"):
            sim.plots.narrowing(runs, "response_hours")


class TestPairs:
    def test_a_dot_is_a_run_of_both_plans(self, duel):
        figure = sim.plots.pairs({"the same customers": duel.replications})
        dots = drawn(figure.axes[0])["runs"]
        for column, one in zip(dots.T, duel.replications, strict=True):
            np.testing.assert_allclose(column, 100 * one.each("abandonment")["all"])
        assert figure.axes[0].get_xlabel() == "“two agents”"
        assert figure.axes[0].get_ylabel() == "“slower”"

    def test_correlation_is_high_with_the_same_customers_only(self, desk, duel):
        slower = duel.replications[1].scenario
        alone = sim.replicate(slower, replications=30, seed=2, progress=False)
        figure = sim.plots.pairs({"own": (duel.replications[0], alone), "same": duel.replications})
        own, same = (float(text) for text in re.findall(r"−?[\d.]+(?= \()", figure.message.replace("−", "-")))
        both = [one.each("abandonment")["all"] for one in duel.replications]
        assert same == pytest.approx(np.corrcoef(*both)[0, 1], abs=0.006)
        assert same > 0.8
        # The correlation of 30 pairs without any has a standard error of 1 / sqrt(29).
        assert abs(own) < 3 / 29**0.5

    def test_all_panels_have_one_scale_with_the_line_of_equality(self, duel, runs):
        other = sim.replicate(runs.scenario, replications=60, seed=9, progress=False)
        figure = sim.plots.pairs({"same": duel.replications, "copies": (runs, other)})
        assert any("30 and 60 runs a panel" in text.get_text() for text in figure.texts)
        limits = {(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}
        assert len(limits) == 1
        ((across, upwards),) = limits
        assert across == upwards
        assert drawn(figure.axes[0])["equal"].tolist() == [[across[0]] * 2, [across[1]] * 2]

    @pytest.mark.parametrize("panel", [lambda r: (r,), lambda r: (r, r, r), lambda r: (r, r[0]), lambda r: (r, None)])
    def test_what_is_no_pair(self, runs, panel):
        with pytest.raises(ValueError, match="'mine' holds no pair"):
            sim.plots.pairs({"mine": panel(runs)})

    def test_as_many_runs_of_both(self, runs, duel):
        with pytest.raises(ValueError, match="60 and 30 runs"):
            sim.plots.pairs({"mine": (runs, duel.replications[1])})
        with pytest.raises(ValueError, match="needs a panel"):
            sim.plots.pairs({})

    @pytest.mark.parametrize("measure", ["response_hours", "blocked"])
    def test_a_measure_without_value_or_spread(self, duel, measure):
        with pytest.raises(ValueError, match=f"{measure} has no value, or the same in every run"):
            sim.plots.pairs({"mine": duel.replications}, measure)


class TestIntervals:
    TABLE = pd.DataFrame(
        {"estimate": [-0.02, 0.01, -0.05], "low": [-0.04, -0.01, -0.06], "high": [-0.01, 0.03, -0.04]},
        index=["a", "b", "c"],
    )

    def test_those_that_miss_the_truth_stand_apart(self):
        figure = sim.plots.intervals(self.TABLE, truth=-0.015)
        found = {one.get_label(): one.get_segments() for one in figure.axes[0].collections}
        assert [segment[:, 0].tolist() for segment in found["holds"]] == [[-4, -1]]
        assert sorted(segment[:, 0].tolist() for segment in found["misses"]) == [[-6, -4], [-1, 3]]
        assert figure.message == "1 of 3 intervals holds the true difference of −1.5 points; 2 are clear of zero"

    def test_clear_of_zero_is_on_either_side_of_it(self):
        mirrored = pd.DataFrame({"estimate": [0.02, 0.0], "low": [0.01, -0.01], "high": [0.03, 0.01]})
        assert sim.plots.intervals(mirrored, truth=0.02).message.endswith("points; 1 is clear of zero")

    def test_the_first_is_at_the_top(self):
        axes = sim.plots.intervals(self.TABLE, truth=-0.05).axes[0]
        heights = {round(segment[0, 0]): segment[0, 1] for one in axes.collections for segment in one.get_segments()}
        assert heights[-4] > heights[-1] > heights[-6]

    def test_the_truth_is_a_line(self):
        axes = sim.plots.intervals(self.TABLE, truth=-0.015).axes[0]
        np.testing.assert_allclose(drawn(axes)["truth"][:, 0], [-1.5, -1.5])

    def test_the_axis_holds_zero_the_truth_and_all_intervals(self):
        for truth in (-0.015, 0.2, -0.3):
            left, right = sim.plots.intervals(self.TABLE.iloc[[2]], truth=truth).axes[0].get_xlim()
            assert left < min(-6, 100 * truth)
            assert right > max(0, 100 * truth)

    def test_or_reaches_as_far_as_said(self):
        assert sim.plots.intervals(self.TABLE, truth=0, reach=0.08).axes[0].get_xlim() == pytest.approx((-8, 8))

    def test_equal_plans_on_the_same_customers(self):
        nothing = pd.DataFrame({"estimate": [0.0], "low": [0.0], "high": [0.0]})
        figure = sim.plots.intervals(nothing, truth=0.0)
        assert figure.message == "1 of 1 intervals holds the true difference of 0 points; 0 are clear of zero"

    def test_other_units(self):
        figure = sim.plots.intervals(10 * self.TABLE, truth=-0.15, measure="asa_minutes")
        assert "−9 seconds" in figure.message
        assert figure.axes[0].get_title(loc="left").endswith("seconds")

    def test_what_is_no_table_of_intervals(self):
        with pytest.raises(ValueError, match="low is missing"):
            sim.plots.intervals(self.TABLE.drop(columns="low"), truth=0)
        with pytest.raises(ValueError, match="a row an experiment"):
            sim.plots.intervals(self.TABLE.iloc[:0], truth=0)


def test_an_experiment_without_a_value_is_not_counted_among_those_that_miss():
    table = pd.DataFrame({"estimate": [0.1, np.nan], "low": [0.0, np.nan], "high": [0.2, np.nan]})
    with pytest.raises(ValueError, match="has no value"):
        sim.plots.intervals(table, truth=0.1)
    with pytest.raises(ValueError, match="has no value"):
        sim.plots.intervals(table.iloc[:1], truth=float("nan"))


def test_narrowing_says_what_it_cannot_draw():
    desk = sim.one_queue(arrivals_per_hour=6, handle_minutes=5, agents=1, patience_minutes=3, days=1)
    runs = sim.replicate(desk, replications=40, progress=False)
    with pytest.raises(ValueError, match="no such channel as 'fax'"):
        sim.plots.narrowing(runs, channel="fax")
    with pytest.raises(ValueError, match="confidence holds 95"):
        sim.plots.narrowing(runs, confidence=95)
    with pytest.raises(ValueError, match="the same in every run"):
        sim.plots.narrowing(runs, "people_cost")


def test_the_shape_of_one_day_has_no_band_and_that_of_none_is_refused():
    calls = sim.datasets.bank_1999()
    assert "calls" in repr(sim.plots.day_shape(calls[calls["date"] == calls["date"].min()]))
    for table, groups in ((calls.iloc[:0], None), (calls, {"nobody": []})):
        with pytest.raises(ValueError, match="no day to show"):
            sim.plots.day_shape(table, groups)
