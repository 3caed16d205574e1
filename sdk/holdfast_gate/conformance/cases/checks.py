"""What the release policy in force asks for, and who may have signed it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from holdfast_gate.conformance.case import Phase, case
from holdfast_gate.conformance.stage import POLICY_VERSION
from holdfast_gate.model import Decision, Exit, NoticeCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play

POLICY = "release checks"
HOUR_S = 3_600
IDENTITY = "IDENTITY_CONFIRMED"
SIGNED_OFF = "DUTY_GOVERNOR_SIGNED_OFF"
ANNA, BEN = "A. Archer", "B. Baker"


def _asked(code: str = IDENTITY, people: int = 1, other_than: tuple[str, ...] = ()) -> NoticeCheck:
    return NoticeCheck(code, "Somebody has looked.", (Exit.RELEASE.value,), ("RECEPTION", "DUTY_GOVERNOR"), HOUR_S, people, other_than)


def _signed(play: Play, by: str = ANNA, code: str = IDENTITY, role: str = "RECEPTION", age_s: float = 60) -> Mapping[str, Any]:
    return {"check": code, "by": by, "role": role, "at": (play.stage.now() - timedelta(seconds=age_s)).isoformat()}


@case(
    "checks-missing",
    Phase.CALM,
    rule="A check that the policy asks for, and that nobody has signed, is REFER; of other exits it asks nothing.",
    source=POLICY,
)
async def checks_missing(play: Play) -> None:
    """Nothing signed, something else signed, and then the right thing."""
    who = play.number()
    await play.say(who, orders=play.orders(), checks=[_asked()])
    await play.expect(who, Exit.REMOVAL, Decision.ALLOW)
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING")
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING", checks=[_signed(play, code="PROPERTY_RETURNED")])
    await play.expect_now(who, Exit.RELEASE, Decision.ALLOW, checks=[_signed(play)])


def _bad(name: str, rule: str, **signed: Any) -> Case:  # noqa: ANN401 - see _signed
    @case(f"check-{name}", Phase.CALM, rule=rule, source=POLICY)
    async def bad(play: Play) -> None:
        who = play.number()
        await play.say(who, orders=play.orders(), checks=[_asked()])
        await play.expect(who, Exit.RELEASE, Decision.ALLOW, checks=[_signed(play)])
        await play.expect_now(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING", checks=[_signed(play, **signed)])

    return bad


def _same_person(name: str, rule: str, spelling: str) -> Case:
    @case(f"check-{name}", Phase.CALM, rule=rule, source=POLICY)
    async def same(play: Play) -> None:
        who = play.number()
        await play.say(who, orders=play.orders(), checks=[_asked(people=2)])
        await play.expect(who, Exit.RELEASE, Decision.ALLOW, checks=[_signed(play), _signed(play, BEN)])
        await play.expect_now(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING", checks=[_signed(play), _signed(play, spelling)])

    return same


@case("check-other-than", Phase.CALM, rule="Where one check wants other people than another, nobody may have signed both.", source=POLICY)
async def other_than(play: Play) -> None:
    """Two checks, one signatory."""
    who = play.number()
    await play.say(who, orders=play.orders(), checks=[_asked(), _asked(SIGNED_OFF, other_than=(IDENTITY,))])
    await play.expect(who, Exit.RELEASE, Decision.ALLOW, checks=[_signed(play), _signed(play, BEN, SIGNED_OFF)])
    await play.expect_now(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING", checks=[_signed(play), _signed(play, ANNA, SIGNED_OFF)])


@case(
    "policy-ahead",
    Phase.CALM,
    rule="While the seal speaks of a release policy that a notice does not know yet, what it asks for has not arrived: REFER.",
    source=POLICY,
)
async def policy_ahead(play: Play) -> None:
    """A notice of the policy before."""
    who = play.number()
    await play.say(who, orders=play.orders(), policy_version=POLICY_VERSION - 1)
    await play.expect(who, Exit.RELEASE, Decision.REFER, "CHECKS_MISSING", never=("LIFT_NOT_SEALED",))
    await play.say(who, orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.ALLOW)


CASES = (
    checks_missing,
    _bad("too-old", "A check is good only for as long as the policy says, by the time of the seal.", age_s=HOUR_S + 120),
    _bad("of-the-future", "A check signed for a time more than five minutes ahead of the seal is none.", age_s=-HOUR_S),
    _bad("wrong-role", "A check counts only when it is signed in a role that may sign it.", role="CHAPLAIN"),
    _same_person("same-person", "Where a check wants two people, one who signs twice is one.", ANNA),
    _same_person("same-person-spelled-otherwise", "Case and spacing do not make another person.", "a.  ARCHER "),
    other_than,
    policy_ahead,
)
