"""The Confluent wire format: what was written in it is read again, and nothing else is."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_gate.avro import HEADER_BYTES, UnreadableError
from holdfast_gate.confluent import ID_MAX, FullError, Writers, WriterSchemaError, framed, header, id_of
from holdfast_gate.records import decode_notice, decode_seal, encode_notice
from holdfast_gate.records import registry as gates_registry
from schemas import newest, registry
from schemas.contract import from_avro, to_avro
from schemas.wire import KINDS, decode, encode, status_head
from tests.contract.test_wire import records
from tests.core.telling import order
from tests.gate.feeds import Hub, ground

MERGE = "uk.holdfast.custody_events.Merge"
NOTICE = "uk.holdfast.vetoes.Notice"
PAYLOAD = {
    "type": "MERGE",
    "record_id": "m1",
    "occurred_at": "2025-01-01T00:00:00Z",
    "recorded_at": "2025-01-01T00:00:00Z",
    "person": {"prisoner_number": "A1234BC"},
    "surviving_prisoner_number": "A1234BC",
    "removed_prisoner_number": "A1234BD",
}
Schema = dict[str, Any]


def written(schema: Schema, record: dict[str, Any], schema_id: int) -> bytes:
    """`record` in the wire format, as another library writes it."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return framed(schema_id, out.getvalue())


def changed(name: str, change: Callable[[Schema], object]) -> Schema:
    """Our schema of that name after a change."""
    schema = copy.deepcopy(newest()[name].schema)
    change(schema)
    return schema


def hub_knows(*schemas: Schema) -> None:
    """The registry told the hub that these are ids 1, 2, 3 and so on."""
    writers = registry().writers = Writers(resolves=True)
    for schema_id, schema in enumerate(schemas, 1):
        writers.learn(schema_id, json.dumps(schema))


def gate_knows(*schemas: Schema) -> None:
    """The registry told the gate so."""
    writers = gates_registry().writers = Writers(resolves=False)
    for schema_id, schema in enumerate(schemas, 1):
        writers.learn(schema_id, json.dumps(schema))


@given(st.integers(0, ID_MAX), st.binary(max_size=50))
def test_an_id_is_read_as_it_was_written(schema_id: int, body: bytes) -> None:
    """Five bytes, big-endian, whatever follows."""
    value = framed(schema_id, body)
    assert id_of(value) == schema_id
    assert value == b"\0" + schema_id.to_bytes(4, "big") + body


@pytest.mark.parametrize("schema_id", [-1, ID_MAX + 1])
def test_no_id_is_written_that_no_registry_gives_out(schema_id: int) -> None:
    """Ids are signed 32-bit numbers from 0 on."""
    with pytest.raises(ValueError, match="no schema id"):
        header(schema_id)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_record_of_the_hubs_is_read_as_it_was_written(kind: type, data: st.DataObject) -> None:
    """Nothing is lost, added or changed, and only the header differs from the single-object encoding."""
    record = data.draw(records(kind))
    plain = encode(record)
    names = list(KINDS)
    hub_knows(*(newest()[name].schema for name in names))
    registry().write_confluent({name: schema_id for schema_id, name in enumerate(names, 1)})
    try:
        value = encode(record)
    finally:
        registry().write_confluent({})
    assert value[5:] == plain[HEADER_BYTES:]
    assert decode(value) == record
    assert decode(plain) == record, "the other encoding is still read"


def test_the_head_of_a_status_is_read_in_both_encodings() -> None:
    """A restart reads heads alone."""
    kind = KINDS["uk.holdfast.prisoner_status.PrisonerStatus"]
    plain = encode(kind(prisoner_number="A1234BC"))
    hub_knows(newest()["uk.holdfast.prisoner_status.PrisonerStatus"].schema, newest()[NOTICE].schema)
    assert status_head(framed(1, plain[HEADER_BYTES:])) == status_head(plain)
    with pytest.raises(UnreadableError, match="not a"):
        status_head(framed(2, plain[HEADER_BYTES:]))


@given(st.binary(max_size=80))
def test_garbage_is_unreadable_and_nothing_worse(garbage: bytes) -> None:
    """Whatever comes under an id that is known: a record, or why not."""
    hub_knows(newest()[MERGE].schema, changed(MERGE, lambda s: s["fields"].insert(2, {"name": "x", "type": "string", "default": ""})))
    gate_knows(newest()[NOTICE].schema)
    for read in (registry().decode, gates_registry().decode):
        for schema_id in (1, 2, 3):
            with suppress(UnreadableError):
                read(framed(schema_id, garbage))


def test_without_a_registry_nothing_changes() -> None:
    """The wire format is not Avro of ours, and the message says what is missing."""
    value = framed(1, to_avro("custody-events", PAYLOAD)[HEADER_BYTES:])
    with pytest.raises(UnreadableError, match="HOLDFAST_SCHEMA_REGISTRY_URL") as caught:
        decode(value)
    assert caught.value.reason == "NOT_AVRO"
    assert not registry().recognises(value)


def test_a_newer_writer_is_read_by_avros_rules() -> None:
    """A field more, anywhere, and another unit of time: read as ours."""
    fields = registry().decode(to_avro("custody-events", PAYLOAD))[1]
    newer = changed(MERGE, lambda s: s["fields"].insert(2, {"name": "extra", "type": "string", "default": "x"}))
    millis = json.loads(json.dumps(newer).replace("timestamp-micros", "timestamp-millis"))
    hub_knows(newer, millis)
    for schema_id, schema in ((1, newer), (2, millis)):
        assert from_avro(written(schema, {**fields, "extra": "said"}, schema_id)) == ("MERGE", fields)


def test_an_incompatible_writer_is_refused_with_the_reason() -> None:
    """A field without a default is missing; an instant is a number, of whatever unit; the name is not ours; it is no Avro."""
    fields = registry().decode(to_avro("custody-events", PAYLOAD))[1]
    gone = changed(MERGE, lambda s: s.update(fields=[f for f in s["fields"] if f["name"] != "removed_prisoner_number"]))
    bare = json.loads(json.dumps(newest()[MERGE].schema).replace('{"type": "long", "logicalType": "timestamp-micros"}', '"long"'))
    other = changed(MERGE, lambda s: s.update(name="Fusion"))
    hub_knows(gone, bare, other)
    writers = registry().writers
    assert writers is not None
    writers.learn_useless(4, "is of type PROTOBUF, not Avro")
    writers.learn(5, '{"type": "record", "name": "X", "fields": [{"name": "a", "type": "Nowhere"}]}')
    cases = (
        (written(gone, fields, 1), "INCOMPATIBLE_SCHEMA", "removed_prisoner_number"),
        (written(bare, {**fields, "occurred_at": 1, "recorded_at": 2}, 2), "INCOMPATIBLE_SCHEMA", "occurred_at is a bare number"),
        (written(other, fields, 3), "WRONG_RECORD", "uk.holdfast.custody_events.Fusion"),
        (framed(4, b"x"), "INCOMPATIBLE_SCHEMA", "PROTOBUF"),
        (framed(5, b"x"), "INCOMPATIBLE_SCHEMA", "Nowhere"),
        (framed(6, b"x"), "UNKNOWN_SCHEMA", "schema id 6"),
    )
    for value, reason, told in cases:
        with pytest.raises(UnreadableError, match=told) as caught:
            registry().decode(value)
        assert caught.value.reason == reason


def test_a_claim_of_a_newer_hub_keeps_its_body() -> None:
    """The body is a union of records: resolution must not lose which."""
    newer = changed("uk.holdfast.claims.Claim", lambda s: s["fields"].append({"name": "extra", "type": "string", "default": "x"}))
    hub_knows(newer)
    record = order()
    plain = encode(record)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "string", "said")
    assert decode(framed(1, plain[HEADER_BYTES:] + out.getvalue())) == record


def test_a_gate_reads_a_notice_with_more_at_its_end() -> None:
    """A hub may add a field before its gates know it; `must_understand` says when that would matter."""
    hub = Hub()
    hub.say("A1234BC", ground("release"))
    plain = hub.notices["A1234BC"]
    gate_knows(newest()[NOTICE].schema, changed(NOTICE, lambda s: s["fields"].append({"name": "extra", "type": "string", "default": "x"})))
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "string", "said")
    said = decode_notice(b"A1234BC", plain)
    assert decode_notice(b"A1234BC", framed(1, plain[HEADER_BYTES:])) == said
    assert decode_notice(b"A1234BC", framed(2, plain[HEADER_BYTES:] + out.getvalue())) == said


def test_no_registry_talks_a_gate_out_of_a_ground() -> None:
    """Signed bytes are read as they were written, whoever holds the registry: swapped names, a field before ours, another unit are refused."""
    hub = Hub()
    hub.say("A1234BC", ground("release"))
    body = hub.notices["A1234BC"][HEADER_BYTES:]
    assert decode_notice(b"A1234BC", encode_notice(decode_notice(b"A1234BC", hub.notices["A1234BC"]))).grounds

    def swap(schema: Schema) -> None:
        by_name = {field["name"]: field for field in schema["fields"]}
        by_name["grounds"]["name"], by_name["checks"]["name"] = "checks", "grounds"

    def push(schema: Schema) -> None:
        names = [field["name"] for field in schema["fields"]]
        schema["fields"].insert(names.index("grounds"), {"name": "x", "type": {"type": "array", "items": "string"}, "default": []})

    def rename(schema: Schema) -> None:
        schema["name"] = "Seal"

    millis = json.loads(json.dumps(newest()[NOTICE].schema).replace("timestamp-micros", "timestamp-millis"))
    gate_knows(changed(NOTICE, swap), changed(NOTICE, push), changed(NOTICE, rename), millis)
    for schema_id in (1, 2, 3, 4):
        with pytest.raises(UnreadableError):
            decode_notice(b"A1234BC", framed(schema_id, body))
    with pytest.raises(UnreadableError):
        decode_seal(framed(3, body))


def test_an_id_stands_for_one_schema_for_ever() -> None:
    """The same in other words is the same; another is a registry made anew, and is not believed."""
    writers = Writers(resolves=True)
    writers.learn(1, json.dumps(newest()[MERGE].schema))
    writers.learn(1, json.dumps(newest()[MERGE].schema, indent=2))
    with pytest.raises(WriterSchemaError, match="another schema before"):
        writers.learn(1, json.dumps(newest()[NOTICE].schema))


def test_what_is_learnt_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that names ever more schemas does not fill the memory."""
    monkeypatch.setattr("holdfast_gate.confluent.SCHEMAS_MAX", 1)
    writers = Writers(resolves=True)
    writers.learn(1, '"string"')
    writers.learn_useless(2, "no")
    for learn in (writers.learn, writers.learn_useless):
        with pytest.raises(FullError):
            learn(3, '"string"')
