"""The promise: what stands on every topic, as Avro, with one loader. Editing a schema renegotiates the promise.

`<topic>/<Record>.v<N>.avsc`, the highest N being the version that is written; `upstream/` holds what may stand on
every upstream topic, `shared/` the types that others name. A file states in `imports` which files define the types that
it names, with their versions, so that a new version of a shared type changes no schema that was published. Every schema
comes out of the loader complete in itself: the first mention of an imported type is replaced by its definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, cast

from fastavro.schema import SchemaParseException

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import Registry

Schema = dict[str, Any]
_Id = tuple[str, str, int]
_Files = Mapping[_Id, Schema]

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

    @property
    def id(self) -> _Id:
        """Where it is written: room, record, number."""
        return self.topic, self.record, self.number


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
    imports = {this: _imports(files, this) for this in files}
    return tuple(
        Version(topic=this[0], record=this[1], number=this[2], schema=_Inliner(files, imports, {}).file(this))
        for this in sorted(files)
        if this[0] != _SHARED
    )


def registry_of(every: Iterable[Version]) -> Registry:
    """A registry of `every`. Raises SchemaError."""
    every = tuple(every)
    for version in every:
        try:
            Registry([version.schema])
        except (SchemaParseException, ValueError, KeyError, TypeError) as error:
            what = f"is not Avro ({type(error).__name__}: {error})"
            raise SchemaError(f"{_path(version.id)}: {what}; mend the type or the default that this names") from error
    return Registry(version.schema for version in every)


# --- files ------------------------------------------------------------------------------------------------------------


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


def _imports(files: _Files, this: _Id) -> Mapping[str, _Id]:
    """The full names that the file `this` may use besides its own, and the files that define them."""
    found: dict[str, _Id] = {}
    for line in files[this].get("imports", []):
        topic, _, rest = str(line).partition("/")
        record, _, number = rest.partition(".v")
        imported = (topic, record, int(number) if number.isdecimal() else 0)
        if imported not in files:
            raise SchemaError(f"{_path(this)}: imports {line}, which is no file; write <room>/<Record>.v<N>")
        found[full_name(files[imported])] = imported
    return found


@dataclass(frozen=True, slots=True)
class _Inliner:
    """Builds one schema that is complete in itself. `defined`: the full names it defines so far, and by which file."""

    files: _Files
    imports: Mapping[_Id, Mapping[str, _Id]]
    defined: dict[str, _Id]

    def file(self, this: _Id) -> Schema:
        """The type that the file `this` defines."""
        return self.node({key: value for key, value in self.files[this].items() if key != "imports"}, this)

    def node(self, node: Any, this: _Id) -> Any:  # noqa: ANN401  a schema is any JSON
        """`node` of the file `this`, with imported types in place of their first mention."""
        match node:
            case str():
                return self._mention(node, this)
            case list():
                return [self.node(each, this) for each in cast("list[Any]", node)]
            case {"type": str() as kind} if kind in _NAMED:
                node = cast("Schema", node)
                self.defined[self._full(node["name"], this)] = this
                fields = [{**field, "type": self.node(field["type"], this)} for field in node.get("fields", [])]
                return {**node, "fields": fields} if kind == "record" else node
            case {"type": str() as kind} if kind in {"array", "map"}:
                part = "items" if kind == "array" else "values"
                return {**node, part: self.node(node[part], this)}
            case _:
                return node

    def _mention(self, name: str, this: _Id) -> Any:  # noqa: ANN401  a schema is any JSON
        if name in _PRIMITIVE:
            return name
        full = self._full(name, this)
        imported = self.imports[this].get(full, this)
        defines = self.defined.get(full)
        if defines is None and imported != this:
            return self.file(imported)
        if defines is None:
            raise SchemaError(f'{_path(this)}: names {name}, which nothing defines; add its file to "imports"')
        if imported not in {this, defines}:
            both = f"{_path(imported)} and {_path(defines)}"
            raise SchemaError(f"{_path(this)}: {both} would stand in one schema; import one version")
        return full

    def _full(self, name: str, this: _Id) -> str:
        return name if "." in name else f"{self.files[this]['namespace']}.{name}"


def _path(this: _Id) -> str:
    topic, record, number = this
    return f"schemas/{topic}/{record}.v{number}.avsc"
