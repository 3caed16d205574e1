"""Keeps a service's lanes running, and ends the process when that cannot be done honestly.

The only module with a broad `except`. What fails in the broker starts the partition again, with a growing pause; a lost offset, a lane that makes no
progress, and any defect of ours end the process, because going on would be a guess.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import structlog
from aiohttp import web

from services.runtime.config import ServiceSettings
from services.runtime.health import Health, application
from services.runtime.metrics import RESTARTS
from services.runtime.ports import Broker, BrokerError, Clock, OffsetLostError, TopicPartition
from services.runtime.signing import SignerError
from services.runtime.stage import Service, run_lane

log = structlog.get_logger(__name__)

PAUSE_FIRST_S = 0.1
PAUSE_LONGEST_S = 5.0
WATCH_EVERY_S = 1.0
CANCEL_AGAIN_AFTER_S = 15.0  # closing a lane may itself take ten seconds, and must not be cancelled

P = ParamSpec("P")
R = TypeVar("R")


class StuckError(RuntimeError):
    """A lane made no progress for too long: the process ends, and its partitions go to somebody who can."""


class OptimisedError(RuntimeError):
    """Python runs with -O: aiokafka keeps its transactions straight by `assert`, which -O removes."""


def refuse_optimised() -> None:
    """Raises OptimisedError under `python -O`."""
    if sys.flags.optimize:
        message = "refusing to start under python -O (or PYTHONOPTIMIZE): it removes the checks that keep transactions straight"
        raise OptimisedError(message)


def contained(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | Exception:
    """What `call` returns, or the exception it raised: for reading what strangers sent, where a defect of ours must become a dead letter."""
    try:
        return call(*args, **kwargs)
    except Exception as error:  # the one place; intake keeps the record and holds whom it names
        return error


async def serve(service: Service, broker: Broker, clock: Clock, settings: ServiceSettings, health: Health) -> None:
    """Own lanes as the group assigns them, until `health.draining` is set and they have finished, or until something cannot be mended.

    Raises OffsetLostError, StuckError, or whatever a defect in a stage raised. Cancellation is passed on.
    """
    lanes: dict[TopicPartition, asyncio.Task[None]] = {}
    try:
        async with asyncio.TaskGroup() as tasks, broker.join(service.group, service.topics) as assignments:
            watchdog = tasks.create_task(_watch(lanes, clock, settings, health))
            async for assigned in _until_draining(assignments, health):
                for gone in set(lanes) - assigned:
                    await _stop(lanes.pop(gone))
                    health.forget(gone)
                for new in assigned - set(lanes):
                    lanes[new] = tasks.create_task(_keep(service, new, broker, clock, health), name=str(new))
                health.joined = True
            watchdog.cancel()
            if lanes:
                _, late = await asyncio.wait(lanes.values(), timeout=settings.drain_timeout_s)
                for task in late:
                    await _stop(task)
    except* Exception as group:
        raise _first(group) from None


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _until_draining(assignments: AsyncIterator[frozenset[TopicPartition]], health: Health) -> AsyncIterator[frozenset[TopicPartition]]:
    pending = asyncio.create_task(_next(assignments))
    try:
        while not health.draining:
            done, _ = await asyncio.wait([pending], timeout=PAUSE_FIRST_S)
            if done:
                yield pending.result()
                pending = asyncio.create_task(_next(assignments))
    finally:
        await _stop(pending)


async def _next(assignments: AsyncIterator[frozenset[TopicPartition]]) -> frozenset[TopicPartition]:
    return await anext(assignments)


async def _stop(task: asyncio.Task[Any]) -> None:
    # Once is not always enough: `asyncio.wait_for`, which the client uses, can lose a cancellation that comes as what it waits for is done.
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_AFTER_S)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("ended with an error while being stopped", error=type(error).__name__)


async def _keep(service: Service, source: TopicPartition, broker: Broker, clock: Clock, health: Health) -> None:
    """Run one lane, and start it again whenever the broker, or whoever signs, fails it."""
    pause_s = PAUSE_FIRST_S
    while not health.draining:
        started_s = clock.monotonic_s()
        health.progress(source, started_s)
        try:
            await run_lane(service, source, broker, clock, health)
        except OffsetLostError:
            log.exception("the next record is gone; halting rather than skipping", source=str(source))
            health.draining = True  # so that every other lane ends too, whatever becomes of its cancellation
            raise
        except (BrokerError, SignerError) as error:
            RESTARTS.labels(service.name, type(error).__name__).inc()
            log.warning("partition starts again", source=str(source), error=type(error).__name__, detail=str(error), pause_s=pause_s)
            ran_well = clock.monotonic_s() - started_s > PAUSE_LONGEST_S
            pause_s = PAUSE_FIRST_S if ran_well else min(pause_s * 2, PAUSE_LONGEST_S)
            await asyncio.sleep(pause_s)
        except Exception:
            health.draining = True
            raise


async def _watch(lanes: dict[TopicPartition, asyncio.Task[None]], clock: Clock, settings: ServiceSettings, health: Health) -> None:
    """A hung lane would keep its partition for ever: aiokafka's own limit is switched off by a single cancelled fetch."""
    while True:
        await asyncio.sleep(WATCH_EVERY_S)
        now_s = clock.monotonic_s()
        for source in lanes:
            if now_s - health.progressed_s.get(source, now_s) > settings.stuck_after_s:
                health.draining = True
                message = f"{source} made no progress for {settings.stuck_after_s} s"
                raise StuckError(message)


@asynccontextmanager
async def answering(health: Health, settings: ServiceSettings) -> AsyncGenerator[int]:
    """Serve health and metrics; yields the port."""
    runner = web.AppRunner(application(health), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.http_host, settings.http_port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def run(service: Service, broker: Broker, clock: Clock, settings: ServiceSettings, asides: Callable[[], Mapping[str, str]] = dict) -> None:
    """A whole process: health endpoints, signals, lanes; returns when SIGTERM or SIGINT has been honoured."""
    refuse_optimised()
    health = Health(service.name, asides=asides)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, lambda: setattr(health, "draining", True))
    async with answering(health, settings) as port:
        log.info("started", service=service.name, http_port=port)
        await serve(service, broker, clock, settings, health)
        log.info("stopped", service=service.name)
