"""Avro single-object encoding: two marker bytes, the schema's CRC-64-AVRO fingerprint, the body.

Source: Apache Avro specification, "Single-object encoding". The first bytes decide the encoding: the Confluent wire format (`confluent.py`) has a
zero byte first, and is read where there is a schema registry to ask.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fastavro
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, fingerprint, to_parsing_canonical_form

from holdfast_gate.confluent import ID_HEADER_BYTES, Writers, WriterSchemaError, extended, header, id_of, misread, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARKER = b"\xc3\x01"
HEADER_BYTES = 10
_BROKEN = (EOFError, IndexError, ValueError, OverflowError, struct.error, UnicodeDecodeError, KeyError, TypeError)


class UnreadableError(ValueError):
    """Bytes are not a record that this registry knows. `reason` is one of the codes below; `str()` says what, where and how to mend it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Registry:
    """Encodes and decodes the records of a fixed set of schemas; every version given can be read, the last of each name is written.

    `writers`: what the ids of a schema registry stand for; None where there is none, and nothing in the Confluent wire format is read.
    """

    def __init__(self, schemas: Iterable[Mapping[str, Any]]) -> None:
        self._write: dict[str, tuple[bytes, Any]] = {}
        self._read: dict[bytes, tuple[str, Any]] = {}
        self._confluent: dict[str, bytes] = {}
        self._plans: dict[tuple[Writers, int], _Plan] = {}
        self.writers: Writers | None = None
        for schema in schemas:
            parsed: Any = fastavro.parse_schema(dict(schema), _force=True)
            name: str = parsed["name"]
            # fastavro prints the eight bytes in the little-endian order in which the specification writes them.
            print_hex = fingerprint(to_parsing_canonical_form(dict(schema)), "CRC-64-AVRO")
            prefix = MARKER + bytes.fromhex(print_hex)
            self._write[name] = (prefix, parsed)
            self._read[prefix] = (name, parsed)

    @property
    def names(self) -> tuple[str, ...]:
        """The full names that can be written."""
        return tuple(self._write)

    def schema(self, name: str) -> Mapping[str, Any]:
        """The newest schema of `name`. Raises KeyError for a name that is not registered."""
        return self._write[name][1]

    def write_confluent(self, ids: Mapping[str, int]) -> None:
        """From now on write the records of these names in the Confluent wire format, under these ids; all others as before."""
        self._confluent = {name: header(schema_id) for name, schema_id in ids.items()}

    def encode(self, name: str, record: Mapping[str, Any]) -> bytes:
        """`record` as bytes in the newest schema of `name`. Raises ValueError (or fastavro's) when it does not fit."""
        prefix, schema = self._write[name]
        out = io.BytesIO()
        out.write(self._confluent.get(name, prefix))
        fastavro.schemaless_writer(out, schema, record, strict=True)
        return out.getvalue()

    def recognises(self, value: bytes) -> bool:
        """Whether `value` begins as a record that could be read here, whatever follows."""
        return value.startswith(MARKER) or (self.writers is not None and id_of(value) is not None)

    def decode(self, value: bytes) -> tuple[str, dict[str, Any]]:
        """Full name and record of `value`, read with the schema that wrote it, and resolved against ours where that is another.

        Raises UnreadableError with reason NOT_AVRO, UNKNOWN_SCHEMA, WRONG_RECORD, INCOMPATIBLE_SCHEMA, TRUNCATED or TRAILING_BYTES.
        """
        plan = self._plan(value)
        body = io.BytesIO(value)
        body.seek(plan.header_bytes)
        try:
            record: Any = fastavro.schemaless_reader(body, plan.writer, plan.reader, return_record_name=True, return_record_name_override=True)
        except SchemaResolutionError as error:
            raise _incompatible(plan.name, str(error)) from error
        except _BROKEN as error:
            reason, message = "TRUNCATED", f"ends or breaks before {plan.name} is complete ({type(error).__name__}: {error})"
            raise UnreadableError(reason, message) from error
        if body.tell() != len(value):
            reason, message = "TRAILING_BYTES", f"{len(value) - body.tell()} bytes follow after a complete {plan.name}"
            raise UnreadableError(reason, message)
        if plan.reader is not None:
            _check(plan, record)
        return plan.name, {name: record[name] for name in plan.fields} if plan.fields is not None else record

    def writer(self, value: bytes) -> tuple[Mapping[str, Any], int]:
        """The schema that wrote `value`, and where its body begins. Raises UnreadableError as `decode` does."""
        plan = self._plan(value)
        return plan.writer, plan.header_bytes

    # --- which schema wrote it ------------------------------------------------------------------------------------------

    def _plan(self, value: bytes) -> _Plan:
        if (schema_id := id_of(value)) is not None:
            return self._registered(schema_id)
        if not value.startswith(MARKER) or len(value) < HEADER_BYTES:
            reason, message = "NOT_AVRO", "does not begin with an Avro single-object header (c3 01 and eight bytes of fingerprint)"
            raise UnreadableError(reason, message)
        known = self._read.get(value[:HEADER_BYTES])
        if known is None:
            reason, message = "UNKNOWN_SCHEMA", f"written with schema fingerprint {value[2:HEADER_BYTES].hex()}, which is not known here"
            raise UnreadableError(reason, message)
        return _Plan(name=known[0], writer=known[1], header_bytes=HEADER_BYTES)

    def _registered(self, schema_id: int) -> _Plan:
        if self.writers is None:
            message = f"is in the Confluent wire format (schema id {schema_id}), and no schema registry is configured (HOLDFAST_SCHEMA_REGISTRY_URL)"
            raise UnreadableError("NOT_AVRO", message)
        if (plan := self._plans.get((self.writers, schema_id))) is not None:
            return plan
        if schema_id not in self.writers:
            message = f"written with schema id {schema_id}, which the schema registry does not know or has not told yet"
            raise UnreadableError("UNKNOWN_SCHEMA", message)
        try:
            schema = self.writers.schema(schema_id)
        except WriterSchemaError as error:
            raise UnreadableError("INCOMPATIBLE_SCHEMA", f"written with schema id {schema_id}, which {error}") from error
        plan = self._plans[self.writers, schema_id] = self._reading(schema_id, schema, resolves=self.writers.resolves)
        return plan

    def _reading(self, schema_id: int, schema: dict[str, Any], *, resolves: bool) -> _Plan:
        name: str = schema["name"]
        if name not in self._write:
            message = f"written with schema id {schema_id}, which is of a {name}: no record that is known here"
            raise UnreadableError("WRONG_RECORD", message)
        ours = [known for known_name, known in self._read.values() if known_name == name]
        for known in ours:
            if shape(known) == shape(schema):
                return _Plan(name=name, writer=known, header_bytes=ID_HEADER_BYTES)
        if resolves:
            return _Plan(name=name, writer=schema, reader=self._write[name][1], header_bytes=ID_HEADER_BYTES)
        for known in reversed(ours):
            if (longer := extended(schema, known)) is not None:
                fields = tuple(field["name"] for field in known["fields"])
                return _Plan(name=name, writer=_parse(longer), header_bytes=ID_HEADER_BYTES, fields=fields)
        raise _incompatible(name, f"schema id {schema_id} is neither a version that is known here nor one with more fields at its end")


@dataclass(frozen=True)
class _Plan:
    """How to read one record. `reader`: resolve against this; `fields`: keep these alone."""

    name: str
    writer: Any
    header_bytes: int
    reader: Any = None
    fields: tuple[str, ...] | None = None


def _parse(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - fastavro's own
    try:
        return fastavro.parse_schema({key: value for key, value in schema.items() if not key.startswith("__")}, _force=True)
    except SchemaParseException as error:
        raise _incompatible(schema["name"], str(error)) from error


def _check(plan: _Plan, record: object) -> None:
    """Resolution lets a bare number pass where ours has an instant, of which nobody can say how long its unit is. Raises UnreadableError."""
    if (path := misread(record, plan.reader)) is not None:
        raise _incompatible(plan.name, f"{path} is a bare number where ours has a logical type")


def _incompatible(name: str, why: str) -> UnreadableError:
    message = f"is a {name} in a schema that ours cannot be read from ({why[:500]}); write it in a compatible one"
    return UnreadableError("INCOMPATIBLE_SCHEMA", message)


def load(text: str) -> dict[str, Any]:
    """One schema from the text of an .avsc file."""
    return json.loads(text)
