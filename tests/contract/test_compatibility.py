"""Every schema is read by every earlier version's readers and reads every earlier version's records: full, transitive.

What Apache Avro's own checker finds, and one thing that it does not look at: that an instant stays an instant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas import Version, versions

INCOMPATIBLE = sorted((Path(__file__).parent / "incompatible").glob("*.json"))
THING: Mapping[str, Any] = {"type": "record", "name": "Thing", "namespace": "uk.holdfast.some_topic"}
A, B = {"name": "a", "type": "string"}, {"name": "b", "type": ["null", "string"], "default": None}


def conflicts(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[str]:
    """What keeps readers of either schema from reading records of the other."""
    found: list[str] = []
    for reader, writer in ((newer, older), (older, newer)):
        checker = ReaderWriterCompatibilityChecker()
        result = checker.get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
        if result.compatibility is not SchemaCompatibilityType.compatible:
            found += sorted(result.messages)
    before, after = dict(meanings(older, "")), dict(meanings(newer, ""))
    return found + [f"{path}: another meaning" for path in before.keys() & after.keys() if before[path] != after[path]]


def meanings(node: Any, path: str) -> Iterator[tuple[str, str | None]]:
    """The logical type of every value within a schema that is no record."""
    match node:
        case list():
            for each in node:
                if each != "null":
                    yield from meanings(each, path)
        case {"type": "record", "fields": fields}:
            for field in fields:
                yield from meanings(field["type"], f"{path}/{node['name']}.{field['name']}")
        case {"type": "array", "items": items}:
            yield from meanings(items, path)
        case {"logicalType": logical}:
            yield path, logical
        case _:
            yield path, None


def pairs(every: tuple[Version, ...]) -> list[tuple[Version, Version]]:
    """Every two versions of one record."""
    return [(older, newer) for older, newer in combinations(every, 2) if older.name == newer.name]


def test_no_version_breaks_an_earlier_one() -> None:
    """A publisher, a gate or a log of any age keeps its place: nobody has to update on our day."""
    found = {(older.id, newer.id): conflicts(older.schema, newer.schema) for older, newer in pairs(versions())}
    assert {pair: conflict for pair, conflict in found.items() if conflict} == {}


def test_every_two_versions_of_a_record_are_compared() -> None:
    """Transitive: the third version is compared with the first too, and records are not compared with each other."""
    named = [("Thing", 1), ("Thing", 2), ("Thing", 3), ("Other", 1)]
    every = tuple(Version(topic="some-topic", record=r, number=n, schema={**THING, "name": r}) for r, n in named)
    assert [(older.number, newer.number) for older, newer in pairs(every)] == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize("version", versions(), ids=lambda version: f"{version.name}.v{version.number}")
def test_every_schema_is_compatible_with_itself(version: Version) -> None:
    """The checker understands every type that we use; one that it cannot judge would pass unseen."""
    assert conflicts(version.schema, version.schema) == []


@pytest.mark.parametrize("pair", INCOMPATIBLE, ids=lambda file: file.stem)
def test_a_change_that_breaks_somebody_is_refused(pair: Path) -> None:
    """A check that lets one of these through is no check."""
    content = json.loads(pair.read_text(encoding="utf-8"))
    assert conflicts(content["older"], content["newer"]) != [], content["why"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param([A], [A, B], id="optional field added"),
        pytest.param([A, B], [A], id="optional field removed"),
        pytest.param([A], [{**A, "doc": "Put better."}], id="doc reworded"),
        pytest.param([A, B], [B, A], id="fields reordered"),
    ],
)
def test_a_change_that_breaks_nobody_is_let_through(older: list[Any], newer: list[Any]) -> None:
    """A check that refuses everything would be turned off."""
    assert conflicts({**THING, "fields": older}, {**THING, "fields": newer}) == []
