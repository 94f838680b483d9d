"""Who waits how long, worked out on paper: three or four customers, every time written down."""

from math import inf

from support.by_hand import customer, desk, play, told

import sim


def test_one_agent_serves_in_order_of_arrival():
    log = play(desk(), [customer(10, 4), customer(11, 3), customer(12, 2)])
    assert told(log) == [
        (0, 1, "served", 10, 0, 0),
        (1, 1, "served", 11, 3, 0),  # the agent is free at 14
        (2, 1, "served", 12, 5, 0),  # and at 17
    ]
    assert log.ended.tolist() == [14, 17, 19]


def test_a_customer_whose_patience_ends_hangs_up_and_is_passed_over():
    log = play(desk(), [customer(10, 10), customer(11, 5, patience=4), customer(12, 5, patience=60)])
    assert told(log) == [
        (0, 1, "served", 10, 0, 0),
        (1, 1, "abandoned", 11, 4, -1),
        (2, 1, "served", 12, 8, 0),
    ]
    assert log.cases["state"].tolist() == ["solved", "given_up", "solved"]


def test_an_agent_who_becomes_free_at_the_last_moment_still_takes_the_call():
    # Both happen at 14: conversations end before patience does.
    log = play(desk(), [customer(10, 4), customer(11, 5, patience=3)])
    assert told(log)[1] == (1, 1, "served", 11, 3, 0)


def test_who_has_no_patience_is_served_only_if_an_agent_is_idle():
    log = play(desk(), [customer(10, 4, patience=0), customer(11, 4, patience=0)])
    assert told(log) == [(0, 1, "served", 10, 0, 0), (1, 1, "abandoned", 11, 0, -1)]


def test_the_longest_idle_agent_is_chosen_and_of_equals_the_lowest_number():
    two = desk(teams={"agents": {"agents": 2}})
    log = play(two, [customer(10, 2), customer(11, 5), customer(13, 1), customer(20, 1), customer(21, 1)])
    # At 13 only agent 0 is idle. At 20 agent 0 has been idle since 14, agent 1 since 16; at 21 agent 1 since 16.
    assert [agent for *_, agent in told(log)] == [0, 1, 0, 0, 1]


def test_agents_who_come_free_at_the_same_moment_take_callers_in_order():
    two = desk(teams={"agents": {"agents": 2}})
    log = play(two, [customer(10, 5), customer(11, 4), customer(12, 1), customer(13, 1)])
    # Both conversations end at 15; the end of contact 0 comes first, so its agent takes the first in line.
    assert told(log)[2:] == [(2, 1, "served", 12, 3, 0), (3, 1, "served", 13, 2, 1)]


class TestPriority:
    shop = desk(segments={"regular": sim.Segment(share=0.5, priority=2), "vip": sim.Segment(share=0.5, priority=1)})

    def test_the_first_priority_is_served_before_those_who_waited_longer(self):
        log = play(self.shop, [customer(10, 10), customer(11, 3), customer(12, 4, segment="vip")])
        assert told(log)[1:] == [(1, 1, "served", 11, 13, 0), (2, 1, "served", 12, 8, 0)]

    def test_service_is_not_interrupted(self):
        log = play(self.shop, [customer(10, 10), customer(11, 3, segment="vip")])
        assert log.ended[0] == 20

    def test_a_head_start_counts_as_waiting_already_done(self):
        shop = self.shop.with_(segments={"vip": {"priority": 2, "head_start_minutes": 1.5}})
        early = play(shop, [customer(10, 10), customer(12, 1), customer(13, 1, segment="vip")])
        # 13 - 1.5 lies before 12: the VIP goes first, and the patience of nobody changes.
        assert told(early)[1:] == [(1, 1, "served", 12, 9, 0), (2, 1, "served", 13, 7, 0)]
        late = play(shop, [customer(10, 10), customer(12, 1), customer(14, 1, segment="vip")])
        assert told(late)[1:] == [(1, 1, "served", 12, 8, 0), (2, 1, "served", 14, 7, 0)]


class TestLines:
    def test_with_all_lines_taken_the_next_is_blocked(self):
        log = play(
            desk(channels={"phone": {"lines": 2}}),
            [customer(10, 10), customer(11, 5), customer(12, 5), customer(21, 5)],
        )
        # 0 talks and 1 waits: 2 finds no line. At 20 the agent takes 1, and 3 finds a line.
        assert told(log) == [
            (0, 1, "served", 10, 0, 0),
            (1, 1, "served", 11, 9, 0),
            (2, 1, "blocked", 12, 0, -1),
            (3, 1, "served", 21, 4, 0),
        ]

    def test_one_who_hangs_up_frees_the_line(self):
        log = play(
            desk(channels={"phone": {"lines": 2}}), [customer(10, 10), customer(11, 5, patience=1), customer(13, 5)]
        )
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "abandoned", "served"]


class TestOpeningHours:
    shop = desk(channels={"phone": {"open_hours": "08:00-18:00"}}, teams={"agents": {"agents": {"08:00-18:00": 1}}})

    def test_before_opening_and_after_closing_callers_are_turned_away(self):
        log = play(self.shop, [customer(479, 5), customer(480, 5), customer(1080, 5)])
        assert told(log) == [
            (0, 1, "turned_away", 479, 0, -1),
            (1, 1, "served", 480, 0, 0),
            (2, 1, "turned_away", 1080, 0, -1),
        ]

    def test_those_who_wait_at_closing_are_turned_away_and_the_last_conversation_is_finished(self):
        log = play(self.shop, [customer(1070, 15), customer(1075, 5)])
        assert told(log) == [(0, 1, "served", 1070, 0, 0), (1, 1, "turned_away", 1075, 5, -1)]
        assert log.ended[0] == 1085
        assert log.staffing["end_minutes"].tolist() == [1085]

    def test_serve_until_empty_keeps_the_queue_but_lets_nobody_join(self):
        shop = self.shop.with_(
            channels={"phone": {"serve_until_empty": True}}, teams={"agents": {"agents": {"08:00-19:00": 1}}}
        )
        log = play(shop, [customer(1070, 15), customer(1075, 5), customer(1081, 5)])
        assert told(log) == [
            (0, 1, "served", 1070, 0, 0),
            (1, 1, "served", 1075, 10, 0),
            (2, 1, "turned_away", 1081, 0, -1),
        ]

    def test_an_agent_free_at_the_minute_of_closing_takes_one_more(self):
        log = play(self.shop, [customer(1070, 10), customer(1075, 5)])
        assert told(log)[1] == (1, 1, "served", 1075, 5, 0)

    def test_the_turned_away_count_their_delay_from_the_next_opening(self):
        shop = self.shop.with_(days=2)
        back = (inf, inf, inf, 20.0)
        log = play(shop, [customer(1100, 5, comes_back=back, again=[{}])])
        assert told(log) == [(0, 1, "turned_away", 1100, 0, -1), (0, 2, "served", 1440 + 480 + 20, 0, 0)]

    def test_who_cannot_return_before_the_run_ends_stays_open(self):
        log = play(self.shop, [customer(1100, 5, comes_back=(inf, inf, inf, 20.0), again=[{}])])
        assert log.cases["state"].tolist() == ["open"]


class TestComingBack:
    def test_an_unsolved_case_returns_after_the_delay_until_it_is_solved(self):
        shop = desk(case_types={"call": {"solved": 0.5}})
        log = play(
            shop,
            [
                customer(
                    10, 4, solve_draw=0.7, comes_back=(30.0, inf, inf, inf), again=[{"handle": 6, "solve_draw": 0.2}]
                )
            ],
        )
        assert told(log) == [(0, 1, "served", 10, 0, 0), (0, 2, "served", 44, 0, 0)]
        assert log.cases[["contacts", "state", "closed_minutes"]].to_numpy().tolist() == [[2, "solved", 50.0]]

    def test_the_odds_are_compared_with_the_draw_strictly(self):
        log = play(desk(case_types={"call": {"solved": 0.5}}), [customer(10, 4, solve_draw=0.5)])
        assert log.cases["state"].tolist() == ["given_up"]

    def test_a_team_changes_the_odds_and_the_handle_time(self):
        shop = desk(case_types={"call": {"solved": 0.5}}, teams={"agents": {"solve_factor": 1.2, "handle_factor": 1.5}})
        log = play(shop, [customer(10, 4, solve_draw=0.55), customer(30, 4, solve_draw=0.65)])
        assert log.solved.tolist() == [True, False]
        assert log.ended.tolist() == [16, 36]

    def test_each_outcome_has_its_own_delay(self):
        shop = desk(channels={"phone": {"lines": 1}})
        back = (inf, 5.0, 7.0, inf)
        log = play(shop, [customer(10, 9), customer(12, 3, comes_back=back, again=[{}])])
        assert told(log)[1:] == [(1, 1, "blocked", 12, 0, -1), (1, 2, "served", 19, 0, 0)]

    def test_after_the_last_attempt_the_customer_gives_up(self):
        log = play(desk(), [customer(10, 60), customer(12, 3, patience=1, comes_back=(inf, 5.0, inf, inf), again=[{}])])
        assert told(log)[1:] == [(1, 1, "abandoned", 12, 1, -1), (1, 2, "abandoned", 18, 1, -1)]
        assert log.cases["state"].tolist() == ["solved", "given_up"]


class TestHeadCount:
    def test_a_busy_agent_whose_duty_ends_finishes_and_takes_nothing_new(self):
        shop = desk(teams={"agents": {"agents": {"00:00-01:00": 2, "01:00-03:00": 1}}})
        log = play(shop, [customer(50, 5), customer(50, 30), customer(56, 20), customer(70, 1), customer(79, 1)])
        # Agent 1 is on duty until 60, and finishes at 80. Agent 0 is busy from 56 to 76.
        assert told(log) == [
            (0, 1, "served", 50, 0, 0),
            (1, 1, "served", 50, 0, 1),
            (2, 1, "served", 56, 0, 0),
            (3, 1, "served", 70, 6, 0),
            (4, 1, "served", 79, 0, 0),
        ]
        assert log.staffing[["agent", "start_minutes", "end_minutes"]].to_numpy().tolist() == [[0, 0, 180], [1, 0, 80]]

    def test_when_the_head_count_rises_waiting_work_starts_at_once(self):
        shop = desk(teams={"agents": {"agents": {"00:00-01:00": 1, "01:00-03:00": 2}}})
        log = play(shop, [customer(50, 30), customer(55, 5)])
        assert told(log)[1] == (1, 1, "served", 55, 5, 1)

    def test_with_nobody_at_work_the_customer_waits(self):
        shop = desk(teams={"agents": {"agents": {"01:00-02:00": 1}}})
        log = play(shop, [customer(50, 5), customer(58, 5, patience=1)])
        assert told(log) == [(0, 1, "served", 50, 10, 0), (1, 1, "abandoned", 58, 1, -1)]

    def test_extra_agents_join_wherever_somebody_works(self):
        shop = desk(teams={"agents": {"agents": {"01:00-02:00": 1}, "extra_agents": 1}})
        log = play(shop, [customer(61, 5), customer(62, 5)])
        assert [wait for *_, wait, _ in told(log)] == [0, 0]
        assert log.staffing["start_minutes"].tolist() == [60, 60]


def test_what_the_end_of_the_run_cuts_off_is_marked():
    log = play(desk(), [customer(1430, 20), customer(1435, 5)])
    assert [outcome for _, _, outcome, *_ in told(log)] == ["in_service", "waiting"]
    assert log.cases["state"].tolist() == ["open", "open"]


def test_new_customers_go_before_returning_ones_at_the_same_moment():
    # Case 0 hangs up at 12 and returns at 20, when case 2 appears and the agent has just become free.
    log = play(
        desk(),
        [customer(10, 10), customer(11, 3, patience=1, comes_back=(inf, 8.0, inf, inf), again=[{}]), customer(20, 3)],
    )
    assert told(log)[2:] == [(2, 1, "served", 20, 0, 0), (1, 2, "abandoned", 20, 1, -1)]


def test_a_head_count_change_comes_before_an_arrival_of_the_same_moment():
    shop = desk(teams={"agents": {"agents": {"01:00-02:00": 1}}})
    log = play(shop, [customer(60, 5, patience=0), customer(120, 5, patience=0)])
    assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "abandoned"]


def test_returning_customers_go_before_patience_ends():
    # At 20 customer 1 returns with no agent free, and customer 2 hangs up: both see the same queue of two lines.
    shop = desk(channels={"phone": {"lines": 2}})
    back = (inf, inf, 9.0, inf)
    log = play(
        shop,
        [customer(10, 30), customer(10.5, 3, patience=9.5), customer(11, 3, comes_back=back, again=[{}])],
    )
    assert told(log)[1:] == [
        (1, 1, "abandoned", 10.5, 9.5, -1),
        (2, 1, "blocked", 11, 0, -1),
        (2, 2, "blocked", 20, 0, -1),
    ]
