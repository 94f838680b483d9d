"""Queueing formulas: the second opinion beside every simulated number.

A simulation can be wrong without looking wrong. For a simple queue the right answer is known, so ask both
and compare. Here customers arrive at random (a Poisson process) and wait in one line, the longest waiting is
served first, handle times are exponential unless a function says otherwise, and all numbers are long-run
averages.

* Erlang B: nobody can wait. A customer who finds all agents busy hears the busy tone.
* Erlang C: everybody waits, as long as it takes.
* Erlang A: waiting customers lose patience and hang up. Closest to a real phone desk.
* M/G/1, M/G/c, priorities: when handle times vary more or less, or when some customers go first.

One idea carries Erlang A and every queue with limited lines: the *offered wait*, the time a customer would
wait with endless patience. Let ``c`` agents be busy, ``λ`` the arrival rate, ``1/μ`` the mean handle time and
``H(t)`` the integral from 0 to ``t`` of the share of customers whose patience is longer. Of those who find
``j`` waiting, the ones who must wait ``t`` have a density proportional to ``exp(-cμt) (λ H(t))**j / j!``.
Hence the density of the offered wait is proportional to ::

    exp(-cμt) * sum of (λ H(t))**j / j! for j = 0, 1, ..., lines - agents - 1

and the sum is ``exp(λ H(t))`` without a limit on the lines. Every measure below is a mean over that density.

Sources: Erlang (1917) for B and C; Palm (1957) for A; Baccelli and Hebuterne (1981) for the offered wait;
Brandt and Brandt (1999) for limited lines; Garnett, Mandelbaum and Reiman (2002) and Mandelbaum and Zeltyn
(2007) for A in call centres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln

__all__ = [
    "SteadyState",
    "agents_needed",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "mg1",
    "mgc_approximation",
    "priority_waits",
]

_Times = NDArray[np.float64]
_MOST = 1_000_000
_NEGLIGIBLE = 50.0  # exp(-50) is far below the rounding error of the sums it is left out of
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class SteadyState:
    """What the formulas say about a queue in the long run.

    Let A be the customers who got a line, S the served, G the served within the time limit, L the abandoned
    and L≤ the abandoned within the time limit. Probabilities and levels are shares from 0 to 1.

    Attributes
    ----------
    offered_load : float
        Arrivals a minute × handle minutes: the agents that all arriving customers would keep busy.
    occupancy : float
        Busy time / staffed time of the agents.
    wait_probability : float
        Share of A who find all agents busy.
    mean_wait_minutes : float
        Mean wait of A: the wait of the served and of those who hang up, and zero for those served at once.
    asa_minutes : float
        Mean wait of S (the "average speed of answer").
    mean_wait_of_waiting_minutes : float
        Mean wait of those who find all agents busy; NaN where there is no room to wait.
    mean_queue_length : float
        Mean number of customers waiting.
    abandonment : float
        L / A.
    blocking : float
        Share of all arriving customers who find every line taken.
    service_level : float
        G / (A − L≤), the default definition.
    service_level_offered : float
        G / A.
    service_level_credited : float
        (G + L≤) / A.
    service_level_answered : float
        G / S.
    """

    offered_load: float
    occupancy: float
    wait_probability: float
    mean_wait_minutes: float
    asa_minutes: float
    mean_wait_of_waiting_minutes: float
    mean_queue_length: float
    abandonment: float
    blocking: float
    service_level: float
    service_level_offered: float
    service_level_credited: float
    service_level_answered: float


def erlang_b(arrivals_per_hour: float, handle_minutes: float, agents: int) -> float:
    """Share of customers blocked when nobody can wait (M/G/c/c).

    Parameters
    ----------
    arrivals_per_hour : float
        Mean number of customers an hour, above 0.
    handle_minutes : float
        Mean handle time, above 0. Only the mean matters here, not the distribution.
    agents : int
        Number of agents (or lines), 1 or more.

    Returns
    -------
    float
        Probability that an arriving customer finds all agents busy and is lost.

    Raises
    ------
    ValueError
        If a number is missing or outside its range.

    Notes
    -----
    Erlang (1917), computed by the recursion in Cooper, *Introduction to Queueing Theory* (1981).

    Examples
    --------
    Two customers an hour, half an hour each, one agent: one erlang on one agent loses every second customer.

    >>> erlang_b(arrivals_per_hour=2, handle_minutes=30, agents=1)
    0.5
    """
    load, _, _ = _demand(arrivals_per_hour, handle_minutes)
    return 1 / (1 + _not_all_busy(load, _whole("agents", agents, 1)))


def erlang_c(
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    within_seconds: float = 20,
    lines: int | None = None,
) -> SteadyState:
    """A queue in which everybody waits until served (M/M/c; with `lines` M/M/c/K).

    Parameters
    ----------
    arrivals_per_hour, handle_minutes : float
        Mean number of customers an hour and mean (exponential) handle time, above 0.
    agents : int
        Number of agents, 1 or more.
    within_seconds : float, default 20
        Time limit of the service level, 0 or more.
    lines : int, optional
        Room for customers in service and waiting together, at least `agents`. Without it there is no limit.

    Returns
    -------
    SteadyState
        As nobody hangs up, the four service levels are equal, and the mean wait is the ASA.

    Raises
    ------
    ValueError
        If a number is outside its range, or if the agents cannot carry the load and `lines` sets no limit.

    Notes
    -----
    Erlang (1917). With ``B`` from :func:`erlang_b` and occupancy ``ρ``, the probability of waiting is
    ``B / (1 - ρ (1 - B))``, and the wait of those who wait is exponential with mean
    ``handle time / (agents - load)``.

    Examples
    --------
    A hundred calls in half an hour, three minutes each, fourteen agents:

    >>> desk = erlang_c(arrivals_per_hour=200, handle_minutes=3, agents=14)
    >>> round(desk.wait_probability, 6), round(desk.service_level, 6)
    (0.174132, 0.88835)
    >>> erlang_c(arrivals_per_hour=200, handle_minutes=3, agents=10)
    Traceback (most recent call last):
    ...
    ValueError: agents is 10, but the offered load is 10 (200 customers an hour × 3 minutes / 60), so the
    queue would grow for ever. Give at least 11 agents, or limit the lines with erlang_c, or use erlang_a if
    customers hang up.
    """
    load, rate, handle = _demand(arrivals_per_hour, handle_minutes)
    agents = _whole("agents", agents, 1)
    within = _number("within_seconds", within_seconds, zero=True) / 60
    if lines is not None:
        return _steady_state(rate, handle, agents, within, _whole("lines", lines, agents), math.inf, 0.0)
    _refuse_overload(load, agents, rate, handle)
    blocked = 1 / (1 + _not_all_busy(load, agents))
    occupancy = load / agents
    wait_probability = blocked / (1 - occupancy * (1 - blocked))
    clearing_rate = (agents - load) / handle
    mean_wait = wait_probability / clearing_rate
    service_level = 1 - wait_probability * math.exp(-clearing_rate * within)
    return SteadyState(
        offered_load=load,
        occupancy=occupancy,
        wait_probability=wait_probability,
        mean_wait_minutes=mean_wait,
        asa_minutes=mean_wait,
        mean_wait_of_waiting_minutes=1 / clearing_rate,
        mean_queue_length=rate * mean_wait,
        abandonment=0.0,
        blocking=0.0,
        service_level=service_level,
        service_level_offered=service_level,
        service_level_credited=service_level,
        service_level_answered=service_level,
    )


def erlang_a(
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    patience_minutes: float,
    within_seconds: float = 20,
    lines: int | None = None,
    no_patience_share: float = 0,
) -> SteadyState:
    """A queue in which waiting customers hang up when their patience ends (M/M/c+M; with `lines` M/M/c/K+M).

    Parameters
    ----------
    arrivals_per_hour, handle_minutes : float
        Mean number of customers an hour and mean (exponential) handle time, above 0.
    agents : int
        Number of agents, 1 or more. They may be too few for the load: hanging up keeps the queue finite.
    patience_minutes : float
        Mean (exponential) patience of those who have any, above 0.
    within_seconds : float, default 20
        Time limit of the service level, 0 or more.
    lines : int, optional
        Room for customers in service and waiting together, at least `agents`. Without it there is no limit.
    no_patience_share : float, default 0
        Share of customers who leave at once if they must wait, from 0 to below 1. They count as abandoned
        after a wait of zero; when no line is free they are blocked like anybody else.

    Returns
    -------
    SteadyState

    Raises
    ------
    ValueError
        If a number is missing or outside its range.

    Notes
    -----
    Palm (1957); Garnett, Mandelbaum and Reiman (2002). The measures are means over the offered wait (see the
    top of this module), summed numerically in logarithms, so that 10,000 agents or odd patience do no harm.

    Examples
    --------
    The desk of :func:`erlang_c`, with customers who wait five minutes on average before they hang up:

    >>> desk = erlang_a(arrivals_per_hour=200, handle_minutes=3, agents=14, patience_minutes=5)
    >>> round(desk.abandonment, 6), round(desk.wait_probability, 5)
    (0.013984, 0.14526)
    """
    _, rate, handle = _demand(arrivals_per_hour, handle_minutes)
    agents = _whole("agents", agents, 1)
    never = "For customers who never hang up, use erlang_c."
    patience = _number("patience_minutes", patience_minutes, hint=never)
    within = _number("within_seconds", within_seconds, zero=True) / 60
    impatient = _number("no_patience_share", no_patience_share, zero=True, below=1)
    lines = None if lines is None else _whole("lines", lines, agents)
    return _steady_state(rate, handle, agents, within, lines, patience, impatient)


def agents_needed(
    arrivals_per_hour: float,
    handle_minutes: float,
    target: float = 0.8,
    within_seconds: float = 20,
    patience_minutes: float | None = None,
    no_patience_share: float = 0,
    measure: str = "service_level",
) -> int:
    """Smallest number of agents that reaches a service level, by Erlang C or, given a patience, by Erlang A.

    Parameters
    ----------
    arrivals_per_hour, handle_minutes, within_seconds, no_patience_share : float
        As in :func:`erlang_a`.
    target : float, default 0.8
        Service level to reach, above 0 and below 1.
    patience_minutes : float, optional
        Mean patience. Without it nobody hangs up (Erlang C).
    measure : str, default "service_level"
        Which of the four service levels: ``"service_level"``, ``"service_level_offered"``,
        ``"service_level_credited"`` or ``"service_level_answered"``.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a number is missing or outside its range, or the measure is unknown.

    Notes
    -----
    Each of the four service levels rises with every agent, as the offered wait gets shorter, so bisection
    finds the answer.

    Examples
    --------
    >>> agents_needed(arrivals_per_hour=200, handle_minutes=3, target=0.8)
    14
    >>> agents_needed(arrivals_per_hour=200, handle_minutes=3, target=0.8, patience_minutes=5)
    13
    """
    load, _, _ = _demand(arrivals_per_hour, handle_minutes)
    target = _number("target", target, below=1)
    names = [name for name in SteadyState.__annotations__ if name.startswith("service_level")]
    if measure not in names:
        raise ValueError(f"measure is {measure!r}; it must be one of {', '.join(names)}.")
    if patience_minutes is None and no_patience_share != 0:
        raise ValueError(
            f"no_patience_share is {no_patience_share!r}, but patience_minutes is None. "
            "Give patience_minutes too, the mean patience of the others."
        )

    def enough(agents: int) -> bool:
        if patience_minutes is None:
            result = erlang_c(arrivals_per_hour, handle_minutes, agents, within_seconds)
        else:
            result = erlang_a(
                arrivals_per_hour,
                handle_minutes,
                agents,
                patience_minutes,
                within_seconds,
                no_patience_share=no_patience_share,
            )
        return bool(getattr(result, measure) >= target)

    too_few = _fewest_agents(load) - 1 if patience_minutes is None else 0
    step = 1
    while not enough(too_few + step):
        too_few, step = too_few + step, 2 * step
    plenty = too_few + step
    while plenty - too_few > 1:
        middle = (too_few + plenty) // 2
        too_few, plenty = (too_few, middle) if enough(middle) else (middle, plenty)
    return plenty


def mg1(arrivals_per_hour: float, handle_minutes: float, handle_cv: float = 1) -> float:
    """Mean wait in minutes at one agent, with any distribution of handle times (M/G/1).

    Parameters
    ----------
    arrivals_per_hour, handle_minutes : float
        Mean number of customers an hour and mean handle time, above 0.
    handle_cv : float, default 1
        Coefficient of variation of the handle time (standard deviation / mean): 0 is constant, 1 exponential.

    Returns
    -------
    float
        Mean wait of all customers, in minutes.

    Raises
    ------
    ValueError
        If a number is outside its range or one agent cannot carry the load.

    Notes
    -----
    Pollaczek (1930) and Khinchine (1932): ``W = λ E[S²] / (2 (1 − ρ))``.

    Examples
    --------
    With constant handle times customers wait half as long as with exponential ones:

    >>> mg1(arrivals_per_hour=10, handle_minutes=3, handle_cv=1), mg1(10, 3, handle_cv=0)
    (3.0, 1.5)
    """
    load, rate, handle = _demand(arrivals_per_hour, handle_minutes)
    _refuse_overload(load, 1, rate, handle)
    variability = 1 + _number("handle_cv", handle_cv, zero=True) ** 2
    return load * handle * variability / 2 / (1 - load)


def mgc_approximation(
    arrivals_per_hour: float, handle_minutes: float, agents: int, handle_cv: float, arrivals_cv: float = 1
) -> float:
    """Mean wait in minutes with any handle times and several agents: an approximation (M/G/c, G/G/c).

    Parameters
    ----------
    arrivals_per_hour, handle_minutes : float
        Mean number of customers an hour and mean handle time, above 0.
    agents : int
        Number of agents, 1 or more.
    handle_cv, arrivals_cv : float
        Coefficients of variation of the handle time and of the time between arrivals (1: at random).

    Returns
    -------
    float
        Approximate mean wait of all customers, in minutes.

    Raises
    ------
    ValueError
        If a number is outside its range or the agents cannot carry the load.

    Notes
    -----
    Allen and Cunneen, in Allen, *Probability, Statistics and Queueing Theory* (1990): the Erlang C wait ×
    ``(arrivals_cv² + handle_cv²) / 2``. Exact for M/M/c and M/G/1; no exact formula is known for M/G/c.

    Examples
    --------
    >>> mgc_approximation(10, 3, agents=1, handle_cv=0) == mg1(10, 3, handle_cv=0)
    True
    """
    wait = erlang_c(arrivals_per_hour, handle_minutes, agents).mean_wait_minutes
    arrivals_cv = _number("arrivals_cv", arrivals_cv, zero=True)
    return wait * (arrivals_cv**2 + _number("handle_cv", handle_cv, zero=True) ** 2) / 2


def priority_waits(
    arrivals_per_hour: Sequence[float],
    handle_minutes: float | Sequence[float],
    agents: int = 1,
    handle_cv: float | Sequence[float] = 1,
) -> list[float]:
    """Mean wait of each customer group in minutes, when a free agent always takes the first group first.

    Nobody's service is interrupted; within a group the longest waiting goes first.

    Parameters
    ----------
    arrivals_per_hour : sequence of float
        Mean number of customers an hour, one value a group, first priority first.
    handle_minutes : float or sequence of float
        Mean handle time, for all or one value a group. With several agents it must be the same for all.
    agents : int, default 1
        Number of agents.
    handle_cv : float or sequence of float, default 1
        Coefficient of variation of the handle time. With several agents it must be 1 (exponential).

    Returns
    -------
    list of float
        Mean wait of each group, in minutes.

    Raises
    ------
    ValueError
        If a number is outside its range, the agents cannot carry the load, or no exact formula is known.

    Notes
    -----
    Cobham (1954). With ``W0`` the mean time until an agent is next free, found at arrival, and ``σ_k`` the
    occupancy due to groups 1 to k, ``W_k = W0 / ((1 - σ_{k-1}) (1 - σ_k))``.

    Examples
    --------
    One customer in five goes first. All would wait 3 minutes if they were treated alike.

    >>> [round(wait, 2) for wait in priority_waits([2, 8], handle_minutes=3)]
    [1.67, 3.33]
    """
    arrivals = _as_list(arrivals_per_hour)
    if not arrivals:
        raise ValueError(
            f"arrivals_per_hour is {arrivals_per_hour!r}; it must be a list with one number a group, first "
            "priority first. For a single group use erlang_c or mg1."
        )
    groups = len(arrivals)
    agents = _whole("agents", agents, 1)
    minutes = _one_a_group("handle_minutes", handle_minutes, groups)
    cvs = _one_a_group("handle_cv", handle_cv, groups, zero=True)
    demands = [_demand(each, handle) for each, handle in zip(arrivals, minutes, strict=True)]
    loads = [load for load, _, _ in demands]
    load, rate = sum(loads), sum(rate for _, rate, _ in demands)
    _refuse_overload(load, agents, rate, load / rate)
    if agents == 1:
        until_free = sum(load * handle * (1 + cv**2) / 2 for (load, _, handle), cv in zip(demands, cvs, strict=True))
    elif len(set(minutes)) == 1 and set(cvs) == {1.0}:
        until_free = erlang_c(60 * rate, minutes[0], agents).wait_probability * minutes[0] / agents
    else:
        raise ValueError(
            f"agents is {agents} with handle_minutes {handle_minutes!r} and handle_cv {handle_cv!r}; an "
            "exact formula is known only for one agent, or for one handle_minutes and handle_cv 1. "
            "Use one of these, or simulate."
        )
    occupied = [sum(loads[:k]) / agents for k in range(groups + 1)]
    return [until_free / (1 - occupied[k]) / (1 - occupied[k + 1]) for k in range(groups)]


def _steady_state(
    rate: float,
    handle: float,
    agents: int,
    within: float,
    lines: int | None,
    patience: float,
    impatient: float,
) -> SteadyState:
    """Measures of M/M/c/K+M, in minutes; the offered wait of the module docstring does the work."""
    load, service_rate = rate * handle, agents / handle
    places = None if lines is None else lines - agents

    def gone(minutes: Any) -> Any:
        """Share of customers whose patience has ended."""
        return impatient - (1 - impatient) * np.expm1(-minutes / patience)

    def queued(minutes: Any) -> Any:
        """Mean time in the queue when the offered wait is `minutes`: the integral of 1 - gone."""
        lasting = minutes if math.isinf(patience) else -patience * np.expm1(-minutes / patience)
        return (1 - impatient) * lasting

    def log_density(minutes: Any) -> Any:
        return _log_exp_sum(rate * queued(minutes), places) - service_rate * minutes

    def slope(minutes: float) -> float:
        fewer = None if places is None else places - 1
        z = rate * queued(minutes)
        growth = 0.0 if fewer == 0 else math.exp(_log_exp_sum(z, fewer) - _log_exp_sum(z, places))
        return rate * float(1 - gone(minutes)) * growth - service_rate

    # Logarithms of three unnormalised probabilities: an agent is free; all are busy and a line is free; no
    # line is free. The cap is for loads so low that the first is infinite.
    log_free = min(math.log(_not_all_busy(load, agents)), 1e300)
    log_busy = log_full = -math.inf
    wait_minutes, share = np.zeros(0), np.zeros(0)
    if places != 0:
        wait_minutes, widths = _wait_grid(log_density, slope, rate, service_rate, within)
        log_heights = log_density(wait_minutes)
        share = np.exp(log_heights - log_heights.max()) * widths
        log_busy = math.log(service_rate * share.sum()) + log_heights.max()
        share /= share.sum()
    if places is not None:
        leaving_rates = service_rate + np.arange(1, places + 1) / patience
        log_full = float(np.log(rate * (1 - impatient) / leaving_rates).sum())
    weights = np.exp(np.array([log_free, log_busy, log_full]) - max(log_free, log_busy, log_full))
    free, busy, full = weights / weights.sum()
    admitted = free + busy
    free, busy = free / admitted, busy / admitted

    in_time = wait_minutes <= within
    stays = 1 - gone(wait_minutes)
    served = free + busy * (share @ stays)
    served_in_time = free + busy * (share @ (stays * in_time))
    gone_in_time = busy * (share @ gone(np.minimum(wait_minutes, within)))
    still_waiting = busy * (share @ ~in_time) * (1 - gone(within))
    wait_of_waiting = share @ queued(wait_minutes) if places != 0 else math.nan
    mean_wait = busy * wait_of_waiting if places != 0 else 0.0
    return SteadyState(
        offered_load=load,
        occupancy=min(float(rate * admitted * served * handle / agents), 1.0),
        wait_probability=float(busy),
        mean_wait_minutes=float(mean_wait),
        asa_minutes=float(busy * (share @ (wait_minutes * stays)) / served),
        mean_wait_of_waiting_minutes=float(wait_of_waiting),
        mean_queue_length=float(rate * admitted * mean_wait),
        abandonment=float(busy * (share @ gone(wait_minutes))),
        blocking=float(full),
        service_level=float(served_in_time / (served_in_time + still_waiting)),
        service_level_offered=float(served_in_time),
        service_level_credited=float(served_in_time + gone_in_time),
        service_level_answered=float(served_in_time / served),
    )


def _not_all_busy(load: float, agents: int) -> float:
    """P(an agent is free) / P(all are busy) where nobody can wait: Erlang B is ``1 / (1 + this)``."""
    ratio = 0.0
    for number in range(1, agents + 1):
        ratio = number / load * (1 + ratio)
    return ratio


def _log_exp_sum(z: Any, terms: int | None) -> Any:
    """Logarithm of the first terms of the exponential series, ``sum(z**j / j! for j in range(terms))``."""
    if terms is None:
        return z
    share = np.asarray(gammaincc(terms, z))
    small = share < 1e-280
    result = z + np.log(np.where(small, 1.0, share))
    if small.any():  # then z is far above the number of terms: sum backwards from the last and largest
        large = np.asarray(z)[small]
        term = np.ones_like(large)
        total = np.ones_like(large)
        for back in range(1, terms):
            term *= (terms - back) / large
            total += term
            if term.max() < 1e-17:
                break
        result = np.array(result)
        result[small] = (terms - 1) * np.log(large) - gammaln(terms) + np.log(total)
    return result


def _wait_grid(
    log_density: Callable[[Any], Any],
    slope: Callable[[float], float],
    rate: float,
    service_rate: float,
    within: float,
) -> tuple[_Times, _Times]:
    """Points and weights of a Gauss-Legendre rule that fits the density of the offered wait.

    The logarithm of the density is concave; it never falls faster than `service_rate` nor rises faster than
    `rate`. The rule covers all times at which it is within `_NEGLIGIBLE` of its top, in panels that get finer
    towards 0 (where short patience acts) and towards the top, and that meet at the time limit `within`.
    """
    top = 0.0
    if slope(0.0) > 0:
        right = 1 / service_rate
        while slope(right) > 0:
            right *= 2
        for _ in range(50):
            middle = (top + right) / 2
            top, right = (middle, right) if slope(middle) > 0 else (top, middle)
    floor = log_density(top) - _NEGLIGIBLE
    right_reach, left_reach = _NEGLIGIBLE / service_rate, _NEGLIGIBLE / rate
    while log_density(top + right_reach) > floor:
        right_reach *= 2
    while left_reach < top and log_density(top - left_reach) > floor:
        left_reach *= 2
    start, end = max(top - left_reach, 0.0), top + right_reach
    halves = 0.5 ** np.arange(52)
    edges = np.concatenate(
        [
            np.linspace(start, end, 33),
            top + right_reach * halves,
            top - (top - start) * halves,
            end * halves,
            [within],
        ]
    )
    edges = np.unique(np.clip(edges, start, end))
    centre, half_width = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    points = centre[:, None] + half_width[:, None] * _NODES
    return points.ravel(), (half_width[:, None] * _WEIGHTS).ravel()


def _demand(arrivals_per_hour: object, handle_minutes: object) -> tuple[float, float, float]:
    """Offered load in agents, arrivals a minute and handle minutes, checked."""
    arrivals = _number("arrivals_per_hour", arrivals_per_hour)
    handle = _number("handle_minutes", handle_minutes)
    load = arrivals * handle / 60
    if not 1e-100 < load < 1e100:
        raise ValueError(
            f"arrivals_per_hour is {arrivals!r} and handle_minutes is {handle!r}; their product must be a number that "
            "can be computed with. Check the units."
        )
    return load, arrivals / 60, handle


def _fewest_agents(load: float) -> int:
    """Fewest agents with which the queue does not grow for ever."""
    # A load that differs from a whole number by rounding alone is meant to be that number.
    return math.floor(load * (1 + 1e-12)) + 1


def _refuse_overload(load: float, agents: int, rate: float, handle: float) -> None:
    fewest = _fewest_agents(load)
    if agents < fewest:
        raise ValueError(
            f"agents is {agents}, but the offered load is {load:.6g} ({60 * rate:g} customers an hour × {handle:g} "
            f"minutes / 60), so the queue would grow for ever. Give at least {fewest} agents, or limit the lines with "
            "erlang_c, or use erlang_a if customers hang up."
        )


def _number(name: str, value: object, zero: bool = False, below: float = math.inf, hint: str = "") -> float:
    number = _as_float(value)
    if (number > 0 or (zero and number == 0)) and number < below:
        return number
    lowest = "0 or more" if zero else "above 0"
    highest = "finite" if math.isinf(below) else f"below {below:g}"
    raise ValueError(f"{name} is {value!r}; it must be one number, {lowest} and {highest}. {hint}".rstrip())


def _whole(name: str, value: object, lowest: int, hint: str = "") -> int:
    number = _as_float(value)
    if lowest <= number <= _MOST:
        if number.is_integer():
            return int(number)
        hint = f"Use {math.floor(number)} or {math.ceil(number)}."
    allowed = f"a whole number from {lowest:,} to {_MOST:,}"
    raise ValueError(f"{name} is {value!r}; it must be {allowed}. {hint}".rstrip())


def _one_a_group(name: str, value: object, groups: int, zero: bool = False) -> list[float]:
    values = _as_list(value)
    if values is None:
        return [_number(name, value, zero=zero)] * groups
    if len(values) != groups:
        raise ValueError(f"{name} has {len(values)} values for {groups} groups; it must be one number, or one a group.")
    return [_number(name, each, zero=zero) for each in values]


def _as_float(value: object) -> float:
    """The value as a float; NaN, which passes no check, if it is not one real number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _as_list(value: object) -> list[object] | None:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else None
