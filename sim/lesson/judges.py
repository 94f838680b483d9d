"""What makes an answer right: a number, a choice, a function that works, or whatever a test accepts.

A judge takes an answer and returns a verdict: what it makes of it, and a text. The verdict "not_yet" is followed
by the exercise's next hint; a "slip" is explained by its own text.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sim.lesson.answers import MINUTES_IN, Unreadable, fold, letters, read_number, short, short_error
from sim.lesson.words import Text, Voice

Verdict = tuple[str, str]
Judge = Callable[[Any], Verdict]


def judge_number(
    voice: Voice,
    near: float | Callable[[], float],
    within: float,
    unit: str = "",
    mistakes: Mapping[float, Text] | None = None,
) -> Judge:
    """Accept a number near the right one, and recognise some ways in which it may have gone wrong."""
    # What has to be simulated first is simulated once, when the first answer comes.
    target = functools.cache(near if callable(near) else lambda: near)

    def judge(answer: Any) -> Verdict:
        try:
            number = read_number(answer, unit)
        except Unreadable as why:
            return "slip", voice.say(str(why), answer=short(answer))
        right = target()

        def close(value: float, goal: float, tolerance: float = within) -> bool:
            # The last digit of a sum must not decide over an answer at the edge.
            return abs(value - goal) <= tolerance + 1e-12 * abs(goal)

        if close(number, right):
            return "right", ""
        for mistake, text in (mistakes or {}).items():
            # A mistake of scale, such as 80 for 0.8, is as much larger as its tolerance.
            scale = max(1.0, abs(mistake / right)) if right else 1.0
            if close(number, mistake, within * scale):
                return "slip", voice.text(text)
        if unit == "%" and 1 < number <= 100:
            return "slip", voice.say("percent", answer=short(answer))
        if unit == "%" and close(1 - number, right):
            return "slip", voice.say("complement")
        for other, minutes in MINUTES_IN.items():
            if unit in MINUTES_IN and close(number * minutes / MINUTES_IN[unit], right):
                return "slip", voice.say("looks_like", looks=voice.unit(other), unit=voice.unit(unit))
        return "not_yet", voice.say("too_low" if number < right else "too_high", answer=short(answer))

    return judge


def judge_choice(voice: Voice, right: Sequence[str], choices: Mapping[str, Text]) -> Judge:
    """Accept the right letter, or all right letters, and explain each of the others."""
    why = {fold(letter): text for letter, text in choices.items()}
    wanted = [fold(letter) for letter in right]

    def judge(answer: Any) -> Verdict:
        given = letters(answer)
        if not given or not set(given) <= set(why):
            return "slip", voice.say("no_choice", answer=short(answer), choices=voice.series(choices))
        wrong = [letter for letter in given if letter not in wanted]
        if wrong:
            return "slip", voice.text(why[wrong[0]])
        if set(given) < set(wanted):
            return "not_yet", voice.say("incomplete", answer=short(answer))
        return "right", voice.join(*(voice.text(why[letter]) for letter in wanted))

    return judge


def judge_cases(voice: Voice, cases: Collection[tuple[tuple[Any, ...], Any]], within: float) -> Judge:
    """Accept a function that returns what it should in every case."""

    def judge(answer: Any) -> Verdict:
        if not callable(answer):
            return "slip", voice.say("no_function", answer=short(answer))
        for arguments, expected in cases:
            name = getattr(answer, "__name__", "function")
            call = f"`{name}({', '.join(map(short, arguments))})`"
            try:
                given = answer(*copy.deepcopy(arguments))
            except (Exception, SystemExit) as error:
                return "slip", voice.say("stopped", call=call, error=short_error(error))
            if given is Ellipsis:
                return "blank", ""
            if given is None and expected is not None:
                return "slip", voice.say("no_return", call=call)
            if not agree(given, expected, within):
                return "not_yet", voice.say("wrong_case", call=call, given=short(given), expected=short(expected))
        return "right", ""

    return judge


def judge_test(voice: Voice, test: Callable[[Any], Any], wants: Text) -> Judge:
    """Accept what an author's test accepts."""

    def judge(answer: Any) -> Verdict:
        try:
            outcome = test(answer)
        except (Exception, SystemExit) as error:
            problem = voice.say("unusable", answer=short(answer), error=short_error(error))
            return "slip", voice.join(problem, voice.say("wants", wants=voice.text(wants)) if wants else "")
        if outcome is Ellipsis:
            return "blank", ""
        if isinstance(outcome, str | Mapping):
            outcome = (False, outcome)
        passed, text = outcome if isinstance(outcome, tuple) else (outcome, "")
        return "right" if passed else "not_yet", voice.text(text)

    return judge


def agree(given: Any, expected: Any, within: float) -> bool:
    """Tell whether a learner's function returned what it should, numbers within a tolerance."""
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        try:
            return abs(read_number(given) - expected) <= within + 1e-12 * abs(expected)
        except Unreadable:
            return False
    if isinstance(expected, list | tuple):
        parts = list(given)
        pairs = zip(parts, expected, strict=False)
        return len(parts) == len(expected) and all(agree(one, other, within) for one, other in pairs)
    return bool(given == expected)
