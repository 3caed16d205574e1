"""The vectors that vendors check their gates by are what the code makes, and what a plain reading of their page makes."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from holdfast_gate.records import decode_seal
from holdfast_gate.signing import KeyRing
from tests.contract.vectors import DIRECTORY, files

LTHASH, SEALS = (json.loads((DIRECTORY / f"{name}.json").read_text()) for name in ("lthash", "seals"))
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@pytest.mark.parametrize(("path", "text"), list(files()), ids=lambda each: each.stem if isinstance(each, Path) else "")
def test_the_vectors_are_those_that_the_code_makes(path: Path, text: str) -> None:
    """Nothing was changed by hand, and no change of the code went by unseen."""
    assert path.read_text() == text


def test_digests_by_plain_arithmetic() -> None:
    """A sum of lanes, with Python's own integers."""
    lanes = [0] * 1024
    for step in LTHASH["steps"]:
        if step["do"] != "begin":
            key, value = base64.b64decode(step["key"]), base64.b64decode(step["value"])
            stretched = hashlib.shake_128(struct.pack(">I", len(key)) + key + value).digest(2048)
            sign = 1 if step["do"] == "add" else -1
            lanes = [(lane + sign * more) % 65536 for lane, more in zip(lanes, struct.unpack("<1024H", stretched), strict=True)]
        assert base64.b64decode(step["digest"]) == struct.pack("<1024H", *lanes)


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _instant(text: str) -> bytes:
    since = datetime.fromisoformat(text) - EPOCH
    return ((since.days * 86400 + since.seconds) * 10**6 + since.microseconds).to_bytes(8, "big", signed=True)


def _to_sign(seal: dict[str, Any], environment: str) -> bytes:
    message = b"holdfast-seal-v1\x00" + _text(environment.encode()) + _text(seal["key_id"].encode())
    message += seal["partition"].to_bytes(4, "big") + seal["number"].to_bytes(8, "big") + _instant(seal["sealed_at"])
    message += seal["rules_version"].to_bytes(4, "big") + seal["policy_version"].to_bytes(4, "big") + _text(base64.b64decode(seal["digest"]))
    message += len(seal["sources"]).to_bytes(4, "big")
    for source in seal["sources"]:
        as_of = source["caught_up_as_of"]
        message += _text(source["source"].encode()) + (b"\x01" + _instant(as_of) if as_of else b"\x00") + bytes([source["gap"]])
    return message


@pytest.mark.parametrize("case", SEALS["cases"], ids=lambda case: case["name"])
def test_a_seal_is_good_by_the_page_exactly_when_it_is_by_the_code(case: dict[str, Any]) -> None:
    """The bytes, the signature and the key's time, computed from the vectors' own page; and the library's answer for the record."""
    seal, ring = case["seal"], SEALS["key_ring"]
    key = next((key for key in ring["keys"] if key["key_id"] == seal["key_id"]), None)
    good = key is not None and not key["revoked"]
    at = datetime.fromisoformat(seal["sealed_at"])
    if key is not None:
        good = good and (key["not_before"] is None or datetime.fromisoformat(key["not_before"]) <= at)
        good = good and (key["not_after"] is None or at < datetime.fromisoformat(key["not_after"]))
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
            public.verify(base64.b64decode(seal["signature"]), _to_sign(seal, ring["environment"]))
        except InvalidSignature:
            good = False
    assert good is case["good"]
    if case["good"]:
        assert base64.b64decode(case["signed_bytes"]) == _to_sign(seal, ring["environment"])
    fault = KeyRing.from_json(json.dumps(ring)).fault(decode_seal(base64.b64decode(case["record_value"])))
    assert (fault == "", fault) == (case["good"], case["why"])


def test_there_are_both_kinds() -> None:
    """Good seals and bad ones, or the vectors would prove nothing."""
    assert {case["good"] for case in SEALS["cases"]} == {True, False}
