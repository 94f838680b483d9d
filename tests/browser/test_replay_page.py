"""The replay in a browser shows, at any minute, what the log says."""

import pytest
from support import served

import sim
from sim.playback import counts

CELL = """
import sim
sim.replay(sim.simulate("baseline", seed=1), day=0)
"""
TOLD = ("waiting", "talking", "served", "abandoned")


@pytest.fixture(scope="module")
def replay(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    with served.app(served.notebook(folder / "replay.ipynb", CELL), folder / "app") as running:
        yield running


def by_the_log(run, minute):
    """Count in the table of contacts, for the first day."""
    contacts = run.contacts
    done = contacts[contacts["ended_minutes"] <= minute]
    return {outcome: int((done["outcome"] == outcome).sum()) for outcome in ("served", "abandoned")}


def test_the_counters_equal_the_log_at_every_minute_that_is_looked_at(replay, visit, until):
    page = visit(replay.address)
    player = page.locator(".sim-replay")
    player.wait_for()
    run = sim.simulate("baseline", seed=1)
    seen = set()
    for minute in (0, 545, 630.5, 725, 1010, 1440):
        page.locator(".sim-replay input[type=range]").evaluate(
            "(slider, minute) => { slider.value = minute; slider.dispatchEvent(new Event('input')); }", minute
        )
        until(lambda: float(player.get_attribute("data-minute")), lambda shown, minute=minute: shown == minute)
        shown = {key: int(player.get_attribute(f"data-{key}")) for key in TOLD}
        expected = counts(run, day=0, minute=minute)
        assert shown == {key: expected[key] for key in TOLD}
        if minute < 1440:  # what happens at 24:00 sharp is the next day's
            assert by_the_log(run, minute) == {key: shown[key] for key in ("served", "abandoned")}
        texts = page.locator(".sim-tiles b").all_inner_texts()
        assert [int(text.replace(",", "")) for text in texts[:4]] == list(shown.values())
        seen.add(tuple(shown.values()))
    assert len(seen) >= 5, "the day goes on"


def test_it_plays_forward_and_stops(replay, visit, until):
    page = visit(replay.address)
    player = page.locator(".sim-replay")
    player.wait_for()
    begin = float(player.get_attribute("data-minute"))
    player.focus()
    page.keyboard.press("Space")
    until(lambda: float(player.get_attribute("data-minute")), lambda minute: minute > begin + 1)
    page.keyboard.press("Space")
    until(lambda: player.get_attribute("data-playing"), lambda playing: playing == "false")
    minute = float(player.get_attribute("data-minute"))
    shown = {key: int(player.get_attribute(f"data-{key}")) for key in TOLD}
    expected = counts(sim.simulate("baseline", seed=1), day=0, minute=minute)
    assert shown == {key: expected[key] for key in TOLD}
