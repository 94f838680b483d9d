"""Which rows a workload has: everything that could happen to its cases under any staffing.

Whether a customer could try again depends on few numbers: whether the attempt could fail, and whether they would come
back. Only these are drawn here, attempt by attempt, for the customers of all types and days together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim import quick
from sim.arrivals import Arrivals
from sim.chances import Chances
from sim.constant import constant, counting
from sim.luck import choose, happens, key_of, turn, uniforms
from sim.workload import (
    ABANDONED,
    CONTAINED,
    CONTAINS,
    ENQUIRY,
    FOLLOW_UP_CALL,
    HANDS_OVER,
    HANDS_OVER_WITH_CONTEXT,
    LEFT_BOT,
    LOSES,
    MOST_ENQUIRIES,
    NONE,
    PLACE,
    SEEMS_TO_CONTAIN,
    SERVED,
    STEP,
)


@dataclass(frozen=True)
class Rows:
    """Rows of one kind: the case, the number within the case, the profile and the address of each."""

    case: np.ndarray
    number: np.ndarray
    profile: np.ndarray
    address: np.ndarray


_NOBODY = np.zeros(0, dtype=np.intp)
NO_ROWS = Rows(_NOBODY, _NOBODY, _NOBODY, _NOBODY.astype(np.uint64))


@dataclass(frozen=True)
class Attempts(Rows):
    """Attempts by number, then case.

    For each second or further one, `before` holds the row of the attempt before it, and `return_draw` what was drawn
    there to see whether the customer comes back.
    """

    before: np.ndarray
    return_draw: np.ndarray


def attempts(chances: Chances, cases: Arrivals, channel: np.ndarray) -> Attempts:
    """First attempts, through these channels, and all that may follow them."""
    address, profile = turn(cases.address, 1), chances.of_contact(cases.case_type, channel)
    most, passes = chances.scenario.coming_back.max_attempts, quick.twins("passes")
    if most == 1 or not chances.has_returns:
        many = len(address)
        case, number = counting(PLACE, many), constant(1, np.int16, many)
        return Attempts(case, number, profile, address, _NOBODY, _NOBODY.astype(float))
    if passes is None:
        return _attempts(chances, profile, address, most)
    tables = (chances.back, chances.as_what, chances.front)
    return Attempts(*passes.attempts(address, profile, most, *tables, _keys(*_DECIDING, *_BOT)))


# What is drawn to see who may come back, and as what.
_DECIDING = ("coming back", "outcomes", "patience", "anger", "channel switches")
_BOT = ("bot meets", "bot solvable", "bot answers", "bot context", "bot leaves")


@lru_cache(maxsize=4)
def _keys(*streams: str) -> np.ndarray:
    return np.array([key_of(stream) for stream in streams])


def _attempts(chances: Chances, profile: np.ndarray, address: np.ndarray, most: int) -> Attempts:
    """Attempts by number, from the profiles and addresses of the first ones."""
    case, return_draw = np.arange(len(address), dtype=PLACE), uniforms("coming back", address)
    found, goes_on = [(case, profile, address)], []
    for number in range(1, most):
        again = np.flatnonzero(return_draw < _odds_of_return(chances, profile, address, again=number > 1))
        if len(again) == 0:
            break
        goes_on.append((again, return_draw[again]))
        # The same customers, one turn on.
        case, address = case[again], turn(address[again], 1)
        profile, return_draw = _as_what_they_return(chances, profile[again], address), uniforms("coming back", address)
        found.append((case, profile, address))
    sizes = [len(case) for case, _, _ in found]
    starts = np.cumsum([0, *sizes]).tolist()
    case, profile, address = map(np.concatenate, zip(*found, strict=True))
    number_of = np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int16), sizes)
    # Those that follow are in the order of those whom they follow.
    before = [_NOBODY, *(again + start for (again, _), start in zip(goes_on, starts, strict=False))]
    drawn = np.concatenate([_NOBODY.astype(float), *(draw for _, draw in goes_on)])
    return Attempts(case, number_of, profile, address, np.concatenate(before), drawn)


def _odds_of_return(chances: Chances, profile: np.ndarray, address: np.ndarray, *, again: bool) -> np.ndarray:
    """The highest odds of coming back after any of the bad ends that each attempt could have."""
    after = chances.odds_of_return
    fails = uniforms("outcomes", address) >= chances.surely_solved[profile]
    odds = np.maximum(chances.returns_anyway[profile], fails * after[SERVED])
    if chances.patience_decides:
        hangs_up = uniforms("patience", address) < chances.hangs_up[profile]
        np.maximum(odds, hangs_up * after[ABANDONED], out=odds)
    if chances.scenario.bot is not None and max(after[CONTAINED], after[LEFT_BOT]) > 0:
        results = bot_results(chances, profile, address, np.full(len(profile), again))
        for outcome, result in ((CONTAINED, SEEMS_TO_CONTAIN), (LEFT_BOT, LOSES)):
            np.maximum(odds, (results == result) * after[outcome], out=odds)
    return odds


def _as_what_they_return(chances: Chances, profile: np.ndarray, address: np.ndarray) -> np.ndarray:
    """Profiles of those who come back: as another type perhaps, through another channel perhaps."""
    angrier = chances.scenario.coming_back.angrier
    if angrier is not None:
        angry = uniforms("anger", address) < angrier.odds
        profile = np.where(angry, chances.angrier[profile], profile)
    if len(chances.switch_edges):
        option = choose("channel switches", address, chances.switch_edges, profile)
        profile = chances.switched[option, profile]
    return profile


def bot_results(chances: Chances, profile: np.ndarray, address: np.ndarray, again: np.ndarray) -> np.ndarray:
    """What the bot makes of each contact, should it be there; `again` for who has met it before."""
    bot, passes = chances.scenario.bot, quick.twins("passes")
    if bot is None:
        return constant(NONE, np.int8, len(profile))
    if passes is not None:
        return passes.bot_results(chances.front, profile, address, again, _keys(*_BOT))
    results = np.full(len(profile), NONE, dtype=np.int8)
    met = np.flatnonzero(chances.in_front[profile] & (bot.meets_again | ~again))
    if bot.meets_share < 1:
        met = met[uniforms("bot meets", address[met]) < bot.meets_share]
    profile, address = profile[met], address[met]
    right = happens("bot solvable", address, chances.bot_right, profile)
    found = np.where(right, np.int8(CONTAINS), np.int8(SEEMS_TO_CONTAIN))
    passed_on = np.flatnonzero(uniforms("bot answers", address) >= chances.bot_answers[right.astype(np.intp), profile])
    address = address[passed_on]
    context = uniforms("bot context", address) < bot.context_share
    result = np.where(context, np.int8(HANDS_OVER_WITH_CONTEXT), np.int8(HANDS_OVER))
    result[uniforms("bot leaves", address) < bot.leaves_share] = LOSES
    found[passed_on] = result
    results[met] = found
    return results


def enquiries(chances: Chances, cases: Arrivals) -> Rows:
    """Questions how the case is going, from customers who are not kept informed; by case, then number."""
    if not chances.has_enquiries:
        return NO_ROWS
    asks = np.flatnonzero((chances.enquiries_per_day > 0)[cases.case_type])
    asks = asks[~happens("kept informed", cases.address[asks], chances.kept_informed, cases.case_type[asks])]
    case = np.repeat(asks, MOST_ENQUIRIES)
    number = np.tile(np.arange(1, MOST_ENQUIRIES + 1), len(asks))
    case_type, address = cases.case_type[case], turn(cases.address[case], number, ENQUIRY)
    channel = choose("channels", address, chances.enquiry_edges, case_type)
    return Rows(case, number, chances.of_contact(case_type, channel), address)


def steps(chances: Chances, cases: Arrivals) -> Rows:
    """Steps of the back office that are needed; by case, then place in the list of the case type."""
    if not chances.has_steps:
        return NO_ROWS
    case = np.flatnonzero((chances.steps > 0)[cases.case_type])
    case_type, address = cases.case_type[case], cases.address[case]
    number = np.arange(1, chances.step_odds.shape[1] + 1)
    each = turn(address[:, None], number, STEP)
    needed = uniforms("step needed", each) < chances.step_odds[case_type]
    if chances.step_skipped.any():
        instant = happens("instant refund", address, chances.instant_refund, case_type)
        needed &= ~(instant[:, None] & chances.step_skipped[case_type])
    row, place = np.nonzero(needed)
    return Rows(case[row], number[place], chances.step_profile[case_type[row], place], each[row, place])


def follow_ups(chances: Chances, cases: Arrivals, first: Attempts) -> tuple[Rows, np.ndarray]:
    """Calls that follow conversations up, by case, then attempt; and the attempts that they follow."""
    call = chances.scenario.follow_up
    if call is None:
        return NO_ROWS, _NOBODY
    followed = np.flatnonzero(uniforms("follow-up", first.address) < call.share)
    followed = followed[np.argsort(first.case[followed], kind="stable")]
    case, number = first.case[followed], first.number[followed]
    profile = chances.first_follow_up + cases.case_type[case].astype(np.intp)
    return Rows(case, number, profile, turn(cases.address[case], number, FOLLOW_UP_CALL)), followed
