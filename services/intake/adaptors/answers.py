"""What systems of record answered when the enrichment service asked them: records of `enrichments`, each around a body in a dialect of its own.

The body is read as if it had come on the topic of the authority that was asked. Only one that could be read completely, and that is about whom was
asked about, ends the doubt; after any other he is held as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from holdfast.claims import Claim, Doubt, Person
from holdfast.identifiers import is_prisoner_number
from holdfast.records import EnrichmentAnswer
from holdfast.sources import ROUTES_BY_NUMBER, TOPIC_OF_ROUTE
from holdfast.subjects import subject_of
from holdfast_gate.avro import UnreadableError
from holdfast_gate.model import Authority, QueryKind
from schemas.wire import decode_as
from services.intake.adaptors.opened import YEARS
from services.intake.adaptors.port import AS_OF_HEADER, ENRICHMENT_HEADER, MAX_RECORD_BYTES, MisfitError, Read, Refused, Upstream

NAME = "enrichment"
OK, NOT_FOUND = 200, 404

#: Reads a body in a dialect; None where there is no such dialect.
ReadBody = Callable[[Upstream, str], Read | Refused | None]


def read(record: Upstream, read_body: ReadBody) -> Read | Refused:
    """The claims of the body, and that the doubt is answered."""
    try:
        return _read(record, decode_as(EnrichmentAnswer, record.value), read_body)
    except MisfitError as misfit:
        return misfit.refused(record, NAME)
    except UnreadableError as error:
        message = f"{record.about}: {error}; publish an EnrichmentAnswer, as `schemas` has it"
        return Refused(reason="WRONG_TOPIC" if error.reason == "WRONG_RECORD" else error.reason, message=message, dialect=NAME)


def _read(record: Upstream, answer: EnrichmentAnswer, read_body: ReadBody) -> Read | Refused:
    topic = _topic(answer)
    if answer.http_status == NOT_FOUND:
        return Read(claims=_not_there(record, answer))
    if answer.http_status != OK:
        raise MisfitError("INVALID_PAYLOAD", f"HTTP status {answer.http_status} is no answer", "publish what came with 200 or 404")
    result = read_body(_body(record, answer, topic), answer.dialect)
    if result is None:
        raise MisfitError("UNSUPPORTED_DIALECT", f"dialect {answer.dialect[:100]!r} is not read", "name one that intake reads, for this route")
    return result if isinstance(result, Refused) else replace(result, claims=(*_about_him(answer, result), *_answered(record, answer)))


def whom(record: Upstream) -> Person | None:
    """Whom an answer that could not be read was about, by the question; None where not even that can be read, or nobody was named."""
    try:
        person = _person(decode_as(EnrichmentAnswer, record.value))
    except UnreadableError:
        return None
    return person if person.prisoner_number or any(each.valid for each in person.identifiers) else None


def _topic(answer: EnrichmentAnswer) -> str:
    """The topic on which the system that was asked would have told it. Raises MisfitError."""
    route, _, key = answer.about.partition("/")
    if route not in TOPIC_OF_ROUTE or not key or (route in ROUTES_BY_NUMBER and not is_prisoner_number(key)):
        problem = f"it is about {answer.about[:100]!r}, which nobody can have asked"
        raise MisfitError("INVALID_PAYLOAD", problem, f"write <route>/<key>, the route being one of {', '.join(TOPIC_OF_ROUTE)}")
    if answer.fetched_at.year not in YEARS:
        raise MisfitError("INVALID_PAYLOAD", f"fetched_at is {answer.fetched_at.isoformat()}", "send an instant between 1970 and 2199")
    return TOPIC_OF_ROUTE[route]


def _body(record: Upstream, answer: EnrichmentAnswer, topic: str) -> Upstream:
    """The body as a record of `topic`. Raises MisfitError."""
    if not answer.body:
        raise MisfitError("EMPTY", f"the answer about {answer.about} has no body", "ask again")
    if len(answer.body) > MAX_RECORD_BYTES:
        raise MisfitError("TOO_LARGE", f"the body is {len(answer.body)} bytes, where {MAX_RECORD_BYTES} is the most", "ask for less")
    headers = {"content-type": answer.content_type.encode(), ENRICHMENT_HEADER: answer.about.encode()}
    if answer.as_of is not None:  # nobody can vouch for a time that has not come
        headers[AS_OF_HEADER] = min(answer.as_of, record.appended_at).isoformat().encode()
    return replace(
        record,
        topic=topic,
        value=answer.body,
        headers=headers,
        sha256=hashlib.sha256(answer.body).hexdigest(),
        inside=record.ref,
    )


def _about_him(answer: EnrichmentAnswer, result: Read) -> tuple[Claim, ...]:
    """The claims of an answer, each about whom was asked about. Raises MisfitError."""
    if any(isinstance(claim.body, Doubt) and claim.body.kind is QueryKind.ENRICHMENT_PENDING for claim in result.claims):
        problem = f"the answer about {answer.about} says in its turn that somebody must be asked"
        raise MisfitError("INVALID_PAYLOAD", problem, "ask where the thing itself is, not its notification")
    if result.heartbeat is not None:
        raise MisfitError("INVALID_PAYLOAD", "an answer vouches for nothing, and this one is a heartbeat", "publish it on its source's topic")
    route, _, number = answer.about.partition("/")
    if route not in ROUTES_BY_NUMBER:
        return result.claims
    others = sorted({claim.person.prisoner_number or "" for claim in result.claims} - {number, ""})
    if others:
        problem = f"{answer.about} was asked, and the answer is about {', '.join(others[:5])}"
        raise MisfitError("INVALID_PAYLOAD", problem, "see which of them it is, at the system that answered")
    return tuple(_named(claim, number) for claim in result.claims)


def _named(claim: Claim, number: str) -> Claim:
    """`claim` with the number that was asked about: a body that names nobody was still given as the answer about him."""
    if claim.person.prisoner_number is not None:
        return claim
    person = replace(claim.person, prisoner_number=number)
    return replace(claim, person=person, subject=subject_of(claim.body, person))


def _answered(record: Upstream, answer: EnrichmentAnswer) -> tuple[Claim, ...]:
    text = f"{answer.about} was asked at {answer.url}, which answered."
    kinds = (QueryKind.ENRICHMENT_PENDING, QueryKind.CONTRADICTION)  # it may have said before that there was no such thing
    return tuple(_doubt(record, answer, kind, text, answered=True) for kind in kinds)


def _not_there(record: Upstream, answer: EnrichmentAnswer) -> tuple[Claim, ...]:
    """The system that a notification came from does not know what it was about: that holds in its turn, from before the other doubt ends."""
    text = f"An event told of {answer.about}, and {answer.url} says that there is no such thing."
    return (
        _doubt(record, answer, QueryKind.CONTRADICTION, text, answered=False),
        _doubt(record, answer, QueryKind.ENRICHMENT_PENDING, text, answered=True),
    )


def _doubt(record: Upstream, answer: EnrichmentAnswer, kind: QueryKind, text: str, *, answered: bool) -> Claim:
    body = Doubt(kind=kind, about=answer.about, sentence=text, answered=answered, sequence=answer.sequence)
    person = _person(answer)
    return Claim(
        authority=Authority.HUB,
        subject=subject_of(body, person),
        person=person,
        occurred_at=answer.fetched_at,
        recorded_at=answer.fetched_at,
        received_at=record.appended_at,
        source=record.ref,
        record_id=f"{answer.about}/{answer.sequence}",
        dialect=NAME,
        body=body,
    )


def _person(answer: EnrichmentAnswer) -> Person:
    route, _, key = answer.about.partition("/")
    return replace(answer.person, prisoner_number=key) if route in ROUTES_BY_NUMBER else answer.person
