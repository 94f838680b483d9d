"""The scenario studio: pick a shop, move levers, and see at once what they do, with intervals, on the same customers.

The parts, each with one idea:

- `state`: what is set up, pinned and undone, as values;
- `controls`: what can be moved;
- `estimating`: what is worked out, in which steps;
- `session`: a visit, which joins these three, without a page;
- `words`, `markup`, `figures`, `exports`, `reading`: what is said, shown, saved and read;
- `view`: the page, made of ipywidgets, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from sim.scenario_studio.view import Studio

__all__ = ["studio"]


def studio(
    base: Scenario | str = "baseline",
    *,
    replications: int = 30,
    seed: int = 1,
    language: str = "en",
    engine: str = "auto",
) -> Studio:
    """Open the scenario studio.

    As the last line of a notebook's cell it shows its page: a scenario with its levers, and what they change, against
    a base. Plain Python can do and see the same: the attributes and methods of `sim.scenario_studio.view.Studio`.

    Parameters
    ----------
    base : Scenario or str, default "baseline"
        What to begin with, and to compare with: a scenario, or what `sim.load` takes.
    replications : int, default 30
        How many there are once everything is refined; at least 2.
    seed : int, default 1
    language : {"en", "zh"}
        Of all labels; the page has a switch for it.
    engine : {"auto", "simpy", "compiled"}

    Returns
    -------
    Studio

    Raises
    ------
    ValueError
        If an argument cannot be used; the message says what it may be.

    Examples
    --------
    >>> import sim
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2, patience_minutes=3)
    >>> studio = sim.studio(desk, replications=4)
    >>> studio.move("agents.agents", 1)
    >>> studio.scenario.teams["agents"].extra_agents, studio.replications
    (1, 4)
    >>> bool(studio.table.loc["abandonment", "difference"] < 0)
    True
    """
    from sim.scenario_studio.estimating import Worlds
    from sim.scenario_studio.session import Session
    from sim.scenario_studio.view import Studio

    return Studio(Session(load(base), Worlds(seed, replications, engine)), language)
