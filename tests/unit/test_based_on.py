"""Scenario files that say only in what they differ from another one."""

import pytest

import sim


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_it_is_the_base_with_the_changes(tmp_path):
    path = write(tmp_path, "more.yaml", "based_on: baseline\nname: more\nteams: {phone_desk: {extra_agents: 2}}\n")
    assert sim.load(path) == sim.load("baseline").with_(name="more", teams={"phone_desk": {"extra_agents": 2}})


def test_a_dictionary_may_be_based_on_a_scenario_too():
    assert sim.load({"based_on": "baseline", "name": "short", "days": 2}).days == 2


def test_parts_are_added_as_a_file_would_write_them_and_taken_away(tmp_path):
    text = """
based_on: baseline
teams:
  night_desk: {skills: [chat], agents: {"22:00-24:00": 1}}
  partner: null
bot: null
"""
    shop = sim.load(write(tmp_path, "night.yaml", text))
    assert list(shop.teams) == ["phone_desk", "chat_desk", "back_office", "service_centre", "night_desk"]
    assert shop.bot is None
    assert shop.name == "baseline"


def test_a_base_lies_beside_the_file(tmp_path):
    write(tmp_path, "mine.yaml", "based_on: baseline\nname: mine\ndays: 3\n")
    other = write(tmp_path, "other.yaml", "based_on: mine.yaml\nname: other\n")
    assert (sim.load(other).days, sim.load(other).name) == (3, "other")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("based_on: baselin\n", "'baselin'.*Did you mean 'baseline'"),
        ("based_on: 3\n", "based_on holds 3; it may hold the name or path"),
        ("based_on: baseline\nteems: {}\n", "based on 'baseline': no such key as 'teems'. Did you mean 'teams'"),
        ("based_on: baseline\nteams: {phone_desk: {agent: 2}}\n", "teams.phone_desk: no such key as 'agent'"),
        ("based_on: baseline\nteams: {fone_desk: {extra_agents: 2}}\n", "teams.fone_desk.skills: is missing"),
        ("based_on: baseline\nteams: {fone_desk: null}\n", "teams: no such name as 'fone_desk'"),
        ("based_on: circle.yaml\n", "based on itself"),
        ("based_on: ../{folder}/circle.yaml\n", "based on itself"),
        ("based_on: '~nobody-of-this-name/shop.yaml'\n", "cannot be read|no file"),
        ('based_on: "shop\\0.yaml"\n', "no file called"),
    ],
)
def test_mistakes_are_told(tmp_path, text, message):
    with pytest.raises(sim.ScenarioError, match=message):
        sim.load(write(tmp_path, "circle.yaml", text.replace("{folder}", tmp_path.name)))


def test_two_files_based_on_each_other(tmp_path):
    write(tmp_path, "one.yaml", "based_on: two.yaml\n")
    with pytest.raises(sim.ScenarioError, match="break the circle"):
        sim.load(write(tmp_path, "two.yaml", "based_on: one.yaml\n"))
