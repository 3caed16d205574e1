"""What gates decided, as they reported it. Reports come at least once, in any order, some of them hours late: of each the first copy counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.records import DecisionReport
from holdfast.watch.gates import SHADOW
from holdfast.watch.limits import Limits
from holdfast_gate.model import RecordRef

SETTLED, ALLOW, VETO = "SETTLED", "ALLOW", "VETO"
#: Decisions are remembered for this long, for departures that custody records late.
REMEMBERED_FOR = timedelta(days=7)
REMEMBERED_MAX = 500_000
#: A report's gate and id: no gate can take the place of another's report.
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One decision of a gate, and when and where the broker appended the first copy of its report."""

    report_id: str
    gate_id: str
    prisoner_number: str
    exit: str
    decision: str
    binds: bool
    decided_at: datetime
    appended_at: datetime
    source: RecordRef

    def about(self, left_at: datetime, limits: Limits) -> bool:
        """Whether it can be the decision on a departure at `left_at`.

        The broker's time counts. Only where the report came after the departure does the gate's own clock say whether the decision came before:
        nothing else can, for a gate that was without a network.
        """
        earliest, latest = left_at - limits.decision_before, left_at + limits.decision_after
        when = self.appended_at if self.appended_at <= latest else self.decided_at
        return earliest <= when <= latest


class Decisions:
    """Every decision that is remembered, by prisoner and by gate."""

    def __init__(self) -> None:
        """None was read."""
        self._by_id: dict[Key, Decided] = {}
        self._by_prisoner: dict[str, set[Key]] = {}

    def tell(self, report: DecisionReport, appended_at: datetime, source: RecordRef) -> Decided:
        """One report; what is known of it now."""
        key = report.gate_id, report.report_id
        known = self._by_id.get(key)
        if known is not None and (known.appended_at, _place(known.source)) <= (appended_at, _place(source)):
            return known
        told = Decided(
            report_id=report.report_id,
            gate_id=report.gate_id,
            prisoner_number=report.prisoner_number,
            exit=report.exit,
            decision=report.decision,
            binds=report.mode != SHADOW,
            decided_at=report.decided_at,
            appended_at=appended_at,
            source=source,
        )
        self._by_id[key] = told
        self._by_prisoner.setdefault(report.prisoner_number, set()).add(key)
        if len(self._by_id) > REMEMBERED_MAX:
            self._forget(next(iter(self._by_id)))
        return told

    def of(self, prisoner_number: str) -> Iterator[Decided]:
        """What gates decided about him, the first first."""
        found = [self._by_id[each] for each in self._by_prisoner.get(prisoner_number, ())]
        yield from sorted(found, key=lambda each: (each.appended_at, each.report_id))

    def settled_shares(self, since: datetime) -> Iterator[tuple[str, tuple[int, int, str]]]:
        """Per gate that binds: how many of its decisions since then officers settled, of how many, and the id of the first that was settled."""
        counts: dict[str, list[Decided]] = {}
        for each in self._by_id.values():
            if each.binds and each.appended_at > since:
                counts.setdefault(each.gate_id, []).append(each)
        for name, decided in counts.items():
            settled = sorted((each.appended_at, each.report_id) for each in decided if each.decision == SETTLED)
            if settled:
                yield name, (len(settled), len(decided), settled[0][1])

    def forget_before(self, instant: datetime) -> None:
        """Forget what was reported before."""
        for key in [key for key, each in self._by_id.items() if each.appended_at < instant]:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        number = self._by_id.pop(key).prisoner_number
        self._by_prisoner[number].discard(key)
        if not self._by_prisoner[number]:
            del self._by_prisoner[number]


def _place(source: RecordRef) -> tuple[str, int, int]:
    return source.topic, source.partition, source.offset
