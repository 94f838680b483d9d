"""Everything that the studio can move: the levers of `sim.policies`, and a few direct controls that are no policies.

A control is a lever like the others. It sets one number of the scenario that no manager decides but that matters to
what a plan is worth: how sure the forecast is, how patient customers are, how long work takes, what an hour costs.
"""

from __future__ import annotations

from sim.policies import POLICIES, Lever, levers
from sim.policies.kinds import GROUPS, Policy
from sim.scenario import Scenario

CONTROLS: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            name="forecast_error",
            group="demand",
            label="Days unlike the forecast",
            label_zh="每日需求波动",
            unit="coefficient of variation",
            low=0.0,
            high=0.5,
            step=0.01,
            help="How much busier or quieter whole days are than forecast: 0.1 is 10 % up or down on an ordinary day.",
            help_zh="整天的需求比预测更忙或更闲的程度：0.1 表示平常日子上下浮动约 10%。",
            places=lambda scenario: [] if scenario.demand.trace is not None else [""],
            now=lambda scenario, _: scenario.demand.day_factor_cv,
            changes=lambda _, __, value: {"demand": {"day_factor_cv": value}},
        ),
        Policy(
            name="patience",
            group="demand",
            label="Patience",
            label_zh="耐心",
            unit="× patience",
            low=0.25,
            high=4.0,
            step=0.05,
            help="How long customers of a group wait before they hang up, compared with what their channel says.",
            help_zh="某类顾客放弃等待前的耐心，相对于渠道设定的倍数。",
            places=lambda scenario: list(scenario.segments),
            now=lambda scenario, name: scenario.segments[name].patience_factor,
            changes=lambda _, name, value: {"segments": {name: {"patience_factor": value}}},
        ),
        Policy(
            name="handle_time",
            group="people",
            label="Handle time",
            label_zh="处理时长",
            unit="× handle time",
            low=0.5,
            high=1.5,
            step=0.05,
            help="How long the team takes for everything, compared with what the case types say.",
            help_zh="该团队处理每件工作的时长，相对于问题类型设定的倍数。",
            places=lambda scenario: list(scenario.teams),
            now=lambda scenario, name: scenario.teams[name].handle_factor,
            changes=lambda _, name, value: {"teams": {name: {"handle_factor": value}}},
        ),
    )
}

# What a manager asks for first in each group. The others are a menu away.
FIRST = (
    *("demand", "forecast_error", "self_service", "status_notices"),
    *("agents", "absence"),
    *("opening_hours", "callback", "chats_at_once", "lines"),
    *("bot", "bot_skill", "bot_boldness", "bot_from", "bot_share", "bot_context"),
    *("return_window", "free_freight", "instant_refund", "days_on_the_way"),
    *("follow_up", "compensation_in_advance", "survey"),
)


def lever(name: str, scenario: Scenario) -> Lever | None:
    """A lever or control of a scenario by its name; None if it has no such."""
    kind, _, place = str(name).partition(".")
    policy = CONTROLS.get(kind) or POLICIES.get(kind)
    return policy.at(scenario, place) if policy is not None and place in policy.places(scenario) else None


def all_levers(scenario: Scenario) -> dict[str, Lever]:
    """All levers and controls of a scenario by name, group by group; those that are asked for first come first.

    Examples
    --------
    >>> import sim
    >>> list(all_levers(sim.load("baseline")))[:3]
    ['demand', 'forecast_error', 'self_service.where_is_my_order']
    """
    direct = [policy.at(scenario, place) for policy in CONTROLS.values() for place in policy.places(scenario)]
    found = [*levers(scenario).values(), *direct]
    rank = {name: number for number, name in enumerate(FIRST)}
    found.sort(key=lambda one: (GROUPS.index(one.group), rank.get(one.policy.name, len(rank))))
    return {one.name: one for one in found}


def is_first(lever: Lever) -> bool:
    """Whether a lever is shown without being asked for."""
    return lever.policy.name in FIRST
