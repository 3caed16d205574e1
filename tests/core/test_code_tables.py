"""A code table that cannot be trusted is refused, and says where and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from holdfast.codes import (
    EDITIONS,
    AlertCodes,
    CodeTableError,
    CourtResults,
    ImmigrationRecordTypes,
    ImprisonmentStatuses,
    MovementReasons,
    RecallTypes,
    ReleaseDateTypes,
    court_results,
)
from holdfast.codes.coverage import LEFT_OUT_COLUMNS, left_out
from holdfast.codes.tables import read

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "# version: 1\n# effective_from: 2026-11-23\n# source: t = a test\n"
COURT = ",".join(CourtResults.COLUMNS)
TABLES = (CourtResults, MovementReasons, AlertCodes, ImprisonmentStatuses, RecallTypes, ReleaseDateTypes, ImmigrationRecordTypes)


def court(*rows: str, head: str = HEAD, columns: str = COURT) -> CourtResults:
    """A court result table of these rows."""
    return CourtResults(read("court.csv", head + "\n".join((columns, *rows)), CourtResults.COLUMNS))


def table(kind: str, *rows: str) -> object:
    """A table of this kind, of these rows."""
    if kind == "LeftOut":
        return left_out(read("left.csv", HEAD + "\n".join((",".join(LEFT_OUT_COLUMNS), *rows)), LEFT_OUT_COLUMNS))
    (made,) = [each for each in TABLES if each.__name__ == kind]
    return made(read("t.csv", HEAD + "\n".join((",".join(made.COLUMNS), *rows)), made.COLUMNS))


def test_a_table_says_which_edition_it_is() -> None:
    """Every table that ships names its version, its first day and its sources, so that a reading can be traced."""
    others = {"imprisonment-statuses", "recall-types", "release-date-types", "immigration-record-types"}
    assert set(EDITIONS) == {"court-results", "movement-reasons", "alert-codes"} | others
    assert {row.source for row in court_results()} == set(EDITIONS["court-results"].sources)
    assert all(edition.version >= 1 and edition.sources for edition in EDITIONS.values())


def test_a_sound_table_is_read() -> None:
    """A row is found by its type id, and by its code; a quoted comma is part of its cell."""
    table = court('ab,77,X,"Xylophone, confiscated",HOLD,REMAND,N,N,,,,because,t')
    assert table.classify("ab", None) == table.classify(None, "77")
    row = table.classify(None, "77")
    assert (row.meaning, row.ground) == ("Xylophone, confiscated", "REMAND")


def test_a_number_shared_with_what_is_silent_still_holds() -> None:
    """A life sentence that shares its number with a requirement is not made less of for sharing it."""
    row = court("a,77,,life,HOLD,SENTENCE,Y,Y,,,,r,t", "b,77,,m,SILENT,,N,N,,,,r,t").classify(None, "77")
    assert (row.meaning, row.indeterminate) == ("life", True)


def test_letters_that_two_movements_share_order_both_exits() -> None:
    """An order says no movement type: letters of two absences serve both, letters of a release only the release."""
    shared = table("MovementReasons", "TAP,ZZ,m,temporary_release,TEMPORARY,,N,,r,t", "CRT,ZZ,m,court,COURT,,N,,r,t")
    assert isinstance(shared, MovementReasons)
    assert shared.exits_of_order("ZZ") == {"temporary_release", "court"}


@pytest.mark.parametrize(
    ("rows", "line", "why", "mend"),
    [
        (["a,1,,m,HOLD,REMAND,N,N,,,,r,t", "a,2,,m,SILENT,,N,N,,,,r,t"], 6, "a is already on line 5", "leave one"),
        ([",1,,m,HOLD,REMAND,N,N,,,,r,t", ",1,,m,SILENT,,N,N,,,,r,t"], 6, "1 is already on line 5", "leave one"),
        (["a,1,,m,KEEP,,N,N,,,,r,t"], 5, "unknown effect 'KEEP'", "HOLD, CHECK"),
        (["a,1,,m,HOLD,,N,N,,,,r,t"], 5, "unknown ground ''", "SENTENCE"),
        (["a,1,,m,HOLD,REMANDED,N,N,,,,r,t"], 5, "unknown ground 'REMANDED'", "REMAND"),
        (["a,1,,m,HOLD,QUERY,N,N,,,,r,t"], 5, "ground QUERY of a HOLD", "CHECK"),
        (["a,1,,m,CHECK,REMAND,N,N,,,,r,t"], 5, "unknown ground 'REMAND'", "UNKNOWN_CODE"),
        (["a,1,,m,CLEAR,REMAND,Y,N,,,,r,t"], 5, "CLEAR with ground 'REMAND'", "leave it empty"),
        (["a,1,,m,SILENT,,maybe,N,,,,r,t"], 5, "final is 'maybe'", "write Y or N"),
        (["a,1,,m,HOLD,SENTENCE,Y,,,,,r,t"], 5, "indeterminate is ''", "write Y or N"),
        (["a,1,,m,HOLD,REMAND,Y,Y,,,,r,t"], 5, "indeterminate is Y", "SENTENCE or RECALL"),
        (["a,1,,m,SILENT,,N,Y,,,,r,t"], 5, "indeterminate is Y", "SENTENCE or RECALL"),
        (["a,1,,m,CLEAR,,Y,N,REMAND|WARRANT,,,r,t"], 5, "unknown ends 'WARRANT'", "WARRANT_OUTSTANDING"),
        (["a,1,,m,SILENT,,N,N,REMAND,,,r,t"], 5, "SILENT that ends 'REMAND'", "make it CLEAR"),
        (["a,1,,m,SILENT,,N,N,,CLEAR,,r,t"], 5, "SILENT that is 'CLEAR' once confirmed", "make it a CHECK"),
        (["a,1,,m,CHECK,CONTRADICTION,N,N,,HOLD,,r,t"], 5, "CHECK that is 'HOLD' once confirmed", "BAIL, CLEAR, NON_CUSTODIAL"),
        (["a,1,,m,CHECK,CONTRADICTION,N,N,,FREE,,r,t"], 5, "unknown confirmed 'FREE'", "CLEAR"),
        (["a,1,,m,HOLD,REMAND,N,N,,,IMMIGRATION,r,t"], 5, "HOLD that asks 'IMMIGRATION'", "make it a CHECK"),
        (["a,1,,m,CHECK,CONTRADICTION,N,N,,,COURT,r,t"], 5, "CHECK that asks 'COURT'", "asks IMMIGRATION"),
        (["a,1,,,SILENT,,N,N,,,,r,t"], 5, "meaning is empty", "fill it in"),
        (["a,1,,m,SILENT,,N,N,,,,,t"], 5, "reason is empty", "fill it in"),
        ([",,X,m,SILENT,,N,N,,,,r,t"], 5, "neither result_type_id nor cjs_code", "give one"),
        (["A,1,,m,SILENT,,N,N,,,,r,t"], 5, "result_type_id A in capitals", "small letters"),
        (["a,1 ,,m,SILENT,,N,N,,,,r,t"], 5, "space around a cell", "take it away"),
        (["a,1,,m,SILENT,,N,N,,,,r,rumour"], 5, "source 'rumour' is not named above", "# source:"),
        (["a,1,,m,SILENT,,N,N,,,,r"], 5, "12 cells", "write 13"),
        (["a,1,,m,SILENT,,N,N,,,,r,t", "", "b,2,,m,SILENT,,N,N,,,,r,t"], 6, "0 cells", "write 13"),
        (['a,1,,"m,SILENT,,N,N,,,,r,t'], 5, "unexpected end of data", "quotation mark"),
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
    ],
)
def test_a_table_that_does_not_say_what_it_is_is_refused(broken: Callable[[], object], why: str) -> None:
    """Without version, day, sources or the right columns nobody could say what was read."""
    with pytest.raises(CodeTableError) as refusal:
        broken()
    assert str(refusal.value).startswith(f"{why}; ")


@pytest.mark.parametrize(
    ("kind", "rows", "why"),
    [
        ("MovementReasons", ["REL,ZZ,m,release|roof,RELEASED,,N,,r,t"], "t.csv:5: unknown exit 'roof'"),
        ("MovementReasons", ["REL,ZZ,m,,RELEASED,,N,,r,t", "REL,ZZ,m,,STAYS,,N,,r,t"], "t.csv:6: REL ZZ is already on line 5"),
        ("MovementReasons", [",ZZ,m,,RELEASED,,N,,r,t"], "t.csv:5: movement_type is empty"),
        ("MovementReasons", ["REL,ZZ,m,,GONE,,N,,r,t"], "t.csv:5: unknown departure 'GONE'"),
        ("MovementReasons", ["ADM,ZZ,m,,STAYS,GUEST,N,,r,t"], "t.csv:5: unknown received_as 'GUEST'"),
        ("MovementReasons", ["ADM,ZZ,m,,STAYS,NOTHING,N,,r,t"], "t.csv:5: received_as is NOTHING"),
        ("MovementReasons", ["ADM,ZZ,m,,STAYS,UNKNOWN,N,,r,t"], "t.csv:5: received_as is UNKNOWN"),
        ("MovementReasons", ["REL,ZZ,m,,STAYS,RECALL,N,,r,t"], "t.csv:5: received_as RECALL of a movement REL"),
        ("MovementReasons", ["REL,ZZ,m,,RELEASED,,Y,,r,t"], "t.csv:5: administrative is Y"),
        ("MovementReasons", ["REL,ZZ,m,release,STAYS,,Y,,r,t"], "t.csv:5: administrative is Y"),
        ("MovementReasons", ["ADM,ZZ,m,,STAYS,RECALL,Y,,r,t"], "t.csv:5: administrative is Y"),
        ("MovementReasons", ["ADM,ZZ,m,,RELEASED,,N,,r,t"], "t.csv:5: an admission that is a departure RELEASED"),
        ("MovementReasons", ["REL,ZZ,m,,RELEASED,,N,PERHAPS,r,t"], "t.csv:5: unknown query 'PERHAPS'"),
        ("MovementReasons", ["REL,ZZ,m,,RELEASED,,N,,,t"], "t.csv:5: reason is empty"),
        ("AlertCodes", ["ZZ,m,HOLD,,,r"], "t.csv:5: unknown ground ''"),
        ("AlertCodes", ["ZZ,m,SILENT,,,r", "ZZ,m,SILENT,,,r"], "t.csv:6: ZZ is already on line 5"),
        ("ImprisonmentStatuses", ["ZZ,m,CLEAR,,N,r,t"], "t.csv:5: CLEAR by a status"),
        ("ImprisonmentStatuses", ["ZZ,m,BAIL,,N,r,t"], "t.csv:5: BAIL by a status"),
        ("ImprisonmentStatuses", ["ZZ,m,HOLD,REMAND,Y,r,t"], "t.csv:5: indeterminate is Y"),
        ("RecallTypes", ["ZZ,m,SILENT,,,r,t"], "t.csv:5: a recall that is SILENT"),
        ("RecallTypes", ["ZZ,m,HOLD,SENTENCE,,r,t"], "t.csv:5: a recall that is HOLD SENTENCE"),
        ("RecallTypes", ["ZZ,m,HOLD,RECALL,soon,r,t"], "t.csv:5: fixed_term_days is 'soon'"),
        ("RecallTypes", ["ZZ,m,HOLD,RECALL,0,r,t"], "t.csv:5: fixed_term_days is '0'"),
        ("RecallTypes", ["ZZ,m,HOLD,RECALL,١٤,r,t"], "t.csv:5: fixed_term_days is '١٤'"),
        ("ReleaseDateTypes", ["ZZ,m,SOON,r,t"], "t.csv:5: unknown kind 'SOON'"),
        ("ReleaseDateTypes", ["ZZ,m,UNKNOWN,r,t"], "t.csv:5: kind is UNKNOWN"),
        ("ReleaseDateTypes", ["ZZ,m,EXPIRY,r,t", "ZZ,m,EXPIRY,r,t"], "t.csv:6: ZZ is already on line 5"),
        ("ImmigrationRecordTypes", ["ZZ,m,HOLD,,r,t"], "t.csv:5: unknown ground ''"),
        ("LeftOut", ["court,ZZ,r,t"], "left.csv:5: unknown table 'court'"),
        ("LeftOut", ["alert-codes,XNR,r,t"], "left.csv:5: XNR has a row in alert-codes"),
        ("LeftOut", ["alert-codes,ZZ,,t"], "left.csv:5: reason is empty"),
        ("LeftOut", ["alert-codes,ZZ,r,t", "alert-codes,ZZ,r,t"], "left.csv:6: alert-codes ZZ is already on line 5"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(kind: str, rows: list[str], why: str) -> None:
    """Each kind of table says what its rows can be, and refuses any other by file and line."""
    with pytest.raises(CodeTableError) as refusal:
        table(kind, *rows)
    assert str(refusal.value).startswith(f"{why}; ")
