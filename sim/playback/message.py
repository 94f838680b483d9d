"""What the player is told: a small description of the scene, and the events as packed numbers."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from sim.experiment import distinct_names
from sim.languages import in_language
from sim.playback.events import Day, day_of
from sim.playback.words import DAYS, label, signs, words
from sim.run import Run
from sim.scenario import DeferredChannel, LiveChannel, Scenario
from sim.timetable import MINUTES_A_DAY, openings

COLUMNS = ("tick", "what", "subject", "value", "who", "case", "attempt", "lane", "kind", "flags")


def message(runs: list[Run], day: int, language: str) -> tuple[dict[str, Any], list[bytes]]:
    """The scene, ready for JSON, and for each run the bytes of its day.

    Parameters
    ----------
    runs : list of Run
        One, or two that meet the same customers.
    day : int
    language : {"en", "zh"}

    Returns
    -------
    scene : dict
    data : list of bytes
    """
    days = [day_of(run.log, day) for run in runs]
    # The same customer gets the same small number on both sides.
    _, who = np.unique(np.concatenate([side.who for side in days]), return_inverse=True)
    shared = np.split(who, np.cumsum([len(side.who) for side in days])[:-1])
    sides, data = [], []
    for run, side, same, name in zip(runs, days, shared, distinct_names([run.scenario for run in runs]), strict=True):
        columns, packed = _packed(side, same)
        about = {"name": name, "columns": columns, "carried": side.carried, "teams": _teams(run, language)}
        sides.append(about | _side(run.scenario, day, language))
        data.append(packed)
    date = runs[0].scenario.first_day + datetime.timedelta(days=day)
    scene = {
        "sides": sides,
        "words": words(language),
        "language": language,
        "weekday": in_language(DAYS, language)[date.weekday()],
        "date": date.isoformat(),
    }
    return scene, data


def _packed(day: Day, who: np.ndarray) -> tuple[list[list[Any]], bytes]:
    """Each column as the smallest numbers that hold it, one behind the other: name, type, length and place of each."""
    columns, parts, place = [], [], 0
    for name in COLUMNS:
        values = who if name == "who" else getattr(day, name)
        kind = np.min_scalar_type(int(values.max(initial=0)))
        packed = values.astype(kind.newbyteorder("<")).tobytes()
        columns.append([name, kind.name, len(values), place])
        parts.append(packed)
        place += len(packed)
    return columns, b"".join(parts)


def _side(scenario: Scenario, day: int, language: str) -> dict[str, Any]:
    taken: set[str] = set()
    channel_signs = signs(list(scenario.channels), language, taken)
    task_signs = signs(scenario.task_names(), language, taken)
    bot = scenario.bot.channels if scenario.bot is not None else ()
    channels = []
    for (name, way), sign in zip(scenario.channels.items(), channel_signs, strict=True):
        opens, closes = openings(way.open_hours.minutes[scenario.weekdays[day]])
        channels.append(
            {
                "name": name,
                "label": label(name, language),
                "sign": sign,
                "kind": way.kind,
                "bot": name in bot,
                "within": way.answer_within_minutes if isinstance(way, LiveChannel) else None,
                "atOnce": way.at_once if isinstance(way, LiveChannel) else 1,
                # Messages come in at any hour.
                "open": None
                if isinstance(way, DeferredChannel)
                else list(zip(opens, [*closes, MINUTES_A_DAY][: len(opens)], strict=True)),
            }
        )
    return {
        "channels": channels,
        "tasks": [
            {"name": name, "label": label(name, language), "sign": sign}
            for name, sign in zip(scenario.task_names(), task_signs, strict=True)
        ],
        "types": [label(name, language) for name in scenario.case_types],
        "portal": any(kind.self_service is not None for kind in scenario.case_types.values()),
    }


def _teams(run: Run, language: str) -> list[dict[str, Any]]:
    """The teams: who is in them, and how many conversations one agent can have at once."""
    scenario = run.scenario
    agent_team = run.log.workload.roster.agent_team
    teams = []
    for code, (name, team) in enumerate(scenario.teams.items()):
        served = [scenario.channels[skill.channel] for skill in team.skills if skill.channel is not None]
        first, last = np.searchsorted(agent_team, [code, code + 1]).tolist()
        teams.append(
            {
                "name": name,
                "label": label(name, language),
                "first": first,
                "count": last - first,
                "slots": max([1, *(way.at_once for way in served if isinstance(way, LiveChannel))]),
            }
        )
    return teams
