"""An event loop whose time is virtual: it jumps to the next timer when nothing else is left to do, so that minutes pass in moments."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2025, 10, 24, 8, 0, tzinfo=UTC)


class _Jump(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Selects without waiting, and passes the time instead."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """See `selectors`. Without any timer nothing can ever happen again: raises RuntimeError."""
        if timeout is None:
            message = "everybody waits for somebody else"
            raise RuntimeError(message)
        self.passed_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Threads would live in real time, so whatever is given to one is done at once."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jump.passed_s

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """The result of `func`, which has run."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it is raised where it is awaited
            future.set_exception(error)
        return future


class VirtualClock:
    """Both clocks of the loop that runs."""

    def now(self) -> datetime:
        """Wall time."""
        return START + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        """Seconds."""
        return asyncio.get_running_loop().time()


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
