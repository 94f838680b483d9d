"""The quiz at the end of a lesson: every choice, right or wrong, is explained."""

from __future__ import annotations

import importlib.util
import random
import re
import sys
from dataclasses import dataclass

from sim.lesson.words import Text, Voice, as_html


@dataclass(frozen=True)
class Choice:
    """One choice of a question and why it is right or wrong; made by `Lesson.right` and `Lesson.wrong`."""

    text: Text
    correct: bool
    why: Text


@dataclass(frozen=True)
class Question:
    """A question and its choices.

    Raises
    ------
    ValueError
        If no choice is right, none is wrong, one is there twice, or one is not explained.
    """

    text: Text
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        texts = [Voice("en").text(choice.text) for choice in self.choices]
        if {choice.correct for choice in self.choices} != {True, False}:
            raise ValueError(f"question {self.text!r} needs a right and a wrong choice")
        if len(set(texts)) < len(texts):
            raise ValueError(f"question {self.text!r} offers a choice twice: {texts}")
        for choice in self.choices:
            if not Voice("en").text(choice.why).strip():
                raise ValueError(f"question {self.text!r} does not explain the choice {choice.text!r}")


class Quiz:
    """Some questions: to click on in a running notebook, to unfold on a page without a kernel.

    Parameters
    ----------
    questions : list of Question
        What is asked.
    voice : Voice
        In which language.
    key : str
        Tells this quiz from others on the same page.
    """

    def __init__(self, questions: list[Question], voice: Voice, key: str) -> None:
        self.voice, self.key = voice, key
        self.questions = [
            (voice.text(q.text), [(voice.text(c.text), c.correct, voice.text(c.why)) for c in q.choices])
            for q in questions
        ]

    def __repr__(self) -> str:
        asked, answers = [], [self.voice.say("quiz_answers")]
        for number, (question, choices) in enumerate(self.questions, 1):
            asked.append(f"{number}. {question}")
            for letter, (text, correct, why) in zip("abcdefgh", choices, strict=False):
                asked.append(f"   {letter}) {text}")
                answers.append(f"   {number}{letter}) {self._verdict(correct)} {why}")
        return "\n".join([*asked, *answers])

    def _repr_html_(self) -> str:
        parts = []
        for number, (question, choices) in enumerate(self.questions, 1):
            parts.append(f'<p style="margin-top: 1em"><strong>{number}. {as_html(question)}</strong></p>')
            for text, correct, why in choices:
                verdict = f"<strong>{self._verdict(correct)}</strong> {as_html(why)}"
                parts.append(f"<details><summary>{as_html(text)}</summary><p>{verdict}</p></details>")
        return "<div>{}</div>\n{}".format("\n".join(parts), self._clickable())

    def _verdict(self, correct: bool) -> str:
        return self.voice.say("quiz_right" if correct else "quiz_wrong")

    def _clickable(self) -> str:
        """Return jupyterquiz's page for these questions, or "" where there is none.

        Its script hides the plain questions before it. Where scripts do not run they stay.
        """
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if shell is None or not importlib.util.find_spec("jupyterquiz"):
            return ""
        from IPython.utils.capture import capture_output
        from jupyterquiz import display_quiz

        content = [
            {
                "question": question,
                "type": "many_choice" if sum(correct for _, correct, _ in choices) > 1 else "multiple_choice",
                "answers": [
                    {"answer": text, "correct": correct, "feedback": f"{self._verdict(correct)} {why}"}
                    for text, correct, why in choices
                ],
            }
            for question, choices in self.questions
        ]
        # jupyterquiz names its box at random; a notebook that is run again should stay the same.
        before = random.getstate()
        random.seed(self.key)
        try:
            with capture_output() as captured:
                display_quiz(content, colors=COLOURS, border_radius=6, max_width=800)
        finally:
            random.setstate(before)
        page, script = (output.data for output in captured.outputs)
        box = re.findall(r'<div id="(\w+)"', page["text/html"])[0]
        return PAGE.format(box=box, page=page["text/html"], script=script["application/javascript"])


COLOURS = {
    "--jq-multiple-choice-bg": "#34546e",
    "--jq-many-choice-bg": "#34546e",
    "--jq-correct-color": "#009e73",
    "--jq-incorrect-color": "#b34700",
}

# A page may show an output again, and run its script again: a quiz that is there already stays. Without the empty
# MathJax, jupyterquiz would fetch that from the internet.
PAGE = """{page}</div>
<style>
#{box} .Quiz, #{box} .Feedback, #{box} .Answer {{ font-size: 1rem; line-height: 1.35; }}
</style>
<script>
(function start() {{
const box = document.getElementById("{box}");
if (!box) {{ setTimeout(start, 200); return; }}
if (box.dataset.shown) return;
box.dataset.shown = "yes";
box.previousElementSibling.style.display = "none";
var MathJax;
{script}
}})();
</script>"""
