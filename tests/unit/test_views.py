"""Company and customers: a day counted by hand, the measures that must agree, and the two figures of shares."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection

import sim
from sim.plots import sentences

COMPANY, CUSTOMERS = "the company", "its customers"


def constant(**mean):
    return {"distribution": "constant", **mean}


# One agent, conversations of 5 minutes, 4 minutes of patience; who hangs up calls again after 10 minutes.
#   540 A  answered at once, solved
#   542 B  answered after 3 minutes, solved
#   543 C  hangs up at 547, calls again at 557: answered at once, solved
#   549.65 F  answered after 21 seconds, solved
#   570 D  answered at once, not solved, gives up
#   580 E  writes in the chat, which is nobody's business here
BY_HAND = {
    "name": "by hand",
    "days": 1,
    "demand": {
        "trace": {
            "minutes": [540, 542, 543, 549.65, 570, 580],
            "types": ["easy", "easy", "easy", "easy", "hard", "chatty"],
        }
    },
    "case_types": {
        "easy": {"channels": {"phone": 1}, "handle_time": constant(mean_minutes=5)},
        "hard": {"channels": {"phone": 1}, "handle_time": constant(mean_minutes=5), "solved": 0},
        "chatty": {"channels": {"chat": 1}, "handle_time": constant(mean_minutes=5)},
    },
    "channels": {
        "phone": {"kind": "live", "open_hours": "always", "patience": constant(mean_minutes=4)},
        "chat": {"kind": "live", "open_hours": "always", "patience": "never", "answer_within_seconds": 60},
    },
    "teams": {"desk": {"skills": ["phone"], "agents": 1}, "chatters": {"skills": ["chat"], "agents": 1}},
    "coming_back": {"after_abandonment": {"odds": 1, "delay": constant(mean_minutes=10)}},
}


@pytest.fixture(scope="module")
def run():
    return sim.simulate(sim.load(BY_HAND), seed=1)


@pytest.fixture(scope="module")
def duel():
    desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=4, patience_minutes=2, name="four")
    return sim.compare([desk, desk.with_(name="six", teams={"agents": {"agents": 6}})], replications=8, progress=False)


class TestTwoViews:
    def test_a_day_by_hand(self, run):
        views = sim.two_views(run)["estimate"]
        satisfied = sim.satisfaction.ratings(run).query("type != 'chatty'")["rating"].ge(4).mean()
        assert views[COMPANY].to_dict() == {
            "of the answered calls, within 20 seconds": 3 / 5,
            "of all calls, answered within 20 seconds": 3 / 6,
        }
        assert views[CUSTOMERS].to_dict() == {
            "first call answered": 4 / 5,
            "first call answered within 20 seconds": 2 / 5,
            "… and it solved the problem": 1 / 5,
            "satisfied: rating 4 or 5": satisfied,
        }

    def test_another_channel_has_its_own_limit_and_words(self, run):
        views = sim.two_views(run, "chat")["estimate"]
        assert views[CUSTOMERS].index[1] == "first contact answered within 60 seconds"
        assert views.iloc[:5].tolist() == [1] * 5

    def test_one_run_has_no_interval(self, run):
        assert sim.two_views(run)[["low", "high"]].isna().all(axis=None)

    @pytest.mark.parametrize(
        ("row", "measure"), [(0, "service_level_answered"), (1, "service_level_offered"), (5, "csat")]
    )
    def test_agrees_with_the_measures(self, duel, row, measure):
        views = sim.two_views(duel)
        for name, runs in zip(duel.names, duel.replications, strict=True):
            found, expected = views.loc[name].iloc[row], runs.measure(measure).iloc[0]
            assert found.tolist() == pytest.approx(expected.tolist())

    def test_confidence_widens_the_intervals(self, duel):
        runs = duel.replications[0]
        usual, wide = sim.two_views(runs), sim.two_views(runs, confidence=0.99)
        assert (wide["low"] < usual["low"]).all()
        assert (wide["high"] > usual["high"]).all()

    def test_open_cases_are_not_asked(self):
        """C would call again after the end of the day: the case is open, and four customers are left to rate."""
        scenario = sim.load(BY_HAND).with_(
            coming_back={"after_abandonment": {"delay": {"mean_minutes": 1000}}},
            satisfaction={"weights": {"unsolved": -99}},
        )
        run = sim.simulate(scenario, seed=1)
        rated = sim.satisfaction.ratings(run).query("type != 'chatty'")["rating"]
        assert len(rated) == 4
        assert sim.two_views(run)["estimate"].iloc[5] == rated.ge(4).mean()

    @pytest.mark.parametrize("truly_solved", [0, 1])
    def test_the_bot_answers_too_and_solves_what_it_truly_solves(self, truly_solved):
        bot = {
            "channels": ["chat"],
            "contains": {"chatty": 1, "easy": 0, "hard": 0},
            "truly_solved": truly_solved,
            "minutes": constant(mean_minutes=2),
        }
        views = sim.two_views(sim.simulate(sim.load(BY_HAND | {"bot": bot}), seed=1), "chat")["estimate"]
        assert views[CUSTOMERS].iloc[:3].tolist() == [1, 1, truly_solved]
        assert views[COMPANY].isna().all()

    def test_errors_say_what_to_do(self, run):
        with pytest.raises(ValueError, match="chat"):
            sim.two_views(run, "chatt")
        with pytest.raises(ValueError, match=r"no such live channel as \['phone'\]\. Did you mean 'phone'"):
            sim.two_views(run, ["phone"])
        with pytest.raises(TypeError, match=r"sim\.simulate.* not DataFrame"):
            sim.two_views(run.contacts)
        with pytest.raises(ValueError, match="confidence holds 95"):
            sim.two_views(run, confidence=95)


def table(*rows, names=("measure",)):
    """A table of (labels..., estimate, low, high)."""
    index = pd.MultiIndex.from_tuples([row[:-3] for row in rows], names=names)
    if len(names) == 1:
        index = pd.Index([row[0] for row in rows], name=names[0])
    return pd.DataFrame([row[-3:] for row in rows], columns=["estimate", "low", "high"], index=index)


FOUR = table(("a", 0.7, 0.6, 0.79), ("b", 0.78, 0.7, 0.82), ("c", 0.81, 0.805, 0.815), ("service_level", 1, 1, 1))


class TestLevels:
    def test_points_and_intervals_are_the_table(self):
        axes = sim.plots.levels(FOUR).axes[0]
        (points,) = [one for one in axes.lines if one.get_label() == "share"]
        assert points.get_xdata().tolist() == pytest.approx([70, 78, 81, 100])
        stems, bars = [one for one in axes.collections if isinstance(one, LineCollection)]
        assert [segment[:, 0].tolist() for segment in stems.get_segments()][1] == pytest.approx([0, 78])
        assert [segment[:, 0].tolist() for segment in bars.get_segments()][1] == pytest.approx([70, 82])
        assert [text.get_text().replace(sentences.NBSP, " ") for text in axes.texts] == [
            "70 % (60 to 79)",
            "78 % (70 to 82)",
            "81.0 % (80.5 to 81.5)",
            "100 %",
        ]

    def test_rows_stand_in_order_from_the_top_and_measures_say_what_they_are(self):
        axes = sim.plots.levels(FOUR).axes[0]
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == ["a", "b", "c", "service_level\nanswered in time / (offered - hung up in time)"]
        bottom, top = axes.get_ylim()
        assert bottom > top
        assert np.diff(axes.get_yticks()).min() > 0

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            (0.8, "80 % is reached in 2 of 4 ways to count (1 too close to call)"),
            (0.5, "50 % is reached in 4 of 4 ways to count"),
            (1, "100 % is reached in 1 of 4 ways to count"),
        ],
    )
    def test_the_target_is_reached_where_the_whole_interval_is(self, target, said):
        figure = sim.plots.levels(FOUR, target=target)
        assert figure.message == said
        (drawn,) = [one for one in figure.axes[0].lines if one.get_label() == "target"]
        assert drawn.get_xdata()[0] == pytest.approx(100 * target)

    def test_without_a_target_it_names_the_ends(self):
        assert sim.plots.levels(FOUR).message == "Between 70 % and 100 %: it depends on what is counted"

    def test_one_run_speaks_of_no_interval(self):
        figure = sim.plots.levels(FOUR[["estimate"]], target=0.8)
        assert figure.message == "80 % is reached in 2 of 4 ways to count"
        assert any(text.get_text() == sentences.ONE_RUN for text in figure.texts)

    def test_views_have_headings_and_a_title(self):
        names = ["view", "counted"]
        rows = [("us", "x", 0.8, 0.7, 0.9), ("us", "y", 0.7, 0.6, 0.8), ("them", "x", 0.5, 0.4, 0.6)]
        figure = sim.plots.levels(table(*rows, names=names))
        assert figure.message == "Up to 80 % in the view of us, down to 50 % in that of them"
        labels = {label.get_text(): label.get_fontweight() for label in figure.axes[0].get_yticklabels()}
        assert labels == {"x": "normal", "y": "normal", "us": "bold", "them": "bold"}

    def test_scenarios_keep_apart_and_are_compared_by_their_intervals(self):
        names = ["scenario", "view", "counted"]
        rows = [
            *[
                ("now", "us", "x", 0.5, 0.4, 0.6),
                ("now", "us", "y", 0.5, 0.4, 0.6),
                ("now", "them", "x", 0.5, 0.4, 0.6),
            ],
            *[
                ("new", "us", "x", 0.7, 0.61, 0.8),
                ("new", "us", "y", 0.3, 0.2, 0.39),
                ("new", "them", "x", 0.6, 0.55, 0.7),
            ],
        ]
        figure = sim.plots.levels(table(*rows, names=names))
        assert figure.message == (
            "With “new” for us 1 of 2 shares are higher and 1 lower; for them no share is surely higher or lower"
        )
        now, new = (one for one in figure.axes[0].lines if one.get_label() in ("now", "new"))
        assert now.get_color() != new.get_color()
        assert (np.asarray(new.get_ydata()) > np.asarray(now.get_ydata())).all()
        with_target = sim.plots.levels(table(*rows, names=names), target=0.6).message
        assert with_target == (
            "60 % is reached in none of 3 ways to count (3 too close to call) with “now” and in 1 of 3 ways to count "
            "(1 too close to call) with “new”"
        )

    @pytest.mark.parametrize(
        ("shown", "options", "why"),
        [
            (FOUR.rename(columns={"estimate": "mean"}), {}, "estimate is missing"),
            (FOUR.iloc[:0], {}, "at least one"),
            (100 * FOUR, {}, "shares from 0 to 1"),
            (pd.concat([FOUR, FOUR]), {}, "'a' comes twice"),
            (FOUR, {"target": 80}, "target holds 80"),
            (FOUR, {"target": "80 %"}, "target holds '80 %'"),
        ],
    )
    def test_refuses_what_it_cannot_draw(self, shown, options, why):
        with pytest.raises(ValueError, match=why):
            sim.plots.levels(shown, **options)


WAITS = pd.DataFrame({"load": [1.25, 0.8], "estimate": [0.5, 0.1], "low": [0.4, 0.08], "high": [0.6, 0.12]})
HANG_UPS = pd.DataFrame({"load": [0.8, 1.25], "estimate": [0.05, 0.25], "low": [0.04, 0.24], "high": [0.06, 0.26]})


class TestOverload:
    def test_points_intervals_and_what_nobody_can_do(self):
        above, below = sim.plots.overload(WAITS, HANG_UPS).axes
        for axes, seen in ((above, [6, 30]), (below, [5, 25])):
            (points,) = [one for one in axes.lines if one.get_label() == "simulated"]
            assert points.get_xdata().tolist() == pytest.approx([80, 125])
            assert points.get_ydata().tolist() == pytest.approx(seen)
        bars = next(one for one in above.collections if isinstance(one, LineCollection))
        assert bars.get_segments()[1][:, 1].tolist() == pytest.approx([24, 36])
        (must,) = [one for one in below.collections if isinstance(one, PolyCollection)]
        x, y = must.get_paths()[0].vertices.T
        # Of 126 calls 100 can be answered: 26 / 126 are lost at the right end, nothing up to 100 %.
        assert y.max() == pytest.approx(100 * 26 / 126)
        assert y[x < 100].max() == 0

    def test_the_curve_without_hang_ups_ends_before_full_load(self):
        curve = pd.DataFrame({"load": [0.9, 0.8, 1.1], "wait_minutes": [0.7, 0.3, -5]})
        axes = sim.plots.overload(WAITS, HANG_UPS, curve).axes[0]
        (line,) = [one for one in axes.lines if one.get_label() == "for ever"]
        assert line.get_xdata().tolist() == pytest.approx([80, 90])
        assert line.get_ydata().tolist() == pytest.approx([18, 42])
        assert any(re.search("if nobody hung up", text.get_text()) for text in axes.texts)

    def test_title_is_about_the_highest_load(self):
        assert sim.plots.overload(WAITS, HANG_UPS).message == (
            "At a load of 125 % the mean wait is 30 seconds, because 25 % hang up"
        )

    def test_a_load_without_a_value_is_left_out(self):
        higher = pd.DataFrame({"load": [1.5], "estimate": [np.nan]})
        figure = sim.plots.overload(pd.concat([WAITS, higher]), pd.concat([HANG_UPS, higher]))
        assert figure.message == sim.plots.overload(WAITS, HANG_UPS).message
        only_waits = sim.plots.overload(WAITS, HANG_UPS.assign(estimate=[0.05, np.nan]))
        assert only_waits.message == "At a load of 80 % the mean wait is 6 seconds, because 5 % hang up"

    def test_refuses_tables_that_know_nothing(self):
        with pytest.raises(ValueError, match="waits for overload has no value"):
            sim.plots.overload(WAITS.assign(estimate=np.nan), HANG_UPS)
        with pytest.raises(ValueError, match="both known"):
            sim.plots.overload(WAITS.iloc[:1], HANG_UPS[HANG_UPS["load"] != WAITS["load"].iloc[0]])

    def test_below_full_load_nothing_is_beyond_the_agents(self):
        figure = sim.plots.overload(WAITS[WAITS["load"] < 1], HANG_UPS[HANG_UPS["load"] < 1])
        assert "more than the agents can do" not in " ".join(text.get_text() for text in figure.axes[1].texts)

    def test_refuses_tables_without_rows_or_columns(self):
        with pytest.raises(ValueError, match="hang-ups for overload has no rows"):
            sim.plots.overload(WAITS, HANG_UPS.iloc[:0])
        with pytest.raises(ValueError, match="load is missing"):
            sim.plots.overload(WAITS.drop(columns="load"), HANG_UPS)
        with pytest.raises(ValueError, match="wait_minutes is missing"):
            sim.plots.overload(WAITS, HANG_UPS, WAITS)
