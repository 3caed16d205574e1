"""`holdfast codes`: how the hub reads other people's codes, and proof that it reads them all."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from holdfast.codes import EDITIONS, CodeTableError, classify
from holdfast.codes.coverage import SHAPES, Comparison, Covered, LeftOut, Standing, compare, covered, left_out
from services.cli.errors import TroubleError

#: A list of codes that is longer is no list of codes.
MOST_LINES = 100_000
#: Columns, where the output is not a terminal that knows better.
WIDTH_OF_A_FILE = 200

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def codes() -> None:
    """How the hub reads court results, movements, alerts, statuses, dates, recalls and immigration records."""


@codes.command()
@click.option("--table", type=click.Choice(list(EDITIONS)), help="Only this table.")
@click.option("--rows", is_flag=True, help="A line per row, tab-separated: table, code, standing, ground, meaning, what else, why.")
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A directory of lists of codes (CSV); exits 1 if any code in them has no row.",
)
@_JSON
def coverage(table: str | None, against: Path | None, *, rows: bool, as_json: bool) -> None:
    """Count what holds, clears, does neither, or is a question; NOT-A-HOLD is never by itself authority to release."""
    shown = [row for row in covered() if table in {None, row.table}]
    on_purpose = [left for left in left_out() if table in {None, left.table}]
    comparisons = _compare(against, table) if against is not None else []
    if as_json:
        click.echo(json.dumps(_as_json(shown, on_purpose, comparisons, rows=rows), indent=2, ensure_ascii=False))
    elif rows:
        for row in shown:
            click.echo("\t".join(_cells(row)))
        for left in on_purpose:
            click.echo(f"{left.table}\t{left.code}\tLEFT-OUT\t\t\t\t{left.reason}")
    else:
        _show_counts(shown, on_purpose)
    lacking = sum(len(each.missing) for each in comparisons)
    if not as_json:
        _show_comparisons(comparisons)
    if lacking:
        raise TroubleError(f"{lacking} codes in {against} have no row: each is a question to whoever meets it, until a table reads it")


@codes.command()
@click.argument("code")
@_JSON
def show(code: str, *, as_json: bool) -> None:
    """Show every row that CODE can mean: a type id, a CJS, NOMIS or short code, a movement ("REL CR" or CR), an alert, a status..."""
    found = [row for row in covered() if row.called(code.strip())]
    on_purpose = [left for left in left_out() if left.code.casefold() == code.strip().casefold()]
    if not found and not on_purpose:
        raise TroubleError(f"{code!r} is in no code table: whoever sends it gets the query UNKNOWN_CODE, and a person looks; is it spelt right?")
    if as_json:
        click.echo(json.dumps([*map(_row_as_json, found), *map(_left_as_json, on_purpose)], indent=2, ensure_ascii=False))
        return
    table = _wide_table("Table", "Code", "Meaning", "Effect", "Ground", "Also", "Why", "Source")
    for row in found:
        names = "\n".join(row.names) if row.table == "court-results" else row.row.code
        effect, ground = row.row.effect.value, row.row.ground
        table.add_row(row.table, names, row.row.meaning, effect, ground, "\n".join(row.more), row.row.reason, row.row.source)
    for left in on_purpose:
        table.add_row(left.table, left.code, "", "left out", "", "", left.reason, "")
    _print(table)
    if len([row for row in found if row.row.cjs_code == code.strip()]) > 1:
        alone = classify(None, code.strip())
        click.echo(f"{code.strip()} without a type id is read as {' '.join(filter(None, (alone.effect, alone.ground)))}: {alone.meaning}.")


def _show_counts(shown: Sequence[Covered], on_purpose: Sequence[LeftOut]) -> None:
    table = _wide_table("Table", "Version", "From", "Codes", *(each.value for each in Standing))
    for name, edition in EDITIONS.items():
        counts = Counter(row.standing for row in shown if row.table == name)
        if counts:
            cells = [str(counts[each]) for each in Standing]
            table.add_row(name, str(edition.version), str(edition.effective_from), str(counts.total()), *cells)
    _print(table)
    for left in on_purpose:
        click.echo(f"left out of {left.table}: {left.code}: {left.reason}")


def _show_comparisons(comparisons: Sequence[Comparison]) -> None:
    for each in comparisons:
        read = each.codes - len(each.missing) - len(each.left_out)
        click.echo(f"{each.file}: {each.codes} codes, {read} read by {each.table}, {len(each.left_out)} left out, {len(each.missing)} missing")
        for missing in each.missing:
            click.echo(f"  missing: line {missing.line}: {missing.code} ({missing.description})")


def _compare(directory: Path, table: str | None) -> list[Comparison]:
    files = sorted(directory.glob("*.csv"))
    if strangers := [file.name for file in files if file.name not in SHAPES]:
        message = f"{directory}: nobody can say which table {', '.join(strangers)} belongs to; give only {', '.join(SHAPES)}"
        raise TroubleError(message)
    wanted = [file for file in files if table in {None, SHAPES[file.name].table}]
    if not wanted:
        raise TroubleError(f"{directory} has no list of codes to compare; put there one or more of {', '.join(SHAPES)}")
    return [_compare_file(file) for file in wanted]


def _compare_file(file: Path) -> Comparison:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return compare(SHAPES[file.name], _lines(file, csv.DictReader(opened, strict=True)))
    except CodeTableError as error:
        raise TroubleError(f"{file.parent}: {error}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TroubleError(f"{file} cannot be read as CSV in UTF-8: {error}") from error


def _lines(file: Path, reader: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    if lacking := [column for column in SHAPES[file.name].columns if column not in (reader.fieldnames or ())]:
        raise CodeTableError(file.name, 1, f"no column {' or '.join(lacking)}", "name the columns in the first line")
    for line in islice(reader, MOST_LINES + 1):
        if reader.line_num > MOST_LINES:
            raise TroubleError(f"{file} is longer than {MOST_LINES} lines: is it a list of codes?")
        yield reader.line_num, line


def _as_json(shown: Iterable[Covered], on_purpose: Iterable[LeftOut], comparisons: Iterable[Comparison], *, rows: bool) -> dict[str, Any]:
    shown = list(shown)
    tables: list[dict[str, Any]] = []
    for name, edition in EDITIONS.items():
        of_table = [row for row in shown if row.table == name]
        if not of_table:
            continue
        counts = Counter(row.standing for row in of_table)
        told: dict[str, Any] = {"table": name, "version": edition.version, "effective_from": edition.effective_from.isoformat()}
        told |= {"codes": len(of_table), **{each.value: counts[each] for each in Standing}}
        tables.append(told | ({"rows": [_row_as_json(row) for row in of_table]} if rows else {}))
    told = {"tables": tables, "left_out": [asdict(left) for left in on_purpose]}
    compared = [asdict(each) for each in comparisons]
    return told | ({"against": compared} if compared else {})


def _row_as_json(row: Covered) -> dict[str, Any]:
    told = {"table": row.table, "standing": row.standing.value, **asdict(row.row), "also": row.more}
    return {name: value for name, value in told.items() if value != ""}


def _left_as_json(left: LeftOut) -> dict[str, Any]:
    return {**asdict(left), "standing": "LEFT-OUT"}


def _cells(row: Covered) -> tuple[str, ...]:
    code = row.row.result_type_id or row.row.code
    return row.table, code, row.standing.value, row.row.ground, row.row.meaning, ", ".join(row.more), row.row.reason


def _wide_table(*columns: str) -> Table:
    table = Table(title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print(table: Table) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    console.print(table)
