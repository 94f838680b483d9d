"""Every amount of money of a run, with the moment at which it was spent or won and what caused it.

The causes are contacts, steps of the back office and cases. Wages alone have no cause of their own, as an agent is paid
for waiting and for absence too: `shared_wages` spreads what a team is paid in a window over the work that it did there,
in proportion to handle time, so that idle time and absence are paid by those who were served.
Fixed costs are shared equally by the cases of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim import quick
from sim.base import remembered
from sim.constant import constant
from sim.log import CALLED_BACK, OPEN, SERVED, SOLVED, Log
from sim.measures.agents import paid_by_team, paid_spells
from sim.measures.cases import refunded
from sim.measures.grid import OF_TIME
from sim.prices import by_name
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY
from sim.workload import STEP

if TYPE_CHECKING:
    from sim.measures import Grid


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


# What rows of the log cause, then what cases cause.
BY_ROW = ("outsourcing", "channel_cost", "bot_cost", "freight_cost", "step_cost", "sales_while_serving")
BY_CASE = ("self_service_cost", "in_advance", "when_solved", "late_refund", "abuse", "margin_lost", "money_solved")
SUMS = (*BY_ROW, *BY_CASE)  # of which compensation has three: in advance, when solved, and for a late refund
_ABUSE = SUMS.index("abuse")


def totals(log: Log, grid: Grid, start: float, end: float) -> np.ndarray:
    """All money of a window with a cause of its own, by group and in the order of `SUMS`, shape (groups, sums)."""
    if quick.twins("payoff") is None:
        return np.column_stack([total(log, grid, one) for one in caused(log, start, end).values()])
    return _compiled(log, grid, (float(start), float(end)))


class Prices(NamedTuple):
    """What a scenario pays and earns, and its instant refunds.

    Attributes
    ----------
    contact : ndarray, shape (teams,)
        What a partner is paid for a contact.
    line, sale : ndarray, shape (channels,)
        What a contact costs, and the margin that it brings.
    bot, self_service : float
        What a session and a use cost.
    freight, used_up : ndarray, shape (types, steps + 1)
        What the freight of each step costs the shop, and what it uses up; steps from 1.
    in_advance, when_solved : ndarray, shape (types,)
        Compensation.
    late_refund, due_minutes : float
        Compensation for a refund that comes later than this.
    yearly : ndarray, shape (segments,)
        Margin of a year.
    leaves : ndarray, shape (5,)
        The share of the customers with each rating who stop buying.
    instant : ndarray, shape (types,)
        How surely a case without the steps that an instant refund skips had one.
    skippable : ndarray of bool, shape (types, steps + 1)
        These steps.
    abuse_share, refund_value : float
        The share of instant refunds that are abused, and what one costs.
    some : ndarray of bool, shape (len(SUMS),)
        Whether there is any such price.
    """

    contact: np.ndarray
    line: np.ndarray
    sale: np.ndarray
    bot: float
    self_service: float
    freight: np.ndarray
    used_up: np.ndarray
    in_advance: np.ndarray
    when_solved: np.ndarray
    late_refund: float
    due_minutes: float
    yearly: np.ndarray
    leaves: np.ndarray
    instant: np.ndarray
    skippable: np.ndarray
    abuse_share: float
    refund_value: float
    some: np.ndarray


@remembered
def _prices(scenario: Scenario) -> Prices:
    money, channels, types = scenario.money, list(scenario.channels), list(scenario.case_types)
    usual = scenario.loyalty.orders_per_year * money.margin_per_order
    yearly = [usual if who.yearly_margin is None else who.yearly_margin for who in scenario.segments.values()]
    freight, used_up = _step_prices(scenario)
    instant, skippable = _instant_refunds(scenario)
    contact = [team.price_per_contact if team.paid_by == "contact" else 0.0 for team in scenario.teams.values()]
    line, sale = by_name(money.per_contact, channels, 0.0), by_name(money.sale_share, channels, 0.0)
    in_advance = by_name(money.compensation_in_advance, types, 0.0)
    when_solved = by_name(money.compensation_when_solved, types, 0.0)
    sale_margin = np.array(sale, dtype=float) * money.margin_per_order
    of_rows = contact, line, money.per_bot_session, freight, used_up, sale_margin
    abuse = instant * money.abuse_share * money.refund_value
    compensation = in_advance, when_solved, money.compensation_for_late_refund
    of_cases = money.per_self_service, *compensation, abuse, yearly, 1.0
    found = Prices(
        contact=np.array(contact, dtype=float),
        line=np.array(line, dtype=float),
        sale=sale_margin,
        bot=float(money.per_bot_session),
        self_service=float(money.per_self_service),
        freight=freight,
        used_up=used_up,
        in_advance=np.array(in_advance, dtype=float),
        when_solved=np.array(when_solved, dtype=float),
        late_refund=float(money.compensation_for_late_refund),
        due_minutes=float(money.refund_due_days * MINUTES_A_DAY),
        yearly=np.array(yearly, dtype=float),
        leaves=np.array([1 - stays for stays in scenario.loyalty.buys_again]),
        instant=instant,
        skippable=skippable,
        abuse_share=float(money.abuse_share),
        refund_value=float(money.refund_value),
        some=np.array([np.any(price) for price in (*of_rows, *of_cases)]),
    )
    for column in found:
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    return found


def caused(log: Log, start: float, end: float) -> dict[str, Amounts]:
    """All money of a window with a cause of its own, by the names in `SUMS`.

    For ``money_solved`` each case that is solved in the window counts 1.
    """
    window = float(start), float(end)
    work, prices = log.workload, _prices(log.scenario)
    kind, case = work.kind[log.row], work.case[log.row]
    contact, step = log.is_contact, kind == STEP
    channel, case_type = work.channel[log.row], work.case_type[case]
    sold = contact & ((log.outcome == SERVED) | (log.outcome == CALLED_BACK))
    number = np.where(step, work.number[log.row], 0)
    every, tried = np.ones(work.cases, dtype=bool), ~np.isnan(work.self_service_minutes)
    solved, refund = log.state == SOLVED, _refunded(log)
    abuse = _instant(log) * prices.abuse_share * prices.refund_value
    lost = leaving_odds(log) * prices.yearly.take(work.segment)
    found = (
        rows(log, log.team >= 0, log.answered, _priced(prices.contact, log.team), window),
        rows(log, contact, log.queued, _priced(prices.line, channel), window),
        rows(log, log.met_bot, log.arrived, prices.bot, window),
        rows(log, step, log.arrived, _priced(prices.freight, case_type, number), window),
        rows(log, step, log.ended, _priced(prices.used_up, case_type, number), window),
        rows(log, sold, log.ended, _priced(prices.sale, channel), window),
        cases(tried, work.appears_minutes, prices.self_service, window),
        cases(every, work.appears_minutes, _priced(prices.in_advance, work.case_type), window),
        cases(solved, log.closed, _priced(prices.when_solved, work.case_type), window),
        cases(refund - work.appears_minutes > prices.due_minutes, refund, prices.late_refund, window),
        cases(every, _began(log), abuse, window),
        cases(log.state != OPEN, log.closed, lost, window),
        cases(solved, log.closed, 1.0, window),
    )
    return dict(zip(SUMS, found, strict=True))


def _instant(log: Log) -> np.ndarray:
    """How surely each case had an instant refund if it was ever due, shape (cases,).

    Who lacks the steps that an instant refund skips had one. Where these steps are not always needed they may be
    lacking without one; the odds of an instant refund are then its share among all who lack them (Bayes).
    """
    work, prices = log.workload, _prices(log.scenario)
    if not prices.some[_ABUSE]:
        return constant(0.0, float, work.cases)

    def of_customers() -> np.ndarray:
        instant = prices.instant[work.case_type]
        steps = np.flatnonzero(work.kind == STEP)
        done = prices.skippable[work.case_type[work.case[steps]], work.number[steps]]
        instant[work.case[steps[done]]] = 0.0
        return instant

    return work.own(("instant refunds", prices.instant.tobytes(), prices.skippable.tobytes()), of_customers)


def _began(log: Log) -> np.ndarray:
    """When the back office began with each case, which is when an instant refund is made; NaN where it never does."""
    work = log.workload
    began = np.where((log.state == SOLVED) & ~work.self_service_solves, log.closed, np.nan)
    # Rows stand in the order of time, and of values that go to the same place the last one stays.
    here = np.flatnonzero(work.kind[log.row] == STEP)[::-1]
    first = np.full(work.cases, np.nan)
    first[work.case[log.row[here]]] = log.arrived[here]
    return np.fmin(began, first)


def _refunded(log: Log) -> np.ndarray:
    """When the refund of each case was done, if it matters: NaN for all where nothing is paid for late ones."""
    return refunded(log) if _prices(log.scenario).late_refund else constant(np.nan, float, log.workload.cases)


def _compiled(log: Log, grid: Grid, window: Window) -> np.ndarray:
    """The totals in one pass."""
    from sim.satisfaction.judging import odds, scores

    payoff, prices = quick.twins("payoff"), _prices(log.scenario)
    assert payoff is not None
    better = odds(scores(log), log.scenario.satisfaction.rating_cuts)
    given = tuple(prices), _refunded(log), _instant(log), *better, window, *_groups(log, grid), grid.count
    found: np.ndarray = payoff.paid(payoff.columns(log), *payoff.parts(log), *given)
    return found


_AT_ANY_TIME = np.zeros(1, dtype=np.uint64)


def _groups(log: Log, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray] | tuple[None, None, None]:
    """The groups of what rows and cases cause at minute 0, and what each minute adds to them."""
    if not grid.by:
        return None, None, None
    work = log.workload
    of_row, of_case = (
        grid.numbers(np.zeros(len(case)), **_codes(log, case, at))
        for case, at in ((work.case[log.row], np.arange(len(log.row))), (np.arange(work.cases), _by_itself(work.cases)))
    )
    of_row[of_row < 0] = of_case[of_case < 0] = grid.count
    by_minute = _AT_ANY_TIME
    if any(name in OF_TIME for name in grid.by):
        minutes = np.arange(log.scenario.horizon_minutes)
        nothing = np.zeros(len(minutes), dtype=int)
        numbers = grid.numbers(minutes, channel=nothing, team=nothing, type=nothing, segment=nothing)
        by_minute = (numbers - numbers[0]).view(np.uint64)
    return of_row.view(np.uint64), of_case.view(np.uint64), by_minute


def total(log: Log, grid: Grid, one: Amounts) -> np.ndarray:
    """Sum by group, one amount after the other, shape (groups,).

    Contacts count where they came, tasks and cases where the case came first.
    """
    if not grid.by or not len(one.amount):
        return np.bincount(np.zeros(len(one.amount), dtype=int), one.amount, grid.count)
    time, case, at = one.causes
    return grid.total(grid.numbers(time, **_codes(log, case, at)), one.amount)


def _codes(log: Log, case: np.ndarray, at: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """The codes of causes for `sim.measures.grid.Grid.numbers`."""
    work, of_row = log.workload, at >= 0

    def of(rows: np.ndarray, otherwise: np.ndarray | int) -> np.ndarray:
        found = np.broadcast_to(otherwise, len(at)).astype(int)
        found[of_row] = rows[at[of_row]]
        return found

    def channel() -> np.ndarray:
        own = of(work.channel[log.row], -1)
        return np.where(own >= 0, own, work.channel[case])

    return {
        "channel": channel,
        "team": lambda: of(log.team, -1),
        "type": lambda: of(work.type[log.row], work.case_type[case]),
        "segment": lambda: work.segment[case],
    }


def leaving_odds(log: Log) -> np.ndarray:
    """Odds that each customer stops buying once the case is closed, shape (cases,).

    The rating is as likely as `sim.satisfaction` says, and who gives it stays as likely as the scenario's
    ``loyalty.buys_again`` says; the expected value over the five ratings has less noise than one drawn rating.
    """
    from sim.satisfaction.judging import expected, scores

    return expected(scores(log), log.scenario.satisfaction.rating_cuts, _prices(log.scenario).leaves.tolist())


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
    return Amounts(paid, lambda: Causes(time[at], log.workload.case[log.row[at]], at))


def cases(which: np.ndarray, time: np.ndarray, amount: np.ndarray | float, window: Window = _ALWAYS) -> Amounts:
    """Money that some cases cause in a window."""
    case, paid = _paid(which, time, amount, window)
    return Amounts(paid, lambda: Causes(time[case], case, _by_itself(len(case))))


def _by_itself(cases: int) -> np.ndarray:
    """The rows that are the cause where it is a case: none."""
    return np.full(cases, -1)


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


def shared_wages(log: Log, start: float, end: float) -> Amounts:
    """The wages of a window, each team's spread over its work in proportion to handle time."""
    done = np.where(np.isnan(log.ended), log.scenario.horizon_minutes, log.ended)
    minutes = np.clip(done, start, end) - np.clip(np.nan_to_num(log.answered, nan=np.inf), start, end)
    minutes = np.where(np.isnan(log.answered), 0.0, np.maximum(minutes, 0.0))
    amount = np.zeros(len(log.row))
    team = log.team
    wages = wages_per_hour(log.scenario)
    for code, paid in enumerate(paid_minutes(log, np.array([start, end]))):
        own = team == code
        worked = minutes[own].sum()
        if worked > 0:
            amount[own] = minutes[own] / worked * paid.sum() / 60 * wages[code]
    return rows(log, minutes > 0, np.maximum(np.nan_to_num(log.answered), start), amount)


def shared_fixed(log: Log, start: float, end: float) -> Amounts:
    """The fixed costs of a window, the same for each case that appears in it."""
    appears = log.workload.appears_minutes
    inside = (appears >= start) & (appears < end)
    return cases(inside, appears, fixed_per_minute(log) * (end - start) / max(int(inside.sum()), 1))


def fixed_per_minute(log: Log) -> float:
    """All fixed costs, a minute."""
    return sum(log.scenario.money.fixed_per_day.values()) / MINUTES_A_DAY


@remembered
def wages_per_hour(scenario: Scenario) -> np.ndarray:
    """What an hour of each team costs, shape (teams,); 0 for one that is paid by contact."""
    teams = scenario.teams.values()
    return np.array([plan.wage_per_hour if plan.paid_by == "hour" else 0.0 for plan in teams], dtype=float)


def paid_minutes(log: Log, edges: np.ndarray) -> np.ndarray:
    """Paid minutes of each team between neighbouring edges: on duty, finishing, or planned and absent.

    Parameters
    ----------
    log : Log
    edges : ndarray, shape (pieces + 1,)

    Returns
    -------
    ndarray, shape (teams, pieces)
    """
    if len(edges) == 2:
        return paid_by_team(log, *edges.tolist())[:, None]
    agent, start, end = paid_spells(log)
    team = log.workload.roster.agent_team.take(agent)
    own = [team == code for code in range(len(log.scenario.teams))]
    return np.array([minutes_between(edges, start[mine], end[mine]) for mine in own])


def minutes_between(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Total length of the spells between neighbouring edges, shape (edges - 1,).

    Examples
    --------
    >>> minutes_between(np.array([0.0, 10, 20]), np.array([5.0, 8]), np.array([12.0, 9]))
    array([6., 2.])
    """
    edges, start, end, spells = edges.astype(float, copy=False), np.sort(start), np.sort(end), quick.twins("spells")
    if spells is not None:
        found: np.ndarray = spells.between(edges, start, end)
        return found

    def since(moments: np.ndarray) -> np.ndarray:
        before = np.concatenate([[0.0], np.cumsum(moments)])
        count = np.searchsorted(moments, edges)
        return count * edges - before[count]

    return np.diff(since(start) - since(end))
