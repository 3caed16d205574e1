"""Of which booking a word is: what is said of one ends nothing in another, and a booking begins by the first that was heard of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from holdfast.claims import BookingMoved, Claim, Identifier, Movement, Person
from holdfast.custody import Custody
from holdfast.release_dates import DETERMINATE
from holdfast.subjects import prune
from tests.core.telling import NUMBER, ago, alert, court, dates, left, link, names, notice_of, recall, received, result, say

OLDER = received("b0", at=ago(days=90))


def custody(*claims: Claim) -> Custody:
    """Custody's view of him."""
    return Custody.of(NUMBER, claims)


def thin(reason: str, *, at: datetime) -> Claim:
    """A reception as domain events tell it, without its booking."""
    return say(Movement(direction="IN", booking_id=None, movement_seq=None, movement_type="ADM", movement_reason_code=reason), at=at)


def test_a_booking_began_when_he_was_first_received_whichever_was_heard_first() -> None:
    """Law 3: the order of telling changes nothing."""
    told = (received(at=ago(days=30)), received(at=ago(days=9), seq=2))
    assert custody(*told).bookings_begun() == custody(*reversed(told)).bookings_begun() == {"b1": ago(days=30)}


def test_a_booking_whose_admission_nobody_heard_of_began_when_he_was_first_heard_to_come_in() -> None:
    """Moved in from another prison, before the feed began: that arrival is kept, and a later one is not."""
    first, again, latest = (
        replace(claim, body=replace(claim.body, movement_type="TRN", movement_reason_code="INT"))  # type: ignore[type-var]
        for claim in (received(seq=4, at=ago(days=30)), received(seq=6, at=ago(days=20)), received(seq=9, at=ago(days=1)))
    )
    assert set(prune([first, again, latest])) == {first, latest}


def test_each_booking_that_was_moved_is_gone() -> None:
    """A later move of another booking takes nothing back of this one's."""
    moves = (
        say(BookingMoved(booking_id=booking, from_prisoner_number=NUMBER, to_prisoner_number="B2222BB"), at=at)
        for booking, at in (("b0", ago(hours=2)), ("b1", ago(hours=1)))
    )
    assert custody(*moves).gone == {"b0", "b1"}


# --- recalls ----------------------------------------------------------------------------------------------------------------


def test_a_recall_is_ended_by_its_own_bookings_date() -> None:
    """He is in a later booking now: its calculation is of another sentence."""
    recalled = recall(booking="b0")
    assert names(notice_of(OLDER, received(), recalled, dates(kind="PRRD"))) == ["RECALL"]
    assert names(notice_of(OLDER, received(), recalled, dates(kind="PRRD", booking="b0"))) == []


def test_a_reception_as_recalled_is_answered_by_its_own_bookings_word() -> None:
    """Neither the date, nor a record of a recall, of the booking that he is in now says that the recall into the older one is over."""
    told = (received("b0", at=ago(days=90), reason="L"), received())
    assert names(notice_of(*told, dates(kind="PRRD"))) == ["RECALL"]
    assert names(notice_of(*told, dates(kind="PRRD", booking="b0"))) == []
    assert names(notice_of(*told, recall("DELETED"))) == ["RECALL"]
    assert names(notice_of(*told, recall("DELETED", booking="b0"))) == []
    assert names(notice_of(received(reason="L"), recall("DELETED", booking="b0"))) == ["RECALL"]


def test_people_are_told_into_which_booking_he_was_recalled() -> None:
    """The one that the reception names; where it names none, the one that he is in."""
    (named,) = notice_of(received("b0", at=ago(days=90), reason="L"), received()).grounds
    assert "booking b0" in named.sentence
    (nameless,) = notice_of(received(at=ago(days=5)), thin("24", at=ago(days=3))).grounds
    assert "booking b1" in nameless.sentence


def test_a_reception_that_was_taken_back_does_not_hide_the_next() -> None:
    """He was received as recalled into another booking."""
    assert names(notice_of(received("b0", deleted=True), received("b1", reason="L"))) == ["RECALL"]


# --- receptions that people must read ---------------------------------------------------------------------------------------


def test_an_unknown_reason_that_was_taken_back_asks_nothing() -> None:
    """There was no such reception."""
    assert names(notice_of(received(reason="QQQ"))) == ["QUERY/UNKNOWN_CODE"]
    assert names(notice_of(received(reason="QQQ", deleted=True))) == []


@pytest.mark.parametrize(("at", "asked"), [(ago(days=20), True), (ago(days=30), True), (ago(days=40), False)])
def test_a_reception_without_a_booking_is_of_the_one_that_had_begun(at: datetime, *, asked: bool) -> None:
    """Since the booking began, that instant included; one of before it was into a custody that is over."""
    assert ("QUERY/UNKNOWN_CODE" in names(notice_of(received(reason="INT"), thin("QQQ", at=at)))) is asked


def test_a_reception_into_another_booking_says_nothing_of_this_one() -> None:
    """Though it came later: it was under a number that was merged into his."""
    merged = replace(received("b9", reason="QQQ", at=ago(days=2)), person=Person(prisoner_number="B2222BB"))
    assert names(notice_of(received(reason="INT"), merged)) == []


def test_the_reception_that_happened_last_says_on_what_he_is_held() -> None:
    """A number and a time cannot be compared, so an older word without a number does not outrank a numbered one."""
    assert names(notice_of(received(at=ago(days=9), reason="INT"), thin("QQQ", at=ago(days=5)), received(seq=2, at=ago(days=2)))) == []


# --- which booking a sentence is of -----------------------------------------------------------------------------------------


def test_whoever_was_at_court_to_be_sentenced_had_not_been_released() -> None:
    """The calculation of that booking is of this sentence."""
    told = (received(), left("CRT", "CRT", at=ago(days=10, hours=2)), dates(at=ago(days=5)))
    assert custody(*told).end_of(ago(days=10), DETERMINATE) != ()


def test_who_was_received_again_after_a_release_is_in_that_booking() -> None:
    """The release had no number and the reception after it has one: which was the last is told by when they happened."""
    gone = left(at=ago(days=20))
    unnumbered = say(replace(gone.body, movement_seq=None), at=ago(days=20))  # type: ignore[type-var]
    told = (received(), unnumbered, received(seq=3, at=ago(days=15)), dates(at=ago(days=5)))
    assert custody(*told).end_of(ago(days=10), DETERMINATE) != ()
    assert custody(*told[:2], told[3]).end_of(ago(days=10), DETERMINATE) == ()


def test_what_names_him_by_number_is_his() -> None:
    """Whatever else it carries that people have said is not his."""
    pnc = Identifier(type="PNC", value="2002/0073319Z")
    his = replace(alert(), person=Person(prisoner_number=NUMBER, identifiers=(pnc,)))
    stranger = replace(court(result("4028")), person=Person(identifiers=(pnc,)))
    assert names(notice_of(his, stranger, link(pnc, NUMBER, linked=False))) == ["NOT_FOR_RELEASE"]


def test_what_people_say_of_another_number_is_not_said_of_him() -> None:
    """Not that one's, by two people's word: so it may be his, though the two numbers were merged since."""
    own = Identifier(type="DEFENDANT_ID", value="d1")
    assert names(notice_of(court(result("4028")), link(own, "B2222BB", linked=False))) == ["REMAND"]
    assert names(notice_of(court(result("4028")), link(own, NUMBER, linked=False))) == []
