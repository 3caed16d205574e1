"""`holdfast asyncapi`: every topic as an AsyncAPI 3.0 document, made from the list of topics and the Avro schemas: `schemas/asyncapi.yaml`.

Sources: AsyncAPI 3.0.0; its Kafka bindings 0.5.0; CloudEvents 1.0, Kafka protocol binding §3.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import click
import yaml

from holdfast.sources import SOURCE_OF_TOPIC
from schemas import Version, names_of, newest
from schemas.topics import TopicSpec, topics

AVRO_FORMAT = "application/vnd.apache.avro;version=1.9.0"
BINDING = "0.5.0"
#: Who belongs to the hub, as `topics.yaml` names them. Everybody else is somebody else's system.
HUB = frozenset({"intake", "enrichment", "identity", "status", "watch", "console", "command line"})
_PEOPLE = frozenset({"console", "command line"})
_UPSTREAM = "upstream"
_KAFKA_LISTS = frozenset({"cleanup.policy"})

_DESCRIPTION = """\
What stands on the topics of a Holdfast hub, who may write it and who reads it. `send` and `receive` are the hub's: what it receives others write, and
what it sends others may read. A deployment may put a prefix before every topic (HOLDFAST_TOPIC_PREFIX).

Every payload is Avro in single-object encoding: C3 01, the CRC-64-AVRO of the schema, the record. On upstream topics the same records may come as
plain JSON, and other dialects are read too: docs/for-upstream-publishers.md. Every version of a schema is read; those here are the newest.
"""

#: The headers that the hub writes, in their order: what each says, and an example.
HUB_HEADERS = {
    "ce_specversion": ("The version of CloudEvents.", "1.0"),
    "ce_id": (
        "Which record caused this one, and which of its outputs this is: the same for a record that is written again.",
        "facts/0/41/status/A1234BC",
    ),
    "ce_type": ("What it is.", "uk.holdfast.Notice"),
    "ce_source": ("The service that wrote it.", "/holdfast/status"),
    "ce_time": ("When the broker appended the record that caused it.", "2025-10-24T08:00:00.120000+00:00"),
    "content-type": ("How the value is written.", "application/avro"),
    "traceparent": ("The W3C trace that the record which caused it belongs to.", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
}
#: The headers that a publisher may write. None is needed.
PUBLISHERS_HEADERS = {
    "ce_type": ("What the publisher says that it is; refused where the record says otherwise.", "uk.holdfast.RECEPTION"),
    "content-type": ("How the value is written.", "application/json"),
    "traceparent": (
        "The W3C trace that the record belongs to: it goes through every hop.",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    "holdfast-redrive-of": (
        "On a record that is sent again because it could not be read: topic/partition/offset of what it replaces.",
        "court-results/0/17",
    ),
}


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what is the same twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


@click.command("asyncapi")
@click.option("--json", "as_json", is_flag=True, help="As JSON instead of YAML.")
def asyncapi(*, as_json: bool) -> None:
    """Print the AsyncAPI document of every topic."""
    click.echo(json.dumps(document(), indent=2, ensure_ascii=False) if as_json else page(), nl=as_json)


def page() -> str:
    """The document as YAML."""
    head = "# Made by `holdfast asyncapi` from topics.yaml and the Avro schemas; change those.\n"
    return head + yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=150)


def document() -> dict[str, Any]:
    """The document."""
    specs = topics()
    records = {name: spec for spec in specs for name in names_of(spec.name)}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:uk:holdfast",
        "info": {
            "title": "Holdfast",
            "version": version("holdfast"),
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/avro",
        "servers": {"kafka": _server()},
        "channels": {spec.name: _channel(spec) for spec in specs},
        "operations": dict(operation for spec in specs for operation in _operations(spec)),
        "components": {
            "schemas": {"hubHeaders": _headers(HUB_HEADERS, needed=True), "publishersHeaders": _headers(PUBLISHERS_HEADERS, needed=False)},
            "messages": {name: _message(newest()[name], spec) for name, spec in records.items()},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrapServers}",
        "protocol": "kafka",
        "description": "The deployment's Kafka: KAFKA_BOOTSTRAP_SERVERS, and the other names in docs/configuration.md.",
        "variables": {"bootstrapServers": {"default": "127.0.0.1:9092", "description": "host:port, several with commas"}},
        "bindings": {"kafka": {"bindingVersion": BINDING}},
    }


def _channel(spec: TopicSpec) -> dict[str, Any]:
    return {
        "address": spec.name,
        "title": spec.name,
        "description": f"{spec.doc} Written by {', '.join(spec.written_by)}, and by nobody else; read by {', '.join(spec.read_by)}. Key: {spec.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names_of(spec.name)},
        "bindings": {
            "kafka": {
                "partitions": spec.partitions,
                "topicConfiguration": {name: _setting(name, value) for name, value in sorted(spec.settings.items())},
                "bindingVersion": BINDING,
            }
        },
        "x-holdfast-written-by": list(spec.written_by),
        "x-holdfast-read-by": list(spec.read_by),
    }


def _setting(name: str, value: str) -> object:
    if name in _KAFKA_LISTS:
        return value.split(",")
    return yaml.safe_load(value)


def _operations(spec: TopicSpec) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the hub does with a topic: it receives what it reads, and sends what it writes."""
    for action, who, verb in (("receive", spec.read_by, "reads"), ("send", spec.written_by, "writes")):
        if ours := [each for each in who if each in HUB]:
            yield (
                f"{action}-{spec.name}",
                {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{spec.name}"},
                    "summary": f"{' and '.join(ours)} {verb} {spec.name}" if len(ours) == 1 else f"{', '.join(ours)}: each {verb} {spec.name}",
                    "messages": [{"$ref": f"#/channels/{spec.name}/messages/{name}"} for name in names_of(spec.name)],
                },
            )


def _message(record: Version, spec: TopicSpec) -> dict[str, Any]:
    shared = record.topic == _UPSTREAM
    key = "Any; a heartbeat belongs in every partition." if shared else f"On {spec.name}: {spec.key}."
    message: dict[str, Any] = {
        "name": record.name,
        "title": record.record,
        "summary": record.schema.get("doc", record.record),
        "contentType": "application/avro",
        "payload": {"schemaFormat": AVRO_FORMAT, "schema": record.schema},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING}},
        "x-holdfast-schema": f"{record.topic}/{record.record}.v{record.number}.avsc",
    }
    if spec.name in SOURCE_OF_TOPIC:
        return {**message, "headers": {"$ref": "#/components/schemas/publishersHeaders"}}
    if set(spec.written_by) <= HUB - _PEOPLE:
        return {**message, "headers": {"$ref": "#/components/schemas/hubHeaders"}}
    return message  # gates write reports without headers


def _headers(headers: dict[str, tuple[str, str]], *, needed: bool) -> dict[str, Any]:
    described = {name: {"type": "string", "description": says, "examples": [example]} for name, (says, example) in headers.items()}
    return {"type": "object", "properties": described, **({"required": list(headers)} if needed else {})}
