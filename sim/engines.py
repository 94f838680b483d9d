"""The engines that can run a workload. They mean the same and leave equal logs; they differ in speed."""

from __future__ import annotations

import sys

import numpy as np

from sim.base import unknown_name
from sim.log import Log
from sim.scenario import Scenario
from sim.workload import Workload

ENGINES = ("auto", "simpy", "compiled")

# What a run needs and gives back, the next one needs again. The C library of Linux hands large blocks, and what is free
# at the end of its heap, back to the system, which clears every page of them before it lends it again: a tenth of the
# time of a short run. How much it keeps follows the largest block up to 32 MB that has come and gone. Here goes one;
# as nobody writes into it, it takes no memory.
if sys.platform == "linux":
    np.empty(31 * 2**20, dtype=np.uint8)


def run(scenario: Scenario, workload: Workload, engine: str = "auto") -> Log:
    """Let the workload's customers live through the scenario.

    Parameters
    ----------
    scenario : Scenario
    workload : Workload
        Drawn from the same scenario.
    engine : {"auto", "simpy", "compiled"}, default "auto"
        What runs the model: SimPy (`sim.model`), or machine code (`sim.kernel`), which takes Numba. "auto" is the
        latter where Numba is installed.

    Returns
    -------
    Log

    Raises
    ------
    ValueError
        For an engine that does not exist.
    ModuleNotFoundError
        For the compiled engine without Numba.
    """
    chosen = resolved(engine)
    from sim import kernel, model

    return (kernel if chosen == "compiled" else model).run(scenario, workload)


def resolved(engine: str) -> str:
    """The engine that is taken when this one is asked for.

    Raises
    ------
    ValueError
        For an engine that does not exist.
    ModuleNotFoundError
        For the compiled engine without Numba.
    """
    if engine not in ENGINES:
        raise ValueError(unknown_name(engine, ENGINES, "engine"))
    from sim import kernel

    if engine == "compiled" and not kernel.available():
        raise ModuleNotFoundError(
            "the compiled engine needs Numba, which is not installed; install it (pip install numba), or take "
            "engine='simpy', which gives the same results, slower"
        )
    return "compiled" if engine != "simpy" and kernel.available() else "simpy"
