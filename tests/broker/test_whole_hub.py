"""The hub as people run it: every service a process, on a real Kafka, asked through the command lines, and killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from services.cli.run import SERVICES
from simulator.cases import cases
from simulator.errors import ChildDiedError
from simulator.local import LocalHub, local_hub
from simulator.population import Record, lawful, records_of
from simulator.publishing import outgoing

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]
PEOPLE = 8
HELD = cases(datetime.now(UTC))[0]  # Kebatu
ALLOW, TROUBLE, REFER, VETO = 0, 1, 3, 4
WITHIN_S = 30.0


@pytest.fixture
async def hub(tmp_path: Path, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalHub]:
    """Every service up, with a few lawful prisoners and one detainee told."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    async with local_hub(tmp_path, prefix=f"whole-{os.urandom(4).hex()}.") as running:
        now = datetime.now(UTC)
        told = [record for step in HELD.steps if isinstance(step, tuple) for record in step]
        await running.broker.publish(outgoing([*records_of(PEOPLE, now), *told], now))
        yield running


def _detainee() -> str:
    [first] = {record.payload["person"]["prisoner_number"] for record in _told() if "prisoner_number" in record.payload["person"]}
    return str(first)


def _told() -> list[Record]:
    return [record for step in HELD.steps if isinstance(step, tuple) for record in step]


async def _command(hub: LocalHub, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *words, env={**os.environ, **hub.environment}, stdout=-1, stderr=-2)
    out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, out.decode()


async def _decide(hub: LocalHub, tmp_path: Path, number: str, exit_: str, *more: str) -> tuple[int, str]:
    return await _command(hub, "holdfast_gate", "decide", number, "--exit", exit_, "--data-dir", str(tmp_path / "gate"), *more)


async def _until(hub: LocalHub, tmp_path: Path, number: str, exit_: str, status: int) -> str:
    async with asyncio.timeout(WITHIN_S):
        while True:
            got, text = await _decide(hub, tmp_path, number, exit_)
            if got == status:
                return text


async def test_decisions_survive_kill_9_of_every_service(hub: LocalHub, tmp_path: Path) -> None:
    """No veto is lost, none is lifted wrongly, and decisions are as before, whichever service is killed."""
    free = lawful(0, datetime.now(UTC))[0].prisoner_number
    await _until(hub, tmp_path, free, "release", ALLOW)
    await _until(hub, tmp_path, _detainee(), "release", VETO)
    for name in SERVICES:
        await hub.restart(name)
        assert (await _decide(hub, tmp_path, _detainee(), "release"))[0] == VETO
        await _until(hub, tmp_path, free, "release", ALLOW)
        await _until(hub, tmp_path, _detainee(), "immigration_transfer", ALLOW)


async def test_people_can_ask_and_act(hub: LocalHub, tmp_path: Path) -> None:
    """`decide` and `explain` give reasons with their records; a hold placed by one person vetoes, and only two people end it."""
    free = lawful(1, datetime.now(UTC))[0].prisoner_number
    await _until(hub, tmp_path, free, "release", ALLOW)
    assert "IMMIGRATION_DETENTION" in await _until(hub, tmp_path, _detainee(), "release", VETO)

    status, text = await _command(hub, "services", "explain", _detainee())
    assert status == 0
    assert "IMMIGRATION_DETENTION" in text
    told = json.loads((await _command(hub, "services", "explain", _detainee(), "--json"))[1])
    assert any(fact["claim"]["source"]["topic"] == "immigration-events" for fact in told["facts"])
    assert (await _command(hub, "services", "explain", "Z9999ZZ"))[0] == TROUBLE

    place = ("place-hold", free, "--authority", "COURT", "--hold-id", "w1", "--reason", "warrant in the hand")
    assert (await _command(hub, "services", "resolve", *place, "--by", "Ann"))[0] == 0
    assert "PLACED_BY_HAND" in await _until(hub, tmp_path, free, "release", VETO)
    end = ("end-placed-hold", free, "w1", "--reason", "warrant withdrawn", "--by", "Ann")
    assert (await _command(hub, "services", "resolve", *end))[0] != 0
    assert (await _command(hub, "services", "resolve", *end, "--by", "Bob"))[0] == 0
    await _until(hub, tmp_path, free, "release", ALLOW)


async def test_trouble_never_looks_like_allow(hub: LocalHub, tmp_path: Path) -> None:
    """No cluster, no such exit, somebody unknown: none of them is status 0, and none prints ALLOW."""
    for words in (("A1234BC", "teleport"), ("A1234BC", "release", "--bootstrap-servers", "127.0.0.1:1", "--wait", "1s"), ("Z9999ZZ", "release")):
        status, text = await _decide(hub, tmp_path, *words)
        assert status in {TROUBLE, REFER}
        assert "ALLOW" not in text


async def test_sigterm_drains_within_ten_seconds(hub: LocalHub) -> None:
    """Every service ends with status 0 inside ten seconds of SIGTERM."""
    for name in SERVICES:
        process = psutil.Process(hub.processes.identity(name).pid)
        os.kill(process.pid, signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) in {0, None}


async def test_the_end_of_kafka_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs `make up` reads that Kafka ended, and not half a minute later that a service did."""
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    async with local_hub(tmp_path, heartbeats=False) as running:
        assert running.kafka is not None
        watching = asyncio.create_task(running.watch())
        await running.kafka.kill()
        with pytest.raises(ChildDiedError, match="Kafka"):
            await asyncio.wait_for(watching, 5.0)
