"""Make an nbgrader course of the lessons: hand out, collect, grade.

    python notebooks/source/grading.py FOLDER            a course with every lesson
    python notebooks/source/grading.py FOLDER 00 01      with some

In the folder each lesson becomes an assignment in nbgrader's own layout, and a configuration that knows the marks of
our sources. A check that says "right" is worth a point; the paragraph for the manager is graded by a person. How a
trainer goes on from here is told in ``docs/teaching.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
from build import FOLDER, METADATA, LessonError, chosen
from parts import CLAIM, Cell, is_page, read

POINTS_FOR_THE_PARAGRAPH = 5
YOUR_ANSWER = "*Your answer (double-click to write):*"

CONFIGURATION = f'''"""How nbgrader treats the lessons of the After-Sales Service Workbook."""

c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "after_sales"
# Learners keep the line with the dots, and find this in place of a solution.
c.ClearSolutions.code_stub = {{"python": "# your answer in place of the dots above"}}
c.ClearSolutions.text_stub = "{YOUR_ANSWER}"
c.ExecutePreprocessor.timeout = 300
'''


def graded(cells: list[Cell]) -> Iterator[nbformat.NotebookNode]:
    """Yield the cells of a lesson as nbgrader wants them: solutions, graded checks, and the rest as it is."""
    for cell in cells:
        if cell.left_out or CLAIM in cell.tags:
            continue
        if cell.part == "manager" and "<details>" in cell.text:
            continue  # what a good answer contains is for those who grade
        if cell.part == "manager" and cell.kind == "markdown" and "manager" not in cell.tags:
            yield _made(replace(cell, text=YOUR_ANSWER), POINTS_FOR_THE_PARAGRAPH, solution=True)
        elif not (checks := cell.calls("check")):
            yield _made(cell, solution=cell.has_solution)
        else:
            lines, first = cell.text.splitlines(), checks[-1].lineno - 1
            if first:
                answer = replace(cell, text="\n".join(lines[:first]).rstrip())
                yield _made(answer, solution=cell.has_solution)
            check = "\n".join(lines[first:])
            test = f"{check}\n### BEGIN HIDDEN TESTS\nprint(note := {check})\nassert note.kind == 'right'\n"
            test += "### END HIDDEN TESTS"
            yield _made(replace(cell, text=test, name=f"{cell.name}-check"), points=1)


def _made(cell: Cell, points: int = 0, *, solution: bool = False) -> nbformat.NotebookNode:
    """Return a cell of a notebook with what nbgrader has to know of it."""
    new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    metadata = {}
    if points or solution:
        metadata["nbgrader"] = {
            "grade": points > 0,
            "solution": solution,
            "locked": not solution,
            "task": False,
            "grade_id": cell.name,
            "schema_version": 3,
        }
        if points:
            metadata["nbgrader"]["points"] = points
    return new(cell.text, id=cell.name, metadata=metadata)


def assignment(source: Path) -> nbformat.NotebookNode:
    """Return a lesson as nbgrader's source notebook: complete, with marks, not run."""
    made = nbformat.v4.new_notebook(cells=list(graded(read(source))), metadata=METADATA)
    made.nbformat_minor = 5
    return made


def make_course(folder: Path, sources: list[Path]) -> list[Path]:
    """Write an nbgrader course with some lessons into a folder; return the notebooks that it writes.

    What is there already is left alone: an assignment may have been changed by hand, or been graded.

    Raises
    ------
    LessonError
        If one of the lessons is in the folder already.
    """
    targets = {source: folder / "source" / source.stem / f"{source.stem}.ipynb" for source in sources}
    there = [str(target) for target in targets.values() if target.exists()]
    if there:
        raise LessonError(f"{', '.join(there)} is there already; name another folder, or move it away")
    for source, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(nbformat.writes(assignment(source), version=4) + "\n", encoding="utf-8", newline="\n")
    configuration = folder / "nbgrader_config.py"
    if not configuration.exists():
        configuration.write_text(CONFIGURATION, encoding="utf-8", newline="\n")
    return list(targets.values())


def main(arguments: list[str] | None = None, home: Path = FOLDER) -> int:
    """Make the course and return the exit code."""
    parser = argparse.ArgumentParser(description="Make an nbgrader course of the lessons.")
    parser.add_argument("folder", type=Path, help="where the course will be; made if it is not there")
    parser.add_argument("numbers", nargs="*", metavar="NN", help="which lessons, such as 00 01; by default all")
    options = parser.parse_args(arguments)
    try:
        lessons = [source for source in chosen(home, options.numbers) if not is_page(source)]
        if not lessons:
            raise LessonError(f"there is nothing to grade in {', '.join(options.numbers)}; name lessons, such as 00")
        for path in make_course(options.folder, lessons):
            print(path)
    except LessonError as error:
        print(error)
        return 2
    except OSError as error:
        print(f"the course cannot be written into {options.folder}: {error.strerror}; name another folder")
        return 2
    print(f"\nNext, in {options.folder}: nbgrader generate_assignment {lessons[0].stem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
