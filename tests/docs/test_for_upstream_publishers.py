"""The page for upstream publishers, worked through on a hub that runs; and its sample producer on a Kafka of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import topics
from services.intake.adaptors import Read, read
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.topics import apply
from simulator.local import local_hub
from tests.docs.page import commands, files, run
from tests.intake.records import payload, upstream

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "for-upstream-publishers.md"
SAMPLE = REPOSITORY / "docs" / "samples" / "producer.py"
WITHIN_S = 30.0
LINES_MAX = 40


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "150", **more}


@pytest.mark.broker
@pytest.mark.timeout(240)
async def test_the_page_can_be_worked_through(tmp_path: Path, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page, in order, in a checkout with `make up` running: each shows what the page says."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "docs").symlink_to(REPOSITORY / "docs")
    text = PAGE.read_text("utf-8")
    for name, body in files(text).items():
        (checkout / name).write_text(body)
    async with local_hub(tmp_path / "hub", prefix=f"page-{os.urandom(4).hex()}.") as hub:
        for shown in commands(text):
            wrong = await asyncio.to_thread(run, shown, directory=checkout, environment=_environment(**hub.environment))
            assert not wrong, wrong


def test_the_page_names_every_source_and_fits_a_page() -> None:
    """What a publisher must know is on one page, and it is a page."""
    text = PAGE.read_text("utf-8")
    assert len(text.splitlines()) <= 130
    assert all(spec.name in text for spec in topics() if "intake" in spec.read_by and "publishers" in spec.written_by[0])
    assert len(list(commands(text))) >= 10


def test_the_sample_is_forty_lines() -> None:
    """Blank lines and its own title apart."""
    lines = [line for line in SAMPLE.read_text("utf-8").partition('"""\n\n')[2].splitlines() if line.strip()]
    assert len(lines) <= LINES_MAX


# --- the sample producer ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def broker(kafka_bootstrap: str) -> AsyncIterator[KafkaBroker]:
    """The declared topics under a prefix of their own."""
    settings = KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap, "topic_prefix": f"sample-{os.urandom(4).hex()}."})
    client = KafkaBroker(settings, SystemClock())
    specs = [spec for spec in topics() if spec.name == "custody-events"]
    await apply(client, specs, replication=1, min_insync=1)
    yield client
    await client.delete_topics([spec.name for spec in specs])
    await client.close()


async def _records(broker: KafkaBroker) -> list[Record]:
    sources = [TopicPartition("custody-events", n) for n in range(2)]
    return [record async for record in read_to_end(broker, sources)]


async def _until(broker: KafkaBroker, holds: Callable[[Sequence[Record]], bool]) -> list[Record]:
    async with asyncio.timeout(WITHIN_S):
        while not holds(found := await _records(broker)):
            pass
    return found


def _said(record: Record) -> dict[str, Any]:
    return json.loads(record.value or b"")


def _beats(records: Sequence[Record]) -> dict[int, list[datetime]]:
    beats: dict[int, list[datetime]] = defaultdict(list)
    for record in records:
        if _said(record)["type"] == "SOURCE_HEARTBEAT":
            beats[record.partition].append(datetime.fromisoformat(_said(record)["as_of"]))
    return beats


@pytest.mark.broker
@pytest.mark.timeout(120)
async def test_the_sample_keeps_its_promise(broker: KafkaBroker, kafka_bootstrap: str, tmp_path: Path) -> None:
    """What is in the outbox precedes the first heartbeat; what is appended, whole, precedes the next; one person stays in one partition."""
    outbox = tmp_path / "outbox.jsonl"
    people = [f"A{n:04}BC" for n in range(6)]
    alerts = [payload("ALERT", record_id=f"{who}-{n}", alert_uuid=f"{n}", alert_code="XNR", active_from="2026-08-01") for who in people for n in "12"]
    for alert in alerts:
        alert["person"] = {"prisoner_number": alert["record_id"][:7]}
    first, last = alerts[:-1], json.dumps(alerts[-1]).encode()
    outbox.write_bytes(b"".join(json.dumps(alert).encode() + b"\n" for alert in first) + last[:20])  # somebody is still writing the last
    environment = _environment(KAFKA_BOOTSTRAP_SERVERS=kafka_bootstrap, HOLDFAST_TOPIC_PREFIX=broker.prefix)
    process = await asyncio.create_subprocess_exec(sys.executable, str(SAMPLE), "custody", str(outbox), env=environment)
    try:
        told = await _until(broker, lambda records: len(_beats(records)) == 2)
        assert sorted(_said(record)["record_id"] for record in told if record.key) == sorted(alert["record_id"] for alert in first)
        for partition in range(2):
            kinds = [_said(record)["type"] for record in told if record.partition == partition]
            assert "ALERT" not in kinds[kinds.index("SOURCE_HEARTBEAT") :]
        with outbox.open("ab") as more:
            more.write(last[20:] + b"\n")
        appended = datetime.now().astimezone()
        vouched = lambda records: all(max(times) > appended for times in _beats(records).values())  # noqa: E731
        told = await _until(broker, vouched)
    finally:
        process.kill()
        await process.wait()
    (late,) = [record for record in told if record.key and _said(record)["record_id"] == alerts[-1]["record_id"]]
    vouching = [r.offset for r in told if r.partition == late.partition and not r.key and datetime.fromisoformat(_said(r)["as_of"]) > appended]
    assert late.offset < min(vouching)
    assert len([record for record in told if record.key]) == len(alerts)
    assert all(isinstance(read(upstream("custody-events", record.value or b"")), Read) for record in told)
    where = {(record.key, record.partition) for record in told if record.key}
    assert len(where) == len({key for key, _ in where}) == len(people)
    for times in _beats(told).values():
        assert times == sorted(times)
