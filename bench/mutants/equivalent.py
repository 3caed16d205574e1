"""The list of equivalents: mutants that no test can kill because they mean the same, each with why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.mutants.errors import EquivalentsError
from bench.mutants.mutation import Mutant

_WORDS = ("file", "function", "before", "after", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """One entry. `before` and `after` are compared line by line without indentation; `times`: how many mutants of the function read like this."""

    file: str
    function: str
    before: str
    after: str
    why: str
    times: int = 1

    def is_of(self, mutant: Mutant) -> bool:
        """Whether it speaks of this mutant."""
        there = (mutant.path, mutant.scope, mutant.before, mutant.after)
        return there == (self.file, self.function, _flat(self.before), _flat(self.after))

    def __str__(self) -> str:
        return f"{self.file}, {self.function}: {_flat(self.before)!r} → {_flat(self.after)!r}"


def _flat(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def load(path: Path) -> tuple[Equivalent, ...]:
    """Read the list: a table `[[equivalent]]` for each entry."""
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise EquivalentsError(f"{path}: {error}") from error
    return tuple(_entry(path, n, entry) for n, entry in enumerate(found.get("equivalent", []), start=1))


def _entry(path: Path, n: int, entry: Mapping[str, Any]) -> Equivalent:
    for word in _WORDS:
        if not isinstance(entry.get(word), str) or (word != "after" and not entry[word].strip()):
            raise EquivalentsError(f"{path}: entry {n} must say {word}, as text")
    strange = set(entry) - {*_WORDS, "times"}
    if strange or not isinstance(entry.get("times", 1), int):
        raise EquivalentsError(f"{path}: entry {n} has no key {', '.join(sorted(strange)) or 'times that is not a number'}")
    return Equivalent(**entry)


def listed(mutants: Iterable[Mutant], entries: Iterable[Equivalent], *, path: Path) -> dict[str, Equivalent]:
    """The mutants that are listed, by key. Raises EquivalentsError where an entry does not fit the code: a list that rots excuses anything.

    `entries` are those of the files that `mutants` are of.
    """
    alike: dict[tuple[str, str, str, str], list[Mutant]] = {}
    for mutant in mutants:
        alike.setdefault((mutant.path, mutant.scope, mutant.before, mutant.after), []).append(mutant)
    found: dict[str, Equivalent] = {}
    wrong: list[str] = []
    for entry in entries:
        of_entry = alike.get((entry.file, entry.function, _flat(entry.before), _flat(entry.after)), [])
        if len(of_entry) != entry.times:
            wrong.append(f"{entry}: matches {len(of_entry)} mutants, not {entry.times}")
        if any(mutant.key in found for mutant in of_entry):
            wrong.append(f"{entry}: is listed twice")
        found |= {mutant.key: entry for mutant in of_entry}
    if wrong:
        raise EquivalentsError(f"{path}: the code has changed; look again whether these are equivalent:\n" + "\n".join(wrong))
    return found
