"""`holdfast grounds`: the law as people read it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from holdfast.grounds.table import TABLE
from holdfast.orders import TABLE as ORDERS
from services.__main__ import holdfast


def _said(*words: str) -> str:
    result = CliRunner().invoke(holdfast, ["grounds", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_row_is_shown() -> None:
    """For people and for machines, the grounds and the orders."""
    assert all(row.name in _said() and row.closes in _said() for row in TABLE)
    assert [row["name"] for row in json.loads(_said("--json"))] == [row.name for row in TABLE]
    assert [row["reasons"] for row in json.loads(_said("--orders", "--json"))] == [list(row.reasons) for row in ORDERS]
    assert all(fact.plain in _said("--orders") for row in ORDERS for fact in row.presupposes)
