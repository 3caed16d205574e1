"""A broker for the length of one command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import uvloop

from services.cli.errors import TroubleError
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings, RegistrySettings, load
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import Broker
from services.runtime.reading import reading

T = TypeVar("T")
CLUSTER_HINT = "is the cluster at KAFKA_BOOTSTRAP_SERVERS up, and are its topics applied?"


@asynccontextmanager
async def connected() -> AsyncGenerator[Broker]:
    """The cluster that the environment names, read with its schema registry where there is one. Whoever writes here writes as without one."""
    (kafka,), (registry,) = load(KafkaSettings), load(RegistrySettings)
    async with connected_to_kafka() as broker, reading(broker, registry, SystemClock(), prefix=kafka.topic_prefix) as read:
        yield read.broker


@asynccontextmanager
async def connected_to_kafka() -> AsyncGenerator[KafkaBroker]:
    """The cluster that the environment names, for what only Kafka has."""
    (settings,) = load(KafkaSettings)
    broker = KafkaBroker(settings, SystemClock())
    try:
        yield broker
    finally:
        await broker.close()


def within(deadline_s: float, call: Callable[[], Awaitable[T]], hint: str = CLUSTER_HINT) -> T:
    """Run `call` to its end. Raises TroubleError when `deadline_s` passes first."""

    async def bounded() -> T:
        async with asyncio.timeout(deadline_s):
            return await call()

    try:
        return uvloop.run(bounded())
    except TimeoutError as error:
        message = f"gave up after {deadline_s:g} s: {hint}"
        raise TroubleError(message) from error
