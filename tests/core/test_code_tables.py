"""A code table that cannot be trusted is refused, and says where and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdfast.codes import EDITIONS, AlertCodes, CodeTableError, CourtResults, MovementReasons, court_results
from holdfast.codes.tables import read

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "# version: 1\n# effective_from: 2026-11-23\n# source: t = a test\n"
COURT = ",".join(CourtResults.COLUMNS)
MOVEMENT = ",".join(MovementReasons.COLUMNS)
ALERT = ",".join(AlertCodes.COLUMNS)


def court(*rows: str, head: str = HEAD, columns: str = COURT) -> CourtResults:
    """A court result table of these rows."""
    return CourtResults(read("court.csv", head + "\n".join((columns, *rows)), CourtResults.COLUMNS))


def movements(*rows: str) -> MovementReasons:
    """A movement reason table of these rows."""
    return MovementReasons(read("movements.csv", HEAD + "\n".join((MOVEMENT, *rows)), MovementReasons.COLUMNS))


def alerts(*rows: str) -> AlertCodes:
    """An alert table of these rows."""
    return AlertCodes(read("alerts.csv", HEAD + "\n".join((ALERT, *rows)), AlertCodes.COLUMNS))


def test_a_table_says_which_edition_it_is() -> None:
    """Every table that ships names its version, its first day and its sources, so that a reading can be traced."""
    assert set(EDITIONS) == {"court-results", "movement-reasons", "alert-codes"}
    assert {row.source for row in court_results()} == set(EDITIONS["court-results"].sources)
    assert all(edition.version >= 1 and edition.sources for edition in EDITIONS.values())


def test_a_sound_table_is_read() -> None:
    """A row is found by its type id, and by its code; a quoted comma is part of its cell."""
    table = court('ab,77,X,"Xylophone, confiscated",HOLD,REMAND,N,because,t')
    assert table.classify("ab", None) == table.classify(None, "77")
    row = table.classify(None, "77")
    assert (row.meaning, row.ground) == ("Xylophone, confiscated", "REMAND")


@pytest.mark.parametrize(
    ("rows", "line", "why", "mend"),
    [
        (["a,1,,m,HOLD,REMAND,N,r,t", "a,2,,m,SILENT,,N,r,t"], 6, "a is already on line 5", "leave one"),
        ([",1,,m,HOLD,REMAND,N,r,t", ",1,,m,SILENT,,N,r,t"], 6, "1 is already on line 5", "leave one"),
        (["a,1,,m,KEEP,,N,r,t"], 5, "unknown effect 'KEEP'", "HOLD, CHECK"),
        (["a,1,,m,HOLD,,N,r,t"], 5, "unknown ground ''", "SENTENCE"),
        (["a,1,,m,HOLD,REMANDED,N,r,t"], 5, "unknown ground 'REMANDED'", "REMAND"),
        (["a,1,,m,HOLD,QUERY,N,r,t"], 5, "ground QUERY of a HOLD", "CHECK"),
        (["a,1,,m,CHECK,REMAND,N,r,t"], 5, "unknown ground 'REMAND'", "UNKNOWN_CODE"),
        (["a,1,,m,CLEAR,REMAND,Y,r,t"], 5, "CLEAR with ground 'REMAND'", "leave it empty"),
        (["a,1,,m,SILENT,,maybe,r,t"], 5, "final is 'maybe'", "write Y or N"),
        (["a,1,,,SILENT,,N,r,t"], 5, "meaning is empty", "fill it in"),
        (["a,1,,m,SILENT,,N,,t"], 5, "reason is empty", "fill it in"),
        ([",,X,m,SILENT,,N,r,t"], 5, "neither result_type_id nor cjs_code", "give one"),
        (["A,1,,m,SILENT,,N,r,t"], 5, "result_type_id A in capitals", "small letters"),
        (["a,1 ,,m,SILENT,,N,r,t"], 5, "space around a cell", "take it away"),
        (["a,1,,m,SILENT,,N,r,rumour"], 5, "source 'rumour' is not named above", "# source:"),
        (["a,1,,m,SILENT,,N,r"], 5, "8 cells", "write 9"),
        (["a,1,,m,SILENT,,N,r,t", "", "b,2,,m,SILENT,,N,r,t"], 6, "0 cells", "write 9"),
        (['a,1,,"m,SILENT,,N,r,t'], 5, "unexpected end of data", "quotation mark"),
    ],
)
def test_a_row_that_cannot_be_trusted_is_refused(rows: list[str], line: int, why: str, mend: str) -> None:
    """A table with a doubtful row is no table: the error names file, line, what is wrong and how to mend it."""
    with pytest.raises(CodeTableError) as refusal:
        court(*rows)
    assert str(refusal.value).startswith(f"court.csv:{line}: {why}; ")
    assert mend in str(refusal.value)
    assert (refusal.value.file, refusal.value.line) == ("court.csv", line)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda: court(head=""), "court.csv:1: no version or no effective_from"),
        (lambda: court(head=HEAD.replace(": 1", ": one")), "court.csv:1: no version or no effective_from"),
        (lambda: court(head=HEAD.replace("11-23", "11-31")), "court.csv:1: no version or no effective_from"),
        (lambda: court(head=HEAD.replace("source: t = a test", "by: us")), "court.csv:1: no source"),
        (lambda: court(head="# version: 2\n" + HEAD), "court.csv:2: 'version' is said twice"),
        (lambda: court(columns=COURT.replace("final", "last")), "court.csv:4: wrong columns"),
        (lambda: movements("REL,ZZ,m,release|roof,Y,t"), "movements.csv:5: unknown exit 'roof'"),
        (lambda: movements("REL,ZZ,m,,Y,t", "REL,ZZ,m,,N,t"), "movements.csv:6: REL ZZ is already on line 5"),
        (lambda: movements(",ZZ,m,,Y,t"), "movements.csv:5: movement_type is empty"),
        (lambda: alerts("ZZ,m,HOLD,,r"), "alerts.csv:5: unknown ground ''"),
        (lambda: alerts("ZZ,m,SILENT,,r", "ZZ,m,SILENT,,r"), "alerts.csv:6: ZZ is already on line 5"),
    ],
)
def test_a_table_that_does_not_say_what_it_is_is_refused(broken: Callable[[], object], why: str) -> None:
    """Without version, day, sources or the right columns nobody could say what was read."""
    with pytest.raises(CodeTableError) as refusal:
        broken()
    assert str(refusal.value).startswith(f"{why}; ")
