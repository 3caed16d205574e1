"""Avro single-object encoding: two marker bytes, the schema's CRC-64-AVRO fingerprint, the body.

Source: Apache Avro specification, "Single-object encoding". The first bytes decide the encoding, so that the Confluent wire format
(a zero byte first) can be told apart.
"""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARKER = b"\xc3\x01"
HEADER_BYTES = 10


class UnreadableError(ValueError):
    """Bytes are not a record that this registry knows. `reason` is one of the codes below; `str()` says what, where and how to mend it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Registry:
    """Encodes and decodes the records of a fixed set of schemas; every version given can be read, the last of each name is written."""

    def __init__(self, schemas: Iterable[Mapping[str, Any]]) -> None:
        self._write: dict[str, tuple[bytes, Any]] = {}
        self._read: dict[bytes, tuple[str, Any]] = {}
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

    def encode(self, name: str, record: Mapping[str, Any]) -> bytes:
        """`record` as bytes in the newest schema of `name`. Raises ValueError (or fastavro's) when it does not fit."""
        prefix, schema = self._write[name]
        out = io.BytesIO()
        out.write(prefix)
        fastavro.schemaless_writer(out, schema, record, strict=True)
        return out.getvalue()

    def decode(self, value: bytes) -> tuple[str, dict[str, Any]]:
        """Full name and record of `value`, read with the schema that wrote it.

        Raises UnreadableError with reason NOT_AVRO, UNKNOWN_SCHEMA, TRUNCATED or TRAILING_BYTES.
        """
        if not value.startswith(MARKER) or len(value) < HEADER_BYTES:
            reason, message = "NOT_AVRO", "does not begin with an Avro single-object header (c3 01 and eight bytes of fingerprint)"
            raise UnreadableError(reason, message)
        known = self._read.get(value[:HEADER_BYTES])
        if known is None:
            reason, message = "UNKNOWN_SCHEMA", f"written with schema fingerprint {value[2:HEADER_BYTES].hex()}, which is not known here"
            raise UnreadableError(reason, message)
        name, schema = known
        body = io.BytesIO(value)
        body.seek(HEADER_BYTES)
        try:
            record: Any = fastavro.schemaless_reader(body, schema, None, return_record_name=True, return_record_name_override=True)
        except (EOFError, IndexError, ValueError, OverflowError, struct.error, UnicodeDecodeError, KeyError, TypeError) as error:
            reason, message = "TRUNCATED", f"ends or breaks before {name} is complete ({type(error).__name__}: {error})"
            raise UnreadableError(reason, message) from error
        if body.tell() != len(value):
            reason, message = "TRAILING_BYTES", f"{len(value) - body.tell()} bytes follow after a complete {name}"
            raise UnreadableError(reason, message)
        return name, record


def load(text: str) -> dict[str, Any]:
    """One schema from the text of an .avsc file."""
    return json.loads(text)
