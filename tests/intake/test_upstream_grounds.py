"""Payloads from the upstream systems' own public repositories, where they are at hand: on what grounds each holds whom it is about."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from holdfast.claims import Claim, Fact
from holdfast.records import PrisonerStatus
from holdfast.status import derive, fold
from services.intake.adaptors import Read, Upstream, read
from tests.intake.test_upstream_payloads import PAYLOADS, topic_of, value_of

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the upstream payloads are not at hand")

READ_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY = "A0000AA"
#: File to the grounds of each person whom it holds, in the order of the file; those whom nothing holds are left out.
EXPECTED: dict[str, list[set[str]]] = {
    # Seven months for what only a fine can be had for: the sentence holds, and somebody must look.
    "court-hearing-resulted__01-imprisonment-slip-rule-amended": [{"SENTENCE", "QUERY/IMPOSSIBLE_RESULT"}],
    "court-hearing-resulted__02-remand-custody-one-person-two-cases": [{"REMAND"}, {"REMAND"}],
    # Bail by its group, custody by its code; and remanded for medical reports after conviction.
    "court-hearing-resulted__04-remand-custody-with-bail-direction": [{"REMAND", "REMAND_BAIL_CONDITIONS_UNMET", "CONVICTED_UNSENTENCED"}],
    "court-hearing-resulted__07-custody-plus-adjournment-same-defendant": [{"SENTENCE"}],
    "court-hearing-resulted__10-share-1-of-3-original": [],
    "court-hearing-resulted__10-share-2-of-3-reshare-result-replaced": [],
    "court-hearing-resulted__10-share-3-of-3-reshare-other-defendant": [],
    "court-hearing-resulted__11-imprisonment-original": [{"SENTENCE", "QUERY/IMPOSSIBLE_RESULT"}],
    "court-hearing-resulted__11-imprisonment-reshare-adds-second-offence": [{"SENTENCE", "QUERY/IMPOSSIBLE_RESULT"}],
    # A type of adjournment that no reference data has.
    "court-hmpps__18-hearing-event-as-received-by-hmpps": [{"QUERY/UNKNOWN_CODE"}],
    "court-libra__20-libra-case": [],
    "court-pcr__14-expected-prison-court-register-for-01": [{"SENTENCE", "QUERY/IMPOSSIBLE_RESULT"}],
    "court-pcr__15-register-generated-notification": [{"QUERY/ENRICHMENT_PENDING"}],
    "court-pcr__16-subscriber-callback-example": [{"QUERY/ENRICHMENT_PENDING"}],
    # Checked in and out; in; in; out: where they went from the centre, immigration must say.
    "immigration__28-irc-bed-events": [{"QUERY/CONTRADICTION"}, {"IMMIGRATION_DETENTION"}, {"IMMIGRATION_DETENTION"}, {"QUERY/CONTRADICTION"}],
    "immigration__29-irc-subjects-cid-ids": [],
    "prison-api__24-scheduled-release-event": [],
    "prison-api__25-external-movements-since": [],
    # Custody's own word for immigration, which has not spoken.
    "prison-api__26-offender-immigration-detainee": [{"QUERY/CONTRADICTION"}],
    "prison-domain__22-released-to-hospital-legacy": [],
}
#: A template with its placeholders still in it, which names nobody: refused, and its source carries a gap until somebody looks.
REFUSED = {"court-pcr__13-eventgrid-pointer-event"}


def _claims(name: str) -> tuple[Claim, ...]:
    value = value_of(name)
    digest = hashlib.sha256(value).hexdigest()
    record = Upstream(topic=topic_of(name), partition=0, offset=0, value=value, headers={}, appended_at=READ_AT, sha256=digest)
    result = read(record)
    assert isinstance(result, Read), result
    return result.claims


@pytest.mark.parametrize("name", EXPECTED)
def test_it_holds_whom_it_should(name: str) -> None:
    """What a sentence clerk would say that the payload means, person by person."""
    people: dict[object, list[Claim]] = defaultdict(list)
    for claim in _claims(name):
        people[claim.person.prisoner_number or claim.person.identifiers].append(claim)
    assert people, "a payload that says nothing of anybody is ignored silently"
    found: list[set[str]] = []
    for claims in people.values():
        status = PrisonerStatus(prisoner_number=NOBODY)
        for offset, claim in enumerate(claims):
            status = fold(status, Fact(prisoner_number=NOBODY, claim=claim), facts_offset=offset, at=READ_AT)
        found.append({ground.name for ground in derive(status, at=READ_AT).grounds})
    assert [names for names in found if names] == EXPECTED[name]


def test_every_payload_has_an_expectation() -> None:
    """None is silently ignored."""
    assert {file.stem for file in PAYLOADS.glob("*.json")} == set(EXPECTED) | REFUSED
