"""Quantiles of the gamma distribution, many times quicker than by inverting its distribution function each time.

As a function of the normal score z (the standard normal quantile of the same probability) the logarithm of the
quantile is smooth; for a small coefficient of variation it is nearly a straight line. So it is worked out once on a
fine grid of z, with its slope, and cubic polynomials go through these points (Hermite interpolation). The relative
error is below 2e-10: on a duration of an hour, less than the time grid of the simulation can show.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

# Scores of the probabilities 2^-53 and 1 - 2^-53 lie within these limits.
_REACH = 8.5
_STEPS_A_UNIT = 64
# Outside these shapes (cv 2 and 0.05) the curve is too steep, or its logarithm too inexact.
_LEAST_SHAPE, _MOST_SHAPE = 0.25, 400.0


@lru_cache(maxsize=256)
def unit_gamma(shape: float) -> Callable[[np.ndarray], np.ndarray]:
    """Quantile function of the gamma distribution with this shape and mean 1.

    Examples
    --------
    >>> import numpy as np
    >>> float(unit_gamma(1.0)(np.array([0.5]))[0])  # an exponential: ln 2
    0.693147180...
    """
    from scipy.special import gammaincinv, ndtri

    if not _LEAST_SHAPE <= shape <= _MOST_SHAPE:
        return lambda u: gammaincinv(shape, u) / shape
    cubic, square, slope, level = _curve(shape)
    last = len(level) * (1 - 1e-12)

    def quantile(u: np.ndarray) -> np.ndarray:
        place = np.asarray((ndtri(u) + _REACH) * _STEPS_A_UNIT)
        np.clip(place, 0, last, out=place)
        step = place.astype(np.intp)
        place -= step
        return np.exp(((cubic[step] * place + square[step]) * place + slope[step]) * place + level[step])

    return quantile


def _curve(shape: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients of the polynomials in the part of a step that is done, from the cube down."""
    from scipy.special import gammainccinv, gammaincinv, ndtr

    z = np.arange(-_REACH * _STEPS_A_UNIT, _REACH * _STEPS_A_UNIT + 1) / _STEPS_A_UNIT
    # From whichever end is nearer, as probabilities near 1 have few digits left.
    x = np.where(z < 0, gammaincinv(shape, ndtr(z)), gammainccinv(shape, ndtr(-z)))
    log_x = np.log(x)
    # d log x / dz = (normal density at z) / (x times the gamma density at x).
    log_slope = -(z**2) / 2 - math.log(2 * math.pi) / 2 - (shape * log_x - x - math.lgamma(shape))
    slope = np.exp(log_slope) / _STEPS_A_UNIT
    rise, begin, end = np.diff(log_x), slope[:-1], slope[1:]
    return begin + end - 2 * rise, 3 * rise - 2 * begin - end, begin, log_x[:-1] - math.log(shape)
