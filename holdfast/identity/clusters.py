"""Which prisoner numbers are one person: merges and unmerges, as statements on a pair, of which the newest counts.

The state is the set of statements, so neither order nor duplicates matter. An unmerge makes two people of one for what is said from then on; what was
recorded before it was about the one person, and stays with both until people have settled whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from holdfast.claims import Claim, Merge, Unmerge

Numbers = frozenset[str]
Pair = tuple[str, str]


@dataclass
class _Said:
    """When a pair was last said to be one, and when to be two."""

    merged_at: datetime | None = None
    unmerged_at: datetime | None = None


@dataclass
class Clusters:
    """Every pair of numbers that custody ever spoke of."""

    _said: dict[Pair, _Said] = field(default_factory=lambda: defaultdict(_Said))
    _beside: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _now: dict[str, Numbers] = field(default_factory=dict)

    def hear(self, claims: Iterable[Claim]) -> None:
        """Take note of merges and unmerges."""
        for claim in claims:
            match claim.body:
                case Merge(surviving_prisoner_number=one, removed_prisoner_number=other):
                    said = self._about(one, other)
                    said.merged_at = max(said.merged_at or claim.recorded_at, claim.recorded_at)
                case Unmerge(surviving_prisoner_number=one, removed_prisoner_number=other):
                    said = self._about(one, other)
                    said.unmerged_at = max(said.unmerged_at or claim.recorded_at, claim.recorded_at)
                case _:
                    pass

    def _about(self, one: str, other: str) -> _Said:
        self._beside[one].add(other)
        self._beside[other].add(one)
        self._now.clear()
        return self._said[_pair(one, other)]

    def now(self, number: str) -> Numbers:
        """The numbers that are one person with `number` now, itself included. Where merge and unmerge are of one instant they are one."""
        if number not in self._beside:
            return frozenset({number})
        if number not in self._now:
            members = self._connected(number, _is_merged)
            self._now |= dict.fromkeys(members, members)
        return self._now[number]

    def at(self, number: str, recorded_at: datetime) -> Numbers:
        """The numbers that were one person with `number` for what was recorded then: an unmerge takes away nothing that was said before it."""
        if number not in self._beside:
            return frozenset({number})
        return self._connected(number, lambda said: _is_merged(said) or (said.unmerged_at is not None and recorded_at <= said.unmerged_at))

    def ever(self, number: str) -> Numbers:
        """The numbers that any statement, however old, has ever connected with `number`."""
        return self._connected(number, lambda _: True) if number in self._beside else frozenset({number})

    def doubted(self, numbers: Iterable[str]) -> Iterator[tuple[Pair, bool]]:
        """Each pair with one of `numbers` that was ever unmerged, and whether it is doubted now: no later merge has made them one again."""
        pairs = {_pair(one, other) for one in numbers for other in self._beside.get(one, ())}
        for pair in sorted(pairs):
            said = self._said[pair]
            if said.unmerged_at is not None:
                yield pair, said.merged_at is None or said.unmerged_at >= said.merged_at

    def _connected(self, number: str, holds: Callable[[_Said], bool]) -> Numbers:
        members, pending = {number}, [number]
        while pending:
            one = pending.pop()
            fresh = {other for other in self._beside.get(one, ()) if other not in members and holds(self._said[_pair(one, other)])}
            members |= fresh
            pending += fresh
        return frozenset(members)


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _is_merged(said: _Said) -> bool:
    return said.merged_at is not None and (said.unmerged_at is None or said.merged_at >= said.unmerged_at)
