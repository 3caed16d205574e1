"""What went wrong: pure readings of one prisoner's status, and of how far the sources have come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from holdfast.claims import Movement, ReleaseOrder, SourceMark
from holdfast.codes import Departure, exits_of_order
from holdfast.codes import departure as became_of
from holdfast.custody import Custody
from holdfast.london import london_date
from holdfast.records import Incident, PrisonerStatus, StatusEntry
from holdfast_gate.model import Exit, Ground, Notice, NoticeGround

#: Departures by which nobody was let go: escaped or absconded, died, or only paper moved.
_NOT_LET_GO = frozenset({Departure.STAYS, Departure.AT_LARGE, Departure.DEAD})


def departures_barred(status: PrisonerStatus, notice: Notice) -> Iterator[Incident]:
    """The prisoner is out by an exit that a ground in force bars.

    Known to the hub before he left: RELEASED_DESPITE_VETO. Otherwise RELEASED_IN_ERROR_SUSPECTED: a ground arrived for somebody already out.
    """
    departure = _departure(status)
    if departure is None:
        return
    barred = [ground for ground in notice.grounds if _bars(ground, departure)]
    barred = [ground for ground in barred if not _ordered(status, ground, departure)]
    known = [ground for ground in barred if _known_before(status, ground, departure)]
    for kind, grounds in (("RELEASED_DESPITE_VETO", known), ("RELEASED_IN_ERROR_SUSPECTED", [] if known else barred)):
        if grounds:
            left = departure.claim.occurred_at
            barring = ", ".join(ground.name for ground in grounds)
            yield Incident(
                incident_id=_id(kind, status.prisoner_number, str(departure.claim.source)),
                kind=kind,
                prisoner_number=status.prisoner_number,
                source=None,
                detected_at=notice.as_of,
                sentence=f"He left at {left:%H:%M} UTC on {left.day} {left:%b %Y}, barred by {barring}: {grounds[0].sentence}",
                records=(departure.claim.source, *(ground.source for ground in grounds)),
            )


def _departure(status: PrisonerStatus) -> StatusEntry | None:
    departure = Custody.of(status.prisoner_number, (entry.claim for entry in status.entries)).departure()
    if departure is None or not isinstance(departure.body, Movement):
        return None
    movement = departure.body
    became = became_of(movement.movement_type, movement.movement_reason_code)
    if movement.movement_type not in {"REL", "TAP"} or became in _NOT_LET_GO:
        return None
    return next(entry for entry in status.entries if entry.claim == departure)


def _bars(ground: NoticeGround, departure: StatusEntry) -> bool:
    movement = departure.claim.body
    if not isinstance(movement, Movement):
        return False
    fallback = Exit.TEMPORARY_RELEASE if movement.movement_type == "TAP" else Exit.RELEASE
    exits = exits_of_order(movement.movement_reason_code) if movement.movement_type == "REL" else frozenset[str]()
    return set(exits or {fallback.value}) <= set(ground.bars)


def _ordered(status: PrisonerStatus, ground: NoticeGround, departure: StatusEntry) -> bool:
    """A sentence lets an ordered temporary release through, and the departure itself has spent the order that a gate still saw."""
    movement = departure.claim.body
    if ground.ground != Ground.SENTENCE.value or not isinstance(movement, Movement) or movement.movement_type != "TAP":
        return False
    orders = [entry.claim for entry in status.entries if isinstance(entry.claim.body, ReleaseOrder)]
    left = departure.claim.occurred_at
    before = Custody.of(status.prisoner_number, (claim for claim in orders if claim.recorded_at <= left))
    return Exit.TEMPORARY_RELEASE.value in before.ordered_exits(london_date(left))


def _known_before(status: PrisonerStatus, ground: NoticeGround, departure: StatusEntry) -> bool:
    """Its record was durable upstream when he left, and before the record of his leaving was."""
    told = [entry.claim for entry in status.entries if entry.claim.source == ground.source]
    gone = departure.claim
    return any(claim.received_at <= gone.occurred_at and claim.received_at < gone.received_at for claim in told)


def silences(sources: Iterable[SourceMark], at: datetime, silent_after: timedelta) -> Iterator[Incident]:
    """A source that was heard once and has not been heard of for longer than `silent_after`."""
    for mark in sources:
        if mark.caught_up_as_of is not None and at - mark.caught_up_as_of > silent_after:
            since = mark.caught_up_as_of
            yield Incident(
                incident_id=_id("SOURCE_SILENT", mark.source, since.isoformat()),
                kind="SOURCE_SILENT",
                prisoner_number=None,
                source=mark.source,
                detected_at=at,
                sentence=f"Nothing was heard from {mark.source} since {since:%H:%M:%S} UTC on {since.day} {since:%b %Y}: every exit is referred.",
                records=(),
            )


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
