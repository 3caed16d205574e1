"""The laws of identity, whatever is said in whatever order: nobody loses what he was told, nothing links by a score, a restart changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from holdfast.claims import Claim, CourtSnapshot, Doubt, Identifier
from holdfast.identity import Identity
from holdfast.status import derive
from tests.core.telling import NOW, ago, alert, court, link, merge, names, recall, result
from tests.core.told import (
    ANN,
    BOB,
    BORN,
    CRO,
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
    moved,
    moves,
    of,
    particulars,
    remanded,
    roll,
    unmerge,
)

NUMBERS = st.sampled_from([ANN, BOB, CY])
DAYS = st.integers(0, 20).map(lambda n: ago(days=n))
CALLED = st.sampled_from([("Smith", "John"), ("Smyth", "Jon"), ("Smith", "Michael"), ("Patel", "Anil"), ("", "")])
BIRTHDAYS = st.sampled_from([BORN, date(1990, 12, 3), date(1971, 1, 5), None])
VALID = st.sets(st.sampled_from([PNC, OTHER_PNC, CRO]), max_size=2).map(lambda found: tuple(sorted(found)))
D2 = Identifier(type="DEFENDANT_ID", value="d2")
#: Never linked by anybody: what only scores could lead to somebody.
NOBODYS = "d-nobody"

RECEPTIONS = st.builds(
    lambda number, known, born, ids: called(custody(number, *ids), *known, born),
    NUMBERS,
    CALLED,
    BIRTHDAYS,
    VALID,
)
PARTICULARS = st.builds(lambda number, known, born, at: particulars(number, *known, born, at=at), NUMBERS, CALLED, BIRTHDAYS, DAYS)
REMANDS = st.builds(
    lambda known, born, ids, who: remanded(*known, born, *ids, defendant=who), CALLED, BIRTHDAYS, VALID, st.sampled_from(["d1", "d2"])
)
STRAYS = st.builds(lambda known, born: remanded(*known, born, SLIPPED_PNC, defendant=NOBODYS), CALLED, BIRTHDAYS)
MERGES = st.builds(lambda one, other, at: replace(merge(one, other), recorded_at=at), NUMBERS, NUMBERS, DAYS).filter(
    lambda claim: len({getattr(claim.body, "surviving_prisoner_number", ""), getattr(claim.body, "removed_prisoner_number", "")}) > 1
)
UNMERGES = st.builds(lambda one, at: unmerge(one, ANN if one != ANN else BOB, at=at), NUMBERS, DAYS)
LINKS = st.builds(
    lambda identifier, number, linked, by, at: link(identifier, number, linked=linked, names=by, at=at),
    st.sampled_from([D1, D2, PNC]),
    NUMBERS,
    st.booleans(),
    st.sampled_from([("Cy",), ("Ann", "Bob")]),
    DAYS,
).filter(lambda claim: len(claim.by) > 1 or getattr(claim.body, "linked", False))
MOVES = st.builds(lambda number, at: moved("b-A1111AA", ANN, number, at=at), st.sampled_from([BOB, CY]), DAYS)
MOVEMENTS = st.builds(
    lambda number, kind, at: moves(number, kind, at=at, booking=f"k-{kind}-{number}"), NUMBERS, st.sampled_from(["IN", "REL-CR"]), DAYS
)
ROLLS = st.builds(lambda numbers, at: roll(*numbers, at=at), st.sets(NUMBERS), DAYS)
CLAIMS = st.one_of(RECEPTIONS, PARTICULARS, REMANDS, STRAYS, MERGES, UNMERGES, LINKS, MOVES, MOVEMENTS, ROLLS)


class Living(RuleBasedStateMachine):
    """One identity that lives, one that is killed after every claim and rebuilt from its entries."""

    def __init__(self) -> None:
        super().__init__()
        self.told = Told()
        self.successor = Identity()
        self.claims: list[Claim] = []
        self.addressed: dict[str, set[str]] = {}

    @rule(claim=CLAIMS)
    def hear(self, claim: Claim) -> None:
        """Both hear the same, and say the same."""
        self.claims.append(claim)
        facts = self.told.tell(claim)
        assert self.successor.resolve(claim, source="court", sequence=self.told.sequence) == facts
        self.successor = self.told.successor()

    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """What was said before says nothing new, and changes nothing that is kept."""
        if self.claims:
            before = dict(self.told.log)
            assert self.told.tell(data.draw(st.sampled_from(self.claims))) == []
            assert self.told.log == before

    @invariant()
    def whoever_was_addressed_keeps_his_facts(self) -> None:
        """Addressees only ever grow, and each has everything that is kept of the subject."""
        for subject, entry in self.told.identity.memory.subjects.items():
            assert self.addressed.get(subject, set()) <= set(entry.addressees)
            self.addressed[subject] = set(entry.addressees)
        have = {(fact.prisoner_number, fact.claim) for fact in self.told.facts}
        for entry in self.told.identity.memory.subjects.values():
            assert all((number, claim) in have for number in entry.addressees for claim in entry.claims)

    @invariant()
    def a_merge_unions_what_was_said(self) -> None:
        """Whoever is one person now has what either was told, but for what people have said is not his."""
        memory = self.told.identity.memory
        for entry in memory.subjects.values():
            identifiers = {identifier for claim in entry.claims for identifier in claim.person.identifiers}
            refused = {number for identifier in identifiers for number in memory.links.refused(identifier)}
            for number in set(entry.addressees) - refused:
                assert memory.clusters.now(number) <= set(entry.addressees)

    @invariant()
    def nothing_links_by_score(self) -> None:
        """A record whose identifiers lead to nobody is told to nobody, however nearly somebody agrees."""
        for fact in self.told.facts:
            if isinstance(fact.claim.body, CourtSnapshot):
                assert fact.claim.body.defendant_id != NOBODYS

    @invariant()
    def what_is_remembered_is_what_was_told(self) -> None:
        """The doubts that the changelog has open are those that the facts have open."""
        told: dict[str, set[str]] = {}
        for kind in ("AMBIGUOUS_IDENTITY", "CONTRADICTION"):
            told |= self.told.held(kind)
        kept = {entry.about: set(entry.held) for entry in self.told.identity.memory.doubts.values() if entry.held}
        assert kept == told

    @invariant()
    def every_candidate_is_held(self) -> None:
        """Whoever may be meant by a record that could hold somebody is held, with all his numbers."""
        memory = self.told.identity.memory
        for subject in memory.nameless.of:
            candidates, held = memory.candidates(subject)
            must = {member for each in candidates[:held] for member in memory.clusters.now(each.prisoner_number)}
            assert must <= self.told.held().get(f"subject/{subject}", set())


TestLiving = Living.TestCase
TestLiving.settings = settings(max_examples=50, stateful_step_count=12, deadline=None)


CLEAR = st.lists(
    st.builds(
        lambda last, first, code, who, ids: called(
            of(court(result(code), hearing=f"h-{who}-{code}", defendant=who), None, Identifier(type="DEFENDANT_ID", value=who), *ids), last, first
        ),
        st.sampled_from(["Smith", "Smyth"]),
        st.sampled_from(["John", "Jon", "Michael"]),
        st.sampled_from(["2061", "2053", "4027", "1015", "1002"]),
        st.sampled_from(["d7", "d8"]),
        st.sampled_from([(), (OTHER_PNC,)]),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(CLEAR, st.permutations([0, 1, 2]))
def test_a_twin_is_never_freed_by_the_others_result(results: list[Claim], order: list[int]) -> None:
    """Michael is remanded by his own PNC. Whatever courts say of John, by John's PNC or by a name alone, Michael stays remanded."""
    michael = in_prison(BOB, "Smith", "Michael", BORN, PNC)
    first = [michael, in_prison(ANN, "Smith", "John", BORN, OTHER_PNC), remanded("Smith", "Michael", BORN, PNC, defendant="d2")]
    told = Told()
    told.tell(*(first[n] for n in order), *results)
    assert "REMAND" in names(derive(folded(BOB, told.facts), at=NOW))


UNAMBIGUOUS = [
    in_prison(ANN, "Smith", "John", BORN, PNC),
    in_prison(BOB, "Smith", "Michael", BORN, CRO),
    remanded("Smith", "John", BORN, PNC),
    remanded("Smyth", "Jon", BORN, defendant="d5"),
    of(court(result("4027"), hearing="h2"), None, D1),
    of(recall(), BOB),
    of(alert(), ANN),
    merge(CY, BOB),
    moved("b-A1111AA", ANN, BOB),
]


@settings(max_examples=150, deadline=None)
@given(st.permutations(UNAMBIGUOUS), st.lists(st.sampled_from(UNAMBIGUOUS), max_size=3))
def test_where_nothing_is_ambiguous_the_order_changes_nothing(order: list[Claim], again: list[Claim]) -> None:
    """Identifiers that lead to one person, a candidate by name, a merge, a moved booking: the same facts and the same doubts in any order."""

    def outcome(claims: list[Claim]) -> tuple[set[tuple[str, str, str]], dict[str, set[str]]]:
        told = Told()
        told.tell(*claims)
        facts = {(f.prisoner_number, f.claim.subject, str(f.claim.source)) for f in told.facts if not isinstance(f.claim.body, Doubt)}
        return facts, told.held()

    assert outcome([*order, *again]) == outcome(UNAMBIGUOUS)


@settings(max_examples=200, deadline=None)
@given(st.lists(CLAIMS, max_size=9))
def test_nobody_is_freed_before_he_has_what_frees_the_doubt(claims: list[Claim]) -> None:
    """Within the facts of one claim: what holds comes first, what is answered last."""
    told = Told()
    for claim in claims:
        ranks = [rank(fact.claim) for fact in told.tell(claim)]
        assert ranks == sorted(ranks)


def rank(claim: Claim) -> int:
    """Where among the facts of one step a claim belongs."""
    return 1 if not isinstance(claim.body, Doubt) else 2 if claim.body.answered else 0
