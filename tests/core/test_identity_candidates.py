"""Claims that no identifier leads to anybody: who is held meanwhile, what frees them, and that nothing is ever linked by a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from holdfast.claims import Alias, Claim, CourtSnapshot, Doubt, Identifier, ImmigrationRecord, Movement, Person
from holdfast.identity.candidates import could_hold
from holdfast.status import derive
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority
from tests.core.telling import NOW, TODAY, ago, court, immigration, link, merge, names, result, say
from tests.core.told import (
    ANN,
    BOB,
    BORN,
    CY,
    D1,
    OTHER_PNC,
    PNC,
    SLIPPED_PNC,
    Told,
    called,
    custody,
    folded,
    in_prison,
    of,
    particulars,
    remanded,
    whom,
)

SWAPPED = date(1990, 12, 3)
JOHN = in_prison(ANN, "SMITH", "John")


def test_a_remand_of_somebody_who_may_be_a_prisoner_holds_him_and_links_nothing() -> None:
    """Same name, same birthday, no identifier: he is held by a doubt, the remand goes to nobody."""
    told = Told()
    told.tell(JOHN)
    facts = told.tell(remanded("Smith", "John"))
    assert whom(facts, Doubt) == [ANN]
    assert whom(facts, CourtSnapshot) == []
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["QUERY/AMBIGUOUS_IDENTITY"]


def test_the_doubt_names_each_candidate_with_his_score_explained() -> None:
    """A person who reads it knows who, how nearly, and in what."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smyth", "Jon", BORN))
    facts = told.tell(remanded("Smith", "John"))
    sentences = {fact.claim.body.sentence for fact in facts if isinstance(fact.claim.body, Doubt)}
    assert len(sentences) == 1
    assert f"{ANN} 100 of 100 (name 100 %, same birthday); {BOB} 9" in sentences.pop()


def test_two_prisoners_of_one_name_and_birthday_are_both_held() -> None:
    """Different people: neither is picked."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smith", "JOHN"), in_prison(CY, "Patel", "Anil", date(1971, 1, 5)))
    told.tell(remanded("Smith", "John"))
    assert told.everybody_held() == {ANN, BOB}


def test_a_twin_is_not_held_by_his_brothers_remand_nor_freed_by_his_brothers_discharge() -> None:
    """Surname and birthday alone are not him; and what the court ends for one says nothing of the other."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smith", "Michael", BORN, PNC))
    told.tell(remanded("Smith", "Michael", BORN, PNC, defendant="d2"))
    assert names(derive(folded(BOB, told.facts), at=NOW)) == ["REMAND"]
    assert told.everybody_held() == set()
    ended = called(
        of(court(result("2061"), hearing="h-d2", defendant="d9", shared=NOW), None, Identifier(type="DEFENDANT_ID", value="d9")), "Smith", "John"
    )
    told.tell(ended)
    assert names(derive(folded(BOB, told.facts), at=NOW)) == ["REMAND"]
    assert told.everybody_held() == set()


def test_a_birthday_with_day_and_month_swapped_holds_the_prisoner() -> None:
    """Written the other way round elsewhere, it is still his name."""
    told = Told()
    told.tell(JOHN)
    told.tell(remanded("Smith", "John", SWAPPED))
    assert told.everybody_held() == {ANN}


@pytest.mark.parametrize("alias_of", ["claim", "prisoner", "prisoner once"])
def test_an_alias_holds_like_a_name(alias_of: str) -> None:
    """Whichever side knows it, and also one that custody used once and uses no more."""
    told = Told()
    alias = (Alias(last_name="Jones", first_name="Ivan"),)
    match alias_of:
        case "claim":
            told.tell(in_prison(ANN, "Jones", "Ivan"))
            told.tell(called(remanded("Smith", "John"), "Smith", "John", aliases=alias))
        case "prisoner":
            told.tell(called(custody(ANN), "Smith", "John", aliases=alias), remanded("Jones", "Ivan"))
        case _:
            told.tell(particulars(ANN, "Jones", "Ivan", at=ago(days=9)), particulars(ANN, "Smith", "John", at=ago(days=1)))
            told.tell(remanded("Jones", "Ivan"))
    assert told.everybody_held() == {ANN}


def test_a_mistyped_pnc_holds_whom_it_may_have_been_meant_for() -> None:
    """An invalid PNC a slip away from a known one is a candidate, not a match, even without a name."""
    told = Told()
    told.tell(custody(ANN, PNC))
    facts = told.tell(remanded(None, None, None, SLIPPED_PNC))
    assert whom(facts, Doubt) == [ANN]
    assert whom(facts, CourtSnapshot) == []


def test_a_mistyped_pnc_that_came_first_holds_once_the_right_one_is_known() -> None:
    """Whichever of the two records is read first."""
    told = Told()
    assert told.tell(remanded(None, None, None, SLIPPED_PNC)) == []
    assert whom(told.tell(custody(ANN, PNC)), Doubt) == [ANN]


def test_one_person_under_two_pncs_is_held_until_people_say_that_both_are_his() -> None:
    """A PNC that nobody knows leads to nobody; his name and birthday hold him; LINK by two people delivers the remand and answers the doubt."""
    told = Told()
    told.tell(in_prison(ANN, "Smith", "John", BORN, PNC), remanded("Smith", "John", BORN, OTHER_PNC))
    assert told.everybody_held() == {ANN}
    facts = told.tell(link(OTHER_PNC, ANN))
    assert whom(facts, CourtSnapshot) == [ANN]
    assert told.everybody_held() == set()


def test_a_reception_with_that_name_is_held_as_soon_as_it_arrives() -> None:
    """The court spoke first: the first fact of the prisoner is that he is held."""
    told = Told()
    assert told.tell(remanded("Smith", "John")) == []
    facts = told.tell(JOHN)
    assert [(type(fact.claim.body), fact.prisoner_number) for fact in facts] == [(Doubt, ANN), (Movement, ANN)]


def test_a_match_that_arrives_later_answers_the_doubt() -> None:
    """The reception with that PNC: the remand goes to its prisoner, and the namesake is free of it, after the remand is delivered."""
    told = Told()
    told.tell(JOHN, remanded("Smith", "John", BORN, PNC))
    assert told.everybody_held() == {ANN}
    facts = told.tell(in_prison(BOB, "Smith", "John", BORN, PNC))
    assert whom(facts, CourtSnapshot) == [BOB]
    assert told.everybody_held() == set()
    assert [type(fact.claim.body) for fact in facts] == [CourtSnapshot, Movement, Doubt]


def test_one_signature_delivers_to_whom_it_names_and_frees_nobody() -> None:
    """LINK by one person: the remand holds whom he named; the other candidate stays held until a second person signs."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smith", "John"), remanded("Smith", "John"))
    facts = told.tell(link(D1, ANN, names=("Cy",)))
    assert whom(facts, CourtSnapshot) == [ANN]
    assert told.everybody_held() == {ANN, BOB}
    told.tell(link(D1, ANN, at=NOW.replace(hour=10)))
    assert told.everybody_held() == set()
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["REMAND"]
    assert names(derive(folded(BOB, told.facts), at=NOW)) == []


def test_no_to_every_candidate_frees_them_and_leaves_the_claim_parked() -> None:
    """UNLINK for each, by two people: nobody is held by it; whoever comes close later still is."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smith", "John"), remanded("Smith", "John"))
    told.tell(link(D1, ANN, linked=False))
    assert told.everybody_held() == {BOB}
    told.tell(link(D1, BOB, linked=False))
    assert told.everybody_held() == set()
    parked = told.identity.memory.subjects[remanded("Smith", "John").subject]
    assert parked.addressees == ()
    told.tell(in_prison(CY, "Smith", "John"))
    assert told.everybody_held() == {CY}


def test_a_link_proved_wrong_moves_its_facts_and_holds_both_meanwhile() -> None:
    """Settled on the wrong man; one person says whose it is: both are held; the second signature moves it."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smyth", "Jon"), remanded("Smith", "John"), link(D1, BOB, at=ago(hours=5)))
    assert names(derive(folded(BOB, told.facts), at=NOW)) == ["REMAND"]
    assert told.everybody_held() == set()
    told.tell(link(D1, ANN, names=("Cy",), at=ago(hours=3)))
    assert told.everybody_held() == {ANN, BOB}
    facts = told.tell(link(D1, ANN, at=ago(hours=2)))
    assert whom(facts, CourtSnapshot) == [ANN]
    assert told.everybody_held() == set()
    assert names(derive(folded(ANN, told.facts), at=NOW)) == ["REMAND"]
    assert names(derive(folded(BOB, told.facts), at=NOW)) == []


def test_one_word_against_two_of_the_same_instant_holds_both() -> None:
    """Equal versions hold."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smyth", "Jon"), remanded("Smith", "John"), link(D1, BOB), link(D1, ANN, names=("Cy",)))
    assert told.everybody_held() == {ANN, BOB}


def test_a_link_taken_back_holds_who_else_it_may_be() -> None:
    """Two people say that it is not his after all: he is free of it, and whoever comes close is held again."""
    told = Told()
    told.tell(JOHN, in_prison(BOB, "Smyth", "Jon"), remanded("Smith", "John"), link(D1, BOB, at=ago(hours=5)))
    told.tell(link(D1, BOB, linked=False, at=ago(hours=4)))
    assert told.everybody_held() == {ANN}
    assert names(derive(folded(BOB, told.facts), at=NOW)) == []


def test_the_newest_settlement_counts_whichever_is_read_first() -> None:
    """Two people said that it is Bob's, and later two that it is Ann's."""
    first, second = link(D1, BOB, at=ago(hours=5)), link(D1, ANN, at=ago(hours=2))
    for order in ((first, second), (second, first)):
        told = Told()
        told.tell(JOHN, in_prison(BOB, "Smyth", "Jon"), remanded("Smith", "John"), *order)
        assert told.everybody_held() == set()
        assert names(derive(folded(ANN, told.facts), at=NOW)) == ["REMAND"]
        assert names(derive(folded(BOB, told.facts), at=NOW)) == []


def test_a_merge_of_candidates_holds_all_of_the_one_person() -> None:
    """Whoever is one with a candidate may leave by another number."""
    told = Told()
    told.tell(JOHN, custody(BOB), remanded("Smith", "John"))
    assert told.everybody_held() == {ANN}
    told.tell(merge(BOB, ANN))
    assert told.everybody_held() == {ANN, BOB}


def test_a_candidate_is_told_once() -> None:
    """A repeat, or a new share that says the same of the same person, tells nothing new."""
    told = Told()
    told.tell(JOHN, remanded("Smith", "John"))
    assert told.tell(remanded("Smith", "John"), JOHN) == []


@pytest.mark.parametrize(
    ("code", "held"),
    [("4028", {ANN}), ("1002", {ANN}), ("no such code", {ANN}), ("1015", set[str]()), ("4027", set[str]()), ("2061", set[str]())],
)
def test_only_what_could_hold_somebody_holds_candidates(code: str, held: set[str]) -> None:
    """A stranger's fine, bail or discharge is no reason to hold his namesake; a code that nobody knows is."""
    told = Told()
    told.tell(JOHN, called(of(court(result(code)), None, D1), "Smith", "John"))
    assert told.everybody_held() == held


def test_a_later_share_that_ends_the_remand_answers_the_doubt() -> None:
    """The newest share that says anything of the offence counts; one that drops it without a word does not."""
    told = Told()
    told.tell(JOHN, remanded("Smith", "John"))
    dropped = called(of(court(hearing="h-d1", shared=NOW.replace(hour=10)), None, D1), "Smith", "John")
    told.tell(dropped)
    assert told.everybody_held() == {ANN}
    ended = called(of(court(result("2061", result_id="r2"), hearing="h-d1", shared=NOW.replace(hour=11)), None, D1), "Smith", "John")
    told.tell(ended)
    assert told.everybody_held() == set()


def test_a_suspended_sentence_that_no_court_can_pass_holds_candidates() -> None:
    """45 months suspended, of somebody without a PNC: the case like Smith's."""
    suspended = court(result("1115", imprisonment_months=45, suspended_months=24))
    lawful = court(result("1115", imprisonment_months=18, suspended_months=24))
    assert could_hold((suspended,))
    assert not could_hold((lawful,))


def is91(kind: str = "IS91", *, status: str = "ACTIVE") -> Claim:
    """An immigration record of somebody whom no number names."""
    claim = immigration(kind, status=status, uuid=f"i-{kind}-{status}")
    body = replace(claim.body, home_office_reference=None) if isinstance(claim.body, ImmigrationRecord) else claim.body
    person = Person(identifiers=(Identifier(type="CID", value="7001"),), last_name="Smith", first_name="John", date_of_birth=BORN)
    return replace(claim, person=person, body=body, subject=subject_of(body, person))


@pytest.mark.parametrize(
    ("kind", "status", "held"), [("IS91", "ACTIVE", {ANN}), ("IS91", "DELETED", set[str]()), ("IMMIGRATION_BAIL", "ACTIVE", set[str]())]
)
def test_an_immigration_record_holds_candidates_while_it_detains(kind: str, status: str, held: set[str]) -> None:
    """A detention of somebody who may be he; not one that was deleted, and not bail. LINK by his CID settles it."""
    told = Told()
    told.tell(JOHN, is91(kind, status=status))
    assert told.everybody_held() == held
    facts = told.tell(link(Identifier(type="CID", value="7001"), ANN))
    assert whom(facts, ImmigrationRecord) == [ANN]
    assert told.everybody_held() == set()


def test_a_record_of_nobody_is_nobody_elses() -> None:
    """Without a number and a valid identifier a record is a subject of its own: on a shared one, a stranger's bail would end a detention."""
    person = Person(last_name="Smith", first_name="John", date_of_birth=BORN, identifiers=(Identifier(type="CID", value="?", valid=False),))
    bodies = [
        ImmigrationRecord(immigration_detention_uuid=uuid, record_type="IS91", record_date=TODAY, home_office_reference=reference)
        for uuid, reference in (("u1", None), ("u2", None), ("u3", "TBC"), ("u4", "TBC"))
    ]
    assert len({subject_of(body, person) for body in bodies}) == 4
    nobody = say(bodies[0], by=Authority.IMMIGRATION, person=Person())
    assert nobody.subject == "immigration/record/u1"


def test_a_description_of_more_than_fifty_gaps_its_source_until_people_settle_it() -> None:
    """Sixty prisoners of one name and birthday: nobody is held by it, everything is referred; a settled link closes the gap."""
    told = Told()
    told.tell(remanded("Smith", "John"))
    told.tell(*(in_prison(f"D{n:04}DD", "Smith", "John") for n in range(60)))
    assert told.everybody_held() == set()
    assert told.identity.gaps["court"] == {f"subject/{remanded('Smith', 'John').subject}"}
    told.tell(link(D1, "D0001DD"))
    assert not told.identity.gaps["court"]


def test_of_many_the_best_are_held() -> None:
    """Twelve of the name and birthday and a thirteenth who is nearly so: the twelve."""
    told = Told()
    told.tell(*(in_prison(f"D{n:04}DD", "Smith", "John") for n in range(12)), in_prison(BOB, "Smyth", "Jon"))
    told.tell(remanded("Smith", "John"))
    assert told.everybody_held() == {f"D{n:04}DD" for n in range(12)}
