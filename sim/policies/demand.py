"""Levers on who asks at all: fewer problems, and help before anybody is asked."""

from __future__ import annotations

from typing import Any

from sim.customers import SelfService
from sim.policies.kinds import Policy
from sim.scenario import Scenario

# Assumed: what it costs to prevent all cases of a type, a day; a tenth of them costs a tenth.
PREVENTION_PER_DAY = 600.0
USUAL_SOLVED_SHARE = 0.4


def _without_trace(scenario: Scenario) -> list[str]:
    return [] if scenario.demand.trace is not None else [""]


def _types_without_trace(scenario: Scenario) -> list[str]:
    return [] if scenario.demand.trace is not None else list(scenario.case_types)


def _prevent(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    kind, before = scenario.case_types[name], _prevented(scenario, name)
    return {
        "case_types": {name: {"demand_factor": kind.demand_factor * (1 - value) / (1 - before)}},
        "policies": {"prevented_share": {name: value}},
        "money": {"fixed_per_day": {f"preventing {name}": PREVENTION_PER_DAY * value}},
    }


def _prevented(scenario: Scenario, name: str) -> float:
    return scenario.policies.prevented_share.get(name, 0.0)


def _portal(scenario: Scenario, name: str) -> SelfService | None:
    return scenario.case_types[name].self_service


def _try_portal(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    new = {"share": value} if _portal(scenario, name) else SelfService(share=value, solves=USUAL_SOLVED_SHARE)
    return {"case_types": {name: {"self_service": new}}}


def _asking(scenario: Scenario) -> list[str]:
    return [name for name, kind in scenario.case_types.items() if kind.steps and kind.status_enquiries_per_day > 0]


POLICIES = (
    Policy(
        name="demand",
        group="demand",
        label="Demand",
        label_zh="需求量",
        unit="× forecast",
        low=0.5,
        high=2.0,
        step=0.05,
        help="All cases, compared with the forecast: how the plan stands more or less of them.",
        help_zh="全部服务请求相对于预测的倍数：检验现有安排能否应付更多或更少的需求。",
        places=_without_trace,
        now=lambda scenario, _: scenario.demand.factor,
        changes=lambda _, __, value: {"demand": {"factor": value}},
    ),
    Policy(
        name="prevention",
        group="demand",
        label="Cases prevented",
        label_zh="预防问题",
        unit="share of cases",
        low=0.0,
        high=0.5,
        step=0.05,
        help=(
            "Better manuals, product pages, packaging and quality: so many cases of a type never arise. What it costs "
            f"is assumed: {PREVENTION_PER_DAY / 100:g} a day for each per cent."
        ),
        help_zh=(
            "改进说明书、商品页面、包装和质量，让一部分问题根本不发生。费用为假设：每减少百分之一，每天 "
            f"{PREVENTION_PER_DAY / 100:g}。"
        ),
        places=_types_without_trace,
        now=_prevented,
        changes=_prevent,
    ),
    Policy(
        name="self_service",
        group="demand",
        label="Try self-service first",
        label_zh="先用自助服务",
        unit="share of customers",
        low=0.0,
        high=0.8,
        step=0.05,
        help=(
            "So many customers look into the portal or the knowledge base before they ask. Where there was none, it "
            f"solves {USUAL_SOLVED_SHARE:.0%} (assumed)."
        ),
        help_zh=(
            f"多少顾客在联系客服之前先查自助页面或知识库。原来没有自助服务时，解决率假设为 {USUAL_SOLVED_SHARE:.0%}。"
        ),
        places=lambda scenario: list(scenario.case_types),
        now=lambda scenario, name: portal.share if (portal := _portal(scenario, name)) else 0.0,
        changes=_try_portal,
    ),
    Policy(
        name="knowledge_base",
        group="demand",
        label="Self-service solves",
        label_zh="知识库解决率",
        unit="odds",
        low=0.1,
        high=0.9,
        step=0.05,
        help="How good portal and knowledge base are: the odds that who tries them need not ask.",
        help_zh="自助页面和知识库的质量：尝试后无需再联系客服的概率。",
        places=lambda scenario: [name for name in scenario.case_types if _portal(scenario, name)],
        now=lambda scenario, name: portal.solves if (portal := _portal(scenario, name)) else 0.0,
        changes=lambda _, name, value: {"case_types": {name: {"self_service": {"solves": value}}}},
    ),
    Policy(
        name="status_notices",
        group="demand",
        label="Kept informed",
        label_zh="主动通知进度",
        unit="share of customers",
        low=0.0,
        high=1.0,
        step=0.1,
        help="So many customers are told how their case is going, and need not ask where the refund is.",
        help_zh="多少顾客会收到处理进度的主动通知，因而不必再来询问。",
        places=_asking,
        now=lambda scenario, name: scenario.case_types[name].kept_informed_share,
        changes=lambda _, name, value: {"case_types": {name: {"kept_informed_share": value}}},
    ),
)
