"""What custody has said, by itself: where he is, since when, and why custody holds him."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast.claims import Claim, Movement
from holdfast.custody import Custody, WrongBodyError, calculation_of, departs
from tests.core.telling import NUMBER, TODAY, ago, alert, books, deleted_booking, left, order, received, say


def custody(*claims: Claim) -> Custody:
    """Custody's view of him."""
    return Custody.of(NUMBER, claims)


def thin(at: Claim) -> Claim:
    """The same movement, told without its booking."""
    return replace(at, body=replace(at.body, booking_id=None), subject=f"custody/movements/{NUMBER}")  # type: ignore[type-var]


def test_a_booking_begins_by_its_first_reception_and_by_nothing_else() -> None:
    """Not by a departure, nor by a reception that knows no booking; and one that custody deleted never began."""
    claims = (
        received(at=ago(days=9)),
        received(at=ago(days=30), seq=2),
        left(booking="b2"),
        thin(received("b3")),
        received("b4"),
        deleted_booking("b4"),
    )
    assert custody(*claims).bookings_begun() == {"b1": ago(days=30)}
    assert custody(*claims).began() == ago(days=30)
    assert custody().began() is None


def test_only_who_was_taken_to_court_is_there() -> None:
    """Not by an entry in the diary, nor by coming back from it, nor when custody takes its word back; of whom nothing is known is nowhere."""
    to_court = left("CRT", "CA")
    assert custody(received(), to_court).at_court() == to_court
    assert custody(received(), left("CRT", "NA")).at_court() is None
    back = replace(to_court, body=replace(to_court.body, direction="IN"))  # type: ignore[type-var]
    assert custody(received(), back).at_court() is None
    undone = replace(to_court, body=replace(to_court.body, deleted=True))  # type: ignore[type-var]
    assert custody(received(), undone).at_court() is None
    assert custody().at_court() is None


def test_the_prison_is_the_last_that_was_named() -> None:
    """A movement that names none leaves him where he was; of somebody never heard of there is none."""
    assert custody(received()).prison() == "WWI"
    nameless = say(Movement(direction="OUT", booking_id=None, movement_seq=None, movement_type="CRT", movement_reason_code="CA"))
    assert custody(received(), nameless).prison() == "WWI"
    assert custody().prison() == ""


def test_the_status_is_the_newest_of_the_booking() -> None:
    """One that knows no booking counts; one of an earlier booking does not; of two at one time the same one, whichever was heard first."""
    here = (received("b0", at=ago(days=90)), received())
    older, newer = books("SENT", at=ago(days=3)), books("RX", at=ago(days=2), booking=None)
    assert custody(*here, newer, older).status() == custody(*here, older, newer).status() == newer
    assert custody(*here, books("RX", booking="b0")).status() is None
    assert custody(*here).status() is None
    tied = books("SENT", at=ago(days=2))
    assert custody(*here, tied, newer).status() == custody(*here, newer, tied).status()


def test_who_departs() -> None:
    """Whoever goes out by a movement of somebody's leaving."""
    assert departs(left("REL", "CR"))
    assert not departs(left("ADM", "CR"))
    assert not departs(left("REL", "MRG"))
    assert not departs(received())


def test_a_claim_in_the_wrong_place_is_a_defect() -> None:
    """The error names the record, what it is about and what was wanted."""
    told = alert()
    with pytest.raises(WrongBodyError) as defect:
        calculation_of(told)
    assert str(defect.value) == f"claim {told.source} on custody/alert/a1 is not a SentenceDates"
    with pytest.raises(WrongBodyError, match="is not a Movement"):
        departs(told)


def test_an_order_lets_somebody_out_on_its_own_day() -> None:
    """Nobody is out today on an order for tomorrow."""
    assert custody(received(), order()).ordered_exits(TODAY) == {"release"}
    assert custody(received(), order(day=TODAY + timedelta(days=1))).ordered_exits(TODAY) == frozenset()
    assert custody(received()).ordered_exits(TODAY) == frozenset()
