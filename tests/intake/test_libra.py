"""Libra cases: one defendant's case on a magistrates' list, read as a paper that lists what is before the court."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from holdfast.claims import CourtSnapshot, Doubt, Identifier, ListedOffence
from holdfast_gate.model import Authority, QueryKind
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, stored, upstream


def case(**changes: Any) -> Any:
    """A case, changed."""
    return stored("libra-case.json") | changes


def test_listing() -> None:
    """A case is a listing: its offences by their place in it, its day London's, its version none, so the broker's time stands in."""
    (claim,) = claims_of(upstream("court-results", case()))
    body = body_of(claim, CourtSnapshot)
    assert (claim.authority, claim.dialect, claim.recorded_at) == (Authority.COURT, "libra", APPENDED_AT)
    assert claim.subject == "court/listing/libra/2600000123/2026-08-20/defendant/libra/2600000123/CID0001"
    assert (body.document, body.jurisdiction, body.court_code, body.shared_at) == ("listing", "MAGISTRATES", "B16BG", APPENDED_AT)
    assert (body.hearing_day, body.lines, body.defendants_in_share) == (date(2026, 8, 20), (), None)
    assert body.listed == (
        ListedOffence(case_urn="2600000123", offence_id="libra/2600000123/1", offence_code="TH68010"),
        ListedOffence(case_urn="2600000123", offence_id="libra/2600000123/2", offence_code=""),
    )


def test_person() -> None:
    """Who: by name, a day written the English way round, and identifiers, of which one with a wrong check letter is kept as it came."""
    person = claims_of(upstream("court-results", case()))[0].person
    assert (person.last_name, person.first_name, person.date_of_birth) == ("ELDER", "Linden", date(1988, 2, 7))
    assert set(person.identifiers) == {
        Identifier(type="DEFENDANT_ID", value="libra/2600000123/CID0001"),
        Identifier(type="PNC", value="2002/0073319Z"),
        Identifier(type="CRO", value="85227/65G", valid=False),
    }


def test_without_any_identifier_of_the_police() -> None:
    """A case that no identifier can be matched by is read all the same: it waits with its names and date of birth."""
    person = claims_of(upstream("court-results", case(pnc="", cro=None, cId=None, name=None)))[0].person
    assert [each.value for each in person.identifiers] == ["libra/2600000123/Ms Linden ELDER 07/02/1988"]
    assert (person.last_name, person.date_of_birth) == ("ELDER", date(1988, 2, 7))


def test_two_of_one_name() -> None:
    """Two defendants of one name in one case are two, by their days of birth or by Libra's numbers."""
    ids = {
        body_of(claims_of(upstream("court-results", case(cId=number, defendantDob=born)))[0], CourtSnapshot).defendant_id
        for number, born in (("", "07/02/1988"), ("", "08/02/1988"), ("1", "07/02/1988"), ("2", "07/02/1988"))
    }
    assert len(ids) == 4


def test_organisation() -> None:
    """A company has no name or birthday that could be taken for a person's."""
    person = claims_of(upstream("court-results", case(defendantType="O", pnc=None, cro=None)))[0].person
    assert (person.last_name, person.first_name, person.date_of_birth) == (None, None, None)


@pytest.mark.parametrize(("stated", "expected"), [("2026-08-20T23:30:00Z", date(2026, 8, 21)), ("2026-08-20T23:30:00", date(2026, 8, 20))])
def test_london_time(stated: str, expected: date) -> None:
    """A time without an offset is London's; one with an offset is what it says."""
    (claim,) = claims_of(upstream("court-results", case(sessionStartTime=stated)))
    assert body_of(claim, CourtSnapshot).hearing_day == expected


def test_impossible_session() -> None:
    """A session on a day that does not exist lists nothing: the person is doubted until somebody has looked."""
    (claim,) = claims_of(upstream("court-results", case(sessionStartTime="2026-02-30T09:30:00")))
    doubt = body_of(claim, Doubt)
    assert (claim.authority, doubt.kind, doubt.about) == (Authority.HUB, QueryKind.IMPOSSIBLE_DATE, "court/listing/libra/2600000123/CID0001")
    assert "2026-02-30" in doubt.sentence


def test_impossible_birth() -> None:
    """A date of birth that cannot be is doubted beside the listing; written the American way round it is no day either."""
    listed, doubt = claims_of(upstream("court-results", case(defendantDob="02/31/1988")))
    assert listed.person.date_of_birth is None
    assert body_of(doubt, Doubt).about == listed.subject


def test_in_a_notification() -> None:
    """A case in a notification is the same case; one that only the notification calls Libra's is refused as Libra's."""
    attributes = {"messageType": {"Type": "String", "Value": "LIBRA_COURT_CASE"}}
    wrapped = {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(case()), "MessageAttributes": attributes}
    (claim,) = claims_of(upstream("court-results", wrapped))
    assert (claim.body, claim.record_id) == (claims_of(upstream("court-results", case()))[0].body, "m-1")
    refused = refusal(upstream("court-results", wrapped | {"Message": "{}"}))
    assert (refused.reason, refused.dialect, "caseNo" in refused.message) == ("INVALID_PAYLOAD", "libra", True)


@pytest.mark.parametrize("missing", ["caseNo", "sessionStartTime"])
def test_strict_about_what_decides(missing: str) -> None:
    """Without a case number or a session nobody could tell what is listed."""
    refused = refusal(upstream("court-results", case(**{missing: None})))
    assert (refused.reason, refused.dialect, missing in refused.message) == ("INVALID_PAYLOAD", "libra", True)
