"""The compiled passes give the very bits that NumPy gives, and are taken only when they are there."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.random_scenarios import scenarios
from support.twins import numpy_alone

import sim
from sim import luck, quick, sampling
from sim.workload import draw

pytest.importorskip("numba")
SEEDS = st.integers(1, 2**32 - 1)


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """The passes, whatever ran before."""
    with numpy_alone("passes"):
        from sim.kernel import passes

        quick.use("passes", passes)
        yield passes


def in_numpy(work):
    """What NumPy alone gives."""
    with numpy_alone("passes"):
        return work()


def drawn(scenario, seed):
    sampling.forget()
    work = draw(scenario, seed)
    columns = {field.name: getattr(work, field.name) for field in fields(work) if field.name != "roster"}
    return columns | vars(work.roster)


def equal(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].dtype == other[name].dtype, name
        assert one[name].tobytes() == other[name].tobytes(), name


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenarios(), SEEDS)
def test_the_same_customers_in_random_scenarios(scenario, seed):
    equal(drawn(scenario, seed), in_numpy(lambda: drawn(scenario, seed)))


@pytest.mark.parametrize("name", ["baseline", "livestream", "taobao_style"])
def test_the_same_customers_in_shipped_scenarios(name):
    shop = sim.load(name).with_(days=2)
    equal(drawn(shop, 5), in_numpy(lambda: drawn(shop, 5)))


def test_the_same_customers_where_patience_or_the_bot_decides_who_comes_back():
    shop = sim.load("baseline").with_(days=1)
    back = {"after_abandonment": {"odds": 0.9, "delay": {"mean_minutes": 20}}}
    back |= {"after_leaving_the_bot": {"odds": 0.8, "delay": {"mean_minutes": 20}}}
    back |= {"after_false_containment": {"odds": 0.7, "delay": {"mean_minutes": 20}}}
    shop = shop.with_(coming_back=back, channels={"phone": {"no_patience_share": 0.3, "patience": "never"}})
    work = drawn(shop, 1)
    assert (work["number"] > 2).any()
    equal(work, in_numpy(lambda: drawn(shop, 1)))


@pytest.mark.parametrize("cases_per_hour", [0.0, 0.02], ids=["nobody", "hardly anybody"])
def test_the_same_customers_where_days_are_empty(cases_per_hour):
    shop = sim.one_queue(arrivals_per_hour=1, handle_minutes=3, agents=2, patience_minutes=4, days=9)
    shop = shop.with_(
        demand={"cases_per_hour": {"call": cases_per_hour}},
        coming_back={"after_abandonment": {"odds": 0.5, "delay": {"mean_minutes": 9}}},
    )
    work = drawn(shop, 3)
    assert len(work["case_type"]) < 20
    equal(work, in_numpy(lambda: drawn(shop, 3)))


def test_the_same_customers_where_all_come_back_as_often_as_they_may():
    """More further attempts than first ones, each as a complaint or through another channel."""
    shop = sim.load("baseline").with_(days=1)
    back = {"max_attempts": 6, "after_no_solution": {"odds": 1.0, "delay": {"mean_minutes": 20}}}
    shop = shop.with_(coming_back=back)
    assert shop.coming_back.angrier is not None
    assert shop.coming_back.switch_channel
    work = drawn(shop, 1)
    assert (work["number"] > 1).sum() > 2 * len(work["case_type"])
    equal(work, in_numpy(lambda: drawn(shop, 1)))


def test_moments_are_sorted_and_those_alike_stay_as_they_stand(loaded):
    rng = np.random.default_rng(1)
    for many, most in ((0, 9), (1, 9), (3000, 40), (3000, 2**31)):
        keys = rng.integers(0, most, many) << 32 | np.arange(many)
        order = loaded._sorted(keys.copy(), np.empty_like(keys), np.empty((3, 2048), dtype=np.int32))
        assert order.tolist() == np.sort(keys).tolist()


@pytest.mark.parametrize(
    "address",
    [
        np.zeros(0, dtype=np.uint64),
        np.array([[0, 1], [2**63, 2**64 - 1]], dtype=np.uint64),
        np.arange(20, dtype=np.uint64)[::-3],
        np.arange(40_000, dtype=np.uint64),
    ],
    ids=["none", "a table", "every third", "many"],
)
def test_numbers_of_any_addresses(address):
    address.flags.writeable = False
    one, other = luck.uniforms("patience", address), in_numpy(lambda: luck.uniforms("patience", address))
    assert one.shape == other.shape == address.shape
    assert one.tobytes() == other.tobytes()


def test_options_and_odds_by_table():
    address, which = np.arange(1000, dtype=np.uint64), np.arange(1000) % 3
    upper = luck.edges(np.array([[0.2, 0.5, 1.0], [0.3, 0.5, 0.0], [0.5, 0.0, 0.0]]))
    for tables in (upper, np.asfortranarray(upper), upper[:, :1]):
        code = luck.choose("channels", address, tables, which.astype(np.int16))
        assert code.tolist() == in_numpy(lambda: luck.choose("channels", address, tables, which)).tolist()  # noqa: B023
    odds = np.array([0.0, 0.4, 1.0])
    happens = luck.happens("anger", address, odds, which)
    assert happens.tolist() == in_numpy(lambda: luck.happens("anger", address, odds, which)).tolist()
    assert happens[which == 2].all()
    assert not happens[which == 0].any()
