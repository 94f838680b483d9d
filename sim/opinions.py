"""What customers make of the service, and what they do about it: the assumptions, each in one table.

A scenario's `Satisfaction` says how much each thing that a customer lived through counts, and its `Loyalty` what a
rating does to the next orders. Every number is an `Assumption` with a name, a default, a range and a source, or the
word "assumed". `sim.satisfaction` and `sim.loyalty` do the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from sim.base import Frozen, NonNegative, Number, Positive, Share


@dataclass(frozen=True)
class Assumption:
    """A number that the model needs and that nobody can read off a timetable.

    Attributes
    ----------
    name : str
        Its key in the scenario.
    default, low, high : float or tuple of float
        The value, and the range within which it is believed to lie.
    unit : str
        What one unit of it is.
    meaning : str
    source : str
        Where the value comes from; "assumed" where it is a judgement.
    """

    name: str
    default: float | tuple[float, ...]
    low: float | tuple[float, ...]
    high: float | tuple[float, ...]
    unit: str
    meaning: str
    source: str


_OLIST = "fitted to the Olist marketplace, Brazil, 2016-2018: bad reviews by lateness of delivery"

# What counts, in points of the satisfaction score; one point multiplies the odds of a better rating by e = 2.7.
WEIGHTS: tuple[Assumption, ...] = (
    Assumption(
        "live_wait",
        -0.35,
        -0.7,
        -0.1,
        "a point per ln(1 + wait / expected wait)",
        "waiting on the line, in a chat or at the service centre, all contacts of the case together",
        "assumed",
    ),
    Assumption(
        "deferred_wait",
        -0.4,
        -0.8,
        -0.1,
        "a point per ln(1 + time / expected time)",
        "time until e-mails are answered and callbacks made, all contacts of the case together",
        "assumed",
    ),
    Assumption("hang_ups", -0.6, -1.2, -0.2, "a point each", "contacts given up while waiting", "assumed"),
    Assumption(
        "refusals", -0.6, -1.2, -0.2, "a point each", "contacts blocked, or turned away by a closed channel", "assumed"
    ),
    Assumption("unsolved", -2.5, -3.5, -1.5, "a point", "the customer gave up without a solution", "assumed"),
    Assumption(
        "repeats",
        -0.5,
        -0.9,
        -0.2,
        "a point each",
        "contacts needed beyond the first, questions how it is going included",
        "assumed; that repeats weigh most: Dixon, Freeman and Toman (2010)",
    ),
    Assumption(
        "late_days",
        -1.3,
        -1.6,
        -0.8,
        "a point per ln(1 + days late)",
        "days to money back, repair or exchange beyond those expected",
        _OLIST,
    ),
    Assumption(
        "courtesy",
        1.0,
        0.4,
        1.8,
        "a point per unit of courtesy",
        "mean courtesy of the agents met: team, and how busy it was",
        "assumed",
    ),
    Assumption(
        "uninformed", -0.4, -0.8, 0.0, "a point", "the back office was at work and did not keep in touch", "assumed"
    ),
    Assumption(
        "recognised", 0.3, 0.0, 0.7, "a point", "served with priority, or by a team for their segment", "assumed"
    ),
    Assumption(
        "bot_failures",
        -0.7,
        -1.3,
        -0.2,
        "a point each",
        "sessions in which the bot seemed to solve the case and did not, or that the customer left",
        "assumed",
    ),
    Assumption("bot_again", -0.4, -0.8, 0.0, "a point each", "sessions with the bot after the first one", "assumed"),
    Assumption(
        "quick", 0.2, 0.0, 0.6, "a point", "solved by the portal or by the first session with the bot", "assumed"
    ),
    Assumption("followed_up", 0.3, 0.0, 0.7, "a point", "the company called to ask whether all is well", "assumed"),
    Assumption("angry", -0.8, -1.5, -0.2, "a point", "came as, or became, the type of those who are angry", "assumed"),
)

# What customers take for granted; waits and delays are measured against it.
EXPECTATIONS: tuple[Assumption, ...] = (
    Assumption("live_minutes", 1.0, 0.3, 3.0, "minutes", "wait expected on the phone or in a chat", "assumed"),
    Assumption("visit_minutes", 10.0, 5.0, 20.0, "minutes", "wait expected at the booked time of a visit", "assumed"),
    Assumption("deferred_hours", 24.0, 8.0, 48.0, "hours", "time expected until an e-mail is answered", "assumed"),
    Assumption("days", 7.0, 3.0, 14.0, "days", "time expected from asking to money back or goods repaired", "assumed"),
)

SURVEY: tuple[Assumption, ...] = (
    Assumption("share", 0.15, 0.05, 0.4, "share", "customers with a middling rating (3) who answer", "assumed"),
    Assumption(
        "odds_by_rating",
        (2.0, 1.3, 1.0, 1.1, 1.6),
        (1.0, 1.0, 1.0, 1.0, 1.0),
        (4.0, 2.0, 1.0, 1.3, 3.0),
        "factor on the odds of answering",
        "for ratings 1 to 5: the very unhappy and the very happy answer more",
        "size assumed; shape: Hu, Zhang and Pavlou (2009)",
    ),
)

LOYALTY: tuple[Assumption, ...] = (
    Assumption("orders_per_year", 4.0, 2.0, 12.0, "orders", "orders of one customer in a year", "assumed"),
    Assumption(
        "buys_again",
        (0.60, 0.75, 0.90, 0.96, 0.98),
        (0.40, 0.60, 0.80, 0.92, 0.96),
        (0.80, 0.88, 0.95, 0.98, 0.99),
        "share",
        "customers who remain customers after a case that they rate 1 to 5",
        "size assumed; that failed service makes customers switch: Keaveney (1995)",
    ),
    Assumption(
        "friends",
        (-0.10, -0.05, 0.0, 0.01, 0.03),
        (-0.30, -0.15, -0.02, 0.0, 0.0),
        (-0.02, 0.0, 0.01, 0.04, 0.10),
        "customers",
        "customers won or kept away by word of mouth, for each case rated 1 to 5",
        "size assumed; that bad news travels further: Anderson (1998)",
    ),
    Assumption("churn_per_year", 0.2, 0.1, 0.4, "share", "customers who stop buying for other reasons", "assumed"),
    Assumption(
        "new_per_week", 0.006, 0.0, 0.02, "share", "new customers a week, by advertising, of present ones", "assumed"
    ),
)

# Where the scale of ratings is cut, for a case in which everything was as expected: P(rating <= k) = 1 / (1 + e^-cut).
# Of Olist's 88,168 orders that came in time 9.2 % were rated 1 or 2, and the mean was 4.29: the second cut gives the
# one, all four together the other. How the rest is spread is assumed, as are the cuts of the other two scales.
RATING_CUTS = (-2.75, -2.29, -1.52, -0.5)
NPS_CUTS = (-3.5, -3.3, -3.05, -2.75, -2.5, -2.1, -1.75, -1.1, -0.2, 0.6)
CES_CUTS = (-3.5, -2.75, -2.2, -1.5, -0.7, 0.4)


def _default(table: tuple[Assumption, ...], name: str) -> float:
    found = next(one.default for one in table if one.name == name)
    assert isinstance(found, float)
    return found


def _several(table: tuple[Assumption, ...], name: str) -> tuple[float, ...]:
    found = next(one.default for one in table if one.name == name)
    assert isinstance(found, tuple)
    return found


def _rising(cuts: tuple[float, ...]) -> tuple[float, ...]:
    for lower, upper in pairwise(cuts):
        if not lower < upper:
            raise ValueError(f"holds {list(cuts)}; each cut must lie above the one before, and {upper:g} does not")
    return cuts


def _cuts(count: int, scale: str) -> object:
    what = f"give {count} rising numbers, between the {count + 1} answers of {scale}"
    return Field(min_length=count, max_length=count, description=what)


_Rising = AfterValidator(_rising)
_Five = Field(min_length=5, max_length=5, description="give five numbers, for ratings 1 to 5")


class Weights(Frozen):
    """Points that each thing lived through adds to the satisfaction score; `WEIGHTS` says what they mean."""

    live_wait: Number = _default(WEIGHTS, "live_wait")
    deferred_wait: Number = _default(WEIGHTS, "deferred_wait")
    hang_ups: Number = _default(WEIGHTS, "hang_ups")
    refusals: Number = _default(WEIGHTS, "refusals")
    unsolved: Number = _default(WEIGHTS, "unsolved")
    repeats: Number = _default(WEIGHTS, "repeats")
    late_days: Number = _default(WEIGHTS, "late_days")
    courtesy: Number = _default(WEIGHTS, "courtesy")
    uninformed: Number = _default(WEIGHTS, "uninformed")
    recognised: Number = _default(WEIGHTS, "recognised")
    bot_failures: Number = _default(WEIGHTS, "bot_failures")
    bot_again: Number = _default(WEIGHTS, "bot_again")
    quick: Number = _default(WEIGHTS, "quick")
    followed_up: Number = _default(WEIGHTS, "followed_up")
    angry: Number = _default(WEIGHTS, "angry")


class Expectations(Frozen):
    """What customers take for granted; a wait of just so long counts ln 2 = 0.7 times its weight."""

    live_minutes: Positive = _default(EXPECTATIONS, "live_minutes")
    visit_minutes: Positive = _default(EXPECTATIONS, "visit_minutes")
    deferred_hours: Positive = _default(EXPECTATIONS, "deferred_hours")
    channel_minutes: dict[str, Positive] = Field(default={})
    days: NonNegative = _default(EXPECTATIONS, "days")
    type_days: dict[str, NonNegative] = Field(default={})


class Survey(Frozen):
    """Who answers when asked: a share, with odds that differ by the rating they would give."""

    share: Annotated[Number, Field(ge=0, lt=1)] = _default(SURVEY, "share")
    odds_by_rating: Annotated[tuple[NonNegative, ...], _Five] = _several(SURVEY, "odds_by_rating")


class Satisfaction(Frozen):
    """How customers judge what they lived through: weights, expectations, the cuts of the scales, the survey."""

    weights: Weights = Weights()
    expects: Expectations = Expectations()
    rating_cuts: Annotated[tuple[Number, ...], _Rising, _cuts(4, "1 to 5")] = RATING_CUTS
    nps_cuts: Annotated[tuple[Number, ...], _Rising, _cuts(10, "0 to 10")] = NPS_CUTS
    ces_cuts: Annotated[tuple[Number, ...], _Rising, _cuts(6, "1 to 7")] = CES_CUTS
    survey: Survey = Survey()


class Loyalty(Frozen):
    """What ratings do to the next weeks' orders: who stays, whom they tell, and who comes anyway."""

    customers: Positive | None = None
    orders_per_year: Positive = _default(LOYALTY, "orders_per_year")
    buys_again: Annotated[tuple[Share, ...], _Five] = _several(LOYALTY, "buys_again")
    friends: Annotated[tuple[Number, ...], _Five] = _several(LOYALTY, "friends")
    churn_per_year: Annotated[Number, Field(ge=0, lt=1)] = _default(LOYALTY, "churn_per_year")
    new_per_week: NonNegative = _default(LOYALTY, "new_per_week")

    @model_validator(mode="after")
    def _better_is_better(self) -> Self:
        for name in ("buys_again", "friends"):
            given = getattr(self, name)
            if list(given) != sorted(given):
                raise ValueError(
                    f"{name}: holds {list(given)}; it may not fall from a rating to the next better one: "
                    "give the value for rating 1 first"
                )
        return self
