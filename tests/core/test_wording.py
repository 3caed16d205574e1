"""Every sentence that people read keeps the rules of docs/writing.md: over the whole table, every code, every order, every doubt."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from holdfast.claims import Claim, Doubt, Person, PlacedHold, ResultLine, SourceMark
from holdfast.codes import alerts, court_results, immigration_record_types, imprisonment_statuses, movement_reasons, recall_types
from holdfast.grounds.table import TABLE
from holdfast.incidents import departures_barred, silences
from holdfast.orders import TABLE as ORDERS
from holdfast.policies import POLICIES
from holdfast.status import derive
from holdfast_gate.model import Authority, Ground, Notice, QueryKind
from holdfast_gate.wording import source_words
from tests.core.plain import faults
from tests.core.telling import (
    NOW,
    TODAY,
    ago,
    alert,
    books,
    court,
    dates,
    deleted_booking,
    immigration,
    left,
    notice_of,
    order,
    placed,
    recall,
    received,
    result,
    say,
    status_of,
)
from tests.core.told import ANN, BOB, CRO, PNC, Told, custody, folded, in_prison, moved, moves, of, remanded, roll, unmerge

HERE = received()


def said(notice: Notice) -> Iterator[str]:
    """Every sentence of a notice."""
    yield from (ground.sentence for ground in notice.grounds)
    yield from (text for each in notice.orders for text in each.missing)


def broken(sentences: Iterable[str]) -> list[tuple[str, str]]:
    """The sentences that break a rule, and which."""
    return [(fault, text) for text in dict.fromkeys(sentences) for fault in faults(text)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Held for REMAND", "does not end"),
        ("Held.. For ever.", "two marks"),
        ("What stands?.", "two marks"),
        ("court B01BH00 said so.", "capital"),
        ("Held by {court}.", "brace"),
        ("Held by NOT_FOR_RELEASE.", "code outside brackets"),
        ("Held since 2025-11-03.", "as machines write it"),
        ("The hub has no seal.", "'The hub'"),
        ("Custody says that he left.", "'Custody says'"),
        (" ".join(["Word", *["word"] * 45]) + ".", "46 words"),
    ],
)
def test_the_rules_find_what_breaks_them(text: str, fault: str) -> None:
    """Each rule is broken by something, and by nothing that is well said."""
    assert any(fault in found for found in faults(text))
    assert not list(
        faults("The prison's alert 'He is at risk' (NOT_FOR_RELEASE) is active; ask the Holdfast control room. No bail since 3 Nov 2025.")
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_template(row: object) -> None:
    """Filled with one word for each fact, a row's template is a sentence that keeps the rules; a query's text is its rule's to make."""
    law = next(each for each in TABLE if each is row)
    names = [name for _, name, _, _ in string.Formatter().parse(law.template) if name]
    facts = {name: " since 3 Nov 2025" if name == "since" else "Nobody can tell" if name == "text" else "Word" for name in names}
    text = law.sentence(facts)
    assert broken([text if "{text}." in law.template or "{text}" not in law.template else f"{text}."]) == []
    assert "{" not in law.title + law.opens + law.closes


def _results() -> Iterator[Claim]:
    for n, row in enumerate(court_results()):
        line = ResultLine(
            case_urn="01WW1",
            offence_id=f"o{n}",
            offence_code="TH68001",
            result_id=f"r{n}",
            result_type_id=row.result_type_id,
            cjs_code=row.cjs_code,
            label=row.meaning,
            imprisonment_months=900,
            suspended_months=900,
        )
        yield court(line, hearing=f"h{n}", defendant=f"d{n}", jurisdiction="MAGISTRATES")
        late = replace(line, offence_id=f"late{n}", custody_status="C", label="")
        yield court(late, hearing=f"late{n}", defendant=f"late{n}", day=date(2025, 9, 1))


def test_every_court_result() -> None:
    """Whatever a court can record, with an impossible term, a status that contradicts it, and a share long after the hearing."""
    told = list(_results())
    sentences = list(said(notice_of(HERE, *told)))
    assert len(sentences) > 800
    assert broken(sentences) == []


def test_unknown_impossible_and_vanished_results() -> None:
    """A code that nobody has, a term that nobody can read, a result that a later record leaves out, two papers, bail after a sentence."""
    told = (
        court(result("0000", offence="o2", label="New result")),
        court(replace(result("4028", offence="o3"), problems=("the term 'a while'", "the next hearing at '2026-02-30'"))),
        court(result("4028", offence="o4"), hearing="h4", shared=ago(hours=3)),
        court(hearing="h4"),
        court(result("1002", offence="o5"), hearing="h5", day=date(2025, 10, 1), shared=ago(days=33)),
        court(result("4027", offence="o5"), hearing="h6"),
        court(result("4028", offence="o7"), hearing="h7", document="warrant"),
        court(result("4027", offence="o7"), hearing="h7"),
    )
    notice = notice_of(HERE, *told)
    kinds = {ground.query_kind for ground in notice.grounds}
    assert {kind.value for kind in (QueryKind.UNKNOWN_CODE, QueryKind.IMPOSSIBLE_DATE, QueryKind.RESULT_VANISHED, QueryKind.CONTRADICTION)} <= kinds
    assert broken(said(notice)) == []


def test_every_word_of_the_prison() -> None:
    """Alerts, imprisonment statuses, kinds of recall, reasons to receive somebody: known, and unknown."""
    sentences: list[str] = []
    for n, code in enumerate([*(row.code for row in alerts()), "QQQ"]):
        sentences += said(notice_of(HERE, alert(code, uuid=f"a{n}")))
    for code in (*(row.code for row in imprisonment_statuses()), "QQQ"):
        sentences += said(notice_of(HERE, books(code)))
        sentences += said(notice_of(HERE, books(code), order(), order("BL", day=TODAY + timedelta(days=1))))
    for code in (*(row.code for row in recall_types()), "QQQ", ""):
        sentences += said(notice_of(HERE, recall(kind=code)))
    for code in {*(row.reason_code for row in movement_reasons()), "QQQ"}:
        sentences += said(notice_of(received(reason=code)))
    assert len(sentences) > 300
    assert broken(sentences) == []


def test_every_word_of_immigration() -> None:
    """Known types of record, and one that nobody knows."""
    sentences = [text for code in (*(row.code for row in immigration_record_types()), "QQQ") for text in said(notice_of(immigration(code)))]
    assert len(sentences) > 4
    assert broken(sentences) == []


def test_every_order_says_what_is_missing() -> None:
    """Each reason of the table with nothing that bears it out, before the reception, in another booking, at another time."""
    sentences: list[str] = []
    for reason in (*(reason for row in ORDERS for reason in row.reasons), "ER", "QQ"):
        asked = order(reason)
        for told in (
            (asked,),
            (HERE, asked),
            (HERE, asked, dates(crd=date(2025, 11, 8))),
            (HERE, asked, dates(crd=date(2025, 11, 4), status="PRELIMINARY")),
            (HERE, asked, dates(crd=date(2025, 11, 7))),
            (HERE, asked, court(result("4001"), result("4027", offence="o2", result_id="r2"))),
            (HERE, received("b2", at=ago(days=1)), asked),
            (HERE, received("b2", at=ago(minutes=30)), order(reason, booking="")),
            (order(reason, booking=""),),
            (HERE, left(at=ago(hours=2)), order(reason, at=ago(hours=1))),
            (HERE, asked, left(at=ago(minutes=5))),
            (HERE, asked, deleted_booking()),
            (HERE, asked, received(deleted=True, at=ago(days=1))),
            *((HERE, order(reason, at=ago(hours=2)), order(reason, status=status)) for status in ("CANC", "COMP")),
        ):
            sentences += said(notice_of(*told))
    assert len(set(sentences)) > 25
    assert broken(sentences) == []


def test_every_missing_fact_says_who_can_supply_it() -> None:
    """The court, the prison and its units, the Home Office: nobody is left to guess whom to ring."""
    who = re_who()
    for row in ORDERS:
        for reason in row.reasons:
            for told in ((), (HERE,), (HERE, books("RX")), (HERE, books("MLP")), (HERE, books("SENT"), dates(crd=date(2025, 11, 7)))):
                for text in [text for each in notice_of(*told, order(reason)).orders for text in each.missing]:
                    assert any(words in text for words in who), text


def re_who() -> tuple[str, ...]:
    """Whoever can supply something, as sentences name them."""
    return (
        "the court can ",
        "the court's fines office can ",
        "the extradition court can ",
        "the prison's offender management unit can ",
        "the prison's sentence calculation team can ",
        "the prison's reception can ",
        "the governor can ",
        "Home Office immigration enforcement can ",
    )


def test_what_stands_by_hand_and_at_odds() -> None:
    """A hold placed by hand, however its reason ends; one authority that says two things."""
    for reason in ("warrant in the hand", "Warrant in the hand.", "Feed is down. Warrant seen. "):
        for authority in (Authority.COURT, Authority.CUSTODY, Authority.IMMIGRATION):
            body = PlacedHold(hold_id="p1", placed_authority=authority, reason=reason, ended=False)
            (ground,) = notice_of(say(body, by=Authority.HUB)).grounds
            assert ground.ground == Ground.PLACED_BY_HAND.value
            assert broken([ground.sentence]) == []
    two = [immigration("IS91"), immigration("NO_LONGER_OF_INTEREST"), recall(), recall("DELETED"), placed()]
    notice = notice_of(*two, court(result("4028")), court(result("4027")))
    assert "QUERY/CONTRADICTION" in {ground.name for ground in notice.grounds}
    assert broken(said(notice)) == []


def test_every_doubt_about_who_somebody_is() -> None:
    """Two people for one identifier or one record, namesakes, an unmerge, a booking moved, a roll that differs."""
    told = Told()
    told.tell(custody(ANN, PNC), custody(BOB, PNC), custody(ANN, CRO))
    told.tell(of(court(result("4028"), defendant="d9"), None, PNC, CRO))
    told.tell(in_prison("D4444DD", "Smith", "John"), in_prison("E5555EE", "Smith", "John"), remanded("Smith", "John"))
    told.tell(unmerge(ANN, BOB), moved("b7", ANN, BOB), moves(ANN, "REL-CR", at=ago(days=2), seq=2), roll(ANN, BOB))
    doubts = [fact.claim.body.sentence for fact in told.facts if isinstance(fact.claim.body, Doubt) and not fact.claim.body.answered]
    assert len(set(doubts)) > 3
    sentences = [text for number in (ANN, BOB, "D4444DD") for text in said(derive(folded(number, told.facts), at=NOW))]
    assert broken(sentences) == []


def test_every_incident() -> None:
    """Released despite a veto, a ground that arrived late, and a silent source of each name."""
    for told in ((HERE, court(result("4028"), shared=ago(hours=5)), left()), (HERE, left(at=ago(hours=1)), recall(at=NOW))):
        status = status_of(told)
        found = [incident.sentence for incident in departures_barred(status, derive(status, at=NOW))]
        assert found
        assert broken(found) == []
    marks = [SourceMark(source=name, caught_up_as_of=ago(hours=1)) for name in ("court", "custody", "immigration", "resolutions", "probation")]
    silent = [incident.sentence for incident in silences(marks, NOW, timedelta(seconds=10))]
    assert len(silent) == len(marks)
    assert all(source_words(mark.source) in text for mark, text in zip(marks, silent, strict=True))
    assert broken(silent) == []


def test_every_check_of_every_policy() -> None:
    """What has to have been done, in the words that a person reads who is told that it is missing."""
    sentences = [check.sentence for policy in POLICIES for check in policy.checks]
    assert sentences
    assert broken(sentences) == []


def test_nobody_is_named_by_the_doubt_of_another() -> None:
    """A sentence of the hub's is shown as it was made, and not cut."""
    text = "Holdfast could not read a record that may be about this person (UNREADABLE, court-results/0/1: no dialect recognises it)."
    body = Doubt(kind=QueryKind.UNREADABLE_RECORD, about="court-results/0/1", sentence=text)
    assert list(said(notice_of(say(body, by=Authority.HUB, person=Person())))) == [text]
