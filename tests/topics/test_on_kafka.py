"""Topic settings on a real Kafka: created, spoilt, found, mended; and what its cleaner leaves of the vetoes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from holdfast_gate.lthash import LtHash
from holdfast_gate.model import SEAL_KEY, Seal
from schemas.topics import topics
from schemas.wire import decode_as
from services.__main__ import holdfast
from services.cli.errors import TroubleError
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.signing import KeySigner
from services.runtime.topics import apply
from services.status.app import StatusStage
from simulator.keys import KEY
from tests.core.telling import alert, received
from tests.status.told import Log, run, seconds

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]
ONE = {"replication": 1, "min_insync": 1}
PEOPLE = tuple(f"A{n:04}BC" for n in range(40))
#: The broker's cleaner looks every fifteen seconds where nobody told it otherwise.
CLEANED_WITHIN_S = 60.0
ROLLED_AFTER_MS = 1_000


@pytest.fixture
async def broker(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KafkaBroker]:
    """A prefix of its own, which commands reach too; whatever stands under it is deleted at the end."""
    prefix = f"topics-{os.urandom(4).hex()}."
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("HOLDFAST_TOPIC_PREFIX", prefix)
    client = KafkaBroker(KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap, "topic_prefix": prefix}), SystemClock())
    yield client
    await client.delete_topics(list(await client.partition_counts([spec.name for spec in topics()])))
    await client.close()


async def _told(*words: str) -> tuple[Any, str]:
    """The JSON of a command, and its trouble."""
    done = await asyncio.to_thread(CliRunner().invoke, holdfast, ["topics", *words, "--replication", "1", "--json"])
    assert done.exception is None or isinstance(done.exception, TroubleError), done.exception
    return json.loads(done.stdout), str(done.exception or "")


async def test_what_is_spoilt_is_named_and_mended(broker: KafkaBroker) -> None:
    """Everything is created once; a setting that was changed is found and set back, and what nothing is declared about stays."""
    missing, trouble = await _told("check")
    assert [each["setting"] for each in missing["differences"]] == ["topic"] * len(topics())
    assert f"apply` mends {len(topics())} of them" in trouble
    done, trouble = await _told("apply")
    assert (len(done["done"]), done["left"], trouble) == (len(topics()), [], "")
    await _until(lambda: _agrees(_told("check"), ({"differences": []}, "")))
    assert await _told("apply") == ({"done": [], "left": []}, "")

    settings = (await broker.topics_found(["vetoes"]))["vetoes"].overrides
    spoilt = {**settings, "cleanup.policy": "compact,delete", "compression.type": "lz4", "retention.ms": "1000"}
    await broker.alter_topic("vetoes", spoilt)
    await broker.alter_topic("gate-reports", {"retention.ms": "-1"})  # all that was set but this falls back to the cluster's defaults
    await _until(lambda: _sets(broker, "vetoes", spoilt))
    await _until(lambda: _sets(broker, "gate-reports", {"retention.ms": "-1"}))
    wrong = {(each["topic"].removeprefix(broker.prefix), each["setting"]) for each in (await _told("check"))[0]["differences"]}
    assert {("vetoes", "cleanup.policy"), ("vetoes", "retention.ms"), ("gate-reports", "retention.ms")} <= wrong
    assert {topic for topic, _ in wrong} == {"vetoes", "gate-reports"}
    done, trouble = await _told("apply")
    assert [(each["topic"], each["setting"]) for each in done["left"]] == [(f"{broker.prefix}gate-reports", "retention.ms")]
    assert "1 differences are left" in trouble
    await _until(lambda: _sets(broker, "vetoes", {**settings, "compression.type": "lz4"}))
    assert (await broker.topics_found(["gate-reports"]))["gate-reports"].settings["retention.ms"] == "-1"


async def test_partitions_are_left_and_said(broker: KafkaBroker) -> None:
    """A topic with more partitions than declared is neither shrunk nor accepted."""
    await apply(broker, topics(), **ONE)
    await broker.add_partitions("vetoes", 6)
    await _until(lambda: _counts(broker, "vetoes", 6))
    left, _ = await _told("apply")
    assert [(each["setting"], each["has"], each["wants"]) for each in left["left"]] == [("partitions", "6", "4")]
    assert await broker.partition_count("vetoes") == 6


async def test_facts_are_not_begun_again_under_old_notices(broker: KafkaBroker) -> None:
    """Empty facts would give out offsets that gates have seen: a new veto would look old. Where nothing was made of them yet, they are created."""
    await apply(broker, topics(), **ONE)
    await broker.delete_topics(["facts"])
    await _until(lambda: _counts(broker, "facts", None))
    await broker.publish([Outgoing(topic="vetoes", partition=0, key=b"A1234BC", value=b"a notice")])
    left, _ = await _told("apply")
    assert [(each["topic"], each["has"]) for each in left["left"]] == [(f"{broker.prefix}facts", None)]
    assert "vetoes hold what was made from it" in left["left"][0]["lost"]
    assert await broker.partition_counts(["facts"]) == {}
    await broker.delete_topics(["vetoes"])
    await _until(lambda: _counts(broker, "vetoes", None))
    assert (await _told("apply"))[1] == ""
    await _until(lambda: _counts(broker, "facts", 4))


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """What the controller has decided, brokers say a moment later."""
    async with asyncio.timeout(20):
        while not await holds():
            pass


async def _counts(broker: KafkaBroker, topic: str, count: int | None) -> bool:
    return (await broker.partition_counts([topic])).get(topic) == count


async def _sets(broker: KafkaBroker, topic: str, settings: Mapping[str, str]) -> bool:
    return (await broker.topics_found([topic]))[topic].overrides == settings


async def _agrees(said: Awaitable[object], expected: object) -> bool:
    return await said == expected


async def test_compaction_keeps_every_newest_notice_and_the_seal(broker: KafkaBroker) -> None:
    """Under the declared policy, hurried: what the cleaner leaves is everybody's newest notice, and its hash the one that the last seal states."""
    (vetoes,) = [spec for spec in topics() if spec.name == "vetoes"]
    hurried = {"segment.ms": str(ROLLED_AFTER_MS), "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": str(ROLLED_AFTER_MS)}
    await broker.create_topic("vetoes", partitions=1, replication=1, settings={**vetoes.settings, **hurried})
    written = _published_by_the_hub()
    await broker.publish(written)
    newest = {output.key: output.value for output in written}
    async with asyncio.timeout(CLEANED_WITHIN_S):
        while len(_notices(left := await _vetoes(broker))) > len(PEOPLE):
            await asyncio.sleep(ROLLED_AFTER_MS / 1000)
            await broker.publish([Outgoing(topic="vetoes", partition=0, key=SEAL_KEY, value=newest[SEAL_KEY])])  # rolls the segment
    assert len(_notices(left)) == len(PEOPLE) < len(_notices(written))
    assert {record.key: record.value for record in left} == newest
    digest = LtHash()
    for key, value in newest.items():
        if key != SEAL_KEY:
            digest.add(key or b"", value or b"")
    assert digest.digest() == decode_as(Seal, newest[SEAL_KEY] or b"").digest


def _published_by_the_hub() -> Sequence[Outgoing]:
    """Notices in three versions of each of these people, and a seal after each, as the status service writes them."""
    log = Log()
    for minute in range(3):
        for number in PEOPLE:
            log.fact(received(), number) if minute == 0 else log.fact(alert("XNR" if minute == 1 else "QQQ", at=seconds(60 * minute)), number)
        log.mark(seconds(60 * minute) + timedelta(seconds=30))
    outputs = run(StatusStage(0, KeySigner(KEY)), *([record] for record in log.records))
    return [output for output in outputs if output.topic == "vetoes"]


def _notices(records: Sequence[Record | Outgoing]) -> list[Record | Outgoing]:
    return [record for record in records if record.key != SEAL_KEY]


async def _vetoes(broker: KafkaBroker) -> list[Record]:
    return [record async for record in read_to_end(broker, [TopicPartition("vetoes", 0)], committed=False)]
