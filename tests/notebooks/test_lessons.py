"""The lessons as they are kept: as their sources say, run, and unharmed by any answer."""

import ast
import copy
import json
import re

import build
import nbformat
import parts
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

LESSONS = build.sources(build.FOLDER)
each_lesson = pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.stem)

# What a learner may write where a number, a choice, a scenario or a function is asked for.
ANSWERS = [
    *["None", "True", "-1", "0", "1.5", "10**12", "float('nan')", "float('inf')", "3 + 4j"],
    *["''", "'five'", "'5 min'", "'８０ %'", "'{'", "[]", "{}", "[1, ...]", "object()", "print", "lambda *_: 1 / 0"],
]


def test_there_are_lessons():
    assert LESSONS
    assert build.strays(build.FOLDER) == []


@pytest.mark.parametrize("source", build.pages(build.FOLDER), ids=lambda source: source.stem)
def test_a_page_is_as_its_source_says(source):
    assert parts.template_problems(source) == []
    assert build.differences(source) == []


@each_lesson
def test_a_lesson_has_all_its_parts(source):
    assert parts.template_problems(source) == []


@each_lesson
def test_the_explorer_leads_on_to_the_studio(source):
    texts = [cell.text for cell in parts.read(source) if cell.part == "explorer" and cell.kind == "markdown"]
    assert "](studio.ipynb)" in "".join(texts)


@each_lesson
def test_notebooks_are_as_their_source_says(source):
    assert build.differences(source) == []


@each_lesson
@pytest.mark.parametrize("folder", [".", "solutions"])
def test_every_code_cell_has_been_run_in_order(source, folder):
    # Read without the builder: nbval compares nothing in a notebook that has not been run.
    made = json.loads((build.FOLDER / folder / f"{source.stem}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell["outputs"] if output["output_type"] == "error"]
    assert sum(len(cell["outputs"]) for cell in code) > len(code) / 2


def names_in(tree, context):
    """Return the names that some code reads (ast.Load) or makes (ast.Store)."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return names


def reach(cells, first):
    """Return what a change of one cell can reach: positions of later cells, with the lines that it reaches there."""
    reached, found = names_in(ast.parse(cells[first].source), ast.Store), []
    for position in range(first + 1, len(cells)):
        lines = []
        for statement in ast.parse(cells[position].source).body:
            if names_in(statement, ast.Load) & reached:
                lines.append(ast.unparse(statement))
                reached |= names_in(statement, ast.Store)
        if lines:
            found.append((position, "\n".join(lines)))
    return found


def with_answer(code, answer):
    """Return a cell with an answer in each of its blanks."""
    lines = [
        re.sub(r"\.\.\.(\s*#.*)?$", lambda _: answer, line) if parts.BLANK.match(line) else line
        for line in code.splitlines()
    ]
    return "\n".join(lines)


def harm(made, folder, answers=ANSWERS):
    """Return which answers stop which cell of a learner's notebook, and how.

    The notebook is run once; then each cell with a blank is run with each answer, and with it all lines that what
    it makes can reach.
    """
    places = [place for place, cell in enumerate(made.cells) if cell.cell_type == "code"]
    cells = [made.cells[place] for place in places]
    client = NotebookClient(
        copy.deepcopy(made),
        timeout=120,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    )
    found = []
    with client.setup_kernel():
        for place, cell in zip(places, cells, strict=True):
            client.execute_cell(copy.deepcopy(cell), place)
        for first, cell in enumerate(cells):
            # The blank comes last, so that the next cell's answers meet what they would meet in the lesson.
            for answer in [*answers, "..."] if with_answer(cell.source, "0") != cell.source else ():
                for position, code in [(first, with_answer(cell.source, answer)), *reach(cells, first)]:
                    tried = nbformat.v4.new_code_cell(code, id=cells[position].id)
                    try:
                        client.execute_cell(tried, places[position])
                    except CellExecutionError as error:
                        found.append(f"{answer} in {cell.id} stops {tried.id}: {error.ename}: {error.evalue}")
    return found


@each_lesson
def test_no_answer_stops_a_lesson(source):
    learners, _ = build.notebooks(source).values()
    assert harm(learners, build.FOLDER) == []


@pytest.fixture
def small(tmp_path):
    """A function small(code, ...): a notebook with these cells."""

    def make(*codes):
        return nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code, id=f"c{n}") for n, code in enumerate(codes)]
        )

    return make


def test_an_answer_that_stops_a_cell_is_found(small, tmp_path):
    made = small(
        "answer = ...  # minutes", "other = 1", "twice = answer if answer is ... else answer * 2", "str(twice)[0]"
    )
    assert harm(made, tmp_path, ["None", "4", "''"]) == [
        "None in c0 stops c2: TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'",
        "'' in c0 stops c3: IndexError: string index out of range",
    ]


def test_answers_reach_functions_and_what_is_made_with_them(small):
    cells = small(
        "def mine(x):\n    part = ...\n    return part",
        "unmoved = 1",
        "slow = unmoved\na = [mine(n) for n in (1, 2)]\nlesson.check('1.1', mine)",
        "b = slow",
        "max(a)",
    ).cells
    assert reach(cells, 0) == [(2, "a = [mine(n) for n in (1, 2)]\nlesson.check('1.1', mine)"), (4, "max(a)")]
    assert reach(cells, 3) == []


def test_an_answer_takes_the_place_of_every_blank():
    assert with_answer("def mine(x):\n    part = ...\n    return part", "print") == (
        "def mine(x):\n    part = print\n    return part"
    )
    assert with_answer("answer = ...  # minutes\nother = 1", "5") == "answer = 5\nother = 1"
