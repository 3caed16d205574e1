"""Upstream records for tests, and what was read of them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.contract import to_avro
from services.intake.adaptors import Read, Refused, Upstream, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.claims import Body, Claim

PAYLOADS = Path(__file__).parent / "payloads"
APPENDED_AT = datetime(2026, 8, 14, 12, tzinfo=UTC)

RECORDED_AT = "2026-08-14T09:00:00Z"
RECORDED = datetime(2026, 8, 14, 9, tzinfo=UTC)
PNC = "2002/0073319Z"
ENVELOPE: Mapping[str, Any] = {"record_id": "r-1", "occurred_at": "2026-08-14T08:00:00Z", "recorded_at": RECORDED_AT}
PERSON: Mapping[str, Any] = {"prisoner_number": "A1234BC"}

B = TypeVar("B", bound="Body")


def upstream(topic: str, value: bytes | Mapping[str, Any] | list[Any], *, offset: int = 7, headers: Mapping[str, str] | None = None) -> Upstream:
    """A record of partition 0; a payload that is no bytes is written as JSON."""
    written = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Upstream(
        topic=topic,
        partition=0,
        offset=offset,
        value=written,
        headers={name: text.encode() for name, text in (headers or {}).items()},
        appended_at=APPENDED_AT,
        sha256=hashlib.sha256(written).hexdigest(),
    )


def stored(name: str) -> Any:
    """One of the stored payloads, to be changed at will."""
    return json.loads((PAYLOADS / name).read_text("utf-8"))


def payload(kind: str, **fields: Any) -> dict[str, Any]:
    """A record of the contract about A1234BC."""
    return {"type": kind, **ENVELOPE, "person": dict(PERSON), **fields}


def act(kind: str, **fields: Any) -> dict[str, Any]:
    """An act on the resolutions topic, signed by two people."""
    return {"type": kind, **ENVELOPE, "by": ["A. Clerk", "B. Governor"], "reason": "Warrant seen", **fields}


def claims_of(record: Upstream) -> tuple[Claim, ...]:
    """The claims of a record that is read."""
    result = read(record)
    assert isinstance(result, Read), result
    return result.claims


def told(topic: str, value: Mapping[str, Any], kind: type[B], **headers: str) -> B:
    """The body of the only claim, the same from JSON and from Avro."""
    in_json = claims_of(upstream(topic, value, headers=headers))
    in_avro = claims_of(upstream(topic, to_avro(topic, value), headers=headers))
    assert [claim.body for claim in in_json] == [claim.body for claim in in_avro]
    (claim,) = in_json
    assert isinstance(claim.body, kind)
    return claim.body


def refusal(record: Upstream) -> Refused:
    """The refusal of a record that is not read."""
    result = read(record)
    assert isinstance(result, Refused), result
    return result


def body_of(claim: Claim, kind: type[B]) -> B:
    """The body of `claim`, which is of that kind."""
    assert isinstance(claim.body, kind)
    return claim.body
