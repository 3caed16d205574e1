"""Watch: `prisoner-status` and `gate-reports` in, `incidents` out. What went wrong, said once, and how long a veto takes to every gate.

One watch at a time, for what it looks at crosses every partition. Its lane is the one partition of `incidents`, to which it alone writes: the group
gives that to one process, and the lane fences whoever had it. The other two topics are followed with a reader, and all that is known is rebuilt from
them at a start (docs/adr/0021-watch.md). An incident's id is derived from what it is about, so that a successor who says it again says the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from holdfast.records import DecisionReport, GatePosition, Incident, PartitionStatus, PrisonerStatus
from holdfast.watch import ExpectedGate, Limits, Watch
from holdfast_gate.avro import UnreadableError
from holdfast_gate.model import Notice, RecordRef
from schemas.wire import decode, decode_as, encode
from services.runtime.config import ServiceSettings, WatchSettings
from services.runtime.headers import event
from services.runtime.health import Health, LaneState
from services.runtime.metrics import INCIDENTS as SAID
from services.runtime.metrics import LAG, READ, REPORTS_UNREADABLE
from services.runtime.ports import Broker, BrokerError, Clock, Lane, Outgoing, Reader, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.stage import READ_LIMIT, Service, Stage, StrangerError, Tick, committed
from services.watch.shown import show

log = structlog.get_logger(__name__)

STATUS, REPORTS, INCIDENTS = "prisoner-status", "gate-reports", "incidents"
#: How often everything is looked at, while T goes on.
JUDGE_EVERY_S = 0.1


class WatchStage:
    """The one watch."""

    def __init__(self, limits: Limits, lookback: timedelta) -> None:
        self._limits = limits
        self._lookback = lookback
        self._said: dict[str, Incident] = {}
        self._broker: Broker | None = None

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Which incidents have been said already, and which of them last."""
        self._broker = broker
        async for record in read_to_end(broker, [TopicPartition(INCIDENTS, 0)]):
            if record.value is not None:
                incident = decode_as(Incident, record.value)
                self._said[incident.incident_id] = incident
        return []

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Nothing: what stands on the lane is what this watch, or one before it, has said."""
        del records, tick
        return []

    async def carry(self, service: Service, lane: Lane, clock: Clock, health: Health) -> None:
        """Follow statuses and reports until `health.draining`."""
        if self._broker is None:
            message = "carried before it was restored"
            raise BrokerError(message)
        statuses = await _partitions(self._broker, STATUS)
        reports = await _partitions(self._broker, REPORTS)
        read_from = clock.now() - self._lookback  # the wall clock says where to begin to read, and nothing else
        offsets = await self._broker.offsets_at(reports, read_from)
        watch = Watch(self._limits, status_partitions=len(statuses), read_from=read_from)
        for incident in self._said.values():
            watch.restore(incident)
        reader = await self._broker.open_reader([*statuses, *reports], offsets=offsets)
        try:
            await _Following(watch, reader, statuses, reports).follow(service, lane, clock, health)
        finally:
            await reader.close()


@dataclass(frozen=True, slots=True)
class _ToJudge:
    """Everything may be judged as of T = `time` once reports have been read up to `ends`: each that came before T is below them."""

    time: datetime
    ends: Mapping[TopicPartition, int]


class _Following:
    """Reads, tells and judges, for one watch on one reader."""

    def __init__(self, watch: Watch, reader: Reader, statuses: Sequence[TopicPartition], reports: Sequence[TopicPartition]) -> None:
        self._watch = watch
        self._reader = reader
        self._statuses = statuses
        self._reports = reports
        self._live = False
        self._next: _ToJudge | None = None
        self._judged: datetime | None = None
        self._cause: Record | None = None

    async def follow(self, service: Service, lane: Lane, clock: Clock, health: Health) -> None:
        begun_at = await self._reader.end_offsets()
        judged_s = float("-inf")
        while not health.draining:
            records = await self._reader.read(limit=READ_LIMIT, timeout_s=service.tick_s)
            for record in records:
                self._tell(record)
            now_s = clock.monotonic_s()
            if not self._live and await self._has_read(begun_at):
                self._live = True
                health.lane(lane.source, LaneState.RUNNING)
            if self._live and now_s - judged_s >= JUDGE_EVERY_S and await self._judge(service, health):
                judged_s = now_s
            if outputs := self._news():
                await committed(service, lane, outputs, None)
            for topic in (STATUS, REPORTS):
                READ.labels(service.name, topic).inc(sum(record.topic == topic for record in records))
            health.progress(lane.source, now_s)

    # --- what is told --------------------------------------------------------------------------------------------------------

    def _tell(self, record: Record) -> None:
        self._cause = record
        if record.value is None:
            return
        if record.topic == REPORTS:
            self._report(record, record.value)
            return
        match told := decode(record.value):
            case PrisonerStatus():
                self._watch.status(told, decode_as(Notice, told.notice), record.partition, measured=self._live)
            case PartitionStatus():
                self._watch.progress(told, record.partition)
            case _:
                raise StrangerError(record, told)

    def _report(self, record: Record, value: bytes) -> None:
        """Gates are other people's systems: what is no report, or of no partition that there is, is counted and passed over."""
        try:
            told = decode(value)
        except UnreadableError as error:
            self._refuse(record, error.reason)
            return
        match told:
            case GatePosition() if 0 <= told.partition < len(self._statuses):
                self._watch.position(told, record.appended_at)
            case DecisionReport():
                source = RecordRef(record.topic, record.partition, record.offset, hashlib.sha256(value).hexdigest())
                self._watch.decision(told, record.appended_at, source)
            case _:
                self._refuse(record, "WRONG_RECORD")

    def _refuse(self, record: Record, reason: str) -> None:
        REPORTS_UNREADABLE.labels(reason).inc()
        log.warning("not a report of a gate", where=f"{record.topic}[{record.partition}]@{record.offset}", reason=reason)

    # --- what is said --------------------------------------------------------------------------------------------------------

    async def _judge(self, service: Service, health: Health) -> bool:
        """Judge as of the newest T, if every report from before it has been read; whether that was so."""
        time = self._watch.time
        if self._next is None and time is not None and (self._judged is None or time > self._judged):
            ends = await self._reader.end_offsets()
            self._next = _ToJudge(time, {source: ends[source] for source in self._reports})
            for source, end in ends.items():
                LAG.labels(service.group, source.topic, str(source.partition)).set(max(end - await self._reader.position(source), 0))
        if self._next is None or not await self._has_read(self._next.ends):
            return False
        self._judged, self._next = self._next.time, None
        show(self._watch, self._judged, self._watch.judge(self._judged), health)
        return True

    async def _has_read(self, ends: Mapping[TopicPartition, int]) -> bool:
        for source, end in ends.items():
            if await self._reader.position(source) < end:
                return False
        return True

    def _news(self) -> Sequence[Outgoing]:
        cause = self._cause
        return [] if cause is None else [_outgoing(incident, cause) for incident in self._watch.ledger.take_news()]


def _outgoing(incident: Incident, cause: Record) -> Outgoing:
    what = "found" if incident.over_at is None else "over"
    SAID.labels(incident.kind, what).inc()
    headers = event("Incident", source="watch", cause=cause, part=f"{incident.incident_id}/{what}")
    return Outgoing(topic=INCIDENTS, partition=0, key=incident.incident_id.encode(), value=encode(incident), headers=headers)


async def _partitions(broker: Broker, topic: str) -> Sequence[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(await broker.partition_count(topic))]


def service(settings: ServiceSettings, watch: WatchSettings) -> Service:
    """The watch service."""
    limits, lookback = limits_of(settings, watch), timedelta(seconds=watch.lookback_s)

    def stage(_: TopicPartition) -> Stage:
        return WatchStage(limits, lookback)

    return Service(name="watch", topics=(INCIDENTS,), stage=stage, tick_s=0.1)


def limits_of(settings: ServiceSettings, watch: WatchSettings) -> Limits:
    """What watch bears, as it is configured."""
    return Limits(
        source_silent_after=timedelta(seconds=settings.silent_after_s),
        gates=tuple(_expected(watch.gates)),
        gate_expected_for=timedelta(seconds=watch.gate_expected_for_s),
        gate_silent_after=timedelta(seconds=watch.gate_silent_after_s),
        gate_behind_after=timedelta(seconds=watch.gate_behind_after_s),
        gate_mismatch_after=timedelta(seconds=watch.gate_mismatch_after_s),
        decision_before=timedelta(seconds=watch.decision_before_s),
        decision_after=timedelta(seconds=watch.decision_after_s),
        decision_grace=timedelta(seconds=watch.decision_grace_s),
        override_window=timedelta(seconds=watch.override_window_s),
        override_share_max=watch.override_share_max,
        override_decisions_min=watch.override_decisions_min,
        detained_after=timedelta(seconds=watch.detained_after_s),
    )


def _expected(gates: Iterable[str]) -> Iterable[ExpectedGate]:
    for each in gates:
        name, _, prison = each.partition("@")
        yield ExpectedGate(gate_id=name, prison_id=prison or None)
