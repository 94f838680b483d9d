"""Requirement by formula: the integers of the formulas, loads that vary, chat, backlogs, busy days, bad input."""

import math
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import gamma
from support.agreement import near

import sim
from sim import theory
from sim.distributions import MeanCv
from sim.staffing import deferred, desks, flows
from sim.staffing.load import busy_minutes, live_loads
from sim.staffing.requirement import weekly


def steady_heads(scenario, target=None, **how):
    """Agents in the last slot of a day and night of steady load."""
    return int(sim.staffing.requirement(scenario, target, **how).heads["agents"][-1])


class TestIntegersOfTheFormulas:
    @pytest.mark.parametrize("calls", [3, 12, 60, 200, 1000, 4000])
    @pytest.mark.parametrize("minutes", [2, 7.5])
    def test_eighty_twenty_by_erlang_c(self, calls, minutes):
        desk = sim.one_queue(arrivals_per_hour=calls, handle_minutes=minutes, agents=1)
        load = calls * minutes / 60
        enough = next(
            n for n in range(math.floor(load) + 1, 9999) if theory.erlang_c(calls, minutes, n).service_level >= 0.8
        )
        assert steady_heads(desk, 0.8) == enough

    @pytest.mark.parametrize(("agents", "level"), [(40, 0.9372), (35, 0.4724)])
    def test_published_levels(self, agents, level):
        # 1,000 calls an hour of 2 minutes: 93.72 % with 40 agents and 47.24 % with 35.
        desk = sim.one_queue(arrivals_per_hour=1000, handle_minutes=2, agents=1)
        assert steady_heads(desk, level - 0.0001) == agents
        assert steady_heads(desk, level + 0.0001) == agents + 1

    @pytest.mark.parametrize(
        "measure",
        ["service_level", "service_level_offered", "service_level_credited", "service_level_answered"],
    )
    @pytest.mark.parametrize("calls", [40, 350])
    def test_the_four_service_levels_by_erlang_a(self, calls, measure):
        desk = sim.one_queue(arrivals_per_hour=calls, handle_minutes=4, agents=1, patience_minutes=3)
        expected = theory.agents_needed(calls, 4, 0.8, patience_minutes=3, measure=measure)
        assert steady_heads(desk, {measure: 0.8}) == expected

    @pytest.mark.parametrize(
        ("goals", "enough"),
        [
            ({"asa_minutes": 0.1}, lambda desk: desk.asa_minutes <= 0.1),
            ({"abandonment": 0.02}, lambda desk: desk.abandonment <= 0.02),
            ({"occupancy": 0.8}, lambda desk: desk.occupancy <= 0.8),
            (
                {"service_level": 0.5, "abandonment": 0.05, "wait_probability": 0.2},
                lambda desk: desk.service_level >= 0.5 and desk.abandonment <= 0.05 and desk.wait_probability <= 0.2,
            ),
        ],
    )
    def test_other_goals_and_several_at_once(self, goals, enough):
        desk = sim.one_queue(arrivals_per_hour=150, handle_minutes=5, agents=1, patience_minutes=6)
        least = next(n for n in range(1, 99) if enough(theory.erlang_a(150, 5, n, 6)))
        assert steady_heads(desk, goals) == least

    def test_what_is_promised_is_what_the_formula_says(self):
        desk = sim.one_queue(arrivals_per_hour=150, handle_minutes=5, agents=1, patience_minutes=6)
        plan = sim.staffing.requirement(desk, 0.8)
        exact = theory.erlang_a(150, 5, int(plan.heads["agents"][-1]), 6)
        row = plan.part_table.iloc[-1]
        for name in ("service_level", "abandonment", "asa_minutes", "wait_probability", "occupancy"):
            assert row[name] == pytest.approx(getattr(exact, name), rel=2e-4), name

    def test_square_root_rule_meets_erlang_c_in_large_teams(self):
        for load in (300, 2000):
            exact = theory.agents_needed(load * 20, 3, 0.8)
            assert abs(desks.square_root_heads(load, 3, 20, 0.8) - exact) <= 1


class TestLoadsThatVary:
    def test_the_load_of_constant_calls_is_those_of_the_last_minutes(self):
        kernel = busy_minutes(MeanCv(distribution="constant", mean_minutes=3), 1.0, 60)
        # A call that begins evenly in minute 0 works half of it, all of the next two, and half of the fourth.
        assert kernel[:5] == pytest.approx([0.5, 1, 1, 0.5, 0], abs=1e-3)

    @pytest.mark.parametrize("family", ["gamma", "lognormal"])
    def test_all_work_is_counted_once(self, family):
        time = MeanCv(distribution=family, mean_minutes=6, cv=0.7)
        assert busy_minutes(time, 1.5, 5000).sum() == pytest.approx(9, rel=1e-3)

    def test_calls_that_come_back_are_counted(self):
        # Every call is unsolved with odds 0.3, and comes back with odds 1 after an hour: 1 / (1 - 0.3) calls a case.
        desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=2, agents=1, days=3).with_(
            case_types={"call": {"solved": 0.7}},
            coming_back={
                "after_no_solution": sim.Return(odds=1.0, delay={"mean_minutes": 60}),
                "max_attempts": 20,
            },
        )
        (stream,) = flows.streams(desk)
        assert stream.per_minute[-600:].sum() == pytest.approx(600 / 0.7, rel=1e-3)

    def test_what_the_bot_keeps_loses_and_hands_over_by_hand(self):
        """Of 100 the bot keeps 50, 30 of them in vain, and loses a quarter of the others, 12.5; it hands over 37.5.

        Back come all 30, and half of the 12.5, past the bot this time: 73.75 reach the queue.
        """
        desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=2, agents=1).with_(
            bot=sim.Bot(channels=("phone",), contains=0.5, truly_solved=0.4, leaves_share=0.25, meets_again=False),
            coming_back={
                "after_false_containment": sim.Return(odds=1.0, delay={"mean_minutes": 10}),
                "after_leaving_the_bot": sim.Return(odds=0.5, delay={"mean_minutes": 10}),
            },
        )
        reached = sum(one.per_minute[-600:].sum() for one in flows.streams(desk))
        assert reached == pytest.approx(6 * 73.75, rel=1e-3)

    def test_flows_are_those_of_a_run_with_agents_for_everybody(self):
        shop = sim.load("baseline").with_(demand={"day_factor_cv": 0.0})
        crowd = {name: {"agents": 60, "absence": 0.0} for name in shop.teams}
        runs = sim.replicate(shop.with_(teams=crowd), 6, seed=2, progress=False)
        counts = [run.measures(by="channel")["offered"] for run in runs]
        streams = flows.streams(shop)
        for name in ("phone", "chat", "social", "email", "service_centre"):
            expected = sum(one.per_minute.sum() for one in streams if one.work == name)
            near(name, expected, [each[name] for each in counts], sharp=0.1)
        tasks = [(run.tasks["agent"] >= 0).sum() for run in runs]
        expected = sum(one.per_minute.sum() for one in streams if not one.case_type)
        # Conversations take time before their steps begin, and the last tasks of the week are not taken up in it.
        assert np.mean(tasks) == pytest.approx(expected, rel=0.06)


class TestBusyDays:
    desk = sim.one_queue(arrivals_per_hour=300, handle_minutes=4, agents=1, patience_minutes=5).with_(
        demand={"day_factor_cv": 0.2}
    )

    def test_the_average_is_over_the_gamma_mixture(self):
        plan = sim.staffing.requirement(self.desk, 0.8)
        agents = int(plan.heads["agents"][-1])

        def level(n):
            def mixed(attribute):
                def at(f):
                    desk = theory.erlang_a(300 * f, 4, n, 5)
                    return f * attribute(desk) * gamma.pdf(f, 25, scale=1 / 25)

                return quad(at, 0.2, 2.5, epsrel=1e-6)[0]

            in_time = mixed(lambda desk: desk.service_level_offered)
            early = mixed(lambda desk: desk.service_level_credited - desk.service_level_offered)
            return in_time / (1 - early)

        assert level(agents) >= 0.8 > level(agents - 1)
        assert plan.part_table["service_level"].iloc[-1] == pytest.approx(level(agents), abs=0.004)

    def test_on_nine_days_of_ten(self):
        busy = 300 * gamma.ppf(0.9, 25, scale=1 / 25)
        expected = theory.agents_needed(busy, 4, 0.8, patience_minutes=5)
        assert steady_heads(self.desk, 0.8, on="90 % of days") == expected
        assert steady_heads(self.desk, 0.8) < expected


def office(per_hour, within_hours=4, target=0.9, **more):
    return sim.load(
        {
            "name": "office",
            "days": 7,
            "demand": {"cases_per_hour": {"question": per_hour}},
            "case_types": {"question": {"channels": {"email": 1}, "handle_time": {"mean_minutes": 6}}},
            "channels": {
                "email": {
                    "kind": "deferred",
                    "open_hours": {"mon-fri": "08:00-18:00"},
                    "answer_within_hours": within_hours,
                    "target": target,
                }
            },
            "teams": {"agents": {"skills": ["email"], "agents": {"mon-fri": {"08:00-18:00": 9}}}},
        }
        | more
    )


class TestDeferred:
    def test_night_and_day_by_hand(self):
        """Ten messages an hour of six minutes, day and night, ten open hours: an hour of work an hour.

        Over a week 168 hours of work come, in 50 open hours: 3.36 agents if nothing hurries. On Monday the 62 hours of
        the weekend (Friday 18:00 to Monday 8:00) are due by noon, four open hours on: 15.5 agents.
        """
        is_open = np.tile(np.repeat([False, True, False], [480, 600, 360]), 7) & (np.arange(7 * 1440) < 5 * 1440)
        work = deferred.Backlog("agents", "email", np.full(7 * 1440, 1 / 6), 6.0, 72.0, is_open, 240.0)
        plan = deferred.heads(work, target=0.5)
        assert plan[0] == pytest.approx(15.5, rel=1e-3)
        # Other nights bring 14 hours, due within four.
        assert plan[1:5] == pytest.approx(np.full(4, 3.5), rel=1e-3)
        assert (plan[5:] == 0).all()

    def test_the_week_is_enough_if_nothing_hurries(self):
        is_open = np.tile(np.repeat([False, True, False], [480, 600, 360]), 7) & (np.arange(7 * 1440) < 5 * 1440)
        work = deferred.Backlog("agents", "email", np.full(7 * 1440, 1 / 6), 6.0, 72.0, is_open, 49 * 60.0)
        assert deferred.heads(work, target=0.5)[:5].sum() == pytest.approx(16.8, rel=0.01)

    @pytest.mark.parametrize(("per_hour", "target"), [(2, 0.9), (12, 0.8)])
    def test_the_target_is_reached_and_not_by_waste(self, per_hour, target):
        plan = sim.staffing.requirement(office(per_hour, target=target))
        runs = sim.replicate(plan.staffed(), 10, seed=4, progress=False)
        done = runs.measure("answered_in_target")["low"].iloc[0]
        assert done >= target
        fewer = weekly(plan.scenario, 0.6 * plan.heads["agents"])
        short = plan.staffed().with_(teams={"agents": {"agents": fewer}})
        runs = sim.replicate(short, 30, seed=4, progress=False)
        assert runs.measure("answered_in_target")["high"].iloc[0] < target

    def test_chance_and_busy_days_ask_for_more(self):
        is_open = np.ones(1440, dtype=bool)
        work = deferred.Backlog("agents", "email", np.full(1440, 0.1), 6.0, 72.0, is_open, 120.0)
        plain = deferred.heads(work, 0.5)
        sure = deferred.heads(work, 0.9)
        busy = deferred.heads(work, 0.9, day_cv=0.3)
        assert plain[0] == pytest.approx(0.6, rel=0.01)
        assert plain[0] < sure[0] < busy[0]
        assert deferred.heads(work, 0.5, factor=2.0)[0] == pytest.approx(1.2, rel=0.01)

    def test_work_without_hours(self):
        work = deferred.Backlog("agents", "email", np.full(1440, 0.1), 6.0, 72.0, np.zeros(1440, dtype=bool), 120.0)
        with pytest.raises(ValueError, match="no hour in which anybody"):
            deferred.heads(work, 0.5)

    def test_nothing_to_do(self):
        work = deferred.Backlog("agents", "email", np.zeros(1440), 6.0, 72.0, np.ones(1440, dtype=bool), 120.0)
        assert deferred.heads(work, 0.5).tolist() == [0.0]


class TestThePlan:
    desk = sim.one_queue(arrivals_per_hour=200, handle_minutes=3, agents=1, days=2).with_(
        teams={"agents": {"absence": 0.08, "wage_per_hour": 20}},
        channels={"phone": {"open_hours": {"mon": "08:00-18:00", "tue": "09:00-12:00"}}},
    )

    def test_absence_is_added_at_the_end(self):
        plan = sim.staffing.requirement(self.desk, 0.8)
        row = plan.table.set_index(["weekday", "slot"]).loc["mon", "12:00"]
        assert row["heads"] == 14
        assert row["paid_heads"] == pytest.approx(14 / 0.92)
        assert row["cost"] == pytest.approx(14 / 0.92 * 20 / 2)
        assert plan.cost == pytest.approx(plan.table["cost"].sum())

    def test_as_changes(self):
        plan = sim.staffing.requirement(self.desk, 0.8)
        week = plan.as_changes()["teams"]["agents"]["agents"]
        assert week["mon"]["08:30-18:00"] == 16  # 14 / 0.92 = 15.2
        assert set(week) == {"mon", "tue"}
        assert list(week["tue"])[-1].endswith("12:00")
        staffed = plan.staffed("planned")
        assert staffed.name == "planned"
        assert staffed.teams["agents"].head_count[0, 12 * 60] == 16
        exact = plan.staffed(whole=False).teams["agents"].head_count[0, 12 * 60]
        assert exact == pytest.approx(14 / 0.92, abs=1e-3)

    def test_of_two_mondays_the_busier_counts(self):
        desk = sim.one_queue(arrivals_per_hour=200, handle_minutes=3, agents=1, days=8).with_(
            events=[{"name": "sale", "day": 7, "hours": 24, "case_factors": {"call": 2}}]
        )
        week = sim.staffing.requirement(desk, 0.8).as_changes()["teams"]["agents"]["agents"]
        assert max(week["mon"].values()) == theory.agents_needed(400, 3, 0.8)
        assert max(week["tue"].values()) == 14

    def test_tables_on_disk(self, tmp_path, monkeypatch):
        plan = sim.staffing.requirement(self.desk, 0.8)
        plan.to_csv(tmp_path / "plan.csv")
        back = pd.read_csv(tmp_path / "plan.csv")
        assert back["heads"].tolist() == plan.table["heads"].tolist()
        monkeypatch.setitem(sys.modules, "openpyxl", None)
        with pytest.raises(ImportError, match="openpyxl"):
            plan.to_excel(tmp_path / "plan.xlsx")

    def test_the_team_can_be_chosen(self):
        shop = sim.load("baseline").with_(days=1)
        plan = sim.staffing.requirement(shop, served_by={"email": "back_office"})
        assert ("back_office", "email") in plan.promised.index
        assert ("phone_desk", "email") not in plan.promised.index

    def test_teams_that_only_help_out_are_not_planned(self):
        assert "partner" not in sim.staffing.requirement(sim.load("baseline").with_(days=1)).heads

    def test_loads_of_the_whole_shop(self):
        shop = sim.load("baseline")
        loads = live_loads(shop, flows.streams(shop))
        assert {(load.team, load.channel) for load in loads} == {
            ("phone_desk", "phone"),
            ("chat_desk", "chat"),
            ("chat_desk", "social"),
            ("service_centre", "service_centre"),
        }


class TestBadInput:
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=3, agents=1)

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            (80, "write 0.8 for 80 %"),
            (1, "no finite team reaches that"),
            (0, "above 0 and below 1"),
            (float("nan"), "above 0 and below 1"),
            ("80 %", "above 0 and below 1"),
            (True, "above 0 and below 1"),
            ({}, "target is empty"),
            ({"servicelevel": 0.8}, "Did you mean 'service_level'"),
            ({"Phone": 0.8}, "Did you mean 'phone'"),
            ({"phone": {"answered_in_target": 0.8}}, "no such measure of such a channel"),
            ({"asa_minutes": 0}, "a number of minutes above 0"),
            ({"phone": {"occupancy": 85}}, "write 0.85 for 85 %"),
        ],
    )
    def test_targets(self, target, message):
        with pytest.raises(ValueError, match=message):
            sim.staffing.requirement(self.desk, target)

    @pytest.mark.parametrize("on", ["90", "most days", 90, 0, 1, None, True, "0 % of days"])
    def test_days(self, on):
        with pytest.raises(ValueError, match='"average", or a share of days'):
            sim.staffing.requirement(self.desk, on=on)

    def test_an_absurd_cap(self):
        with pytest.raises(ValueError, match=r"even 100,000 agents would not reach occupancy at most 0.0001 %"):
            sim.staffing.requirement(self.desk, {"occupancy": 1e-6})

    def test_names(self):
        with pytest.raises(ValueError, match="no such channel or task as 'fax'"):
            sim.staffing.requirement(self.desk, served_by={"fax": "agents"})
        with pytest.raises(ValueError, match="Did you mean 'agents'"):
            sim.staffing.requirement(self.desk, served_by={"phone": "agent"})
        with pytest.raises(ValueError, match="chat_desk has no skill for refund; those who have it: back_office"):
            sim.staffing.requirement("baseline", served_by={"refund": "chat_desk"})
        with pytest.raises(ValueError, match="formula or simulation"):
            sim.staffing.requirement(self.desk, method="erlang")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="tasks_within_hours holds -1"):
            sim.staffing.requirement(self.desk, tasks_within_hours=-1)

    def test_a_run_of_a_year(self):
        with pytest.raises(ValueError, match="plan at most 92"):
            sim.staffing.requirement(self.desk.with_(days=365))

    def test_a_scenario_whose_own_target_is_everybody(self):
        with pytest.raises(ValueError, match=r"channels\.phone\.target"):
            sim.staffing.requirement(self.desk.with_(channels={"phone": {"target": 1.0}}))

    def test_no_customers(self):
        plan = sim.staffing.requirement(self.desk.with_(demand={"factor": 0}))
        assert plan.table.empty
        assert plan.cost == 0
