"""A tiny package with a mutant that is killed, one that survives, one that is equivalent and one that never ends: the whole run over it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from rich.console import Console

from bench.mutants.errors import EquivalentsError, FailingTestsError, MutantsError
from bench.mutants.run import Run, Scope, changed, whole
from bench.mutants.trial import Outcome

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # each run starts workers and tries every mutant in a process of its own

LIMIT = """
    LIMIT = 10

    def clipped(x):
        if x > LIMIT:
            return LIMIT
        return x

    def countdown(n):
        while n > 0:
            n = n - 1
        return n
    """
CHECKS = """
    from tiny.limit import LIMIT, clipped, countdown

    def test_clipped():
        assert clipped(11) == 10
        assert clipped(9) == 9

    def test_limit():
        assert LIMIT == 10

    def test_countdown():
        assert countdown(3) == 0
    """
#: At the limit itself both branches give the limit.
EQUIVALENT = """
    [[equivalent]]
    file = "tiny/limit.py"
    function = "clipped"
    before = "if x > LIMIT:"
    after = "if x >= LIMIT:"
    why = "at the limit both branches return it"
    """


@pytest.fixture
def tiny(tmp_path: Path) -> Scope:
    """The package, its tests, and its list of equivalents."""
    put(tmp_path, "tiny/__init__.py", "")
    put(tmp_path, "tiny/limit.py", LIMIT)
    put(tmp_path, "checks/test_limit.py", CHECKS)
    put(tmp_path, "equivalent.toml", EQUIVALENT)
    put(tmp_path, "pytest.ini", "[pytest]\npythonpath = .\naddopts = --import-mode=importlib\n")
    return Scope(
        root=tmp_path,
        files=("tiny/*.py",),
        strict=("tiny/limit.py",),
        tests=("checks",),
        pytest=(),
        inputs=("tiny", "checks"),
        equivalents="equivalent.toml",
        record="record/mutants.json",
    )


def put(root: Path, file: str, text: str) -> None:
    """Write a file."""
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text(dedent(text))


def tried(scope: Scope, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a whole run says to machines."""
    passed = whole(scope, files=(), jobs=2, forget=False, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["passed"] is passed
    return said


def outcomes(scope: Scope) -> Mapping[tuple[str, str], Outcome]:
    """Every outcome, by what changed."""
    run = Run(scope, jobs=1, console=Console(stderr=True))
    mutants = run.mutants(scope.mutated())
    found = run.outcomes(mutants)
    return {(each.before, each.after): found[each.key] for each in mutants}


def test_each_gets_its_verdict(tiny: Scope) -> None:
    """Killed, survived and timed out, in functions that are alive and, for what is outside functions, over imports."""
    found = outcomes(tiny)
    killed = found["while n > 0:", "while n > 1:"]
    assert (killed.verdict, killed.by, killed.live) == ("killed", "checks/test_limit.py::test_countdown", True)
    equivalent = found["if x > LIMIT:", "if x >= LIMIT:"]
    assert (equivalent.verdict, equivalent.live) == ("survived", True)
    table = found["LIMIT = 10", "LIMIT = 11"]
    assert (table.verdict, table.live) == ("killed", False)
    endless = found["n = n - 1", "n = n + 1"]
    assert endless.verdict == "timed out"


def test_only_those_listed_may_survive(tiny: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """With a strict file's only survivor listed the run passes; without the list it fails and says which survived."""
    said = tried(tiny, capsys)
    assert (said["passed"], said["survivors"]) == (True, [])
    [file] = (each for each in said["files"] if each["file"] == "tiny/limit.py")
    assert (file["equivalent"], file["survived"], file["percent"]) == (1, 0, 100.0)
    put(tiny.root, "equivalent.toml", "")
    said = tried(tiny, capsys)
    assert (said["passed"], [each["after"] for each in said["survivors"]]) == (False, ["if x >= LIMIT:"])


def test_when_time_is_up_only_a_strict_file_is_still_tried(tiny: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """A strict file is never sampled; of another, what was not tried is counted, and does not count as killed."""
    put(tiny.root, "tiny/other.py", "def doubled(x):\n    return x * 2\n")
    assert whole(tiny, files=(), jobs=2, forget=False, as_json=True, minutes=0)
    strict, other = json.loads(capsys.readouterr().out)["files"]
    assert (strict["file"], strict["tried"], strict["percent"]) == ("tiny/limit.py", strict["mutants"], 100.0)
    assert (other["file"], other["killed"], other["tried"], other["mutants"]) == ("tiny/other.py", 0, 0, 2)
    assert whole(tiny, files=(), jobs=2, forget=False, as_json=False, minutes=0)
    said = capsys.readouterr().out
    assert "0 of 2" in said
    assert "a sample was tried" in said


def test_a_survivor_needs_a_test(tiny: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """Take a test away and its mutants survive; nothing that was found before hides that."""
    assert tried(tiny, capsys)["passed"]
    put(tiny.root, "checks/test_limit.py", CHECKS.replace("assert countdown(3) == 0", "pass"))
    said = tried(tiny, capsys)
    assert not said["passed"]
    assert {each["function"] for each in said["survivors"]} == {"countdown"}


def test_nothing_is_tried_twice(tiny: Scope, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """While code and tests stay as they are a second run starts no worker, and says the same."""
    first = tried(tiny, capsys)
    monkeypatch.setattr("bench.mutants.run.Pool", None)
    again = tried(tiny, capsys)
    assert {**first, "seconds": 0} == {**again, "seconds": 0}


def test_a_listed_mutant_that_a_test_kills(tiny: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not equivalent, and the run says so."""
    wrong = '[[equivalent]]\nfile = "tiny/limit.py"\nfunction = "<module>"\nbefore = "LIMIT = 10"\nafter = "LIMIT = 11"\nwhy = "-"\n'
    put(tiny.root, "equivalent.toml", dedent(EQUIVALENT) + wrong)
    said = tried(tiny, capsys)
    assert (said["passed"], [each["after"] for each in said["wrongly_listed"]]) == (False, ["LIMIT = 11"])


def test_a_list_that_has_rotted(tiny: Scope) -> None:
    """An entry for a file that is not mutated is an error before anything is tried."""
    put(tiny.root, "equivalent.toml", EQUIVALENT.replace("tiny/limit.py", "tiny/gone.py"))
    with pytest.raises(EquivalentsError, match=r"tiny/gone\.py"):
        whole(tiny, files=(), jobs=2, forget=False, as_json=True)


def test_tests_that_fail_judge_nobody(tiny: Scope) -> None:
    """A test that fails without a mutant would kill every one, so it is an error; so is one that cannot be imported."""
    put(tiny.root, "checks/test_limit.py", CHECKS.replace("== 9", "== 8"))
    with pytest.raises(FailingTestsError, match="test_clipped"):
        whole(tiny, files=(), jobs=2, forget=False, as_json=True)
    put(tiny.root, "checks/test_limit.py", "import nothing_of_this_name")
    with pytest.raises(MutantsError, match="nothing_of_this_name"):
        whole(tiny, files=(), jobs=2, forget=False, as_json=True)


def test_changed_lines(tiny: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    """Only mutants of changed lines are tried; a survivor among them fails; where time is short, how many were left is said and no more."""
    put(tiny.root, ".gitignore", "record\n__pycache__\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "--initial-branch=main"], ["add", "--all"], ["commit", "--message", "all"]):
        subprocess.run([*git, *words], cwd=tiny.root, check=True, capture_output=True, timeout=30)
    put(tiny.root, "tiny/limit.py", LIMIT + "\n    def doubled(x):\n        return x * 2\n")
    assert not changed(tiny, jobs=1, seconds=60, as_json=False)
    said = capsys.readouterr().out
    assert "return x * 2" in said
    assert "clipped" not in said
    put(tiny.root, "checks/test_limit.py", CHECKS + "\n    from tiny.limit import doubled\n    def test_doubled():\n        assert doubled(3) == 6\n")
    assert changed(tiny, jobs=1, seconds=60, as_json=False)
    assert "0 survived." in capsys.readouterr().out
    put(tiny.root, "checks/test_limit.py", CHECKS)
    assert changed(tiny, jobs=1, seconds=0, as_json=False)
    assert "0 of 2 tried, 0 survived; 2 were not tried in 0 s" in capsys.readouterr().out
