"""What is compiled of the work before and after the engine, where the compiled engine is.

Drawing customers and adding up what happened is NumPy's work, and needs nothing else. A few of its steps go over their
arrays many times where one pass would do. `sim.kernel.passes` has compiled twins of the steps of drawing, and
`sim.kernel.sums`, `spells`, `ratings` and `payoff` of those of adding up, which give the same bits. They are taken once
the compiled engine has been loaded, which compiles and keeps them with itself; so nobody waits for them, and without
Numba nothing differs but the time.
"""

from __future__ import annotations

from types import ModuleType

_taken: dict[str, ModuleType | None] = dict.fromkeys(("passes", "sums", "spells", "ratings", "payoff"))


def twins(name: str) -> ModuleType | None:
    """The module of this name in `sim.kernel`, if it is loaded."""
    return _taken[name]


def use(name: str, module: ModuleType | None) -> None:
    """Take this module's compiled twins from now on; None takes NumPy alone."""
    if name not in _taken:
        raise KeyError(name)
    _taken[name] = module
