"""Times on the command line: an instant with its offset, or a day in London."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from holdfast.london import day_ends, day_starts

LIKE = "2025-10-29T14:30:00Z"


def instant(text: str, *, or_day: bool = False) -> datetime:
    """An instant, in UTC. Raises UsageError for anything else: a time without an offset could be one of two. `or_day`: a day would have done too."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        days = f", nor a day in London, for example {LIKE[:10]}" if or_day else ""
        message = f"{text!r} is no instant with its offset from UTC, for example {LIKE}{days}"
        raise click.UsageError(message)
    return found.astimezone(UTC)


def day(text: str) -> tuple[datetime, datetime] | None:
    """The instants at which a day written YYYY-MM-DD begins and has ended in London; None if it is no day."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day_starts(found), day_ends(found)


def shown(at: datetime) -> str:
    """An instant as people read it, in UTC to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
