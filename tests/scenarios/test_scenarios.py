"""Every scenario that is kept here, on the whole hub: in memory, and on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from services.runtime.config import KafkaSettings
from simulator.report import Report
from simulator.scenario_file import load
from simulator.trial import in_memory, on_kafka

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
#: Scenarios mostly wait, for heartbeats and for seals: in memory so many are played at a time.
AT_A_TIME = 6

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest) -> Mapping[Path, Report | BaseException]:
    """How each scenario that was asked for went in memory."""
    asked = [item for item in request.session.items if isinstance(item, pytest.Function) and item.originalname == "test_in_memory"]
    paths = [Path(str(item.callspec.params["path"])) for item in asked]
    return asyncio.run(_played(paths))


async def _played(paths: Sequence[Path]) -> Mapping[Path, Report | BaseException]:
    turns = asyncio.Semaphore(AT_A_TIME)

    async def played(path: Path) -> Report:
        async with turns:
            return await in_memory(load(path))

    return dict(zip(paths, await asyncio.gather(*map(played, paths), return_exceptions=True), strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_in_memory(path: Path, reports: Mapping[Path, Report | BaseException]) -> None:
    """What the scenario's title says is so."""
    report = reports[path]
    if isinstance(report, BaseException):
        raise report
    assert report.passed, report.failures()


@pytest.mark.broker
@pytest.mark.asyncio
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_on_kafka(path: Path, kafka_bootstrap: str) -> None:
    """What the scenario's title says is so."""
    report = await on_kafka(load(path), KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap}))
    assert report.passed, report.failures()
