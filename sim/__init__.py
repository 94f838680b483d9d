"""Simulate the after-sales service of an online shop.

The way of the data, each arrow a plain value that can be looked at and saved:

    scenario -> workload -> engine -> log -> measures -> comparison -> figure

Examples
--------
>>> import sim
>>> run = sim.simulate(sim.load("baseline"), seed=1)
>>> run.measures(by="channel").index.tolist()
['phone', 'email']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# What the package offers, by the module that holds it. Modules load when they are first used, so that
# `import sim` is quick and a reader of scenarios never waits for plotting libraries.
_HOMES = {
    "Channel": "scenario",
    "CaseType": "scenario",
    "ComingBack": "scenario",
    "DeferredChannel": "scenario",
    "LiveChannel": "scenario",
    "Scenario": "scenario",
    "Segment": "scenario",
    "Skill": "scenario",
    "Team": "scenario",
    "load": "scenario",
    "one_queue": "scenario",
    "scenarios": "scenario",
    "ScenarioError": "base",
    "Run": "experiment",
    "compare": "experiment",
    "replicate": "experiment",
    "simulate": "experiment",
}
_MODULES = ("calibrate", "lesson", "plots", "theory")

if TYPE_CHECKING:
    from sim import calibrate, lesson, plots, theory
    from sim.base import ScenarioError
    from sim.experiment import Run, compare, replicate, simulate
    from sim.scenario import (
        CaseType,
        ComingBack,
        DeferredChannel,
        LiveChannel,
        Scenario,
        Segment,
        Skill,
        Team,
        load,
        one_queue,
        scenarios,
    )

__all__ = [*_HOMES, *_MODULES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"sim.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"sim.{name}")
    # Python asks for names of its own, with two underscores, and expects a quick no.
    if name.startswith("__"):
        raise AttributeError(name)
    from sim.base import unknown_name

    raise AttributeError(f"sim offers {unknown_name(name, sorted(__all__), 'thing')}")


def __dir__() -> list[str]:
    return sorted(__all__)
