"""What no court could have meant: each is a query that names what contradicts what, and holds until somebody has looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from holdfast.claims import Claim, ListedOffence
from tests.core.telling import NOW, TODAY, ago, borne_out, court, names, notice_of, order, received, resolution, result

#: Total custodial period (TIMP), by its type id: it has no CJS code.
TOTAL = "6cb15971-c945-4398-b7c9-3f8b743a4de3"


def said(code: str, **fields: Any) -> Any:
    """A result line with fields of its own."""
    return replace(result(code), **fields)


def _of_magistrates(*lines: Any, day: date = TODAY) -> Claim:
    return court(*lines, day=day, jurisdiction="MAGISTRATES")


@pytest.mark.parametrize(("day", "months", "doubted"), [(date(2026, 3, 21), 25, True), (date(2026, 3, 22), 36, False), (date(2026, 3, 22), 37, True)])
def test_the_longest_suspended_term_is_that_of_the_day(day: date, months: int, doubted: bool) -> None:
    """Two years, and three since the Sentencing Act 2026."""
    told = court(said("1115", imprisonment_months=months), day=day)
    assert ("QUERY/IMPOSSIBLE_RESULT" in names(notice_of(told))) is doubted


def test_an_operational_period_can_be_too_long_by_itself() -> None:
    """A lawful term that is suspended for longer than the law knows is asked about, with the months in words."""
    (ground,) = notice_of(court(said("1134", imprisonment_months=12, suspended_months=30))).grounds
    assert "suspended for 30 months, where the law allows 24 at most" in ground.sentence
    assert names(notice_of(court(said("1134", imprisonment_months=12, suspended_months=24)))) == []
    assert ground.ask == "court/B01BH00"


def test_a_sentence_above_the_offence_is_asked_about_and_holds() -> None:
    """Fourteen years for theft from a shop: the sentence holds, and what contradicts what is said."""
    notice = notice_of(court(said("1002", offence_code="TH68010", imprisonment_months=168)))
    assert names(notice) == ["SENTENCE", "QUERY/IMPOSSIBLE_RESULT"]
    assert "168 months for TH68010" in notice.grounds[1].sentence
    assert "84 months at most" in notice.grounds[1].sentence


def test_a_sentence_within_the_offence_is_not_accused() -> None:
    """The maximum itself is lawful, and so is anything for an offence that no table has."""
    assert names(notice_of(court(said("1002", offence_code="TH68010", imprisonment_months=84)))) == ["SENTENCE"]
    assert names(notice_of(court(said("1002", offence_code="XX00001", imprisonment_months=500)))) == ["SENTENCE"]


def test_a_total_is_not_one_offences_sentence() -> None:
    """The total custodial period is passed for all offences together: it is not measured by one of them."""
    total = said("", result_type_id=TOTAL, offence_code="TH68010", imprisonment_months=168)
    assert names(notice_of(court(total))) == ["SENTENCE"]


def test_what_is_wrong_with_one_result_is_one_question() -> None:
    """Above the offence and above the court: people are asked once, and told both."""
    notice = notice_of(_of_magistrates(said("1002", offence_code="CJ88116", imprisonment_months=24)))
    assert names(notice) == ["SENTENCE", "QUERY/IMPOSSIBLE_RESULT"]
    assert "for CJ88116" in notice.grounds[1].sentence
    assert "It also recorded 24 months for one offence by a magistrates' court" in notice.grounds[1].sentence


def test_several_results_on_one_ground_are_shown_once() -> None:
    """The sentence before its total, the court's own word before a paper's; a life sentence beside a determinate one is its own."""
    total = replace(said("", result_type_id=TOTAL, label="Total custodial period"), result_id="r0")
    (shown,) = notice_of(court(total, said("1002", label="Imprisonment")), paper("1002")).grounds
    assert "Sentence (Imprisonment)" in shown.sentence
    life = replace(said("1002", result_type_id="cfbe83c8-935b-4410-a68c-49452519f2d3"), result_id="r2")
    assert names(notice_of(court(life, said("1002")))) == ["SENTENCE", "SENTENCE"]


def test_prison_for_what_only_a_fine_can_be_had_for_is_asked_about() -> None:
    """Seven months for having no television licence."""
    notice = notice_of(court(said("1002", offence_code="CA03012", imprisonment_months=7)))
    assert "a fine at most" in notice.grounds[-1].sentence


@pytest.mark.parametrize(
    ("months", "offence", "doubted"), [(12, "TH68010", False), (13, "TH68010", True), (7, "CJ88116", True), (6, "CJ88116", False)]
)
def test_magistrates_cannot_pass_what_is_above_their_power(months: int, offence: str, doubted: bool) -> None:
    """Twelve months for one either-way offence in 2025, six for a summary one; said only where the court is known to be theirs."""
    line = said("1002", offence_code=offence, imprisonment_months=months)
    assert ("QUERY/IMPOSSIBLE_RESULT" in names(notice_of(_of_magistrates(line)))) is doubted
    if offence == "TH68010":
        assert names(notice_of(court(line))) == ["SENTENCE"]


@pytest.mark.parametrize("code", ["1002", "1024", "1115", "1134"])
def test_whatever_term_of_magistrates_it_is(code: str) -> None:
    """Imprisonment, detention in a young offender institution, and either of them suspended."""
    assert "QUERY/IMPOSSIBLE_RESULT" in names(notice_of(_of_magistrates(said(code, imprisonment_months=13))))


def test_a_detention_and_training_order_is_no_imprisonment() -> None:
    """A youth court may order twenty-four months."""
    assert names(notice_of(_of_magistrates(said("1081", offence_code="TH68010", imprisonment_months=24)))) == ["SENTENCE"]


@pytest.mark.parametrize("status", ["C", "P", "L"])
def test_a_result_that_frees_and_a_status_that_holds_contradict(status: str) -> None:
    """The code decides, and the contradiction is a question; a status that says less than the code is not believed."""
    assert names(notice_of(court(said("4027", custody_status=status)))) == ["QUERY/CONTRADICTION"]
    assert names(notice_of(court(said("4027", custody_status="B")))) == []
    assert names(notice_of(court(said("4028", custody_status="B")))) == ["REMAND"]
    assert names(notice_of(court(said("1002", custody_status="A")))) == ["SENTENCE"]


def test_bail_that_is_shared_long_after_its_hearing_is_asked_about() -> None:
    """Four weeks and more: somebody must say why; a custodial result simply holds, and a re-share of what was known in time is not late."""
    day = date(2025, 10, 1)
    assert names(notice_of(court(result("4027"), day=day, shared=datetime(2025, 10, 30, 12, tzinfo=UTC)))) == ["QUERY/CONTRADICTION"]
    assert names(notice_of(court(result("4027"), day=day, shared=datetime(2025, 10, 29, 12, tzinfo=UTC)))) == []
    assert names(notice_of(court(result("4028"), day=day, shared=datetime(2025, 10, 30, 12, tzinfo=UTC)))) == ["REMAND"]
    in_time = court(result("4028"), day=day, shared=datetime(2025, 10, 1, 12, tzinfo=UTC))
    assert names(notice_of(in_time, court(result("4027"), day=day, shared=datetime(2025, 10, 30, 12, tzinfo=UTC)))) == []


def test_ordinary_bail_after_a_sentence_on_the_same_offence_is_asked_about() -> None:
    """It is how a result keyed for the wrong offence looks; bail pending appeal has a type of its own, and a quashed sentence a result."""
    passed = court(result("1002"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    assert names(notice_of(passed, court(result("4027", result_id="r2")))) == ["QUERY/CONTRADICTION"]
    appeal = replace(result("4027", result_id="r2"), result_type_id="9b816cc1-7836-44b2-a706-b09ab110f790")
    assert names(notice_of(passed, court(appeal))) == []
    quashed = court(result("2006", result_id="r3"), hearing="h1", day=date(2025, 10, 20), shared=ago(days=14))
    assert names(notice_of(passed, quashed, court(result("4027", result_id="r2")))) == []
    remanded = court(result("4028"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    assert names(notice_of(remanded, court(result("4027", result_id="r2")))) == []


# --- papers -----------------------------------------------------------------------------------------------------------------


def paper(code: str, *, kind: str = "register", **more: Any) -> Claim:
    """What a paper of the hearing says."""
    return court(result(code, result_id=f"p-{kind}"), document=kind, **more)


def test_a_paper_alone_holds() -> None:
    """The results got lost and the register arrived: it is the court's word too."""
    assert names(notice_of(paper("4028"))) == ["REMAND"]


def test_a_paper_that_says_the_same_adds_nothing() -> None:
    """The register of a hearing repeats its results."""
    assert names(notice_of(court(result("4028")), paper("4028", shared=NOW + timedelta(hours=1)))) == ["REMAND"]
    assert names(notice_of(court(result("4027")), paper("4047", shared=NOW + timedelta(hours=1)))) == []


def test_a_paper_never_ends_what_the_results_say() -> None:
    """A register that speaks of bail, newer than a remand of the same day or of an earlier one, frees nobody."""
    newer = NOW + timedelta(hours=1)
    assert names(notice_of(court(result("4028")), paper("4027", shared=newer))) == ["REMAND", "QUERY/CONTRADICTION"]
    earlier = court(result("4028"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    assert "REMAND" in names(notice_of(earlier, paper("4027")))


def test_a_warrant_against_the_register_and_either_against_the_results_is_asked_about() -> None:
    """Of one hearing day, what one paper holds and another does not is a question that names both."""
    assert "QUERY/CONTRADICTION" in names(notice_of(paper("4028", kind="warrant"), paper("4027")))
    (ground,) = notice_of(court(result("4027")), paper("4028", kind="warrant")).grounds
    assert ground.name == "QUERY/CONTRADICTION"
    assert "the warrant says 'Remanded in custody" in ground.sentence
    assert "and the court's results say" in ground.sentence


def test_a_paper_of_an_earlier_day_is_history() -> None:
    """A register of October's remand says nothing against November's bail; one of a later day holds, until the results of it come."""
    october = paper("4028", day=date(2025, 10, 1), shared=ago(days=33))
    assert names(notice_of(october, court(result("4027")))) == []
    bailed = court(result("4027"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
    assert names(notice_of(bailed, paper("4028", hearing="h1"))) == ["REMAND"]
    assert names(notice_of(bailed, paper("4028", hearing="h1"), court(result("4027"), hearing="h1"))) == ["QUERY/CONTRADICTION"]


def test_a_paper_that_takes_its_word_back_is_asked_about() -> None:
    """It was all that held him, and a newer one has nothing to say: gone without a word, unless the results have spoken."""
    emptied = court(document="register", shared=NOW + timedelta(hours=1))
    assert names(notice_of(paper("4028"), emptied)) == ["QUERY/RESULT_VANISHED"]
    assert names(notice_of(paper("4027"), emptied)) == []
    assert names(notice_of(paper("4028"), emptied, court(result("4027")))) == []
    replaced = paper("4047", shared=NOW + timedelta(hours=1))
    assert names(notice_of(paper("4028"), replaced)) == []


def test_an_unknown_result_on_a_paper_is_asked_about_unless_the_results_tell() -> None:
    """Where the results of the day speak of the offence, an unread word on a paper adds no question."""
    assert names(notice_of(paper("QQQQ"))) == ["QUERY/UNKNOWN_CODE"]
    assert names(notice_of(court(result("4027")), paper("QQQQ"))) == []


# --- what is open -----------------------------------------------------------------------------------------------------------

BAILED = court(result("4027"), hearing="h0", day=date(2025, 10, 1), shared=ago(days=33))
ORDERED = (received(at=ago(days=40)), order("BL"))


def test_an_offence_that_is_only_listed_is_an_open_case() -> None:
    """Nobody has decided about it: the order for bail is not borne out, and the sentence names both cases."""
    listed = court(hearing="h2", listed=(ListedOffence(case_urn="02YK9", offence_id="o9", offence_code="TH68010"),))
    assert borne_out(notice_of(*ORDERED, BAILED)) == {"release"}
    notice = notice_of(*ORDERED, BAILED, listed)
    assert borne_out(notice) == set()
    assert "Case 02YK9 is open" in notice.orders[0].missing[0]
    assert "whatever was decided in 01WW1" in notice.orders[0].missing[0]
    ended = court(result("2061", offence="o9"), hearing="h3")
    assert borne_out(notice_of(*ORDERED, BAILED, listed, ended)) == {"release"}


def test_a_result_on_no_offence_opens_no_case() -> None:
    """Costs, or a change of address, on the defendant: no proceedings of their own."""
    for nowhere in ("defendant:d1", "person:m1"):
        assert borne_out(notice_of(*ORDERED, BAILED, court(result("4592", offence=nowhere), hearing="h2"))) == {"release"}
    adjourned = court(said("4506", offence_id="application:a1", next_hearing_day=date(2025, 12, 1)), hearing="h2")
    assert borne_out(notice_of(*ORDERED, BAILED, adjourned)) == set()
    over = court(said("4506", offence_id="application:a1"), hearing="h2")
    assert borne_out(notice_of(*ORDERED, BAILED, over)) == {"release"}


def test_custody_on_no_offence_holds_all_the_same() -> None:
    """A result on the defendant that holds him holds him."""
    assert names(notice_of(court(result("4028", offence="defendant:d1")))) == ["REMAND"]


def test_an_answered_question_stays_answered_for_its_own_record_only() -> None:
    """Two people looked at this result; the next impossible one is a question of its own."""
    wrong = court(said("1115", imprisonment_months=45))
    asked = notice_of(wrong).grounds[0].query_id
    assert names(notice_of(wrong, resolution(query_id=asked))) == []
    again = court(said("1115", imprisonment_months=46), shared=NOW + timedelta(minutes=1))
    assert names(notice_of(wrong, resolution(query_id=asked), again)) == ["QUERY/IMPOSSIBLE_RESULT"]
