"""The only place that asks what time it is."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Two clocks. How old the replica is, is measured on the second alone."""

    def now(self) -> datetime:
        """Wall time, UTC: for the stamps in the journal and for nothing else."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never goes back, and goes on while the machine sleeps."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Wall time, UTC."""
        return datetime.now(timezone.utc)

    def monotonic_s(self) -> float:
        """Seconds since boot where the system tells them, because Linux's monotonic clock stands still during sleep."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boottime is None else time.clock_gettime(boottime)
