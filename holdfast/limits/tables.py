"""How the tables beside this file are read: the reader of the code tables, and the kinds of cell that only these have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from importlib import resources
from itertools import pairwise

from holdfast.codes.tables import Line, Table, read, unique


def shipped(file: str, columns: Sequence[str], key: Callable[[Line], Sequence[str]]) -> Table:
    """The table that comes with this package, its rows in ascending order of their keys. Raises `CodeTableError`."""
    return ordered(read(file, resources.files("holdfast.limits").joinpath(file).read_text("utf-8"), columns), key)


def ordered(table: Table, key: Callable[[Line], Sequence[str]]) -> Table:
    """The table, whose rows must be unique and in ascending order, so that a change of it is easy to read. Raises `CodeTableError`."""
    for before, line in pairwise(unique(table.lines, key)):
        if list(key(line)) < list(key(before)):
            line.refuse(f"{' '.join(key(line))} comes after {' '.join(key(before))}", "sort the rows")
    return table


def day(line: Line, column: str) -> date:
    """The cell as a day. Raises `CodeTableError`."""
    try:
        return date.fromisoformat(line[column])
    except ValueError:
        line.refuse(f"{column} is '{line[column]}'", "write a day as 2026-11-23")


def count(line: Line, column: str) -> int:
    """The cell as a number of days or months, none below nought. Raises `CodeTableError`."""
    if not (line[column].isascii() and line[column].isdigit()):
        line.refuse(f"{column} is '{line[column]}'", "write a whole number")
    return int(line[column])
