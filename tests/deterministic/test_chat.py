"""Several conversations at once, worked out on paper: who takes them, and how their ends move.

With n conversations in hand each goes on at the n-th speed. Unless a test says otherwise an agent of these tests holds
up to three, at speeds 1, 0.8 and 0.5.
"""

from math import inf, nan

import numpy as np
import pytest
from support.by_hand import customer, play, told

import sim
from sim.log import IN_SERVICE, WAITING
from sim.measures import measures

ALWAYS = 1
MORNING = {"08:00-09:00": 1}


def chat(**more):
    return {
        "kind": "live",
        "open_hours": "always",
        "patience": "never",
        "at_once": 3,
        "speed": [1, 0.8, 0.5],
        **more,
    }


def desk(agents=ALWAYS, skills=("chat",), team=None, others=None, mix=False, **chat_changes):
    """One team that serves chat, and perhaps other channels."""
    channels = {"chat": chat(**chat_changes), **(others or {})}
    return sim.load(
        {
            "name": "chat desk",
            "days": 1,
            "demand": {"cases_per_hour": {"ask": 1}},
            "case_types": {
                "ask": {
                    "channels": {name: 1 / len(channels) for name in channels},
                    "handle_time": {"mean_minutes": 5},
                }
            },
            "channels": channels,
            "teams": {"desk": {"skills": list(skills), "agents": agents, **(team or {})}},
            "mix_channels": mix,
        }
    )


PHONE = {"phone": {"kind": "live", "open_hours": "always", "patience": "never"}}
SOCIAL = {"social": chat(at_once=4, speed=[1, 0.8, 0.8, 0.5])}


def asks(at, handle, channel="chat", **more):
    return customer(at, handle, type="ask", channel=channel, **more)


def ends(log):
    return dict(zip(log.contacts["case"], log.ended.tolist(), strict=True))


class TestProcessorSharing:
    def test_every_end_moves_when_a_conversation_begins_or_ends(self):
        log = play(desk(), [asks(10, 10), asks(14, 8), asks(19, 5)])
        # 10-14: 0 alone, 4 of 10 minutes done. 14-19: two at 0.8, 4 minutes each: 0 has 2 left, 1 has 4.
        # From 19 three at 0.5: 0 ends 4 minutes later, at 23; 1 has 2 left, 2 has 3.
        # Two at 0.8: 1 ends 2.5 minutes later, at 25.5; 2 has 1 left, alone: 26.5.
        assert ends(log) == {0: 23, 1: 25.5, 2: 26.5}
        assert log.wait.tolist() == [0, 0, 0]

    def test_two_who_end_together_both_end_and_two_who_wait_both_begin(self):
        two = desk(at_once=2, speed=[1, 0.5])
        log = play(two, [asks(10, 10), asks(10, 10), asks(12, 5), asks(13, 5)])
        # 0 and 1 share from 10 to 30, 2 and 3 from 30 to 40.
        assert ends(log) == {0: 30, 1: 30, 2: 40, 3: 40}
        assert log.wait.tolist() == [0, 0, 18, 17]

    def test_one_who_begins_as_another_ends_shares_with_the_one_who_stays(self):
        log = play(desk(at_once=2, speed=[1, 0.8]), [asks(10, 4), asks(10, 8), asks(11, 4)])
        # 0 and 1 at 0.8: 0 ends at 15, 1 has 4 left. At 15 conversation 2 begins: both have 4 left, and end at 20.
        assert ends(log) == {0: 15, 1: 20, 2: 20}

    def test_one_who_comes_at_the_moment_of_an_end_meets_an_agent_with_room(self):
        log = play(desk(at_once=1, speed=[1]), [asks(10, 5), asks(15, 5)])
        assert told(log)[1] == (1, 1, "served", 15, 0, 0)

    def test_with_one_speed_for_all_numbers_nobody_slows_anybody(self):
        log = play(desk(speed=[1]), [asks(10, 10), asks(12, 10), asks(14, 3)])
        assert ends(log) == {0: 20, 1: 22, 2: 17}

    def test_three_thirds_make_a_whole(self):
        # Alone at speed 1, three at 1/3, which no binary number is: 6 minutes of work take 18 minutes, to the tick.
        log = play(desk(speed=[1, 0.5, 1 / 3]), [asks(10, 6), asks(10, 6), asks(10, 6)])
        assert ends(log) == pytest.approx({0: 28, 1: 28, 2: 28}, abs=4 / 2**20)

    def test_the_teams_handle_factor_stretches_the_work(self):
        log = play(desk(team={"handle_factor": 1.5}), [asks(10, 10), asks(15, 4)])
        # 15 and 6 minutes of work. 10-15: 5 done, 10 left. Two at 0.8: 1 ends after 7.5 minutes, at 22.5;
        # 0 has 10 - 6 = 4 left and ends at 26.5.
        assert ends(log) == {0: 26.5, 1: 22.5}

    def test_a_conversation_may_still_go_on_at_the_end_of_the_run(self):
        log = play(desk(), [asks(1435, 10)])
        assert log.outcome.tolist() == [IN_SERVICE]
        assert np.isnan(log.ended).all()


class TestWhoTakesIt:
    def test_the_least_loaded_then_the_longest_unchanged_then_the_lowest_number(self):
        log = play(
            desk(agents=2),
            [asks(10, 30), asks(11, 3), asks(15, 30), asks(16, 30), asks(17, 30), asks(18, 30)],
        )
        # 10: both idle since 0, the lowest number, 0. 11: agent 1 is idle (until 14). 15: agent 1 again has nothing.
        # 16: one each; agent 0 unchanged since 10, agent 1 since 15. 17: agent 1 has one, agent 0 two.
        # 18: two each; agent 0 unchanged since 16, agent 1 since 17.
        assert [agent for *_, agent in told(log)] == [0, 1, 1, 0, 1, 0]

    def test_a_full_agent_takes_no_more(self):
        log = play(desk(at_once=2, speed=[1, 0.8]), [asks(10, 8), asks(10, 8), asks(11, 1)])
        # 8 minutes at 0.8: both end at 20.
        assert told(log)[2] == (2, 1, "served", 11, 9, 0)

    def test_an_end_counts_as_a_change_of_hands(self):
        log = play(desk(agents=2), [asks(10, 20), asks(11, 20), asks(12, 2.4), asks(20, 1)])
        # 12: one each, agent 0 unchanged since 10: it takes 2, at 0.8 until 15. At 20 both have one again:
        # agent 1 unchanged since 11, agent 0 since 15.
        assert [agent for *_, agent in told(log)] == [0, 1, 0, 1]


class TestComingAndGoing:
    def test_a_busy_agent_whose_duty_ends_finishes_both_and_takes_nothing_new(self):
        log = play(desk(agents=MORNING), [asks(530, 20), asks(535, 10), asks(541, 5)])
        # 530-535: 5 of 20 done. From 535 two at 0.8: 1 ends 12.5 minutes later, at 547.5, though duty ends at 540;
        # 0 has 15 - 10 = 5 left and ends at 552.5. There was room for a third, but not for the one who came at 541.
        assert ends(log)[0] == 552.5
        assert ends(log)[1] == 547.5
        assert log.outcome[2] == WAITING
        assert log.staffing[["start_minutes", "end_minutes"]].to_numpy().tolist() == [[480, 552.5]]

    def test_an_agent_who_comes_on_duty_takes_as_many_as_fit_at_once(self):
        log = play(desk(agents=MORNING), [asks(470, 5), asks(471, 5), asks(472, 10), asks(473, 4)])
        # Three at 0.5 from 480: 0 and 1 end at 490, 2 has 5 left. 3 begins at 490, with 2 at 0.8: ends at 495;
        # 2 has 5 - 4 = 1 left and ends at 496.
        assert log.wait.tolist() == [10, 9, 8, 17]
        assert ends(log) == {0: 490, 1: 490, 2: 496, 3: 495}

    def test_an_agent_who_comes_back_with_one_in_hand_takes_what_fits(self):
        twice = desk(agents={"08:00-09:00": 1, "10:00-11:00": 1})
        log = play(twice, [asks(530, 80), asks(550, 4), asks(551, 4), asks(552, 4)])
        # Duty ends at 540 with 0 in hand, and begins again at 600, when 10 of its 80 minutes are left. 1 and 2 begin:
        # three at 0.5, both end at 608, when 0 has 6 left and 3 begins: two at 0.8, 3 ends at 613.
        # 0 has 6 - 4 = 2 left and ends at 615.
        assert log.wait.tolist() == [0, 50, 49, 56]
        assert ends(log) == {0: 615, 1: 608, 2: 608, 3: 613}
        assert log.staffing[["start_minutes", "end_minutes"]].to_numpy().tolist() == [[480, 660]]

    def test_one_who_came_back_with_a_chat_in_hand_has_room_for_chats_only(self):
        twice = desk(agents={"08:00-09:00": 1, "10:00-11:00": 1}, skills=["phone", "chat"], others=PHONE)
        log = play(twice, [asks(530, 80), asks(602, 3, "phone"), asks(603, 2.4)])
        # At 603 7 minutes of the first are left. Two at 0.8: 2 ends at 606, 0 has 4.6 left and ends at 610.6.
        assert log.wait.tolist() == [0, pytest.approx(8.6, abs=4 / 2**20), 0]
        assert ends(log)[2] == pytest.approx(606, abs=4 / 2**20)


class TestQueue:
    two = desk(at_once=2, speed=[1, 0.8])

    def test_patience_runs_while_all_hands_are_full(self):
        log = play(self.two, [asks(10, 8), asks(10, 8), asks(11, 5, patience=3), asks(12, 5, patience=8)])
        # Both end at 20: patience to the last moment is rewarded.
        assert told(log)[2:] == [(2, 1, "abandoned", 11, 3, -1), (3, 1, "served", 12, 8, 0)]

    def test_who_has_no_patience_is_served_by_an_agent_with_room(self):
        log = play(self.two, [asks(10, 8), asks(11, 5, patience=0), asks(12, 5, patience=0)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "served", "abandoned"]

    def test_lines_count_conversations_and_those_who_wait(self):
        lines = desk(at_once=2, speed=[1, 0.8], lines=3)
        log = play(lines, [asks(10, 8), asks(10, 8), asks(11, 5), asks(12, 5), asks(21, 5)])
        # Two in hand and one waiting take all three lines at 12. At 20 two lines come free.
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "served", "served", "blocked", "served"]

    def test_closing_turns_away_those_who_wait_and_lets_the_others_finish(self):
        shop = desk(at_once=2, speed=[1, 0.8], open_hours="08:00-18:00")
        log = play(shop, [asks(1075, 8), asks(1075, 8), asks(1076, 5)])
        assert told(log)[2] == (2, 1, "turned_away", 1076, 4, -1)
        assert ends(log) == {0: 1085, 1: 1085, 2: 1080}


class TestOtherWork:
    def test_an_agent_in_a_call_takes_no_chat(self):
        log = play(desk(skills=["phone", "chat"], others=PHONE), [asks(10, 10, "phone"), asks(12, 3)])
        assert told(log)[1] == (1, 1, "served", 12, 8, 0)

    def test_an_agent_in_a_chat_takes_no_call(self):
        log = play(desk(skills=["phone", "chat"], others=PHONE), [asks(10, 10), asks(12, 3, "phone")])
        assert told(log)[1] == (1, 1, "served", 12, 8, 0)

    def test_a_chat_joins_the_chats_in_hand_though_a_call_waits(self):
        log = play(desk(skills=["phone", "chat"], others=PHONE), [asks(10, 10), asks(12, 3, "phone"), asks(16, 4)])
        # Chat 2 comes to an agent with room for it. 10-16: 6 done. Two at 0.8: 0 and 2 end at 21. Then the call.
        assert told(log)[1:] == [(1, 1, "served", 12, 9, 0), (2, 1, "served", 16, 0, 0)]

    def test_chats_of_two_channels_do_not_go_together(self):
        log = play(desk(skills=["chat", "social"], others=SOCIAL), [asks(10, 10), asks(12, 4, "social")])
        assert told(log)[1] == (1, 1, "served", 12, 8, 0)

    def test_unless_agents_mix_channels_each_taking_its_part_of_the_agent(self):
        mixed = desk(skills=["chat", "social"], others=SOCIAL, mix=True, at_once=2, speed=[1, 0.8])
        log = play(mixed, [asks(10, 10), asks(15, 9, "social"), asks(20, 4, "social"), asks(21, 1, "social")])
        # A chat takes 1/2 of the agent, a social conversation 1/4; speeds go by the number of all conversations.
        # 10-15: 5 of 10 done. 15-20: two, both channels at 0.8: 0 has 1 left, 1 has 5.
        # 20: three; chat at 0.8, its last, social at 0.8: 0 ends at 21.25. 1/2 + 2/4 = 1: 3 must wait until then.
        # 21.25: 1 has 4 left, 2 has 3, 3 has 1: three at 0.8, 3 ends at 22.5. Two at 0.8: 2 has 2 left, ends at 25.
        # 1 has 4 - 1 - 2 = 1 left and ends at 26.
        assert log.wait.tolist() == [0, 0, 0, 0.25]
        assert ends(log) == {0: 21.25, 1: 26, 2: 25, 3: 22.5}

    def test_of_agents_with_one_each_the_longest_unchanged_takes_it_whatever_the_channels(self):
        mixed = desk(agents=2, skills=["chat", "social"], others=SOCIAL, mix=True)
        log = play(mixed, [asks(10, 30, "social"), asks(12, 30), asks(20, 1), asks(30, 1)])
        # At 20 agent 0 has a social conversation since 10, agent 1 a chat since 12. The chat ends at 21.25 (0.8):
        # at 30 agent 1 is unchanged since 12, agent 0 since 21.25.
        assert [agent for *_, agent in told(log)] == [0, 1, 0, 1]

    def test_a_call_takes_the_whole_agent_even_then(self):
        mixed = desk(skills=["phone", "chat"], others=PHONE, mix=True)
        log = play(mixed, [asks(10, 10), asks(12, 3, "phone"), asks(20, 3)])
        # The call begins at 20, before the chat that comes at that moment; the chat waits until 23.
        assert [wait for *_, wait, _ in told(log)] == [0, 8, 3]

    def test_social_messages_are_a_channel_like_chat(self):
        alone = desk(skills=["chat", "social"], others=SOCIAL)
        log = play(alone, [asks(at, 8, "social") for at in (10, 10, 10, 10, 11)])
        # Four at 0.5 until 26; the fifth waits.
        assert list(ends(log).values()) == [26, 26, 26, 26, 34]


class TestMeasures:
    @pytest.fixture
    def log(self):
        # 10-23, 14-25.5 and 19-26.5 as above; then 100-106: 22.5 minutes busy, 13 + 11.5 + 7.5 + 6 = 38 in talks.
        return play(desk(), [asks(10, 10), asks(14, 8), asks(19, 5), asks(100, 6)])

    def test_occupancy_counts_a_minute_with_several_conversations_once(self, log):
        table = measures(log, by="team").loc["desk"]
        assert table["occupancy"] == 22.5 / 1440
        assert table["utilisation"] == 22.5 / 1440

    def test_concurrency_is_the_mean_number_of_conversations_of_a_busy_agent(self, log):
        assert measures(log, by="team").loc["desk", "concurrency"] == 38 / 22.5

    def test_handle_time_is_what_the_customer_sees(self, log):
        assert measures(log).loc["all", "mean_handle_minutes"] == 38 / 4

    def test_time_is_cut_where_the_hours_end(self):
        log = play(desk(), [asks(50, 16), asks(58, 8)])
        # 50-58: 8 of 16 done; two at 0.8: both have 8 left and end at 68.
        by_hour = measures(log, by="hour")
        assert by_hour["occupancy"].iloc[:3].tolist() == pytest.approx([10 / 60, 8 / 60, 0])
        assert by_hour["concurrency"].iloc[:3].tolist() == pytest.approx([12 / 10, 2, nan], nan_ok=True)


@pytest.mark.parametrize("patience", [inf, 100])
def test_the_queue_of_chats_is_in_order_of_arrival(patience):
    one = desk(at_once=2, speed=[1, 0.5])
    log = play(one, [asks(10 + n, 10, patience=patience) for n in range(5)])
    # 10-11: 1 of 10 done. Two at 0.5: 0 has 9 left and ends at 29, 1 then has 1 left.
    # 29: 2 begins; 1 ends at 31, 2 has 9 left. 31: 3 begins; 2 ends at 49, 3 has 1 left. 49: 4 begins; 3 ends at 51,
    # 4 has 9 left, alone: 60.
    assert ends(log) == {0: 29, 1: 31, 2: 49, 3: 51, 4: 60}
    assert log.wait.tolist() == [0, 0, 17, 18, 35]
