"""Brokers fail, logs are cut off, processes are killed: a gate goes on, and never with ALLOW before it is sure."""

from __future__ import annotations

import asyncio

import pytest

from holdfast_gate import Decision, Exit
from tests.gate.feeds import Hub, eventually, ground, order
from tests.gate.scene import SOON_S, WHO, Scene, codes, until


async def test_a_mismatch_refers_and_mends_itself(scene: Scene) -> None:
    """A notice that never arrived is noticed at the next seal; after a few the partition is read again, from its beginning."""
    async with scene.running() as gate:
        lost = scene.hub.say("B1234BC")
        scene.hub.log.records[0].remove(lost)
        scene.tick()
        answer = await until(gate, Decision.REFER)
        assert "SEAL_MISMATCH" in codes(answer)
        scene.hub.log.records[0].append(lost)
        scene.hub.log.records[0].sort(key=lambda record: record.offset)
        starts = len(scene.feed.starts)
        async with asyncio.timeout(SOON_S):
            while len(scene.feed.starts) == starts:
                scene.tick(0.5)
                await asyncio.sleep(0.02)
        assert scene.feed.starts[-1] == {}
        await scene.fresh(gate)
        await until(gate, Decision.ALLOW)


async def test_it_answers_while_the_feed_is_broken(scene: Scene) -> None:
    """Without a broker a gate that knows nothing refers, and one that knew a ground still vetoes after a restart."""
    scene.feed.broken = True
    async with scene.gate() as gate:
        assert codes(await gate.decide(WHO, Exit.RELEASE)) == ["FEED_NOT_BOOTSTRAPPED"]
        scene.feed.broken = False
        scene.hub.say(WHO, ground("release"))
        await until(gate, Decision.VETO)
    scene.feed.broken = True
    async with scene.gate() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        answer = await gate.decide(WHO, Exit.COURT)
        assert answer.decision is Decision.REFER
        await eventually(lambda: "reading" in gate.position().troubles)
        assert "cannot be reached" in (await gate.decide(WHO, Exit.COURT)).refer[0].sentence


async def test_a_restart_goes_on_where_it_stopped(scene: Scene) -> None:
    """Nothing is read twice, and nothing is allowed before a new seal."""
    async with scene.running():
        pass
    read = len(scene.feed.served)
    async with scene.gate() as gate:
        await eventually(lambda: all(each.bootstrapped for each in gate.position().partitions))
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER
        assert len(scene.feed.served) == read
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


@pytest.mark.parametrize("careless", [False, True])
async def test_a_log_that_was_cut_off_is_read_again(scene: Scene, *, careless: bool) -> None:
    """A log that ends before the replica's position is another log, whether or not the feed says so: nothing of the old one counts."""
    scene.feed.careless = careless
    async with scene.running() as gate:
        pass
    log = scene.hub.log
    log.records[0], log.ends[0] = [], 0
    scene.hub.say(WHO, ground("release"))
    scene.hub.seal()
    async with scene.gate() as gate:
        await scene.fresh(gate)
        assert {} in scene.feed.starts[1:]
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO


async def test_a_log_that_is_made_anew_under_way_proves_nothing(scene: Scene) -> None:
    """An end below what was read does not make the old seal young."""
    async with scene.running() as gate:
        scene.hub.log.records[0], scene.hub.log.ends[0] = [], 0
        scene.clock.seconds += 11
        await scene.measured()
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER


async def test_more_partitions_mean_a_new_replica(scene: Scene) -> None:
    """When partitions are added every prisoner may be in another one; what bound before binds until the new ones are sealed."""
    scene.hub.say(WHO, ground("release"))
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        hub = Hub(partitions=5)
        hub.log.ends[0] = 100  # so that nothing but the number of partitions tells
        scene.feed.log = hub.log
        await eventually(lambda: len(gate.position().partitions) == 5)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        hub.say(WHO, orders=[order()])
        scene.hub = hub
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


async def test_a_failing_feed_is_tried_again(scene: Scene) -> None:
    """A broker that comes back is read again without anybody's help; what was wrong is told meanwhile."""
    async with scene.running() as gate:
        scene.feed.broken = True
        await eventually(lambda: "reading" in gate.position().troubles)
        scene.feed.broken = False
        await eventually(lambda: not gate.position().troubles)
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


async def test_an_unexpected_error_of_a_feed_does_not_end_the_gate(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in a feed is told and tried again, like any other trouble."""
    poll = scene.feed.poll
    broken = [True]

    async def fail_once(timeout_s: float) -> object:
        if broken:
            broken.clear()
            raise ZeroDivisionError
        return await poll(timeout_s)

    monkeypatch.setattr(scene.feed, "poll", fail_once)
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
