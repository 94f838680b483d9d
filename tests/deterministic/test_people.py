"""What agents are like and when they are there, worked out on paper: learning, haste, absence, outages, partners."""

from dataclasses import replace
from math import exp, inf

import numpy as np
import pytest
from support.both_engines import both
from support.by_hand import customer, desk, play, told, workload

import sim
from sim.demand import cases_per_minute, orders_by_day
from sim.luck import Luck
from sim.measures import measures
from sim.roster import draw_roster
from sim.workload import CONTAINS

WORKING_DAY = {"08:00-18:00": 2}
HOUR = 60
# The factors of single agents are written into the workload by the tests.
NOBODY_IS_NEW = sim.Newcomers(share=0.0)


def roster(scenario, seed=1):
    return draw_roster(scenario, Luck(seed))


class TestFactors:
    def test_the_teams_handle_factor(self):
        log = play(desk(teams={"agents": {"handle_factor": 1.25}}), [customer(10, 8)])
        assert log.ended.tolist() == [20]

    def test_the_teams_solve_factor(self):
        good = desk(case_types={"call": {"solved": 0.5}}, teams={"agents": {"solve_factor": 1.5}})
        log = play(good, [customer(10, 5, solve_draw=0.74), customer(20, 5, solve_draw=0.76)])
        assert log.cases["state"].tolist() == ["solved", "given_up"]

    def test_odds_above_1_are_certain(self):
        sure = desk(case_types={"call": {"solved": 0.9}}, teams={"agents": {"solve_factor": 2.0}})
        assert play(sure, [customer(10, 5, solve_draw=0.999)]).cases["state"].tolist() == ["solved"]

    def test_an_agents_own_factors_come_on_top_and_differ_by_day(self):
        team = {"handle_factor": 2.0, "solve_factor": 0.8, "newcomers": NOBODY_IS_NEW}
        scenario = desk(days=2, teams={"agents": team})
        people = [
            customer(10, 5, solve_draw=0.39),
            customer(1450, 5, solve_draw=0.79),
            customer(1470, 5, solve_draw=0.81),
        ]
        work = workload(scenario, people)
        own = replace(work.roster, handle_factor=np.array([[1.5, 1.0]]), solve_factor=np.array([[0.5, 1.0]]))
        log = both(scenario, replace(work, roster=own))
        # First day 5 x 2 x 1.5 = 15 minutes and odds 0.8 x 0.5 = 0.4; second day 10 minutes and 0.8.
        assert log.ended.tolist() == [25, 1460, 1480]
        assert log.solved.tolist() == [True, True, False]

    def test_the_day_is_that_on_which_the_conversation_begins(self):
        scenario = desk(days=2, teams={"agents": {"newcomers": NOBODY_IS_NEW}})
        work = workload(scenario, [customer(1435, 10)])
        own = replace(work.roster, handle_factor=np.array([[1.5, 9.0]]))
        assert both(scenario, replace(work, roster=own)).ended.tolist() == [1450]


class TestNewcomers:
    new = sim.Newcomers(share=1.0, handle_factor=1.5, solve_factor=0.6, learning_days=10)
    desk = desk(days=3, teams={"agents": {"agents": 4, "newcomers": new}})

    def test_the_excess_falls_by_the_same_share_each_day(self):
        people = roster(self.desk)
        excess, doubt = people.handle_factor - 1, 1 - people.solve_factor
        # After t days 0.5 e^(-t/10); t at first lies between 0 and 20 days.
        assert ((0.5 * exp(-2) < excess[:, 0]) & (excess[:, 0] <= 0.5)).all()
        for day in (1, 2):
            assert excess[:, day] == pytest.approx(excess[:, 0] * exp(-day / 10))
        # What is left of the learning is the same for both: 0.5 and 0.4 at the first day.
        assert doubt / 0.4 == pytest.approx(excess / 0.5)

    def test_conversations_take_that_much_longer(self):
        people = roster(self.desk)
        log = play(self.desk, [customer(10, 10), customer(11, 10), customer(1450, 10)])
        # Agents 0 and 1; on the second day agents 2 and 3 have been idle longest.
        took = log.ended - log.answered
        assert took == pytest.approx(
            10 * np.array([people.handle_factor[0, 0], people.handle_factor[1, 0], people.handle_factor[2, 1]]),
            abs=2**-20,
        )

    def test_they_solve_that_much_less(self):
        odds = roster(self.desk).solve_factor[0, 0]
        assert odds < 1
        log = play(self.desk, [customer(10, 5, solve_draw=odds - 0.001)])
        assert log.solved.tolist() == [True]
        log = play(self.desk, [customer(10, 5, solve_draw=odds + 0.001)])
        assert log.solved.tolist() == [False]

    def test_a_share_is_new_with_tenures_spread_evenly(self):
        many = desk(teams={"agents": {"agents": 4000, "newcomers": self.new.model_copy(update={"share": 0.3})}})
        factor = roster(many).handle_factor[:, 0]
        assert abs((factor > 1).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 4000)
        # With t uniform on (0, 20): E e^(-t/10) = (1 - e^-2)/2, E e^(-2t/10) = (1 - e^-4)/4.
        left = (factor[factor > 1] - 1) / 0.5
        mean, second = (1 - exp(-2)) / 2, (1 - exp(-4)) / 4
        assert abs(left.mean() - mean) < 4 * np.sqrt((second - mean**2) / len(left))

    def test_the_experienced_are_as_the_team(self):
        old = desk(teams={"agents": {"agents": 4}})
        assert (roster(old).handle_factor == 1).all()
        assert (roster(old).solve_factor == 1).all()


class TestHaste:
    """Odds of solving fall by 40 % when all agents on duty are busy, who takes the contact included."""

    three = desk(teams={"agents": {"agents": 2, "solve_drop_when_busy": 0.4}})

    def solved(self, scenario, *draws, at=(10, 10, 10)):
        return play(
            scenario, [customer(time, 10, solve_draw=u) for time, u in zip(at, draws, strict=False)]
        ).solved.tolist()

    def test_it_is_the_share_of_busy_agents_when_the_conversation_begins(self):
        # The first begins with one of two busy: odds 1 - 0.4 / 2 = 0.8; the second with both: 0.6.
        assert self.solved(self.three, 0.79, 0.59) == [True, True]
        assert self.solved(self.three, 0.81, 0.61) == [False, False]

    def test_one_who_waited_meets_a_busy_team(self):
        # The third begins at 20, when the first agent is free and the second not yet: 0.6.
        assert self.solved(self.three, 0, 0, 0.61) == [True, True, False]
        assert self.solved(self.three, 0, 0, 0.59) == [True, True, True]

    def test_only_agents_on_duty_count(self):
        falls = self.three.with_(teams={"agents": {"agents": {"08:00-09:00": 2, "09:00-10:00": 1}}})
        # 0 is with agent 0 and 1 with agent 1 when agent 1's duty ends. At 545 agent 0 is free and takes 2: one on
        # duty, who is busy.
        people = [customer(535, 10), customer(535, 20), customer(541, 5, solve_draw=0.61)]
        assert play(falls, people).solved.tolist() == [True, True, False]
        assert play(falls, [*people[:2], customer(541, 5, solve_draw=0.59)]).solved.tolist() == [True, True, True]

    def test_it_multiplies_with_the_other_factors(self):
        both = self.three.with_(case_types={"call": {"solved": 0.5}}, teams={"agents": {"solve_factor": 1.5}})
        # 0.5 x 1.5 x 0.8 = 0.6
        assert self.solved(both, 0.59) == [True]
        assert self.solved(both, 0.61) == [False]


class TestAbsence:
    plan = desk(days=4, teams={"agents": {"agents": {"08:00-12:00": 4, "14:00-18:00": 3}, "absence": 0.5}})

    def test_it_is_for_the_whole_day_and_every_planned_spell_is_either_worked_or_missed(self):
        log = play(self.plan, [customer(10, 1)])
        people = log.workload.roster
        worked = set(zip(log.duty_agent.tolist(), log.duty_start.tolist(), log.duty_end.tolist(), strict=True))
        missed = set(
            zip(people.absent_agent.tolist(), people.absent_start.tolist(), people.absent_end.tolist(), strict=True)
        )
        planned = {
            (agent, day * 1440 + start, day * 1440 + end)
            for day in range(4)
            for start, end, count in ((480, 720, 4), (840, 1080, 3))
            for agent in range(count)
        }
        # The call of 00:10 is answered at 08:00 and over at 08:01: nobody works late.
        assert worked | missed == planned
        assert not worked & missed
        assert worked
        assert missed
        # Who is absent in the morning is absent in the afternoon.
        days_off = {(agent, start // 1440) for agent, start, _ in missed}
        assert not days_off & {(agent, start // 1440) for agent, start, _ in worked}

    def test_absent_time_is_paid(self):
        log = play(self.plan, [customer(10, 60)])
        # 4 days of 4 x 4 + 3 x 4 = 28 hours are paid. The call waits until some morning somebody comes.
        assert log.outcome.tolist() == [0]
        assert measures(log).loc["all", "utilisation"] == pytest.approx(1 / (4 * 28))

    def test_overtime_is_paid_beside_it(self):
        log = play(desk(teams={"agents": {"agents": {"08:00-12:00": 1}}}), [customer(700, 80)])
        # 480-780: 240 minutes of duty and an hour to finish.
        assert measures(log).loc["all", "utilisation"] == 80 / 300


class TestSystemOutage:
    """From 14:00 (840) to 15:00 (900) no agent can take work."""

    outage = sim.Event(name="outage", day=0, start="14:00", hours=1, system_down=True)
    desk = desk(teams={"agents": {"agents": WORKING_DAY}}, events=[outage])

    def test_busy_agents_finish_nobody_takes_new_work_and_all_come_back(self):
        log = play(self.desk, [customer(835, 10), customer(841, 5), customer(850, 5), customer(851, 5)])
        assert told(log) == [
            (0, 1, "served", 835, 0, 0),
            (1, 1, "served", 841, 59, 0),
            (2, 1, "served", 850, 50, 1),
            (3, 1, "served", 851, 54, 0),
        ]
        assert log.ended[0] == 845
        spells = log.staffing[["agent", "start_minutes", "end_minutes"]].to_numpy().tolist()
        assert spells == [[0, 480, 845], [0, 900, 1080], [1, 480, 840], [1, 900, 1080]]

    def test_customers_lose_patience_meanwhile(self):
        log = play(self.desk, [customer(841, 5, patience=10), customer(890, 5, patience=10)])
        # The second one's patience ends at 900, but the agents come back first.
        assert [outcome for _, _, outcome, *_ in told(log)] == ["abandoned", "served"]

    def test_lines_fill_up(self):
        narrow = self.desk.with_(channels={"phone": {"lines": 1}})
        log = play(narrow, [customer(841, 5), customer(842, 5)])
        assert [outcome for _, _, outcome, *_ in told(log)] == ["served", "blocked"]

    def test_one_who_is_still_busy_when_it_is_over_goes_on(self):
        log = play(self.desk, [customer(835, 80), customer(835, 70), customer(841, 5)])
        # Ends at 915 and 905; then the one who waits.
        assert told(log)[2] == (2, 1, "served", 841, 64, 1)
        spells = log.staffing[["agent", "start_minutes", "end_minutes"]].to_numpy().tolist()
        assert spells == [[0, 480, 1080], [1, 480, 1080]]

    @pytest.mark.parametrize("handle", [1, 10, 80])
    def test_every_minute_of_the_plan_is_paid_once(self, handle):
        log = play(self.desk, [customer(835, handle)])
        # 2 x 10 hours, however long somebody went on in the outage.
        assert measures(log).loc["all", "utilisation"] == handle / (20 * HOUR)

    def test_an_agent_with_chats_finishes_them_and_takes_what_fits_afterwards(self):
        chat = desk(
            channels={"phone": {"at_once": 2, "speed": [1, 0.5]}},
            teams={"agents": {"agents": {"08:00-18:00": 1}}},
            events=[self.outage],
        )
        log = play(chat, [customer(830, 80), customer(830, 6), customer(841, 5), customer(842, 5)])
        # Two at 0.5: 1 ends at 842, with 74 left for 0, alone until 900: 16 left. Then 2 joins: 2 ends at 910,
        # 0 has 11 left. 3 joins: 3 ends at 920, 0 has 6 left, alone: 926.
        assert log.ended.tolist() == [926, 842, 910, 920]
        assert log.wait.tolist() == [0, 0, 59, 68]

    def test_absence_goes_on_and_is_paid_once(self):
        plan = self.desk.with_(teams={"agents": {"agents": {"08:00-18:00": 40}, "absence": 0.5}})
        log = play(plan, [customer(10, 6)])
        people = log.workload.roster
        ill = set(people.absent_agent[people.absent_start == 480].tolist())
        assert 0 < len(ill) < 40
        assert set(people.absent_agent[people.absent_start == 840].tolist()) == set(range(40)) - ill
        assert not ill & set(log.duty_agent.tolist())
        assert measures(log).loc["all", "utilisation"] == 6 / (400 * HOUR)


class TestEvents:
    def test_a_factor_on_cases_holds_in_its_window(self):
        storm = sim.Event(name="storm", day=1, start="23:00", hours=2, case_factors={"call": 3.0})
        rate = cases_per_minute(desk(days=3, events=[storm]), "call").ravel() * 60
        start, end = 1440 + 23 * 60, 2 * 1440 + 60
        assert rate[start:end] == pytest.approx(3)
        assert rate[:start] == pytest.approx(1)
        assert rate[end:] == pytest.approx(1)

    def test_events_that_overlap_multiply_and_those_after_the_run_do_nothing(self):
        events = [
            sim.Event(name="one", day=0, start="10:00", hours=2, case_factors={"call": 3.0}),
            sim.Event(name="two", day=0, start="11:00", hours=20, case_factors={"call": 2.0}),
            sim.Event(name="three", day=5, hours=24, case_factors={"call": 9.0}, system_down=True),
        ]
        rate = cases_per_minute(desk(events=events), "call").ravel() * 60
        assert [rate[hour * 60] for hour in (9, 10, 11, 12, 23)] == pytest.approx([1, 3, 6, 2, 2])

    def test_orders_rise_with_the_share_of_the_days_hours_in_the_window(self):
        orders = {
            "per_day": 100,
            "hours": {"10:00-20:00": 1},
            "cases": {"call": {"per_100": 50, "lag": {"distribution": "constant", "mean_days": 1}}},
        }
        sale = sim.Event(name="sale", day=1, start="18:00", hours=4, orders_factor=6.0)
        shop = sim.load(
            {
                "name": "orders",
                "days": 4,
                "demand": {"orders": orders},
                "case_types": {"call": {"channels": {"phone": 1}, "handle_time": {"mean_minutes": 1}}},
                "channels": {"phone": {"kind": "live", "open_hours": "always", "patience": "never"}},
                "teams": {"agents": {"skills": ["phone"], "agents": 1}},
                "events": [sale],
            }
        )
        # 18-20 is a fifth of the hours: 100 x (0.8 + 0.2 x 6) = 200 orders on day 1; half of them call, a day later.
        assert orders_by_day(shop) == pytest.approx([100, 200, 100, 100])
        assert cases_per_minute(shop, "call").sum(axis=1) == pytest.approx([50, 50, 100, 50])

    def test_a_bot_that_is_down_meets_nobody(self):
        down = sim.Event(name="bot outage", day=0, start="10:00", hours=1, bot_down=True)
        bot = sim.Bot(channels=["phone"], contains=1.0)
        log = play(
            desk(bot=bot, events=[down]),
            [customer(at, 5, bot=CONTAINS, bot_minutes=3) for at in (598, 600, 659, 660)],
        )
        # At the first and the last minute of its window: it is closed from 600 on and open again at 660.
        assert log.met_bot.tolist() == [True, False, False, True]
        # The session begun at 598 goes on.
        assert log.outcome.tolist() == [4, 0, 0, 4]

    def test_two_outages_that_touch_are_one(self):
        events = [
            sim.Event(name="one", day=0, start="14:00", hours=1, system_down=True),
            sim.Event(name="two", day=0, start="15:00", hours=0.5, system_down=True),
        ]
        log = play(desk(teams={"agents": {"agents": WORKING_DAY}}, events=events), [customer(841, 5)])
        assert told(log) == [(0, 1, "served", 841, 930 - 841, 0)]


class TestPartners:
    def test_outsourced_agents_serve_by_the_same_rules_with_their_own_factors(self):
        two = desk().with_(
            teams={
                "agents": {"agents": 1},
                "partner": sim.Team(skills=["phone"], agents=2, outsourced=True, handle_factor=1.5, solve_factor=0.5),
            }
        )
        log = play(two, [customer(10, 10), customer(11, 10, solve_draw=0.6), customer(12, 4), customer(13, 4)])
        # The own team comes first in the scenario; agents 1 and 2 are the partner's: 15 and 6 minutes. 3 waits for
        # the partner's agent at 18.
        assert told(log) == [
            (0, 1, "served", 10, 0, 0),
            (1, 1, "served", 11, 0, 1),
            (2, 1, "served", 12, 0, 2),
            (3, 1, "served", 13, 5, 2),
        ]
        assert log.ended.tolist() == [20, 26, 18, 24]
        assert log.solved.tolist() == [True, False, True, True]
        assert log.contacts["team"].tolist() == ["agents", "partner", "partner", "partner"]

    def test_what_they_are_paid_by_changes_nothing_on_the_floor(self):
        people = [customer(10, 10), customer(11, 10, patience=3, comes_back=(inf, 20.0), again=[{}]), customer(12, 4)]
        own = play(desk(), people)
        partner = play(
            desk(teams={"agents": {"outsourced": True, "paid_by": "contact", "price_per_contact": 3.0}}), people
        )
        assert told(own) == told(partner)
