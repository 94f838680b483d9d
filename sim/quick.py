"""What is compiled of the work before and after the engine, where the compiled engine is.

Drawing customers and adding up what happened is NumPy's work, and needs nothing else. A few of its steps go over their
arrays many times where one pass would do. `sim.kernel.passes` has compiled twins of the steps of drawing,
`sim.kernel.sums` and `sim.kernel.payoff` of those of adding up, which give the same bits. They are taken once the
compiled engine has been loaded, which compiles and keeps them with itself; so nobody waits for them, and without Numba
nothing differs but the time.
"""

from __future__ import annotations

from types import ModuleType

_taken: dict[str, ModuleType | None] = {}


def passes() -> ModuleType | None:
    """`sim.kernel.passes`, if it is loaded."""
    return _taken.get("passes")


def sums() -> ModuleType | None:
    """`sim.kernel.sums`, if it is loaded."""
    return _taken.get("sums")


def payoff() -> ModuleType | None:
    """`sim.kernel.payoff`, if it is loaded."""
    return _taken.get("payoff")


def use(name: str, module: ModuleType | None) -> None:
    """Take this module's compiled twins as "passes", "sums" or "payoff" from now on; None takes NumPy alone."""
    _taken[name] = module
