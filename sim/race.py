"""Selecting the best of several scenarios with as few runs as that takes.

All scenarios start side by side on the same customers. After every further replication those that have fallen too far
behind leave, so that the runs go where the question is still open. `best` of `sim.choose` judges runs that are there;
`select_best` decides which runs to make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import measures as _measures
from sim.base import is_quiet, need_whole
from sim.choose import channel_place, has_a_value, variances
from sim.experiment import Estimate, distinct_names, simulate
from sim.goals import Goal, goal_of, in_words
from sim.interval import checked_confidence
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    import pandas as pd

# The sums of one more replication of the scenarios at these places: over and under, each of shape (places,).
Draw = Callable[[list[int], int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Selection:
    """The scenario that a race has selected. Its text form says it in a sentence.

    Attributes
    ----------
    measure : str
    goal : {"highest", "lowest"}
    chosen : str
        The scenario in front.
    decided : bool
        Whether the race came to its end. If not, because `at_most` was reached or someone stopped it, nothing more is
        known than that the best is one of those still in the race.
    still_in : list of str
        The scenarios in the race at the end, the one in front first.
    table : pandas.DataFrame
        A row a scenario, in the order in which they ended: its ``estimate`` when it ran last, the ``replications``
        spent on it, and whether it was ``still_in``.
    confidence, worthwhile : float
        As asked.
    runs : int
        Runs spent on all scenarios together.
    """

    measure: str
    goal: Goal
    chosen: str
    decided: bool
    still_in: list[str]
    table: pd.DataFrame
    confidence: float
    worthwhile: float
    runs: int

    def __str__(self) -> str:
        percent, worth = f"{100 * self.confidence:g} %", in_words(self.measure, self.worthwhile, difference=True)
        replications = self.table["replications"]
        spent = f"{self.runs} runs, {replications.min()} to {replications.max()} a scenario"
        if self.decided:
            return (
                f"“{self.chosen}” is selected for the {self.goal} {self.measure}: {percent} sure if the best is ahead "
                f"by {worth} or more ({spent})"
            )
        rivals = ", ".join(f"“{name}”" for name in self.still_in)
        return f"not decided: {rivals} are still in the race, “{self.chosen}” in front ({spent})"

    __repr__ = __str__


def select_best(
    scenarios: Sequence[Scenario | str],
    measure: str,
    *,
    worthwhile: float,
    goal: str | None = None,
    confidence: float = 0.95,
    first: int = 20,
    at_most: int = 1000,
    seed: int = 1,
    engine: str = "auto",
    progress: bool = True,
    channel: str | None = None,
    **window: Any,
) -> Selection:
    """Run scenarios, on the same customers, until it is clear which one is best.

    Stopping it (Ctrl-C, or the stop button of a notebook) shows where the race stands, once the first replications of
    all scenarios are there.

    Parameters
    ----------
    scenarios : sequence of Scenario or str
        At least two.
    measure : str
    worthwhile : float
        The smallest difference that matters, above 0, in the measure's unit (0.01 is a point of a share). Half of it
        costs up to four times the runs.
    goal : {"highest", "lowest"}, optional
        Can be left out where it goes without saying.
    confidence : float, default 0.95
        How often, at least, the best is selected if it is ahead of every other scenario by `worthwhile` or more. Among
        scenarios that are closer together than that any may be selected.
    first : int, default 20
        Replications of every scenario before the first may leave; they tell how much luck there is. At least 5, and
        more where single runs are very skewed.
    at_most : int, default 1000
        Replications of a scenario after which the race ends undecided.
    seed, engine, progress
        As in `sim.compare`.
    channel : str, optional
        One channel; by default all together.
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Selection
        To report the numbers of the selected scenario, run it again with another seed: the race favours those who had
        luck in it, so that its own estimates are a little too good.

    Raises
    ------
    ValueError
        For fewer than two scenarios, an unknown measure, a goal that must be said, a `worthwhile` of 0, or a measure
        that has no value in one of the scenarios.

    Notes
    -----
    Procedure KN of Kim and Nelson (ACM TOMACS 11, 2001, p. 251) with c = 1, which holds for scenarios on the same
    customers: paired differences have less luck in them, so a race on the same customers is short. It rests on means of
    independent normal replications. Most measures are ratios of sums: their estimates take the place of the means, and
    the pulls of `sim.experiment.Estimate` that of the single values, which is right for many replications and close
    for 20. The confidence was put to the test with skewed sums; see `docs/experiments.md`.

    The package sim-tools (1.3.0) has procedure KN too. It is not used here: with three scenarios or more it takes the
    variance of the wrong pair, it has no upper limit on the runs, and it brings scikit-learn and plotly. With two
    scenarios it is right, and the tests hold this one to it.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=3, patience_minutes=3)
    >>> plans = [desk.with_(name=f"{n} agents", teams={"agents": {"agents": n}}) for n in (2, 3, 4)]
    >>> sim.select_best(plans, "abandonment", worthwhile=0.01, first=10, progress=False)
    “4 agents” is selected for the lowest abandonment: 95 % sure if the best is ahead by 1 point or more (30 runs,
    10 to 10 a scenario)
    """
    import pandas as pd
    from tqdm.auto import tqdm

    wanted = goal_of(measure, goal)
    _check_race(scenarios, worthwhile, first, at_most)
    checked_confidence(confidence)
    chosen = [load(scenario) for scenario in scenarios]
    names = distinct_names(chosen)
    places = [channel_place(scenario, channel) for scenario in chosen]
    ratio = _measures.MEASURES[measure]
    hidden = not progress or is_quiet()
    with tqdm(leave=False, unit="run", delay=1, disable=hidden) as bar:

        def draw(those: list[int], replication: int) -> tuple[np.ndarray, np.ndarray]:
            over, under = np.ones(len(those)), np.ones(len(those))
            for place, scenario in enumerate(those):
                run = simulate(chosen[scenario], seed, replication=replication, engine=engine)
                sums = _measures.sums(run.log, "channel" if channel else None, measures=measure, **window).values
                over[place] = sums[ratio.over][places[scenario]]
                under[place] = sums[ratio.under][places[scenario]] if ratio.under else 1.0
                bar.update()
            return over, under

        sign = 1 if wanted == "highest" else -1
        state = race(draw, len(chosen), sign, worthwhile, confidence, first, at_most)
    has_a_value(names, state.value, measure, channel)
    order = sorted(range(len(chosen)), key=lambda one: (-state.spent[one], -sign * state.value[one]))
    table = pd.DataFrame(
        {
            "estimate": state.value,
            "replications": state.spent,
            "still_in": np.isin(np.arange(len(chosen)), state.still_in),
        },
        index=pd.Index(names, name="scenario"),
    ).iloc[order]
    return Selection(
        measure,
        wanted,
        names[state.leader],
        state.decided,
        [names[one] for one in order if one in state.still_in],
        table,
        confidence,
        float(worthwhile),
        int(state.spent.sum()),
    )


@dataclass
class State:
    """Where a race stands: who is in, who leads, what each scenario's value was when it ran last, and what it cost."""

    still_in: list[int]
    leader: int
    decided: bool
    value: np.ndarray
    spent: np.ndarray


def race(
    draw: Draw, scenarios: int, sign: int, worthwhile: float, confidence: float, first: int, at_most: int
) -> State:
    """Procedure KN on whatever `draw` delivers.

    Parameters
    ----------
    draw : callable
        Takes the places of the scenarios still in the race and the number of the replication; returns their sums.
    scenarios : int
    sign : {1, -1}
        1 if more is better.
    worthwhile, confidence, first, at_most
        As in `select_best`.

    Returns
    -------
    State
    """
    over, under = np.zeros(scenarios), np.zeros(scenarios)
    spent = np.zeros(scenarios, dtype=int)
    value = np.full(scenarios, np.nan)
    everyone = list(range(scenarios))
    firsts = []

    def standing(still_in: list[int], decided: bool) -> State:
        return State(still_in, max(still_in, key=lambda one: sign * value[one]), decided, value, spent)

    def run_once_more(those: list[int], replication: int) -> tuple[np.ndarray, np.ndarray]:
        more, share = draw(those, replication)
        over[those] += more
        under[those] += share
        spent[those] += 1
        with np.errstate(invalid="ignore", divide="ignore"):
            value[those] = np.where(under[those] > 0, over[those] / under[those], np.nan)
        return more, share

    for replication in range(first):
        firsts.append(run_once_more(everyone, replication))
    if not np.isfinite(value).all():
        return standing(everyone, False)
    pull = Estimate.of(np.array([one for one, _ in firsts]), np.array([one for _, one in firsts])).pull
    # A triangle that closes as the replications grow: the wider, the more luck there is in a pair's difference.
    eta = ((2 * (1 - confidence) / (scenarios - 1)) ** (-2 / (first - 1)) - 1) / 2
    closes_at = 2 * eta * (first - 1) * variances(pull) / worthwhile**2
    still_in, replication = everyone, first
    try:
        while True:
            behind = value[still_in][None, :] - value[still_in][:, None]
            allowed = worthwhile / 2 * np.maximum(closes_at[np.ix_(still_in, still_in)] / replication - 1, 0)
            stays = (sign * behind <= allowed).all(axis=1)
            still_in = [one for one, stay in zip(still_in, stays, strict=True) if stay]
            if len(still_in) == 1 or replication > closes_at[np.ix_(still_in, still_in)].max():
                return standing(still_in, True)
            if replication >= at_most:
                return standing(still_in, False)
            run_once_more(still_in, replication)
            replication += 1
    except KeyboardInterrupt:
        return standing(still_in, False)


def _check_race(scenarios: object, worthwhile: object, first: int, at_most: int) -> None:
    if not isinstance(scenarios, (list, tuple)) or len(scenarios) < 2:
        raise ValueError("select_best needs a list of at least two scenarios, such as [base, more]")
    if isinstance(worthwhile, bool) or not isinstance(worthwhile, (int, float)) or not 0 < worthwhile < np.inf:
        raise ValueError(
            f"worthwhile holds {worthwhile!r}; it must be a number above 0, in the measure's unit: the smallest "
            "difference that matters, such as 0.01 for a point of a share"
        )
    need_whole("first", first, 5)
    need_whole("at_most", at_most, first)
