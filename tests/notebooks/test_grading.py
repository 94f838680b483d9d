"""Hand out, collect, grade: a lesson makes the round through nbgrader, and the marks are those that answers earn."""

import os
import subprocess
import sys
from pathlib import Path

import grading
import nbformat
import pytest
from build import FOLDER, sources

NAME = "01_why_do_customers_wait"

# What two learners write: everything right; one answer right, one wrong, and the rest blank.
ANSWERS = {
    "anna": {
        "my_agents = ...": "my_agents = 14",
        "my_choice = ...": "my_choice = 'c'",
        "            ...\n            # your answer in place of the dots above\n        else": (
            "            told.append('served')\n            yield env.timeout(handle_minutes)\n        else"
        ),
        "        else:\n            ...": "        else:\n            told.append('hung up')",
        grading.YOUR_ANSWER: "Half of his callers wait already.",
    },
    "ben": {"my_agents = ...": "my_agents = 11", "my_choice = ...": "my_choice = 'c'"},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with lesson 01, handed out, answered by two learners, collected, graded, and given back."""
    pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e '.[grade]'")
    folder = tmp_path_factory.mktemp("course")
    assert grading.main([str(folder), "01"]) == 0

    def nbgrader(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder,
            # nbgrader starts alembic by its name.
            env=os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("generate_assignment", NAME)
    for learner, answers in ANSWERS.items():
        mine = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
        for old, new in answers.items():
            assert any(old in cell.source for cell in mine.cells), old
            for cell in mine.cells:
                cell.source = cell.source.replace(old, new)
        target = folder / "submitted" / learner / NAME / f"{NAME}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(mine, target)
    nbgrader("autograde", NAME)
    nbgrader("generate_feedback", NAME)
    return folder


def test_what_is_handed_out_holds_blanks_and_no_answers(course):
    made = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in made.cells)
    assert "my_agents = ...\n# your answer in place of the dots above" in text
    for secret in ("my_agents = 14", "BEGIN", "HIDDEN", "assert", "lesson.claim", "lesson.expect", "<details>"):
        assert secret not in text
    assert all(not cell.get("outputs") for cell in made.cells)


def test_each_right_answer_earns_its_point_and_no_other(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        earned, by_hand, most = {}, {}, set()
        for submission in book.assignment_submissions(NAME):
            grades = submission.notebooks[0].grades
            earned[submission.student.id] = [grade.auto_score for grade in grades if grade.max_score == 1]
            by_hand[submission.student.id] = submission.needs_manual_grade
            most.add(submission.max_score)
    assert {learner: sum(points) for learner, points in earned.items()} == {"anna": 3, "ben": 1}
    assert by_hand == {"anna": True, "ben": False}  # an empty paragraph needs no reader
    assert most == {3 + grading.POINTS_FOR_THE_PARAGRAPH}


def test_learners_get_a_page_with_their_points(course):
    page = (course / "feedback" / "anna" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "Exercise 1.1: right." in page
    assert "Exercise 1.1: not yet." in (course / "feedback" / "ben" / NAME / f"{NAME}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", sources(FOLDER), ids=lambda source: source.stem)
def test_every_lesson_can_be_graded(source):
    made = grading.assignment(source)
    nbformat.validate(made)
    marked = [cell.metadata["nbgrader"] for cell in made.cells if "nbgrader" in cell.metadata]
    assert len({cell["grade_id"] for cell in marked}) == len(marked)
    points = [cell["points"] for cell in marked if cell["grade"]]
    assert sorted(points)[-1] == grading.POINTS_FOR_THE_PARAGRAPH
    assert points.count(1) in (2, 3)
    for cell in made.cells:
        if "BEGIN SOLUTION" in cell.source:
            assert cell.metadata["nbgrader"]["solution"]
        assert "lesson.check(" not in cell.source or cell.metadata["nbgrader"]["grade"]


def test_a_course_that_is_there_is_left_alone(tmp_path, capsys):
    assert grading.main([str(tmp_path), "00"]) == 0
    made = next(tmp_path.rglob("*.ipynb"))
    made.write_text("changed by hand", encoding="utf-8")
    assert grading.main([str(tmp_path), "00"]) == 2
    assert "is there already" in capsys.readouterr().out
    assert made.read_text(encoding="utf-8") == "changed by hand"
    assert grading.main([str(tmp_path), "77"]) == 2
    assert "there is no lesson or page '77'" in capsys.readouterr().out


def test_what_cannot_be_made_a_course_is_told(tmp_path, capsys):
    assert grading.main([str(tmp_path), "studio"]) == 2
    assert "nothing to grade in studio" in capsys.readouterr().out
    (tmp_path / "notes.txt").touch()
    assert grading.main([str(tmp_path / "notes.txt"), "00"]) == 2
    assert "name another folder" in capsys.readouterr().out
