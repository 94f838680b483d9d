"""What the bot does to a contact, worked out on paper, and how often it does it."""

from dataclasses import fields
from itertools import pairwise
from math import inf, sqrt

import numpy as np
import pytest
from scipy.stats import norm
from support.by_hand import customer, desk, play, story, told

import sim
from sim.measures import measures
from sim.workload import (
    ATTEMPT,
    CONTAINS,
    ENQUIRY,
    HANDS_OVER,
    HANDS_OVER_WITH_CONTEXT,
    LOSES,
    NONE,
    SEEMS_TO_CONTAIN,
    Workload,
    draw,
)

BOT = {"channels": ["phone"], "contains": 0.5}
BY_DAY = {"channels": {"phone": {"open_hours": "08:00-18:00"}}, "days": 2}


def bot_desk(bot=None, **changes):
    """The desk with a bot in front of the phone. What it makes of each customer is written with the customer."""
    return desk(bot={**BOT, **(bot or {})}, **changes)


class TestOneContact:
    def test_who_is_truly_helped_needs_no_agent(self):
        log = play(bot_desk(), [customer(10, bot=CONTAINS, bot_minutes=3)])
        assert story(log, 0) == [
            (10, "asks for help"),
            (10, "meets the bot"),
            (13, "is contained by the bot"),
            (13, "is solved"),
        ]
        assert told(log) == [(0, 1, "contained", 10, 0, -1)]
        assert log.contacts[["solved", "met_bot", "ended_minutes"]].to_numpy().tolist() == [[True, True, 13]]
        assert np.isnan(log.contacts["queued_minutes"][0])

    def test_who_only_seems_helped_comes_back_after_the_delay_of_false_containment(self):
        back = (1.0, 2.0, 3.0, 4.0, 60.0, 6.0)
        log = play(
            bot_desk(),
            [customer(10, 5, bot=SEEMS_TO_CONTAIN, bot_minutes=3, comes_back=back, again=[{"bot": NONE}])],
        )
        assert told(log) == [(0, 1, "contained", 10, 0, -1), (0, 2, "served", 73, 0, 0)]
        assert log.solved.tolist() == [False, True]
        assert story(log, 0)[2:] == [
            (13, "is contained by the bot"),
            (73, "joins the queue"),
            (73, "is answered"),
            (78, "is served"),
            (78, "is solved"),
        ]

    def test_who_only_seems_helped_may_meet_the_bot_again_in_vain_and_give_up(self):
        back = (inf, inf, inf, inf, 60.0, inf)
        again = [{"comes_back": (inf,) * 6}]
        log = play(bot_desk(), [customer(10, bot=SEEMS_TO_CONTAIN, bot_minutes=3, comes_back=back, again=again)])
        assert told(log) == [(0, 1, "contained", 10, 0, -1), (0, 2, "contained", 73, 0, -1)]
        assert log.cases[["contacts", "state", "closed_minutes"]].to_numpy().tolist() == [[2, "given_up", 76]]

    def test_who_leaves_at_the_bot_comes_back_after_a_delay_of_its_own(self):
        back = (1.0, 2.0, 3.0, 4.0, 5.0, 20.0)
        log = play(
            bot_desk(), [customer(10, 5, bot=LOSES, bot_minutes=3, comes_back=back, again=[{"bot": HANDS_OVER}])]
        )
        assert told(log) == [(0, 1, "left_bot", 10, 0, -1), (0, 2, "served", 33, 0, 0)]
        assert log.contacts["answered_minutes"][1] == 36  # after another three minutes with the bot
        assert story(log, 0)[2] == (13, "leaves the bot")

    def test_who_leaves_at_the_bot_and_has_had_enough_gives_up(self):
        log = play(bot_desk(), [customer(10, bot=LOSES, bot_minutes=3)])
        assert log.cases[["state", "closed_minutes"]].to_numpy().tolist() == [["given_up", 13]]

    def test_a_hand_over_with_context_is_quicker_and_surer_and_one_without_is_neither(self):
        shop = bot_desk(
            {"context_handle_factor": 0.5, "context_solve_factor": 1.25}, case_types={"call": {"solved": 0.5}}
        )
        log = play(
            shop,
            [
                customer(10, 10, bot=HANDS_OVER_WITH_CONTEXT, bot_minutes=2, solve_draw=0.6),
                customer(30, 10, bot=HANDS_OVER, bot_minutes=2, solve_draw=0.6),
                customer(50, 10, solve_draw=0.6),
            ],
        )
        table = log.contacts[["queued_minutes", "answered_minutes", "ended_minutes", "solved"]]
        # 0.6 lies below 0.5 x 1.25 and above 0.5.
        assert table.to_numpy().tolist() == [[12, 12, 17, True], [32, 32, 42, False], [50, 50, 60, False]]

    def test_context_lowers_the_odds_if_the_factor_says_so_and_works_with_the_teams_factors(self):
        shop = bot_desk(
            {"context_handle_factor": 0.5, "context_solve_factor": 0.5},
            case_types={"call": {"solved": 0.8}},
            teams={"agents": {"handle_factor": 1.5, "solve_factor": 1.5}},
        )
        log = play(
            shop,
            [
                customer(10, 8, bot=HANDS_OVER_WITH_CONTEXT, bot_minutes=2, solve_draw=0.59),
                customer(30, 8, bot=HANDS_OVER_WITH_CONTEXT, bot_minutes=2, solve_draw=0.61),
            ],
        )
        assert log.ended.tolist() == [12 + 6, 32 + 6]  # 8 x 1.5 x 0.5
        assert log.solved.tolist() == [True, False]  # 0.8 x 1.5 x 0.5 = 0.6

    def test_without_a_session_there_is_no_context(self):
        shop = bot_desk({"context_handle_factor": 0.5, "open_hours": "08:00-18:00"})
        log = play(shop, [customer(10, 10, bot=HANDS_OVER_WITH_CONTEXT, bot_minutes=2)])
        assert log.ended.tolist() == [20]
        assert log.met_bot.tolist() == [False]


class TestTimeWithTheBot:
    def test_it_is_no_time_in_the_queue(self):
        log = play(bot_desk(), [customer(10, 10), customer(11, 5, bot=HANDS_OVER, bot_minutes=4, patience=5)])
        # In the queue from 15 on: patience would end at 20, when the agent is free.
        assert told(log)[1] == (1, 1, "served", 11, 5, 0)
        assert log.contacts[["arrived_minutes", "queued_minutes", "answered_minutes"]].to_numpy()[1].tolist() == [
            11,
            15,
            20,
        ]
        table = measures(log)
        assert table["asa_minutes"].item() == 2.5  # 0 and 5

    def test_patience_counts_from_the_hand_over(self):
        log = play(bot_desk(), [customer(10, 10), customer(11, 5, bot=HANDS_OVER, bot_minutes=4, patience=4.5)])
        assert told(log)[1] == (1, 1, "abandoned", 11, 4.5, -1)
        assert log.ended[1] == 19.5

    def test_the_queue_is_in_the_order_of_hand_over(self):
        log = play(bot_desk(), [customer(10, 10), customer(11, 5, bot=HANDS_OVER, bot_minutes=4), customer(12, 5)])
        assert told(log)[1:] == [(1, 1, "served", 11, 10, 0), (2, 1, "served", 12, 8, 0)]

    def test_it_takes_no_line(self):
        shop = bot_desk(channels={"phone": {"lines": 1}})
        log = play(
            shop,
            [
                customer(10, 10),
                customer(11, 5, bot=HANDS_OVER, bot_minutes=9),  # handed over at 20, when the line is free again
                customer(12, 5, bot=HANDS_OVER, bot_minutes=7),  # handed over at 19
            ],
        )
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "served", "blocked"]

    def test_a_session_that_the_end_of_the_run_cuts_off_is_marked(self):
        log = play(bot_desk(), [customer(1435, bot=CONTAINS, bot_minutes=10)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["with_bot"]
        assert log.cases["state"].tolist() == ["open"]


class TestWhenTheBotIsThere:
    def met(self, shop, customers):
        return play(shop, customers).contacts["met_bot"].tolist()

    def test_it_has_hours_of_its_own_and_ends_its_last_session(self):
        shop = bot_desk({"open_hours": "08:00-18:00"})
        calls = [customer(at, 1, bot=HANDS_OVER, bot_minutes=4) for at in (479, 480, 1078, 1080)]
        log = play(shop, calls)
        assert log.contacts["met_bot"].tolist() == [False, True, True, False]
        assert log.contacts["queued_minutes"].tolist() == [479, 484, 1082, 1080]

    def test_with_all_sessions_taken_the_next_goes_straight_to_people(self):
        shop = bot_desk({"sessions": 1})
        calls = [customer(at, 1, bot=CONTAINS, bot_minutes=5) for at in (10, 12, 15, 16)]
        # The session of 10 ends at 15; who appears at 15 comes before that, as arrivals come before hand-overs.
        log = play(shop, calls)
        assert told(log) == [
            (0, 1, "contained", 10, 0, -1),
            (1, 1, "served", 12, 0, 0),
            (2, 1, "served", 15, 0, 0),
            (3, 1, "contained", 16, 0, -1),
        ]

    def test_two_sessions_are_two_customers_at_once(self):
        shop = bot_desk({"sessions": 2})
        calls = [customer(at, 1, bot=CONTAINS, bot_minutes=5) for at in (10, 11, 12, 15.5, 15.75)]
        assert self.met(shop, calls) == [True, True, False, True, False]

    def test_an_outage_takes_it_away_and_a_session_under_way_goes_on(self):
        outage = {"name": "bot outage", "day": 0, "start": "01:00", "hours": 1, "bot_down": True}
        calls = [customer(at, 1, bot=HANDS_OVER, bot_minutes=5) for at in (59, 60, 119, 120)]
        log = play(bot_desk(events=[outage]), calls)
        assert log.contacts["met_bot"].tolist() == [True, False, False, True]
        assert log.contacts["queued_minutes"].tolist() == [64, 60, 119, 125]

    def test_an_outage_may_last_over_midnight_and_beyond_the_run(self):
        outages = [
            {"name": "night", "day": 0, "start": "23:30", "hours": 1, "bot_down": True},
            {"name": "end", "day": 1, "start": "23:30", "hours": 5, "bot_down": True},
        ]
        calls = [customer(at, 1, bot=CONTAINS, bot_minutes=1) for at in (1409, 1410, 1469, 1470, 2849, 2850, 2878)]
        assert self.met(bot_desk(events=outages, days=2), calls) == [True, False, False, True, True, False, False]

    def test_an_outage_outside_its_hours_changes_nothing(self):
        outage = {"name": "bot outage", "day": 0, "start": "07:00", "hours": 1, "bot_down": True}
        shop = bot_desk({"open_hours": "08:00-18:00"}, events=[outage])
        calls = [customer(at, 1, bot=CONTAINS, bot_minutes=1) for at in (450, 480)]
        assert self.met(shop, calls) == [False, True]


class TestOtherChannels:
    def test_it_helps_at_night_while_the_line_is_closed(self):
        log = play(bot_desk(**BY_DAY), [customer(1200, bot=CONTAINS, bot_minutes=2)])
        assert told(log) == [(0, 1, "contained", 1200, 0, -1)]
        assert log.cases["state"].tolist() == ["solved"]

    def test_whom_it_hands_over_at_night_is_turned_away_and_returns_after_the_next_opening(self):
        back = (inf, inf, inf, 20.0)
        log = play(
            bot_desk(**BY_DAY),
            [customer(1200, 5, bot=HANDS_OVER, bot_minutes=2, comes_back=back, again=[{"bot": NONE}])],
        )
        opening = 1440 + 480
        assert told(log) == [(0, 1, "turned_away", 1200, 0, -1), (0, 2, "served", opening + 20, 0, 0)]
        assert log.ended[0] == 1202
        assert story(log, 0)[1:3] == [(1200, "meets the bot"), (1202, "is turned away")]

    def test_who_is_handed_over_just_before_the_line_opens_is_turned_away_and_at_opening_is_not(self):
        calls = [customer(470, 1, bot=HANDS_OVER, bot_minutes=9), customer(470, 1, bot=HANDS_OVER, bot_minutes=10)]
        log = play(bot_desk(**BY_DAY), calls)
        assert [outcome for _, _, outcome, *_ in told(log)] == ["turned_away", "served"]

    def test_in_front_of_e_mail_the_answer_is_timed_from_arrival_and_the_wait_from_hand_over(self):
        shop = sim.load(
            {
                "name": "mail",
                "days": 1,
                "demand": {"cases_per_hour": {"question": 1}},
                "case_types": {"question": {"channels": {"email": 1.0}, "handle_time": {"mean_minutes": 5}}},
                "channels": {"email": {"kind": "deferred", "open_hours": "always"}},
                "teams": {"desk": {"skills": ["email"], "agents": {"01:00-24:00": 1}}},
                "bot": {"channels": ["email"], "contains": 0.5},
            }
        )
        log = play(
            shop,
            [
                customer(5, type="question", channel="email", bot=CONTAINS, bot_minutes=1),
                customer(10, 5, type="question", channel="email", bot=HANDS_OVER, bot_minutes=2),
            ],
        )
        assert told(log) == [(0, 1, "contained", 5, 0, -1), (1, 1, "served", 10, 48, 0)]  # 12 to 60
        table = measures(log)
        assert table["response_hours"].item() == pytest.approx(55 / 60)  # 10 to 65
        assert table["answered_in_target"].item() == 1
        assert table["backlog"].item() == 0

    def test_a_channel_without_a_bot_does_not_meet_it(self):
        shop = two_channels()
        shop = shop.with_(bot={"channels": ["phone"], "contains": 0.5})
        work = draw(shop, seed=3)
        phone = work.channel == 0
        assert (work.bot_result[phone] != NONE).all()
        assert (work.bot_result[~phone] == NONE).all()
        assert (work.bot_minutes[~phone] == 0).all()


def two_channels(**changes):
    shop = {
        "name": "two channels",
        "days": 1,
        "demand": {"cases_per_hour": {"call": 200, "return": 200}},
        "case_types": {
            name: {"channels": {"phone": 0.5, "email": 0.5}, "handle_time": {"mean_minutes": 5}}
            for name in ("call", "return")
        },
        "channels": {
            "phone": {"kind": "live", "open_hours": "always", "patience": "never"},
            "email": {"kind": "deferred", "open_hours": "always"},
        },
        "teams": {"desk": {"skills": ["phone", "email"], "agents": 1}},
    }
    return sim.load(shop | changes)


def test_measures_of_containment_by_hand():
    shop = bot_desk({"open_hours": "00:00-12:00"})
    log = play(
        shop,
        [
            customer(10, bot=CONTAINS, bot_minutes=1),
            customer(20, bot=CONTAINS, bot_minutes=1),
            customer(30, bot=CONTAINS, bot_minutes=1),
            customer(40, bot=SEEMS_TO_CONTAIN, bot_minutes=1),
            customer(50, bot=LOSES, bot_minutes=1),
            customer(60, 6, bot=HANDS_OVER, bot_minutes=1),
            customer(70, 6, bot=HANDS_OVER_WITH_CONTEXT, bot_minutes=1),
            customer(75, 6, bot=HANDS_OVER, bot_minutes=1),  # at 76; waits for one minute, to 77
            customer(800, 6, bot=CONTAINS, bot_minutes=1),  # the bot is closed
        ],
    )
    all_ = measures(log).loc["all"]
    assert all_["bot_sessions"] == 8
    assert all_["containment"] == 4 / 8
    assert all_["true_containment"] == 3 / 8
    assert all_["false_containment"] == 1 / 8
    assert all_["left_at_bot"] == 1 / 8
    assert all_["contacts"] == 9
    assert all_["offered"] == all_["served"] == 4
    assert all_["asa_minutes"] == pytest.approx(1 / 4)
    assert all_["solved"] == pytest.approx(7 / 9)  # three by the bot, four by the agent
    assert all_["given_up"] == pytest.approx(2 / 9)
    by_hour = measures(log, by="hour")
    assert by_hour.loc[0, "containment"] == 4 / 5
    assert by_hour.loc[1, "containment"] == 0
    assert np.isnan(by_hour.loc[13, "containment"])


# How often, of many draws. Errors are four standard errors of a share.


def many(bot, **changes):
    """First attempts at a bot, drawn many times over."""
    call = {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 4}, **changes}
    shop = sim.one_queue(arrivals_per_hour=1000, handle_minutes=4, agents=1, days=1)
    return draw(shop.with_(case_types={"call": call}, bot={"channels": ["phone"], **bot}), seed=5)


def is_share(hits, expected):
    n = len(hits)
    assert n > 20_000
    assert abs(hits.mean() - expected) <= 4 * sqrt(expected * (1 - expected) / n), (hits.mean(), expected)


@pytest.mark.parametrize(("d_prime", "threshold"), [(0.0, 0.0), (1.5, 0.3), (2.5, -0.5)])
def test_a_bot_of_given_skill_answers_the_shares_of_signal_detection_theory(d_prime, threshold):
    skill = {"d_prime": d_prime, "threshold": threshold}
    could, could_not = norm.cdf(d_prime / 2 - threshold), norm.cdf(-d_prime / 2 - threshold)
    easy = many({"skill": {**skill, "solvable": 1.0}}).bot_result
    is_share(easy == CONTAINS, could)
    assert not (easy == SEEMS_TO_CONTAIN).any()
    hard = many({"skill": {**skill, "solvable": 0.0}}).bot_result
    is_share(hard == SEEMS_TO_CONTAIN, could_not)
    assert not (hard == CONTAINS).any()
    mixed = many({"skill": {**skill, "solvable": 0.7}}).bot_result
    is_share(mixed == CONTAINS, 0.7 * could)
    is_share(mixed == SEEMS_TO_CONTAIN, 0.3 * could_not)
    is_share(mixed == HANDS_OVER_WITH_CONTEXT, 1 - 0.7 * could - 0.3 * could_not)


def test_a_bolder_bot_contains_more_and_is_wrong_more_often_contact_by_contact():
    results = [
        many({"skill": {"d_prime": 1.5, "threshold": threshold, "solvable": 0.6}}).bot_result
        for threshold in (2.0, 1.0, 0.5, 0.0, -1.0)
    ]
    for cautious, bold in pairwise(results):
        for kept in (CONTAINS, SEEMS_TO_CONTAIN):
            assert (bold[cautious == kept] == kept).all()
            assert (bold == kept).sum() > (cautious == kept).sum()


def test_a_bot_that_could_solve_more_solves_more_contact_by_contact():
    less, more = (
        many({"skill": {"d_prime": 1.5, "threshold": 0.3, "solvable": share}}).bot_result for share in (0.4, 0.6)
    )
    assert (more[less == CONTAINS] == CONTAINS).all()
    assert (more == CONTAINS).sum() > (less == CONTAINS).sum()


def test_direct_odds_are_shares_of_sessions_and_each_contact_is_monotone_in_them():
    work = many({"contains": 0.6, "truly_solved": 0.75, "leaves_share": 0.1, "context_share": 0.8})
    is_share(work.bot_result == CONTAINS, 0.6 * 0.75)
    is_share(work.bot_result == SEEMS_TO_CONTAIN, 0.6 * 0.25)
    is_share(work.bot_result == LOSES, 0.4 * 0.1)
    is_share(work.bot_result == HANDS_OVER_WITH_CONTEXT, 0.4 * 0.9 * 0.8)
    is_share(work.bot_result == HANDS_OVER, 0.4 * 0.9 * 0.2)
    more = many({"contains": 0.7, "truly_solved": 0.75, "leaves_share": 0.1, "context_share": 0.8})
    same = work.bot_result == more.bot_result
    assert np.isin(more.bot_result[~same], [CONTAINS, SEEMS_TO_CONTAIN]).all()


def test_odds_may_differ_by_type():
    bot = {
        "channels": ["phone", "email"],
        "contains": {"call": 0.8, "return": 0.0},
        "truly_solved": {"call": 1.0, "return": 0.5},
    }
    work = draw(two_channels(days=3, bot=bot), seed=5)
    kept = np.isin(work.bot_result, [CONTAINS, SEEMS_TO_CONTAIN])
    assert not kept[work.type == 1].any()
    calls = work.bot_result[work.type == 0]
    assert len(calls) > 10_000
    assert abs((calls == CONTAINS).mean() - 0.8) <= 4 * sqrt(0.8 * 0.2 / len(calls))
    assert not (calls == SEEMS_TO_CONTAIN).any()


def test_it_meets_a_share_of_the_contacts_and_takes_its_time():
    work = many({"contains": 0.5, "meets_share": 0.3, "minutes": {"mean_minutes": 3}})
    met = work.bot_result != NONE
    is_share(met, 0.3)
    assert (work.bot_minutes[~met] == 0).all()
    # The mean of exponential times, with its standard error mean / sqrt(n).
    assert abs(work.bot_minutes[met].mean() - 3) <= 4 * 3 / sqrt(met.sum())
    longer = many({"contains": 0.5, "meets_share": 0.3, "minutes": {"mean_minutes": 6}})
    assert longer.bot_minutes == pytest.approx(2 * work.bot_minutes, abs=2**-19)


@pytest.mark.parametrize("meets_again", [True, False])
def test_customers_who_come_back_may_go_straight_to_people(meets_again):
    shop = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=1).with_(
        case_types={
            "call": {
                "solved": 0.5,
                "steps": [{"name": "parcel", "delay": {"mean_days": 2}}],
                "status_enquiries_per_day": 1.0,
            }
        },
        bot={"channels": ["phone"], "contains": 0.5, "truly_solved": 0.5, "meets_again": meets_again},
        coming_back={
            "after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 10}},
            "after_false_containment": {"odds": 1.0, "delay": {"mean_minutes": 10}},
        },
    )
    work = draw(shop, seed=2)
    first = (work.kind == ATTEMPT) & (work.number == 1)
    later = (work.kind == ATTEMPT) & (work.number > 1)
    enquiry = work.kind == ENQUIRY  # there was a contact before it, always
    assert later.sum() > 100
    assert enquiry.sum() > 100
    assert (work.bot_result[first] != NONE).all()
    for again in (later, enquiry):
        assert ((work.bot_result[again] != NONE) == meets_again).all()


def test_a_bot_changes_nobodys_other_luck():
    def luck_of(shop):
        work = draw(shop, seed=4)
        return {part.name: getattr(work, part.name) for part in fields(Workload) if part.name != "roster"}

    without = luck_of(two_channels())
    with_bot = luck_of(two_channels(bot={"channels": ["phone", "email"], "contains": 0.5}))
    for name, column in without.items():
        if not name.startswith("bot_"):
            assert np.array_equal(column, with_bot[name], equal_nan=column.dtype.kind == "f"), name


def test_what_the_bot_truly_contains_never_reaches_people():
    shop = sim.one_queue(arrivals_per_hour=60, handle_minutes=2, agents=4)
    alone = sim.simulate(shop, seed=3).log
    helped = sim.simulate(shop.with_(bot={"channels": ["phone"], "contains": 0.4}), seed=3).log
    contained = helped.workload.bot_result[helped.row] == CONTAINS
    assert contained.any()
    assert np.isnan(helped.answered[contained & ~np.isnan(helped.ended)]).all()
    reached = int((~np.isnan(helped.queued)).sum())
    with_bot_at_end = int((np.isnan(helped.ended) & np.isnan(helped.queued)).sum())
    # Net deflection: who reached people without the bot, less who does with it.
    deflected = int((~np.isnan(alone.queued)).sum()) - reached
    assert 0 <= deflected - int((contained & ~np.isnan(helped.ended)).sum()) <= with_bot_at_end


def test_a_customer_whom_the_bot_helped_still_gets_what_is_owed():
    shop = bot_desk(case_types={"call": {"steps": [{"name": "parcel", "delay": {"mean_days": 1}}]}})
    log = play(shop, [customer(10, bot=CONTAINS, bot_minutes=3, steps=[100.0])])
    assert story(log, 0)[2:] == [
        (13, "is contained by the bot"),
        (13, "step begins"),
        (113, "step is done"),
        (113, "is solved"),
    ]


def test_nobody_queued_means_no_wait():
    log = play(bot_desk(), [customer(10, bot=CONTAINS, bot_minutes=3)])
    table = measures(log).loc["all"]
    assert table["offered"] == 0
    assert np.isnan(table["asa_minutes"])
    assert table["contacts"] == 1
