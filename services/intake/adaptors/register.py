"""Courts: the Prison Court Register, the paper that a prison is sent when a court has resulted a hearing.

Source: hmcts/api-cp-crime-results-pcr, `docs/PCR-FIELD-MAPPING.md`; hmcts/service-cp-crime-results-pcr, `PcrResultsMapper` and its registers. One
entry is one defendant in one case at one hearing. Its results have lost their type, code and name: only the labels and answers of their prompts are
left, and `register_labels` says what those show. Its offences have lost their ids: they are told by code and place in the list.

It is a paper (docs/adr/0010-papers.md): it may hold and contradict, and ends nothing. It lists no offence as open, since the hearing that it was made
from does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, cast

from pydantic import AliasPath, Field, TypeAdapter, ValidationError

from holdfast.claims import Body, Claim, CourtSnapshot, Doubt, IdentifierType, Person, ResultLine
from holdfast.identifiers import identifier
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.court_claims import LABEL_CHARS, court_claim
from services.intake.adaptors.hearing import LIST, Answered, Code, Id, Part, Prompt, Words
from services.intake.adaptors.opened import as_object, day, instant, opened
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream
from services.intake.adaptors.register_labels import lines_of_offence

NAME = "prison-court-register"

_NAME_CHARS = 100
#: Common Platform's letters for custody and for custody with bail direction.
_CUSTODY_STATUSES = frozenset({"C", "P"})


class RegisterResult(Answered):
    """One result: what the clerk was asked, and answered."""

    judicial_result_prompts: Annotated[tuple[Prompt, ...], LIST] = Field(default=(), validation_alias="resultTexts")


RegisterResults = Annotated[tuple[RegisterResult, ...], LIST]


class RegisterOffence(Part):
    """One offence, told by its code and its place in the list."""

    code: Words = None
    listing_number: Words = None
    conviction_date: Words = None
    results: RegisterResults = ()


RegisterOffences = Annotated[tuple[RegisterOffence, ...], LIST]


class RegisterApplication(Part):
    """An application to the court, and the offences that it brings back."""

    reference: Words = None
    results: RegisterResults = ()
    offences: RegisterOffences = ()


class RegisterDefendant(Part):
    """Whom the register is about."""

    id: Id
    master_defendant_id: Id | None = None
    first_name: Words = None
    last_name: Words = None
    date_of_birth: Words = None
    post_hearing_custody_status: Words = None
    results: RegisterResults = ()


class RegisterHearing(Part):
    """The hearing that it was made from."""

    id: Id
    hearing_date: Code
    jurisdiction: Words = None
    court_code: Words = Field(default=None, validation_alias=AliasPath("courtDetails", "court", "courtHouseCode"))
    court_name: Words = Field(default=None, validation_alias=AliasPath("courtDetails", "court", "courtHouseName"))


class Register(Part):
    """One entry."""

    defendant: RegisterDefendant
    hearing: RegisterHearing
    shared_time: Code
    case_urn: Words = Field(default=None, validation_alias=AliasPath("prosecutionCase", "caseURN"))
    case_results: RegisterResults = Field(default=(), validation_alias=AliasPath("prosecutionCase", "results"))
    offences: RegisterOffences = ()
    court_applications: Annotated[tuple[RegisterApplication, ...], LIST] = ()


_ENTRIES = TypeAdapter(list[Register])


class PrisonCourtRegister:
    """Reads a register, or a list of them."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """A defendant and a hearing beside each other, and when it was shared; or a list of nothing else."""
        found = opened(record.value)
        entries = _listed(found.content) if found else []
        return bool(entries) and all((each := as_object(entry)) is not None and each.keys() >= {"defendant", "hearing"} for entry in entries)

    def read(self, record: Upstream) -> Read | Refused:
        """One snapshot per entry, with what its labels show of custody."""
        found = opened(record.value)
        try:
            entries = _ENTRIES.validate_python(_listed(found.content) if found else None)
            return Read(claims=tuple(claim for entry in entries for claim in _claims(record, entry)))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problem = f"a register that does not fit at {'.'.join(map(str, first['loc'])) or 'the whole record'} ({first['msg']})"
            return MisfitError("INVALID_PAYLOAD", problem, "have it generated again").refused(record, NAME)
        except MisfitError as misfit:
            return misfit.refused(record, NAME)


def _listed(content: object) -> list[Any]:
    return cast("list[Any]", content) if isinstance(content, list) else [content]


def _claims(record: Upstream, entry: Register) -> Iterator[Claim]:
    """Raises MisfitError."""
    shared_at = instant(entry.shared_time)
    if shared_at is None:
        problem = f"a register with sharedTime {entry.shared_time!r}, which must be an instant with its offset"
        raise MisfitError("INVALID_PAYLOAD", problem, "have it generated again")
    person, hearing_day = _person(entry.defendant, record.appended_at.year), day(entry.hearing.hearing_date)
    record_id = f"{entry.hearing.id}/{entry.hearing.hearing_date}/{shared_at.isoformat()}/{entry.defendant.id}"

    def claim(authority: Authority, body: Body) -> Claim:
        return court_claim(record, dialect=NAME, record_id=record_id, person=person, body=body, authority=authority, said_at=shared_at)

    def doubt(about: str, what: str) -> Claim:
        text = f"The register of hearing {entry.hearing.id} gives {what}, and there is no such day."
        return claim(Authority.HUB, Doubt(kind=QueryKind.IMPOSSIBLE_DATE, about=about, sentence=text, sequence=micros(shared_at)))

    if hearing_day is None:
        yield doubt(f"court/register/{entry.hearing.id}/{entry.hearing.hearing_date}", f"{entry.hearing.hearing_date!r} as its day")
        return
    told = claim(Authority.COURT, _snapshot(entry, hearing_day, shared_at))
    yield told
    born = entry.defendant.date_of_birth
    if born and person.date_of_birth is None:
        yield doubt(told.subject, f"{born[:LABEL_CHARS]!r} as a date of birth")


def _snapshot(entry: Register, hearing_day: date, shared_at: datetime) -> CourtSnapshot:
    lines = tuple(_lines(entry))
    status = (entry.defendant.post_hearing_custody_status or "").strip()
    if not lines and status in _CUSTODY_STATUSES:
        # The status is believed in nothing, but a paper that says custody and does not show why is a question.
        label = f"postHearingCustodyStatus: {status}"
        where = f"register/defendant:{entry.defendant.id}"
        urn = (entry.case_urn or "")[:LABEL_CHARS]
        lines = (ResultLine(case_urn=urn, offence_id=where, offence_code="", result_id=f"{where}/status", label=label, custody_status=status),)
    return CourtSnapshot(
        defendant_id=entry.defendant.id,
        hearing_id=entry.hearing.id,
        hearing_day=hearing_day,
        shared_at=shared_at,
        court_code=(entry.hearing.court_code or "")[:LABEL_CHARS],
        court_name=(entry.hearing.court_name or "")[:LABEL_CHARS],
        lines=lines,
        jurisdiction=entry.hearing.jurisdiction or "",
        document="register",
    )


def _lines(entry: Register) -> Iterator[ResultLine]:
    urn, status = (entry.case_urn or "")[:LABEL_CHARS], entry.defendant.post_hearing_custody_status
    for place, offences in (("", entry.offences), *((f"application/{n}/", each.offences) for n, each in enumerate(entry.court_applications))):
        for n, offence in enumerate(offences, start=1):
            code = (offence.code or "")[:LABEL_CHARS]
            where = f"register/{place}{code}/{offence.listing_number or n}"
            yield from lines_of_offence(urn, where, code, offence.results, convicted=offence.conviction_date is not None, status=status)
    on_none = (
        ("case", entry.case_results),
        (f"defendant:{entry.defendant.id}", entry.defendant.results),
        *((f"application:{each.reference or n}", each.results) for n, each in enumerate(entry.court_applications)),
    )
    for where, results in on_none:
        yield from lines_of_offence(urn, f"register/{where}", "", results, convicted=False, status=status)


def _person(defendant: RegisterDefendant, this_year: int) -> Person:
    ids: tuple[tuple[IdentifierType, str | None], ...] = (
        ("DEFENDANT_ID", defendant.id),
        ("MASTER_DEFENDANT_ID", defendant.master_defendant_id),
    )
    return Person(
        identifiers=tuple(sorted({found for kind, raw in ids if (found := identifier(kind, raw, this_year=this_year)) is not None})),
        last_name=(defendant.last_name or "").strip()[:_NAME_CHARS] or None,
        first_name=(defendant.first_name or "").strip()[:_NAME_CHARS] or None,
        date_of_birth=day(defendant.date_of_birth),
    )
