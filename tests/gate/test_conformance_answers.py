"""What the kit takes for an answer: whole, about what was asked, and at one with itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast_gate.conformance.answers import named, sound
from holdfast_gate.conformance.case import CaseFailedError
from holdfast_gate.conformance.ports import Reply

ASKED = {"prisoner_number": " a1234bc", "exit": "release"}
SOURCE = {"topic": "court-results", "partition": 0, "offset": 7, "sha256": "ab"}
GROUND = {
    "name": "REMAND",
    "ground": "REMAND",
    "query_kind": None,
    "authority": "COURT",
    "subject": "offence 1",
    "bars": ["release"],
    "sentence": "Remanded.",
    "rule": "court: remand",
    "source": SOURCE,
    "query_id": None,
    "ask": "",
}
ALLOW: dict[str, Any] = {
    "decision": "ALLOW",
    "prisoner_number": "A1234BC",
    "exit": "release",
    "grounds": [],
    "refer": [],
    "notice_version": [1, 1],
    "seal_number": 2,
    "rules_version": 1,
    "policy_version": 0,
    "checks": [],
    "sequence": 1,
    "valid_for_s": 60,
    "mode": "BINDING",
    "settlement": None,
}
REFER = ALLOW | {"decision": "REFER", "refer": [{"code": "SEAL_STALE", "sentence": "It is old."}], "valid_for_s": 0}
VETO = ALLOW | {"decision": "VETO", "grounds": [GROUND], "valid_for_s": 0}
SETTLED = REFER | {"settlement": {"settlement_id": "1"}, "valid_for_s": 60}


def _reply(content: object, status: int = 200) -> Reply:
    return Reply(status=status, headers={}, body=json.dumps(content).encode())


@pytest.mark.parametrize("answer", [ALLOW, REFER, VETO, SETTLED, SETTLED | {"valid_for_s": 0}, VETO | {"sequence": None}])
def test_a_sound_answer_is_taken(answer: dict[str, Any]) -> None:
    """A VETO stands without a record; a settlement may be about to end."""
    assert sound(_reply(answer), ASKED) == answer


@pytest.mark.parametrize(
    "answer",
    [
        ALLOW | {"valid_for_s": 0},
        ALLOW | {"valid_for_s": 61},
        ALLOW | {"sequence": None},
        ALLOW | {"grounds": [GROUND]},
        ALLOW | {"refer": REFER["refer"]},
        REFER | {"refer": []},
        REFER | {"valid_for_s": 1},
        SETTLED | {"valid_for_s": 61},
        SETTLED | {"valid_for_s": -1},
        VETO | {"grounds": []},
        VETO | {"valid_for_s": 60},
        VETO | {"settlement": {"settlement_id": "1"}, "valid_for_s": 60},
        ALLOW | {"decision": "CLEAR"},
    ],
)
def test_a_contradiction_is_told(answer: dict[str, Any]) -> None:
    """Whatever the decision says, `valid_for_s` is what a door goes by."""
    with pytest.raises(CaseFailedError, match="contradiction"):
        sound(_reply(answer), ASKED)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ALLOW | {"prisoner_number": "A9999ZZ"}, "about somebody else"),
        (ALLOW | {"exit": "court"}, "about somebody else, or another exit"),
        (ALLOW | {"valid_for_s": True}, "valid_for_s is True"),
        ({name: value for name, value in ALLOW.items() if name != "settlement"}, "settlement is None"),
        (VETO | {"grounds": ["REMAND"]}, "no object"),
        (VETO | {"grounds": [{name: value for name, value in GROUND.items() if name != "authority"}]}, "a ground has no authority"),
        (VETO | {"grounds": [GROUND | {"source": {"topic": "court-results"}}]}, "the source of a ground has no sha256"),
        (REFER | {"refer": [{"code": "SEAL_STALE", "sentence": ""}]}, "a reason for REFER has no sentence"),
        (["ALLOW"], "200 and an answer"),
    ],
)
def test_what_is_not_whole_is_told(answer: object, why: str) -> None:
    """By the member that is missing or wrong."""
    with pytest.raises(CaseFailedError, match=why):
        sound(_reply(answer), ASKED)


def test_another_status_is_no_answer() -> None:
    """Even with an answer in it."""
    with pytest.raises(CaseFailedError, match="expected 200"):
        sound(_reply(ALLOW, 500), ASKED)


def test_grounds_kinds_and_codes_are_names() -> None:
    """What a case may ask for."""
    query = GROUND | {"ground": "QUERY", "query_kind": "UNKNOWN_CODE"}
    assert named(VETO | {"grounds": [GROUND, query]}) == {"REMAND", "QUERY", "UNKNOWN_CODE"}
    assert named(REFER) == {"SEAL_STALE"}
