"""What the hub writes it reads again, whatever was in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Body, Claim, Fact, Mark, Movement
from holdfast.records import PrisonerStatus, StatusEntry
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.avro import UnreadableError
from holdfast_gate.model import Authority, RecordRef
from schemas import newest, registry
from schemas.contract import to_avro
from schemas.wire import KINDS, decode, decode_as, encode, status_head
from tests.core.telling import HIM, NOW, order, received, say

st.register_type_strategy(int, st.integers(-(2**31), 2**31 - 1))
st.register_type_strategy(str, st.text(max_size=20))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)).map(lambda instant: instant.replace(fold=0)))
st.register_type_strategy(bytes, st.binary(max_size=20))
st.register_type_strategy(date, st.dates())


def records(kind: type) -> st.SearchStrategy[Any]:
    """Any record of `kind`; its body, if it has one, of any kind."""
    fields = {name: st.from_type(hint) for name, hint in get_type_hints(kind).items()}
    if "digest" in fields:
        fields["digest"] = st.binary(min_size=2048, max_size=2048)
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_record_is_read_as_it_was_written(kind: type, data: st.DataObject) -> None:
    """Nothing of a record is lost, added or changed between writer and reader."""
    record = data.draw(records(kind))
    assert decode(encode(record)) == record


@pytest.mark.parametrize("kind", get_args(Body), ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_claim_keeps_its_body(kind: type, data: st.DataObject) -> None:
    """A claim says after a restart what it said before, whichever of the kinds of things it says."""
    claim = data.draw(records(Claim).flatmap(lambda claim: records(kind).map(lambda body: replaced(claim, body))))
    read = decode_as(Claim, encode(claim))
    assert read == claim
    assert type(read.body) is kind
    assert repr(read) == repr(claim), "joins are ordered by repr: it must survive too"


def replaced(claim: Claim, body: Body) -> Claim:
    """`claim` with another body."""
    return Claim(**{name: getattr(claim, name) for name in get_type_hints(Claim)} | {"body": body})


@settings(max_examples=15, deadline=None)
@given(status=records(PrisonerStatus))
def test_the_head_of_a_status_says_what_the_status_says(status: PrisonerStatus) -> None:
    """A restart that looks at heads alone misses no prisoner, no notice and no due time."""
    head = status_head(encode(status))
    names = ("prisoner_number", "facts_offset", "rules_version", "due_at", "notice")
    assert [getattr(head, name) for name in names] == [getattr(status, name) for name in names]


def test_the_head_is_read_without_the_entries() -> None:
    """Reading 88,000 heads must not cost what reading 88,000 statuses does: the entries are not even looked at."""
    entries = tuple(StatusEntry(claim=claim, facts_offset=1, folded_at=NOW) for claim in (order(), received()))
    whole = encode(PrisonerStatus(prisoner_number="A1234BC", notice=b"notice", entries=entries))
    cut = whole[: -len(whole) // 2]
    with pytest.raises(UnreadableError):
        decode(cut)
    assert status_head(cut) == status_head(whole)


@pytest.mark.parametrize("reading", [decode, status_head])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"", {"NOT_AVRO", "WRONG_RECORD"}, id="nothing"),
        pytest.param(b'{"type": "RECEPTION"}', {"NOT_AVRO", "WRONG_RECORD"}, id="json"),
        pytest.param(b"\x00\x00\x00\x00\x01rest of it", {"NOT_AVRO", "WRONG_RECORD"}, id="a schema registry's"),
        pytest.param(b"\xc3\x01" + bytes(8), {"UNKNOWN_SCHEMA", "WRONG_RECORD"}, id="an unknown schema"),
        pytest.param(encode(PrisonerStatus(prisoner_number="A1234BC"))[:12], {"TRUNCATED"}, id="a part"),
    ],
)
def test_what_is_no_record_is_refused(reading: Any, value: bytes, reason: set[str]) -> None:
    """Bytes that are not ours never become a status."""
    with pytest.raises(UnreadableError) as caught:
        reading(value)
    assert caught.value.reason in reason


def test_an_upstream_record_is_none_of_the_hubs_own() -> None:
    """A publisher's record that strays onto a topic of the hub's own is not taken for ours."""
    times = {"occurred_at": NOW, "recorded_at": NOW, "as_of": NOW}
    stray = to_avro("court-results", {"type": "SOURCE_HEARTBEAT", "record_id": "1", "source": "court", **times})
    with pytest.raises(UnreadableError, match="stands on no topic of the hub's own") as caught:
        decode(stray)
    assert caught.value.reason == "WRONG_RECORD"


def test_a_record_of_another_kind_is_refused() -> None:
    """Who asks for a status does not get a mark."""
    with pytest.raises(UnreadableError, match="is a Mark, not a PrisonerStatus"):
        decode_as(PrisonerStatus, encode(Mark(time=NOW)))


def test_a_word_from_the_future_is_refused() -> None:
    """A doubt of a kind that this version has never heard of is not passed over as none."""
    fact = registry().decode(encode(Fact(prisoner_number="A1234BC", claim=received())))[1]
    doubt = {"kind": "PHASE_OF_THE_MOON", "about": "x", "sentence": "x", "answered": False, "sequence": 0}
    fact["claim"]["body"] = ("uk.holdfast.claims.Doubt", doubt)
    with pytest.raises(UnreadableError, match="PHASE_OF_THE_MOON") as caught:
        decode(registry().encode("uk.holdfast.facts.Fact", fact))
    assert caught.value.reason == "UNKNOWN_WORD"


def test_every_kind_has_a_schema() -> None:
    """Whatever the hub's own topics promise the core can say, and the other way round."""
    hub = {version.name for version in newest().values() if version.topic not in {*SOURCE_OF_TOPIC, "upstream"}}
    assert set(KINDS) == hub


def test_instants_keep_their_microseconds() -> None:
    """Versions that differ by a microsecond still differ when they are read: a tie would hold somebody."""
    body = Movement(direction="IN", booking_id="b1", movement_seq=1, movement_type="ADM", movement_reason_code="N")
    claims = [say(body, at=NOW.replace(microsecond=each)) for each in (1, 2, 999_999)]
    assert [decode_as(Claim, encode(claim)).recorded_at.microsecond for claim in claims] == [1, 2, 999_999]


def test_offsets_beyond_32_bits_are_kept() -> None:
    """A partition that has run for years is addressed as exactly as a new one."""
    source = RecordRef("court-results", 1, 2**62, "0" * 64)
    claim = Claim(**{name: getattr(received(), name) for name in get_type_hints(Claim)} | {"source": source})
    assert decode_as(Claim, encode(claim)).source.offset == 2**62
    assert (claim.authority, claim.person) == (Authority.CUSTODY, HIM)
