"""The decision table: who is known, who may leave, and who is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import CaseFailedError, Phase, case
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Decision, Exit, Ground
from holdfast_gate.testing.hub import bars_of, ground

if TYPE_CHECKING:
    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play

TABLE = "the decision table"


@case("no-seal-yet", Phase.UNSEALED, rule="Without a valid seal nobody leaves, and a ground bars all the same.", source=TABLE)
async def no_seal_yet(play: Play) -> None:
    """The first notices, and no seal at all."""
    ordered, held = play.number(), play.number()
    await play.say(ordered, orders=play.orders())
    await play.say(held, grounds=[ground(Ground.REMAND)])
    await play.expect_now(ordered, Exit.RELEASE, Decision.REFER, "SEAL_STALE", "FEED_NOT_BOOTSTRAPPED")
    await play.expect(held, Exit.RELEASE, Decision.VETO, "REMAND")


@case(
    "allow",
    Phase.CALM,
    rule="Somebody known, with nothing in force and custody's order for today, may leave, for 60 seconds at most.",
    source=TABLE,
)
async def allow(play: Play) -> None:
    """The mirror of the veto: a gate that lets nobody go detains people without authority."""
    who = play.number()
    await play.say(who, orders=play.orders())
    for exit_ in Exit:
        await play.expect(who, exit_, Decision.ALLOW)


@case(
    "veto-explains-itself",
    Phase.CALM,
    rule="A ground in force vetoes, and the answer carries it whole: its authority, its subject, the record that said so and the rule.",
    source="law 5: every answer explains itself",
)
async def veto_explains_itself(play: Play) -> None:
    """Every member of a ground is what the notice said."""
    who, said = play.number(), ground(Ground.REMAND, sentence="Remanded in custody until the trial.")
    await play.say(who, grounds=[said])
    answer = await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")
    got = answer["grounds"][0]
    source = {"topic": said.source.topic, "partition": said.source.partition, "offset": said.source.offset, "sha256": said.source.sha256}
    wanted = {"authority": said.authority, "subject": said.subject, "bars": list(said.bars), "sentence": said.sentence, "rule": said.rule}
    wanted |= {"source": source, "ask": said.ask}
    if different := {name: got[name] for name, value in wanted.items() if got[name] != value}:
        raise CaseFailedError(f"the ground as the notice has it: {wanted}", f"other members: {different}")


@case("unknown-prisoner", Phase.CALM, rule="A prisoner never heard of is REFER, with status 200: no news is not good news.", source=TABLE)
async def unknown_prisoner(play: Play) -> None:
    """A number of which nothing was ever said, and the key of seals, which is nobody."""
    await play.expect_now(play.number(), Exit.RELEASE, Decision.REFER, "UNKNOWN_PRISONER")
    await play.expect_now(play.number(), Exit.COURT, Decision.REFER, "UNKNOWN_PRISONER")
    await play.expect_now("$seal", Exit.COURT, Decision.REFER, "UNKNOWN_PRISONER")


@case("number-as-typed", Phase.CALM, rule="A prisoner number is stripped and read in capitals, whoever types it.", source="the local API")
async def number_as_typed(play: Play) -> None:
    """A veto must not be missed for a small letter."""
    who = play.number()
    await play.say(who, grounds=[ground(Ground.REMAND)])
    await play.expect(f"  {who.lower()} ", Exit.RELEASE, Decision.VETO, "REMAND")


@case(
    "partitioner",
    Phase.CALM,
    rule="A prisoner's notices are in the partition that Kafka's default partitioner (murmur2 of the key) chooses; only what is there counts.",
    source="the sealed feed",
)
async def partitioner(play: Play) -> None:
    """Somebody in each partition, held and free, for each sign that the hash can have."""
    for partition in range(play.hub.partitions):
        for negative in (False, True):
            held, free = play.number(partition, negative=negative), play.number(partition, negative=negative)
            await play.say(held, grounds=[ground(Ground.REMAND)])
            await play.say(free, orders=play.orders())
            await play.expect(held, Exit.RELEASE, Decision.VETO, "REMAND")
            await play.expect(free, Exit.RELEASE, Decision.ALLOW)


@case(
    "escorted-exits",
    Phase.CALM,
    rule="Transfer, court and hospital are escorted and need no order; the other five exits do.",
    source="law 6: two keys",
)
async def escorted_exits(play: Play) -> None:
    """Known and clear, and nothing ordered."""
    who = play.number()
    await play.say(who)
    for exit_ in Exit:
        if exit_ in EXITS_THAT_NEED_AN_ORDER:
            await play.expect(who, exit_, Decision.REFER, "NO_RELEASE_ORDER")
        else:
            await play.expect(who, exit_, Decision.ALLOW)


def _bars(exit_: Exit) -> Case:
    @case(
        f"bars-{exit_.value}", Phase.CALM, rule=f"A ground that bars {exit_.value} alone vetoes that, and no other exit.", source="exits and grounds"
    )
    async def bars(play: Play) -> None:
        who = play.number()
        await play.say(who, grounds=[ground(Ground.REMAND, [exit_])], orders=play.orders())
        await play.expect(who, exit_, Decision.VETO, "REMAND")
        for other in Exit:
            if other is not exit_:
                await play.expect(who, other, Decision.ALLOW)

    return bars


@case(
    "immigration-hold",
    Phase.CALM,
    rule="An immigration hold bars release and temporary release, and lets a transfer to immigration detention go ahead where it is ordered.",
    source="exits and grounds",
)
async def immigration_hold(play: Play) -> None:
    """The mistake that the hub was first made for."""
    who, said = play.number(), ground(Ground.IMMIGRATION_DETENTION)
    await play.say(who, grounds=[said], orders=play.orders())
    for exit_ in Exit:
        barred = exit_ in bars_of(Ground.IMMIGRATION_DETENTION)
        await play.expect(who, exit_, Decision.VETO if barred else Decision.ALLOW)


CASES = (
    no_seal_yet,
    allow,
    veto_explains_itself,
    unknown_prisoner,
    number_as_typed,
    partitioner,
    escorted_exits,
    *map(_bars, Exit),
    immigration_hold,
)
