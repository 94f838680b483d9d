"""The player's arithmetic in Python: a day's events, played one after the other."""

from __future__ import annotations

from typing import Any

from sim.log import OUTCOMES
from sim.playback import events
from sim.playback.events import TICKS_A_MINUTE, Day
from sim.scenario import DeferredChannel, Scenario

PORTAL, BOOKED, BOT, QUEUE, SERVICE = "in_portal", "booked", "with_bot", "waiting", "in_service"
STAGE = {
    events.TRIES_PORTAL: PORTAL,
    events.BOOKS: BOOKED,
    events.MEETS_BOT: BOT,
    events.QUEUES: QUEUE,
    events.ANSWERED: SERVICE,
}
ENDS = OUTCOMES[:7]


def played(day: Day, scenario: Scenario, agent_team: Any, minute: float, before: bool = False) -> dict[str, Any]:
    """The counts of `sim.playback.counts`, from the events alone; with `before`, only from those of other days."""
    last = day.carried if before else int((day.tick <= minute * TICKS_A_MINUTE).sum())
    stage: dict[int, str] = {}
    agent: dict[int, int] = {}
    duty = [0] * len(agent_team)
    total = dict.fromkeys(("arrived", "on_the_way", *ENDS, "solved", "self_served", "closed"), 0)
    total |= dict.fromkeys(("given_up", "rating_points", "satisfied"), 0)
    lanes = [*scenario.channels, *scenario.task_names()]
    ends = [dict.fromkeys(("arrived", *ENDS), 0) for _ in lanes]
    for what, subject, value in zip(
        day.what[:last].tolist(), day.subject[:last].tolist(), day.value[:last].tolist(), strict=True
    ):
        lane = day.lane[subject] if len(day.lane) else None
        if what == events.ARRIVES:
            stage.pop(subject, None)
            total["arrived"] += 1
            ends[lane]["arrived"] += 1
        elif what in STAGE:
            stage[subject] = STAGE[what]
            agent[subject] = value
        elif what == events.LEAVES:
            stage.pop(subject, None)
            if value % 8 == events.SELF_SERVED:
                total["self_served"] += 1
            else:
                ends[lane][ENDS[value % 8]] += 1
                if lane < len(scenario.channels):
                    total[ENDS[value % 8]] += 1
                    total["solved"] += value // 8 % 2
        elif what == events.CLOSES:
            total["closed"] += 1
            total["given_up"] += value < 8
            total["rating_points"] += value % 8
            total["satisfied"] += value % 8 >= 4
        elif what in (events.COMES_ON_DUTY, events.GOES_OFF_DUTY):
            duty[value] += 1 if what == events.COMES_ON_DUTY else -1
        else:
            total["on_the_way"] += value if what == events.WAY_BEGINS else -value
    at = [dict.fromkeys((BOOKED, BOT, QUEUE, SERVICE), 0) for _ in lanes]
    total["in_portal"] = sum(where == PORTAL for where in stage.values())
    for subject, where in stage.items():
        if where != PORTAL:
            at[day.lane[subject]][where] += 1
    channels = {
        name: {"arrived": ends[lane]["arrived"], **at[lane], **{end: ends[lane][end] for end in ENDS}}
        for lane, name in enumerate(scenario.channels)
    }
    tasks = {}
    for lane, name in enumerate(lanes):
        if lane >= len(scenario.channels):
            tasks[name] = {part: at[lane][part] for part in (BOOKED, QUEUE, SERVICE)} | {"served": ends[lane]["served"]}
    busy = [agent[subject] for subject, where in stage.items() if where == SERVICE]
    teams = {
        name: {
            "on_duty": sum(on for on, team in zip(duty, agent_team, strict=True) if team == code),
            "busy": len({who for who in busy if agent_team[who] == code}),
            "in_hand": sum(agent_team[who] == code for who in busy),
        }
        for code, name in enumerate(scenario.teams)
    }
    deferred = {name for name, way in scenario.channels.items() if isinstance(way, DeferredChannel)}
    for name, live, late in ((QUEUE, "waiting", "backlog"), (SERVICE, "talking", "writing")):
        total[live] = sum(part[name] for channel, part in channels.items() if channel not in deferred)
        total[late] = sum(part[name] for channel, part in channels.items() if channel in deferred)
    for name in (BOT, BOOKED):
        total[name] = sum(part[name] for part in channels.values())
    return {**total, "channels": channels, "tasks": tasks, "teams": teams}
