"""Code tables as they are kept: CSV files that say their version, since when it applies, and where their rows are from.

A file begins with comment lines, and then is plain CSV:

    # version: 1
    # effective_from: 2026-11-23
    # source: nomis = NOMIS offence result codes (...)
    result_type_id,cjs_code,...

Reading is strict: what cannot be understood raises `CodeTableError`, because a skipped row is a missed hold.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from enum import Enum
from importlib import resources
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_Member = TypeVar("_Member", bound=Enum)


class CodeTableError(ValueError):
    """A code table cannot be trusted. `str()` names file and line, what is wrong and how to mend it."""

    def __init__(self, file: str, line: int, problem: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {problem}; {mend}")
        self.file = file
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """Which edition of a table this is: its version, its first day, and where its rows are from, by short name."""

    version: int
    effective_from: date
    sources: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row as it stands in the file, with what is needed to complain about it."""

    file: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def refuse(self, problem: str, mend: str) -> NoReturn:
        """Raise what is wrong with this line and how to mend it."""
        raise CodeTableError(self.file, self.number, problem, mend)

    def member(self, column: str, words: type[_Member]) -> _Member:
        """The cell as a word of a closed vocabulary."""
        known = {str(word.value): word for word in words}
        if self[column] not in known:
            self.refuse(f"unknown {column} '{self[column]}'", f"write one of {', '.join(known)}")
        return known[self[column]]

    def members(self, column: str, words: type[_Member]) -> tuple[_Member, ...]:
        """The cell as any number of words of a closed vocabulary, with a bar between them."""
        known = {str(word.value): word for word in words}
        said = self[column].split("|") if self[column] else []
        for unknown in (word for word in said if word not in known):
            self.refuse(f"unknown {column} '{unknown}'", f"write one or more of {'|'.join(known)}")
        return tuple(known[word] for word in said)

    def yes(self, column: str) -> bool:
        """The cell as a truth: Y or N."""
        if self[column] not in {"Y", "N"}:
            self.refuse(f"{column} is '{self[column]}'", "write Y or N")
        return self[column] == "Y"

    def filled(self, column: str) -> str:
        """The cell, which must say something."""
        if not self[column]:
            self.refuse(f"{column} is empty", "fill it in")
        return self[column]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table as read: its edition and its lines in the order of the file."""

    edition: Edition
    lines: tuple[Line, ...]


def shipped(file: str, columns: Sequence[str]) -> Table:
    """The table that comes with this package, from a checkout or from a wheel. Raises `CodeTableError`."""
    return read(file, resources.files("holdfast.codes").joinpath(file).read_text("utf-8"), columns)


def read(file: str, text: str, columns: Sequence[str]) -> Table:
    """Read a table with exactly these columns. Raises `CodeTableError`."""
    numbered = list(enumerate(text.splitlines(), start=1))
    head = [pair for pair in numbered if pair[1].startswith("#")]
    body = numbered[len(head) :]
    edition = _edition(file, head)
    if not body or body[0][1] != ",".join(columns):
        raise CodeTableError(file, len(head) + 1, "wrong columns", f"after the comments write {','.join(columns)}")
    return Table(edition=edition, lines=tuple(_lines(file, body[1:], columns, edition)))


def _edition(file: str, head: Sequence[tuple[int, str]]) -> Edition:
    sources: dict[str, str] = {}
    said: dict[str, str] = {}
    for number, comment in head:
        key, _, value = comment.removeprefix("#").strip().partition(": ")
        if key == "source":
            name, _, what = value.partition(" = ")
            sources[name] = what
        elif key in said:
            raise CodeTableError(file, number, f"'{key}' is said twice", "leave one")
        else:
            said[key] = value
    try:
        version, since = int(said["version"]), date.fromisoformat(said["effective_from"])
    except (KeyError, ValueError):
        mend = "begin with '# version: 1' and '# effective_from: 2026-11-23'"
        raise CodeTableError(file, 1, "no version or no effective_from", mend) from None
    if not sources or "" in sources.values():
        raise CodeTableError(file, 1, "no source", "say '# source: name = what it is' for each")
    return Edition(version=version, effective_from=since, sources=sources)


def _lines(file: str, body: Sequence[tuple[int, str]], columns: Sequence[str], edition: Edition) -> Iterator[Line]:
    for number, text in body:
        try:
            cells = next(csv.reader([text], strict=True), list[str]())
        except csv.Error as error:
            raise CodeTableError(file, number, str(error), "close every quotation mark on its own line") from None
        if len(cells) != len(columns):
            raise CodeTableError(file, number, f"{len(cells)} cells", f"write {len(columns)}: {', '.join(columns)}")
        line = Line(file=file, number=number, cells=dict(zip(columns, cells, strict=True)))
        if any(cell != cell.strip() for cell in cells):
            line.refuse("space around a cell", "take it away")
        if "source" in columns and line["source"] not in edition.sources:
            line.refuse(f"source '{line['source']}' is not named above", "name it in a '# source:' comment")
        yield line


def unique(lines: Sequence[Line], key: Callable[[Line], Sequence[str]]) -> Sequence[Line]:
    """The lines, no two of which have the same key. Raises `CodeTableError`."""
    first: dict[tuple[str, ...], int] = {}
    for line in lines:
        cells = tuple(key(line))
        if (seen := first.setdefault(cells, line.number)) != line.number:
            line.refuse(f"{' '.join(filter(None, cells))} is already on line {seen}", "leave one")
    return lines
