"""The schemas that ship with the library are the hub's, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

import holdfast_gate
from holdfast_gate.records import registry

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted((Path(holdfast_gate.__file__).parent / "schemas").glob("*.avsc"))


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_schema_is_the_hubs(shipped: Path) -> None:
    """A gate reads and writes exactly what the hub promises."""
    (theirs,) = (REPOSITORY / "schemas").glob(f"*/{shipped.name}")
    assert shipped.read_bytes() == theirs.read_bytes()


def test_everything_a_gate_needs_is_shipped() -> None:
    """Notices and seals to read, reports to write."""
    assert {name.rpartition(".")[2] for name in registry().names} >= {"Notice", "Seal", "DecisionReport"}
