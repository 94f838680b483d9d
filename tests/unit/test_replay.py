"""The replay tells the log and nothing else: whoever plays its events counts what the tables count."""

import re
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.pages import example_scenarios
from support.playing import played
from support.random_scenarios import scenarios

import sim
from sim.languages import LANGUAGES
from sim.log import OUTCOMES
from sim.playback import counts, day_of, events, page, words
from sim.playback.message import COLUMNS, message

DAY = 1440
STATIC = page.STATIC
ENDS = OUTCOMES[:7]


def replayed(run, day, minute, **how):
    return played(day_of(run.log, day), run.scenario, run.log.workload.roster.agent_team, minute, **how)


@pytest.fixture(scope="module")
def week():
    return sim.simulate("baseline", seed=1)


@pytest.fixture(scope="module")
def less(week):
    """The same customers without the bot, with two more agents at the phone and without the partner."""
    plan = sim.load("baseline")
    teams = {name: team for name, team in plan.teams.items() if name != "partner"}
    plan = plan.with_(name="less", bot=None, teams=teams).with_(teams={"phone_desk": {"extra_agents": 2}})
    return sim.simulate(plan, seed=1)


@pytest.mark.parametrize("day", range(7))
def test_counts_of_the_events_are_those_of_the_tables(week, day):
    rng = np.random.default_rng(day)
    for minute in [0, DAY, *rng.uniform(8 * 60, 22 * 60, 4)]:
        assert replayed(week, day, minute) == counts(week, day, minute)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), seed=st.integers(0, 50), minute=st.one_of(st.integers(0, DAY), st.floats(0, DAY)))
def test_the_same_in_odd_shops_at_any_minute(scenario, seed, minute):
    run = sim.simulate(scenario, seed, engine="simpy")
    for day in range(scenario.days):
        assert replayed(run, day, minute) == counts(run, day, minute)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), seed=st.integers(0, 50))
def test_days_add_up_to_the_measures_of_the_run(scenario, seed):
    run = sim.simulate(scenario, seed, engine="simpy")
    days = [counts(run, day) for day in range(scenario.days)]
    last = days[-1]
    found = run.measures().loc["all"]
    for name in ("arrived", *ENDS, "closed"):
        days[0][name] = sum(day[name] for day in days)
    total = days[0]
    at_work = last["talking"] + last["writing"]
    assert total["arrived"] == found["contacts"]
    # Who is still with an agent at the end of the run counts as served there, unless it is a callback that goes on.
    assert total["served"] + at_work == found["served"]
    for name in ("abandoned", "blocked", "turned_away", "called_back"):
        assert total[name] == found[name]
    assert total["abandoned"] + total["served"] + at_work + last["waiting"] + last["backlog"] == found["offered"]
    if total["contained"]:
        assert total["contained"] == pytest.approx(found["containment"] * found["bot_sessions"])
    assert last["backlog"] + last["writing"] == found["backlog"]


def test_a_day_begins_as_the_one_before_ended(week):
    standing = ("waiting", "talking", "backlog", "writing", "with_bot", "in_portal", "booked", "on_the_way", "teams")
    for day in range(6):
        evening, midnight = counts(week, day), replayed(week, day + 1, 0, before=True)
        assert {name: evening[name] for name in standing} == {name: midnight[name] for name in standing}
        for name, channel in midnight["channels"].items():
            assert channel["waiting"] == evening["channels"][name]["waiting"]
        assert midnight["arrived"] == midnight["served"] == midnight["closed"] == 0


def test_who_closes_a_case_leaves_with_its_rating(week):
    day = day_of(week.log, 2)
    leaves = (day.what == events.LEAVES) & ((day.flags[day.subject] & events.IS_TASK) == 0)
    given = dict(zip(day.case[day.subject[leaves]].tolist(), (day.value[leaves] >> 4).tolist(), strict=True))
    given = {case: rating for case, rating in given.items() if rating}
    ended = week.contacts.set_index("case")["ended_minutes"]
    ratings = sim.satisfaction.ratings(week).set_index("case")["rating"]
    closed = week.cases.set_index("case")["closed_minutes"]
    today = closed[(closed >= 2 * DAY) & (closed < 3 * DAY)]
    with_contact = [
        case for case, minute in today.items() if case in ended.index and (ended.loc[[case]] == minute).any()
    ]
    assert len(with_contact) > 100
    assert all(given[case] == ratings[case] for case in with_contact)


def trace(minutes, open_hours="always", channel=None, **changes):
    """One queue with one agent, four minutes a call, and calls at these minutes."""
    shop = {
        "name": "trace",
        "days": 2,
        "demand": {"trace": {"minutes": minutes, "types": ["call"] * len(minutes)}},
        "case_types": {
            "call": {"channels": {"phone": 1.0}, "handle_time": {"distribution": "constant", "mean_minutes": 4}}
        },
        "channels": {
            "phone": {"kind": "live", "open_hours": open_hours, "patience": "never", **(channel or {})},
        },
        "teams": {"desk": {"skills": ["phone"], "agents": 1}},
    }
    return sim.simulate(sim.load(shop | changes), engine="simpy")


def test_what_happens_at_the_very_minute_has_happened():
    run = trace([600, 601])
    seen = {minute: counts(run, 0, minute) for minute in (599.999, 600, 601, 604, 608)}
    assert [found["arrived"] for found in seen.values()] == [0, 1, 2, 2, 2]
    assert [found["talking"] for found in seen.values()] == [0, 1, 1, 1, 0]
    assert [found["waiting"] for found in seen.values()] == [0, 0, 1, 0, 0]
    assert [found["served"] for found in seen.values()] == [0, 0, 0, 1, 2]
    assert all(replayed(run, 0, minute) == found for minute, found in seen.items())


def test_midnight_belongs_to_the_next_day():
    run = trace([1436, 1438, 1440])
    evening, midnight = counts(run, 0, 1440), counts(run, 1, 0)
    # The call of 23:56 ends at 24:00 sharp, when the next one is answered and a third one comes.
    assert (evening["arrived"], evening["talking"], evening["waiting"], evening["served"]) == (2, 1, 1, 0)
    assert (midnight["arrived"], midnight["talking"], midnight["waiting"], midnight["served"]) == (1, 1, 1, 1)
    assert replayed(run, 0, 1440) == evening
    assert replayed(run, 1, 0) == midnight


@pytest.mark.parametrize("name", ["livestream", "small_store"])
def test_busy_and_small_shops(name):
    run = sim.simulate(name, seed=3)
    day = int(np.bincount((run.log.arrived // DAY).astype(int)).argmax())
    for minute in (700, 1100, DAY):
        assert replayed(run, day, minute) == counts(run, day, minute)
    _, (data,) = message([run], day, "en")
    assert len(data) < 200_000


def test_days_without_anybody():
    shut = trace(
        [600, 2040], open_hours={"mon": "09:00-17:00"}, teams={"desk": {"skills": ["phone"], "agents": {"mon": 1}}}
    )
    for run, day in ((trace([600]), 1), (shut, 1)):
        assert replayed(run, day, 900) == counts(run, day, 900)
        assert sim.replay(run, day).minute == 0
    assert counts(shut, 1)["turned_away"] == 1
    assert counts(trace([600]), 1)["arrived"] == 0


def test_the_message_holds_the_events_and_is_small(week):
    scene, (data,) = message([week], 2, "en")
    assert len(data) < 80_000
    day = day_of(week.log, 2)
    for name, kind, length, place in scene["sides"][0]["columns"]:
        column = np.frombuffer(data, dtype=np.dtype(kind).newbyteorder("<"), count=length, offset=place)
        if name != "who":
            np.testing.assert_array_equal(column, getattr(day, name), strict=False)
    assert [column[0] for column in scene["sides"][0]["columns"]] == list(COLUMNS)


def test_the_same_customer_has_the_same_number_on_both_sides(week, less):
    scene, data = message([week, less], 2, "en")

    def column(side, name):
        _, kind, length, place = next(part for part in scene["sides"][side]["columns"] if part[0] == name)
        return np.frombuffer(data[side], dtype=kind, count=length, offset=place)

    cases = [dict(zip(column(side, "who").tolist(), column(side, "case").tolist(), strict=True)) for side in (0, 1)]
    shared = cases[0].keys() & cases[1].keys()
    assert len(shared) > 0.8 * max(map(len, cases))
    mine, theirs = (
        [run.cases.loc[found[who], "appears_minutes"] for who in shared]
        for run, found in zip((week, less), cases, strict=True)
    )
    assert mine == theirs


def test_agents_of_a_team_stand_together(week, less):
    scene, _ = message([week, less], 2, "en")
    for side, run in zip(scene["sides"], (week, less), strict=True):
        teams = run.staffing.groupby("team", observed=True)["agent"].agg(["min", "max"])
        for team in side["teams"]:
            if team["name"] in teams.index:
                assert team["first"] <= teams.loc[team["name"], "min"]
                assert teams.loc[team["name"], "max"] < team["first"] + team["count"]
        assert {team["name"]: team["slots"] for team in side["teams"]}["chat_desk"] == 4


def test_only_runs_that_met_the_same_customers_stand_beside_each_other(week, less):
    assert "less" in repr(sim.replay(week, 0, less))
    short = sim.simulate(sim.load("baseline").with_(days=2), seed=1)
    other_day = sim.simulate(sim.load("baseline").with_(first_day="2026-03-03"), seed=1)
    for other, words_of_it in [
        (sim.simulate("baseline", seed=2), "seed 1 and seed 2"),
        (sim.simulate("baseline", seed=1, replication=3), "replication 0 and replication 3"),
        (sim.simulate("small_store", seed=1), "different"),
        (other_day, "different days"),
    ]:
        with pytest.raises(ValueError, match=words_of_it):
            sim.replay(week, 0, other)
    with pytest.raises(ValueError, match="no day 4; the simulation has days 0 to 1"):
        sim.replay(week, 4, short)
    sim.replay(week, 1, short)


@pytest.mark.parametrize("day", [9, -1, 1.0, "mon", True, None])
def test_days_that_are_not_there(week, day):
    for look in (sim.replay, counts):
        with pytest.raises(ValueError, match=r"there is no day .+; the simulation has days 0 to 6"):
            look(week, day)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"start": "25:00"}, 'start is .+ may be a time from "00:00"'),
        ({"start": "noon"}, "start is"),
        ({"start": float("nan")}, "start is"),
        ({"start": True}, "start is"),
        ({"speed": 0}, "speed is 0"),
        ({"speed": "fast"}, "speed is 'fast'"),
        ({"speed": float("inf")}, "speed is inf"),
        ({"language": "de"}, "may be en or zh"),
    ],
)
def test_other_odd_arguments(week, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        sim.replay(week, **options)


def test_what_is_no_run_is_told_what_to_give(week):
    desk = sim.one_queue(arrivals_per_hour=6, handle_minutes=5, agents=1)
    runs = sim.replicate(desk, 2, progress=False)
    duel = sim.compare([desk, desk.with_(name="twin")], replications=2, progress=False)
    for thing, hint in [
        (runs, r"runs\[0\]"),
        (duel, r"duel\.replications"),
        ("baseline", "sim.simulate"),
        (desk, "sim.simulate"),
        (None, "sim.simulate"),
    ]:
        with pytest.raises(TypeError, match=f"run has to be one run, not .+{hint}"):
            sim.replay(thing)
    with pytest.raises(TypeError, match="other has to be one run"):
        sim.replay(week, 0, "baseline")
    # What the hint says works.
    a, b = duel.replications[:2]
    assert "twin" in repr(sim.replay(a[0], other=b[0]))


def test_it_starts_shortly_before_the_first_opening(week):
    assert sim.replay(week).minute == 8 * 60 - 5
    assert sim.replay(week, 6).minute == 9 * 60 - 5
    assert sim.replay(week, start="10:30").minute == sim.replay(week, start=630).minute == 630
    assert sim.replay(trace([600])).minute == 0


def test_pages_without_a_kernel_get_a_figure_and_a_text(week, less):
    bundle, metadata = sim.replay(week, 2, less)._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "Wednesday" in metadata["image/png"]["alt"]
    found = counts(week, 2)
    assert f"{found['arrived']:,} contacts arrive, {found['served']:,} served" in bundle["text/plain"]
    mail = trace([600], channels={"phone": {"kind": "deferred", "open_hours": "always"}})
    assert "image/png" not in sim.replay(mail)._repr_mimebundle_()[0]


def test_a_page_that_has_the_figure_already_says_how_to_play(week):
    for language, told in (("en", "Run this cell"), ("zh", "运行本单元格")):
        bundle, _ = sim.replay(week, figure=False, language=language)._repr_mimebundle_()
        assert bundle["application/vnd.jupyter.widget-view+json"]
        assert "image/png" not in bundle
        assert told in bundle["text/html"]


def test_a_saved_page_needs_nothing_else(week, less, tmp_path):
    odd = sim.simulate(week.scenario.with_(name="</script><b>odd"), seed=1)
    text = sim.replay(odd, 2, less).save(tmp_path / "day.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)|@import|import .+ from", text)
    assert text.count("</script>") == 1
    assert "<b>odd" not in text


def test_it_says_which_extra_is_missing(week, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "sim.playback.widget", raising=False)
    with pytest.raises(ImportError, match=re.escape('pip install "after-sales-workbook[lab]"')):
        sim.replay(week)


def source(name):
    return (STATIC / name).read_text(encoding="utf-8")


def test_script_and_events_have_the_same_numbers():
    numbers = dict(re.findall(r"\b([A-Z_]+) = (\d+)[,;]", source("state.js")))
    names = "TRIES_PORTAL ARRIVES BOOKS MEETS_BOT QUEUES ANSWERED LEAVES CLOSES COMES_ON_DUTY GOES_OFF_DUTY WAY_BEGINS"
    for name in [*names.split(), "WAY_ENDS", "SELF_SERVED", "TAKES_CALLBACK", "IS_TASK", "IS_ENQUIRY", "GOES_FIRST"]:
        assert int(numbers[name]) == getattr(events, name), name
    assert f"TICKS_A_MINUTE = 2 ** {events.TICKS_A_MINUTE.bit_length() - 1};" in source("state.js")
    assert str(list(ENDS)).replace("'", '"') in source("state.js")


def test_every_word_is_used_and_every_used_word_is_there():
    script = page.script()
    used = set(re.findall(r"\bwords\.(\w+)", script)) | {
        f"legend_{part}" for part in re.findall(r'"(\w+)"', re.search(r"\.\.\.\[(.+?)\]\.map\(\(part\)", script)[1])
    }
    used |= {f"left_{exit_}" for exit_ in re.findall(r'"(\w+)"', re.search(r"EXITS = \[(.+?)\]", script, re.DOTALL)[1])}
    used |= set(re.findall(r'"(is_\w+)"', script))
    used |= set(re.findall(r'"(\w+)"', re.search(r"TOLD = \[(.+?)\]", script)[1])) | {"backlog", "rating"}
    assert used == words.WORDS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_there_in_both_languages_with_the_same_places(language):
    for key, texts in words.WORDS.items():
        assert all(texts), key
        assert len({tuple(sorted(re.findall(r"{\w+}", text))) for text in texts}) == 1, key
    for example in [sim.load(name) for name in ("baseline", "livestream")]:
        for name in [*example.channels, *example.task_names(), *example.teams, *example.case_types]:
            assert name in words.NAMES, name
    names = list(sim.load("baseline").channels) + sim.load(example_scenarios()[-1]).task_names()
    signs = words.signs(names, language, set())
    assert len(set(signs)) == len(names)
    assert all(len(sign) == 1 for sign in signs)


def test_signs_stay_apart_also_when_letters_run_out():
    found = words.signs(["ab", "ba", "a_b", "aab"], "en", set())
    assert found[:2] == ["A", "B"]
    assert len(set(found)) == 4 or "•" in found
