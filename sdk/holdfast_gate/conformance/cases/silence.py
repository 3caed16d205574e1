"""No news is not good news: what a gate says when seals stop, or when a source is not heard, for longer than the freshness bound.

The cases share one silence. Partition CUT gets no more seals; in partition SILENT seals go on, and tell that the courts are not heard.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import CaseFailedError, Phase, case
from holdfast_gate.conformance.run import CUT, SILENT, SILENT_SOURCE
from holdfast_gate.decide import FRESHNESS_BOUND_S
from holdfast_gate.model import Decision, Exit, Ground
from holdfast_gate.testing.hub import ground

if TYPE_CHECKING:
    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play

FRESH = "the decision table: the freshness bound"
UNREADY = 503
#: The codes that a gate may give where seals have stopped; the second names a source, which is as late.
CODES = {CUT: ("SEAL_STALE", "SOURCE_STALE"), SILENT: ("SOURCE_STALE",)}
WHAT = {CUT: "no more seals come", SILENT: f"the source {SILENT_SOURCE} is not heard"}


async def _cleared(play: Play, partition: int) -> str:
    who = play.number(partition)
    await play.say(who, orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    return who


async def _begun(play: Play, partition: int) -> None:
    await play.silence.at(play.silence.begun)
    play.did(f"from now on {WHAT[partition]} in partition {partition}")


async def _stale(play: Play) -> None:
    await play.silence.at(play.silence.stale)
    play.did(f"more than {FRESHNESS_BOUND_S:g} s have passed")


def _refers(name: str, rule: str, partition: int) -> Case:
    @case(name, Phase.SILENCE, rule=rule, source=FRESH)
    async def refers(play: Play) -> None:
        who = await _cleared(play, partition)
        await _begun(play, partition)
        await _stale(play)
        await play.expect_now(who, Exit.RELEASE, Decision.REFER, *CODES[partition])
        await play.expect_now(who, Exit.COURT, Decision.REFER, *CODES[partition])

    return refers


def _veto_stands(name: str, rule: str, partition: int) -> Case:
    @case(name, Phase.SILENCE, rule=rule, source=FRESH)
    async def stands(play: Play) -> None:
        held, raised = play.number(partition), await _cleared(play, partition)
        await play.say(held, grounds=[ground(Ground.REMAND)])
        await play.expect(held, Exit.RELEASE, Decision.VETO, "REMAND")
        await _begun(play, partition)
        await _stale(play)
        await play.expect_now(held, Exit.RELEASE, Decision.VETO, "REMAND")
        await play.say(raised, grounds=[ground(Ground.REMAND)])
        await play.expect_now(raised, Exit.RELEASE, Decision.VETO, "REMAND")

    return stands


def _back(name: str, rule: str, partition: int) -> Case:
    @case(name, Phase.SILENCE, rule=rule, source="the one property, and its mirror")
    async def back(play: Play) -> None:
        who = await _cleared(play, partition)
        await _begun(play, partition)
        await _stale(play)
        await play.expect_now(who, Exit.RELEASE, Decision.REFER)
        await play.silence.at(play.silence.over)
        play.did("the silence is over")
        await play.expect(who, Exit.RELEASE, Decision.ALLOW)

    return back


@case("late-within-the-bound", Phase.SILENCE, rule="News that is late, and not later than the freshness bound, stops nobody.", source=FRESH)
async def within_the_bound(play: Play) -> None:
    """Half of the bound into the silence."""
    people = [await _cleared(play, partition) for partition in (CUT, SILENT)]
    await play.silence.at(play.silence.begun)
    await asyncio.sleep(FRESHNESS_BOUND_S / 2)
    play.did(f"{FRESHNESS_BOUND_S / 2:g} s have passed")
    for who in people:
        await play.expect_now(who, Exit.RELEASE, Decision.ALLOW)


@case("replayed-seals-are-no-news", Phase.SILENCE, rule="The last seal, repeated again and again, keeps nothing fresh.", source="the sealed feed")
async def replayed_seals(play: Play) -> None:
    """A stranger who can only repeat what he has heard."""
    who = await _cleared(play, CUT)
    await _begun(play, CUT)
    replaying = asyncio.create_task(_replay(play))
    try:
        await _stale(play)
        await play.expect_now(who, Exit.RELEASE, Decision.REFER, *CODES[CUT])
    finally:
        replaying.cancel()


async def _replay(play: Play) -> None:
    while True:
        await play.stage.append(play.stage.last_seal[CUT])
        await asyncio.sleep(1)


@case(
    "unready-when-stale",
    Phase.SILENCE,
    rule="GET /health/ready is 503, and says why, while the replica is not freshly sealed.",
    source="the local API",
)
async def unready(play: Play) -> None:
    """Whoever watches the gate learns it without asking about anybody."""
    await _cleared(play, CUT)
    await _begun(play, CUT)
    await _stale(play)
    reply = await play.call("GET", "/health/ready")
    found = reply.json()
    if reply.status != UNREADY or not isinstance(found, dict) or found.get("ready") is not False or not found.get("why"):
        raise CaseFailedError('503 and {"ready": false, "why": [...]} from GET /health/ready', str(reply))


CASES = (
    _refers("feed-cut", "When seals stop, the answer is REFER within the freshness bound.", CUT),
    _veto_stands("feed-cut-veto-stands", "When seals stop, holds stand, and a stricter notice still binds when it is read.", CUT),
    _back("feed-back", "When seals go on, whoever may leave may leave again, by itself.", CUT),
    _refers("source-silent", "When a source is not heard, the answer is REFER within the freshness bound, though seals go on.", SILENT),
    _veto_stands("source-silent-veto-stands", "When a source is not heard, holds stand, and a stricter notice still binds when it is read.", SILENT),
    _back("source-back", "When the source is heard again, whoever may leave may leave again, by itself.", SILENT),
    within_the_bound,
    replayed_seals,
    unready,
)
