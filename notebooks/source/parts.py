"""The parts of a lesson: how they are read from a text source, and what each of them needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import jupytext

PARTS = (
    "title",
    "setup",
    "story",
    "predict",
    "run",
    "explain",
    "aside",
    "second-opinion",
    "exercise",
    "explorer",
    "manager",
    "quiz",
    "key-points",
)
ORDER = re.compile(
    r"title setup story (predict run explain ){2,3}second-opinion (exercise ){2,3}explorer manager quiz key-points $"
)
# Parts that come more than once are numbered.
REPEATED = ("predict", "run", "explain", "aside", "exercise")
# Cells for the source only: what is right, and remarks for other authors.
LEFT_OUT = ("rules", "note")
# Cells that only the complete copy keeps: what the lesson says about its results, proved.
CLAIM = "claim"

# A blank, such as "my_guess = ...  # minutes", or "..." for whole lines: what learners find in place of a solution.
BLANK = re.compile(r"^\s*(?:[\w.]+\s*=|return)?\s*\.\.\.\s*(?:#.*)?$")
BEGIN, END = re.compile(r"^\s*### BEGIN SOLUTION\s*$"), re.compile(r"^\s*### END SOLUTION\s*$")
LINK = re.compile(r"(\]\(|(?:href|src)=\")([^)\"#\s]+)")
LESSON_FILE = re.compile(r"\d\d_\w+\.ipynb")
NOT_REPEATABLE = re.compile(r"timeit|perf_counter|time\.time\(|\.now\(|\.today\(|default_rng\(\)|Random\(\)")
SOLUTION_NOTICE = "*This copy holds the solutions. To look for them yourself, open [the lesson](../{name}.ipynb).*"


@dataclass(frozen=True)
class Cell:
    """A cell of a source: its kind, "code" or "markdown", its text, its tags, and a name that stays the same."""

    kind: str
    text: str
    tags: tuple[str, ...] = ()
    part: str = ""
    name: str = ""

    def calls(self, function: str) -> list[ast.Call]:
        """Return the calls of ``lesson.<function>`` in a code cell."""
        tree = _parse(self.text) if self.kind == "code" else None
        return [
            node
            for node in ast.walk(tree or ast.Module([], []))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"lesson.{function}"
        ]

    @property
    def left_out(self) -> bool:
        """Whether the notebooks leave it out."""
        return any(tag in LEFT_OUT for tag in self.tags)

    @property
    def has_solution(self) -> bool:
        """Whether it is a code cell with a solution in it."""
        return self.kind == "code" and any(map(BEGIN.match, self.text.splitlines()))


def is_page(source: Path) -> bool:
    """Whether a source makes a page that is no lesson."""
    return source.parent.name == "pages"


def home(source: Path) -> Path:
    """Return the folder in which the notebooks of a source are."""
    return source.parents[2] if is_page(source) else source.parents[1]


def read(source: Path) -> list[Cell]:
    """Return the cells of a text source, each with the part it belongs to."""
    # jupytext takes a heading of one word and a question mark for a call for help, unless told otherwise.
    form = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    cells: list[Cell] = []
    seen: dict[str, int] = {}
    number, part, count, claims = source.stem if is_page(source) else source.name[:2], "start", 0, 0
    for cell in jupytext.reads(source.read_text(encoding="utf-8"), fmt=form).cells:
        tags = tuple(cell.metadata.get("tags", ()))
        for tag in tags:
            if tag in PARTS:
                seen[tag] = seen.get(tag, 0) + 1
                part, count = f"{tag}{seen[tag]}" if tag in REPEATED else tag, 0
                claims = 0
        claims += CLAIM in tags
        count += not set(tags) & {*LEFT_OUT, CLAIM}
        name = f"{number}-{part}-{count}" + (f"-claim{claims}" if CLAIM in tags else "")
        cells.append(Cell(cell.cell_type, cell.source, tags, part, name))
    return cells


def learner(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells of the learner's copy: solutions and claims are left out, blanks stay."""
    kept = []
    for cell in cells:
        if cell.left_out or CLAIM in cell.tags:
            continue
        lines, inside = [], False
        for line in cell.text.splitlines():
            inside = inside or bool(BEGIN.match(line))
            if not inside:
                lines.append(line)
            inside = inside and not END.match(line)
        kept.append(replace(cell, text="\n".join(lines)) if cell.has_solution else cell)
    return kept


def solution(cells: Iterable[Cell], name: str) -> list[Cell]:
    """Return the cells of the complete copy: marks and blanks are left out, links start one folder deeper."""
    kept = []
    for cell in cells:
        if cell.left_out:
            continue
        if cell.kind == "markdown":
            text = LINK.sub(lambda found: found[1] + _from_solutions(found[2]), cell.text)
            if "title" in cell.tags:
                text += "\n\n" + SOLUTION_NOTICE.format(name=name)
            kept.append(replace(cell, text=text))
            continue
        lines: list[str] = []
        for line in cell.text.splitlines():
            if BEGIN.match(line):
                while lines and BLANK.match(lines[-1]):
                    lines.pop()
            elif not END.match(line):
                lines.append(line)
        kept.append(replace(cell, text="\n".join(lines)))
    return kept


def _from_solutions(target: str) -> str:
    """Return a link's target, given as seen from the learner's copy, as seen from the complete one."""
    if re.match(r"[a-z]+:", target) or LESSON_FILE.fullmatch(target):
        return target
    return target.removeprefix("solutions/") if target.startswith("solutions/") else f"../{target}"


def template_problems(source: Path) -> list[str]:
    """Return what a source lacks to be a lesson like the others, in words; an empty list if nothing.

    Parameters
    ----------
    source : path
        The text source, named ``NN_slug.py``; of a page only its cells and links are looked at.
    """
    cells = read(source)
    if is_page(source):
        return [*_cell_problems(cells), *_link_problems(cells, home(source))]
    found = [*_order_problems(cells), *_cell_problems(cells)]
    if not found:
        found = [*_part_problems(cells, source.name[:2]), *_rule_problems(cells, source.name[:2])]
        found += _size_problems(cells, source.stem)
        found += _link_problems(cells, home(source))
    return found


def _order_problems(cells: list[Cell]) -> Iterator[str]:
    """Check the parts and their order."""
    parts = [tag for cell in cells for tag in cell.tags if tag in PARTS]
    known = (*PARTS, *LEFT_OUT, CLAIM)
    for cell in cells:
        if unknown := set(cell.tags) - set(known):
            yield f"{cell.name}: unknown tag {', '.join(sorted(unknown))}; tags are {', '.join(known)}"
    if missing := [part for part in PARTS if part != "aside" and part not in parts]:
        yield f"parts missing: {', '.join(missing)}"
    elif not ORDER.match("".join(f"{part} " for part in parts if part != "aside")):
        yield (
            f"the parts are {', '.join(parts)}; they should be title, setup, story, two or three times (predict, run, "
            "explain), second-opinion, two or three exercises, explorer, manager, quiz, key-points"
        )
    elif "aside" in parts and not parts.index("story") < parts.index("aside") < parts.index("explorer"):
        yield "an aside belongs between the story and the explorer"


def _cell_problems(cells: list[Cell]) -> Iterator[str]:
    """Check each code cell by itself."""
    for cell in cells:
        if cell.kind != "code":
            continue
        tree = _parse(cell.text)
        if tree is None or not cell.text.strip():
            yield f"{cell.name}: this is not plain Python (a slip, an empty cell, or a line with % or !)"
            continue
        if NOT_REPEATABLE.search(cell.text):
            yield f"{cell.name}: shows a time, or chance without a seed: it would differ in every run"
        if cell.left_out:
            continue
        if (CLAIM in cell.tags) != bool(cell.calls("claim")):
            yield f'{cell.name}: lesson.claim(...) and tags=["claim"] go together'
        shows = [name for name in ("beside", "check", "explore", "quiz", "progress") if cell.calls(name)]
        if shows and not isinstance(tree.body[-1], ast.Expr):
            yield f"{cell.name}: lesson.{shows[0]}(...) shows something only on a cell's last line"
        lines = cell.text.splitlines()
        marks = [bool(BEGIN.match(line)) for line in lines if BEGIN.match(line) or END.match(line)]
        if marks != [True, False] * (len(marks) // 2):
            yield f"{cell.name}: each ### BEGIN SOLUTION needs one ### END SOLUTION after it"
        for before, line in zip(["", *lines], lines, strict=False):
            if BEGIN.match(line) and not BLANK.match(before):
                yield f"{cell.name}: above ### BEGIN SOLUTION there must be a blank, such as 'answer = ...'"
            if "SOLUTION" in line and not (BEGIN.match(line) or END.match(line)):
                yield f"{cell.name}: {line.strip()!r} is no mark; write ### BEGIN SOLUTION and ### END SOLUTION"


def _part_problems(cells: list[Cell], number: str) -> Iterator[str]:
    """Check what each part needs."""
    parts: dict[str, list[Cell]] = {}
    for cell in cells:
        if not cell.left_out:
            parts.setdefault(cell.part, []).append(cell)
    for part, inside in parts.items():
        code = [cell for cell in inside if cell.kind == "code"]
        mine = [cell for cell in code if CLAIM not in cell.tags]
        text = "\n\n".join(cell.text for cell in inside if cell.kind == "markdown")
        bullets = re.findall(r"^[-*] ", text, re.MULTILINE)
        kind = part.rstrip("0123456789")
        if kind == "title":
            minutes = re.search(r"^\*\*Time:\*\* (\d+) minutes", text, re.MULTILINE)
            goals = text.partition("**After this lesson you can**")[2]
            if not re.match(r"# .+\?$", text.splitlines()[0] if text else ""):
                yield "title: the first line must be a question, '# ...?'"
            if minutes is None or not 30 <= int(minutes[1]) <= 45:
                yield "title: needs a line '**Time:** N minutes' with 30 to 45 minutes"
            if "**You need:**" not in text:
                yield "title: needs a line '**You need:** ...'"
            if not 2 <= len(re.findall(r"^[-*] ", goals, re.MULTILINE)) <= 4:
                yield "title: needs '**After this lesson you can**' and 2 to 4 bullets"
        elif kind == "setup":
            if len(mine) != 1 or f'Lesson("{number}")' not in mine[0].text:
                yield f'setup: needs one code cell, with lesson = Lesson("{number}")'
        elif kind == "predict":
            if len(mine) != 1 or not mine[0].has_solution:
                yield f"{part}: needs one code cell, with a blank for the guess and a guess as solution"
        elif kind == "run":
            if not any(cell.calls("beside") for cell in code):
                yield f"{part}: needs a code cell that ends with lesson.beside(...)"
        elif kind == "exercise":
            checks = [_first_argument(call) for cell in code for call in cell.calls("check")]
            expected = f"{int(number)}.{part.removeprefix('exercise')}"
            if not any(cell.has_solution for cell in code):
                yield f"{part}: needs a code cell with a blank and a solution"
            if checks != [expected]:
                yield f'{part}: needs one lesson.check("{expected}", ...); it checks {checks or "nothing"}'
        elif kind == "explorer" and not any(cell.calls("explore") for cell in code):
            yield "explorer: needs a code cell that ends with lesson.explore(...)"
        elif kind == "manager":
            for needed in ("What would you tell the manager?", "<details>", "limit"):
                if needed not in text:
                    yield f"manager: {needed!r} is missing (a good answer in <details>, and the model's limits)"
        elif kind == "quiz" and not any(cell.calls("quiz") for cell in code):
            yield "quiz: needs a code cell with lesson.quiz()"
        elif kind == "key-points" and (len(bullets) < 3 or "**Next:**" not in text):
            yield "key-points: needs at least 3 bullets, and '**Next:** ...'"
        elif kind in ("story", "explain", "second-opinion", "aside") and not text:
            yield f"{part}: needs a markdown cell"
        if kind == "explain" and not any(cell.calls("claim") for cell in code):
            yield f"{part}: what it says about the results needs a proof, lesson.claim(...) in a cell tagged claim"


def _rule_problems(cells: list[Cell], number: str) -> Iterator[str]:
    """Check that exercises and rules fit together."""
    rules = [cell for cell in cells if "rules" in cell.tags]
    expected = [call for cell in rules for call in cell.calls("expect")]
    questions = [call for cell in rules for call in cell.calls("ask")]
    checked = [_first_argument(call) for cell in cells for call in cell.calls("check")]
    if sorted(map(_first_argument, expected)) != sorted(checked):
        names = ", ".join(map(_first_argument, expected)) or "none"
        yield f"rules: lesson.expect names {names}; the exercises check {', '.join(checked)}"
    for call in expected:
        if not {"hints", "choices"} & {keyword.arg for keyword in call.keywords}:
            yield f"rules: exercise {_first_argument(call)} needs hints, or choices that are explained"
    if len(questions) != 3:
        yield f"rules: the quiz has {len(questions)} questions; it needs 3 times lesson.ask(...)"
    for cell in cells:
        if "rules" not in cell.tags and (cell.calls("expect") or cell.calls("ask")):
            yield f'{cell.name}: lesson.expect and lesson.ask belong in cells with tags=["rules"]'


def _size_problems(cells: list[Cell], name: str) -> Iterator[str]:
    """Check that the lesson and its cells are short enough."""
    mine = learner(cells)
    for copy in (mine, solution(cells, name)):
        for cell in copy:
            if cell.kind == "code" and len(cell.text.splitlines()) > 15:
                yield f"{cell.name}: {len(cell.text.splitlines())} lines of code; at most 15, the rest belongs in sim"
    if not 30 <= len(mine) <= 60:
        yield f"the notebook has {len(mine)} cells; it should have 30 to 60"
    words = sum(count_words(cell.text) for cell in mine if cell.kind == "markdown")
    if words >= 2000:
        yield f"the markdown cells have {words} words; they should have fewer than 2,000"


def _link_problems(cells: list[Cell], folder: Path) -> Iterator[str]:
    """Check that links lead somewhere; a lesson or page counts as soon as it has a source."""
    for cell in cells:
        for _, target in LINK.findall(cell.text) if cell.kind == "markdown" else ():
            name = target.removeprefix("solutions/")
            places = [folder / target]
            if LESSON_FILE.fullmatch(name):
                places = [folder / "source" / f"{Path(name).stem}.py"]
            elif name.endswith(".ipynb"):
                places.append(folder / "source" / "pages" / f"{Path(name).stem}.py")
            if not re.match(r"[a-z]+:", target) and not any(place.exists() for place in places):
                yield f"{cell.name}: the link to {target} leads nowhere"


def count_words(text: str) -> int:
    """Count the words that a reader of a markdown text meets."""
    text = re.sub(r"<[^>]*>|\]\([^)]*\)", " ", text)
    return len(re.findall(r"[^\W_]+(?:['’.,-][^\W_]+)*", text))


def _parse(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except SyntaxError:
        return None


def _first_argument(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else "?"
