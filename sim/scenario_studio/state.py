"""What a visitor of the studio has set up, as values that nothing changes in place.

A `Setup` is a scenario and the levers moved on it. A `State` is the set-up that is being looked at, the base that it is
compared with, and the pins. Every action makes a new state from the old one, so that going back is nothing but
taking an earlier one: `History` keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from sim.base import show
from sim.scenario import Scenario
from sim.scenario_studio.controls import lever
from sim.versions import content

MOST_PINS = 5
MOST_STEPS_BACK = 100
LONGEST_NAME = 60

# Whoever moves more is told how many; the names of two moves still fit beside a point of a figure.
_MOVES_IN_A_TITLE = 2


class StudioError(ValueError):
    """Something that the studio cannot do; `key` and `values` say why in the words of `sim.scenario_studio.words`."""

    def __init__(self, key: str, **values: object) -> None:
        from sim.scenario_studio.words import Words

        super().__init__(Words("en").say(key, **values))
        self.key, self.values = key, values


@dataclass(frozen=True)
class Setup:
    """A scenario and the levers moved on it.

    Attributes
    ----------
    start : Scenario
        As it was picked.
    moves : tuple of (str, float)
        Levers and where they stand, in the order in which they were first moved.
    name : str
        What the visitor calls it; empty for a name made of the moves.
    """

    start: Scenario
    moves: tuple[tuple[str, float], ...] = ()
    name: str = ""

    @property
    def title(self) -> str:
        """Its name, or else what was moved."""
        if self.name or not self.moves:
            return self.name or self.start.name
        told = [f"{name} {value:g}" for name, value in self.moves[:_MOVES_IN_A_TITLE]]
        more = len(self.moves) - len(told)
        return f"{self.start.name}: {', '.join(told)}{f' + {more}' if more else ''}"

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with the levers moved.

        Raises
        ------
        ScenarioError
            If it cannot be simulated.
        """
        return self._made[0]

    @property
    def without_effect(self) -> tuple[str, ...]:
        """Levers that the other moves have taken away: those of a bot that is switched off, say."""
        return self._made[1]

    @cached_property
    def key(self) -> str:
        """What a run depends on: set-ups with the same key have the same results."""
        return content(self.scenario)

    @cached_property
    def _made(self) -> tuple[Scenario, tuple[str, ...]]:
        shop, without = self.start, []
        for name, value in self.moves:
            found = lever(name, shop)
            if found is None:
                without.append(name)
            else:
                # A lever moved before may have narrowed this one's range.
                shop = found.apply(shop, min(max(value, found.low), found.high))
        # The name was checked when it was given; everything else by the levers.
        return shop.model_copy(update={"name": self.title}), tuple(without)

    def moved(self, name: str, value: float) -> Setup:
        """The same with a lever set; one that stands where it was picked is no move.

        Raises
        ------
        StudioError
            If there is no such lever.
        ScenarioError, ValueError
            If the lever cannot stand there.
        """
        others = tuple(move for move in self.moves if move[0] != name)
        # A team that another lever has made has levers of its own.
        where = self.start if lever(name, self.start) else replace(self, moves=others).scenario
        found = lever(name, where)
        if found is None:
            raise StudioError("no_lever", name=show(name))
        found.changes(where, value)  # refuses what is out of range
        moves = dict(self.moves) | {name: float(value)}
        made = replace(self, moves=others if value == found.now else tuple(moves.items()))
        made.scenario  # noqa: B018  (refuses what cannot be simulated)
        return made


@dataclass(frozen=True)
class State:
    """What is looked at, what it is compared with, and what was put aside.

    Attributes
    ----------
    now : Setup
    base : Setup
    pins : tuple of Setup
        Up to `MOST_PINS`, no two with the same name.
    """

    now: Setup
    base: Setup
    pins: tuple[Setup, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> State:
        """The beginning: a scenario, compared with itself."""
        return cls(Setup(scenario), Setup(scenario))

    def moved(self, name: str, value: float) -> State:
        """With a lever set. A name that was given to a pin stays with the pin."""
        now = self.now.moved(name, value)
        taken = now.moves != self.now.moves and any(pin.name == now.name for pin in self.pins)
        return replace(self, now=replace(now, name="") if taken else now)

    def reset(self) -> State:
        """With all levers where the scenario has them."""
        return replace(self, now=Setup(self.now.start))

    def picked(self, scenario: Scenario) -> State:
        """With another scenario, as it is. The base stays if the two can be compared: the same days."""
        now = Setup(scenario)
        return replace(self, now=now, base=self.base if comparable(now, self.base) else now)

    def named(self, name: str) -> State:
        """With a name for what is looked at."""
        return replace(self, now=replace(self.now, name=clean_name(name)))

    def pinned(self, otherwise: str = "Plan") -> State:
        """With what is looked at among the pins; without a name it is called `otherwise` and the first free letter.

        Raises
        ------
        StudioError
            If there are as many as there may be, or this is one of them.
        """
        for pin in self.pins:
            if pin.key == self.now.key:
                raise StudioError("pinned_already", name=pin.title)
        if len(self.pins) >= MOST_PINS:
            raise StudioError("too_many_pins", most=MOST_PINS)
        taken = [one.name for one in self.pins]
        free = next(name for letter in "ABCDEF" if (name := f"{otherwise} {letter}") not in taken)
        pin = replace(self.now, name=unique_name(self.now.name, taken) if self.now.name else free)
        return replace(self, now=pin, pins=(*self.pins, pin))

    def unpinned(self, number: int) -> State:
        """Without a pin, counted from 0."""
        return replace(self, pins=self.pins[:number] + self.pins[number + 1 :])

    def back_to(self, number: int) -> State:
        """Looking at a pin again; the base stays if the two can be compared."""
        now = self.pins[number]
        return replace(self, now=now, base=self.base if comparable(now, self.base) else now)

    def based(self) -> State:
        """With what is looked at as the base."""
        return replace(self, base=self.now)


@dataclass(frozen=True)
class History:
    """Where one was, is, and may go again.

    Attributes
    ----------
    past, future : tuple of State
        The nearest last in both.
    present : State
    """

    present: State
    past: tuple[State, ...] = ()
    future: tuple[State, ...] = ()

    def then(self, state: State) -> History:
        """After an action; one that changes nothing is none."""
        if state == self.present:
            return self
        return History(state, (*self.past, self.present)[-MOST_STEPS_BACK:])

    def undone(self) -> History:
        """One action back, if there is one."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (*self.future, self.present))

    def redone(self) -> History:
        """One action forward again, if there is one."""
        if not self.future:
            return self
        return History(self.future[-1], (*self.past, self.present), self.future[:-1])


def comparable(one: Setup, other: Setup) -> bool:
    """Whether amounts of the two mean the same: runs of as many days from the same day on."""
    return (one.start.days, one.start.first_day) == (other.start.days, other.start.first_day)


def clean_name(name: str) -> str:
    """A name as it can be shown and saved: on one line, not too long, nothing invisible."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(name))
    text = " ".join(shown.split())
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"


def unique_name(name: str, taken: list[str]) -> str:
    """The name, with a number if it is taken."""
    made, number = name, 2
    while made in taken:
        made, number = f"{name[: LONGEST_NAME - 5]} ({number})", number + 1
    return made
