"""The names of the hub's own questions, by which people answer them."""

from __future__ import annotations

from dataclasses import replace

from holdfast.queries import answers, query_id
from holdfast_gate.model import QueryKind, RecordRef
from tests.core.telling import ago, alert, resolution


def test_the_name_of_a_question_never_changes() -> None:
    """Answers stand in the log by it: under another name every one of them would be taken back."""
    asked_by = replace(alert(), source=RecordRef("custody-events", 3, 41, "5e" * 32))
    assert query_id(QueryKind.CONTRADICTION, "custody/alert/a1", "r1", asked_by) == "5bb70b9631b9"


def test_only_a_resolution_answers() -> None:
    """By the name of the question; or by its kind, whatever was known by then."""
    asked = {"kind": QueryKind.UNKNOWN_CODE, "query_id": "q1", "asked_by": alert()}
    assert answers(resolution(query_id="q1", at=ago(days=9)), **asked)
    assert answers(resolution(kind="UNKNOWN_CODE"), **asked)
    assert not answers(resolution(query_id="q2", kind="UNKNOWN_CODE"), **asked)
    assert not answers(alert(), **asked)
