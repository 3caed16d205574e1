"""What earlier runs found, in `.holdfast/mutants.json`: a run that was cut short goes on, and a later one begins with the tests that killed before.

An outcome counts again only while every input is as it was: code, tests and lock. After a change only the killer is used: it is tried first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.mutants.trial import Outcome, Test, Verdict

#: Raised when the file's form, or what an outcome means, changes.
FORM = 1
_LEFT_OUT = frozenset({"__pycache__", ".pytest_cache", ".hypothesis"})


def digest(root: Path, inputs: Iterable[str]) -> str:
    """One SHA-256 over every file under `inputs` (files or directories in `root`)."""
    total = hashlib.sha256()
    for path in sorted({file for each in inputs for file in _files(root / each)}):
        total.update(f"{path.relative_to(root)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    found = path.rglob("*") if path.is_dir() else [path]
    return (file for file in found if file.is_file() and _LEFT_OUT.isdisjoint(file.parts))


@dataclass(slots=True, kw_only=True)
class Record:
    """Outcomes by mutant's key, each with the digest under which it was found; and how the tests did without a mutant."""

    path: Path
    tests: dict[str, Test] = field(default_factory=dict[str, Test])
    tests_digest: str = ""
    outcomes: dict[str, tuple[str, Outcome]] = field(default_factory=dict[str, tuple[str, Outcome]])

    @classmethod
    def load(cls, path: Path) -> Record:
        """The record at `path`; empty where there is none, or one of another form, for all in it can be found again."""
        try:
            stored = json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return cls(path=path)
        if stored.get("form") != FORM:
            return cls(path=path)
        functions = stored["functions"]
        return cls(
            path=path,
            tests={
                name: Test(seconds=seconds, touched=frozenset(functions[n] for n in touched)) for name, (seconds, touched) in stored["tests"].items()
            },
            tests_digest=stored["tests_digest"],
            outcomes={
                key: (under, Outcome(verdict=Verdict(verdict), by=by, seconds=seconds))
                for key, (under, verdict, by, seconds) in stored["outcomes"].items()
            },
        )

    def save(self) -> None:
        """Write it, whole or not at all."""
        functions = sorted({function for test in self.tests.values() for function in test.touched})
        number = {function: n for n, function in enumerate(functions)}
        stored = {
            "form": FORM,
            "functions": functions,
            "tests": {name: (test.seconds, [number[function] for function in test.touched]) for name, test in self.tests.items()},
            "tests_digest": self.tests_digest,
            "outcomes": {key: (under, each.verdict, each.by, round(each.seconds, 3)) for key, (under, each) in self.outcomes.items()},
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(stored, separators=(",", ":")))
        beside.replace(self.path)

    def known(self, key: str, under: str) -> Outcome | None:
        """The outcome of a mutant, if it was found under this digest."""
        found = self.outcomes.get(key)
        return found[1] if found is not None and found[0] == under else None

    def killer(self, key: str) -> str:
        """The test that killed it last, whatever has changed since; empty if none did."""
        return self.outcomes[key][1].by if key in self.outcomes else ""
