"""A feed whose records come in the Confluent wire format: what wrote them is asked for as they are read.

A record whose schema is not known yet is handed on after a short wait, and vetoes, as every notice does that cannot be read. Once the schema is
known, its partition is read again from its beginning.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from holdfast_gate.confluent import ID_MAX, id_of
from holdfast_gate.containment import contained_async
from holdfast_gate.errors import OffsetLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from holdfast_gate.clock import Clock
    from holdfast_gate.feed import Feed, FeedRecord
    from holdfast_gate.schema_book import SchemaBook

#: How long a record waits for its schema before it is handed on unread: it may be somebody's veto.
PATIENCE_S = 1.0
PAUSE_FIRST_S, PAUSE_LONGEST_S = 0.5, 30.0


class SchemaLearntError(OffsetLostError):
    """A schema is known now: partitions with records that could not be read without it are read again from their beginning."""

    def __init__(self, partitions: Iterable[int]) -> None:
        """Name the partitions."""
        super().__init__(partitions)
        self.args = (f"a schema is known now, and partitions {sorted(self.partitions)} are read again from their beginning",)


class SchemaFeed:
    """`Feed`, with its schemas."""

    def __init__(self, feed: Feed, book: SchemaBook, ask: Callable[[int], str | None], clock: Clock) -> None:
        """`ask` blocks, gives the text of a schema or None, and raises GateTroubleError; it is called in a thread."""
        self._feed = feed
        self._book = book
        self._ask = ask
        self._clock = clock
        self._asking: asyncio.Task[None] | None = None
        self._again_at_s = 0.0
        self._pause_s = PAUSE_FIRST_S
        self._learnt: set[int] = set()

    async def partitions(self) -> int:
        """See `Feed`."""
        return await self._feed.partitions()

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        await self._feed.start(positions)

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`. Raises SchemaLearntError besides."""
        self._go_on_asking()
        if self._learnt:
            learnt, self._learnt = self._learnt, set()
            raise SchemaLearntError(learnt)
        records = await self._feed.poll(timeout_s)
        wanted = {schema_id for record in records if (schema_id := _id(record)) is not None and schema_id not in self._book}
        if new := wanted - self._book.unread.keys():
            await self._answered(new)
        for record in records:
            if (schema_id := _id(record)) is not None and schema_id not in self._book:
                self._book.miss(schema_id, record.partition)
        return records

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        return await self._feed.end_offsets()

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        await self._feed.publish_report(key, value)

    async def close(self) -> None:
        """See `Feed`."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._feed.close()

    # --- asking ----------------------------------------------------------------------------------------------------------

    async def _answered(self, new: set[int]) -> None:
        """Ask for schemas that were never asked for, and wait a little."""
        task = asyncio.create_task(self._learn(sorted(new)))
        await asyncio.wait([task], timeout=PATIENCE_S)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _go_on_asking(self) -> None:
        """Ask again for what records are waiting for, in the background and with growing pauses."""
        now_s = self._clock.monotonic_s()
        if not self._book.unread or now_s < self._again_at_s or (self._asking is not None and not self._asking.done()):
            return
        self._again_at_s = now_s + self._pause_s * (0.5 + random.random() / 2)  # noqa: S311 - so that gates do not all ask at once
        self._pause_s = min(2 * self._pause_s, PAUSE_LONGEST_S)
        self._asking = asyncio.create_task(self._learn(sorted(self._book.unread)))

    async def _learn(self, ids: Sequence[int]) -> None:
        """Whatever goes wrong is tried again: the veto stands meanwhile, and says why."""

        async def learn() -> None:
            for schema_id in ids:
                text = await asyncio.to_thread(self._ask, schema_id)
                if text is not None:
                    self._learnt |= self._book.learn(schema_id, text)
                    self._pause_s = PAUSE_FIRST_S

        await contained_async(learn)


def _id(record: FeedRecord) -> int | None:
    schema_id = id_of(record.value or b"")
    return None if schema_id is None or schema_id > ID_MAX else schema_id
