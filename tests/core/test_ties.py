"""What is said at one instant, in one version or once more: custody wins, and nothing depends on the order of telling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from holdfast.claims import Claim, ResultLine
from holdfast.custody import Custody
from holdfast.release_dates import DETERMINATE
from holdfast.subjects import prune
from holdfast_gate.model import Authority, RecordRef
from tests.core.telling import (
    NOW,
    NUMBER,
    ago,
    alert,
    books,
    borne_out,
    court,
    dates,
    immigration,
    left,
    names,
    notice_of,
    order,
    placed,
    recall,
    received,
    resolution,
    result,
)
from tests.core.test_custody import thin


def both_ways(one: Claim, other: Claim) -> Iterator[tuple[Claim, Claim]]:
    """The two with their source records in either order."""
    for first, second in ((1, 2), (2, 1)):
        yield replace(one, source=RecordRef("t", 0, first, "")), replace(other, source=RecordRef("t", 0, second, ""))


def custody(*claims: Claim) -> Custody:
    """Custody's view of him."""
    return Custody.of(NUMBER, claims)


# --- custody ----------------------------------------------------------------------------------------------------------------


def test_a_release_at_the_instant_of_the_reception_did_not_come_after_it() -> None:
    """He was received as recalled and is held, whatever the clock of the release says."""
    assert names(notice_of(received(reason="L"), left(at=ago(days=30)), received(seq=3, reason="INT", at=ago(days=2)))) == ["RECALL"]
    assert not custody(left(at=NOW)).let_go_after(NOW)


def test_the_last_word_on_a_recall_may_be_told_with_the_reception() -> None:
    """Custody spoke of the recall itself at the instant of the reception: that goes before what the reception implies."""
    assert names(notice_of(received(reason="L", at=ago(days=5)), recall("DELETED", at=ago(days=5)))) == []


def test_of_two_statuses_told_at_once_it_is_always_the_same() -> None:
    """Which of the two is told to people does not depend on which was heard first."""
    for one, other in both_ways(books("SENT"), books("RX")):
        assert custody(received(), one, other).status() == custody(received(), other, one).status()


def test_an_order_of_the_instant_of_a_departure_is_spent_by_it() -> None:
    """The prison made it no later than he left, and orders anew when he is back."""
    told = (received(), left(at=ago(hours=2)), received(seq=3, reason="INT", at=ago(hours=1)))
    assert custody(*told, order(at=ago(hours=2))).live_orders(NOW.date()) == ()
    assert custody(*told, order(at=ago(hours=1))).live_orders(NOW.date()) != ()


def test_an_order_without_a_booking_that_was_made_with_the_reception_is_for_that_booking() -> None:
    """Made before it, it is for a custody that is over."""
    began = received().occurred_at
    for made, served in ((began, {"release"}), (began - timedelta(seconds=1), set[str]())):
        assert borne_out(notice_of(received(), order(at=made, booking=""), dates())) == served


def test_a_sentence_of_the_instant_at_which_he_left_or_was_received_anew_is_not_of_that_booking() -> None:
    """Its calculation cannot have meant it: a doubt keeps the sentence in force."""
    sentenced = ago(days=10)
    later = dates(at=ago(days=5))
    assert custody(received(), later).end_of(sentenced, DETERMINATE) != ()
    assert custody(received(), left(at=sentenced), later).end_of(sentenced, DETERMINATE) == ()
    assert custody(received(), received("b2", at=sentenced), later).end_of(sentenced, DETERMINATE) == ()


@pytest.mark.parametrize("last", ["DELETED", "ACTIVE"])
def test_a_recall_that_is_deleted_and_not_at_once_stands(last: str) -> None:
    """A tie holds, whichever of the two words is read first."""
    other = "ACTIVE" if last == "DELETED" else "DELETED"
    for told in both_ways(recall(last), recall(other)):
        assert names(notice_of(*told)) == ["RECALL", "QUERY/CONTRADICTION"]


def test_an_alert_that_is_over_and_not_at_once_stands() -> None:
    """A tie holds, whichever of the two words is read first."""
    for told in both_ways(alert(), alert(to=date(2025, 11, 1))):
        assert names(notice_of(*told)) == ["NOT_FOR_RELEASE", "QUERY/CONTRADICTION"]


def test_one_departure_in_the_words_of_two_feeds_is_no_contradiction() -> None:
    """Feeds without a booking each have their own word for why he went; a numbered movement is one feed's, and is asked about."""
    gone = left(at=ago(hours=1))
    assert names(notice_of(received(), thin(gone), thin(left(reason="CE", at=ago(hours=1))))) == []
    assert names(notice_of(received(), gone, left(reason="CE", at=ago(hours=1)))) == ["QUERY/CONTRADICTION"]


def test_the_same_word_of_the_same_version_is_one() -> None:
    """Though its two records do not agree on when it happened: of what is no movement nothing hangs on that."""
    said = order()
    assert prune([said, replace(said, occurred_at=ago(days=3))]) in {(said,), (replace(said, occurred_at=ago(days=3)),)}


# --- questions --------------------------------------------------------------------------------------------------------------


def test_two_sides_are_answered_only_by_whom_knew_of_both() -> None:
    """People who answered every contradiction between the one word and the other have seen no contradiction yet."""
    answer = resolution(kind="CONTRADICTION", at=ago(hours=1))
    one, other = immigration("NO_LONGER_OF_INTEREST", at=ago(hours=3)), immigration("IMMIGRATION_BAIL", uuid="i2", at=ago(hours=3))
    for early, late in ((one, other), (other, one)):
        for told in both_ways(early, replace(late, received_at=NOW)):
            assert names(notice_of(*told, answer)) == ["QUERY/CONTRADICTION"]
        for told in both_ways(early, replace(late, received_at=ago(hours=2))):
            assert names(notice_of(*told, answer)) == []


def test_what_vanished_is_answered_by_whom_saw_it_gone() -> None:
    """The first share without it is what people must have seen: no share of another hearing, and no later one that says the same."""
    remanded = court(result("4028"), result("4592", offence="o2", result_id="r2"), shared=ago(hours=9))
    elsewhere = court(result("4592", offence="o3", result_id="r3"), hearing="h2", shared=ago(hours=8))
    gone = court(result("4592", offence="o2", result_id="r2"), shared=ago(hours=6))
    again = court(shared=ago(hours=2))
    answered = resolution(kind="RESULT_VANISHED", at=ago(hours=4))
    for told in both_ways(gone, again):
        assert names(notice_of(remanded, elsewhere, *told, answered)) == []
    too_soon = resolution(kind="RESULT_VANISHED", at=ago(hours=7))
    assert names(notice_of(remanded, elsewhere, gone, too_soon)) == ["QUERY/RESULT_VANISHED"]


def test_a_result_that_contradicts_itself_can_be_answered() -> None:
    """It takes no other record to raise that question, and two people to answer it."""
    told = court(replace(result("4027"), custody_status="C"))
    asked = notice_of(told).grounds[0].query_id
    assert names(notice_of(told, resolution(query_id=asked))) == []


@pytest.mark.parametrize("doubted", [result("QQQQ"), replace(result("4027"), problems=("a hearing in the year 25",))])
def test_a_doubtful_result_that_is_shared_again_is_as_new_as_its_newest_share(doubted: ResultLine) -> None:
    """Another hearing bailed him in between: what the court sends after that is a question, as what holds would be."""
    first, again = court(doubted, shared=ago(hours=6)), court(doubted, result("4592", offence="o2", result_id="r2"), shared=ago(hours=2))
    bailed = court(result("4027", result_id="r3"), hearing="h2", shared=ago(hours=4))
    assert names(notice_of(first, bailed)) == []
    assert len(names(notice_of(first, bailed, again))) == 1


def test_bail_beside_a_remand_on_one_offence_is_no_bail() -> None:
    """The court said both in one version: the remand holds, and an order for bail is told that there is none."""
    told = notice_of(received(), court(result("4027"), result("4028", result_id="r2")), order("BL"))
    assert names(told) == ["REMAND"]
    assert any("Holdfast knows of no court result that grants bail" in text for each in told.orders for text in each.missing)


def test_a_hold_by_hand_keeps_the_name_of_whom_it_is_for() -> None:
    """It stands in the name of the authority whose warrant it was, told once."""
    assert [ground.authority for ground in notice_of(placed()).grounds] == [Authority.COURT.value]
