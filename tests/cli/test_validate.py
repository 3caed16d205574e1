"""`holdfast validate`: what a publisher is told before anything is published is what intake then makes of it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.codes import Effect
from holdfast.sources import ENRICHMENTS, SOURCE_OF_TOPIC
from schemas import registry
from schemas.contract import to_avro
from schemas.plain import fit
from services.__main__ import holdfast
from services.cli.errors import TroubleError
from services.cli.validated import validate
from services.intake.adaptors import Read, Refused, Upstream, read
from tests.contract.examples import Example, each
from tests.intake.records import ENVELOPE, payload
from tests.intake.test_upstream_payloads import PAYLOADS, topic_of

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
AT = datetime(2026, 8, 14, 12, tzinfo=UTC)
ALERT = payload("ALERT", alert_uuid="a-1", alert_code="XNR", active_from="2026-08-01")


def _run(*words: object, given: bytes | None = None) -> Result:
    return CliRunner().invoke(holdfast, ["validate", *map(str, words)], input=given)


def _status(result: Result) -> int:
    """As the process ends: `__main__` makes 1 of trouble."""
    assert result.exception is None or isinstance(result.exception, TroubleError | SystemExit), result.exception
    return 1 if isinstance(result.exception, TroubleError) else result.exit_code


def _told(*words: object, given: bytes | None = None) -> tuple[int, Any]:
    result = _run(*words, "--json", given=given)
    return _status(result), json.loads(result.stdout)["payloads"]


def _intake(topic: str, value: bytes) -> Read | Refused:
    """What the service itself makes of the bytes."""
    digest = hashlib.sha256(value).hexdigest()
    return read(Upstream(topic=topic, partition=0, offset=0, value=value, headers={}, appended_at=AT, sha256=digest))


def _agrees(value: bytes, topic: str, said: dict[str, Any]) -> bool:
    """Whether the answer has intake's own verdict, claims and message."""
    match _intake(topic, value):
        case Refused() as refused:
            letter = said["dead_letter"]
            return (letter["reason"], refused.message) == (refused.reason, f"{topic}/0/0: {letter['message']}")
        case Read() as result:
            kinds = sorted(claim["kind"] for person in said["people"] for claim in person["claims"])
            return "dead_letter" not in said and kinds == sorted(type(claim.body).__name__ for claim in result.claims)


@pytest.mark.parametrize("example", each("valid", upstream=True))
def test_a_valid_example_is_read_in_json_and_in_avro(example: Example, tmp_path: Path) -> None:
    """The same claims from both, on the topic that it is for, which nobody has to name."""
    files = [tmp_path / "payload.json", tmp_path / "payload.avro"]
    values = [json.dumps(example.content).encode(), to_avro(example.topic, example.content)]
    for file, value in zip(files, values, strict=True):
        file.write_bytes(value)
    status, (in_json, in_avro) = _told(*files)
    assert status == 0
    assert (in_json["topic"], in_json["dialect"], in_json["topic_supposed"]) == (example.topic, "contract", True)
    assert {**in_json, "file": ""} == {**in_avro, "file": ""}
    assert all(_agrees(value, example.topic, in_json) for value in values)


@pytest.mark.parametrize("example", each("invalid", upstream=True))
def test_an_invalid_example_is_what_intake_makes_of_it(example: Example) -> None:
    """A dead letter with what, where and how to mend it, word for word; or, for a date that cannot exist, a claim and a doubt that holds."""
    value = json.dumps(example.content["payload"]).encode()
    status, (said,) = _told("-", "--topic", example.topic, given=value)
    assert _agrees(value, example.topic, said)
    if isinstance(_intake(example.topic, value), Refused):
        assert (status, said["outcome"]) == (1, "refused")
    else:
        assert (status, example.content["as_json"]["problems"] != []) == (0, True)


@pytest.mark.parametrize("example", [e for e in each("valid", upstream=False) if e.values[0].topic == ENRICHMENTS])
def test_an_answer_that_the_hub_asked_for_is_read(example: Example) -> None:
    """They stand on a topic of their own, which has to be named."""
    value = registry().encode(example.name, fit(example.name, example.content))
    _, (said,) = _told("-", "--topic", ENRICHMENTS, given=value)
    assert said["dialect"] == "enrichment"
    assert _agrees(value, ENRICHMENTS, said)


@pytest.mark.parametrize(
    "example", [e for validity in ("valid", "invalid") for e in each(validity, upstream=False) if e.values[0].topic != ENRICHMENTS]
)
def test_the_hubs_own_records_are_not_taken_from_anybody(example: Example) -> None:
    """Topics that the hub writes cannot be asked about, and their records are refused on every other."""
    assert _status(_run("-", "--topic", example.topic, given=b"{}")) == 2
    content = example.content.get("payload", example.content)
    status, (said,) = _told("-", given=json.dumps(content).encode())
    assert (status, said["outcome"]) == (1, "refused")


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the upstream payloads are not at hand")
def test_upstream_payloads_are_read_where_they_belong() -> None:
    """Each payload of the upstream systems' own repositories, with its topic supposed: intake's own verdict."""
    files = sorted(PAYLOADS.glob("*.json"))
    _, told = _told(*files)
    assert [said["topic"] for said in told] == [topic_of(file.stem) for file in files]
    assert all(_agrees(file.read_bytes(), said["topic"], said) for file, said in zip(files, told, strict=True))
    assert [said["dialect"] for said in told if said["outcome"] == "refused"] == ["event-grid-pointer"]


def test_what_a_code_means_is_said_in_words() -> None:
    """Who, what, and how the code is read; and what gates would say if they knew nothing else."""
    result = _run(EXAMPLES / "valid" / "court-results.CourtResult.remand-in-custody.json")
    assert _status(result) == 0
    for words in (
        "read, in dialect contract, on court-results (supposed; --topic says where)",
        "About whoever has defendant id 4b0a3f1e-5d0c-4f57-8a4e-1f6f3d5b2c10, ",
        "named Peter Moran, born 4 Mar 1988.",
        "The court says, as of 12:31:07 UTC on 23 Oct 2025: 1 result on 1 offence for defendant ",
        "result 4028, 'Remanded in custody': HOLD, holds on REMAND",
        "Alone it is VETO on REMAND for extradition, ",
        "ends only by a result on that offence.",
    ):
        assert words in result.stdout, words


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("RECEPTION", {"booking_id": "b", "movement_seq": 1, "movement_reason_code": "N", "prison_id": "WWI"}, "names REMAND, which the record of"),
        ("RECALL", {"booking_id": "b", "recall_id": "r", "recall_type": "XX"}, "CHECK, is no kind that is known, and holds on RECALL all the same"),
        (
            "ALERT",
            {"alert_uuid": "a", "alert_code": "XNR", "active_from": "2026-08-01"},
            "alert XNR, 'Not For Release': HOLD, holds on NOT_FOR_RELEASE",
        ),
        (
            "RELEASE_ORDER",
            {"booking_id": "b", "event_id": "e", "release_date": "2026-08-20", "movement_reason_code": "CR", "event_status": "SCH"},
            "order CR, 'an order for release': SILENT, is the prison's own key for that exit, and ends no hold",
        ),
        (
            "SENTENCE_DATES",
            {
                "booking_id": "b",
                "sentence_calculation_id": "1",
                "calculation_status": "CONFIRMED",
                "dates": [{"type": "CRD", "date": "2026-08-20"}, {"type": "NEW", "date": "2026-08-21"}],
            },
            "20 Aug 2026: CRD, 'Conditional release date': CLEAR, once confirmed, on its day, ends what it was calculated for",
        ),
    ],
)
def test_a_code_is_read_as_it_counts_where_it_stands(kind: str, fields: dict[str, Any], words: str) -> None:
    """The prison's reason for holding somebody is not yet a hold, and an order ends none: nobody should learn otherwise here."""
    assert words in _run("-", "--topic", "custody-events", given=json.dumps(payload(kind, **fields)).encode()).stdout


def test_what_cannot_be_read_says_whom_it_would_hold() -> None:
    """A number in its bytes is enough; where there is none every gate refers everybody."""
    named = _run("-", "--topic", "custody-events", given=b'{"type": "RECEPTION", "about": "A1234BC"')
    assert "Dead letter, UNREADABLE: " in named.stdout
    assert "Until it is settled it holds whoever has prison number A1234BC." in named.stdout
    unnamed = _run("-", "--topic", "court-results", given=b"\x00\x01 garbage")
    assert "the courts are not believed and every gate refers everybody" in unnamed.stdout
    _, (said,) = _told("-", "--topic", "court-results", given=b"\x00\x01 garbage")
    assert (said["dead_letter"]["holds"], said["dead_letter"]["gap"]) == ([], "court")


def test_a_heartbeat_that_vouches_for_nothing_holds_nobody() -> None:
    """It is refused, and it is no doubt about anybody."""
    beat = {"type": "SOURCE_HEARTBEAT", **ENVELOPE, "source": "court", "as_of": "2026-08-14T12:00:00Z"}
    told = _run("-", given=json.dumps(beat).encode()).stdout
    assert "Heartbeat of the courts: whatever was decided before 12:00:00 UTC on 14 Aug 2026 is already in that partition." in told
    wrong = _run("-", "--topic", "custody-events", given=json.dumps(beat).encode())
    assert "Dead letter, INVALID_HEARTBEAT: 'court' vouches for nothing on custody-events" in wrong.stdout
    assert "It holds nobody." in wrong.stdout


def test_a_mistyped_type_is_told_on_its_own_topic() -> None:
    """The word most like it says where it belongs, and the message says which word that is."""
    status, (said,) = _told("-", given=json.dumps({**ALERT, "type": "RECEPTON"}).encode())
    assert (status, said["topic"]) == (1, "custody-events")
    assert "RECEPTION" in said["dead_letter"]["message"]


def test_lines_are_payloads_of_their_own(tmp_path: Path) -> None:
    """A file of lines is told line by line, and one refused line is status 1."""
    file = tmp_path / "snapshot.jsonl"
    file.write_text(json.dumps(ALERT) + "\n\n" + json.dumps({**ALERT, "person": {}}) + "\n")
    status, told = _told(file)
    assert (status, [(said["line"], said["outcome"]) for said in told]) == (1, [(1, "read"), (3, "refused")])
    assert "snapshot.jsonl, line 3: refused, in dialect contract, on custody-events" in _run(file).stdout
    assert [said["line"] for said in _told("-", "--lines", given=json.dumps(ALERT).encode())[1]] == [1]


def test_what_is_too_large_is_refused_and_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on every input."""
    monkeypatch.setattr("services.cli.validate.MAX_RECORD_BYTES", 100)
    monkeypatch.setattr("services.intake.adaptors.MAX_RECORD_BYTES", 100)
    for lines in ([], ["--lines"]):
        _, (said,) = _told("-", *lines, "--topic", "custody-events", given=b"x" * 5000 + b"\n")
        assert said["dead_letter"]["reason"] == "TOO_LARGE"


def test_a_dialect_that_is_asked_for_is_insisted_on() -> None:
    """What intake takes for another dialect is refused here, and the answer says which one; intake itself would hold nobody for it."""
    value = json.dumps(ALERT).encode()
    assert _told("-", "--dialect", "contract", given=value)[0] == 0
    status, (said,) = _told("-", "--dialect", "libra", given=value)
    assert (status, said["dead_letter"]["reason"], said["dead_letter"]["holds"]) == (1, "OTHER_DIALECT", [])
    assert "intake takes it for contract, not for libra" in said["dead_letter"]["message"]


def test_headers_count_as_they_do_on_the_record() -> None:
    """A ce_type that says another type than the record is refused, as intake refuses it."""
    value = json.dumps(ALERT).encode()
    assert _told("-", "--header", "ce_type=uk.holdfast.ALERT", given=value)[0] == 0
    status, (said,) = _told("-", "--header", "ce_type=uk.holdfast.RECALL", given=value)
    assert (status, "the header ce_type says" in said["dead_letter"]["message"]) == (1, True)


@pytest.mark.parametrize(
    "words", [[], ["no-such-file.json"], ["-", "--topic", "vetoes"], ["-", "--dialect", "esperanto"], ["-", "--header", "ce_type"]]
)
def test_a_wrong_command_line_is_status_2(words: list[str]) -> None:
    """It is told apart from a payload that is refused."""
    assert _status(_run(*words, given=b"{}")) == 2


def test_a_file_without_a_line_is_trouble(tmp_path: Path) -> None:
    """Nobody takes an empty file for one without faults; an empty payload is refused as intake refuses it."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    assert "has no payload in it" in str(_run(empty).exception)
    assert _told("-", "--topic", "custody-events", given=b"")[1][0]["dead_letter"]["reason"] == "EMPTY"


def test_every_effect_has_words() -> None:
    """Nobody is shown the name of an effect alone."""
    from services.cli import claim_words

    assert set(claim_words._EFFECTS) == set(Effect)


@pytest.mark.parametrize("topic", SOURCE_OF_TOPIC)
def test_it_is_pure(topic: str) -> None:
    """The same payload, the same answer."""
    value = json.dumps(ALERT).encode()
    said = [validate(value, topic=topic, dialect=None, headers={}, number=3, at=AT) for _ in range(2)]
    assert said[0] == said[1]
    assert not re.search(rf"{topic}/0/3", said[0].dead.message if said[0].dead else "")
