"""Simulate the after-sales service of an online shop.

The way of the data, each arrow a plain value that can be looked at and saved:

    scenario -> workload -> engine -> log -> measures -> comparison -> figure

Examples
--------
>>> import sim
>>> run = sim.simulate(sim.load("baseline"), seed=1)
>>> run.measures(by="channel").index.tolist()
['phone', 'chat', 'social', 'email', 'service_centre']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# What the package offers, by the module that holds it. Modules load when they are first used, so that
# `import sim` is quick and a reader of scenarios never waits for plotting libraries.
_HOMES = {
    **dict.fromkeys(("Scenario", "load", "one_queue"), "scenario"),
    **dict.fromkeys(("Angrier", "CaseType", "ComingBack", "Demand", "Event", "Lagged", "Orders"), "customers"),
    **dict.fromkeys(("Return", "Segment", "SelfService", "Step", "Trace"), "customers"),
    **dict.fromkeys(("Bot", "BotSkill", "Callback", "DeferredChannel", "FollowUp"), "service"),
    **dict.fromkeys(("LiveChannel", "Newcomers", "Skill", "Team", "VisitChannel"), "service"),
    **dict.fromkeys(("Loyalty", "Satisfaction"), "opinions"),
    "Money": "prices",
    "Policies": "service",
    **dict.fromkeys(("Lever", "lever", "levers", "pull"), "policies"),
    "scenarios": "yamlfile",
    "ScenarioError": "base",
    **dict.fromkeys(("Run", "compare", "replicate", "simulate"), "experiment"),
    **{"best": "choose", "select_best": "race", "pareto": "front", "warm_up": "warming"},
    **{"Precision": "precision", "load_results": "saved"},
    **dict.fromkeys(("evaluate", "sweep"), "sweeps"),
    "two_views": "views",
    "studio": "scenario_studio",
    "replay": "playback",
}
_MODULES = (
    "calibrate",
    "datasets",
    "drivers",
    "forecast",
    "lesson",
    "loyalty",
    "money",
    "plots",
    "policies",
    "satisfaction",
    "staffing",
    "theory",
    "workers",
)

if TYPE_CHECKING:
    from sim import (
        calibrate,
        datasets,
        drivers,
        forecast,
        lesson,
        loyalty,
        money,
        plots,
        policies,
        satisfaction,
        staffing,
        theory,
        workers,
    )
    from sim.base import ScenarioError
    from sim.choose import best
    from sim.customers import (
        Angrier,
        CaseType,
        ComingBack,
        Demand,
        Event,
        Lagged,
        Orders,
        Return,
        Segment,
        SelfService,
        Step,
        Trace,
    )
    from sim.experiment import Run, compare, replicate, simulate
    from sim.front import pareto
    from sim.opinions import Loyalty, Satisfaction
    from sim.playback import replay
    from sim.policies import Lever, lever, levers, pull
    from sim.precision import Precision
    from sim.prices import Money
    from sim.race import select_best
    from sim.saved import load_results
    from sim.scenario import Scenario, load, one_queue
    from sim.scenario_studio import studio
    from sim.service import (
        Bot,
        BotSkill,
        Callback,
        DeferredChannel,
        FollowUp,
        LiveChannel,
        Newcomers,
        Policies,
        Skill,
        Team,
        VisitChannel,
    )
    from sim.sweeps import evaluate, sweep
    from sim.views import two_views
    from sim.warming import warm_up
    from sim.yamlfile import scenarios

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
