"""What a gate needs of Kafka: the feed of vetoes, and somewhere to send its reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecord:
    """One record of `vetoes`. `append_time` is the broker's; None where the topic does not use LogAppendTime."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    append_time: datetime | None


class Feed(Protocol):
    """The topic `vetoes`, read uncommitted, outside any consumer group. Every method may raise FeedError."""

    async def partitions(self) -> int:
        """How many partitions the topic has now."""
        ...

    async def start(self, positions: Mapping[int, int]) -> None:
        """Read on from these offsets; a partition without one, from its beginning. May be called again.

        Raises OffsetLostError when a log does not reach from its position on.
        """
        ...

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """The next records, in the order of each partition; empty when `timeout_s` passed without any."""
        ...

    async def end_offsets(self) -> Mapping[int, int]:
        """The offset after the last record of every partition, asked of the broker by this very call."""
        ...

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """Write to `gate-reports`; returns when every in-sync replica has it."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
