"""What a learner meets in a lesson besides the simulator: guesses, checks, a quiz and sliders.

A lesson's notebook begins with ``lesson = Lesson("01")``. From then on the learner writes guesses and answers
into variables and hands them over:

- ``lesson.beside(my_guess, wait)`` shows a guess beside the result;
- ``lesson.check("1.2", my_answer)`` says right, not yet (with a hint), or not answered yet;
- ``lesson.given(my_answer, 10)`` is the answer if it can be used, else 10, so that a blank stops nothing;
- ``lesson.explore(draw, agents=...)`` redraws a figure when a slider moves;
- ``lesson.quiz()`` asks the lesson's questions and explains every choice;
- ``lesson.progress()`` says which exercises are right so far.

None of these fails on what a learner may write: a blank (``...``), "about 5 min", "80 %", full-width digits, NaN,
a function that stops with an error. Each says in words what it made of it.

What is right, the hints and the quiz stand in the lesson's text source, ``notebooks/source/NN_*.py``, in cells
tagged ``rules`` that the notebooks leave out (`Lesson.expect`, `Lesson.ask`). A learner does not stumble over the
answers; who looks for them will find them.
"""

from sim.languages import LANGUAGES
from sim.lesson.explorer import Explorer, Lever
from sim.lesson.lesson import Lesson
from sim.lesson.quiz import Choice, Question, Quiz
from sim.lesson.words import Note, Text

__all__ = ["LANGUAGES", "Choice", "Explorer", "Lesson", "Lever", "Note", "Question", "Quiz", "Text"]
