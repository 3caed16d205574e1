"""A whole estate on `prisoner-status` and `vetoes`, written as the status service would have written it.

A thousand lawful prisoners are folded in earnest; the rest are the same records under other numbers. A prisoner number is seven letters wherever it
stands, so another one fits its place byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from holdfast.claims import Claim, Fact
from holdfast.identity import Identity
from holdfast.records import PartitionStatus, PrisonerStatus
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast.status import RULES_VERSION, derive, due_at, fold
from holdfast_gate.partitioner import partition_of
from schemas.wire import encode
from services.intake.adaptors import Read, Upstream, read
from services.runtime.ports import Broker, Outgoing
from services.status.app import PARTITION_KEY
from simulator.population import lawful, prisoner
from simulator.publishing import outgoing

FOLDED = 500
CHUNK = 2000


async def fill(broker: Broker, prisoners: int) -> None:
    """Write `prisoners` statuses and notices, and each partition's progress."""
    now = datetime.now(UTC)
    partitions = await broker.partition_count("prisoner-status")
    chunk: list[Outgoing] = []
    for output in _everything(prisoners, partitions, now):
        chunk.append(output)
        if len(chunk) >= CHUNK:
            await broker.publish(chunk)
            chunk = []
    await broker.publish(chunk)


def _everything(prisoners: int, partitions: int, now: datetime) -> Iterator[Outgoing]:
    folded = [_fold(n, now) for n in range(min(FOLDED, prisoners))]
    for n in range(prisoners):
        was, status, notice = folded[n % len(folded)]
        number = prisoner(n, now).prisoner_number.encode()
        partition = partition_of(number, partitions)
        for topic, value in (("prisoner-status", status), ("vetoes", notice)):
            yield Outgoing(topic=topic, partition=partition, key=number, value=value.replace(was, number))
    for partition in range(partitions):
        value = encode(PartitionStatus(facts_offset=0, time=now, sources=()))
        yield Outgoing(topic="prisoner-status", partition=partition, key=PARTITION_KEY, value=value)


def _fold(n: int, now: datetime) -> tuple[bytes, bytes, bytes]:
    who, records = lawful(n, now)
    identity = Identity()
    facts: Sequence[Fact] = [
        fact for claim in _claims(outgoing(records, now), now) for fact in identity.resolve(claim, source=_source(claim), sequence=0)
    ]
    status = PrisonerStatus(prisoner_number=who.prisoner_number)
    for offset, fact in enumerate(facts):
        status = fold(status, fact, facts_offset=offset, at=now)
    notice = encode(derive(status, at=now))
    due = due_at((entry.claim for entry in status.entries), now)
    value = encode(replace(status, rules_version=RULES_VERSION, due_at=due, notice=notice))
    return who.prisoner_number.encode(), value, notice


def _claims(records: Sequence[Outgoing], now: datetime) -> Iterator[Claim]:
    for offset, record in enumerate(records):
        value = record.value or b""
        headers: Mapping[str, bytes] = dict(record.headers)
        sha256 = hashlib.sha256(value).hexdigest()
        upstream = Upstream(topic=record.topic, partition=0, offset=offset, value=value, headers=headers, appended_at=now, sha256=sha256)
        result = read(upstream)
        if isinstance(result, Read):
            yield from result.claims


def _source(claim: Claim) -> str:
    return SOURCE_OF_TOPIC[claim.source.topic]
