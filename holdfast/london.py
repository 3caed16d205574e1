"""Days in Europe/London: custody's dates are London dates, whatever the clocks did that night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_date(instant: datetime) -> date:
    """The date in London at `instant`."""
    return instant.astimezone(LONDON).date()


def day_starts(day: date) -> datetime:
    """The instant (UTC) at which `day` begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def day_ends(day: date) -> datetime:
    """The instant (UTC) at which `day` has ended in London: 23, 24 or 25 hours after it began; of the last day there is, its last instant."""
    return day_starts(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)
