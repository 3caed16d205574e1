"""Upstream records of the contract dialect: Avro single-object bytes, and the same records as plain JSON.

`schemas/plain.py` says what plain JSON is here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import UnreadableError
from schemas import names_by_type, registry
from schemas.plain import PayloadError, fit, nearest, shown

__all__ = ["PayloadError", "from_avro", "from_json", "to_avro"]


def from_avro(value: bytes, *, topic: str | None = None) -> tuple[str, dict[str, Any]]:
    """The `type` and the fields of an upstream record of `topic`, or of any upstream topic.

    Raises UnreadableError with the reasons of `Registry.decode`; WRONG_RECORD for one that has no place on the topic,
    or that calls itself something else than its schema does.
    """
    name, record = registry().decode(value)
    kind = record.get("type")
    places = [topic] if topic else SOURCE_OF_TOPIC
    if not isinstance(kind, str) or all(names_by_type(place).get(kind) != name for place in places):
        message = f"is a {name} that calls itself {shown(kind)}, which has no place on {' or '.join(places)}"
        raise UnreadableError("WRONG_RECORD", message)
    return kind, record


def to_avro(topic: str, payload: Mapping[str, Any]) -> bytes:
    """A plain-JSON payload, in which dates may be objects, as an Avro record of `topic`. Raises PayloadError."""
    name = names_by_type(topic)[_type(topic, payload)]
    return registry().encode(name, fit(name, payload))


def from_json(topic: str, value: bytes) -> tuple[str, dict[str, Any], list[str]]:
    """What `from_avro` gives, from a plain-JSON record of `topic`; and the paths of dates in it that cannot exist.

    A date or instant that is well written but cannot exist (2025-02-30) comes as None, with its path in the third part:
    it becomes a query, not an unreadable record. Raises PayloadError for every other misfit.
    """
    payload = _parse(value)
    kind = _type(topic, payload)
    problems: list[str] = []
    return kind, fit(names_by_type(topic)[kind], payload, problems), problems


def _parse(value: bytes) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(value.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except PayloadError:
        raise
    except (ValueError, RecursionError) as error:
        raise PayloadError("NOT_JSON", "", f"is not JSON in UTF-8 ({error})", "send one JSON object") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PayloadError("NOT_JSON", "", f"names {twice} twice in one object", "keep one")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise PayloadError("NOT_JSON", "", f"{name} is not JSON", "send a number or null")


def _type(topic: str, payload: object) -> str:
    types = names_by_type(topic)
    if not types:
        raise PayloadError("UNKNOWN_TYPE", "", f"{topic} is not an upstream topic", "publish to one that is")
    if not isinstance(payload, Mapping):
        raise PayloadError("WRONG_VALUE", "", f"is {shown(payload)}", "send one JSON object")
    kind = cast("Mapping[str, Any]", payload).get("type")
    if kind is None:
        raise PayloadError("MISSING_FIELD", "type", "is missing", f"write one of {', '.join(types)}")
    if not isinstance(kind, str) or kind not in types:
        raise PayloadError("UNKNOWN_TYPE", "type", f"{shown(kind)} is no type of {topic}", nearest(kind, types))
    return kind
