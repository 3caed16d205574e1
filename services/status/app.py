"""Status: `facts` in, `prisoner-status` and `vetoes` out. The smallest and most careful service of all.

Everything written is a pure function of the prefix of one `facts` partition: a successor re-derives the same bytes, and a zombie can at worst repeat
history. A stricter notice binds a gate when it is read; a laxer one when a seal covers it, so a seal follows every change and every mark at once.
Seals are signed after the step: Ed25519 is deterministic, so that with one key the signature is a function of the same prefix.

A release policy that comes into force concerns every notice. The next seal names it, from when on gates refer everybody whose notice does not say yet
what it asks for; the notices follow, so many at every mark, so that holds are never kept waiting behind them.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from holdfast.claims import Adoption, Fact, Mark
from holdfast.policies import NO_CHECKS, adopt, adopted_by, in_force
from holdfast.records import PartitionStatus, PrisonerStatus, StatusHead
from holdfast.status import RULES_VERSION, derive, due_at, fold, same_for_gates
from holdfast_gate.avro import UnreadableError
from holdfast_gate.lthash import LtHash
from holdfast_gate.model import SEAL_KEY, Ground, Notice, Seal, SealedSource
from holdfast_gate.signing import canonical
from schemas.wire import decode, decode_as, encode, status_head
from services.runtime.headers import event
from services.runtime.metrics import CAUGHT_UP, QUERIES, SEALED_AT
from services.runtime.ports import Broker, Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.signing import Signer, SignerError
from services.runtime.stage import Service, Stage, StrangerError, Tick

FACTS, STATUS, VETOES = "facts", "prisoner-status", "vetoes"
#: The key of a partition's own progress on `prisoner-status`; never a prisoner number.
PARTITION_KEY = b"$partition"
#: Notices that are derived anew at one mark because a policy came into force: two milliseconds each, so that a step stays below the second between
#: two marks.
RENEWED_PER_MARK = 250
#: How long a signature may take; without one the partition starts again.
SIGN_WITHIN_S = 5.0
#: After everything that is due.
NEVER = datetime.max.replace(tzinfo=UTC)


class StatusStage:
    """The statuses of one partition of `facts`. They are kept encoded and decoded when touched: a restart then costs reading, not decoding."""

    def __init__(self, partition: int, signer: Signer) -> None:
        self._partition = partition
        self._signer = signer
        self._statuses: dict[str, bytes] = {}
        self._notices: dict[str, bytes] = {}
        self._due: list[tuple[datetime, str]] = []
        self._digest = LtHash()
        #: What stands on `vetoes` of people whose status does not say so: a predecessor wrote it and died before it committed.
        self._uncommitted: dict[str, bytes] = {}
        self._progress = PartitionStatus(facts_offset=0, time=None, sources=())
        self._policy = NO_CHECKS
        #: Of each prisoner the policy that the notice was derived under, and when it is due.
        self._under: dict[str, tuple[int, datetime | None]] = {}
        #: Whose notice is of another policy than that in force, in the order in which they will be derived anew.
        self._outdated: dict[str, None] = {}

    # --- restoring -----------------------------------------------------------------------------------------------------------

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Statuses from the changelog; then republish what `vetoes` (read to its end, uncommitted) does not show as the status has it."""
        cause: dict[str, Record] = {}
        async for record in read_to_end(broker, [TopicPartition(STATUS, self._partition)]):
            if record.key == PARTITION_KEY and record.value is not None:
                self._progress = decode_as(PartitionStatus, record.value)
            elif record.key is not None and record.value is not None:
                self._statuses[record.key.decode()] = record.value
                cause[record.key.decode()] = record
        published: dict[str, bytes | None] = {}
        async for record in read_to_end(broker, [TopicPartition(VETOES, self._partition)], committed=False):
            if record.key is not None and record.key != SEAL_KEY:
                published[record.key.decode()] = record.value
        heads = {number: status_head(value) for number, value in self._statuses.items()}
        self._uncommitted = {n: value for n, value in published.items() if value is not None and (n not in heads or heads[n].notice != value)}
        self._under = {number: (head.policy_version, head.due_at) for number, head in heads.items()}
        self._put_in_force(self._progress.time)
        self._see_outdated()
        return [output for number, head in heads.items() for output in self._restored(head, published.get(number), cause[number])]

    def _restored(self, head: StatusHead, published: bytes | None, cause: Record) -> Sequence[Outgoing]:
        number = head.prisoner_number
        self._note_due(head.due_at, number)
        self._put_notice(number, head.notice)
        if head.rules_version != RULES_VERSION and self._progress.time is not None:
            status = decode_as(PrisonerStatus, self._statuses[number])
            return self._publish(replace(status, rules_version=RULES_VERSION), self._progress.time, cause)
        if published != head.notice:
            return [self._veto(number, head.notice, cause)]
        return []

    # --- the step ------------------------------------------------------------------------------------------------------------

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Fold facts, adoptions and marks in order; seal once at the end if anything changed or a mark passed."""
        del tick  # time flows in the data
        outputs: list[Outgoing] = []
        seal_for: Record | None = None
        for record in records:
            told = decode(record.value or b"")
            match told:
                case Fact():
                    written = self._fact(told, record)
                case Mark():
                    written = self._mark(told, record)
                    seal_for = record
                case Adoption():
                    self._adopt(told)
                    written, seal_for = (), record
                case _:
                    raise StrangerError(record, told)
            outputs += written
            seal_for = record if written else seal_for
        if records:
            self._progress = replace(self._progress, facts_offset=records[-1].offset + 1)
        if seal_for is not None:
            outputs.append(self._partition_status(seal_for))
        if seal_for is not None and self._progress.time is not None:
            outputs.append(self._seal(seal_for))
        return outputs

    def _fact(self, fact: Fact, record: Record) -> Sequence[Outgoing]:
        number = fact.prisoner_number
        # Before the first mark there is no T: the broker's append time of the claim's own record stands in for it.
        at = self._progress.time or fact.claim.received_at
        before = self._status(number)
        after = fold(before, fact, facts_offset=record.offset, at=at)
        return [] if after is before else self._publish(after, at, record)

    def _mark(self, mark: Mark, record: Record) -> Sequence[Outgoing]:
        time = max(self._progress.time or mark.time, mark.time)
        self._progress = replace(self._progress, time=time, sources=mark.sources)
        for source in mark.sources:
            if source.caught_up_as_of is not None:
                CAUGHT_UP.labels(source.source).set(source.caught_up_as_of.timestamp())
        self._put_in_force(time)
        outputs: list[Outgoing] = []
        while self._due and self._due[0][0] <= time:
            due, number = heapq.heappop(self._due)
            status = self._status(number)
            if status.due_at == due:
                outputs += self._publish(replace(status, facts_offset=record.offset), time, record)
        for number in tuple(islice(self._outdated, RENEWED_PER_MARK)):
            outputs += self._publish(replace(self._status(number), facts_offset=record.offset), time, record)
        return outputs

    def _adopt(self, adoption: Adoption) -> None:
        told = adopted_by(adoption.claim, told_at=self._progress.time or adoption.claim.received_at)
        self._progress = replace(self._progress, adopted=adopt(self._progress.adopted, told))
        self._put_in_force(self._progress.time)

    def _put_in_force(self, time: datetime | None) -> None:
        """See which policy is in force at T; before the first mark there is no T, and none that asks for anything."""
        before, self._policy = self._policy, in_force(self._progress.adopted, time) if time is not None else NO_CHECKS
        if before.version != self._policy.version:
            self._see_outdated()

    def _see_outdated(self) -> None:
        """Find whose notices are of another policy, by what their statuses say, so that a successor finds the same in the same order.

        Whose notice is due soonest comes first: who has an order for today is not kept waiting for those who stay.
        """
        outdated = [(due or NEVER, number) for number, (version, due) in self._under.items() if version != self._policy.version]
        self._outdated = dict.fromkeys(number for _, number in sorted(outdated))

    def _publish(self, status: PrisonerStatus, at: datetime, cause: Record) -> Sequence[Outgoing]:
        """Write the status; and the notice, if it says anything else than the last one did."""
        number = status.prisoner_number
        notice = derive(status, at=at, policy=self._policy)
        known = self._notices.get(number)
        outputs: list[Outgoing] = []
        if known is None or not same_for_gates(decode_as(Notice, known), notice) or status.rules_version != notice.rules_version:
            value = self._as_published(number, notice)
            self._put_notice(number, value)
            outputs.append(self._veto(number, value, cause))
            QUERIES.inc(any(ground.ground == Ground.QUERY.value for ground in notice.grounds))
        due = due_at((entry.claim for entry in status.entries), at)
        version = self._policy.version
        value = encode(replace(status, rules_version=RULES_VERSION, policy_version=version, due_at=due, notice=self._notices[number]))
        self._statuses[number] = value
        self._under[number] = version, due
        self._outdated.pop(number, None)
        self._note_due(due, number)
        headers = event("PrisonerStatus", source="status", cause=cause, part=number)
        outputs.append(Outgoing(topic=STATUS, partition=self._partition, key=number.encode(), value=value, headers=headers))
        return outputs

    async def finished(self, outputs: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """`outputs` with their seals signed. Raises SignerError, also when no signature comes within SIGN_WITHIN_S."""
        try:
            async with asyncio.timeout(SIGN_WITHIN_S):
                return [await self._signed(output) if output.key == SEAL_KEY else output for output in outputs]
        except TimeoutError as error:
            raise SignerError(f"no signature for a seal of partition {self._partition} within {SIGN_WITHIN_S:g} s") from error

    async def _signed(self, output: Outgoing) -> Outgoing:
        seal = replace(decode_as(Seal, output.value or b""), key_id=self._signer.key_id)
        signature = await self._signer.sign(canonical(seal, self._signer.environment))
        return replace(output, value=encode(replace(seal, signature=signature)))

    # --- small parts ---------------------------------------------------------------------------------------------------------

    def _status(self, number: str) -> PrisonerStatus:
        value = self._statuses.get(number)
        return decode_as(PrisonerStatus, value) if value is not None else PrisonerStatus(prisoner_number=number)

    def _put_notice(self, number: str, value: bytes) -> None:
        key = number.encode()
        if (known := self._notices.get(number)) is not None:
            self._digest.remove(key, known)
        self._digest.add(key, value)
        self._notices[number] = value

    def _as_published(self, number: str, notice: Notice) -> bytes:
        """The bytes of `notice`: those of a predecessor that died before it committed, where it had written the same.

        Gates hold them already, and take no second notice of one version. Bytes of one notice differ where the wire format or a schema id does.
        """
        published = self._uncommitted.pop(number, None)
        return published if published is not None and _says(published, notice) else encode(notice)

    def _note_due(self, due: datetime | None, number: str) -> None:
        if due is not None:
            heapq.heappush(self._due, (due, number))

    def _veto(self, number: str, value: bytes, cause: Record) -> Outgoing:
        headers = event("Notice", source="status", cause=cause, part=number)
        return Outgoing(topic=VETOES, partition=self._partition, key=number.encode(), value=value, headers=headers)

    def _partition_status(self, cause: Record) -> Outgoing:
        headers = event("PartitionStatus", source="status", cause=cause)
        value = encode(self._progress)
        return Outgoing(topic=STATUS, partition=self._partition, key=PARTITION_KEY, value=value, headers=headers)

    def _seal(self, cause: Record) -> Outgoing:
        time = self._progress.time or cause.appended_at
        seal = Seal(
            partition=self._partition,
            number=self._progress.facts_offset,
            sealed_at=time,
            digest=self._digest.digest(),
            sources=tuple(SealedSource(source=mark.source, caught_up_as_of=mark.caught_up_as_of, gap=mark.gap) for mark in self._progress.sources),
            rules_version=RULES_VERSION,
            policy_version=self._policy.version,
        )
        SEALED_AT.labels(str(self._partition)).set(time.timestamp())
        headers = event("Seal", source="status", cause=cause)
        return Outgoing(topic=VETOES, partition=self._partition, key=SEAL_KEY, value=encode(seal), headers=headers)


def _says(published: bytes, notice: Notice) -> bool:
    try:
        return decode_as(Notice, published) == notice
    except UnreadableError:
        return False


def service(signer: Signer) -> Service:
    """The status service, whose seals `signer` signs."""

    def stage(source: TopicPartition) -> Stage:
        return StatusStage(source.partition, signer)

    return Service(name="status", topics=(FACTS,), stage=stage)
