"""Whom an unreadable record holds."""

from __future__ import annotations

import pytest

from holdfast.claims import Doubt, Identifier, Person
from holdfast.identifiers import PRISONER_NUMBERS_MAX
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Refused
from services.intake.quarantine import HOLDS_NOBODY, quarantine
from tests.core.plain import faults
from tests.intake.records import APPENDED_AT, body_of, upstream

REFUSED = Refused(reason="UNREADABLE", message="custody-events/0/7: no dialect recognises it", dialect=None)


def held(value: bytes) -> list[Person]:
    """Whom the hub doubts about because of bytes that were refused."""
    return [claim.person for claim in quarantine(upstream("custody-events", value), REFUSED)]


def test_everybody_named_is_held() -> None:
    """Each prison number is doubted by itself, and what other identifiers lead to beside them."""
    value = b"\xff B2222BB A1234BC A1234BC 02/73319Z 65656/91H 2002/0073319X 6F1C0002-0000-4000-8000-0000000000AB"
    others = (
        Identifier(type="CRO", value="065656/91H"),
        Identifier(type="DEFENDANT_ID", value="6f1c0002-0000-4000-8000-0000000000ab"),
        Identifier(type="MASTER_DEFENDANT_ID", value="6f1c0002-0000-4000-8000-0000000000ab"),
        Identifier(type="PNC", value="2002/0073319Z"),
    )
    assert held(value) == [Person(prisoner_number="A1234BC"), Person(prisoner_number="B2222BB"), Person(identifiers=others)]


def test_nobody_named() -> None:
    """Where nobody is named, nobody is guessed: the doubt is about the source."""
    assert held(b"\xff\xd8 no one") == [Person()]


def test_too_many_named() -> None:
    """Where more are named than are looked for, somebody would be missing: the doubt is about the source."""
    crowd = " ".join(f"A{n:04}BC" for n in range(PRISONER_NUMBERS_MAX + 1))
    assert held(crowd.encode()) == [Person()]


def test_the_doubt() -> None:
    """The doubt is the hub's, cites the record, says why, and is about where the record stands, so that an answer finds it."""
    (claim,) = quarantine(upstream("custody-events", b"A1234BC", offset=9), REFUSED)
    assert (claim.authority, claim.subject, claim.dialect) == (Authority.HUB, "hub/doubt/UNREADABLE_RECORD/custody-events/0/9", "unknown")
    assert (claim.source.offset, claim.recorded_at, claim.received_at) == (9, APPENDED_AT, APPENDED_AT)
    body = body_of(claim, Doubt)
    assert (body.kind, body.about, body.answered) == (QueryKind.UNREADABLE_RECORD, "custody-events/0/9", False)
    assert "UNREADABLE" in body.sentence
    assert REFUSED.message in body.sentence
    assert not list(faults(body.sentence))


@pytest.mark.parametrize("reason", sorted(HOLDS_NOBODY))
def test_what_holds_nobody(reason: str) -> None:
    """A heartbeat that vouches for nothing, or an act that one person signed, was understood, and says nothing that could hold anybody."""
    refused = Refused(reason=reason, message="", dialect="contract")
    assert quarantine(upstream("custody-events", b'{"prisoner_number":"A1234BC"}'), refused) == ()
