"""What a case is, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from holdfast_gate.conformance.play import Play


class Phase(Enum):
    """When a case is played, in this order.

    UNSEALED: before the first seal. CALM: seals go on, and cases are played side by side. BY_HAND: a case has a partition, and its seals, to itself.
    SILENCE: one partition gets no more seals, and in the other one the courts fall silent, for all these cases at once.
    """

    UNSEALED = "before any seal"
    CALM = "while seals go on"
    BY_HAND = "seal by seal"
    SILENCE = "in silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule, and how to see whether a gate keeps it. `source` names the part of the design that the rule is from."""

    name: str
    phase: Phase
    rule: str
    source: str
    play: Callable[[Play], Awaitable[None]]


class Verdict(Enum):
    """How a case ended. Nothing but PASS and DOES_NOT_APPLY lets a gate through; NOT_PLAYED: a case before it left nothing to play it on."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "FAIL"
    DOES_NOT_APPLY = "does not apply"
    NOT_PLAYED = "not played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one case ended: what was done, what was expected, and what was seen instead."""

    case: Case
    verdict: Verdict
    steps: tuple[str, ...]
    expected: str = ""
    seen: str = ""
    took_s: float = 0.0


class CaseFailedError(Exception):
    """The gate under test did something else than the rule says."""

    def __init__(self, expected: str, seen: str) -> None:
        """Say both in words that a vendor understands."""
        super().__init__(f"expected {expected}; saw {seen}")
        self.expected = expected
        self.seen = seen


class DoesNotApplyError(Exception):
    """The gate under test has nothing that this case could be about; the message says why."""


def case(name: str, phase: Phase, *, rule: str, source: str) -> Callable[[Callable[[Play], Awaitable[None]]], Case]:
    """The decorated function as a case."""

    def made(play: Callable[[Play], Awaitable[None]]) -> Case:
        return Case(name=name, phase=phase, rule=rule, source=source, play=play)

    return made
