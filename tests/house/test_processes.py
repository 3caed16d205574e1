"""The processes of `make up`: all of them or none, and none left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from simulator.children import Child, Identity, until
from simulator.errors import ChildDiedError, DirectoryInUseError, NotReadyError
from simulator.processes import Processes, Service
from simulator.runs import Run, down

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

pytestmark = pytest.mark.slow

ENDS_WITHIN_S = 20.0
SLEEPS = "import time; time.sleep(600)"
ANSWERS = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers()
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
TELLS_ITS_END = """
import pathlib, signal, sys, time
def end(*_):
    with pathlib.Path("ends").open("a") as ends: ends.write(sys.argv[1])
    sys.exit()
signal.signal(signal.SIGTERM, end); print("set", flush=True); time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
SUPERVISES = f"""
import asyncio, pathlib, sys
from simulator.children import until
from simulator.processes import Processes, Service
async def main():
    here, sleep = pathlib.Path(sys.argv[1]), [sys.executable, "-c", {SLEEPS!r}]
    async with Processes(here) as processes:
        await processes.start(*(Service(name=name, command=sleep) for name in ("one", "two")))
        (here / "started").touch()
        await until((here / "go").exists, within_s=600)
        if sys.argv[2] == "raise":
            raise ValueError
asyncio.run(main())
"""
# A shell's background job: SIGINT is ignored, and stays so in what the shell runs.
IN_THE_BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


def python(source: str, *arguments: str) -> list[str]:
    """A command that runs the source."""
    return [sys.executable, "-c", source, *arguments]


def sleeper(name: str) -> Service:
    """A service that is ready at once and does nothing."""
    return Service(name=name, command=python(SLEEPS))


@pytest.fixture
def port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def supervise(tmp_path: Path) -> Generator[Callable[..., subprocess.Popen[bytes]]]:
    """Start another process that supervises two services in `tmp_path`."""
    started: list[subprocess.Popen[bytes]] = []

    def start(how: str, *, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        command = [*before, *python(SUPERVISES, str(tmp_path), how)]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.asyncio
async def test_start_returns_once_a_service_answers_200(tmp_path: Path, port: int) -> None:
    """A service that is started is ready."""
    url = f"http://127.0.0.1:{port}/readyz"
    async with Processes(tmp_path) as processes:
        await processes.start(Service(name="status", command=python(ANSWERS, str(port), "200"), ready_url=url))
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            pass


@pytest.mark.asyncio
async def test_a_service_that_answers_503_is_not_ready(tmp_path: Path, port: int) -> None:
    """Waiting for a service that never becomes ready ends at its deadline, with what it said."""
    url = f"http://127.0.0.1:{port}/readyz"
    unready = Service(name="status", command=python(ANSWERS, str(port), "503"), ready_url=url, ready_within_s=1.0)
    async with Processes(tmp_path) as processes:
        with pytest.raises(NotReadyError, match=r"(?s)status was not ready within 1 s.*listening"):
            await processes.start(unready)


@pytest.mark.asyncio
async def test_an_early_exit_is_reported_with_its_last_words(tmp_path: Path, port: int) -> None:
    """A service that ends before it is ready is not waited for."""
    dies = python("import sys; print('no broker at hand'); sys.exit(3)")
    url = f"http://127.0.0.1:{port}/readyz"
    async with Processes(tmp_path) as processes:
        with pytest.raises(ChildDiedError, match=r"(?s)identity ended with status 3.*no broker at hand"):
            await processes.start(sleeper("status"), Service(name="identity", command=dies, ready_url=url))


@pytest.mark.asyncio
async def test_the_watch_ends_when_any_service_does(tmp_path: Path) -> None:
    """A service that ends while the others run is noticed and named."""
    async with Processes(tmp_path) as processes:
        await processes.start(sleeper("status"), sleeper("identity"))
        os.kill(processes.identity("status").pid, signal.SIGKILL)
        with pytest.raises(ChildDiedError, match="status was killed by signal 9"):
            await processes.watch()


@pytest.mark.asyncio
async def test_a_killed_service_may_be_started_again(tmp_path: Path) -> None:
    """Killing a service on purpose is no failure, and its successor is another process."""
    async with Processes(tmp_path) as processes:
        await processes.start(sleeper("status"))
        first = processes.identity("status")
        await processes.kill("status")
        await processes.start(sleeper("status"))
        assert first.find() is None
        assert processes.identity("status").find()


@pytest.mark.asyncio
async def test_services_stop_in_reverse_order(tmp_path: Path) -> None:
    """What was started first may be needed by what came later, and so stops last."""
    (tmp_path / "ends").touch()
    async with Processes(tmp_path) as processes:
        for name in ("a", "b", "c"):
            command = ["sh", "-c", 'cd "$0" && exec "$@"', str(tmp_path), *python(TELLS_ITS_END, name)]
            await processes.start(Service(name=name, command=command))
        assert await until(lambda: all("set" in (tmp_path / f"{name}.log").read_text() for name in "abc"), within_s=ENDS_WITHIN_S)
    assert (tmp_path / "ends").read_text() == "cba"


@pytest.mark.asyncio
async def test_a_deaf_process_is_killed(tmp_path: Path) -> None:
    """SIGTERM is a request; a process that does not heed it in time is ended."""
    child = Child("deaf", python(DEAF), log=tmp_path / "deaf.log")
    child.start()
    assert await until(lambda: "deaf" in child.log_tail(), within_s=ENDS_WITHIN_S)
    await child.stop(within_s=0.2)
    assert child.exit_status == -signal.SIGKILL


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["return", "raise", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
async def test_no_service_outlives_its_supervisor(tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]], how: str) -> None:
    """However the supervisor ends, its services end."""
    if how == "SIGKILL" and sys.platform != "linux":
        pytest.skip("only Linux ends the children of a killed process")
    supervisor = supervise(how)
    assert await until((tmp_path / "started").exists, within_s=ENDS_WITHIN_S)
    run = Run.read(tmp_path / "up.json")
    assert run is not None
    assert len([child for child in run.children.values() if child.find()]) == 2
    if how in {"return", "raise"}:
        (tmp_path / "go").touch()
    else:
        supervisor.send_signal(signal.Signals[how])
    assert await until(lambda: supervisor.poll() is not None, within_s=ENDS_WITHIN_S)
    if how == "SIGKILL":  # then the kernel ends them, a moment later
        assert await until(lambda: not any(child.find() for child in run.children.values()), within_s=ENDS_WITHIN_S)
    else:
        assert not any(child.find() for child in run.children.values())
        assert not (tmp_path / "up.json").exists()


@pytest.mark.asyncio
async def test_a_background_job_heeds_sigterm(tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]) -> None:
    """A supervisor that ignores Ctrl-C, as a shell's background job does, still ends in good order on SIGTERM."""
    supervisor = supervise("return", before=IN_THE_BACKGROUND)
    assert await until((tmp_path / "started").exists, within_s=ENDS_WITHIN_S)
    supervisor.terminate()
    assert await until(lambda: supervisor.poll() is not None, within_s=ENDS_WITHIN_S)
    assert not (tmp_path / "up.json").exists()


@pytest.mark.asyncio
async def test_down_stops_the_supervisor_and_its_services(tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]) -> None:
    """`make down` ends from one terminal what `make up` started in another, and says whether it had to."""
    supervisor = supervise("return")
    assert await until((tmp_path / "started").exists, within_s=ENDS_WITHIN_S)
    run = Run.read(tmp_path / "up.json")
    assert run is not None
    assert await down(tmp_path / "up.json")
    assert supervisor.wait(timeout=ENDS_WITHIN_S) != 0
    assert not any(child.find() for child in run.children.values())
    assert not await down(tmp_path / "up.json")


@pytest.mark.asyncio
async def test_one_directory_has_one_supervisor(tmp_path: Path, supervise: Callable[..., subprocess.Popen[bytes]]) -> None:
    """A second `make up` is refused, and does the first no harm."""
    first = supervise("return")
    assert await until((tmp_path / "started").exists, within_s=ENDS_WITHIN_S)
    with pytest.raises(DirectoryInUseError):
        await Processes(tmp_path).__aenter__()
    assert first.poll() is None


@pytest.mark.asyncio
async def test_a_process_with_a_recycled_pid_is_left_alone(tmp_path: Path) -> None:
    """What merely has the pid of a process of ours is somebody else's."""
    bystander = Child("bystander", python(SLEEPS), log=tmp_path / "bystander.log")
    identity = bystander.start()
    ours = Identity(pid=identity.pid, created_at=identity.created_at - 3600)
    Run(supervisor=ours, children={"status": ours}).write(tmp_path / "up.json")
    try:
        assert not await down(tmp_path / "up.json")
        async with Processes(tmp_path):
            pass
        assert bystander.is_running
    finally:
        await bystander.stop()


@pytest.mark.asyncio
async def test_what_an_earlier_run_left_is_ended(tmp_path: Path) -> None:
    """Where the kernel ends no orphans, the next run does."""
    orphan = Child("orphan", python(SLEEPS), log=tmp_path / "orphan.log")
    gone = Identity(pid=os.getpid(), created_at=0.0)
    Run(supervisor=gone, children={"status": orphan.start()}).write(tmp_path / "up.json")
    async with Processes(tmp_path):
        assert not orphan.is_running


@pytest.mark.parametrize("text", ["", "{", "[]", '{"children": 3}', '{"supervisor": {}, "children": {}, "port": null}'])
def test_a_note_that_cannot_be_read_is_no_note(tmp_path: Path, text: str) -> None:
    """A damaged state file stops nobody from starting again."""
    (tmp_path / "up.json").write_text(text)
    assert Run.read(tmp_path / "up.json") is None
