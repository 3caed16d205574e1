"""Run the hub's services as processes of their own: started together, watched, and stopped however the parent ends.

The directory holds `NAME.log` for each process and `up.json`, which says what runs, so that `down` works from another
terminal.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiohttp

from simulator.children import Child, Identity, signals_unwind
from simulator.errors import NotReadyError
from simulator.locks import held
from simulator.progress import waiting
from simulator.runs import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

DIRECTORY = Path(".holdfast/run")
STATE_FILE = DIRECTORY / "up.json"
READY_INTERVAL_S = 0.1
READY_WITHIN_S = 60.0
ANSWER_WITHIN_S = 2.0
WATCH_INTERVAL_S = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One process to run."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict[str, str])  # beside the parent's environment
    ready_url: str | None = None  # answers 200 once the process is ready; None: ready at once
    ready_within_s: float = READY_WITHIN_S


class Processes:
    """Named child processes, as an async context.

    Leaving the context stops them in reverse order: SIGTERM, ten seconds, SIGKILL. SIGTERM, SIGHUP and Ctrl-C leave the
    context; when the parent is killed outright the kernel ends its children (on Linux; see `leash`).
    """

    def __init__(self, directory: Path = DIRECTORY) -> None:
        """Nothing runs before `start`."""
        self._directory = directory.resolve()
        self._state_file = self._directory / STATE_FILE.name
        self._children: dict[str, Child] = {}
        self._unwind = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take the directory, and end what an earlier run left there.

        Raises DirectoryInUseError when another process runs services there.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(signals_unwind())
            stack.enter_context(held(self._directory / "lock"))
            if left := Run.read(self._state_file):
                await left.stop_children()
            stack.push_async_callback(self.stop)
            self._unwind = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop every process."""
        await self._unwind.__aexit__(kind, error, traceback)

    async def start(self, *services: Service) -> None:
        """Start the services at once and return when all are ready; a name whose process has ended may start again.

        Raises ChildDiedError when any process ends meanwhile, NotReadyError when one is not ready in time.
        """
        for service in services:
            log = self._directory / f"{service.name}.log"
            child = Child(service.name, service.command, log=log, env={**os.environ, **service.env})
            self._children[service.name] = child
            child.start()
            self._note()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)) as session:
            for service in services:
                async with waiting(f"Waiting for {service.name}"):
                    await self._ready(service, session)

    async def watch(self) -> None:
        """Wait while every process runs.

        Raises ChildDiedError when one ends.
        """
        while True:
            self._check()
            await asyncio.sleep(WATCH_INTERVAL_S)

    async def kill(self, name: str) -> None:
        """End one process as a power cut does; it is watched no more, and may be started again."""
        await self._children.pop(name).kill()
        self._note()

    async def stop(self) -> None:
        """Stop every process, the last started first."""
        for name, child in reversed(self._children.items()):
            async with waiting(f"Stopping {name}"):
                await child.stop()
        self._children.clear()
        self._state_file.unlink(missing_ok=True)

    def identity(self, name: str) -> Identity:
        """The process of that name.

        Raises KeyError when there is none.
        """
        identity = self._children[name].identity
        if identity is None:
            raise KeyError(name)
        return identity

    async def _ready(self, service: Service, session: aiohttp.ClientSession) -> None:
        child = self._children[service.name]
        try:
            async with asyncio.timeout(service.ready_within_s):
                while not (service.ready_url is None or await _answers(session, service.ready_url)):
                    self._check()
                    await asyncio.sleep(READY_INTERVAL_S)
        except TimeoutError:
            raise NotReadyError(service.name, service.ready_within_s, child.log_tail()) from None
        self._check()

    def _check(self) -> None:
        for child in self._children.values():
            child.check()

    def _note(self) -> None:
        identities = {name: child.identity for name, child in self._children.items() if child.identity}
        Run.here(identities).write(self._state_file)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200  # noqa: PLR2004  # the one number of HTTP that needs no name
    except (aiohttp.ClientError, TimeoutError):
        return False
