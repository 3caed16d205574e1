"""All partitions of `vetoes` as a gate holds them, and what they say of one prisoner. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from holdfast_gate.avro import UnreadableError
from holdfast_gate.model import Authority, Exit, Ground, Notice, NoticeGround, QueryKind, RecordRef
from holdfast_gate.partition import Held, Partition, Prisoner
from holdfast_gate.partitioner import partition_of
from holdfast_gate.records import decode_notice
from holdfast_gate.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast_gate.feed import FeedRecord
    from holdfast_gate.signing import KeyRing

TOPIC = "vetoes"


class Replica:
    """Partitions, in order of their numbers.

    A partition that is read again from its beginning knows nobody at first. Until a seal proves it whole, what was known before
    still counts as later notices: it can only make answers stricter.
    """

    def __init__(self, partitions: Sequence[Partition], ring: KeyRing) -> None:
        """Hold these partitions, which must be all of the topic's; `ring` knows whose seals are the hub's."""
        self.partitions = list(partitions)
        self.ring = ring
        self._before: dict[bytes, tuple[Held, ...]] = {}

    @classmethod
    def empty(cls, partitions: int, ring: KeyRing) -> Replica:
        """A replica of so many partitions that knows nothing."""
        return cls([Partition(number, ring) for number in range(partitions)], ring)

    def apply(self, records: Sequence[FeedRecord]) -> None:
        """Read a batch of records, in the order of each partition."""
        for record in records:
            self.partitions[record.partition].apply(record)
        for number in {record.partition for record in records}:
            self.partitions[number].settle()

    def positions(self) -> dict[int, int]:
        """The next offset to read of every partition; none where it must be read from its beginning."""
        return {each.number: each.position for each in self.partitions if each.position}

    def reset(self, number: int) -> None:
        """Forget a partition, which must then be read from its beginning."""
        self._remember(self.partitions[number])
        self.partitions[number] = Partition(number, self.ring)

    def resized(self, partitions: int) -> Replica:
        """An empty replica of another number of partitions: every prisoner may be in another one now."""
        other = Replica.empty(partitions, self.ring)
        for each in self.partitions:
            self._remember(each)
        other._before = self._before  # noqa: SLF001 - its own class
        return other

    def trust(self, ring: KeyRing) -> frozenset[int]:
        """Go by another ring from now on; the partitions that rest on a seal which it does not know, and so must be read from their beginning."""
        self.ring = ring
        for partition in self.partitions:
            partition.ring = ring
        return frozenset(each.number for each in self.partitions if each.seal is not None and ring.fault(each.seal.seal))

    def partition_of(self, prisoner_number: str) -> Partition:
        """Where the notices of a prisoner are."""
        return self.partitions[partition_of(_key(prisoner_number), len(self.partitions))]

    def view(self, prisoner_number: str, *, now_s: float, feed_trouble: str = "") -> View:
        """What is known of a prisoner at `now_s` (monotonic). Raises nothing for any string."""
        key = _key(prisoner_number)
        partition = self.partition_of(prisoner_number)
        held = partition.prisoners.get(key, Prisoner())
        before = self._before.get(key, ()) if partition.seal is None else ()
        unreadable: list[NoticeGround] = []

        def read(record: Held) -> list[Notice]:
            try:
                return [decode_notice(key, _value(record))]
            except UnreadableError as error:
                unreadable.append(_unreadable(prisoner_number, partition.number, record, error))
                return []

        sealed = None if held.sealed is None else next(iter(read(held.sealed)), None)
        return View(
            prisoner_number=prisoner_number,
            sealed=sealed,
            later=tuple(notice for record in (*before, *held.later) for notice in read(record)),
            unreadable=tuple(unreadable),
            bootstrapped=partition.bootstrapped,
            mismatch=partition.mismatch,
            seal=partition.seal,
            time=partition.time,
            caught_up=partition.caught_up,
            feed_age_s=partition.freshness.age_s(now_s),
            feed_trouble=feed_trouble or (partition.refused and f"the newest seal does not count: {partition.refused}"),
        )

    def _remember(self, partition: Partition) -> None:
        if partition.seal is not None:  # it was proven whole since, so what was known before it no longer counts
            count = len(self.partitions)
            self._before = {k: v for k, v in self._before.items() if partition_of(k, count) != partition.number}
        for key, prisoner in partition.prisoners.items():
            # Without duplicates, so that a partition that is reset again and again costs no more than once.
            self._before[key] = tuple(dict.fromkeys((*self._before.get(key, ()), *prisoner.records)))


def _key(prisoner_number: str) -> bytes:
    return prisoner_number.encode("utf-8", "surrogatepass")


def _value(record: Held) -> bytes:
    if record.value is None:
        reason, message = "TOMBSTONE", "is a tombstone, which the hub never writes"
        raise UnreadableError(reason, message)
    return record.value


def _unreadable(prisoner_number: str, partition: int, record: Held, error: UnreadableError) -> NoticeGround:
    return NoticeGround(
        ground=Ground.QUERY.value,
        query_kind=QueryKind.UNREADABLE_RECORD.value,
        authority=Authority.HUB.value,
        subject=f"notice of {prisoner_number}",
        bars=tuple(each.value for each in Exit),
        sentence=f"This gate cannot read what Holdfast says about this person: the notice {error}.",
        rule="gate: an unreadable notice vetoes every exit",
        source=RecordRef(TOPIC, partition, record.offset, hashlib.sha256(record.value or b"").hexdigest()),
        ask="hub",
    )
