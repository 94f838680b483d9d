"""Compiled twins of the adding up of agents' time, each in one pass: equal bit for bit.

`sim.measures.agents` and `sim.ledger` say what is added up, and do it without Numba. Minutes are added up spell by
spell, by agent and time, as `numpy.bincount` takes them.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numba import config, njit

from sim import quick
from sim.kernel.columns import (
    FLAGS,
    NEW,
    NEW_TABLE,
    NEW_WHOLES,
    NUMBER,
    NUMBERS,
    RUN,
    TABLE_OF_NUMBERS,
    WHOLE,
    Columns,
    columns,
    named,
    need_columns,
    need_order,
    nth,
    several,
)
from sim.kernel.compiled import PASS
from sim.measures.agents import SUMS

__all__ = ["between", "columns", "duty", "shifts", "talks", "unions"]

need_columns(0x5167D862)


class Minutes(NamedTuple):
    """The sums of agents' time, in their order."""

    busy: int
    worked: int
    staffed: int
    paid: int
    chat_minutes: int
    chat_staffed: int
    window: int


_OF = Minutes(*range(len(Minutes._fields)))
need_order(Minutes, SUMS)


@njit(forceinline=True, **PASS)
def _inside(begins: float, ends: float, start: float, end: float) -> float:
    """Minutes of a spell that lie in the window."""
    return min(max(ends, start), end) - min(max(begins, start), end)


@njit(several((NEW_TABLE, NEW, NEW))(RUN, FLAGS, NUMBERS, *[NUMBER] * 4), **PASS)
def talks(
    run: Columns, at_once: np.ndarray, part: np.ndarray, start: float, end: float, horizon: float, apart: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Agents' minutes by team, shape (SUMS, teams): those of conversations; the part of tasks comes last.

    And when the conversations of teams that may have several at once begin and end, agents `apart` from each other;
    the minutes in which these have anything in hand are left to `shifts`.
    """
    log, work, staff, _ = named(run)
    minutes, some, room = np.zeros((len(_OF), len(at_once))), nth(0), len(log.row) if at_once.any() else 1
    begun, over = np.empty(room), np.empty(room)
    overlapping = np.zeros(len(at_once))
    for at in range(len(log.row)):
        begins, ends = log.answered[at], log.ended[at]
        if np.isnan(begins):
            continue
        if np.isnan(ends):
            ends = horizon
        who = log.agent[at]
        team = staff.agent_team[who]
        took = _inside(begins, ends, start, end)
        minutes[_OF.worked, team] += took
        if at_once[team]:
            begun[some], over[some] = who * apart + begins, who * apart + ends
            overlapping[team] += took
            minutes[_OF.chat_minutes, team] += took * part[min(work.channel[log.row[at]], nth(len(part) - 1))]
            some += nth(1)
    for team in range(len(at_once)):
        minutes[_OF.busy, team] = minutes[_OF.worked, team] - overlapping[team]
    return minutes, begun[:some].copy(), over[:some].copy()


@njit(NEW_TABLE(RUN, WHOLE, NUMBER, NUMBER), **PASS)
def duty(run: Columns, teams: int, start: float, end: float) -> np.ndarray:
    """Twin of `sim.measures.agents.on_duty`: whoever is on duty, and is paid, stands there by agent and time."""
    log, _, staff, _ = named(run)
    minutes, here, away = np.zeros((2, teams)), nth(0), nth(0)
    for spell in range(len(log.duty_agent)):
        team = staff.agent_team[log.duty_agent[spell]]
        minutes[0, team] += _inside(log.duty_start[spell], log.duty_end[spell], start, end)
    if len(staff.absent_agent) == 0:
        minutes[1] = minutes[0]
        return minutes
    last, begins, until = nth(0), 0.0, -1.0
    while here < len(log.duty_agent) or away < len(staff.absent_agent):
        is_away = here == len(log.duty_agent)
        if not is_away and away < len(staff.absent_agent):
            one, other = log.duty_agent[here], staff.absent_agent[away]
            is_away = other < one or (other == one and staff.absent_start[away] < log.duty_start[here])
        if is_away:
            who, came, went = staff.absent_agent[away], staff.absent_start[away], staff.absent_end[away]
            away += nth(1)
        else:
            who, came, went = log.duty_agent[here], log.duty_start[here], log.duty_end[here]
            here += nth(1)
        if who != last or came > until:
            if until >= 0:
                minutes[1, staff.agent_team[last]] += _inside(begins, until, start, end)
            last, begins, until = nth(who), came, went
        else:
            until = max(until, went)
    if until >= 0:
        minutes[1, staff.agent_team[last]] += _inside(begins, until, start, end)
    return minutes


@njit(several((NEW_WHOLES, NEW, NEW))(NUMBERS, NUMBERS, NUMBER), **PASS)
def unions(start: np.ndarray, end: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twin of what `sim.measures.agents.merged` does with times in order."""
    agent, begun, over = np.empty(len(start), np.int64), np.empty(len(start)), np.empty(len(start))
    some, begins = 0, 0.0
    for at in range(len(start)):
        if at == 0 or start[at] > end[at - 1]:
            begins = start[at]
        if at == len(start) - 1 or start[at + 1] > end[at]:
            who = np.int64(begins * (1 / apart))
            agent[some], begun[some], over[some] = who, begins - who * apart, end[at] - who * apart
            some += 1
    return agent[:some].copy(), begun[:some].copy(), over[:some].copy()


@njit(NEW_TABLE(RUN, NEW_TABLE, NUMBERS, NUMBERS, TABLE_OF_NUMBERS, FLAGS, *[NUMBER] * 3), **PASS)
def shifts(
    run: Columns,
    minutes: np.ndarray,
    begun: np.ndarray,
    over: np.ndarray,
    on_duty: np.ndarray,
    at_once: np.ndarray,
    start: float,
    end: float,
    apart: float,
) -> np.ndarray:
    """What `talks` has left open, from the times that it found, each in order."""
    _, _, staff, _ = named(run)
    in_hand, merged = np.zeros(len(at_once)), unions(begun, over, apart)
    for spell in range(len(merged[0])):
        team = staff.agent_team[nth(merged[0][spell])]
        in_hand[team] += _inside(merged[1][spell], merged[2][spell], start, end)
    for team in range(len(at_once)):
        minutes[_OF.busy, team] += in_hand[team]
        minutes[_OF.staffed, team], minutes[_OF.paid, team] = on_duty[0, team], on_duty[1, team]
        minutes[_OF.chat_staffed, team] = on_duty[0, team] if at_once[team] else 0.0
    return minutes


@njit(NEW(NUMBERS, NUMBERS, NUMBERS), **PASS)
def between(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Twin of what `sim.ledger.minutes_between` does with times in order."""
    found, before = np.empty(max(len(edges) - 1, 0)), 0.0
    begun, over, sum_begun, sum_over = nth(0), nth(0), 0.0, 0.0
    for at in range(len(edges)):
        edge = edges[at]
        while begun < len(start) and start[begun] < edge:
            sum_begun += start[begun]
            begun += nth(1)
        while over < len(end) and end[over] < edge:
            sum_over += end[over]
            over += nth(1)
        since = (begun * edge - sum_begun) - (over * edge - sum_over)
        if at > 0:
            found[nth(at - 1)] = since - before
        before = since
    return found


# As plain Python they would be far slower than NumPy.
if not vars(config)["DISABLE_JIT"]:
    quick.use("spells", sys.modules[__name__])
