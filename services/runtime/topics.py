"""Bringing a cluster to the declared list of topics: `holdfast topics apply`, and what it would change."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.topics import TopicSpec
from services.runtime.kafka import KafkaBroker

#: What production should have, as far as the cluster has brokers for it.
REPLICATION = 3


async def replication_of(broker: KafkaBroker) -> tuple[int, int]:
    """Replication factor and `min.insync.replicas` for this cluster: 3 and 2, or as many as it has brokers, and one less."""
    replication = min(REPLICATION, await broker.broker_count())
    return replication, max(replication - 1, 1)


async def apply(broker: KafkaBroker, specs: Sequence[TopicSpec], *, replication: int, min_insync: int) -> list[str]:
    """Create what is missing, grow what has too few partitions of a topic that may grow, set what differs; says what was done, line by line."""
    done: list[str] = []
    counts = await broker.partition_counts([spec.name for spec in specs])
    for spec in specs:
        wanted = {**spec.settings, "min.insync.replicas": str(min_insync)}
        if spec.name not in counts:
            await broker.create_topic(spec.name, partitions=spec.partitions, replication=replication, settings=wanted)
            done.append(f"created {broker.prefix}{spec.name} with {spec.partitions} partitions")
            continue
        if counts[spec.name] != spec.partitions:
            # Keys would move to other partitions and leave their history behind; that is a migration, not a setting.
            done.append(f"left {broker.prefix}{spec.name} with {counts[spec.name]} partitions, declared {spec.partitions}: changing it moves keys")
        has = await broker.topic_settings(spec.name)
        differing = {name: value for name, value in wanted.items() if has.get(name) != value}
        if differing:
            await broker.alter_topic(spec.name, wanted)
            done.append(f"set {', '.join(f'{k}={v}' for k, v in sorted(differing.items()))} on {broker.prefix}{spec.name}")
    return done
