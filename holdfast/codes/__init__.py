"""What other people's codes mean in law: court results, NOMIS movement reasons, prison alerts.

Three tables kept as data beside this file, read and checked at import: reading them is the one thing in `holdfast`
that touches a file. A code is looked up by its identifier, never by its label, because labels drift. A code that no
table has is a question for a person, never "no hold".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from holdfast.codes.tables import CodeTableError, Edition, Line, Table, shipped, unique
from holdfast_gate.model import Exit, Ground, QueryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "EDITIONS",
    "AlertCodes",
    "CodeRow",
    "CodeTableError",
    "CourtResults",
    "Edition",
    "Effect",
    "MovementReasons",
    "classify",
    "classify_alert",
    "court_results",
    "exits_of_order",
    "leaves",
    "most_custodial",
]


class Effect(StrEnum):
    """What a code does to custody, from the most custodial to the least.

    HOLD: to be kept, on the ground named. CHECK: a person must look; the ground names the kind of query. SILENT: says
    nothing about custody, so what was said before stands; that makes it more custodial than the four that replace an
    earlier word: SUSPENDED (a suspended sentence, whose term is checked for plausibility), BAIL, NON_CUSTODIAL (a final
    disposal without custody) and CLEAR (the offence is over: dismissed, withdrawn...).
    """

    HOLD = "HOLD"
    CHECK = "CHECK"
    SILENT = "SILENT"
    SUSPENDED = "SUSPENDED"
    BAIL = "BAIL"
    NON_CUSTODIAL = "NON_CUSTODIAL"
    CLEAR = "CLEAR"


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeRow:
    """One code and our reading of it.

    `code` is what people call it by: its CJS code, else its short code, else its identifier. `ground` is a `Ground` for
    HOLD, a `QueryKind` for CHECK, and empty otherwise. `final` says that it ends the offence's proceedings. An empty
    string means that the source has none.
    """

    code: str
    meaning: str
    effect: Effect
    ground: str = ""
    final: bool = False
    reason: str
    result_type_id: str = ""
    cjs_code: str = ""
    short_code: str = ""
    source: str = ""


def most_custodial(rows: Iterable[CodeRow]) -> CodeRow:
    """The row to act on where rows disagree.

    The first effect in the order of `Effect`; of equal ones a sentence last, because a date ends it, and what ends the
    proceedings after what leaves them open.
    """
    order = list(Effect)
    return min(rows, key=lambda row: (order.index(row.effect), row.ground == Ground.SENTENCE.value, row.final))


def _unknown(what: str, code: str) -> CodeRow:
    return CodeRow(
        code=code,
        meaning=f"unknown {what}",
        effect=Effect.CHECK,
        ground=QueryKind.UNKNOWN_CODE.value,
        reason=f"{what} {code} is in no code table",
    )


def _effect_and_ground(line: Line) -> tuple[Effect, str]:
    effect = line.member("effect", Effect)
    match effect:
        case Effect.HOLD:
            if line.member("ground", Ground) is Ground.QUERY:
                line.refuse("ground QUERY of a HOLD", "make the effect CHECK and name the kind of query")
        case Effect.CHECK:
            line.member("ground", QueryKind)
        case _:
            if line["ground"]:
                line.refuse(f"{effect} with ground '{line['ground']}'", "leave it empty, or make it HOLD or CHECK")
    return effect, line["ground"]


# --- court results ----------------------------------------------------------------------------------------------------


class CourtResults:
    """Common Platform result definitions by type id, and CJS and NOMIS result codes.

    Many definitions share a CJS code. Where they disagree, the code by itself means the most custodial of them.
    """

    COLUMNS = ("result_type_id", "cjs_code", "short_code", "meaning", "effect", "ground", "final", "reason", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        lines = unique(table.lines, _court_result_key)
        self.edition = table.edition
        self.rows = tuple(self._row(line) for line in lines)
        self._by_type_id = {row.result_type_id: row for row in self.rows if row.result_type_id}
        sharing: dict[str, list[CodeRow]] = {}
        for row in self.rows:
            if row.cjs_code:
                sharing.setdefault(row.cjs_code, []).append(row)
        self._by_cjs_code = {code: most_custodial(rows) for code, rows in sharing.items()}

    @staticmethod
    def _row(line: Line) -> CodeRow:
        type_id, cjs_code, short_code = line["result_type_id"], line["cjs_code"], line["short_code"]
        if not type_id and not cjs_code:
            line.refuse("neither result_type_id nor cjs_code", "give one: nothing else is looked up")
        if type_id != type_id.lower():
            line.refuse(f"result_type_id {type_id} in capitals", "write it in small letters")
        effect, ground = _effect_and_ground(line)
        return CodeRow(
            code=cjs_code or short_code or type_id,
            meaning=line.filled("meaning"),
            effect=effect,
            ground=ground,
            final=line.yes("final"),
            reason=line.filled("reason"),
            result_type_id=type_id,
            cjs_code=cjs_code,
            short_code=short_code,
            source=line["source"],
        )

    def classify(self, result_type_id: str | None, cjs_code: str | None) -> CodeRow:
        """What a result means: by type id; by CJS code where that is not known; by the more custodial of both.

        Both count where the message has another CJS code than its type, and the two have different effects.
        """
        type_id, code = (result_type_id or "").strip().lower(), (cjs_code or "").strip()
        by_type_id, by_code = self._by_type_id.get(type_id), self._by_cjs_code.get(code)
        if by_type_id is None:
            return by_code or _unknown("result", " ".join(filter(None, (type_id, code))) or "without a code")
        if by_code is None or code == by_type_id.cjs_code or by_code.effect is by_type_id.effect:
            return by_type_id
        return most_custodial((by_type_id, by_code))


def _court_result_key(line: Line) -> Sequence[str]:
    return (line["result_type_id"],) if line["result_type_id"] else ("", line["cjs_code"])


# --- movement reasons -------------------------------------------------------------------------------------------------


class MovementReasons:
    """NOMIS movement reasons: which exits an order is for, and whether a movement out means that somebody left."""

    COLUMNS = ("movement_type", "reason_code", "meaning", "exit", "leaves", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self._leaves: dict[tuple[str, str], bool] = {}
        exits: dict[str, frozenset[str]] = {}
        of_release: dict[str, frozenset[str]] = {}
        for line in unique(table.lines, lambda line: (line["movement_type"], line["reason_code"])):
            movement_type, code = line.filled("movement_type"), line.filled("reason_code")
            line.filled("meaning")
            self._leaves[movement_type, code] = line.yes("leaves")
            if movement_type == "REL":
                of_release[code] = _exits(line)
            else:
                exits[code] = exits.get(code, frozenset()) | _exits(line)
        # An order is to release: where another movement type has the same letters, as CRT CE has, the release is meant.
        self._exits: Mapping[str, frozenset[str]] = exits | of_release

    def exits_of_order(self, reason_code: str) -> frozenset[str]:
        """The exits that a release order with this reason is for; none where it orders no exit, or is not known."""
        return self._exits.get(reason_code, frozenset())

    def leaves(self, movement_type: str, reason_code: str) -> bool:
        """Whether a movement out means that somebody left. What is not known does, because departures are reported."""
        return self._leaves.get((movement_type, reason_code), movement_type != "ADM")


def _exits(line: Line) -> frozenset[str]:
    exits = line["exit"].split("|") if line["exit"] else []
    known = [exit_.value for exit_ in Exit]
    for unknown in (exit_ for exit_ in exits if exit_ not in known):
        line.refuse(f"unknown exit '{unknown}'", f"write one or more of {'|'.join(known)}")
    return frozenset(exits)


# --- alerts -----------------------------------------------------------------------------------------------------------


class AlertCodes:
    """Prison alerts, and what each does to custody while it is active."""

    COLUMNS = ("alert_code", "meaning", "effect", "ground", "reason")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        rows = [self._row(line) for line in unique(table.lines, lambda line: (line["alert_code"],))]
        self._by_code = {row.code: row for row in rows}

    @staticmethod
    def _row(line: Line) -> CodeRow:
        effect, ground = _effect_and_ground(line)
        return CodeRow(
            code=line.filled("alert_code"),
            meaning=line.filled("meaning"),
            effect=effect,
            ground=ground,
            reason=line.filled("reason"),
        )

    def classify(self, alert_code: str) -> CodeRow:
        """What an alert means; one that is not known is for a person to look at."""
        return self._by_code.get(alert_code) or _unknown("alert", alert_code)


# --- the tables of this version ---------------------------------------------------------------------------------------

_COURT_RESULTS = CourtResults(shipped("court-results.csv", CourtResults.COLUMNS))
_MOVEMENT_REASONS = MovementReasons(shipped("movement-reasons.csv", MovementReasons.COLUMNS))
_ALERT_CODES = AlertCodes(shipped("alert-codes.csv", AlertCodes.COLUMNS))

#: Which edition of each table this version reads codes by.
EDITIONS: Mapping[str, Edition] = {
    "court-results": _COURT_RESULTS.edition,
    "movement-reasons": _MOVEMENT_REASONS.edition,
    "alert-codes": _ALERT_CODES.edition,
}


def court_results() -> tuple[CodeRow, ...]:
    """Every row of the court result table, in the order of the file."""
    return _COURT_RESULTS.rows


def classify(result_type_id: str | None, cjs_code: str | None) -> CodeRow:
    """What a court result means: see `CourtResults.classify`."""
    return _COURT_RESULTS.classify(result_type_id, cjs_code)


def classify_alert(alert_code: str) -> CodeRow:
    """What a prison alert means: see `AlertCodes.classify`."""
    return _ALERT_CODES.classify(alert_code)


def exits_of_order(reason_code: str) -> frozenset[str]:
    """The exits that a release order with this NOMIS movement reason is for: see `MovementReasons.exits_of_order`."""
    return _MOVEMENT_REASONS.exits_of_order(reason_code)


def leaves(movement_type: str, reason_code: str) -> bool:
    """Whether a movement out means that somebody left: see `MovementReasons.leaves`."""
    return _MOVEMENT_REASONS.leaves(movement_type, reason_code)
