"""Gates that are wrong on purpose: each is the real one with one small change, and names the cases of the kit that must find it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from holdfast_gate import Rules
from tests.gate.doors import MemoryDoor


@dataclass(frozen=True, kw_only=True)
class WrongGate:
    """One of them. `change` patches the real gate; `door`, `rules` and `read_committed` are what it is opened with."""

    name: str
    found_by: tuple[str, ...]
    change: Callable[[pytest.MonkeyPatch], None] = lambda _: None
    door: type[MemoryDoor] = MemoryDoor
    rules: Rules | None = None
    read_committed: bool = False
