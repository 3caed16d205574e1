"""Custody: HMPPS domain events, bare or in an SNS notification. Prisoners received, released and merged.

Sources: ministryofjustice/hmpps-domain-events, `hmpps-domain-event.json` and the schemas of prison-offender-events and prisoner-offender-search;
the oldest events carry no eventType of their own, only the notification's attribute. They have neither an id nor a sequence, come late, and say
"released" of absences too: the movement type follows from `reason`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from holdfast.claims import Claim, Merge, Movement, Person
from holdfast.identifiers import is_prisoner_number
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority
from services.intake.adaptors.opened import Opened, as_object, instant, opened
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream

NAME = "hmpps-domain-event"

RECEIVED = frozenset({"prison-offender-events.prisoner.received", "prisoner-offender-search.prisoner.received"})
RELEASED = frozenset({"prison-offender-events.prisoner.released", "prisoner-offender-search.prisoner.released"})
MERGED = frozenset({"prison-offender-events.prisoner.merged", "prisoner-offender-search.prisoner.merged"})
EVENT_TYPES = RECEIVED | RELEASED | MERGED

#: `reason` to NOMIS movement type, and to the reason code it stands for where the event gives none. A reason that is not here is a release.
_OUT: Mapping[str, tuple[str, str]] = {
    "RELEASED": ("REL", ""),
    "TEMPORARY_ABSENCE_RELEASE": ("TAP", ""),
    "RELEASED_TO_HOSPITAL": ("REL", "HP"),
    "SENT_TO_COURT": ("CRT", ""),
    "TRANSFERRED": ("TRN", ""),
    "UNKNOWN": ("REL", ""),
}
_IN: Mapping[str, str] = {"TEMPORARY_ABSENCE_RETURN": "TAP", "RETURN_FROM_COURT": "CRT"}


def _as_words(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


def _as_list(raw: object) -> object:
    return () if raw is None else raw


Words = Annotated[str | None, BeforeValidator(_as_words)]


class Part(BaseModel):
    """One object of the event: fields as Python names, camelCase on the wire, unknown ones ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class About(Part):
    """`additionalInformation`. In a merge `nomsNumber` is the number that lives on, whatever the description says."""

    noms_number: Words = None
    removed_noms_number: Words = None
    reason: Words = None
    nomis_movement_reason_code: Words = None
    prison_id: Words = None


class Reference(Part):
    """One number of the person, for example of type NOMS."""

    type: Words = None
    value: Words = None


class PersonReference(Part):
    """The person, by number."""

    identifiers: Annotated[tuple[Reference, ...], BeforeValidator(_as_list)] = ()


class DomainEvent(Part):
    """The envelope that all HMPPS domain events share."""

    occurred_at: str
    published_at: Words = None
    additional_information: About = Field(default_factory=About)
    person_reference: PersonReference | None = None


class DomainEvents:
    """Reads prisoner received, released and merged; names every other HMPPS event that it is sent."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """An object with the envelope's fields, and an event type within it or beside it."""
        found = opened(record.value)
        content = as_object(found.content) if found else None
        if found is None or content is None or _event_type(found, record) is None:
            return False
        return found.enveloped or not content.keys().isdisjoint({"occurredAt", "additionalInformation", "personReference"})

    def read(self, record: Upstream) -> Read | Refused:
        """The movement or the merge."""
        found = opened(record.value)
        event_type = None if found is None else _event_type(found, record)
        if found is None or event_type is None:
            return MisfitError("INVALID_PAYLOAD", "is not a domain event with an eventType", "send the event as it was published").refused(
                record, NAME
            )
        if event_type not in EVENT_TYPES:
            message = f"{record.about}: HMPPS event {event_type[:100]} is not read; have the bridge leave it out, or add it to the adaptor"
            return Refused(reason="UNSUPPORTED_DIALECT", message=message, dialect=NAME)
        try:
            return Read(claims=(_claim(record, found, event_type),))
        except MisfitError as misfit:
            return misfit.refused(record, NAME)


def _event_type(found: Opened, record: Upstream) -> str | None:
    inside = (as_object(found.content) or {}).get("eventType")
    return inside if isinstance(inside, str) else found.attributes.get("eventType") or record.header("ce_type")


def _claim(record: Upstream, found: Opened, event_type: str) -> Claim:
    try:
        event = DomainEvent.model_validate(found.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _misfit(event_type, f"does not fit at {'.'.join(map(str, first['loc']))} ({first['msg']})") from error
    occurred_at = instant(event.occurred_at)
    if occurred_at is None:
        raise _misfit(event_type, f"has occurredAt {event.occurred_at[:100]!r}, which must be an instant with its offset")
    published_at: datetime | None = instant(event.published_at)
    body = _merge(event, event_type) if event_type in MERGED else _movement(event, event_type)
    person = Person(prisoner_number=body.surviving_prisoner_number if isinstance(body, Merge) else _number(event, event_type))
    return Claim(
        authority=Authority.CUSTODY,
        subject=subject_of(body, person),
        person=person,
        occurred_at=occurred_at,
        recorded_at=published_at or occurred_at,
        received_at=record.appended_at,
        source=record.ref,
        record_id=found.message_id or record.sha256,
        dialect=NAME,
        body=body,
    )


def _movement(event: DomainEvent, event_type: str) -> Movement:
    about = event.additional_information
    if event_type in RECEIVED:
        movement_type, stands_for = _IN.get(about.reason or "", "ADM"), ""
    else:
        movement_type, stands_for = _OUT.get(about.reason or "", ("REL", ""))
    return Movement(
        direction="IN" if event_type in RECEIVED else "OUT",
        booking_id=None,
        movement_seq=None,
        movement_type=movement_type,
        movement_reason_code=about.nomis_movement_reason_code or stands_for,
        prison_id=about.prison_id or "",
    )


def _merge(event: DomainEvent, event_type: str) -> Merge:
    surviving, removed = event.additional_information.noms_number or "", event.additional_information.removed_noms_number or ""
    if not is_prisoner_number(surviving) or not is_prisoner_number(removed) or surviving == removed:
        raise _misfit(event_type, f"merges {removed[:100]!r} into {surviving[:100]!r}, which must be two different prison numbers")
    return Merge(surviving_prisoner_number=surviving, removed_prisoner_number=removed)


def _number(event: DomainEvent, event_type: str) -> str:
    references = event.person_reference.identifiers if event.person_reference else ()
    stated = {event.additional_information.noms_number, *(each.value for each in references if each.type == "NOMS")} - {None, ""}
    if len(stated) != 1 or not is_prisoner_number(number := str(next(iter(stated)))):
        raise _misfit(event_type, f"must name one prison number and names {sorted(map(str, stated))[:5]}")
    return number


def _misfit(event_type: str, problem: str) -> MisfitError:
    return MisfitError("INVALID_PAYLOAD", f"{event_type} {problem}", "have it published again")
