"""Two aims at once: good service and few agents, short waits and few repeats.

No scenario is best in both, as a rule. What can be said is which scenarios are beaten in both by another one, and can
be forgotten, and which are left to choose among: the Pareto front. With luck a scenario may look beaten that is not,
so the table keeps apart what the estimates show and what is certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.choose import margin, side_by_side
from sim.experiment import Comparison, Estimate
from sim.goals import Goal, goal_of
from sim.interval import checked_confidence

if TYPE_CHECKING:
    import pandas as pd

NOT_BEATEN, SEEMS_BEATEN, CERTAINLY_BEATEN = "not beaten", "seems beaten, may be luck", "certainly beaten"


@dataclass(frozen=True)
class Front:
    """Scenarios in the light of two measures. Its text form says in a sentence what is left to choose among.

    Attributes
    ----------
    measures : tuple of str
        Both measures.
    goals : tuple of {"highest", "lowest"}
    table : pandas.DataFrame
        A row a scenario, in the order of the first measure. For each measure its estimate and its own interval: columns
        ``<measure>``, ``<measure>_low``, ``<measure>_high``. The ``verdict``: "not beaten" by the estimates;
        "certainly beaten", then ``by`` names the scenarios that are better in both beyond luck; or "seems beaten, may
        be luck", then ``by`` names those with better estimates.
    confidence : float
        That of all rows "certainly beaten" together, and of each interval.
    replications : int
    """

    measures: tuple[str, str]
    goals: tuple[Goal, Goal]
    table: pd.DataFrame
    confidence: float
    replications: int

    def names(self, verdict: str) -> list[str]:
        """Scenarios of a verdict, in the order of the table."""
        return self.table.index[self.table["verdict"] == verdict].tolist()

    def __str__(self) -> str:
        left, gone = self.names(NOT_BEATEN), self.names(CERTAINLY_BEATEN)
        told = f"{len(left)} of {len(self.table)} scenarios are not beaten in both {' and '.join(self.measures)}"
        certainly = f"{len(gone)} certainly {'is' if len(gone) == 1 else 'are'}" if gone else "none certainly is"
        return f"{told}: {', '.join(left)}; of the others {certainly}"

    __repr__ = __str__


def pareto(
    comparison: Comparison,
    x: str,
    y: str,
    *,
    goals: Sequence[str | None] = (None, None),
    confidence: float = 0.95,
    channel: str | None = None,
    **window: Any,
) -> Front:
    """Say which scenarios are not beaten in both of two measures.

    A scenario beats another one if it is better in one measure and at least as good in the other.

    Parameters
    ----------
    comparison : Comparison
        What `sim.compare` returns: at least two scenarios, at least two replications.
    x, y : str
        Two measures.
    goals : pair of {"highest", "lowest", None}, optional
        None where it goes without saying.
    confidence : float, default 0.95
        With which no row at all is called "certainly beaten" that is not.
    channel : str, optional
        One channel; by default all together.
    **window
        from_day, to_day, answer_within_seconds; see `sim.measures.sums`.

    Returns
    -------
    Front
        `sim.plots.pareto` draws it.

    Raises
    ------
    ValueError
        As in `best`, or if both measures are the same.

    Notes
    -----
    A scenario is certainly beaten if both paired differences from another one, on the same customers, are beyond what
    luck can add at 1 - (1 - confidence) / (k (k - 1)), one-sided: Bonferroni over all ordered pairs of k scenarios. Two
    measures need no further correction: who is beaten wrongly is not worse in at least one of them, and that one alone
    would have to mislead (an intersection-union test; Berger, Technometrics 24, 1982, p. 295). A difference that was
    exactly 0 in every replication counts as equal.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=25, handle_minutes=6, agents=3, patience_minutes=3)
    >>> plans = [desk.with_(name=f"{n} agents", teams={"agents": {"agents": n}}) for n in (3, 4)]
    >>> slow = plans[0].with_(name="3 slow agents", case_types={"call": {"handle_time": {"mean_minutes": 7}}})
    >>> trio = sim.compare([*plans, slow], replications=10, progress=False)
    >>> sim.pareto(trio, "agents", "abandonment", goals=("lowest", None)).table["verdict"].to_dict()
    {'3 agents': 'not beaten', '3 slow agents': 'certainly beaten', '4 agents': 'not beaten'}
    """
    import pandas as pd

    if isinstance(goals, str) or len(goals) != 2:
        raise ValueError(f"goals holds {goals!r}; give one for each measure, such as ('lowest', None)")
    wanted = (goal_of(x, goals[0]), goal_of(y, goals[1]))
    if x == y:
        raise ValueError(f"both measures are {x}; name two that differ, or use sim.best for one")
    checked_confidence(confidence)
    columns: dict[str, np.ndarray] = {}
    seems, sure = [], []
    for measure, goal in zip((x, y), wanted, strict=True):
        names, value, pull = side_by_side(comparison, measure, channel, window)
        alone = Estimate(value, pull).table(pd.Index(names), confidence)
        columns |= {
            measure: value,
            f"{measure}_low": alone["low"].to_numpy(),
            f"{measure}_high": alone["high"].to_numpy(),
        }
        sign = 1 if goal == "highest" else -1
        ahead = sign * (value[:, None] - value[None, :])
        seems.append(ahead)
        sure.append(ahead - margin(pull, 1 - (1 - confidence) / (len(names) * (len(names) - 1))))
    seems_beaten, surely_beaten = _beats(*seems), _beats(*sure)
    verdicts, by = [], []
    for one in range(len(names)):
        beaten = surely_beaten[:, one] if surely_beaten[:, one].any() else seems_beaten[:, one]
        by.append(", ".join(name for name, yes in zip(names, beaten, strict=True) if yes))
        verdicts.append(
            CERTAINLY_BEATEN if surely_beaten[:, one].any() else SEEMS_BEATEN if beaten.any() else NOT_BEATEN
        )
    table = pd.DataFrame({**columns, "verdict": verdicts, "by": by}, index=pd.Index(names, name="scenario"))
    order = np.lexsort((columns[y], columns[x]))
    return Front((x, y), wanted, table.iloc[order], confidence, len(pull))


def _beats(ahead_x: np.ndarray, ahead_y: np.ndarray) -> np.ndarray:
    """True where the row's scenario beats the column's: ahead in one, not behind in the other."""
    return (ahead_x >= 0) & (ahead_y >= 0) & ((ahead_x > 0) | (ahead_y > 0))
