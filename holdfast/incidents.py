"""What went wrong: pure readings of one prisoner's status, and of how far the sources have come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.claims import Claim, Movement, ReleaseOrder, SourceMark
from holdfast.codes import Departure, exits_of_order
from holdfast.codes import departure as became_of
from holdfast.custody import Custody
from holdfast.grounds import Hold, Picture, holds
from holdfast.records import Incident, PrisonerStatus
from holdfast_gate.model import Exit, Notice, QueryKind
from holdfast_gate.wording import source_words, time_words

#: Departures by which nobody was let go: escaped or absconded, died, or only paper moved.
_NOT_LET_GO = frozenset({Departure.STAYS, Departure.AT_LARGE, Departure.DEAD})


def departures_barred(status: PrisonerStatus, notice: Notice) -> Iterator[Incident]:
    """The prisoner is out by an exit that a ground barred when he left, by everything that is known now.

    Known to the hub before he left: RELEASED_DESPITE_VETO. Otherwise RELEASED_IN_ERROR_SUSPECTED: a ground arrived for somebody already out.
    `notice` is what gates are told of him now; it dates the incident.
    """
    departure = departure_of(status)
    if departure is None:
        return
    barred = [hold for hold in holds(_as_he_left(status, departure)) if _bars(hold, departure)]
    known = [hold for hold in barred if _known_before(status, hold, departure)]
    # A record that may be of several people is no word about one who is out already: it waits in the queue.
    suspected = [hold for hold in barred if hold.query_kind is not QueryKind.AMBIGUOUS_IDENTITY]
    for kind, found in (("RELEASED_DESPITE_VETO", known), ("RELEASED_IN_ERROR_SUSPECTED", [] if known else suspected)):
        if found:
            left = departure.occurred_at
            barring = ", ".join(hold.name for hold in found)
            yield Incident(
                incident_id=incident_id(kind, status.prisoner_number, str(departure.source)),
                kind=kind,
                prisoner_number=status.prisoner_number,
                source=None,
                detected_at=notice.as_of,
                sentence=f"The person left at {left:%H:%M} UTC on {left.day} {left:%b %Y}, barred by {barring}: {found[0].sentence}",
                records=(departure.source, *(hold.claim.source for hold in found)),
            )


def departure_of(status: PrisonerStatus) -> Claim | None:
    """The movement by which he was let go, if custody's last word is that he was; no escort, no escape, no death, no paper."""
    departure = Custody.of(status.prisoner_number, (entry.claim for entry in status.entries)).departure()
    if departure is None or not isinstance(movement := departure.body, Movement):
        return None
    became = became_of(movement.movement_type, movement.movement_reason_code)
    return departure if movement.movement_type in {"REL", "TAP"} and became not in _NOT_LET_GO else None


def _as_he_left(status: PrisonerStatus, departure: Claim) -> Picture:
    """Everything that is known but the departure itself, which spends the order by which he went; that order may be recorded as carried out."""
    told = [_still_ordered(entry.claim, departure) for entry in status.entries if entry.claim != departure]
    return Picture.of(status.prisoner_number, told, departure.occurred_at)


def _still_ordered(claim: Claim, departure: Claim) -> Claim:
    order = claim.body
    if not isinstance(order, ReleaseOrder) or order.event_status != "COMP":
        return claim
    return replace(claim, body=replace(order, event_status="SCH"), recorded_at=min(claim.recorded_at, departure.occurred_at))


def exits_left_by(departure: Claim) -> frozenset[str]:
    """The exits that this departure may have been by: those that its reason serves, else the one that its type says; none of what is no movement."""
    movement = departure.body
    if not isinstance(movement, Movement):
        return frozenset()
    fallback = Exit.TEMPORARY_RELEASE if movement.movement_type == "TAP" else Exit.RELEASE
    exits = exits_of_order(movement.movement_reason_code) if movement.movement_type == "REL" else frozenset[str]()
    return exits or frozenset({fallback.value})


def _bars(hold: Hold, departure: Claim) -> bool:
    exits = exits_left_by(departure)
    return bool(exits) and exits <= {exit_.value for exit_ in hold.bars}


def _known_before(status: PrisonerStatus, hold: Hold, departure: Claim) -> bool:
    """Its record was durable upstream when he left, and before the record of his leaving was."""
    told = [entry.claim for entry in status.entries if entry.claim.source == hold.claim.source]
    return any(claim.received_at <= departure.occurred_at and claim.received_at < departure.received_at for claim in told)


def silences(sources: Iterable[SourceMark], at: datetime, silent_after: timedelta) -> Iterator[Incident]:
    """A source that was heard once and has not been heard of for longer than `silent_after`."""
    for mark in sources:
        if mark.caught_up_as_of is not None and at - mark.caught_up_as_of > silent_after:
            since = mark.caught_up_as_of
            yield Incident(
                incident_id=incident_id("SOURCE_SILENT", mark.source, since.isoformat()),
                kind="SOURCE_SILENT",
                prisoner_number=None,
                source=mark.source,
                detected_at=at,
                sentence=f"Holdfast has heard nothing from {source_words(mark.source)} since {time_words(since)}: gates refer every exit to people.",
                records=(),
            )


def incident_id(*parts: str) -> str:
    """How an incident is known: by what it is about. Watch finds it again by this after a restart."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
