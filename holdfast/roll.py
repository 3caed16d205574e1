"""The nominal roll against what the hub has been told: where the two differ, one of them is wrong, and a person must look.

A roll is custody's own count of everybody in one prison at one instant. It is compared prisoner by prisoner with the newest movement that the hub was
told of. What custody recorded of the hour before the count, or of later, does not count against either side: people are in flight then, in a van or
between two desks. So a movement told later also answers a difference.

Pure; the order in which rolls and movements arrive changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import assert_never

from holdfast.claims import Claim, Movement, NominalRoll
from holdfast.codes import leaves
from holdfast.london import LONDON
from holdfast.subjects import newest

#: A movement later than this before the count may or may not be on the roll yet.
IN_FLIGHT = timedelta(hours=1)


class Place(Enum):
    """Where the newest movement leaves somebody."""

    IN = auto()  # received into a prison
    AWAY = auto()  # at court or on temporary absence: on the prison's roll or not, both are right
    UNDER_WAY = auto()  # transferred, not received yet: on the roll of the prison he goes to, or on none
    OUT = auto()  # left
    UNSAID = auto()  # custody has taken its word back, or names no prison


@dataclass(frozen=True, kw_only=True, slots=True)
class Whereabouts:
    """Where one movement leaves somebody, in `prison_id` where there is one."""

    place: Place
    prison_id: str
    since: datetime

    @classmethod
    def after(cls, claim: Claim, movement: Movement) -> Whereabouts:
        """Where `movement` leaves whoever moved."""
        place, prison_id = _place(movement)
        return cls(place=place, prison_id=prison_id, since=claim.occurred_at)

    def agrees(self, prison_id: str, *, on_roll: bool) -> bool:
        """Whether a roll of `prison_id` may have him on it, or may leave him out."""
        match self.place:
            case Place.IN:
                return on_roll == (self.prison_id == prison_id)
            case Place.AWAY:
                return not on_roll or self.prison_id == prison_id
            case Place.UNDER_WAY:
                return not on_roll or self.prison_id in {prison_id, ""}
            case Place.OUT:
                return not on_roll
            case Place.UNSAID:
                return True
        assert_never(self.place)

    def __str__(self) -> str:
        since = f"since {_when(self.since)}"
        match self.place:
            case Place.IN:
                return f"in {self.prison_id} {since}"
            case Place.AWAY:
                return f"out of {self.prison_id or 'prison'} for a while, {since}"
            case Place.UNDER_WAY:
                return f"on the way to {self.prison_id or 'another prison'} {since}"
            case Place.OUT:
                return f"gone {since}"
            case Place.UNSAID:
                return f"nowhere that the prison has said, {since}"
        assert_never(self.place)


def _place(movement: Movement) -> tuple[Place, str]:
    if movement.deleted:
        return Place.UNSAID, ""
    if movement.direction == "IN":
        return (Place.IN, movement.prison_id) if movement.prison_id else (Place.UNSAID, "")
    match movement.movement_type:
        case "CRT" | "TAP":
            return (Place.AWAY, movement.prison_id) if movement.prison_id else (Place.UNSAID, "")
        case "TRN":
            return Place.UNDER_WAY, movement.to_agency_id or ""
        case _ if leaves(movement.movement_type, movement.movement_reason_code):
            return Place.OUT, ""
        case _:  # paperwork: he is where he was
            return (Place.IN, movement.prison_id) if movement.prison_id else (Place.UNSAID, "")


def whereabouts(subjects: Iterable[Sequence[Claim]]) -> tuple[Whereabouts, ...]:
    """Where the newest movements of one person leave him, subject by subject of what custody said; several where they are of one instant."""
    last = [(claim, claim.body) for claims in subjects for claim in newest(claims) if isinstance(claim.body, Movement)]
    latest = max((claim.occurred_at for claim, _ in last), default=None)
    return tuple(Whereabouts.after(claim, movement) for claim, movement in last if claim.occurred_at == latest)


def difference(rolls: Sequence[Claim], number: str, on_roll: Sequence[bool], places: Sequence[Whereabouts]) -> str | None:
    """What differs between the newest count of a prison and what the hub was told of one prisoner, with both sides; None if nothing does.

    `rolls` is one claim, or several of one instant that disagree; `on_roll` says of each whether it has him. `places` is where the hub has him;
    nowhere if it was never told of a movement.
    """
    for claim, listed in zip(rolls, on_roll, strict=True):
        roll = claim.body
        if not isinstance(roll, NominalRoll) or any(place.since > roll.taken_at - IN_FLIGHT for place in places):
            continue
        if any(place.agrees(roll.prison_id, on_roll=listed) for place in places) or not (places or listed):
            continue
        told = " or ".join(dict.fromkeys(str(place) for place in places)) or "known to no prison"
        counted = "has" if listed else "does not have"
        roll_says = f"The roll of {roll.prison_id} at {_when(roll.taken_at)} {counted} {number}"
        return f"{roll_says}; by the records of movements the person is {told}; the prison's reception can say which is right."
    return None


def _when(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%b %Y}"
