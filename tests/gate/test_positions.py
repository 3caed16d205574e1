"""What a gate tells the hub of how far it has come, beside its decisions and never before them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from holdfast_gate import Decision, Exit, positions
from holdfast_gate.errors import FeedError
from holdfast_gate.model import NoticeGround
from holdfast_gate.position import GatePosition, PartitionPosition
from holdfast_gate.positions import Positions
from tests.gate.feeds import FakeFeed, Log, ManualClock, eventually, ground
from tests.gate.scene import WHO, Scene


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is long for a test."""
    monkeypatch.setattr(positions, "POSITIONS_EVERY_S", 0.02)


async def told(scene: Scene, **wanted: Any) -> dict[str, Any]:
    """The first position from now on that says this."""
    begin = len(scene.feed.positions)
    found: list[dict[str, Any]] = []

    def seen() -> bool:
        found[:] = [each for each in scene.feed.positions[begin:] if {key: each[key] for key in wanted} == wanted]
        return bool(found)

    await eventually(seen)
    return found[0]


async def test_a_gate_tells_where_it_stands_in_every_partition(scene: Scene) -> None:
    """Its name, the newest seal that its replica matched and T of it, how far it has read, and how old that is."""
    async with scene.running():
        scene.tick()
        number = scene.hub.facts[0]
        position = await told(scene, seal_number=number, bootstrapped=True)
    assert position["gate_id"] == "gate-1"
    assert (position["partition"], position["mode"], position["mismatch"]) == (0, "BINDING", False)
    assert position["sealed_at"] == scene.hub.time
    assert position["position"] == scene.hub.log.ends[0]
    assert position["feed_age_ms"] is None or position["feed_age_ms"] >= 0
    assert abs(position["reported_at"] - scene.clock.wall) < timedelta(seconds=2)


async def test_a_replica_that_differs_is_told(scene: Scene) -> None:
    """What the hub wants to know most: that a gate does not hold what was published."""
    async with scene.running():
        scene.hub.notices[WHO] += b"?"
        scene.tick()
        position = await told(scene, mismatch=True)
    assert position["seal_number"] < scene.hub.facts[0]


async def test_before_its_first_seal_a_gate_says_that_it_has_none(scene: Scene) -> None:
    """It is there and knows nothing yet: the hub must be able to tell it from a gate that is silent."""
    scene.hub.log.records[0].pop()  # the seal
    async with scene.gate():
        position = await told(scene, seal_number=None)
    assert position["sealed_at"] is None


async def test_what_cannot_be_sent_is_dropped_and_keeps_nobody_waiting(scene: Scene) -> None:
    """While reports cannot be sent a gate decides as ever; afterwards the hub hears where it stands now, not where it stood, and every decision."""
    async with scene.running() as gate:
        scene.feed.reports_broken = True
        for _ in range(20):
            scene.tick(0.1)
            assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
        await eventually(lambda: "telling positions" in gate.position().troubles, 10)
        before = len(scene.feed.positions)
        scene.feed.reports_broken = False
        scene.tick()
        await told(scene, seal_number=scene.hub.facts[0])
        await eventually(lambda: len(scene.feed.reports) == 20)
        assert {each["seal_number"] for each in scene.feed.positions[before:]} == {scene.hub.facts[0]}


async def test_a_veto_binds_although_positions_fail(scene: Scene) -> None:
    """Telling where it stands is the least that a gate does."""
    scene.feed.reports_broken = True
    async with scene.running() as gate:
        await eventually(lambda: "telling positions" in gate.position().troubles, 10)
        held: NoticeGround = ground("release")
        scene.hub.say(WHO, held)
        scene.feed.stir()
        assert await gate.until(WHO, Exit.RELEASE, Decision.VETO, 5)


def somewhere(**troubles: str) -> GatePosition:
    """A gate with two partitions."""
    one = PartitionPosition(partition=0, position=7, seal_number=3, sealed_at=None, bootstrapped=True, mismatch=False, feed_age_s=0.5, caught_up={})
    return GatePosition(gate_id="gate-1", partitions=(one, replace(one, partition=1)), troubles=troubles)


async def at_once(_: float) -> None:
    """No pause."""
    await asyncio.sleep(0)


@pytest.mark.parametrize(("trouble", "sent"), [("reading", 0), ("measuring", 0), ("reporting", 2), ("saving", 2)])
async def test_nothing_is_told_while_the_feed_does_not_work(trouble: str, sent: int) -> None:
    """A gate that hears nothing has nothing new to tell; other troubles are no reason to be silent."""
    feed = FakeFeed(Log(2))
    await Positions(feed, ManualClock(), "SHADOW").cycle(at_once, lambda: somewhere(**{trouble: "broken"}))
    assert [each["partition"] for each in feed.positions] == [0, 1][:sent]
    assert {each["mode"] for each in feed.positions} <= {"SHADOW"}


async def test_a_failure_is_said_to_whoever_keeps_the_cycle(scene: Scene) -> None:
    """It is the follower that logs it and waits longer."""
    scene.feed.reports_broken = True
    with pytest.raises(FeedError):
        await Positions(scene.feed, ManualClock(), "BINDING").cycle(at_once, somewhere)
