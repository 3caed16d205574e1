"""How much of other people's codes the tables read, row by row, and whether a list of codes has anything that they lack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from holdfast import codes
from holdfast.codes.movements import ReceivedAs
from holdfast.codes.rows import CodeRow, Effect
from holdfast.codes.tables import CodeTableError, Table, shipped, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


class Standing(StrEnum):
    """An effect, as coarsely as a clerk would sort it. NOT-A-HOLD does not hold, and is never authority to release."""

    HOLD = "HOLD"
    CLEAR = "CLEAR"
    NOT_A_HOLD = "NOT-A-HOLD"
    CHECK = "CHECK"


def standing(effect: Effect) -> Standing:
    """Where an effect is sorted."""
    match effect:
        case Effect.HOLD:
            return Standing.HOLD
        case Effect.CLEAR:
            return Standing.CLEAR
        case Effect.CHECK:
            return Standing.CHECK
        case Effect.SILENT | Effect.SUSPENDED | Effect.BAIL | Effect.NON_CUSTODIAL:
            return Standing.NOT_A_HOLD
        case _:
            assert_never(effect)


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """One row of one table: its names (what it is looked up by, or may be called), its reading, and what else it says."""

    table: str
    names: tuple[str, ...]
    row: CodeRow
    more: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Where the row is sorted."""
        return standing(self.row.effect)

    def called(self, name: str) -> bool:
        """Whether somebody who says `name` can mean this row; capitals do not matter."""
        return name.casefold() in {each.casefold() for each in self.names}


def covered() -> tuple[Covered, ...]:
    """Every row of every table, in the order of the tables and of their files."""
    return tuple(_covered())


def _covered() -> Iterator[Covered]:
    for row in codes.court_results():
        names = tuple(filter(None, (row.result_type_id, row.cjs_code, row.short_code)))
        yield Covered(table="court-results", names=names, row=row, more=_more(row))
    for reason in codes.movement_reasons():
        more = [f"order for {exit_}" for exit_ in sorted(reason.exits)]
        more += [f"departure {reason.departure}"] if reason.movement_type != "ADM" else []
        more += [f"received as {reason.received_as}"] if reason.received_as is not ReceivedAs.NOTHING else []
        more += ["administrative"] if reason.administrative else []
        names = (reason.row.code, reason.reason_code)
        yield Covered(table="movement-reasons", names=names, row=reason.row, more=tuple(more))
    one_word = {
        "alert-codes": codes.alerts(),
        "imprisonment-statuses": codes.imprisonment_statuses(),
        "recall-types": codes.recall_types(),
        "immigration-record-types": codes.immigration_record_types(),
    }
    for table, rows in one_word.items():
        for row in rows:
            days = codes.fixed_term_days(row.code) if table == "recall-types" else None
            more = (*_more(row), *([f"{days} days"] if days else []))
            yield Covered(table=table, names=(row.code,), row=row, more=more)
    for date_type in codes.release_date_types():
        yield Covered(table="release-date-types", names=(date_type.code,), row=date_type.row, more=(f"kind {date_type.kind}",))


def _more(row: CodeRow) -> tuple[str, ...]:
    said = {
        "final": row.final,
        "indeterminate": row.indeterminate,
        f"ends only {' and '.join(row.ends)}": bool(row.ends),
        f"{row.confirmed} once two people confirmed it": bool(row.confirmed),
        f"answered by {row.asks}": bool(row.asks),
    }
    return tuple(text for text, true in said.items() if true)


# What is left out on purpose.


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A code that a source shows and no table should have, and why. Whoever sends it gets a question."""

    table: str
    code: str
    reason: str


LEFT_OUT_COLUMNS = ("table", "code", "reason", "source")


def left_out(table: Table | None = None) -> tuple[LeftOut, ...]:
    """Every code that is left out on purpose. Raises `CodeTableError`, also where a table has it after all."""
    known = {(row.table, name) for row in covered() for name in row.names}
    found: list[LeftOut] = []
    read = table or shipped("left-out.csv", LEFT_OUT_COLUMNS)
    for line in unique(read.lines, lambda line: (line["table"], line["code"])):
        if line["table"] not in codes.EDITIONS:
            line.refuse(f"unknown table '{line['table']}'", f"write one of {', '.join(codes.EDITIONS)}")
        if (line["table"], line["code"]) in known:
            line.refuse(f"{line['code']} has a row in {line['table']}", "take it away here or there")
        found.append(LeftOut(table=line["table"], code=line.filled("code"), reason=line.filled("reason")))
    return tuple(found)


# Somebody's list of codes against the tables.


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A file of codes as it is found elsewhere: which table should have its codes, and the columns that name one."""

    file: str
    table: str
    columns: tuple[str, ...]
    described_by: str


#: The files that `compare` understands, by name.
SHAPES: Mapping[str, Shape] = {
    shape.file: shape
    for shape in (
        Shape(file="alert-codes.csv", table="alert-codes", columns=("code",), described_by="description"),
        Shape(file="cp-result-definitions.csv", table="court-results", columns=("judicialResultTypeId",), described_by="label"),
        Shape(
            file="cp-result-definitions-observed-in-messages.csv",
            table="court-results",
            columns=("judicialResultTypeId",),
            described_by="labels",
        ),
        Shape(file="nomis-offence-result-codes.csv", table="court-results", columns=("resultCode",), described_by="description"),
        Shape(file="imprisonment-statuses.csv", table="imprisonment-statuses", columns=("status",), described_by="description"),
        Shape(
            file="movement-reasons.csv",
            table="movement-reasons",
            columns=("movementType", "reasonCode"),
            described_by="description",
        ),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A code of a list that no table reads. `line` counts the list's lines from 1, its heading included."""

    line: int
    code: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One list against its table: how many codes it has, which the table lacks, and which are left out on purpose."""

    file: str
    table: str
    codes: int
    missing: tuple[Missing, ...]
    left_out: tuple[LeftOut, ...]


def compare(shape: Shape, numbered: Iterable[tuple[int, Mapping[str, str]]]) -> Comparison:
    """Look up every line of a list of codes. Raises `CodeTableError` where the list lacks a column or a code."""
    has = _lookup(shape.table)
    on_purpose = {left.code: left for left in left_out() if left.table == shape.table}
    missing: list[Missing] = []
    left: list[LeftOut] = []
    count = 0
    for number, line in numbered:
        count += 1
        cells = [_cell(shape, number, line, column) for column in shape.columns]
        code = " ".join(cells)
        if has(cells):
            continue
        if code in on_purpose:
            left.append(on_purpose[code])
        else:
            missing.append(Missing(line=number, code=code, description=line.get(shape.described_by) or ""))
    return Comparison(file=shape.file, table=shape.table, codes=count, missing=tuple(missing), left_out=tuple(left))


def _cell(shape: Shape, number: int, line: Mapping[str, str], column: str) -> str:
    # A short line gives None for the columns that it lacks.
    if not (said := (line.get(column) or "").strip()):
        raise CodeTableError(shape.file, number, f"no {column}", f"give the columns {', '.join(shape.columns)}")
    return said


def _lookup(table: str) -> Callable[[Sequence[str]], bool]:
    """Whether the table reads a code, by what the product looks it up by: a short code is a name, and finds nothing."""
    if table == "court-results":
        known = {name for row in codes.court_results() for name in (row.result_type_id, row.cjs_code) if name}
        return lambda cells: cells[0].lower() in known or cells[0] in known
    by_name = {row.row.code for row in covered() if row.table == table}
    return lambda cells: " ".join(cells) in by_name
