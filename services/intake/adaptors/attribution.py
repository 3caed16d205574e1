"""Whose each result and each offence of a hearing is: every place of the payload where they sit, sorted by defendant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from holdfast.claims import Alias, Identifier, IdentifierType, ListedOffence, Person
from holdfast.identifiers import identifier
from services.intake.adaptors.hearing import Application, Defendant, Hearing, MasterDefendant, Offence, OtherName, ProsecutionCase, Result
from services.intake.adaptors.opened import day

_NAME_CHARS = 100
_CODE_CHARS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One result and the offence it is on; `offence_id` is `defendant:<id>` or `application:<id>` where it is on none."""

    case_urn: str
    offence_id: str
    offence_code: str
    result: Result
    convicted: bool


@dataclass(kw_only=True, slots=True)
class Attributed:
    """A hearing by defendant id.

    `listed` is what it was about, by offence id, with or without a result. `nobodys` are results whose defendant the payload does not tell;
    `impossible_births` the dates of birth that are no day.
    """

    people: dict[str, Person] = field(default_factory=dict[str, Person])
    placed: dict[str, list[Placed]] = field(default_factory=dict[str, list[Placed]])
    listed: dict[str, dict[str, ListedOffence]] = field(default_factory=dict[str, dict[str, ListedOffence]])
    nobodys: list[Placed] = field(default_factory=list[Placed])
    impossible_births: dict[str, str] = field(default_factory=dict[str, str])


def attribute(hearing: Hearing, this_year: int) -> Attributed:
    """Sort the results of `hearing`; those marked as deleted are left out. `this_year` tells the century of a short PNC."""
    sorting = _Sorting(hearing=hearing, this_year=this_year)
    for case, defendant in sorting.present:
        sorting.defendant(case, defendant)
    sorting.over_all_cases()
    for application in hearing.court_applications:
        sorting.application(application)
    return sorting.found


@dataclass(kw_only=True, slots=True)
class _Sorting:
    hearing: Hearing
    this_year: int
    found: Attributed = field(default_factory=Attributed)

    @property
    def present(self) -> list[tuple[ProsecutionCase, Defendant]]:
        """Every defendant of every case of the hearing."""
        return [(case, defendant) for case in self.hearing.prosecution_cases for defendant in case.defendants]

    def defendant(self, case: ProsecutionCase, defendant: Defendant) -> None:
        """A defendant's offences, and what is on the defendant alone."""
        self._meet(defendant.id, defendant.master_defendant_id, defendant)
        for offence in defendant.offences:
            self._list(defendant.id, case.reference, offence)
            for result in offence.judicial_results:
                self._place(defendant.id, _on_offence(result, case.reference, offence))
        for result in (*defendant.judicial_results, *defendant.defendant_case_judicial_results):
            self._place(defendant.id, _on_defendant(result, case, defendant))

    def over_all_cases(self) -> None:
        """A person's results in all cases: to the defendant named, else to whose offence it is, else to every defendant who is that person."""
        for entry in self.hearing.defendant_judicial_results:
            result = entry.judicial_result
            named = [pair for pair in self.present if pair[1].id == entry.defendant_id]
            master_id = entry.master_defendant_id
            same = [pair for pair in self.present if master_id and master_id in {pair[1].master_defendant_id, pair[1].id}]
            owns = [pair for pair in same if result.offence_id in {offence.id for offence in pair[1].offences}]
            whose = named or owns or same
            for case, defendant in whose:
                self._place(defendant.id, _on_defendant(result, case, defendant))
            if not whose:
                self._place(None, _placed(result, "", result.offence_id or f"person:{master_id}"))

    def application(self, application: Application) -> None:
        """Results of an application, and of the offences that it brings back: to its subject."""
        whose = _subject(application)
        for case_id, urn, heard in _heard(application):
            defendant_id = None if whose is None else self._defendant_of(whose, case_id)
            if whose is not None and defendant_id is not None:
                self._meet(defendant_id, whose.master_defendant_id, whose)
            if isinstance(heard, Placed):
                self._place(defendant_id, heard)
                continue
            if defendant_id is not None:
                self._list(defendant_id, urn, heard)
            for result in heard.judicial_results:
                self._place(defendant_id, _on_offence(result, urn, heard))

    def _defendant_of(self, whose: MasterDefendant, case_id: str | None) -> str:
        """Which defendant a person is in a case; where the payload does not tell, the first that it does name, so that every share chooses alike."""
        in_case = [entry.defendant_id for entry in whose.defendant_case if case_id is not None and entry.case_id == case_id]
        anywhere = [entry.defendant_id for entry in whose.defendant_case]
        here = [defendant.id for _, defendant in self.present if defendant.master_defendant_id == whose.master_defendant_id]
        return min(in_case or anywhere or here or [whose.master_defendant_id])

    def _place(self, defendant_id: str | None, placed: Placed) -> None:
        if placed.result.is_deleted:
            return
        (self.found.nobodys if defendant_id is None else self.found.placed[defendant_id]).append(placed)

    def _list(self, defendant_id: str, case_urn: str, offence: Offence) -> None:
        listed = self.found.listed.setdefault(defendant_id, {})
        first = listed.get(offence.id) or ListedOffence(
            case_urn=case_urn[:_CODE_CHARS], offence_id=offence.id, offence_code=(offence.offence_code or "")[:_CODE_CHARS]
        )
        listed[offence.id] = replace(first, convicted=first.convicted or offence.convicted)

    def _meet(self, defendant_id: str, master_id: str | None, who: Defendant | MasterDefendant) -> None:
        details = who.details
        ids: tuple[tuple[IdentifierType, str | None], ...] = (
            ("DEFENDANT_ID", defendant_id),
            *(("DEFENDANT_ID", other) for other in _in_other_cases(who)),
            ("MASTER_DEFENDANT_ID", master_id),
            ("PNC", who.pnc_id),
            ("CRO", who.cro_number),
        )
        identifiers = {found for kind, raw in ids if (found := identifier(kind, raw, this_year=self.this_year)) is not None}
        known = self.found.people.get(defendant_id, Person())
        born = details.date_of_birth if details else None
        if born and day(born) is None:
            self.found.impossible_births[defendant_id] = born[:_NAME_CHARS]
        self.found.placed.setdefault(defendant_id, [])
        self.found.people[defendant_id] = Person(
            identifiers=_sorted(identifiers | set(known.identifiers)),
            last_name=known.last_name or _name(details.last_name if details else None),
            first_name=known.first_name or _name(details.first_name if details else None),
            date_of_birth=known.date_of_birth or day(born),
            aliases=tuple(sorted({*known.aliases, *_aliases(who.aliases)})),
        )


def _in_other_cases(who: Defendant | MasterDefendant) -> Iterator[str]:
    """Which other defendants the court says that a person is."""
    if isinstance(who, MasterDefendant):
        yield from (entry.defendant_id for entry in who.defendant_case)


def _heard(application: Application) -> Iterator[tuple[str | None, str, Placed | Offence]]:
    """Every result of an application and every offence that it brings back, each with the case it belongs to: its id, and what people call it by."""
    cases = application.court_application_cases
    case_id = cases[0].prosecution_case_id if cases else None
    reference = (cases[0].urn if cases else None) or application.application_reference or ""
    for result in application.judicial_results:
        on_itself = result.offence_id in {None, application.id}
        offence_id = f"application:{application.id}" if on_itself else result.offence_id
        yield case_id, reference, _placed(result, reference, offence_id or "")
    for case in cases:
        for offence in case.offences:
            yield case.prosecution_case_id, case.urn or reference, offence
    for again in application.court_order.court_order_offences if application.court_order else ():
        yield again.prosecution_case_id, again.urn or reference, again.offence


def _subject(application: Application) -> MasterDefendant | None:
    """Whom an application is about: its subject, else the only defendant among applicant and respondents."""
    subject = application.subject
    if subject is not None and subject.master_defendant is not None:
        return subject.master_defendant
    if subject is not None and subject.id is not None and subject.person_details is not None:
        # Not charged with anything, as in a warrant of further detention: known by name, and by his number as a party.
        return MasterDefendant.model_construct(master_defendant_id=subject.id, details=subject.person_details)
    parties = [party for party in (application.applicant, *application.respondents) if party]
    people = {party.master_defendant.master_defendant_id: party.master_defendant for party in parties if party.master_defendant}
    return next(iter(people.values())) if len(people) == 1 else None


def _on_defendant(result: Result, case: ProsecutionCase, defendant: Defendant) -> Placed:
    """A result that is listed under the defendant: on the offence that it says it was drawn from, else on none."""
    drawn_from = next((offence for offence in defendant.offences if offence.id == result.offence_id), None)
    if drawn_from is not None:
        return _on_offence(result, case.reference, drawn_from)
    return _placed(result, case.reference, result.offence_id or f"defendant:{defendant.id}")


def _on_offence(result: Result, case_urn: str, offence: Offence) -> Placed:
    return Placed(
        case_urn=case_urn,
        offence_id=offence.id,
        offence_code=offence.offence_code or "",
        result=result,
        convicted=offence.convicted or result.is_convicted_result,
    )


def _placed(result: Result, case_urn: str, offence_id: str) -> Placed:
    return Placed(case_urn=case_urn, offence_id=offence_id, offence_code="", result=result, convicted=result.is_convicted_result)


def _aliases(names: tuple[OtherName, ...]) -> Iterator[Alias]:
    for name in names:
        if (last_name := _name(name.last_name)) is not None:
            yield Alias(last_name=last_name, first_name=_name(name.first_name) or "")


def _sorted(identifiers: set[Identifier]) -> tuple[Identifier, ...]:
    return tuple(sorted(identifiers))


def _name(raw: str | None) -> str | None:
    return (raw or "").strip()[:_NAME_CHARS] or None
