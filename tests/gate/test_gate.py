"""A gate at work: it follows, grows stale, and always answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_gate import Decision, Exit
from holdfast_gate.answer import Answer
from tests.gate.feeds import ground, order
from tests.gate.scene import WHO, Scene, codes, until


async def test_allow_when_everything_is_known(scene: Scene) -> None:
    """A fresh, sealed replica of a clear prisoner with an order allows."""
    async with scene.running() as gate:
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.ALLOW, 1)


async def test_nothing_is_allowed_before_a_seal_newer_than_the_start(scene: Scene) -> None:
    """A hub that died leaves its last seal as the last record: however often a gate reads it, it is not fresh."""
    async with scene.gate() as gate:
        assert not await gate.synchronised(0.3)
        await scene.measured()
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert codes(answer) == ["SEAL_STALE"]


async def test_a_raise_binds_at_once_and_a_lift_when_sealed(scene: Scene) -> None:
    """An unsealed ground is a VETO; the lift of it waits for the seal."""
    async with scene.running() as gate:
        scene.hub.say(WHO, ground("release"))
        scene.feed.stir()
        await until(gate, Decision.VETO)
        scene.hub.say(WHO, orders=[order()])
        scene.feed.stir()
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        scene.tick()
        await until(gate, Decision.ALLOW)


async def test_a_silent_feed_grows_stale_by_the_monotonic_clock(scene: Scene) -> None:
    """Ten seconds without a new seal are too long, whatever the wall clock says."""
    async with scene.running() as gate:
        scene.clock.seconds += 9
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
        scene.clock.seconds += 2
        assert codes(await gate.decide(WHO, Exit.RELEASE)) == ["SEAL_STALE"]


@pytest.mark.parametrize("days", [-1, 1])
async def test_the_wall_clock_decides_nothing(scene: Scene, days: int) -> None:
    """A clock that is a day off changes neither an ALLOW nor a REFER."""
    async with scene.running() as gate:
        scene.clock.wall += timedelta(days=days)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
        scene.clock.seconds += 11
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER


async def test_a_silent_source_is_named(scene: Scene) -> None:
    """Seals go on, but one source is not heard: REFER, and its name."""
    async with scene.running() as gate:
        scene.hub.caught_up["immigration"] = scene.hub.time
        for _ in range(11):
            scene.tick()
        await scene.fresh(gate)
        answer = await until(gate, Decision.REFER)
        assert codes(answer) == ["SOURCE_STALE"]
        assert "immigration" in answer.refer[0].sentence


async def test_a_defect_is_a_refer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the gate itself fails the answer is REFER, recorded, and says that this is a defect."""

    def fail(*_: object) -> Answer:
        message = "boom"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("holdfast_gate.gate.decide", fail)
    async with scene.running() as gate:
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.REFER, 1)
        assert codes(answer) == ["INTERNAL_ERROR"]
        assert "boom" in answer.refer[0].sentence


async def test_an_exit_that_nobody_knows_is_a_refer(scene: Scene) -> None:
    """A word that is no exit is not an exit that nothing bars."""
    async with scene.running() as gate:
        answer = await gate.decide(WHO, "window")  # type: ignore[arg-type]
        assert codes(answer) == ["INTERNAL_ERROR"]


async def test_cancellation_passes_through(scene: Scene) -> None:
    """Whoever cancels a wait gets the cancellation back, and the gate still closes."""
    async with scene.gate() as gate:
        waiting = asyncio.create_task(gate.synchronised(60))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert scene.feed.closed


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20))
def test_any_string_gets_an_answer(tmp_path_factory: pytest.TempPathFactory, who: str) -> None:
    """No string makes a gate raise, and what nobody ever spoke of is REFER, in the journal."""

    async def ask() -> Answer:
        async with Scene(tmp_path_factory.mktemp("gate"), partitions=2).gate() as gate:
            return await gate.decide(who, Exit.RELEASE)

    answer = asyncio.run(ask())
    assert (answer.decision, answer.sequence) == (Decision.REFER, 1)
