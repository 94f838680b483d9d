"""The compiled engine: the same life of a case as `sim.model` tells, as machine code.

`tables` turns a scenario into arrays, `state` adds the customers and the agents of a run, `calendar` keeps the events
to come, `floor` who is ready and who waits, `talk` what goes on in a conversation, `told` what has happened; `journey`
is the life itself. The rules are those of the other
engine, not a copy: `routing`, `outcomes`, `order` and `bookings` are compiled as they stand, and both engines read the
same workload. Their logs are equal bit for bit. Numba does the compiling; without it everything runs on SimPy.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np

from sim.base import is_quiet
from sim.log import Log, finished
from sim.scenario import Scenario
from sim.workload import Workload

if TYPE_CHECKING:
    from sim.kernel.state import Service

PATIENCE_SECONDS = 5.0


def available() -> bool:
    """Whether the compiled engine can run here: Numba is installed."""
    return importlib.util.find_spec("numba") is not None


def run(scenario: Scenario, workload: Workload) -> Log:
    """Let the workload's customers live through the scenario; as `sim.model.run`, and with an equal log.

    The first run on a machine compiles the engine and says so; the machine code is kept for later sessions.

    Parameters
    ----------
    scenario : Scenario
    workload : Workload
        Drawn from the same scenario.

    Returns
    -------
    Log
    """
    is_first = "sim.kernel.journey" not in sys.modules
    news = threading.Timer(PATIENCE_SECONDS, _announce) if is_first and not is_quiet() else None
    if news is not None:
        news.daemon = True
        news.start()
    try:
        from sim.kernel import passes, sums  # noqa: F401  compiled with the engine, used before and after it
        from sim.kernel.journey import live
        from sim.kernel.state import first_morning

        service = first_morning(scenario, workload)
        live(service)
    finally:
        if news is not None:
            news.cancel()
    return _log(scenario, workload, service)


def _announce() -> None:
    print("Preparing the fast engine for this machine; this takes about half a minute, once.", file=sys.stderr)


def _log(scenario: Scenario, workload: Workload, service: Service) -> Log:
    from sim.kernel.state import BEGUN, SPELLS
    from sim.kernel.told import in_short

    at_work = np.flatnonzero(~np.isnan(service.agents["came_at"]))
    duty = service.spells[: service.tally[SPELLS]]
    column = in_short(service.told, service.tally[BEGUN])._asdict()
    return finished(
        scenario,
        workload,
        column,
        service.state,
        service.closed,
        begun=column.pop("row"),
        duty_agent=np.concatenate([duty["agent"], at_work]),
        duty_start=np.concatenate([duty["start"], service.agents["came_at"][at_work]]),
        duty_end=np.concatenate([duty["end"], np.full(len(at_work), scenario.horizon_minutes)]),
    )
