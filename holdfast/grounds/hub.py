"""What the hub itself doubts, and what people have placed or answered by hand."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.claims import Claim, Doubt, Link, Movement, PlacedHold, Resolution
from holdfast.grounds.picture import Hold, Picture, hold, newest_by_subject, query
from holdfast.subjects import micros, newest, version_of
from holdfast_gate.model import Ground, QueryKind


def doubts(picture: Picture) -> Iterator[Hold]:
    """What the hub could not read or tell, until the record that answers it, or a named resolution."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Doubt)):
        claim = words[0]
        doubt = claim.body
        if isinstance(doubt, Doubt) and not doubt.answered and not _answered_by_a_record(picture, claim, doubt):
            yield query(doubt.kind, claim.subject, doubt.sentence, f"doubt/{doubt.kind.value}", claim, claim.subject)


def _answered_by_a_record(picture: Picture, claim: Claim, doubt: Doubt) -> bool:
    return any(other.subject == doubt.about and other.recorded_at > claim.recorded_at for other in picture.claims)


def contradictions(picture: Picture) -> Iterator[Hold]:
    """One authority says two things about one subject in the same version: whatever they are, a person must look."""
    subjects: dict[str, list[Claim]] = {}
    for claim in picture.claims:
        thin = isinstance(claim.body, Movement) and claim.body.booking_id is None  # two feeds tell of one departure in different words
        if not thin and not isinstance(claim.body, Doubt | Resolution | Link):
            subjects.setdefault(claim.subject, []).append(claim)
    for subject, words in sorted(subjects.items()):
        top = newest(words)
        if len({claim.body for claim in top}) > 1:
            said = " and ".join(str(claim.source) for claim in top)
            text = f"{top[0].authority.value} says two things about {subject} in the same version: {said}."
            yield query(QueryKind.CONTRADICTION, subject, text, "join/equal-versions", top[0], str(version_of(top[0])))


def placed_by_hand(picture: Picture) -> Iterator[Hold]:
    """A hold put on by hand, until it is ended by hand."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, PlacedHold)):
        claim = words[0]
        placed = claim.body
        if isinstance(placed, PlacedHold) and not placed.ended:
            text = f"Hold {placed.hold_id} placed by hand for {placed.placed_authority.value}: {placed.reason}"
            yield hold(Ground.PLACED_BY_HAND, placed.placed_authority, text, "placed-by-hand", claim)


def answers(answer: Claim, hold: Hold) -> bool:
    """Does a person's resolution answer this query? One that names a kind answers what was known when it was received, nothing later."""
    resolution = answer.body
    if not isinstance(resolution, Resolution) or hold.ground is not Ground.QUERY:
        return False
    if resolution.query_id is not None:
        return resolution.query_id == hold.query_id
    same_kind = hold.query_kind is not None and resolution.query_kind == hold.query_kind.value
    return same_kind and micros(hold.claim.received_at) <= micros(answer.received_at)
