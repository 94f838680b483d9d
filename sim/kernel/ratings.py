"""Compiled twins of what customers make of a run, each in one pass: equal bit for bit.

`sim.satisfaction` says how they judge, and does it without Numba. Sums are taken in the order of the rows or cases, as
`numpy.bincount` takes them. Logarithms and exponentials stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numba import config, njit, types

from sim import quick
from sim.kernel.columns import (
    CODES,
    FLAGS,
    NEW,
    NEW_TABLE,
    NUMBER,
    NUMBERS,
    PLACE,
    PLACES,
    RUN,
    TABLE_OF_NUMBERS,
    TABLE_OF_PLACES,
    WHOLE,
    Brought,
    Codes,
    Columns,
    Happened,
    columns,
    like,
    named,
    need_columns,
    need_order,
    nth,
    parts,
    parts_of,
    several,
)
from sim.kernel.compiled import PASS
from sim.satisfaction.experience import DRIVERS, Standards
from sim.timetable import MINUTES_A_DAY

__all__ = ["ADDED", "columns", "drivers", "gathered", "opinions", "parts", "scored", "weighed"]

need_columns(0x5167D862)


class Places(NamedTuple):
    """The drivers of satisfaction, in their order."""

    live_wait: int
    deferred_wait: int
    hang_ups: int
    refusals: int
    unsolved: int
    repeats: int
    late_days: int
    courtesy: int
    uninformed: int
    recognised: int
    bot_failures: int
    bot_again: int
    quick: int
    followed_up: int
    angry: int


# Compiled in as numbers: were they given as the codes are, they would take up the registers.
_DRIVER = Places(*range(len(Places._fields)))
need_order(Places, DRIVERS)


class Counts(NamedTuple):
    """What is counted of a case. Four counts make a word and are added at once; contacts add to the first two words."""

    contacts: int
    hang_ups: int
    refusals: int
    bot_failures: int
    bot_sessions: int
    quick: int
    answers: int
    angry: int
    recognised: int
    steps: int
    follow_ups: int


_COUNT = Counts(*range(len(Counts._fields)))


def _what_contacts_add() -> np.ndarray:
    """By the kind of a contact what it adds to the first eight counts of its case, shape (kinds, words).

    The kind is made of the outcome, and whether it was solved, met the bot, was the first, was answered and is angry.
    """
    how, solved, met_bot, first, answered, angry = np.indices((16, 2, 2, 2, 2, 2)).reshape(6, -1)
    contained = how == CODES.contained
    added = {
        "contacts": how >= 0,
        "hang_ups": how == CODES.abandoned,
        "refusals": (how == CODES.blocked) | (how == CODES.turned_away),
        "bot_failures": (how == CODES.left_bot) | (contained & (solved == 0)),
        "bot_sessions": met_bot,
        "quick": contained & solved & first,
        "answers": answered,
        "angry": angry,
    }
    return np.column_stack([added[name] for name in Counts._fields[: len(added)]]).astype(np.int16).view(np.uint64)


ADDED = _what_contacts_add()

_STANDARDS = parts_of(
    Standards,
    courtesy=NUMBERS,
    expected_minutes=NUMBERS,
    deferred=FLAGS,
    expected_days=NUMBERS,
    informed_share=NUMBERS,
    goes_first=FLAGS,
    forgives=NUMBERS,
    harms=FLAGS,
    weights=NUMBERS,
    off_the_line_minutes=NUMBER,
    angrier=WHOLE,
    horizon_minutes=NUMBER,
)
# Cases whose drivers are worked out at a time, so that they stay in the processor's nearest cache.
_AT_A_TIME = 64

_COUNTS = types.int16[:, ::1]


@njit(
    several((_COUNTS, NEW, NEW_TABLE))(RUN, PLACES, PLACES, TABLE_OF_PLACES, _STANDARDS, NUMBERS, FLAGS),
    **PASS,
)
def gathered(
    run: Columns,
    contacts: np.ndarray,
    tasks: np.ndarray,
    added: np.ndarray,
    standards: tuple[Any, ...],
    courtesy: np.ndarray,
    own_team: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often each case met what, how courteous its agents were, and its waits and late days.

    The last are to be taken the logarithm of. `courtesy` is empty where that of teams never changes, `own_team` where
    no team has customers of its own.
    """
    log, work, staff, code = named(run)
    by = Standards(*standards)
    count = len(log.state)
    often, manners, lasted = np.zeros((count, 12), np.int16), np.zeros(count), np.zeros((3, count))
    words, has_manners = often.view(np.uint64), len(courtesy) > 0 or by.courtesy.any()
    # What may not be needed is read all the same, and nothing is added: that is quicker than to ask.
    for which in range(len(contacts)):
        at = contacts[which]
        row, how, ended, answered = log.row[at], log.outcome[at], log.ended[at], log.answered[at]
        queued, arrived = log.queued[at], log.arrived[at]
        case, way = work.case[row], work.channel[row]
        # What the end of the run cut off has lasted until then.
        until = by.horizon_minutes if np.isnan(ended) else ended
        wait = (until if np.isnan(answered) else answered) - queued
        wait = 0.0 if np.isnan(wait) else wait
        deferred, off, expected = by.deferred[way], how == code.called_back, by.expected_minutes[way]
        expected = by.off_the_line_minutes if off & (not deferred) else expected
        lasted[nth(deferred | off), case] += (until - arrived if deferred else wait) / expected
        met, is_first, is_angry = not np.isnan(answered), row < nth(count), work.type[row] == by.angrier
        kind = nth(how) << nth(3) | nth(log.solved[at]) << nth(2) | nth(log.met_bot[at]) << nth(1) | nth(is_first)
        kind = kind << nth(2) | nth(met) << nth(1) | nth(is_angry)
        words[case, 0] += added[kind, 0]
        words[case, 1] += added[kind, 1]
        if has_manners and met:
            manners[case] += courtesy[at] if len(courtesy) else by.courtesy[staff.agent_team[log.agent[at]]]
        if len(own_team) and met:
            often[case, _COUNT.recognised] += own_team[at]
    for which in range(len(tasks)):
        at = tasks[which]
        row = log.row[at]
        case, is_step = work.case[row], work.kind[row] == code.step
        often[case, _COUNT.steps] += is_step
        often[case, _COUNT.follow_ups] += (not is_step) & (not np.isnan(log.ended[at]))
    for case in range(count):
        closed = log.closed[case]
        until = by.horizon_minutes if log.state[case] == code.open else closed
        days = (until - work.appears_minutes[case]) / MINUTES_A_DAY - by.expected_days[work.case_type[case]]
        lasted[2, case] = max(days, 0.0) if often[case, _COUNT.steps] > 0 else 0.0
    return often, manners, lasted


@njit(forceinline=True, **PASS)
def _judge(
    of: np.ndarray,
    here: np.uint64,
    case: np.uint64,
    log: Happened,
    work: Brought,
    code: Codes,
    often: np.ndarray,
    manners: np.ndarray,
    lasted: np.ndarray,
    by: Standards,
    told: np.ndarray,
) -> None:
    """Write the drivers of a case down."""
    type, state = work.case_type[case], log.state[case]
    answers = often[case, _COUNT.answers]
    of[_DRIVER.live_wait, here], of[_DRIVER.deferred_wait, here] = lasted[0, case], lasted[1, case]
    of[_DRIVER.late_days, here] = lasted[2, case]
    of[_DRIVER.hang_ups, here] = often[case, _COUNT.hang_ups]
    of[_DRIVER.refusals, here] = often[case, _COUNT.refusals]
    of[_DRIVER.unsolved, here] = state == code.given_up
    of[_DRIVER.repeats, here] = max(often[case, _COUNT.contacts] - 1, 0)
    of[_DRIVER.courtesy, here] = manners[case] / max(answers, 1)
    of[_DRIVER.uninformed, here] = (often[case, _COUNT.steps] > 0) & (not told[case] < by.informed_share[type])
    first = by.goes_first[work.segment[case]] & (answers > 0)
    of[_DRIVER.recognised, here] = first | (often[case, _COUNT.recognised] > 0)
    of[_DRIVER.bot_failures, here] = often[case, _COUNT.bot_failures]
    of[_DRIVER.bot_again, here] = max(often[case, _COUNT.bot_sessions] - 1, 0)
    by_portal = (state == code.solved) & work.self_service_solves[case]
    of[_DRIVER.quick, here] = by_portal | (often[case, _COUNT.quick] > 0)
    of[_DRIVER.followed_up, here] = often[case, _COUNT.follow_ups] > 0
    of[_DRIVER.angry, here] = (type == by.angrier) | (often[case, _COUNT.angry] > 0)


# What `gathered` found, the standards, and the numbers that say who is kept informed.
_GATHERED = several((_COUNTS, NEW, NEW_TABLE, _STANDARDS, NUMBERS))


@njit(NEW_TABLE(RUN, _GATHERED), **PASS)
def drivers(run: Columns, gathered: tuple[Any, ...]) -> np.ndarray:
    """Twin of `sim.satisfaction.experience._in_numpy`."""
    log, work, _, code = named(run)
    often, manners, lasted, standards, told = gathered
    by = Standards(*standards)
    of = np.empty((len(by.weights), len(log.state)))
    for case in range(len(log.state)):
        _judge(of, nth(case), nth(case), log, work, code, often, manners, lasted, by, told)
    return of


@njit(NEW(RUN, _GATHERED), **PASS)
def scored(run: Columns, gathered: tuple[Any, ...]) -> np.ndarray:
    """Twin of `sim.satisfaction.experience.felt` and then `sim.satisfaction.judging.weighed`, for a few at a time."""
    log, work, _, code = named(run)
    often, manners, lasted, standards, told = gathered
    by = Standards(*standards)
    count = len(log.state)
    found, of, counts = np.zeros(count), np.empty((len(by.weights), _AT_A_TIME)), np.ones(_AT_A_TIME)
    forgiving = by.forgives.any()
    for first in range(0, count, _AT_A_TIME):
        some = min(_AT_A_TIME, count - first)
        for here in range(some):
            _judge(of, nth(here), nth(first + here), log, work, code, often, manners, lasted, by, told)
            if forgiving:
                counts[here] = 1 - by.forgives[work.segment[nth(first + here)]]
        for which in range(len(by.weights)):
            weight = by.weights[which]
            if forgiving and (by.harms[which] or which == _DRIVER.courtesy):
                for here in range(some):
                    if by.harms[which] or of[which, here] < 0:
                        of[which, here] *= counts[here]
            for here in range(some):
                found[nth(first + here)] += of[which, here] * weight
    return found


@njit(NEW(TABLE_OF_NUMBERS, NUMBERS), **PASS)
def weighed(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Twin of `sim.satisfaction.judging.weighed`, of one driver after the other."""
    found = np.zeros(columns.shape[1])
    for which in range(len(weights)):
        for case in range(len(found)):
            found[case] += columns[which, case] * weights[which]
    return found


@njit(forceinline=True, **PASS)
def _answers(
    opinion: float,
    is_closed: bool,
    asked: float,
    rating_cuts: tuple[float, ...],
    nps_cuts: tuple[float, ...],
    ces_cuts: tuple[float, ...],
    shares: np.ndarray,
) -> tuple[int, ...]:
    """What a case adds to the sums of ratings, but for being one."""
    rating, ease, closed = 1, 1, np.int64(is_closed)
    for cut in rating_cuts:
        rating += opinion > cut
    for cut in ces_cuts:
        ease += opinion > cut
    satisfied, surveyed = closed & (rating >= 4), closed & (asked < shares[nth(rating - 1)])
    # As the cuts rise, who lies above the ninth answers 9 or 10, and who does not above the seventh 6 or less.
    promotes = 100 * np.int64(opinion > nps_cuts[8]) - 100 * np.int64(not opinion > nps_cuts[6])
    # To add nothing is quicker than to ask whether the case is closed.
    return (
        closed,
        satisfied,
        rating * closed,
        promotes * closed,
        ease * closed,
        surveyed,
        surveyed & satisfied,
        promotes * surveyed,
    )


@njit(
    NEW_TABLE(
        RUN,
        PLACE,
        PLACE,
        PLACES,
        WHOLE,
        NUMBERS,
        NUMBERS,
        NUMBERS,
        like(NUMBER, 4),
        like(NUMBER, 10),
        like(NUMBER, 6),
        NUMBERS,
    ),
    **PASS,
)
def opinions(
    run: Columns,
    first: np.uint64,
    last: np.uint64,
    group: np.ndarray,
    groups: int,
    score: np.ndarray,
    noise: np.ndarray,
    asked: np.ndarray,
    rating_cuts: tuple[float, ...],
    nps_cuts: tuple[float, ...],
    ces_cuts: tuple[float, ...],
    shares: np.ndarray,
) -> np.ndarray:
    """Twin of `sim.satisfaction.judging._in_numpy`: without groups all cases are in one."""
    log, _, _, code = named(run)
    found = np.zeros((groups, 9), np.int64)
    if len(group):
        for case in range(first, last):
            here, opinion, closed = group[case - first], score[case] + noise[case], log.state[case] != code.open
            adds = _answers(opinion, closed, asked[case], rating_cuts, nps_cuts, ces_cuts, shares)
            found[here, 0] += adds[0]
            found[here, 1] += adds[1]
            found[here, 2] += adds[2]
            found[here, 3] += adds[3]
            found[here, 4] += adds[4]
            found[here, 5] += adds[5]
            found[here, 6] += adds[6]
            found[here, 7] += adds[7]
            found[here, 8] += 1
    else:
        # Sums on their own, so that the processor does several cases at once.
        many = np.int64(last - first)
        rated = satisfied = points = promoters = ease = surveyed = both = surveyed_promoters = 0
        for case in range(first, last):
            opinion, closed = score[case] + noise[case], log.state[case] != code.open
            adds = _answers(opinion, closed, asked[case], rating_cuts, nps_cuts, ces_cuts, shares)
            rated += adds[0]
            satisfied += adds[1]
            points += adds[2]
            promoters += adds[3]
            ease += adds[4]
            surveyed += adds[5]
            both += adds[6]
            surveyed_promoters += adds[7]
        found[0] = rated, satisfied, points, promoters, ease, surveyed, both, surveyed_promoters, many
    return found.astype(np.float64)


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("ratings", sys.modules[__name__])
