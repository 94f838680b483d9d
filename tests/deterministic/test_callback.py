"""Callbacks, worked out on paper: who is offered one, who accepts, and what becomes of the place in the queue.

The wait is expected to be (waiting + 1) x mean handle time / agents on duty who can serve the queue.
"""

from math import inf

import numpy as np
import pytest
from support.by_hand import customer, desk, play, told

import sim
from sim.measures import measures
from sim.workload import draw

DAYTIME = {"08:00-18:00": 1}


def shop(limit=0.5, agents=1, mean=1.0, **phone):
    """A desk whose calls last `mean` minutes, and which offers callbacks above a wait of `limit` minutes."""
    callback = sim.Callback(when_wait_above_minutes=limit, accepted_share=0.5)
    return desk(
        case_types={"call": {"handle_time": {"mean_minutes": mean}, "solved": 0.5}},
        channels={"phone": {"callback": callback, **phone}},
        teams={"agents": {"agents": agents}},
    )


def accepts(at, handle, **more):
    return customer(at, handle, accepts_callback=True, **more)


class TestOffer:
    def test_it_is_made_above_the_limit_and_not_at_it(self):
        # Two agents, 4 minutes a call: 2 minutes for the first in line, 4 for the second, 6 for the third.
        customers = [accepts(at, 30) for at in (10, 11, 12, 13, 14)]
        below = play(shop(limit=5.9, agents=2, mean=4), customers)
        assert below.outcome.tolist() == pytest.approx(play(shop(limit=4, agents=2, mean=4), customers).outcome)
        assert [outcome for _, _, outcome, *_ in told(below)] == [*["served"] * 4, "called_back"]
        at_it = play(shop(limit=6, agents=2, mean=4), customers)
        assert [outcome for _, _, outcome, *_ in told(at_it)] == ["served"] * 5

    def test_an_idle_agent_answers_whatever_the_limit(self):
        assert told(play(shop(limit=0), [accepts(10, 5)])) == [(0, 1, "served", 10, 0, 0)]

    def test_who_does_not_accept_stays_on_the_line(self):
        log = play(shop(), [customer(10, 10), customer(11, 5)])
        assert told(log)[1] == (1, 1, "served", 11, 9, 0)

    def test_those_who_wait_for_their_callback_count_as_waiting(self):
        # One agent, 1 minute a call, limit 1.5: nobody waits: 1 minute expected; then 2 and more.
        log = play(shop(limit=1.5), [customer(10, 20), accepts(11, 1), accepts(12, 1), accepts(13, 1)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "served", "called_back", "called_back"]

    def test_only_agents_on_duty_count(self):
        # 1 minute a call: one agent of the early shift: 1 minute; two of the late: half a minute.
        grows = shop(limit=0.75, agents={"08:00-09:00": 1, "09:00-10:00": 2})
        log = play(grows, [customer(530, 5), accepts(531, 5), customer(545, 20), customer(546, 20), accepts(547, 5)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "called_back", *["served"] * 3]

    def test_with_nobody_on_duty_it_is_made_to_everyone(self):
        log = play(shop(limit=1000, agents=DAYTIME), [accepts(470, 5)])
        assert told(log) == [(0, 1, "called_back", 470, 10, 0)]

    def test_the_mean_handle_time_is_that_of_the_channels_customers(self):
        # Twice as many of type a (2 minutes) as of type b (8 minutes): a mean of 4. The limit 3.9 is passed, 4 is not.
        def two_types(limit):
            return sim.load(
                {
                    "name": "two types",
                    "days": 1,
                    "demand": {"cases_per_hour": {"a": 4, "b": 4}},
                    "case_types": {
                        "a": {"channels": {"phone": 1}, "handle_time": {"mean_minutes": 2}},
                        "b": {
                            "channels": {"phone": 0.5, "email": 0.5},
                            "handle_time": {"phone": {"mean_minutes": 8}, "email": {"mean_minutes": 99}},
                        },
                    },
                    "channels": {
                        "phone": {
                            "kind": "live",
                            "open_hours": "always",
                            "patience": "never",
                            "callback": {"when_wait_above_minutes": limit, "accepted_share": 1},
                        },
                        "email": {"kind": "deferred", "open_hours": "always"},
                    },
                    "teams": {"desk": {"skills": ["phone", "email"], "agents": 1}},
                }
            )

        customers = [customer(10, 5, type="a"), accepts(11, 5, type="b")]
        assert told(play(two_types(3.9), customers))[1][2] == "called_back"
        assert told(play(two_types(4), customers))[1][2] == "served"


class TestPlace:
    def test_the_place_in_the_queue_is_kept(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5), customer(12, 5), accepts(13, 5)])
        assert told(log) == [
            (0, 1, "served", 10, 0, 0),
            (1, 1, "called_back", 11, 9, 0),
            (2, 1, "served", 12, 13, 0),
            (3, 1, "called_back", 13, 17, 0),
        ]

    def test_the_line_is_free_at_once(self):
        log = play(shop(lines=2), [customer(10, 10), accepts(11, 5), customer(12, 5), customer(13, 5), accepts(21, 5)])
        # At 11 both lines are free but for the one in use; 2 takes it at 12, and 3 is blocked.
        # At 20 customer 1 is called back, without a line: at 21 one of the two is free.
        assert [outcome for _, _, outcome, *_ in told(log)] == [
            "served",
            "called_back",
            "served",
            "blocked",
            "called_back",
        ]

    def test_without_a_line_there_is_no_offer(self):
        log = play(shop(lines=1), [customer(10, 10), accepts(11, 5)])
        assert told(log)[1] == (1, 1, "blocked", 11, 0, -1)

    def test_patience_ends_with_the_wait_on_the_line(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5, patience=2), customer(11, 5, patience=2)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "called_back", "abandoned"]

    def test_closing_does_not_turn_it_away(self):
        late = shop(agents={"08:00-19:00": 1}, open_hours="08:00-18:00")
        log = play(late, [customer(1070, 15), accepts(1075, 5), customer(1076, 5)])
        assert told(log)[1:] == [(1, 1, "called_back", 1075, 10, 0), (2, 1, "turned_away", 1076, 4, -1)]

    def test_it_may_be_the_next_day(self):
        two_days = shop(agents=DAYTIME, open_hours="08:00-18:00").with_(days=2)
        log = play(two_days, [customer(1070, 15), accepts(1075, 5)])
        assert told(log)[1] == (1, 1, "called_back", 1075, 1440 + 480 - 1075, 0)

    def test_or_be_due_when_the_run_ends(self):
        log = play(shop(agents=DAYTIME, open_hours="08:00-18:00"), [customer(1070, 15), accepts(1075, 5)])
        assert told(log)[1][2] == "waiting"
        assert log.cases["state"].tolist() == ["solved", "open"]

    def test_a_chat_can_be_called_back_beside_others(self):
        chat = shop(at_once=2, speed=(1.0, 0.5))
        log = play(chat, [customer(10, 10), customer(10, 10), accepts(11, 5), customer(30, 5)])
        # Both end at 30; 2 is called back beside 3: both 30-40.
        assert told(log)[2:] == [(2, 1, "called_back", 11, 19, 0), (3, 1, "served", 30, 0, 0)]
        assert log.ended.tolist() == [30, 30, 40, 40]


class TestAfterwards:
    def test_it_may_solve_the_case(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5, solve_draw=0.4)])
        assert log.cases[["state", "closed_minutes"]].iloc[1].tolist() == ["solved", 25]

    def test_who_is_not_helped_comes_back_as_after_any_conversation(self):
        back = (30.0, inf, inf, inf)
        log = play(
            shop(), [customer(10, 10), accepts(11, 5, solve_draw=0.6, comes_back=back, again=[{"solve_draw": 0}])]
        )
        assert told(log)[1:] == [(1, 1, "called_back", 11, 9, 0), (1, 2, "served", 55, 0, 0)]

    def test_or_gives_up(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5, solve_draw=0.6)])
        assert log.cases[["state", "closed_minutes"]].iloc[1].tolist() == ["given_up", 25]

    def test_the_tables_tell_it_apart(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5)])
        table = measures(log).loc["all"]
        assert table[["contacts", "offered", "served", "called_back", "abandoned"]].tolist() == [2, 1, 1, 1, 0]
        assert log.journey.loc[log.journey["case"] == 1, "happening"].tolist() == [
            "asks for help",
            "joins the queue",
            "is answered",
            "is called back",
            "is solved",
        ]

    def test_the_agent_is_busy_with_it(self):
        log = play(shop(), [customer(10, 10), accepts(11, 5)])
        assert measures(log).loc["all", "occupancy"] == 15 / 1440


def test_a_greater_share_accepts_more_and_changes_nobody_elses_mind():
    def who_accept(share):
        busy = sim.one_queue(arrivals_per_hour=60, handle_minutes=1, agents=1).with_(
            channels={"phone": {"callback": sim.Callback(when_wait_above_minutes=1, accepted_share=share)}}
        )
        return draw(busy, seed=1).accepts_callback

    few, many = who_accept(0.3), who_accept(0.6)
    assert (many >= few).all()
    # 1,440 customers: within 4 standard errors.
    for share, accepted in ((0.3, few), (0.6, many)):
        assert abs(accepted.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(accepted))
