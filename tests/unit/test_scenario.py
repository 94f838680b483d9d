"""A scenario is read as it was meant, or refused with a message that says where, what, and what instead."""

import contextlib
import copy
import datetime
import json
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from support.bad_input import MISSING, changed, refusal
from support.random_scenarios import scenarios

import sim
from sim.scenario import DeferredChannel, Return

SHOP = {
    "name": "shop",
    "first_day": datetime.date(2026, 3, 2),
    "days": 2,
    "demand": {"factor": 1.0, "cases_per_hour": {"return": {"mon-fri": {"08:00-20:00": 12}}, "repair": 2}},
    "case_types": {
        "return": {
            "channels": {"phone": 0.6, "email": 0.4},
            "handle_time": {"phone": {"mean_minutes": 4, "cv": 0.8}, "email": {"mean_minutes": 6}},
            "solved": {"phone": 0.8, "email": 0.7},
        },
        "repair": {"channels": {"phone": 1.0}, "handle_time": {"mean_minutes": 9}, "solved": 0.9},
    },
    "segments": {"regular": {"share": 0.9}, "vip": {"share": 0.1, "priority": 1}},
    "channels": {
        "phone": {"kind": "live", "open_hours": {"mon-fri": "08:00-20:00"}, "patience": {"mean_minutes": 4}},
        "email": {"kind": "deferred", "open_hours": "always"},
    },
    "teams": {
        "desk": {"skills": ["phone", "email"], "agents": {"mon-fri": {"08:00-20:00": 3}}},
        "workshop": {"skills": [{"channel": "phone", "type": "repair"}], "agents": 1},
    },
    "coming_back": {"after_no_solution": {"odds": 0.5, "delay": {"mean_hours": 24}}},
}


def shop_with(path, value):
    """The shop's content with one value changed, or taken away."""
    return changed(SHOP, path, value)


def test_the_shop_of_these_tests_is_right():
    assert sim.load(SHOP).days == 2


# Each wrong value stands alone in a shop that is right otherwise: where, what, and what the message must say.
WRONG = [
    # unknown keys
    ("dayz", 3, "dayz: no such key as 'dayz'. Did you mean 'days'? Allowed: name, story, first_day, days"),
    ("demand/weekly", 1, "demand.weekly: no such key as 'weekly'. Allowed: cases_per_hour, orders, trace, fact"),
    ("case_types/return/colour", 1, "case_types.return.colour: no such key as 'colour'. Allowed: channels, handle"),
    ("segments/vip/prio", 1, "segments.vip.prio: no such key as 'prio'. Did you mean 'priority'? Allowed: share, "),
    ("channels/phone/patients", 1, "channels.phone.patients: no such key as 'patients'. Did you mean 'patience'?"),
    ("channels/phone/answer_within_hours", 1, "no such key as 'answer_within_hours'. Did you mean 'answer_within_s"),
    ("channels/email/lines", 8, "channels.email.lines: no such key as 'lines'. Allowed: kind, open_hours, answer_wi"),
    ("channels/email/patience", "never", "no such key as 'patience'. Allowed: kind, open_hours, answer_within_hours"),
    ("teams/desk/agent", 2, "teams.desk.agent: no such key as 'agent'. Did you mean 'agents'? Allowed: skills, agents"),
    ("coming_back/after_hangup", None, "coming_back.after_hangup: no such key as 'after_hangup'."),
    ("coming_back/after_no_solution/chance", 1, "coming_back.after_no_solution.chance: no such key as 'chance'. Al"),
    # missing keys
    ("name", MISSING, "name: is missing; give the scenario a short name"),
    ("demand", MISSING, "demand: is missing; say how many cases come: {cases_per_hour: {...}}"),
    ("demand/cases_per_hour", MISSING, "demand: says nothing of how many cases come; give cases_per_hour, such as"),
    ("case_types", MISSING, "case_types: is missing; describe at least one case type"),
    ("case_types/return/channels", MISSING, "case_types.return.channels: is missing; give the share of each channel"),
    ("case_types/return/handle_time", MISSING, "case_types.return.handle_time: is missing; give the time a case takes"),
    ("channels", MISSING, "channels: is missing; describe at least one channel"),
    ("channels/phone/kind", MISSING, "channels.phone: a channel needs kind: live (customers wait on the line), kind:"),
    ("channels/phone/open_hours", MISSING, "channels.phone.open_hours: is missing; a channel needs hours, such as"),
    ("channels/email/open_hours", MISSING, "channels.email.open_hours: is missing; a channel needs hours: those that"),
    ("channels/phone/patience", MISSING, "channels.phone.patience: is missing; say how long customers wait before"),
    ("teams", MISSING, "teams: is missing; describe at least one team"),
    ("teams/desk/skills", MISSING, "teams.desk.skills: is missing; list the channels it serves"),
    ("teams/desk/agents", MISSING, "teams.desk.agents: is missing; give a head-count: a number, or hours and weekdays"),
    ("coming_back/after_no_solution/odds", MISSING, "coming_back.after_no_solution.odds: is missing; it must be given"),
    ("coming_back/after_no_solution/delay", MISSING, "after_no_solution.delay: is missing; say how long they wait"),
    # empty ones
    ("name", "", "name: is empty; give the scenario a short name"),
    ("demand/cases_per_hour", {}, "demand: says nothing of how many cases come; give cases_per_hour, such as"),
    ("case_types", {}, "case_types: is empty; describe at least one case type"),
    ("case_types/return/channels", {}, "case_types.return.channels: is empty; give the share of each channel"),
    ("case_types/return/segments", {}, "case_types.return.segments: is empty; leave it out, or give the share of each"),
    ("case_types/return/handle_time", {}, "case_types.return.handle_time.mean_minutes: is missing; give the mean"),
    ("segments", {}, "segments: is empty; leave it out, or describe at least one segment"),
    ("channels", {}, "channels: is empty; describe at least one channel"),
    ("teams", {}, "teams: is empty; describe at least one team"),
    ("teams/desk/skills", [], "teams.desk.skills: is empty; list the channels it serves in order of preference"),
    # negative numbers
    ("days", -1, "days: holds -1; it may hold a number of at least 1"),
    ("demand/factor", -0.5, "demand.factor: holds -0.5; it may hold a number of at least 0"),
    ("demand/day_factor_cv", -1, "demand.day_factor_cv: holds -1; it may hold a number of at least 0"),
    ("demand/cases_per_hour/return", -1, "demand.cases_per_hour.return: holds -1; it may hold a number from 0 to"),
    (
        "case_types/return/handle_time/phone/mean_minutes",
        -4,
        "case_types.return.handle_time.phone: mean_minutes holds -4",
    ),
    ("segments/vip/head_start_minutes", -2, "segments.vip.head_start_minutes: holds -2; it may hold a number of at l"),
    (
        "channels/phone/answer_within_seconds",
        -20,
        "channels.phone.answer_within_seconds: holds -20; it may hold a numb",
    ),
    ("channels/phone/lines", -3, "channels.phone.lines: holds -3; it may hold a number of at least 1"),
    ("channels/phone/no_patience_share", -0.1, "channels.phone.no_patience_share: holds -0.1; it may hold a number"),
    ("teams/desk/agents", -3, "teams.desk.agents: holds -3; it may hold a number from 0 to 1e12"),
    ("teams/desk/absence", -0.1, "teams.desk.absence: holds -0.1; it may hold a number of at least 0"),
    ("teams/desk/wage_per_hour", -1, "teams.desk.wage_per_hour: holds -1; it may hold a number of at least 0"),
    ("coming_back/after_no_solution/odds", -0.1, "after_no_solution.odds: holds -0.1; it may hold a number of at lea"),
    # zero, where it makes no sense
    ("days", 0, "days: holds 0; it may hold a number of at least 1"),
    ("slot_minutes", 0, "slot_minutes: holds 0; it may hold a number of at least 1"),
    ("channels/phone/lines", 0, "channels.phone.lines: holds 0; it may hold a number of at least 1"),
    ("channels/phone/answer_within_seconds", 0, "answer_within_seconds: holds 0; it may hold a number above 0"),
    (
        "channels/email/answer_within_hours",
        0,
        "channels.email.answer_within_hours: holds 0; it may hold a number above",
    ),
    ("teams/desk/handle_factor", 0, "teams.desk.handle_factor: holds 0; it may hold a number above 0"),
    ("segments/vip/patience_factor", 0, "segments.vip.patience_factor: holds 0; it may hold a number above 0"),
    ("coming_back/max_attempts", 0, "coming_back.max_attempts: holds 0; it may hold a number of at least 1"),
    # too large
    ("days", 10**30, "it may hold a number of at most 3660"),
    ("demand/day_factor_cv", 3, "demand.day_factor_cv: holds 3; it may hold a number of at most 2"),
    ("segments/vip/priority", 10, "segments.vip.priority: holds 10; it may hold a number of at most 9"),
    ("channels/phone/target", 80, "channels.phone.target: holds 80; it may hold a number of at most 1"),
    ("case_types/return/solved", 85, "case_types.return.solved: holds 85; it may hold a number of at most 1"),
    ("teams/desk/absence", 1, "teams.desk.absence: holds 1; it may hold a number below 1"),
    ("coming_back/max_attempts", 21, "coming_back.max_attempts: holds 21; it may hold a number of at most 20"),
    # NaN and infinity
    ("demand/factor", math.nan, "demand.factor: holds nan; it may hold a finite number"),
    ("demand/factor", math.inf, "demand.factor: holds inf; it may hold a finite number"),
    ("case_types/return/solved", math.nan, "case_types.return.solved: holds nan; it may hold a finite number"),
    ("case_types/return/channels/phone", math.nan, "case_types.return.channels.phone: holds nan; it may hold a fini"),
    ("teams/desk/agents", {"mon": math.nan}, "teams.desk.agents: mon: holds nan; it may hold a number from 0"),
    ("channels/phone/patience", {"mean_minutes": math.inf}, "channels.phone.patience: mean_minutes holds inf; it may"),
    # booleans, text and fractions in the place of numbers
    ("days", True, "days: holds True; it may hold a whole number"),
    ("days", 1.5, "days: holds 1.5; it may hold a whole number"),
    ("days", 2.0, "days: holds 2.0; it may hold a whole number"),
    ("days", "7", "days: holds '7'; it may hold a whole number: write 7, without quotes"),
    ("days", None, "days: holds nothing; it may hold a whole number"),
    ("demand/factor", False, "demand.factor: holds False; it may hold a number"),
    ("demand/factor", "1e3", "demand.factor: holds '1e3'; it may hold a number: write 1000, without quotes"),
    ("demand/factor", "1,5", "demand.factor: holds '1,5'; it may hold a number: write 1.5, without quotes"),
    ("demand/factor", 10**400, "demand.factor: holds 1000"),
    ("case_types/return/solved", "0.8", "case_types.return.solved: holds '0.8'; it may hold a number: write 0.8, with"),
    ("case_types/return/solved/email", True, "case_types.return.solved.email: holds True; it may hold a number"),
    ("segments/vip/priority", 1.5, "segments.vip.priority: holds 1.5; it may hold a whole number"),
    ("channels/phone/lines", "40", "channels.phone.lines: holds '40'; it may hold a whole number: write 40, without"),
    ("channels/phone/serve_until_empty", 1, "channels.phone.serve_until_empty: holds 1; it may hold true or false"),
    ("channels/phone/serve_until_empty", "yes", "serve_until_empty: holds 'yes'; it may hold true or false"),
    ("teams/desk/extra_agents", 2.5, "teams.desk.extra_agents: holds 2.5; it may hold a whole number"),
    ("teams/desk/agents", "3", "teams.desk.agents: holds '3'; it may hold a number of at least 0: write 3, without"),
    # something else than text, a mapping or a list
    ("name", 5, "name: holds 5; it may hold text"),
    ("name", None, "name: holds nothing; it may hold text"),
    ("story", ["once"], "story: holds ['once']; it may hold text"),
    ("demand", 5, "demand: holds 5; say how many cases come: {cases_per_hour: {...}}"),
    ("demand/cases_per_hour", 5, "demand.cases_per_hour: holds 5; give a rate for each case type, such as"),
    ("demand/cases_per_hour", {1: 5}, "demand.cases_per_hour.1: the name 1 is not text; put it in quotes"),
    ("case_types", ["return"], "case_types: holds ['return']; describe at least one case type"),
    ("case_types/return", None, "case_types.return: holds nothing; it may hold a mapping of keys to values"),
    (
        "case_types/return/channels",
        "phone",
        "case_types.return.channels: holds 'phone'; give the share of each channel",
    ),
    ("case_types/return/handle_time", 5, "case_types.return.handle_time: holds 5; write a distribution such as {mean"),
    ("case_types/return/handle_time", "never", "case_types.return.handle_time: holds 'never'; write a distribution"),
    ("case_types/return/handle_time/email", 5, "case_types.return.handle_time.email: holds 5; write a distribution"),
    ("case_types/return/patience", 5, "case_types.return.patience: holds 5; write a distribution such as"),
    ("channels/phone", "always", "channels.phone: a channel needs kind: live"),
    (
        "channels/phone/kind",
        "chat",
        "channels.phone: a channel needs kind: live (customers wait on the line), kind: deferred (e-mail) or kind: v",
    ),
    ("channels/phone/patience", "forever", "channels.phone.patience: holds 'forever'; write a distribution such as"),
    ("teams/desk/skills", "phone", "teams.desk.skills: holds 'phone'; list the channels it serves in order of prefer"),
    ("teams/desk/skills", [5], "teams.desk.skills.0: holds 5; it may hold a mapping of keys to values"),
    (
        "teams/desk/skills",
        [{"chanel": "phone"}],
        "no such key as 'chanel'. Did you mean 'channel'? Allowed: channel, ty",
    ),
    ("coming_back", None, "coming_back: holds nothing; it may hold a mapping of keys to values"),
    ("coming_back/after_no_solution/delay", "never", "after_no_solution.delay: holds 'never'; write a distribution"),
    # timetables
    (
        "demand/cases_per_hour/return",
        {"mon": [1] * 7},
        "mon: holds a list of 7 values; the slots must divide a day of 1",
    ),
    ("demand/cases_per_hour/return", {"funday": 1}, "demand.cases_per_hour.return: 'funday' names no weekday; use mon"),
    ("teams/desk/agents", {"08:00-12:00": 1, "11:00-13:00": 2}, "'11:00-13:00' overlaps another range of the same day"),
    ("teams/desk/agents", {"22:00-06:00": 1}, "'22:00-06:00' ends before it starts; a night has two ranges"),
    ("channels/phone/open_hours", "8 to 8", "channels.phone.open_hours: '8 to 8' is not a range of the day; write"),
    ("channels/phone/open_hours", None, "channels.phone.open_hours: nothing is not a range of the day; write"),
    ("slot_minutes", 7, "slot_minutes: holds 7; a slot must divide a day of 1,440 minutes: 5, 10, 15, 20, 30 or 60"),
    # parts that do not fit together
    ("segments/vip/share", 0.2, "segments: the shares must sum to 1; they are 0.9 + 0.2 = 1.1"),
    (
        "case_types/return/channels/phone",
        0.5,
        "case_types.return.channels: the shares must sum to 1; they are 0.5 + 0.",
    ),
    (
        "case_types/repair/channels",
        {"phone": 0.5},
        "case_types.repair.channels: the shares must sum to 1; they are 0.5",
    ),
    ("case_types/return/segments", {"vip": 0.5}, "case_types.return.segments: the shares must sum to 1; they are 0.5"),
    (
        "case_types/return/segments",
        {"gold": 1.0},
        "case_types.return.segments: no such segment as 'gold'. Allowed: reg",
    ),
    (
        "case_types/return/channels",
        {"phone": 0.6, "fax": 0.4},
        "case_types.return.channels: no such channel as 'fax'. A",
    ),
    (
        "case_types/return/handle_time",
        {"phone": {"mean_minutes": 1}},
        "handle_time: has no entry for 'email', a channel",
    ),
    ("case_types/return/solved", {"phone": 0.8}, "case_types.return.solved: has no entry for 'email', a channel that"),
    (
        "case_types/return/solved",
        {"phone": 0.8, "email": 1, "fax": 1},
        "case_types.return.solved: no such channel as 'f",
    ),
    ("demand/cases_per_hour/retrun", 3, "demand.cases_per_hour: no such case type as 'retrun'. Did you mean 'return'?"),
    ("teams/desk/skills", ["phone", "emial"], "teams.desk.skills: no such channel as 'emial'. Did you mean 'email'?"),
    (
        "teams/workshop/skills",
        [{"channel": "phone", "type": "x"}],
        "teams.workshop.skills: no such case type as 'x'. All",
    ),
    ("teams/desk/skills", ["phone"], "case_types.return: no team can serve it in 'email'; add the skill to a team"),
    ("channels/phone/open_hours", "closed", "channels.phone.open_hours: it is never open; give its hours, such as"),
    ("channels/email/open_hours", {}, "channels.email.open_hours: it is never open; give its hours, such as"),
    (
        "teams/desk/agents",
        0,
        "case_types.return: no agents all week for 'phone' while it is open; raise the head-count of desk",
    ),
    ("teams/desk/agents", {"sat-sun": 9}, "case_types.return: no agents all week for 'phone' while it is open"),
    ("teams/desk/extra_agents", -3, "case_types.return: no agents all week for 'email' while it is open; raise the"),
    # more than any engine could do
    ("demand/factor", 1e9, "demand: asks for about 384,000,000,000 cases in 2 days; a run may have 50,000,000 at most"),
    ("demand/cases_per_hour/repair", 1e12, "demand: asks for about 48,000,000,000,"),
    (
        "teams/desk/agents",
        1e9,
        "teams.desk: asks for 1,000,000,000 agents for 2 days; a run may have 2,000,000 agents times",
    ),
    ("teams/desk/extra_agents", 10**9, "teams.desk: asks for 1,000,000,003 agents for 2 days"),
]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    WRONG,
    ids=[re.sub(" at 0x.*", "", f"{path}={value!r}")[:70] for path, value, _ in WRONG],
)
def test_a_wrong_scenario_is_refused(path, value, message):
    text = refusal(shop_with(path, value))
    assert text.startswith("scenario ")
    assert " cannot be used:\n  " in text
    assert message in text
    assert "pydantic" not in text
    assert "<" not in text, "a step of the checker's, not of the author's"


def test_everything_that_is_wrong_is_told_at_once():
    content = shop_with("days", -1)
    content["teams"]["desk"]["absence"] = 2
    text = refusal(content)
    assert "days: holds -1" in text
    assert "teams.desk.absence: holds 2" in text


def test_a_message_stays_short_whatever_a_key_holds():
    assert len(refusal(shop_with("days", ["x" * 1000] * 1000))) < 1000


def test_nothing_that_is_wrong_in_a_row_is_hidden_by_its_being_too_short():
    text = refusal(shop_with("teams/desk/skills", [5]))
    assert "is empty" not in text
    assert "or more" not in text


# Names that a person might give to `load`, and files that are no scenarios.


@pytest.mark.parametrize("name", ["Baseline", "baseline.yaml", " baseline ", "BASELINE.YML", "basline", "x/baseline"])
def test_a_name_that_is_nearly_right_gets_a_hint(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = refusal(name)
    assert f"there is no scenario and no file called {name!r}. Did you mean 'baseline'?" in text
    assert "A file of your own is given by its path, such as 'shop.yaml'" in text


@pytest.mark.parametrize("name", ["", ".", "/", "no/such/folder/shop.yaml", "a\0b", Path("nothing.yaml")])
def test_a_name_that_is_nothing_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "there is no scenario and no file called" in refusal(name)
    assert "Shipped scenarios: baseline" in refusal(name)


def test_a_name_that_no_file_can_have_is_refused():
    assert "cannot be read" in refusal("a" * 5000)


@pytest.mark.parametrize("source", [None, 3, 1.5, True, [], ["baseline"], b"baseline", object()])
def test_what_is_no_source_of_scenarios_is_refused(source):
    text = refusal(source)
    assert "is not a scenario; give the name of a shipped one (baseline" in text


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert refusal(tmp_path / "shop.yaml").endswith("shop.yaml' cannot be read: Permission denied")


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n".encode() for n in range(8)
)
NO_SCENARIOS = {
    "empty": (b"", "is not a scenario: it holds nothing where a mapping with a name"),
    "comment": (b"# nothing yet\n", "is not a scenario: it holds nothing where"),
    "word": (b"hello", "is not a scenario: it holds 'hello' where a mapping"),
    "list": (b"- 1\n- 2\n", "is not a scenario: it holds [1, 2] where a mapping"),
    "spreadsheet": (b"a,b,c\n1,2,3\n", "is not a scenario: it holds 'a,b,c 1,2,3' where a mapping"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text in UTF-8, so it is no scenario"),
    "bytes": (bytes(range(256)), "is not text in UTF-8, so it is no scenario"),
    "UTF-16": ("name: x".encode("utf-16"), "is not text in UTF-8, so it is no scenario"),
    "zero byte": (b"name: \0", "is not YAML: unacceptable character #x0000"),
    "bracket": (b"name: [1, 2\n", "is not YAML at line 2, column 1: expected ',' or ']'"),
    "tabulator": (b"name: x\n\tdays: 3\n", "is not YAML at line 2, column 1: found character '\\t' that cannot start"),
    "colon": (b"name: x\nstory: a: b\n", "is not YAML at line 2, column 9: mapping values are not allowed here"),
    "key twice": (
        b"name: a\ndays: 1\nname: b\n",
        "is not YAML at line 3, column 1: the key 'name' is given twice in one",
    ),
    "key twice inside": (
        b"name: a\ndemand: {factor: 1, factor: 2}\n",
        "line 2, column 21: the key 'factor' is given tw",
    ),
    "two documents": (b"name: a\n---\nname: b\n", "is not YAML at line 2, column 1: but found another document"),
    "unknown alias": (b"name: *x\n", "is not YAML at line 1, column 7: found undefined alias 'x'"),
    "list as key": (b"? [a]\n: 3\n", "is not YAML at line 1, column 3: found unhashable key"),
    "month 13": (b"first_day: 2026-13-01\n", "is not YAML: month must be in 1..12"),
    "no whole number": (b"days: !!int x\n", "is not YAML: invalid literal for int()"),
    "no boolean": (b"days: !!bool x\n", "is not YAML"),
    "no mapping": (b"days: !!map [1, 2]\n", "is not YAML"),
    "too deep": (b"[" * 50_000, "is nested too deeply to be read"),
    "within itself": (b"name: &a [*a]\n", "name: holds [[[...]]]; it may hold text"),
    "bomb": (BOMB + b"name: *i\n", "name: holds [[[...], [...]"),
    "key yes": (b"yes: 1\n", "the name True is not text; put it in quotes"),
    "key null": (b"~: 1\n", "the name nothing is not text; put it in quotes"),
    "type no": (b"case_types: {no: {channels: {phone: 1}}}\n", "the name False is not text; put it in quotes"),
}


@pytest.mark.parametrize(("content", "message"), NO_SCENARIOS.values(), ids=NO_SCENARIOS)
def test_a_file_that_is_no_scenario_is_refused(content, message, tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_bytes(content)
    text = refusal(file)
    assert text.startswith(f"file {str(file)!r} ")
    assert message in text
    assert len(text) < 5000


def test_a_time_without_quotes_is_no_number(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text("based_on: baseline\ndays: 1:30\n", encoding="utf-8")
    assert "days: holds '1:30'; it may hold a whole number" in refusal(file)
    file.write_text("based_on: baseline\ndays: 1:30.5\n", encoding="utf-8")
    assert "days: holds '1:30.5'; it may hold a whole number" in refusal(file)
    event = "{name: stream, day: 3, start: 20:00, hours: 2, orders_factor: 3.5}"
    file.write_text(f"based_on: baseline\ndays: 1_4\nevents: [{event}]\n", encoding="utf-8")
    shop = sim.load(file)
    assert shop.days == 14
    assert shop.events[0].start == "20:00"
    assert shop.events[0].orders_factor == 3.5


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/object/new:os.system", "!!python/object/apply:subprocess.call"]
)
def test_a_file_cannot_run_programs(tag, tmp_path):
    file, mark = tmp_path / "shop.yaml", tmp_path / "it ran"
    file.write_text(f"name: {tag} ['touch \"{mark}\"']\n")
    assert "could not determine a constructor for the tag" in refusal(file)
    assert not mark.exists()


@given(st.text() | st.text(alphabet="a:- \n[]{}\"'&*!?|>%@`#,1.~\t<="))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path, content):
    file = tmp_path / "shop.yaml"
    file.write_bytes(content.encode("utf-8", errors="surrogatepass"))
    with pytest.raises(sim.ScenarioError):
        sim.load(file)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["always", "never", "mon-fri", "phone", "08:00-20:00", "live", np.int64(3), np.arange(3), ()]),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.integers() | st.sampled_from(["mon-fri", "mean_minutes", "kind"]), part, max_size=3
        )
    ),
    max_leaves=5,
)


def places(content, path=()):
    """Every place in nested data."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*path, key)
            yield from places(value, (*path, key))


@given(st.sampled_from(list(places(SHOP))), JUNK)
@settings(max_examples=300)
def test_whatever_a_key_holds_it_is_used_or_refused(place, junk):
    content = copy.deepcopy(SHOP)
    here = content
    for step in place[:-1]:
        here = here[step]
    here[place[-1]] = junk
    with contextlib.suppress(sim.ScenarioError):
        read = sim.load(content)
        assert sim.load(yaml.safe_load(read.to_yaml())) == read


@given(st.sampled_from(list(places(SHOP))), JUNK)
@settings(max_examples=300)
def test_whatever_a_change_holds_it_is_made_or_refused(place, junk):
    base = sim.load(SHOP)
    change = junk
    for step in reversed(place):
        change = {step: change}
    with contextlib.suppress(sim.ScenarioError):
        assert isinstance(base.with_(**change), sim.Scenario)
    assert base == sim.load(SHOP)


# What works although it is odd.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_may_come_from_any_editor(encoding, newline, tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_bytes(yaml.safe_dump(SHOP).replace("\n", newline).encode(encoding))
    assert sim.load(file) == sim.load(str(file)) == sim.load(SHOP)


def test_a_file_is_read_anew_when_it_has_changed(tmp_path):
    file, week = tmp_path / "day.yaml", tmp_path / "week.yaml"
    sim.load(SHOP).to_yaml(file)
    week.write_text("name: week\nbased_on: day.yaml\ndays: 7\n")
    first = sim.load(week)
    assert sim.load(week) == first
    sim.load(SHOP).with_(slot_minutes=15).to_yaml(file)
    assert sim.load(week) == first.with_(slot_minutes=15)


def test_a_path_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    sim.load(SHOP).to_yaml(tmp_path / "shop.yaml")
    assert sim.load("~/shop.yaml") == sim.load(SHOP)


def test_a_scenario_may_be_json(tmp_path):
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(SHOP, default=str))
    assert sim.load(file) == sim.load(SHOP)


CHINESE = {
    "name": "售后服务",
    "story": "第一天：客户打电话退货。\n第二天更忙 😀",
    "days": 1,
    "demand": {"cases_per_hour": {"退货": {"mon-fri": {"08:00-20:00": 12}}}},
    "case_types": {"退货": {"channels": {"电话": 1.0}, "handle_time": {"电话": {"mean_minutes": 5}}}},
    "segments": {"会员": {"share": 1.0}},
    "channels": {"电话": {"kind": "live", "open_hours": "always", "patience": "never"}},
    "teams": {"客服一组": {"skills": ["电话"], "agents": 2}},
}


def test_names_and_story_may_be_chinese(tmp_path):
    shop = sim.load(CHINESE)
    file = tmp_path / "售后.yaml"
    shop.to_yaml(file)
    assert "客服一组" in file.read_text(encoding="utf-8")
    assert sim.load(file) == shop
    run = sim.simulate(shop)
    assert set(run.contacts["channel"]) == {"电话"}
    assert run.measures(by="team").index.tolist() == ["客服一组"]


def test_a_message_about_chinese_names_is_readable():
    text = refusal({**CHINESE, "demand": {"cases_per_hour": {"退款": 1}}})
    assert "no such case type as '退款'. Allowed: 退货" in text


def test_parts_of_a_file_may_be_repeated(tmp_path):
    file = tmp_path / "shop.yaml"
    text = yaml.safe_dump({key: value for key, value in SHOP.items() if key != "segments"})
    file.write_text(
        text + "segments:\n  regular: &one {share: 0.5, priority: 3}\n  vip:\n    <<: *one\n    priority: 1\n"
    )
    segments = sim.load(file).segments
    assert (segments["vip"].share, segments["vip"].priority, segments["regular"].priority) == (0.5, 1, 3)


def test_a_scenario_does_not_follow_what_it_was_made_from():
    content = copy.deepcopy(SHOP)
    shop = sim.load(content)
    content["demand"]["cases_per_hour"]["return"]["mon-fri"]["08:00-20:00"] = 99
    content["teams"]["desk"]["skills"].append("fax")
    assert shop == sim.load(SHOP)


@pytest.mark.parametrize("value", [np.int64(3), np.int32(3)])
def test_whole_numbers_may_come_from_numpy(value):
    for path in ("days", "slot_minutes", "teams/desk/agents", "teams/desk/extra_agents", "channels/phone/lines"):
        assert sim.load(shop_with(path, value)) == sim.load(shop_with(path, 3))
    assert "days: 3\n" in sim.load(shop_with("days", value)).to_yaml()


def test_a_scenario_is_returned_as_it_is():
    shop = sim.load(SHOP)
    assert sim.load(shop) is shop


@pytest.mark.parametrize("name", sim.scenarios())
def test_shipped_scenarios_can_be_used_and_tell_their_story(name):
    shipped = sim.load(name)
    assert shipped.name == name
    assert len(shipped.story) > 100


# YAML out and in.


@given(scenarios(), st.text(min_size=1), st.text())
@example(sim.load(SHOP), "line\x85break", "\r\x85\u2028\u2029\ufeff\n\x00")
def test_a_scenario_reads_back_from_its_yaml(scenario, name, story):
    scenario = scenario.with_(name=name, story=story)
    assert sim.load(yaml.safe_load(scenario.to_yaml())) == scenario


@given(scenarios(), st.text(min_size=1))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_scenario_reads_back_from_its_file(tmp_path, scenario, story):
    scenario = scenario.with_(story=story)
    file = tmp_path / "shop.yaml"
    assert scenario.to_yaml(file) == file.read_bytes().decode("utf-8").replace(os.linesep, "\n")
    assert sim.load(file) == scenario


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_parts_may_have_any_name(case_type, channel, team, segment):
    content = {
        **CHINESE,
        "demand": {"cases_per_hour": {case_type: 1}},
        "case_types": {case_type: {"channels": {channel: 1.0}, "handle_time": {"mean_minutes": 5}}},
        "segments": {segment: {}},
        "channels": {channel: CHINESE["channels"]["电话"]},
        "teams": {team: {"skills": [{"channel": channel, "type": case_type}], "agents": 2}},
    }
    scenario = sim.load(content)
    assert sim.load(yaml.safe_load(scenario.to_yaml())) == scenario


def test_yaml_says_what_the_author_said():
    shop = sim.load(SHOP)
    written = yaml.safe_load(shop.to_yaml())
    assert written.pop("story") == ""
    assert written.pop("coming_back")["after_no_solution"]["delay"] == {"mean_minutes": 24 * 60}
    assert written == {key: value for key, value in SHOP.items() if key != "coming_back"}


# Changes.


def test_with_merges_into_what_is_there():
    base = sim.load(SHOP)
    more = base.with_(teams={"desk": {"extra_agents": 2}}, demand={"factor": 1.5})
    assert more.teams["desk"].extra_agents == 2
    assert more.demand.factor == 1.5
    assert more == sim.load(
        {
            **SHOP,
            "teams": {**SHOP["teams"], "desk": {**SHOP["teams"]["desk"], "extra_agents": 2}},
            "demand": {**SHOP["demand"], "factor": 1.5},
        }
    )
    assert base == sim.load(SHOP), "the original stays as it was"


def test_with_nothing_changes_nothing():
    base = sim.load(SHOP)
    assert base.with_() == base.with_(teams={}) == base


def test_with_replaces_timetables_as_a_whole():
    more = sim.load(SHOP).with_(teams={"desk": {"agents": {"mon": 5}}}, channels={"phone": {"open_hours": "always"}})
    assert more.teams["desk"].head_count[1].sum() == 0
    assert more.channels["phone"].open_hours.minutes.all()


def test_with_keeps_what_a_change_to_a_distribution_does_not_name():
    more = sim.load(SHOP).with_(case_types={"return": {"handle_time": {"phone": {"mean_seconds": 300}}}})
    phone, email = more.case_types["return"].handle_time["phone"], more.case_types["return"].handle_time["email"]
    assert (phone.mean_minutes, phone.cv, email.mean_minutes) == (5, 0.8, 6)


def test_with_another_family_a_distribution_is_replaced():
    change = {"distribution": "lognormal", "mean_minutes": 5}
    more = sim.load(SHOP).with_(case_types={"return": {"handle_time": {"phone": change}}})
    assert more.case_types["return"].handle_time["phone"].cv == 1
    assert more.case_types["return"].handle_time["phone"].distribution == "lognormal"


def test_with_another_kind_a_channel_is_replaced():
    more = sim.load(SHOP).with_(channels={"phone": {"kind": "deferred", "open_hours": "always"}})
    assert more.channels["phone"] == DeferredChannel(kind="deferred", open_hours="always")
    with pytest.raises(sim.ScenarioError, match=r"channels\.phone\.open_hours: is missing"):
        sim.load(SHOP).with_(channels={"phone": {"kind": "deferred"}})


def test_with_adds_by_a_whole_part_and_removes_by_none():
    night = sim.Team(skills=["email"], agents={"every_day": {"00:00-06:00": 1}})
    more = sim.load(SHOP).with_(teams={"night": night})
    assert list(more.teams) == ["desk", "workshop", "night"]
    assert more.with_(teams={"night": None}) == sim.load(SHOP)
    assert sim.load(SHOP).with_(coming_back={"after_no_solution": None}).coming_back.after_no_solution is None
    back = Return(odds=0.5, delay={"mean_minutes": 5})
    assert sim.load(SHOP).with_(coming_back={"after_abandonment": back}).coming_back.after_abandonment == back


def test_with_adds_rates_and_shares_by_name():
    repair_by_mail = {"channels": {"phone": 0.5, "email": 0.5}}
    more = sim.load(SHOP).with_(case_types={"repair": repair_by_mail}, demand={"cases_per_hour": {"return": None}})
    assert more.case_types["repair"].channels == repair_by_mail["channels"]
    assert list(more.demand.cases_per_hour) == ["repair"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"team": {}}, "no such key as 'team'. Did you mean 'teams'? Allowed: name, story,"),
        (
            {"teams": {"dsk": {"agents": 2}}},
            "teams: no such name as 'dsk'. Did you mean 'desk'? Allowed: desk, workshop",
        ),
        ({"teams": {"night": {"agents": 2}}}, "Allowed: desk, workshop. To add it, give a whole sim.Team"),
        (
            {"teams": {"desk": {"extra_agent": 2}}},
            "teams.desk: no such key as 'extra_agent'. Did you mean 'extra_agents'?",
        ),
        ({"teams": {"desk": {"extra_agents": 2.5}}}, "teams.desk.extra_agents: holds 2.5; it may hold a whole number"),
        ({"teams": {"night": None}}, "teams: no such name as 'night'. Allowed: desk, workshop"),
        (
            {"demand": {"cases_per_hour": {"x": None}}},
            "demand.cases_per_hour: no such name as 'x'. Allowed: return, repair",
        ),
        ({"demand": {"cases_per_hour": {"x": 3}}}, "demand.cases_per_hour: no such case type as 'x'. Allowed: return"),
        ({"teams": None}, "teams: holds nothing; describe at least one team"),
        ({"teams": "desk"}, "teams: holds 'desk'; describe at least one team"),
        ({"teams": {"desk": None, "workshop": None}}, "teams: is empty; describe at least one team"),
        ({"teams": {"desk": None}}, "case_types.return: no team can serve it in 'phone'; add the skill to a team"),
        (
            {"case_types": {"return": {"channels": {"phone": 0.9}}}},
            "the shares must sum to 1; they are 0.9 + 0.4 = 1.3",
        ),
        (
            {"case_types": {"return": {"handle_time": {"mean_minutes": 5}}}},
            "handle_time: no such name as 'mean_minutes'.",
        ),
        (
            {"channels": {"phone": {"patience": "Never"}}},
            "channels.phone.patience: holds 'Never'; write a distribution",
        ),
        (
            {"channels": {"phone": {"patience": {"cv": 90}}}},
            "channels.phone.patience.cv: holds 90; it may hold a number",
        ),
        ({"days": "3"}, "days: holds '3'; it may hold a whole number: write 3, without quotes"),
    ],
)
def test_a_wrong_change_is_refused(change, message):
    base = sim.load(SHOP)
    with pytest.raises(sim.ScenarioError) as error:
        base.with_(**change)
    assert message in str(error.value)
    assert base == sim.load(SHOP)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (lambda: sim.Team(skills=["phone"], agents="5"), "this Team cannot be used:\n  agents: holds '5'; it may hold"),
        (lambda: sim.Team(skill=["phone"], agents=5), "skill: no such key as 'skill'. Did you mean 'skills'?"),
        (
            lambda: sim.Segment(share=2),
            "this Segment cannot be used:\n  share: holds 2; it may hold a number of at most 1",
        ),
        (lambda: sim.Scenario(name="x"), "this Scenario cannot be used:\n  demand: is missing"),
    ],
)
def test_a_wrong_part_is_refused(part, message):
    with pytest.raises(sim.ScenarioError) as error:
        part()
    assert message in str(error.value)


# One queue.

QUEUE = {"arrivals_per_hour": 20, "handle_minutes": 5, "agents": 2}


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        (
            "arrivals_per_hour",
            "60",
            "arrivals_per_hour: holds '60'; it may hold a number of at least 0: write 60, without",
        ),
        ("arrivals_per_hour", -1, "arrivals_per_hour: holds -1; it may hold a number from 0"),
        ("arrivals_per_hour", math.nan, "arrivals_per_hour: holds nan; it may hold a number from 0"),
        ("arrivals_per_hour", 1e9, "arrivals_per_hour: asks for about 24,000,000,000 cases in 1 day; a run may have"),
        ("handle_minutes", 0, "handle_minutes: the mean is 0; it must be above 0"),
        ("handle_minutes", -3, "handle_minutes: holds -3; it may hold a number from 0"),
        (
            "handle_minutes",
            "3",
            "handle_minutes: holds '3'; it may hold a number from 0 up to ten years: write 3, without",
        ),
        ("handle_minutes", None, "handle_minutes: holds nothing; it may hold a number"),
        ("handle_cv", -1, "handle_cv: holds -1; it may hold a number of at least 0"),
        ("handle_cv", 80, "handle_cv: holds 80; it may hold a number of at most 20"),
        ("agents", 0, "agents: no agents all week for 'phone' while it is open; raise the head-count"),
        ("agents", -2, "agents: holds -2; it may hold a number from 0"),
        ("agents", None, "agents: holds nothing; it may hold a number of at least 0"),
        ("agents", True, "agents: holds True; it may hold a number of at least 0"),
        ("agents", 10**9, "agents: asks for 1,000,000,000 agents for 1 day; a run may have 2,000,000"),
        ("patience_minutes", 0, "patience_minutes: the mean is 0; it must be above 0"),
        ("patience_minutes", -1, "patience_minutes: holds -1; it may hold a number"),
        ("patience_minutes", "never", "patience_minutes: holds 'never'; it may hold a number"),
        ("lines", 0, "lines: holds 0; it may hold a number of at least 1"),
        ("lines", 2.5, "lines: holds 2.5; it may hold a whole number"),
        ("days", 0, "days: holds 0; it may hold a number of at least 1"),
        ("days", 1.5, "days: holds 1.5; it may hold a whole number"),
        ("answer_within_seconds", 0, "answer_within_seconds: holds 0; it may hold a number above 0"),
        ("name", "", "name: is empty; give the scenario a short name"),
    ],
)
def test_a_wrong_queue_is_refused_by_the_names_of_its_arguments(argument, value, message):
    with pytest.raises(sim.ScenarioError) as error:
        sim.one_queue(**{**QUEUE, argument: value})
    assert f"\n  {message}" in str(error.value)


def test_a_queue_may_have_a_fractional_head_count():
    run = sim.simulate(sim.one_queue(**{**QUEUE, "agents": 1.5, "days": 60}))
    agents = run.staffing.groupby(run.staffing["start_minutes"] // 1440)["agent"].count()
    extra = (run.measures(by="day")["agents"] > 1.5).sum()
    assert 15 <= extra <= 45, "a second agent on half of the 60 days, give or take four standard errors"
    assert agents.sum() > 0


def test_numbers_of_a_queue_may_come_from_numpy():
    for agents in np.arange(2, 4):
        assert sim.one_queue(**{**QUEUE, "agents": agents}) == sim.one_queue(**{**QUEUE, "agents": int(agents)})


def test_a_change_may_come_from_numpy():
    more = sim.load(SHOP).with_(teams={"desk": {"agents": np.full(24, 2)}}, channels={"phone": {"lines": np.int64(9)}})
    assert more == sim.load(SHOP).with_(teams={"desk": {"agents": [2] * 24}}, channels={"phone": {"lines": 9}})
    with pytest.raises(sim.ScenarioError, match="a channel needs kind: live"):
        sim.load(SHOP).with_(channels={"phone": {"kind": np.arange(3)}})


def test_days_follow_from_the_first():
    shop = sim.load(SHOP).with_(first_day="2026-03-07", days=3)
    assert shop.weekdays.tolist() == [5, 6, 0]
    assert shop.horizon_minutes == 3 * 1440
    # Saturday and Sunday have repairs only; on Monday 12 an hour for 12 hours come on top.
    assert shop.expected_cases() == 3 * 48 + 144


@given(st.integers(1, 1440))
def test_slots_divide_the_day_or_are_refused(minutes):
    if 1440 % minutes == 0:
        assert sim.load(shop_with("slot_minutes", minutes)).slot_minutes == minutes
    else:
        assert f"slot_minutes: holds {minutes}; a slot must divide a day" in refusal(shop_with("slot_minutes", minutes))


@given(st.floats(0, 1), st.floats(0, 1))
def test_shares_sum_to_1_or_are_refused(first, second):
    assume(abs(abs(first + second - 1) - 1e-6) > 1e-9)
    content = shop_with("case_types/return/channels", {"phone": first, "email": second})
    if abs(first + second - 1) < 1e-6:
        assert sim.load(content).case_types["return"].channels == {"phone": first, "email": second}
    else:
        assert "case_types.return.channels: the shares must sum to 1" in refusal(content)


def test_the_run_ends_before_the_calendar_does():
    with pytest.raises(sim.ScenarioError, match="first_day: holds 9999-12-30; with 7 days the calendar ends"):
        sim.load("baseline").with_(first_day="9999-12-30")
    late = sim.load("baseline").with_(first_day="9999-12-20")
    assert sim.simulate(late, seed=1).scenario.days == 7
