"""What intake would make of a payload, with intake's own adaptors, and in words. Pure: no file, no broker, no clock. For `holdfast validate`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from holdfast.claims import BookingMoved, Claim, Fact, Link, Merge, NominalRoll, Person, PolicyAdoption, Resolution, Unmerge
from holdfast.records import PrisonerStatus
from holdfast.sources import READ_BY_INTAKE, SOURCE_OF_TOPIC, gap_source
from holdfast.status import derive, fold
from holdfast_gate.model import Authority, Notice
from schemas import names_by_type
from services.intake.adaptors import Heartbeat, Read, Refused, Upstream, dialect_of, read
from services.intake.adaptors.opened import as_object, opened
from services.intake.quarantine import HOLDS_NOBODY, quarantine

#: Stands for the number of somebody who is known by identifiers alone: what is said of them does not depend on it.
_SOMEBODY = "A0000AA"
#: What people say about numbers and questions, and not about one person's custody: by itself it holds nobody and frees nobody.
_OF_NOBODY_ALONE = (Merge, Unmerge, BookingMoved, NominalRoll, Link, Resolution, PolicyAdoption)
_TOPIC = {Authority.COURT: "court-results", Authority.CUSTODY: "custody-events", Authority.IMMIGRATION: "immigration-events"}
_TOO_LITTLE = frozenset({"WRONG_TOPIC", "UNREADABLE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The claims of a record about one person, and the notice that gates would read if nothing else were known of them; None where none follows."""

    person: Person
    claims: tuple[Claim, ...]
    notice: Notice | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """The dead letter that a record would become. `message`: what is wrong, where, and how to mend it.

    `holds`: whom the hub would hold meanwhile. `gap`: the source that could not be believed until people settle it, because nobody can tell whom the
    record is about: then every gate refers everybody. Neither, where a refused record can hold nobody.
    """

    reason: str
    message: str
    holds: tuple[Person, ...]
    gap: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Validated:
    """One payload. Exactly one of `dead`, `heartbeat`, `nothing` and `told` says something.

    `supposed`: nobody said on which topic it belongs, and this is the one that suits it best.
    """

    topic: str
    supposed: bool
    dialect: str | None
    told: tuple[Told, ...] = ()
    heartbeat: Heartbeat | None = None
    nothing: str | None = None
    dead: Dead | None = None


def validate(value: bytes, *, topic: str | None, dialect: str | None, headers: Mapping[str, bytes], number: int, at: datetime) -> Validated:
    """What intake would make of `value`, the payload of that number in its file, if the broker appended it at `at`.

    Without `topic`, the one that suits it best. With `dialect`, a payload that intake takes for another one is refused.
    """
    records = [_upstream(each, value, headers, number, at) for each in ([topic] if topic else SOURCE_OF_TOPIC)]
    record, result = max(((each, read(each)) for each in records), key=lambda pair: _suits(*pair))
    taken = dialect_of(record)
    if dialect is not None and taken != dialect and not isinstance(result, Refused):
        text = f"{record.about}: intake takes it for {taken}, not for {dialect}; make it look like {dialect}, or ask about {taken}"
        result = Refused(reason="OTHER_DIALECT", message=text, dialect=taken)
    return _validated(record, result, supposed=topic is None, dialect=taken, at=at)


def _validated(record: Upstream, result: Read | Refused, *, supposed: bool, dialect: str | None, at: datetime) -> Validated:
    match result:
        case Refused():
            return Validated(topic=record.topic, supposed=supposed, dialect=dialect, dead=_dead(record, result))
        case Read():
            told = tuple(_told(result.claims, at))
            nothing = result.nothing or (None if told or result.heartbeat else "no claim")
            return Validated(
                topic=record.topic, supposed=supposed, dialect=dialect, told=told, heartbeat=result.heartbeat, nothing=None if told else nothing
            )


def _upstream(topic: str, value: bytes, headers: Mapping[str, bytes], number: int, at: datetime) -> Upstream:
    digest = hashlib.sha256(value).hexdigest()
    return Upstream(topic=topic, partition=0, offset=number, value=value, headers=headers, appended_at=at, sha256=digest)


def _suits(record: Upstream, result: Read | Refused) -> int:
    """How well a topic suits a payload: its own authority speaks, it is read, it is refused for what is in it, its type or one like it fits."""
    if isinstance(result, Read):
        own = any(_TOPIC.get(claim.authority) == record.topic for claim in result.claims)
        return 4 if own else 3 if result.claims or result.heartbeat else 2
    return (result.reason not in _TOO_LITTLE) + (record.topic in _topics_of_type(record.value)) - 2


def _topics_of_type(value: bytes) -> frozenset[str]:
    """The topics on which its `type`, or the word most like it, can stand."""
    found = opened(value)
    kind = (as_object(found.content) or {}).get("type") if found else None
    types = {known: topic for topic in SOURCE_OF_TOPIC for known in names_by_type(topic)}
    near = get_close_matches(kind, types, n=1) if isinstance(kind, str) else []
    return frozenset(topic for topic in SOURCE_OF_TOPIC for known in near if known in names_by_type(topic))


def _told(claims: Iterable[Claim], at: datetime) -> Iterator[Told]:
    of_person: dict[Person, list[Claim]] = {}
    for claim in claims:
        of_person.setdefault(claim.person, []).append(claim)
    for person, said in of_person.items():
        about_one = [claim for claim in said if person != Person() and not isinstance(claim.body, _OF_NOBODY_ALONE)]
        yield Told(person=person, claims=tuple(said), notice=_alone(person.prisoner_number or _SOMEBODY, about_one, at) if about_one else None)


def _alone(prisoner_number: str, claims: Iterable[Claim], at: datetime) -> Notice:
    status = PrisonerStatus(prisoner_number=prisoner_number)
    for offset, claim in enumerate(claims):
        status = fold(status, Fact(prisoner_number=prisoner_number, claim=claim), facts_offset=offset, at=at)
    return derive(status, at=at)


def _dead(record: Upstream, refused: Refused) -> Dead:
    message = refused.message.removeprefix(f"{record.about}: ")
    if refused.reason == "OTHER_DIALECT":  # asked here alone: intake itself would read it
        return Dead(reason=refused.reason, message=message, holds=(), gap=None)
    people = tuple(claim.person for claim in quarantine(record, refused))
    nobody = Person() in people
    return Dead(
        reason=refused.reason,
        message=message,
        holds=() if nobody else people,
        gap=gap_source(record.topic) if nobody and refused.reason not in HOLDS_NOBODY else None,
    )


#: The topics about which intake can be asked.
TOPICS = READ_BY_INTAKE
