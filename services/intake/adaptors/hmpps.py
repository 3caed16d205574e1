"""Custody: HMPPS domain events, bare or in an SNS notification.

Sources: ministryofjustice/hmpps-domain-events, `hmpps-domain-event.json` and `spec`; the oldest events carry no eventType of their own, only the
notification's attribute. They have neither an id nor a sequence, come late, and say "released" of absences too: the movement type follows from
`reason`. Most are thin. Which event type is read how stands in `event_types`.

No event tells of two prison numbers that were taken apart again: `probation-case.unmerge.completed` names two CRNs, which are probation's numbers and
nobody's here. Such a word comes as UNMERGE of the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from holdfast.claims import Alert, BookingDeleted, BookingMoved, Claim, Merge, Movement, Person, Recall
from holdfast.codes import Effect, classify_alert
from holdfast.identifiers import is_prisoner_number
from holdfast.london import london_date
from holdfast_gate.model import Authority
from services.intake.adaptors.event_types import DOMAIN_CATEGORIES_OF_NOTHING, DOMAIN_NOTHING, DOMAIN_ROUTES, Route, named
from services.intake.adaptors.opened import Opened, as_object, instant, opened
from services.intake.adaptors.parts import LIST, Number, Part, Teller, Words, event_type_of, fitted, misfit, number_of
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream
from services.intake.adaptors.thin import pending

NAME = "hmpps-domain-event"

RECEIVED = frozenset({"prison-offender-events.prisoner.received", "prisoner-offender-search.prisoner.received"})
RELEASED = frozenset({"prison-offender-events.prisoner.released", "prisoner-offender-search.prisoner.released"})
MERGED = frozenset({"prison-offender-events.prisoner.merged", "prisoner-offender-search.prisoner.merged"})
BOOKING_MOVED = "prison-offender-events.prisoner.booking.moved"
BOOKING_DELETED = "prison-offender-events.prisoner.booking.deleted"
ALERTS_UPDATED = "prisoner-offender-search.prisoner.alerts-updated"
UPDATED = "prisoner-offender-search.prisoner.updated"
#: Alert events to whether the alert is over.
ALERTS: Mapping[str, bool] = {
    "person.alert.created": False,
    "person.alert.updated": False,
    "person.alert.inactive": True,
    "person.alert.deleted": True,
}
EVENT_TYPES = RECEIVED | RELEASED | MERGED | ALERTS.keys() | {BOOKING_MOVED, BOOKING_DELETED}

#: `reason` to NOMIS movement type, and to the reason code it stands for where the event gives none. A reason that is not here is a release.
_OUT: Mapping[str, tuple[str, str]] = {
    "RELEASED": ("REL", ""),
    "TEMPORARY_ABSENCE_RELEASE": ("TAP", ""),
    "RELEASED_TO_HOSPITAL": ("REL", "HP"),
    "SENT_TO_COURT": ("CRT", ""),
    "TRANSFERRED": ("TRN", ""),
    "UNKNOWN": ("REL", ""),
}
#: Likewise; a reason that is not here is an admission.
_IN: Mapping[str, tuple[str, str]] = {
    "TEMPORARY_ABSENCE_RETURN": ("TAP", ""),
    "RETURN_FROM_COURT": ("CRT", ""),
    "TRANSFERRED": ("ADM", "INT"),
}
#: After these another booking may be the one under which he is held: the event does not say which.
_OTHER_BOOKING = frozenset({"READMISSION_SWITCH_BOOKING", "POST_MERGE_ADMISSION"})


class About(Part):
    """`additionalInformation`. In a merge `nomsNumber` is the number that lives on, whatever the description says."""

    noms_number: Number = None
    offender_no: Number = None
    offender_id_display: Number = None
    prison_number: Number = None
    prisoner_number: Number = None
    prisoner_id: Number = None
    removed_noms_number: Number = None
    moved_from_noms_number: Number = None
    moved_to_noms_number: Number = None
    booking_id: Number = None
    reason: Words = None
    nomis_movement_reason_code: Words = None
    prison_id: Words = None
    alert_uuid: Words = None
    alert_code: Words = None
    alerts_added: Annotated[tuple[str, ...], LIST] = ()
    alerts_removed: Annotated[tuple[str, ...], LIST] = ()
    categories_changed: Annotated[tuple[str, ...], LIST] = ()
    recall_id: Words = None

    def numbers(self) -> set[str]:
        """Every number that is given for him: each publisher has its own word for it."""
        given = {self.noms_number, self.offender_no, self.offender_id_display, self.prison_number, self.prisoner_number, self.prisoner_id}
        return {number for number in given if number}


class Reference(Part):
    """One number of the person, for example of type NOMS."""

    type: Words = None
    value: Number = None


class PersonReference(Part):
    """The person, by number."""

    identifiers: Annotated[tuple[Reference, ...], LIST] = ()


class DomainEvent(Part):
    """The envelope that all HMPPS domain events share."""

    occurred_at: str
    published_at: Words = None
    additional_information: About = Field(default_factory=About)
    person_reference: PersonReference | None = None


class DomainEvents:
    """Reads what custody tells by domain event, asks about what is thin, and names every other HMPPS event that it is sent."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """An object with the envelope's fields, and an event type within it or beside it."""
        found = opened(record.value)
        content = as_object(found.content) if found else None
        if found is None or content is None or event_type_of(found, record) is None:
            return False
        return found.enveloped or not content.keys().isdisjoint({"occurredAt", "additionalInformation", "personReference"})

    def read(self, record: Upstream) -> Read | Refused:
        """What the event says."""
        found = opened(record.value)
        event_type = None if found is None else event_type_of(found, record)
        if found is None or event_type is None:
            return MisfitError("INVALID_PAYLOAD", "is not a domain event with an eventType", "send the event as it was published").refused(
                record, NAME
            )
        thin, nothing = named(event_type, DOMAIN_ROUTES), named(event_type, DOMAIN_NOTHING)
        if event_type not in EVENT_TYPES and nothing is not None:
            return Read(nothing=nothing)
        if event_type not in EVENT_TYPES and thin is None:
            message = f"{record.about}: HMPPS event {event_type[:100]} is not read; have the bridge leave it out, or add it to the adaptor"
            return Refused(reason="UNSUPPORTED_DIALECT", message=message, dialect=NAME)
        try:
            told = _told(record, found, event_type)
            claims = told.read() if thin is None else told.ask(DOMAIN_ROUTES[thin])
        except MisfitError as misfit:
            return misfit.refused(record, NAME)
        return Read(claims=claims, nothing=None if claims else thin)


def _told(record: Upstream, found: Opened, event_type: str) -> _Told:
    """Raises MisfitError."""
    event = fitted(DomainEvent, found.content, event_type)
    occurred_at = instant(event.occurred_at)
    if occurred_at is None:
        raise misfit(event_type, f"has occurredAt {event.occurred_at[:100]!r}, which must be an instant with its offset")
    teller = Teller(record=record, dialect=NAME, authority=Authority.CUSTODY, message_id=found.message_id)
    return _Told(teller=teller, event=event, event_type=event_type, occurred_at=occurred_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """One event."""

    teller: Teller
    event: DomainEvent
    event_type: str
    occurred_at: datetime

    @property
    def about(self) -> About:
        return self.event.additional_information

    def read(self) -> tuple[Claim, ...]:
        """The claims of an event that says what happened. Raises MisfitError."""
        if self.event_type in MERGED:
            merge = self._merge()
            return (self._claim(merge, Person(prisoner_number=merge.surviving_prisoner_number)),)
        if self.event_type == BOOKING_MOVED:
            moved = self._booking_moved()
            return (self._claim(moved, self.teller.person(moved.to_prisoner_number, self.teller.booking(moved.booking_id))),)
        if self.event_type == BOOKING_DELETED:
            booking, number = self._booking(), self._number() if self._stated() else None
            return (self._claim(BookingDeleted(booking_id=booking), self.teller.person(number, self.teller.booking(booking))),)
        movement = self._claim(self._movement(), Person(prisoner_number=self._number()))
        if self.about.reason in _OTHER_BOOKING:
            return movement, self._pending("prisoner", movement.person)
        return (movement,)

    def ask(self, route: Route) -> tuple[Claim, ...]:
        """The doubt that a thin event leaves, with what little it does say. Raises MisfitError."""
        if len(numbers := sorted(filter(is_prisoner_number, self._stated()))) > 1:  # whichever is meant, both are asked about
            return tuple(self._pending(route, Person(prisoner_number=number)) for number in numbers)
        person = self._person()
        said: tuple[Claim, ...] = ()
        codes = (*self.about.alerts_added, *self.about.alerts_removed)
        if self.event_type in ALERTS and self.about.alert_uuid and self.about.alert_code:
            said, codes = (self._claim(self._alert(self.about.alert_uuid, self.about.alert_code), person),), (self.about.alert_code,)
        if self.event_type == "recall.deleted" and self.about.recall_id:
            deleted = Recall(booking_id="", recall_id=self.about.recall_id, recall_type="", revocation_date=None, status="DELETED")
            said = (self._claim(deleted, person),)
        if codes and all(classify_alert(code).effect is Effect.SILENT for code in codes):
            return said  # the alert says nothing about custody, so there is nothing to ask
        if self.event_type == UPDATED and self.about.categories_changed and set(self.about.categories_changed) <= DOMAIN_CATEGORIES_OF_NOTHING:
            return said
        return (*said, self._pending(route, person))

    def _claim(self, body: Merge | BookingMoved | BookingDeleted | Movement | Alert | Recall, person: Person) -> Claim:
        recorded_at = instant(self.event.published_at) or self.occurred_at
        return self.teller.claim(body, person, occurred_at=self.occurred_at, recorded_at=recorded_at)

    def _pending(self, route: Route, person: Person) -> Claim:
        return pending(self.teller, route, person, event_type=self.event_type, occurred_at=self.occurred_at)

    def _movement(self) -> Movement:
        received = self.event_type in RECEIVED
        movement_type, stands_for = (_IN.get(self.about.reason or "", ("ADM", ""))) if received else _OUT.get(self.about.reason or "", ("REL", ""))
        return Movement(
            direction="IN" if received else "OUT",
            booking_id=None,
            movement_seq=None,
            movement_type=movement_type,
            movement_reason_code=self.about.nomis_movement_reason_code or stands_for,
            prison_id=self.about.prison_id or "",
        )

    def _merge(self) -> Merge:
        surviving, removed = self._two(self.about.noms_number, self.about.removed_noms_number, "merges into")
        return Merge(surviving_prisoner_number=surviving, removed_prisoner_number=removed)

    def _booking_moved(self) -> BookingMoved:
        receiving, giving = self._two(self.about.moved_to_noms_number, self.about.moved_from_noms_number, "moves a booking to")
        return BookingMoved(booking_id=self._booking(), from_prisoner_number=giving, to_prisoner_number=receiving)

    def _two(self, one: str | None, other: str | None, does: str) -> tuple[str, str]:
        numbers = (one or "").strip().upper(), (other or "").strip().upper()
        if not all(map(is_prisoner_number, numbers)) or numbers[0] == numbers[1]:
            raise misfit(self.event_type, f"{does} {numbers[0][:100]!r} from {numbers[1][:100]!r}, which must be two different prison numbers")
        return numbers

    def _booking(self) -> str:
        if not (booking_id := (self.about.booking_id or "").strip()):
            raise misfit(self.event_type, "does not say which booking")
        return booking_id

    def _alert(self, alert_uuid: str, alert_code: str) -> Alert:
        # When the alert began the event does not say. An alert that is over ended on the day of the event at the latest.
        over = london_date(self.occurred_at) if ALERTS[self.event_type] else None
        return Alert(alert_uuid=alert_uuid, alert_code=alert_code, active_from=None, active_to=over)

    def _person(self) -> Person:
        """By number; by booking where an event gives no number at all."""
        if self._stated() or self.teller.booking(self.about.booking_id) is None:
            return Person(prisoner_number=self._number())
        return self.teller.person(None, self.teller.booking(self.about.booking_id))

    def _number(self) -> str:
        stated = self._stated()
        if len(stated) != 1:
            raise misfit(self.event_type, f"must name one prison number and names {sorted(stated)[:5]}")
        return number_of(next(iter(stated)), self.event_type)

    def _stated(self) -> set[str]:
        references = self.event.person_reference.identifiers if self.event.person_reference else ()
        stated = self.about.numbers() | {each.value for each in references if each.type == "NOMS" and each.value}
        return {number.strip().upper() for number in stated if number.strip()}
