"""The promise: what stands on every topic, as Avro, with one loader. Editing a schema renegotiates the promise.

`<topic>/<Record>.v<N>.avsc`, the highest N being the version that is written; `upstream/` holds what may stand on
every upstream topic, `shared/` the types that others name. A file states in `imports` which files define the types that
it names, with their versions, so that a new version of a shared type changes no schema that was published. Every schema
comes out of the loader complete in itself: the first mention of an imported type is replaced by its definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, cast

from fastavro.schema import SchemaParseException

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import Registry

Schema = dict[str, Any]

_FILE_NAME = re.compile(r"([A-Za-z]+)\.v([1-9][0-9]*)\.avsc")
_SHARED, _UPSTREAM = "shared", "upstream"
_NAMED = frozenset({"record", "enum", "fixed"})
_PRIMITIVE = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


class SchemaError(ValueError):
    """A schema file cannot be used; the message names the file and says how to mend it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One version of one record. `topic` is `upstream` for a record that can stand on every upstream topic."""

    topic: str
    record: str
    number: int
    schema: Schema

    @property
    def name(self) -> str:
        """Full name, for example `uk.holdfast.facts.Fact`."""
        return full_name(self.schema)


@cache
def versions() -> tuple[Version, ...]:
    """Every version of every record, complete in itself, ascending. Raises SchemaError."""
    return load(resources.files(__name__))


@cache
def registry() -> Registry:
    """Encodes and decodes the records of every topic: reads every version, writes the highest. Raises SchemaError."""
    return registry_of(versions())


@cache
def newest() -> Mapping[str, Version]:
    """The version that is written, by full name. Raises SchemaError."""
    return {version.name: version for version in versions()}


@cache
def names_of(topic: str) -> tuple[str, ...]:
    """The full names of the records that can stand on `topic`; none if it is not known. Raises SchemaError."""
    rooms = {topic, _UPSTREAM} if topic in SOURCE_OF_TOPIC else {topic}
    return tuple(name for name, version in newest().items() if version.topic in rooms)


@cache
def names_by_type(topic: str) -> Mapping[str, str]:
    """The `type` of each upstream record that can stand on `topic`, to its full name. Raises SchemaError."""
    fields = [(field, name) for name in names_of(topic) for field in newest()[name].schema["fields"]]
    return {field["default"]: name for field, name in fields if field["name"] == "type"}


def full_name(schema: Mapping[str, Any]) -> str:
    """The full name of a named type that states its namespace."""
    return f"{schema['namespace']}.{schema['name']}"


def load(root: Traversable) -> tuple[Version, ...]:
    """Every version under `root`. Raises SchemaError."""
    files = _files(root)
    return tuple(
        Version(topic=topic, record=record, number=number, schema=_complete(files, (topic, record, number)))
        for topic, record, number in sorted(files)
        if topic != _SHARED
    )


def registry_of(every: tuple[Version, ...]) -> Registry:
    """A registry of `every`. Raises SchemaError."""
    try:
        return Registry(version.schema for version in every)
    except (SchemaParseException, ValueError, KeyError, TypeError) as error:
        for version in every:
            _try(version)
        raise SchemaError(f"schemas: cannot be used together ({error})") from error


def _try(version: Version) -> None:
    try:
        Registry([version.schema])
    except (SchemaParseException, ValueError, KeyError, TypeError) as error:
        where = f"schemas/{version.topic}/{version.record}.v{version.number}.avsc"
        what = f"{type(error).__name__}: {error}"
        raise SchemaError(f"{where}: is not Avro ({what}); mend the type or the default that this names") from error


# --- files ------------------------------------------------------------------------------------------------------------

_Id = tuple[str, str, int]
_Files = Mapping[_Id, Schema]


def _files(root: Traversable) -> _Files:
    rooms = [room for room in root.iterdir() if room.is_dir()]
    found = [(room.name, file) for room in rooms for file in room.iterdir() if file.name.endswith(".avsc")]
    return dict(_read(topic, file) for topic, file in found)


def _read(topic: str, file: Traversable) -> tuple[_Id, Schema]:
    where = f"schemas/{topic}/{file.name}"
    if (name := _FILE_NAME.fullmatch(file.name)) is None:
        raise SchemaError(f"{where}: call it <Record>.v<N>.avsc, N counting from 1")
    try:
        schema: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SchemaError(f"{where}: is not JSON ({error}); mend it there") from error
    namespace = f"uk.holdfast.{topic.replace('-', '_')}"
    if not isinstance(schema, dict) or (schema.get("namespace"), schema.get("name")) != (namespace, name[1]):
        raise SchemaError(f'{where}: state "namespace": "{namespace}" and "name": "{name[1]}", as the file is called')
    return (topic, name[1], int(name[2])), cast("Schema", schema)


# --- imports ----------------------------------------------------------------------------------------------------------


def _complete(files: _Files, this: _Id) -> Schema:
    return _Inliner(files, {}).file(this, ())


@dataclass(frozen=True, slots=True)
class _Inliner:
    """Builds one schema that is complete in itself. `defined`: the full names it defines so far, and by which file."""

    files: _Files
    defined: dict[str, _Id]

    def file(self, this: _Id, using: tuple[_Id, ...]) -> Schema:
        """The type that the file `this` defines; `using` are the files on the way to it."""
        if this in using:
            raise SchemaError(f"{_path(using[-1])}: imports {_path(this)}, which uses it in turn; part the two")
        schema = {key: value for key, value in self.files[this].items() if key != "imports"}
        return self.node(schema, this, (*using, this))

    def node(self, node: Any, this: _Id, using: tuple[_Id, ...]) -> Any:  # noqa: ANN401  a schema is any JSON
        """`node` of the file `this`, with imported types in place of their first mention."""
        match node:
            case str():
                return self._mention(node, this, using)
            case list():
                return [self.node(each, this, using) for each in cast("list[Any]", node)]
            case {"type": str() as kind} if kind in _NAMED:
                node = cast("Schema", node)
                self.defined[self._full(node["name"], this)] = this
                fields = [{**field, "type": self.node(field["type"], this, using)} for field in node.get("fields", [])]
                return {**node, "fields": fields} if kind == "record" else node
            case {"type": str() as kind} if kind in {"array", "map"}:
                part = "items" if kind == "array" else "values"
                return {**node, part: self.node(node[part], this, using)}
            case _:
                return node

    def _mention(self, name: str, this: _Id, using: tuple[_Id, ...]) -> Any:  # noqa: ANN401  a schema is any JSON
        if name in _PRIMITIVE:
            return name
        full = self._full(name, this)
        imported = self._imports(this).get(full, this)
        defines = self.defined.get(full)
        if defines is None and imported != this:
            return self.file(imported, using)
        if defines is None:
            raise SchemaError(f'{_path(this)}: names {name}, which nothing defines; add its file to "imports"')
        if imported not in {this, defines}:
            both = f"{_path(imported)} and {_path(defines)}"
            raise SchemaError(f"{_path(this)}: {both} would stand in one schema; import one version")
        return full

    def _imports(self, this: _Id) -> Mapping[str, _Id]:
        found: dict[str, _Id] = {}
        for line in self.files[this].get("imports", []):
            topic, _, rest = str(line).partition("/")
            record, _, number = rest.partition(".v")
            imported = (topic, record, int(number) if number.isdecimal() else 0)
            if imported not in self.files:
                raise SchemaError(f"{_path(this)}: imports {line}, which is no file; write <room>/<Record>.v<N>")
            found[full_name(self.files[imported])] = imported
        return found

    def _full(self, name: str, this: _Id) -> str:
        return name if "." in name else f"{self.files[this]['namespace']}.{name}"


def _path(this: _Id) -> str:
    topic, record, number = this
    return f"schemas/{topic}/{record}.v{number}.avsc"
