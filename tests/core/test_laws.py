"""The laws as properties: whatever is said, in whatever order, however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Claim, CourtSnapshot, ListedOffence, Movement, SentenceDates
from holdfast.grounds.table import LIBERTY
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Authority, Exit, Notice, NoticeGround, QueryKind
from tests.core.telling import (
    NOW,
    alert,
    barred,
    books,
    borne_out,
    court,
    dates,
    deleted_booking,
    doubt,
    immigration,
    left,
    notice_of,
    order,
    placed,
    recall,
    received,
    result,
    status_of,
)

CODES = ("4028", "4027", "4047", "2061", "1002", "1115", "4506", "4583", "QQQQ", "1015", "4046", "4576", "2509", "2068", "1510", "3006", "4067")
#: A mandatory life sentence, by its type id: no automatic date ends it.
LIFE = "cfbe83c8-935b-4410-a68c-49452519f2d3"
INSTANTS = st.integers(0, 6).map(lambda hours: NOW - timedelta(hours=hours))
DAYS = st.integers(0, 3).map(lambda days: date(2025, 11, 3) - timedelta(days=days))


def _shares() -> st.SearchStrategy[Claim]:
    lines = st.builds(
        result,
        st.sampled_from(CODES),
        offence=st.sampled_from(("o1", "o2")),
        result_id=st.sampled_from(("r1", "r2")),
        imprisonment_months=st.sampled_from((None, 6, 45)),
        custody_status=st.sampled_from((None, "A", "C")),
        convicted=st.booleans(),
    )
    life = st.builds(result, st.just("1002"), offence=st.just("o1"), result_type_id=st.just(LIFE))
    listed = st.builds(ListedOffence, case_urn=st.just("02YK9"), offence_id=st.sampled_from(("o1", "o3")), offence_code=st.just("TH68010"))
    return st.builds(
        lambda lines, hearing, day, shared, document, listed: court(
            *lines, hearing=hearing, day=day, shared=shared, document=document, listed=tuple(listed)
        ),
        st.lists(lines | life, max_size=3),
        st.sampled_from(("h1", "h2")),
        DAYS,
        INSTANTS,
        st.sampled_from(("", "", "", "register", "warrant")),
        st.lists(listed, max_size=1),
    )


CLAIMS = st.one_of(
    _shares(),
    st.builds(
        received,
        st.sampled_from(("b1", "b2")),
        at=INSTANTS,
        seq=st.integers(1, 3),
        reason=st.sampled_from(("N", "L", "INT")),
        deleted=st.sampled_from((False, False, True)),
    ),
    st.builds(books, st.sampled_from(("RX", "SENT", "FTR_56ORA", "DET", "QQQ")), at=INSTANTS),
    st.builds(deleted_booking, st.sampled_from(("b1", "b2")), at=INSTANTS),
    st.builds(left, st.sampled_from(("REL", "CRT", "TRN")), st.sampled_from(("CR", "MRG", "CRT")), at=INSTANTS, seq=st.integers(1, 3)),
    st.builds(order, st.sampled_from(("CR", "BL", "DEIRC", "DD", "DS", "ETR", "HR")), at=INSTANTS, status=st.sampled_from(("SCH", "CANC"))),
    st.builds(
        dates,
        crd=DAYS,
        at=INSTANTS,
        status=st.sampled_from(("CONFIRMED", "PRELIMINARY")),
        booking=st.sampled_from(("b1", "b2")),
        kind=st.sampled_from(("CRD", "SED", "HDCAD", "PRRD", "ERSED", "Tariff")),
    ),
    st.builds(recall, st.sampled_from(("ACTIVE", "DELETED")), at=INSTANTS),
    st.builds(alert, st.sampled_from(("XNR", "XSDEPORT", "QQ", "XCH")), at=INSTANTS),
    st.builds(
        immigration,
        st.sampled_from(("IS91", "DEPORTATION_ORDER", "IMMIGRATION_BAIL", "NO_LONGER_OF_INTEREST")),
        day=DAYS,
        at=INSTANTS,
        uuid=st.sampled_from(("i1", "i2")),
        status=st.sampled_from(("ACTIVE", "DELETED")),
    ),
    st.builds(doubt, st.sampled_from(list(QueryKind)), answered=st.booleans(), sequence=st.integers(0, 2)),
    st.builds(placed, ended=st.booleans(), at=INSTANTS),
)
HISTORIES = st.lists(CLAIMS, min_size=1, max_size=7)


def _told(claims: list[Claim]) -> Any:
    notice = notice_of(*claims)
    return notice.grounds, notice.orders


@settings(max_examples=400, deadline=None)
@given(HISTORIES, st.randoms(use_true_random=False))
def test_order_and_duplicates_change_nothing(claims: list[Claim], random: Any) -> None:
    """Law 3: any permutation, with any duplicates, keeps the same claims and tells gates the same."""
    shuffled = claims + random.choices(claims, k=3)
    random.shuffle(shuffled)
    assert [entry.claim for entry in status_of(shuffled).entries] == [entry.claim for entry in status_of(claims).entries]
    assert _told(shuffled) == _told(claims)


@settings(max_examples=400, deadline=None)
@given(HISTORIES, CLAIMS)
def test_only_its_own_authority_ends_a_hold(claims: list[Claim], new: Claim) -> None:
    """Law 2: whatever one authority adds, the grounds of every other authority stand, except a sentence at custody's confirmed date."""
    before, after = notice_of(*claims), notice_of(*claims, new)
    lost = [g for g in before.grounds if g not in after.grounds and g.ground not in {"QUERY", *_ENDED_BY_DATES - {"RECALL"}}]
    assert all(g.authority == new.authority.value or new.body.__class__.__name__ == "PlacedHold" for g in lost)
    if new.authority is not Authority.CUSTODY and new.authority is not Authority.COURT:
        assert [g for g in before.grounds if g.ground == "SENTENCE"] == [g for g in after.grounds if g.ground == "SENTENCE"]


@settings(max_examples=300, deadline=None)
@given(HISTORIES, st.sampled_from(list(QueryKind)))
def test_more_doubt_never_means_more_freedom(claims: list[Claim], kind: QueryKind) -> None:
    """Whatever is doubted besides, nothing that was barred becomes free, and no order becomes borne out."""
    new = doubt(kind, sequence=9, about="somewhere/0/9")
    before, after = notice_of(*claims), notice_of(*claims, new)
    assert barred(before) <= barred(after)
    assert borne_out(after) <= borne_out(before)


@settings(max_examples=300, deadline=None)
@given(HISTORIES)
def test_every_ground_names_its_record_and_bars_something(claims: list[Claim]) -> None:
    """Law 5: each reason names a record that was told, its authority, its rule; none is empty words."""
    told = {claim.source for claim in claims}
    for ground in notice_of(*claims).grounds:
        assert ground.source in told
        assert ground.bars
        assert ground.rule
        assert ground.sentence.endswith((".", "?", "hand"))


def _allowed(notice: Notice, exit_: str) -> bool:
    """What a gate with a complete replica would answer ALLOW to."""
    return exit_ not in barred(notice) and (Exit(exit_) not in EXITS_THAT_NEED_AN_ORDER or exit_ in borne_out(notice))


#: Grounds that a date of custody's ends, and by which of its words: which booking he is in, and what was calculated last.
_ENDED_BY_DATES = {"SENTENCE", "DEFAULT_IN_PAYMENT", "CIVIL_COMMITTAL", "RECALL"}


def _was_its_ground(lost: Claim, ground: NoticeGround) -> bool:
    """The record of the ground, one side of a contradiction, or custody's newest word on when it ends."""
    same_offence = isinstance(lost.body, CourtSnapshot) and ground.subject.startswith(f"court/offence/{lost.body.defendant_id}/")
    dated = ground.ground in _ENDED_BY_DATES and isinstance(lost.body, Movement | SentenceDates)
    return ground.source == lost.source or ground.subject == lost.subject or same_offence or dated


@settings(max_examples=600, deadline=None)
@given(HISTORIES)
def test_removing_a_fact_frees_nobody_unless_it_was_the_ground(claims: list[Claim]) -> None:
    """Upstream records get lost: a loss turns VETO into ALLOW only where what was lost was the very ground of the veto."""
    before = notice_of(*claims)
    for lost in claims:
        after = notice_of(*(claim for claim in claims if claim != lost))
        for exit_ in barred(before):
            if _allowed(after, exit_):
                assert all(_was_its_ground(lost, ground) for ground in before.grounds if exit_ in ground.bars)


@settings(max_examples=300, deadline=None)
@given(HISTORIES, st.sampled_from(("XNR", "QQ")))
def test_one_more_hold_never_frees(claims: list[Claim], code: str) -> None:
    """Quick to hold: an alert that holds, or that nobody knows, bars what it bars and lets nothing else go."""
    before, after = notice_of(*claims), notice_of(*claims, alert(code, uuid="another"))
    assert barred(before) | {exit_.value for exit_ in LIBERTY} == barred(after)
    assert borne_out(after) <= borne_out(before)


@settings(max_examples=300, deadline=None)
@given(HISTORIES, _shares())
def test_a_paper_never_frees(claims: list[Claim], paper: Claim) -> None:
    """Whatever a register, a warrant or a listing says besides, nothing that was barred becomes free, and no order becomes borne out."""
    body = paper.body
    assert isinstance(body, CourtSnapshot)
    told = replace(paper, body=replace(body, document="register", hearing_id="h-paper"), subject="court/register/h-paper")
    before, after = notice_of(*claims), notice_of(*claims, told)
    assert barred(before) <= barred(after)
    assert borne_out(after) <= borne_out(before)


@settings(max_examples=200, deadline=None)
@given(HISTORIES)
def test_without_an_order_nothing_is_borne_out(claims: list[Claim]) -> None:
    """Law 6: absence of a hold is not permission."""
    without = [claim for claim in claims if not claim.subject.startswith("custody/order/")]
    assert borne_out(notice_of(*without)) == set()
