"""Immigration: what removal centres (IRC) tell the Home Office of who came and went, and whom they have.

Source: UKHomeOffice/removals_integration, `Irc_EntryController.js`, `models/Event.js`, `models/Detainee.js` and its tests. Centres know people by the
Home Office's number (CID) or by one of their own, never by a prison number: such a record is parked until somebody links the one to the other.

Whoever is checked in is detained under immigration powers. That he was checked out says only that he left that centre: for another, a prison, the
airport or bail. It ends nothing by itself, and immigration has to say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import ConfigDict

from holdfast.claims import Claim, Identifier, ImmigrationRecord, Particulars, Person
from holdfast.identifiers import identifier
from holdfast.london import london_date
from services.intake.adaptors.opened import Opened, js_instant
from services.intake.adaptors.parts import Id, Number, Part, Teller, Words, fitted, listed, misfit

DETENTION, CHECK_OUT = "IRC_DETENTION", "IRC_CHECK_OUT"
#: What happened to what it says.
_OPERATIONS: Mapping[str, str] = {
    "check in": DETENTION,
    "reinstatement": DETENTION,  # the check out was a mistake
    "inter site transfer": DETENTION,
    "check out": CHECK_OUT,
}
#: Somebody's details changed.
_UPDATE = "update individual"
#: Of a bed, and of nobody.
_OF_BEDS = frozenset({"out commission", "in commission"})


_SNAKE_CASE = ConfigDict(alias_generator=None)


class EventPart(Part):
    """Something that happened at a centre. `detainee` is the system's own number of a subject; centres send their own, `person_id`, and CID's."""

    model_config = _SNAKE_CASE

    centre: Id
    operation: Id
    timestamp: Words = None
    detainee: Number = None
    person_id: Number = None
    cid_id: Number = None
    centre_to: Words = None


class SubjectPart(Part):
    """Somebody whom a centre has or had."""

    model_config = _SNAKE_CASE

    centre: Id
    timestamp: Words = None
    id: Number = None
    person_id: Number = None
    cid_id: Number = None


def events(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Check-ins, transfers and reinstatements as detention; check-outs as check-outs. Raises MisfitError."""
    parts = [fitted(EventPart, item, "an event of a removal centre") for item in listed(found)]
    return tuple(_event(teller, part) for part in parts if part.operation not in _OF_BEDS)


def _event(teller: Teller, part: EventPart) -> Claim:
    at = _at(part.timestamp, "an event of a removal centre")
    person = _person(teller, part.centre, part.cid_id, part.detainee, part.person_id)
    if part.operation == _UPDATE:
        return _particulars(teller, person, at)
    if (record_type := _OPERATIONS.get(part.operation)) is None:
        raise misfit("an event of a removal centre", f"has operation {part.operation!r}, which nobody knows")
    body = ImmigrationRecord(
        immigration_detention_uuid=f"stay/{part.centre_to or part.centre}/{_key(person)}",
        record_type=record_type,
        record_date=london_date(at),
    )
    # One matter, whichever of his other names an event gives: what a check-in opened, no check-out under fewer names must seem to leave alone.
    return teller.claim(body, person, occurred_at=at, recorded_at=at, subject=f"immigration/person/CID:{_key(person)}")


def subjects(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Who is who: the centre's number and the Home Office's are of one person. Raises MisfitError."""
    parts = [fitted(SubjectPart, item, "a subject of a removal centre") for item in listed(found)]
    return tuple(
        _particulars(teller, _person(teller, part.centre, part.cid_id, part.id, part.person_id), _at(part.timestamp, "a subject")) for part in parts
    )


def _particulars(teller: Teller, person: Person, at: datetime) -> Claim:
    return teller.claim(Particulars(), person, occurred_at=at, recorded_at=at, subject=f"immigration/particulars/{_key(person)}")


def _at(raw: str | None, what: str) -> datetime:
    if (at := js_instant(raw)) is None:
        raise misfit(what, f"has timestamp {(raw or '')[:100]!r}, which is no instant")
    return at


def _person(teller: Teller, centre: str, cid_id: str | None, detainee: str | None, person_id: str | None) -> Person:
    """By CID number, and by the centre's names for him, which say that they are a centre's."""
    this_year = teller.record.appended_at.year
    named = [cid_id, f"irc/{centre}/{detainee}" if detainee else None, f"irc/{centre}/person/{person_id}" if person_id else None]
    found = [identifier("CID", raw, this_year=this_year) for raw in named]
    if not any(each is not None and each.valid for each in found):
        raise misfit("a record of a removal centre", "does not say whom it is about")
    return teller.person(None, *found)


def _key(person: Person) -> str:
    """The identifier that he is best known by: CID's own number before a centre's."""
    best: Identifier = min(person.identifiers, key=lambda each: (each.value.startswith("irc/"), each.value))
    return best.value
