"""What the service cost and what it earned: pure functions of a log.

Every amount of money has a moment at which it was spent or won, and a cause: a contact, a step, a case, or an agent's
paid time. Wages are the one cost without such a cause, as an agent is paid for waiting and for absence too. By team and
by time they are simply the paid time. Per case, channel, type or segment they are shared out: all that a team is paid
in a window is spread over the work that it did there, in proportion to handle time, so that idle time and absence are
paid by those who were served. The shares add up to the wages as long as the team did anything at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import ledger
from sim.base import remembered, unknown_name
from sim.demand import orders_by_day
from sim.log import Log
from sim.measures.agents import paid_by_team
from sim.measures.contacts import contacts_between
from sim.measures.grid import OF_TIME
from sim.measures.measure import Measure
from sim.scenario import Scenario
from sim.timetable import MINUTES_A_DAY

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison
    from sim.measures import Grid

# What is paid, in the order of the tables. The first two go to people.
COSTS = (
    "wages",
    "outsourcing",
    "channel_cost",
    "bot_cost",
    "self_service_cost",
    "freight_cost",
    "step_cost",
    "compensation",
    "abuse",
    "fixed_cost",
)
# The parts of compensation.
_COMPENSATION = ("in_advance", "when_solved", "late_refund")
# What the service wins or loses besides.
GAINS = ("sales_while_serving", "margin_lost")

_money = partial(Measure, unit="money", family="money")

MEASURES: dict[str, Measure] = {
    "cost": _money("cost", "", "all that the service cost", title="cost", title_zh="总成本", higher_is_better=False),
    "cost_per_contact": _money(
        "cost",
        "money_contacts",
        "cost / contacts",
        title="cost per contact",
        title_zh="单次联络成本",
        higher_is_better=False,
    ),
    "cost_per_solved_case": _money(
        "cost",
        "money_solved",
        "cost / cases solved in the window",
        title="cost per solved case",
        title_zh="单个已解决工单成本",
        higher_is_better=False,
    ),
    "people_cost": _money(
        "people_cost", "", "wages and what partners are paid", title="people cost", title_zh="人力成本"
    ),
    "wages": _money("wages", "", "paid time, absence included", title="wages", title_zh="工资"),
    "outsourcing": _money("outsourcing", "", "partners paid by contact", title="outsourcing", title_zh="外包费用"),
    "channel_cost": _money("channel_cost", "", "telephony and licences", title="channel cost", title_zh="渠道费用"),
    "bot_cost": _money("bot_cost", "", "bot sessions", title="bot cost", title_zh="机器人费用"),
    "self_service_cost": _money(
        "self_service_cost", "", "uses of self-service", title="self service cost", title_zh="自助服务费用"
    ),
    "freight_cost": _money("freight_cost", "", "parcels that the shop pays", title="freight cost", title_zh="运费"),
    "step_cost": _money(
        "step_cost", "", "parts and goods used up by back-office steps", title="step cost", title_zh="配件与耗材"
    ),
    "compensation": _money("compensation", "", "paid to customers", title="compensation", title_zh="赔付"),
    "abuse": _money(
        "abuse",
        "",
        "goods lost to abused instant refunds, as expected",
        title="abuse",
        title_zh="退款滥用损失",
        higher_is_better=False,
    ),
    "fixed_cost": _money(
        "fixed_cost", "", "what costs the same whoever comes", title="fixed cost", title_zh="固定成本"
    ),
    "sales_while_serving": _money(
        "sales_while_serving",
        "",
        "margin of orders made while serving",
        title="sales while serving",
        title_zh="服务带来的销售毛利",
        higher_is_better=True,
    ),
    "margin_lost": _money(
        "margin_lost",
        "",
        "a year's margin of the customers who leave, as expected",
        title="margin lost",
        title_zh="流失的毛利",
        higher_is_better=False,
    ),
    "contribution": _money(
        "contribution",
        "",
        "sales while serving - margin lost - cost",
        title="contribution",
        title_zh="服务贡献",
        may_be_negative=True,
        higher_is_better=True,
    ),
    "profit": _money(
        "profit",
        "",
        "margin of the orders of the window + contribution",
        title="profit",
        title_zh="利润",
        may_be_negative=True,
        higher_is_better=True,
    ),
}

# What is not the doing of a team cannot be told by team.
_BY_TEAM = {"wages", "outsourcing", "people_cost", "sales_while_serving"}


# What is added up in each run, from which the totals follow.
SUMS = (*ledger.SUMS, "wages", "fixed_cost", "money_contacts")


def sums(log: Log, grid: Grid, start: float, end: float, within_seconds: float | None = None) -> np.ndarray:
    """What each cause cost or earned in a run, shape (SUMS, groups).

    Parameters
    ----------
    log : Log
    grid : groups of `sim.measures`
    start, end : float
        The window in minutes: what was spent and won in it counts.
    within_seconds : float, optional
        The time limit of service levels, which does not concern money.
    """
    contacts = contacts_between(log, start, end)
    if grid.by:
        group = grid.of_contacts(log, contacts)
        many = grid.total(group, np.ones(len(group), dtype=bool))
    else:
        many = np.array([contacts.stop - contacts.start if isinstance(contacts, slice) else len(contacts)])
    found = np.empty((len(SUMS), grid.count))
    found[:-3] = ledger.totals(log, grid, start, end).T
    found[-3], found[-2], found[-1] = _wages(log, grid, start, end), _fixed(log, grid, start, end), many
    return found


def with_totals(
    sums: dict[str, np.ndarray], scenario: Scenario, grid: Grid, start: float, end: float
) -> dict[str, np.ndarray]:
    """All sums of money, shape (..., groups), in a fixed order of addition; NaN where one has no meaning for a group.

    Parameters
    ----------
    sums : dict of str to ndarray, shape (..., groups)
        `SUMS` of one run or several.
    scenario : Scenario
    grid : groups of `sim.measures`
    start, end : float
        The window in minutes.
    """
    totals = dict(sums)
    in_advance, when_solved, late_refund = (totals.pop(name) for name in _COMPENSATION)
    totals["compensation"] = in_advance + when_solved + late_refund
    totals["people_cost"] = totals["wages"] + totals["outsourcing"]
    totals["cost"] = reduce(np.add, (totals[name] for name in COSTS))
    totals["contribution"] = totals["sales_while_serving"] - totals["margin_lost"] - totals["cost"]
    totals["profit"] = _order_margin(scenario, grid, start, end) + totals["contribution"]
    if "team" in grid.by:
        nothing = np.full_like(totals["wages"], np.nan)
        totals |= {name: nothing for name in totals if name not in _BY_TEAM}
    return totals


def costs(log: Log, by: str | Sequence[str] | None = "case", **window: Any) -> pd.DataFrame:
    """The table of costs: a row a case, or a row a group.

    Parameters
    ----------
    log : Log
        As ``run.log``.
    by : str, sequence of str or None, default "case"
        ``case``, or dimensions of the measures: slot, hour, day, weekday, channel, team, type, segment.
    **window
        ``from_day`` and ``to_day``, in days since the start; see `sim.measures.sums`.

    Returns
    -------
    pandas.DataFrame
        One column each for what is paid (`COSTS`), their sum ``cost``, then ``sales_while_serving`` and
        ``margin_lost``, in the scenario's currency. By team only what goes to people and what they sell.

    Raises
    ------
    ValueError
        For an unknown dimension or an empty window.

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate("baseline", seed=1)
    >>> each, of_all = sim.money.costs(run.log), sim.money.costs(run.log, by=None)
    >>> bool(abs(each["cost"].sum() - of_all.loc["all", "cost"]) < 0.01)
    True
    """
    import pandas as pd

    from sim import measures as _measures

    columns = [*COSTS, "cost", *GAINS]
    if by != "case":
        dimensions = ("case", *_measures.DIMENSIONS)
        for name in [by] if isinstance(by, str) else by or []:
            if name not in _measures.DIMENSIONS:
                raise ValueError(unknown_name(name, dimensions, "table of costs"))
        added = _measures.sums(log, by, measures=[*MEASURES, "contacts", "cases", "agents"], **window)
        table = pd.DataFrame({name: added.values[name] for name in columns}, index=_measures.index(added))
        # Who is paid for a slot in which nobody was there is paid all the same.
        some = (table.fillna(0.0) != 0).any(axis=1) | _measures.something_happened(added)
        return table[some].dropna(axis="columns", how="all")
    for name in window:
        if name not in ("from_day", "to_day"):
            raise ValueError(unknown_name(name, ("from_day", "to_day"), "window"))
    days = log.scenario.days
    first, last = window.get("from_day", 0), days if window.get("to_day") is None else window["to_day"]
    if not 0 <= first < last <= days:
        raise ValueError(f"the window from day {first} to day {last} is empty or outside the run of {days} days")
    start, end = first * MINUTES_A_DAY, last * MINUTES_A_DAY
    count = log.workload.cases
    caused = {"wages": ledger.shared_wages(log, start, end), "fixed_cost": ledger.shared_fixed(log, start, end)}
    caused |= ledger.caused(log, start, end)
    table = pd.DataFrame(
        {name: np.bincount(one.causes.case, weights=one.amount, minlength=count) for name, one in caused.items()},
        index=pd.RangeIndex(count, name="case"),
    )
    table["compensation"] = sum(table[name] for name in _COMPENSATION)
    table["cost"] = table[list(COSTS)].sum(axis=1)
    return table[columns]


def return_on(comparison: Comparison, *, confidence: float = 0.95, **window: Any) -> pd.DataFrame:
    """What a lever brings for the money that it costs.

    Gain is the rise of sales while serving less margin lost, extra cost the rise of cost, both against the first
    scenario on the same customers; return = (gain - extra cost) / extra cost. The interval of the return is that of a
    ratio of paired sums (delta method; Cochran, *Sampling Techniques*, 3rd ed., 1977, ch. 6). Where the interval of the
    extra cost reaches 0 or below, nothing certain was spent, so there is no return on it: it is NaN, and ``net`` tells
    what the lever brings.

    Parameters
    ----------
    comparison : Comparison
        Of `sim.compare`; the first scenario is the one without the lever.
    confidence : float, default 0.95
    **window
        ``from_day`` and ``to_day``; see `sim.measures.sums`.

    Returns
    -------
    pandas.DataFrame
        Index (scenario, measure) with the measures gain, extra_cost, net (money a run) and return (1 is 100 %);
        columns estimate, low and high.

    Raises
    ------
    ValueError
        If there is only one scenario.

    Examples
    --------
    >>> import sim
    >>> base = sim.load("baseline").with_(days=2)
    >>> more = base.with_(name="one more", teams={"phone_desk": {"extra_agents": 1}})
    >>> duel = sim.compare([base, more], replications=3, progress=False)
    >>> bool(sim.money.return_on(duel).loc[("one more", "extra_cost"), "low"] > 0)
    True
    """
    import pandas as pd

    from sim.experiment import Estimate

    if len(comparison.replications) < 2:
        raise ValueError("there is one scenario only; compare at least two to see what the change brings")
    cost, sales, lost = (
        comparison.estimates(name, **window) for name in ("cost", "sales_while_serving", "margin_lost")
    )
    tables = []
    for other in range(1, len(cost)):
        spent = cost[other] - cost[0]
        gain = (sales[other] - lost[other]) - (sales[0] - lost[0])
        net = gain - spent
        rows = {"gain": gain, "extra_cost": spent, "net": net}
        table = pd.concat([one.table(pd.Index([name]), confidence) for name, one in rows.items()])
        if float(table["low"].loc["extra_cost"]) > 0:
            value = net.value / spent.value
            ratio = Estimate(value, (net.pull - value * spent.pull) / spent.value)
        else:
            ratio = Estimate(np.full(1, np.nan), np.full_like(net.pull, np.nan))
        tables.append(pd.concat([table, ratio.table(pd.Index(["return"]), confidence)]))
    return pd.concat(tables, keys=comparison.names[1:], names=["scenario", "measure"])


def _wages(log: Log, grid: Any, start: float, end: float) -> np.ndarray:
    """Wages by group: paid time by team and time, shared out by handle time for everything else."""
    if not grid.has("team", *OF_TIME):
        return ledger.total(log, grid, ledger.shared_wages(log, start, end))
    of_teams = ledger.wages_per_hour(log.scenario)
    if grid.has("team"):
        by_team = paid_by_team(log, start, end) / 60 * of_teams
        return by_team if grid.by else by_team.cumsum()[-1:]
    edges = _edges(log, start, end)
    total = np.zeros(grid.count)
    for code, (minutes, wage) in enumerate(zip(ledger.paid_minutes(log, edges), of_teams.tolist(), strict=True)):
        if wage:
            group = grid.numbers(edges[:-1], team=np.full(len(minutes), code))
            total += grid.total(group, minutes / 60 * wage)
    return total


def _fixed(log: Log, grid: Any, start: float, end: float) -> np.ndarray:
    """Fixed costs by group: even in time, shared out by cases for everything else."""
    if not grid.by:
        return np.array([ledger.fixed_per_minute(log) * (end - start)])
    if not grid.has(*OF_TIME):
        return ledger.total(log, grid, ledger.shared_fixed(log, start, end))
    edges = _edges(log, start, end)
    return grid.total(grid.numbers(edges[:-1]), np.diff(edges) * ledger.fixed_per_minute(log))


def _edges(log: Log, start: float, end: float) -> np.ndarray:
    """Borders of the slots in a window, so fine that each lies in one slot and one hour."""
    return _borders(log.scenario.slot_minutes, log.scenario.horizon_minutes, start, end)


@lru_cache(maxsize=64)
def _borders(slot_minutes: int, horizon_minutes: float, start: float, end: float) -> np.ndarray:
    step = int(np.gcd(slot_minutes, 60))
    edges = np.clip(np.arange(0, horizon_minutes + step, step), start, end).astype(float)
    edges = edges[np.append(True, edges[1:] > edges[:-1])]
    edges.flags.writeable = False
    return edges


def _order_margin(scenario: Scenario, grid: Any, start: float, end: float) -> np.ndarray:
    """Margin of the orders of the window, as expected; only by day, as an order has no channel, team or type."""
    if not grid.has("day", "weekday"):
        return grid.nothing()
    days = np.arange(scenario.days) * float(MINUTES_A_DAY)
    inside = np.maximum(np.minimum(days + MINUTES_A_DAY, end) - np.maximum(days, start), 0) / MINUTES_A_DAY
    margin = _orders(scenario) * inside * scenario.money.margin_per_order
    return np.cumsum(margin)[-1:] if not grid.by else grid.total(grid.numbers(days), margin)


@remembered
def _orders(scenario: Scenario) -> np.ndarray:
    """Expected orders of each day, shape (days,)."""
    return orders_by_day(scenario) * scenario.demand.factor
