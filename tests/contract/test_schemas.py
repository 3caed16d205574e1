"""What the schemas promise to whoever reads them, and what the loader does with broken ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import avro.schema
import pytest

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import Registry
from schemas import SchemaError, load, names_by_type, names_of, newest, registry, registry_of, versions
from schemas.topics import topics

EVERY = [pytest.param(version, id=f"{version.name}.v{version.number}") for version in versions()]


def parts(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every record, enum, fixed and field within a schema."""
    match node:
        case list():
            for each in node:
                yield from parts(each, path)
        case {"type": "record" | "enum" | "fixed"}:
            path = f"{path}/{node['name']}"
            yield path, node
            for field in node.get("fields", []):
                yield f"{path}.{field['name']}", field
                yield from parts(field["type"], path)
        case {"type": "array", "items": items}:
            yield from parts(items, path)
        case _:
            return


@pytest.mark.parametrize("version", EVERY)
def test_everything_is_documented(version: Any) -> None:
    """Every record, enum and field says what it means."""
    undocumented = {path for path, part in parts(version.schema, "") if part["type"] != "fixed" and not part.get("doc")}
    assert not undocumented


@pytest.mark.parametrize("version", EVERY)
def test_whatever_may_be_absent_is_absent_by_default(version: Any) -> None:
    """A writer who does not know an optional field need not write it."""
    optional = {path: part for path, part in parts(version.schema, "") if "null" in part["type"]}
    absent = {path for path, part in optional.items() if part["type"][0] == "null" and part.get("default", 0) is None}
    assert absent == set(optional)


@pytest.mark.parametrize("version", EVERY)
def test_a_schema_is_complete_in_itself(version: Any) -> None:
    """Any Avro library takes what `holdfast schemas show` prints, without our other files."""
    parsed = avro.schema.parse(json.dumps(version.schema))
    assert parsed.fullname == version.name
    assert "imports" not in version.schema


@pytest.mark.parametrize("topic", [spec.name for spec in topics()])
def test_every_topic_has_records(topic: str) -> None:
    """Nothing stands on a topic without a schema."""
    assert names_of(topic)


def test_every_record_has_a_topic() -> None:
    """No schema is promised for a topic that is not created."""
    assert {version.topic for version in newest().values()} == {spec.name for spec in topics()} | {"upstream"}


@pytest.mark.parametrize("topic", SOURCE_OF_TOPIC)
def test_every_upstream_record_has_the_envelope(topic: str) -> None:
    """Whatever a source sends can be ordered, attributed and told apart from a repeat."""
    for kind, name in names_by_type(topic).items():
        fields = [field["name"] for field in newest()[name].schema["fields"]]
        assert fields[:5] == ["type", "record_id", "occurred_at", "recorded_at", "person"], kind


def test_codes_that_may_be_unknown_are_text() -> None:
    """A code that nobody has told us of is a query; it must not make its record unreadable."""
    enums = {
        path.rpartition("/")[2]
        for topic in SOURCE_OF_TOPIC
        for name in names_of(topic)
        for path, part in parts(newest()[name].schema, "")
        if part["type"] == "enum"
    }
    assert enums == {"IdentifierType", "PlacingAuthority"}


def test_the_gates_copies_are_the_same_bytes() -> None:
    """A gate reads exactly what the hub promises: the schemas that it ships are ours."""
    ours = resources.files("schemas")
    copies = {file.name: file.read_bytes() for file in (resources.files("holdfast_gate") / "schemas").iterdir()}
    promised = [*(ours / "vetoes").iterdir(), *(ours / "gate-reports").iterdir()]
    assert copies == {file.name: file.read_bytes() for file in promised}


def test_rewording_breaks_no_reader() -> None:
    """A doc can be put better without a new version: what a reader of the old words wrote is still read."""
    name, mark = "uk.holdfast.facts.Mark", {"time": datetime(2025, 10, 24, 8, tzinfo=UTC), "sources": []}
    reworded = json.loads(json.dumps(newest()[name].schema).replace('"doc": "', '"doc": "In other words: '))
    assert Registry([reworded]).decode(registry().encode(name, mark)) == (name, mark)


# --- broken files -----------------------------------------------------------------------------------------------------

THING = {"type": "record", "name": "Thing", "namespace": "uk.holdfast.some_topic", "doc": "A thing.", "fields": []}
SHARED = {**THING, "namespace": "uk.holdfast.shared"}
ENUM = {"type": "enum", "name": "E", "symbols": ["1"]}
FIELD_A, FIELD_B = {"name": "a", "type": "uk.holdfast.shared.A"}, {"name": "b", "type": "uk.holdfast.shared.B"}
BOTH = {"imports": ["shared/A.v2", "shared/B.v1"], "fields": [FIELD_B, FIELD_A]}
BROKEN = {
    "not JSON": ({"some-topic/Thing.v1.avsc": "{"}, "schemas/some-topic/Thing.v1.avsc: is not JSON"),
    "no version": ({"some-topic/Thing.avsc": THING}, "schemas/some-topic/Thing.avsc: call it <Record>.v<N>.avsc"),
    "another name": ({"some-topic/Other.v1.avsc": THING}, '"uk.holdfast.some_topic" and "name": "Other"'),
    "another namespace": ({"elsewhere/Thing.v1.avsc": THING}, 'state "namespace": "uk.holdfast.elsewhere"'),
    "an unknown type": (
        {"some-topic/Thing.v1.avsc": {**THING, "fields": [{"name": "a", "type": "uk.holdfast.shared.Person"}]}},
        "Thing.v1.avsc: names uk.holdfast.shared.Person, which nothing defines",
    ),
    "an import of nothing": (
        {"some-topic/Thing.v1.avsc": {**THING, "imports": ["shared/Person.v1"]}},
        "Thing.v1.avsc: imports shared/Person.v1, which is no file",
    ),
    "two versions of one type": (
        {
            "shared/A.v1.avsc": SHARED | {"name": "A"},
            "shared/A.v2.avsc": SHARED | {"name": "A"},
            "shared/B.v1.avsc": SHARED | {"name": "B", "imports": ["shared/A.v1"], "fields": [FIELD_A]},
            "some-topic/Thing.v1.avsc": THING | BOTH,
        },
        "would stand in one schema; import one version",
    ),
    "a symbol that Avro does not allow": (
        {"some-topic/Thing.v1.avsc": {**THING, "fields": [{"name": "a", "type": ENUM}]}},
        "schemas/some-topic/Thing.v1.avsc: is not Avro",
    ),
    "a default that does not fit": (
        {"some-topic/Thing.v1.avsc": {**THING, "fields": [{"name": "a", "type": "int", "default": "one"}]}},
        "schemas/some-topic/Thing.v1.avsc: is not Avro",
    ),
}


@pytest.mark.parametrize(("files", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_schema_is_named_with_the_way_to_mend_it(tmp_path: Path, files: dict[str, Any], message: str) -> None:
    """Whoever edits a schema and breaks it learns which file it was and what to do."""
    write(tmp_path, files)
    with pytest.raises(SchemaError) as caught:
        registry_of(load(tmp_path))
    assert message in str(caught.value)


def test_a_new_version_of_a_shared_type_changes_no_schema_that_was_published(tmp_path: Path) -> None:
    """What was written with version 1 can be read for ever, whatever happens to the types that it names."""
    shared = SHARED | {"name": "A"}
    thing = {**THING, "imports": ["shared/A.v1"], "fields": [{"name": "a", "type": "uk.holdfast.shared.A"}]}
    write(tmp_path, {"shared/A.v1.avsc": shared, "some-topic/Thing.v1.avsc": thing})
    before = load(tmp_path)
    added = {**shared, "fields": [{"name": "b", "type": "string", "default": ""}]}
    write(tmp_path, {"shared/A.v2.avsc": added, "some-topic/Thing.v2.avsc": {**thing, "imports": ["shared/A.v2"]}})
    after = load(tmp_path)
    assert [version.number for version in after] == [1, 2]
    assert after[0] == before[0]
    assert after[1].schema["fields"][0]["type"]["fields"] == added["fields"]
    old = registry_of(before).encode("uk.holdfast.some_topic.Thing", {"a": {}})
    assert registry_of(after).decode(old) == ("uk.holdfast.some_topic.Thing", {"a": {}})


def write(root: Path, files: dict[str, Any]) -> None:
    """Write schema files under `root`."""
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
