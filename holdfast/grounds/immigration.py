"""Grounds that immigration opens and ends."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.claims import ImmigrationRecord
from holdfast.grounds.picture import Hold, Picture, hold, query
from holdfast.subjects import newest, version_of
from holdfast_gate.model import Authority, Ground, QueryKind

_IMMIGRATION_GROUND = {"IS91": Ground.IMMIGRATION_DETENTION, "DEPORTATION_ORDER": Ground.DEPORTATION}
_IMMIGRATION_ENDS = frozenset({"IMMIGRATION_BAIL", "NO_LONGER_OF_INTEREST"})


def immigration(picture: Picture) -> Iterator[Hold]:
    """Detained (IS91) or to be deported: the newest record of the matter (record date, then recorded at) says so; a tie holds."""
    for matter in picture.immigration:
        for claim in newest(matter):
            record = claim.body
            if not isinstance(record, ImmigrationRecord) or record.record_type in _IMMIGRATION_ENDS:
                continue
            cited = f"record of {record.record_date.day} {record.record_date:%b %Y}"
            if (ground := _IMMIGRATION_GROUND.get(record.record_type)) is None:
                text = f"Immigration {cited} is of a type that is not known ({record.record_type}); a person must read it."
                yield query(QueryKind.UNKNOWN_CODE, claim.subject, text, "immigration/unknown-type", claim)
                continue
            what = "Detained under immigration powers (IS91)" if record.record_type == "IS91" else "Subject to a deportation order"
            text = f"{what}, {cited}; ends only by a newer immigration record on the same matter."
            yield hold(ground, Authority.IMMIGRATION, text, f"immigration/{record.record_type}", claim)


def deportable(picture: Picture) -> bool:
    """Immigration has a deportation order that no later record of the matter ended."""
    for matter in picture.immigration:
        ended = [version_of(c) for c in matter if getattr(c.body, "record_type", "") in _IMMIGRATION_ENDS]
        orders = [version_of(c) for c in matter if getattr(c.body, "record_type", "") == "DEPORTATION_ORDER"]
        if any(not ended or order > max(ended) for order in orders):
            return True
    return False
