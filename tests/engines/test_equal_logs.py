"""The engines leave equal logs, bit for bit: on random scenarios, with times that tie, and on shipped ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.both_engines import COLUMNS, coarse, differences, same
from support.random_scenarios import scenarios

import sim
from sim import engines, kernel
from sim.workload import draw

SEEDS = st.integers(1, 2**32 - 1)
# Every example draws a whole scenario, which Hypothesis finds large.
MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module", autouse=True)
def _numba(need):
    need(kernel.available(), "needs Numba")


def told_alike(scenario, workload):
    """Assert that both engines tell the same story."""
    same(engines.run(scenario, workload, "simpy"), engines.run(scenario, workload, "compiled"))


@MANY
@given(scenarios(), SEEDS)
def test_random_scenarios(scenario, seed):
    told_alike(scenario, draw(scenario, seed))


@MANY
@given(scenarios(), SEEDS, st.sampled_from([1.0, 5.0, 30.0]))
def test_random_scenarios_in_which_much_happens_at_one_moment(scenario, seed, minutes):
    told_alike(scenario, coarse(draw(scenario, seed), minutes))


@pytest.mark.parametrize("name", sim.scenarios())
def test_shipped_scenarios(name):
    scenario = sim.load(name)
    for seed in (1, 2):
        told_alike(scenario, draw(scenario, seed))
    told_alike(scenario, coarse(draw(scenario, 3), 1.0))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_difference_in_any_column_would_be_seen(column):
    desk = sim.one_queue(arrivals_per_hour=2, handle_minutes=10, agents=1)
    log = engines.run(desk, draw(desk, 1), "compiled")
    values = getattr(log, column)
    last = len(values) - 1
    other = values.copy()
    other[last] = 1 - values[last] if values.dtype == bool else 77
    where = {"state": "case", "closed": "case"}.get(column, "spell of duty" if column.startswith("duty") else "place")
    assert differences(log, replace(log, **{column: other})).startswith(f"{column} differs first at {where} {last}")
    assert "entries" in differences(log, replace(log, **{column: values[:-1]}))
    assert "type" in differences(log, replace(log, **{column: values.astype(np.float32)}))
    assert differences(log, replace(log, **{column: values.copy()})) == ""
