"""Bringing a cluster to the declared list of topics, and saying where it is not: `holdfast topics apply` and `holdfast topics check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.topics import TopicSpec
from services.runtime.kafka import KafkaBroker
from services.runtime.ports import TopicPartition
from services.runtime.topic_settings import Difference, TopicFound, differences, missing, wanted

#: What production should have, as far as the cluster has brokers for it.
REPLICATION = 3

#: A topic, and those that are made from it under its offsets. Made anew and empty while they hold records, it would give out offsets again that are
#: taken, and whatever came under them would count as old: a new veto too.
_MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "claims": ("identity-links", "facts"),
    "facts": ("prisoner-status", "vetoes"),
    "identity-links": ("facts",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What `apply` did, line by line, and the differences that it left because mending them could lose something."""

    done: tuple[str, ...]
    left: tuple[Difference, ...]


async def replication_of(broker: KafkaBroker) -> tuple[int, int]:
    """Replication factor and `min.insync.replicas` for this cluster: 3 and 2, or as many as it has brokers, and one less."""
    replication = min(REPLICATION, await broker.broker_count())
    return replication, max(replication - 1, 1)


async def check(broker: KafkaBroker, specs: Sequence[TopicSpec], *, replication: int, min_insync: int) -> list[Difference]:
    """Every way in which the cluster is not as declared, in the order of the list. Changes nothing."""
    found = await broker.topics_found([spec.name for spec in specs])
    wrong: list[Difference] = []
    for spec in specs:
        name = broker.prefix + spec.name
        if (topic := found.get(spec.name)) is None:
            wrong.append(missing(spec, name, witnesses=await _witnesses(broker, spec.name, found)))
        else:
            wrong += differences(spec, name, topic, replication=replication, min_insync=min_insync)
    return wrong


async def apply(broker: KafkaBroker, specs: Sequence[TopicSpec], *, replication: int, min_insync: int) -> Applied:
    """Create what is missing and set what differs, where nothing can be lost by it; never deletes, never moves keys.

    Settings of a topic that nothing is declared about stay as somebody set them.
    """
    wrong = await check(broker, specs, replication=replication, min_insync=min_insync)
    found = await broker.topics_found([spec.name for spec in specs])
    done: list[str] = []
    for spec in specs:
        name = broker.prefix + spec.name
        ours = [each for each in wrong if each.topic == name and each.by_apply]
        if not ours:
            continue
        if (topic := found.get(spec.name)) is None:
            settings = wanted(spec, min_insync=min_insync)
            await broker.create_topic(spec.name, partitions=spec.partitions, replication=replication, settings=settings)
            done.append(f"created {name} with {spec.partitions} partitions")
            continue
        setting = {each.setting: each.wants for each in ours}
        await broker.alter_topic(spec.name, {**topic.overrides, **setting})
        done.append(f"set {', '.join(f'{k}={v}' for k, v in sorted(setting.items()))} on {name}")
    return Applied(done=tuple(done), left=tuple(each for each in wrong if not each.by_apply))


async def _witnesses(broker: KafkaBroker, topic: str, found: Mapping[str, TopicFound]) -> list[str]:
    """The topics that hold records which were made from `topic`, by their names on the cluster."""
    made = {each: found[each].partitions for each in _MADE_FROM.get(topic, ()) if each in found}
    if not made:
        return []
    reader = await broker.open_reader([TopicPartition(each, n) for each, partitions in made.items() for n in range(partitions)])
    try:
        ends = await reader.end_offsets()
    finally:
        await reader.close()
    return sorted({broker.prefix + source.topic for source, end in ends.items() if end})
