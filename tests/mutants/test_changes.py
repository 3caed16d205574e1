"""Which lines count as changed, in every state that a work tree can be in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.mutants.changes import changed_lines
from bench.mutants.errors import ChangesError

FILES = ["a.py", "b.py", "c.py"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose main has two commits; the second changed line 2 of a.py."""
    git(tmp_path, "init", "--initial-branch=main")
    write(tmp_path, "a.py", "1\n2\n3\n")
    write(tmp_path, "b.py", "1\n")
    commit(tmp_path)
    write(tmp_path, "a.py", "1\nTWO\n3\n")
    commit(tmp_path)
    return tmp_path


def git(tree: Path, *words: str) -> None:
    """Run git as somebody."""
    somebody = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *somebody, *words], cwd=tree, check=True, capture_output=True, timeout=30)  # noqa: S607


def write(tree: Path, file: str, text: str) -> None:
    """Change a file."""
    (tree / file).write_text(text)


def commit(tree: Path) -> None:
    """Commit everything."""
    git(tree, "add", "--all")
    git(tree, "commit", "--message", "a change")


def changed(tree: Path) -> dict[str, set[int]]:
    """The lines that count as changed."""
    return {file: set(lines) for file, lines in changed_lines(tree, FILES).items()}


def test_on_main_the_last_commit(tree: Path) -> None:
    """Where all is committed on main, the last commit's lines."""
    assert changed(tree) == {"a.py": {2}}


def test_on_main_what_is_not_committed(tree: Path) -> None:
    """Where something is not, those lines alone, staged or not; a new file as a whole."""
    write(tree, "a.py", "1\nTWO\n3\n4\n5\n")
    write(tree, "c.py", "1\n2\n")
    git(tree, "add", "a.py")
    assert changed(tree) == {"a.py": {4, 5}, "c.py": {1, 2}}


def test_on_a_branch_everything_since_main(tree: Path) -> None:
    """On a branch every line that it changed, committed or not, and none that main changed since."""
    git(tree, "switch", "--create", "mine")
    write(tree, "b.py", "1\n2\n")
    commit(tree)
    git(tree, "switch", "main")
    write(tree, "a.py", "MAIN\nTWO\n3\n")
    commit(tree)
    git(tree, "switch", "mine")
    write(tree, "b.py", "1\n2\n3\n")
    assert changed(tree) == {"b.py": {2, 3}}


def test_a_branch_without_commits_of_its_own(tree: Path) -> None:
    """A branch just made has what is not committed; clean, it is main."""
    git(tree, "switch", "--create", "mine")
    assert changed(tree) == {"a.py": {2}}
    write(tree, "b.py", "ONE\n")
    assert changed(tree) == {"b.py": {1}}


def test_without_main_and_with_one_commit(tmp_path: Path) -> None:
    """A clone of one commit, under no name of ours, has nothing to compare with and nothing changed."""
    git(tmp_path, "init", "--initial-branch=trunk")
    write(tmp_path, "a.py", "1\n")
    commit(tmp_path)
    git(tmp_path, "switch", "--detach")
    assert changed(tmp_path) == {}


def test_only_the_files_asked_for(tree: Path) -> None:
    """Other files may change as they like, and a line that is gone is no line."""
    write(tree, "other.py", "1\n")
    write(tree, "a.py", "1\n3\n")
    assert changed(tree) == {}


def test_outside_a_repository(tmp_path: Path) -> None:
    """Where there is no repository the error says what git said."""
    with pytest.raises(ChangesError, match="not a git repository"):
        changed_lines(tmp_path, FILES)
