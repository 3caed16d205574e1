"""Terms of imprisonment, as court clerks enter them."""

from __future__ import annotations

import pytest

from services.intake.adaptors.hearing import Result
from services.intake.adaptors.terms import imprisonment_months, months, primary_months, suspended_months


def result(*prompts: tuple[str, str | None, str | None]) -> Result:
    """A result with prompts of these references, labels and values."""
    listed = [{"promptReference": reference, "label": label, "value": value} for reference, label, value in prompts]
    return Result.model_validate({"judicialResultId": "r", "judicialResultPrompts": listed})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 Months", 7),
        ("1 Years", 12),
        ("2 Years 3 Months", 27),
        ("4 Months 7 Weeks", 6),
        ("15 Days", 1),
        ("245 Days", 9),
        ("52 Weeks", 12),
        ("104 weeks", 24),
        ("1 year, 6 months and 1 day", 19),
        ("12 Hours", 1),
        ("0 Days", 0),
        ("7 M", 7),
        ("1 L", None),
        ("Life", None),
        ("7", None),
        ("7 Months or so", None),
        ("-7 Months", None),
        ("", None),
    ],
)
def test_months(text: str, expected: int | None) -> None:
    """A term is rounded up to months, and nothing is guessed of what is no term."""
    assert months(text) == expected


def test_term_split_over_prompts() -> None:
    """A term may be split over several answers to one question; the same answer twice is one."""
    split = result(("imprisonmentPeriod", None, "1 Years"), ("imprisonmentPeriod", None, "6 Months"), ("", "Imprisonment Period", "6 Months"))
    assert imprisonment_months(split) == 18


def test_labels_where_there_is_no_reference() -> None:
    """Older payloads have only the question's label."""
    assert imprisonment_months(result(("", "Custodial Period", "2 Years"))) == 24
    assert suspended_months(result(("", "Suspended period", "18 Months"))) == 18


def test_other_periods_are_no_term() -> None:
    """Periods of something else are not imprisonment."""
    assert imprisonment_months(result(("disqualificationPeriod", "Disqualification period", "4 Years"))) is None
    assert suspended_months(result(("supervisionPeriod", "Supervision period", "2 Years"))) is None


def test_life_has_no_months() -> None:
    """A life sentence has no term in months, which makes it none the shorter."""
    life = Result.model_validate({"judicialResultId": "r", "durationElement": {"primaryDurationUnit": "L", "primaryDurationValue": 1}})
    assert primary_months(life) is None
