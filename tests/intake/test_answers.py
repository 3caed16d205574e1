"""What systems of record answered: read as their authority's word, and only what could be read whole, about whom was asked about, ends a doubt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Alert, Claim, Doubt, Identifier, ImmigrationRecord, Person
from holdfast.records import EnrichmentAnswer
from holdfast.sources import READ_BY_INTAKE, ROUTES_BY_NUMBER, SOURCE_OF_TOPIC, TOPIC_OF_ROUTE, TOPIC_OF_SOURCE, gap_source
from holdfast_gate.model import Authority, QueryKind
from schemas.contract import to_avro
from schemas.wire import encode
from services.intake import adaptors
from services.intake.adaptors import MAX_RECORD_BYTES, REDRIVE_HEADER, Read, Refused, Upstream, read
from services.intake.adaptors.port import AS_OF_HEADER, ENRICHMENT_HEADER
from services.intake.app import IntakeStage, service
from services.intake.quarantine import quarantine
from services.runtime.ports import Record, TopicPartition
from services.runtime.stage import Tick
from tests.intake.records import APPENDED_AT, claims_of, payload, refusal, stored, upstream

FETCHED_AT = datetime(2026, 8, 14, 11, 59, tzinfo=UTC)
NUMBER, SEQUENCE = "A1234BC", 1_786_000_000_000_000
ALERT = payload("ALERT", alert_uuid="al-1", alert_code="XNR", active_from="2026-08-01", active_to=None)
RECORD = payload(
    "IMMIGRATION_RECORD",
    immigration_detention_uuid="im-1",
    record_type="IS91",
    record_date="2026-08-10",
    home_office_reference="H1234567",
    no_longer_of_interest_reason=None,
    status="ACTIVE",
)


def answer(body: bytes | Mapping[str, Any] = b"", **fields: Any) -> Upstream:
    """A record of `enrichments`, about alerts of A1234BC unless `fields` say otherwise."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = EnrichmentAnswer(
        about=f"alerts/{NUMBER}",
        sequence=SEQUENCE,
        person=Person(prisoner_number=NUMBER),
        url=f"https://alerts.example/{NUMBER}",
        http_status=200,
        fetched_at=FETCHED_AT,
        dialect="contract",
        content_type="application/json",
        body=written,
    )
    return upstream("enrichments", encode(replace(told, **fields)), offset=41)


def doubts(claims: tuple[Claim, ...]) -> dict[QueryKind, bool]:
    """Every doubt among `claims`, and whether it is answered."""
    return {claim.body.kind: claim.body.answered for claim in claims if isinstance(claim.body, Doubt)}


@pytest.mark.parametrize("in_avro", [True, False])
def test_the_body_speaks_as_its_authority(in_avro: bool) -> None:
    """It is read as on the authority's own topic; its source is the answer; and the doubt ends behind it, so that he is free at no moment between."""
    body = to_avro("custody-events", ALERT) if in_avro else json.dumps(ALERT).encode()
    record = answer(body)
    told, pending, contradiction = claims_of(record)
    assert isinstance(told.body, Alert)
    assert (told.authority, told.subject, told.source) == (Authority.CUSTODY, "custody/alert/al-1", record.ref)
    assert (record.ref.topic, record.ref.offset) == ("enrichments", 41)
    for claim, kind in ((pending, QueryKind.ENRICHMENT_PENDING), (contradiction, QueryKind.CONTRADICTION)):
        assert claim.authority is Authority.HUB
        assert (claim.person, claim.source, claim.recorded_at) == (Person(prisoner_number=NUMBER), record.ref, FETCHED_AT)
        assert isinstance(claim.body, Doubt)
        assert (claim.body.kind, claim.body.about, claim.body.sequence, claim.body.answered) == (kind, f"alerts/{NUMBER}", SEQUENCE, True)
    assert pending.subject == f"hub/doubt/ENRICHMENT_PENDING/alerts/{NUMBER}"


def test_immigration_answers_for_immigration() -> None:
    """The route says whose word it is."""
    told = claims_of(answer(RECORD, about=f"immigration/{NUMBER}"))[0]
    assert isinstance(told.body, ImmigrationRecord)
    assert told.authority is Authority.IMMIGRATION


@pytest.mark.parametrize(("about", "body"), [(f"alerts/{NUMBER}", RECORD), (f"immigration/{NUMBER}", ALERT)])
def test_an_authority_answers_for_itself_alone(about: str, body: Mapping[str, Any]) -> None:
    """What custody says of immigration, or immigration of custody, is nobody's word: refused, and the doubt stays."""
    assert refusal(answer(body, about=about)).reason == "WRONG_TOPIC"


def test_no_such_prisoner_is_a_contradiction() -> None:
    """A system that told of him does not know him: that holds before the other doubt ends, and says who said what."""
    contradiction, pending = claims_of(answer(http_status=404))
    assert doubts((contradiction, pending)) == {QueryKind.CONTRADICTION: False, QueryKind.ENRICHMENT_PENDING: True}
    assert isinstance(contradiction.body, Doubt)
    assert contradiction.person == Person(prisoner_number=NUMBER)
    assert contradiction.body.sequence == SEQUENCE
    assert "https://alerts.example/A1234BC" in contradiction.body.sentence


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        ({"http_status": 500}, "INVALID_PAYLOAD", "HTTP status 500"),
        ({"http_status": 204}, "INVALID_PAYLOAD", "HTTP status 204"),
        ({"body": b""}, "EMPTY", "has no body"),
        ({"body": b"\xff garbage"}, "UNREADABLE", "is not JSON"),
        ({"body": json.dumps(ALERT).encode()[:-1]}, "UNREADABLE", "is not JSON"),
        ({"body": b"x" * (MAX_RECORD_BYTES + 1)}, "TOO_LARGE", "4194305 bytes"),
        ({"dialect": "klingon"}, "UNSUPPORTED_DIALECT", "klingon"),
        ({"dialect": "common-platform"}, "INVALID_PAYLOAD", ""),
        ({"about": "alerts/A1"}, "INVALID_PAYLOAD", "alerts/A1"),
        ({"about": f"news/{NUMBER}"}, "INVALID_PAYLOAD", f"news/{NUMBER}"),
        ({"about": "court-document/"}, "INVALID_PAYLOAD", "court-document/"),
        ({"about": "alerts/B9999BB"}, "INVALID_PAYLOAD", "alerts/B9999BB was asked, and the answer is about A1234BC"),
        ({"fetched_at": datetime(9999, 12, 31, tzinfo=UTC)}, "INVALID_PAYLOAD", "9999"),
    ],
)
def test_what_cannot_be_read_whole_answers_nothing(changes: Mapping[str, Any], reason: str, message: str) -> None:
    """A dead letter, which cites the answer; whoever it names is held for that, and for the doubt that nobody answered."""
    record = answer(**{"body": json.dumps(ALERT).encode(), **changes})
    refused = refusal(record)
    assert refused.reason == reason
    assert message in refused.message
    assert refused.message.startswith("enrichments/0/41: ")
    held = [claim.person.prisoner_number for claim in quarantine(record, refused)]
    assert NUMBER in held
    assert all(isinstance(claim.body, Doubt) and not claim.body.answered for claim in quarantine(record, refused))


def test_an_answer_that_names_nobody_holds_whom_was_asked_about() -> None:
    """A booking is no number that could be found in bytes: the question says whose it was."""
    person = Person(identifiers=(Identifier(type="BOOKING", value="1201001"),))
    record = answer(b"\xff", about="booking/1201001", url="https://prison-api.example", person=person)
    assert [claim.person for claim in quarantine(record, refusal(record))] == [person]
    nobody = answer(b"\xff", about="booking/1201001", url="https://prison-api.example", person=Person())
    assert [claim.person for claim in quarantine(nobody, refusal(nobody))] == [Person()]
    (doubt,) = (claim.body for claim in quarantine(nobody, refusal(nobody)))
    assert isinstance(doubt, Doubt)
    assert "names nobody and may be about anybody" in doubt.sentence
    whole = answer(b"\xff")
    assert [claim.person for claim in quarantine(whole, refusal(whole))] == [Person(prisoner_number=NUMBER)]


def test_an_answer_vouches_for_nothing() -> None:
    """A heartbeat in an answer would vouch for a source on a topic that has none."""
    times = {"record_id": "h", "occurred_at": FETCHED_AT.isoformat(), "recorded_at": FETCHED_AT.isoformat(), "as_of": FETCHED_AT.isoformat()}
    assert "heartbeat" in refusal(answer({"type": "SOURCE_HEARTBEAT", "source": "custody", **times})).message


@pytest.mark.parametrize("value", [b"", b"{}", b"\xc3\x01" + bytes(8), to_avro("custody-events", ALERT)])
def test_what_is_no_answer_at_all_is_refused(value: bytes) -> None:
    """Only the service's own records are read there: custody's word, put on that topic as it is, is not taken for custody's."""
    assert isinstance(read(upstream("enrichments", value)), Refused)


def test_who_is_not_named_in_the_body_is_whom_was_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some answers do not repeat the question: their reader is told it, and what it says is about him, not about nobody."""
    seen: list[Upstream] = []

    class Terse:
        name = "terse"

        def recognises(self, record: Upstream) -> bool:
            del record
            return True

        def read(self, record: Upstream) -> Read:
            seen.append(record)
            whole = claims_of(upstream("immigration-events", RECORD))[0]
            person = Person(identifiers=(Identifier(type="HOREF", value="H1234567"),))
            return Read(claims=(replace(whole, person=person, source=record.ref),))

    monkeypatch.setitem(adaptors._BY_NAME, "terse", Terse())  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    told = claims_of(answer(b"H1234567", about=f"immigration/{NUMBER}", dialect="terse"))[0]
    assert told.person == Person(prisoner_number=NUMBER, identifiers=(Identifier(type="HOREF", value="H1234567"),))
    assert told.source.topic == "enrichments"
    assert (seen[0].topic, seen[0].header(ENRICHMENT_HEADER), seen[0].about) == ("immigration-events", f"immigration/{NUMBER}", "enrichments/0/41")


@pytest.mark.parametrize(
    ("as_of", "told"),
    [(FETCHED_AT, FETCHED_AT), (APPENDED_AT + timedelta(days=1), APPENDED_AT), (None, None)],
    ids=["its own clock", "a fast clock", "no clock"],
)
def test_a_reader_is_told_as_of_when_the_answer_is(monkeypatch: pytest.MonkeyPatch, as_of: datetime | None, told: datetime | None) -> None:
    """A body without a version of its own is as new as the system said when it gave it: not as new as its arrival, and not newer than now."""
    seen: list[str | None] = []

    class Dated:
        name = "dated"

        def read(self, record: Upstream) -> Read:
            seen.append(record.header(AS_OF_HEADER))
            return Read()

    monkeypatch.setitem(adaptors._BY_NAME, "dated", Dated())  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    claims_of(answer(b"[]", dialect="dated", as_of=as_of))
    assert seen == [told and told.isoformat()]


def test_an_answer_that_asks_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notification in the place of an answer would be asked about for ever: it is refused, and the doubt stays."""

    class Asking:
        name = "asking"

        def read(self, record: Upstream) -> Read:
            del record
            body = Doubt(kind=QueryKind.ENRICHMENT_PENDING, about=f"alerts/{NUMBER}", sentence="Ask.", sequence=SEQUENCE + 1)
            return Read(claims=(replace(claims_of(upstream("custody-events", ALERT))[0], body=body),))

    monkeypatch.setitem(adaptors._BY_NAME, "asking", Asking())  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    assert "in its turn" in refusal(answer(b"{}", dialect="asking")).message


@pytest.mark.parametrize(
    ("route", "dialect", "file"),
    [
        ("prisoner", "prison-api-offender", "prison-api-offender.json"),
        ("alerts", "alerts-service", "alerts.json"),
        ("recalls", "recalls", "recalls.json"),
        ("sentence-dates", "release-dates", "calculation.json"),
        ("immigration", "immigration-detention", "immigration-detention.json"),
    ],
)
def test_what_systems_answer_is_read(route: str, dialect: str, file: str) -> None:
    """Each system's own payload says in an answer what it says on its authority's topic, of the same person, and then the doubt ends."""
    body = json.dumps(stored(file)).encode()
    as_of = {AS_OF_HEADER: FETCHED_AT.isoformat()}
    unasked = claims_of(upstream(TOPIC_OF_ROUTE[route], body, headers=as_of))
    number = next((claim.person.prisoner_number for claim in unasked if claim.person.prisoner_number), NUMBER)
    asked = claims_of(answer(body, about=f"{route}/{number}", dialect=dialect, as_of=FETCHED_AT))
    assert [(claim.authority, claim.body, claim.recorded_at) for claim in asked[:-2]] == [(c.authority, c.body, c.recorded_at) for c in unasked]
    assert {claim.person.prisoner_number for claim in asked} == {number}
    assert doubts(asked[-2:]) == {QueryKind.ENRICHMENT_PENDING: True, QueryKind.CONTRADICTION: True}


def test_no_alerts_are_an_answer() -> None:
    """An empty list has no shape by which it could be known: the route says what it is a list of, and it is counted as saying nothing."""
    result = read(answer(b"[]", dialect="alerts-service"))
    assert isinstance(result, Read)
    assert result.nothing == "alerts-service"
    assert doubts(result.claims) == {QueryKind.ENRICHMENT_PENDING: True, QueryKind.CONTRADICTION: True}


def test_an_answer_with_nothing_in_it_ends_the_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """That he has no alerts is an answer too, where its reader could read it."""

    class Nothing:
        name = "nothing"

        def read(self, record: Upstream) -> Read:
            del record
            return Read()

    monkeypatch.setitem(adaptors._BY_NAME, "nothing", Nothing())  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    assert doubts(claims_of(answer(b"[]", dialect="nothing"))) == {QueryKind.ENRICHMENT_PENDING: True, QueryKind.CONTRADICTION: True}


def test_a_courts_paper_is_about_whom_it_names() -> None:
    """It was not asked for by number: its people are the court's to name, and the doubt ends for whom the notification named."""
    person = Person(identifiers=(Identifier(type="PNC", value="2002/0073319Z"),))
    hearing = payload(
        "COURT_RESULT",
        hearing_id="h-1",
        hearing_day="2026-08-13",
        shared_at="2026-08-13T12:00:00Z",
        court_code="B01",
        case_urn="U",
        defendant_id="d-1",
    )
    body = {**hearing, "master_defendant_id": None, "results": [], "person": {"prisoner_number": "B9999BB"}}
    told, pending, _ = claims_of(answer(body, about="court-document/6f1c", person=person))
    assert (told.authority, told.person.prisoner_number) == (Authority.COURT, "B9999BB")
    assert pending.person == person


def test_a_redriven_answer_answers_for_its_dead_letter() -> None:
    """Published again once the reader is mended, it ends both doubts: that it could not be read, and that it was waited for."""
    record = replace(answer(ALERT), headers={REDRIVE_HEADER: b"enrichments/0/7"})
    found = doubts(claims_of(record))
    assert found == {QueryKind.ENRICHMENT_PENDING: True, QueryKind.CONTRADICTION: True, QueryKind.UNREADABLE_RECORD: True}


@pytest.mark.parametrize("kind", ["DISCARD", "REDRIVE"])
def test_people_can_settle_an_unreadable_answer(kind: str) -> None:
    """Its dead letter can be discarded or redriven as any other."""
    act = {
        "type": kind,
        "record_id": "r",
        "by": ["A. Clerk", "B. Governor"],
        "reason": "mended",
        "topic": "enrichments",
        "partition": 0,
        "offset": 41,
    }
    times = {"occurred_at": "2026-08-14T08:00:00Z", "recorded_at": "2026-08-14T08:00:00Z"}
    assert isinstance(read(upstream("resolutions", {**act, **times})), Read)


@given(value=st.binary(max_size=300), about=st.text(max_size=40), dialect=st.sampled_from(["contract", "common-platform", "hmpps-domain-event", "x"]))
def test_no_answer_raises(value: bytes, about: str, dialect: str) -> None:
    """Whatever a system answers, it is read or refused."""
    assert isinstance(read(answer(value, about=about, dialect=dialect)), Read | Refused)


# --- no source of its own -----------------------------------------------------------------------------------------------------


def test_answers_have_no_marks() -> None:
    """Gates see four sources, whatever intake reads: nothing is said of how complete the answers are, not even at their end."""
    assert service(()).topics == READ_BY_INTAKE
    stage = service(("resolutions",)).stage(TopicPartition("enrichments", 0))
    assert isinstance(stage, IntakeStage)
    record = answer(ALERT)
    read_record = Record(topic="enrichments", partition=0, offset=41, key=None, value=record.value, headers=(), appended_at=APPENDED_AT)
    outputs = stage.step([read_record], Tick(looked_at=APPENDED_AT, partition_count=2, at_end=True))
    assert [dict(output.headers)["ce_type"] for output in outputs] == [b"uk.holdfast.Claim"] * 3
    assert stage.step([], Tick(looked_at=FETCHED_AT, partition_count=2, at_end=True)) == []


def test_an_unreadable_record_that_names_nobody_has_a_source() -> None:
    """Its gap is that of the source it is of, and of one that gates know, whatever topic intake reads."""
    assert {gap_source(topic) for topic in SOURCE_OF_TOPIC} == set(TOPIC_OF_SOURCE)
    assert gap_source("enrichments") == "court"
    assert set(TOPIC_OF_ROUTE) > ROUTES_BY_NUMBER
    assert set(TOPIC_OF_ROUTE.values()) == set(SOURCE_OF_TOPIC) - {"resolutions"}
