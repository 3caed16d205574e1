"""`holdfast_gate.testing`: each line does to a gate what it says, on the real gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from holdfast_gate import CheckDone, Decision, Exit, FeedError, Gate, Ground
from holdfast_gate.answer import Answer
from holdfast_gate.testing import FakeFeed
from holdfast_gate.testing.fixtures import fake_feed
from tests.gate.scene import codes

__all__ = ["fake_feed"]

WHO = "A1234BC"
OTHER = "A1235BC"


class _Asked:
    """A gate on a fake feed."""

    def __init__(self, feed: FakeFeed, gate: Gate) -> None:
        self.feed = feed
        self.gate = gate

    async def __call__(self, exit_: Exit = Exit.RELEASE, *checks: CheckDone, who: str = WHO) -> Answer:
        await self.feed.delivered()
        return await self.gate.decide(who, exit_, checks)


@pytest.fixture
async def ask(fake_feed: FakeFeed, tmp_path: Path) -> AsyncIterator[_Asked]:
    """Ask a gate that has read everything."""
    async with fake_feed.gate(tmp_path) as gate:
        yield _Asked(fake_feed, gate)


async def test_clear_order_veto_and_lift(ask: _Asked) -> None:
    """Known and clear is not ordered; ordered is ALLOW; a veto bars what its ground bars; a lift frees."""
    feed = ask.feed
    feed.clear(WHO)
    assert codes(await ask()) == ["NO_RELEASE_ORDER"]
    feed.order(WHO)
    assert (await ask()).decision is Decision.ALLOW
    feed.veto(WHO, Ground.REMAND)
    answer = await ask()
    assert (answer.decision, [each.ground for each in answer.grounds]) == (Decision.VETO, ["REMAND"])
    assert (await ask(Exit.COURT)).decision is Decision.ALLOW
    feed.veto(WHO, Ground.IMMIGRATION_DETENTION)
    feed.lift(WHO, Ground.REMAND)
    assert [each.ground for each in (await ask()).grounds] == ["IMMIGRATION_DETENTION"]
    feed.lift(WHO)
    assert (await ask()).decision is Decision.ALLOW
    feed.withdraw(WHO)
    assert codes(await ask()) == ["NO_RELEASE_ORDER"]


async def test_a_veto_bars_the_exits_that_it_is_given(ask: _Asked) -> None:
    """`bars` wins over the contract's table."""
    ask.feed.veto(WHO, Ground.REMAND, [Exit.HOSPITAL])
    assert (await ask(Exit.HOSPITAL)).decision is Decision.VETO
    assert (await ask(Exit.COURT)).decision is Decision.ALLOW


async def test_orders_of_another_day_or_not_borne_out(ask: _Asked) -> None:
    """An order for tomorrow is none today, and one whose facts are missing is a question."""
    ask.feed.order(WHO, days=1)
    assert codes(await ask()) == ["NO_RELEASE_ORDER"]
    ask.feed.order(WHO, missing=["No court has granted bail."])
    assert codes(await ask()) == ["ORDER_NOT_BORNE_OUT"]


async def test_nobody_knows_the_unknown(ask: _Asked) -> None:
    """Whoever was never spoken of."""
    assert codes(await ask()) == ["UNKNOWN_PRISONER"]


async def test_an_unsealed_raise_binds_and_an_unsealed_lift_waits(ask: _Asked) -> None:
    """Quick to hold, slow to free."""
    feed = ask.feed
    feed.order(WHO)
    await feed.delivered()
    feed.pause_seals()
    feed.veto(WHO)
    assert (await ask()).decision is Decision.VETO
    feed.resume_seals()
    await feed.delivered()
    feed.pause_seals()
    feed.lift(WHO)
    assert (await ask()).decision is Decision.VETO
    feed.order(OTHER)
    assert codes(await ask(who=OTHER)) == ["LIFT_NOT_SEALED"]
    feed.resume_seals()
    assert (await ask()).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda feed: feed.stale(), "SEAL_STALE"),
        (lambda feed: (feed.cut(), feed.advance(11)), "SEAL_STALE"),
        (lambda feed: (feed.silence("court"), feed.advance(11)), "SOURCE_STALE"),
        (lambda feed: feed.gap("immigration"), "SOURCE_GAP"),
        (lambda feed: feed.mismatch(WHO), "SEAL_MISMATCH"),
        (lambda feed: feed.policy("IDENTITY_CONFIRMED"), "CHECKS_MISSING"),
    ],
)
async def test_what_is_wrong_with_the_picture_refers(ask: _Asked, wrong: object, code: str) -> None:
    """Each fault is REFER with its code; somebody who is held stays held."""
    feed = ask.feed
    feed.order(WHO)
    feed.veto(OTHER)
    assert (await ask()).decision is Decision.ALLOW
    wrong(feed)  # type: ignore[operator]
    assert code in codes(await ask())
    assert (await ask(who=OTHER)).decision is Decision.VETO


async def test_faults_end(ask: _Asked) -> None:
    """After `mend` or `resume` all is as before."""
    feed = ask.feed
    feed.order(WHO)
    for wrong in (feed.stale, feed.cut, lambda: feed.gap("court"), lambda: feed.mismatch(WHO), lambda: feed.forge(WHO), lambda: feed.unreadable(WHO)):
        wrong()
        feed.advance(11)
        assert (await ask()).decision is not Decision.ALLOW
        feed.mend()
        assert (await ask()).decision is Decision.ALLOW
    feed.silence("court")
    feed.advance(11)
    assert (await ask()).decision is Decision.REFER
    feed.resume("court")
    assert (await ask()).decision is Decision.ALLOW


async def test_seven_seconds_of_silence_are_within_the_bound(ask: _Asked) -> None:
    """A source that is late, and not too late, stops nobody."""
    ask.feed.order(WHO)
    ask.feed.silence("court")
    ask.feed.advance(7)
    assert (await ask()).decision is Decision.ALLOW


async def test_a_forged_seal_frees_nobody(ask: _Asked) -> None:
    """Neither somebody who is held nor somebody without an order."""
    feed = ask.feed
    feed.veto(WHO)
    feed.clear(OTHER)
    await feed.delivered()
    feed.forge(WHO)
    feed.forge(OTHER)
    assert (await ask()).decision is Decision.VETO
    assert (await ask(who=OTHER)).decision is Decision.REFER


async def test_an_unreadable_notice_vetoes_every_exit(ask: _Asked) -> None:
    """Whatever was known before."""
    ask.feed.order(WHO)
    ask.feed.unreadable(WHO)
    assert [(await ask(each)).decision for each in Exit] == [Decision.VETO] * 8


async def test_a_policy_is_met_by_its_checks(ask: _Asked) -> None:
    """Two people where it asks for two, not one person twice."""
    feed = ask.feed
    feed.order(WHO)
    feed.policy("IDENTITY_CONFIRMED", people=2)
    now = feed.clock.now() - timedelta(minutes=1)
    one = CheckDone(check="IDENTITY_CONFIRMED", by="A. Archer", role="RECEPTION", at=now)
    other = CheckDone(check="IDENTITY_CONFIRMED", by="B. Baker", role="RECEPTION", at=now)
    assert codes(await ask(Exit.RELEASE, one, one)) == ["CHECKS_MISSING"]
    assert (await ask(Exit.RELEASE, one, other)).decision is Decision.ALLOW


async def test_without_a_gate_nothing_is_delivered(fake_feed: FakeFeed) -> None:
    """A test that forgot to enter its gate is told so."""
    with pytest.raises(FeedError, match="enter one"):
        await fake_feed.delivered(0.01)
