"""Deferred work sized by what it is: a backlog to be worked off in time, not a queue of people on the line.

Messages come in at any hour, agents answer in open hours, and each message has a deadline. Between any two moments the
agents must do at least what falls due by the second and was not there to be done before the first. That gives one
inequality a pair of moments, and the least head-count a day that keeps them all is a small linear programme. Chance is
met by a margin: of the work that comes in a window of mean W minutes the variance is arrivals × E[S²] (a compound
Poisson process), plus the square of W × the variation of whole days; the margin is so many standard deviations that the
target's share of messages is done in time even at the tightest moment.

The stretch of days is planned as if it came again and again, so that what is left over from the last day counts on
the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.timetable import MINUTES_A_DAY


@dataclass(frozen=True)
class Backlog:
    """Deferred work of a team.

    Attributes
    ----------
    team, work : str
        The team, and the channel or ``"tasks"``.
    arrivals : ndarray, shape (minutes,)
        Expected pieces of work of each minute.
    handle_minutes : float
        Mean time of one.
    square_minutes : float
        Mean of the squared time.
    is_open : ndarray of bool, shape (minutes,)
        The hours in which they are worked on, and which count in the target.
    within_minutes : float
        Open minutes in which a piece is to be finished.
    """

    team: str
    work: str
    arrivals: np.ndarray
    handle_minutes: float
    square_minutes: float
    is_open: np.ndarray
    within_minutes: float


def heads(backlog: Backlog, target: float, day_cv: float = 0.0, factor: float = 1.0) -> np.ndarray:
    """Agents needed on each day, all its open hours long.

    Parameters
    ----------
    backlog : Backlog
    target : float
        Share to be finished in time.
    day_cv : float, default 0
        Coefficient of variation of the volume of whole days.
    factor : float, default 1
        Volume, as a multiple of the mean.

    Returns
    -------
    ndarray of float, shape (days,)
        Not rounded: 1.4 agents are one whole and 40 % of the time of another.

    Raises
    ------
    ValueError
        If there is work and no open hour.

    Examples
    --------
    Sixty messages an hour in the morning, six minutes each: six agents keep up at once. With eight open hours to
    answer, half the agents need the whole day.

    >>> morning = np.repeat([0.0, 1.0, 0.0], [480, 240, 720])
    >>> is_open = np.repeat([False, True, False], [480, 480, 480])
    >>> at_leisure = Backlog("office", "email", morning, 6, 72, is_open, within_minutes=480)
    >>> heads(at_leisure, target=0.5).round(2)
    array([3.])
    """
    from scipy.optimize import linprog
    from scipy.special import ndtri

    days = len(backlog.arrivals) // MINUTES_A_DAY
    open_minutes = backlog.is_open.reshape(days, -1).sum(axis=1)
    if backlog.arrivals.sum() == 0:
        return np.zeros(days)
    if not open_minutes.any():
        raise ValueError(f"{backlog.work}: there is work, but no hour in which anybody may do it; give it open hours")
    pairs = _Pairs(backlog, factor)
    margin = ndtri(target)
    # The last variable is the largest head-count, which costs a little: of two equal plans the level one is better.
    cost = np.append(open_minutes, 0.05 * open_minutes.sum())
    level = np.hstack([np.eye(days), -np.ones((days, 1))])
    rows, limits = [level], [np.zeros(days)]
    work = pairs.work[-1] / pairs.rounds
    # What comes in the whole stretch is done in it; then windows longer than the stretch ask for no more.
    rows.append(np.append(-open_minutes, 0.0)[None, :])
    limits.append(np.array([-work]))
    for _ in range(200):
        plan = linprog(cost, np.vstack(rows), np.concatenate(limits), bounds=(0, None))
        if plan.x is None:
            raise RuntimeError(f"{backlog.work}: the linear programme has no solution ({plan.message})")
        level_by_day = plan.x[:days]
        missing, overlap = pairs.worst(level_by_day, margin, day_cv)
        if missing.max(initial=0) <= 1e-6 * work:
            break
        short = missing > 1e-6 * work
        done = overlap[short] @ level_by_day
        rows.append(np.hstack([-overlap[short], np.zeros((short.sum(), 1))]))
        limits.append(-(done + missing[short]))
    return np.where(open_minutes > 0, level_by_day, 0.0)


class _Pairs:
    """Work that must be done between pairs of moments, and the open minutes of each day between them."""

    rounds = 3

    def __init__(self, backlog: Backlog, factor: float) -> None:
        arrivals = np.tile(backlog.arrivals * factor, self.rounds)
        is_open = np.tile(backlog.is_open, self.rounds)
        minutes = len(arrivals)
        open_before = np.concatenate([[0.0], np.cumsum(is_open)])
        came = np.concatenate([[0.0], np.cumsum(arrivals)])
        # Quarters of an hour at which it is open, and each opening and closing.
        change = np.flatnonzero(np.diff(is_open.astype(int))) + 1
        regular = np.arange(0, minutes + 1, 15 if minutes <= 100_000 else 60)
        regular = regular[is_open[np.minimum(regular, minutes - 1)]]
        self.moments = np.unique(np.concatenate([[0], change, regular, [minutes]]))
        # Due by a moment is what came so many open minutes earlier; what came while closed is as old as the opening.
        age = open_before[self.moments] - backlog.within_minutes
        arrived_by = np.searchsorted(open_before, age, side="right") - 1
        due = np.where(age >= 0, came[np.maximum(arrived_by, 0)], 0.0)
        self.work = came[self.moments] * backlog.handle_minutes
        self.due = due * backlog.handle_minutes
        self.spread = backlog.square_minutes / backlog.handle_minutes
        days = len(backlog.arrivals) // MINUTES_A_DAY
        by_day = np.zeros((len(self.moments), days))
        for day in range(days * self.rounds):
            ends = np.clip(self.moments, day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY)
            by_day[:, day % days] += open_before[ends] - open_before[day * MINUTES_A_DAY]
        self.open_by_day = by_day

    def worst(self, heads: np.ndarray, margin: float, day_cv: float) -> tuple[np.ndarray, np.ndarray]:
        """For each moment, how much is missing after the least favourable earlier one, and the open minutes between."""
        done = self.open_by_day @ heads
        missing, start = np.zeros(len(self.moments)), np.arange(len(self.moments))
        for n in range(1, len(self.moments)):
            window = np.maximum(self.due[n] - self.work[:n], 0.0)
            uncertain = np.sqrt(window * self.spread + (day_cv * window) ** 2)
            lacks = window + margin * uncertain * (window > 0) - (done[n] - done[:n])
            start[n] = int(np.argmax(lacks))
            missing[n] = lacks[start[n]]
        return missing, self.open_by_day - self.open_by_day[start]
