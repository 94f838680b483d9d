"""One lesson, as its notebook holds it in the variable ``lesson``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim
from sim.lesson.answers import Unreadable, fold, is_blank, letters, read_number, short, short_error
from sim.lesson.claims import proved
from sim.lesson.explorer import Explorer, Lever
from sim.lesson.judges import Judge, judge_cases, judge_choice, judge_number, judge_test
from sim.lesson.quiz import Choice, Question, Quiz
from sim.lesson.words import Note, Text, Voice, magnitude


@dataclass(frozen=True)
class Exercise:
    """What an exercise asks for, as told to `Lesson.expect`."""

    judge: Judge
    hints: tuple[Text, ...]
    praise: Text


class Lesson:
    """One lesson: its checks, its quiz, and what the learner has answered so far.

    Parameters
    ----------
    number : str
        The two digits that the lesson's files begin with, such as "01".
    source : path, optional
        The lesson's text source. By default it is looked for in the folder ``source`` near the notebook, then
        beside this package. Without one, all but the checks and the quiz still works.
    language : {"en", "zh"}, optional
        The language of the messages; may be set later too. By default Chinese for a notebook in a folder named
        ``zh``, else English: the code cells of a lesson are the same in every language.

    Attributes
    ----------
    exercises : dict of str to Exercise
        What the exercises ask for, by name.
    questions : list of Question
        The quiz.

    Raises
    ------
    ValueError
        If the language is unknown, or a rule in the source makes no sense.

    Examples
    --------
    >>> lesson = Lesson("99")
    >>> lesson.beside("about 2 min", 5.3, "minutes", low=4.9, high=5.7)
    ▸ You guessed 2 minutes; the simulation says 5.3 minutes (95 % interval 4.9 to 5.7). ...
    >>> lesson.expect("99.1", near=0.8, within=0.005, unit="%", hints=["Divide the served by the offered."])
    >>> lesson.check("99.1", ...)
    ○ Exercise 99.1: not answered yet. ...
    >>> lesson.check("99.1", 80)
    ↻ Exercise 99.1: not yet. 80 looks like a percentage. As a number, 80 % is 0.8.
    >>> lesson.check("99.1", 0.7)
    ↻ Exercise 99.1: not yet. 0.7 is too low. Divide the served by the offered.
    >>> lesson.check("99.1", "80 %")
    ✔ Exercise 99.1: right.
    """

    def __init__(self, number: str, source: str | Path | None = None, language: str | None = None) -> None:
        self.number = number
        self.voice = Voice(language or ("zh" if Path.cwd().name == "zh" else "en"))
        self.source = Path(source) if source else find_source(number)
        self.exercises: dict[str, Exercise] = {}
        self.questions: list[Question] = []
        self._kinds: dict[str, str] = {}
        self._attempts: dict[str, list[str]] = {}
        if self.source:
            exec(rules(self.source), {"lesson": self, "sim": sim})

    @property
    def language(self) -> str:
        """The language of the messages, "en" or "zh"."""
        return self.voice.language

    @language.setter
    def language(self, language: str) -> None:
        self.voice.language = language

    def __repr__(self) -> str:
        return repr(self._welcome())

    def _repr_html_(self) -> str:
        return self._welcome()._repr_html_()

    def _welcome(self) -> Note:
        counts = {"exercises": len(self.exercises), "questions": len(self.questions)}
        return Note("note", self.voice.say("ready" if self.source else "no_rules", lesson=self.number, **counts))

    def beside(
        self,
        guess: object,
        result: Any,
        unit: str = "",
        *,
        low: float | None = None,
        high: float | None = None,
        choices: Mapping[str, Text] | None = None,
        by: str = "simulation",
    ) -> Note:
        """Show a guess beside the result, in words. As long as the guess is blank, the result is kept back.

        Parameters
        ----------
        guess : object
            What the learner wrote: a number or words with one in them; for a result in words, a choice.
        result : float or str
            What came out: a number, or the letter of a choice.
        unit : str, optional
            The plural of the result's unit. A guess in words with another unit of time is converted. With "%"
            the result is a share from 0 to 1, and a guess above 1 is taken as a percentage.
        low, high : float, optional
            The result's 95 % interval, in the same unit.
        choices : mapping of str to text, optional
            What each letter stands for, for a result in words.
        by : {"simulation", "data", "formula"}, optional
            Who says so.
        """
        say = self.voice.say
        if is_blank(guess):
            return Note("blank", say("guess_blank"), say("guess_blank_do"))
        if isinstance(result, str):
            return self._choice_beside(guess, result, choices or {}, by)
        try:
            mine = read_number(guess, unit)
        except Unreadable as why:
            return Note("blank", say("guess_unclear"), say(str(why), answer=short(guess)))
        mine = mine / 100 if unit == "%" and mine > 1 else mine
        value, scale, number = float(result), 100 if unit == "%" else 1, self.voice.number
        decimals = None
        if low is not None and high is not None and low < high:
            # As many decimals as the interval's half-width deserves.
            decimals = max(0, -magnitude((high - low) / 2 * scale))
            ends = [number(end, "%" if unit == "%" else "", decimals) for end in (low, high)]
            text = say("interval", result=number(value, unit, decimals), low=ends[0], high=ends[1])
        else:
            text = number(value, unit)
        said = self.voice.join(say("guess", guess=number(mine, unit)), say(by, result=text))
        return Note("note", said, self._distance(mine, value, unit, low, high, decimals))

    def _distance(
        self, guess: float, result: float, unit: str, low: float | None, high: float | None, decimals: int | None
    ) -> str:
        """Say how far a guess is from the result, no more exactly than the result is known."""
        say, number = self.voice.say, self.voice.number
        if not math.isfinite(result):
            return ""
        if low is not None and high is not None and low <= guess <= high:
            return say("inside")
        if abs(guess - result) <= (0.02 if unit == "%" else 0.1 * abs(result)):
            return say("close")
        side = "low" if guess < result else "high"
        less, more = sorted([guess, result])
        if unit == "%":
            return say(f"by_{side}", by=say("points", by=number(100 * (more - less), decimals=0)))
        if less > 0 and more >= 1.5 * less:
            return say(f"factor_{side}", factor=number(float(f"{more / less:.2g}")))
        return say(f"by_{side}", by=number(more - less, unit, decimals))

    def _choice_beside(self, guess: object, result: str, choices: Mapping[str, Text], by: str) -> Note:
        say = self.voice.say
        offered = {fold(letter): letter for letter in [*choices, result]}
        mine = letters(guess)
        if len(mine) != 1 or (choices and mine[0] not in offered):
            why = say("no_choice", answer=short(guess), choices=self.voice.series(offered.values()))
            return Note("blank", say("guess_unclear"), why)

        def name(letter: str) -> str:
            letter = offered.get(letter, letter)
            return f"{letter} ({self.voice.text(choices[letter])})" if letter in choices else letter

        said = self.voice.join(say("guess", guess=name(mine[0])), say(by, result=name(fold(result))))
        return Note("note", said, say("same" if mine[0] == fold(result) else "other"))

    def check(self, exercise: str, answer: object) -> Note:
        """Say whether an answer is right, not yet right (with a hint), or not given yet.

        Every new wrong answer brings the next hint; after the last, the note points to the solutions.

        Parameters
        ----------
        exercise : str
            The exercise's name, such as "1.2".
        answer : object
            Whatever the learner made of it. Nothing makes the check fail.

        Raises
        ------
        ValueError
            If the lesson has no such exercise.
        """
        say = self.voice.say
        if not self.exercises:
            return Note("note", say("no_rules", lesson=self.number))
        if exercise not in self.exercises:
            raise ValueError(f"exercise is {exercise!r}; this lesson has {', '.join(self.exercises)}")
        asked = self.exercises[exercise]
        kind, text = "blank", ""
        if not is_blank(answer):
            try:
                kind, text = asked.judge(answer)
            except Exception as error:
                kind, text = "slip", say("unusable", answer=short(answer), error=short_error(error))
        if kind == "right":
            text = self.voice.join(text, self.voice.text(asked.praise))
        elif kind == "blank":
            text = say("blank_do")
        elif kind == "not_yet":
            text = self.voice.join(text, self._hint(exercise, asked.hints, f"{short(answer)} {text}"))
        self._kinds[exercise] = kind = "not_yet" if kind == "slip" else kind
        return Note(kind, say(kind, exercise=exercise), text)

    def _hint(self, exercise: str, hints: tuple[Text, ...], attempt: str) -> str:
        """Return the next hint for a new wrong answer, and the same again for one that was there before."""
        attempts = self._attempts.setdefault(exercise, [])
        if attempt not in attempts:
            attempts.append(attempt)
        hint = self.voice.text(hints[min(len(attempts), len(hints)) - 1]) if hints else ""
        stuck = len(attempts) > max(len(hints), 1)
        return self.voice.join(hint, self.voice.say("see_solution") if stuck else "")

    def given(self, answer: Any, otherwise: Any, low: float = -math.inf, high: float = math.inf) -> Any:
        """Return an answer that the next lines can work with, or else the value given here.

        Parameters
        ----------
        answer : object
            What the learner wrote.
        otherwise : object
            Stands in for a blank, and for an answer of another kind than this: another type or, for a number,
            one that cannot be read or lies outside the bounds. If it is a whole number, answers are rounded.
        low, high : float, optional
            Bounds of a number.

        Examples
        --------
        >>> lesson = Lesson("99")
        >>> lesson.given(..., 10), lesson.given("12 agents", 10), lesson.given(-3, 10, low=1)
        (10, 12, 10)
        """
        if isinstance(otherwise, int | float) and not isinstance(otherwise, bool):
            try:
                number = read_number(answer)
            except Unreadable:
                return otherwise
            number = round(number) if isinstance(otherwise, int) else number
            return number if low <= number <= high else otherwise
        fits = callable(answer) if callable(otherwise) else isinstance(answer, type(otherwise))
        return answer if fits and not is_blank(answer) else otherwise

    def progress(self) -> Note:
        """Say how many exercises are right so far, and which are open."""
        still = [name for name in self.exercises if self._kinds.get(name) != "right"]
        count = {"right": len(self.exercises) - len(still), "all": len(self.exercises)}
        rest = self.voice.say("open", names=self.voice.series(still)) if still else self.voice.say("all_done")
        return Note("note" if still else "right", self.voice.say("progress", **count), rest)

    def claim(
        self,
        statement: str,
        found: Any,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        near: float | None = None,
        within: float | None = None,
    ) -> None:
        """Prove a statement that the lesson makes, and print it with its numbers. For authors.

        Such cells are tagged ``claim``; the complete copy keeps them, the learner's does not.

        Parameters
        ----------
        statement : str
            What the lesson says.
        found : bool, float, or row with ``estimate``, ``low`` and ``high``
            What came out. Of an estimate the whole interval must fit; a truth value takes no bounds.
        at_least, at_most : float, optional
            Bounds, both included.
        near : float, optional
            A number that the interval must hold.
        within : float, optional
            The interval may miss `near` by so much, and may be no wider than twice this.

        Raises
        ------
        AssertionError
            If the statement does not hold.
        ValueError
            If there is nothing to compare.

        Examples
        --------
        >>> Lesson("99").claim("Two agents more do it", {"estimate": 0.021, "low": 0.018, "high": 0.024}, at_most=0.03)
        ✔ Two agents more do it: 0.021 (0.018 to 0.024)
        """
        print(proved(statement, found, at_least=at_least, at_most=at_most, near=near, within=within))

    def quiz(self) -> Quiz:
        """Ask the lesson's quiz questions; as a cell's last line it shows them."""
        # A lesson and its solution may be open side by side: the folder's name keeps their quizzes apart.
        return Quiz(self.questions, self.voice, key=f"{self.number} in {Path.cwd().name}")

    def explore(self, function: Callable[..., Any], **levers: Lever) -> Explorer:
        """Show what a function draws, with a slider or a menu for each of its arguments.

        Parameters
        ----------
        function : callable
            Takes a value for each lever, by name, and returns what to show: a figure (or axes), a table, a
            text, a `Note`, or a tuple of these that is always as long.
        **levers : Lever
            For each argument a `Lesson.slider` or `Lesson.menu`.

        Returns
        -------
        Explorer
            As a cell's last line it shows sliders and figure. A page without a kernel keeps the figure for the
            start values.
        """
        return Explorer(function, levers, self.voice)

    @staticmethod
    def slider(
        label: Text, low: float, high: float, start: float | None = None, step: float = 1, unit: str = ""
    ) -> Lever:
        """Return a lever for a number from ``low`` to ``high``; with the unit "%" for a share, shown in percent."""
        return Lever(label, low if start is None else start, low, high, step, unit)

    @staticmethod
    def menu(label: Text, options: Sequence[Any], start: Any = None) -> Lever:
        """Return a lever that picks one of some options: the first, unless ``start`` names another."""
        return Lever(label, options[0] if start is None else start, options=tuple(options))

    def expect(
        self,
        exercise: str,
        *,
        near: float | Callable[[], float] | None = None,
        within: float = 0.0,
        unit: str = "",
        mistakes: Mapping[float, Text] | None = None,
        choice: str | Iterable[str] | None = None,
        choices: Mapping[str, Text] | None = None,
        cases: Sequence[tuple[tuple[Any, ...], Any]] | None = None,
        test: Callable[[Any], Any] | None = None,
        wants: Text = "",
        hints: Text | Sequence[Text] = (),
        praise: Text = "",
    ) -> None:
        """Say what an exercise asks for: a number, a choice, a function, or whatever a test accepts.

        For authors, in cells tagged ``rules``. One of `near`, `choice`, `cases` and `test` is needed.

        Parameters
        ----------
        exercise : str
            The exercise's name, such as "1.2".
        near : float or callable
            The right number, or a function that computes it when it is needed; an answer is right ``within`` so
            far of it. With the unit "%" it is a share from 0 to 1. A percentage instead of a share, the wrong
            unit of time, and the complement of a share are recognised without being listed.
        within : float, optional
            How far a number may be from the right one.
        unit : str, optional
            The plural of the number's unit, or "%".
        mistakes : mapping of float to text, optional
            Numbers that a likely mistake leads to, and what to say then.
        choice : str or iterable of str
            The right letter, or all right letters.
        choices : mapping of str to text
            For every letter on offer, why it is right or wrong.
        cases : sequence of (arguments, result)
            What a function that the learner writes must return, numbers ``within`` so far.
        test : callable
            Takes the answer and returns True, False, a text that says what is missing, a pair of a truth value
            and a text, or ``...`` if the answer turns out to be blank.
        wants : text, optional
            What kind of answer the test can work with, such as "a scenario": said when it stops with an error.
        hints : text or sequence of text, optional
            Shown one by one, the next for every new wrong answer.
        praise : text, optional
            Shown with a right answer: why it is right, or what it means.

        Raises
        ------
        ValueError
            If not exactly one kind of answer is named, or the letters do not fit.
        """
        judges: dict[str, Judge] = {}
        if near is not None:
            judges["near"] = judge_number(self.voice, near, within, unit, mistakes)
        if choice is not None:
            right, offered = [choice] if isinstance(choice, str) else list(choice), choices or {}
            if not right or not set(right) < set(offered):
                raise ValueError(
                    f"exercise {exercise} calls {right} right among the choices {list(offered)}; "
                    "every right letter must be among them, and at least one wrong letter"
                )
            judges["choice"] = judge_choice(self.voice, right, offered)
        if cases is not None:
            judges["cases"] = judge_cases(self.voice, cases, within)
        if test is not None:
            judges["test"] = judge_test(self.voice, test, wants)
        if len(judges) != 1:
            found = " and ".join(judges) or "none of them"
            raise ValueError(f"exercise {exercise} needs one of near, choice, cases, test; it has {found}")
        steps = (hints,) if isinstance(hints, str | Mapping) else tuple(hints)
        self.exercises[exercise] = Exercise(next(iter(judges.values())), steps, praise)

    def ask(self, question: Text, *choices: Choice) -> None:
        """Add a question to the quiz, with choices made by `Lesson.right` and `Lesson.wrong`. For authors."""
        self.questions.append(Question(question, choices))

    @staticmethod
    def right(text: Text, why: Text) -> Choice:
        """Return a right choice of a quiz question, and why it is right."""
        return Choice(text, True, why)

    @staticmethod
    def wrong(text: Text, why: Text) -> Choice:
        """Return a wrong choice of a quiz question, and why it is wrong."""
        return Choice(text, False, why)


def find_source(number: str) -> Path | None:
    """Return the text source of a lesson, looked for near the notebook and beside this package."""
    here, package = Path.cwd(), Path(__file__).resolve().parents[1]
    for folder in (here, here.parent, here / "notebooks", package.parent / "notebooks"):
        for source in sorted((folder / "source").glob(f"{number}_*.py")):
            return source
    return None


def rules(source: Path) -> Any:
    """Return the cells tagged ``rules`` of a text source, compiled, each line where it stands in the file."""
    lines, keep = [], False
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# %%"):
            keep = re.search(r'tags=\[[^\]]*"rules"', line) is not None
        lines.append(line if keep else "")
    return compile("\n".join(lines), str(source), "exec")
