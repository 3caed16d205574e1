"""The fold, case by case: what holds, what ends a hold, and what never may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.claims import ResultLine
from holdfast_gate.model import QueryKind
from tests.core.telling import (
    NOW,
    TODAY,
    ago,
    alert,
    barred,
    borne_out,
    court,
    dates,
    doubt,
    immigration,
    left,
    names,
    notice_of,
    order,
    placed,
    recall,
    received,
    resolution,
    result,
)

REMAND = court(result("4028"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))


def test_a_remand_holds_until_a_result_on_that_offence() -> None:
    """A remand holds; the discontinuance of another offence does not end it, that of the same offence does."""
    assert names(notice_of(REMAND)) == ["REMAND"]
    assert names(notice_of(REMAND, court(result("2061", offence="o2")))) == ["REMAND"]
    assert names(notice_of(REMAND, court(result("2061")))) == []


def test_an_adjournment_leaves_the_remand_standing() -> None:
    """A result that says nothing about custody leaves the earlier position of the offence as it was."""
    assert names(notice_of(REMAND, court(result("4506")))) == ["REMAND"]


def test_bail_supersedes_a_remand_and_an_equal_version_does_not() -> None:
    """Bail at a later hearing ends the remand; bail in the very same version contradicts it, and custody wins."""
    assert names(notice_of(REMAND, court(result("4027")))) == []
    assert "REMAND" in names(notice_of(court(result("4028"), hearing="x"), court(result("4027"), hearing="y")))


@pytest.mark.parametrize(
    ("again", "held"), [(result("4027"), True), (result("4027", next_hearing_day=TODAY), False)], ids=["unchanged", "in new words"]
)
def test_bail_that_is_only_shared_again_does_not_outrun_another_hearing(again: ResultLine, held: bool) -> None:
    """A hearing is shared again for another of its offences: its bail of the morning lifts no remand that a second hearing made since."""
    morning = court(result("4027"), shared=ago(hours=3))
    remand = court(result("4028"), hearing="h2", shared=ago(hours=2))
    told = [morning, remand, court(again, result("2061", offence="o2"), shared=ago(hours=1))]
    assert ("REMAND" in names(notice_of(*told))) is held


def test_bail_that_was_taken_back_and_given_again_is_a_new_word() -> None:
    """What a share left out in between was not said all along."""
    told = [court(result("4027"), shared=ago(hours=4)), court(shared=ago(hours=3)), court(result("4027"), shared=ago(hours=1))]
    assert names(notice_of(*told, court(result("4028"), hearing="h2", shared=ago(hours=2)))) == []


def test_a_remand_that_is_shared_again_is_said_again() -> None:
    """Doubt means custody: bail by a second hearing does not end a remand that the first repeats after it."""
    told = [court(result("4028"), shared=ago(hours=3)), court(result("4027"), hearing="h2", shared=ago(hours=2))]
    assert names(notice_of(*told, court(result("4028"), shared=ago(hours=1)))) == ["REMAND"]


def test_a_vanished_custodial_result_is_a_query() -> None:
    """A re-share that drops a custodial result without a word about its offence holds as RESULT_VANISHED, never releases."""
    empty = court(shared=NOW + timedelta(minutes=1))
    assert names(notice_of(court(result("4028")), empty)) == ["QUERY/RESULT_VANISHED"]


def test_a_vanished_discharge_brings_the_remand_back() -> None:
    """A discharge that a re-share takes back binds nobody: what it had superseded stands again."""
    withdrawn = court(result("2061"))
    emptied = court(shared=NOW + timedelta(minutes=1))
    assert names(notice_of(REMAND, withdrawn, emptied)) == ["REMAND"]


def test_a_replaced_result_is_gone_without_a_query() -> None:
    """A re-share whose new result speaks of the same offence replaces the old one."""
    assert names(notice_of(court(result("4028")), court(result("4027", result_id="r2"), shared=NOW + timedelta(minutes=1)))) == []


@pytest.mark.parametrize(("months", "held"), [(24, False), (25, True), (45, True)])
def test_an_impossible_suspended_sentence_is_a_query(months: int, held: bool) -> None:
    """A suspended sentence above the statutory term holds as IMPOSSIBLE_RESULT: the error in Smith's case, before anybody amends it."""
    assert names(notice_of(court(result("1115", imprisonment_months=months)))) == (["QUERY/IMPOSSIBLE_RESULT"] if held else [])


def test_an_amendment_replaces_the_impossible_result_with_the_sentence() -> None:
    """After the amendment the sentence itself holds, whichever of the two was read first."""
    wrong = court(result("1115", imprisonment_months=45))
    right = court(result("1002", imprisonment_months=45, result_id="r2"), shared=NOW + timedelta(minutes=5))
    assert names(notice_of(wrong, right)) == names(notice_of(right, wrong)) == ["SENTENCE"]


def test_a_sentence_ends_at_the_confirmed_release_date_and_not_by_an_older_calculation() -> None:
    """Only a calculation confirmed after the sentence was shared, whose date has come in London, ends the SENTENCE ground."""
    sentence = court(result("1002"), shared=ago(hours=5))
    assert names(notice_of(received(), sentence, dates())) == []
    assert names(notice_of(received(), sentence, dates(at=ago(hours=6)))) == ["SENTENCE"]
    assert names(notice_of(received(), sentence, dates(at=ago(hours=5)))) == ["SENTENCE"]
    assert names(notice_of(received(), sentence, dates(status="PRELIMINARY"))) == ["SENTENCE"]
    assert names(notice_of(received(), sentence, dates(crd=date(2025, 11, 4)))) == ["SENTENCE"]


def test_an_unchanged_reshare_does_not_undo_a_calculation() -> None:
    """A re-share that repeats the sentence word for word leaves it served."""
    first = court(result("1002"), shared=ago(hours=5))
    again = court(result("1002"), shared=ago(minutes=5))
    assert names(notice_of(received(), first, dates(), again)) == []


def test_a_new_sentence_is_not_covered_by_an_old_bookings_calculation() -> None:
    """Dates calculated for an earlier booking say nothing of a sentence passed in a later one."""
    later = court(result("1002"), shared=ago(hours=5))
    claims = (received("b0", at=ago(days=900)), received("b1"), later, dates(booking="b0", at=ago(hours=1)))
    assert names(notice_of(*claims)) == ["SENTENCE"]


def test_a_release_date_arrives_at_midnight_in_london() -> None:
    """The date comes at London's midnight: 23:00 UTC in summer."""
    sentence = court(result("1002"), day=date(2025, 6, 1), shared=datetime(2025, 6, 1, 12, tzinfo=UTC))
    calculated = dates(crd=date(2025, 7, 2), at=datetime(2025, 6, 2, tzinfo=UTC))
    told = received(at=datetime(2025, 6, 1, tzinfo=UTC)), sentence, calculated
    assert names(notice_of(*told, at=datetime(2025, 7, 1, 22, 59, tzinfo=UTC))) == ["SENTENCE"]
    assert names(notice_of(*told, at=datetime(2025, 7, 1, 23, 0, tzinfo=UTC))) == []


def test_a_recall_ends_only_by_custody() -> None:
    """A recall holds until custody deletes it, in a newer word."""
    assert names(notice_of(recall())) == ["RECALL"]
    assert names(notice_of(recall(), recall("DELETED", at=NOW))) == []
    assert names(notice_of(recall(at=NOW), recall("DELETED", at=ago(days=9)))) == ["RECALL"]


def test_alerts_hold_while_they_are_active() -> None:
    """Not-for-release holds; an alert that ended today does not; an unknown alert is a query."""
    assert names(notice_of(alert())) == ["NOT_FOR_RELEASE"]
    assert names(notice_of(alert(to=TODAY))) == []
    assert names(notice_of(alert("QQQ"))) == ["QUERY/UNKNOWN_CODE"]


def test_immigration_bars_release_and_not_its_own_transfer() -> None:
    """An IS91 bars release; transfer under escort to an immigration removal centre stays possible (Kebatu)."""
    told = notice_of(immigration("IS91"))
    assert names(told) == ["IMMIGRATION_DETENTION"]
    assert barred(told) == {"release", "temporary_release"}


def test_the_newest_immigration_record_wins_and_a_tie_holds() -> None:
    """By record date, then recorded at; equal versions hold and are a query."""
    ended = immigration("NO_LONGER_OF_INTEREST", uuid="i2", at=NOW + timedelta(minutes=1))
    assert names(notice_of(immigration("IS91"), ended)) == []
    tied = immigration("NO_LONGER_OF_INTEREST", uuid="i2")
    assert names(notice_of(immigration("IS91"), tied)) == ["IMMIGRATION_DETENTION", "QUERY/CONTRADICTION"]


def test_a_deleted_immigration_record_gives_way_to_the_one_before() -> None:
    """Deleting a bail record brings the IS91 back; deleting the IS91 ends it."""
    bail = immigration("IMMIGRATION_BAIL", uuid="i2", at=NOW + timedelta(minutes=1))
    unbailed = immigration("IMMIGRATION_BAIL", uuid="i2", at=NOW + timedelta(minutes=2), status="DELETED")
    assert names(notice_of(immigration("IS91"), bail)) == []
    assert names(notice_of(immigration("IS91"), bail, unbailed)) == ["IMMIGRATION_DETENTION"]
    assert names(notice_of(immigration("IS91"), immigration("IS91", status="DELETED", at=NOW + timedelta(minutes=3)))) == []


def test_an_unknown_result_code_is_a_query_until_a_later_result_answers_it() -> None:
    """A code that no table has holds as UNKNOWN_CODE; a later word on that offence about custody answers it."""
    unknown = court(result("9999"), day=date(2025, 11, 1), shared=ago(days=2), hearing="h0")
    assert names(notice_of(unknown)) == ["QUERY/UNKNOWN_CODE"]
    assert names(notice_of(unknown, court(result("2061")))) == []


def test_doubts_hold_until_answered_and_a_resolution_answers_only_what_was_known() -> None:
    """A doubt holds; its answer, or two people, end it; a resolution by kind says nothing about a later doubt."""
    held = notice_of(doubt(QueryKind.UNREADABLE_RECORD))
    assert names(held) == ["QUERY/UNREADABLE_RECORD"]
    assert names(notice_of(doubt(QueryKind.UNREADABLE_RECORD), doubt(QueryKind.UNREADABLE_RECORD, answered=True))) == []
    by_id = resolution(query_id=held.grounds[0].query_id)
    assert names(notice_of(doubt(QueryKind.UNREADABLE_RECORD), by_id)) == []
    assert names(notice_of(doubt(QueryKind.UNREADABLE_RECORD), resolution(kind="UNREADABLE_RECORD"))) == []
    too_early = resolution(kind="UNREADABLE_RECORD", at=ago(hours=1))
    assert names(notice_of(doubt(QueryKind.UNREADABLE_RECORD), too_early)) == ["QUERY/UNREADABLE_RECORD"]


def test_a_resolution_never_ends_a_ground_of_an_authority() -> None:
    """People may answer the hub's doubts; a court's hold they may not touch."""
    held = notice_of(REMAND)
    assert names(notice_of(REMAND, resolution(kind="REMAND"), resolution(query_id=held.grounds[0].query_id, kind="X"))) == ["REMAND"]


def test_a_hold_placed_by_hand_ends_by_hand() -> None:
    """PLACED_BY_HAND stands until it is ended, and says whose it is."""
    assert names(notice_of(placed())) == ["PLACED_BY_HAND"]
    assert names(notice_of(placed(at=ago(hours=1)), placed(ended=True))) == []
    assert names(notice_of(placed(), placed(ended=True))) == ["PLACED_BY_HAND"]  # at one instant custody wins


# --- law 6 ------------------------------------------------------------------------------------------------------------------


def test_a_served_sentence_needs_an_order_for_today_and_the_facts() -> None:
    """A release date that has come and an order for today: borne out; each alone is not."""
    sentence = court(result("1002"), shared=ago(hours=5))
    assert borne_out(notice_of(received(), sentence, dates(), order())) == {"release"}
    assert borne_out(notice_of(received(), sentence, dates())) == set()
    assert borne_out(notice_of(received(), order())) == set()
    assert borne_out(notice_of(received(), sentence, dates(), order(day=date(2025, 11, 4)))) == set()
    assert borne_out(notice_of(received(), sentence, dates(), order(status="CANC", at=NOW), order())) == set()


def test_an_order_is_spent_by_a_departure_and_bound_to_its_booking() -> None:
    """Back from court he needs a new order; an order for another booking is none."""
    sentence = court(result("1002"), shared=ago(hours=5))
    out_and_back = left("CRT", "CRT", at=ago(minutes=30)), received(at=ago(minutes=10), seq=3)
    assert borne_out(notice_of(received(), sentence, dates(), order(), *out_and_back)) == set()
    assert borne_out(notice_of(received(), received("b9", at=ago(days=1)), sentence, dates(booking="b9"), order())) == set()


def test_merge_paperwork_spends_no_order() -> None:
    """A movement that only administers (MRG) is no departure."""
    sentence = court(result("1002"), shared=ago(hours=5))
    paperwork = left("REL", "MRG", at=ago(minutes=30), seq=0)
    assert borne_out(notice_of(received(), sentence, dates(), order(), paperwork)) == {"release"}


def test_a_bailed_release_needs_bail_in_every_open_case() -> None:
    """Bail in one case and no word in another: the court must say."""
    bail = court(result("4027"))
    adjourned = court(result("4506", offence="o2"), hearing="h2")
    assert borne_out(notice_of(received(), bail, order("BL"))) == {"release"}
    told = notice_of(received(), bail, adjourned, order("BL"))
    assert borne_out(told) == set()
    assert "bailed or held" in told.orders[0].missing[0]


def test_an_immigration_transfer_needs_immigrations_word() -> None:
    """DEIRC is for the transfer to a removal centre: allowed with an IS91, not without."""
    assert borne_out(notice_of(received(), immigration("IS91"), order("DEIRC"))) == {"immigration_transfer"}
    assert borne_out(notice_of(received(), order("DEIRC"))) == set()


def test_an_order_is_for_one_day_in_london() -> None:
    """It is valid from midnight to midnight in London, and gone from the notice after."""
    told = received(), court(result("1002"), shared=ago(hours=5)), dates(), order()
    [permission] = notice_of(*told).orders
    assert permission.valid_until - permission.valid_from == timedelta(days=1)
    assert notice_of(*told, at=permission.valid_until).orders == ()
