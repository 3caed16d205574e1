"""Quick to hold, slow to free: what binds at once, and what waits for its seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import Phase, case
from holdfast_gate.model import Decision, Exit, Ground
from holdfast_gate.testing.hub import ground

if TYPE_CHECKING:
    from holdfast_gate.conformance.play import Play

QUICK = "law 1: quick to hold, slow to free"


@case("raise-unsealed", Phase.BY_HAND, rule="A stricter notice binds the moment it is read, sealed or not.", source=QUICK)
async def raise_unsealed(play: Play) -> None:
    """Somebody who might leave, and a veto that no seal covers."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    await play.say(who, grounds=[ground(Ground.REMAND)], orders=play.orders())
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")


@case(
    "raise-uncommitted",
    Phase.BY_HAND,
    rule="A stricter notice binds before its transaction is committed: gates read uncommitted.",
    source=QUICK,
)
async def raise_uncommitted(play: Play) -> None:
    """A veto in a transaction that stays open until it is honoured."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    async with play.stage.say_uncommitted(who, grounds=[ground(Ground.REMAND)]) as appended:
        play.did(f"Holdfast says of {who}: REMAND bars release, in a transaction that stays open (offset {appended.offset})")
        await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")


@case("lift-unsealed", Phase.BY_HAND, rule="The end of a hold counts only when a valid seal covers it; until then the hold bars.", source=QUICK)
async def lift_unsealed(play: Play) -> None:
    """A veto that is sealed, its end that is not, and then is."""
    who = play.number()
    await play.say(who, grounds=[ground(Ground.REMAND)], orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.say(who, orders=play.orders())
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case("newcomer-unsealed", Phase.BY_HAND, rule="What lets somebody go who was never heard of before waits for its seal too.", source=QUICK)
async def newcomer_unsealed(play: Play) -> None:
    """The first notice of somebody."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "LIFT_NOT_SEALED")
    await play.expect_now(who, Exit.COURT, Decision.REFER, "LIFT_NOT_SEALED")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case("order-unsealed", Phase.BY_HAND, rule="Custody's order counts only when a valid seal covers it.", source=QUICK)
async def order_unsealed(play: Play) -> None:
    """Known and clear, and an order that is not sealed, and then is."""
    who = play.number()
    await play.say(who)
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER")
    await play.say(who, orders=play.orders())
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "LIFT_NOT_SEALED")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "order-withdrawn-unsealed",
    Phase.BY_HAND,
    rule="An order that is taken back is none from the moment that this is read, sealed or not.",
    source=QUICK,
)
async def order_withdrawn_unsealed(play: Play) -> None:
    """The newest notice has no order any more."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    await play.say(who)
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER", "LIFT_NOT_SEALED")


@case(
    "strictest-of-several",
    Phase.BY_HAND,
    rule="Of the sealed notice and every later one the strictest counts for each exit: a lift after an unsealed raise frees nobody.",
    source="the sealed feed: strictest wins",
)
async def strictest_of_several(play: Play) -> None:
    """Raised and lifted between two seals."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.say(who, grounds=[ground(Ground.REMAND)], orders=play.orders())
    await play.say(who, orders=play.orders())
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "one-of-two-grounds",
    Phase.CALM,
    rule="Each ground ends by itself: while one is in force the exits that it bars stay barred.",
    source="law 2: only its own authority ends a hold",
)
async def one_of_two_grounds(play: Play) -> None:
    """A remand that ends beside an immigration hold that does not."""
    who = play.number()
    await play.say(who, grounds=[ground(Ground.REMAND), ground(Ground.IMMIGRATION_DETENTION)], orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.say(who, grounds=[ground(Ground.IMMIGRATION_DETENTION)], orders=play.orders())
    await play.expect(who, Exit.REMOVAL, Decision.ALLOW)
    await play.expect(who, Exit.RELEASE, Decision.VETO, "IMMIGRATION_DETENTION")


CASES = (
    raise_unsealed,
    raise_uncommitted,
    lift_unsealed,
    newcomer_unsealed,
    order_unsealed,
    order_withdrawn_unsealed,
    strictest_of_several,
    one_of_two_grounds,
)
