"""What is known to say nothing about custody leaves no claim and no dead letter, but is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.intake.app import IntakeStage
from services.runtime.metrics import SAID_NOTHING
from services.runtime.ports import Record, TopicPartition
from services.runtime.stage import Tick

AT = datetime(2026, 8, 14, 12, tzinfo=UTC)


def counted(topic: str, what: str) -> float:
    """How often `what` was counted."""
    labels = {"topic": topic, "what": what}
    return next((s.value for m in SAID_NOTHING.collect() for s in m.samples if s.name.endswith("_total") and s.labels == labels), 0.0)


def test_counted() -> None:
    """A change of cell is counted under its name, and nothing else comes of it."""
    name = "prison-offender-events.prisoner.cell.move"
    event: dict[str, Any] = {"eventType": name, "occurredAt": "2026-08-14T10:30:15Z", "additionalInformation": {"nomsNumber": "A1234BC"}}
    record = Record(topic="custody-events", partition=0, offset=3, key=None, value=json.dumps(event).encode(), headers=(), appended_at=AT)
    stage = IntakeStage(TopicPartition("custody-events", 0), by_end_offsets=False)
    before = counted("custody-events", name)
    assert stage.step([record], Tick(looked_at=AT, partition_count=1, at_end=True)) == []
    assert counted("custody-events", name) == before + 1
