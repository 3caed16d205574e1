"""Enrichment as a process, on a real Kafka, asking a real server, and killed while it waits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulator.local import LocalHub, local_hub
from tests.enrichment.scene import SystemOfRecord, answered, answers, claim, never, replying, requests, serving
from tests.enrichment.test_whole_hub import ABOUT, DETAINED, PATH, PENDING, held_for, record

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]
OTHER = "immigration/B2345CD"
WITHIN_S = 30.0


@pytest.fixture
async def system() -> AsyncIterator[SystemOfRecord]:
    """A system of record."""
    async with serving() as running:
        yield running


@pytest.fixture
async def hub(tmp_path: Path, kafka_bootstrap: str, system: SystemOfRecord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalHub]:
    """Every service a process, enrichment too, since the environment says whom to ask."""
    token, routes = tmp_path / "token", tmp_path / "routes.yaml"
    token.write_text("s3cret\n")
    routes.write_text(f"immigration: {{url: 'http://127.0.0.1:{system.port}/immigration/{{key}}', dialect: contract, timeout_s: 60}}")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_ROUTES", str(routes))
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_TOKEN_FILE", str(token))
    async with local_hub(tmp_path, prefix=f"enrich-{os.urandom(4).hex()}.") as running:
        yield running


async def test_a_question_survives_kill_9(hub: LocalHub, system: SystemOfRecord, tmp_path: Path) -> None:
    """Killed with a request under way, its successor asks again, once; what was answered is not asked again; and he is held all the while."""
    system.replies[PATH] = [never, replying(503), replying(200, record())]
    system.replies["/immigration/B2345CD"] = [replying(404)]
    await hub.broker.publish([claim(ABOUT), claim(OTHER)])
    await system.asked_times(2)
    await answered(hub.broker, 1)
    await held_for(hub.broker, PENDING)
    assert list(await requests(hub.broker)) == [ABOUT]

    await hub.restart("enrichment")
    await held_for(hub.broker, DETAINED, within_s=WITHIN_S)  # Kafka waits ten seconds for a member that was killed
    async with asyncio.timeout(WITHIN_S):
        while await requests(hub.broker):  # noqa: ASYNC110  a log announces nothing
            await asyncio.sleep(0.1)
    assert sorted(answer.about for answer in await answers(hub.broker)) == [ABOUT, OTHER]
    assert [path for path, _ in system.asked].count("/immigration/B2345CD") == 1
    assert {headers["Authorization"] for _, headers in system.asked} == {"Bearer s3cret"}
    logs = [path.read_text() for path in (tmp_path / "run").glob("*.log")]
    assert logs
    assert not any("s3cret" in text or "A1234BC" in text for text in logs)
