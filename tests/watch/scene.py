"""A cluster on which watch runs, and what a hub and gates would have written there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from holdfast.claims import Claim, SourceMark
from holdfast.records import DecisionReport, GatePosition, Incident, PartitionStatus
from holdfast.status import derive
from schemas.wire import decode_as, encode
from services.runtime.config import ServiceSettings, WatchSettings
from services.runtime.health import Health
from services.runtime.ports import Outgoing, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.supervise import serve
from services.watch.app import service
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW, NUMBER, status_of

TOPICS = {"prisoner-status": 2, "gate-reports": 2, "incidents": 1}
WITHIN_S = 10.0


@dataclass
class HandClock:
    """Both clocks, moved by hand; the monotonic one ticks a little at every look, so that watch looks again."""

    at: datetime = NOW
    looked: int = 0

    def now(self) -> datetime:
        """Wall time."""
        return self.at

    def monotonic_s(self) -> float:
        """Seconds."""
        self.looked += 1
        return (self.at - datetime(2025, 1, 1, tzinfo=UTC)).total_seconds() + self.looked

    def of_broker(self, appended_at: datetime) -> datetime:
        """The append time itself."""
        return appended_at


@dataclass
class Scene:
    """The cluster; every record is appended at the time that the clock shows."""

    clock: HandClock = field(default_factory=HandClock)
    broker: MemoryBroker = field(init=False)

    def __post_init__(self) -> None:
        """Make the cluster."""
        self.broker = MemoryBroker(TOPICS, self.clock)

    async def mark(self, by_s: float = 0, sources: Iterable[SourceMark] = ()) -> None:
        """Let T go on, in every partition."""
        self.clock.at += timedelta(seconds=by_s)
        progress = encode(PartitionStatus(facts_offset=9, time=self.clock.at, sources=tuple(sources)))
        await self.broker.publish([Outgoing(topic="prisoner-status", key=b"$partition", value=progress, partition=n) for n in range(2)])

    async def status(self, *claims: Claim) -> None:
        """What is known of the prisoner, with his notice as of now."""
        status = status_of(claims, at=self.clock.at)
        notice = encode(derive(status, at=self.clock.at))
        told = replace(status, notice=notice)
        await self.broker.publish([Outgoing(topic="prisoner-status", key=NUMBER.encode(), value=encode(told), partition=0)])

    async def report(self, *told: GatePosition | DecisionReport | bytes) -> None:
        """Reports, appended now."""
        values = [(b"x", each) if isinstance(each, bytes) else (each.gate_id.encode(), encode(each)) for each in told]
        await self.broker.publish([Outgoing(topic="gate-reports", key=key, value=value) for key, value in values])

    async def said(self) -> list[Incident]:
        """Every record of `incidents`, in order."""
        found = [record.value async for record in read_to_end(self.broker, [TopicPartition("incidents", 0)])]
        return [decode_as(Incident, value) for value in found if value is not None]

    async def until_said(self, count: int) -> list[Incident]:
        """So many records of `incidents`."""
        async with asyncio.timeout(WITHIN_S):
            while len(said := await self.said()) < count:  # noqa: ASYNC110  a log announces nothing
                await asyncio.sleep(0.02)
        return said

    @asynccontextmanager
    async def watching(self, settings: WatchSettings | None = None) -> AsyncGenerator[Health]:
        """Watch, ready, for the length of a block."""
        health = Health("watch")
        watch = service(ServiceSettings(), settings or WatchSettings())
        task = asyncio.create_task(serve(watch, self.broker.another(), self.clock, ServiceSettings(stuck_after_s=1e9), health))
        try:
            async with asyncio.timeout(WITHIN_S):
                while not health.ready:
                    assert not task.done(), task.exception()
                    await asyncio.sleep(0.02)
            yield health
        finally:
            health.draining = True
            await asyncio.wait_for(task, WITHIN_S)

    async def looked(self, health: Health) -> None:
        """Wait until watch has judged at the newest T: it shows so."""
        health.notes = {}
        await self.mark(0.5)
        async with asyncio.timeout(WITHIN_S):
            while not health.notes:  # noqa: ASYNC110  health announces nothing
                await asyncio.sleep(0.02)
