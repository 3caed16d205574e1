"""What the other systems of record answer: immigration detention, recalls, alerts, calculations, removal centres."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import Alert, Claim, Identifier, ImmigrationRecord, Particulars, Person, Recall, ReleaseDate, SentenceDates
from holdfast_gate.model import Authority
from services.intake.adaptors import Read, read
from services.intake.adaptors.port import AS_OF_HEADER
from services.intake.adaptors.systems import SYSTEMS
from tests.intake.records import body_of, claims_of, refusal, stored, upstream

BOOKING = Identifier(type="BOOKING", value="1204567")
HIM = Person(prisoner_number="A1234BC")
AS_OF = datetime(2026, 8, 13, 8, tzinfo=UTC)


def only(topic: str, value: Any, **headers: str) -> Claim:
    """The only claim of an answer."""
    (claim,) = claims_of(upstream(topic, value, headers=headers))
    return claim


def test_every_system_has_a_name_of_its_own() -> None:
    """Claims, dead letters and questions name a system by it."""
    names = [system.name for system in SYSTEMS]
    assert len(names) == len(set(names))


def test_an_empty_list_says_nothing() -> None:
    """Asked, and there is none: that is an answer, which whoever asked can tell from none."""
    for system in SYSTEMS:
        assert system.read(upstream("custody-events", [])) == Read(nothing=system.name)


# --- immigration detention --------------------------------------------------------------------------------------------------


def detention(**changes: Any) -> dict[str, Any]:
    """An IS91, with other things said about it."""
    return stored("immigration-detention.json")[0] | changes


def test_immigration_records() -> None:
    """Two records of one person are one matter, with or without a reference; one that came from NOMIS goes by its appearance, whose id stays."""
    held, ended = claims_of(upstream("immigration-events", stored("immigration-detention.json")))
    assert held.body == ImmigrationRecord(
        immigration_detention_uuid="0c3f1a52-7a3a-4a58-9a44-1f2b6b1c0001",
        record_type="IS91",
        record_date=date(2026, 8, 10),
        home_office_reference="A1234567/1",
    )
    assert ended.body == ImmigrationRecord(
        immigration_detention_uuid="appearance/0c3f1a52-7a3a-4a58-9a44-1f2b6b1c00a2",
        record_type="NO_LONGER_OF_INTEREST",
        record_date=date(2026, 8, 12),
        no_longer_of_interest_reason="RIGHT_TO_REMAIN",
    )
    assert held.subject == ended.subject == "immigration/person/A1234BC"
    assert (held.authority, held.dialect) == (Authority.IMMIGRATION, "immigration-detention")
    assert held.person == Person(prisoner_number="A1234BC", identifiers=(Identifier(type="HOREF", value="A1234567/1"),))
    assert held.recorded_at == datetime(2026, 8, 10, 14, 20, 11, tzinfo=UTC)


def test_an_immigration_record_alone() -> None:
    """One record by itself; its type stays raw, known or not; its version is when it was changed where that is said, and never when it was asked."""
    claim = only("immigration-events", detention(updatedAt="2026-08-11T10:00:00Z", immigrationDetentionRecordType="LIABILITY_TO_DEPORTATION"))
    assert (body_of(claim, ImmigrationRecord).record_type, claim.recorded_at.day) == ("LIABILITY_TO_DEPORTATION", 11)
    assert only("immigration-events", detention(), **{AS_OF_HEADER: AS_OF.isoformat()}).recorded_at.day == 10
    assert body_of(only("immigration-events", detention(status="DELETED")), ImmigrationRecord).status == "DELETED"
    assert body_of(only("immigration-events", detention(statusId="DELETED")), ImmigrationRecord).status == "DELETED"


@pytest.mark.parametrize(
    "changes",
    [
        {"prisonerId": None},
        {"prisonerId": "G12"},
        {"recordDate": "2026-02-30"},
        {"recordDate": None},
        {"createdAt": None},
        {"createdAt": "2026-08-10T15:20:11"},
        {"immigrationDetentionUuid": ""},
        {"immigrationDetentionRecordType": None},
        {"status": "ARCHIVED"},
    ],
)
def test_an_immigration_record_that_does_not_fit(changes: dict[str, Any]) -> None:
    """Without a person, a date, a version or an id it could be put nowhere; a status that nobody knows could free somebody."""
    refused = refusal(upstream("immigration-events", detention(**changes)))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "immigration-detention")


# --- recalls ----------------------------------------------------------------------------------------------------------------


def test_recalls() -> None:
    """A recall, of the booking that all its cases are of."""
    claim = only("custody-events", stored("recalls.json"))
    assert claim.body == Recall(
        booking_id="1204567",
        recall_id="8e0f1a52-7a3a-4a58-9a44-1f2b6b1c0001",
        recall_type="FTR_56",
        revocation_date=date(2026, 6, 28),
        status="ACTIVE",
    )
    assert (claim.authority, claim.person, claim.recorded_at) == (Authority.CUSTODY, HIM, datetime(2026, 7, 2, 10, tzinfo=UTC))
    assert only("custody-events", stored("recalls.json"), **{AS_OF_HEADER: AS_OF.isoformat()}).recorded_at == claim.recorded_at


@pytest.mark.parametrize("cases", [None, [], [{"bookingId": None}], [{"bookingId": 1}, {"bookingId": 2}]])
def test_a_recall_of_no_one_booking(cases: Any) -> None:
    """Where its booking cannot be told, no calculation of one ends it."""
    recall = stored("recalls.json")["recalls"][0] | {"courtCases": cases}
    assert body_of(only("custody-events", recall), Recall).booking_id == ""


@pytest.mark.parametrize("changes", [{"prisonerId": "?"}, {"createdAt": None}, {"revocationDate": "soon"}, {"recallType": None}])
def test_a_recall_that_does_not_fit(changes: dict[str, Any]) -> None:
    """Without a person, a version, or a day that can be."""
    value = {"recalls": [stored("recalls.json")["recalls"][0] | changes], "prisonerRecallTotal": 1}
    assert refusal(upstream("custody-events", value)).dialect == "recalls"


def test_no_recalls() -> None:
    """None that is left is not a word about those that were."""
    assert read(upstream("custody-events", {"recalls": [], "prisonerRecallTotal": 0})) == Read(nothing="recalls")


# --- alerts -----------------------------------------------------------------------------------------------------------------


def test_alerts() -> None:
    """Under the ids by which their events name them; one that is not active ended, in London, when it was made inactive."""
    active, over = claims_of(upstream("custody-events", stored("alerts.json")))
    assert active.body == Alert(alert_uuid="7d0f1a52-7a3a-4a58-9a44-1f2b6b1c0001", alert_code="XNR", active_from=date(2026, 8, 1))
    assert (active.dialect, active.recorded_at) == ("alerts-service", datetime(2026, 8, 2, 9, tzinfo=UTC))
    assert body_of(over, Alert).active_to == date(2026, 8, 5)
    assert over.recorded_at == datetime(2026, 8, 4, 23, 30, tzinfo=UTC)
    ends = stored("alerts.json")["content"][0] | {"activeTo": "2026-09-01"}
    assert body_of(only("custody-events", ends), Alert).active_to == date(2026, 9, 1)
    assert only("custody-events", ends, **{AS_OF_HEADER: AS_OF.isoformat()}).recorded_at == active.recorded_at
    unstated = {"createdAt": None, "lastModifiedAt": None}
    assert only("custody-events", ends | unstated, **{AS_OF_HEADER: AS_OF.isoformat()}).recorded_at == AS_OF


@pytest.mark.parametrize("changes", [{"prisonNumber": None}, {"alertCode": {}}, {"createdAt": None, "lastModifiedAt": None}, {"activeTo": "soon"}])
def test_an_alert_that_does_not_fit(changes: dict[str, Any]) -> None:
    """Without a person, a code, a version, or a day that can be."""
    assert refusal(upstream("custody-events", [stored("alerts.json")["content"][0] | changes])).dialect == "alerts-service"


# --- calculations -----------------------------------------------------------------------------------------------------------


def test_a_calculation() -> None:
    """The latest calculation is the one that the prison goes by; it is as old as it was made, whenever it was asked for."""
    claim = only("custody-events", stored("calculation.json"), **{AS_OF_HEADER: AS_OF.isoformat()})
    assert claim.body == SentenceDates(
        booking_id="1204567",
        sentence_calculation_id="991",
        calculation_status="CONFIRMED",
        dates=(ReleaseDate(type="CRD", date=date(2026, 12, 24)), ReleaseDate(type="SLED", date=date(2028, 1, 31))),
    )
    assert claim.person == Person(prisoner_number="A1234BC", identifiers=(BOOKING,))
    assert claim.recorded_at == datetime(2026, 8, 3, 13, tzinfo=UTC)
    of_nomis = only("custody-events", stored("calculation.json") | {"calculationRequestId": None, "source": "NOMIS"})
    assert body_of(of_nomis, SentenceDates).sentence_calculation_id == "NOMIS/2026-08-03T14:00:00"


def test_a_calculation_in_the_hour_that_happens_twice() -> None:
    """It counts as the earlier: what may end a sentence must not have known of more than it did."""
    claim = only("custody-events", stored("calculation.json") | {"calculatedAt": "2026-10-25T01:30:00"})
    assert claim.recorded_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes", [{"prisonerId": "?"}, {"calculatedAt": None}, {"bookingId": None}, {"dates": [{"type": "CRD", "date": "2026-02-30"}]}]
)
def test_a_calculation_that_does_not_fit(changes: dict[str, Any]) -> None:
    """Without a person, a booking, a version, or with a day that cannot be."""
    assert refusal(upstream("custody-events", stored("calculation.json") | changes)).dialect == "release-dates"


# --- removal centres --------------------------------------------------------------------------------------------------------


def happened(**changes: Any) -> dict[str, Any]:
    """A check-in as a centre sends it."""
    centre = {"centre": "bigone", "person_id": 123, "cid_id": 999, "operation": "check in", "timestamp": "2026-08-14T09:24:20.000Z"}
    return centre | {"gender": "m", "nationality": "gbr"} | changes


def test_events_of_a_centre() -> None:
    """Who was checked in is detained; who was checked out is not thereby free. Both are of one matter, and of one stay; days are London's."""
    came, went = claims_of(upstream("immigration-events", stored("irc-events.json")))
    assert came.body == ImmigrationRecord(immigration_detention_uuid="stay/3/irc/3/12", record_type="IRC_DETENTION", record_date=date(2026, 8, 14))
    assert (came.authority, came.dialect, came.recorded_at) == (Authority.IMMIGRATION, "irc-bed-events", datetime(2026, 8, 14, 8, 24, 20, tzinfo=UTC))
    assert came.person == Person(identifiers=(Identifier(type="CID", value="irc/3/12"),))
    assert (body_of(went, ImmigrationRecord).record_type, body_of(went, ImmigrationRecord).record_date) == ("IRC_CHECK_OUT", date(2026, 8, 15))
    assert came.subject == went.subject == "immigration/person/CID:irc/3/12"


@pytest.mark.parametrize(
    ("operation", "record_type"),
    [("check in", "IRC_DETENTION"), ("reinstatement", "IRC_DETENTION"), ("inter site transfer", "IRC_DETENTION"), ("check out", "IRC_CHECK_OUT")],
)
def test_an_event_that_gives_the_home_offices_number(operation: str, record_type: str) -> None:
    """He is known by CID's number, and by the centre's own; the matter goes by CID's, so that every centre speaks of the same."""
    claim = only("immigration-events", happened(operation=operation, centre_to="smallone"))
    assert claim.person.identifiers == (Identifier(type="CID", value="999"), Identifier(type="CID", value="irc/bigone/person/123"))
    assert (claim.subject, body_of(claim, ImmigrationRecord).record_type) == ("immigration/person/CID:999", record_type)
    assert body_of(claim, ImmigrationRecord).immigration_detention_uuid == "stay/smallone/999"
    assert only("immigration-events", happened(cid_id="x77")).subject == "immigration/person/CID:x77"


def test_details_and_beds() -> None:
    """Details say who somebody is; beds are about nobody."""
    assert body_of(only("immigration-events", happened(operation="update individual")), Particulars) == Particulars()
    beds = {"centre": "bigone", "operation": "out commission", "timestamp": "2026-08-14T09:24:20Z", "bed_ref": "b1"}
    assert read(upstream("immigration-events", beds)) == Read(nothing="irc-bed-events")


def test_subjects_of_a_centre() -> None:
    """A centre's number and the Home Office's are of one person."""
    value = [
        {"id": 12, "centre": 3, "cid_id": 999, "person_id": 123, "gender": "male", "timestamp": "Fri Aug 14 2026 09:24:20 GMT+0100 (BST)"},
        {"centre": 3, "cid_id": 998, "timestamp": "Fri Aug 14 2026 09:24:20 GMT+0100 (BST)"},
    ]
    one, other = claims_of(upstream("immigration-events", value))
    assert [each.value for each in one.person.identifiers] == ["999", "irc/3/12", "irc/3/person/123"]
    assert [each.value for each in other.person.identifiers] == ["998"]
    assert (one.body, one.subject, one.authority) == (Particulars(), "immigration/particulars/999", Authority.IMMIGRATION)


@pytest.mark.parametrize(
    "changes",
    [{"cid_id": None, "person_id": None}, {"timestamp": "yesterday"}, {"operation": "walk out"}, {"centre": ""}, {"cid_id": "0", "person_id": ""}],
)
def test_an_event_of_a_centre_that_does_not_fit(changes: dict[str, Any]) -> None:
    """About nobody, at no time, of no centre, or of a kind that nobody knows."""
    refused = refusal(upstream("immigration-events", happened(**changes)))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "irc-bed-events")


def test_on_whose_topic() -> None:
    """Immigration's word has no place on custody's topic, nor custody's on immigration's."""
    assert refusal(upstream("custody-events", detention())).reason == "WRONG_TOPIC"
    assert refusal(upstream("immigration-events", stored("recalls.json"))).reason == "WRONG_TOPIC"
