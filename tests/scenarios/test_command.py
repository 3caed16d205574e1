"""`holdfast scenario FILE…`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator.commands import scenario

HERE = Path(__file__).parent
UNMET = """
title: Somebody unknown is let go
clock: 2025-06-12T08:00:00Z
steps:
- expect: {prisoner: Z9999ZZ, exit: release, decision: ALLOW, within: 1s}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def invoke(*arguments: object) -> Result:
    """Run the command in memory."""
    return CliRunner().invoke(scenario, ["--memory", *map(str, arguments)])


def test_met() -> None:
    """With every expectation met the status is 0, and each scenario is one line."""
    result = invoke(HERE / "unknown-prisoner.yaml")
    assert result.exit_code == 0, result.output
    assert "pass" in result.output


def test_not_met(tmp_path: Path) -> None:
    """With one that is not, the status is 1, and what was seen is told."""
    (tmp_path / "unmet.yaml").write_text(UNMET)
    result = invoke("--json", HERE / "unknown-prisoner.yaml", tmp_path / "unmet.yaml")
    assert result.exit_code == 1
    met, unmet = map(json.loads, result.stdout.splitlines())
    assert (met["passed"], unmet["passed"]) == (True, False)
    (step,) = unmet["steps"]
    assert (step["line"], step["decision"]) == (5, "REFER")
    assert [reason["name"] for reason in step["reasons"]] == ["UNKNOWN_PRISONER"]


def test_no_scenario(tmp_path: Path) -> None:
    """Files that are no scenarios are all reported before anything is played, and the status is 2."""
    (tmp_path / "a.yaml").write_text("title: t\n")
    (tmp_path / "b.yaml").write_text(UNMET.replace("expect:", "expct:"))
    result = invoke(tmp_path / "a.yaml", HERE / "unknown-prisoner.yaml", tmp_path / "b.yaml")
    assert result.exit_code == 2
    assert "a.yaml:1: a scenario needs 'clock'" in result.output
    assert "b.yaml:5: there is no step 'expct' (hint: did you mean expect?)" in result.output


def test_a_folder_without_a_scenario_has_passed_nothing(tmp_path: Path) -> None:
    """A wrong folder in a build must not look like success: the status is 2."""
    result = invoke(HERE / "unknown-prisoner.yaml", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path}: there is no scenario in it" in result.output
