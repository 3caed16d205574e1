"""Every way in which a source writes a time, and the instant that it becomes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.intake.adaptors.opened import day_instant, js_instant, local_instant


def utc(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("written", "later", "earlier"),
    [
        ("2026-08-14T10:30:15", utc(2026, 8, 14, 9, 30, 15), utc(2026, 8, 14, 9, 30, 15)),
        ("2026-01-14T10:30", utc(2026, 1, 14, 10, 30), utc(2026, 1, 14, 10, 30)),
        ("2026-08-14 10:30:15.123456789", utc(2026, 8, 14, 9, 30, 15, 123456), utc(2026, 8, 14, 9, 30, 15, 123456)),
        ("2026-10-25T00:59:59", utc(2026, 10, 24, 23, 59, 59), utc(2026, 10, 24, 23, 59, 59)),
        ("2026-10-25T01:30:00", utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:00:00", utc(2026, 10, 25, 2), utc(2026, 10, 25, 2)),
        ("2026-03-29T01:30:00", utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 0, 30)),
        ("2022-11-02T00:39:05.0709360Z", utc(2022, 11, 2, 0, 39, 5, 70936), utc(2022, 11, 2, 0, 39, 5, 70936)),
    ],
)
def test_londons_wall_clock(written: str, later: datetime, earlier: datetime) -> None:
    """A time without an offset is London's; in the hour that happens twice there are two readings, in the one that does not happen as well."""
    assert local_instant(written) == later
    assert local_instant(written, earliest=True) == earlier


@pytest.mark.parametrize("written", [None, 5, "", "2026-08-14", "2026-02-30T10:00:00", "2026-08-14T25:00:00", "9999-12-31T23:59:59", "noon"])
def test_no_local_time(written: object) -> None:
    """What is no time, or no time of ours, is none."""
    assert local_instant(written) is None


def test_a_date_alone() -> None:
    """A date begins and ends at London's midnight, in summer an hour before UTC's; the night the clocks change has 25 hours."""
    assert day_instant("2026-08-14") == utc(2026, 8, 13, 23)
    assert day_instant("2026-08-14", end=True) == utc(2026, 8, 14, 23)
    assert day_instant("2026-10-25") == utc(2026, 10, 24, 23)
    assert day_instant("2026-10-25", end=True) == utc(2026, 10, 26)
    assert [day_instant(raw) for raw in ("2026-02-30", "9999-12-31", "0001-01-01", None)] == [None] * 4


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Fri Feb 26 2016 09:24:20 GMT+0000 (GMT)", utc(2016, 2, 26, 9, 24, 20)),
        ("Fri Aug 14 2026 00:24:20 GMT+0100 (British Summer Time)", utc(2026, 8, 13, 23, 24, 20)),
        ("Fri Aug 14 2026 00:24:20 GMT+0100", utc(2026, 8, 13, 23, 24, 20)),
        ("1970-01-11T16:30:23.234Z", utc(1970, 1, 11, 16, 30, 23, 234000)),
        ("Fri Foo 14 2026 00:24:20 GMT+0100", None),
        ("Fri Feb 30 2026 00:24:20 GMT+0000", None),
        ("Fri Aug 14 2026 00:24:20", None),
        (None, None),
    ],
)
def test_what_javascript_prints(written: object, meant: datetime | None) -> None:
    """A date as JavaScript prints it counts with its offset, whatever it calls the zone."""
    assert js_instant(written) == meant
