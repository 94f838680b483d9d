"""The package's own engines as contenders: draw the customers, run the engine, add up the measures."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

import sim
from benchmarks.race import Contender, DisagreementError, Heat, NotThereError, Stopwatch
from sim import engines, measures, sampling, workload

SIMPY, COMPILED = "SimPy engine", "compiled engine"
ENGINES = {SIMPY: "simpy", COMPILED: "compiled"}
SAMPLING, ENGINE, MEASURES = "sampling", "engine", "measures"
# Who is served when; ratings and money rest on assumptions of their own and are asked for apart.
SERVICE = [name for name, one in measures.MEASURES.items() if one.family not in ("satisfaction", "money")]


def need_engine(engine: str) -> None:
    """Say so if there is no such engine here."""
    if engine not in engines.ENGINES:
        raise NotThereError("this version of the package has none")
    if engine == "compiled":
        try:
            import numba  # noqa: F401
        except ImportError:
            raise NotThereError("it needs the package numba") from None


def whole_run(scenario: sim.Scenario, engine: str, seed: int = 1) -> Contender:
    """Sampling, engine and measures, one after the other as a user has them."""

    def run() -> Heat:
        need_engine(engine)
        sampling.forget()  # or the customers of the round before would be taken again
        watch = Stopwatch()
        with watch(SAMPLING):
            customers = workload.draw(scenario, seed)
        with watch(ENGINE):
            log = engines.run(scenario, customers, engine)
        with watch(MEASURES):
            measures.sums(log, measures=SERVICE)
        return Heat(int(log.is_contact.sum()), watch.parts, log)

    return run


def need_equal_logs(logs: dict[str, Any]) -> None:
    """Compare the logs of engines, column by column and bit by bit."""
    (first, log), *others = logs.items()
    for second, other in others:
        for field in dataclasses.fields(log):
            one, two = getattr(log, field.name), getattr(other, field.name)
            if isinstance(one, np.ndarray) and not np.array_equal(one, two, equal_nan=one.dtype.kind == "f"):
                raise DisagreementError(f"{first} and {second} differ in the log's column {field.name}")


def need_equal(equal: bool, what: str) -> None:
    """Two engines found the same, or the benchmark says that they did not."""
    if not equal:
        raise DisagreementError(f"{what} differ")
