"""The customer's way from the first question to the end of the case, every time worked out on paper."""

from math import inf, sqrt

import numpy as np
import pytest
from support.by_hand import customer, desk, play, story, told

import sim
from sim.measures import measures
from sim.workload import ABANDONED, ATTEMPT, CONTAINS, ENQUIRY, HANDS_OVER, SEEMS_TO_CONTAIN, STEP, draw

AFTER_SERVICE, AFTER_HANGING_UP = (30.0,), (inf, 20.0)


def shop(**changes):
    """Phone and e-mail, calls and complaints; one agent each, and one more for complaints by phone."""
    content = {
        "name": "shop",
        "days": 1,
        "demand": {"cases_per_hour": {"call": 1, "complaint": 1}},
        "case_types": {
            "call": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4}, "solved": 0.5},
            "complaint": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 8}, "solved": 0.9},
        },
        "channels": {
            "phone": {"kind": "live", "open_hours": "always", "patience": "never"},
            "email": {"kind": "deferred", "open_hours": "always"},
        },
        "teams": {
            "desk": {"skills": [{"channel": "phone", "type": "call"}], "agents": 1},
            "mail": {"skills": ["email"], "agents": 1},
            "care": {"skills": [{"channel": "phone", "type": "complaint"}], "agents": 1},
        },
        "coming_back": {"switch_channel": {"phone": {"email": 0.5}}},
    }
    return sim.load(content | changes)


class TestSelfService:
    def test_who_is_helped_there_contacts_nobody(self):
        log = play(desk(), [customer(10, self_service=(3, True))])
        assert story(log, 0) == [(10, "asks for help"), (10, "tries self-service"), (13, "is solved")]
        assert told(log) == []
        columns = ["self_service", "contacts", "state", "appears_minutes", "closed_minutes"]
        assert log.cases[columns].to_numpy().tolist() == [["solved", 0, "solved", 10, 13]]

    def test_who_is_not_helped_there_calls_afterwards(self):
        log = play(desk(), [customer(10, 4, self_service=(3, False)), customer(11, 5)])
        # Customer 1 calls at 11 and talks to 16, customer 0 calls at 13 and waits for three minutes.
        assert story(log, 0) == [
            (10, "asks for help"),
            (10, "tries self-service"),
            (13, "joins the queue"),
            (16, "is answered"),
            (20, "is served"),
            (20, "is solved"),
        ]
        assert told(log) == [(1, 1, "served", 11, 0, 0), (0, 1, "served", 13, 3, 0)]
        assert log.cases["self_service"].tolist() == ["failed", "no"]
        assert measures(log)["resolution_hours"].item() == pytest.approx((10 + 5) / 2 / 60)

    def test_it_is_open_when_the_line_is_not(self):
        night = desk(channels={"phone": {"open_hours": "08:00-18:00"}})
        log = play(
            night,
            [
                customer(100, self_service=(3, True)),
                customer(200, self_service=(3, False)),
                customer(470, 5, self_service=(10, False)),  # done at the minute of opening
            ],
        )
        assert told(log) == [(1, 1, "turned_away", 203, 0, -1), (2, 1, "served", 480, 0, 0)]

    def test_it_comes_once_and_not_before_every_attempt(self):
        log = play(
            desk(case_types={"call": {"solved": 0.5}}),
            [customer(10, 4, self_service=(3, False), solve_draw=0.9, comes_back=AFTER_SERVICE, again=[{}])],
        )
        assert told(log) == [(0, 1, "served", 13, 0, 0), (0, 2, "served", 47, 0, 0)]  # 13 + 4 + 30

    def test_measures_by_hand(self):
        log = play(
            desk(),
            [customer(10, self_service=(3, True)), customer(20, 4, self_service=(3, False)), customer(60, 4)],
        )
        table = measures(log).loc["all"]
        assert table["cases"] == 3
        assert table["contacts"] == 2
        assert table["self_service"] == pytest.approx(1 / 3)
        assert table["contacts_per_case"] == pytest.approx(2 / 3)
        assert table["solved"] == 1
        assert table["resolution_hours"] == pytest.approx((3 + 7 + 4) / 3 / 60)

    def test_its_odds_and_times_are_those_of_the_type(self):
        portal = {"share": 0.4, "solves": 0.7, "minutes": {"mean_minutes": 5}}
        base = sim.one_queue(arrivals_per_hour=1000, handle_minutes=1, agents=1)
        work = draw(base.with_(case_types={"call": {"self_service": portal}}), seed=1)
        tries = ~np.isnan(work.self_service_minutes)
        n = work.cases
        assert abs(tries.mean() - 0.4) <= 4 * sqrt(0.4 * 0.6 / n)
        assert abs(work.self_service_solves[tries].mean() - 0.7) <= 4 * sqrt(0.7 * 0.3 / tries.sum())
        assert abs(work.self_service_minutes[tries].mean() - 5) <= 4 * 5 / sqrt(tries.sum())
        assert not work.self_service_solves[~tries].any()
        # More who try, and a better portal, add customers to those helped and take none away.
        better = draw(base.with_(case_types={"call": {"self_service": portal | {"share": 0.6, "solves": 0.8}}}), seed=1)
        assert better.self_service_solves[work.self_service_solves].all()
        assert better.self_service_solves.sum() > work.self_service_solves.sum()


class TestComingBack:
    def test_a_channel_may_change_from_attempt_to_attempt(self):
        log = play(
            shop(),
            [customer(10, 4, solve_draw=0.9, comes_back=AFTER_SERVICE, again=[{"channel": "email", "solve_draw": 0}])],
        )
        assert story(log, 0) == [
            (10, "asks for help"),
            (10, "joins the queue"),
            (10, "is answered"),
            (14, "is served"),
            (44, "joins the queue"),
            (44, "is answered"),
            (48, "is served"),
            (48, "is solved"),
        ]
        columns = ["attempt", "type", "channel", "team", "solved"]
        assert log.contacts[columns].to_numpy().tolist() == [
            [1, "call", "phone", "desk", False],
            [2, "call", "email", "mail", True],
        ]

    def test_one_who_is_angrier_comes_as_a_complaint_but_the_case_keeps_its_type(self):
        log = play(
            shop(),
            [customer(10, 4, solve_draw=0.8, comes_back=AFTER_SERVICE, again=[{"type": "complaint", "handle": 9}])],
        )
        columns = ["attempt", "type", "team", "solved", "ended_minutes"]
        # A draw of 0.8 is above the odds of a call, 0.5, and below those of a complaint, 0.9.
        assert log.contacts[columns].to_numpy().tolist() == [
            [1, "call", "desk", False, 14],
            [2, "complaint", "care", True, 53],
        ]
        assert log.cases[["type", "state"]].to_numpy().tolist() == [["call", "solved"]]

    def test_three_attempts_with_three_ends(self):
        log = play(
            desk(case_types={"call": {"solved": 0.5}}, channels={"phone": {"lines": 2}}),
            [
                customer(10, 60),
                customer(20, 8, patience=5, comes_back=(30.0, 40.0, 50.0), again=[{}, {"solve_draw": 0.7}]),
                customer(62, 30),  # takes the second line
            ],
        )
        # Hangs up at 25, calls again at 65, served from 100, as 0 talks to 70 and 2 from 70 to 100; but both lines
        # are taken at 65: blocked, and the third attempt comes at 115.
        assert story(log, 1) == [
            (20, "asks for help"),
            (20, "joins the queue"),
            (25, "hangs up"),
            (65, "is blocked"),
            (115, "joins the queue"),
            (115, "is answered"),
            (123, "is served"),
            (123, "gives up"),
        ]
        assert log.cases[["contacts", "state", "closed_minutes"]].to_numpy()[1].tolist() == [3, "given_up", 123]

    def test_the_delay_of_one_who_hung_up_counts_from_hanging_up(self):
        log = play(desk(), [customer(10, 9), customer(11, 3, patience=2.5, comes_back=AFTER_HANGING_UP, again=[{}])])
        assert told(log)[1:] == [(1, 1, "abandoned", 11, 2.5, -1), (1, 2, "served", 33.5, 0, 0)]

    def test_a_solved_case_is_not_taken_up_again(self):
        log = play(desk(), [customer(10, 4, comes_back=(5.0, 5.0, 5.0, 5.0, 5.0, 5.0), again=[{}])])
        assert len(told(log)) == 1


class TestDrawsOfComingBack:
    """Further attempts as drawn: how many, when, through which channel and as what."""

    def attempts(self, work, number):
        return (work.kind == ATTEMPT) & (work.number == number)

    def back(self, **more):
        return {"after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 30}}, **more}

    def busy(self, **back):
        demand = {"cases_per_hour": {"call": 1000}}
        types = {
            "call": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4}, "solved": 0.0},
            "complaint": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 8}, "solved": 0.0},
        }
        return shop(
            demand=demand,
            case_types=types,
            coming_back=self.back(**back),
            teams={"desk": {"skills": ["phone", "email"], "agents": 1}},
        )

    def test_attempts_end_with_the_greatest_number(self):
        for most in (1, 2, 5):
            work = draw(self.busy(max_attempts=most), seed=1)
            assert work.number[work.kind == ATTEMPT].max() == most
            last = self.attempts(work, most)
            assert (work.next_attempt[last] == -1).all()
            assert last.sum() == work.cases

    def test_attempts_of_the_run_end_with_the_greatest_number_and_the_case_is_given_up(self):
        base = desk(
            demand={"cases_per_hour": {"call": 6}},
            case_types={"call": {"solved": 0.0}},
            coming_back={"after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 5}}, "max_attempts": 3},
        )
        log = sim.simulate(base, seed=3).log
        done = log.cases[log.cases["state"] != "open"]
        assert len(done) > 50
        assert (done["contacts"] == 3).all()
        assert (done["state"] == "given_up").all()

    def test_odds_decide_who_comes_back(self):
        busy = self.busy(after_no_solution={"odds": 0.3, "delay": {"mean_minutes": 30}}, max_attempts=2)
        work = draw(busy, seed=1)
        share, n = self.attempts(work, 2).sum() / work.cases, work.cases
        assert abs(share - 0.3) <= 4 * sqrt(0.3 * 0.7 / n)
        assert np.isinf(work.delay_after(ABANDONED)).all()

    def test_the_channel_changes_with_its_odds_and_else_stays(self):
        work = draw(self.busy(switch_channel={"phone": {"email": 0.4}}, max_attempts=2), seed=1)
        second = work.channel[self.attempts(work, 2)]
        assert abs((second == 1).mean() - 0.4) <= 4 * sqrt(0.4 * 0.6 / len(second))
        assert (work.channel[self.attempts(work, 1)] == 0).all()

    def test_the_channel_may_change_for_sure_and_back_again(self):
        switch = {"phone": {"email": 1.0}, "email": {"phone": 1.0}}
        work = draw(self.busy(switch_channel=switch, max_attempts=3), seed=1)
        for number, channel in ((1, 0), (2, 1), (3, 0)):
            assert (work.channel[self.attempts(work, number)] == channel).all()

    def test_a_channel_without_an_entry_is_kept(self):
        work = draw(self.busy(switch_channel={"email": {"phone": 1.0}}, max_attempts=2), seed=1)
        assert (work.channel[self.attempts(work, 2)] == 0).all()

    def test_anger_changes_the_type_and_with_it_the_handle_time(self):
        angry = {"odds": 0.25, "type": "complaint"}
        work = draw(self.busy(angrier=angry, max_attempts=3), seed=1)
        second, third = self.attempts(work, 2), self.attempts(work, 3)
        n = second.sum()
        assert abs((work.type[second] == 1).mean() - 0.25) <= 4 * sqrt(0.25 * 0.75 / n)
        # Whoever complained once complains again.
        expected = 1 - 0.75**2
        assert abs((work.type[third] == 1).mean() - expected) <= 4 * sqrt(expected * (1 - expected) / n)
        complaints = work.handle_minutes[second & (work.type == 1)]
        assert abs(complaints.mean() - 8) <= 4 * 8 / sqrt(len(complaints))
        calm = draw(self.busy(max_attempts=3), seed=1)
        assert work.handle_minutes[second & (work.type == 1)] == pytest.approx(
            2 * calm.handle_minutes[second & (work.type == 1)], abs=2**-19
        )


class TestHowCasesEnd:
    def test_solved_given_up_and_open(self):
        log = play(
            desk(teams={"agents": {"agents": 2}}),
            [
                customer(10, 4),
                customer(20, 1440),
                customer(21, 1440),
                customer(30, 5, patience=3),
                customer(1430, 5),
                customer(1435, self_service=(10, True)),
            ],
        )
        columns = ["state", "closed_minutes", "contacts"]
        found = log.cases[columns].to_numpy().tolist()
        assert found[0] == ["solved", 14, 1]
        assert found[3] == ["given_up", 33, 1]
        for case, contacts in ((1, 1), (2, 1), (4, 1), (5, 0)):
            assert found[case][0] == "open"
            assert np.isnan(found[case][1])
            assert found[case][2] == contacts
        outcomes = [(case, outcome) for case, _, outcome, *_ in told(log)]
        assert outcomes == [(0, "served"), (1, "in_service"), (2, "in_service"), (3, "abandoned"), (4, "waiting")]

    def test_who_will_return_after_the_end_is_open(self):
        log = play(desk(), [customer(10, 1430), customer(1400, 5, patience=10, comes_back=(inf, 60.0), again=[{}])])
        assert log.cases["state"].tolist() == ["open", "open"]

    def test_a_case_that_ends_with_the_run_is_open(self):
        # What happens at the end of the last day belongs to the next.
        log = play(desk(), [customer(1435, 5)])
        assert log.cases["state"].tolist() == ["open"]


class TestTables:
    def test_contacts_column_by_column(self):
        log = play(
            desk(
                segments={"regular": sim.Segment(share=0.5), "vip": sim.Segment(share=0.5, priority=1)},
                bot={"channels": ["phone"], "contains": 0.5},
            ),
            [
                customer(10, 10, bot=HANDS_OVER, bot_minutes=2),
                customer(11, 5, segment="vip", patience=3),
            ],
        )
        # Customer 1 is answered at 11 and talks to 16; customer 0 is handed over at 12 and waits for four minutes.
        assert log.contacts.to_dict("list") == {
            "contact": [0, 1],
            "case": [0, 1],
            "attempt": [1, 1],
            "type": ["call", "call"],
            "segment": ["regular", "vip"],
            "channel": ["phone", "phone"],
            "arrived_minutes": [10, 11],
            "queued_minutes": [12, 11],
            "wait_minutes": [4, 0],
            "answered_minutes": [16, 11],
            "ended_minutes": [26, 16],
            "handle_minutes": [10, 5],
            "outcome": ["served", "served"],
            "solved": [True, True],
            "met_bot": [True, False],
            "team": ["agents", "agents"],
            "agent": [0, 0],
        }

    def test_cases_column_by_column(self):
        log = play(
            desk(case_types={"call": {"solved": 0.5}}),
            [
                customer(10, 4, solve_draw=0.7, comes_back=AFTER_SERVICE, again=[{"solve_draw": 0.1}]),
                customer(11, 2, self_service=(1, False), solve_draw=0.9),
            ],
        )
        assert log.cases.to_dict("list") == {
            "case": [0, 1],
            "type": ["call", "call"],
            "segment": ["regular", "regular"],
            "appears_minutes": [10, 11],
            "self_service": ["no", "failed"],
            "contacts": [2, 1],
            "state": ["solved", "given_up"],
            "closed_minutes": [48, 16],  # 14 + 30 + 4; 12, served from 14 to 16
        }

    def test_tasks_column_by_column(self):
        steps = [{"name": "parcel", "delay": {"mean_days": 1}}, {"name": "check", "work": {"mean_minutes": 5}}]
        back = desk(
            case_types={"call": {"steps": steps}},
            teams={"agents": {"skills": ["phone", {"task": "check"}]}},
        )
        log = play(back, [customer(10, 4, steps=[50.0, 6.0]), customer(60, 10, steps=[None, None])])
        # The parcel is there at 64, the agent free at 70.
        assert log.tasks.astype(object).fillna("none").to_dict("list") == {
            "task": [2, 3],
            "case": [0, 0],
            "name": ["parcel", "check"],
            "began_minutes": [14, 64],
            "wait_minutes": ["none", 6],
            "answered_minutes": ["none", 70],
            "ended_minutes": [64, 76],
            "team": ["none", "agents"],
            "agent": [-1, 0],
        }

    def test_rows_stand_in_the_order_of_their_beginning(self):
        log = play(desk(), [customer(10, 4, self_service=(5, False)), customer(12, 1), customer(15, 1)])
        assert log.contacts["arrived_minutes"].tolist() == [12, 15, 15]
        assert log.contacts["case"].tolist() == [1, 0, 2]  # of the same moment, the lower row


class TestJourneyTable:
    def test_every_happening_of_a_bot_story(self):
        back = (inf, inf, inf, inf, 30.0)
        log = play(
            desk(bot={"channels": ["phone"], "contains": 0.5}),
            [
                customer(
                    10,
                    4,
                    self_service=(5, False),
                    bot=SEEMS_TO_CONTAIN,
                    bot_minutes=2,
                    comes_back=back,
                    again=[{"bot": HANDS_OVER}],
                )
            ],
        )
        assert story(log, 0) == [
            (10, "asks for help"),
            (10, "tries self-service"),
            (15, "meets the bot"),
            (17, "is contained by the bot"),
            (47, "meets the bot"),
            (49, "joins the queue"),
            (49, "is answered"),
            (53, "is served"),
            (53, "is solved"),
        ]

    def test_a_caller_who_is_called_back(self):
        busy = desk(channels={"phone": {"callback": {"when_wait_above_minutes": 0, "accepted_share": 1.0}}})
        log = play(busy, [customer(10, 10), customer(11, 4, patience=1, accepts_callback=True)])
        assert story(log, 1) == [
            (11, "asks for help"),
            (11, "joins the queue"),
            (20, "is answered"),
            (24, "is called back"),
            (24, "is solved"),
        ]

    def test_those_of_several_customers_stand_in_the_order_of_time_then_case(self):
        log = play(desk(), [customer(10, 4), customer(10, 4), customer(14, 1, patience=0)])
        table = log.journey
        assert table[["time_minutes", "case", "happening"]].to_numpy().tolist() == [
            [10, 0, "asks for help"],
            [10, 0, "joins the queue"],
            [10, 0, "is answered"],
            [10, 1, "asks for help"],
            [10, 1, "joins the queue"],
            [14, 0, "is served"],
            [14, 0, "is solved"],
            [14, 1, "is answered"],
            [14, 2, "asks for help"],
            [14, 2, "joins the queue"],
            [14, 2, "hangs up"],
            [14, 2, "gives up"],
            [18, 1, "is served"],
            [18, 1, "is solved"],
        ]
        assert table["row"].tolist() == [-1, 0, 0, -1, 1, 0, -1, 1, -1, 2, 2, -1, 1, -1]

    def test_at_one_moment_an_attempt_ends_before_the_next_begins(self):
        log = play(desk(), [customer(10, 10), customer(11, 5, patience=2, comes_back=(inf, 0.0), again=[{}])])
        assert story(log, 1)[1:6] == [
            (11, "joins the queue"),
            (13, "hangs up"),
            (13, "joins the queue"),
            (15, "hangs up"),
            (15, "gives up"),
        ]

    def test_what_has_not_happened_by_the_end_is_not_told(self):
        log = play(desk(), [customer(1430, 20), customer(1435, 5)])
        assert story(log, 0) == [(1430, "asks for help"), (1430, "joins the queue"), (1430, "is answered")]
        assert story(log, 1) == [(1435, "asks for help"), (1435, "joins the queue")]

    def test_a_status_enquiry_is_a_contact_of_its_own(self):
        steps = [{"name": "parcel", "delay": {"mean_days": 1}}]
        waits = desk(
            case_types={"call": {"steps": steps, "status_enquiries_per_day": 1.0}},
            bot={"channels": ["phone"], "contains": 0.5},
        )
        asks = [{"before": 40, "bot": CONTAINS, "bot_minutes": 1}]
        log = play(waits, [customer(10, 4, steps=[100.0], enquiries=asks)])
        assert story(log, 0) == [
            (10, "asks for help"),
            (10, "joins the queue"),
            (10, "is answered"),
            (14, "is served"),
            (14, "step begins"),
            (54, "meets the bot"),
            (55, "is contained by the bot"),
            (114, "step is done"),
            (114, "is solved"),
        ]
        assert log.contacts["attempt"].tolist() == [1, 0]
        assert log.workload.kind[log.row].tolist() == [ATTEMPT, STEP, ENQUIRY]
