"""The Avro records that a gate reads and writes, as the words of `model.py`."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from holdfast_gate.avro import Registry, UnreadableError, load
from holdfast_gate.model import Notice, NoticeGround, NoticeOrder, RecordRef, Seal, SealedSource

NOTICE = "uk.holdfast.vetoes.Notice"
SEAL = "uk.holdfast.vetoes.Seal"
_FILE_NAME = re.compile(r"(\w+)\.v(\d+)\.avsc")
#: The features of notices that this version of the library knows; a notice that asks for another one vetoes.
FEATURES: frozenset[str] = frozenset()


@cache
def registry() -> Registry:
    """Every schema that ships with this library; of each record the highest version is written."""
    found: list[tuple[str, int, str]] = []
    for each in (files("holdfast_gate") / "schemas").iterdir():
        if name := _FILE_NAME.fullmatch(each.name):
            found.append((name[1], int(name[2]), each.read_text(encoding="utf-8")))
    return Registry(load(text) for _, _, text in sorted(found))


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
    record = _decode_notice(key, value)
    notice = Notice(
        **{
            **record,
            "must_understand": tuple(record["must_understand"]),
            "grounds": tuple(map(_ground, record["grounds"])),
            "orders": tuple(map(_order, record["orders"])),
        }
    )
    if unknown := sorted(set(notice.must_understand) - FEATURES):
        reason, message = "MUST_UNDERSTAND", f"asks for features that this version does not know: {', '.join(unknown)}"
        raise UnreadableError(reason, message)
    return notice


def decode_seal(value: bytes) -> Seal:
    """The seal in `value`. Raises UnreadableError when it is none that this library knows."""
    record = _decode(SEAL, value)
    return Seal(**{**record, "sources": tuple(SealedSource(**each) for each in record["sources"])})


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


def _ground(record: dict[str, Any]) -> NoticeGround:
    return NoticeGround(**{**record, "bars": tuple(record["bars"]), "source": RecordRef(**record["source"])})


def _order(record: dict[str, Any]) -> NoticeOrder:
    return NoticeOrder(**{**record, "missing": tuple(record["missing"]), "source": RecordRef(**record["source"])})
