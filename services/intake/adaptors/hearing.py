"""The parts of a Common Platform hearing that Holdfast reads.

Sources: hmcts/cpp-context-results, `public.events.hearing.hearing-resulted.json`; hmcts/cpp-context-hearing and hmcts/service-cp-crime-results-pcr,
test payloads. Strict about what decides (ids, lists of results, `isDeleted`); everything else may be missing. Unknown fields are ignored.

HMPPS passes a hearing on without the ids of its results (ministryofjustice/court-hearing-event-receiver, model `JudicialResults`): validated with the
context `A_COPY`, a result is told by what it says instead.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel

from holdfast.identifiers import normal_id


def _as_id(raw: object) -> object:
    return normal_id(raw) if isinstance(raw, str) else raw


def _as_words(raw: object) -> str | None:
    return str(raw) if isinstance(raw, str | int | float) else None


def _as_list(raw: object) -> object:
    return () if raw is None else raw


def _objects(raw: object) -> object:
    return tuple(each for each in cast("list[object]", raw) if isinstance(each, dict)) if isinstance(raw, list) else ()


#: An id: never blank, so that two strangers never share one.
Id = Annotated[str, StringConstraints(min_length=1, max_length=100), BeforeValidator(_as_id)]
#: A code, an instant or a day that decides: text, or the record does not fit.
Code = Annotated[str, StringConstraints(max_length=100)]
#: Words for people, and answers that may be anything: what is no text or number counts as missing.
Words = Annotated[str | None, BeforeValidator(_as_words)]
#: Whether something is said to be so: only the plain truth counts.
Truth = Annotated[bool, BeforeValidator(lambda raw: raw is True)]  # pyright: ignore[reportUnknownLambdaType]  # whatever JSON holds
#: Goes before a tuple: null is an empty list.
LIST = BeforeValidator(_as_list)
#: Goes before a tuple of what decides nothing: what is no object counts as missing.
OBJECTS = BeforeValidator(_objects)
#: Validation context of a hearing that was passed on without the ids of its results.
A_COPY = "copy"


class Part(BaseModel):
    """One object of the payload: fields as Python names, camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, coerce_numbers_to_str=True)


class Prompt(Part):
    """One answer that the court clerk gave for a result."""

    prompt_reference: Words = None
    label: Words = None
    value: Words = None


class Duration(Part):
    """The result's durations as the court's system summed them: primary is the term, secondary what it is suspended for."""

    primary_duration_unit: Words = None
    primary_duration_value: Words = None
    secondary_duration_unit: Words = None
    secondary_duration_value: Words = None


class NextHearing(Part):
    """When the case is back in court: an instant, or only a week."""

    listed_start_date_time: Words = None
    week_commencing_date: Words = None


class Answered(Part):
    """What a court clerk was asked about a result, and answered."""

    judicial_result_prompts: Annotated[tuple[Prompt, ...], LIST] = ()


class Result(Answered):
    """One judicial result. `offence_id` is set where a defendant's result was drawn from one of his offences."""

    judicial_result_id: Id
    judicial_result_type_id: Code | None = None
    cjs_code: Code | None = None
    label: Words = None
    offence_id: Id | None = None
    ordered_date: Words = None
    is_deleted: StrictBool | None = None
    post_hearing_custody_status: Words = None
    is_convicted_result: Truth = False
    amendment_reason: Words = None
    amendment_date: Words = None
    duration_element: Duration | None = None
    next_hearing: NextHearing | None = None

    @model_validator(mode="before")
    @classmethod
    def _told_by_what_it_says(cls, raw: object, info: ValidationInfo) -> object:
        if info.context != A_COPY or not isinstance(raw, dict) or "judicialResultId" in raw:
            return cast("object", raw)
        result = cast("dict[str, Any]", raw)
        said = (result.get("judicialResultTypeId") or result.get("label"), result.get("orderedDate"))
        return result | {"judicialResultId": "/".join([A_COPY, *(str(each)[:40] for each in said if each)])}

    @property
    def amendment(self) -> str:
        """Why the court changed the result, and on which day; empty where it does not say that it did."""
        return ", ".join(filter(None, (self.amendment_reason, self.amendment_date)))


Results = Annotated[tuple[Result, ...], LIST]


class Offence(Part):
    """One offence with its results."""

    id: Id
    offence_code: Words = None
    conviction_date: Words = None
    judicial_results: Results = ()

    @property
    def convicted(self) -> bool:
        """The court has convicted of it, by its day or by a result that says so."""
        return self.conviction_date is not None or any(result.is_convicted_result for result in self.judicial_results if not result.is_deleted)


Offences = Annotated[tuple[Offence, ...], LIST]


class PersonDetails(Part):
    """Who the defendant is, where the defendant is a person."""

    first_name: Words = None
    last_name: Words = None
    date_of_birth: Words = None


class OtherName(Part):
    """Another name of a defendant. A company's is of no use here."""

    first_name: Words = None
    last_name: Words = None


OtherNames = Annotated[tuple[OtherName, ...], OBJECTS]


class Defendant(Part):
    """One defendant in one case. Results that are no single offence's hang on the defendant."""

    id: Id
    master_defendant_id: Id | None = None
    pnc_id: Words = None
    cro_number: Words = None
    details: PersonDetails | None = Field(default=None, validation_alias=AliasPath("personDefendant", "personDetails"))
    aliases: OtherNames = ()
    offences: Offences = ()
    judicial_results: Results = ()
    defendant_case_judicial_results: Results = ()


class ProsecutionCase(Part):
    """One case. `id` is what applications cite."""

    id: Id | None = None
    urn: Words = Field(default=None, validation_alias=AliasPath("prosecutionCaseIdentifier", "caseURN"))
    authority_reference: Words = Field(default=None, validation_alias=AliasPath("prosecutionCaseIdentifier", "prosecutionAuthorityReference"))
    defendants: Annotated[tuple[Defendant, ...], LIST] = ()

    @property
    def reference(self) -> str:
        """What people call the case by."""
        return self.urn or self.authority_reference or ""


class DefendantCase(Part):
    """Which defendant a person is in one case."""

    case_id: Id | None = None
    defendant_id: Id


class MasterDefendant(Part):
    """A person as the court knows them across cases."""

    master_defendant_id: Id
    defendant_case: Annotated[tuple[DefendantCase, ...], LIST] = ()
    pnc_id: Words = None
    cro_number: Words = None
    details: PersonDetails | None = Field(default=None, validation_alias=AliasPath("personDefendant", "personDetails"))
    aliases: OtherNames = ()


class Party(Part):
    """Subject, applicant or respondent of an application: a defendant, or somebody who is none. `id` is the party's own."""

    id: Id | None = None
    person_details: PersonDetails | None = None
    master_defendant: MasterDefendant | None = None


class OrderOffence(Part):
    """An offence for which an order was once made, dealt with again."""

    offence: Offence
    prosecution_case_id: Id | None = None
    urn: Words = Field(default=None, validation_alias=AliasPath("prosecutionCaseIdentifier", "caseURN"))


class CourtOrder(Part):
    """The order that an application is about."""

    court_order_offences: Annotated[tuple[OrderOffence, ...], LIST] = ()


class ApplicationCase(Part):
    """A case that an application belongs to."""

    prosecution_case_id: Id | None = None
    urn: Words = Field(default=None, validation_alias=AliasPath("prosecutionCaseIdentifier", "caseURN"))
    offences: Offences = ()


class Application(Part):
    """One application to the court, for example that an order was breached. Custody may be decided here and nowhere else."""

    id: Id
    application_reference: Words = None
    subject: Party | None = None
    applicant: Party | None = None
    respondents: Annotated[tuple[Party, ...], LIST] = ()
    judicial_results: Results = ()
    court_application_cases: Annotated[tuple[ApplicationCase, ...], LIST] = ()
    court_order: CourtOrder | None = None


class DefendantResult(Part):
    """A result of a person over the whole hearing."""

    master_defendant_id: Id | None = None
    defendant_id: Id | None = None
    judicial_result: Result


class CourtCentre(Part):
    """Which court."""

    id: Words = None
    code: Words = None
    name: Words = None


class HearingDay(Part):
    """One day on which the hearing sits."""

    sitting_day: Words = None
    is_cancelled: StrictBool | None = None


class Hearing(Part):
    """A hearing with everything that was decided in it."""

    id: Id
    jurisdiction_type: Words = None
    court_centre: CourtCentre | None = None
    hearing_days: Annotated[tuple[HearingDay, ...], LIST] = ()
    prosecution_cases: Annotated[tuple[ProsecutionCase, ...], LIST] = ()
    court_applications: Annotated[tuple[Application, ...], LIST] = ()
    defendant_judicial_results: Annotated[tuple[DefendantResult, ...], LIST] = ()


class HearingResulted(Part):
    """`public.events.hearing.hearing-resulted`: a hearing as shared at one instant. The older `public.hearing-resulted` has no `hearingDay`."""

    hearing: Hearing
    shared_time: Code
    hearing_day: Code | None = None
