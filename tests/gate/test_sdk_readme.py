"""The README of holdfast-gate: its example for vendors' own tests is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from holdfast_gate.conformance.cases import CASES
from holdfast_gate.testing import FakeFeed

README = (Path(__file__).parents[2] / "sdk" / "README.md").read_text(encoding="utf-8")
MARKED = re.compile(r"<!-- a test runs this -->\n```python\n(.*?)```", re.DOTALL)


async def test_the_example_of_the_fake_feed_runs(tmp_path: Path) -> None:
    """Word for word."""
    (code,) = MARKED.findall(README)
    names: dict[str, Any] = {}
    exec(compile(code, "sdk/README.md", "exec"), names)  # noqa: S102 - our own page
    await names["test_the_turnstile_stays_shut"](tmp_path)


def test_every_line_in_the_table_exists() -> None:
    """No name is promised that the feed does not have."""
    table = README.split("| line | what happens |")[1].split("\n\n")[0]
    for name in re.findall(r"`(\w+)", table.replace("|---|---|", "")):
        assert callable(getattr(FakeFeed, name)), name


def test_the_number_of_cases_is_told_as_it_is() -> None:
    """Where it is written down, it is right."""
    assert f"through {len(CASES)} cases" in (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
