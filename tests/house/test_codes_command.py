"""`holdfast codes`: what it prints, and when it says that something is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.codes import EDITIONS
from services.__main__ import holdfast
from services.cli.errors import TroubleError

LISTS = Path(__file__).parents[3] / "shared" / "gazetteer-data"
ALERTS = "type,code,description\nX,XNR,Not For Release\n"


def _run(*words: str) -> Result:
    return CliRunner().invoke(holdfast, ["codes", *words], terminal_width=200)


def _told(*words: str) -> Any:
    done = _run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def _trouble(*words: str) -> str:
    done = _run(*words)
    assert isinstance(done.exception, TroubleError), done.output
    return str(done.exception)


def test_coverage_counts_every_table() -> None:
    """Without any list at hand: each table, its version, and how many codes hold, clear, do neither or ask."""
    tables = _told("coverage")["tables"]
    assert [table["table"] for table in tables] == list(EDITIONS)
    for table in tables:
        assert table["HOLD"] + table["CLEAR"] + table["NOT-A-HOLD"] + table["CHECK"] == table["codes"]
        assert table["version"] == EDITIONS[table["table"]].version


def test_coverage_in_words_shows_the_same_counts() -> None:
    """The table for people has a line per table, and names what is left out."""
    shown = _run("coverage", "--table", "recall-types")
    assert shown.exit_code == 0
    (line,) = [line for line in shown.output.splitlines() if "recall-types" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == ["recall-types", "1", "2026-11-24", "8", "8", "0", "0", "0"]
    assert "left out of" not in shown.output
    assert "left out of court-results: " in _run("coverage").output


def test_rows_have_a_reason_each() -> None:
    """A line per row: seven cells, the last of which says why."""
    lines = [line.split("\t") for line in _run("coverage", "--rows").output.splitlines()]
    assert {len(cells) for cells in lines} == {7}
    assert all(cells[6] for cells in lines)
    assert ["alert-codes", "XNR", "HOLD", "NOT_FOR_RELEASE", "Not For Release", "", "custody says so in as many words"] in lines
    assert "LEFT-OUT" in {cells[2] for cells in lines}


def test_rows_for_machines_are_asked_for() -> None:
    """JSON has the rows only with --rows, and of one table with --table."""
    assert "rows" not in _told("coverage", "--table", "alert-codes")["tables"][0]
    (table,) = _told("coverage", "--table", "alert-codes", "--rows")["tables"]
    assert len(table["rows"]) == table["codes"]


def test_a_list_that_is_read_whole_proves_it(tmp_path: Path) -> None:
    """Every code of the list has a row: that is said, and the status is 0."""
    (tmp_path / "alert-codes.csv").write_text("code,description\nXNR,Not For Release\n", encoding="utf-8-sig")
    done = _run("coverage", "--against", str(tmp_path))
    assert done.exit_code == 0, done.exception
    assert "alert-codes.csv: 1 codes, 1 read by alert-codes, 0 left out, 0 missing" in done.output
    (compared,) = _told("coverage", "--against", str(tmp_path))["against"]
    assert (compared["codes"], compared["missing"]) == (1, [])


@pytest.mark.parametrize("form", [[], ["--json"], ["--rows"]])
def test_a_code_without_a_row_is_named(tmp_path: Path, form: list[str]) -> None:
    """However the counts are shown, a list with a new code ends in trouble, and the code is in the output."""
    (tmp_path / "alert-codes.csv").write_text(ALERTS + "X,XNEW,Brand new\n")
    done = _run("coverage", "--against", str(tmp_path), *form)
    assert isinstance(done.exception, TroubleError)
    assert "1 codes" in str(done.exception)
    assert "XNEW" in done.output


def test_only_the_table_asked_for_is_compared(tmp_path: Path) -> None:
    """With --table a list for another table is not looked at."""
    (tmp_path / "alert-codes.csv").write_text(ALERTS + "X,XNEW,Brand new\n")
    (tmp_path / "imprisonment-statuses.csv").write_text("status,description\nSENT,Sentenced\n")
    assert _run("coverage", "--against", str(tmp_path), "--table", "imprisonment-statuses").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("alert-codes.csv", b"type,description\nX,y\n", "alert-codes.csv:1: no column code"),
        ("movement-reasons.csv", b"movementType,reasonCode\nREL\n", "movement-reasons.csv:2: no reasonCode"),
        ("alert-codes.csv", b"", "alert-codes.csv:1: no column code"),
        ("alert-codes.csv", b"code\n\xff\n", "cannot be read as CSV in UTF-8"),
        ("alert-codes.csv", b'code\n"XNR\n', "cannot be read as CSV in UTF-8"),
        ("other.csv", b"code\nXNR\n", "which table other.csv belongs to"),
        ("codes.txt", b"code\nXNR\n", "has no list of codes to compare"),
    ],
)
def test_a_list_that_cannot_be_read_is_no_proof(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """A wrong column, a short line, no text, a stranger or nothing at all: trouble that names it, never a proof."""
    (tmp_path / name).write_bytes(content)
    assert why in _trouble("coverage", "--against", str(tmp_path))


def test_an_endless_list_is_refused(tmp_path: Path) -> None:
    """Every input has a limit."""
    (tmp_path / "alert-codes.csv").write_text("code\n" + "XNR\n" * 100_000)
    assert "longer than 100000 lines" in _trouble("coverage", "--against", str(tmp_path))


def test_show_tells_what_a_code_is_read_as() -> None:
    """By number, by letters, in small letters: every row that it can mean, with its reason and what else it does."""
    (row,) = _told("show", "xnr")
    assert (row["table"], row["effect"], row["ground"], row["reason"]) == (
        "alert-codes",
        "HOLD",
        "NOT_FOR_RELEASE",
        "custody says so in as many words",
    )
    assert [row["code"] for row in _told("show", "CE")] == ["REL CE", "CRT CE"]
    shown = _run("show", "REL MRG")
    assert "administrative" in shown.output
    assert "nobody left" in shown.output


def test_show_says_how_a_shared_number_is_read_alone() -> None:
    """1002 is prison for a month and prison for life: without a type id it holds, and a date can end it."""
    assert "1002 without a type id is read as HOLD SENTENCE: Imprisonment." in _run("show", "1002").output
    assert "without a type id" not in _run("show", "1003").output


def test_show_of_a_code_that_is_left_out_says_why() -> None:
    """A placeholder is told apart from a code that nobody knows."""
    (left,) = _told("show", "94d6e432-4114-11ea-b77f-2e728ce88125")
    assert (left["standing"], "placeholder" in left["reason"]) == ("LEFT-OUT", True)
    assert "placeholder" in _run("show", "94d6e432-4114-11ea-b77f-2e728ce88125").output


def test_show_of_an_unknown_code_is_trouble() -> None:
    """It says what would happen if somebody sent it."""
    assert "UNKNOWN_CODE" in _trouble("show", "NOSUCH")


@pytest.mark.skipif(not LISTS.is_dir(), reason="the lists of codes are not at hand")
def test_every_code_of_the_upstream_systems_is_covered() -> None:
    """The lists read from upstream's own repositories, whole: nothing missing, the placeholders left out with a reason."""
    compared = _told("coverage", "--against", str(LISTS))["against"]
    assert {each["file"]: each["codes"] for each in compared} == {
        "alert-codes.csv": 213,
        "cp-result-definitions-observed-in-messages.csv": 681,
        "cp-result-definitions.csv": 543,
        "imprisonment-statuses.csv": 172,
        "movement-reasons.csv": 176,
        "nomis-offence-result-codes.csv": 426,
    }
    assert not [each for each in compared if each["missing"]]
    assert sum(len(each["left_out"]) for each in compared) == 17
