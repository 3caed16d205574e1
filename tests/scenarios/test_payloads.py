"""What a step of a scenario becomes on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.records import EnrichmentAnswer
from holdfast.subjects import micros
from schemas.contract import from_avro
from schemas.wire import decode_as
from services.runtime.ports import Outgoing
from simulator.payloads import ResolutionError, enrichment, heartbeat, published, resolution
from simulator.scenario import Enrich, Publish, Resolve
from simulator.scenario_file import parse

AT = datetime(2025, 10, 24, 8, 0, 0, 5000, tzinfo=UTC)
RECALL = """
- publish: custody-events
  payload: {type: RECALL, person: {prisoner_number: A1234BC}, booking_id: 12, recall_id: r, recall_type: LR,
            revocation_date: 2025-10-20, status: ACTIVE}
"""


def outgoing(steps: str, directory: Path = Path()) -> Outgoing:
    """The record of the only step."""
    (step,) = parse(f"title: t\nclock: 2025-10-24T08:00:00Z\nsteps:\n{steps}", file="s.yaml", directory=directory).steps
    assert isinstance(step, Publish | Resolve)
    return (published if isinstance(step, Publish) else resolution)(step, record_id="id-1", at=AT)  # pyright: ignore[reportArgumentType]


def headers(record: Outgoing) -> dict[str, str]:
    """The headers as text."""
    return {name: value.decode() for name, value in record.headers}


def test_contract_is_avro() -> None:
    """A contract payload becomes an Avro record, dated by the clock and known by its step."""
    record = outgoing(RECALL)
    kind, fields = from_avro(record.value or b"", topic="custody-events")
    assert (kind, fields["record_id"], fields["booking_id"]) == ("RECALL", "id-1", "12")
    assert fields["occurred_at"] == fields["recorded_at"] == AT
    assert record.key == b"A1234BC"
    assert headers(record) | {"traceparent": ""} == {
        "ce_specversion": "1.0",
        "ce_id": "id-1",
        "ce_type": "uk.holdfast.RECALL",
        "ce_source": "/upstream/custody",
        "ce_time": "2025-10-24T08:00:00.005Z",
        "content-type": "application/avro",
        "traceparent": "",
    }
    version, trace, span, flags = headers(record)["traceparent"].split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")


def test_what_a_payload_says_itself_stays() -> None:
    """Its own id and times are kept."""
    record = outgoing(RECALL + "  set: {record_id: own, occurred_at: 2025-10-20T01:02:03Z}\n")
    _, fields = from_avro(record.value or b"")
    assert (fields["record_id"], headers(record)["ce_id"]) == ("own", "own")
    assert fields["occurred_at"] == datetime(2025, 10, 20, 1, 2, 3, tzinfo=UTC)


def test_misfits_go_out_as_json() -> None:
    """What does not fit its schema reaches the hub as the JSON that it is."""
    record = outgoing(RECALL + "  set: {revocation_date: 2025-02-30}\n")
    assert headers(record)["content-type"] == "application/json"
    sent = json.loads(record.value or b"")
    assert (sent["revocation_date"], sent["record_id"], sent["recorded_at"]) == ("2025-02-30", "id-1", "2025-10-24T08:00:00.005Z")


def test_headers_and_key_can_be_given() -> None:
    """A step's own key and headers win."""
    record = outgoing(RECALL + "  key: other\n  headers: {ce_type: x.y, extra: 1}\n")
    assert record.key == b"other"
    assert (headers(record)["ce_type"], headers(record)["extra"], headers(record)["ce_id"]) == ("x.y", "1", "id-1")


@pytest.mark.parametrize(
    ("step", "event_type", "key"),
    [
        ("dialect: common-platform, payload: {hearing: {id: h-1}}", "public.events.hearing.hearing-resulted", b"h-1"),
        ("dialect: hmpps-domain-event, payload: {eventType: a.b, additionalInformation: {nomsNumber: A1234BC}}", "a.b", b"A1234BC"),
        ("""dialect: hmpps-domain-event, payload: {Message: '{"eventType": "a.b", "additionalInformation": {"prisonerId": "A1234BC"}}'}""",
         "a.b", b"A1234BC"),
        ("dialect: libra, payload: {caseNo: 1}", "uk.holdfast.upstream.libra", None),
        ("payload: {type: COURT_RESULT, defendant_id: d-1, hearing_id: h-1}", "uk.holdfast.COURT_RESULT", b"d-1"),
        ("payload: {type: COURT_RESULT, hearing_id: h-1}", "uk.holdfast.COURT_RESULT", b"h-1"),
    ],
)  # fmt: skip
def test_dialects(step: str, event_type: str, key: bytes | None) -> None:
    """Each dialect has its own event type, and its records are keyed as its publisher would."""
    record = outgoing(f"- {{publish: court-results, {step}}}")
    assert (headers(record)["ce_type"], record.key) == (event_type, key)
    assert headers(record)["content-type"] == "application/json"


def test_files_and_bytes_are_sent_as_they_are(tmp_path: Path) -> None:
    """A file of another dialect goes out byte for byte, and raw bytes do in any."""
    (tmp_path / "case.json").write_bytes(b'{ "hearing":\n{"id":"h-1"} }')
    file = outgoing("- {publish: court-results, dialect: common-platform, file: case.json}", tmp_path)
    assert (file.value, file.key) == (b'{ "hearing":\n{"id":"h-1"} }', b"h-1")
    raw = outgoing("- {publish: court-results, bytes: /wA=}")
    assert (raw.value, raw.key, headers(raw)["content-type"]) == (b"\xff\x00", None, "application/octet-stream")
    assert "ce_type" not in headers(raw)


def test_resolution() -> None:
    """A people's act is a record of the resolutions topic, typed by its kind."""
    act = "kind: PLACE_HOLD, prisoner_number: A1234BC, hold_id: h, authority: COURT, by: [a], reason: r"
    record = outgoing(f"- resolve: {{{act}}}")
    kind, fields = from_avro(record.value or b"", topic="resolutions")
    assert (kind, fields["by"], record.key, record.topic) == ("PLACE_HOLD", ["a"], b"A1234BC", "resolutions")


def test_misfitting_resolution() -> None:
    """An act that does not fit its schema is its author's mistake, and is reported at its line."""
    with pytest.raises(ResolutionError, match=r"s\.yaml:4: not a PLACE_HOLD"):
        outgoing("- resolve: {kind: PLACE_HOLD, by: [a], reason: r}")


def test_heartbeat() -> None:
    """A heartbeat vouches for its own source, in one partition."""
    record = heartbeat("immigration", 3, AT)
    kind, fields = from_avro(record.value or b"", topic="immigration-events")
    assert (kind, fields["source"], fields["as_of"]) == ("SOURCE_HEARTBEAT", "immigration", AT)
    assert (record.topic, record.partition, record.key) == ("immigration-events", 3, None)


def answer(step: str, directory: Path = Path()) -> tuple[Outgoing, EnrichmentAnswer]:
    """The record of the only step, which is an answer."""
    (found,) = parse(f"title: t\nclock: 2025-10-24T08:00:00Z\nsteps:\n{step}", file="s.yaml", directory=directory).steps
    assert isinstance(found, Enrich)
    record = enrichment(found, record_id="id-1", at=AT)
    return record, decode_as(EnrichmentAnswer, record.value or b"")


def test_an_answer_is_as_the_service_writes_it() -> None:
    """Keyed by what it is about, answering everything from before it, with a body that intake reads as a published record."""
    record, told = answer(
        "- enrich: {about: recalls/A1234BC, payload: {type: RECALL, person: {prisoner_number: A1234BC}, booking_id: 12, recall_id: r,"
        " recall_type: LR, revocation_date: 2025-10-20, status: ACTIVE}}"
    )
    assert (record.topic, record.key, headers(record)["ce_source"]) == ("enrichments", b"recalls/A1234BC", "/holdfast/enrichment")
    assert (told.about, told.sequence, told.fetched_at, told.http_status) == ("recalls/A1234BC", micros(AT), AT, 200)
    assert (told.person.prisoner_number, told.dialect, told.content_type) == ("A1234BC", "contract", "application/avro")
    assert from_avro(told.body, topic="custody-events")[0] == "RECALL"


def test_an_answer_of_another_dialect(tmp_path: Path) -> None:
    """A file goes byte for byte, a payload as JSON; whom it is about can be said where the question does not."""
    (tmp_path / "x.json").write_bytes(b"[ ]")
    _, file = answer("- enrich: {about: court-document/d-1, dialect: libra, file: x.json, prisoner: B1234BC}", tmp_path)
    assert (file.body, file.person.prisoner_number, file.dialect) == (b"[ ]", "B1234BC", "libra")
    _, payload = answer("- enrich: {about: alerts/A1234BC, dialect: libra, payload: {a: [1]}}")
    assert (payload.body, payload.content_type) == (b'{"a":[1]}', "application/json")
    _, nothing = answer("- enrich: {about: alerts/A1234BC, status: 404}")
    assert (nothing.body, nothing.http_status) == (b"", 404)
