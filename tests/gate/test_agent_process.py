"""`holdfast-gate run` as a process: it starts without a broker, answers, and ends cleanly when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest

from holdfast_gate.__main__ import main
from tests.gate.agents import QUESTION, agent
from tests.gate.feeds import RING
from tests.gate.scene import Scene

#: Where nothing listens.
NOBODY = "127.0.0.1:1"


@contextlib.asynccontextmanager
async def _running(directory: Path, *words: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    ring = directory.with_name("key-ring.json")
    ring.write_text(RING.as_json())
    command = (sys.executable, "-m", "holdfast_gate", "run", "--bootstrap-servers", NOBODY, "--data-dir", str(directory), *words)
    environment = {**os.environ, "HOLDFAST_GATE_ID": "gate-1", "HOLDFAST_GATE_KEY_RING": str(ring)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _served(process: asyncio.subprocess.Process) -> list[str]:
    """The lines of its log up to the one that says that it serves."""
    assert process.stderr is not None
    lines: list[str] = []
    while "serving" not in "".join(lines[-1:]):
        line = await asyncio.wait_for(process.stderr.readline(), 20)
        assert line, lines
        lines.append(line.decode())
    return lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_starts_without_a_broker_and_ends_with_0(tmp_path: Path, number: signal.Signals) -> None:
    """No broker anywhere: it serves all the same, says REFER, is live and not ready; told to stop, it ends with 0 and takes its socket away."""
    path = tmp_path / "gate.sock"
    async with _running(tmp_path / "gate", "--socket", str(path)) as process:
        await _served(process)
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
            async with session.post("http://gate/v1/decisions", json=QUESTION) as response:
                answer = await response.json()
            assert (response.status, answer["decision"], answer["sequence"]) == (200, "REFER", 1)
            assert [each["code"] for each in answer["refer"]] == ["FEED_NOT_BOOTSTRAPPED"]
            async with session.get("http://gate/health/live") as response:
                assert response.status == 200
            async with session.get("http://gate/health/ready") as response:
                assert (response.status, (await response.json())["ready"]) == (503, False)
        process.send_signal(number)
        _, said = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert said.decode().splitlines()[-1].endswith("INFO holdfast_gate.agent stopped")
        assert QUESTION["prisoner_number"] not in said.decode()
        assert not path.exists()


async def test_over_tcp_with_a_token_of_a_file(tmp_path: Path) -> None:
    """The token is read from a file; without it nothing is said."""
    file = tmp_path / "token"
    file.write_text("0123456789abcdef\n")
    async with _running(tmp_path / "gate", "--listen", "127.0.0.1:0", "--token-file", str(file)) as process:
        where = (await _served(process))[-1].strip().rpartition("at=")[2]
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{where}/v1/decisions", json=QUESTION) as response:
                assert response.status == 401
            headers = {"Authorization": "Bearer 0123456789abcdef"}
            async with session.post(f"{where}/v1/decisions", json=QUESTION, headers=headers) as response:
                assert (await response.json())["decision"] == "REFER"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--listen", "0.0.0.0:8480"], "not a loopback address"),
        ([], "needs a token"),
        (["--socket", "/proc/nowhere/gate.sock"], "cannot listen at /proc/nowhere/gate.sock"),
        (["--socket", "x" * 200], "cannot listen at"),
    ],
)
def test_what_keeps_it_from_starting_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    """Status 1 and a sentence that says how to mend it."""
    monkeypatch.delenv("HOLDFAST_GATE_TOKEN", raising=False)
    monkeypatch.setenv("HOLDFAST_GATE_KEY_RING", str(tmp_path / "key-ring.json"))
    (tmp_path / "key-ring.json").write_text(RING.as_json())
    assert main(["run", "--bootstrap-servers", NOBODY, "--data-dir", str(tmp_path), *words]) == 1
    assert told in capsys.readouterr().err


def test_without_its_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The HTTP library is an extra: without it, `run` names the extra."""
    for name in [each for each in sys.modules if each.startswith(("aiohttp", "holdfast_gate.agent."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    ring = ["--key-ring", str(tmp_path / "key-ring.json")]
    assert main(["run", "--socket", str(tmp_path / "gate.sock"), "--data-dir", str(tmp_path), *ring]) == 1
    assert "pip install 'holdfast-gate[agent,kafka]'" in capsys.readouterr().err


async def test_the_commands_of_the_readme_are_answered(scene: Scene) -> None:
    """What the README sends with curl is what the agent reads: every path is served, and no body is refused as unreadable."""
    text = (Path(__file__).parents[2] / "sdk" / "README.md").read_text()
    asked = re.findall(r"http://[^/\s]+(/v1/[a-z-]+)(?:[^$]*?-d '(\{.*?\})')?\n", text, re.DOTALL)
    assert [path for path, _ in asked] == ["/v1/decisions", "/v1/settlements", "/v1/position"]
    async with agent(scene) as client:
        for path, body in asked:
            reply = await (client.ask("POST", path, body=body.encode()) if body else client.ask("GET", path))
            assert reply.status == 200 or reply.body["code"] == "UNKNOWN_SEQUENCE"


def test_the_document_is_what_a_person_can_read() -> None:
    """It is shipped as JSON, since the library has no reader of YAML, with a line for each member."""
    text = (Path(__file__).parents[2] / "sdk" / "holdfast_gate" / "agent" / "openapi.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
