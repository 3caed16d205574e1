"""Dates that cannot be: what of the record still stands, and how long the doubt holds."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.claims import CourtSnapshot, Doubt, ReleaseOrder, SentenceDates
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from tests.intake.payloads_of_contract import ALERT, COURT_RESULT, IMMIGRATION, RECALL, RELEASE_ORDER, SENTENCE_DATES
from tests.intake.records import body_of, claims_of, upstream


def test_impossible_date_beside_the_claim() -> None:
    """A date that cannot be leaves its field empty, and is a doubt about the same person until a later record answers it."""
    claim, doubt = claims_of(upstream("custody-events", RELEASE_ORDER | {"release_date": "2026-02-30"}))
    assert body_of(claim, ReleaseOrder).release_date is None
    assert (doubt.authority, doubt.person, doubt.recorded_at) == (Authority.HUB, claim.person, claim.recorded_at)
    body = body_of(doubt, Doubt)
    assert (body.kind, body.about, body.answered) == (QueryKind.IMPOSSIBLE_DATE, claim.subject, False)
    assert body.sequence == micros(claim.recorded_at)
    assert "release_date" in body.sentence
    assert "2026-02-30" in body.sentence


@pytest.mark.parametrize(
    ("record", "change"),
    [
        (RECALL, {"revocation_date": "2026-02-30"}),
        (ALERT, {"active_to": "2026-06-31"}),
        (RELEASE_ORDER, {"person": {"prisoner_number": "A1234BC", "date_of_birth": "1990-02-29"}}),
    ],
)
def test_impossible_dates_hold(record: dict[str, Any], change: dict[str, Any]) -> None:
    """Whichever date cannot be, the rest stands, and he is held."""
    claim, doubt = claims_of(upstream("custody-events", record | change))
    assert claim.authority is Authority.CUSTODY
    assert body_of(doubt, Doubt).kind is QueryKind.IMPOSSIBLE_DATE


def test_impossible_calculated_date() -> None:
    """A calculated date that cannot be is left out of the calculation, and doubted."""
    dates = [{"type": "CRD", "date": "2026-02-30"}, {"type": "SED", "date": "2027-08-15"}]
    claim, doubt = claims_of(upstream("custody-events", SENTENCE_DATES | {"dates": dates}))
    assert [each.type for each in body_of(claim, SentenceDates).dates] == ["SED"]
    assert "dates.0.date as '2026-02-30'" in body_of(doubt, Doubt).sentence


def test_impossible_date_of_a_result() -> None:
    """A result carries its own impossible date, so that a later share answers it."""
    results = [*COURT_RESULT["results"], COURT_RESULT["results"][0] | {"result_id": "r-2", "next_hearing_day": "2026-02-30"}]
    (claim,) = claims_of(upstream("court-results", COURT_RESULT | {"results": results}))
    good, bad = body_of(claim, CourtSnapshot).lines
    assert (good.problems, bad.problems, bad.next_hearing_day) == ((), ("next_hearing_day '2026-02-30'",), None)


@pytest.mark.parametrize("field", ["occurred_at", "recorded_at", "shared_at", "hearing_day"])
def test_impossible_version(field: str) -> None:
    """Without a day or an instant that decides which word is newest, only the doubt goes on."""
    impossible = "2026-02-30" if field == "hearing_day" else "2026-02-30T10:00:00Z"
    (doubt,) = claims_of(upstream("court-results", COURT_RESULT | {field: impossible}))
    assert body_of(doubt, Doubt).kind is QueryKind.IMPOSSIBLE_DATE
    assert body_of(doubt, Doubt).about.startswith("court-results/0/7" if field == "hearing_day" else "court/hearing/h-1/2026-08-13/")
    assert doubt.person.last_name == "Alder"


def test_impossible_record_date() -> None:
    """An immigration record for a day that cannot be orders nothing; the matter is doubted until its next record."""
    (good,) = claims_of(upstream("immigration-events", IMMIGRATION))
    (doubt,) = claims_of(upstream("immigration-events", IMMIGRATION | {"record_date": "2026-02-30"}))
    assert body_of(doubt, Doubt).about == good.subject
