"""Tells the hub how far this gate has come, so that a veto's way to every gate can be measured and a gate that lags is seen.

A position is worth something only while it is new. So it is sent beside the journal's reports and never kept: what cannot be sent now is dropped, and
no decision and no report of one waits for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from holdfast_gate.records import full_name, registry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from holdfast_gate.clock import Clock
    from holdfast_gate.feed import Feed
    from holdfast_gate.position import GatePosition, PartitionPosition

POSITION = "GatePosition"
#: How often a position is sent.
POSITIONS_EVERY_S = 1.0
#: The troubles of a follower in which its feed does not work: then there is nothing new to say, and nobody to say it to.
_FEED_TROUBLES = frozenset({"reading", "measuring"})


class Positions:
    """Sends one `GatePosition` record for every partition of `vetoes`; `cycle` is to be run again and again."""

    def __init__(self, feed: Feed, clock: Clock, mode: str) -> None:
        """Send to `feed`'s reports. `mode` is what the gate's answers are worth: BINDING or SHADOW."""
        self._feed = feed
        self._clock = clock
        self._mode = mode

    async def cycle(self, pause: Callable[[float], Awaitable[None]], position: Callable[[], GatePosition]) -> None:
        """Wait until it is time, then send where the gate stands. Raises FeedError; nothing of what was not sent is kept."""
        await pause(POSITIONS_EVERY_S)
        now = position()
        if _FEED_TROUBLES.isdisjoint(now.troubles):
            key, at = now.gate_id.encode(), self._clock.now()
            values = [encode_position(each, gate_id=now.gate_id, mode=self._mode, reported_at=at) for each in now.partitions]
            # At once, so that they travel in one batch. The first that fails is the error; the others are lost with it.
            await asyncio.gather(*(self._feed.publish_report(key, value) for value in values))


def encode_position(position: PartitionPosition, *, gate_id: str, mode: str, reported_at: datetime) -> bytes:
    """The record of where a gate stands with one partition, as bytes."""
    record = {
        "gate_id": gate_id,
        "partition": position.partition,
        "mode": mode,
        "position": position.position,
        "seal_number": position.seal_number,
        "sealed_at": position.sealed_at,
        "bootstrapped": position.bootstrapped,
        "mismatch": position.mismatch,
        "feed_age_ms": None if position.feed_age_s is None else round(position.feed_age_s * 1000),
        "reported_at": reported_at,
    }
    return registry().encode(full_name(POSITION), record)
