"""What the kit needs of the world: a topic to play the hub on, and the local API of the gate under test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from holdfast_gate.errors import GateTroubleError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from holdfast_gate.testing.hub import Said
    from holdfast_gate.testing.log import Appended

#: How many partitions the kit's topic has: an odd number, because among two a partitioner that gets the sign of the hash wrong is never found out.
PARTITIONS = 3


class KitError(GateTroubleError):
    """The kit cannot run, or go on: this says nothing of the gate under test."""


class DoorError(Exception):
    """The gate under test did not answer over HTTP; the message says how."""


class Topic(Protocol):
    """`vetoes`, as its only writer sees it. Raises KitError."""

    async def append(self, said: Said) -> Appended:
        """Write one record; returns when it is in the log."""
        ...

    def uncommitted(self, said: Said) -> AbstractAsyncContextManager[Appended]:
        """Write one record in a transaction that stays open within the block, and is committed after it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer over HTTP. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever it is
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        text = self.body.decode("utf-8", "backslashreplace")
        return f"HTTP {self.status} {text[:400]}{'…' if len(text) > 400 else ''}"  # noqa: PLR2004 - enough to understand it


class Door(Protocol):
    """The local API of the gate under test. Raises DoorError when it does not answer in time, or not in HTTP."""

    #: Whether it wants a token: over loopback it does, over a unix socket it does not.
    guarded: bool

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, token: str | None = None) -> Reply:
        """Send one request. Without `token` the right one goes with it; an empty one stands for none at all."""
        ...
