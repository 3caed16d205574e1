"""Law 4: whoever an unreadable record may concern is held, and where nobody can be told, its source has a gap."""

from __future__ import annotations

from holdfast.claims import Claim, Doubt, Person
from holdfast.identifiers import found_in
from holdfast.sources import ENRICHMENTS
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Refused, Upstream, answers

#: Refusals of what was read well enough: a heartbeat that vouches for nothing, an act with one signature. They say nothing that could hold anybody.
HOLDS_NOBODY = frozenset({"INVALID_HEARTBEAT", "TWO_PEOPLE_REQUIRED"})

#: Stands for a dialect that nobody recognised.
UNKNOWN_DIALECT = "unknown"


def quarantine(record: Upstream, refused: Refused) -> tuple[Claim, ...]:
    """The hub's doubts about a refused record.

    One for each prisoner number in its bytes and one for every other identifier in them; after an answer, also one for whom was asked about. One
    without a person, from which a gap follows, where there is none of these; or where there are more than were looked for, so that somebody may be
    missing.
    """
    if refused.reason in HOLDS_NOBODY:
        return ()
    found = found_in(record.value, this_year=record.appended_at.year)
    people = [Person(prisoner_number=number) for number in found.prisoner_numbers]
    if found.identifiers:
        people.append(Person(identifiers=found.identifiers))
    if record.topic == ENRICHMENTS and (asked := answers.whom(record)) is not None and asked.prisoner_number not in found.prisoner_numbers:
        people.append(asked)
    if not found.complete:
        people = []
    return tuple(_doubt(record, refused, person) for person in people or [Person()])


def _doubt(record: Upstream, refused: Refused, person: Person) -> Claim:
    why = f"{refused.reason}, {refused.message.rstrip('.')}"
    whom = "may be about this person" if person != Person() else "names nobody and may be about anybody"
    sentence = f"Holdfast could not read a record that {whom}; the Holdfast control room can settle it ({why})."
    body = Doubt(kind=QueryKind.UNREADABLE_RECORD, about=record.about, sentence=sentence)
    return Claim(
        authority=Authority.HUB,
        subject=subject_of(body, person),
        person=person,
        occurred_at=record.appended_at,
        recorded_at=record.appended_at,
        received_at=record.appended_at,
        source=record.ref,
        record_id=record.about,
        dialect=refused.dialect or UNKNOWN_DIALECT,
        body=body,
    )
