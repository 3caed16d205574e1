"""Custody: the latest calculation of somebody's release dates, as the Calculate Release Dates service answers about it.

Source: ministryofjustice/calculate-release-dates-api, `LatestCalculation.kt`, `LatestCalculationService.kt`: the service's own latest confirmed
calculation, or NOMIS's where somebody calculated there since. Either is the one that the prison goes by, and so CONFIRMED; a preliminary one is never
answered.
"""

from __future__ import annotations

from typing import Annotated

from holdfast.claims import Claim, ReleaseDate, SentenceDates
from services.intake.adaptors.opened import Opened, local_instant
from services.intake.adaptors.parts import LIST, Id, Number, Part, Teller, Words, fitted, listed, misfit, number_of, stated_day

#: Stands where no date applies.
_NO_DATE = "None"


class DatePart(Part):
    """One date."""

    type: Id
    date: Words = None


class CalculationPart(Part):
    """One calculation. One made in NOMIS has no id here."""

    prisoner_id: Number = None
    booking_id: Id
    calculated_at: Words = None
    calculation_request_id: Words = None
    dates: Annotated[tuple[DatePart, ...], LIST] = ()


def calculations(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Calculations. Raises MisfitError."""
    return tuple(_calculation(teller, fitted(CalculationPart, item, "a calculation")) for item in listed(found))


def _calculation(teller: Teller, part: CalculationPart) -> Claim:
    """Its version is when it was made and never when it was answered: it knows of no sentence that came later."""
    number = number_of(part.prisoner_id, "a calculation")
    calculated_at = local_instant(part.calculated_at, earliest=True)
    if calculated_at is None:
        raise misfit("a calculation", f"of {number} does not say when it was made")
    stated = [(each.type, stated_day(each.date, "dates.date", "a calculation")) for each in part.dates if each.type != _NO_DATE]
    body = SentenceDates(
        booking_id=part.booking_id,
        sentence_calculation_id=part.calculation_request_id or f"NOMIS/{part.calculated_at}",
        calculation_status="CONFIRMED",
        dates=tuple(sorted(ReleaseDate(type=kind, date=date) for kind, date in stated if date is not None)),
    )
    return teller.claim(body, teller.person(number, teller.booking(part.booking_id)), occurred_at=calculated_at, recorded_at=calculated_at)
