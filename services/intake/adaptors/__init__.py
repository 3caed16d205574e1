"""Upstream dialects: bytes in; claims, a heartbeat or a refusal out. The anti-corruption layer, pure from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from holdfast.claims import (
    Alert,
    Body,
    BookingDeleted,
    BookingMoved,
    CourtSnapshot,
    Doubt,
    ImmigrationRecord,
    ImprisonmentStatus,
    Link,
    Merge,
    Movement,
    NominalRoll,
    Particulars,
    PlacedHold,
    PolicyAdoption,
    Recall,
    ReleaseOrder,
    Resolution,
    SentenceDates,
    Unmerge,
)
from holdfast.sources import ENRICHMENTS, SOURCE_OF_TOPIC
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import answers, common_platform, contract, court_papers, hmpps, nomis, systems
from services.intake.adaptors.opened import opened
from services.intake.adaptors.port import MAX_RECORD_BYTES, Adaptor, Heartbeat, MisfitError, Read, Refused, Upstream
from services.intake.adaptors.unread import unread

__all__ = ["DIALECTS", "MAX_RECORD_BYTES", "REDRIVE_HEADER", "Adaptor", "Heartbeat", "Read", "Refused", "Upstream", "dialect_of", "read"]

#: On a record that is published again: the topic/partition/offset at which it could not be read.
REDRIVE_HEADER = "holdfast-redrive-of"

_CONTRACT, _COMMON_PLATFORM, _HMPPS = contract.Contract(), common_platform.CommonPlatform(), hmpps.DomainEvents()
_CUSTODY: tuple[Adaptor, ...] = (nomis.OffenderEvents(), *systems.SYSTEMS)
_BY_NAME: Mapping[str, Adaptor] = {adaptor.name: adaptor for adaptor in (_CONTRACT, *court_papers.ADAPTORS, _COMMON_PLATFORM, *_CUSTODY, _HMPPS)}

#: Every dialect that is read, by name.
DIALECTS = (*_BY_NAME, answers.NAME)


def dialect_of(record: Upstream) -> str | None:
    """The dialect that `record` is taken for, read or not; None where nobody recognises it."""
    if record.topic == ENRICHMENTS:
        return answers.NAME
    adaptor = _choose(record)
    return adaptor.dialect if isinstance(adaptor, Refused) else adaptor.name


def read(record: Upstream) -> Read | Refused:
    """What `record` says, or why it could not be read."""
    if not record.value:
        return Refused(reason="EMPTY", message=f"{record.about}: has no value; publish the record itself")
    if record.topic == ENRICHMENTS:
        return _answer(record)
    if len(record.value) > MAX_RECORD_BYTES:
        text = f"{record.about}: {len(record.value)} bytes, where {MAX_RECORD_BYTES} is the most; publish it in parts, or what it points to"
        return Refused(reason="TOO_LARGE", message=text)
    adaptor = _choose(record)
    return adaptor if isinstance(adaptor, Refused) else _said(record, adaptor)


def _said(record: Upstream, adaptor: Adaptor) -> Read | Refused:
    """What `adaptor` reads in `record`, if it may be said on that topic."""
    result = adaptor.read(record)
    if isinstance(result, Refused):
        return result
    try:
        _check_topic(record, result)
        return _answering(record, result)
    except MisfitError as misfit:
        return misfit.refused(record, adaptor.name)


def _answer(record: Upstream) -> Read | Refused:
    """An answer that the hub asked for: what its body says, in the dialect that the answer names, and that nobody waits for it any more."""
    result = answers.read(record, lambda body, dialect: _said(body, _BY_NAME[dialect]) if dialect in _BY_NAME else None)
    if isinstance(result, Refused):
        return result
    try:
        return _answering(record, result)
    except MisfitError as misfit:
        return misfit.refused(record, answers.NAME)


def _choose(record: Upstream) -> Adaptor | Refused:
    """The adaptor that the header ce_type asks for, if it recognises the record, else the first that does."""
    named = _named(record)
    if (found := next((adaptor for adaptor in (named, _CONTRACT) if adaptor and adaptor.recognises(record)), None)) is not None:
        return found
    if (refused := unread(record)) is not None:
        return refused
    readers = (*court_papers.ADAPTORS, _COMMON_PLATFORM, *_CUSTODY, _HMPPS)
    if (found := next((adaptor for adaptor in readers if adaptor.recognises(record)), None)) is not None:
        return found
    if named is not None and opened(record.value) is not None:
        return named  # which says best what is missing
    text = f"{record.about}: {len(record.value)} bytes that no dialect recognises; publish it again in one that is read"
    return Refused(reason="UNREADABLE", message=text, dialect=named.name if named else None)


def _named(record: Upstream) -> Adaptor | None:
    event_type = record.header("ce_type") or ""
    if event_type in contract.EVENT_TYPES:
        return _CONTRACT
    if event_type in common_platform.EVENT_TYPES:
        return _COMMON_PLATFORM
    return _HMPPS if event_type in hmpps.EVENT_TYPES else None


def _check_topic(record: Upstream, result: Read) -> None:
    """Each topic speaks for one authority. Raises MisfitError."""
    for claim in result.claims:
        topics = _topics(claim.body)
        if record.topic not in topics:
            what = type(claim.body).__name__
            raise MisfitError("WRONG_TOPIC", f"{what} has no place on {record.topic}", f"publish it to {' or '.join(topics)}")


def _topics(body: Body) -> tuple[str, ...]:
    match body:
        case CourtSnapshot():
            return ("court-results",)
        case Movement() | ReleaseOrder() | SentenceDates() | Recall() | Alert() | ImprisonmentStatus():
            return ("custody-events",)
        case Particulars():
            return ("custody-events", "immigration-events")
        case Merge() | Unmerge() | BookingMoved() | BookingDeleted() | NominalRoll():
            return ("custody-events",)
        case ImmigrationRecord():
            return ("immigration-events",)
        case PlacedHold() | Resolution() | Link() | PolicyAdoption() | Doubt(answered=True):
            return ("resolutions",)
        case Doubt():
            return tuple(SOURCE_OF_TOPIC)
        case _:
            assert_never(body)


def _answering(record: Upstream, result: Read) -> Read:
    """With the answer to the doubt about the record that this one replaces, if it says that it does. Raises MisfitError."""
    about = record.header(REDRIVE_HEADER)
    if about is None or not result.claims:  # a heartbeat says nothing of the people whom that record named
        return result
    topic, *place = about.split("/")
    if topic != record.topic or len(place) != 2 or not all(part.isascii() and part.isdecimal() for part in place):  # noqa: PLR2004
        mend = f"write {record.topic}/<partition>/<offset>"
        raise MisfitError("INVALID_PAYLOAD", f"the header {REDRIVE_HEADER} is {about[:100]!r}", mend)
    text = f"{about} was published again as {record.about}, and read."
    body = Doubt(kind=QueryKind.UNREADABLE_RECORD, about=about, sentence=text, answered=True)
    answer = replace(result.claims[0], authority=Authority.HUB, subject=subject_of(body, result.claims[0].person), body=body)
    return replace(result, claims=(*result.claims, answer))
