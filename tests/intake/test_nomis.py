"""NOMIS offender events: movements by number, alerts, merges and bookings; and what is asked where they say little."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import Alert, BookingDeleted, BookingMoved, Doubt, Identifier, Merge, Movement, Person
from holdfast.subjects import micros
from holdfast_gate.model import Authority
from services.intake.adaptors import Read, read
from tests.intake.records import body_of, claims_of, refusal, stored, upstream

BOOKING = Identifier(type="BOOKING", value="1204567")
RECORDED_AT = datetime(2026, 8, 14, 9, 31, 2, 500000, tzinfo=UTC)


def movement(**changes: Any) -> dict[str, Any]:
    """A movement event, with other things said about it."""
    return stored("nomis-movement.json") | changes


def event(event_type: str, **fields: Any) -> dict[str, Any]:
    """Any other event."""
    return {"eventType": event_type, "eventDatetime": "2026-08-14T10:31:02.500", "nomisEventType": "X", **fields}


def asked(value: dict[str, Any]) -> list[str]:
    """What is asked because of an event."""
    return [claim.body.about for claim in claims_of(upstream("custody-events", value)) if isinstance(claim.body, Doubt)]


def test_a_movement() -> None:
    """A movement has its booking, its place in it, and two times of London's: when it happened and when NOMIS wrote it."""
    (claim,) = claims_of(upstream("custody-events", movement()))
    assert claim.body == Movement(
        direction="OUT",
        booking_id="1204567",
        movement_seq=4,
        movement_type="REL",
        movement_reason_code="CR",
        prison_id="WWI",
        to_agency_id="OUT",
    )
    assert (claim.authority, claim.dialect, claim.subject) == (Authority.CUSTODY, "nomis-offender-event", "custody/booking/1204567")
    assert claim.person == Person(prisoner_number="A1234BC", identifiers=(BOOKING,))
    assert (claim.occurred_at, claim.recorded_at) == (datetime(2026, 8, 14, 9, 30, tzinfo=UTC), RECORDED_AT)


def test_a_reception() -> None:
    """Somebody received is at the prison that he came to."""
    value = movement(directionCode="IN", movementType="ADM", movementReasonCode="24", fromAgencyLocationId="OUT", toAgencyLocationId="LEI")
    body = body_of(claims_of(upstream("custody-events", value))[0], Movement)
    assert (body.direction, body.movement_type, body.movement_reason_code, body.prison_id, body.to_agency_id) == ("IN", "ADM", "24", "LEI", None)


@pytest.mark.parametrize(
    "value",
    [
        movement(recordDeleted=True),
        movement(eventType="EXTERNAL_MOVEMENT_RECORD-DELETED", recordDeleted=None),
        movement(recordDeleted=True, movementType=None, directionCode=None, movementDateTime=None, movementReasonCode=None),
    ],
)
def test_a_movement_taken_back(value: dict[str, Any]) -> None:
    """NOMIS took its record back: the same booking and the same number, deleted, whatever else is left to say."""
    (claim,) = claims_of(upstream("custody-events", value))
    body = body_of(claim, Movement)
    assert (body.deleted, body.booking_id, body.movement_seq, claim.person.prisoner_number) == (True, "1204567", 4, "A1234BC")
    assert claim.recorded_at == RECORDED_AT


@pytest.mark.parametrize("missing", ["movementSeq", "movementType", "directionCode", "movementDateTime"])
def test_a_movement_that_does_not_say_enough(missing: str) -> None:
    """NOMIS does not always look up what moved: then his movements are asked about."""
    assert asked(movement(**{missing: None})) == ["prisoner/A1234BC"]
    assert asked(movement(**{missing: None, "offenderIdDisplay": None})) == ["booking/1204567"]


@pytest.mark.parametrize(
    ("event_type", "fields", "about"),
    [
        ("CONFIRMED_RELEASE_DATE-CHANGED", {"bookingId": 1204567}, "booking/1204567"),
        ("CONFIRMED_RELEASE_DATE-CHANGED", {"bookingId": 1204567, "offenderIdDisplay": "A1234BC"}, "prisoner/A1234BC"),
        ("IMPRISONMENT_STATUS-CHANGED", {"bookingId": "1204567", "imprisonmentStatusSeq": 0}, "booking/1204567"),
        ("SENTENCE_DATES-CHANGED", {"bookingId": 1204567, "offenderIdDisplay": "A1234BC", "sentenceCalculationId": 5}, "sentence-dates/A1234BC"),
        ("OFFENDER_MOVEMENT-DISCHARGE", {"bookingId": 1204567, "movementSeq": 4}, "booking/1204567"),
        ("OFFENDER_FIXED_TERM_RECALLS-UPDATED", {"bookingId": 1204567, "offenderIdDisplay": "A1234BC"}, "recalls/A1234BC"),
        ("COURT_EVENT-INSERTED", {"bookingId": 1204567, "offenderIdDisplay": "A1234BC", "eventId": 1}, "immigration/A1234BC"),
        ("SCHEDULED_EXT_MOVE-DELETED", {"bookingId": 1204567, "offenderIdDisplay": "A1234BC"}, "prisoner/A1234BC"),
        ("OFFENDER_BOOKING-CHANGED", {"bookingId": 1204567}, "booking/1204567"),
        ("BOOKING_NUMBER-CHANGED", {"bookingId": 1204567, "type": "BOOK_NUMBER_CHANGE"}, "booking/1204567"),
        ("OFFENDER_BOOKING-REASSIGNED", {"bookingId": 1204567, "offenderId": 1, "previousOffenderId": 2}, "booking/1204567"),
        ("OFFENDER-UPDATED", {"offenderId": 1, "offenderIdDisplay": "A1234BC"}, "prisoner/A1234BC"),
    ],
)
def test_a_thin_event_holds(event_type: str, fields: dict[str, Any], about: str) -> None:
    """By number, or by booking where there is no number; a later event needs a later answer."""
    (claim,) = claims_of(upstream("custody-events", event(event_type, **fields)))
    body = body_of(claim, Doubt)
    assert (claim.authority, body.about, body.sequence) == (Authority.HUB, about, micros(RECORDED_AT))
    assert claim.person.identifiers == (BOOKING,) if "bookingId" in fields else claim.person == Person(prisoner_number="A1234BC")


def test_an_alert() -> None:
    """An alert goes by its place in the booking, and ends on the day of its expiry or of its deletion."""
    fields = {"bookingId": 1204567, "offenderIdDisplay": "A1234BC", "alertSeq": 3, "alertCode": "XNR", "alertDateTime": "2026-08-01T00:30:00"}
    alert, doubt = claims_of(upstream("custody-events", event("ALERT-INSERTED", **fields)))
    assert alert.body == Alert(alert_uuid="1204567/3", alert_code="XNR", active_from=date(2026, 8, 1))
    assert body_of(doubt, Doubt).about == "alerts/A1234BC"
    expiring = claims_of(upstream("custody-events", event("ALERT-UPDATED", **fields, expiryDateTime="2026-09-01T00:00:00")))[0]
    assert body_of(expiring, Alert).active_to == date(2026, 9, 1)
    deleted = claims_of(upstream("custody-events", event("ALERT-DELETED", **fields)))[0]
    assert body_of(deleted, Alert).active_to == date(2026, 8, 14)
    assert len(claims_of(upstream("custody-events", event("ALERT-INSERTED", **(fields | {"alertCode": "PEEP"}))))) == 1
    assert asked(event("ALERT-INSERTED", **(fields | {"alertSeq": None}))) == ["alerts/A1234BC"]


def test_a_merge() -> None:
    """The number that lives on is `offenderIdDisplay`."""
    fields = {"bookingId": "1204567", "type": "MERGE", "offenderIdDisplay": "A1234BC", "previousOffenderIdDisplay": "B2222BB"}
    (claim,) = claims_of(upstream("custody-events", event("BOOKING_NUMBER-CHANGED", **fields)))
    assert claim.body == Merge(surviving_prisoner_number="A1234BC", removed_prisoner_number="B2222BB")
    for wrong in ({"previousOffenderIdDisplay": "A1234BC"}, {"previousOffenderIdDisplay": None}, {"offenderIdDisplay": "?"}):
        assert refusal(upstream("custody-events", event("BOOKING_NUMBER-CHANGED", **(fields | wrong)))).reason == "INVALID_PAYLOAD"


def test_a_booking_put_under_another_number() -> None:
    """A booking moves; from one name of a person to another of his it does not, and that is counted."""
    fields = {"bookingId": 1204567, "offenderIdDisplay": "A1234BC", "previousOffenderIdDisplay": "B2222BB"}
    (claim,) = claims_of(upstream("custody-events", event("OFFENDER_BOOKING-REASSIGNED", **fields)))
    assert claim.body == BookingMoved(booking_id="1204567", from_prisoner_number="B2222BB", to_prisoner_number="A1234BC")
    same = read(upstream("custody-events", event("OFFENDER_BOOKING-REASSIGNED", **(fields | {"previousOffenderIdDisplay": "A1234BC"}))))
    assert same == Read(nothing="OFFENDER_BOOKING-REASSIGNED")


def test_a_booking_that_is_gone() -> None:
    """By number and booking, or by booking alone."""
    (claim,) = claims_of(upstream("custody-events", event("BOOKING-DELETED", bookingId=1204567, offenderIdDisplay="A1234BC")))
    assert (claim.body, claim.person.prisoner_number) == (BookingDeleted(booking_id="1204567"), "A1234BC")
    assert claims_of(upstream("custody-events", event("BOOKING-DELETED", bookingId=1204567)))[0].person == Person(identifiers=(BOOKING,))
    assert refusal(upstream("custody-events", event("BOOKING-DELETED", offenderIdDisplay="A1234BC"))).reason == "INVALID_PAYLOAD"


@pytest.mark.parametrize(
    ("event_type", "fields", "counted"),
    [
        ("BED_ASSIGNMENT_HISTORY-INSERTED", {"bookingId": 1, "offenderIdDisplay": "A1234BC"}, "BED_ASSIGNMENT_HISTORY-INSERTED"),
        ("OFFENDER_CASE_NOTES-INSERTED", {"bookingId": 1}, "OFFENDER_CASE_NOTES-*"),
        ("ADDRESSES_OFFENDER-UPDATED", {"offenderIdDisplay": "A1234BC"}, "ADDRESSES_*"),
        ("OFFENDER_IDENTIFIER-INSERTED", {"offenderId": 1, "rootOffenderId": 1}, "OFFENDER_IDENTIFIER-*"),
    ],
)
def test_what_says_nothing_is_counted(event_type: str, fields: dict[str, Any], counted: str) -> None:
    """What says nothing about custody, or nothing by which anybody could be known."""
    assert read(upstream("custody-events", event(event_type, **fields))) == Read(nothing=counted)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (event("SOMETHING-NEW", offenderIdDisplay="A1234BC"), "UNSUPPORTED_DIALECT"),
        (event("SENTENCE_DATES-CHANGED"), "INVALID_PAYLOAD"),
        (event("SENTENCE_DATES-CHANGED", offenderIdDisplay="A12"), "INVALID_PAYLOAD"),
        (movement(eventDatetime="never"), "INVALID_PAYLOAD"),
        (movement(movementSeq="first"), "INVALID_PAYLOAD"),
        (movement(movementSeq=2**40), "INVALID_PAYLOAD"),
        (movement(recordDeleted="perhaps"), "INVALID_PAYLOAD"),
    ],
)
def test_what_does_not_fit_is_refused(value: dict[str, Any], reason: str) -> None:
    """A type that nobody knows, nobody's number, no time: each is refused by the dialect's name."""
    refused = refusal(upstream("custody-events", value))
    assert (refused.reason, refused.dialect) == (reason, "nomis-offender-event")


def test_in_a_notification() -> None:
    """As SNS delivers it; the type may stand beside the event only, or in the record's header."""
    value = movement()
    kind = value.pop("eventType")
    attributes = {"eventType": {"Type": "String", "Value": kind}}
    wrapped = {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(value), "MessageAttributes": attributes}
    (claim,) = claims_of(upstream("custody-events", wrapped))
    assert (body_of(claim, Movement).movement_seq, claim.record_id) == (4, "m-1")
    (bare,) = claims_of(upstream("custody-events", value, headers={"ce_type": kind}))
    assert bare.body == claim.body
