"""`holdfast load`: a snapshot is checked line by line before any of it is published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.__main__ import holdfast
from services.cli import load as load_module
from services.runtime.ports import Outgoing

ENVELOPE: dict[str, Any] = {"record_id": "s-1", "occurred_at": "2025-10-24T06:05:00Z", "recorded_at": "2025-10-24T06:06:00Z"}
ALERT = {"type": "ALERT", **ENVELOPE, "person": {"prisoner_number": "A1234BC"}, "alert_uuid": "a-1", "alert_code": "XNR", "active_from": "2025-10-20"}
SENT_BY_NOBODY = {**ALERT, "person": {}}


class _Broker:
    """Takes what is published, and says how many records came at a time."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Outgoing]] = []

    async def partition_count(self, topic: str) -> int:
        return {"custody-events": 2}[topic]

    async def publish(self, outputs: Sequence[Outgoing]) -> None:
        self.batches.append(outputs)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> _Broker:
    """In place of the cluster that the environment names."""
    taking = _Broker()

    @asynccontextmanager
    async def connected() -> Any:
        yield taking

    monkeypatch.setattr(load_module, "connected", connected)
    return taking


def _file(tmp_path: Path, *lines: object) -> Path:
    file = tmp_path / "snapshot.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return file


def _load(*words: object) -> Result:
    return CliRunner().invoke(holdfast, ["load", "--source", "custody", *map(str, words)])


def test_a_snapshot_is_published_line_by_line_as_it_stands(tmp_path: Path, broker: _Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of each line, keyed by whom it names, in batches that each wait for the broker; blank lines are nothing."""
    monkeypatch.setattr(load_module, "BATCH", 2)
    result = _load(_file(tmp_path, ALERT, "", {**ALERT, "alert_uuid": "a-2"}, {**ALERT, "alert_uuid": "a-3"}))
    assert result.exit_code == 0
    assert [len(batch) for batch in broker.batches] == [2, 1]
    first = broker.batches[0][0]
    assert (first.topic, first.key, json.loads(first.value or b"")) == ("custody-events", b"A1234BC", ALERT)
    assert "3 records: 3 Alert; 0 that cannot be read" in result.output
    assert "until its publisher's heartbeats follow" in result.output


def test_one_line_that_cannot_be_read_stops_the_load(tmp_path: Path, broker: _Broker) -> None:
    """Nothing is published, and each refusal says the line, what is wrong and how to mend it."""
    result = _load(_file(tmp_path, ALERT, SENT_BY_NOBODY, "{not json"))
    assert result.exit_code == 1
    assert broker.batches == []
    assert "line 2: INVALID_PAYLOAD" in result.output
    assert "line 3: " in result.output
    assert "2 of 3 lines cannot be read, and nothing was published" in str(result.exception)


def test_unreadable_lines_go_too_where_somebody_says_so(tmp_path: Path, broker: _Broker) -> None:
    """They become dead letters and hold whom they name."""
    result = _load(_file(tmp_path, ALERT, "{not json A9876ZY"), "--even-unreadable", "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said["records"], said["published"], [each["line"] for each in said["refused"]]) == (2, 2, [2])
    assert [each.key for each in broker.batches[0]] == [b"A1234BC", b"A9876ZY"]


def test_a_dry_run_publishes_nothing(tmp_path: Path, broker: _Broker) -> None:
    """It says what intake would make of the file."""
    result = _load(_file(tmp_path, ALERT), "--dry-run")
    assert (result.exit_code, broker.batches) == (0, [])
    assert "nothing was published (--dry-run)" in result.output


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read(tmp_path: Path, broker: _Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on every input: the rest of such a line is no record of its own."""
    monkeypatch.setattr(load_module, "MAX_RECORD_BYTES", 400)
    result = _load(_file(tmp_path, {**ALERT, "alert_uuid": "x" * 900}, ALERT), "--dry-run", "--json")
    said = json.loads(result.stdout)
    assert said["records"] == 2
    assert [each["line"] for each in said["refused"]] == [1]
    assert broker.batches == []


def test_an_empty_file_is_no_snapshot(tmp_path: Path) -> None:
    """Nobody takes an empty file for a source that has nothing to say."""
    result = _load(_file(tmp_path, ""))
    assert result.exit_code == 1
    assert "has no record in it" in str(result.exception)
