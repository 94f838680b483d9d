"""Compiled twins of what customers make of a run and what it costs, each in one pass: equal bit for bit.

`sim.satisfaction` and `sim.ledger` say what is added up, and do it without Numba. Sums are taken in the order of the
rows or cases, as `numpy.bincount` takes them. Logarithms and exponentials stay in NumPy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numba import config, njit, types

from sim import quick
from sim.kernel.compiled import PASS, given
from sim.kernel.sums import (
    _B,
    _B2,
    _F,
    _F2,
    _NEW,
    _NUMBER,
    _P,
    _PLACE,
    _RUN,
    _WHOLE,
    CODES,
    Brought,
    Codes,
    Columns,
    Happened,
    _at,
    _like,
    _several,
    columns,
    named,
    parts,
)
from sim.ledger import SUMS, Prices
from sim.satisfaction.experience import DRIVERS, Standards
from sim.timetable import MINUTES_A_DAY

__all__ = [
    "ADDED",
    "CODES",
    "columns",
    "drivers",
    "gathered",
    "minutes",
    "opinions",
    "paid",
    "parts",
    "scored",
    "weighed",
]


def _need_order(what: Any, names: Iterable[str]) -> None:
    """Refuse named tuples whose parts stand in another order than here.

    Numba keeps compiled code until this very file changes, and the places of parts are compiled in.
    """
    if what._fields != tuple(names):
        raise ImportError(f"{what.__name__} holds {', '.join(what._fields)}; here it is {', '.join(names)}")


def _of(what: Any, **kinds: types.Type) -> types.Type:
    """The type of the parts of a named tuple in their order, which is how it is handed over."""
    _need_order(what, kinds)
    return _several(list(kinds.values()))


_need_order(
    Happened,
    ["row", "arrived", "queued", "answered", "ended", "outcome", "solved", "met_bot", "agent", "state", "closed"],
)
_need_order(
    Brought,
    [
        "kind",
        "case",
        "number",
        "type",
        "channel",
        "case_type",
        "segment",
        "appears_minutes",
        "self_service_minutes",
        "self_service_solves",
        "agent_team",
    ],
)
_need_order(
    Codes,
    [
        "enquiry",
        "step",
        "served",
        "abandoned",
        "blocked",
        "turned_away",
        "contained",
        "left_bot",
        "called_back",
        "solved",
        "given_up",
        "open",
    ],
)


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
_need_order(Places, DRIVERS)


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

# Cases whose drivers are worked out at a time, so that they stay in the processor's nearest cache.
_AT_A_TIME = 64

_FLAGS, _F4 = given(types.boolean), _like(_NUMBER, 4)
_STANDARDS = _of(
    Standards,
    courtesy=_F,
    expected_minutes=_F,
    deferred=_FLAGS,
    expected_days=_F,
    informed_share=_F,
    goes_first=_FLAGS,
    forgives=_F,
    harms=_FLAGS,
    weights=_F,
    off_the_line_minutes=_NUMBER,
    angrier=_WHOLE,
    horizon_minutes=_NUMBER,
)
_P2 = given(_PLACE, 2)
_COUNTS, _TABLE = types.int16[:, ::1], _NUMBER[:, ::1]


@njit(
    _several((_COUNTS, _NEW, _TABLE))(_RUN, _P, _P, _P2, _STANDARDS, _F, _B),
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
    log, work, code = named(run)
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
        lasted[_at(deferred | off), case] += (until - arrived if deferred else wait) / expected
        met, is_first, is_angry = not np.isnan(answered), row < _at(count), work.type[row] == by.angrier
        kind = _at(how) << _at(3) | _at(log.solved[at]) << _at(2) | _at(log.met_bot[at]) << _at(1) | _at(is_first)
        kind = kind << _at(2) | _at(met) << _at(1) | _at(is_angry)
        words[case, 0] += added[kind, 0]
        words[case, 1] += added[kind, 1]
        if has_manners and met:
            manners[case] += courtesy[at] if len(courtesy) else by.courtesy[work.agent_team[log.agent[at]]]
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
_GATHERED = _several((_COUNTS, _NEW, _TABLE, _STANDARDS, _F))


@njit(_TABLE(_RUN, _GATHERED), **PASS)
def drivers(run: Columns, gathered: tuple[Any, ...]) -> np.ndarray:
    """Twin of `sim.satisfaction.experience._in_numpy`."""
    log, work, code = named(run)
    often, manners, lasted, standards, told = gathered
    by = Standards(*standards)
    of = np.empty((len(by.weights), len(log.state)))
    for case in range(len(log.state)):
        _judge(of, _at(case), _at(case), log, work, code, often, manners, lasted, by, told)
    return of


@njit(_NEW(_RUN, _GATHERED), **PASS)
def scored(run: Columns, gathered: tuple[Any, ...]) -> np.ndarray:
    """Twin of `sim.satisfaction.experience.felt` and then `sim.satisfaction.judging.weighed`, for a few at a time."""
    log, work, code = named(run)
    often, manners, lasted, standards, told = gathered
    by = Standards(*standards)
    count = len(log.state)
    found, of, counts = np.zeros(count), np.empty((len(by.weights), _AT_A_TIME)), np.ones(_AT_A_TIME)
    forgiving = by.forgives.any()
    for first in range(0, count, _AT_A_TIME):
        some = min(_AT_A_TIME, count - first)
        for here in range(some):
            _judge(of, _at(here), _at(first + here), log, work, code, often, manners, lasted, by, told)
            if forgiving:
                counts[here] = 1 - by.forgives[work.segment[_at(first + here)]]
        for which in range(len(by.weights)):
            weight = by.weights[which]
            if forgiving and (by.harms[which] or which == _DRIVER.courtesy):
                for here in range(some):
                    if by.harms[which] or of[which, here] < 0:
                        of[which, here] *= counts[here]
            for here in range(some):
                found[_at(first + here)] += of[which, here] * weight
    return found


@njit(_NEW(_F2, _F), **PASS)
def weighed(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Twin of `sim.satisfaction.judging.weighed`, of one driver after the other."""
    found = np.zeros(columns.shape[1])
    for which in range(len(weights)):
        for case in range(len(found)):
            found[case] += columns[which, case] * weights[which]
    return found


@njit(
    _TABLE(_RUN, _PLACE, _PLACE, _P, _WHOLE, _F, _F, _F, _F4, _like(_NUMBER, 10), _like(_NUMBER, 6), _F),
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
    log, _, code = named(run)
    found = np.zeros((groups, 9), np.int64)
    for case in range(first, last):
        here = group[case - first] if len(group) else _at(0)
        closed = np.int64(log.state[case] != code.open)
        opinion, rating, ease = score[case] + noise[case], 1, 1
        for cut in rating_cuts:
            rating += opinion > cut
        for cut in ces_cuts:
            ease += opinion > cut
        satisfied, surveyed = closed & (rating >= 4), closed & (asked[case] < shares[_at(rating - 1)])
        # As the cuts rise, who lies above the ninth answers 9 or 10, and who does not above the seventh 6 or less.
        promotes = 100 * np.int64(opinion > nps_cuts[8]) - 100 * np.int64(not opinion > nps_cuts[6])
        # To add nothing is quicker than to ask whether the case is closed.
        found[here, 0] += closed
        found[here, 1] += satisfied
        found[here, 2] += rating * closed
        found[here, 3] += promotes * closed
        found[here, 4] += ease * closed
        found[here, 5] += surveyed
        found[here, 6] += surveyed & satisfied
        found[here, 7] += promotes * surveyed
        found[here, 8] += 1
    return found.astype(np.float64)


@njit(_NEW(_F, _F, _F), **PASS)
def minutes(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Twin of what `sim.ledger.minutes_between` does with times in order."""
    found, before = np.empty(max(len(edges) - 1, 0)), 0.0
    begun, over, sum_begun, sum_over = _at(0), _at(0), 0.0, 0.0
    for at in range(len(edges)):
        edge = edges[at]
        while begun < len(start) and start[begun] < edge:
            sum_begun += start[begun]
            begun += _at(1)
        while over < len(end) and end[over] < edge:
            sum_over += end[over]
            over += _at(1)
        since = (begun * edge - sum_begun) - (over * edge - sum_over)
        if at > 0:
            found[_at(at - 1)] = since - before
        before = since
    return found


class Sums(NamedTuple):
    """The sums of money, in their order."""

    outsourcing: int
    channel_cost: int
    bot_cost: int
    freight_cost: int
    step_cost: int
    sales_while_serving: int
    self_service_cost: int
    in_advance: int
    when_solved: int
    late_refund: int
    abuse: int
    margin_lost: int
    money_solved: int


_SUM = Sums(*range(len(Sums._fields)))
_need_order(Sums, SUMS)


_PRICES = _of(
    Prices,
    contact=_F,
    line=_F,
    sale=_F,
    bot=_NUMBER,
    self_service=_NUMBER,
    freight=_F2,
    used_up=_F2,
    in_advance=_F,
    when_solved=_F,
    late_refund=_NUMBER,
    due_minutes=_NUMBER,
    yearly=_F,
    leaves=_F,
    instant=_F,
    skippable=_B2,
    abuse_share=_NUMBER,
    refund_value=_NUMBER,
    some=_B,
)


@njit(forceinline=True, **PASS)
def _add(
    total: np.ndarray,
    which: int,
    group: np.uint64,
    by_minute: np.ndarray,
    amount: float,
    time: float,
    window: tuple[float, float],
) -> None:
    """Add an amount of the window to its sum; to add nothing is quicker than to ask whether it is one."""
    counts = (amount != 0) & (window[0] <= time) & (time < window[1])
    minute = min(_at(np.int64(time if counts else 0.0)), _at(len(by_minute) - 1))
    total[which, group + by_minute[minute]] += amount if counts else 0.0


@njit(forceinline=True, **PASS)
def _of_cases(
    log: Happened,
    work: Brought,
    code: Codes,
    prices: Prices,
    refunded: np.ndarray,
    instant: np.ndarray,
    better: np.ndarray,
    of_cuts: np.ndarray,
    window: tuple[float, float],
    of_case: np.ndarray,
    by_minute: np.ndarray,
    total: np.ndarray,
    began: np.ndarray,
) -> None:
    """Add up what cases cause; `began` says when the back office began with them."""
    some, leaves = prices.some, np.full(len(log.state), prices.leaves[_at(len(of_cuts))])
    for cut in range(len(of_cuts)):
        less = prices.leaves[cut] - prices.leaves[cut + 1]
        for which in range(len(leaves)):
            leaves[which] += 1 / (of_cuts[cut] * better[which] + 1) * less
    for which in range(len(log.state)):
        case = _at(which)
        here = of_case[case] if len(of_case) else _at(0)
        type, state = work.case_type[case], log.state[case]
        closed, appears = log.closed[case], work.appears_minutes[case]
        solved = state == code.solved
        if some[_SUM.self_service_cost]:
            price = 0.0 if np.isnan(work.self_service_minutes[case]) else prices.self_service
            _add(total, _SUM.self_service_cost, here, by_minute, price, appears, window)
        if some[_SUM.in_advance]:
            _add(total, _SUM.in_advance, here, by_minute, prices.in_advance[type], appears, window)
        if some[_SUM.when_solved]:
            price = prices.when_solved[type]
            _add(total, _SUM.when_solved, here, by_minute, price if solved else 0.0, closed, window)
        if some[_SUM.late_refund]:
            price = prices.late_refund if refunded[case] - appears > prices.due_minutes else 0.0
            _add(total, _SUM.late_refund, here, by_minute, price, refunded[case], window)
        if some[_SUM.margin_lost]:
            price = leaves[case] * prices.yearly[work.segment[case]]
            _add(total, _SUM.margin_lost, here, by_minute, 0.0 if state == code.open else price, closed, window)
        if instant[case] > 0:
            time = closed if solved and not work.self_service_solves[case] else np.nan
            time = began[case] if np.isnan(time) or began[case] < time else time
            price = instant[case] * prices.abuse_share * prices.refund_value
            _add(total, _SUM.abuse, here, by_minute, price, time, window)
        _add(total, _SUM.money_solved, here, by_minute, 1.0 if solved else 0.0, closed, window)


@njit(_TABLE(_RUN, _P, _P, _PRICES, _F, _F, _F, _F, _like(_NUMBER, 2), _P, _P, _P, _WHOLE), **PASS)
def paid(
    run: Columns,
    contacts: np.ndarray,
    tasks: np.ndarray,
    priced: tuple[Any, ...],
    refunded: np.ndarray,
    instant: np.ndarray,
    better: np.ndarray,
    of_cuts: np.ndarray,
    window: tuple[float, float],
    of_row: np.ndarray,
    of_case: np.ndarray,
    by_minute: np.ndarray,
    groups: int,
) -> np.ndarray:
    """Twin of `sim.ledger.totals`.

    `of_row` and `of_case` are the groups at minute 0, empty without groups; `by_minute` says what a minute adds to it.
    """
    log, work, code = named(run)
    prices = Prices(*priced)
    # What belongs to no group is added up beyond the groups.
    total = np.zeros((len(prices.some), 2 * groups))
    began, some = np.full(len(log.state), np.nan), prices.some
    if some[_SUM.outsourcing]:
        # The price of nobody comes last.
        nobody = _at(len(work.agent_team))
        of_agent = np.zeros(len(work.agent_team) + 1)
        for agent in range(len(work.agent_team)):
            of_agent[agent] = prices.contact[work.agent_team[agent]]
        for which in range(len(log.row)):
            at = _at(which)
            here, price = of_row[at] if len(of_row) else _at(0), of_agent[min(_at(log.agent[at]), nobody)]
            if price != 0:
                _add(total, _SUM.outsourcing, here, by_minute, price, log.answered[at], window)
    for which in range(len(contacts)):
        at = contacts[which]
        here = of_row[at] if len(of_row) else _at(0)
        way, how = work.channel[log.row[at]], log.outcome[at]
        served = (how == code.served) | (how == code.called_back)
        line, sale = prices.line[way], prices.sale[way]
        _add(total, _SUM.bot_cost, here, by_minute, prices.bot if log.met_bot[at] else 0.0, log.arrived[at], window)
        _add(total, _SUM.channel_cost, here, by_minute, line, log.queued[at], window)
        _add(total, _SUM.sales_while_serving, here, by_minute, sale if served else 0.0, log.ended[at], window)
    for which in range(len(tasks)):
        at = tasks[which]
        row, arrived = log.row[at], log.arrived[at]
        if work.kind[row] == code.step:
            here = of_row[at] if len(of_row) else _at(0)
            case, number = work.case[row], work.number[row]
            type, before = work.case_type[case], began[case]
            _add(total, _SUM.freight_cost, here, by_minute, prices.freight[type, number], arrived, window)
            _add(total, _SUM.step_cost, here, by_minute, prices.used_up[type, number], log.ended[at], window)
            began[case] = arrived if np.isnan(before) else before
    _of_cases(log, work, code, prices, refunded, instant, better, of_cuts, window, of_case, by_minute, total, began)
    return total[:, :groups].T.copy()


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("payoff", sys.modules[__name__])
