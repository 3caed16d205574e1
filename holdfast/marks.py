"""Time and completeness: partition marks from intake become marks for the fold.

A source is caught up as of the oldest, over its partitions, of the newest heartbeat processed. A source whose partition count changed does not
advance until the new partitions have marked too, and what was said before never goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from holdfast.claims import Mark, PartitionMark, SourceMark
from holdfast.records import PartitionProgress, ProgressEntry, SourceProgress

#: A mark goes on when every partition has marked, and otherwise after this much of T: one dead partition must not stop the clock.
MARK_EVERY = timedelta(seconds=1)


@dataclass
class Progress:
    """How far every source has come, and when the last mark was passed on."""

    time: datetime | None = None
    passed_on: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    as_of: dict[tuple[str, int], datetime] = field(default_factory=dict)
    caught_up: dict[str, datetime] = field(default_factory=dict)
    _since: set[tuple[str, int]] = field(default_factory=set)

    def note(self, mark: PartitionMark, gaps: Mapping[str, Iterable[str]]) -> Mark | None:
        """Take in one partition mark; the mark to pass on to every partition of `facts`, if it is time for one."""
        key = mark.source, mark.partition
        self.time = max(self.time or mark.time, mark.time)
        self.counts[mark.source] = mark.partition_count
        if mark.as_of is not None:
            self.as_of[key] = max(self.as_of.get(key, mark.as_of), mark.as_of)
        self._advance(mark.source)
        self._since.add(key)
        if not self._due():
            return None
        self._since.clear()
        self.passed_on = self.time
        return Mark(time=self.time, sources=self.sources(gaps))

    def sources(self, gaps: Mapping[str, Iterable[str]]) -> tuple[SourceMark, ...]:
        """Every source ever heard of, as it stands."""
        return tuple(
            SourceMark(source=source, caught_up_as_of=self.caught_up.get(source), gap=bool(gaps.get(source))) for source in sorted(self.counts)
        )

    def _advance(self, source: str) -> None:
        heard = [self.as_of.get((source, partition)) for partition in range(self.counts[source])]
        known = [as_of for as_of in heard if as_of is not None]
        if known and len(known) == len(heard):
            oldest = min(known)
            self.caught_up[source] = max(self.caught_up.get(source, oldest), oldest)

    def _due(self) -> bool:
        expected = {(source, partition) for source, count in self.counts.items() for partition in range(count)}
        if self.passed_on is None or self.time is None:
            return True
        return expected <= self._since or self.time - self.passed_on >= MARK_EVERY

    def entry(self) -> ProgressEntry:
        """What a successor needs to go on from here."""
        return ProgressEntry(
            time=self.time,
            sources=tuple(
                SourceProgress(
                    source=source,
                    partition_count=count,
                    caught_up_as_of=self.caught_up.get(source),
                    partitions=tuple(
                        PartitionProgress(partition=partition, as_of=as_of)
                        for (name, partition), as_of in sorted(self.as_of.items())
                        if name == source
                    ),
                )
                for source, count in sorted(self.counts.items())
            ),
        )

    def load(self, entry: ProgressEntry) -> None:
        """Go on from a predecessor's entry."""
        self.time = self.passed_on = entry.time
        for source in entry.sources:
            self.counts[source.source] = source.partition_count
            if source.caught_up_as_of is not None:
                self.caught_up[source.source] = source.caught_up_as_of
            self.as_of |= {(source.source, p.partition): p.as_of for p in source.partitions if p.as_of is not None}
