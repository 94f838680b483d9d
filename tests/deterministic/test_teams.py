"""Which team serves whom, and how deferred work waits, worked out on paper."""

from support.by_hand import customer, play, told

import sim


def shop(**teams):
    return sim.load(
        {
            "name": "two teams",
            "days": 2,
            "demand": {"cases_per_hour": {"order": 1, "repair": 1}},
            "case_types": {
                "order": {"channels": {"phone": 0.5, "email": 0.5}, "handle_time": {"mean_minutes": 5}},
                "repair": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 5}},
            },
            "channels": {
                "phone": {"kind": "live", "open_hours": "08:00-18:00", "patience": "never"},
                "email": {"kind": "deferred", "open_hours": "08:00-18:00"},
            },
            "teams": teams,
        }
    )


OPEN_DAY = {"08:00-18:00": 1}


def test_a_caller_goes_to_the_team_that_ranks_the_skill_highest():
    two = shop(
        generalists={"skills": ["email", "phone"], "agents": OPEN_DAY},
        specialists={"skills": ["phone"], "agents": OPEN_DAY},
    )
    log = play(two, [customer(500, 10, type="order"), customer(501, 10, type="order"), customer(502, 10, type="order")])
    # The specialists rank phone first, the generalists second; then one must wait until 510.
    assert log.contacts["team"].tolist() == ["specialists", "generalists", "specialists"]
    assert log.contacts["wait_minutes"].tolist() == [0, 0, 8]


def test_a_tie_between_teams_goes_to_the_first_in_the_scenario():
    two = shop(
        left={"skills": ["phone", "email"], "agents": OPEN_DAY},
        right={"skills": ["phone"], "agents": OPEN_DAY},
    )
    log = play(two, [customer(500, 10, type="order")])
    assert log.contacts["team"].tolist() == ["left"]


def test_a_free_agent_takes_the_preferred_skill_first_and_the_rest_when_it_is_empty():
    one = shop(all_round={"skills": ["phone", "email"], "agents": OPEN_DAY})
    log = play(
        one,
        [
            customer(400, 30, type="order", channel="email"),  # waits for the morning
            customer(401, 30, type="order", channel="email"),
            customer(505, 10, type="order"),
            customer(506, 10, type="repair"),
        ],
    )
    # 480 to 510 first e-mail; then the calls at 510 and 520, in spite of the older e-mail; then the e-mail at 530.
    assert [(case, wait) for case, _, _, _, wait, _ in told(log)] == [(0, 80), (1, 129), (2, 5), (3, 14)]


def test_a_skill_for_one_type_leaves_the_other_types_to_others():
    two = shop(
        repairs={"skills": [{"channel": "phone", "type": "repair"}], "agents": OPEN_DAY},
        orders={"skills": ["email", {"channel": "phone", "type": "order"}], "agents": OPEN_DAY},
    )
    log = play(
        two,
        [customer(500, 10, type="order"), customer(501, 10, type="order"), customer(502, 10, type="repair")],
    )
    assert log.contacts["team"].tolist() == ["orders", "orders", "repairs"]
    assert log.contacts["wait_minutes"].tolist() == [0, 9, 0]


def test_within_a_skill_the_longest_waiting_goes_first_whatever_the_type():
    one = shop(all_round={"skills": ["phone", "email"], "agents": OPEN_DAY})
    log = play(one, [customer(500, 10, type="order"), customer(501, 1, type="repair"), customer(502, 1, type="order")])
    assert [wait for *_, wait, _ in told(log)] == [0, 9, 9]


def test_email_waits_overnight_and_is_answered_in_the_morning():
    one = shop(all_round={"skills": ["phone", "email"], "agents": OPEN_DAY})
    log = play(
        one, [customer(1070, 20, type="order", channel="email"), customer(1075, 5, type="order", channel="email")]
    )
    # The first is begun at 1070 and finished after hours; the second waits until 08:00 of the next day.
    assert told(log) == [(0, 1, "served", 1070, 0, 0), (1, 1, "served", 1075, 1440 + 480 - 1075, 0)]


def test_closing_the_phone_leaves_email_alone():
    one = shop(all_round={"skills": ["phone", "email"], "agents": {"08:00-19:00": 1}})
    log = play(
        one,
        [
            customer(1070, 20, type="order", channel="email"),
            customer(1075, 5, type="order"),
            customer(1076, 5, type="order", channel="email"),
        ],
    )
    assert [(outcome, wait) for _, _, outcome, _, wait, _ in told(log)] == [
        ("served", 0),
        ("turned_away", 5),
        ("served", 14),
    ]
