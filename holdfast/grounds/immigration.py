"""Grounds that immigration opens and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from holdfast.claims import Claim, ImmigrationRecord
from holdfast.codes import Effect, classify_immigration
from holdfast.grounds.picture import Hold, Picture
from holdfast.grounds.table import law
from holdfast.subjects import newest, version_of
from holdfast_gate.model import Ground, QueryKind


def immigration(picture: Picture) -> Iterator[Hold]:
    """Detained or to be deported: the newest record of the matter (record date, then recorded at) says so; a tie holds."""
    for claim, record in _newest_records(picture):
        row = classify_immigration(record.record_type)
        day = f"{record.record_date.day} {record.record_date:%b %Y}"
        if row.effect is Effect.HOLD:
            yield picture.hold(law(Ground(row.ground)), claim, f"immigration/{record.record_type}", what=row.meaning, day=day)
        elif row.effect is Effect.CHECK:
            text = f"The immigration record of {day} says '{row.meaning}' ({record.record_type}), which somebody must read: {row.reason}"
            yield picture.query(QueryKind(row.ground), claim.subject, text, "immigration/check", claim)


def detains(picture: Picture) -> bool:
    """Immigration has a detention or a deportation in force."""
    return any(classify_immigration(record.record_type).effect is Effect.HOLD for _, record in _newest_records(picture))


def bailed_on(picture: Picture) -> tuple[date, ...]:
    """The days on which immigration granted bail that is still its newest word in the matter."""
    return tuple(record.record_date for _, record in _newest_records(picture) if record.record_type == "IMMIGRATION_BAIL")


def deportable(picture: Picture) -> bool:
    """Immigration has a deportation order that no later record of the matter ended."""
    for matter in picture.immigration:
        records = [(version_of(claim), record) for claim in matter if isinstance(record := claim.body, ImmigrationRecord)]
        rows = [(version, classify_immigration(record.record_type)) for version, record in records]
        ended = [version for version, row in rows if row.effect is Effect.CLEAR]
        orders = [version for version, row in rows if row.ground == Ground.DEPORTATION.value]
        if any(not ended or order > max(ended) for order in orders):
            return True
    return False


def _newest_records(picture: Picture) -> list[tuple[Claim, ImmigrationRecord]]:
    return [(claim, record) for matter in picture.immigration for claim in newest(matter) if isinstance(record := claim.body, ImmigrationRecord)]
