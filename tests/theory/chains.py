"""Queues as Markov chains, solved by brute force: an independent check of the formulas in `sim.theory`.

Nothing here knows a queueing formula. A chain is told by its moves ("from this state, at this rate, to that
state"); its long run is the solution of linear equations, and a customer's wait is followed with a matrix
exponential.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

State = Hashable
Moves = Callable[[State], Iterable[tuple[float, State]]]


def long_run(start: State, moves: Moves) -> dict[State, float]:
    """Long-run share of time in every state that can be reached from `start`."""
    number = {start: 0}
    frontier, entries = [start], []
    while frontier:
        state = frontier.pop()
        for rate, to in moves(state):
            if rate > 0:
                if to not in number:
                    number[to] = len(number)
                    frontier.append(to)
                entries += [(number[to], number[state], rate), (number[state], number[state], -rate)]
    rows, columns, rates = (np.array(part) for part in zip(*entries, strict=True))
    # The balance equations depend on each other: the first gives way to "the shares sum to 1".
    keep = rows != 0
    size = len(number)
    rows = np.concatenate([rows[keep], np.zeros(size, int)])
    columns = np.concatenate([columns[keep], np.arange(size)])
    rates = np.concatenate([rates[keep], np.ones(size)])
    balance = coo_array((rates, (rows, columns)), shape=(size, size)).tocsc()
    right = np.zeros(size)
    right[0] = 1
    return dict(zip(number, spsolve(balance, right), strict=True))


def one_queue(
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    lines: int,
    patience_minutes: float = np.inf,
    within_seconds: float = 20,
    no_patience_share: float = 0,
) -> dict[str, float]:
    """All measures of `sim.theory.SteadyState` for a queue with limited lines, by name."""
    arrivals, within = arrivals_per_hour / 60, within_seconds / 60
    lasting = 1 - no_patience_share

    def moves(present: int) -> Iterable[tuple[float, int]]:
        if present < lines:
            yield arrivals * (1 if present < agents else lasting), present + 1
        if present > 0:
            served = min(present, agents) / handle_minutes
            yield served + max(present - agents, 0) / patience_minutes, present - 1

    share = long_run(0, moves)
    blocking = share[lines]
    got_a_line = 1 - blocking
    busy = np.array([share[present] for present in range(agents, lines)])

    # One customer's wait: the state is the number ahead in the queue, until served or gone.
    places = lines - agents
    ahead = np.arange(places)
    leaving = agents / handle_minutes + ahead / patience_minutes
    waiting = np.diag(-leaving - 1 / patience_minutes) + np.diag(leaving[1:], -1)
    to_service = np.where(ahead == 0, leaving, 0)
    to_gone = np.full(places, 1 / patience_minutes)
    whole = np.zeros((places + 2, places + 2))
    whole[:places] = np.column_stack([waiting, to_service, to_gone])
    joins = busy * lasting / got_a_line
    by_then = np.append(joins, [0, 0]) @ expm(whole * within)
    served_in_time, gone_in_time = by_then[-2:]

    time_waiting = np.linalg.solve(-waiting.T, joins)
    served_later = time_waiting @ to_service
    wait_of_served = np.linalg.solve(-waiting.T, time_waiting) @ to_service
    at_once = sum(share[present] for present in range(agents)) / got_a_line
    left_at_once = no_patience_share * busy.sum() / got_a_line
    g, soon_gone = at_once + served_in_time, gone_in_time + left_at_once
    served = at_once + served_later
    return {
        "offered_load": arrivals * handle_minutes,
        "occupancy": sum(min(present, agents) * each for present, each in share.items()) / agents,
        "wait_probability": busy.sum() / got_a_line,
        "mean_wait_minutes": time_waiting.sum(),
        "asa_minutes": wait_of_served / served,
        "mean_wait_of_waiting_minutes": time_waiting.sum() / (busy.sum() / got_a_line),
        "mean_queue_length": sum(max(present - agents, 0) * each for present, each in share.items()),
        "abandonment": time_waiting @ to_gone + left_at_once,
        "blocking": blocking,
        "service_level": g / (1 - soon_gone),
        "service_level_offered": g,
        "service_level_credited": g + soon_gone,
        "service_level_answered": g / served,
    }


def large_queue(
    arrivals_per_hour: float, handle_minutes: float, agents: int, lines: int, patience_minutes: float
) -> dict[str, float]:
    """Some measures of a queue too large for linear equations, by walking up the chain in logarithms."""
    arrivals = arrivals_per_hour / 60
    present = np.arange(lines + 1)
    waiting = np.maximum(present - agents, 0)
    down = np.minimum(present, agents) / handle_minutes + waiting / patience_minutes
    height = np.concatenate([[0], np.cumsum(np.log(arrivals / down[1:]))])
    share = np.exp(height - height.max())
    share /= share.sum()
    got_a_line = 1 - share[-1]
    return {
        "occupancy": share @ np.minimum(present, agents) / agents,
        "wait_probability": share[agents:-1].sum() / got_a_line,
        "mean_queue_length": share @ waiting,
        "mean_wait_minutes": share @ waiting / (arrivals * got_a_line),
        "abandonment": share @ waiting / patience_minutes / (arrivals * got_a_line),
        "blocking": share[-1],
    }


def two_groups(arrivals_per_hour: list[float], handle_minutes: float, agents: int, most: int) -> list[float]:
    """Mean wait by group when a free agent takes the first group first; at most `most` of a group wait."""
    arrivals, served = np.array(arrivals_per_hour) / 60, 1 / handle_minutes

    def moves(state: tuple[int, int, int]) -> Iterable[tuple[float, tuple[int, int, int]]]:
        busy, first, second = state
        if busy < agents:
            yield arrivals.sum(), (busy + 1, 0, 0)
        else:
            if first < most:
                yield arrivals[0], (busy, first + 1, second)
            if second < most:
                yield arrivals[1], (busy, first, second + 1)
        if first > 0:
            yield busy * served, (busy, first - 1, second)
        elif second > 0:
            yield busy * served, (busy, first, second - 1)
        elif busy > 0:
            yield busy * served, (busy - 1, 0, 0)

    share = long_run((0, 0, 0), moves)
    return [sum(state[1 + k] * each for state, each in share.items()) / arrivals[k] for k in (0, 1)]


Stages = list[tuple[float, float, int | None]]


def one_agent(arrivals_per_hour: list[float], stages: list[Stages], most: int) -> list[float]:
    """Mean wait by group at one agent with handle times made of exponential stages.

    A group's stages are (probability to start here, mean minutes, next stage or None): ``[(1, 2, 1), (0, 2, None)]``
    are two stages of two minutes each, one after the other; ``[(.3, 8, None), (.7, 1, None)]`` a mixture.
    """
    arrivals = np.array(arrivals_per_hour) / 60
    groups = range(len(arrivals))

    def begin(group: int, queue: tuple[int, ...], rate: float) -> Iterable[tuple[float, State]]:
        return ((rate * starts, (group, stage, queue)) for stage, (starts, _, _) in enumerate(stages[group]))

    def changed(queue: tuple[int, ...], group: int, by: int) -> tuple[int, ...]:
        return tuple(waiting + by * (k == group) for k, waiting in enumerate(queue))

    def moves(state: State) -> Iterable[tuple[float, State]]:
        nobody = (0,) * len(arrivals)
        if state == "idle":
            return chain.from_iterable(begin(k, nobody, arrivals[k]) for k in groups)
        group, stage, queue = state
        steps = [(arrivals[k], (group, stage, changed(queue, k, 1))) for k in groups if queue[k] < most]
        _, minutes, following = stages[group][stage]
        if following is not None:
            steps.append((1 / minutes, (group, following, queue)))
        elif queue == nobody:
            steps.append((1 / minutes, "idle"))
        else:
            chosen = next(k for k in groups if queue[k] > 0)
            steps += begin(chosen, changed(queue, chosen, -1), 1 / minutes)
        return steps

    share = long_run("idle", moves)
    return [sum(state[2][k] * each for state, each in share.items() if state != "idle") / arrivals[k] for k in groups]


def mean_of(share: dict[State, float], amount: Callable[[State], float]) -> float:
    """Long-run mean of an amount that a state tells."""
    return sum(amount(state) * each for state, each in share.items())


def impatient_groups(
    arrivals_per_hour: list[float], handle_minutes: float, agents: int, patience_minutes: list[float], most: int
) -> list[tuple[float, float]]:
    """Abandonment and mean wait by group, for two groups of whom the first goes first; at most `most` of each wait."""
    arrivals, served = np.array(arrivals_per_hour) / 60, 1 / handle_minutes

    def moves(state: tuple[int, int, int]) -> Iterable[tuple[float, State]]:
        busy, first, second = state
        if busy < agents:
            yield arrivals.sum(), (busy + 1, 0, 0)
        else:
            if first < most:
                yield arrivals[0], (busy, first + 1, second)
            if second < most:
                yield arrivals[1], (busy, first, second + 1)
        if first > 0:
            yield first / patience_minutes[0], (busy, first - 1, second)
            yield busy * served, (busy, first - 1, second)
        elif second > 0:
            yield busy * served, (busy, first, second - 1)
        elif busy > 0:
            yield busy * served, (busy - 1, 0, 0)
        if second > 0:
            yield second / patience_minutes[1], (busy, first, second - 1)

    share = long_run((0, 0, 0), moves)
    waits = [mean_of(share, lambda state, k=k: state[1 + k]) / arrivals[k] for k in (0, 1)]
    return [(wait / patience, wait) for wait, patience in zip(waits, patience_minutes, strict=True)]


def n_design(
    arrivals_per_hour: tuple[float, float],
    handle_minutes: tuple[float, float],
    agents: tuple[int, int],
    patience_minutes: tuple[float, float],
    *,
    most: int,
    reserve: int = 0,
    helpers_choose: int = 1,
) -> dict[str, float]:
    """Specialists serve the first queue; helpers serve the second and, at their own pace, the first.

    Work of the first queue goes to a free specialist, else to a helper if more than `reserve` of them are free. A
    helper who has both to choose from takes queue `helpers_choose` (0 or 1). Handle times are by team.
    """
    arrivals = np.array(arrivals_per_hour) / 60
    specialists, helpers = agents

    def settled(state: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Nobody waits for an agent who may take them; from any state a single event away."""
        own, other, first, second = state
        while True:
            may_help = first > 0 and helpers - other > reserve
            if first > 0 and own < specialists:
                own, first = own + 1, first - 1
            elif second > 0 and other < helpers and not (helpers_choose == 0 and may_help):
                other, second = other + 1, second - 1
            elif may_help:
                other, first = other + 1, first - 1
            else:
                return own, other, first, second

    def moves(state: tuple[int, int, int, int]) -> Iterable[tuple[float, State]]:
        own, other, first, second = state
        if first < most:
            yield arrivals[0], settled((own, other, first + 1, second))
        if second < most:
            yield arrivals[1], settled((own, other, first, second + 1))
        if own > 0:
            yield own / handle_minutes[0], settled((own - 1, other, first, second))
        if other > 0:
            yield other / handle_minutes[1], settled((own, other - 1, first, second))
        if first > 0:
            yield first / patience_minutes[0], (own, other, first - 1, second)
        if second > 0:
            yield second / patience_minutes[1], (own, other, first, second - 1)

    share = long_run((0, 0, 0, 0), moves)
    own, other, first, second = (mean_of(share, lambda state, k=k: state[k]) for k in range(4))
    waits = np.array([first, second]) / arrivals
    return {
        "wait_first": waits[0],
        "wait_second": waits[1],
        "abandonment_first": waits[0] / patience_minutes[0],
        "abandonment_second": waits[1] / patience_minutes[1],
        "wait_probability_second": mean_of(share, lambda state: state[1] == helpers),
        "occupancy_specialists": own / specialists,
        "occupancy_helpers": other / helpers,
    }


def chats(
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    speed: list[float],
    patience_minutes: float,
    most: int,
) -> dict[str, float]:
    """Agents who hold several conversations; the one with the fewest takes the next; at most `most` wait."""
    arrivals, room = arrivals_per_hour / 60, len(speed)

    def changed(loads: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
        return tuple(sorted(load + by * (k == place) for k, load in enumerate(loads)))

    def moves(state: tuple[tuple[int, ...], int]) -> Iterable[tuple[float, State]]:
        loads, waiting = state
        if loads[0] < room:
            yield arrivals, (changed(loads, 0, 1), 0)
        elif waiting < most:
            yield arrivals, (loads, waiting + 1)
        for place, load in enumerate(loads):
            if load > 0:
                done = load * speed[load - 1] / handle_minutes
                yield done, (loads, waiting - 1) if waiting else (changed(loads, place, -1), 0)
        if waiting > 0:
            yield waiting / patience_minutes, (loads, waiting - 1)

    share = long_run(((0,) * agents, 0), moves)
    waiting = mean_of(share, lambda state: state[1])
    talks = mean_of(share, lambda state: sum(state[0]))
    busy = mean_of(share, lambda state: sum(load > 0 for load in state[0]))
    abandonment = waiting / patience_minutes / arrivals
    return {
        "wait_probability": mean_of(share, lambda state: state[0][0] == room),
        "mean_wait_minutes": waiting / arrivals,
        "abandonment": abandonment,
        "occupancy": busy / agents,
        "concurrency": talks / busy,
        "mean_handle_minutes": talks / (arrivals * (1 - abandonment)),
    }


def redials(
    arrivals_per_hour: float,
    handle_minutes: float,
    agents: int,
    patience_minutes: float,
    lines: int,
    *,
    odds: float,
    delay_minutes: float,
    most: int,
) -> dict[str, float]:
    """Who hangs up or finds all lines taken tries again with these odds; at most `most` are about to."""
    arrivals = arrivals_per_hour / 60

    def moves(state: tuple[int, int]) -> Iterable[tuple[float, State]]:
        present, away = state
        if present < lines:
            yield arrivals, (present + 1, away)
            if away > 0:
                yield away / delay_minutes, (present + 1, away - 1)
        else:
            if away < most:
                yield arrivals * odds, (present, away + 1)
            if away > 0:
                yield away / delay_minutes * (1 - odds), (present, away - 1)
        if present > 0:
            yield min(present, agents) / handle_minutes, (present - 1, away)
        if present > agents:
            hangs_up = (present - agents) / patience_minutes
            yield hangs_up * (1 - odds), (present - 1, away)
            yield hangs_up * odds, (present - 1, min(away + 1, most))

    share = long_run((0, 0), moves)
    calls = arrivals + mean_of(share, lambda state: state[1]) / delay_minutes
    blocked = mean_of(share, lambda state: (state[0] == lines) * (arrivals + state[1] / delay_minutes))
    waiting = mean_of(share, lambda state: max(state[0] - agents, 0))
    return {
        "contacts_per_case": calls / arrivals,
        "blocking": blocked / calls,
        "abandonment": waiting / patience_minutes / (calls - blocked),
        "mean_wait_minutes": waiting / (calls - blocked),
        "occupancy": mean_of(share, lambda state: min(state[0], agents)) / agents,
    }


def constant_handle_time(arrivals_per_hour: float, handle_minutes: float, agents: int, most: int) -> dict[str, float]:
    """M/D/c, after Crommelin (1932): whoever is in service now is gone one handle time later, and nobody else is.

    So the number present then is the number waiting now plus the arrivals between.
    """
    per_service = arrivals_per_hour / 60 * handle_minutes
    states = np.arange(most + 1)
    waiting = np.maximum(states - agents, 0)
    moves = poisson.pmf(states[:, None] - waiting, per_service)
    moves[-1] += 1 - moves.sum(axis=0)
    balance = np.vstack([moves - np.eye(most + 1), np.ones(most + 1)])
    share = np.linalg.lstsq(balance, np.append(np.zeros(most + 1), 1.0), rcond=None)[0]
    return {
        "wait_probability": share[agents:].sum(),
        "mean_wait_minutes": share @ waiting / (arrivals_per_hour / 60),
    }


def chances_later(
    moves: Moves, states: list[State], chances: NDArray[np.float64], minutes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chance of every state so many minutes later (Kolmogorov's forward equations), shape (times, states)."""
    number = {state: n for n, state in enumerate(states)}
    entries = [
        entry
        for state in states
        for rate, to in moves(state)
        for entry in ((number[to], number[state], rate), (number[state], number[state], -rate))
    ]
    rows, columns, rates = zip(*entries, strict=True)
    flow = coo_array((rates, (rows, columns)), shape=(len(states), len(states))).tocsr()
    solved = solve_ivp(
        lambda _, now: flow @ now, (0, minutes[-1]), chances, t_eval=minutes, method="DOP853", rtol=1e-9, atol=1e-12
    )
    assert solved.success
    return solved.y.T
