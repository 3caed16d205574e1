"""What prison-api answers about movements, scheduled releases and alerts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from holdfast.claims import Alert, Claim, Doubt, Identifier, Movement, Person, ReleaseOrder
from holdfast.subjects import join
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Read, read
from services.intake.adaptors.port import AS_OF_HEADER
from tests.intake.records import APPENDED_AT, body_of, claims_of, refusal, stored, upstream

BOOKING = Identifier(type="BOOKING", value="1204567")
AS_OF = "2026-08-13T08:00:00Z"


def moved(**changes: Any) -> dict[str, Any]:
    """A reception, with other things said about it."""
    return stored("prison-api-movements.json")[0] | changes


def order(**changes: Any) -> dict[str, Any]:
    """A day's schedule with one release, with other things said about it."""
    schedule = stored("prison-api-schedule.json")
    schedule["releaseEvents"][0] |= changes
    return schedule


def alert(**changes: Any) -> dict[str, Any]:
    """An alert, with other things said about it."""
    return {"alertId": 3, "bookingId": 1204567, "offenderNo": "A1234BC", "alertCode": "XNR", "dateCreated": "2026-08-01", "active": True, **changes}


def only(value: Any, **headers: str) -> Claim:
    """The only claim of an answer."""
    (claim,) = claims_of(upstream("custody-events", value, headers=headers))
    return claim


# --- movements --------------------------------------------------------------------------------------------------------------


def test_movements_of_several_people() -> None:
    """Each in its own words: by agency or agency id, with date and time together or apart; times are London's."""
    one, other = claims_of(upstream("custody-events", stored("prison-api-movements.json")))
    assert one.body == Movement(
        direction="IN", booking_id="1204567", movement_seq=None, movement_type="ADM", movement_reason_code="24", prison_id="WWI"
    )
    assert one.person == Person(
        prisoner_number="A1234BC", identifiers=(BOOKING,), last_name="Example", first_name="John", date_of_birth=date(1991, 4, 30)
    )
    assert (one.authority, one.dialect, one.occurred_at) == (Authority.CUSTODY, "prison-api-movements", datetime(2026, 7, 1, 16, 30, tzinfo=UTC))
    assert other.body == Movement(
        direction="OUT",
        booking_id=None,
        movement_seq=None,
        movement_type="CRT",
        movement_reason_code="CA",
        prison_id="WWI",
        to_agency_id="WWIMAG",
    )
    assert (other.person.prisoner_number, other.occurred_at) == ("B2222BB", datetime(2026, 7, 2, 7, tzinfo=UTC))


def test_a_movement_without_a_number_is_kept_apart() -> None:
    """Times and sequence numbers cannot be compared: what has only a time must not outrank what has a number."""
    by_time, by_number = only(moved()), only(stored("nomis-movement.json"))
    assert by_time.subject != by_number.subject
    later = only(moved(movementDateTime="2026-07-02T10:00:00", movementType="TAP", fromAgencyId=None))
    kept = join(join((), later), by_time)
    assert [claim.occurred_at.day for claim in kept] == [1, 2]  # the reception stays, and the newest word is the later


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"movementType": "REL", "fromAgencyId": "WWI", "toAgencyId": "OUT"}, "OUT"),
        ({"movementType": "CRT", "fromAgencyId": "WWI", "toAgencyId": "WWIMAG"}, "OUT"),
        ({"movementType": "CRT", "fromAgencyId": "WWIMAG", "toAgencyId": "WWI"}, "IN"),
        ({"movementType": "TAP", "fromAgencyId": None, "fromCity": "Leeds"}, "IN"),
        ({"movementType": "TAP", "fromAgencyId": "OUT", "toAgencyId": "WWI"}, "IN"),
        ({"movementType": "TAP", "fromAgencyId": "WWI", "toAgencyId": None, "toCity": "Leeds"}, "OUT"),
        ({"movementType": "TRN", "fromAgencyId": "WWI", "toAgencyId": "LEI"}, "OUT"),
        ({"movementType": "TAP", "directionCode": "IN", "fromAgencyId": "WWI", "toAgencyId": "OUT"}, "IN"),
    ],
)
def test_which_way(changes: dict[str, Any], direction: str) -> None:
    """As the answer says, else by the type, else by where from and where to: courts and hospitals have longer codes than prisons."""
    assert body_of(only(moved(**changes)), Movement).direction == direction


@pytest.mark.parametrize(
    "changes",
    [
        {"movementType": "TAP", "fromAgencyId": "LEI", "toAgencyId": "WWI"},
        {"movementType": "TAP", "fromAgencyId": None, "toAgencyId": None},
        {"movementDateTime": None, "movementTime": None},
        {"movementDateTime": None},
        {"movementDateTime": "2026-02-30T10:00:00"},
    ],
)
def test_a_movement_that_does_not_say_enough(changes: dict[str, Any]) -> None:
    """Where neither way nor time can be told he is asked about, and held meanwhile."""
    assert body_of(only(moved(**changes)), Doubt).about == "prisoner/A1234BC"


def test_a_day_without_a_time() -> None:
    """A movement of which only the day is known happened at its end: a departure then spends every order of that day."""
    assert only(moved(movementDateTime=None, movementTime=None, movementDate="2026-08-14")).occurred_at == datetime(2026, 8, 14, 23, tzinfo=UTC)


@pytest.mark.parametrize("changes", [{"offenderNo": "A12"}, {"offenderNo": None}, {"movementType": ""}, {"dateOfBirth": "1991-02-30"}])
def test_one_that_does_not_fit_refuses_all(changes: dict[str, Any]) -> None:
    """A list with a hole in it would look whole: all of it is refused."""
    refused = refusal(upstream("custody-events", [moved(), moved(**changes)]))
    assert (refused.reason, refused.dialect) == ("INVALID_PAYLOAD", "prison-api-movements")


def test_a_page() -> None:
    """A page of a list is read as the list."""
    value = {"content": stored("prison-api-movements.json"), "totalElements": 2}
    assert len(claims_of(upstream("custody-events", value))) == 2


# --- releases that are scheduled --------------------------------------------------------------------------------------------


def test_an_order() -> None:
    """A scheduled release is custody's order for its day. It names no booking, and is as old as the event until somebody says of when it is."""
    claim = only(order())
    assert claim.body == ReleaseOrder(booking_id="", event_id="7001", release_date=date(2026, 8, 14), movement_reason_code="DE", event_status="SCH")
    assert (claim.person, claim.subject) == (Person(prisoner_number="A1234BC"), "custody/order/A1234BC/7001")
    assert claim.occurred_at == claim.recorded_at == datetime(2026, 8, 12, 15, 5, tzinfo=UTC)
    assert only(order(), **{AS_OF_HEADER: AS_OF}).recorded_at == datetime(2026, 8, 13, 8, tzinfo=UTC)
    assert only(order(approvedReleaseDate="2026-08-14")).body == claim.body


def test_the_hour_that_happens_twice() -> None:
    """What may free somebody counts as the earlier of two readings, so that it outranks less: an order that stands, an alert that is over."""
    twice = "2026-10-25T01:30:00"
    assert only(order(createDateTime=twice)).recorded_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert only(alert(active=False, modifiedDateTime=twice)).recorded_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert only(alert(modifiedDateTime=twice)).recorded_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"eventStatus": "CANC"}, "CANC"),
        ({"eventStatus": "COMP"}, "COMP"),
        ({"eventStatus": "EXP"}, "EXP"),
        ({"bookingActiveFlag": False}, "COMP"),
        ({"bookingActiveFlag": None}, "SCH"),
    ],
)
def test_an_order_that_does_not_stand(changes: dict[str, Any], status: str) -> None:
    """Withdrawn, carried out, or of a booking that is closed."""
    assert body_of(only(order(**changes)), ReleaseOrder).event_status == status


def test_an_order_for_two_days() -> None:
    """Planned for one day and approved for another, it is for none, and a question for the prison."""
    claim, doubt = claims_of(upstream("custody-events", order(approvedReleaseDate="2026-08-15")))
    assert body_of(claim, ReleaseOrder).release_date is None
    body = body_of(doubt, Doubt)
    assert (doubt.authority, body.kind, body.about, doubt.person) == (Authority.HUB, QueryKind.CONTRADICTION, claim.subject, claim.person)
    assert "2026-08-14" in body.sentence
    assert "2026-08-15" in body.sentence


@pytest.mark.parametrize(
    "changes",
    [{"offenderNo": None}, {"releaseDate": None}, {"releaseDate": "2026-02-30"}, {"createDateTime": None}, {"eventId": ""}, {"eventStatus": None}],
)
def test_an_order_that_does_not_fit(changes: dict[str, Any]) -> None:
    """Without a person, a day, a version, an id or a status it is none."""
    assert refusal(upstream("custody-events", order(**changes))).dialect == "prison-api-scheduled-events"


def test_courts_days_and_transfers_say_nothing() -> None:
    """What is planned for court or another prison lifts and holds nothing; what happened counts."""
    schedule = stored("prison-api-schedule.json") | {"courtEvents": [{"offenderNo": "B2222BB"}], "releaseEvents": []}
    assert read(upstream("custody-events", schedule)) == Read(nothing="prison-api-scheduled-events")
    happened = schedule | {
        "movements": [{"offenderNo": "B2222BB", "movementType": "REL", "directionCode": "OUT", "movementTime": "2026-08-14T09:00:00"}]
    }
    assert body_of(only(happened), Movement).direction == "OUT"


# --- alerts -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "ends", "recorded_at"),
    [
        ({}, None, datetime(2026, 7, 31, 23, tzinfo=UTC)),
        ({"modifiedDateTime": "2026-08-03T10:00:00"}, None, datetime(2026, 8, 3, 9, tzinfo=UTC)),
        ({"dateExpires": "2026-09-01"}, date(2026, 9, 1), datetime(2026, 7, 31, 23, tzinfo=UTC)),
        ({"dateExpires": "2026-08-10"}, None, datetime(2026, 7, 31, 23, tzinfo=UTC)),  # active in spite of it
        ({"active": False, "dateExpires": "2026-08-10"}, date(2026, 8, 10), datetime(2026, 7, 31, 23, tzinfo=UTC)),
        ({"active": False, "modifiedDateTime": "2026-08-03T00:30:00"}, date(2026, 8, 3), datetime(2026, 8, 2, 23, 30, tzinfo=UTC)),
        ({"dateCreated": None}, None, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_alert(changes: dict[str, Any], ends: date | None, recorded_at: datetime) -> None:
    """As new as it was modified or else made; over on the day it says, else that of its version; active although its end has come: without end."""
    claim = only(alert(**changes))
    body = body_of(claim, Alert)
    assert (body.alert_uuid, body.alert_code, body.active_to, claim.recorded_at) == ("1204567/3", "XNR", ends, recorded_at)
    assert claim.person == Person(prisoner_number="A1234BC", identifiers=(BOOKING,))


def test_an_inactive_alert_needs_a_version() -> None:
    """One that is not active and does not say since when would end a hold by arriving."""
    assert refusal(upstream("custody-events", alert(active=False, dateCreated=None))).reason == "INVALID_PAYLOAD"
    given = only(alert(active=False, dateCreated=None), **{AS_OF_HEADER: AS_OF})
    assert body_of(given, Alert).active_to == date(2026, 8, 13)
    assert given.recorded_at < APPENDED_AT
