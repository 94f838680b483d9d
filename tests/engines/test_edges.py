"""The edges, where engines differ first: nothing, everything at once, no time at all. `both` asserts equal logs."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from support.both_engines import both, coarse
from support.by_hand import customer, desk, play, workload

import sim
from sim import kernel
from sim.log import (
    ABANDONED,
    BLOCKED,
    BOOKED,
    CALLED_BACK,
    GIVEN_UP,
    IN_SERVICE,
    OPEN,
    SERVED,
    SOLVED,
    TURNED_AWAY,
    WAITING,
    WITH_BOT,
)
from sim.workload import CONTAINS, HANDS_OVER, HANDS_OVER_WITH_CONTEXT, draw


@pytest.fixture(scope="module", autouse=True)
def _numba(need):
    need(kernel.available(), "needs Numba")


def hour(calls, handle=5.0, **changes):
    """A desk with so many calls in its first hour and none after it."""
    base = sim.one_queue(arrivals_per_hour=1, handle_minutes=handle, agents=1)
    return base.with_(demand={"cases_per_hour": {"call": {"00:00-01:00": calls}}}, **changes)


# The run is a Monday.
NOT_ON_MONDAY = {"agents": {"mon": 0, "tue-sun": 1}}


def outcomes(log):
    return set(log.outcome.tolist())


class TestNothing:
    def test_no_customers(self):
        log = both(nobody := hour(0), draw(nobody))
        assert len(log.row) == len(log.state) == 0
        assert log.duty_end.tolist() == [1440]

    def test_nobody_is_ever_on_duty(self):
        log = play(desk(teams={"agents": NOT_ON_MONDAY}), [customer(at, 5, patience=at) for at in range(9)])
        assert len(log.duty_agent) == 0
        assert outcomes(log) == {ABANDONED}

    def test_neither_customers_nor_agents(self):
        log = both(nobody := hour(0, teams={"agents": NOT_ON_MONDAY}), draw(nobody))
        assert len(log.row) == len(log.duty_agent) == 0

    def test_agents_who_come_when_all_is_over(self):
        shifts = {"mon": {"23:00-24:00": 2}, "tue-sun": 1}
        late = hour(40, teams={"agents": {"agents": shifts}}, channels={"phone": {"open_hours": "00:00-12:00"}})
        assert outcomes(both(late, draw(late))) == {TURNED_AWAY}

    def test_no_time_between_duties(self):
        shifts = [1, 0] * 24
        desk_ = hour(90, teams={"agents": {"agents": {"every_day": shifts}}})
        log = both(desk_, draw(desk_))
        assert len(log.duty_agent) > 10


class TestEverythingAtOnce:
    @pytest.mark.parametrize("agents", [1, 3, 40])
    @pytest.mark.parametrize("handle", [0.0, 3.0])
    def test_all_come_at_midnight(self, agents, handle):
        some = [
            customer(
                0, handle, patience=float(n % 4), comes_back=(n % 3, n % 2, inf, 0), again=[{}, {"solve_draw": 2.0}]
            )
            for n in range(30)
        ]
        log = play(desk(teams={"agents": {"agents": agents}}), some)
        assert (log.arrived == 0).sum() >= 30

    def test_500_agents_and_a_full_hour(self):
        large = hour(
            4000, 8.0, teams={"agents": {"agents": 500}}, channels={"phone": {"patience": {"mean_minutes": 1}}}
        )
        work = draw(large, 4)
        log = both(large, work)
        assert len(np.unique(log.agent)) == 501  # nobody is -1
        both(large, coarse(work, 5.0))

    def test_a_single_line(self):
        log = play(
            desk(channels={"phone": {"lines": 1}}),
            [customer(n // 3, 1.5, comes_back=(inf, inf, n % 2), again=[{}, {}]) for n in range(30)],
        )
        assert {SERVED, BLOCKED} <= outcomes(log)

    def test_the_line_closes_on_many_who_come_back_at_once(self):
        hours = {"open_hours": ["00:00-01:00", "02:00-03:00"]}
        people = [customer(50, 30, comes_back=(inf, inf, inf, float(n % 2)), again=[{}]) for n in range(12)]
        log = play(desk(channels={"phone": hours}), people)
        assert (log.ended[log.outcome == TURNED_AWAY] == 60).sum() == 11

    def test_work_agents_and_customers_of_one_minute(self):
        """Conversations end, agents change, customers come and hang up at the full half hours."""
        shifts = {"every_day": [1, 3, 0, 2] * 12}
        base = desk(teams={"agents": {"agents": shifts}}, serve_first="waiting")
        people = [customer(n // 4 * 30, 30 * (n % 3), patience=30.0 * (n % 5)) for n in range(120)]
        assert {SERVED, ABANDONED} <= outcomes(play(base, people))


class TestTime:
    def test_no_handle_time(self):
        log = play(desk(), [customer(n // 2, 0.0) for n in range(20)])
        assert (log.ended == log.arrived).all()

    @pytest.mark.parametrize("patience", [0.0, inf])
    def test_no_patience_and_no_end_of_it(self, patience):
        log = play(desk(), [customer(n, 7.0, patience=patience) for n in range(20)])
        assert (ABANDONED in outcomes(log)) == (patience == 0)

    def test_the_end_of_the_run_cuts_everything_off(self):
        """At 1440 all is still going on: on the line, with an agent, with the bot, on the way, in the back office."""
        base = desk(
            channels={
                "chat": sim.LiveChannel(kind="live", open_hours="always", patience="never"),
                "centre": sim.VisitChannel(
                    kind="visit", open_hours="always", patience="never", places=1, slot_minutes=30
                ),
            },
            case_types={
                "call": {
                    "channels": {"phone": 0.5, "chat": 0.25, "centre": 0.25},
                    "steps": [{"name": "parcel", "delay": {"mean_days": 2}}],
                }
            },
            teams={"agents": {"skills": ["phone", "chat", "centre"]}},
            bot=sim.Bot(channels=["chat"], contains=0.5),
        )
        people = [
            customer(1400, 5, steps=[900.0]),
            customer(1410, 30),  # would end at 1440 sharp
            customer(1420, 5),
            customer(1425, 5, patience=15.0),
            customer(1430, 5, channel="centre"),
            customer(1435, 5, channel="chat", bot=CONTAINS, bot_minutes=5.0),
            customer(1436, 5, self_service=(4.0, True)),
            customer(1439, 5, self_service=(4.0, True)),
        ]
        log = play(base, people)
        assert {WAITING, IN_SERVICE, WITH_BOT, BOOKED} <= outcomes(log)
        assert (log.state == OPEN).all()

    def test_the_end_of_the_run_finds_an_agent_in_a_last_conversation(self):
        log = play(desk(teams={"agents": {"agents": {"00:00-23:30": 1}}}), [customer(1400, 100.0)])
        assert log.duty_end.tolist() == [1440]

    def test_20_attempts(self):
        delays = (1.0, 0.0, 2.0, 1.0)
        people = [customer(n, 2.0, solve_draw=2.0, patience=1.0, comes_back=delays, again=[{}] * 19) for n in range(5)]
        log = play(desk(channels={"phone": {"lines": 2}}), people)
        assert {SERVED, ABANDONED, BLOCKED} <= outcomes(log)
        assert (log.state == GIVEN_UP).all()
        assert len(log.row) == 100

    def test_a_conversation_among_several_that_takes_no_time(self):
        chats = desk(channels={"phone": {"at_once": 3, "speed": [1, 0.5, 0.25]}})
        for handle in (0.0, 1.0, 2.0**-20):
            play(chats, [customer(n // 4, handle * (n % 3)) for n in range(24)])


class TestSeveralAtOnce:
    @pytest.mark.parametrize("speed", [[1, 0.5, 1 / 3], [1], [1, 0.9, 0.7]])
    @pytest.mark.parametrize("agents", [1, 3])
    def test_chats_that_end_together(self, speed, agents):
        chats = desk(channels={"phone": {"at_once": 3, "speed": speed}}, teams={"agents": {"agents": agents}})
        log = play(chats, [customer(n // 5, 2.0 + n % 3, patience=float(n % 7)) for n in range(60)])
        assert {SERVED, ABANDONED} == outcomes(log)

    def test_a_crowd_that_waits_and_then_shares_agents(self):
        """All patience is still to end when all chats begin: there are never more events to come than now."""
        shift = {"00:00-00:30": 0, "00:30-24:00": 20}
        chats = desk(channels={"phone": {"at_once": 3, "speed": [1]}}, teams={"agents": {"agents": shift}})
        log = play(chats, [customer(0, 100.0 + n, patience=1000.0) for n in range(60)])
        assert (log.answered == 30).all()

    def test_chats_go_on_when_duty_is_over(self):
        chats = desk(
            channels={"phone": {"at_once": 4, "speed": [1, 0.8, 0.6, 0.5]}},
            teams={"agents": {"agents": {"00:00-00:30": 2, "00:30-01:00": 1, "01:00-01:30": 2}}},
            slot_minutes=30,
        )
        log = play(chats, [customer(n * 2, 25.0) for n in range(45)])
        assert (log.duty_end > 30).all()

    @pytest.mark.parametrize("mix", [True, False])
    def test_two_channels_in_one_hand(self, mix):
        way = {"kind": "live", "open_hours": "always", "patience": "never"}
        base = desk(
            channels={
                "chat": sim.LiveChannel(**way, at_once=2, speed=[1, 0.6]),
                "social": sim.LiveChannel(**way, at_once=3, speed=[1, 0.9, 0.7]),
            },
            case_types={"call": {"channels": {"phone": 0.4, "chat": 0.3, "social": 0.3}}},
            teams={"agents": {"skills": ["chat", "social", "phone"], "agents": 3}},
            mix_channels=mix,
        )
        ways = ["chat", "social", "chat", "phone", "social"]
        log = play(base, [customer(n // 3, 1.0 + n % 4, channel=ways[n % 5]) for n in range(90)])
        assert outcomes(log) == {SERVED}


class TestScarceThings:
    def test_a_full_appointment_book(self):
        way = {"kind": "visit", "open_hours": "09:00-10:00", "patience": "never", "places": 2, "slot_minutes": 20}
        base = desk(
            days=2,
            channels={"centre": sim.VisitChannel(**way)},
            case_types={"call": {"channels": {"centre": 0.5, "phone": 0.5}}},
            teams={"agents": {"skills": ["centre", "phone"]}},
        )
        log = play(base, [customer(n * 60, 15, channel="centre") for n in range(30)])
        assert (log.outcome == BOOKED).sum() > 10

    def test_one_session_with_the_bot(self):
        base = desk(bot=sim.Bot(channels=["phone"], contains=0.5, sessions=1))
        results = [CONTAINS, HANDS_OVER, HANDS_OVER_WITH_CONTEXT]
        log = play(base, [customer(n // 2, 1, bot=results[n % 3], bot_minutes=float(n % 4)) for n in range(40)])
        assert 0 < log.met_bot.sum() < 40

    def test_the_bot_goes_and_comes_while_it_talks(self):
        base = desk(
            bot=sim.Bot(channels=["phone"], contains=0.5, open_hours=["00:10-00:20", "00:30-00:40"], sessions=2)
        )
        log = play(base, [customer(n // 2, 0.5, bot=HANDS_OVER, bot_minutes=10.0) for n in range(90)])
        assert 0 < log.met_bot.sum() < 20

    def test_callbacks_give_their_line_back(self):
        offer = {"when_wait_above_minutes": 5, "accepted_share": 1.0}
        base = desk(
            channels={"phone": {"lines": 3, "callback": offer}},
            case_types={"call": {"handle_time": {"mean_minutes": 4}}},
        )
        people = [
            customer(n, 4.0, patience=6.0, accepts_callback=n % 3 == 0, solve_draw=n % 2, comes_back=(9.0,), again=[{}])
            for n in range(50)
        ]
        assert {SERVED, CALLED_BACK, BLOCKED, ABANDONED} <= outcomes(play(base, people))


class TestWorkThatGoesElsewhere:
    @pytest.mark.parametrize("serve_first", ["preference", "priority", "waiting"])
    def test_overflow_at_two_times(self, serve_first):
        later = [{"channel": "phone", "after_minutes": 2}], [{"channel": "phone", "after_minutes": 5, "reserve": 1}]
        base = desk(
            teams={"second": sim.Team(skills=later[0], agents=1), "third": sim.Team(skills=later[1], agents=2)},
            segments={"vip": sim.Segment(share=0.5, priority=1, head_start_minutes=2.0), "regular": {"share": 0.5}},
            serve_first=serve_first,
        )
        people = [
            customer(n // 2, 6.0, patience=float(2 + n % 7), segment=["regular", "vip"][n % 2]) for n in range(80)
        ]
        log = play(base, people)
        waits = log.wait[log.outcome == SERVED]
        assert {2.0, 5.0} <= set(waits.tolist())
        assert {0, 1, 2} <= set(log.agent.tolist())

    def test_overflow_of_who_came_at_an_odd_time(self):
        """0.3 + 2 - 0.3 is not 2 in binary: engines must not look for the time that has passed."""
        later = [{"channel": "phone", "after_minutes": minutes} for minutes in (2, 5)]
        base = desk(teams={f"team_{n}": sim.Team(skills=[one], agents=1) for n, one in enumerate(later)})
        log = play(base, [customer(n + 0.3, 20.0) for n in range(6)])
        assert log.agent[:3].tolist() == [0, 1, 2]

    @pytest.mark.parametrize("back", [30.0, 56.0, 59.0, 60.0, 61.0, 64.0, 90.0])
    def test_a_follow_up_call_and_a_return_at_the_same_moment(self, back):
        """The call comes 60 minutes after the conversation and lasts 4; a return comes before, then or after."""
        base = desk(
            teams={"agents": {"skills": ["phone", {"task": "follow_up"}], "agents": 2}},
            follow_up={"share": 1.0, "delay": {"mean_minutes": 60}, "work": {"mean_minutes": 4}, "solves": 0.5},
            case_types={"call": {"steps": [{"name": "parcel", "delay": {"mean_days": 1}}]}},
        )
        people = [
            customer(
                n // 3,
                4.0 * (n % 2),
                solve_draw=2.0,
                comes_back=(back,),
                steps=[30.0],
                again=[{"solve_draw": n % 3}],
                follow_ups={1: (60.0, 4.0, (n % 4) / 4), 2: (60.0, 0.0, 0.0)},
            )
            for n in range(24)
        ]
        log = play(base, people)
        assert SOLVED in log.state

    def follow_up_desk(self):
        return desk(
            teams={"agents": {"skills": ["phone", {"task": "follow_up"}]}},
            follow_up={"share": 1.0, "delay": {"mean_minutes": 60}, "work": {"mean_minutes": 4}, "solves": 0.5},
        )

    def test_a_call_in_vain_leaves_the_case_open_for_a_return_after_the_run(self):
        one = customer(1300, 4, solve_draw=2.0, comes_back=(500.0,), again=[{}], follow_ups={1: (60.0, 4.0, 0.9)})
        assert play(self.follow_up_desk(), [one]).state.tolist() == [OPEN]

    def test_two_calls_to_one_customer_become_due_at_one_moment(self):
        """One attempt ends at 4, one lasts from 30 to 34: both calls are due at 64, with the agent busy."""
        calls = {1: (60.0, 4.0, 0.9), 2: (30.0, 2.0, 0.9)}
        twice = customer(0, 4, solve_draw=2.0, comes_back=(26.0,), again=[{"comes_back": (inf,) * 6}], follow_ups=calls)
        log = play(self.follow_up_desk(), [twice, customer(60, 10.0)])
        assert log.ended[log.arrived == 64].tolist() == [74, 76]

    def test_steps_of_no_length_and_questions_meanwhile(self):
        steps = [
            {"name": "parcel", "delay": {"mean_days": 1}},
            {"name": "check", "work": {"mean_minutes": 3}},
            {"name": "money", "delay": {"mean_days": 1}},
        ]
        base = desk(
            teams={"agents": {"skills": [{"task": "check"}, "phone"]}},
            case_types={"call": {"steps": steps, "status_enquiries_per_day": 1.0}},
        )
        lengths = [[0.0, 0.0, 0.0], [5.0, 0.0, 5.0], [None, 2.0, None], [3.0, None, 3.0], [None, 7.0, 0.0]]
        people = [
            customer(n, 1.0, patience=9.0, steps=lengths[n % 5], enquiries=[{"before": 2.5}, {"before": 0.0}] * 2)
            for n in range(30)
        ]
        log = play(base, people)
        assert (log.workload.kind[log.row] == 1).sum() > 10


class TestTheWorkloadIsRead:
    def test_whatever_the_arrays_look_like(self):
        """Read-only arrays, as they come from other processes, and strided ones give the same log."""
        base = hour(60)
        work = draw(base, 2)
        log = both(base, work)
        backwards = {
            name: getattr(work, name)[..., ::-1].copy()[..., ::-1] for name in ("handle_minutes", "delay_minutes")
        }
        frozen = {name: getattr(work, name).copy() for name in ("patience_minutes", "delay_minutes", "solve_draw")}
        for column in frozen.values():
            column.setflags(write=False)
        for other in (replace(work, **backwards), replace(work, **frozen)):
            assert both(base, other).ended.tobytes() == log.ended.tobytes()

    def test_people_by_hand_are_read_too(self):
        assert workload(desk(), [customer(1)]).cases == 1
