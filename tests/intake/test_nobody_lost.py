"""Law 4 in the small: whatever is broken in a payload of custody's or immigration's, whoever it still names is spoken of or held."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import BookingMoved, Claim, Merge
from holdfast.identifiers import found_in
from services.intake.adaptors import Read, Refused, read
from services.intake.quarantine import quarantine
from tests.intake.records import stored, upstream
from tests.intake.test_garbage import ANYTHING, paths, replaced

#: Payload to the topic that it belongs on.
PAYLOADS: dict[str, str] = {
    "released.json": "custody-events",
    "merged.json": "custody-events",
    "nomis-movement.json": "custody-events",
    "prison-api-offender.json": "custody-events",
    "prison-api-movements.json": "custody-events",
    "prison-api-schedule.json": "custody-events",
    "recalls.json": "custody-events",
    "alerts.json": "custody-events",
    "calculation.json": "custody-events",
    "immigration-detention.json": "immigration-events",
}
THIN: dict[str, Any] = {
    "eventType": "prison-offender-events.prisoner.booking.moved",
    "version": 1,
    "occurredAt": "2026-08-14T10:30:15+01:00",
    "additionalInformation": {"bookingId": "1204567", "movedFromNomsNumber": "A1234BC", "movedToNomsNumber": "B2222BB"},
    "personReference": {"identifiers": [{"type": "NOMS", "value": "B2222BB"}]},
}
#: Where a payload names somebody in words for people.
SAID_ASIDE = frozenset({"description", "detailUrl"})


def concerned(claims: tuple[Claim, ...]) -> set[str]:
    """Everybody whom claims speak of by number."""
    numbers = {claim.person.prisoner_number for claim in claims}
    for claim in claims:
        match claim.body:
            case Merge() as merge:
                numbers |= {merge.surviving_prisoner_number, merge.removed_prisoner_number}
            case BookingMoved() as moved:
                numbers |= {moved.from_prisoner_number, moved.to_prisoner_number}
            case _:
                pass
    return {number for number in numbers if number}


def named(value: Any, *, aside: bool = False) -> set[str]:
    """Everybody whom a payload names by number, but for what it says aside."""
    if isinstance(value, str):
        return set() if aside else set(found_in(json.dumps(value).encode(), this_year=2026).prisoner_numbers)
    if isinstance(value, dict):
        return set().union(*(named(each, aside=key in SAID_ASIDE) for key, each in value.items()))
    if isinstance(value, list):
        return set().union(*(named(each) for each in value))
    return set()


def check(topic: str, whole: Any, value: Any) -> None:
    """Whoever `whole` named and `value` still names is spoken of or held."""
    record = upstream(topic, value)
    result = read(record)
    match result:
        case Read():
            claims = result.claims
        case Refused():
            claims = quarantine(record, result)
    assert concerned(claims) >= named(whole) & named(value), result


@pytest.mark.parametrize("name", PAYLOADS)
def test_whole(name: str) -> None:
    """Nobody is lost where nothing is broken."""
    check(PAYLOADS[name], stored(name), stored(name))


@given(st.sampled_from([*((topic, stored(name)) for name, topic in PAYLOADS.items()), ("custody-events", THIN)]), ANYTHING, st.data())
def test_broken(payload: tuple[str, Any], anything: Any, choice: st.DataObject) -> None:
    """Nobody is lost where anything stands in any place."""
    topic, value = payload
    check(topic, value, replaced(value, choice.draw(st.sampled_from(list(paths(value)))), anything))


@given(st.sampled_from([*((topic, stored(name)) for name, topic in PAYLOADS.items()), ("custody-events", THIN)]), st.data())
def test_left_out(payload: tuple[str, Any], choice: st.DataObject) -> None:
    """Nobody is lost where a field is missing."""
    topic, value = payload
    path = choice.draw(st.sampled_from([path for path in paths(value) if path and isinstance(path[-1], str)]))
    check(topic, value, without(value, path))


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """`value` without the field at `path`."""
    key, *rest = path
    if not rest:
        return {name: each for name, each in value.items() if name != key}
    return replaced(value, (key,), without(value[key], tuple(rest)))
