"""A claim in plain words: whom it is about, what it says, and how each code in it is read. For `holdfast validate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
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
from holdfast.codes import (
    CodeRow,
    Effect,
    classify,
    classify_alert,
    classify_immigration,
    classify_imprisonment_status,
    classify_movement,
    classify_recall,
    exits_of_order,
    known_reason,
    release_date_types,
)
from holdfast.codes.rows import unknown
from holdfast_gate.model import Authority, Exit
from holdfast_gate.wording import day_words, exit_words, time_words

_AUTHORITIES = {Authority.COURT: "the court", Authority.CUSTODY: "the prison", Authority.IMMIGRATION: "immigration", Authority.HUB: "Holdfast"}
_IDENTIFIERS = {"DEFENDANT_ID": "defendant id", "MASTER_DEFENDANT_ID": "master defendant id", "HOREF": "Home Office reference", "BOOKING": "booking"}
_EFFECTS = {
    Effect.HOLD: "holds on {ground}",
    Effect.CHECK: "is a question for people (QUERY/{ground}), and holds until it is answered",
    Effect.SILENT: "says nothing about custody: what was said before stands",
    Effect.SUSPENDED: "is a suspended sentence, and does not hold",
    Effect.BAIL: "is bail, and replaces what was said before",
    Effect.NON_CUSTODIAL: "ends the proceedings without custody",
    Effect.CLEAR: "ends what was said before",
}


#: Of what the prison's records say about why somebody is held: only who may decide it makes it a hold.
_ITS_REASON = {Effect.HOLD: "names {ground}, which the record of whoever decides it must say too"}
_A_DATE = {
    Effect.CLEAR: "once confirmed, on its day, ends what it was calculated for",
    Effect.SILENT: "ends nothing",
    Effect.HOLD: "ends nothing",
}
_AN_ORDER = {Effect.SILENT: "is the prison's own key for that exit, and ends no hold"}
_A_RECALL = {Effect.HOLD: "holds on RECALL", Effect.CHECK: "is no kind that is known, and holds on RECALL all the same"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How one code of a claim is read. `code` as the record has it, `where` in the record it stands, and its `effect` there, in words."""

    code: str
    where: str
    row: CodeRow
    effect: str

    def __str__(self) -> str:
        return f"{self.where} {self.code}, '{self.row.meaning}': {self.row.effect.value}, {self.effect}"


def who(person: Person) -> str:
    """Whom a claim is about: by what they are known, and which of it cannot be matched on."""
    known = [f"prison number {person.prisoner_number}"] if person.prisoner_number else []
    known += [f"{_IDENTIFIERS.get(each.type, each.type)} {each.value}" for each in person.identifiers if each.valid]
    names = " ".join(filter(None, (person.first_name, person.last_name)))
    known += [f"named {names}"] if names else []
    known += [f"born {_day(person.date_of_birth)}"] if person.date_of_birth else []
    words = "whoever has " + ", ".join(known) if known else "nobody who is named"
    wrong = [f"{_IDENTIFIERS.get(each.type, each.type)} {each.value}" for each in person.identifiers if not each.valid]
    return f"{words} (not matched on, because it cannot be right: {', '.join(wrong)})" if wrong else words


def says(claim: Claim) -> str:
    """What a claim says, as one sentence."""
    signed = f"{' and '.join(claim.by)}, for " if claim.by else ""
    said = f"{signed}{_AUTHORITIES[claim.authority]} say{'' if len(claim.by) > 1 else 's'}"
    return f"{said[0].upper()}{said[1:]}, as of {time_words(claim.recorded_at)}: {_what(claim.body).rstrip('.')}."


def readings(body: Body) -> tuple[Reading, ...]:
    """How each code of a claim is read, by the tables of the rules."""
    return tuple(_readings(body))


def _what(body: Body) -> str:
    match body:
        case CourtSnapshot():
            paper = f" (a {body.document})" if body.document else ""
            offences = len({(line.case_urn, line.offence_id) for line in body.lines})
            results = f"{_count(len(body.lines), 'result')} on {_count(offences, 'offence')}" if body.lines else "no result"
            return f"{results} for defendant {body.defendant_id} at court {body.court_code} on {_day(body.hearing_day)}{paper}"
        case Movement() | ReleaseOrder() | SentenceDates() | Recall() | Alert() | ImprisonmentStatus() | ImmigrationRecord():
            return _of_one(body)
        case Particulars():
            return "who this is" if body.status == "ACTIVE" else "this record of who it is was deleted"
        case Merge():
            return f"{body.removed_prisoner_number} lives on as {body.surviving_prisoner_number}; both keep everything that was said of either"
        case Unmerge():
            return f"{body.surviving_prisoner_number} and {body.removed_prisoner_number} are two people after all; nothing is taken from either"
        case BookingMoved():
            return f"booking {body.booking_id} is {body.to_prisoner_number}'s and no longer {body.from_prisoner_number}'s"
        case BookingDeleted():
            return f"booking {body.booking_id} was deleted: no order under it counts any more"
        case NominalRoll():
            return f"{_count(len(body.prisoner_numbers), 'person', 'people')} in prison {body.prison_id} at {time_words(body.taken_at)}"
        case Doubt():
            return f"{'answered: ' if body.answered else ''}{body.kind.value} about {body.about}: {body.sentence.rstrip('.')}"
        case PlacedHold():
            return f"hold {body.hold_id} {'ends' if body.ended else 'is placed'} in the name of {body.placed_authority.value}: {body.reason}"
        case Resolution():
            return f"the answer to {body.query_id or f'every open {body.query_kind}'}: {body.reason}"
        case Link():
            return f"{body.identifier.type} {body.identifier.value} {'is' if body.linked else 'is not'} {body.prisoner_number}'s"
        case PolicyAdoption():
            return f"release policy {body.policy_version} is in force from {time_words(body.effective_from)}: {body.reason}"
        case _:
            assert_never(body)


def _of_one(body: Movement | ReleaseOrder | SentenceDates | Recall | Alert | ImprisonmentStatus | ImmigrationRecord) -> str:
    match body:
        case Movement():
            gone = " (this record was deleted)" if body.deleted else ""
            return f"{'received' if body.direction == 'IN' else 'moved out'}{_under(body.booking_id)}, {_place(body)}{gone}"
        case ReleaseOrder():
            states = {"SCH": "is to leave", "CANC": "is no longer to leave", "COMP": "has left"}
            day = _day(body.release_date) if body.release_date else "a day that cannot be read"
            return f"the person {states.get(body.event_status, 'is in some other state about leaving')}{_under(body.booking_id)} on {day}"
        case SentenceDates():
            return f"release dates of booking {body.booking_id}, {body.calculation_status.lower()}"
        case Recall():
            return f"recall {body.recall_id} {'was deleted' if body.status == 'DELETED' else 'stands'}{_under(body.booking_id)}"
        case Alert():
            until = f" until {_day(body.active_to)}" if body.active_to else ""
            return f"an alert is active{f' from {_day(body.active_from)}' if body.active_from else ''}{until}"
        case ImprisonmentStatus():
            return f"why it holds this person{_under(body.booking_id)}"
        case ImmigrationRecord():
            return f"a record of {_day(body.record_date)} {'was deleted' if body.status == 'DELETED' else 'stands'}"
        case _:
            assert_never(body)


def _under(booking: str | None) -> str:
    return f" under booking {booking}" if booking else ""


def _place(body: Movement) -> str:
    if body.direction == "IN":
        return f"at {body.prison_id}" if body.prison_id else "at a prison that is not named"
    return f"from {body.prison_id or 'a prison that is not named'}{f' to {body.to_agency_id}' if body.to_agency_id else ''}"


def _readings(body: Body) -> Iterator[Reading]:
    match body:
        case CourtSnapshot():
            for line in body.lines:
                code = line.cjs_code or line.result_type_id or "without a code"
                yield _reading(f"offence {line.offence_id} ({line.offence_code}): result", code, classify(line.result_type_id, line.cjs_code))
        case Movement(direction="IN", movement_reason_code=reason) if reason:
            yield _reading("movement", f"ADM {reason}", classify_movement("ADM", reason), _ITS_REASON)
        case Movement(movement_type=kind, movement_reason_code=reason) if reason:
            yield _reading("movement", f"{kind} {reason}", classify_movement(kind, reason))
        case ReleaseOrder():
            yield _reading("order", body.movement_reason_code, _order(body.movement_reason_code), _AN_ORDER)
        case SentenceDates():
            for each in body.dates:
                yield _reading(f"{_day(each.date)}:", each.type, _release_date(each.type), _A_DATE)
        case Recall():
            yield _reading("recall", body.recall_type, classify_recall(body.recall_type), _A_RECALL)
        case Alert():
            yield _reading("alert", body.alert_code, classify_alert(body.alert_code))
        case ImprisonmentStatus():
            yield _reading("status", body.status_code, classify_imprisonment_status(body.status_code), _ITS_REASON)
        case ImmigrationRecord():
            yield _reading("immigration record", body.record_type, classify_immigration(body.record_type))
        case _:
            return


def _reading(where: str, code: str, row: CodeRow, here: Mapping[Effect, str] = _EFFECTS) -> Reading:
    """`here`: what the effects mean where the code stands, as far as it is not what they mean everywhere."""
    return Reading(code=code, where=where, row=row, effect=here.get(row.effect, _EFFECTS[row.effect]).format(ground=row.ground))


def _order(code: str) -> CodeRow:
    if not known_reason(code):
        return unknown("movement reason", code)
    exits = [exit_words(Exit(each)) for each in sorted(exits_of_order(code))]
    meaning = f"an order for {' or '.join(exits)}" if exits else "an order for no exit"
    return CodeRow(code=code, meaning=meaning, effect=Effect.SILENT, reason="an order is custody's key; it ends no hold")


def _release_date(code: str) -> CodeRow:
    return next((each.row for each in release_date_types() if each.code == code), None) or unknown("type of release date", code)


def _day(day: date) -> str:
    return day_words(datetime.combine(day, time()))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
