"""Compiled twins of what a run costs and earns, each in one pass: equal bit for bit.

`sim.ledger` says what is added up, and does it without Numba. Sums are taken in the order of the rows or cases, as
`numpy.bincount` takes them. Exponentials stay in NumPy.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numba import config, njit, types

from sim import quick
from sim.kernel.columns import (
    FLAGS,
    NEW_TABLE,
    NUMBER,
    NUMBERS,
    PLACES,
    RUN,
    TABLE_OF_FLAGS,
    TABLE_OF_NUMBERS,
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
)
from sim.kernel.compiled import PASS
from sim.ledger import SUMS, Prices

__all__ = ["columns", "paid", "parts"]

need_columns(0x5167D862)


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
need_order(Sums, SUMS)


_PRICES = parts_of(
    Prices,
    contact=NUMBERS,
    line=NUMBERS,
    sale=NUMBERS,
    bot=NUMBER,
    self_service=NUMBER,
    freight=TABLE_OF_NUMBERS,
    used_up=TABLE_OF_NUMBERS,
    in_advance=NUMBERS,
    when_solved=NUMBERS,
    late_refund=NUMBER,
    due_minutes=NUMBER,
    yearly=NUMBERS,
    leaves=NUMBERS,
    instant=NUMBERS,
    skippable=TABLE_OF_FLAGS,
    abuse_share=NUMBER,
    refund_value=NUMBER,
    some=FLAGS,
)


@njit(forceinline=True, **PASS)
def _add(
    total: np.ndarray,
    which: int,
    groups: np.ndarray | None,
    by_minute: np.ndarray | None,
    at: np.uint64,
    amount: float,
    time: float,
    window: tuple[float, float],
) -> None:
    """Add an amount of the window to its sum; to add nothing is quicker than to ask whether it is one."""
    counts = (amount != 0) & (window[0] <= time) & (time < window[1])
    if groups is None or by_minute is None:
        total[which, 0] += amount if counts else 0.0
    else:
        minute = min(nth(np.int64(time if counts else 0.0)), nth(len(by_minute) - 1))
        total[which, groups[at] + by_minute[minute]] += amount if counts else 0.0


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
    of_case: np.ndarray | None,
    by_minute: np.ndarray | None,
    total: np.ndarray,
    began: np.ndarray,
) -> None:
    """Add up what cases cause; `began` says when the back office began with them."""
    some, leaves = prices.some, np.full(len(log.state), prices.leaves[nth(len(of_cuts))])
    for cut in range(len(of_cuts)):
        less = prices.leaves[cut] - prices.leaves[cut + 1]
        for which in range(len(leaves)):
            leaves[which] += 1 / (of_cuts[cut] * better[which] + 1) * less
    for which in range(len(log.state)):
        case = nth(which)
        type, state = work.case_type[case], log.state[case]
        closed, appears = log.closed[case], work.appears_minutes[case]
        solved = state == code.solved
        if some[_SUM.self_service_cost]:
            price = 0.0 if np.isnan(work.self_service_minutes[case]) else prices.self_service
            _add(total, _SUM.self_service_cost, of_case, by_minute, case, price, appears, window)
        if some[_SUM.in_advance]:
            _add(total, _SUM.in_advance, of_case, by_minute, case, prices.in_advance[type], appears, window)
        if some[_SUM.when_solved]:
            price = prices.when_solved[type]
            _add(total, _SUM.when_solved, of_case, by_minute, case, price if solved else 0.0, closed, window)
        if some[_SUM.late_refund]:
            price = prices.late_refund if refunded[case] - appears > prices.due_minutes else 0.0
            _add(total, _SUM.late_refund, of_case, by_minute, case, price, refunded[case], window)
        if some[_SUM.margin_lost]:
            price = 0.0 if state == code.open else leaves[case] * prices.yearly[work.segment[case]]
            _add(total, _SUM.margin_lost, of_case, by_minute, case, price, closed, window)
        if instant[case] > 0:
            time = closed if solved and not work.self_service_solves[case] else np.nan
            time = began[case] if np.isnan(time) or began[case] < time else time
            price = instant[case] * prices.abuse_share * prices.refund_value
            _add(total, _SUM.abuse, of_case, by_minute, case, price, time, window)
        _add(total, _SUM.money_solved, of_case, by_minute, case, 1.0 if solved else 0.0, closed, window)


def _signature(groups: types.Type) -> types.Type:
    given = RUN, PLACES, PLACES, _PRICES, NUMBERS, NUMBERS, NUMBERS, NUMBERS, like(NUMBER, 2)
    return NEW_TABLE(*given, groups, groups, groups, WHOLE)


@njit([_signature(types.none), _signature(PLACES)], **PASS)
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
    of_row: np.ndarray | None,
    of_case: np.ndarray | None,
    by_minute: np.ndarray | None,
    groups: int,
) -> np.ndarray:
    """Twin of `sim.ledger.totals`.

    `of_row` and `of_case` are the groups at minute 0, and `by_minute` says what a minute adds to it. All three are None
    without groups, for which there is a version of its own.
    """
    log, work, staff, code = named(run)
    prices = Prices(*priced)
    # What belongs to no group is added up beyond the groups.
    total = np.zeros((len(prices.some), 2 * groups))
    began, some = np.full(len(log.state), np.nan), prices.some
    if some[_SUM.outsourcing]:
        # The price of nobody comes last.
        nobody = nth(len(staff.agent_team))
        of_agent = np.zeros(len(staff.agent_team) + 1)
        for agent in range(len(staff.agent_team)):
            of_agent[agent] = prices.contact[staff.agent_team[agent]]
        for which in range(len(log.row)):
            at = nth(which)
            price = of_agent[min(nth(log.agent[at]), nobody)]
            if price != 0:
                _add(total, _SUM.outsourcing, of_row, by_minute, at, price, log.answered[at], window)
    for which in range(len(contacts)):
        at = contacts[which]
        way, how = work.channel[log.row[at]], log.outcome[at]
        served = (how == code.served) | (how == code.called_back)
        bot, line, sale = prices.bot if log.met_bot[at] else 0.0, prices.line[way], prices.sale[way]
        _add(total, _SUM.bot_cost, of_row, by_minute, at, bot, log.arrived[at], window)
        _add(total, _SUM.channel_cost, of_row, by_minute, at, line, log.queued[at], window)
        _add(total, _SUM.sales_while_serving, of_row, by_minute, at, sale if served else 0.0, log.ended[at], window)
    for which in range(len(tasks)):
        at = tasks[which]
        row, arrived = log.row[at], log.arrived[at]
        if work.kind[row] == code.step:
            case, number = work.case[row], work.number[row]
            type, before = work.case_type[case], began[case]
            _add(total, _SUM.freight_cost, of_row, by_minute, at, prices.freight[type, number], arrived, window)
            _add(total, _SUM.step_cost, of_row, by_minute, at, prices.used_up[type, number], log.ended[at], window)
            began[case] = arrived if np.isnan(before) else before
    _of_cases(log, work, code, prices, refunded, instant, better, of_cuts, window, of_case, by_minute, total, began)
    return total[:, :groups].T.copy()


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("payoff", sys.modules[__name__])
