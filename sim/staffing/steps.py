"""What each step up in staffing buys: the wages of one more customer who does not hang up.

The first agents beyond the bare minimum save many customers, the last ones hardly any. A single number for "the price
of service" hides that; a price for each step shows where to stop, once somebody says what a customer is worth.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sim.base import unknown_name
from sim.experiment import Comparison
from sim.interval import Estimate, checked_confidence
from sim.measures import MEASURES

if TYPE_CHECKING:
    import pandas as pd


def price_of_steps(
    comparison: Comparison, fewer: str = "abandoned", cost: str = "people_cost", *, confidence: float = 0.95
) -> pd.DataFrame:
    """What one customer fewer costs, step by step from each plan to the next.

    Parameters
    ----------
    comparison : Comparison
        Plans on the same customers, the cheapest first.
    fewer : str, default "abandoned"
        A number of customers that better plans make smaller, a run.
    cost : str, default "people_cost"
        What better plans make larger, in money a run.
    confidence : float, default 0.95

    Returns
    -------
    pandas.DataFrame
        A row a step, the index ``up_to`` naming the plan that it leads to: ``extra_cost`` (money a run) and ``fewer``
        (customers a run), both means; ``price`` (money for one customer fewer) with ``low`` and ``high``. A step whose
        effect on the customers may be luck has no price: NaN.

    Raises
    ------
    TypeError
        For anything but a comparison.
    ValueError
        For fewer than two plans, a measure that does not exist, or a `fewer` that is no number of something.

    Notes
    -----
    The price is a ratio of paired sums, and its interval that of one (delta method; Cochran, *Sampling Techniques*,
    3rd ed., 1977, ch. 6).

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=60, handle_minutes=4, agents=4, patience_minutes=3)
    >>> plans = [desk.with_(name=f"{n} agents", teams={"agents": {"agents": n}}) for n in (4, 5, 6)]
    >>> prices = price_of_steps(sim.compare(plans, replications=10, progress=False))
    >>> bool(prices.loc["6 agents", "price"] > 1.5 * prices.loc["5 agents", "price"])
    True
    """
    import pandas as pd

    checked_confidence(confidence)
    if not isinstance(comparison, Comparison):
        raise TypeError(f"price_of_steps needs what sim.compare returned, not {type(comparison).__name__}")
    for name in (fewer, cost):
        if name not in MEASURES:
            raise ValueError(unknown_name(name, MEASURES, "measure"))
    if not MEASURES[fewer].is_count:
        raise ValueError(f"fewer is {fewer!r}, a ratio; it may be a number of customers, such as 'abandoned'")
    if len(comparison.replications) < 2:
        raise ValueError("there is one plan only; compare at least two, the cheapest first, to see what a step costs")
    customers, money = comparison.estimates(fewer), comparison.estimates(cost)
    rows = {}
    for name, (worse, better), (cheap, dear) in zip(
        comparison.names[1:], pairwise(customers), pairwise(money), strict=True
    ):
        saved, spent = worse - better, dear - cheap
        price, half = np.nan, np.nan
        if saved.value[0] - saved.half_width(confidence)[0] > 0:
            ratio = spent.value / saved.value
            each = Estimate(ratio, (spent.pull - ratio * saved.pull) / saved.value)
            price, half = float(ratio[0]), float(each.half_width(confidence)[0])
        rows[name] = {
            "extra_cost": float(spent.value[0]),
            "fewer": float(saved.value[0]),
            "price": price,
            "low": price - half,
            "high": price + half,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("up_to")
