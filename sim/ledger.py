"""Every amount of money of a run, with the moment at which it was spent or won and what caused it.

The causes are contacts, steps of the back office and cases. Wages alone have no cause of their own, as an agent is paid
for waiting and for absence too: `shared_wages` spreads what a team is paid in a window over the work that it did there,
in proportion to handle time, so that idle time and absence are paid by those who were served.
Fixed costs are shared equally by the cases of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.log import CALLED_BACK, OPEN, SERVED, SOLVED, Log
from sim.measures.agents import paid_spells
from sim.measures.cases import refunded
from sim.prices import by_name
from sim.timetable import MINUTES_A_DAY
from sim.workload import STEP


@dataclass(frozen=True)
class Amounts:
    """Money by what caused it: amounts, moments, cases, and the rows of the log (-1 where a case is the cause)."""

    amount: np.ndarray
    time: np.ndarray
    case: np.ndarray
    at: np.ndarray

    def within(self, start: float, end: float) -> Amounts:
        """Those of a window."""
        here = np.flatnonzero((self.time >= start) & (self.time < end))
        if len(here) == len(self.time):
            return self
        return Amounts(self.amount[here], self.time[here], self.case[here], self.at[here])


def caused(log: Log) -> dict[str, Amounts]:
    """All money with a cause of its own, by the name of its sum."""
    work, scenario, money = log.workload, log.scenario, log.scenario.money
    row, kind, case = log.row, log.workload.kind[log.row], log.workload.case[log.row]
    channels, types = list(scenario.channels), list(scenario.case_types)
    contact, task = log.is_contact, ~log.is_contact
    channel = work.channel[row]
    case_type = work.case_type[case]

    price = np.array([team.price_per_contact if team.paid_by == "contact" else 0.0 for team in scenario.teams.values()])
    bought = (log.team >= 0) & ~np.isnan(log.answered)
    line = contact & ~np.isnan(log.queued)
    sold = contact & ((log.outcome == SERVED) | (log.outcome == CALLED_BACK))
    per_contact = np.array(by_name(money.per_contact, channels, 0.0))
    sale = np.array(by_name(money.sale_share, channels, 0.0)) * money.margin_per_order
    tried = ~np.isnan(work.self_service_minutes)

    freight, used_up = _step_prices(log)
    number = np.where(kind == STEP, work.number[row], 0)
    step = task & (kind == STEP)

    paid_first = _priced(np.array(by_name(money.compensation_in_advance, types, 0.0)), work.case_type)
    paid_after = _priced(np.array(by_name(money.compensation_when_solved, types, 0.0)), work.case_type)
    refund = refunded(log)
    late = refund - work.appears_minutes > money.refund_due_days * MINUTES_A_DAY
    every = np.ones(work.cases, dtype=bool)
    compensation = together(
        cases(log, every, work.appears_minutes, paid_first),
        cases(log, log.state == SOLVED, log.closed, paid_after),
        cases(log, late, refund, money.compensation_for_late_refund),
    )
    instant, began = _instant_refunds(log)
    usual = scenario.loyalty.orders_per_year * money.margin_per_order
    yearly = [usual if who.yearly_margin is None else who.yearly_margin for who in scenario.segments.values()]
    leaving = leaving_odds(log)
    return {
        "outsourcing": rows(log, bought, log.answered, _priced(price, log.team)),
        "channel_cost": rows(log, line, log.queued, _priced(per_contact, channel)),
        "bot_cost": rows(log, log.met_bot, log.arrived, money.per_bot_session),
        "self_service_cost": cases(log, tried, work.appears_minutes, money.per_self_service),
        "freight_cost": rows(log, step, log.arrived, _priced(freight, case_type, number)),
        "step_cost": rows(log, step & ~np.isnan(log.ended), log.ended, _priced(used_up, case_type, number)),
        "compensation": compensation,
        "abuse": cases(log, instant > 0, began, instant * money.abuse_share * money.refund_value),
        "sales_while_serving": rows(log, sold, log.ended, _priced(sale, channel)),
        "margin_lost": cases(log, log.state != OPEN, log.closed, leaving * np.array(yearly)[work.segment]),
    }


def leaving_odds(log: Log) -> np.ndarray:
    """Odds that each customer stops buying once the case is closed, shape (cases,).

    The rating is as likely as `sim.satisfaction` says, and who gives it stays as likely as the scenario's
    ``loyalty.buys_again`` says; the expected value over the five ratings has less noise than one drawn rating.
    """
    from sim.satisfaction import chances, scores

    likely = chances(scores(log), log.scenario.satisfaction.rating_cuts)
    return 1 - likely @ np.array(log.scenario.loyalty.buys_again)


def _step_prices(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """What the freight of each step costs the shop, and what it uses up: shape (types, steps + 1), steps from 1."""
    scenario, money = log.scenario, log.scenario.money
    kinds = list(scenario.case_types.values())
    freight = np.zeros((len(kinds), 1 + max((len(kind.steps) for kind in kinds), default=0)))
    used_up = np.zeros_like(freight)
    paid = by_name(money.parcel_paid_share, list(scenario.case_types), 1.0)
    for code, kind in enumerate(kinds):
        names = [step.name for step in kind.steps]
        covered = by_name(money.step_paid_share, names, 1.0)
        for number, step in enumerate(kind.steps, start=1):
            freight[code, number] = money.per_parcel * paid[code] * step.freight
            used_up[code, number] = money.per_step.get(step.name, 0.0) * covered[number - 1]
    return freight, used_up


def _instant_refunds(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """How surely each case had an instant refund, and when its back office began (NaN if not): shape (cases,).

    Who lacks the steps that an instant refund skips had one. Where these steps are not always needed they may be
    lacking without one; the odds of an instant refund are then its share among all who lack them (Bayes).
    """
    work, kinds = log.workload, list(log.scenario.case_types.values())
    if not any(kind.instant_refund_share > 0 for kind in kinds):
        return np.zeros(work.cases), np.full(work.cases, np.nan)
    sure = np.zeros(work.cases)
    skippable = np.zeros((len(kinds), 1 + max((len(kind.steps) for kind in kinds), default=0)), dtype=bool)
    for code, kind in enumerate(kinds):
        skipped = [step for step in kind.steps if step.skipped_by_instant_refund]
        if kind.instant_refund_share > 0 and skipped:
            share = kind.instant_refund_share
            lacking_anyway = float(np.prod([1 - step.odds for step in skipped]))
            sure[work.case_type == code] = share / (share + (1 - share) * lacking_anyway)
            skippable[code, 1 : 1 + len(kind.steps)] = [step.skipped_by_instant_refund for step in kind.steps]
    steps = np.flatnonzero(work.kind == STEP)
    checked = steps[skippable[work.case_type[work.case[steps]], work.number[steps]]]
    sure[work.case[checked]] = 0.0
    began = np.where((log.state == SOLVED) & ~work.self_service_solves, log.closed, np.nan)
    # Rows stand in the order of time, and of values that go to the same place the last one stays.
    here = np.flatnonzero(work.kind[log.row] == STEP)[::-1]
    first = np.full(work.cases, np.nan)
    first[work.case[log.row[here]]] = log.arrived[here]
    np.fmin(began, first, out=began)
    return np.where(np.isnan(began), 0.0, sure), began


def rows(log: Log, which: np.ndarray, time: np.ndarray, amount: np.ndarray | float) -> Amounts:
    """Money that some rows of the log cause."""
    at, paid = _paid(which, amount)
    return Amounts(paid, time[at], log.workload.case[log.row[at]], at)


def cases(log: Log, which: np.ndarray, time: np.ndarray, amount: np.ndarray | float) -> Amounts:
    """Money that some cases cause."""
    case, paid = _paid(which, amount)
    when = time[case]
    known = np.flatnonzero(~np.isnan(when))
    if len(known) < len(case):
        case, paid, when = case[known], paid[known], when[known]
    return Amounts(paid, when, case, np.full(len(case), -1))


def _paid(which: np.ndarray, amount: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Where something is paid, and how much."""
    if isinstance(amount, np.ndarray):
        at = np.flatnonzero(which & (amount != 0))
        return at, amount[at].astype(float)
    at = np.flatnonzero(which) if amount else np.zeros(0, dtype=np.intp)
    return at, np.full(len(at), float(amount))


def _priced(prices: np.ndarray, *codes: np.ndarray) -> np.ndarray | float:
    """The price of each thing by its codes; 0 for all if nothing costs anything."""
    return prices[codes] if prices.any() else 0.0


def together(*parts: Amounts) -> Amounts:
    """Several in one."""
    return Amounts(*(np.concatenate([getattr(one, name) for one in parts]) for name in Amounts.__annotations__))


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
    return cases(log, inside, appears, fixed_per_minute(log) * (end - start) / max(int(inside.sum()), 1))


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

    def since(moments: np.ndarray) -> np.ndarray:
        moments = np.sort(moments)
        before = np.concatenate([[0.0], np.cumsum(moments)])
        count = np.searchsorted(moments, edges)
        return count * edges - before[count]

    return np.diff(since(start) - since(end))
