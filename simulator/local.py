"""The whole hub on this machine: a Kafka (ours, unless the environment names one), the topics, and every service as its own process."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.topics import topics
from services.cli.run import ENRICHMENT, SERVICES
from services.runtime.clock import SystemClock
from services.runtime.config import EnrichmentSettings, KafkaSettings, load
from services.runtime.kafka import KafkaBroker
from services.runtime.topics import apply, replication_of
from simulator.kafka_broker import DIRECTORY as KAFKA_DIRECTORY
from simulator.kafka_broker import KafkaBroker as DevKafka
from simulator.keys import local_keys
from simulator.processes import Processes, Service
from simulator.progress import waiting

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class LocalHub:
    """A hub that runs. `kafka` is the Kafka, if it is ours; `environment` is what a client needs to reach it."""

    settings: KafkaSettings
    kafka: DevKafka | None
    broker: KafkaBroker
    processes: Processes
    services: Mapping[str, Service]
    key_ring: Path

    @property
    def environment(self) -> dict[str, str]:
        """For a shell: the variables that name this cluster, and the hub's public keys."""
        return {**_environment(self.settings), "HOLDFAST_GATE_KEY_RING": str(self.key_ring.resolve())}

    async def watch(self) -> None:
        """Wait while Kafka, if it is ours, and every service run. Raises ChildDiedError when one ends; services end of Kafka's end, and later."""
        watched = [self.processes.watch(), *([] if self.kafka is None else [self.kafka.ended()])]
        tasks = [asyncio.ensure_future(each) for each in watched]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def restart(self, name: str) -> None:
        """`kill -9` one service and start it again; returns when it is ready."""
        await self.processes.kill(name)
        await self.processes.start(self.services[name])


@asynccontextmanager
async def local_hub(directory: Path, *, prefix: str = "", fresh: bool = False, heartbeats: bool = True) -> AsyncGenerator[LocalHub]:
    """Everything up and ready; everything down again at the end, however the block ends.

    `prefix` goes before the environment's own topic prefix. Raises SimulatorError kinds, BrokerError, ConfigError.
    """
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(Processes(directory / "run"))
        settings, kafka = await _cluster(stack, directory, prefix=prefix, fresh=fresh)
        broker = KafkaBroker(settings, SystemClock())
        stack.push_async_callback(broker.close)
        async with waiting("Creating topics"):
            replication, min_insync = await replication_of(broker)
            await apply(broker, topics(), replication=replication, min_insync=min_insync)
        names = (*SERVICES, *_configured(), *(["heartbeats"] if heartbeats else []))
        key_file, key_ring = local_keys(directory)
        services = {name: _service(name, settings, key_file) for name in names}
        await processes.start(*services.values())
        yield LocalHub(settings=settings, kafka=kafka, broker=broker, processes=processes, services=services, key_ring=key_ring)


async def _cluster(stack: AsyncExitStack, directory: Path, *, prefix: str, fresh: bool) -> tuple[KafkaSettings, DevKafka | None]:
    (settings,) = load(KafkaSettings)
    if "bootstrap_servers" in settings.model_fields_set:
        return settings.model_copy(update={"topic_prefix": prefix + settings.topic_prefix}), None
    dev = await stack.enter_async_context(DevKafka(directory / "kafka", fresh=fresh, jars=KAFKA_DIRECTORY / "jars"))
    return settings.model_copy(update={"bootstrap_servers": dev.bootstrap, "topic_prefix": prefix}), dev


def _configured() -> tuple[str, ...]:
    """What runs besides, where the environment says how."""
    (settings,) = load(EnrichmentSettings)
    return () if settings.routes is None else (ENRICHMENT,)


def _service(name: str, settings: KafkaSettings, key_file: Path) -> Service:
    environment = _environment(settings)
    if name == "heartbeats":
        return Service(name=name, command=[sys.executable, "-m", "services", "heartbeats"], env=environment)
    port = _free_port()
    environment["HOLDFAST_HTTP_PORT"] = str(port)
    if name == "status":
        environment["HOLDFAST_SEAL_KEY_FILE"] = str(key_file.resolve())
    command = [sys.executable, "-m", "services", "run", name]
    return Service(name=name, command=command, env=environment, ready_url=f"http://{HOST}:{port}/readyz")


def _environment(settings: KafkaSettings) -> dict[str, str]:
    return {"KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers, "HOLDFAST_TOPIC_PREFIX": settings.topic_prefix}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
