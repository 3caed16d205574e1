"""Days in London, in summer, in winter and on the nights between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.london import day_ends, day_starts, london_date


@pytest.mark.parametrize(
    ("day", "starts", "hours"),
    [
        (date(2025, 1, 15), datetime(2025, 1, 15, tzinfo=UTC), 24),
        (date(2025, 7, 15), datetime(2025, 7, 14, 23, tzinfo=UTC), 24),
        (date(2025, 3, 30), datetime(2025, 3, 30, tzinfo=UTC), 23),
        (date(2025, 10, 26), datetime(2025, 10, 25, 23, tzinfo=UTC), 25),
    ],
)
def test_when_a_day_begins_and_ends(day: date, starts: datetime, hours: int) -> None:
    """Midnight in London is 23:00 UTC in summer, and the two days of the clock change have 23 and 25 hours."""
    assert (day_starts(day), day_ends(day)) == (starts, starts + timedelta(hours=hours))
    assert day_starts(day).tzinfo is day_ends(day).tzinfo is UTC


def test_an_instant_is_of_the_day_that_london_has() -> None:
    """Half an hour before midnight UTC it is the next day in London in summer, and not in winter."""
    assert london_date(datetime(2025, 7, 14, 23, 30, tzinfo=UTC)) == date(2025, 7, 15)
    assert london_date(datetime(2025, 1, 14, 23, 30, tzinfo=UTC)) == date(2025, 1, 14)


def test_the_last_day_there_is_has_an_end() -> None:
    """A sentinel of 9999-12-31 is a date like any other: it stops nobody's fold."""
    assert day_ends(date.max) == datetime.max.replace(tzinfo=UTC)
