"""Runs the agent: opens the gate, serves its API, and drains when it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import stat
from typing import TYPE_CHECKING

from aiohttp import web

from holdfast_gate.agent.api import Api
from holdfast_gate.agent.door import Door
from holdfast_gate.clock import Clock, SystemClock
from holdfast_gate.errors import ConfigError
from holdfast_gate.gate import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from holdfast_gate.config import AgentConfig, GateConfig
    from holdfast_gate.contacts import Contacts
    from holdfast_gate.feed import Feed

_log = logging.getLogger("holdfast_gate.agent")
#: How long requests may take that are in flight when the agent is told to stop.
DRAIN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
_BACKLOG = 128


async def run(config: AgentConfig, gate: GateConfig, feed: Feed, contacts: Contacts | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Raises ConfigError or StoreError when it cannot begin."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(config, gate, feed, contacts=contacts):
        await stop.wait()
        _log.info("stopping")
    _log.info("stopped")


@contextlib.asynccontextmanager
async def serving(
    config: AgentConfig, gate_config: GateConfig, feed: Feed, *, clock: Clock | None = None, contacts: Contacts | None = None
) -> AsyncGenerator[tuple[Gate, str]]:
    """The agent at work: the gate, and where it listens. Leaving it answers what is in flight, then sends what is left to report.

    The feed need not be reachable. Raises ConfigError or StoreError.
    """
    clock = clock or SystemClock()
    with _listening(config) as listener:
        async with Gate(gate_config, feed, clock) as gate:
            api = Api(gate, freshness_bound_s=gate_config.rules.freshness_bound_s, contacts=contacts)
            door = Door(api, clock, token="" if config.socket else config.token)
            runner = web.ServerRunner(door.server(), shutdown_timeout=CLOSE_TIMEOUT_S)
            await runner.setup()
            try:
                site = web.SockSite(runner, listener, backlog=_BACKLOG)
                await site.start()
                where = _where(listener)
                _log.info("serving gate=%s at=%s", gate_config.gate_id, where)
                yield gate, where
                await site.stop()
                if not await door.drain(DRAIN_TIMEOUT_S):
                    _log.warning("requests were still in flight after %.0f s", DRAIN_TIMEOUT_S)
            finally:
                await runner.cleanup()


def _where(listener: socket.socket) -> str:
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _listening(config: AgentConfig) -> Generator[socket.socket]:
    """A socket bound as `config` says; a unix socket is its owner's alone from its first moment and is gone at the end."""
    if config.socket is None:
        six = ":" in config.host
        listener = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with listener:
            _bind(listener, (config.host, config.port), f"{config.host} port {config.port}")
            yield listener
        return
    path = config.socket
    with socket.socket(socket.AF_UNIX) as listener:
        _make_way(path)
        before = os.umask(0o177)
        try:
            _bind(listener, str(path), str(path))
        finally:
            os.umask(before)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _bind(listener: socket.socket, address: tuple[str, int] | str, words: str) -> None:
    try:
        listener.bind(address)
    except OSError as error:
        message = f"cannot listen at {words} ({error}): see that nothing else does, and that the place exists and may be written"
        raise ConfigError(message) from error


def _make_way(path: Path) -> None:
    """Remove the socket that an agent left which was killed; nothing else is ever removed. Raises ConfigError."""
    try:
        mode = path.lstat().st_mode
    except OSError:  # binding says what is wrong, if anything is
        return
    if not stat.S_ISSOCK(mode):
        message = f"{path} is there and is no socket: give another --socket, or move it away"
        raise ConfigError(message)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CLOSE_TIMEOUT_S)
        if probe.connect_ex(str(path)) != errno.ECONNREFUSED:
            message = f"{path} is in use by another process: stop that one, or give this one another --socket"
            raise ConfigError(message)
    path.unlink(missing_ok=True)
