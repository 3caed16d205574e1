"""Notices that a gate cannot read, must not misread, or that come in the wrong order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import Phase, case
from holdfast_gate.model import Decision, Exit, Ground
from holdfast_gate.testing.feed import UNREADABLE
from holdfast_gate.testing.hub import ground

if TYPE_CHECKING:
    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play
    from holdfast_gate.testing.hub import Said

UNREAD = "the decision table: a notice that cannot be read, or has an unknown field that matters"
JOIN = "law 3: arrival order never lifts anything"


async def _vetoes_all(play: Play, who: str) -> None:
    for exit_ in Exit:
        await play.expect_now(who, exit_, Decision.VETO)


def _unreadable(name: str, rule: str, value: bytes | None) -> Case:
    @case(name, Phase.BY_HAND, rule=rule, source=UNREAD)
    async def unreadable(play: Play) -> None:
        who = play.number()
        await play.say(who, orders=play.orders())
        await play.seal()
        await play.expect(who, Exit.RELEASE, Decision.ALLOW)
        said = replace(play.hub.newest(who), value=value)
        # A hub never writes a tombstone, so no seal covers one.
        await play.write(said, f"{name} under the key {who}", adopted=value is not None)
        await _vetoes_all(play, who)
        await play.seal()
        await _vetoes_all(play, who)
        await play.say(who, orders=play.orders())
        await play.seal()
        await play.expect(who, Exit.RELEASE, Decision.ALLOW)

    return unreadable


@case("must-understand", Phase.CALM, rule="A notice that asks for a feature that the gate does not know vetoes every exit.", source=UNREAD)
async def must_understand(play: Play) -> None:
    """The feature is nobody's."""
    who = play.number()
    await play.say(who, orders=play.orders(), must_understand=("conditions-of-a-later-version",))
    await _vetoes_all(play, who)
    await play.say(who, orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "notice-of-another",
    Phase.BY_HAND,
    rule="A notice that names another prisoner than its key is unreadable: it vetoes every exit of whoever the key names.",
    source=UNREAD,
)
async def notice_of_another(play: Play) -> None:
    """Somebody's clear notice under somebody else's key."""
    who, other = play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    said = replace(play.hub.write(other, orders=play.orders()), key=who.encode())
    await play.write(said, f"a notice that names {other}, under the key {who}", adopted=True)
    await _vetoes_all(play, who)
    await play.say(who, orders=play.orders())


@case(
    "unknown-ground", Phase.CALM, rule="A ground that the gate does not know bars the exits that it names all the same.", source="exits and grounds"
)
async def unknown_ground(play: Play) -> None:
    """A ground of a later version."""
    who = play.number()
    await play.say(who, grounds=[ground("GROUND_OF_A_LATER_VERSION", [Exit.RELEASE])], orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.VETO, "GROUND_OF_A_LATER_VERSION")
    await play.expect(who, Exit.COURT, Decision.ALLOW)


@case(
    "unknown-exit-in-bars",
    Phase.CALM,
    rule="An exit that the gate does not know bars that exit alone: the others named with it are barred, the rest are not.",
    source="exits and grounds",
)
async def unknown_exit_in_bars(play: Play) -> None:
    """An exit of a later version beside one of today."""
    who = play.number()
    await play.say(who, grounds=[ground(Ground.REMAND, ["exit_of_a_later_version", Exit.RELEASE])], orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.expect(who, Exit.COURT, Decision.ALLOW)


@case(
    "notice-lost",
    Phase.BY_HAND,
    rule="A notice that never arrived is noticed at the next seal: the digest differs, and nobody of that partition leaves.",
    source="the sealed feed: digest",
)
async def notice_lost(play: Play) -> None:
    """A veto of somebody else gets lost."""
    who, held, lost = play.number(), play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.say(held, grounds=[ground(Ground.REMAND)])
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    play.hub.adopt(play.hub.write(lost, grounds=[ground(Ground.REMAND)]))
    play.did(f"Holdfast says of {lost}: REMAND bars release; this record gets lost")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.REFER, "SEAL_MISMATCH")
    await play.expect(held, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.say(lost)
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case(
    "notice-altered",
    Phase.BY_HAND,
    rule="A notice that was altered on the way is noticed at the next seal: the digest differs, and nobody of that partition leaves.",
    source="the sealed feed: digest",
)
async def notice_altered(play: Play) -> None:
    """The hub says veto, and what arrives says nothing of it, under the same version."""
    who, altered = play.number(), play.number()
    await play.say(who, orders=play.orders())
    await play.say(altered, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    said = play.hub.adopt(play.hub.write(altered, grounds=[ground(Ground.REMAND)], orders=play.orders()))
    facts_offset = play.hub.newest_offset(altered)
    arrived = play.hub.write(altered, orders=play.orders(), facts_offset=facts_offset)
    await play.write(replace(arrived, partition=said.partition), f"what Holdfast said of {altered}, REMAND bars release, with the ground taken out")
    await play.seal()
    await play.expect(altered, Exit.RELEASE, Decision.REFER, "SEAL_MISMATCH", "LIFT_NOT_SEALED")
    await play.expect(who, Exit.RELEASE, Decision.REFER, "SEAL_MISMATCH")
    await play.say(altered, orders=play.orders())
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


async def _two_versions(play: Play, who: str, *, older_bars: bool) -> tuple[Said, Said]:
    """Two notices of one prisoner, one of which bars release, in the order of their versions."""
    remand = [ground(Ground.REMAND)]
    older = play.hub.write(who, grounds=remand if older_bars else (), orders=play.orders())
    newer = play.hub.write(who, grounds=() if older_bars else remand, orders=play.orders())
    return older, newer


@case("late-lift", Phase.BY_HAND, rule="An older notice that arrives after a newer one changes nothing: a late lift ends no hold.", source=JOIN)
async def late_lift(play: Play) -> None:
    """The veto first, then the notice from before it."""
    who = play.number()
    older, newer = await _two_versions(play, who, older_bars=False)
    await play.write(newer, f"of {who}: REMAND bars release", adopted=True)
    await play.write(older, f"of {who}: nothing in force, from before that")
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")
    await play.seal()
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")


@case(
    "late-raise",
    Phase.BY_HAND,
    rule="An older notice that arrives after a newer one changes nothing: a hold that had ended before holds nobody again.",
    source=JOIN,
)
async def late_raise(play: Play) -> None:
    """The lift first, sealed, then the veto from before it."""
    who = play.number()
    older, newer = await _two_versions(play, who, older_bars=True)
    await play.write(newer, f"of {who}: nothing in force", adopted=True)
    await play.seal()
    await play.write(older, f"of {who}: REMAND bars release, from before that")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


@case("notice-repeated", Phase.BY_HAND, rule="The same notice again, as after a restart of the hub, changes nothing.", source=JOIN)
async def notice_repeated(play: Play) -> None:
    """Byte for byte."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.seal()
    for _ in range(3):
        await play.write(play.hub.newest(who), f"the same notice of {who} again")
    await play.seal()
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


CASES = (
    _unreadable(
        "unknown-schema",
        "A notice with a schema fingerprint that the gate does not know vetoes every exit, until a newer one can be read.",
        UNREADABLE,
    ),
    _unreadable("truncated-notice", "A notice that ends before it is complete vetoes every exit, until a newer one can be read.", UNREADABLE[:12]),
    _unreadable("not-avro", "Bytes that are no Avro record veto every exit, until a newer notice can be read.", b'{"prisoner_number": "A1234BC"}'),
    _unreadable("tombstone", "A tombstone is no lift: the hub never writes one, so it vetoes every exit until the hub speaks again.", None),
    must_understand,
    notice_of_another,
    unknown_ground,
    unknown_exit_in_bars,
    notice_lost,
    notice_altered,
    late_lift,
    late_raise,
    notice_repeated,
)
