"""Settings in many forms, one tidy table, and single numbers for a search."""

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import scipy.optimize

import sim
from sim import batch, sweeps
from sim.changes import nested


@pytest.fixture(scope="module")
def desk():
    """A desk where some hang up."""
    return sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="desk")


AGENTS, PATIENCE = "teams.agents.extra_agents", "channels.phone.patience.mean_minutes"


@pytest.fixture(scope="module")
def grid(desk):
    """Two times two settings."""
    return sim.sweep(desk, {AGENTS: [0, 1], PATIENCE: [4.0, 2.0]}, 4, seed=3, progress=False)


@pytest.fixture
def ran(monkeypatch):
    """The scenarios that are really run."""
    seen = []
    true_simulate = batch.simulate

    def simulate(scenario, seed, *, replication, engine):
        seen.append(scenario)
        return true_simulate(scenario, seed, replication=replication, engine=engine)

    monkeypatch.setattr(batch, "simulate", simulate)
    return seen


def test_a_grid_tries_every_combination(desk, grid):
    assert grid.names == [
        "desk",
        "extra_agents=0, mean_minutes=4",
        "extra_agents=0, mean_minutes=2",
        "extra_agents=1, mean_minutes=4",
        "extra_agents=1, mean_minutes=2",
    ]
    last = desk.with_(
        name="x", teams={"agents": {"extra_agents": 1}}, channels={"phone": {"patience": {"mean_minutes": 2.0}}}
    )
    alone = sim.replicate(last, 4, seed=3, progress=False)
    pd.testing.assert_frame_equal(grid.replications[-1].measures(), alone.measures())


def test_the_table_is_tidy(grid):
    table = grid.table(["abandonment", "occupancy"])
    assert list(table.columns) == [AGENTS, PATIENCE, "measure", "estimate", "low", "high"]
    assert table[[AGENTS, PATIENCE, "measure"]].to_numpy().tolist() == [
        [agents, patience, measure]
        for agents in (0, 1)
        for patience in (4.0, 2.0)
        for measure in ("abandonment", "occupancy")
    ]
    row = grid.replications[2].measures().loc["occupancy"]
    np.testing.assert_array_equal(table.iloc[3][["estimate", "low", "high"]].astype(float), row)


def test_the_table_can_be_grouped_and_holds_all_that_has_a_value(grid):
    table = grid.table(by="hour", from_day=0.5)
    one = grid.replications[3].measure("contacts", by="hour", from_day=0.5).loc[15]
    found = table[(table[AGENTS] == 1) & (table[PATIENCE] == 4) & (table["hour"] == 15)].set_index("measure")
    assert found.loc["contacts", "estimate"] == one["estimate"]
    assert table["estimate"].notna().all()
    pd.testing.assert_frame_equal(
        grid.table("contacts", by="hour"),
        grid.table(by="hour").query("measure == 'contacts'").reset_index(drop=True),
    )


def test_differences_are_against_the_base(desk, grid):
    found = grid.differences().loc[("extra_agents=1, mean_minutes=4", "abandonment")]
    more = desk.with_(name="more", teams={"agents": {"extra_agents": 1}})
    expected = sim.compare([desk, more], 4, seed=3, progress=False).differences().loc[("more", "abandonment")]
    pd.testing.assert_series_equal(found, expected, check_names=False)


def test_a_setting_that_is_the_base_is_not_run_again(desk, ran):
    sim.sweep(desk, {AGENTS: [0, 1]}, 2, workers=1, progress=False)
    assert len(ran) == 4


def test_a_list_of_changes_shows_what_each_leaves_alone(desk):
    changes = [{AGENTS: 2}, {"channels": {"phone": {"patience": {"mean_minutes": 1.0}}}}, {"days": 2, AGENTS: 1}]
    plans = sim.sweep(desk, changes, 2, progress=False)
    assert plans.names[1:] == ["extra_agents=2", "mean_minutes=1", "days=2, extra_agents=1"]
    table = plans.table("cases")
    assert table[[AGENTS, PATIENCE, "days"]].to_numpy().tolist() == [[2, 4, 1], [0, 1, 1], [1, 4, 2]]


def test_changes_have_the_names_that_they_are_given(desk):
    plans = sim.sweep(
        desk, {"more people": {AGENTS: 2}, "nobody waits": {"channels.phone.lines": 2}}, 2, progress=False
    )
    assert plans.names == ["desk", "more people", "nobody waits"]
    assert plans.replications[2].scenario.channels["phone"].lines == 2


@pytest.mark.parametrize("values", [(0, 1), range(2), np.arange(2), pd.Series([0, 1])])
def test_values_may_come_in_any_row(desk, values):
    plans = sim.sweep(desk, {AGENTS: values}, 1, progress=False)
    assert plans.table("cases")[AGENTS].tolist() == [0, 1]


def test_names_are_as_long_as_it_takes(desk):
    base = sim.load("baseline").with_(days=1)
    plans = sim.sweep(
        base, [{"teams.phone_desk.extra_agents": 1}, {"teams.chat_desk.extra_agents": 1}], 1, progress=False
    )
    assert plans.names[1:] == ["phone_desk.extra_agents=1", "chat_desk.extra_agents=1"]


WRONG = {
    "an unknown name": (
        {"teams.agent.extra_agents": [1]},
        "cannot be used: teams: no such name as 'agent'. Did you mean",
    ),
    "an unknown key": ({"teams.agents.extra": [1]}, "cannot be used: teams.agents: no such key as 'extra'"),
    "a wrong value": ({AGENTS: [1, "two"]}, "the setting 'extra_agents=two' cannot be used"),
    "one value": ({AGENTS: 2}, f"{AGENTS} holds 2; give a list of the values to try, such as [2]"),
    "text": ({"first_day": "2026-03-02"}, "first_day holds '2026-03-02'; give a list of the values to try"),
    "no values": ({AGENTS: []}, "extra_agents has no values to try; give a list such as [0, 1, 2]"),
    "nothing": ({}, "settings holds {}; give a grid such as"),
    "an empty list": ([], "settings holds []; give a grid such as"),
    "a number": (3, "settings holds 3; give a grid such as"),
    "a path": (AGENTS, "settings holds 'teams.agents.extra_agents'; give a grid such as"),
    "a list of paths": ([AGENTS], "a setting holds 'teams.agents.extra_agents'; give a grid such as"),
    "the same twice": ([{AGENTS: 1}, {"teams": {"agents": {"extra_agents": 1}}}], "'extra_agents=1' is there twice"),
    "a path without steps": ({"teams..extra_agents": [1]}, "'teams..extra_agents' is no path; write one such as"),
    "a path in a path": (
        [{"teams.agents": {"agents": 2}, "teams.agents.agents": 1}],
        "teams.agents.agents is given twice",
    ),
    "a path over a path": ([{"days.x": 1, "days": 2}], "days is given twice, or with something that is part of it"),
    "a path under a value": ([{"days": 2, "days.x": 1}], "days.x and something that it is part of are both given"),
}


@pytest.mark.parametrize(("settings", "message"), WRONG.values(), ids=WRONG)
def test_wrong_settings_are_refused_before_anything_runs(desk, monkeypatch, settings, message):
    monkeypatch.setattr(batch, "simulate", lambda *_, **__: pytest.fail("it ran"))
    with pytest.raises(ValueError, match=re.escape(message)):
        sim.sweep(desk, settings, 2, progress=False)


def test_paths_are_nested():
    assert nested({"a.b": 1, "a.c.d": 2, "e": {"f": 3}, "e.g": 4}) == {
        "a": {"b": 1, "c": {"d": 2}},
        "e": {"f": 3, "g": 4},
    }


def test_what_is_given_stays_as_it_is(desk):
    changes = [{"teams": {"agents": {"extra_agents": 1}}, PATIENCE: 2.0}]
    sim.sweep(desk, changes, 1, progress=False)
    assert changes == [{"teams": {"agents": {"extra_agents": 1}}, PATIENCE: 2.0}]


# One number


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(sweeps, "_known", type(sweeps._known)())


def test_a_value_is_a_number_that_knows_how_sure_it_is(desk):
    runs = sim.replicate(desk, 6, seed=4, progress=False)
    estimate, low, high = runs.measures().loc["abandonment"]
    value = sim.evaluate(desk, "abandonment", replications=6, seed=4)
    assert isinstance(value, float)
    assert (float(value), value.low, value.high, value.replications) == (estimate, low, high, 6)
    # Student's t with 5 degrees of freedom at 97.5 % is 2.570582.
    assert value.standard_error == pytest.approx((high - low) / 2 / 2.570582, rel=1e-6)
    assert math.isnan(sim.evaluate(desk, "abandonment", replications=1).standard_error)


def test_the_value_of_a_group(desk):
    runs = sim.replicate(desk, 3, progress=False)
    value = sim.evaluate(desk, "contacts", 3, by="hour", group=9, from_day=0.25)
    assert value == runs.measure("contacts", by="hour", from_day=0.25).loc[9, "estimate"]
    with pytest.raises(ValueError, match=r"no such group by channel as 'fone'\. Did you mean 'phone'\?"):
        sim.evaluate(desk, "contacts", 3, by="channel", group="fone")
    with pytest.raises(ValueError, match="by and group belong together"):
        sim.evaluate(desk, "contacts", 3, by="channel")


def test_what_is_known_is_not_run_again(desk, ran):
    first = sim.evaluate(desk, "abandonment", 3, workers=1)
    assert sim.evaluate(desk.with_(name="the same"), "abandonment", 3) == first
    sim.evaluate(desk, "occupancy", 3)
    assert len(ran) == 3
    sim.evaluate(desk, "abandonment", 3, seed=2, workers=1)
    sim.evaluate(desk, "abandonment", 2, workers=1)
    sim.evaluate(desk.with_(days=2), "abandonment", 1, workers=1)
    assert len(ran) == 3 + 3 + 2 + 1


def test_what_was_asked_for_least_recently_is_forgotten(desk, ran, monkeypatch):
    monkeypatch.setattr(sweeps, "MOST_KNOWN", 2)
    for days in (1, 2, 1, 3, 1):
        sim.evaluate(desk.with_(days=days), "cases", 1)
    assert [scenario.days for scenario in ran] == [1, 2, 3]
    sim.evaluate(desk.with_(days=2), "cases", 1)
    assert [scenario.days for scenario in ran] == [1, 2, 3, 2]


def test_an_optimiser_finds_its_way(desk):
    # With a longer handle time occupancy can only rise: the same customers, each with a longer call.
    def gap(minutes):
        longer = desk.with_(case_types={"call": {"handle_time": {"mean_minutes": float(minutes)}}})
        return sim.evaluate(longer, "occupancy", replications=2) - 0.5

    found = scipy.optimize.brentq(gap, 2, 9, xtol=0.05)
    assert abs(gap(found)) < 0.01


def test_a_mistake_in_a_measure_is_refused(desk):
    with pytest.raises(ValueError, match=r"no such measure as 'abandonmant'\. Did you mean 'abandonment'"):
        sim.evaluate(desk, "abandonmant", 2)


def test_settings_are_plain_values(grid):
    assert all(isinstance(setting, Mapping) for setting in grid.settings)
    assert [list(setting) for setting in grid.settings] == [[AGENTS, PATIENCE]] * 4
