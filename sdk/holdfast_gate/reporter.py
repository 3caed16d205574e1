"""Sends the journal's reports to `gate-reports`, in order, each at least once and under one id: whoever reads takes each id once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from holdfast_gate.report import as_sent

if TYPE_CHECKING:
    from holdfast_gate.feed import Feed
    from holdfast_gate.journal import Journal

REPORTS_AT_ONCE = 100


class Reporter:
    """Reads what the journal holds unsent; `cycle` is to be run again and again."""

    def __init__(self, journal: Journal, feed: Feed, gate_id: str) -> None:
        """Send the reports of `journal` under the key `gate_id`, so that they stay in order."""
        self._journal = journal
        self._feed = feed
        self._key = gate_id.encode()
        self._recorded = asyncio.Event()
        self._idle = asyncio.Event()

    def recorded(self) -> None:
        """There is something new in the journal."""
        self._idle.clear()
        self._recorded.set()

    async def cycle(self) -> None:
        """Send what is unsent; when nothing is, wait until something is recorded. Raises FeedError or JournalError."""
        self._recorded.clear()
        entries = self._journal.unsent(REPORTS_AT_ONCE)
        for entry in entries:
            await self._feed.publish_report(self._key, as_sent(entry))
            self._journal.mark_sent(entry.sequence)
        if not entries:
            self._idle.set()
            await self._recorded.wait()

    async def drained(self, timeout_s: float) -> bool:
        """Whether everything has been sent within this time."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True
