"""Types of the dates that custody calculates: which of them end custody, and which only look as if they did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from holdfast.codes.rows import CodeRow, Effect, unknown
from holdfast.codes.tables import Line, Table, unique
from holdfast_gate.model import Ground

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReleaseDateKind(StrEnum):
    """What the coming of a date means.

    AUTOMATIC: the custodial part of a sentence ends by itself. APPROVED: somebody decided on an earlier day. EXPIRY: the whole
    sentence ends. POST_RECALL: somebody recalled may leave again. ELIGIBILITY: he may be considered for something, and nothing
    is approved. SUPERVISION: supervision outside ends. INDETERMINATE: a minimum term is served; no date releases. UNKNOWN: no
    table has it; it ends nothing, and a person must look.
    """

    AUTOMATIC = "AUTOMATIC"
    APPROVED = "APPROVED"
    EXPIRY = "EXPIRY"
    POST_RECALL = "POST_RECALL"
    ELIGIBILITY = "ELIGIBILITY"
    SUPERVISION = "SUPERVISION"
    INDETERMINATE = "INDETERMINATE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseDateType:
    """One type of date, and our reading of it."""

    code: str
    meaning: str
    kind: ReleaseDateKind
    reason: str
    source: str

    @property
    def row(self) -> CodeRow:
        """As a row like any other: what ends custody clears, a minimum term proves a sentence that no date ends, the rest is silent."""
        match self.kind:
            case ReleaseDateKind.AUTOMATIC | ReleaseDateKind.APPROVED | ReleaseDateKind.EXPIRY:
                effect, ground, ends = Effect.CLEAR, "", (Ground.SENTENCE.value,)
            case ReleaseDateKind.POST_RECALL:
                effect, ground, ends = Effect.CLEAR, "", (Ground.RECALL.value,)
            case ReleaseDateKind.INDETERMINATE:
                effect, ground, ends = Effect.HOLD, Ground.SENTENCE.value, ()
            case ReleaseDateKind.ELIGIBILITY | ReleaseDateKind.SUPERVISION:
                effect, ground, ends = Effect.SILENT, "", ()
            case ReleaseDateKind.UNKNOWN:
                return unknown("release date type", self.code)
            case _:
                assert_never(self.kind)
        return CodeRow(
            code=self.code,
            meaning=self.meaning,
            effect=effect,
            ground=ground,
            ends=ends,
            indeterminate=self.kind is ReleaseDateKind.INDETERMINATE,
            reason=self.reason,
            source=self.source,
        )


class ReleaseDateTypes:
    """Types of calculated dates by code."""

    COLUMNS = ("date_type", "meaning", "kind", "reason", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self.rows = tuple(_type(line) for line in unique(table.lines, lambda line: (line["date_type"],)))
        self._by_code: Mapping[str, ReleaseDateType] = {row.code: row for row in self.rows}

    def kind(self, date_type: str) -> ReleaseDateKind:
        """What the coming of a date of this type means; UNKNOWN, which ends nothing, for one that the table lacks."""
        found = self._by_code.get(date_type)
        return found.kind if found else ReleaseDateKind.UNKNOWN


def _type(line: Line) -> ReleaseDateType:
    kind = line.member("kind", ReleaseDateKind)
    if kind is ReleaseDateKind.UNKNOWN:
        line.refuse("kind is UNKNOWN", "leave the row out: what no row has is unknown")
    return ReleaseDateType(
        code=line.filled("date_type"), meaning=line.filled("meaning"), kind=kind, reason=line.filled("reason"), source=line["source"]
    )
