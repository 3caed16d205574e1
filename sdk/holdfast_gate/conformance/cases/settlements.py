"""REFER is settled by two officers, for one prisoner, one exit and exactly the reasons that they were shown; VETO by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast_gate.conformance.case import CaseFailedError, Phase, case
from holdfast_gate.conformance.cases.api import BAD_REQUEST, OK, problem
from holdfast_gate.model import Decision, Exit, Ground
from holdfast_gate.testing.hub import ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play
    from holdfast_gate.conformance.ports import Reply

SETTLED = "REFER may be settled by two different officers"
SETTLEMENTS = "/v1/settlements"
CONFLICT = 409
SETTLED_FOR_MAX_S, VALID_MAX_S = 900, 60
ANNA = {"name": "A. Archer", "role": "DUTY_GOVERNOR"}
BEN = {"name": "B. Baker", "role": "CUSTODIAL_MANAGER"}


async def _reason(play: Play) -> str:
    reply = await play.call("GET", "/v1/settlement-reasons")
    found = reply.json()
    if reply.status != OK or not isinstance(found, list) or not found or not all(isinstance(each, dict) and each.get("code") for each in found):
        raise CaseFailedError("200 and a list of {code, sentence} from GET /v1/settlement-reasons", str(reply))
    return found[0]["code"]


async def _settle(play: Play, sequence: object, officers: Sequence[Any] = (ANNA, BEN), reason: str = "") -> Reply:
    content = {"sequence": sequence, "reason_code": reason or await _reason(play), "officers": list(officers)}
    reply = await play.post(SETTLEMENTS, content)
    play.did(f"POST {SETTLEMENTS} {content}: {reply.status}")
    return reply


def _refused(reply: Reply, *codes: str) -> None:
    found = problem(reply, CONFLICT, f"with code {' or '.join(codes)}")
    if found.get("code") not in codes:
        raise CaseFailedError(f"409 with code {' or '.join(codes)}", str(reply))


async def _referred(play: Play) -> tuple[str, int]:
    """Somebody whose release is REFER for want of an order, and the number of that answer."""
    who = play.number()
    await play.say(who)
    answer = await play.expect(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER", never=("LIFT_NOT_SEALED",))
    return who, answer["sequence"]


@case(
    "settled",
    Phase.CALM,
    rule="Two officers settle a REFER: it stays REFER, says so, and is good for 60 seconds at a time, 15 minutes in all.",
    source=SETTLED,
)
async def settled(play: Play) -> None:
    """For this prisoner and this exit, and no other."""
    who, sequence = await _referred(play)
    reply = await _settle(play, sequence)
    found = reply.json()
    if reply.status != OK or not isinstance(found, dict) or not 0 < (found.get("settled_for_s") or 0) <= SETTLED_FOR_MAX_S:
        raise CaseFailedError(f"200 with settled_for_s of 1 to {SETTLED_FOR_MAX_S}", str(reply))
    if (found.get("sequence"), found.get("prisoner_number"), found.get("exit")) != (sequence, who, Exit.RELEASE.value):
        raise CaseFailedError(f"a settlement of answer {sequence}, for {who} and release", str(reply))
    answer = await play.expect_now(who, Exit.RELEASE, Decision.REFER, "NO_RELEASE_ORDER")
    if answer["settlement"] is None or not 0 < answer["valid_for_s"] <= VALID_MAX_S:
        raise CaseFailedError("a REFER with its settlement, good for 1 to 60 seconds", str(answer))
    other = await play.expect_now(who, Exit.REMOVAL, Decision.REFER, "NO_RELEASE_ORDER")
    if other["settlement"] is not None:
        raise CaseFailedError("that the settlement of release covers no other exit", str(other))


@case("settled-then-held", Phase.CALM, rule="A ground that arrives after a settlement bars: VETO is never settled.", source=SETTLED)
async def settled_then_held(play: Play) -> None:
    """The settlement was for what the officers were shown."""
    who, sequence = await _referred(play)
    reply = await _settle(play, sequence)
    if reply.status != OK:
        raise CaseFailedError("200: a REFER that two officers settle", str(reply))
    await play.say(who, grounds=[ground(Ground.REMAND)])
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")


@case("settled-then-changed", Phase.CALM, rule="A settlement ends when the notice is another than the officers were shown.", source=SETTLED)
async def settled_then_changed(play: Play) -> None:
    """The same REFER, for a notice that nobody was shown."""
    who, sequence = await _referred(play)
    reply = await _settle(play, sequence)
    if reply.status != OK:
        raise CaseFailedError("200: a REFER that two officers settle", str(reply))
    await play.say(who, orders=[play.order(missing=["No court has granted bail."])])
    answer = await play.expect_now(who, Exit.RELEASE, Decision.REFER)
    if answer["settlement"] is not None or answer["valid_for_s"]:
        raise CaseFailedError("a REFER that is not settled, since it is not the one that was shown", str(answer))


@case("settle-veto", Phase.CALM, rule="A VETO may not be settled: only its authority ends a hold.", source=SETTLED)
async def settle_veto(play: Play) -> None:
    """Two officers, a good reason, and no."""
    who = play.number()
    await play.say(who, grounds=[ground(Ground.REMAND)])
    answer = await play.expect(who, Exit.RELEASE, Decision.VETO, "REMAND")
    _refused(await _settle(play, answer["sequence"]), "NOT_REFERRED", "VETOED")
    await play.expect_now(who, Exit.RELEASE, Decision.VETO, "REMAND")


@case("settle-allow", Phase.CALM, rule="An ALLOW needs no settlement, and gets none.", source=SETTLED)
async def settle_allow(play: Play) -> None:
    """There is nothing to settle."""
    who = play.number()
    await play.say(who, orders=play.orders())
    answer = await play.expect(who, Exit.RELEASE, Decision.ALLOW)
    _refused(await _settle(play, answer["sequence"]), "NOT_REFERRED")


@case("settle-after-veto", Phase.CALM, rule="A REFER that has become a VETO since it was shown may not be settled.", source=SETTLED)
async def settle_after_veto(play: Play) -> None:
    """Between the answer and the signatures."""
    who, sequence = await _referred(play)
    await play.say(who, grounds=[ground(Ground.REMAND)])
    _refused(await _settle(play, sequence), "VETOED")


@case(
    "settle-after-change",
    Phase.CALM,
    rule="A REFER may be settled only for exactly the reasons and the notice that the officers were shown.",
    source=SETTLED,
)
async def settle_after_change(play: Play) -> None:
    """Another notice since: ask again."""
    who, sequence = await _referred(play)
    await play.say(who, orders=[play.order(missing=["No court has granted bail."])])
    await play.expect(who, Exit.RELEASE, Decision.REFER)
    _refused(await _settle(play, sequence), "CHANGED")


def _one_officer(name: str, rule: str, spelling: str) -> Case:
    @case(f"settle-{name}", Phase.CALM, rule=rule, source=SETTLED)
    async def one_officer(play: Play) -> None:
        who, sequence = await _referred(play)
        _refused(await _settle(play, sequence, [ANNA, {"name": spelling, "role": "CUSTODIAL_MANAGER"}]), "SAME_OFFICER")
        answer = await play.expect_now(who, Exit.RELEASE, Decision.REFER)
        if answer["settlement"] is not None:
            raise CaseFailedError("that nothing is settled", str(answer))

    return one_officer


@case("settle-unknown-answer", Phase.CALM, rule="An answer that the journal does not have cannot be settled.", source=SETTLED)
async def settle_unknown_answer(play: Play) -> None:
    """A number far above any."""
    _refused(await _settle(play, 2**40), "UNKNOWN_SEQUENCE")


@case(
    "settle-malformed",
    Phase.CALM,
    rule="One officer, three officers, or a reason that is none of the list: 400, and nothing is settled.",
    source=SETTLED,
)
async def settle_malformed(play: Play) -> None:
    """Each once."""
    who, sequence = await _referred(play)
    problem(await _settle(play, sequence, [ANNA]), BAD_REQUEST, "for a settlement by one officer")
    problem(await _settle(play, sequence, [ANNA, BEN, {"name": "C. Cook", "role": "OFFICER"}]), BAD_REQUEST, "for a settlement by three officers")
    problem(await _settle(play, sequence, reason="BECAUSE"), BAD_REQUEST, "for a settlement with the reason BECAUSE")
    problem(await _settle(play, str(sequence)), BAD_REQUEST, "for a settlement of an answer whose number is a string")
    answer = await play.expect_now(who, Exit.RELEASE, Decision.REFER)
    if answer["settlement"] is not None:
        raise CaseFailedError("that nothing is settled", str(answer))


CASES = (
    settled,
    settled_then_held,
    settled_then_changed,
    settle_veto,
    settle_allow,
    settle_after_veto,
    settle_after_change,
    _one_officer("same-officer", "Two officers are two people.", ANNA["name"]),
    _one_officer("same-officer-spelled-otherwise", "Case and spacing do not make another officer.", "a.  ARCHER "),
    settle_unknown_answer,
    settle_malformed,
)
