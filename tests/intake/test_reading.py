"""Which dialect a record is read in, and why one is not read at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.claims import Doubt
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import MAX_RECORD_BYTES, REDRIVE_HEADER, Read, read
from tests.intake.records import body_of, claims_of, payload, refusal, stored, upstream

ALERT = payload("ALERT", alert_uuid="a", alert_code="XNR", active_from="2026-08-01")
BEAT = ALERT | {"type": "SOURCE_HEARTBEAT"}


def dialect(topic: str, value: Any, **headers: str) -> str:
    """The dialect in which a record was read."""
    return claims_of(upstream(topic, value, headers=headers))[0].dialect


def test_recognised_by_shape() -> None:
    """Without a header a record is recognised by what it looks like."""
    assert dialect("custody-events", ALERT) == "contract"
    assert dialect("custody-events", stored("released.json")) == "hmpps-domain-event"
    assert dialect("court-results", stored("remand-and-sentence.json")) == "common-platform"


@pytest.mark.parametrize("event_type", ["public.events.hearing.hearing-resulted", "public.hearing-resulted", "something.else", "uk.holdfast.RECALL"])
def test_recognised_in_spite_of_its_header(event_type: str) -> None:
    """A header helps to choose; one that is wrong or unknown keeps nothing from being read."""
    assert dialect("court-results", stored("remand-and-sentence.json"), ce_type=event_type) == "common-platform"


def test_header_says_what_is_missing() -> None:
    """A record that looks like nothing is refused by the dialect that its header names."""
    refused = refusal(upstream("court-results", {"sharedTime": "x"}, headers={"ce_type": "public.hearing-resulted"}))
    assert (refused.reason, refused.dialect, "hearing" in refused.message) == ("INVALID_PAYLOAD", "common-platform", True)
    refused = refusal(upstream("custody-events", {"no": "event"}, headers={"ce_type": "prison-offender-events.prisoner.released"}))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "hmpps-domain-event")


@pytest.mark.parametrize("event_type", ["", "uk.holdfast.ALERT", "public.hearing-resulted", "prison-offender-events.prisoner.released"])
@pytest.mark.parametrize(
    "value",
    [
        b"\xff\xd8\xff\xe0 not a record",
        b"{",
        b'{"type":',
        b"[" * 200_000,
        b"null",
        b"[]",
        b'"A1234BC"',
        b'{"hearing": NaN}',
        b"9" * 5000,
        b'{"type": "ALERT", "record_id": "\\ud800"}',
        b'{"eventType": "\\ud800", "occurredAt": ""}',
        json.dumps(ALERT).encode("utf-16"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_garbage(value: bytes, event_type: str) -> None:
    """What no dialect recognises is refused, whatever its header says of it."""
    refused = refusal(upstream("custody-events", value, headers={"ce_type": event_type}))
    assert refused.reason in {"UNREADABLE", "INVALID_PAYLOAD"}
    assert refused.message.encode().startswith(b"custody-events/0/7")


def test_no_number() -> None:
    """What is no JSON is not read, however small the fault: NaN is no number, and nobody knows what was meant."""
    hearing = json.dumps(stored("remand-and-sentence.json"))
    assert refusal(upstream("court-results", (hearing[:-1] + ', "weight": NaN}').encode())).reason == "UNREADABLE"


def test_contract_in_a_notification() -> None:
    """Our own records come bare: in a notification they are not recognised."""
    wrapped = {"Type": "Notification", "Message": json.dumps(ALERT), "MessageAttributes": {}}
    assert refusal(upstream("custody-events", wrapped)).reason == "UNREADABLE"


def test_empty() -> None:
    """A record without a value says nothing."""
    assert refusal(upstream("custody-events", b"")).reason == "EMPTY"


def test_too_large() -> None:
    """What is larger than intake parses is refused unread; what is just as large is read."""
    padded = json.dumps(ALERT).encode().ljust(MAX_RECORD_BYTES)
    assert isinstance(read(upstream("custody-events", padded)), Read)
    assert refusal(upstream("custody-events", padded + b" ")).reason == "TOO_LARGE"


def test_message_in_a_notification_is_no_json() -> None:
    """A notification about nothing readable is not read."""
    assert refusal(upstream("custody-events", {"Type": "Notification", "Message": "hello", "TopicArn": "arn"})).reason == "UNREADABLE"


@pytest.mark.parametrize(
    ("dialect", "value"),
    [
        ("confluent-wire-format", b"\x00\x00\x00\x00\x01\x0eA1234BC"),
        ("event-grid-pointer", [{"id": "1", "eventType": "Hearing_Resulted", "eventTime": "t", "data": {"hearingId": "h"}}]),
        ("event-grid-pointer", {"id": "1", "eventType": "Hearing_Resulted", "eventTime": "t", "data": {"hearingId": "h"}}),
    ],
)
def test_dialects_that_are_not_read(dialect: str, value: Any) -> None:
    """A dialect that is known and not read is refused by its name, with what to send in its place."""
    refused = refusal(upstream("custody-events", value, headers={"ce_type": "uk.holdfast.upstream.some"}))
    assert (refused.reason, refused.dialect) == ("UNSUPPORTED_DIALECT", dialect)
    assert dialect in refused.message
    assert "; " in refused.message


def test_pointer_says_how_to_answer_it() -> None:
    """A pointer to a hearing names nobody: it is answered by the hearing, published with the pointer's place in a header."""
    pointer = [{"id": "1", "eventType": "Hearing_Resulted", "eventTime": "t", "data": {"hearingId": "h", "hearingDay": "2026-08-14"}}]
    assert REDRIVE_HEADER in refusal(upstream("court-results", pointer, offset=3)).message
    claims = claims_of(upstream("court-results", stored("remand-and-sentence.json"), headers={REDRIVE_HEADER: "court-results/0/3"}))
    assert body_of(claims[-1], Doubt).about == "court-results/0/3"


# --- records that come again ------------------------------------------------------------------------------------------------


def test_redriven() -> None:
    """A record that is published again and read answers the doubt about the one that was not."""
    claim, answer = claims_of(upstream("custody-events", ALERT, headers={REDRIVE_HEADER: "custody-events/0/3"}))
    assert claim.authority is Authority.CUSTODY
    assert (answer.authority, answer.person) == (Authority.HUB, claim.person)
    body = body_of(answer, Doubt)
    assert (body.kind, body.about, body.answered) == (QueryKind.UNREADABLE_RECORD, "custody-events/0/3", True)
    assert answer.subject == "hub/doubt/UNREADABLE_RECORD/custody-events/0/3"


def test_redriven_hearing() -> None:
    """One answer is enough, however many people the record is about."""
    claims = claims_of(upstream("court-results", stored("remand-and-sentence.json"), headers={REDRIVE_HEADER: "court-results/0/3"}))
    assert [type(claim.body).__name__ for claim in claims] == ["CourtSnapshot", "CourtSnapshot", "Doubt"]


def test_redriven_and_still_unreadable() -> None:
    """A record that comes again and is still not read answers nothing."""
    assert refusal(upstream("custody-events", b"{", headers={REDRIVE_HEADER: "custody-events/0/3"})).reason == "UNREADABLE"


def test_a_heartbeat_answers_nothing() -> None:
    """A heartbeat says nothing of the people whom an unreadable record named."""
    beat = {key: value for key, value in ALERT.items() if not key.startswith(("alert", "active"))}
    beat |= {"type": "SOURCE_HEARTBEAT", "source": "custody", "as_of": "2026-08-14T12:00:00Z"}
    result = read(upstream("custody-events", beat, headers={REDRIVE_HEADER: "custody-events/0/3"}))
    assert isinstance(result, Read)
    assert result.claims == ()


@pytest.mark.parametrize(
    "about", ["court-results/0/3", "custody-events", "custody-events/0", "custody-events/0/-3", "custody-events/0/3/4", "custody-events/\u0660/3"]
)
def test_redrive_of_something_else(about: str) -> None:
    """Nobody answers for another topic's record, nor for what is no record."""
    refused = refusal(upstream("custody-events", ALERT, headers={REDRIVE_HEADER: about}))
    assert (refused.reason, REDRIVE_HEADER in refused.message) == ("INVALID_PAYLOAD", True)
