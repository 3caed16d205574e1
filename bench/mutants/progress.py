"""Say how far a long run has come and how long it will still take."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

#: Nobody is told of what is over sooner.
NOTICED_AFTER_S = 2.0
#: Where no terminal shows a line that changes, a new one is written this often.
LINE_EVERY_S = 10.0


class Progress:
    """A count on standard error: a changing line in a terminal, a line now and then elsewhere."""

    def __init__(self, what: str, total: int, console: Console) -> None:
        """`what` is counted, up to `total`."""
        self._what, self._total, self._console = what, total, console
        self._began_s = time.monotonic()
        self._told_s = self._began_s + NOTICED_AFTER_S - LINE_EVERY_S
        self._status: Status | None = None
        self._done = self._survived = 0

    def __enter__(self) -> Self:
        """Begin."""
        if self._console.is_terminal:
            self._status = self._console.status(self._text())
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the changing line."""
        if self._status is not None:
            self._status.stop()

    def step(self, *, survived: bool = False) -> None:
        """One more is done."""
        self._done += 1
        self._survived += survived
        now_s = time.monotonic()
        if self._status is not None:
            self._status.update(self._text())
        elif now_s - self._told_s >= LINE_EVERY_S:
            self._told_s = now_s
            self._console.print(self._text())

    def _text(self) -> str:
        survived = f", {self._survived} survived" if self._survived else ""
        spent_s = time.monotonic() - self._began_s
        left = f", about {spent_s / self._done * (self._total - self._done):.0f} s left" if self._done else ""
        return f"{self._what}: {self._done:,} of {self._total:,}{survived}{left}"
