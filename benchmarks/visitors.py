"""How many visitors one app holds: each moves a lever, looks at the answer for a while, and moves it again.

The visitors are websocket clients, not browsers, so that nearly all the computer's time goes to the app, as it does
when visitors sit at computers of their own. They stay while more come: 1, 2, 4, 8, … until the answer takes too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.race import NotThereError

STUDIO = Path(__file__).resolve().parents[1] / "notebooks" / "studio.ipynb"
LEVER, MEASURES, STATUS, COMPLETE = "studio-lever-demand", "studio-measures", "studio-status", "✔"
# The lever has 30 other places, and there are up to six numbers of visitors.
MOST_MOVES = 5
THINK_SECONDS = 5.0
LIMIT_SECONDS = 2.0
# Twice the limit is enough to see where the limit is.
ENOUGH_SECONDS = 2 * LIMIT_SECONDS
PATIENCE_SECONDS = 60.0
MEBIBYTE = 2**20


def measure(most: int, rounds: int, say: Callable[[str], None], notebook: Path = STUDIO) -> dict:
    """Answer times by number of visitors, up to ``most``; each visitor moves a lever ``rounds`` times, at most five."""
    for package in ("voila", "psutil"):
        if importlib.util.find_spec(package) is None:
            raise NotThereError(f"it needs the package {package}, in the extra app")
    with served(notebook) as (address, process):
        rows = asyncio.run(_levels(address, process, most, min(rounds, MOST_MOVES), say))
    return {"think_seconds": THINK_SECONDS, "limit_seconds": LIMIT_SECONDS, "rows": rows, "holds": _holds(rows)}


@contextlib.contextmanager
def served(notebook: Path) -> Any:
    """Start the app on a free port; yield its address and its process."""
    command = [sys.executable, "-m", "sim.app", str(notebook), "--no-browser", "--port=8970"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout)), None)
        if found is None:
            raise NotThereError("the app did not start; try python run.py app")
        yield found[0], server.pid
    finally:
        server.terminate()
        server.communicate(timeout=60)


async def _levels(address: str, process: int, most: int, rounds: int, say: Callable[[str], None]) -> list[dict]:
    from benchmarks.visitor import Visitor

    visitors: list[Visitor] = []
    places: list[list[float]] = []
    rows: list[dict] = []
    luck = random.Random(1)
    try:
        while len(visitors) < most:
            for _ in range(max(1, len(visitors))):
                visitors.append(Visitor(address))
                await visitors[-1].open()
                places.append(_places(visitors[-1], luck))
            await _quiet(process)
            say(f"  {len(visitors)} visitors")
            now, places = [one[:rounds] for one in places], [one[rounds:] for one in places]
            rows.append(await _level(visitors, now, process, luck))
            if rows[-1]["median_seconds"] > ENOUGH_SECONDS:
                break
    finally:
        for visitor in visitors:
            with contextlib.suppress(Exception):
                await visitor.leave()
    return rows


async def _level(visitors: list[Any], places: list[list[float]], process: int, luck: random.Random) -> dict:
    """Let all visitors move their levers, and see what it costs."""
    import psutil

    server = psutil.Process(process)
    began, before, whole = time.perf_counter(), _seconds(process), psutil.cpu_times()
    alone = sum(server.cpu_times()[:2])
    waits = await asyncio.gather(
        *(_visit(visitor, those, random.Random(luck.random())) for visitor, those in zip(visitors, places, strict=True))
    )
    lasted = (time.perf_counter() - began) * _cores()
    busy = sum(psutil.cpu_times()[:3]) - sum(whole[:3])
    used = _seconds(process) - before
    answers = sorted(answer for one in waits for answer, _ in one)
    completes = sorted(complete for one in waits for _, complete in one if complete is not None)
    kernels = _kernels(process)
    return {
        "visitors": len(visitors),
        "moves": len(answers),
        "unanswered": sum(answer >= PATIENCE_SECONDS for answer in answers),
        "median_seconds": statistics.median(answers),
        "p95_seconds": _percentile(answers, 0.95),
        "complete_seconds": statistics.median(completes) if completes else None,
        "share_complete": len(completes) / len(answers),
        "cpu_seconds_a_move": used / len(answers),
        "server_share": (sum(server.cpu_times()[:2]) - alone) / used,
        "app_busy": used / lasted,
        "others_busy": max(busy - used, 0.0) / lasted,
        "mebibytes_a_visitor": statistics.mean(_mebibytes(kernel) for kernel in kernels),
        "mebibytes_server": _mebibytes(server),
    }


async def _visit(visitor: Any, places: list[float], luck: random.Random) -> list[tuple[float, float | None]]:
    """Move the lever to each place; the seconds to each first answer, and to the complete one if it came in time."""
    lever, measures, status = visitor.lever(LEVER), visitor.within(MEASURES), visitor.within(STATUS)
    waits: list[tuple[float, float | None]] = []
    await asyncio.sleep(luck.uniform(0, THINK_SECONDS))
    for place in places:
        began = time.perf_counter()
        try:
            answer = await visitor.move(lever, place, measures, PATIENCE_SECONDS)
        except TimeoutError:
            waits.append((PATIENCE_SECONDS, None))
            continue
        think = began + answer + luck.expovariate(1 / THINK_SECONDS)
        complete = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(think - time.perf_counter()):
                complete = (await visitor.until(lambda change: COMPLETE in _status(change, status))).at - began
        waits.append((answer, complete))
        await asyncio.sleep(max(0.0, think - time.perf_counter()))
    return waits


def _places(visitor: Any, luck: random.Random) -> list[float]:
    """All places of the lever but where it stands, shuffled: at a place seen before, the answer would be known."""
    state = visitor.models[visitor.lever(LEVER)]
    steps = round((state["max"] - state["min"]) / state["step"])
    places = [round(state["min"] + step * state["step"], 6) for step in range(steps + 1)]
    luck.shuffle(places)
    return [place for place in places if abs(place - state["value"]) > state["step"] / 2]


def _status(change: Any, status: list[str]) -> str:
    return str(change.state.get("value", "")) if change.model in status else ""


async def _quiet(process: int) -> None:
    """Wait until the app has prepared for the next visitor and has nothing more to do."""
    for _ in range(60):
        before = _seconds(process)
        await asyncio.sleep(1)
        if _seconds(process) - before < 0.15:
            return


def _family(process: int) -> list[Any]:
    import psutil

    server = psutil.Process(process)
    return [server, *server.children(recursive=True)]


def _kernels(process: int) -> list[Any]:
    return [one for one in _family(process) if "ipykernel_launcher" in one.cmdline()]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seconds(process: int) -> float:
    """CPU seconds of the app and all its notebooks so far."""
    return sum(sum(one.cpu_times()[:2]) for one in _family(process))


def _mebibytes(process: Any) -> float:
    """Memory that is a process's own, with its part of what it shares."""
    found = process.memory_full_info()
    return getattr(found, "pss", found.uss) / MEBIBYTE


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _holds(rows: list[dict]) -> dict[str, float | None]:
    """With how many visitors the median, and the 95th percentile, reach the limit; None if they never did."""
    found: dict[str, float | None] = {}
    for name in ("median_seconds", "p95_seconds"):
        found[name] = None
        for less, more in zip([{"visitors": 0, name: 0.0}, *rows], rows, strict=False):
            if more[name] >= LIMIT_SECONDS:
                part = (LIMIT_SECONDS - less[name]) / (more[name] - less[name])
                found[name] = less["visitors"] + part * (more["visitors"] - less["visitors"])
                break
    return found
