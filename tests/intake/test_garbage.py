"""Whatever arrives is read or refused: no bytes stop intake, and nothing that is read cannot be written."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holdfast.sources import SOURCE_OF_TOPIC
from schemas.contract import to_avro
from schemas.wire import encode
from services.intake.adaptors import REDRIVE_HEADER, Read, Refused, read
from services.intake.quarantine import quarantine
from tests.intake.payloads_of_contract import (
    ALERT,
    COURT_RESULT,
    HEARTBEAT,
    IMMIGRATION,
    MERGE,
    MOVEMENT_OUT,
    RECALL,
    RECEPTION,
    RELEASE_ORDER,
    SENTENCE_DATES,
)
from tests.intake.records import stored, upstream
from tests.intake.test_resolutions import BINDING, FREEING

CUSTODY = [RECEPTION, MOVEMENT_OUT, RELEASE_ORDER, SENTENCE_DATES, RECALL, ALERT, MERGE]
CONTRACT: list[tuple[str, dict[str, Any]]] = [
    *(("custody-events", record) for record in CUSTODY),
    *(("resolutions", record) for record in (*FREEING, *BINDING)),
    ("immigration-events", IMMIGRATION),
    ("court-results", COURT_RESULT),
    ("court-results", HEARTBEAT),
]
COURTS = [
    stored(name)
    for name in (
        "remand-and-sentence.json",
        "breach-application.json",
        "hearing-copy.json",
        "libra-case.json",
        "register.json",
        "court-document.json",
    )
]
SYSTEMS = [
    stored(name)
    for name in (
        "released.json",
        "merged.json",
        "nomis-movement.json",
        "prison-api-offender.json",
        "prison-api-movements.json",
        "prison-api-schedule.json",
        "immigration-detention.json",
        "recalls.json",
        "alerts.json",
        "calculation.json",
        "irc-events.json",
    )
]
OTHERS = [*COURTS, *SYSTEMS]
AVRO = [to_avro(topic, record) for topic, record in CONTRACT]
JSON = [*(record for _, record in CONTRACT), *OTHERS]

TOPICS = st.sampled_from(sorted(SOURCE_OF_TOPIC))
EVENT_TYPES = st.sampled_from(
    ["", "uk.holdfast.ALERT", "uk.holdfast.DISCARD", "public.hearing-resulted", "prison-offender-events.prisoner.released", "x"]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", " ", "A1234BC", "2026-02-30", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1 Years", "\ud800", "x" * 5000])
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6)


def survives(topic: str, value: bytes, event_type: str) -> None:
    """Read it; what comes of it can be written."""
    record = upstream(topic, value, headers={"ce_type": event_type, REDRIVE_HEADER: f"{topic}/0/1"})
    result = read(record)
    match result:
        case Read():
            claims = result.claims
        case Refused():
            assert result.reason.isupper()
            result.message.encode()
            claims = quarantine(record, result)
    for claim in claims:
        encode(claim)


@given(TOPICS, st.binary(max_size=200), EVENT_TYPES)
def test_any_bytes(topic: str, value: bytes, event_type: str) -> None:
    """Any bytes are read or refused."""
    survives(topic, value, event_type)


@given(TOPICS, st.sampled_from(AVRO), st.data(), EVENT_TYPES)
def test_damaged_avro(topic: str, value: bytes, choice: st.DataObject, event_type: str) -> None:
    """An Avro record with bytes changed, cut out or put in is read or refused."""
    at = choice.draw(st.integers(0, len(value)))
    until = choice.draw(st.integers(at, len(value)))
    survives(topic, value[:at] + choice.draw(st.binary(max_size=12)) + value[until:], event_type)


@given(TOPICS, st.sampled_from(JSON), ANYTHING, st.data(), EVENT_TYPES, st.booleans())
def test_damaged_json(topic: str, record: Any, anything: Any, choice: st.DataObject, event_type: str, wrapped: bool) -> None:
    """A JSON record in which anything stands in any place, bare or in a notification, is read or refused."""
    changed = replaced(record, choice.draw(st.sampled_from(list(paths(record)))), anything)
    text = json.dumps(changed)
    value = json.dumps({"Type": "Notification", "Message": text, "MessageId": "m"}) if wrapped else text
    survives(topic, value.encode(), event_type)


@given(TOPICS, st.sampled_from(JSON), st.data())
def test_json_cut_short(topic: str, record: Any, choice: st.DataObject) -> None:
    """A JSON record that breaks off anywhere is refused, and holds whom it names until there."""
    value = json.dumps(record).encode()
    cut = value[: choice.draw(st.integers(1, len(value) - 1))]
    assert isinstance(read(upstream(topic, cut)), Refused)
    survives(topic, cut, "")


def paths(value: Any) -> Any:
    """Every place in a JSON value, as its keys and indexes."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from ((key, *path) for path in paths(each))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with something else in one place."""
    if not path:
        return new
    key, *rest = path
    changed = replaced(value[key], tuple(rest), new)
    if isinstance(value, dict):
        return value | {key: changed}
    return [*value[:key], changed, *value[key + 1 :]]
