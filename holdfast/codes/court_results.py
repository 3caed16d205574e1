"""Court results: Common Platform definitions, CJS and NOMIS numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.codes.rows import CodeRow, Effect, asks, confirmed, effect_and_ground, indeterminate, most_custodial, unknown
from holdfast.codes.tables import Line, Table, unique
from holdfast_gate.model import Ground

if TYPE_CHECKING:
    from collections.abc import Sequence


class CourtResults:
    """Common Platform result definitions by type id, and CJS and NOMIS result codes.

    Many definitions share a CJS code. Where they disagree, the code by itself means the most custodial of them.
    """

    COLUMNS = (
        "result_type_id",
        "cjs_code",
        "short_code",
        "meaning",
        "effect",
        "ground",
        "final",
        "indeterminate",
        "ends",
        "confirmed",
        "asks",
        "reason",
        "source",
    )

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        lines = unique(table.lines, _key)
        self.edition = table.edition
        self.rows = tuple(_row(line) for line in lines)
        self._by_type_id = {row.result_type_id: row for row in self.rows if row.result_type_id}
        sharing: dict[str, list[CodeRow]] = {}
        for row in self.rows:
            if row.cjs_code:
                sharing.setdefault(row.cjs_code, []).append(row)
        self._by_cjs_code = {code: _of_code(rows) for code, rows in sharing.items()}

    def classify(self, result_type_id: str | None, cjs_code: str | None) -> CodeRow:
        """What a result means: by type id; by CJS code where that is not known; by the more custodial of both.

        Both count where the message has another CJS code than its type: two readings of one result are read towards custody.
        """
        type_id, code = (result_type_id or "").strip().lower(), (cjs_code or "").strip()
        by_type_id, by_code = self._by_type_id.get(type_id), self._by_cjs_code.get(code)
        if by_type_id is None:
            return by_code or unknown("result", " ".join(filter(None, (type_id, code))) or "without a code")
        if by_code is None or code == by_type_id.cjs_code:
            return by_type_id
        return most_custodial((by_type_id, by_code))


def _key(line: Line) -> Sequence[str]:
    return (line["result_type_id"],) if line["result_type_id"] else ("", line["cjs_code"])


def _row(line: Line) -> CodeRow:
    type_id, cjs_code, short_code = line["result_type_id"], line["cjs_code"], line["short_code"]
    if not type_id and not cjs_code:
        line.refuse("neither result_type_id nor cjs_code", "give one: nothing else is looked up")
    if type_id != type_id.lower():
        line.refuse(f"result_type_id {type_id} in capitals", "write it in small letters")
    effect, ground = effect_and_ground(line)
    return CodeRow(
        code=cjs_code or short_code or type_id,
        meaning=line.filled("meaning"),
        effect=effect,
        ground=ground,
        final=line.yes("final"),
        indeterminate=indeterminate(line, ground),
        ends=_ends(line, effect),
        confirmed=confirmed(line, effect),
        asks=asks(line, effect),
        reason=line.filled("reason"),
        result_type_id=type_id,
        cjs_code=cjs_code,
        short_code=short_code,
        source=line["source"],
    )


def _ends(line: Line, effect: Effect) -> tuple[str, ...]:
    ends = line.members("ends", Ground)
    if ends and effect is not Effect.CLEAR:
        line.refuse(f"{effect} that ends '{line['ends']}'", "leave it empty, or make it CLEAR")
    return tuple(ground.value for ground in ends)


def _of_code(rows: Sequence[CodeRow]) -> CodeRow:
    """What a CJS code means by itself, where `rows` share it.

    A number that a month in prison and prison for life share (1002) does not say which it is: it holds as a sentence that a
    date can end. A life sentence is still held by it, because custody calculates no such date for one.
    """
    worst = most_custodial(rows)
    alike = [row for row in rows if (row.effect, row.ground) == (worst.effect, worst.ground)]
    return most_custodial([row for row in alike if not row.indeterminate] or alike)
