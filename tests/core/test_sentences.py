"""What people read, word for word: `sentences.txt` has every sentence that the rules can say, and is read like the law itself.

A changed sentence is a changed page: `python -m tests.core.test_sentences > tests/core/sentences.txt`, and then read what changed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from holdfast.claims import Claim, Doubt, ListedOffence, Movement, PlacedHold, Recall, ResultLine
from holdfast.status import RULES_VERSION
from holdfast_gate.model import Authority, NoticeGround, NoticeOrder, QueryKind, RecordRef
from tests.core.telling import (
    NOW,
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
)

PAGE = Path(__file__).parent / "sentences.txt"
HEAD = f"# What people read, by version {RULES_VERSION} of the rules"
HERE = received()
BEFORE = {"hearing": "h0", "day": date(2025, 10, 1), "shared": ago(days=33)}
LATER = NOW + timedelta(hours=1)
LIFE = "cfbe83c8-935b-4410-a68c-49452519f2d3"
TOO_LONG = "Imprisonment " * 12


def said(code: str, **fields: Any) -> ResultLine:
    """A result line with fields of its own."""
    return replace(result(code), **fields)


def thin(reason: str, kind: str = "ADM") -> Claim:
    """A reception that knows no booking."""
    return say(Movement(direction="IN", booking_id=None, movement_seq=None, movement_type=kind, movement_reason_code=reason))


#: What is told, by what it is about.
CASES: dict[str, tuple[Claim, ...]] = {
    # --- courts ---
    "a remand by a court that has a name": (court(said("4028", case_urn="TH231233964"), court_name="Example Magistrates' Court"),),
    "a remand of which little is known": (court(said("4028", case_urn="", offence_code=""), court_code=""),),
    "a remand of somebody convicted": (court(said("4028", convicted=True)),),
    "a sentence of one month": (HERE, court(said("1002", imprisonment_months=1), shared=ago(hours=5)), dates(crd=date(2025, 11, 8))),
    "a sentence whose label is endless": (court(said("1002", label=TOO_LONG, imprisonment_months=7)),),
    "a suspended sentence activated": (court(said("1507")),),
    "a life sentence": (court(said("1002", result_type_id=LIFE)),),
    "a life sentence by its type alone": (court(said("", result_type_id=LIFE)),),
    "a life sentence beside another": (court(said("1002"), said("1002", result_type_id=LIFE, result_id="r2")),),
    "a sentence and a licence for today": (HERE, court(said("1002"), shared=ago(hours=5)), order("C3")),
    "early removal": (HERE, court(said("1002"), shared=ago(hours=5)), immigration("DEPORTATION_ORDER"), order("ETR"), dates(kind="ERSED")),
    "a fine not paid": (court(said("1510")),),
    "a result by its type alone": (court(said("", result_type_id="4bd7a2f9-0000-4000-8000-000000000000")),),
    "a result that says nothing of what it is": (court(said("")),),
    "an unknown result": (court(said("QQQQ", label="Something new")),),
    "an unknown result on no offence": (HERE, court(said("QQQQ", offence_id="defendant:d1", case_urn="")), order("BL")),
    "a conviction quashed": (court(said("1002"), **BEFORE), court(said("2068", result_id="r2"))),
    "deportation in view": (court(said("1015"), said("3006", result_id="r2"), shared=ago(hours=2)),),
    "dates that cannot be": (court(said("4028", problems=("the next hearing is before this one", "the day is no day"))),),
    "a result that vanished": (court(said("4028", label="Remanded")), court(shared=LATER)),
    "a term above the offence's, and the court's": (court(said("1002", offence_code="CJ88116", imprisonment_months=24), jurisdiction="MAGISTRATES"),),
    "a month for what only a fine is for": (court(said("1002", offence_code="CA03012", imprisonment_months=1)),),
    "a suspended sentence too long in both ways": (court(said("1115", imprisonment_months=45, suspended_months=30)),),
    "bail dated far ahead": (court(said("4027"), day=date(2026, 10, 3)),),
    "bail whose custody status says custody": (court(said("4027", custody_status="C")),),
    "bail shared late": (court(said("4027"), **{**BEFORE, "shared": ago(days=1)}),),
    "bail after a sentence": (court(said("1002"), **BEFORE), court(said("4027", result_id="r2"))),
    "a register against the results": (court(said("4027")), court(said("4028", result_id="p1"), document="register", shared=LATER)),
    "a warrant against a register": (
        court(said("4027", result_id="p1"), document="register"),
        court(said("4028", result_id="p2"), document="warrant"),
    ),
    # --- custody ---
    "a recall": (recall(),),
    "a recall of which little is known": (say(Recall(booking_id=None, recall_id="rc1", recall_type="LR", revocation_date=None, status="ACTIVE")),),
    "received as recalled": (received(reason="L"),),
    "received as recalled, without a booking": (thin("L"),),
    "recalled by the books": (HERE, books("FTR/08")),
    "recalled by the books, without a booking": (books("FTR/08", booking=None),),
    "received for an unknown reason": (received(reason="ETRLR"),),
    "received for an unknown reason, without a booking": (thin("ETRLR"),),
    "not for release": (alert(),),
    "the power to detain": (alert("PTD"),),
    "an unknown alert": (alert("QQQ"),),
    "an alert that only people can read": (alert("WO"),),
    "an alert that immigration must answer": (alert("XLDEPORT"),),
    "books that nobody can read": (HERE, books("QQQ")),
    "books of the dead": (HERE, books("DIED")),
    "books that speak for immigration": (HERE, books("DET")),
    "books that speak of extradition": (HERE, books("EXTRAD")),
    # --- immigration ---
    "detained by immigration": (immigration("IS91"),),
    "to be deported": (immigration("DEPORTATION_ORDER"),),
    "liable to be deported": (immigration("LIABILITY_TO_DEPORTATION"),),
    "out of a removal centre": (immigration("IRC_CHECK_OUT"),),
    "an unknown immigration record": (immigration("QQQ"),),
    # --- the hub ---
    "a doubt whose sentence is whole": (_doubt := say(Doubt(kind=QueryKind.UNREADABLE_RECORD, about="x/0/1", sentence="Nobody can tell.")),),
    "a doubt whose sentence is not": (replace(_doubt, body=Doubt(kind=QueryKind.CONTRADICTION, about="x/0/1", sentence="Nobody can tell.")),),
    "one authority that says two things": (alert("XNR"), alert("PTD")),
    "placed by hand": (placed(),),
    "placed by hand in two ways": tuple(
        say(PlacedHold(hold_id="p1", placed_authority=authority, reason="a warrant."), by=Authority.HUB) for authority in Authority
    ),
    # --- orders ---
    "an order before he was received": (order(),),
    "an order for no booking, before he was received": (order(booking=""),),
    "an order after the booking was deleted": (HERE, order(), dates(), deleted_booking()),
    "an order for another booking": (HERE, received("b9", at=ago(days=1)), order()),
    "an order for no booking, and made before the one he is in": (HERE, received("b2", at=ago(minutes=30)), order(booking="")),
    "an order while he is away": (HERE, left("TRN", "NOTR", at=ago(hours=3)), order("BL"), court(said("4027"))),
    "an order beside a minimum term": (HERE, dates(kind="Tariff"), order()),
    "an order withdrawn": (HERE, order(at=ago(hours=2)), order(status="CANC")),
    "an order carried out": (HERE, order(status="COMP")),
    "an order spent": (HERE, order(), left(at=ago(minutes=30)), received(seq=3, at=ago(minutes=20))),
    "an order for a reason that no rule has": (HERE, order("ER")),
    "an order for a reason that nobody knows": (HERE, order("QQ")),
    "an order with a date to come": (HERE, dates(crd=date(2025, 12, 1)), order()),
    "an order with two dates": (HERE, replace(dates(crd=date(2025, 12, 1)), record_id="2"), dates(crd=date(2025, 12, 2)), order()),
    "an order two days before a Friday": (
        HERE,
        court(said("1002"), shared=ago(hours=5)),
        dates(crd=date(2025, 11, 7)),
        order(day=date(2025, 11, 5)),
    ),
    "an order while cases are open": (
        HERE,
        court(said("4027")),
        court(hearing="h2", listed=(ListedOffence(case_urn="02YK9", offence_id="o9", offence_code="TH68010"),)),
        court(hearing="h3", listed=(ListedOffence(case_urn="", offence_id="o8", offence_code="TH68010"),)),
        order("BL"),
    ),
    "an order while a case is open and nothing was decided": (
        HERE,
        court(said("4027", case_urn="")),
        court(hearing="h2", listed=(ListedOffence(case_urn="02YK9", offence_id="o9", offence_code="TH68010"),)),
        order("BL"),
    ),
    "an order while the books say unsentenced": (HERE, books("RX"), dates(), order()),
    "an order while the books say sentenced": (HERE, books("SENT"), court(said("4027")), order("BL")),
    "an order while the books say sentenced, with a date": (HERE, books("SENT"), dates(crd=date(2025, 12, 1)), court(said("4027")), order("BL")),
    "an order while a date alone says sentenced": (HERE, dates(crd=date(2025, 12, 1)), court(said("4027")), order("BL")),
    "an order while the books say for life": (HERE, books("LIFE"), court(said("4027")), order("BL")),
    **{
        f"an order for {reason}, and no fact": (HERE, order(reason))
        for reason in ("CR", "SC", "HR", "PD", "BL", "DS", "PF", "BD", "DEIRC", "DD", "ETR", "EX")
    },
}


def pinned(claims: tuple[Claim, ...]) -> list[Claim]:
    """The claims with records that do not move with the words of their contents, for the ids of questions are made of those."""
    return [replace(claim, source=RecordRef("records", 0, n, f"{n:02}" * 32)) for n, claim in enumerate(claims)]


def read(name: str) -> list[str]:
    """What the page says of one case."""
    notice = notice_of(*pinned(CASES[name]))
    said = (f"## {name}", *(_ground(each) for each in notice.grounds), *(_order(each) for each in notice.orders))
    return "\n".join(said).splitlines()


def _ground(ground: NoticeGround) -> str:
    where = " · ".join((ground.name, ground.authority, ground.subject, ground.rule, f"ask {ground.ask}", f"bars {', '.join(ground.bars)}"))
    asked = f" · question {ground.query_id}" if ground.query_id else ""
    return f"{where}{asked}\n  {ground.sentence}"


def _order(told: NoticeOrder) -> str:
    until = "at no time" if told.valid_from == told.valid_until else f"{told.valid_from:%d %b %H:%M} to {told.valid_until:%d %b %H:%M}"
    return "\n".join((f"order for {told.exit} · {told.reason_code} · {told.subject} · {until}", *(f"  {text}" for text in told.missing)))


def _of_page() -> dict[str, list[str]]:
    _, *parts = (part.splitlines() for part in PAGE.read_text(encoding="utf-8").split("\n\n"))
    return {lines[0].removeprefix("## "): lines for lines in parts}


def test_the_page_is_of_these_rules() -> None:
    """Who changes a sentence changes the version of the rules with it: the same facts then give another notice."""
    assert PAGE.read_text(encoding="utf-8").splitlines()[0] == HEAD


def test_the_page_has_the_cases_and_no_other() -> None:
    """In their order."""
    assert list(_of_page()) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_what_people_read(name: str) -> None:
    """Each ground with whose it is, on what, what it bars and whom to ask; each order with what is missing: as the page has it, word for word."""
    assert read(name) == _of_page()[name]


if __name__ == "__main__":
    sys.stdout.write("\n\n".join((HEAD, *("\n".join(read(name)) for name in CASES))) + "\n")
