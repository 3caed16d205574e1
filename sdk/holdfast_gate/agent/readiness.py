"""Where a gate stands, in JSON, and whether it can allow anything at all. Pure; says nothing of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdfast_gate.position import GatePosition, PartitionPosition


def position_record(position: GatePosition) -> dict[str, Any]:
    """How far a gate has come, as `GET /v1/position` says it."""
    return {
        "gate_id": position.gate_id,
        "mode": position.mode.value,
        "partitions": [_partition_record(each) for each in position.partitions],
        "troubles": dict(position.troubles),
    }


def why_not_ready(position: GatePosition, *, freshness_bound_s: float, journal_trouble: str) -> Iterator[str]:
    """Everything that keeps this gate from allowing anything, in a sentence each; nothing when it is ready."""
    if not position.partitions:
        yield "The feed has never been read."
    for each in position.partitions:
        if not each.bootstrapped:
            yield f"Partition {each.partition} is not read to its end."
        elif each.mismatch:
            yield f"Partition {each.partition} is not what its seal speaks of."
        elif each.seal_number is None or each.feed_age_s is None or each.feed_age_s > freshness_bound_s:
            yield f"Partition {each.partition} has no seal that is fresh."
    for name, trouble in position.troubles.items():
        yield f"Trouble with {name}: {trouble}"
    if journal_trouble:
        yield f"Answers cannot be recorded: {journal_trouble}"


def _partition_record(partition: PartitionPosition) -> dict[str, Any]:
    return {
        "partition": partition.partition,
        "position": partition.position,
        "seal_number": partition.seal_number,
        "sealed_at": None if partition.sealed_at is None else partition.sealed_at.isoformat(),
        "bootstrapped": partition.bootstrapped,
        "mismatch": partition.mismatch,
        "feed_age_s": None if partition.feed_age_s is None else round(partition.feed_age_s, 3),
        "caught_up": {source: as_of.isoformat() for source, as_of in partition.caught_up.items()},
    }
