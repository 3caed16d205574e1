"""On which day somebody leaves whose date falls on a weekend, a bank holiday or the day before one. England and Wales.

Criminal Justice Act 1961 s.23(3): who would be discharged on a Saturday, a Sunday, Christmas Day, Good Friday or a bank holiday is discharged on the
last day before that is none of them; a Saturday moves only who serves more than five days. Our reading: it is so for every sentence, whatever the
type of its date. s.23(3B) to (3D), put there by the Offenders (Day of Release from Detention) Act 2023: where the day after that working day is none,
as with every Friday, the Secretary of State may direct either of the last two eligible working days before it, those followed by a working day.

Holidays are a table and not a rule: see docs/adr/0008-holidays-are-data.md. Outside its years `HolidaysUnknownError` is raised, and the caller takes
the date as it stands: both rules only ever bring a date forward, so that holds for a few days longer and frees nobody early.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from holdfast.codes.tables import Edition, Line, Table
from holdfast.limits.tables import day, shipped

#: S.I. 2023/1329 reg.2 brought s.23(3B) to (3D) into force on this day.
EARLIER_DAY_FROM = date(2023, 12, 12)

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_DECEMBER, _CHRISTMAS, _BOXING_DAY = 12, 25, 26
_HOLIDAYS_OF_A_YEAR = 8


class HolidaysUnknownError(ValueError):
    """A day is outside the years of bank holidays that are known. `str()` names it, and how to mend it."""

    def __init__(self, unknown: date, years: Collection[int]) -> None:
        super().__init__(
            f"the bank holidays around {unknown} are not known, only those of {min(years)} to {max(years)}; "
            f"add every one of {unknown.year} to holdfast/limits/bank-holidays.csv"
        )
        self.day = unknown


class Standing(StrEnum):
    """Whether a holiday has been published, or follows from the rule by which they are and may yet be moved."""

    PUBLISHED = "PUBLISHED"
    BY_RULE = "BY_RULE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holiday:
    """One bank holiday or public holiday, on the day on which it is kept."""

    day: date
    name: str
    standing: Standing


class BankHolidays:
    """The bank holidays of whole years, without a gap between the years."""

    FILE = "bank-holidays.csv"
    COLUMNS = ("day", "name", "standing", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self.holidays = tuple(self._holiday(line) for line in table.lines)
        self._days = frozenset(holiday.day for holiday in self.holidays)
        self._years = _whole_years(table)

    @staticmethod
    def _holiday(line: Line) -> Holiday:
        return Holiday(day=day(line, "day"), name=line.filled("name"), standing=line.member("standing", Standing))

    def working(self, of: date, *, five_days_or_less: bool = False) -> bool:
        """Whether s.23(3) lets somebody be discharged on this day. Raises `HolidaysUnknownError`."""
        if of.year not in self._years:
            raise HolidaysUnknownError(of, self._years)
        if of in self._days or of.weekday() == _SUNDAY:
            return False
        if of.weekday() != _SATURDAY:
            return True
        # Where these fall on a Saturday, the table has only the Monday that is kept for them, but nobody is discharged on the day itself either.
        festive = of.month == _DECEMBER and of.day in {_CHRISTMAS, _BOXING_DAY}
        return five_days_or_less and not festive

    def release_day(self, due: date, *, five_days_or_less: bool) -> date:
        """See the function of this name."""
        while not self.working(due, five_days_or_less=five_days_or_less):
            due -= _DAY
        return due

    def earliest_release_day(self, due: date, *, five_days_or_less: bool) -> date:
        """See the function of this name."""
        last = self.release_day(due, five_days_or_less=five_days_or_less)
        if last < EARLIER_DAY_FROM or not self.working(last) or self._eligible(last):
            return last
        return self._eligible_before(self._eligible_before(last))

    def _eligible(self, of: date) -> bool:
        return self.working(of) and self.working(of + _DAY)

    def _eligible_before(self, of: date) -> date:
        of -= _DAY
        while not self._eligible(of):
            of -= _DAY
        return of


def _whole_years(table: Table) -> range:
    found: dict[int, int] = {}
    for line in table.lines:
        year = day(line, "day").year
        found[year] = found.get(year, 0) + 1
        if found[year] == 1 and len(found) > 1 and year - 1 not in found:
            line.refuse(f"no holiday of {year - 1}", "give every year between the first and the last")
    for line in table.lines:
        year = day(line, "day").year
        if found[year] < _HOLIDAYS_OF_A_YEAR:
            line.refuse(f"{found[year]} holidays in {year}", f"give all of them, {_HOLIDAYS_OF_A_YEAR} at least")
    return range(min(found, default=0), max(found, default=-1) + 1)


_HOLIDAYS = BankHolidays(shipped(BankHolidays.FILE, BankHolidays.COLUMNS, lambda line: (line["day"],)))
EDITIONS: dict[str, Edition] = {"bank-holidays": _HOLIDAYS.edition}


def bank_holidays() -> tuple[Holiday, ...]:
    """Every row of the table, in the order of the days."""
    return _HOLIDAYS.holidays


def release_day(due: date, *, five_days_or_less: bool = False) -> date:
    """The day on which somebody must be released whose date is this one: the same, or the last one before that is a working day.

    `five_days_or_less`: that is what he serves, and a Saturday does not move him. Raises `HolidaysUnknownError`.
    """
    return _HOLIDAYS.release_day(due, five_days_or_less=five_days_or_less)


def earliest_release_day(due: date, *, five_days_or_less: bool = False) -> date:
    """The first day on which somebody may be released whose date is this one, if the Secretary of State so directs.

    The direction is his choice, one for each prisoner, and nothing here says that it was given. Raises `HolidaysUnknownError`.
    """
    return _HOLIDAYS.earliest_release_day(due, five_days_or_less=five_days_or_less)
