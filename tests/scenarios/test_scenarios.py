"""Every scenario that is kept here, on the whole hub: in memory, and those outside the corpus on Kafka too.

The corpus is about the law, which is the same on any broker; `holdfast scenario tests/scenarios/corpus` plays it on Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from services.runtime.config import KafkaSettings
from simulator.report import Report
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.trial import in_memory, on_kafka

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
#: Scenarios mostly wait, for heartbeats and for seals, so several are played at a time; each has its own topics and its own hub.
AT_A_TIME = {"test_in_memory": 12, "test_on_kafka": 3}
Reports = Mapping[Path, Report | BaseException]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def in_memory_reports(request: pytest.FixtureRequest) -> Reports:
    """How each scenario that was asked for went in memory."""
    return asyncio.run(_played(request, "test_in_memory", in_memory))


@pytest.fixture(scope="module")
def on_kafka_reports(request: pytest.FixtureRequest, kafka_bootstrap: str) -> Reports:
    """How each scenario that was asked for went on Kafka."""
    settings = KafkaSettings.model_validate({"bootstrap_servers": kafka_bootstrap})
    return asyncio.run(_played(request, "test_on_kafka", lambda scenario: on_kafka(scenario, settings)))


async def _played(request: pytest.FixtureRequest, test: str, play: Callable[[Scenario], Awaitable[Report]]) -> Reports:
    asked = [item for item in request.session.items if isinstance(item, pytest.Function) and item.originalname == test]
    paths = [Path(str(item.callspec.params["path"])) for item in asked]
    turns = asyncio.Semaphore(AT_A_TIME[test])

    async def played(path: Path) -> Report:
        async with turns:
            return await play(load(path))

    return dict(zip(paths, await asyncio.gather(*map(played, paths), return_exceptions=True), strict=True))


def _verdict(report: Report | BaseException) -> None:
    if isinstance(report, BaseException):
        raise report
    assert report.passed, report.failures()


@pytest.mark.parametrize("path", [*FILES, *CORPUS], ids=lambda path: path.stem)
def test_in_memory(path: Path, in_memory_reports: Reports) -> None:
    """What the scenario's title says is so."""
    _verdict(in_memory_reports[path])


@pytest.mark.broker
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_on_kafka(path: Path, on_kafka_reports: Reports) -> None:
    """What the scenario's title says is so."""
    _verdict(on_kafka_reports[path])
