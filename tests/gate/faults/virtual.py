"""An event loop on which time passes only when everybody waits, and then at once: minutes of a gate's life take milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.gate.feeds import START

T = TypeVar("T")


class StuckError(Exception):
    """Everybody waits for something that never comes."""


class _Selector(selectors.DefaultSelector):
    """Does not wait; says how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the time that was to be waited for has passed."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise StuckError
        if not ready:
            self.skipped_s += timeout or 0.0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with such a selector."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds that were waited."""
        return self._virtual.skipped_s

    def pass_by(self, seconds: float) -> None:
        """Time passes and nobody runs, as on a machine that sleeps."""
        self._virtual.skipped_s += seconds


class LoopClock:
    """A gate's clocks on a loop: its wall clock may be wrong by any amount. `epoch` is the wall time at which the loop's is 0."""

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch: datetime = START) -> None:
        self._loop = loop
        self._epoch = epoch
        self.wrong_by = timedelta()

    def at(self, loop_s: float) -> datetime:
        """The right wall time at a time of the loop."""
        return self._epoch + timedelta(seconds=loop_s)

    def now(self) -> datetime:
        """Wall time, right or wrong."""
        return self.at(self._loop.time()) + self.wrong_by

    def monotonic_s(self) -> float:
        """Seconds."""
        return 5000.0 + self._loop.time()


def play(scene: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    """Run `scene` to its end and close the loop."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(scene)
