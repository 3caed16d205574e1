"""Codes of custody and immigration that are looked up by one word: alerts, imprisonment statuses, recall and record types."""

from __future__ import annotations

from typing import ClassVar

from holdfast.codes.rows import CodeRow, Effect, asks, effect_and_ground, indeterminate, unknown
from holdfast.codes.tables import Line, Table, unique
from holdfast_gate.model import Ground


class _OneWord:
    """A table whose first column is what its codes are looked up by."""

    COLUMNS: ClassVar[tuple[str, ...]]
    WHAT: ClassVar[str]

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self.rows = tuple(self._row(line) for line in unique(table.lines, lambda line: (line[self.COLUMNS[0]],)))
        self._by_code = {row.code: row for row in self.rows}

    def classify(self, code: str) -> CodeRow:
        """What a code means; one that is not known is for a person to look at."""
        return self._by_code.get(code) or unknown(self.WHAT, code)

    def _row(self, line: Line) -> CodeRow:
        effect, ground = effect_and_ground(line)
        return CodeRow(
            code=line.filled(self.COLUMNS[0]),
            meaning=line.filled("meaning"),
            effect=effect,
            ground=ground,
            asks=asks(line, effect) if "asks" in self.COLUMNS else "",
            indeterminate="indeterminate" in self.COLUMNS and indeterminate(line, ground),
            reason=line.filled("reason"),
            source=line["source"] if "source" in self.COLUMNS else "",
        )


class AlertCodes(_OneWord):
    """Prison alerts, and what each does to custody while it is active."""

    COLUMNS = ("alert_code", "meaning", "effect", "ground", "asks", "reason")
    WHAT = "alert"


class ImprisonmentStatuses(_OneWord):
    """NOMIS imprisonment statuses: on what custody says that somebody is held.

    The legal status that upstream derives from them is not used: it shows some recalls as SENTENCED, extradition as
    immigration, and the dead as convicted. A status speaks for custody, so it cannot end what a court ordered.
    """

    COLUMNS = ("status", "meaning", "effect", "ground", "indeterminate", "reason", "source")
    WHAT = "imprisonment status"

    def _row(self, line: Line) -> CodeRow:
        row = super()._row(line)
        if row.effect in {Effect.CLEAR, Effect.BAIL}:
            line.refuse(f"{row.effect} by a status", "make it SILENT: custody's status ends no hold of a court")
        return row


class ImmigrationRecordTypes(_OneWord):
    """Types of immigration records. A CLEAR ends the holds of its own matter only."""

    COLUMNS = ("record_type", "meaning", "effect", "ground", "reason", "source")
    WHAT = "immigration record type"


class RecallTypes(_OneWord):
    """Kinds of recall, and for how long a fixed term recall lasts."""

    COLUMNS = ("recall_type", "meaning", "effect", "ground", "fixed_term_days", "reason", "source")
    WHAT = "recall type"

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self._days: dict[str, int] = {}
        super().__init__(table)

    def fixed_term_days(self, recall_type: str) -> int | None:
        """How many days in custody a fixed term recall is for; None where the recall has no fixed term, or is not known."""
        return self._days.get(recall_type)

    def _row(self, line: Line) -> CodeRow:
        row = super()._row(line)
        if row.ground != Ground.RECALL.value:
            line.refuse(f"a recall that is {row.effect} {row.ground}".strip(), "make it HOLD, RECALL: whoever is recalled is held")
        if days := line["fixed_term_days"]:
            if not (days.isascii() and days.isdigit() and int(days) > 0):
                line.refuse(f"fixed_term_days is '{days}'", "write a number of days, or leave it empty")
            self._days[row.code] = int(days)
        return row
