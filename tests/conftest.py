"""What every test may use: above all one real Kafka for the whole session, started when the first test asks for it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

# Python 3.11 can fail to compile while garbage is collected (python/cpython#106905), and hypothesis's pytest plugin imports it
# at the very end of a session if no test did: so it is imported at the beginning.
import hypothesis
import pytest

from simulator import kafka_broker

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[1]

# How long an example takes says how busy the machine is, and nothing about what is tested.
hypothesis.settings.register_profile("holdfast", deadline=None)
hypothesis.settings.load_profile("holdfast")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests run against a broker that somebody else runs."""
    parser.addoption("--broker", metavar="HOST:PORT", help="run the tests marked `broker` against this Kafka")


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a real Kafka: the one that `--broker` or KAFKA_BOOTSTRAP_SERVERS names, else one of our own."""
    given: str | None = request.config.getoption("--broker") or os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-kafka-") as directory:
        kafka = kafka_broker.KafkaBroker(Path(directory), jars=REPOSITORY / kafka_broker.DIRECTORY / "jars")
        asyncio.run(kafka.start())
        try:
            yield kafka.bootstrap
        finally:
            asyncio.run(kafka.stop())
