"""Keys for seals where nobody has any: a fixed one for what runs in one process, and one of its own for each hub on this machine."""

from __future__ import annotations

from pathlib import Path

from holdfast_gate.signing import KeyRing, SealKey
from services.runtime.signing import read_key, write_key

#: Known to everybody, and so good for nothing but scenarios and tests.
KEY = SealKey.from_seed("scenario", "scenario-1", bytes(range(32)))
RING = KeyRing.of(KEY)
ENVIRONMENT = "local"


def local_keys(directory: Path) -> tuple[Path, Path]:
    """The files of a private key and of the ring that knows it, made in `directory` if they are not there. Raises KeyFileError, OSError."""
    key_file, ring_file = directory / "seal-key.json", directory / "key-ring.json"
    directory.mkdir(parents=True, exist_ok=True)
    if not key_file.exists():
        write_key(key_file, SealKey.new(ENVIRONMENT, "local-1"))
    ring_file.write_text(KeyRing.of(read_key(key_file)).as_json())
    return key_file, ring_file
