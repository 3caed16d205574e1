"""The nominal roll against what the hub was told of everybody's movements."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Claim, Doubt, Movement, NominalRoll, Person
from holdfast.roll import IN_FLIGHT, difference, whereabouts
from holdfast.status import derive
from tests.core.telling import NOW, ago, merge, names, resolution, say
from tests.core.told import ANN, BOB, CY, Told, folded, moved, moves, of, roll, unmerge, whom

DIFFERS = "CONTRADICTION"


def differing(*claims: Claim) -> set[str]:
    """Whom a difference holds after these claims."""
    told = Told()
    told.tell(*claims)
    return told.everybody_held(DIFFERS)


def test_a_roll_that_agrees_says_nothing_to_anybody() -> None:
    """It is one claim that is delivered to nobody: only differences go out."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), moves(BOB, "IN", at=ago(days=9), prison="LEI"))
    assert told.tell(roll(ANN)) == []


@pytest.mark.parametrize(
    ("told_before", "differs"),
    [
        ([], True),  # never heard of
        ([moves(ANN, "IN", at=ago(days=9))], False),
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-CR", at=ago(days=2), seq=2)], True),  # gone
        ([moves(ANN, "IN", at=ago(days=9), prison="LEI")], True),  # in another prison
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "CRT-CA", at=ago(hours=5), seq=2)], False),  # at court
        ([moves(ANN, "IN", at=ago(days=9), prison="LEI"), moves(ANN, "CRT-CA", at=ago(hours=5), prison="LEI", seq=2)], True),
        ([moves(ANN, "IN", at=ago(days=9), prison="LEI"), moves(ANN, "TRN-INT", at=ago(hours=5), prison="LEI", to="WWI", seq=2)], False),
        ([moves(ANN, "IN", at=ago(days=9), prison="LEI"), moves(ANN, "TRN-INT", at=ago(hours=5), prison="LEI", to="DHI", seq=2)], True),
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-MRG", at=ago(days=2), seq=2)], False),  # paperwork: nobody left
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-CR", at=ago(minutes=30), seq=2)], False),  # in flight
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-CR", at=NOW + timedelta(hours=2), seq=2)], False),  # left after the count
    ],
)
def test_somebody_on_the_roll(told_before: list[Claim], *, differs: bool) -> None:
    """Whom the hub never heard of, has as gone, or has in another prison is a difference."""
    assert differing(*told_before, roll(ANN)) == ({ANN} if differs else set())


@pytest.mark.parametrize(
    ("told_before", "differs"),
    [
        ([], False),
        ([moves(ANN, "IN", at=ago(days=9))], True),
        ([moves(ANN, "IN", at=ago(minutes=40))], False),  # in flight
        ([moves(ANN, "IN", at=NOW + timedelta(hours=2))], False),  # received after the count
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-CR", at=ago(days=2), seq=2)], False),
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "CRT-CA", at=ago(hours=5), seq=2)], False),
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "TRN-INT", at=ago(hours=5), to="DHI", seq=2)], False),
        ([moves(ANN, "IN", at=ago(days=9), prison="LEI")], False),
        ([moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-MRG", at=ago(days=2), seq=2)], True),
    ],
)
def test_somebody_not_on_the_roll(told_before: list[Claim], *, differs: bool) -> None:
    """Whom the hub has in that prison is a difference; whoever is elsewhere, out or on the way is not."""
    assert differing(*told_before, roll(BOB, CY), moves(BOB, "IN", at=ago(days=9)), moves(CY, "IN", at=ago(days=9))) == ({ANN} if differs else set())


def test_a_difference_shows_both_sides_and_holds() -> None:
    """A person who reads it knows what the roll says and what the hub was told, in London time."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), moves(ANN, "REL-CR", at=ago(days=2), seq=2), roll(ANN))
    (sentence,) = {fact.claim.body.sentence for fact in told.facts if isinstance(fact.claim.body, Doubt)}
    assert (
        sentence == "The roll of WWI at 09:00 on 3 Nov 2025 has A1111AA; by the records of movements the person is gone since 09:00 on 1 Nov 2025; "
        "the prison's reception can say which is right."
    )
    assert told.held(DIFFERS) == {f"roll/WWI/{ANN}": {ANN}}
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["QUERY/CONTRADICTION"]


def test_the_next_roll_that_agrees_answers() -> None:
    """And an older one that arrives late changes nothing."""
    told = Told()
    told.tell(roll(ANN, at=ago(days=2)), moves(ANN, "REL-CR", at=ago(days=4), seq=2))
    assert told.everybody_held(DIFFERS) == {ANN}
    told.tell(roll(at=ago(days=1)))
    assert told.everybody_held(DIFFERS) == set()
    assert told.tell(roll(ANN, at=ago(days=3))) == []


def test_a_movement_told_later_answers() -> None:
    """A reception that explains it, late or new; one that does not explain it does not."""
    for explains in (moves(ANN, "IN", at=ago(days=3)), moves(ANN, "IN", at=NOW + timedelta(hours=1), prison="LEI")):
        told = Told()
        told.tell(roll(ANN))
        told.tell(moves(ANN, "IN", at=ago(days=30), prison="LEI", booking="old"))
        assert told.everybody_held(DIFFERS) == {ANN}
        told.tell(explains)
        assert told.everybody_held(DIFFERS) == set()


def test_a_newer_roll_that_still_differs_asks_again() -> None:
    """What people answered was the older count; the record is still wrong."""
    told = Told()
    told.tell(roll(ANN, at=ago(days=1)))
    told.tell(of(resolution(kind=DIFFERS, at=ago(hours=20)), ANN))
    assert names(derive(folded(ANN, told.facts), at=NOW)) == []
    assert whom(told.tell(roll(ANN)), Doubt) == [ANN]
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["QUERY/CONTRADICTION"]
    assert told.tell(roll(ANN)) == []  # the same count again is no newer one


def test_either_number_of_one_person_will_do() -> None:
    """Merged: the roll has him by one number, the hub received him under the other. All of him is held where they differ."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), merge(BOB, ANN), roll(BOB))
    assert told.everybody_held(DIFFERS) == set()
    told.tell(roll(at=NOW + timedelta(days=1)))
    assert told.held(DIFFERS) == {f"roll/WWI/{ANN}": {ANN, BOB}}
    told.tell(roll(BOB, at=NOW + timedelta(days=2)))
    assert told.everybody_held(DIFFERS) == set()


def test_a_merge_answers_what_it_explains() -> None:
    """The roll has the one number, the hub the other: two differences, until they are one person."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), roll(BOB))
    assert told.held(DIFFERS) == {f"roll/WWI/{ANN}": {ANN}, f"roll/WWI/{BOB}": {BOB}}
    told.tell(merge(BOB, ANN))
    assert told.held(DIFFERS) == {}
    told.tell(unmerge(BOB, ANN, at=NOW + timedelta(days=1)))
    assert told.everybody_held(DIFFERS) == {ANN, BOB}


def test_a_moved_booking_counts_for_whoever_has_it_now() -> None:
    """The old number is not missing from the roll for a booking that is not his."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), moved(f"b-{ANN}", ANN, BOB), roll(BOB))
    assert told.everybody_held(DIFFERS) == set()


def test_two_rolls_of_one_instant_that_disagree_hold_on_either() -> None:
    """A tie: whoever differs from one of them."""
    told = Told()
    told.tell(moves(ANN, "IN", at=ago(days=9)), roll(ANN), roll(BOB))
    assert told.everybody_held(DIFFERS) == {ANN, BOB}


def test_a_deleted_movement_says_nothing() -> None:
    """Custody took its word back: there is nothing to differ from, until it says again."""
    gone = moves(ANN, "REL-CR", at=ago(days=2), seq=2)
    body = replace(gone.body, deleted=True) if isinstance(gone.body, Movement) else gone.body
    deleted = say(body, person=Person(prisoner_number=ANN), at=ago(days=1))
    assert differing(moves(ANN, "IN", at=ago(days=9)), gone, deleted, roll(ANN)) == set()


PRISONS = st.sampled_from(["WWI", "LEI"])
NUMBERS = st.sampled_from([ANN, BOB])
TIMES = st.integers(-60, 60).map(lambda n: NOW + timedelta(minutes=30 * n))


@st.composite
def histories(draw: st.DrawFn) -> list[Claim]:
    """Movements of two people and rolls of two prisons, each movement in a version of its own."""
    kinds = draw(st.lists(st.sampled_from(["IN", "REL-CR", "CRT-CA", "TRN-INT", "REL-MRG"]), max_size=4))
    claims = [
        moves(draw(NUMBERS), kind, at=draw(TIMES), prison=draw(PRISONS), to=draw(PRISONS), booking=f"k{n}", seq=n) for n, kind in enumerate(kinds)
    ]
    rolls = draw(st.lists(st.tuples(st.sets(NUMBERS), PRISONS, TIMES), max_size=2))
    return claims + [roll(*sorted(numbers), prison=prison, at=at) for numbers, prison, at in rolls]


@settings(max_examples=60, deadline=None)
@given(histories())
def test_rolls_and_movements_in_any_order_leave_the_same_doubts(claims: list[Claim]) -> None:
    """What differs in the end is a function of what was said, and so it is after a restart."""
    outcomes: set[str] = set()
    for order in [*list(permutations(claims))[:24], tuple(reversed(claims))]:
        told = Told()
        told.tell(*order)
        outcomes.add(repr(sorted((about, sorted(held)) for about, held in told.held(DIFFERS).items())))
        again = told.successor().memory.doubts.values()
        assert {entry.about: set(entry.held) for entry in again if entry.held} == told.held(DIFFERS)
    assert len(outcomes) == 1


@given(histories(), PRISONS, st.booleans(), TIMES)
def test_the_comparison_never_counts_what_is_in_flight(claims: list[Claim], prison: str, listed: bool, at: datetime) -> None:
    """Pure: whoever moved within the hour before the count, or after it, differs from nothing; a difference names prison and prisoner."""
    his = [[c] for c in claims if isinstance(c.body, Movement) and c.person.prisoner_number == ANN]
    places = whereabouts(his)
    sentence = difference([roll(ANN, prison=prison, at=at)], ANN, [listed], places)
    if any(place.since > at - IN_FLIGHT for place in places) or not (places or listed):
        assert sentence is None
    if sentence is not None:
        assert prison in sentence
        assert ANN in sentence


def test_a_roll_of_many_is_quick_and_tells_only_the_differences() -> None:
    """Fifteen hundred people, three of whom differ: three doubts."""
    told = Told()
    numbers = [f"D{n:04}DD" for n in range(1500)]
    told.tell(*(moves(number, "IN", at=ago(days=9)) for number in numbers))
    facts = told.tell(roll(*numbers[1:], "X1111XX", "X2222XX"))
    assert sorted(whom(facts, Doubt)) == ["D0000DD", "X1111XX", "X2222XX"]
    assert whom(facts, NominalRoll) == []
