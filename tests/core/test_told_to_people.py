"""Whole sentences where two things are told in one, and the terms of law that a word more or less would change."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.claims import Claim, Doubt, ListedOffence, ReleaseOrder
from holdfast.custody import Custody
from holdfast.grounds import Picture, holds
from holdfast.orders import OrderWithoutDayError, permissions
from holdfast_gate.model import Notice, QueryKind
from tests.core.telling import (
    NOW,
    NUMBER,
    TODAY,
    ago,
    books,
    borne_out,
    court,
    dates,
    doubt,
    immigration,
    names,
    notice_of,
    order,
    placed,
    received,
    result,
)

HERE = received()
BAILED = court(result("4027"), hearing="h0", day=date(2025, 10, 20), shared=ago(days=14))
TOMORROW = TODAY + timedelta(days=1)
#: Result types that share the CJS code of another: bail until the next hearing, and imprisonment that is not extended.
ORDINARY_BAIL, IMPRISONMENT = "3a529001-2f43-45ba-a0a8-d3ced7e9e7ad", "abb95a52-2a75-40c3-8d3f-a1d75a199c47"
PENDING_APPEAL = (("4027", "9b816cc1-7836-44b2-a706-b09ab110f790"), ("4047", "e5a86c23-5e4f-49e7-8ab0-1827bb77a253"))


def missing(notice: Notice) -> list[str]:
    """Everything that is missing for any order."""
    return [text for each in notice.orders for text in each.missing]


# --- two in one sentence ----------------------------------------------------------------------------------------------------


def test_two_calculations_at_once_are_both_told() -> None:
    """Of a sentence that courts passed, and of one that only the prison's books show."""
    told = (HERE, dates(crd=date(2025, 11, 12)), dates(crd=date(2025, 11, 13)))
    both = "the confirmed release date is 12 Nov 2025; the confirmed release date is 13 Nov 2025"
    assert both in notice_of(*told, court(result("1002"), shared=ago(hours=5))).grounds[0].sentence
    assert any(f"on a sentence whose confirmed release date is not today or earlier ({both})" in text for text in missing(_bail(*told)))


def _bail(*claims: Claim) -> Notice:
    return notice_of(*claims, BAILED, order("BL"))


def test_a_book_that_shows_no_sentence_is_not_told_as_one() -> None:
    """A date to come proves the sentence; that custody's books say remand is no word about it."""
    text = next(text for text in missing(_bail(HERE, books("RX"), dates(crd=TOMORROW))) if "on a sentence" in text)
    assert text.startswith("The prison holds the person on a sentence whose confirmed release date is not today or earlier (")


def test_every_case_that_was_decided_is_named_beside_the_open_one() -> None:
    """A clerk sees at once which results do not answer the question."""
    second = court(replace(result("4027", offence="o2"), case_urn="03ZZ2"), hearing="h3", day=date(2025, 10, 20), shared=ago(days=14))
    listed = court(hearing="h2", listed=(ListedOffence(case_urn="02YK9", offence_id="o9", offence_code="TH68010"),))
    discharged = court(replace(result("4506", offence="application:a1"), case_urn="04AA4"), hearing="h4")
    assert missing(_bail(HERE, second, listed, discharged)) == [
        "Case 02YK9 is open, and no result says whether the person is bailed or held, whatever was decided in 01WW1, 03ZZ2; the court can say."
    ]


def test_open_cases_are_named_alone_where_nothing_else_was_decided() -> None:
    """Both, and no word of what has no number."""
    listed = tuple(ListedOffence(case_urn=case, offence_id=case, offence_code="TH68010") for case in ("05BB5", "02YK9"))
    nameless = court(replace(result("4027"), case_urn=""), hearing="h0", day=date(2025, 10, 20), shared=ago(days=14))
    for told in ((), (nameless,)):
        assert "Case 02YK9, 05BB5 is open, and no result says whether the person is bailed or held; the court can say." in missing(
            notice_of(HERE, *told, court(hearing="h2", listed=listed), order("BL"))
        )


def test_an_order_a_day_early_says_who_must_direct_it() -> None:
    """The Friday's release on the Wednesday before."""
    at = datetime(2025, 11, 5, 9, tzinfo=UTC)
    told = notice_of(HERE, dates(crd=date(2025, 11, 7)), order(day=date(2025, 11, 5)), at=at)
    (text,) = missing(told)
    assert text == (
        "The prison has confirmed no release date that is today or earlier (the confirmed release date is 7 Nov 2025). "
        "Release this early needs a direction of the Secretary of State, which the governor can confirm."
    )


def test_who_contradicts_itself_is_named() -> None:
    """The sentence begins with the authority."""
    told = notice_of(immigration("NO_LONGER_OF_INTEREST"), immigration("IMMIGRATION_BAIL", uuid="i2"))
    assert told.grounds[0].sentence.startswith("Immigration says two different things at once about one matter (immigration/H1234567): ")


def test_a_reason_is_told_as_it_was_written_but_for_its_full_stop() -> None:
    """The sentence has one of its own; a letter at the end of the reason is part of it."""
    body = replace(placed().body, reason="warrant in tray X.")  # type: ignore[type-var]
    assert "warrant in tray X" in notice_of(replace(placed(), body=body)).grounds[0].sentence
    assert "X.." not in notice_of(replace(placed(), body=body)).grounds[0].sentence


def test_a_question_about_no_known_court_is_for_whom_the_law_says() -> None:
    """No court's code is made up."""
    for kind in QueryKind:
        (ground,) = notice_of(replace(doubt(kind), body=Doubt(kind=kind, about="x/0/1", sentence="?"))).grounds
        assert ground.ask in {"hub", "court"}


def test_a_question_is_named_by_its_kind() -> None:
    """Where holds are listed a query says which."""
    assert [hold.name for hold in holds(Picture.of(NUMBER, [received(), books("QQQ")], NOW))] == ["QUERY/UNKNOWN_CODE"]


def test_the_courts_own_word_is_shown_before_a_papers() -> None:
    """Whatever their results are called: a paper of a later day holds beside the court's own."""
    own = court(replace(result("1002"), label="Imprisonment"), hearing="h0", day=date(2025, 10, 20), shared=ago(days=14))
    paper = court(replace(result("1002", result_id="a0"), label="Prison"), document="register")
    (shown,) = notice_of(own, paper).grounds
    assert "Sentence (Imprisonment)" in shown.sentence


class _WithoutDay(Custody):
    """Custody with an order that stands for no day: what `live_orders` never gives."""

    def live_orders(self, today: date) -> tuple[Claim, ...]:  # noqa: ARG002 - whatever the day
        return (order(day=None),)


def test_an_order_without_a_day_that_stands_is_a_defect() -> None:
    """The error names its record; nothing is made of it."""
    picture = Picture.of(NUMBER, [HERE], NOW)
    broken = _WithoutDay(**{field.name: getattr(picture.custody, field.name) for field in fields(Custody)})
    assert isinstance(order(day=None).body, ReleaseOrder)
    with pytest.raises(OrderWithoutDayError) as defect:
        permissions(replace(picture, custody=broken))
    assert str(defect.value) == f"order {order(day=None).source} has no release date"


# --- terms of law -----------------------------------------------------------------------------------------------------------


def test_ordinary_bail_by_its_type_after_a_sentence_is_asked_about() -> None:
    """Only the types that are bail pending an appeal explain it, conditional or not."""
    passed = court(result("1002"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    bailed = court(replace(result("4027", result_id="r2"), result_type_id=ORDINARY_BAIL))
    assert names(notice_of(passed, bailed)) == ["QUERY/CONTRADICTION"]
    for code, type_id in PENDING_APPEAL:
        assert names(notice_of(passed, court(replace(result(code, result_id="r2"), result_type_id=type_id)))) == []


def test_curfew_ends_a_sentence_whose_type_says_that_it_is_not_extended() -> None:
    """It is an extended sentence's type alone that curfew is not for; and a life sentence ends by no curfew date either."""
    passed = court(replace(result("1002"), result_type_id=IMPRISONMENT), shared=ago(hours=5))
    assert names(notice_of(HERE, passed, dates(kind="HDCAD"))) == []
    life = court(replace(result("1002"), result_type_id="cfbe83c8-935b-4410-a68c-49452519f2d3"), shared=ago(hours=5))
    assert names(notice_of(HERE, life, dates(kind="HDCAD"))) == ["SENTENCE"]


def test_prison_for_not_paying_is_not_the_offences_sentence() -> None:
    """Seven months in default of a fine, for what only a fine can be had for: no court went above the offence."""
    assert names(notice_of(court(replace(result("1510"), offence_code="CA03012", imprisonment_months=7)))) == ["DEFAULT_IN_PAYMENT"]


def test_bail_that_is_dated_four_weeks_ahead_is_not_asked_about() -> None:
    """From the midday of the hearing, as what is shared late is measured; a day more is."""
    shared = datetime(2025, 11, 2, 12, tzinfo=UTC)
    assert names(notice_of(court(result("4027"), day=date(2025, 11, 30), shared=shared))) == []
    assert names(notice_of(court(result("4027"), day=date(2025, 12, 1), shared=shared))) == ["QUERY/CONTRADICTION"]


def test_a_sentence_whose_day_has_come_bars_no_bail_in_another_case() -> None:
    """It is served; the court's bail is why he goes."""
    served = court(result("1002", offence="o2", result_id="r2"), hearing="h5", day=date(2025, 10, 20), shared=ago(days=14))
    assert borne_out(_bail(HERE, served, dates())) == {"release"}


def test_a_civil_term_is_complete_at_its_date_and_a_sentence_at_its_expiry() -> None:
    """A conditional release leaves a sentence to be served on licence; a term in default has no licence."""
    default, sentence = (court(result(code), shared=ago(hours=5)) for code in ("1510", "1002"))
    assert borne_out(notice_of(HERE, default, order("SC"), dates())) == {"release"}
    told = notice_of(HERE, sentence, order("SC"), dates())
    assert borne_out(told) == set()
    assert any("date on which the sentence is complete" in text for text in missing(told))


def test_a_withdrawn_warrant_completes_no_sentence() -> None:
    """Only a court that ends the civil term itself does so without a date."""
    told = notice_of(HERE, court(result("2509")), order("SC"))
    assert any("date on which the sentence is complete" in text for text in missing(told))


def test_a_sentence_lets_through_each_exit_that_was_ordered() -> None:
    """A day out on licence and a removal under the scheme, both for today: one takes nothing from the other."""
    day_out = order("C3")
    day_out = replace(day_out, body=replace(day_out.body, event_id="e2"), subject="custody/order/b1/e2")  # type: ignore[type-var]
    sentence = court(result("1002"), shared=ago(hours=5))
    told = notice_of(HERE, sentence, immigration("DEPORTATION_ORDER"), order("ETR"), day_out, dates(kind="ERSED"))
    (ground,) = [each for each in told.grounds if each.ground == "SENTENCE"]
    assert set(ground.bars) == {"release", "extradition"}
