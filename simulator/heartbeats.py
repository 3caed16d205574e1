"""What the publishers' bridges do in life: a heartbeat into every partition of every source that is not silent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from holdfast.sources import TOPIC_OF_SOURCE
from simulator.payloads import heartbeat

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from services.runtime.ports import Broker
    from simulator.driven_clock import DrivenClock

EVERY_S = 1.0
#: Longer than the broker's finest time, so that no record falls into the instant of an advance.
APART_S = 0.002


class Heartbeats:
    """Beats for every source, each in its own name."""

    def __init__(self, broker: Broker, clock: DrivenClock) -> None:
        """Nothing is sent before `beat` or `run`."""
        self._broker = broker
        self._clock = clock
        self._silent: set[str] = set()
        self._ever_silenced: set[str] = set()
        self._counts: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def speaking(self) -> frozenset[str]:
        """The sources that are not silenced."""
        return frozenset(TOPIC_OF_SOURCE) - self._silent

    @property
    def ever_silenced(self) -> frozenset[str]:
        """The sources that were silenced at some time."""
        return frozenset(self._ever_silenced)

    async def silence(self, source: str) -> None:
        """Send nothing more for `source`; returns when the last beat is out."""
        async with self._one_at_a_time:
            self._silent.add(source)
            self._ever_silenced.add(source)

    async def resume(self, source: str) -> None:
        """Beat for `source` again, beginning now."""
        self._silent.discard(source)
        await self.beat()

    async def advance(self, by: timedelta) -> datetime:
        """Let `by` pass at once, with nothing in flight, and beat; returns what the beats vouch for."""
        async with self._one_at_a_time:
            await asyncio.sleep(APART_S)
            self._clock.advance(by)
            await asyncio.sleep(APART_S)
        return await self.beat()

    async def beat(self) -> datetime:
        """Send one heartbeat into every partition now; returns what they vouch for."""
        async with self._one_at_a_time:
            if not self._counts:
                topics = TOPIC_OF_SOURCE.items()
                self._counts = {source: await self._broker.partition_count(topic) for source, topic in topics}
            as_of = self._clock.stamp()
            await self._broker.publish([heartbeat(source, n, as_of) for source in sorted(self.speaking) for n in range(self._counts[source])])
            return as_of

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(EVERY_S)
