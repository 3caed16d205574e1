"""People's acts: named, reasoned, and signed by two where they may free somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.claims import Doubt, Identifier, Link, Person, PlacedHold, PolicyAdoption, Resolution
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors import Read, Refused, read
from tests.intake.records import PNC, act, claims_of, refusal, told, upstream

LINK = act("LINK", prisoner_number="A1234BC", identifier={"type": "PNC", "value": "02/73319Z"})
UNLINK = LINK | {"type": "UNLINK"}
RESOLVE_QUERY = act("RESOLVE_QUERY", prisoner_number="A1234BC", query_id="abc123")
DISCARD = act("DISCARD", topic="court-results", partition=3, offset=14)
REDRIVE = DISCARD | {"type": "REDRIVE"}
PLACE_HOLD = act("PLACE_HOLD", prisoner_number="A1234BC", hold_id="ph-1", authority="COURT")
END_PLACED_HOLD = act("END_PLACED_HOLD", prisoner_number="A1234BC", hold_id="ph-1")

ADOPT_POLICY = act("ADOPT_POLICY", policy_version=1, effective_from="2025-10-27T00:00:00Z")

FREEING = [UNLINK, RESOLVE_QUERY, DISCARD, END_PLACED_HOLD, ADOPT_POLICY]
BINDING = [LINK, REDRIVE, PLACE_HOLD]


def resolved(record: dict[str, Any]) -> str:
    """READ, or the reason for which an act is refused."""
    result = read(upstream("resolutions", record))
    return "READ" if isinstance(result, Read) else result.reason


def test_link_and_unlink() -> None:
    """A link says whose an identifier is, in its normal form."""
    identifier = Identifier(type="PNC", value=PNC)
    assert told("resolutions", LINK, Link) == Link(identifier=identifier, prisoner_number="A1234BC", linked=True)
    assert told("resolutions", UNLINK, Link) == Link(identifier=identifier, prisoner_number="A1234BC", linked=False)


def test_resolve_query() -> None:
    """An answer is to one query, or to every query of one kind."""
    body = told("resolutions", RESOLVE_QUERY, Resolution)
    assert body == Resolution(resolution_id="r-1", query_id="abc123", query_kind=None, reason="Warrant seen")
    by_kind = RESOLVE_QUERY | {"query_id": None, "query_kind": "UNKNOWN_CODE"}
    assert told("resolutions", by_kind, Resolution).query_kind == "UNKNOWN_CODE"


def test_discard() -> None:
    """A discarded record is doubted no longer."""
    body = told("resolutions", DISCARD, Doubt)
    assert (body.kind, body.about, body.answered) == (QueryKind.UNREADABLE_RECORD, "court-results/3/14", True)


def test_redrive() -> None:
    """A redrive claims nothing: the record that comes again will."""
    assert read(upstream("resolutions", REDRIVE)) == Read()


def test_place_and_end_a_hold() -> None:
    """A hold is placed in an authority's name, and ended by its own."""
    assert told("resolutions", PLACE_HOLD, PlacedHold) == PlacedHold(
        hold_id="ph-1", placed_authority=Authority.COURT, reason="Warrant seen", ended=False
    )
    ended = told("resolutions", END_PLACED_HOLD, PlacedHold)
    assert (ended.hold_id, ended.ended) == ("ph-1", True)
    placed, end = (claims_of(upstream("resolutions", record))[0] for record in (PLACE_HOLD, END_PLACED_HOLD))
    assert placed.subject == end.subject


def test_adopt_a_policy() -> None:
    """A policy is adopted for everybody from an instant on: the claim names nobody, and is the same subject for the same instant."""
    body = told("resolutions", ADOPT_POLICY, PolicyAdoption)
    assert body == PolicyAdoption(policy_version=1, effective_from=datetime(2025, 10, 27, tzinfo=UTC), reason="Warrant seen")
    (claim,) = claims_of(upstream("resolutions", ADOPT_POLICY))
    assert (claim.person, claim.subject) == (Person(), "resolutions/policy/2025-10-27T00:00:00+00:00")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"policy_version": 99}, "release policy 99 is not known to this hub; adopt one of 0 to"),
        ({"policy_version": -1}, "release policy -1 is not known to this hub"),
        ({"effective_from": "2300-01-01T00:00:00Z"}, "send the instant from which on the policy is in force"),
        ({"reason": " "}, "ADOPT_POLICY without a name or without a reason"),
        ({"effective_from": "2025-02-30T00:00:00Z"}, "ADOPT_POLICY at a time that cannot exist"),
    ],
)
def test_a_policy_that_cannot_be_adopted_is_refused(changed: dict[str, Any], message: str) -> None:
    """A policy that this hub does not have, or a time that is none, is a dead letter that says how to mend it."""
    result = read(upstream("resolutions", ADOPT_POLICY | changed))
    assert isinstance(result, Refused)
    assert result.reason == "INVALID_PAYLOAD"
    assert message in result.message


def test_who_signed() -> None:
    """A claim of people's carries their names, and is the hub's."""
    (claim,) = claims_of(upstream("resolutions", RESOLVE_QUERY | {"by": [" A.  Clerk ", "B. Governor", "a. clerk"]}))
    assert (claim.by, claim.authority, claim.person.prisoner_number) == (("A. Clerk", "B. Governor"), Authority.HUB, "A1234BC")


@pytest.mark.parametrize("record", FREEING, ids=lambda record: record["type"])
@pytest.mark.parametrize(
    "by", [[], [""], ["A. Clerk"], ["A. Clerk", "A. Clerk"], ["A. Clerk", " a.  CLERK "], ["Straße", "STRASSE"], ["Å", "A\u030a"]]
)
def test_one_person_frees_nobody(record: dict[str, Any], by: list[str]) -> None:
    """An act that may free somebody needs two people; one name written twice is one person."""
    assert resolved(record) == "READ"
    assert resolved(record | {"by": by}) == "TWO_PEOPLE_REQUIRED"


@pytest.mark.parametrize("record", BINDING, ids=lambda record: record["type"])
def test_one_person_may_hold(record: dict[str, Any]) -> None:
    """Quick to hold: an act that frees nobody needs one name; but it needs one."""
    assert resolved(record | {"by": ["A. Clerk"]}) == "READ"
    assert resolved(record | {"by": [" "]}) == "INVALID_PAYLOAD"


@pytest.mark.parametrize("record", [*FREEING, *BINDING], ids=lambda record: record["type"])
def test_every_act_has_a_reason(record: dict[str, Any]) -> None:
    """No act without a reason, nor at a time that cannot be."""
    assert resolved(record | {"reason": " "}) == "INVALID_PAYLOAD"
    assert resolved(record | {"recorded_at": "2026-02-30T09:00:00Z"}) == "INVALID_PAYLOAD"
    assert resolved(record | {"recorded_at": "9999-01-01T00:00:00Z"}) == "INVALID_PAYLOAD"


@pytest.mark.parametrize(
    ("record", "change"),
    [
        (LINK, {"prisoner_number": "A1234"}),
        (LINK, {"identifier": {"type": "PNC", "value": "2002/0073319X"}}),
        (LINK, {"identifier": {"type": "PNC", "value": ""}}),
        (RESOLVE_QUERY, {"query_id": None}),
        (RESOLVE_QUERY, {"query_id": ""}),
        (RESOLVE_QUERY, {"query_kind": "UNKNOWN_CODE"}),
        (RESOLVE_QUERY, {"query_id": None, "query_kind": "EVERYTHING"}),
        (DISCARD, {"topic": "facts"}),
        (DISCARD, {"offset": -1}),
        (REDRIVE, {"partition": -1}),
        (PLACE_HOLD, {"authority": "HUB"}),
        (PLACE_HOLD, {"hold_id": " "}),
    ],
)
def test_acts_that_do_not_fit(record: dict[str, Any], change: dict[str, Any]) -> None:
    """An act must say exactly what it acts on."""
    assert refusal(upstream("resolutions", record | change)).reason == "INVALID_PAYLOAD"


@pytest.mark.parametrize("topic", ["court-results", "custody-events", "immigration-events"])
@pytest.mark.parametrize("record", [*FREEING, *BINDING], ids=lambda record: record["type"])
def test_acts_on_their_own_topic(record: dict[str, Any], topic: str) -> None:
    """Nobody resolves anything on a topic of the authorities."""
    assert refusal(upstream(topic, record)).reason == "WRONG_TOPIC"
