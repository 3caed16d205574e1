"""What the hub itself doubts, and what people have placed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.claims import Claim, Doubt, Link, Movement, NominalRoll, PlacedHold, Resolution
from holdfast.grounds.picture import Hold, Picture, newest_by_subject
from holdfast.grounds.table import WORDS, law
from holdfast.subjects import newest, version_of
from holdfast_gate.model import Ground, QueryKind


def doubts(picture: Picture) -> Iterator[Hold]:
    """What the hub could not read or tell, until the record that answers it, or a named resolution."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Doubt)):
        claim = words[0]
        doubt = claim.body
        if isinstance(doubt, Doubt) and not doubt.answered and not _answered_by_a_record(picture, claim, doubt):
            yield picture.query(doubt.kind, claim.subject, doubt.sentence, f"doubt/{doubt.kind.value}", claim, detail=claim.subject)


def _answered_by_a_record(picture: Picture, claim: Claim, doubt: Doubt) -> bool:
    return any(other.subject == doubt.about and other.recorded_at > claim.recorded_at for other in picture.claims)


def contradictions(picture: Picture) -> Iterator[Hold]:
    """One authority says two things about one subject in the same version: whatever they are, a person must look."""
    subjects: dict[str, list[Claim]] = {}
    for claim in picture.claims:
        thin = isinstance(claim.body, Movement) and claim.body.booking_id is None  # two feeds tell of one departure in different words
        if not thin and not isinstance(claim.body, Doubt | Resolution | Link | NominalRoll):
            subjects.setdefault(claim.subject, []).append(claim)
    for subject, words in sorted(subjects.items()):
        top = newest(words)
        if len({claim.body for claim in top}) > 1:
            said = " and ".join(str(claim.source) for claim in top)
            whose = WORDS[top[0].authority]
            text = f"{whose[:1].upper()}{whose[1:]} says two different things at once about one matter ({subject}): {said}"
            # The question is of all sides: a third one asks a new question.
            sides = f"{version_of(top[0])} {said}"
            asked = picture.query(QueryKind.CONTRADICTION, subject, text, "join/equal-versions", top[0], detail=sides)
            yield replace(asked, beside=top[1:])


def placed_by_hand(picture: Picture) -> Iterator[Hold]:
    """A hold put on by hand, until it is ended by hand. It stands in the name of the authority for which it was placed."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, PlacedHold)):
        claim = words[0]
        placed = claim.body
        if isinstance(placed, PlacedHold) and not placed.ended:
            facts = {"hold_id": placed.hold_id, "what": WORDS[placed.placed_authority], "reason": placed.reason.strip().rstrip(".")}
            hold = picture.hold(law(Ground.PLACED_BY_HAND), claim, "placed-by-hand", **facts)
            yield replace(hold, authority=placed.placed_authority)
