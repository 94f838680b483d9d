"""The scenario studio without its page: what is set up, what comes out, what is read and saved."""

import csv
import io
import re
import string

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager

import sim
from sim.base import ScenarioError
from sim.languages import LANGUAGES
from sim.policies import POLICIES
from sim.policies.kinds import GROUPS
from sim.scenario_studio import controls, estimating, exports, figures, markup, reading, words
from sim.scenario_studio.controls import CONTROLS
from sim.scenario_studio.estimating import MEASURES_SHOWN, Worlds
from sim.scenario_studio.session import MOST_TRIED, Session
from sim.scenario_studio.state import LONGEST_NAME, MOST_PINS, MOST_STEPS_BACK, History, Setup, State, StudioError
from sim.scenario_studio.words import WORDS, Words

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def desk():
    """A small shop whose week takes a few milliseconds."""
    return sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3, name="desk")


@pytest.fixture(scope="module")
def baseline():
    return sim.load("baseline")


@pytest.fixture
def session(desk):
    return Session(desk, Worlds(replications=12))


def finished(session):
    while not session.finished:
        session.refine()
    return session


# What is set up


def test_a_move_changes_the_scenario_as_its_lever_does(baseline):
    moves = {"agents.phone_desk": 2, "absence.chat_desk": 0.1, "bot_boldness": 0.2}
    setup = Setup(baseline)
    for name, value in moves.items():
        setup = setup.moved(name, value)
    assert dict(setup.moves) == moves
    assert setup.scenario.with_(name="x") == sim.pull(baseline, moves).with_(name="x")


def test_a_lever_set_back_is_no_move(desk):
    setup = Setup(desk).moved("agents.agents", 2).moved("handle_time.agents", 0.8).moved("agents.agents", 0)
    assert setup.moves == (("handle_time.agents", 0.8),)
    assert setup.moved("handle_time.agents", 1) == Setup(desk)


def test_the_title_tells_what_was_moved(baseline):
    setup = Setup(baseline).moved("agents.phone_desk", 2).moved("bot_skill", 2.5)
    assert setup.title == setup.scenario.name == "baseline: agents.phone_desk 2, bot_skill 2.5"
    assert setup.moved("demand", 1.5).title == "baseline: agents.phone_desk 2, bot_skill 2.5 + 1"


def test_a_direct_control_sets_what_it_says(baseline):
    for name, value, found in [
        ("forecast_error", 0.3, lambda shop: shop.demand.day_factor_cv),
        ("patience.vip", 2.0, lambda shop: shop.segments["vip"].patience_factor),
        ("handle_time.phone_desk", 0.8, lambda shop: shop.teams["phone_desk"].handle_factor),
    ]:
        assert controls.lever(name, baseline).now == found(baseline) != value
        assert found(Setup(baseline).moved(name, value).scenario) == value


@pytest.mark.parametrize(("name", "value"), [("agents.agents", 99), ("agents.agents", "two"), ("absence.agents", -0.1)])
def test_a_lever_stays_in_its_range(desk, name, value):
    with pytest.raises(ValueError, match="cannot be set to"):
        Setup(desk).moved(name, value)


@pytest.mark.parametrize("name", ["agents.phone", "bot_skill", "", SCRIPT, "x" * 300])
def test_a_lever_that_is_not_there_is_refused(desk, name):
    with pytest.raises(StudioError, match="there is no lever"):
        Setup(desk).moved(name, 1)


def test_what_another_move_takes_away_has_no_effect_and_comes_back(baseline):
    setup = Setup(baseline).moved("bot", 0).moved("follow_up", 0.2)
    later = Setup(baseline, (("bot", 0.0), ("bot_skill", 2.5), ("follow_up", 0.2)))
    assert later.without_effect == ("bot_skill",)
    assert later.key == setup.key
    assert Setup(baseline, later.moves[1:]).without_effect == ()


def test_a_team_that_a_lever_makes_has_levers_of_its_own(baseline):
    session = Session(baseline, Worlds(replications=2))
    assert "absence.vip_own_agents" not in session.levers
    session.act(lambda state: state.moved("vip_own_agents.vip", 2))
    assert "absence.vip_own_agents" in session.levers
    for value in (0.1, 0.1, 0.2):
        session.act(lambda state, value=value: state.moved("absence.vip_own_agents", value))
        assert session.now.scenario.teams["vip_own_agents"].absence == value
    session.act(lambda state: state.moved("vip_own_agents.vip", 0))
    assert "absence.vip_own_agents" not in session.levers
    assert session.now.without_effect == ("absence.vip_own_agents",)


def test_undo_and_redo_go_back_and_forth(desk):
    history = History(State.of(desk))
    states = [history.present]
    for value in (1, 2, 3):
        history = history.then(history.present.moved("agents.agents", value))
        states.append(history.present)
    assert history.then(history.present) is history
    for state in reversed(states[:-1]):
        history = history.undone()
        assert history.present == state
    assert history.undone() is history
    assert history.redone().present == states[1]
    changed = history.redone().then(states[1].reset())
    assert changed.future == ()
    assert changed.present.now == Setup(desk)


def test_undo_has_an_end(desk):
    history = History(State.of(desk))
    for number in range(MOST_STEPS_BACK + 20):
        history = history.then(history.present.named(f"n{number}"))
    assert len(history.past) == MOST_STEPS_BACK


def test_pins_keep_names_apart_and_there_are_five(desk):
    state = State.of(desk)
    for value in range(1, MOST_PINS + 1):
        state = state.moved("agents.agents", value)
        state = (state.named("same") if value < 3 else state).pinned("Plan")
    assert [pin.name for pin in state.pins] == ["same", "same (2)", "Plan A", "Plan B", "Plan C"]
    with pytest.raises(StudioError, match="pinned already, as “Plan C”"):
        state.pinned()
    sixth = state.moved("agents.agents", 0)
    with pytest.raises(StudioError, match="5 are pinned"):
        sixth.pinned()
    fewer = sixth.unpinned(2).pinned("Plan")
    assert [pin.name for pin in fewer.pins] == ["same", "same (2)", "Plan B", "Plan C", "Plan A"]
    assert fewer.back_to(1).now == fewer.pins[1]


def test_a_pins_name_stays_with_the_pin(desk):
    state = State.of(desk).moved("agents.agents", 1).named("mine").pinned()
    assert state.moved("agents.agents", 2).now.name == ""
    assert State.of(desk).named("to come").moved("agents.agents", 2).now.name == "to come"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  two\n more\t", "two more"),
        ("", ""),
        ("\x00\u200b", ""),
        ("x" * 300, "x" * (LONGEST_NAME - 1) + "…"),
        (SCRIPT, SCRIPT),
        ("夜班 +2", "夜班 +2"),
    ],
)
def test_names_are_made_fit_to_show(desk, given, kept):
    assert State.of(desk).named(given).now.name == kept


@pytest.mark.parametrize("name", ["", SCRIPT, "x" * 300, "yes", "12", "a: b # c", "“夜班”\\", "🙂"])
def test_a_scenario_that_is_saved_is_read_again(baseline, tmp_path, name):
    state = State.of(baseline).moved("agents.phone_desk", 2).moved("vip_own_agents.vip", 1).moved("bot_from", 20)
    scenario = state.named(name).now.scenario
    text = scenario.to_yaml()
    assert reading.read(text.encode("utf-8"), "mine.yaml") == scenario
    path = tmp_path / exports.file_name(scenario.name, "yaml")
    path.write_text(text, encoding="utf-8")
    assert sim.load(path) == scenario


def test_another_scenario_keeps_the_base_only_if_they_compare(desk):
    state = State.of(sim.load("baseline")).moved("agents.phone_desk", 1)
    other = state.picked(sim.load("amazon_style"))
    assert other.base == state.base
    assert other.now == Setup(sim.load("amazon_style"))
    assert other.based().base == other.now
    longer = state.picked(sim.load("livestream"))
    assert longer.base == longer.now


# What can be moved


@pytest.mark.parametrize("name", sim.scenarios())
def test_every_scenario_has_its_levers_in_groups(name):
    shop = sim.load(name)
    found = controls.all_levers(shop)
    assert set(sim.levers(shop)) < set(found)
    assert [one.group for one in found.values()] == sorted((one.group for one in found.values()), key=GROUPS.index)
    shown = [one for one in found.values() if controls.is_first(one)]
    assert 10 <= len(shown) <= 60
    assert len(shown) < len(found)


def test_controls_are_no_policies():
    assert not set(CONTROLS) & set(POLICIES)
    assert set(controls.FIRST) <= set(CONTROLS) | set(POLICIES)


# What comes out


def test_the_table_is_what_compare_says(session):
    session.act(lambda state: state.moved("agents.agents", 1))
    session.act(lambda state: state.moved("demand", 1.1))
    table = finished(session).table()
    duel = sim.compare([session.base.scenario, session.now.scenario], 12, seed=1, progress=False)
    expected = duel.table(MEASURES_SHOWN).reindex(table.index)
    base, now = duel.names
    assert table["base"].tolist() == expected[base, "estimate"].tolist()
    runs = sim.replicate(session.now.scenario, 12, progress=False).measures().reindex(table.index)
    assert table[["now_low", "now_high"]].to_numpy() == pytest.approx(runs[["low", "high"]].to_numpy(), rel=1e-12)
    for ours, theirs in [("now", "estimate"), ("difference", "difference"), ("low", "low"), ("high", "high")]:
        pd.testing.assert_series_equal(table[ours], expected[now, theirs], check_names=False, rtol=1e-12)
    assert table.loc["abandonment", "sure"]


def test_few_replications_are_the_first_of_many(session, desk):
    session.act(lambda state: state.moved("agents.agents", 1))
    session.answer(0.0)
    assert session.count == session.worlds.first
    early = session.table()
    duel = sim.compare([desk, session.now.scenario], session.worlds.first, progress=False)
    assert early.loc["cost", "high"] == pytest.approx(duel.differences().iloc[:, -1].xs("cost", level=1).item())
    finished(session)
    assert session.count == 12


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_engines_agree_and_the_slow_one_begins_with_fewer(desk, engine):
    if engine == "compiled":
        pytest.importorskip("numba")
    worlds = Worlds(replications=4, engine=engine)
    assert worlds.first == (2 if engine == "simpy" else 4)
    setup = Setup(desk.with_(days=1))
    worlds.advance([setup], 2)
    other = sim.replicate(setup.scenario, 2, engine="simpy", progress=False).measures(measures="abandonment")
    assert worlds.comparison([setup]).measures(measures="abandonment").to_numpy().tolist() == other.to_numpy().tolist()


def test_time_ends_a_step_and_nothing_counted_is_lost(desk, monkeypatch):
    worlds, setup = Worlds(replications=30), Setup(desk)
    clock = iter(np.arange(1000.0))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert not worlds.advance([setup], 30, seconds=0.0)
    before = worlds.count(setup)
    assert before == worlds.first
    assert not worlds.advance([setup], 30, seconds=0.0)
    assert worlds.count(setup) == before
    assert worlds.advance([setup], 7)
    assert worlds.count(setup) == 7
    assert worlds.advance([setup], 99)
    assert worlds.count(setup) == 30


def test_going_back_costs_nothing(session, monkeypatch):
    session.act(lambda state: state.moved("agents.agents", 1))
    first = finished(session).table()
    session.act(lambda state: state.moved("agents.agents", 2))
    finished(session)
    monkeypatch.setattr(estimating, "work", None)
    session.undo()
    pd.testing.assert_frame_equal(finished(session).table(), first)


def test_what_is_not_shown_is_worked_out_when_asked_for(session):
    session.act(lambda state: state.moved("agents.agents", 1))
    comparison = finished(session).comparison()
    duel = sim.compare([session.base.scenario, session.now.scenario], 12, progress=False)
    for by in (None, "hour"):
        pd.testing.assert_frame_equal(
            comparison.differences(by, measures="contacts_per_case"),
            duel.differences(by, measures="contacts_per_case"),
        )


def test_everything_tried_is_in_the_frontier_once_and_not_without_end(session):
    for value in (1, 2, 1, 0):
        session.act(lambda state, value=value: state.moved("agents.agents", value))
        finished(session)
    comparison, roles, titles = session.front()
    assert len(comparison.names) == len(roles) == len(titles) == 3
    assert sorted(roles) == ["", "", "base"]
    session.act(lambda state: state.moved("agents.agents", 1).pinned("Plan"))
    session.act(lambda state: state.moved("agents.agents", 3))
    session.answer(0.0)
    comparison, roles, titles = session.front()
    assert dict(zip(roles, titles, strict=True))["0"] == "Plan A"
    assert {"base", "now", "0", ""} == set(roles)
    # All on the same customers, so as many replications as the one with the fewest.
    assert {len(runs) for runs in comparison.replications} == {session.count}
    for number in range(MOST_TRIED + 5):
        session.act(lambda state, number=number: state.moved("demand", 0.5 + 0.01 * number))
    assert len(session.tried) == MOST_TRIED
    assert session.tried[-1] == session.now


def test_pins_are_compared_with_the_base(session):
    session.act(lambda state: state.moved("agents.agents", 1).pinned())
    session.act(lambda state: state.moved("agents.agents", 2))
    (pinned,) = finished(session).pinned()
    duel = sim.compare([session.base.scenario, session.state.pins[0].scenario], 12, progress=False)
    assert pinned.loc["csat", "low"] == pytest.approx(duel.differences().xs("csat", level=1)["low"].item())


def test_a_pin_over_other_days_is_not_compared(desk):
    session = Session(desk, Worlds(replications=4))
    session.act(lambda state: state.moved("agents.agents", 1).pinned())
    session.act(lambda state: state.picked(desk.with_(days=2, name="longer")))
    finished(session)
    assert [len(table) for table in session.pinned()] == [0]
    assert session.front()[1] == ["base"]


@pytest.mark.parametrize(
    ("measure", "low", "high", "difference", "said"),
    [
        ("csat", 0.1, 0.2, 0.15, "better"),
        ("csat", -0.2, -0.1, -0.15, "worse"),
        ("cost", 1, 2, 1.5, "worse"),
        ("mean_wait_minutes", -2, -1, -1.5, "better"),
        ("occupancy", -2, -1, -1.5, "differs"),
        ("csat", -0.1, 0.2, 0.05, "luck"),
        ("csat", 0, 0.2, 0.1, "luck"),
        ("csat", 0, 0, 0, "same"),
        ("csat", np.nan, np.nan, 0.1, ""),
        ("csat", np.nan, np.nan, np.nan, ""),
    ],
)
def test_verdicts(measure, low, high, difference, said):
    assert estimating.verdict(measure, low, high, difference) == said


@pytest.mark.parametrize("replications", [1, 0, -3, 2.5, "many", True, None])
def test_replications_are_a_number_of_at_least_two(replications):
    with pytest.raises(ValueError, match="at least 2"):
        sim.studio(replications=replications)


@pytest.mark.parametrize(
    "arguments",
    [{"base": "basline"}, {"base": 3}, {"language": "fr"}, {"seed": -1}, {"engine": "fast"}],
    ids=lambda arguments: str(*arguments),
)
def test_other_arguments_are_checked(arguments):
    with pytest.raises(ValueError, match=r"Did you mean|is not a scenario|may be en or zh|whole number|engine"):
        sim.studio(**arguments)


# A file of one's own


def test_a_file_is_read(desk):
    assert reading.read(desk.to_yaml().encode("utf-8-sig"), "desk.yaml") == desk


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a scenario"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"name: [unclosed", "is not YAML at line"),
        (b"name: x\ndays: 7", "scenario 'x'"),
        (b"!!python/object/apply:os.system ['touch /tmp/owned']", "is not YAML"),
        (b"based_on: /etc/passwd", "may be based on a shipped scenario"),
        (b"based_on: [1, 2]", "may be based on a shipped scenario"),
        (b"based_on: baseline\nfoo: 1", "foo"),
        (b"x" * 1_000_001, "the file has 1000 kB"),
        (b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n".encode() for n in range(6)
        ), "more than 200000 parts"),
        (b"a: &a [*a]", "more than 200000 parts"),
        (b"based_on: small_store\ndays: 3000", "it runs over 3000 days"),
        (b"based_on: baseline\ndays: 200", "the studio answers at once up to 100,000"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_in_words(content, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        reading.read(content, "mine.yaml")


def test_a_files_name_cannot_spoil_the_message():
    with pytest.raises(ScenarioError) as caught:
        reading.read(b"", "a\nb" + "x" * 500)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


# Words


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("key", WORDS)
def test_everything_is_said_in_every_language(key):
    messages = WORDS[key]
    assert len(messages) == len(LANGUAGES)
    assert all(messages)
    assert fields(messages[0]) == fields(messages[1])
    assert re.search(r"[\u4e00-\u9fff]", messages[1]) or key == "to"


def test_every_word_is_used(root):
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "sim" / "scenario_studio").glob("*.py"))
    made = {f"group {group}" for group in GROUPS} | set(estimating.SHOWN)
    made |= {"day_file", "front_file"}
    assert {key for key in WORDS if len(re.findall(f"[\"']{key}[\"']", code)) < 2} <= made


def test_every_unit_and_name_has_chinese_words(baseline):
    units = {policy.unit for policy in [*POLICIES.values(), *CONTROLS.values()]}
    units |= {unit for name in MEASURES_SHOWN for unit in [sim.measures.MEASURES[name].unit]} | {"%", "seconds"}
    assert units <= set(words.UNITS_ZH)
    assert set(sim.scenarios()) == set(words.SCENARIOS_ZH)
    chinese = Words("zh")
    for name in sim.scenarios():
        for lever in controls.all_levers(sim.load(name)).values():
            assert not re.search(r"[a-z]", re.sub("VIP", "", chinese.lever(lever))), lever.name
            assert re.search(r"[\u4e00-\u9fff]", chinese.help(lever))


@pytest.mark.parametrize(
    ("measure", "value", "difference", "en", "zh"),
    [
        ("mean_wait_minutes", 0.5, False, "30.0 s", "30.0 秒"),
        ("mean_wait_minutes", -3.0, True, "−3.0 min", "−3.0 分钟"),
        ("csat", 0.671, False, "67.1 %", "67.1 %"),
        ("csat", 0.011, True, "+1.1 points", "+1.1 个百分点"),
        ("cost", 25813.2, False, "25,813", "25,813"),
        ("backlog", 27.8, False, "27.8", "27.8"),
        ("nps", float("nan"), False, "no value", "无数值"),
    ],
)
def test_amounts_are_said_with_their_units(measure, value, difference, en, zh):
    for language, text in (("en", en), ("zh", zh)):
        said = Words(language).amount(measure, value, difference=difference)
        assert said.replace("\u00a0", " ") == text


# What is shown and saved


def test_the_table_says_and_marks_what_is_sure(session):
    session.act(lambda state: state.moved("agents.agents", 1))
    table = finished(session).table()
    for language in LANGUAGES:
        told = Words(language)
        page = markup.measures_table(table, session.now.start, told, 12, alone=False)
        for measure, row in table.iterrows():
            (shown,) = re.findall(f'<tr data-measure="{measure}".*?</tr>', page)
            kind = estimating.verdict(measure, row["low"], row["high"], row["difference"])
            assert f"{markup.SIGNS[kind]} {told.say(kind)}" in shown
            assert (' sure"' in shown) == bool(row["sure"]) == (kind in ("better", "worse", "differs"))
            assert float(re.search('data-now="(.*?)"', shown)[1]) == row["now"]


def test_what_visitors_write_is_escaped_everywhere(desk):
    wild = desk.with_(money={"currency": SCRIPT})
    session = Session(wild, Worlds(replications=3))
    session.act(lambda state: state.named(SCRIPT).moved("agents.agents", 1).pinned())
    table = finished(session).table()
    pages = [
        markup.measures_table(table, wild, Words("en"), 3, alone=False),
        markup.pins_table(SCRIPT, [(SCRIPT, SCRIPT)], session.pinned(), Words("en")),
        exports.Download(SCRIPT + '"', "text/csv", b"").link(SCRIPT, "x"),
    ]
    assert all("<script" not in page for page in pages)
    assert "&lt;script&gt;" in pages[1]


def test_the_table_is_saved_for_spreadsheets(session):
    session.act(lambda state: state.moved("agents.agents", 1))
    table = finished(session).table()
    content = exports.table_as_csv("=1+1", [("夜班, “two”", table), ("@x", table)])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2 * len(table)
    assert {row["base_scenario"] for row in rows} == {"'=1+1"}
    assert [rows[0]["scenario"], rows[-1]["scenario"]] == ["夜班, “two”", "'@x"]
    again = pd.DataFrame(rows[: len(table)]).set_index("measure")
    for column in exports.COLUMNS[:-1]:
        assert pd.to_numeric(again[column]).tolist() == pytest.approx(table[column].tolist(), nan_ok=True, rel=1e-15)


@pytest.mark.parametrize("title", ["", "../../etc/passwd", "CON", "a" * 300, 'x"y<z>', "夜班", "...", "\u202egpj"])
def test_file_names_are_harmless(title):
    name = exports.file_name(title, "csv")
    assert re.fullmatch(r"[\w-]{1,60}\.csv", name)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_name_becomes_a_formula_of_a_spreadsheet(session, first):
    finished(session)
    content = exports.table_as_csv("base", [(f"{first}1+1", session.table())]).decode("utf-8-sig")
    assert {row["scenario"] for row in csv.DictReader(io.StringIO(content, newline=""))} == {f"'{first}1+1"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("measure", estimating.CURVES)
def test_figures_are_drawn_in_both_languages(session, language, measure):
    session.act(lambda state: state.named("$夜班🙂_{$").moved("agents.agents", 1).pinned())
    session.act(lambda state: state.moved("agents.agents", 2))
    finished(session)
    told = Words(language)
    drawings = [figures.day(session.comparison(), measure, told), figures.front(*session.front(), told)]
    assert all(drawing.png.startswith(b"\x89PNG") and len(drawing.png) > 10_000 for drawing in drawings)
    assert told.measure(measure) in drawings[0].alt
    assert "3" in drawings[1].alt


def test_the_message_of_the_day_is_a_sure_difference(session):
    session.act(lambda state: state.moved("agents.agents", 1))
    comparison = finished(session).comparison()
    drawing = figures.day(comparison, "mean_wait_minutes", Words("en"))
    rows = comparison.differences("slot", measures="mean_wait_minutes")
    time = re.fullmatch(r"Mean wait falls most at (..:..): from .* to .*", drawing.alt)[1]
    assert rows.xs(time, level="slot")["high"].item() < 0
    session.act(State.reset)
    session.act(lambda state: state.moved("courtesy.agents", 0.5))
    unmoved = figures.day(finished(session).comparison(), "mean_wait_minutes", Words("en")).alt
    assert unmoved == "Mean wait through the day: no sure difference from the base"
    session.act(State.reset)
    alone = figures.day(session.comparison(), "mean_wait_minutes", Words("en")).alt
    assert alone.startswith("Mean wait through the day: highest at")


def test_a_figure_leaves_the_global_style_alone(session):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figures.front(*finished(session).front(), Words("zh"))
    assert dict(mpl.rcParams) == before


def test_without_the_font_figures_stay_in_english(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    figures._chinese.cache_clear()
    try:
        assert figures.letters_for("en")
        assert not figures.letters_for("zh")
    finally:
        figures._chinese.cache_clear()


def test_the_font_has_the_letters():
    pytest.importorskip("matplotlib")
    if not figures.letters_for("zh"):
        pytest.skip("needs the extra zh")
    family = figures._chinese()
    assert family in {font.name for font in font_manager.fontManager.ttflist}
    letters = font_manager.get_font(font_manager.findfont(family)).get_charmap()
    said = "".join(zh for _, zh in WORDS.values()) + "".join(sim.measures.MEASURES[m].title_zh for m in MEASURES_SHOWN)
    assert {letter for letter in said if "\u4e00" <= letter <= "\u9fff" and ord(letter) not in letters} == set()
