"""What facts are joined on, in which order, and the join itself.

A subject is what an authority speaks about: one defendant's results at one hearing day, one booking's movements, one recall, one immigration
matter. What is kept of a subject is a function of the *set* of claims ever made about it: order, duplicates and replays change nothing (law 3).
Identity and status keep subjects by the same rule, so that what one re-emits is exactly what the other has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import assert_never

from holdfast.claims import (
    Alert,
    Body,
    BookingDeleted,
    BookingMoved,
    Claim,
    CourtSnapshot,
    Doubt,
    ImmigrationRecord,
    ImprisonmentStatus,
    Link,
    Merge,
    Movement,
    NominalRoll,
    Particulars,
    Person,
    PlacedHold,
    PolicyAdoption,
    Recall,
    ReleaseOrder,
    Resolution,
    SentenceDates,
    Unmerge,
)
from holdfast.codes import Departure, departure, leaves
from holdfast.identifiers import is_home_office_reference

Version = tuple[int, ...]
Claims = tuple[Claim, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """`instant` as whole microseconds since 1970, for comparing and for sorting."""
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def subject_of(body: Body, person: Person) -> str:
    """The subject of a claim: who spoke, about what."""
    match body:
        case CourtSnapshot():
            return f"court/{body.document or 'hearing'}/{body.hearing_id}/{body.hearing_day}/defendant/{body.defendant_id}"
        case Movement(booking_id=None):
            return f"custody/movements/{person.prisoner_number}"
        case Movement(movement_seq=None):
            return f"custody/booking/{body.booking_id}/unnumbered"  # ordered by when they happened: numbers and times cannot be compared
        case Movement():
            return f"custody/booking/{body.booking_id}"
        case ReleaseOrder():
            return f"custody/order/{body.booking_id}/{body.event_id}"
        case SentenceDates():
            return f"custody/sentence-dates/{body.booking_id}"
        case Recall():
            return f"custody/recall/{body.recall_id}"
        case Alert():
            return f"custody/alert/{body.alert_uuid}"
        case Merge():
            return f"custody/merge/{body.surviving_prisoner_number}/{body.removed_prisoner_number}"
        case Unmerge():
            return f"custody/unmerge/{body.surviving_prisoner_number}/{body.removed_prisoner_number}"
        case BookingMoved():
            return f"custody/booking-moved/{body.booking_id}"
        case BookingDeleted():
            return f"custody/booking-deleted/{body.booking_id}"
        case ImprisonmentStatus():
            return f"custody/imprisonment-status/{body.booking_id or person.prisoner_number}"
        case Particulars():
            return f"custody/particulars/{person.prisoner_number}"
        case NominalRoll():
            return f"custody/roll/{body.prison_id}"
        case ImmigrationRecord():
            reference = body.home_office_reference or ""
            own = reference if is_home_office_reference(reference) else _person_key(person, body.immigration_detention_uuid)
            return f"immigration/{own}"
        case Doubt():
            return f"hub/doubt/{body.kind}/{body.about}"
        case PlacedHold():  # people name holds: two prisoners may have one of the same name, and the end of one is not the other's
            return f"resolutions/placed-hold/{person.prisoner_number}/{body.hold_id}"
        case Resolution():
            return f"resolutions/resolution/{body.resolution_id}"
        case Link():
            return f"resolutions/link/{body.identifier.type}/{body.identifier.value}/{body.prisoner_number}"
        case PolicyAdoption():
            return f"resolutions/policy/{body.effective_from.isoformat()}"
        case _:
            assert_never(body)


def _person_key(person: Person, record_id: str) -> str:
    """The person whom a record names, else the record itself: names and birthdays, or a wrong identifier, may be a stranger's too.

    Joined on a name, the word that one man is of no more interest would end the detention of another.
    """
    if person.prisoner_number:
        return f"person/{person.prisoner_number}"
    valid = "+".join(f"{identifier.type}:{identifier.value}" for identifier in sorted(person.identifiers) if identifier.valid)
    return f"person/{valid}" if valid else f"record/{record_id}"


def version_of(claim: Claim) -> Version:
    """What orders two claims on one subject: a version that the source states, never the order of arrival."""
    match body := claim.body:
        case CourtSnapshot():
            return (micros(body.shared_at),)
        case Movement(movement_seq=None):
            return (micros(claim.occurred_at),)
        case Movement(movement_seq=int() as movement_seq):
            return movement_seq, micros(claim.recorded_at)
        case NominalRoll():
            return (micros(body.taken_at),)
        case ImmigrationRecord():
            return body.record_date.toordinal(), micros(claim.recorded_at)
        case Doubt():
            return body.sequence, int(body.answered)
        case PlacedHold():
            return micros(claim.recorded_at), int(not body.ended)  # one that is placed again holds, and at one instant custody wins
        case _:
            return (micros(claim.recorded_at),)


def join(kept: Claims, claim: Claim) -> Claims:
    """What is kept of a subject once `claim` was made too.

    Associative, commutative and idempotent over the claims of one subject. Claims that say the same of the same person in the same version are
    one: the one from the first source record (by topic, partition, offset) is kept.
    """
    return prune((*kept, claim))


def prune(claims: Iterable[Claim]) -> Claims:
    """The claims of one subject that can still matter, in a fixed order."""
    distinct: dict[tuple[Version, Body, Person, datetime | None], Claim] = {}
    for claim in sorted(claims, key=_source_order):
        happened = claim.occurred_at if isinstance(claim.body, Movement) else None  # which departure was the last is told by it
        distinct.setdefault((version_of(claim), claim.body, claim.person, happened), claim)
    ordered = sorted(distinct.values(), key=lambda claim: (version_of(claim), repr(claim.body), _source_order(claim)))
    if not ordered:
        return ()
    match ordered[0].body:
        case CourtSnapshot():
            return tuple(ordered)  # a vanished result must be noticed whatever came in between: every share is kept
        case BookingMoved():
            return tuple(ordered)  # whoever had the booking on its way has its facts: every move is kept
        case Movement():
            return _newest_and_last_departure(ordered)
        case ImmigrationRecord():
            return _newest_of_each_record(ordered)
        case _:
            return newest(ordered)


def newest(claims: Iterable[Claim], key: Callable[[Claim], Version] = version_of) -> Claims:
    """The claims with the greatest version: more than one if the source contradicts itself at that version."""
    claims = tuple(claims)
    top = max((key(claim) for claim in claims), default=())
    return tuple(claim for claim in claims if key(claim) == top)


def _newest_and_last_departure(ordered: list[Claim]) -> Claims:
    # A departure spends an order although a later return is the newest movement, so the last departure stays beside it.
    last = {id(claim) for claim in newest(ordered)}
    departures = [claim for claim in ordered if isinstance(claim.body, Movement) and _departs(claim.body)]
    receptions = [claim for claim in ordered if isinstance(claim.body, Movement) and claim.body.direction == "IN"]
    last |= {id(claim) for claim in newest(departures, happened_at)}
    last |= {id(claim) for claim in receptions[:1]}  # when the booking began: which sentences its calculation can be about
    last |= {id(claim) for claim in lettings_go(ordered)}  # what a reception of before said of him then is over
    last |= {id(claim) for claim in admissions(ordered)}  # why he was received: a return from court does not say it again
    return tuple(claim for claim in ordered if id(claim) in last)


def admissions(claims: Iterable[Claim]) -> Claims:
    """Of each admission the newest word: its reason may be corrected, or the whole taken back."""
    return _last_words((claim, movement) for claim, movement in _movements(claims) if movement.direction == "IN" and movement.movement_type == "ADM")


def lettings_go(claims: Iterable[Claim]) -> Claims:
    """Of each release, or handing over to others, the newest word: it may be taken back."""
    return _last_words((claim, movement) for claim, movement in _movements(claims) if movement.direction == "OUT" and _lets_go(movement))


def _movements(claims: Iterable[Claim]) -> Iterator[tuple[Claim, Movement]]:
    return ((claim, claim.body) for claim in claims if isinstance(claim.body, Movement))


def _last_words(movements: Iterable[tuple[Claim, Movement]]) -> Claims:
    words: dict[tuple[str, int], list[Claim]] = {}
    for claim, _ in movements:
        words.setdefault((claim.subject, version_of(claim)[0]), []).append(claim)
    return tuple(claim for of_one in words.values() for claim in newest(of_one))


def _lets_go(movement: Movement) -> bool:
    return departure(movement.movement_type, movement.movement_reason_code) in {Departure.RELEASED, Departure.HANDED_OVER}


def _departs(movement: Movement) -> bool:
    return movement.direction == "OUT" and leaves(movement.movement_type, movement.movement_reason_code)


def happened_at(claim: Claim) -> Version:
    """When a movement happened, in microseconds, as a version."""
    return (micros(claim.occurred_at),)


def _newest_of_each_record(ordered: list[Claim]) -> Claims:
    # A record may be deleted after a later one was written: the newest word on each record is kept, not only the newest record.
    by_uuid: dict[str, list[Claim]] = {}
    for claim in ordered:
        if isinstance(claim.body, ImmigrationRecord):
            by_uuid.setdefault(claim.body.immigration_detention_uuid, []).append(claim)
    kept = {id(claim) for claims in by_uuid.values() for claim in newest(claims, lambda claim: (micros(claim.recorded_at),))}
    return tuple(claim for claim in ordered if id(claim) in kept)


def _source_order(claim: Claim) -> tuple[str, int, int, str]:
    source = claim.source
    return source.topic, source.partition, source.offset, source.sha256
