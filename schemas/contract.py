"""Upstream records of the contract dialect: Avro single-object bytes, and the same records as plain JSON.

In plain JSON a union is bare, an enum a string, a date `YYYY-MM-DD`, an instant RFC 3339 with its offset. Where text is wanted a
whole number will do, and the other way round, because publishers differ in how they write ids; nothing else is converted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Any, NoReturn, cast

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import UnreadableError
from schemas import Schema, names_by_type, newest, registry

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
_BITS = {"int": 32, "long": 64}


class PayloadError(ValueError):
    """A payload is no record of its topic.

    `path` is where (dotted, list items by index; empty for the whole), `problem` what is wrong, `hint` how to mend it. `reason` is
    NOT_JSON, UNKNOWN_TYPE, UNKNOWN_FIELD, MISSING_FIELD or WRONG_VALUE.
    """

    def __init__(self, reason: str, path: str, problem: str, hint: str) -> None:
        super().__init__(f"{path or 'payload'}: {problem}; {hint}")
        self.reason = reason
        self.path = path
        self.problem = problem
        self.hint = hint


def from_avro(value: bytes, *, topic: str | None = None) -> tuple[str, dict[str, Any]]:
    """The `type` and the fields of an upstream record of `topic`, or of any upstream topic.

    Raises UnreadableError with the reasons of `Registry.decode`; WRONG_RECORD for one that has no place on the topic, or that calls
    itself something else than its schema does.
    """
    name, record = registry().decode(value)
    types = {kind: known for each in ([topic] if topic else SOURCE_OF_TOPIC) for kind, known in names_by_type(each).items()}
    kind = record.get("type")
    if not isinstance(kind, str) or types.get(kind) != name:
        message = f"is a {name} of type {kind}, which has no place on {topic or 'an upstream topic'}"
        raise UnreadableError("WRONG_RECORD", message)
    return kind, record


def to_avro(topic: str, payload: Mapping[str, Any]) -> bytes:
    """A plain-JSON payload (dates and instants may be objects too) as an Avro record of `topic`. Raises PayloadError."""
    kind = _type(topic, payload)
    name = names_by_type(topic)[kind]
    return registry().encode(name, _Fitting(_named_types(name)).record(newest()[name].schema, payload, ""))


def from_json(topic: str, value: bytes) -> tuple[str, dict[str, Any], list[str]]:
    """The `type` and the fields, as `from_avro` gives them, of a plain-JSON record of `topic`, and what in it cannot exist.

    A date or instant that is well written but cannot exist (2025-02-30) comes as None with its path among the problems: it becomes
    a query, not an unreadable record. Raises PayloadError for every other misfit.
    """
    payload = _parse(value)
    problems: list[str] = []
    kind = _type(topic, payload)
    name = names_by_type(topic)[kind]
    return kind, _Fitting(_named_types(name), problems).record(newest()[name].schema, payload, ""), problems


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
        raise PayloadError("WRONG_VALUE", "", f"is {_shown(payload)}", "send one JSON object")
    kind = cast("Mapping[str, Any]", payload).get("type")
    if kind is None:
        raise PayloadError("MISSING_FIELD", "type", "is missing", f"write one of {', '.join(types)}")
    if not isinstance(kind, str) or kind not in types:
        raise PayloadError("UNKNOWN_TYPE", "type", f"{_shown(kind)} is no type of {topic}", _nearest(kind, types))
    return kind


# --- fitting a payload to its schema ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Fits plain JSON to a schema. `types` are its named types; with `problems`, impossible dates are listed there and not refused."""

    types: Mapping[str, Schema]
    problems: list[str] | None = None

    def record(self, schema: Schema, value: object, path: str) -> dict[str, Any]:
        """The fields of a record, defaults filled in."""
        if not isinstance(value, Mapping):
            raise _wrong(path, value, "write an object")
        given = cast("Mapping[str, Any]", value)
        fields = {field["name"]: field for field in schema["fields"]}
        for name in given:
            if name not in fields:
                raise PayloadError("UNKNOWN_FIELD", _join(path, name), f"{schema['name']} has no such field", _nearest(name, fields))
        return {name: self._field(field, given, _join(path, name)) for name, field in fields.items()}

    def _field(self, field: Mapping[str, Any], given: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  as the schema has it
        if field["name"] in given:
            return self.value(field["type"], given[field["name"]], path)
        if "default" in field:
            return self.value(field["type"], field["default"], path)
        raise PayloadError("MISSING_FIELD", path, "is missing", field["doc"])

    def value(self, schema: Any, value: Any, path: str) -> Any:  # noqa: ANN401, PLR0911  as the schema has it; one line per kind
        """A value of any type that upstream schemas use."""
        match schema:
            case ["null", wanted]:
                return None if value is None else self.value(wanted, value, path)
            case "string":
                return _text(value, path)
            case "int" | "long":
                return _whole_number(value, path, _BITS[schema])
            case {"logicalType": "date"}:
                return self._day(value, path)
            case {"logicalType": "timestamp-micros"}:
                return self._instant(value, path)
            case {"type": "array", "items": items} if isinstance(value, list | tuple):
                return [self.value(items, each, _join(path, str(n))) for n, each in enumerate(cast("list[Any]", value))]
            case {"type": "array"}:
                raise _wrong(path, value, "write a list")
            case {"type": "enum", "symbols": symbols}:
                return value if value in symbols else _refuse(path, value, _nearest(value, symbols))
            case {"type": "record"}:
                return self.record(schema, value, path)
            case _:
                return self.value(self.types[schema], value, path)

    def _day(self, value: object, path: str) -> date | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise _wrong(path, value, "write a date as YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError:
            return self._impossible(value, path)

    def _instant(self, value: object, path: str) -> datetime | None:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise _wrong(path, value, "write an instant with its offset, as 2025-10-24T08:00:00Z")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            return self._impossible(value, path)

    def _impossible(self, value: str, path: str) -> None:
        if self.problems is None:
            raise PayloadError("WRONG_VALUE", path, f"{value} cannot exist", "write a day and a time that can")
        self.problems.append(path)


def _text(value: object, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _wrong(path, value, "write text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PayloadError("WRONG_VALUE", path, "holds half of a character (a lone surrogate)", "send whole characters") from error
    return value


def _whole_number(value: object, path: str, bits: int) -> int:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise _wrong(path, value, f"write a whole number of at most {bits} bits")
    return value


def _refuse(path: str, value: object, hint: str) -> NoReturn:
    raise _wrong(path, value, hint)


def _wrong(path: str, value: object, hint: str) -> PayloadError:
    return PayloadError("WRONG_VALUE", path, f"cannot be {_shown(value)}", hint)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004  enough to recognise it by


def _nearest(word: object, known: Mapping[str, Any] | list[str]) -> str:
    found = get_close_matches(str(word), list(known), n=1)
    return f"did you mean {found[0]}?" if found else f"known are {', '.join(known)}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _named_types(name: str) -> Mapping[str, Schema]:
    return {f"{namespace}.{schema['name']}": schema for namespace, schema in _definitions(newest()[name].schema, "")}


def _definitions(node: Any, namespace: str) -> Iterator[tuple[str, Schema]]:  # noqa: ANN401  a schema is any JSON
    match node:
        case list():
            for each in cast("list[Any]", node):
                yield from _definitions(each, namespace)
        case {"type": "record" | "enum"}:
            namespace = node.get("namespace", namespace)
            yield namespace, node
            for field in node.get("fields", []):
                yield from _definitions(field["type"], namespace)
        case {"type": "array"}:
            yield from _definitions(node["items"], namespace)
        case _:
            return
