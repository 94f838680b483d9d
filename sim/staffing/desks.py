"""What so many agents make of so much work: one live channel of one team in its long run, by formula.

A phone desk is Erlang A, or Erlang C where nobody hangs up. A chat desk is a chain of its own. Let ``n`` customers be
in service with ``c`` agents who hold up to ``k`` conversations each, and spread them as evenly as the rule "to the
agent with the fewest" tends to: ``r`` agents hold ``q + 1``, the others ``q``. Then conversations end at rate
``(r (q + 1) s(q + 1) + (c - r) q s(q)) / mean``, a birth-and-death chain in ``n``. Dividing the load by ``k`` would
forget that each conversation gets slower, and that the last places are rarely all in use. When all ``c k`` places are
taken they empty at the fixed rate ``c k s(k) / mean``, so waiting customers live through Erlang A with that rate.

Sources: Palm (1957) and Garnett, Mandelbaum and Reiman (2002) for Erlang A; Luo and Zhang (2013), "Staffing and control
of instant messaging contact centers", Operations Research 61, for chat as shared service.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim import theory

# What `Desk.expectations` gives for each customer, and, last, for the desk.
IN_TIME, GONE_EARLY, ABANDONED, WAIT_SERVED, WAIT_ALL, WAITED, OCCUPANCY = range(7)
_NEVER_MANAGED = np.array([0.0, 0.0, 0.0, math.inf, math.inf, 1.0, 1.0])
_STEP = 0.2  # between points of the curve, in twice the root of the load: there the number present has spread 1


@dataclass(frozen=True)
class Desk:
    """One channel at one team.

    Attributes
    ----------
    handle_minutes : float
        Mean handle time of a single conversation at speed 1.
    patience_minutes : float or None
        Mean of exponential patience; None waits for ever.
    no_patience_share : float
        Share who leave at once if they must wait.
    within_seconds : float
        The T of the service level.
    speed : tuple of float
        Speed of each conversation when an agent holds 1, 2, ... of them; its length is the most at once.
    """

    handle_minutes: float
    patience_minutes: float | None
    no_patience_share: float = 0.0
    within_seconds: float = 20.0
    speed: tuple[float, ...] = (1.0,)

    def expectations(self, agents: int, load: float) -> np.ndarray:
        """Per offered customer: in time, gone early, gone, minutes waited by the served and by all, waited; occupancy.

        Parameters
        ----------
        agents : int
        load : float
            Offered load: arrivals a minute × handle minutes.

        Returns
        -------
        ndarray, shape (7,)
            Infinite waits where the queue would grow for ever.
        """
        arrivals = 60 * max(load, 1e-9) / self.handle_minutes
        if len(self.speed) == 1:
            return self._erlang(arrivals, self.handle_minutes, agents)
        return self._chat(arrivals, agents)

    def _erlang(self, arrivals_per_hour: float, handle_minutes: float, agents: int) -> np.ndarray:
        if self.patience_minutes is None and self.no_patience_share == 0:
            if arrivals_per_hour * handle_minutes / 60 >= agents * (1 - 1e-9):
                return _NEVER_MANAGED
            desk = theory.erlang_c(arrivals_per_hour, handle_minutes, agents, self.within_seconds)
        else:
            # The others of a channel where only some leave at once are taken to be very patient.
            patience = 1e5 * handle_minutes if self.patience_minutes is None else self.patience_minutes
            desk = theory.erlang_a(
                arrivals_per_hour,
                handle_minutes,
                agents,
                patience,
                self.within_seconds,
                no_patience_share=self.no_patience_share,
            )
        return np.array(
            [
                desk.service_level_offered,
                desk.service_level_credited - desk.service_level_offered,
                desk.abandonment,
                desk.asa_minutes * (1 - desk.abandonment),
                desk.mean_wait_minutes,
                desk.wait_probability,
                desk.occupancy,
            ]
        )

    def _chat(self, arrivals_per_hour: float, agents: int) -> np.ndarray:
        rate, most = arrivals_per_hour / 60, len(self.speed)
        places = agents * most
        present = np.arange(1, places + 1)
        each, more = np.divmod(present, agents)
        work = np.concatenate([[0.0], np.arange(1, most + 1) * np.array(self.speed)])
        done = more * work[np.minimum(each + 1, most)] + (agents - more) * work[each]
        log_weight = np.concatenate([[0.0], np.cumsum(np.log(rate * self.handle_minutes / done))])
        emptying = done[-1] / self.handle_minutes
        # A desk of one agent who works as fast as all these places empty has the same queue when it has one.
        full = self._erlang(arrivals_per_hour, 1 / emptying, 1)
        if not np.isfinite(full[WAIT_ALL]):
            return _NEVER_MANAGED
        # The chances that any number waits, the places all taken, over the chance that they are and nobody waits.
        queue = full[WAITED] / max(1 - full[WAITED], 1e-13) * emptying / rate
        top = log_weight.max()
        weight = np.exp(log_weight - top)
        weight[-1] *= queue
        share = weight / weight.sum()
        waits = share[-1]
        of_waiting = full / full[WAITED]
        of_waiting[IN_TIME] = (full[IN_TIME] - (1 - full[WAITED])) / full[WAITED]
        result = waits * of_waiting
        result[IN_TIME] += 1 - waits
        result[OCCUPANCY] = share @ np.minimum(np.arange(places + 1), agents) / agents
        return result


class Curve:
    """The expectations of a desk for many loads at once: worked out at some loads, and cubic in between."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.known: dict[tuple[int, float], np.ndarray] = {}
        # Where the queue can grow for ever there is no smooth curve.
        self.smooth = desk.patience_minutes is not None

    def at(self, agents: int, load: np.ndarray) -> np.ndarray:
        """Shape (7, loads)."""
        if not self.smooth:
            if len(self.desk.speed) == 1 and self.desk.no_patience_share == 0:
                return _erlang_c(self.desk, agents, load)
            return np.array([self._point(agents, round(float(each), 3)) for each in load]).T
        place = 2 * np.sqrt(load) / _STEP
        first = np.maximum(np.floor(place).astype(int) - 1, 0)
        t = place - first
        wanted = np.unique(first[:, None] + np.arange(4))
        grid = np.array([self._point(agents, (n * _STEP / 2) ** 2) for n in wanted.tolist()]).T
        corner = np.searchsorted(wanted, first)
        # Lagrange's cubic through four neighbours; t is the place among them, counted from the first.
        return (
            -(t - 1) * (t - 2) * (t - 3) / 6 * grid[:, corner]
            + t * (t - 2) * (t - 3) / 2 * grid[:, corner + 1]
            - t * (t - 1) * (t - 3) / 2 * grid[:, corner + 2]
            + t * (t - 1) * (t - 2) / 6 * grid[:, corner + 3]
        )

    def _point(self, agents: int, load: float) -> np.ndarray:
        if (agents, load) not in self.known:
            self.known[agents, load] = self.desk.expectations(agents, load)
        return self.known[agents, load]


def _erlang_c(desk: Desk, agents: int, load: np.ndarray) -> np.ndarray:
    """Erlang C for many loads, shape (7, loads), as `sim.theory.erlang_c` has it for one."""
    load = np.maximum(load, 1e-9)
    ratio = np.zeros(len(load))
    with np.errstate(over="ignore"):  # as good as never all busy
        for number in range(1, agents + 1):
            ratio = number / load * (1 + ratio)
    managed, free = load < agents * (1 - 1e-9), np.maximum(agents - load, 1e-300)
    blocked = 1 / (1 + ratio)
    waits = np.where(managed, blocked / (1 - load / agents * (1 - blocked) + 1e-300), 1.0)
    minutes = np.where(managed, waits * desk.handle_minutes / free, math.inf)
    late = waits * np.exp(-free / desk.handle_minutes * desk.within_seconds / 60)
    none = np.zeros(len(load))
    in_time = np.where(managed, 1 - late, 0.0)
    return np.array([in_time, none, none, minutes, minutes, waits, np.minimum(load / agents, 1.0)])


def measure(name: str, sums: np.ndarray, offered: float, time: float) -> float:
    """A measure from expectations added up over customers (and, for occupancy, over time); NaN where nobody came.

    Parameters
    ----------
    name : str
        One of `sim.staffing.targets.OF_LIVE`.
    sums : ndarray, shape (7,)
        Expectations × customers; the last × weight of time.
    offered, time : float
        Sum of the customers, and of the weights of time.
    """
    if offered <= 0:
        return math.nan
    over, under = {
        "service_level": (sums[IN_TIME], offered - sums[GONE_EARLY]),
        "service_level_offered": (sums[IN_TIME], offered),
        "service_level_credited": (sums[IN_TIME] + sums[GONE_EARLY], offered),
        "service_level_answered": (sums[IN_TIME], offered - sums[ABANDONED]),
        "abandonment": (sums[ABANDONED], offered),
        "asa_minutes": (sums[WAIT_SERVED], offered - sums[ABANDONED]),
        "mean_wait_minutes": (sums[WAIT_ALL], offered),
        "wait_probability": (sums[WAITED], offered),
        "occupancy": (sums[OCCUPANCY], time),
    }[name]
    return float(over / under) if under > 0 else math.nan


def square_root_heads(load: float, handle_minutes: float, within_seconds: float, service_level: float) -> int:
    """Agents by the square-root rule: load + β √load, with β from Halfin and Whitt's limit of Erlang C.

    Parameters
    ----------
    load : float
        Offered load.
    handle_minutes, within_seconds : float
    service_level : float
        Share to be answered in time.

    Returns
    -------
    int

    Notes
    -----
    Halfin and Whitt (1981): with c = R + β √R agents the wait exceeds T with a chance near α exp(-β √R T / h), where
    α = 1 / (1 + β Φ(β) / φ(β)).

    Examples
    --------
    For large teams it is exact; for ten calls at a time Erlang C asks for one agent more.

    >>> square_root_heads(load=10, handle_minutes=3, within_seconds=20, service_level=0.8)
    13
    """
    from scipy.optimize import brentq
    from scipy.special import log_ndtr

    if load <= 0:
        return 0
    root, time = math.sqrt(load), within_seconds / 60 / handle_minutes

    def late(beta: float) -> float:
        odds = beta * math.exp(log_ndtr(beta) + beta * beta / 2) * math.sqrt(2 * math.pi) if beta < 35 else math.inf
        return math.exp(-beta * root * time) / (1 + odds) - (1 - service_level)

    beta = brentq(late, 0.0, 40.0)
    return math.ceil(load + beta * root - 1e-9)
