"""A cluster in memory that holds what a hub would have written, and commands that reach it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from click.testing import CliRunner, Result

from holdfast.records import DeadLetter, DecisionReport
from schemas.wire import encode
from services.__main__ import holdfast
from services.runtime.ports import Outgoing, Record
from services.runtime.signing import KeySigner
from services.status.app import StatusStage
from simulator.keys import KEY
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW
from tests.status.told import run

TOPICS = {"facts": 1, "prisoner-status": 1, "vetoes": 1, "gate-reports": 2, "resolutions": 2, "dead-letters": 1, "custody-events": 2}


class _Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic_s(self) -> float:
        return 0.0

    def of_broker(self, appended_at: datetime) -> datetime:
        return appended_at


async def holding(facts: Sequence[Record], reports: Iterable[DecisionReport | bytes] = (), letters: Iterable[DeadLetter] = ()) -> MemoryBroker:
    """A broker that holds this log, what the status service makes of it, these reports and these dead letters."""
    broker = MemoryBroker(TOPICS, _Clock())
    await broker.publish([Outgoing(topic="facts", partition=0, key=record.key, value=record.value) for record in facts])
    await broker.publish(run(StatusStage(0, KeySigner(KEY)), facts))
    values = [each if isinstance(each, bytes) else encode(each) for each in reports]
    await broker.publish([Outgoing(topic="gate-reports", key=value[-4:], value=value) for value in values])
    keyed = [(f"{each.topic}/{each.partition}/{each.offset}", each) for each in letters]
    await broker.publish([Outgoing(topic="dead-letters", partition=0, key=about.encode(), value=encode(each)) for about, each in keyed])
    return broker


class Cluster:
    """What commands find; `broker` is the one that the last command used."""

    def __init__(self) -> None:
        self.facts: Sequence[Record] = ()
        self.reports: Iterable[DecisionReport | bytes] = ()
        self.letters: Iterable[DeadLetter] = ()
        self.broker: MemoryBroker | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[MemoryBroker]:
        """In place of `services.cli.connect.connected`."""
        self.broker = await holding(self.facts, self.reports, self.letters)
        yield self.broker

    def command(self, *words: str) -> Result:
        """Run a command of `holdfast`."""
        return CliRunner().invoke(holdfast, words)

    def told(self, *words: str) -> tuple[int, Any]:
        """Exit status and JSON of a command."""
        result = self.command(*words, "--json")
        return result.exit_code, json.loads(result.stdout)
