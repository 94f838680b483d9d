"""Why scenarios differ: hand-made cases, the sum of the parts, their intervals, and parts that need each other."""

import itertools
import math

import numpy as np
import pytest

import sim
from sim.drivers import Change, Explanation, _half_width_of_both, _orders, _sets_on_the_way, explain, shapley
from sim.experiment import Estimate
from sim.mixtures import WITHOUT_EFFECT, found_parts, mixer, named_parts, places, that_fit


def two_desks(**changes):
    """Two desks that have nothing to do with each other: calls, and chats."""
    kind = {"handle_time": {"mean_minutes": 6, "cv": 1}}
    channel = {"kind": "live", "open_hours": "always", "patience": {"mean_minutes": 3}}
    content = {
        "name": "two desks",
        "days": 1,
        "demand": {"cases_per_hour": {"call": 20, "question": 20}},
        "case_types": {"call": {"channels": {"phone": 1.0}, **kind}, "question": {"channels": {"chat": 1.0}, **kind}},
        "channels": {"phone": channel, "chat": channel},
        "teams": {"callers": {"skills": ["phone"], "agents": 2}, "chatters": {"skills": ["chat"], "agents": 2}},
    }
    return sim.load(content).with_(**changes)


@pytest.fixture(scope="module")
def apart():
    """One more agent at each desk: two changes that cannot touch each other."""
    base = two_desks()
    more = base.with_(name="more", teams={"callers": {"agents": 3}, "chatters": {"agents": 4}})
    groups = {"callers": "teams.callers", "chatters": "teams.chatters"}
    return explain(base, more, "abandoned", parts=groups, replications=6, progress=False)


@pytest.fixture(scope="module")
def styles():
    """Two days of the best and the worst shop of the library, in four parts."""
    good, bad = (sim.load(name).with_(days=2) for name in ("amazon_style", "failing_platform"))
    groups = {"review time": ["case_types.return.steps", "case_types.complaint.steps"], "people": "teams", "bot": "bot"}
    return explain(good, bad, parts=groups, replications=4, progress=False)


# One customer calls at 09:00 for 10 minutes; whatever they order, their tasks wait for the only agent.
def one_call(handle_minutes, agents_factor):
    return sim.load(
        {
            "name": f"{handle_minutes} x {agents_factor}",
            "days": 1,
            "demand": {"trace": {"minutes": [540], "types": ["call"]}},
            "case_types": {
                "call": {
                    "channels": {"phone": 1.0},
                    "handle_time": {"distribution": "constant", "mean_minutes": handle_minutes},
                }
            },
            "channels": {"phone": {"kind": "live", "open_hours": "always", "patience": "never"}},
            "teams": {"desk": {"skills": ["phone"], "agents": 1, "handle_factor": agents_factor}},
        }
    )


class TestShapley:
    def test_is_the_mean_over_all_orders(self):
        sets = [frozenset(one) for size in range(5) for one in itertools.combinations(range(4), size)]
        worth = dict(zip(sets, np.random.default_rng(3).normal(size=16), strict=True))
        by_hand = np.zeros(4)
        for order in itertools.permutations(range(4)):
            for place, member in enumerate(order):
                before = frozenset(order[:place])
                by_hand[member] += (worth[before | {member}] - worth[before]) / math.factorial(4)
        values = np.array(list(worth.values()))
        assert shapley(sets, 4) @ values == pytest.approx(by_hand)
        every = np.array(list(itertools.permutations(range(4))))
        assert shapley(sets, 4, every) @ values == pytest.approx(by_hand)

    def test_drawn_orders_add_up_as_well(self):
        sets = [frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})]
        assert (shapley(sets, 2, np.array([[0, 1]])) @ [1.0, 3.0, 9.0, 10.0]).tolist() == [2.0, 7.0]


class TestHandCalculation:
    def test_changes_that_do_not_touch_each_other_keep_their_single_effects(self, apart):
        assert apart.table["share"].to_numpy() == pytest.approx(apart.table["alone"].to_numpy())
        assert apart.table[["low", "high"]].to_numpy() == pytest.approx(
            apart.table[["alone_low", "alone_high"]].to_numpy()
        )
        assert apart.interaction == pytest.approx((0, 0, 0), abs=1e-9)
        assert (apart.table["high"] < 0).all()
        assert "is, but for luck, the sum of what they do one by one" in str(apart)

    def test_an_interaction_is_shared_in_halves(self):
        """10 minutes at factor 1 become 20 at factor 3: +10 alone, +20 alone, +50 together, so 20 from both."""
        told = explain(one_call(10, 1), one_call(20, 3), "mean_handle_minutes", replications=2, progress=False)
        assert told.values == pytest.approx((10, 60))
        assert told.total == pytest.approx((50, 50, 50))
        assert told.interaction == pytest.approx((20, 20, 20))
        assert told.table["alone"].to_dict() == pytest.approx({"handle time": 10, "training and turnover": 20})
        assert told.table["share"].to_dict() == pytest.approx({"handle time": 20, "training and turnover": 30})
        assert list(told.table.index) == ["training and turnover", "handle time"]
        assert "Mean handle time rises by 50 minutes, from 10 minutes" in told.sentences[0]
        assert "One by one the parts would make +30 minutes; the other +20 minutes come from" in str(told)

    def test_changes_that_work_only_together_have_half_each(self):
        """Open on a Monday with nobody there, or somebody there with the line closed: only both answer the call."""
        shut = {"phone": {"open_hours": {"tue": "08:00-20:00"}}}
        base = one_call(10, 1).with_(channels=shut, teams={"desk": {"agents": {"tue": {"08:00-20:00": 1}}}})
        both = one_call(10, 1).with_(name="both", channels={"phone": {"open_hours": {"mon-tue": "08:00-20:00"}}})
        told = explain(base, both, "served", replications=2, progress=False)
        assert told.values == (0, 1)
        assert told.table[["alone", "share"]].loc["channels"].tolist() == [0, 0.5]
        assert told.table[["alone", "share"]].loc["staffing"].tolist() == [0, 0.5]
        assert told.interaction == (1, 1, 1)

    def test_a_single_part_has_it_all(self):
        told = explain(one_call(10, 1), one_call(12, 1), "mean_handle_minutes", replications=2, progress=False)
        assert told.table["share"].to_dict() == pytest.approx({"handle time": 2})
        assert told.scenarios == 2


class TestIntervals:
    def test_are_those_of_the_weighted_pulls(self):
        """Three agents and shorter calls at one desk; its four scenarios run by `compare`, put together by hand."""
        base = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=2, patience_minutes=3)
        people = base.with_(name="a", teams={"agents": {"agents": 3}})
        short = base.with_(name="b", case_types={"call": {"handle_time": {"mean_minutes": 5}}})
        both = people.with_(name="c", case_types={"call": {"handle_time": {"mean_minutes": 5}}})
        told = explain(base, both, "abandonment", replications=8, confidence=0.9, progress=False)
        four = sim.compare([base, people, short, both], 8, progress=False)
        none, a, b, ab = four.estimates("abandonment")
        share = ((a.value - none.value) + (ab.value - b.value))[0] / 2
        pull = ((a.pull - none.pull) + (ab.pull - b.pull))[:, 0] / 2
        half = 1.894579 * pull.std(ddof=1) / np.sqrt(8)  # Student's t, 7 degrees of freedom, 90 %
        row = told.table.loc["staffing"]
        assert row[["share", "low", "high"]].tolist() == pytest.approx([share, share - half, share + half], rel=1e-6)
        paired = four.differences(measures="abandonment", confidence=0.9)
        assert row[["alone", "alone_low", "alone_high"]].tolist() == pytest.approx(
            paired.loc[("a", "abandonment")].tolist()
        )
        assert list(told.total) == pytest.approx(paired.loc[("c", "abandonment")].tolist())
        together = (ab.pull - a.pull - b.pull + none.pull)[:, 0]
        half = 1.894579 * together.std(ddof=1) / np.sqrt(8)
        assert told.interaction.high - told.interaction.low == pytest.approx(2 * half, rel=1e-6)

    def test_of_drawn_orders_are_wider_by_the_spread_of_the_orders(self, styles):
        good, bad = (sim.load(name).with_(days=2) for name in ("amazon_style", "failing_platform"))
        groups = {part.name: part.places for part in styles.parts}
        drawn = explain(good, bad, parts=groups, replications=4, permutations=6, progress=False)
        assert drawn.orders == 6
        assert [part.name for part in drawn.parts] == list(drawn.table.index)
        assert styles.orders == 0
        assert drawn.table["share"].sum() == pytest.approx(styles.total.estimate, abs=1e-12)
        exact = styles.table["share"][drawn.table.index]
        # Three pairs of orders: t with few degrees of freedom is wide, so all four intervals hold what all orders give.
        assert ((drawn.table["low"] <= exact) & (exact <= drawn.table["high"])).all()
        assert (drawn.table["share"] - exact).abs().max() > 0
        assert drawn.table["alone"].to_dict() == pytest.approx(styles.table["alone"].to_dict())

    def test_the_luck_of_runs_and_that_of_orders_add_up(self):
        """Runs: variance 4 / 4 = 1, 3 degrees; orders: 2 / 2 = 1, 1 degree. Together 2; 4 / (1/3 + 1) = 3."""
        pull = np.sqrt(3) * np.array([[1.0], [-1.0], [1.0], [-1.0]])
        half = _half_width_of_both(Estimate(np.zeros(1), pull), np.array([[0.0], [2.0]]), 0.95)
        assert half == pytest.approx(3.182446 * np.sqrt(2), rel=1e-6)

    def test_orders_come_with_their_reverse_and_each_part_is_run_alone(self):
        orders = _orders(9, 4, seed=1)
        assert (orders[1::2] == orders[::2, ::-1]).all()
        assert {frozenset({member}) for member in range(9)} <= _sets_on_the_way(orders)
        assert frozenset(orders[0][:4].tolist()) in _sets_on_the_way(orders)


class TestLibrary:
    def test_names_what_makes_a_failing_platform_fail(self, styles):
        assert set(styles.table.index) == {"review time", "people", "bot", "the rest"}
        assert styles.table["share"].sum() == pytest.approx(styles.total.estimate, abs=1e-12)
        assert styles.total.estimate == pytest.approx(styles.values[1] - styles.values[0])
        assert styles.total.high < 0
        assert styles.table.loc["people", "high"] < 0
        assert styles.table["share"].abs().is_monotonic_decreasing
        assert styles.scenarios == 16
        assert "people −" in styles.sentences[1]
        assert styles.sentences[0].startswith("CSAT falls by ")

    def test_finds_the_parts_by_topic(self):
        changed = places(sim.load("amazon_style"), sim.load("failing_platform"))
        every = {part.name: part for part in found_parts(changed, 99)}
        assert every["review time"].places == ("case_types.return.steps", "case_types.complaint.steps")
        assert every["review time"].group == "returns and refunds"
        assert {"courtesy", "bot", "clear answers", "instant refunds", "staffing", "self-service"} <= set(every)
        assert "teams.phone_desk.absence" in every["staffing"].places
        few = found_parts(changed, 8)
        assert len(few) == 8
        for parts in (few, found_parts(changed, 1), every.values()):
            assert sorted(place for part in parts for place in part.places) == sorted(changed)
        assert not any(place.startswith("policies.") for place in changed)

    def test_every_key_of_a_scenario_has_a_topic(self):
        for key in sim.Scenario.model_fields.keys() - set(WITHOUT_EFFECT):
            (part,) = found_parts([key], 8)
            assert part.name != "other changes", key

    @pytest.mark.parametrize("name", sim.scenarios())
    def test_all_parts_together_make_the_other_scenario(self, name):
        base, other = sim.load("baseline"), sim.load(name)
        if name == "baseline":
            assert places(base, other) == []
            return
        parts = found_parts(places(base, other), 8)
        made = mixer(base, other)(parts)
        assert made.with_(name=other.name, story=other.story, policies=other.policies) == other


class TestPartsThatNeedEachOther:
    def test_are_joined_and_named(self):
        base = two_desks()
        more = base.with_(
            name="more",
            channels={"mail": sim.DeferredChannel(kind="deferred", open_hours="always")},
            teams={"writers": sim.Team(skills=["mail"], agents=1), "callers": {"agents": 3}},
            case_types={"call": {"channels": {"phone": 0.5, "mail": 0.5}}},
        )
        groups = {
            "callers": "teams.callers",
            "writers": "teams.writers",
            "mail": "channels.mail",
            "ways": "case_types.call.channels",
        }
        told = explain(base, more, "abandoned", parts=groups, replications=2, progress=False)
        assert told.merged == ("writers + mail + ways",)
        assert set(told.table.index) == {"callers", "writers + mail + ways"}
        assert "Changed together only, as one needs the other: writers + mail + ways." in str(told)
        assert told.table["share"].sum() == pytest.approx(told.total.estimate)

    def test_others_stay_apart(self):
        base = two_desks()
        parts = named_parts(["a", "b"], {"a": "a", "b": "b"})
        fit, made, merged = that_fit(parts, lambda some: base, lambda count: [frozenset(range(count))])
        assert (fit, list(made), merged) == (parts, [frozenset({0, 1})], [])


class TestLevers:
    def test_are_the_parts(self):
        shop = sim.load("baseline").with_(days=1)
        levers = {"agents.phone_desk": 2, "demand": 1.2, "bot_boldness": shop_now("bot_boldness")}
        told = explain(shop, levers, "abandonment", replications=3, progress=False)
        assert set(told.table["group"]) == {"people", "demand"}
        assert [part.places for part in told.parts if part.group == "people"] == [("agents.phone_desk",)]
        both = sim.pull(shop, {"agents.phone_desk": 2, "demand": 1.2})
        paired = sim.compare([shop, both], 3, progress=False).differences(measures="abandonment")
        assert list(told.total) == pytest.approx(paired.iloc[0].tolist())

    def test_refuses_groups_and_levers_that_do_not_move(self):
        with pytest.raises(ValueError, match="levers are parts already"):
            explain("baseline", {"demand": 1.2}, parts={"a": "demand"})
        with pytest.raises(ValueError, match="none of the levers moves"):
            explain("baseline", {"bot_boldness": shop_now("bot_boldness")})
        with pytest.raises(ValueError, match=r"Did you mean 'agents\.phone_desk'"):
            explain("baseline", {"agents.phon_desk": 1})


def shop_now(lever):
    """Where a lever of the baseline stands."""
    return sim.lever(lever).now


class TestRefuses:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"measure": "cast"}, "Did you mean 'csat'"),
            ({"parts": {"bot": ["bot"]}}, "do not differ at 'bot'; they differ at teams.callers.agents"),
            ({"parts": {"a": ["teams"], "b": ["teams.callers"]}}, "is in the part 'b' and in one before it"),
            ({"parts": {"a": []}}, "names no place"),
            ({"most": 0}, "most holds 0"),
            ({"replications": 1}, "replications holds 1; it must be a whole number of at least 2"),
            ({"permutations": 7}, "give an even number"),
            ({"permutations": 2}, "at least 4"),
            ({"confidence": 95}, "between 0 and 1"),
        ],
    )
    def test_says_what_is_wrong(self, given, message):
        more = two_desks(name="more", teams={"callers": {"agents": 3}})
        with pytest.raises(ValueError, match=message):
            explain(two_desks(), more, **given)

    def test_the_same_twice(self):
        with pytest.raises(ValueError, match="differ in nothing that changes a run"):
            explain(two_desks(), two_desks(name="again"))


def made_up(shares, alone, half=0.004, groups=None):
    """An explanation with given shares and effects, to draw."""
    import pandas as pd

    shares, alone = np.array(shares), np.array(alone)
    names = [f"part {number}" for number in range(len(shares))]
    columns = {"group": groups or ["people"] * len(shares), "alone": alone, "alone_low": alone, "alone_high": alone}
    columns |= {"share": shares, "low": shares - half, "high": shares + half}
    total, beyond = shares.sum(), shares.sum() - alone.sum()
    return Explanation(
        "csat", ("one", "two"), (0.7, 0.7 + total), Change(total, total - half, total + half),
        Change(beyond, beyond - half, beyond + half), pd.DataFrame(columns, index=pd.Index(names, name="part")), (), (),
        0, 4, 6, 0.95,
    )  # fmt: skip


class TestFigures:
    def test_each_bar_begins_where_the_last_one_ends(self):
        source = made_up([-0.2, 0.05, -0.001], [-0.1, 0.06, 0.0])
        figure = sim.plots.drivers(source)
        axes = figure.axes[0]
        bars = [(patch.get_x(), patch.get_width()) for patch in axes.containers[0]]
        assert bars == [pytest.approx(one) for one in ((70, -20), (50, 5), (55, -0.1))]
        (alone,) = [one for one in axes.lines if one.get_label() == "alone"]
        assert alone.get_xdata().tolist() == pytest.approx([60, 56, 55])
        assert figure.message == "CSAT falls by 15 points; most of it comes from part 0, −20 points"
        words = " ".join(text.get_text() for text in (*figure.texts, *axes.texts))
        assert "−20 (−20 to −20)" in words
        assert "Alone the parts make −4.0 points, acting together adds −11 points." in words.replace("\n", " ")
        assert "grey: more luck than effect" in words.replace("\n", " ")

    def test_bones_are_as_thick_as_what_they_carry(self):
        source = made_up([-0.2, -0.1, 0.05], [-0.2, -0.1, 0.05], groups=["people", "people", "bot"])
        figure = sim.plots.fishbone(source)
        axes = figure.axes[0]
        thick = [one.get_linewidth() for one in axes.lines]
        # People 30 points, its parts 20 and 10, the bot 5, and its only part 5: from 1 to 10 in proportion.
        assert thick == pytest.approx([10, 7, 4, 2.5, 2.5])
        colours = [one.get_color() for one in axes.lines]
        assert len(set(colours[:3])) == len(set(colours[3:])) == 1
        assert colours[0] != colours[3]
        said = [text.get_text() for text in axes.texts]
        assert {"People −30", "part 0\n−20", "part 1\n−10", "Bot +5.0", "part 2\n+5.0"} <= set(said)
        assert "CSAT\n70\u00a0% → 45\u00a0%\n−25 points" in said

    def test_luck_is_called_luck(self):
        source = made_up([0.001, 0.001], [0.001, 0.001])
        assert "is luck" in sim.plots.drivers(source).message
        assert "part 0\n+0.10 ?" in [text.get_text() for text in sim.plots.fishbone(source).axes[0].texts]

    def test_a_part_without_any_effect_is_not_called_luck(self):
        two, changes = two_desks(), {"money": {"fixed_per_day": {"rent": 1}}, "demand": {"factor": 1.2}}
        told = explain(two, two.with_(name="rent", **changes), "abandoned", replications=2, progress=False)
        assert told.table.loc["prices", ["alone", "share", "low", "high"]].tolist() == [0, 0, 0, 0]
        assert "Without any effect: prices." in told.sentences
        said = [text.get_text() for text in sim.plots.fishbone(told).axes[0].texts]
        assert {"prices\n0", "Policies 0"} <= set(said)

    def test_nothing_at_all_can_be_drawn(self):
        for draw in (sim.plots.drivers, sim.plots.fishbone):
            draw(made_up([0.0], [0.0], half=0.0)).draw_without_rendering()

    def test_refuses_what_it_cannot_show(self):
        with pytest.raises(TypeError, match=r"sim\.drivers\.explain returns, not str"):
            sim.plots.fishbone("csat")

    def test_plot_is_the_waterfall(self, styles):
        assert repr(styles.plot()) == repr(sim.plots.drivers(styles))
