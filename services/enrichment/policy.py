"""When to ask again, and when to leave a host alone. Pure: time and chance come in as arguments.

Sources: M. Brooker, "Exponential Backoff And Jitter" (full jitter); M. Nygard, "Release It!" (circuit breaker); RFC 9110 §10.2.3 (Retry-After).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

PAUSE_FIRST_S = 0.5
_DOUBLINGS_MAX = 30


def pause_s(failures: int, *, dice: float, longest_s: float) -> float:
    """How long to wait after so many `failures` in a row: anything from nothing up to a ceiling that doubles each time.

    `dice` is from 0 up to 1. The whole stretch is drawn from, so that those who failed together do not come back together.
    """
    ceiling_s = min(longest_s, PAUSE_FIRST_S * 2.0 ** min(failures - 1, _DOUBLINGS_MAX))
    return ceiling_s * dice


class BreakerState(enum.IntEnum):
    """Whether a host may be asked: CLOSED yes, HALF_OPEN once, OPEN no. The numbers are those of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """The breaker of one host. It opens after `failures_max` failures in a row, for `cool_s`; then a single request, the probe, decides."""

    failures_max: int
    cool_s: float
    failures: int = 0
    opened_at_s: float | None = None
    probing: bool = False

    def state(self, now_s: float) -> BreakerState:
        """The state at `now_s`, monotonic seconds."""
        if self.opened_at_s is None:
            return BreakerState.CLOSED
        cooled = now_s - self.opened_at_s >= self.cool_s
        return BreakerState.HALF_OPEN if cooled else BreakerState.OPEN

    def admits(self, now_s: float) -> bool:
        """Whether a request may be sent."""
        state = self.state(now_s)
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not self.probing)

    def sent(self, now_s: float) -> tuple[Breaker, bool]:
        """After a request was sent; and whether it is the probe."""
        probe = self.state(now_s) is BreakerState.HALF_OPEN
        return (replace(self, probing=True) if probe else self), probe

    def succeeded(self, *, probe: bool) -> Breaker:
        """After a request went well. One from before the breaker opened says nothing about now."""
        if self.opened_at_s is not None and not probe:
            return self
        return replace(self, failures=0, opened_at_s=None, probing=False)

    def failed(self, now_s: float, *, probe: bool) -> Breaker:
        """After the host failed a request."""
        if self.opened_at_s is not None and not probe:
            return self
        failures = self.failures + 1
        opens = failures >= self.failures_max  # a failed probe is one more than those that opened it
        return replace(self, failures=failures, opened_at_s=now_s if opens else None, probing=False)
