"""The builder: what becomes of a source, and that a lesson that fails changes nothing."""

import json
import shutil

import build
import nbformat
import parts
import pytest

CODE = """\
# %%
def mean(waits):
    total = ...  # minutes
    ### BEGIN SOLUTION
    total = sum(waits)
    ### END SOLUTION
    return total


low = ...
high = ...
### BEGIN SOLUTION
low, high = 1, 2
### END SOLUTION
if low:
    ...  # print it
    ### BEGIN SOLUTION
    print(low)
    ### END SOLUTION
"""


def code_of(cells):
    return [cell.text for cell in cells if cell.kind == "code"]


def test_learners_find_blanks_in_place_of_solutions(write):
    assert code_of(parts.learner(parts.read(write(CODE)))) == [
        "def mean(waits):\n    total = ...  # minutes\n    return total\n\n\n"
        "low = ...\nhigh = ...\nif low:\n    ...  # print it"
    ]


def test_solutions_hold_neither_marks_nor_blanks(write):
    assert code_of(parts.solution(parts.read(write(CODE)), "90_twice_as_fast")) == [
        "def mean(waits):\n    total = sum(waits)\n    return total\n\n\nlow, high = 1, 2\nif low:\n    print(low)"
    ]


def test_rules_and_notes_stay_in_the_source(write, template):
    source = write(template)
    assert "lesson.expect" in template
    for made in build.notebooks(source).values():
        text = nbformat.writes(made)
        for secret in ("lesson.expect", "lesson.ask", "The skeleton of a lesson", "BEGIN SOLUTION"):
            assert secret not in text


def test_both_copies_have_the_same_cells_with_the_same_names(write, template):
    mine, complete = build.notebooks(write(template)).values()
    shared = [cell for cell in complete.cells if "claim" not in cell.metadata.get("tags", ())]
    assert [(cell.id, cell.cell_type) for cell in mine.cells] == [(cell.id, cell.cell_type) for cell in shared]
    different = [a.id for a, b in zip(mine.cells, shared, strict=True) if a.source != b.source]
    with_solution = [cell.name for cell in parts.read(write(template)) if cell.has_solution]
    assert different == ["90-title-1", *with_solution]


def test_claims_are_in_the_complete_copy_only(write, template):
    mine, complete = build.notebooks(write(template)).values()
    assert [cell.id for cell in mine.cells if "lesson.claim" in cell.source] == []
    claims = [cell.id for cell in complete.cells if "lesson.claim" in cell.source]
    assert claims == ["90-explain1-3-claim1", "90-explain2-2-claim1"]


@pytest.mark.parametrize(
    ("link", "from_solutions"),
    [
        ("[next](91_next.ipynb)", "[next](91_next.ipynb)"),
        ("[it](solutions/90_twice_as_fast.ipynb)", "[it](90_twice_as_fast.ipynb)"),
        ("[doc](../docs/model.md#queues)", "[doc](../../docs/model.md#queues)"),
        ("![](images/desk.png)", "![](../images/desk.png)"),
        ('<img src="images/desk.png">', '<img src="../images/desk.png">'),
        ("[web](https://example.org/a.html)", "[web](https://example.org/a.html)"),
        ("[mail](mailto:a@example.org)", "[mail](mailto:a@example.org)"),
        ("[here](#run)", "[here](#run)"),
    ],
)
def test_links_lead_to_the_same_place_from_both_folders(write, link, from_solutions):
    source = write(f"# %% [markdown]\n# See {link}.\n")
    mine, complete = build.notebooks(source).values()
    assert mine.cells[0].source == f"See {link}."
    assert complete.cells[0].source == f"See {from_solutions}."


def test_a_solution_leads_back_to_the_lesson(write, template):
    mine, complete = build.notebooks(write(template)).values()
    assert "(../90_twice_as_fast.ipynb)" in complete.cells[0].source
    assert "90_twice_as_fast.ipynb" not in mine.cells[0].source


def test_a_built_lesson_is_as_its_source_says(built):
    assert build.differences(built / "source" / "90_twice_as_fast.py") == []
    assert build.strays(built) == []
    assert build.main(["--check"], built) == 0


@pytest.mark.parametrize("path", ["90_twice_as_fast.ipynb", "solutions/90_twice_as_fast.ipynb"])
def test_a_built_notebook_holds_nothing_that_changes_by_itself(built, path):
    text = (built / path).read_text(encoding="utf-8")
    made = json.loads(text)
    assert made["metadata"]["language_info"] == {"name": "python"}
    assert set(made["metadata"]) == {"kernelspec", "language_info"}
    assert "widget-view" not in text
    assert str(built) not in text
    for cell in made["cells"]:
        assert set(cell["metadata"]) <= {"tags"}
    nbformat.validate(nbformat.from_dict(made))


def test_learners_see_no_result_before_they_guess_and_no_answer(built):
    made = nbformat.read(built / "90_twice_as_fast.ipynb", as_version=4)
    shown = {cell.id: cell.outputs for cell in made.cells if cell.cell_type == "code"}
    assert shown["90-run1-2"][0].data["text/plain"].startswith("○ Your guess is still blank.")
    assert shown["90-exercise1-3"][0].data["text/plain"].startswith("○ Exercise 90.1: not answered yet.")


def test_a_page_without_a_kernel_keeps_the_explorers_figure(built):
    made = nbformat.read(built / "90_twice_as_fast.ipynb", as_version=4)
    outputs = next(cell.outputs for cell in made.cells if cell.id == "90-explorer-2")
    assert outputs[0].data["text/plain"].startswith("▸ Run this cell to move the levers yourself.")
    assert "image/png" in outputs[1].data


def tamper(folder, path, change):
    """Change a notebook in a folder."""
    made = nbformat.read(folder / path, as_version=4)
    change(made)
    nbformat.write(made, folder / path)


def code_cells(made):
    return [cell for cell in made.cells if cell.cell_type == "code"]


def clear(made):
    for cell in code_cells(made):
        cell.outputs, cell.execution_count = [], None


def fail(made):
    code_cells(made)[0].outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]


def warn(made):
    code_cells(made)[0].outputs = [nbformat.v4.new_output("stream", name="stderr", text="UserWarning: no")]


def address(made):
    code_cells(made)[0].outputs = [nbformat.v4.new_output("stream", text="<Axes at 0x7f00aa>")]


def here(made):
    code_cells(made)[0].outputs = [nbformat.v4.new_output("stream", text=f"{build.FOLDER.parent}/sim")]


def bar(made):
    text = " 70%|#######   | 7/10 [00:01<00:00,  6.21run/s]"
    code_cells(made)[0].outputs = [nbformat.v4.new_output("display_data", data={"text/plain": text})]


def widget(made):
    code_cells(made)[0].outputs = [nbformat.v4.new_output("display_data", data={build.WIDGET: {}})]


def figures(made):
    for cell in code_cells(made):
        cell.outputs = [output for output in cell.outputs if "image/png" not in output.get("data", {})]


def unanswered(made):
    for cell in code_cells(made):
        if "check(" in cell.source:
            cell.outputs = []


@pytest.mark.parametrize("path", ["90_twice_as_fast.ipynb", "solutions/90_twice_as_fast.ipynb"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda made: made.cells[3].update(source="Other."), "90-story-2 differs"),
        (lambda made: made.cells[1].metadata.update(tags=[]), "90-setup-1 differs"),
        (lambda made: made.cells.pop(), "other cells"),
        (lambda made: made.cells[5].update(id="abc"), "other cells"),
        (lambda made: made.metadata.update(title="x"), "metadata"),
        (clear, "has not been run"),
        (fail, "stopped with ValueError: no"),
        (warn, "gives the warning 'UserWarning: no'"),
        (address, "an object's address"),
        (here, "a folder of this machine"),
        (bar, "shows a progress bar"),
        (widget, "holds a widget"),
        (figures, "90-predict2-1: this round shows no figure"),
        (unanswered, "and says nothing"),
    ],
)
def test_a_notebook_that_differs_from_its_source_is_found(built, tmp_path, capsys, path, change, message):
    folder = tmp_path / "notebooks"
    shutil.copytree(built, folder)
    tamper(folder, path, change)
    found = build.differences(folder / "source" / "90_twice_as_fast.py")
    assert any(problem.startswith(path) and message in problem for problem in found), found
    assert build.main(["90", "--check"], folder) == 1
    assert message in capsys.readouterr().out


def test_missing_broken_and_stray_notebooks_are_found(built, tmp_path, capsys):
    folder = tmp_path / "notebooks"
    shutil.copytree(built, folder)
    (folder / "90_twice_as_fast.ipynb").unlink()
    (folder / "solutions" / "90_twice_as_fast.ipynb").write_text("{ <<<<<<<", encoding="utf-8")
    (folder / "solutions" / "89_old.ipynb").write_text("{}", encoding="utf-8")
    assert build.main(["--check"], folder) == 1
    said = capsys.readouterr().out
    for words in (
        "90_twice_as_fast.ipynb: is missing",
        "cannot be read",
        "89_old.ipynb: no source makes this notebook",
    ):
        assert words in said


def test_an_unknown_lesson_is_named(built, capsys):
    assert build.main(["12"], built) == 2
    assert "there is no lesson or page '12'; there are 90" in capsys.readouterr().out


PAGE = """# %% [markdown]
# # The way through the course
#
# Begin with [the first lesson](90_twice_as_fast.ipynb).

# %%
40 + 2
"""


@pytest.fixture
def with_page(built, tmp_path):
    """A copy of the folder with the built lesson, and the source of a page in it."""
    folder = tmp_path / "notebooks"
    shutil.copytree(built, folder)
    (folder / "source" / "pages").mkdir()
    (folder / "source" / "pages" / "course.py").write_text(PAGE, encoding="utf-8")
    return folder


def test_a_page_is_one_notebook_that_has_been_run(with_page, capsys):
    assert build.main(["course"], with_page) == 0
    assert not (with_page / "solutions" / "course.ipynb").exists()
    made = nbformat.read(with_page / "course.ipynb", as_version=4)
    assert [cell.id for cell in made.cells] == ["course-start-1", "course-start-2"]
    assert made.cells[1].outputs[0].data["text/plain"] == "42"
    assert build.strays(with_page) == []
    assert build.main(["--check"], with_page) == 0
    made.cells[1].source = "40 + 3"
    nbformat.write(made, with_page / "course.ipynb")
    assert build.main(["course", "--check"], with_page) == 1
    assert "course-start-2 differs from the source" in capsys.readouterr().out


def test_a_page_with_a_link_that_leads_nowhere_is_named(with_page, capsys):
    source = with_page / "source" / "pages" / "course.py"
    source.write_text(source.read_text(encoding="utf-8").replace("90_twice", "91_twice"), encoding="utf-8")
    assert build.main(["course"], with_page) == 1
    assert "the link to 91_twice_as_fast.ipynb leads nowhere" in capsys.readouterr().out


def test_a_lesson_may_link_to_a_page(with_page, template):
    source = with_page / "source" / "90_twice_as_fast.py"
    source.write_text(template.replace("nothing but curiosity", "[the way](course.ipynb)"), encoding="utf-8")
    assert parts.template_problems(source) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("halve the wait?", "halve the wait", "title: the first line must be a question"),
        ("wait, low, high = mean_wait(5)", "wait, low, high = mean_wait(my_wait)", "with blank answers, 90-run1-2"),
        ("longest_call = 3.52", "longest_call = 352", "with its solutions, 90-exercise1-3: the check should say ✔"),
    ],
)
def test_a_lesson_that_fails_leaves_the_old_notebooks(built, tmp_path, capsys, old, new, message):
    folder = tmp_path / "notebooks"
    shutil.copytree(built, folder)
    source = folder / "source" / "90_twice_as_fast.py"
    text = source.read_text(encoding="utf-8")
    assert old in text
    source.write_text(text.replace(old, new), encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    assert build.main([], folder) == 1
    assert message in capsys.readouterr().out
    assert {path: path.read_bytes() for path in folder.rglob("*.ipynb")} == before
    assert not list(folder.rglob("*.draft"))
