"""Publisher, hub and gate on a real Kafka with a real registry, every record of theirs in the Confluent wire format; and the registry going away."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast_gate.avro import HEADER_BYTES
from holdfast_gate.confluent import Writers, framed, id_of
from schemas import registry
from services.runtime.config import RegistrySettings
from services.runtime.ports import Outgoing, TopicPartition
from services.runtime.registration import register, subjects
from services.runtime.registry_client import registry_client
from services.runtime.restore import read_to_end
from simulator.cases import cases
from simulator.local import LocalHub, local_hub
from simulator.population import Record, lawful, records_of
from simulator.publishing import outgoing
from simulator.schema_registry import DIRECTORY, SchemaRegistryServer
from tests.registry.conftest import REPOSITORY

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]
HELD = cases(datetime.now(UTC))[0]  # Kebatu
ALLOW, VETO = 0, 4
WITHIN_S = 45.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SchemaRegistryServer]:
    """A registry of this test's own, which it may stop."""
    async with SchemaRegistryServer(tmp_path / "registry", cache=REPOSITORY / DIRECTORY) as running:
        yield running


@pytest.fixture
async def hub(tmp_path: Path, kafka_bootstrap: str, server: SchemaRegistryServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalHub]:
    """Every service up, writing the Confluent wire format."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("HOLDFAST_SCHEMA_REGISTRY_URL", server.url)
    monkeypatch.setenv("HOLDFAST_WIRE_FORMAT", "confluent")
    async with local_hub(tmp_path, prefix=f"registry-{os.urandom(4).hex()}.") as running:
        yield running


async def _ids(server: SchemaRegistryServer, prefix: str) -> dict[str, int]:
    """What a publisher does first: its records are registered."""
    async with registry_client(RegistrySettings.model_validate({"url": server.url})) as client:
        every = [(subject, await register(client, subject)) for subject in subjects(prefix) if not subject.ours]
    return {subject.record: standings[-1].schema_id or 0 for subject, standings in every}


def _confluent(outputs: Sequence[Outgoing], ids: dict[str, int]) -> list[Outgoing]:
    """The same records, as a publisher with a registry writes them."""
    found = [(output, registry().decode(output.value or b"")[0]) for output in outputs]
    return [replace(output, value=framed(ids[name], (output.value or b"")[HEADER_BYTES:])) for output, name in found]


def _told() -> list[Record]:
    return [record for step in HELD.steps if isinstance(step, tuple) for record in step]


async def _decide(hub: LocalHub, tmp_path: Path, number: str, exit_: str, *more: str) -> tuple[int, str]:
    words = ("holdfast_gate", "decide", number, "--exit", exit_, "--data-dir", str(tmp_path / "gate"), *more)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *words, env={**os.environ, **hub.environment}, stdout=-1, stderr=-2)
    out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, out.decode()


async def _until(hub: LocalHub, tmp_path: Path, number: str, exit_: str, status: int) -> None:
    said = (-1, "")
    try:
        async with asyncio.timeout(WITHIN_S):
            while (said := await _decide(hub, tmp_path, number, exit_))[0] != status:
                pass
    except TimeoutError:
        pytest.fail(f"{number} {exit_}: {said}")


async def test_both_ends_speak_it_and_the_registry_may_go(hub: LocalHub, server: SchemaRegistryServer, tmp_path: Path) -> None:
    """Free people leave, the detainee does not; and without the registry the gate, started anew, and the hub go on from what they know."""
    now = datetime.now(UTC)
    ids = await _ids(server, hub.settings.topic_prefix)
    [detainee] = {str(record.payload["person"]["prisoner_number"]) for record in _told() if "prisoner_number" in record.payload["person"]}
    free = lawful(0, now)[0].prisoner_number
    await hub.broker.publish(_confluent(outgoing([*records_of(2, now), *_told()], now), ids))
    await _until(hub, tmp_path, free, "release", ALLOW)
    await _until(hub, tmp_path, detainee, "release", VETO)
    for topic in ("claims", "facts", "prisoner-status", "vetoes"):
        sources = [TopicPartition(topic, number) for number in range(await hub.broker.partition_count(topic))]
        values = [record.value async for record in read_to_end(hub.broker, sources) if record.value is not None]
        assert values
        assert all(id_of(value) is not None for value in values), topic

    await server.stop()
    status, text = await _decide(hub, tmp_path, detainee, "release", "--json")
    assert status == VETO
    assert "IMMIGRATION_DETENTION" in {ground["ground"] for ground in json.loads(text)["grounds"]}
    placed = ("services", "resolve", "place-hold", free, "--authority", "COURT", "--hold-id", "w1", "--reason", "warrant", "--by", "Ann")
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *placed, env={**os.environ, **hub.environment}, stdout=-1, stderr=-2)
    assert (await process.communicate(), process.returncode)[1] == 0
    await _until(hub, tmp_path, free, "release", VETO)


async def test_a_publisher_may_use_it_alone(
    tmp_path: Path, kafka_bootstrap: str, server: SchemaRegistryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub reads what comes so, and writes as it always did; no subject of the hub's own is registered."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("HOLDFAST_SCHEMA_REGISTRY_URL", server.url)
    async with local_hub(tmp_path, prefix=f"registry-{os.urandom(4).hex()}.") as hub:
        now = datetime.now(UTC)
        ids = await _ids(server, hub.settings.topic_prefix)
        await hub.broker.publish(_confluent(outgoing([*records_of(1, now)], now), ids))
        await _until(hub, tmp_path, lawful(0, now)[0].prisoner_number, "release", ALLOW)
        values = [record.value async for record in read_to_end(hub.broker, [TopicPartition("claims", 0)]) if record.value is not None]
        assert all(id_of(value) is None for value in values)
        registry().writers = Writers(resolves=True)
        async with registry_client(RegistrySettings.model_validate({"url": server.url})) as client:
            assert not [s for s in subjects(hub.settings.topic_prefix) if s.ours and await client.versions(s.name)]
