"""What each `type` of the contract says, as the body of a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from holdfast.claims import (
    Alert,
    Body,
    BookingDeleted,
    BookingMoved,
    CourtSnapshot,
    ImmigrationRecord,
    ImprisonmentStatus,
    ListedOffence,
    Merge,
    Movement,
    NominalRoll,
    Particulars,
    Recall,
    ReleaseDate,
    ReleaseOrder,
    ResultLine,
    SentenceDates,
    Unmerge,
)
from holdfast.identifiers import identifier, is_prisoner_number, normal_id
from services.intake.adaptors.opened import YEARS, written
from services.intake.adaptors.port import MisfitError, Upstream

Fields = Mapping[str, Any]

#: Stand in for what cannot exist while only the claim's subject is wanted; `contract` then lets no such claim go on.
_NO_DAY, _NO_INSTANT = date.min, datetime.min.replace(tzinfo=UTC)


def body_of(record: Upstream, kind: str, fields: Fields, problems: Sequence[str]) -> Body:
    """The body of a record of type `kind`, whose dates at the paths in `problems` cannot exist. Raises MisfitError."""
    match kind:
        case "RECEPTION" | "MOVEMENT_OUT":
            return _movement(kind, fields)
        case "RELEASE_ORDER":
            return ReleaseOrder(
                booking_id=_id(fields, "booking_id"),
                event_id=_id(fields, "event_id"),
                release_date=fields["release_date"],
                movement_reason_code=fields["movement_reason_code"],
                event_status=_word(fields, "event_status", "SCH", "CANC", "COMP"),
            )
        case "SENTENCE_DATES":
            return SentenceDates(
                booking_id=_id(fields, "booking_id"),
                sentence_calculation_id=_id(fields, "sentence_calculation_id"),
                calculation_status=_word(fields, "calculation_status", "PRELIMINARY", "CONFIRMED"),
                dates=tuple(ReleaseDate(type=each["type"], date=each["date"]) for each in fields["dates"] if each["date"] is not None),
            )
        case "RECALL":
            return Recall(
                booking_id=_id(fields, "booking_id"),
                recall_id=_id(fields, "recall_id"),
                recall_type=fields["recall_type"],
                revocation_date=fields["revocation_date"],
                status=_word(fields, "status", "ACTIVE", "DELETED"),
            )
        case "ALERT":
            return Alert(
                alert_uuid=_id(fields, "alert_uuid"),
                alert_code=fields["alert_code"],
                active_from=fields["active_from"],
                active_to=fields["active_to"],
            )
        case "IMPRISONMENT_STATUS":
            return ImprisonmentStatus(
                booking_id=_id(fields, "booking_id"),
                status_code=_id(fields, "imprisonment_status_code"),
                effective_from=fields["effective_from"],
            )
        case "PARTICULARS":
            return Particulars(status=_word(fields, "status", "ACTIVE", "DELETED"))
        case "MERGE":
            surviving, removed = _two_numbers(fields, "surviving_prisoner_number", "removed_prisoner_number")
            return Merge(surviving_prisoner_number=surviving, removed_prisoner_number=removed)
        case "UNMERGE":
            surviving, removed = _two_numbers(fields, "surviving_prisoner_number", "removed_prisoner_number")
            return Unmerge(surviving_prisoner_number=surviving, removed_prisoner_number=removed)
        case "BOOKING_MOVED":
            giving, receiving = _two_numbers(fields, "from_prisoner_number", "to_prisoner_number")
            return BookingMoved(booking_id=_id(fields, "booking_id"), from_prisoner_number=giving, to_prisoner_number=receiving)
        case "BOOKING_DELETED":
            return BookingDeleted(booking_id=_id(fields, "booking_id"))
        case "NOMINAL_ROLL":
            return _roll(fields)
        case "IMMIGRATION_RECORD":
            return _immigration(record, fields)
        case "COURT_RESULT":
            return _snapshot(record, fields, problems)
        case _:
            raise MisfitError("INVALID_PAYLOAD", f"{kind} is a type that intake does not read", "mend intake, then redrive the record")


def _movement(kind: str, fields: Fields) -> Movement:
    out = kind == "MOVEMENT_OUT"
    return Movement(
        direction="OUT" if out else "IN",
        booking_id=_id(fields, "booking_id"),
        movement_seq=fields["movement_seq"],
        movement_type=_word(fields, "movement_type", "REL", "TRN", "CRT", "TAP") if out else "ADM",
        movement_reason_code=fields["movement_reason_code"],
        prison_id=fields["from_prison_id" if out else "prison_id"] or "",
        to_agency_id=fields["to_agency_id"] if out else None,
        deleted=_word(fields, "status", "ACTIVE", "DELETED") == "DELETED",
    )


def _two_numbers(fields: Fields, *names: str) -> tuple[str, str]:
    """Two different prison numbers. Raises MisfitError."""
    one, other = (fields[name].strip().upper() for name in names)
    if not is_prisoner_number(one) or not is_prisoner_number(other) or one == other:
        said = " and ".join(f"{name} {number[:100]!r}" for name, number in zip(names, (one, other), strict=True))
        raise MisfitError("INVALID_PAYLOAD", f"has {said}", "send two different prison numbers")
    return one, other


def _roll(fields: Fields) -> NominalRoll:
    numbers = tuple(number.strip().upper() for number in fields["prisoner_numbers"])
    if (wrong := next((number for number in numbers if not is_prisoner_number(number)), None)) is not None:
        raise MisfitError("INVALID_PAYLOAD", f"has {wrong[:100]!r} on the roll", "send prison numbers, as A1234BC")
    return NominalRoll(prison_id=_id(fields, "prison_id"), taken_at=fields["taken_at"] or _NO_INSTANT, prisoner_numbers=tuple(sorted(set(numbers))))


def _immigration(record: Upstream, fields: Fields) -> ImmigrationRecord:
    reference = identifier("HOREF", fields["home_office_reference"], this_year=record.appended_at.year)
    return ImmigrationRecord(
        immigration_detention_uuid=_id(fields, "immigration_detention_uuid"),
        record_type=fields["record_type"],
        record_date=fields["record_date"] or _NO_DAY,
        home_office_reference=reference.value if reference else None,
        no_longer_of_interest_reason=fields["no_longer_of_interest_reason"],
        status=_word(fields, "status", "ACTIVE", "DELETED"),
    )


def _snapshot(record: Upstream, fields: Fields, problems: Sequence[str]) -> CourtSnapshot:
    shared_at: datetime = fields["shared_at"] or _NO_INSTANT
    if fields["shared_at"] is not None and shared_at.year not in YEARS:
        raise MisfitError("INVALID_PAYLOAD", f"shared_at is {shared_at.isoformat()}", "send an instant between 1970 and 2199")
    return CourtSnapshot(
        defendant_id=normal_id(_id(fields, "defendant_id")),
        hearing_id=normal_id(_id(fields, "hearing_id")),
        hearing_day=fields["hearing_day"] or _NO_DAY,
        shared_at=shared_at,
        court_code=fields["court_code"],
        court_name=fields["court_name"],
        lines=tuple(_line(record, fields["case_urn"], n, line, problems) for n, line in enumerate(fields["results"])),
        jurisdiction=fields["jurisdiction"],
        document=_word(fields, "document", "", "register", "warrant", "listing"),
        listed=tuple(
            ListedOffence(
                case_urn=fields["case_urn"],
                offence_id=normal_id(_id(each, "offence_id")),
                offence_code=each["offence_code"],
                convicted=each["convicted"],
            )
            for each in fields["listed_offences"]
        ),
    )


def _line(record: Upstream, case_urn: str, n: int, line: Fields, problems: Sequence[str]) -> ResultLine:
    here = f"results.{n}."
    impossible = [f"{path.removeprefix(here)} {written(record.value, path)!r}" for path in problems if path.startswith(here)]
    return ResultLine(
        case_urn=case_urn,
        offence_id=normal_id(_id(line, "offence_id")),
        offence_code=line["offence_code"],
        result_id=normal_id(_id(line, "result_id")),
        result_type_id=line["result_type_id"],
        cjs_code=line["cjs_code"],
        label=line["label"],
        imprisonment_months=_months(line, "imprisonment_months"),
        suspended_months=_months(line, "suspended_months"),
        next_hearing_day=line["next_hearing_day"],
        problems=tuple(impossible),
        custody_status=line["post_hearing_custody_status"],
        convicted=line["convicted"],
        amendment=line["amendment"],
    )


def _months(line: Fields, name: str) -> int | None:
    months: int | None = line[name]
    if months is not None and months < 0:
        raise MisfitError("INVALID_PAYLOAD", f"{name} is {months}", "send the term in months, or null")
    return months


def _id(fields: Fields, name: str) -> str:
    value: str = fields[name].strip()
    if not value:
        raise MisfitError("INVALID_PAYLOAD", f"{name} is empty", "say which it is: two different ones must never look the same")
    return value


def _word(fields: Fields, name: str, *allowed: str) -> str:
    # A status that nobody knows could free somebody by not being the one that holds.
    value: str = fields[name]
    if value not in allowed:
        raise MisfitError("INVALID_PAYLOAD", f"{name} is {value[:100]!r}", f"send {' or '.join(allowed)}")
    return value
