"""Which way is better: of most measures everybody wants more, or less; of some it depends on who asks.

Busy agents are cheap and tired, many contacts are good or bad news: of such measures the caller has to say the goal.
"""

from __future__ import annotations

from typing import Literal

from sim.base import unknown_name
from sim.measures import MEASURES

Goal = Literal["highest", "lowest"]
GOALS = ("highest", "lowest")


def goal_of(measure: str, goal: str | None = None) -> Goal:
    """The goal that was given, or else the one that goes without saying.

    Parameters
    ----------
    measure : str
    goal : {"highest", "lowest"}, optional
        What the caller wants.

    Returns
    -------
    {"highest", "lowest"}

    Raises
    ------
    ValueError
        For an unknown measure or goal, or a measure of which nobody can say what is better without more knowledge.

    Examples
    --------
    >>> goal_of("service_level"), goal_of("abandonment"), goal_of("occupancy", "lowest")
    ('highest', 'lowest', 'lowest')
    """
    if measure not in MEASURES:
        raise ValueError(unknown_name(measure, MEASURES, "measure"))
    if goal is None:
        if MEASURES[measure].higher_is_better is None:
            raise ValueError(
                f"whether more or less of {measure} is better depends on who asks; say goal='highest' or goal='lowest'"
            )
        return "highest" if MEASURES[measure].higher_is_better else "lowest"
    if goal == "highest":
        return "highest"
    if goal == "lowest":
        return "lowest"
    raise ValueError(unknown_name(goal, GOALS, "goal"))


def in_words(measure: str, value: float, *, difference: bool = False) -> str:
    """A value of a measure, or a difference of two, with its unit.

    Examples
    --------
    >>> in_words("service_level", 0.8134), in_words("service_level", 0.0134, difference=True)
    ('81.3 %', '1.34 points')
    >>> in_words("asa_minutes", 0.52)
    '0.52 minutes'
    """
    if MEASURES[measure].unit == "share":
        number = f"{100 * value:.3g}"
        return f"{number} {'%' if not difference else 'point' if number == '1' else 'points'}"
    return f"{value:,.0f} {MEASURES[measure].unit}" if abs(value) >= 100 else f"{value:.3g} {MEASURES[measure].unit}"
