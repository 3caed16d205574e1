"""What a service is: a stage per input partition, and the loop that carries one partition through it.

The loop that stands (docs/adr/0003-kafka-client.md): fence; read the committed offset; restore; read a batch; step; write outputs and offset in one
transaction; and after any failure throw everything away and begin again. A stage may keep what it likes in memory, because it is thrown away too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from services.runtime.health import Health, LaneState
from services.runtime.metrics import COMMIT_SECONDS, LAG, READ, STEP_SECONDS, WRITTEN
from services.runtime.ports import Broker, Clock, Lane, Outgoing, Record, TopicPartition

READ_LIMIT = 1000
#: How often a lane asks for the end of its partition.
LOOK_EVERY_S = 1.0
#: How long records that led to no output may wait for their offset to be committed: read again, they lead to none again.
COMMIT_WITHIN_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """What the loop knows besides the records: how the input partition stands now that they have been read.

    `looked_at` is the wall time before the end of the partition was last asked for; `at_end` whether everything up to that end has been read.
    """

    looked_at: datetime
    partition_count: int
    at_end: bool


class Stage(Protocol):
    """The state machine of one input partition. `step` is deterministic in what it was restored from and what it is given."""

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Rebuild the state from the changelog; outputs that must be written before anything else."""
        ...

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Fold `records` and say what to write."""
        ...


@runtime_checkable
class Finishes(Protocol):
    """A stage whose outputs need something from outside before they are written, such as a signature."""

    async def finished(self, outputs: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """What to write in place of `outputs`, which `step` has just given. Whatever it raises, the partition starts again."""
        ...


@runtime_checkable
class CarriesItself(Protocol):
    """A stage that waits for others than the broker, and so brings a loop of its own for the one below."""

    async def carry(self, service: Service, lane: Lane, clock: Clock, health: Health) -> None:
        """Carry `lane` until `health.draining`. Raises as `run_lane` does."""
        ...


class StrangerError(TypeError):
    """A record of another kind stands in a topic that only one service of ours writes: halt, a person must look."""

    def __init__(self, record: Record, told: object) -> None:
        super().__init__(f"{record.topic}[{record.partition}]@{record.offset} holds a {type(told).__name__}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One service: which topics it reads, and how to make the stage of one of their partitions. Its name is its consumer group."""

    name: str
    topics: tuple[str, ...]
    stage: Callable[[TopicPartition], Stage]
    #: The longest that a quiet lane waits before it steps with no records.
    tick_s: float = field(default=0.5)

    @property
    def group(self) -> str:
        """The consumer group."""
        return f"holdfast.{self.name}"

    def transactional_id(self, source: TopicPartition) -> str:
        """One id per input partition: it fences a zombie, which group membership alone does not."""
        return f"holdfast.{self.name}.{source.topic}.{source.partition}"


async def run_lane(service: Service, source: TopicPartition, broker: Broker, clock: Clock, health: Health) -> None:
    """Carry one input partition until `health.draining`, or until something fails.

    Raises BrokerError and its kinds, and whatever a defect in a stage raises; nothing is caught here.
    """
    health.lane(source, LaneState.FENCING)
    lane = await broker.open_lane(source, group=service.group, transactional_id=service.transactional_id(source))
    try:
        health.lane(source, LaneState.RESTORING)
        stage = service.stage(source)
        first = await stage.restore(broker)
        if first:
            await lane.commit(first, None)
        health.lane(source, LaneState.CATCHING_UP)
        if isinstance(stage, CarriesItself):
            await stage.carry(service, lane, clock, health)
        else:
            await _carry(service, stage, lane, clock, health)
    finally:
        health.lane(source, LaneState.CLOSED)
        await lane.close()


async def _carry(service: Service, stage: Stage, lane: Lane, clock: Clock, health: Health) -> None:
    source = lane.source
    finishing = stage if isinstance(stage, Finishes) else None
    looked_s = committed_s = float("-inf")
    uncommitted: int | None = None
    looked_at, end = clock.now(), lane.start_end_offset
    while not health.draining:
        records = await lane.read(limit=READ_LIMIT, timeout_s=service.tick_s)
        now_s = clock.monotonic_s()
        if now_s - looked_s >= LOOK_EVERY_S:
            looked_s, looked_at = now_s, clock.now()
            end = await lane.end_offset()
        position = await lane.position()
        tick = Tick(looked_at=looked_at, partition_count=lane.partition_count, at_end=position >= end)
        with STEP_SECONDS.labels(service.name).time():
            outputs = stage.step(records, tick)
            if finishing is not None and outputs:
                outputs = await finishing.finished(outputs)
        uncommitted = records[-1].offset + 1 if records else uncommitted
        if outputs or (uncommitted is not None and now_s - committed_s >= COMMIT_WITHIN_S):
            await committed(service, lane, outputs, uncommitted)
            uncommitted, committed_s = None, now_s
        measure(service, source, records, outputs, max(end - position, 0))
        health.progress(source, now_s)
        if position >= lane.start_end_offset:
            health.lane(source, LaneState.RUNNING)


async def committed(service: Service, lane: Lane, outputs: Sequence[Outgoing], next_offset: int | None) -> None:
    """One transaction, measured. Raises as `Lane.commit` does."""
    with COMMIT_SECONDS.labels(service.name).time():
        await lane.commit(outputs, next_offset)


def measure(service: Service, source: TopicPartition, records: Sequence[Record], outputs: Sequence[Outgoing], lag: int) -> None:
    """Count what was read and written, and how far behind that leaves us."""
    READ.labels(service.name, source.topic).inc(len(records))
    for topic in {output.topic for output in outputs}:
        WRITTEN.labels(service.name, topic).inc(sum(1 for output in outputs if output.topic == topic))
    LAG.labels(service.group, source.topic, str(source.partition)).set(lag)
