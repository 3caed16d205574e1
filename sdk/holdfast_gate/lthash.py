"""LtHash: a set hash that elements can be added to and removed from, in any order.

1,024 lanes of 16 bits; each element is stretched by SHAKE-128 to 2,048 bytes (lanes little-endian) and added to, or subtracted
from, the lanes modulo 2**16. Two equal sums mean two equal sets (Bellare and Micciancio 1997; Lewi and others 2019).
"""

from __future__ import annotations

import hashlib

import numpy as np

LANES = 1024
DIGEST_BYTES = 2 * LANES


def _stretch(key: bytes, value: bytes) -> np.ndarray:
    # The key's length goes first, so that no other split of the same bytes is the same element.
    element = len(key).to_bytes(4, "big") + key + value
    return np.frombuffer(hashlib.shake_128(element).digest(DIGEST_BYTES), dtype="<u2")


class LtHash:
    """The running digest of a set of (key, value) pairs."""

    def __init__(self, digest: bytes | None = None) -> None:
        """Start from `digest`, or from the empty set.

        Raises ValueError when `digest` is not 2,048 bytes.
        """
        if digest is not None and len(digest) != DIGEST_BYTES:
            message = f"an LtHash digest has {DIGEST_BYTES} bytes, not {len(digest)}"
            raise ValueError(message)
        self._lanes = np.zeros(LANES, dtype="<u2") if digest is None else np.frombuffer(digest, dtype="<u2").copy()

    def add(self, key: bytes, value: bytes) -> None:
        """Put an element in."""
        self._lanes += _stretch(key, value)

    def remove(self, key: bytes, value: bytes) -> None:
        """Take out an element that was put in before."""
        self._lanes -= _stretch(key, value)

    def digest(self) -> bytes:
        """The 2,048 bytes of the lanes, little-endian."""
        return self._lanes.tobytes()

    def copy(self) -> LtHash:
        """An independent hash of the same set."""
        return LtHash(self.digest())
