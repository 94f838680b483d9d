"""How many are where at a minute, counted straight from the tables of a run.

The player counts while it plays the events of `sim.playback.events`; this module counts by another way, so that the one
can be held against the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.log import OUTCOMES
from sim.playback.checked import checked_day, checked_minute, checked_run
from sim.satisfaction import ratings
from sim.scenario import DeferredChannel
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    from sim.run import Run

# A contact that ends has one of the first seven outcomes; the others are of those that the end of the run cuts off.
ENDS = OUTCOMES[:7]


def counts(run: Run, day: int = 0, minute: str | float = MINUTES_A_DAY) -> dict[str, Any]:
    """How many are where at a minute of a day, and what has happened on that day until then.

    What happens at the very minute has happened. The last minute, 1440, shows how the day ends: what happens at 24:00
    sharp belongs to the next day.

    Parameters
    ----------
    run : Run
    day : int, default 0
        Day of the run, from 0.
    minute : str or float, default 1440
        Minutes since 00:00 of that day, or a time such as "10:30".

    Returns
    -------
    dict
        At the minute: customers ``waiting`` and ``talking`` in live channels (visits too), ``with_bot``, ``in_portal``,
        ``booked`` for later, the ``backlog`` of unanswered messages and those in ``writing``; delays ``on_the_way``.
        Since 00:00: contacts that ``arrived`` and the ends of contacts by outcome (``served``, ``abandoned``, …),
        those that ``solved`` their case, visits to the portal that did (``self_served``), cases ``closed`` and
        ``given_up``, their ``rating_points`` and the ``satisfied`` with 4 or 5 of 5. By name: ``channels``, ``tasks``
        and ``teams``.

    Raises
    ------
    TypeError
        If something else than a run is given.
    ValueError
        If the run has no such day, or a day no such minute.

    Examples
    --------
    >>> import sim
    >>> from sim.playback import counts
    >>> noon = counts(sim.simulate("baseline", seed=1), day=0, minute="12:00")
    >>> noon["arrived"] > noon["served"] > noon["waiting"]
    True
    """
    checked_run(run, "run")
    minute = checked_minute(minute, "minute")
    start = float(checked_day(day, run) * MINUTES_A_DAY)
    now = start + minute

    def begun(times: pd.Series) -> pd.Series:
        return times < now if minute == MINUTES_A_DAY else times <= now

    def today(times: pd.Series) -> pd.Series:
        return (times >= start) & begun(times)

    scenario, log, contacts = run.scenario, run.log, run.contacts
    came, joined, answered, ended = (
        begun(contacts[f"{moment}_minutes"]) for moment in ("arrived", "queued", "answered", "ended")
    )
    arrived, left = today(contacts["arrived_minutes"]), today(contacts["ended_minutes"])
    where = {
        "arrived": arrived,
        "booked": came & ~joined & ~ended & ~contacts["met_bot"],
        "with_bot": came & ~joined & ~ended & contacts["met_bot"],
        "waiting": joined & ~answered & ~ended,
        "in_service": answered & ~ended,
        **{outcome: left & (contacts["outcome"] == outcome) for outcome in ENDS},
    }
    channels = {
        name: {what: int((mask & (contacts["channel"] == name)).sum()) for what, mask in where.items()}
        for name in scenario.channels
    }

    # The table of tasks tells the end of a wait, not when it began, which differs from the beginning of booked work.
    is_task = ~log.is_contact
    steps = run.tasks.assign(task=log.workload.task[log.row[is_task]], queued_minutes=log.queued[is_task])
    is_work, steps_begun, steps_answered, steps_ended = (
        steps["task"] >= 0,
        begun(steps["queued_minutes"]),
        begun(steps["answered_minutes"]),
        begun(steps["ended_minutes"]),
    )
    of_tasks = {
        "booked": is_work & begun(steps["began_minutes"]) & ~steps_begun,
        "waiting": steps_begun & ~steps_answered,
        "in_service": steps_answered & ~steps_ended,
        "served": is_work & today(steps["ended_minutes"]),
    }
    tasks = {
        name: {what: int((mask & (steps["task"] == code)).sum()) for what, mask in of_tasks.items()}
        for code, name in enumerate(scenario.task_names())
    }

    duty = run.staffing
    on_duty = begun(duty["start_minutes"]) & ~begun(duty["end_minutes"])
    in_hand = pd.concat(
        [
            contacts.loc[where["in_service"], ["team", "agent"]],
            steps.loc[of_tasks["in_service"], ["team", "agent"]],
        ]
    )
    teams = {}
    for name in scenario.teams:
        mine = in_hand.loc[in_hand["team"] == name, "agent"]
        teams[name] = {
            "on_duty": int((on_duty & (duty["team"] == name)).sum()),
            "busy": int(mine.nunique()),
            "in_hand": len(mine),
        }

    cases = run.cases
    portal = cases["self_service"] != "no"
    # Who was not helped by the portal makes the first contact when giving it up.
    first = contacts[contacts["attempt"] == 1].set_index("case")["arrived_minutes"]
    stops = cases["closed_minutes"].where(cases["self_service"] == "solved", cases["case"].map(first))
    closed = cases[today(cases["closed_minutes"])]
    rating = ratings(run).set_index("case")["rating"].reindex(closed["case"])

    deferred = [isinstance(way, DeferredChannel) for way in scenario.channels.values()]

    def total(what: str, *, of_deferred: bool) -> int:
        return sum(
            part[what]
            for part, is_deferred in zip(channels.values(), deferred, strict=True)
            if is_deferred == of_deferred
        )

    return {
        "arrived": int(arrived.sum()),
        "waiting": total("waiting", of_deferred=False),
        "talking": total("in_service", of_deferred=False),
        "backlog": total("waiting", of_deferred=True),
        "writing": total("in_service", of_deferred=True),
        "with_bot": int(where["with_bot"].sum()),
        "in_portal": int((portal & begun(cases["appears_minutes"]) & ~begun(stops)).sum()),
        "booked": int(where["booked"].sum()),
        "on_the_way": int((~is_work & begun(steps["began_minutes"]) & ~steps_ended).sum()),
        **{outcome: int(where[outcome].sum()) for outcome in ENDS},
        "solved": int((left & contacts["solved"]).sum()),
        "self_served": int((closed["self_service"] == "solved").sum()),
        "closed": len(closed),
        "given_up": int((closed["state"] == "given_up").sum()),
        "rating_points": int(rating.sum()),
        "satisfied": int((rating >= 4).sum()),
        "channels": channels,
        "tasks": tasks,
        "teams": teams,
    }
