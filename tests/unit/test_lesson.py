"""Guesses, checks, quizzes and sliders: right about answers, kind about everything else."""

import ast
import itertools
import math
import random
import re
import string
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.languages import LANGUAGES
from sim.lesson import Lesson, Lever, Note
from sim.lesson.answers import Unreadable, is_blank, letters, read_number, short
from sim.lesson.words import LOOKS, WORDS, Voice


class Contrary:
    """An object that fails at whatever is asked of it."""

    def _fail(self, *_):
        raise RuntimeError("no")

    __float__ = __repr__ = __eq__ = __bool__ = __len__ = __iter__ = __call__ = __hash__ = _fail

    @property
    def item(self):
        raise RuntimeError("no")

    __name__ = item


def stop(*_):
    raise SystemExit("enough")


def divide(*_):
    return 1 / 0


def recurse(*values):
    # Handed on, as Python 3.13.0 knows no limit for a function of any arguments that is called without them.
    return recurse(*values)


def odd_answers():
    return [
        *[True, False, -1, 0, 10**400, 1.5, math.nan, -math.inf, 3 + 4j, Decimal("NaN"), Fraction(1, 3)],
        *["", "five", "5 min", "８０％", "{braces}", "\x00", "x" * 10_000, b"5", [], {}, set(), (), [1, [2, ...]]],
        *[object(), Contrary(), type, print, stop, divide, recurse, NotImplemented, range(3), iter([1])],
        *[
            np.float64(2),
            np.array([]),
            np.array([1, 2]),
            np.bool_(True),
            pd.NA,
            pd.NaT,
            pd.Series([1, 2]),
            pd.DataFrame(),
        ],
    ]


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A lesson without a source."""
    monkeypatch.chdir(tmp_path)
    return Lesson("99")


# Reading what learners write


@pytest.mark.parametrize(
    ("written", "unit", "number"),
    [
        (5, "", 5),
        (np.int64(5), "", 5),
        (Decimal("2.5"), "", 2.5),
        (Fraction(1, 4), "", 0.25),
        (np.array([7.0]), "", 7),
        (pd.Series([3]), "", 3),
        ("5", "", 5),
        (" about 5 ", "", 5),
        ("~5.5", "", 5.5),
        (".5", "", 0.5),
        ("-3", "", -3),
        ("−3", "", -3),
        ("1e3", "", 1000),
        ("5 min", "minutes", 5),
        ("5min.", "minutes", 5),
        ("30 seconds", "minutes", 0.5),
        ("30 s", "minutes", 0.5),
        ("2 hours", "minutes", 120),
        ("1 day", "hours", 24),
        ("90 minutes", "hours", 1.5),
        ("5 min", "", 5),
        ("80 %", "%", 0.8),
        ("80%", "", 0.8),
        ("80 percent", "", 0.8),
        ("80 per cent", "", 0.8),
        ("0.8", "%", 0.8),
        ("1,234", "", 1234),
        ("1,234,567.5", "", 1234567.5),
        ("12 345", "", 12345),
        ("2,5", "", 2.5),
        ("0,800", "", 0.8),
        ("５", "", 5),
        ("８０％", "", 0.8),
        ("１，２３４", "", 1234),
        ("约5分钟", "minutes", 5),
        ("30秒", "minutes", 0.5),
        ("大概 3 小时", "minutes", 180),
        ("百分之80", "", 0.8),
    ],
)
def test_a_number_is_read_as_it_is_meant(written, unit, number):
    assert read_number(written, unit) == pytest.approx(number)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("five", "no_number"),
        ("B2", "no_number"),
        ("5-7", "several_numbers"),
        ("5 to 7", "several_numbers"),
        ("2:30", "several_numbers"),
        ("1/2", "several_numbers"),
        ("nan", "not_finite"),
        ("1e999", "not_finite"),
        (math.inf, "not_finite"),
        (True, "true_false"),
        (np.bool_(False), "true_false"),
        ([5], "no_number"),
        (3j, "no_number"),
        (10**400, "no_number"),
        pytest.param(Contrary(), "no_number", id="contrary"),
    ],
)
def test_what_is_no_number_is_named(written, why):
    with pytest.raises(Unreadable, match=f"^{why}$"):
        read_number(written)
    assert why in WORDS


@given(st.text() | st.text(alphabet=string.digits + " ,.'-+%eE minhs５％秒分:/") | st.floats() | st.integers())
def test_a_number_is_finite_or_unreadable(written):
    try:
        number = read_number(written, "minutes")
    except Unreadable:
        number = 0.0
    assert math.isfinite(number)


@given(st.floats(min_value=0, max_value=1e9, allow_subnormal=False), st.integers(0, 6))
def test_a_number_written_with_groups_is_the_same_number(number, digits):
    assert read_number(f"{number:,.{digits}f}") == float(f"{number:.{digits}f}")


@pytest.mark.parametrize("blank", [..., None, "", "  ", "...", "…", "?", (..., 3), [1, None]])
def test_blanks_are_blank(blank):
    assert is_blank(blank)


@pytest.mark.parametrize("answer", [0, "0", False, [], (), "no", math.nan, np.array([1])])
def test_answers_are_not_blank(answer):
    assert not is_blank(answer)


@pytest.mark.parametrize(
    ("written", "named"),
    [("B", ["b"]), (" (b). ", ["b"]), ("Ｂ", ["b"]), ("A and C", ["a", "c"]), ({"C", "A"}, ["a", "c"]), (2, [])],
)
def test_letters_are_read_in_any_form(written, named):
    assert letters(written) == named


def test_anything_has_a_short_text_without_an_address():
    for value in odd_answers():
        text = short(value)
        assert 0 < len(text) <= 62
        assert "0x" not in text
        assert "\n" not in text


# Guesses


def test_a_guess_stands_beside_the_result_and_its_interval(lesson):
    note = lesson.beside(2, 5.312, "minutes", low=4.901, high=5.723)
    assert str(note).startswith("▸ You guessed 2 minutes; the simulation says 5.3 minutes (95 % interval 4.9 to 5.7).")


@pytest.mark.parametrize(
    ("guess", "result", "unit", "words"),
    [
        (5.2, 5.3, "minutes", "That is close."),
        (2, 6, "minutes", "too low by a factor of 3."),
        (60, 6, "minutes", "too high by a factor of 10."),
        (5, 6, "minutes", "too low by 1 minute."),
        (0, 6, "minutes", "too low by 6 minutes."),
        (-2, 6, "calls", "too low by 8 calls."),
        (6, 0, "calls", "too high by 6 calls."),
        (0.5, 0.8, "%", "too low by 30 percentage points."),
        (95, 0.8, "%", "You guessed 95 %; the simulation says 80 %. Your guess is too high by 15 percentage points."),
        ("79 %", 0.8, "%", "You guessed 79 %; the simulation says 80 %. That is close."),
        ("30 s", 3, "minutes", "You guessed 0.5 minutes; the simulation says 3 minutes."),
        (1234567, 1e6, "", "You guessed 1,234,567; the simulation says 1,000,000."),
        (1, math.nan, "", "the simulation says no value."),
        (1e300, 1e-300, "", "You guessed 1e+300;"),
        (1, np.float64(1.0), "minutes", "You guessed 1 minute; the simulation says 1 minute."),
    ],
)
def test_a_guess_is_compared_in_words(lesson, guess, result, unit, words):
    assert words in str(lesson.beside(guess, result, unit))


def test_a_guess_inside_the_interval_is_well_judged(lesson):
    assert "inside the interval" in str(lesson.beside(4.9, 5.3, low=4.9, high=5.7))
    assert "inside the interval" not in str(lesson.beside(4.89, 5.3, low=4.9, high=5.7))
    assert "88 % to 92 %" in str(lesson.beside(0.5, 0.9, "%", low=0.88, high=0.92))


@pytest.mark.parametrize(("by", "words"), [("data", "the data say 3."), ("formula", "the formula says 3.")])
def test_a_result_may_come_from_elsewhere(lesson, by, words):
    assert words in str(lesson.beside(1, 3, by=by))


@pytest.mark.parametrize("guess", [..., None, "", "no idea", math.nan, [], object(), print, "5 to 7"])
@pytest.mark.parametrize("result", [4321.5, "B"])
def test_without_a_guess_the_result_is_kept_back(lesson, guess, result):
    note = lesson.beside(guess, result, "minutes", choices={"A": "shorter", "B": "much longer"})
    assert note.kind == "blank"
    assert "4,32" not in str(note)
    assert "longer" not in str(note)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_guess_makes_a_lesson_fail(lesson, language):
    lesson.language = language
    for guess in odd_answers():
        for note in (
            lesson.beside(guess, 5.3, "%", low=1, high=2),
            lesson.beside(guess, "A", choices={"A": "", "B": ""}),
        ):
            assert note.kind in LOOKS
            assert note.title


def test_a_guess_may_be_a_choice(lesson):
    choices = {"A": "shorter", "B": "longer"}
    assert "You guessed B (longer); the simulation says A (shorter)." in str(lesson.beside("(b)", "A", choices=choices))
    assert "You had it." in str(lesson.beside("Ａ", "A", choices=choices))
    assert "one of the choices A, B" in str(lesson.beside("C", "A", choices=choices))
    assert "You guessed Monday; the data say Monday. You had it." in str(lesson.beside("monday", "Monday", by="data"))


# Checks


def kinds_of(lesson, exercise, *answers):
    return [lesson.check(exercise, answer).kind for answer in answers]


def test_a_number_is_right_within_its_tolerance(lesson):
    lesson.expect("99.1", near=0.8, within=0.01, hints="Divide.")
    assert kinds_of(lesson, "99.1", 0.8, 0.79, 0.81, "0.8", "80 %") == ["right"] * 5
    assert kinds_of(lesson, "99.1", 0.789, 0.811, 80, "0.7", math.nan) == ["not_yet"] * 5
    assert kinds_of(lesson, "99.1", ..., None, "") == ["blank"] * 3


def test_a_whole_number_has_to_be_exact(lesson):
    lesson.expect("99.1", near=14, hints="Count.")
    assert kinds_of(lesson, "99.1", 14, 14.0, "14 agents", 13.999, 15) == ["right"] * 3 + ["not_yet"] * 2


def test_rounding_does_not_decide_at_the_edge(lesson):
    lesson.expect("99.1", near=0.3, within=0.1, hints="Add.")
    assert kinds_of(lesson, "99.1", 0.1 + 0.1, 0.4) == ["right", "right"]


@pytest.mark.parametrize(
    ("answer", "unit", "right", "words"),
    [
        (88.4, "%", 0.884, "As a number, 80 % is 0.8."),
        (12, "%", 0.884, "As a number, 80 % is 0.8."),
        (0.116, "%", 0.884, "counted the others"),
        (180, "minutes", 3, "looks like seconds; the question asks for minutes"),
        (0.05, "minutes", 3, "looks like hours"),
        (3, "seconds", 180, "looks like minutes"),
        (2, "minutes", 3, "2 is too low."),
        (4, "", 3, "4 is too high."),
        (6, "", 3, "That is both of them."),
        ("4 or 5", "", 3, "more than one number"),
        (True, "", 3, "yes or no"),
    ],
)
def test_a_likely_mistake_is_named(lesson, answer, unit, right, words):
    lesson.expect("99.1", near=right, within=0.001, unit=unit, mistakes={6: "That is both of them."}, hints="Think.")
    note = lesson.check("99.1", answer)
    assert note.kind == "not_yet"
    assert words in note.body


def test_a_mistake_of_scale_has_the_tolerance_of_its_scale(lesson):
    lesson.expect("99.1", near=0.884, within=0.001, mistakes={88.4: "In percent."}, hints="Divide.")
    assert "In percent." in lesson.check("99.1", 88.45).body
    assert "In percent." not in lesson.check("99.1", 88.9).body


def test_a_number_may_be_computed_when_it_is_needed(lesson):
    calls = []
    lesson.expect("99.1", near=lambda: calls.append(1) or 7.0, hints="Seven.")
    assert calls == []
    assert kinds_of(lesson, "99.1", 6, 7) == ["not_yet", "right"]
    assert calls == [1]


def test_every_new_wrong_answer_brings_the_next_hint(lesson):
    lesson.expect("99.1", near=10, hints=["First.", "Second."], praise="Ten it is.")
    bodies = [lesson.check("99.1", answer).body for answer in (1, 1, 2, 1, 3, 4, 10)]
    assert bodies[0] == bodies[1] == "1 is too low. First."
    assert bodies[2] == "2 is too low. Second."
    assert bodies[3] == "1 is too low. Second."
    assert bodies[4].startswith("3 is too low. Second. If you are stuck")
    assert bodies[5].startswith("4 is too low. Second. If you are stuck")
    assert bodies[6] == "Ten it is."


def test_a_slip_uses_up_no_hint(lesson):
    lesson.expect("99.1", near=10, hints=["First.", "Second."])
    assert "First." not in lesson.check("99.1", "ten").body
    assert "First." in lesson.check("99.1", 1).body


def test_a_choice_is_explained(lesson):
    lesson.expect("99.1", choice="B", choices={"A": "No: too few.", "B": "Yes: enough.", "C": "No: too many."})
    assert [lesson.check("99.1", answer).body for answer in ("a", "(B)", "Ｃ")] == [
        "No: too few.",
        "Yes: enough.",
        "No: too many.",
    ]
    assert kinds_of(lesson, "99.1", "b", "A", "B and C", "D", 2, ["B"]) == [
        *["right", "not_yet", "not_yet", "not_yet", "not_yet", "right"]
    ]
    assert "choices A, B, C" in lesson.check("99.1", "D").body


def test_several_choices_may_be_right(lesson):
    choices = {"A": "Yes, A.", "B": "No, not B.", "C": "Yes, C."}
    lesson.expect("99.1", choice=["A", "C"], choices=choices, hints="Two.")
    assert lesson.check("99.1", "A, C").body == "Yes, A. Yes, C."
    assert lesson.check("99.1", "C").body == "'C' is right, but there is more. Two."
    assert lesson.check("99.1", ["A", "B"]).body == "No, not B."


CASES = [(([1, 2, 3],), 2.0), (([4],), 4.0)]


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (lambda waits: sum(waits) / len(waits), "right", ""),
        (np.mean, "right", ""),
        (lambda waits: f"{sum(waits) / len(waits)}", "right", ""),
        (lambda waits: ..., "blank", "in place of"),
        (lambda waits: None, "not_yet", "`return`"),
        (sum, "not_yet", "`sum([1, 2, 3])` gives 6; it should give 2. Divide."),
        (lambda waits: waits, "not_yet", "gives [1, 2, 3]"),
        (lambda waits: waits.clear(), "not_yet", "`return`"),
        (lambda: 2, "not_yet", "TypeError"),
        (divide, "not_yet", "`divide([1, 2, 3])` stopped with the error ZeroDivisionError: division by zero"),
        (stop, "not_yet", "SystemExit"),
        (recurse, "not_yet", "RecursionError"),
        (3, "not_yet", "3 is none"),
        (lambda waits: math.nan, "not_yet", "gives nan"),
        pytest.param(lambda waits: Contrary(), "not_yet", "<Contrary>", id="contrary"),
    ],
)
def test_a_function_is_tried_on_cases(lesson, function, kind, words):
    lesson.expect("99.1", cases=CASES, within=1e-9, hints="Divide.")
    note = lesson.check("99.1", function)
    assert note.kind == kind
    assert words in note.body


def test_cases_survive_a_function_that_changes_its_arguments(lesson):
    cases = [(([3, 1, 2],), 1)]
    lesson.expect("99.1", cases=cases, hints="Sort.")
    assert kinds_of(lesson, "99.1", lambda waits: waits.sort() or waits.pop(0)) == ["right"]
    assert cases == [(([3, 1, 2],), 1)]


def test_an_error_without_words_is_told_too(lesson):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    def fail(*_):
        raise Mute

    lesson.expect("99.1", cases=CASES, hints="Divide.")
    assert lesson.check("99.1", fail).body == "`fail([1, 2, 3])` stopped with the error Mute."


@pytest.mark.parametrize(
    ("expected", "given", "right"),
    [
        ([1, 2], np.array([1.0, 2.0]), True),
        ([1, 2], (1, 2.0000001), True),
        ([1, 2], [1, 2, 3], False),
        ((1, "a"), [1, "a"], True),
        ("late", "late", True),
        (True, True, True),
        (True, 0, False),
        ([1, 2], 3, False),
        ({"a": 1}, {"a": 1}, True),
        (2.0, np.array([1, 2]), False),
    ],
)
def test_results_of_functions_are_compared_part_by_part(lesson, expected, given, right):
    lesson.expect("99.1", cases=[((), expected)], within=1e-6, hints="Look.")
    assert lesson.check("99.1", lambda: given).kind == ("right" if right else "not_yet")


@pytest.mark.parametrize(
    ("outcome", "kind", "body"),
    [
        (True, "right", "Good."),
        (np.True_, "right", "Good."),
        ((True, "Level 83 %."), "right", "Level 83 %. Good."),
        (False, "not_yet", "Try."),
        ("Level 71 %.", "not_yet", "Level 71 %. Try."),
        ({"en": "Level 71 %.", "zh": "71 %。"}, "not_yet", "Level 71 %. Try."),
        ((False, "Level 71 %."), "not_yet", "Level 71 %. Try."),
        (..., "blank", WORDS["blank_do"][0]),
    ],
)
def test_a_test_may_decide(lesson, outcome, kind, body):
    lesson.expect("99.1", test=lambda plan: outcome, hints="Try.", praise="Good.")
    note = lesson.check("99.1", "a plan")
    assert (note.kind, note.body) == (kind, body)


def test_an_answer_of_the_wrong_kind_is_told_what_is_asked_for(lesson):
    lesson.expect("99.1", test=lambda plan: plan.days > 1, wants="a scenario", hints="Add days.")
    assert lesson.check("99.1", 5).body == (
        "5 could not be checked (AttributeError: 'int' object has no attribute 'days'). Asked for is a scenario."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_makes_a_check_fail(lesson, language):
    lesson.language = language
    lesson.expect("99.1", near=123.25, within=0.1, unit="minutes", mistakes={2: "Two."}, hints="No.")
    lesson.expect("99.2", choice="Q", choices={"P": "No.", "Q": "Yes."})
    lesson.expect("99.3", cases=[((1, 2), 3.25)], hints="No.")
    lesson.expect("99.4", test=lambda plan: plan.days > 10, hints="No.")
    for exercise, answer in itertools.product(lesson.exercises, odd_answers()):
        note = lesson.check(exercise, answer)
        assert note.kind in ("not_yet", "blank")
        assert "123.25" not in str(note)
        assert note._repr_html_()


def test_an_error_in_a_rule_is_told_and_not_raised(lesson):
    lesson.expect("99.1", near=lambda: undefined_name, hints="No.")  # noqa: F821
    assert "NameError" in lesson.check("99.1", 1).body


def test_an_unknown_exercise_is_an_error_of_the_author(lesson):
    lesson.expect("99.1", near=1, hints="One.")
    with pytest.raises(ValueError, match=r"exercise is '99\.2'; this lesson has 99\.1"):
        lesson.check("99.2", 1)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "it has none"),
        ({"near": 1, "test": print}, "it has near and test"),
        ({"choice": "A"}, "at least one wrong letter"),
        ({"choice": "A", "choices": {"A": "Yes."}}, "at least one wrong letter"),
        ({"choice": "C", "choices": {"A": "No.", "B": "No."}}, r"calls \['C'\] right"),
        ({"choice": [], "choices": {"A": "No.", "B": "No."}}, r"calls \[\] right"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(lesson, rule, message):
    with pytest.raises(ValueError, match=message):
        lesson.expect("99.1", **rule)


def test_progress_counts_what_is_right_now(lesson):
    for name in ("99.1", "99.2"):
        lesson.expect(name, near=1, hints="One.")
    assert "0 of 2" in str(lesson.progress())
    lesson.check("99.1", 1)
    assert str(lesson.progress()) == "▸ 1 of 2 exercises are right. Still open: 99.2."
    lesson.check("99.2", 1)
    assert str(lesson.progress()) == "✔ 2 of 2 exercises are right. Well done!"
    lesson.check("99.1", 2)
    assert "Still open: 99.1." in str(lesson.progress())


@pytest.mark.parametrize(
    ("answer", "otherwise", "taken"),
    [
        (..., 10, 10),
        (None, "A", "A"),
        (7, 10, 7),
        ("7 agents", 10, 7),
        (7.6, 10, 8),
        (7.6, 10.0, 7.6),
        (0, 10, 10),
        (10**9, 10, 10),
        (math.nan, 10, 10),
        (True, 10, 10),
        ("B", "A", "B"),
        (5, "A", "A"),
        ([1], [2, 3], [1]),
        ([...], [2, 3], [2, 3]),
        (1, True, True),
        (False, True, False),
        (divide, print, divide),
        (3, print, print),
    ],
)
def test_an_answer_that_cannot_be_used_is_replaced(lesson, answer, otherwise, taken):
    assert lesson.given(answer, otherwise, low=1, high=100) is taken or (
        lesson.given(answer, otherwise, low=1, high=100) == taken
    )


@pytest.mark.parametrize("otherwise", [10, 0.5, "A", [1], print, Lever("Agents", 2, 1, 3)], ids=short)
def test_what_is_given_is_of_the_kind_asked_for(lesson, otherwise):
    for answer in odd_answers():
        taken = lesson.given(answer, otherwise)
        assert callable(taken) if callable(otherwise) else type(taken) is type(otherwise)


# The lesson's source

SOURCE = """\
# %% [markdown] tags=["title"]
# # Why?

# %%
raise RuntimeError("only rules are for the checks")

# %% tags=["rules"]
lesson.expect("42.1", near=3, hints="Three.")
lesson.ask("Q?", lesson.right("Yes", "Because."), lesson.wrong("No", "Not so."))

# %% tags=["exercise", "rules"]
lesson.expect("42.2", test=lambda plan: sim.theory and plan["boom"], hints="None.")

# %%
lesson.check("42.1", 3)
"""


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/solutions", "notebooks/zh", "."])
def test_rules_are_found_near_the_notebook(tmp_path, monkeypatch, folder):
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    (tmp_path / "notebooks" / "source" / "42_why.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / folder).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / folder)
    lesson = Lesson("42")
    assert list(lesson.exercises) == ["42.1", "42.2"]
    assert lesson.check("42.1", 3).kind == "right"
    assert lesson.check("42.2", {"boom": True}).kind == "right"
    assert len(lesson.questions) == 1
    assert lesson.language == ("zh" if folder.endswith("zh") else "en")


def test_rules_are_found_wherever_the_notebook_is(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    names = {path.name[:2] for path in (root / "notebooks" / "source").glob("[0-9][0-9]_*.py")}
    assert all(Lesson(name).exercises for name in names)


def test_an_error_in_the_rules_names_their_line(tmp_path):
    source = tmp_path / "42_why.py"
    source.write_text(SOURCE.replace('near=3, hints="Three."', "near=3, choice='A'"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"exercise 42\.1") as caught:
        Lesson("42", source)
    assert [entry.lineno for entry in caught.traceback if str(entry.path) == str(source)] == [7]


def test_without_rules_a_lesson_says_so(lesson):
    assert "are not here" in str(lesson)
    assert "are not here" in str(lesson.check("99.1", 3))
    assert str(lesson.beside(1, 3))


def test_a_lesson_says_that_it_is_ready(tmp_path):
    source = tmp_path / "42_why.py"
    source.write_text(SOURCE, encoding="utf-8")
    assert str(Lesson("42", source)) == "▸ Lesson 42 is ready. Exercises with a check: 2. Quiz questions: 1."
    assert "<div" in Lesson("42", source)._repr_html_()


# Languages


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("key", WORDS)
def test_every_message_is_there_in_every_language(key):
    messages = WORDS[key]
    assert len(messages) == len(LANGUAGES)
    assert all(messages)
    assert fields(messages[0]) == fields(messages[1])
    assert re.search(r"[\u4e00-\u9fff]", messages[1]), "no Chinese"


def test_every_message_is_used(root):
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "sim" / "lesson").glob("*.py"))
    strings = {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
    built = {"by_low", "by_high", "factor_low", "factor_high"}
    dictionaries = {key for key in WORDS if code.count(f'"{key}"') < 2}
    assert dictionaries <= built
    assert set(WORDS) <= strings


def test_a_lesson_speaks_chinese(lesson):
    lesson.language = "zh"
    assert str(lesson.beside(2, 6, "minutes", low=5.6, high=6.4)) == (
        "▸ 你猜的是 2 分钟；模拟结果是 6.0 分钟（95 % 置信区间 5.6 至 6.4）。 你猜低了：结果是它的 3 倍。"
    )
    lesson.expect("99.1", near=3, unit="minutes", hints={"en": "Three.", "zh": "是三。"}, praise="Only English.")
    assert lesson.check("99.1", 2).body == "2 偏低。是三。"
    assert "以秒为单位；题目要求的是分钟" in lesson.check("99.1", 180).body
    assert lesson.check("99.1", 3).body == "Only English."


def test_a_language_set_later_holds_for_rules_made_before(lesson):
    lesson.expect("99.1", near=3, hints="Three.")
    lesson.language = "zh"
    assert "偏低" in lesson.check("99.1", 2).body


@pytest.mark.parametrize("language", ["de", "", 3])
def test_an_unknown_language_is_refused(lesson, language):
    with pytest.raises(ValueError, match="it may be en or zh"):
        lesson.language = language


def test_numbers_have_the_digits_that_can_be_read():
    voice = Voice("en")
    assert [voice.number(value) for value in (0, 0.123456, 12.3456, 1234.56, 5e-324, 123456789)] == [
        *["0", "0.1235", "12.35", "1,235", "0", "123,456,789"]
    ]
    assert voice.number(0.84371, "%", 1) == "84.4 %"


def test_notes_are_text_and_html():
    note = Note("not_yet", "a < b", "use `<` & think")
    assert str(note) == "↻ a < b use `<` & think"
    html = note._repr_html_()
    assert "a &lt; b" in html
    assert "<code>&lt;</code> &amp; think" in html


# The quiz


@pytest.fixture
def quiz_lesson(lesson):
    lesson.ask("One < two?", lesson.right("Yes & no", "Both."), lesson.wrong("No", "It is."), lesson.wrong("?", "Why?"))
    lesson.ask("Which?", lesson.right("A", "Fine."), lesson.right("B", "Fine too."), lesson.wrong("C", "Bad."))
    return lesson


@pytest.fixture
def shell():
    """An IPython, as there is in a notebook."""
    from IPython.core.interactiveshell import InteractiveShell

    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_quiz_in_plain_text_explains_every_choice(quiz_lesson):
    text = str(quiz_lesson.quiz())
    assert text.index("1. One < two?") < text.index("2. Which?") < text.index("Answers")
    for words in ("1a) Right. Both.", "1b) Not this one. It is.", "2b) Right. Fine too.", "2c) Not this one. Bad."):
        assert words in text


def test_a_quiz_without_a_kernel_can_be_unfolded(quiz_lesson):
    html = quiz_lesson.quiz()._repr_html_()
    assert html.count("<details>") == html.count("</details>") == 6
    assert "One &lt; two?" in html
    assert "Yes &amp; no" in html
    assert "<script" not in html


def test_a_quiz_in_a_notebook_is_the_same_each_time(quiz_lesson, shell, tmp_path, monkeypatch):
    pytest.importorskip("jupyterquiz")
    random.seed(5)
    before = random.getstate()
    first = quiz_lesson.quiz()._repr_html_()
    assert random.getstate() == before
    assert "many_choice" in first
    assert first.count("<details>") == 6
    assert quiz_lesson.quiz()._repr_html_() == first
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path / "solutions")
    other = quiz_lesson.quiz()._repr_html_()
    boxes = [re.findall(r'<div id="(\w+)"', page) for page in (first, other)]
    assert boxes[0] != boxes[1]
    assert [len(box) for box in boxes] == [1, 1]


def test_without_jupyterquiz_the_plain_quiz_stays(quiz_lesson, shell, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "<script" not in quiz_lesson.quiz()._repr_html_()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([("A", True, "a"), ("B", True, "b")], "needs a right and a wrong choice"),
        ([("A", False, "a"), ("B", False, "b")], "needs a right and a wrong choice"),
        ([], "needs a right and a wrong choice"),
        ([("A", True, "a"), ("A", False, "b")], "offers a choice twice"),
        ([("A", True, "a"), ("B", False, " ")], "does not explain the choice 'B'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(lesson, choices, message):
    made = [(lesson.right if correct else lesson.wrong)(text, why) for text, correct, why in choices]
    with pytest.raises(ValueError, match=message):
        lesson.ask("Which?", *made)


# Sliders


def draw(agents, share=0.5, plan="now"):
    if agents == 13:
        raise ValueError("13 agents bring <bad> luck")
    figure, axes = plt.subplots()
    axes.plot([0, agents], [0, share])
    return figure, f"{agents} agents, plan {plan}"


@pytest.fixture
def explorer(lesson):
    return lesson.explore(
        draw,
        agents=lesson.slider("Agents", 1, 20, start=4),
        share=lesson.slider("Share of calls", 0.0, 1.0, start=0.5, step=0.05, unit="%"),
        plan=lesson.menu("Plan", ["now", "later"]),
    )


def line(explorer):
    return explorer.result[0].axes[0].lines[0].get_xydata().tolist()


def test_an_explorer_starts_with_its_start_values(explorer):
    assert explorer.values == {"agents": 4, "share": 0.5, "plan": "now"}
    assert line(explorer) == [[0, 0], [4, 0.5]]
    assert explorer.result[1] == "4 agents, plan now"


def test_a_slider_that_moves_redraws(explorer):
    explorer.widgets["agents"].value = 9
    explorer.widgets["share"].value = 0.25
    explorer.widgets["plan"].value = "later"
    assert line(explorer) == [[0, 0], [9, 0.25]]
    assert explorer.result[1] == "9 agents, plan later"


def test_sliders_wait_until_they_are_let_go(explorer):
    assert [explorer.widgets[name].continuous_update for name in ("agents", "share")] == [False, False]
    assert explorer.widgets["share"].readout_format == ".0%"
    assert explorer.widgets["agents"].description == "Agents"


def test_values_that_cannot_be_shown_leave_the_figure(explorer):
    explorer.widgets["agents"].value = 13
    assert "13 agents bring <bad> luck" in explorer.problem
    assert line(explorer) == [[0, 0], [4, 0.5]]
    explorer.widgets["agents"].value = 14
    assert explorer.problem == ""
    assert line(explorer) == [[0, 0], [14, 0.5]]


def test_figures_do_not_pile_up(explorer):
    for agents in range(5, 12):
        explorer.widgets["agents"].value = agents
    assert plt.get_fignums() == []


def test_an_explorer_tells_a_reader_without_a_kernel_what_it_shows(explorer, lesson):
    assert repr(explorer) == (
        "Run this cell to move the levers yourself. Start: Agents 4 (1 to 20); "
        "Share of calls 50 % (0 % to 100 %); Plan now (of now, later)."
    )
    lesson.language = "zh"
    assert "可选 now、later" in repr(explorer)


def test_an_explorer_leaves_a_figure_in_the_notebook_and_replaces_it(explorer, shell, lesson):
    from IPython.core.displaypub import CapturingDisplayPublisher

    shell.enable_gui = lambda *_: None
    explorer = lesson.explore(draw, agents=lesson.slider("Agents", 1, 20, start=4))
    shell.display_pub = CapturingDisplayPublisher()
    explorer._ipython_display_()
    sliders, figure, text = shell.display_pub.outputs
    assert "application/vnd.jupyter.widget-view+json" in sliders["data"]
    assert sliders["data"]["text/plain"].startswith("▸ Run this cell")
    assert figure["data"]["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert text["data"] == {"text/plain": "4 agents, plan now"}
    shell.display_pub.outputs.clear()
    explorer.widgets["agents"].value = 5
    changed = [output for output in shell.display_pub.outputs if output["data"].get("text/plain", "").startswith("5")]
    assert [output["data"]["text/plain"] for output in changed] == ["5 agents, plan now"]
    assert [output["transient"] for output in changed] == [text["transient"]]
    assert all(output["update"] for output in changed)


def test_without_widgets_the_figure_is_still_drawn(lesson, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    explorer = lesson.explore(draw, agents=lesson.slider("Agents", 1, 20, start=4))
    assert explorer.widgets == {}
    assert line(explorer) == [[0, 0], [4, 0.5]]


def test_a_function_that_shows_nothing_is_refused(lesson):
    with pytest.raises(ValueError, match="returns nothing to show"):
        lesson.explore(lambda agents: None, agents=lesson.slider("Agents", 1, 2))


@pytest.mark.parametrize(
    "scale",
    [{"low": 2, "high": 1}, {"low": 1, "high": 1}, {"low": 1, "high": 2, "start": 3}, {"low": 1, "high": 2, "step": 0}],
)
def test_a_slider_that_cannot_move_is_refused(lesson, scale):
    with pytest.raises(ValueError, match="it needs low < high, a start between them, and a step above 0"):
        lesson.slider("Agents", **scale)


def test_a_menu_starts_with_one_of_its_options(lesson):
    with pytest.raises(ValueError, match="menu 'Plan' starts at 'x'; it offers"):
        lesson.menu("Plan", ["a", "b"], start="x")


def test_lessons_load_nothing_heavy():
    heavy = ["IPython", "ipywidgets", "matplotlib", "numpy", "pandas"]
    program = f"import sys, sim.lesson; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


ROW = {"estimate": -0.05, "low": -0.06, "high": -0.04}


@pytest.mark.parametrize(
    ("found", "bounds"),
    [
        (0.5, {"at_least": 0.5, "at_most": 0.5}),
        (0.5, {"near": 0.5}),
        (0.52, {"near": 0.5, "within": 0.03}),
        (ROW, {"at_most": -0.04}),
        (ROW, {"near": -0.045}),
        (ROW, {"near": -0.07, "within": 0.02}),
        (pd.Series(ROW), {"at_least": -0.06}),
        (np.bool_(True), {}),
    ],
)
def test_a_claim_that_holds_is_printed_with_its_numbers(found, bounds, capsys):
    Lesson("99").claim("It is so", found, **bounds)
    said = capsys.readouterr().out
    assert said.startswith("✔ It is so")
    assert ("-0.05 (-0.06 to -0.04)" in said) == ("low" in str(found))


@pytest.mark.parametrize(
    ("found", "bounds"),
    [
        (0.5, {"at_least": 0.501}),
        (0.5, {"at_most": 0.499}),
        (0.5, {"near": 0.51}),
        (0.5, {"near": 0.55, "within": 0.04}),
        (ROW, {"at_most": -0.045}),  # the estimate fits, the end of its interval does not
        (ROW, {"at_least": -0.055}),
        (ROW, {"near": -0.03}),
        (ROW, {"near": -0.05, "within": 0.005}),  # too wide an interval to say so
        (ROW, {"near": -0.09, "within": 0.02}),
        ({**ROW, "high": float("nan")}, {"at_least": -1}),
        (float("nan"), {"near": 0.5, "within": 9}),
        (False, {}),
    ],
)
def test_a_claim_that_does_not_hold_stops(found, bounds):
    with pytest.raises(AssertionError, match="this is not so: It is so"):
        Lesson("99").claim("It is so", found, **bounds)


@pytest.mark.parametrize(
    ("found", "bounds", "message"),
    [
        (0.5, {}, "needs a bound"),
        (0.5, {"within": 0.1}, "needs a bound"),
        (True, {"at_least": 1}, "takes no bounds"),
        ({"low": 1, "high": 2}, {"at_least": 0}, "lacks estimate"),
        (ROW, {"at_least": -1, "within": 0.001}, "within belongs to near"),  # it would prove nothing
        (None, {"at_least": 0}, "no number, but a NoneType"),
        (np.array([1.0, 2.0]), {"at_least": 0}, "no number, but a ndarray"),
        (pd.DataFrame([ROW, ROW]), {"at_least": -1}, "no number, but a DataFrame"),
    ],
)
def test_a_claim_that_cannot_be_judged_says_why(found, bounds, message):
    with pytest.raises(ValueError, match=message):
        Lesson("99").claim("It is so", found, **bounds)
