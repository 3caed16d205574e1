"""Two keys: the absence of a hold is not permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import Phase, case
from holdfast_gate.model import Decision, Exit

if TYPE_CHECKING:
    from holdfast_gate.conformance.play import Play

KEYS = "law 6: two keys"


@case(
    "order-of-another-day", Phase.CALM, rule="An order is good on its own day alone: neither yesterday's nor tomorrow's lets anybody go.", source=KEYS
)
async def order_of_another_day(play: Play) -> None:
    """Orders for the day before and the day after, together and then with today's."""
    who = play.number()
    others = [play.order(days=-1, subject="yesterday"), play.order(days=1, subject="tomorrow")]
    await play.say(who, orders=others)
    await play.expect(who, Exit.COURT, Decision.ALLOW)
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER")
    await play.say(who, orders=[*others, play.order()])
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case("order-of-another-exit", Phase.CALM, rule="An order is for one exit: an order for temporary release lets nobody go for good.", source=KEYS)
async def order_of_another_exit(play: Play) -> None:
    """Each order opens its own exit only."""
    who = play.number()
    await play.say(who, orders=[play.order(Exit.TEMPORARY_RELEASE)])
    await play.expect(who, Exit.TEMPORARY_RELEASE, Decision.ALLOW)
    for exit_ in (Exit.RELEASE, Exit.IMMIGRATION_TRANSFER, Exit.REMOVAL, Exit.EXTRADITION):
        await play.expect_now(who, exit_, Decision.REFER, "NO_RELEASE_ORDER")


@case("order-spent", Phase.CALM, rule="Any departure spends an order: when the hub no longer lists it, it is gone.", source=KEYS)
async def order_spent(play: Play) -> None:
    """An order that was there."""
    who = play.number()
    await play.say(who, orders=[play.order()])
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    await play.say(who)
    await play.expect(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER")


@case("order-not-borne-out", Phase.CALM, rule="An order without the facts that its reason presupposes is a question for people.", source=KEYS)
async def order_not_borne_out(play: Play) -> None:
    """The notice says what is missing."""
    who = play.number()
    await play.say(who, orders=[play.order(missing=["No court has granted bail in case 12."])])
    await play.expect(who, Exit.RELEASE, Decision.REFER, "ORDER_NOT_BORNE_OUT")
    await play.say(who, orders=[play.order()])
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


CASES = (order_of_another_day, order_of_another_exit, order_spent, order_not_borne_out)
