"""The one list of topics, `topics.yaml`, typed. Nothing here talks to a broker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

Text = Annotated[str, Field(min_length=1, strict=True)]
Count = Annotated[int, Field(gt=0, strict=True)]
Ratio = Annotated[float, Field(ge=0, le=1, strict=True)]

_MS_PER_DAY = 86_400_000
_NEEDS = {"delete": {"retention_days"}, "compact": {"segment_bytes", "dirty_ratio_min", "tombstone_days"}}
#: Of every compacted topic: what is stale may go at once and nothing forces it to; a segment that is never full is closed after a week.
_COMPACTION = {"min.compaction.lag.ms": 0, "max.compaction.lag.ms": 2**63 - 1, "segment.ms": 7 * _MS_PER_DAY}
_TIMESTAMP_TYPE = {"append": "LogAppendTime", "create": "CreateTime"}


class TopicListError(ValueError):
    """The list of topics cannot be used; the message names the line and says how to mend it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicSpec:
    """One topic as it should be on every cluster; `topics.yaml` says what each field means. `name` has no prefix."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Text
    doc: Text
    key: Text
    written_by: tuple[Text, ...]
    read_by: tuple[Text, ...]
    partitions: Count
    cleanup: Literal["delete", "compact"]
    message_bytes_max: Count
    timestamps: Literal["append", "create"]
    retention_days: Count | Literal["for ever"] | None = None
    segment_bytes: Count | None = None
    dirty_ratio_min: Ratio | None = None
    tombstone_days: Count | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Kafka's settings of the topic, by Kafka's names; those of replication are the deployment's."""
        settings = {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": self.message_bytes_max,
            "message.timestamp.type": _TIMESTAMP_TYPE[self.timestamps],
            "retention.bytes": -1,
            "retention.ms": self.retention_days * _MS_PER_DAY if isinstance(self.retention_days, int) else -1,
            "segment.bytes": self.segment_bytes,
            "min.cleanable.dirty.ratio": self.dirty_ratio_min,
            "delete.retention.ms": self.tombstone_days and self.tombstone_days * _MS_PER_DAY,
        }
        if self.cleanup == "compact":
            settings |= _COMPACTION
        return {name: str(value) for name, value in settings.items() if value is not None}


_TOPIC = TypeAdapter(TopicSpec)


@cache
def topics() -> tuple[TopicSpec, ...]:
    """Every topic that the hub needs, in the order of the flow. Raises TopicListError."""
    return parse((resources.files("schemas") / "topics.yaml").read_text(encoding="utf-8"))


def parse(text: str) -> tuple[TopicSpec, ...]:
    """The topics of a list written as YAML. Raises TopicListError."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise TopicListError(f"topics.yaml: is not YAML: {error}") from error
    if not isinstance(root, yaml.SequenceNode):
        raise TopicListError("topics.yaml: must be a list of topics, each beginning with `- name:`")
    found: dict[str, TopicSpec] = {}
    for node in root.value:
        spec = _topic(node)
        if spec.name in found:
            raise _error(node, f"{spec.name} is listed twice; keep one")
        found[spec.name] = spec
    return tuple(found.values())


def _topic(node: yaml.Node) -> TopicSpec:
    if not isinstance(node, yaml.MappingNode):
        raise _error(node, "must be a topic, beginning with `name:`")
    nodes: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value in nodes:
            raise _error(key, f"{key.value} stands twice; keep one")
        nodes[key.value] = value
    values = {key: _plain(value) for key, value in nodes.items()}
    try:
        spec = _TOPIC.validate_python(values)
    except ValidationError as error:
        wrong = error.errors()[0]
        key = str(wrong["loc"][0])
        raise _error(nodes.get(key, node), f"{key}: {wrong['msg'].replace('Input', 'it')}") from error
    if (given := set(values) & set.union(*_NEEDS.values())) != _NEEDS[spec.cleanup]:
        needs, has = ", ".join(sorted(_NEEDS[spec.cleanup])), ", ".join(sorted(given)) or "nothing"
        raise _error(node, f"with cleanup {spec.cleanup}, write {needs}; it has {has}")
    return spec


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401  any YAML
    return yaml.safe_load(yaml.serialize(node))


def _error(node: yaml.Node, message: str) -> TopicListError:
    return TopicListError(f"topics.yaml, line {node.start_mark.line + 1}: {message}")
