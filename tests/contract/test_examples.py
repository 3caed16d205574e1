"""What the schemas' own examples promise to publishers and gate vendors."""

from __future__ import annotations

import json

import pytest

from holdfast.sources import SOURCE_OF_TOPIC
from schemas import newest, registry
from schemas.contract import PayloadError, from_avro, from_json, to_avro
from schemas.plain import fit
from schemas.wire import decode, encode
from tests.contract.examples import Example, each, load


@pytest.mark.parametrize("example", each("valid"))
def test_a_valid_example_is_read_as_it_was_written(example: Example) -> None:
    """Whoever writes a record as the example shows it is read to the letter."""
    record = fit(example.name, example.content)
    assert registry().decode(registry().encode(example.name, record)) == (example.name, record)


@pytest.mark.parametrize("example", each("valid", upstream=True))
def test_an_upstream_record_is_the_same_in_avro_and_in_json(example: Example) -> None:
    """A publisher may send either encoding: the hub cannot tell them apart once they are read."""
    avro = from_avro(to_avro(example.topic, example.content), topic=example.topic)
    assert from_json(example.topic, json.dumps(example.content).encode()) == (*avro, [])


@pytest.mark.parametrize("example", each("valid", upstream=False))
def test_a_record_of_the_hubs_own_survives_the_core(example: Example) -> None:
    """What the hub wrote once it reads as the same record, and writes again as the same bytes."""
    value = registry().encode(example.name, fit(example.name, example.content))
    assert encode(decode(value)) == value


@pytest.mark.parametrize("example", each("invalid"))
def test_an_invalid_example_is_refused_with_the_message_that_it_states(example: Example) -> None:
    """Whoever writes it wrong is told what is wrong, where, and how to mend it."""
    payload, refused = example.content["payload"], example.content["refused"]
    with pytest.raises(PayloadError) as caught:
        to_avro(example.topic, payload) if example.topic in SOURCE_OF_TOPIC else fit(example.name, payload)
    assert {"reason": caught.value.reason, "message": str(caught.value)} == refused


@pytest.mark.parametrize("example", each("invalid", upstream=True, as_json=False))
def test_json_is_refused_for_the_same_reason_as_avro(example: Example) -> None:
    """No misfit gets in through the other encoding."""
    with pytest.raises(PayloadError) as caught:
        from_json(example.topic, json.dumps(example.content["payload"]).encode())
    assert str(caught.value) == example.content["refused"]["message"]


@pytest.mark.parametrize("example", each("invalid", upstream=True, as_json=True))
def test_a_date_that_cannot_exist_is_a_problem_and_not_an_unreadable_record(example: Example) -> None:
    """A record with an impossible date still tells whom it is about, so it becomes a query and not a dead letter."""
    _, record, problems = from_json(example.topic, json.dumps(example.content["payload"]).encode())
    assert problems == example.content["as_json"]["problems"]
    found = record
    for step in problems[0].split("."):
        found = found[int(step)] if step.isdecimal() else found[step]
    assert found is None


def test_every_record_has_a_valid_example() -> None:
    """Nothing is promised that is not shown."""
    assert {example.name for example in load("valid")} == set(newest())
