"""Planning from a shell."""

import io
import json

import pandas as pd
import pytest

import sim
from sim import cli
from sim.staffing.report import read_target

SCENARIO = """\
name: desk
days: 2
demand: {cases_per_hour: {call: {"08:00-16:00": 200}}}
case_types:
  call: {channels: {phone: 1}, handle_time: {mean_minutes: 3}}
channels:
  phone: {kind: live, open_hours: "08:00-16:00", patience: never}
teams:
  agents: {skills: [phone], agents: {"08:00-16:00": 14}, absence: 0.1}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return str(path)


def run(capsys, *arguments):
    code = cli.main(["staff", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_table_for_people(capsys, file):
    code, out, _ = run(capsys, file, "--target", "0.8")
    assert code == 0
    assert "08:30-16:00 16" in out  # 14 / 0.9 = 15.6
    assert "by formula" in out


def test_csv_and_json_hold_the_requirement(capsys, file):
    _, text, _ = run(capsys, file, "--csv", "--target", "service_level=0.8", "--target", "phone.asa_minutes=1")
    table = pd.read_csv(io.StringIO(text))
    assert table["heads"].max() == 14
    _, text, _ = run(capsys, file, "--json", "--on", "90 % of days")
    content = json.loads(text)
    assert content["on"] == 0.9
    assert content["goals"] == {"phone": {"service_level": 0.8}}
    assert len(content["rows"]) == len(table) == 32


def test_shifts_with_rules_and_the_plan_as_a_scenario(capsys, file, tmp_path):
    rules, plan = tmp_path / "rules.yaml", tmp_path / "plan.yaml"
    rules.write_text("contracts: [{name: half days, shift_hours: 4}]\nlatest_end: '16:00'\n", encoding="utf-8")
    code, out, _ = run(capsys, file, "--show", "shifts", "--rules", str(rules), "--plan", str(plan))
    assert code == 0
    assert "half days" in out
    assert sim.load(plan).teams["agents"].head_count[0, 12 * 60 - 1] == 16
    code, _, err = run(capsys, file, "--show", "shifts", "--rules", str(rules), "--plan", str(plan))
    assert (code, "already" in err) == (2, True)


def test_a_plan_lived_through_and_changed(capsys, file):
    _, text, _ = run(capsys, file, "--show", "check", "--replications", "2", "--csv")
    table = pd.read_csv(io.StringIO(text)).set_index(["work", "measure"])
    assert table.loc[("phone", "service_level"), "simulated"] > 0.7
    _, text, _ = run(capsys, file, "--show", "what-if", "--replications", "2", "--json", "--set", "days=1")
    changes = {row["change"] for row in json.loads(text)["rows"]}
    assert {"one more in agents", "absence doubled", "volume +10 %"} <= changes


def test_by_simulation(capsys, file):
    code, text, _ = run(capsys, file, "--by-simulation", "--replications", "2", "--set", "days=1", "--csv")
    assert code == 0
    assert {"simulated_heads", "gap", "why"} <= set(pd.read_csv(io.StringIO(text)).columns)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "80"], "write 0.8 for 80 %"),
        (["--target", "service_level"], "may hold a number"),
        (["--target", "phone.service_level=high"], "may hold a number, such as 0.8"),
        (["--target", "service_level=0.8", "--target", "0.9"], "write NAME=VALUE"),
        (["--on", "weekdays"], "a share of days"),
        (["--served-by", "phone"], "write NAME=VALUE"),
        (["--rules", "rules.yaml"], "--rules are for --show shifts"),
        (["--show", "shifts", "--rules", "none.yaml"], "there is no file 'none.yaml'"),
    ],
)
def test_mistakes(capsys, file, arguments, message):
    code, out, err = run(capsys, file, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_rules_that_are_none(capsys, file, tmp_path):
    rules = tmp_path / "rules.yaml"
    for content, message in (("- 1", "it must hold keys"), ("a: [", "is not YAML"), ("max_people: {}", "most_people")):
        rules.write_text(content, encoding="utf-8")
        code, _, err = run(capsys, file, "--show", "shifts", "--rules", str(rules))
        assert (code, message in err) == (2, True), content


def test_targets_as_written():
    assert read_target([]) is None
    assert read_target(["0.85"]) == 0.85
    assert read_target(["service_level=0.8"]) == {"service_level": 0.8}
