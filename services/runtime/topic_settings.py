"""What a cluster's topics are, what they should be, and what can be lost by each difference. Pure: nothing here talks to a broker.

Compaction keeps the newest record of every key, and deletion by age or size takes what is oldest, whoever is still held by it. So what
decides whether a live veto can go is: `cleanup.policy` and the retentions (what the cleaner may take), replication and unclean elections
(what a lost disk may take), and the number of partitions (where a gate looks). Source: Apache Kafka, "Topic Configs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from schemas.topics import TopicSpec

FOR_EVER = -1
_MS_PER_DAY = 86_400_000
APPLY = "holdfast topics apply"
_BY_HAND = "kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {name}={wants}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicFound:
    """A topic as the cluster has it. `replication` is the fewest replicas of any of its partitions.

    `settings` are in force, defaults included; `overrides` are those of them that were set on the topic itself.
    """

    partitions: int
    replication: int
    settings: Mapping[str, str]
    overrides: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One way in which a topic is not as declared. `topic` is its name on the cluster; `has` is None for a topic that is missing.

    `lost`: what can be lost by it. `mend`: how to mend it. `by_apply`: whether `holdfast topics apply` does, losing nothing.
    """

    topic: str
    setting: str
    has: str | None
    wants: str
    lost: str
    mend: str
    by_apply: bool

    def __str__(self) -> str:
        if self.has is None:
            return f"{self.topic} does not exist"
        return f"{self.topic}: {self.setting} is {self.has}, and should be {self.wants}"


def wanted(spec: TopicSpec, *, min_insync: int) -> dict[str, str]:
    """Kafka's settings of a topic: what is declared, and what keeps an acknowledged record through the loss of a broker."""
    return {**spec.settings, "min.insync.replicas": str(min_insync), "unclean.leader.election.enable": "false"}


def missing(spec: TopicSpec, name: str, *, witnesses: Sequence[str]) -> Difference:
    """The difference of a topic that is not there. `witnesses` are topics that hold records which were made from it."""
    if not witnesses:
        lost = "nothing yet: whoever writes to it or reads it waits until it is there"
        mend, by_apply = APPLY, True
    else:
        where = " and ".join(witnesses)
        lost = f"what stood on it; {where} hold what was made from it, under offsets that an empty one would give out again, and gates ignore those"
        mend, by_apply = f"restore {name} from a copy, or move the hub to a new HOLDFAST_TOPIC_PREFIX and load every source again", False
    return Difference(topic=name, setting="topic", has=None, wants=f"{spec.partitions} partitions", lost=lost, mend=mend, by_apply=by_apply)


def differences(spec: TopicSpec, name: str, found: TopicFound, *, replication: int, min_insync: int) -> list[Difference]:
    """Every way in which `found`, called `name` on the cluster, is not as declared."""
    return [*_shape(spec, name, found, replication), *_settings(spec, name, found, min_insync)]


def _shape(spec: TopicSpec, name: str, found: TopicFound, replication: int) -> Iterator[Difference]:
    if found.partitions != spec.partitions:
        yield Difference(
            topic=name,
            setting="partitions",
            has=str(found.partitions),
            wants=str(spec.partitions),
            lost="keys move: a hold and what ends it, or a notice and the gate that looks for it, can stand in different partitions",
            mend="stop the hub and move it to a new HOLDFAST_TOPIC_PREFIX, or change schemas/topics.yaml if this is how it always was",
            by_apply=False,
        )
    if found.replication < replication:
        yield Difference(
            topic=name,
            setting="replication.factor",
            has=str(found.replication),
            wants=f"{replication} or more",
            lost="everything on it, with the disks of as many brokers as it has replicas",
            mend=f"kafka-reassign-partitions.sh, with {replication} replicas for every partition of {name}",
            by_apply=False,
        )


def _settings(spec: TopicSpec, name: str, found: TopicFound, min_insync: int) -> Iterator[Difference]:
    for setting, wants in wanted(spec, min_insync=min_insync).items():
        has = found.settings.get(setting, "unknown to this cluster")
        if setting == "min.insync.replicas":
            if not _whole(has) or int(has) < min_insync or int(has) > found.replication:
                yield _insync(name, has, wants, found)
        elif not _same(has, wants):
            yield _setting(spec, name, setting, has, wants)


def _insync(name: str, has: str, wants: str, found: TopicFound) -> Difference:
    setting = "min.insync.replicas"
    if int(wants) > found.replication:
        mend = f"give it more replicas first: with {found.replication} of them nothing could be written"
        return Difference(topic=name, setting=setting, has=has, wants=wants, lost=_LOST[setting], mend=mend, by_apply=False)
    stuck = _whole(has) and int(has) > found.replication
    lost = f"nothing, but nothing can be written: it has {found.replication} replicas" if stuck else _LOST[setting]
    return Difference(topic=name, setting=setting, has=has, wants=wants, lost=lost, mend=APPLY, by_apply=True)


def _setting(spec: TopicSpec, name: str, setting: str, has: str, wants: str) -> Difference:
    lost, by_apply = _LOST.get(setting, "nothing; it is only not as declared"), True
    match setting:
        case "cleanup.policy":
            lost, by_apply = _cleanup(has, wants, spec)
        case "retention.ms" | "retention.bytes":
            lost, by_apply = _retention(setting, has, wants, spec)
        case _:
            pass
    mend = APPLY if by_apply else "look first whether what it deletes is still needed, then " + _BY_HAND.format(topic=name, name=setting, wants=wants)
    return Difference(topic=name, setting=setting, has=has, wants=wants, lost=lost, mend=mend, by_apply=by_apply)


def _cleanup(has: str, wants: str, spec: TopicSpec) -> tuple[str, bool]:
    if wants == "compact":
        return "records are deleted by age, also the newest of its key: who is held for longer than retention.ms would be forgotten", True
    gone = "only the newest record of each key stays: what was said before of the same person, and the holds that rest on it, would be gone"
    # Deleting begins at once where the declared retention has an end, and takes what compaction had kept.
    return gone, spec.retention_days == "for ever" or "delete" in has


def _retention(setting: str, has: str, wants: str, spec: TopicSpec) -> tuple[str, bool]:
    if spec.cleanup == "compact":
        return "nothing yet; the day that somebody adds `delete` to cleanup.policy, every record older or further back than this", True
    unit = "older than this" if setting == "retention.ms" else "further back than this many bytes"
    longer = _whole(has) and (int(has) == FOR_EVER or FOR_EVER != int(wants) < int(has))
    if longer:
        return "nothing; but records about people are kept for longer than was declared, and shortening it deletes them at once", False
    return f"records {unit} are deleted: whoever has not read them by then halts, and what they said cannot be recomputed or redriven", True


#: What can be lost by a setting that is not as declared, where that does not depend on how it differs.
_LOST: Mapping[str, str] = {
    "max.message.bytes": "a record that is larger is refused: a notice that cannot be written stops its partition, and every gate refers",
    "message.timestamp.type": "time: T, and how old a gate believes its knowledge to be, would be made of another clock than the declared one",
    "min.insync.replicas": "what was acknowledged by one broker alone, with that broker's disk: a veto that a gate has already been promised",
    "unclean.leader.election.enable": "acknowledged records, when a replica that lacks them becomes leader: a veto can go, and offsets come twice",
    "delete.retention.ms": "deletions, to a reader that takes longer than this to read the topic from its beginning: it keeps what was deleted",
    "min.compaction.lag.ms": "nothing; but superseded words about people stay, and every restart reads them",
    "max.compaction.lag.ms": "nothing; but segments are rolled and cleaned more often than was measured",
    "min.cleanable.dirty.ratio": "nothing; but the topic is compacted later or more often than was measured, and a restart reads what is stale",
    "segment.bytes": "nothing; but compaction leaves the newest segment alone, and a restart reads it all",
    "segment.ms": "nothing; but compaction leaves the newest segment alone, and superseded words about people stay in it",
}


def _same(has: str, wants: str) -> bool:
    if has == wants or sorted(has.replace(" ", "").split(",")) == [wants]:
        return True
    try:
        return Decimal(has) == Decimal(wants)
    except InvalidOperation:
        return False


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
