"""What a gate remembers so that REFER can be settled, and settling it: the answers of the last 15 minutes, and the settlements in force.

In memory alone: a restart voids every settlement, because nothing proves how long ago, on a monotonic clock that began anew, it was made.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from holdfast_gate.errors import JournalError, SettlementError
from holdfast_gate.model import Decision, Mode
from holdfast_gate.settlement import SETTLED_FOR_S, Refusal, Settlement, Shown, asked, same_doubts, shown_lately, still_so

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast_gate.answer import Answer
    from holdfast_gate.clock import Clock
    from holdfast_gate.journal import Journal
    from holdfast_gate.settlement import Officer

#: More than any gate answers in 15 minutes; the oldest go first.
SHOWN_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A settlement in force, the answer that was settled, and when it ends (monotonic)."""

    settlement: Settlement
    shown: Answer
    ends_at_s: float


class Settlements:
    """The memory of one gate that is open."""

    def __init__(self, journal: Journal, clock: Clock, mode: Mode) -> None:
        """Begin with nothing shown and nothing settled; what is settled is written into `journal`."""
        self._journal = journal
        self._clock = clock
        self._mode = mode
        self._shown: OrderedDict[int, Shown] = OrderedDict()
        self._settled: dict[int, Settlement] = {}
        self._live: dict[tuple[str, str], Live] = {}

    def show(self, answer: Answer, at_s: float) -> None:
        """`answer` is about to be given; it was made at `at_s`. One that is not in the journal cannot be settled."""
        if answer.sequence is not None:
            self._shown[answer.sequence] = Shown(answer=answer, at_s=at_s)
        while self._shown and (len(self._shown) > SHOWN_MAX or self._oldest().at_s < at_s - SETTLED_FOR_S):
            self._settled.pop(self._shown.popitem(last=False)[0], None)

    def settle(self, sequence: int, *, reason_code: str, officers: Sequence[Officer], note: str, judged: Callable[[Answer], Answer]) -> Settlement:
        """The settlement of that answer, in force and in the journal; `judged` is what the gate says now in place of an answer that was shown.

        Raises SettlementError; JournalError when it cannot be recorded, and then nothing is settled.
        """
        if self._mode is Mode.SHADOW:
            message = "this gate is in shadow mode: what it says binds nobody, so there is nothing to settle"
            raise SettlementError(Refusal.SHADOW, message)
        pair = asked(reason_code, officers, note)
        now_s = self._clock.monotonic_s()
        shown = shown_lately(self._find(sequence), now_s)
        wanted = Settlement(
            settlement_id="",
            sequence=sequence,
            prisoner_number=shown.prisoner_number,
            exit=shown.exit,
            refer=shown.refer,
            reason_code=reason_code,
            officers=pair,
            settled_for_s=SETTLED_FOR_S,
            note=note,
        )
        still_so(shown, judged(shown))
        if (already := self._already(wanted, now_s)) is not None:
            return already
        made = self._journal.append_settlement(wanted, shown, self._clock.now())
        self._settled[sequence] = made
        self._live[made.prisoner_number, made.exit] = Live(settlement=made, shown=shown, ends_at_s=now_s + SETTLED_FOR_S)
        return made

    def covered(self, answer: Answer, now_s: float) -> Answer:
        """`answer` with the settlement that covers it at `now_s`. One that does not cover it any more is void from now on."""
        live = self._live.get((answer.prisoner_number, answer.exit))
        if live is None:
            return answer
        if answer.decision is not Decision.REFER or live.ends_at_s - now_s < 1 or not same_doubts(live.shown, answer):
            del self._live[answer.prisoner_number, answer.exit]
            return answer
        return replace(answer, settlement=_left(live, now_s))

    def reconsider(self, judged: Callable[[Answer], Answer]) -> None:
        """Void what no longer holds; `judged` is what the gate says now in place of an answer that was settled."""
        for live in tuple(self._live.values()):
            self.covered(judged(live.shown), self._clock.monotonic_s())

    @property
    def live(self) -> Sequence[Settlement]:
        """Every settlement in force, as it was made."""
        return tuple(each.settlement for each in self._live.values())

    def _find(self, sequence: int) -> Shown:
        if (found := self._shown.get(sequence)) is not None:
            return found
        if not 0 < sequence <= self._journal.highest:
            message = f"this gate's journal has no entry {sequence}: give the `sequence` of the answer that the officers were shown"
            raise SettlementError(Refusal.UNKNOWN_SEQUENCE, message)
        message = f"journal entry {sequence} is no answer of the last 15 minutes since this gate was started: ask again, and settle what it says now"
        raise SettlementError(Refusal.TOO_OLD, message)

    def _already(self, wanted: Settlement, now_s: float) -> Settlement | None:
        """The settlement in force that these officers made of this answer: asking twice is harmless.

        Raises SettlementError CHANGED when the answer was settled in another way, or that settlement has ended: nobody settles one answer twice.
        """
        made = self._settled.get(wanted.sequence)
        if made is None:
            return None
        live = self._live.get((made.prisoner_number, made.exit))
        same = replace(wanted, settlement_id=made.settlement_id) == made
        if live is None or live.settlement != made or not same or live.ends_at_s - now_s < 1:
            message = f"journal entry {wanted.sequence} has been settled before: ask again, and settle what the gate says now"
            raise SettlementError(Refusal.CHANGED, message)
        return _left(live, now_s)

    def _oldest(self) -> Shown:
        return next(iter(self._shown.values()))


def _left(live: Live, now_s: float) -> Settlement:
    return replace(live.settlement, settled_for_s=int(live.ends_at_s - now_s))


def unsettled(error: Exception) -> NoReturn:
    """Raise SettlementError for whatever kept a REFER from being settled."""
    if isinstance(error, SettlementError):
        raise error
    if isinstance(error, JournalError):
        message = f"this gate could not record the settlement ({error}): nothing is settled; tell whoever runs it"
        raise SettlementError(Refusal.JOURNAL_NOT_WRITABLE, message) from error
    message = f"this gate has failed ({type(error).__name__}: {error}): nothing is settled; tell whoever runs it"
    raise SettlementError(Refusal.INTERNAL_ERROR, message) from error
