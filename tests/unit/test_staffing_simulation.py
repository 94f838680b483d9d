"""Requirement by simulation: meets formulas where they are exact, and beats them where agents are shared."""

import sys

import numpy as np
import pytest

import sim
from sim import theory
from sim.staffing import requirement


def hours(scenario, method="simulation", **how):
    plan = requirement(scenario, method=method, **how)
    return plan, {team: heads.sum() * scenario.slot_minutes / 60 for team, heads in plan.heads.items()}


class TestOneQueue:
    desk = sim.one_queue(arrivals_per_hour=120, handle_minutes=4, agents=1, patience_minutes=4).with_(slot_minutes=480)

    def test_it_finds_what_erlang_a_says(self):
        nine, ten = (theory.erlang_a(120, 4, agents, 4).service_level for agents in (9, 10))
        plan = requirement(self.desk, (nine + ten) / 2, method="simulation", replications=8)
        # Eight hours eight times over tell the service level within 1.5 points, and the tenth agent makes nine.
        assert ten - nine > 0.08
        assert plan.heads["agents"].tolist() == [10, 10, 10]
        assert plan.trial_table["slots_missed"].iloc[-1] == 0

    def test_from_a_start_far_off_it_comes_back(self, monkeypatch):
        module = sys.modules["sim.staffing.requirement"]
        whole = module.formula_heads
        for wrong in (0.5, 2.0):
            monkeypatch.setattr(
                module, "formula_heads", lambda parts, f=wrong: {k: np.ceil(f * v) for k, v in whole(parts).items()}
            )
            plan = requirement(self.desk, 0.8, method="simulation", replications=6, rounds=20)
            exact = theory.agents_needed(120, 4, 0.8, patience_minutes=4)
            assert np.abs(plan.heads["agents"] - exact).max() <= 1, wrong

    def test_busy_days(self):
        varied = self.desk.with_(demand={"day_factor_cv": 0.2})
        plan = requirement(varied, 0.8, on="90 % of days", method="simulation", replications=6)
        busy = requirement(varied, 0.8, on="90 % of days")
        assert np.abs(plan.heads["agents"] - busy.heads["agents"]).max() <= 2
        assert plan.heads["agents"].min() > theory.agents_needed(120, 4, 0.8, patience_minutes=4)


class TestSharedAgents:
    def test_two_channels_of_a_team_pool(self):
        """Two phone lines that the same agents answer are one queue, which the formula adds up as two."""
        desk = sim.load(
            {
                "name": "two lines",
                "days": 1,
                "slot_minutes": 480,
                "demand": {"cases_per_hour": {"a": 45, "b": 45}},
                "case_types": {
                    name: {"channels": {f"line {name}": 1}, "handle_time": {"mean_minutes": 4}} for name in "ab"
                },
                "channels": {
                    f"line {name}": {"kind": "live", "open_hours": "always", "patience": {"mean_minutes": 4}}
                    for name in "ab"
                },
                "teams": {"agents": {"skills": ["line a", "line b"], "agents": 1}},
                "serve_first": "waiting",
            }
        )
        plan = requirement(desk, 0.8, method="simulation", replications=10)
        each = theory.agents_needed(45, 4, 0.8, patience_minutes=4)
        pooled = theory.agents_needed(90, 4, 0.8, patience_minutes=4)
        assert set(plan.formula_heads["agents"][1:]) == {2 * each}
        assert pooled < 2 * each
        assert np.abs(plan.heads["agents"][1:] - pooled).max() <= 1
        table = plan.table
        assert (table["gap"] == table["simulated_heads"] - table["formula_heads"]).all()
        assert (table.loc[table["gap"] < 0, "why"].str.contains("idle time of one serves the other")).all()
        assert (table["why"] != "").eq(table["gap"] != 0).all()

    def test_messages_between_calls(self):
        content = {
            "name": "blended",
            "days": 2,
            "slot_minutes": 120,
            "demand": {"cases_per_hour": {"call": {"08:00-18:00": 60}, "message": {"08:00-18:00": 10}}},
            "case_types": {
                "call": {"channels": {"phone": 1}, "handle_time": {"mean_minutes": 4}},
                "message": {"channels": {"email": 1}, "handle_time": {"mean_minutes": 5}},
            },
            "channels": {
                "phone": {"kind": "live", "open_hours": "08:00-18:00", "patience": {"mean_minutes": 4}},
                "email": {"kind": "deferred", "open_hours": "08:00-18:00", "answer_within_hours": 4},
            },
            "teams": {"agents": {"skills": ["phone", "email"], "agents": {"08:00-18:00": 1}}},
        }
        desk = sim.load(content)
        plan = requirement(desk, method="simulation", replications=8)
        assert plan.heads["agents"].sum() <= plan.formula_heads["agents"].sum() * 1.05
        lived = sim.staffing.check_plan(plan, replications=10)
        for goal in (("phone", "service_level"), ("email", "answered_in_target")):
            assert lived.loc[goal, "high"] >= lived.loc[goal, "goal"]

    def test_back_office_work_keeps_its_team(self):
        shop = sim.load("baseline").with_(days=1)
        plan = requirement(shop, served_by={"email": "back_office"}, method="simulation", replications=2, rounds=2)
        assert {"tasks: answered_in_target", "email: answered_in_target"} <= set(plan.trial_table.columns)
        assert plan.heads["back_office"].max() >= 1


class TestBadInput:
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=4, agents=1)

    @pytest.mark.parametrize(("how", "message"), [({"replications": 1}, "at least 2"), ({"rounds": 0}, "at least 1")])
    def test_numbers(self, how, message):
        with pytest.raises(ValueError, match=message):
            requirement(self.desk, method="simulation", **how)
