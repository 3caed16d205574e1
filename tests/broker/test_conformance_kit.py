"""The conformance kit as a vendor runs it: two processes, a real Kafka, real time, and the settings that it prints."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import socket

import pytest

from holdfast_gate.conformance.cases import CASES

pytestmark = pytest.mark.broker

TOKEN = "the-token-of-a-test"  # noqa: S105 - of a test
WHOLE_RUN_WITHIN_S = 90.0


async def _kit(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `holdfast-gate conformance`."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "holdfast_gate", "conformance", *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=os.environ | environment)
    out, err = await asyncio.wait_for(process.communicate(), WHOLE_RUN_WITHIN_S)
    return process.returncode or 0, out.decode(), err.decode()


async def _settings(directory: Path, bootstrap: str) -> dict[str, str]:
    status, out, err = await _kit("--print-settings", str(directory), "--bootstrap-servers", bootstrap)
    assert status == 0, err
    # Nothing in them needs a shell's quotes here.
    return dict(line.removeprefix("export ").split("=", 1) for line in out.splitlines())


@asynccontextmanager
async def _agent(settings: dict[str, str], *where: str) -> AsyncIterator[None]:
    """The gate under test: the real agent, as its own process."""
    command = [sys.executable, "-m", "holdfast_gate", "run", *where]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet, env=os.environ | settings)
    try:
        yield
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 15)


async def test_the_real_agent_keeps_the_contract(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Every case over loopback with a token; and what was used once is not used again."""
    settings = await _settings(tmp_path / "kit", kafka_bootstrap)
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = (f"http://127.0.0.1:{port}", "--token-file", str(tmp_path / "token"))
    async with _agent(settings, "--listen", f"127.0.0.1:{port}", "--token-file", str(tmp_path / "token")):
        status, out, err = await _kit(*given, "--json", **settings)
        assert status == 0, out + err
        found = json.loads(out)
        assert {each["case"]: each["verdict"] for each in found["cases"]} == {each.name: "pass" for each in CASES}
        assert err.count("\n") == len(CASES) + 1
        status, _, err = await _kit(*given, **settings)
        assert (status, "was used before" in err) == (2, True)


async def test_over_a_unix_socket_there_is_no_token(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Two cases alone: one passes, one has nothing to be about, and that is said."""
    settings = await _settings(tmp_path / "kit", kafka_bootstrap)
    async with _agent(settings, "--socket", str(tmp_path / "s")):
        status, out, err = await _kit("--socket", str(tmp_path / "s"), "--only", "allow", "--only", "token", **settings)
    assert status == 0, out + err
    assert "1 pass, 1 does not apply" in out
    assert "token does not apply: the gate under test is asked over a unix socket" in out
