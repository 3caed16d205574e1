"""The vectors in `schemas/vectors/`, made from the code: `python -m tests.contract.vectors` writes them anew."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from holdfast_gate.lthash import LtHash
from holdfast_gate.model import Notice, Seal, SealedSource
from holdfast_gate.partitioner import partition_of
from holdfast_gate.records import encode_notice, encode_seal
from holdfast_gate.signing import KeyRing, SealKey, canonical, signed

DIRECTORY = Path(__file__).parents[2] / "schemas" / "vectors"
AT = datetime(2025, 10, 24, 8, 0, 0, 123456, tzinfo=UTC)
KEY = SealKey.from_seed("example", "2025-10", bytes(range(32)))
NEXT = SealKey.from_seed("example", "2025-11", bytes(range(32, 64)))
LOST = SealKey.from_seed("example", "2025-09", bytes(range(64, 96)))
STRANGER = SealKey.from_seed("example", "2025-10", bytes(range(96, 128)))
ELSEWHERE = SealKey.from_seed("staging", "2025-10", bytes(range(32)))
RING = KeyRing(
    "example",
    (
        replace(KEY.public, not_after=AT + timedelta(hours=1)),
        replace(NEXT.public, not_before=AT - timedelta(hours=1)),
        replace(LOST.public, revoked=True),
    ),
)


def b64(value: bytes) -> str:
    """Bytes as the vectors write them."""
    return base64.b64encode(value).decode()


def lthash() -> dict[str, Any]:
    """Elements that come and go, and the digest after each."""
    digest = LtHash()
    steps: list[dict[str, str]] = [{"do": "begin", "digest": b64(digest.digest())}]
    first, second = (encode_notice(Notice("A1234BC", offset, 1, 0, AT, (), ())) for offset in (7, 9))
    elements = [(b"A1234BC", first), (b"B1234BC", b"\x00\xff"), (b"A1234B", b"C"), (b"", b"")]
    moves = [("add", *element) for element in elements] + [("remove", b"A1234BC", first), ("add", b"A1234BC", second), ("remove", b"", b"")]
    for move, key, value in moves:
        (digest.add if move == "add" else digest.remove)(key, value)
        steps.append({"do": move, "key": b64(key), "value": b64(value), "digest": b64(digest.digest())})
    return {"about": "LtHash over (key, value) pairs; see README.md. All bytes in base64.", "steps": steps}


def seals() -> dict[str, Any]:
    """Seals, the bytes that are signed, and which of them a gate with this ring takes."""
    digest = LtHash()
    digest.add(b"A1234BC", encode_notice(Notice("A1234BC", 7, 1, 0, AT, (), ())))
    sources = (SealedSource("court", AT - timedelta(seconds=1), gap=False), SealedSource("custody", None, gap=True))
    seal = Seal(0, 8, AT, digest.digest(), sources, 3, 1)
    good = signed(seal, KEY)
    cases = [
        ("signed with a key that is about to end", good, "example"),
        ("signed with the key that takes its place", signed(seal, NEXT), "example"),
        ("no sources, another partition, a later number", signed(Seal(2, 2**40, AT, LtHash().digest(), (), 3, 0), KEY), "example"),
        ("a time before 1970", signed(replace(seal, sealed_at=datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)), KEY), "example"),
        ("not signed", seal, "example"),
        ("signed by a stranger under a known name", signed(seal, STRANGER), "example"),
        ("signed for another environment", signed(seal, ELSEWHERE), "staging"),
        ("signed with a revoked key", signed(seal, LOST), "example"),
        ("signed with a key that has ended", signed(replace(seal, sealed_at=AT + timedelta(hours=1)), KEY), "example"),
        ("signed with a key before its time", signed(replace(seal, sealed_at=AT - timedelta(hours=2)), NEXT), "example"),
        ("its number was changed", replace(good, number=9), "example"),
        ("its time was changed", replace(good, sealed_at=AT + timedelta(microseconds=1)), "example"),
        ("a gap was hidden", replace(good, sources=(sources[0], replace(sources[1], gap=False))), "example"),
        ("a source was made younger", replace(good, sources=(replace(sources[0], caught_up_as_of=AT), sources[1])), "example"),
        ("a bit of its digest was changed", replace(good, digest=bytes([good.digest[0] ^ 1]) + good.digest[1:]), "example"),
        ("the policy version was changed", replace(good, policy_version=0), "example"),
        ("the last byte of its signature is missing", replace(good, signature=good.signature[:-1]), "example"),
    ]
    return {
        "about": "Seals, and whether a gate with this key ring takes them; see README.md. Bytes in base64, instants in UTC.",
        "key_ring": json.loads(RING.as_json()),
        "private_keys": [json.loads(key.as_json()) for key in (KEY, NEXT)],
        "cases": [
            {
                "name": name,
                "good": not RING.fault(each),
                "why": RING.fault(each),
                "seal": _plain(each),
                "signed_bytes": b64(canonical(each, environment)),
                "record_value": b64(encode_seal(each)),
            }
            for name, each, environment in cases
        ],
    }


def partitions() -> dict[str, Any]:
    """Which partition of `vetoes` a prisoner is in."""
    numbers = ["A1234BC", "A0001AA", "Z9999ZZ", "G4521UD"]
    return {
        "about": "Kafka's default partitioner: murmur2 of the key, made positive, modulo the number of partitions.",
        "cases": [
            {"key": number, "partitions": count, "partition": partition_of(number.encode(), count)} for number in numbers for count in (1, 2, 3, 12)
        ],
    }


def _plain(seal: Seal) -> dict[str, Any]:
    fields = asdict(seal)
    sources = [{**each, "caught_up_as_of": each["caught_up_as_of"] and each["caught_up_as_of"].isoformat()} for each in fields["sources"]]
    return {**fields, "sealed_at": seal.sealed_at.isoformat(), "digest": b64(seal.digest), "signature": b64(seal.signature), "sources": sources}


def files() -> Iterator[tuple[Path, str]]:
    """Every file of vectors, and what must be in it."""
    for name, content in (("lthash", lthash()), ("seals", seals()), ("partitions", partitions())):
        yield DIRECTORY / f"{name}.json", json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text)
