"""The laws as properties: whatever is said, in whatever order, however often."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Claim
from holdfast_gate.model import Authority, QueryKind
from tests.core.telling import (
    NOW,
    alert,
    barred,
    borne_out,
    court,
    dates,
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

CODES = ("4028", "4027", "4047", "2061", "1002", "1115", "4506", "4583", "9999", "1015", "4046")
INSTANTS = st.integers(0, 6).map(lambda hours: NOW - timedelta(hours=hours))
DAYS = st.integers(0, 3).map(lambda days: date(2025, 11, 3) - timedelta(days=days))


def _shares() -> st.SearchStrategy[Claim]:
    lines = st.builds(
        result,
        st.sampled_from(CODES),
        offence=st.sampled_from(("o1", "o2")),
        result_id=st.sampled_from(("r1", "r2")),
        imprisonment_months=st.sampled_from((None, 6, 45)),
    )
    return st.builds(
        lambda lines, hearing, day, shared: court(*lines, hearing=hearing, day=day, shared=shared),
        st.lists(lines, max_size=3),
        st.sampled_from(("h1", "h2")),
        DAYS,
        INSTANTS,
    )


CLAIMS = st.one_of(
    _shares(),
    st.builds(received, st.sampled_from(("b1", "b2")), at=INSTANTS, seq=st.integers(1, 3)),
    st.builds(left, st.sampled_from(("REL", "CRT", "TRN")), st.sampled_from(("CR", "MRG", "CRT")), at=INSTANTS, seq=st.integers(1, 3)),
    st.builds(order, st.sampled_from(("CR", "BL", "DEIRC", "DD", "DS")), at=INSTANTS, status=st.sampled_from(("SCH", "CANC"))),
    st.builds(dates, crd=DAYS, at=INSTANTS, status=st.sampled_from(("CONFIRMED", "PRELIMINARY")), booking=st.sampled_from(("b1", "b2"))),
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
    lost = [g for g in before.grounds if g not in after.grounds and g.ground not in {"QUERY", "SENTENCE"}]
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


@settings(max_examples=300, deadline=None)
@given(HISTORIES)
def test_removing_a_fact_frees_nobody_unless_it_was_the_ground(claims: list[Claim]) -> None:
    """A claim whose loss lifts a bar was the record of a ground that barred it, or one side of a contradiction."""
    before = notice_of(*claims)
    for lost in claims:
        rest = [claim for claim in claims if claim.subject != lost.subject or claim == lost]
        if rest == claims and len(claims) > 1 and barred(before):
            after = notice_of(*(claim for claim in claims if claim != lost))
            freed = barred(before) - barred(after)
            if freed:
                grounds = [g for g in before.grounds if set(g.bars) & freed]
                offence_word = lost.authority is Authority.COURT and any(g.authority in {"COURT", "HUB"} for g in grounds)
                assert any(g.source == lost.source or g.subject == lost.subject for g in grounds) or offence_word


@settings(max_examples=200, deadline=None)
@given(HISTORIES)
def test_without_an_order_nothing_is_borne_out(claims: list[Claim]) -> None:
    """Law 6: absence of a hold is not permission."""
    without = [claim for claim in claims if not claim.subject.startswith("custody/order/")]
    assert borne_out(notice_of(*without)) == set()
