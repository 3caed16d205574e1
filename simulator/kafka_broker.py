"""A real Apache Kafka on this machine: one node, its own directory, nothing installed.

The directory holds `jars/` (unless the caller shares one), `data/`, `server.properties`, `broker.log` and `broker.json`
(which process, which port). Data stays between runs; a run that was killed leaves nothing that stops the next one.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import socket
import uuid
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from simulator import kafka_jars
from simulator.children import Child, Identity, signals_unwind, until
from simulator.errors import ChildDiedError, NotReadyError, PortInUseError
from simulator.java import find_java
from simulator.kafka_probe import cluster_id
from simulator.kafka_settings import HOST, JAVA_OPTIONS, LOGGING, server_properties
from simulator.locks import held
from simulator.progress import waiting
from simulator.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

DIRECTORY = Path(".holdfast/kafka")
STATE_FILE = DIRECTORY / "broker.json"
READY_WITHIN_S = 90.0  # a loaded machine with two cores, replaying the log of a killed run
FORMAT_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
GIVE_UP_WITHIN_S = 1.0  # a broker still starting may not heed SIGTERM, and has nothing to lose
PORT_TRIES = 3
PROBE_INTERVAL_S = 0.05
_PORT_TAKEN = "Address already in use"


class KafkaBroker:
    """One Kafka node as a child process that ends with its parent, however the parent ends (on Linux; see `leash`).

    `async with KafkaBroker(directory) as broker:` starts and stops it; `start` and `stop` do the same by hand, and need
    not run in one event loop. Call `start` from a thread that lives as long as the broker should.
    """

    def __init__(self, directory: Path = DIRECTORY, *, port: int | None = None, fresh: bool = False, jars: Path | None = None) -> None:
        """Nothing runs before `start`.

        Without `port`, the last run's is used again if it is free, else any free one. `fresh` forgets the data of
        earlier runs. `jars` is where the jars are kept, `directory/jars` by default.
        """
        self._directory = directory.resolve()
        self._jars = (jars or self._directory / "jars").resolve()
        self._data = self._directory / "data"
        self._note = self._directory / STATE_FILE.name
        self._asked_port = port
        self._fresh = fresh
        self._child: Child | None = None
        self._running = ExitStack()  # holds the directory
        self._bootstrap: str | None = None
        self._is_ready = False
        self._unwind = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start; until the exit, SIGTERM and SIGHUP unwind the stack as Ctrl-C does."""
        async with AsyncExitStack() as stack:
            stack.enter_context(signals_unwind())
            stack.push_async_callback(self.stop)
            await self.start()
            self._unwind = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop."""
        await self._unwind.__aexit__(kind, error, traceback)

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:PORT`.

        Raises RuntimeError before the first start.
        """
        if self._bootstrap is None:
            message = "the broker has not been started"
            raise RuntimeError(message)
        return self._bootstrap

    @property
    def is_running(self) -> bool:
        """Whether the broker's process runs."""
        return self._child is not None and self._child.is_running

    @property
    def identity(self) -> Identity | None:
        """The broker's process; None before the first start."""
        return None if self._child is None else self._child.identity

    async def start(self) -> str:
        """Bring the broker up and return its address once it answers; a broker that runs is left as it is.

        Raises JavaMissingError, DownloadError, DirectoryInUseError, PortInUseError, ChildDiedError, NotReadyError.
        """
        if self.is_running:
            return self.bootstrap
        self._running.close()  # of a run that ended unasked
        async with AsyncExitStack() as stack:
            self._running.enter_context(held(self._directory / "lock"))
            stack.push_async_callback(self.stop)
            if left := Run.read(self._note):
                await left.stop_children()
            jars = await asyncio.to_thread(kafka_jars.ensure, self._jars, kafka_jars.locked())
            java = self._java(jars)
            cluster = await self._format(java)
            async with waiting("Starting Kafka"):
                self._bootstrap = await self._serve(java, cluster)
            stack.pop_all()
        return self._bootstrap

    async def stop(self) -> None:
        """Stop the broker in good order, or else kill it; does nothing when it does not run."""
        if self._child is not None:
            await self._child.stop(within_s=STOP_WITHIN_S if self._is_ready else GIVE_UP_WITHIN_S)
        self._running.close()

    async def ended(self) -> None:
        """Wait while the broker runs.

        Raises ChildDiedError when it ends.
        """
        if self._child is not None:
            await self._child.ended()
            self._child.check()

    async def kill(self) -> None:
        """End the broker as a power cut does: SIGKILL, no word to anyone."""
        if self._child is not None:
            await self._child.kill()

    def _java(self, jars: Sequence[Path]) -> list[str]:
        logging = self._directory / "log4j2.properties"
        logging.write_text(LOGGING, encoding="utf-8")
        options = (f"-XX:ErrorFile={self._directory}/java-error.log", f"-Dlog4j2.configurationFile={logging}")
        return [str(find_java()), *JAVA_OPTIONS, *options, "-cp", ":".join(map(str, jars))]

    async def _format(self, java: Sequence[str]) -> str:
        """The id of the cluster whose data these are, a new one where there are none."""
        stamp = self._data / "formatted"  # written last: a format that was cut short starts over
        formatted = stamp.read_text(encoding="utf-8") if stamp.exists() else ""
        if formatted and not self._fresh:
            return formatted
        cluster = new_cluster_id()
        shutil.rmtree(self._data, ignore_errors=True)
        properties = self._write_properties(port=1, controller_port=2)  # no port matters to the format
        command = [*java, "kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", str(properties)]
        child = Child("Kafka's storage tool", command, log=self._directory / "format.log", directory=self._directory)
        child.start()
        try:
            if not await until(lambda: not child.is_running, within_s=FORMAT_WITHIN_S):
                raise NotReadyError(child.name, FORMAT_WITHIN_S, child.log_tail())
        finally:
            await child.stop()
        if child.exit_status != 0:
            child.check()
        stamp.write_text(cluster, encoding="utf-8")
        self._fresh = False  # a second start of this object goes on with the data
        return cluster

    async def _serve(self, java: Sequence[str], cluster: str) -> str:
        tries_left = PORT_TRIES
        while True:
            tries_left -= 1
            port, controller_port = self._choose_ports()
            properties = self._write_properties(port=port, controller_port=controller_port)
            command = [*java, "kafka.Kafka", str(properties)]
            self._is_ready = False
            self._child = Child("Kafka", command, log=self._directory / "broker.log", directory=self._directory)
            Run.here({"kafka": self._child.start()}, port=port).write(self._note)
            try:
                await self._ready(self._child, port, cluster)
            except ChildDiedError as died:
                # Somebody took a port between our choice and Kafka's bind.
                if _PORT_TAKEN in died.log_tail and tries_left:
                    continue
                raise
            return f"{HOST}:{port}"

    async def _ready(self, child: Child, port: int, cluster: str) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while await cluster_id(HOST, port) != cluster:
                    child.check()
                    await asyncio.sleep(PROBE_INTERVAL_S)
        except TimeoutError:
            raise NotReadyError(child.name, READY_WITHIN_S, child.log_tail()) from None
        child.check()
        self._is_ready = True

    def _choose_ports(self) -> tuple[int, int]:
        last = Run.read(self._note)
        wanted = self._asked_port or (last and last.port) or 0
        with socket.socket() as controller, socket.socket() as clients:
            controller.bind((HOST, 0))
            clients.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does
            try:
                clients.bind((HOST, wanted))
            except OSError as error:
                if self._asked_port:
                    message = f"port {wanted} is taken; ask for another with --port, or for none to get a free one"
                    raise PortInUseError(message) from error
                clients.bind((HOST, 0))
            return clients.getsockname()[1], controller.getsockname()[1]

    def _write_properties(self, *, port: int, controller_port: int) -> Path:
        path = self._directory / "server.properties"
        path.write_text(server_properties(data=self._data, port=port, controller_port=controller_port), encoding="utf-8")
        return path


def new_cluster_id() -> str:
    """A UUID in URL-safe base64, as Kafka writes them; never a dash in front, which its tools take for an option."""
    return base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).rstrip(b"=").decode()
