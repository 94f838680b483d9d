"""What happened in a run: one row for each case, each contact and each spell of duty.

The engines fill plain arrays; the tables that people read are made from them when they are asked for. Nothing is
dropped: every case ends in exactly one state, and every contact has an outcome that says what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario import Scenario
from sim.workload import ABANDONED, BLOCKED, SERVED, TURNED_AWAY, Workload

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ABANDONED",
    "BLOCKED",
    "GIVEN_UP",
    "IN_SERVICE",
    "OPEN",
    "OUTCOMES",
    "SERVED",
    "SOLVED",
    "STATES",
    "TURNED_AWAY",
    "WAITING",
    "Log",
]

# Outcomes of a contact. The last two are of contacts that the end of the run cut off.
OUTCOMES = ("served", "abandoned", "blocked", "turned_away", "waiting", "in_service")
WAITING, IN_SERVICE = 4, 5
STATES = ("solved", "given_up", "open")
SOLVED, GIVEN_UP, OPEN = range(3)


@dataclass(frozen=True)
class Log:
    """Everything that happened, as arrays. Codes are positions in the scenario's mappings.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    workload : Workload
        The customers that came.
    row : ndarray of int, shape (contacts,)
        Row of each contact in the workload, in the order in which the contacts arrived.
    arrived, answered, ended : ndarray of float, shape (contacts,)
        When the contact arrived, when an agent took it (NaN if none did) and when it was over (NaN if it was not
        by the end of the run). Minutes.
    outcome : ndarray of int, shape (contacts,)
        Position in `OUTCOMES`.
    solved : ndarray of bool, shape (contacts,)
        Whether the conversation solved the case.
    agent : ndarray of int, shape (contacts,)
        Who served it; -1 for nobody.
    state : ndarray of int, shape (cases,)
        Position in `STATES`.
    closed : ndarray of float, shape (cases,)
        When the case was solved or given up; NaN while open. Minutes.
    duty_agent, duty_start, duty_end : ndarray, shape (spells,)
        Spells of duty, the time to finish a last conversation included. Minutes.
    """

    scenario: Scenario
    workload: Workload
    row: np.ndarray
    arrived: np.ndarray
    answered: np.ndarray
    ended: np.ndarray
    outcome: np.ndarray
    solved: np.ndarray
    agent: np.ndarray
    state: np.ndarray
    closed: np.ndarray
    duty_agent: np.ndarray
    duty_start: np.ndarray
    duty_end: np.ndarray

    @property
    def wait(self) -> np.ndarray:
        """Time from arrival until an agent took the contact or the wait ended otherwise, shape (contacts,)."""
        until = np.where(np.isnan(self.answered), self.ended, self.answered)
        return until - self.arrived

    @property
    def team(self) -> np.ndarray:
        """Team that served each contact, shape (contacts,); -1 for nobody."""
        if not len(self.workload.agent_team):
            return np.full(len(self.agent), -1, dtype=np.int16)
        return np.where(self.agent >= 0, self.workload.agent_team[self.agent], -1)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row a contact, in the order of arrival. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, scenario, row = self.workload, self.scenario, self.row
        case = work.case[row]
        return pd.DataFrame(
            {
                "contact": row,
                "case": case,
                "attempt": work.attempt[row],
                "type": _names(work.case_type[case], scenario.case_types),
                "segment": _names(work.segment[case], scenario.segments),
                "channel": _names(work.channel[row], scenario.channels),
                "arrived_minutes": self.arrived,
                "wait_minutes": self.wait,
                "answered_minutes": self.answered,
                "ended_minutes": self.ended,
                "handle_minutes": self.ended - self.answered,
                "outcome": _names(self.outcome, OUTCOMES),
                "solved": self.solved,
                "team": _names(self.team, scenario.teams),
                "agent": self.agent,
            }
        )

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row a case, in the order of first contact. `docs/tables.md` explains the columns."""
        import pandas as pd

        work, scenario = self.workload, self.scenario
        return pd.DataFrame(
            {
                "case": np.arange(work.cases),
                "type": _names(work.case_type, scenario.case_types),
                "segment": _names(work.segment, scenario.segments),
                "first_contact_minutes": work.appears_minutes,
                "contacts": np.bincount(work.case[self.row], minlength=work.cases),
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
                "team": _names(self.workload.agent_team[self.duty_agent], self.scenario.teams),
                "agent": self.duty_agent,
                "start_minutes": self.duty_start,
                "end_minutes": self.duty_end,
            }
        )


def _names(codes: np.ndarray, names: object) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=list(names))  # type: ignore[call-overload]
