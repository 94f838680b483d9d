"""The compiled engine is compiled once, for all scenarios: their arrays have the same types and layouts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from support.random_scenarios import scenarios

import sim
from sim import workload

numba = pytest.importorskip("numba")


def types(scenario: sim.Scenario) -> dict[str, Any]:
    """How Numba sees all that a run of the scenario needs."""
    from sim.kernel.lived import Book, Brought, Staff, needed

    names = (Book._fields, Brought._fields, Staff._fields)
    *parts, for_log, for_run = needed(scenario, workload.draw(scenario, 1))
    named = [pair for of, part in zip(names, parts, strict=True) for pair in zip(of, part, strict=True)]
    return {name: numba.typeof(value) for name, value in [*named, ("for_log", for_log), ("for_run", for_run)]}


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """Those of a large scenario."""
    return types(sim.load("baseline"))


def test_a_single_queue_needs_no_code_of_its_own(usual):
    assert types(sim.one_queue(arrivals_per_hour=6, handle_minutes=4, agents=1)) == usual


@settings(max_examples=25)
@given(scenario=scenarios())
def test_no_scenario_needs_code_of_its_own(usual, scenario):
    assert types(scenario) == usual
