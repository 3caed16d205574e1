"""The scenario clock: real time from a chosen instant on, at a chosen rate, plus every advance. Hub and gate see no other."""

from __future__ import annotations

import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MILLISECOND = timedelta(milliseconds=1)


class DrivenClock:
    """`ports.Clock` for a broker in memory, which stamps with this clock itself."""

    def __init__(self, start: datetime, *, rate: float = 1.0, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        """Show `start` now; `elapsed_s` is the real clock that drives this one, `rate` the seconds that pass here in one of its."""
        self.rate = rate
        self._start = start
        self._elapsed_s = elapsed_s
        self._began_s = elapsed_s()
        self._advanced = timedelta()
        self._stamped = start

    def now(self) -> datetime:
        """Scenario time, UTC."""
        return self._start + timedelta(seconds=self.rate * (self._elapsed_s() - self._began_s)) + self._advanced

    def monotonic_s(self) -> float:
        """Seconds since the clock was made, advances included: ageing follows the scenario too."""
        return (self.now() - self._start).total_seconds()

    def of_broker(self, appended_at: datetime) -> datetime:
        """Return the append time itself."""
        return appended_at

    def advance(self, by: timedelta) -> None:
        """Let `by` pass at once."""
        self._advanced += by

    def advance_to(self, instant: datetime) -> None:
        """Let time pass at once until `instant`, if that is still to come."""
        self.advance(max(instant - self.now(), timedelta()))

    def stamp(self) -> datetime:
        """Tell the time in whole milliseconds, later than every stamp before: records are dated with these."""
        now = self.now()
        whole = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._stamped = max(whole, self._stamped + _MILLISECOND)
        return self._stamped


class MappedClock(DrivenClock):
    """`ports.Clock` for a real broker: append times, which are real, are put where scenario time was at that instant.

    It supposes that the broker's clock and this machine's agree, as they do for a broker that runs here, and that
    nothing is appended within two milliseconds of an advance: Kafka keeps no finer time.
    """

    def __init__(
        self,
        start: datetime,
        *,
        rate: float = 1.0,
        elapsed_s: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """Show `start` now; `wall_s` is the wall clock that the broker stamps with."""
        super().__init__(start, rate=rate, elapsed_s=elapsed_s)
        self._wall_s = wall_s
        self._began_at = datetime.fromtimestamp(wall_s(), UTC)
        self._since = [self._began_at]
        self._advanced_by = [timedelta()]

    def advance(self, by: timedelta) -> None:
        """Let `by` pass at once, for every record that is appended from now on."""
        super().advance(by)
        self._since.append(datetime.fromtimestamp(self._wall_s(), UTC))
        self._advanced_by.append(self._advanced)

    def of_broker(self, appended_at: datetime) -> datetime:
        """Scenario time at the real instant `appended_at`."""
        stretch = bisect_right(self._since, appended_at) - 1
        return self._start + self.rate * (appended_at - self._began_at) + self._advanced_by[max(stretch, 0)]
