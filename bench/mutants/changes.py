"""Which lines changed, as git tells it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.mutants.errors import ChangesError

_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_FILE = re.compile(r"^\+\+\+ b/(.*)$", re.MULTILINE)
_GIT_WITHIN_S = 30


def changed_lines(root: Path, files: Sequence[str], *, main: str = "main") -> Mapping[str, frozenset[int]]:
    """The lines of `files`, counted from 1 in the work tree, that a branch has changed since it left `main`.

    On `main` itself, or where there is none: what is not committed; where all is committed, the last commit. A file that git does not know yet
    has changed as a whole.
    """
    lines = {
        file: frozenset(range(1, len((root / file).read_text().splitlines()) + 1))
        for file in _git(root, "ls-files", "--others", "--exclude-standard", "--", *files).splitlines()
    }
    diff = _git(root, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", _base(root, main), "--", *files)
    for file, hunks in _by_file(diff):
        ranges = [(int(start), int(count or 1)) for start, count in _HUNK.findall(hunks)]
        lines[file] = frozenset(line for start, count in ranges for line in range(start, start + count))
    return {file: found for file, found in lines.items() if found}


def _base(root: Path, main: str) -> str:
    branch = _git(root, "branch", "--show-current").strip()
    if branch != main and _git(root, "branch", "--list", main).strip():
        base = _git(root, "merge-base", main, "HEAD").strip()
        if base != _git(root, "rev-parse", "HEAD").strip() or _dirty(root):
            return base
    elif _dirty(root):
        return "HEAD"
    return "HEAD~1" if _git(root, "rev-list", "--max-count=2", "HEAD").count("\n") > 1 else "HEAD"


def _dirty(root: Path) -> bool:
    return bool(_git(root, "status", "--porcelain").strip())


def _by_file(diff: str) -> list[tuple[str, str]]:
    parts = _FILE.split(diff)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # no word of it comes from outside
            ["git", *words],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            timeout=_GIT_WITHIN_S,
            check=True,
        )
    except FileNotFoundError as error:
        raise ChangesError("git is needed to tell which lines changed, and is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise ChangesError(f"git {words[0]} did not answer within {_GIT_WITHIN_S} s") from error
    except subprocess.CalledProcessError as error:
        raise ChangesError(f"git {' '.join(words)}: {error.stderr.strip()}") from error
    return done.stdout
