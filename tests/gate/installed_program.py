"""What a vendor's program does, run where holdfast-gate alone is installed, on any Python that it supports; ends with 0 when all is as it should be.

Usage: python installed_program.py DIRECTORY EXTRA, where EXTRA is `none` or `agent`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import holdfast_gate
from holdfast_gate import Decision, Exit, FeedError, Gate, GateConfig
from holdfast_gate.signing import KeyRing, SealKey
from holdfast_gate.sync import SyncGate

RING = KeyRing.of(SealKey.new("test", "test-1"))


class Unreachable:
    """A feed without a network."""

    async def _fail(self, *_: object) -> Any:
        message = "no network"
        raise FeedError(message)

    partitions = start = poll = end_offsets = publish_report = _fail

    async def close(self) -> None:
        """Nothing is held."""


def asked_in_both_ways(directory: Path) -> None:
    """A gate that is cut off opens, answers REFER and records it, from a loop and from a thread."""

    async def ask(config: GateConfig) -> holdfast_gate.Answer:
        async with Gate(config, feed()) as gate:
            return await gate.decide("A1234BC", Exit.RELEASE)

    answer = asyncio.run(ask(GateConfig(gate_id="one", directory=directory / "one", key_ring=RING)))
    assert (answer.decision, answer.sequence) == (Decision.REFER, 1)
    with SyncGate(GateConfig(gate_id="two", directory=directory / "two", key_ring=RING), feed) as gate:
        answer = gate.decide("A1234BC", Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.REFER, 1)


def asked_over_the_socket(directory: Path) -> None:
    """The agent serves, and what is shipped with it is there."""
    from holdfast_gate.agent.serve import serving
    from holdfast_gate.config import AgentConfig

    async def ask() -> bytes:
        path = directory / "gate.sock"
        async with serving(AgentConfig(socket=path), GateConfig(gate_id="three", directory=directory / "three", key_ring=RING), feed()):
            reader, writer = await asyncio.open_unix_connection(str(path))
            body = json.dumps(
                {
                    "prisoner_number": "A1234BC",
                    "exit": "release",
                    "checks": [{"check": "A", "by": "B", "role": "C", "at": "2025-10-29T08:00:00.1Z"}],
                }
            )
            writer.write(
                f"POST /v1/decisions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            writer.write(b"GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            said = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return said

    said = asyncio.run(ask())
    assert said.count(b"HTTP/1.1 200 OK") == 2, said
    assert b'"decision": "REFER"' in said
    assert b'"openapi": "3.1.0"' in said


def feed() -> Any:
    """One more feed that reaches nobody."""
    return Unreachable()


def main(directory: Path, extra: str) -> None:
    """Do all of it."""
    asked_in_both_ways(directory)
    assert ("aiohttp" in sys.modules, importlib.util.find_spec("aiokafka")) == (False, None)
    if extra == "agent":
        asked_over_the_socket(directory)
    else:
        assert importlib.util.find_spec("aiohttp") is None


main(Path(sys.argv[1]), sys.argv[2])
