"""The wheel in an environment that holds nothing else: it works, and brings neither Kafka's client nor an HTTP server unless asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import sdk

PROGRAM = Path(__file__).with_name("installed_program.py")


@pytest.mark.slow
def test_the_wheel_alone_works_and_brings_little(tmp_path: Path) -> None:
    """Installed plainly it brings numpy, fastavro and cryptography alone; with [agent] it serves; without, `run` and `decide` say what to install."""
    wheel = sdk.build(tmp_path)
    plain = sdk.install(wheel, "", sys.executable, tmp_path / "plain")
    assert sdk.brought(plain) == ("cffi", "cryptography", "fastavro", "numpy", "pycparser")
    _ran(plain, str(PROGRAM), str(tmp_path / "a"), "none")
    ring = ("--key-ring", str(tmp_path / "key-ring.json"))
    for command, extra in ((["run", "--socket", str(tmp_path / "a.sock")], "[agent,kafka]"), (["decide", "A1234BC", "--exit", "court"], "[kafka]")):
        done = subprocess.run([plain, "-I", "-m", "holdfast_gate", *command, *ring], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, f"pip install 'holdfast-gate{extra}'" in done.stderr) == (1, True), done.stderr
    agent = sdk.install(wheel, "agent", sys.executable, tmp_path / "agent")
    assert "aiohttp" in sdk.brought(agent)
    assert "aiokafka" not in sdk.brought(agent)
    _ran(agent, str(PROGRAM), str(tmp_path / "b"), "agent")


def _ran(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_figures_are_shown_for_people_and_machines() -> None:
    """A line for each way to install it, and the same as JSON."""
    installation = sdk.Installation(
        extras="agent", brought=("aiohttp",), installed_kb=80_000, imported="x", import_ms_median=99.5, import_processor_ms_median=90.0
    )
    measured = sdk.Measured(python="3.10.13", wheel="holdfast_gate-0.1.0-py3-none-any.whl", wheel_kb=100.0, installations=(installation,))
    head, line = sdk.lines(measured)
    assert head == "holdfast_gate-0.1.0-py3-none-any.whl: 100.0 kB, on Python 3.10.13"
    assert " ".join(line.split()) == "holdfast-gate[agent] imports in 99.5 ms (90.0 of processor), 80,000 kB on the disk, brings aiohttp"
    assert json.loads(sdk.as_json(measured))["installations"][0]["import_ms_median"] == 99.5
