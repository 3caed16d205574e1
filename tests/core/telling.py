"""Short ways to tell the fold something, for tests: every function makes one claim."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from holdfast.claims import (
    Alert,
    Body,
    BookingDeleted,
    Claim,
    CourtSnapshot,
    Doubt,
    Fact,
    Identifier,
    ImmigrationRecord,
    ImprisonmentStatus,
    Link,
    Merge,
    Movement,
    Person,
    PlacedHold,
    Recall,
    ReleaseDate,
    ReleaseOrder,
    Resolution,
    ResultLine,
    SentenceDates,
)
from holdfast.records import PrisonerStatus
from holdfast.status import derive, fold
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, Notice, QueryKind, RecordRef

NUMBER = "A1234BC"
HIM = Person(prisoner_number=NUMBER)
DEFENDANT = Person(identifiers=(Identifier(type="DEFENDANT_ID", value="d1"),))
NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
TODAY = date(2025, 11, 3)


def ago(**units: float) -> datetime:
    """An instant before NOW."""
    return NOW - timedelta(**units)


def say(body: Body, *, by: Authority = Authority.CUSTODY, person: Person = HIM, at: datetime = NOW, **more: Any) -> Claim:
    """A claim with a source record of its own, derived from what it says."""
    digest = hashlib.sha256(repr((body, person, at, more)).encode()).hexdigest()
    return Claim(
        authority=by,
        subject=subject_of(body, person),
        person=person,
        occurred_at=more.get("occurred_at", at),
        recorded_at=at,
        received_at=more.get("received_at", at),
        source=RecordRef("upstream", 0, int(digest[:8], 16), digest),
        record_id=digest[:8],
        dialect="contract",
        body=body,
        by=more.get("names", ()),
    )


def result(code: str, *, offence: str = "o1", result_id: str = "r1", **terms: Any) -> ResultLine:
    """One result line by its CJS code."""
    return ResultLine(case_urn="01WW1", offence_id=offence, offence_code="TH68001", result_id=result_id, cjs_code=code, **terms)


def court(*lines: ResultLine, hearing: str = "h1", day: date = TODAY, shared: datetime = NOW, defendant: str = "d1", **more: Any) -> Claim:
    """A share of one hearing day for one defendant, or a paper of it."""
    body = CourtSnapshot(
        defendant_id=defendant, hearing_id=hearing, hearing_day=day, shared_at=shared, lines=tuple(lines), **({"court_code": "B01BH00"} | more)
    )
    return say(body, by=Authority.COURT, person=Person(identifiers=(Identifier(type="DEFENDANT_ID", value=defendant),)), at=shared)


def received(booking: str = "b1", *, at: datetime = ago(days=30), seq: int = 1, reason: str = "N", deleted: bool = False) -> Claim:
    """A reception."""
    body = Movement(
        direction="IN", booking_id=booking, movement_seq=seq, movement_type="ADM", movement_reason_code=reason, prison_id="WWI", deleted=deleted
    )
    return say(body, at=at)


def left(kind: str = "REL", reason: str = "CR", *, at: datetime = NOW, seq: int = 2, booking: str = "b1") -> Claim:
    """A movement out."""
    body = Movement(direction="OUT", booking_id=booking, movement_seq=seq, movement_type=kind, movement_reason_code=reason)
    return say(body, at=at)


def order(reason: str = "CR", *, day: date | None = TODAY, at: datetime = ago(hours=1), status: str = "SCH", booking: str = "b1") -> Claim:
    """Custody's order for one day."""
    body = ReleaseOrder(booking_id=booking, event_id="e1", release_date=day, movement_reason_code=reason, event_status=status)
    return say(body, at=at)


def dates(*, crd: date = TODAY, at: datetime = ago(hours=2), status: str = "CONFIRMED", booking: str = "b1", kind: str = "CRD") -> Claim:
    """A calculation of release dates."""
    body = SentenceDates(booking_id=booking, sentence_calculation_id="c1", calculation_status=status, dates=(ReleaseDate(type=kind, date=crd),))
    return say(body, at=at)


def recall(status: str = "ACTIVE", *, at: datetime = ago(days=5), kind: str = "FTR_28", booking: str = "b1") -> Claim:
    """A recall, or its deletion."""
    return say(Recall(booking_id=booking, recall_id="rc1", recall_type=kind, revocation_date=TODAY, status=status), at=at)


def books(code: str, *, at: datetime = ago(days=5), booking: str | None = "b1") -> Claim:
    """Why custody holds him, by its own books."""
    return say(ImprisonmentStatus(booking_id=booking, status_code=code), at=at)


def deleted_booking(booking: str = "b1", *, at: datetime = NOW) -> Claim:
    """Custody has deleted a booking."""
    return say(BookingDeleted(booking_id=booking), at=at)


def alert(code: str = "XNR", *, to: date | None = None, at: datetime = ago(days=5), uuid: str = "a1") -> Claim:
    """A prison alert."""
    return say(Alert(alert_uuid=uuid, alert_code=code, active_from=TODAY, active_to=to), at=at)


def immigration(kind: str, *, day: date = TODAY, at: datetime = NOW, uuid: str = "i1", status: str = "ACTIVE") -> Claim:
    """An immigration record of one matter."""
    body = ImmigrationRecord(immigration_detention_uuid=uuid, record_type=kind, record_date=day, home_office_reference="H1234567", status=status)
    return say(body, by=Authority.IMMIGRATION, at=at)


def doubt(kind: QueryKind, *, answered: bool = False, sequence: int = 0, about: str = "court-results/0/1") -> Claim:
    """A doubt of the hub's own."""
    return say(Doubt(kind=kind, about=about, sentence="?", answered=answered, sequence=sequence), by=Authority.HUB, person=Person())


def resolution(*, query_id: str | None = None, kind: str | None = None, at: datetime = NOW) -> Claim:
    """Two people answer a query."""
    body = Resolution(resolution_id=f"s{at}", query_id=query_id, query_kind=kind, reason="looked")
    return say(body, by=Authority.HUB, at=at, names=("Ann", "Bob"))


def placed(*, ended: bool = False, at: datetime = NOW) -> Claim:
    """A hold placed, or ended, by hand."""
    return say(PlacedHold(hold_id="p1", placed_authority=Authority.COURT, reason="warrant in the hand", ended=ended), at=at)


def link(identifier: Identifier, number: str, *, linked: bool = True, names: tuple[str, ...] = ("Ann", "Bob"), at: datetime = NOW) -> Claim:
    """People say whose an identifier is."""
    body = Link(identifier=identifier, prisoner_number=number, linked=linked)
    return say(body, by=Authority.HUB, person=Person(prisoner_number=number), at=at, names=names)


def merge(surviving: str, removed: str) -> Claim:
    """Two numbers are one person."""
    return say(Merge(surviving_prisoner_number=surviving, removed_prisoner_number=removed), person=Person(prisoner_number=surviving))


def status_of(claims: Iterable[Claim], *, at: datetime = NOW) -> PrisonerStatus:
    """What the fold makes of `claims`, told in this order."""
    status = PrisonerStatus(prisoner_number=NUMBER)
    for offset, claim in enumerate(claims):
        status = fold(status, Fact(prisoner_number=NUMBER, claim=claim), facts_offset=offset, at=at)
    return status


def notice_of(*claims: Claim, at: datetime = NOW) -> Notice:
    """What gates are told after `claims`."""
    return derive(status_of(claims, at=at), at=at)


def names(notice: Notice) -> list[str]:
    """The grounds of a notice by name."""
    return [ground.name for ground in notice.grounds]


def borne_out(notice: Notice) -> set[str]:
    """The exits that an order serves and the facts bear out, on its day."""
    return {o.exit for o in notice.orders if not o.missing and o.valid_from <= notice.as_of < o.valid_until}


def barred(notice: Notice) -> set[str]:
    """Every exit that some ground bars."""
    return {exit_ for ground in notice.grounds for exit_ in ground.bars}
