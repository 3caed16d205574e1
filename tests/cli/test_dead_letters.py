"""`holdfast dead-letters`: a publisher sees what of theirs could not be read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from click.testing import CliRunner

from holdfast.records import DeadLetter
from schemas.wire import encode
from services.__main__ import holdfast
from services.cli import dead_letters
from services.runtime.clock import SystemClock
from services.runtime.ports import Outgoing
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW


def _letter(topic: str, offset: int) -> DeadLetter:
    return DeadLetter(
        topic=topic,
        partition=0,
        offset=offset,
        timestamp=NOW + timedelta(seconds=offset),
        key=b"A1234BC",
        value=b"{",
        headers=(),
        sha256="00" * 32,
        reason="INVALID_PAYLOAD",
        message=f"{topic}/0/{offset}: booking_id: is missing; write it",
        dialect="contract",
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A cluster on which three records could not be read."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[MemoryBroker]:
        broker = MemoryBroker({"dead-letters": 1}, SystemClock())
        letters = [_letter("custody-events", 3), _letter("court-results", 4), _letter("custody-events", 5)]
        await broker.publish([Outgoing(topic="dead-letters", key=b"k", value=encode(letter)) for letter in letters])
        yield broker

    monkeypatch.setattr(dead_letters, "connected", connected)
    return CliRunner()


def test_each_says_where_what_and_how_to_mend_it(run: CliRunner) -> None:
    """The newest last, its place once, and how many there are."""
    lines = run.invoke(holdfast, ["dead-letters"]).stdout.splitlines()
    assert len(lines) == 7
    assert lines[4:] == [
        "custody-events/0/5  2025-11-03 09:00:05 UTC, INVALID_PAYLOAD (contract)",
        "  booking_id: is missing; write it",
        "3 dead letters",
    ]


def test_those_of_one_topic_and_the_newest_of_them(run: CliRunner) -> None:
    """A publisher sees their own, and that there are more than are shown."""
    shown = run.invoke(holdfast, ["dead-letters", "--topic", "custody-events", "--limit", "1"]).stdout
    assert "court-results" not in shown
    assert "custody-events/0/3" not in shown
    assert shown.endswith("2 dead letters on custody-events, of which the newest 1 are shown\n")
    told = json.loads(run.invoke(holdfast, ["dead-letters", "--topic", "custody-events", "--json"]).stdout)
    assert (told["total"], [each["record"] for each in told["dead_letters"]]) == (2, ["custody-events/0/3", "custody-events/0/5"])
    assert told["dead_letters"][0]["message"] == "custody-events/0/3: booking_id: is missing; write it"
