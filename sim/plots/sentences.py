"""What a figure's title says: numbers in words, and sentences computed from tables.

A title states what the data show, no more: a difference whose interval holds 0 is called luck, a share is said the
way people say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures import MEASURES

if TYPE_CHECKING:
    import pandas as pd

NBSP = "\u00a0"
ONE_RUN = "one run, no interval"


def name(measure: str) -> str:
    """A measure's name for people."""
    return MEASURES[measure].title if measure in MEASURES else measure.replace("_", " ")


def heading(measure: str, unit_name: str) -> str:
    """What stands over a panel: the measure and the unit it is drawn in."""
    return capital(name(measure)) if name(measure) == unit_name else f"{capital(name(measure))}, {unit_name}"


def unit(measure: str, values: Any) -> tuple[float, str]:
    """The factor and the unit in which such values read best: shares in %, short times in the smaller unit."""
    sizes = np.abs(np.asarray(values, dtype=float))
    return MEASURES[measure].scale(float(np.max(sizes, where=np.isfinite(sizes), initial=0.0)))


def amount(measure: str, value: float) -> str:
    """One value of a measure, such as 64 % or 29 seconds."""
    factor, words = unit(measure, value)
    return percent(value) if words == "%" else f"{number(factor * value)}{NBSP}{words}"


def number(value: float) -> str:
    """A number as people say it, with two digits unless it is large.

    Examples
    --------
    >>> number(1240.4), number(16.54), number(2.67), number(-0.5)
    ('1,240', '17', '2.7', '−0.5')
    """
    decimals = 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text).replace("-", "−")


def percent(share: float) -> str:
    """A share in percent; near 0 and 100 with the decimals that keep it from saying none or all.

    Examples
    --------
    >>> [percent(share).replace(NBSP, " ") for share in (0.643, 0.9991, 1)]
    ['64 %', '99.9 %', '100 %']
    """
    decimals = next((d for d in (0, 1, 2) if share in (0, 1) or 0 < round(100 * share, d) < 100), 2)
    return f"{100 * share:.{decimals}f}{NBSP}%".replace("-", "−")


def people(share: float, singular: str, plural: str) -> str:
    """What a share of people does, the way people say it.

    Examples
    --------
    >>> people(0.14, "hangs up", "hang up"), people(0, "hangs up", "hang up")
    ('1 in 7 hangs up', 'nobody hangs up')
    """
    if share == 0:
        return f"nobody {singular}"
    one_in = round(1 / share)
    if 2 <= one_in <= 20 and abs(1 / one_in - share) <= 0.1 * share:
        return f"1 in {one_in} {singular}"
    return f"{percent(share)} {plural}"


def in_time(answered_in_time: float, hung_up: float, within_seconds: float, who: str = "callers") -> str:
    """How callers fared: who was answered in time, who hung up; both as shares of the offered calls."""
    within = f"within {number(within_seconds)} seconds"
    if within_seconds >= 120:
        within = f"within {number(within_seconds / 60)} minutes"
    return f"{percent(answered_in_time)} of {who} are answered {within}, {people(hung_up, 'hangs up', 'hang up')}"


def sure(low: float, high: float) -> bool:
    """Whether an interval says more than luck: it is known and does not hold 0."""
    return bool(low > 0 or high < 0)


def change(measure: str, estimate: float, low: float, high: float) -> str:
    """A difference in a few words, with its interval unless it may be luck."""
    if not np.isfinite(estimate):
        return "no value"
    if not np.isfinite(low):
        return f"{'+' if estimate > 0 else '−' if estimate < 0 else ''}{_size(measure, estimate)}, {ONE_RUN}"
    if estimate == low == high == 0:
        return "no difference"
    if not sure(low, high):
        return "more luck than effect"
    factor, words = unit(measure, [estimate, low, high])
    largest = factor * max(abs(low), abs(high))
    decimals = 0 if largest >= 100 else 1 if largest >= 1 else 2
    middle, *ends = (f"{factor * value:+,.{decimals}f}".replace("-", "−") for value in (estimate, low, high))
    return f"{middle} ({' to '.join(ends)}){NBSP}{points(words)}"


def points(words: str) -> str:
    """The unit of a difference: shares differ by points."""
    return "points" if words == "%" else words


def of_comparison(differences: pd.DataFrame, names: list[str], measures: list[str]) -> str:
    """The message of differences against a base: who changes what by more than luck.

    Parameters
    ----------
    differences : DataFrame
        Columns estimate, low, high; index (scenario, measure).
    names, measures : list of str
        Scenarios and measures, in the order shown.
    """
    real = {
        scenario: [m for m in measures if sure(*differences.loc[(scenario, m), ["low", "high"]])] for scenario in names
    }
    if differences["low"].isna().all():
        return "Differences of one run, which may all be luck"
    if not any(real.values()):
        subject = f"What “{names[0]}” changes" if len(names) == 1 else "What these scenarios change"
        return f"{subject} is more luck than effect"
    size = differences["estimate"].to_dict()
    if len(names) == 1:
        told = [_verb(m, size[names[0], m]) for m in real[names[0]][:2]]
        return f"“{names[0]}” {' and '.join(told)}"
    measure = next(m for m in measures if any(m in changed for changed in real.values()))
    movers = [scenario for scenario in names if measure in real[scenario]]
    most = max(movers, key=lambda scenario: abs(size[scenario, measure]))
    told_most = _verb(measure, size[most, measure], " most," if len(movers) > 1 else "")
    if len(movers) > 1:
        return f"“{most}” {told_most}"
    return f"“{most}” {told_most}; {'the other has' if len(names) == 2 else 'the others have'} no sure effect"


def of_curve(
    tables: dict[str, pd.DataFrame],
    measure: str,
    by: str,
    target: float | None = None,
    differences: dict[str, pd.DataFrame] | None = None,
) -> str:
    """The message of a curve: where it is lowest and highest, or how often scenarios differ by more than luck.

    Parameters
    ----------
    tables : dict of str to DataFrame
        By scenario; columns estimate, low, high; index the hour, slot or day.
    measure, by : str
    target : float, optional
    differences : dict of str to DataFrame, optional
        Paired differences of the other scenarios from the first, as in `tables`.
    """
    title = capital(name(measure))
    if differences:
        told = [f"{_moves(table.dropna(), by)} with “{scenario}”" for scenario, table in differences.items()]
        return f"{title} against “{next(iter(tables))}”: {'; '.join(told)}"
    every = [
        (value, label, scenario)
        for scenario, table in tables.items()
        for label, value in table["estimate"].dropna().items()
    ]
    ends = [min(every, key=lambda e: e[0]), max(every, key=lambda e: e[0])]
    told = [f"{amount(measure, value)} {when(label, by)}" for value, label, _ in ends]
    if len(tables) > 1:
        told = [f"{text} (“{scenario}”)" for text, (_, _, scenario) in zip(told, ends, strict=True)]
    elif target is not None:
        reached = sum(value >= target for value, _, _ in every)
        return (
            f"{title} is lowest {when(ends[0][1], by)}, {amount(measure, ends[0][0])}, "
            f"and reaches {percent(target)} in {reached} of {len(every)} {by}s"
        )
    return f"{title} runs from {told[0]} to {told[1]}"


def when(label: Any, by: str) -> str:
    """An hour, slot, weekday or day as part of a sentence."""
    if by == "hour":
        return f"at {int(label):02d}:00"
    return f"at {label}" if by == "slot" else f"on {capital(str(label))}" if by == "weekday" else f"on day {label}"


def of_runs(runs: int, confidence: float) -> str:
    """Small print: how many runs a figure shows, and what its intervals are."""
    return ONE_RUN if runs < 2 else f"{runs} runs, {100 * confidence:g}{NBSP}% intervals"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _moves(known: pd.DataFrame, by: str) -> str:
    """In how many rows differences are above and below 0 by more than luck."""
    counts = {"higher": int((known["low"] > 0).sum()), "lower": int((known["high"] < 0).sum())}
    told = [f"{word} in {count}" for word, count in counts.items() if count]
    if len(known) in counts.values():
        return told[0].replace(" in ", " in all ") + f" {by}s"
    return f"{' and '.join(told)} of {len(known)} {by}s" if told else "no sure difference"


def _verb(measure: str, difference: float, most: str = "") -> str:
    return f"{'raises' if difference > 0 else 'lowers'} {name(measure)}{most} by {_size(measure, difference)}"


def _size(measure: str, difference: float) -> str:
    factor, words = unit(measure, difference)
    return f"{number(abs(factor * difference))}{NBSP}{points(words)}"
