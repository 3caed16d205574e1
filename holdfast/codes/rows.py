"""What a row of a code table says: the code, and our reading of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from holdfast_gate.model import Authority, Ground, QueryKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.codes.tables import Line


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
    HOLD, a `QueryKind` for CHECK, and empty otherwise. `final` says that it ends the offence's proceedings.
    `indeterminate` says that no date ends what it holds for, only a release direction of the Parole Board (life, detention
    for public protection or during His Majesty's pleasure). `ends` names the grounds that a CLEAR ends, where it does not
    end all of them: a withdrawn warrant ends no remand. Of a CHECK, `confirmed` is the effect that it has once two people have
    confirmed what was meant, empty where their answer ends the question and no more; and `asks` the authority whose own word
    answers it: IMMIGRATION, or nobody. An empty string means that the source has none.
    """

    code: str
    meaning: str
    effect: Effect
    ground: str = ""
    final: bool = False
    indeterminate: bool = False
    ends: tuple[str, ...] = ()
    confirmed: str = ""
    asks: str = ""
    reason: str
    result_type_id: str = ""
    cjs_code: str = ""
    short_code: str = ""
    source: str = ""


def most_custodial(rows: Iterable[CodeRow]) -> CodeRow:
    """The row to act on where rows disagree.

    The first effect in the order of `Effect`; of equal ones a sentence last, because a date ends it, one that no date ends
    before one that a date does, and what ends the proceedings after what leaves them open.
    """
    order = list(Effect)
    return min(rows, key=lambda row: (order.index(row.effect), row.ground == Ground.SENTENCE.value, not row.indeterminate, row.final))


def unknown(what: str, code: str) -> CodeRow:
    """How a code that no table has is read: a question for a person, never "no hold"."""
    return CodeRow(
        code=code,
        meaning=f"unknown {what}",
        effect=Effect.CHECK,
        ground=QueryKind.UNKNOWN_CODE.value,
        reason=f"no code table has this {what} ({code})",
    )


def effect_and_ground(line: Line) -> tuple[Effect, str]:
    """The cells `effect` and `ground`, which must go together. Raises `CodeTableError`."""
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


#: Effects that people's confirmation can give to a CHECK: none of them holds, or the code would.
_CONFIRMED = frozenset({Effect.BAIL, Effect.NON_CUSTODIAL, Effect.CLEAR})


def confirmed(line: Line, effect: Effect) -> str:
    """The cell `confirmed`, which only a CHECK can have. Raises `CodeTableError`."""
    said = line["confirmed"]
    if said and (effect is not Effect.CHECK or line.member("confirmed", Effect) not in _CONFIRMED):
        line.refuse(f"{effect} that is '{said}' once confirmed", f"leave it empty, or make it a CHECK and write {', '.join(sorted(_CONFIRMED))}")
    return said


def asks(line: Line, effect: Effect) -> str:
    """The cell `asks`, which only a CHECK can have. Raises `CodeTableError`."""
    said = line["asks"]
    if said and (effect is not Effect.CHECK or said != Authority.IMMIGRATION.value):
        line.refuse(f"{effect} that asks '{said}'", "leave it empty, or make it a CHECK that asks IMMIGRATION")
    return said


def indeterminate(line: Line, ground: str) -> bool:
    """The cell `indeterminate`, which only a sentence to be served, or a recall to one, can be. Raises `CodeTableError`."""
    if (said := line.yes("indeterminate")) and ground not in {Ground.SENTENCE.value, Ground.RECALL.value}:
        line.refuse("indeterminate is Y", "write N, or make it a HOLD on SENTENCE or RECALL")
    return said
