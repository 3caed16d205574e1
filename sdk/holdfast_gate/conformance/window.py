"""The silence that cases of one phase share, so that the bound is waited for once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Silence:
    """Three moments: it begins, the freshness bound has passed, it is over. A case waits for each; the run waits until every case does."""

    def __init__(self) -> None:
        """It has not begun."""
        self.begun, self.stale, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._waiting: dict[asyncio.Event, int] = {self.begun: 0, self.stale: 0, self.over: 0}
        self._changed = asyncio.Event()

    async def at(self, moment: asyncio.Event) -> None:
        """Wait for one of the three."""
        self._waiting[moment] += 1
        self._changed.set()
        await moment.wait()

    async def all_at(self, moment: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait until every one of these tasks waits for this moment, or has ended."""
        for task in tasks:
            task.add_done_callback(lambda _: self._changed.set())
        while self._waiting[moment] + sum(task.done() for task in tasks) < len(tasks):
            self._changed.clear()
            await self._changed.wait()
