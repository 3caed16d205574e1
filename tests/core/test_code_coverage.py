"""How much of other people's codes the tables read, and what a list of codes has that they lack."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from holdfast.codes import (
    EDITIONS,
    CodeTableError,
    Effect,
    classify,
    classify_alert,
    classify_imprisonment_status,
    classify_movement,
    court_results,
    movement_reasons,
)
from holdfast.codes.coverage import SHAPES, Standing, compare, covered, left_out, standing

ROWS = covered()
LISTS = Path(__file__).parents[3] / "shared" / "gazetteer-data"

at_hand = pytest.mark.skipif(not LISTS.is_dir(), reason="the lists of codes are not at hand")


def lines_of(name: str) -> list[tuple[int, dict[str, str]]]:
    """One list of codes, its lines numbered from the first below the heading."""
    with (LISTS / name).open(encoding="utf-8", newline="") as opened:
        return list(enumerate(csv.DictReader(opened), start=2))


@pytest.mark.parametrize(
    ("effect", "sorted_as"),
    [
        (Effect.HOLD, "HOLD"),
        (Effect.CHECK, "CHECK"),
        (Effect.CLEAR, "CLEAR"),
        (Effect.SILENT, "NOT-A-HOLD"),
        (Effect.SUSPENDED, "NOT-A-HOLD"),
        (Effect.BAIL, "NOT-A-HOLD"),
        (Effect.NON_CUSTODIAL, "NOT-A-HOLD"),
    ],
)
def test_an_effect_is_sorted_as_a_clerk_would(effect: Effect, sorted_as: str) -> None:
    """Bail, a fine and a suspended sentence do not hold, and only what ends something clears."""
    assert standing(effect) is Standing(sorted_as)


def test_every_table_is_covered_row_by_row() -> None:
    """No row is left out of the count, none is counted twice, and each says why it is read so."""
    counts = Counter(row.table for row in ROWS)
    assert set(counts) == set(EDITIONS)
    assert (counts["court-results"], counts["movement-reasons"]) == (len(court_results()), len(movement_reasons()))
    assert all(row.row.reason and row.row.meaning for row in ROWS)


def test_a_question_is_never_the_rule() -> None:
    """A table that only asks would be no reading: in each, questions are fewer than answers."""
    for table in EDITIONS:
        of_table = [row for row in ROWS if row.table == table]
        assert 2 * sum(row.standing is Standing.CHECK for row in of_table) < len(of_table)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("d0a369c9-5a28-40ec-99cb-da7943550b18", [("court-results", "4028")]),
        ("XNR", [("alert-codes", "XNR")]),
        ("xnr", [("alert-codes", "XNR")]),
        ("rel ce", [("movement-reasons", "REL CE")]),
        ("CE", [("movement-reasons", "REL CE"), ("movement-reasons", "CRT CE")]),
        ("Tariff", [("release-date-types", "Tariff")]),
        ("FTR_14", [("recall-types", "FTR_14")]),
        ("NOSUCH", []),
    ],
)
def test_a_row_is_found_by_whatever_it_is_called(name: str, rows: list[tuple[str, str]]) -> None:
    """A type id, a code in any letters, a movement with or without its type: all that it can mean is shown."""
    assert [(row.table, row.row.code) for row in ROWS if row.called(name)] == rows


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("MLI", ("final", "indeterminate")),
        ("WWDN", ("ends only WARRANT_OUTSTANDING",)),
        ("5503", ("final", "ends only IMMIGRATION_DETENTION and DEPORTATION")),
        ("DISCH", ("CLEAR once two people confirmed it",)),
        ("XLDEPORT", ("answered by IMMIGRATION",)),
        ("REL DD", ("order for immigration_transfer", "order for removal", "departure HANDED_OVER")),
        ("ADM L", ("received as RECALL",)),
        ("REL MRG", ("departure STAYS", "administrative")),
        ("FTR_28", ("28 days",)),
        ("PED", ("kind ELIGIBILITY",)),
        ("LR_IPP", ("indeterminate",)),
    ],
)
def test_a_row_says_what_else_it_does(name: str, more: tuple[str, ...]) -> None:
    """Beside the effect a reader sees exits, departures, terms and whether a date ends it."""
    assert [row.more for row in ROWS if row.called(name)] == [more]


def test_a_list_with_a_new_code_is_found_out() -> None:
    """A code that no table has is named by the line it is on; the rest of the list is read."""
    found = compare(SHAPES["alert-codes.csv"], [(2, {"code": "XNR", "description": "x"}), (3, {"code": "XNEW", "description": "new"})])
    assert (found.codes, found.left_out) == (2, ())
    assert [(each.line, each.code, each.description) for each in found.missing] == [(3, "XNEW", "new")]


def test_a_movement_is_looked_up_with_its_type() -> None:
    """The letters of a release do not read an admission of the same letters."""
    lines = [(2, {"movementType": "REL", "reasonCode": "CR"}), (3, {"movementType": "ADM", "reasonCode": "CR"})]
    assert [each.code for each in compare(SHAPES["movement-reasons.csv"], lines).missing] == ["ADM CR"]


def test_a_short_code_reads_nothing() -> None:
    """Results are looked up by type id and number; a short code that a table happens to have is no proof."""
    found = compare(SHAPES["nomis-offence-result-codes.csv"], [(2, {"resultCode": "yoi"}), (3, {"resultCode": "1024"})])
    assert [each.code for each in found.missing] == ["yoi"]


@pytest.mark.parametrize("code", ["MERGE", "1024", "D0A369C9-5A28-40EC-99CB-DA7943550B18"])
def test_a_result_is_looked_up_as_the_rules_do(code: str) -> None:
    """A number with letters is in capitals, and a type id may be."""
    assert compare(SHAPES["nomis-offence-result-codes.csv"], [(2, {"resultCode": code})]).missing == ()


def test_what_one_table_leaves_out_another_may_miss() -> None:
    """A placeholder among results is no excuse for a status of the same name."""
    found = compare(SHAPES["imprisonment-statuses.csv"], [(2, {"status": left_out()[0].code})])
    assert (len(found.missing), found.left_out) == (1, ())


def test_what_is_left_out_on_purpose_is_not_missing() -> None:
    """A placeholder of a test message is told apart from a code that was forgotten, and says why."""
    left = left_out()[0]
    found = compare(SHAPES["cp-result-definitions.csv"], [(2, {"judicialResultTypeId": left.code})])
    assert (found.codes, found.missing, found.left_out) == (1, (), (left,))


def test_what_is_left_out_is_a_question_if_it_is_ever_sent() -> None:
    """Left out does not mean let through."""
    assert {classify(left.code, None).ground for left in left_out()} == {"UNKNOWN_CODE"}


@pytest.mark.parametrize("line", [{"code": ""}, {"code": " "}, {"code": None}, {}])
def test_a_line_without_a_code_is_refused(line: dict[str, str]) -> None:
    """A list that cannot be read is no proof: the error names file and line."""
    with pytest.raises(CodeTableError, match=r"alert-codes\.csv:7: no code"):
        compare(SHAPES["alert-codes.csv"], [(7, line)])


@at_hand
@pytest.mark.parametrize("name", list(SHAPES))
def test_every_code_of_the_upstream_systems_is_read(name: str) -> None:
    """Each code in the lists that were read from upstream's own repositories has a row, or is left out with a reason."""
    found = compare(SHAPES[name], lines_of(name))
    assert found.missing == ()
    assert found.codes > 100
    assert not found.left_out or name == "cp-result-definitions-observed-in-messages.csv"


@at_hand
def test_no_code_of_the_upstream_systems_is_unknown() -> None:
    """What the coverage calls read is read by the functions that the rules call, too."""
    asked = [
        *(classify_alert(line["code"]) for _, line in lines_of("alert-codes.csv")),
        *(classify_imprisonment_status(line["status"]) for _, line in lines_of("imprisonment-statuses.csv")),
        *(classify_movement(line["movementType"], line["reasonCode"]) for _, line in lines_of("movement-reasons.csv")),
        *(classify(None, line["resultCode"]) for _, line in lines_of("nomis-offence-result-codes.csv")),
        *(classify(line["judicialResultTypeId"], line["cjsCode"]) for _, line in lines_of("cp-result-definitions.csv")),
    ]
    assert not [row.code for row in asked if row.meaning.startswith("unknown ")]


@at_hand
def test_no_result_that_speaks_of_custody_lets_go() -> None:
    """A NOMIS result whose own words say custody, prison or detention holds or asks, but for suspended imprisonment."""
    said = ("in custody", "imprison", "detention", "detained", "young offenders institution", "return to prison", "recall")
    spoken = [line for _, line in lines_of("nomis-offence-result-codes.csv") if any(word in line["description"].lower() for word in said)]
    assert len(spoken) > 30
    lets_go = {line["resultCode"] for line in spoken if classify(None, line["resultCode"]).effect not in {Effect.HOLD, Effect.CHECK}}
    assert lets_go == {"1115"}
