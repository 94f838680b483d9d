"""Time and order: events with an exact place among those of the same moment, and lives that wait for them.

SimPy keeps the calendar. What it leaves open, and what a reproducible run needs, is the order of events at one moment:
it is that of `sim.order`, given to SimPy as the priority of each event.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

Steps = Generator[Any, Any, Any]


class Moment(simpy.Event):
    """An event after an exact delay, with its place among the events of its time.

    As with SimPy's own Timeout, that it will happen is settled from the start; what differs is the place.
    """

    _ok, _value = True, None
    value: Any = None

    def __init__(
        self, env: simpy.Environment, delay: float, kind: int, row: int, then: Callable[[Any], None] | None = None
    ) -> None:
        self.callbacks = [] if then is None else [then]
        env.schedule(self, kind | row, delay)  # type: ignore[arg-type]

    def happens(self, value: Any) -> None:
        """Let those who wait go on now; when its time comes, nobody waits any more."""
        callbacks, self.callbacks, self.value = self.callbacks, [], value
        for callback in callbacks:
            callback(self)


class Turn:
    """What somebody waits for who cannot know when it will happen: an agent, say. It happens at once when told to."""

    __slots__ = ("callbacks", "value")

    def __init__(self) -> None:
        self.callbacks: list[Callable[[Any], None]] | None = []
        self.value: Any = None

    def happens(self, value: Any = None) -> None:
        """Let those who wait go on, unless it has happened before."""
        if self.callbacks is not None:
            callbacks, self.callbacks, self.value = self.callbacks, None, value
            for callback in callbacks:
                callback(self)


class Life:
    """Lives until the next event that must be waited for, and goes on whenever it happens.

    This is what a SimPy process does, but for the two events of its own with which each process begins and ends: they
    would be half of all events here.
    """

    __slots__ = ("steps",)

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.go_on()

    def go_on(self, _: Any = None) -> None:
        """The event has happened."""
        following = next(self.steps, None)
        if following is not None:
            following.callbacks.append(self.go_on)
