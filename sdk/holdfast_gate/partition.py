"""One partition of `vetoes` as a gate holds it. Pure: no clock, no network, no disk.

A prisoner's records are held from the last *sealed* one on. A seal is accepted when the set hash over what it covers equals its own
digest: then this replica holds exactly what the hub published, and only then may anything laxer count. What a record means is
decided when it is asked for (`replica.py`); here it is a version and bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from holdfast_gate.avro import UnreadableError
from holdfast_gate.freshness import Freshness
from holdfast_gate.lthash import LtHash
from holdfast_gate.model import SEAL_KEY, Seal
from holdfast_gate.records import decode_seal, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast_gate.feed import FeedRecord
    from holdfast_gate.signing import KeyRing

Version = tuple[int, int]
#: Seals in a row, and time between the first and the last of them (by the broker's stamps), whose digest may differ from the
#: replica's before the partition must be read again from its beginning.
UNEQUAL_SEALS_MAX = 5
UNEQUAL_FOR_MAX = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One record of a prisoner. `version` None: the bytes are no notice that can be read; `value` None: a tombstone."""

    offset: int
    value: bytes | None
    version: Version | None


@dataclass(frozen=True, slots=True)
class Prisoner:
    """What is held of one prisoner: the record that the last accepted seal covers, and every later one in the order of the log."""

    sealed: Held | None = None
    later: tuple[Held, ...] = ()

    @property
    def records(self) -> tuple[Held, ...]:
        """All of them, in the order of the log."""
        return self.later if self.sealed is None else (self.sealed, *self.later)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRecord:
    """A seal, and where and when the broker appended it."""

    seal: Seal
    value: bytes
    offset: int
    append_time: datetime


class Partition:
    """The replica of one partition."""

    def __init__(self, number: int, ring: KeyRing) -> None:
        """Hold nothing yet; `ring` knows whose seals are the hub's."""
        self.number = number
        self.ring = ring
        #: Why the newest seal that was read was none; empty once one was good.
        self.refused = ""
        #: The next offset to read.
        self.position = 0
        self.prisoners: dict[bytes, Prisoner] = {}
        #: The last accepted seal.
        self.seal: SealRecord | None = None
        #: T: the highest `sealed_at` ever accepted.
        self.time: datetime | None = None
        #: Per source the highest `caught_up_as_of` ever accepted.
        self.caught_up: dict[str, datetime] = {}
        self.freshness = Freshness()
        #: Keys whose records changed since they were last saved.
        self.touched: set[bytes] = set()
        self._digest = LtHash()
        self._pending: set[bytes] = set()
        self._target: int | None = None
        self._offered: SealRecord | None = None
        self._unequal_seals = 0
        self._unequal_times: tuple[datetime, datetime] | None = None

    def restore(self, prisoners: dict[bytes, Prisoner], digest: LtHash) -> None:
        """Hold what was saved; `digest` is the hash over its sealed records."""
        self.prisoners = prisoners
        self._digest = digest
        self._pending = {key for key, prisoner in prisoners.items() if prisoner.later}

    # --- how complete it is ----------------------------------------------------------------------------------------------

    def expect(self, end_offset: int) -> None:
        """The log ended at `end_offset` when reading started: up to there, older records may have been compacted away."""
        self._target = end_offset

    @property
    def bootstrapped(self) -> bool:
        """Whether everything that the log held when reading started has been read."""
        return self._target is not None and self.position >= self._target

    @property
    def mismatch(self) -> bool:
        """Whether the newest seal's digest differs from the replica's."""
        return self._unequal_seals > 0

    @property
    def needs_rebootstrap(self) -> bool:
        """Whether digests have differed for so long that reading on will not mend it."""
        if self._unequal_times is None:
            return False
        first, last = self._unequal_times
        return self._unequal_seals >= UNEQUAL_SEALS_MAX or last - first >= UNEQUAL_FOR_MAX

    # --- records ---------------------------------------------------------------------------------------------------------

    def apply(self, record: FeedRecord) -> None:
        """Read one record. `settle` must follow the last one of a batch."""
        if record.offset < self.position:
            return
        if record.key == SEAL_KEY:
            self._offer(record)
        elif record.key is not None:
            self._hold(record.key, record.value, record.offset)
        # Last, so that a record that could not be dealt with is read again and never passed over.
        self.position = record.offset + 1

    def settle(self) -> None:
        """Compare the newest seal that was read with what is held, and accept it if they are equal.

        Whether a record is covered depends on its version alone, not on when it is asked: a seal may be judged late, and older seals
        of a batch need not be judged at all. Until the log's end is reached nothing is, because compaction may have taken records
        that an older seal speaks of.
        """
        seal = self._offered
        if seal is None or not self.bootstrapped:
            return
        self._offered = None
        for moves in self._candidates(seal):
            digest = self._digest.copy()
            for key, covered in moves.items():
                _replace(digest, key, self.prisoners[key].sealed, self.prisoners[key].later[covered - 1])
            if digest.digest() == seal.seal.digest:
                self._accept(seal, moves, digest)
                return
        if self._target is not None and seal.offset >= self._target:
            first = self._unequal_times[0] if self._unequal_times else seal.append_time
            self._unequal_times = first, seal.append_time
            self._unequal_seals += 1

    def _hold(self, key: bytes, value: bytes | None, offset: int) -> None:
        version: Version | None = None
        if value is not None:
            try:
                version = version_of(key, value)
            except UnreadableError:
                version = None
        prisoner = self.prisoners.get(key, Prisoner())
        if version is not None and not _is_news(prisoner, version):
            return
        held = Held(offset=offset, value=value, version=version)
        self.prisoners[key] = Prisoner(prisoner.sealed, (*prisoner.later, held))
        self._pending.add(key)
        self.touched.add(key)

    # --- seals -----------------------------------------------------------------------------------------------------------

    def _offer(self, record: FeedRecord) -> None:
        """Take a seal to be judged. What cannot be read, has no append time or is not the hub's is no seal: the replica grows stale."""
        if record.value is None or record.append_time is None:
            return
        try:
            seal = decode_seal(record.value)
        except UnreadableError:
            return
        known = [each.seal.number for each in (self.seal, self._offered) if each is not None]
        if seal.partition != self.number or any(seal.number <= number for number in known):
            return
        self.refused = self.ring.fault(seal)
        if not self.refused:
            self._offered = SealRecord(seal=seal, value=record.value, offset=record.offset, append_time=record.append_time)

    def _candidates(self, seal: SealRecord) -> Iterator[dict[bytes, int]]:
        """What the seal may cover: per key with later records, how many of those.

        A record that cannot be read has no version. It may be the hub's (from a newer schema) or a stranger's; the digest knows.
        """
        without = self._covered(seal, unreadable=False)
        yield without
        if (including := self._covered(seal, unreadable=True)) != without:
            yield including

    def _covered(self, seal: SealRecord, *, unreadable: bool) -> dict[bytes, int]:
        def covers(held: Held) -> bool:
            if held.version is None:
                return unreadable and held.value is not None and held.offset < seal.offset
            facts_offset, rules_version = held.version
            return facts_offset < seal.seal.number and rules_version <= seal.seal.rules_version

        moves: dict[bytes, int] = {}
        for key in self._pending:
            later = self.prisoners[key].later
            if covered := next((count for count in range(len(later), 0, -1) if covers(later[count - 1])), 0):
                moves[key] = covered
        return moves

    def _accept(self, seal: SealRecord, moves: dict[bytes, int], digest: LtHash) -> None:
        for key, covered in moves.items():
            later = self.prisoners[key].later
            self.prisoners[key] = Prisoner(later[covered - 1], later[covered:])
            if covered == len(later):
                self._pending.discard(key)
        self.touched.update(moves)
        self._digest = digest
        self._unequal_seals, self._unequal_times = 0, None
        self.seal = seal
        self.time = max(seal.seal.sealed_at, self.time or seal.seal.sealed_at)
        for source in seal.seal.sources:
            if source.caught_up_as_of is not None:
                # Nobody has caught up with a time that is yet to come: a source whose clock is fast gains nothing by it.
                as_of = min(source.caught_up_as_of, seal.append_time)
                self.caught_up[source.source] = max(as_of, self.caught_up.get(source.source, as_of))
        self.freshness.sealed(seal.offset)


def _is_news(prisoner: Prisoner, version: Version) -> bool:
    """Whether a notice of this version is above what is held; if not, somebody repeats history."""
    records = prisoner.records
    newest = max((held.version for held in records if held.version is not None), default=None)
    if newest is None or version > newest:
        return True
    # After a record that cannot be read, the same notice again is the hub saying that it still stands.
    return version == newest and records[-1].version is None


def _replace(digest: LtHash, key: bytes, old: Held | None, new: Held) -> None:
    for held, change in ((old, digest.remove), (new, digest.add)):
        if held is not None and held.value is not None:
            change(key, held.value)
