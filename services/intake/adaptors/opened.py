"""JSON as it comes off a wire: bare, or inside an SNS notification; and the dates and instants in it.

Sources: Amazon SNS, "HTTP/HTTPS notification JSON format" (Message is a string, MessageAttributes hold Type and Value); RFC 8259; RFC 3339.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NoReturn, cast

JsonObject = dict[str, Any]

#: Instants outside these years are no record of ours: a sentinel such as 9999-12-31 in a version would outrank every correction for ever.
YEARS = range(1970, 2200)
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|z|[+-]\d\d(?::?\d\d)?)(?:\[[\w/+-]{1,40}\])?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The JSON inside a record, never to be changed. `enveloped`: it came in an SNS notification, whose `attributes` and `message_id` these are."""

    content: object
    enveloped: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    message_id: str | None = None


@lru_cache(maxsize=2)  # adaptors are asked in turn: each would parse the same bytes again
def opened(value: bytes) -> Opened | None:
    """The JSON in `value`, taken out of its SNS envelope if it has one; None when it is not JSON."""
    try:
        content = _json(value)
        if (envelope := _envelope(content)) is None:
            return Opened(content=content)
        return Opened(
            content=_json(envelope["Message"].encode()),
            enveloped=True,
            attributes=_attributes(envelope.get("MessageAttributes")),
            message_id=_text(envelope.get("MessageId")),
        )
    except (ValueError, RecursionError):
        return None


def as_object(content: object) -> JsonObject | None:
    """`content` if it is a JSON object."""
    return cast("JsonObject", content) if isinstance(content, dict) else None


def written(value: bytes, path: str) -> str:
    """What `value` has at a dotted path (list items by index), as a person would recognise it."""
    found = opened(value)
    content = found.content if found else None
    for step in path.split("."):
        match content:
            case dict():
                content = cast("JsonObject", content).get(step)
            case list() if step.isdecimal():
                content = next(islice(cast("list[Any]", content), int(step), None), None)
            case _:
                content = None
    return str(content)[:100]


def instant(raw: object) -> datetime | None:
    """An RFC 3339 instant in UTC, to the microsecond; None if it is none, has no offset, or lies outside 1970 to 2199.

    Java adds the name of the zone in brackets (`ZonedDateTime`, as in 2021-06-25T09:38:02Z[UTC]); the offset says all.
    """
    if not isinstance(raw, str) or (match := _INSTANT.fullmatch(raw.strip())) is None:
        return None
    day, time, offset = match.groups()
    try:
        parsed = datetime.fromisoformat(f"{day}T{time}{offset.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.year in YEARS else None


def day(raw: object) -> date | None:
    """A date written YYYY-MM-DD; None if there is no such day."""
    if not isinstance(raw, str) or _DAY.fullmatch(raw.strip()) is None:
        return None
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        return None


def _json(value: bytes) -> object:
    content: object = json.loads(value.decode("utf-8-sig"), parse_constant=_refuse_constant)
    if _HALF_CHARACTER.search(value):  # it can be read but never written: better refused here than when the claim is encoded
        json.dumps(content, ensure_ascii=False).encode()
    return content


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _envelope(content: object) -> JsonObject | None:
    found = as_object(content)
    sns = found is not None and isinstance(found.get("Message"), str) and (found.get("Type") == "Notification" or "TopicArn" in found)
    return found if sns else None


def _attributes(raw: object) -> dict[str, str]:
    pairs = ((name, _text((as_object(attribute) or {}).get("Value"))) for name, attribute in (as_object(raw) or {}).items())
    return {name: value for name, value in pairs if value is not None}


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None
