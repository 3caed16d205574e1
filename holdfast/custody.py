"""What custody has said about one prisoner: bookings, movements, dates, orders, and why it holds him.

Dates are London dates (`london.py`). Nothing here decides; it says what is so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from holdfast.claims import BookingDeleted, BookingMoved, Claim, ImprisonmentStatus, Movement, Recall, ReleaseOrder, SentenceDates
from holdfast.codes import Departure, ReleaseDateKind, exits_of_order, leaves, release_date_kind
from holdfast.codes import departure as became_of
from holdfast.london import london_date
from holdfast.release_dates import POST_RECALL, Due, Ends, due, paroled_after
from holdfast.subjects import happened_at, lettings_go, micros, newest, version_of
from holdfast_gate.model import Exit

_Body = TypeVar("_Body")

#: The NOMIS movement reason of the early removal scheme, and the date from which a removal under it is lawful.
EARLY_REMOVAL, EARLY_REMOVAL_DATE = "ETR", "ERSED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Custody:
    """Custody's claims about one prisoner, grouped.

    `gone` are the bookings that custody deleted, or moved to another number; `moved_here` those that it moved to his.
    """

    prisoner_number: str
    movements: tuple[Claim, ...]
    orders: tuple[Claim, ...]
    calculations: tuple[Claim, ...]
    recalls: tuple[Claim, ...]
    statuses: tuple[Claim, ...]
    gone: frozenset[str]
    moved_here: frozenset[str]

    @classmethod
    def of(cls, prisoner_number: str, claims: Iterable[Claim]) -> Custody:
        """Pick out what custody said; `prisoner_number` is his own, where two numbers were merged."""
        claims = tuple(claims)
        moves = _last_moves(claims)

        def about(kind: type) -> tuple[Claim, ...]:
            return tuple(claim for claim in claims if isinstance(claim.body, kind))

        return cls(
            prisoner_number=prisoner_number,
            movements=about(Movement),
            orders=about(ReleaseOrder),
            calculations=about(SentenceDates),
            recalls=about(Recall),
            statuses=about(ImprisonmentStatus),
            gone=frozenset(
                {claim.body.booking_id for claim in claims if isinstance(claim.body, BookingDeleted)}
                | {move.booking_id for move in moves if move.from_prisoner_number == prisoner_number}
            ),
            moved_here=frozenset(move.booking_id for move in moves if move.to_prisoner_number == prisoner_number),
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
        own |= self.moved_here
        begun = [(began, booking) for booking, began in self.bookings_begun().items()]
        return max([each for each in begun if each[1] in own] or begun)[1] if begun else None

    def began(self) -> datetime | None:
        """When the current booking began."""
        current = self.current_booking()
        return None if current is None else self.bookings_begun()[current]

    def bookings_begun(self) -> dict[str, datetime]:
        """When each booking began: its first reception."""
        begun: dict[str, datetime] = {}
        for claim in self.movements:
            movement = _movement(claim)
            if movement.booking_id is not None and movement.booking_id not in self.gone and movement.direction == "IN":
                began = begun.get(movement.booking_id, claim.occurred_at)
                begun[movement.booking_id] = min(began, claim.occurred_at)
        return begun

    def departure(self) -> Claim | None:
        """The movement by which he is out now, if custody says that he left."""
        last = self.last_movements()
        return last[-1] if last and departs(last[-1]) and not _movement(last[-1]).deleted else None

    def present(self) -> bool:
        """Custody received him into the current booking, nothing says that he left since, and it has not taken its last word back."""
        last = self.last_movements()
        return bool(last) and _movement(last[-1]).direction == "IN" and not _movement(last[-1]).deleted

    def at_court(self) -> Claim | None:
        """The movement by which he was taken to court, if custody's last word is that: he is in custody there."""
        last = self.last_movements()
        body = _movement(last[-1]) if last else None
        at_court = body is not None and became_of(body.movement_type, body.movement_reason_code) is Departure.COURT
        return last[-1] if at_court and body is not None and body.direction == "OUT" and not body.deleted else None

    def let_go_after(self, instant: datetime) -> bool:
        """Custody has released him, or handed him over, since then, and has not taken that back."""
        return any(not _movement(claim).deleted and claim.occurred_at > instant for claim in lettings_go(self.movements))

    def prison(self) -> str:
        """The prison that he was last heard of in; empty where custody never said."""
        return next((prison for claim in reversed(self.last_movements()) if (prison := _movement(claim).prison_id)), "")

    def status(self) -> Claim | None:
        """The newest imprisonment status of the current booking, or one that knows no booking."""
        current = self.current_booking()
        of_booking = [claim for claim in self.statuses if _said(claim, ImprisonmentStatus).booking_id in {current, None}]
        return max(of_booking, key=lambda claim: (version_of(claim), claim.subject, str(claim.source)), default=None)

    # --- when he may go ------------------------------------------------------------------------------------------------------

    def end_of(self, sentenced_at: datetime, ends: Ends) -> tuple[Due, ...]:
        """What each calculation that can have known of a sentence first shared at `sentenced_at` says of its end, by the dates that `ends` names.

        Such a calculation was recorded strictly after the sentence was shared, for a booking that no other had replaced by then.
        """
        return tuple(due(calculation_of(c), ends) for c in self._newest_calculations() if self._covers(c, sentenced_at))

    def served(self, sentenced_at: datetime, ends: Ends, today: date) -> bool:
        """Whether the release date of that sentence has come. Every calculation that covers it must agree: a doubt keeps it in force.

        On a day between the earliest that the law allows and the day itself it has come if custody has ordered a release for that day; whether
        it may be so early is then a question about the order (`orders.py`).
        """
        dues = self.end_of(sentenced_at, ends)
        ordered = Exit.RELEASE.value in self.ordered_exits(today)
        return bool(dues) and all(each.reached(today) or (ordered and each.within_reach(today)) for each in dues)

    def _covers(self, calculation: Claim, sentenced_at: datetime) -> bool:
        if calculation.recorded_at <= sentenced_at:
            return False
        begun = self.bookings_begun()
        own = begun.get(booking := calculation_of(calculation).booking_id)
        if self._left_before(booking, sentenced_at):
            return False
        return not any(began <= sentenced_at and (own is None or own < began) for began in begun.values())

    def _left_before(self, booking: str, sentenced_at: datetime) -> bool:
        """He had been released from that booking before he was sentenced, and was not received into it again."""
        last = newest((claim for claim in self.movements if _movement(claim).booking_id == booking), happened_at)
        gone = [departs(c) and _movement(c).movement_type == "REL" and not _movement(c).deleted and c.occurred_at <= sentenced_at for c in last]
        return bool(gone) and all(gone)

    def release_date(self, ends: Ends) -> tuple[Due, ...]:
        """What the current booking's newest calculation says of the date that `ends` names; several where it says two things at once."""
        current = self.current_booking()
        return tuple(due(calculation_of(c), ends) for c in self._newest_calculations() if calculation_of(c).booking_id == current)

    def release_date_reached(self, ends: Ends, today: date) -> bool:
        """The current booking's newest calculation is confirmed and that date has come."""
        dates = self.release_date(ends)
        return bool(dates) and all(each.reached(today) for each in dates)

    def minimum_term(self) -> bool:
        """The current booking's newest calculation has a date, such as a tariff, that only an indeterminate sentence has."""
        of_booking = [calculation_of(c) for c in self._newest_calculations() if calculation_of(c).booking_id == self.current_booking()]
        return any(release_date_kind(each.type) is ReleaseDateKind.INDETERMINATE for calculation in of_booking for each in calculation.dates)

    def _newest_calculations(self) -> list[Claim]:
        bookings = sorted({calculation_of(c).booking_id for c in self.calculations} - self.gone)
        return [claim for booking in bookings for claim in newest(c for c in self.calculations if calculation_of(c).booking_id == booking)]

    def recall_ended(self, since: datetime, booking_id: str | None, today: date) -> bool:
        """A calculation confirmed after `since` gives a release date after the recall (custody's, the Parole Board's, else expiry), and it has come.

        Where the booking of the recall is not known, the current one's calculation counts.
        """
        booking = self.current_booking() if booking_id is None else booking_id
        after = [calculation_of(c) for c in self._newest_calculations() if c.recorded_at > since]
        of_booking = [calculation for calculation in after if booking is None or calculation.booking_id == booking]
        day = london_date(since)
        return bool(of_booking) and all(due(each, POST_RECALL).reached(today) or paroled_after(each, day, today) for each in of_booking)

    def recall_told(self, booking_id: str | None, since: datetime) -> bool:
        """Whether custody has spoken of a recall in that booking since: that goes before what a reception or a status implies, and no older one."""
        return any(booking_id in {_said(claim, Recall).booking_id, None} for claim in self.recalls if claim.recorded_at >= since)

    # --- custody's own word (law 6) ------------------------------------------------------------------------------------------

    def live_orders(self, today: date) -> tuple[Claim, ...]:
        """Orders that stand for today or later: scheduled, not withdrawn, not spent by a departure."""
        # A departure that custody took back spends an order too: whatever it was that did not happen, the prison orders anew. So it does one that was
        # made before it and told again after: only an order that is newly made counts.
        left_at = max((claim.occurred_at for claim in self.movements if departs(claim)), default=None)
        single = [words[0] for words in self._newest_words() if len(words) == 1]
        unspent = [claim for claim in single if left_at is None or left_at < min(claim.occurred_at, claim.recorded_at)]
        return tuple(claim for claim in unspent if _scheduled(_said(claim, ReleaseOrder), today))

    def _newest_words(self) -> list[tuple[Claim, ...]]:
        subjects: dict[str, list[Claim]] = {}
        for claim in self.orders:
            subjects.setdefault(claim.subject, []).append(claim)
        return [newest(words) for _, words in sorted(subjects.items())]

    def early_removal(self, today: date) -> bool:
        """Custody has ordered a removal under the early removal scheme for today, and its confirmed eligibility date has come."""
        ordered = any(order.movement_reason_code == EARLY_REMOVAL for order in self._for(today))
        return ordered and self.early_removal_date_reached(today)

    def early_removal_date_reached(self, today: date) -> bool:
        """The current booking's newest calculation is confirmed and its early removal date has come."""
        current = self.current_booking()
        of_booking = [calculation_of(c) for c in self._newest_calculations() if calculation_of(c).booking_id == current]
        dates = [(c, [each.date for each in c.dates if each.type == EARLY_REMOVAL_DATE]) for c in of_booking]
        return bool(dates) and all(c.calculation_status == "CONFIRMED" and bool(days) and max(days) <= today for c, days in dates)

    def withdrawn_orders(self, today: date) -> tuple[Claim, ...]:
        """Orders for today or later that custody has withdrawn or carried out, or that a departure has spent; each as last said."""
        live = set(self.live_orders(today))
        return tuple(
            claim
            for words in self._newest_words()
            for claim in words
            if claim not in live and (_said(claim, ReleaseOrder).release_date or date.min) >= today
        )

    def ordered_exits(self, today: date) -> frozenset[str]:
        """The exits for which an order stands for today itself."""
        return frozenset(exit_ for order in self._for(today) for exit_ in exits_of_order(order.movement_reason_code))

    def _for(self, today: date) -> list[ReleaseOrder]:
        return [order for claim in self.live_orders(today) if (order := _said(claim, ReleaseOrder)).release_date == today]


def _last_moves(claims: Iterable[Claim]) -> list[BookingMoved]:
    """Custody's newest word on each booking that it moved from one number to another; several where it says two things at once."""
    moves: dict[str, list[Claim]] = {}
    for claim in claims:
        if isinstance(claim.body, BookingMoved):
            moves.setdefault(claim.body.booking_id, []).append(claim)
    return [claim.body for words in moves.values() for claim in newest(words) if isinstance(claim.body, BookingMoved)]


def _scheduled(order: ReleaseOrder, today: date) -> bool:
    return order.event_status == "SCH" and order.release_date is not None and order.release_date >= today


def departs(claim: Claim) -> bool:
    """The movement means that he left, as custody wrote it, whether or not it was taken back since."""
    movement = _movement(claim)
    return movement.direction == "OUT" and leaves(movement.movement_type, movement.movement_reason_code)


def _said(claim: Claim, kind: type[_Body]) -> _Body:
    if not isinstance(claim.body, kind):
        raise WrongBodyError(claim, kind)
    return claim.body


def _movement(claim: Claim) -> Movement:
    return _said(claim, Movement)


def calculation_of(claim: Claim) -> SentenceDates:
    """The calculation that `claim` says. Raises WrongBodyError."""
    return _said(claim, SentenceDates)


class WrongBodyError(TypeError):
    """A claim of one kind stands where another is needed: a defect of ours, never of the input."""

    def __init__(self, claim: Claim, wanted: type) -> None:
        super().__init__(f"claim {claim.source} on {claim.subject} is not a {wanted.__name__}")


def order_key(claim: Claim) -> tuple[int, str]:
    """A fixed order for orders: by when they were recorded."""
    return micros(claim.recorded_at), claim.subject
