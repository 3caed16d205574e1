"""Identity: `claims` in, `facts` and `identity-links` out.

Whose fact is this? One partition, so one owner; a second process of the same group is a hot standby. What it remembers is
`holdfast.identity.Identity`.
"""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.claims import Adoption, Claim, Mark, PartitionMark, PolicyAdoption
from holdfast.identity import Identity
from holdfast.marks import Progress
from holdfast.records import ProgressEntry
from holdfast.sources import gap_source
from schemas.wire import decode, encode
from services.runtime.headers import event
from services.runtime.ports import Broker, Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.stage import Service, Stage, StrangerError, Tick

CLAIMS, FACTS, LINKS = "claims", "facts", "identity-links"
PROGRESS_KEY = "progress"


class IdentityStage:
    """Resolves claims to facts, and passes marks on to every partition of `facts` behind them."""

    def __init__(self) -> None:
        self._identity = Identity()
        self._progress = Progress()
        self._facts_partitions = 0

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Links, subjects, parked claims and progress from the changelog."""
        self._facts_partitions = await broker.partition_count(FACTS)
        newest: dict[bytes, bytes] = {}
        async for record in read_to_end(broker, [TopicPartition(LINKS, 0)]):
            if record.key is not None and record.value is not None:
                newest[record.key] = record.value
        for value in newest.values():
            entry = decode(value)
            if isinstance(entry, ProgressEntry):
                self._progress.load(entry)
            else:
                self._identity.load(entry)
        return []

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Facts and marks in the order of the claims that they follow from, then what changed in memory."""
        del tick  # time flows in the data
        outputs: list[Outgoing] = []
        passed_on: Record | None = None
        for record in records:
            told = decode(record.value or b"")
            match told:
                case Claim(body=PolicyAdoption()):
                    outputs += self._everywhere(Adoption(claim=told), record)
                case Claim():
                    outputs += self._facts(told, record)
                case PartitionMark():
                    mark = self._progress.note(told, self._identity.gaps)
                    if mark is not None:
                        passed_on = record
                        outputs += self._everywhere(mark, record)
                case _:
                    raise StrangerError(record, told)
        outputs += self._changes(records[-1]) if records else []
        if passed_on is not None:
            outputs.append(self._entry(PROGRESS_KEY, self._progress.entry(), passed_on))
        return outputs

    def _facts(self, claim: Claim, record: Record) -> Sequence[Outgoing]:
        facts = self._identity.resolve(claim, source=gap_source(claim.source.topic), sequence=record.offset)
        return [
            Outgoing(
                topic=FACTS,
                key=fact.prisoner_number.encode(),
                value=encode(fact),
                headers=event("Fact", source="identity", cause=record, part=str(n)),
            )
            for n, fact in enumerate(facts)
        ]

    def _everywhere(self, told: Mark | Adoption, record: Record) -> Sequence[Outgoing]:
        """What concerns nobody in particular goes to every partition, at the same place between the marks."""
        value = encode(told)
        headers = event(type(told).__name__, source="identity", cause=record)
        return [Outgoing(topic=FACTS, partition=p, key=None, value=value, headers=headers) for p in range(self._facts_partitions)]

    def _changes(self, cause: Record) -> Sequence[Outgoing]:
        changed, self._identity.entries = self._identity.entries, {}
        return [self._entry(key, entry, cause) for key, entry in changed.items()]

    @staticmethod
    def _entry(key: str, entry: object, cause: Record) -> Outgoing:
        headers = event(type(entry).__name__, source="identity", cause=cause, part=key)
        return Outgoing(topic=LINKS, partition=0, key=key.encode(), value=encode(entry), headers=headers)


def service() -> Service:
    """The identity service."""

    def stage(_: TopicPartition) -> Stage:
        return IdentityStage()

    return Service(name="identity", topics=(CLAIMS,), stage=stage)
