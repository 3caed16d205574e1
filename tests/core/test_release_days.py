"""On which day somebody leaves whose date falls on a weekend, a bank holiday, or before one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.codes.tables import CodeTableError, read
from holdfast.limits import HolidaysUnknownError, Standing, bank_holidays, earliest_release_day, release_day
from holdfast.limits.release_days import BankHolidays

HEAD = "# version: 1\n# effective_from: 2026-11-23\n# source: t = a test\n"
KEPT = {holiday.day for holiday in bank_holidays()}
DAY = timedelta(days=1)
known_days = st.dates(date(2015, 1, 6), date(2030, 12, 30))


def open_day(of: date) -> bool:
    """Whether a day is neither at the weekend nor a bank holiday."""
    return of.weekday() < 5 and of not in KEPT


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_agrees_with_a_library() -> None:
    """Every weekday that a well-kept library calls a holiday in England is in the table, and no other."""
    library = holidays.country_holidays("GB", subdiv="ENG", years=range(2015, 2031))
    assert {day for day in library if day.weekday() < 5} == KEPT


def test_one_off_days_are_there() -> None:
    """The moved May day, the jubilee, the funeral and the coronation follow from no rule and are in the table."""
    one_off = {date(2020, 5, 8), date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)}
    assert one_off <= KEPT
    assert not KEPT & {date(2020, 5, 4), date(2022, 5, 30)}


def test_what_is_only_expected_says_so() -> None:
    """Days from the rule are marked, and none of them comes before a published one."""
    last = max(holiday.day for holiday in bank_holidays() if holiday.standing is Standing.PUBLISHED)
    assert {holiday.standing for holiday in bank_holidays() if holiday.day > last} == {Standing.BY_RULE}


def year(of: int, days: int = 8) -> Sequence[str]:
    """So many holidays of a year."""
    return [f"{of}-05-0{number},A day,PUBLISHED,t" for number in range(1, days + 1)]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*year(2024), *year(2026)], "no holiday of 2025"),
        ([*year(2024), *year(2025, 7)], "7 holidays in 2025"),
        ([*year(2024, 7), *year(2025)], "7 holidays in 2024"),
        (["2024-02-30,A day,PUBLISHED,t"], "day is '2024-02-30'"),
        (["2024-05-01,,PUBLISHED,t"], "name is empty"),
    ],
)
def test_a_table_with_a_gap_is_refused(rows: Sequence[str], says: str) -> None:
    """A year that is missing or not whole would read as a year without holidays."""
    columns = BankHolidays.COLUMNS
    with pytest.raises(CodeTableError, match=r"days\.csv") as refused:
        BankHolidays(read("days.csv", HEAD + "\n".join((",".join(columns), *rows)), columns))
    assert says in str(refused.value)


# --- release days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "released", "earliest"),
    [
        pytest.param("2026-11-24", "2026-11-24", "2026-11-24", id="a Tuesday"),
        pytest.param("2026-11-27", "2026-11-27", "2026-11-25", id="a Friday"),
        pytest.param("2026-11-28", "2026-11-27", "2026-11-25", id="a Saturday"),
        pytest.param("2026-11-29", "2026-11-27", "2026-11-25", id="a Sunday"),
        pytest.param("2026-12-25", "2026-12-24", "2026-12-22", id="Christmas Day"),
        pytest.param("2026-12-28", "2026-12-24", "2026-12-22", id="the Monday kept for Boxing Day"),
        pytest.param("2027-01-01", "2026-12-31", "2026-12-29", id="New Year's Day"),
        pytest.param("2026-12-30", "2026-12-30", "2026-12-30", id="between Christmas and New Year"),
        pytest.param("2026-04-03", "2026-04-02", "2026-03-31", id="Good Friday"),
        pytest.param("2026-04-06", "2026-04-02", "2026-03-31", id="Easter Monday"),
        pytest.param("2026-05-01", "2026-05-01", "2026-04-29", id="a Friday before a bank holiday Monday"),
        pytest.param("2026-05-04", "2026-05-01", "2026-04-29", id="a bank holiday Monday"),
        pytest.param("2022-06-03", "2022-06-01", "2022-06-01", id="a jubilee, before the Act of 2023"),
        pytest.param("2023-12-08", "2023-12-08", "2023-12-08", id="the last Friday before the Act of 2023"),
        pytest.param("2023-12-15", "2023-12-15", "2023-12-13", id="the first Friday under the Act of 2023"),
    ],
)
def test_examples(due: str, released: str, earliest: str) -> None:
    """Weekends and holidays bring a release forward; a day before one may be brought forward by two eligible days more."""
    assert release_day(date.fromisoformat(due)) == date.fromisoformat(released)
    assert earliest_release_day(date.fromisoformat(due)) == date.fromisoformat(earliest)


@pytest.mark.parametrize(
    ("due", "released"),
    [
        ("2026-11-28", "2026-11-28"),
        ("2026-11-29", "2026-11-28"),
        ("2026-07-25", "2026-07-25"),
        ("2026-12-26", "2026-12-24"),
        ("2027-12-25", "2027-12-24"),
        ("2027-12-26", "2027-12-24"),
    ],
)
def test_a_saturday_does_not_move_who_serves_five_days(due: str, released: str) -> None:
    """Who serves five days or less is discharged on a Saturday, unless it is Christmas Day or Boxing Day, and is not brought forward further."""
    assert release_day(date.fromisoformat(due), five_days_or_less=True) == date.fromisoformat(released)
    if date.fromisoformat(released).weekday() == 5:
        assert earliest_release_day(date.fromisoformat(due), five_days_or_less=True) == date.fromisoformat(released)


@given(due=known_days)
def test_the_release_day_is_the_last_open_day(due: date) -> None:
    """It is never later than the date, never closed, the same if asked again, and no open day lies between."""
    released = release_day(due)
    assert released <= due
    assert open_day(released)
    assert release_day(released) == released
    assert not any(open_day(released + DAY * number) for number in range(1, (due - released).days + 1))


@given(due=known_days)
def test_the_earliest_day_is_at_most_two_eligible_days_before(due: date) -> None:
    """It is an open day, the same if asked again, and moves only before a closed day: by exactly two days that an open one follows."""
    released, earliest = release_day(due), earliest_release_day(due)
    assert open_day(earliest)
    assert earliest_release_day(earliest) == earliest
    between = [earliest + DAY * number for number in range((released - earliest).days)]
    eligible = [day for day in between if open_day(day) and open_day(day + DAY)]
    moved = released >= date(2023, 12, 12) and not open_day(released + DAY)
    assert len(eligible) == (2 if moved else 0)
    assert bool(between) == moved


@given(due=known_days)
def test_who_serves_five_days_leaves_no_earlier_than_others(due: date) -> None:
    """Fewer days are closed to a short sentence, so it never ends before a longer one with the same date."""
    assert release_day(due) <= release_day(due, five_days_or_less=True) <= due


@pytest.mark.parametrize("due", [date(2014, 12, 31), date(2015, 1, 1), date(2031, 1, 1), date.max])
def test_outside_the_known_years_nothing_is_guessed(due: date) -> None:
    """A day whose holidays are not known raises, and says which year to add where."""
    with pytest.raises(HolidaysUnknownError, match=r"add every one of \d+ to holdfast/limits/bank-holidays\.csv"):
        release_day(due)


def test_the_day_after_must_be_known_too() -> None:
    """Whether New Year's Eve is followed by a holiday is not known in the last year of the table."""
    assert release_day(date(2030, 12, 31)) == date(2030, 12, 31)
    with pytest.raises(HolidaysUnknownError) as unknown:
        earliest_release_day(date(2030, 12, 31))
    assert unknown.value.day == date(2031, 1, 1)
