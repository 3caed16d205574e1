"""`facts` as tests write it: facts, adoptions and marks with offsets, and the stage that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from holdfast.claims import Adoption, Claim, Fact, Mark, Person, PolicyAdoption, SourceMark
from holdfast.records import PartitionStatus, PrisonerStatus
from holdfast_gate.model import SEAL_KEY, Authority, Notice, Seal
from schemas.wire import decode_as, encode
from services.runtime.ports import Outgoing, Record
from services.runtime.signing import KeySigner
from services.runtime.stage import Tick
from services.status.app import StatusStage
from simulator.keys import KEY
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW, say

FACTS, STATUS, VETOES = "facts", "prisoner-status", "vetoes"
SOURCES = ("court", "custody", "immigration", "resolutions")
TICK = Tick(looked_at=NOW, partition_count=1, at_end=True)


@dataclass
class Log:
    """One partition of `facts`; each record stands `step` offsets after the one before, because markers of transactions take offsets too."""

    records: list[Record] = field(default_factory=list[Record])
    step: int = 2

    def _append(self, told: object, key: bytes | None = None) -> Record:
        record = Record(
            topic=FACTS, partition=0, offset=self.step * len(self.records), key=key, value=encode(told), headers=(), appended_at=datetime.now(UTC)
        )
        self.records.append(record)
        return record

    def fact(self, claim: Claim, number: str = "A1234BC") -> Record:
        """Tell a prisoner's fact."""
        return self._append(Fact(prisoner_number=number, claim=claim), number.encode())

    def mark(self, time: datetime) -> Record:
        """T."""
        return self._append(Mark(time=time, sources=tuple(SourceMark(source=source, caught_up_as_of=time) for source in SOURCES)))

    def adopt(self, version: int, since: datetime, at: datetime = NOW) -> Record:
        """Two people adopt a policy."""
        body = PolicyAdoption(policy_version=version, effective_from=since, reason="said so")
        return self._append(Adoption(claim=say(body, by=Authority.HUB, person=Person(), at=at, names=("Ann", "Bob"))))


class _NoClock:
    def now(self) -> datetime:
        return NOW

    def monotonic_s(self) -> float:
        return 0.0

    def of_broker(self, appended_at: datetime) -> datetime:
        return appended_at


def batches(records: Sequence[Record], sizes: Iterable[int]) -> list[list[Record]]:
    """The records in batches of these sizes, and the rest in one."""
    found: list[list[Record]] = []
    rest = list(records)
    for size in sizes:
        found.append(rest[:size])
        rest = rest[size:]
    return [batch for batch in (*found, rest) if batch]


def run(stage: StatusStage, *batched: Sequence[Record]) -> list[Outgoing]:
    """What the stage writes, batch by batch."""
    return [output for batch in batched for output in stage.step(batch, TICK)]


async def successor(outputs: Iterable[Outgoing]) -> StatusStage:
    """A stage that was restored from what its predecessor wrote; it must find nothing to mend."""
    broker = MemoryBroker({FACTS: 1, STATUS: 1, VETOES: 1}, _NoClock())
    await broker.publish(list(outputs))
    stage = StatusStage(0, KeySigner(KEY))
    assert await stage.restore(broker) == []
    await broker.close()
    return stage


def seals(outputs: Iterable[Outgoing]) -> list[Seal]:
    """Every seal."""
    return [decode_as(Seal, output.value or b"") for output in outputs if output.topic == VETOES and output.key == SEAL_KEY]


def notices(outputs: Iterable[Outgoing], number: str | None = None) -> list[Notice]:
    """Every notice, of everybody or of one prisoner."""
    mine = [output for output in outputs if output.topic == VETOES and output.key != SEAL_KEY]
    return [decode_as(Notice, output.value or b"") for output in mine if number in {None, (output.key or b"").decode()}]


def written(outputs: Iterable[Outgoing]) -> list[tuple[Any, ...]]:
    """What was written about prisoners, to the byte: seals and progress depend on where batches end, this must not."""
    about = [output for output in outputs if output.key not in {SEAL_KEY, b"$partition"}]
    return [(output.topic, output.key, output.value, output.headers) for output in about]


def progress(outputs: Iterable[Outgoing]) -> PartitionStatus:
    """The newest progress."""
    mine = [output.value for output in outputs if output.key == b"$partition"]
    return decode_as(PartitionStatus, mine[-1] or b"")


def status(outputs: Iterable[Outgoing], number: str) -> PrisonerStatus:
    """The newest status of a prisoner."""
    mine = [output.value for output in outputs if output.topic == STATUS and output.key == number.encode()]
    return decode_as(PrisonerStatus, mine[-1] or b"")


def seconds(count: float, after: datetime = NOW) -> datetime:
    """An instant so much later."""
    return after + timedelta(seconds=count)
