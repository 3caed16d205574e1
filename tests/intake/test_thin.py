"""Thin events: whoever they name is held until the system of record has answered; and what is known to say nothing is counted, not held."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.claims import Alert, BookingDeleted, BookingMoved, Doubt, Identifier, Movement, Person, Recall
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Read, read
from services.intake.adaptors.event_types import DOMAIN_NOTHING, DOMAIN_ROUTES, NOMIS_IDENTITY, NOMIS_NOTHING, NOMIS_ROUTES, ROUTES, named
from tests.intake.records import body_of, claims_of, refusal, stored, upstream

OCCURRED_AT = datetime(2026, 8, 14, 9, 30, 15, tzinfo=UTC)
UUID = "7d0f1a52-7a3a-4a58-9a44-1f2b6b1c0001"


def event(event_type: str, **about: Any) -> dict[str, Any]:
    """An HMPPS domain event about A1234BC."""
    return {
        "eventType": event_type,
        "version": 1,
        "occurredAt": "2026-08-14T10:30:15+01:00",
        "description": "something",
        "additionalInformation": about,
        "personReference": {"identifiers": [{"type": "NOMS", "value": "A1234BC"}]},
    }


def asked(value: dict[str, Any], topic: str = "custody-events") -> list[str]:
    """What is asked because of an event."""
    return [claim.body.about for claim in claims_of(upstream(topic, value)) if isinstance(claim.body, Doubt)]


def nothing(value: dict[str, Any]) -> str | None:
    """As what a record is counted that says nothing."""
    result = read(upstream("custody-events", value))
    assert isinstance(result, Read), result
    assert result.claims == ()
    return result.nothing


@pytest.mark.parametrize(
    ("event_type", "route"),
    [
        ("prison-offender-events.prisoner.sentence-dates-changed", "sentence-dates"),
        ("prison-offender-events.prisoner.imprisonment-status-changed", "prisoner"),
        ("prison-offender-events.prisoner.fixed-term-recall.changed", "recalls"),
        ("calculate-release-dates.prisoner.changed", "sentence-dates"),
        ("release-date-adjustments.adjustment.deleted", "sentence-dates"),
        ("adjudication.punishments.created", "sentence-dates"),
        ("prisoner-offender-search.prisoner.updated", "prisoner"),
        ("prisoner-offender-search.prisoner.alerts-updated", "alerts"),
        ("person.alerts.changed", "alerts"),
        ("person.temporary-absence.cancelled", "prisoner"),
        ("person.court-appearance-movement.reversed", "prisoner"),
        ("restricted-patients.patient.removed", "prisoner"),
        ("recall.inserted", "recalls"),
        ("court-appearance.updated", "immigration"),
        ("court-case.inserted", "immigration"),
        ("charge.deleted", "immigration"),
        ("sentence.period-length.updated", "sentence-dates"),
    ],
)
def test_a_thin_event_holds(event_type: str, route: str) -> None:
    """The hub doubts by the event's time, names the route to ask, and holds him; a later event needs a later answer."""
    (claim,) = claims_of(upstream("custody-events", event(event_type)))
    body = body_of(claim, Doubt)
    assert (claim.authority, claim.person, claim.occurred_at) == (Authority.HUB, Person(prisoner_number="A1234BC"), OCCURRED_AT)
    assert (body.kind, body.about, body.sequence, body.answered) == (
        QueryKind.ENRICHMENT_PENDING,
        f"{route}/A1234BC",
        micros(OCCURRED_AT),
        False,
    )
    assert event_type in body.sentence


def test_on_the_topic_of_immigration() -> None:
    """A bridge may put what is about immigration on immigration's topic: the doubt is the hub's wherever it came from."""
    assert asked(event("court-appearance.inserted", courtAppearanceId=UUID), "immigration-events") == ["immigration/A1234BC"]


@pytest.mark.parametrize("key", ["nomsNumber", "offenderNo", "prisonerId", "offenderIdDisplay", "prisonNumber", "prisonerNumber"])
def test_every_word_for_his_number(key: str) -> None:
    """Each publisher has its own word for the prison number."""
    value = event("calculate-release-dates.prisoner.changed", **{key: " a1234bc "}) | {"personReference": None}
    assert asked(value) == ["sentence-dates/A1234BC"]


def test_by_booking_alone() -> None:
    """An event that knows only a booking asks whose it is."""
    value = event("calculate-release-dates.prisoner.changed", bookingId=1204567) | {"personReference": None}
    (claim,) = claims_of(upstream("custody-events", value))
    assert claim.person == Person(identifiers=(Identifier(type="BOOKING", value="1204567"),))
    assert body_of(claim, Doubt).about == "booking/1204567"


def test_two_people() -> None:
    """A thin event that gives two numbers asks about both."""
    value = event("prisoner-offender-search.prisoner.updated", nomsNumber="B2222BB")
    assert asked(value) == ["prisoner/A1234BC", "prisoner/B2222BB"]


@pytest.mark.parametrize("about", [{"nomsNumber": "A1234"}, {}])
def test_nobody(about: dict[str, str]) -> None:
    """A thin event about nobody is refused: somebody was meant."""
    assert refusal(upstream("custody-events", event("recall.inserted", **about) | {"personReference": None})).reason == "INVALID_PAYLOAD"


# --- alerts and recalls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "over"), [("created", False), ("updated", False), ("inactive", True), ("deleted", True)])
def test_an_alert_is_read_and_asked_about(kind: str, over: bool) -> None:
    """The event gives the alert's code, which holds at once; since when and until when the alerts service must say. What is over ends that day."""
    alert, doubt = claims_of(upstream("custody-events", event(f"person.alert.{kind}", alertUuid=UUID, alertCode="XNR", source="DPS")))
    body = body_of(alert, Alert)
    assert (alert.authority, alert.recorded_at, body.alert_uuid, body.alert_code) == (Authority.CUSTODY, OCCURRED_AT, UUID, "XNR")
    assert (body.active_from, body.active_to is not None) == (None, over)
    assert body.active_to is None or body.active_to.isoformat() == "2026-08-14"
    assert body_of(doubt, Doubt).about == "alerts/A1234BC"


def test_an_alert_that_says_nothing_about_custody() -> None:
    """It is kept as it was said, and nobody is held for it; one whose code nobody knows is asked about."""
    (alert,) = claims_of(upstream("custody-events", event("person.alert.created", alertUuid=UUID, alertCode="PEEP")))
    assert body_of(alert, Alert).alert_code == "PEEP"
    assert asked(event("person.alert.created", alertUuid=UUID, alertCode="QQQ")) == ["alerts/A1234BC"]
    assert asked(event("person.alert.created", alertCode="XNR")) == ["alerts/A1234BC"]


def test_alerts_that_were_updated() -> None:
    """The search index gives the codes: only those that can hold somebody are asked about."""
    event_type = "prisoner-offender-search.prisoner.alerts-updated"
    assert nothing(event(event_type, alertsAdded=["PEEP"], alertsRemoved=[])) == event_type
    assert asked(event(event_type, alertsAdded=["PEEP"], alertsRemoved=["XNR"])) == ["alerts/A1234BC"]


def test_what_changed_in_the_index() -> None:
    """A change of cell or of incentive level is not asked about; one of status is, and so is one that nobody knows."""
    event_type = "prisoner-offender-search.prisoner.updated"
    assert nothing(event(event_type, categoriesChanged=["LOCATION", "INCENTIVE_LEVEL"])) == event_type
    for categories in (["LOCATION", "STATUS"], ["SOMETHING_NEW"], [], None):
        assert asked(event(event_type, categoriesChanged=categories)) == ["prisoner/A1234BC"]


def test_a_recall_that_was_deleted() -> None:
    """That a recall is gone is custody's own word; which recalls are left is asked."""
    deleted, doubt = claims_of(upstream("custody-events", event("recall.deleted", recallId=UUID, sentenceIds=[])))
    assert (body_of(deleted, Recall).recall_id, body_of(deleted, Recall).status) == (UUID, "DELETED")
    assert body_of(doubt, Doubt).about == "recalls/A1234BC"


# --- bookings ---------------------------------------------------------------------------------------------------------------


def test_a_booking_that_moved() -> None:
    """A booking moves from one number to another, whoever the person reference names."""
    about = {"bookingId": "1204567", "movedFromNomsNumber": "A1234BC", "movedToNomsNumber": "B2222BB", "bookingStartDateTime": "2026-07-01T10:00:00"}
    (claim,) = claims_of(upstream("custody-events", event("prison-offender-events.prisoner.booking.moved", **about)))
    assert claim.body == BookingMoved(booking_id="1204567", from_prisoner_number="A1234BC", to_prisoner_number="B2222BB")
    assert claim.person == Person(prisoner_number="B2222BB", identifiers=(Identifier(type="BOOKING", value="1204567"),))
    for wrong in ({"movedToNomsNumber": "A1234BC"}, {"bookingId": None}, {"movedFromNomsNumber": "?"}):
        value = event("prison-offender-events.prisoner.booking.moved", **(about | wrong))
        assert refusal(upstream("custody-events", value)).reason == "INVALID_PAYLOAD"


def test_a_booking_that_was_deleted() -> None:
    """A booking is gone, of whom the person reference says."""
    (claim,) = claims_of(upstream("custody-events", event("prison-offender-events.prisoner.booking.deleted", bookingId=1204567)))
    assert (claim.body, claim.person.prisoner_number) == (BookingDeleted(booking_id="1204567"), "A1234BC")
    assert refusal(upstream("custody-events", event("prison-offender-events.prisoner.booking.deleted"))).reason == "INVALID_PAYLOAD"


@pytest.mark.parametrize("reason", ["READMISSION_SWITCH_BOOKING", "POST_MERGE_ADMISSION"])
def test_another_booking(reason: str) -> None:
    """He was received under a booking that the event does not name: the movement counts, and which booking it is, is asked."""
    value = stored("released.json") | {"eventType": "prisoner-offender-search.prisoner.received"}
    value["additionalInformation"] |= {"reason": reason}
    movement, doubt = claims_of(upstream("custody-events", value))
    assert (body_of(movement, Movement).direction, body_of(doubt, Doubt).about) == ("IN", "prisoner/A1234BC")


def test_probation_took_apart_what_it_had_merged() -> None:
    """An unmerge names two CRNs, which are nobody's numbers here."""
    value = event("probation-case.unmerge.completed", reactivatedCRN="X334583", unmergedCRN="X776371") | {"personReference": None}
    assert nothing(value) == "probation-case.*"


# --- what is on which list --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event_type",
    [
        "prison-offender-events.prisoner.cell.move",
        "incentives.iep-review.updated",
        "person.case-note.created",
        "person.temporary-absence.comments-changed",
    ],
)
def test_what_says_nothing_is_counted(event_type: str) -> None:
    """An event that is known to say nothing about custody holds nobody, and is counted by its name."""
    counted = nothing(event(event_type))
    assert counted is not None
    assert event_type.startswith(counted.removesuffix("*"))


@pytest.mark.parametrize("event_type", ["something.new", "person.alertness.gone", "prison-offender-events.prisoner.vanished", ""])
def test_what_nobody_knows_is_refused(event_type: str) -> None:
    """A type that is on no list is refused by name, and so holds whom it names."""
    assert refusal(upstream("custody-events", event(event_type))).reason == "UNSUPPORTED_DIALECT"


def test_the_lists_agree() -> None:
    """Every route can be asked; no family that says nothing covers what is asked about; and a name that stands for many ends a word."""
    assert set(DOMAIN_ROUTES.values()) | set(NOMIS_ROUTES.values()) < set(ROUTES)
    assert not DOMAIN_ROUTES.keys() & DOMAIN_NOTHING
    assert not NOMIS_ROUTES.keys() & NOMIS_NOTHING
    assert not [name for name in DOMAIN_ROUTES if named(name, DOMAIN_NOTHING)]
    assert not [name for name in (*NOMIS_ROUTES, *NOMIS_IDENTITY) if named(name, NOMIS_NOTHING)]
    for name in (*DOMAIN_ROUTES, *DOMAIN_NOTHING, *NOMIS_ROUTES, *NOMIS_NOTHING):
        assert "*" not in name[:-1]
        assert not name.endswith("*") or name[-2] in ".-_"


def test_the_longest_name_wins() -> None:
    """Its own name comes before that of its family, and a nearer family before a farther one."""
    names = frozenset({"a.b", "a.*", "a.b.*", "b-*"})
    assert [named(each, names) for each in ("a.b", "a.b.c.d", "a.c", "b-x", "ab.c", "a", "")] == ["a.b", "a.b.*", "a.*", "b-*", None, None, None]


def test_text_within_text_within_text() -> None:
    """An event is found inside a notification that is itself text, as queues and their users wrap it."""
    inner = json.dumps(event("recall.inserted"))
    notification = {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(inner)}
    twice = {"Type": "Notification", "MessageId": "m-0", "Message": json.dumps(notification)}
    for value in (notification, twice):
        assert asked(value) == ["recalls/A1234BC"]
        assert claims_of(upstream("custody-events", value))[0].record_id == "m-1"
    assert claims_of(upstream("custody-events", json.dumps(json.dumps(inner)).encode()))[0].person.prisoner_number == "A1234BC"
