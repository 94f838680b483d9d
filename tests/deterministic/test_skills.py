"""Overflow, reserve, what comes first, and tasks among channels, worked out on paper."""

from math import inf

import pytest
import yaml
from support.by_hand import customer, play, told

import sim
from sim.log import TURNED_AWAY, WAITING
from sim.staffing.flows import streams

LIVE = {"kind": "live", "open_hours": "always", "patience": "never"}
EMAIL = {"kind": "deferred", "open_hours": "always"}
WORKING_DAY = {"08:00-18:00": 1}


def shop(teams, steps=(), phone=None, **more):
    return sim.load(
        {
            "name": "skills",
            "days": 1,
            "demand": {"cases_per_hour": {"ask": 1}},
            "case_types": {
                "ask": {
                    "channels": {"phone": 0.5, "email": 0.5},
                    "handle_time": {"mean_minutes": 5},
                    "steps": [*steps],
                },
            },
            "segments": {"regular": {"share": 0.8, "priority": 2}, "vip": {"share": 0.2, "priority": 1}},
            "channels": {"phone": {**LIVE, **(phone or {})}, "email": EMAIL},
            "teams": {name: {"agents": 1, **team} for name, team in teams.items()},
            **more,
        }
    )


def calls(at, handle, **more):
    return customer(at, handle, type="ask", **more)


def writes(at, handle, **more):
    return customer(at, handle, type="ask", channel="email", **more)


def waits(log):
    return log.contacts["wait_minutes"].tolist()


def teams(log):
    return log.contacts["team"].tolist()


CALLS_AT_ONCE = {"skills": ["phone"]}
CALLS_AFTER_2_MINUTES = {"skills": ["email", {"channel": "phone", "after_minutes": 2}]}
OVERFLOW = {"desk": CALLS_AT_ONCE, "others": CALLS_AFTER_2_MINUTES}


FOR_VIPS = {"channel": "phone", "segment": "vip"}
FOR_OTHERS = {"channel": "phone", "segment": "regular"}
APART = {"desk": {"skills": [FOR_OTHERS, "email"]}, "own": {"skills": [FOR_VIPS]}}


class TestASegment:
    """A desk of their own for VIPs beside the desk that serves the others."""

    def test_each_segment_has_its_agents_and_waits_for_them_alone(self):
        log = play(
            shop(APART),
            [calls(10, 20), calls(11, 5), calls(12, 30, segment="vip"), calls(13, 4, segment="vip")],
        )
        assert teams(log) == ["desk", "desk", "own", "own"]
        # The first VIP has until 42, the first of the others until 30.
        assert waits(log) == [0, 19, 0, 29]

    def test_a_free_agent_of_the_vips_does_not_take_the_others(self):
        log = play(shop(APART), [calls(10, 20), calls(11, 5)])
        assert teams(log) == ["desk", "desk"]
        assert waits(log) == [0, 19]

    def test_who_serves_all_helps_at_once_where_the_own_agents_come_first(self):
        book = shop({"own": {"skills": [FOR_VIPS]}, "desk": {"skills": ["phone", "email"]}})
        log = play(book, [calls(10, 20, segment="vip"), calls(11, 20, segment="vip"), calls(12, 5)])
        assert teams(log) == ["own", "desk", "desk"]
        assert waits(log) == [0, 0, 19]

    def test_the_desk_that_ranks_them_higher_takes_vips_first(self):
        book = shop({"desk": {"skills": ["email", "phone"]}, "own": {"skills": [FOR_VIPS, "email"]}})
        log = play(book, [calls(10, 20, segment="vip"), calls(11, 5)])
        assert teams(log) == ["own", "desk"]

    def test_vips_overflow_to_the_others_after_a_while(self):
        desk = {"skills": [{**FOR_VIPS, "after_minutes": 3}, "phone", "email"]}
        log = play(
            shop({"own": {"skills": [FOR_VIPS]}, "desk": desk}),
            [calls(10, 20, segment="vip"), calls(11, 20, segment="vip"), calls(12, 1)],
        )
        assert teams(log) == ["own", "desk", "desk"]
        # The desk is idle when the second VIP comes at 11, takes the other at 12, and the VIP at 14.
        assert waits(log) == [0, 3, 0]

    def test_with_a_type_too_both_must_fit(self):
        special = {"channel": "email", "type": "ask", "segment": "vip"}
        book = shop({"own": {"skills": [special]}, "desk": {"skills": ["phone", "email"]}})
        log = play(book, [writes(10, 5), writes(10, 5, segment="vip"), calls(16, 5, segment="vip")])
        assert teams(log) == ["desk", "own", "desk"]

    def test_skills_for_every_segment_alike_change_nothing(self):
        people = [calls(10 + n, 7, segment=("vip", "regular")[n % 3 > 0]) for n in range(12)]
        one = shop({"desk": {"skills": ["phone", "email"]}})
        two = shop({"desk": {"skills": [FOR_OTHERS, "email", "phone"]}}, serve_first="priority")
        assert waits(play(one, people)) == waits(play(two, people))

    def test_it_is_written_down_and_read_again(self):
        book = shop(APART)
        assert sim.load(yaml.safe_load(book.to_yaml())) == book

    def test_everybody_needs_somebody(self):
        with pytest.raises(
            ValueError, match="no team can serve it in 'phone' for the segment 'regular'; add the skill"
        ):
            shop({"own": {"skills": [FOR_VIPS, "email"]}})
        with pytest.raises(ValueError, match="no agents all week for 'phone' for the segment 'vip' while it is open"):
            shop({"desk": {"skills": [FOR_OTHERS, "email"]}, "own": {"skills": [FOR_VIPS], "agents": 0}})
        only = {"segments": {"regular": {"share": 0}, "vip": {"share": 1}}}
        assert shop({"own": {"skills": [FOR_VIPS, "email"]}}, **only)

    def test_who_turns_angry_needs_somebody_for_their_new_type(self):
        angry = {
            "demand": {"cases_per_hour": {"ask": 1, "angry": 1}},
            "case_types": {
                "ask": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 5}},
                "angry": {
                    "channels": {"phone": 1.0},
                    "handle_time": {"mean_minutes": 5},
                    "segments": {"vip": 1.0},
                },
            },
        }
        skills = {"own": {"skills": [FOR_VIPS]}, "desk": {"skills": [{"channel": "phone", "type": "ask"}]}}
        assert shop(skills, **angry)
        with pytest.raises(ValueError, match=r"case_types.angry: no team can serve it in 'phone' for the segment 'reg"):
            shop(skills, **angry, coming_back={"angrier": {"odds": 0.5, "type": "angry"}})

    @pytest.mark.parametrize(
        ("skill", "message"),
        [
            ({"channel": "phone", "segment": "vpi"}, "no such segment as 'vpi'. Did you mean 'vip'?"),
            ({"task": "check", "segment": "vip"}, "a skill names either a channel"),
            ({"segment": "vip"}, "a skill names either a channel"),
        ],
    )
    def test_mistakes(self, skill, message):
        with pytest.raises(ValueError, match=message.replace("?", r"\?")):
            shop({"desk": {"skills": ["phone", "email", skill]}})

    def test_vips_notice_their_own_agents(self):
        equal = {"segments": {"regular": {"share": 0.8}, "vip": {"share": 0.2}}}
        book = shop({"own": {"skills": [FOR_VIPS]}, "desk": {"skills": ["phone", "email"]}}, **equal)
        log = play(
            book,
            [calls(10, 20, segment="vip"), calls(11, 5, segment="vip"), calls(30, 5), writes(40, 5, segment="vip")],
        )
        assert teams(log) == ["own", "desk", "desk", "desk"]
        assert sim.satisfaction.experiences(log)["recognised"].tolist() == [1, 0, 0, 0]

    def test_the_formula_plans_each_team_for_its_segment(self):
        found = {one.team: one.per_minute.sum() for one in streams(shop(APART)) if one.work == "phone"}
        # 24 cases a day, half of them on the phone, a fifth of these from VIPs.
        assert found == pytest.approx({"desk": 9.6, "own": 2.4})


class TestOverflow:
    """The desk takes calls at once; the others, who answer e-mail, help after 2 minutes."""

    two = shop(OVERFLOW)

    def test_a_free_agent_of_the_other_team_takes_it_at_exactly_that_moment(self):
        log = play(self.two, [calls(10, 20), calls(11, 5)])
        assert teams(log) == ["desk", "others"]
        assert waits(log) == [0, 2]

    def test_not_before(self):
        log = play(self.two, [calls(10, 20), calls(11, 5, patience=1.5)])
        assert told(log)[1] == (1, 1, "abandoned", 11, 1.5, -1)

    def test_who_is_patient_to_that_very_moment_is_served(self):
        log = play(self.two, [calls(10, 20), calls(11, 5, patience=2)])
        assert told(log)[1][2:5] == ("served", 11, 2)

    def test_an_other_agent_who_is_busy_then_takes_it_when_free(self):
        log = play(self.two, [writes(5, 15), calls(10, 20), calls(11, 5)])
        assert teams(log) == ["others", "desk", "others"]
        assert waits(log) == [0, 0, 9]

    def test_one_whose_own_end_is_at_that_moment_takes_it_then(self):
        log = play(self.two, [writes(5, 8), calls(10, 20), calls(11, 5)])
        assert waits(log) == [0, 0, 2]

    def test_preferred_work_of_the_others_goes_first(self):
        log = play(self.two, [writes(5, 15), calls(10, 20), calls(11, 5), writes(14, 4)])
        # At 20 the e-mail of 14, preferred; at 24 the call of 11.
        assert waits(log) == [0, 0, 13, 6]

    def test_the_own_team_takes_it_if_it_is_free_before(self):
        log = play(self.two, [calls(10, 2.5), calls(11, 5), calls(12, 5)])
        # Call 1 goes to the desk at 12.5, not also to the others at 13; call 2 to the others at 14.
        assert teams(log) == ["desk", "desk", "others"]
        assert waits(log) == [0, 1.5, 2]

    def test_the_own_team_takes_it_if_it_is_free_after(self):
        log = play(self.two, [writes(5, 30), calls(10, 8), calls(11, 5), writes(20, 5)])
        # Call 2 overflows at 13, when both are busy: the desk is free first, at 18. The others find nobody at 35
        # but the e-mail of 20.
        assert teams(log) == ["others", "desk", "desk", "others"]
        assert waits(log) == [0, 0, 7, 15]

    def test_closing_turns_away_who_would_have_overflowed_later(self):
        closing = shop(OVERFLOW, phone={"open_hours": "08:00-18:00"})
        log = play(closing, [calls(1070, 20), calls(1079, 5)])
        assert told(log)[1] == (1, 1, "turned_away", 1079, 1, -1)

    def test_one_who_overflowed_is_turned_away_at_closing_too(self):
        closing = shop(OVERFLOW, phone={"open_hours": "08:00-18:00"})
        log = play(closing, [writes(1060, 30), calls(1070, 20), calls(1071, 5), writes(1081, 5)])
        assert log.outcome[2] == TURNED_AWAY
        # Nobody's place is left behind: the others go on with e-mail at 1090.
        assert waits(log) == [0, 0, 9, 9]

    def test_served_until_empty_overflows_after_closing(self):
        late = shop(
            OVERFLOW,
            phone={"open_hours": "08:00-18:00", "serve_until_empty": True},
        )
        log = play(late, [calls(1070, 20), calls(1079, 5)])
        assert (teams(log), waits(log)) == (["desk", "others"], [0, 2])

    def test_an_agent_who_comes_on_duty_takes_what_has_overflowed_and_leaves_the_rest(self):
        late = shop({"desk": CALLS_AT_ONCE, "others": {**CALLS_AFTER_2_MINUTES, "agents": {"08:00-18:00": 1}}})
        log = play(late, [calls(460, 100), calls(470, 4), calls(479, 30)])
        # At 480 the call of 470 has waited long enough. The one of 479 overflows at 481 and is taken at 484.
        assert waits(log) == [0, 10, 5]

    def test_further_teams_help_after_longer_waits(self):
        three = shop(
            {
                "desk": CALLS_AT_ONCE,
                "second": {"skills": [{"channel": "phone", "after_minutes": 2}]},
                "third": {"skills": ["email", {"channel": "phone", "after_minutes": 5}]},
            }
        )
        log = play(three, [calls(10, 60), calls(11, 50), calls(12, 40), calls(13, 2), calls(14, 30)])
        # 1 overflows to the second team at 13. 2 waits until 17 for the third, busy until 57.
        # 3 and 4 wait: the first who is free is the third at 57: call 3, until 59; then call 4.
        assert teams(log) == ["desk", "second", "third", "third", "third"]
        assert waits(log) == [0, 2, 5, 44, 45]

    def test_an_earlier_level_goes_on_while_a_later_one_has_begun(self):
        three = shop(
            {
                "desk": CALLS_AT_ONCE,
                "second": {"skills": [{"channel": "phone", "after_minutes": 2}]},
                "third": {"skills": ["email", {"channel": "phone", "after_minutes": 5}]},
            }
        )
        log = play(three, [writes(5, 95), calls(10, 60), calls(11, 19), calls(12, 3)])
        # Call 3 waits for everyone from 17 on; the second team is free at 13 + 19 = 32.
        assert teams(log) == ["third", "desk", "second", "second"]
        assert waits(log) == [0, 0, 2, 20]

    def test_a_newcomer_with_priority_does_not_keep_an_older_call_from_overflowing(self):
        log = play(self.two, [writes(5, 13), calls(10, 20), calls(15, 5), calls(17.5, 5, segment="vip")])
        # At 18 the others are free. The VIP stands first in the desk's queue, but overflows only at 19.5:
        # they take the regular of 15. At 23 the VIP.
        assert teams(log) == ["others", "desk", "others", "others"]
        assert waits(log) == [0, 0, 3, 5.5]

    def test_nor_does_it_when_the_older_call_overflows_to_an_idle_agent(self):
        log = play(self.two, [calls(10, 20), calls(15, 5), calls(16, 5, segment="vip")])
        # The regular goes to the others at 17; the VIP, who could overflow at 18, is next there at 22.
        assert waits(log) == [0, 2, 6]

    def test_among_those_who_overflowed_priority_goes_first(self):
        log = play(self.two, [writes(5, 15), calls(10, 30), calls(11, 4), calls(12, 4, segment="vip")])
        # Both have overflowed by 14. At 20 the VIP, at 24 the regular.
        assert waits(log) == [0, 0, 13, 8]

    def test_a_head_start_does_not_bring_the_overflow_forward(self):
        early = self.two.with_(segments={"vip": {"head_start_minutes": 10}})
        log = play(early, [calls(10, 20), calls(11, 5, segment="vip")])
        assert waits(log) == [0, 2]

    def test_the_moment_lies_on_the_grid_of_times(self):
        odd = shop({"desk": CALLS_AT_ONCE, "others": {"skills": ["email", {"channel": "phone", "after_minutes": 0.1}]}})
        log = play(odd, [calls(10, 20), calls(11, 5)])
        assert (log.answered * 2**20 % 1 == 0).all()
        assert waits(log)[1] == pytest.approx(0.1, abs=2**-21)

    def test_tasks_overflow_too(self):
        office = shop(
            {
                "office": {"skills": ["email", "phone", {"task": "refund"}]},
                "others": {"skills": [{"task": "refund", "after_minutes": 30}]},
            },
            steps=[{"name": "refund", "work": {"mean_minutes": 5}}],
        )
        log = play(office, [writes(10, 5, steps=[4]), writes(11, 60)])
        # The refund is due at 15, when the office takes the next e-mail; the others take it at 45.
        assert log.tasks[["began_minutes", "wait_minutes", "team"]].iloc[0].tolist() == [15, 30, "others"]


ONE_KEPT_FREE = {"skills": ["phone", {"channel": "email", "reserve": 1}], "agents": 2}


class TestReserve:
    """Of two agents one is kept free for calls: e-mail is taken only if another one stays free."""

    desk = shop({"desk": ONE_KEPT_FREE})

    def test_arriving_work_is_taken_only_if_so_many_stay_free(self):
        log = play(self.desk, [writes(10, 10), writes(11, 10), calls(12, 10)])
        # 10: two free, one stays. 11: one free, kept. 12: for calls there is no reserve.
        # 20: one free again, kept. 22: both are free: the e-mail.
        assert waits(log) == [0, 11, 0]
        assert log.contacts["agent"].tolist() == [0, 1, 1]

    def test_who_becomes_free_takes_it_only_if_another_one_is_free(self):
        log = play(self.desk, [calls(10, 10), calls(10, 15), writes(11, 5), calls(21, 1)])
        # At 20 one is free and kept for the call of 21; at 22 free again, at 25 the other one as well: the e-mail.
        assert waits(log) == [0, 0, 14, 0]
        assert log.contacts["agent"].tolist() == [0, 1, 1, 0]

    def test_one_who_comes_on_duty_counts(self):
        grows = shop({"desk": {**ONE_KEPT_FREE, "agents": {"08:00-09:00": 1, "09:00-10:00": 2}}})
        log = play(grows, [writes(490, 5)])
        assert told(log) == [(0, 1, "served", 490, 50, 1)]

    def test_one_who_goes_counts_no_more(self):
        falls = shop({"desk": {**ONE_KEPT_FREE, "agents": {"08:00-09:00": 2, "09:00-10:00": 1}}})
        log = play(falls, [writes(541, 5)])
        assert log.outcome.tolist() == [WAITING]

    def test_with_no_more_agents_than_the_reserve_the_work_is_never_taken(self):
        log = play(shop({"desk": {**ONE_KEPT_FREE, "agents": 1}}), [writes(10, 5)])
        assert log.outcome.tolist() == [WAITING]

    def test_another_team_without_a_reserve_takes_it(self):
        two = shop({"desk": {**ONE_KEPT_FREE, "agents": 1}, "office": {"skills": ["email"]}})
        assert teams(play(two, [writes(10, 5)])) == ["office"]

    def test_a_reserve_of_two(self):
        three = shop({"desk": {"skills": ["phone", {"channel": "email", "reserve": 2}], "agents": 3}})
        log = play(three, [calls(10, 5), writes(11, 5), writes(12, 5)])
        # All three are free at 15: the first e-mail. Then two are free, until 20.
        assert waits(log) == [0, 4, 8]

    def test_with_overflow_the_reserve_counts_when_the_time_has_come(self):
        two = shop(
            {
                "desk": {"skills": ["email", "phone"]},
                "others": {"skills": [{"channel": "phone", "after_minutes": 2, "reserve": 1}], "agents": 2},
            }
        )
        log = play(two, [calls(10, 30), calls(11, 5), calls(12, 5)])
        # 13: two of the others free, one takes call 1. 14: one free, kept. 18: two free again: call 2.
        assert waits(log) == [0, 2, 6]


class TestServeFirst:
    customers = (
        calls(10, 10),
        writes(11, 2),
        calls(12, 2),
        writes(13, 2, segment="vip"),
        calls(14, 2, segment="vip"),
    )

    def order(self, serve_first):
        log = play(shop({"desk": {"skills": ["phone", "email"]}}, serve_first=serve_first), [*self.customers])
        served = log.contacts.sort_values("answered_minutes")
        assert served["answered_minutes"].tolist() == [10, 20, 22, 24, 26]
        return served["case"].tolist()[1:]

    def test_preference_then_priority_then_waiting(self):
        # Calls, the VIP's first; then e-mail, the VIP's first.
        assert self.order("preference") == [4, 2, 3, 1]

    def test_priority_then_preference_then_waiting(self):
        # VIPs, the call first; then the others, the call first.
        assert self.order("priority") == [4, 3, 2, 1]

    def test_waiting_time_then_preference(self):
        assert self.order("waiting") == [1, 2, 3, 4]

    def test_of_equal_waiting_times_the_preferred_then_the_priority_then_the_lowest_number(self):
        log = play(
            shop({"desk": {"skills": ["phone", "email"]}}, serve_first="waiting"),
            [calls(10, 10), writes(11, 2), calls(11, 2), calls(11, 2, segment="vip"), calls(11, 2)],
        )
        assert waits(log) == [0, 15, 11, 9, 13]

    def test_waiting_time_counts_the_head_start(self):
        early = shop({"desk": {"skills": ["phone", "email"]}}, serve_first="waiting").with_(
            segments={"vip": {"head_start_minutes": 2.5}}
        )
        log = play(early, [*self.customers])
        # 3 counts as of 10.5, 4 as of 11.5: 3, 1, 4, 2.
        assert log.contacts.sort_values("answered_minutes")["case"].tolist() == [0, 3, 1, 4, 2]


class TestTasks:
    refund = ({"name": "refund", "work": {"mean_minutes": 5}},)

    def run(self, skills):
        desk = shop({"desk": {"skills": skills}}, steps=self.refund)
        # Calls 0 and 1 want a refund, the others do not.
        return play(
            desk,
            [calls(10, 5, steps=[2]), calls(11, 5, steps=[3]), calls(16, 4, steps=[None]), writes(17, 4, steps=[None])],
        )

    def test_a_task_before_the_channels(self):
        log = self.run([{"task": "refund"}, "phone", "email"])
        # At 15 call 0 ends and call 1, which waits, is taken; only then is the refund of 0 due. At 20 it goes before
        # call 2: 20-22; the refund of 1, due at 20, 22-25; call 2 25-29; e-mail 29.
        assert waits(log) == [0, 4, 9, 12]
        assert log.tasks["answered_minutes"].tolist() == [20, 22]

    def test_a_task_between_the_channels(self):
        log = self.run(["phone", {"task": "refund"}, "email"])
        # Call 2 at 20; the refunds at 24 and 26; the e-mail at 29.
        assert waits(log) == [0, 4, 4, 12]
        assert log.tasks["answered_minutes"].tolist() == [24, 26]

    def test_a_task_after_the_channels(self):
        log = self.run(["phone", "email", {"task": "refund"}])
        # Call 2 at 20, the e-mail at 24, the refunds at 28 and 30.
        assert waits(log) == [0, 4, 4, 7]
        assert log.tasks["answered_minutes"].tolist() == [28, 30]

    def test_a_case_is_solved_when_its_task_is_done(self):
        log = self.run(["phone", "email", {"task": "refund"}])
        assert log.cases["closed_minutes"].tolist() == [30, 33, 24, 28]

    def test_a_reserve_for_a_task(self):
        desk = shop(
            {"desk": {"skills": ["phone", "email", {"task": "refund", "reserve": 1}], "agents": 2}}, steps=self.refund
        )
        log = play(desk, [calls(10, 5, steps=[2]), calls(11, 9, steps=[None])])
        # Due at 15 with one agent free; at 20 both are.
        assert log.tasks["wait_minutes"].tolist() == [5]

    def test_who_waits_for_a_task_has_the_priority_of_the_customer(self):
        desk = shop({"desk": {"skills": ["phone", "email", {"task": "refund"}]}}, steps=self.refund)
        log = play(desk, [calls(10, 5, steps=[2]), calls(12, 5, steps=[2], segment="vip"), calls(14, 3, steps=[None])])
        # Calls until 23 (the VIP at 15, the other at 20); then the VIP's refund, due at 20, before that due at 15.
        assert log.tasks.set_index("case")["answered_minutes"].to_dict() == {0: 25, 1: 23}


class TestTies:
    two = shop({"desk": {"skills": ["phone", "email"], "agents": 2}})

    def test_arrivals_at_one_moment_go_by_case_number(self):
        log = play(self.two, [calls(10, 5), calls(10, 4), calls(10, 3), calls(10, 2)])
        # 14: agent 1 takes case 2, until 17. 15: agent 0 takes case 3.
        assert told(log) == [
            (0, 1, "served", 10, 0, 0),
            (1, 1, "served", 10, 0, 1),
            (2, 1, "served", 10, 4, 1),
            (3, 1, "served", 10, 5, 0),
        ]

    def test_one_who_comes_as_another_ends_stands_behind_those_who_wait(self):
        one = shop({"desk": {"skills": ["phone", "email"]}})
        log = play(one, [calls(10, 10), calls(12, 5), calls(20, 5)])
        assert waits(log) == [0, 8, 5]

    def test_two_overflow_at_one_moment_by_row_number(self):
        two = shop(
            {
                "desk": {"skills": ["phone", "email"]},
                "others": {"skills": [{"channel": "phone", "after_minutes": 2}]},
            }
        )
        log = play(two, [calls(10, 60), calls(11, 5), calls(11, 5)])
        assert waits(log) == [0, 2, 7]

    def test_of_two_patiences_and_one_agent_at_one_moment_the_first_in_line_is_served(self):
        one = shop({"desk": {"skills": ["phone", "email"]}})
        log = play(one, [calls(10, 10), calls(12, 5, patience=8), calls(13, 5, patience=7)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "served", "abandoned"]

    def test_an_agent_who_comes_on_duty_at_the_moment_of_arrival_takes_the_call(self):
        day = shop({"desk": {"skills": ["phone", "email"], "agents": WORKING_DAY}})
        assert told(play(day, [calls(480, 5)])) == [(0, 1, "served", 480, 0, 0)]

    def test_an_agent_who_goes_at_the_moment_of_arrival_does_not(self):
        day = shop({"desk": {"skills": ["phone", "email"], "agents": WORKING_DAY}})
        assert told(play(day, [calls(1080, 5, patience=3)])) == [(0, 1, "abandoned", 1080, 3, -1)]

    def test_of_equal_waits_the_lower_case_number_goes_first_also_at_a_later_attempt(self):
        one = shop({"desk": {"skills": ["phone", "email"]}})
        back = (inf, 15.0)
        log = play(
            one, [calls(10, 30), calls(11, 5, patience=4, comes_back=back, again=[{"patience": 99}]), calls(30, 5)]
        )
        # Case 1 hangs up at 15 and calls again at 30, when case 2 calls. Both wait until 40.
        assert told(log)[1:] == [
            (1, 1, "abandoned", 11, 4, -1),
            (2, 1, "served", 30, 15, 0),
            (1, 2, "served", 30, 10, 0),
        ]
