"""How nearly names, birthdays and PNCs agree, and what a score is made of."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler, JaroWinkler_py

from holdfast.claims import Alias, Person
from holdfast.identifiers import normal_pnc, pnc_with_check, pncs_one_slip_away
from holdfast.identity.candidates import THRESHOLD, Description, best, described, explained, score
from holdfast.identity.names import Name, birthdays_agree, likeness, name_of, near_birthdays
from holdfast.records import Candidate
from tests.core.told import BORN

PARTS = st.text(alphabet="abcdefgh øé-'", max_size=12)
BIRTHDAYS = st.dates(date(1920, 1, 1), date(2010, 12, 31))


def known(last: str, first: str) -> Name:
    """A name that is one."""
    name = name_of(last, first)
    if name is None:
        raise AssertionError(f"{last} {first}")
    return name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("SMITH", "John"), ("Smith", "JOHN")),
        (("Jones", "Siân"), ("Jones", "Sian")),
        (("ap Rhys", "Gwilym"), ("Rhys", "Gwilym")),
        (("O'Brien", "Pat"), ("O\u2019BRIEN", "Pat")),
        (("Mc Donald", "Pat"), ("McDonald", "Pat")),
        (("Smith", "Mr John"), ("Smith", "John")),
        (("Sørensen", "Jørgen"), ("Sorensen", "Jorgen")),
        (("Çelik", "I\u015f\u0131k"), ("Celik", "Isik")),
    ],
)
def test_names_that_are_written_differently_are_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Case, accents, apostrophes, titles, prefixes and Welsh particles are how a name is written, not what it is."""
    assert likeness(known(*one), known(*other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        (("Smith-Jones", "Ann"), ("Jones", "Ann"), 0.95, 0.99),  # half of a double name
        (("Ali", "Mohammed Ahmed"), ("Mohammed", "Ahmed Ali"), 0.94, 0.98),  # the same words in another order
        (("Kim", "Min-jun"), ("Min-jun", "Kim"), 0.95, 0.99),  # surname first
        (("Smith", "John Paul"), ("Smith", "John"), 0.95, 0.99),  # a second name on one side
        (("Smith", "John Paul"), ("Smith", "John Peter"), 0.9, 0.96),  # another second name
        (("Smith", "J"), ("Smith", "John"), 0.9, 0.95),  # an initial
        (("Smyth", "John"), ("Smith", "John"), 0.88, 0.93),
        (("Hughes", "Mohammed"), ("Hughes", "Muhammad"), 0.85, 0.92),
        (("Smith", ""), ("Smith", "John"), 0.84, 0.86),  # no given name to agree or disagree
        (("Smith", "Katherine"), ("Smith", "Catherine"), 0.9, 0.96),  # another letter for the same sound
        (("Amith", "John"), ("Smith", "John"), 0.85, 0.9),  # a slip in the first letter
        (("Example", "John"), ("Sample", "John"), 0.0, 0.78),  # two names that end alike
        (("Smith", "James"), ("Smith", "Michael"), 0.0, 0.7),  # brothers
        (("Garcia Lopez", "Juan"), ("Garcia Lopez", "Pedro"), 0.0, 0.7),
        (("Smith", "John"), ("Patel", "Anil"), 0.0, 0.6),
    ],
)
def test_how_nearly_names_agree(one: tuple[str, str], other: tuple[str, str], least: float, most: float) -> None:
    """What people make of a name in haste comes out near; another given name does not, whatever the surname."""
    assert least <= likeness(known(*one), known(*other)) <= most


@pytest.mark.parametrize("nothing", ["", "   ", "UNKNOWN", "Not known", "N/A", None])
def test_no_name_is_no_name(nothing: str | None) -> None:
    """What sources write where they have no name is not a name that strangers share."""
    assert name_of(nothing, nothing) is None


@given(PARTS, PARTS, PARTS, PARTS)
def test_likeness_is_of_a_pair(a: str, b: str, c: str, d: str) -> None:
    """It is the same in both directions, between 0 and 1, and 1 for a name and itself."""
    one, other = name_of(a, b), name_of(c, d)
    if one is not None and other is not None:
        assert 0.0 <= likeness(one, other) <= 1.0
        assert likeness(one, other) == likeness(other, one)
        if one.last and one.first:
            assert likeness(one, one) == 1.0


@given(st.text(alphabet="abcdeé", max_size=10), st.text(alphabet="abcdeé", max_size=10))
def test_the_library_says_the_same_compiled_or_not(one: str, other: str) -> None:
    """A score is part of the rules: the compiled and the plain implementation of the pinned version agree."""
    assert JaroWinkler.normalized_similarity(one, other) == pytest.approx(JaroWinkler_py.normalized_similarity(one, other), abs=1e-9)


@pytest.mark.parametrize(("one", "other", "score_"), [("martha", "marhta", 0.961111), ("dixon", "dicksonx", 0.813333), ("jon", "john", 0.933333)])
def test_the_library_still_says_what_it_said(one: str, other: str, score_: float) -> None:
    """Textbook values: another version that changes one of them changes whom we hold."""
    assert round(JaroWinkler.normalized_similarity(one, other), 6) == score_


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (date(1990, 3, 12), "SAME"),
        (date(1990, 12, 3), "DAY_AND_MONTH_SWAPPED"),
        (date(1990, 3, 21), "ONE_SLIP"),
        (date(1991, 3, 12), "ONE_SLIP"),
        (date(1990, 3, 13), "ONE_SLIP"),
        (date(1991, 3, 13), "DIFFERENT"),
        (date(1909, 3, 12), "ONE_SLIP"),
    ],
)
def test_how_birthdays_agree(other: date, word: str) -> None:
    """A slip is one digit, or two neighbours that changed places; day and month are swapped by people from elsewhere."""
    assert birthdays_agree(BORN, other) == word


@given(BIRTHDAYS, BIRTHDAYS)
def test_near_birthdays_are_near_each_other(one: date, other: date) -> None:
    """A birthday finds every other that finds it: whichever record comes first."""
    assert (other in near_birthdays(one)) == (one in near_birthdays(other))
    assert birthdays_agree(one, other) == birthdays_agree(other, one)


@given(st.integers(0, 99), st.integers(0, 9_999_999), st.integers(0, 10), st.sampled_from("0123456789"))
def test_a_slip_in_a_pnc_is_found_back(year: int, serial: int, place: int, digit: str) -> None:
    """Whatever digit of a valid PNC is mistyped, the valid one is among those that it may have been meant as."""
    right = pnc_with_check(1900 + year, serial)
    digits = right.replace("/", "")
    wrong = digits[:place] + digit + digits[place + 1 :]
    if normal_pnc(wrong, 2025) is None:
        assert right in pncs_one_slip_away(wrong, 2025)
        assert len(pncs_one_slip_away(wrong, 2025)) < 20


def test_turned_digits_of_a_pnc_are_found_back() -> None:
    """Two neighbours that changed places, a wrong letter, and the short form; nothing of what has not the form of a PNC."""
    assert "2015/0431207F" in pncs_one_slip_away("2015/0431270F", 2025)
    assert "2015/0431207F" in pncs_one_slip_away("2015/0431207X", 2025)
    assert "2015/0431207F" in pncs_one_slip_away(" 15/431270f ", 2025)
    assert pncs_one_slip_away("see file", 2025) == frozenset()


JOHN = Description(names=(known("Smith", "John"),), birthdays=(BORN,))


@pytest.mark.parametrize(
    ("last", "first", "born", "candidate"),
    [
        ("Smith", "John", BORN, True),
        ("Smyth", "Jon", BORN, True),
        ("Smith", "John", date(1990, 12, 3), True),
        ("Smith", "John", date(1990, 3, 13), True),
        ("Smith", "John", date(1985, 7, 1), False),  # a name alone
        ("Smith", "Michael", BORN, False),  # a twin
        ("Patel", "Anil", BORN, False),  # a birthday alone
        ("Smythe", "Jon", date(1990, 3, 13), False),  # a little of everything
    ],
)
def test_who_is_a_candidate(last: str, first: str, born: date, *, candidate: bool) -> None:
    """The same birthday and a name that is near, or the same name and a birthday that is a slip away."""
    found = score(JOHN, "A1111AA", Description(names=(known(last, first),), birthdays=(born,)), frozenset())
    assert (found.score >= THRESHOLD) == candidate, explained(found)


def test_a_pnc_one_slip_away_counts_unless_name_and_birthday_speak_against_it() -> None:
    """It is enough by itself, and where one of them agrees; not where what is known disagrees."""
    slipped = Description(pncs=frozenset({"2015/0431207F"}))
    his = frozenset({"2015/0431207F"})
    assert score(slipped, "A1111AA", JOHN, his).score >= THRESHOLD
    married = Description(names=(known("Patel", "Joan"),), birthdays=(BORN,), pncs=slipped.pncs)
    assert score(married, "A1111AA", JOHN, his).score >= THRESHOLD
    other = Description(names=(known("Patel", "Anil"),), birthdays=(date(1971, 1, 5),), pncs=slipped.pncs)
    assert score(other, "A1111AA", JOHN, his).score < THRESHOLD


def test_a_score_is_explained() -> None:
    """Which of name, birthday and PNC agreed, and how nearly."""
    candidate = Candidate(prisoner_number="A1111AA", score=95, name=91, birthday="SAME", pnc=None)
    assert explained(candidate) == "A1111AA 95 of 100 (name 91 %, same birthday)"
    slipped = Candidate(prisoner_number="A1111AA", score=88, name=None, birthday="UNKNOWN", pnc="2015/0431207F")
    assert explained(slipped) == "A1111AA 88 of 100 (no name to compare, no birthday to compare, PNC one slip from 2015/0431207F)"


def candidates(*scores: int) -> list[Candidate]:
    """Candidates with these scores, numbered."""
    return [Candidate(prisoner_number=f"A{n:04}AA", score=s, name=100, birthday="SAME", pnc=None) for n, s in enumerate(scores)]


def test_all_of_a_few_candidates_are_held() -> None:
    """Up to ten, however they differ; nobody below the threshold."""
    found, held = best(candidates(100, 88, 87, 95))
    assert [c.score for c in found] == [100, 95, 88]
    assert held == 3


def test_of_many_candidates_the_best_are_held_and_whoever_fits_as_well() -> None:
    """The bar rises to the tenth best; nobody is picked from those who fit equally well."""
    assert best(candidates(*[100] * 9, 95, 95, 95, 90, 88))[1] == 12
    assert best(candidates(*[100] * 12, 95))[1] == 12


def test_a_description_of_everybody_holds_nobody() -> None:
    """More than fifty who fit equally well: it names nobody, and the source has a gap instead."""
    found, held = best(candidates(*[100] * 51))
    assert (len(found), held) == (50, 0)
    assert best(candidates(*[100] * 50))[1] == 50


def test_a_person_has_every_alias() -> None:
    """An alias counts like the name, with its own birthday or the person's."""
    person = Person(last_name="A", first_name="B", date_of_birth=BORN, aliases=(Alias(last_name="C", date_of_birth=date(1991, 1, 1)),))
    assert list(described(person)) == [("A", "B", BORN), ("C", "", date(1991, 1, 1))]
