"""Watch: what is told to it, and what it says of it. Pure: T of the marks is its clock, and the broker's append times are of the same one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from holdfast.incidents import departures_barred, silences
from holdfast.records import DecisionReport, GatePosition, Incident, PartitionStatus, PrisonerStatus
from holdfast.watch.decisions import REMEMBERED_FOR, Decisions
from holdfast.watch.delivery import Deliveries
from holdfast.watch.departures import DESPITE_VETO, Departures
from holdfast.watch.detention import Detention
from holdfast.watch.gate_incidents import judge_equality, judge_lag, judge_overrides, judge_silence
from holdfast.watch.gates import GateBoard
from holdfast.watch.ledger import Ledger
from holdfast.watch.limits import Limits
from holdfast_gate.model import Notice, RecordRef

#: When T leaps by more than this, the hub or its broker was away: nobody is called silent for the time in which nobody could be heard.
LEAP = timedelta(seconds=60)
COUNT_EVERY = timedelta(seconds=60)


class Watch:
    """One watch over all partitions. `read_from` is the instant from which gates' reports are read; what was said before is restored to `ledger`."""

    def __init__(self, limits: Limits, *, status_partitions: int, read_from: datetime) -> None:
        """Nothing is known."""
        self._limits = limits
        self._partitions = status_partitions
        self._read_from = read_from
        self._progress: dict[int, PartitionStatus] = {}
        self._judged_at: datetime | None = None
        self._counted_at: datetime | None = None
        self._running_since: datetime | None = None
        self.ledger = Ledger()
        self.board = GateBoard(limits)
        self.deliveries = Deliveries()
        self._decisions = Decisions()
        self._departures = Departures(limits, self._decisions, self.ledger)
        self._detention = Detention(limits, self.ledger)

    @property
    def time(self) -> datetime | None:
        """T: the oldest of the newest marks of every partition; None until each has one."""
        times = [progress.time for progress in self._progress.values()]
        known = [time for time in times if time is not None]
        return min(known) if len(known) == self._partitions else None

    def restore(self, incident: Incident) -> None:
        """What a predecessor has said. A gate that it missed or found wanting is expected still."""
        self.ledger.restore(incident)
        if incident.gate is not None and incident.over_at is None:
            self.board.heard(incident.gate, incident.detected_at).follows = True

    # --- what is told --------------------------------------------------------------------------------------------------------

    def status(self, status: PrisonerStatus, notice: Notice, partition: int, *, measured: bool) -> None:
        """One prisoner's status and what gates are told of him; not `measured`: from before watch began."""
        despite: Incident | None = None
        for incident in departures_barred(status, notice):
            if incident.kind == DESPITE_VETO:
                despite = incident
            self.ledger.found(incident)
        self._departures.tell(status, despite, self._read_from)
        self._detention.tell(status, notice)
        self.deliveries.tell(status, notice, partition, measured=measured)

    def progress(self, progress: PartitionStatus, partition: int) -> None:
        """How far one partition of statuses has come."""
        self._progress[partition] = progress

    def position(self, position: GatePosition, appended_at: datetime) -> None:
        """Where a gate stands with one partition."""
        self.board.tell(position, appended_at)

    def decision(self, report: DecisionReport, appended_at: datetime, source: RecordRef) -> None:
        """What a gate decided."""
        self.board.heard(report.gate_id, appended_at, report.mode)
        self._departures.decided(self._decisions.tell(report, appended_at, source))

    # --- what is said --------------------------------------------------------------------------------------------------------

    def judge(self, at: datetime) -> Sequence[float]:
        """Look at everything as of T = `at`, when every report from before it has been read; how many seconds vetoes took to every gate since.

        What there is to say is in `ledger`.
        """
        self._note_leap(at)
        judge_silence(self.board, self.ledger, self._limits, at, self._running_since or at)
        took = self.deliveries.judge(at, self.board, (gate.gate_id for gate in self._limits.gates))
        judge_lag(self.board, self.ledger, self.deliveries, self._limits, at)
        judge_equality(self.board, self.ledger, self._limits, at)
        self._departures.judge(at, self.board, self._read_from)
        self._detention.judge(at)
        self._judge_sources(at)
        self._each_minute(at)
        return took

    def _each_minute(self, at: datetime) -> None:
        """What is to be counted over every decision that is remembered."""
        if self._counted_at is None or at - self._counted_at >= COUNT_EVERY:
            self._counted_at = at
            self._decisions.forget_before(at - REMEMBERED_FOR)
            judge_overrides(self._decisions, self.ledger, self._limits, at, self._read_from)

    def _note_leap(self, at: datetime) -> None:
        if self._judged_at is None or at - self._judged_at > LEAP:
            self._running_since = at
        self._judged_at = at if self._judged_at is None else max(at, self._judged_at)

    def _judge_sources(self, at: datetime) -> None:
        """SOURCE_SILENT; over when the source is heard of again."""
        oldest = min((each for each in self._progress.values() if each.time is not None), key=lambda each: each.time or at)
        silent = {incident.source: incident for incident in silences(oldest.sources, at, self._limits.source_silent_after)}
        for incident in silent.values():
            self.ledger.found(incident)
        heard = {mark.source for mark in oldest.sources if mark.caught_up_as_of is not None}
        for incident in self.ledger.open("SOURCE_SILENT"):
            if incident.source in heard and incident.source not in silent:
                self.ledger.ended(incident, at, "The source is heard again.")
