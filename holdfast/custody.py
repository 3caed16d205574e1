"""What custody has said about one prisoner: bookings, movements, dates, orders.

Dates are London dates (`london.py`). Nothing here decides; it says what is so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from holdfast.claims import Claim, Movement, Recall, ReleaseDate, ReleaseOrder, SentenceDates
from holdfast.codes import exits_of_order, leaves
from holdfast.subjects import micros, newest, version_of

#: Calculated dates on which a sentence's custodial part ends by itself; where several stand, the last binds.
AUTOMATIC = frozenset({"CRD", "ARD", "NPD", "MTD"})
#: Approved dates before the automatic one: home detention curfew, parole.
APPROVED = frozenset({"HDCAD", "APD"})
#: Where no automatic date was calculated, the sentence runs to its expiry.
EXPIRY = frozenset({"SED", "SLED", "ESED"})
#: When somebody recalled may leave again.
POST_RECALL = frozenset({"PRRD"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Custody:
    """Custody's claims about one prisoner, grouped."""

    prisoner_number: str
    movements: tuple[Claim, ...]
    orders: tuple[Claim, ...]
    calculations: tuple[Claim, ...]
    recalls: tuple[Claim, ...]

    @classmethod
    def of(cls, prisoner_number: str, claims: Iterable[Claim]) -> Custody:
        """Pick out what custody said; `prisoner_number` is his own, where two numbers were merged."""
        claims = tuple(claims)

        def about(kind: type) -> tuple[Claim, ...]:
            return tuple(claim for claim in claims if isinstance(claim.body, kind))

        return cls(
            prisoner_number=prisoner_number,
            movements=about(Movement),
            orders=about(ReleaseOrder),
            calculations=about(SentenceDates),
            recalls=about(Recall),
        )

    # --- where he is ---------------------------------------------------------------------------------------------------------

    def last_movements(self) -> tuple[Claim, ...]:
        """The newest movement of the current booking, and any later one that knows no booking; the last of all comes last."""
        current = self.current_booking()
        relevant = [claim for claim in self.movements if _movement(claim).booking_id in {current, None}]
        by_subject = [newest(claim for claim in relevant if claim.subject == subject) for subject in sorted({c.subject for c in relevant})]
        last = [claim for group in by_subject for claim in group]
        return tuple(sorted(last, key=lambda claim: (claim.occurred_at, version_of(claim))))

    def current_booking(self) -> str | None:
        """The booking that began last under his own number, else under any that was merged into it; None where no reception was heard of."""
        own = {_movement(claim).booking_id for claim in self.movements if claim.person.prisoner_number == self.prisoner_number}
        begun = [(began, booking) for booking, began in self.bookings_begun().items()]
        return max([each for each in begun if each[1] in own] or begun)[1] if begun else None

    def bookings_begun(self) -> dict[str, datetime]:
        """When each booking began: its first reception."""
        begun: dict[str, datetime] = {}
        for claim in self.movements:
            movement = _movement(claim)
            if movement.booking_id is not None and movement.direction == "IN":
                began = begun.get(movement.booking_id, claim.occurred_at)
                begun[movement.booking_id] = min(began, claim.occurred_at)
        return begun

    def departure(self) -> Claim | None:
        """The movement by which he is out now, if custody says that he left."""
        last = self.last_movements()
        if not last:
            return None
        movement = _movement(last[-1])
        out = movement.direction == "OUT" and leaves(movement.movement_type, movement.movement_reason_code)
        return last[-1] if out else None

    def present(self) -> bool:
        """Custody received him into the current booking and nothing says that he left since."""
        last = self.last_movements()
        return bool(last) and _movement(last[-1]).direction == "IN"

    # --- when he may go ------------------------------------------------------------------------------------------------------

    def served(self, sentenced_at: datetime, today: date) -> bool:
        """Whether the release date of a sentence first shared at `sentenced_at` has come, by a confirmed calculation that can have known of it.

        Such a calculation was recorded strictly after the sentence was shared, for a booking that no other had replaced by then. Every one that
        qualifies must agree: a doubt keeps the sentence in force.
        """
        covering = [c for c in self._newest_calculations() if self._covers(c, sentenced_at)]
        return bool(covering) and all(reached(c, AUTOMATIC | EXPIRY | APPROVED, today) for c in covering)

    def _covers(self, calculation: Claim, sentenced_at: datetime) -> bool:
        if calculation.recorded_at <= sentenced_at:
            return False
        begun = self.bookings_begun()
        own = begun.get(_calculation(calculation).booking_id)
        return not any(began <= sentenced_at and (own is None or own < began) for began in begun.values())

    def release_date_reached(self, types: frozenset[str], today: date) -> bool:
        """The current booking's newest calculation is confirmed and its date of one of `types` has come."""
        current = self.current_booking()
        of_booking = [c for c in self._newest_calculations() if _calculation(c).booking_id == current]
        return bool(of_booking) and all(reached(c, types, today) for c in of_booking)

    def _newest_calculations(self) -> list[Claim]:
        bookings = sorted({_calculation(c).booking_id for c in self.calculations})
        return [claim for booking in bookings for claim in newest(c for c in self.calculations if _calculation(c).booking_id == booking)]

    def recall_ended(self, recall: Claim, today: date) -> bool:
        """A calculation confirmed after the recall gives a post-recall release date (else the sentence's expiry), and it has come."""
        body = recall.body
        if not isinstance(body, Recall):
            return False
        after = [c for c in self._newest_calculations() if _calculation(c).booking_id == body.booking_id and c.recorded_at > recall.recorded_at]
        return bool(after) and all(
            reached(c, POST_RECALL if any(d.type in POST_RECALL for d in _calculation(c).dates) else EXPIRY, today) for c in after
        )

    # --- custody's own word (law 6) ------------------------------------------------------------------------------------------

    def live_orders(self, today: date) -> tuple[Claim, ...]:
        """Orders that stand for today or later: scheduled, not withdrawn, not spent by a departure."""
        live: list[Claim] = []
        for subject in sorted({claim.subject for claim in self.orders}):
            words = newest(claim for claim in self.orders if claim.subject == subject)
            order = words[0].body
            if len(words) == 1 and isinstance(order, ReleaseOrder) and self._stands(words[0], order, today):
                live.append(words[0])
        return tuple(live)

    def _stands(self, claim: Claim, order: ReleaseOrder, today: date) -> bool:
        if order.event_status != "SCH" or order.release_date is None or order.release_date < today:
            return False
        return not any(self._spends(movement, claim) for movement in self.movements)

    @staticmethod
    def _spends(movement: Claim, order: Claim) -> bool:
        body = _movement(movement)
        departed = body.direction == "OUT" and leaves(body.movement_type, body.movement_reason_code)
        return departed and movement.occurred_at >= order.recorded_at

    def ordered_exits(self, today: date) -> frozenset[str]:
        """The exits for which an order stands for today itself."""
        orders = [claim.body for claim in self.live_orders(today)]
        return frozenset(
            exit_
            for order in orders
            if isinstance(order, ReleaseOrder) and order.release_date == today
            for exit_ in exits_of_order(order.movement_reason_code)
        )


def _movement(claim: Claim) -> Movement:
    if not isinstance(claim.body, Movement):
        raise WrongBodyError(claim, Movement)
    return claim.body


def _calculation(claim: Claim) -> SentenceDates:
    if not isinstance(claim.body, SentenceDates):
        raise WrongBodyError(claim, SentenceDates)
    return claim.body


class WrongBodyError(TypeError):
    """A claim of one kind stands where another is needed: a defect of ours, never of the input."""

    def __init__(self, claim: Claim, wanted: type) -> None:
        super().__init__(f"claim {claim.source} on {claim.subject} is not a {wanted.__name__}")


def end_of_custody(dates: Sequence[ReleaseDate], types: frozenset[str]) -> date | None:
    """The date of `types` that binds: an approved one before the automatic ones, the last of those, else the sentence's expiry."""
    approved = [d.date for d in dates if d.type in APPROVED & types]
    automatic = [d.date for d in dates if d.type in AUTOMATIC & types]
    expiry = [d.date for d in dates if d.type in (EXPIRY | POST_RECALL) & types]
    ends = [min(approved)] if approved else []
    if automatic:
        ends.append(max(automatic))
    elif expiry:
        ends.append(max(expiry))
    return min(ends) if ends else None


def reached(calculation: Claim, types: frozenset[str], today: date) -> bool:
    """`calculation` is confirmed, and its binding date of `types` is today or past."""
    body = _calculation(calculation)
    end = end_of_custody(body.dates, types)
    return body.calculation_status == "CONFIRMED" and end is not None and end <= today


def order_key(claim: Claim) -> tuple[int, str]:
    """A fixed order for orders: by when they were recorded."""
    return micros(claim.recorded_at), claim.subject
