"""What a gate answers: a decision, and everything that a person needs to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.model import Decision, Mode, ReferCode, Word

if TYPE_CHECKING:
    from holdfast_gate.checks import CheckDone
    from holdfast_gate.model import NoticeGround
    from holdfast_gate.settlement import Settlement

#: How long an ALLOW may be acted upon.
ALLOW_VALID_FOR_S = 60


class Trouble(Word):
    """Why a decision is REFER although nothing about the whole picture is in doubt: the gate itself failed."""

    INTERNAL_ERROR = "INTERNAL_ERROR"
    JOURNAL_NOT_WRITABLE = "JOURNAL_NOT_WRITABLE"


@dataclass(frozen=True, slots=True)
class Refer:
    """One reason to ask people instead, in a plain sentence.

    `substance` is what the sentence says apart from ages and troubles that change by the second, so that a settlement covers the same doubt
    a minute later; empty where the sentence is all substance.
    """

    code: ReferCode | Trouble
    sentence: str
    substance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer about one prisoner and one exit.

    `grounds` are those that bar the exit (VETO), `refer` the reasons for REFER. `notice_version` is that of the newest notice that
    was looked at, `seal_number` that of the seal, `policy_version` that of the release policy, `checks` what the gate was told that
    people have signed. `sequence` is the answer's
    number in the journal; None when it could not be recorded, which an ALLOW never is. `settlement` is what covers a REFER, with what is left
    of it.
    """

    decision: Decision
    prisoner_number: str
    exit: str
    grounds: tuple[NoticeGround, ...] = ()
    refer: tuple[Refer, ...] = ()
    notice_version: tuple[int, int] | None = None
    seal_number: int | None = None
    rules_version: int | None = None
    policy_version: int = 0
    checks: tuple[CheckDone, ...] = ()
    sequence: int | None = None
    mode: Mode = Mode.BINDING
    settlement: Settlement | None = None

    @property
    def valid_for_s(self) -> int:
        """For how many seconds it may be acted upon: more than 0 is the only sign that somebody may leave, and in SHADOW there is none."""
        if self.mode is not Mode.BINDING:
            return 0
        if self.decision is Decision.ALLOW:
            return ALLOW_VALID_FOR_S
        if self.decision is Decision.REFER and self.settlement is not None:
            return min(ALLOW_VALID_FOR_S, self.settlement.settled_for_s)
        return 0
