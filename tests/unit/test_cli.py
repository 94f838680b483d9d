"""The command line: what it prints, where it writes, and how it says no."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from support.pages import example_scenarios

import sim
from sim import batch, cli, experiment, report
from sim.measures import MEASURES


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in, with a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def desk(here):
    """A file with a small scenario: a phone and an e-mail desk for three days."""
    scenario = sim.load(
        {
            "name": "desk",
            "days": 3,
            "demand": {"cases_per_hour": {"question": {"08:00-18:00": 20}}},
            "case_types": {
                "question": {
                    "channels": {"phone": 0.7, "email": 0.3},
                    "handle_time": {"mean_minutes": 5},
                    "solved": 0.9,
                }
            },
            "channels": {
                "phone": {"kind": "live", "open_hours": "08:00-18:00", "patience": {"mean_minutes": 4}},
                "email": {"kind": "deferred", "open_hours": "08:00-18:00"},
            },
            "teams": {"agents": {"skills": ["phone", "email"], "agents": {"07:00-19:00": 2}}},
            "coming_back": {"after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 60}}},
        }
    )
    scenario.to_yaml(here / "desk.yaml")
    return scenario


@pytest.fixture
def whole_shop(here):
    """A file with two days of a shop that has a bot, chat, a service centre and a back office."""
    scenario = sim.load(example_scenarios()[-1]).with_(days=2)
    scenario.to_yaml(here / "whole.yaml")
    return scenario


@pytest.fixture
def run(here, capsys):
    """A function run(*arguments): the exit code, standard output and standard error of a command."""

    def run_command(*arguments):
        try:
            code = cli.main(arguments)
        except SystemExit as end:
            code = end.code
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run_command


def row_of(text, label):
    """The words after a label in a table."""
    (line,) = [line for line in text.splitlines() if line.strip().startswith(label + "  ")]
    return line.strip().removeprefix(label).split()


# Simulate


def test_simulate_prints_what_a_notebook_would_compute(run, desk):
    code, out, err = run("simulate", "desk.yaml", "--replications", "4", "--seed", "7")
    table = sim.replicate(desk, 4, seed=7, progress=False).measures()
    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == [
        "desk",
        "4 replications of 3 days (the days from Mon 2026-03-02), seed 7",
        "Counts are means a replication; intervals are 95 %",
    ]
    for label, measure, factor, unit in [
        ("service level", "service_level", 100, "%"),
        ("abandonment", "abandonment", 100, "%"),
        ("occupancy", "occupancy", 100, "%"),
    ]:
        value, low, high = factor * table.loc[measure, ["estimate", "low", "high"]]
        assert row_of(out, label) == [f"{value:.1f}", unit, f"({low:.1f}", "to", f"{high:.1f})"]
    assert row_of(out, "contacts")[0] == f"{table.loc['contacts', 'estimate']:.0f}"


def test_a_table_leaves_out_what_says_nothing(run, desk):
    _, out, _ = run("simulate", "desk.yaml", "--replications", "2", "--by", "channel")
    phone, email = out.split("\nphone\n")[1].split("\nemail\n")
    for live in ("service level", "abandonment", "average speed of answer", "days on target"):
        assert live in phone
        assert live not in email
    for deferred in ("answered within target", "time to the answer"):
        assert deferred in email
        assert deferred not in phone
    assert "nan" not in out
    assert "abandoned" not in email, "nobody can hang up on an e-mail"
    assert "occupancy" not in out, "agents belong to no channel"


# What only a bot, several conversations at once, self-service or a back office has.
OF_A_WHOLE_SHOP = [
    "bot sessions",
    "contained by the bot",
    "and solved",
    "but not solved",
    "left at the bot",
    "conversations at once",
    "status enquiries a case",
    "solved by self-service",
    "time to the refund",
]


def test_a_table_tells_of_bot_and_back_office_where_there_are_any(run, desk, whole_shop):
    _, plain, _ = run("simulate", "desk.yaml", "--replications", "2")
    _, whole, _ = run("simulate", "whole.yaml", "--replications", "2")
    for label in OF_A_WHOLE_SHOP:
        assert label not in plain, label
        assert row_of(whole, label), label
    table = sim.replicate(whole_shop, 2, progress=False).measures()["estimate"]
    assert row_of(whole, "contained by the bot")[:2] == [f"{100 * table['containment']:.1f}", "%"]
    assert row_of(whole, "time to the refund")[:2] == [f"{table['refund_hours']:.1f}", "h"]


def test_what_belongs_to_the_bot_is_told_of_its_channels(run, whole_shop):
    _, out, _ = run("simulate", "whole.yaml", "--replications", "2", "--by", "channel")
    phone, chat = out.split("\nphone\n")[1].split("\nchat\n")
    chat = chat.split("\nemail\n")[0]
    assert "contained by the bot" in chat
    assert "bot" not in phone


def test_a_comparison_tells_of_a_bot_that_one_of_two_has(run, whole_shop):
    _, out, _ = run("compare", "whole.yaml", "--set", "bot=null", "--replications", "2")
    assert row_of(out, "bot sessions")[1] == "0"
    assert "conversations at once" in out


@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_a_table_by_team_has_conversations_at_once_only_with_chat(run, desk, whole_shop, command):
    for name, team in (("desk", "agents"), ("whole", "phone")):
        change = ("--set", f"teams.{team}.extra_agents=1") if command == "compare" else ()
        grouped = ("--by", "team,weekday", "--replications", "2")
        _, out, _ = run(command, f"{name}.yaml", *change, *grouped)
        assert ("at once" in out) == (name == "whole")


@pytest.mark.parametrize("name", ["desk", "whole"])
@pytest.mark.parametrize(
    "arguments", [(), ("--by", "channel"), ("--by", "hour"), ("--by", "channel,hour"), ("--by", "team")]
)
@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_a_table_fits_a_terminal(run, desk, whole_shop, command, arguments, name):
    team = "agents" if name == "desk" else "phone"
    change = ("--set", f"teams.{team}.extra_agents=1") if command == "compare" else ()
    code, out, _ = run(command, f"{name}.yaml", *change, "--replications", "2", *arguments)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_many_groups_make_a_line_each(run, desk):
    _, out, _ = run("simulate", "desk.yaml", "--replications", "3", "--by", "hour")
    lines = out.splitlines()
    table = sim.replicate(desk, 3, progress=False).measures(by="hour")
    (nine,) = [line.split() for line in lines if line.startswith("9 ")]
    value, low, high = table.loc[(9, "contacts"), ["estimate", "low", "high"]]
    assert nine[1:3] == [f"{value:.1f}", f"±{(high - low) / 2:.1f}"]
    assert lines[4].split()[:4] == ["hour", "contacts", "service", "level"]


def test_one_replication_prints_no_interval(run, desk):
    _, out, _ = run("simulate", "desk.yaml", "--replications", "1")
    assert "1 replication of 3 days" in out
    assert "One replication is one possible course of events: no intervals" in out
    assert row_of(out, "service level")[1:] == ["%"]
    _, out, _ = run("simulate", "desk.yaml", "--replications", "1", "--by", "hour")
    assert "±" not in out


def test_an_interval_never_reaches_where_nothing_can_be(run, desk):
    _, out, _ = run("simulate", "desk.yaml", "--replications", "2")
    low, high = row_of(out, "days on target")[2].strip("("), row_of(out, "days on target")[4].strip(")")
    assert 0 <= float(low) <= float(high) <= 100


def test_a_window_is_said_and_kept(run, desk):
    arguments = ("--replications", "2", "--from-day", "1", "--to-day", "2.5")
    _, out, _ = run("simulate", "desk.yaml", *arguments)
    assert "Counted: from day 1 to day 2.5 after the start" in out
    _, out, _ = run("simulate", "desk.yaml", *arguments, "--json")
    table = sim.replicate(desk, 2, progress=False).measures(from_day=1, to_day=2.5)
    found = json.loads(out)
    assert (found["from_day"], found["to_day"]) == (1, 2.5)
    assert found["measures"][0]["estimate"] == table.loc["contacts", "estimate"]


def test_json_holds_everything(run, desk):
    code, out, _ = run("simulate", "desk.yaml", "--replications", "3", "--by", "channel,day", "--json")
    found = json.loads(out)
    table = sim.replicate(desk, 3, progress=False).measures(by=["channel", "day"])
    assert code == 0
    about = {key: value for key, value in found.items() if key != "measures"}
    assert about == {
        "scenario": "desk",
        "replications": 3,
        "seed": 1,
        "days": 3,
        "from_day": 0,
        "to_day": 3,
        "by": ["channel", "day"],
        "confidence": 0.95,
    }
    assert len(found["measures"]) == len(table)
    for record, (key, row) in zip(found["measures"], table.iterrows(), strict=True):
        assert (record["channel"], record["day"], record["measure"]) == key
        assert record["unit"] == MEASURES[record["measure"]].unit
        for name in ("estimate", "low", "high"):
            assert record[name] == (None if np.isnan(row[name]) else row[name])


def test_csv_holds_everything(run, desk):
    _, out, _ = run("simulate", "desk.yaml", "--replications", "3", "--by", "channel", "--csv")
    found = pd.read_csv(io.StringIO(out), index_col=["channel", "measure"])
    table = sim.replicate(desk, 3, progress=False).measures(by="channel")
    pd.testing.assert_frame_equal(found[["estimate", "low", "high"]], table)
    assert out.splitlines()[0] == "channel,measure,unit,estimate,low,high"
    assert "nan" not in out.lower()


def test_set_changes_the_scenario(run, desk):
    changes = ["--set", "teams.agents.extra_agents=1", "--set", "case_types.question.channels={phone: 0.5, email: 0.5}"]
    changes += ["--set", "channels.phone.patience=never", "--set", "days=1", "--set", "name=more"]
    _, out, _ = run("simulate", "desk.yaml", "--replications", "2", "--json", *changes)
    more = desk.with_(
        name="more",
        days=1,
        teams={"agents": {"extra_agents": 1}},
        case_types={"question": {"channels": {"phone": 0.5, "email": 0.5}}},
        channels={"phone": {"patience": "never"}},
    )
    expected = report.of_replications(sim.replicate(more, 2, progress=False), "json")
    assert out == expected


def test_set_takes_away_with_null(run, desk):
    _, out, _ = run("show", "desk.yaml", "--set", "coming_back.after_no_solution=null")
    assert sim.load(yaml.safe_load(out)) == desk.with_(coming_back={"after_no_solution": None})


# Compare


def test_compare_prints_both_and_their_difference(run, desk):
    change = "teams.agents.extra_agents=1"
    code, out, _ = run("compare", "desk.yaml", "--set", change, "--replications", "4")
    more = desk.with_(teams={"agents": {"extra_agents": 1}}, name=f"desk, {change}")
    duel = sim.compare([desk, more], 4, progress=False)
    before, after = (runs.measures() for runs in duel.replications)
    row = duel.differences().loc[(more.name, "service_level")] * 100
    assert code == 0
    assert out.splitlines()[:2] == ["A  desk", f"B  desk, {change}"]
    assert row_of(out, "service level, %") == [
        f"{100 * before.loc['service_level', 'estimate']:.1f}",
        f"{100 * after.loc['service_level', 'estimate']:.1f}",
        f"{row['estimate']:+.1f}",
        f"({row['low']:+.1f}",
        "to",
        f"{row['high']:+.1f})",
        *(["*"] if row["low"] > 0 or row["high"] < 0 else []),
    ]


def test_compare_marks_what_is_more_than_luck(run, desk):
    _, out, _ = run("compare", "desk.yaml", "--set", "teams.agents.extra_agents=3", "--replications", "5")
    assert row_of(out, "abandonment, %")[-1] == "*"
    assert row_of(out, "cases") == [*row_of(out, "cases")[:2], "+0", "(+0", "to", "+0)"], "the same customers"


def test_compare_takes_several_files(run, desk, here):
    desk.with_(name="calm", demand={"factor": 0.5}).to_yaml(here / "calm.yaml")
    desk.with_(name="rush", demand={"factor": 1.5}).to_yaml(here / "rush.yaml")
    _, out, _ = run("compare", "desk.yaml", "calm.yaml", "rush.yaml", "--replications", "2")
    assert "B - A" in out
    assert "C - A" in out
    _, out, _ = run("compare", "desk.yaml", "calm.yaml", "rush.yaml", "--replications", "2", "--csv", "--by", "channel")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["scenario", "minus", "channel", "measure", "unit", "estimate", "low", "high"]
    assert {(row["scenario"], row["minus"]) for row in rows} == {
        ("desk", ""), ("calm", ""), ("rush", ""), ("calm", "desk"), ("rush", "desk")
    }  # fmt: skip


def test_compare_as_json(run, desk):
    _, out, _ = run(
        "compare", "desk.yaml", "--set", "demand.factor=2", "--set", "name=rush", "--replications", "2", "--json"
    )
    found = json.loads(out)
    assert found["scenarios"] == ["desk", "rush"]
    assert {record["scenario"] for record in found["measures"]} == {"desk", "rush"}
    assert {(record["scenario"], record["minus"]) for record in found["differences"]} == {("rush", "desk")}


# Scenarios, show, measures


def test_scenarios_are_listed_with_their_stories(run):
    code, out, _ = run("scenarios")
    assert code == 0
    for name in sim.scenarios():
        assert f"\n{name}  (" in f"\n{out}"
        assert " ".join(sim.load(name).story.split()) in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_show_prints_yaml_that_can_be_read_back(run):
    code, out, _ = run("show", "baseline")
    assert code == 0
    assert sim.load(yaml.safe_load(out)) == sim.load("baseline")


def test_levers_are_listed_with_their_ranges(run):
    _, out, _ = run("levers", "--set", "teams.phone_desk.extra_agents=2")
    lines = {line[2:].split("  ")[0]: line for line in out.splitlines() if line.startswith("  ")}
    assert list(lines) == list(sim.levers("baseline"))
    assert lines["agents.phone_desk"].endswith("     2  (-3 to 10 agents)")
    assert lines["callback.phone"].endswith("    on  (off or on)")


def test_levers_for_a_spreadsheet_say_what_they_do(run):
    code, out, _ = run("levers", "small_store", "--csv")
    rows = {row["lever"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    assert list(rows) == list(sim.levers("small_store"))
    assert rows["bot"]["help"] == sim.lever("bot").help


def test_measures_are_all_explained(run):
    _, out, _ = run("measures")
    for name, measure in MEASURES.items():
        assert f"[{name}, {measure.unit}]" in out
    assert " ".join(MEASURES["service_level"].meaning.split()) in " ".join(out.split())


# Files


@pytest.mark.parametrize(
    ("name", "first"), [("out.csv", "measure,"), ("out.JSON", "{"), ("out.txt", "desk"), ("out", "desk")]
)
def test_the_name_of_a_file_chooses_its_form(run, desk, here, name, first):
    code, out, err = run("simulate", "desk.yaml", "--replications", "2", "-o", name)
    assert (code, out, err) == (0, "", f"Written: {name}\n")
    assert (here / name).read_text(encoding="utf-8").startswith(first)


def test_an_option_beats_the_name_of_the_file(run, desk, here):
    run("simulate", "desk.yaml", "--replications", "2", "--json", "-o", "out.txt")
    assert json.loads((here / "out.txt").read_text(encoding="utf-8"))["scenario"] == "desk"


def test_a_file_is_not_replaced_unasked(run, desk, here, monkeypatch):
    before = (here / "desk.yaml").read_text(encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(experiment, "replicate", lambda *_, **__: pytest.fail("it ran before it refused"))
        code, _, err = run("simulate", "desk.yaml", "-o", "desk.yaml")
    assert code == 2
    assert err == "python -m sim: there is a file 'desk.yaml' already; choose another name, or add --overwrite\n"
    assert (here / "desk.yaml").read_text(encoding="utf-8") == before
    code, _, _ = run("show", "desk.yaml", "--set", "days=1", "-o", "desk.yaml", "--overwrite")
    assert code == 0
    assert sim.load("desk.yaml").days == 1


def test_a_file_appears_whole_or_not_at_all(run, desk, here, monkeypatch):
    (here / "out.json").write_text("before")

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    code, _, err = run("simulate", "desk.yaml", "--replications", "2", "-o", "out.json", "--overwrite")
    assert (code, err) == (2, "python -m sim: No space left on device\n")
    assert (here / "out.json").read_text() == "before"
    assert sorted(path.name for path in here.iterdir()) == ["desk.yaml", "out.json"]


def test_a_file_may_be_a_link_or_a_device(run, desk, here):
    (here / "target.csv").write_text("before")
    (here / "link.csv").symlink_to("target.csv")
    run("simulate", "desk.yaml", "--replications", "2", "-o", "link.csv", "--overwrite")
    assert (here / "link.csv").is_symlink()
    assert (here / "target.csv").read_text().startswith("measure,")
    assert run("simulate", "desk.yaml", "--replications", "2", "-o", os.devnull)[0] == 0


def test_a_dash_is_standard_output(run):
    assert run("show", "baseline", "-o", "-")[1] == run("show", "baseline")[1]


# Sweep

SETTINGS = ("--set", "teams.agents.extra_agents=0,1", "--set", "channels.phone.patience=[never, {mean_minutes: 2}]")


def test_a_sweep_prints_a_line_a_setting(run, desk):
    code, out, err = run("sweep", "desk.yaml", *SETTINGS, "--replications", "3", "--measure", "abandonment,occupancy")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "desk"
    assert lines[3] == "All meet the same customers."
    assert lines[5].split() == ["setting", "abandonment", "occupancy"]
    assert [line.split("  ")[0] for line in lines[7:]] == [
        "extra_agents=0, patience=never",
        "extra_agents=0, mean_minutes=2",
        "extra_agents=1, patience=never",
        "extra_agents=1, mean_minutes=2",
    ]
    changed = desk.with_(teams={"agents": {"extra_agents": 1}}, channels={"phone": {"patience": {"mean_minutes": 2}}})
    value, low, high = 100 * sim.replicate(changed, 3, progress=False).measures().loc["abandonment"]
    assert lines[-1].split()[2:4] == [f"{value:.1f}", f"±{(high - low) / 2:.1f}"]


@pytest.mark.parametrize("by", [[], ["channel"]])
def test_a_sweep_as_csv_or_json_holds_everything(run, desk, by):
    arguments = ("--set", "teams.agents.extra_agents=0,1", "--replications", "2", *(["--by", *by] if by else []))
    _, as_csv, _ = run("sweep", "desk.yaml", *arguments, "--csv")
    _, as_json, _ = run("sweep", "desk.yaml", *arguments, "--json")
    found, about = pd.read_csv(io.StringIO(as_csv)), json.loads(as_json)
    plans = sim.sweep(desk, {"teams.agents.extra_agents": [0, 1]}, 2, progress=False)
    table = plans.table(by=by or None)
    assert list(found.columns) == ["teams.agents.extra_agents", *by, "measure", "unit", "estimate", "low", "high"]
    assert about["settings"] == ["teams.agents.extra_agents"]
    assert (about["scenario"], about["seed"], about["replications"]) == ("desk", 1, 2)
    pd.testing.assert_frame_equal(found.drop(columns="unit"), table, check_dtype=False)
    assert [record["estimate"] for record in about["measures"]] == [
        None if np.isnan(value) else value for value in table["estimate"]
    ]
    assert [record["teams.agents.extra_agents"] for record in about["measures"]] == table.iloc[:, 0].tolist()


def test_work_that_is_kept_is_not_done_again(run, desk, here, monkeypatch):
    first = run("simulate", "desk.yaml", "--replications", "3", "--folder", "kept", "--workers", "1")
    monkeypatch.setattr(batch, "simulate", lambda *_, **__: pytest.fail("it ran again"))
    assert run("simulate", "desk.yaml", "--replications", "3", "--folder", "kept") == first
    arguments = ("--set", "teams.agents.extra_agents=0", "--replications", "3", "--folder", "kept")
    assert run("sweep", "desk.yaml", *arguments)[0] == 0


def test_the_number_of_workers_changes_nothing(run, desk):
    arguments = ("compare", "desk.yaml", "--set", "teams.agents.extra_agents=1", "--replications", "3", "--json")
    assert run(*arguments, "--workers", "2") == run(*arguments, "--workers", "1")


# Mistakes

WRONG = {
    "sweep without settings": ("sweep desk.yaml", "the following arguments are required: --set"),
    "sweep without values": ("sweep desk.yaml --set days", "--set holds 'days'; write KEY=VALUE,VALUE, such as teams."),
    "sweep with no value": ("sweep desk.yaml --set days=", "--set holds 'days='; write KEY=VALUE,VALUE"),
    "sweep of one key twice": (
        "sweep desk.yaml --set days=1 --set days=2",
        "--set gives days twice; give all its values at once: days=VALUE,VALUE",
    ),
    "sweep of what is not there": (
        "sweep desk.yaml --set teams.agent.extra_agents=1,2",
        "the setting 'extra_agents=1' cannot be used: teams: no such name as 'agent'. Did you mean 'agents'?",
    ),
    "sweep of no YAML": ("sweep desk.yaml --set days=1,{", "--set days: '1,{' cannot be read as YAML"),
    "sweep of an unknown measure": (
        "sweep desk.yaml --set days=1 --measure abandonmant",
        "argument --measure: no such measure as 'abandonmant'. Did you mean 'abandonment'?",
    ),
    "no workers": ("simulate desk.yaml --workers 0", "argument --workers: holds '0'; it may hold a whole number of"),
    "a folder that is a file": (
        "simulate desk.yaml --folder desk.yaml",
        "results cannot be kept in 'desk.yaml': File exists",
    ),
    "unknown command": (
        "simulat desk.yaml",
        "no such command as 'simulat'. Did you mean 'simulate'? Allowed: simulate, com",
    ),
    "unknown scenario": (
        "simulate baselin",
        "there is no scenario and no file called 'baselin'. Did you mean 'baseline'?",
    ),
    "no scenario": ("simulate", "the following arguments are required: SCENARIO"),
    "unknown option": ("simulate desk.yaml --reps 3", "unrecognized arguments: --reps 3"),
    "no replications": (
        "simulate desk.yaml --replications 0",
        "--replications: holds '0'; it may hold a whole number of at",
    ),
    "ten replications": (
        "simulate desk.yaml --replications ten",
        "--replications: holds 'ten'; it may hold a whole number",
    ),
    "half a replication": (
        "simulate desk.yaml --replications 2.5",
        "--replications: holds '2.5'; it may hold a whole number",
    ),
    "negative seed": ("simulate desk.yaml --seed -1", "--seed: holds '-1'; it may hold a whole number of at least 0"),
    "unknown dimension": (
        "simulate desk.yaml --by chanel",
        "--by: no such dimension as 'chanel'. Did you mean 'channel'?",
    ),
    "dimension twice": ("simulate desk.yaml --by day,day", "--by: names a dimension twice: day,day"),
    "no dimension": ("simulate desk.yaml --by ,", "--by: no such dimension as ''"),
    "window": (
        "simulate desk.yaml --from-day 3",
        "--from-day 3 and --to-day 3 leave nothing of the 3 days of 'desk'; choose 0",
    ),
    "window beyond": (
        "compare desk.yaml desk.yaml --to-day 9",
        "leave nothing of the 3 days of 'desk'; choose 0 <= from < to <= 3",
    ),
    "day in words": (
        "simulate desk.yaml --from-day monday",
        "--from-day: holds 'monday'; it may hold a number of days since",
    ),
    "day NaN": (
        "simulate desk.yaml --to-day nan",
        "--to-day: holds 'nan'; it may hold a number of days since the start",
    ),
    "two forms": ("simulate desk.yaml --json --csv", "not allowed with argument --json"),
    "set without value": (
        "simulate desk.yaml --set days",
        "--set holds 'days'; write KEY=VALUE, such as teams.phone_desk.ex",
    ),
    "set to nothing": ("simulate desk.yaml --set days=", "--set days gives no value; write days=VALUE, or days=null"),
    "set nothing": ("simulate desk.yaml --set =3", "--set holds '=3'; write KEY=VALUE"),
    "set with a hole": ("simulate desk.yaml --set teams..agents=3", "--set holds 'teams..agents=3'; write KEY=VALUE"),
    "set unknown": ("simulate desk.yaml --set dayz=3", "no such key as 'dayz'. Did you mean 'days'?"),
    "set unknown part": (
        "simulate desk.yaml --set teams.agent.absence=0",
        "teams: no such name as 'agent'. Did you mean 'agents'?",
    ),
    "set wrong": ("simulate desk.yaml --set days=few", "days: holds 'few'; it may hold a whole number"),
    "set no YAML": ("simulate desk.yaml --set demand.factor=[1", "--set demand.factor: '[1' cannot be read as YAML"),
    "set a program": (
        "simulate desk.yaml --set name=!!python/name:os.system",
        "cannot be read as YAML (could not determine",
    ),
    "set twice": ("simulate desk.yaml --set days=1 --set days=2", "--set gives days twice; keep one of them"),
    "set over": (
        "simulate desk.yaml --set teams=1 --set teams.agents.absence=0",
        "also something that it is part of; keep one",
    ),
    "set several": (
        "simulate desk.yaml --set days=1 name=x",
        "unrecognized arguments: name=x (every change needs its own --set)",
    ),
    "compare one": (
        "compare desk.yaml",
        "compare needs two scenarios, or one and a change, such as --set teams.phone_desk",
    ),
    "compare too much": (
        "compare desk.yaml desk.yaml --set days=1",
        "--set makes the second scenario out of a single one; give",
    ),
    "other groups": (
        "compare desk.yaml --set days=2 --by day --replications 2",
        "the scenarios have different groups here",
    ),
    "no folder": ("simulate desk.yaml -o nowhere/out.csv", "there is no folder 'nowhere' to write 'out.csv' in"),
    "a folder": ("simulate desk.yaml -o .", "'.' is a folder; name a file in it"),
    "a spreadsheet": ("simulate desk.yaml -o out.xlsx", "'out.xlsx' would be no spreadsheet file; write a .csv"),
    "no mapping": ("calibrate calls.csv", "the following arguments are required: --mapping"),
    "desk": (
        "calibrate calls.csv --mapping bank_1999 --desk support",
        "holds 'support'; write NAME=TYPE or NAME=TYPE,TYPE",
    ),
    "renew": ("calibrate calls.csv --mapping bank_1999 --renew demand", "name that with --keep"),
    "figure": (
        "validate desk.yaml calls.csv --mapping bank_1999 --figure fit.bmp",
        "--figure holds 'fit.bmp'; it may hold",
    ),
    "no calls": ("calibrate calls.csv --mapping bank_1999", "calls.csv"),
}


@pytest.mark.parametrize(("command", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_in_a_sentence(run, desk, command, message):
    code, out, err = run(*command.split())
    assert (code, out) == (2, "")
    assert err.startswith("python -m sim")
    assert message in err
    assert "Traceback" not in err
    assert "usage:" not in err


def test_a_file_that_is_no_scenario_is_told_in_a_sentence(run, here):
    (here / "shop.yaml").write_text("name: [", encoding="utf-8")
    code, _, err = run("simulate", "shop.yaml")
    assert code == 2
    assert err.startswith("python -m sim: file 'shop.yaml' is not YAML at line 1, column 8")


def test_too_little_memory_is_told_in_a_sentence(run, desk, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(experiment, "replicate", fail)
    assert run("simulate", "desk.yaml") == (
        2,
        "",
        "python -m sim: there is not enough memory for this; simulate fewer days or replications\n",
    )


def test_a_defect_of_ours_is_not_hidden(run, desk, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(experiment, "replicate", fail)
    with pytest.raises(ZeroDivisionError):
        run("simulate", "desk.yaml")


def test_nothing_asked_for_is_answered_with_help(run):
    code, out, err = run()
    assert (code, out) == (2, "")
    for command in cli.COMMANDS:
        assert f"\n    {command}" in err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"usage: python -m sim {command}" in out


def test_the_version_is_told(run):
    assert run("--version") == (0, f"after-sales-workbook {sim.__version__}\n", "")


# Stopping


def interrupt_at(monkeypatch, call):
    calls = iter(range(10_000))
    true_simulate = batch.simulate

    def simulate(*arguments, **options):
        if next(calls) == call:
            raise KeyboardInterrupt
        return true_simulate(*arguments, **options)

    monkeypatch.setattr(batch, "simulate", simulate)


def test_stopping_prints_what_is_finished(run, desk, monkeypatch):
    interrupt_at(monkeypatch, 2)
    code, out, err = run("simulate", "desk.yaml", "--replications", "9")
    assert code == 130
    assert err == "Note: stopped after 2 of 9 replications; these are kept\n"
    assert "2 replications of 3 days" in out


def test_stopping_at_once_prints_nothing(run, desk, monkeypatch):
    interrupt_at(monkeypatch, 0)
    assert run("simulate", "desk.yaml") == (130, "", "Stopped. Nothing was finished.\n")


def shell(here, *arguments, **options):
    """Start the command line in a process of its own."""
    path = os.pathsep.join([os.path.dirname(os.path.dirname(sim.__file__)), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *arguments],
        cwd=here,
        env={**os.environ, "PYTHONPATH": path, **options.pop("env", {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_ends_a_run_quietly(here, desk):
    os.mkfifo(here / "pipe.yaml")
    with shell(here, "simulate", "pipe.yaml", "--replications", "1000000") as process:
        # Writing waits until the program reads: from then on it is at work.
        (here / "pipe.yaml").write_text(desk.to_yaml(), encoding="utf-8")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith((b"Note: stopped after", b"Stopped."))
    assert b"Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_reader_who_leaves_is_no_error(here, desk):
    with shell(here, "simulate", "desk.yaml", "--replications", "2") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert err == b""
    assert process.returncode == 141


def test_a_terminal_without_chinese_is_no_error(here, desk):
    desk.with_(name="售后服务").to_yaml(here / "desk.yaml")
    with shell(here, "show", "desk.yaml", env={"PYTHONIOENCODING": "ascii"}) as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"name: ????")


def test_output_to_a_program_has_no_progress_in_it(here, desk):
    with shell(here, "simulate", "desk.yaml", "--replications", "3", "--json") as process:
        out, err = process.communicate()
    assert json.loads(out)["replications"] == 3
    assert err == b""


def test_chinese_names_stand_in_line(run, here, desk):
    teams = {"agents": None, "电话组": desk.teams["agents"], "邮件": desk.teams["agents"]}
    desk.with_(teams=teams).to_yaml(here / "desk.yaml")
    _, out, _ = run("simulate", "desk.yaml", "--replications", "2", "--by", "team,hour")
    lines = [line for line in out.splitlines() if line.startswith(("电话组, 9 ", "邮件, 9 "))]
    widths = {sum(2 if ord(sign) > 0x2E80 else 1 for sign in line) for line in lines}
    assert len(lines) == 2
    assert len(widths) == 1


# Calibrate and validate, with the calls of three made-up days

MAPPING = """
joined: joined
answered: answered
ended: ended
outcome: {column: outcome, served: [yes_], abandoned: [no_]}
agent: {column: agent, nobody: [""]}
channel: {name: phone, kind: live}
"""


@pytest.fixture
def calls(here):
    """Three days of calls as a telephone system would export them."""
    day = sim.one_queue(arrivals_per_hour=30, handle_minutes=4, agents=3, patience_minutes=5, days=3)
    table = sim.simulate(day, seed=3).contacts
    table = table[table["outcome"].isin(["served", "abandoned"])]
    start = pd.Timestamp("2026-03-02")

    def moment(minutes):
        return (start + pd.to_timedelta(minutes, unit="min")).dt.strftime("%Y-%m-%d %H:%M:%S").fillna("")

    export = pd.DataFrame(
        {
            "joined": moment(table["arrived_minutes"]),
            "answered": moment(table["answered_minutes"]),
            "ended": moment(table["ended_minutes"]),
            "outcome": table["outcome"].map({"served": "yes_", "abandoned": "no_"}).astype(str),
            "agent": table["agent"].map(lambda agent: "" if agent < 0 else f"agent {agent}"),
        }
    )
    export.to_csv(here / "calls.csv", index=False)
    (here / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return export


def test_calibrate_writes_a_scenario_that_runs(run, calls, here):
    code, out, err = run("calibrate", "calls.csv", "--mapping", "mapping.yaml", "-o", "shop.yaml")
    assert (code, out, err) == (0, "", "Written: shop.yaml\n")
    shop = sim.load("shop.yaml")
    assert shop.name == "shop"
    # Three days of 720 calls, within four standard errors, were given by the week's first three days.
    assert 720 * 3 - 4 * 46.5 < shop.with_(days=3).expected_cases() < 720 * 3 + 4 * 46.5
    code, out, _ = run("simulate", "shop.yaml", "--replications", "2", "--set", "days=1")
    assert code == 0
    assert "service level" in out


def test_calibrate_prints_without_a_file_to_write(run, calls):
    code, out, _ = run("calibrate", "calls.csv", "--mapping", "mapping.yaml", "--name", "mine")
    assert code == 0
    assert sim.load(yaml.safe_load(out)).name == "mine"


def test_calibrate_keeps_customers(run, calls, here):
    run("calibrate", "calls.csv", "--mapping", "mapping.yaml", "-o", "shop.yaml")
    kept = sim.load("shop.yaml").with_(channels={"phone": {"patience": "never"}})
    kept.to_yaml(here / "kept.yaml")
    _, out, _ = run("calibrate", "calls.csv", "--mapping", "mapping.yaml", "--keep", "kept.yaml", "--renew", "demand")
    assert sim.load(yaml.safe_load(out)).channels["phone"].patience == "never"


def test_validate_prints_and_draws(run, calls, here):
    run("calibrate", "calls.csv", "--mapping", "mapping.yaml", "-o", "shop.yaml")
    arguments = ("--mapping", "mapping.yaml", "--replications", "3", "--figure", "fit.png")
    code, out, err = run("validate", "shop.yaml", "calls.csv", *arguments)
    assert (code, err) == (0, "Written: fit.png\n")
    assert "observed" in out
    assert "simulated" in out
    assert (here / "fit.png").read_bytes().startswith(b"\x89PNG")
    code, _, err = run("validate", "shop.yaml", "calls.csv", *arguments)
    assert (code, err) == (
        2,
        "python -m sim: there is a file 'fit.png' already; choose another name, or add --overwrite\n",
    )


def test_calibrate_validates_on_request(run, calls, here):
    arguments = ("calls.csv", "--mapping", "mapping.yaml", "--replications", "3", "--validate")
    code, out, err = run("calibrate", *arguments, "-o", "shop.yaml")
    assert (code, err) == (0, "Written: shop.yaml\n")
    assert "observed" in out
    code, out, err = run("calibrate", *arguments)
    assert code == 0
    assert sim.load(yaml.safe_load(out)), "the scenario alone is on standard output"
    assert "observed" in err


# Numbers as text


@pytest.mark.parametrize(
    ("measure", "values", "texts"),
    [
        ("service_level", [0.642, 1.0, 0.0], ["64.2", "100.0", "0.0"]),
        ("asa_minutes", [0.345, 1.999], ["20.7", "119.9"]),
        ("asa_minutes", [2.345], ["2.35"]),
        ("asa_minutes", [2.345, 12.0], ["2.3", "12.0"]),
        ("response_hours", [0.5], ["30.0"]),
        ("response_hours", [26.4], ["26.4"]),
        ("contacts", [1523.4], ["1,523"]),
        ("contacts", [15.23], ["15.2"]),
        ("contacts_per_case", [1.184], ["1.18"]),
        ("abandonment", [-0.00001], ["0.0"]),
    ],
)
def test_numbers_are_written_as_people_do(measure, values, texts):
    style = report._Style.fitting(measure, values)
    assert [style(value) for value in values] == texts


def test_differences_carry_their_sign():
    style = report._Style.fitting("service_level", [0.5])
    assert [style(value, signed=True) for value in (0.012, -0.012, 0.0, float("nan"))] == ["+1.2", "-1.2", "+0.0", "-"]
