"""What the company still owes after the conversation, and what customers do meanwhile: every time on paper."""

from math import inf, sqrt

import numpy as np
import pytest
from support.by_hand import customer, desk, play, story, told, work_done

import sim
from sim.measures import measures
from sim.workload import ATTEMPT, CONTAINS, ENQUIRY, FOLLOW_UP_CALL, STEP, draw

STEPS = [
    {"name": "parcel", "delay": {"mean_days": 2}, "freight": True},
    {"name": "inspect", "work": {"mean_minutes": 5}, "skipped_by_instant_refund": True},
    {"name": "refund", "work": {"mean_minutes": 3}},
]
FOLLOW_UP = {"share": 1.0, "delay": {"mean_hours": 1}, "work": {"mean_minutes": 4}, "solves": 0.8}
BACK = [{"task": "refund"}, {"task": "inspect"}, {"task": "follow_up"}]

ASKING = {"status_enquiries_per_day": 1.0}
CALL, CALL_IN_VAIN = {1: (60.0, 4.0, 0.1)}, {1: (60.0, 4.0, 0.9)}


def returns_desk(call=None, back=None, **changes):
    """One agent at the phone, one in the back office; a return is a parcel, a check and a refund."""
    base = desk(
        teams={"back": sim.Team(**{"skills": BACK, "agents": 1, **(back or {})})},
        case_types={"call": {"steps": STEPS, **(call or {})}},
    )
    return base.with_(**changes)


def same(found, expected):
    """Whether rows agree; NaN agrees with None."""
    assert [tuple(None if value != value else value for value in row) for row in found] == expected


class TestSteps:
    def test_delays_and_work_follow_each_other_and_the_case_is_solved_at_the_end(self):
        log = play(returns_desk(), [customer(10, 4, steps=[100.0, 5.0, 3.0])])
        same(
            work_done(log),
            [
                (0, "parcel", 14, None, 114),
                (0, "inspect", 114, 114, 119),
                (0, "refund", 119, 119, 122),
            ],
        )
        assert story(log, 0)[3:] == [
            (14, "is served"),
            (14, "step begins"),
            (114, "step is done"),
            (114, "step begins"),
            (119, "step is done"),
            (119, "step begins"),
            (122, "step is done"),
            (122, "is solved"),
        ]
        assert log.tasks["team"].astype(object).fillna("nobody").tolist() == ["nobody", "back", "back"]
        table = measures(log).loc["all"]
        assert table["refund_hours"] == table["resolution_hours"] == (122 - 10) / 60
        assert table["contacts"] == 1

    def test_two_returns_share_one_agent(self):
        log = play(returns_desk(), [customer(10, 2, steps=[100.0, 5.0, 3.0]), customer(12, 2, steps=[102.0, 5.0, 3.0])])
        # Parcels are there at 112 and 116. The agent checks 0 to 117 and finds the check of 1 waiting; then the refund
        # of 0, asked for at 117, and that of 1, asked for at 122.
        same(
            work_done(log),
            [
                (0, "parcel", 12, None, 112),
                (1, "parcel", 14, None, 116),
                (0, "inspect", 112, 112, 117),
                (1, "inspect", 116, 117, 122),
                (0, "refund", 117, 122, 125),
                (1, "refund", 122, 125, 128),
            ],
        )
        assert log.cases["closed_minutes"].tolist() == [125, 128]
        assert measures(log)["refund_hours"].item() == pytest.approx((115 + 116) / 2 / 60)

    def test_the_preferred_work_goes_first(self):
        calls = [
            customer(10, 2, steps=[100.0, 30.0, None]),
            customer(20, 2, steps=[100.0, 5.0, None]),  # there at 122
            customer(30, 2, steps=[100.0, None, 3.0]),  # there at 132: a refund, which the team prefers
        ]
        log = play(returns_desk(), calls)
        same(
            [row for row in work_done(log) if row[1] != "parcel"],
            [
                (0, "inspect", 112, 112, 142),
                (1, "inspect", 122, 145, 150),
                (2, "refund", 132, 142, 145),
            ],
        )

    def test_a_first_priority_customer_is_first_in_the_back_office_too(self):
        shop = returns_desk(
            back={"agents": {"08:00-18:00": 1}},
            segments={"regular": sim.Segment(share=0.5), "vip": sim.Segment(share=0.5, priority=1)},
        )
        none = [None, None]
        log = play(shop, [customer(10, 4, steps=[*none, 6.0]), customer(20, 4, steps=[*none, 6.0], segment="vip")])
        same(work_done(log), [(0, "refund", 14, 486, 492), (1, "refund", 24, 480, 486)])

    def test_work_waits_overnight_and_what_has_begun_is_finished(self):
        shop = returns_desk(back={"agents": {"08:00-18:00": 1}}, days=2)
        log = play(shop, [customer(1070, 4, steps=[1.0, 10.0, 3.0])])
        # The check begins at 1075, five minutes before the end of duty, and ends at 1085; the refund waits for 08:00.
        same(
            work_done(log),
            [
                (0, "parcel", 1074, None, 1075),
                (0, "inspect", 1075, 1075, 1085),
                (0, "refund", 1085, 1440 + 480, 1440 + 483),
            ],
        )
        assert log.tasks["wait_minutes"].tolist()[1:] == [0, 1440 + 480 - 1085]
        back = log.staffing[log.staffing["team"] == "back"]
        assert back[["start_minutes", "end_minutes"]].to_numpy().tolist() == [[480, 1085], [1920, 2520]]

    def test_steps_that_are_not_needed_take_no_time(self):
        log = play(
            returns_desk(),
            [customer(10, 4, steps=[None, None, 3.0]), customer(30, 4, steps=[None, None, None])],
        )
        same(work_done(log), [(0, "refund", 14, 14, 17)])
        assert log.cases["closed_minutes"].tolist() == [17, 34]
        assert measures(log)["refund_hours"].item() == pytest.approx(7 / 60)

    def test_they_begin_only_when_the_case_is_solved(self):
        shop = returns_desk(call={"solved": 0.5})
        log = play(
            shop,
            [
                customer(
                    10, 4, solve_draw=0.7, comes_back=(30.0,), again=[{"solve_draw": 0}], steps=[100.0, None, 3.0]
                ),
                customer(60, 4, solve_draw=0.7, steps=[100.0, 5.0, 3.0]),
            ],
        )
        same(work_done(log), [(0, "parcel", 48, None, 148), (0, "refund", 148, 148, 151)])
        assert log.cases["state"].tolist() == ["solved", "given_up"]

    def test_a_team_has_its_own_pace_in_the_back_office(self):
        log = play(returns_desk(back={"handle_factor": 1.5}), [customer(10, 4, steps=[None, 6.0, 4.0])])
        assert log.tasks["ended_minutes"].tolist() == [14 + 9, 23 + 6]

    def test_one_agent_may_do_both_and_prefers_as_the_team_says(self):
        shop = desk(
            case_types={"call": {"steps": STEPS}},
            teams={"agents": {"skills": ["phone", *BACK[:2]]}},
        )
        log = play(shop, [customer(10, 4, steps=[None, 10.0, 3.0]), customer(15, 5)])
        # The agent checks from 14 to 24, then prefers the caller of 15; the refund is done from 29 to 32.
        assert told(log)[1] == (1, 1, "served", 15, 9, 0)
        same(work_done(log), [(0, "inspect", 14, 14, 24), (0, "refund", 24, 29, 32)])
        table = measures(log, by="team").loc["agents"]
        assert table["served"] == 2
        assert table["occupancy"] == pytest.approx((4 + 10 + 5 + 3) / 1440)

    def test_what_is_owed_at_the_end_of_the_run_leaves_the_case_open(self):
        log = play(returns_desk(), [customer(1400, 4, steps=[30.0, 10.0, 3.0]), customer(1402, 4, steps=[99.0])])
        # 0: parcel from 1404 to 1434, check to 1444. 1: served from 1404, parcel from 1408.
        same(
            work_done(log),
            [(0, "parcel", 1404, None, 1434), (1, "parcel", 1408, None, None), (0, "inspect", 1434, 1434, None)],
        )
        assert log.cases["state"].tolist() == ["open", "open"]


class TestDrawsOfSteps:
    def work(self, call, **changes):
        base = sim.one_queue(arrivals_per_hour=600, handle_minutes=1, agents=1)
        base = base.with_(teams={"back": sim.Team(skills=BACK[:2], agents=1)}, case_types={"call": call}, **changes)
        return draw(base, seed=7)

    def lengths(self, work, number):
        """Length of a step by case; NaN where it is not needed."""
        rows = (work.kind == STEP) & (work.number == number)
        found = np.full(work.cases, np.nan)
        found[work.case[rows]] = work.handle_minutes[rows]
        return found

    def test_steps_are_needed_with_their_odds(self):
        steps = [{**STEPS[0], "odds": 0.3}, STEPS[1], {**STEPS[2], "odds": 0.9}]
        work = self.work({"steps": steps})
        for number, odds in ((1, 0.3), (2, 1.0), (3, 0.9)):
            needed = ~np.isnan(self.lengths(work, number))
            assert abs(needed.mean() - odds) <= 4 * sqrt(odds * (1 - odds) / work.cases)
        assert (work.steps == sum(~np.isnan(self.lengths(work, number)) for number in (1, 2, 3))).all()

    def test_an_instant_refund_skips_the_check_of_its_share_and_nothing_else(self):
        before, after = (self.work({"steps": STEPS, "instant_refund_share": share}) for share in (0.0, 0.25))
        for number in (1, 3):
            assert self.lengths(after, number).tolist() == self.lengths(before, number).tolist()
        skipped = np.isnan(self.lengths(after, 2))
        assert abs(skipped.mean() - 0.25) <= 4 * sqrt(0.25 * 0.75 / after.cases)
        assert self.lengths(after, 2)[~skipped].tolist() == self.lengths(before, 2)[~skipped].tolist()
        # Those who have it with a small share have it with a larger one.
        more = np.isnan(self.lengths(self.work({"steps": STEPS, "instant_refund_share": 0.5}), 2))
        assert more[skipped].all()

    def test_a_free_label_shortens_the_way_of_every_parcel_and_of_nothing_else(self):
        before, after = (self.work({"steps": STEPS, "freight_factor": factor}) for factor in (1.0, 0.75))
        assert self.lengths(after, 1) == pytest.approx(0.75 * self.lengths(before, 1), abs=2**-19)
        for number in (2, 3):
            assert self.lengths(after, number).tolist() == self.lengths(before, number).tolist()

    def test_a_free_label_raises_the_number_of_returns(self):
        before, after = (self.work({"steps": STEPS, "demand_factor": factor}) for factor in (1.0, 1.2))
        for work, expected in ((before, 600 * 24), (after, 1.2 * 600 * 24)):
            assert abs(work.cases - expected) <= 4 * sqrt(expected)
        # Those who came before come still, at the same time.
        assert np.isin(before.appears_minutes, after.appears_minutes).all()

    def test_a_longer_check_is_longer_for_everyone(self):
        slow = [STEPS[0], {**STEPS[1], "work": {"mean_minutes": 10}}, STEPS[2]]
        before, after = self.work({"steps": STEPS}), self.work({"steps": slow})
        assert self.lengths(after, 2) == pytest.approx(2 * self.lengths(before, 2), abs=2**-19)


class TestStatusEnquiries:
    def test_a_customer_asks_at_given_times_until_it_is_done(self):
        asks = [{"before": 40.0, "handle": 6}, {"before": 50.0, "handle": 2}, {"before": 30.0, "handle": 2}]
        log = play(returns_desk(ASKING), [customer(10, 4, steps=[98.0, 5.0, 3.0], enquiries=asks)])
        # Owed from 14 to 120. Asks at 54, and 50 minutes after the answer of 60 at 110; at 142 all is done.
        assert told(log) == [
            (0, 1, "served", 10, 0, 0),
            (0, 0, "served", 54, 0, 0),
            (0, 0, "served", 110, 0, 0),
        ]
        assert log.cases[["state", "closed_minutes", "contacts"]].to_numpy().tolist() == [["solved", 120, 3]]
        table = measures(log).loc["all"]
        assert table["status_enquiries"] == 2
        assert table["contacts_per_case"] == 3
        assert table["first_contact_resolution"] == 0
        assert table["repeat_rate"] == pytest.approx(2 / 3)
        assert table["resolution_hours"] == pytest.approx(110 / 60)

    def test_asking_does_not_hold_the_work_up(self):
        asks = [{"before": 95.0, "handle": 60}]
        log = play(returns_desk(ASKING), [customer(10, 4, steps=[98.0, None, 3.0], enquiries=asks)])
        assert log.cases["closed_minutes"].tolist() == [115]
        assert told(log)[1] == (0, 0, "served", 109, 0, 0)
        assert log.ended[log.workload.kind[log.row] == ENQUIRY].tolist() == [169]

    def test_at_the_moment_when_a_delay_ends_a_customer_still_asks_and_when_work_ends_not(self):
        ask = [{"before": 100.0, "handle": 2}]
        late = play(returns_desk(ASKING), [customer(10, 4, steps=[100.0, None, None], enquiries=ask)])
        assert len(told(late)) == 2
        done = play(returns_desk(ASKING), [customer(10, 4, steps=[97.0, None, 3.0], enquiries=ask)])
        assert len(told(done)) == 1

    def test_one_whose_line_is_closed_is_turned_away_and_asks_again_later(self):
        shop = returns_desk(ASKING, channels={"phone": {"open_hours": "08:00-18:00"}}, days=2)
        asks = [{"before": 60.0}, {"before": 900.0, "handle": 2}, {"before": 2000.0}]
        log = play(shop, [customer(1060, 4, steps=[1500.0, None, 3.0], enquiries=asks)])
        # Owed from 1064 to 2567: asks at 1124, when the line is closed, then at 2024.
        assert told(log)[1:] == [(0, 0, "turned_away", 1124, 0, -1), (0, 0, "served", 2024, 0, 0)]

    def test_one_who_asks_hangs_up_when_patience_ends_and_the_next_gap_counts_from_there(self):
        asks = [{"before": 40.0, "patience": 3.0}, {"before": 40.0, "handle": 2}]
        log = play(returns_desk(ASKING), [customer(10, 4, steps=[98.0, 5.0, 3.0], enquiries=asks), customer(50, 20)])
        # Asks at 54, hangs up at 57, asks again at 97.
        assert told(log)[2:] == [(0, 0, "abandoned", 54, 3, -1), (0, 0, "served", 97, 0, 0)]
        assert log.cases["state"].tolist() == ["solved", "solved"]

    def test_one_who_finds_no_line_is_blocked_and_does_not_give_the_case_up(self):
        shop = returns_desk(ASKING, channels={"phone": {"lines": 1}})
        log = play(shop, [customer(10, 4, steps=[98.0, 5.0, 3.0], enquiries=[{"before": 40.0}]), customer(50, 20)])
        assert told(log)[2:] == [(0, 0, "blocked", 54, 0, -1)]
        assert log.cases["state"].tolist() == ["solved", "solved"]

    def test_an_answer_without_help_changes_nothing(self):
        asks = [{"before": 40.0, "handle": 6, "solve_draw": 0.99}]
        shop = returns_desk({**ASKING, "solved": 0.5})
        log = play(shop, [customer(10, 4, steps=[98.0, 5.0, 3.0], enquiries=asks)])
        assert log.solved[log.workload.kind[log.row] == ENQUIRY].tolist() == [False]
        assert log.cases[["state", "closed_minutes"]].to_numpy().tolist() == [["solved", 120]]

    def test_the_bot_may_answer(self):
        shop = returns_desk(ASKING, bot={"channels": ["phone"], "contains": 0.5})
        asks = [{"before": 40.0, "bot": CONTAINS, "bot_minutes": 1.0}]
        log = play(shop, [customer(10, 4, steps=[98.0, 5.0, 3.0], enquiries=asks)])
        assert told(log)[1:] == [(0, 0, "contained", 54, 0, -1)]

    def test_nobody_asks_before_there_is_anything_to_wait_for(self):
        log = play(returns_desk(ASKING), [customer(10, 4, steps=[None] * 3, enquiries=[{"before": 0.0}])])
        assert len(told(log)) == 1

    def test_as_drawn_those_who_are_kept_informed_never_ask_and_others_at_the_rate(self):
        base = sim.one_queue(arrivals_per_hour=600, handle_minutes=1, agents=1)
        call = {"steps": [STEPS[0]], "status_enquiries_per_day": 0.5, "kept_informed_share": 0.3}
        work = draw(base.with_(case_types={"call": call}), seed=7)
        asks = work.enquiries > 0
        assert abs(asks.mean() - 0.7) <= 4 * sqrt(0.3 * 0.7 / work.cases)
        gaps = work.before_minutes[work.kind == ENQUIRY]
        assert abs(gaps.mean() - 2880) <= 4 * 2880 / sqrt(len(gaps))  # every other day
        more = draw(base.with_(case_types={"call": {**call, "kept_informed_share": 0.6}}), seed=7)
        assert not more.enquiries[~asks].any()
        nobody = draw(base.with_(case_types={"call": {**call, "kept_informed_share": 1.0}}), seed=7)
        assert not nobody.enquiries.any()

    def test_a_process_twice_as_fast_makes_half_the_enquiries(self):
        """A customer who asks at a rate while a constant delay lasts asks rate x delay times, a Poisson number."""
        base = sim.one_queue(arrivals_per_hour=200, handle_minutes=0.1, handle_cv=0, agents=20, days=6)
        base = base.with_(demand={"cases_per_hour": {"call": {"mon": 200}}})
        asked = {}
        for days in (2, 4):
            steps = [{"name": "parcel", "delay": {"distribution": "constant", "mean_days": days}}]
            shop = base.with_(case_types={"call": {"steps": steps, "status_enquiries_per_day": 0.4}})
            log = sim.simulate(shop, seed=2).log
            asked[days] = measures(log)["status_enquiries"].item()
            expected, n = 0.4 * days, log.workload.cases
            # Each enquiry takes six seconds before the next gap begins: less than a thousandth.
            assert abs(asked[days] - expected) <= 4 * sqrt(expected / n) + expected / 1000
        assert asked[2] < asked[4]


class TestFollowUp:
    """A call an hour after the conversation (14 + 60 = 74), which takes four minutes and helps with odds 0.8."""

    def shop(self, **changes):
        return returns_desk(
            call={"solved": 0.5, "steps": []}, back={"skills": [BACK[2]]}, follow_up=FOLLOW_UP, **changes
        )

    def test_a_solved_case_is_closed_before_the_call(self):
        log = play(self.shop(), [customer(10, 4, follow_ups=CALL)])
        assert story(log, 0)[3:] == [(14, "is served"), (14, "is solved"), (78, "is followed up")]
        same(work_done(log), [(0, "follow_up", 74, 74, 78)])
        assert told(log) == [(0, 1, "served", 10, 0, 0)]

    def test_it_finds_an_unsolved_case_before_the_customer_returns(self):
        log = play(
            self.shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=(120.0,), again=[{}], follow_ups=CALL)],
        )
        assert told(log) == [(0, 1, "served", 10, 0, 0)]
        assert story(log, 0)[3:] == [(14, "is served"), (78, "is followed up"), (78, "is solved")]
        assert measures(log)["first_contact_resolution"].item() == 1

    def test_what_is_owed_begins_after_the_call(self):
        shop = self.shop().with_(
            case_types={"call": {"steps": [STEPS[0]]}},
        )
        log = play(shop, [customer(10, 4, solve_draw=0.9, follow_ups=CALL, steps=[100.0])])
        same(work_done(log), [(0, "follow_up", 74, 74, 78), (0, "parcel", 78, None, 178)])

    def test_it_comes_too_late_for_one_who_has_returned(self):
        log = play(
            self.shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=(30.0,), again=[{"solve_draw": 0}], follow_ups=CALL)],
        )
        assert told(log) == [(0, 1, "served", 10, 0, 0), (0, 2, "served", 44, 0, 0)]
        assert story(log, 0)[-2:] == [(48, "is solved"), (78, "is followed up")]

    def test_it_comes_too_late_for_one_who_has_given_up_in_the_meantime(self):
        log = play(
            self.shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=(30.0,), again=[{"comes_back": (inf,) * 6}], follow_ups=CALL)],
        )
        assert story(log, 0)[-2:] == [(48, "gives up"), (78, "is followed up")]

    def test_one_who_returns_during_the_call_is_served_as_well(self):
        log = play(
            self.shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=(62.0,), again=[{"solve_draw": 0}], follow_ups=CALL)],
        )
        assert story(log, 0)[4:] == [
            (76, "joins the queue"),
            (76, "is answered"),
            (78, "is followed up"),
            (80, "is served"),
            (80, "is solved"),
        ]

    def test_a_call_that_ends_at_the_moment_of_returning_is_in_time(self):
        log = play(self.shop(), [customer(10, 4, solve_draw=0.9, comes_back=(64.0,), again=[{}], follow_ups=CALL)])
        assert len(told(log)) == 1
        assert log.cases["closed_minutes"].tolist() == [78]

    def test_a_call_that_does_not_help_leaves_the_customer_to_return(self):
        log = play(
            self.shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=(120.0,), again=[{"solve_draw": 0}], follow_ups=CALL_IN_VAIN)],
        )
        assert story(log, 0)[4:] == [
            (78, "is followed up"),
            (134, "joins the queue"),
            (134, "is answered"),
            (138, "is served"),
            (138, "is solved"),
        ]

    def test_one_who_would_have_given_up_is_helped_or_gives_up_after_the_call(self):
        for calls, state in ((CALL, "solved"), (CALL_IN_VAIN, "given_up")):
            log = play(self.shop(), [customer(10, 4, solve_draw=0.9, follow_ups=calls)])
            assert log.cases[["state", "closed_minutes", "contacts"]].to_numpy().tolist() == [[state, 78, 1]]

    def test_the_odds_are_those_of_the_call_times_those_of_the_team(self):
        for factor, state in ((1.0, "given_up"), (1.25, "solved")):
            shop = self.shop(teams={"back": {"solve_factor": factor}})
            log = play(shop, [customer(10, 4, solve_draw=0.9, follow_ups=CALL_IN_VAIN)])
            assert log.cases["state"].tolist() == [state]  # 0.9 against 0.8 and against 1

    def test_it_waits_for_the_team_and_may_then_be_too_late(self):
        shop = self.shop(teams={"back": {"agents": {"02:00-24:00": 1}}})
        for delay, contacts, closed in ((115.0, 1, 124), (105.0, 2, 123)):
            log = play(
                shop,
                [customer(10, 4, solve_draw=0.9, comes_back=(delay,), again=[{"solve_draw": 0}], follow_ups=CALL)],
            )
            # The call is done from 120 to 124; the customer would return at 129 or at 119.
            assert log.cases[["contacts", "closed_minutes"]].to_numpy().tolist() == [[contacts, closed]]

    def test_each_conversation_may_have_its_own(self):
        log = play(
            self.shop(),
            [
                customer(
                    10,
                    4,
                    solve_draw=0.9,
                    comes_back=(120.0,),
                    again=[{}],
                    follow_ups={1: (60.0, 4.0, 0.9), 2: (10.0, 2.0, 0.3)},
                )
            ],
        )
        # In vain at 78; the second conversation lasts from 134 to 138, its call from 148 to 150.
        same(work_done(log), [(0, "follow_up", 74, 74, 78), (0, "follow_up", 148, 148, 150)])
        assert log.cases[["state", "closed_minutes", "contacts"]].to_numpy().tolist() == [["solved", 150, 2]]

    def test_only_conversations_are_followed_up(self):
        log = play(
            self.shop(bot={"channels": ["phone"], "contains": 0.5}),
            [
                customer(10, 30),
                customer(11, 4, patience=2, follow_ups=CALL),
                customer(50, bot=CONTAINS, bot_minutes=1, follow_ups=CALL),
            ],
        )
        assert len(log.tasks) == 0
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "abandoned", "contained"]

    def test_a_conversation_by_callback_is_one(self):
        shop = self.shop(channels={"phone": {"callback": {"when_wait_above_minutes": 0, "accepted_share": 1.0}}})
        log = play(shop, [customer(10, 10), customer(11, 4, solve_draw=0.9, accepts_callback=True, follow_ups=CALL)])
        # Called back from 20 to 24, followed up from 84 to 88.
        assert told(log)[1] == (1, 1, "called_back", 11, 9, 0)
        same(work_done(log), [(1, "follow_up", 84, 84, 88)])
        assert log.cases["state"].tolist() == ["solved", "solved"]

    def test_a_case_whose_call_lies_after_the_end_is_open(self):
        log = play(self.shop(), [customer(1400, 4, solve_draw=0.9, follow_ups=CALL)])
        assert log.cases["state"].tolist() == ["open"]
        assert len(log.tasks) == 0

    def test_as_drawn_a_share_of_the_conversations_is_followed_up(self):
        base = sim.one_queue(arrivals_per_hour=600, handle_minutes=1, agents=1)
        shop = base.with_(
            teams={"back": sim.Team(skills=[BACK[2]], agents=1)},
            follow_up={**FOLLOW_UP, "share": 0.2},
            case_types={"call": {"solved": 0.5}},
            coming_back={"after_no_solution": {"odds": 1.0, "delay": {"mean_hours": 20}}},
        )
        work = draw(shop, seed=7)
        attempts = work.kind == ATTEMPT
        followed = work.follow_up[attempts] >= 0
        assert abs(followed.mean() - 0.2) <= 4 * sqrt(0.2 * 0.8 / attempts.sum())
        rows = np.flatnonzero(attempts)[followed]
        calls = work.follow_up[rows]
        assert (work.kind[calls] == FOLLOW_UP_CALL).all()
        assert (work.case[calls] == work.case[rows]).all()
        assert (work.number[calls] == work.number[rows]).all()
        assert len(set(calls.tolist())) == len(calls) == (work.kind == FOLLOW_UP_CALL).sum()
        assert (work.number[rows] > 1).any()
        assert abs(work.before_minutes[calls].mean() - 60) <= 4 * 60 / sqrt(len(calls))
        assert abs(work.handle_minutes[calls].mean() - 4) <= 4 * 4 / sqrt(len(calls))
        # Without follow-up nothing else changes.
        without = draw(shop.with_(follow_up=None), seed=7)
        assert np.array_equal(without.handle_minutes[without.kind == ATTEMPT], work.handle_minutes[attempts])
