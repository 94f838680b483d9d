"""What customers lived through, how they judge it, and who says so: every number on paper."""

from math import e, exp, inf, log1p

import numpy as np
import pytest
from support.agreement import near
from support.by_hand import customer, desk, play

import sim
from sim.measures import measures
from sim.opinions import NPS_CUTS, RATING_CUTS, SURVEY, WEIGHTS, Satisfaction, Survey, Weights
from sim.satisfaction import DRIVERS, chances, experiences, ratings, scores
from sim.satisfaction.judging import response_shares
from sim.workload import CONTAINS, LOSES, NONE, SEEMS_TO_CONTAIN, Workload

BOT = {"channels": ["phone"], "contains": 0.5}


def lived(log, case=0, **changes):
    """What a customer lived through, without what did not happen."""
    table = experiences(log, Satisfaction(**changes)) if changes else experiences(log)
    return {name: table.at[case, name] for name in DRIVERS if table.at[case, name] != 0}


def approx(**drivers):
    return pytest.approx(drivers)


class TestWaits:
    def test_nothing_happened_to_who_is_helped_at_once(self):
        log = play(desk(), [customer(10, 4)])
        assert lived(log) == {}
        assert scores(log).tolist() == [0.0]

    def test_a_wait_counts_by_its_logarithm_against_what_is_expected(self):
        # The second caller comes 9 minutes before the agent is free, where 1 minute is expected: -0.35 ln(1 + 9).
        log = play(desk(), [customer(0, 10), customer(1, 10)])
        assert lived(log, 1) == approx(live_wait=log1p(9))
        assert scores(log)[1] == pytest.approx(-0.35 * log1p(9))
        assert lived(log, 1, expects={"live_minutes": 3}) == approx(live_wait=log1p(3))
        assert lived(log, 1, expects={"channel_minutes": {"phone": 4.5}}) == approx(live_wait=log1p(2))

    def test_waits_of_several_attempts_are_added_before_the_logarithm(self):
        # Hangs up after 2 minutes, comes back at 33 while the agent works until 40, and waits 7 more.
        log = play(
            desk(), [customer(0, 40), customer(1, 1, patience=2, comes_back=(inf, 30), again=[{"patience": 60}])]
        )
        assert lived(log, 1) == approx(live_wait=log1p(2 + 7), hang_ups=1, repeats=1)
        assert scores(log)[1] == pytest.approx(-0.35 * log1p(9) - 0.6 - 0.5)

    def test_messages_count_from_sending_to_the_answer_in_hours_of_the_clock(self):
        mail = sim.DeferredChannel(kind="deferred", open_hours="always")
        base = desk().with_(
            channels={"email": mail},
            teams={"agents": {"skills": ["phone", "email"]}},
            case_types={"call": {"channels": {"email": 0.0}}},
        )
        log = play(base, [customer(0, 710), customer(1, 10, channel="email")])
        # Answered from 710 to 720: 719 minutes after it was sent, of 1,440 expected.
        assert lived(log, 1) == approx(deferred_wait=log1p(719 / 1440))
        assert lived(log, 1, expects={"deferred_hours": 8}) == approx(deferred_wait=log1p(719 / 480))

    def test_who_is_called_back_does_not_wait_on_the_line(self):
        offer = {"phone": {"callback": {"when_wait_above_minutes": 0, "accepted_share": 1.0}}}
        log = play(desk(channels=offer), [customer(0, 30), customer(6, 4, accepts_callback=True)])
        assert lived(log, 1) == approx(deferred_wait=log1p(24 / 1440))

    def test_refusals(self):
        log = play(desk(channels={"phone": {"lines": 1}}), [customer(0, 10), customer(5, 1)])
        assert lived(log, 1) == {"refusals": 1, "unsolved": 1}
        closed = desk(channels={"phone": {"open_hours": "08:00-18:00"}})
        assert lived(play(closed, [customer(100, 1)])) == {"refusals": 1, "unsolved": 1}

    def test_what_the_end_of_the_run_cuts_off_has_lasted_until_then(self):
        log = play(desk(), [customer(1400, 100), customer(1410, 1)])
        assert lived(log, 1) == approx(live_wait=log1p(30))
        assert ratings(log)["case"].tolist() == []  # both are open


class TestSolving:
    def test_a_case_that_takes_three_conversations(self):
        back = [{"solve_draw": 1.0}, {"solve_draw": 0.0}]
        log = play(desk(), [customer(0, 1, solve_draw=1.0, comes_back=(60,), again=back)])
        assert lived(log) == {"repeats": 2}
        assert scores(log)[0] == 2 * -0.5

    def test_a_case_that_is_given_up(self):
        log = play(desk(), [customer(0, 1, solve_draw=1.0)])
        assert lived(log) == {"unsolved": 1}
        assert scores(log)[0] == -2.5

    def test_the_portal_and_the_bot_are_quick(self):
        log = play(desk(), [customer(0, self_service=(3.0, True))])
        assert lived(log) == {"quick": 1}
        log = play(desk(bot=BOT), [customer(0, bot=CONTAINS, bot_minutes=2)])
        assert lived(log) == {"quick": 1}

    def test_a_bot_that_fails_and_is_met_again(self):
        tries = [{"bot": LOSES}, {"bot": CONTAINS}]
        log = play(
            desk(bot=BOT),
            [customer(0, bot=SEEMS_TO_CONTAIN, bot_minutes=2, comes_back=(inf, inf, inf, inf, 9, 9), again=tries)],
        )
        assert lived(log) == {"bot_failures": 2, "bot_again": 2, "repeats": 2}  # in the end solved, but not quickly
        log = play(desk(bot=BOT), [customer(0, 1, bot=NONE)])
        assert lived(log) == {}

    def test_a_call_afterwards(self):
        call = {"share": 1.0, "delay": {"mean_hours": 1}, "work": {"mean_minutes": 4}, "solves": 0.8}
        base = desk(follow_up=call, teams={"agents": {"skills": ["phone", {"task": "follow_up"}]}})
        log = play(base, [customer(0, 1, follow_ups={1: (60.0, 4.0, 0.1)})])
        assert lived(log) == {"followed_up": 1}

    def test_who_comes_back_angry_and_who_comes_so(self):
        base = desk(
            case_types={"complaint": sim.CaseType(channels={"phone": 1}, handle_time={"mean_minutes": 1})},
            coming_back={"angrier": sim.Angrier(odds=1, type="complaint")},
        )
        again = [{"type": "complaint", "solve_draw": 0.0}]
        calls = [
            customer(0, 1, solve_draw=1, comes_back=(9,), again=again),
            customer(50, 1, type="complaint"),
            customer(90),
        ]
        log = play(base, calls)
        assert [lived(log, case) for case in range(3)] == [{"repeats": 1, "angry": 1}, {"angry": 1}, {}]
        log = play(base, [customer(0, type="complaint", self_service=(3.0, True))])
        assert lived(log) == {"quick": 1, "angry": 1}


class TestTheBackOffice:
    BASE = desk(
        days=12,
        teams={"agents": {"skills": ["phone", {"task": "refund"}]}},
        case_types={
            "call": {
                "steps": [
                    {"name": "parcel", "delay": {"mean_days": 9}},
                    {"name": "refund", "work": {"mean_minutes": 1}},
                ]
            }
        },
    )

    def informed(self, monkeypatch, *numbers):
        monkeypatch.setattr(Workload, "uniforms", lambda self, stream: {"kept informed": np.array(numbers)}[stream])

    def test_days_beyond_those_expected(self, monkeypatch):
        self.informed(monkeypatch, 0.5)
        log = play(self.BASE, [customer(0, 10, steps=[9 * 1440.0 - 10, 1440.0])])
        # Ten days from the call to the refund, where seven are expected: three days late, and nobody told the customer.
        assert lived(log) == approx(late_days=log1p(3), uninformed=1)
        assert scores(log)[0] == pytest.approx(-1.3 * log1p(3) - 0.4)
        assert lived(log, expects={"type_days": {"call": 10}}) == {"uninformed": 1}
        assert lived(log, expects={"days": 0}) == approx(late_days=log1p(10), uninformed=1)

    def test_of_an_open_case_the_days_so_far_count(self, monkeypatch):
        self.informed(monkeypatch, 0.5)
        log = play(self.BASE, [customer(1440, 10, steps=[20 * 1440.0, 1.0])])
        # Eleven days from the second day's beginning to the end of the run, of which seven were expected.
        assert lived(log) == approx(late_days=log1p(4), uninformed=1)

    def test_who_is_kept_informed_is_who_does_not_ask(self, monkeypatch):
        base = self.BASE.with_(case_types={"call": {"kept_informed_share": 0.4}})
        self.informed(monkeypatch, 0.39, 0.4)
        log = play(base, [customer(0, 1, steps=[10.0, 1.0]), customer(5, 1, steps=[10.0, 1.0])])
        assert [lived(log, case) for case in range(2)] == [{}, {"uninformed": 1}]

    def test_the_same_number_decides_in_the_workload(self):
        shop = sim.load("baseline").with_(days=2)
        work = sim.workload.draw(shop, 3)
        returns = work.case_type == list(shop.case_types).index("return")
        told = work.uniforms("kept informed") < shop.case_types["return"].kept_informed_share
        assert (told[returns] == (work.enquiries[returns] == 0)).all()
        assert 0 < told[returns].sum() < returns.sum()


class TestPeople:
    def test_courtesy_is_the_mean_over_the_agents_met(self):
        polite = sim.Team(skills=[{"channel": "phone", "after_minutes": 5}], agents=1, courtesy=0.5)
        base = desk(teams={"agents": {"courtesy": -1.0}, "polite": polite})
        # The first attempt is served in vain by the rude team, the second overflows to the polite one after 5 minutes.
        calls = [customer(0, 1, solve_draw=1.0, comes_back=(10,), again=[{"solve_draw": 0.0}]), customer(2, 60)]
        log = play(base, calls)
        assert lived(log) == approx(courtesy=(-1 + 0.5) / 2, repeats=1, live_wait=log1p(5))

    @pytest.mark.parametrize(("agents", "share"), [(1, 1.0), (2, 0.5), (4, 0.25)])
    def test_a_busy_team_is_less_polite(self, agents, share):
        base = desk(teams={"agents": {"agents": agents, "courtesy": 0.3, "courtesy_drop_when_busy": 0.8}})
        log = play(base, [customer(0, 10), customer(20, 10)])
        assert lived(log, 1) == approx(courtesy=0.3 - 0.8 * share)

    def test_how_busy_counts_agents_and_not_conversations(self):
        base = desk(
            channels={"phone": {"at_once": 2}},
            teams={"agents": {"agents": 2, "courtesy": 1, "courtesy_drop_when_busy": 1}},
        )
        # Of two agents the first chat makes one busy, the second both, and the third joins one of them; when all these
        # are over, the fourth makes one busy again.
        log = play(base, [customer(0, 10), customer(1, 10), customer(2, 28), customer(40, 10)])
        assert experiences(log)["courtesy"].tolist() == [0.5, 0.0, 0.0, 0.5]

    def test_priority_and_a_head_start_are_noticed_by_who_has_them(self):
        vip = {"segments": {"regular": {"share": 0.5}, "vip": sim.Segment(share=0.5, priority=1)}}
        log = play(desk(**vip), [customer(0, 1), customer(5, 1, segment="vip")])
        assert [lived(log, case) for case in range(2)] == [{}, {"recognised": 1}]
        vip["segments"]["vip"] = sim.Segment(share=0.5, head_start_minutes=1)
        log = play(desk(**vip), [customer(0, 1), customer(5, 1, segment="vip")])
        assert [lived(log, case) for case in range(2)] == [{}, {"recognised": 1}]
        vip["segments"]["vip"] = sim.Segment(share=0.5)
        assert lived(play(desk(**vip), [customer(5, 1, segment="vip")])) == {}

    def test_priority_is_no_comfort_to_who_is_not_served(self):
        vip = {"segments": {"regular": {"share": 0.5}, "vip": sim.Segment(share=0.5, priority=1)}}
        log = play(desk(**vip), [customer(0, 10), customer(1, 1, segment="vip", patience=0)])
        assert lived(log, 1) == {"hang_ups": 1, "unsolved": 1}

    def test_forgiving_customers_count_harm_in_part_and_kindness_in_full(self):
        kind = {"segments": {"regular": {"share": 0.5, "forgives": 0.25}, "vip": sim.Segment(share=0.5, priority=1)}}
        log = play(desk(**kind), [customer(0, 10), customer(1, 1, solve_draw=1.0)])
        assert scores(log)[1] == pytest.approx(0.75 * (-0.35 * log1p(9) - 2.5))
        for manners, counted in ((0.8, 0.8), (-0.8, 0.75 * -0.8)):
            log = play(desk(**kind, teams={"agents": {"courtesy": manners}}), [customer(0, 10)])
            assert scores(log)[0] == pytest.approx(counted)


class TestAnswers:
    def lucky(self, monkeypatch, felt, survey):
        """Customers without any experience whose noise is given, and whose number for the survey is."""
        numbers = {
            "ratings": 1 / (1 + np.exp(-np.array(felt))),
            "survey": np.array(survey),
            "kept informed": np.ones(9),
        }
        monkeypatch.setattr(Workload, "uniforms", lambda self, stream: numbers[stream][: self.cases])
        return play(desk(), [customer(20 * n, 1) for n in range(len(felt))])

    def test_the_noise_falls_between_the_cuts(self, monkeypatch):
        log = self.lucky(monkeypatch, [-3.0, -2.5, -2.0, -1.2, 1.0], [0.0, 1.0, 0.1, 0.9, 0.2])
        table = ratings(log)
        # Cuts at -2.75, -2.29, -1.52, -0.5; NPS at ..., -3.05 | -2.75 ... ; CES at -3.5, -2.75, -2.2, -1.5, -0.7, 0.4.
        assert table["rating"].tolist() == [1, 2, 3, 4, 5]
        assert table["nps"].tolist() == [3, 4, 6, 7, 10]
        assert table["ces"].tolist() == [2, 3, 4, 5, 7]
        # Odds of answering 0.15/0.85 times 2, 1.3, 1, 1.1, 1.6: shares 0.261, 0.187, 0.15, 0.163, 0.220.
        assert table["surveyed"].tolist() == [True, False, True, False, True]

    def test_the_measures(self, monkeypatch):
        row = measures(self.lucky(monkeypatch, [-3.0, -2.5, -2.0, -1.2, 1.0], [0.0, 1.0, 0.1, 0.9, 0.2])).loc["all"]
        assert row["rated"] == 1
        assert row["csat"] == 2 / 5
        assert row["mean_rating"] == 3
        assert row["nps"] == pytest.approx(100 * (1 - 3) / 5)
        assert row["ces"] == pytest.approx((2 + 3 + 4 + 5 + 7) / 5)
        assert row["response_rate"] == 3 / 5
        assert row["csat_surveyed"] == pytest.approx(1 / 3)
        assert row["nps_surveyed"] == pytest.approx(100 * (1 - 2) / 3)

    def test_the_window_is_that_of_the_cases_appearance(self, monkeypatch):
        self.lucky(monkeypatch, [-3.0, -2.0, 1.0], [1.0] * 3)
        log = play(desk(days=3), [customer(5, 2), customer(1500, 2), customer(2900, 2)])
        for day, rating in enumerate((1, 3, 5)):
            assert measures(log, from_day=day, to_day=day + 1).at["all", "mean_rating"] == rating
        assert measures(log, to_day=2).at["all", "mean_rating"] == 2

    def test_open_cases_are_not_rated(self):
        log = play(desk(), [customer(0, 1), customer(1430, 100)])
        row = measures(log).loc["all"]
        assert row["rated"] == 0.5
        assert ratings(log)["case"].tolist() == [0]

    def test_chances_by_hand(self):
        # F(-1) = 1 / (1 + e), F(0) = 1/2; a score of 1 moves every cut down by 1.
        assert chances(0.0, (-1.0, 0.0)) == pytest.approx([1 / (1 + e), 0.5 - 1 / (1 + e), 0.5])
        assert chances(1.0, (0.0,)) == pytest.approx([1 / (1 + e), e / (1 + e)])
        both = chances(np.array([0.0, 1.0]), (-1.0, 0.0))
        assert both.sum(axis=1) == pytest.approx(1)
        # Proportional odds: one point multiplies the odds of a better answer by e at both cuts.
        for j in (1, 2):
            better = both[:, j:].sum(axis=1)
            odds = better / (1 - better)
            assert odds[1] / odds[0] == pytest.approx(exp(1))

    def test_shares_of_ratings_are_the_chances(self):
        shop = sim.one_queue(arrivals_per_hour=60, handle_minutes=0.001, agents=5, days=2)
        shop = shop.with_(case_types={"call": {"solved": 0.0}}, satisfaction={"weights": {"unsolved": -1.0}})
        tables = [ratings(sim.simulate(shop, seed=5, replication=n)) for n in range(12)]
        for rating, chance in enumerate(chances(-1.0, RATING_CUTS), start=1):
            near(
                rating,
                chance,
                [(table["rating"] == rating).sum() for table in tables],
                [len(table) for table in tables],
            )
        for nps, chance in zip((0, 10), chances(-1.0, NPS_CUTS)[[0, 10]], strict=True):
            near(nps, chance, [(table["nps"] == nps).sum() for table in tables], [len(table) for table in tables])

    def test_a_biased_survey_shows_another_csat(self):
        survey = Survey(share=0.5, odds_by_rating=[3, 1, 1, 1, 1])
        # Of those with a rating of 1 three quarters answer, of others half.
        assert response_shares(survey) == pytest.approx([0.75, 0.5, 0.5, 0.5, 0.5])
        shop = sim.one_queue(arrivals_per_hour=60, handle_minutes=0.001, agents=5, days=2)
        shop = shop.with_(satisfaction={"survey": survey, "rating_cuts": [-1, -0.5, 0, 0.5]})
        runs = sim.replicate(shop, 12, seed=5, progress=False)
        happy, unhappy = 1 / 2, 1 / (1 + e)
        said = 0.5 * happy / (0.5 + 0.25 * unhappy)
        by_run = [run.measures().loc["all"] for run in runs]
        near("true", happy, [row["csat"] for row in by_run])
        near(
            "said",
            said,
            [row["csat_surveyed"] * row["response_rate"] for row in by_run],
            [row["response_rate"] for row in by_run],
        )
        assert said < 0.48 < happy


class TestLaws:
    SHOP = sim.load("baseline").with_(days=3)

    def test_the_same_luck_judges_every_plan(self):
        run = sim.simulate(self.SHOP, seed=4)
        before = ratings(run).set_index("case")
        unhappy = ratings(run, Satisfaction(weights={"live_wait": -0.7})).set_index("case")
        waited = experiences(run).set_index("case")["live_wait"][before.index]
        assert (unhappy["rating"] <= before["rating"]).all()
        assert (unhappy["rating"] == before["rating"])[waited == 0].all()
        assert (unhappy["rating"] < before["rating"]).any()

    def test_longer_waits_never_raise_a_rating(self):
        base = sim.one_queue(arrivals_per_hour=50, handle_minutes=5, agents=5)
        few, many = (ratings(sim.simulate(base.with_(teams={"agents": {"agents": n}}), seed=2)) for n in (5, 6))
        both = few.merge(many, on="case")
        assert len(both) > 1000
        assert (both["score_x"] <= both["score_y"]).all()
        for scale in ("rating", "nps", "ces"):
            assert (both[f"{scale}_x"] <= both[f"{scale}_y"]).all()

    def test_another_type_has_its_own_luck(self):
        work = sim.workload.draw(self.SHOP, 1)
        more = sim.workload.draw(self.SHOP.with_(case_types={"return": {"demand_factor": 2.0}}), 1)
        for stream in ("ratings", "survey"):
            for name in ("how_to", "complaint"):
                code = list(self.SHOP.case_types).index(name)
                first, second = (one.uniforms(stream)[one.case_type == code] for one in (work, more))
                assert np.array_equal(first, second)
        assert not np.array_equal(work.uniforms("ratings"), work.uniforms("survey"))


class TestTheAssumptions:
    def test_every_default_lies_in_its_range(self):
        for weight in (*WEIGHTS, *SURVEY, *sim.opinions.LOYALTY, *sim.opinions.EXPECTATIONS):
            low, default, high = (np.atleast_1d(end) for end in (weight.low, weight.default, weight.high))
            assert (low <= default).all(), weight.name
            assert (default <= high).all(), weight.name
            assert weight.source, weight.name
            assert weight.unit, weight.name

    def test_the_tables_and_the_keys_are_the_same(self):
        parts = {
            "weights": (WEIGHTS, Weights(), set()),
            "survey": (SURVEY, Survey(), set()),
            "expects": (sim.opinions.EXPECTATIONS, sim.opinions.Expectations(), {"channel_minutes", "type_days"}),
            "loyalty": (sim.opinions.LOYALTY, sim.Loyalty(), {"customers"}),
        }
        for table, part, others in parts.values():
            assert [one.name for one in table] == [name for name in type(part).model_fields if name not in others]
            for one in table:
                assert getattr(part, one.name) == one.default

    def test_the_cuts_stand_where_the_reviews_of_orders_in_time_put_them(self):
        chance = chances(0.0, RATING_CUTS)
        assert chance[:2].sum() == pytest.approx(0.092, abs=0.0005)
        assert chance @ np.arange(1, 6) == pytest.approx(4.29, abs=0.005)


class TestMistakes:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"weights": {"repeat": -1}}, "no such key as 'repeat'. Did you mean 'repeats'"),
            ({"weights": {"repeats": "-1"}}, "write -1, without quotes"),
            ({"weights": {"repeats": float("nan")}}, "finite"),
            ({"rating_cuts": [-2, -1, 0]}, "4 or more"),
            ({"rating_cuts": [-2, -1, -1, 0]}, "each cut must lie above the one before"),
            ({"nps_cuts": [1]}, "10 or more"),
            ({"survey": {"share": 1.0}}, "below 1"),
            ({"survey": {"odds_by_rating": [1, 1, -1, 1, 1]}}, "at least 0"),
            ({"expects": {"live_minutes": 0}}, "above 0"),
            ({"expects": {"channel_minutes": {"fax": 2}}}, "no such channel as 'fax'"),
            ({"expects": {"type_days": {"refunds": 2}}}, "no such case type as 'refunds'"),
        ],
    )
    def test_of_the_judgement(self, change, message):
        with pytest.raises(sim.ScenarioError, match=message):
            desk(satisfaction=change)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"buys_again": [0.9, 0.8, 0.7, 0.6, 0.5]}, "may not fall"),
            ({"buys_again": [0.5, 0.8]}, "5 or more"),
            ({"buys_again": [0.5, 0.6, 0.7, 0.8, 1.5]}, "at most 1"),
            ({"friends": [0.1, 0, 0, 0, 0]}, "may not fall"),
            ({"orders_per_year": 0}, "above 0"),
            ({"customers": 0}, "above 0"),
            ({"churn_per_year": 1}, "below 1"),
        ],
    )
    def test_of_loyalty(self, change, message):
        with pytest.raises(sim.ScenarioError, match=message):
            desk(loyalty=change)

    def test_of_people(self):
        with pytest.raises(sim.ScenarioError, match=r"courtesy: holds 2.*at most 1"):
            desk(teams={"agents": {"courtesy": 2}})
        with pytest.raises(sim.ScenarioError, match=r"forgives: holds -1.*at least 0"):
            desk(segments={"regular": {"forgives": -1}})

    def test_of_the_run(self):
        runs = sim.replicate(desk(), 2, progress=False)
        with pytest.raises(TypeError, match=r"not in Replications.*runs\[0\]"):
            ratings(runs)

    def test_a_judgement_survives_the_file(self):
        shop = desk(
            satisfaction={"weights": {"repeats": -1}, "rating_cuts": [-3, -2, -1, 0]}, loyalty={"orders_per_year": 9}
        )
        import yaml

        assert sim.load(yaml.safe_load(shop.to_yaml())) == shop
        assert "hang_ups" not in shop.to_yaml()
