"""A real schema registry on this machine: Apicurio Registry in memory, with the API of Confluent's, on a loopback port of its own.

The distribution comes from Maven Central once, and is checked before every use. 2.6 is the last line that runs on Java 17.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import tarfile
from pathlib import Path
from typing import Self

import aiohttp
from jgo.maven import MavenContext, PythonResolver

from simulator.artifacts import fetch
from simulator.children import Child, Identity
from simulator.errors import ChildDiedError, NotReadyError
from simulator.java import find_java
from simulator.locks import waiting_for
from simulator.progress import waiting

DIRECTORY = Path(".holdfast/registry")
GROUP, PROJECT, VERSION = "io.apicurio", "apicurio-registry-app", "2.6.13.Final"
SHA256 = "3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba"
HOST = "127.0.0.1"
API = "/apis/ccompat/v7"
READY_WITHIN_S = 120.0  # a loaded machine with two cores
PROBE_INTERVAL_S = 0.2
JAVA_OPTIONS = ("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class SchemaRegistryServer:
    """One registry as a child process that ends with its parent. It forgets everything when it stops.

    `start` and `stop` need not run in one event loop. Call `start` from a thread that lives as long as the registry should.
    """

    def __init__(self, directory: Path, *, cache: Path = DIRECTORY) -> None:
        """Nothing runs before `start`. `directory` is for its log, `cache` for the distribution."""
        self._directory = directory.resolve()
        self._cache = cache.resolve()
        self._port = 0
        self._child: Child | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """Where its Confluent-compatible API begins."""
        return f"http://{HOST}:{self._port}{API}"

    @property
    def identity(self) -> Identity | None:
        """Its process; None before the first start."""
        return None if self._child is None else self._child.identity

    async def start(self) -> str:
        """Bring it up, on the port that it had before if it had one, and return its URL once it answers.

        Raises JavaMissingError, DownloadError, ChildDiedError, NotReadyError.
        """
        home = await asyncio.to_thread(ensure, self._cache)
        self._port = self._port or _free_port()
        options = (f"-Dquarkus.http.host={HOST}", f"-Dquarkus.http.port={self._port}", f"-XX:ErrorFile={self._directory}/java-error.log")
        command = [str(find_java()), *JAVA_OPTIONS, *options, "-jar", str(home / f"{PROJECT}-{VERSION}-runner.jar")]
        self._directory.mkdir(parents=True, exist_ok=True)
        self._child = Child("Apicurio Registry", command, log=self._directory / "registry.log", directory=self._directory)
        self._child.start()
        try:
            async with waiting("Starting Apicurio Registry"):
                await self._ready(self._child)
        except BaseException:
            await self.stop()
            raise
        return self.url

    async def stop(self) -> None:
        """Stop it; does nothing when it does not run."""
        if self._child is not None:
            await self._child.stop()

    async def _ready(self, child: Child) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S), aiohttp.ClientSession() as session:
                while not await _answers(session, f"{self.url}/subjects"):
                    child.check()
                    await asyncio.sleep(PROBE_INTERVAL_S)
        except TimeoutError:
            raise NotReadyError(child.name, READY_WITHIN_S, child.log_tail()) from None
        except ChildDiedError:
            self._port = 0  # somebody took the port, perhaps: the next start asks for another
            raise


def ensure(cache: Path) -> Path:
    """The unpacked distribution below `cache`, downloaded where it is missing or damaged; one process at a time. Raises DownloadError."""
    home = cache / VERSION
    with waiting_for(cache / "lock"):
        stamp = home / "unpacked"  # written last: an unpacking that was cut short starts over
        if stamp.exists() and stamp.read_text(encoding="utf-8") == SHA256:
            return home
        archive = _downloaded(cache / "maven")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        with tarfile.open(archive) as tar:
            tar.extractall(home, filter="data")
        stamp.write_text(SHA256, encoding="utf-8")
        archive.unlink()
    return home


def _downloaded(cache: Path) -> Path:
    context = MavenContext(repo_cache=cache, resolver=PythonResolver())
    artifact = context.project(GROUP, PROJECT).at_version(VERSION).artifact("all", "tar.gz")
    return fetch(artifact, SHA256, Path(__file__).name)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=5)) as response:
            return response.status == 200  # noqa: PLR2004  HTTP's own
    except (aiohttp.ClientError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
