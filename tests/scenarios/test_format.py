"""The scenario format: what is read from a file."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent, indent

import pytest

from holdfast_gate.model import Decision, Exit, Ground, QueryKind, ReferCode
from simulator.scenario import (
    Advance,
    Enrich,
    Expect,
    ExpectDeadLetter,
    ExpectIncident,
    ExpectNoIncident,
    Publish,
    Resolve,
    Restart,
    Resume,
    Signed,
    Silence,
    Step,
)
from simulator.scenario_file import load, parse

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
EXPECT = "- expect: {prisoner: A1234BC, exit: release, decision: VETO"


def steps(text: str, directory: Path = Path()) -> tuple[Step, ...]:
    """The steps of a scenario that has these."""
    return parse(f"title: t\nclock: 2025-10-24T08:00:00Z\nsteps:\n{dedent(text)}", file="s.yaml", directory=directory).steps


def payload(text: str) -> object:
    """The payload of a publish step, written in YAML."""
    (step,) = steps("- publish: custody-events\n  payload:\n" + indent(dedent(text), "    "))
    assert isinstance(step, Publish)
    return step.payload


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_read(path: Path) -> None:
    """Every scenario that is kept here is one."""
    assert load(path).steps


def test_title_and_clock() -> None:
    """A scenario has a title, and a clock that names its offset from UTC."""
    scenario = parse("title: On a day\nclock: 2025-10-24T09:00:00+01:00\nsteps:\n- advance: 30s", file="a/b.yaml", directory=Path())
    assert (scenario.title, scenario.file) == ("On a day", "a/b.yaml")
    assert scenario.clock == datetime(2025, 10, 24, 8, tzinfo=UTC)
    assert str(scenario.steps[0].where) == "a/b.yaml:4"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-10-24", "2025-10-24"),
        ("2025-10-24T08:00:00Z", "2025-10-24T08:00:00Z"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("True", "True"),
        ("off", "off"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        (".5", ".5"),
        ("+5", "+5"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("=", "="),
        ('"12"', "12"),
        ("'null'", "null"),
        ('""', ""),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("1.50", 1.5),
        ("-2e3", -2000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("[a, 1, [null]]", ["a", 1, [None]]),
        ("{a: {b: 2}}", {"a": {"b": 2}}),
    ],
)
def test_scalars(text: str, value: object) -> None:
    """A date, NO and 007 stay what was written; only JSON's own words and numbers are more than text."""
    found = payload(f"value: {text}\n")
    assert repr(found) == repr({"value": value})  # 1 is not True, and "1" is neither


def test_keys_are_text() -> None:
    """A key is text, whatever it looks like."""
    assert payload("{1: a, NO: b}\n") == {"1": "a", "NO": "b"}


def test_publish() -> None:
    """A publish step has a topic, a dialect, a payload with its overrides, a key and headers."""
    (step,) = steps("""
        - publish: court-results
          dialect: common-platform
          payload: {hearing: {id: h1, days: [{day: 2025-10-24}, {day: 2025-10-25}]}, isReshare: false}
          set: {hearing.id: h2, hearing.days.1.day: 2025-10-26, hearing.days.2: {day: x}, isReshare: true, new: [1]}
          key: 12
          headers: {ce_type: x.y, n: 007}
    """)
    assert isinstance(step, Publish)
    assert step.payload == {
        "hearing": {"id": "h2", "days": [{"day": "2025-10-24"}, {"day": "2025-10-26"}, {"day": "x"}]},
        "isReshare": True,
        "new": [1],
    }
    assert (step.topic, step.dialect, step.raw) == ("court-results", "common-platform", None)
    assert (step.key, dict(step.headers)) == ("12", {"ce_type": "x.y", "n": "007"})


def test_defaults() -> None:
    """Without more, a publish step is in the contract's dialect, and an expectation has five seconds."""
    publish, expect = steps(f"- publish: resolutions\n  payload: {{}}\n{EXPECT}}}\n")
    assert isinstance(publish, Publish)
    assert (publish.dialect, publish.key, dict(publish.headers)) == ("contract", None, {})
    assert isinstance(expect, Expect)
    assert (expect.within, expect.reasons, expect.not_reasons) == (timedelta(seconds=5), (), ())


def test_aliased_payload_is_not_shared() -> None:
    """An override changes its own step only, though the payload is written once."""
    one, two = steps("""
        - {publish: resolutions, payload: &p {a: {b: 1}}, set: {a.b: 2}}
        - {publish: resolutions, payload: *p}
    """)
    assert isinstance(one, Publish)
    assert isinstance(two, Publish)
    assert (one.payload, two.payload) == ({"a": {"b": 2}}, {"a": {"b": 1}})


def test_file(tmp_path: Path) -> None:
    """A payload file is found from the scenario's folder, kept byte for byte, and changed only by overrides."""
    (tmp_path / "hearing.json").write_bytes(b'{ "id": "h1" }\n')
    (tmp_path / "noise.bin").write_bytes(b"\xff\x00")
    plain, changed, noise = steps(
        """
        - {publish: court-results, dialect: libra, file: hearing.json}
        - {publish: court-results, dialect: libra, file: hearing.json, set: {id: h2}}
        - {publish: court-results, file: noise.bin}
        """,
        tmp_path,
    )
    assert isinstance(plain, Publish)
    assert isinstance(changed, Publish)
    assert isinstance(noise, Publish)
    assert (plain.payload, plain.raw) == ({"id": "h1"}, b'{ "id": "h1" }\n')
    assert (changed.payload, changed.raw) == ({"id": "h2"}, None)
    assert (noise.payload, noise.raw) == (None, b"\xff\x00")


def test_enrich(tmp_path: Path) -> None:
    """An answer is about something, has a body as a published record has, and a status; one that says that there is nothing has no body."""
    (tmp_path / "alerts.json").write_bytes(b"[ ]")
    said, file, nothing = steps(
        """
        - enrich: {about: alerts/A1234BC, payload: {a: 1}, set: {a: 2}}
        - enrich: {about: court-document/d-1, dialect: libra, file: alerts.json, prisoner: B1234BC}
        - enrich: {about: immigration/A1234BC, status: 404}
        """,
        tmp_path,
    )
    assert isinstance(said, Enrich)
    assert isinstance(file, Enrich)
    assert isinstance(nothing, Enrich)
    assert (said.about, said.dialect, said.payload, said.raw, said.status, said.prisoner) == ("alerts/A1234BC", "contract", {"a": 2}, None, 200, None)
    assert (file.about, file.dialect, file.raw, file.prisoner) == ("court-document/d-1", "libra", b"[ ]", "B1234BC")
    assert (nothing.status, nothing.payload, nothing.raw) == (404, None, None)


def test_bytes() -> None:
    """Bytes are given in base64 and published as they are."""
    (step,) = steps(f"- {{publish: court-results, bytes: {base64.b64encode(bytes(range(9))).decode()}}}")
    assert isinstance(step, Publish)
    assert (step.payload, step.raw) == (None, bytes(range(9)))


@pytest.mark.parametrize(("text", "by"), [("45s", 45), ("10m", 600), ("2h", 7200), ("3d", 259_200)])
def test_durations(text: str, by: int) -> None:
    """Seconds, minutes, hours and days."""
    (step,) = steps(f"- advance: {text}")
    assert isinstance(step, Advance)
    assert step.by == timedelta(seconds=by)


def test_sources_and_services() -> None:
    """Sources fall silent and speak again; services and the gate are restarted."""
    silence, resume, restart = steps("- silence: immigration\n- resume: immigration\n- restart: gate\n")
    assert isinstance(silence, Silence)
    assert isinstance(resume, Resume)
    assert isinstance(restart, Restart)
    assert (silence.source, resume.source, restart.name) == ("immigration", "immigration", "gate")


def test_resolve() -> None:
    """People's acts are given by their kind and their fields."""
    (step,) = steps("- resolve: {kind: PLACE_HOLD, hold_id: 007, by: [a, b]}")
    assert isinstance(step, Resolve)
    assert (step.kind, dict(step.payload)) == ("PLACE_HOLD", {"hold_id": "007", "by": ["a", "b"]})


def test_expect() -> None:
    """An expectation names prisoner, exit, one or several decisions, and reasons that must and must not be there."""
    (step,) = steps("""
        - expect:
            prisoner: A1234BC
            exit: immigration_transfer
            decision: [REFER, VETO]
            reasons: [SENTENCE, RESULT_VANISHED, QUERY/UNKNOWN_CODE, QUERY, SOURCE_GAP]
            not_reasons: [REMAND]
            checks:
            - IDENTITY_CONFIRMED
            - {check: WARRANTS_RECONCILED, by: Ann, role: SENTENCE_CALCULATION, at: 2025-10-24T07:00:00+01:00}
            within: 30s
    """)
    assert isinstance(step, Expect)
    assert (step.prisoner, step.exit) == ("A1234BC", Exit.IMMIGRATION_TRANSFER)
    assert step.decisions == (Decision.REFER, Decision.VETO)
    assert step.reasons == ("SENTENCE", "QUERY/RESULT_VANISHED", "QUERY/UNKNOWN_CODE", "QUERY", "SOURCE_GAP")
    assert (step.not_reasons, step.within) == (("REMAND",), timedelta(seconds=30))
    signed = Signed(check="WARRANTS_RECONCILED", by="Ann", role="SENTENCE_CALCULATION", at=datetime(2025, 10, 24, 6, tzinfo=UTC))
    assert step.checks == (Signed(check="IDENTITY_CONFIRMED"), signed)


@pytest.mark.parametrize("name", [*Ground, *ReferCode, *QueryKind, *(f"QUERY/{kind}" for kind in QueryKind)])
def test_every_reason_is_known(name: str) -> None:
    """Every ground, query kind and REFER code can be named."""
    (step,) = steps(f"{EXPECT}, reasons: [{name}]}}\n")
    assert isinstance(step, Expect)
    assert step.reasons == ((f"QUERY/{name}",) if name in set(QueryKind) else (str(name),))


def test_incidents_and_dead_letters() -> None:
    """What watch and intake report is expected by kind, prisoner, topic and reason."""
    found = steps("""
        - expect_incident: {kind: SOURCE_SILENT}
        - expect_no_incident: {prisoner: A1234BC, within: 1m}
        - expect_no_incident: {}
        - expect_dead_letter: {topic: court-results, reason: not json}
    """)
    one, two, three, four = found
    assert isinstance(one, ExpectIncident)
    assert (one.kind, one.prisoner) == ("SOURCE_SILENT", None)
    assert isinstance(two, ExpectNoIncident)
    assert (two.kind, two.prisoner, two.within) == (None, "A1234BC", timedelta(minutes=1))
    assert isinstance(three, ExpectNoIncident)
    assert isinstance(four, ExpectDeadLetter)
    assert (four.topic, four.reason) == ("court-results", "not json")
