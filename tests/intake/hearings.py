"""Common Platform hearings for tests, and what was read of them."""

from __future__ import annotations

from typing import Any

from holdfast.claims import Claim, CourtSnapshot, Doubt
from tests.intake.records import body_of, claims_of, stored, upstream

ALDER = "6f1c0002-0000-4000-8000-000000000001"
BIRCH = "6f1c0002-0000-4000-8000-000000000002"

Payload = dict[str, Any]


def hearing() -> Payload:
    """A remand and a sentence, shared together; to be changed at will."""
    return stored("remand-and-sentence.json")


def application() -> Payload:
    """An application in which alone custody was decided."""
    return stored("breach-application.json")


def told(payload: Payload) -> dict[str, Claim]:
    """The snapshots by defendant id."""
    claims = claims_of(upstream("court-results", payload))
    return {claim.body.defendant_id: claim for claim in claims if isinstance(claim.body, CourtSnapshot)}


def doubts(payload: Payload) -> list[tuple[Claim, Doubt]]:
    """What the hub doubts about a share."""
    claims = claims_of(upstream("court-results", payload))
    return [(claim, claim.body) for claim in claims if isinstance(claim.body, Doubt)]


def snapshot(payload: Payload, defendant_id: str) -> CourtSnapshot:
    """One defendant's snapshot."""
    return body_of(told(payload)[defendant_id], CourtSnapshot)


def result_of(payload: Payload, defendant: int = 0, offence: int = 0, n: int = 0) -> Payload:
    """One result in the payload."""
    return payload["hearing"]["prosecutionCases"][0]["defendants"][defendant]["offences"][offence]["judicialResults"][n]
