"""The AsyncAPI document: as it is made, valid by AsyncAPI's own schema, and true of the topics, the schemas and the headers that the hub writes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import fastavro
import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator

from schemas import names_of, newest
from schemas.topics import topics
from services.__main__ import holdfast
from services.cli.asyncapi import AVRO_FORMAT, HUB, HUB_HEADERS, document, page
from services.runtime.headers import event
from services.runtime.ports import Record

SCHEMA = Path(__file__).parent / "asyncapi-3.0.0.schema.json"


@cache
def _validator() -> Draft7Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


@cache
def _shipped() -> dict[str, Any]:
    return _loaded((resources.files("schemas") / "asyncapi.yaml").read_text("utf-8"))


def _loaded(text: str) -> dict[str, Any]:
    """Through libyaml where it is there, which takes a seventh of the time."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def _at(reference: str) -> Any:
    found: Any = _shipped()
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_document_is_what_is_made() -> None:
    """Nobody reads of a topic that is not so: `holdfast asyncapi > schemas/asyncapi.yaml`."""
    assert (resources.files("schemas") / "asyncapi.yaml").read_text("utf-8").splitlines() == page().splitlines()
    assert (
        _loaded(CliRunner().invoke(holdfast, ["asyncapi"]).stdout)
        == json.loads(CliRunner().invoke(holdfast, ["asyncapi", "--json"]).stdout)
        == document()
    )


def test_the_document_is_valid() -> None:
    """By the JSON schema of AsyncAPI 3.0.0, which knows Avro and the Kafka bindings too."""
    assert [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(_shipped())] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(asyncapi="2.6.0"),
        lambda d: d["channels"]["vetoes"].update(topic="vetoes"),
        lambda d: d["operations"]["send-vetoes"].update(action="publish"),
        lambda d: d["channels"]["vetoes"]["bindings"]["kafka"].update(partitions=0),
        lambda d: d["channels"]["vetoes"]["bindings"]["kafka"]["topicConfiguration"].update({"cleanup.policy": "compact"}),
        lambda d: d["components"]["messages"]["uk.holdfast.vetoes.Seal"]["payload"]["schema"].update(type="rekord"),
        lambda d: d["components"]["messages"]["uk.holdfast.vetoes.Seal"]["payload"]["schema"]["fields"][0].pop("name"),
    ],
)
def test_the_validator_sees_what_is_wrong(spoil: Callable[[dict[str, Any]], object]) -> None:
    """A wrong version, key, action, binding or Avro schema is not valid: what passes has been looked at."""
    spoilt = copy.deepcopy(_shipped())
    spoil(spoilt)
    assert not _validator().is_valid(spoilt)


def test_references_lead_somewhere() -> None:
    """And an operation names only messages of its own channel, as AsyncAPI wants."""
    assert all(_at(reference) for reference in _references({**_shipped(), "components": {}}))
    for operation in _shipped()["operations"].values():
        channel = operation["channel"]["$ref"]
        assert all(reference["$ref"].startswith(f"{channel}/messages/") for reference in operation["messages"])


@pytest.mark.parametrize("spec", topics(), ids=lambda spec: spec.name)
def test_a_topic_is_described_as_it_is_declared(spec: Any) -> None:
    """Its address, partitions, settings and records; who writes it; and whether the hub sends or receives."""
    channel = _shipped()["channels"][spec.name]
    kafka = channel["bindings"]["kafka"]
    told = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in kafka["topicConfiguration"].items()}
    assert (channel["address"], kafka["partitions"], told) == (spec.name, spec.partitions, spec.settings)
    assert (tuple(channel["x-holdfast-written-by"]), tuple(channel["messages"])) == (spec.written_by, names_of(spec.name))
    operations = _shipped()["operations"]
    assert (f"send-{spec.name}" in operations) == bool(HUB & set(spec.written_by))
    assert (f"receive-{spec.name}" in operations) == bool(HUB & set(spec.read_by))


def test_every_record_carries_its_schema_whole() -> None:
    """Anybody can read what is on a topic with the document alone: the schema makes the same fingerprint as ours."""
    messages = _shipped()["components"]["messages"]
    assert set(messages) == set(newest())
    for name, message in messages.items():
        assert message["payload"]["schemaFormat"] == AVRO_FORMAT
        canonical = [
            fastavro.schema.to_parsing_canonical_form(fastavro.parse_schema(schema, _force=True))
            for schema in (message["payload"]["schema"], newest()[name].schema)
        ]
        assert canonical[0] == canonical[1]


def test_headers_are_those_that_the_hub_writes() -> None:
    """The names, in their order, as `services/runtime/headers.py` makes them."""
    cause = Record(topic="facts", partition=0, offset=41, key=None, value=None, headers=(), appended_at=datetime(2025, 10, 24, tzinfo=UTC))
    assert [name for name, _ in event("Notice", source="status", cause=cause)] == list(HUB_HEADERS)
    headers = {name: message.get("headers", {}).get("$ref", "") for name, message in _shipped()["components"]["messages"].items()}
    assert headers["uk.holdfast.vetoes.Notice"].endswith("hubHeaders")
    assert headers["uk.holdfast.upstream.SourceHeartbeat"].endswith("publishersHeaders")
    assert headers["uk.holdfast.gate_reports.DecisionReport"] == ""
