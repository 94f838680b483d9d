"""The studio's page: its widgets do what they say, answers come in steps, and no answer is late."""

import asyncio
import base64
import datetime
import re

import pytest

pytest.importorskip("ipywidgets")

import IPython
from IPython.core.displaypub import CapturingDisplayPublisher
from ipywidgets import HTML

import sim
from sim import kernel
from sim.measures import MEASURES
from sim.scenario_studio import view
from sim.scenario_studio.estimating import MEASURES_SHOWN
from sim.scenario_studio.figures import Drawing
from sim.scenario_studio.state import MOST_PINS

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def desk():
    return sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3, name="desk")


@pytest.fixture
def shown(monkeypatch):
    """A function shown(studio): show it as the last line of a cell does; returns what was published."""

    class Shell:
        display_pub = CapturingDisplayPublisher()

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    Shell.display_pub.outputs.clear()

    def show(studio):
        studio._ipython_display_()
        return Shell.display_pub.outputs[-1]["data"]

    return show


@pytest.fixture
def quick(monkeypatch):
    """Figures that cost nothing, where nobody looks at them."""
    for name in ("day", "front"):
        monkeypatch.setattr(f"sim.scenario_studio.figures.{name}", lambda *_, name=name: Drawing(b"png", f"a {name}"))


@pytest.fixture
def studio(desk, shown, quick):
    made = sim.studio(desk, replications=4)
    shown(made)
    return made


def values(studio):
    """What the table on the page holds now, by measure."""
    rows = re.findall(r'data-measure="(\w+)"(?: data-base="\S+")? data-now="(\S+)"', studio.widgets["measures"].value)
    return {measure: float(value) for measure, value in rows}


def as_compared(studio):
    runs = sim.replicate(studio.scenario, studio.replications, studio.seed, progress=False)
    table = runs.measures(measures=MEASURES_SHOWN)["estimate"].dropna()
    return pytest.approx(table.to_dict(), rel=1e-12)


def upload(studio, content, name="mine.yaml"):
    file = {"name": name, "type": "", "size": len(content), "content": memoryview(content)}
    studio.widgets["file"].value = (file | {"last_modified": datetime.datetime(2026, 3, 2)},)


# Plain Python


def test_a_studio_says_what_it_holds(desk):
    studio = sim.studio(desk, replications=2)
    studio.move("agents.agents", 1)
    assert repr(studio) == "<Studio: 'desk: agents.agents 1' against 'desk'>"
    assert studio.moves == {"agents.agents": 1}
    assert studio.base == desk
    assert studio.replications == 2


def test_a_notebook_without_a_kernel_shows_a_note(desk, shown):
    data = shown(sim.studio(desk, replications=2))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("▸ Run this cell to open the scenario studio")
    assert "运行本单元格" in shown(sim.studio(desk, replications=2, language="zh"))["text/html"]


def test_without_widgets_plain_python_still_works(desk, shown, monkeypatch):
    monkeypatch.setattr(view.importlib.util, "find_spec", lambda name: None)
    studio = sim.studio(desk, replications=2)
    assert dict(studio.widgets) == {}
    studio.move("agents.agents", 1)
    assert studio.table.loc["abandonment", "difference"] < 0
    data = shown(studio)
    assert list(data) == ["text/plain", "text/html"]
    assert "the extra “lab”" in data["text/plain"]


# What widgets do


def test_a_slider_moves_its_lever(studio):
    studio.widgets["agents.agents"].value = 2
    assert studio.scenario.teams["agents"].extra_agents == 2
    studio.widgets["absence.agents"].value = 12
    assert studio.scenario.teams["agents"].absence == 0.12
    assert studio.widgets["absence.agents"].description == "Absence (agents), % of days"
    assert values(studio) == as_compared(studio)
    assert studio.widgets["status"].value.count("4 replications") == 1


def test_the_page_shows_what_compare_gives(studio):
    studio.widgets["agents.agents"].value = 1
    duel = sim.compare(
        [studio.base, studio.scenario], replications=studio.replications, seed=studio.seed, progress=False
    )
    expected = duel.differences().xs(studio.scenario.name, level="scenario")
    for measure, row in studio.table.iterrows():
        assert row[["difference", "low", "high"]].tolist() == pytest.approx(
            expected.loc[measure, ["estimate", "low", "high"]].tolist(), rel=1e-12, nan_ok=True
        )
    assert studio.comparison.names == duel.names


def test_sliders_suit_the_keyboard(studio):
    sliders = [studio.widgets[name] for name in studio.session.levers]
    moving = [slider for slider in sliders if hasattr(slider, "continuous_update")]
    assert len(moving) > 10
    assert not any(slider.continuous_update for slider in moving)


def test_a_switch_is_a_box_to_tick():
    studio = sim.studio("baseline", replications=2)
    studio.widgets["bot"].value = False
    assert studio.scenario.bot is None
    studio.widgets["bot"].value = True
    assert studio.moves == {}


def test_undo_brings_everything_back(studio):
    before = values(studio)
    studio.widgets["agents.agents"].value = 3
    after = values(studio)
    studio.widgets["undo"].click()
    assert studio.widgets["agents.agents"].value == 0
    assert values(studio) == before
    assert studio.widgets["undo"].disabled
    studio.widgets["redo"].click()
    assert values(studio) == after
    assert studio.widgets["agents.agents"].value == 3
    studio.widgets["reset"].click()
    assert studio.moves == {}
    assert studio.widgets["reset"].disabled


def test_pins_are_shown_again_removed_and_made_the_base(studio):
    studio.widgets["agents.agents"].value = 1
    studio.widgets["pin"].click()
    studio.widgets["agents.agents"].value = 2
    studio.widgets["name"].value = f"  two {SCRIPT}  "
    studio.widgets["pin"].click()
    assert [pin.title for pin in studio.session.state.pins] == ["Plan A", f"two {SCRIPT}"]
    assert "Plan A" in studio.widgets["pinned"].value
    pages = [part.value for part in studio.widgets.values() if isinstance(part, HTML)]
    assert len(pages) > 5
    assert "<script" not in "".join(pages)
    first, _ = studio.widgets["pins"].children
    first.children[1].click()
    assert studio.widgets["agents.agents"].value == 1
    assert studio.widgets["name"].value == "Plan A"
    studio.widgets["make_base"].click()
    assert studio.base == studio.scenario
    assert "Move a lever" in studio.widgets["measures"].value
    assert "its own base" not in studio.widgets["status"].value
    studio.widgets["pins"].children[0].children[2].click()
    assert [pin.title for pin in studio.session.state.pins] == [f"two {SCRIPT}"]


def test_a_sixth_pin_is_refused_in_words(studio):
    for value in range(1, MOST_PINS + 2):
        studio.widgets["agents.agents"].value = value
        studio.widgets["pin"].click()
    assert len(studio.session.state.pins) == MOST_PINS
    assert "5 are pinned" in studio.problem
    assert "5 are pinned" in studio.widgets["status"].value
    studio.widgets["agents.agents"].value = 0
    assert studio.problem == ""
    assert "5 are pinned" not in studio.widgets["status"].value


def test_the_library_and_a_file_can_be_picked(studio):
    upload(studio, b"based_on: small_store\nname: mine\ndays: 1")
    assert studio.problem == ""
    assert studio.scenario.name == studio.widgets["scenario"].value == "mine"
    assert studio.widgets["file"].value == ()
    upload(studio, b"based_on: small_store\nname: mine\ndays: 2")
    assert studio.widgets["scenario"].value == "mine (2)"
    assert "its own base" in studio.widgets["status"].value
    studio.widgets["scenario"].value = "small_store"
    assert studio.scenario == sim.load("small_store")
    upload(studio, b"based_on: small_store\nname: small_store\ndays: 2")
    assert studio.widgets["scenario"].value == "small_store (2)"
    studio.widgets["undo"].click()
    studio.widgets["undo"].click()
    studio.widgets["undo"].click()
    assert studio.widgets["scenario"].value == "mine"
    assert studio.scenario.days == 1
    studio.widgets["scenario"].value = "desk"
    assert studio.widgets["agents.agents"].value == 0


def test_a_scenario_with_the_name_of_a_shipped_one_does_not_hide_it(quick):
    mine = sim.load("small_store").with_(days=3)
    studio = sim.studio(mine, replications=2)
    assert studio.widgets["scenario"].value == "small_store (2)"
    assert studio.scenario == mine
    studio.widgets["scenario"].value = "small_store"
    assert studio.scenario == sim.load("small_store")
    studio.widgets["undo"].click()
    assert studio.widgets["scenario"].value == "small_store (2)"


def test_a_broken_file_changes_nothing(studio):
    before = studio.scenario
    for content in (b"", b"<html>", b"name: x", b"based_on: /etc/passwd", b"x" * 2_000_000):
        upload(studio, content, SCRIPT)
        assert studio.problem
        assert studio.scenario == before
        assert "<script" not in studio.widgets["status"].value
    assert not studio.session.history.past


def test_every_lever_can_be_shown_and_is_in_its_group(studio):
    seen = set()
    for group in dict(studio.widgets["group"].options).values():
        studio.widgets["group"].value = group
        more = studio.widgets["more"]
        while len(more.options) > 1:
            more.value = more.options[1][1]
        assert more.disabled
        rows = [set(row._dom_classes) for row in studio.widgets["pane"].children]
        seen |= {name for classes in rows for name in classes if name.startswith("studio-lever-")}
    assert seen == {"studio-lever-" + re.sub(r"\W", "-", name) for name in studio.session.levers}


def test_a_lever_that_is_moved_is_shown_whatever_it_is(studio):
    studio.widgets["group"].value = "people"
    assert "studio-lever-training-agents" not in str([row._dom_classes for row in studio.widgets["pane"].children])
    studio.move("training.agents", 4)
    (row,) = [row for row in studio.widgets["pane"].children if "studio-lever-training-agents" in row._dom_classes]
    assert "studio-moved" in row._dom_classes
    assert "Training (agents) 0 → 4" in studio.widgets["moves"].value
    studio.widgets["undo"].click()
    assert "studio-moved" not in row._dom_classes


def test_a_studio_speaks_chinese(studio):
    studio.widgets["agents.agents"].value = 1
    studio.widgets["pin"].click()
    numbers = values(studio)
    studio.widgets["language"].value = "zh"
    assert studio.widgets["undo"].description == "撤销"
    assert "平均等待时长" in studio.widgets["measures"].value
    assert "增加坐席" in studio.widgets["agents.agents"].description
    assert studio.widgets["agents.agents"].value == 1
    assert len(studio.widgets["pins"].children) == 1
    assert values(studio) == numbers
    studio.widgets["agents.agents"].value = 2
    assert values(studio) == as_compared(studio)
    studio.widgets["language"].value = "en"
    assert studio.widgets["undo"].description == "Undo"


def test_the_curve_can_be_chosen(desk, shown):
    studio = sim.studio(desk, replications=2)
    shown(studio)
    before = studio.widgets["day"].value
    studio.widgets["curve"].value = "occupancy"
    assert studio.widgets["day"].value != before
    assert MEASURES["occupancy"].title in studio.widgets["day"].value.lower()


def test_downloads_hold_what_is_shown(studio):
    studio.widgets["agents.agents"].value = 1
    links = re.findall(
        r'<a class="studio-download-(\w+)" download="(\S+)" href="data:(\S+?);base64,(\S+?)"',
        studio.widgets["downloads"].value,
    )
    assert [kind for kind, *_ in links] == ["scenario_file", "table_file", "day_file", "front_file"]
    content = {kind: base64.b64decode(data) for kind, _, _, data in links}
    assert sim.load(sim.yamlfile.parsed(content["scenario_file"], "it")) == studio.scenario
    assert (
        f"{studio.table.loc['csat', 'now']!r}".removeprefix("np.float64(").rstrip(")").encode() in content["table_file"]
    )
    shown = base64.b64decode(re.search(r"base64,([^\"]+)", studio.widgets["day"].value)[1])
    assert content["day_file"] == shown


def test_the_slow_engine_says_so(desk, shown, quick):
    for engine, told in (("simpy", True), ("auto", not kernel.available())):
        studio = sim.studio(desk.with_(days=1), replications=2, engine=engine)
        shown(studio)
        assert ("this is slow" in studio.widgets["status"].value) == told


def test_two_studios_do_not_disturb_each_other(desk, shown, quick):
    one, other = sim.studio(desk, replications=3), sim.studio(desk, replications=3, language="zh")
    shown(one)
    shown(other)
    untouched = values(other)
    one.widgets["agents.agents"].value = 2
    one.widgets["language"].value = "zh"
    one.widgets["language"].value = "en"
    assert values(other) == untouched
    assert other.moves == {}
    assert other.widgets["undo"].description == "撤销"


# Answers in steps


async def until(condition):
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


@pytest.fixture
def slowly(monkeypatch):
    """Every step adds one replication."""
    monkeypatch.setattr("sim.scenario_studio.session.FIRST_SECONDS", 0.0)
    monkeypatch.setattr("sim.scenario_studio.session.Session.answer", lambda self, seconds=0.0: _one_more(self))
    monkeypatch.setattr("sim.scenario_studio.session.Session.refine", lambda self, seconds=0.0: _one_more(self))


def _one_more(session):
    lagging = session.everything if session.count >= session.worlds.replications else [session.now, session.base]
    session.worlds.advance(lagging, max(session.worlds.first, min(session.worlds.count(one) for one in lagging) + 1))


def test_a_move_is_answered_at_once_and_refined_then(desk, shown, quick, slowly):
    async def visit():
        studio = sim.studio(desk, replications=12)
        shown(studio)
        await until(lambda: "✔ 12" in studio.widgets["status"].value)
        studio.widgets["agents.agents"].value = 1
        assert "working" in studio.widgets["status"].value
        told = []
        studio.widgets["status"].observe(lambda change: told.append(change["new"]), "value")
        await until(lambda: told and "✔" in told[-1])
        counts = [int(found[1]) for text in told if (found := re.search(r"(\d+) of 12", text))]
        assert counts[0] == studio.session.worlds.first
        assert counts == sorted(counts)
        assert len(set(counts)) > 3
        assert values(studio) == as_compared(studio)
        await until(lambda: studio._task.done())
        assert 'data-replications="12"' in studio.widgets["measures"].value

    asyncio.run(visit())


def test_a_new_move_ends_the_refinement_and_nothing_stale_is_shown(desk, shown, quick, slowly):
    async def visit():
        studio = sim.studio(desk, replications=12)
        shown(studio)
        await until(lambda: studio._task.done())
        seen = []
        studio.widgets["measures"].observe(
            lambda change: seen.append((studio.moves.get("agents.agents", 0), values(studio)["cost"])), "value"
        )
        tasks = []
        for value in (1, 2, 3, 4):
            studio.widgets["agents.agents"].value = value
            tasks.append(studio._task)
            await until(lambda: "of 12" in studio.widgets["status"].value)
        assert studio.session.count < 12
        await until(lambda: studio._task.done())
        assert [task.cancelled() for task in tasks] == [True, True, True, False]
        # Whatever was written on the page belonged to the levers at that moment.
        for value, cost in seen:
            runs = sim.replicate(desk.with_(teams={"agents": {"extra_agents": int(value)}}), 12, progress=False)
            costs = runs.each("cost")["all"]
            assert any(cost == pytest.approx(costs[:count].mean()) for count in range(2, 13))
        assert [value for value, _ in seen] == sorted(value for value, _ in seen)
        # What was interrupted goes on, for the frontier.
        assert studio.session.worlds.count(*studio.session.tried) == 12

    asyncio.run(visit())


def test_moves_in_one_breath_are_answered_once(desk, shown, quick):
    async def visit():
        studio = sim.studio(desk, replications=4)
        shown(studio)
        await until(lambda: studio._task.done())
        written = []
        studio.widgets["measures"].observe(lambda change: written.append(change["new"]), "value")
        for value in (1, 2, 3):
            studio.widgets["agents.agents"].value = value
        await until(lambda: studio._task.done())
        assert len(written) == 1
        assert values(studio) == as_compared(studio)

    asyncio.run(visit())


def test_plain_python_never_sees_an_old_table(desk, shown, quick):
    async def visit():
        studio = sim.studio(desk, replications=8)
        shown(studio)
        studio.widgets["agents.agents"].value = 2
        table = studio.table
        count = studio.replications
        duel = sim.compare([studio.base, studio.scenario], count, studio.seed, progress=False)
        assert table["low"].to_dict() == pytest.approx(
            duel.differences().xs(studio.scenario.name, level=0)["low"].reindex(table.index).to_dict(), nan_ok=True
        )
        studio.finish()
        assert studio.replications == 8

    asyncio.run(visit())


def test_an_error_while_refining_is_told(desk, shown, quick, monkeypatch):
    async def visit():
        studio = sim.studio(desk, replications=4)
        shown(studio)
        await until(lambda: studio._task.done())

        def broken(*_, **__):
            raise RuntimeError(f"no luck {SCRIPT}")

        monkeypatch.setattr("sim.scenario_studio.estimating.work", broken)
        studio.widgets["agents.agents"].value = 2
        await until(lambda: studio.problem)
        assert "no luck" in studio.widgets["status"].value
        assert "<script" not in studio.widgets["status"].value

    asyncio.run(visit())
