"""The kit's own `vetoes`, on Kafka."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast_gate.conformance.ports import PARTITIONS, KitError
from holdfast_gate.errors import FeedError
from holdfast_gate.feed import FeedRecord
from holdfast_gate.kafka import KafkaWriter
from holdfast_gate.testing.log import Appended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from types import TracebackType

    from holdfast_gate.config import KafkaSettings
    from holdfast_gate.testing.hub import Said


class KafkaTopic:
    """`ports.Topic`, made when it is entered: `async with KafkaTopic(settings, prefix) as topic`. Raises KitError."""

    def __init__(self, settings: KafkaSettings, prefix: str) -> None:
        """Nothing is connected yet."""
        self._writer = KafkaWriter(replace(settings, topic_prefix=prefix))

    async def __aenter__(self) -> KafkaTopic:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Make the topics."""
        with _as_kit_error():
            try:
                await self._writer.open(PARTITIONS)
            except BaseException:
                await self._writer.close()
                raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Let go of connections; the topics stay, for whoever wants to look."""
        await self._writer.close()

    async def append(self, said: Said) -> Appended:
        """See `Topic`."""
        with _as_kit_error():
            return _appended(await self._writer.write(_record(said)))

    @contextlib.asynccontextmanager
    async def uncommitted(self, said: Said) -> AsyncGenerator[Appended]:
        """See `Topic`."""
        with _as_kit_error():
            async with self._writer.uncommitted(_record(said)) as written:
                yield _appended(written)


def _record(said: Said) -> FeedRecord:
    return FeedRecord(partition=said.partition, offset=0, key=said.key, value=said.value, append_time=None)


def _appended(record: FeedRecord) -> Appended:
    if record.append_time is None:
        message = "the broker put no stamp on a record"
        raise KitError(message)
    return Appended(partition=record.partition, offset=record.offset, at=record.append_time)


@contextlib.contextmanager
def _as_kit_error() -> Generator[None]:
    try:
        yield
    except FeedError as error:
        raise KitError(str(error)) from error
