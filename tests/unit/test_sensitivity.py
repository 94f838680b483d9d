"""Which conclusions survive other weights: rankings that hold, one that must turn, and the figures of both."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.opinions import EXPECTATIONS, WEIGHTS, Satisfaction
from sim.satisfaction import sensitivity


def plans():
    """A fast desk that is rude, and a slow one that is kind: what is better depends on what customers care for."""
    base = sim.one_queue(arrivals_per_hour=40, handle_minutes=5, agents=4, name="kind")
    kind = base.with_(teams={"agents": {"courtesy": 0.5}})
    rude = base.with_(name="rude", teams={"agents": {"agents": 9, "courtesy": -0.1}})
    return [kind, rude]


@pytest.fixture(scope="module")
def duel():
    return sim.compare(plans(), replications=4, progress=False)


@pytest.fixture(scope="module")
def found(duel):
    return sensitivity(duel, samples=60)


class TestRankings:
    def test_the_lead_is_the_difference_of_the_measures(self, duel, found):
        table = duel.measures().xs("csat", level="measure")["estimate"]
        assert found.ranking == tuple(table.sort_values(ascending=False).index)
        gap = duel.differences().loc[("rude", "csat"), ["estimate", "low", "high"]]
        sign = 1 if found.ranking[0] == "rude" else -1
        assert sorted(found.lead) == pytest.approx(sorted(sign * gap))

    def test_each_row_is_the_comparison_with_that_weight(self, found):
        row = found.table.loc["courtesy"]
        for end in ("low", "high"):
            judged = {"weights": {"courtesy": float(row[end])}}
            again = sim.compare([plan.with_(satisfaction=judged) for plan in plans()], 4, progress=False)
            csat = again.measures().xs("csat", level="measure")["estimate"]
            assert row[f"at_{end}"] == pytest.approx(csat[found.ranking[0]] - csat[found.ranking[1]])
            assert row[f"best_at_{end}"] == csat.idxmax()
        assert row["swing"] == pytest.approx(abs(row["at_high"] - row["at_low"]))

    def test_an_expectation_moves_what_was_lived_through(self, found):
        row = found.table.loc["expects.live_minutes"]
        judged = {"expects": {"live_minutes": 0.3}}
        again = sim.compare([plan.with_(satisfaction=judged) for plan in plans()], 4, progress=False)
        csat = again.measures().xs("csat", level="measure")["estimate"]
        assert row["at_low"] == pytest.approx(csat[found.ranking[0]] - csat[found.ranking[1]])

    def test_the_ranking_turns_with_what_the_plans_differ_in_and_with_nothing_else(self, found):
        assert found.table.loc[["live_wait", "courtesy", "expects.live_minutes"], "flips"].any()
        untouched = ["bot_failures", "quick", "angry", "refusals", "uninformed", "late_days"]
        assert (found.table.loc[untouched, "swing"] == 0).all()
        assert not found.table.loc[untouched, "flips"].any()
        best = found.ranking[0]
        turned = (found.table[["best_at_low", "best_at_high"]] != best).any(axis=1)
        assert (found.table["flips"] == turned).all()  # of two scenarios
        assert 0 < found.best_share[best] < 1
        assert found.best_share.sum() == pytest.approx(1)
        assert (found.leads > 0).mean() == pytest.approx(found.best_share[best])
        assert found.conclusion.startswith(f"That “{best}” is the best hangs on {found.table.index[turned][0]}")

    def test_rows_are_every_weight_and_expectation_the_strongest_first(self, found):
        names = {one.name for one in WEIGHTS} | {f"expects.{one.name}" for one in EXPECTATIONS}
        assert set(found.table.index) == names
        assert found.table["swing"].is_monotonic_decreasing
        for one in WEIGHTS:
            assert found.table.loc[one.name, ["low", "high"]].tolist() == [one.low, one.high]

    def test_more_agents_are_better_whatever_the_weights(self):
        kind = plans()[0]
        more = kind.with_(name="more", teams={"agents": {"agents": 6}})
        found = sensitivity([kind, more], "mean_rating", replications=8, samples=20)
        assert found.ranking == ("more", "kind")
        assert not found.table["flips"].any()
        assert found.best_share["more"] == 1
        assert found.table["sure"].all()
        assert (
            found.conclusion == "“more” stays ahead of “kind” whichever assumption moves, and in 100 % of joint draws"
        )

    def test_joint_draws_cover_every_range_evenly(self):
        from sim.satisfaction.robustness import _hypercube

        ranges = {"a": (-1.0, 1.0), "b": (10.0, 20.0), "c": (3.0, 3.0)}
        drawn = _hypercube(ranges, 10, 1)
        for place, (low, high) in enumerate(list(ranges.values())[:2]):
            tenth = np.floor((drawn[:, place] - low) / (high - low) * 10)
            assert sorted(tenth) == list(range(10))  # one in each tenth: that is a Latin hypercube
        assert (drawn[:, 2] == 3).all()

    def test_ranges_can_be_given(self, duel):
        fixed = sensitivity(duel, samples=5, ranges={one.name: (one.default, one.default) for one in WEIGHTS})
        assert (fixed.table["swing"][[one.name for one in WEIGHTS]] == 0).all()
        assert np.ptp(fixed.leads) == 0
        table = pd.DataFrame({"low": [-0.4, 1.0], "high": [-0.3, 2.0]}, index=["live_wait", "cut 1|2"])
        narrow = sensitivity(duel, samples=5, ranges=table)
        assert narrow.table.loc["live_wait", ["low", "high"]].tolist() == [-0.4, -0.3]

    def test_a_weight_outside_its_range_widens_it(self, duel):
        found = sensitivity(duel, samples=2, satisfaction=Satisfaction(weights={"courtesy": 3.0}))
        assert found.table.loc["courtesy", ["low", "high"]].tolist() == [0.4, 3.0]
        found = sensitivity(duel, samples=2, satisfaction=Satisfaction(weights={"courtesy": 0.1}))
        assert found.table.loc["courtesy", ["low", "high"]].tolist() == [0.1, 1.8]

    def test_a_ranking_may_turn_at_either_end(self, duel):
        judged = Satisfaction(weights={"courtesy": 0.4})
        found = sensitivity(duel, samples=2, satisfaction=judged)
        assert found.ranking == ("rude", "kind")
        row = found.table.loc["courtesy"]
        assert (row["best_at_low"], row["best_at_high"], row["flips"]) == ("rude", "kind", True)
        found = sensitivity(duel, samples=2, satisfaction=Satisfaction(weights={"courtesy": 1.8}))
        row = found.table.loc["courtesy"]
        assert (row["best_at_low"], row["best_at_high"], row["flips"]) == ("rude", "kind", True)

    def test_a_lead_is_sure_if_its_interval_leaves_out_0(self, found):
        assert found.lead[1] < 0 < found.lead[0] < found.lead[2]  # nearly a tie
        assert not found.table.loc["bot_failures", "sure"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"measure": "asa_minutes"}, "no such measure of satisfaction as 'asa_minutes'"),
            ({"measure": "cast"}, "Did you mean 'csat'"),
            ({"samples": 0}, "samples holds 0"),
            ({"ranges": {"repeat": (-1, 0)}}, "Did you mean 'repeats'"),
            ({"ranges": {"repeats": (0, -1)}}, "a low and a high end"),
            ({"ranges": {"repeats": -1}}, "a low and a high end"),
            ({"ranges": pd.DataFrame({"low": [1]})}, "high is missing"),
            ({"from_day": 9}, "window"),
        ],
    )
    def test_mistakes(self, duel, options, message):
        with pytest.raises(ValueError, match=message):
            sensitivity(duel, **options)

    def test_one_scenario_has_no_rank(self):
        with pytest.raises(ValueError, match="at least two"):
            sensitivity(plans()[:1], replications=1)


class TestTornado:
    def test_bars_reach_from_the_lead_to_the_ends(self, found):
        (axes,) = sim.plots.tornado(found, most=2).axes
        rows = found.table.head(2)
        low, high = axes.containers
        for bars, ends in ((low, "at_low"), (high, "at_high")):
            reached = [bar.get_x() + bar.get_width() for bar in bars]
            assert reached == pytest.approx(100 * rows[ends].to_numpy())
            assert all(bar.get_x() == pytest.approx(100 * found.lead[0]) for bar in bars)
        heights = [bar.get_y() for bar in low]
        assert heights == sorted(heights, reverse=True)

    def test_words(self, found):
        figure = sim.plots.tornado(found)
        assert figure.message == found.conclusion
        (axes,) = figure.axes
        marks = [text for text in axes.texts if text.get_text() == "another order"]
        assert len(marks) == found.table.head(10)["flips"].sum() > 0
        assert "CSAT, points" in axes.get_title(loc="left")
        assert axes.get_yticklabels()[0].get_text().startswith(found.table.index[0])

    def test_refuses_what_it_cannot_show(self, duel, found):
        with pytest.raises(TypeError, match="not Comparison; give it there first"):
            sim.plots.tornado(duel)
        with pytest.raises(ValueError, match="most holds 0"):
            sim.plots.tornado(found, most=0)


class TestLoop:
    @pytest.fixture(scope="class")
    @staticmethod
    def futures():
        shop = sim.one_queue(arrivals_per_hour=12, handle_minutes=5, agents=1, days=1, patience_minutes=5)
        shop = shop.with_(loyalty={"customers": 2000, "orders_per_year": 26})
        options = {"weeks": 6, "replications": 3, "warm_up_days": 0, "progress": False}
        return {
            "as it is": sim.loyalty.project(shop, **options),
            "one more": sim.loyalty.project(shop, hire={4: {"agents": 1}}, **options),
        }

    def test_lines_and_bands_are_the_tables(self, futures):
        figure = sim.plots.loop(futures)
        for axes, (name, factor) in zip(figure.axes, [("orders", 1), ("wait_minutes", 1), ("csat", 100)], strict=True):
            for label, future in futures.items():
                (line,) = [line for line in axes.lines if line.get_label() == label]
                assert np.allclose(line.get_ydata(), factor * future.table(name)["estimate"])
            band = axes.collections[0].get_paths()[0].vertices[:, 1]
            table = factor * futures["as it is"].table(name)
            assert band.max() == pytest.approx(table["high"].max())
            assert band.min() == pytest.approx(table["low"].min())

    def test_hiring_is_marked(self, futures):
        figure = sim.plots.loop(futures)
        for axes in figure.axes:
            assert [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() != "-"] == [4]
        assert "+1 agents" in [text.get_text() for text in figure.axes[0].texts]
        assert "vertical lines" in figure.texts[-1].get_text()

    def test_message(self, futures):
        alone = futures["as it is"]
        first, last = (sim.plots.sentences.number(alone.table("orders")["estimate"].iloc[week]) for week in (0, -1))
        assert sim.plots.loop(alone).message.startswith(f"Orders go from {first} a week to {last}, CSAT from ")
        gap = futures["one more"].less(alone, "orders").iloc[-1]
        message = sim.plots.loop(futures).message
        assert message.startswith("In week 5 “one more” has ")
        assert ("but for luck" in message) == (gap["low"] <= 0 <= gap["high"])
        assert "no vertical" not in sim.plots.loop(alone).texts[-1].get_text()

    def test_refuses_what_it_cannot_show(self, futures):
        with pytest.raises(TypeError, match="not int"):
            sim.plots.loop(3)
        with pytest.raises(TypeError, match="'a' is no projection"):
            sim.plots.loop({"a": 3})
        with pytest.raises(ValueError, match="keeps 6 policies apart; here are 7"):
            sim.plots.loop({str(n): futures["as it is"] for n in range(7)})
