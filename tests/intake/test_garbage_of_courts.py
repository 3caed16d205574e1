"""Damaged records of courts: whatever is missing or of the wrong kind, nobody whom the record still names is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Claim, Doubt
from schemas.wire import encode
from services.intake.adaptors import Read, Upstream, read
from services.intake.quarantine import quarantine
from tests.intake.records import upstream
from tests.intake.test_garbage import COURTS, paths, replaced
from tests.intake.test_upstream_payloads import PAYLOADS

#: The pointer names nobody, and in the three shares of one hearing placeholders stand for the ids.
_LEFT_OUT = ("__13-", "__10-")
REAL = [json.loads(path.read_text("utf-8")) for path in sorted(PAYLOADS.glob("court-*.json")) if not any(each in path.name for each in _LEFT_OUT)]
RECORDS = [*COURTS, *REAL]
WRONG = st.sampled_from([None, True, 0, -1.5, "", " ", "x", "2026-02-30", [], [None], [[]], {}, {"x": {}}])


def claims_from(record: Upstream) -> tuple[Claim, ...]:
    """What comes of a record, read or not; all of it can be written."""
    result = read(record)
    claims = result.claims if isinstance(result, Read) else quarantine(record, result)
    for claim in claims:
        encode(claim)
    return claims


def people(payload: Any) -> set[str]:
    """The ids by which a record names people: as its claims have them, and those that only its results hang on."""
    claims = claims_from(upstream("court-results", payload))
    return {each.value for claim in claims for each in claim.person.identifiers if each.valid}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record)[:40])
def test_undamaged(record: Any) -> None:
    """As they are, they name somebody."""
    assert people(record)


@given(st.sampled_from(RECORDS), st.data())
def test_key_dropped(record: Any, choice: st.DataObject) -> None:
    """A record that lost a key still tells of everybody whom it names, or leaves a gap."""
    path = choice.draw(st.sampled_from([path for path in paths(record) if path and isinstance(path[-1], str)]))
    told(record, _without(record, path))


@given(st.sampled_from(RECORDS), WRONG, st.data())
def test_wrong_kind(record: Any, wrong: Any, choice: st.DataObject) -> None:
    """A record with something else in a place still tells of everybody whom it names, or leaves a gap."""
    path = choice.draw(st.sampled_from([path for path in paths(record) if path]))
    told(record, replaced(record, path, wrong))


def told(record: Any, damaged: Any) -> None:
    """Whoever is still written in the damaged record is among the people of its claims, or a claim about nobody leaves a gap."""
    claims = claims_from(upstream("court-results", damaged))
    assert claims
    if not any(isinstance(claim.body, Doubt) and not claim.person.identifiers for claim in claims):
        after = {each.value for claim in claims for each in claim.person.identifiers}
        assert {who for who in people(record) if f'"{who}"' in json.dumps(damaged)} <= after


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    key, *rest = path
    if isinstance(value, list):
        return [*value[:key], _without(value[key], tuple(rest)), *value[key + 1 :]]
    if not rest:
        return {name: each for name, each in value.items() if name != key}
    return value | {key: _without(value[key], tuple(rest))}
