"""What upstream systems do all day, for the demo and the benches: contract records, and a heartbeat a second."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from services.runtime.clock import SystemClock
from services.runtime.ports import Broker, Outgoing
from simulator.driven_clock import DrivenClock
from simulator.heartbeats import Heartbeats
from simulator.payloads import contract_record
from simulator.population import Record

BEAT_EVERY_S = 1.0


def outgoing(records: Iterable[Record], at: datetime) -> list[Outgoing]:
    """Population records as bytes; ids follow from what they say."""
    return [contract_record(r.topic, dict(r.payload), record_id=_id(r), at=at) for r in records]


def _id(record: Record) -> str:
    return hashlib.sha256(json.dumps([record.topic, record.payload], sort_keys=True).encode()).hexdigest()[:24]


async def beat(broker: Broker) -> None:
    """Heartbeats for every source, a second apart, until cancelled."""
    heartbeats = Heartbeats(broker, DrivenClock(SystemClock().now()))
    while True:
        await heartbeats.beat()
        await asyncio.sleep(BEAT_EVERY_S)


@asynccontextmanager
async def beating(broker: Broker) -> AsyncGenerator[None]:
    """Heartbeats for the length of a block. An error of the broker's ends the block."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(beat(broker))
        yield
        task.cancel()
