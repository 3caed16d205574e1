"""The key that seals are signed with where a hub is played, and the only place where they are signed.

It is published with the library and protects nothing: its environment is `testing`, and no key ring of a real one has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast_gate.model import Seal


def sealed(seal: Seal) -> Seal:
    """The seal as a hub publishes it."""
    return seal


def forged(seal: Seal) -> Seal:
    """The seal as a stranger would publish it."""
    return replace(seal, key_id="stranger", signature=b"\x01" * 64)


def of_another_key(seal: Seal) -> Seal:
    """The seal as somebody signs it whose key is in nobody's ring."""
    return replace(seal, key_id="stranger", signature=b"\x02" * 64)


def of_another_environment(seal: Seal) -> Seal:
    """The seal as a hub of another environment signs it, with a key of the same name."""
    return replace(seal, signature=b"\x03" * 64)
