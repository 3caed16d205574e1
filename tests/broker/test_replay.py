"""A decision of a gate is made again from the log, on a real Kafka, after later facts have changed everything; tougher checks as people run them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from holdfast.policies import POLICIES
from simulator.local import LocalHub, local_hub
from simulator.population import Record, lawful
from simulator.publishing import outgoing

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]
ALLOW, REFER, VETO = 0, 3, 4
WITHIN_S = 40.0


@pytest.fixture
async def hub(tmp_path: Path, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalHub]:
    """Every service up."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    async with local_hub(tmp_path, prefix=f"replay-{os.urandom(4).hex()}.") as running:
        yield running


async def _command(hub: LocalHub, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *words, env={**os.environ, **hub.environment}, stdout=-1, stderr=-2)
    out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, out.decode()


async def _until(hub: LocalHub, tmp_path: Path, number: str, status: int, *more: str) -> str:
    """What the gate says, once it is this."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            words = ("holdfast_gate", "decide", number, "--exit", "release", "--data-dir", str(tmp_path / "gate"), *more)
            got, text = await _command(hub, *words)
            if got == status:
                return text


async def _replayed(hub: LocalHub, number: str, at: datetime, *more: str) -> tuple[int, dict[str, Any]]:
    status, text = await _command(hub, "services", "replay", "--as-of", at.isoformat(), "--exit", "release", "--json", *more, number)
    return status, json.loads(text)


def _checks() -> list[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    signed = [(check, n) for check in POLICIES[1].checks for n in range(check.people)]
    return [word for check, n in signed for word in ("--check", f"{check.code}:{check.code} {n}:{check.roles[0]}:{now}")]


async def test_a_decision_is_made_again_after_everything_has_changed(hub: LocalHub, tmp_path: Path) -> None:
    """Allowed; then tougher checks; then allowed with them; then detained. Each of these is made again, as it was, when all are past."""
    now = datetime.now(UTC)
    who, records = lawful(0, now)
    number = who.prisoner_number
    await hub.broker.publish(outgoing(records, now))
    await _until(hub, tmp_path, number, ALLOW)
    allowed_at = datetime.now(UTC)

    adopt = ("resolve", "adopt-policy", "1", "--from", (now - timedelta(days=1)).isoformat(), "--by", "Ann", "--by", "Bob", "--reason", "at once")
    assert (await _command(hub, "services", *adopt))[0] == 0
    assert "CHECKS_MISSING" in await _until(hub, tmp_path, number, REFER)
    await _until(hub, tmp_path, number, ALLOW, *_checks())
    checked_at = datetime.now(UTC)

    detention = {
        "type": "IMMIGRATION_RECORD",
        "person": who.person(),
        "immigration_detention_uuid": "im-1",
        "record_type": "IS91",
        "record_date": now.date().isoformat(),
        "status": "ACTIVE",
    }
    await hub.broker.publish(outgoing([Record(topic="immigration-events", payload=detention)], datetime.now(UTC)))
    await _until(hub, tmp_path, number, VETO)

    status, first = await _replayed(hub, number, allowed_at, "--policy", "1")
    assert (status, first["policy_version"], first["exits"][0]["answer"]["decision"]) == (0, 0, "ALLOW")
    assert first["exits"][0]["under_policy"]["decision"] == "REFER"
    made = [(each["recorded"]["decision"], each["policy_version"], each["verdict"]) for each in first["decisions"]]
    assert {("ALLOW", 0, "AGREES"), ("ALLOW", 1, "AGREES"), ("REFER", 1, "AGREES"), ("VETO", 1, "AGREES")} <= set(made)

    status, second = await _replayed(hub, number, checked_at)
    assert (status, second["policy_version"], second["exits"][0]["answer"]["decision"]) == (0, 1, "ALLOW")
    status, last = await _replayed(hub, number, datetime.now(UTC))
    assert last["exits"][0]["answer"]["decision"] in {"VETO", "REFER"}

    told = json.loads((await _command(hub, "services", "policy", "in-force", "--at", checked_at.isoformat(), "--json"))[1])
    assert [(each["version"], each["adopted"]["by"]) for each in told["in_force"]] == [(1, ["Ann", "Bob"])]
    before = json.loads((await _command(hub, "services", "policy", "in-force", "--at", allowed_at.isoformat(), "--json"))[1])
    assert [each["version"] for each in before["in_force"]] == [0]
