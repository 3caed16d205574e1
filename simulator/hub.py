"""All services in one process, over any broker: for scenarios, where a process each would be slower and no truer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from services.cli.run import SERVICES, service
from services.runtime.config import ServiceSettings
from services.runtime.health import Health
from services.runtime.ports import Broker, Clock
from services.runtime.signing import KeySigner
from services.runtime.stage import Service
from services.runtime.supervise import CANCEL_AGAIN_AFTER_S, serve
from simulator.keys import KEY

READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.02


class HubFailedError(Exception):
    """A service ended by itself; the cause is chained."""


class InProcessHub:
    """Every service as a task. `restart` is as hard as it can be here: no goodbye to the broker, the predecessor's transaction left open."""

    def __init__(self, broker: Broker, clock: Clock, settings: ServiceSettings) -> None:
        self._broker = broker
        self._clock = clock
        self._settings = settings
        self._services: dict[str, Service] = {}
        self._running: dict[str, tuple[asyncio.Task[None], Health]] = {}

    def start(self, started: Service) -> None:
        """Start one service."""
        name, health = started.name, Health(started.name)
        task = asyncio.create_task(serve(started, self._broker, self._clock, self._settings, health), name=name)
        self._services[name] = started
        self._running[name] = task, health

    async def restart(self, name: str) -> None:
        """End a service in the middle of whatever it does, and start it again."""
        task, health = self._running.pop(name)
        await _ended(task, health)
        self.start(self._services[name])
        await self.ready()

    async def ready(self) -> None:
        """Wait until every service is ready. Raises HubFailedError when one ends instead, TimeoutError after READY_WITHIN_S."""
        async with asyncio.timeout(READY_WITHIN_S):
            while not all(health.ready and health.lanes for _, health in self._running.values()):
                self.check()
                await asyncio.sleep(LOOK_EVERY_S)

    def check(self) -> None:
        """Raises HubFailedError when a service has ended."""
        for name, (task, _) in self._running.items():
            if task.done():
                error = None if task.cancelled() else task.exception()
                raise HubFailedError(f"{name} ended: {error!r}") from error

    async def stop(self) -> None:
        """End every service."""
        for task, health in self._running.values():
            await _ended(task, health)
        self._running.clear()


async def _ended(task: asyncio.Task[None], health: Health) -> None:
    # A cancellation can be lost inside the client; a lane that goes on notices that it is draining and stops before its next batch.
    health.draining = True
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_AFTER_S)


@asynccontextmanager
async def running(
    broker: Broker, clock: Clock, settings: ServiceSettings | None = None, *, also: Sequence[Service] = ()
) -> AsyncGenerator[InProcessHub]:
    """The hub, ready, for the length of a block; `also` runs beside it (enrichment, for whoever has somebody to ask)."""
    settings = settings or ServiceSettings()
    hub = InProcessHub(broker, clock, settings)
    try:
        for started in (*(service(name, settings, KeySigner(KEY)) for name in SERVICES), *also):
            hub.start(started)
        await hub.ready()
        yield hub
    finally:
        await hub.stop()
