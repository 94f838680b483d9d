"""Visits to a service centre: places, waiting there, and repairs by appointment, every time on paper."""

from math import inf

import pytest
from support.by_hand import customer, desk, play, story, told, work_done

import sim
from sim.measures import measures

CENTRE = {
    "kind": "visit",
    "open_hours": "09:00-11:00",
    "places": 1,
    "slot_minutes": 30,
}


def centre(**way):
    """A centre that is open from 9 to 11 with a place each half hour, and one agent for as long."""
    return sim.load(
        {
            "name": "centre",
            "days": way.pop("days", 2),
            "demand": {"cases_per_hour": {"repair": 1}},
            "case_types": {"repair": {"channels": {"centre": 1.0}, "handle_time": {"mean_minutes": 10}}},
            "channels": {"centre": {**CENTRE, **way}},
            "teams": {"desk": {"skills": ["centre"], "agents": {"09:00-12:00": 1}}},
        }
    )


def visitor(at, handle=10.0, **more):
    return customer(at, handle, type="repair", channel="centre", **more)


def comes_at(log):
    """When each customer joins the queue at the centre, by case; NaN for who has no place in this run."""
    return log.contacts.sort_values(["case", "attempt"])["queued_minutes"].tolist()


class TestPlaces:
    def test_a_visit_from_booking_to_the_end(self):
        log = play(centre(), [visitor(100)])
        assert story(log, 0) == [
            (100, "asks for help"),
            (100, "books a visit"),
            (540, "joins the queue"),
            (540, "is answered"),
            (550, "is served"),
            (550, "is solved"),
        ]
        assert told(log) == [(0, 1, "served", 100, 0, 0)]  # the way to the appointment is no wait in the queue

    def test_one_customer_a_slot_then_the_next_slot_then_the_next_day(self):
        log = play(centre(), [visitor(100 + n) for n in range(6)])
        assert comes_at(log) == [540, 570, 600, 630, 1440 + 540, 1440 + 570]

    def test_two_places_are_two_customers_at_a_time_and_one_of_them_waits(self):
        log = play(centre(places=2), [visitor(100), visitor(101), visitor(102)])
        assert comes_at(log) == [540, 540, 570]
        assert [wait for *_, wait, _ in told(log)] == [0, 10, 0]

    def test_a_slot_that_begins_now_can_be_had_and_one_that_has_begun_not(self):
        log = play(centre(), [visitor(540), visitor(570.5), visitor(660)])
        assert comes_at(log) == [540, 600, 1440 + 540]

    def test_a_place_must_lie_the_lead_time_ahead(self):
        log = play(centre(lead_hours=2), [visitor(450), visitor(450), visitor(451), visitor(540)])
        # 450 + 120 = 570: the slot of 570 just can be had. The others take 600 and 630; 540 + 120 lies past the last.
        assert comes_at(log) == [570, 600, 630, 1440 + 540]

    def test_a_place_that_was_too_soon_for_one_is_left_to_nobody_who_asks_later(self):
        log = play(centre(lead_hours=1), [visitor(490), visitor(495), visitor(500), visitor(545)])
        # The place of 540 is nearer than an hour to all of them.
        assert comes_at(log) == [570, 600, 630, 1440 + 540]

    def test_beyond_the_end_of_the_run_there_is_none_and_the_case_stays_open(self):
        log = play(centre(days=1), [visitor(100 + n) for n in range(5)] + [visitor(700)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served"] * 4 + ["booked"] * 2
        assert log.cases["state"].tolist() == ["solved"] * 4 + ["open"] * 2
        assert story(log, 5) == [(700, "asks for help"), (700, "books a visit")]

    def test_slots_count_from_the_opening_also_at_odd_hours_and_after_a_break(self):
        hours = {"every_day": ["09:10-10:00", "13:05-13:50"]}
        shop = centre(open_hours=hours, slot_minutes=25)
        log = play(shop.with_(teams={"desk": {"agents": 1}}), [visitor(100 + n) for n in range(5)])
        assert comes_at(log) == [550, 575, 785, 810, 1440 + 550]

    def test_slots_go_on_over_midnight_where_the_centre_never_closes(self):
        shop = centre(open_hours="always", slot_minutes=400).with_(teams={"desk": {"agents": 1}})
        log = play(shop, [visitor(1100), visitor(1201), visitor(1202)])
        assert comes_at(log) == [1200, 1600, 2000]

    def test_a_free_weekday_is_passed_over(self):
        # 2 March 2026 is a Monday.
        shop = centre(open_hours={"mon": "09:00-10:00", "wed": "09:00-10:00"}, days=3)
        log = play(shop, [visitor(100), visitor(101), visitor(102)])
        assert comes_at(log) == [540, 570, 2 * 1440 + 540]


class TestAtTheCentre:
    def test_one_who_comes_on_time_waits_if_the_one_before_takes_longer(self):
        log = play(centre(), [visitor(100, 45), visitor(101, 10)])
        # Comes at 570, served from 585.
        assert told(log)[1] == (1, 1, "served", 101, 15, 0)
        assert measures(log)["asa_minutes"].item() == 7.5

    def test_patience_counts_from_the_appointment(self):
        log = play(centre(), [visitor(100, 45), visitor(101, 10, patience=12)])
        assert told(log)[1] == (1, 1, "abandoned", 101, 12, -1)
        assert log.ended[1] == 582

    def test_with_no_line_left_the_customer_is_sent_away(self):
        shop = centre(lines=1)
        log = play(shop, [visitor(100, 45), visitor(101, 10), visitor(102, 10)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "blocked", "served"]
        assert log.ended[1] == 570

    def test_who_still_waits_at_closing_is_sent_home_and_books_again(self):
        shop = centre()
        again = {"comes_back": (inf, inf, inf, 5.0), "again": [{}]}
        log = play(shop, [visitor(100, 10), visitor(101, 10), visitor(102, 70), visitor(103, 10, **again)])
        # The third talks from 600 to 670; the fourth comes at 630 and is turned away at 660. Five minutes after the
        # next opening at 1,980 the place of 1,980 is gone by: the next is 2,010.
        assert told(log)[3] == (3, 1, "turned_away", 103, 30, -1)
        assert told(log)[4] == (3, 2, "served", 1985, 0, 0)
        assert log.contacts["queued_minutes"][4] == 2010

    def test_if_everyone_is_served_closing_sends_nobody_home(self):
        shop = centre(serve_until_empty=True)
        log = play(shop, [visitor(100, 10), visitor(101, 10), visitor(102, 70), visitor(103, 10)])
        assert told(log)[3] == (3, 1, "served", 103, 40, 0)

    def test_one_who_was_not_helped_books_again(self):
        shop = centre().with_(case_types={"repair": {"solved": 0.5}})
        log = play(shop, [visitor(100, 10, solve_draw=0.9, comes_back=(40.0,), again=[{"solve_draw": 0.1}])])
        # Served from 540 to 550, asks again at 590, comes at 600.
        assert told(log) == [(0, 1, "served", 100, 0, 0), (0, 2, "served", 590, 0, 0)]
        assert comes_at(log) == [540, 600]
        assert log.cases["closed_minutes"].tolist() == [610]

    def test_visits_are_measured_as_a_live_channel(self):
        log = play(centre(), [visitor(100, 45), visitor(101, 10)])
        table = measures(log, by="channel").loc["centre"]
        assert table["offered"] == table["served"] == 2
        assert table["service_level"] == 0.5  # one of two within 20 seconds


class TestStepByAppointment:
    def shop(self, **way):
        step = {"name": "repair", "work": {"mean_minutes": 30}, "appointment": "centre"}
        return desk(
            days=2,
            channels={"centre": sim.VisitChannel(**{**CENTRE, **way})},
            case_types={"call": {"steps": [step]}},
            teams={"workshop": sim.Team(skills=[{"task": "repair"}], agents={"09:00-12:00": 1})},
        )

    def test_the_work_begins_at_the_appointment(self):
        log = play(self.shop(), [customer(10, 4, steps=[20.0])])
        assert story(log, 0)[3:] == [
            (14, "is served"),
            (14, "step begins"),
            (14, "books a visit"),
            (560, "step is done"),
            (560, "is solved"),
        ]
        assert work_done(log) == [(0, "repair", 14, 540, 560)]
        assert log.tasks["wait_minutes"].tolist() == [0]

    def test_steps_and_customers_share_the_places(self):
        log = play(
            self.shop(), [customer(10, 2, steps=[20.0]), customer(20, 2, steps=[20.0]), customer(560, 2, steps=[5])]
        )
        assert [answered for *_, answered, _ in work_done(log)] == [540, 570, 600]

    def test_a_repair_that_takes_longer_makes_the_next_customer_wait(self):
        log = play(self.shop(), [customer(10, 2, steps=[50.0]), customer(20, 2, steps=[20.0])])
        assert work_done(log)[1] == (1, "repair", 22, 590, 610)
        assert log.tasks["wait_minutes"].tolist() == [0, 20]

    def test_without_a_place_in_this_run_the_case_stays_open(self):
        log = play(self.shop(open_hours={"mon": "09:00-09:30"}), [customer(n, 1, steps=[5.0]) for n in (10, 20)])
        assert log.cases["state"].tolist() == ["solved", "open"]
        assert log.tasks["ended_minutes"].isna().tolist() == [False, True]

    def test_a_step_without_an_appointment_begins_when_an_agent_is_free(self):
        shop = self.shop().with_(case_types={"call": {"steps": [{"name": "repair", "work": {"mean_minutes": 30}}]}})
        log = play(shop, [customer(550, 4, steps=[20.0])])
        assert work_done(log) == [(0, "repair", 554, 554, 574)]


def test_no_more_customers_come_in_a_slot_than_there_are_places():
    shop = centre(places=2, days=5).with_(demand={"cases_per_hour": {"repair": 1}})
    log = sim.simulate(shop, seed=1).log
    came = log.contacts["queued_minutes"].dropna()
    assert len(came) == pytest.approx(40, abs=8)  # of 5 days x 4 slots x 2 places nearly all are taken
    assert came.value_counts().max() == 2
    minutes = came % 1440
    assert ((minutes >= 540) & (minutes < 660) & (minutes % 30 == 0)).all()
