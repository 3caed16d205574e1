"""The release checks of an expectation, with what it leaves out filled in as the release policy wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.policies import POLICIES
from holdfast_gate.checks import CheckDone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from holdfast_gate.model import NoticeCheck
    from simulator.scenario import Signed

#: For a check that no policy asks for: gates do not look at it.
NO_ROLE = "ANYBODY"


def done(signed: Iterable[Signed], now: datetime) -> Sequence[CheckDone]:
    """What the gate is told: signed now, in a role that may, and, where nobody is named, by as many different people as the check needs."""
    return [each for item in signed for each in _done(item, now)]


def _done(signed: Signed, now: datetime) -> Iterator[CheckDone]:
    wanted = _wanted(signed.check)
    role = signed.role or (wanted.roles[0] if wanted else NO_ROLE)
    people = 1 if signed.by or wanted is None else wanted.people
    for number in range(1, people + 1):
        by = signed.by or f"Officer {number} for {signed.check}"
        yield CheckDone(check=signed.check, by=by, role=role, at=signed.at or now)


def _wanted(code: str) -> NoticeCheck | None:
    """The check as the newest policy that asks for it does."""
    return next((check for policy in reversed(POLICIES) for check in policy.checks if check.code == code), None)
