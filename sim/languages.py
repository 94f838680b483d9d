"""The languages in which lessons, the studio and the player speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

LANGUAGES = ("en", "zh")

Said = TypeVar("Said")


def need_language(language: str) -> str:
    """The language, if there are words in it.

    Raises
    ------
    ValueError
        If the language is unknown.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; it may be {' or '.join(LANGUAGES)}")
    return language


def in_language(said: Sequence[Said], language: str) -> Said:
    """Of what is said in each of the `LANGUAGES`, in their order, that in this one.

    Examples
    --------
    >>> in_language(("queue", "队列"), "zh")
    '队列'
    """
    return said[LANGUAGES.index(language)]
