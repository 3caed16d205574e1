"""Payloads from the upstream systems' own public repositories, where they are at hand: what each is read as, or refused as."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.claims import CourtSnapshot, Doubt, Movement
from holdfast.codes import Effect, classify
from holdfast.court import offences
from holdfast.plausibility import contradictions
from holdfast_gate.model import QueryKind
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
#: File to the offences that it is about, by defendant; those of which the court has convicted end in *.
LISTED: dict[str, dict[str, set[str]]] = {
    "court-hearing-resulted__01-imprisonment-slip-rule-amended": {"c5f776b1": {"c96de483 CA03012*"}},
    "court-hearing-resulted__02-remand-custody-one-person-two-cases": {"89d3e7c2": {"21eef39f TH68001"}, "a81dd0b5": {"7c64f6df TH68023"}},
    "court-hearing-resulted__04-remand-custody-with-bail-direction": {"beea4cae": {"01bb3e04 TH68013A*"}},
    "court-hearing-resulted__07-custody-plus-adjournment-same-defendant": {"86155787": {"f47c0597 OF61102C*", "04bd0cfb PS90015*"}},
    "court-hearing-resulted__10-share-1-of-3-original": {
        "DEFENDANT_ID_1": {"OFFENCE_ID_1 TW01046*", "OFFENCE_ID_2 CA03010"},
        "DEFENDANT_ID_2": {"OFFENCE_ID_1 TW01046", "OFFENCE_ID_2 CA03011"},
    },
    "court-hearing-resulted__10-share-2-of-3-reshare-result-replaced": {
        "DEFENDANT_ID_1": {"OFFENCE_ID_1 TW01046", "OFFENCE_ID_2 CA03010"},
        "DEFENDANT_ID_2": {"OFFENCE_ID_1 TW01046", "OFFENCE_ID_2 CA03011"},
    },
    "court-hearing-resulted__10-share-3-of-3-reshare-other-defendant": {
        "DEFENDANT_ID_1": {"OFFENCE_ID_1 TW01046", "OFFENCE_ID_2 CA03010"},
        "DEFENDANT_ID_2": {"OFFENCE_ID_1 TW01046*", "OFFENCE_ID_2 CA03011"},
    },
    "court-hearing-resulted__11-imprisonment-original": {"7ba647bd": {"fd637140 CA03012*", "4a81b89b CA03013"}},
    "court-hearing-resulted__11-imprisonment-reshare-adds-second-offence": {"7ba647bd": {"fd637140 CA03012*", "4a81b89b CA03013*"}},
    "court-hmpps__18-hearing-event-as-received-by-hmpps": {
        "0ab7c3e5": {"a63d9020 OF61131*", "ea1c2cf1 OF61131*"},
        "903c4c54": {"f861a3dc OF61131*", "18db7545 OF61131*"},
    },
    "court-libra__20-libra-case": {"libra/1600032981/CID1234": {"libra/1600032981/1 "}},
    "court-pcr__14-expected-prison-court-register-for-01": {"c5f776b1": set()},
}
#: File to (dialect, kind of document, hearing day, and the effect and ground of each result).
PAPERS: dict[str, tuple[str, str, str, list[tuple[Effect, str]]]] = {
    "court-hmpps__18-hearing-event-as-received-by-hmpps": ("hmpps-court-hearing", "listing", "2019-01-28", [(Effect.CHECK, "UNKNOWN_CODE")]),
    "court-libra__20-libra-case": ("libra", "listing", "2020-02-20", []),
    "court-pcr__14-expected-prison-court-register-for-01": ("prison-court-register", "register", "2026-08-14", [(Effect.HOLD, "SENTENCE")]),
}
#: File to the document that it announces, and the master defendant whom it is about.
DOCUMENTS = {
    "court-pcr__15-register-generated-notification": ("22222222-2222-2222-2222-222222222222", "7c198796-08bb-4803-b456-fa0c29ca6022"),
    "court-pcr__16-subscriber-callback-example": ("123e4567-e89b-12d3-a456-426614174000", "550e8400-e29b-41d4-a716-446655440000"),
}
#: File to the dialect that is known and not read.
UNREAD = {
    "court-pcr__13-eventgrid-pointer-event": "event-grid-pointer",
}
#: What custody and immigration say: see `test_upstream_custody`.
CUSTODY = frozenset(
    {
        "immigration__28-irc-bed-events",
        "immigration__29-irc-subjects-cid-ids",
        "prison-api__24-scheduled-release-event",
        "prison-api__25-external-movements-since",
        "prison-api__26-offender-immigration-detainee",
    }
)
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
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*HEARINGS, *PAPERS, *DOCUMENTS, *UNREAD, *CUSTODY, HOSPITAL}


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


@pytest.mark.parametrize("name", LISTED)
def test_listed_offences(name: str) -> None:
    """Every offence of every case is listed, with whether the court has convicted of it."""
    listed = {
        short(body.defendant_id): {f"{short(each.offence_id)} {each.offence_code}{'*' if each.convicted else ''}" for each in body.listed}
        for body in snapshots(name)
    }
    assert listed == LISTED[name]


@pytest.mark.parametrize("name", PAPERS)
def test_paper(name: str) -> None:
    """A paper is read as one: it says so, names nobody as missing, and each of its results means what it means."""
    dialect, document, hearing_day, effects = PAPERS[name]
    for claim in claims_of(upstream("court-results", value_of(name))):
        body = body_of(claim, CourtSnapshot)
        assert (claim.dialect, body.document, body.hearing_day.isoformat(), body.defendants_in_share) == (dialect, document, hearing_day, None)
    rows = [classify(line.result_type_id, line.cjs_code) for body in snapshots(name) for line in body.lines]
    assert [(row.effect, row.ground) for row in rows] == effects


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document(name: str) -> None:
    """A document that nobody has read holds whom it is about."""
    document, master = DOCUMENTS[name]
    (claim,) = claims_of(upstream("court-results", value_of(name)))
    doubt = body_of(claim, Doubt)
    assert (doubt.kind, doubt.about) == (QueryKind.ENRICHMENT_PENDING, f"court-document/{document}")
    assert [each.value for each in claim.person.identifiers if each.valid] == [master]


def test_libra_identifiers_fail_their_check_letters() -> None:
    """Both the PNC and the CRO of the Libra case are kept as they came, and not matched on."""
    (claim,) = claims_of(upstream("court-results", value_of("court-libra__20-libra-case")))
    assert {(each.type, each.value) for each in claim.person.identifiers if not each.valid} == {("PNC", "2004/0012345U"), ("CRO", "11111/79J")}


def test_register_bears_its_hearing_out() -> None:
    """The register that was made from a hearing says of each offence what the hearing says, with the same term."""
    (own,) = snapshots("court-hearing-resulted__01-imprisonment-slip-rule-amended")
    (made_from_it,) = snapshots("court-pcr__14-expected-prison-court-register-for-01")
    assert (own.hearing_id, own.hearing_day, own.defendant_id, own.shared_at) == (
        made_from_it.hearing_id,
        made_from_it.hearing_day,
        made_from_it.defendant_id,
        made_from_it.shared_at,
    )
    alike = {(line.offence_code, classify(line.result_type_id, line.cjs_code).effect, line.imprisonment_months) for line in own.lines}
    for line in made_from_it.lines:
        assert (line.offence_code, classify(line.result_type_id, line.cjs_code).effect, line.imprisonment_months) in alike


def test_register_is_no_second_hold() -> None:
    """Together, the hearing and its register are one sentence for one offence, and no question."""
    names = ("court-hearing-resulted__01-imprisonment-slip-rule-amended", "court-pcr__14-expected-prison-court-register-for-01")
    claims = [claim for name in names for claim in claims_of(upstream("court-results", value_of(name)))]
    (offence,) = offences(claims)
    assert (short(offence.offence_id), len(offence.papers)) == ("c96de483", 1)
    assert [said.effect for said in offence.in_force if not said.snapshot.document] == [Effect.HOLD] * 2
    assert list(contradictions(offence)) == []


def test_amended_under_the_slip_rule() -> None:
    """What the court amended, and why, is read with every result that it changed; what its custody status says too."""
    (own,) = snapshots("court-hearing-resulted__01-imprisonment-slip-rule-amended")
    assert {line.amendment for line in own.lines} == {"Error or Omission in result announced in court (Amendment under the Slip rule), 2026-08-14"}
    assert {line.custody_status for line in own.lines} == {"A"}
    (with_direction,) = snapshots("court-hearing-resulted__04-remand-custody-with-bail-direction")
    assert next(line.custody_status for line in with_direction.lines if line.cjs_code == "4046") == "P"


def test_one_person_in_two_cases() -> None:
    """Two defendants who are one person share the master defendant's id."""
    claims = claims_of(upstream("court-results", value_of("court-hearing-resulted__02-remand-custody-one-person-two-cases")))
    masters = [{each for each in claim.person.identifiers if each.type == "MASTER_DEFENDANT_ID"} for claim in claims]
    assert len(claims) == 2
    assert masters[0] == masters[1]


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
