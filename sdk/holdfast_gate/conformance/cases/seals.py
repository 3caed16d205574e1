"""What makes a seal a seal: each of these seals covers a lift, and must not be believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import Phase, case
from holdfast_gate.conformance.ports import PARTITIONS
from holdfast_gate.model import SEAL_KEY, Decision, Exit, Ground
from holdfast_gate.testing.feed import UNREADABLE
from holdfast_gate.testing.hub import Said, ground, written
from holdfast_gate.testing.keys import forged, of_another_environment, of_another_key, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play
    from holdfast_gate.model import Seal

FEED = "the sealed feed: an invalid seal is no seal"
PICTURE = "the decision table"


def _is_no_seal(name: str, rule: str, made: Callable[[Play, Seal], Said]) -> Case:
    """A case in which `made`, from a seal that would be good once it is signed, makes one that is not."""

    @case(f"seal-{name}", Phase.BY_HAND, rule=rule, source=FEED)
    async def is_no_seal(play: Play) -> None:
        who, held = play.number(), play.number()
        await play.say(who)
        await play.say(held, grounds=[ground(Ground.REMAND)], orders=play.orders())
        await play.seal()
        await play.expect(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER")
        await play.say(who, orders=play.orders())
        await play.say(held, orders=play.orders())
        await play.write(made(play, play.hub.make_seal(play.partition)), f"a seal that covers both, {name.replace('-', ' ')}")
        await play.expect_now(who, Exit.RELEASE, Decision.REFER, "LIFT_NOT_SEALED", never=("SEAL_MISMATCH",))
        await play.expect_now(held, Exit.RELEASE, Decision.VETO, "REMAND")
        await play.seal()
        await play.expect(who, Exit.RELEASE, Decision.ALLOW)
        await play.expect(held, Exit.RELEASE, Decision.ALLOW)

    return is_no_seal


def _altered(play: Play, seal: Seal) -> Said:
    del play
    return written(replace(sealed(seal), number=seal.number + 1))


def _of_another_partition(play: Play, seal: Seal) -> Said:
    return written(sealed(replace(seal, partition=(play.partition + 1) % PARTITIONS)), play.partition)


def _of_an_old_number(play: Play, seal: Seal) -> Said:
    """With a number that the last accepted seal had already passed: the two notices came after that one."""
    del play
    return written(sealed(replace(seal, number=0)))


def _unreadable(play: Play, seal: Seal) -> Said:
    del seal
    return Said(partition=play.partition, key=SEAL_KEY, value=UNREADABLE)


@case(
    "seal-replayed", Phase.BY_HAND, rule="A seal whose number is not above the last accepted one is ignored, good or not.", source="the sealed feed"
)
async def seal_replayed(play: Play) -> None:
    """An old seal, byte for byte, after the partition has changed."""
    who, other = play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    old = play.stage.last_seal[play.partition]
    await play.say(other)
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    await play.write(old, "the seal before the last one, byte for byte")
    await play.expect_now(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "digest-unequal",
    Phase.BY_HAND,
    rule="A good signature over another digest than the replica's is REFER for the whole partition; holds stand.",
    source=PICTURE,
)
async def digest_unequal(play: Play) -> None:
    """The hub says that it holds something else."""
    who, held = play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.say(held, grounds=[ground(Ground.REMAND)])
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    seal = play.hub.make_seal(play.partition)
    other = bytes([seal.digest[0] ^ 1]) + seal.digest[1:]
    await play.write(written(sealed(replace(seal, digest=other))), "a seal, well signed, with one bit of its digest turned")
    await play.expect(who, Exit.RELEASE, Decision.REFER, "SEAL_MISMATCH")
    await play.expect_now(held, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "source-gap",
    Phase.BY_HAND,
    rule="A source with a gap (a record that could not be read and names nobody) is REFER for everybody; holds stand.",
    source=PICTURE,
)
async def source_gap(play: Play) -> None:
    """Until somebody has looked."""
    who, held = play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.say(held, grounds=[ground(Ground.REMAND)])
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    play.hub.gaps[play.partition].add("immigration")
    play.did("the next seal says that immigration has a gap")
    await play.seal()
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "SOURCE_GAP")
    await play.expect_now(who, Exit.COURT, Decision.REFER, "SOURCE_GAP")
    await play.expect_now(held, Exit.RELEASE, Decision.VETO, "REMAND")
    play.hub.gaps[play.partition].clear()
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case("source-not-in-the-seal", Phase.BY_HAND, rule="A source that the seal does not speak of was not heard: REFER.", source=PICTURE)
async def source_not_in_the_seal(play: Play) -> None:
    """A seal, well signed, that leaves the courts out."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    seal = play.hub.make_seal(play.partition)
    rest = tuple(each for each in seal.sources if each.source != "court")
    await play.write(written(sealed(replace(seal, sources=rest))), "a seal, well signed, without the courts")
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "SOURCE_STALE")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


CASES = (
    _is_no_seal("without-signature", "A seal that nobody signed is no seal.", lambda _, seal: written(seal)),
    _is_no_seal("wrongly-signed", "A seal whose signature does not fit its bytes is no seal.", lambda _, seal: written(forged(seal))),
    _is_no_seal("of-another-key", "A seal signed with a key that is not in the key ring is no seal.", lambda _, seal: written(of_another_key(seal))),
    _is_no_seal(
        "of-another-environment",
        "A seal signed for another environment is no seal, even with a key of the same name.",
        lambda _, seal: written(of_another_environment(seal)),
    ),
    _is_no_seal("altered", "A seal that was altered after it was signed is no seal.", _altered),
    _is_no_seal("of-another-partition", "A seal that names another partition than the one it is found in is no seal.", _of_another_partition),
    _is_no_seal("of-an-old-number", "A seal whose number is not above the last accepted one is ignored, whatever it covers.", _of_an_old_number),
    _is_no_seal("unreadable", "A seal that the gate cannot read is no seal.", _unreadable),
    seal_replayed,
    digest_unequal,
    source_gap,
    source_not_in_the_seal,
)
