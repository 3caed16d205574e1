"""The second key (law 6): custody's order for an exit, and whether the facts that its reason presupposes have been told.

Absence of a hold is not permission, because upstream records get lost. An order is for one booking and one day, and any departure spends it. `TABLE`
says what each NOMIS movement reason presupposes; a reason without a row is a question for people. `holdfast grounds --orders` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from holdfast.claims import Claim, ImprisonmentStatus, ReleaseOrder
from holdfast.codes import CodeRow, Effect, classify_imprisonment_status, exits_of_order, known_reason
from holdfast.custody import order_key
from holdfast.grounds.courts import ends_by
from holdfast.grounds.immigration import bailed_on, deportable, detains
from holdfast.grounds.picture import Picture
from holdfast.london import day_ends, day_starts, london_date
from holdfast.release_dates import APPROVED, BY_ITSELF, DETERMINATE, DIRECTED, EXPIRY, POST_RECALL, Ends
from holdfast_gate.model import Exit, Ground, NoticeOrder
from holdfast_gate.wording import exit_words

#: The CJS result code of a court's order for extradition; proceedings that are pending have another.
EXTRADITION_ORDERED = "4067"
#: Who can supply what, at the end of a sentence.
_ANEW = "the prison's offender management unit can make a new order."
_DATED = "the prison's sentence calculation team can confirm one."
_RESULTED = "the court can supply one."


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One fact that a reason presupposes. `missing` looks at what was told, and answers None or what is missing and who can supply it."""

    plain: str
    missing: Callable[[Picture], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderLaw:
    """One row: an order with one of these movement reasons, for this exit (None: whichever it serves), presupposes these facts."""

    reasons: tuple[str, ...]
    exit: Exit | None
    title: str
    presupposes: tuple[Fact, ...]


def permissions(picture: Picture) -> tuple[NoticeOrder, ...]:
    """Every order for today or later, once for each exit it serves, with what is missing for it.

    One that was withdrawn, carried out or spent is told too, valid at no time, so that people can read why there is none.
    """
    live = sorted(picture.custody.live_orders(picture.today), key=order_key)
    dead = sorted(picture.custody.withdrawn_orders(picture.today), key=order_key)
    return (
        *(_permission(claim, order, exit_, _missing(picture, claim, order, exit_)) for claim, order, exit_ in _each(live)),
        *(_permission(claim, order, exit_, [_why_dead(order)], valid=False) for claim, order, exit_ in _each(dead)),
    )


def _each(orders: list[Claim]) -> Iterator[tuple[Claim, ReleaseOrder, Exit]]:
    for claim in orders:
        if isinstance(order := claim.body, ReleaseOrder):
            for exit_ in sorted(_exits(order.movement_reason_code)):
                yield claim, order, Exit(exit_)


def _exits(reason: str) -> frozenset[str]:
    """The exits that an order with this reason is for. With one that no table has it is told as an order for release, which no rule bears out."""
    return exits_of_order(reason) if known_reason(reason) else frozenset({Exit.RELEASE.value})


def _permission(claim: Claim, order: ReleaseOrder, exit_: Exit, missing: list[str], *, valid: bool = True) -> NoticeOrder:
    if order.release_date is None:
        raise OrderWithoutDayError(claim)
    starts = day_starts(order.release_date)
    return NoticeOrder(
        exit=exit_.value,
        subject=claim.subject,
        reason_code=order.movement_reason_code,
        valid_from=starts,
        valid_until=day_ends(order.release_date) if valid else starts,
        missing=tuple(missing),
        source=claim.source,
    )


class OrderWithoutDayError(ValueError):
    """An order without a day stands: a defect of ours, since `live_orders` leaves such out."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(f"order {claim.source} has no release date")


def _why_dead(order: ReleaseOrder) -> str:
    match order.event_status:
        case "CANC":
            return f"The prison withdrew its order ({order.event_id}); {_ANEW}"
        case "COMP":
            return f"The prison recorded its order ({order.event_id}) as carried out; {_ANEW}"
        case _:
            return f"The prison's order ({order.event_id}) was used for a departure, or contradicts itself; {_ANEW}"


def _missing(picture: Picture, claim: Claim, order: ReleaseOrder, exit_: Exit) -> list[str]:
    reason = order.movement_reason_code
    row = next((row for row in TABLE if reason in row.reasons and row.exit in {exit_, None}), None)
    if row is None and exit_ is not Exit.TEMPORARY_RELEASE:  # a licence for a day is custody's alone to give
        rule = f"Holdfast has no rule for an order of {exit_words(exit_)} with this reason ({reason})"
        return [f"{rule}; the prison's offender management unit must confirm it."]
    presupposed = row.presupposes if row else (UNSENTENCED_BOOK,)
    found = [_in_this_booking(picture, claim, order), *(fact.missing(picture) for fact in presupposed)]
    return [text for text in found if text is not None]


# --- what a reason can presuppose -------------------------------------------------------------------------------------------


def _in_this_booking(picture: Picture, claim: Claim, order: ReleaseOrder) -> str | None:
    current = picture.custody.current_booking()
    if order.booking_id in picture.custody.gone:
        return f"The prison has deleted booking {order.booking_id}, which its order is for, or moved it to another number; {_ANEW}"
    if current is None:
        into = f" into booking {order.booking_id}" if order.booking_id else ""
        return f"No record says that the prison received the person{into}; the prison's reception can supply one."
    if not order.booking_id and picture.custody.bookings_begun()[current] > claim.occurred_at:
        return f"The order names no booking and was made before booking {current} began; {_ANEW}"
    if order.booking_id and current != order.booking_id:
        return f"The order is for booking {order.booking_id}, but the person is held under booking {current}; {_ANEW}"
    if not picture.custody.present() and picture.custody.at_court() is None:
        return f"The prison's last record says that the person has left (booking {current}); the prison's reception can record their return."
    return None


def _date(kinds: Ends, name: str) -> Fact:
    def missing(picture: Picture) -> str | None:
        if picture.custody.release_date_reached(kinds, picture.today):
            return None
        dates = picture.custody.release_date(kinds)
        known = "; ".join(sorted({each.words for each in dates})) or "no release date is known"
        early = any(each.within_reach(picture.today) for each in dates)
        who = ". Release this early needs a direction of the Secretary of State, which the governor can confirm." if early else f"; {_DATED}"
        return f"The prison has confirmed no {name} that is today or earlier ({known}){who}"

    return Fact(plain=f"a confirmed {name} that has come", missing=missing)


def _undecided(picture: Picture) -> str | None:
    cases = {offence.case_urn or offence.offence_id for offence in picture.offences if offence.undecided}
    if not cases:
        return None
    undecided = sorted(cases)
    freed = sorted({offence.case_urn for offence in picture.offences if offence.in_force} - cases - {""})
    though = f", whatever was decided in {', '.join(freed)}" if freed else ""
    return f"Case {', '.join(undecided)} is open, and no result says whether the person is bailed or held{though}; the court can say."


def _since_reception(picture: Picture, day: date) -> bool:
    """Whether `day` is not before the booking that he is in: what was said before it cannot be why he may leave it."""
    began = picture.custody.began()
    return began is None or day >= london_date(began)


def _bail(picture: Picture) -> str | None:
    bails = [said for offence in picture.offences if offence.on_bail for said in offence.in_force if said.effect is Effect.BAIL]
    if any(_since_reception(picture, said.snapshot.hearing_day) for said in bails):
        return None
    return f"Holdfast knows of no court result that grants bail since the person was received; {_RESULTED}"


def _discharge(picture: Picture) -> str | None:
    ends = {Effect.CLEAR, Effect.NON_CUSTODIAL, Effect.SUSPENDED}
    said = [said for offence in picture.offences for said in (*offence.in_force, *offence.ends) if said.effect in ends]
    if any(_since_reception(picture, each.snapshot.hearing_day) for each in said):
        return None
    return f"Holdfast knows of no court result that ends the detention since the person was received; {_RESULTED}"


def _fine_default(picture: Picture) -> str | None:
    if any(Ground.DEFAULT_IN_PAYMENT.value in offence.ever for offence in picture.offences):
        return None
    return "Holdfast knows of no court result that commits the person for not paying; the court's fines office can supply one."


def _extradition_ordered(picture: Picture) -> str | None:
    if any(said.row.cjs_code == EXTRADITION_ORDERED for offence in picture.offences for said in offence.in_force):
        return None
    return "Holdfast knows of no court order for extradition; the extradition court can supply one."


# --- custody's own books: what they say that no court has been heard to say --------------------------------------------------


def _book(picture: Picture) -> CodeRow | None:
    claim = picture.custody.status()
    return classify_imprisonment_status(claim.body.status_code) if claim and isinstance(claim.body, ImprisonmentStatus) else None


def _unsentenced_by_the_book(picture: Picture) -> str | None:
    """Custody's books say that it holds him unsentenced, and no court has been heard to speak of him at all."""
    row = _book(picture)
    unsentenced = {Ground.REMAND.value, Ground.CONVICTED_UNSENTENCED.value, Ground.COMMITTED_IN_CUSTODY.value, Ground.CIVIL_COMMITTAL.value}
    if row is None or row.ground not in unsentenced or any(offence.in_force or offence.ends for offence in picture.offences):
        return None
    return f"The prison holds the person under '{row.meaning}' ({row.code}), and Holdfast knows of no court result for that; {_RESULTED}"


def _sentenced_by_the_book(picture: Picture) -> str | None:
    """Custody's books, or a date that it has confirmed, prove a sentence that no court was heard to pass: then its date must have come."""
    if any(Ground.SENTENCE.value in offence.ever for offence in picture.offences):
        return None  # the court's own record holds him, or has ceased to
    row = _book(picture)
    dates = picture.custody.release_date(DETERMINATE)
    by_date = any(each.confirmed and not each.reached(picture.today) for each in dates)
    by_book = row is not None and row.ground == Ground.SENTENCE.value and not picture.custody.release_date_reached(DETERMINATE, picture.today)
    if not by_date and not by_book:
        return None
    known = "; ".join(sorted({each.words for each in dates})) or "no release date is known"
    book = f", '{row.meaning}' ({row.code})," if row is not None and by_book else ""
    return f"The prison holds the person on a sentence{book} whose confirmed release date is not today or earlier ({known}); {_DATED}"


def _sentence_running(picture: Picture) -> str | None:
    """A day so early is for an order by the date itself, which asks who directed it: no other order makes a sentence shorter."""
    holding = [said for offence in picture.offences for said in offence.in_force if said.effect is Effect.HOLD]
    dues = [due for said in holding if (ends := ends_by(said)) for due in picture.custody.end_of(said.first_shared_at, ends)]
    early = next((due for due in dues if due.within_reach(picture.today) and not due.reached(picture.today)), None)
    return f"A sentence is being served, and its day has not come ({early.words}); {_DATED}" if early else None


def _for_life_by_the_book(picture: Picture) -> str | None:
    if picture.custody.release_date_reached(DIRECTED, picture.today):
        return None
    if picture.custody.minimum_term():
        return (
            "The prison has calculated a minimum term, after which no date releases; "
            "the prison's offender management unit can confirm the Parole Board's approved date."
        )
    row = _book(picture)
    if row is None or not row.indeterminate:
        return None
    return (
        f"The prison holds the person under '{row.meaning}' ({row.code}), which ends only by a direction to release; "
        "the prison's offender management unit can confirm the Parole Board's approved date."
    )


def _immigration_detains(picture: Picture) -> str | None:
    if detains(picture):
        return None
    return "Immigration has no detention or deportation record in force; Home Office immigration enforcement can supply one."


def _immigration_deports(picture: Picture) -> str | None:
    if deportable(picture):
        return None
    return "Immigration has no deportation order in force; Home Office immigration enforcement can supply one."


def _immigration_bail(picture: Picture) -> str | None:
    if any(_since_reception(picture, day) for day in bailed_on(picture)):
        return None
    return "Holdfast knows of no immigration bail since the person was received; Home Office immigration enforcement can supply a record of it."


def _early_removal_date(picture: Picture) -> str | None:
    if picture.custody.early_removal_date_reached(picture.today):
        return None
    return f"The prison has confirmed no early removal date (ERSED) that is today or earlier; {_DATED}"


def _complete(picture: Picture) -> str | None:
    """A sentence is complete at its expiry; a civil term, or one in default, at whichever date custody calculated, or when a court ends it."""
    terms = {Ground.CIVIL_COMMITTAL.value, Ground.DEFAULT_IN_PAYMENT.value}
    purged = [said for offence in picture.offences for said in offence.ends if terms & set(said.row.ends)]
    if any(_since_reception(picture, said.snapshot.hearing_day) for said in purged):
        return _sentenced_by_the_book(picture)
    civil = any(said.row.ground in terms for offence in picture.offences for said in offence.in_force)
    return _date(DETERMINATE if civil else EXPIRY, "date on which the sentence is complete").missing(picture)


NO_OPEN_CASE = Fact(plain="no case that is open without a word about bail or custody", missing=_undecided)
UNSENTENCED_BOOK = Fact(plain="a court's word, where the prison's books say that the person is held unsentenced", missing=_unsentenced_by_the_book)
SENTENCED_BOOK = Fact(plain="the release date of a sentence that the prison's books alone show", missing=_sentenced_by_the_book)
LIFE_BOOK = Fact(plain="an approved date, where the prison's books say that the sentence has no other", missing=_for_life_by_the_book)
SENTENCE_RUNNING = Fact(plain="no sentence whose release date has not come", missing=_sentence_running)
#: What custody's books must not contradict, whatever else the reason presupposes.
BOOKS_AGREE = (UNSENTENCED_BOOK, SENTENCED_BOOK, LIFE_BOOK, SENTENCE_RUNNING)
BAIL = Fact(plain="a court's bail from this custody", missing=_bail)
DISCHARGE = Fact(plain="a court's result that ends this detention", missing=_discharge)
DETAINED_BY_IMMIGRATION = Fact(plain="an immigration detention or deportation in force", missing=_immigration_detains)
TO_BE_DEPORTED = Fact(plain="a deportation order in force", missing=_immigration_deports)
AUTOMATIC_DATE = _date(BY_ITSELF, "release date")
APPROVED_DATE = _date(APPROVED, "approved early release date")

TABLE: tuple[OrderLaw, ...] = (
    OrderLaw(
        reasons=("CR", "CE", "AR", "FR1", "FR2", "NP", "D3", "D4", "D5"),
        exit=None,
        title="release at the date that the law sets",
        presupposes=(AUTOMATIC_DATE, NO_OPEN_CASE, UNSENTENCED_BOOK, LIFE_BOOK),
    ),
    OrderLaw(
        reasons=("SC",),
        exit=None,
        title="sentence or contempt served in full",
        presupposes=(
            Fact(plain="a confirmed date on which the sentence, or the civil term, is complete", missing=_complete),
            NO_OPEN_CASE,
            UNSENTENCED_BOOK,
            LIFE_BOOK,
        ),
    ),
    OrderLaw(
        reasons=("HR", "HU", "HD", "HE", "HC", "PX", "ECSL"),
        exit=None,
        title="release before that date, as approved",
        presupposes=(APPROVED_DATE, NO_OPEN_CASE, UNSENTENCED_BOOK, LIFE_BOOK),
    ),
    OrderLaw(
        reasons=("PD", "D6"),
        exit=None,
        title="release again after a recall",
        presupposes=(_date(POST_RECALL, "release date after recall"), NO_OPEN_CASE, UNSENTENCED_BOOK),
    ),
    OrderLaw(reasons=("BL",), exit=None, title="bailed by a court", presupposes=(NO_OPEN_CASE, BAIL, *BOOKS_AGREE)),
    OrderLaw(
        reasons=("DS", "DA", "AU", "NCS"),
        exit=None,
        title="discharged, on appeal or because charges were dropped, or sentenced without custody",
        presupposes=(NO_OPEN_CASE, DISCHARGE, *BOOKS_AGREE),
    ),
    OrderLaw(
        reasons=("PF",),
        exit=None,
        title="paid what they were held for",
        presupposes=(Fact(plain="a court's commitment for not paying", missing=_fine_default), NO_OPEN_CASE, *BOOKS_AGREE),
    ),
    OrderLaw(
        reasons=("BD",),
        exit=None,
        title="bailed by immigration",
        presupposes=(Fact(plain="an immigration bail from this custody", missing=_immigration_bail), NO_OPEN_CASE, *BOOKS_AGREE),
    ),
    OrderLaw(
        reasons=("DEIRC", "DD", "DE", "DL", "ECSLIRC"),
        exit=Exit.IMMIGRATION_TRANSFER,
        title="handed over to immigration",
        presupposes=(DETAINED_BY_IMMIGRATION, *BOOKS_AGREE),
    ),
    OrderLaw(reasons=("DD", "DE", "DL"), exit=Exit.REMOVAL, title="deported", presupposes=(TO_BE_DEPORTED, *BOOKS_AGREE)),
    OrderLaw(
        reasons=("ETR",),
        exit=None,
        title="removed under the early removal scheme",
        presupposes=(TO_BE_DEPORTED, Fact(plain="a confirmed early removal date that has come", missing=_early_removal_date)),
    ),
    OrderLaw(
        reasons=("EX",),
        exit=Exit.EXTRADITION,
        title="surrendered to another state",
        presupposes=(Fact(plain="a court's order for extradition", missing=_extradition_ordered), NO_OPEN_CASE, *BOOKS_AGREE),
    ),
)
