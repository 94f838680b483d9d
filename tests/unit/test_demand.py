"""How many cases are expected when, worked out by hand, and whether as many come."""

from dataclasses import fields
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim.demand import cases_per_minute, lag_shares, most_cases, orders_by_day
from sim.workload import NONE, Workload, draw

ALL_DAY = 1.0
TRACE = {
    "minutes": [600.5, 20.0, 1500.0, 600.5, 14399.0],
    "types": ["return", "tracking", "return", "tracking", "return"],
}


def lag(days, **more):
    return {"distribution": "constant", "mean_days": days, **more}


def shop(demand, **changes):
    """Tracking questions and returns, by phone and e-mail. The first day is a Monday."""
    kind = {"channels": {"phone": 0.75, "email": 0.25}, "handle_time": {"mean_minutes": 4}}
    content = {
        "name": "shop",
        "days": 10,
        "demand": demand,
        "case_types": {"tracking": kind, "return": kind},
        "segments": {"regular": {"share": 0.8}, "vip": {"share": 0.2}},
        "channels": {
            "phone": {"kind": "live", "open_hours": "always", "patience": "never"},
            "email": {"kind": "deferred", "open_hours": "always"},
        },
        "teams": {"desk": {"skills": ["phone", "email"], "agents": 1}},
    }
    return sim.load(content | changes)


def orders(per_day=1000, hours=ALL_DAY, **cases):
    """Of 100 orders 10 lead to a tracking question after 2 days and 5 to a return after 7."""
    given = {"tracking": {"per_100": 10, "lag": lag(2)}, "return": {"per_100": 5, "lag": lag(7)}}
    return {"orders": {"per_day": per_day, "hours": hours, "cases": {**given, **cases}}}


def promotion(day=0, start="00:00", hours=24, **what):
    return {"name": "promotion", "day": day, "start": start, "hours": hours, **(what or {"orders_factor": 3})}


def by_day(scenario, name):
    return cases_per_minute(scenario, name).sum(axis=1)


class TestOrders:
    def test_constant_orders_are_constant_demand_from_the_first_day_on(self):
        steady = shop(orders())
        assert by_day(steady, "tracking") == pytest.approx([100] * 10)
        assert by_day(steady, "return") == pytest.approx([50] * 10)
        assert steady.expected_cases() == pytest.approx(1500)

    def test_a_promotion_is_a_peak_of_questions_two_days_later_and_of_returns_a_week_later(self):
        sale = shop(orders(), events=[promotion()])
        assert by_day(sale, "tracking") == pytest.approx([100, 100, 300, 100, 100, 100, 100, 100, 100, 100])
        assert by_day(sale, "return") == pytest.approx([50, 50, 50, 50, 50, 50, 50, 150, 50, 50])

    def test_a_spread_of_lags_spreads_the_peak(self):
        # Evenly between 0 and 4 days: an eighth the same day, a quarter after 1, 2 and 3, an eighth after 4.
        spread = {"per_100": 10, "lag": {"distribution": "uniform", "mean_days": 2}}
        sale = shop(orders(tracking=spread), events=[promotion(day=1, orders_factor=5)])
        assert by_day(sale, "tracking") == pytest.approx([100, 150, 200, 200, 200, 150, 100, 100, 100, 100], rel=1e-3)

    def test_the_weekdays_of_the_orders_show_after_the_lag(self):
        weekly = shop(orders(per_day={"mon-thu": 1000, "fri-sun": 2000}))
        # Two days after Saturday and Sunday come Monday and Tuesday, after Friday Sunday; the run begins on a Monday.
        assert by_day(weekly, "tracking") == pytest.approx([200, 200, 100, 100, 100, 100, 200, 200, 200, 100])
        # And after seven days each weekday shows as itself.
        assert by_day(weekly, "return") == pytest.approx([50, 50, 50, 50, 100, 100, 100, 50, 50, 50])

    def test_two_events_add_up_where_their_lags_meet(self):
        mixed = {"per_100": 10, "lag": {"distribution": "empirical", "probabilities": [0, 1], "minutes": [0, 2880]}}
        # Evenly between 0 and 2 days: a quarter the same day, a half the next, a quarter after two.
        sales = [promotion(day=2, orders_factor=5), promotion(day=3, orders_factor=3)]
        sale = shop(orders(tracking=mixed), events=sales)
        # Extra: 400 x (1, 2, 1)/4 from day 2 and 200 x (1, 2, 1)/4 from day 3.
        assert by_day(sale, "tracking") == pytest.approx([100, 100, 200, 350, 300, 150, 100, 100, 100, 100], rel=1e-3)

    def test_events_on_the_same_day_multiply(self):
        sale = shop(orders(), events=[promotion(), promotion(orders_factor=2)])
        assert by_day(sale, "tracking")[2] == pytest.approx(600)

    def test_orders_before_the_first_day_are_as_usual(self):
        sale = shop(orders(per_day={"mon-fri": 1000, "sat-sun": 500}), events=[promotion()])
        assert orders_by_day(sale, before=3) == pytest.approx(
            [1000, 500, 500, 3000, 1000, 1000, 1000, 1000, 500, 500, 1000, 1000, 1000]
        )
        assert orders_by_day(shop({"cases_per_hour": {"return": 1}})).tolist() == [0] * 10

    def test_factors_multiply_what_follows_from_orders(self):
        demand = orders() | {"factor": 1.5}
        more = shop(demand).with_(case_types={"return": {"demand_factor": 1.2}})
        assert by_day(more, "tracking") == pytest.approx([150] * 10)
        assert by_day(more, "return") == pytest.approx([90] * 10)

    def test_a_lag_of_months_is_in_full_swing_from_the_start(self):
        slow = {"per_100": 1, "lag": {"mean_days": 100, "cv": 0.5}}
        assert by_day(shop(orders(tracking=slow)), "tracking") == pytest.approx([10] * 10)


class TestLags:
    def shares(self, **given):
        return lag_shares(sim.Lagged(per_100=1, lag=given))

    def test_a_constant_lag_is_one_day(self):
        assert self.shares(distribution="constant", mean_days=2).tolist() == [0, 0, 1]
        assert self.shares(distribution="constant", mean_minutes=0).tolist() == [1]

    def test_a_lag_counts_as_the_nearest_number_of_days(self):
        assert self.shares(distribution="constant", mean_hours=35).tolist() == [0, 1]
        assert self.shares(distribution="constant", mean_hours=37).tolist() == [0, 0, 1]

    @pytest.mark.parametrize(("mean", "cv"), [(2.2, 0.4), (6, 0.4), (60, 0.6), (3, 1.0)])
    def test_shares_sum_to_one_and_keep_the_mean(self, mean, cv):
        shares = self.shares(mean_days=mean, cv=cv)
        assert shares.sum() == pytest.approx(1)
        assert (shares >= 0).all()
        # Rounding moves a lag by half a day at most, and up as often as down but for the steep beginning of a density.
        assert (shares * np.arange(len(shares))).sum() == pytest.approx(mean, rel=0.02)

    def test_shares_are_those_of_the_distribution(self):
        shares = self.shares(distribution="exponential", mean_days=1)
        days = np.arange(6)
        expected = np.exp(-np.maximum(days - 0.5, 0)) - np.exp(-(days + 0.5))
        assert shares[:6] == pytest.approx(expected, abs=2e-4)


class TestHours:
    def test_cases_come_at_the_hours_given_in_proportion_to_their_weights(self):
        day = cases_per_minute(shop(orders(hours={"08:00-12:00": 1, "12:00-20:00": 2})), "tracking")[0]
        # 240 minutes of weight 1 and 480 of weight 2: 1,200 in all.
        assert day[:480].sum() == day[1200:].sum() == 0
        assert day[480:720] == pytest.approx(100 / 1200)
        assert day[720:1200] == pytest.approx(200 / 1200)

    def test_a_type_may_have_hours_of_its_own(self):
        night = {"per_100": 5, "lag": lag(7), "hours": {"every_day": {"20:00-24:00": 1}}}
        evening = shop(orders(hours={"08:00-20:00": 1}, **{"return": night}))
        assert cases_per_minute(evening, "tracking")[3, 480:1200] == pytest.approx(100 / 720)
        assert cases_per_minute(evening, "return")[3, 1200:] == pytest.approx(50 / 240)
        assert cases_per_minute(evening, "return")[3, :1200].sum() == 0

    def test_hours_may_differ_by_weekday(self):
        hours = {"mon-fri": {"08:00-18:00": 1}, "sat-sun": {"10:00-12:00": 1}}
        rate = cases_per_minute(shop(orders(hours=hours)), "tracking")
        assert rate[4, 480:1080] == pytest.approx(100 / 600)
        assert rate[5, 600:720] == pytest.approx(100 / 120)
        assert rate.sum(axis=1) == pytest.approx([100] * 10)

    def test_a_live_stream_of_the_evening_counts_with_the_evenings_share_of_the_day(self):
        # 600 minutes of weight 1 and 240 of weight 2.5; the stream has 120 of these: 300 of 1,200, a quarter.
        hours = {"08:00-18:00": 1, "18:00-22:00": 2.5}
        stream = promotion(day=1, start="20:00", hours=2, orders_factor=9)
        sale = shop(orders(hours=hours), events=[stream])
        assert orders_by_day(sale) == pytest.approx([1000, 3000] + [1000] * 8)  # 3/4 + 9/4
        assert by_day(sale, "tracking") == pytest.approx([100] * 3 + [300] + [100] * 6)
        # The questions come at all hours of their day, not in the evening alone.
        rate = cases_per_minute(sale, "tracking")
        assert rate[3] == pytest.approx(3 * rate[2])


class TestEvents:
    def factor(self, event, demand=None, **changes):
        """What an event makes of the rate of returns, minute by minute of the whole run."""
        demand = demand or {"cases_per_hour": {"tracking": 6, "return": 30}}
        with_, without = (shop(demand, days=3, events=events, **changes) for events in ([event], []))
        unaffected = cases_per_minute(with_, "tracking") - cases_per_minute(without, "tracking")
        assert (unaffected == 0).all() or "tracking" in event["case_factors"]
        return (cases_per_minute(with_, "return") / cases_per_minute(without, "return")).ravel()

    def test_they_multiply_exactly_their_window(self):
        found = self.factor(promotion(1, "10:30", 2.5, case_factors={"return": 4}))
        expected = np.ones(3 * 1440)
        expected[1440 + 630 : 1440 + 780] = 4
        assert found == pytest.approx(expected)

    def test_a_window_may_lie_across_midnight(self):
        found = self.factor(promotion(0, "23:00", 2, case_factors={"return": 0.5}))
        expected = np.ones(3 * 1440)
        expected[1380:1500] = 0.5
        assert found == pytest.approx(expected)

    def test_a_window_may_reach_beyond_the_end_or_lie_there(self):
        found = self.factor(promotion(2, "23:00", 48, case_factors={"return": 2}))
        assert found[: 3 * 1440 - 60] == pytest.approx(1)
        assert found[3 * 1440 - 60 :] == pytest.approx(2)
        assert self.factor(promotion(9, case_factors={"return": 2})) == pytest.approx(1)

    def test_they_may_stop_a_type_altogether(self):
        found = self.factor(promotion(1, case_factors={"return": 0, "tracking": 2}))
        assert found[1440:2880] == pytest.approx(0)

    def test_those_at_the_same_time_multiply(self):
        both = [
            promotion(0, "10:00", 2, case_factors={"return": 2}),
            promotion(0, "11:00", 2, case_factors={"return": 3}),
        ]
        rate = cases_per_minute(shop({"cases_per_hour": {"return": 60}}, events=both), "return")[0]
        assert rate[[599, 600, 659, 660, 719, 720, 779, 780]] == pytest.approx([1, 2, 2, 6, 6, 3, 3, 1])

    def test_they_multiply_what_follows_from_orders_when_it_comes(self):
        found = self.factor(promotion(1, "12:00", 1, case_factors={"return": 4}), demand=orders())
        assert found[1440 + 720 : 1440 + 780] == pytest.approx(4)
        assert np.delete(found, np.s_[1440 + 720 : 1440 + 780]) == pytest.approx(1)

    def test_orders_of_an_event_across_midnight_belong_to_both_days(self):
        sale = shop(orders(), events=[promotion(0, "23:00", 3, orders_factor=13)])
        # One hour of day 0 and two of day 1, each 12 times 1/24 more.
        assert orders_by_day(sale) == pytest.approx([1500, 2000] + [1000] * 8)

    def test_orders_of_an_event_after_the_end_are_none(self):
        sale = shop(orders(), events=[promotion(9, "23:00", 30, orders_factor=13), promotion(40)])
        assert orders_by_day(sale) == pytest.approx([1000] * 9 + [1500])
        assert by_day(sale, "tracking") == pytest.approx([100] * 10)

    def test_an_outage_changes_no_demand(self):
        outage = promotion(bot_down=True, system_down=True)
        assert by_day(shop(orders(), events=[outage]), "tracking") == pytest.approx([100] * 10)


class TestTogether:
    def test_rates_and_orders_add_up(self):
        demand = orders() | {"cases_per_hour": {"tracking": {"mon": {"08:00-10:00": 30}}}, "factor": 2}
        both = shop(demand)
        assert by_day(both, "tracking") == pytest.approx([320, 200, 200, 200, 200, 200, 200, 320, 200, 200])
        assert both.expected_cases() == pytest.approx(320 + 200 * 6 + 320 + 200 * 2 + 100 * 10)

    @pytest.mark.parametrize("events", [[], [promotion(), promotion(5, "10:00", 5, case_factors={"return": 2.5})]])
    def test_expected_cases_are_the_sum(self, events):
        demand = orders() | {"cases_per_hour": {"return": {"mon-fri": {"08:00-20:00": 7.5}}}}
        scenario = shop(demand, events=events)
        total = sum(cases_per_minute(scenario, name).sum() for name in scenario.case_types)
        assert scenario.expected_cases() == pytest.approx(total)

    def test_a_type_of_which_nothing_is_said_does_not_come(self):
        assert by_day(shop({"cases_per_hour": {"return": 1}}), "tracking").tolist() == [0] * 10


class TestDraws:
    """As many cases come as expected, as a Poisson process: errors are four standard errors."""

    sale = shop(orders(per_day=20_000), events=[promotion(), promotion(5, "18:00", 6, case_factors={"return": 5})])

    def counts(self, scenario, name, edges, seed=1):
        work = draw(scenario, seed=seed)
        mine = work.case_type == list(scenario.case_types).index(name)
        return np.histogram(work.appears_minutes[mine], edges)[0]

    @pytest.mark.parametrize("name", ["tracking", "return"])
    def test_a_promotion_shows_day_by_day(self, name):
        found = self.counts(self.sale, name, np.arange(11) * 1440)
        expected = by_day(self.sale, name)
        assert (np.abs(found - expected) <= 4 * np.sqrt(expected)).all()
        assert found.argmax() == {"tracking": 2, "return": 7}[name]

    def test_an_event_shows_hour_by_hour(self):
        found = self.counts(self.sale, "return", np.arange(241) * 60)
        expected = cases_per_minute(self.sale, "return").reshape(240, 60).sum(axis=1)
        # 240 hours: the greatest of as many normal errors stays below 4.5 but once in six hundred runs.
        assert (np.abs(found - expected) <= 4.5 * np.sqrt(expected)).all()
        assert found[138:144].min() > 2 * found[132:138].max()

    def test_counts_of_days_are_poisson(self):
        steady = shop({"cases_per_hour": {"return": 2}}, days=400)
        found = self.counts(steady, "return", np.arange(401) * 1440)
        # Index of dispersion: chi-squared with 399 degrees of freedom, so 399 +- 4 sqrt(798).
        assert abs(((found - 48) ** 2).sum() / 48 - 400) <= 4 * sqrt(800)
        assert abs(found.mean() - 48) <= 4 * sqrt(48 / 400)

    def test_counts_of_quarters_of_an_hour_are_poisson_and_independent(self):
        steady = shop({"cases_per_hour": {"return": 40}}, days=20)
        found = self.counts(steady, "return", np.arange(20 * 96 + 1) * 15)
        n = len(found)
        assert abs(((found - 10) ** 2).sum() / 10 - n) <= 4 * sqrt(2 * n + n / 10)
        neighbours = np.corrcoef(found[:-1], found[1:])[0, 1]
        assert abs(neighbours) <= 4 / sqrt(n)

    def test_types_are_independent(self):
        steady = shop({"cases_per_hour": {"return": 2, "tracking": 2}}, days=400)
        edges = np.arange(401) * 1440
        found = np.corrcoef(self.counts(steady, "return", edges), self.counts(steady, "tracking", edges))[0, 1]
        assert abs(found) <= 4 / sqrt(400)

    def test_an_event_adds_customers_and_takes_none_away(self):
        sale = shop(orders(), events=[promotion()])
        before, after = (draw(scenario, seed=3) for scenario in (shop(orders()), sale))
        assert after.cases > before.cases
        for kind in (0, 1):
            times = [work.appears_minutes[work.case_type == kind] for work in (before, after)]
            assert np.isin(times[0], times[1]).all()


class TestTrace:
    def test_cases_come_as_in_the_trace_whatever_its_order(self):
        played = shop({"trace": TRACE})
        assert played.expected_cases() == 5
        work = draw(played, seed=1)
        assert work.appears_minutes.tolist() == [20, 600.5, 600.5, 1500, 14399]
        assert work.case_type.tolist() == [0, 0, 1, 1, 1]

    def test_segments_and_channels_are_those_of_the_trace(self):
        given = TRACE | {
            "segments": ["vip", "regular", "vip", "vip", "regular"],
            "channels": ["email", "phone", "email", "phone", "email"],
        }
        work = draw(shop({"trace": given}), seed=1)
        assert work.segment.tolist() == [0, 1, 1, 1, 0]
        assert work.channel[:5].tolist() == [0, 0, 1, 1, 1]
        log = sim.simulate(shop({"trace": given}), seed=1).log
        columns = ["arrived_minutes", "type", "segment", "channel"]
        assert log.contacts[columns].to_numpy().tolist() == [
            [20, "tracking", "regular", "phone"],
            [600.5, "tracking", "vip", "phone"],
            [600.5, "return", "vip", "email"],
            [1500, "return", "vip", "email"],
            [14399, "return", "regular", "email"],
        ]

    def test_what_is_left_empty_is_drawn_and_what_is_given_is_kept(self):
        n = 20_000
        minutes = np.linspace(0, 14_399, n).tolist()
        trace = {
            "minutes": minutes,
            "types": ["return"] * n,
            "segments": ["vip", ""] * (n // 2),
            "channels": ["", "email"] * (n // 2),
        }
        work = draw(shop({"trace": trace}), seed=1)
        assert (work.segment[::2] == 1).all()
        assert (work.channel[:n][1::2] == 1).all()
        drawn = work.segment[1::2] == 1, work.channel[:n][::2] == 1
        for found, share in zip(drawn, (0.2, 0.25), strict=True):
            assert abs(found.mean() - share) <= 4 * sqrt(share * (1 - share) / (n / 2))
        assert (work.channel[:n] != NONE).all()

    def test_a_channel_of_the_trace_needs_no_share_in_the_mix(self):
        only_phone = {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4}}
        types = {"tracking": only_phone, "return": only_phone}
        given = TRACE | {"channels": ["email", "", "", "", ""]}
        log = sim.simulate(shop({"trace": given}, case_types=types), seed=1).log
        assert log.contacts["channel"].tolist() == ["phone", "phone", "email", "phone", "phone"]
        assert set(log.contacts["team"]) == {"desk"}

    def test_who_gets_angry_may_have_come_by_a_channel_that_only_the_trace_names(self):
        only_phone = {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4}}
        types = {"tracking": only_phone, "return": {**only_phone, "solved": 0.0}}
        given = {"minutes": [10.0], "types": ["return"], "channels": ["email"]}
        back = {
            "after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 30}},
            "angrier": {"odds": 1.0, "type": "tracking"},
        }
        teams = {
            "care": {"skills": ["phone", {"channel": "email", "type": "tracking"}], "agents": 1},
            "desk": {"skills": ["phone", {"channel": "email", "type": "return"}], "agents": 1},
        }
        played = shop({"trace": given}, case_types=types, coming_back=back, teams=teams)
        columns = ["type", "channel", "outcome", "team"]
        assert sim.simulate(played, seed=1).log.contacts[columns].to_numpy().tolist() == [
            ["return", "email", "served", "desk"],
            ["tracking", "email", "served", "care"],
        ]
        without = played.with_(coming_back={"angrier": None})
        teams = {"care": {"skills": ["phone"]}}
        assert without.with_(teams=teams).teams["care"].skills[0].channel == "phone"
        with pytest.raises(sim.ScenarioError, match=r"case_types\.tracking: no team can serve it in 'email'"):
            played.with_(teams=teams)

    def test_another_staffing_meets_the_same_customers(self):
        played = shop({"trace": TRACE})
        other = played.with_(teams={"desk": {"agents": 7, "absence": 0.2}})
        before, after = draw(played, seed=1), draw(other, seed=1)
        for part in fields(Workload):
            if part.name != "roster":
                there, here = getattr(before, part.name), getattr(after, part.name)
                assert np.array_equal(there, here, equal_nan=there.dtype.kind == "f"), part.name

    def test_another_seed_meets_the_same_times_with_other_luck(self):
        played = shop({"trace": TRACE})
        before, after = draw(played, seed=1), draw(played, seed=2)
        assert before.appears_minutes.tolist() == after.appears_minutes.tolist()
        assert (before.handle_minutes[:5] != after.handle_minutes[:5]).all()

    def test_what_comes_later_in_a_day_changes_nobody_before(self):
        longer = {
            name: [*column, later] for (name, column), later in zip(TRACE.items(), (14_399.5, "return"), strict=True)
        }
        before, after = (draw(shop({"trace": trace}), seed=1) for trace in (TRACE, longer))
        assert after.handle_minutes[:5].tolist() == before.handle_minutes[:5].tolist()

    def test_callbacks_are_offered_by_the_mean_handle_time_of_its_cases(self):
        # Of four calls at once one is taken, and the others expect to wait for 4, 8 and 12 minutes.
        given = {"minutes": [10.0] * 4, "types": ["return"] * 4, "channels": ["phone"] * 4}
        phone = {"kind": "live", "open_hours": "always", "patience": "never"}
        offer = {"callback": {"when_wait_above_minutes": 5, "accepted_share": 1.0}}
        channels = {"phone": phone | offer, "email": {"kind": "deferred", "open_hours": "always"}}
        log = sim.simulate(shop({"trace": given}, channels=channels), seed=1).log
        assert log.contacts["outcome"].tolist() == ["served", "served", "called_back", "called_back"]


class TestMostCases:
    def test_steady_orders_have_no_better_day(self):
        steady = shop(orders())
        assert most_cases(steady) == pytest.approx(steady.expected_cases()) == pytest.approx(1500)

    def test_every_day_counts_as_the_best(self):
        # 3,000 orders on the best day, 15 cases per 100 orders, 10 days.
        assert most_cases(shop(orders(), events=[promotion()])) == pytest.approx(4500)

    def test_the_best_day_may_lie_before_the_run(self):
        # The run is a Monday with 100 orders; its tracking questions come from the Saturday before, with 1,000.
        week = orders({"mon-fri": 100, "sat-sun": 1000}, tracking={"per_100": 10, "lag": lag(2)})
        monday = shop(week, days=1)
        assert by_day(monday, "tracking") == pytest.approx([100])
        assert most_cases(monday) == pytest.approx(1000 * 15 / 100)

    @given(scenario=scenarios())
    @settings(max_examples=30)
    def test_it_is_never_less_than_the_mean(self, scenario):
        assert most_cases(scenario) >= scenario.expected_cases() * (1 - 1e-9)

    def test_demand_that_only_seems_too_much_is_accepted(self):
        # 1.5 million cases a day for 10 days, and 15 million more after a day of eleven times as many orders: 30
        # million. But 16.5 million on each of 10 days would be more than 50.
        busy = shop(orders(10_000_000), events=[promotion(orders_factor=11)])
        assert most_cases(busy) > 50_000_000 > busy.expected_cases()

    def test_orders_that_no_engine_could_finish_are_refused(self):
        with pytest.raises(sim.ScenarioError, match=r"demand: asks for about 150,000,000 cases in 10 days"):
            shop(orders(100_000_000))
