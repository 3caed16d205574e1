"""Notifications that a court's document exists: whom it is about is held until somebody has read it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import Claim, Doubt, Identifier
from holdfast_gate.model import Authority, QueryKind
from tests.intake.hearings import ALDER
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, stored, upstream

DOCUMENT = "6f1c0009-0000-4000-8000-000000000002"
CALLBACK = {
    "eventType": "PRISON_COURT_REGISTER_GENERATED",
    "hearingId": "6f1c0001-0000-4000-8000-000000000001",
    "masterDefendantId": ALDER,
    "documentId": DOCUMENT,
    "documentGeneratedTimestamp": "2026-08-14T10:50:00Z",
    "cases": [{"urn": "16BG0001126"}],
}


def request(**changes: Any) -> Any:
    """A warrant's notification, changed."""
    return stored("court-document.json") | changes


def announced(payload: Any) -> tuple[Claim, Doubt]:
    """The only claim, and the doubt in it."""
    (claim,) = claims_of(upstream("court-results", payload))
    return claim, body_of(claim, Doubt)


@pytest.mark.parametrize("payload", [request(), CALLBACK])
def test_held_until_read(payload: Any) -> None:
    """A document that nobody has read yet is doubted under its own name, and holds its defendant."""
    claim, doubt = announced(payload)
    assert (claim.authority, claim.dialect) == (Authority.HUB, "court-document-subscription")
    assert (doubt.kind, doubt.about, doubt.answered) == (QueryKind.ENRICHMENT_PENDING, f"court-document/{DOCUMENT}", False)
    assert claim.person.identifiers == (Identifier(type="MASTER_DEFENDANT_ID", value=ALDER),)
    assert claim.recorded_at == datetime(2026, 8, 14, 10, 50, tzinfo=UTC)


def test_person() -> None:
    """The request names its defendant in words besides."""
    claim, _ = announced(request())
    assert (claim.person.last_name, claim.person.date_of_birth) == ("Rowan Alder", date(1990, 2, 28))


def test_words() -> None:
    """The type of document is told in words, and whether its name says custody."""
    _, warrant = announced(request())
    assert "remand after bail appeal by prosecutor" in warrant.sentence
    assert "says custody" in warrant.sentence
    _, register = announced(CALLBACK)
    assert "(prison court register generated)" in register.sentence
    assert "says custody" not in register.sentence


def test_known_by_something() -> None:
    """Without a material's id a document goes by its event's, and at last by the record's own place: somebody is held all the same."""
    _, doubt = announced(request(materialId=None))
    assert doubt.about == "court-document/6f1c0009-0000-4000-8000-000000000001"
    _, doubt = announced(request(materialId=None, eventId=None))
    assert doubt.about == "court-document/court-results/0/7"


def test_without_a_hearing() -> None:
    """A notification may leave out the hearing."""
    payload = request()
    del payload["hearingId"]
    assert announced(payload)[1].about == f"court-document/{DOCUMENT}"


def test_time_to_come() -> None:
    """A clock that is ahead does not put the doubt out of every answer's reach."""
    claim, _ = announced(request(timestamp="2199-01-01T00:00:00Z"))
    assert claim.recorded_at == APPENDED_AT


def test_file_of_a_defendant() -> None:
    """HMPPS passes a document on as a defendant and a file, in a message of its own kind or bare."""
    body = {"defendantId": ALDER, "fileId": "file-1"}
    inner = {"Type": "court-data-ingestion.message", "Message": json.dumps({"body": body}), "MessageId": "m"}
    for payload in (body, inner):
        claim, doubt = announced(payload)
        assert (doubt.about, claim.person.identifiers) == ("court-document/file-1", (Identifier(type="DEFENDANT_ID", value=ALDER),))


@pytest.mark.parametrize("who", [None, "", {"masterDefendantId": None}, {"masterDefendantId": "00000000-0000-0000-0000-000000000000"}])
def test_about_nobody(who: Any) -> None:
    """A document about nobody is refused: its source then has a gap."""
    refused = refusal(upstream("court-results", request(defendant=who)))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "court-document-subscription")
