"""Intake: upstream topics in, `claims` and `dead-letters` out. The anti-corruption layer: bytes become claims here and nowhere else.

Stateless: what it knows of its partition is how far the source's heartbeats have come, and the next heartbeat says it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from holdfast.claims import Claim, PartitionMark
from holdfast.records import DeadLetter, DeadLetterHeader
from holdfast.sources import READ_BY_INTAKE, SOURCE_OF_TOPIC
from schemas.wire import encode
from services.intake.adaptors import Read, Refused, Upstream, read
from services.intake.quarantine import quarantine
from services.runtime.headers import event
from services.runtime.metrics import DEAD_LETTERS, SAID_NOTHING
from services.runtime.ports import Broker, Outgoing, Record, TopicPartition
from services.runtime.stage import Service, Stage, Tick
from services.runtime.supervise import contained

CLAIMS, DEAD_LETTERS_TOPIC = "claims", "dead-letters"

Reading = Callable[[Upstream], Read | Refused]


class IntakeStage:
    """One upstream partition. `by_end_offsets`: its source sends no heartbeats, so the end of the partition stands in for them."""

    def __init__(self, source: TopicPartition, *, by_end_offsets: bool, reading: Reading = read) -> None:
        self._source = source
        self._by_end_offsets = by_end_offsets
        self._reading = reading
        self._as_of: datetime | None = None
        self._marked_at: datetime | None = None

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Nothing to restore."""
        del broker
        return []

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Claims and dead letters in order, then how far that brings the source: a mark never overtakes what it vouches for."""
        outputs: list[Outgoing] = []
        heartbeat: Record | None = None
        for record in records:
            upstream = _upstream(record)
            result = contained(self._reading, upstream)
            match result:
                case Read():
                    outputs += [_claim(claim, record, n) for n, claim in enumerate(result.claims)]
                    if result.nothing is not None:
                        SAID_NOTHING.labels(record.topic, result.nothing).inc()
                    if result.heartbeat is not None:
                        heartbeat = record
                        self._as_of = max(self._as_of or result.heartbeat.as_of, result.heartbeat.as_of)
                case Refused():
                    outputs += _refuse(upstream, result, record)
                case Exception():
                    what = f"{type(result).__name__}: {result}"
                    message = f"reading {record.topic}[{record.partition}]@{record.offset} failed in our own code ({what}); redrive it once mended"
                    outputs += _refuse(upstream, Refused(reason="ADAPTOR_FAILED", message=message, dialect=None), record)
        return [*outputs, *self._mark(heartbeat, records, tick)]

    def _mark(self, heartbeat: Record | None, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        if (source := SOURCE_OF_TOPIC.get(self._source.topic)) is None:
            return []  # answers that the hub asked for: nobody vouches for those, and whoever waits for one is held
        if self._by_end_offsets:
            if not tick.at_end or tick.looked_at == self._marked_at:
                return []
            self._marked_at = time = tick.looked_at
            as_of: datetime | None = time
        elif heartbeat is not None:
            # Nobody can vouch for a time that has not come: a publisher whose clock is fast would hide its own silence.
            time, as_of = heartbeat.appended_at, min(self._as_of or heartbeat.appended_at, heartbeat.appended_at)
        else:
            return []
        mark = PartitionMark(
            source=source,
            partition=self._source.partition,
            partition_count=max(tick.partition_count, self._source.partition + 1),
            time=time,
            as_of=as_of,
        )
        cause = heartbeat or (records[-1] if records else _silence(self._source, time))
        headers = event("PartitionMark", source="intake", cause=cause)
        return [Outgoing(topic=CLAIMS, partition=0, key=None, value=encode(mark), headers=headers)]


def _upstream(record: Record) -> Upstream:
    value = record.value or b""
    return Upstream(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=value,
        headers=dict(record.headers),
        appended_at=record.appended_at,
        sha256=hashlib.sha256(value).hexdigest(),
    )


def _claim(claim: Claim, record: Record, n: int) -> Outgoing:
    headers = event("Claim", source="intake", cause=record, part=str(n))
    return Outgoing(topic=CLAIMS, partition=0, key=claim.subject.encode(), value=encode(claim), headers=headers)


def _refuse(upstream: Upstream, refused: Refused, record: Record) -> Sequence[Outgoing]:
    """Law 4: the dead letter, and in the same transaction a claim of the hub's that holds whomever its bytes name."""
    DEAD_LETTERS.labels(record.topic, refused.reason).inc()
    letter = DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.appended_at,
        key=record.key,
        value=record.value,
        headers=tuple(DeadLetterHeader(key=key, value=value) for key, value in record.headers),
        sha256=upstream.sha256,
        reason=refused.reason,
        message=refused.message,
        dialect=refused.dialect,
    )
    where = f"{record.topic}/{record.partition}/{record.offset}".encode()
    headers = event("DeadLetter", source="intake", cause=record)
    dead = Outgoing(topic=DEAD_LETTERS_TOPIC, partition=0, key=where, value=encode(letter), headers=headers)
    return [dead, *(_claim(claim, record, n) for n, claim in enumerate(quarantine(upstream, refused)))]


def _silence(source: TopicPartition, at: datetime) -> Record:
    """What a mark is caused by when no record was: the quiet end of a partition at an instant."""
    return Record(topic=source.topic, partition=source.partition, offset=-1, key=None, value=None, headers=(), appended_at=at)


def service(end_offset_sources: Sequence[str]) -> Service:
    """The intake service."""

    def stage(source: TopicPartition) -> Stage:
        return IntakeStage(source, by_end_offsets=SOURCE_OF_TOPIC.get(source.topic) in end_offset_sources)

    return Service(name="intake", topics=READ_BY_INTAKE, stage=stage)
