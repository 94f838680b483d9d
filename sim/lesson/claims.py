"""Claims: what a lesson says about its results, proved in the copy with the solutions.

A lesson says "one more agent lowers the share who hang up by 3 to 7 points". When the model changes, such a sentence
can become false without anybody noticing. A claim stands beside the sentence, in a cell that only the complete copy
keeps, and stops the build as soon as the sentence no longer holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.base import plain

ENDS = ("estimate", "low", "high")


def proved(
    statement: str,
    found: Any,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    near: float | None = None,
    within: float | None = None,
) -> str:
    """Return a line that says that a statement holds, and by which numbers. Parameters as in `Lesson.claim`.

    Raises
    ------
    AssertionError
        If it does not hold.
    ValueError
        If the bounds make no sense.
    """
    bounds = {"at_least": at_least, "at_most": at_most, "near": near, "within": within}
    given = {name: float(bound) for name, bound in bounds.items() if bound is not None}
    value = plain(found)
    if isinstance(value, bool):
        if given:
            raise ValueError(f"{statement!r}: what was found is {value}, so it takes no bounds; it has {_said(given)}")
        if not value:
            raise AssertionError(f"this is not so: {statement}")
        return f"✔ {statement}"
    if not given or set(given) == {"within"}:
        raise ValueError(f"{statement!r} needs a bound: at_least, at_most, or near (and within)")
    if "within" in given and "near" not in given:
        raise ValueError(f"{statement!r}: within belongs to near, which is missing; it has {_said(given)}")
    estimate, low, high = _interval(statement, found)
    shown = _number(estimate) if low == high else f"{_number(estimate)} ({_number(low)} to {_number(high)})"
    if not all(map(math.isfinite, (estimate, low, high))) or not _holds(low, high, **given):
        raise AssertionError(f"this is not so: {statement}\nfound {shown}; it should be {_said(given)}")
    return f"✔ {statement}: {shown}"


def _holds(
    low: float,
    high: float,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    near: float | None = None,
    within: float | None = None,
) -> bool:
    if not at_least <= low <= high <= at_most:
        return False
    if near is None:
        return True
    allowed = within or 0.0
    sharp = within is None or high - low <= 2 * allowed
    return sharp and low <= near + allowed and high >= near - allowed


def _interval(statement: str, found: Any) -> tuple[float, float, float]:
    """Return what was found as an estimate with the ends of its interval; a bare number is its own interval."""
    if isinstance(found, Mapping) or hasattr(found, "index"):
        missing = [name for name in ENDS if name not in found]
        if missing:
            raise ValueError(
                f"{statement!r}: what was found lacks {', '.join(missing)}; give a number or a row of a table"
            )
        ends = [found[name] for name in ENDS]
    else:
        ends = [found] * 3
    try:
        estimate, low, high = (float(end) for end in ends)
    except TypeError:
        raise ValueError(
            f"{statement!r}: what was found is no number, but a {type(found).__name__}; give a number or a row of a "
            "table, such as table.loc[name]"
        ) from None
    return estimate, low, high


def _said(bounds: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {bound:g}" for name, bound in bounds.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
