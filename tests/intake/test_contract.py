"""The contract dialect: each type, as Avro and as JSON, and what does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import (
    Alert,
    CourtSnapshot,
    Identifier,
    ImmigrationRecord,
    Merge,
    Movement,
    Person,
    Recall,
    ReleaseDate,
    ReleaseOrder,
    ResultLine,
    SentenceDates,
)
from holdfast_gate.model import Authority
from schemas.contract import to_avro
from services.intake.adaptors import Heartbeat, Read, read
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
from tests.intake.records import APPENDED_AT, PNC, RECORDED, claims_of, refusal, told, upstream


def test_reception() -> None:
    """A reception is a movement in."""
    assert told("custody-events", RECEPTION, Movement) == Movement(
        direction="IN", booking_id="1", movement_seq=1, movement_type="ADM", movement_reason_code="N", prison_id="WWI"
    )


def test_movement_out() -> None:
    """A movement out keeps its type and where it goes."""
    assert told("custody-events", MOVEMENT_OUT, Movement) == Movement(
        direction="OUT",
        booking_id="1",
        movement_seq=2,
        movement_type="CRT",
        movement_reason_code="19",
        prison_id="WWI",
        to_agency_id="B16BG",
    )


def test_release_order() -> None:
    """An order is for one day."""
    assert told("custody-events", RELEASE_ORDER, ReleaseOrder) == ReleaseOrder(
        booking_id="1", event_id="e", release_date=date(2026, 8, 15), movement_reason_code="CR", event_status="SCH"
    )


def test_sentence_dates() -> None:
    """Every date of a calculation is kept."""
    assert told("custody-events", SENTENCE_DATES, SentenceDates) == SentenceDates(
        booking_id="1",
        sentence_calculation_id="c",
        calculation_status="CONFIRMED",
        dates=(ReleaseDate(type="CRD", date=date(2026, 8, 15)), ReleaseDate(type="SED", date=date(2027, 8, 15))),
    )


def test_recall() -> None:
    """A recall names its booking and when the licence was revoked."""
    assert told("custody-events", RECALL, Recall) == Recall(
        booking_id="1", recall_id="x", recall_type="FTR_28", revocation_date=date(2026, 8, 1), status="ACTIVE"
    )


def test_alert() -> None:
    """An alert is active from a day until further notice."""
    assert told("custody-events", ALERT, Alert) == Alert(alert_uuid="a", alert_code="XNR", active_from=date(2026, 8, 1), active_to=None)


def test_merge() -> None:
    """A merge names the number that lives on and the one that was removed; the person adds nothing."""
    assert told("custody-events", MERGE, Merge) == Merge(surviving_prisoner_number="A1111AA", removed_prisoner_number="B2222BB")
    assert told("custody-events", MERGE | {"person": {}}, Merge).surviving_prisoner_number == "A1111AA"


def test_immigration_record() -> None:
    """An immigration matter goes by its Home Office reference, however that was typed."""
    body = told("immigration-events", IMMIGRATION, ImmigrationRecord)
    assert body == ImmigrationRecord(
        immigration_detention_uuid="i", record_type="IS91", record_date=date(2026, 8, 1), home_office_reference="HO/12345"
    )
    assert told("immigration-events", IMMIGRATION | {"home_office_reference": "N/A"}, ImmigrationRecord).home_office_reference is None


def test_court_result() -> None:
    """A court result is the whole snapshot of one defendant, whom the court knows by its own ids too."""
    line = ResultLine(
        case_urn="16BG0001126",
        offence_id="o-1",
        offence_code="TH68010",
        result_id="r-1",
        cjs_code="1115",
        label="Suspended sentence",
        imprisonment_months=12,
        suspended_months=24,
        next_hearing_day=date(2026, 9, 1),
    )
    assert told("court-results", COURT_RESULT, CourtSnapshot) == CourtSnapshot(
        defendant_id="D-1",
        hearing_id="h-1",
        hearing_day=date(2026, 8, 13),
        shared_at=datetime(2026, 8, 13, 15, tzinfo=UTC),
        court_code="B16BG00",
        court_name="Example Magistrates' Court",
        lines=(line,),
    )
    (claim,) = claims_of(upstream("court-results", COURT_RESULT))
    assert claim.person == Person(
        identifiers=(
            Identifier(type="DEFENDANT_ID", value="D-1"),
            Identifier(type="MASTER_DEFENDANT_ID", value="M-1"),
            Identifier(type="PNC", value=PNC),
        ),
        last_name="Alder",
    )


@pytest.mark.parametrize(
    ("topic", "record", "authority"),
    [
        ("custody-events", RECEPTION, Authority.CUSTODY),
        ("immigration-events", IMMIGRATION, Authority.IMMIGRATION),
        ("court-results", COURT_RESULT, Authority.COURT),
    ],
)
def test_who_says_it(topic: str, record: dict[str, Any], authority: Authority) -> None:
    """A claim cites its authority, its record and its times."""
    (claim,) = claims_of(upstream(topic, to_avro(topic, record)))
    assert (claim.authority, claim.dialect, claim.record_id, claim.by) == (authority, "contract", "r-1", ())
    assert (claim.recorded_at, claim.received_at) == (RECORDED, APPENDED_AT)
    assert (claim.source.topic, claim.source.partition, claim.source.offset) == (topic, 0, 7)


def test_heartbeat() -> None:
    """A heartbeat makes no claim."""
    expected = Read(heartbeat=Heartbeat(source="court", as_of=APPENDED_AT))
    assert read(upstream("court-results", to_avro("court-results", HEARTBEAT))) == read(upstream("court-results", HEARTBEAT)) == expected


@pytest.mark.parametrize(
    "change", [{"source": "custody"}, {"as_of": "2026-02-30T12:00:00Z"}, {"as_of": "9999-12-31T00:00:00Z"}, {"as_of": "noon"}, {"source": None}]
)
def test_invalid_heartbeat(change: dict[str, Any]) -> None:
    """Nobody vouches for another source, nor as of a time that cannot be."""
    assert refusal(upstream("court-results", HEARTBEAT | change)).reason == "INVALID_HEARTBEAT"


# --- what does not fit ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "record", "change", "named"),
    [
        ("custody-events", RECEPTION, {"booking_id": None}, "booking_id"),
        ("custody-events", RECEPTION, {"booking_id": " "}, "booking_id"),
        ("custody-events", RECEPTION, {"movement_seq": "first"}, "movement_seq"),
        ("custody-events", RECEPTION, {"surprise": 1}, "surprise"),
        ("custody-events", RECEPTION, {"person": {}}, "person"),
        ("custody-events", RECEPTION, {"person": {"prisoner_number": "1234"}}, "prisoner_number"),
        ("custody-events", RECEPTION, {"person": {"identifiers": [{"type": "PNC", "value": "2002/0073319X"}]}}, "person"),
        ("custody-events", RECEPTION, {"recorded_at": "9999-12-31T00:00:00Z"}, "recorded_at"),
        ("custody-events", MOVEMENT_OUT, {"movement_type": "OUT"}, "movement_type"),
        ("custody-events", RELEASE_ORDER, {"event_status": "sch"}, "event_status"),
        ("custody-events", SENTENCE_DATES, {"calculation_status": "FINAL"}, "calculation_status"),
        ("custody-events", RECALL, {"status": "INACTIVE"}, "status"),
        ("custody-events", MERGE, {"removed_prisoner_number": "A1111AA"}, "A1111AA"),
        ("custody-events", MERGE, {"removed_prisoner_number": "B2222"}, "B2222"),
        ("immigration-events", IMMIGRATION, {"status": "CLOSED"}, "status"),
        ("court-results", COURT_RESULT, {"shared_at": "1066-10-14T09:00:00Z"}, "shared_at"),
        ("court-results", COURT_RESULT, {"defendant_id": ""}, "defendant_id"),
        ("court-results", COURT_RESULT, {"results": [COURT_RESULT["results"][0] | {"imprisonment_months": -45}]}, "imprisonment_months"),
        ("court-results", COURT_RESULT, {"results": [COURT_RESULT["results"][0] | {"offence_id": ""}]}, "offence_id"),
    ],
)
def test_does_not_fit(topic: str, record: dict[str, Any], change: dict[str, Any], named: str) -> None:
    """A record that could be misread, or that nobody could ever be found by, is refused, and the field named."""
    refused = refusal(upstream(topic, record | change))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "contract")
    assert named in refused.message


def test_broken_avro() -> None:
    """Avro that is cut off, that goes on, or that another schema wrote says so."""
    value = to_avro("custody-events", RECEPTION)
    assert refusal(upstream("custody-events", value[:-3])).reason == "TRUNCATED"
    assert refusal(upstream("custody-events", value + b"!")).reason == "TRAILING_BYTES"
    assert refusal(upstream("custody-events", value[:2] + b"????????" + value[10:])).reason == "UNKNOWN_SCHEMA"
    assert refusal(upstream("custody-events", value[:5])).reason == "NOT_AVRO"


@pytest.mark.parametrize("as_avro", [True, False])
def test_wrong_topic(as_avro: bool) -> None:
    """A custody topic never speaks for a court, whatever the form."""
    value = to_avro("court-results", COURT_RESULT) if as_avro else COURT_RESULT
    refused = refusal(upstream("custody-events", value))
    assert (refused.reason, "court-results" in refused.message) == ("WRONG_TOPIC", True)


def test_unknown_type() -> None:
    """A type that nobody knows is not guessed at."""
    assert refusal(upstream("custody-events", RECEPTION | {"type": "RECEPTOIN"})).reason == "INVALID_PAYLOAD"


def test_header_and_record_disagree() -> None:
    """A header that says another type than the record does is a contradiction, and is refused."""
    told("custody-events", RECEPTION, Movement, ce_type="uk.holdfast.RECEPTION")
    assert refusal(upstream("custody-events", RECEPTION, headers={"ce_type": "uk.holdfast.RECALL"})).reason == "INVALID_PAYLOAD"


def test_one_name_twice() -> None:
    """A record that says two things under one name is refused, rather than one of them believed."""
    value = b'{"type":"RECALL","status":"DELETED",' + str(RECALL).replace("'", '"').encode()[1:]
    refused = refusal(upstream("custody-events", value))
    assert (refused.reason, "status" in refused.message or "type" in refused.message) == ("UNREADABLE", True)


def test_prisoner_number_is_tidied() -> None:
    """A prison number typed in small letters is the same number."""
    (claim,) = claims_of(upstream("custody-events", RECEPTION | {"person": {"prisoner_number": " a1234bc "}}))
    assert claim.person.prisoner_number == "A1234BC"
