"""How the contract dialect treats bytes that are not what they should be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_gate.avro import UnreadableError
from schemas import registry
from schemas.contract import PayloadError, from_avro, from_json, to_avro

TIMES = {"occurred_at": "2025-10-24T08:00:00Z", "recorded_at": "2025-10-24T08:00:00Z"}
NUMBERS = {"surviving_prisoner_number": "A1234BC", "removed_prisoner_number": "A9876ZY"}
MERGE: dict[str, Any] = {"type": "MERGE", "record_id": "1", **TIMES, **NUMBERS}
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["2025-02-30", "MERGE"])
JSON = st.recursive(
    LEAVES,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text() | st.sampled_from([*MERGE]), each, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from([*MERGE, "person"]) | st.text(), JSON, max_size=3),
    topic=st.sampled_from(["custody-events", "custody-events", "court-results"]),
)
def test_whatever_json_comes_it_is_read_or_refused(changes: dict[str, Any], topic: str) -> None:
    """No payload stops a partition: it is read and can be written as Avro, or refused in words that can be written."""
    try:
        _, record, problems = from_json(topic, json.dumps(MERGE | changes).encode())
    except PayloadError as error:
        str(error).encode()
        error.path.encode()
    else:
        assert problems or from_avro(to_avro(topic, record))[1] == record


@settings(max_examples=100, deadline=None)
@given(value=st.binary(max_size=60))
def test_whatever_bytes_come_they_are_refused(value: bytes) -> None:
    """Noise is neither a record nor a crash, in either encoding."""
    with pytest.raises(PayloadError):
        from_json("custody-events", value)
    with pytest.raises(UnreadableError):
        from_avro(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(b"", "is not JSON in UTF-8", id="nothing"),
        pytest.param(b"[" * 100_000, "is not JSON in UTF-8", id="depth without end"),
        pytest.param(b"9" * 5_000, "is not JSON in UTF-8", id="a number without end"),
        pytest.param(b'{"type": "MERGE", "type": "RECALL"}', "names type twice in one object", id="a key twice"),
        pytest.param(b'{"type": NaN}', "NaN is not JSON", id="not a number"),
        pytest.param("\ufeff{}".encode(), "is not JSON in UTF-8", id="a byte order mark"),
        pytest.param(json.dumps({}).encode("utf-16"), "is not JSON in UTF-8", id="another encoding"),
        pytest.param(b"[]", "is []; send one JSON object", id="no object"),
    ],
)
def test_what_is_not_one_json_object_is_refused(value: bytes, message: str) -> None:
    """Of two readings of the same bytes none is guessed."""
    with pytest.raises(PayloadError, match=r"^payload: ") as caught:
        from_json("custody-events", value)
    assert message in str(caught.value)


def test_a_field_name_without_end_makes_a_message_with_one() -> None:
    """A refusal fits into a dead letter, whatever was refused."""
    with pytest.raises(PayloadError) as caught:
        from_json("custody-events", json.dumps(MERGE | {"\ud800" * 100_000: "x" * 100_000}).encode())
    assert len(str(caught.value).encode()) < 10_000


def test_a_record_on_the_topic_of_another_source_is_refused() -> None:
    """A court does not end custody's holds by writing custody's records: each source speaks on its own topic."""
    merge = to_avro("custody-events", MERGE)
    assert from_avro(merge)[0] == from_avro(merge, topic="custody-events")[0] == "MERGE"
    with pytest.raises(UnreadableError, match="which has no place on court-results") as caught:
        from_avro(merge, topic="court-results")
    assert caught.value.reason == "WRONG_RECORD"


def test_a_record_that_calls_itself_another_is_refused() -> None:
    """Schema and `type` must agree: of two readings none is guessed."""
    name = "uk.holdfast.custody_events.Merge"
    disguised = registry().encode(name, from_avro(to_avro("custody-events", MERGE))[1] | {"type": "RECALL"})
    with pytest.raises(UnreadableError, match="calls itself 'RECALL'"):
        from_avro(disguised, topic="custody-events")


def test_a_record_of_the_hubs_own_is_no_upstream_record() -> None:
    """What the hub itself says of completeness cannot be fed back to it as evidence."""
    own = registry().encode("uk.holdfast.identity_links.GapEntry", {"source": "court", "about": "x", "open": False})
    with pytest.raises(UnreadableError, match="has no place"):
        from_avro(own)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("2025-10-24T09:00:00+01:00", "2025-10-24T08:00:00+00:00", id="an offset"),
        pytest.param("2025-10-24t08:00:00.5z", "2025-10-24T08:00:00.500000+00:00", id="small letters"),
        pytest.param("2025-10-24T08:00:00.123456789Z", "2025-10-24T08:00:00.123456+00:00", id="nanoseconds"),
        pytest.param("2025-03-30T01:30:00+00:00", "2025-03-30T01:30:00+00:00", id="an hour that London's clocks skip"),
    ],
)
def test_instants_are_read_as_rfc_3339_has_them(written: str, read: str) -> None:
    """An instant means the same whoever wrote it."""
    _, record, problems = from_json("custody-events", json.dumps(MERGE | {"recorded_at": written}).encode())
    assert (record["recorded_at"].isoformat(), problems) == (read, [])


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2025-02-29T08:00:00Z", id="no leap year"),
        pytest.param("2025-10-24T25:00:00Z", id="a 26th hour"),
        pytest.param("0001-01-01T00:00:00+05:00", id="before the calendar"),
        pytest.param("2016-12-31T23:59:60Z", id="a leap second"),
    ],
)
def test_an_instant_that_cannot_be_is_a_problem(written: str) -> None:
    """An instant that cannot be, or that we cannot hold, orders nothing; the record still names people."""
    _, record, problems = from_json("custody-events", json.dumps(MERGE | {"recorded_at": written}).encode())
    assert (record["recorded_at"], problems) == (None, ["recorded_at"])
