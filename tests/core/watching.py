"""A watch that is told things by hand: gates' reports, statuses and marks, all on one clock that tests move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from holdfast.claims import Claim, SourceMark
from holdfast.records import DecisionReport, GatePosition, Incident, PartitionStatus
from holdfast.status import derive
from holdfast.watch import Limits, Watch
from holdfast_gate.model import RecordRef
from tests.core.telling import NOW, NUMBER, status_of

GATE, OTHER = "gate-wwi", "gate-cdi"


def seconds(count: float) -> datetime:
    """An instant after NOW."""
    return NOW + timedelta(seconds=count)


def position(at: datetime, *, gate: str = GATE, lag_s: float = 1, **more: Any) -> GatePosition:
    """Where a gate says that it stands: at a seal that is `lag_s` old."""
    stands = GatePosition(gate_id=gate, partition=0, seal_number=10, sealed_at=at - timedelta(seconds=lag_s), reported_at=at)
    return replace(stands, **more)


def report(decision: str, *, gate: str = GATE, number: int = 1, exit_: str = "release", mode: str = "BINDING", at: datetime = NOW) -> DecisionReport:
    """What a gate decided about the prisoner, at `at` by its own clock."""
    return DecisionReport(
        report_id=f"{gate}/{number}",
        gate_id=gate,
        sequence=number,
        prisoner_number=NUMBER,
        exit=exit_,
        decision=decision,
        codes=(),
        grounds=(),
        notice_facts_offset=None,
        rules_version=None,
        policy_version=0,
        seal_number=None,
        decided_at=at,
        valid_until=None,
        mode=mode,
    )


def place(offset: int) -> RecordRef:
    """A record of `gate-reports`."""
    return RecordRef("gate-reports", 0, offset, hashlib.sha256(str(offset).encode()).hexdigest())


class Watched:
    """A watch over one partition, and everything that it has said."""

    def __init__(self, limits: Limits | None = None, *, read_from: datetime = NOW - timedelta(days=30)) -> None:
        self.watch = Watch(limits or Limits(), status_partitions=1, read_from=read_from)
        self.said: dict[str, Incident] = {}
        self.times_said = 0
        self.took: list[float] = []
        self.offset = 0

    def tell(self, *claims: Claim, at: datetime = NOW, measured: bool = True) -> None:
        """A status that was folded from these claims, with its notice as of `at`."""
        status = status_of(claims, at=at)
        self.watch.status(status, derive(status, at=at), 0, measured=measured)

    def stands(self, *positions: GatePosition, late_s: float = 0) -> None:
        """Positions, each appended when it was reported, or later."""
        for each in positions:
            self.watch.position(each, each.reported_at + timedelta(seconds=late_s))

    def decides(self, decided: DecisionReport, appended_at: datetime | None = None) -> None:
        """A decision's report."""
        self.offset += 1
        self.watch.decision(decided, appended_at or decided.decided_at, place(self.offset))

    def follows(self, *gates: str, until: datetime = NOW, for_s: float = 60) -> None:
        """These gates have followed the feed well for a while."""
        for gate in gates or (GATE,):
            self.stands(*(position(until - timedelta(seconds=for_s - each), gate=gate) for each in range(int(for_s) + 1)))

    def judge(self, at: datetime, sources: Iterable[SourceMark] = ()) -> Sequence[Incident]:
        """Let T become `at`; what is said because of it."""
        self.watch.progress(PartitionStatus(facts_offset=0, time=at, sources=tuple(sources)), 0)
        assert self.watch.time == at
        self.took += self.watch.judge(at)
        news = self.watch.ledger.take_news()
        self.said |= {incident.incident_id: incident for incident in news}
        self.times_said += len(news)
        return news

    def successor(self) -> Watched:
        """Another watch that knows only what stands on `incidents`."""
        other = Watched()
        for incident in self.said.values():
            other.watch.restore(incident)
        return other


def kinds(incidents: Iterable[Incident]) -> list[tuple[str, bool]]:
    """Each incident's kind, and whether it is over."""
    return [(incident.kind, incident.over_at is not None) for incident in incidents]
