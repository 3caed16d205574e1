"""A broker for the length of one command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import uvloop

from services.cli.errors import TroubleError
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings, load
from services.runtime.kafka import KafkaBroker

T = TypeVar("T")


@asynccontextmanager
async def connected() -> AsyncGenerator[KafkaBroker]:
    """The cluster that the environment names."""
    (settings,) = load(KafkaSettings)
    broker = KafkaBroker(settings, SystemClock())
    try:
        yield broker
    finally:
        await broker.close()


def within(deadline_s: float, call: Callable[[], Awaitable[T]]) -> T:
    """Run `call` to its end. Raises TroubleError when `deadline_s` passes first."""

    async def bounded() -> T:
        async with asyncio.timeout(deadline_s):
            return await call()

    try:
        return uvloop.run(bounded())
    except TimeoutError as error:
        message = f"gave up after {deadline_s:g} s: is the cluster at KAFKA_BOOTSTRAP_SERVERS up, and are its topics applied?"
        raise TroubleError(message) from error
