"""Let contenders do the same work by turns, and compare their CPU seconds turn by turn.

Machines are shared and change their speed. So contenders run round-robin: what slows one down in a round slows down the
others as well, and ratios are taken within rounds. Every contender runs before, unmeasured: what is
compiled or loaded at first use does not count. Each run begins with an empty garbage collector, which then stays off.
What stood in memory before the race is taken out of its sight: going through that would push everything out of the
processor's caches before each run. Short runs are repeated and the median of the repeats counts.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# Runs are repeated until a round has lasted about this long.
LEAST_SECONDS = 0.05
MOST_REPEATS = 25


class NotThereError(Exception):
    """A contender cannot run here; the message says why."""


class DisagreementError(Exception):
    """Contenders that should simulate the same thing do not; the message says which and how."""


@dataclass
class Heat:
    """One run of a contender.

    Attributes
    ----------
    contacts : int
        How many contacts it simulated.
    parts : dict of str to float
        CPU seconds of each part of the work.
    result : object
        What it found, to be compared with what others found.
    """

    contacts: int
    parts: dict[str, float]
    result: Any = None


Contender = Callable[[], Heat]


@dataclass
class Lane:
    """All rounds of one contender: parts of its work, in CPU seconds by round."""

    contacts: int
    rounds: dict[str, list[float]]
    result: Any

    def seconds(self, *parts: str) -> list[float]:
        """CPU seconds by round of these parts together; of all without any."""
        chosen = parts or tuple(self.rounds)
        return [sum(each) for each in zip(*(self.rounds[part] for part in chosen), strict=True)]

    def microseconds_a_contact(self, *parts: str) -> float:
        """Median over rounds."""
        return statistics.median(self.seconds(*parts)) / self.contacts * 1e6


class Stopwatch:
    """CPU seconds by part of the work: ``with watch("engine"): ...``."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Count what happens within to this part."""
        start = time.process_time()
        yield
        self.parts[part] = self.parts.get(part, 0.0) + time.process_time() - start


def race(contenders: dict[str, Contender], rounds: int, say: Callable[[str], None]) -> dict[str, Lane]:
    """Run all contenders by turns.

    Parameters
    ----------
    contenders : dict of str to callable
        Each does its work once and returns a `Heat`. One that raises `NotThereError` in the warm-up is left out.
    rounds : int
    say : callable
        Told what happens.

    Returns
    -------
    dict of str to Lane
        Those that ran.
    """
    repeats: dict[str, int] = {}
    lanes: dict[str, Lane] = {}
    for name, contender in contenders.items():
        try:
            _quietly(contender)
            heat = _quietly(contender)
        except NotThereError as reason:
            say(f"  {name}: not there ({reason})")
            continue
        once = max(sum(heat.parts.values()), 1e-9)
        repeats[name] = min(max(round(LEAST_SECONDS / once), 1), MOST_REPEATS)
        lanes[name] = Lane(heat.contacts, {part: [] for part in heat.parts}, heat.result)
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        say(f"  round {number + 1} of {rounds}")
        for name, lane in lanes.items():
            # What a run found is let go before the next one, as it would be elsewhere.
            each = [_quietly(contenders[name]).parts for _ in range(repeats[name])]
            for part, seconds in lane.rounds.items():
                seconds.append(statistics.median(parts[part] for parts in each))
    gc.unfreeze()
    return lanes


def ratio(over: list[float], under: list[float]) -> dict[str, float]:
    """Median, lowest and highest of the ratios within rounds."""
    each = [x / y for x, y in zip(over, under, strict=True)]
    return {"median": statistics.median(each), "low": min(each), "high": max(each), "rounds": len(each)}


def _quietly(contender: Contender) -> Heat:
    gc.collect()
    collecting = gc.isenabled()
    gc.disable()
    try:
        return contender()
    finally:
        if collecting:
            gc.enable()
