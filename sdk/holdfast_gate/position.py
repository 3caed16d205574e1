"""How far a gate has come, for status displays, reports and whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.model import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdfast_gate.partition import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPosition:
    """How far a gate has come with one partition of `vetoes`."""

    partition: int
    position: int
    seal_number: int | None
    sealed_at: datetime | None
    bootstrapped: bool
    mismatch: bool
    feed_age_s: float | None
    #: Per source the highest `caught_up_as_of` that a seal proved.
    caught_up: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePosition:
    """How far a gate has come. `troubles` says what is wrong at the moment, by what it keeps from working."""

    gate_id: str
    partitions: tuple[PartitionPosition, ...]
    troubles: dict[str, str]
    mode: Mode = Mode.BINDING


def partition_position(partition: Partition, now_s: float) -> PartitionPosition:
    """How far a gate has come with this partition, at `now_s` (monotonic)."""
    return PartitionPosition(
        partition=partition.number,
        position=partition.position,
        seal_number=None if partition.seal is None else partition.seal.seal.number,
        sealed_at=partition.time,
        bootstrapped=partition.bootstrapped,
        mismatch=partition.mismatch,
        feed_age_s=partition.freshness.age_s(now_s),
        caught_up=dict(partition.caught_up),
    )
