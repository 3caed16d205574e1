"""Record headers: CloudEvents' Kafka binding in binary mode, and the W3C trace context that goes through every hop.

Sources: CloudEvents 1.0 Kafka protocol binding §3.2 (`ce_` headers, UTF-8); W3C Trace Context §3.2 (`traceparent`).
Everything here is derived from the record that caused the output, so that a successor writes the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from services.runtime.ports import Headers, Record

CONTENT_TYPE = b"application/avro"


def event(kind: str, *, source: str, cause: Record, part: str = "") -> Headers:
    """Headers of an output of type `uk.holdfast.<kind>`, made by `source` because of `cause`; `part` tells several outputs of one cause apart."""
    event_id = f"{cause.topic}/{cause.partition}/{cause.offset}/{source}/{part}"
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", f"uk.holdfast.{kind}".encode()),
        ("ce_source", f"/holdfast/{source}".encode()),
        ("ce_time", cause.appended_at.isoformat().encode()),
        ("content-type", CONTENT_TYPE),
        ("traceparent", traceparent(cause)),
    )


def find(headers: Iterable[tuple[str, bytes]], name: str) -> bytes | None:
    """The first header of that name, or None."""
    return next((value for key, value in headers if key == name), None)


def traceparent(cause: Record) -> bytes:
    """The trace that `cause` belongs to; one of its own, derived from where it stands, if it came without."""
    given = find(cause.headers, "traceparent")
    if given is not None:
        return given
    position = hashlib.sha256(f"{cause.topic}/{cause.partition}/{cause.offset}".encode()).hexdigest()
    return f"00-{position[:32]}-{position[32:48]}-01".encode()
