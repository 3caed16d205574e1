"""The list of equivalents: what it may say, and that it cannot rot."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.mutants.equivalent import Equivalent, listed, load
from bench.mutants.errors import EquivalentsError
from bench.mutants.mutation import mutants_of

MUTANTS = list(mutants_of("a.py", "def f(x):\n    g(x > 1)\n    g(x > 1)\n    return x + 1\n"))
PLUS = Equivalent(file="a.py", function="f", before="return x + 1", after="  return x - 1", why="x is never looked at")
ENTRY = '[[equivalent]]\nfile = "a.py"\nfunction = "f"\nbefore = """\n  g(x)\n"""\nafter = ""\nwhy = "so"\n'


def test_an_entry_names_its_mutant(tmp_path: Path) -> None:
    """File, function and the lines before and after, whatever their indentation, name one mutant."""
    (mutant,) = (each for each in MUTANTS if each.after == "return x - 1")
    assert listed(MUTANTS, [PLUS], path=tmp_path) == {mutant.key: PLUS}


@pytest.mark.parametrize(
    "entry",
    [
        Equivalent(file="a.py", function="f", before="return x + 1", after="return x * 1", why="-"),
        Equivalent(file="a.py", function="g", before="return x + 1", after="return x - 1", why="-"),
        Equivalent(file="b.py", function="f", before="return x + 1", after="return x - 1", why="-"),
        Equivalent(file="a.py", function="f", before="g(x > 1)", after="g(x >= 1)", why="there are two of it"),
    ],
)
def test_an_entry_that_does_not_fit_is_an_error(entry: Equivalent, tmp_path: Path) -> None:
    """Where the code has changed, or an entry would excuse more than it says, the list must be looked at again."""
    with pytest.raises(EquivalentsError, match=r"matches [02] mutants, not 1"):
        listed(MUTANTS, [PLUS, entry], path=tmp_path)


def test_times(tmp_path: Path) -> None:
    """An entry may speak of several lines that read the same, if it says of how many."""
    entry = Equivalent(file="a.py", function="f", before="g(x > 1)", after="g(x >= 1)", why="-", times=2)
    assert len(listed(MUTANTS, [entry], path=tmp_path)) == 2


def test_twice_is_an_error(tmp_path: Path) -> None:
    """One mutant has one reason."""
    with pytest.raises(EquivalentsError, match="listed twice"):
        listed(MUTANTS, [PLUS, PLUS], path=tmp_path)


def test_what_is_read(tmp_path: Path) -> None:
    """A table for each entry; lines are stripped when they are compared."""
    path = tmp_path / "equivalent.toml"
    path.write_text(ENTRY)
    (entry,) = load(path)
    assert (entry.before.strip(), entry.after, entry.times) == ("g(x)", "", 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ENTRY.replace('why = "so"\n', ""), "entry 1 must say why"),
        (ENTRY.replace('why = "so"', 'why = " "'), "entry 1 must say why"),
        (ENTRY + "line = 3\n", "entry 1 has no key line"),
        (ENTRY + 'times = "2"\n', "entry 1 has no key times that is not a number"),
        ("[[equivalent", "equivalent.toml: "),
    ],
)
def test_mistakes(text: str, problem: str, tmp_path: Path) -> None:
    """An entry without its reason, or with what it cannot have, is an error that names it."""
    path = tmp_path / "equivalent.toml"
    path.write_text(text)
    with pytest.raises(EquivalentsError, match=problem):
        load(path)
