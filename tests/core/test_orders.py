"""The second key: what each reason presupposes, and what is said when it is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any

import pytest

from holdfast.claims import BookingMoved, Claim, Person, ReleaseDate, SentenceDates
from holdfast.codes import exits_of_order
from holdfast.london import day_starts
from holdfast.orders import TABLE
from holdfast.status import derive, due_at
from holdfast_gate.model import Notice
from tests.core.telling import (
    NOW,
    NUMBER,
    TODAY,
    ago,
    barred,
    books,
    borne_out,
    court,
    dates,
    deleted_booking,
    immigration,
    left,
    names,
    notice_of,
    order,
    recall,
    received,
    result,
    say,
    status_of,
)

HERE = received()


def missing(notice: Notice) -> str:
    """Everything that is missing for any order, in one text."""
    return " ".join(text for each in notice.orders for text in each.missing)


#: Reason to what bears it out, and a word of what is said without it.
FACTS: dict[str, tuple[tuple[Claim, ...], str]] = {
    "CR": ((dates(),), "the prison's sentence calculation team can confirm one"),
    "CE": ((dates(),), "The prison has confirmed no release date that is today or earlier"),
    "AR": ((dates(kind="ARD"),), "The prison has confirmed no release date that is today or earlier"),
    "FR1": ((dates(),), "The prison has confirmed no release date that is today or earlier"),
    "NP": ((dates(kind="NPD"),), "The prison has confirmed no release date that is today or earlier"),
    "D3": ((dates(kind="MTD"),), "The prison has confirmed no release date that is today or earlier"),
    "SC": ((dates(kind="SED"),), "date on which the sentence is complete"),
    "HR": ((dates(kind="HDCAD"),), "approved early release date"),
    "HC": ((dates(kind="HDCAD"),), "approved early release date"),
    "PX": ((dates(kind="APD"),), "approved early release date"),
    "ECSL": ((dates(kind="APD"),), "approved early release date"),
    "PD": ((dates(kind="PRRD"),), "release date after recall"),
    "BL": ((court(result("4027")),), "Holdfast knows of no court result that grants bail since the person was received; the court can supply one"),
    "DS": ((court(result("2061")),), "Holdfast knows of no court result that ends the detention"),
    "AU": ((court(result("1115")),), "Holdfast knows of no court result that ends the detention"),
    "NCS": ((court(result("1116")),), "Holdfast knows of no court result that ends the detention"),
    "PF": ((court(result("1510"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33)), court(result("1015"))), "the court's fines office"),
    "BD": ((immigration("IMMIGRATION_BAIL"),), "Holdfast knows of no immigration bail since the person was received"),
    "DEIRC": ((immigration("IS91"),), "no detention or deportation record in force"),
    "DD": ((immigration("DEPORTATION_ORDER"),), "no deportation order in force"),
    "ETR": ((immigration("DEPORTATION_ORDER"), dates(kind="ERSED")), "early removal date (ERSED)"),
    "EX": ((court(result("4067")),), "Holdfast knows of no court order for extradition"),
}


@pytest.mark.parametrize("reason", FACTS)
def test_an_order_is_borne_out_by_the_facts_of_its_reason(reason: str) -> None:
    """With them it serves every exit that the reason is for; without them it serves none, and says what is missing and who has it."""
    facts, without = FACTS[reason]
    told = notice_of(HERE, order(reason), *facts)
    assert borne_out(told) == set(exits_of_order(reason))
    assert not borne_out(told) & barred(told)
    bare = notice_of(HERE, order(reason))
    assert borne_out(bare) == set()
    assert without in missing(bare)
    assert all(text.endswith(".") for each in bare.orders for text in each.missing)


@pytest.mark.parametrize("reason", FACTS)
def test_no_other_reasons_facts_bear_an_order_out(reason: str) -> None:
    """Bail does not bear out a conditional release, nor a release date a bail: an order for the wrong reason is a question."""
    same = (
        {"CR", "CE", "AR", "FR1", "NP", "D3", "SC"},
        {"CR", "CE", "AR", "FR1", "NP", "D3", "PD"},
        {"HR", "HC", "PX", "ECSL"},
        {"DS", "AU", "NCS", "PF"},
        {"DEIRC", "DD", "ETR"},
        {"SC", "PD"},
    )
    for other, (facts, _) in FACTS.items():
        if other != reason and not any({reason, other} <= kin for kin in same):
            assert borne_out(notice_of(HERE, order(reason), *facts)) <= set(), (reason, other)


def test_every_reason_for_an_exit_has_a_row_or_is_a_question() -> None:
    """No reason is in the table twice for one exit, and each row serves an exit that its reasons are for."""
    seen: set[tuple[str, Any]] = set()
    for row in TABLE:
        assert row.title
        assert all(fact.plain for fact in row.presupposes)
        for reason in row.reasons:
            assert (reason, row.exit) not in seen
            seen.add((reason, row.exit))
            assert exits_of_order(reason) >= ({row.exit.value} if row.exit else set())
            assert exits_of_order(reason)


@pytest.mark.parametrize("reason", ["ER", "RW", "REL", "D1"])
def test_a_reason_without_a_row_is_a_question_for_people(reason: str) -> None:
    """Executive release, Royal warrant: no record that the hub reads can bear them out."""
    assert "must confirm it" in missing(notice_of(HERE, order(reason), dates()))


def test_a_deleted_booking_has_no_order() -> None:
    """Custody took the booking back: what is ordered under it counts no more, and what a court said stands."""
    told = (HERE, order(), dates(), court(result("4028")))
    notice = notice_of(*told, deleted_booking())
    assert borne_out(notice) == set()
    assert "The prison has deleted booking b1" in missing(notice)
    assert names(notice) == ["REMAND"]
    assert borne_out(notice_of(HERE, order(), dates())) == {"release"}


def test_a_booking_that_went_to_another_number_has_no_order_here() -> None:
    """Its orders and dates are somebody else's from then on; moved back, they are his again."""
    away = say(BookingMoved(booking_id="b1", from_prisoner_number="A1234BC", to_prisoner_number="A9876ZY"), at=ago(minutes=30))
    back = say(BookingMoved(booking_id="b1", from_prisoner_number="A9876ZY", to_prisoner_number="A1234BC"), at=ago(minutes=20))
    assert borne_out(notice_of(HERE, order(), dates(), away)) == set()
    assert "or moved it to another number" in missing(notice_of(HERE, order(), dates(), away))
    assert borne_out(notice_of(HERE, order(), dates(), away, back)) == borne_out(notice_of(back, away, HERE, order(), dates())) == {"release"}


def test_where_he_is_when_custody_took_its_last_word_back() -> None:
    """A deleted reception says that he is not known to be there; the same movement recorded again says that he is."""
    gone = received(deleted=True, at=ago(days=2))
    notice = notice_of(HERE, gone, order(), dates())
    assert "the person has left (booking b1); the prison's reception can record their return" in missing(notice)
    assert borne_out(notice_of(HERE, gone, received(at=ago(days=1)), order(), dates())) == {"release"}


def test_a_departure_that_was_taken_back_has_spent_the_order() -> None:
    """Whatever did not happen: the prison orders anew, and can."""
    out = left(at=ago(minutes=30))
    undone = received(seq=3, at=ago(minutes=20))
    notice = notice_of(HERE, order(), dates(), out, undone)
    assert borne_out(notice) == set()
    assert "was used for a departure" in missing(notice)
    assert borne_out(notice_of(HERE, dates(), out, undone, order(at=ago(minutes=5)))) == {"release"}


def test_an_order_that_was_withdrawn_or_carried_out_says_so() -> None:
    """It is valid at no time, and tells who can order anew."""
    for status, words in (("CANC", "The prison withdrew its order (e1)"), ("COMP", "as carried out")):
        (dead,) = notice_of(HERE, dates(), order(at=ago(hours=2)), order(status=status)).orders
        assert dead.valid_from == dead.valid_until
        assert words in dead.missing[0]


def test_a_redated_order_is_for_its_new_day_alone() -> None:
    """The newest word of the order counts: it is for tomorrow."""
    (moved,) = notice_of(HERE, dates(), order(at=ago(hours=2)), order(day=date(2025, 11, 4))).orders
    assert moved.valid_from == datetime(2025, 11, 4, tzinfo=UTC)
    assert borne_out(notice_of(HERE, dates(), order(at=ago(hours=2)), order(day=date(2025, 11, 4)))) == set()


def test_what_was_said_before_he_was_received_bears_out_no_release_from_this_custody() -> None:
    """Bail of March is not why he may leave the remand of June, whose record was lost; that of the day of his reception may be."""
    day, later = date(2025, 10, 3), date(2025, 10, 4)
    assert HERE.occurred_at.date() == later
    for reason, code in (("BL", "4027"), ("DS", "2061")):
        before = court(result(code), day=day, shared=ago(days=31))
        same_day = court(result(code), day=later, shared=ago(days=30))
        assert borne_out(notice_of(HERE, order(reason), before)) == set()
        assert borne_out(notice_of(HERE, order(reason), same_day)) == {"release"}
    assert borne_out(notice_of(HERE, order("BD"), immigration("IMMIGRATION_BAIL", day=day))) == set()
    assert borne_out(notice_of(HERE, order("BD"), immigration("IMMIGRATION_BAIL", day=later))) == {"release"}


def test_a_sentence_that_only_custody_knows_of_must_be_over() -> None:
    """The book, or a confirmed date to come, proves a sentence whose record was lost: bail or discharge in another case frees nobody."""
    for reason, fact in (("BL", court(result("4027"))), ("DS", court(result("2061"))), ("DEIRC", immigration("IS91"))):
        served = set(exits_of_order(reason))
        assert borne_out(notice_of(HERE, order(reason), fact, books("SENT"))) == set()
        assert "The prison holds the person on a sentence, 'Adult Imprisonment Without Option' (SENT)" in missing(
            notice_of(HERE, order(reason), fact, books("SENT"))
        )
        assert borne_out(notice_of(HERE, order(reason), fact, dates(crd=date(2025, 11, 4)))) == set()
        assert borne_out(notice_of(HERE, order(reason), fact, dates(crd=date(2025, 11, 4), status="PRELIMINARY"))) == served
        assert borne_out(notice_of(HERE, order(reason), fact, books("SENT"), dates())) == served
    quashed = court(result("1002"), hearing="h0", day=date(2025, 10, 5), shared=ago(days=29)), court(result("2006"))
    assert borne_out(notice_of(HERE, order("AU"), *quashed, books("SENT"))) == {"release"}


def test_a_life_sentence_that_only_custodys_book_shows_is_ended_by_no_date() -> None:
    """Its record is older than any feed: the conditional date is another sentence's."""
    assert borne_out(notice_of(HERE, order(), dates(), books("MLP"))) == set()
    assert "the Parole Board's approved date" in missing(notice_of(HERE, order(), dates(), books("MLP")))
    assert borne_out(notice_of(HERE, order("PX"), dates(kind="APD"), books("MLP"))) == {"release"}


def test_a_remand_prisoner_by_the_book_gets_no_day_out() -> None:
    """Custody's order and its book contradict each other, and no court was heard."""
    assert borne_out(notice_of(HERE, order("C3"), books("RX"))) == set()
    assert borne_out(notice_of(HERE, order("C3"), books("SENT"))) == set(exits_of_order("C3"))


@pytest.mark.parametrize(
    ("code", "type_id"),
    [
        ("1002", "a920be42-b376-420b-ace9-d2d0634559b0"),  # EXTIVS
        ("1002", " A920BE42-B376-420B-ACE9-D2D0634559B0"),
        ("1007", "1dd2e245-a9af-4d04-84b6-92f64dc312fe"),  # EXTDVSU
        ("1024", "752aab8f-ba5f-45a8-80c8-4df7770e70e4"),  # EXTDVS
    ],
)
def test_curfew_ends_no_extended_sentence_and_parole_does(code: str, type_id: str) -> None:
    """An approved curfew date on the booking is another sentence's (Criminal Justice Act 2003 s.246(4))."""
    extended = court(replace(result(code), result_type_id=type_id), shared=ago(hours=5))
    assert names(notice_of(HERE, extended, dates(kind="HDCAD"))) == ["SENTENCE"]
    assert names(notice_of(HERE, extended, dates(kind="APD"))) == []
    assert names(notice_of(HERE, extended, dates())) == []
    assert names(notice_of(HERE, court(result("1002"), shared=ago(hours=5)), dates(kind="HDCAD"))) == []


def test_pending_extradition_is_no_order_for_it_and_a_fine_no_committal() -> None:
    """EX needs a court's order, and PF a committal for not paying; results that are like them are not them."""
    assert borne_out(notice_of(HERE, order("EX"), court(result("4068")))) == set()
    assert borne_out(notice_of(HERE, order("PF"), court(result("1015")))) == set()


def test_books_that_say_unsentenced_need_a_courts_word() -> None:
    """Custody holds him on remand by its own books, and no court was heard: the record may be lost."""
    notice = notice_of(HERE, books("RX"), dates(), order())
    assert borne_out(notice) == set()
    assert "Holdfast knows of no court result for that; the court can supply one" in missing(notice)
    assert borne_out(notice_of(HERE, books("RX"), court(result("4027")), order("BL"))) == {"release"}
    assert borne_out(notice_of(HERE, books("SENT"), dates(), order())) == {"release"}


# --- days -------------------------------------------------------------------------------------------------------------------


def _sentenced(due: date, on: date, *, ordered: bool = True) -> Notice:
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    passed = court(result("1002"), day=on - timedelta(days=60), shared=at - timedelta(days=60))
    told = [received(at=at - timedelta(days=61)), passed, dates(crd=due, at=at - timedelta(days=59))]
    told += [order(day=on, at=at - timedelta(days=1))] if ordered else []
    return notice_of(*told, at=at)


@pytest.mark.parametrize(
    ("due", "kept"),
    [
        (date(2025, 11, 8), date(2025, 11, 7)),  # a Saturday
        (date(2025, 11, 9), date(2025, 11, 7)),  # a Sunday
        (date(2025, 12, 25), date(2025, 12, 24)),  # Christmas
        (date(2025, 12, 26), date(2025, 12, 24)),  # Boxing Day
        (date(2026, 4, 6), date(2026, 4, 2)),  # Easter Monday: Good Friday is none either
        (date(2025, 11, 5), date(2025, 11, 5)),  # a Wednesday
    ],
)
def test_a_release_date_on_no_working_day_is_kept_on_the_last_one_before(due: date, kept: date) -> None:
    """On that day he goes; a working day too early the sentence bars, or the order is a question."""
    assert borne_out(_sentenced(due, kept)) == {"release"}
    assert names(_sentenced(due, kept)) == []
    assert borne_out(_sentenced(due, kept - timedelta(days=1))) == set()
    assert names(_sentenced(due, kept - timedelta(days=7))) == ["SENTENCE"]


def test_a_friday_release_ordered_two_days_early_is_a_question_and_three_a_veto() -> None:
    """The 2023 Act lets the Secretary of State direct it; that he did, people must say. Without an order nothing moves."""
    friday = date(2025, 11, 7)
    early = _sentenced(friday, date(2025, 11, 5))
    assert names(early) == []
    assert borne_out(early) == set()
    assert "Release this early needs a direction of the Secretary of State" in missing(early)
    assert names(_sentenced(friday, date(2025, 11, 5), ordered=False)) == ["SENTENCE"]
    assert names(_sentenced(friday, date(2025, 11, 4))) == ["SENTENCE"]


def test_early_removal_is_let_through_by_its_order_and_its_date() -> None:
    """A serving prisoner who is to be deported may be removed from the date of the scheme, and may not be released."""
    serving = (HERE, court(result("1002"), shared=ago(hours=5)), immigration("DEPORTATION_ORDER"), order("ETR"))
    eligible = dates(kind="ERSED", at=ago(hours=2))
    notice = notice_of(*serving, eligible)
    assert "removal" not in barred(notice)
    assert {"release", "temporary_release", "extradition"} <= barred(notice)
    assert borne_out(notice) == {"removal", "immigration_transfer"}
    later = dates(kind="ERSED", crd=date(2025, 11, 4), at=ago(hours=2))
    assert "removal" in barred(notice_of(*serving, later))
    assert "removal" in barred(notice_of(HERE, court(result("1002"), shared=ago(hours=5)), eligible, order("DD"), immigration("DEPORTATION_ORDER")))


def test_orders_are_told_as_they_were_recorded() -> None:
    """The oldest first; the exits of each by name."""
    first, then = order("BL", at=ago(hours=3)), order("DD", at=ago(hours=2))
    second = replace(then, body=replace(then.body, event_id="e2"), subject="custody/order/b1/a-name-that-comes-first")  # type: ignore[type-var]
    told = [(each.reason_code, each.exit) for each in notice_of(HERE, second, first).orders]
    assert told == [("BL", "release"), ("DD", "immigration_transfer"), ("DD", "removal")]


def test_a_booking_under_his_own_number_goes_before_one_that_was_merged_into_it() -> None:
    """Though it began earlier: it is the one that he is in."""
    merged = replace(received("b9", at=ago(days=2)), person=Person(prisoner_number="B2222BB"))
    assert borne_out(notice_of(HERE, merged, dates(), order())) == {"release"}


def test_who_is_to_be_deported_and_not_in_one_version_is_not() -> None:
    """Equal words of immigration hold him here; only a strictly newer order lets him be removed."""
    ended = immigration("NO_LONGER_OF_INTEREST", uuid="i2", at=ago(hours=2))
    told = (HERE, order("DD"), ended)
    assert "removal" in borne_out(notice_of(*told, immigration("DEPORTATION_ORDER", at=ago(hours=1))))
    assert "removal" not in borne_out(notice_of(*told, immigration("DEPORTATION_ORDER", at=ago(hours=2))))


def test_early_removal_is_for_who_is_to_be_deported() -> None:
    """In whom immigration shows no interest, the sentence bars it as it bars any removal."""
    serving = (HERE, court(result("1002"), shared=ago(hours=5)), order("ETR"), dates(kind="ERSED", at=ago(hours=2)))
    assert {"removal", "immigration_transfer"} <= barred(notice_of(*serving))
    assert "removal" in barred(notice_of(*serving, immigration("IS91")))


def test_a_recall_ends_by_custodys_date_or_by_a_later_approval_of_the_parole_board() -> None:
    """An approval of before the recall was for the release that went before; a curfew date is no approval of the Board."""
    recalled = (HERE, recall(at=ago(days=5)))
    assert names(notice_of(*recalled, dates(kind="APD"))) == []
    assert borne_out(notice_of(*recalled, dates(kind="APD"), order("PX"))) == {"release"}
    assert names(notice_of(*recalled, dates(kind="APD", crd=date(2025, 10, 29)))) == ["RECALL"]
    assert names(notice_of(*recalled, dates(kind="APD", crd=date(2025, 10, 28)))) == ["RECALL"]
    assert names(notice_of(*recalled, dates(kind="APD", crd=date(2025, 10, 30)))) == []
    assert names(notice_of(*recalled, dates(kind="HDCAD"))) == ["RECALL"]
    assert names(notice_of(*recalled, dates(kind="APD", status="PRELIMINARY"))) == ["RECALL"]
    assert names(notice_of(*recalled, dates(kind="APD", at=ago(days=6)))) == ["RECALL"]
    assert borne_out(notice_of(*recalled, dates(kind="PRRD"), order())) == {"release"}


def test_an_order_without_a_booking_is_for_the_one_that_had_begun() -> None:
    """A system that plans releases by prisoner means the booking he is in: one that began later has no order by it."""
    unnamed = order(booking="")
    assert borne_out(notice_of(HERE, unnamed, dates())) == {"release"}
    again = received("b2", at=ago(minutes=30))
    notice = notice_of(HERE, again, unnamed, dates(booking="b2"))
    assert borne_out(notice) == set()
    assert "names no booking and was made before booking b2 began" in missing(notice)


def test_an_order_told_again_after_he_was_out_is_spent() -> None:
    """Polled again, it is recorded anew and was made before he left: only a new order counts."""
    again = replace(order("C3", at=ago(minutes=5)), occurred_at=ago(hours=5))
    out_and_back = (left("TAP", "C3", at=ago(hours=3)), received(seq=3, at=ago(hours=2)))
    assert borne_out(notice_of(HERE, *out_and_back, again)) == set()
    assert borne_out(notice_of(HERE, *out_and_back, order("C3", at=ago(minutes=5)))) != set()


def test_from_the_dock_he_leaves_on_an_order_made_after_he_was_taken_there() -> None:
    """At court he is in custody: an order of before was spent by the way there, and an escape on it is no presence."""
    to_court = left("CRT", "CA", at=ago(hours=3))
    bailed = court(result("4027"))
    assert borne_out(notice_of(HERE, to_court, bailed, order("BL", at=ago(hours=1)))) == {"release"}
    assert borne_out(notice_of(HERE, to_court, bailed, order("BL", at=ago(hours=4)))) == set()
    for gone in (left("TRN", "NOTR", at=ago(hours=3)), left("REL", "ESCP", at=ago(hours=3)), left("TAP", "C3", at=ago(hours=3))):
        assert borne_out(notice_of(HERE, gone, bailed, order("BL", at=ago(hours=1)))) == set()


def test_a_deferred_sentence_is_decided_and_open() -> None:
    """No custody and no bail comes with it: neither an order for bail in another case nor one for a non-custodial result waits for more."""
    deferred = court(result("4005"))
    assert borne_out(notice_of(HERE, deferred, order("NCS"))) == {"release"}
    bailed = court(result("4027", offence="o2", result_id="r2"), hearing="h2")
    assert borne_out(notice_of(HERE, deferred, bailed, order("BL"))) == {"release"}
    beside = court(result("4005"), result("4047", result_id="r2"))
    assert borne_out(notice_of(HERE, beside, order("BL"))) == {"release"}


def test_who_has_purged_his_contempt_leaves_on_the_order_for_it() -> None:
    """A court ended the term: its date is not waited for, whether the order says that it was served or that he is discharged."""
    term = court(result("5600"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    for reason in ("SC", "DS"):
        assert borne_out(notice_of(HERE, term, order(reason))) == set()
        assert borne_out(notice_of(HERE, term, court(result("5602")), order(reason))) == {"release"}


def test_an_order_with_an_unknown_reason_is_told_and_not_borne_out() -> None:
    """Whoever asks is told that there is an order, and that nobody knows what for; paper alone is none."""
    (told,) = notice_of(HERE, order("QQ")).orders
    assert (told.exit, told.reason_code) == ("release", "QQ")
    assert "Holdfast has no rule for an order of release with this reason (QQ)" in told.missing[0]
    assert notice_of(HERE, order("MRG")).orders == ()


def test_who_is_received_for_an_unknown_reason_is_asked_about() -> None:
    """On what is he held? A later reception with a reason that is known answers; no reason at all asks nothing."""
    assert names(notice_of(received(reason="QQ"))) == ["QUERY/UNKNOWN_CODE"]
    assert names(notice_of(received(reason="QQ"), received(reason="N", seq=2, at=ago(days=2)))) == []
    assert names(notice_of(received(reason=""))) == []


def test_an_undecided_case_is_named_once_and_a_temporary_licence_needs_no_facts() -> None:
    """A licence for a day is custody's alone to give; it still is for this booking."""
    assert borne_out(notice_of(HERE, order("C3"))) == set(exits_of_order("C3"))
    assert borne_out(notice_of(order("C3"))) == set()
    assert NOW.date() == TODAY


@pytest.mark.parametrize("kind", ["CRD", "HDCAD"])
def test_only_an_order_by_the_date_is_a_question_about_an_early_day(kind: str) -> None:
    """A day before the release date that a direction could make lawful: bail in another case, or a transfer to immigration, makes it no shorter."""
    at = datetime(2025, 11, 6, 9, tzinfo=UTC)
    told = [
        received(at=at - timedelta(days=90)),
        court(result("1002", imprisonment_months=6), hearing="h0", day=date(2025, 9, 1), shared=at - timedelta(days=60)),
        dates(crd=date(2025, 11, 7), at=at - timedelta(days=50), kind=kind),
        court(result("4027", offence="o2"), hearing="h2", day=at.date(), shared=at - timedelta(hours=3)),
        order("BL", day=at.date(), at=at - timedelta(hours=2)),
    ]
    assert borne_out(notice_of(*told, at=at)) == set()
    told.append(immigration("IS91", at=at - timedelta(hours=3)))
    transfer = say(replace(order("DEIRC", day=at.date()).body, event_id="e2"), at=at - timedelta(hours=2))  # type: ignore[type-var]
    assert borne_out(notice_of(*told, transfer, at=at)) == set()


def test_a_minimum_term_is_a_sentence_that_no_date_ends() -> None:
    """Custody's calculation has a tariff, and the court's life sentence was lost or is known by a shared code: no automatic date frees him."""
    both = (ReleaseDate(type="CRD", date=TODAY), ReleaseDate(type="Tariff", date=date(2035, 1, 1)))
    calculation = say(SentenceDates(booking_id="b1", sentence_calculation_id="c", calculation_status="CONFIRMED", dates=both), at=ago(days=5))
    told = [received(at=ago(days=300)), court(result("1002"), day=date(2025, 9, 1), shared=ago(days=60)), order("CR")]
    assert borne_out(notice_of(*told, calculation)) == set()
    assert borne_out(notice_of(*told, dates(at=ago(days=5)))) == {"release"}


def test_a_booking_that_he_had_left_calculates_no_later_sentence() -> None:
    """Sentenced first and received after: an old booking that is calculated again cannot know of it, and ends nothing."""
    told = [received("b0", at=ago(days=900)), left(at=ago(days=700), booking="b0")]
    told += [court(result("1002"), day=date(2025, 10, 20), shared=ago(days=14)), received("b1", at=ago(days=13))]
    again = dates(booking="b0", crd=date(2024, 1, 1), at=ago(days=12))
    assert "immigration_transfer" in barred(notice_of(*told, again, immigration("IS91"), order("DEIRC")))


def test_a_contempt_purged_long_ago_completes_no_sentence() -> None:
    """It must be of this custody, and custody's own date must have come."""
    purged = court(result("5602", offence="oc"), hearing="old", day=date(2019, 1, 1), shared=datetime(2019, 1, 1, 15, tzinfo=UTC))
    assert borne_out(notice_of(received(), purged, dates(crd=date(2030, 1, 1)), books("SENT"), order("SC"))) == set()


def test_a_notice_that_hangs_on_no_offence_opens_no_case() -> None:
    """A recommendation for deportation that immigration has answered keeps nobody from the release that his date gives him."""
    sentence = result("1002", imprisonment_months=2)
    share = court(sentence, result("3006", offence="defendant:d1", result_id="r2"), day=date(2025, 9, 1), shared=ago(days=60))
    told = notice_of(received(at=ago(days=300)), share, dates(), immigration("NO_LONGER_OF_INTEREST"), order("CR"))
    assert (names(told), borne_out(told)) == ([], {"release"})


def test_a_booking_that_was_moved_to_him_is_the_one_he_is_in() -> None:
    """Its movements were told of the other number: the order under it is good all the same."""
    other = Person(prisoner_number="A9999ZZ")
    moved = BookingMoved(booking_id="b5", from_prisoner_number="A9999ZZ", to_prisoner_number=NUMBER)
    told = [received("b0", at=ago(days=900)), left(at=ago(days=800), booking="b0"), replace(received("b5", at=ago(days=30)), person=other)]
    told += [say(moved, person=Person(), at=ago(days=2)), court(result("4027")), order("BL", booking="b5")]
    assert borne_out(notice_of(*told)) == {"release"}


def test_an_order_for_the_last_day_there_is_stops_no_fold() -> None:
    """A sentinel for a date is read, told, and good for no day of ours."""
    told = notice_of(received(), order(day=date.max))
    assert (borne_out(told), due_at([order(day=date.max)], NOW)) == (set(), day_starts(date.max))


def test_many_orders_and_sentences_are_told_in_time() -> None:
    """Each subject is looked at once: three hundred orders beside four hundred sentences are about a second, and were ten."""
    body = order().body
    many = [say(replace(body, event_id=f"e{n}"), at=ago(hours=5)) for n in range(300)]  # type: ignore[type-var]
    sentences = [court(result("1002", offence=f"o{n}"), hearing=f"h{n}", shared=ago(minutes=n)) for n in range(400)]
    status = status_of([received(), *many, *sentences])
    started = process_time()
    derive(status, at=NOW)
    assert process_time() - started < 5
