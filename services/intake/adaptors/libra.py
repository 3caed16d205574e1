"""Courts: LIBRA_COURT_CASE, one defendant's case on a list of a magistrates' court that is not on Common Platform.

Source: ministryofjustice/court-case-matcher, model `LibraHearing` and its test messages. It carries no result, no id of the court's and no version;
days are written dd/MM/yyyy and times are London's without saying so. It is read as a paper that lists what is before the court.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AliasPath, Field, ValidationError

from holdfast.claims import Claim, CourtSnapshot, Doubt, IdentifierType, ListedOffence, Person
from holdfast.identifiers import identifier
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.court_claims import LABEL_CHARS, court_claim, london_day
from services.intake.adaptors.hearing import LIST, Code, Id, Part, Words
from services.intake.adaptors.opened import as_object, day, opened
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream

NAME = "libra"

_MESSAGE_TYPE = "LIBRA_COURT_CASE"
_ORGANISATION = "O"
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)
_NAME_CHARS = 100


class LibraOffence(Part):
    """One offence of the case, by its place in it."""

    seq: Words = None
    code: Words = None


class LibraCase(Part):
    """One defendant in one case, listed for one session. `c_id` is Libra's number for the defendant: no CID of the Home Office."""

    case_no: Id
    urn: Words = None
    c_id: Words = None
    hearing_id: Words = None
    forename: Words = Field(default=None, validation_alias=AliasPath("name", "forename1"))
    surname: Words = Field(default=None, validation_alias=AliasPath("name", "surname"))
    defendant_name: Words = None
    defendant_type: Words = None
    defendant_dob: Words = None
    pnc: Words = None
    cro: Words = None
    court_code: Words = None
    session_start_time: Code
    offences: Annotated[tuple[LibraOffence, ...], LIST] = ()

    @property
    def defendant_id(self) -> str:
        """Who, within the case: by Libra's number, else by name and day of birth, since two of one name may stand together."""
        whom = (self.c_id or "").strip() or " ".join(filter(None, (self.defendant_name, self.defendant_dob)))
        return f"libra/{self.case_no}/{whom}"


class Libra:
    """Reads LIBRA_COURT_CASE, bare or in an SNS notification."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """A case number and a defendant's name, or what a notification calls a Libra case."""
        found = opened(record.value)
        content = as_object(found.content) if found else None
        if found is None or content is None:
            return False
        return found.attributes.get("messageType") == _MESSAGE_TYPE or content.keys() >= {"caseNo", "defendantName"}

    def read(self, record: Upstream) -> Read | Refused:
        """The listing. What it names its defendant by may match nobody yet: it then waits for somebody who matches."""
        found = opened(record.value)
        try:
            case = LibraCase.model_validate(found.content if found else None)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problem = f"a Libra case that does not fit at {'.'.join(map(str, first['loc'])) or 'the whole record'} ({first['msg']})"
            return MisfitError("INVALID_PAYLOAD", problem, "have it published again").refused(record, NAME)
        record_id = (found.message_id if found else None) or record.sha256
        return Read(claims=_claims(record, case, record_id))


def _claims(record: Upstream, case: LibraCase, record_id: str) -> tuple[Claim, ...]:
    person, impossible = _person(case, record.appended_at.year), []
    listed_for = london_day(case.session_start_time)
    about = f"court/listing/{case.defendant_id}"
    told: list[Claim] = []
    if listed_for is None:
        impossible.append(f"the session at {case.session_start_time[:LABEL_CHARS]!r}")
    else:
        snapshot = _snapshot(record, case, listed_for)
        told.append(_claim(record, record_id, person, snapshot, Authority.COURT))
        about = told[0].subject
    if case.defendant_dob and person.date_of_birth is None and case.defendant_type != _ORGANISATION:
        impossible.append(f"the day of birth {case.defendant_dob[:LABEL_CHARS]!r}")
    if impossible:
        text = f"Libra case {case.case_no} gives {' and '.join(impossible)}, and there is no such day."
        doubt = Doubt(kind=QueryKind.IMPOSSIBLE_DATE, about=about, sentence=text, sequence=micros(record.appended_at))
        told.append(_claim(record, record_id, person, doubt, Authority.HUB))
    return tuple(told)


def _claim(record: Upstream, record_id: str, person: Person, body: CourtSnapshot | Doubt, authority: Authority) -> Claim:
    return court_claim(record, dialect=NAME, record_id=record_id, person=person, body=body, authority=authority, said_at=record.appended_at)


def _snapshot(record: Upstream, case: LibraCase, listed_for: date) -> CourtSnapshot:
    reference = (case.urn or case.case_no)[:LABEL_CHARS]
    return CourtSnapshot(
        defendant_id=case.defendant_id,
        hearing_id=f"libra/{case.case_no}/{case.hearing_id}" if case.hearing_id else f"libra/{case.case_no}",
        hearing_day=listed_for,
        # Libra states no version. The broker's time stands in for one because nothing may ever be lifted by it.
        shared_at=record.appended_at,
        court_code=(case.court_code or "")[:LABEL_CHARS],
        jurisdiction="MAGISTRATES",
        document="listing",
        listed=tuple(
            ListedOffence(case_urn=reference, offence_id=f"libra/{case.case_no}/{offence.seq or n}", offence_code=(offence.code or "")[:LABEL_CHARS])
            for n, offence in enumerate(case.offences, start=1)
        ),
    )


def _person(case: LibraCase, this_year: int) -> Person:
    ids: tuple[tuple[IdentifierType, str | None], ...] = (("DEFENDANT_ID", case.defendant_id), ("PNC", case.pnc), ("CRO", case.cro))
    identifiers = tuple(sorted({found for kind, raw in ids if (found := identifier(kind, raw, this_year=this_year)) is not None}))
    if case.defendant_type == _ORGANISATION:  # its name is no person's
        return Person(identifiers=identifiers)
    # Where the name comes in one piece its last word is the family name; names only raise questions, they never match.
    whole = (case.defendant_name or "").split()
    return Person(
        identifiers=identifiers,
        last_name=_name(case.surname) or _name(whole[-1] if whole else None),
        first_name=_name(case.forename),
        date_of_birth=_day_of_birth(case.defendant_dob),
    )


def _day_of_birth(raw: str | None) -> date | None:
    match = _DAY.fullmatch((raw or "").strip())
    return None if match is None else day("-".join(reversed(match.groups())))


def _name(raw: str | None) -> str | None:
    return (raw or "").strip()[:_NAME_CHARS] or None
