"""A hub that is played: it says notices, remembers what it said, and seals it, as bytes for one partition or another of `vetoes`.

Nothing is sent from here: `FakeFeed` keeps what is said in process, the conformance kit writes it to Kafka. What a hub never does can be said too (a
seal of somebody else's, a notice that gets lost), because a gate must notice it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from holdfast_gate.decide import SOURCES
from holdfast_gate.lthash import LtHash
from holdfast_gate.model import SEAL_KEY, Authority, Exit, Ground, Notice, NoticeCheck, NoticeGround, NoticeOrder, RecordRef, Seal, SealedSource
from holdfast_gate.partitioner import partition_of
from holdfast_gate.records import encode_notice, encode_seal, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COURT, _CUSTODY = RecordRef("court-results", 0, 7, "ab" * 32), RecordRef("custody-events", 0, 9, "cd" * 32)
#: Half of the day that an order is valid for, before and after the time of the hub: so a run that goes on past midnight changes nothing.
_HALF_A_DAY = timedelta(hours=12)
ALL_EXITS = tuple(each.value for each in Exit)
#: Exits that an escort leads to, and that a remand does not bar.
_ESCORTED = frozenset({Exit.TRANSFER, Exit.COURT, Exit.HOSPITAL})
_AUTHORITIES = {
    Ground.RECALL: Authority.CUSTODY,
    Ground.NOT_FOR_RELEASE: Authority.CUSTODY,
    Ground.POWER_TO_DETAIN: Authority.CUSTODY,
    Ground.IMMIGRATION_DETENTION: Authority.IMMIGRATION,
    Ground.DEPORTATION: Authority.IMMIGRATION,
    Ground.QUERY: Authority.HUB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One record for `vetoes`."""

    partition: int
    key: bytes
    value: bytes | None


def bars_of(ground: Ground) -> tuple[Exit, ...]:
    """The exits that the hub has a ground bar, by the table of its contract."""
    if ground in {Ground.IMMIGRATION_DETENTION, Ground.DEPORTATION}:
        return (Exit.RELEASE, Exit.TEMPORARY_RELEASE)
    barred = tuple(each for each in Exit if each not in _ESCORTED)
    return tuple(each for each in barred if each is not Exit.EXTRADITION) if ground is Ground.EXTRADITION else barred


def ground(name: Ground | str, bars: Sequence[Exit | str] | None = None, sentence: str = "") -> NoticeGround:
    """A ground in force. Without `bars`, what the hub has it bar; a name that is no Ground needs them."""
    known = Ground(name) if name in set(Ground) else None
    if bars is None and known is None:
        message = f"{name!r} is no ground that this version knows: say which exits it bars"
        raise ValueError(message)
    barred = bars if bars is not None else bars_of(Ground(name))
    authority = Authority.COURT if known is None else _AUTHORITIES.get(known, Authority.COURT)
    return NoticeGround(
        ground=str(name),
        query_kind="UNKNOWN_CODE" if known is Ground.QUERY else None,
        authority=authority.value,
        subject=f"played/{name}",
        bars=tuple(str(each) for each in barred),
        sentence=sentence or f"{str(name).replace('_', ' ').capitalize()}, said by a hub that is played.",
        rule="played",
        source=_COURT,
        ask="hub",
    )


def order(exit_: Exit | str, time: datetime, *, days: int = 0, missing: Sequence[str] = (), subject: str = "") -> NoticeOrder:
    """Custody's order for this exit, for the time of the hub or for `days` later (or earlier)."""
    noon = time + timedelta(days=days)
    return NoticeOrder(
        exit=str(exit_),
        subject=subject or f"booking 1, order for {exit_}",
        reason_code="CR",
        valid_from=noon - _HALF_A_DAY,
        valid_until=noon + _HALF_A_DAY,
        missing=tuple(missing),
        source=_CUSTODY,
    )


class PlayedHub:
    """What a hub has said in every partition, and its seals over it.

    `time` is T, the hub's own; a source in `heard` is caught up as of the instant given there (None: never heard), any other as of T.
    """

    def __init__(self, partitions: int, time: Callable[[], datetime], *, policy_version: int = 0) -> None:
        """Nothing is said yet."""
        self.time = time
        self.policy_version = policy_version
        self.gaps: list[set[str]] = [set() for _ in range(partitions)]
        self.heard: list[dict[str, datetime | None]] = [{} for _ in range(partitions)]
        self.sources: tuple[str, ...] = SOURCES
        self._facts = [0] * partitions
        self._digests = [LtHash() for _ in range(partitions)]
        self._notices: dict[bytes, bytes] = {}

    @property
    def partitions(self) -> int:
        """How many there are."""
        return len(self._facts)

    def partition_of(self, prisoner_number: str) -> int:
        """Where this prisoner's notices are."""
        return partition_of(prisoner_number.encode(), self.partitions)

    def write(
        self,
        prisoner_number: str,
        *,
        grounds: Sequence[NoticeGround] = (),
        orders: Sequence[NoticeOrder] = (),
        checks: Sequence[NoticeCheck] = (),
        **changes: Any,  # noqa: ANN401 - any field of Notice
    ) -> Said:
        """A notice because of one more fact, which is not said yet: no seal covers it before `adopt`."""
        partition = self.partition_of(prisoner_number)
        notice = Notice(
            prisoner_number=prisoner_number,
            facts_offset=self._facts[partition],
            rules_version=1,
            policy_version=self.policy_version,
            as_of=self.time(),
            grounds=tuple(grounds),
            orders=tuple(orders),
            checks=tuple(checks),
        )
        self._facts[partition] += 1
        return Said(partition=partition, key=prisoner_number.encode(), value=encode_notice(replace(notice, **changes)))

    def adopt(self, said: Said) -> Said:
        """From now on this is the newest notice of its prisoner, and seals cover it."""
        digest = self._digests[said.partition]
        if (old := self._notices.get(said.key)) is not None:
            digest.remove(said.key, old)
        self._notices.pop(said.key, None)
        if said.value is not None:
            digest.add(said.key, said.value)
            self._notices[said.key] = said.value
        return said

    def newest(self, prisoner_number: str) -> Said:
        """What seals cover of this prisoner now; a value of None: nothing."""
        key = prisoner_number.encode()
        return Said(partition=self.partition_of(prisoner_number), key=key, value=self._notices.get(key))

    def newest_offset(self, prisoner_number: str) -> int:
        """The first part of the version of what seals cover of this prisoner. Raises KeyError where they cover nothing."""
        key = prisoner_number.encode()
        return version_of(key, self._notices[key])[0]

    def make_seal(self, partition: int, **changes: Any) -> Seal:  # noqa: ANN401 - any field of Seal
        """A seal over what was said, at one more mark; not signed yet."""
        self._facts[partition] += 1
        time, heard = self.time(), self.heard[partition]
        sources = tuple(SealedSource(each, heard.get(each, time), each in self.gaps[partition]) for each in self.sources)
        seal = Seal(
            partition=partition,
            number=self._facts[partition],
            sealed_at=time,
            digest=self._digests[partition].digest(),
            sources=sources,
            rules_version=1,
            policy_version=self.policy_version,
        )
        return replace(seal, **changes)


def written(seal: Seal, partition: int | None = None) -> Said:
    """A seal as it stands, for its own partition or for another one."""
    return Said(partition=seal.partition if partition is None else partition, key=SEAL_KEY, value=encode_seal(seal))
