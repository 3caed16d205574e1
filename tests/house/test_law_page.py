"""The page of the law and the tables that it is made from: it is compared word for word, so that no row changes without somebody reading it."""

from __future__ import annotations

from pathlib import Path

from services.cli.grounds import page

PAGE = Path(__file__).parents[2] / "docs" / "law.md"


def test_the_page_of_the_law_is_what_the_tables_say() -> None:
    """Nobody reads a law that the rules do not apply: `holdfast grounds --markdown > docs/law.md`."""
    assert PAGE.read_text(encoding="utf-8").splitlines() == page().splitlines()
