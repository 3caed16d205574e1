"""One suite, two brokers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.broker.clusters import Cluster, InMemory, OnKafka

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runtime.ports import Broker

TOPICS = {"in": 2, "out": 4}


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.broker)])
def bootstrap(request: pytest.FixtureRequest) -> str | None:
    """Where Kafka is; None stands for the broker in memory."""
    return request.getfixturevalue("kafka_bootstrap") if request.param == "kafka" else None


@pytest_asyncio.fixture
async def cluster(bootstrap: str | None) -> AsyncIterator[Cluster]:
    """A cluster with the topics `in` (two partitions) and `out` (four), empty."""
    if bootstrap is None:
        yield InMemory(TOPICS)
        return
    on_kafka = OnKafka(bootstrap, f"test-{uuid.uuid4().hex[:12]}.", TOPICS)
    await on_kafka.create()
    yield on_kafka
    await on_kafka.close()


@pytest_asyncio.fixture
async def broker(cluster: Cluster) -> AsyncIterator[Broker]:
    """One client of the cluster."""
    broker = cluster.connect()
    yield broker
    await broker.close()
