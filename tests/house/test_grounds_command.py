"""`holdfast grounds`: the law as people read it, and the page that is made from it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from holdfast.grounds.table import TABLE
from holdfast.orders import TABLE as ORDERS
from services.__main__ import holdfast
from services.cli.grounds import page


def _said(*words: str) -> str:
    result = CliRunner().invoke(holdfast, ["grounds", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_page_of_the_law_is_what_the_tables_say() -> None:
    """Nobody reads a law that the rules do not apply: `holdfast grounds --markdown > docs/law.md`."""
    assert (Path(__file__).parents[2] / "docs" / "law.md").read_text(encoding="utf-8") == page()


def test_every_row_is_shown() -> None:
    """For people and for machines, the grounds and the orders."""
    assert all(row.name in _said() and row.closes in _said() for row in TABLE)
    assert [row["name"] for row in json.loads(_said("--json"))] == [row.name for row in TABLE]
    assert [row["reasons"] for row in json.loads(_said("--orders", "--json"))] == [list(row.reasons) for row in ORDERS]
    assert all(fact.plain in _said("--orders") for row in ORDERS for fact in row.presupposes)
