"""The key that seals are signed with where a hub is played, and the only place where they are signed.

It is published with the library and protects nothing: its environment is `testing`, and no key ring of a real one has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.signing import KeyRing, SealKey, signed

if TYPE_CHECKING:
    from holdfast_gate.model import Seal

ENVIRONMENT, KEY_ID = "testing", "played-hub"
_SEED, _OTHER_SEED = b"this seed is no secret to anybody", b"neither is the seed of a stranger"
KEY = SealKey.from_seed(ENVIRONMENT, KEY_ID, _SEED[:32])
#: What a gate under test needs to know the hub that is played.
RING = KeyRing.of(KEY)
_FORGER = SealKey.from_seed(ENVIRONMENT, KEY_ID, _OTHER_SEED[:32])
_STRANGER = SealKey.from_seed(ENVIRONMENT, "stranger", _OTHER_SEED[:32])
_ELSEWHERE = SealKey.from_seed("elsewhere", KEY_ID, _SEED[:32])


def sealed(seal: Seal) -> Seal:
    """The seal as the hub publishes it."""
    return signed(seal, KEY)


def forged(seal: Seal) -> Seal:
    """The seal as a stranger publishes it in the name of the hub's key."""
    return signed(seal, _FORGER)


def of_another_key(seal: Seal) -> Seal:
    """The seal as somebody signs it whose key is in nobody's ring."""
    return signed(seal, _STRANGER)


def of_another_environment(seal: Seal) -> Seal:
    """The seal as a hub of another environment signs it, with the same key."""
    return signed(seal, _ELSEWHERE)
