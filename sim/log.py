"""What happened in a run: a row for each case, each contact, each task and each spell of duty.

The engines fill plain arrays; the tables that people read are made from them when they are asked for. Nothing is
dropped: every case ends in exactly one state, and every contact has an outcome that says what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario import Scenario
from sim.workload import (
    ABANDONED,
    ATTEMPT,
    BLOCKED,
    CONTAINED,
    ENQUIRY,
    FOLLOW_UP_CALL,
    LEFT_BOT,
    SERVED,
    TURNED_AWAY,
    Workload,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ABANDONED",
    "BLOCKED",
    "CALLED_BACK",
    "CONTAINED",
    "GIVEN_UP",
    "IN_SERVICE",
    "LEFT_BOT",
    "OPEN",
    "OUTCOMES",
    "SERVED",
    "SOLVED",
    "STATES",
    "TURNED_AWAY",
    "WAITING",
    "WITH_BOT",
    "Log",
]

# Outcomes of a contact. The last four are of contacts that the end of the run cut off.
OUTCOMES = (
    "served",
    "abandoned",
    "blocked",
    "turned_away",
    "contained",
    "left_bot",
    "called_back",
    "waiting",
    "in_service",
    "with_bot",
    "booked",
)
CALLED_BACK, WAITING, IN_SERVICE, WITH_BOT, BOOKED = range(6, 11)
STATES = ("solved", "given_up", "open")
SOLVED, GIVEN_UP, OPEN = range(3)

# What may happen in a journey, in the order in which it can happen to one contact or task at one moment.
HAPPENINGS = (
    "asks for help",
    "tries self-service",
    "step begins",
    "books a visit",
    "meets the bot",
    "joins the queue",
    "is answered",
    "is served",
    "is called back",
    "hangs up",
    "is blocked",
    "is turned away",
    "is contained by the bot",
    "leaves the bot",
    "step is done",
    "is followed up",
    "is solved",
    "gives up",
)


@dataclass(frozen=True)
class Log:
    """Everything that happened, as arrays. Codes are positions in the scenario's mappings.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    workload : Workload
        The customers that came.
    row : ndarray of int, shape (happened,)
        Rows of the workload that happened, in the order in which they began; at one moment by their number.
    booked : ndarray of float, shape (happened,)
        When a visit was booked; NaN for others. Minutes.
    arrived, queued, answered, ended : ndarray of float, shape (happened,)
        When the contact began, when it joined the queue (after bot and booking), when an agent took it and when it was
        over; NaN for what did not happen before the end of the run. Minutes.
    outcome : ndarray of int, shape (happened,)
        Position in `OUTCOMES`.
    solved : ndarray of bool, shape (happened,)
        Whether it solved the case.
    met_bot : ndarray of bool, shape (happened,)
        Whether it had a bot session.
    agent : ndarray of int, shape (happened,)
        Who served it; -1 for nobody.
    state : ndarray of int, shape (cases,)
        Position in `STATES`.
    closed : ndarray of float, shape (cases,)
        When the case was solved or given up; NaN while open. Minutes.
    duty_agent, duty_start, duty_end : ndarray, shape (spells,)
        Spells of duty by agent, then time; the time to finish a last conversation included. Minutes.
    """

    scenario: Scenario
    workload: Workload
    row: np.ndarray
    booked: np.ndarray
    arrived: np.ndarray
    queued: np.ndarray
    answered: np.ndarray
    ended: np.ndarray
    outcome: np.ndarray
    solved: np.ndarray
    met_bot: np.ndarray
    agent: np.ndarray
    state: np.ndarray
    closed: np.ndarray
    duty_agent: np.ndarray
    duty_start: np.ndarray
    duty_end: np.ndarray

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What has been worked out of this log once and will be asked for again, by name; measures keep it here."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """The record alone: a copy on disk or in another process makes tables and all else anew."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def is_contact(self) -> np.ndarray:
        """Whether a row is a contact (an attempt or a status enquiry) and not a task, shape (happened,)."""
        return self.workload.kind.take(self.row) <= ENQUIRY

    @cached_property
    def wait(self) -> np.ndarray:
        """Time in the queue, shape (happened,): until an agent took it or the wait ended otherwise; 0 without queue."""
        until = np.where(np.isnan(self.answered), self.ended, self.answered)
        never_queued = np.isnan(self.queued) & ~np.isnan(self.ended)
        return np.where(never_queued, 0.0, until - self.queued)

    @cached_property
    def team(self) -> np.ndarray:
        """Team that served each row, shape (happened,); -1 for nobody."""
        agent_team = self.workload.roster.agent_team
        if not len(agent_team):
            return np.full(len(self.agent), -1, dtype=np.int16)
        return np.where(self.agent >= 0, agent_team[self.agent], -1)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row a contact, in the order of arrival. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, scenario, here = self.workload, self.scenario, self.is_contact
        row = self.row[here]
        case = work.case[row]
        return pd.DataFrame(
            {
                "contact": row,
                "case": case,
                "attempt": np.where(work.kind[row] == ATTEMPT, work.number[row], 0),
                "type": _names(work.type[row], scenario.case_types),
                "segment": _names(work.segment[case], scenario.segments),
                "channel": _names(work.channel[row], scenario.channels),
                "arrived_minutes": self.arrived[here],
                "queued_minutes": self.queued[here],
                "wait_minutes": self.wait[here],
                "answered_minutes": self.answered[here],
                "ended_minutes": self.ended[here],
                "handle_minutes": (self.ended - self.answered)[here],
                "outcome": _names(self.outcome[here], OUTCOMES),
                "solved": self.solved[here],
                "met_bot": self.met_bot[here],
                "team": _names(self.team[here], scenario.teams),
                "agent": self.agent[here],
            }
        )

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """One row a step of the back office or follow-up call that began. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, scenario, here = self.workload, self.scenario, ~self.is_contact
        row = self.row[here]
        steps = [[step.name for step in kind.steps] for kind in scenario.case_types.values()]
        names = list(dict.fromkeys([name for of_type in steps for name in of_type] + ["follow_up"]))
        is_call = work.kind[row] > ENQUIRY + 1
        place = {name: n for n, name in enumerate(names)}
        codes = [
            place["follow_up"] if call else place[steps[kind][number - 1]]
            for call, kind, number in zip(is_call, work.case_type[work.case[row]], work.number[row], strict=True)
        ]
        return pd.DataFrame(
            {
                "task": row,
                "case": work.case[row],
                "name": _names(np.array(codes, dtype=np.int16), names),
                "began_minutes": self.arrived[here],
                "wait_minutes": np.where(work.task[row] >= 0, self.wait[here], np.nan),
                "answered_minutes": self.answered[here],
                "ended_minutes": self.ended[here],
                "team": _names(self.team[here], scenario.teams),
                "agent": self.agent[here],
            }
        )

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row a case, in the order in which they appear. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, scenario = self.workload, self.scenario
        tried = ~np.isnan(work.self_service_minutes)
        return pd.DataFrame(
            {
                "case": np.arange(work.cases),
                "type": _names(work.case_type, scenario.case_types),
                "segment": _names(work.segment, scenario.segments),
                "appears_minutes": work.appears_minutes,
                "self_service": _names(np.where(tried, 1 + work.self_service_solves, 0), ("no", "failed", "solved")),
                "contacts": np.bincount(work.case[self.row[self.is_contact]], minlength=work.cases),
                "state": _names(self.state, STATES),
                "closed_minutes": self.closed,
            }
        )

    @cached_property
    def staffing(self) -> pd.DataFrame:
        """One row a spell of duty. `docs/tables.md` explains the columns."""
        import pandas as pd

        return pd.DataFrame(
            {
                "team": _names(self.workload.roster.agent_team[self.duty_agent], self.scenario.teams),
                "agent": self.duty_agent,
                "start_minutes": self.duty_start,
                "end_minutes": self.duty_end,
            }
        )

    @cached_property
    def journey(self) -> pd.DataFrame:
        """One row a thing that happened to a customer, in order. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, here = self.workload, self.is_contact
        row, end = self.row, np.nan_to_num(self.ended, nan=np.inf)
        nobody = np.full(work.cases, -1)
        every = np.arange(work.cases)
        step = ~here & (work.kind[row] == ENQUIRY + 1)
        call = ~here & ~step
        tried = ~np.isnan(work.self_service_minutes)
        found = [
            ("asks for help", work.appears_minutes, every, nobody),
            ("tries self-service", work.appears_minutes[tried], every[tried], nobody[tried]),
            ("books a visit", self.booked, work.case[row], row),
            ("meets the bot", np.where(self.met_bot, self.arrived, np.nan), work.case[row], row),
            ("joins the queue", np.where(here, self.queued, np.nan), work.case[row], row),
            ("is answered", np.where(here, self.answered, np.nan), work.case[row], row),
            ("step begins", np.where(step, self.arrived, np.nan), work.case[row], row),
            ("step is done", np.where(step, self.ended, np.nan), work.case[row], row),
            ("is followed up", np.where(call, self.ended, np.nan), work.case[row], row),
            ("is solved", np.where(self.state == SOLVED, self.closed, np.nan), every, nobody),
            ("gives up", np.where(self.state == GIVEN_UP, self.closed, np.nan), every, nobody),
        ]
        words = {
            SERVED: "is served",
            CALLED_BACK: "is called back",
            ABANDONED: "hangs up",
            BLOCKED: "is blocked",
            TURNED_AWAY: "is turned away",
            CONTAINED: "is contained by the bot",
            LEFT_BOT: "leaves the bot",
        }
        for outcome, what in words.items():
            this = here & (self.outcome == outcome) & np.isfinite(end)
            found.append((what, self.ended[this], work.case[row[this]], row[this]))
        places = {what: n for n, what in enumerate(HAPPENINGS)}
        time = np.concatenate([times for _, times, _, _ in found])
        code = np.concatenate([np.full(len(times), places[what], dtype=np.int8) for what, times, _, _ in found])
        case = np.concatenate([cases for _, _, cases, _ in found])
        which = np.concatenate([rows for *_, rows in found])
        # At one moment what came earlier in the life of the case is told first: attempts, each with its follow-up call,
        # then enquiries, then steps.
        number = work.number.astype(int)
        chapter = np.select(
            [work.kind == ATTEMPT, work.kind == FOLLOW_UP_CALL, work.kind == ENQUIRY],
            [2 * number, 2 * number + 1, 1000 + number],
            2000 + number,
        )
        of_case = np.where(code <= places["tries self-service"], 0, 9999)
        told = np.where(which >= 0, chapter[which], of_case) if len(chapter) else of_case
        happened = np.isfinite(time)
        order = np.flatnonzero(happened)[np.lexsort([key[happened] for key in (code, told, case, time)])]
        return pd.DataFrame(
            {
                "time_minutes": time[order],
                "case": case[order],
                "happening": _names(code[order], HAPPENINGS),
                "row": which[order],
            }
        )


def _names(codes: np.ndarray, names: object) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=list(names))  # type: ignore[call-overload]
