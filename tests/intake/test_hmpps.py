"""HMPPS domain events: who came and went, and which number lives on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.claims import Merge, Movement
from holdfast_gate.model import Authority
from services.intake.adaptors.hmpps import RECEIVED, RELEASED
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, stored, upstream

Payload = dict[str, Any]


def released(**about: Any) -> Payload:
    """A release, with other things said about it."""
    event = stored("released.json")
    event["additionalInformation"] |= about
    return event


def notification(event: Payload, **attributes: str) -> Payload:
    """An event as SNS delivers it."""
    return {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": "arn:aws:sns:eu-west-2:000000000000:example",
        "Message": json.dumps(event),
        "MessageAttributes": {name: {"Type": "String", "Value": value} for name, value in attributes.items()},
    }


def movement(event: Payload) -> Movement:
    """The movement that an event tells of."""
    (claim,) = claims_of(upstream("custody-events", event))
    return body_of(claim, Movement)


def test_released() -> None:
    """A release is a movement out that knows neither booking nor sequence; its times are UTC, to the microsecond."""
    record = upstream("custody-events", released())
    (claim,) = claims_of(record)
    assert claim.body == Movement(
        direction="OUT", booking_id=None, movement_seq=None, movement_type="REL", movement_reason_code="CR", prison_id="WWI"
    )
    assert (claim.authority, claim.dialect, claim.record_id) == (Authority.CUSTODY, "hmpps-domain-event", record.sha256)
    assert (claim.person.prisoner_number, claim.subject) == ("A1234BC", "custody/movements/A1234BC")
    assert claim.occurred_at == datetime(2026, 8, 14, 9, 30, 15, tzinfo=UTC)
    assert claim.recorded_at == datetime(2026, 8, 14, 10, 15, 20, 123456, tzinfo=UTC)
    assert claim.received_at == APPENDED_AT


@pytest.mark.parametrize("event_type", sorted(RECEIVED | RELEASED))
def test_both_publishers(event_type: str) -> None:
    """Two services tell of the same movements, each under its own name."""
    expected = "IN" if "received" in event_type else "OUT"
    assert movement(released() | {"eventType": event_type}).direction == expected


@pytest.mark.parametrize(
    ("reason", "code", "movement_type", "reason_code"),
    [
        ("RELEASED", "CR", "REL", "CR"),
        ("RELEASED", "MRG", "REL", "MRG"),
        ("RELEASED", "DD", "REL", "DD"),
        ("RELEASED", "UAL", "REL", "UAL"),
        ("RELEASED", "DEC", "REL", "DEC"),
        ("RELEASED", None, "REL", ""),
        ("TEMPORARY_ABSENCE_RELEASE", "C5", "TAP", "C5"),
        ("RELEASED_TO_HOSPITAL", "HO", "REL", "HO"),
        ("RELEASED_TO_HOSPITAL", None, "REL", "HP"),
        ("SENT_TO_COURT", "19", "CRT", "19"),
        ("TRANSFERRED", "NOTR", "TRN", "NOTR"),
        ("UNKNOWN", None, "REL", ""),
        ("SOMETHING_NEW", None, "REL", ""),
        (None, None, "REL", ""),
    ],
)
def test_reasons_for_leaving(reason: str | None, code: str | None, movement_type: str, reason_code: str) -> None:
    """Events say "released" of absences too: the reason tells; one that nobody knows is a release."""
    body = movement(released(reason=reason, nomisMovementReasonCode=code))
    assert (body.movement_type, body.movement_reason_code) == (movement_type, reason_code)


@pytest.mark.parametrize(
    ("reason", "code", "movement_type", "reason_code"),
    [
        ("ADMISSION", "24", "ADM", "24"),
        ("NEW_ADMISSION", None, "ADM", ""),
        ("READMISSION", None, "ADM", ""),
        ("TRANSFERRED", None, "ADM", "INT"),
        ("TRANSFERRED", "INT", "ADM", "INT"),
        ("TEMPORARY_ABSENCE_RETURN", "C5", "TAP", "C5"),
        ("RETURN_FROM_COURT", None, "CRT", ""),
        ("SOMETHING_NEW", "E", "ADM", "E"),
        (None, None, "ADM", ""),
    ],
)
def test_reasons_for_coming(reason: str | None, code: str | None, movement_type: str, reason_code: str) -> None:
    """Events say "received" of returns and of transfers too: the reason tells; one that nobody knows is an admission."""
    event = released(reason=reason, nomisMovementReasonCode=code) | {"eventType": "prison-offender-events.prisoner.received"}
    body = movement(event)
    assert (body.direction, body.movement_type, body.movement_reason_code) == ("IN", movement_type, reason_code)


def test_merged() -> None:
    """In a merge nomsNumber lives on, although the description and the person reference say the reverse."""
    (claim,) = claims_of(upstream("custody-events", stored("merged.json")))
    assert claim.body == Merge(surviving_prisoner_number="A1111AA", removed_prisoner_number="B2222BB")
    assert claim.person.prisoner_number == "A1111AA"


def test_in_a_notification() -> None:
    """In a notification the event is text within text; the notification's id names it."""
    (claim,) = claims_of(upstream("custody-events", notification(released())))
    (bare,) = claims_of(upstream("custody-events", released()))
    assert (claim.body, claim.record_id) == (bare.body, "m-1")


def test_type_beside_the_event() -> None:
    """The oldest events carry no type of their own: the notification's attribute, or the record's header, has it."""
    event = released()
    kind = event.pop("eventType")
    assert body_of(claims_of(upstream("custody-events", notification(event, eventType=kind)))[0], Movement).direction == "OUT"
    assert body_of(claims_of(upstream("custody-events", event, headers={"ce_type": kind}))[0], Movement).direction == "OUT"
    assert refusal(upstream("custody-events", event)).reason == "UNREADABLE"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-08-14T10:30:15Z", datetime(2026, 8, 14, 10, 30, 15, tzinfo=UTC)),
        ("2026-11-14T10:30:15.5+01:00", datetime(2026, 11, 14, 9, 30, 15, 500000, tzinfo=UTC)),
        ("2026-08-14T10:30:15+0100", datetime(2026, 8, 14, 9, 30, 15, tzinfo=UTC)),
        ("2026-08-14T10:30-05:30", datetime(2026, 8, 14, 16, 0, tzinfo=UTC)),
    ],
)
def test_offsets(written: str, meant: datetime) -> None:
    """An instant is what its offset says, right or wrong for the season."""
    (claim,) = claims_of(upstream("custody-events", released() | {"occurredAt": written}))
    assert claim.occurred_at == meant


@pytest.mark.parametrize(
    "change",
    [
        {"occurredAt": "2026-08-14T10:30:15"},
        {"occurredAt": None},
        {"occurredAt": "2026-02-30T10:30:15Z"},
        {"occurredAt": "0001-01-01T00:00:00+01:00"},
        {"additionalInformation": {"nomsNumber": "A1234"}},
        {"additionalInformation": {"nomsNumber": "B2222BB"}},
        {"additionalInformation": {}, "personReference": None},
        {"additionalInformation": []},
        {"eventType": "prison-offender-events.prisoner.merged"},
    ],
)
def test_does_not_fit(change: Payload) -> None:
    """An event without its time, without a person, or about two, is refused."""
    refused = refusal(upstream("custody-events", released() | change))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "hmpps-domain-event")


def test_person_reference_alone() -> None:
    """The person reference will do where the additional information names nobody."""
    event = released(nomsNumber=None)
    assert claims_of(upstream("custody-events", event))[0].person.prisoner_number == "A1234BC"


def test_other_events_are_named() -> None:
    """An HMPPS event that is not read is refused by its name."""
    refused = refusal(upstream("custody-events", released() | {"eventType": "person.something.new"}))
    assert refused.reason == "UNSUPPORTED_DIALECT"
    assert "person.something.new" in refused.message


def test_only_on_custody_topic() -> None:
    """What custody says has no place on a court's topic."""
    assert refusal(upstream("court-results", released())).reason == "WRONG_TOPIC"
