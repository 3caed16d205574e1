"""Payloads from the upstream systems' own public repositories, where they are at hand: what each is read as, or refused as."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.claims import CourtSnapshot, Movement
from services.intake.adaptors import Refused, read
from tests.intake.records import body_of, claims_of, upstream

_BESIDE = [parent / "shared" / "upstream-payloads" for parent in Path(__file__).parents[3:]]
PAYLOADS = next((place for place in _BESIDE if place.is_dir()), _BESIDE[0])

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the upstream payloads are not at hand")

#: File to (hearing day, and by defendant: CJS codes by offence). Codes that a result lacks are left out.
HEARINGS: dict[str, tuple[str, dict[str, dict[str, list[str]]]]] = {
    "court-hearing-resulted__01-imprisonment-slip-rule-amended": ("2026-08-14", {"c5f776b1": {"c96de483": ["1002"]}}),
    "court-hearing-resulted__02-remand-custody-one-person-two-cases": (
        "2026-07-31",
        {"89d3e7c2": {"21eef39f": ["4028"]}, "a81dd0b5": {"7c64f6df": ["4028"]}},
    ),
    "court-hearing-resulted__04-remand-custody-with-bail-direction": (
        "2026-08-11",
        {"beea4cae": {"01bb3e04": ["4046"], "defendant:beea4cae": ["4592"]}},
    ),
    "court-hearing-resulted__07-custody-plus-adjournment-same-defendant": (
        "2026-07-29",
        {"86155787": {"f47c0597": ["1002", "3308"], "04bd0cfb": ["4506"]}},
    ),
    "court-hearing-resulted__10-share-1-of-3-original": (
        "2025-08-04",
        {"DEFENDANT_ID_1": {"OFFENCE_ID_1": ["1017"]}, "DEFENDANT_ID_2": {"OFFENCE_ID_1": ["4558"]}},
    ),
    "court-hearing-resulted__10-share-2-of-3-reshare-result-replaced": (
        "2025-08-04",
        {"DEFENDANT_ID_1": {"OFFENCE_ID_1": ["4558"]}, "DEFENDANT_ID_2": {"OFFENCE_ID_1": ["4558"]}},
    ),
    "court-hearing-resulted__10-share-3-of-3-reshare-other-defendant": (
        "2025-08-04",
        {"DEFENDANT_ID_1": {"OFFENCE_ID_1": ["4558"]}, "DEFENDANT_ID_2": {"OFFENCE_ID_1": ["1017"]}},
    ),
    "court-hearing-resulted__11-imprisonment-original": ("2019-06-03", {"7ba647bd": {"fd637140": ["1002"]}}),
    "court-hearing-resulted__11-imprisonment-reshare-adds-second-offence": (
        "2019-06-03",
        {"7ba647bd": {"fd637140": ["1002"], "4a81b89b": ["1002"]}},
    ),
}
#: File to the dialect that is known and not read.
UNREAD = {
    "court-hmpps__18-hearing-event-as-received-by-hmpps": "hmpps-court-hearing",
    "court-libra__20-libra-case": "libra",
    "court-pcr__13-eventgrid-pointer-event": "event-grid-pointer",
    "court-pcr__14-expected-prison-court-register-for-01": "prison-court-register",
    "court-pcr__15-register-generated-notification": "court-document-subscription",
    "court-pcr__16-subscriber-callback-example": "court-document-subscription",
    "immigration__28-irc-bed-events": "irc-bed-events",
    "immigration__29-irc-subjects-cid-ids": "irc-subjects",
    "prison-api__24-scheduled-release-event": "prison-api-scheduled-events",
    "prison-api__25-external-movements-since": "prison-api-movements",
    "prison-api__26-offender-immigration-detainee": "prison-api-offender",
}
HOSPITAL = "prison-domain__22-released-to-hospital-legacy"
#: Terms in months, by file and defendant: as imposed on each result that states one.
TERMS = {
    "court-hearing-resulted__01-imprisonment-slip-rule-amended": [7, 8],
    "court-hearing-resulted__07-custody-plus-adjournment-same-defendant": [6, 6],
    "court-hearing-resulted__11-imprisonment-original": [24],
    "court-hearing-resulted__11-imprisonment-reshare-adds-second-offence": [24, 12],
}


def topic_of(name: str) -> str:
    """The topic on which a file of that name belongs."""
    return {"court": "court-results", "immigration": "immigration-events", "prison": "custody-events"}[name.partition("-")[0].partition("__")[0]]


def value_of(name: str) -> bytes:
    """The file, byte for byte."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def short(identifier: str) -> str:
    """Enough of an id to tell it by: a UUID's first group."""
    return identifier.partition("-")[0]


def snapshots(name: str) -> list[CourtSnapshot]:
    """What the court said in a file."""
    return [body_of(claim, CourtSnapshot) for claim in claims_of(upstream("court-results", value_of(name)))]


def test_every_file_is_in_the_table() -> None:
    """No payload is forgotten."""
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*HEARINGS, *UNREAD, HOSPITAL}


@pytest.mark.parametrize("name", HEARINGS)
def test_hearing(name: str) -> None:
    """A hearing is read: its day, its defendants, and every result of each."""
    hearing_day, expected = HEARINGS[name]
    read_as: dict[str, dict[str, list[str]]] = {}
    for snapshot in snapshots(name):
        assert snapshot.hearing_day.isoformat() == hearing_day
        assert snapshot.defendants_in_share is not None
        assert {short(each) for each in snapshot.defendants_in_share} == set(expected)
        offences = read_as.setdefault(short(snapshot.defendant_id), {})
        for line in snapshot.lines:
            assert not line.problems
            if line.cjs_code:
                offences.setdefault(short(line.offence_id), []).append(line.cjs_code)
    assert read_as == expected


@pytest.mark.parametrize("name", HEARINGS)
def test_terms(name: str) -> None:
    """Terms are read from what the clerk entered."""
    terms = [line.imprisonment_months for snapshot in snapshots(name) for line in snapshot.lines if line.imprisonment_months is not None]
    assert terms == TERMS.get(name, [])


def test_junk_pnc_is_not_valid() -> None:
    """A PNC that is none is kept as it came, and not matched on."""
    (claim,) = claims_of(upstream("court-results", value_of("court-hearing-resulted__01-imprisonment-slip-rule-amended")))
    assert [(each.value, each.valid) for each in claim.person.identifiers if each.type == "PNC"] == [("8888.9202697", False)]


@pytest.mark.parametrize("name", UNREAD)
def test_not_read(name: str) -> None:
    """A dialect that is not read is refused by its name."""
    result = read(upstream(topic_of(name), value_of(name)))
    assert isinstance(result, Refused)
    assert (result.reason, result.dialect) == ("UNSUPPORTED_DIALECT", UNREAD[name])


def test_released_to_hospital() -> None:
    """The legacy event says "received into prison" in words, and means a release to hospital."""
    (claim,) = claims_of(upstream("custody-events", value_of(HOSPITAL)))
    body = body_of(claim, Movement)
    assert (claim.person.prisoner_number, claim.record_id) == ("A5194DY", "ee46cb90-a2de-57bf-86ba-9d2eba64645a")
    assert (body.direction, body.movement_type, body.movement_reason_code, body.prison_id) == ("OUT", "REL", "HP", "MDI")
    assert claim.occurred_at == datetime(2020, 2, 12, 15, 14, 24, 125533, tzinfo=UTC)


def test_the_newest_share_comes_last() -> None:
    """Three shares of one hearing day are three versions of the same subjects."""
    shares = [snapshots(name) for name in sorted(HEARINGS) if "__10-share" in name]
    assert [share[0].shared_at for share in shares] == sorted(share[0].shared_at for share in shares)
    assert len({(each.hearing_id, each.hearing_day, each.defendant_id) for share in shares for each in share}) == 2
