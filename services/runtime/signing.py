"""Who signs the hub's seals: a key of our own, or a service that keeps the key to itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from holdfast_gate.signing import KeyFileError, SealKey
from services.runtime.config import SealSettings


class SignerError(Exception):
    """No signature came; it is tried again."""


class Signer(Protocol):
    """A key for Ed25519 that need not be in this process: a key management service fits behind it.

    `environment` and `key_id` are what the gates' key ring calls it.
    """

    @property
    def environment(self) -> str:
        """Which environment it signs for."""
        ...

    @property
    def key_id(self) -> str:
        """Which key of that environment it is."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over `message`. Raises SignerError; then the partition starts again: no seal is written unsigned."""
        ...


class KeySigner:
    """A key that this process holds."""

    def __init__(self, key: SealKey) -> None:
        self._key = key

    @property
    def environment(self) -> str:
        """Which environment it signs for."""
        return self._key.environment

    @property
    def key_id(self) -> str:
        """Which key of that environment it is."""
        return self._key.key_id

    async def sign(self, message: bytes) -> bytes:
        """The signature, at once."""
        return self._key.sign(message)


def signer_of(settings: SealSettings) -> Signer:
    """Whoever signs by these settings. Raises KeyFileError."""
    if settings.key is not None:
        return KeySigner(SealKey.from_json(settings.key.get_secret_value()))
    if settings.key_file is not None:
        return KeySigner(read_key(settings.key_file))
    message = "nothing signs the seals, and gates know no unsigned ones: set HOLDFAST_SEAL_KEY_FILE (`holdfast keys new` makes a key)"
    raise KeyFileError(message)


def write_key(path: Path, key: SealKey) -> None:
    """Keep a private key in a new file that only its owner may read. Raises FileExistsError, or another OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(key.as_json())


def read_key(path: Path) -> SealKey:
    """The private key in the file at `path`. Raises KeyFileError."""
    try:
        return SealKey.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"the seal key {path} cannot be read ({error}): `holdfast keys new` makes one"
        raise KeyFileError(message) from error
    except KeyFileError as error:
        message = f"{path}: {error}"
        raise KeyFileError(message) from error
