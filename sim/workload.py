"""All chance of a run, drawn before it starts.

A workload says which customers come, when, why and through which channel, and carries the luck of each: how long
their conversation takes, how patient they are, what the bot makes of them, whether an answer would solve their case,
whether and when they would come back, what the back office will owe them. The engines draw nothing, so two scenarios
that differ only in staffing or policy meet the same customers with the same luck.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar, cast

import numpy as np

from sim.luck import Luck, addresses, turn, uniforms
from sim.roster import Roster, draw_roster
from sim.scenario import Scenario

Made = TypeVar("Made")

NONE = -1

# How an attempt can end; see `Workload.delay_after`. A customer who was served may come back too.
SERVED, ABANDONED, BLOCKED, TURNED_AWAY, CONTAINED, LEFT_BOT = range(6)

# What a row is: an attempt of a customer, a question how a case is going, a step of the back office, a follow-up call.
ATTEMPT, ENQUIRY, STEP, FOLLOW_UP_CALL = range(4)

# What the bot makes of a contact; NONE if they do not meet.
HANDS_OVER, HANDS_OVER_WITH_CONTEXT, LOSES, CONTAINS, SEEMS_TO_CONTAIN = range(5)

# Numbers of cases and rows, which are read all the time: half as wide as usual, they come from memory twice as quickly.
PLACE = np.int32

# How often a customer asks, at most, while the back office is at work.
MOST_ENQUIRIES = 8


@dataclass(frozen=True)
class Workload:
    """What the customers bring, as arrays. Codes are positions in the scenario's mappings.

    Cases are numbered by the time they appear. Rows are everything that could happen to them under any staffing:
    rows 0 to n - 1 are the first attempts of cases 0 to n - 1, then come further attempts, status enquiries, steps of
    the back office and follow-up calls. Times are minutes on the grid. The arrays are read-only.

    Attributes
    ----------
    case_type, segment : ndarray of int, shape (cases,)
        What the customer's problem is, and who the customer is.
    appears_minutes : ndarray of float, shape (cases,)
        When the customer first asks for help; not decreasing.
    self_service_minutes : ndarray of float, shape (cases,)
        How long the customer tries self-service first; NaN for those who do not.
    self_service_solves : ndarray of bool, shape (cases,)
        Whether that solves the case.
    kind : ndarray of int, shape (rows,)
        ATTEMPT, ENQUIRY, STEP or FOLLOW_UP_CALL.
    case : ndarray of int, shape (rows,)
        The case each row belongs to.
    number : ndarray of int, shape (rows,)
        Which of its kind within the case, from 1; for a step its place in the type's list, for a follow-up call the
        attempt that it follows.
    type : ndarray of int, shape (rows,)
        As what the customer comes; further attempts may be complaints.
    channel : ndarray of int, shape (rows,)
        The channel it comes through; -1 for steps and follow-up calls.
    task : ndarray of int, shape (rows,)
        Position in ``scenario.task_names()``; -1 for what is no work of the back office.
    handle_minutes : ndarray of float, shape (rows,)
        Handle time by an agent with factor 1; for a step that is a delay, its length.
    patience_minutes : ndarray of float, shape (rows,)
        Waiting time after which a live customer hangs up; infinite for those who never do.
    solve_draw : ndarray of float, shape (rows,)
        The contact solves the case if this lies below the odds of solving.
    delay_minutes : ndarray of float, shape (rules, attempts or more)
        How long after an attempt the customer tries again, by a rule of the scenario; infinite when they give up
        instead. A row for each rule that the scenario has.
    next_attempt : ndarray of int, shape (rows,)
        Row of the attempt that would follow; -1 where none can.
    before_minutes : ndarray of float, shape (rows,)
        For an enquiry the time since the one before, or since the back office began; for a follow-up call the time
        since the conversation. 0 for others.
    bot_result : ndarray of int, shape (rows,)
        What the bot makes of it, if it is there; -1 if they do not meet.
    bot_minutes : ndarray of float, shape (rows,)
        Time with the bot.
    accepts_callback : ndarray of bool, shape (rows,)
        Whether the customer accepts the offer of a callback.
    follow_up : ndarray of int, shape (rows,)
        Row of the call that follows the conversation up; -1 for none.
    first_step, steps, first_enquiry, enquiries : ndarray of int, shape (cases,)
        Where the rows of a case's steps and enquiries begin, and how many there are.
    roster : Roster
        The agents, and who is at work when.
    delay_row : ndarray of int, shape (6,)
        The row of `delay_minutes` that holds after being served without a solution, abandoning, being blocked, being
        turned away, being contained in vain and leaving the bot; -1 for ends after which everybody gives up.
    address : ndarray of uint64, shape (cases,)
        The address of each case's luck. Left out, the case numbers are the addresses.
    """

    case_type: np.ndarray
    segment: np.ndarray
    appears_minutes: np.ndarray
    self_service_minutes: np.ndarray
    self_service_solves: np.ndarray
    kind: np.ndarray
    case: np.ndarray
    number: np.ndarray
    type: np.ndarray
    channel: np.ndarray
    task: np.ndarray
    handle_minutes: np.ndarray
    patience_minutes: np.ndarray
    solve_draw: np.ndarray
    delay_minutes: np.ndarray
    next_attempt: np.ndarray
    before_minutes: np.ndarray
    bot_result: np.ndarray
    bot_minutes: np.ndarray
    accepts_callback: np.ndarray
    follow_up: np.ndarray
    first_step: np.ndarray
    steps: np.ndarray
    first_enquiry: np.ndarray
    enquiries: np.ndarray
    roster: Roster
    delay_row: np.ndarray = field(default_factory=lambda: np.arange(6, dtype=np.int8))
    address: np.ndarray | None = None
    _own: ClassVar[dict[Hashable, object]]  # of each workload, or of those that share their customers

    def __post_init__(self) -> None:
        """Workloads share columns, so nobody may write into them."""
        object.__setattr__(self, "_own", {})
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray) and column.flags.writeable:
                column = column.view()
                column.flags.writeable = False
                object.__setattr__(self, name, column)

    def delay_after(self, outcome: int) -> np.ndarray:
        """How long after such an end of each attempt the customer tries again; infinite for never."""
        row = self.delay_row[outcome]
        return np.broadcast_to(np.inf, self.delay_minutes.shape[1:]) if row == NONE else self.delay_minutes[row]

    def uniforms(self, stream: str, attempt: int | None = None) -> np.ndarray:
        """A number in [0, 1) of a stream of chance for each case, by the address of its luck.

        Parameters
        ----------
        stream : str
            What the numbers decide; streams are independent of each other.
        attempt : int, optional
            For which attempt of the case; by default for the case as a whole.

        Returns
        -------
        ndarray of float, shape (cases,)
            The same numbers for the same customers, whatever else is drawn and however the service is staffed.

        Examples
        --------
        >>> import sim
        >>> work = draw(sim.one_queue(arrivals_per_hour=6, handle_minutes=4, agents=1))
        >>> rating = work.uniforms("ratings")
        >>> rating.shape == (work.cases,)
        True
        """
        address = self.address
        if address is None:
            address = addresses(np.zeros(1, dtype=np.uint64), np.arange(self.cases))
        return uniforms(stream, address if attempt is None else turn(address, attempt))

    def own(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """What follows from the customers alone, however they are served: made once, kept with their columns.

        Parameters
        ----------
        name : str or tuple
            Names what it is, and all that it follows from besides.
        make : callable
            Makes it from the columns and `uniforms`, without the roster. Nobody may write into what it gives.
        """
        kept = self._own
        if name not in kept:
            kept[name] = make()
        return cast("Made", kept[name])

    def served_by(self, roster: Roster) -> Workload:
        """The same customers, and what is their `own`, with other agents."""
        other = object.__new__(Workload)
        vars(other).update(vars(self), roster=roster)
        return other

    def __getstate__(self) -> dict[str, object]:
        # What can be made again does not travel.
        return vars(self) | {"_own": {}}

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.case_type)

    @property
    def rows(self) -> int:
        """Number of things that could happen."""
        return len(self.case)


def draw(scenario: Scenario, seed: int = 1, replication: int = 0) -> Workload:
    """Draw everything random about a run.

    Parameters
    ----------
    scenario : Scenario
    seed : int, default 1
        A whole number of 0 or more. The same scenario, seed and replication give the same workload.
    replication : int, default 0
        Which of the independent worlds that belong to the seed.

    Returns
    -------
    Workload

    Raises
    ------
    ValueError
        If `seed` or `replication` is not a whole number of 0 or more.
    """
    # It reads this module.
    from sim.sampling import customers

    luck = Luck(seed, replication)
    return customers(scenario, luck, draw_roster(scenario, luck))
