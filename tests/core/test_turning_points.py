"""When time alone changes what gates are told, and how a release date is put into words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from holdfast.claims import Claim
from holdfast.release_dates import Due
from holdfast.status import due_at
from tests.core.telling import alert, dates, order, recall, received

FRIDAY, SATURDAY = date(2025, 11, 7), date(2025, 11, 8)


def midnight(day: date) -> datetime:
    """When a day of winter begins in London."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("claim", "instants"),
    [
        (order(day=FRIDAY), [midnight(FRIDAY), midnight(SATURDAY)]),
        (dates(crd=SATURDAY), [midnight(date(2025, 11, 5)), midnight(FRIDAY), midnight(SATURDAY)]),
        (alert(to=FRIDAY), [midnight(FRIDAY)]),
        (alert(), []),
        (order(day=None), []),
        (recall(), []),
        (received(), []),
    ],
)
def test_what_a_claim_says_changes_at_its_days_and_at_no_other_time(claim: Claim, instants: list[datetime]) -> None:
    """An order at either end of its day; a date when it may come, when it is kept and when it is; an alert at its end; nothing else ever."""
    found: list[datetime] = []
    at: datetime | None = midnight(date(2025, 11, 1))
    while at is not None and (at := due_at([claim], at)) is not None:
        found.append(at)
    assert found == instants


def test_the_first_of_several_is_due_and_what_is_now_is_not() -> None:
    """What turns at this very instant has been told already."""
    told = [order(day=SATURDAY), alert(to=FRIDAY)]
    assert due_at(told, midnight(date(2025, 11, 6))) == midnight(FRIDAY)
    assert due_at(told, midnight(FRIDAY)) == midnight(SATURDAY)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (Due(date=None, confirmed=True), "no release date is known"),
        (Due(date=FRIDAY, confirmed=True), "the confirmed release date is 7 Nov 2025"),
        (Due(date=FRIDAY, confirmed=False), "the unconfirmed release date is 7 Nov 2025"),
        (
            Due(date=SATURDAY, confirmed=True),
            "the confirmed release date is 8 Nov 2025, for release on 7 Nov 2025, the working day before",
        ),
    ],
)
def test_a_release_date_in_words(due: Due, words: str) -> None:
    """The date, whether it is confirmed, and the day that it is kept on if that is another."""
    assert due.words == words
