"""Levers on the people: how many, when, how well trained, whose."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any

import numpy as np

from sim.demand import cases_per_minute
from sim.policies.kinds import Policy, one_place
from sim.policies.weeks import as_numbers
from sim.scenario import Scenario
from sim.service import LiveChannel, Skill, Team, VisitChannel

# Assumed effects. Training and checks help less and less the more there is of them.
TRAINING_FILLS_HOURS = 4.0
TRAINED_HANDLE, TRAINED_SOLVE, TRAINED_COURTESY = -0.08, 0.06, 0.2
PAID_HOURS_A_MONTH = 160.0
CHECKS_FILL_SHARE = 0.05
# A partner's agents, compared with the team whose work they take over.
PARTNER_HANDLE, PARTNER_SOLVE, PARTNER_PRICE = 1.1, 0.93, 3.5
# Who has agents of their own is served by the others too after so long.
OWN_AGENTS_MINUTES = 1.0

_PARTS_OF_DAY = {
    "morning": ("上午", 0, 12 * 60),
    "afternoon": ("下午", 12 * 60, 17 * 60),
    "evening": ("晚上", 17 * 60, 24 * 60),
}


def _teams(scenario: Scenario) -> list[str]:
    return list(scenario.teams)


def _fewer(scenario: Scenario, name: str) -> tuple[float, float]:
    """One agent must stay at the busiest time, or the team is none."""
    most = int(np.ceil(scenario.teams[name].agents.minutes.max()))
    return -min(most - 1, 5), max(10, most)


def _some(scenario: Scenario, name: str) -> tuple[float, float]:
    return 0, max(10, int(np.ceil(scenario.teams[name].agents.minutes.max())))


def _at_work(start: int, end: int) -> Callable[[Scenario], list[str]]:
    """Teams that work in these hours."""
    return lambda scenario: [
        name for name, team in scenario.teams.items() if (team.agents.minutes[:, start:end] > 0).any()
    ]


def _more_in(start: int, end: int) -> Callable[[Scenario, str, float], dict[str, Any]]:
    def changes(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
        minutes = scenario.teams[name].agents.minutes.copy()
        part = minutes[:, start:end]
        part[part > 0] += value
        return {"teams": {name: {"agents": as_numbers(minutes)}}}

    return changes


def _fill(amount: float, filled_by: float) -> float:
    """How much of an effect is reached: 63 % at `filled_by`, all of it only in the end."""
    return 1 - exp(-amount / filled_by)


def _train(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    team, before = scenario.teams[name], _trained(scenario, name)
    new, old = _fill(value, TRAINING_FILLS_HOURS), _fill(before, TRAINING_FILLS_HOURS)
    return {
        "teams": {
            name: {
                "handle_factor": team.handle_factor * (1 + TRAINED_HANDLE * new) / (1 + TRAINED_HANDLE * old),
                "solve_factor": team.solve_factor * (1 + TRAINED_SOLVE * new) / (1 + TRAINED_SOLVE * old),
                "courtesy": min(1.0, max(-1.0, team.courtesy + TRAINED_COURTESY * (new - old))),
                "absence": min(0.95, max(0.0, team.absence + (value - before) / PAID_HOURS_A_MONTH)),
            }
        },
        "policies": {"training_hours": {name: value}},
    }


def _trained(scenario: Scenario, name: str) -> float:
    return scenario.policies.training_hours.get(name, 0.0)


def _check(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    """Who checks cannot serve meanwhile; what is uneven fades: newcomers, haste, bad manners under pressure."""
    team, before = scenario.teams[name], _checked(scenario, name)
    left = exp(-(value - before) / CHECKS_FILL_SHARE)
    change: dict[str, Any] = {
        "handle_factor": team.handle_factor * (1 + value) / (1 + before),
        "solve_drop_when_busy": min(1.0, team.solve_drop_when_busy * left),
        "courtesy_drop_when_busy": min(2.0, team.courtesy_drop_when_busy * left),
    }
    if team.newcomers is not None:
        change["newcomers"] = {
            "handle_factor": max(0.1, 1 + (team.newcomers.handle_factor - 1) * left),
            "solve_factor": max(0.0, 1 + (team.newcomers.solve_factor - 1) * left),
        }
    return {"teams": {name: change}, "policies": {"checked_share": {name: value}}}


def _checked(scenario: Scenario, name: str) -> float:
    return scenario.policies.checked_share.get(name, 0.0)


def _partner(name: str) -> str:
    return f"{name}_partner"


def _own_teams(scenario: Scenario) -> list[str]:
    return [
        name
        for name, team in scenario.teams.items()
        if not team.outsourced and any(skill.channel for skill in team.skills)
    ]


def _bought(scenario: Scenario, name: str) -> float:
    """Share of the head-count that a partner provides."""
    if _partner(name) not in scenario.teams:
        return 0.0
    own, theirs = (scenario.teams[one].agents.minutes.sum() for one in (name, _partner(name)))
    return float(np.round(theirs / (own + theirs), 6))


def _buy(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    team, before = scenario.teams[name], _bought(scenario, name)
    whole = team.agents.minutes / (1 - before)
    own = {name: {"agents": as_numbers(whole * (1 - value))}}
    if _partner(name) in scenario.teams:
        other: Any = {"agents": as_numbers(whole * value)} if value else None
    elif not value:
        return {"teams": own}
    else:
        kept = team.model_dump(exclude_unset=True, exclude={"agents", "extra_agents", "skills", "wage_per_hour"})
        other = Team(
            **kept
            | {
                "skills": team.skills,
                "agents": as_numbers(whole * value),
                "handle_factor": team.handle_factor * PARTNER_HANDLE,
                "solve_factor": team.solve_factor * PARTNER_SOLVE,
                "outsourced": True,
                "paid_by": "contact",
                "price_per_contact": team.price_per_contact or PARTNER_PRICE,
            }
        )
    return {"teams": own | {_partner(name): other}}


def _own_desk(segment: str) -> str:
    return f"{segment}_own_agents"


def _served_by_all(scenario: Scenario, segment: str) -> tuple[str, str]:
    """The live channel with most cases, and the team that serves everybody in it first; empty if there is none."""
    if _own_desk(segment) in scenario.teams:
        channel = scenario.teams[_own_desk(segment)].skills[0].channel or ""
    else:
        lines = [
            name
            for name, way in scenario.channels.items()
            if isinstance(way, LiveChannel) and not isinstance(way, VisitChannel)
        ]
        channel = max(lines, key=lambda name: _first_attempts(scenario, name), default="")
    places = [
        (rank, place, name)
        for place, (name, team) in enumerate(scenario.teams.items())
        for rank, skill in enumerate(team.skills)
        if skill.channel == channel and skill.is_whole_channel and not skill.after_minutes
    ]
    return channel, min(places)[2] if places else ""


def _first_attempts(scenario: Scenario, channel: str) -> float:
    trace = scenario.demand.trace
    return sum(
        float(cases_per_minute(scenario, name).sum() if trace is None else trace.ways[name, ""])
        * kind.channels.get(channel, 0.0)
        + (0 if trace is None else trace.ways[name, channel])
        for name, kind in scenario.case_types.items()
    )


def _minorities(scenario: Scenario) -> list[str]:
    """Segments but the largest, in scenarios where a team serves everybody."""
    largest = max(scenario.segments, key=lambda name: scenario.segments[name].share)
    return [name for name in scenario.segments if name != largest and _served_by_all(scenario, name)[1]]


def _own_agents(scenario: Scenario, segment: str) -> float:
    name = _own_desk(segment)
    return float(scenario.teams[name].agents.minutes.max()) if name in scenario.teams else 0.0


def _give_own_agents(scenario: Scenario, segment: str, value: float) -> dict[str, Any]:
    """A desk with the hours and the wage of the team that serves everybody, which helps out after a while."""
    desk, (channel, home) = _own_desk(segment), _served_by_all(scenario, segment)
    team = scenario.teams[home]
    if desk in scenario.teams and value:
        hours = scenario.teams[desk].agents.minutes > 0
        return {"teams": {desk: {"agents": as_numbers(np.where(hours, value, 0.0))}}}
    help_out = Skill(channel=channel, segment=segment, after_minutes=OWN_AGENTS_MINUTES)
    if not value:
        kept = [skill for skill in team.skills if skill != help_out]
        return {"teams": {desk: None, home: {"skills": kept}}} if desk in scenario.teams else {}
    place = next(n for n, skill in enumerate(team.skills) if skill.channel == channel and skill.is_whole_channel)
    whose = team.model_dump(exclude_unset=True, exclude={"agents", "extra_agents", "skills"})
    own = Team(
        **whose
        | {
            "skills": (Skill(channel=channel, segment=segment),),
            "agents": as_numbers(np.where(team.agents.minutes > 0, value, 0.0)),
        }
    )
    return {"teams": {home: {"skills": [*team.skills[:place], help_out, *team.skills[place:]]}, desk: own}}


def _standard(scenario: Scenario, _: str, value: float) -> dict[str, Any]:
    """All teams come nearer to the best of them, who stays where it is."""
    left = (1 - value) / (1 - scenario.policies.common_standard)
    best_solve = max(team.solve_factor for team in scenario.teams.values())
    best_courtesy = max(team.courtesy for team in scenario.teams.values())
    return {
        "teams": {
            name: {
                "solve_factor": max(0.0, best_solve - (best_solve - team.solve_factor) * left),
                "courtesy": max(-1.0, best_courtesy - (best_courtesy - team.courtesy) * left),
            }
            for name, team in scenario.teams.items()
        },
        "policies": {"common_standard": value},
    }


POLICIES = (
    Policy(
        name="agents",
        group="people",
        label="More agents",
        label_zh="增加坐席",
        unit="agents",
        low=-5,
        high=10,
        step=1,
        help="Agents more (or fewer) whenever somebody of the team works. They are paid for all that time.",
        help_zh="团队排班时段内增加（或减少）的坐席数，全部工时都要付薪。",
        places=_teams,
        now=lambda scenario, name: scenario.teams[name].extra_agents,
        changes=lambda _, name, value: {"teams": {name: {"extra_agents": round(value)}}},
        limits=_fewer,
    ),
    *(
        Policy(
            name=f"agents_{part}",
            group="people",
            label=f"More agents in the {part}",
            label_zh=f"增加{part_zh}坐席",
            unit="agents",
            low=0,
            high=10,
            step=0.5,
            help=f"Agents more in the {part} hours ({start // 60}:00 to {end // 60}:00) in which the team works. "
            "Counted from the plan as it is: it stands at 0 again afterwards.",
            help_zh=(
                f"在{part_zh}（{start // 60} 点至 {end // 60} "
                f"点）团队已有排班的时段增加的坐席数；以当前排班为起点计算。"
            ),
            places=_at_work(start, end),
            now=lambda _, __: 0.0,
            changes=_more_in(start, end),
            limits=_some,
        )
        for part, (part_zh, start, end) in _PARTS_OF_DAY.items()
    ),
    Policy(
        name="absence",
        group="people",
        label="Absence",
        label_zh="缺勤率",
        unit="share of days",
        low=0.0,
        high=0.25,
        step=0.01,
        help="Odds that an agent is away on a day, and paid all the same: sickness, meetings.",
        help_zh="坐席某天缺勤（仍然付薪）的概率：病假、会议等。",
        places=_teams,
        now=lambda scenario, name: scenario.teams[name].absence,
        changes=lambda _, name, value: {"teams": {name: {"absence": value}}},
    ),
    Policy(
        name="newcomers",
        group="people",
        label="Newcomers",
        label_zh="新人比例",
        unit="share of agents",
        low=0.0,
        high=0.8,
        step=0.05,
        help="So many agents are still learning: low where people stay, high where they soon leave.",
        help_zh="仍在学习阶段的坐席比例：留得住人则低，流失快则高。",
        places=lambda scenario: [name for name, team in scenario.teams.items() if team.newcomers],
        now=lambda scenario, name: new.share if (new := scenario.teams[name].newcomers) else 0.0,
        changes=lambda _, name, value: {"teams": {name: {"newcomers": {"share": value}}}},
    ),
    Policy(
        name="training",
        group="people",
        label="Training",
        label_zh="培训",
        unit="hours a month",
        low=0.0,
        high=16.0,
        step=1.0,
        help=(
            "Paid hours of training for each agent, away from customers. "
            "Assumed: 4 hours bring 63 % of all that it can "
            f"bring, which is handle times {-TRAINED_HANDLE:.0%} shorter, odds of solving {TRAINED_SOLVE:.0%} higher, "
            f"and {TRAINED_COURTESY:g} more courtesy."
        ),
        help_zh=(
            "每名坐席每月的带薪培训时间，期间不接待顾客。假设：4 小时可得全部效果的 63%；全部效果为处理时间缩短 "
            f"{-TRAINED_HANDLE:.0%}，解决率提高 {TRAINED_SOLVE:.0%}，礼貌分提高 {TRAINED_COURTESY:g}。"
        ),
        places=_teams,
        now=_trained,
        changes=_train,
    ),
    Policy(
        name="quality_checks",
        group="people",
        label="Quality checks",
        label_zh="质检",
        unit="share of contacts",
        low=0.0,
        high=0.15,
        step=0.01,
        help=(
            "So many contacts are heard again and talked over, which takes the team their handle time once more. "
            f"Assumed: {CHECKS_FILL_SHARE:.0%} take away 63 % of what is "
            f"uneven: newcomers, haste, manners under pressure."
        ),
        help_zh=(
            "抽检并讲评的对话比例，每次占用团队相当于原对话的时间。假设：抽检 "
            f"{CHECKS_FILL_SHARE:.0%} 可消除 63% 的质量不均（新人、忙乱、压力下的态度）。"
        ),
        places=_teams,
        now=_checked,
        changes=_check,
    ),
    Policy(
        name="haste",
        group="people",
        label="Haste when busy",
        label_zh="忙时草率",
        unit="share",
        low=0.0,
        high=0.5,
        step=0.05,
        help="How much lower the odds of solving are while everybody is busy: low where care is the rule at all hours.",
        help_zh="全员忙碌时解决率下降的幅度：始终坚持服务标准则低。",
        places=_teams,
        now=lambda scenario, name: scenario.teams[name].solve_drop_when_busy,
        changes=lambda _, name, value: {"teams": {name: {"solve_drop_when_busy": value}}},
    ),
    Policy(
        name="courtesy",
        group="people",
        label="Courtesy",
        label_zh="礼貌",
        unit="points",
        low=-1.0,
        high=1.0,
        step=0.1,
        help="Manners of the team: 0 is ordinary, 1 a delight, -1 rude. It acts on satisfaction alone.",
        help_zh="团队的服务态度：0 为一般，1 为极佳，-1 为粗鲁；只影响满意度。",
        places=_teams,
        now=lambda scenario, name: scenario.teams[name].courtesy,
        changes=lambda _, name, value: {"teams": {name: {"courtesy": value}}},
    ),
    Policy(
        name="common_standard",
        group="people",
        label="One standard for all",
        label_zh="统一服务标准",
        unit="share",
        low=0.0,
        high=0.9,
        step=0.1,
        help=(
            "One service standard over all shifts and teams: odds of "
            "solving and manners come so much nearer to those of "
            "the best team. That the best stays as it is, is assumed."
        ),
        help_zh="各班次、各团队执行同一服务标准：解决率和态度按此比例向最好的团队靠拢（假设最好的团队保持不变）。",
        places=one_place,
        now=lambda scenario, _: scenario.policies.common_standard,
        changes=_standard,
    ),
    Policy(
        name="outsourcing",
        group="people",
        label="Outsourced",
        label_zh="外包比例",
        unit="share of agents",
        low=0.0,
        high=0.8,
        step=0.05,
        help=(
            "A partner provides so many of the team's agents, in a team of its own, paid by contact. Assumed: "
            f"{PARTNER_HANDLE - 1:.0%} longer handle times, odds of solving {1 - PARTNER_SOLVE:.0%} lower, "
            f"{PARTNER_PRICE:g} a contact unless the team has a price."
        ),
        help_zh=(
            "由外包伙伴提供的坐席比例，单独成队、按接触次数付费。假设：处理时间长 "
            f"{PARTNER_HANDLE - 1:.0%}，解决率低 {1 - PARTNER_SOLVE:.0%}，"
            f"每次 {PARTNER_PRICE:g}（团队另有单价者除外）。"
        ),
        places=lambda scenario: [name for name in _own_teams(scenario) if not name.endswith("_partner")],
        now=_bought,
        changes=_buy,
    ),
    Policy(
        name="vip_own_agents",
        group="people",
        label="Agents of their own",
        label_zh="专属坐席",
        unit="agents",
        low=0,
        high=10,
        step=1,
        help=(
            "So many agents more, for a customer group alone (VIPs say), in the live channel with most cases, at the "
            "hours and the wage of the team that serves it; that team takes the group's customers after "
            f"{OWN_AGENTS_MINUTES:g} minute of waiting (assumed). Being served so counts as recognition. Lower the "
            "team's own head-count to move agents."
        ),
        help_zh=(
            "在来访最多的实时渠道，为某类顾客（如 VIP）另设的专属坐席数，工时与工资同原团队；"
            f"等待 {OWN_AGENTS_MINUTES:g} 分钟后原团队也可接待（假设）。由专属坐席接待视为受到重视。"
            "若要调拨人员，请同时减少原团队坐席。"
        ),
        places=_minorities,
        now=_own_agents,
        changes=_give_own_agents,
    ),
)
