"""HMPPS's copy of a hearing: a paper without a version, which may hold and contradict, and lifts nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from holdfast.claims import CourtSnapshot, Doubt, Identifier, ListedOffence
from holdfast.codes import Effect, classify
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Read, read
from tests.intake.hearings import ALDER, BIRCH, application, hearing
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, stored, upstream

OFFENCE = "6f1c0004-0000-4000-8000-000000000002"
NOT_RESULTED = "6f1c0004-0000-4000-8000-000000000003"


def copy() -> Any:
    """A remand as HMPPS passes it on, to be changed at will."""
    return stored("hearing-copy.json")


def notification(payload: object, **attributes: str) -> dict[str, Any]:
    """An SNS notification of a court's message."""
    named = {name: {"Type": "String", "Value": value} for name, value in attributes.items()}
    return {"Type": "Notification", "MessageId": "m-1", "TopicArn": "arn", "Message": json.dumps(payload), "MessageAttributes": named}


def listing(payload: Any) -> CourtSnapshot:
    """The listing of the only defendant."""
    (claim,) = claims_of(upstream("court-results", payload))
    return body_of(claim, CourtSnapshot)


def test_a_paper() -> None:
    """The copy is a listing of its own subject, dated by the broker, and knows of nobody who vanished."""
    (claim,) = claims_of(upstream("court-results", copy()))
    body = body_of(claim, CourtSnapshot)
    assert (claim.authority, claim.dialect) == (Authority.COURT, "hmpps-court-hearing")
    assert claim.subject == f"court/listing/{body.hearing_id}/2026-08-14/defendant/{BIRCH}"
    assert (body.document, body.jurisdiction, body.defendants_in_share) == ("listing", "MAGISTRATES", None)
    assert body.shared_at == claim.recorded_at == APPENDED_AT
    assert Identifier(type="DEFENDANT_ID", value=BIRCH) in claim.person.identifiers


def test_offences_and_results() -> None:
    """Every offence is listed, resulted or not; a result goes by its type and is told by what it says, having no id."""
    body = listing(copy())
    assert body.listed == (
        ListedOffence(case_urn="16BG0001126", offence_id=OFFENCE, offence_code="TH68010"),
        ListedOffence(case_urn="16BG0001126", offence_id=NOT_RESULTED, offence_code="PS90015", convicted=True),
    )
    (line,) = body.lines
    assert (line.offence_id, line.result_id) == (OFFENCE, "copy/d0a369c9-5a28-40ec-99cb-da7943550b18/2026-08-14")
    assert classify(line.result_type_id, line.cjs_code).effect is Effect.HOLD


def test_day_without_an_offset() -> None:
    """HMPPS passes the sitting time on without its offset: the day is London's."""
    assert listing(copy()).hearing_day == date(2026, 8, 14)
    payload = copy()
    payload["hearing"]["hearingDays"][0]["sittingDay"] = "2026-08-13T23:30:00.000Z"
    assert listing(payload).hearing_day == date(2026, 8, 14)


@pytest.mark.parametrize("event_type", ["Resulted", "ConfirmedOrUpdated"])
def test_forms(event_type: str) -> None:
    """The copy comes bare, without its envelope, or in a notification, and says the same."""
    wrapped = notification(copy(), messageType="COMMON_PLATFORM_HEARING", hearingEventType=event_type, eventType="commonplatform.case.received")
    assert listing(copy()["hearing"]) == listing(copy()) == listing(wrapped)


def test_the_courts_own_is_no_copy() -> None:
    """What says when it was shared is the court's own, whatever the notification calls it."""
    claims = claims_of(upstream("court-results", notification(hearing(), messageType="COMMON_PLATFORM_HEARING")))
    assert {body_of(claim, CourtSnapshot).document for claim in claims} == {""}


@pytest.mark.parametrize(
    "payload",
    [
        {"hearingId": "6f1c0001-0000-4000-8000-000000000001"},
        notification({"hearingId": "6f1c0001"}, messageType="COMMON_PLATFORM_HEARING_DELETED", hearingEventType="Deleted"),
        notification({"hearingId": "6f1c0001"}, messageType="COMMON_PLATFORM_HEARING", eventType="commonplatform.case.deleted"),
    ],
)
def test_deleted_listing(payload: Any) -> None:
    """That a listing was deleted says nothing of any order: it is read, and nothing follows from it."""
    assert read(upstream("court-results", payload)) == Read()


def test_not_deleted() -> None:
    """A hearing that also gives its id in another place is a hearing."""
    payload = copy()
    payload["hearing"]["hearingId"] = payload["hearing"]["id"]
    assert listing(payload) == listing(copy())


def test_kept_elsewhere() -> None:
    """A hearing too large for a message is refused with what to do about it."""
    pointer = ["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]
    wrapped = notification(pointer, messageType="COMMON_PLATFORM_HEARING", eventType="commonplatform.large.case.received")
    refused = refusal(upstream("court-results", wrapped))
    assert (refused.reason, refused.dialect) == ("UNSUPPORTED_DIALECT", "hmpps-court-hearing")
    assert "fetch" in refused.message


def test_no_day() -> None:
    """A copy that no day can be told for is refused."""
    payload = copy()
    payload["hearing"]["hearingDays"] = []
    del payload["hearing"]["prosecutionCases"][0]["defendants"][0]["offences"][0]["judicialResults"][0]["orderedDate"]
    assert refusal(upstream("court-results", payload)).reason == "INVALID_PAYLOAD"


def test_impossible_birth() -> None:
    """A date of birth that cannot be is doubted beside the listing."""
    payload = copy()
    payload["hearing"]["prosecutionCases"][0]["defendants"][0]["personDefendant"]["personDetails"]["dateOfBirth"] = "2009-11-31"
    listed, doubt = claims_of(upstream("court-results", payload))
    assert (body_of(doubt, Doubt).kind, body_of(doubt, Doubt).about) == (QueryKind.IMPOSSIBLE_DATE, listed.subject)


def test_results_of_nobody() -> None:
    """Custody decided about nobody in particular holds everybody on the copy; about nobody at all, it is refused; harmless, it is let be."""
    payload = copy()
    payload["hearing"]["courtApplications"] = application()["hearing"]["courtApplications"]
    del payload["hearing"]["courtApplications"][0]["subject"]
    claims = claims_of(upstream("court-results", payload))
    assert [claim.body.kind for claim in claims if isinstance(claim.body, Doubt)] == [QueryKind.AMBIGUOUS_IDENTITY]
    payload["hearing"]["prosecutionCases"] = []
    assert refusal(upstream("court-results", payload)).reason == "INVALID_PAYLOAD"
    harmless = {"judicialResultTypeId": "d278650c-e429-11e8-9f32-f2801f1b9fd1", "label": "Adjournment"}
    payload["hearing"]["courtApplications"] = [{"id": "a", "judicialResults": [harmless]}]
    assert read(upstream("court-results", payload)) == Read()
    payload["hearing"]["courtApplications"] = []
    assert "neither a defendant nor an application" in refusal(upstream("court-results", payload)).message


def test_same_offences_as_the_court() -> None:
    """The copy names offences and defendants as the court does, so that the court's result on one answers the copy."""
    own = {body_of(claim, CourtSnapshot).defendant_id: body_of(claim, CourtSnapshot) for claim in claims_of(upstream("court-results", hearing()))}
    assert {each.offence_id for each in listing(copy()).listed} == {each.offence_id for each in own[BIRCH].listed}
    assert set(own) == {ALDER, BIRCH}
