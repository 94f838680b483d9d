"""The measurement of the app's visitors: what it reports is what was made to happen."""

import asyncio
import json
import time

import pytest
from support import served

from benchmarks import __main__ as program
from benchmarks import report, visitors
from benchmarks.visitor import NoAnswerError, Visitor

# A lever whose every answer takes this long, and is complete at once.
ANSWER_SECONDS = 0.3
SLOW_LEVER = f"""
import time
import ipywidgets
lever = ipywidgets.FloatSlider(value=1, min=0, max=2, step=0.01)
box = ipywidgets.VBox([lever])
box.add_class("studio-lever-demand")
measures, status = ipywidgets.HTML(), ipywidgets.HTML()
measures.add_class("studio-measures")
status.add_class("studio-status")
def show(change):
    status.value = "working"
    time.sleep({ANSWER_SECONDS})
    measures.value = str(change.new)
    status.value = f"✔ {{change.new}}"
lever.observe(show, "value")
ipywidgets.VBox([box, measures, status])
"""


@pytest.fixture
def hurried(monkeypatch):
    """Visitors who do not think for long."""
    monkeypatch.setattr(visitors, "THINK_SECONDS", 0.2)


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    return served.notebook(tmp_path_factory.mktemp("slow") / "slow.ipynb", SLOW_LEVER)


def test_answers_are_timed_from_the_move_to_the_measures(slow, hurried):
    found = visitors.measure(2, 3, lambda _line: None, notebook=slow)
    assert [row["visitors"] for row in found["rows"]] == [1, 2]
    assert [row["moves"] for row in found["rows"]] == [3, 6]
    for row in found["rows"]:
        assert ANSWER_SECONDS <= row["median_seconds"] <= row["p95_seconds"]
        assert 5 < row["mebibytes_a_visitor"] < 2000
        assert 0 < row["server_share"] < 1
        assert row["cpu_seconds_a_move"] > 0
    told = report.text({"machine": {"date": "today"}, "cases": {"visitors": found}})
    assert [line.split()[:2] for line in told.splitlines() if line.startswith(("  1 ", "  2 "))] == [
        ["1", "3"],
        ["2", "6"],
    ]
    assert "thinks 0.2 s" in told


def test_an_answer_to_an_earlier_move_is_not_taken_for_that_to_this_one(slow, tmp_path):
    async def two_moves():
        async with Visitor(app.address) as visitor:
            lever, measures = visitor.lever("studio-lever-demand"), visitor.within("studio-measures")
            update = {"method": "update", "state": {"value": 0.5}, "buffer_paths": []}
            began = time.perf_counter()
            await visitor.send("comm_msg", {"comm_id": lever, "data": update})
            await visitor.move(lever, 1.5, measures, 60)
            assert visitor.models[measures[0]]["value"] == "1.5"
            assert time.perf_counter() - began >= 2 * ANSWER_SECONDS
            with pytest.raises(NoAnswerError, match="nothing with the class studio-day"):
                visitor.within("studio-day")
            with pytest.raises(NoAnswerError, match="holds no slider"):
                visitor.lever("studio-status")

    with served.app(slow, tmp_path / "app") as app:
        asyncio.run(two_moves())


@pytest.mark.parametrize(
    ("seconds", "holds"),
    [([0.5, 1.0, 3.0], 3.0), ([0.5, 1.0, 1.5], None), ([4.0], 0.5), ([2.0, 2.5, 3.0], 1.0)],
)
def test_the_limit_is_read_between_the_levels(seconds, holds):
    rows = [{"visitors": 2**n, "median_seconds": value, "p95_seconds": 10 * value} for n, value in enumerate(seconds)]
    assert visitors._holds(rows)["median_seconds"] == holds


def test_it_runs_only_when_it_is_named(monkeypatch, tmp_path):
    ran = []
    for name in program.CASES:
        monkeypatch.setitem(program.CASES, name, (lambda *_, name=name: ran.append(name) or {}, 1, 1, ""))
    monkeypatch.setattr(program.report, "text", lambda _results: "")
    program.main(["--json", str(tmp_path / "all.json")])
    assert ran == [name for name in program.CASES if name != "visitors"]
    program.main(["visitors", "--json", str(tmp_path / "one.json")])
    assert ran[-1] == "visitors"
    assert json.loads((tmp_path / "one.json").read_text())["cases"] == {"visitors": {}}
