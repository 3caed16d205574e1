"""What a scenario runs against: the hub, a gate that follows it, and what the hub reports on its topics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from holdfast.records import DeadLetter, Incident
from schemas.wire import decode
from services.runtime.ports import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from holdfast_gate.checks import CheckDone
    from holdfast_gate.model import Decision, Exit
    from services.runtime.ports import Broker, Reader
    from simulator.driven_clock import DrivenClock

INCIDENTS, DEAD_LETTERS = "incidents", "dead-letters"
READ_LIMIT = 1000


class Hub(Protocol):
    """The hub's services, running."""

    def check(self) -> None:
        """Raise whatever ended a service that should be running."""
        ...

    async def restart(self, name: str) -> None:
        """Kill one service as `kill -9` does, and start it again."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a gate answered as it did. `name` is a ground, `QUERY/<kind>` or a REFER code."""

    name: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a gate answered."""

    decision: Decision
    reasons: tuple[Reason, ...]


class GateUnderTest(Protocol):
    """A gate that follows the hub by itself."""

    async def restart(self) -> None:
        """Kill it as `kill -9` does, and start it again with what it had on disk."""
        ...

    def disturb(self, state: str) -> None:
        """Let its feed be in this state from now on: one of `disturbed_feed.STATES`."""
        ...

    @property
    def ever_disturbed(self) -> bool:
        """Whether its feed was ever in another state than well."""
        ...

    async def decide(self, prisoner: str, exit_: Exit, checks: Sequence[CheckDone]) -> Answer:
        """Decide now, given these release checks."""
        ...

    def sealed_through(self) -> Mapping[str, datetime | None] | None:
        """Say how far each source was by the last seals, the oldest over all partitions; None until each has one."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderTest:
    """Everything that a scenario plays on. `clock` is the one that hub, gate and (in memory) the broker run on."""

    broker: Broker
    clock: DrivenClock
    hub: Hub
    gate: GateUnderTest


class Observed:
    """Every incident and every dead letter that the hub has reported since the topics began."""

    def __init__(self, reader: Reader) -> None:
        """Nothing is known before the first `look`."""
        self._reader = reader
        self.incidents: list[Incident] = []
        self.dead_letters: list[DeadLetter] = []

    @classmethod
    async def open(cls, broker: Broker) -> Observed:
        """Begin at the beginning of both topics."""
        counts = {topic: await broker.partition_count(topic) for topic in (INCIDENTS, DEAD_LETTERS)}
        sources = [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]
        return cls(await broker.open_reader(sources))

    async def look(self, *, timeout_s: float) -> None:
        """Take in what is new, waiting for it no longer than `timeout_s`."""
        for record in await self._reader.read(limit=READ_LIMIT, timeout_s=timeout_s):
            match decode(record.value) if record.value is not None else None:
                case Incident() as incident:
                    self.incidents.append(incident)
                case DeadLetter() as letter:
                    self.dead_letters.append(letter)
                case _:
                    pass

    async def close(self) -> None:
        """Let go of the reader."""
        await self._reader.close()
