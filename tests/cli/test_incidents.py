"""`holdfast incidents`: what went wrong, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from holdfast.records import Incident
from holdfast.watch.ledger import of_gate, of_prisoner
from schemas.wire import encode
from services.__main__ import holdfast
from services.runtime.clock import SystemClock
from services.runtime.ports import Outgoing
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW, NUMBER

BEHIND = of_gate("GATE_BEHIND", "gate-[red]wwi", since="1", at=NOW, sentence="Gate gate-[red]wwi is 14 seconds behind.")
OVER = replace(BEHIND, over_at=NOW + timedelta(minutes=2), over="The gate has caught up.")
LEFT = of_prisoner("RELEASED_WITHOUT_DECISION", NUMBER, since="2", at=NOW + timedelta(minutes=1), sentence="The person left.", records=())


def asked(monkeypatch: pytest.MonkeyPatch, said: Sequence[Incident], *words: str) -> Result:
    """What the command answers when this was said, in this order."""

    @asynccontextmanager
    async def connected() -> AsyncGenerator[MemoryBroker]:
        broker = MemoryBroker({"incidents": 1}, SystemClock())
        await broker.publish([Outgoing(topic="incidents", key=each.incident_id.encode(), value=encode(each)) for each in said])
        yield broker

    monkeypatch.setattr("services.cli.incidents.connected", connected)
    return CliRunner().invoke(holdfast, ["incidents", *words], catch_exceptions=False)


def test_what_is_not_over_is_shown_with_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """When, what kind, whom it concerns and what happened; a gate's name is no markup."""
    text = asked(monkeypatch, [BEHIND, LEFT]).output
    assert text.index("RELEASED_WITHOUT_DECISION") < text.index("GATE_BEHIND")
    assert "gate-[red]wwi" in text
    assert "2025-11-03 09:00:00 UTC" in text


def test_what_is_over_is_shown_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest word on an incident counts; with nothing left the command says what else there is."""
    assert "--all" in asked(monkeypatch, [BEHIND, OVER]).output
    assert "The gate has caught up." in asked(monkeypatch, [BEHIND, OVER], "--all").output
    assert asked(monkeypatch, []).output.startswith("No incident: nothing went wrong")


def test_for_machines_and_by_kind_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same as JSON, whole; a limit leaves the total true."""
    told = json.loads(asked(monkeypatch, [BEHIND, OVER, LEFT], "--json", "--all", "--limit", "1").output)
    assert (told["total"], [each["kind"] for each in told["incidents"]]) == (2, ["RELEASED_WITHOUT_DECISION"])
    [gate] = json.loads(asked(monkeypatch, [BEHIND, OVER, LEFT], "--json", "--all", "--kind", "GATE_BEHIND").output)["incidents"]
    assert (gate["gate"], gate["over"], gate["over_at"]) == ("gate-[red]wwi", "The gate has caught up.", "2025-11-03T09:02:00+00:00")
    [him] = json.loads(asked(monkeypatch, [BEHIND, LEFT], "--json", "--about", NUMBER).output)["incidents"]
    assert him["prisoner_number"] == NUMBER
