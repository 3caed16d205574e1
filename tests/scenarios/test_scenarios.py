"""Every scenario that is kept here, on the whole hub: in memory, and on Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.config import KafkaSettings
from simulator.playing import play
from simulator.scenario_file import load

FILES = sorted(Path(__file__).parent.glob("*.yaml"))

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(300)]


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.broker)])
def kafka(request: pytest.FixtureRequest) -> KafkaSettings | None:
    """Where Kafka is; None stands for the broker in memory."""
    if request.param == "memory":
        return None
    return KafkaSettings.model_validate({"bootstrap_servers": request.getfixturevalue("kafka_bootstrap")})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_scenario(path: Path, kafka: KafkaSettings | None) -> None:
    """What the scenario's title says is so."""
    report = await play(load(path), kafka)
    assert report.passed, report.failures()
