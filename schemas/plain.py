"""Records as plain JSON: what people write in examples and scenarios, and publishers may send.

A union is bare, an enum a string, a date `YYYY-MM-DD`, an instant RFC 3339 with its offset, bytes are base64. Where a
union has several records, as the body of a claim, it is one object under the full name: `{"uk.holdfast.claims.Merge":
{…}}`. Where text is wanted a whole number will do, and the other way round, because publishers differ in how they write
ids; nothing else is converted.
"""

from __future__ import annotations

import base64
import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache, partial
from typing import Any, cast

from schemas import Schema, newest

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DATE.pattern + r"[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
_LEGIBLE_LENGTH = 300
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60


class PayloadError(ValueError):
    """A payload is not the record that it should be.

    `path` is where (dotted, list items by index; empty for the whole), `problem` what is wrong, `hint` how to mend it.
    `reason` is NOT_JSON, UNKNOWN_TYPE, UNKNOWN_FIELD, MISSING_FIELD or WRONG_VALUE.
    """

    def __init__(self, reason: str, path: str, problem: str, hint: str) -> None:
        self.reason = reason
        self.path = _legible(path)
        self.problem = _legible(problem)
        self.hint = hint
        super().__init__(f"{self.path or 'payload'}: {self.problem}; {hint}")


def fit(name: str, payload: object, problems: list[str] | None = None) -> dict[str, Any]:
    """The fields of the record `name`, from plain JSON, as Avro takes and gives them; defaults are filled in.

    With `problems`, a date or instant that is well written but cannot exist becomes None, and its path is added to that
    list. Raises PayloadError for every other misfit.
    """
    return _Fitting(_named_types(name), problems).record(newest()[name].schema, payload, "")


def shown(value: object) -> str:
    """`value` for a message: enough of it to recognise it by, whatever its length and depth."""
    return _REPR.repr(value)


def _legible(text: str) -> str:
    # A payload's own words can be of any length and hold halves of characters, and a dead letter must still be written.
    return text[:_LEGIBLE_LENGTH].encode(errors="backslashreplace").decode()


def nearest(word: object, known: Iterable[str]) -> str:
    """A hint at what was meant by `word`."""
    found = get_close_matches(str(word), known := list(known), n=1)
    return f"did you mean {found[0]}?" if found else f"known are {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Fits plain JSON to a schema with these named types. `problems` takes in impossible dates; None refuses them."""

    types: Mapping[str, Schema]
    problems: list[str] | None

    def record(self, schema: Schema, value: object, path: str) -> dict[str, Any]:
        """The fields of a record, defaults filled in."""
        if not isinstance(value, Mapping):
            raise _wrong(path, value, "write an object")
        given = cast("Mapping[str, Any]", value)
        fields = {field["name"]: field for field in schema["fields"]}
        for name in given:
            if name not in fields:
                problem = f"{schema['name']} has no such field"
                raise PayloadError("UNKNOWN_FIELD", _join(path, name), problem, nearest(name, fields))
        return {name: self._field(field, given, _join(path, name)) for name, field in fields.items()}

    def _field(self, field: Schema, given: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  as the schema has it
        if field["name"] in given:
            return self.value(field["type"], given[field["name"]], path)
        if "default" in field:
            return self.value(field["type"], field["default"], path)
        raise PayloadError("MISSING_FIELD", path, "is missing", field["doc"])

    def value(self, schema: Any, value: Any, path: str) -> Any:  # noqa: ANN401  as the schema has it
        """A value of any type that the schemas use."""
        match schema:
            case ["null", wanted]:
                return None if value is None else self.value(wanted, value, path)
            case list():
                return self._one_of(cast("list[Schema]", schema), value, path)
            case str() if schema in _PRIMITIVE:
                return _PRIMITIVE[schema](value, path)
            case {"logicalType": "date"}:
                return self._day(value, path)
            case {"logicalType": "timestamp-micros"}:
                return self._instant(value, path)
            case {"type": "array", "items": items} if isinstance(value, list | tuple):
                return [self.value(items, each, _join(path, str(n))) for n, each in enumerate(cast("list[Any]", value))]
            case {"type": "array"}:
                raise _wrong(path, value, "write a list")
            case {"type": "enum", "symbols": symbols}:
                if value not in symbols:
                    raise _wrong(path, value, nearest(value, symbols))
                return value
            case {"type": "record"}:
                return self.record(schema, value, path)
            case {"type": "fixed", "size": size}:
                if len(octets := _octets(value, path)) != size:
                    raise _wrong(path, value, f"write {size} bytes in base64")
                return octets
            case _:
                return self.value(self.types[schema], value, path)

    def _one_of(self, union: list[Schema], value: object, path: str) -> tuple[str, dict[str, Any]]:
        names = [name for name, schema in self.types.items() if schema in union]
        match value:
            case {**items} if len(items) == 1 and (name := str(next(iter(items)))) in names:
                return name, self.record(self.types[name], items[name], _join(path, name))
            case _:
                raise _wrong(path, value, f"write {{name: {{…}}}} with one of {', '.join(names)}")

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
        problem = "holds half of a character (a lone surrogate)"
        raise PayloadError("WRONG_VALUE", path, problem, "send whole characters") from error
    return value


def _whole_number(value: object, path: str, bits: int) -> int:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    limit = 1 << bits - 1
    if not isinstance(value, int) or isinstance(value, bool) or not -limit <= value < limit:
        raise _wrong(path, value, f"write a whole number of at most {bits} bits")
    return value


def _truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, value, "write true or false")
    return value


def _octets(value: object, path: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(cast("str", value), validate=True)
    except (TypeError, ValueError) as error:
        raise _wrong(path, value, "write bytes in base64") from error


def _wrong(path: str, value: object, hint: str) -> PayloadError:
    return PayloadError("WRONG_VALUE", path, f"cannot be {shown(value)}", hint)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_PRIMITIVE: Mapping[str, Callable[[object, str], Any]] = {
    "string": _text,
    "int": partial(_whole_number, bits=32),
    "long": partial(_whole_number, bits=64),
    "boolean": _truth,
    "bytes": _octets,
}


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
