"""The player in a browser: its own arithmetic, its buttons and keys, its sizes."""

import numpy as np
import pytest

import sim
from sim.playback import counts

DAY = 1440
COUNT = """([side, minutes]) => {
  const { unpack, stateAt, advance, fresh, stateBefore, counts, data } = replay;
  const day = unpack(player.scene.sides[side], data[side]), state = fresh(day);
  const played = minutes.map((minute) => { advance(state, day, minute); return counts(state, day); });
  const jumped = minutes.map((minute) => counts(stateAt(day, minute), day));
  return [played, jumped, counts(stateBefore(day), day)];
}"""


@pytest.fixture(scope="module")
def runs():
    """Three days of the baseline; the same customers without a bot, with one agent more."""
    plan = sim.load("baseline").with_(days=3)
    return [
        sim.simulate(plan, seed=1),
        sim.simulate(plan.with_(name="less", bot=None, teams={"phone_desk": {"extra_agents": 1}}), seed=1),
    ]


@pytest.fixture(scope="module")
def saved(runs, tmp_path_factory):
    """A page that plays one run, and one that plays two."""
    folder = tmp_path_factory.mktemp("replay")
    one = sim.replay(runs[0], 2, start="10:00").save(folder / "one.html")
    two = sim.replay(runs[0], 2, runs[1], start="10:00", language="zh").save(folder / "two.html")
    return one, two


@pytest.fixture
def open_page(browser):
    """A function that opens a page, and sees to it that nothing goes wrong there and nothing is fetched."""
    contexts, problems = [], []

    def open_it(path, width=1000, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: request.url.startswith("file:") or problems.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_function("window.player !== undefined")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


def test_the_script_counts_what_the_tables_count(open_page, saved, runs):
    page = open_page(saved[1])
    minutes = sorted([0, DAY, 600, *np.random.default_rng(4).uniform(0, DAY, 9).tolist()])
    for side, run in enumerate(runs):
        played, jumped, before = page.evaluate(COUNT, [side, minutes])
        for minute, moved, sprung in zip(minutes, played, jumped, strict=True):
            assert moved == sprung == counts(run, 2, minute)
        evening = counts(run, 1)
        standing = (
            "waiting",
            "talking",
            "backlog",
            "writing",
            "with_bot",
            "in_portal",
            "booked",
            "on_the_way",
            "teams",
        )
        assert {name: before[name] for name in standing} == {name: evening[name] for name in standing}


def test_what_it_shows_is_what_it_counts(open_page, saved, runs):
    page = open_page(saved[0])
    root, panel = page.locator(".sim-replay"), page.locator(".sim-panel")
    page.locator("input[type=range]").evaluate("(bar) => { bar.value = 690; bar.dispatchEvent(new Event('input')); }")
    found = counts(runs[0], 2, 690)
    for name in ("waiting", "talking", "served", "abandoned"):
        assert int(root.get_attribute(f"data-{name}")) == found[name]
        assert page.locator(f".sim-{name} b").text_content() == f"{found[name]:,}"
    for name, value in found.items():
        if isinstance(value, int):
            assert int(panel.get_attribute(f"data-{name.replace('_', '-')}")) == value
    told = f"waiting {found['waiting']} · talking {found['talking']} · served {found['served']}"
    assert page.locator(".sim-status").text_content() == f"Wed 11:30 · {told} · hung up {found['abandoned']}"
    assert page.locator(".sim-clock").text_content() == "Wed 11:30"


def test_it_plays_pauses_and_ends_with_the_day(open_page, saved, runs):
    page = open_page(saved[0])
    root, status = page.locator(".sim-replay"), page.locator(".sim-status")
    assert root.get_attribute("data-playing") == "false"
    assert status.get_attribute("aria-live") == "polite"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("player.minute > 600.5")
    assert status.get_attribute("aria-live") == "off"
    page.get_by_role("button", name="Pause").click()
    minute = float(root.get_attribute("data-minute"))
    assert int(root.get_attribute("data-served")) == counts(runs[0], 2, page.evaluate("player.minute"))["served"]
    page.wait_for_timeout(50)
    assert float(root.get_attribute("data-minute")) == minute
    page.evaluate("player.seek(1439.9); player.toggle(true)")
    page.wait_for_function("!player.playing")
    assert page.evaluate("player.minute") == DAY
    assert int(root.get_attribute("data-served")) == counts(runs[0], 2)["served"]
    # Once more from the start.
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("player.minute >= 600 && player.minute < 700")


def test_those_who_leave_fade_and_a_jump_takes_them_away(open_page, saved):
    page = open_page(saved[0])
    gone = "player.sides[0].stage.leaving.size"
    page.evaluate("player.seek(700); player.minute += 20; player.step(0.02)")
    assert page.evaluate(gone) > 0
    page.evaluate("player.seek(710)")
    assert page.evaluate(gone) == 0
    page.evaluate("player.minute += 20; player.step(0.02); for (let n = 0; n < 20; n++) player.step(0.1)")
    assert page.evaluate(gone) == 0


def test_keys(open_page, saved):
    page = open_page(saved[0])
    page.locator(".sim-replay").focus()
    for key, minute in [("ArrowRight", 605), ("ArrowUp", 665), ("ArrowLeft", 660), ("ArrowDown", 600), ("End", DAY)]:
        page.keyboard.press(key)
        assert page.evaluate("player.minute") == minute
    page.keyboard.press("Home")
    page.keyboard.press("+")
    assert page.evaluate("[player.minute, player.speed]") == [0, 10]
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert page.evaluate("player.speed") == 2
    page.keyboard.press("Space")
    assert page.evaluate("player.playing")
    # On a button the space bar presses the button, once.
    page.locator(".sim-play").focus()
    page.keyboard.press("Space")
    assert not page.evaluate("player.playing")


def test_controls_have_names(open_page, saved):
    page = open_page(saved[0])
    for button in page.locator(".sim-replay button").all():
        assert button.get_attribute("aria-label")
    assert page.get_by_role("slider", name="Time of day").count() == 1
    assert page.get_by_role("group", name="Replay of baseline, Wed 2026-03-04").count() == 1


def test_who_wants_less_motion_gets_none(open_page, runs, tmp_path):
    path = sim.replay(runs[0], 2, start="10:00", play=True).save(tmp_path / "plays.html")
    assert open_page(path).evaluate("player.playing")
    page = open_page(path, reduced_motion="reduce")
    assert not page.evaluate("player.playing")
    # Played all the same, everybody stands where they belong at once.
    page.evaluate("player.toggle(true)")
    page.wait_for_function("player.minute > 601")
    stage = "player.sides[0].stage"
    assert page.evaluate(f"{stage}.here.every((s) => {stage}.x[s] === {stage}.tx[s])")


@pytest.mark.parametrize(("width", "beside"), [(400, False), (1200, True)])
def test_it_fits_narrow_and_wide_pages(open_page, saved, width, beside):
    page = open_page(saved[1], width, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    first, second = (panel.bounding_box() for panel in page.locator(".sim-panel").all())
    assert (first["y"] == second["y"]) == beside
    for canvas in page.locator(".sim-picture").all():
        assert canvas.evaluate("(c) => c.width >= 2 * c.clientWidth - 2")
    # Both sides have the same places, and everything lies inside the picture.
    outside = """() => player.sides.some(({ stage }) => stage.here.some((s) => stage.tx[s] < 0 || stage.ty[s] < 0
        || stage.tx[s] > stage.layout.width || stage.ty[s] > stage.layout.height))"""
    for minute in (510, 700, 1100):
        page.evaluate(f"player.seek({minute})")
        assert not page.evaluate(outside)
    assert page.evaluate("player.sides[0].stage.layout === player.sides[1].stage.layout")


def test_a_customer_can_be_followed_on_both_sides(open_page, saved):
    page = open_page(saved[1], 1200)
    page.evaluate("player.seek(690)")
    where = page.evaluate("""() => { const { stage, day } = player.sides[0], other = player.sides[1];
        const s = stage.here.find((s) => other.stage.here.some((o) => other.day.who[o] === day.who[s]));
        return { x: stage.x[s], y: stage.y[s], who: day.who[s], case: day.case[s] }; }""")
    page.locator(".sim-picture").first.click(position={"x": where["x"], "y": where["y"]})
    assert page.evaluate("player.sides.map(({ stage, day }) => day.who[stage.picked])") == [where["who"]] * 2
    assert f"顾客 {where['case']}" in page.locator(".sim-story").text_content()
    page.locator(".sim-picture").first.click(position={"x": 2, "y": 2})
    assert page.locator(".sim-story").text_content() == ""


def test_many_wait_and_many_work_within_their_boxes(open_page, tmp_path):
    hall = sim.simulate(sim.one_queue(arrivals_per_hour=2000, handle_minutes=6, agents=150, patience_minutes=8), seed=1)
    page = open_page(sim.replay(hall, start="15:00").save(tmp_path / "hall.html"))
    found = counts(hall, 0, 900)
    assert found["waiting"] > 40
    inside = """() => { const { stage, state } = player.sides[0], box = stage.layout.piles.get(0);
        return stage.here.filter((s) => state.stage[s] === 4).every((s) => stage.tx[s] >= box.x
            && stage.tx[s] <= box.x + box.w && stage.ty[s] >= box.y - 1 && stage.ty[s] <= box.y + box.h + 1); }"""
    assert page.evaluate(inside)
    assert page.evaluate("player.sides[0].stage.here.length") == found["waiting"] + found["talking"]
    # More than fit at the smallest size stand on one another, not outside.
    crowd = """() => { const { stage } = player.sides[0], list = [...Array(3000).keys()];
        stage.intoPile(list, { x: 10, y: 20, w: 60, h: 40 }, true);
        return list.every((s) => stage.tx[s] >= 10 && stage.tx[s] <= 70 && stage.ty[s] >= 20 && stage.ty[s] <= 60); }"""
    assert page.evaluate(crowd)
