"""Every amount of money of a run, with the moment at which it was spent or won and what caused it.

The causes are contacts, steps of the back office and cases. Wages alone have no cause of their own, as an agent is paid
for waiting and for absence too: `shared_wages` spreads what a team is paid in a window over the work that it did there,
in proportion to handle time, so that idle time and absence are paid by those who were served.
Fixed costs are shared equally by the cases of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim import quick
from sim.base import remembered
from sim.log import CALLED_BACK, OPEN, SERVED, SOLVED, Log
from sim.measures.agents import paid_spells
from sim.measures.cases import refunded
from sim.prices import by_name
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import STEP


class Causes(NamedTuple):
    """What caused amounts of money, shape (amounts,) each."""

    time: np.ndarray
    case: np.ndarray
    at: np.ndarray  # rows of the log; -1 where a case is the cause


class Amounts:
    """Money by what caused it.

    Parameters
    ----------
    amount : ndarray, shape (amounts,)
    causes : callable
        Finds its causes, which a plain sum does not ask for.
    """

    def __init__(self, amount: np.ndarray, causes: Callable[[], Causes]) -> None:
        self.amount, self._find = amount, causes

    @cached_property
    def causes(self) -> Causes:
        """What caused each amount."""
        return self._find()


Window = tuple[float, float]
_ALWAYS = -np.inf, np.inf


def caused(log: Log, start: float, end: float) -> dict[str, Amounts]:
    """All money of a window with a cause of its own, by the name of its sum."""
    work, money, prices, window = log.workload, log.scenario.money, _prices(log.scenario), (float(start), float(end))
    by_row, instant, began = (_in_numpy if quick.sums() is None else _compiled)(log, window)
    tried = ~np.isnan(work.self_service_minutes)
    refund = refunded(log)
    late = refund - work.appears_minutes > money.refund_due_days * MINUTES_A_DAY
    every = np.ones(work.cases, dtype=bool)
    compensation = together(
        cases(every, work.appears_minutes, _priced(prices.in_advance, work.case_type), window),
        cases(log.state == SOLVED, log.closed, _priced(prices.when_solved, work.case_type), window),
        cases(late, refund, money.compensation_for_late_refund, window),
    )
    lost = leaving_odds(log) * prices.yearly.take(work.segment)
    return by_row | {
        "self_service_cost": cases(tried, work.appears_minutes, money.per_self_service, window),
        "compensation": compensation,
        "abuse": cases(instant > 0, began, instant * money.abuse_share * money.refund_value, window),
        "margin_lost": cases(log.state != OPEN, log.closed, lost, window),
    }


class _Prices(NamedTuple):
    """What a scenario pays and earns, and its instant refunds.

    Attributes
    ----------
    contact : ndarray, shape (teams,)
        What a partner is paid for a contact.
    line, sale : ndarray, shape (channels,)
        What a contact costs, and the margin that it brings.
    bot : float
        What a session costs.
    freight, used_up : ndarray, shape (types, steps + 1)
        What the freight of each step costs the shop, and what it uses up; steps from 1.
    in_advance, when_solved : ndarray, shape (types,)
        Compensation.
    yearly : ndarray, shape (segments,)
        Margin of a year.
    instant : ndarray, shape (types,)
        How surely a case without the steps that an instant refund skips had one.
    skippable : ndarray of bool, shape (types, steps + 1)
        These steps.
    some : ndarray of bool, shape (sums,)
        Whether there is any such price, for each sum of what rows cause.
    """

    contact: np.ndarray
    line: np.ndarray
    sale: np.ndarray
    bot: float
    freight: np.ndarray
    used_up: np.ndarray
    in_advance: np.ndarray
    when_solved: np.ndarray
    yearly: np.ndarray
    instant: np.ndarray
    skippable: np.ndarray
    some: np.ndarray


@remembered
def _prices(scenario: Scenario) -> _Prices:
    money, channels, types = scenario.money, list(scenario.channels), list(scenario.case_types)
    usual = scenario.loyalty.orders_per_year * money.margin_per_order
    yearly = [usual if who.yearly_margin is None else who.yearly_margin for who in scenario.segments.values()]
    freight, used_up = _step_prices(scenario)
    instant, skippable = _instant_refunds(scenario)
    contact = [team.price_per_contact if team.paid_by == "contact" else 0.0 for team in scenario.teams.values()]
    line, sale = by_name(money.per_contact, channels, 0.0), by_name(money.sale_share, channels, 0.0)
    of_rows = contact, line, money.per_bot_session, freight, used_up, np.array(sale) * money.margin_per_order
    return _Prices(
        contact=np.array(contact, dtype=float),
        line=np.array(line, dtype=float),
        sale=np.array(sale, dtype=float) * money.margin_per_order,
        bot=money.per_bot_session,
        freight=freight,
        used_up=used_up,
        in_advance=np.array(by_name(money.compensation_in_advance, types, 0.0)),
        when_solved=np.array(by_name(money.compensation_when_solved, types, 0.0)),
        yearly=np.array(yearly),
        instant=instant,
        skippable=skippable,
        some=np.array([np.any(price) for price in of_rows]),
    )


# What rows of the log cause, in the order of the compiled sums.
_BY_ROW = ("outsourcing", "channel_cost", "bot_cost", "freight_cost", "step_cost", "sales_while_serving")


def _in_numpy(log: Log, window: Window) -> tuple[dict[str, Amounts], np.ndarray, np.ndarray]:
    """What rows of the log cause in a window; for each case how surely it had an instant refund, and when.

    Who lacks the steps that an instant refund skips had one. Where these steps are not always needed they may be
    lacking without one; the odds of an instant refund are then its share among all who lack them (Bayes). It is made
    when the back office begins; NaN where that never does.
    """
    work, prices = log.workload, _prices(log.scenario)
    kind, case = work.kind[log.row], work.case[log.row]
    contact, step = log.is_contact, kind == STEP
    channel, case_type = work.channel[log.row], work.case_type[case]
    sold = contact & ((log.outcome == SERVED) | (log.outcome == CALLED_BACK))
    number = np.where(step, work.number[log.row], 0)
    found = (
        rows(log, log.team >= 0, log.answered, _priced(prices.contact, log.team), window),
        rows(log, contact, log.queued, _priced(prices.line, channel), window),
        rows(log, log.met_bot, log.arrived, prices.bot, window),
        rows(log, step, log.arrived, _priced(prices.freight, case_type, number), window),
        rows(log, step, log.ended, _priced(prices.used_up, case_type, number), window),
        rows(log, sold, log.ended, _priced(prices.sale, channel), window),
    )
    instant = prices.instant[work.case_type]
    steps = np.flatnonzero(work.kind == STEP)
    done = prices.skippable[work.case_type[work.case[steps]], work.number[steps]]
    instant[work.case[steps[done]]] = 0.0
    began = np.where((log.state == SOLVED) & ~work.self_service_solves, log.closed, np.nan)
    # Rows stand in the order of time, and of values that go to the same place the last one stays.
    here = np.flatnonzero(step)[::-1]
    first = np.full(work.cases, np.nan)
    first[case[here]] = log.arrived[here]
    np.fmin(began, first, out=began)
    return dict(zip(_BY_ROW, found, strict=True)), np.where(np.isnan(began), 0.0, instant), began


def _compiled(log: Log, window: Window) -> tuple[dict[str, Amounts], np.ndarray, np.ndarray]:
    """The same in one pass."""
    sums, prices = quick.sums(), _prices(log.scenario)
    assert sums is not None
    tables = prices.line, prices.sale, prices.bot, prices.freight, prices.used_up
    of_agent = np.append(prices.contact[log.workload.roster.agent_team], 0.0)
    given = *tables, prices.instant, prices.skippable, prices.some, window
    amount, at, ends, instant, began = sums.paid(*sums.columns(log), *sums.parts(log), sums.CODES, of_agent, *given)
    times = log.answered, log.queued, log.arrived, log.arrived, log.ended, log.ended
    by_row = {
        name: _of_rows(log, amount[first:last], time, at[first:last])
        for name, time, (first, last) in zip(_BY_ROW, times, ends.tolist(), strict=True)
    }
    return by_row, instant, began


def leaving_odds(log: Log) -> np.ndarray:
    """Odds that each customer stops buying once the case is closed, shape (cases,).

    The rating is as likely as `sim.satisfaction` says, and who gives it stays as likely as the scenario's
    ``loyalty.buys_again`` says; the expected value over the five ratings has less noise than one drawn rating.
    """
    from sim.satisfaction.judging import expected, scores

    leaves = [1 - stays for stays in log.scenario.loyalty.buys_again]
    return expected(scores(log), log.scenario.satisfaction.rating_cuts, leaves)


def _step_prices(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """What the freight of each step costs the shop, and what it uses up: shape (types, steps + 1), steps from 1."""
    money, kinds = scenario.money, list(scenario.case_types.values())
    freight, used_up = np.zeros((2, *_shape_of_steps(scenario)))
    paid = by_name(money.parcel_paid_share, list(scenario.case_types), 1.0)
    for code, kind in enumerate(kinds):
        names = [step.name for step in kind.steps]
        covered = by_name(money.step_paid_share, names, 1.0)
        for number, step in enumerate(kind.steps, start=1):
            freight[code, number] = money.per_parcel * paid[code] * step.freight
            used_up[code, number] = money.per_step.get(step.name, 0.0) * covered[number - 1]
    return freight, used_up


def _instant_refunds(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """The odds of an instant refund by type, where the steps lack that it skips; and which steps these are."""
    sure = np.zeros(len(scenario.case_types))
    skippable = np.zeros(_shape_of_steps(scenario), dtype=bool)
    for code, kind in enumerate(scenario.case_types.values()):
        skipped = [step for step in kind.steps if step.skipped_by_instant_refund]
        if kind.instant_refund_share > 0 and skipped:
            share = kind.instant_refund_share
            lacking_anyway = float(np.prod([1 - step.odds for step in skipped]))
            sure[code] = share / (share + (1 - share) * lacking_anyway)
            skippable[code, 1 : 1 + len(kind.steps)] = [step.skipped_by_instant_refund for step in kind.steps]
    return sure, skippable


def _shape_of_steps(scenario: Scenario) -> tuple[int, int]:
    kinds = scenario.case_types.values()
    return len(kinds), 1 + max((len(kind.steps) for kind in kinds), default=0)


def rows(
    log: Log, which: np.ndarray, time: np.ndarray, amount: np.ndarray | float, window: Window = _ALWAYS
) -> Amounts:
    """Money that some rows of the log cause in a window."""
    at, paid = _paid(which, time, amount, window)
    return _of_rows(log, paid, time, at)


def _of_rows(log: Log, amount: np.ndarray, time: np.ndarray, at: np.ndarray) -> Amounts:
    return Amounts(amount, lambda: Causes(time[at], log.workload.case[log.row[at]], at))


def cases(which: np.ndarray, time: np.ndarray, amount: np.ndarray | float, window: Window = _ALWAYS) -> Amounts:
    """Money that some cases cause in a window."""
    case, paid = _paid(which, time, amount, window)
    return Amounts(paid, lambda: Causes(time[case], case, np.full(len(case), -1)))


def _paid(
    which: np.ndarray, time: np.ndarray, amount: np.ndarray | float, window: Window
) -> tuple[np.ndarray, np.ndarray]:
    """Where something is paid in a window, and how much; what happens at no time, NaN, is not paid."""
    if not isinstance(amount, np.ndarray) and not amount:
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    at = np.flatnonzero(which & (time >= window[0]) & (time < window[1]) & (amount != 0))
    return at, amount[at].astype(float, copy=False) if isinstance(amount, np.ndarray) else np.full(
        len(at), float(amount)
    )


def _priced(prices: np.ndarray, *codes: np.ndarray) -> np.ndarray | float:
    """The price of each thing by its codes; 0 for all if nothing costs anything."""
    return prices[codes] if prices.any() else 0.0


def together(*parts: Amounts) -> Amounts:
    """Several in one."""
    some = [one for one in parts if len(one.amount)] or list(parts[:1])
    if len(some) == 1:
        return some[0]
    amount = np.concatenate([one.amount for one in some])
    return Amounts(amount, lambda: Causes(*map(np.concatenate, zip(*(one.causes for one in some), strict=True))))


def shared_wages(log: Log, start: float, end: float) -> Amounts:
    """The wages of a window, each team's spread over its work in proportion to handle time."""
    done = np.where(np.isnan(log.ended), log.scenario.horizon_minutes, log.ended)
    minutes = np.clip(done, start, end) - np.clip(np.nan_to_num(log.answered, nan=np.inf), start, end)
    minutes = np.where(np.isnan(log.answered), 0.0, np.maximum(minutes, 0.0))
    amount = np.zeros(len(log.row))
    team = log.team
    for code, paid in enumerate(paid_minutes(log, np.array([start, end]))):
        own = team == code
        worked = minutes[own].sum()
        if worked > 0:
            amount[own] = minutes[own] / worked * paid.sum() / 60 * wage(log, code)
    return rows(log, minutes > 0, np.maximum(np.nan_to_num(log.answered), start), amount)


def shared_fixed(log: Log, start: float, end: float) -> Amounts:
    """The fixed costs of a window, the same for each case that appears in it."""
    appears = log.workload.appears_minutes
    inside = (appears >= start) & (appears < end)
    return cases(inside, appears, fixed_per_minute(log) * (end - start) / max(int(inside.sum()), 1))


def fixed_per_minute(log: Log) -> float:
    """All fixed costs, a minute."""
    return sum(log.scenario.money.fixed_per_day.values()) / MINUTES_A_DAY


def wage(log: Log, team: int) -> float:
    """What an hour of a team costs; 0 for one that is paid by contact."""
    plan = list(log.scenario.teams.values())[team]
    return plan.wage_per_hour if plan.paid_by == "hour" else 0.0


def paid_minutes(log: Log, edges: np.ndarray) -> list[np.ndarray]:
    """Paid minutes of each team between neighbouring edges: on duty, finishing, or planned and absent."""
    agent, start, end = paid_spells(log)
    team = log.workload.roster.agent_team[agent] if len(agent) else agent
    return [minutes_between(edges, start[team == code], end[team == code]) for code in range(len(log.scenario.teams))]


def minutes_between(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Total length of the spells between neighbouring edges, shape (edges - 1,).

    Examples
    --------
    >>> minutes_between(np.array([0.0, 10, 20]), np.array([5.0, 8]), np.array([12.0, 9]))
    array([6., 2.])
    """
    edges, start, end, sums = edges.astype(float, copy=False), np.sort(start), np.sort(end), quick.sums()
    if sums is not None:
        found: np.ndarray = sums.minutes(edges, start, end)
        return found

    def since(moments: np.ndarray) -> np.ndarray:
        before = np.concatenate([[0.0], np.cumsum(moments)])
        count = np.searchsorted(moments, edges)
        return count * edges - before[count]

    return np.diff(since(start) - since(end))
