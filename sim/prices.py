"""What things cost, and what an order and a customer are worth.

Wages stand with the teams, because each team has its own; all other prices stand here. `PRICES` says of every one of
them, those of the teams and segments too, in which unit it is, how far it may reasonably move, and where it comes
from. `docs/money.md` shows the same table for people.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import Discriminator, Field, Tag

from sim.base import Frozen, NonNegative, Positive, Share
from sim.customers import ShareByName


def _one_price_or_several(value: Any) -> str:
    return "<by_name>" if isinstance(value, dict) else "<as_one>"


PriceByName = Annotated[
    Annotated[NonNegative, Tag("<as_one>")] | Annotated[dict[str, NonNegative], Tag("<by_name>")],
    Discriminator(_one_price_or_several),
]


class Money(Frozen):
    """Prices of the service, and the worth of what it keeps or loses.

    Prices by name hold 0 for names that are left out; shares by name hold 1 where the shop pays and 0 for sales.
    """

    currency: str = Field(default="EUR", min_length=1, description="name the currency, such as EUR")
    per_bot_session: NonNegative = 0.1
    per_contact: PriceByName = 0.15
    per_self_service: NonNegative = 0.1
    per_parcel: NonNegative = 4.5
    parcel_paid_share: ShareByName = 1.0
    per_step: dict[str, NonNegative] = Field(default={})
    step_paid_share: ShareByName = 1.0
    fixed_per_day: dict[str, NonNegative] = Field(default={})
    compensation_in_advance: dict[str, NonNegative] = Field(default={})
    compensation_when_solved: dict[str, NonNegative] = Field(default={})
    compensation_for_late_refund: NonNegative = 0.0
    refund_due_days: Positive = 14.0
    refund_value: NonNegative = 45.0
    abuse_share: Share = 0.03
    margin_per_order: NonNegative = 12.0
    sale_share: ShareByName = 0.0


class Price(NamedTuple):
    """What the table of prices says of one of them."""

    unit: str
    low: float
    high: float
    source: str
    meaning: str


_ASSUMED = "assumed"

# In the order of the scenario. Keys of `Money` come first, then those of other parts.
PRICES: dict[str, Price] = {
    "per_bot_session": Price("money a session", 0.0, 1.0, _ASSUMED, "each session with the bot, whatever comes of it"),
    "per_contact": Price(
        "money a contact", 0.0, 1.0, _ASSUMED, "telephony, licences: each contact that reaches its channel's queue"
    ),
    "per_self_service": Price(
        "money a use",
        0.0,
        0.5,
        "Gartner (2019): about 0.10 dollars; live contacts 8.01 with wages",
        "each try of portal or manual",
    ),
    "per_parcel": Price("money a parcel", 2.0, 15.0, _ASSUMED, "freight of a step with `freight`, when it begins"),
    "parcel_paid_share": Price(
        "share", 0.0, 1.0, _ASSUMED, "of the parcels of a case type that the shop pays and not the customer"
    ),
    "per_step": Price(
        "money a step", 0.0, 100.0, _ASSUMED, "parts, goods or goodwill that a step uses up, when it is done"
    ),
    "step_paid_share": Price("share", 0.0, 1.0, _ASSUMED, "of these that the shop pays: repairs under warranty, say"),
    "fixed_per_day": Price(
        "money a day", 0.0, 1000.0, _ASSUMED, "by a name of your choice: what costs the same whoever comes"
    ),
    "compensation_in_advance": Price(
        "money a case", 0.0, 50.0, _ASSUMED, "paid for each case of a type when it appears"
    ),
    "compensation_when_solved": Price(
        "money a case", 0.0, 50.0, _ASSUMED, "paid for each case of a type when it is solved"
    ),
    "compensation_for_late_refund": Price("money a refund", 0.0, 20.0, _ASSUMED, "paid with each refund that is late"),
    "refund_due_days": Price(
        "days", 3.0, 30.0, "EU Directive 2011/83, article 13: 14 days", "from the case's first sign; later is late"
    ),
    "refund_value": Price("money a refund", 10.0, 300.0, _ASSUMED, "goods that an abused instant refund loses"),
    "abuse_share": Price("share", 0.0, 0.15, _ASSUMED, "of the instant refunds whose goods never come back"),
    "margin_per_order": Price("money an order", 2.0, 60.0, _ASSUMED, "what an order leaves after goods and delivery"),
    "sale_share": Price("share", 0.0, 0.1, _ASSUMED, "of the contacts served in a channel that end with an order"),
    "segments.<name>.yearly_margin": Price(
        "money a year", 5.0, 500.0, _ASSUMED, "margin of a customer of the segment; left out: orders a year × margin"
    ),
    "teams.<name>.wage_per_hour": Price(
        "money an hour", 3.0, 60.0, _ASSUMED, "an agent's paid hour with all that comes on top of the wage"
    ),
    "teams.<name>.price_per_contact": Price(
        "money a contact", 0.0, 15.0, _ASSUMED, "of a team `paid_by: contact`, for each contact or task that it takes"
    ),
}


def by_name(given: float | dict[str, float], names: list[str], otherwise: float) -> list[float]:
    """A price or share for each name, from one for all or one by name."""
    return [given.get(name, otherwise) if isinstance(given, dict) else given for name in names]
