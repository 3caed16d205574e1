"""One real Apicurio Registry for the whole session, started when the first test asks for it; and a process that forgets what it learnt of one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast_gate.records import registry as gates_registry
from schemas import registry
from simulator.schema_registry import DIRECTORY, SchemaRegistryServer

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def apicurio() -> Iterator[str]:
    """The URL of a real registry, in memory, on a port of its own."""
    with tempfile.TemporaryDirectory(prefix="holdfast-registry-") as directory:
        server = SchemaRegistryServer(Path(directory), cache=REPOSITORY / DIRECTORY)
        asyncio.run(server.start())
        try:
            yield server.url
        finally:
            asyncio.run(server.stop())


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What ids stand for is known to a whole process; here each test has a registry of its own."""
    yield
    for each in (registry(), gates_registry()):
        each.writers = None
        each.write_confluent({})
