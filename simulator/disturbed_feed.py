"""A gate's feed with faults that a scenario asks for, so that watch can be seen to notice them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from holdfast_gate.errors import FeedError
from holdfast_gate.model import SEAL_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast_gate.feed import Feed, FeedRecord

WELL, CUT_OFF, HELD_BACK, ALTERED = "well", "cut off", "held back", "altered"
STATES = (WELL, CUT_OFF, HELD_BACK, ALTERED)


@dataclass
class Disturbance:
    """What is wrong with a gate's feed now, and whether anything ever was."""

    state: str = WELL
    ever: bool = False

    def become(self, state: str) -> None:
        """From now on it is this that is wrong: one of STATES."""
        self.state = state
        self.ever |= state != WELL


class DisturbedFeed:
    """`holdfast_gate.feed.Feed` over another one.

    Cut off, nothing can be reached. Held back, nothing new comes, though everything answers. Altered, the last bit of every notice is another one.
    """

    def __init__(self, feed: Feed, disturbance: Disturbance) -> None:
        """Pass everything through while all is well."""
        self._feed = feed
        self._disturbance = disturbance

    async def partitions(self) -> int:
        """See `Feed`."""
        self._reach()
        return await self._feed.partitions()

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        self._reach()
        await self._feed.start(positions)

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`."""
        self._reach()
        if self._disturbance.state == HELD_BACK:
            await asyncio.sleep(timeout_s)
            return ()
        records = await self._feed.poll(timeout_s)
        return [_altered(each) for each in records] if self._disturbance.state == ALTERED else records

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        self._reach()
        return await self._feed.end_offsets()

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        self._reach()
        await self._feed.publish_report(key, value)

    async def close(self) -> None:
        """See `Feed`."""
        await self._feed.close()

    def _reach(self) -> None:
        if self._disturbance.state == CUT_OFF:
            message = "this gate is cut off"
            raise FeedError(message)


def _altered(record: FeedRecord) -> FeedRecord:
    if record.key == SEAL_KEY or not record.value:
        return record
    return replace(record, value=record.value[:-1] + bytes([record.value[-1] ^ 1]))
