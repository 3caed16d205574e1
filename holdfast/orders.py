"""The second key (law 6): custody's order for an exit, and whether the facts that its reason presupposes have been told.

Absence of a hold is not permission, because upstream records get lost. An order is for one booking and one day, and any departure spends it. What
each NOMIS movement reason presupposes is the table `PRESUPPOSES`; a reason without a row is a question for people.
"""

from __future__ import annotations

from collections.abc import Callable

from holdfast.claims import Claim, ReleaseOrder
from holdfast.codes import Effect, exits_of_order
from holdfast.custody import APPROVED, AUTOMATIC, EXPIRY, order_key
from holdfast.grounds import Picture, deportable
from holdfast.london import day_ends, day_starts
from holdfast.subjects import newest
from holdfast_gate.model import Exit, NoticeOrder

#: Looks at what was told; answers None, or says what is missing and who can supply it.
Requirement = Callable[[Picture], str | None]


def permissions(picture: Picture) -> tuple[NoticeOrder, ...]:
    """Every order that stands for today or later, once for each exit it serves, with what is missing for it."""
    return tuple(
        _permission(picture, claim, order, Exit(exit_))
        for claim in sorted(picture.custody.live_orders(picture.today), key=order_key)
        if isinstance(order := claim.body, ReleaseOrder)
        for exit_ in sorted(exits_of_order(order.movement_reason_code))
    )


def _permission(picture: Picture, claim: Claim, order: ReleaseOrder, exit_: Exit) -> NoticeOrder:
    if order.release_date is None:
        raise OrderWithoutDayError(claim)
    return NoticeOrder(
        exit=exit_.value,
        subject=claim.subject,
        reason_code=order.movement_reason_code,
        valid_from=day_starts(order.release_date),
        valid_until=day_ends(order.release_date),
        missing=tuple(_missing(picture, order, exit_)),
        source=claim.source,
    )


class OrderWithoutDayError(ValueError):
    """An order without a day stands: a defect of ours, since `live_orders` leaves such out."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"order {claim.source} has no release date")


def _missing(picture: Picture, order: ReleaseOrder, exit_: Exit) -> list[str]:
    reason = order.movement_reason_code
    presupposed = PRESUPPOSES.get((reason, exit_), PRESUPPOSES.get((reason, None)))
    if presupposed is None and exit_ is Exit.TEMPORARY_RELEASE:
        presupposed = ()  # a licence for a day is custody's alone to give
    if presupposed is None:
        return [f"No rule says what reason {reason} presupposes for exit {exit_.value}; the prison's offender management unit must confirm it."]
    found = [_in_this_booking(picture, order), *(requirement(picture) for requirement in presupposed)]
    return [text for text in found if text is not None]


# --- what a reason can presuppose -------------------------------------------------------------------------------------------


def _in_this_booking(picture: Picture, order: ReleaseOrder) -> str | None:
    current = picture.custody.current_booking()
    if current is None:
        return f"No reception into booking {order.booking_id} was heard of; the prison's reception can supply it."
    if current != order.booking_id:
        return f"The order is for booking {order.booking_id}, but he is held under booking {current}; the prison must order anew."
    if not picture.custody.present():
        return f"By custody's last movement he is not in prison under booking {current}; the prison must record his return."
    return None


def _release_date(types: frozenset[str], name: str) -> Requirement:
    def requirement(picture: Picture) -> str | None:
        if picture.custody.release_date_reached(types, picture.today):
            return None
        return f"No confirmed {name} that has come is known for this booking; the prison's sentence calculation can confirm it."

    return requirement


def _no_undecided_case(picture: Picture) -> str | None:
    undecided = sorted({offence.case_urn or offence.offence_id for offence in picture.offences if offence.undecided})
    if not undecided:
        return None
    return f"Case {', '.join(undecided)} is open and no result says whether he is bailed or held in it; the court can say."


def _bail_in_every_open_case(picture: Picture) -> str | None:
    if (missing := _no_undecided_case(picture)) is not None:
        return missing
    if any(offence.on_bail for offence in picture.offences):
        return None
    return "No court result is known that bails him; the court can supply it."


def _discharged_by_a_court(picture: Picture) -> str | None:
    if (missing := _no_undecided_case(picture)) is not None:
        return missing
    ends = {Effect.CLEAR, Effect.NON_CUSTODIAL, Effect.SUSPENDED}
    if any(said.row.effect in ends for offence in picture.offences for said in offence.in_force):
        return None
    return "No court result is known that ends his detention; the court can supply it."


def _immigration_detains(picture: Picture) -> str | None:
    detaining = {"IS91", "DEPORTATION_ORDER"}
    if any(getattr(claim.body, "record_type", "") in detaining for matter in picture.immigration for claim in newest(matter)):
        return None
    return "Immigration has no detention or deportation record in force; Home Office immigration enforcement can supply it."


def _immigration_deports(picture: Picture) -> str | None:
    if deportable(picture):
        return None
    return "Immigration has no deportation order in force; Home Office immigration enforcement can supply it."


def _immigration_bail(picture: Picture) -> str | None:
    bailed = any(getattr(claim.body, "record_type", "") == "IMMIGRATION_BAIL" for matter in picture.immigration for claim in newest(matter))
    return None if bailed else "No immigration bail is known; Home Office immigration enforcement can supply it."


_AT_RELEASE_DATE: tuple[Requirement, ...] = (_release_date(AUTOMATIC | EXPIRY, "release date"), _no_undecided_case)
_APPROVED_EARLY: tuple[Requirement, ...] = (_release_date(APPROVED, "approved early release date"), _no_undecided_case)

#: NOMIS movement reason, and the exit where the reason serves more than one, to what it presupposes. Meanings: `codes/movement-reasons.csv`.
PRESUPPOSES: dict[tuple[str, Exit | None], tuple[Requirement, ...]] = {
    **{(reason, None): _AT_RELEASE_DATE for reason in ("CR", "CE", "AR", "FR1", "FR2", "SC")},
    **{(reason, None): _APPROVED_EARLY for reason in ("HR", "HU", "HD", "HE", "PX", "NP")},
    ("BL", None): (_bail_in_every_open_case,),
    **{(reason, None): (_discharged_by_a_court,) for reason in ("DS", "DA", "AU", "NCS")},
    ("BD", None): (_immigration_bail, _no_undecided_case),
    **{(reason, Exit.IMMIGRATION_TRANSFER): (_immigration_detains,) for reason in ("DEIRC", "DD", "DE", "DL")},
    **{(reason, Exit.REMOVAL): (_immigration_deports,) for reason in ("DD", "DE", "DL")},
}
