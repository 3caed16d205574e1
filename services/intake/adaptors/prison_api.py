"""Custody: what prison-api answers about people, put on the topic from time to time. Movements, scheduled releases, alerts.

Source: ministryofjustice/prison-api, `Movement.java`, `OffenderIn.kt`, `MovementSummary.java`, `TransferSummary.java`, `ReleaseEvent.java`,
`Alert.java` and the answers in its tests. Times are London's and have no offset.

A list is about whomever its items are about. One item that cannot be read refuses the whole answer, and everybody in it is held until it was fetched
again and mended: what is left of a list with a hole in it looks like a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import StrictBool

from holdfast.claims import Alert, Claim, Doubt, Movement, ReleaseOrder
from holdfast.london import london_date
from holdfast.subjects import micros, subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.opened import Opened, day_instant, local_instant
from services.intake.adaptors.parts import BEFORE_ANYTHING, LIST, Id, Number, Part, Teller, Words, fitted, listed, misfit, number_of, stated_day
from services.intake.adaptors.thin import pending

_DIRECTIONS: Mapping[str, Literal["IN", "OUT"]] = {"IN": "IN", "OUT": "OUT"}
#: Movement types that say which way by themselves.
_BY_TYPE: Mapping[str, Literal["IN", "OUT"]] = {"ADM": "IN", "REL": "OUT"}
#: Prisons have codes of three letters. Outside and under way look like prisons and are none.
_PRISON = re.compile(r"[A-Z]{3}", re.ASCII)
_NO_PRISONS = frozenset({"OUT", "TRN"})


class MovementPart(Part):
    """One external movement, in any of the three forms in which prison-api writes it."""

    offender_no: Number = None
    booking_id: Number = None
    last_name: Words = None
    first_name: Words = None
    date_of_birth: Words = None
    movement_type: Id
    movement_reason_code: Words = None
    direction_code: Words = None
    movement_date_time: Words = None
    movement_date: Words = None
    movement_time: Words = None
    from_agency_id: Words = None
    from_agency: Words = None
    to_agency_id: Words = None
    to_agency: Words = None


def movements(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """External movements. Raises MisfitError."""
    return tuple(_movement(teller, fitted(MovementPart, item, "a movement")) for item in listed(found))


def _movement(teller: Teller, part: MovementPart) -> Claim:
    """Without a sequence number it is ordered by when it happened, and kept apart from those that have one.

    A movement that does not say when it was, or whether in or out, is known to have happened and no more: it is asked about.
    """
    number = number_of(part.offender_no, "a movement")
    at, direction = _moved_at(part), _direction(part)
    if at is None or direction is None:
        asked_at = teller.record.appended_at
        what = f"prison-api {part.movement_type}"
        return pending(teller, "prisoner", teller.person(number), event_type=what, occurred_at=asked_at)
    from_agency, to_agency = part.from_agency_id or part.from_agency, part.to_agency_id or part.to_agency
    body = Movement(
        direction=direction,
        booking_id=part.booking_id,
        movement_seq=None,
        movement_type=part.movement_type,
        movement_reason_code=part.movement_reason_code or "",
        prison_id=(from_agency if direction == "OUT" else to_agency) or "",
        to_agency_id=to_agency if direction == "OUT" else None,
    )
    person = replace(
        teller.person(number, teller.booking(part.booking_id)),
        last_name=part.last_name,
        first_name=part.first_name,
        date_of_birth=stated_day(part.date_of_birth, "dateOfBirth", "a movement"),
    )
    return teller.claim(body, person, occurred_at=at, recorded_at=at)


def _moved_at(part: MovementPart) -> datetime | None:
    if part.movement_date_time is not None:
        return local_instant(part.movement_date_time)
    if part.movement_date is not None:
        return local_instant(f"{part.movement_date}T{part.movement_time}") if part.movement_time else day_instant(part.movement_date, end=True)
    return local_instant(part.movement_time)  # in a day's schedule this is date and time


def _direction(part: MovementPart) -> Literal["IN", "OUT"] | None:
    """As it says; else by its type; else by where it went: into a prison from what is none, or out of one. None where that does not tell."""
    stated = _DIRECTIONS.get(part.direction_code or "") or _BY_TYPE.get(part.movement_type)
    if stated is not None:
        return stated
    from_prison, to_prison = (_is_prison(agency) for agency in (part.from_agency_id or part.from_agency, part.to_agency_id or part.to_agency))
    if from_prison and (part.movement_type == "TRN" or not to_prison):
        return "OUT"  # between two prisons the arrival is an admission, so a transfer is the leaving
    return "IN" if to_prison and not from_prison else None


def _is_prison(agency: str | None) -> bool:
    return agency is not None and _PRISON.fullmatch(agency) is not None and agency not in _NO_PRISONS


# --- releases that are scheduled --------------------------------------------------------------------------------------------


class ReleasePart(Part):
    """One scheduled release. `release_date` is when it is planned for, `approved_release_date` when it was approved for."""

    offender_no: Number = None
    create_date_time: Words = None
    event_id: Id
    release_date: Words = None
    approved_release_date: Words = None
    event_status: Id
    movement_reason_code: Words = None
    booking_id: Number = None
    booking_active_flag: StrictBool | None = None


class Scheduled(Part):
    """Everything that is scheduled at a prison on a day. Courts' days and transfers are planned here and decided elsewhere: they are left out."""

    release_events: Annotated[tuple[object, ...], LIST] = ()
    movements: Annotated[tuple[object, ...], LIST] = ()


def scheduled(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Release orders, and movements that have happened. Raises MisfitError."""
    claims: list[Claim] = []
    for item in listed(found):
        part = fitted(Scheduled, item, "a day's schedule")
        for each in part.release_events:
            claims += _order(teller, fitted(ReleasePart, each, "a scheduled release"))
        claims += [_movement(teller, fitted(MovementPart, each, "a movement")) for each in part.movements]
    return tuple(claims)


def _order(teller: Teller, part: ReleasePart) -> tuple[Claim, ...]:
    """The order, and a doubt where it is approved for another day than it is planned for.

    It names no booking: prison-api means the one that he was held under when it answered. An order does not say when it was changed, so without the
    instant of the answer two versions of it are a contradiction, which frees nobody. Once the booking is closed he has gone, and the order is spent.
    """
    number = number_of(part.offender_no, "a scheduled release")
    created = local_instant(part.create_date_time, earliest=True)
    recorded_at = teller.as_of(created)
    planned, approved = (
        stated_day(raw, name, "a scheduled release")
        for raw, name in ((part.release_date, "releaseDate"), (part.approved_release_date, "approvedReleaseDate"))
    )
    if recorded_at is None or planned is None:
        raise misfit("a scheduled release", f"of {number} does not say when it was made and for which day")
    disputed = approved is not None and approved != planned
    body = ReleaseOrder(
        booking_id=part.booking_id or "",
        event_id=part.event_id,
        release_date=None if disputed else planned,
        movement_reason_code=part.movement_reason_code or "",
        event_status="COMP" if part.event_status == "SCH" and part.booking_active_flag is False else part.event_status,
    )
    person = teller.person(number, teller.booking(part.booking_id))
    subject = subject_of(body, person) if part.booking_id else f"custody/order/{number}/{part.event_id}"
    order = teller.claim(body, person, occurred_at=created or recorded_at, recorded_at=recorded_at, subject=subject)
    if not disputed:
        return (order,)
    text = f"The person's release is planned for {planned} and approved for {approved}: the prison must say which."
    doubt = Doubt(kind=QueryKind.CONTRADICTION, about=subject, sentence=text, sequence=micros(recorded_at))
    return order, replace(order, authority=Authority.HUB, subject=subject_of(doubt, person), body=doubt)


# --- alerts -----------------------------------------------------------------------------------------------------------------


class AlertPart(Part):
    """One alert as NOMIS has it: numbered within its booking."""

    alert_id: Id
    alert_code: Id
    offender_no: Number = None
    booking_id: Number = None
    date_created: Words = None
    date_expires: Words = None
    modified_date_time: Words = None
    active: StrictBool | None = None


def alerts(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Alerts. Raises MisfitError."""
    parts = [fitted(AlertPart, item, "an alert") for item in listed(found)]
    return tuple(alert(teller, part, number_of(part.offender_no, "an alert"), part.booking_id) for part in parts)


def alert(teller: Teller, part: AlertPart, number: str, booking_id: str | None) -> Claim:
    """One alert. Raises MisfitError.

    Its version is when it was last modified, else when it began. One that is not active has ended, on the day it says or else on that of its version;
    an inactive alert whose version is no newer than what is known of it as active ends nothing.
    """
    began, ends = (stated_day(raw, name, "an alert") for raw, name in ((part.date_created, "dateCreated"), (part.date_expires, "dateExpires")))
    recorded_at = teller.versioned(local_instant(part.modified_date_time, earliest=part.active is False), day_instant(part.date_created))
    over = ends or (london_date(recorded_at) if recorded_at else None)
    if part.active is False and over is None:
        raise misfit("an alert", f"{part.alert_code[:20]} of {number} is not active and does not say since when")
    if part.active is not False:
        over = ends if ends is None or ends > london_date(teller.record.appended_at) else None  # active all the same: then that was not its end
    body = Alert(alert_uuid=f"{booking_id or number}/{part.alert_id}", alert_code=part.alert_code, active_from=began, active_to=over)
    at = recorded_at or BEFORE_ANYTHING
    return teller.claim(body, teller.person(number, teller.booking(booking_id)), occurred_at=at, recorded_at=at)
