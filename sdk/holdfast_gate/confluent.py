"""The Confluent wire format, and what a schema registry says about the schemas that wrote it. Pure: who asks the registry stands elsewhere.

A zero byte, the id of the writer's schema in four bytes (big-endian), the Avro body. Source: Confluent's documentation, "Wire format".
An id stands for the same schema for ever, so what was learnt once is only ever added to.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, cast

import fastavro
from fastavro.schema import SchemaParseException, UnknownType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAGIC = b"\0"
ID_HEADER_BYTES = 5
#: Registries count in a signed 32-bit integer: nothing above was ever given out.
ID_MAX = 2**31 - 1
#: More of either is no registry of ours: no further id is learnt, and whoever waits for one goes on waiting, visibly.
SCHEMAS_MAX, SCHEMA_CHARACTERS_MAX = 10_000, 64 * 1024 * 1024
#: What says nothing about how bytes are read. Logical types stay: they say what a number means.
_WITHOUT_BEARING = frozenset({"doc", "default", "aliases", "order", "namespace"})

Schema = dict[str, Any]


class WriterSchemaError(ValueError):
    """What a registry holds under an id is no schema that a record could be read with; the message says why."""


class FullError(RuntimeError):
    """A registry named more schemas than anybody needs."""


def framed(schema_id: int, body: bytes) -> bytes:
    """`body` in the wire format. Raises ValueError for an id that no registry gives out."""
    return header(schema_id) + body


def header(schema_id: int) -> bytes:
    """The five bytes before a body. Raises ValueError for an id that no registry gives out."""
    if not 0 <= schema_id <= ID_MAX:
        message = f"{schema_id} is no schema id: ids are between 0 and {ID_MAX}"
        raise ValueError(message)
    return MAGIC + struct.pack(">I", schema_id)


def id_of(value: bytes) -> int | None:
    """The schema id that `value` begins with; None when it is not in this format."""
    if len(value) < ID_HEADER_BYTES or not value.startswith(MAGIC):
        return None
    return struct.unpack_from(">I", value, 1)[0]


class Writers:
    """The schemas that the ids of one registry stand for, as far as they were asked for.

    `resolves`: a writer's schema is resolved by Avro's rules against ours. Otherwise the registry is believed only as far as it cannot change what we
    read: in a schema that we have, or in one of ours with more fields at its end.
    """

    def __init__(self, *, resolves: bool) -> None:
        """Know nothing yet."""
        self.resolves = resolves
        self._texts: dict[int, str] = {}
        self._useless: dict[int, str] = {}
        self._characters = 0

    def __contains__(self, schema_id: int) -> bool:
        """Whether it is known what the id stands for."""
        return schema_id in self._texts or schema_id in self._useless

    @property
    def texts(self) -> Mapping[int, str]:
        """What is known, as the registry gave it."""
        return self._texts

    def learn(self, schema_id: int, text: str) -> None:
        """Note what `schema_id` stands for. Raises FullError beyond the limits, WriterSchemaError when it stood for something else before."""
        if (known := self._texts.get(schema_id)) is not None:
            if known != text and _parsed(known) != _parsed(text):
                message = f"schema id {schema_id} stood for another schema before: the registry was made anew, or is another one"
                raise WriterSchemaError(message)
            return
        if len(self._texts) >= SCHEMAS_MAX or self._characters + len(text) > SCHEMA_CHARACTERS_MAX:
            message = f"{len(self._texts)} schemas are known, and no more are learnt: see what the registry is used for, and start again"
            raise FullError(message)
        self._texts[schema_id] = text
        self._characters += len(text)

    def learn_useless(self, schema_id: int, why: str) -> None:
        """Note that what `schema_id` stands for is nothing that a record could be read with. Raises FullError."""
        if len(self._useless) >= SCHEMAS_MAX:
            message = f"{len(self._useless)} schema ids stand for nothing that could be read: see what the registry is used for"
            raise FullError(message)
        self._useless[schema_id] = why[:500]

    def schema(self, schema_id: int) -> Schema:
        """The record that `schema_id` stands for, names in full. Raises KeyError when it is not known, WriterSchemaError when it is none."""
        if (why := self._useless.get(schema_id)) is not None:
            raise WriterSchemaError(why)
        return parsed_record(self._texts[schema_id])


def parsed_record(text: str) -> Schema:
    """The Avro record in `text`, parsed. Raises WriterSchemaError."""
    schema = _parsed(text)
    if not isinstance(schema, dict) or cast("Schema", schema).get("type") != "record":
        message = "is no Avro record; register one record for each subject, complete in itself"
        raise WriterSchemaError(message)
    return cast("Schema", schema)


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return fastavro.parse_schema(json.loads(text), _force=True)
    except (SchemaParseException, UnknownType, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"is no Avro schema that is complete in itself ({type(error).__name__}: {error})"
        raise WriterSchemaError(message) from error


def shape(schema: Any) -> Any:  # noqa: ANN401 - a schema is any JSON
    """What of a parsed schema decides how bytes are read."""
    if isinstance(schema, list):
        return [shape(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    kept = {k: shape(v) for k, v in cast("Schema", schema).items() if k not in _WITHOUT_BEARING and not k.startswith("__")}
    return kept["type"] if kept.keys() == {"type"} else kept


def extended(writer: Schema, ours: Schema) -> Schema | None:
    """`ours` with the fields that `writer` has besides at its end; None where the writer differs in any other way."""
    own: Sequence[Any] = ours["fields"]
    given: Sequence[Any] = writer["fields"]
    if writer["name"] != ours["name"] or shape(list(given[: len(own)])) != shape(list(own)):
        return None
    return {**ours, "fields": [*own, *given[len(own) :]]}


def misread(value: Any, schema: Any, path: str = "the record", named: dict[str, Any] | None = None) -> str | None:  # noqa: ANN401 - any Avro
    """Where `value`, resolved to `schema`, holds a bare number in the place of a date or an instant; None where it does not."""
    named = _named(schema, {}) if named is None else named
    match named.get(schema, schema) if isinstance(schema, str) else schema:
        case list() if isinstance(value, tuple):  # a record of a union of several comes with its name
            name, fields = cast("tuple[str, Any]", value)
            return misread(fields, name, path, named)
        case list() as branches:
            fitting = [each for each in branches if value is not None and _is_record(each, named) == isinstance(value, dict)]
            found = [misread(value, each, path, named) for each in fitting if each != "null"]
            return found[0] if found and all(found) else None
        case {"type": "record", "fields": fields}:
            each = (misread(value[field["name"]], field["type"], field["name"], named) for field in fields)
            return next((where for where in each if where is not None), None)
        case {"type": "array", "items": items}:
            return next((where for item in value if (where := misread(item, items, path, named)) is not None), None)
        case {"logicalType": str()}:
            return path if isinstance(value, int) else None
        case _:
            return None


def _is_record(schema: Any, named: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a schema is any JSON
    found = named.get(schema, schema) if isinstance(schema, str) else schema
    return isinstance(found, dict) and cast("Schema", found).get("type") == "record"


def _named(schema: Any, found: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a schema is any JSON
    """Every named type that is defined in a parsed schema, by its full name."""
    if isinstance(schema, dict):
        inside = cast("Schema", schema)
        if "name" in inside and "type" in inside and inside["type"] in ("record", "enum", "fixed"):
            found[inside["name"]] = inside
        for key in ("fields", "items", "type"):
            _named(inside.get(key), found)
    elif isinstance(schema, list):
        for each in cast("list[Any]", schema):
            _named(each, found)
    return found
