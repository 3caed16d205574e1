"""The Avro records that a gate reads and writes, as the words of `model.py`."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from holdfast_gate.avro import Registry, UnreadableError, load
from holdfast_gate.model import Notice, NoticeCheck, NoticeGround, NoticeOrder, RecordRef, Seal, SealedSource

NOTICE = "uk.holdfast.vetoes.Notice"
SEAL = "uk.holdfast.vetoes.Seal"
_FILE_NAME = re.compile(r"(\w+)\.v(\d+)\.avsc")
#: The features of notices that this version of the library knows; a notice that asks for another one vetoes.
FEATURES: frozenset[str] = frozenset()


@cache
def registry() -> Registry:
    """Every schema that ships with this library; of each record the highest version is written."""
    found = [
        (name[1], int(name[2]), each.read_text(encoding="utf-8"))
        for each in (files("holdfast_gate") / "schemas").iterdir()
        if (name := _FILE_NAME.fullmatch(each.name))
    ]
    return Registry(load(text) for _, _, text in sorted(found))


def full_name(record: str) -> str:
    """The full name of the record of that name. Raises KeyError when no schema of it ships with this library."""
    for name in registry().names:
        if name.rpartition(".")[2] == record:
            return name
    raise KeyError(record)


def encode_notice(notice: Notice) -> bytes:
    """The bytes of `notice`."""
    return registry().encode(NOTICE, asdict(notice))


def encode_seal(seal: Seal) -> bytes:
    """The bytes of `seal`."""
    return registry().encode(SEAL, asdict(seal))


def version_of(key: bytes, value: bytes) -> tuple[int, int]:
    """The version of the notice in `value`, filed under `key`.

    Raises UnreadableError when it is no notice that this library knows, or names another prisoner than its key.
    """
    record = _decode_notice(key, value)
    return record["facts_offset"], record["rules_version"]


def decode_notice(key: bytes, value: bytes) -> Notice:
    """The notice in `value`, filed under `key`.

    Raises UnreadableError when it is none that this library knows, asks for a feature that it does not know, or names another
    prisoner than its key.
    """
    fields = _decode_notice(key, value)
    fields["must_understand"] = tuple(fields["must_understand"])
    fields["grounds"] = tuple(map(_ground, fields["grounds"]))
    fields["orders"] = tuple(map(_order, fields["orders"]))
    fields["checks"] = tuple(map(_check, fields["checks"]))
    notice = Notice(**fields)
    if unknown := sorted(set(notice.must_understand) - FEATURES):
        reason, message = "MUST_UNDERSTAND", f"asks for features that this version does not know: {', '.join(unknown)}"
        raise UnreadableError(reason, message)
    return notice


def decode_seal(value: bytes) -> Seal:
    """The seal in `value`. Raises UnreadableError when it is none that this library knows."""
    fields = _decode(SEAL, value)
    fields["sources"] = tuple(SealedSource(**each) for each in fields["sources"])
    return Seal(**fields)


def _decode_notice(key: bytes, value: bytes) -> dict[str, Any]:
    record = _decode(NOTICE, value)
    if record["prisoner_number"].encode() != key:
        reason, message = "WRONG_KEY", f"speaks of {record['prisoner_number']}, under the key {key!r}"
        raise UnreadableError(reason, message)
    return record


def _decode(name: str, value: bytes) -> dict[str, Any]:
    found, record = registry().decode(value)
    if found != name:
        reason, message = "WRONG_RECORD", f"is a {found}, not a {name}"
        raise UnreadableError(reason, message)
    return record


def _ground(fields: dict[str, Any]) -> NoticeGround:
    fields["bars"] = tuple(fields["bars"])
    fields["source"] = RecordRef(**fields["source"])
    return NoticeGround(**fields)


def _order(fields: dict[str, Any]) -> NoticeOrder:
    fields["missing"] = tuple(fields["missing"])
    fields["source"] = RecordRef(**fields["source"])
    return NoticeOrder(**fields)


def _check(fields: dict[str, Any]) -> NoticeCheck:
    for name in ("exits", "roles", "other_than"):
        fields[name] = tuple(fields[name])
    return NoticeCheck(**fields)
