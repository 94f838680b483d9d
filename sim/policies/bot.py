"""Levers on the bot: whether, when, how clever, how bold."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.policies.kinds import Policy
from sim.scenario import Scenario
from sim.service import Bot, BotSkill, LiveChannel, VisitChannel

# Assumed: what a bot bought today can do, and how good its story is for the agent who goes on.
USUAL_SKILL = BotSkill(d_prime=1.5, threshold=0.3, solvable=0.4)


def _can_have(scenario: Scenario) -> list[str]:
    return [""] if _channels(scenario) else []


def _channels(scenario: Scenario) -> list[str]:
    """Where a new bot would stand: in chats if there are any, else in front of all but visits."""
    ways = {name: way for name, way in scenario.channels.items() if not isinstance(way, VisitChannel)}
    return [name for name, way in ways.items() if isinstance(way, LiveChannel) and way.at_once > 1] or list(ways)


def _is_there(scenario: Scenario) -> list[str]:
    return [""] if scenario.bot else []


def _has_skill(scenario: Scenario) -> list[str]:
    return [""] if scenario.bot and scenario.bot.skill else []


def _bot(scenario: Scenario) -> Bot:
    assert scenario.bot is not None
    return scenario.bot


def _skill(scenario: Scenario) -> BotSkill:
    skill = _bot(scenario).skill
    assert skill is not None
    return skill


def _switch(scenario: Scenario, _: str, value: float) -> dict[str, Any]:
    return {"bot": Bot(channels=tuple(_channels(scenario)), skill=USUAL_SKILL) if value else None}


def _starts(scenario: Scenario, _: str) -> float:
    """The first hour of Monday at which it works."""
    return float(np.flatnonzero(np.append(_bot(scenario).open_hours.minutes[0], True))[0] / 60)


def _start(_: Scenario, __: str, value: float) -> dict[str, Any]:
    begins = f"{int(value):02d}:{round(value % 1 * 60):02d}"
    return {"bot": {"open_hours": "always" if value == 0 else f"{begins}-24:00"}}


POLICIES = (
    Policy(
        name="bot",
        group="bot",
        label="Bot",
        label_zh="智能客服",
        unit="switch",
        low=0,
        high=1,
        step=1,
        help=(
            "A bot answers first. Switched on anew it stands in front of the chats with a skill of "
            f"{USUAL_SKILL.d_prime:g}, a threshold of {USUAL_SKILL.threshold:g} "
            f"and {USUAL_SKILL.solvable:.0%} solvable "
            "cases (assumed)."
        ),
        help_zh=(
            f"智能客服先接待。新开启时用于在线聊天渠道，辨别力 {USUAL_SKILL.d_prime:g}，阈值 "
            f"{USUAL_SKILL.threshold:g}，可解决的问题占 {USUAL_SKILL.solvable:.0%}（假设）。"
        ),
        places=_can_have,
        now=lambda scenario, _: float(scenario.bot is not None),
        changes=_switch,
    ),
    Policy(
        name="bot_skill",
        group="bot",
        label="Bot's skill",
        label_zh="智能客服辨别力",
        unit="d′",
        low=0.0,
        high=4.0,
        step=0.1,
        help="How well it can tell the cases that it could solve from the others; 0 is guessing.",
        help_zh="区分自己能解决与不能解决的问题的能力；0 等于瞎猜。",
        places=_has_skill,
        now=lambda scenario, _: _skill(scenario).d_prime,
        changes=lambda _, __, value: {"bot": {"skill": {"d_prime": value}}},
    ),
    Policy(
        name="bot_boldness",
        group="bot",
        label="Bot's boldness",
        label_zh="智能客服大胆程度",
        unit="− threshold",
        low=-2.0,
        high=2.0,
        step=0.1,
        help="How readily it answers. A bolder bot keeps more contacts from people, and is wrong more often.",
        help_zh="回答的积极程度：越大胆，分流越多，答错也越多。",
        places=_has_skill,
        now=lambda scenario, _: 0.0 - _skill(scenario).threshold,
        changes=lambda _, __, value: {"bot": {"skill": {"threshold": 0.0 - value}}},
    ),
    Policy(
        name="bot_from",
        group="bot",
        label="Bot works from",
        label_zh="智能客服开始时间",
        unit="o'clock, until midnight",
        low=0.0,
        high=22.0,
        step=1.0,
        help="The bot works from this hour until midnight, every day: 0 is day and night, 20 the evenings.",
        help_zh="智能客服每天从该时刻工作到午夜：0 为全天，20 为仅晚间。",
        places=_is_there,
        now=_starts,
        changes=_start,
    ),
    Policy(
        name="bot_share",
        group="bot",
        label="Contacts that meet the bot",
        label_zh="经过智能客服的比例",
        unit="share of contacts",
        low=0.0,
        high=1.0,
        step=0.1,
        help="So many contacts of its channels meet the bot; the others go straight to people.",
        help_zh="其渠道中先经过智能客服的接触比例；其余直接转人工。",
        places=_is_there,
        now=lambda scenario, _: _bot(scenario).meets_share,
        changes=lambda _, __, value: {"bot": {"meets_share": value}},
    ),
    Policy(
        name="bot_context",
        group="bot",
        label="Handed over with their story",
        label_zh="带上下文转人工",
        unit="share of contacts handed over",
        low=0.0,
        high=1.0,
        step=0.1,
        help="So many of those whom the bot hands over need not tell their story again.",
        help_zh="转人工时附带对话内容、顾客无需重述的比例。",
        places=_is_there,
        now=lambda scenario, _: _bot(scenario).context_share,
        changes=lambda _, __, value: {"bot": {"context_share": value}},
    ),
)
