"""The loop that makes service pay: service, satisfaction, customers, orders, load, and service again.

Week by week: this week's customers order, some orders become cases, the desk serves them as well as it can, the
customers rate what they lived through, and the ratings decide who remains a customer and whom they tell. Next week's
orders follow. A shop that grows and does not hire sees the loop turn against it, until those who left are as many as
those it cannot serve.

Each week is a run of its own, at that week's load, with some days before it to fill queues and backlog.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import engines, measures
from sim.base import ScenarioError, is_quiet, need_whole, unknown_name
from sim.experiment import Estimate
from sim.interval import checked_confidence
from sim.log import OPEN, Log
from sim.opinions import Loyalty
from sim.satisfaction.judging import answers, luck, scores
from sim.scenario import Scenario, load
from sim.timetable import MINUTES_A_DAY
from sim.workload import draw

if TYPE_CHECKING:
    import pandas as pd

WEEKS_A_YEAR = 365.25 / 7
WEEK_DAYS = 7
# Replications of a week are numbered from here, so that no week of one replication is that of another.
MOST_WEEKS = 10_000

# What a projection keeps of each week, and in what unit.
COLUMNS = {
    "customers": "customers",
    "orders": "orders",
    "cases": "cases",
    "extra_agents": "agents",
    "wait_minutes": "minutes",
    "abandonment": "share",
    "csat": "share",
    "mean_rating": "points",
    "left": "customers",
    "churned": "customers",
    "friends": "customers",
    "new": "customers",
}

Hire = Mapping[int, Mapping[str, int]] | Callable[[int, "pd.DataFrame"], Mapping[str, int]] | None


@dataclass(frozen=True)
class Projection:
    """A shop over many weeks, in several independent worlds.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    values : dict of str to ndarray, shape (replications, weeks)
        For each name in `COLUMNS` what happened in each week; NaN where nothing could be measured.
    hired : dict of int to dict
        Changes of the head-count by week and team, of the first replication.
    """

    scenario: Scenario
    seed: int
    values: dict[str, np.ndarray]
    hired: dict[int, dict[str, int]]

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return self.values["orders"].shape[1]

    @property
    def replications(self) -> int:
        """Number of worlds."""
        return len(self.values["orders"])

    @property
    def weekly(self) -> pd.DataFrame:
        """Everything: a row a replication and week, the columns of `COLUMNS`."""
        import pandas as pd

        rows = pd.MultiIndex.from_product([range(self.replications), range(self.weeks)], names=["replication", "week"])
        return pd.DataFrame({name: numbers.ravel() for name, numbers in self.values.items()}, index=rows)

    def table(self, name: str, *, confidence: float = 0.95) -> pd.DataFrame:
        """One quantity week by week: columns estimate, low and high over the replications.

        Examples
        --------
        >>> import sim
        >>> shop = sim.load("baseline")
        >>> future = sim.loyalty.project(shop, weeks=2, replications=2, progress=False)
        >>> future.table("orders").index.tolist()
        [0, 1]
        """
        return _interval(_known(self, name), confidence)

    def less(self, other: Projection, name: str, *, confidence: float = 0.95) -> pd.DataFrame:
        """By how much this projection differs from another in a quantity, week by week, pair by pair.

        Both must have the same seed, weeks and replications: then each pair met the same customers with the same luck,
        as far as they are the same customers.
        """
        mine, theirs = _known(self, name), _known(other, name)
        if mine.shape != theirs.shape or self.seed != other.seed:
            raise ValueError(
                "only projections with the same seed, weeks and replications are pairs; these have the seeds "
                f"{self.seed} and {other.seed}, and (replications, weeks) {mine.shape} and {theirs.shape}"
            )
        return _interval(mine - theirs, confidence)


def project(
    scenario: Scenario | str,
    weeks: int = 52,
    replications: int = 10,
    *,
    hire: Hire = None,
    campaigns: Mapping[int, float] | None = None,
    seed: int = 1,
    warm_up_days: int = 7,
    engine: str = "auto",
    progress: bool = True,
) -> Projection:
    """Run the loop from service to orders and back, week by week.

    Parameters
    ----------
    scenario : Scenario or str
        The shop in week 0. Its ``loyalty`` says what ratings do, its ``days`` do not count; every week is as its first
        one, without events.
    weeks : int, default 52
    replications : int, default 10
        Independent worlds; at least 2 are needed for intervals.
    hire : mapping, callable, optional
        Changes of the head-count: ``{20: {"phone_desk": 3}}`` gives the phone desk three more agents from week 20 on,
        wherever it has any. Changes add up; negative ones let people go. Or a function of the week and a table of the
        weeks so far (the columns of `COLUMNS`) that returns such a change for this week, or an empty one.
    campaigns : mapping of int to float, optional
        Weeks of advertising: ``{8: 0.5}`` brings in week 8, on top of ``loyalty.new_per_week``, half as many new
        customers as there are.
    seed : int, default 1
    warm_up_days : int, default 7
        Days before each week, at its load, that fill queues, backlog and back office and are not counted.
    engine : str
        See `sim.simulate`.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    Projection

    Raises
    ------
    ScenarioError
        When the number of customers is unknown (there are no orders, and ``loyalty.customers`` is not given), the
        demand is a trace, or a team or week in `hire` does not exist.

    Notes
    -----
    Cases that close in the week are rated; their mean effect is that of all cases which appear in it, so that a case
    still open counts like one that is closed. Customers are counted in fractions and their coming and going is not
    random beyond the ratings. A backlog is carried from one week to the next only through the days of warm-up.

    Examples
    --------
    >>> import sim
    >>> future = sim.loyalty.project("baseline", weeks=2, replications=2, progress=False)
    >>> bool(future.table("orders").loc[0, "estimate"] > 20_000)
    True
    """
    from tqdm.auto import tqdm

    shop = load(scenario)
    for name, value, least in (
        ("weeks", weeks, 1),
        ("replications", replications, 1),
        ("warm_up_days", warm_up_days, 0),
    ):
        need_whole(name, value, least)
    if weeks > MOST_WEEKS:
        raise ValueError(f"weeks holds {weeks}; it may be {MOST_WEEKS:,} at most")
    first_orders = weekly_orders(shop)
    _checked(shop, hire, weeks)
    for week, share in (campaigns or {}).items():
        _known_week("campaigns", week, weeks)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < math.inf:
            raise ScenarioError(
                f"campaigns: week {week} holds {share!r}; it may hold a share of at least 0, such as 0.5"
            )
    shop = shop.with_(days=warm_up_days + WEEK_DAYS, events=[])
    found: list[list[dict[str, float]]] = []
    hired: dict[int, dict[str, int]] = {}
    hidden = not progress or is_quiet()
    with tqdm(total=replications * weeks, leave=False, unit="week", delay=1, disable=hidden) as bar:
        for replication in range(replications):
            rows: list[dict[str, float]] = []
            extra = dict.fromkeys(shop.teams, 0)
            customers = first_orders * WEEKS_A_YEAR / shop.loyalty.orders_per_year
            for week in range(weeks):
                change = _change(hire, week, rows, shop)
                extra = {team: count + change.get(team, 0) for team, count in extra.items()}
                if replication == 0 and any(change.values()):
                    hired[week] = dict(change)
                orders = customers * shop.loyalty.orders_per_year / WEEKS_A_YEAR
                today = _staffed(shop, extra, orders / first_orders)
                log = engines.run(today, draw(today, seed, replication * MOST_WEEKS + week), engine)
                row, customers = next_week(log, customers, warm_up_days, (campaigns or {}).get(week, 0.0))
                rows.append({"orders": orders, "extra_agents": float(sum(extra.values())), **row})
                bar.update()
            found.append(rows)
    values = {name: np.array([[row[name] for row in rows] for rows in found]) for name in COLUMNS}
    return Projection(load(scenario), seed, values, hired)


def weekly_orders(scenario: Scenario) -> float:
    """Orders of a usual week, by the scenario's orders or else by ``loyalty.customers``.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    float
        With both given, the customers of ``loyalty`` count.
    """
    demand, loyalty = scenario.demand, scenario.loyalty
    if demand.trace is not None:
        raise ScenarioError(
            "demand: is a trace of cases as they came, which no loyalty can change; give cases_per_hour or orders"
        )
    if loyalty.customers is not None:
        return loyalty.customers * loyalty.orders_per_year / WEEKS_A_YEAR
    if demand.orders is None:
        raise ScenarioError(
            "loyalty.customers: is missing; without demand.orders nobody knows how many customers there are. Give "
            "their number, such as 40000"
        )
    return float(demand.orders.per_day.minutes[:, 0].sum() * demand.factor)


def next_week(log: Log, customers: float, from_day: float, campaign: float = 0.0) -> tuple[dict[str, float], float]:
    """What a week's ratings make of its customers.

    Parameters
    ----------
    log : Log
        A run whose last week, from `from_day` on, counts.
    customers : float
        At the start of the week.
    from_day : float
    campaign : float, default 0
        New customers of an advertising campaign, as a share of the present ones.

    Returns
    -------
    row : dict of str to float
        What happened; see `COLUMNS`.
    customers : float
        At the start of the next week.
    """
    scenario, work, start = log.scenario, log.workload, from_day * MINUTES_A_DAY
    judged, loyalty = scenario.satisfaction, scenario.loyalty
    closed = (log.state != OPEN) & (log.closed >= start)
    rating = answers(scores(log, judged), luck(log), judged).rating[closed]
    cases = int((work.appears_minutes >= start).sum())
    stay, friends = change_by_ratings(np.bincount(rating, minlength=6)[1:], cases, loyalty)
    left = min(cases - stay, customers)
    churned = (customers - left) * (1 - (1 - loyalty.churn_per_year) ** (1 / WEEKS_A_YEAR))
    new = customers * (loyalty.new_per_week + campaign)
    sums = measures.sums(log, measures=["mean_wait_minutes", "abandonment"], from_day=from_day).values
    row = {
        "customers": customers,
        "cases": float(cases),
        "wait_minutes": float(measures.ratio(sums, "mean_wait_minutes")[0]),
        "abandonment": float(measures.ratio(sums, "abandonment")[0]),
        "csat": float((rating >= 4).mean()) if len(rating) else math.nan,
        "mean_rating": float(rating.mean()) if len(rating) else math.nan,
        "left": left,
        "churned": churned,
        "friends": friends,
        "new": new,
    }
    return row, max(customers - left - churned + friends + new, 0.0)


def change_by_ratings(counts: np.ndarray, cases: float, loyalty: Loyalty) -> tuple[float, float]:
    """How many of a week's customers with a case remain, and how many friends they win or keep away.

    Parameters
    ----------
    counts : ndarray of int, shape (5,)
        Cases that were rated 1 to 5.
    cases : float
        All cases of the week, for which those rated stand.
    loyalty : Loyalty

    Returns
    -------
    remain, friends : float
        Without any rating all remain, and nobody is told.

    Examples
    --------
    >>> from sim.opinions import Loyalty
    >>> said = Loyalty(buys_again=[0, 0.5, 1, 1, 1], friends=[-1, 0, 0, 0, 0.5])
    >>> change_by_ratings(np.array([1, 2, 0, 0, 1]), 8, said)
    (4.0, -1.0)
    """
    if not counts.sum():
        return float(cases), 0.0
    shares = counts / counts.sum()
    return float(cases * (shares @ loyalty.buys_again)), float(cases * (shares @ loyalty.friends))


def _staffed(shop: Scenario, extra: Mapping[str, int], load_factor: float) -> Scenario:
    """The shop with so many more agents and so many times its orders."""
    teams = {name: {"extra_agents": shop.teams[name].extra_agents + count} for name, count in extra.items() if count}
    return shop.with_(demand={"factor": shop.demand.factor * load_factor}, teams=teams)


def _change(hire: Hire, week: int, rows: list[dict[str, float]], shop: Scenario) -> Mapping[str, int]:
    if hire is None:
        return {}
    if isinstance(hire, Mapping):
        return hire.get(week, {})
    import pandas as pd

    change = hire(week, pd.DataFrame(rows, columns=list(COLUMNS))) or {}
    _checked(shop, {week: change}, week + 1)
    return change


def _checked(shop: Scenario, hire: Hire, weeks: int) -> None:
    if hire is None or (callable(hire) and not isinstance(hire, Mapping)):
        return
    how = 'such as {20: {"phone_desk": 3}}'
    if not isinstance(hire, Mapping):
        raise ScenarioError(f"hire holds {hire!r}; it may hold changes of the head-count by week and team, {how}")
    for week, change in hire.items():
        _known_week("hire", week, weeks)
        if not isinstance(change, Mapping):
            raise ScenarioError(f"hire: week {week} holds {change!r}; it may hold a number of agents by team, {how}")
        for team, count in change.items():
            if team not in shop.teams:
                raise ScenarioError(f"hire: week {week}: {unknown_name(team, shop.teams, 'team')}")
            if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
                raise ScenarioError(f"hire: week {week}: {team} holds {count!r}; it may hold a whole number of agents")


def _known_week(what: str, week: object, weeks: int) -> None:
    if isinstance(week, bool) or not isinstance(week, (int, np.integer)) or not 0 <= week < weeks:
        raise ScenarioError(f"{what}: there is no week {week!r}; the weeks are 0 to {weeks - 1}")


def _known(projection: Projection, name: str) -> np.ndarray:
    if name not in projection.values:
        raise ValueError(unknown_name(name, projection.values, "quantity of a projection"))
    return projection.values[name]


def _interval(values: np.ndarray, confidence: float) -> pd.DataFrame:
    import pandas as pd

    rows: Any = pd.RangeIndex(values.shape[1], name="week")
    return Estimate.of(values, None).table(rows, checked_confidence(confidence))
