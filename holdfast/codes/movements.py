"""NOMIS movement reasons: how somebody left, which exit an order is for, and on what an admission says that he is held."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from holdfast.codes.rows import CodeRow, Effect, unknown
from holdfast.codes.tables import Line, Table, unique
from holdfast_gate.model import Exit, Ground, QueryKind

if TYPE_CHECKING:
    from collections.abc import Mapping


class Departure(StrEnum):
    """What became of somebody by a movement. Only RELEASED means that custody let him go.

    STAYS: nobody left (paper, video, a diary entry, an arrival). HANDED_OVER: to immigration or to another state.
    HOSPITAL: still held, in hospital. COURT, TRANSFER and TEMPORARY: expected back, or held elsewhere. AT_LARGE: escaped or
    absconded; every hold stays. DEAD: nobody is left to release or to hold.
    """

    STAYS = "STAYS"
    RELEASED = "RELEASED"
    HANDED_OVER = "HANDED_OVER"
    HOSPITAL = "HOSPITAL"
    COURT = "COURT"
    TRANSFER = "TRANSFER"
    TEMPORARY = "TEMPORARY"
    AT_LARGE = "AT_LARGE"
    DEAD = "DEAD"


class ReceivedAs(StrEnum):
    """On what an admission says that somebody is held.

    NOTHING: a return or a transfer; what held him before still does. UNKNOWN: no table says; a person must look.
    """

    SENTENCE = "SENTENCE"
    RECALL = "RECALL"
    REMAND = "REMAND"
    CONVICTED_UNSENTENCED = "CONVICTED_UNSENTENCED"
    IMMIGRATION = "IMMIGRATION"
    CIVIL = "CIVIL"
    DEFAULT = "DEFAULT"
    HOSPITAL = "HOSPITAL"
    UNKNOWN = "UNKNOWN"
    NOTHING = "NOTHING"

    @property
    def ground(self) -> Ground | None:
        """The ground of detention that it names, if it names one."""
        return _GROUNDS.get(self)


_GROUNDS: Mapping[ReceivedAs, Ground] = {
    ReceivedAs.SENTENCE: Ground.SENTENCE,
    ReceivedAs.RECALL: Ground.RECALL,
    ReceivedAs.REMAND: Ground.REMAND,
    ReceivedAs.CONVICTED_UNSENTENCED: Ground.CONVICTED_UNSENTENCED,
    ReceivedAs.IMMIGRATION: Ground.IMMIGRATION_DETENTION,
    ReceivedAs.CIVIL: Ground.CIVIL_COMMITTAL,
    ReceivedAs.DEFAULT: Ground.DEFAULT_IN_PAYMENT,
    ReceivedAs.HOSPITAL: Ground.HOSPITAL_ORDER,
}

#: What a movement of each type with a reason that is not known is taken for: departures are reported.
_UNKNOWN_REASON: Mapping[str, Departure] = {
    "ADM": Departure.STAYS,
    "CRT": Departure.COURT,
    "TAP": Departure.TEMPORARY,
    "TRN": Departure.TRANSFER,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementReason:
    """One movement type with one reason, and our reading of it.

    `exits`: which exits an order with this reason is for. `administrative`: only paper moved. `query`: why a person must look
    whenever it is used.
    """

    movement_type: str
    reason_code: str
    meaning: str
    exits: frozenset[str]
    departure: Departure
    received_as: ReceivedAs
    administrative: bool
    query: QueryKind | None
    reason: str
    source: str

    @property
    def row(self) -> CodeRow:
        """As a row like any other: an admission holds on its ground, a query is a question, all else is silent."""
        ground = self.received_as.ground
        effect = Effect.CHECK if self.query else Effect.HOLD if ground else Effect.SILENT
        return CodeRow(
            code=f"{self.movement_type} {self.reason_code}",
            meaning=self.meaning,
            effect=effect,
            ground=self.query.value if self.query else ground.value if ground else "",
            reason=self.reason,
            source=self.source,
        )


class MovementReasons:
    """NOMIS movement reasons by type and code."""

    COLUMNS = (
        "movement_type",
        "reason_code",
        "meaning",
        "exit",
        "departure",
        "received_as",
        "administrative",
        "query",
        "reason",
        "source",
    )

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self.rows = tuple(_reason(line) for line in unique(table.lines, lambda line: (line["movement_type"], line["reason_code"])))
        self._by_code = {(row.movement_type, row.reason_code): row for row in self.rows}
        self._absences = {row.reason_code for row in self.rows if row.movement_type in {"CRT", "TAP", "TRN"}}
        exits: dict[str, frozenset[str]] = {}
        for row in self.rows:
            if row.movement_type != "REL":
                exits[row.reason_code] = exits.get(row.reason_code, frozenset()) | row.exits
        of_release = {row.reason_code: row.exits for row in self.rows if row.movement_type == "REL"}
        # An order is to release: where another movement type has the same letters, as CRT CE has, the release is meant.
        self._exits: Mapping[str, frozenset[str]] = exits | of_release

    def classify(self, movement_type: str, reason_code: str) -> CodeRow:
        """What a movement says of custody; a reason that is not known is for a person to look at."""
        found = self._by_code.get((movement_type, reason_code))
        return found.row if found else unknown("movement reason", f"{movement_type} {reason_code}")

    def exits_of_order(self, reason_code: str) -> frozenset[str]:
        """The exits that a release order with this reason is for; none where it orders no exit, or is not known."""
        return self._exits.get(reason_code, frozenset())

    def known(self, reason_code: str) -> bool:
        """Whether any movement has this reason."""
        return reason_code in self._exits

    def departure(self, movement_type: str, reason_code: str) -> Departure:
        """What became of somebody. An unknown reason of a release means that he left, because departures are reported."""
        found = self._by_code.get((movement_type, reason_code))
        return found.departure if found else _UNKNOWN_REASON.get(movement_type, Departure.RELEASED)

    def received_as(self, reason_code: str) -> ReceivedAs:
        """On what an arrival with this reason says that somebody is held; NOTHING too where he comes back from an absence."""
        found = self._by_code.get(("ADM", reason_code))
        if found is not None:
            return ReceivedAs.UNKNOWN if found.query else found.received_as
        return ReceivedAs.NOTHING if reason_code in self._absences else ReceivedAs.UNKNOWN

    def administrative(self, movement_type: str, reason_code: str) -> bool:
        """Whether only paper moved; what is not known is taken for a movement."""
        found = self._by_code.get((movement_type, reason_code))
        return found is not None and found.administrative


def _reason(line: Line) -> MovementReason:
    row = MovementReason(
        movement_type=line.filled("movement_type"),
        reason_code=line.filled("reason_code"),
        meaning=line.filled("meaning"),
        exits=frozenset(exit_.value for exit_ in line.members("exit", Exit)),
        departure=line.member("departure", Departure),
        received_as=line.member("received_as", ReceivedAs) if line["received_as"] else ReceivedAs.NOTHING,
        administrative=line.yes("administrative"),
        query=line.member("query", QueryKind) if line["query"] else None,
        reason=line.filled("reason"),
        source=line["source"],
    )
    if line["received_as"] and row.received_as.ground is None:
        line.refuse(f"received_as is {row.received_as}", "leave it empty, or name a ground of detention")
    if row.received_as.ground and row.movement_type != "ADM":
        line.refuse(f"received_as {row.received_as} of a movement {row.movement_type}", "leave it empty: only an admission receives")
    if row.administrative and (row.departure is not Departure.STAYS or row.exits or row.received_as.ground):
        line.refuse("administrative is Y", "write N, or leave exit and received_as empty and the departure STAYS")
    if row.movement_type == "ADM" and row.departure is not Departure.STAYS:
        line.refuse(f"an admission that is a departure {row.departure}", "make the departure STAYS")
    return row
