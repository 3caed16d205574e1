"""The feed on Kafka, through aiokafka: the only module that imports it (install `holdfast-gate[kafka]`).

Every option that safety depends on is set by name: no consumer group, read uncommitted (a veto binds when it is read), no silent reset
of offsets, reports idempotent and acknowledged by every in-sync replica.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError, TopicAlreadyExistsError, for_code
from aiokafka.helpers import create_ssl_context

from holdfast_gate.config import REPORTS, VETOES, KafkaSettings
from holdfast_gate.errors import FeedError, GateTroubleError, OffsetLostError
from holdfast_gate.feed import FeedRecord

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

T = TypeVar("T")

MEASURED_AGAINST = "0.14.0"
MAX_RECORDS = 2_000
MAX_RECORD_BYTES = 10 * 1024 * 1024
REQUEST_TIMEOUT_MS = 5_000
#: How long the broker may wait for more before it answers a fetch.
FETCH_MAX_WAIT_MS = 100
#: aiokafka may wait for ever for a partition that is gone: nothing may take longer than this.
DEADLINE_S = 10.0
CLOSE_TIMEOUT_S = 3.0
METADATA_MAX_AGE_MS = 10_000
#: Longer than a transaction of the conformance kit is open; no longer than the hub's brokers allow.
TRANSACTION_TIMEOUT_MS = 10_000
_LOG_APPEND_TIME = 1
_NOT_OPEN = "the topic is not open for writing"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

if version("aiokafka") != MEASURED_AGAINST:
    message = f"aiokafka {version('aiokafka')} is installed, but this gate was measured against {MEASURED_AGAINST}: install that one"
    raise GateTroubleError(message)


class KafkaFeed:
    """`feed.Feed` on a cluster."""

    def __init__(self, settings: KafkaSettings, append_time: Callable[[datetime], datetime] | None = None) -> None:
        """Nothing is connected before it is needed. `append_time` puts the broker's stamps on another clock; by default none."""
        self._settings = settings
        self._vetoes = settings.topic_prefix + VETOES
        self._reports = settings.topic_prefix + REPORTS
        self._append_time = append_time
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        #: Decisions and positions are reported side by side, through one producer.
        self._starting = asyncio.Lock()

    async def partitions(self) -> int:
        """How many partitions the topic has, as known since at most METADATA_MAX_AGE_MS."""
        if self._consumer is not None:
            known: set[int] | None = self._consumer.partitions_for_topic(self._vetoes)
            if known:
                return len(known)
        admin = AIOKafkaAdminClient(**self._connection())
        try:
            await self._reaching(admin.start())
            (described,) = await self._reaching(admin.describe_topics([self._vetoes]))
        finally:
            await _closing(admin.close())
        if described["error_code"]:
            message = f"topic {self._vetoes} does not exist, or this gate may not read it ({for_code(described['error_code']).__name__})"
            raise FeedError(message)
        return len(described["partitions"])

    async def start(self, positions: Mapping[int, int]) -> None:
        """Read on from these offsets, with a new consumer: nothing that an old one had fetched is handed out."""
        await self._stop_consumer()
        partitions = [TopicPartition(self._vetoes, number) for number in range(await self.partitions())]
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_uncommitted",
            check_crcs=True,
            fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            **self._connection(),
        )
        try:
            await self._reaching(consumer.start())
            consumer.assign(partitions)
            first: dict[TopicPartition, int] = await self._reaching(consumer.beginning_offsets(partitions))
            last: dict[TopicPartition, int] = await self._reaching(consumer.end_offsets(partitions))
            for each, offset in _wanted(positions, first, last).items():
                consumer.seek(each, offset)
        except BaseException:
            await _closing(consumer.stop())
            raise
        self._consumer = consumer

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """The next records; empty when `timeout_s` passed without any."""
        fetching = self._started().getmany(timeout_ms=int(timeout_s * 1000), max_records=MAX_RECORDS)
        fetched: dict[TopicPartition, list[Any]] = await self._reaching(fetching)
        return [self._record(each) for records in fetched.values() for each in records]

    async def end_offsets(self) -> Mapping[int, int]:
        """The end of every partition, asked of the broker now."""
        consumer = self._started()
        ends: dict[TopicPartition, int] = await self._reaching(consumer.end_offsets(list(consumer.assignment())))
        return {each.partition: offset for each, offset in ends.items()}

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """Write to `gate-reports`; returns when every in-sync replica has it."""
        producer = await self._started_producer()
        await self._reaching(producer.send_and_wait(self._reports, value=value, key=key))

    async def close(self) -> None:
        """Let go of connections."""
        await self._stop_consumer()
        producer, self._producer = self._producer, None
        if producer is not None:
            await _closing(producer.stop())

    # --- connections -----------------------------------------------------------------------------------------------------

    def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            message = "the feed is not started"
            raise FeedError(message)
        return self._consumer

    async def _started_producer(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(enable_idempotence=True, acks="all", **self._connection())
                try:
                    await self._reaching(producer.start())
                except BaseException:
                    await _closing(producer.stop())
                    raise
                self._producer = producer
            return self._producer

    async def _stop_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await _closing(consumer.stop())

    def _connection(self) -> dict[str, Any]:
        settings = self._settings
        options: dict[str, Any] = {
            "bootstrap_servers": [each.strip() for each in settings.bootstrap_servers.split(",")],
            "security_protocol": settings.security_protocol,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
            "client_id": "holdfast-gate",
        }
        if settings.security_protocol.endswith("SSL"):
            options["ssl_context"] = create_ssl_context(
                cafile=settings.ssl_cafile,
                certfile=settings.ssl_certfile,
                keyfile=settings.ssl_keyfile,
                password=settings.ssl_password,
            )
        if settings.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = settings.sasl_mechanism
            options["sasl_plain_username"] = settings.sasl_username
            options["sasl_plain_password"] = settings.sasl_password
        return options

    def _record(self, record: Any) -> FeedRecord:  # noqa: ANN401 - aiokafka has no types
        append_time: datetime | None = None
        if record.timestamp_type == _LOG_APPEND_TIME:
            append_time = _EPOCH + timedelta(milliseconds=record.timestamp)
            append_time = append_time if self._append_time is None else self._append_time(append_time)
        return FeedRecord(
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            value=record.value,
            append_time=append_time,
        )

    async def _reaching(self, call: Awaitable[T]) -> T:
        """The result of `call`, with aiokafka's errors as ours, and a deadline for what has none of its own."""
        try:
            return await asyncio.wait_for(call, DEADLINE_S)
        except OffsetOutOfRangeError as error:
            raise OffsetLostError(each.partition for each in error.args[0]) from error
        except (KafkaError, ConsumerStoppedError, AssertionError, OSError, asyncio.TimeoutError) as error:
            message = f"Kafka at {self._settings.bootstrap_servers}: {str(error) or type(error).__name__}"
            raise FeedError(message) from error


class KafkaWriter(KafkaFeed):
    """Writes `vetoes` in place of a hub, for the conformance kit. It never writes to a topic that anything was written to before it came."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Nothing is connected before `open`."""
        super().__init__(settings)
        self._plain: AIOKafkaProducer | None = None
        self._transactional: AIOKafkaProducer | None = None

    async def open(self, partitions: int) -> None:
        """Make the topics. Raises FeedError when `vetoes` is there already and has another number of partitions, or anything in it."""
        await self._create(self._vetoes, partitions, {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"})
        await self._create(self._reports, 1, {})
        await self.start({})
        ends = await self.end_offsets()
        if len(ends) != partitions or any(ends.values()):
            message = f"{self._vetoes} was used before: take new settings, with a topic of their own, for every run"
            raise FeedError(message)
        self._plain = AIOKafkaProducer(enable_idempotence=True, acks="all", **self._connection())
        await self._reaching(self._plain.start())
        self._transactional = AIOKafkaProducer(
            transactional_id=f"{self._vetoes}.conformance", transaction_timeout_ms=TRANSACTION_TIMEOUT_MS, **self._connection()
        )
        await self._reaching(self._transactional.start())

    async def write(self, record: FeedRecord) -> FeedRecord:
        """Write the key and the value of `record` to its partition; the record as it is in the log. Raises FeedError."""
        return await self._write(self._plain, record)

    @contextlib.asynccontextmanager
    async def uncommitted(self, record: FeedRecord) -> AsyncGenerator[FeedRecord]:
        """The same in a transaction that is open within the block, and committed after it."""
        producer = self._transactional
        if producer is None:
            raise FeedError(_NOT_OPEN)
        await self._reaching(producer.begin_transaction())
        try:
            yield await self._write(producer, record)
        finally:
            await self._reaching(producer.commit_transaction())

    async def close(self) -> None:
        """Let go of connections."""
        for producer in (self._plain, self._transactional):
            if producer is not None:
                await _closing(producer.stop())
        await super().close()

    async def _create(self, topic: str, partitions: int, settings: Mapping[str, str]) -> None:
        # One replica will do, whatever the cluster asks of topics that must last.
        new = NewTopic(topic, partitions, 1, topic_configs={"min.insync.replicas": "1", **settings})
        admin = AIOKafkaAdminClient(**self._connection())
        try:
            await self._reaching(admin.start())
            response: Any = await self._reaching(admin.create_topics([new]))
        finally:
            await _closing(admin.close())
        for name, code, text in response.topic_errors:
            if code and code != TopicAlreadyExistsError.errno:
                message = f"topic {name} could not be created: {text or for_code(code).__name__}"
                raise FeedError(message)

    async def _write(self, producer: AIOKafkaProducer | None, record: FeedRecord) -> FeedRecord:
        if producer is None:
            raise FeedError(_NOT_OPEN)
        sent = await self._reaching(producer.send(self._vetoes, key=record.key, value=record.value, partition=record.partition))
        written: Any = await self._reaching(sent)
        if written.timestamp_type != _LOG_APPEND_TIME:
            message = f"{self._vetoes} does not use message.timestamp.type=LogAppendTime"
            raise FeedError(message)
        at = _EPOCH + timedelta(milliseconds=written.timestamp)
        return FeedRecord(partition=record.partition, offset=written.offset, key=record.key, value=record.value, append_time=at)


def _wanted(positions: Mapping[int, int], first: Mapping[TopicPartition, int], last: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    wanted = {each: positions.get(each.partition, offset) for each, offset in first.items()}
    if lost := [each.partition for each, offset in wanted.items() if not first[each] <= offset <= last[each]]:
        raise OffsetLostError(lost)
    return wanted


async def _closing(stop: Awaitable[object]) -> None:
    """Stop a client; one that cannot say goodbye in time is left to its connections' own end."""
    try:
        await asyncio.wait_for(stop, CLOSE_TIMEOUT_S)
    except (KafkaError, OSError, AssertionError, asyncio.TimeoutError):
        return
