"""How long a veto takes from the upstream record to every gate: the promise of the sealed feed, measured.

A veto is honoured by a gate, for this purpose, when the gate has told of a seal that covers it. It binds the gate earlier, when it is read: what is
measured is the most that it can have taken. A gate in shadow mode counts like any other, for it is the delivery that is measured.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from holdfast.records import PrisonerStatus
from holdfast.watch.gates import GateBoard
from holdfast_gate.model import Notice

#: Vetoes that wait for a gate; beyond it the oldest are given up.
WAITING_MAX = 10_000
#: What is summed up for people.
WINDOW = timedelta(hours=1)
_WINDOW_MAX = 100_000


@dataclass
class Veto:
    """A ground that came into force for somebody, and who has honoured it by when. `began_at` is when the upstream record was durable."""

    prisoner_number: str
    partition: int
    facts_offset: int
    began_at: datetime
    noticed_at: datetime
    honoured: dict[str, datetime] = field(default_factory=dict[str, datetime])
    awaited: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What people are shown of the last hour: how many vetoes reached every gate, and after how many seconds."""

    count: int
    p50_s: float
    p99_s: float


class Deliveries:
    """The vetoes that some gate has not honoured yet, and how long the others took."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._grounds: dict[str, frozenset[tuple[str, str]]] = {}
        self._waiting: dict[tuple[str, int, str, str], Veto] = {}
        self._window: deque[tuple[datetime, float]] = deque(maxlen=_WINDOW_MAX)
        self._given_up = 0

    def take_given_up(self) -> int:
        """How many vetoes are measured no more since this was last asked: a gate of theirs is gone, or there were too many."""
        count, self._given_up = self._given_up, 0
        return count

    @property
    def waiting(self) -> int:
        """How many vetoes some gate has not honoured yet."""
        return len(self._waiting)

    def tell(self, status: PrisonerStatus, notice: Notice, partition: int, *, measured: bool) -> None:
        """A notice. Not `measured`: it was published before watch began to look; then it is only remembered what it holds."""
        grounds = {(ground.name, ground.subject): ground for ground in notice.grounds if ground.bars}
        before = self._grounds.get(status.prisoner_number, frozenset())
        self._grounds[status.prisoner_number] = frozenset(grounds)
        if not measured:
            return
        # What made this notice is the record that was folded at its version. Any other ground came with time, or with somebody else's record.
        made_by = {entry.claim.source: entry.claim.received_at for entry in status.entries if entry.facts_offset == notice.facts_offset}
        for (name, subject), ground in grounds.items():
            if (name, subject) not in before:
                self._waiting[status.prisoner_number, notice.facts_offset, name, subject] = Veto(
                    prisoner_number=status.prisoner_number,
                    partition=partition,
                    facts_offset=notice.facts_offset,
                    began_at=made_by.get(ground.source, notice.as_of),
                    noticed_at=notice.as_of,
                )
        while len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
            self._given_up += 1

    def judge(self, at: datetime, board: GateBoard, always: Iterable[str]) -> Sequence[float]:
        """For every veto that all gates have honoured since: how many seconds that took.

        A gate counts if it is expected and was there when the veto came, or is one of `always`, which are expected by name. A veto that only a gate
        that is gone has not honoured is given up: nobody can say that it was honoured.
        """
        if not self._waiting:
            return ()
        expected, always = set(board.expected(at)), frozenset(always)
        took: list[float] = []
        for key, veto in tuple(self._waiting.items()):
            veto.awaited |= {name for name in expected if name in always or board.gates[name].first_heard <= veto.noticed_at}
            self._see(veto, board)
            missing = veto.awaited - veto.honoured.keys()
            if missing & expected:
                continue
            del self._waiting[key]
            if missing:
                self._given_up += 1
            elif veto.awaited:
                last = max(veto.honoured[name] for name in veto.awaited)
                took.append(max((last - veto.began_at).total_seconds(), 0.0))
        self._window.extend((at, seconds) for seconds in took)
        return took

    def not_honoured_by(self, gate_id: str) -> Sequence[str]:
        """The prisoners whose veto this gate has not honoured yet, in the order in which they came."""
        return tuple(dict.fromkeys(veto.prisoner_number for veto in self._waiting.values() if gate_id in veto.awaited - veto.honoured.keys()))

    def summary(self, at: datetime) -> Summary | None:
        """The last hour, for people; None: nothing was measured in it."""
        while self._window and at - self._window[0][0] > WINDOW:
            self._window.popleft()
        if not self._window:
            return None
        seconds = sorted(each for _, each in self._window)
        return Summary(count=len(seconds), p50_s=_percentile(seconds, 50), p99_s=_percentile(seconds, 99))

    @staticmethod
    def _see(veto: Veto, board: GateBoard) -> None:
        for name in veto.awaited:
            gate = board.gates.get(name)
            stand = None if gate is None else gate.stands.get(veto.partition)
            covered_at = None if stand is None else stand.covered_at(veto.facts_offset)
            if covered_at is not None:
                veto.honoured[name] = min(covered_at, veto.honoured.get(name, covered_at))


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: the smallest value that `percent` of all do not exceed."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]
