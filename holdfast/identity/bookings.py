"""Bookings that custody moved from one prisoner number to another, and the subjects that are about each booking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.claims import (
    Body,
    BookingDeleted,
    BookingMoved,
    Claim,
    Identifier,
    ImprisonmentStatus,
    Movement,
    Recall,
    ReleaseOrder,
    SentenceDates,
)
from holdfast.subjects import newest

Numbers = frozenset[str]


def booking_of(body: Body) -> str | None:
    """The booking that custody speaks of, if it speaks of one."""
    match body:
        case Movement() | ReleaseOrder() | SentenceDates() | Recall() | ImprisonmentStatus() | BookingDeleted():
            return body.booking_id or None  # some sources do not know it, and strangers would share that
        case _:
            return None


def identifier_of(booking_id: str) -> Identifier:
    """A booking as an identifier of whoever is held under it."""
    return Identifier(type="BOOKING", value=booking_id)


@dataclass
class Bookings:
    """Every move that custody ever told, and the subjects of each booking."""

    moves: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    subjects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _touching: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def hear(self, subject: str, claims: tuple[Claim, ...]) -> None:
        """Take note of what a subject's claims say of bookings."""
        for claim in claims:
            if isinstance(claim.body, BookingMoved):
                self.moves[claim.body.booking_id] = claims
                for number in (claim.body.from_prisoner_number, claim.body.to_prisoner_number):
                    self._touching[number].add(claim.body.booking_id)
            elif (booking := booking_of(claim.body)) is not None:
                self.subjects[booking].add(subject)

    def of_subject(self, claims: tuple[Claim, ...]) -> set[str]:
        """The moved bookings that the claims of a subject are about."""
        return {booking for claim in claims if (booking := booking_of(claim.body)) in self.moves}

    def under(self, booking_id: str) -> Numbers:
        """Every number that a move ever took the booking from or to."""
        moves = _moves(self.moves.get(booking_id, ()))
        return frozenset(number for move in moves for number in (move.from_prisoner_number, move.to_prisoner_number))

    def now_under(self, booking_id: str) -> Numbers:
        """The number under which the newest move put it; several where moves of one instant disagree; nobody where it never moved."""
        return frozenset(move.to_prisoner_number for move in _moves(newest(self.moves.get(booking_id, ()))))

    def touching(self, numbers: Numbers) -> set[str]:
        """The bookings that were ever moved from or to one of `numbers`."""
        return {booking for number in numbers for booking in self._touching.get(number, ())}


def _moves(claims: tuple[Claim, ...]) -> Iterator[BookingMoved]:
    for claim in claims:
        if isinstance(claim.body, BookingMoved):
            yield claim.body
