"""Levers on what is done for customers beyond the case itself: compensation, follow-up, surveys."""

from __future__ import annotations

from math import exp
from typing import Any

from sim.policies.kinds import Policy, one_place
from sim.scenario import Scenario
from sim.service import FOLLOW_UP, FollowUp

# Assumed: compensation of so much money leaves 37 % of those unsolved who would be so without any.
COMPENSATION_CONTENTS_AT = 20.0
USUAL_FOLLOW_UP: dict[str, Any] = {"delay": {"mean_hours": 24}, "work": {"mean_minutes": 4, "cv": 0.5}}


def _paid(scenario: Scenario, name: str) -> float:
    return scenario.money.compensation_in_advance.get(name, 0.0)


def _pay(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    left = exp(-(value - _paid(scenario, name)) / COMPENSATION_CONTENTS_AT)

    def better(odds: float) -> float:
        return min(1.0, max(0.0, 1 - (1 - odds) * left))

    solved = scenario.case_types[name].solved
    new = {way: better(odds) for way, odds in solved.items()} if isinstance(solved, dict) else better(solved)
    return {"case_types": {name: {"solved": new}}, "money": {"compensation_in_advance": {name: value}}}


def _can_follow_up(scenario: Scenario) -> list[str]:
    able = any(skill.task == FOLLOW_UP for team in scenario.teams.values() for skill in team.skills)
    return [""] if able or scenario.follow_up else []


def _call(scenario: Scenario, _: str, value: float) -> dict[str, Any]:
    return {"follow_up": {"share": value} if scenario.follow_up else FollowUp(share=value, **USUAL_FOLLOW_UP)}


POLICIES = (
    Policy(
        name="compensation_in_advance",
        group="policies",
        label="Compensation in advance",
        label_zh="先行赔付",
        unit="money a case",
        low=0.0,
        high=40.0,
        step=1.0,
        help=(
            "Paid for every case of the type as soon as it comes. Assumed: a customer is the easier to content, and "
            f"{COMPENSATION_CONTENTS_AT:g} leave only 37 % of those unsolved who would be so without."
        ),
        help_zh=(
            f"该类请求一出现即支付的补偿。假设：顾客更易满意，"
            f"{COMPENSATION_CONTENTS_AT:g} 元可使未解决的比例降至原来的 37%。"
        ),
        places=lambda scenario: list(scenario.case_types),
        now=_paid,
        changes=_pay,
    ),
    Policy(
        name="follow_up",
        group="policies",
        label="Followed up",
        label_zh="回访",
        unit="share of conversations",
        low=0.0,
        high=0.5,
        step=0.05,
        help=(
            "So many conversations are followed by a call that finds what "
            "was not solved before the customer comes back."
        ),
        help_zh="对话后进行回访的比例：在顾客再次来询之前发现未解决的问题。",
        places=_can_follow_up,
        now=lambda scenario, _: scenario.follow_up.share if scenario.follow_up else 0.0,
        changes=_call,
    ),
    Policy(
        name="survey",
        group="policies",
        label="Answer the survey",
        label_zh="调查应答率",
        unit="share of customers",
        low=0.02,
        high=0.6,
        step=0.02,
        help="So many customers with a middling opinion answer. It changes what the company knows, not what it does.",
        help_zh="意见中等的顾客中回答调查的比例；影响的是企业所知，而非服务本身。",
        places=one_place,
        now=lambda scenario, _: scenario.satisfaction.survey.share,
        changes=lambda _, __, value: {"satisfaction": {"survey": {"share": value}}},
    ),
)
