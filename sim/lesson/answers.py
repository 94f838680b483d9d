"""What a learner may have meant: numbers, letters and blanks, however they are written."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

MINUTES_IN = {"seconds": 1 / 60, "minutes": 1.0, "hours": 60.0, "days": 1440.0}

UNIT_OF = {
    word: unit
    for unit, words in {
        "%": "% percent pct",
        "seconds": "s sec secs second seconds 秒 秒钟",
        "minutes": "m min mins minute minutes 分 分钟",
        "hours": "h hr hrs hour hours 小时",
        "days": "d day days 天",
    }.items()
    for word in words.split()
}

# 1,234 and 1 234 are whole numbers in groups of three; 2,5 is two and a half; 0,800 is no group.
GROUPS = r"[1-9]\d{0,2}(?:[ ',]\d{3})+(?:\.\d+)?"
NUMBER = re.compile(rf"(?<![a-z0-9_.,])[-+]?(?:{GROUPS}|\d+(?:[.,]\d+)?|\.\d+)(?:e[-+]?\d+)?(?![.,]?\d)")


class Unreadable(ValueError):
    """No number could be read; the text is the key of the message that says why."""


def read_number(answer: Any, unit: str = "") -> float:
    """Read the number that a learner means.

    Parameters
    ----------
    answer : object
        A number of any kind, or words with one number in them. A percentage in words becomes a share.
    unit : str, optional
        The unit asked for; a number in words with another unit of time is converted to it.

    Raises
    ------
    Unreadable
        If there is no number, more than one, or one that is not finite.

    Examples
    --------
    >>> read_number("about 30 s", "minutes"), read_number("８０ %"), read_number("1,234"), read_number("2,5")
    (0.5, 0.8, 1234.0, 2.5)
    """
    if isinstance(answer, str):
        number = _read_words(answer, unit)
    else:
        try:
            # One number in an array, or in a table's column, is as good as a bare one.
            value = answer.item() if hasattr(answer, "item") else answer
            number = math.nan if isinstance(value, bool) else float(value)
        except Exception:
            raise Unreadable("no_number") from None
        if isinstance(value, bool):
            raise Unreadable("true_false")
    if not math.isfinite(number):
        raise Unreadable("not_finite")
    return number


def _read_words(answer: str, unit: str) -> float:
    text = fold(answer).replace("−", "-").replace("per cent", "%")
    found = NUMBER.search(text)
    if len(NUMBER.findall(text)) != 1 or found is None:
        if re.search(r"\b(nan|inf|infinity)\b", text):
            return math.nan
        raise Unreadable("several_numbers" if len(re.findall(r"\d+", text)) > 1 else "no_number")
    digits = found[0]
    if re.match(rf"[-+]?{GROUPS}", digits):
        digits = re.sub("[ ',]", "", digits)
    number = float(digits.replace(",", "."))
    word = re.match(r"\s*([a-z]+|%|秒钟?|分钟?|小时|天)", text[found.end() :])
    said = UNIT_OF.get(word[1]) if word else None
    if said == "%" or "百分之" in text:
        return number / 100
    if said in MINUTES_IN and unit in MINUTES_IN:
        return number * MINUTES_IN[said] / MINUTES_IN[unit]
    return number


def is_blank(answer: object) -> bool:
    """Tell whether an answer, or a part of it, has not been filled in."""
    if isinstance(answer, str):
        return fold(answer) in ("", "...", "?")
    if isinstance(answer, tuple | list):
        return any(part is Ellipsis or part is None for part in answer)
    return answer is Ellipsis or answer is None


def fold(text: str) -> str:
    """Return a text in lower case, full-width letters and digits made plain."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def letters(answer: object) -> list[str]:
    """Return the letters that an answer such as "b", "(B)", "A and C" or ["A", "C"] names.

    Examples
    --------
    >>> letters("(B)"), letters(["C", "a"]), letters(3)
    (['b'], ['a', 'c'], [])
    """
    if isinstance(answer, list | tuple | set | frozenset):
        return sorted(letter for part in answer if isinstance(part, str) for letter in letters(part))
    if not isinstance(answer, str):
        return []
    return [word for word in re.findall(r"\w+", fold(answer)) if word not in ("and", "both", "和")]


def short(value: object) -> str:
    """Return a short text for any value, the same in every run."""
    try:
        name = getattr(value, "__name__", None)
        if callable(value) and isinstance(name, str):
            return f"`{name}`"
        text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    # The address of an object differs from run to run.
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", text).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def short_error(error: BaseException) -> str:
    """Return an error's kind and message as a short text."""
    try:
        text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    except Exception:
        text = type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."
