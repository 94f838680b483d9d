"""Why two scenarios differ: how much of the difference each change brings.

Changes do not add up: more agents are worth much where contacts come again and again, and little where they do not. So
what a change brings depends on which others are made already. Its Shapley value is what it adds on average over all
orders in which the changes can be made; these values add up to the whole difference. Beside it stands what the change
does alone, and the interaction is what the effects alone do not add up to.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.base import need_whole
from sim.batch import View
from sim.choose import side_by_side
from sim.experiment import Comparison, Estimate, Replications
from sim.goals import in_words
from sim.interval import checked_confidence
from sim.measures import MEASURES
from sim.mixtures import Part, found_parts, mixer, named_parts, places, that_fit
from sim.scenario import Scenario, load
from sim.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sim.workers import Workers

Mixture = Callable[[Sequence[Part]], Scenario]
EXACT_UP_TO = 6
PERMUTATIONS = 16


class Change(NamedTuple):
    """A difference with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Explanation:
    """What the parts of a difference bring. Its text form says it in sentences.

    Attributes
    ----------
    measure : str
    names : tuple of str
        Both scenarios.
    values : tuple of float
        The measure in both.
    total : Change
        Their difference, the second minus the first.
    interaction : Change
        What the effects of the parts alone do not add up to: the total minus their sum.
    table : pandas.DataFrame
        A row a part, the largest first, index ``part``: its ``group``; what it does ``alone`` in the first scenario,
        from ``alone_low`` to ``alone_high``; and its ``share`` of the total, the Shapley value, from ``low`` to
        ``high``. The shares add up to the total.
    parts : tuple of Part
        What belongs to each, in the order of the table.
    merged : tuple of str
        Parts that had to be joined, as one cannot be simulated without the other.
    orders : int
        How many orders of the parts the shares are means over; 0 if over all.
    scenarios, replications : int
        How many were run.
    confidence : float
    """

    measure: str
    names: tuple[str, str]
    values: tuple[float, float]
    total: Change
    interaction: Change
    table: pd.DataFrame
    parts: tuple[Part, ...]
    merged: tuple[str, ...]
    orders: int
    scenarios: int
    replications: int
    confidence: float

    @property
    def sentences(self) -> list[str]:
        """The result in words: the total, the parts that are more than luck, the interaction, and what was joined."""
        title, (before, after) = MEASURES[self.measure].title, self.values
        ends = f"from {in_words(self.measure, before)} (“{self.names[0]}”) to {in_words(self.measure, after)}"
        size = _size(self.measure, self.total.estimate)
        verb = "rises" if self.total.estimate > 0 else "falls"
        doubt = "" if _sure(self.total) else ", which may be luck"
        title = title[:1].upper() + title[1:]
        told = [f"{title} {verb} by {size}, {ends} (“{self.names[1]}”){doubt}."]
        if not _sure(self.total) and self.total.estimate == 0:
            told = [f"{title} is the same in both scenarios."]
        known = (self.table["low"] > 0) | (self.table["high"] < 0)
        certain = [str(name) for name in self.table.index[known]]
        if certain:
            brings = ", ".join(f"{name} {self.signed(self.table['share'][name])}" for name in certain)
            told.append(f"What brings it: {brings}.")
        none = [str(name) for name in self.table.index[(self.table["low"] == 0) & (self.table["high"] == 0)]]
        if none:
            told.append(f"Without any effect: {', '.join(none)}.")
        rest = [str(name) for name in self.table.index if name not in (*certain, *none)]
        if rest:
            told.append(f"More luck than effect: {', '.join(rest)}.")
        if _sure(self.interaction):
            told.append(
                f"One by one the parts would make {self.signed(self.total.estimate - self.interaction.estimate)}; "
                f"the other {self.signed(self.interaction.estimate)} come from how they act together."
            )
        else:
            told.append("What the parts do together is, but for luck, the sum of what they do one by one.")
        told += [f"Changed together only, as one needs the other: {name}." for name in self.merged]
        return told

    def signed(self, difference: float) -> str:
        """A difference with its sign and unit, such as −1.2 points."""
        return f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{_size(self.measure, difference)}"

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    __repr__ = __str__

    def plot(self) -> Any:
        """The decomposition as a figure; see `sim.plots.drivers` and `sim.plots.fishbone`."""
        from sim import plots

        return plots.drivers(self)


def explain(
    base: Scenario | str,
    other: Scenario | str | Mapping[str, float],
    measure: str = "csat",
    *,
    parts: Mapping[str, Sequence[str] | str] | None = None,
    most: int = 8,
    replications: int = 20,
    seed: int = 1,
    permutations: int | None = None,
    confidence: float = 0.95,
    channel: str | None = None,
    engine: str = "auto",
    workers: int | Workers | None = None,
    client: Any = None,
    folder: str | Path | None = None,
    progress: bool = True,
    **window: Any,
) -> Explanation:
    """Say how much of the difference between two scenarios each change brings.

    Parameters
    ----------
    base : Scenario or str
    other : Scenario, str or mapping of str to float
        The scenario to compare with, or levers of the base with the values to which they are set, as in `sim.pull`:
        then every lever is a part.
    measure : str, default "csat"
    parts : mapping of str to sequence of str, optional
        Named groups of what differs, by paths or the beginnings of paths:
        ``{"review time": ["case_types.return.steps"], "people": ["teams"]}``. What no group has becomes "the rest". By
        default the parts are found by topic.
    most : int, default 8
        At most so many parts, where they are found by topic; others are joined, shown with " + ".
    replications : int, default 20
    seed : int, default 1
    permutations : int, optional
        Over how many orders of the parts to average, an even number of at least 4. By default over all of them with up
        to 6 parts, and 16 drawn ones with more.
    confidence : float, default 0.95
        Of each interval.
    channel : str, optional
        One channel; by default all together.
    engine, workers, client, folder, progress
        As in `sim.compare`.
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Explanation
        `sim.plots.drivers` and `sim.plots.fishbone` draw it.

    Raises
    ------
    ValueError
        If nothing differs that can change a run, a part names what does not differ, or the measure has no value.

    Notes
    -----
    Shapley, "A value for n-person games" (Contributions to the Theory of Games II, 1953), with the measure of the
    scenario that has the parts of a set as the worth of that set; for the output of simulations: Song, Nelson and
    Staum, "Shapley effects for global sensitivity analysis" (SIAM/ASA J. Uncertainty Quantification 4, 2016). With k
    parts all 2**k scenarios are run, on the same customers. With many parts orders are drawn, each with its reverse,
    which steadies the means (Mitchell, Cooper, Frank and Holmes, "Sampling permutations for Shapley value estimation",
    JMLR 23, 2022).

    Shares are linear in the measures of the scenarios, so each replication pulls them by the same sums as the measures,
    and the intervals are those of `sim.interval.Estimate`. Where orders are drawn, the spread of the pairs of orders is
    added to the variance, with degrees of freedom after Welch and Satterthwaite.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=30, handle_minutes=6, agents=3, patience_minutes=3, name="now")
    >>> plan = desk.with_(name="plan", case_types={"call": {"handle_time": {"mean_minutes": 5}}})
    >>> plan = plan.with_(teams={"agents": {"extra_agents": 1}})
    >>> told = sim.drivers.explain(desk, plan, "abandonment", replications=10, progress=False)
    >>> told.table.index.tolist(), bool((told.table["share"] < 0).all())
    (['staffing', 'handle time'], True)
    """
    checked_confidence(confidence)
    if measure not in MEASURES:
        from sim.base import unknown_name

        raise ValueError(unknown_name(measure, MEASURES, "measure"))
    need_whole("most", most, 1)
    need_whole("replications", replications, 2)
    if permutations is not None:
        need_whole("permutations", permutations, 4)
        if permutations % 2:
            raise ValueError(f"permutations holds {permutations}; orders come in pairs, so give an even number")
    start = load(base)
    # The content of a scenario has mappings in it, the values of levers are numbers.
    if (
        isinstance(other, Mapping)
        and "based_on" not in other
        and not any(isinstance(v, Mapping) for v in other.values())
    ):
        end, chosen, mixture = _by_levers(start, other, parts)
    else:
        end = load(other)
        changed = places(start, end)
        if not changed:
            raise ValueError(f"“{start.name}” and “{end.name}” differ in nothing that changes a run")
        chosen = found_parts(changed, most) if parts is None else named_parts(changed, parts)
        mixture = mixer(start, end)
    orders: dict[int, np.ndarray] = {}

    def wanted(count: int) -> Iterable[frozenset[int]]:
        if permutations is None and count <= EXACT_UP_TO:
            return _every_set(count)
        orders.clear()
        orders[count] = _orders(count, permutations or PERMUTATIONS, seed)
        return _sets_on_the_way(orders[count])

    def whole(some: Sequence[Part]) -> Scenario:
        """The ends are the scenarios themselves, so that the total is theirs."""
        changes = sum(len(part.places) for part in some)
        return start if not changes else end if changes == in_all else mixture(some)

    in_all = sum(len(part.places) for part in chosen)
    chosen, made, merged = that_fit(chosen, whole, wanted)
    drawn = orders.get(len(chosen))
    sets, scenarios = list(made), list(made.values())
    store = None
    if folder is not None:
        from sim.store import Store

        store = Store(folder)
    how: dict[str, Any] = {"engine": engine, "workers": workers, "client": client, "progress": progress}
    study = Study(scenarios, seed, store=store, keep_logs=False, **how)
    if not study.extend(replications, [View.of("channel" if channel else None, window, [measure])]):
        warnings.warn(f"stopped after {study.count} of {replications} replications; these are kept", stacklevel=2)
    comparison = Comparison(tuple(Replications(study, number) for number in range(len(scenarios))))
    _, value, pull = side_by_side(comparison, measure, channel, window)
    worth = Estimate(value, pull)
    return _explained(measure, (start, end), chosen, merged, sets, worth, drawn, confidence)


def shapley(sets: Sequence[frozenset[int]], count: int, orders: np.ndarray | None = None) -> np.ndarray:
    """How the worths of sets add up to the Shapley values of their members.

    Parameters
    ----------
    sets : sequence of frozenset of int
        The sets whose worths are known.
    count : int
        Number of members.
    orders : ndarray of int, shape (orders, count), optional
        Over which orders to average; by default all, which needs all sets.

    Returns
    -------
    ndarray, shape (count, sets)
        Times the worths, these are the values.

    Examples
    --------
    Two who are worth something together only share it.

    >>> sets = [frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})]
    >>> shapley(sets, 2) @ [0, 0, 0, 10]
    array([5., 5.])
    """
    at = {one: number for number, one in enumerate(sets)}
    weights = np.zeros((count, len(sets)))
    if orders is None:
        for one, number in at.items():
            for member in range(count):
                if member not in one:
                    weight = 1 / (count * math.comb(count - 1, len(one)))
                    weights[member, at[one | {member}]] += weight
                    weights[member, number] -= weight
        return weights
    for order in orders:
        before: frozenset[int] = frozenset()
        for member in order.tolist():
            after = before | {member}
            weights[member, at[after]] += 1 / len(orders)
            weights[member, at[before]] -= 1 / len(orders)
            before = after
    return weights


def _explained(
    measure: str,
    ends: tuple[Scenario, Scenario],
    parts: Sequence[Part],
    merged: Sequence[str],
    sets: Sequence[frozenset[int]],
    worth: Estimate,
    orders: np.ndarray | None,
    confidence: float,
) -> Explanation:
    import pandas as pd

    count = len(parts)
    at = {one: number for number, one in enumerate(sets)}
    nothing, everything = at[frozenset()], at[frozenset(range(count))]
    effects = np.zeros((count, len(sets)))
    for member in range(count):
        effects[member, at[frozenset({member})]] += 1
    effects[:, nothing] -= 1
    whole = np.zeros((1, len(sets)))
    whole[0, everything], whole[0, nothing] = 1, -1
    weights = shapley(sets, count, orders)
    alone, total = _sums(worth, effects), _sums(worth, whole)
    beyond = _sums(worth, whole - effects.sum(axis=0))
    shares = _sums(worth, weights)
    share = shares.value
    if orders is None:
        half = shares.half_width(confidence)
    else:
        pairs = np.array([shapley(sets, count, pair) @ worth.value for pair in orders.reshape(-1, 2, count)])
        half = _half_width_of_both(shares, pairs, confidence)
    rows = pd.Index([part.name for part in parts], name="part")
    table = pd.DataFrame(
        {
            "group": [part.group for part in parts],
            **{
                f"alone{end}": column.to_numpy()
                for end, column in zip(("", "_low", "_high"), dict(alone.table(rows, confidence)).values(), strict=True)
            },
            "share": share,
            "low": share - half,
            "high": share + half,
        },
        index=rows,
    )
    largest = np.argsort(-np.abs(share), kind="stable")
    return Explanation(
        measure=measure,
        names=(ends[0].name, ends[1].name),
        values=(float(worth.value[nothing]), float(worth.value[everything])),
        total=_change(total, confidence),
        interaction=_change(beyond, confidence),
        table=table.iloc[largest],
        parts=tuple(parts[number] for number in largest),
        merged=tuple(merged),
        orders=0 if orders is None else len(orders),
        scenarios=len(sets),
        replications=len(worth.pull),
        confidence=confidence,
    )


def _sums(worth: Estimate, weights: np.ndarray) -> Estimate:
    """Weighted sums of estimates on the same replications; weights of shape (sums, estimates)."""
    value, pull = weights @ worth.value, worth.pull @ weights.T
    # What rounding leaves of sums that cancel is no effect.
    dust = 1e-12 * np.abs(worth.value).max()
    return Estimate(np.where(np.abs(value) > dust, value, 0.0), np.where(np.abs(pull) > dust, pull, 0.0))


def _change(estimate: Estimate, confidence: float) -> Change:
    middle, half = float(estimate.value[0]), float(estimate.half_width(confidence)[0])
    return Change(middle, middle - half, middle + half)


def _half_width_of_both(shares: Estimate, pairs: np.ndarray, confidence: float) -> np.ndarray:
    """Half an interval for the luck of the replications and that of the orders drawn; pairs of shape (pairs, parts)."""
    from scipy.special import stdtrit

    of_runs = shares.standard_error**2
    of_orders = pairs.var(axis=0, ddof=1) / len(pairs)
    both = of_runs + of_orders
    freedom = both**2 / np.maximum(
        of_runs**2 / (len(shares.pull) - 1) + of_orders**2 / (len(pairs) - 1), np.finfo(float).tiny
    )
    return np.asarray(stdtrit(np.maximum(freedom, 1), (1 + confidence) / 2) * np.sqrt(both))


def _by_levers(base: Scenario, values: Mapping[str, float], parts: object) -> tuple[Scenario, list[Part], Mixture]:
    """Levers as parts, with the scenario that has all of them and what sets some of them."""
    from sim.policies import lever, pull

    if parts is not None:
        raise ValueError("levers are parts already; give two scenarios, or levers without parts")
    chosen = [Part(one.label, one.group, (one.name,)) for one in (lever(name, base) for name in values)]
    moved = [part for part in chosen if lever(part.places[0], base).now != values[part.places[0]]]
    if not moved:
        raise ValueError("none of the levers moves; give at least one a value other than the one at which it stands")

    def mixture(some: Sequence[Part]) -> Scenario:
        names = {name for part in some for name in part.places}
        scenario = pull(base, {name: value for name, value in values.items() if name in names})
        return scenario.with_(name=" + ".join([base.name, *(part.name for part in some)]))

    return pull(base, values).with_(name=f"{base.name} with levers"), moved, mixture


def _every_set(count: int) -> list[frozenset[int]]:
    return [frozenset(some) for size in range(count + 1) for some in itertools.combinations(range(count), size)]


def _orders(count: int, permutations: int, seed: int) -> np.ndarray:
    """Orders of the parts, each followed by its reverse, shape (permutations, count)."""
    luck = np.random.default_rng([seed, count, permutations])
    drawn = [luck.permutation(count) for _ in range(permutations // 2)]
    return np.array([order for one in drawn for order in (one, one[::-1])])


def _sets_on_the_way(orders: np.ndarray) -> set[frozenset[int]]:
    """The sets that the orders pass, and each part alone."""
    passed = {frozenset(order[:length].tolist()) for order in orders for length in range(orders.shape[1] + 1)}
    return passed | {frozenset({member}) for member in range(orders.shape[1])}


def _size(measure: str, difference: float) -> str:
    """How large a difference is, with its unit; shares differ by points."""
    factor, words = MEASURES[measure].scale(abs(difference))
    return f"{rounded(factor * abs(difference))} {'points' if words == '%' else words}"


def rounded(size: float) -> str:
    """A size with about two digits."""
    return f"{size:,.{0 if size >= 9.95 else 1 if size >= 0.95 else 2}f}"


def _sure(change: Change) -> bool:
    return change.low > 0 or change.high < 0
