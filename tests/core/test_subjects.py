"""What facts are joined on, in which order, and what is kept of a subject."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Body, Claim, Identifier, ImmigrationRecord, ImprisonmentStatus, Movement, NominalRoll, Person, PlacedHold
from holdfast.subjects import join, micros, newest, prune, subject_of, version_of
from holdfast_gate.model import Authority, QueryKind, RecordRef
from tests.core.telling import HIM, NOW, NUMBER, TODAY, ago, court, doubt, immigration, left, order, placed, received, result, say

PNC = Identifier(type="PNC", value="2002/0073319Z")
CRO = Identifier(type="CRO", value="1234/25X")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 2, 0, 0, 3, 4, tzinfo=UTC), 86_403_000_004),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2025, 11, 3, 9, tzinfo=UTC), 1_762_160_400_000_000),
    ],
)
def test_micros_count_from_1970(instant: datetime, expected: int) -> None:
    """Whole microseconds, days included, before 1970 too."""
    assert micros(instant) == expected


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_micros_order_as_instants_do(one: datetime, other: datetime) -> None:
    """No two instants are one, and none changes places with another."""
    assert (micros(one) < micros(other)) == (one < other)
    assert (micros(one) == micros(other)) == (one == other)


def record(reference: str | None) -> Body:
    """An immigration record with or without a Home Office reference."""
    return ImmigrationRecord(immigration_detention_uuid="i1", record_type="IS91", record_date=TODAY, home_office_reference=reference, status="ACTIVE")


def test_an_immigration_matter_is_its_reference_else_its_person() -> None:
    """The Home Office reference, else the prison number, else every identifier in a fixed order."""
    assert subject_of(record("H1234567"), HIM) == "immigration/H1234567"
    assert subject_of(record(None), replace(HIM, identifiers=(PNC,))) == f"immigration/person/{NUMBER}"
    assert subject_of(record(None), Person(identifiers=(PNC, CRO))) == "immigration/person/CRO:1234/25X+PNC:2002/0073319Z"
    assert subject_of(record(None), Person(identifiers=(CRO, PNC))) == subject_of(record(None), Person(identifiers=(PNC, CRO)))


def test_an_imprisonment_status_is_of_its_booking_else_of_the_person() -> None:
    """Custody may say why it holds somebody without saying under which booking."""
    assert subject_of(ImprisonmentStatus(booking_id="b1", status_code="RX"), HIM) == "custody/imprisonment-status/b1"
    assert subject_of(ImprisonmentStatus(booking_id=None, status_code="RX"), HIM) == f"custody/imprisonment-status/{NUMBER}"


def movement(seq: int | None) -> Claim:
    """A movement that was recorded an hour after it happened."""
    body = Movement(direction="OUT", booking_id="b1", movement_seq=seq, movement_type="REL", movement_reason_code="CR")
    return say(body, at=NOW, occurred_at=ago(hours=1))


@pytest.mark.parametrize(
    ("claim", "version"),
    [
        (replace(court(result("4028"), shared=ago(hours=2)), recorded_at=NOW), (micros(ago(hours=2)),)),
        (movement(None), (micros(ago(hours=1)),)),
        (movement(7), (7, micros(NOW))),
        (immigration("IS91", day=date(2025, 11, 1)), (date(2025, 11, 1).toordinal(), micros(NOW))),
        (doubt(QueryKind.UNKNOWN_CODE, sequence=4, answered=True), (4, 1)),
        (doubt(QueryKind.UNKNOWN_CODE, sequence=4), (4, 0)),
        (placed(ended=True), (micros(NOW), 0)),
        (placed(), (micros(NOW), 1)),
        (order(at=ago(hours=3)), (micros(ago(hours=3)),)),
        (say(NominalRoll(prison_id="WWI", taken_at=ago(hours=4), prisoner_numbers=()), at=NOW), (micros(ago(hours=4)),)),
    ],
)
def test_a_version_is_what_the_source_states(claim: Claim, version: tuple[int, ...]) -> None:
    """A share's or a roll's time, a movement's number, an immigration record's day, a doubt's answer; else when the source recorded it."""
    assert version_of(claim) == version


def test_two_words_of_one_version_both_stay() -> None:
    """A source that contradicts itself at one version is kept in both its words; an older word goes."""
    one, other, older = order("CR"), order("BL"), order("CR", at=ago(hours=9))
    assert set(prune([one, other, older])) == {one, other}
    assert newest([]) == ()


def test_the_order_of_two_words_is_fixed() -> None:
    """Whichever was heard first, and wherever its record stands, they stand in one order, by what they say."""
    one, other = order("BL"), order("CR")
    for first, second in ((one, other), (other, one)):
        early = replace(first, source=replace(first.source, offset=1))
        late = replace(second, source=replace(second.source, offset=2))
        assert [claim.body.movement_reason_code for claim in join((early,), late)] == ["BL", "CR"]  # type: ignore[union-attr]
        assert join((early,), late) == join((late,), early)


def test_of_one_booking_the_first_reception_and_the_last_departure_stay() -> None:
    """Beside the newest movement: when the booking began, and the departure that happened last, whatever its number; others go."""
    began = received(seq=1, at=ago(days=30))
    again = replace(received(seq=3, at=ago(days=20)), body=replace(began.body, movement_seq=3, movement_type="TRN"))  # type: ignore[type-var]
    latest = replace(received(seq=9, at=ago(days=1)), body=replace(began.body, movement_seq=9, movement_type="TRN"))  # type: ignore[type-var]
    first_out, last_out = left("CRT", "CRT", seq=5, at=ago(days=9)), left(seq=4, at=ago(days=2))
    assert set(prune([began, again, first_out, last_out, latest])) == {began, last_out, latest}


def test_a_booking_does_not_begin_by_a_departure() -> None:
    """Where the first movement that was heard of is one out, the first reception after it stays all the same."""
    gone, began = left("CRT", "CRT", seq=1, at=ago(days=40)), received(seq=2, at=ago(days=30))
    again, latest = received(seq=6, at=ago(days=3)), left(seq=9, at=ago(days=1))
    assert set(prune([gone, began, again, latest])) == {began, again, latest}


@pytest.mark.parametrize(("kind", "reason", "kept"), [("REL", "CR", True), ("CRT", "CRT", True), ("REL", "MRG", False), ("ADM", "CR", False)])
def test_only_who_leaves_departs(kind: str, reason: str, kept: bool) -> None:
    """Whoever leaves in whatever way departs; a movement of paper does not, nor an admission, and neither is kept for it."""
    gone = left(kind, reason, seq=2, at=ago(days=2))
    latest = received(seq=9, at=ago(days=1))
    assert (gone in prune([received(), gone, latest])) is kept


def test_a_reception_is_no_departure() -> None:
    """Whatever its type: who comes in does not go out by it."""
    began, latest = received(seq=1), left("CRT", "CRT", seq=9, at=ago(days=1))
    back = replace(received(seq=3, at=ago(days=2)), body=replace(began.body, movement_seq=3, movement_type="REL", movement_reason_code="CR"))  # type: ignore[type-var]
    assert back not in prune([began, back, latest])


def test_of_each_immigration_record_the_newest_word_stays() -> None:
    """By when it was recorded, not by the day that it is about: a deletion is newer though its day is earlier."""
    said = immigration("IS91", day=TODAY, at=ago(hours=2))
    taken_back = immigration("IS91", day=TODAY - timedelta(days=3), at=ago(hours=1), status="DELETED")
    another = immigration("DEPORTATION_ORDER", day=TODAY - timedelta(days=9), at=ago(hours=3), uuid="i2")
    assert set(prune([said, taken_back, another])) == {taken_back, another}


def test_what_is_kept_of_movements_is_one_set_whatever_the_order() -> None:
    """Law 3: one departure told with two times, and another between them, leave the same movements in any order of telling."""
    early, late = (
        replace(left(at=ago(hours=2), seq=2), occurred_at=at, source=RecordRef("t", 0, n, "")) for n, at in ((1, ago(hours=9)), (5, ago(hours=3)))
    )
    between = left("TAP", "C3", at=ago(hours=6), seq=1)
    back = received(at=ago(hours=1), seq=4, reason="INT")
    kept = {prune([*prune(told[:3]), told[3]]) for told in permutations([early, late, between, back])}
    assert kept == {prune([early, late, between, back])}


def test_a_placed_hold_is_one_prisoners() -> None:
    """People name holds: the end of one prisoner's is not the end of another's of the same name."""
    hold = PlacedHold(hold_id="w1", placed_authority=Authority.COURT, reason="warrant")
    assert subject_of(hold, HIM) != subject_of(hold, Person(prisoner_number="B2345CD"))


def test_an_admission_is_kept_however_often_he_comes_back_since() -> None:
    """Why he was received stays told: a return from court or a transfer does not say it again, and a correction replaces it."""
    first, gone = received(seq=1, at=ago(days=90)), left(seq=2, at=ago(days=60))
    recalled = received(seq=3, at=ago(days=30), reason="L")
    corrected = received(seq=3, at=ago(days=29), reason="24")
    back = received(seq=5, at=ago(days=9), reason="TRNCRT")
    assert set(prune([first, gone, recalled, back])) == {first, gone, recalled, back}
    assert set(prune([first, gone, recalled, corrected, back])) == {first, gone, corrected, back}
