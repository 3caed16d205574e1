"""The same world over a real Kafka: the hub's log is a topic, and the gate reads it with the library's own feed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from holdfast_gate import Feed, KafkaSettings
from holdfast_gate.feed import FeedRecord
from holdfast_gate.kafka import KafkaFeed
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Outgoing
from tests.gate.faults.virtual import LoopClock
from tests.gate.faults.world import World

T = TypeVar("T")


class KafkaWorld(World):
    """Time is real. What the hub says becomes true when the broker has it."""

    def __init__(self, broker: KafkaBroker, settings: KafkaSettings, clock: LoopClock, directory: Path, seed: int, *, bound_s: float) -> None:
        super().__init__(asyncio.get_running_loop(), clock, directory, seed, bound_s=bound_s)
        self._broker = broker
        self._settings = settings
        self._sent = [0, 0]
        self._said: list[tuple[str, bool]] = []
        self._more = asyncio.Event()

    def durable(self, who: str, *, free: bool) -> None:
        """Not yet: `publish` says when."""
        if not free:
            self._said.append((who, free))
        else:  # an ALLOW may rest on what the broker has and has not acknowledged yet
            super().durable(who, free=True)
        self._more.set()

    def seal(self) -> None:
        """See `World`."""
        super().seal()
        self._more.set()

    async def publish(self) -> None:
        """Write to the topic what the hub has said, in order, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            said, self._said = self._said, []
            records = [record for number, written in enumerate(self.hub.log.records) for record in written[self._sent[number] :]]
            self._sent = [len(written) for written in self.hub.log.records]
            await self._broker.publish([Outgoing(topic="vetoes", partition=each.partition, key=each.key, value=each.value) for each in records])
            for who, free in said:
                super().durable(who, free=free)

    def feed(self) -> Feed:
        """The library's feed, with the world in its way."""
        return _Between(self, KafkaFeed(self._settings))


class _Between:
    """A `Feed` that hands on what another says, by the world's way."""

    def __init__(self, world: KafkaWorld, feed: KafkaFeed) -> None:
        self._world = world
        self._feed = feed

    async def partitions(self) -> int:
        """See `Feed`."""
        return await self._asked(self._feed.partitions)

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        self._world.feed_fails()
        await self._feed.start(positions)

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`."""
        found = await self._asked(lambda: self._feed.poll(min(timeout_s, 0.2)))
        return [*(arrived for record in found for arrived in self._world.way(record)), *self._world.due()]

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        return self._world.ends(dict(await self._asked(self._feed.end_offsets)))

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        await self._asked(lambda: self._feed.publish_report(key, value))

    async def close(self) -> None:
        """See `Feed`."""
        await self._feed.close()

    async def _asked(self, call: Callable[[], Awaitable[T]]) -> T:
        self._world.feed_fails()
        return await call()


def now_of(loop: asyncio.AbstractEventLoop, now: datetime) -> LoopClock:
    """The clocks of a gate on a loop whose time is real."""
    clock = LoopClock(loop, now)
    return LoopClock(loop, now - (clock.at(loop.time()) - now))
