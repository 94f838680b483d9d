"""Levers on the channels: hours, lines, callbacks, chats at once, who goes first."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.policies.kinds import Policy
from sim.policies.weeks import as_hours, as_numbers
from sim.scenario import Scenario
from sim.service import Callback, LiveChannel, Skill, VisitChannel
from sim.timetable import MINUTES_A_DAY

USUAL_CALLBACK = Callback(when_wait_above_minutes=5, accepted_share=0.4)
# The last opening of a day stays at least so long.
LEAST_OPEN_MINUTES = 60


def _live(scenario: Scenario) -> dict[str, LiveChannel]:
    return {name: way for name, way in scenario.channels.items() if isinstance(way, LiveChannel)}


def _lines(scenario: Scenario) -> dict[str, LiveChannel]:
    """Live channels without those that are visited."""
    return {name: way for name, way in _live(scenario).items() if not isinstance(way, VisitChannel)}


def _chats(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    """More chats at once than known so far go on as they slowed down before."""
    speed = list(_live(scenario)[name].speed)
    if len(speed) > 1:
        slows = speed[-1] / speed[-2]
        speed += [round(speed[-1] * slows ** (n + 1), 4) for n in range(round(value) - len(speed))]
    return {"channels": {name: {"at_once": round(value), "speed": speed[: round(value)]}}}


def _offers_callback(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    return {"channels": {name: {"callback": USUAL_CALLBACK if value else None}}}


def _later(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    """The channel closes so much later, and the agents of its last hour stay, or go earlier if nothing else is open."""
    way, minutes = _live(scenario)[name], round(value * 60)
    hours = way.open_hours.minutes
    new = hours.copy()
    closing = np.zeros(7, dtype=int)
    for day in range(7):
        if hours[day].any():
            closing[day] = old = np.flatnonzero(hours[day])[-1] + 1
            closed = np.flatnonzero(~hours[day, :old])
            opens = closed[-1] + 1 if len(closed) else 0
            until = int(np.clip(old + minutes, min(opens + LEAST_OPEN_MINUTES, old), MINUTES_A_DAY))
            new[day, min(old, until) : max(old, until)] = until > old
    changes: dict[str, Any] = {"channels": {name: {"open_hours": as_hours(new)}}}
    others = {other: way.open_hours.minutes for other, way in _live(scenario).items() if other != name}
    for team_name, team in scenario.teams.items():
        own = {skill.channel for skill in team.skills if not skill.after_minutes}
        if name not in own:
            continue
        busy = np.any([hours for other, hours in others.items() if other in own] or [np.zeros_like(hours)], axis=0)
        plan = team.agents.minutes.copy()
        for day in range(7):
            at_work = np.flatnonzero(plan[day])
            if closing[day] and len(at_work) and at_work[-1] + 1 == closing[day]:
                longer = new[day] & ~hours[day]
                plan[day, longer] = plan[day, closing[day] - 1]
                plan[day, hours[day] & ~new[day] & ~busy[day]] = 0
        if (plan != team.agents.minutes).any():
            changes.setdefault("teams", {})[team_name] = {"agents": as_numbers(plan)}
    return changes


def _overflows(scenario: Scenario) -> list[str]:
    """Skills for a whole channel that wait before the team helps out, as ``team.channel``."""
    return [
        f"{name}.{skill.channel}"
        for name, team in scenario.teams.items()
        for skill in team.skills
        if skill.is_whole_channel and skill.after_minutes > 0
    ]


def _overflow(scenario: Scenario, place: str) -> float:
    team, channel = place.rsplit(".", 1)
    return next(
        skill.after_minutes
        for skill in scenario.teams[team].skills
        if skill.is_whole_channel and skill.channel == channel and skill.after_minutes > 0
    )


def _overflow_after(scenario: Scenario, place: str, value: float) -> dict[str, Any]:
    team, channel = place.rsplit(".", 1)
    skills = [
        skill.model_copy(update={"after_minutes": value})
        if skill.channel == channel and skill.is_whole_channel and skill.after_minutes > 0
        else skill
        for skill in scenario.teams[team].skills
    ]
    return {"teams": {team: {"skills": skills}}}


def _angry_type(scenario: Scenario) -> str:
    return scenario.coming_back.angrier.type if scenario.coming_back.angrier else ""


def _for_complaints(scenario: Scenario) -> list[str]:
    """Teams that can serve complaints on a live channel."""
    kind = _angry_type(scenario)
    return [
        name
        for name, team in scenario.teams.items()
        if kind and any(skill.channel in _lines(scenario) and skill.type in (None, kind) for skill in team.skills)
    ]


def _complaints_first(scenario: Scenario, name: str) -> float:
    first = scenario.teams[name].skills[0]
    return float(first.channel is not None and first.type == _angry_type(scenario))


def _put_complaints(scenario: Scenario, name: str, value: float) -> dict[str, Any]:
    """First in the list, or last: skills for complaints alone that a skill for all covers anyway are left out there."""
    kind, skills = _angry_type(scenario), scenario.teams[name].skills
    special = [skill for skill in skills if skill.type == kind]
    rest = [skill for skill in skills if skill.type != kind]
    whole = {skill.channel for skill in rest if skill.is_whole_channel}
    if value:
        have = {skill.channel for skill in special if skill.segment is None}
        added = [Skill(channel=one, type=kind) for one in _lines(scenario) if one in whole and one not in have]
        return {"teams": {name: {"skills": special + added + rest}}}
    return {"teams": {name: {"skills": rest + [skill for skill in special if skill.channel not in whole]}}}


POLICIES = (
    Policy(
        name="opening_hours",
        group="channels",
        label="Closes later",
        label_zh="延长服务时间",
        unit="hours a day",
        low=-3.0,
        high=4.0,
        step=0.5,
        help=(
            "The channel closes so much later on every day on which it is open; who works until closing stays as long, "
            "and goes home earlier with it if no other live channel needs them. Counted from the hours as they are."
        ),
        help_zh=(
            "每个营业日推迟（或提前）关闭的小时数；当班至关闭的坐席随之延长，"
            "提前关闭且无其他实时渠道时提早下班。以当前时间为起点。"
        ),
        places=lambda scenario: [name for name, way in _lines(scenario).items() if not way.open_hours.minutes.all()],
        now=lambda _, __: 0.0,
        changes=_later,
    ),
    Policy(
        name="lines",
        group="channels",
        label="Lines",
        label_zh="线路数",
        unit="lines",
        low=5,
        high=100,
        step=1,
        help="Contacts that fit in, in service and waiting. Who finds none free is blocked, and may try again.",
        help_zh="可同时容纳的接触数（服务中与等待中）；满线时来电被阻塞，可能再试。",
        places=lambda scenario: [name for name, way in _live(scenario).items() if way.lines is not None],
        now=lambda scenario, name: _live(scenario)[name].lines or 0,
        changes=lambda _, name, value: {"channels": {name: {"lines": round(value)}}},
    ),
    Policy(
        name="chats_at_once",
        group="channels",
        label="Conversations at once",
        label_zh="同时接待数",
        unit="conversations",
        low=1,
        high=6,
        step=1,
        help="How many customers an agent serves at a time. Each conversation goes on more slowly the more there are.",
        help_zh="每名坐席同时接待的顾客数；同时接待越多，每个对话越慢。",
        places=lambda scenario: [name for name, way in _lines(scenario).items() if way.at_once > 1],
        now=lambda scenario, name: _live(scenario)[name].at_once,
        changes=_chats,
    ),
    Policy(
        name="callback",
        group="channels",
        label="Offer callbacks",
        label_zh="提供回拨",
        unit="switch",
        low=0,
        high=1,
        step=1,
        help=(
            "Customers who would wait long may hang up and be called in "
            "their turn. Switched on anew, it is offered from "
            f"{USUAL_CALLBACK.when_wait_above_minutes:g} minutes and "
            f"{USUAL_CALLBACK.accepted_share:.0%} accept (assumed)."
        ),
        help_zh=(
            "预计等待较长的顾客可以挂断，轮到时由坐席回拨。新开启时默认等待超过 "
            f"{USUAL_CALLBACK.when_wait_above_minutes:g} 分钟时提供，{USUAL_CALLBACK.accepted_share:.0%} 接受（假设）。"
        ),
        places=lambda scenario: list(_lines(scenario)),
        now=lambda scenario, name: float(_live(scenario)[name].callback is not None),
        changes=_offers_callback,
    ),
    Policy(
        name="callback_after",
        group="channels",
        label="Offer callbacks from",
        label_zh="回拨门槛",
        unit="minutes",
        low=0.0,
        high=20.0,
        step=0.5,
        help="The expected wait above which a callback is offered.",
        help_zh="预计等待超过多少分钟时提供回拨。",
        places=lambda scenario: [name for name, way in _lines(scenario).items() if way.callback],
        now=lambda scenario, name: offer.when_wait_above_minutes if (offer := _live(scenario)[name].callback) else 0.0,
        changes=lambda _, name, value: {"channels": {name: {"callback": {"when_wait_above_minutes": value}}}},
    ),
    Policy(
        name="visit_places",
        group="channels",
        label="Appointments at a time",
        label_zh="同时预约名额",
        unit="customers",
        low=1,
        high=6,
        step=1,
        help="How many customers can book the same time at the service centre. More need more agents there.",
        help_zh="服务中心同一时段可预约的顾客数；名额多则需要更多坐席。",
        places=lambda scenario: [name for name, way in scenario.channels.items() if isinstance(way, VisitChannel)],
        now=lambda scenario, name: getattr(scenario.channels[name], "places", 1),
        changes=lambda _, name, value: {"channels": {name: {"places": round(value)}}},
    ),
    Policy(
        name="priority",
        group="channels",
        label="Priority",
        label_zh="优先级",
        unit="rank, 1 goes first",
        low=1,
        high=9,
        step=1,
        help="The rank of a customer group in every queue, VIPs say. Somebody else waits longer for it.",
        help_zh="某类顾客（如 VIP）在所有队列中的优先级，1 最先；代价是其他人等得更久。",
        places=lambda scenario: list(scenario.segments),
        now=lambda scenario, name: scenario.segments[name].priority,
        changes=lambda _, name, value: {"segments": {name: {"priority": round(value)}}},
    ),
    Policy(
        name="head_start",
        group="channels",
        label="Head start",
        label_zh="排队提前量",
        unit="minutes",
        low=0.0,
        high=15.0,
        step=0.5,
        help="A customer group stands in the queue as if it had come so much earlier: gentler than priority.",
        help_zh="某类顾客排队时视为已等待的分钟数：比优先级更温和。",
        places=lambda scenario: list(scenario.segments),
        now=lambda scenario, name: scenario.segments[name].head_start_minutes,
        changes=lambda _, name, value: {"segments": {name: {"head_start_minutes": value}}},
    ),
    Policy(
        name="vip_before_all",
        group="channels",
        label="Priority before everything",
        label_zh="优先级高于一切",
        unit="switch",
        low=0,
        high=1,
        step=1,
        help=(
            "Agents look at the customer's priority before they look at "
            "their team's order of skills, so that an e-mail of "
            "a VIP comes before anybody's call."
        ),
        help_zh="坐席先看顾客优先级，再看团队技能顺序：VIP 的邮件也排在普通来电之前。",
        places=lambda scenario: [""] if scenario.serve_first != "waiting" else [],
        now=lambda scenario, _: float(scenario.serve_first == "priority"),
        changes=lambda _, __, value: {"serve_first": "priority" if value else "preference"},
    ),
    Policy(
        name="helps_out_after",
        group="channels",
        label="Helps out after",
        label_zh="溢出等待时间",
        unit="minutes",
        low=0.25,
        high=15.0,
        step=0.25,
        help="How long work waits before this team, a partner say, takes it too: the lower, the more goes there.",
        help_zh="工作等待多久后转给该团队（如外包伙伴）：越短，转出越多。",
        places=_overflows,
        now=_overflow,
        changes=_overflow_after,
    ),
    Policy(
        name="complaints_first",
        group="channels",
        label="Complaints first",
        label_zh="投诉优先处理",
        unit="switch",
        low=0,
        high=1,
        step=1,
        help="The team takes complaints on the phone or in a chat before all its other work.",
        help_zh="该团队先处理电话或在线投诉，再做其他工作。",
        places=_for_complaints,
        now=_complaints_first,
        changes=_put_complaints,
    ),
)
