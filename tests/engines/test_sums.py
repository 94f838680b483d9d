"""The compiled sums of a log give the very bits that NumPy gives, and are taken only when they are there."""

from __future__ import annotations

import importlib
import pickle
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.random_scenarios import scenarios
from support.twins import numpy_alone

import sim
from sim import measures, quick, satisfaction
from sim.log import Log
from sim.satisfaction.experience import lived
from sim.satisfaction.judging import luck

pytest.importorskip("numba")
_MODULES = "sums", "spells", "ratings", "payoff"
GROUPS = [None, "channel", "team", "day", "segment", ("weekday", "hour"), ("slot", "channel", "type")]
WINDOWS = [{}, {"from_day": 0.4, "to_day": 1.5}, {"from_day": 0.5}, {"answer_within_seconds": 45}]


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """The sums, whatever ran before."""
    with numpy_alone(*_MODULES):
        loaded = {name: importlib.import_module(f"sim.kernel.{name}") for name in _MODULES}
        for name, module in loaded.items():
            quick.use(name, module)
        yield loaded


def in_numpy(work):
    """What NumPy alone gives."""
    with numpy_alone(*_MODULES):
        return work()


def fresh(log):
    """The same log, of which nothing has been worked out yet."""
    return Log(**{field.name: getattr(log, field.name) for field in fields(log)})


def both(log, work):
    """What the compiled sums and what NumPy make of a log, each starting from nothing."""
    return work(fresh(log)), in_numpy(lambda: work(fresh(log)))


def equal(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].dtype == other[name].dtype, name
        assert one[name].tobytes() == other[name].tobytes(), name


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenarios(), st.integers(1, 2**32 - 1), st.sampled_from(GROUPS))
def test_the_same_sums_in_random_scenarios(scenario, seed, by):
    log = sim.simulate(scenario, seed=seed).log
    equal(*both(log, lambda log: measures.sums(log, by).values))
    equal(*both(log, lambda log: vars(lived(log))))


@pytest.fixture(scope="module", params=["baseline", "livestream", "taobao_style"])
def shop(request):
    return sim.simulate(sim.load(request.param).with_(days=2), seed=3).log


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("window", WINDOWS)
def test_the_same_sums_in_shipped_scenarios(shop, by, window):
    equal(*both(shop, lambda log: measures.sums(log, by, **window).values))


@pytest.mark.parametrize("name", ["service_level", "occupancy", "solved", "csat", "margin_lost"])
def test_the_same_for_one_measure_alone(shop, name):
    equal(*both(shop, lambda log: measures.sums(log, measures=name).values))
    every = measures.sums(shop).values
    assert all(every[one] == value for one, value in measures.sums(shop, measures=name).values.items())


def test_a_week_is_followed():
    """Cases that come again, steps that end and refunds are among what a longer run shows."""
    log = sim.simulate(sim.load("baseline").with_(days=12), seed=2).log
    added = measures.sums(log).values
    assert added["followed_cases"] > 0
    assert added["refunds"] > 0
    assert added["one_contact_cases"] < added["cases"]
    equal(*both(log, lambda log: measures.sums(log).values))
    equal(*both(log, lambda log: measures.sums(log, "type", from_day=2).values))


def test_manners_of_busy_teams_and_teams_of_their_own():
    """What is worked out by contact beforehand: courtesy that falls, and teams for some customers alone."""
    shop = sim.load("baseline").with_(days=2, teams={"phone_desk": {"courtesy": 0.4, "courtesy_drop_when_busy": 0.7}})
    shop = shop.with_(teams={"chat_desk": {"skills": ["social", {"channel": "chat", "segment": "vip"}, "chat"]}})
    log = sim.simulate(shop, seed=4).log
    drivers = satisfaction.experiences(log)
    assert drivers["courtesy"].nunique() > 10
    assert drivers.loc[drivers["segment"] == "vip", "recognised"].any()
    equal(*both(log, lambda log: vars(lived(log))))


def test_what_was_told_without_the_sums_is_read_by_them():
    """Half of the work done by NumPy, before the sums are there, and half by them."""
    log = fresh(sim.simulate(sim.load("baseline").with_(days=2), seed=3).log)
    in_numpy(lambda: measures.sums(log, measures=["solved", "occupancy"]))
    equal(measures.sums(log, "type").values, measures.sums(fresh(log), "type").values)


def test_columns_of_other_kinds_are_read_too():
    log = sim.simulate(sim.load("baseline").with_(days=2), seed=3).log
    columns = {field.name: getattr(log, field.name) for field in fields(log)}
    odd = {"agent": log.agent.astype(np.int64), "outcome": log.outcome.astype(np.int64)}
    odd["arrived"] = np.repeat(log.arrived, 2)[::2]
    equal(measures.sums(Log(**columns | odd)).values, measures.sums(fresh(log)).values)


_PASSES = {
    "columns": ["_parts"],
    "sums": ["contacts", "deferred", "told", "cases"],
    "spells": ["talks", "duty", "shifts", "unions", "between"],
    "ratings": ["gathered", "drivers", "scored", "weighed", "opinions"],
    "payoff": ["paid"],
}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in _PASSES.items() for name in names])
def test_compiled_once_and_kept(module, name):
    """The signatures are of types that the cache can write down: nothing is compiled in a later session."""
    twin = getattr(importlib.import_module(f"sim.kernel.{module}"), name)
    assert len(twin.signatures) == (2 if name == "paid" else 1)  # without groups, and with them
    assert pickle.loads(pickle.dumps(twin.signatures)) == twin.signatures


def test_places_that_are_compiled_in_must_be_those_of_the_names():
    """What was compiled for another order would mix the columns up without a word."""
    from sim.kernel import columns

    columns.need_order(sim.ledger.Prices, sim.ledger.Prices._fields)
    with pytest.raises(ImportError, match="Prices holds contact, line, "):
        columns.need_order(sim.ledger.Prices, sorted(sim.ledger.Prices._fields))


@pytest.mark.parametrize("module", _MODULES)
def test_what_was_written_for_other_columns_is_refused(loaded, module, monkeypatch):
    """Each file says for which columns it was written, so that it is changed, and compiled again, with them."""
    from sim.kernel import columns

    columns.need_columns(columns.ORDER)
    monkeypatch.setattr(columns, "ORDER", columns.ORDER + 1)
    source = Path(loaded[module].__file__).read_text(encoding="utf-8")
    (said,) = re.findall(r"^need_columns\((0x[0-9A-F]+)\)$", source, re.MULTILINE)
    with pytest.raises(ImportError, match="the columns of logs have the order 0x"):
        columns.need_columns(int(said, 16))


def test_customers_keep_their_noise_however_they_are_served():
    """The same customers have the very same numbers; others, and those whose columns were changed, have their own."""
    shop = sim.load("baseline").with_(days=2)
    more = shop.with_(teams={"phone_desk": {"extra_agents": 1}})
    noise, again, other = (luck(sim.simulate(*given).log) for given in ((shop, 3), (more, 3), (shop, 4)))
    assert all(one is two for one, two in zip(noise, again, strict=True))
    assert len(other[0]) != len(noise[0]) or not np.array_equal(noise[0], other[0])
    log = fresh(sim.simulate(shop, seed=3).log)
    bare = replace(log, workload=replace(log.workload, address=None))
    assert luck(bare)[0] is luck(bare)[0]
    assert luck(log)[0] is noise[0]
    assert not np.array_equal(luck(bare)[0], noise[0])
