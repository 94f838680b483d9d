"""Costs and gains of customers worked out on paper."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.by_hand import customer, desk, play

import sim
from sim.experiment import Estimate
from sim.measures import measures, sums
from sim.money import COSTS, costs, return_on
from sim.workload import CONTAINS, HANDS_OVER, LOSES

HOUR = 60
DAY = 1440
FREE = {"per_bot_session": 0, "per_contact": 0, "per_self_service": 0, "per_parcel": 0, "abuse_share": 0}


def total(log, name, **window):
    """One sum of a run."""
    return float(sums(log, **window).values[name][0])


class TestWages:
    # Two agents from 8 to 10, at 30 an hour.
    morning = desk(money=FREE, teams={"agents": {"agents": {"08:00-10:00": 2}, "wage_per_hour": 30}})

    def test_waiting_is_paid(self):
        assert total(play(self.morning, [customer(8 * HOUR, 10)]), "wages") == 2 * 2 * 30

    def test_finishing_the_last_conversation_is_paid(self):
        log = play(self.morning, [customer(9 * HOUR + 55, 20)])
        # 2 h by one, 2 h and a quarter by the other.
        assert total(log, "wages") == 4.25 * 30

    def test_absence_is_paid(self):
        scenario = self.morning.with_(days=20, teams={"agents": {"absence": 0.5}})
        log = play(scenario, [customer(8 * HOUR, 10)])
        away = log.workload.roster.absent_agent
        assert 0 < len(away) < 40
        assert total(log, "wages") == 20 * 2 * 2 * 30

    def test_who_finishes_in_an_outage_is_paid_once(self):
        scenario = self.morning.with_(
            events=[sim.Event(name="down", day=0, start="09:00", hours=0.5, system_down=True)]
        )
        log = play(scenario, [customer(8 * HOUR + 50, 20)])
        assert total(log, "wages") == 2 * 2 * 30

    def test_they_are_spread_over_the_work_by_handle_time(self):
        log = play(self.morning, [customer(8 * HOUR, 10), customer(8 * HOUR + 1, 30)])
        assert costs(log)["wages"].tolist() == [30, 90]

    def test_each_teams_own_over_its_own_work(self):
        two = self.morning.with_(
            case_types={"other": sim.CaseType(channels={"phone": 1.0}, handle_time={"mean_minutes": 1})},
            demand={"cases_per_hour": {"other": 1}},
            teams={
                "agents": {"skills": [{"channel": "phone", "type": "call"}]},
                "others": sim.Team(skills=[{"channel": "phone", "type": "other"}], agents={"08:00-09:00": 1}),
            },
        )
        log = play(two, [customer(8 * HOUR, 10), customer(8 * HOUR, 10, type="other"), customer(8 * HOUR, 10)])
        # 120 for two equal calls; one hour at 20, the usual wage, for the one of the other type.
        assert costs(log)["wages"].tolist() == [60, 20, 60]
        assert costs(log, "type")["wages"].tolist() == [120, 20]
        assert costs(log, "team")["wages"].tolist() == [120, 20]

    def test_by_time_they_are_paid_when_they_are_worked(self):
        log = play(self.morning, [customer(8 * HOUR, 10)])
        assert costs(log, "hour")["wages"].loc[[8, 9]].tolist() == [60, 60]
        assert total(log, "wages", from_day=8.5 / 24, to_day=9 / 24) == 0.5 * 2 * 30

    def test_a_window_shares_its_own_wages_by_the_work_in_it(self):
        log = play(self.morning, [customer(8 * HOUR + 50, 20), customer(9 * HOUR, 30)])
        # From 9 o'clock on: 60 in wages, 10 minutes of the first call and 30 of the second.
        assert costs(log, from_day=9 / 24)["wages"].tolist() == [15, 45]

    def test_nobody_pays_a_team_that_did_nothing(self):
        log = play(self.morning, [customer(7 * HOUR, patience=1)])
        assert total(log, "wages") == 120
        assert costs(log)["wages"].tolist() == [0]


class TestFixedCosts:
    scenario = desk(money=FREE | {"fixed_per_day": {"manuals": 48, "portal": 24}})

    def test_are_even_in_time(self):
        log = play(self.scenario, [customer(10)])
        assert costs(log, "hour")["fixed_cost"].tolist() == pytest.approx([3] * 24)
        assert total(log, "fixed_cost", from_day=0.5) == pytest.approx(36)

    def test_each_case_bears_the_same(self):
        log = play(self.scenario, [customer(10), customer(20, 50), customer(23 * HOUR)])
        assert costs(log)["fixed_cost"].tolist() == pytest.approx([24] * 3)
        assert costs(log, to_day=0.5)["fixed_cost"].tolist() == pytest.approx([18, 18, 0])
        assert costs(log, "type")["fixed_cost"].tolist() == pytest.approx([72])


class TestPartners:
    partner = desk(
        money=FREE,
        teams={"agents": {"outsourced": True, "paid_by": "contact", "price_per_contact": 3.5, "agents": 5}},
    )

    def test_are_paid_for_each_contact_they_take_and_for_no_hour(self):
        log = play(self.partner, [customer(10), customer(20), customer(DAY - 5, 10)])
        # The last one is not finished at midnight, but was taken.
        assert (total(log, "outsourcing"), total(log, "wages"), total(log, "people_cost")) == (10.5, 0, 10.5)
        assert costs(log, "team")["outsourcing"].tolist() == [10.5]

    def test_are_not_paid_for_who_hangs_up(self):
        nobody = self.partner.with_(teams={"agents": {"agents": {"12:00-13:00": 1}}})
        assert total(play(nobody, [customer(10, patience=2)]), "outsourcing") == 0

    def test_are_paid_for_tasks_too(self):
        scenario = self.partner.with_(
            case_types={"call": {"steps": [{"name": "refund", "work": {"mean_minutes": 2}}]}},
            teams={"agents": {"skills": ["phone", {"task": "refund"}]}},
        )
        assert total(play(scenario, [customer(10, steps=[5])]), "outsourcing") == 7


class TestChannelsAndBots:
    chat = desk(
        channels={"phone": {"open_hours": "08:00-20:00", "lines": 1}},
        bot=sim.Bot(channels=["phone"], contains=0.5),
        money=FREE | {"per_bot_session": 0.5, "per_contact": {"phone": 2}, "per_self_service": 0.25},
    )

    def test_every_session_costs_and_every_contact_that_gets_to_the_queue(self):
        log = play(
            self.chat,
            [
                customer(9 * HOUR, 30, bot=HANDS_OVER),
                customer(9 * HOUR + 1, bot=HANDS_OVER),  # finds the line taken
                customer(9 * HOUR + 2, bot=CONTAINS),
                customer(9 * HOUR + 3, bot=LOSES),
                customer(10 * HOUR),  # does not meet the bot
                customer(21 * HOUR, bot=HANDS_OVER),  # the phone is closed
            ],
        )
        assert costs(log)["bot_cost"].tolist() == [0.5, 0.5, 0.5, 0.5, 0, 0.5]
        assert costs(log)["channel_cost"].tolist() == [2, 0, 0, 0, 2, 0]

    def test_one_price_holds_for_all_channels_and_names_left_out_cost_nothing(self):
        for price, cost in ((3, 3), ({}, 0)):
            scenario = self.chat.with_(money={"per_contact": price})
            if price == {}:
                scenario = self.chat.with_(money=sim.Money(**FREE | {"per_contact": {}}))
            assert total(play(scenario, [customer(10 * HOUR)]), "channel_cost") == cost

    def test_each_try_of_self_service_costs_whether_it_helps_or_not(self):
        log = play(self.chat, [customer(600, self_service=(2, True)), customer(610, self_service=(2, False))])
        assert costs(log)["self_service_cost"].tolist() == [0.25, 0.25]

    def test_sales_are_made_in_contacts_that_are_served(self):
        selling = self.chat.with_(money={"sale_share": 0.1, "margin_per_order": 20})
        log = play(selling, [customer(600), customer(620, solve_draw=1.0), customer(21 * HOUR)])
        # Served, solved or not: 10 % of 20. Turned away: nothing.
        assert costs(log)["sales_while_serving"].tolist() == [2, 2, 0]
        assert total(log, "sales_while_serving") == 4


def returns(**money):
    """Returns with a parcel, a check that an instant refund skips, a repair and a refund."""
    steps = [
        {"name": "parcel", "delay": {"mean_days": 1}, "freight": True},
        {"name": "inspect", "work": {"mean_minutes": 5}, "skipped_by_instant_refund": True},
        {"name": "repair", "work": {"mean_minutes": 5}, "odds": 0.5},
        {"name": "refund", "work": {"mean_minutes": 5}},
    ]
    return desk(
        days=20,
        money=FREE | money,
        case_types={"call": {"steps": steps, "instant_refund_share": 0.2}},
        teams={"agents": {"skills": ["phone", {"task": "inspect"}, {"task": "repair"}, {"task": "refund"}]}},
    )


class TestReturns:
    def test_the_shop_pays_its_share_of_the_freight_when_the_parcel_begins(self):
        scenario = returns(per_parcel=5, parcel_paid_share=0.4)
        log = play(scenario, [customer(0, 10, steps=[DAY, 5, None, 5]), customer(20 * DAY - 20, 10, steps=[DAY])])
        assert costs(log)["freight_cost"].tolist() == [2, 2]
        assert total(log, "freight_cost", to_day=1) == 2

    def test_by_type_those_left_out_are_paid_in_full(self):
        scenario = returns(per_parcel=5).with_(money=sim.Money(**FREE | {"per_parcel": 5, "parcel_paid_share": {}}))
        assert total(play(scenario, [customer(0, 10, steps=[DAY])]), "freight_cost") == 5

    def test_parts_are_used_up_when_the_step_is_done(self):
        scenario = returns(per_step={"repair": 20, "refund": 1}, step_paid_share={"repair": 0.75})
        log = play(
            scenario, [customer(0, 10, steps=[None, None, 3 * DAY, 5]), customer(20, 10, steps=[None, 5, None, 5])]
        )
        # One repair at 15 and two refunds; the second customer's waits until the repair is done.
        assert costs(log)["step_cost"].tolist() == [16, 1]
        assert total(log, "step_cost", to_day=3) == 0

    def test_compensation_in_advance_when_solved_and_for_late_refunds(self):
        scenario = returns(
            compensation_in_advance={"call": 3},
            compensation_when_solved={"call": 4},
            compensation_for_late_refund=5,
            refund_due_days=2,
        )
        log = play(
            scenario,
            [
                customer(0, 10, steps=[DAY, None, None, 5]),  # refund after 1 day and 15 minutes
                customer(0, 10, steps=[2 * DAY, None, None, 5]),  # after 2 days and more: late
                customer(30, solve_draw=1.0),  # gives up
                customer(3 * DAY, 10, steps=[DAY, None, None, 5]),  # a day after it appeared
            ],
        )
        assert costs(log)["compensation"].tolist() == [7, 12, 3, 7]
        assert total(log, "compensation", to_day=1) == 9

    def test_abuse_of_instant_refunds_is_counted_as_expected(self):
        scenario = returns(abuse_share=0.1, refund_value=50)
        log = play(
            scenario,
            [
                customer(0, 10, steps=[DAY, 5, None, 5]),  # is checked
                customer(20, 10, steps=[DAY, None, None, 5]),  # is not: 10 % of 50
                customer(40, solve_draw=1.0, steps=[DAY, None, None, 5]),  # never gets so far
                customer(60, self_service=(1, True)),  # neither
            ],
        )
        assert costs(log)["abuse"].tolist() == [0, 5, 0, 0]

    def test_a_check_that_is_not_always_needed_leaves_some_doubt(self):
        scenario = returns(abuse_share=0.1, refund_value=50)
        steps = [
            step.model_dump() | ({"odds": 0.5} if step.name == "inspect" else {})
            for step in scenario.case_types["call"].steps
        ]
        doubtful = scenario.with_(
            case_types={"call": {"steps": [{k: v for k, v in s.items() if v is not None} for s in steps]}}
        )
        log = play(doubtful, [customer(20, 10, steps=[DAY, None, None, 5])])
        # Unchecked are the 20 % with an instant refund and half of the others: 0.2 / (0.2 + 0.8 / 2) = 1 / 3.
        assert costs(log)["abuse"].tolist() == [pytest.approx(5 / 3)]


class TestMarginLost:
    # Nothing but a case that stays unsolved moves the score, by ln 3; a rating of 1 has odds 1/4 without it.
    third = float(np.log(3))
    scenario = desk(
        money=FREE | {"margin_per_order": 10},
        loyalty={"orders_per_year": 5, "buys_again": [0.2, 1, 1, 1, 1]},
        satisfaction={"weights": {"unsolved": -third}, "rating_cuts": [-third, 2, 3, 4]},
        segments={"vip": sim.Segment(share=0.0, yearly_margin=400)},
    )

    def test_is_a_years_margin_of_who_leaves_as_likely_as_the_rating_says(self):
        log = play(self.scenario, [customer(10), customer(40), customer(70, solve_draw=1.0, segment="vip")])
        # Solved: 1/4 rate it 1, and 80 % of those leave: 0.2 x 5 orders x 10. Given up: odds 1/2, so 0.4 x 400.
        assert costs(log)["margin_lost"].tolist() == pytest.approx([10, 10, 160])
        assert total(log, "margin_lost") == pytest.approx(180)

    def test_is_lost_when_the_case_is_closed(self):
        log = play(self.scenario, [customer(DAY - 30), customer(DAY - 15, 20)])
        # The second case is still open at midnight.
        assert costs(log)["margin_lost"].tolist() == pytest.approx([10, 0])
        assert total(log, "margin_lost", to_day=0.98) == 0
        assert costs(log, "hour")["margin_lost"].loc[23] == pytest.approx(10)


class TestTables:
    def test_the_columns_add_up_to_the_cost(self):
        log = play(returns(per_contact=1, per_parcel=5), [customer(0, 10, steps=[DAY, 5, None, 5]), customer(DAY, 10)])
        for by in (None, "case", "day", "channel", "type", ["segment", "hour"]):
            table = costs(log, by)
            assert table["cost"].sum() == pytest.approx(20 * 24 * 20 + 2 + 5)
            assert table[list(COSTS)].sum(axis=1).tolist() == pytest.approx(table["cost"].tolist())

    def test_ratios_are_those_of_the_window(self):
        scenario = desk(money=FREE | {"per_contact": 1}, teams={"agents": {"wage_per_hour": 1}})
        log = play(scenario, [customer(10), customer(40), customer(60, solve_draw=1.0)])
        table = measures(log).loc["all"]
        # 24 hours and 3 contacts; 2 cases are solved.
        assert (table["cost"], table["cost_per_contact"], table["cost_per_solved_case"]) == (27, 9, 13.5)

    def test_profit_adds_the_margin_of_the_orders(self):
        orders = {
            "per_day": 100,
            "hours": {"08:00-20:00": 1},
            "cases": {"call": {"per_100": 1, "lag": {"mean_days": 1}}},
        }
        scenario = desk(
            days=2,
            demand={"cases_per_hour": {}, "orders": orders},
            money=FREE | {"margin_per_order": 3},
            loyalty={"buys_again": [1] * 5},
        )
        log = play(scenario, [customer(600)])
        # Two days with 100 orders at 3, less 48 hours at 20.
        assert (total(log, "profit"), total(log, "contribution")) == (600 - 960, -960)
        assert measures(log, "day")["profit"].tolist() == [-180, -180]
        assert np.isnan(measures(log, "channel")["profit"]).all()
        assert total(log, "profit", from_day=1.5) == 150 - 240

    @pytest.mark.parametrize(("by", "message"), [("chanel", "Did you mean 'channel'"), (["case"], "no such table")])
    def test_mistakes_are_told(self, by, message):
        with pytest.raises(ValueError, match=message):
            costs(play(desk(), [customer(600)]), by)

    def test_an_unknown_window_is_told(self):
        with pytest.raises(ValueError, match="from_day"):
            costs(play(desk(), [customer(600)]), from_week=1)

    def test_a_window_outside_the_run_is_told(self):
        with pytest.raises(ValueError, match="from day 2 to day 1 is empty or outside the run of 1 days"):
            costs(play(desk(), [customer(600)]), from_day=2)

    def test_names_in_prices_must_exist(self):
        with pytest.raises(sim.ScenarioError, match=r"money\.per_contact: no such channel as 'fone'"):
            desk(money={"per_contact": {"fone": 1}})
        with pytest.raises(sim.ScenarioError, match=r"money\.per_step: no such step as 'repair'"):
            desk(money={"per_step": {"repair": 1}})


class TestReturnOnALever:
    def comparison(self, base, more):
        """A comparison whose replications had these sums."""

        def estimates(name, **window):
            return [Estimate.of(np.array(one[name], dtype=float)[:, None], None) for one in (base, more)]

        return SimpleNamespace(replications=[0, 0], names=["base", "more"], estimates=estimates)

    def test_by_hand(self):
        base = {"cost": [100, 100, 100], "sales_while_serving": [0, 0, 0], "margin_lost": [50, 60, 70]}
        more = {"cost": [118, 120, 122], "sales_while_serving": [5, 5, 5], "margin_lost": [30, 45, 30]}
        table = return_on(self.comparison(base, more)).loc["more"]
        # Extra cost 18, 20, 22: mean 20. Gain 5 + (20, 15, 40) = 25, 20, 45: mean 30. Net 7, 0, 23: mean 10.
        assert table["estimate"].to_dict() == pytest.approx({"gain": 30, "extra_cost": 20, "net": 10, "return": 0.5})
        # Pulls (net - 0.5 extra cost) / 20 = -0.1, -0.5, 0.6: s = sqrt(0.31), and t = 4.30265.
        assert table.loc["return", "high"] - 0.5 == pytest.approx(4.30265 * np.sqrt(0.31 / 3), abs=1e-4)
        # Of the net: deviations -3, -10, 13: s = sqrt(139).
        assert 10 - table.loc["net", "low"] == pytest.approx(4.30265 * np.sqrt(139 / 3), abs=1e-3)

    def test_there_is_no_return_on_what_may_have_cost_nothing(self):
        base = {"cost": [100, 100, 100], "sales_while_serving": [0, 0, 0], "margin_lost": [50, 60, 70]}
        more = base | {"cost": [90, 120, 105]}
        table = return_on(self.comparison(base, more)).loc["more"]
        assert table.loc["return"].isna().all()
        assert table.loc["net", "estimate"] == pytest.approx(-5)

    def test_one_scenario_is_not_enough(self):
        alone = sim.compare([desk()], replications=2, progress=False)
        with pytest.raises(ValueError, match="at least two"):
            return_on(alone)

    def test_a_dearer_wage_is_all_cost(self):
        base = desk(case_types={"call": {"solved": 0.5}})
        dearer = base.with_(name="dearer", teams={"agents": {"wage_per_hour": 25}})
        table = return_on(sim.compare([base, dearer], replications=3, progress=False)).loc["dearer"]
        assert table["estimate"].to_dict() == pytest.approx(
            {"gain": 0, "extra_cost": 24 * 5, "net": -120, "return": -1}
        )
