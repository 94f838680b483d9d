"""The engines that can run a workload. They mean the same and leave equal logs; they differ in speed."""

from __future__ import annotations

from sim.base import unknown_name
from sim.log import Log
from sim.scenario import Scenario
from sim.workload import Workload

ENGINES = ("auto", "simpy")


def run(scenario: Scenario, workload: Workload, engine: str = "auto") -> Log:
    """Let the workload's customers live through the scenario.

    Parameters
    ----------
    scenario : Scenario
    workload : Workload
        Drawn from the same scenario.
    engine : {"auto", "simpy"}, default "auto"
        What runs the model. There is one engine so far.

    Returns
    -------
    Log

    Raises
    ------
    ValueError
        For an engine that does not exist.
    """
    if engine not in ENGINES:
        raise ValueError(unknown_name(engine, ENGINES, "engine"))
    from sim import model

    return model.run(scenario, workload)
