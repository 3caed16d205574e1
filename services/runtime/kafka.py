"""Kafka, through aiokafka: the only module that imports it. What it works around was measured (docs/adr/0003-kafka-client.md).

- Every future from `send` is awaited before the commit: a failed send inside a transaction is otherwise committed without its record.
- One transactional id per input partition; starting its producer fences the predecessor *before* the committed offset is read.
- A producer whose EndTxn needed a second try is thrown away: the late first try could otherwise commit the next transaction.
- Membership and reading are apart: a member consumer only learns which partitions are ours, and each lane reads with a consumer of its own, so
  that no record is read before its lane has restored its state.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any, TypeVar, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    ProducerFenced,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)

from services.runtime.config import KafkaSettings
from services.runtime.ports import (
    BrokerError,
    Clock,
    FencedError,
    Headers,
    Lane,
    OffsetLostError,
    Outgoing,
    Reader,
    Record,
    TopicError,
    TopicPartition,
)
from services.runtime.topic_settings import TopicFound

MEASURED_AGAINST = "0.14.0"
MAX_RECORD_BYTES = 10 * 1024 * 1024
SESSION_TIMEOUT_MS = 10_000
TRANSACTION_TIMEOUT_MS = 10_000
REQUEST_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_S = 5.0
#: How soon a changed partition count is noticed.
METADATA_MAX_AGE_MS = 5_000
#: After a commit the coordinator answers CONCURRENT_TRANSACTIONS for a few milliseconds; aiokafka's default would sleep for a hundred.
RETRY_BACKOFF_MS = 5

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Source of a setting, as DescribeConfigs gives it: set on the topic itself (Kafka protocol, `ConfigSource.DYNAMIC_TOPIC_CONFIG`).
_SET_ON_TOPIC = 1


class WrongClientError(RuntimeError):
    """The installed aiokafka is not the one that this module was measured against."""


if version("aiokafka") != MEASURED_AGAINST:
    message = f"aiokafka {version('aiokafka')} is installed, but this hub was measured against {MEASURED_AGAINST}: install that one"
    raise WrongClientError(message)


class KafkaBroker:
    """`ports.Broker` on a Kafka cluster. Topic names get `prefix` on the wire."""

    def __init__(self, settings: KafkaSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._prefix = settings.topic_prefix
        self._publisher: AIOKafkaProducer | None = None
        self._publisher_lock = asyncio.Lock()

    async def partition_count(self, topic: str) -> int:
        """How many partitions `topic` has now. Raises TopicError when it does not exist."""
        counts = await self.partition_counts([topic])
        if topic not in counts:
            message = f"topic {self._prefix}{topic} does not exist: create it with `holdfast topics apply`"
            raise TopicError(message)
        return counts[topic]

    async def partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        """The partition counts of those of `topics` that exist."""
        async with self._admin() as admin:
            described = await admin.describe_topics([self._prefix + topic for topic in topics])
        return {
            cast("str", each["topic"]).removeprefix(self._prefix): len(cast("list[Any]", each["partitions"]))
            for each in described
            if each["error_code"] == 0
        }

    # --- membership ----------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def join(self, group: str, topics: Sequence[str]) -> AsyncGenerator[AsyncIterator[frozenset[TopicPartition]]]:
        """Membership of `group`: an iterator over the partitions assigned to us, whenever that changes."""
        member = AIOKafkaConsumer(
            group_id=self._prefix + group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # never read from: a member only learns what is ours
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=SESSION_TIMEOUT_MS // 5,
            **self._connection(),
        )
        changed = asyncio.Event()
        changed.set()
        member.subscribe([self._prefix + topic for topic in topics], listener=_Listener(member, changed))
        try:
            await _reaching(member.start())
            yield self._assignments(member, changed)
        finally:
            await _closing(member.stop())

    async def _assignments(self, member: AIOKafkaConsumer, changed: asyncio.Event) -> AsyncIterator[frozenset[TopicPartition]]:
        last: frozenset[TopicPartition] | None = None
        while True:
            changed.clear()
            ours = frozenset(self._logical(partition) for partition in member.assignment())
            if ours != last:
                last = ours
                yield ours
            # Polling keeps us a member; every partition of a member is paused, so nothing is ever handed out here.
            await _reaching(member.getmany(timeout_ms=500))

    # --- lanes and readers ---------------------------------------------------------------------------------------------------

    async def open_lane(self, source: TopicPartition, *, group: str, transactional_id: str) -> Lane:
        """Fence the predecessor, then position at the group's committed offset. Raises OffsetLostError when it is no longer in the log."""
        producer = AIOKafkaProducer(
            transactional_id=self._prefix + transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            **self._producing(),
        )
        consumer = AIOKafkaConsumer(group_id=self._prefix + group, isolation_level="read_committed", **self._consuming())
        lane = _KafkaLane(self, source, group, producer, consumer)
        try:
            await lane.start()
        except BaseException:
            await lane.close()
            raise
        return lane

    async def open_reader(
        self, sources: Sequence[TopicPartition], *, offsets: Mapping[TopicPartition, int] | None = None, committed: bool = True
    ) -> Reader:
        """Read `sources` from `offsets`, by default from the beginning of each."""
        isolation = "read_committed" if committed else "read_uncommitted"
        consumer = AIOKafkaConsumer(isolation_level=isolation, **self._consuming())
        try:
            await _reaching(consumer.start())
            await _position(consumer, {self.physical(s): (offsets or {}).get(s) for s in sources})
        except BaseException:
            await _closing(consumer.stop())
            raise
        return _KafkaReader(self, tuple(sources), consumer)

    async def offsets_at(self, sources: Sequence[TopicPartition], instant: datetime) -> dict[TopicPartition, int]:
        """Of each partition the first offset whose record was appended at `instant` or later; its end where there is none."""
        consumer = AIOKafkaConsumer(**self._consuming())
        partitions = {self.physical(source): source for source in sources}
        try:
            await _reaching(consumer.start())
            consumer.assign(list(partitions))
            # The ends first: a record that comes between the two requests must not be passed over.
            ends: dict[KafkaPartition, int] = await _reaching(consumer.end_offsets(list(partitions)))
            found: dict[KafkaPartition, Any] = await _reaching(consumer.offsets_for_times(dict.fromkeys(partitions, _milliseconds(instant))))
        finally:
            await _closing(consumer.stop())
        return {source: ends[each] if found.get(each) is None else found[each].offset for each, source in partitions.items()}

    async def publish(self, outputs: Sequence[Outgoing]) -> Sequence[tuple[TopicPartition, int]]:
        """Write outside any transaction (idempotent, acknowledged by all in-sync replicas); where each record went, in order."""
        async with self._publisher_lock:
            if self._publisher is None:
                publisher = AIOKafkaProducer(enable_idempotence=True, **self._producing())
                try:
                    await _reaching(publisher.start())
                except BaseException:
                    await _closing(publisher.stop())
                    raise
                self._publisher = publisher
        futures = [await _reaching(self.send(self._publisher, output)) for output in outputs]
        written = await _reaching(asyncio.gather(*futures))
        return [(self._logical(KafkaPartition(m.topic, m.partition)), m.offset) for m in written]

    async def close(self) -> None:
        """Stop the publisher; lanes, readers and memberships are closed by whoever opened them."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await _closing(publisher.stop())

    async def broker_count(self) -> int:
        """How many brokers the cluster has: what a replication factor can be at most."""
        async with self._admin() as admin:
            cluster: Any = await admin.describe_cluster()
        return len(cluster["brokers"])

    # --- topics --------------------------------------------------------------------------------------------------------------

    async def create_topic(self, topic: str, *, partitions: int, replication: int, settings: Mapping[str, str]) -> bool:
        """Create `topic`; False when it exists already."""
        new = NewTopic(self._prefix + topic, partitions, replication, topic_configs=dict(settings))
        async with self._admin() as admin:
            response: Any = await admin.create_topics([new])
        for name, code, text in response.topic_errors:
            if code == TopicAlreadyExistsError.errno:
                return False
            if code:
                message = f"topic {name} could not be created: {text or code}"
                raise TopicError(message)
        return True

    async def add_partitions(self, topic: str, partitions: int) -> None:
        """Give `topic` more partitions."""
        async with self._admin() as admin:
            await admin.create_partitions({self._prefix + topic: NewPartitions(total_count=partitions)})

    async def topics_found(self, topics: Sequence[str]) -> dict[str, TopicFound]:
        """Those of `topics` that exist, as the cluster has them."""
        async with self._admin() as admin:
            described = [each for each in await admin.describe_topics([self._prefix + topic for topic in topics]) if each["error_code"] == 0]
            names = [ConfigResource(ConfigResourceType.TOPIC, each["topic"]) for each in described]
            responses: list[Any] = await admin.describe_configs(names) if names else []
        entries = {_checked(each[0], each[1], each[3]): each[4] for response in responses for each in response.resources}
        return {
            name.removeprefix(self._prefix): TopicFound(
                partitions=len(each["partitions"]),
                replication=min(len(partition["replicas"]) for partition in each["partitions"]),
                settings={str(entry[0]): str(entry[1]) for entry in entries[name]},
                overrides={str(entry[0]): str(entry[1]) for entry in entries[name] if entry[3] == _SET_ON_TOPIC},
            )
            for each in described
            if (name := cast("str", each["topic"])) in entries
        }

    async def alter_topic(self, topic: str, settings: Mapping[str, str]) -> None:
        """Make `settings` the only ones that are set on an existing topic: any other falls back to the cluster's default."""
        async with self._admin() as admin:
            responses: list[Any] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, self._prefix + topic, dict(settings))])
        for response in responses:
            for code, text, _, name in response.resources:
                _checked(code, text, name)

    async def delete_topics(self, topics: Sequence[str]) -> None:
        """Delete `topics`: only the scenario runner does, to those under its own prefix."""
        async with self._admin() as admin:
            await admin.delete_topics([self._prefix + topic for topic in topics])

    @asynccontextmanager
    async def _admin(self) -> AsyncGenerator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._connection())
        await _reaching(admin.start())
        try:
            yield admin
        except KafkaError as error:
            raise BrokerError(str(error)) from error
        finally:
            await _closing(admin.close())

    # --- names and settings --------------------------------------------------------------------------------------------------

    def physical(self, source: TopicPartition) -> KafkaPartition:
        """A partition as Kafka names it."""
        return KafkaPartition(self._prefix + source.topic, source.partition)

    def _logical(self, partition: KafkaPartition) -> TopicPartition:
        return TopicPartition(partition.topic.removeprefix(self._prefix), partition.partition)

    @property
    def prefix(self) -> str:
        """What every physical topic and group name begins with."""
        return self._prefix

    async def send(self, producer: AIOKafkaProducer, output: Outgoing) -> asyncio.Future[Any]:
        """Queue one record; the future must be awaited before anything is committed."""
        return await producer.send(
            self._prefix + output.topic,
            value=output.value,
            key=output.key,
            partition=output.partition,
            headers=list(output.headers),
        )

    def records(self, fetched: Mapping[KafkaPartition, Sequence[Any]]) -> list[Record]:
        """What aiokafka fetched, in our words."""
        return [
            Record(
                topic=source.topic.removeprefix(self._prefix),
                partition=source.partition,
                offset=each.offset,
                key=each.key,
                value=each.value,
                headers=tuple((name, value or b"") for name, value in cast("Headers", each.headers)),
                appended_at=self._clock.of_broker(_EPOCH + timedelta(milliseconds=each.timestamp)),
            )
            for source, batch in fetched.items()
            for each in batch
        ]

    def _connection(self) -> dict[str, Any]:
        settings = self._settings
        options: dict[str, Any] = {
            "bootstrap_servers": settings.bootstrap_servers,
            "client_id": "holdfast",
            "security_protocol": settings.security_protocol,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
        }
        if settings.security_protocol in {"SSL", "SASL_SSL"}:
            context = ssl.create_default_context(cafile=settings.ssl_cafile)
            if settings.ssl_certfile is not None:
                context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
            options["ssl_context"] = context
        if settings.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = settings.sasl_mechanism
            options["sasl_plain_username"] = settings.sasl_username
            options["sasl_plain_password"] = settings.sasl_password.get_secret_value() if settings.sasl_password else None
        return options

    def _producing(self) -> dict[str, Any]:
        return {
            **self._connection(),
            "acks": "all",
            "max_batch_size": 1024 * 1024,
            "max_request_size": MAX_RECORD_BYTES,
            "retry_backoff_ms": RETRY_BACKOFF_MS,
        }

    def _consuming(self) -> dict[str, Any]:
        return {
            **self._connection(),
            "enable_auto_commit": False,
            "auto_offset_reset": "none",  # a lost offset halts and is reported; it never skips
            "fetch_max_wait_ms": 250,
            "max_partition_fetch_bytes": 4 * 1024 * 1024,
            "check_crcs": True,
            "metadata_max_age_ms": METADATA_MAX_AGE_MS,
        }


class _KafkaReader:
    """`ports.Reader`."""

    def __init__(self, broker: KafkaBroker, sources: Sequence[TopicPartition], consumer: AIOKafkaConsumer) -> None:
        self._broker = broker
        self._sources = sources
        self._consumer = consumer

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        return self._broker.records(await _reaching(self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=limit)))

    async def position(self, source: TopicPartition) -> int:
        return await _reaching(self._consumer.position(self._broker.physical(source)))

    async def end_offsets(self) -> dict[TopicPartition, int]:
        ends = await _reaching(self._consumer.end_offsets([self._broker.physical(s) for s in self._sources]))
        return {source: ends[self._broker.physical(source)] for source in self._sources}

    async def close(self) -> None:
        await _closing(self._consumer.stop())


class _KafkaLane:
    """`ports.Lane`: one producer and one consumer for one input partition."""

    def __init__(self, broker: KafkaBroker, source: TopicPartition, group: str, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self.source = source
        self.start_end_offset = 0
        self._broker = broker
        self._partition = broker.physical(source)
        self._group = broker.prefix + group
        self._producer = producer
        self._consumer = consumer
        self._tainted = False

    async def start(self) -> None:
        """Fence first, read the committed offset after: the other way round it may be the offset of before the predecessor's last commit."""
        await _reaching(self._producer.start())
        self._watch_end_of_transaction()
        await _reaching(self._consumer.start())
        self._consumer.assign([self._partition])
        committed = await _reaching(self._consumer.committed(self._partition))
        await _position(self._consumer, {self._partition: committed})
        self.start_end_offset = await self.end_offset()

    def _watch_end_of_transaction(self) -> None:
        """Notice an EndTxn that needed a second try. aiokafka has no public way to ask; hence the exact pin on its version."""
        internals: Any = self._producer
        sender: Any = internals._sender  # noqa: SLF001
        end: Callable[[bool], Coroutine[Any, Any, None]] = sender._do_txn_commit  # noqa: SLF001

        async def watched(commit_result: bool) -> None:  # noqa: FBT001
            await end(commit_result)
            if sender._txn_manager.needs_transaction_commit() is not None:  # noqa: SLF001
                self._tainted = True

        sender._do_txn_commit = watched  # noqa: SLF001

    @property
    def partition_count(self) -> int:
        return len(self._consumer.partitions_for_topic(self._partition.topic) or ())

    async def position(self) -> int:
        return await _reaching(self._consumer.position(self._partition))

    async def end_offset(self) -> int:
        return (await _reaching(self._consumer.end_offsets([self._partition])))[self._partition]

    async def read(self, *, limit: int, timeout_s: float) -> Sequence[Record]:
        return self._broker.records(await _reaching(self._consumer.getmany(self._partition, timeout_ms=int(timeout_s * 1000), max_records=limit)))

    async def commit(self, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
        producer = self._producer
        await _reaching(producer.begin_transaction())
        if next_offset is not None:
            # Offsets go first. Right after a commit the coordinator refuses the next transaction for a few milliseconds, and aiokafka waits 20 ms
            # when that happens to a partition but RETRY_BACKOFF_MS when it happens to offsets; and a Produce beside a TxnOffsetCommit collides.
            await _reaching(producer.send_offsets_to_transaction({self._partition: next_offset}, self._group))
        futures = [await _reaching(self._broker.send(producer, output)) for output in outputs]
        failed = [error for error in await asyncio.gather(*futures, return_exceptions=True) if isinstance(error, BaseException)]
        for error in failed:
            await _reaching(_raising(error))
        await _reaching(producer.commit_transaction())
        if self._tainted:
            message = f"the end of a transaction of {self.source} had to be sent twice; its producer is thrown away"
            raise BrokerError(message)

    async def close(self) -> None:
        await _closing(self._consumer.stop())
        await _closing(_abandon(self._producer))


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Drop a producer as a crash would: an open transaction is neither committed nor aborted here, its successor settles it."""
    internals: Any = producer
    internals._closed = True  # noqa: SLF001
    sender: Any = internals._sender  # noqa: SLF001
    if sender.sender_task is not None:
        sender.sender_task.cancel()
        await asyncio.wait([sender.sender_task], timeout=CLOSE_TIMEOUT_S)
    await producer.client.close()


class _Listener(ConsumerRebalanceListener):
    """Pauses whatever is assigned and says that something changed; exceptions in a listener are swallowed, so nothing else happens here."""

    def __init__(self, member: AIOKafkaConsumer, changed: asyncio.Event) -> None:
        self._member = member
        self._changed = changed

    def on_partitions_revoked(self, revoked: Sequence[KafkaPartition]) -> None:
        del revoked
        self._changed.set()

    def on_partitions_assigned(self, assigned: Sequence[KafkaPartition]) -> None:
        self._member.pause(*assigned)
        self._changed.set()


def _milliseconds(instant: datetime) -> int:
    return max((instant - _EPOCH) // timedelta(milliseconds=1), 0)


async def _position(consumer: AIOKafkaConsumer, wanted: Mapping[KafkaPartition, int | None]) -> None:
    """Assign and seek: to the wanted offset if the log still holds it, to the beginning where none is wanted."""
    partitions = list(wanted)
    consumer.assign(partitions)
    beginnings = await _reaching(consumer.beginning_offsets(partitions))
    for partition, offset in wanted.items():
        start = beginnings[partition] if offset is None else offset
        if start < beginnings[partition]:
            message = f"{partition.topic}[{partition.partition}] begins at {beginnings[partition]}, offset {start} is gone: restore it or decide"
            raise OffsetLostError(message)
        consumer.seek(partition, start)


async def _reaching(call: Awaitable[T]) -> T:
    """Await a client call; its errors become ours."""
    try:
        return await call
    except ProducerFenced as error:
        raise FencedError(str(error) or "a successor has taken this partition over") from error
    except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
        raise OffsetLostError(str(error)) from error
    except UnknownTopicOrPartitionError as error:
        raise TopicError(str(error)) from error
    except (KafkaError, OSError, AssertionError) as error:
        raise BrokerError(_said(error)) from error


def _said(error: BaseException) -> str:
    """In words that say where to look; the client's own errors say their names, those of the system do not."""
    name, text = type(error).__name__, str(error)
    said = text if text.startswith(name) else f"{name}: {text}"
    if isinstance(error, KafkaConnectionError) and "bootstrap" in text:
        return f"no Kafka answers: is one running, and does KAFKA_BOOTSTRAP_SERVERS name it? ({said})"
    return said


def _checked(code: int, text: str | None, topic: str) -> str:
    """`topic`, where an answer about its settings is no error. Raises TopicError."""
    if code:
        message = f"the settings of topic {topic} were refused: {text or code}"
        raise TopicError(message)
    return topic


async def _raising(error: BaseException) -> None:
    raise error


async def _closing(call: Coroutine[Any, Any, object]) -> None:
    """Close something within a deadline; what it cannot say goodbye to, the broker times out."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await call
    except (KafkaError, OSError, TimeoutError):
        return
