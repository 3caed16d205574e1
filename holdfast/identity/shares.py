"""Court shares: who was in the newest share of a hearing day, so that a defendant who vanished from it is told so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from holdfast.claims import Claim, CourtSnapshot, Identifier, Person
from holdfast.records import RollEntry
from holdfast.subjects import subject_of


@dataclass
class Shares:
    """The defendants of every hearing day."""

    of: dict[tuple[str, str], RollEntry] = field(default_factory=dict)
    changed: dict[str, RollEntry] = field(default_factory=dict)

    def load(self, entry: RollEntry) -> None:
        """Take back one hearing day."""
        self.of[entry.hearing_id, entry.hearing_day.isoformat()] = entry

    def vanished(self, claim: Claim) -> Iterator[Claim]:
        """An empty snapshot for every defendant of a hearing day whom its newest share no longer has."""
        share = claim.body
        if not isinstance(share, CourtSnapshot) or share.defendants_in_share is None:
            return
        key = share.hearing_id, share.hearing_day.isoformat()
        day = self.of.get(key)
        seen = frozenset(share.defendants_in_share) | frozenset(day.ever_seen if day else ())
        if day is None or share.shared_at > day.shared_at:
            day = RollEntry(
                hearing_id=share.hearing_id,
                hearing_day=share.hearing_day,
                shared_at=share.shared_at,
                defendants=tuple(sorted(share.defendants_in_share)),
                ever_seen=(),
                claim=claim,
            )
        day = replace(day, ever_seen=tuple(sorted(seen)))
        if self.of.get(key) != day:
            self.of[key] = self.changed[f"roll/{key[0]}/{key[1]}"] = day
        for defendant_id in sorted(seen - frozenset(day.defendants)):
            yield _empty_snapshot(day.claim, defendant_id)


def _empty_snapshot(newest_share: Claim, defendant_id: str) -> Claim:
    share = newest_share.body
    if not isinstance(share, CourtSnapshot):
        return newest_share
    person = Person(identifiers=(Identifier(type="DEFENDANT_ID", value=defendant_id),))
    body = replace(share, defendant_id=defendant_id, lines=(), listed=(), defendants_in_share=None)
    return replace(newest_share, subject=subject_of(body, person), person=person, body=body)
