"""One scenario, whole: a broker of its own (in memory, or a prefix on a real Kafka), the hub in this process, a gate, and the runner."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from holdfast_gate import Gate, GateConfig
from holdfast_gate.answer import Answer as GateAnswer
from holdfast_gate.checks import CheckDone
from holdfast_gate.config import KafkaSettings as FeedSettings
from holdfast_gate.feed import Feed, FeedRecord
from holdfast_gate.kafka import KafkaFeed
from holdfast_gate.model import Exit
from schemas.topics import topics
from services.runtime.config import KafkaSettings, ServiceSettings
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Broker, Outgoing, Reader, TopicPartition
from services.runtime.topics import apply, replication_of
from simulator.disturbed_feed import Disturbance, DisturbedFeed
from simulator.driven_clock import DrivenClock, MappedClock
from simulator.expectations import TRIAL_GATE
from simulator.hub import InProcessHub, running
from simulator.keys import RING
from simulator.memory_broker import MemoryBroker
from simulator.report import Report
from simulator.runner import RATE, lead_in, run
from simulator.scenario import Scenario
from simulator.under_test import Answer, Reason, UnderTest

VETOES, REPORTS = "vetoes", "gate-reports"
READ_LIMIT = 1000
FeedMaker = Callable[[], Feed]
#: Heartbeats cover every source here; end offsets would add a second and hide a silence. A clock that jumps makes every lane look stuck.
SETTINGS: Mapping[str, object] = {"end_offset_sources": (), "stuck_after_s": 1e9}


async def in_memory(scenario: Scenario) -> Report:
    """Run `scenario` on the broker in memory."""
    clock = DrivenClock(lead_in(scenario), rate=RATE)
    broker = MemoryBroker({spec.name: spec.partitions for spec in topics()}, clock)
    try:
        return await _run(scenario, broker, clock, lambda: MemoryFeed(broker))
    finally:
        await broker.close()


async def on_kafka(scenario: Scenario, settings: KafkaSettings) -> Report:
    """Run `scenario` on a real Kafka, under a topic prefix of its own that is deleted at the end."""
    settings = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}scenario-{uuid.uuid4().hex[:10]}."})
    clock = MappedClock(lead_in(scenario), rate=RATE)
    broker = KafkaBroker(settings, clock)
    try:
        replication, min_insync = await replication_of(broker)
        await apply(broker, topics(), replication=replication, min_insync=min_insync)
        feed_settings = FeedSettings(
            bootstrap_servers=settings.bootstrap_servers,
            security_protocol=settings.security_protocol,
            sasl_mechanism=settings.sasl_mechanism,
            sasl_username=settings.sasl_username,
            sasl_password=settings.sasl_password.get_secret_value() if settings.sasl_password else None,
            ssl_cafile=settings.ssl_cafile,
            ssl_certfile=settings.ssl_certfile,
            ssl_keyfile=settings.ssl_keyfile,
            topic_prefix=settings.topic_prefix,
        )
        return await _run(scenario, broker, clock, lambda: KafkaFeed(feed_settings, clock.of_broker))
    finally:
        await broker.delete_topics([spec.name for spec in topics()])
        await broker.close()


async def _run(scenario: Scenario, broker: Broker, clock: DrivenClock, feed: FeedMaker) -> Report:
    settings = ServiceSettings.model_validate(SETTINGS)
    with tempfile.TemporaryDirectory(prefix="holdfast-gate-") as directory:
        async with running(broker, clock, settings) as hub, _TrialGate(Path(directory), feed, clock) as gate:
            under_test = UnderTest(broker=broker, clock=clock, hub=_Trial(hub, gate), gate=gate)
            return await run(scenario, under_test)


class _Trial:
    """`under_test.Hub`: the services, and the gate beside them."""

    def __init__(self, hub: InProcessHub, gate: _TrialGate) -> None:
        self._hub = hub
        self._gate = gate

    def check(self) -> None:
        """Raises HubFailedError when a service has ended by itself."""
        self._hub.check()

    async def restart(self, name: str) -> None:
        """End one of them in the middle of whatever it does, and start it again."""
        if name == "gate":
            await self._gate.restart()
        else:
            await self._hub.restart(name)


class _TrialGate:
    """`under_test.GateUnderTest` over the SDK's own gate."""

    def __init__(self, directory: Path, feed: FeedMaker, clock: DrivenClock) -> None:
        self._config = GateConfig(gate_id=TRIAL_GATE, directory=directory, key_ring=RING)
        self._feed = feed
        self._clock = clock
        self._disturbance = Disturbance()
        self._stack = AsyncExitStack()
        self._gate: Gate | None = None

    async def __aenter__(self) -> Self:
        """Open the gate."""
        self._gate = await self._stack.enter_async_context(Gate(self._config, DisturbedFeed(self._feed(), self._disturbance), self._clock))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the gate."""
        await self._stack.aclose()

    async def restart(self) -> None:
        """Close it and open it again on the same directory."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        await self.__aenter__()

    def disturb(self, state: str) -> None:
        """Let its feed be in this state from now on."""
        self._disturbance.become(state)

    @property
    def ever_disturbed(self) -> bool:
        """Whether its feed was ever in another state than well."""
        return self._disturbance.ever

    async def decide(self, prisoner: str, exit_: Exit, checks: Sequence[CheckDone]) -> Answer:
        """What the gate answers now, given these release checks."""
        if self._gate is None:
            message = "the gate is not open"
            raise RuntimeError(message)
        answer = await self._gate.decide(prisoner, exit_, checks)
        return Answer(decision=answer.decision, reasons=tuple(_reasons(answer)))

    def sealed_through(self) -> Mapping[str, datetime | None] | None:
        """How far each source was by the last seals, the oldest over all partitions; None until each partition has one."""
        partitions = self._gate.position().partitions if self._gate is not None else ()
        if not partitions or not all(partition.caught_up for partition in partitions):
            return None
        sources = {source for partition in partitions for source in partition.caught_up}
        return {source: _oldest(partition.caught_up.get(source) for partition in partitions) for source in sources}


def _oldest(instants: Iterable[datetime | None]) -> datetime | None:
    known = list(instants)
    return None if None in known else min(instant for instant in known if instant is not None)


def _reasons(answer: GateAnswer) -> Sequence[Reason]:
    grounds = [Reason(name=ground.name, sentence=ground.sentence) for ground in answer.grounds]
    return [*grounds, *(Reason(name=refer.code.value, sentence=refer.sentence) for refer in answer.refer)]


class MemoryFeed:
    """`holdfast_gate.feed.Feed` over any `ports.Broker`; used with the one in memory."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._reader: Reader | None = None

    async def partitions(self) -> int:
        """How many partitions `vetoes` has."""
        return await self._broker.partition_count(VETOES)

    async def start(self, positions: Mapping[int, int]) -> None:
        """Read on from these offsets, uncommitted."""
        await self.close()
        sources = [TopicPartition(VETOES, n) for n in range(await self.partitions())]
        offsets = {TopicPartition(VETOES, n): offset for n, offset in positions.items()}
        self._reader = await self._broker.open_reader(sources, offsets=offsets, committed=False)

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """The next records."""
        records = await self._opened().read(limit=READ_LIMIT, timeout_s=timeout_s)
        return [FeedRecord(partition=r.partition, offset=r.offset, key=r.key, value=r.value, append_time=r.appended_at) for r in records]

    async def end_offsets(self) -> Mapping[int, int]:
        """The end of every partition now."""
        return {source.partition: end for source, end in (await self._opened().end_offsets()).items()}

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """Write to `gate-reports`."""
        await self._broker.publish([Outgoing(topic=REPORTS, key=key, value=value)])

    async def close(self) -> None:
        """Let go of the reader."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()

    def _opened(self) -> Reader:
        if self._reader is None:
            message = "the feed has not been started"
            raise RuntimeError(message)
        return self._reader
