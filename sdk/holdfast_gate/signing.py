"""Signed seals: whether a seal was made by the hub of this environment, with a key that is good for its time.

A seal is signed with Ed25519 (RFC 8032) over the bytes of `canonical`, which are laid out here and in `schemas/vectors/` and depend on no encoding
of records. Its digest speaks for every notice of the partition, so that one signature a second covers them all.

A key ring names the public keys of one environment. While a key gives way to the next both are in it: a ring with the new key is given to every gate
first, then the hub signs with it, and when no gate needs the old one any more it gets an end. A revoked key has never been good.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from holdfast_gate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from holdfast_gate.model import Seal

#: What the signed bytes begin with, so that a signature over anything else is never one over a seal.
DOMAIN = b"holdfast-seal-v1\0"
KEY_BYTES = 32
#: More keys than any environment needs, and more text than a file of them has.
KEYS_MAX = 64
NAME_MAX = 100
FILE_MAX_BYTES = 64 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class KeyFileError(ConfigError):
    """A key, or a ring of keys, cannot be used; the message says which, why, and how to mend it."""


# --- what is signed --------------------------------------------------------------------------------------------------------------


def canonical(seal: Seal, environment: str) -> bytes:
    """The bytes that the signature of `seal` is over; its `signature` is no part of them.

    Numbers are big-endian; a text is its length in bytes as 32 bits and then its UTF-8; an instant is the microseconds since 1970, as 64 bits:

        "holdfast-seal-v1" 00, text environment, text key_id, i32 partition, i64 number, i64 sealed_at, i32 rules_version, i32 policy_version,
        text digest, u32 how many sources, and of each, in the order of the seal: text source, u8 1 and i64 caught_up_as_of (or u8 0), u8 gap
    """
    parts = [
        DOMAIN,
        _text(environment.encode()),
        _text(seal.key_id.encode()),
        struct.pack(">iqqii", seal.partition, seal.number, _micros(seal.sealed_at), seal.rules_version, seal.policy_version),
        _text(seal.digest),
        struct.pack(">I", len(seal.sources)),
    ]
    for source in seal.sources:
        as_of = source.caught_up_as_of
        parts += [_text(source.source.encode()), b"\0" if as_of is None else struct.pack(">Bq", 1, _micros(as_of)), struct.pack(">B", source.gap)]
    return b"".join(parts)


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


# --- the hub's key ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SealKey:
    """A private key, for one environment."""

    environment: str
    key_id: str
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, environment: str, key_id: str) -> SealKey:
        """A key that nobody has yet."""
        return cls(environment, key_id, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, environment: str, key_id: str, seed: bytes) -> SealKey:
        """The key of these 32 bytes (RFC 8032, 5.1.5). Raises ValueError for another length."""
        return cls(environment, key_id, Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_json(cls, text: str) -> SealKey:
        """The key that `as_json` wrote. Raises KeyFileError."""
        fields = _fields(text, "a private key", {"environment", "key_id", "private_key"})
        return cls.from_seed(_word(fields, "environment"), _word(fields, "key_id"), _key_bytes(fields, "private_key"))

    def as_json(self) -> str:
        """The key as a file keeps it. Who has it can speak for the hub."""
        secret = base64.b64encode(self.private.private_bytes_raw()).decode()
        return json.dumps({"environment": self.environment, "key_id": self.key_id, "private_key": secret}, indent=1) + "\n"

    @property
    def public(self) -> PublicKey:
        """What a ring holds of it."""
        return PublicKey(key_id=self.key_id, key=self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.private.sign(message)


def signed(seal: Seal, key: SealKey) -> Seal:
    """`seal`, signed with `key`."""
    named = replace(seal, key_id=key.key_id)
    return replace(named, signature=key.sign(canonical(named, key.environment)))


# --- the gates' ring -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One key of a ring. It is good for seals of `not_before <= sealed_at < not_after`; where revoked, for none."""

    key_id: str
    key: bytes
    not_before: datetime | None = None
    not_after: datetime | None = None
    revoked: bool = False

    def fault(self, seal: Seal, environment: str) -> str:
        """Why `seal` is not one that this key signed; empty if it is."""
        if self.revoked:
            return f"it is signed with the key {self.key_id!r}, which is revoked"
        if self.not_before is not None and seal.sealed_at < self.not_before:
            return f"it is signed with the key {self.key_id!r}, which is good from {self.not_before.isoformat()}"
        if self.not_after is not None and seal.sealed_at >= self.not_after:
            return f"it is signed with the key {self.key_id!r}, which was good until {self.not_after.isoformat()}"
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(seal.signature, canonical(seal, environment))
        except InvalidSignature:
            return f"its signature is not that of the key {self.key_id!r} for the environment {environment!r}"
        return ""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The public keys by which gates of one environment know the hub. Raises KeyFileError for one that is empty or names a key twice."""

    environment: str
    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        """See that it can tell who signed."""
        names = [key.key_id for key in self.keys]
        if not names:
            message = "a key ring without keys knows no hub: add the hub's public key (holdfast keys add)"
            raise KeyFileError(message)
        if len(set(names)) < len(names) or len(names) > KEYS_MAX:
            message = f"a key ring names each key once, and {KEYS_MAX} at most: {', '.join(sorted(names)[: KEYS_MAX + 1])}"
            raise KeyFileError(message)

    @classmethod
    def of(cls, *keys: SealKey) -> KeyRing:
        """A ring that knows these keys, of one environment."""
        return cls(keys[0].environment, tuple(key.public for key in keys))

    @classmethod
    def read(cls, path: Path) -> KeyRing:
        """The ring in the file at `path`. Raises KeyFileError."""
        try:
            with path.open("rb") as file:
                raw = file.read(FILE_MAX_BYTES + 1)
            text = raw.decode()
        except (OSError, UnicodeDecodeError) as error:
            message = f"the key ring {path} cannot be read ({error}): give gates the ring of their environment (HOLDFAST_GATE_KEY_RING)"
            raise KeyFileError(message) from error
        if len(raw) > FILE_MAX_BYTES:
            message = f"the key ring {path} is larger than {FILE_MAX_BYTES} bytes: it is no key ring"
            raise KeyFileError(message)
        try:
            return cls.from_json(text)
        except KeyFileError as error:
            message = f"{path}: {error}"
            raise KeyFileError(message) from error

    @classmethod
    def from_json(cls, text: str) -> KeyRing:
        """The ring that `as_json` wrote. Raises KeyFileError."""
        fields = _fields(text, "a key ring", {"environment", "keys"})
        keys = fields["keys"]
        if not isinstance(keys, list):
            message = "'keys' is no list: a ring has the public keys of its environment there"
            raise KeyFileError(message)
        return cls(_word(fields, "environment"), tuple(_public_key(key) for key in keys))

    def as_json(self) -> str:
        """The ring as a file keeps it. Nothing in it is secret; who can change it can let in another hub."""
        keys = [
            {
                "key_id": key.key_id,
                "public_key": base64.b64encode(key.key).decode(),
                "not_before": key.not_before.isoformat() if key.not_before else None,
                "not_after": key.not_after.isoformat() if key.not_after else None,
                "revoked": key.revoked,
            }
            for key in self.keys
        ]
        return json.dumps({"environment": self.environment, "keys": keys}, indent=1) + "\n"

    def fault(self, seal: Seal) -> str:
        """Why `seal` is not the hub's, as far as this ring knows; empty if it is. Raises nothing."""
        key = next((key for key in self.keys if key.key_id == seal.key_id), None)
        if key is None:
            return f"it is signed with the key {seal.key_id!r}, which is not in this gate's key ring" if seal.key_id else "it is not signed"
        return key.fault(seal, self.environment)


# --- reading files of keys -------------------------------------------------------------------------------------------------------


def _fields(text: str, what: str, names: set[str]) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"this is not {what}: {error}"
        raise KeyFileError(message) from error
    return _object(found, what, names)


def _object(found: Any, what: str, names: set[str], optional: frozenset[str] = frozenset()) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(found, dict) or not names <= set(found) <= names | optional:
        message = f"this is not {what}: it must be an object of {', '.join(sorted(names))}"
        raise KeyFileError(message)
    return found


def _public_key(found: Any) -> PublicKey:  # noqa: ANN401 - JSON
    fields = _object(found, "a key of a ring", {"key_id", "public_key"}, frozenset({"not_before", "not_after", "revoked"}))
    revoked = fields.get("revoked", False)
    if not isinstance(revoked, bool):
        message = f"key {fields['key_id']!r}: 'revoked' is true or false"
        raise KeyFileError(message)
    return PublicKey(
        key_id=_word(fields, "key_id"),
        key=_key_bytes(fields, "public_key"),
        not_before=_instant(fields, "not_before"),
        not_after=_instant(fields, "not_after"),
        revoked=revoked,
    )


def _word(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value.strip() or len(value) > NAME_MAX:
        message = f"{name!r} must be a text of {NAME_MAX} characters at most"
        raise KeyFileError(message)
    return value


def _key_bytes(fields: Mapping[str, Any], name: str) -> bytes:
    try:
        key = base64.b64decode(fields[name], validate=True)
    except (TypeError, ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        message = f"{name!r} must be the {KEY_BYTES} bytes of an Ed25519 key in base64"
        raise KeyFileError(message)
    return key


def _instant(fields: Mapping[str, Any], name: str) -> datetime | None:
    value = fields.get(name)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(f"{value[:-1]}+00:00" if str(value).endswith("Z") else value)
    except (TypeError, ValueError):
        instant = None
    if instant is None or instant.utcoffset() is None:
        message = f"{name!r} must be an instant with its offset, for example 2026-11-24T00:00:00Z, or null"
        raise KeyFileError(message)
    return instant
