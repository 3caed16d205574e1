"""What watch bears before it says that something is wrong. docs/configuration.md says why each default is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedGate:
    """A gate that has to be there; `prison_id` is the only prison whose departures it decides, None for any."""

    gate_id: str
    prison_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """All spans run on T, the time of the marks, and on the broker's append times, which are of the same clock.

    `gates` are those that are expected; with none named, every gate counts that was heard within `gate_expected_for`.
    """

    source_silent_after: timedelta = timedelta(seconds=10)
    gates: tuple[ExpectedGate, ...] = ()
    gate_expected_for: timedelta = timedelta(hours=24)
    gate_silent_after: timedelta = timedelta(seconds=30)
    gate_behind_after: timedelta = timedelta(seconds=10)
    gate_mismatch_after: timedelta = timedelta(seconds=10)
    #: A departure's decision is looked for from so long before it to so long after it: custody's times are of the minute, and typed by hand.
    decision_before: timedelta = timedelta(hours=1)
    decision_after: timedelta = timedelta(minutes=15)
    #: How long a report may take after the departure is recorded, before its absence is said.
    decision_grace: timedelta = timedelta(minutes=5)
    override_window: timedelta = timedelta(hours=24)
    override_share_max: float = 0.2
    override_decisions_min: int = 10
    detained_after: timedelta = timedelta(hours=24)
