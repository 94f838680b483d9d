"""The way through the course: every lesson is on it, and what it promises to try is there."""

import re

import build
import parts
import pytest

import sim
from sim.measures import MEASURES

PAGE = build.FOLDER / "source" / "pages" / "course.py"
TEXT = "\n".join(cell.text for cell in parts.read(PAGE))
ROWS = [re.split(r"\s*\|\s*", line.strip("| ")) for line in TEXT.splitlines() if line.startswith("| ")]
LESSONS = {row[0]: row[1] for row in ROWS if re.fullmatch(r"\d\d|\[\d\d\]\(\w+\.ipynb\)", row[0])}
TOPICS = [row for row in ROWS if len(row) == 3 and re.fullmatch(r"\d\d(, \d\d)*", row[1])]


def test_every_lesson_is_on_the_way_with_its_question_and_the_others_are_not_linked():
    linked = {re.sub(r".*\((.*)\.ipynb\)", r"\1", name): question for name, question in LESSONS.items() if "(" in name}
    built = {source.stem: parts.read(source)[0].text.splitlines()[0].removeprefix("# ") for source in LESSON_SOURCES}
    assert linked == built
    assert [name.strip("[")[:2] for name in LESSONS] == [f"{number:02}" for number in range(16)]


LESSON_SOURCES = build.sources(build.FOLDER)


def test_there_are_topics():
    assert len(TOPICS) >= 30


@pytest.mark.parametrize("row", TOPICS, ids=lambda row: row[0][:30])
def test_what_a_topic_names_to_try_is_there(row):
    _, lessons, today = row
    assert all(int(number) <= 15 for number in lessons.split(", "))
    there = {name.partition(".")[0] for name in sim.levers()} | set(sim.scenarios()) | set(MEASURES)
    for name in re.findall(r"`([^`]+)`", today):
        if name.startswith("sim."):
            found = sim
            for part in name.split(".")[1:]:
                found = getattr(found, part)
        else:
            assert name in there, f"{name} is no lever, scenario or measure"
