"""Custody: NOMIS offender events, as the prison's own database raises them.

Source: ministryofjustice/hmpps-prisoner-events, `OffenderEvent.kt`, `OffenderEventsTransformer.kt`, `XtagEventsService.kt`. Which event type is read
how stands in `event_types`.

Times have no offset and are London's. The queue's own clock has no summer time, it is always at GMT+1; the publisher corrects `eventDatetime` for
that by a rule of its own before it publishes, so here it is a London time like any other. Its one weakness is the hour that happens twice in autumn,
which `local_instant` reads as the later. `movementSeq` orders the movements of a booking, whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import StrictBool

from holdfast.claims import Alert, Body, BookingDeleted, BookingMoved, Claim, Merge, Movement, Person
from holdfast.codes import Effect, classify_alert
from holdfast.identifiers import is_prisoner_number
from holdfast.london import london_date
from holdfast_gate.model import Authority
from services.intake.adaptors.event_types import NOMIS_IDENTITY, NOMIS_NOTHING, NOMIS_ROUTES, Route, named
from services.intake.adaptors.opened import Opened, as_object, local_instant, opened
from services.intake.adaptors.parts import Number, Part, Sequence, Teller, Words, event_type_of, fitted, misfit, number_of
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream
from services.intake.adaptors.thin import pending

NAME = "nomis-offender-event"

MOVEMENT_DELETED = "EXTERNAL_MOVEMENT_RECORD-DELETED"
MOVEMENTS = frozenset({"EXTERNAL_MOVEMENT-CHANGED", "EXTERNAL_MOVEMENT_RECORD-INSERTED", "EXTERNAL_MOVEMENT_RECORD-UPDATED", MOVEMENT_DELETED})
ALERT_DELETED = "ALERT-DELETED"
ALERTS = frozenset({"ALERT-INSERTED", "ALERT-UPDATED", ALERT_DELETED})
NUMBER_CHANGED, REASSIGNED, BOOKING_DELETED = "BOOKING_NUMBER-CHANGED", "OFFENDER_BOOKING-REASSIGNED", "BOOKING-DELETED"

_DIRECTIONS: Mapping[str, Literal["IN", "OUT"]] = {"IN": "IN", "OUT": "OUT"}


class OffenderEvent(Part):
    """Every field of every event that is read; each event has a few."""

    event_datetime: str
    offender_id_display: Number = None
    previous_offender_id_display: Number = None
    booking_id: Number = None
    type: Words = None
    movement_seq: Sequence | None = None
    movement_type: Words = None
    movement_reason_code: Words = None
    direction_code: Words = None
    movement_date_time: Words = None
    from_agency_location_id: Words = None
    to_agency_location_id: Words = None
    record_deleted: StrictBool | None = None
    alert_seq: Words = None
    alert_code: Words = None
    alert_date_time: Words = None
    expiry_date_time: Words = None


class OffenderEvents:
    """Reads movements, alerts, merges and bookings that moved or are gone; asks about what is thin; names every other event that it is sent."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """An object with an event type and NOMIS's name for its time."""
        found = opened(record.value)
        content = as_object(found.content) if found else None
        return found is not None and content is not None and "eventDatetime" in content and event_type_of(found, record) is not None

    def read(self, record: Upstream) -> Read | Refused:
        """What the event says."""
        found = opened(record.value)
        event_type = None if found is None else event_type_of(found, record)
        if found is None or event_type is None:
            mend = "send the event as it was published"
            return MisfitError("INVALID_PAYLOAD", "is not an offender event with an eventType", mend).refused(record, NAME)
        reading, thin = _READINGS.get(event_type), named(event_type, NOMIS_ROUTES)
        who, nothing = named(event_type, NOMIS_IDENTITY), named(event_type, NOMIS_NOTHING)
        try:
            event = fitted(OffenderEvent, found.content, event_type)
            told = _told(record, found, event, event_type)
            if reading is not None:
                claims = reading(told)
            elif nothing is not None:
                return Read(nothing=nothing)
            elif who is not None and not event.offender_id_display:
                return Read(nothing=who)
            elif thin is not None or who is not None:
                claims = told.ask(NOMIS_ROUTES[thin] if thin else "prisoner")
            else:
                message = f"{record.about}: NOMIS event {event_type[:100]} is not read; have the bridge leave it out, or add it to the adaptor"
                return Refused(reason="UNSUPPORTED_DIALECT", message=message, dialect=NAME)
        except MisfitError as misfit:
            return misfit.refused(record, NAME)
        return Read(claims=claims, nothing=None if claims else event_type)


def _told(record: Upstream, found: Opened, event: OffenderEvent, event_type: str) -> _Told:
    """Raises MisfitError."""
    recorded_at = local_instant(event.event_datetime)
    if recorded_at is None:
        raise misfit(event_type, f"has eventDatetime {event.event_datetime[:100]!r}, which is no time")
    teller = Teller(record=record, dialect=NAME, authority=Authority.CUSTODY, message_id=found.message_id)
    return _Told(teller=teller, event=event, event_type=event_type, recorded_at=recorded_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """One event."""

    teller: Teller
    event: OffenderEvent
    event_type: str
    recorded_at: datetime

    def ask(self, route: Route) -> tuple[Claim, ...]:
        """The doubt that a thin event leaves. Raises MisfitError."""
        return (pending(self.teller, route, self._person(), event_type=self.event_type, occurred_at=self.recorded_at),)

    def movement(self) -> tuple[Claim, ...]:
        """A movement, or the word that there was none; a movement that does not say which way is asked about. Raises MisfitError."""
        event = self.event
        deleted = self.event_type == MOVEMENT_DELETED or event.record_deleted is True
        direction, at = _DIRECTIONS.get(event.direction_code or ""), local_instant(event.movement_date_time)
        told = direction is not None and at is not None and bool(event.movement_type)
        if event.movement_seq is None or not event.booking_id or not (deleted or told):
            return self.ask("prisoner")
        leaving = direction == "OUT"
        body = Movement(
            direction=direction or "IN",  # of a record that is gone: it is not where he is
            booking_id=event.booking_id,
            movement_seq=event.movement_seq,
            movement_type=event.movement_type or "",
            movement_reason_code=event.movement_reason_code or "",
            prison_id=(event.from_agency_location_id if leaving else event.to_agency_location_id) or "",
            to_agency_id=event.to_agency_location_id if leaving else None,
            deleted=deleted,
        )
        return (self._claim(body, at or self.recorded_at),)

    def alert(self) -> tuple[Claim, ...]:
        """An alert by its place in the booking, which is how prison-api names it too. Raises MisfitError."""
        event = self.event
        if not event.booking_id or not event.alert_seq or not event.alert_code:
            return self.ask("alerts")
        began, ends = local_instant(event.alert_date_time), local_instant(event.expiry_date_time)
        over = self.recorded_at if self.event_type == ALERT_DELETED else ends
        body = Alert(
            alert_uuid=f"{event.booking_id}/{event.alert_seq}",
            alert_code=event.alert_code,
            active_from=london_date(began) if began else None,
            active_to=london_date(over) if over else None,
        )
        silent = classify_alert(event.alert_code).effect is Effect.SILENT
        return (self._claim(body, self.recorded_at), *(() if silent else self.ask("alerts")))

    def number_changed(self) -> tuple[Claim, ...]:
        """A merge where it says so: the number that lives on is `offenderIdDisplay`. Otherwise the booking has another booking number."""
        surviving, removed = self._two_numbers()
        if self.event.type != "MERGE":
            return self.ask("prisoner")
        if surviving is None or removed is None or surviving == removed:
            raise misfit(self.event_type, f"merges {removed!r} into {surviving!r}, which must be two different prison numbers")
        body = Merge(surviving_prisoner_number=surviving, removed_prisoner_number=removed)
        return (self.teller.claim(body, Person(prisoner_number=surviving), occurred_at=self.recorded_at, recorded_at=self.recorded_at),)

    def reassigned(self) -> tuple[Claim, ...]:
        """A booking put under another number, or under another name of the same person, which moves nothing."""
        receiving, giving = self._two_numbers()
        if receiving is None or giving is None or not self.event.booking_id:
            return self.ask("prisoner")
        if receiving == giving:
            return ()
        body = BookingMoved(booking_id=self.event.booking_id, from_prisoner_number=giving, to_prisoner_number=receiving)
        return (self._claim(body, self.recorded_at),)

    def booking_deleted(self) -> tuple[Claim, ...]:
        """A booking that is gone."""
        if not self.event.booking_id:
            raise misfit(self.event_type, "does not say which booking")
        return (self._claim(BookingDeleted(booking_id=self.event.booking_id), self.recorded_at),)

    def _claim(self, body: Body, occurred_at: datetime) -> Claim:
        return self.teller.claim(body, self._person(), occurred_at=occurred_at, recorded_at=self.recorded_at)

    def _two_numbers(self) -> tuple[str | None, str | None]:
        numbers = [(raw or "").strip().upper() for raw in (self.event.offender_id_display, self.event.previous_offender_id_display)]
        one, other = (number if is_prisoner_number(number) else None for number in numbers)
        return one, other

    def _person(self) -> Person:
        """By number and booking; by booking alone where NOMIS gives no number."""
        booking = self.teller.booking(self.event.booking_id)
        if self.event.offender_id_display:
            return self.teller.person(number_of(self.event.offender_id_display, self.event_type), booking)
        if booking is None:
            raise misfit(self.event_type, "names neither a prison number nor a booking")
        return self.teller.person(None, booking)


_READINGS: Mapping[str, Callable[[_Told], tuple[Claim, ...]]] = {
    **dict.fromkeys(MOVEMENTS, _Told.movement),
    **dict.fromkeys(ALERTS, _Told.alert),
    NUMBER_CHANGED: _Told.number_changed,
    REASSIGNED: _Told.reassigned,
    BOOKING_DELETED: _Told.booking_deleted,
}
