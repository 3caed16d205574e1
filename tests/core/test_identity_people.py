"""One person under two numbers, two people under one, and a booking that was somebody else's."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from holdfast.claims import Alert, Claim, CourtSnapshot, Identifier, Movement, Person, ReleaseOrder
from holdfast.status import derive
from tests.core.telling import NOW, ago, alert, court, merge, names, recall, received, resolution, result, say
from tests.core.told import ANN, BOB, CY, D1, PNC, Told, custody, folded, moved, moves, of, unmerge, whom

REMAND = of(court(result("4028")), None, D1, PNC)
UNMERGED = "unmerge/A1111AA/B2222BB"


def merged(surviving: str, removed: str, **units: float) -> Claim:
    """Two numbers became one person some time ago."""
    claim = merge(surviving, removed)
    return replace(claim, recorded_at=ago(**units), received_at=ago(**units))


def not_for_release(number: str, *, at: str = "") -> Claim:
    """An alert about one number."""
    claim = of(alert(at=ago(days=20)), number)
    body = replace(claim.body, alert_uuid=f"{number}{at}") if isinstance(claim.body, Alert) else claim.body
    return say(body, person=claim.person, at=NOW if at else ago(days=20))


def test_an_unmerge_makes_two_people_of_what_is_said_from_then_on() -> None:
    """What names one goes to one; what both were told stays with both, and both are held."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB), merged(BOB, ANN, days=10), REMAND)
    assert set(whom(told.facts, CourtSnapshot)) == {ANN, BOB}
    told.tell(unmerge(BOB, ANN))
    assert told.held() == {UNMERGED: {ANN, BOB}}
    later = say(received("new").body, person=Person(prisoner_number=ANN), at=NOW)
    later = replace(later, recorded_at=NOW.replace(hour=10))
    assert whom(told.tell(later), Movement) == [ANN]
    assert "REMAND" in names(derive(folded(ANN, told.facts), at=NOW))
    assert "REMAND" in names(derive(folded(BOB, told.facts), at=NOW))


def test_a_later_share_of_what_both_were_told_still_goes_to_both() -> None:
    """Nothing is taken from either without a resolution: not even the next word on the same subject."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB), merged(BOB, ANN, days=10), REMAND, unmerge(BOB, ANN))
    again = of(court(result("4028"), shared=NOW.replace(hour=11)), None, D1, PNC)
    assert set(whom(told.tell(again), CourtSnapshot)) == {ANN, BOB}


def test_people_answer_an_unmerge_for_each_prisoner() -> None:
    """RESOLVE_QUERY by two people, once they have looked at both."""
    told = Told()
    told.tell(custody(ANN), custody(BOB), merged(BOB, ANN, days=10), unmerge(BOB, ANN))
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["QUERY/AMBIGUOUS_IDENTITY"]
    told.tell(of(resolution(kind="AMBIGUOUS_IDENTITY", at=NOW.replace(minute=30)), ANN))
    assert names(derive(folded(ANN, told.facts), at=NOW)) == []
    assert names(derive(folded(BOB, told.facts), at=NOW)) == ["QUERY/AMBIGUOUS_IDENTITY"]


def test_a_later_merge_makes_them_one_again_and_answers_the_doubt() -> None:
    """The newest statement on the pair counts, whichever number survives."""
    told = Told()
    told.tell(custody(ANN), custody(BOB), merged(BOB, ANN, days=10), unmerge(BOB, ANN, at=ago(days=5)))
    told.tell(merged(ANN, BOB, days=1))
    assert told.held() == {}
    assert set(whom(told.tell(not_for_release(ANN, at="now")), Alert)) == {ANN, BOB}


def test_a_merge_and_an_unmerge_of_one_instant_hold_both_as_one() -> None:
    """A tie: what is said of one goes to both, and both are held."""
    told = Told()
    told.tell(custody(ANN), custody(BOB), merged(BOB, ANN, days=5), unmerge(BOB, ANN, at=ago(days=5)))
    assert told.everybody_held() == {ANN, BOB}
    assert set(whom(told.tell(not_for_release(ANN, at="now")), Alert)) == {ANN, BOB}


@pytest.mark.parametrize("late", [(), (merged(ANN, BOB, days=1),), (unmerge(ANN, BOB, at=ago(days=1)),)])
def test_the_order_of_statements_on_a_pair_changes_nothing(late: tuple[Claim, ...]) -> None:
    """Merge, unmerge, and one more, in any order and twice, beside what was said of either before: the same facts, the same doubts."""
    before = (custody(ANN, PNC), not_for_release(BOB))
    said = (merged(BOB, ANN, days=10), unmerge(BOB, ANN, at=ago(days=5)), *late)
    outcomes: set[str] = set()
    for order in permutations((*before, *said)):
        told = Told()
        told.tell(*order, *order)
        facts = {(fact.prisoner_number, fact.claim.subject, str(fact.claim.source)) for fact in told.facts if fact.claim.authority.value == "CUSTODY"}
        probe = told.identity.memory.clusters
        outcomes.add(
            repr(
                (sorted(facts), sorted((about, sorted(held)) for about, held in told.held().items()), sorted(probe.now(ANN)), sorted(probe.now(BOB)))
            )
        )
    assert len(outcomes) == 1


def test_a_third_number_stays_with_the_one_it_was_merged_with() -> None:
    """Unmerged from one of two, it is still one person with the other; everybody who shared the facts is held."""
    told = Told()
    told.tell(custody(ANN), custody(BOB), custody(CY), merged(BOB, ANN, days=10), merged(CY, BOB, days=9), unmerge(BOB, ANN, at=ago(days=1)))
    assert told.everybody_held() == {ANN, BOB, CY}
    assert set(whom(told.tell(not_for_release(CY, at="now")), Alert)) <= {BOB, CY}
    assert told.identity.memory.clusters.now(ANN) == {ANN}


def test_whoever_becomes_one_with_somebody_gets_what_he_was_told_also_where_it_is_in_doubt_by_now() -> None:
    """The remand went to Bob before his PNC turned up with Ann too; who is merged with Bob has it then."""
    told = Told()
    told.tell(custody(BOB, PNC), custody(CY), REMAND, custody(ANN, PNC))
    assert set(whom(told.facts, CourtSnapshot)) == {BOB}
    assert whom(told.tell(merge(BOB, CY)), CourtSnapshot) == [CY]
    assert told.everybody_held() == {ANN, BOB, CY}


# --- bookings ---------------------------------------------------------------------------------------------------------------


def order_of(booking: str, number: str) -> Claim:
    """A release order for one booking."""
    body = ReleaseOrder(booking_id=booking, event_id="e1", release_date=None, movement_reason_code="CR", event_status="SCH")
    return say(body, person=Person(prisoner_number=number), at=ago(days=2))


BOOKING = "b-A1111AA"


def test_a_moved_booking_takes_its_facts_to_the_new_number_and_holds_the_old_one() -> None:
    """The facts go to both; the old number keeps them, and is held until people have looked."""
    told = Told()
    told.tell(custody(ANN), of(recall(), ANN), custody(BOB))
    facts = told.tell(moved(BOOKING, ANN, BOB))
    assert whom(facts, Movement) == [BOB]
    assert told.held() == {f"booking-moved/{BOOKING}": {ANN}}
    assert whom(told.tell(order_of(BOOKING, ANN)), ReleaseOrder) == [ANN, BOB]
    assert whom(told.tell(not_for_release(ANN)), Alert) == [ANN]  # an alert is the person's, not the booking's


def test_what_is_said_of_a_moved_booking_is_the_same_in_any_order() -> None:
    """The move may come before the facts, and twice."""
    claims = (custody(ANN), order_of(BOOKING, ANN), moved(BOOKING, ANN, BOB, at=ago(days=1)), moved(BOOKING, BOB, CY))
    outcomes: set[str] = set()
    for order in permutations(claims):
        told = Told()
        told.tell(*order, *order)
        facts = {(fact.prisoner_number, fact.claim.subject) for fact in told.facts if fact.claim.authority.value == "CUSTODY"}
        outcomes.add(repr((sorted(facts), sorted((about, sorted(held)) for about, held in told.held().items()))))
    assert len(outcomes) == 1
    assert told.held() == {f"booking-moved/{BOOKING}": {ANN, BOB}}
    assert {fact.prisoner_number for fact in told.facts if fact.claim.subject == f"custody/booking/{BOOKING}"} == {ANN, BOB, CY}


def test_the_new_number_is_not_doubted_for_using_the_booking() -> None:
    """The move explains why two numbers are named: only who had it is held."""
    told = Told()
    told.tell(custody(ANN), moved(BOOKING, ANN, BOB), of(left_again(), BOB))
    assert told.held() == {f"booking-moved/{BOOKING}": {ANN}}


def left_again() -> Claim:
    """A second movement under the booking."""
    return moves(BOB, "CRT-CA", at=NOW, booking=BOOKING, seq=2)


def test_a_booking_moved_back_holds_the_number_in_between() -> None:
    """Who has it by the newest word is not held for having it."""
    told = Told()
    told.tell(custody(ANN), moved(BOOKING, ANN, BOB, at=ago(days=1)))
    assert told.everybody_held() == {ANN}
    told.tell(moved(BOOKING, BOB, ANN))
    assert told.held() == {f"booking-moved/{BOOKING}": {BOB}}


def test_a_booking_moved_within_one_person_holds_nobody() -> None:
    """Custody moves bookings when it merges numbers: that is one person still."""
    told = Told()
    told.tell(custody(ANN), custody(BOB), moved(BOOKING, ANN, BOB))
    assert told.everybody_held() == {ANN}
    told.tell(merge(BOB, ANN))
    assert told.everybody_held() == set()


def test_a_record_that_names_only_a_booking_goes_to_whoever_is_held_under_it() -> None:
    """Learnt from what custody said of the booking; parked until then."""
    nameless = of(order_of("b77", ANN), None, Identifier(type="BOOKING", value="b77"))
    told = Told()
    assert told.tell(nameless) == []
    facts = told.tell(custody(ANN, booking="b77"))
    assert [(fact.prisoner_number, type(fact.claim.body)) for fact in facts] == [(ANN, ReleaseOrder), (ANN, Movement)]
    alert_of_booking = of(alert(), None, Identifier(type="BOOKING", value="b77"))
    assert whom(told.tell(alert_of_booking), Alert) == [ANN]


def test_a_record_that_names_only_a_moved_booking_goes_to_whoever_has_it_now() -> None:
    """And what is about the booking itself also to who had it; neither is in doubt for that."""
    told = Told()
    told.tell(custody(ANN, booking="b77"), moved("b77", ANN, BOB))
    booking = Identifier(type="BOOKING", value="b77")
    assert whom(told.tell(of(alert(), None, booking)), Alert) == [BOB]
    assert whom(told.tell(of(order_of("b77", ANN), None, booking)), ReleaseOrder) == [ANN, BOB]
    assert told.held() == {"booking-moved/b77": {ANN}}


def test_no_booking_is_nobodys_booking() -> None:
    """Where a source does not know the booking, two strangers have none in common, and a record that names none leads to nobody."""
    told = Told()
    nowhere = Identifier(type="BOOKING", value="")
    told.tell(of(order_of("", ANN), ANN), of(say(recall().body, at=ago(days=1)), BOB))
    assert told.tell(of(alert(), None, nowhere)) == []
    assert told.everybody_held() == set()


def test_two_numbers_under_one_booking_are_held_until_custody_says_more() -> None:
    """Neither a move nor a merge explains it."""
    told = Told()
    told.tell(custody(ANN, booking="b77"), custody(BOB, booking="b77"))
    assert told.everybody_held() == {ANN, BOB}
    told.tell(merge(BOB, ANN))
    assert told.everybody_held() == set()
