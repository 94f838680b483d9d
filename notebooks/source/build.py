"""Build the lessons' notebooks from the text sources in this folder.

    python notebooks/source/build.py            build every lesson and page
    python notebooks/source/build.py 00 course  build some
    python notebooks/source/build.py --check    compare the notebooks with their sources, without running them

Each source ``NN_slug.py`` becomes two notebooks, both run: ``notebooks/NN_slug.ipynb`` for learners, answers blank,
and ``notebooks/solutions/NN_slug.ipynb``, complete. Pages that are no lessons, in the folder ``pages``, become one
notebook each. What does not fit the template, or fails when it is run, leaves the old notebooks as they were. How to
write a source is told in ``docs/lessons.md``.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from parts import Cell, home, is_page, learner, read, solution, template_problems

FOLDER = Path(__file__).resolve().parents[1]

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"


class LessonError(Exception):
    """A lesson cannot be built; the text says why, a line for each problem."""


def notebook(cells: Iterable[Cell]) -> nbformat.NotebookNode:
    """Return a notebook, not yet run, with names for cells that do not change from build to build."""
    made = nbformat.v4.new_notebook(metadata=METADATA)
    made.nbformat_minor = 5
    for cell in cells:
        new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
        tags = list(cell.tags)
        if cell.calls("quiz"):
            # The page that jupyterquiz writes changes with its version. The unit tests look at the quiz.
            tags.append("nbval-ignore-output")
        made.cells.append(new(cell.text, id=cell.name, metadata={"tags": tags} if tags else {}))
    return made


def notebooks(source: Path) -> dict[str, nbformat.NotebookNode]:
    """Return the notebooks of a source, not yet run, by their paths inside the notebooks' folder: of a page, one."""
    cells = read(source)
    if is_page(source):
        return {f"{source.stem}.ipynb": notebook(cells)}
    return {
        f"{source.stem}.ipynb": notebook(learner(cells)),
        f"solutions/{source.stem}.ipynb": notebook(solution(cells, source.stem)),
    }


def run(made: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder, and leave out of it what differs from run to run.

    Raises
    ------
    LessonError
        If a cell fails.
    """
    # Under another backend than the notebook's own no figure would be shown, and progress bars tell run times.
    variables = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    variables["TQDM_DISABLE"] = "1"
    folder.mkdir(exist_ok=True)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        made,
        timeout=600,
        resources=resources,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute(env=variables)
    except Exception as error:
        cell = next((c for c in made.cells if any(o.output_type == "error" for o in c.get("outputs", ()))), None)
        text = re.sub(r"\x1b\[[\d;]*m", "", str(error))
        raise LessonError(f"{cell.id if cell else 'run'}: {text}") from None
    for cell in made.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            # Without its kernel a widget is only an error message; the text beside it says how to get it.
            output.get("data", {}).pop(WIDGET, None)
    made.metadata = nbformat.from_dict(METADATA)
    return made


def run_problems(made: nbformat.NotebookNode, *, complete: bool) -> list[str]:
    """Return what is wrong with a notebook that has been run, in words; an empty list if nothing.

    Parameters
    ----------
    made : notebook
        The notebook with its outputs.
    complete : bool
        Whether it holds the solutions, so that every check has to say right; else every check has to say that
        nothing is answered yet.
    """
    found = [f"{name}: this round shows no figure" for name, pictures in _rounds(made).items() if not pictures]
    mark = "✔" if complete else "○"
    for cell in made.cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            found.append(f"{cell.id}: has not been run")
        texts = []
        for output in cell.outputs:
            data = output.get("data", {"text/plain": output.get("text", "")})
            texts.append(data.get("text/plain", ""))
            if output.output_type == "error":
                found.append(f"{cell.id}: stopped with {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr":
                found.append(f"{cell.id}: gives the warning {texts[-1].strip()!r}")
            elif re.search(r" at 0x[0-9a-f]+", texts[-1]):
                found.append(f"{cell.id}: shows an object's address; end a plot with plt.show()")
            elif re.search(r"\d%\|.*\d/\d+ \[", texts[-1]):
                found.append(f"{cell.id}: shows a progress bar, which is never the same twice")
            elif str(FOLDER.parent) in texts[-1] or sys.prefix in texts[-1]:
                found.append(f"{cell.id}: shows a folder of this machine")
            elif WIDGET in data:
                found.append(f"{cell.id}: holds a widget that is gone with its kernel")
        if "lesson.check(" in cell.source and not any(text.startswith(mark) for text in texts):
            found.append(f"{cell.id}: the check should say {mark}, and says {' '.join(texts) or 'nothing'}")
    return found


def _rounds(made: nbformat.NotebookNode) -> dict[str, int]:
    """Return how many figures each round of predict, run and explain shows, by the name of its first cell."""
    rounds: dict[str, int] = {}
    name = ""
    for cell in made.cells:
        tags = cell.metadata.get("tags", ())
        if "predict" in tags or "second-opinion" in tags:
            name = cell.id if "predict" in tags else ""
            rounds |= {name: 0} if name else {}
        if name and cell.cell_type == "code":
            rounds[name] += sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return rounds


def build(source: Path) -> None:
    """Make the notebooks of a source and run them; replace the old ones only when all went well.

    Raises
    ------
    LessonError
        If the source does not fit the template, a cell fails, or an output cannot be compared later.
    """
    if found := template_problems(source):
        raise LessonError("\n".join(found))
    ready = {}
    for path, made in notebooks(source).items():
        target = home(source) / path
        complete = path.startswith("solutions/")
        copy = "with its solutions" if complete else "with blank answers"
        try:
            run(made, target.parent)
        except LessonError as error:
            raise LessonError(f"{copy}, {error}") from None
        if found := run_problems(made, complete=complete):
            raise LessonError("\n".join(f"{copy}, {problem}" for problem in found))
        ready[target] = nbformat.writes(made, version=4) + "\n"
    drafts = {target: target.with_suffix(".draft") for target in ready}
    for target, text in ready.items():
        drafts[target].write_text(text, encoding="utf-8", newline="\n")
    for target, draft in drafts.items():
        draft.replace(target)


def differences(source: Path) -> list[str]:
    """Return in what the notebooks of a source differ from it, in words, without running anything."""
    found = []
    for path, made in notebooks(source).items():
        target = home(source) / path
        if not target.exists():
            found.append(f"{path}: is missing")
            continue
        try:
            kept = nbformat.read(target, as_version=4)
        except Exception as error:
            found.append(f"{path}: cannot be read: {error}")
            continue
        if kept.metadata != made.metadata:
            found.append(f"{path}: its metadata are {dict(kept.metadata)}")
        if [cell.id for cell in kept.cells] != [cell.id for cell in made.cells]:
            found.append(f"{path}: other cells than in the source")
            continue
        for old, new in zip(kept.cells, made.cells, strict=True):
            if any(old.get(key) != new[key] for key in ("cell_type", "source", "metadata")):
                found.append(f"{path}: {new.id} differs from the source")
        found += [f"{path}: {problem}" for problem in run_problems(kept, complete=path.startswith("solutions/"))]
    return found


def strays(folder: Path) -> list[str]:
    """Return the notebooks in a folder, and in its solutions, that no source makes."""
    made = [*folder.glob("*.ipynb"), *folder.glob("solutions/*.ipynb")]
    known = {target for source in [*sources(folder), *pages(folder)] for target in notebooks(source)}
    return [name for path in made if (name := path.relative_to(folder).as_posix()) not in known]


def sources(folder: Path) -> list[Path]:
    """Return the text sources of the lessons, in their order."""
    return sorted((folder / "source").glob("[0-9][0-9]_*.py"))


def pages(folder: Path) -> list[Path]:
    """Return the text sources of the pages that are no lessons."""
    return sorted((folder / "source" / "pages").glob("*.py"))


def chosen(folder: Path, names: Iterable[str] = ()) -> list[Path]:
    """Return the text sources of some lessons, by number, and pages, by name; or all of them.

    Raises
    ------
    LessonError
        If there is no such lesson or page.
    """
    every = {path.name[:2]: path for path in sources(folder)} | {path.stem: path for path in pages(folder)}
    names = list(names)
    for name in names:
        if name not in every:
            raise LessonError(f"there is no lesson or page {name!r}; there are {', '.join(every) or 'none'}")
    return [path for name, path in every.items() if not names or name in names]


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Build or check lessons and pages, and return the exit code."""
    parser = argparse.ArgumentParser(description="Build the lessons' notebooks from their text sources.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which, such as 00 or course; by default all")
    parser.add_argument("--check", action="store_true", help="compare the notebooks with their sources, run nothing")
    options = parser.parse_args(arguments)
    failed = False
    try:
        found_sources = chosen(folder, options.names)
    except LessonError as error:
        print(error)
        return 2
    for source in found_sources:
        if options.check:
            found = [*template_problems(source), *differences(source)]
        else:
            try:
                build(source)
                found = []
            except LessonError as error:
                found = str(error).splitlines()
        failed = failed or bool(found)
        print(
            f"{source.stem}: {'as its source says' if options.check else 'built'}" if not found else f"{source.stem}:"
        )
        print("".join(f"    {line}\n" for line in found), end="", flush=True)
    for path in strays(folder):
        print(f"{path}: no source makes this notebook")
        failed = True
    if failed:
        print(
            "Nothing was changed; build the lesson again."
            if options.check
            else "Failed lessons keep their old notebooks."
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
