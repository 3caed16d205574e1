"""What parent and workers say to each other, a JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the tests are, and which files are mutated; paths are relative to `root`."""

    root: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    pytest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """How one test did without any mutant: its seconds, and the functions it went through, each as `path:scope`."""

    seconds: float
    touched: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One mutant to try, with the tests in the order in which they are likely to kill it, and the seconds that each may take.

    `live`: only the code of the function `scope` differs, and nothing called it while tests were imported, so that it can be put into a process
    that has imported everything. Otherwise everything is imported anew, over the changed file.
    """

    path: str
    scope: str
    source: str
    live: bool
    tests: tuple[str, ...]
    limits_s: tuple[float, ...]
    deadline_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one mutant, the test that killed it, if one did, and whether it was put into live functions."""

    verdict: Verdict
    by: str = ""
    seconds: float = 0.0
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a worker found when it was ready: the tests, and the functions that were called while they were imported."""

    tests: tuple[str, ...]
    at_import: frozenset[str] = field(default_factory=frozenset[str])
