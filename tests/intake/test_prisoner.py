"""prison-api's whole view of one person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import (
    Alert,
    Alias,
    Claim,
    Doubt,
    Identifier,
    ImprisonmentStatus,
    Merge,
    Movement,
    Particulars,
    Person,
    ReleaseDate,
    SentenceDates,
)
from holdfast_gate.model import Authority
from services.intake.adaptors.port import AS_OF_HEADER
from tests.intake.records import PNC, claims_of, refusal, stored, upstream

BOOKING = Identifier(type="BOOKING", value="1204567")
NEWEST_STATED = datetime(2026, 7, 20, 8, 15, tzinfo=UTC)
AS_OF = datetime(2026, 8, 13, 8, tzinfo=UTC)


def offender(**changes: Any) -> dict[str, Any]:
    """The answer, with other things said in it."""
    return stored("prison-api-offender.json") | changes


def told(value: Any, **headers: str) -> dict[type, Claim]:
    """The claims of an answer by what they say; of alerts the last."""
    return {type(claim.body): claim for claim in claims_of(upstream("custody-events", value, headers=headers))}


def test_who_he_is() -> None:
    """Names, other names, and the numbers that others know him by, each valid or kept as it came."""
    claim = told(offender())[Particulars]
    assert (claim.authority, claim.dialect, claim.subject) == (Authority.CUSTODY, "prison-api-offender", "custody/particulars/A1234BC")
    assert claim.person == Person(
        prisoner_number="A1234BC",
        identifiers=(
            BOOKING,
            Identifier(type="CRO", value="CRO112233", valid=False),
            Identifier(type="HOREF", value="A1234567/1"),
            Identifier(type="PNC", value=PNC),
        ),
        last_name="EXAMPLE",
        first_name="JOHN",
        date_of_birth=date(1991, 4, 30),
        aliases=(
            Alias(last_name="EXAMPEL", first_name="JOHN"),
            Alias(last_name="SAMPLE", first_name="JACK", date_of_birth=date(1990, 4, 30)),
        ),
    )


def test_whom_his_record_took_in() -> None:
    """A number of type MERGED is of a record that was merged into his."""
    assert told(offender())[Merge].body == Merge(surviving_prisoner_number="A1234BC", removed_prisoner_number="B2222BB")
    for value in ("A1234BC", None, ""):
        changed = offender(identifiers=[{"type": "MERGED", "value": value}])
        if value == "A1234BC":
            assert Merge not in told(changed)
        else:
            assert refusal(upstream("custody-events", changed)).reason == "INVALID_PAYLOAD"


def test_another_number_among_his() -> None:
    """A prison number under any other type may be his or a stranger's: both are held until somebody has looked, and asked about once."""
    value = offender(identifiers=[{"type": "NOMS", "value": "C3333CC"}, {"type": "NOMS", "value": "A1234BC"}])
    doubts = [claim for claim in claims_of(upstream("custody-events", value)) if isinstance(claim.body, Doubt)]
    assert [claim.person.prisoner_number for claim in doubts] == ["A1234BC", "C3333CC"]
    assert {(claim.authority, claim.subject) for claim in doubts} == {(Authority.HUB, "hub/doubt/AMBIGUOUS_IDENTITY/numbers/A1234BC/C3333CC")}
    again = claims_of(upstream("custody-events", value, offset=8, headers={AS_OF_HEADER: AS_OF.isoformat()}))
    assert {claim.body for claim in again} >= {claim.body for claim in doubts}


def test_that_he_is_in_prison() -> None:
    """Since the day that he was received, and no newer than that: whatever is known to have happened since outranks it."""
    claim = told(offender())[Movement]
    assert claim.body == Movement(
        direction="IN", booking_id="1204567", movement_seq=None, movement_type="ADM", movement_reason_code="24", prison_id="WWI"
    )
    assert claim.occurred_at == claim.recorded_at == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert told(offender(), **{AS_OF_HEADER: AS_OF.isoformat()})[Movement].occurred_at == claim.occurred_at
    returned = told(offender(lastMovementTypeCode="CRT", lastMovementReasonCode="CA"))[Movement].body
    assert isinstance(returned, Movement)
    assert returned.movement_reason_code == ""


@pytest.mark.parametrize("changes", [{"inOutStatus": "OUT"}, {"inOutStatus": "TRN"}, {"inOutStatus": None}, {"receptionDate": None}])
def test_that_he_is_out_is_no_departure(changes: dict[str, Any]) -> None:
    """When he left is not said, and a departure at the wrong time would spend an order."""
    assert Movement not in told(offender(**changes))


def test_why_custody_holds_him() -> None:
    """The imprisonment status, raw, as new as the newest thing in the answer; or as the answer, where a header says of when that is."""
    claim = told(offender())[ImprisonmentStatus]
    assert claim.body == ImprisonmentStatus(booking_id="1204567", status_code="FTR_56ORA")
    assert (claim.recorded_at, claim.person) == (NEWEST_STATED, Person(prisoner_number="A1234BC", identifiers=(BOOKING,)))
    given = told(offender(), **{AS_OF_HEADER: AS_OF.isoformat()})[ImprisonmentStatus]
    assert (given.recorded_at, given.occurred_at) == (AS_OF, NEWEST_STATED)
    bare = {"offenderNo": "A1234BC", "rootOffenderId": 1, "imprisonmentStatus": "LIFE"}
    assert told(bare)[ImprisonmentStatus].recorded_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert ImprisonmentStatus not in told(offender(imprisonmentStatus=None))


def test_his_alerts() -> None:
    """Active ones and those that are over, numbered within the booking."""
    alerts = [claim for claim in claims_of(upstream("custody-events", offender())) if isinstance(claim.body, Alert)]
    assert [claim.body for claim in alerts] == [
        Alert(alert_uuid="1204567/1", alert_code="XNR", active_from=date(2026, 7, 2)),
        Alert(alert_uuid="1204567/2", alert_code="XLDEPORT", active_from=date(2026, 7, 2), active_to=date(2026, 7, 20)),
    ]
    assert [claim.recorded_at for claim in alerts] == [datetime(2026, 7, 1, 23, tzinfo=UTC), NEWEST_STATED]


def test_his_release_dates() -> None:
    """The date by hand before the one calculated; never confirmed, whatever is called so; no newer than the sentence; nothing that is derived."""
    claim = told(offender(), **{AS_OF_HEADER: AS_OF.isoformat()})[SentenceDates]
    assert claim.body == SentenceDates(
        booking_id="1204567",
        sentence_calculation_id="unstated",
        calculation_status="PRELIMINARY",
        dates=(
            ReleaseDate(type="CRD", date=date(2026, 2, 3)),
            ReleaseDate(type="PRRD", date=date(2026, 8, 25)),
            ReleaseDate(type="SED", date=date(2028, 1, 31)),
        ),
    )
    assert claim.recorded_at == datetime(2024, 2, 1, tzinfo=UTC)
    for detail in (None, {"sentenceStartDate": "2024-02-01"}, {"sentenceExpiryDate": "2028-01-31"}):
        assert SentenceDates not in told(offender(sentenceDetail=detail))


@pytest.mark.parametrize(
    "changes",
    [
        {"offenderNo": "A12"},
        {"dateOfBirth": "1991-02-30"},
        {"receptionDate": "2026-02-30"},
        {"sentenceDetail": {"sentenceStartDate": "2024-02-01", "sentenceExpiryDate": "2028-02-31"}},
        {"alerts": [{"alertId": 1}]},
        {"alerts": "none"},
        {"alerts": [{"alertId": 1, "alertCode": "XNR", "active": "perhaps"}]},
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    """Nobody's number, dates that cannot be, alerts that cannot be told apart."""
    refused = refusal(upstream("custody-events", offender(**changes)))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "prison-api-offender")


def test_several_people() -> None:
    """A list, or a page of one, is about each person in it."""
    several = [offender(), {"offenderNo": "B2222BB", "bookingNo": "1A", "lastName": "OTHER"}]
    for value in (several, {"content": several, "totalElements": 2}):
        people = {claim.person.prisoner_number for claim in claims_of(upstream("custody-events", value))}
        assert people == {"A1234BC", "B2222BB"}
