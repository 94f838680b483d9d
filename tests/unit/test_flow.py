"""The drawing of a scenario shows what is in the scenario, and nothing else."""

import pytest
from matplotlib.patches import FancyBboxPatch, PathPatch

import sim


@pytest.fixture(scope="module")
def baseline():
    return sim.load("baseline")


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_part_has_a_box(baseline):
    figure = sim.plots.flow(baseline)
    parts = [*baseline.case_types, *baseline.channels, *baseline.teams, *baseline.task_names()]
    boxes = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == len(parts)
    assert {part.replace("_", " ") for part in parts} <= set(words(figure))


def test_every_way_has_a_line(baseline):
    lines = [patch for patch in sim.plots.flow(baseline).axes[0].patches if isinstance(patch, PathPatch)]
    ways = sum(share > 0 for kind in baseline.case_types.values() for share in kind.channels.values())
    skills = sum(len(team.skills) for team in baseline.teams.values())
    assert len(lines) == ways + skills


def test_thickness_follows_the_expected_cases(baseline):
    lines = [patch for patch in sim.plots.flow(baseline).axes[0].patches if isinstance(patch, PathPatch)]
    widths = [line.get_linewidth() - 0.4 for line in lines[:2]]
    mix = list(baseline.case_types["where_is_my_order"].channels.values())
    assert widths[0] / widths[1] == pytest.approx(mix[0] / mix[1])


def test_the_bot_stands_in_front_of_its_channels_and_is_gone_without_one(baseline):
    assert words(sim.plots.flow(baseline)).count("bot") == len(baseline.bot.channels)
    assert "bot" not in words(sim.plots.flow(baseline.with_(bot=None)))


def test_the_title_counts_the_cases_of_a_day():
    desk = sim.one_queue(arrivals_per_hour=10, handle_minutes=3, agents=1)
    assert sim.plots.flow(desk).message == "one queue: 240 cases a day through 1 channel to 1 team"
