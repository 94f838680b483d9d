"""From ratings to customers to orders: the arithmetic on paper, and the loop that it makes."""

import numpy as np
import pandas as pd
import pytest
from support.by_hand import customer, desk, play

import sim
from sim.loyalty import COLUMNS, change_by_ratings, next_week, project, weekly_orders
from sim.opinions import Loyalty
from sim.workload import Workload

WEEKS = 365.25 / 7
ALL_HAPPY = {"rating_cuts": [-400, -399, -398, -397]}
ALL_UNHAPPY = {"rating_cuts": [397, 398, 399, 400]}


def food_box(agents=2, per_day=150, **loyalty):
    """A shop whose customers order every other week; of 100 orders 30 lead to a call of 12 minutes."""
    return sim.load(
        {
            "name": "food box",
            "demand": {
                "orders": {
                    "per_day": per_day,
                    "hours": {"09:00-18:00": 1},
                    "cases": {"question": {"per_100": 30, "lag": {"mean_days": 1}}},
                }
            },
            "case_types": {
                "question": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 12}, "solved": 0.9}
            },
            "channels": {"phone": {"kind": "live", "open_hours": "09:00-18:00", "patience": {"mean_minutes": 10}}},
            "teams": {"desk": {"skills": ["phone"], "agents": {"09:00-18:00": agents}}},
            "coming_back": {
                "after_abandonment": {"odds": 0.8, "delay": {"mean_minutes": 30}},
                "after_no_solution": {"odds": 0.9, "delay": {"mean_hours": 5}},
            },
            "loyalty": {"orders_per_year": 26, **loyalty},
        }
    )


def short(shop, weeks, replications=2, **options):
    return project(shop, weeks, replications, warm_up_days=1, progress=False, **options)


class TestOneWeek:
    def test_ratings_stand_for_all_cases_of_the_week(self):
        said = Loyalty(buys_again=[0.5, 0.6, 0.8, 0.9, 1.0], friends=[-0.2, -0.1, 0, 0.1, 0.3])
        # Of ten rated cases 2, 1, 1, 2, 4 were rated 1 to 5; there were twenty. Who remains: 20 times the mean of
        # (2 x 0.5 + 0.6 + 0.8 + 2 x 0.9 + 4 x 1.0) / 10 = 0.82; friends: 20 (-0.4 - 0.1 + 0.2 + 1.2) / 10.
        remain, friends = change_by_ratings(np.array([2, 1, 1, 2, 4]), 20, said)
        assert remain == pytest.approx(20 * 0.82)
        assert friends == pytest.approx(20 * 0.09)
        assert change_by_ratings(np.zeros(5), 7, said) == (7.0, 0.0)

    def test_a_week_on_paper(self, monkeypatch):
        # Four customers who have nothing to complain of, with noise -3, -3, 3 and 3. The case of the first is closed
        # before the week begins, at minute 1440, and that of the last is open when it ends; two cases appear in it.
        numbers = {
            "ratings": 1 / (1 + np.exp([3.0, 3.0, -3.0, -3.0])),
            "survey": np.zeros(4),
            "kept informed": np.ones(4),
        }
        monkeypatch.setattr(Workload, "uniforms", lambda self, stream: numbers[stream])
        said = {
            "buys_again": [0.5, 0.6, 0.7, 0.8, 0.9],
            "friends": [-1, 0, 0, 0, 0.25],
            "churn_per_year": 0.4,
            "new_per_week": 0.02,
        }
        base = desk(days=2, loyalty=said)
        log = play(base, [customer(10, 1), customer(1400, 60), customer(1500, 10), customer(2870, 100)])
        row, customers = next_week(log, 1000.0, 1.0)
        # Closed from 1440 on: the call of 1400, which ended at 1460 and is rated 1, and that of 1500, rated 5.
        assert row["csat"] == 0.5
        assert row["mean_rating"] == 3
        assert row["cases"] == 2
        assert row["left"] == pytest.approx(2 * (1 - (0.5 + 0.9) / 2))
        assert row["friends"] == pytest.approx(2 * (-1 + 0.25) / 2)
        assert row["new"] == pytest.approx(20)
        assert row["churned"] == pytest.approx((1000 - 0.6) * (1 - 0.6 ** (1 / WEEKS)))
        assert customers == pytest.approx(1000 - 0.6 - row["churned"] - 0.75 + 20)
        assert next_week(log, 1000.0, 1.0, 0.5)[1] == pytest.approx(customers + 500)

    def test_a_year_of_churn_is_the_churn_of_a_year(self):
        log = play(desk(days=2, loyalty={"churn_per_year": 0.3, "new_per_week": 0}), [customer(10, 1)])
        customers = 1.0
        for _ in range(52):
            row, customers = next_week(log, customers, 1)  # nothing happens on the second day
        assert customers == pytest.approx(0.7 ** (52 / WEEKS))
        assert np.isnan(row["csat"])

    def test_no_more_customers_leave_than_there_are(self):
        log = play(desk(satisfaction=ALL_UNHAPPY, loyalty={"buys_again": [0, 0, 0, 0, 0]}), [customer(10, 1)] * 3)
        row, customers = next_week(log, 2.0, 0)
        assert (row["left"], customers) == (2, 0)

    def test_only_the_week_counts_and_not_the_days_before(self):
        calls = [customer(10, 10), customer(12, 1), customer(1500, 10), customer(1505, 1)]
        row, _ = next_week(play(desk(days=2), calls), 1000.0, 1)
        assert row["wait_minutes"] == (0 + 5) / 2


class TestTwoWeeks:
    @pytest.mark.parametrize(("judged", "place"), [(ALL_HAPPY, 4), (ALL_UNHAPPY, 0)])
    def test_on_paper(self, judged, place):
        said = {
            "new_per_week": 0.01,
            "churn_per_year": 0.0,
            "buys_again": [0.2, 0.5, 0.7, 0.8, 0.95],
            "friends": [-0.5, 0, 0, 0, 0.2],
        }
        future = short(food_box(**said).with_(satisfaction=judged), 2, 1)
        first, second = future.weekly.to_dict("records")
        customers = 7 * 150 * WEEKS / 26
        assert first["orders"] == pytest.approx(7 * 150)
        assert first["customers"] == pytest.approx(customers)
        change = (said["buys_again"][place] - 1) + said["friends"][place]
        later = customers + first["cases"] * change + 0.01 * customers
        assert second["customers"] == pytest.approx(later)
        assert second["orders"] == pytest.approx(later * 26 / WEEKS)
        assert first["csat"] == (place == 4)

    def test_load_follows_orders(self):
        futures = [short(food_box(), 6, 6, campaigns={2: share}) for share in (0.0, 1.0)]
        quiet, loud = (future.values for future in futures)
        assert np.array_equal(quiet["cases"][:, :3], loud["cases"][:, :3])  # a campaign of week 2 is felt from week 3
        ratio = loud["cases"][:, 3:].sum() / quiet["cases"][:, 3:].sum()
        assert ratio == pytest.approx(loud["orders"][:, 3:].sum() / quiet["orders"][:, 3:].sum(), rel=0.08)

    def test_customers_can_be_given_for_a_shop_by_rates(self):
        shop = sim.one_queue(arrivals_per_hour=2, handle_minutes=4, agents=1)
        given = shop.with_(loyalty={"customers": 5000, "orders_per_year": 10})
        assert weekly_orders(given) == pytest.approx(5000 * 10 / WEEKS)
        future = short(given, 2)
        assert future.values["customers"][:, 0].tolist() == [5000, 5000]
        assert 200 < future.values["cases"][0, 0] < 480  # 336 expected
        # With orders and customers both, the customers count, and cases follow the orders' changes only.
        assert weekly_orders(food_box(customers=100)) == pytest.approx(100 * 26 / WEEKS)


class TestThePair:
    def test_policies_meet_the_same_customers_until_they_differ(self):
        shop = food_box(agents=1)
        alone, helped = short(shop, 4), short(shop, 4, hire={2: {"desk": 1}})
        for name in COLUMNS:
            assert np.array_equal(alone.values[name][:, :2], helped.values[name][:, :2])
        assert helped.values["extra_agents"].tolist() == [[0, 0, 1, 1]] * 2
        assert (helped.less(alone, "wait_minutes")["estimate"].iloc[2:] < 0).all()
        assert np.array_equal(alone.values["cases"][:, 2], helped.values["cases"][:, 2])
        assert helped.hired == {2: {"desk": 1}}

    def test_again_is_the_same_and_weeks_are_not(self):
        shop = food_box()
        one, two = short(shop, 3), short(shop, 3)
        pd.testing.assert_frame_equal(one.weekly, two.weekly)
        assert len(np.unique(one.values["cases"])) > 3
        assert not np.array_equal(one.values["cases"], short(shop, 3, seed=2).values["cases"])

    def test_every_week_of_every_world_has_its_own_luck(self):
        still = {"buys_again": [1] * 5, "friends": [0] * 5, "churn_per_year": 0, "new_per_week": 0}
        future = short(food_box(**still), 3, 2)
        assert (future.values["orders"] == future.values["orders"][0, 0]).all()
        weeks = zip(future.values["cases"].flat, future.values["mean_rating"].flat, strict=True)
        assert len(set(weeks)) == 6

    def test_what_the_shop_has_by_itself_stays(self):
        plain = short(food_box(agents=3), 2, 1).weekly
        base = food_box(agents=1).with_(teams={"desk": {"extra_agents": 1}})
        hired = short(base, 2, 1, hire={0: {"desk": 1}}).weekly
        pd.testing.assert_frame_equal(hired.drop(columns="extra_agents"), plain.drop(columns="extra_agents"))
        half = food_box(agents=3, per_day=300).with_(demand={"factor": 0.5})
        pd.testing.assert_frame_equal(short(half, 2, 1).weekly, plain)
        sale = sim.Event(name="sale", day=2, hours=24, orders_factor=9)
        pd.testing.assert_frame_equal(short(food_box(agents=3).with_(events=[sale]), 2, 1).weekly, plain)

    def test_a_rule_can_hire(self):
        seen = []

        def rule(week, so_far):
            seen.append((week, len(so_far)))
            return {"desk": 1} if len(so_far) and so_far["extra_agents"].iloc[-1] < 2 else {}

        future = short(food_box(), 4, 1, hire=rule)
        assert seen == [(0, 0), (1, 1), (2, 2), (3, 3)]
        assert future.values["extra_agents"].tolist() == [[0, 1, 2, 2]]
        assert future.hired == {1: {"desk": 1}, 2: {"desk": 1}}

    def test_intervals_are_those_of_the_replications(self):
        future = short(food_box(), 2, 4)
        values = future.values["cases"][:, 1]
        row = future.table("cases").loc[1]
        assert row["estimate"] == pytest.approx(values.mean())
        assert row["high"] - row["estimate"] == pytest.approx(3.18245 * values.std(ddof=1) / 2, rel=1e-5)
        assert future.less(future, "cases").loc[1].tolist() == [0, 0, 0]


class TestTheLoop:
    """A shop that advertises: at first two agents are enough, then there are too many calls for them."""

    @pytest.fixture(scope="class")
    @staticmethod
    def futures():
        shop = food_box(new_per_week=0.06, churn_per_year=0.1)
        return short(shop, 26, 4), short(shop, 26, 4, hire={16: {"desk": 3}})

    @staticmethod
    def change(future, name, first, last):
        """The interval of the mean of some weeks less that of others."""
        from sim.experiment import Estimate

        values = future.values[name]
        gap = values[:, last].mean(axis=1, keepdims=True) - values[:, first].mean(axis=1, keepdims=True)
        return Estimate.of(gap, None).table(pd.Index(["gap"]), 0.95).iloc[0]

    EARLY, LATE, END = slice(0, 4), slice(12, 16), slice(18, 26)

    def test_without_hiring_it_strangles_itself(self, futures):
        alone, _ = futures
        assert self.change(alone, "wait_minutes", self.EARLY, self.LATE)["low"] > 1
        assert self.change(alone, "csat", self.EARLY, self.LATE)["high"] < -0.05
        week = alone.values
        week["share_left"] = week["left"] / week["customers"]
        week["growth"] = (week["new"] + week["friends"] - week["left"]) / week["customers"]
        assert self.change(alone, "share_left", self.EARLY, self.LATE)["low"] > 0
        assert self.change(alone, "growth", self.EARLY, self.END)["high"] < 0

    def test_with_hiring_it_recovers(self, futures):
        alone, helped = futures
        for name, sign in (("wait_minutes", -1), ("csat", 1)):
            gap = sign * helped.less(alone, name).iloc[17:]
            assert (gap[["low", "high"]].min(axis=1) > 0).all(), name
        assert helped.less(alone, "orders").loc[25, "low"] > 0
        assert (helped.less(alone, "orders").loc[:16, "estimate"] == 0).all()
        assert self.change(helped, "csat", slice(12, 16), slice(16, 20))["low"] > 0.05

    def test_after_a_rush_customers_leave_until_the_load_fits_again(self):
        shop = food_box(new_per_week=0.0)
        rush = short(shop, 20, 3, campaigns={1: 1.5})
        peak, end = slice(2, 5), slice(17, 20)
        assert self.change(rush, "orders", peak, end)["high"] < 0
        assert self.change(rush, "wait_minutes", peak, end)["high"] < 0
        assert self.change(rush, "csat", peak, end)["low"] > 0


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"hire": {2: {"desk": 1}}}, "hire: there is no week 2; the weeks are 0 to 1"),
            ({"hire": {"1": {"desk": 1}}}, "hire: there is no week '1'"),
            ({"hire": {1: {"dest": 1}}}, "no such team as 'dest'. Did you mean 'desk'"),
            ({"hire": {1: {"desk": 1.5}}}, "desk holds 1.5; it may hold a whole number"),
            ({"hire": {1: 3}}, "week 1 holds 3; it may hold a number of agents by team"),
            ({"hire": 3}, "hire holds 3; it may hold changes"),
            ({"hire": lambda week, so_far: {"dest": 1}}, "no such team as 'dest'"),
            ({"campaigns": {5: 0.5}}, "campaigns: there is no week 5"),
            ({"campaigns": {1: -0.5}}, "campaigns: week 1 holds -0.5"),
            ({"weeks": 0}, "weeks holds 0; it must be a whole number of at least 1"),
            ({"weeks": 10_001}, "10,000 at most"),
            ({"replications": 1.0}, "replications holds 1.0"),
            ({"warm_up_days": -1}, "warm_up_days holds -1"),
        ],
    )
    def test_of_the_plan(self, options, message):
        with pytest.raises(ValueError, match=message):
            project(food_box(), **{"weeks": 2, "replications": 1, "progress": False, **options})

    def test_of_the_shop(self):
        with pytest.raises(sim.ScenarioError, match=r"loyalty\.customers: is missing"):
            project(sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1))
        trace = {"demand": sim.Demand(trace={"minutes": [5], "types": ["call"]})}
        with pytest.raises(sim.ScenarioError, match="trace of cases as they came"):
            project(
                sim.one_queue(arrivals_per_hour=1, handle_minutes=1, agents=1).with_(**trace, loyalty={"customers": 9})
            )

    def test_of_the_question(self):
        future = short(food_box(), 1)
        with pytest.raises(ValueError, match=r"no such quantity of a projection as 'order'\. Did you mean 'orders'"):
            future.table("order")
        with pytest.raises(ValueError, match="only projections with the same seed"):
            future.less(short(food_box(), 2), "orders")
        with pytest.raises(ValueError, match="confidence holds 95"):
            future.table("orders", confidence=95)
