"""Immigration detention and recalls, as the Remand and Sentencing service answers about them.

Source: ministryofjustice/hmpps-remand-and-sentencing-api, `ImmigrationDetention.kt`, `ImmigrationDetentionService.kt`,
`ImmigrationDetentionRecordType.kt`, `recall/Recall.kt`. The service has no event for immigration detention: it is asked, or its answers are put on
the topic from time to time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from holdfast.claims import Claim, ImmigrationRecord, Recall
from holdfast.identifiers import identifier
from holdfast.subjects import subject_of
from services.intake.adaptors.opened import Opened, as_object, instant
from services.intake.adaptors.parts import LIST, Id, Number, Part, Teller, Words, fitted, listed, misfit, number_of, stated_day

_NOMIS = "NOMIS"
_STATUSES = frozenset({"ACTIVE", "DELETED"})


class DetentionPart(Part):
    """One immigration record. Only the service's own table has a status and `updatedAt`; its answers are of active records."""

    immigration_detention_uuid: Id
    court_appearance_uuid: Words = None
    prisoner_id: Number = None
    immigration_detention_record_type: Id
    record_date: Words = None
    home_office_reference_number: Words = None
    no_longer_of_interest_reason: Words = None
    status: Words = None
    status_id: Words = None
    created_at: Words = None
    updated_at: Words = None
    source: Words = None


def detentions(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Immigration records, raw types and all. Raises MisfitError."""
    return tuple(_detention(teller, fitted(DetentionPart, item, "an immigration record")) for item in listed(found))


def _detention(teller: Teller, part: DetentionPart) -> Claim:
    """Ordered as the service orders them: by record date, then by when the record was made.

    All of one person's records are one matter, whether or not they give a Home Office reference: that is how the service decides whether somebody is
    detained, and a record that ends detention has no reference. The reference stays on the record and on the person.

    A record that is edited keeps its `createdAt`: both versions then count until a later record, and the one that detains holds. And a record that
    came from NOMIS gets another uuid in every answer, so that it goes by its court appearance, which stays.
    """
    what = "an immigration record"
    number = number_of(part.prisoner_id, what)
    recorded_at = instant(part.updated_at) or instant(part.created_at)
    record_date = stated_day(part.record_date, "recordDate", what)
    if recorded_at is None or record_date is None:
        raise misfit(what, f"of {number} does not say when it was made and for which day")
    status = (part.status or part.status_id or "ACTIVE").upper()
    if status not in _STATUSES:
        raise misfit(what, f"of {number} has status {status[:20]!r}, which is neither ACTIVE nor DELETED")
    reference = identifier("HOREF", part.home_office_reference_number, this_year=teller.record.appended_at.year)
    by_appearance = part.source == _NOMIS and part.court_appearance_uuid
    body = ImmigrationRecord(
        immigration_detention_uuid=f"appearance/{part.court_appearance_uuid}" if by_appearance else part.immigration_detention_uuid,
        record_type=part.immigration_detention_record_type,
        record_date=record_date,
        home_office_reference=reference.value if reference else None,
        no_longer_of_interest_reason=part.no_longer_of_interest_reason,
        status=status,
    )
    matter = subject_of(replace(body, home_office_reference=None), teller.person(number))
    return teller.claim(body, teller.person(number, reference), occurred_at=recorded_at, recorded_at=recorded_at, subject=matter)


class CasePart(Part):
    """A court case whose sentence was recalled."""

    booking_id: Number = None


class RecallPart(Part):
    """One recall."""

    recall_uuid: Id
    prisoner_id: Number = None
    recall_type: Id
    revocation_date: Words = None
    created_at: Words = None
    court_cases: Annotated[tuple[CasePart, ...], LIST] = ()


class RecallsPart(Part):
    """All recalls of a person."""

    recalls: Annotated[tuple[object, ...], LIST] = ()


def recalls(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Recalls. One that is no longer listed is not thereby over: its own event says so. Raises MisfitError."""
    content = as_object(found.content)
    items = fitted(RecallsPart, content, "recalls").recalls if content is not None and "recalls" in content else listed(found)
    return tuple(_recall(teller, fitted(RecallPart, item, "a recall")) for item in items)


def _recall(teller: Teller, part: RecallPart) -> Claim:
    """As old as it was made, whenever it was asked for: a calculation that was made since may end it."""
    number = number_of(part.prisoner_id, "a recall")
    created = instant(part.created_at)
    recorded_at = teller.versioned(created)
    if recorded_at is None:
        raise misfit("a recall", f"of {number} does not say when it was made")
    bookings = {case.booking_id for case in part.court_cases if case.booking_id}
    body = Recall(
        booking_id=next(iter(bookings)) if len(bookings) == 1 else "",  # of none that can be told: then no calculation of one ends it
        recall_id=part.recall_uuid,
        recall_type=part.recall_type,
        revocation_date=stated_day(part.revocation_date, "revocationDate", "a recall"),
        status="ACTIVE",
    )
    return teller.claim(body, teller.person(number), occurred_at=created or recorded_at, recorded_at=recorded_at)
