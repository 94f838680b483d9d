"""What all parts of a scenario share: they cannot be changed, and they say kindly what is wrong."""

import copy
import datetime
import pickle
from typing import Annotated

import numpy as np
import pandas as pd
import pytest
from pydantic import Field

import sim
from sim.base import Frozen, FrozenDict, Latest, ScenarioError, plain, show, unknown_name, unquoted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (np.arange(3), [0, 1, 2]),
        (pd.Series([1.5, 2.0]), [1.5, 2.0]),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"a": np.array([1]), "b": {"c": (np.int8(2),)}}, {"a": [1], "b": {"c": [2]}}),
        ("text", "text"),
        (None, None),
    ],
)
def test_plain_data_is_made_of_pythons_own_types(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


def test_plain_data_is_a_copy():
    given = {"days": {"mon": [1, 2]}}
    found = plain(given)
    given["days"]["mon"].append(3)
    assert found == {"days": {"mon": [1, 2]}}


def test_plain_data_may_contain_itself():
    given = {"a": []}
    given["a"].append(given)
    found = plain(given)
    assert found["a"][0] is found


def test_what_a_key_holds_is_shown_short():
    nested = ["x"] * 9
    for _ in range(8):
        nested = [nested] * 9  # written out, more than a hundred million words
    for value in (nested, "x" * 10_000, 10**1000, {n: n for n in range(1000)}):
        assert len(show(value)) < 1000
    assert show(None) == "nothing"


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("5", ": write 5, without quotes"),
        ("0,5", ": write 0.5, without quotes"),
        ("1e3", ": write 1000, without quotes"),
        ("five", ""),
        ("nan", ""),
        ("inf", ""),
        ("", ""),
        (5, ""),
        (None, ""),
    ],
)
def test_text_that_looks_like_a_number_gets_advice(value, advice):
    assert unquoted(value) == advice


@pytest.mark.parametrize(
    ("name", "hint"),
    [("chanel", "Did you mean 'channel'?"), ("Team", "Did you mean 'team'?"), ("xyz", None), (5, None), ("", None)],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, hint):
    message = unknown_name(name, ["channel", "team"], "dimension")
    assert message.startswith(f"no such dimension as {name!r}.")
    assert message.endswith("Allowed: channel, team")
    assert ("Did you mean" in message) == (hint is not None)
    assert hint is None or hint in message


def test_an_unknown_name_where_nothing_is_allowed():
    assert unknown_name("x", []) == "no such key as 'x'. Allowed: none"


class Part(Frozen):
    """A part with rules that no scenario has yet."""

    code: Annotated[str, Field(pattern="^[a-z]+$")] = "x"
    nested: tuple[dict[str, Frozen | None], ...] = ()


def test_what_the_checker_finds_unforeseen_is_told_in_its_words():
    with pytest.raises(ScenarioError, match=r"code: holds '123'; string should match pattern"):
        Part(code="123")


def test_an_unknown_key_deep_inside_is_told_with_its_place():
    with pytest.raises(ScenarioError, match=r"nested\.1\.b\.x: no such key as 'x'\. Allowed: none"):
        Part(nested=[{}, {"a": None, "b": {"x": 1}}])


CHANGES = {
    "set an item": lambda part: part.__setitem__("x", 1),
    "delete an item": lambda part: part.__delitem__("a"),
    "clear": lambda part: part.clear(),
    "pop": lambda part: part.pop("a"),
    "popitem": lambda part: part.popitem(),
    "setdefault": lambda part: part.setdefault("x", 1),
    "update": lambda part: part.update(x=1),
    "or": lambda part: part.__ior__({"x": 1}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_frozen_dictionary_refuses_changes(change):
    part = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="never changed in place; make a changed copy"):
        change(part)
    assert part == {"a": 1}


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda part: pickle.loads(pickle.dumps(part))])
def test_a_frozen_dictionary_can_be_copied_and_sent_to_another_process(way):
    assert way(FrozenDict({"a": FrozenDict({"b": 1})})) == {"a": {"b": 1}}


def test_parts_of_a_scenario_refuse_changes():
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    with pytest.raises(AttributeError, match=r"never changed in place; make a changed copy, such as scenario\.with_"):
        desk.days = 3
    with pytest.raises(AttributeError, match="never changed in place"):
        desk.teams["agents"].extra_agents = 1
    with pytest.raises(AttributeError, match="never changed in place"):
        del desk.days
    with pytest.raises(TypeError, match="never changed in place"):
        desk.demand.cases_per_hour["call"] = 5
    assert desk == sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)


def test_what_cannot_change_needs_no_copy():
    base = sim.load("baseline")
    assert copy.deepcopy(base) is base
    assert copy.deepcopy([base.teams["phone_desk"]])[0] is base.teams["phone_desk"]


def test_a_scenario_survives_a_trip_to_another_process():
    base = sim.load("baseline")
    assert pickle.loads(pickle.dumps(base)) == base


@pytest.mark.parametrize(
    "value",
    [
        datetime.date(2026, 3, 9),
        datetime.datetime(2026, 3, 9),
        pd.Timestamp("2026-03-09"),
        np.datetime64("2026-03-09"),
        "2026-03-09",
        " 2026-03-09 ",
    ],
)
def test_a_date_can_be_given_in_several_ways(value):
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    assert desk.with_(first_day=value).first_day == datetime.date(2026, 3, 9)


@pytest.mark.parametrize(
    "value",
    [0, 20260309, 1.5, True, None, "9 March", "09.03.2026", "2026-02-30", "0", "", datetime.datetime(2026, 3, 9, 8)],
)
def test_what_is_no_date_is_refused(value):
    desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    with pytest.raises(sim.ScenarioError, match=r"first_day: holds .*; it may hold a date such as 2026-03-02"):
        desk.with_(first_day=value)


class TestLatest:
    def test_what_is_kept_is_not_made_again_and_the_oldest_goes_first(self):
        made = []

        def ask(name):
            return kept.get((name,), lambda: made.append(name) or [name])

        kept = Latest(lambda _: 1 / 2)
        first = ask("a")
        assert ask("a") is first
        assert made == ["a"]
        ask("b")
        ask("a")
        ask("c")  # now b is the one that nobody has asked for in a while
        assert ask("a") is first
        ask("b")
        assert made == ["a", "b", "c", "b"]

    def test_equal_parts_need_not_be_the_same(self):
        kept = Latest(lambda _: 1 / 2)
        assert kept.get(([1, {"a": 2}],), object) is kept.get(([1, {"a": 2}],), object)

    def test_what_needs_too_much_room_is_not_kept_and_takes_no_room_from_others(self):
        kept = Latest(lambda size: size)
        kept.get(("small",), lambda: 0.4)
        assert kept.get(("large",), lambda: 1.5) == 1.5
        assert kept.get(("small",), lambda: 0.1) == 0.4
        kept.get(("middle",), lambda: 0.7)
        assert kept.get(("small",), lambda: 0.2) == 0.2
