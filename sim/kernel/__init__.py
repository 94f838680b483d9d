"""The compiled engine: the same life of a case as `sim.model` tells, as machine code.

`tables` turns a scenario into arrays, `state` adds the customers and the agents of a run, `calendar` keeps the events
to come, `floor` who is ready and who waits, `talk` what goes on in a conversation, `told` what has happened; `memory`
is asked in time for what will be read; `journey` is the life itself, and `lived` a whole run of it. The rules are those
of the other engine, not a copy: `routing`, `outcomes`, `order` and `bookings` are compiled as they stand, and both
engines read the same workload. Their logs are equal bit for bit. Numba does the compiling; without it everything runs
on SimPy.

Around it stands what is compiled of other work (`sim.quick`): `passes` for drawing, and for adding up `sums`, `spells`,
`ratings` and `payoff`, which read the `columns` of a log.
"""

from __future__ import annotations

import importlib.util
import sys
import threading

import numpy as np

from sim.base import is_quiet
from sim.log import Log
from sim.scenario import Scenario
from sim.workload import Workload

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
    is_first = "sim.kernel.lived" not in sys.modules
    news = threading.Timer(PATIENCE_SECONDS, _announce) if is_first and not is_quiet() else None
    if news is not None:
        news.daemon = True
        news.start()
    try:
        from sim.kernel.lived import lived, needed
        from sim.kernel.told import in_short

        given = needed(scenario, workload)
        found = lived(*given)
    finally:
        if news is not None:
            news.cancel()
    told = in_short(given.for_log, workload.rows, found.begun)
    if not found.in_order:
        order = np.lexsort((told["row"], told["arrived"]))
        told = {name: column[order] for name, column in told.items()}
    return Log(
        scenario=scenario,
        workload=workload,
        **told,
        state=found.state,
        closed=found.closed,
        duty_agent=found.duty_agent,
        duty_start=found.duty_start,
        duty_end=found.duty_end,
    )


def _announce() -> None:
    print("Preparing the fast engine for this machine; this takes about a minute, once.", file=sys.stderr)
