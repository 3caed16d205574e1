"""Wrong about what they hold: which notice counts, and whose seal."""

from __future__ import annotations

from typing import Any

import pytest

import holdfast_gate.partition as partition_module
from holdfast_gate import FeedRecord, Rules
from holdfast_gate.avro import UnreadableError
from holdfast_gate.lthash import LtHash
from holdfast_gate.model import Notice
from holdfast_gate.partition import Held, Partition, Prisoner
from holdfast_gate.partitioner import murmur2
from holdfast_gate.records import decode_seal
from holdfast_gate.signing import KeyRing
from holdfast_gate.view import View
from tests.gate.wrong_gates import WrongGate


def _sealed_only(patch: pytest.MonkeyPatch) -> None:
    """A raise waits for its seal, as a lift does."""

    def notices(view: View) -> tuple[Notice, ...]:
        return view.later if view.sealed is None else (view.sealed,)

    patch.setattr(View, "notices", property(notices))


def _newest_only(patch: pytest.MonkeyPatch) -> None:
    """The newest notice is all that counts, sealed or not."""

    def notices(view: View) -> tuple[Notice, ...]:
        return view.later[-1:] or (() if view.sealed is None else (view.sealed,))

    patch.setattr(View, "notices", property(notices))


def _any_signature(patch: pytest.MonkeyPatch) -> None:
    """Whoever signed, or nobody."""
    patch.setattr(KeyRing, "fault", lambda *_: "")


def _any_environment(patch: pytest.MonkeyPatch) -> None:
    """A ring that has the keys of another environment in it too."""
    real = KeyRing.fault

    def fault(ring: KeyRing, seal: Any) -> str:
        return real(ring, seal) and real(KeyRing("elsewhere", ring.keys), seal)

    patch.setattr(KeyRing, "fault", fault)


def _no_digest(patch: pytest.MonkeyPatch) -> None:
    """What is signed is believed, whatever is held."""

    def settle(partition: Partition) -> None:
        seal = partition._offered
        if seal is not None and partition.bootstrapped:
            partition._offered = None
            partition._accept(seal, next(partition._candidates(seal)), LtHash())

    patch.setattr(Partition, "settle", settle)


def _any_number(patch: pytest.MonkeyPatch) -> None:
    """The last seal that was read counts, and covers all that stands before it."""
    real_offer, real_covered = Partition._offer, Partition._covered

    def offer(partition: Partition, record: Any) -> None:
        last, partition.seal = partition.seal, None
        real_offer(partition, record)
        partition.seal = last

    def covered(partition: Partition, seal: Any, *, unreadable: bool) -> dict[bytes, int]:
        if partition.seal is None or seal.seal.number > partition.seal.seal.number:
            return real_covered(partition, seal, unreadable=unreadable)
        return {key: len(partition.prisoners[key].later) for key in partition._pending}

    patch.setattr(Partition, "_offer", offer)
    patch.setattr(Partition, "_covered", covered)


def _arrival_order(patch: pytest.MonkeyPatch) -> None:
    """The last word counts, whatever its version."""
    _newest_only(patch)
    patch.setattr("holdfast_gate.partition._is_news", lambda *_: True)


def _first_partition(patch: pytest.MonkeyPatch) -> None:
    """Everybody is looked for in the first partition."""
    patch.setattr("holdfast_gate.replica.partition_of", lambda *_: 0)


def _tombstone_lifts(patch: pytest.MonkeyPatch) -> None:
    """A tombstone is passed over."""
    real = Partition._hold

    def hold(partition: Partition, key: bytes, value: bytes | None, offset: int) -> None:
        if value is not None:
            real(partition, key, value, offset)

    patch.setattr(Partition, "_hold", hold)


def _unreadable_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """What cannot be read is passed over."""
    patch.setattr(View, "unreadable", property(lambda _: (), lambda *_: None))


def _must_understand(patch: pytest.MonkeyPatch) -> None:
    """Says that it knows a feature that it does not know."""
    patch.setattr("holdfast_gate.records.FEATURES", frozenset({"conditions-of-a-later-version"}))


def _absolute(patch: pytest.MonkeyPatch) -> None:
    """Takes the absolute value of the hash, where Kafka clears the sign."""

    def partition_of(key: bytes, partitions: int) -> int:
        number = murmur2(key)
        return (number if number < 1 << 31 else (1 << 32) - number) % partitions

    patch.setattr("holdfast_gate.replica.partition_of", partition_of)


def _history(patch: pytest.MonkeyPatch) -> None:
    """Whatever is read is news."""
    patch.setattr("holdfast_gate.partition._is_news", lambda *_: True)


def _twice(patch: pytest.MonkeyPatch) -> None:
    """The same notice again goes into the digest again."""
    is_news, replace = partition_module._is_news, partition_module._replace

    def news(prisoner: Prisoner, version: Any) -> bool:
        return is_news(prisoner, version) or prisoner.records[-1].version == version

    def counted(digest: LtHash, key: bytes, old: Held | None, new: Held) -> None:
        replace(digest, key, None if old is not None and old.value == new.value else old, new)

    patch.setattr(partition_module, "_is_news", news)
    patch.setattr(partition_module, "_replace", counted)


def _any_partition(patch: pytest.MonkeyPatch) -> None:
    """A seal counts where it is found."""
    real = Partition._offer

    def offer(partition: Partition, record: FeedRecord) -> None:
        number = partition.number
        try:
            partition.number = decode_seal(record.value or b"").partition
            real(partition, record)
        except UnreadableError:
            return
        finally:
            partition.number = number

    patch.setattr(Partition, "_offer", offer)


def _any_bytes(patch: pytest.MonkeyPatch) -> None:
    """A seal that it cannot read is a seal all the same."""
    real = Partition._offer

    def offer(partition: Partition, record: FeedRecord) -> None:
        try:
            decode_seal(record.value or b"")
        except UnreadableError:
            for key in partition._pending:
                partition.prisoners[key] = Prisoner(partition.prisoners[key].later[-1], ())
            partition._pending.clear()
        real(partition, record)

    patch.setattr(Partition, "_offer", offer)


REPLICAS = (
    WrongGate(name="takes the absolute value of the hash", change=_absolute, found_by=("partitioner",)),
    WrongGate(name="takes history for news", change=_history, found_by=("late-raise",)),
    WrongGate(name="counts a repeated notice twice", change=_twice, found_by=("notice-repeated",)),
    WrongGate(name="accepts seals of other partitions", change=_any_partition, found_by=("seal-of-another-partition",)),
    WrongGate(name="accepts unreadable seals", change=_any_bytes, found_by=("seal-unreadable",)),
    WrongGate(name="is too strict about age", rules=Rules(freshness_bound_s=3.0), found_by=("late-within-the-bound",)),
    WrongGate(name="ignores unsealed raises", change=_sealed_only, found_by=("raise-unsealed", "raise-uncommitted", "feed-cut-veto-stands")),
    WrongGate(name="lifts before the seal", change=_newest_only, found_by=("lift-unsealed", "order-unsealed", "strictest-of-several")),
    WrongGate(
        name="accepts any signature",
        change=_any_signature,
        found_by=("seal-without-signature", "seal-wrongly-signed", "seal-of-another-key", "seal-of-another-environment", "seal-altered"),
    ),
    WrongGate(name="accepts another environment", change=_any_environment, found_by=("seal-of-another-environment",)),
    WrongGate(name="does not compare digests", change=_no_digest, found_by=("digest-unequal", "notice-lost", "notice-altered")),
    WrongGate(name="accepts old numbers", change=_any_number, found_by=("seal-of-an-old-number", "seal-replayed")),
    WrongGate(name="goes by the order of arrival", change=_arrival_order, found_by=("late-lift",)),
    WrongGate(name="knows one partition", change=_first_partition, found_by=("up-to-date",)),
    WrongGate(name="passes tombstones over", change=_tombstone_lifts, found_by=("tombstone",)),
    WrongGate(
        name="passes over what it cannot read",
        change=_unreadable_is_nothing,
        found_by=("unknown-schema", "not-avro", "truncated-notice", "notice-of-another"),
    ),
    WrongGate(name="ignores must_understand", change=_must_understand, found_by=("must-understand",)),
    WrongGate(name="reads committed only", read_committed=True, found_by=("raise-uncommitted",)),
    WrongGate(
        name="never goes stale",
        rules=Rules(freshness_bound_s=1e9),
        found_by=("feed-cut", "source-silent", "feed-back", "source-back", "replayed-seals-are-no-news"),
    ),
)
