"""Which rows a workload has: everything that could happen to its cases under any staffing.

Whether a customer could try again depends on few numbers: whether the attempt could fail, and whether they would come
back. Only these are drawn here, attempt by attempt, for the customers of all types and days together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import quick
from sim.arrivals import Arrivals
from sim.chances import Chances
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
    """Attempts by number, then case, with what was drawn to see whether others follow.

    `before` holds the row of the attempt before each second or further one.
    """

    solve_draw: np.ndarray
    return_draw: np.ndarray
    bot_result: np.ndarray
    before: np.ndarray


def attempts(chances: Chances, cases: Arrivals, channel: np.ndarray) -> Attempts:
    """First attempts, through these channels, and all that may follow them."""
    most = chances.scenario.coming_back.max_attempts if any(chances.odds_of_return) else 1
    case, address = np.arange(len(cases.address)), turn(cases.address, 1)
    profile = chances.of_contact(cases.case_type, channel)
    found, goes_on = [], []
    for number in range(1, most + 1):
        bot_result = bot_results(chances, profile, address, again=number > 1)
        solve_draw, return_draw, again = _tries(chances, profile, address, bot_result)
        found.append((case, profile, address, solve_draw, return_draw, bot_result))
        if number == most or len(again) == 0:
            break
        goes_on.append(again)
        # The same customers, one turn on.
        case, address = case[again], turn(address[again], 1)
        profile = _as_what_they_return(chances, profile[again], address)
    sizes = [len(cases.address), *(len(again) for again in goes_on)]
    starts = np.cumsum([0, *sizes]).tolist()
    joined = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    case, profile, address, solve_draw, return_draw, bot_result = joined
    number_of = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    # Those that follow are in the order of those whom they follow.
    before = np.concatenate([_NOBODY, *(again + start for again, start in zip(goes_on, starts, strict=False))])
    return Attempts(case, number_of, profile, address, solve_draw, return_draw, bot_result, before)


def _tries(
    chances: Chances, profile: np.ndarray, address: np.ndarray, bot_result: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What decides whether each attempt solves the case and whether the customer comes back, and who could."""
    passes = quick.passes()
    if passes is None:
        solve_draw, return_draw = uniforms("outcomes", address), uniforms("coming back", address)
        odds = _odds_of_return(chances, profile, address, solve_draw, bot_result)
        return solve_draw, return_draw, np.flatnonzero(return_draw < odds)
    ends = (SERVED, ABANDONED, CONTAINED, LEFT_BOT)
    return passes.attempts(
        address,
        profile,
        bot_result,
        (key_of("outcomes"), key_of("coming back"), key_of("patience")),
        chances.returns_anyway,
        chances.surely_solved,
        chances.hangs_up,
        np.array([chances.odds_of_return[end] for end in ends]),
        chances.patience_decides,
        (SEEMS_TO_CONTAIN, LOSES),
    )


def _odds_of_return(
    chances: Chances, profile: np.ndarray, address: np.ndarray, solve_draw: np.ndarray, bot_result: np.ndarray
) -> np.ndarray:
    """The highest odds of coming back after any of the bad ends that each attempt could have."""
    after = chances.odds_of_return
    odds = np.maximum(chances.returns_anyway[profile], (solve_draw >= chances.surely_solved[profile]) * after[SERVED])
    if chances.patience_decides:
        hangs_up = uniforms("patience", address) < chances.hangs_up[profile]
        np.maximum(odds, hangs_up * after[ABANDONED], out=odds)
    for outcome, result in ((CONTAINED, SEEMS_TO_CONTAIN), (LEFT_BOT, LOSES)):
        if chances.scenario.bot is not None and after[outcome] > 0:
            np.maximum(odds, (bot_result == result) * after[outcome], out=odds)
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


def bot_results(chances: Chances, profile: np.ndarray, address: np.ndarray, *, again: bool) -> np.ndarray:
    """What the bot makes of each contact, should it be there; `again` for who has met it before."""
    bot = chances.scenario.bot
    results = np.full(len(profile), NONE, dtype=np.int8)
    if bot is None or (again and not bot.meets_again):
        return results
    met = np.flatnonzero(chances.in_front[profile])
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
    if not chances.enquiries_per_day.any():
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
    if not chances.steps.any():
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
