"""How sure one can be: estimates from independent replications, and their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Estimate:
    """A measure over replications, by group: the estimate, and how far each replication pulls it.

    The interval is the classical one for a ratio of sums (delta method; Cochran, *Sampling Techniques*, 3rd ed.,
    1977, ch. 6). With x and y the sums of one replication and R = sum x / sum y, the spread of
    (x - R y) / mean(y) over the replications tells the error of R. The difference of two estimates on the same
    replications has the differences of these pulls, so one rule serves single scenarios and pairs.

    Attributes
    ----------
    value : ndarray, shape (groups,)
    pull : ndarray, shape (replications, groups)
    """

    value: np.ndarray
    pull: np.ndarray

    @classmethod
    def of(cls, over: np.ndarray, under: np.ndarray | None) -> Estimate:
        """From sums of shape (replications, groups); `under` None estimates the mean of `over`."""
        under = np.ones_like(over) if under is None else under
        mean = under.mean(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(mean > 0, over.mean(axis=0) / mean, np.nan)
            return cls(value, (over - value * under) / mean)

    def __sub__(self, other: Estimate) -> Estimate:
        return Estimate(self.value - other.value, self.pull - other.pull)

    @property
    def standard_error(self) -> np.ndarray:
        """Standard error of the value, shape (groups,); NaN with fewer than two replications."""
        if len(self.pull) < 2:
            return np.full(self.value.shape, np.nan)
        return self.pull.std(axis=0, ddof=1) / np.sqrt(len(self.pull))

    def half_width(self, confidence: float) -> np.ndarray:
        """Half the length of the interval, shape (groups,), by Student's t; NaN with fewer than two replications."""
        from scipy.special import stdtrit

        if len(self.pull) < 2:
            return np.full(self.value.shape, np.nan)
        return stdtrit(len(self.pull) - 1, (1 + confidence) / 2) * self.standard_error

    def table(self, rows: pd.Index, confidence: float) -> pd.DataFrame:
        """Columns estimate, low and high; the interval is NaN with fewer than two replications."""
        import pandas as pd

        half = self.half_width(confidence)
        columns = np.array([self.value, self.value - half, self.value + half])
        return pd.DataFrame(columns.T, index=rows, columns=labels(("estimate", "low", "high")))


def labels(names: tuple[str, ...], name: str | None = None) -> pd.Index:
    """An index of these names; what pandas finds out about them is found out once."""
    return _labels(names, name).view()


@cache
def _labels(names: tuple[str, ...], name: str | None) -> pd.Index:
    import pandas as pd

    return pd.Index(names, name=name)


def checked_confidence(confidence: float) -> float:
    """The confidence, if it is one."""
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0 < confidence < 1:
        raise ValueError(f"confidence holds {confidence!r}; it must lie between 0 and 1, such as 0.95")
    return confidence
