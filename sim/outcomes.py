"""What becomes of a conversation: rules on plain numbers that every engine asks.

Who serves whom is decided in `sim.routing`; here stands what follows from it: how long the work takes this agent, how
likely it helps, how several conversations share one agent, when a callback is worth offering.
"""

from __future__ import annotations

from sim.order import on_grid


def factors(
    handle: float, solve: float, experience: float, sureness: float, drop: float, busy: float
) -> tuple[float, float]:
    """What team, experience and pressure make of the handle time and of the odds of solving.

    Parameters
    ----------
    handle, solve : float
        The team's own factors.
    experience, sureness : float
        What the agent's tenure makes of them today; 1 for who is no newcomer.
    drop : float
        How far the odds of solving fall when the whole team is busy.
    busy : float
        Share of the team that is busy.
    """
    return handle * experience, solve * sureness * (1 - drop * busy)


def busy_share(idle: int, on_duty: int) -> float:
    """Share of the agents on duty who have something in hand; 1 with nobody on duty."""
    return 1 - idle / on_duty if on_duty else 1.0


def solves(draw: float, odds: float, factor: float) -> bool:
    """Whether a conversation solves the case: its draw lies below the odds of its type times the agent's factor."""
    return draw < odds * factor


def work_left(left: float, minutes: float, speed: float) -> float:
    """Minutes of work left of a conversation after some minutes at a speed."""
    return max(0.0, left - on_grid(minutes * speed))


def minutes_left(left: float, speed: float) -> float:
    """How long a conversation still takes at a speed."""
    return on_grid(left / speed)


def wait_is_long(waiting: int, mean_handle_minutes: float, agents: int, limit_minutes: float) -> bool:
    """Whether the conversations ahead, one's own included, would take the agents longer than the limit."""
    return (waiting + 1) * mean_handle_minutes > limit_minutes * agents
