"""Drawing a workload: what each of its rows is like, in one calculation for all case types, days and attempts.

A column follows from the profile of each row (`sim.chances`) and the address of its luck (`sim.luck`). Which rows
there are is found before (`sim.rows`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from sim import quick, rows
from sim.base import Latest
from sim.chances import Chances, chances_of
from sim.constant import constant
from sim.distributions import quantiles
from sim.luck import Luck, choose, happens, on_grid, uniforms
from sim.roster import Roster
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import ATTEMPT, NONE, PLACE, Workload

# Rows that are calculated at a time, so that the work stays in the processor's cache, and in columns of less than the
# 128 kB for which the C library asks the system for fresh memory each time.
_AT_A_TIME = 15_000

# Of the customers drawn last so much is kept: about sixty weeks of the baseline, so that thirty of each of two slider
# positions meet the same ones without drawing them again.
_MOST_BYTES = 2**28

Columns = dict[str, np.ndarray]


def _share(work: Workload) -> float:
    # Ratings and money keep four numbers more with each case.
    taken = sum(column.nbytes for column in vars(work).values() if isinstance(column, np.ndarray)) + 32 * work.cases
    return max(taken / _MOST_BYTES, 1 / 256)


_drawn: Latest[Workload] = Latest(_share)


def customers(scenario: Scenario, luck: Luck, roster: Roster) -> Workload:
    """A workload with these agents; its customers are the very same ones in scenarios that differ in staffing alone."""
    chances = chances_of(scenario)
    parts = luck.seed, luck.replication, chances
    return _drawn.get(parts, lambda: Workload(**Sample(chances, luck).columns(), roster=roster)).served_by(roster)


def forget() -> None:
    """Keep no customers any longer: the next draw starts from nothing."""
    _drawn.clear()


class Sample:
    """The customers of one run and everything that could happen to them.

    Parameters
    ----------
    chances : Chances
        Tables of the scenario.
    luck : Luck
    """

    def __init__(self, chances: Chances, luck: Luck) -> None:
        self._chances = chances
        self._cases = cases = chances.arrivals.draw(luck)
        self._segment = self._choice("segments", chances.segment_edges, cases.segment)
        channel = self._choice("channels", chances.channel_edges, cases.channel)
        self._attempts = rows.attempts(chances, cases, channel)
        self._enquiries, self._steps = rows.enquiries(chances, cases), rows.steps(chances, cases)
        self._calls, self._followed = rows.follow_ups(chances, cases, self._attempts)
        self._groups = (self._attempts, self._enquiries, self._steps, self._calls)
        sizes = [len(group.case) for group in self._groups]
        ends = [0, *accumulate(sizes)]
        if ends[-1] > np.iinfo(PLACE).max:
            raise ValueError(
                f"{ends[-1]:,} things could happen to the customers of one run, at most {np.iinfo(PLACE).max:,} can be "
                "told apart; simulate fewer days or fewer customers"
            )
        # Where the rows of each kind lie; contacts are attempts and enquiries.
        self._attempt, self._enquiry, self._step, self._call = map(slice, ends, ends[1:])
        self._sizes, self._contact, self._only_attempts = sizes, slice(0, ends[2]), ends[1] == ends[4]
        self._case, self._number, self._profile, self._address = (
            self._joined(name) for name in ("case", "number", "profile", "address")
        )

    def columns(self) -> Columns:
        """Every column of a workload, by name."""
        before = self._attempts.before
        next_attempt = self._rows_that_follow(before, self._attempt.stop - len(before))
        follow_up = self._rows_that_follow(self._followed, self._call.start)
        bot_result = self._bot_result()
        delay_row, delay_minutes = self._delays()
        first_step, steps = self._block(self._step)
        first_enquiry, enquiries = self._block(self._enquiry)
        self_service_minutes, self_service_solves = self._self_service()
        found = {
            "case_type": self._cases.case_type,
            "segment": self._segment,
            "appears_minutes": self._cases.appears_minutes,
            "self_service_minutes": self_service_minutes,
            "self_service_solves": self_service_solves,
            "kind": self._kind(),
            "case": self._case.astype(PLACE, copy=False),
            "number": self._number.astype(np.int16, copy=False),
            "type": self._by_profile("type_of"),
            "channel": self._by_profile("channel_of"),
            "task": self._by_profile("task_of"),
            "handle_minutes": self._lengths(),
            "patience_minutes": self._patience(),
            "solve_draw": self._solve_draws(),
            "delay_row": delay_row,
            "delay_minutes": delay_minutes,
            "next_attempt": next_attempt,
            "before_minutes": self._before(),
            "bot_result": bot_result,
            "bot_minutes": self._bot_minutes(bot_result),
            "accepts_callback": self._accepts_callback(),
            "follow_up": follow_up,
            "first_step": first_step,
            "steps": steps,
            "first_enquiry": first_enquiry,
            "enquiries": enquiries,
            "address": self._cases.address,
        }
        for column in found.values():
            column.flags.writeable = False  # as workloads share them
        return found

    def _joined(self, name: str) -> np.ndarray:
        """A column of all rows; often there are attempts alone."""
        parts = [getattr(group, name) for group in self._groups if len(group.case)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts or [getattr(self._attempts, name)])

    def _alike(self, value: float, dtype: type = float) -> np.ndarray:
        """A column that holds one value."""
        return constant(value, dtype, len(self._case))

    def _rows(self, value: float, dtype: type = float) -> np.ndarray:
        """A column that holds one value before others are written into it."""
        if value == 0:
            return np.zeros(len(self._case), dtype=dtype)  # takes no memory until something else is written
        return np.full(len(self._case), value, dtype=dtype)

    def _kind(self) -> np.ndarray:
        """What each row is."""
        if self._only_attempts:
            return self._alike(ATTEMPT, np.int8)
        return np.repeat(np.arange(len(self._groups), dtype=np.int8), self._sizes)

    def _by_profile(self, name: str) -> np.ndarray:
        """What a table of codes says about the profile of each row; often it says the same about all."""
        one = self._chances.in_common[name]
        return getattr(self._chances, name).take(self._profile) if one is None else self._alike(one, np.int16)

    def _rows_that_follow(self, before: np.ndarray, first: int) -> np.ndarray:
        """For each row the one that follows it: those behind these rows lie in their order, from the first one on."""
        if len(before) == 0:
            return self._alike(NONE, PLACE)
        return _followers(before, first, len(self._case))

    def _choice(self, stream: str, upper: np.ndarray, given: np.ndarray | None) -> np.ndarray:
        """An option for each case: the one that a trace says, or else by the edges of its type."""
        drawn = choose(stream, self._cases.address, upper, self._cases.case_type)
        return drawn if given is None else np.where(given == NONE, drawn, given).astype(np.int16)

    def _parts(self, where: slice) -> Iterator[slice]:
        """These rows in parts."""
        for start in range(where.start, where.stop, _AT_A_TIME):
            yield slice(start, min(start + _AT_A_TIME, where.stop))

    def _having(self, by_profile: np.ndarray, where: slice) -> slice | np.ndarray:
        """Those of these rows whose profile has the property."""
        if by_profile.all():
            return where
        return np.flatnonzero(by_profile[self._profile[where]]) + where.start

    def _block(self, where: slice) -> tuple[np.ndarray, np.ndarray]:
        """Where each case's rows of a kind begin, and how many there are."""
        if where.start == where.stop:
            return constant(0, PLACE, len(self._segment)), constant(0, np.int16, len(self._segment))
        many = np.bincount(self._case[where], minlength=len(self._segment))
        return (np.cumsum(many) - many + where.start).astype(PLACE), many.astype(np.int16)

    def _self_service(self) -> tuple[np.ndarray, np.ndarray]:
        """Minutes of self-service (NaN for who does not try it) and whether it solves the case."""
        chances, case_type = self._chances, self._cases.case_type
        if not chances.has_portal:
            return constant(np.nan, float, len(case_type)), constant(False, bool, len(case_type))
        minutes, solves = np.full(len(case_type), np.nan), np.zeros(len(case_type), dtype=bool)
        tries = np.flatnonzero((chances.portal_share > 0)[case_type])
        tries = tries[happens("self-service", self._cases.address[tries], chances.portal_share, case_type[tries])]
        address, which = self._cases.address[tries], case_type[tries].astype(np.intp)
        minutes[tries] = on_grid(chances.portal_minutes(uniforms("self-service times", address), which))
        solves[tries] = happens("self-service outcomes", address, chances.portal_solves, which)
        return minutes, solves

    def _lengths(self) -> np.ndarray:
        """Handle times, and lengths of steps that are delays."""
        found = np.empty(len(self._case))
        factor = self._chances.length_factor
        for part in self._parts(slice(0, len(self._case))):
            profile = self._profile[part]
            minutes = self._chances.lengths(uniforms("handle times", self._address[part]), profile)
            on_grid(minutes if factor is None else minutes * factor.take(profile), found[part])
        return found

    def _patience(self) -> np.ndarray:
        """Patience at the quantile u of the mixture of those who do not wait at all and the others."""
        chances, found = self._chances, self._rows(np.inf)
        for part in self._parts(self._contact):
            waiting = self._having(chances.hangs_up > 0, part)
            profile, u = self._profile[waiting], uniforms("patience", self._address[waiting])
            if chances.has_no_patience:
                none = chances.no_patience[profile]
                leaves = u < none
                u = np.maximum(u - none, 0) / np.where(none < 1, 1 - none, 1)
            minutes = chances.patience(u, profile)
            if chances.has_own_patience:
                minutes *= chances.patience_factor.take(self._segment.take(self._case[waiting]))
            if chances.has_no_patience:
                minutes[leaves] = 0
            found[waiting] = on_grid(minutes)
        return found

    def _solve_draws(self) -> np.ndarray:
        """Where the draw lies that decides whether it solves the case; steps need none."""
        found = uniforms("outcomes", self._address)
        found[self._step] = 0
        return found

    def _delays(self) -> tuple[np.ndarray, np.ndarray]:
        """For each outcome its row of the delays; for each rule the delays after attempts that others can follow."""
        rules = [rule for rule in self._chances.rules if rule is not None]
        found = np.full((len(rules), self._attempt.stop), np.inf)
        before, drawn = self._attempts.before, self._attempts.return_draw
        for part in self._parts(slice(0, len(before))):
            u = uniforms("delays", self._address.take(before[part]))
            for rule, minutes, row in zip(rules, quantiles([rule.delay for rule in rules], u), found, strict=True):
                _put_delays(row, before[part], drawn[part], rule.odds, minutes)
        return self._chances.delay_row, found

    def _before(self) -> np.ndarray:
        """Time since the enquiry before, or since the conversation that a call follows up."""
        if self._only_attempts:
            return self._alike(0.0)
        found = self._rows(0.0)
        case_type = self._cases.case_type[self._enquiries.case]
        gaps = -np.log1p(-uniforms("gaps", self._enquiries.address))
        found[self._enquiry] = on_grid(gaps / self._chances.enquiries_per_day[case_type] * MINUTES_A_DAY)
        call = self._chances.scenario.follow_up
        if call is not None:
            found[self._call] = on_grid(call.delay.quantile(uniforms("gaps", self._calls.address)))
        return found

    def _bot_result(self) -> np.ndarray:
        """What the bot makes of each contact, if it is there."""
        if self._chances.scenario.bot is None:
            return self._alike(NONE, np.int8)
        found, contacts = self._rows(NONE, np.int8), self._contact
        again = self._number[contacts] > 1
        again[self._enquiry] = True
        found[contacts] = rows.bot_results(self._chances, self._profile[contacts], self._address[contacts], again)
        return found

    def _bot_minutes(self, result: np.ndarray) -> np.ndarray:
        """Time with the bot."""
        bot = self._chances.scenario.bot
        if bot is None:
            return self._alike(0.0)
        found, met = self._rows(0.0), np.flatnonzero(result != NONE)
        found[met] = on_grid(bot.minutes.quantile(uniforms("bot times", self._address[met])))
        return found

    def _accepts_callback(self) -> np.ndarray:
        """Who would accept the offer of a callback."""
        odds = self._chances.accepts
        if not self._chances.has_callbacks:
            return self._alike(False, bool)
        found, offered = self._rows(False, bool), self._having(odds > 0, self._contact)
        found[offered] = happens("callbacks", self._address[offered], odds, self._profile[offered])
        return found


def _put_delays(found: np.ndarray, before: np.ndarray, drawn: np.ndarray, odds: float, minutes: np.ndarray) -> None:
    """Write the delays into the rows of those who come back with these odds."""
    passes = quick.twins("passes")
    if passes is not None:
        passes.delays(found, before, drawn, odds, minutes)
        return
    comes_back = np.flatnonzero(drawn < odds)
    found[before[comes_back]] = on_grid(minutes[comes_back])


def _followers(before: np.ndarray, first: int, rows: int) -> np.ndarray:
    """For each row the one that follows it; those that follow lie from the first one on in the order of `before`."""
    passes = quick.twins("passes")
    if passes is not None:
        return passes.followers(before, first, rows)
    found = np.full(rows, NONE, dtype=PLACE)
    found[before] = np.arange(first, first + len(before))
    return found
