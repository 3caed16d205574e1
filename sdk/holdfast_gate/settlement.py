"""Settling a REFER: two different officers take it on themselves, for one prisoner, one exit, and exactly the reasons that they were shown.

Design section 4. A VETO is never settled: only its authority ends a hold. A settlement lasts 15 minutes at the most, on the monotonic clock, and
ends at once when anything that they were shown is otherwise: a new notice, another reason, a veto. Pure: nothing here asks what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.answer import Trouble
from holdfast_gate.checks import TEXT_MAX, signatory
from holdfast_gate.errors import SettlementError
from holdfast_gate.model import Decision, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast_gate.answer import Answer, Refer

__all__ = ["NOTE_MAX", "OFFICERS", "REASONS", "SETTLED_FOR_S", "Officer", "Refusal", "Settlement", "SettlementError", "Shown"]

#: How long a settlement lasts at the most, and how long an answer may be settled after it was given.
SETTLED_FOR_S = 900
OFFICERS = 2
NOTE_MAX = 500

#: Why people let somebody go although a gate asked them: a closed list (add by ADR), each with what the two officers say by it.
REASONS: Mapping[str, str] = {
    "CONFIRMED_BY_TELEPHONE": "Whoever the answer says to ask was rung on a known number, and confirmed that this person may leave in this way.",
    "PRISON_ORDER_SEEN": "The prison's signed order for this exit on this day was seen on paper, and who signed it was checked.",
    "COURT_ORDER_SEEN": "The court's own order or result was seen, is about this person, and says that they may leave in this way.",
    "RECORDS_SEARCHED_BY_HAND": "While Holdfast or the network is down, the records of courts, prisons and immigration were each searched by hand.",
    "CHECKS_SIGNED_ON_PAPER": "The missing release checks were made, and are signed on paper by those who may sign them.",
    "IDENTITY_CONFIRMED": "Who this person is was established again, and everything held under each of their numbers was read.",
    "COURT_PRODUCTION": "A court requires this person today; they stay in custody, under escort.",
    "MEDICAL_EMERGENCY": "There is danger to life: this person goes to hospital, under escort.",
    "EVACUATION": "The place must be cleared; this person is moved and stays in custody, under escort.",
}


class Refusal(Word):
    """Why nothing was settled."""

    NOT_REFERRED = "NOT_REFERRED"
    VETOED = "VETOED"
    CHANGED = "CHANGED"
    SAME_OFFICER = "SAME_OFFICER"
    UNKNOWN_SEQUENCE = "UNKNOWN_SEQUENCE"
    TOO_OLD = "TOO_OLD"
    JOURNAL_NOT_WRITABLE = "JOURNAL_NOT_WRITABLE"
    SHADOW = "SHADOW"
    #: The asking itself makes no sense: a reason that is not on the list, an officer without a name, a note that is too long.
    BAD_REQUEST = "BAD_REQUEST"
    INTERNAL_ERROR = "INTERNAL_ERROR"


@dataclass(frozen=True, slots=True)
class Officer:
    """One of the two who settle. Raises SettlementError BAD_REQUEST for one without a name or a role."""

    name: str
    role: str

    def __post_init__(self) -> None:
        """See that it says who, and as what."""
        for word, text in (("name", self.name), ("role", self.role)):
            if not signatory(text) or len(text) > TEXT_MAX:
                message = f"an officer needs a {word}, of {TEXT_MAX} characters at most: {text[:TEXT_MAX]!r}"
                raise SettlementError(Refusal.BAD_REQUEST, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A REFER that two officers have settled.

    `settlement_id` is that of its own entry in the journal, `sequence` the number of the answer that they were shown, `refer` the reasons
    that it gave. `settled_for_s` is what is left of it.
    """

    settlement_id: str
    sequence: int
    prisoner_number: str
    exit: str
    refer: tuple[Refer, ...]
    reason_code: str
    officers: tuple[Officer, Officer]
    settled_for_s: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer that was given at `at_s` (monotonic), under the number that it has in the journal."""

    answer: Answer
    at_s: float


def asked(reason_code: str, officers: Sequence[Officer], note: str) -> tuple[Officer, Officer]:
    """The two officers of a settlement that may be looked at. Raises SettlementError BAD_REQUEST or SAME_OFFICER."""
    if reason_code not in REASONS:
        message = f"{reason_code!r} is not a reason to settle; use one of {', '.join(REASONS)}"
        raise SettlementError(Refusal.BAD_REQUEST, message)
    if len(note) > NOTE_MAX:
        message = f"the note has {len(note)} characters, and {NOTE_MAX} is the most: shorten it"
        raise SettlementError(Refusal.BAD_REQUEST, message)
    if len(officers) != OFFICERS:
        message = f"exactly two officers settle, and {len(officers)} were named"
        raise SettlementError(Refusal.BAD_REQUEST, message)
    one, other = officers
    if signatory(one.name) == signatory(other.name):
        message = f"two different officers must settle, and both are {one.name}: a second officer must look and sign"
        raise SettlementError(Refusal.SAME_OFFICER, message)
    return one, other


def shown_lately(shown: Shown, now_s: float) -> Answer:
    """The answer, if it is one that may be settled at `now_s`. Raises SettlementError NOT_REFERRED or TOO_OLD."""
    answer = shown.answer
    if answer.decision is not Decision.REFER:
        message = f"journal entry {answer.sequence} is {answer.decision.value}, and only a REFER is settled: a VETO is ended by its authority alone"
        raise SettlementError(Refusal.NOT_REFERRED, message)
    if _failed(answer):
        message = "the gate itself failed, so it cannot tell that no ground bars this exit, and nothing can be settled: tell whoever runs it"
        raise SettlementError(Refusal.NOT_REFERRED, message)
    if now_s - shown.at_s > SETTLED_FOR_S:
        message = f"journal entry {answer.sequence} was shown more than 15 minutes ago: ask again, and settle what the gate says now"
        raise SettlementError(Refusal.TOO_OLD, message)
    return answer


def still_so(shown: Answer, now: Answer) -> None:
    """Nothing, when the gate still says exactly what was shown. Raises SettlementError VETOED or CHANGED."""
    if now.decision is Decision.VETO:
        grounds = ", ".join(ground.name for ground in now.grounds)
        message = f"a ground bars this exit now ({grounds}): only its authority can end it"
        raise SettlementError(Refusal.VETOED, message)
    if not same_doubts(shown, now):
        reasons = ", ".join(reason.code.value for reason in now.refer) or now.decision.value
        message = f"the gate no longer says what was shown, but {reasons}: ask again, and settle what it says then"
        raise SettlementError(Refusal.CHANGED, message)


def same_doubts(shown: Answer, now: Answer) -> bool:
    """Whether both refer the same prisoner and exit, on the same notice and policy, for exactly the same reasons.

    Ages that grow by the second are no other reason: see `Refer.substance`. Neither may come of a failure of the gate, which hides vetoes.
    """
    return _doubts(shown) == _doubts(now) and shown.decision is now.decision is Decision.REFER and not _failed(now)


def _doubts(answer: Answer) -> tuple[object, ...]:
    reasons = sorted((reason.code.value, reason.substance or reason.sentence) for reason in answer.refer)
    return answer.prisoner_number, answer.exit, answer.mode, answer.notice_version, answer.policy_version, reasons


def _failed(answer: Answer) -> bool:
    return any(isinstance(reason.code, Trouble) for reason in answer.refer)
