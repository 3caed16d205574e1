"""JSON as it comes off a wire: bare, or inside an SNS notification; and the dates and instants in it.

Every way in which a source writes a time becomes an instant in one function here: `instant` (RFC 3339), `local_instant` (London's wall clock, as
NOMIS and its interfaces write it), `day_instant` (a date alone), `js_instant` (what JavaScript prints of a date).

Sources: Amazon SNS, "HTTP/HTTPS notification JSON format" (Message is a string, MessageAttributes hold Type and Value); RFC 8259; RFC 3339;
ECMA-262, `Date.prototype.toString`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NoReturn, cast

from holdfast.london import LONDON, day_ends, day_starts

JsonObject = dict[str, Any]

#: Instants outside these years are no record of ours: a sentinel such as 9999-12-31 in a version would outrank every correction for ever.
YEARS = range(1970, 2200)
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|z|[+-]\d\d(?::?\d\d)?)(?:\[[\w/+-]{1,40}\])?", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)", re.ASCII)
_JS = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC)([+-]\d{4})(?: \([^()]*\))?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: How often text within text is opened: a queue's envelope, a notification's, and one that somebody put around both.
_ENVELOPES_MAX = 4
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
        found = Opened(content=_json(value))
        for _ in range(_ENVELOPES_MAX):
            if (inner := _inside(found)) is None:
                break
            found = inner
    except (ValueError, RecursionError):
        return None
    return found


def _inside(found: Opened) -> Opened | None:
    """One layer further in: a notification's message, or text that is itself JSON. Raises ValueError for a message that is not JSON."""
    if isinstance(found.content, str) and found.content.lstrip().startswith(("{", '"')):
        return replace(found, content=_json(found.content.encode()))
    if (envelope := _envelope(found.content)) is None:
        return None
    return Opened(
        content=_json(envelope["Message"].encode()),
        enveloped=True,
        attributes={**found.attributes, **_attributes(envelope.get("MessageAttributes"))},
        message_id=_text(envelope.get("MessageId")) or found.message_id,
    )


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


def local_instant(raw: object, *, earliest: bool = False) -> datetime | None:
    """A time with its offset, or without one and then London's; in UTC. None if it is neither.

    When the clocks go back an hour happens twice, and when they go forward one does not happen: then there are two readings. The later one is taken,
    because a later word outranks and a later departure spends more; the `earliest` where the word frees somebody, so that it outranks less.
    """
    if (with_offset := instant(raw)) is not None:
        return with_offset
    if not isinstance(raw, str) or (match := _LOCAL.fullmatch(raw.strip())) is None:
        return None
    try:
        wall = datetime.fromisoformat("T".join(match.groups()))
        readings = [wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)]
    except (ValueError, OverflowError):
        return None
    found = min(readings) if earliest else max(readings)
    return found if found.year in YEARS else None


def day_instant(raw: object, *, end: bool = False) -> datetime | None:
    """A date alone, as the instant at which it began in London, or at its `end`; None if there is no such day.

    A word that frees somebody counts from the beginning of its day, since it may be older than any other of that day.
    """
    found = day(raw)
    if found is None or found.year not in YEARS[1:-1]:
        return None
    return day_ends(found) if end else day_starts(found)


def js_instant(raw: object) -> datetime | None:
    """What JavaScript prints of a date, as in `Fri Feb 26 2016 09:24:20 GMT+0000 (GMT)`, or an RFC 3339 instant; None if it is neither."""
    if (with_offset := instant(raw)) is not None:
        return with_offset
    if not isinstance(raw, str) or (match := _JS.fullmatch(raw.strip())) is None:
        return None
    month, day_of_month, year, time, offset = match.groups()
    return instant(f"{year}-{_MONTHS.index(month) + 1:02}-{day_of_month}T{time}{offset}") if month in _MONTHS else None


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
