"""Grounds that immigration opens and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from holdfast.claims import ImmigrationRecord
from holdfast.codes import Effect, classify_immigration
from holdfast.grounds.picture import Hold, Picture
from holdfast.grounds.table import law
from holdfast.subjects import newest, version_of
from holdfast_gate.model import Ground, QueryKind


def immigration(picture: Picture) -> Iterator[Hold]:
    """Detained or to be deported: the newest record of the matter (record date, then recorded at) says so; a tie holds."""
    for matter in picture.immigration:
        for claim in newest(matter):
            record = claim.body
            if not isinstance(record, ImmigrationRecord):
                continue
            row = classify_immigration(record.record_type)
            day = f"{record.record_date.day} {record.record_date:%b %Y}"
            if row.effect is Effect.HOLD:
                rule = f"immigration/{record.record_type}"
                yield picture.hold(law(Ground(row.ground)), claim, rule, what=row.meaning, day=day)
            elif row.effect is Effect.CHECK:
                text = f"The immigration record of {day} says '{row.meaning}' ({record.record_type}), which somebody must read: {row.reason}"
                yield picture.query(QueryKind(row.ground), claim.subject, text, "immigration/check", claim)


def detains(picture: Picture) -> bool:
    """Immigration has a detention or a deportation in force."""
    return any(classify_immigration(record.record_type).effect is Effect.HOLD for record in _newest_records(picture))


def bailed_on(picture: Picture) -> tuple[date, ...]:
    """The days on which immigration granted bail that is still its newest word in the matter."""
    return tuple(record.record_date for record in _newest_records(picture) if record.record_type == "IMMIGRATION_BAIL")


def deportable(picture: Picture) -> bool:
    """Immigration has a deportation order that no later record of the matter ended."""
    for matter in picture.immigration:
        rows = [(claim, classify_immigration(getattr(claim.body, "record_type", ""))) for claim in matter]
        ended = [version_of(claim) for claim, row in rows if row.effect is Effect.CLEAR]
        orders = [version_of(claim) for claim, row in rows if row.ground == Ground.DEPORTATION.value]
        if any(not ended or order > max(ended) for order in orders):
            return True
    return False


def _newest_records(picture: Picture) -> list[ImmigrationRecord]:
    return [record for matter in picture.immigration for claim in newest(matter) if isinstance(record := claim.body, ImmigrationRecord)]
