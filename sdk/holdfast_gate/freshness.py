"""How long ago, at the most, the last accepted seal was appended, measured on a monotonic clock alone.

The log of a partition only grows. A request for its end, sent at t and answered E, proves that every record at an offset >= E was
appended after t. So a seal at offset s >= E is at most (now - t) old, whatever any wall clock says. An answer of s + 1 proves
nothing: that seal was there already, for who knows how long. In a silent feed no later seal comes, and the age grows.
"""

from __future__ import annotations

from collections import deque

#: Answers kept while no seal has passed them. Losing the oldest can only make the replica look older than it is.
ANSWERS_MAX = 64


class Freshness:
    """The answers about one partition's end, and the youngest that a seal has passed."""

    def __init__(self) -> None:
        """Begin without any proof: stale."""
        self._waiting: deque[tuple[float, int]] = deque(maxlen=ANSWERS_MAX)
        self._seal_offset: int | None = None
        self._proven_s: float | None = None

    def answered(self, *, sent_at_s: float, end_offset: int) -> None:
        """A request that was sent at `sent_at_s` (monotonic) was answered with `end_offset`."""
        if self._waiting and self._waiting[-1][1] == end_offset:
            self._waiting.pop()  # the later request proves more
        self._waiting.append((sent_at_s, end_offset))
        self._prove()

    def sealed(self, offset: int) -> None:
        """A seal at `offset` was accepted."""
        self._seal_offset = offset
        self._prove()

    def age_s(self, now_s: float) -> float | None:
        """Seconds since the last accepted seal was appended, at the most; None: nothing is proven since this process started."""
        return None if self._proven_s is None else max(0.0, now_s - self._proven_s)

    def _prove(self) -> None:
        if self._seal_offset is None:
            return
        kept = [each for each in self._waiting if each[1] > self._seal_offset]
        proven = [sent_at_s for sent_at_s, end_offset in self._waiting if end_offset <= self._seal_offset]
        if proven:
            self._proven_s = max(proven if self._proven_s is None else [*proven, self._proven_s])
        self._waiting = deque(kept, maxlen=ANSWERS_MAX)
