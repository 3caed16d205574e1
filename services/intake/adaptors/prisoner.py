"""Custody: prison-api's whole view of one person (`InmateDetail`), put on the topic from time to time or fetched because a thin event asked for it.

Source: ministryofjustice/prison-api, `InmateDetail.java`, `Alias.java`, `OffenderIdentifier.java`, `SentenceCalcDates.java`, and its tests.

An answer has no version of its own. `Teller.as_of` says which it gets: when it was given, where a header says so, else the newest thing in it. What
follows from that for each part stands at the part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from holdfast.claims import (
    Alias,
    Body,
    Claim,
    Doubt,
    Identifier,
    IdentifierType,
    ImprisonmentStatus,
    Merge,
    Movement,
    Particulars,
    Person,
    ReleaseDate,
    SentenceDates,
)
from holdfast.identifiers import identifier, is_prisoner_number
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.opened import Opened, day, day_instant, local_instant
from services.intake.adaptors.parts import BEFORE_ANYTHING, LIST, Number, Part, Teller, Words, fitted, listed, misfit, newest, number_of, stated_day
from services.intake.adaptors.prison_api import AlertPart, alert

_IN = "IN"
#: NOMIS identifier types that are read, and what each is here. SPNC is a PNC in its short form.
_IDENTIFIERS: Mapping[str, IdentifierType] = {"PNC": "PNC", "SPNC": "PNC", "CRO": "CRO", "HOREF": "HOREF"}
#: The number of a record that was merged into this one.
_MERGED = "MERGED"
#: Release dates: their type, and the fields that give them, the one entered by hand before the one calculated.
_DATES: Mapping[str, tuple[str, ...]] = {
    "ARD": ("automatic_release_override_date", "automatic_release_date"),
    "CRD": ("conditional_release_override_date", "conditional_release_date"),
    "NPD": ("non_parole_override_date", "non_parole_date"),
    "PRRD": ("post_recall_release_override_date", "post_recall_release_date"),
    "SED": ("sentence_expiry_override_date", "sentence_expiry_date", "sentence_expiry_calculated_date"),
    "LED": ("licence_expiry_override_date", "licence_expiry_date", "licence_expiry_calculated_date"),
    "MTD": ("mtd_override_date", "mid_term_date", "mtd_calculated_date"),
    "HDCAD": ("home_detention_curfew_actual_date",),
    "APD": ("actual_parole_date",),
    "TUSED": ("topup_supervision_expiry_override_date", "topup_supervision_expiry_date"),
}


class AliasPart(Part):
    """Another name of his."""

    last_name: Words = None
    first_name: Words = None
    dob: Words = None
    create_date: Words = None


class IdentifierPart(Part):
    """A number that somebody else knows him by."""

    type: Words = None
    value: Number = None
    when_created: Words = None


class DatesPart(Part):
    """`sentenceDetail`. Of two dates for the same thing the one that was entered by hand counts, as in prison-api itself."""

    booking_id: Number = None
    sentence_start_date: Words = None
    automatic_release_override_date: Words = None
    automatic_release_date: Words = None
    conditional_release_override_date: Words = None
    conditional_release_date: Words = None
    non_parole_override_date: Words = None
    non_parole_date: Words = None
    post_recall_release_override_date: Words = None
    post_recall_release_date: Words = None
    sentence_expiry_override_date: Words = None
    sentence_expiry_date: Words = None
    sentence_expiry_calculated_date: Words = None
    licence_expiry_override_date: Words = None
    licence_expiry_date: Words = None
    licence_expiry_calculated_date: Words = None
    mtd_override_date: Words = None
    mid_term_date: Words = None
    mtd_calculated_date: Words = None
    home_detention_curfew_actual_date: Words = None
    actual_parole_date: Words = None
    topup_supervision_expiry_override_date: Words = None
    topup_supervision_expiry_date: Words = None


class OffenderPart(Part):
    """One person."""

    offender_no: Number = None
    booking_id: Number = None
    last_name: Words = None
    first_name: Words = None
    date_of_birth: Words = None
    agency_id: Words = None
    in_out_status: Words = None
    last_movement_type_code: Words = None
    last_movement_reason_code: Words = None
    imprisonment_status: Words = None
    reception_date: Words = None
    alerts: Annotated[tuple[AlertPart, ...], LIST] = ()
    identifiers: Annotated[tuple[IdentifierPart, ...], LIST] = ()
    aliases: Annotated[tuple[AliasPart, ...], LIST] = ()
    sentence_detail: DatesPart | None = None


def offenders(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Everything that the answer says of each person in it. Raises MisfitError."""
    return tuple(claim for item in listed(found) for claim in _claims(teller, fitted(OffenderPart, item, "a prisoner")))


def _claims(teller: Teller, part: OffenderPart) -> Iterator[Claim]:
    number = number_of(part.offender_no, "a prisoner")
    person = _person(teller, part, number)
    at = teller.as_of(*_stated(part)) or BEFORE_ANYTHING
    so_since = newest(_stated(part)) or at  # at the earliest; `at` is the version only

    def claim(body: Body, whom: Person = person, version: datetime = at, happened: datetime = so_since) -> Claim:
        return teller.claim(body, whom, occurred_at=happened, recorded_at=version)

    yield claim(Particulars())
    booked = teller.person(number, teller.booking(part.booking_id))
    for removed in _merged_into(part, number):
        yield claim(Merge(surviving_prisoner_number=number, removed_prisoner_number=removed), Person(prisoner_number=number))
    for other in _others_in(part, number):
        yield from _is_he(claim(Particulars()), number, other)
    received = day_instant(part.reception_date) if stated_day(part.reception_date, "receptionDate", "a prisoner") else None
    if part.in_out_status == _IN and received is not None:
        yield claim(_present(part), booked, received, received)
    if part.imprisonment_status:
        yield claim(ImprisonmentStatus(booking_id=part.booking_id, status_code=part.imprisonment_status), booked)
    for each in part.alerts:
        yield alert(teller, each, number, part.booking_id)
    dates = _dates(part.sentence_detail, part.booking_id) if part.sentence_detail else None
    began = day_instant(part.sentence_detail.sentence_start_date) if part.sentence_detail else None
    if dates is not None and began is not None:
        yield claim(dates, booked, began, began)


def _person(teller: Teller, part: OffenderPart, number: str) -> Person:
    this_year = teller.record.appended_at.year
    known: list[Identifier | None] = [teller.booking(part.booking_id)]
    known += [identifier(kind, each.value, this_year=this_year) for each in part.identifiers if (kind := _IDENTIFIERS.get(each.type or ""))]
    aliases = {
        Alias(last_name=each.last_name or "", first_name=each.first_name or "", date_of_birth=day(each.dob))
        for each in part.aliases
        if each.last_name or each.first_name
    }
    return replace(
        teller.person(number, *known),
        last_name=part.last_name,
        first_name=part.first_name,
        date_of_birth=stated_day(part.date_of_birth, "dateOfBirth", "a prisoner"),
        aliases=tuple(sorted(aliases, key=repr)),
    )


def _merged_into(part: OffenderPart, number: str) -> list[str]:
    """The numbers that were merged into his. Raises MisfitError for one that is none: it may stand for somebody's holds."""
    removed = {(each.value or "").strip().upper() for each in part.identifiers if each.type == _MERGED} - {number}
    if (wrong := next((each for each in sorted(removed) if not is_prisoner_number(each)), None)) is not None:
        raise misfit("a prisoner", f"{number} has {wrong[:100]!r} merged into it, which must be a prison number")
    return sorted(removed)


def _others_in(part: OffenderPart, number: str) -> list[str]:
    """Prison numbers that stand among his identifiers and are not said to have been merged into his."""
    stated = {(each.value or "").strip().upper() for each in part.identifiers if each.type != _MERGED}
    return sorted(each for each in stated - {number} if is_prisoner_number(each))


def _is_he(said: Claim, number: str, other: str) -> Iterator[Claim]:
    """A question that holds both, once: whoever answers it need not answer the next answer's."""
    text = f"prison-api has prison number {other} among the identifiers of {number} and does not say that they were merged: is it one person?"
    body = Doubt(kind=QueryKind.AMBIGUOUS_IDENTITY, about=f"numbers/{number}/{other}", sentence=text)
    for each in (number, other):
        person = Person(prisoner_number=each)
        yield replace(said, authority=Authority.HUB, subject=subject_of(body, person), person=person, body=body)


def _present(part: OffenderPart) -> Movement:
    """That he is in prison, since he was received there.

    Only that: somebody who is out is read as nothing, because when he left is not said, and a departure at the wrong time would spend an order. And a
    reception is no newer than its day, so what is known to have happened since outranks it.
    """
    admitted = part.last_movement_type_code == "ADM"
    return Movement(
        direction="IN",
        booking_id=part.booking_id,
        movement_seq=None,
        movement_type="ADM",
        movement_reason_code=(part.last_movement_reason_code or "") if admitted else "",
        prison_id=part.agency_id or "",
    )


def _dates(part: DatesPart, booking_id: str | None) -> SentenceDates | None:
    """The release dates that NOMIS shows. Never CONFIRMED, and no newer than the sentence itself.

    They are the prison's dates, but the answer says neither which calculation they are of nor when it was made, so nobody can tell whether it knew of
    the newest sentence; only a calculation that says so can end one (`release_dates` reads that). As old as the sentence's first day, they replace no
    calculation that was told by itself. `confirmedReleaseDate` is the day for which a release is scheduled, by hand or by the system: that is an
    order's to say, with its reason. `releaseDate` is whichever of the others prison-api thinks applies.
    """
    booking = part.booking_id or booking_id
    dates = [ReleaseDate(type=kind, date=found) for kind, fields in _DATES.items() if (found := _first_day(part, fields)) is not None]
    if not booking or not dates:
        return None
    return SentenceDates(booking_id=booking, sentence_calculation_id="unstated", calculation_status="PRELIMINARY", dates=tuple(sorted(dates)))


def _first_day(part: DatesPart, fields: tuple[str, ...]) -> date | None:
    return next((found for name in fields if (found := stated_day(getattr(part, name), name, "a prisoner's sentence")) is not None), None)


def _stated(part: OffenderPart) -> Iterator[datetime | None]:
    """Every instant that the answer gives for something in it: it is at least as new as the newest of them."""
    yield day_instant(part.reception_date)
    for alert_part in part.alerts:
        yield newest((day_instant(alert_part.date_created), local_instant(alert_part.modified_date_time, earliest=True)))
    for each in part.identifiers:
        yield local_instant(each.when_created, earliest=True)
    for alias in part.aliases:
        yield day_instant(alias.create_date)
