"""The facts of law for plausibility: what may be suspended, what magistrates may impose, and the longest term for an offence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.codes.tables import CodeTableError, Line, read
from holdfast.limits import EDITIONS, Custody, Triable, longest_term, magistrates_limit, offence_limits, suspendable
from holdfast.limits.courts import Magistrates, Suspendable
from holdfast.limits.offences import OffenceMaxima
from holdfast.limits.release_days import BankHolidays
from holdfast.limits.tables import ordered

Key = Callable[[Line], Sequence[str]]

HEAD = "# version: 1\n# effective_from: 2026-11-23\n# source: t = a test\n"
TABLES: dict[str, tuple[Sequence[str], Key]] = {
    Suspendable.FILE: (Suspendable.COLUMNS, lambda line: (line["kind"], line["convicted_from"])),
    Magistrates.FILE: (Magistrates.COLUMNS, lambda line: (line["convicted_from"],)),
    OffenceMaxima.FILE: (OffenceMaxima.COLUMNS, lambda line: (line["offence_code"],)),
    BankHolidays.FILE: (BankHolidays.COLUMNS, lambda line: (line["day"],)),
}
#: The offences of the upstream payloads that we have, and the longest term of each in months.
SEEN_UPSTREAM = {
    "CA03010": 0,
    "CA03011": 0,
    "CA03012": 0,
    "CA03013": 0,
    "OF61102C": 60,
    "OF61131": 60,
    "PS90015": 0,
    "RC86355": 0,
    "RC86360": 0,
    "TH68001": 84,
    "TH68013A": 84,
    "TH68023": None,
    "TW01046": 0,
}


def maxima(*rows: str) -> OffenceMaxima:
    """A table of longest terms with these rows."""
    columns = OffenceMaxima.COLUMNS
    table = read("maxima.csv", HEAD + "\n".join((",".join(columns), *rows)), columns)
    return OffenceMaxima(ordered(table, lambda line: (line["offence_code"],)))


# --- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", TABLES)
def test_rows_are_sorted_unique_and_sourced(file: str) -> None:
    """Each table that ships has every row once, in the order of its key, with a source that its head explains and uses."""
    columns, key = TABLES[file]
    table = read(file, resources.files("holdfast.limits").joinpath(file).read_text("utf-8"), columns)
    keys = [tuple(key(line)) for line in table.lines]
    assert keys == sorted(set(keys))
    assert {line["source"] for line in table.lines} == set(table.edition.sources)


def test_a_table_says_which_edition_it_is() -> None:
    """Every table here names its version, so that a judgement can be traced to it."""
    assert set(EDITIONS) == {"suspendable", "magistrates-limits", "offence-maxima", "bank-holidays"}
    assert all(edition.version >= 1 and edition.sources for edition in EDITIONS.values())


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            ("TH68010,Theft,84,EITHER_WAY,an Act,t", "TH68001,Theft,84,EITHER_WAY,an Act,t"),
            "maxima.csv:6: TH68001 comes after TH68010; sort the rows",
        ),
        (("TH68001,Theft,84,EITHER_WAY,an Act,t",) * 2, "TH68001 is already on line 5"),
        (("TH68001A,Attempt,84,EITHER_WAY,an Act,t",), "offence_code 'TH68001A'"),
        (("th68001,Theft,84,EITHER_WAY,an Act,t",), "offence_code 'th68001'"),
        (("TH68001,Theft,7y,EITHER_WAY,an Act,t",), "longest_months is '7y'"),
        (("TH68001,Theft,-84,EITHER_WAY,an Act,t",), "longest_months is '-84'"),
        (("TH68001,Theft,84,SOMETIMES,an Act,t",), "unknown triable 'SOMETIMES'"),
        (("TH68001,Theft,84,EITHER_WAY,,t",), "statute is empty"),
        (("TH68001,Theft,84,EITHER_WAY,an Act,hearsay",), "source 'hearsay' is not named above"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused(rows: Sequence[str], says: str) -> None:
    """A row out of order, twice, of part of an offence, or with a cell nobody can read is refused with its line and how to mend it."""
    with pytest.raises(CodeTableError, match=r"maxima\.csv") as refused:
        maxima(*rows)
    assert says in str(refused.value)


def test_a_day_is_written_in_full() -> None:
    """A limit from a day that is none is refused."""
    columns = Magistrates.COLUMNS
    table = read("courts.csv", HEAD + ",".join(columns) + "\n22 March,6,6,6,12,because,t", columns)
    with pytest.raises(CodeTableError, match="convicted_from is '22 March'"):
        Magistrates(table)


# --- suspended sentences ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Custody)
@pytest.mark.parametrize(
    ("hearing_day", "convicted", "longest"),
    [
        (date(2025, 11, 3), None, 24),
        (date(2026, 3, 21), None, 24),
        (date(2026, 3, 22), None, 36),
        (date(2026, 11, 23), date(2026, 3, 21), 24),
        (date(2026, 11, 23), date(2026, 3, 22), 36),
    ],
)
def test_what_can_be_suspended(kind: Custody, hearing_day: date, convicted: date | None, longest: int) -> None:
    """Two years can be suspended; three for who is convicted on 22 March 2026 or later, or may have been."""
    limit = suspendable(kind, hearing_day, convicted)
    assert (limit.shortest_days, limit.longest_months, limit.longest_operational_months) == (14, longest, longest)


def test_forty_five_months_can_never_be_suspended() -> None:
    """A court that recorded 45 months as suspended is queried under every law there was."""
    assert all(suspendable(kind, day).longest_months < 45 for kind in Custody for day in (date.min, date(2025, 9, 1), date.max))


def test_the_most_generous_of_every_column_counts() -> None:
    """Where the day of conviction is not known, the shortest and the longest term may come from different rows."""
    rows = ("IMPRISONMENT,2020-01-01,14,24,36,because,t", "IMPRISONMENT,2021-01-01,28,36,24,because,t")
    table = read("courts.csv", HEAD + "\n".join((",".join(Suspendable.COLUMNS), *rows)), Suspendable.COLUMNS)
    limit = Suspendable(table).limit(Custody.IMPRISONMENT, date(2022, 1, 1), None)
    assert (limit.shortest_days, limit.longest_months, limit.longest_operational_months) == (14, 36, 36)


# --- magistrates' courts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hearing_day", "convicted", "either_way"),
    [
        (date(2022, 5, 1), None, 6),
        (date(2022, 5, 2), None, 12),
        (date(2022, 6, 1), date(2022, 5, 1), 6),
        (date(2023, 3, 30), date(2023, 3, 29), 12),
        (date(2023, 3, 30), date(2023, 3, 30), 6),
        (date(2023, 3, 30), None, 12),
        (date(2024, 11, 18), date(2024, 11, 17), 6),
        (date(2024, 11, 18), date(2024, 11, 18), 12),
    ],
)
def test_one_either_way_offence_before_magistrates(hearing_day: date, convicted: date | None, either_way: int) -> None:
    """The limit went up, down and up again by day of conviction; where that is not known the higher one that is possible counts."""
    assert magistrates_limit(hearing_day, convicted).either_way_months == either_way


@given(hearing_day=st.dates(), before=st.integers(0, 4000))
def test_not_knowing_the_conviction_never_accuses(hearing_day: date, before: int) -> None:
    """What is allowed for some day of conviction is allowed where that day is not known."""
    convicted = max(hearing_day, date.min + timedelta(before)) - timedelta(before)
    known, unknown = magistrates_limit(hearing_day, convicted), magistrates_limit(hearing_day)
    assert known.either_way_months <= unknown.either_way_months
    assert (known.summary_months, unknown.summary_months) == (6, 6)
    assert (known.aggregate_summary_months, known.aggregate_months) == (6, 12)
    for kind in Custody:
        assert suspendable(kind, hearing_day, convicted).longest_months <= suspendable(kind, hearing_day).longest_months


# --- offences ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SEEN_UPSTREAM)
def test_every_offence_seen_upstream_is_known(code: str) -> None:
    """The offences of the real payloads that we have are in the table, or follow from one that is."""
    limit = longest_term(code)
    assert limit is not None
    assert limit.longest_months == SEEN_UPSTREAM[code]


def test_nobody_goes_to_prison_over_a_television() -> None:
    """A real payload sentences somebody for a television licence (CA03012), for which a fine is all that there is."""
    limit = longest_term("CA03012")
    assert limit is not None
    assert limit.fine_only
    assert limit.allows(0)
    assert not limit.allows(1)


@pytest.mark.parametrize(
    ("code", "months", "triable"),
    [
        ("TH68010", 84, Triable.EITHER_WAY),
        ("TH68026", 168, Triable.EITHER_WAY),
        ("TH68027", 120, Triable.EITHER_WAY),
        ("CJ88001", 6, Triable.SUMMARY),
        ("OF61102", 60, Triable.EITHER_WAY),
        ("OF61017", None, Triable.INDICTABLE),
        ("CJ88149", 24, Triable.EITHER_WAY),
        ("FA06001", 120, Triable.EITHER_WAY),
        ("MD71231", None, Triable.EITHER_WAY),
        ("MD71530", 60, Triable.EITHER_WAY),
        ("PU86003", 36, Triable.EITHER_WAY),
        ("PU86149", 0, Triable.SUMMARY),
        ("CA03005", 6, Triable.SUMMARY),
        ("RT88333", 6, Triable.SUMMARY),
        ("RT88500", None, Triable.INDICTABLE),
        ("SX03007", 120, Triable.EITHER_WAY),
        ("BA76001", 12, Triable.SUMMARY),
        ("IM71132", 60, Triable.EITHER_WAY),
    ],
)
def test_longest_terms(code: str, months: int | None, triable: Triable) -> None:
    """Well-known maxima, one of each kind."""
    limit = longest_term(code)
    assert limit is not None
    assert (limit.longest_months, limit.triable) == (months, triable)
    assert limit.allows(months if months is not None else 12_000)
    assert months is None or not limit.allows(months + 1)


@pytest.mark.parametrize(("letter", "triable"), [("A", Triable.SUMMARY), ("B", Triable.SUMMARY), ("C", Triable.INDICTABLE), ("E", Triable.SUMMARY)])
def test_an_attempt_has_the_term_of_the_offence(letter: str, triable: Triable) -> None:
    """Attempting, aiding, conspiring and encouraging have the term of the whole offence, and say by which Act."""
    whole, part = longest_term("TH68050"), longest_term(f" th68050{letter.lower()} ")
    assert whole is not None
    assert part is not None
    assert (part.offence_code, part.longest_months, part.triable) == (f"TH68050{letter}", 6, triable)
    assert part.statute.endswith(f"with {whole.statute}")


@pytest.mark.parametrize("code", ["", "ZI26000", "TH68050I", "TH68050AC", "ZZ99999A", "TH6805"])
def test_what_is_not_known_is_not_guessed(code: str) -> None:
    """An offence that the table does not have, or a suffix that means something else, has no limit."""
    assert longest_term(code) is None


def test_nothing_tried_only_by_magistrates_exceeds_their_longest() -> None:
    """Twelve months (51 weeks, or bail) is the most for a summary offence; a longer one is a slip in the table."""
    summary = [limit for limit in offence_limits() if limit.triable is Triable.SUMMARY]
    assert summary
    assert all(limit.allows(0) and not limit.allows(13) for limit in summary)
    assert all(not limit.fine_only for limit in offence_limits() if limit.triable is Triable.INDICTABLE)
