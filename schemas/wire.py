"""Between the dataclasses of the core and the bytes on the hub's own topics.

A record's dataclass and its schema have the same names for the same fields, so that there is nothing here to map but
tuples, words of closed vocabularies and the body of a claim, which Avro writes with the name of its kind.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args

import cattrs
import fastavro

from holdfast.claims import Adoption, Body, Claim, Fact, Mark, PartitionMark
from holdfast.records import (
    DeadLetter,
    DecisionReport,
    DoubtEntry,
    EnrichmentAnswer,
    EnrichmentRequest,
    GapEntry,
    GatePosition,
    Incident,
    KnownAsEntry,
    LinkEntry,
    PartitionStatus,
    PrisonerStatus,
    ProgressEntry,
    RollEntry,
    StatusHead,
    SubjectEntry,
)
from holdfast_gate.avro import UnreadableError
from holdfast_gate.confluent import Writers
from holdfast_gate.model import Notice, Seal
from schemas import registry

T = TypeVar("T")


def _name(room: str, kind: type) -> str:
    return f"uk.holdfast.{room}.{kind.__name__}"


_ROOMS: Mapping[str, tuple[type, ...]] = {
    "claims": (Claim, PartitionMark),
    "facts": (Fact, Adoption, Mark),
    "vetoes": (Notice, Seal),
    "prisoner_status": (PrisonerStatus, PartitionStatus),
    "identity_links": (LinkEntry, SubjectEntry, DoubtEntry, KnownAsEntry, RollEntry, GapEntry, ProgressEntry),
    "dead_letters": (DeadLetter,),
    "enrichments": (EnrichmentAnswer,),
    "enrichment_requests": (EnrichmentRequest,),
    "incidents": (Incident,),
    "gate_reports": (DecisionReport, GatePosition),
}
#: Every kind of record that stands on the hub's own topics, by the full name of its schema.
KINDS: Mapping[str, type] = {_name(room, kind): kind for room, kinds in _ROOMS.items() for kind in kinds}
_NAMES: Mapping[type, str] = {kind: name for name, kind in KINDS.items()}
_BODIES: Mapping[str, type] = {_name("claims", kind): kind for kind in get_args(Body)}
_BODY_NAMES: Mapping[type, str] = {kind: name for name, kind in _BODIES.items()}
_STATUS = "uk.holdfast.prisoner_status.PrisonerStatus"
_BROKEN = (EOFError, IndexError, ValueError, OverflowError, struct.error, KeyError, TypeError)


def encode(record: object) -> bytes:
    """`record`, one of KINDS (else KeyError), as Avro bytes in the newest version of its schema, in the encoding that this process writes."""
    return registry().encode(_NAMES[type(record)], _CONVERTER.unstructure(record))


def decode(value: bytes) -> Any:  # noqa: ANN401  who reads a topic matches on the kinds that stand there
    """The record in `value`, one of KINDS.

    Raises UnreadableError with the reasons of `Registry.decode`; WRONG_RECORD for one that stands on no topic of the
    hub's own; UNKNOWN_WORD for one that uses a word which this version does not know.
    """
    name, fields = registry().decode(value)
    if (kind := KINDS.get(name)) is None:
        raise UnreadableError("WRONG_RECORD", f"is a {name}, which stands on no topic of the hub's own")
    try:
        return _CONVERTER.structure(fields, kind)
    except (ValueError, KeyError, TypeError) as error:
        message = f"is a {name} that this version cannot read ({error}); update the hub"
        raise UnreadableError("UNKNOWN_WORD", message) from error


def decode_as(kind: type[T], value: bytes) -> T:
    """The record in `value`. Raises UnreadableError as `decode` does; WRONG_RECORD when it is of another kind."""
    record = decode(value)
    if not isinstance(record, kind):
        raise UnreadableError("WRONG_RECORD", f"is a {type(record).__name__}, not a {kind.__name__}")
    return record


def status_head(value: bytes) -> StatusHead:
    """The part of a PrisonerStatus before its entries, which are not looked at. Raises UnreadableError."""
    writer, header_bytes = registry().writer(value)
    if writer["name"] != _STATUS:
        raise UnreadableError("WRONG_RECORD", f"is a {writer['name']}, not a {_STATUS}")
    body = io.BytesIO(value)
    body.seek(header_bytes)
    try:
        return StatusHead(**cast("dict[str, Any]", fastavro.schemaless_reader(body, _head(value[:header_bytes], registry().writers), None)))
    except _BROKEN as error:
        raise UnreadableError("TRUNCATED", f"ends or breaks in the head of a {_STATUS} ({error})") from error


@lru_cache(maxsize=64)
def _head(header: bytes, _: Writers | None) -> Any:  # noqa: ANN401  fastavro's own
    """A schema that ends before the entries, of the version of PrisonerStatus whose records begin with `header`."""
    writer = registry().writer(header)[0]
    names = [field["name"] for field in writer["fields"]]
    head = {key: value for key, value in writer.items() if not key.startswith("__")}
    return fastavro.parse_schema({**head, "fields": writer["fields"][: names.index("entries")]}, _force=True)


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    for kind in (date, datetime, bytes):  # as fastavro wants and gives them
        converter.register_unstructure_hook(kind, _unchanged)
        converter.register_structure_hook(kind, _unchanged)

    def named(body: Body) -> tuple[str, Any]:
        return _BODY_NAMES[type(body)], converter.unstructure(body)

    def body(named: tuple[str, Any], _: object) -> Body:
        return converter.structure(named[1], _BODIES[named[0]])

    converter.register_unstructure_hook(Body, named)
    converter.register_structure_hook(Body, body)
    return converter


def _unchanged(value: Any, _: object = None) -> Any:  # noqa: ANN401
    return value


_CONVERTER = _converter()
