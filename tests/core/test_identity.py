"""Whose fact is this: exact identifiers, parking, ambiguity, merges, vanished defendants, gaps."""

from __future__ import annotations

import copy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Claim, CourtSnapshot, Doubt, Link, Person
from holdfast.status import derive
from holdfast_gate.model import Authority, QueryKind
from tests.core.telling import NOW, court, doubt, link, merge, names, received, result, say
from tests.core.told import ANN, BOB, CRO, D1, PNC, Told, custody, folded, of, whom

REMAND = of(court(result("4028")), None, D1, PNC)


def test_a_claim_with_a_number_goes_to_that_number() -> None:
    """A prisoner number is exact."""
    assert whom(Told().tell(custody(ANN)), type(received().body)) == [ANN]


def test_a_court_claim_is_parked_and_delivered_before_the_reception_that_reveals_it() -> None:
    """A claim about nobody known waits; the link that arrives brings it first, so that the first notice already holds."""
    told = Told()
    assert told.tell(REMAND) == []
    facts = told.tell(custody(ANN, PNC))
    assert [(type(f.claim.body).__name__, f.prisoner_number) for f in facts] == [("CourtSnapshot", ANN), ("Movement", ANN)]


def test_what_a_matched_court_record_teaches_is_used_for_the_next() -> None:
    """A later share with only the defendant id reaches the same prisoner."""
    told = Told()
    told.tell(custody(ANN, PNC), REMAND)
    later = of(court(result("4027"), hearing="h2"), None, D1)
    assert whom(told.tell(later), CourtSnapshot) == [ANN]


def test_a_parked_record_teaches_as_much_once_it_is_matched() -> None:
    """The court spoke before anybody was received: its defendant id is learnt when the match is made."""
    told = Told()
    told.tell(REMAND, custody(ANN, PNC))
    assert whom(told.tell(of(court(result("4027"), hearing="h2"), None, D1)), CourtSnapshot) == [ANN]


def test_settling_an_identifier_tells_the_others_that_it_is_not_theirs() -> None:
    """A claim that had gone to the wrong person counts for him no more once two people have settled whose it is."""
    told = Told()
    told.tell(custody(BOB, PNC), REMAND, custody(ANN, PNC))
    facts = told.tell(link(PNC, ANN, at=NOW.replace(hour=10)))
    words = {(f.prisoner_number, f.claim.body.linked) for f in facts if isinstance(f.claim.body, Link)}
    assert words == {(BOB, False), (ANN, True)}
    assert names(derive(folded(BOB, told.facts), at=NOW)) == []
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["REMAND"]


def test_an_invalid_identifier_is_never_matched_on() -> None:
    """A wrong check character leads nowhere, even to somebody who has the same wrong string."""
    told = Told()
    wrong = replace(PNC, valid=False)
    told.tell(custody(ANN, wrong))
    assert told.tell(of(court(result("4028")), None, wrong)) == []


def test_one_identifier_of_two_people_holds_both_until_two_people_settle_it() -> None:
    """Both candidates are held; the claim goes to neither; LINK by two people frees the other and delivers it."""
    told = Told()
    told.tell(custody(ANN, PNC))
    assert set(whom(told.tell(custody(BOB, PNC)), Doubt)) == {ANN, BOB}
    assert whom(told.tell(REMAND), CourtSnapshot) == []
    one_person = told.tell(link(PNC, ANN, names=("Cy",)))
    assert whom(one_person, CourtSnapshot) == []
    settled = told.tell(link(PNC, ANN, at=NOW.replace(hour=10)))
    assert whom(settled, CourtSnapshot) == [ANN]
    answered = {f.prisoner_number for f in settled if isinstance(f.claim.body, Doubt) and f.claim.body.answered}
    assert answered == {ANN, BOB}


def test_a_settled_identifier_raises_no_doubt_about_the_other_persons_own_records() -> None:
    """Once two people have said whose the PNC is, the other prisoner's reception that carries it holds nobody any more."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB, PNC), link(PNC, ANN))
    held = {entry.about: entry.held for entry in told.identity.memory.doubts.values() if entry.held}
    assert held == {}
    assert whom(told.tell(custody(BOB, PNC, booking="again")), Doubt) == []


def test_a_settled_identifier_stays_settled_when_a_third_number_turns_up_with_it() -> None:
    """Two people said whose it is: another reception that carries it changes nothing about that."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB, PNC), link(PNC, ANN))
    assert whom(told.tell(custody("C3333CC", PNC)), Doubt) == []
    assert whom(told.tell(REMAND), CourtSnapshot) == [ANN]


def test_identifiers_that_disagree_hold_every_candidate() -> None:
    """PNC of one, CRO of another, in one claim."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB, CRO))
    facts = told.tell(of(court(result("4028")), None, D1, PNC, CRO))
    assert set(whom(facts, Doubt)) == {ANN, BOB}
    assert whom(facts, CourtSnapshot) == []


def test_a_merge_unions_what_was_said_of_both() -> None:
    """Both numbers have everything ever said of either, and a doubt between them is over."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB, PNC), REMAND)
    facts = told.tell(merge(ANN, BOB))
    assert set(whom(facts, CourtSnapshot)) == {ANN, BOB}
    assert {f.prisoner_number for f in facts if isinstance(f.claim.body, Doubt) and f.claim.body.answered} == {ANN, BOB}
    assert set(whom(told.tell(custody(ANN, booking="new")), type(received().body))) == {ANN, BOB}


def test_an_unlink_reaches_the_prisoner_and_ends_the_match() -> None:
    """What came through the identifier stays addressed, with the word that it is not his; what comes later is parked."""
    told = Told()
    told.tell(custody(ANN, PNC), REMAND)
    gone = told.tell(link(PNC, ANN, linked=False))
    assert [f.prisoner_number for f in gone] == [ANN]
    other = of(court(result("4028"), hearing="h9", defendant="d9"), None, PNC)
    assert told.tell(other) == []


def test_a_defendant_who_vanished_from_a_share_gets_an_empty_snapshot() -> None:
    """The newer share without him is told to him too, whichever of the two shares was read first."""
    both = _share(("d1", "d2"), 0)
    fewer = _share(("d2",), 5)
    for order in ((both, fewer), (fewer, both)):
        told = Told()
        told.tell(custody(ANN, D1))
        told.tell(*(claim for share in order for claim in share))
        snapshots = [f.claim.body for f in told.facts if isinstance(f.claim.body, CourtSnapshot) and f.prisoner_number == ANN]
        newest = max(snapshots, key=lambda snapshot: snapshot.shared_at)
        assert newest.lines == ()


def _share(defendants: tuple[str, ...], minute: int) -> list[Claim]:
    shared = NOW.replace(minute=minute)
    claims = [court(result("4028", offence=f"o-{d}"), defendant=d, shared=shared) for d in defendants]
    bodies = [c.body for c in claims]
    return [
        replace(claim, body=replace(body, defendants_in_share=defendants))
        for claim, body in zip(claims, bodies, strict=True)
        if isinstance(body, CourtSnapshot)
    ]


def test_an_unreadable_record_holds_whom_it_names_and_gaps_its_source_if_it_names_nobody() -> None:
    """Law 4: named, held; unnamed, a gap until it is answered."""
    told = Told()
    named = replace(doubt(QueryKind.UNREADABLE_RECORD, about="court-results/0/1"), person=Person(prisoner_number=ANN))
    assert whom(told.tell(named), Doubt) == [ANN]
    assert not told.identity.gaps["court"]
    told.tell(doubt(QueryKind.UNREADABLE_RECORD, about="court-results/0/2"))
    assert told.identity.gaps["court"] == {"court-results/0/2"}
    told.tell(doubt(QueryKind.UNREADABLE_RECORD, about="court-results/0/2", answered=True))
    assert not told.identity.gaps["court"]
    assert whom(told.tell(doubt(QueryKind.UNREADABLE_RECORD, about="court-results/0/1", answered=True)), Doubt) == [ANN]


def test_an_unreadable_record_holds_everybody_it_may_concern() -> None:
    """It names one prisoner by number and another only by PNC: both are held."""
    told = Told()
    told.tell(custody(BOB, PNC))
    by_number = replace(doubt(QueryKind.UNREADABLE_RECORD), person=Person(prisoner_number=ANN))
    by_pnc = replace(doubt(QueryKind.UNREADABLE_RECORD), person=Person(identifiers=(PNC,)))
    assert set(whom(told.tell(by_number, by_pnc), Doubt)) == {ANN, BOB}


def test_a_repeat_tells_nothing() -> None:
    """The same claim again, or a reshuffled duplicate, makes no facts and no entries."""
    told = Told()
    told.tell(custody(ANN, PNC), REMAND)
    before = dict(told.log)
    assert told.tell(REMAND, custody(ANN, PNC)) == []
    assert told.log == before


CLAIMS = st.sampled_from(
    [
        custody(ANN, PNC),
        custody(BOB, CRO),
        custody(ANN),
        custody(BOB),
        REMAND,
        of(court(result("4027"), hearing="h2"), None, D1),
        of(court(result("4028"), hearing="h3", defendant="d3"), None, CRO),
        merge(ANN, BOB),
        link(PNC, BOB),
        link(PNC, ANN, linked=False),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(CLAIMS, max_size=7))
def test_a_restart_changes_nothing(claims: list[Claim]) -> None:
    """An identity rebuilt from its entries answers like the one that wrote them."""
    told = Told()
    told.tell(*claims)
    successor = told.successor()
    probe = say(received("probe").body, person=Person(prisoner_number=ANN, identifiers=(PNC, CRO)))
    expected = copy.deepcopy(told.identity).resolve(probe, source="court", sequence=99)
    assert successor.resolve(probe, source="court", sequence=99) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(CLAIMS, max_size=7))
def test_nothing_is_lost(claims: list[Claim]) -> None:
    """Every claim is kept: delivered to somebody, or parked under its subject."""
    told = Told()
    told.tell(*claims)
    for claim in claims:
        assert claim in told.identity.memory.subjects[claim.subject].claims
    for number, authority in [(f.prisoner_number, f.claim.authority) for f in told.facts]:
        assert number in {ANN, BOB}
        assert authority in set(Authority)
